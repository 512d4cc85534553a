// The list of lessons and the list of a lesson's variants: their rows, for drawing and for keys.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A lesson, or one of its variants.
struct LessonRow {
  const LessonEntry* lesson = nullptr;
  const LessonVariant* variant = nullptr;  // null: the lesson itself
  std::string head{}, head_note{};         // of a track or a meeting that begins here
};

/// Whether every word of the query is in the lesson's id, its track, or a title of it or of a variant, in either
/// language.
bool lesson_matches(const LessonEntry& lesson, std::string_view query);
/// The rows of the list: the lessons that match the typed text, by track or by the chosen course's meetings, each with its variants below it.
std::vector<LessonRow> lesson_rows(const State& st);
void open_lesson(Ui& ui, const LessonRow& row);
void open_variant(Ui& ui, std::size_t index);
/// Orders the list by the next course, and after the last one by track again.
void turn_course(State& st);

}  // namespace kafkascope::ui
