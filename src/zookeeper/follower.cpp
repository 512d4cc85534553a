#include "zookeeper/follower.h"

#include <algorithm>
#include <utility>

#include "sim/mutant.h"
#include "zookeeper/kinds.h"
#include "zookeeper/quorum_peer.h"

namespace kafkascope::zookeeper {

using namespace protocol;
using sim::kNever;

void Follower::begin(Ctx& ctx, QuorumPeer& peer) {
  peer.set_state(ctx, ZkServerState::Following, ServerPhase::Discovery, fact::ZkStateReason::QuorumVotesForAnother);
  phase_deadline_ = ctx.now() + peer.options.ticks(peer.options.init_limit);
  connect(ctx, peer);
}

void Follower::connect(Ctx& ctx, const QuorumPeer& peer) {
  ++attempts_;
  connect_at_ = kNever;
  leader_heard_ = ctx.now();
  connection_ = ctx.connect(peer.options.endpoint(peer.election.vote().leader));
  send(ctx, ZkFollowerInfo{peer.options.sid, peer.epochs.accepted});
}

void Follower::close(Ctx& ctx) {
  if (connection_.valid()) ctx.close(connection_);
}

/// Learner.connectToLeader: the leader may not be listening yet.
Follower::Gone Follower::on_disconnect(Ctx& ctx, const QuorumPeer& peer) {
  connection_ = {};
  if (peer.phase != ServerPhase::Discovery || attempts_ >= kConnectAttempts) return fact::ZkStateReason::LostLeader;
  connect_at_ = ctx.now() + kConnectPause;
  return {};
}

// ---- the leader's messages

Follower::Gone Follower::handle(Ctx& ctx, QuorumPeer& peer, const Message& message) {
  leader_heard_ = ctx.now();
  if (const auto* info = protocol::get_if<ZkLeaderInfo>(&message.body)) return handle_leader_info(ctx, peer, *info);
  if (const auto* sync = protocol::get_if<ZkSync>(&message.body)) {
    if (sync->kind == ZkSyncKind::Trunc) peer.db.truncate(ctx, sync->zxid);
    if (sync->kind == ZkSyncKind::Snap) peer.db.replace(static_cast<const TreeSnapshot&>(*sync->snapshot).tree);
  } else if (const auto* proposal = protocol::get_if<ZkProposal>(&message.body)) {
    peer.db.append(ctx, proposal->txn);
    if (sim::mutant("zk-acknowledges-before-its-disk")) send(ctx, ZkAck{proposal->txn->zxid});
  } else if (const auto* leader = protocol::get_if<ZkNewLeader>(&message.body)) {
    peer.epochs.current = leader->epoch;
    new_leader_received_ = true;
    peer.save_epochs(ctx);
  } else if (const auto* up = protocol::get_if<ZkUpToDate>(&message.body)) {
    handle_up_to_date(ctx, peer, *up);
  } else if (const auto* commit = protocol::get_if<ZkCommit>(&message.body)) {
    peer.commit_to(ctx, commit->zxid);
  } else if (protocol::holds_alternative<ZkQuorumPing>(message.body)) {
    ZkQuorumPingAnswer answer;
    answer.touched.assign(touched_.begin(), touched_.end());
    touched_.clear();
    ctx.send(connection_, response(message, std::move(answer)));
  } else if (const auto* moved = protocol::get_if<ZkRevalidateResponse>(&message.body)) {
    peer.clients.finish_session(ctx, moved->session, moved->valid);
  }
  return {};
}

Follower::Gone Follower::handle_leader_info(Ctx& ctx, QuorumPeer& peer, const ZkLeaderInfo& info) {
  if (info.epoch < peer.epochs.accepted) return fact::ZkStateReason::EpochOver;
  if (peer.phase == ServerPhase::Discovery)
    peer.set_state(ctx, ZkServerState::Following, ServerPhase::Synchronization, fact::ZkStateReason::EpochTold);
  if (info.epoch == peer.epochs.accepted) {
    send(ctx, ZkAckEpoch{-1, peer.db.last_zxid()});
  } else {
    peer.epochs.accepted = info.epoch;
    peer.save_epochs(ctx);
  }
  return {};
}

void Follower::handle_up_to_date(Ctx& ctx, QuorumPeer& peer, const ZkUpToDate& up) {
  peer.commit_to(ctx, up.zxid);
  if (peer.phase != ServerPhase::Broadcast)
    peer.set_state(ctx, ZkServerState::Following, ServerPhase::Broadcast, fact::ZkStateReason::UpToDate);
  peer.established();
}

// ---- the disk

void Follower::epochs_saved(Ctx& ctx, QuorumPeer& peer) {
  if (new_leader_received_) {
    peer.db.forget_replaced();
    send(ctx, ZkNewLeaderAck{peer.epochs.current});
  } else {
    send(ctx, ZkAckEpoch{peer.epochs.current, peer.db.last_zxid()});
  }
}

void Follower::acknowledge(Ctx& ctx, const QuorumPeer& peer, std::size_t first) {
  if (!new_leader_received_) return;
  for (std::size_t i = first; i < peer.db.flushed(); ++i) send(ctx, ZkAck{peer.db.log()[i]->zxid});
}

// ---- what is due

Follower::Gone Follower::poll(Ctx& ctx, const QuorumPeer& peer) {
  const sim::Instant now = ctx.now();
  if (peer.phase != ServerPhase::Broadcast) {
    if (now >= phase_deadline_) return fact::ZkStateReason::NotUpToDateInTime;
    if (now >= connect_at_) connect(ctx, peer);
  } else if (now >= next_poll(peer)) {
    return fact::ZkStateReason::LeaderSilent;
  }
  return {};
}

sim::Instant Follower::next_poll(const QuorumPeer& peer) const {
  if (peer.phase != ServerPhase::Broadcast) return std::min(phase_deadline_, connect_at_);
  return leader_heard_ + peer.options.ticks(peer.options.sync_limit);
}

}  // namespace kafkascope::zookeeper
