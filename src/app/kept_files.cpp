#include "app/kept_files.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "app/kept_session.h"

namespace kafkascope::app {

namespace fs = std::filesystem;

namespace {

std::optional<KeptSession> work_in(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return read_kept(text.str());
}

bool has_acts(const fs::path& file) {
  const auto kept = work_in(file);
  return kept && acts_in(*kept) > 0;
}

fs::path aside(const fs::path& newest, int number) {
  return newest.parent_path() / (newest.stem().string() + "-" + std::to_string(number) + ".json");
}

/// Only such files are ever emptied.
bool is_ours(const fs::path& newest, const fs::path& file) {
  return file.parent_path() == newest.parent_path() && file.extension() == newest.extension() &&
         file.stem().string().starts_with(newest.stem().string() + "-");
}

int number_of_the_last(const fs::path& newest) {
  std::error_code error;
  int number = 0;
  while (fs::exists(aside(newest, number + 1), error)) ++number;
  return number;
}

}  // namespace

KeptFiles::KeptFiles(fs::path newest, Write write) : write_(std::move(write)), newest_(std::move(newest)) {}

std::vector<ui::KeptWork> KeptFiles::waiting() const {
  std::vector<ui::KeptWork> all;
  const auto add = [&](const fs::path& file) {
    if (const auto kept = work_in(file); kept && acts_in(*kept) > 0 && file != restored_)
      all.push_back({acts_in(*kept), kept->title, file.string()});
  };
  if (waits_) add(newest_);
  for (int number = number_of_the_last(newest_); number > 0; --number) add(aside(newest_, number));
  return all;
}

bool KeptFiles::belongs_to(const std::string& kept, const std::string& file, const std::string& document) {
  const auto work = work_in(kept);
  if (!work) return false;
  std::error_code error;
  if (fs::weakly_canonical(work->file, error) == fs::weakly_canonical(file, error)) return true;
  return fs::path(work->file).filename() == fs::path(file).filename() && work->document == document;
}

bool KeptFiles::waits_for(const std::string& file, const std::string& document) const {
  const std::vector<ui::KeptWork> all = waiting();
  return std::any_of(all.begin(), all.end(),
                     [&](const ui::KeptWork& work) { return belongs_to(work.file, file, document); });
}

bool KeptFiles::write(const std::string& text) {
  std::error_code error;
  const bool made_room = std::exchange(waits_, false) && has_acts(newest_);
  if (made_room) fs::rename(newest_, aside(newest_, number_of_the_last(newest_) + 1), error);
  write_(newest_, text);
  // What was restored from another file goes on in the newest one. The file stays, empty, so that the numbers have no gap.
  if (!text.empty() && !restored_.empty()) write_(std::exchange(restored_, {}), "");
  return made_room;
}

void KeptFiles::restored(const std::string& file) {
  if (file == newest_.string()) waits_ = false;
  else if (is_ours(newest_, file)) restored_ = file;
}

}  // namespace kafkascope::app
