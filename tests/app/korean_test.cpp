// LANG=ko_KR.UTF-8: no English sentence anywhere, whatever the command.
#include <nlohmann/json.hpp>

#include "app/program.h"
#include "support/english.h"
#include "support/some.h"

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// Texts that a file has only in English stay English.
void collect_english(const json& value, std::vector<std::string>& texts) {
  if (value.is_object() && value.contains("en") && value["en"].is_string() && !value.contains("ko"))
    texts.push_back(value["en"]);
  if (value.is_object() || value.is_array())
    for (const json& inner : value) collect_english(inner, texts);
}

std::string without_own_texts(std::string out, const fs::path& file) {
  std::vector<std::string> texts;
  collect_english(json::parse(read(file)), texts);
  for (const std::string& text : texts)
    for (std::size_t at; !text.empty() && (at = out.find(text)) != std::string::npos;) out.erase(at, text.size());
  const std::size_t head = out.find("합계");
  return head == std::string::npos ? out : out.erase(head, out.find('\n', head) - head);
}

std::vector<fs::path> every_scenario() {
  std::vector<fs::path> files;
  for (const char* folder : {"scenarios", "tests/stories"})
    for (const auto& entry : fs::recursive_directory_iterator(source(folder)))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
  return files;
}

void all_korean(const std::string& arguments, int status) {
  CAPTURE(arguments);
  const Ran r = run(arguments + " 2>&1 </dev/null", kKorean);
  CHECK(r.status == status);
  CHECK(r.out != "");
  CHECK(english_in(r.out) == "");
}

}  // namespace

TEST_CASE("the output of run and tell is in Korean for every lesson and story") {
  const std::vector<fs::path> files = every_scenario();
  for (std::size_t i = 0; i < files.size(); i += kSome) {
    const fs::path& file = files[i];
    // The sentences of `run` are of few kinds, and each is in many files.
    for (const char* command : {"tell ", "run "}) {
      if (i % 4 != 0 && std::string_view(command) == "run ") continue;
      CAPTURE(file);
      CAPTURE(command);
      const Ran r = run(command + file.string() + " 2>&1 </dev/null", kKorean);
      CHECK(r.status == 0);
      CHECK(english_in(without_own_texts(r.out, file)) == "");
    }
  }
}

TEST_CASE("failed expectations and steps, roles without a node and impossible acts are reported in Korean") {
  const TemporaryFile file("failing.json", small_scenario(R"(, "steps": [
    {"at": "0.5s", "do": "resume", "node": "broker-1"}, {"at": "0.5s", "do": "start", "node": "shop"},
    {"at": "1.1s", "expect": {"path": "/ledger/acked", "equals": 7}},
    {"at": "1.1s", "expect": {"path": "/ledger/acked", "at_most": 1, "always": true}},
    {"at": "1.1s", "expect": {"path": "/ledger/acked", "at_least": 1000, "within": "100ms"}},
    {"at": "1.2s", "do": "create_topic", "topic": "orders", "partitions": 1, "replication_factor": 1},
    {"at": "1.2s", "do": "create_topic", "topic": "new", "partitions": 1, "replication_factor": 3, "error": "TOPIC_ALREADY_EXISTS"},
    {"when": {"path": "/partitions/orders-0/leader", "equals": 9}, "timeout": "200ms", "say": {"en": "never", "ko": "안 와요"}},
    {"after": "1ms", "say": {"en": "never", "ko": "안 와요"}}],
   "expect": [{"path": "/ledger/acked", "equals": 1}, {"path": "/metrics/elections", "equals": 3}])"));
  for (const char* command : {"run ", "tell "}) {
    const Ran r = run(command + file.name() + " 2>&1 </dev/null", kKorean);
    CHECK(r.status == 1);
    CHECK(english_in(r.out) == "");
    CHECK(r.out.find("seen") == std::string::npos);
  }
}

TEST_CASE("the help of every command is in Korean") {
  all_korean("--help", 0);
  for (const char* command :
       {"run", "tell", "inspect", "check", "list", "new", "render", "export", "compare", "why", "explain", "verbs"})
    all_korean(std::string(command) + " --help", 0);
  for (const char* command : {"run", "tell", "inspect"})
    CHECK(run(std::string(command) + " --help", kKorean).out.find("Options") == std::string::npos);
}

TEST_CASE("the output of check, list, new, inspect and export is in Korean") {
  for (const auto& entry : fs::directory_iterator(source("tests/scenario/malformed"))) {
    if (entry.path().extension() != ".json" || entry.path().filename().string()[0] > 'e')
      continue;  // the test test_scenario covers all of them
    all_korean("check " + entry.path().string(), 2);
  }
  const TemporaryFile file("small.json", small_scenario());
  all_korean("check " + file.name(), 0);
  all_korean("list", 0);
  const fs::path fresh = temporary("fresh.json");
  all_korean("new guard --out " + fresh.string(), 0);
  all_korean("new guard --out " + fresh.string(), 2);
  fs::remove(fresh);
  all_korean("new guard --out /no/such/folder/x.json", 2);
  all_korean("new gard --out " + fresh.string(), 2);
  all_korean("inspect " + file.name() + " --at 1s --path /partitions/orders-0/leader", 0);
  all_korean("inspect " + file.name() + " --at 1s --path /partitions/order-0", 2);
  all_korean("inspect " + file.name() + " --at 1s --path partitions", 2);
  all_korean("inspect " + file.name() + " --at soon", 2);
  all_korean("run no-such-file.json", 2);
  all_korean("run " + source("scenarios").string(), 2);
  all_korean("run", 2);
  all_korean("run --frobnicate", 2);
  all_korean("run --seeds 0 " + file.name(), 2);
  all_korean("run --seed abc " + file.name(), 2);
  all_korean("tell --lang fr " + file.name(), 2);
  all_korean("frobnicate", 2);
  all_korean("explore x", 2);
  all_korean("run " + file.name() + " --junit /no/such/folder/x.xml", 2);
}
