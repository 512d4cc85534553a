// Courses: the order in which a group works through the lessons, in meetings (courses/*.json).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/cli/options.h"
#include "scenario/text.h"

namespace kafkascope::cli {

struct Meeting {
  std::string id;
  scenario::Text title;
  std::vector<std::string> lessons;  // ids, in the meeting's order
};
struct Course {
  std::string id;
  scenario::Text title, summary;
  std::vector<Meeting> meetings;
  std::vector<std::string> extra;  // lessons that belong to no meeting
};

/// The bundled courses, by the names of their files. Invalid files are reported on standard error.
std::vector<Course> courses();
/// Prints the courses for `list --courses`.
int list_courses(const Options& o);

/// Whether the text is that of a course: an object with meetings.
bool is_course(const std::string& text);
/// Checks a course for `check`, and says what is wrong or what it holds; returns whether it is right.
bool check_course(const std::string& file, const std::string& text);

}  // namespace kafkascope::cli
