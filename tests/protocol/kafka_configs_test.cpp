// The table of configuration keys, compared with Kafka's own ConfigDefs: data/kafka-*-configs.tsv have each key's type and default, and
// the answers of Kafka 4.1.0 and 2.5.1 to values at and beyond its limits (tests/oracle/README.md).
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "protocol/config_refusal.h"
#include "support/places.h"

using namespace kafkascope::protocol;
namespace s = config_scope;

namespace {

struct KafkaKey {
  std::string type, default_value;
  std::vector<std::pair<std::string, std::string>> probes;  // value, refusal; empty: accepted
};

/// By ConfigDef ("B", "T", "G", "P", "C", "A") and name.
using KafkaKeys = std::map<std::pair<std::string, std::string>, KafkaKey>;

KafkaKeys kafka_keys(KafkaVersion version) {
  KafkaKeys keys;
  std::ifstream in(source_root() + "/tests/protocol/data/kafka-" + std::string(to_string(version)) + "-configs.tsv");
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> fields;
    std::stringstream row(line);
    for (std::string field; std::getline(row, field, '\t');) fields.push_back(field);
    KafkaKey& key = keys[{fields.at(0), fields.at(1)}];
    key.type = fields.at(2);
    key.default_value = fields.size() > 3 ? fields[3] : "";
    for (std::size_t i = 4; i < fields.size(); i += 2) {
      std::string said = i + 1 < fields.size() ? fields[i + 1] : "";
      if (said.starts_with("~ "))
        said = "Invalid value " + fields[i] + " for configuration " + fields[1] + ": " + said.substr(2);
      key.probes.emplace_back(fields[i], said);
    }
  }
  return keys;
}

bool same_type(const ConfigDefinition& d, const std::string& kafka) {
  switch (d.type) {
    case ConfigType::Boolean: return kafka == "BOOLEAN";
    case ConfigType::Int: return kafka == "INT" || kafka == "SHORT";
    case ConfigType::Long: return kafka == "LONG";
    case ConfigType::Double: return kafka == "DOUBLE";
    case ConfigType::List: return kafka == "LIST";
    case ConfigType::String:
    case ConfigType::Enum: return kafka == "STRING" || kafka == "CLASS";
  }
  return false;
}

/// The ConfigDefs that a row belongs to; Connect and Streams are not in the data.
std::vector<std::string> places(const ConfigDefinition& d) {
  std::vector<std::string> all;
  const std::pair<ConfigScopes, const char*> letters[] = {{s::kServer, "B"},   {s::kTopic, "T"},    {s::kGroup, "G"},
                                                          {s::kProducer, "P"}, {s::kConsumer, "C"}, {s::kAdmin, "A"}};
  for (const auto& [scope, letter] : letters)
    if ((d.scopes & scope) != 0) all.emplace_back(letter);
  return all;
}

/// Keys for which a file allows less than Kafka's ConfigDef (docs/fidelity.md), with the reason. Each difference must
/// still exist.
struct Narrower {
  KafkaVersion version;
  const char *place, *key, *why;
};
constexpr Narrower kNarrower[] = {
    {KafkaVersion::V4_1, "B", "num.replica.fetchers", "0: AbstractFetcherManager.getFetcherId divides by it"},
    {KafkaVersion::V2_5, "B", "num.replica.fetchers", "0: AbstractFetcherManager.getFetcherId divides by it"},
    {KafkaVersion::V2_5, "B", "leader.imbalance.check.interval.seconds",
     "0 and less: without a pause between two checks a run does not end"},
    {KafkaVersion::V4_1, "B", "group.consumer.assignors", "classes are not loaded"},
    {KafkaVersion::V2_5, "P", "compression.type", "CompressionType.forName refuses the rest when the producer is made"},
};

/// Keys that the file's cluster determines: they cannot be set, and their defaults are not Kafka's.
bool given_by_the_cluster(const ConfigDefinition& d) {
  static const std::set<std::string_view> keys = {
      "node.id",           "process.roles",  "controller.quorum.voters", "listeners",        "zookeeper.connect",
      "bootstrap.servers", "key.serializer", "value.serializer",         "key.deserializer", "value.deserializer"};
  return keys.contains(d.name);
}

/// Keys of StandardAuthorizer and AclAuthorizer, which are read without a ConfigDef.
bool of_the_authorizer(const ConfigDefinition& d) {
  return d.name == "super.users" || d.name == "allow.everyone.if.no.acl.found";
}

/// The topic key with whose limits LogConfig checks a server's key when the broker starts. Empty: there is none; negative retention times are
/// all equivalent (KafkaConfig.logRetentionTimeMillis).
std::string topic_limits(const ConfigDefinition& d, KafkaVersion version, const std::string& place) {
  if (place != "B" || d.name.starts_with("log.retention.")) return {};
  return std::string(topic_key_of(d.name, version));
}

bool kafka_takes(const KafkaKey& key, const std::string& value) {
  for (const auto& [probe, refusal] : key.probes)
    if (probe == value) return refusal.empty();
  return true;
}

}  // namespace

TEST_CASE("configuration keys have exactly Kafka's bounds") {
  for (const KafkaVersion version : {KafkaVersion::V4_1, KafkaVersion::V2_5}) {
    const KafkaKeys kafka = kafka_keys(version);
    REQUIRE(kafka.size() > 200);
    int compared = 0;
    std::set<std::pair<std::string, std::string>> narrower;
    for (const ConfigDefinition& d : config_definitions()) {
      if (!d.known_in(version) || of_the_authorizer(d)) continue;
      for (const std::string& place : places(d)) {
        const std::string here = std::string(to_string(version)) + " " + place + " " + std::string(d.name);
        const auto found = kafka.find({place, std::string(d.name)});
        if (found == kafka.end()) {
          CHECK_MESSAGE(false, here << ": no such key in Kafka");
          continue;
        }
        const KafkaKey& key = found->second;
        ++compared;
        CHECK_MESSAGE(same_type(d, key.type), here << ": " << key.type);
        if (given_by_the_cluster(d)) continue;
        CHECK_MESSAGE(d.default_for(version) == key.default_value, here);
        const auto limits = kafka.find({"T", topic_limits(d, version, place)});
        for (const auto& probe : key.probes) {
          const std::string &value = probe.first, &refusal = probe.second;
          const bool taken = parse_config_value(d, value).has_value();
          const bool kafka_does = refusal.empty() && (limits == kafka.end() || kafka_takes(limits->second, value));
          if (!taken && !refusal.empty()) CHECK_MESSAGE(config_refusal(d, value) == refusal, here << "=" << value);
          if (!taken && kafka_does) narrower.emplace(place, d.name);
          CHECK_MESSAGE((!taken || kafka_does), here << "=" << value << ": Kafka says: " << refusal);
        }
      }
    }
    CHECK(compared > 150);
    std::set<std::pair<std::string, std::string>> listed;
    for (const Narrower& n : kNarrower)
      if (n.version == version) listed.emplace(n.place, n.key);
    CHECK(narrower == listed);
  }
}
