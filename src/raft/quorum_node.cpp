// Life cycle, dispatch, the transitions between states, and the poll that every callback ends with.
// Kafka: KafkaRaftClient.poll and transitionTo..., QuorumState.initialize and transitionTo...
#include "raft/quorum_node.h"

#include <algorithm>
#include <utility>

#include "protocol/config.h"
#include "protocol/facts_of_quorum.h"
#include "raft/quorum_kinds.h"
#include "sim/mutant.h"

namespace kafkascope::raft {

using sim::Instant;
using sim::kNever;
using sim::milliseconds;

QuorumOptions QuorumOptions::from(const protocol::Config& config) {
  QuorumOptions q;
  q.election_timeout_ms = config.number("controller.quorum.election.timeout.ms");
  q.fetch_timeout_ms = config.number("controller.quorum.fetch.timeout.ms");
  q.election_backoff_max_ms = config.number("controller.quorum.election.backoff.max.ms");
  q.append_linger_ms = config.number("controller.quorum.append.linger.ms");
  q.request_timeout_ms = config.number("controller.quorum.request.timeout.ms");
  q.retry_backoff_ms = config.number("controller.quorum.retry.backoff.ms");
  q.snapshot_bytes = config.number("metadata.log.max.record.bytes.between.snapshots");
  q.snapshot_interval_ms = config.number("metadata.log.max.snapshot.interval.ms");
  q.retention_bytes = config.number("metadata.max.retention.bytes");
  q.retention_ms = config.number("metadata.max.retention.ms");
  return q;
}

QuorumNode::QuorumNode(const QuorumNode&) = default;
QuorumNode::QuorumNode(QuorumNode&&) noexcept = default;
QuorumNode& QuorumNode::operator=(const QuorumNode&) = default;
QuorumNode& QuorumNode::operator=(QuorumNode&&) noexcept = default;
QuorumNode::~QuorumNode() = default;

QuorumNode::QuorumNode(QuorumOptions options) : options_(std::move(options)) {
  for (const Voter& voter : options_.voters) {
    if (voter.id != options_.id) peers_.emplace_back().voter = voter;
  }
}

FormedLog::FormedLog(const std::vector<MetadataEntry>& log) {
  for (const MetadataEntry& entry : log) {
    epochs.assign(entry.epoch, Offset{static_cast<std::int64_t>(entries.size())});
    entries.push_back(std::make_shared<const MetadataEntry>(entry));
    written_at.push_back({});
  }
}

void QuorumNode::preload(const FormedLog& log, LeaderEpoch epoch, BrokerId leader) {
  log_ = log.entries;
  written_at_ = log.written_at;
  epochs_ = log.epochs;
  flushed_ = high_watermark_ = log_end_offset();
  epoch_ = epoch;
  leader_ = leader;
  persisted_ = {epoch, leader, kNoBroker};
  if (leader == options_.id) {
    state_ = QuorumState::Leader;
    epoch_start_ = epochs_.latest() == epoch ? epochs_.entries().back().start_offset : log_end_offset();
    leader_high_watermark_ = log_end_offset();
    for (const Voter& voter : options_.voters) {
      progress_of(voter.id).end_offset = log_end_offset();
      progress_of(voter.id).acknowledged = true;
    }
  } else {
    state_ = QuorumState::Follower;
    has_fetched_from_leader_ = true;
  }
  preloaded_ = true;
}

// ---- callbacks

void QuorumNode::on_start(Ctx& ctx) {
  snapshot_at_ = cleaned_at_ = ctx.now();
  if (std::exchange(preloaded_, false)) {
    const Instant now = ctx.now();
    if (is_leader()) {
      check_quorum_deadline_ = now + milliseconds(options_.fetch_timeout_ms * 3 / 2);
      begin_epoch_at_ = now + milliseconds(options_.fetch_timeout_ms / 2);
      for (ReplicaProgress& p : progress_) p.last_fetch = p.last_caught_up = now;
    } else {
      fetch_deadline_ = now + milliseconds(options_.fetch_timeout_ms);
    }
    ctx.trace(fact::QuorumStateChanged{state_, epoch_, leader_, fact::QuorumReason::Formation});
  } else {
    initialize(ctx);
  }
  poll(ctx);
}

/// Kafka: QuorumState.initialize and KafkaRaftClient.initialize.
void QuorumNode::initialize(Ctx& ctx) {
  const Instant now = ctx.now();
  epoch_ = persisted_.epoch;
  leader_ = persisted_.leader;
  voted_for_ = persisted_.vote;
  flushed_ = durable_end(now);
  if (options_.voter && flushed_ < log_end_offset()) flush_log(ctx);  // what a crash left in the page cache
  fact::QuorumReason why = fact::QuorumReason::Started;
  if (epoch_ < last_epoch()) {
    epoch_ = last_epoch();
    leader_ = voted_for_ = kNoBroker;
    state_ = QuorumState::Unattached;
    why = fact::QuorumReason::StartedWithNewerLog;
  } else if (leader_ == options_.id) {
    // The node may have lost unflushed records of this epoch: it must neither lead the epoch again nor vote for another
    // node in it.
    state_ = QuorumState::Resigned;
    successors_.clear();
    for (const Peer& peer : peers_) unacknowledged_.push_back(peer.voter.id);
  } else if (voted_for_ == options_.id && leader_ == kNoBroker) {
    state_ = QuorumState::Candidate;
    granted_ = {options_.id};
  } else {
    state_ = leader_ == kNoBroker ? QuorumState::Unattached : QuorumState::Follower;
  }
  if (state_ == QuorumState::Follower) fetch_deadline_ = now + milliseconds(options_.fetch_timeout_ms);
  else if (options_.voter) election_deadline_ = now + random_election_timeout(ctx);
  ctx.trace(fact::QuorumStateChanged{state_, epoch_, leader_, why});
  if (state_ == QuorumState::Candidate && !peers_.empty()) metrics_.election_begins(now);
  if (!options_.voter || !peers_.empty()) return;
  if (state_ == QuorumState::Candidate) win(ctx);
  else become_prospective(ctx, fact::QuorumReason::OnlyVoter);
}

bool QuorumNode::on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  using namespace protocol;
  const auto from_peer = [&] {
    if (std::find(inbound_.begin(), inbound_.end(), connection) == inbound_.end()) inbound_.push_back(connection);
  };
  if (const auto* vote = protocol::get_if<VoteRequest>(&message.body)) {
    from_peer();
    handle_vote(ctx, connection, message, *vote);
  } else if (const auto* begin = protocol::get_if<BeginQuorumEpochRequest>(&message.body)) {
    from_peer();
    handle_begin_epoch(ctx, connection, message, *begin);
  } else if (const auto* end = protocol::get_if<EndQuorumEpochRequest>(&message.body)) {
    from_peer();
    handle_end_epoch(ctx, connection, message, *end);
  } else if (const auto* fetch = protocol::get_if<QuorumFetchRequest>(&message.body)) {
    from_peer();
    handle_fetch(ctx, connection, message, *fetch);
  } else if (const auto* snapshot = protocol::get_if<FetchSnapshotRequest>(&message.body)) {
    from_peer();
    handle_fetch_snapshot(ctx, connection, message, *snapshot);
  } else if (protocol::holds_alternative<VoteResponse>(message.body) ||
             protocol::holds_alternative<FetchSnapshotResponse>(message.body) ||
             protocol::holds_alternative<BeginQuorumEpochResponse>(message.body) ||
             protocol::holds_alternative<EndQuorumEpochResponse>(message.body) ||
             protocol::holds_alternative<QuorumFetchResponse>(message.body)) {
    Peer* peer = peer_on(connection);
    if (peer == nullptr) return true;
    peer->quiet_since = ctx.now();
    peer->unanswered = std::max(0, peer->unanswered - 1);
    peer->reconnect_backoff_ms = 0;
    // A response to a request sent in another state or epoch has another correlation id and is ignored.
    if (peer->awaiting == message.correlation_id) on_response(ctx, *peer, message);
  } else {
    return false;
  }
  poll(ctx);
  return true;
}

bool QuorumNode::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t) {
  if (kind != kWakeTimer) return false;
  wake_ = {};
  wake_at_ = kNever;
  poll(ctx);
  return true;
}

bool QuorumNode::on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  if (kind == kLogFlush) {
    const auto done =
        std::find_if(flushing_.begin(), flushing_.end(), [&](const PendingFlush& f) { return f.number == arg; });
    if (done == flushing_.end()) return true;
    flushed_ = std::max(flushed_, done->end);
    flushing_.erase(flushing_.begin(), std::next(done));
    if (is_leader()) advance_leader_high_watermark(ctx);
    else if (flushing_.empty()) advance_follower_high_watermark(ctx, std::exchange(told_high_watermark_, Offset{}));
  } else if (kind == kStateFlush) {
    const auto done =
        std::find_if(persisting_.begin(), persisting_.end(), [&](const PendingPersist& p) { return p.number == arg; });
    if (done == persisting_.end()) return true;
    persisted_ = done->election;
    persisting_.erase(persisting_.begin(), std::next(done));
    if (persisting_.empty()) {
      for (Outgoing& out : std::exchange(outbox_, {})) ctx.send(out.connection, std::move(out.message));
      if (won_ && persisted_.leader == options_.id && persisted_.epoch == epoch_) become_leader(ctx);
    }
  } else {
    return false;
  }
  poll(ctx);
  return true;
}

void QuorumNode::on_death(sim::Death death, Instant now) {
  if (death == sim::Death::Stop) flushed_ = log_end_offset();
  if (death == sim::Death::PowerOff) {
    const std::size_t kept = static_cast<std::size_t>(durable_end(now).value);
    log_.truncate_to(kept);
    written_at_.truncate_to(kept);
    flushed_ = log_end_offset();
  }
  // LogLoader forgets epochs without records.
  epochs_.truncate_from_end(log_end_offset());
  QuorumNode fresh(options_);
  fresh.log_ = std::move(log_);
  fresh.written_at_ = std::move(written_at_);
  fresh.epochs_ = std::move(epochs_);
  fresh.flushed_ = flushed_;
  fresh.persisted_ = persisted_;
  fresh.next_number_ = next_number_;
  fresh.snapshots_ = std::move(snapshots_);
  fresh.log_start_ = log_start_;
  fresh.epoch_ = persisted_.epoch;  // views show the epoch while the node is dead
  *this = std::move(fresh);
}

std::vector<const MetadataRecord*> QuorumNode::run_of_records(Offset first, Offset end) const {
  std::vector<const MetadataRecord*> run{&entry(first).record};
  const auto joins = [&](Offset at) {
    return at < end && entry(at).epoch == entry(first).epoch &&
           protocol::in_one_run(entry(at - 1).record, entry(at).record);
  };
  for (Offset at = first + 1; joins(at); at = at + 1) run.push_back(&entry(at).record);
  return run;
}

// ---- transitions

void QuorumNode::set_state(Ctx& ctx, QuorumState next, fact::QuorumReason reason) {
  const bool stands_at_once = (!options_.pre_vote || sim::mutant("no-pre-vote")) && next == QuorumState::Candidate &&
                              state_ != QuorumState::Leader;
  if (!legal(state_, next) && !stands_at_once)
    ctx.fault("a quorum replica takes only the arrows of its state machine: " + std::string(name(state_)) + " to " +
              std::string(name(next)));
  if (!options_.voter && next != QuorumState::Unattached && next != QuorumState::Follower)
    ctx.fault("an observer never stands for election");
  const bool led = is_leader();
  state_ = next;
  won_ = backing_off_ = false;
  wanted_snapshot_.reset();
  if (next != QuorumState::Follower) fetch_deadline_ = kNever;
  if (next == QuorumState::Follower || next == QuorumState::Leader) election_deadline_ = kNever;
  if (next != QuorumState::Resigned) {
    successors_.clear();
    unacknowledged_.clear();
  }
  reset_peers();
  ctx.trace(fact::QuorumStateChanged{next, epoch_, leader_, reason});
  if (next == QuorumState::Leader || next == QuorumState::Follower) metrics_.election_over(ctx.now());
  if (led) {
    metrics_.stops_leading();
    // Records that still linger were never written; their offsets become invalid.
    accumulated_.clear();
    linger_deadline_ = check_quorum_deadline_ = begin_epoch_at_ = kNever;
    progress_.clear();
    fetched_voters_.clear();
    leader_high_watermark_ = Offset{};
  }
  if (next != QuorumState::Leader) refuse_parked(ctx);
}

void QuorumNode::become_unattached(Ctx& ctx, LeaderEpoch epoch, BrokerId leader, fact::QuorumReason reason) {
  if (epoch < epoch_ || (epoch == epoch_ && state_ != QuorumState::Prospective))
    ctx.fault("Unattached is entered with a newer epoch, or from Prospective");
  // A node that is already waiting for its election timeout keeps that deadline, so that newer epochs cannot postpone
  // its election for ever.
  const bool keeps_deadline = state_ == QuorumState::Candidate || state_ == QuorumState::Unattached ||
                              state_ == QuorumState::Resigned ||
                              (state_ == QuorumState::Prospective && !election_lost());
  if (!options_.voter) election_deadline_ = kNever;
  else if (!keeps_deadline) election_deadline_ = ctx.now() + random_election_timeout(ctx);
  if (epoch > epoch_) voted_for_ = kNoBroker;
  epoch_ = epoch;
  leader_ = leader;
  set_state(ctx, QuorumState::Unattached, reason);
  persist(ctx);
}

void QuorumNode::become_follower(Ctx& ctx, LeaderEpoch epoch, BrokerId leader, fact::QuorumReason reason) {
  if (epoch < epoch_) ctx.fault("a replica never goes back to an older epoch");
  if (epoch > epoch_) voted_for_ = kNoBroker;
  epoch_ = epoch;
  leader_ = leader;
  has_fetched_from_leader_ = false;
  told_high_watermark_ = Offset{};
  set_state(ctx, QuorumState::Follower, reason);
  fetch_deadline_ = ctx.now() + milliseconds(options_.fetch_timeout_ms);
  persist(ctx);
}

void QuorumNode::become_prospective(Ctx& ctx, fact::QuorumReason reason) {
  if (!options_.pre_vote || sim::mutant("no-pre-vote")) {
    lost_elections_ = 0;
    return become_candidate(ctx, reason);
  }
  granted_ = {options_.id};
  rejected_.clear();
  election_deadline_ = ctx.now() + random_election_timeout(ctx);
  set_state(ctx, QuorumState::Prospective, reason);
  if (majority(granted_.size())) become_candidate(ctx, fact::QuorumReason::MajorityWouldVote);
}

void QuorumNode::become_candidate(Ctx& ctx, fact::QuorumReason reason) {
  epoch_ = epoch_.next();
  leader_ = kNoBroker;
  voted_for_ = options_.id;
  granted_ = {options_.id};
  rejected_.clear();
  election_deadline_ = ctx.now() + random_election_timeout(ctx);
  set_state(ctx, QuorumState::Candidate, reason);
  persist(ctx);
  if (majority(granted_.size())) return win(ctx);
  metrics_.election_begins(ctx.now());
}

/// Before KIP-996: a candidate that lost stands for election again after a random backoff whose bound grows with each
/// loss (binaryExponentialElectionBackoffMs).
void QuorumNode::back_off_election(Ctx& ctx) {
  const std::int64_t most = std::int64_t{2} << std::min(20, lost_elections_++);
  const std::int64_t wait_ms =
      100 * static_cast<std::int64_t>(ctx.random(sim::Stream::ElectionTimeout).below(static_cast<std::uint64_t>(most)));
  election_deadline_ = ctx.now() + milliseconds(std::min(wait_ms, options_.election_backoff_max_ms));
  backing_off_ = true;
}

/// The election takes effect once it is on disk (durableTransitionTo). Otherwise a candidate that dies before that
/// could be elected twice in one epoch: its vote for itself is on disk, and the voters that granted it their votes
/// would grant them again.
void QuorumNode::win(Ctx& ctx) {
  won_ = true;
  persisting_.push_back({next_number_, {epoch_, options_.id, voted_for_}});
  ctx.flush(kStateFileBytes, kStateFlush, next_number_++);
}

void QuorumNode::become_leader(Ctx& ctx) {
  const Instant now = ctx.now();
  leader_ = options_.id;
  epoch_start_ = log_end_offset();
  epochs_.assign(epoch_, epoch_start_);
  // The previous high watermark is not sent to followers: the new one is unknown until a majority has reached the start
  // of the epoch (KIP-595).
  leader_high_watermark_ = Offset{};
  set_state(ctx, QuorumState::Leader, fact::QuorumReason::MajorityVoted);
  persist(ctx);
  progress_.clear();
  for (const Voter& voter : options_.voters) progress_of(voter.id);
  fetched_voters_.clear();
  check_quorum_deadline_ = now + milliseconds(options_.fetch_timeout_ms * 3 / 2);
  begin_epoch_at_ = now;
  ctx.trace(fact::QuorumElected{leader_, epoch_, epoch_start_});
  protocol::LeaderChangeMessage change{options_.id, {}};
  for (const Voter& voter : options_.voters) change.voters.push_back(voter.id);
  append_entry(ctx, std::make_shared<const MetadataEntry>(MetadataEntry{epoch_, std::move(change)}));
  metrics_.appended(log_end_offset(), 1, now);
  flush_log(ctx);
}

void QuorumNode::become_resigned(Ctx& ctx, fact::QuorumReason reason) {
  const protocol::IdList successors = this->successors();
  election_deadline_ = ctx.now() + random_election_timeout(ctx);
  set_state(ctx, QuorumState::Resigned, reason);  // not written to disk: a leader that restarts is Resigned anyway
  successors_ = successors;
  for (const Peer& peer : peers_) unacknowledged_.push_back(peer.voter.id);
}

/// Kafka: maybeTransition.
void QuorumNode::follow_or_detach(Ctx& ctx, BrokerId leader, LeaderEpoch epoch, fact::QuorumReason reason) {
  if (leader == options_.id) return;  // this node's own former leadership, reported back by a peer
  if (epoch == epoch_ && leader != kNoBroker && leader_ != kNoBroker && leader != leader_)
    ctx.fault("an epoch has one leader");
  if (epoch > epoch_) {
    if (leader != kNoBroker) become_follower(ctx, epoch, leader, reason);
    else become_unattached(ctx, epoch, kNoBroker, reason);
  } else if (epoch == epoch_ && leader != kNoBroker && leader_ == kNoBroker) {
    become_follower(ctx, epoch, leader, reason);
  }
}

sim::Duration QuorumNode::random_election_timeout(Ctx& ctx) const {
  return milliseconds(ctx.random(sim::Stream::ElectionTimeout)
                          .between(options_.election_timeout_ms, 2 * options_.election_timeout_ms - 1));
}

void QuorumNode::persist(Ctx& ctx) {
  const Election election{epoch_, leader_, voted_for_};
  if (election == (persisting_.empty() ? persisted_ : persisting_.back().election)) return;
  persisting_.push_back({next_number_, election});
  ctx.flush(kStateFileBytes, kStateFlush, next_number_++);
}

// ---- what is due

void QuorumNode::poll(Ctx& ctx) {
  expire_requests(ctx);
  Instant next = kNever;
  for (bool moved = true; moved;) {
    const auto before = std::pair(state_, epoch_);
    next = poll_state(ctx);
    moved = before != std::pair(state_, epoch_);
  }
  while (!parked_.empty() && parked_.front().deadline <= ctx.now()) {
    const Parked due = parked_.front();
    parked_.pop_front();
    post(ctx, due.connection, {due.correlation_id, answer_fetch(ctx, due.request, false)});
  }
  if (!parked_.empty()) next = std::min(next, parked_.front().deadline);
  for (const Peer& peer : peers_) {
    if (peer.unanswered > 0) next = std::min(next, peer.quiet_since + milliseconds(options_.request_timeout_ms));
  }
  if (next >= wake_at_) return;  // the pending wake-up is early enough, and polls again
  ctx.cancel(wake_);
  wake_at_ = std::max(next, ctx.now() + sim::microseconds(1));
  wake_ = ctx.set_timer_at(wake_at_, kWakeTimer);
}

/// Does what is due in the current state; returns when to poll again.
Instant QuorumNode::poll_state(Ctx& ctx) {
  const Instant now = ctx.now();
  switch (state_) {
    case QuorumState::Unattached:
      if (now >= election_deadline_) return become_prospective(ctx, fact::QuorumReason::NoLeaderInTime), now;
      return std::min(election_deadline_, fetch_from_anyone(ctx));
    case QuorumState::Prospective:
      if (now >= election_deadline_) return leave_prospective(ctx, fact::QuorumReason::PreVoteUnanswered), now;
      return std::min(election_deadline_, send_votes(ctx));
    case QuorumState::Candidate:
      if (won_) return kNever;
      if (!options_.pre_vote) {
        if (!backing_off_ && (now >= election_deadline_ || election_lost())) back_off_election(ctx);
        if (backing_off_)
          return now >= election_deadline_ ? (become_candidate(ctx, fact::QuorumReason::StandsAgain), now)
                                           : election_deadline_;
      } else if (now >= election_deadline_) {
        return become_prospective(ctx, fact::QuorumReason::NoMajorityInTime), now;
      }
      return std::min(election_deadline_, send_votes(ctx));
    case QuorumState::Leader:
      if (peers_.empty()) check_quorum_deadline_ = kNever;
      if (now >= check_quorum_deadline_ && !sim::mutant("leads-without-a-majority"))
        return become_resigned(ctx, fact::QuorumReason::MajorityDoesNotFetch), now;
      if (now >= linger_deadline_) drain(ctx);
      return std::min({check_quorum_deadline_, linger_deadline_, send_begin_epoch(ctx)});
    case QuorumState::Follower:
      if (!options_.voter)
        return now >= fetch_deadline_ ? fetch_from_anyone(ctx) : std::min(fetch_deadline_, fetch_from_best(ctx));
      if (now >= fetch_deadline_) return become_prospective(ctx, fact::QuorumReason::FetchTimeout), now;
      return std::min(fetch_deadline_, fetch_from_best(ctx));
    case QuorumState::Resigned: {
      if (now >= election_deadline_ && !options_.pre_vote)
        return become_prospective(ctx, fact::QuorumReason::NoLeaderInTime), now;
      if (now >= election_deadline_)
        return become_unattached(ctx, epoch_.next(), kNoBroker, fact::QuorumReason::ResignedLeader), now;
      Instant next = election_deadline_;
      for (BrokerId id : unacknowledged_) {
        if (Peer* peer = peer_of(id))
          next =
              std::min(next, try_send(ctx, *peer, protocol::EndQuorumEpochRequest{options_.id, epoch_, successors_}));
      }
      return next;
    }
  }
  return kNever;
}

// ---- interface for the host

void QuorumNode::resign(Ctx& ctx) {
  if (!is_leader()) return;
  become_resigned(ctx, fact::QuorumReason::AskedToResign);
  poll(ctx);
}

BrokerId QuorumNode::leader() const { return state_ == QuorumState::Resigned ? kNoBroker : leader_; }

sim::Instant QuorumNode::election_due() const { return election_deadline_; }
sim::Instant QuorumNode::fetch_due() const { return fetch_deadline_; }
sim::Instant QuorumNode::check_quorum_due() const { return is_leader() ? check_quorum_deadline_ : kNever; }

sim::NodeId QuorumNode::endpoint_of(BrokerId voter) const {
  for (const Voter& v : options_.voters) {
    if (v.id == voter) return v.endpoint;
  }
  return {};
}

}  // namespace kafkascope::raft
