#include "zookeeper/leader.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "protocol/facts_of_zookeeper.h"
#include "sim/mutant.h"
#include "zookeeper/kinds.h"
#include "zookeeper/quorum_peer.h"

namespace kafkascope::zookeeper {

using namespace protocol;
using sim::kNever;

void Leader::begin(Ctx& ctx, QuorumPeer& peer) {
  epoch_seen_ = {peer.options.sid};
  phase_deadline_ = ctx.now() + peer.options.ticks(peer.options.init_limit);
  if (!peer.options.standalone())
    return peer.set_state(ctx, ZkServerState::Leading, ServerPhase::Discovery, fact::ZkStateReason::QuorumVotesForIt);
  peer.election.set_vote({peer.options.sid, peer.election.vote().zxid, peer.election.vote().peer_epoch});
  peer.set_state(ctx, ZkServerState::Leading, ServerPhase::Broadcast, fact::ZkStateReason::Standalone);
  peer.db.flush(ctx);
  begin_broadcast(ctx, peer, std::max(peer.db.last_zxid(), Zxid::begin_of(1)).next());
}

void Leader::close(Ctx& ctx) {
  for (const Learner& learner : learners_) ctx.close(learner.connection);
}

// ---- learners

bool Leader::has_learner_on(sim::ConnectionId connection) const {
  return std::any_of(learners_.begin(), learners_.end(), [&](const Learner& l) { return l.connection == connection; });
}

Leader::Learner* Leader::learner_on(sim::ConnectionId connection) {
  const auto it =
      std::find_if(learners_.begin(), learners_.end(), [&](const Learner& l) { return l.connection == connection; });
  return it == learners_.end() ? nullptr : &*it;
}

void Leader::on_disconnect(sim::ConnectionId connection) {
  std::erase_if(learners_, [&](const Learner& l) { return l.connection == connection; });
}

std::set<std::int32_t> Leader::synced_followers() const {
  std::set<std::int32_t> all;
  for (const Learner& learner : learners_)
    if (learner.synced) all.insert(learner.sid);
  return all;
}

void Leader::send_to_forwarding(Ctx& ctx, const Body& body) {
  for (const Learner& learner : learners_)
    if (learner.forwarding) ctx.send(learner.connection, request(0, body));
}

void Leader::handle(Ctx& ctx, QuorumPeer& peer, sim::ConnectionId connection, const Message& message) {
  Learner& learner = *learner_on(connection);
  learner.last_heard = ctx.now();
  if (const auto* ack = protocol::get_if<ZkAckEpoch>(&message.body)) {
    handle_ack_epoch(ctx, peer, learner, *ack);
  } else if (protocol::holds_alternative<ZkNewLeaderAck>(message.body)) {
    learner.synced = true;
    learner.acked = std::max(learner.acked, learner.history_end);
    if (peer.phase == ServerPhase::Synchronization) return count_new_leader_acks(ctx, peer);
    ctx.send(connection, request(0, ZkUpToDate{peer.db.committed_zxid()}));
    advance_commit(ctx, peer);
  } else if (const auto* acked = protocol::get_if<ZkAck>(&message.body)) {
    learner.acked = std::max(learner.acked, acked->zxid);
    advance_commit(ctx, peer);
  } else if (const auto* answer = protocol::get_if<ZkQuorumPingAnswer>(&message.body)) {
    for (const ZkSessionId session : answer->touched) tracker_.touch(session, ctx.now());
  } else if (!peer.is_active_leader()) {
    return;
  } else if (const auto* forward = protocol::get_if<ZkForward>(&message.body)) {
    propose(ctx, peer, {forward->session, forward->cxid, learner.sid, forward->timeout_ms, forward->operation});
  } else if (const auto* moved = protocol::get_if<ZkRevalidateRequest>(&message.body)) {
    const bool valid = move_session(ctx, moved->session, learner.sid);
    ctx.send(connection, response(message, ZkRevalidateResponse{moved->session, valid}));
  }
}

// ---- discovery: a new epoch, greater than any that a quorum has accepted

void Leader::handle_follower_info(Ctx& ctx, QuorumPeer& peer, sim::ConnectionId connection,
                                  const ZkFollowerInfo& info) {
  for (const Learner& old : learners_)
    if (old.sid == info.sid) ctx.close(old.connection);
  std::erase_if(learners_, [&](const Learner& old) { return old.sid == info.sid; });
  Learner learner;
  learner.sid = info.sid;
  learner.connection = connection;
  learner.accepted_epoch = info.accepted_epoch;
  learner.last_heard = ctx.now();
  const auto at = std::find_if(learners_.begin(), learners_.end(), [&](const Learner& l) { return l.sid > info.sid; });
  learners_.insert(at, learner);
  if (peer.phase != ServerPhase::Discovery || (new_epoch_ != 0 && peer.db.saved_epochs().accepted == new_epoch_))
    return ctx.send(connection, request(0, ZkLeaderInfo{peer.epochs.accepted}));
  epoch_seen_.insert(info.sid);
  if (new_epoch_ != 0 || !peer.options.is_quorum(epoch_seen_.size())) return;
  new_epoch_ = peer.epochs.accepted + 1;
  for (const Learner& l : learners_) new_epoch_ = std::max(new_epoch_, l.accepted_epoch + 1);
  peer.epochs.accepted = new_epoch_;
  peer.save_epochs(ctx);
}

void Leader::epochs_saved(Ctx& ctx, QuorumPeer& peer) {
  if (peer.phase == ServerPhase::Discovery) {
    for (const Learner& learner : learners_)
      ctx.send(learner.connection, request(0, ZkLeaderInfo{peer.epochs.accepted}));
    epoch_acked_.insert(peer.options.sid);
    count_epoch_acks(ctx, peer);
  } else if (peer.phase == ServerPhase::Synchronization) {
    own_history_on_disk_ = true;
    count_new_leader_acks(ctx, peer);
  }
}

void Leader::handle_ack_epoch(Ctx& ctx, QuorumPeer& peer, Learner& learner, const ZkAckEpoch& ack) {
  // Until a quorum has accepted the epoch, a follower that has seen more is refused, and the other servers decide;
  // afterwards its log is truncated (TRUNC).
  const bool ahead = std::pair(ack.current_epoch, ack.last_zxid) > std::pair(peer.epochs.current, peer.db.last_zxid());
  if (peer.phase == ServerPhase::Discovery && ahead) {
    const sim::ConnectionId connection = learner.connection;
    on_disconnect(connection);
    return ctx.close(connection);
  }
  learner.acked_epoch = true;
  learner.at = ack;
  if (peer.phase != ServerPhase::Discovery) return synchronize(ctx, peer, learner);
  // The follower has accepted this epoch before and must not count twice (Learner.registerWithLeader sends -1).
  if (ack.current_epoch < 0) return;
  epoch_acked_.insert(learner.sid);
  count_epoch_acks(ctx, peer);
}

void Leader::count_epoch_acks(Ctx& ctx, QuorumPeer& peer) {
  if (!peer.options.is_quorum(epoch_acked_.size())) return;
  peer.epochs.current = new_epoch_;
  peer.set_state(ctx, ZkServerState::Leading, ServerPhase::Synchronization, fact::ZkStateReason::EpochAccepted);
  phase_deadline_ = ctx.now() + peer.options.ticks(peer.options.init_limit);
  peer.save_epochs(ctx);
  for (Learner& learner : learners_)
    if (learner.acked_epoch) synchronize(ctx, peer, learner);
}

// ---- synchronisation

/// LearnerHandler.syncFollower: removes what the follower has and the leader lacks (TRUNC), sends what the follower
/// lacks (DIFF), or sends everything (SNAP).
void Leader::synchronize(Ctx& ctx, QuorumPeer& peer, Learner& learner) {
  const Database& db = peer.db;
  const auto& log = db.log();
  const Zxid theirs = learner.at.last_zxid;
  std::size_t from = std::min(db.position_after(theirs), db.applied());  // index into the leader's own log
  ZkSync sync{ZkSyncKind::Diff, db.zxid_at(from), nullptr};
  if (theirs < db.snapshot().zxid() || db.applied() - from > kCommitLogCount) {
    auto snapshot = std::make_shared<TreeSnapshot>();
    snapshot->tree = db.tree();
    sync = {ZkSyncKind::Snap, db.tree().zxid(), std::move(snapshot)};
    from = db.applied();
  } else if (theirs != sync.zxid) {
    sync.kind = ZkSyncKind::Trunc;
  }
  ctx.trace(fact::ZkFollowerSynced{.follower = learner.sid,
                                   .zxid = sync.zxid,
                                   .transactions = static_cast<std::int32_t>(log.size() - from),
                                   .kind = name(sync.kind)});
  ctx.send(learner.connection, request(0, std::move(sync)));
  for (std::size_t i = from; i < log.size(); ++i) ctx.send(learner.connection, request(0, ZkProposal{log[i]}));
  ctx.send(learner.connection, request(0, ZkNewLeader{peer.epochs.current}));
  learner.forwarding = true;
  learner.history_end = db.last_zxid();
}

/// A quorum has this leader's history on disk, so all of it is committed.
void Leader::count_new_leader_acks(Ctx& ctx, QuorumPeer& peer) {
  const auto synced = std::count_if(learners_.begin(), learners_.end(), [](const Learner& l) { return l.synced; });
  if (!own_history_on_disk_ || !peer.options.is_quorum(static_cast<std::size_t>(synced) + 1)) return;
  peer.set_state(ctx, ZkServerState::Leading, ServerPhase::Broadcast, fact::ZkStateReason::HistoryAccepted);
  begin_broadcast(ctx, peer, Zxid::begin_of(peer.epochs.current).next());
  for (const Learner& learner : learners_)
    if (learner.synced) ctx.send(learner.connection, request(0, ZkUpToDate{peer.db.committed_zxid()}));
}

// ---- broadcast

void Leader::begin_broadcast(Ctx& ctx, QuorumPeer& peer, Zxid first) {
  peer.established();
  requests_.begin(first);
  tracker_.reset(peer.options.tick_time_ms);
  for (const auto& [session, timeout_ms] : peer.db.tree().sessions()) tracker_.add(session, timeout_ms, ctx.now());
  ping_at_ = ctx.now() + peer.options.ticks(1) / 2;
  half_tick_ = false;
  ctx.trace(
      fact::ZkElected{.leader = peer.options.sid, .epoch = peer.epochs.current, .zxid = peer.db.committed_zxid()});
}

void Leader::propose(Ctx& ctx, QuorumPeer& peer, const WriteRequest& request) {
  const auto txn = std::make_shared<const ZkTxn>(requests_.prepare(request, tracker_, peer.db.tree(), ctx.now()));
  send_to_forwarding(ctx, ZkProposal{txn});
  peer.db.append(ctx, txn);
}

void Leader::advance_commit(Ctx& ctx, QuorumPeer& peer) {
  if (!peer.is_active_leader()) return;
  std::vector<Zxid> on_disk{peer.db.flushed_zxid()};
  for (const Learner& learner : learners_)
    if (learner.synced) on_disk.push_back(learner.acked);
  std::sort(on_disk.begin(), on_disk.end(), std::greater<>());
  const std::size_t needed = sim::mutant("zk-commits-without-a-quorum") ? 1 : peer.options.servers.size() / 2 + 1;
  if (on_disk.size() < needed) return;
  const Zxid committed = on_disk[needed - 1];
  while (peer.db.next() != nullptr && peer.db.next()->zxid <= committed) {
    send_to_forwarding(ctx, ZkCommit{peer.db.next()->zxid});
    peer.apply_next(ctx);
  }
}

void Leader::applied(const ZkTxn& txn) {
  if (txn.type == ZkOpCode::CloseSession) tracker_.remove(txn.session);
  requests_.applied(txn);
}

/// LearnerHandler's REVALIDATE, ZooKeeperServer.revalidateSession.
bool Leader::move_session(Ctx& ctx, ZkSessionId session, std::int32_t to) {
  if (!tracker_.touch(session, ctx.now())) return false;
  const std::int32_t from = tracker_.sessions().at(session).owner;
  if (from != to) ctx.trace(fact::ZkSessionMoved{.session = session, .from = from, .to = to});
  tracker_.set_owner(session, to);
  return true;
}

// ---- what is due

std::optional<fact::ZkStateReason> Leader::poll(Ctx& ctx, QuorumPeer& peer) {
  if (peer.phase != ServerPhase::Broadcast) {
    if (ctx.now() >= phase_deadline_) return fact::ZkStateReason::FollowersTooLate;
    return {};
  }
  close_expired_sessions(ctx, peer);
  if (!peer.options.standalone() && ctx.now() >= ping_at_ && !ping(ctx, peer))
    return fact::ZkStateReason::FollowersTooFew;
  return {};
}

void Leader::close_expired_sessions(Ctx& ctx, QuorumPeer& peer) {
  for (const ZkSessionId session : tracker_.expired(ctx.now())) {
    ctx.trace(fact::ZkSessionExpired{session, tracker_.sessions().at(session).timeout_ms});
    ZkOperation close;
    close.code = ZkOpCode::CloseSession;
    propose(ctx, peer, {session, 0, peer.options.sid, 0, std::make_shared<const ZkOperation>(std::move(close))});
  }
}

bool Leader::ping(Ctx& ctx, QuorumPeer& peer) {
  const sim::Instant now = ctx.now();
  const ServerOptions& options = peer.options;
  ping_at_ = now + options.ticks(1) / 2;
  std::erase_if(learners_, [&](const Learner& l) {
    const bool silent = now - l.last_heard > options.ticks(l.synced ? options.sync_limit : options.init_limit);
    if (silent) ctx.close(l.connection);
    return silent;
  });
  const auto alive = std::count_if(learners_.begin(), learners_.end(), [&](const Learner& l) {
    return l.synced && now - l.last_heard <= options.ticks(options.sync_limit);
  });
  if (std::exchange(half_tick_, !half_tick_) && !options.is_quorum(static_cast<std::size_t>(alive) + 1)) return false;
  send_to_forwarding(ctx, ZkQuorumPing{peer.db.committed_zxid()});
  return true;
}

sim::Instant Leader::next_poll(const QuorumPeer& peer) const {
  if (peer.phase != ServerPhase::Broadcast) return phase_deadline_;
  return std::min(peer.options.standalone() ? kNever : ping_at_, tracker_.next_expiry());
}

}  // namespace kafkascope::zookeeper
