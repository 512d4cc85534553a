// Votes and pre-votes, BeginQuorumEpoch, EndQuorumEpoch, and the handling of the epoch and leader that a response
// names.
// Kafka: KafkaRaftClient.handleVoteRequest ... , the canGrantVote of each state. Source: KIP-595, KIP-996.
#include <algorithm>
#include <utility>

#include "protocol/facts_of_quorum.h"
#include "raft/quorum_node.h"
#include "sim/mutant.h"

namespace kafkascope::raft {

using protocol::ErrorCode;
using sim::Instant;
using sim::kNever;
using sim::milliseconds;

void QuorumNode::handle_vote(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                             const protocol::VoteRequest& request) {
  const auto answer = [&](ErrorCode error, bool granted) {
    post(ctx, connection, response(message, protocol::VoteResponse{error, leader_, epoch_, granted, request.pre_vote}));
  };
  // The request's epoch must exceed the epochs in the candidate's log; a pre-vote carries the candidate's current
  // epoch.
  const bool illegal = request.pre_vote ? request.last_offset_epoch > request.replica_epoch
                                        : request.last_offset_epoch >= request.replica_epoch;
  if (illegal || !request.last_offset.known()) return answer(ErrorCode::INVALID_REQUEST, false);
  if (request.replica_epoch < epoch_) return answer(ErrorCode::FENCED_LEADER_EPOCH, false);
  if (request.replica_epoch > epoch_)
    become_unattached(ctx, request.replica_epoch, kNoBroker, fact::QuorumReason::VoteInNewerEpoch);

  const auto own = std::pair(last_epoch(), log_end_offset());
  const bool up_to_date =
      sim::mutant("vote-for-a-shorter-log") || std::pair(request.last_offset_epoch, request.last_offset) >= own;
  const bool granted = can_grant(request.replica_id, up_to_date, request.pre_vote);
  if (granted && !request.pre_vote && voted_for_ == kNoBroker) {
    voted_for_ = request.replica_id;
    // The candidate's chances are at least as good as this node's: it gets a full election timeout.
    election_deadline_ = ctx.now() + random_election_timeout(ctx);
    if (state_ == QuorumState::Prospective) {
      granted_ = {options_.id};
      rejected_.clear();
    }
    persist(ctx);
  }
  ctx.trace(fact::QuorumVoted{request.replica_id, request.replica_epoch, granted, request.pre_vote});
  answer(ErrorCode::NONE, granted);
}

bool QuorumNode::can_grant(BrokerId candidate, bool log_up_to_date, bool pre_vote) const {
  switch (state_) {
    case QuorumState::Leader: return false;
    case QuorumState::Follower: return pre_vote && log_up_to_date && !has_fetched_from_leader_;
    case QuorumState::Candidate:
    case QuorumState::Resigned: return pre_vote && log_up_to_date;
    case QuorumState::Unattached:
    case QuorumState::Prospective:
      if (pre_vote) return log_up_to_date;
      if (voted_for_ != kNoBroker && !sim::mutant("votes-twice")) return voted_for_ == candidate;
      return leader_ == kNoBroker && log_up_to_date;
  }
  return false;
}

/// Whether so many voters have rejected that a majority of votes is no longer possible.
bool QuorumNode::election_lost() const {
  return !majority(static_cast<int>(options_.voters.size()) - rejected_.size());
}

Instant QuorumNode::send_votes(Ctx& ctx) {
  if (election_lost()) return kNever;
  // Only flushed records count: a power failure may lose the others, and a voter that has already voted repeats its
  // vote without comparing logs again.
  const Offset end = std::min(flushed_, log_end_offset());
  const LeaderEpoch at_end = epoch_below(end);
  Instant next = kNever;
  for (Peer& peer : peers_) {
    if (granted_.contains(peer.voter.id) || rejected_.contains(peer.voter.id)) continue;
    next = std::min(
        next, try_send(ctx, peer,
                       protocol::VoteRequest{epoch_, options_.id, at_end, end, state_ == QuorumState::Prospective}));
  }
  return next;
}

bool QuorumNode::handle_vote_response(Ctx& ctx, Peer& peer, const protocol::VoteResponse& response) {
  if (const auto handled = handle_common(ctx, response.error, response.leader_id, response.leader_epoch))
    return *handled;
  if (response.error != ErrorCode::NONE) return false;
  if (state_ != QuorumState::Prospective && state_ != QuorumState::Candidate) return true;
  if (granted_.contains(peer.voter.id) || rejected_.contains(peer.voter.id)) return true;
  (response.vote_granted ? granted_ : rejected_).push_back(peer.voter.id);
  if (majority(granted_.size())) {
    if (state_ == QuorumState::Prospective) become_candidate(ctx, fact::QuorumReason::MajorityWouldVote);
    else if (!won_) win(ctx);
  } else if (state_ == QuorumState::Prospective && election_lost()) {
    leave_prospective(ctx, fact::QuorumReason::MajorityWouldNotVote);
  }
  // A candidate that has lost waits until its election timeout (KAFKA-18345).
  return true;
}

void QuorumNode::leave_prospective(Ctx& ctx, fact::QuorumReason reason) {
  if (leader_ != kNoBroker && leader_ != options_.id) become_follower(ctx, epoch_, leader_, reason);
  else become_unattached(ctx, epoch_, kNoBroker, reason);
}

void QuorumNode::handle_begin_epoch(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                                    const protocol::BeginQuorumEpochRequest& request) {
  ErrorCode error = ErrorCode::NONE;
  if (request.leader_epoch < epoch_) error = ErrorCode::FENCED_LEADER_EPOCH;
  else follow_or_detach(ctx, request.leader_id, request.leader_epoch, fact::QuorumReason::ToldByNewLeader);
  post(ctx, connection, response(message, protocol::BeginQuorumEpochResponse{error, leader_, epoch_}));
}

void QuorumNode::handle_end_epoch(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                                  const protocol::EndQuorumEpochRequest& request) {
  ErrorCode error = ErrorCode::NONE;
  if (request.leader_epoch < epoch_) {
    error = ErrorCode::FENCED_LEADER_EPOCH;
  } else {
    follow_or_detach(ctx, request.leader_id, request.leader_epoch, fact::QuorumReason::ToldByResigningLeader);
    if (state_ == QuorumState::Follower && leader_ == request.leader_id)
      fetch_deadline_ = ctx.now() + successor_backoff(request.preferred_successors);
  }
  post(ctx, connection, response(message, protocol::EndQuorumEpochResponse{error, leader_, epoch_}));
}

/// Kafka: strictExponentialElectionBackoffMs. The first successor stands for election at once, each later one after a
/// longer backoff.
sim::Duration QuorumNode::successor_backoff(const protocol::IdList& successors) const {
  if (sim::mutant("successors-ignored")) return milliseconds(options_.fetch_timeout_ms);
  const int position =
      static_cast<int>(std::find(successors.begin(), successors.end(), options_.id) - successors.begin());
  if (position == 0) return {};
  const std::int64_t most = options_.election_backoff_max_ms;
  if (position >= successors.size()) return milliseconds(most);
  return milliseconds(std::min(most, (most >> (successors.size() - 1)) << (position - 1)));
}

void QuorumNode::on_response(Ctx& ctx, Peer& peer, const Message& message) {
  using namespace protocol;
  const std::int32_t correlation = message.correlation_id;
  bool good = true;
  if (const auto* vote = protocol::get_if<VoteResponse>(&message.body)) {
    good = handle_vote_response(ctx, peer, *vote);
  } else if (const auto* fetch = protocol::get_if<QuorumFetchResponse>(&message.body)) {
    good = handle_fetch_response(ctx, *fetch);
  } else if (const auto* snapshot = protocol::get_if<FetchSnapshotResponse>(&message.body)) {
    good = handle_fetch_snapshot_response(ctx, *snapshot);
  } else if (const auto* begin = protocol::get_if<BeginQuorumEpochResponse>(&message.body)) {
    if (const auto handled = handle_common(ctx, begin->error, begin->leader_id, begin->leader_epoch)) good = *handled;
    else if (begin->error != ErrorCode::NONE) good = false;
    else if (is_leader()) progress_of(peer.voter.id).acknowledged = true;
  } else if (const auto* end = protocol::get_if<EndQuorumEpochResponse>(&message.body)) {
    if (const auto handled = handle_common(ctx, end->error, end->leader_id, end->leader_epoch)) good = *handled;
    else if (end->error != ErrorCode::NONE) good = false;
    else unacknowledged_.remove(peer.voter.id);
  }
  if (peer.awaiting != correlation) return;  // a transition has reset the connections in the meantime
  if (good) peer.awaiting = 0;
  else fail(ctx, peer);
}

std::optional<bool> QuorumNode::handle_common(Ctx& ctx, ErrorCode error, BrokerId leader, LeaderEpoch epoch) {
  const auto before = std::tuple(state_, epoch_, leader_);
  // Simplified: if a response brings nothing new, Kafka repeats the request at once, as fast as the network allows;
  // here retry.backoff.ms passes first.
  const auto news = [&] { return before != std::tuple(state_, epoch_, leader_); };
  if (epoch < epoch_ || error == ErrorCode::UNKNOWN_LEADER_EPOCH) return false;
  if (epoch > epoch_ || error == ErrorCode::FENCED_LEADER_EPOCH || error == ErrorCode::NOT_LEADER_OR_FOLLOWER) {
    follow_or_detach(ctx, leader, epoch, fact::QuorumReason::ToldByAnswer);
    return news();
  }
  if (leader != kNoBroker && leader != options_.id && leader_ == kNoBroker) {
    become_follower(ctx, epoch, leader, fact::QuorumReason::AnswerNamedLeader);
    if (error == ErrorCode::NONE) return std::nullopt;
    return true;
  }
  if (error == ErrorCode::BROKER_NOT_AVAILABLE) return false;
  if (error == ErrorCode::INVALID_REQUEST) ctx.fault("quorum requests are well formed");
  return std::nullopt;
}

}  // namespace kafkascope::raft
