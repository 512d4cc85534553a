#include "raft/leader_state.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "protocol/facts_of_quorum.h"
#include "sim/mutant.h"

namespace kafkascope::raft {

using protocol::ErrorCode;
using sim::Instant;
using sim::kNever;
using sim::milliseconds;

// ---- the term

void LeaderState::preload(const QuorumReplica& replica) {
  epoch_start_ = replica.log.start_of_latest(replica.epoch);
  high_watermark_ = replica.log.end_offset();
  for (const Voter& voter : replica.options.voters) {
    progress_of(voter.id).end_offset = replica.log.end_offset();
    progress_of(voter.id).acknowledged = true;
  }
}

void LeaderState::start_formed(Instant now, const QuorumOptions& options) {
  restart_check_quorum(now, options);
  begin_epoch_at_ = now + milliseconds(options.fetch_timeout_ms / 2);
  for (ReplicaProgress& p : progress_) p.last_fetch = p.last_caught_up = now;
}

/// The previous high watermark is not sent to followers: the new one is unknown until a majority has reached the start
/// of the epoch (KIP-595).
void LeaderState::begin(Ctx& ctx, QuorumReplica& replica) {
  const Instant now = ctx.now();
  epoch_start_ = replica.log.end_offset();
  for (const Voter& voter : replica.options.voters) progress_of(voter.id);
  restart_check_quorum(now, replica.options);
  begin_epoch_at_ = now;
  ctx.trace(fact::QuorumElected{replica.leader, replica.epoch, epoch_start_});
  protocol::LeaderChangeMessage change{replica.options.id, {}};
  for (const Voter& voter : replica.options.voters) change.voters.push_back(voter.id);
  append(ctx, replica, std::make_shared<const MetadataEntry>(MetadataEntry{replica.epoch, std::move(change)}));
  replica.metrics.appended(replica.log.end_offset(), 1, now);
  replica.flush_log(ctx);
}

Instant LeaderState::poll(Ctx& ctx, QuorumReplica& replica) {
  const Instant now = ctx.now();
  if (now >= linger_deadline_) drain(ctx, replica);
  Instant next = std::min({check_quorum_deadline_, linger_deadline_, send_begin_epoch(ctx, replica)});
  while (!parked_.empty() && parked_.front().deadline <= now) {
    const Parked due = parked_.front();
    parked_.pop_front();
    answer_parked(ctx, replica, due);
  }
  if (!parked_.empty()) next = std::min(next, parked_.front().deadline);
  return next;
}

// ---- appending

void LeaderState::accumulate(Instant now, const QuorumOptions& options, std::vector<MetadataRecord> records) {
  for (MetadataRecord& record : records) accumulated_.push_back(std::move(record));
  // The first append starts the linger; later ones join its batch (BatchAccumulator.maybeResetLinger).
  if (linger_deadline_ == kNever) linger_deadline_ = now + milliseconds(options.append_linger_ms);
}

void LeaderState::append(Ctx& ctx, QuorumReplica& replica, SharedMetadataEntry entry) {
  ctx.trace(fact::MetadataAppended{replica.log.end_offset(), entry->epoch, record_name(entry->record)});
  replica.log.append(std::move(entry), ctx.now());
}

void LeaderState::drain(Ctx& ctx, QuorumReplica& replica) {
  linger_deadline_ = kNever;
  if (accumulated_.empty()) return;
  const MetadataLog& log = replica.log;
  const auto records = static_cast<std::int64_t>(accumulated_.size());
  replica.metrics.appended(log.end_offset() + records, records, ctx.now());
  for (MetadataRecord& record : std::exchange(accumulated_, {})) {
    // An idle leader appends two identical no-op records a second; they share one entry.
    const bool may_share =
        std::holds_alternative<protocol::NoOpRecord>(record) && log.end_offset() > log.start_offset();
    const SharedMetadataEntry last = may_share ? log.shared_entry(log.end_offset() - 1) : nullptr;
    const bool as_before =
        last != nullptr && last->epoch == replica.epoch && std::holds_alternative<protocol::NoOpRecord>(last->record);
    append(ctx, replica,
           as_before ? last : std::make_shared<const MetadataEntry>(MetadataEntry{replica.epoch, std::move(record)}));
  }
  replica.flush_log(ctx);
  wake_parked(ctx, replica);  // even before the flush is complete: followers may write at the same time
                              // (flushLeaderLog)
}

// ---- fetches

void LeaderState::handle_fetch(Ctx& ctx, QuorumReplica& replica, sim::ConnectionId connection, const Message& message,
                               const protocol::QuorumFetchRequest& request) {
  protocol::QuorumFetchResponse answer;
  if (request.max_wait_ms < 0 || !request.fetch_offset.known() || request.last_fetched_epoch.value < 0 ||
      request.last_fetched_epoch > request.current_leader_epoch) {
    answer.error = ErrorCode::INVALID_REQUEST;
    answer.leader_id = replica.leader;
    answer.leader_epoch = replica.epoch;
  } else {
    answer = answer_fetch(ctx, replica, request, true);
  }
  const bool moves_high_watermark = answer.high_watermark > request.high_watermark;  // KIP-1166
  if (answer.error != ErrorCode::NONE || !answer.entries.empty() || answer.diverging_epoch.value >= 0 ||
      answer.snapshot_end_offset.known() || moves_high_watermark || request.max_wait_ms == 0) {
    replica.file.post(ctx, connection, response(message, std::move(answer)));
    return;
  }
  park({connection, message.correlation_id, request, ctx.now() + milliseconds(request.max_wait_ms)});
}

/// Kafka: tryCompleteFetchRequest. `count_it`: the fetch offset updates the replica's progress.
protocol::QuorumFetchResponse LeaderState::answer_fetch(Ctx& ctx, QuorumReplica& replica,
                                                        const protocol::QuorumFetchRequest& request, bool count_it) {
  const MetadataLog& log = replica.log;
  protocol::QuorumFetchResponse answer;
  answer.leader_id = replica.leader;
  answer.leader_epoch = replica.epoch;
  answer.log_start_offset = log.start_offset();
  answer.error = replica.refuses(request.current_leader_epoch);
  if (answer.error != ErrorCode::NONE) return answer;

  const Validity valid = log.validate(request.fetch_offset, request.last_fetched_epoch);
  if (valid.kind == Validity::Kind::Snapshot) {
    answer.snapshot_end_offset = valid.at.end_offset;
    answer.snapshot_epoch = valid.at.epoch;
  } else if (valid.kind == Validity::Kind::Diverging) {
    answer.diverging_epoch = valid.at.epoch;
    answer.diverging_end_offset = valid.at.end_offset;
  } else {
    if (count_it) note_fetch(ctx, replica, request);
    answer.base_offset = request.fetch_offset;
    for (Offset at = request.fetch_offset; at < log.end_offset(); at = at + 1)
      answer.entries.push_back(log.shared_entry(at));
  }
  answer.high_watermark = high_watermark_;
  return answer;
}

void LeaderState::handle_fetch_snapshot(Ctx& ctx, QuorumReplica& replica, sim::ConnectionId connection,
                                        const Message& message, const protocol::FetchSnapshotRequest& request) {
  protocol::FetchSnapshotResponse answer;
  answer.leader_id = replica.leader;
  answer.leader_epoch = replica.epoch;
  answer.error = replica.refuses(request.current_leader_epoch);
  const Snapshot* wanted = replica.log.find_snapshot(request.snapshot_end_offset, request.snapshot_epoch);
  if (answer.error == ErrorCode::NONE && wanted == nullptr) answer.error = ErrorCode::SNAPSHOT_NOT_FOUND;
  if (answer.error == ErrorCode::NONE) {
    answer.snapshot_end_offset = wanted->end;
    answer.snapshot_epoch = wanted->epoch;
    answer.size_bytes = wanted->bytes;
    answer.image = wanted->image;
    // A voter that fetches a snapshot counts towards the majority that a leader needs
    // (updateCheckQuorumForFollowingVoter).
    if (replica.peers.contains(request.replica_id)) note_check_quorum(ctx.now(), replica.options, request.replica_id);
  }
  replica.file.post(ctx, connection, response(message, std::move(answer)));
}

// ---- fetches that wait

void LeaderState::park(Parked fetch) {
  const auto later = std::find_if(parked_.rbegin(), parked_.rend(), [&](const Parked& p) {
    return p.deadline <= fetch.deadline;
  });  // all fetches wait equally long, so the latest one has the latest deadline
  parked_.insert(later.base(), std::move(fetch));
}

void LeaderState::answer_parked(Ctx& ctx, QuorumReplica& replica, const Parked& fetch) {
  replica.file.post(ctx, fetch.connection, {fetch.correlation_id, answer_fetch(ctx, replica, fetch.request, false)});
}

void LeaderState::wake_parked(Ctx& ctx, QuorumReplica& replica) {
  std::deque<Parked> waiting;
  for (Parked& parked : std::exchange(parked_, {})) {
    if (parked.request.fetch_offset < replica.log.end_offset() || parked.request.high_watermark < high_watermark_)
      answer_parked(ctx, replica, parked);
    else waiting.push_back(parked);
  }
  parked_ = std::move(waiting);
}

void LeaderState::refuse_parked(Ctx& ctx, QuorumReplica& replica) {
  for (Parked& parked : std::exchange(parked_, {})) {
    protocol::QuorumFetchResponse answer;
    answer.error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
    answer.leader_id = replica.leader;
    answer.leader_epoch = replica.epoch;
    replica.file.post(ctx, parked.connection, {parked.correlation_id, std::move(answer)});
  }
}

void LeaderState::on_disconnect(sim::ConnectionId connection) {
  std::erase_if(parked_, [&](const Parked& p) { return p.connection == connection; });
}

// ---- progress

/// Kafka: LeaderState.updateReplicaState, updateCheckQuorumForFollowingVoter.
void LeaderState::note_fetch(Ctx& ctx, QuorumReplica& replica, const protocol::QuorumFetchRequest& request) {
  if (request.replica_id < 0 || request.replica_id == replica.options.id) return;
  const Instant now = ctx.now();
  const Offset end = replica.log.end_offset();
  ReplicaProgress& progress = progress_of(request.replica_id);
  if (request.fetch_offset >= end) progress.last_caught_up = now;
  else if (progress.leader_end_at_last_fetch.known() && request.fetch_offset >= progress.leader_end_at_last_fetch)
    progress.last_caught_up = std::max(progress.last_caught_up, progress.last_fetch);
  progress.leader_end_at_last_fetch = end;
  progress.last_fetch = now;
  progress.end_offset = request.fetch_offset;
  progress.acknowledged = true;

  if (!replica.peers.contains(request.replica_id) && !sim::mutant("observers-make-a-majority")) return;
  note_check_quorum(now, replica.options, request.replica_id);
  advance_high_watermark(ctx, replica);
}

/// The check-quorum timer restarts once a majority, this node included, has fetched.
void LeaderState::note_check_quorum(Instant now, const QuorumOptions& options, BrokerId voter) {
  if (!fetched_voters_.contains(voter)) fetched_voters_.push_back(voter);
  if (!is_majority(fetched_voters_.size() + 1, options.voters.size())) return;
  fetched_voters_.clear();
  restart_check_quorum(now, options);
}

void LeaderState::restart_check_quorum(Instant now, const QuorumOptions& options) {
  const bool alone = options.voters.size() == 1;
  check_quorum_deadline_ = alone ? kNever : now + milliseconds(options.fetch_timeout_ms * 3 / 2);
}

void LeaderState::advance_high_watermark(Ctx& ctx, QuorumReplica& replica) {
  progress_of(replica.options.id).end_offset =
      sim::mutant("own-unflushed-entries-count") ? replica.log.end_offset() : replica.log.flushed_offset();
  std::vector<Offset> ends;
  for (const Voter& voter : replica.options.voters) ends.push_back(progress_of(voter.id).end_offset);
  std::sort(ends.begin(), ends.end(), std::greater<>());
  const Offset held = ends[ends.size() / 2];  // a majority of voters has the log up to this offset
  // A record of an older epoch does not count as committed until a record of this epoch is committed (Raft 5.4.2).
  if ((held <= epoch_start_ && !sim::mutant("older-epochs-commit")) || held <= high_watermark_) return;
  high_watermark_ = held;
  replica.raise_high_watermark(ctx, held);
  replica.metrics.committed(held, ctx.now());
  wake_parked(ctx, replica);
}

ReplicaProgress& LeaderState::progress_of(BrokerId id) {
  auto it = std::lower_bound(progress_.begin(), progress_.end(), id,
                             [](const ReplicaProgress& p, BrokerId i) { return p.id < i; });
  if (it == progress_.end() || it->id != id) {
    it = progress_.insert(it, ReplicaProgress{});
    it->id = id;
  }
  return *it;
}

std::vector<ReplicaProgress> LeaderState::replicas(const QuorumReplica& replica) const {
  std::vector<ReplicaProgress> all = progress_;
  for (ReplicaProgress& p : all) {
    if (p.id == replica.options.id) p.end_offset = replica.log.flushed_offset();
  }
  return all;
}

// ---- informing the voters, and stepping down

/// Sends BeginQuorumEpoch every half fetch timeout to the voters that have not fetched for that long
/// (LeaderState.needToSendBeginQuorumRequests).
Instant LeaderState::send_begin_epoch(Ctx& ctx, QuorumReplica& replica) {
  const sim::Duration period = milliseconds(replica.options.fetch_timeout_ms / 2);
  if (ctx.now() < begin_epoch_at_) return begin_epoch_at_;
  begin_epoch_at_ = ctx.now() + period;
  for (QuorumPeers::Peer& peer : replica.peers.all()) {
    const ReplicaProgress& progress = progress_of(peer.voter.id);
    if (progress.last_fetch.us < 0 || ctx.now() - progress.last_fetch >= period)
      replica.peers.try_send(ctx, replica.file, peer,
                             protocol::BeginQuorumEpochRequest{replica.options.id, replica.epoch});
  }
  return begin_epoch_at_;
}

protocol::IdList LeaderState::successors(const QuorumPeers& peers) const {
  std::vector<ReplicaProgress> others;
  for (const ReplicaProgress& p : progress_) {
    if (peers.contains(p.id)) others.push_back(p);
  }
  std::stable_sort(others.begin(), others.end(),
                   [](const ReplicaProgress& a, const ReplicaProgress& b) { return a.end_offset > b.end_offset; });
  protocol::IdList ids;
  for (const ReplicaProgress& p : others) ids.push_back(p.id);
  return ids;
}

}  // namespace kafkascope::raft
