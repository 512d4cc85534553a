// Kafka's command-line tools at one moment: compared with what the real ones printed about a real cluster of 4.1.0 that did the same
// (tests/tools/recorded.json is that cluster, tests/tools/real what was recorded), and with outputs kept in tests/tools/kept.
#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <vector>

#include "app/program.h"

namespace {
namespace fs = std::filesystem;

std::vector<fs::path> texts_in(const std::string& folder) {
  std::set<fs::path> found;
  for (const auto& entry : fs::directory_iterator(source(folder))) found.insert(entry.path());
  return {found.begin(), found.end()};
}

std::string line_of(std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  text.erase(0, line.size() + 1);
  return line;
}

/// Without what is drawn at random, what a clock says, and addresses: the real cluster ran on one machine.
std::string comparable(std::string text, bool quorum) {
  const std::pair<const char*, const char*> kRules[] = {
      {"-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "-ID"},
      {"127\\.0\\.0\\.1:2310(\\d)", "controller-$1:9093"},
      {"127\\.0\\.0\\.1:2300\\d  \\(\\d\\)", "COORDINATOR"},
      {"broker-\\d:9092  \\(\\d\\)", "COORDINATOR"},
      {" /[a-z0-9.-]+ +", " HOST "},
      {"[A-Za-z0-9_-]{22}", "UUID"},
      {"\\b1[0-9]{12}\\b", "TIME"},
      {"[^\\n]*Topic: __[^\\n]*(\\n|$)", ""},  // where their replicas are is drawn, too
      {" +", " "},
      {" (\\t|\\n)", "$1"}};
  for (const auto& [from, to] : kRules) text = std::regex_replace(text, std::regex(from), to);
  text = std::regex_replace(text, std::regex("UUIDsumer"), "console-share-consumer");
  if (quorum) {  // how far the metadata log has come
    text = std::regex_replace(text, std::regex("UUID\\t\\d+"), "UUID\tEND");
    text = std::regex_replace(text, std::regex("(HighWatermark|ClusterId): \\S+"), "$1: X");
    text = std::regex_replace(text, std::regex("END\\t[1-9]\\d*"), "END\tBEHIND");
    text = std::regex_replace(text, std::regex("MaxFollowerLagTimeMs: \\d+"), "MaxFollowerLagTimeMs: MS");
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// In order, for rows that a hash table orders by random ids.
std::string sorted(const std::string& text, char between) {
  std::multiset<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line, between);) lines.insert(line);
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}
}  // namespace

TEST_CASE("the tools print what the real tools printed about a real cluster that did the same") {
  const std::map<char, std::string> moments = {{'A', "29s"}, {'B', "60s"},  {'C', "60s"},
                                               {'D', "90s"}, {'F', "103s"}, {'G', "109s"}};
  int compared = 0;
  for (const fs::path& file : texts_in("tests/tools/real")) {
    std::string real = read(file);
    const std::string command = line_of(real).substr(2);
    const std::string& at = moments.at(file.filename().string().front());
    CAPTURE(file.filename().string());
    std::string sim =
        run("tool " + source("tests/tools/recorded.json").string() + " --at " + at + " -- " + command + " 2>&1").out;
    const bool quorum = command.find("quorum") != std::string::npos;
    real = comparable(real, quorum), sim = comparable(sim, quorum);
    if (quorum || command.find("--members") != std::string::npos)
      real = sorted(real, quorum && command.find("status") != std::string::npos ? ' ' : '\n'),
      sim = sorted(sim, quorum && command.find("status") != std::string::npos ? ' ' : '\n');
    if (quorum)  // commas stay with the entry before them
      for (std::string* text : {&real, &sim})
        *text = sorted(std::regex_replace(*text, std::regex("[,\\[\\]]"), ""), '\n');
    CHECK(sim == real);
    ++compared;
  }
  CHECK(compared > 60);
}

TEST_CASE("the tools' outputs at moments of lessons stay as they are kept") {
  for (const fs::path& file : texts_in("tests/tools/kept")) {
    std::string kept = read(file);
    const std::string command = line_of(kept);
    CAPTURE(command);
    REQUIRE(command.starts_with("$ "));
    const Ran r = run(
        "tool " + std::regex_replace(command.substr(2), std::regex("(scenarios|tests)/"), source("$1").string() + "/") +
        " 2>&1");
    const std::string out = r.out + "status " + std::to_string(r.status) + "\n";
    if (std::getenv("KAFKASCOPE_REWRITE") != nullptr) std::ofstream(file, std::ios::binary) << command << "\n" << out;
    else CHECK(out == kept);
  }
}

TEST_CASE("what the tools do not support is refused with what they do, in both languages") {
  const std::string at = "tool " + lesson("replication/leader-failover") + " --at 2s -- ";
  const Ran option = run(at + "kafka-topics --describe --wrong 2>&1");
  CHECK(option.status == 2);
  CHECK(option.out.find("--under-min-isr-partitions") != std::string::npos);
  const Ran tool = run(at + "kafka-acls --list 2>&1", kKorean);
  CHECK(tool.status == 2);
  CHECK(tool.out.find("kafka-consumer-groups") != std::string::npos);
  CHECK(tool.out.find("쓸 수 있는 도구") != std::string::npos);
  CHECK(run(at + "kafka-topics 2>/dev/null").status == 2);
  CHECK(run(at + "kafka-topics --list --bootstrap-server broker-9 2>/dev/null").status == 2);
}

TEST_CASE("asking a tool changes nothing: the same moment has the same output from every broker that knows it") {
  const std::string at = "tool " + lesson("replication/leader-failover") + " --at 2s -- kafka-topics --describe";
  CHECK(run(at).out == run(at + " --bootstrap-server broker-2:9092").out);
  CHECK(run(at).out == run(at + " --bootstrap-server=broker-3").out);
}
