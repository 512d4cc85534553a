// The list of lessons and the list of a lesson's variants: their rows, for drawing and for keys.
#pragma once
#include <string_view>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A lesson, or one of its variants.
struct LessonRow {
  const LessonEntry* lesson = nullptr;
  const LessonVariant* variant = nullptr;  // null: the lesson itself
  const CourseMeeting* meeting = nullptr;  // if the list is ordered by meetings
};

/// Whether every word of the query is in the lesson's id, its track, or a title of it or of a variant, in either
/// language.
bool lesson_matches(const LessonEntry& lesson, std::string_view query);
/// The rows of the list: the lessons that match the typed text, each with its variants below it.
std::vector<LessonRow> lesson_rows(const State& st);
/// Orders the list by meetings, or by tracks again; the same lesson stays lit.
void turn_lessons(Ui& ui);
void open_lesson(Ui& ui, const LessonRow& row);
/// Beyond the variants: the same in the other mode, and with another seed, beside this world.
void open_variant(Ui& ui, std::size_t index);
/// How many rows the list of variants has.
std::size_t variant_rows(const Ui& ui);

}  // namespace kafkascope::ui
