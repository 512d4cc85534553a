// The names of metrics are Kafka's: compared with the names that a real 4.1.0 and a real 2.5.1 showed over JMX
// (tests/data/kafka-*-mbeans.txt).
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "observe/model/mbeans.h"
#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;

namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

/// "broker kafka.log:name=Size,partition=<partition>,…#Value", for each attribute.
std::set<std::string> real_names(const std::string& version) {
  std::set<std::string> names;
  for (const std::string& line : split(read_text(source_path("tests/data/kafka-" + version + "-mbeans.txt")), '\n')) {
    if (line.starts_with('#')) continue;
    const std::size_t hash = line.find('#');
    for (const std::string& attribute : split(line.substr(hash + 1), ','))
      names.insert(line.substr(0, hash + 1) + attribute);
  }
  return names;
}

/// The name in the form of those files: properties sorted, names that differ between clusters replaced by placeholders.
std::string as_in_jmx(const std::string& name) {
  const std::size_t hash = std::min(name.find('#'), name.size());
  const std::size_t colon = name.find(':');
  std::map<std::string, std::string> properties;
  for (const std::string& property : split(name.substr(colon + 1, hash - colon - 1), ',')) {
    const std::size_t equals = property.find('=');
    std::string key = property.substr(0, equals), value = property.substr(equals + 1);
    const bool open = key == "topic" || key == "partition" || key == "group" || key == "error" || key == "client-id";
    if (open) value = key == "client-id" ? "<client>" : "<" + key + ">";
    properties[std::move(key)] = std::move(value);
  }
  std::string out = name.substr(0, colon);
  char before = ':';
  for (const auto& [key, value] : properties) out += before + key + "=" + value, before = ',';
  return out + "#" + (hash < name.size() ? name.substr(hash + 1) : "");
}

/// A name without an attribute stands for the Value of a gauge or the Count of a meter.
bool is_real(const std::set<std::string>& real, const std::string& jmx) {
  return jmx.ends_with('#') ? real.contains(jmx + "Value") || real.contains(jmx + "Count") : real.contains(jmx);
}

/// The recorded nodes had no transactions, and the meter of a request version exists only after such a request.
bool of_transactions(const std::string& jmx) {
  for (const char* request : {"AddPartitionsToTxn", "AddOffsetsToTxn", "EndTxn", "WriteTxnMarkers", "TxnOffsetCommit",
                              "DescribeProducers", "DescribeTransactions", "ListTransactions"})
    if (jmx.find("name=RequestsPerSec,request=" + std::string(request) + ",") != std::string::npos) return true;
  return false;
}

std::string process_of(const cluster::NodeInfo& info) {
  switch (info.kind) {
    case cluster::NodeKind::Broker: return "broker ";
    case cluster::NodeKind::Controller: return "controller ";
    default: return "client ";
  }
}

void check_names(const std::string& text, const std::string& version) {
  const std::set<std::string> real = real_names(version);
  REQUIRE(real.size() > 1000);
  scenario::Session session(loaded(text));
  session.run_to_end();
  const cluster::Cluster& cluster = session.cluster();
  std::size_t reported = 0;
  for (std::size_t i = 0; i < cluster.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const std::string process = process_of(cluster.info(node));
    observe::for_each_mbean(cluster, node, "", [&](std::string_view name, const observe::MBeanKind&, double) {
      ++reported;
      const std::string jmx = process + as_in_jmx(std::string(name));
      if (of_transactions(jmx)) return;
      CHECK_MESSAGE(is_real(real, jmx), version, ": ", jmx);
    });
  }
  CHECK(reported > 400);
}

}  // namespace

TEST_CASE("every metric name that a 4.1 node reports was seen in a real Kafka 4.1") {
  check_names(
      R"({"format": 1, "cluster": {"controllers": 1, "brokers": 2, "features": {"share.version": 1}},
      "topics": [{"name": "orders", "partitions": 2, "replication_factor": 2}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s"},
                  {"id": "billing", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "billing"}},
                  {"id": "worker", "kind": "share_consumer", "topics": ["orders"], "config": {"group.id": "work"}}],
      "steps": [{"at": "15s", "do": "crash", "node": "broker-2"}], "until": "30s"})",
      "4.1.0");
}

TEST_CASE("every metric name that a 2.5 node reports was seen in a real Kafka 2.5") {
  check_names(
      R"({"format": 1, "kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 2},
      "topics": [{"name": "orders", "partitions": 2, "replication_factor": 2}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s", "config": {"acks": "all"}},
                  {"id": "billing", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "billing"}}],
      "steps": [{"at": "15s", "do": "crash", "node": "broker-2"}], "until": "30s"})",
      "2.5.1");
}

TEST_CASE("every kind of metric exists in a real Kafka 4.1, even if no node reports it at the moment") {
  std::set<std::string> real;
  for (const std::string& name : real_names("4.1.0")) real.insert(name.substr(name.find(' ') + 1));
  for (const observe::MBeanKind* kind : observe::mbean_kinds()) {
    std::string name(kind->name);
    for (const auto& [open, one] : {std::pair("<request>", "Produce"), std::pair("<version>", "13")})
      if (const std::size_t at = name.find(open); at != std::string::npos)
        name.replace(at, std::string(open).size(), one);
    const std::string jmx = as_in_jmx(name);
    CHECK_MESSAGE(is_real(real, jmx), jmx);
  }
}
