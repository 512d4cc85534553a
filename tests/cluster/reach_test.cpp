// How many files a changed header recompiles. Headers that define all roles are included only where roles are run; other code uses
// cluster/world.h.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/places.h"

namespace fs = std::filesystem;

namespace {

/// File -> the project's own files that it includes, as paths from the root of the repository.
using Includes = std::map<std::string, std::vector<std::string>>;

Includes read_tree() {
  const fs::path root = source_root();
  Includes tree;
  for (const char* folder : {"src", "tests"})
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp" && extension != ".inc") continue;
      const std::string file = fs::relative(entry.path(), root).generic_string();
      std::vector<std::string>& included = tree[file];
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        constexpr std::string_view kInclude = "#include \"";
        if (!line.starts_with(kInclude)) continue;
        const std::string name = line.substr(kInclude.size(), line.find('"', kInclude.size()) - kInclude.size());
        for (const std::string& path : {"src/" + name, "tests/" + name})
          if (fs::exists(root / path)) included.push_back(path);
      }
    }
  return tree;
}

/// The number of source files that include the header, directly or indirectly.
int reach(const Includes& tree, const std::string& header) {
  std::map<std::string, std::vector<std::string>> includers;
  for (const auto& [file, included] : tree)
    for (const std::string& path : included) includers[path].push_back(file);
  std::set<std::string> seen;
  std::vector<std::string> open{header};
  int sources = 0;
  while (!open.empty()) {
    const std::string file = open.back();
    open.pop_back();
    if (!seen.insert(file).second) continue;
    sources += file.ends_with(".cpp") ? 1 : 0;
    for (const std::string& next : includers[file]) open.push_back(next);
  }
  return sources;
}

/// The same in thousandths of all source files.
int share(const Includes& tree, const std::string& header) {
  const auto sources = std::count_if(tree.begin(), tree.end(), [](const auto& f) { return f.first.ends_with(".cpp"); });
  return reach(tree, header) * 1000 / static_cast<int>(sources);
}

}  // namespace

// When a number has fallen, lower its limit here.
TEST_CASE("changing a header of the broker or of the messages recompiles only a bounded number of files") {
  const Includes tree = read_tree();
  REQUIRE(tree.size() > 500);
  CHECK(reach(tree, "src/cluster/world.h") <= 8);
  CHECK(reach(tree, "src/broker/broker.h") <= 58);
  // A share of all sources, which a new one does not change by being there: per mille.
  CHECK(share(tree, "src/protocol/body.h") <= 281);  // it names no type of message, so a new type does not change it
  CHECK(share(tree, "src/protocol/config.h") <= 500);
  // The header of a new message, and the headers that list all types.
  CHECK(reach(tree, "src/protocol/messages_contrast.h") <= 11);
  CHECK(reach(tree, "src/protocol/all_messages.h") <= 8);
  CHECK(reach(tree, "src/protocol/kafka_messages.h") <= 23);
}
