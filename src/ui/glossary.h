// The glossary of Kafka's terms, in both languages.
#pragma once

namespace kafkascope::ui {

struct Term {
  const char *id, *en, *ko, *meaning, *meaning_ko;
};

inline constexpr Term kGlossary[] = {
#define TERM(id, en, ko, meaning, meaning_ko) {id, en, ko, meaning, meaning_ko},
#include "ui/glossary.def"
#undef TERM
};

}  // namespace kafkascope::ui
