// A text of a scenario file or a course.
#pragma once
#include <string>

namespace kafkascope::scenario {

/// A text in both languages; if `ko` is empty, `en` is shown.
struct Text {
  std::string en;
  std::string ko;
  bool empty() const { return en.empty() && ko.empty(); }
};

}  // namespace kafkascope::scenario
