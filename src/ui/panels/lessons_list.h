// The list of lessons and the list of a lesson's variants: their rows, for drawing and for keys.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A lesson, or one of its variants.
struct LessonRow {
  const LessonEntry* lesson = nullptr;
  const LessonVariant* variant = nullptr;  // null: the lesson itself
  const CourseMeeting* meeting = nullptr;  // if the list is ordered by meetings
  std::string said{};                      // the line of its text that has the typed words; empty: its names have them
};

/// Whether every word of the query is in the lesson's id, its track, or a title of it or of a variant, in either
/// language.
bool lesson_matches(const LessonEntry& lesson, std::string_view query);
/// The line of what the lesson tells that has the first word of the query, if the lesson's text has all of them; else empty.
std::string line_with(const LessonEntry& lesson, std::string_view query);
/// The rows of the list: the lessons that match the typed text, each followed by its variants; then those that only speak of it.
std::vector<LessonRow> lesson_rows(const State& st);
/// Switches between ordering by meetings and by tracks; the highlighted lesson stays the same.
void turn_lessons(Ui& ui);
void open_lesson(Ui& ui, const LessonRow& row);
/// Whether the typed text is the path of a file, which Enter opens.
bool names_file(const State& st);
void open_typed_file(Ui& ui);
/// The lesson, or the variant of a lesson, that shows in the other metadata mode what this one cannot run there; no
/// lesson: this one runs there, or none shows it.
LessonRow lesson_of_other_mode(const Ui& ui);
/// "What Kafka kept in ZooKeeper", or "What Kafka kept in ZooKeeper: the ensemble is down" for a variant.
Words title_of(const LessonRow& row);
Words words_of_other_mode(const Ui& ui, const LessonRow& row);
Action opens_lesson(const LessonRow& row);
/// The same for the lesson of the other metadata mode, at the moment that shows it.
Action opens_other_mode(const Ui& ui, const LessonRow& row);
/// Opens a row of the list of variants. After the variants come the other mode, or the reason why there is none
/// and the lesson that shows it, and another seed.
void open_variant(Ui& ui, std::size_t index);
/// The number of rows in the list of variants.
std::size_t variant_rows(const Ui& ui);
/// What opens that row's world beside the present one; nullopt: the row is the present world, or another lesson.
std::optional<Action> beside_of_variant(const Ui& ui, std::size_t index);

}  // namespace kafkascope::ui
