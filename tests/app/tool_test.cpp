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

/// The text without random parts, times and addresses: the real cluster ran on one machine.
std::string comparable(std::string text, bool quorum) {
  const std::pair<const char*, const char*> kRules[] = {
      {"-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "-ID"},
      {"127\\.0\\.0\\.1:2310(\\d)", "controller-$1:9093"},
      {"127\\.0\\.0\\.1:2300\\d  \\(\\d\\)", "COORDINATOR"},
      {"broker-\\d:9092  \\(\\d\\)", "COORDINATOR"},
      {" /[a-z0-9.-]+ +", " HOST "},
      {"[A-Za-z0-9_-]{22}", "UUID"},
      {"\\b1[0-9]{12}\\b", "TIME"},
      {"[^\\n]*Topic: __[^\\n]*(\\n|$)", ""},  // the places of their replicas are also random
      {" +", " "},
      {" (\\t|\\n)", "$1"}};
  for (const auto& [from, to] : kRules) text = std::regex_replace(text, std::regex(from), to);
  text = std::regex_replace(text, std::regex("UUIDsumer"), "console-share-consumer");
  if (quorum) {  // removes the positions in the metadata log
    text = std::regex_replace(text, std::regex("UUID\\t\\d+"), "UUID\tEND");
    text = std::regex_replace(text, std::regex("(HighWatermark|ClusterId): \\S+"), "$1: X");
    text = std::regex_replace(text, std::regex("END\\t[1-9]\\d*"), "END\tBEHIND");
    text = std::regex_replace(text, std::regex("MaxFollowerLagTimeMs: \\d+"), "MaxFollowerLagTimeMs: MS");
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

/// Sorted, for rows whose order in a hash table depends on random ids.
std::string sorted(const std::string& text, char between) {
  std::multiset<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line, between);) lines.insert(line);
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}
}  // namespace

TEST_CASE("the tools print what Kafka's own tools printed in the same moments of a real cluster") {
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
    sim = std::regex_replace(sim, std::regex("(^|\n)kafkascope: [^\n]*"), "$1");  // the line that is not the tool's own
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

TEST_CASE("the tools' outputs at moments of lessons equal the saved outputs") {
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

TEST_CASE("a tool that waits in vain: a line on standard error says for whom, and how long the real one would wait") {
  const auto errors = [](const std::string& rest, const std::string& before = {}) {
    return run(before + "tool " + rest + " 2>&1").out;
  };
  const std::string down = lesson("replication/all-brokers-down") + " --at 45s -- ";
  const std::string none = errors(down + "kafka-topics --list");
  CHECK(none.find("Timed out waiting for a node assignment. Call: listTopics") != std::string::npos);
  CHECK(none.find("only after 60 s (default.api.timeout.ms)") != std::string::npos);
  CHECK(none.find("Not running: broker-1, broker-2, broker-3") != std::string::npos);
  CHECK(errors(down + "kafka-topics --list", "--lang ko ").find("꺼져 있음: broker-1") != std::string::npos);
  CHECK(errors(down + "kafka-consumer-groups --list").find("5 s (--timeout)") != std::string::npos);
  CHECK(errors(down + "kafka-consumer-groups --list --timeout 500").find("after 500 ms (--timeout)") !=
        std::string::npos);
  const std::string voters = errors(lesson("controller/kraft-quorum-loss") + " --at 15s -- kafka-topics --describe");
  CHECK(voters.find("No controller is active: 1 of 3 voters run") != std::string::npos);
  // A tool that is answered says nothing more.
  CHECK(errors(lesson("controller/kraft-quorum-loss") + " --at 15s -- kafka-get-offsets").find("kafkascope:") ==
        std::string::npos);
}

TEST_CASE("an unsupported tool or option is refused with a list of the supported ones, in both languages") {
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

TEST_CASE("kafka-consumer-groups --list has no --state in Kafka 2.5 (KIP-518), while --describe has") {
  const std::string at = "tool " + lesson("controller/zookeeper-roles") + " --at 5s -- kafka-consumer-groups ";
  const Ran list = run(at + "--list --state 2>&1");
  CHECK(list.status == 2);
  CHECK(list.out.find("since Kafka 2.6 (KIP-518), and this cluster is Kafka 2.5") != std::string::npos);
  CHECK(run(at + "--list 2>&1").status == 0);
  CHECK(run(at + "--describe --all-groups --state 2>&1").status == 0);
  const Ran newer =
      run("tool " + lesson("replication/leader-failover") + " --at 4s -- kafka-consumer-groups --list --state 2>&1");
  CHECK(newer.status == 0);
  CHECK(newer.out.find("STATE") != std::string::npos);
}

TEST_CASE("kafka-transactions is refused in Kafka 2.5, and the error names the version that introduced it") {
  const Ran r = run("tool " + lesson("operations/cluster-setup") + " --at 3s -- kafka-transactions list 2>&1");
  CHECK(r.status == 2);
  CHECK(r.out.find("kafka-transactions came with Kafka 3.0 (KIP-664), and this cluster is Kafka 2.5") !=
        std::string::npos);
}

TEST_CASE(
    "kafka-transactions has the columns of the real tool and finds hanging transactions; its abort is refused, and the error names the act to use instead") {
  const std::string at =
      "tool " + lesson("delivery/hanging-transaction") + " --variant old --at 16s -- kafka-transactions ";
  const auto table = [&](const std::string& command) {  // without column widths
    std::string text = std::regex_replace(run(at + command + " 2>&1").out, std::regex(" *\t"), " ");
    return std::regex_replace(text, std::regex(" +\n"), "\n");
  };
  // tests/oracle/transactions/hanging-tv1.tsv: the tool's output for a real cluster of 4.1.0.
  std::istringstream recorded(read(source("tests/oracle/transactions/hanging-tv1.tsv")));
  std::map<std::string, std::string> headers;
  for (std::string line; std::getline(recorded, line);)
    if (std::smatch m;
        std::regex_match(line, m, std::regex("tool\t(\\S+)\t([A-Z][A-Za-z]*.*)")) && !headers.contains(m[1]))
      headers[m[1]] = m[2];
  const std::string partition = " --topic pay --partition 0", all = " --max-transaction-timeout 0";
  const std::string list = table("list"), describe = table("describe --transactional-id tx-1"),
                    producers = table("describe-producers" + partition),
                    hanging = table("find-hanging --topic pay" + all);
  CHECK(list.starts_with(headers.at("list") + "\n"));
  CHECK(describe.starts_with(headers.at("describe") + "\n"));
  CHECK(producers.starts_with(headers.at("describe-producers") + "\n"));
  CHECK(hanging.starts_with(headers.at("find-hanging") + "\n"));
  CHECK(list.find(" Empty\n") != std::string::npos);
  CHECK(std::regex_search(describe, std::regex("tx-1 \\d+ 1 Empty 60000 None None\n")));
  CHECK(std::regex_search(producers, std::regex("\n\\d+ 0 \\d+ 1 1[0-9]{12} 2\n")));
  CHECK(std::regex_search(hanging, std::regex("\npay 0 \\d+ 0 \\d+ 2 1[0-9]{12} 0\n$")));
  CHECK(table("find-hanging --topic pay") == headers.at("find-hanging") + "\n");  // open for less than 15 minutes
  CHECK(table("find-hanging --broker-id 2" + all) == hanging);
  CHECK(table("find-hanging").find("requires either --topic or --broker-id") != std::string::npos);
  CHECK(table("describe --transactional-id nobody").find("failed because the ID could not be found") !=
        std::string::npos);
  const Ran wrong = run(at + "abort" + partition + " --start-offset 1 2>&1");
  CHECK(wrong.status == 1);
  CHECK(wrong.out == "Could not find any open transactions starting at offset 1 on partition pay-0\n");
  const Ran abort = run(at + "abort" + partition + " --start-offset 2 2>&1");
  CHECK(abort.status == 2);
  CHECK(abort.out.find(R"({"at": "…", "do": "abort_hanging", "partition": "pay-0", "start_offset": 2})") !=
        std::string::npos);
  CHECK(abort.out.find("Transactions (9), Abort the hanging transaction, or Ctrl+K") != std::string::npos);
  const Ran end = run(at + "forceTerminateTransaction --transactionalId tx-1 2>&1");
  CHECK(end.status == 2);
  CHECK(end.out.find(R"("do": "terminate_transaction", "transactional_id": "tx-1")") != std::string::npos);
  CHECK(run(at + "forceTerminateTransaction 2>&1").out.find("--transactionalId") != std::string::npos);
  CHECK(run(at + "2>&1").out.find("find-hanging") != std::string::npos);
  // The real tool lists its commands in this order, without its options.
  const Ran nonsense = run(at + "nonsense 2>&1");
  CHECK(nonsense.status == 2);
  CHECK(nonsense.out.find("list, describe, describe-producers, abort, find-hanging, forceTerminateTransaction") !=
        std::string::npos);
  CHECK(nonsense.out.find("--") == std::string::npos);
  CHECK(run(at + "describe 2>&1").out.find("--transactional-id") != std::string::npos);
}

TEST_CASE("at one moment a tool prints the same from every broker that has the metadata") {
  const std::string at = "tool " + lesson("replication/leader-failover") + " --at 2s -- kafka-topics --describe";
  CHECK(run(at).out == run(at + " --bootstrap-server broker-2:9092").out);
  CHECK(run(at).out == run(at + " --bootstrap-server=broker-3").out);
}

TEST_CASE("a command of a tool that is written as an option is told without dashes") {
  const Ran r =
      run("tool replication/leader-failover --at 5s -- kafka-transactions --describe --transactional-id a 2>&1");
  CHECK(r.status != 0);
  CHECK(r.out.find("describe is a command of kafka-transactions, not an option") != std::string::npos);
}
