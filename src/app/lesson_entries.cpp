#include "app/lesson_entries.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/cli/bundled.h"
#include "app/cli/courses.h"
#include "app/lesson_told.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace fs = std::filesystem;

std::vector<ui::LessonEntry> lesson_entries() {
  std::vector<ui::LessonEntry> entries;
  for (const fs::path& file : cli::lesson_files()) {
    std::ifstream in(file);
    const auto document = nlohmann::json::parse(in, nullptr, false);
    if (!document.is_object() || !document.contains("title")) continue;
    const auto text = [](const nlohmann::json& object, const char* key) {
      return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>()
                                                                                   : std::string();
    };
    const nlohmann::json& title = document["title"];
    ui::LessonEntry entry{file.stem().string(), text(document, "track"), {text(title, "en"), text(title, "ko")}};
    if (document.contains("summary"))
      entry.summary = {text(document["summary"], "en"), text(document["summary"], "ko")};
    if (document.contains("concepts") && document["concepts"].is_array())
      for (const nlohmann::json& id : document["concepts"])
        if (id.is_string()) entry.concepts.push_back(id.get<std::string>());
    if (title.is_string()) entry.title.en = title.get<std::string>();
    if (document.contains("minutes") && document["minutes"].is_number())
      entry.minutes = static_cast<int>(document["minutes"].get<double>());
    if (document.contains("variants") && document["variants"].is_array())
      for (const nlohmann::json& v : document["variants"]) {
        const std::string id = text(v, "id");
        const nlohmann::json name = v.is_object() && v.contains("title") ? v["title"] : nlohmann::json();
        ui::LessonVariant variant{
            id, name.is_string() ? ui::Words{name, name} : ui::Words{text(name, "en"), text(name, "ko")}};
        if (variant.title.empty()) variant.title = {id, id};
        if (!id.empty()) entry.variants.push_back(std::move(variant));
      }
    tell(entry, document);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<ui::LessonEntry> by_track(std::vector<ui::LessonEntry> entries) {
  std::vector<std::string> tracks;
  for (const ui::LessonEntry& entry : entries)
    if (std::find(tracks.begin(), tracks.end(), entry.track) == tracks.end()) tracks.push_back(entry.track);
  const auto place = [&](const ui::LessonEntry& entry) {
    return std::find(tracks.begin(), tracks.end(), entry.track) - tracks.begin();
  };
  std::stable_sort(entries.begin(), entries.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return entries;
}

std::vector<ui::CourseMeeting> course_meetings() {
  std::vector<ui::CourseMeeting> meetings;
  for (const cli::Course& course : cli::courses()) {
    for (const cli::Meeting& m : course.meetings) meetings.push_back({{m.title.en, m.title.ko}, m.lessons});
    if (!course.extra.empty()) meetings.push_back({ui::both("app.course_extra"_w), course.extra, true});
  }
  return meetings;
}

}  // namespace kafkascope::app
