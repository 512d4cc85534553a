// Every file below a folder, every lesson in all its variants, for tests that run them all.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "observe/model/state_document.h"
#include "scenario/files.h"
#include "scenario/load.h"
#include "scenario/session.h"
#include "support/some.h"

namespace kafkascope::test {

struct File {
  std::string name, text;
  std::vector<std::string> variants;
};

inline std::vector<File> files_below(const std::string& folder) {
  std::vector<File> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path(folder))) {
    if (entry.path().extension() != ".json") continue;
    File file{entry.path().lexically_relative(source_path("")).generic_string(), read_text(entry.path()), {}};
    const scenario::Loaded checked = scenario::check(file.text);
    REQUIRE_MESSAGE(checked.ok(), file.name, ": ",
                    (checked.problems.empty() ? "" : scenario::format(checked.problems.front(), file.name)));
    for (const auto& variant : checked.scenario->variants) file.variants.push_back(variant.id);
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.name < b.name; });
  return files;
}

inline std::shared_ptr<const scenario::Scenario> loaded(const std::string& text, const std::string& variant = "base") {
  scenario::Loaded result = scenario::load(text, {.variant = variant});
  REQUIRE_MESSAGE(result.ok(), (result.problems.empty() ? "" : scenario::format(result.problems.front(), "file")));
  return std::make_shared<scenario::Scenario>(std::move(*result.scenario));
}

inline std::string state(scenario::Session& session) { return observe::state_at(session.moment(), "").value().dump(); }

/// All lessons, or one of every `every` files.
template <class Visit>
void for_each_lesson(Visit&& visit, std::size_t every = 1) {
  const std::vector<File> files = files_below("scenarios");
  CHECK(files.size() >= 5);
  for (std::size_t i = 0; i < files.size(); i += every)
    for (const std::string& variant : files[i].variants) {
      CAPTURE(files[i].name);
      CAPTURE(variant);
      visit(files[i], loaded(files[i].text, variant), variant);
    }
}

}  // namespace kafkascope::test
