// A cluster for tests of invariants: three brokers, one partition, and hand-made trace lines.
#pragma once
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "observe/judge/invariants/invariants.h"
#include "protocol/all_facts.h"
#include "raft/quorum_node.h"
#include "storage/partition_log.h"

namespace invariants_test {

using namespace kafkascope;
using namespace kafkascope::observe;
using protocol::Trace;

/// Three brokers on nodes 1 to 3, one partition; each test changes what it needs.
struct World final : WorldView {
  protocol::MetadataImage image;
  std::map<BrokerId, storage::PartitionLog> logs;
  IdList isr{1, 2, 3};
  int min_isr = 2;
  bool joined = true, unclean = false;
  sim::Duration skew;
  std::vector<raft::QuorumNode> quorum;  // by node; the first is a voter

  const storage::PartitionLog* leader_log(TopicPartition) const override { return nullptr; }
  void for_each_under_way(const std::function<void(const protocol::RecordBatch&)>&) const override {}
  const protocol::MetadataImage& committed() const override { return image; }
  const storage::PartitionLog* log(BrokerId broker, TopicPartition) const override {
    const auto it = logs.find(broker);
    return it == logs.end() ? nullptr : &it->second;
  }
  IdList maximal_isr(BrokerId, TopicPartition) const override { return isr; }
  int effective_min_isr(BrokerId, TopicPartition) const override { return min_isr; }
  BrokerId broker_at(sim::NodeId node) const override { return node.index; }
  std::string node(sim::NodeId node) const override { return "broker-" + std::to_string(node.index); }
  std::string topic(protocol::TopicId) const override { return "orders"; }
  bool has_joined(BrokerId) const override { return joined; }
  sim::Duration clock_skew(sim::NodeId) const override { return skew; }
  const raft::QuorumNode* voter_at(sim::NodeId) const override { return nullptr; }
  const raft::QuorumNode* quorum_log(sim::NodeId node) const override {
    return node.index < static_cast<std::int32_t>(quorum.size()) ? &quorum[static_cast<std::size_t>(node.index)]
                                                                 : nullptr;
  }
  bool unclean_election_enabled(TopicPartition) const override { return unclean; }
  std::vector<const raft::QuorumNode*> voters() const override {
    return quorum.empty() ? std::vector<const raft::QuorumNode*>{}
                          : std::vector<const raft::QuorumNode*>{&quorum.front()};
  }
};

constexpr TopicPartition kOrders{0, 0};

inline protocol::BatchRef batch_of(int records, protocol::ProducerId producer = -1, std::int32_t sequence = -1,
                                   std::uint32_t first = 0) {
  protocol::RecordBatch batch;
  batch.producer_id = producer;
  batch.producer_epoch = producer < 0 ? -1 : 0;
  batch.base_sequence = sequence;
  batch.client = 9;
  for (int i = 0; i < records; ++i) {
    protocol::Record record;
    record.value = "v" + std::to_string(first + static_cast<std::uint32_t>(i));
    record.number = first + static_cast<std::uint32_t>(i);
    batch.records.push_back(record);
  }
  return protocol::seal(std::move(batch));
}

/// Facts about orders-0; the parameters are the fields that tests vary.
inline fact::HighWatermarkAdvanced advanced(std::int64_t from, std::int64_t to, std::int32_t epoch,
                                            TopicPartition p = kOrders) {
  return {p, protocol::Offset{from}, protocol::Offset{to}, LeaderEpoch{epoch}};
}
inline fact::BecameLeader leads(std::int32_t epoch, std::int64_t start) {
  return {kOrders, LeaderEpoch{epoch}, protocol::Offset{start}, {}};
}
inline fact::LogTruncated cut(std::int64_t to, std::int64_t from) {
  return {kOrders, protocol::Offset{to}, protocol::Offset{from}, {}};
}
inline fact::LogRecovered recovered(std::int64_t end, std::int64_t lost_from) {
  return {kOrders, protocol::Offset{end}, protocol::Offset{lost_from}, 0, 0};
}
inline fact::OffsetCommitted commits(std::int64_t offset, std::int32_t generation, TopicPartition p = kOrders) {
  return {p, protocol::Offset{offset}, generation, "billing"};
}
inline fact::RecordDelivered delivered(std::int64_t first, std::int64_t last) {
  return {kOrders, protocol::Offset{first}, protocol::Offset{last}, "billing"};
}
inline fact::PositionSet position(std::int64_t offset, fact::PositionReason reason, TopicPartition p = kOrders) {
  return {p, protocol::Offset{offset}, reason};
}
inline fact::LeaderElected elected(BrokerId leader, std::int32_t epoch, const IdList& isr) {
  return {kOrders, leader, LeaderEpoch{epoch}, 1, isr};
}
inline fact::MetadataApplied applied(std::int64_t offset, std::int32_t epoch, const char* record) {
  return {protocol::Offset{offset}, LeaderEpoch{epoch}, record};
}

struct Watched {
  World world;
  Invariants invariants;

  template <sim::Fact F>
  void see(std::int32_t node, F fact) {
    sim::TraceLine line = sim::pack(std::move(fact));
    line.node = sim::NodeId{node};
    invariants.on_trace(line, nullptr, world);
  }
  /// Appends a batch to a replica's log, with the trace line about it.
  void append(std::int32_t node, Trace trace, std::int64_t at, std::int64_t epoch, const protocol::BatchRef& batch) {
    world.logs[node].append_as_follower({protocol::Offset{at}, LeaderEpoch{static_cast<std::int32_t>(epoch)}, batch},
                                        sim::Instant{0});
    const protocol::Offset base{at};
    const LeaderEpoch in{static_cast<std::int32_t>(epoch)};
    sim::TraceLine line = trace == Trace::LogAppended
                              ? sim::pack(fact::LogAppended{kOrders, base, base + (batch->count() - 1), in})
                              : sim::pack(fact::LogReplicated{kOrders, base, base + (batch->count() - 1), in});
    line.node = sim::NodeId{node};
    const protocol::TraceSubject subject{batch.get(), protocol::Offset{at}};
    invariants.on_trace(line, &subject, world);
  }
  /// Appends one batch to all three replicas.
  void everywhere(const protocol::BatchRef& batch) {
    append(1, Trace::LogAppended, 0, 0, batch);
    append(2, Trace::LogReplicated, 0, 0, batch);
    append(3, Trace::LogReplicated, 0, 0, batch);
  }
  void registered(BrokerId leader, std::int32_t epoch, IdList isr, IdList replicas = {1, 2, 3}) {
    protocol::TopicRecord topic;
    topic.name = "orders";
    topic.topic_id = 0;
    protocol::PartitionRecord record;
    record.partition = kOrders;
    record.replicas = replicas;
    record.isr = isr;
    record.leader = leader;
    record.leader_epoch = LeaderEpoch{epoch};
    world.image = {};
    world.image.apply(protocol::Offset{0}, LeaderEpoch{1}, topic);
    world.image.apply(protocol::Offset{1}, LeaderEpoch{1}, record);
  }
  /// Topic 0 is deleted, and topic 1 is created, with the same name or another.
  void made_anew(const std::string& name = "orders") {
    world.image.apply(protocol::Offset{2}, LeaderEpoch{1}, protocol::RemoveTopicRecord{0});
    protocol::TopicRecord anew;
    anew.name = name;
    anew.topic_id = 1;
    world.image.apply(protocol::Offset{3}, LeaderEpoch{1}, anew);
  }
  /// "billing" at node 7 reads records that only broker 1 has, whose high watermark is `high_watermark`.
  void read_by_billing(std::int64_t high_watermark) {
    world.isr = IdList{};
    world.min_isr = 0;
    invariants.groups().set_group_of(7, "billing");
    registered(1, 0, IdList{1});
    see(1, advanced(0, high_watermark, 0));
  }
  std::string first() const { return invariants.violations().empty() ? "" : invariants.violations().front().name; }
};

}  // namespace invariants_test
