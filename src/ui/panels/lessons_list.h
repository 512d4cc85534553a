// The list of lessons and that of a lesson's variants: their rows, for the picture and for the keys.
#pragma once
#include <string_view>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A lesson, or one of its variants.
struct LessonRow {
  const LessonEntry* lesson = nullptr;
  const LessonVariant* variant = nullptr;  // null: the lesson itself
};

/// Every word of the query is in its id, its track or a title of it or of its variants, in either language.
bool lesson_matches(const LessonEntry& lesson, std::string_view query);
/// What the list shows of the lessons: those that match what was typed, each with its variants below it.
std::vector<LessonRow> lesson_rows(const State& st);
void open_lesson(Ui& ui, const LessonRow& row);
void open_variant(Ui& ui, std::size_t index);

}  // namespace kafkascope::ui
