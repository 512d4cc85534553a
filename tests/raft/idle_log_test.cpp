// The memory of an idle cluster's metadata log: two NoOpRecords a second.
#include <doctest/doctest.h>

#include "raft/support.h"

using namespace kafkascope;
using namespace kafkascope::raft;

TEST_CASE("consecutive NoOpRecords of one epoch are one entry in memory") {
  Quorum q(3, 1);
  q.run(seconds(2));
  REQUIRE(q.leader() == 0);
  const Offset before = q.raft(0).log().end_offset();
  for (int i = 0; i < 3; ++i) {
    q.world.with_context(NodeId{0}, [&](auto& ctx) { q.raft(0).append(ctx, {protocol::NoOpRecord{}}); });
    q.run(milliseconds(500));
  }
  REQUIRE(q.raft(0).log().end_offset() >= before + 3);
  for (int node : {0, 1, 2, 3}) CHECK(&q.raft(node).log().entry(before) == &q.raft(node).log().entry(before + 2));
  CHECK_FALSE(q.world.faulted());
}

TEST_CASE("two decisions that commit together are applied one by one, as on the active controller") {
  Quorum q(1, 1);
  q.run(seconds(2));
  q.world.with_context(NodeId{0}, [&](auto& ctx) {
    q.raft(0).append(ctx, {protocol::TopicRecord{"a", 0}, protocol::TopicRecord{"b", 1}});
  });
  q.run(seconds(1));
  const Offset before = q.raft(0).log().end_offset();
  const auto partitions = [](protocol::TopicId topic, int count) {
    std::vector<protocol::MetadataRecord> records;
    for (int p = 0; p < count; ++p) {
      protocol::PartitionRecord record;
      record.partition = {topic, p};
      records.emplace_back(record);
    }
    return records;
  };
  q.world.with_context(NodeId{0}, [&](auto& ctx) {
    q.raft(0).append(ctx, partitions(0, 3));
    q.raft(0).append(ctx, partitions(1, 2));
  });
  q.run(seconds(1));
  const Offset end = q.raft(0).log().end_offset();
  CHECK(q.raft(0).log().run_of_records(before, end).size() == 3);
  CHECK(q.raft(0).log().run_of_records(before + 3, end).size() == 2);
  CHECK(q.raft(0).log().run_of_records(before, before + 2).size() == 2);
}

TEST_CASE("a voter whose log is empty after its snapshot stands for election with the snapshot's epoch") {
  QuorumOptions o;
  const QuorumNode fresh(o);
  CHECK(fresh.log().epoch_below(Offset{0}) == LeaderEpoch{0});
  Quorum q(3, 0, 1, true, [](QuorumOptions& options) {
    options.snapshot_bytes = 1000;
    options.retention_bytes = 500;
  });
  q.run(seconds(1));
  for (int i = 0; i < 32; ++i) {
    q.append(q.leader(), 1000 + i);
    q.run(milliseconds(100));
  }
  q.run(seconds(60));
  q.append(q.leader(), 2000);
  q.run(milliseconds(500));
  const QuorumNode& raft = q.raft(0);
  REQUIRE(raft.log().start_offset() > Offset{0});
  CHECK(raft.log().epoch_below(raft.log().start_offset()) == raft.log().snapshots().front().epoch);
  CHECK(raft.log().epoch_below(raft.log().end_offset()) == raft.epoch());
}

TEST_CASE("the entries below a metadata log's start are freed") {
  Quorum q(3, 1, 1, true, [](QuorumOptions& options) {
    options.snapshot_bytes = 10'000;
    options.retention_bytes = 5'000;
  });
  q.run(seconds(1));
  constexpr std::int64_t kBatches = 40, kBatch = 1000;
  for (std::int64_t i = 0; i < kBatches; ++i) {
    q.world.with_context(NodeId{q.leader()}, [&](auto& ctx) {
      std::vector<protocol::MetadataRecord> records;
      for (std::int64_t n = 0; n < kBatch; ++n) records.emplace_back(record(i * kBatch + n));
      q.raft(q.leader()).append(ctx, std::move(records));
    });
    q.run(seconds(2));
  }
  q.run(seconds(120));
  for (int node : {0, 1, 2, 3}) {
    CAPTURE(node);
    REQUIRE(q.raft(node).log().start_offset() > Offset{30'000});
    CHECK(q.raft(node).log().first_entry_kept() > Offset{10'000});
    CHECK(q.raft(node).log().first_entry_kept() <= q.raft(node).log().start_offset());
  }
  CHECK_FALSE(q.world.faulted());
}
