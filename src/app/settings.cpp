#include "app/settings.h"

#include <fstream>
#include <sstream>

#include "app/cli/output_file.h"
#include "app/places.h"
#include "app/window.h"

namespace kafkascope::app {

namespace fs = std::filesystem;

fs::path seen_file() { return settings_folder() / "hints-seen"; }
fs::path places_file() { return settings_folder() / "places.json"; }
fs::path splits_file() { return settings_folder() / "panels.json"; }
fs::path subtitles_file() { return settings_folder() / "subtitles"; }
fs::path language_file() { return settings_folder() / "language"; }
fs::path lesson_list_file() { return settings_folder() / "lesson-list.json"; }
fs::path arrangements_file() { return settings_folder() / "stages.json"; }

std::string remembered(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void remember(const fs::path& file, const std::string& text) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (!error && cli::write_file(file.string(), text)) keep(file.string());
}

namespace {
fs::path motion_file() { return settings_folder() / "motion"; }
constexpr char kReduced[] = "reduced\n", kFull[] = "full\n";
}  // namespace

bool reduced_motion() {
  const std::string chosen = remembered(motion_file());
  return chosen.empty() ? prefers_reduced_motion() : chosen == kReduced;
}

void keep_motion(bool reduced) { remember(motion_file(), reduced ? kReduced : kFull); }

}  // namespace kafkascope::app
