#include "raft/follower_state.h"

#include <algorithm>

#include "protocol/facts_of_quorum.h"

namespace kafkascope::raft {

using sim::Instant;
using sim::kNever;
using sim::milliseconds;

// ---- sending

Instant FollowerState::send_fetch(Ctx& ctx, QuorumReplica& replica, QuorumPeers::Peer& peer) const {
  // The leader takes the fetch offset as this voter's durable end, so the fetch waits until the flush is complete,
  // which triggers another poll.
  if (replica.log.flushing()) return kNever;
  if (wanted_snapshot_)
    return replica.peers.try_send(ctx, replica.file, peer,
                                  protocol::FetchSnapshotRequest{replica.options.id, replica.epoch,
                                                                 wanted_snapshot_->first, wanted_snapshot_->second});
  protocol::QuorumFetchRequest request;
  request.replica_id = replica.options.id;
  request.current_leader_epoch = replica.epoch;
  request.last_fetched_epoch = replica.log.last_epoch();
  request.fetch_offset = replica.log.end_offset();
  request.high_watermark = replica.high_watermark;
  request.max_wait_ms = replica.options.fetch_max_wait_ms;
  return replica.peers.try_send(ctx, replica.file, peer, request);
}

Instant FollowerState::fetch_from_anyone(Ctx& ctx, QuorumReplica& replica) const {
  const Instant now = ctx.now();
  auto& peers = replica.peers.all();
  if (peers.empty() || replica.log.flushing()) return kNever;
  if (replica.peers.anything_in_flight()) return kNever;  // the response or the timeout triggers another poll
  const std::size_t first = ctx.random(sim::Stream::RetryBackoff).below(peers.size());
  Instant next = kNever;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    QuorumPeers::Peer& peer = peers[(first + i) % peers.size()];
    const Instant again = peer.ready(now) ? send_fetch(ctx, replica, peer) : peer.backoff_until;
    if (peer.awaiting != 0) return again;
    next = std::min(next, again);
  }
  return next;
}

Instant FollowerState::fetch_from_leader(Ctx& ctx, QuorumReplica& replica) const {
  QuorumPeers::Peer* leader = replica.peers.find(replica.leader);
  if (leader == nullptr) return fetch_from_anyone(ctx, replica);
  // After a failure another voter may know of a new leader.
  if (leader->backoff_until > ctx.now()) return std::min(leader->backoff_until, fetch_from_anyone(ctx, replica));
  if (replica.peers.anything_in_flight()) return kNever;
  const Instant next = send_fetch(ctx, replica, *leader);
  return leader->awaiting != 0 || replica.log.flushing() ? next : std::min(next, fetch_from_anyone(ctx, replica));
}

// ---- responses

void FollowerState::on_fetch(Ctx& ctx, QuorumReplica& replica, const protocol::QuorumFetchResponse& response) {
  MetadataLog& log = replica.log;
  if (response.snapshot_end_offset.known()) {
    wanted_snapshot_ = {response.snapshot_end_offset, response.snapshot_epoch};
  } else if (response.diverging_epoch.value >= 0) {
    const storage::EpochEnd own = log.end_of(response.diverging_epoch);
    const Offset to = own.epoch == response.diverging_epoch ? std::min(own.end_offset, response.diverging_end_offset)
                                                            : own.end_offset;
    if (to < replica.high_watermark) ctx.fault("what is committed is never truncated");
    log.truncate_to(ctx, to);
  } else {
    if (!response.entries.empty()) {
      if (response.base_offset != log.end_offset()) ctx.fault("what is fetched continues the log");
      for (const SharedMetadataEntry& entry : response.entries) log.append(entry, ctx.now());
      if (replica.options.voter) replica.flush_log(ctx);
    }
    if (log.flushing()) replica.told_high_watermark = response.high_watermark;
    else replica.follow_high_watermark(ctx, response.high_watermark);
  }
  fetched(ctx, replica);
}

bool FollowerState::on_snapshot(Ctx& ctx, QuorumReplica& replica, const protocol::FetchSnapshotResponse& response) {
  wanted_snapshot_.reset();
  if (response.error != protocol::ErrorCode::NONE) return false;
  const Offset end = response.snapshot_end_offset;
  ctx.trace(
      fact::QuorumSnapshotLoaded{.end_offset = end, .epoch = response.snapshot_epoch, .had = replica.log.end_offset()});
  replica.log.install({end, response.snapshot_epoch, response.size_bytes, ctx.now(), response.image}, ctx.now());
  replica.follow_high_watermark(ctx, end);
  fetched(ctx, replica);
  return true;
}

void FollowerState::fetched(Ctx& ctx, const QuorumReplica& replica) {
  deadline_ = ctx.now() + milliseconds(replica.options.fetch_timeout_ms);
  has_fetched_ = true;
}

}  // namespace kafkascope::raft
