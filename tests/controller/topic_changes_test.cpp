// Administrative acts on existing topics: deletion, more partitions, elections, reassignment, configuration.
#include <doctest/doctest.h>

#include "controller/kraft/configuration_control.h"
#include "controller/support.h"

using namespace kafkascope;
using namespace kafkascope::controller;
using protocol::kNoBroker;
using protocol::LeaderEpoch;

namespace {

ErrorCode reassign(Cluster& c, const std::string& topic, IdList target) {
  Records out;
  const auto response = c.replication().reassign({{{{topic, 0}, false, target}}}, out);
  c.apply(out);
  return response.results.at(0).error;
}
ErrorCode cancel(Cluster& c, const std::string& topic) {
  Records out;
  const auto response = c.replication().reassign({{{{topic, 0}, true, {}}}}, out);
  c.apply(out);
  return response.results.at(0).error;
}
/// The leader proposes this ISR.
ErrorCode propose(Cluster& c, TopicPartition p, IdList isr) {
  const auto& r = c.partition(p);
  protocol::AlterPartitionData d;
  d.partition = p;
  d.leader_epoch = r.leader_epoch;
  d.partition_epoch = r.partition_epoch;
  d.new_isr = isr;
  Records out;
  const auto response = c.replication().alter_partition({r.leader, c.epoch(r.leader), {d}}, out);
  c.apply(out);
  return response.partitions.at(0).error;
}
protocol::AdminResult configure(Cluster& c, const std::string& resource, const std::string& key,
                                const std::string& value, bool remove = false) {
  Records out;
  const auto response = alter_configs(c.image(), c.config, {{{resource, key, value, remove}}}, out);
  c.apply(out);
  return response.results.at(0);
}

}  // namespace

TEST_CASE(
    "DeleteTopics writes one record per topic; unknown topics, duplicates and switched-off deletion are refused") {
  Cluster c(3);
  const auto id = c.topic("orders", {{1, 2, 3}});
  Records out;
  auto response = c.replication().delete_topics({{"orders", "nobody", "twice", "twice"}}, out);
  REQUIRE(response.results.size() == 3);
  CHECK(response.results[0].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(response.results[1].error == ErrorCode::NONE);
  CHECK(response.results[2].error == ErrorCode::INVALID_REQUEST);
  REQUIRE(out.size() == 1);
  CHECK(only<protocol::RemoveTopicRecord>(out).at(0).topic_id == id);
  c.apply(out);
  CHECK(c.image().topic_id("orders") == protocol::kNoTopic);
  CHECK(c.topic("orders", {{1, 2, 3}}) != id);  // a recreated topic has another id
  c.config.set("delete.topic.enable", false);
  Records none;
  CHECK(c.replication().delete_topics({{"orders"}}, none).results.at(0).error == ErrorCode::TOPIC_DELETION_DISABLED);
  CHECK(none.empty());
}

TEST_CASE("CreatePartitions only adds partitions, with the topic's replication factor") {
  Cluster c(3);
  const auto id = c.topic("orders", {{1, 2}, {2, 3}});
  sim::Random random(1, sim::Stream::Placement);
  const std::vector<UsableBroker> brokers{{1, "", false}, {2, "", false}, {3, "", false}};
  const auto add = [&](std::int32_t count, std::vector<IdList> assignments = {}) {
    Records out;
    const auto response =
        c.replication().create_partitions({{{"orders", count, std::move(assignments)}}}, brokers, random, out);
    c.apply(out);
    return response.results.at(0).error;
  };
  CHECK(add(2) == ErrorCode::INVALID_PARTITIONS);
  CHECK(add(1) == ErrorCode::INVALID_PARTITIONS);
  CHECK(add(4, {{1, 2}}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);     // one assignment for two partitions
  CHECK(add(3, {{1, 2, 3}}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);  // another replication factor
  CHECK(add(3, {{1, 9}}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);     // no broker has this id
  CHECK(c.image().topic(id)->partitions.size() == 2);
  CHECK(add(3, {{3, 1}}) == ErrorCode::NONE);
  CHECK(c.partition({id, 2}).replicas == IdList{3, 1});
  CHECK(c.partition({id, 2}).leader == 3);
  CHECK(add(6) == ErrorCode::NONE);
  CHECK(c.image().topic(id)->partitions.size() == 6);
  for (std::int32_t p = 3; p < 6; ++p) {
    CHECK(c.partition({id, p}).replicas.size() == 2);
    CHECK(c.partition({id, p}).isr == c.partition({id, p}).replicas);
    CHECK(c.partition({id, p}).leader_epoch == LeaderEpoch{0});
  }
  Records out;
  CHECK(c.replication().create_partitions({{{"nobody", 3, {}}}}, brokers, random, out).results.at(0).error ==
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  c.fence(1);
  c.fence(2);
  CHECK(add(7, {{1, 2}}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);  // none of the replicas could lead
}

TEST_CASE(
    "ElectLeaders answers for every named partition; a request for all partitions is answered only for those elected or refused") {
  Cluster c(3);
  const auto id = c.topic("orders", {{1, 2, 3}, {2, 3, 1}});
  auto moved = c.partition({id, 0});
  moved.leader = 2;
  c.put({id, 0}, moved);
  Records out;
  auto named =
      c.replication().elect_leaders({false, false, {{"orders", 0}, {"orders", 1}, {"orders", 7}, {"nobody", 0}}}, out);
  REQUIRE(named.results.size() == 4);
  CHECK(named.results[0].error == ErrorCode::NONE);
  CHECK(named.results[0].name == "orders-0");
  CHECK(named.results[1].error == ErrorCode::ELECTION_NOT_NEEDED);
  CHECK(named.results[2].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(named.results[3].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(out.size() == 1);
  Records again;
  auto all = c.replication().elect_leaders({false, true, {}}, again);
  REQUIRE(all.results.size() == 1);
  CHECK(all.results[0].name == "orders-0");
  c.apply(again);
  CHECK(c.partition({id, 0}).leader == 1);
  CHECK(c.partition({id, 0}).leader_epoch == LeaderEpoch{1});
}

TEST_CASE(
    "reassignment: the replicas to remove follow the target replicas; when all target replicas are in sync it ends and the leader moves") {
  Cluster c(5);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  CHECK(reassign(c, "orders", {4, 2, 5}) == ErrorCode::NONE);
  CHECK(c.partition(p).replicas == IdList{4, 2, 5, 1, 3});
  CHECK(c.partition(p).adding == IdList{4, 5});
  CHECK(c.partition(p).removing == IdList{1, 3});
  CHECK(c.partition(p).leader == 1);
  CHECK(c.partition(p).leader_epoch == LeaderEpoch{0});
  CHECK(propose(c, p, {1, 2, 3, 4}) == ErrorCode::NONE);
  CHECK(c.partition(p).adding == IdList{4, 5});  // 5 is not in sync yet
  // The last new replica joins: the sender is no longer a replica, and learns that another broker leads.
  CHECK(propose(c, p, {1, 2, 3, 4, 5}) == ErrorCode::NEW_LEADER_ELECTED);
  const auto& r = c.partition(p);
  CHECK(r.replicas == IdList{4, 2, 5});
  CHECK(r.isr == IdList{2, 4, 5});
  CHECK(r.leader == 4);
  CHECK(r.leader_epoch == LeaderEpoch{1});
  CHECK(r.adding.empty());
  CHECK(r.removing.empty());
}

TEST_CASE(
    "reassignment: a new order or fewer replicas take effect at once; a removed replica causes a new leader epoch") {
  Cluster c(3);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  CHECK(reassign(c, "orders", {3, 1, 2}) == ErrorCode::NONE);
  CHECK(c.partition(p).replicas == IdList{3, 1, 2});
  CHECK(c.partition(p).leader == 1);
  CHECK(c.partition(p).leader_epoch == LeaderEpoch{0});
  CHECK(reassign(c, "orders", {1, 3}) == ErrorCode::NONE);
  CHECK(c.partition(p).replicas == IdList{1, 3});
  CHECK(c.partition(p).isr == IdList{1, 3});
  CHECK(c.partition(p).leader == 1);
  CHECK(c.partition(p).leader_epoch == LeaderEpoch{1});
  CHECK(reassign(c, "orders", {1, 1}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(reassign(c, "orders", {1, 9}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(reassign(c, "orders", {}) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
}

TEST_CASE("reassignment: cancelling restores the partition; without a reassignment there is nothing to cancel") {
  Cluster c(4);
  const TopicPartition p{c.topic("orders", {{1, 2}}), 0};
  CHECK(cancel(c, "orders") == ErrorCode::NO_REASSIGNMENT_IN_PROGRESS);
  reassign(c, "orders", {3, 4});
  propose(c, p, {1, 2, 3});
  CHECK(cancel(c, "orders") == ErrorCode::NONE);
  CHECK(c.partition(p).replicas == IdList{1, 2});
  CHECK(c.partition(p).isr == IdList{1, 2});
  CHECK(c.partition(p).adding.empty());
  CHECK(c.partition(p).leader_epoch == LeaderEpoch{1});  // the new epoch makes broker 3 stop fetching
}

TEST_CASE("reassignment: cancelling is refused if it would need an unclean election") {
  Cluster c(4);
  const TopicPartition p{c.topic("orders", {{1, 2}}), 0};
  reassign(c, "orders", {3, 4});
  auto only_newcomers = c.partition(p);
  only_newcomers.isr = {3};
  only_newcomers.leader = 3;
  c.put(p, only_newcomers);
  CHECK(cancel(c, "orders") == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  c.set("topic:orders", "unclean.leader.election.enable", "true");
  CHECK(cancel(c, "orders") == ErrorCode::NONE);
  CHECK(c.partition(p).leader == 1);
}

TEST_CASE("UnregisterBroker removes the broker from every ISR and deletes its registration") {
  Cluster c(3);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  Records out;
  CHECK(c.replication().unregister_broker(7, out) == ErrorCode::BROKER_ID_NOT_REGISTERED);
  CHECK(c.replication().unregister_broker(1, out) == ErrorCode::NONE);
  c.apply(out);
  CHECK(c.image().broker(1) == nullptr);
  CHECK(c.partition(p).leader == 2);
  CHECK(c.partition(p).isr == IdList{2, 3});
}

TEST_CASE("IncrementalAlterConfigs: each refusal has its error") {
  Cluster c(3);
  c.topic("orders", {{1, 2, 3}});
  CHECK(configure(c, "topic:orders", "min.insync.replicas", "2").error == ErrorCode::NONE);
  CHECK(c.image().config("topic:orders").at("min.insync.replicas") == "2");
  CHECK(configure(c, "topic:orders", "min.insync.replicas", "", true).error == ErrorCode::NONE);
  CHECK_FALSE(c.image().config("topic:orders").contains("min.insync.replicas"));
  CHECK(configure(c, "topic:nobody", "min.insync.replicas", "2").error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(configure(c, "topic:orders", "no.such.key", "2").error == ErrorCode::INVALID_CONFIG);
  CHECK(configure(c, "topic:orders", "min.insync.replicas", "many").error == ErrorCode::INVALID_CONFIG);
  CHECK(configure(c, "broker:1", "num.partitions", "3").error == ErrorCode::INVALID_REQUEST);  // not a dynamic setting
  CHECK(configure(c, "broker:1", "follower.replication.throttled.rate", "1000").error == ErrorCode::NONE);
  // With ELR the minimum belongs to the cluster or a topic, and cannot be removed.
  CHECK(configure(c, "broker:1", "min.insync.replicas", "2").error == ErrorCode::INVALID_CONFIG);
  CHECK(configure(c, "broker:", "min.insync.replicas", "2").error == ErrorCode::NONE);
  CHECK(configure(c, "broker:", "min.insync.replicas", "", true).error == ErrorCode::INVALID_CONFIG);
}

TEST_CASE(
    "IncrementalAlterConfigs: a new min.insync.replicas clears the replicas that were eligible under the old one (KIP-966)") {
  Cluster c(3);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}, 2), 0};
  const TopicPartition other{c.topic("other", {{1, 2, 3}}, 2), 0};
  for (TopicPartition tp : {p, other}) {
    auto r = c.partition(tp);
    r.isr = {1};
    r.elr = {2, 3};
    c.put(tp, r);
  }
  configure(c, "topic:orders", "max.message.bytes", "1000");
  CHECK(c.partition(p).elr == IdList{2, 3});
  configure(c, "topic:orders", "min.insync.replicas", "1");
  CHECK(c.partition(p).elr.empty());
  CHECK(c.partition(other).elr == IdList{2, 3});
  configure(c, "broker:", "min.insync.replicas", "1");
  CHECK(c.partition(other).elr.empty());
}
