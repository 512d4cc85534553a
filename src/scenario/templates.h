// The files that `kafkascope new TEMPLATE` writes: they pass `check`, and say what to change.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace kafkascope::scenario {

struct Template {
  std::string_view name;
  std::string_view purpose;  // one line for --help
  std::string_view text;     // "@title" is replaced by a text in both languages (text_of)
};

std::span<const Template> templates();
/// nullptr if there is no template of that name.
const Template* find_template(std::string_view name);
/// The file, with its texts.
std::string text_of(const Template& one);
/// The file of the template "empty" with what `chosen`, an object of a scenario file, says instead.
std::string empty_cluster(std::string_view chosen);

}  // namespace kafkascope::scenario
