// What `kafkascope new TEMPLATE` writes: starts that pass `check`, with a word on what to change.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace kafkascope::scenario {

struct Template {
  std::string_view name;
  std::string_view purpose;  // one line for --help
  std::string_view text;     // "@title" stands for a text of both languages (text_of)
};

std::span<const Template> templates();
/// nullptr when there is none of that name.
const Template* find_template(std::string_view name);
/// The file, with its texts.
std::string text_of(const Template& one);

}  // namespace kafkascope::scenario
