// The files of the program's settings.
#pragma once
#include <filesystem>
#include <string>

namespace kafkascope::app {

/// Exists once the hints of the first launch have been seen.
std::filesystem::path seen_file();
std::filesystem::path places_file();
std::filesystem::path splits_file();
/// Exists while lessons are shown in both languages.
std::filesystem::path subtitles_file();
/// Whether motion is reduced: as chosen last, else as the system asks.
bool reduced_motion();
void keep_motion(bool reduced);
/// The language that was chosen last.
std::filesystem::path language_file();
std::filesystem::path lesson_list_file();
std::filesystem::path arrangements_file();

/// The text of a file among the settings; empty: the file does not exist yet.
std::string remembered(const std::filesystem::path& file);
/// Writes a file of the settings. Failure is no error: the program only remembers less.
void remember(const std::filesystem::path& file, const std::string& text);

}  // namespace kafkascope::app
