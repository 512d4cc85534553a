// From the text of a scenario file to a Scenario, or to all problems of the file.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/problem.h"
#include "scenario/scenario.h"

namespace kafkascope::scenario {

struct LoadOptions {
  std::string variant = "base";
  std::vector<std::pair<std::string, std::string>> set{};  // --set PATH=VALUE, in order, after the variant's own
  std::vector<int> without{};  // indexes of steps in the file's list whose acts are left out
  // A lesson in scenarios/: it must have a title, a track, Korean text, and for each sentence an object to point at.
  bool bundled = false;
  bool contract_only = false;  // accept what the engine cannot do yet (for tools that only read)
};

struct Loaded {
  std::optional<Scenario> scenario;  // present exactly when there is no error
  std::vector<Problem> problems;     // in the order of the file; warnings too
  std::size_t more = 0;              // problems that were counted but not kept
  bool ok() const { return scenario.has_value(); }
};

/// One variant of the file, ready to run. Reads nothing but `text`.
Loaded load(std::string_view text, const LoadOptions& options = {});

/// Checks the file, all its variants and the changes that it offers to try. `scenario` is the variant of the options.
Loaded check(std::string_view text, const LoadOptions& options = {});

}  // namespace kafkascope::scenario
