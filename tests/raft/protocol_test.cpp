// One replica alone among probes: the rules of each request, message by message.
#include <doctest/doctest.h>

#include "raft/lab.h"

using namespace kafkascope;
using namespace kafkascope::raft;
using namespace kafkascope::protocol;

// ---- Vote

TEST_CASE(
    "KIP-595 Vote: a voter votes for at most one candidate per epoch, and repeats its vote if that candidate asks again") {
  Lab lab;
  lab.start();
  CHECK(lab.ask<VoteResponse>(lab.vote(5, 3001, 0, 0)).vote_granted);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(5, 3002, 0, 0)).vote_granted);
  CHECK(lab.ask<VoteResponse>(lab.vote(5, 3001, 0, 0)).vote_granted);
  CHECK(lab.raft().voted_for() == 3001);
  CHECK(lab.ask<VoteResponse>(lab.vote(6, 3002, 0, 0)).vote_granted);
}

TEST_CASE("KIP-595 Vote: a vote is on disk before it is sent, and survives a power failure") {
  Lab lab;
  lab.start();
  const auto granted = lab.ask<VoteResponse>(lab.vote(5, 3001, 0, 0));
  CHECK(granted.vote_granted);
  CHECK(lab.answered_at - lab.asked_at >= milliseconds(4));  // the answer waits for a flush
  lab.world.kill(NodeId{0}, Death::PowerOff);
  lab.world.restart(NodeId{0});
  CHECK(lab.raft().voted_for() == 3001);
  CHECK(lab.raft().epoch() == LeaderEpoch{5});
  CHECK(lab.raft().state() == QuorumState::Unattached);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(5, 3002, 0, 0)).vote_granted);
  CHECK(lab.ask<VoteResponse>(lab.vote(5, 3001, 0, 0)).vote_granted);
}

TEST_CASE("KIP-595 Vote: after a power failure before the write is done there is neither a vote nor an answer") {
  Lab lab;
  lab.start();
  lab.send(lab.vote(5, 3001, 0, 0));
  lab.run(milliseconds(4));
  CHECK(lab.raft().voted_for() == 3001);
  lab.world.kill(NodeId{0}, Death::PowerOff);
  lab.world.restart(NodeId{0});
  CHECK(lab.raft().voted_for() == kNoBroker);
  lab.run(milliseconds(50));
  CHECK_FALSE(lab.answered());
  CHECK(lab.ask<VoteResponse>(lab.vote(5, 3002, 0, 0)).vote_granted);
}

TEST_CASE("KIP-595 Vote: the candidate's log must not be behind, compared first by epoch, then by offset") {
  Lab lab;
  lab.start_as_follower();  // (1, 5)
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(3, 3001, 1, 4)).vote_granted);
  CHECK(lab.raft().epoch() == LeaderEpoch{3});  // the newer epoch is adopted nevertheless
  CHECK(lab.raft().state() == QuorumState::Unattached);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(3, 3001, 0, 99)).vote_granted);
  CHECK(lab.ask<VoteResponse>(lab.vote(4, 3001, 1, 5)).vote_granted);
  CHECK(lab.ask<VoteResponse>(lab.vote(5, 3002, 2, 1)).vote_granted);
}

TEST_CASE(
    "KIP-595 Vote: an older epoch gets FENCED_LEADER_EPOCH; a last epoch not below the candidate's gets INVALID_REQUEST") {
  Lab lab;
  lab.start_as_follower();
  lab.ask<VoteResponse>(lab.vote(4, 3001, 1, 5));
  const auto old = lab.ask<VoteResponse>(lab.vote(3, 3002, 1, 5));
  CHECK(old.error == ErrorCode::FENCED_LEADER_EPOCH);
  CHECK(old.leader_epoch == LeaderEpoch{4});
  CHECK(lab.ask<VoteResponse>(lab.vote(6, 3002, 6, 5)).error == ErrorCode::INVALID_REQUEST);
  CHECK(lab.raft().epoch() == LeaderEpoch{4});
}

TEST_CASE("KIP-595 Vote: a follower with a leader refuses a candidate of the same epoch") {
  Lab lab;
  lab.start_as_follower();
  const auto answer = lab.ask<VoteResponse>(lab.vote(2, 3002, 1, 5));
  CHECK(answer.vote_granted);
  lab.ask<BeginQuorumEpochResponse>(BeginQuorumEpochRequest{3002, LeaderEpoch{2}});
  CHECK(lab.raft().state() == QuorumState::Follower);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(2, 3001, 1, 5)).vote_granted);
}

// ---- pre-vote, KIP-996

TEST_CASE("KIP-996 PreVote: a pre-vote changes neither epoch nor vote") {
  Lab lab;
  lab.start();
  lab.ask<VoteResponse>(lab.vote(5, 3001, 0, 0));
  const auto pre = lab.ask<VoteResponse>(lab.vote(5, 3002, 0, 0, true));
  CHECK(pre.vote_granted);  // although it has voted for another voter in this epoch
  CHECK(pre.pre_vote);
  CHECK(lab.raft().voted_for() == 3001);
  CHECK(lab.raft().epoch() == LeaderEpoch{5});
}

TEST_CASE("KIP-996 PreVote: a follower that has fetched from its leader refuses; one that has not yet fetched grants") {
  Lab lab;
  lab.start_as_follower();  // formed: it has fetched
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(1, 3002, 1, 5, true)).vote_granted);
  lab.ask<BeginQuorumEpochResponse>(BeginQuorumEpochRequest{3001, LeaderEpoch{2}});
  CHECK(lab.raft().state() == QuorumState::Follower);
  CHECK(lab.ask<VoteResponse>(lab.vote(2, 3002, 1, 5, true)).vote_granted);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(2, 3002, 1, 4, true)).vote_granted);  // its log is behind
}

TEST_CASE("KIP-996 PreVote: a leader never grants a pre-vote; a resigned leader does") {
  Lab lab;
  lab.start_as_leader();
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(1, 3002, 1, 5, true)).vote_granted);
  lab.world.with_context(NodeId{0}, [&](Ctx& ctx) { lab.raft().resign(ctx); });
  CHECK(lab.ask<VoteResponse>(lab.vote(1, 3002, 1, 5, true)).vote_granted);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(1, 3002, 1, 4, true)).vote_granted);
}

TEST_CASE("KIP-996 PreVote: a voter asks in its old epoch and names the end of its log") {
  Lab lab;
  lab.start_as_follower();
  lab.run(milliseconds(2100));
  CHECK(lab.raft().state() == QuorumState::Prospective);
  bool seen = false;
  for (const auto& [at, body] : lab.probe(2).asked) {
    if (const auto* vote = protocol::get_if<VoteRequest>(&body)) {
      CHECK(vote->pre_vote);
      CHECK(vote->replica_epoch == LeaderEpoch{1});
      CHECK(vote->last_offset_epoch == LeaderEpoch{1});
      CHECK(vote->last_offset == Offset{5});
      CHECK(at >= Instant{} + seconds(2));
      seen = true;
    }
  }
  CHECK(seen);
}

TEST_CASE("KIP-996 PreVote: entries that are not on disk yet do not count as this voter's log") {
  Lab lab;
  sim::DiskConfig slow;
  slow.flush_latency_us = 10000000;
  lab.world.set_disk(NodeId{0}, slow);
  lab.start_as_follower();
  lab.run(milliseconds(10));
  lab.answer_fetch(1, {ErrorCode::NONE,
                       3001,
                       LeaderEpoch{1},
                       Offset{5},
                       Offset{0},
                       LeaderEpoch{},
                       Offset{},
                       Offset{5},
                       {shared(record(5))}});
  lab.run(milliseconds(2100));
  CHECK(lab.raft().log().end_offset() == Offset{6});
  bool seen = false;
  for (const auto& [at, body] : lab.probe(2).asked) {
    if (const auto* vote = protocol::get_if<VoteRequest>(&body)) {
      CHECK(vote->last_offset == Offset{5});
      seen = true;
    }
  }
  CHECK(seen);
}

TEST_CASE(
    "KIP-595: an election takes effect when it is on disk; a candidate that dies before that is elected only once in its epoch") {
  Lab lab;
  Recorder recorder;
  lab.world.attach(&recorder);
  sim::DiskConfig slow;
  slow.flush_latency_us = 400000;
  lab.world.set_disk(NodeId{0}, slow);
  lab.start_as_follower();
  lab.probe(2).votes_yes = true;
  lab.run(milliseconds(2600));
  CHECK(lab.raft().election().granted().size() == 2);
  CHECK(lab.raft().state() == QuorumState::Candidate);
  lab.world.kill(NodeId{0}, Death::PowerOff);
  lab.world.restart(NodeId{0});
  CHECK(lab.raft().state() == QuorumState::Candidate);
  CHECK(lab.raft().epoch() == LeaderEpoch{2});
  CHECK(lab.raft().voted_for() == 3000);
  lab.run(milliseconds(900));
  CHECK(lab.raft().is_leader());
  CHECK(lab.raft().epoch() == LeaderEpoch{2});
  CHECK(recorder.of(Trace::QuorumElected).size() == 1);
}

TEST_CASE(
    "KIP-595 (Raft 5.4.2): a new leader commits nothing of older epochs before a majority has its own first record") {
  Lab lab;
  lab.start_as_follower();
  lab.probe(2).votes_yes = true;
  lab.run(milliseconds(2200));
  REQUIRE(lab.raft().is_leader());
  CHECK(lab.raft().epoch() == LeaderEpoch{2});
  CHECK(lab.raft().leading().epoch_start() == Offset{5});
  const auto first = lab.ask<QuorumFetchResponse>(lab.fetch(3001, 2, 1, 5, -1));
  CHECK(first.entries.size() == 1);
  CHECK(first.high_watermark == Offset{-1});
  const auto second = lab.ask<QuorumFetchResponse>(lab.fetch(3001, 2, 2, 6, -1));
  CHECK(second.high_watermark == Offset{6});
}

TEST_CASE("KIP-595: a follower that gets a diverging epoch truncates and fetches again from the common end") {
  Lab lab;
  std::vector<MetadataEntry> log = Lab::log();  // all five records are committed, so the divergence comes after them
  lab.raft().preload(log, LeaderEpoch{1}, 3001);
  lab.world.start_all(true);
  lab.run(milliseconds(10));
  lab.answer_fetch(1, {ErrorCode::NONE,
                       3001,
                       LeaderEpoch{1},
                       Offset{5},
                       Offset{0},
                       LeaderEpoch{},
                       Offset{},
                       Offset{5},
                       {shared(record(5)), shared(record(6))}});
  lab.run(milliseconds(20));
  CHECK(lab.raft().log().end_offset() == Offset{7});
  CHECK(lab.raft().high_watermark() == Offset{5});
  lab.ask<BeginQuorumEpochResponse>(BeginQuorumEpochRequest{3002, LeaderEpoch{3}});
  lab.run(milliseconds(20));
  lab.answer_fetch(
      2, {ErrorCode::NONE, 3002, LeaderEpoch{3}, Offset{-1}, Offset{0}, LeaderEpoch{1}, Offset{6}, Offset{}, {}});
  lab.run(milliseconds(20));
  CHECK(lab.raft().log().end_offset() == Offset{6});
  CHECK(lab.raft().log().flushed_offset() == Offset{6});
  const auto& again = protocol::get<QuorumFetchRequest>(lab.probe(2).asked.back().second);
  CHECK(again.fetch_offset == Offset{6});
  CHECK(again.last_fetched_epoch == LeaderEpoch{1});
}

TEST_CASE("KIP-996: a Prospective voter without a majority goes back to its leader if it knows one") {
  Lab lab;
  lab.start_as_follower();
  lab.run(milliseconds(4100));  // 2 s fetch timeout, at most 2 s of asking
  CHECK(lab.raft().state() == QuorumState::Follower);
  CHECK(lab.raft().epoch() == LeaderEpoch{1});
}

// ---- BeginQuorumEpoch, EndQuorumEpoch

TEST_CASE("KIP-595 BeginQuorumEpoch: a new leader repeats it to the voters every second until they fetch") {
  Lab lab;
  lab.start_as_leader();
  const auto told = [&](int probe) {
    std::vector<Instant> times;
    for (const auto& [at, body] : lab.probe(probe).asked)
      if (protocol::holds_alternative<BeginQuorumEpochRequest>(body)) times.push_back(at);
    return times;
  };
  for (int i = 0; i < 25; ++i) {  // each voter answers immediately; the first one fetches from 1 s on
    lab.run(milliseconds(100));
    for (int probe : {1, 2})
      if (!told(probe).empty() && told(probe).back() > lab.world.now() - milliseconds(100))
        lab.answer_latest<BeginQuorumEpochRequest>(probe,
                                                   BeginQuorumEpochResponse{ErrorCode::NONE, 3000, LeaderEpoch{1}});
    if (i == 10) lab.ask<QuorumFetchResponse>(lab.fetch(3001, 1, 1, 5, 3));
  }
  const auto silent = told(2), fetching = told(1);
  REQUIRE(silent.size() >= 2);
  for (std::size_t i = 1; i < silent.size(); ++i) {
    CHECK(silent[i] - silent[i - 1] > milliseconds(990));
    CHECK(silent[i] - silent[i - 1] < milliseconds(1010));
  }
  CHECK(fetching.size() + 1 == silent.size());
}

TEST_CASE("KIP-595 BeginQuorumEpoch: an older epoch gets FENCED_LEADER_EPOCH with the newer epoch") {
  Lab lab;
  lab.start_as_follower();
  lab.ask<BeginQuorumEpochResponse>(BeginQuorumEpochRequest{3002, LeaderEpoch{4}});
  CHECK(lab.raft().leader() == 3002);
  const auto old = lab.ask<BeginQuorumEpochResponse>(BeginQuorumEpochRequest{3001, LeaderEpoch{3}});
  CHECK(old.error == ErrorCode::FENCED_LEADER_EPOCH);
  CHECK(old.leader_id == 3002);
  CHECK(old.leader_epoch == LeaderEpoch{4});
}

TEST_CASE(
    "KIP-595 EndQuorumEpoch: the first successor stands for election at once, the second after 500 ms, the others after one second") {
  const auto stands_after = [](IdList successors) {
    Lab lab;
    lab.start_as_follower();
    lab.ask<EndQuorumEpochResponse>(EndQuorumEpochRequest{3001, LeaderEpoch{1}, successors}, milliseconds(2));
    return lab.raft().state() == QuorumState::Prospective ? sim::Duration{0}
                                                          : lab.raft().following().deadline() - lab.asked_at;
  };
  CHECK(stands_after({3000, 3002}) == sim::Duration{0});
  CHECK((stands_after({3002, 3000}) - milliseconds(500)).us < 3000);
  CHECK(stands_after({3002, 3000}) >= milliseconds(500));
  CHECK(stands_after({3002, 3001}) >= milliseconds(1000));
}

// ---- Fetch

TEST_CASE("KIP-595 Fetch: a voter that does not lead answers NOT_LEADER_OR_FOLLOWER with leader and epoch") {
  Lab lab;
  lab.start_as_follower();
  const auto answer = lab.ask<QuorumFetchResponse>(lab.fetch(1, 1, 1, 5, 5));
  CHECK(answer.error == ErrorCode::NOT_LEADER_OR_FOLLOWER);
  CHECK(answer.leader_id == 3001);
  CHECK(answer.leader_epoch == LeaderEpoch{1});
}

TEST_CASE(
    "KIP-595 Fetch: a request with an older epoch gets FENCED_LEADER_EPOCH, one with a newer epoch UNKNOWN_LEADER_EPOCH") {
  Lab lab;
  lab.start_as_leader();
  CHECK(lab.ask<QuorumFetchResponse>(lab.fetch(1, 0, 0, 0, -1)).error == ErrorCode::FENCED_LEADER_EPOCH);
  CHECK(lab.ask<QuorumFetchResponse>(lab.fetch(1, 2, 1, 5, 5)).error == ErrorCode::UNKNOWN_LEADER_EPOCH);
  CHECK(lab.ask<QuorumFetchResponse>(lab.fetch(1, 1, 2, 5, 5)).error == ErrorCode::INVALID_REQUEST);
}

TEST_CASE("KIP-595 Fetch: a fetch is parked while there are no new records, at most for its maximum wait time") {
  Lab lab;
  lab.start_as_leader();
  const auto answer = lab.ask<QuorumFetchResponse>(lab.fetch(1, 1, 1, 5, 5, 500), milliseconds(600));
  CHECK(answer.error == ErrorCode::NONE);
  CHECK(answer.entries.empty());
  CHECK(answer.high_watermark == Offset{5});
  CHECK(lab.answered_at - lab.asked_at >= milliseconds(500));
  CHECK(lab.answered_at - lab.asked_at < milliseconds(510));
}

TEST_CASE("KIP-595 Fetch: new records wake a parked fetch before the leader's own write is done") {
  Lab lab;
  lab.start_as_leader();
  lab.send(lab.fetch(1, 1, 1, 5, 5));
  lab.run(milliseconds(10));
  CHECK_FALSE(lab.answered());
  lab.world.with_context(NodeId{0}, [&](Ctx& ctx) { lab.raft().append(ctx, {record(9)}); });
  lab.run(milliseconds(27));  // the linger and a millisecond on the wire: less than the flush
  CHECK(lab.answered());
  CHECK(lab.raft().log().flushed_offset() == Offset{5});
}

TEST_CASE(
    "KIP-1166: a fetch with an older high watermark is answered at once, and a parked fetch when the high watermark moves") {
  Lab lab;
  lab.start_as_leader();
  const auto answer = lab.ask<QuorumFetchResponse>(lab.fetch(1, 1, 1, 5, 3), milliseconds(10));
  CHECK(answer.high_watermark == Offset{5});
  // The leader and an observer have a record; then a voter's fetch commits it and wakes the observer's fetch.
  lab.world.with_context(NodeId{0}, [&](Ctx& ctx) { lab.raft().append(ctx, {record(9)}); });
  lab.run(milliseconds(50));
  lab.send(lab.fetch(1, 1, 1, 6, 5));
  lab.run(milliseconds(20));
  CHECK_FALSE(lab.answered());
  const auto parked = lab.correlation;
  lab.ask<QuorumFetchResponse>(lab.fetch(3001, 1, 1, 6, 5), milliseconds(20));
  CHECK(lab.raft().high_watermark() == Offset{6});
  bool woken = false;
  for (const auto& [at, message] : lab.probe().got) {
    if (message.correlation_id == parked)
      woken = protocol::get<QuorumFetchResponse>(message.body).high_watermark == Offset{6};
  }
  CHECK(woken);
}

TEST_CASE("KIP-595 Fetch: a diverging log is answered with the largest common epoch and its end") {
  Lab lab;
  std::vector<MetadataEntry> log;  // epoch 1: 0-2, epoch 3: 3-4
  for (int i = 0; i < 5; ++i) log.push_back({LeaderEpoch{i < 3 ? 1 : 3}, record(i)});
  lab.raft().preload(log, LeaderEpoch{3}, 3000);
  lab.world.start_all(true);
  const auto longer = lab.ask<QuorumFetchResponse>(lab.fetch(1, 3, 1, 5, -1));
  CHECK(longer.diverging_epoch == LeaderEpoch{1});
  CHECK(longer.diverging_end_offset == Offset{3});
  CHECK(longer.entries.empty());
  const auto unknown = lab.ask<QuorumFetchResponse>(lab.fetch(1, 3, 2, 4, -1));
  CHECK(unknown.diverging_epoch == LeaderEpoch{1});
  CHECK(unknown.diverging_end_offset == Offset{3});
  const auto unknown_but_short =
      lab.ask<QuorumFetchResponse>(lab.fetch(1, 3, 2, 3, -1));  // the offset would fit, but the epoch is unknown
  CHECK(unknown_but_short.diverging_epoch == LeaderEpoch{1});
  const auto fits = lab.ask<QuorumFetchResponse>(lab.fetch(1, 3, 1, 3, -1));
  CHECK(fits.diverging_epoch == LeaderEpoch{-1});
  CHECK(fits.entries.size() == 2);
  CHECK(fits.base_offset == Offset{3});
  CHECK(lab.ask<QuorumFetchResponse>(lab.fetch(1, 3, 0, 0, -1)).entries.size() == 5);  // an empty log
  CHECK(lab.raft().replicas()[0].id == 1);
  CHECK(lab.raft().replicas()[0].end_offset == Offset{0});  // the diverging fetch did not count
}

TEST_CASE("KIP-595 Fetch: a leader that resigns answers its parked fetches with an error") {
  Lab lab;
  lab.start_as_leader();
  lab.send(lab.fetch(1, 1, 1, 5, 5));
  lab.run(milliseconds(10));
  lab.world.with_context(NodeId{0}, [&](Ctx& ctx) { lab.raft().resign(ctx); });
  lab.run(milliseconds(10));
  CHECK(lab.answered());
}

// ---- the fetching side

TEST_CASE("KIP-595: a follower of a silent leader gives up its fetch after request.timeout.ms and asks another voter") {
  QuorumOptions o;
  o.id = 3000;
  o.voter = true;
  o.fetch_timeout_ms = 10000;
  for (int v = 0; v < 3; ++v) o.voters.push_back({3000 + v, NodeId{v}});
  Lab lab;
  lab.raft() = QuorumNode(o);
  lab.start_as_follower();
  lab.run(milliseconds(1999));
  CHECK(lab.probe(1).asked.size() == 1);
  CHECK(lab.probe(2).asked.empty());
  lab.run(seconds(6));
  CHECK(lab.probe(2).asked.size() >= 1);
  CHECK(protocol::holds_alternative<QuorumFetchRequest>(lab.probe(2).asked[0].second));
}

TEST_CASE("KIP-595: only one fetch is under way at a time") {
  Lab lab;
  lab.start();
  lab.run(milliseconds(900));
  CHECK(lab.probe(1).asked.size() + lab.probe(2).asked.size() == 1);
}
