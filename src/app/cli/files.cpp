#include "app/cli/files.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "scenario/values.h"
#include "scenario/variants.h"

namespace kafkascope::cli {

namespace fs = std::filesystem;

std::string language_of_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string_view(value).substr(0, 2) == "ko" ? "ko" : "en";
  }
  return "en";
}

std::optional<std::string> read_file(const std::string& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) {
    std::cerr << file << ": is a folder; name a scenario file in it\n";
    return std::nullopt;
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    std::cerr << file << ": cannot be read; check the name (kafkascope list shows the bundled lessons)\n";
    return std::nullopt;
  }
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

bool write_file(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.flush();
  if (out) return true;
  std::cerr << file << ": cannot be written; does its folder exist?\n";
  return false;
}

bool print_problems(const scenario::Loaded& loaded, const std::string& file, std::ostream& out) {
  std::size_t shown = 0;
  for (const scenario::Problem& p : loaded.problems) {
    if (shown++ == 100) break;
    out << scenario::format(p, file) << "\n";
  }
  const std::size_t all = loaded.problems.size() + loaded.more;
  if (all > 100) out << file << ": and " << all - 100 << " more\n";
  return loaded.ok();
}

ScenarioPtr load_one(const std::string& file, const Options& o, const std::string& variant, std::optional<std::uint64_t> seed) {
  const auto text = read_file(file);
  if (!text) return nullptr;
  scenario::LoadOptions options;
  options.variant = variant;
  for (const std::string& set : o.sets) options.set.push_back(scenario::split_set(set));
  if (seed) options.set.emplace_back("seed", std::to_string(*seed));
  if (!o.until.empty()) options.set.emplace_back("until", o.until);
  scenario::Loaded loaded = scenario::load(*text, options);
  if (!print_problems(loaded, file, std::cerr)) return nullptr;
  return std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario));
}

std::optional<sim::Instant> moment(const std::string& text, const char* option) {
  const auto duration = scenario::parse_duration(text);
  if (duration && duration->us >= 0) return sim::Instant{duration->us};
  std::cerr << option << " " << text << ": is no moment; right would be " << scenario::kDurationForm << "\n";
  return std::nullopt;
}

std::optional<fs::path> lessons_folder() {
  std::vector<fs::path> candidates;
  if (const char* set = std::getenv("KAFKASCOPE_SCENARIOS")) candidates.emplace_back(set);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    candidates.push_back(program.parent_path() / "scenarios");
    candidates.push_back(program.parent_path() / "../share/kafkascope/scenarios");
    candidates.push_back(program.parent_path() / "../../scenarios");
  }
  candidates.emplace_back("scenarios");
  for (const fs::path& c : candidates)
    if (fs::is_directory(c, error)) return fs::weakly_canonical(c, error);
  return std::nullopt;
}

std::vector<fs::path> lesson_files() {
  std::vector<fs::path> files;
  const auto folder = lessons_folder();
  if (!folder) return files;
  for (const auto& entry : fs::recursive_directory_iterator(*folder))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<std::string> first_lesson() {
  const auto folder = lessons_folder();
  if (!folder) return std::nullopt;
  const fs::path lesson = *folder / "replication" / "leader-failover.json";
  std::error_code error;
  return fs::exists(lesson, error) ? std::optional(lesson.string()) : std::nullopt;
}

const std::string& in(const Options& o, const scenario::Text& text) { return o.korean() && !text.ko.empty() ? text.ko : text.en; }

}  // namespace kafkascope::cli
