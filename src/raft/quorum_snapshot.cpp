// Snapshots of the metadata log: when one is made, which records it replaces, and how a replica that is too far behind
// gets one. Kafka: SnapshotGenerator, KafkaMetadataLog.validateOffsetAndEpoch and maybeClean,
// KafkaRaftClient.handleFetchSnapshotRequest. Source: KIP-630. Simplified: writing and reading take no time, and a
// snapshot's size is that of the records that would describe the image.
#include <algorithm>
#include <utility>

#include "protocol/facts_of_quorum.h"
#include "raft/quorum_kinds.h"
#include "raft/quorum_node.h"

namespace kafkascope::raft {

using protocol::ErrorCode;
using sim::milliseconds;

namespace {

constexpr sim::Duration kCleanEvery = sim::seconds(60);  // KafkaRaftManager: RaftMetadataLogCleanerManager

/// The number of records that would describe the image.
std::int64_t size_of(const protocol::MetadataImage& image) {
  std::size_t records = image.brokers().size() + image.features().size() + image.acls().size() + image.quotas().size();
  for (const protocol::TopicImage& t : image.topics())
    if (!t.removed) records += 1 + t.partitions.size() + image.config("topic:" + t.name).size();
  return static_cast<std::int64_t>(records * kEntryBytes);
}

}  // namespace

const Snapshot* QuorumNode::snapshot_for(Offset next) const {
  if (snapshots_.empty() || next >= high_watermark_ || (next.value != 0 && next >= log_start_)) return nullptr;
  return &snapshots_.back();
}

void QuorumNode::maybe_snapshot(Ctx& ctx, const protocol::MetadataImage& applied) {
  const Offset end = applied.last_offset() + 1, before = snapshots_.empty() ? Offset{0} : snapshots_.back().end;
  const bool many = (end - before) * static_cast<std::int64_t>(kEntryBytes) >= options_.snapshot_bytes;
  const bool long_ago =
      options_.snapshot_interval_ms > 0 && ctx.now() - snapshot_at_ >= milliseconds(options_.snapshot_interval_ms);
  if (end > before && (many || long_ago)) {
    const std::int64_t bytes = size_of(applied);
    snapshots_.push_back({end, applied.last_epoch(), bytes, ctx.now(), applied});
    snapshot_at_ = ctx.now();
    ctx.trace(fact::QuorumSnapshot{end, applied.last_epoch(), bytes,
                                   many ? fact::SnapshotReason::BytesBetween : fact::SnapshotReason::Interval});
  }
  if (ctx.now() - cleaned_at_ >= kCleanEvery) clean_log(ctx);
}

/// While the size or age limit is exceeded, deletes the oldest snapshot and the log below the next one; the newest
/// snapshot stays.
void QuorumNode::clean_log(Ctx& ctx) {
  cleaned_at_ = ctx.now();
  const Offset before = log_start_;
  fact::MetadataRetentionReason reason{};
  while (snapshots_.size() >= 2) {
    std::int64_t size = (log_end_offset() - log_start_) * static_cast<std::int64_t>(kEntryBytes);
    for (const Snapshot& s : snapshots_) size += s.bytes;
    const bool too_big = options_.retention_bytes >= 0 && size > options_.retention_bytes;
    const bool too_old =
        options_.retention_ms >= 0 && ctx.now() - snapshots_.front().made_at > milliseconds(options_.retention_ms);
    if (!too_big && !too_old) break;
    reason = too_big ? fact::MetadataRetentionReason::Bytes : fact::MetadataRetentionReason::Time;
    snapshots_.erase(snapshots_.begin());
    log_start_ = snapshots_.front().end;
    epochs_.truncate_from_start(log_start_);
  }
  forget_below_start();
  if (log_start_ != before) ctx.trace(fact::QuorumLogStart{.from = before, .to = log_start_, .reason = reason});
}

void QuorumNode::forget_below_start() {
  log_.forget_below(static_cast<std::size_t>(log_start_.value));
  written_at_.forget_below(static_cast<std::size_t>(log_start_.value));
}

/// Kafka: ReplicatedLog.validateOffsetAndEpoch.
bool QuorumNode::needs_snapshot(const protocol::QuorumFetchRequest& request) const {
  if (snapshots_.empty() ||
      (log_start_.value == 0 && request.fetch_offset.value == 0 && request.last_fetched_epoch.value == 0))
    return false;
  const LeaderEpoch oldest = snapshots_.front().epoch;
  return request.fetch_offset < log_start_ ||
         (request.fetch_offset == log_start_ && request.last_fetched_epoch != oldest) ||
         request.last_fetched_epoch < oldest;
}

void QuorumNode::handle_fetch_snapshot(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                                       const protocol::FetchSnapshotRequest& request) {
  protocol::FetchSnapshotResponse answer;
  answer.leader_id = leader_;
  answer.leader_epoch = epoch_;
  const auto wanted = std::find_if(snapshots_.begin(), snapshots_.end(), [&](const Snapshot& s) {
    return s.end == request.snapshot_end_offset && s.epoch == request.snapshot_epoch;
  });
  if (request.current_leader_epoch < epoch_) answer.error = ErrorCode::FENCED_LEADER_EPOCH;
  else if (request.current_leader_epoch > epoch_) answer.error = ErrorCode::UNKNOWN_LEADER_EPOCH;
  else if (!is_leader()) answer.error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  else if (wanted == snapshots_.end()) answer.error = ErrorCode::SNAPSHOT_NOT_FOUND;
  if (answer.error == ErrorCode::NONE) {
    answer.snapshot_end_offset = wanted->end;
    answer.snapshot_epoch = wanted->epoch;
    answer.size_bytes = wanted->bytes;
    answer.image = wanted->image;
    // A voter that fetches a snapshot counts towards the majority that a leader needs
    // (updateCheckQuorumForFollowingVoter).
    if (peer_of(request.replica_id) != nullptr) note_check_quorum(ctx, request.replica_id);
  }
  post(ctx, connection, response(message, std::move(answer)));
}

/// After a snapshot is installed the log is empty and begins where the snapshot ends.
bool QuorumNode::handle_fetch_snapshot_response(Ctx& ctx, const protocol::FetchSnapshotResponse& response) {
  if (const auto handled = handle_common(ctx, response.error, response.leader_id, response.leader_epoch))
    return *handled;
  if (state_ != QuorumState::Follower) return false;
  wanted_snapshot_.reset();
  if (response.error != ErrorCode::NONE)
    return false;  // the snapshot has been deleted: the next fetch names another
                   // one
  ctx.trace(fact::QuorumSnapshotLoaded{
      .end_offset = response.snapshot_end_offset, .epoch = response.snapshot_epoch, .had = log_end_offset()});
  log_start_ = response.snapshot_end_offset;
  log_.clear();
  written_at_.clear();
  for (std::int64_t i = 0; i < log_start_.value; ++i) {
    log_.push_back(nullptr);
    written_at_.push_back(ctx.now());
  }
  forget_below_start();
  epochs_.clear();
  flushed_ = log_start_;
  snapshots_ = {{log_start_, response.snapshot_epoch, response.size_bytes, ctx.now(), response.image}};
  snapshot_at_ = ctx.now();
  advance_follower_high_watermark(ctx, log_start_);
  fetch_deadline_ = ctx.now() + milliseconds(options_.fetch_timeout_ms);
  has_fetched_from_leader_ = true;
  return true;
}

}  // namespace kafkascope::raft
