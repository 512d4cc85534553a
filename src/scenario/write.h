// A session back into a scenario file: the same world, with what a person did as steps.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/command.h"
#include "scenario/node.h"
#include "scenario/scenario.h"

namespace kafkascope::scenario {

/// What a session adds to the file it began with.
struct SavedSession {
  std::string variant = "base";                          // the variant that ran; its values are written into the file
  std::vector<std::pair<std::string, std::string>> set;  // --set PATH=VALUE
  std::vector<std::pair<sim::Instant, cluster::Command>> acts;  // by hand, in order
  std::optional<std::uint64_t> seed;
  std::optional<sim::Instant> until;  // it ends there exactly; nothing: where the file does
  /// A session that left its script or went on after its end: which of Scenario::steps have happened, and when. The others go, and all
  /// that was expected of the script alone.
  std::optional<std::vector<std::optional<sim::Instant>>> happened;
  /// What else was done, each from the script alone: offered as changes to `try`, one click each.
  struct Detour {
    Text name;
    std::vector<std::pair<sim::Instant, cluster::Command>> acts;
  };
  std::vector<Detour> detours;
  /// A file of somebody's own: its id and title say that it is a session, and no schema is looked for beside it.
  bool as_file = false;
};

/// The text of the file that replays the session: loads without problems when the original did. Acts are appended as
/// `at` steps, so that chains of `when` and `after` stay what they were; steps and expectations of other variants go.
/// Nothing if `original` is no JSON object.
std::optional<std::string> to_json(std::string_view original, const SavedSession& session);

/// `do` and its fields, as a step without a time.
Node command_node(const cluster::Command& command);

/// Stable layout: two spaces, keys in the order of the file, what fits into 120 columns on one line; ends with a newline.
std::string pretty(const Node& node);

}  // namespace kafkascope::scenario
