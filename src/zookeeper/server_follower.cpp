// Following. ZooKeeper: Follower, Learner (registerWithLeader, syncWithLeader), SendAckRequestProcessor.
#include <algorithm>

#include "sim/mutant.h"
#include "zookeeper/kinds.h"
#include "zookeeper/server.h"

namespace kafkascope::zookeeper {

using namespace protocol;
using sim::kNever;

void Server::follow(Ctx& ctx) {
  set_state(ctx, ZkServerState::Following, ServerPhase::Discovery, fact::ZkStateReason::QuorumVotesForAnother);
  attempts_ = 0;
  phase_deadline_ = ctx.now() + ticks(options_.init_limit);
  connect_to_leader(ctx);
}

void Server::connect_to_leader(Ctx& ctx) {
  ++attempts_;
  connect_at_ = kNever;
  leader_heard_ = ctx.now();
  leader_connection_ = ctx.connect(endpoint(vote_.leader));
  ctx.send(leader_connection_, request(0, ZkFollowerInfo{options_.sid, accepted_epoch_}));
}

void Server::handle_from_leader(Ctx& ctx, const Message& message) {
  leader_heard_ = ctx.now();
  if (const auto* info = protocol::get_if<ZkLeaderInfo>(&message.body)) {
    if (info->epoch < accepted_epoch_) return start_looking(ctx, fact::ZkStateReason::EpochOver);
    if (phase_ == ServerPhase::Discovery)
      set_state(ctx, ZkServerState::Following, ServerPhase::Synchronization, fact::ZkStateReason::EpochTold);
    if (info->epoch == accepted_epoch_) {
      ctx.send(leader_connection_, request(0, ZkAckEpoch{-1, last_zxid()}));
    } else {
      accepted_epoch_ = info->epoch;
      save_state(ctx);
    }
  } else if (const auto* sync = protocol::get_if<ZkSync>(&message.body)) {
    handle_sync(ctx, *sync);
  } else if (const auto* proposal = protocol::get_if<ZkProposal>(&message.body)) {
    append(ctx, proposal->txn);
    if (sim::mutant("zk-acknowledges-before-its-disk"))
      ctx.send(leader_connection_, request(0, ZkAck{proposal->txn->zxid}));
  } else if (const auto* leader = protocol::get_if<ZkNewLeader>(&message.body)) {
    current_epoch_ = leader->epoch;
    new_leader_received_ = true;
    save_state(ctx);
  } else if (const auto* up = protocol::get_if<ZkUpToDate>(&message.body)) {
    commit_to(ctx, up->zxid);
    vote_.peer_epoch = current_epoch_;
    if (phase_ != ServerPhase::Broadcast)
      set_state(ctx, ZkServerState::Following, ServerPhase::Broadcast, fact::ZkStateReason::UpToDate);
    serving_ = true;
  } else if (const auto* commit = protocol::get_if<ZkCommit>(&message.body)) {
    commit_to(ctx, commit->zxid);
  } else if (protocol::holds_alternative<ZkQuorumPing>(message.body)) {
    ZkQuorumPingAnswer answer;
    answer.touched.assign(touched_.begin(), touched_.end());
    touched_.clear();
    ctx.send(leader_connection_, response(message, std::move(answer)));
  } else if (const auto* moved = protocol::get_if<ZkRevalidateResponse>(&message.body)) {
    finish_session(ctx, moved->session, moved->valid);
  }
}

void Server::handle_sync(Ctx& ctx, const ZkSync& sync) {
  if (sync.kind == ZkSyncKind::Trunc) truncate_log(ctx, sync.zxid);
  if (sync.kind == ZkSyncKind::Snap) replace_database(static_cast<const TreeSnapshot&>(*sync.snapshot).tree);
}

/// Acknowledges those transactions of the log, from index `from` on, that are on disk.
void Server::acknowledge(Ctx& ctx, std::size_t from) {
  for (std::size_t i = from; i < flushed_; ++i) ctx.send(leader_connection_, request(0, ZkAck{log_[i]->zxid}));
}

void Server::poll_follower(Ctx& ctx) {
  const sim::Instant now = ctx.now();
  if (phase_ != ServerPhase::Broadcast) {
    if (now >= phase_deadline_) return start_looking(ctx, fact::ZkStateReason::NotUpToDateInTime);
    if (now >= connect_at_) connect_to_leader(ctx);
    wake_at(phase_deadline_);
    return wake_at(connect_at_);
  }
  const sim::Instant silence = leader_heard_ + ticks(options_.sync_limit);
  if (now >= silence) return start_looking(ctx, fact::ZkStateReason::LeaderSilent);
  wake_at(silence);
}

}  // namespace kafkascope::zookeeper
