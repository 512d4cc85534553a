// Where each lesson was left, so that reopening it can offer to go on there. Kept beside the hints of the first launch.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "ui/models.h"

namespace kafkascope::app {

/// Where the program keeps what is a person's: XDG_CONFIG_HOME/kafkascope.
std::filesystem::path settings_folder();

struct Place {
  int step = 0, steps = 0;  // 0-based
  std::int64_t at_us = 0;
};

using Places = std::map<std::string, Place>;  // by the file's absolute path

/// What is no such file is an empty list: it is only a convenience.
Places read_places(const std::string& text);
std::string places_text(const Places& places);
/// Where a lesson stands, if there is anything to go on with: not at its first step, and not at its end.
void note_place(Places& places, const std::string& file, const ui::LessonModel& lesson, std::int64_t now_us);
ui::ResumeOffer offer_of(const Places& places, const std::string& file);

}  // namespace kafkascope::app
