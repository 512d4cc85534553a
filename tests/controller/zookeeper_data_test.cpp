// The data of znodes is Kafka's JSON and can be read back.
#include <doctest/doctest.h>

#include "controller/zookeeper/zk_data.h"
#include "controller/zookeeper/zk_security.h"

using namespace kafkascope;
using namespace kafkascope::controller;

TEST_CASE("znodes: a partition's state is written as Kafka writes it") {
  const znode::LeaderAndIsr state{2, protocol::LeaderEpoch{5}, {2, 3}, 7, 4};
  const std::string text = znode::encode(state);
  CHECK(text == R"({"controller_epoch":7,"leader":2,"version":1,"leader_epoch":5,"isr":[2,3]})");
  CHECK(znode::decode_state(text, 4) == state);
  CHECK_FALSE(znode::decode_state("", 0).has_value());
  CHECK_FALSE(znode::decode_state("[1]", 0).has_value());
}

TEST_CASE("znodes: a topic's assignment is written as Kafka writes it, during a reassignment and without one") {
  znode::TopicAssignment topic{3, {}};
  topic.partitions[0] = {{1, 2, 3}, {}, {}};
  topic.partitions[11] = {{4, 1, 2}, {4}, {2}};
  const auto again = znode::decode_topic(znode::encode(topic));
  REQUIRE(again.has_value());
  CHECK(again->id == 3);
  CHECK(again->partitions == topic.partitions);
}

TEST_CASE("znodes: brokers, the controller, configuration and notifications are written as Kafka writes them") {
  const auto broker = znode::decode_broker(znode::encode(znode::BrokerInfo{"broker-2", 7, "a"}, 1704067200000));
  REQUIRE(broker.has_value());
  CHECK(broker->node == 7);
  CHECK(broker->rack == "a");
  CHECK(znode::decode_controller(znode::encode_controller(3, 0)) == 3);
  CHECK(znode::decode_controller("") == protocol::kNoBroker);
  const znode::Configs config{{"retention.ms", "1000"}, {"cleanup.policy", "compact"}};
  CHECK(znode::decode_config(znode::encode(config)) == config);
  for (const std::string resource : {"topic:orders", "broker:1", "broker:"})
    CHECK(znode::decode_config_change(znode::encode_config_change(resource)) == resource);
  CHECK(znode::config("broker:") == "/config/brokers/<default>");
  CHECK(znode::config("topic:a") == "/config/topics/a");
  const znode::NamedPartitions partitions{{"orders", 0}, {"audit", 12}};
  CHECK(znode::decode_partitions(znode::encode(partitions)) == partitions);
  const znode::Reassignments moves{{{"orders", 0}, {4, 2, 3}}};
  CHECK(znode::decode_reassignments(znode::encode(moves)) == moves);
  const znode::ProducerIdBlock block = znode::decode_producer_ids(znode::encode(znode::ProducerIdBlock{1, 2000, 2999}));
  CHECK(block.start == 2000);
  CHECK(block.end == 2999);
  CHECK(znode::state("orders", 3) == "/brokers/topics/orders/partitions/3/state");
}

TEST_CASE(
    "ZkAclStore: each resource has a znode with the JSON of AclEntry, prefixes are in a separate tree, and a notification names the resource") {
  using namespace protocol;
  const AccessControlEntry kim{ResourceType::Topic, "orders", PatternType::Literal, "User:kim", "*",
                               AclOperation::Read,  true};
  const AccessControlEntry lee{
      ResourceType::TransactionalId, "tx-", PatternType::Prefixed, "User:lee", "*", AclOperation::All, false};
  CHECK(znode::acl(znode::resource_of(kim)) == "/kafka-acl/Topic/orders");
  CHECK(znode::acl(znode::resource_of(lee)) == "/kafka-acl-extended/prefixed/TransactionalId/tx-");
  CHECK(znode::encode_acls({kim}) ==
        R"({"version":1,"acls":[{"principal":"User:kim","permissionType":"Allow","operation":"Read","host":"*"}]})");
  CHECK(znode::encode_acl_change(znode::resource_of(kim)) == "Topic:orders");
  CHECK(znode::encode_acl_change(znode::resource_of(lee)) ==
        R"({"version":1,"resourceType":"TRANSACTIONAL_ID","name":"tx-","patternType":"PREFIXED"})");
  for (const AccessControlEntry& entry : {kim, lee}) {
    const auto back = znode::acl_resource(znode::acl(znode::resource_of(entry)));
    REQUIRE(back.has_value());
    CHECK(znode::decode_acls(*back, znode::encode_acls({entry})) == std::vector{entry});
    const auto told = znode::decode_acl_change(znode::encode_acl_change(*back));
    REQUIRE(told.has_value());
    CHECK(znode::acl(*told) == znode::acl(*back));
  }
  CHECK_FALSE(znode::acl_resource("/kafka-acl/Topic").has_value());
  CHECK_FALSE(znode::acl_resource("/kafka-acl-changes/acl_changes_0000000000").has_value());
}

TEST_CASE("a resource's znode replaces all known ACLs of that resource only") {
  using namespace protocol;
  MetadataImage image;
  const auto learn = [&](const std::vector<MetadataRecord>& records) {
    for (const MetadataRecord& r : records) image.apply(image.last_offset() + 1, {}, r);
  };
  AccessControlEntry kim{ResourceType::Topic, "orders", PatternType::Literal, "User:kim", "*",
                         AclOperation::Read,  true},
      lee = kim, other = kim;
  lee.principal = "User:lee";
  other.resource_name = "audit";
  learn(znode::acl_records(image, znode::resource_of(kim), {kim}));
  learn(znode::acl_records(image, znode::resource_of(other), {other}));
  learn(znode::acl_records(image, znode::resource_of(kim), {lee}));
  CHECK(znode::acls_of(image, znode::resource_of(kim)) == std::vector{lee});
  CHECK(image.acls().size() == 2);
  CHECK(znode::acl_records(image, znode::resource_of(kim), {lee}).empty());
  learn(znode::quota_records(image, "user:kim", {{"producer_byte_rate", "1024"}, {"request_percentage", "12.5"}}));
  CHECK(image.quota_ppm("user:kim", "request_percentage") == 12'500'000);
  CHECK(znode::quota_records(image, "user:kim", znode::quota_configs(image, "user:kim")).empty());
  learn(znode::quota_records(image, "user:kim", {}));
  CHECK(image.quotas().empty());
}
