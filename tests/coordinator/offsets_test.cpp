#include "harness.h"
#include "protocol/config.h"
#include "protocol/facts_of_groups.h"
#include "protocol/messages_group.h"

using namespace coordinator_test;

TEST_CASE("OffsetFetch: a partition without a committed offset gets -1") {
  Bench b;
  CHECK(b.fetch() == -1);
  const auto h = b.send(OffsetFetchRequest{"billing", {}, -1, true, {kOrders2, kOrders0}});
  const auto r = b.reply<OffsetFetchResponse>(h);
  REQUIRE(r);
  CHECK(r->error == ErrorCode::NONE);
  REQUIRE(r->partitions.size() == 2);
  CHECK(r->partitions[0].partition == kOrders2);
  CHECK(r->partitions[0].error == ErrorCode::NONE);
  CHECK(r->partitions[0].committed_leader_epoch == LeaderEpoch{-1});
}

TEST_CASE("OffsetCommit is answered, and its offset is visible, when the high watermark has passed its record") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  const auto h = b.send(b.commit_request(42, ids[0], 1));
  b.wait_ms(6);
  CHECK_FALSE(b.reply<OffsetCommitResponse>(h));
  CHECK(b.fetch() == -1);
  CHECK(b.lines.of(Trace::OffsetCommitted).empty());
  CHECK(b.coordinator().waiting_writes() == 1);
  b.wait_ms(2);
  CHECK(b.committed(h) == ErrorCode::NONE);
  CHECK(b.fetch() == 42);
  CHECK(b.coordinator().waiting_writes() == 0);
  const auto lines = b.lines.of(Trace::OffsetCommitted);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].topic == 1);
  CHECK(lines[0].partition == 0);
  CHECK(as<fact::OffsetCommitted>(lines[0]).offset.value == 42);
  CHECK(as<fact::OffsetCommitted>(lines[0]).generation == 1);
  CHECK(as<fact::OffsetCommitted>(lines[0]).group == "billing");
}

TEST_CASE("OffsetFetch with require_stable waits for pending commits") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1));
  const auto h = b.send(OffsetFetchRequest{"billing", {}, -1, true, {kOrders0}});
  CHECK_FALSE(b.reply<OffsetFetchResponse>(h));
  b.wait_ms(8);
  REQUIRE(b.reply<OffsetFetchResponse>(h));
  CHECK(b.reply<OffsetFetchResponse>(h)->partitions[0].committed_offset == Offset{42});
}

TEST_CASE("an answer that writes no records waits for the records written before it (CoordinatorRuntime)") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1));
  const auto h = b.send(HeartbeatRequest{"billing", 1, ids[0], {}});
  CHECK_FALSE(b.reply<HeartbeatResponse>(h));
  b.wait_ms(8);
  CHECK(b.reply<HeartbeatResponse>(h)->error == ErrorCode::NONE);
}

TEST_CASE("group.coordinator.append.linger.ms: writes within 5 ms form one batch") {
  Bench b;
  const auto ids = b.stable_group({"c-1"});
  const auto before = b.node().append_counts.size();
  b.send(b.commit_request(1, ids[0], 1, kOrders0));
  b.wait_ms(3);
  b.send(b.commit_request(2, ids[0], 1, kOrders1));
  b.wait_ms(3);
  b.send(b.commit_request(3, ids[0], 1, kOrders2));
  b.wait_ms(20);
  REQUIRE(b.node().append_counts.size() == before + 2);
  CHECK(b.node().append_counts[before] == 2);
  CHECK(b.node().append_counts[before + 1] == 1);
}

TEST_CASE("group.coordinator.append.linger.ms=0: every write is a separate batch, even if it is committed at once") {
  Config config;
  config.set("group.coordinator.append.linger.ms", std::int64_t{0});
  Bench b(config);
  b.node().commit_delay = {};
  const auto ids = b.stable_group({"c-1"});
  const auto h = b.send(b.commit_request(42, ids[0], 1));
  CHECK(b.committed(h) == ErrorCode::NONE);
  CHECK(b.fetch() == 42);
  CHECK(b.leave(ids[0]) == ErrorCode::NONE);
  CHECK(b.state() == GroupState::Empty);
}

TEST_CASE("assign(): a commit without membership is accepted only while the group is Empty") {
  Bench b;
  const auto h = b.send(b.commit_request(7));
  b.wait_ms(20);
  CHECK(b.committed(h) == ErrorCode::NONE);
  CHECK(b.state() == GroupState::Empty);
  CHECK(b.group().protocol_type().empty());
  b.stable_group({"c-1"});
  CHECK(b.committed(b.send(b.commit_request(8))) == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(b.fetch() == 7);
}

TEST_CASE(
    "OffsetCommit is refused with ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, GROUP_ID_NOT_FOUND or REBALANCE_IN_PROGRESS") {
  Bench b;
  CHECK(b.committed(b.send(b.commit_request(1, "x", 1))) == ErrorCode::GROUP_ID_NOT_FOUND);
  const auto ids = b.stable_group({"c-1"});
  CHECK(b.committed(b.send(b.commit_request(1, ids[0], 0))) == ErrorCode::ILLEGAL_GENERATION);
  CHECK(b.committed(b.send(b.commit_request(1, "x", 1))) == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(b.committed(b.send(b.commit_request(1, ids[0], -1))) == ErrorCode::ILLEGAL_GENERATION);
  // While the rebalance waits for members, the old generation may still commit ...
  b.join(b.id_for("c-2"));
  REQUIRE(b.state() == GroupState::PreparingRebalance);
  const auto h = b.send(b.commit_request(5, ids[0], 1));
  b.wait_ms(20);
  CHECK(b.committed(h) == ErrorCode::NONE);
  // ... but in the new generation no member has partitions yet.
  b.join(ids[0]);
  REQUIRE(b.state() == GroupState::CompletingRebalance);
  CHECK(b.committed(b.send(b.commit_request(6, ids[0], 2))) == ErrorCode::REBALANCE_IN_PROGRESS);
  CHECK(b.committed(b.send(b.commit_request(6, ids[0], 1))) == ErrorCode::ILLEGAL_GENERATION);
}

TEST_CASE(
    "OffsetCommit: a partition's UNKNOWN_TOPIC_OR_PARTITION or OFFSET_METADATA_TOO_LARGE does not stop the others from being committed") {
  Bench b;
  OffsetCommitRequest r = b.commit_request(1);
  r.partitions = {{{99, 0}, {1}, {0}, ""},
                  {{kOrders0.topic, 7}, {1}, {0}, ""},
                  {kOrders0, {2}, {0}, std::string(4097, 'x')},
                  {kOrders1, {3}, {0}, std::string(4096, 'x')}};
  const auto h = b.send(r);
  b.wait_ms(20);
  const auto answer = b.reply<OffsetCommitResponse>(h);
  REQUIRE(answer);
  REQUIRE(answer->partitions.size() == 4);
  CHECK(answer->partitions[0].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(answer->partitions[1].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(answer->partitions[2].error == ErrorCode::OFFSET_METADATA_TOO_LARGE);
  CHECK(answer->partitions[3].error == ErrorCode::NONE);
  CHECK(b.fetch(kOrders0) == -1);
  CHECK(b.fetch(kOrders1) == 3);
}

TEST_CASE("a commit that cannot be appended gets an error and changes nothing") {
  Bench b;
  b.node().append_error = ErrorCode::MESSAGE_TOO_LARGE;
  const auto h = b.send(b.commit_request(1));
  b.wait_ms(20);
  CHECK(b.committed(h) == ErrorCode::UNKNOWN_SERVER_ERROR);
  CHECK(b.fetch() == -1);
  CHECK(b.coordinator().group("billing") == nullptr);  // the commit had created the group
  b.node().append_error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  const auto h2 = b.send(b.commit_request(1));
  b.wait_ms(20);
  CHECK(b.committed(h2) == ErrorCode::NOT_COORDINATOR);
}

TEST_CASE(
    "offsets.commit.timeout.ms: after 5 s the answer is COORDINATOR_NOT_AVAILABLE, and the record counts if it is committed later") {
  Bench b;
  b.node().commit_delay = sim::seconds(8);
  const auto h = b.send(b.commit_request(42));
  b.wait_ms(5000);
  CHECK_FALSE(b.reply<OffsetCommitResponse>(h));
  b.wait_ms(1);
  CHECK(b.committed(h) == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(b.fetch() == -1);
  b.wait_ms(3010);
  CHECK(b.fetch() == 42);
}

TEST_CASE("OffsetFetch without partitions returns all offsets of the group, in order") {
  Bench b;
  b.send(b.commit_request(2, {}, -1, kOrders2));
  b.send(b.commit_request(1, {}, -1, kOrders1));
  b.wait_ms(20);
  const auto r = b.reply<OffsetFetchResponse>(b.send(OffsetFetchRequest{"billing", {}, -1, false, {}}));
  REQUIRE(r);
  REQUIRE(r->partitions.size() == 2);
  CHECK(r->partitions[0].partition == kOrders1);
  CHECK(r->partitions[1].committed_offset == Offset{2});
}

// ---- expiry (KIP-211)

namespace {
Config retention(std::int64_t minutes, std::int64_t check_ms) {
  Config config;
  config.set("offsets.retention.minutes", minutes);
  config.set("offsets.retention.check.interval.ms", check_ms);
  return config;
}
}  // namespace

TEST_CASE(
    "offsets of an empty group expire offsets.retention.minutes after it became empty, and the group is removed with the last offset") {
  Bench b(retention(2, 10000));
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1));
  b.wait_ms(60000 - 3000);  // no heartbeats: the session ends 10 s after the commit
  REQUIRE(b.state() == GroupState::Empty);
  b.at_ms(135000);
  CHECK(b.fetch() == 42);  // two minutes after the commit, but less than two minutes after the end of the session
  b.at_ms(145000);
  CHECK(b.fetch() == -1);
  CHECK(b.coordinator().group("billing") == nullptr);
  CHECK(b.coordinator().offsets("billing") == nullptr);
  const auto committed = b.lines.facts<fact::OffsetCommitted>();
  CHECK(committed.back().offset.value == -1);
}

TEST_CASE("offsets of a group with members expire only for topics that nobody subscribes to any more") {
  Bench b(retention(1, 10000));
  const auto ids = b.stable_group({"c-1"}, 1800000);
  b.send(b.commit_request(42, ids[0], 1));
  b.at_ms(200000);
  CHECK(b.fetch() == 42);
  b.at_ms(200100);
  auto r = b.join_request("c-1", ids[0]);
  r.session_timeout_ms = 1800000;
  r.protocols = {{"range", {{"refunds"}, {}, 1}}};
  b.send(r);
  b.wait_ms(20);
  b.sync_all(ids);
  b.at_ms(230000);
  CHECK(b.fetch() == -1);
  CHECK(b.state() == GroupState::Stable);
}

TEST_CASE("offsets of a group without members expire by the time of their commits") {
  Bench b(retention(1, 10000));
  b.send(b.commit_request(7));
  b.at_ms(40000);
  b.send(b.commit_request(8, {}, -1, kOrders1));
  b.at_ms(85000);
  CHECK(b.fetch() == -1);
  CHECK(b.fetch(kOrders1) == 8);
  REQUIRE(b.coordinator().group("billing") != nullptr);
  b.at_ms(125000);
  CHECK(b.fetch(kOrders1) == -1);
  CHECK(b.coordinator().group("billing") == nullptr);
}

TEST_CASE("the retention time of an empty group keeps running after a failover") {
  Bench b(retention(2, 10000));
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1));
  CHECK(b.leave(ids[0]) == ErrorCode::NONE);
  b.at_ms(80000);
  b.kill(sim::Death::Crash);
  b.restart();
  b.at_ms(118000);
  CHECK(b.fetch() == 42);
  b.at_ms(140000);
  CHECK(b.fetch() == -1);
}
