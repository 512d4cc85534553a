// A coordinator, and requests of the newer protocol to it; topic orders with three partitions.
#pragma once
#include "coordinator/harness.h"

namespace coordinator_test {

inline std::vector<TopicPartition> all_three() { return {kOrders0, kOrders1, kOrders2}; }

struct NewerBench : Bench {
  using Bench::Bench;
  std::string group_id = "g";
  const coordinator::ConsumerGroup& newer() {
    const coordinator::ConsumerGroup* g = coordinator().consumer_group(group_id);
    REQUIRE(g);
    return *g;
  }
  ConsumerGroupHeartbeatRequest joining(std::string id, std::string instance = {}) const {
    ConsumerGroupHeartbeatRequest r;
    r.group_id = group_id;
    r.member_id = id;
    r.instance_id = std::move(instance);
    r.client_id = "c-" + id;
    r.rebalance_timeout_ms = 60000;
    r.has_subscription = r.has_owned = true;
    r.subscribed_topic_names = {"orders"};
    return r;
  }
  ConsumerGroupHeartbeatRequest beat(std::string id, std::int32_t epoch) const {
    ConsumerGroupHeartbeatRequest r;
    r.group_id = group_id;
    r.member_id = std::move(id);
    r.client_id = "c-" + r.member_id;
    r.member_epoch = epoch;
    return r;
  }
  ConsumerGroupHeartbeatRequest owning(std::string id, std::int32_t epoch, std::vector<TopicPartition> owned) const {
    auto r = beat(std::move(id), epoch);
    r.has_owned = true;
    r.topic_partitions = std::move(owned);
    return r;
  }
  ConsumerGroupHeartbeatResponse answer(const ConsumerGroupHeartbeatRequest& r) {
    const auto h = send(r);
    wait_ms(20);
    const auto found = reply<ConsumerGroupHeartbeatResponse>(h);
    REQUIRE(found);
    return *found;
  }
  /// Joins a and b: a has three partitions, and must revoke one.
  void two_members() {
    answer(joining("a"));
    answer(owning("a", 1, {kOrders0, kOrders1, kOrders2}));
    answer(joining("b"));
  }
};

}  // namespace coordinator_test
