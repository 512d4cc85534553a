#include "ui/glossary.h"

#include <string>

#include "words/glossary.h"

namespace kafkascope::ui {

const std::vector<Term>& glossary() {
  static const std::vector<Term> kTerms = [] {
    constexpr std::string_view kFamily = "glossary.", kMeaning = ".meaning";
    std::vector<Term> terms;
    for (const words::GlossaryEntry& entry : words::glossary()) {
      const std::string_view key = entry.key;
      if (!key.starts_with(kFamily)) continue;
      terms.push_back({key.substr(kFamily.size()), words::Key(key), words::Key(std::string(key).append(kMeaning))});
    }
    return terms;
  }();
  return kTerms;
}

}  // namespace kafkascope::ui
