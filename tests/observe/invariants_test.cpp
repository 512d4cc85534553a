// Each invariant of brokers and controllers reports a broken rule, and nothing else.
#include "invariants_bench.h"

#include <set>

namespace invariants_test {

TEST_CASE("high-watermark-bounds: a removed replica is ignored, even if the leader still counts it") {
  Watched w;
  w.append(1, Trace::LogAppended, 0, 0, batch_of(2));
  w.append(2, Trace::LogReplicated, 0, 0, batch_of(2));
  w.append(3, Trace::LogReplicated, 0, 0, batch_of(2));
  w.world.logs.erase(3);
  w.see(3, fact::LogDeleted{kOrders, protocol::Offset{2}, false});
  w.registered(1, 0, IdList{1, 2}, IdList{1, 2});
  w.see(1, advanced(0, 2, 0));
  CHECK(w.first() == "");
  w.registered(1, 0, IdList{1, 2, 3});
  w.see(1, advanced(1, 2, 0));
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE("high-watermark-bounds: the high watermark never passes the log end of an ISR member") {
  Watched w;
  const auto batch = batch_of(2);
  w.append(1, Trace::LogAppended, 0, 0, batch);
  w.append(2, Trace::LogReplicated, 0, 0, batch);
  w.world.isr = IdList{1, 2};
  w.see(1, advanced(0, 2, 0));
  CHECK(w.first() == "");
  w.world.isr = IdList{1, 2, 3};
  w.see(1, advanced(1, 2, 0));
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE(
    "high-watermark-bounds: a leader may count records that an ISR member had before its power failure, but not records that it truncated") {
  Watched w;
  w.everywhere(batch_of(2));
  w.world.logs[3] = storage::PartitionLog{};
  w.see(1, advanced(0, 2, 0));
  CHECK(w.first() == "");
  w.see(3, cut(0, 2));  // its own truncation does not excuse it
  w.see(1, advanced(1, 2, 0));
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE("high-watermark-bounds: the high watermark does not move below min.insync.replicas") {
  Watched w;
  w.everywhere(batch_of(2));
  w.world.isr = IdList{1};
  w.see(1, advanced(0, 2, 0));
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE("high-watermark-bounds: the high watermark never goes back under one leader") {
  Watched w;
  w.everywhere(batch_of(3));
  w.see(1, advanced(0, 3, 4));
  w.see(2, advanced(0, 1, 5));  // another leader's high watermark may lag
  CHECK(w.first() == "");
  w.see(1, advanced(0, 2, 4));
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE(
    "high-watermark-bounds: the high watermark may go back if the leader was alone in the ISR and lost its tail") {
  for (const bool alone : {true, false}) {
    Watched w;
    w.world.min_isr = 1;
    w.everywhere(batch_of(3));
    w.see(1, advanced(0, 3, 4));
    w.registered(1, 4, alone ? IdList{1} : IdList{1, 2});
    w.see(1, recovered(2, 3));
    w.see(1, advanced(0, 2, 4));
    CHECK(w.first() == (alone ? "" : HighWatermarkBounds::kName));
  }
}

TEST_CASE("high-watermark-bounds: a replica that joins the ISR has all committed records") {
  Watched w;
  w.everywhere(batch_of(2));
  w.world.logs[1].set_high_watermark(protocol::Offset{2}, sim::Instant{0});
  w.see(1, fact::IsrExpand{kOrders, 1, {IdList{1, 2}, IdList{1, 2, 3}}});
  CHECK(w.first() == "");
  w.world.logs[3] = storage::PartitionLog{};
  w.see(3, cut(0, 2));
  w.see(1, fact::IsrExpand{kOrders, 2, {IdList{1, 2}, IdList{1, 2, 3}}});
  CHECK(w.first() == HighWatermarkBounds::kName);
}

TEST_CASE("historical: switching off a fix disables only the check of the invariant that the fix guarantees") {
  const std::set<std::string_view> lets_promises_break{"KIP-101", "KAFKA-7128"};
  const std::set<std::string_view> lets_the_watermark_pass{"KIP-101", "KIP-966"};
  for (const std::string_view fix : protocol::kModelledFixes) {
    CAPTURE(fix);
    const auto without = [fix] {
      Watched w;
      w.invariants.set_historical(protocol::historical({std::string(fix)}));
      w.everywhere(batch_of(2));
      return w;
    };
    Watched lost = without();
    lost.see(1, advanced(0, 2, 0));
    lost.registered(3, 1, IdList{1, 2, 3});
    lost.see(3, leads(1, 0));
    CHECK(lost.first() == (lets_promises_break.contains(fix) ? "" : PromisedRecordSurvives::kName));

    Watched backwards = without();
    backwards.see(1, advanced(0, 2, 0));
    backwards.see(1, advanced(2, 1, 0));
    CHECK(backwards.first() == (lets_the_watermark_pass.contains(fix) ? "" : HighWatermarkBounds::kName));

    Watched small = without();
    small.world.isr = IdList{1};
    small.see(1, advanced(0, 2, 0));
    CHECK(small.first() == (lets_the_watermark_pass.contains(fix) ? "" : HighWatermarkBounds::kName));

    Watched apart = without();
    apart.append(4, Trace::LogReplicated, 0, 0, batch_of(2, -1, -1, 7));
    CHECK(apart.first() == LogsAgree::kName);

    Watched handed = without();
    handed.see(1, delivered(0, 5));
    CHECK(handed.first() == GroupOffsets::kName);
  }
}

TEST_CASE("one-leader-per-epoch: an epoch has one leader, of partitions and of controllers") {
  Watched w;
  w.see(1, leads(3, 0));
  w.see(2, leads(4, 0));
  w.see(1, leads(3, 0));  // the same node again, after a restart
  CHECK(w.first() == "");
  w.see(2, leads(3, 0));
  CHECK(w.first() == OneLeaderPerEpoch::kName);

  Watched quorum;
  quorum.see(5, fact::QuorumElected{3000, LeaderEpoch{2}, protocol::Offset{0}});
  quorum.see(6, fact::QuorumElected{3001, LeaderEpoch{2}, protocol::Offset{0}});
  CHECK(quorum.first() == OneLeaderPerEpoch::kName);
}

TEST_CASE("a violation is reported once, and names its nodes") {
  const auto told = [](const Watched& w) {
    std::string all;
    for (const Violation& v : w.invariants.violations()) all += words::render(words::Lang::En, v.told()) + "\n";
    return all;
  };
  Watched leaders;
  leaders.see(1, leads(3, 0));
  for (int i = 0; i < 3; ++i) leaders.see(2, leads(3, 0));
  CHECK(told(leaders) == "orders-0: broker-1 and broker-2 both lead in epoch 3\n");

  Watched logs;
  for (std::int64_t at : {0, 1, 2}) logs.append(1, Trace::LogAppended, at, 0, batch_of(1));
  for (std::int64_t at : {0, 1, 2}) logs.append(4, Trace::LogReplicated, at, 0, batch_of(1, -1, -1, 7));
  CHECK(told(logs) == "orders-0: broker-4 holds another batch at offset 0 of leader epoch 0 than was written there\n");

  Watched owners;
  for (std::int32_t node : {7, 8}) owners.invariants.groups().set_group_of(node, "billing");
  owners.see(7, fact::PartitionsAssigned{1, 1, "orders-1"});
  for (int i = 0; i < 3; ++i) owners.see(8, fact::PartitionsAssigned{1, 1, "orders-1"});
  CHECK(told(owners) == "orders-1 has two owners in generation 1 of group billing\n");
}

TEST_CASE("logs-agree: the same offset and epoch hold the same batch in every log") {
  Watched w;
  w.append(1, Trace::LogAppended, 0, 0, batch_of(1));
  w.append(2, Trace::LogReplicated, 0, 0, batch_of(1));
  w.append(3, Trace::LogReplicated, 0, 1, batch_of(1, -1, -1, 7));  // another epoch has another history
  CHECK(w.first() == "");
  w.append(4, Trace::LogReplicated, 0, 0, batch_of(1, -1, -1, 7));
  CHECK(w.first() == LogsAgree::kName);
}

TEST_CASE("logs-agree: after a power failure a leader may write a new tail in the same epoch; a follower may not") {
  Watched w;
  w.append(1, Trace::LogAppended, 0, 0, batch_of(1));
  w.append(2, Trace::LogReplicated, 0, 0, batch_of(1));
  w.registered(1, 0, IdList{1});
  w.see(1, recovered(0, 1));
  w.append(1, Trace::LogAppended, 0, 0, batch_of(1, -1, -1, 7));
  CHECK(w.first() == "");
  w.append(1, Trace::LogAppended, 1, 1, batch_of(1));  // a later leader epoch has no excuse
  w.append(1, Trace::LogAppended, 1, 1, batch_of(1, -1, -1, 7));
  CHECK(w.first() == LogsAgree::kName);
  Watched other;
  other.append(1, Trace::LogAppended, 0, 0, batch_of(1));
  other.see(2, recovered(0, 1));
  other.append(2, Trace::LogReplicated, 0, 0, batch_of(1, -1, -1, 7));
  CHECK(other.first() == LogsAgree::kName);
}

TEST_CASE("logs-agree: no node applies a different metadata record at an offset") {
  Watched w;
  w.see(1, applied(5, 1, "PartitionChangeRecord"));
  w.see(2, applied(5, 1, "PartitionChangeRecord"));
  CHECK(w.first() == "");
  w.see(3, applied(5, 2, "TopicRecord"));
  CHECK(w.first() == LogsAgree::kName);
}

TEST_CASE("logs-agree: applied metadata records are those that the voters have committed") {
  Watched w;
  const auto node = [](std::string name) {
    raft::QuorumOptions options;
    options.id = 3000;
    options.voter = true;
    options.voters = {{3000, sim::NodeId{0}}};
    raft::QuorumNode n(options);
    protocol::TopicRecord topic;
    topic.name = std::move(name);
    topic.topic_id = 0;
    n.preload(std::vector<protocol::MetadataEntry>{{LeaderEpoch{1}, protocol::LeaderChangeMessage{}},
                                                   {LeaderEpoch{1}, topic}},
              LeaderEpoch{1}, 3000);
    return n;
  };
  w.world.quorum = {node("orders"), node("orders"), node("others")};
  w.see(1, applied(1, 1, "TopicRecord"));
  CHECK(w.first() == "");
  w.see(2, applied(1, 1, "TopicRecord"));
  CHECK(w.first() == LogsAgree::kName);
}

TEST_CASE("high-watermark-bounds: a broker that joins the ISR is judged by its registered process (KIP-903)") {
  bool ends_short = true;
  Watched w;
  SUBCASE("it has all committed records") { ends_short = false; }
  SUBCASE("it has lost a committed record") {}
  SUBCASE("its process is gone") { w.world.joined = false; }
  w.registered(1, 0, IdList{1});
  w.everywhere(batch_of(2));
  w.world.logs[1].set_high_watermark(protocol::Offset{2});
  w.see(9, fact::IsrChanged{kOrders, 1, IdList{1}});
  if (ends_short) w.world.logs[2] = {};
  w.see(9, fact::IsrChanged{kOrders, 2, IdList{1, 2}});
  CHECK(w.first() == (ends_short && w.world.joined ? HighWatermarkBounds::kName : ""));
}

TEST_CASE("promised-record-survives: a leader without a committed record that another replica has is a violation") {
  Watched w;
  w.everywhere(batch_of(2));
  w.see(1, advanced(0, 2, 0));
  w.registered(3, 1, IdList{2, 3});
  w.world.logs[3] = storage::PartitionLog{};
  SUBCASE("the leader's process has joined") {
    w.see(3, leads(1, 0));
    CHECK(w.first() == PromisedRecordSurvives::kName);
  }
  SUBCASE("no violation: the leader's process has not joined, and serves no client") {
    w.world.joined = false;
    w.see(3, leads(1, 0));
    CHECK(w.first() == "");
  }
  SUBCASE("no other replica has the record: Kafka itself has lost it") {
    w.world.logs[2] = storage::PartitionLog{};
    w.see(3, leads(1, 0));
    CHECK(w.first() == "");
    CHECK(w.invariants.promised().lost_by_promise_end() == 2);
  }
  SUBCASE("no violation: the record was never committed") {
    Watched other;
    other.everywhere(batch_of(2));
    other.registered(3, 1, IdList{2, 3});
    other.world.logs[3] = storage::PartitionLog{};
    other.see(3, leads(1, 0));
    CHECK(other.first() == "");
    CHECK(other.invariants.promised().lost_by_promise_end() == 0);
  }
}

TEST_CASE("promised-record-survives: a replica that leads when a reassignment ends must have all committed records") {
  Watched w;
  w.everywhere(batch_of(2));
  w.see(1, advanced(0, 2, 0));
  w.registered(1, 0, IdList{1});
  protocol::PartitionChangeRecord move;
  move.partition = kOrders;
  move.has_replicas = move.has_adding = move.has_removing = true;
  move.replicas = {1, 2};
  move.adding = {2};
  move.removing = {1};
  w.world.image.apply(protocol::Offset{2}, LeaderEpoch{1}, move);
  w.see(1, elected(2, 1, IdList{2}));
  CHECK(w.first() == "");
  bool has_everything = false, goes_on = false, another_begins = false;
  SUBCASE("it has all committed records") { has_everything = true; }
  SUBCASE("it lacks a committed record") {}
  SUBCASE("it has all committed records, and the next reassignment has begun") {
    has_everything = another_begins = true;
  }
  SUBCASE("an unclean election during a reassignment is a violation") { has_everything = goes_on = true; }
  if (!goes_on) w.see(1, fact::ReassignmentChanged{kOrders, 1, 0, 0, {}});
  w.registered(2, 1, IdList{2, 3}, IdList{2, 3});
  if (goes_on || another_begins) w.world.image.apply(protocol::Offset{2}, LeaderEpoch{1}, move);
  if (goes_on) w.see(1, fact::ReassignmentChanged{kOrders, 2, 0, 0, {}});  // ends later
  if (!has_everything) w.world.logs[2] = {};
  w.see(2, leads(1, has_everything ? 2 : 0));
  CHECK(w.first() == (has_everything && !goes_on ? "" : PromisedRecordSurvives::kName));
}

TEST_CASE("promised-record-survives: an unclean election without permission is a violation") {
  Watched w;
  w.registered(1, 0, IdList{1, 2});
  std::string broken;
  SUBCASE("the new leader is in the ISR") { w.see(1, elected(2, 1, IdList{1, 2})); }
  SUBCASE("without permission") {
    w.see(1, elected(3, 1, IdList{3}));
    broken = PromisedRecordSurvives::kName;
  }
  SUBCASE("permitted by configuration") {
    w.world.unclean = true;
    w.see(1, elected(3, 1, IdList{3}));
  }
  SUBCASE("ordered by an administrator") {
    w.invariants.promised().on_unclean_asked();
    w.see(1, elected(3, 1, IdList{3}));
  }
  CHECK(w.first() == broken);
}

}  // namespace invariants_test
