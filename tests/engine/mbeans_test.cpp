// Kafka's metrics: each one is described in docs/metrics.md, and has an expectation in tests/stories that fails if the
// metric is wrong.
#include "observe/model/mbeans.h"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;

namespace {

constexpr std::string_view kPath = "/metrics/mbeans/";

/// What the expectations of one file detect about a metric: a value that is too low, a value that is too high.
struct Told {
  bool least = false, most = false;
};

/// Which wrong values the expectation detects: a metric that is absent, stuck at 0, or equal to another stuck one fails it; with both
/// bounds, so does one that counts twice or in another unit.
Told tells(const nlohmann::json& expectation) {
  if (const auto equals = expectation.find("equals"); equals != expectation.end()) {
    const bool says = equals->is_number() && *equals != 0;
    return {says, says};
  }
  if (const auto least = expectation.find("at_least"); least != expectation.end()) return {*least > 0, false};
  if (expectation.contains("at_most")) return {false, true};
  // A comparison with another part of the state document detects wrong values; one with another metric does not, as
  // both may be stuck.
  const auto other = expectation.find("same_as");
  const bool says = other != expectation.end() && !other->get<std::string>().starts_with(kPath);
  return {says, says};
}

/// Collects the metrics in the expectations below this node of a file, with the bounds that each has.
void collect_expected(const nlohmann::json& node, std::map<std::string, Told>& out) {
  if (node.is_object() && node.contains("path")) {
    const auto& path = node["path"];
    if (path.is_string() && path.get<std::string>().starts_with(kPath)) {
      const std::string rest = path.get<std::string>().substr(kPath.size());
      Told& told = out[rest.substr(rest.find('/') + 1)];
      const Told now = tells(node);
      told.least |= now.least;
      told.most |= now.most;
    }
  }
  if (node.is_structured())
    for (const auto& child : node) collect_expected(child, out);
}

}  // namespace

TEST_CASE("docs/metrics.md has a row for each metric, in this order, and no other") {
  std::vector<std::string> documented;
  const std::string text = read_text(source_path("docs/metrics.md"));
  for (std::size_t at = text.find("\n| `kafka."); at != std::string::npos; at = text.find("\n| `kafka.", at + 1)) {
    const std::size_t begin = text.find('`', at) + 1;
    documented.push_back(text.substr(begin, text.find('`', begin) - begin));
  }
  std::vector<std::string> known;
  for (const observe::MBeanKind* kind : observe::mbean_kinds()) known.emplace_back(kind->name);
  CHECK(documented == known);
  CHECK(known.size() >= 60);
  CHECK(std::set<std::string>(known.begin(), known.end()).size() == known.size());
}

TEST_CASE("tests/stories expect each metric, with a lower and an upper bound") {
  std::set<std::string> expected;
  for (const File& file : files_below("tests/stories")) {
    if (file.name.find("metrics-of-") == std::string::npos) continue;
    std::map<std::string, Told> here;
    collect_expected(nlohmann::json::parse(file.text), here);
    for (const auto& [name, told] : here)
      if (told.least && told.most) expected.insert(name);
  }
  std::set<const observe::MBeanKind*> covered;
  for (const std::string& name : expected) covered.insert(observe::find_mbean_kind(name));
  // A refused change of the ISR is easier to test by hand: tests/broker/isr_test.cpp.
  covered.insert(observe::find_mbean_kind("kafka.server:type=ReplicaManager,name=FailedIsrUpdatesPerSec"));
  // A call that waits for nothing takes no time in a simulation.
  covered.insert(
      observe::find_mbean_kind("kafka.producer:type=producer-metrics,client-id=<client>#txn-begin-time-ns-total"));
  for (const std::string who : {"FetchConsumer", "FetchFollower"})
    CHECK_MESSAGE(
        expected.contains("kafka.network:type=RequestMetrics,name=RequestsPerSec,request=" + who + ",version=18"), who);
  for (const observe::MBeanKind* kind : observe::mbean_kinds()) CHECK_MESSAGE(covered.contains(kind), kind->name);
}

TEST_CASE("a metric's name is matched to its kind") {
  CHECK(observe::find_mbean_kind("kafka.log:type=Log,name=Size,topic=my.topic-1,partition=12") != nullptr);
  CHECK(observe::find_mbean_kind("kafka.log:type=Log,name=Size,topic=,partition=12") == nullptr);
  CHECK(observe::find_mbean_kind("kafka.network:type=RequestMetrics,name=TotalTimeMs,request=Fetch#Mean") != nullptr);
  CHECK(observe::find_mbean_kind("kafka.network:type=RequestMetrics,name=TotalTimeMs,request=Fetch#Median") == nullptr);
  CHECK(observe::find_mbean_kind("kafka.server:type=ReplicaManager,name=LeadersCount") == nullptr);
}

TEST_CASE("over ZooKeeper a broker reports no metric that was added after 2.5") {
  const scenario::Session session(loaded(
      R"({"format": 1, "kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 1}, "until": "5s"})"));
  std::set<std::string> names;
  observe::for_each_mbean(session.cluster(), session.cluster().find("broker-1"), "",
                          [&](std::string_view name, const auto&, double) { names.emplace(name); });
  for (const std::string name : {"kafka.server:type=ReplicaManager,name=LeaderCount",
                                 "kafka.server:type=group-coordinator-metrics#offset-commit-count",
                                 "kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec"})
    CHECK_MESSAGE(names.contains(name), name);
  for (const std::string& name : names)
    for (const std::string newer : {"MetadataLoader", "broker-metadata-metrics", "ProducerIdCount", "group-count",
                                    "consumer-group", "share", "Share", "raft-metrics", "FromEligibleLeader"})
      CHECK_MESSAGE(name.find(newer) == std::string::npos, name);
}
