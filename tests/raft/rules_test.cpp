// A replica's reaction to each message in each state; protocol_test.cpp has only the usual cases. Source: KIP-595,
// KIP-996.
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "raft/lab.h"

using namespace kafkascope;
using namespace kafkascope::raft;
using namespace kafkascope::protocol;

namespace {

VoteResponse yes(int epoch, bool pre = true) { return {ErrorCode::NONE, kNoBroker, LeaderEpoch{epoch}, true, pre}; }
VoteResponse no(int epoch, bool pre = true) { return {ErrorCode::NONE, kNoBroker, LeaderEpoch{epoch}, false, pre}; }

/// The replica has given up its leader and sends pre-votes.
void until_prospective(Lab& lab) {
  lab.run(milliseconds(2100));
  REQUIRE(lab.raft().state() == QuorumState::Prospective);
}
/// Other voters have granted the pre-vote, and the replica asks for their votes in epoch 2.
void until_candidate(Lab& lab, int others) {
  until_prospective(lab);
  for (int i = 1; i <= others; ++i) lab.answer_vote(i, yes(1));
  lab.run(milliseconds(20));
  REQUIRE(lab.raft().state() == QuorumState::Candidate);
  REQUIRE(lab.raft().epoch() == LeaderEpoch{2});
}

}  // namespace

TEST_CASE(
    "KIP-595 Vote: a newer epoch makes even a leader Unattached, whether it grants the vote or not, and its waiting fetches get an error") {
  Lab lab;
  lab.start_as_leader();
  lab.send(lab.fetch(1, 1, 1, 5, 5));
  lab.run(milliseconds(10));
  REQUIRE_FALSE(lab.answered());
  const auto parked = lab.correlation;
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(3, 3001, 1, 4)).vote_granted);
  CHECK(lab.raft().state() == QuorumState::Unattached);
  CHECK(lab.raft().epoch() == LeaderEpoch{3});
  CHECK(lab.raft().leader() == kNoBroker);
  CHECK(std::any_of(lab.probe().got.begin(), lab.probe().got.end(),
                    [&](const auto& m) { return m.second.correlation_id == parked; }));
}

TEST_CASE(
    "KIP-595 Vote: a candidate votes for itself and refuses others of its epoch; it may grant a vote of a newer one") {
  Lab lab;
  lab.start_as_follower();
  until_candidate(lab, 1);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(2, 3002, 1, 99)).vote_granted);
  CHECK(lab.raft().state() == QuorumState::Candidate);
  CHECK(lab.ask<VoteResponse>(lab.vote(3, 3002, 1, 99)).vote_granted);
  CHECK(lab.raft().state() == QuorumState::Unattached);
}

TEST_CASE("KIP-595 Vote: a voter's answer counts once, even if it arrives several times") {
  Lab lab(5);
  lab.start_as_follower();
  until_prospective(lab);
  lab.answer_vote(1, yes(1));
  lab.answer_vote(1, yes(1));
  lab.run(milliseconds(20));
  CHECK(lab.raft().state() == QuorumState::Prospective);
  lab.answer_vote(2, yes(1));
  lab.run(milliseconds(20));
  CHECK(lab.raft().state() == QuorumState::Candidate);
}

TEST_CASE("KIP-595 Vote: late answers to an earlier election do not elect the candidate") {
  Lab lab;
  lab.start_as_follower();
  until_candidate(lab, 1);
  auto late = lab.probe(2).open_questions.back();  // the answer to the vote of epoch 2
  lab.ask<BeginQuorumEpochResponse>(BeginQuorumEpochRequest{3001, LeaderEpoch{2}});
  REQUIRE(lab.raft().state() == QuorumState::Follower);
  lab.world.with_context(NodeId{2}, [&](Ctx& ctx) { ctx.send(late.first, response(late.second, yes(2, false))); });
  lab.run(milliseconds(50));
  CHECK(lab.raft().state() == QuorumState::Follower);
  CHECK(lab.raft().leader() == 3001);
}

TEST_CASE("KIP-595: an answer of a newer epoch moves the node to that epoch's leader, or to Unattached") {
  for (const BrokerId named : {BrokerId{3002}, kNoBroker}) {
    CAPTURE(named);
    Lab lab;
    lab.start_as_follower();
    until_candidate(lab, 1);
    lab.answer_vote(2, {ErrorCode::FENCED_LEADER_EPOCH, named, LeaderEpoch{7}, false, false});
    lab.run(milliseconds(20));
    CHECK(lab.raft().state() == (named == kNoBroker ? QuorumState::Unattached : QuorumState::Follower));
    CHECK(lab.raft().epoch() == LeaderEpoch{7});
    CHECK(lab.raft().leader() == named);
  }
}

TEST_CASE("KIP-595 BeginQuorumEpoch: the request ends a candidature of its epoch and a leadership of an older epoch") {
  {
    Lab lab;
    lab.start_as_follower();
    until_candidate(lab, 1);
    lab.ask<BeginQuorumEpochResponse>(BeginQuorumEpochRequest{3001, LeaderEpoch{2}});
    CHECK(lab.raft().state() == QuorumState::Follower);
    CHECK(lab.raft().voted_for() == 3000);  // it remembers its vote of that epoch
  }
  Lab lab;
  lab.start_as_leader();
  lab.ask<BeginQuorumEpochResponse>(BeginQuorumEpochRequest{3001, LeaderEpoch{2}});
  CHECK(lab.raft().state() == QuorumState::Follower);
  CHECK(lab.raft().leader() == 3001);
}

TEST_CASE("KIP-595 EndQuorumEpoch: a request of an older epoch gets FENCED_LEADER_EPOCH and starts no election") {
  Lab lab;
  lab.start_as_follower();
  lab.ask<BeginQuorumEpochResponse>(BeginQuorumEpochRequest{3002, LeaderEpoch{2}});
  const Instant due = lab.raft().following().deadline();
  const auto old = lab.ask<EndQuorumEpochResponse>(EndQuorumEpochRequest{3001, LeaderEpoch{1}, {3000}});
  CHECK(old.error == ErrorCode::FENCED_LEADER_EPOCH);
  CHECK(old.leader_id == 3002);
  CHECK(lab.raft().state() == QuorumState::Follower);
  CHECK(lab.raft().following().deadline() >= due);
}

TEST_CASE(
    "KIP-595 EndQuorumEpoch: after a request of a newer epoch a voter follows its leader, and successors stand for election in turn") {
  Lab lab;
  lab.start_as_follower();
  lab.ask<EndQuorumEpochResponse>(EndQuorumEpochRequest{3002, LeaderEpoch{3}, {3001, 3000}}, milliseconds(20));
  CHECK(lab.raft().epoch() == LeaderEpoch{3});
  CHECK(lab.raft().leader() == 3002);
  CHECK(lab.raft().following().deadline() - lab.asked_at < milliseconds(510));
}

TEST_CASE(
    "KIP-595: an Unattached voter keeps its election deadline when it learns of newer epochs, so they cannot delay it for ever") {
  Lab lab;
  lab.start();
  REQUIRE(lab.raft().state() == QuorumState::Unattached);
  const Instant due = lab.raft().election().deadline();
  for (int epoch = 2; epoch < 6; ++epoch) lab.ask<VoteResponse>(lab.vote(epoch, 3001, 1, 0, true), milliseconds(20));
  CHECK(lab.raft().epoch() == LeaderEpoch{5});
  CHECK(lab.raft().election().deadline() == due);
}

TEST_CASE(
    "KIP-630 FetchSnapshot: an older and a newer epoch get an error, and a missing snapshot gets SNAPSHOT_NOT_FOUND") {
  Lab lab;
  lab.start_as_leader();
  const auto ask = [&](int epoch) {
    return lab.ask<FetchSnapshotResponse>(FetchSnapshotRequest{3001, LeaderEpoch{epoch}, Offset{3}, LeaderEpoch{1}})
        .error;
  };
  CHECK(ask(0) == ErrorCode::FENCED_LEADER_EPOCH);
  CHECK(ask(2) == ErrorCode::UNKNOWN_LEADER_EPOCH);
  CHECK(ask(1) == ErrorCode::SNAPSHOT_NOT_FOUND);
}

TEST_CASE("KIP-595: a restarted follower follows the leader from its quorum-state file for a whole fetch timeout") {
  Lab lab;
  lab.start_as_follower();
  lab.run(milliseconds(1500));
  lab.world.kill(NodeId{0}, Death::PowerOff);
  lab.world.restart(NodeId{0});
  CHECK(lab.raft().state() == QuorumState::Follower);
  CHECK(lab.raft().leader() == 3001);
  CHECK(lab.raft().following().deadline() == lab.world.now() + seconds(2));
}

TEST_CASE("KIP-595: only a successful answer of the leader restarts the fetch timeout") {
  for (const ErrorCode answer : {ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::NONE}) {
    Lab lab;
    lab.start_as_follower();
    lab.run(milliseconds(500));
    const Instant due = lab.raft().following().deadline();
    lab.answer_fetch(1, {answer, 3001, LeaderEpoch{1}, Offset{5}, Offset{0}, LeaderEpoch{}, Offset{}, Offset{5}, {}});
    lab.run(milliseconds(100));
    CHECK((lab.raft().following().deadline() > due) == (answer == ErrorCode::NONE));
  }
}

TEST_CASE("KIP-595: the high watermark does not go back when a voter fetches from a lower offset") {
  Lab lab;
  lab.start_as_leader();
  lab.ask<QuorumFetchResponse>(lab.fetch(3001, 1, 1, 5, 3));
  REQUIRE(lab.raft().high_watermark() == Offset{5});
  CHECK(lab.ask<QuorumFetchResponse>(lab.fetch(3001, 1, 1, 2, 0)).high_watermark == Offset{5});
  CHECK(lab.raft().high_watermark() == Offset{5});
}

TEST_CASE(
    "KIP-595 Resigned: a resigned leader informs the voters until they answer, serves and votes for no one, and starts a new epoch at its timeout") {
  Lab lab;
  lab.start_as_leader();
  lab.run(milliseconds(10));
  lab.world.with_context(NodeId{0}, [&](Ctx& ctx) { lab.raft().resign(ctx); });
  lab.run(milliseconds(10));
  lab.answer_latest<EndQuorumEpochRequest>(1, EndQuorumEpochResponse{ErrorCode::NONE, kNoBroker, LeaderEpoch{1}});
  lab.answer_latest<EndQuorumEpochRequest>(
      2, EndQuorumEpochResponse{ErrorCode::BROKER_NOT_AVAILABLE, kNoBroker, LeaderEpoch{1}});
  CHECK(lab.ask<QuorumFetchResponse>(lab.fetch(1, 1, 1, 5, 5)).error == ErrorCode::NOT_LEADER_OR_FOLLOWER);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(1, 3001, 0, 5)).vote_granted);
  lab.run(milliseconds(300));
  const auto told = [&](int probe) {
    int times = 0;
    for (const auto& [at, body] : lab.probe(probe).asked)
      times += protocol::holds_alternative<EndQuorumEpochRequest>(body);
    return times;
  };
  CHECK(told(1) == 1);
  CHECK(told(2) == 2);
  CHECK(lab.raft().state() == QuorumState::Resigned);
  lab.run(milliseconds(1700));
  CHECK(lab.raft().state() == QuorumState::Prospective);  // skips Unattached, because that deadline has already passed
  CHECK(lab.raft().epoch() == LeaderEpoch{2});
}

TEST_CASE(
    "KIP-595: an observer never stands for election or changes an epoch; without a leader it asks the voters in turn") {
  Quorum q(3, 1);
  q.run(seconds(2));
  for (int i = 0; i < 3; ++i) q.world.kill(NodeId{i}, Death::Crash);
  q.run(seconds(60));
  CHECK((q.raft(3).state() == QuorumState::Follower || q.raft(3).state() == QuorumState::Unattached));
  CHECK(q.raft(3).epoch() == LeaderEpoch{1});
  q.world.restart(NodeId{1});
  q.world.restart(NodeId{2});
  CHECK(q.run_until(seconds(20), [&] { return q.leader() > 0 && q.raft(3).leader() == 3000 + q.leader(); }));
}

TEST_CASE(
    "KIP-996 PreVote: a last epoch above the request's epoch gets INVALID_REQUEST; in a Vote an equal one does as well") {
  Lab lab;
  lab.start_as_follower();
  CHECK(lab.ask<VoteResponse>(lab.vote(1, 3002, 2, 9, true)).error == ErrorCode::INVALID_REQUEST);
  CHECK(lab.ask<VoteResponse>(lab.vote(1, 3002, 1, 9, true)).error == ErrorCode::NONE);
  CHECK(lab.ask<VoteResponse>(lab.vote(1, 3002, 1, 9)).error == ErrorCode::INVALID_REQUEST);
}

TEST_CASE("KIP-996 PreVote: a voter adopts a newer epoch as in a Vote, but a pre-vote is not a vote") {
  Lab lab;
  lab.start_as_leader();
  CHECK(lab.ask<VoteResponse>(lab.vote(4, 3001, 1, 5, true)).vote_granted);
  CHECK(lab.raft().state() == QuorumState::Unattached);
  CHECK(lab.raft().epoch() == LeaderEpoch{4});
  CHECK(lab.raft().voted_for() == kNoBroker);
}

TEST_CASE("KIP-996: a Prospective voter that knows a leader grants pre-votes but no votes") {
  Lab lab;
  lab.start_as_follower();
  until_prospective(lab);
  CHECK(lab.ask<VoteResponse>(lab.vote(1, 3002, 1, 5, true), milliseconds(5)).vote_granted);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(1, 3002, 1, 4, true), milliseconds(5)).vote_granted);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(1, 3002, 0, 99), milliseconds(5)).vote_granted);
  CHECK(lab.raft().state() == QuorumState::Prospective);
  CHECK(lab.raft().epoch() == LeaderEpoch{1});
}

TEST_CASE(
    "KIP-996: a Prospective voter that knows no leader grants one vote of its epoch, and later asks for pre-votes again") {
  Lab lab;
  lab.start();
  lab.ask<VoteResponse>(lab.vote(1, 3002, 0, 0, true));  // moves the replica to epoch 1
  for (int i = 0; i < 100 && lab.raft().state() != QuorumState::Prospective; ++i) lab.run(milliseconds(50));
  REQUIRE(lab.raft().state() == QuorumState::Prospective);
  REQUIRE(lab.raft().epoch() == LeaderEpoch{1});
  CHECK(lab.ask<VoteResponse>(lab.vote(1, 3002, 0, 0)).vote_granted);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(1, 3001, 0, 0)).vote_granted);
  CHECK(lab.raft().state() == QuorumState::Prospective);
  CHECK(lab.raft().election().granted() == IdList{3000});
}

TEST_CASE("KIP-996: a Candidate grants a pre-vote of its own epoch to a log that is not behind") {
  Lab lab;
  lab.start_as_follower();
  until_candidate(lab, 1);
  CHECK(lab.ask<VoteResponse>(lab.vote(2, 3002, 1, 5, true), milliseconds(10)).vote_granted);
  CHECK_FALSE(lab.ask<VoteResponse>(lab.vote(2, 3002, 1, 4, true), milliseconds(10)).vote_granted);
  CHECK(lab.raft().state() == QuorumState::Candidate);
}

TEST_CASE("KIP-996: a Prospective voter refused by a majority goes back at once, to its leader if it knows one") {
  Lab lab;
  lab.start_as_follower();
  until_prospective(lab);
  lab.answer_vote(1, no(1));
  lab.run(milliseconds(5));
  CHECK(lab.raft().state() == QuorumState::Prospective);
  lab.answer_vote(2, no(1));
  lab.run(milliseconds(5));
  CHECK(lab.raft().state() == QuorumState::Follower);
  CHECK(lab.raft().leader() == 3001);
  CHECK(lab.raft().epoch() == LeaderEpoch{1});
}

TEST_CASE(
    "KIP-996: a Candidate without a majority becomes Prospective at its timeout and does not raise the epoch again (KAFKA-18345: even if it was refused)") {
  for (const bool refused : {false, true}) {
    CAPTURE(refused);
    Lab lab;
    lab.start_as_follower();
    until_candidate(lab, 1);
    const Instant due = lab.raft().election().deadline();
    if (refused)
      for (int i : {1, 2}) lab.answer_vote(i, no(2, false));
    lab.run(milliseconds(50));
    CHECK(lab.raft().state() == QuorumState::Candidate);
    lab.run(due - lab.world.now() + milliseconds(10));
    CHECK(lab.raft().state() == QuorumState::Prospective);
    CHECK(lab.raft().epoch() == LeaderEpoch{2});
  }
}

TEST_CASE(
    "before KIP-996: a refused candidate stands again after a random pause of at most 100, 300, 700 ms and then controller.quorum.election.backoff.max.ms") {
  QuorumOptions o;
  o.id = 3000;
  o.voter = true;
  o.pre_vote = false;
  for (int v = 0; v < 3; ++v) o.voters.push_back({3000 + v, NodeId{v}});
  Lab lab;
  lab.raft() = QuorumNode(o);
  lab.start_as_follower();
  std::vector<Instant> stood;
  std::vector<std::size_t> answered(3);
  for (int i = 0; i < 8000 && stood.size() < 20; ++i) {
    lab.run(milliseconds(5));
    const int epoch = lab.raft().epoch().value;
    if (epoch > static_cast<int>(stood.size()) + 1) stood.push_back(lab.world.now());
    for (const int probe : {1, 2}) {
      const auto& questions = lab.probe(probe).open_questions;
      const auto votes = static_cast<std::size_t>(std::count_if(questions.begin(), questions.end(), [](const auto& q) {
        return protocol::holds_alternative<VoteRequest>(q.second.body);
      }));
      if (votes > std::exchange(answered[static_cast<std::size_t>(probe)], votes))
        lab.answer_vote(probe, no(epoch, false));
    }
  }
  REQUIRE(stood.size() == 20);
  const sim::Duration vote = milliseconds(40);  // the duration of the vote itself
  sim::Duration longest;
  for (std::size_t i = 1; i < stood.size(); ++i) {
    const sim::Duration pause = stood[i] - stood[i - 1];
    CHECK(pause <= milliseconds(i == 1 ? 100 : i == 2 ? 300 : i == 3 ? 700 : 1000) + vote);
    longest = std::max(longest, pause);
  }
  CHECK(longest > milliseconds(500));
}
