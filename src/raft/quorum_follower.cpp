// Following: fetches from the leader or, when that fails, from any voter; and the log operations that leaders and
// followers share. Kafka: KafkaRaftClient.maybeSendFetchToBestNode, handleFetchResponse;
// KafkaMetadataLog.validateOffsetAndEpoch, truncateToEndOffset.
#include <algorithm>
#include <utility>

#include "protocol/facts_of_quorum.h"
#include "raft/quorum_kinds.h"
#include "raft/quorum_node.h"

namespace kafkascope::raft {

using protocol::ErrorCode;
using sim::Instant;
using sim::kNever;
using sim::milliseconds;

Instant QuorumNode::send_fetch(Ctx& ctx, Peer& peer) {
  // The leader takes the fetch offset as this voter's durable end, so the fetch waits until the flush is complete,
  // which triggers another poll.
  if (!flushing_.empty()) return kNever;
  if (wanted_snapshot_)
    return try_send(
        ctx, peer,
        protocol::FetchSnapshotRequest{options_.id, epoch_, wanted_snapshot_->first, wanted_snapshot_->second});
  protocol::QuorumFetchRequest request;
  request.replica_id = options_.id;
  request.current_leader_epoch = epoch_;
  request.last_fetched_epoch = last_epoch();
  request.fetch_offset = log_end_offset();
  request.high_watermark = high_watermark_;
  request.max_wait_ms = options_.fetch_max_wait_ms;
  return try_send(ctx, peer, request);
}

/// Fetches from one of the voters, starting with a random one; every response names the leader. At most one fetch is in
/// flight.
Instant QuorumNode::fetch_from_anyone(Ctx& ctx) {
  const Instant now = ctx.now();
  if (peers_.empty() || !flushing_.empty()) return kNever;
  if (anything_in_flight()) return kNever;  // the response or the timeout triggers another poll
  const std::size_t first = ctx.random(sim::Stream::RetryBackoff).below(peers_.size());
  Instant next = kNever;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    Peer& peer = peers_[(first + i) % peers_.size()];
    const Instant again = ready(peer, now) ? send_fetch(ctx, peer) : peer.backoff_until;
    if (peer.awaiting != 0) return again;
    next = std::min(next, again);
  }
  return next;
}

Instant QuorumNode::fetch_from_best(Ctx& ctx) {
  Peer* leader = peer_of(leader_);
  if (leader == nullptr) return fetch_from_anyone(ctx);
  // After a failure another voter may know of a new leader.
  if (leader->backoff_until > ctx.now()) return std::min(leader->backoff_until, fetch_from_anyone(ctx));
  if (anything_in_flight()) return kNever;
  const Instant next = send_fetch(ctx, *leader);
  return leader->awaiting != 0 || !flushing_.empty() ? next : std::min(next, fetch_from_anyone(ctx));
}

bool QuorumNode::handle_fetch_response(Ctx& ctx, const protocol::QuorumFetchResponse& response) {
  if (const auto handled = handle_common(ctx, response.error, response.leader_id, response.leader_epoch))
    return *handled;
  if (response.error != ErrorCode::NONE || state_ != QuorumState::Follower) return false;
  if (response.snapshot_end_offset.known()) {
    wanted_snapshot_ = {response.snapshot_end_offset, response.snapshot_epoch};
  } else if (response.diverging_epoch.value >= 0) {
    const storage::EpochEnd own = end_of(response.diverging_epoch);
    const Offset to = own.epoch == response.diverging_epoch ? std::min(own.end_offset, response.diverging_end_offset)
                                                            : own.end_offset;
    if (to < high_watermark_) ctx.fault("what is committed is never truncated");
    truncate_to(ctx, to);
  } else {
    if (!response.entries.empty()) {
      if (response.base_offset != log_end_offset()) ctx.fault("what is fetched continues the log");
      for (const SharedMetadataEntry& entry : response.entries) append_entry(ctx, entry);
      if (options_.voter) flush_log(ctx);
    }
    if (flushing_.empty()) advance_follower_high_watermark(ctx, response.high_watermark);
    else told_high_watermark_ = response.high_watermark;
  }
  fetch_deadline_ = ctx.now() + milliseconds(options_.fetch_timeout_ms);
  has_fetched_from_leader_ = true;
  return true;
}

void QuorumNode::advance_follower_high_watermark(Ctx& ctx, Offset told) {
  const Offset to = std::min(told, log_end_offset());
  if (to <= high_watermark_) return;
  if (options_.voter) ctx.trace(fact::QuorumHighWatermark{.from = high_watermark_, .to = to});
  high_watermark_ = to;
}

// ---- the log

void QuorumNode::append_entry(Ctx& ctx, SharedMetadataEntry entry) {
  const Offset at = log_end_offset();
  epochs_.assign(entry->epoch, at);
  if (is_leader()) ctx.trace(fact::MetadataAppended{at, entry->epoch, record_name(entry->record)});
  log_.push_back(std::move(entry));
  written_at_.push_back(ctx.now());
}

void QuorumNode::flush_log(Ctx& ctx) {
  const std::int64_t fresh =
      std::max<std::int64_t>(1, log_end_offset() - (flushing_.empty() ? flushed_ : flushing_.back().end));
  flushing_.push_back({next_number_, log_end_offset()});
  ctx.flush(static_cast<std::uint64_t>(fresh) * kEntryBytes, kLogFlush, next_number_++);
}

void QuorumNode::truncate_to(Ctx& ctx, Offset end) {
  if (end < log_end_offset()) {
    if (!flushing_.empty()) ctx.fault("a log is not truncated while it is being flushed: no fetch is sent then");
    ctx.trace(fact::QuorumTruncated{.to = end, .from = log_end_offset()});
    log_.truncate_to(static_cast<std::size_t>(end.value));
    written_at_.truncate_to(static_cast<std::size_t>(end.value));
    flushed_ = std::min(flushed_, end);
  }
  epochs_.truncate_from_end(end);
}

/// The end of the log that would be left after a power failure at `now`.
Offset QuorumNode::durable_end(Instant now) const {
  const Instant horizon = now - options_.write_back;
  std::size_t low = static_cast<std::size_t>(log_start_.value), high = written_at_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (written_at_[middle] <= horizon) low = middle + 1;
    else high = middle;
  }
  return std::max(std::min(flushed_, log_end_offset()), Offset{static_cast<std::int64_t>(low)});
}

LeaderEpoch QuorumNode::last_epoch() const {
  return std::max(epochs_.latest(), snapshots_.empty() ? LeaderEpoch{0} : snapshots_.back().epoch);
}

/// Kafka: KafkaMetadataLog.endOffsetForEpoch. For an epoch that the log does not know, returns that epoch with the
/// log's own end.
storage::EpochEnd QuorumNode::end_of(LeaderEpoch epoch) const {
  const storage::EpochEnd known = epochs_.end_offset_for(epoch, log_end_offset());
  if (log_start_ > Offset{0} && (known.epoch.value < 0 || known.end_offset < log_start_))  // the epoch ends in a
                                                                                           // snapshot
    return {snapshots_.front().epoch, log_start_};
  return known.epoch.value >= 0 ? known : storage::EpochEnd{last_epoch(), log_end_offset()};
}

}  // namespace kafkascope::raft
