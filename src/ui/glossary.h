// The terms of the glossary (words/glossary.h), each with its meaning, in their order.
#pragma once
#include <string_view>
#include <vector>

#include "words/key.h"

namespace kafkascope::ui {

struct Term {
  std::string_view id;  // the name that lessons use under "concepts"
  words::Key name, meaning;
};

const std::vector<Term>& glossary();

}  // namespace kafkascope::ui
