// Appending, fetching, committing. Source: KIP-595, KIP-1166, facts 5a.
#include <doctest/doctest.h>

#include "protocol/facts_of_quorum.h"
#include "raft/support.h"

using namespace kafkascope;
using namespace kafkascope::raft;

TEST_CASE("Formation: there is one leader in epoch 1, everything is committed, and this does not change") {
  Quorum q;
  Recorder recorder;
  q.world.attach(&recorder);
  q.run(seconds(30));
  CHECK(q.leader() == 0);
  for (int i = 0; i < q.nodes(); ++i) {
    CHECK(q.raft(i).epoch() == LeaderEpoch{1});
    CHECK(q.raft(i).leader() == 3000);
    CHECK(q.raft(i).high_watermark() == Offset{5});
    CHECK(q.raft(i).log().end_offset() == Offset{5});
  }
  CHECK(recorder.of(protocol::Trace::QuorumStateChanged).empty());
  CHECK_FALSE(q.world.faulted());
}

TEST_CASE("KIP-595: a record is committed by a majority and reaches voters and observers") {
  Quorum q;
  q.run(seconds(1));
  const Offset at = q.append(0, 42);
  CHECK(at == Offset{5});
  q.run(milliseconds(100));
  for (int i = 0; i < q.nodes(); ++i) {
    CAPTURE(i);
    CHECK(q.raft(i).high_watermark() ==
          Offset{6});  // KIP-1166: followers learn it immediately, not at the next fetch timeout
    CHECK(q.holds(i, at, 42));
  }
}

TEST_CASE("All logs that have an entry share one object") {
  Quorum q;
  q.run(seconds(1));
  const Offset at = q.append(0, 42);
  q.run(milliseconds(100));
  for (int i = 1; i < q.nodes(); ++i) {
    REQUIRE(q.holds(i, at, 42));
    CHECK(&q.raft(i).log().entry(at) == &q.raft(0).log().entry(at));
  }
}

TEST_CASE("append.linger: records wait up to 25 ms and are appended together") {
  Quorum q;
  q.run(seconds(1));
  CHECK(q.append(0, 1) == Offset{5});
  q.run(milliseconds(20));
  CHECK(q.append(0, 2) == Offset{6});
  CHECK(q.raft(0).log().end_offset() == Offset{5});
  CHECK(q.raft(0).next_append_offset() == Offset{7});
  q.run(milliseconds(4));
  CHECK(q.raft(0).log().end_offset() == Offset{5});
  q.run(milliseconds(1));
  CHECK(q.raft(0).log().end_offset() == Offset{7});  // both, 25 ms after the first append
  CHECK(q.raft(0).high_watermark() == Offset{5});
}

TEST_CASE("KIP-595: only a leader appends") {
  Quorum q;
  q.run(seconds(1));
  CHECK(q.append(1, 9) == Offset{-1});
  CHECK(q.raft(1).next_append_offset() == Offset{5});
}

TEST_CASE("KIP-595: the leader's own records count only when they are on its disk") {
  Quorum q;
  q.run(seconds(1));
  q.world.kill(NodeId{2}, Death::Crash);  // leader and one follower: both must have the record
  sim::DiskConfig slow;
  slow.flush_latency_us = 300000;
  q.world.set_disk(NodeId{0}, slow);
  q.append(0, 1);
  q.run(milliseconds(200));
  CHECK(q.raft(1).log().flushed_offset() == Offset{6});
  CHECK(q.raft(0).log().end_offset() == Offset{6});
  CHECK(q.raft(0).log().flushed_offset() == Offset{5});
  CHECK(q.raft(0).high_watermark() == Offset{5});
  q.run(milliseconds(200));
  CHECK(q.raft(0).high_watermark() == Offset{6});
}

TEST_CASE("KIP-595: a follower fetches again only when the last records are on its disk") {
  Quorum q;
  q.run(seconds(1));
  q.world.kill(NodeId{2}, Death::Crash);
  sim::DiskConfig slow;
  slow.flush_latency_us = 300000;
  q.world.set_disk(NodeId{1}, slow);
  q.append(0, 1);
  q.run(milliseconds(200));
  CHECK(q.raft(1).log().end_offset() == Offset{6});
  CHECK(q.raft(0).high_watermark() == Offset{5});
  q.run(milliseconds(200));
  CHECK(q.raft(0).high_watermark() == Offset{6});
}

TEST_CASE("KIP-595: two followers are enough to commit before the leader's own disk has the record") {
  Quorum q;
  q.run(seconds(1));
  sim::DiskConfig slow;
  slow.flush_latency_us = 300000;
  q.world.set_disk(NodeId{0}, slow);
  q.append(0, 1);
  q.run(milliseconds(100));
  CHECK(q.raft(0).log().flushed_offset() == Offset{5});
  CHECK(q.raft(0).high_watermark() == Offset{6});
}

TEST_CASE("KIP-595: without a majority of voters nothing is committed, and observers do not count") {
  Quorum q;
  q.run(seconds(1));
  q.world.kill(NodeId{1}, Death::Crash);
  q.world.kill(NodeId{2}, Death::Crash);
  q.append(0, 1);
  q.run(seconds(2));
  CHECK(q.raft(3).log().end_offset() == Offset{6});  // a broker has fetched it
  CHECK(q.raft(0).high_watermark() == Offset{5});
  CHECK(q.raft(3).high_watermark() == Offset{5});
}

TEST_CASE("KIP-595: voters flush their logs; observers do not") {
  Quorum q;
  q.run(seconds(1));
  q.append(0, 1);
  q.run(milliseconds(200));
  CHECK(q.raft(1).log().flushed_offset() == Offset{6});
  CHECK(q.raft(3).log().flushed_offset() == Offset{5});
}

TEST_CASE(
    "Power off: an observer loses its tail and fetches it again, unless the operating system has written it to disk after 30 s") {
  Quorum q;
  q.run(seconds(1));
  q.append(0, 1);
  q.run(seconds(1));
  q.world.kill(NodeId{3}, Death::PowerOff);
  CHECK(q.raft(3).log().end_offset() == Offset{5});
  q.world.restart(NodeId{3});
  q.run(seconds(3));
  CHECK(q.holds(3, Offset{5}, 1));
  CHECK(q.raft(3).high_watermark() == Offset{6});
  q.run(seconds(40));
  q.world.kill(NodeId{3}, Death::PowerOff);
  CHECK(q.raft(3).log().end_offset() == Offset{6});
}

TEST_CASE("KIP-595: a restarted replica learns the high watermark from the leader again") {
  Quorum q;
  q.run(seconds(1));
  q.world.kill(NodeId{1}, Death::Crash);
  CHECK(q.raft(1).log().end_offset() == Offset{5});
  CHECK(q.raft(1).high_watermark() == Offset{0});
  q.world.restart(NodeId{1});
  CHECK(q.raft(1).state() == QuorumState::Follower);  // the quorum-state file names the leader
  q.run(milliseconds(100));
  CHECK(q.raft(1).high_watermark() == Offset{5});
}

TEST_CASE("The leader knows the progress of its replicas") {
  Quorum q;
  q.run(seconds(1));
  q.append(0, 1);
  q.run(seconds(1));
  const auto replicas = q.raft(0).replicas();
  CHECK(replicas.size() == 5);
  for (const auto& r : replicas) CHECK(r.end_offset == Offset{6});
  CHECK(replicas[0].id == 1);
  CHECK(replicas[4].id == 3002);
  CHECK(replicas[4].acknowledged);
  CHECK(q.raft(1).replicas().empty());
  CHECK(q.raft(0).leading().epoch_start() == Offset{0});
  CHECK(q.raft(1).leading().epoch_start() == Offset{-1});
}

TEST_CASE("KIP-595: a quorum of one elects itself at once and commits when its own disk is done") {
  Quorum q(1, 1, 1, false);
  q.run(milliseconds(50));
  CHECK(q.raft(0).is_leader());
  CHECK(q.raft(0).epoch() == LeaderEpoch{1});
  q.append(0, 1);
  q.run(milliseconds(40));
  CHECK(q.raft(0).high_watermark() == Offset{2});
  q.run(seconds(20));
  CHECK(q.raft(0).is_leader());  // no other voters, so no check quorum
  CHECK(q.raft(1).high_watermark() == Offset{2});
  q.world.kill(NodeId{0}, Death::PowerOff);
  q.world.restart(NodeId{0});
  q.run(seconds(1));
  CHECK(q.raft(0).is_leader());
  CHECK(q.raft(0).epoch() == LeaderEpoch{2});
  CHECK(q.raft(0).high_watermark() == Offset{3});
}

TEST_CASE("KIP-595: records written by a leader without a majority are cut off when it returns (divergence in Fetch)") {
  Quorum q;
  Recorder recorder;
  q.world.attach(&recorder);
  q.run(seconds(1));
  q.isolate(0);
  q.append(0, 666);
  q.append(0, 667);
  q.run(seconds(2));
  CHECK(q.holds(0, Offset{5}, 666));
  CHECK(q.run_until(seconds(15), [&] { return q.leader() > 0; }));
  const int leader = q.leader();
  q.run(milliseconds(100));
  q.append(leader, 7);
  q.run(seconds(1));
  q.world.network().heal_all();
  q.run(seconds(10));
  CHECK(q.raft(0).state() == QuorumState::Follower);
  CHECK(recorder.of(protocol::Trace::QuorumTruncated).size() == 1);
  CHECK(recorder.facts<fact::QuorumTruncated>()[0].to.value == 5);
  for (int i = 0; i < q.nodes(); ++i) {
    CHECK(q.raft(i).high_watermark() == q.raft(leader).high_watermark());
    CHECK(q.holds(i, Offset{6}, 7));  // 5 is the new leader's LeaderChange
  }
}

TEST_CASE("KIP-595: records that still wait to be appended when the leadership is lost are never written") {
  Quorum q;
  q.run(seconds(1));
  q.append(0, 5);
  q.world.with_context(NodeId{0}, [&](Ctx& ctx) { q.raft(0).resign(ctx); });
  CHECK(q.raft(0).next_append_offset() == Offset{5});
  q.run(seconds(10));
  CHECK(q.leader() >= 0);
  for (int i = 0; i < q.nodes(); ++i) CHECK_FALSE(q.holds(i, Offset{5}, 5));
}

TEST_CASE("A copy of the world runs on identically") {
  Quorum a(3, 2, 77);
  a.run(seconds(3));
  a.append(0, 1);
  a.world.kill(NodeId{0}, Death::Crash);
  Quorum b = a;
  a.run(seconds(20));
  b.run(seconds(20));
  CHECK(a.world.digest() == b.world.digest());
  CHECK(a.leader() == b.leader());
  Quorum c(3, 2, 78);
  c.run(seconds(3));
  CHECK(c.world.digest() != a.world.digest());
}
