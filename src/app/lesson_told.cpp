#include "app/lesson_told.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ui/glossary.h"
#include "ui/strings.h"
#include "words/lower_case.h"

namespace kafkascope::app {

namespace {

/// The summary, the terms and the steps' titles and texts in one language, a line each.
std::string told_in(ui::Lang lang, const ui::LessonEntry& entry, const nlohmann::json& document) {
  std::string all = ui::pick(lang, entry.summary) + '\n';
  for (const ui::Term& term : ui::glossary())
    if (std::find(entry.concepts.begin(), entry.concepts.end(), term.id) != entry.concepts.end())
      all += std::string(ui::tr(lang, term.name)) + '\n';
  const auto add = [&](const nlohmann::json& words) {
    const auto said = words.is_object() ? words.find(lang == ui::Lang::Ko ? "ko" : "en") : words.end();
    if (said != words.end() && said->is_string()) all += said->get<std::string>() + '\n';
  };
  const auto steps = document.find("steps");
  if (steps == document.end() || !steps->is_array()) return all;
  for (const nlohmann::json& step : *steps) {
    if (!step.is_object()) continue;
    for (const char* field : {"title", "say"})
      if (step.contains(field)) add(step[field]);
  }
  return all;
}

}  // namespace

void tell(ui::LessonEntry& entry, const nlohmann::json& document) {
  entry.told = told_in(ui::Lang::En, entry, document) + told_in(ui::Lang::Ko, entry, document);
  entry.told_low = words::lower_case(entry.told);
}

}  // namespace kafkascope::app
