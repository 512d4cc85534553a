// Votes and pre-votes, BeginQuorumEpoch, EndQuorumEpoch, and the handling of the epoch and leader that a response
// names.
// Kafka: KafkaRaftClient.handleVoteRequest ... , the canGrantVote of each state. Source: KIP-595, KIP-996.
#include <algorithm>
#include <tuple>
#include <utility>

#include "protocol/facts_of_quorum.h"
#include "raft/quorum_node.h"
#include "sim/mutant.h"

namespace kafkascope::raft {

using protocol::ErrorCode;
using sim::Instant;
using sim::kNever;
using sim::milliseconds;

namespace {

/// Kafka: strictExponentialElectionBackoffMs. The first successor stands for election at once, each later one after a
/// longer backoff.
sim::Duration successor_backoff(const QuorumOptions& options, const protocol::IdList& successors) {
  if (sim::mutant("successors-ignored")) return milliseconds(options.fetch_timeout_ms);
  const int position =
      static_cast<int>(std::find(successors.begin(), successors.end(), options.id) - successors.begin());
  if (position == 0) return {};
  const std::int64_t most = options.election_backoff_max_ms;
  if (position >= successors.size()) return milliseconds(most);
  return milliseconds(std::min(most, (most >> (successors.size() - 1)) << (position - 1)));
}

}  // namespace

// ---- votes

void QuorumNode::handle_vote(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                             const protocol::VoteRequest& request) {
  QuorumReplica& r = replica_;
  const auto answer = [&](ErrorCode error, bool granted) {
    r.file.post(ctx, connection,
                response(message, protocol::VoteResponse{error, r.leader, r.epoch, granted, request.pre_vote}));
  };
  // The request's epoch must exceed the epochs in the candidate's log; a pre-vote carries the candidate's current
  // epoch.
  const bool illegal = request.pre_vote ? request.last_offset_epoch > request.replica_epoch
                                        : request.last_offset_epoch >= request.replica_epoch;
  if (illegal || !request.last_offset.known()) return answer(ErrorCode::INVALID_REQUEST, false);
  if (request.replica_epoch < r.epoch) return answer(ErrorCode::FENCED_LEADER_EPOCH, false);
  if (request.replica_epoch > r.epoch)
    become_unattached(ctx, request.replica_epoch, kNoBroker, fact::QuorumReason::VoteInNewerEpoch);

  const auto own = std::pair(r.log.last_epoch(), r.log.end_offset());
  const bool up_to_date =
      sim::mutant("vote-for-a-shorter-log") || std::pair(request.last_offset_epoch, request.last_offset) >= own;
  const bool granted = can_grant(request.replica_id, up_to_date, request.pre_vote);
  if (granted && !request.pre_vote && r.voted_for == kNoBroker) {
    r.voted_for = request.replica_id;
    // The candidate's chances are at least as good as this node's, so this node waits a full election timeout before it
    // stands for election itself.
    election_.wait(ctx.now(), ctx.random(sim::Stream::ElectionTimeout));
    if (r.state == QuorumState::Prospective) election_.begin_round();
    r.persist(ctx);
  }
  ctx.trace(fact::QuorumVoted{request.replica_id, request.replica_epoch, granted, request.pre_vote});
  answer(ErrorCode::NONE, granted);
}

bool QuorumNode::can_grant(BrokerId candidate, bool log_up_to_date, bool pre_vote) const {
  switch (state()) {
    case QuorumState::Leader: return false;
    case QuorumState::Follower: return pre_vote && log_up_to_date && !following_.has_fetched_from_leader();
    case QuorumState::Candidate:
    case QuorumState::Resigned: return pre_vote && log_up_to_date;
    case QuorumState::Unattached:
    case QuorumState::Prospective:
      if (pre_vote) return log_up_to_date;
      if (voted_for() != kNoBroker && !sim::mutant("votes-twice")) return voted_for() == candidate;
      return replica_.leader == kNoBroker && log_up_to_date;
  }
  return false;
}

Instant QuorumNode::send_votes(Ctx& ctx) {
  if (election_.lost()) return kNever;
  QuorumReplica& r = replica_;
  // Only flushed records count: a power failure may lose the others, and a voter that has already voted repeats its
  // vote without comparing logs again.
  const Offset end = r.log.flushed_offset();
  const protocol::VoteRequest vote{r.epoch, r.options.id, r.log.epoch_below(end), end,
                                   r.state == QuorumState::Prospective};
  Instant next = kNever;
  for (QuorumPeers::Peer& peer : r.peers.all()) {
    if (!election_.answered_by(peer.voter.id)) next = std::min(next, r.peers.try_send(ctx, r.file, peer, vote));
  }
  return next;
}

void QuorumNode::count_vote(Ctx& ctx, BrokerId voter, bool granted) {
  const bool prospective = state() == QuorumState::Prospective;
  if (!prospective && state() != QuorumState::Candidate) return;
  if (election_.answered_by(voter)) return;
  election_.count(voter, granted);
  if (election_.has_majority()) {
    if (prospective) become_candidate(ctx, fact::QuorumReason::MajorityWouldVote);
    else if (!election_.won()) win(ctx);
  } else if (prospective && election_.lost()) {
    leave_prospective(ctx, fact::QuorumReason::MajorityWouldNotVote);
  }
  // A candidate that has lost waits until its election timeout (KAFKA-18345).
}

// ---- epochs that begin and end

void QuorumNode::handle_begin_epoch(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                                    const protocol::BeginQuorumEpochRequest& request) {
  QuorumReplica& r = replica_;
  ErrorCode error = ErrorCode::NONE;
  if (request.leader_epoch < r.epoch) error = ErrorCode::FENCED_LEADER_EPOCH;
  else follow_or_detach(ctx, request.leader_id, request.leader_epoch, fact::QuorumReason::ToldByNewLeader);
  r.file.post(ctx, connection, response(message, protocol::BeginQuorumEpochResponse{error, r.leader, r.epoch}));
}

void QuorumNode::handle_end_epoch(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                                  const protocol::EndQuorumEpochRequest& request) {
  QuorumReplica& r = replica_;
  ErrorCode error = ErrorCode::NONE;
  if (request.leader_epoch < r.epoch) {
    error = ErrorCode::FENCED_LEADER_EPOCH;
  } else {
    follow_or_detach(ctx, request.leader_id, request.leader_epoch, fact::QuorumReason::ToldByResigningLeader);
    if (r.state == QuorumState::Follower && r.leader == request.leader_id)
      following_.set_deadline(ctx.now() + successor_backoff(r.options, request.preferred_successors));
  }
  r.file.post(ctx, connection, response(message, protocol::EndQuorumEpochResponse{error, r.leader, r.epoch}));
}

// ---- responses

bool QuorumNode::handle_response(Ctx& ctx, BrokerId from, const protocol::Body& body) {
  using namespace protocol;
  const auto take = [&](const auto& answer, auto&& go_on) {
    if (const auto handled = handle_common(ctx, answer.error, answer.leader_id, answer.leader_epoch)) return *handled;
    if (answer.error == ErrorCode::NONE) return go_on(answer);
    return false;
  };
  if (const auto* vote = protocol::get_if<VoteResponse>(&body))
    return take(*vote, [&](const VoteResponse& v) { return count_vote(ctx, from, v.vote_granted), true; });
  if (const auto* begin = protocol::get_if<BeginQuorumEpochResponse>(&body))
    return take(*begin, [&](const auto&) {
      if (is_leader()) leading_.acknowledge(from);
      return true;
    });
  if (const auto* end = protocol::get_if<EndQuorumEpochResponse>(&body))
    return take(*end, [&](const auto&) { return resigned_.unacknowledged.remove(from), true; });
  if (const auto* fetch = protocol::get_if<QuorumFetchResponse>(&body))
    return take(*fetch, [&](const QuorumFetchResponse& f) {
      if (state() != QuorumState::Follower) return false;
      following_.on_fetch(ctx, replica_, f);
      return true;
    });
  const auto& snapshot = protocol::get<FetchSnapshotResponse>(body);
  if (const auto handled = handle_common(ctx, snapshot.error, snapshot.leader_id, snapshot.leader_epoch))
    return *handled;
  return state() == QuorumState::Follower && following_.on_snapshot(ctx, replica_, snapshot);
}

std::optional<bool> QuorumNode::handle_common(Ctx& ctx, ErrorCode error, BrokerId leader, LeaderEpoch epoch) {
  const QuorumReplica& r = replica_;
  const auto known = [&] { return std::tuple(r.state, r.epoch, r.leader); };
  const auto before = known();
  if (epoch < r.epoch || error == ErrorCode::UNKNOWN_LEADER_EPOCH) return false;
  if (epoch > r.epoch || error == ErrorCode::FENCED_LEADER_EPOCH || error == ErrorCode::NOT_LEADER_OR_FOLLOWER) {
    follow_or_detach(ctx, leader, epoch, fact::QuorumReason::ToldByAnswer);
    // Simplified: if a response brings nothing new, Kafka repeats the request at once, as fast as the network allows;
    // here retry.backoff.ms passes first.
    return before != known();
  }
  if (leader != kNoBroker && leader != r.options.id && r.leader == kNoBroker) {
    become_follower(ctx, epoch, leader, fact::QuorumReason::AnswerNamedLeader);
    if (error == ErrorCode::NONE) return std::nullopt;
    return true;
  }
  if (error == ErrorCode::BROKER_NOT_AVAILABLE) return false;
  if (error == ErrorCode::INVALID_REQUEST) ctx.fault("quorum requests are well formed");
  return std::nullopt;
}

}  // namespace kafkascope::raft
