#include "app/cli/courses.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "app/cli/files.h"
#include "scenario/load.h"
#include "scenario/problem.h"

namespace kafkascope::cli {

namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

scenario::Text text_of(const ordered_json& both) {
  scenario::Text text;
  text.en = both.at("en");
  text.ko = both.at("ko");
  return text;
}

Course course_of(const ordered_json& file) {
  Course course{file.at("id"), text_of(file.at("title")), text_of(file.at("summary")), {}, file.at("extra")};
  for (const auto& m : file.at("meetings"))
    course.meetings.push_back({m.at("id"), text_of(m.at("title")), m.at("lessons")});
  return course;
}

ordered_json both(const scenario::Text& text) { return {{"en", text.en}, {"ko", text.ko}}; }

}  // namespace

std::vector<Course> courses() {
  std::vector<Course> all;
  const auto lessons = lessons_folder();
  if (!lessons) return all;
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(lessons->parent_path() / "courses", error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const auto text = read_file(file.string());
    if (!text) continue;
    try {
      all.push_back(course_of(ordered_json::parse(*text)));
    } catch (const nlohmann::json::exception& e) {
      std::cerr << file.string() << ": " << tr("cli.not_a_course"_w, {{"problem", e.what()}}) << "\n";
    }
  }
  return all;
}

int list_courses(const Options& o) {
  std::map<std::string, std::pair<scenario::Text, int>> lessons;  // title and minutes by id
  for (const auto& path : lesson_files())
    if (const auto text = read_file(path.string()))
      if (const scenario::Loaded loaded = scenario::load(*text); loaded.ok())
        lessons[loaded.scenario->id] = {loaded.scenario->title, static_cast<int>(loaded.scenario->minutes)};
  const std::vector<Course> all = courses();
  ordered_json list = ordered_json::array();
  std::size_t column = 30;  // one for all meetings, as wide as the longest id
  for (const Course& course : all)
    for (const Meeting& meeting : course.meetings)
      for (const std::string& id : meeting.lessons) column = std::max(column, id.size());
  std::string printed;
  for (const Course& course : all) {
    ordered_json meetings = ordered_json::array();
    printed += course.id + "  " + in(o, course.title) + "\n  " + in(o, course.summary) + "\n";
    int number = 0;
    for (const Meeting& meeting : course.meetings) {
      int minutes = 0;
      std::string lines;
      for (const std::string& id : meeting.lessons) {
        const auto found = lessons.find(id);
        if (found != lessons.end()) minutes += found->second.second;
        lines += fmt::format("    {:{}} {}\n", id, column, found == lessons.end() ? "?" : in(o, found->second.first));
      }
      printed += fmt::format("  {}. {}  {}\n{}", ++number, in(o, meeting.title),
                             tr("cli.minutes"_w, {{"minutes", std::to_string(minutes)}}), lines);
      meetings.push_back(
          {{"id", meeting.id}, {"title", both(meeting.title)}, {"minutes", minutes}, {"lessons", meeting.lessons}});
    }
    list.push_back({{"id", course.id},
                    {"title", both(course.title)},
                    {"summary", both(course.summary)},
                    {"meetings", std::move(meetings)},
                    {"extra", course.extra}});
  }
  std::cout << (o.json ? list.dump(2) + "\n" : printed);
  return kOk;
}

bool is_course(const std::string& text) {
  const ordered_json file = ordered_json::parse(text, nullptr, false);
  return file.is_object() && file.contains("meetings");
}

bool check_course(const std::string& file, const std::string& text) {
  std::vector<std::string> known;
  for (const fs::path& lesson : lesson_files()) known.push_back(lesson.stem().string());
  Course course;
  try {
    course = course_of(ordered_json::parse(text));
  } catch (const nlohmann::json::exception& e) {
    std::cout << file << ": " << tr("cli.not_a_course"_w, {{"problem", e.what()}}) << "\n";
    return false;
  }
  bool ok = true;
  std::size_t lessons = 0;
  const auto look = [&](const std::vector<std::string>& ids) {
    lessons += ids.size();
    for (const std::string& id : ids) {
      if (std::find(known.begin(), known.end(), id) != known.end()) continue;
      const std::string near = scenario::nearest(id, known);
      std::cout << file << ": " << tr("cli.course_has_no_lesson"_w, {{"lesson", id}});
      if (!near.empty()) std::cout << "; " << tr("remedy.did_you_mean"_w, {{"name", near}});
      std::cout << "\n";
      ok = false;
    }
  };
  for (const Meeting& meeting : course.meetings) look(meeting.lessons);
  look(course.extra);
  if (ok)
    std::cerr << tr(
        "cli.checked_course"_w,
        {{"file", file}, {"meetings", std::to_string(course.meetings.size())}, {"lessons", std::to_string(lessons)}});
  return ok;
}

}  // namespace kafkascope::cli
