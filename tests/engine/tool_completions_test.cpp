// What the terminal offers while a command of Kafka's tools is typed.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "cluster/cluster.h"
#include "observe/tools/tool.h"
#include "scenario/load.h"

using namespace kafkascope;

TEST_CASE("after a command of kafka-transactions only the options of that command are offered, and no other command") {
  const auto loaded = scenario::load(
      R"({"format": 1, "id": "tools", "cluster": {"controllers": 1, "brokers": 1}, "topics": [], "clients": [], "steps": [], "until": "1s"})");
  REQUIRE(loaded.ok());
  const cluster::Cluster kafka(std::make_shared<const cluster::ClusterSpec>(loaded.scenario->cluster));
  const auto offers = [&](const std::string& line, const std::string& word) {
    const auto all = observe::tools::completions(kafka, line);
    return std::find(all.begin(), all.end(), word) != all.end();
  };
  CHECK(offers("kafka-transactions ", "find-hanging"));
  CHECK(offers("kafka-transactions ", "--topic"));
  CHECK(offers("kafka-transactions find-hanging ", "--topic"));
  CHECK(offers("kafka-transactions find-hanging ", "--max-transaction-timeout"));
  CHECK_FALSE(offers("kafka-transactions find-hanging ", "--transactional-id"));
  CHECK_FALSE(offers("kafka-transactions find-hanging ", "describe"));
  CHECK(offers("kafka-transactions list ", "--duration-filter"));
  CHECK(offers("kafka-transactions list ", "--bootstrap-server"));
  CHECK_FALSE(offers("kafka-transactions list ", "--topic"));
  CHECK(offers("kafka-metadata-quorum describe ", "--status"));
}
