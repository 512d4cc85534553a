#include "app/places.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace kafkascope::app {

using nlohmann::json;

std::filesystem::path settings_folder() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config == nullptr || *config == '\0') config = std::getenv("APPDATA");  // Windows
  const char* home = std::getenv("HOME");
  using std::filesystem::path;
  const path base =
      config != nullptr && *config != '\0' ? path(config) : path(home == nullptr ? "." : home) / ".config";
  return base / "kafkascope";
}

Places read_places(const std::string& text) {
  Places places;
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return places;
  for (const auto& [file, place] : document.items()) {
    const auto number = [&, &value = place](const char* key) -> std::int64_t {
      return value.is_object() && value.contains(key) && value[key].is_number_integer() ? value[key].get<std::int64_t>()
                                                                                        : -1;
    };
    const bool done = place.is_object() && place.contains("done") && place["done"] == true;
    const Place p{static_cast<int>(number("step")), static_cast<int>(number("steps")), number("at_us"), done};
    if (p.step > 0 && p.steps > p.step && p.at_us > 0) places[file] = p;
    else if (done) places[file].done = true;
  }
  return places;
}

std::string places_text(const Places& places) {
  json document = json::object();
  for (const auto& [file, p] : places) {
    document[file] = {{"step", p.step}, {"steps", p.steps}, {"at_us", p.at_us}};
    if (p.done) document[file]["done"] = true;
  }
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

void note_place(Places& places, const std::string& file, const ui::LessonModel& lesson, std::int64_t now_us) {
  if (lesson.detour.active || !lesson.present) return;  // the earlier entry stays
  const int steps = static_cast<int>(lesson.steps.size());
  const auto before = places.find(file);
  const bool done = lesson.end.active || (before != places.end() && before->second.done);
  if (lesson.end.active) {
    places[file] = {0, 0, 0, true};
    return;
  }
  if (lesson.step <= 0 || (lesson.resume.active && lesson.step < lesson.resume.step)) return;
  places[file] = {lesson.step, steps, now_us, done};
}

ui::Splits read_splits(const std::string& text) {
  ui::Splits splits{};
  const json document = json::parse(text, nullptr, false);
  if (!document.is_array() || document.size() != splits.size()) return splits;
  for (std::size_t i = 0; i < splits.size(); ++i)
    if (document[i].is_number()) splits[i] = std::clamp(document[i].get<float>(), 0.f, 1.f);
  return splits;
}

std::string splits_text(const ui::Splits& splits) { return json(splits).dump() + "\n"; }

std::string read_language(const std::string& text, const std::string& otherwise) {
  return text == "en\n" || text == "ko\n" ? text.substr(0, 2) : otherwise;
}

std::string language_text(const std::string& language) { return language + "\n"; }

LessonList read_lesson_list(const std::string& text) {
  LessonList list;
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return list;
  list.by_meeting = document.contains("by_meeting") && document["by_meeting"] == true;
  if (document.contains("last") && document["last"].is_string()) list.last = document["last"].get<std::string>();
  return list;
}

std::string lesson_list_text(const LessonList& list) {
  const json document = {{"by_meeting", list.by_meeting}, {"last", list.last}};
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Arrangements read_arrangements(const std::string& text) {
  Arrangements all;
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return all;
  for (const auto& [file, nodes] : document.items()) {
    if (!nodes.is_object()) continue;
    for (const auto& [node, place] : nodes.items()) {
      if (!place.is_array() || place.size() != 2 || !place[0].is_number() || !place[1].is_number()) continue;
      all[file][node] = {std::clamp(place[0].get<float>(), 0.f, 1.f), std::clamp(place[1].get<float>(), 0.f, 1.f)};
    }
  }
  return all;
}

std::string arrangements_text(const Arrangements& all) {
  json document = json::object();
  for (const auto& [file, nodes] : all)
    for (const auto& [node, place] : nodes) document[file][node] = {place.x, place.y};
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

ui::ResumeOffer offer_of(const Places& places, const std::string& file) {
  const auto it = places.find(file);
  if (it == places.end() || it->second.step <= 0) return {};
  return {true, it->second.step, it->second.steps, it->second.at_us};
}

}  // namespace kafkascope::app
