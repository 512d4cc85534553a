// Life cycle, dispatch, the transitions between states, and the poll that every callback ends with.
// Kafka: KafkaRaftClient.poll and transitionTo..., QuorumState.initialize and transitionTo...
#include "raft/quorum_node.h"

#include <algorithm>
#include <utility>

#include "protocol/facts_of_quorum.h"
#include "raft/quorum_kinds.h"
#include "sim/mutant.h"

namespace kafkascope::raft {

using sim::Instant;
using sim::kNever;
using sim::milliseconds;

namespace {

bool is_quorum_response(const protocol::Body& body) {
  using namespace protocol;
  return protocol::holds_alternative<VoteResponse>(body) || protocol::holds_alternative<QuorumFetchResponse>(body) ||
         protocol::holds_alternative<FetchSnapshotResponse>(body) ||
         protocol::holds_alternative<BeginQuorumEpochResponse>(body) ||
         protocol::holds_alternative<EndQuorumEpochResponse>(body);
}

}  // namespace

QuorumNode::QuorumNode(const QuorumNode&) = default;
QuorumNode::QuorumNode(QuorumNode&&) noexcept = default;
QuorumNode& QuorumNode::operator=(const QuorumNode&) = default;
QuorumNode& QuorumNode::operator=(QuorumNode&&) noexcept = default;
QuorumNode::~QuorumNode() = default;

QuorumNode::QuorumNode(QuorumOptions options) : replica_(std::move(options)), election_(replica_.options) {}

void QuorumNode::preload(const FormedLog& log, LeaderEpoch epoch, BrokerId leader) {
  replica_.log.preload(log);
  replica_.high_watermark = replica_.log.end_offset();
  replica_.epoch = epoch;
  replica_.leader = leader;
  replica_.file = QuorumStateFile({epoch, leader, kNoBroker});
  if (leader == replica_.options.id) {
    replica_.state = QuorumState::Leader;
    leading_.preload(replica_);
  } else {
    replica_.state = QuorumState::Follower;
    following_ = FollowerState::formed();
  }
  preloaded_ = true;
}

// ---- callbacks

void QuorumNode::on_start(Ctx& ctx) {
  const Instant now = ctx.now();
  replica_.log.open(now, replica_.options);
  if (std::exchange(preloaded_, false)) {
    if (is_leader()) leading_.start_formed(now, replica_.options);
    else following_.set_deadline(now + milliseconds(replica_.options.fetch_timeout_ms));
    ctx.trace(fact::QuorumStateChanged{replica_.state, replica_.epoch, replica_.leader, fact::QuorumReason::Formation});
  } else {
    initialize(ctx);
  }
  poll(ctx);
}

/// Kafka: QuorumState.initialize and KafkaRaftClient.initialize.
void QuorumNode::initialize(Ctx& ctx) {
  QuorumReplica& r = replica_;
  const BrokerId own = r.options.id;
  r.epoch = r.file.saved().epoch;
  r.leader = r.file.saved().leader;
  r.voted_for = r.file.saved().vote;
  if (is_voter() && r.log.flushed_offset() < r.log.end_offset())
    r.flush_log(ctx);  // what a crash left in the page
                       // cache
  fact::QuorumReason why = fact::QuorumReason::Started;
  if (r.epoch < r.log.last_epoch()) {
    r.epoch = r.log.last_epoch();
    r.leader = r.voted_for = kNoBroker;
    r.state = QuorumState::Unattached;
    why = fact::QuorumReason::StartedWithNewerLog;
  } else if (r.leader == own) {
    // The node may have lost unflushed records of this epoch: it must neither lead the epoch again nor vote for another
    // node in it.
    r.state = QuorumState::Resigned;
    for (const QuorumPeers::Peer& peer : r.peers.all()) resigned_.unacknowledged.push_back(peer.voter.id);
  } else if (r.voted_for == own && r.leader == kNoBroker) {
    r.state = QuorumState::Candidate;
    election_.begin_round();
  } else {
    r.state = r.leader == kNoBroker ? QuorumState::Unattached : QuorumState::Follower;
  }
  if (r.state == QuorumState::Follower)
    following_ = FollowerState(ctx.now() + milliseconds(r.options.fetch_timeout_ms));
  else if (is_voter()) election_.wait(ctx.now(), ctx.random(sim::Stream::ElectionTimeout));
  ctx.trace(fact::QuorumStateChanged{r.state, r.epoch, r.leader, why});
  if (r.state == QuorumState::Candidate && !r.peers.empty()) r.metrics.election_begins(ctx.now());
  if (!is_voter() || !r.peers.empty()) return;
  if (r.state == QuorumState::Candidate) win(ctx);
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
    leading_.handle_fetch(ctx, replica_, connection, message, *fetch);
  } else if (const auto* snapshot = protocol::get_if<FetchSnapshotRequest>(&message.body)) {
    from_peer();
    leading_.handle_fetch_snapshot(ctx, replica_, connection, message, *snapshot);
  } else if (is_quorum_response(message.body)) {
    QuorumPeers::Peer* peer = replica_.peers.on_response(connection, ctx.now());
    if (peer == nullptr) return true;
    // A response to a request sent in another state or epoch has another correlation id and is ignored.
    if (peer->awaiting == message.correlation_id) {
      const bool good = handle_response(ctx, peer->voter.id, message.body);
      const bool reset = peer->awaiting != message.correlation_id;  // by a transition in the meantime
      if (!reset && good) peer->awaiting = 0;
      if (!reset && !good) replica_.peers.fail(ctx, *peer);
    }
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
  QuorumReplica& r = replica_;
  if (kind == kLogFlush) {
    if (!r.log.on_flushed(arg)) return true;
    if (is_leader()) leading_.advance_high_watermark(ctx, r);
    else if (!r.log.flushing()) r.follow_high_watermark(ctx, std::exchange(r.told_high_watermark, Offset{}));
  } else if (kind == kStateFlush) {
    if (!r.file.on_written(ctx, arg)) return true;
    const SavedElection& saved = r.file.saved();
    if (!r.file.writing() && election_.won() && saved.leader == r.options.id && saved.epoch == r.epoch)
      become_leader(ctx);
  } else {
    return false;
  }
  poll(ctx);
  return true;
}

bool QuorumNode::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  if (replica_.peers.on_disconnect(ctx, connection)) {
    poll(ctx);
    return true;
  }
  leading_.on_disconnect(connection);
  return std::erase(inbound_, connection) > 0;
}

void QuorumNode::on_death(sim::Death death, Instant now) {
  replica_.on_death(death, now);
  QuorumNode fresh(replica_.options);
  fresh.replica_ = std::move(replica_);
  *this = std::move(fresh);
}

// ---- transitions

void QuorumNode::set_state(Ctx& ctx, QuorumState next, fact::QuorumReason reason) {
  QuorumReplica& r = replica_;
  const bool stands_at_once = (!r.options.pre_vote || sim::mutant("no-pre-vote")) && next == QuorumState::Candidate &&
                              r.state != QuorumState::Leader;
  if (!legal(r.state, next) && !stands_at_once)
    ctx.fault("a quorum replica takes only the arrows of its state machine: " + std::string(name(r.state)) + " to " +
              std::string(name(next)));
  if (!is_voter() && next != QuorumState::Unattached && next != QuorumState::Follower)
    ctx.fault("an observer never stands for election");
  const bool led = is_leader();
  r.state = next;
  election_.leave_state();
  if (next == QuorumState::Follower || next == QuorumState::Leader) election_.wait_no_longer();
  following_ = FollowerState();
  if (next != QuorumState::Resigned) resigned_ = {};
  r.peers.reset();
  ctx.trace(fact::QuorumStateChanged{next, r.epoch, r.leader, reason});
  if (next == QuorumState::Leader || next == QuorumState::Follower) r.metrics.election_over(ctx.now());
  if (!led) return;
  r.metrics.stops_leading();
  leading_.refuse_parked(ctx, r);
  leading_ = LeaderState();  // records that still linger were never written; their offsets become invalid
}

void QuorumNode::become_unattached(Ctx& ctx, LeaderEpoch epoch, BrokerId leader, fact::QuorumReason reason) {
  QuorumReplica& r = replica_;
  if (epoch < r.epoch || (epoch == r.epoch && r.state != QuorumState::Prospective))
    ctx.fault("Unattached is entered with a newer epoch, or from Prospective");
  // A node that is already waiting for its election timeout keeps that deadline, so that newer epochs cannot postpone
  // its election forever.
  const bool keeps_deadline = r.state == QuorumState::Candidate || r.state == QuorumState::Unattached ||
                              r.state == QuorumState::Resigned ||
                              (r.state == QuorumState::Prospective && !election_.lost());
  if (!is_voter()) election_.wait_no_longer();
  else if (!keeps_deadline) election_.wait(ctx.now(), ctx.random(sim::Stream::ElectionTimeout));
  if (epoch > r.epoch) r.voted_for = kNoBroker;
  r.epoch = epoch;
  r.leader = leader;
  set_state(ctx, QuorumState::Unattached, reason);
  r.persist(ctx);
}

void QuorumNode::become_follower(Ctx& ctx, LeaderEpoch epoch, BrokerId leader, fact::QuorumReason reason) {
  QuorumReplica& r = replica_;
  if (epoch < r.epoch) ctx.fault("a replica never goes back to an older epoch");
  if (epoch > r.epoch) r.voted_for = kNoBroker;
  r.epoch = epoch;
  r.leader = leader;
  r.told_high_watermark = Offset{};
  set_state(ctx, QuorumState::Follower, reason);
  following_ = FollowerState(ctx.now() + milliseconds(r.options.fetch_timeout_ms));
  r.persist(ctx);
}

void QuorumNode::become_prospective(Ctx& ctx, fact::QuorumReason reason) {
  if (!replica_.options.pre_vote || sim::mutant("no-pre-vote")) {
    election_.forget_losses();
    return become_candidate(ctx, reason);
  }
  election_.begin_round();
  election_.wait(ctx.now(), ctx.random(sim::Stream::ElectionTimeout));
  set_state(ctx, QuorumState::Prospective, reason);
  if (election_.has_majority()) become_candidate(ctx, fact::QuorumReason::MajorityWouldVote);
}

void QuorumNode::leave_prospective(Ctx& ctx, fact::QuorumReason reason) {
  const LeaderEpoch epoch = replica_.epoch;
  const BrokerId leader = replica_.leader;
  if (leader != kNoBroker && leader != replica_.options.id) become_follower(ctx, epoch, leader, reason);
  else become_unattached(ctx, epoch, kNoBroker, reason);
}

void QuorumNode::become_candidate(Ctx& ctx, fact::QuorumReason reason) {
  replica_.epoch = replica_.epoch.next();
  replica_.leader = kNoBroker;
  replica_.voted_for = replica_.options.id;
  election_.begin_round();
  election_.wait(ctx.now(), ctx.random(sim::Stream::ElectionTimeout));
  set_state(ctx, QuorumState::Candidate, reason);
  replica_.persist(ctx);
  if (election_.has_majority()) return win(ctx);
  replica_.metrics.election_begins(ctx.now());
}

/// The election takes effect once it is on disk (durableTransitionTo). Otherwise a candidate that dies before that
/// could be elected twice in one epoch: its vote for itself is on disk, and the voters that granted it their votes
/// would grant them again.
void QuorumNode::win(Ctx& ctx) {
  QuorumReplica& r = replica_;
  election_.set_won();
  r.file.write(ctx, {r.epoch, r.options.id, r.voted_for}, r.next_number);
}

void QuorumNode::become_leader(Ctx& ctx) {
  replica_.leader = replica_.options.id;
  set_state(ctx, QuorumState::Leader, fact::QuorumReason::MajorityVoted);
  replica_.persist(ctx);
  leading_.begin(ctx, replica_);
}

/// Not written to disk: a leader that restarts is Resigned anyway.
void QuorumNode::become_resigned(Ctx& ctx, fact::QuorumReason reason) {
  Resignation resignation{leading_.successors(replica_.peers), {}};
  for (const QuorumPeers::Peer& peer : replica_.peers.all()) resignation.unacknowledged.push_back(peer.voter.id);
  election_.wait(ctx.now(), ctx.random(sim::Stream::ElectionTimeout));
  set_state(ctx, QuorumState::Resigned, reason);
  resigned_ = std::move(resignation);
}

/// Kafka: maybeTransition.
void QuorumNode::follow_or_detach(Ctx& ctx, BrokerId leader, LeaderEpoch epoch, fact::QuorumReason reason) {
  const QuorumReplica& r = replica_;
  if (leader == r.options.id) return;  // this node's own former leadership, reported back by a peer
  if (epoch == r.epoch && leader != kNoBroker && r.leader != kNoBroker && leader != r.leader)
    ctx.fault("an epoch has one leader");
  if (epoch > r.epoch) {
    if (leader != kNoBroker) become_follower(ctx, epoch, leader, reason);
    else become_unattached(ctx, epoch, kNoBroker, reason);
  } else if (epoch == r.epoch && leader != kNoBroker && r.leader == kNoBroker) {
    become_follower(ctx, epoch, leader, reason);
  }
}

// ---- what is due

void QuorumNode::poll(Ctx& ctx) {
  replica_.peers.expire_requests(ctx);
  Instant next = kNever;
  for (bool moved = true; moved;) {
    const auto before = std::pair(replica_.state, replica_.epoch);
    next = poll_state(ctx);
    moved = before != std::pair(replica_.state, replica_.epoch);
  }
  next = std::min(next, replica_.peers.next_expiry());
  if (next >= wake_at_) return;  // the pending wake-up comes early enough and polls again
  ctx.cancel(wake_);
  wake_at_ = std::max(next, ctx.now() + sim::microseconds(1));
  wake_ = ctx.set_timer_at(wake_at_, kWakeTimer);
}

/// Does what is due in the current state; returns when to poll again.
Instant QuorumNode::poll_state(Ctx& ctx) {
  const Instant now = ctx.now();
  switch (replica_.state) {
    case QuorumState::Unattached:
      if (election_.overdue(now)) return become_prospective(ctx, fact::QuorumReason::NoLeaderInTime), now;
      return std::min(election_.deadline(), following_.fetch_from_anyone(ctx, replica_));
    case QuorumState::Prospective:
      if (election_.overdue(now)) return leave_prospective(ctx, fact::QuorumReason::PreVoteUnanswered), now;
      return std::min(election_.deadline(), send_votes(ctx));
    case QuorumState::Candidate: return poll_candidate(ctx);
    case QuorumState::Leader:
      if (now >= leading_.check_quorum_due() && !sim::mutant("leads-without-a-majority"))
        return become_resigned(ctx, fact::QuorumReason::MajorityDoesNotFetch), now;
      return leading_.poll(ctx, replica_);
    case QuorumState::Follower:
      if (!following_.overdue(now)) return std::min(following_.deadline(), following_.fetch_from_leader(ctx, replica_));
      if (!is_voter()) return following_.fetch_from_anyone(ctx, replica_);
      return become_prospective(ctx, fact::QuorumReason::FetchTimeout), now;
    case QuorumState::Resigned: return poll_resigned(ctx);
  }
  return kNever;
}

Instant QuorumNode::poll_candidate(Ctx& ctx) {
  const Instant now = ctx.now();
  if (election_.won()) return kNever;
  if (replica_.options.pre_vote) {
    if (election_.overdue(now)) return become_prospective(ctx, fact::QuorumReason::NoMajorityInTime), now;
  } else {
    if (!election_.backing_off() && (election_.overdue(now) || election_.lost()))
      election_.back_off(ctx.now(), ctx.random(sim::Stream::ElectionTimeout));
    if (election_.backing_off()) {
      if (election_.overdue(now)) return become_candidate(ctx, fact::QuorumReason::StandsAgain), now;
      return election_.deadline();
    }
  }
  return std::min(election_.deadline(), send_votes(ctx));
}

Instant QuorumNode::poll_resigned(Ctx& ctx) {
  QuorumReplica& r = replica_;
  if (election_.overdue(ctx.now())) {
    if (!r.options.pre_vote) become_prospective(ctx, fact::QuorumReason::NoLeaderInTime);
    else become_unattached(ctx, r.epoch.next(), kNoBroker, fact::QuorumReason::ResignedLeader);
    return ctx.now();
  }
  Instant next = election_.deadline();
  for (BrokerId id : resigned_.unacknowledged) {
    if (QuorumPeers::Peer* peer = r.peers.find(id))
      next = std::min(next,
                      r.peers.try_send(ctx, r.file, *peer,
                                       protocol::EndQuorumEpochRequest{r.options.id, r.epoch, resigned_.successors}));
  }
  return next;
}

// ---- interface for the host

Offset QuorumNode::append(Ctx& ctx, std::vector<MetadataRecord> records) {
  if (!is_leader() || records.empty()) return Offset{};
  leading_.accumulate(ctx.now(), replica_.options, std::move(records));
  const Offset last = next_append_offset() - 1;
  poll(ctx);
  return last;
}

void QuorumNode::resign(Ctx& ctx) {
  if (!is_leader()) return;
  become_resigned(ctx, fact::QuorumReason::AskedToResign);
  poll(ctx);
}

void QuorumNode::maybe_snapshot(Ctx& ctx, const protocol::MetadataImage& applied) {
  replica_.log.maybe_snapshot(ctx, applied, replica_.options);
}

BrokerId QuorumNode::leader() const { return state() == QuorumState::Resigned ? kNoBroker : replica_.leader; }

Offset QuorumNode::reported_high_watermark() const {
  if (is_leader()) return leading_.high_watermark();
  return high_watermark() == Offset{0} ? Offset{} : high_watermark();
}

const Snapshot* QuorumNode::snapshot_for(Offset next) const {
  if (log().snapshots().empty() || next >= high_watermark() || (next.value != 0 && next >= log().start_offset()))
    return nullptr;
  return &log().snapshots().back();
}

sim::NodeId QuorumNode::endpoint_of(BrokerId voter) const {
  for (const Voter& v : replica_.options.voters) {
    if (v.id == voter) return v.endpoint;
  }
  return {};
}

}  // namespace kafkascope::raft
