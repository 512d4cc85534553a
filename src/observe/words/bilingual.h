// A text in both languages, rendered.
#pragma once
#include <string>

#include "words/catalogue.h"

namespace kafkascope::observe {

/// If `ko` is empty, `en` is shown.
struct Words {
  std::string en;
  std::string ko;
  bool empty() const { return en.empty() && ko.empty(); }
};

inline const std::string& pick(words::Lang lang, const Words& w) {
  return lang == words::Lang::Ko && !w.ko.empty() ? w.ko : w.en;
}

}  // namespace kafkascope::observe
