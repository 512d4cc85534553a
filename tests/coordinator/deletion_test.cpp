// What an administrator deletes: offsets (KIP-496), groups (KIP-229).
#include "coordinator/harness.h"

using namespace coordinator_test;

namespace {

ErrorCode delete_group(Bench& b, const std::string& group = "billing") {
  const auto h = b.send(DeleteGroupsRequest{{group}});
  b.wait_ms(20);
  const auto r = b.reply<DeleteGroupsResponse>(h);
  REQUIRE(r);
  REQUIRE(r->results.size() == 1);
  CHECK(r->results[0].name == group);
  return r->results[0].error;
}

OffsetDeleteResponse delete_offsets(Bench& b, std::vector<TopicPartition> partitions) {
  const auto h = b.send(OffsetDeleteRequest{"billing", std::move(partitions)});
  b.wait_ms(20);
  const auto r = b.reply<OffsetDeleteResponse>(h);
  REQUIRE(r);
  return *r;
}

}  // namespace

TEST_CASE("DeleteGroups: unknown, with members, empty; the next coordinator does not know it either") {
  Bench b;
  CHECK(delete_group(b) == ErrorCode::GROUP_ID_NOT_FOUND);
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1));
  b.wait_ms(20);
  CHECK(delete_group(b) == ErrorCode::NON_EMPTY_GROUP);
  CHECK(b.fetch() == 42);
  b.leave(ids[0]);
  CHECK(delete_group(b) == ErrorCode::NONE);
  CHECK(b.coordinator().group("billing") == nullptr);
  CHECK(b.coordinator().offsets("billing") == nullptr);
  CHECK(b.lines.of(Trace::OffsetCommitted).back().a == -1);
  b.act([](CoordinatorNode& n, Context& ctx) {
    n.resign(ctx);
    n.elect(ctx, LeaderEpoch{2});
  });
  b.wait_ms(20);
  CHECK(b.coordinator().group("billing") == nullptr);
  CHECK(delete_group(b) == ErrorCode::GROUP_ID_NOT_FOUND);
}

TEST_CASE("DeleteGroups of a group that only commits: its offsets go when the tombstones are committed") {
  Bench b;
  b.send(b.commit_request(7));
  b.wait_ms(20);
  b.node().never_commits = true;
  const auto h = b.send(DeleteGroupsRequest{{"billing"}});
  b.wait_ms(100);
  CHECK_FALSE(b.reply<DeleteGroupsResponse>(h));
  CHECK(b.coordinator().group("billing") == nullptr);
  REQUIRE(b.coordinator().offsets("billing") != nullptr);
  CHECK(b.coordinator().offsets("billing")->size() == 1);
}

TEST_CASE("OffsetDelete: not while its topic is read; afterwards only what was named") {
  Bench b;
  CHECK(delete_offsets(b, {kOrders0}).error == ErrorCode::GROUP_ID_NOT_FOUND);
  const auto ids = b.stable_group({"c-1"});
  b.send(b.commit_request(42, ids[0], 1, kOrders0));
  b.send(b.commit_request(43, ids[0], 1, kOrders1));
  b.wait_ms(20);
  auto r = delete_offsets(b, {kOrders0});
  CHECK(r.error == ErrorCode::NONE);
  REQUIRE(r.partitions.size() == 1);
  CHECK(r.partitions[0].error == ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC);
  CHECK(b.fetch() == 42);
  b.leave(ids[0]);
  r = delete_offsets(b, {kOrders0, kOrders2});  // nothing is committed for the second: no tombstone, no error
  REQUIRE(r.partitions.size() == 2);
  CHECK(r.partitions[0].error == ErrorCode::NONE);
  CHECK(r.partitions[1].error == ErrorCode::NONE);
  CHECK(b.fetch(kOrders0) == -1);
  CHECK(b.fetch(kOrders1) == 43);
  CHECK(b.state() == GroupState::Empty);
}

TEST_CASE("a deletion that cannot be stored is an error") {
  Bench b;
  b.send(b.commit_request(7));
  b.wait_ms(20);
  b.node().append_error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  CHECK(delete_offsets(b, {kOrders0}).error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.fetch() == 7);
  CHECK(delete_group(b) == ErrorCode::NOT_COORDINATOR);
}
