// Hand-made trace lines and logs for tests of the ledger.
#pragma once
#include <doctest/doctest.h>

#include "observe/judge/ledger.h"
#include "protocol/all_facts.h"
#include "storage/partition_log.h"

namespace kafkascope::observe::testing {

using protocol::RecordBatch;
using protocol::Trace;

inline constexpr std::int32_t kShop = 10, kOther = 11, kReader = 20, kReader2 = 21, kAudit = 22;
inline constexpr TopicPartition kOrders{0, 0};
using Batch = protocol::BatchRef;

struct World final : Truth {
  storage::PartitionLog leader;
  std::vector<Batch> moving;
  std::vector<std::pair<Batch, int>> in_hand;  // the records that billing's live members are working on
  std::int64_t position = -1;                  // of billing's live member; -1: it has none
  bool gone = false;
  const storage::PartitionLog* leader_log(TopicPartition p) const override {
    return p == kOrders && !gone ? &leader : nullptr;
  }
  bool deleted(TopicPartition) const override { return gone; }
  void for_each_under_way(const std::function<void(const RecordBatch&)>& visit) const override {
    for (const Batch& batch : moving) visit(*batch);
  }
  void for_each_in_hand(const InHand& visit) const override {
    for (const auto& [batch, index] : in_hand) visit("billing", *batch, index);
  }
  void for_each_position(const Position& visit) const override {
    if (position >= 0) visit("billing", kOrders, Offset{position});
  }
};

inline fact::LeaderElected elected(protocol::BrokerId leader, std::int32_t epoch) {
  return {kOrders, leader, protocol::LeaderEpoch{epoch}, 0, {}};
}

struct Story {
  World world;
  RecordLedger ledger;
  std::int64_t now = 0;

  Story() {
    ledger.add_client(kShop, "shop");
    ledger.add_client(kOther, "other");
    ledger.set_group_of(kReader, "billing");
    ledger.set_group_of(kReader2, "billing");
    ledger.set_group_of(kAudit, "audit");
  }
  template <sim::Fact F>
  void see(std::int32_t node, F fact, const Batch& batch = nullptr, std::int64_t base = 0) {
    sim::TraceLine line = sim::pack(std::move(fact));
    line.node = sim::NodeId{node};
    line.time = sim::Instant{++now};
    const protocol::TraceSubject subject{batch.get(), protocol::Offset{base}};
    ledger.on_trace(line, batch ? &subject : nullptr, world);
  }
  /// The application sends these records; they leave in one batch.
  Batch send(std::uint32_t first, int count, std::int32_t client = kShop) {
    RecordBatch batch;
    batch.client = client;
    for (int i = 0; i < count; ++i) {
      protocol::Record record;
      record.number = first + static_cast<std::uint32_t>(i);
      record.value = "v" + std::to_string(record.number);
      batch.records.push_back(record);
      see(client, fact::RecordSent{kOrders, record.number, ""});
    }
    const Batch sealed = protocol::seal(std::move(batch));
    see(client, fact::BatchSent{kOrders, count, 0, 0}, sealed);
    return sealed;
  }
  void append(const Batch& batch) {
    const auto stored = world.leader.append_as_leader(batch, protocol::LeaderEpoch{0}, sim::Instant{now});
    see(1, fact::LogAppended{kOrders, stored.base_offset, stored.last_offset(), {0}}, batch);
  }
  void acked(const Batch& batch) { see(batch->client, fact::BatchAcked{kOrders, batch->count(), Offset{0}, 0}, batch); }
  void failed(const Batch& batch) {
    see(batch->client, fact::BatchFailed{kOrders, batch->count(), {}, "TimeoutException"}, batch);
  }
  /// Elects another leader with the given log.
  void elect(storage::PartitionLog log) {
    world.leader = std::move(log);
    see(1, elected(2, 1));
  }
  void poll(std::int32_t node, const std::string& group, const Batch& batch, std::int64_t base, std::int64_t first,
            std::int64_t last) {
    see(node, fact::RecordDelivered{kOrders, Offset{first}, Offset{last}, group}, batch, base);
  }
  void work(std::int32_t node, const std::string& group, const Batch& batch, std::int64_t base, std::int64_t offset) {
    see(node, fact::RecordProcessed{kOrders, Offset{offset}, group}, batch, base);
  }
  void commit(const std::string& group, std::int64_t offset) {
    see(1, fact::OffsetCommitted{kOrders, Offset{offset}, 0, group});
  }

  ProducerCounts total() {
    const ProducerCounts c = ledger.total(world);
    CHECK(c.produced == c.acked + c.failed + c.in_doubt + c.pending);  // must always hold
    return c;
  }
  ProducerCounts of(const std::string& client) { return ledger.by_client(world).at(client); }
  GroupCounts group(const std::string& name) { return ledger.by_group(world).at(name); }
  std::vector<std::uint32_t> numbers(std::string_view fate, const RecordLedger::Filter& filter = {}) {
    std::vector<std::uint32_t> found;
    for (const auto& [client, number] : ledger.with_fate(fate, world, 100, filter)) found.push_back(number);
    return found;
  }
};

using Numbers = std::vector<std::uint32_t>;

}  // namespace kafkascope::observe::testing
