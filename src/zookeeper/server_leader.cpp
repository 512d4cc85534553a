// Leading: discovery of an epoch, synchronisation of followers, broadcast. ZooKeeper: Leader, LearnerHandler.
#include <algorithm>
#include <functional>
#include <utility>

#include "protocol/facts_of_zookeeper.h"
#include "sim/mutant.h"
#include "zookeeper/kinds.h"
#include "zookeeper/server.h"

namespace kafkascope::zookeeper {

using namespace protocol;
using sim::kNever;

void Server::lead(Ctx& ctx) {
  epoch_seen_ = {options_.sid};
  epoch_acked_.clear();
  new_epoch_ = 0;
  phase_deadline_ = ctx.now() + ticks(options_.init_limit);
  if (!standalone())
    return set_state(ctx, ZkServerState::Leading, ServerPhase::Discovery, fact::ZkStateReason::QuorumVotesForIt);
  vote_.leader = options_.sid;
  set_state(ctx, ZkServerState::Leading, ServerPhase::Broadcast, fact::ZkStateReason::Standalone);
  flush_log(ctx);
  begin_broadcast(ctx, std::max(last_zxid(), Zxid::begin_of(1)).next());
}

Server::Learner* Server::learner_on(sim::ConnectionId connection) {
  const auto it =
      std::find_if(learners_.begin(), learners_.end(), [&](const Learner& l) { return l.connection == connection; });
  return it == learners_.end() ? nullptr : &*it;
}

void Server::send_to_forwarding(Ctx& ctx, const Body& body) {
  for (const Learner& learner : learners_)
    if (learner.forwarding) ctx.send(learner.connection, request(0, body));
}

// ---- discovery: a new epoch, greater than any that a quorum has accepted

void Server::handle_follower_info(Ctx& ctx, sim::ConnectionId connection, const ZkFollowerInfo& info) {
  if (state_ != ZkServerState::Leading) return ctx.close(connection);  // this server's quorum port is not open
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
  if (phase_ != ServerPhase::Discovery || (new_epoch_ != 0 && saved_accepted_epoch_ == new_epoch_))
    return tell_epoch(ctx, learner);
  epoch_seen_.insert(info.sid);
  if (new_epoch_ != 0 || !quorum(epoch_seen_.size())) return;
  new_epoch_ = accepted_epoch_ + 1;
  for (const Learner& l : learners_) new_epoch_ = std::max(new_epoch_, l.accepted_epoch + 1);
  accepted_epoch_ = new_epoch_;
  save_state(ctx);
}

void Server::tell_epoch(Ctx& ctx, const Learner& learner) {
  ctx.send(learner.connection, request(0, ZkLeaderInfo{accepted_epoch_}));
}

void Server::state_saved(Ctx& ctx) {
  if (state_ == ZkServerState::Following) {
    if (new_leader_received_) {
      before_snap_.reset();
      ctx.send(leader_connection_, request(0, ZkNewLeaderAck{current_epoch_}));
    } else {
      ctx.send(leader_connection_, request(0, ZkAckEpoch{current_epoch_, last_zxid()}));
    }
  } else if (phase_ == ServerPhase::Discovery) {
    for (const Learner& learner : learners_) tell_epoch(ctx, learner);
    epoch_acked_.insert(options_.sid);
    count_epoch_acks(ctx);
  } else if (phase_ == ServerPhase::Synchronization) {
    own_history_on_disk_ = true;
    count_new_leader_acks(ctx);
  }
}

void Server::count_epoch_acks(Ctx& ctx) {
  if (!quorum(epoch_acked_.size())) return;
  current_epoch_ = new_epoch_;
  set_state(ctx, ZkServerState::Leading, ServerPhase::Synchronization, fact::ZkStateReason::EpochAccepted);
  phase_deadline_ = ctx.now() + ticks(options_.init_limit);
  save_state(ctx);
  for (Learner& learner : learners_)
    if (learner.acked_epoch) synchronize(ctx, learner);
}

// ---- synchronisation

/// LearnerHandler.syncFollower: removes what the follower has and the leader lacks (TRUNC), sends what the follower
/// lacks (DIFF), or sends everything (SNAP).
void Server::synchronize(Ctx& ctx, Learner& learner) {
  const Zxid peer = learner.at.last_zxid;
  const std::size_t have = position_after(peer);  // index into the leader's own log
  ZkSync sync{ZkSyncKind::Diff, zxid_at(std::min(have, applied_)), nullptr};
  std::size_t from = std::min(have, applied_);
  if (peer < snapshot_.zxid() || applied_ - from > kCommitLogCount) {
    auto snapshot = std::make_shared<TreeSnapshot>();
    snapshot->tree = tree_;
    sync = {ZkSyncKind::Snap, tree_.zxid(), std::move(snapshot)};
    from = applied_;
  } else if (peer != sync.zxid) {
    sync.kind = ZkSyncKind::Trunc;
  }
  ctx.trace(fact::ZkFollowerSynced{.follower = learner.sid,
                                   .zxid = sync.zxid,
                                   .transactions = static_cast<std::int32_t>(log_.size() - from),
                                   .kind = name(sync.kind)});
  ctx.send(learner.connection, request(0, std::move(sync)));
  for (std::size_t i = from; i < log_.size(); ++i) ctx.send(learner.connection, request(0, ZkProposal{log_[i]}));
  ctx.send(learner.connection, request(0, ZkNewLeader{current_epoch_}));
  learner.forwarding = true;
  learner.history_end = last_zxid();
}

/// A quorum has this leader's history on disk, so all of it is committed.
void Server::count_new_leader_acks(Ctx& ctx) {
  const auto synced = std::count_if(learners_.begin(), learners_.end(), [](const Learner& l) { return l.synced; });
  if (!own_history_on_disk_ || !quorum(static_cast<std::size_t>(synced) + 1)) return;
  set_state(ctx, ZkServerState::Leading, ServerPhase::Broadcast, fact::ZkStateReason::HistoryAccepted);
  begin_broadcast(ctx, Zxid::begin_of(current_epoch_).next());
  for (const Learner& learner : learners_)
    if (learner.synced) ctx.send(learner.connection, request(0, ZkUpToDate{committed_zxid()}));
}

// ---- broadcast

void Server::begin_broadcast(Ctx& ctx, Zxid first) {
  vote_.peer_epoch = current_epoch_;
  next_zxid_ = first;
  tracker_.reset(options_.tick_time_ms);
  for (const auto& [session, timeout_ms] : tree_.sessions()) tracker_.add(session, timeout_ms, ctx.now());
  serving_ = true;
  ping_at_ = ctx.now() + ticks(1) / 2;
  half_tick_ = false;
  ctx.trace(fact::ZkElected{.leader = options_.sid, .epoch = current_epoch_, .zxid = committed_zxid()});
}

void Server::propose(Ctx& ctx, ZkTxn txn) {
  txn.zxid = std::exchange(next_zxid_, next_zxid_.next());
  const auto shared = std::make_shared<const ZkTxn>(std::move(txn));
  send_to_forwarding(ctx, ZkProposal{shared});
  append(ctx, shared);
}

/// Leader.tryToCommit: commits, in order, the transactions that a quorum has on disk.
void Server::advance_commit(Ctx& ctx) {
  if (!is_active_leader()) return;
  std::vector<Zxid> on_disk{flushed_zxid()};
  for (const Learner& learner : learners_)
    if (learner.synced) on_disk.push_back(learner.acked);
  std::sort(on_disk.begin(), on_disk.end(), std::greater<>());
  const std::size_t needed = sim::mutant("zk-commits-without-a-quorum") ? 1 : options_.servers.size() / 2 + 1;
  if (on_disk.size() < needed) return;
  const Zxid committed = on_disk[needed - 1];
  while (applied_ < log_.size() && log_[applied_]->zxid <= committed) {
    send_to_forwarding(ctx, ZkCommit{log_[applied_]->zxid});
    apply_next(ctx);
  }
}

void Server::handle_from_learner(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  Learner& learner = *learner_on(connection);
  learner.last_heard = ctx.now();
  if (const auto* ack = protocol::get_if<ZkAckEpoch>(&message.body)) {
    // Until a quorum has accepted the epoch, a follower that has seen more is refused, and the other servers decide;
    // afterwards its log is truncated (TRUNC).
    const bool ahead = std::pair(ack->current_epoch, ack->last_zxid) > std::pair(current_epoch_, last_zxid());
    if (phase_ == ServerPhase::Discovery && ahead) {
      std::erase_if(learners_, [&](const Learner& l) { return l.connection == connection; });
      return ctx.close(connection);
    }
    learner.acked_epoch = true;
    learner.at = *ack;
    if (phase_ != ServerPhase::Discovery) return synchronize(ctx, learner);
    // The follower has accepted this epoch before and must not count twice (Learner.registerWithLeader sends -1).
    if (ack->current_epoch < 0) return;
    epoch_acked_.insert(learner.sid);
    count_epoch_acks(ctx);
  } else if (protocol::holds_alternative<ZkNewLeaderAck>(message.body)) {
    learner.synced = true;
    learner.acked = std::max(learner.acked, learner.history_end);
    if (phase_ == ServerPhase::Synchronization) return count_new_leader_acks(ctx);
    ctx.send(connection, request(0, ZkUpToDate{committed_zxid()}));
    advance_commit(ctx);
  } else if (const auto* acked = protocol::get_if<ZkAck>(&message.body)) {
    learner.acked = std::max(learner.acked, acked->zxid);
    advance_commit(ctx);
  } else if (const auto* answer = protocol::get_if<ZkQuorumPingAnswer>(&message.body)) {
    for (const ZkSessionId session : answer->touched) tracker_.touch(session, ctx.now());
  } else if (!is_active_leader()) {
    return;
  } else if (const auto* forward = protocol::get_if<ZkForward>(&message.body)) {
    prepare(ctx, forward->session, forward->cxid, learner.sid, forward->timeout_ms, *forward->operation);
  } else if (const auto* moved = protocol::get_if<ZkRevalidateRequest>(&message.body)) {
    const bool valid = move_session(ctx, moved->session, learner.sid);
    ctx.send(connection, response(message, ZkRevalidateResponse{moved->session, valid}));
  }
}

/// LearnerHandler's REVALIDATE, ZooKeeperServer.revalidateSession: from now on the session may write only through that
/// server.
bool Server::move_session(Ctx& ctx, ZkSessionId session, std::int32_t to) {
  if (!tracker_.touch(session, ctx.now())) return false;
  const std::int32_t from = tracker_.sessions().at(session).owner;
  if (from != to) ctx.trace(fact::ZkSessionMoved{.session = session, .from = from, .to = to});
  tracker_.set_owner(session, to);
  return true;
}

void Server::poll_leader(Ctx& ctx) {
  const sim::Instant now = ctx.now();
  if (phase_ != ServerPhase::Broadcast) {
    if (now >= phase_deadline_) return start_looking(ctx, fact::ZkStateReason::FollowersTooLate);
    return wake_at(phase_deadline_);
  }
  for (const ZkSessionId session : tracker_.expired(now)) {
    ctx.trace(fact::ZkSessionExpired{session, tracker_.sessions().at(session).timeout_ms});
    ZkOperation close;
    close.code = ZkOpCode::CloseSession;
    prepare(ctx, session, 0, options_.sid, 0, close);
  }
  if (!standalone() && now >= ping_at_) {
    ping_at_ = now + ticks(1) / 2;
    std::erase_if(learners_, [&](const Learner& l) {
      const bool silent = now - l.last_heard > ticks(l.synced ? options_.sync_limit : options_.init_limit);
      if (silent) ctx.close(l.connection);
      return silent;
    });
    const auto alive = std::count_if(learners_.begin(), learners_.end(),
                                     [&](const Learner& l) { return l.synced && heard_of_late(l, now); });
    if (std::exchange(half_tick_, !half_tick_) && !quorum(static_cast<std::size_t>(alive) + 1))
      return start_looking(ctx, fact::ZkStateReason::FollowersTooFew);
    send_to_forwarding(ctx, ZkQuorumPing{committed_zxid()});
  }
  if (!standalone()) wake_at(ping_at_);
  wake_at(tracker_.next_expiry());
}

}  // namespace kafkascope::zookeeper
