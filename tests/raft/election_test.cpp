// Elections among real replicas. Source: KIP-595, KIP-996, KAFKA-15489.
#include <doctest/doctest.h>

#include <set>

#include "raft/support.h"

using namespace kafkascope;
using namespace kafkascope::raft;
using protocol::Trace;

TEST_CASE("KIP-996: the state machine has Kafka's transitions") {
  CHECK(legal(QuorumState::Follower, QuorumState::Prospective));
  CHECK(legal(QuorumState::Prospective, QuorumState::Candidate));
  CHECK(legal(QuorumState::Candidate, QuorumState::Leader));
  CHECK_FALSE(legal(QuorumState::Follower, QuorumState::Candidate));
  CHECK_FALSE(legal(QuorumState::Prospective, QuorumState::Leader));
  CHECK_FALSE(legal(QuorumState::Resigned, QuorumState::Leader));
  CHECK_FALSE(legal(QuorumState::Leader, QuorumState::Candidate));
  std::set<std::pair<QuorumState, QuorumState>> seen;
  for (const auto& arrow : quorum_arrows()) {
    CHECK(seen.insert({arrow.from, arrow.to}).second);
    CHECK_FALSE(arrow.sentence.empty());
  }
}

TEST_CASE("KIP-595: three voters that start without a leader elect one, and observers find it") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Quorum q(3, 2, seed, false);
    CHECK(q.run_until(seconds(20), [&] { return q.leader() >= 0; }));
    q.run(seconds(3));
    const int leader = q.leader();
    REQUIRE(leader >= 0);
    for (int i = 0; i < q.nodes(); ++i) {
      CHECK(q.raft(i).leader() == 3000 + leader);
      CHECK(q.raft(i).epoch() == q.raft(leader).epoch());
      CHECK(q.raft(i).high_watermark() == Offset{1});
    }
    CHECK(std::holds_alternative<protocol::LeaderChangeMessage>(q.raft(1).log().entry(Offset{0}).record));
  }
}

TEST_CASE(
    "KIP-595: in a failover no voter stands for election before the fetch timeout, and the new leader starts a new epoch") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Quorum q(3, 2, seed);
    Recorder recorder;
    q.world.attach(&recorder);
    q.run(seconds(5));
    q.world.kill(NodeId{0}, Death::Crash);
    CHECK(q.run_until(seconds(15), [&] { return q.leader() > 0; }));
    for (const auto& l : recorder.of(Trace::QuorumStateChanged)) {
      if (l.node.index == 1 || l.node.index == 2) {
        CHECK(l.time >=
              Instant{} + milliseconds(6490));  // at 5 s the last answer, a parked fetch, is at most 500 ms old
        CHECK(l.time <= Instant{} + seconds(12));
      }
    }
    q.run(seconds(2));
    for (int i = 1; i < q.nodes(); ++i) {
      CHECK(q.raft(i).leader() == 3000 + q.leader());
      CHECK(q.raft(i).epoch() >= LeaderEpoch{2});
      CHECK(q.raft(i).high_watermark() == Offset{6});
    }
    CHECK_FALSE(q.world.faulted());
  }
}

TEST_CASE("KIP-595: election timeouts are uniform in [1 s, 2 s)") {
  Quorum q(3, 0, 5, false);
  std::set<std::int64_t> dues;
  for (int i = 0; i < 3; ++i) {
    const auto due = q.raft(i).election().deadline();
    CHECK(due >= Instant{} + seconds(1));
    CHECK(due < Instant{} + seconds(2));
    dues.insert(due.us);
  }
  CHECK(dues.size() == 3);
  CHECK(q.raft(0).following().deadline() == sim::kNever);
}

TEST_CASE(
    "KIP-996: a voter that was cut off does not raise the epoch and does not disturb the leader when it returns") {
  Quorum q;
  q.run(seconds(2));
  q.isolate(2);
  q.run(seconds(60));
  CHECK(q.raft(2).epoch() == LeaderEpoch{1});
  CHECK(q.raft(2).leader() == 3000);  // alternates between Prospective and Follower
  q.world.network().heal_all();
  q.run(seconds(5));
  CHECK(q.leader() == 0);
  CHECK(q.raft(0).epoch() == LeaderEpoch{1});
  CHECK(q.raft(2).state() == QuorumState::Follower);
}

TEST_CASE("KAFKA-15489: a leader that no majority fetches from resigns after 1.5 fetch timeouts") {
  Quorum q;
  Recorder recorder;
  q.run(seconds(5));
  q.world.attach(&recorder);
  q.world.kill(NodeId{1}, Death::Crash);
  q.run(seconds(10));
  CHECK(q.raft(0).is_leader());  // two of three is a majority
  q.world.kill(NodeId{2}, Death::Crash);
  const Instant lonely = q.goal;
  q.run(milliseconds(2499));
  CHECK(q.raft(0).is_leader());
  q.run(milliseconds(502));
  CHECK(q.raft(0).state() == QuorumState::Resigned);
  CHECK(q.raft(0).leader() == kNoBroker);
  const auto changes = recorder.of(Trace::QuorumStateChanged);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].time > lonely + milliseconds(2499));
  q.run(seconds(20));
  CHECK(q.leader() == -1);
  CHECK(q.raft(0).epoch() == LeaderEpoch{2});  // Resigned -> Unattached starts one epoch; pre-votes start none
  q.world.restart(NodeId{1});
  CHECK(q.run_until(seconds(10), [&] { return q.leader() >= 0; }));
}

TEST_CASE("KAFKA-15489: the deadline of 1.5 fetch timeouts starts again with each majority of fetches") {
  Quorum q;
  q.run(seconds(5));
  const Instant due = q.raft(0).leading().check_quorum_due();
  CHECK(due > q.goal + milliseconds(2400));
  CHECK(due <= q.goal + seconds(3));
}

TEST_CASE("KIP-595 EndQuorumEpoch: an orderly resignation leads to an election without waiting for timeouts") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Quorum q(3, 2, seed);
    q.run(seconds(3));
    q.world.with_context(NodeId{0}, [&](Ctx& ctx) { q.raft(0).resign(ctx); });
    CHECK(q.raft(0).state() == QuorumState::Resigned);
    CHECK(q.run_until(milliseconds(900), [&] { return q.leader() > 0; }));
    CHECK(q.raft(q.leader()).epoch() == LeaderEpoch{2});
    q.run(seconds(3));
    for (int i = 0; i < q.nodes(); ++i) CHECK(q.raft(i).leader() == 3000 + q.leader());
  }
}

TEST_CASE("KIP-595: EndQuorumEpoch names the voter with the longest log first, and it is elected") {
  Quorum q;
  q.run(seconds(1));
  q.world.hold({{}, {NodeId{1}}, {}});  // controller-2 receives nothing from now on
  q.append(0, 1);
  q.run(milliseconds(300));
  CHECK(q.raft(0).high_watermark() == Offset{6});
  q.world.release();
  q.world.with_context(NodeId{0}, [&](Ctx& ctx) { q.raft(0).resign(ctx); });
  CHECK(q.run_until(seconds(2), [&] { return q.leader() > 0; }));
  CHECK(q.leader() == 2);
}

TEST_CASE("KIP-595: a restarted leader is Resigned in its epoch and never leads that epoch again") {
  for (Death death : {Death::Crash, Death::PowerOff, Death::Stop}) {
    Quorum q;
    q.run(seconds(3));
    q.world.kill(NodeId{0}, death);
    q.world.restart(NodeId{0});
    CHECK(q.raft(0).state() == QuorumState::Resigned);
    CHECK(q.raft(0).epoch() == LeaderEpoch{1});
    q.run(seconds(10));
    REQUIRE(q.leader() >= 0);
    CHECK(q.raft(q.leader()).epoch() >= LeaderEpoch{2});
    CHECK(q.raft(0).leader() == 3000 + q.leader());
  }
}

TEST_CASE("KIP-595: the old leader returns as a follower and catches up") {
  Quorum q;
  q.run(seconds(3));
  q.world.kill(NodeId{0}, Death::Crash);
  CHECK(q.run_until(seconds(15), [&] { return q.leader() > 0; }));
  const int leader = q.leader();
  q.run(milliseconds(100));
  for (int i = 0; i < 10; ++i) q.append(leader, i);
  q.run(seconds(3));
  q.world.restart(NodeId{0});
  q.run(seconds(3));
  CHECK(q.leader() == leader);
  CHECK(q.raft(0).state() == QuorumState::Follower);
  CHECK(q.raft(0).high_watermark() == Offset{16});
}

TEST_CASE("KIP-595: a voter whose log is behind is not elected") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    Quorum q(3, 0, seed);
    q.run(seconds(1));
    q.isolate(2);
    q.append(0, 1);
    q.run(milliseconds(100));
    CHECK(q.raft(0).high_watermark() == Offset{6});
    q.world.kill(NodeId{0}, Death::Crash);
    q.world.network().heal_all();
    CHECK(q.run_until(seconds(30), [&] { return q.leader() >= 0; }));
    CHECK(q.leader() == 1);
  }
}

TEST_CASE("KIP-595: a new leader shows no high watermark before a majority has reached its epoch") {
  Quorum q;
  q.run(seconds(3));
  q.world.kill(NodeId{0}, Death::Crash);
  CHECK(q.run_until(seconds(15), [&] { return q.leader() > 0; }));
  const int leader = q.leader(), other = 3 - leader;
  q.cut(leader, other);
  q.world.kill(NodeId{3}, Death::PowerOff);  // loses its high watermark, keeps its log
  q.world.restart(NodeId{3});
  q.run(seconds(1));
  CHECK(q.raft(leader).log().end_offset() == Offset{6});
  CHECK(q.raft(3).log().end_offset() == Offset{6});
  CHECK(q.raft(3).high_watermark() == Offset{0});
  CHECK(q.raft(leader).high_watermark() == Offset{5});  // the leader keeps its own high watermark
  q.world.network().heal_all();
  CHECK(q.run_until(seconds(20), [&] { return q.raft(3).high_watermark() >= Offset{6}; }));
}

TEST_CASE("KIP-595: one of three voters cannot elect a leader; two can") {
  Quorum q;
  q.run(seconds(5));
  q.world.kill(NodeId{1}, Death::PowerOff);
  q.world.kill(NodeId{2}, Death::PowerOff);
  q.run(seconds(60));
  CHECK(q.leader() == -1);
  q.world.restart(NodeId{2});
  CHECK(q.run_until(seconds(15), [&] { return q.leader() >= 0; }));
  q.run(seconds(1));
  q.append(q.leader(), 1);
  q.run(seconds(1));
  CHECK(q.raft(3).high_watermark() == q.raft(q.leader()).log().end_offset());
}

TEST_CASE("KIP-595: a paused leader is replaced, and follows the new leader when it resumes") {
  Quorum q;
  q.run(seconds(5));
  q.world.pause(NodeId{0});
  q.run(seconds(15));
  const int leader = q.leader() == 0 ? (q.raft(1).is_leader() ? 1 : 2) : q.leader();
  CHECK(q.raft(leader).is_leader());
  CHECK(q.raft(leader).epoch() > LeaderEpoch{1});
  q.world.resume(NodeId{0});
  q.run(seconds(5));
  CHECK(q.leader() == leader);
  CHECK(q.raft(0).state() == QuorumState::Follower);
}

TEST_CASE("KAFKA-15489: in a one-way cut a leader that gets no fetches resigns, even if its own messages arrive") {
  Quorum q;
  q.run(seconds(5));
  q.world.network().cut(NodeId{1}, NodeId{0});
  q.world.network().cut(NodeId{2}, NodeId{0});
  q.run(seconds(20));
  CHECK(q.leader() > 0);
  CHECK_FALSE(q.raft(0).is_leader());
}
