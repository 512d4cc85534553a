// Rules of the quorum that the other files do not cover: elections before KIP-996, majorities of five, snapshots (KIP-630).
#include <doctest/doctest.h>

#include "protocol/facts_of_quorum.h"
#include "raft/support.h"

using namespace kafkascope;
using namespace kafkascope::raft;
using protocol::Trace;

namespace {

void without_pre_vote(QuorumOptions& o) { o.pre_vote = false; }
/// A snapshot after every ten records; the older of two is deleted at the next check.
void with_snapshots(QuorumOptions& o) {
  o.snapshot_bytes = 1000;
  o.retention_bytes = 500;
}

/// Appends and commits `count` records.
void write(Quorum& q, int count) {
  static std::int64_t value = 1000;
  for (int i = 0; i < count; ++i) {
    q.append(q.leader(), value++);
    q.run(milliseconds(100));
  }
}

}  // namespace

TEST_CASE(
    "before KIP-996: an isolated voter raises the epoch repeatedly, and deposes a healthy leader when it returns") {
  Quorum q(3, 2, 1, true, without_pre_vote);
  q.run(seconds(2));
  q.isolate(2);
  q.run(seconds(60));
  CHECK(q.raft(2).state() == QuorumState::Candidate);
  CHECK(q.raft(2).epoch() >= LeaderEpoch{10});
  CHECK(q.leader() == 0);
  const LeaderEpoch storm = q.raft(2).epoch();
  q.world.network().heal_all();
  CHECK(q.run_until(seconds(15), [&] { return q.leader() >= 0 && q.raft(q.leader()).epoch() >= storm; }));
  CHECK_FALSE(q.world.faulted());
}

TEST_CASE(
    "before KIP-996: a candidate that loses an election waits at most controller.quorum.election.backoff.max.ms") {
  Quorum q(3, 0, 7, true, without_pre_vote);
  Recorder recorder;
  q.run(seconds(2));
  q.world.attach(&recorder);
  q.isolate(2);
  q.run(seconds(60));
  Instant last;
  int stood = 0;
  for (const auto& l : recorder.of(Trace::QuorumStateChanged)) {
    if (l.node.index != 2 || as<fact::QuorumStateChanged>(l).state != QuorumState::Candidate) continue;
    // An election time-out of one to two seconds, and the backoff.
    if (stood++ > 0) CHECK(l.time - last < milliseconds(3001));
    if (stood > 1) CHECK(l.time - last >= milliseconds(1000));
    last = l.time;
  }
  CHECK(stood >= 20);
}

TEST_CASE("before KIP-996: elections still end, with at most one leader per epoch") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Quorum q(3, 2, seed, true, without_pre_vote);
    q.run(seconds(3));
    q.world.kill(NodeId{0}, Death::Crash);
    CHECK(q.run_until(seconds(20), [&] { return q.leader() > 0; }));
    q.world.restart(NodeId{0});
    q.run(seconds(5));
    CHECK(q.raft(0).leader() == 3000 + q.leader());
    CHECK_FALSE(q.world.faulted());
  }
}

TEST_CASE("KIP-595: three of five voters can commit and elect; two cannot") {
  Quorum q(5, 1);
  q.run(seconds(2));
  q.world.kill(NodeId{3}, Death::Crash);
  q.world.kill(NodeId{4}, Death::Crash);
  const Offset last = q.append(0, 1);
  q.run(seconds(1));
  CHECK(q.raft(0).high_watermark() > last);
  q.world.kill(NodeId{0}, Death::Crash);
  q.run(seconds(30));
  CHECK(q.leader() == -1);
  q.world.restart(NodeId{3});
  CHECK(q.run_until(seconds(15), [&] { return q.leader() > 0; }));
  CHECK(q.leader() != 3);  // it lacks the entries that were committed meanwhile
}

TEST_CASE("KIP-595: entries that a node has reported as committed stay committed through elections and restarts") {
  Quorum q(3, 1, 3);
  Recorder recorder;
  Offset before;
  recorder.after_event = [&] {
    const Offset now = q.raft(3).high_watermark();
    CHECK(now >= before);
    before = now;
  };
  q.run(seconds(1));
  q.world.attach(&recorder);
  for (int round = 0; round < 3; ++round) {
    const int leader = q.leader();
    REQUIRE(leader >= 0);
    q.append(leader, round);
    q.run(seconds(1));
    q.world.kill(NodeId{leader}, round % 2 == 0 ? Death::Crash : Death::PowerOff);
    q.run_until(seconds(20), [&] { return q.leader() >= 0; });
    q.world.restart(NodeId{leader});
    q.run(seconds(3));
  }
  CHECK(before > Offset{8});
}

TEST_CASE(
    "KIP-630: every node, leader or not, takes a snapshot after metadata.log.max.record.bytes.between.snapshots") {
  Quorum q(3, 1, 1, true, with_snapshots);
  q.run(seconds(1));
  write(q, 12);
  for (int i = 0; i < q.nodes(); ++i) {
    CAPTURE(i);
    REQUIRE_FALSE(q.raft(i).log().snapshots().empty());
    const Snapshot& s = q.raft(i).log().snapshots().back();
    CHECK(s.end > Offset{9});
    CHECK(s.end <= q.raft(i).high_watermark());
    CHECK(s.epoch == LeaderEpoch{1});
    CHECK(s.image.last_offset() + 1 == s.end);
  }
}

TEST_CASE("KIP-630: a snapshot is taken every metadata.log.max.snapshot.interval.ms if there are new records") {
  Quorum q(3, 0, 1, true, [](QuorumOptions& o) { o.snapshot_interval_ms = 10'000; });
  q.run(seconds(9));
  write(q, 1);
  CHECK(q.raft(0).log().snapshots().empty());
  q.run(seconds(2));
  write(q, 1);
  CHECK(q.raft(0).log().snapshots().size() == 1);
}

TEST_CASE("KIP-630: a cleanup every minute removes all snapshots but the newest and the log below it") {
  Quorum q(3, 0, 1, true, with_snapshots);
  q.run(seconds(1));
  write(q, 12);
  CHECK(q.raft(0).log().start_offset() == Offset{0});
  write(q, 20);
  CHECK(q.raft(0).log().snapshots().size() >= 2);
  CHECK(q.raft(0).log().start_offset() == Offset{0});
  q.run(seconds(60));
  write(q, 1);
  CHECK(q.raft(0).log().snapshots().size() == 1);
  CHECK(q.raft(0).log().start_offset() == q.raft(0).log().snapshots().front().end);
}

TEST_CASE("KIP-630: a voter and an observer that were offline too long fetch the snapshot and continue from its end") {
  Quorum q(3, 1, 5, true, with_snapshots);
  Recorder recorder;
  q.world.attach(&recorder);
  q.run(seconds(1));
  q.world.kill(NodeId{2}, Death::PowerOff);
  q.world.kill(NodeId{3}, Death::Crash);
  write(q, 40);
  q.run(seconds(60));
  write(q, 2);
  const Offset start = q.raft(0).log().start_offset();
  REQUIRE(start > Offset{5});
  q.world.restart(NodeId{2});
  q.world.restart(NodeId{3});
  q.run(seconds(5));
  CHECK(recorder.of(Trace::QuorumSnapshotLoaded).size() == 2);
  for (int i : {2, 3}) {
    CAPTURE(i);
    CHECK(q.raft(i).log().start_offset() >= start);
    CHECK(q.raft(i).log().end_offset() == q.raft(0).log().end_offset());
    CHECK(q.raft(i).high_watermark() == q.raft(0).high_watermark());
    CHECK(q.image(i).next_producer_id() == q.image(0).next_producer_id());
  }
  // It can be elected, and can send its snapshot and log to others.
  q.world.kill(NodeId{0}, Death::Crash);
  CHECK(q.run_until(seconds(20), [&] { return q.leader() > 0; }));
  q.isolate(1);
  q.world.restart(NodeId{0});
  CHECK(q.run_until(seconds(20), [&] { return q.leader() == 2 || q.leader() == 0; }));
  CHECK_FALSE(q.world.faulted());
}

TEST_CASE("KIP-630: a restarted node begins with its own snapshot and reads only the records after it") {
  Quorum q(3, 1, 5, true, with_snapshots);
  q.run(seconds(1));
  write(q, 15);
  const Offset end = q.raft(3).log().snapshots().back().end;
  q.world.kill(NodeId{3}, Death::Crash);
  q.world.restart(NodeId{3});
  CHECK(q.image(3).last_offset() == Offset{-1});
  q.run(seconds(2));
  CHECK(q.raft(3).log().snapshots().back().end == end);
  CHECK(q.image(3).last_offset() + 1 == q.raft(3).high_watermark());
  CHECK(q.image(3).next_producer_id() == q.image(0).next_producer_id());
}

TEST_CASE("KIP-630: a FetchSnapshot counts as a fetch for the majority that a leader needs") {
  for (const bool fetches : {false, true}) {
    Quorum q(3, 1, 5, true, with_snapshots);
    q.run(seconds(1));
    write(q, 40);
    q.run(seconds(60));
    REQUIRE(q.leader() == 0);
    const Snapshot snapshot = q.raft(0).log().snapshots().back();
    q.world.kill(NodeId{1}, Death::Crash);
    q.world.kill(NodeId{2}, Death::Crash);
    const Instant due = q.raft(0).leading().check_quorum_due();
    // This request is the only message from a voter, so no Fetch counts instead of it.
    if (fetches)
      q.world.with_context(NodeId{3}, [&](Ctx& ctx) {
        ctx.send(ctx.connect(NodeId{0}),
                 protocol::request(
                     1, protocol::FetchSnapshotRequest{3001, q.raft(0).epoch(), snapshot.end, snapshot.epoch}));
      });
    q.run(seconds(1));
    CHECK((q.raft(0).leading().check_quorum_due() > due) == fetches);
  }
}
