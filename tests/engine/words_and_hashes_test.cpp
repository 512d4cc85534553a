// The texts about a run do not affect its hash.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "observe/words/words.h"
#include "support/lessons.h"
#include "support/places.h"
#include "words/catalogue.h"

using namespace kafkascope;

namespace {

namespace fs = std::filesystem;

std::string in_json(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else out += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
  }
  return out + "\"";
}

/// While it lives, each sentence of both languages begins with other words.
class OtherWords {
 public:
  OtherWords() : folder_(fs::temp_directory_path() / "kafkascope-other-words") {
    fs::create_directories(folder_);
    for (const words::Lang lang : words::kLangs) {
      std::ofstream out(folder_ / (std::string(words::code(lang)) + ".json"), std::ios::binary);
      out << "{";
      const char* comma = "\n";
      for (const words::Row& row : words::built_in(lang).rows()) {
        out << comma << in_json(row.key) << ": " << in_json("Well, " + std::string(row.text));
        comma = ",\n";
      }
      out << "\n}\n";
    }
    for (const words::Problem& problem : words::use_folder(folder_.string()))
      FAIL_CHECK(words::to_text(problem, words::Lang::En));
  }
  ~OtherWords() {
    words::use_folder(source_root() + "/assets/words");
    fs::remove_all(folder_);
  }

 private:
  fs::path folder_;
};

struct ToldRun {
  std::string hash, sentences;
};

ToldRun run(const std::string& file) {
  scenario::Loaded loaded = scenario::load(read_text(source_path(file)));
  REQUIRE(loaded.ok());
  scenario::Session session(std::make_shared<scenario::Scenario>(std::move(*loaded.scenario)), true);
  session.run_to_end();
  const observe::TraceStore& trace = session.observation().trace();
  const observe::ClusterView names(session.cluster());
  std::string sentences;
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (observe::matters(trace[i])) sentences += observe::sentence(trace[i], names).en + "\n";
  return {session.trace_hash(), sentences};
}

}  // namespace

TEST_CASE("other words in the catalogues do not change any hash") {
  for (const char* file : {"scenarios/replication/leader-failover.json", "scenarios/groups/static-membership.json",
                           "scenarios/groups/share-group.json", "scenarios/controller/zookeeper-failover.json",
                           "scenarios/log/retention.json"}) {
    CAPTURE(file);
    const ToldRun before = run(file);
    ToldRun after;
    {
      const OtherWords other;
      after = run(file);
    }
    CHECK(before.hash == after.hash);
    CHECK(before.sentences != after.sentences);
    CHECK(run(file).sentences == before.sentences);
  }
}
