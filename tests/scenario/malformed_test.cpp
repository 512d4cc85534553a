// tests/scenario/malformed/*.json, each with a list of the errors that it must give: `line:column: /pointer: part of the
// message`.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "scenario/files.h"
#include "scenario/load.h"

using namespace kafkascope::scenario;

TEST_CASE("malformed files: every error is reported with its line and column") {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/scenario/malformed"))) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  CHECK(files.size() >= 45);
  for (const auto& path : files) {
    const std::string name = path.stem().string();
    CAPTURE(name);
    const Loaded result = check(read_text(path));
    CHECK_FALSE(result.ok());
    std::vector<std::string> got;
    for (const Problem& problem : result.problems) {
      if (problem.severity == Severity::Error) got.push_back(format(problem, "f").substr(2));
    }
    std::vector<std::string> expected;
    std::istringstream lines(read_text(std::filesystem::path(path).replace_extension(".expected")));
    for (std::string line; std::getline(lines, line);) expected.push_back(line);
    CHECK(got.size() == expected.size());
    for (const std::string& line : expected) {
      const std::size_t colon = line.find(": ");
      const std::size_t second = line.find(": ", colon + 2);
      const std::string place = line.substr(0, second + 2), words = line.substr(second + 2);
      const auto at = std::find_if(got.begin(), got.end(), [&](const std::string& g) {
        return g.starts_with(place) && g.find(words) != std::string::npos;
      });
      std::string all;
      for (const std::string& g : got) all += "\n  " + g;
      CHECK_MESSAGE(at != got.end(), name, ": expected ", line, ", got:", all);
      if (at != got.end()) got.erase(at);
    }
  }
}

TEST_CASE("problems are listed in the order of the file, up to a maximum number") {
  std::string text = R"({"format": 1, "until": "1s", "cluster": {"brokers": 1}, "steps": [)";
  for (int i = 0; i < 3000; ++i)
    text += std::string(i == 0 ? "" : ",\n") + R"({"at": "0s", "do": "fly", "node": "broker-1"})";
  text += "]}";
  const Loaded result = check(text);
  CHECK(result.problems.size() == Report::kMost);
  CHECK(std::is_sorted(result.problems.begin(), result.problems.end(),
                       [](const Problem& a, const Problem& b) { return a.position < b.position; }));
}

TEST_CASE("a file with warnings is accepted, and the warnings name the keys") {
  const auto warnings = [](const std::string& text) {
    const Loaded result = check(text);
    CHECK(result.ok());
    std::vector<std::string> out;
    for (const Problem& p : result.problems) out.push_back(format(p, "f"));
    return out;
  };
  auto found = warnings(replaced(good_text(), "\"replication_factor\": 3",
                                 "\"replication_factor\": 1, \"config\": {\"min.insync.replicas\": 2}"));
  REQUIRE(found.size() == 1);
  CHECK(
      found[0] ==
      "f:6:14: /topics/0: warning: min.insync.replicas (2) is above replication_factor (1) of topic \"orders\"; 4.x then takes the replication factor");
  found = warnings(replaced(replaced(replaced(good_text(), "\"brokers\": 3", "\"brokers\": 1"),
                                     "\"replication_factor\": 3", "\"replication_factor\": 1"),
                            "\"replication_factor\": 1", "\"replication_factor\": 1"));
  REQUIRE(found.size() == 1);
  CHECK(
      found[0].find(
          "/clients/1/config/group.id: warning: this group never forms: offsets.topic.replication.factor is 3 and there is 1 broker") !=
      std::string::npos);
  // In a running cluster Kafka refuses the request, and the refusal is part of the story.
  const std::string crash = R"("do": "crash", "node": "broker-1")";
  found = warnings(
      replaced(good_text(), crash,
               R"("do": "configure", "node": "broker-1", "config": {"unclean.leader.election.enable": "foo"})"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("/steps/0/config/unclean.leader.election.enable: warning: Kafka refuses \"foo\"") !=
        std::string::npos);
  found = warnings(
      replaced(good_text(), crash, R"("do": "create_topic", "topic": "new", "config": {"retention.ms": "soon"})"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("/steps/0/config/retention.ms: warning: Kafka refuses \"soon\"") != std::string::npos);
}

TEST_CASE("a setting or act that a broker or producer would refuse in a transaction gets a warning at its position") {
  const auto warned = [](const std::string& text, const std::string& words) {
    const Loaded result = check(text);
    CHECK(result.ok());
    return std::any_of(result.problems.begin(), result.problems.end(), [&](const Problem& p) {
      return p.severity == Severity::Warning && format(p, "f").find(words) != std::string::npos;
    });
  };
  const auto file = [](const std::string& config, const std::string& cluster, const std::string& act) {
    return R"({"format": 1, "id": "x", "cluster": {"brokers": 3)" + cluster +
           R"(}, "topics": [{"name": "orders"}], "clients": [{"id": "shop", "kind": "producer", "topic": "orders", )"
           R"("config": {)" +
           config + R"(}}], "steps": [{"at": "1s", "do": ")" + act + R"(", "node": "shop"}], "until": "9s"})";
  };
  const std::string id = R"("transactional.id": "tx")", longer = id + R"(, "transaction.timeout.ms": 900001)";
  const std::string refused = "/clients/0/config/transaction.timeout.ms: warning: transaction.timeout.ms";
  CHECK(warned(file(longer, "", "begin_transaction"), refused + " (900001)"));
  CHECK(warned(file(longer, "", "begin_transaction"), "INVALID_TRANSACTION_TIMEOUT"));
  CHECK(warned(file(longer, "", "begin_transaction"), "at most 900000"));
  CHECK(warned(file(id + R"(, "transaction.timeout.ms": 0)", "", "begin_transaction"), refused + " (0)"));
  CHECK(warned(file(id + R"(, "transaction.timeout.ms": 7000)", R"(, "config": {"transaction.max.timeout.ms": 6999})",
                    "begin_transaction"),
               "between 1 and the brokers' transaction.max.timeout.ms (6999)"));
  // The client's default is also too long for these brokers: the warning is at the client.
  CHECK(warned(file(id, R"(, "config": {"transaction.max.timeout.ms": 59999})", "begin_transaction"),
               "/clients/0: warning: transaction.timeout.ms (60000)"));
  CHECK_FALSE(warned(file(longer, R"(, "config": {"transaction.max.timeout.ms": 900001})", "begin_transaction"),
                     "transaction.timeout.ms"));
  // All brokers allow more than the common default, and any of them may be the coordinator.
  CHECK_FALSE(warned(
      R"({"format": 1, "id": "x", "cluster": {"brokers": [{"id": 1, "config": {"transaction.max.timeout.ms": 900001}}]}, )"
      R"("topics": [{"name": "orders"}], "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "config": {)" +
          longer + R"(}}], "steps": [], "until": "9s"})",
      "transaction.timeout.ms"));
  for (const std::string act : {"begin_transaction", "commit_transaction", "abort_transaction"}) {
    CHECK(warned(file("", "", act), "/steps/0/node: warning: \"" + act + "\" fails: \"shop\" has no transactional.id"));
    CHECK_FALSE(warned(file(id, "", act), "has no transactional.id"));
  }
}
