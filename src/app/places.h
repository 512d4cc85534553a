// What the program remembers between its runs, in the folder of its settings: the last position in each lesson, so that
// reopening it can offer to continue there; the panels' sizes; where nodes were dragged to on the stage.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "ui/models.h"
#include "ui/ui.h"

namespace kafkascope::app {

/// The folder of the user's settings: XDG_CONFIG_HOME/kafkascope.
std::filesystem::path settings_folder();

struct Place {
  int step = 0, steps = 0;  // 0-based
  std::int64_t at_us = 0;
  bool done = false;  // the lesson's end has been seen
};

using Places = std::map<std::string, Place>;  // by the file's absolute path

/// Text that cannot be read gives an empty list, because the file is only a convenience.
Places read_places(const std::string& text);
std::string places_text(const Places& places);
/// Records the position in a lesson if there is something to continue. At the lesson's end only the end is recorded.
/// The earlier position stays at the first step, and while the lesson offers it and has not come as far.
void note_place(Places& places, const std::string& file, const ui::LessonModel& lesson, std::int64_t now_us);
/// Text that cannot be read gives the designed sizes.
ui::Splits read_splits(const std::string& text);
std::string splits_text(const ui::Splits& splits);

/// The language that was chosen last, "en" or "ko"; text that cannot be read gives `otherwise`.
std::string read_language(const std::string& text, const std::string& otherwise);
std::string language_text(const std::string& language);

/// How the list of lessons is ordered, and the lesson in which the user worked last.
struct LessonList {
  bool by_meeting = false;
  std::string last;  // its id; empty: none
};
/// Text that cannot be read gives the list as it is at first.
LessonList read_lesson_list(const std::string& text);
std::string lesson_list_text(const LessonList& list);

using Arrangements = std::map<std::string, ui::MovedNodes>;  // by the file's absolute path
/// Text that cannot be read gives an empty list.
Arrangements read_arrangements(const std::string& text);
std::string arrangements_text(const Arrangements& all);

ui::ResumeOffer offer_of(const Places& places, const std::string& file);

}  // namespace kafkascope::app
