// Administrators' requests about share groups (KIP-932), modelled on Kafka's GroupMetadataManagerTest and
// GroupCoordinatorServiceTest.
#include "coordinator/share_bench.h"

using namespace coordinator_test;

namespace {

struct AdminBench : ShareBench {
  template <class Response, class Request>
  Response ask(const Request& r) {
    const auto h = send(r);
    wait_ms(20);
    const auto found = reply<Response>(h);
    REQUIRE(found);
    return *found;
  }
  /// As ask(), and the share coordinator answers everything.
  template <class Response, class Request>
  Response ask(const Request& r, const ReadShareGroupStateSummaryResponse& answer) {
    const auto h = send(r);
    wait_ms(20);
    CHECK_FALSE(reply<Response>(h));
    asked = node().share_asked;
    act([&](CoordinatorNode& n, Context& ctx) { n.share_answered(ctx, answer); });
    wait_ms(20);
    const auto found = reply<Response>(h);
    REQUIRE(found);
    return *found;
  }
  void one_was_here() {
    answer(joining("a"));
    initialize_all();
    answer(beat("a", -1));
  }
  std::vector<CoordinatorNode::ShareAsked> asked;
};

}  // namespace

TEST_CASE(
    "ShareGroupDescribe shows epochs, assignor and each member's partitions; any other group gets GROUP_ID_NOT_FOUND") {
  AdminBench b;
  b.answer(b.joining("a"));
  b.initialize_all();
  b.answer(b.beat("a", 1));
  const auto groups = b.ask<ShareGroupDescribeResponse>(ShareGroupDescribeRequest{{"g", "h"}}).groups;
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].error == ErrorCode::NONE);
  CHECK(groups[0].group_state == "Stable");
  CHECK(groups[0].group_epoch == 2);
  CHECK(groups[0].assignment_epoch == 2);
  CHECK(groups[0].assignor_name == "simple");
  REQUIRE(groups[0].members.size() == 1);
  CHECK(groups[0].members[0].client_id == "c-a");
  CHECK(groups[0].members[0].assignment.size() == 3);
  CHECK(groups[1].error == ErrorCode::GROUP_ID_NOT_FOUND);
  CHECK(groups[1].group_state == "Dead");
  b.node().never_commits = true;
  b.send(b.joining("late"));
  CHECK(b.share().members().size() == 2);
  const auto now = b.send(ShareGroupDescribeRequest{{"g"}});
  CHECK(b.reply<ShareGroupDescribeResponse>(now)->groups.at(0).members.size() == 1);
  ShareBench without(false);
  const auto h = without.send(ShareGroupDescribeRequest{{"g"}});
  CHECK(without.reply<ShareGroupDescribeResponse>(h)->groups.at(0).error == ErrorCode::UNSUPPORTED_VERSION);
}

TEST_CASE(
    "AlterShareGroupOffsets: a group with members is refused; otherwise the answer waits for the share coordinator") {
  AdminBench b;
  const AlterShareGroupOffsetsRequest request{"g", {{kOrders0, Offset{7}}, {{kOrders0.topic, 9}, Offset{0}}}};
  b.answer(b.joining("a"));
  b.initialize_all();
  CHECK(b.ask<AlterShareGroupOffsetsResponse>(request).error == ErrorCode::NON_EMPTY_GROUP);
  b.answer(b.beat("a", -1));
  const auto done = b.ask<AlterShareGroupOffsetsResponse>(request, {});
  REQUIRE(b.asked.size() == 1);
  CHECK(b.asked[0].partition == kOrders0);
  CHECK(b.asked[0].start == Offset{7});
  CHECK(done.error == ErrorCode::NONE);
  REQUIRE(done.partitions.size() == 2);
  CHECK(done.partitions[0].error == ErrorCode::NONE);
  CHECK(done.partitions[1].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(b.share().initialized().size() == 3);
  CHECK(b.share().initializing().empty());
}

TEST_CASE(
    "AlterShareGroupOffsets: start offsets may be set for a group that does not exist yet, but not for a group of another kind") {
  AdminBench b;
  const auto unknown =
      b.ask<AlterShareGroupOffsetsResponse>(AlterShareGroupOffsetsRequest{"g", {{{99, 0}, Offset{3}}}});
  CHECK(unknown.partitions.at(0).error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(b.coordinator().share_group("g") == nullptr);
  CHECK(b.ask<AlterShareGroupOffsetsResponse>(AlterShareGroupOffsetsRequest{"g", {{kOrders1, Offset{3}}}}, {}).error ==
        ErrorCode::NONE);
  CHECK(b.share().initialized() == std::set<TopicPartition>{kOrders1});
  OffsetCommitRequest commit;  // creates a group that only holds offsets
  commit.group_id = "classic";
  commit.partitions.push_back({kOrders1, Offset{1}, {}, ""});
  b.send(commit);
  CHECK(
      b.ask<AlterShareGroupOffsetsResponse>(AlterShareGroupOffsetsRequest{"classic", {{kOrders1, Offset{3}}}}).error ==
      ErrorCode::GROUP_ID_NOT_FOUND);
}

TEST_CASE("AlterShareGroupOffsets, DeleteShareGroupOffsets: waiting requests get NOT_COORDINATOR at a resignation") {
  AdminBench b;
  b.one_was_here();
  const auto altered = b.send(AlterShareGroupOffsetsRequest{"g", {{kOrders1, Offset{3}}}});
  const auto deleted = b.send(DeleteShareGroupOffsetsRequest{"g", {kOrders0.topic}});
  REQUIRE(b.coordinator().waiting_share_calls() == 2);
  b.act([](CoordinatorNode& n, Context& ctx) { n.resign(ctx); });
  REQUIRE(b.reply<AlterShareGroupOffsetsResponse>(altered));
  CHECK(b.reply<AlterShareGroupOffsetsResponse>(altered)->error == ErrorCode::NOT_COORDINATOR);
  REQUIRE(b.reply<DeleteShareGroupOffsetsResponse>(deleted));
  CHECK(b.reply<DeleteShareGroupOffsetsResponse>(deleted)->error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.coordinator().waiting_share_calls() == 0);
}

TEST_CASE("AlterShareGroupOffsets: a crash drops waiting requests") {
  AdminBench b;
  b.one_was_here();
  b.send(AlterShareGroupOffsetsRequest{"g", {{kOrders1, Offset{3}}}});
  REQUIRE(b.coordinator().waiting_share_calls() == 1);
  b.kill(sim::Death::Crash);
  CHECK(b.coordinator().waiting_share_calls() == 0);
  CHECK(b.coordinator().empty());
}

TEST_CASE("AlterShareGroupOffsets: an error of the share coordinator is returned, and the group's state is unchanged") {
  AdminBench b;
  const auto refused = b.ask<AlterShareGroupOffsetsResponse>(
      AlterShareGroupOffsetsRequest{"g", {{kOrders1, Offset{3}}}}, {ErrorCode::COORDINATOR_NOT_AVAILABLE, 0, {}, {}});
  CHECK(refused.partitions.at(0).error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(b.share().initialized().empty());
  CHECK(b.share().initializing().empty());
}

TEST_CASE(
    "DeleteShareGroupOffsets: a failed deletion of a topic is repeated by the next request, and a topic that no member has read is refused") {
  AdminBench b;
  b.one_was_here();
  const DeleteShareGroupOffsetsRequest request{"g", {kOrders0.topic, 99}};
  const auto failed =
      b.ask<DeleteShareGroupOffsetsResponse>(request, {ErrorCode::COORDINATOR_NOT_AVAILABLE, 0, {}, {}});
  CHECK(failed.topics.at(0).error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(b.share().initialized().empty());
  CHECK(b.share().deleting() == std::set<TopicId>{kOrders0.topic});
  b.act([](CoordinatorNode& n, Context& ctx) {  // the deletion is in the log
    n.resign(ctx);
    n.elect(ctx, LeaderEpoch{9});
  });
  b.wait_ms(20);
  CHECK(b.share().deleting() == std::set<TopicId>{kOrders0.topic});
  const auto done = b.ask<DeleteShareGroupOffsetsResponse>(request, {});
  CHECK(b.asked.size() == 3);
  CHECK(done.topics.at(0).error == ErrorCode::NONE);
  CHECK(done.topics.at(1).error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(b.share().deleting().empty());
  // A member that joins now starts over.
  b.answer(b.joining("b"));
  CHECK(b.node().share_wanted.size() == 3);
}

TEST_CASE("DeleteShareGroupOffsets: a group with members is refused") {
  AdminBench b;
  b.answer(b.joining("a"));
  CHECK(b.ask<DeleteShareGroupOffsetsResponse>(DeleteShareGroupOffsetsRequest{"g", {kOrders0.topic}}).error ==
        ErrorCode::NON_EMPTY_GROUP);
}

TEST_CASE("DescribeShareGroupOffsets: offsets are those of the share coordinator, or -1 if the group has no state") {
  AdminBench b;
  b.answer(b.joining("a"));
  b.initialize_all();
  const auto all = b.ask<DescribeShareGroupOffsetsResponse>(DescribeShareGroupOffsetsRequest{"g", true, {}},
                                                            {ErrorCode::NONE, 1, LeaderEpoch{4}, Offset{12}});
  REQUIRE(all.partitions.size() == 3);
  for (const DescribedShareOffset& row : all.partitions) {
    CHECK(row.start_offset == Offset{12});
    CHECK(row.leader_epoch == LeaderEpoch{4});
  }
  AdminBench fresh;
  fresh.answer(fresh.joining("a"));
  const auto none =
      fresh.ask<DescribeShareGroupOffsetsResponse>(DescribeShareGroupOffsetsRequest{"g", false, {kOrders0, {99, 0}}});
  CHECK_FALSE(none.partitions.at(0).start_offset.known());
  CHECK(none.partitions.at(0).error == ErrorCode::NONE);
  CHECK(none.partitions.at(1).error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(fresh.ask<DescribeShareGroupOffsetsResponse>(DescribeShareGroupOffsetsRequest{"h", true, {}}).error ==
        ErrorCode::GROUP_ID_NOT_FOUND);
}
