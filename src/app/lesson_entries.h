// The bundled lessons and courses, as the list of lessons shows them.
#pragma once
#include <vector>

#include "ui/ui.h"

namespace kafkascope::app {

/// Id, track and title of every bundled lesson; unreadable ones are left out.
std::vector<ui::LessonEntry> lesson_entries();
/// For the list: one heading per track, tracks in the order of the curriculum, which also determines the next lesson after each.
std::vector<ui::LessonEntry> by_track(std::vector<ui::LessonEntry> entries);
/// The courses' meetings; each course's remaining lessons come last.
std::vector<ui::CourseMeeting> course_meetings();

}  // namespace kafkascope::app
