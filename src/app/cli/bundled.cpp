#include "app/cli/bundled.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <utility>

#include "system/system.h"

namespace kafkascope::cli {

namespace fs = std::filesystem;

std::optional<fs::path> lessons_folder() {
  std::vector<fs::path> candidates;
  if (const char* set = std::getenv("KAFKASCOPE_SCENARIOS")) candidates.emplace_back(set);
  std::error_code error;
  if (const fs::path program = sys::program_file(); !program.empty()) {
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
  const auto folder = lessons_folder();
  if (!folder) return {};
  std::map<fs::path, std::size_t> place;
  std::ifstream order(*folder / "curriculum.txt");
  for (std::string line; std::getline(order, line);) place.emplace(*folder / (line + ".json"), place.size());
  std::vector<std::pair<std::size_t, fs::path>> in_order;
  for (const auto& entry : fs::recursive_directory_iterator(*folder)) {
    if (entry.path().extension() != ".json") continue;
    const auto found = place.find(entry.path());
    in_order.emplace_back(found != place.end() ? found->second : place.size(), entry.path());
  }
  std::sort(in_order.begin(), in_order.end());
  std::vector<fs::path> files;
  for (auto& [unused, file] : in_order) files.push_back(std::move(file));
  return files;
}

bool is_bundled(const std::string& file) {
  const auto folder = lessons_folder();
  std::error_code error;
  const std::string path = fs::weakly_canonical(file, error).string();
  return folder && !error && path.starts_with(folder->string() + std::string(1, fs::path::preferred_separator));
}

namespace {

/// A scenario that docs/delivery-semantics.md links to, by id or by its path in the sources; an installed program has
/// it beside the lessons.
std::optional<fs::path> row_of_matrix(const std::string& name) {
  const auto folder = lessons_folder();
  const std::string id = fs::path(name).stem().string();
  if (!folder || id.empty() || (name != id && name != "tests/stories/" + id + ".json")) return std::nullopt;
  std::error_code error;
  for (const char* beside : {"delivery", "tests/stories"})
    if (fs::path file = folder->parent_path() / beside / (id + ".json"); fs::exists(file, error)) return file;
  return std::nullopt;
}

}  // namespace

std::string lesson_or_file(const std::string& name) {
  std::error_code error;
  if (name.empty() || fs::exists(name, error)) return name;
  for (const fs::path& file : lesson_files()) {
    const std::string id = file.stem().string(), full = file.parent_path().filename().string() + "/" + id;
    if (name == id || name == full || name == "scenarios/" + full + ".json") return file.string();
  }
  const auto row = row_of_matrix(name);
  return row ? row->string() : name;
}

std::optional<std::string> first_lesson() {
  const auto folder = lessons_folder();
  if (!folder) return std::nullopt;
  const fs::path lesson = *folder / "replication" / "leader-failover.json";
  std::error_code error;
  return fs::exists(lesson, error) ? std::optional(lesson.string()) : std::nullopt;
}

}  // namespace kafkascope::cli
