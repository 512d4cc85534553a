// A text in both languages, rendered.
#pragma once
#include <string>

namespace kafkascope::observe {

/// If `ko` is empty, `en` is shown.
struct Words {
  std::string en;
  std::string ko;
  bool empty() const { return en.empty() && ko.empty(); }
};

}  // namespace kafkascope::observe
