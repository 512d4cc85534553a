// Leading: the accumulator, fetches (answered or parked), the high watermark, check quorum, BeginQuorumEpoch. Kafka:
// LeaderState, BatchAccumulator, KafkaRaftClient.handleFetchRequest, maybeAppendBatches. Source: KIP-595, KIP-1166.
#include <algorithm>
#include <functional>
#include <utility>

#include "protocol/facts_of_quorum.h"
#include "raft/quorum_node.h"
#include "sim/mutant.h"

namespace kafkascope::raft {

using protocol::ErrorCode;
using sim::Instant;
using sim::kNever;
using sim::milliseconds;

// ---- appending

Offset QuorumNode::append(Ctx& ctx, std::vector<MetadataRecord> records) {
  if (!is_leader() || records.empty()) return Offset{};
  for (MetadataRecord& record : records) accumulated_.push_back(std::move(record));
  const Offset last = next_append_offset() - 1;
  // The first append starts the linger; later ones join its batch (BatchAccumulator.maybeResetLinger).
  if (linger_deadline_ == kNever) linger_deadline_ = ctx.now() + milliseconds(options_.append_linger_ms);
  poll(ctx);
  return last;
}

void QuorumNode::drain(Ctx& ctx) {
  linger_deadline_ = kNever;
  if (accumulated_.empty()) return;
  metrics_.appended(next_append_offset(), static_cast<std::int64_t>(accumulated_.size()), ctx.now());
  for (MetadataRecord& record : std::exchange(accumulated_, {})) {
    // An idle leader appends two identical no-op records a second; they share one entry.
    const bool as_before = std::holds_alternative<protocol::NoOpRecord>(record) && log_end_offset() > log_start_ &&
                           log_.back()->epoch == epoch_ &&
                           std::holds_alternative<protocol::NoOpRecord>(log_.back()->record);
    append_entry(
        ctx, as_before ? log_.back() : std::make_shared<const MetadataEntry>(MetadataEntry{epoch_, std::move(record)}));
  }
  flush_log(ctx);
  wake_parked(ctx);  // even before the flush is complete: followers may write at the same time (flushLeaderLog)
}

// ---- fetches

void QuorumNode::handle_fetch(Ctx& ctx, sim::ConnectionId connection, const Message& message,
                              const protocol::QuorumFetchRequest& request) {
  protocol::QuorumFetchResponse answer;
  if (request.max_wait_ms < 0 || !request.fetch_offset.known() || request.last_fetched_epoch.value < 0 ||
      request.last_fetched_epoch > request.current_leader_epoch) {
    answer.error = ErrorCode::INVALID_REQUEST;
    answer.leader_id = leader_;
    answer.leader_epoch = epoch_;
  } else {
    answer = answer_fetch(ctx, request, true);
  }
  const bool moves_high_watermark = answer.high_watermark > request.high_watermark;  // KIP-1166
  if (answer.error != ErrorCode::NONE || !answer.entries.empty() || answer.diverging_epoch.value >= 0 ||
      answer.snapshot_end_offset.known() || moves_high_watermark || request.max_wait_ms == 0) {
    post(ctx, connection, response(message, std::move(answer)));
    return;
  }
  const Instant deadline = ctx.now() + milliseconds(request.max_wait_ms);
  const auto later = std::find_if(parked_.rbegin(), parked_.rend(), [&](const Parked& p) {
    return p.deadline <= deadline;
  });  // all fetches wait equally long, so the latest one has the latest deadline
  parked_.insert(later.base(), {connection, message.correlation_id, request, deadline});
}

/// Kafka: tryCompleteFetchRequest. `count_it`: the fetch offset updates the replica's progress.
protocol::QuorumFetchResponse QuorumNode::answer_fetch(Ctx& ctx, const protocol::QuorumFetchRequest& request,
                                                       bool count_it) {
  protocol::QuorumFetchResponse answer;
  answer.leader_id = leader_;
  answer.leader_epoch = epoch_;
  answer.log_start_offset = log_start_offset();
  if (request.current_leader_epoch < epoch_) answer.error = ErrorCode::FENCED_LEADER_EPOCH;
  else if (request.current_leader_epoch > epoch_) answer.error = ErrorCode::UNKNOWN_LEADER_EPOCH;
  else if (!is_leader()) answer.error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  if (answer.error != ErrorCode::NONE) return answer;

  if (needs_snapshot(request)) {
    answer.snapshot_end_offset = snapshots_.back().end;
    answer.snapshot_epoch = snapshots_.back().epoch;
    answer.high_watermark = leader_high_watermark_;
    return answer;
  }
  const bool from_nothing = request.fetch_offset.value == 0 && request.last_fetched_epoch.value == 0;
  const storage::EpochEnd end = end_of(request.last_fetched_epoch);
  if (!from_nothing && (end.epoch != request.last_fetched_epoch || end.end_offset < request.fetch_offset)) {
    answer.diverging_epoch = end.epoch;
    answer.diverging_end_offset = end.end_offset;
  } else {
    if (count_it) note_fetch(ctx, request);
    answer.base_offset = request.fetch_offset;
    for (Offset at = request.fetch_offset; at < log_end_offset(); at = at + 1)
      answer.entries.push_back(log_[static_cast<std::size_t>(at.value)]);
  }
  answer.high_watermark = leader_high_watermark_;
  return answer;
}

/// Kafka: LeaderState.updateReplicaState, updateCheckQuorumForFollowingVoter.
void QuorumNode::note_fetch(Ctx& ctx, const protocol::QuorumFetchRequest& request) {
  if (request.replica_id < 0 || request.replica_id == options_.id) return;
  const Instant now = ctx.now();
  ReplicaProgress& progress = progress_of(request.replica_id);
  if (request.fetch_offset >= log_end_offset()) progress.last_caught_up = now;
  else if (progress.leader_end_at_last_fetch.known() && request.fetch_offset >= progress.leader_end_at_last_fetch)
    progress.last_caught_up = std::max(progress.last_caught_up, progress.last_fetch);
  progress.leader_end_at_last_fetch = log_end_offset();
  progress.last_fetch = now;
  progress.end_offset = request.fetch_offset;
  progress.acknowledged = true;

  if (peer_of(request.replica_id) == nullptr && !sim::mutant("observers-make-a-majority")) return;
  note_check_quorum(ctx, request.replica_id);
  advance_leader_high_watermark(ctx);
}

/// The check-quorum timer restarts once a majority, this node included, has fetched.
void QuorumNode::note_check_quorum(Ctx& ctx, BrokerId voter) {
  if (!fetched_voters_.contains(voter)) fetched_voters_.push_back(voter);
  if (!majority(fetched_voters_.size() + 1)) return;
  fetched_voters_.clear();
  check_quorum_deadline_ = ctx.now() + milliseconds(options_.fetch_timeout_ms * 3 / 2);
}

void QuorumNode::wake_parked(Ctx& ctx) {
  std::deque<Parked> waiting;
  for (Parked& parked : std::exchange(parked_, {})) {
    if (parked.request.fetch_offset < log_end_offset() || parked.request.high_watermark < leader_high_watermark_)
      post(ctx, parked.connection, {parked.correlation_id, answer_fetch(ctx, parked.request, false)});
    else waiting.push_back(parked);
  }
  parked_ = std::move(waiting);
}

/// This node has lost leadership: the parked fetches are answered with an error, so that their senders look for the new
/// leader.
void QuorumNode::refuse_parked(Ctx& ctx) {
  for (Parked& parked : std::exchange(parked_, {})) {
    protocol::QuorumFetchResponse answer;
    answer.error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
    answer.leader_id = leader_;
    answer.leader_epoch = epoch_;
    post(ctx, parked.connection, {parked.correlation_id, std::move(answer)});
  }
}

// ---- the high watermark

void QuorumNode::advance_leader_high_watermark(Ctx& ctx) {
  if (!is_leader()) return;
  progress_of(options_.id).end_offset =
      sim::mutant("own-unflushed-entries-count") ? log_end_offset() : std::min(flushed_, log_end_offset());
  std::vector<Offset> ends;
  for (const Voter& voter : options_.voters) ends.push_back(progress_of(voter.id).end_offset);
  std::sort(ends.begin(), ends.end(), std::greater<>());
  const Offset held = ends[ends.size() / 2];  // a majority of voters has the log up to this offset
  // A record of an older epoch does not count as committed until a record of this epoch is committed (Raft 5.4.2).
  if ((held <= epoch_start_ && !sim::mutant("older-epochs-commit")) || held <= leader_high_watermark_) return;
  leader_high_watermark_ = held;
  if (held > high_watermark_) {
    ctx.trace(fact::QuorumHighWatermark{.from = high_watermark_, .to = held});
    high_watermark_ = held;
  }
  metrics_.committed(held, ctx.now());
  wake_parked(ctx);
}

ReplicaProgress& QuorumNode::progress_of(BrokerId id) {
  auto it = std::lower_bound(progress_.begin(), progress_.end(), id,
                             [](const ReplicaProgress& p, BrokerId i) { return p.id < i; });
  if (it == progress_.end() || it->id != id) {
    it = progress_.insert(it, ReplicaProgress{});
    it->id = id;
  }
  return *it;
}

std::vector<ReplicaProgress> QuorumNode::replicas() const {
  if (!is_leader()) return {};
  std::vector<ReplicaProgress> all = progress_;
  for (ReplicaProgress& p : all) {
    if (p.id == options_.id) p.end_offset = std::min(flushed_, log_end_offset());
  }
  return all;
}

// ---- informing the voters, and stepping down

/// Sends BeginQuorumEpoch every half fetch timeout to the voters that have not fetched for that long
/// (LeaderState.needToSendBeginQuorumRequests).
Instant QuorumNode::send_begin_epoch(Ctx& ctx) {
  const sim::Duration period = milliseconds(options_.fetch_timeout_ms / 2);
  if (ctx.now() < begin_epoch_at_) return begin_epoch_at_;
  begin_epoch_at_ = ctx.now() + period;
  for (Peer& peer : peers_) {
    const ReplicaProgress& progress = progress_of(peer.voter.id);
    if (progress.last_fetch.us < 0 || ctx.now() - progress.last_fetch >= period)
      try_send(ctx, peer, protocol::BeginQuorumEpochRequest{options_.id, epoch_});
  }
  return begin_epoch_at_;
}

/// The other voters, ordered by the length of their logs, the longest first.
protocol::IdList QuorumNode::successors() const {
  std::vector<ReplicaProgress> others;
  for (const ReplicaProgress& p : progress_) {
    const bool is_voter =
        std::any_of(peers_.begin(), peers_.end(), [&](const Peer& peer) { return peer.voter.id == p.id; });
    if (is_voter) others.push_back(p);
  }
  std::stable_sort(others.begin(), others.end(),
                   [](const ReplicaProgress& a, const ReplicaProgress& b) { return a.end_offset > b.end_offset; });
  protocol::IdList ids;
  for (const ReplicaProgress& p : others) ids.push_back(p.id);
  return ids;
}

}  // namespace kafkascope::raft
