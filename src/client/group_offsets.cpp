// The offsets of a group member: commits and committed positions. Kafka: ConsumerCoordinator.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/fetcher.h"
#include "client/group_member.h"
#include "protocol/error_text.h"
#include "protocol/facts_of_clients.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::TopicPartition;

namespace {

/// Errors after which a commit is retried; every other error ends it, even one that Errors calls retriable. Kafka:
/// ConsumerCoordinator.OffsetCommitResponseHandler, CommitRequestManager.OffsetCommitRequestState.onResponse.
bool commit_error_passes(ErrorCode e) {
  switch (e) {
    case ErrorCode::NETWORK_EXCEPTION:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::REQUEST_TIMED_OUT:
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS:
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: return true;
    default: return false;
  }
}

}  // namespace

void GroupMember::finish_commit(std::uint64_t id, std::string exception) {
  const Commit* commit = commits_.find(id);
  if (commit == nullptr) return;
  results_.push_back({commit->kind, std::move(exception)});
  commits_.erase(id);
}

void GroupMember::retarget(protocol::TopicId before, protocol::TopicId now) {
  for (TopicPartition& p : previous_)
    if (p.topic == before) p.topic = now;
  commits_.retarget(before, now);
}

void GroupMember::commit(Ctx& ctx, GroupParts parts, CommitKind kind, Offsets offsets) {
  if (!has_group()) {
    results_.push_back({kind, "InvalidGroupIdException"});
    return;
  }
  if (offsets.empty()) {
    results_.push_back({kind, {}});
    return;
  }
  Commit c;
  c.kind = kind;
  c.offsets = std::move(offsets);
  // A commit without a waiting caller expires like any request that cannot be sent
  // (ConsumerNetworkClient.failExpiredRequests).
  c.deadline = ctx.now() + (kind == CommitKind::BeforeRebalance ? options_.max_poll_interval
                            : c.waited_for()                    ? options_.api_timeout
                                                                : options_.request_timeout);
  c.retry_at = ctx.now();
  commits_.add(std::move(c));
  send_commits(ctx, parts);
}

void GroupMember::send_commits(Ctx& ctx, GroupParts& parts) {
  std::map<std::uint64_t, std::string> failed;
  for (const std::uint64_t id : commits_.over(ctx.now())) {
    const Commit& c = *commits_.find(id);
    if (c.sent) {
      results_.push_back({c.kind, "TimeoutException"});
      // Its response still counts for the membership.
      commits_.change(id, [](Commit& late) { late.kind = CommitKind::GivenUp; });
    } else {
      failed[id] = c.waited_for() ? "TimeoutException" : "RetriableCommitFailedException";
    }
  }
  for (auto at = commits_.unsent().begin(); at != commits_.unsent().end();) {
    const std::uint64_t id = *at++;
    const Commit& c = *commits_.find(id);
    if (failed.contains(id) || ctx.now() < c.retry_at) continue;
    protocol::OffsetCommitRequest r;
    r.group_id = options_.group_id;
    if (membership_) {
      if (membership_->epoch() > 0)
        r.generation_id = membership_->epoch();  // otherwise it is not in the group, and the coordinator
                                                 // returns an error
      r.member_id = membership_->member_id();
      r.group_instance_id = options_.instance_id;
    } else if (!parts.subscriptions.topics.empty()) {  // a group member's commit carries its generation
      if (state_ != State::Stable) {
        failed[id] = is_rebalancing(state_)
                         ? "RebalanceInProgressException"
                         : "CommitFailedException: Offset commit cannot be completed since the consumer is not part "
                           "of an active group for auto partition assignment; it is likely that the consumer was "
                           "kicked out of the group.";
        continue;
      }
      r.generation_id = generation_;
      r.member_id = member_id_;
      r.group_instance_id = options_.instance_id;
    }
    if (!coordinator_.ready(ctx, parts.core, options_)) break;  // later commits also have to wait
    for (const auto& [p, position] : c.offsets)
      r.partitions.push_back(
          {p, position.offset + (sim::mutant("commits-one-too-far") ? 1 : 0), position.offset_epoch, ""});
    const bool sent = parts.core.network.send(ctx, coordinator_.node().id, std::move(r), kCommitPurpose, id);
    commits_.change(id, [&](Commit& out) {
      out.generation = generation();
      out.member_id = member_id();
      out.sent = sent;
    });
  }
  for (auto& [id, exception] : failed) finish_commit(id, std::move(exception));
}

/// Retries the commit after the backoff.
void GroupMember::retry_commit(Ctx& ctx, GroupParts& parts, std::uint64_t id) {
  // Commits the positions that are consumed and still owned now (autoCommitSyncBeforeRevocationWithRetries; classic:
  // maybeAutoCommitOffsetsAsync of the next poll). 2.5 waits in commitOffsetsSync and retries the same offsets.
  const bool anew = commits_.find(id)->kind == CommitKind::BeforeRebalance && !options_.as_in_2_5;
  commits_.change(id, [&](Commit& c) {
    if (anew) c.offsets = parts.subscriptions.all_consumed();
    c.sent = false;
    c.again = true;
    c.retry_at = ctx.now() + (anew && !membership_
                                  ? options_.retry_backoff.initial
                                  : options_.retry_backoff.after(c.attempts++, ctx.random(sim::Stream::RetryBackoff)));
  });
  if (commits_.find(id)->offsets.empty()) finish_commit(id, {});
}

void GroupMember::on_commit(Ctx& ctx, GroupParts& parts, const Completed& done) {
  const Commit* const known = commits_.find(done.arg);
  if (known == nullptr) return;
  const Commit& c = *known;
  ErrorCode error = ErrorCode::NONE;
  if (done.disconnected) {
    error = ErrorCode::NETWORK_EXCEPTION;
  } else {
    ++parts.stats.metrics.consumer.commit_total;
    parts.stats.metrics.consumer.commit_latency.record((ctx.now() - done.sent_at).us, ctx.now());
    for (const protocol::OffsetCommitResult& r : protocol::get<protocol::OffsetCommitResponse>(*done.body).partitions) {
      if (r.error == ErrorCode::NONE) {
        if (AssignedPartition* a = parts.subscriptions.find(r.partition))
          if (const auto o = c.offsets.find(r.partition); o != c.offsets.end()) a->committed = o->second.offset;
        continue;
      }
      parts.stats.error(ctx, r.error, r.partition);
      if (error == ErrorCode::NONE || error == ErrorCode::TOPIC_AUTHORIZATION_FAILED)
        error = r.error;  // topic authorization errors are reported last
    }
  }
  if (error == ErrorCode::NONE) {
    finish_commit(done.arg, {});
    return;
  }
  // 2.5 does not check whether the generation has changed since the commit was sent.
  const bool unchanged = options_.as_in_2_5 || (c.generation == generation_ && c.member_id == member_id_);
  std::string exception = exception_name(error);
  if (membership_ && (error == ErrorCode::STALE_MEMBER_EPOCH || error == ErrorCode::UNKNOWN_MEMBER_ID ||
                      error == ErrorCode::FENCED_INSTANCE_ID)) {
    // Heartbeats handle membership errors. Only the commit before a revocation is retried, if the epoch has risen in
    // the meantime.
    if (error == ErrorCode::STALE_MEMBER_EPOCH && c.kind == CommitKind::BeforeRebalance && membership_->epoch() > 0 &&
        ctx.now() < c.deadline)
      retry_commit(ctx, parts, done.arg);
    else if (error == ErrorCode::STALE_MEMBER_EPOCH && c.kind == CommitKind::Async)
      finish_commit(done.arg, std::move(exception));
    else if (error == ErrorCode::UNKNOWN_MEMBER_ID)
      finish_commit(done.arg, "CommitFailedException: OffsetCommit failed with unknown member ID. " +
                                  protocol::error_text(error));
    else if (error == ErrorCode::STALE_MEMBER_EPOCH)
      finish_commit(done.arg, "CommitFailedException: OffsetCommit failed with stale member epoch. " +
                                  protocol::error_text(error));
    else finish_commit(done.arg, "CommitFailedException");
    return;
  }
  if (membership_ && c.kind == CommitKind::BeforeRebalance && error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) {
    // The topic has been deleted: retrying would only delay the revocation (KAFKA-16224). Classic members retry.
    finish_commit(done.arg, std::move(exception));
    return;
  }
  switch (error) {
    case ErrorCode::REBALANCE_IN_PROGRESS: rejoin("offset commit failed since group is already rebalancing"); break;
    case ErrorCode::UNKNOWN_MEMBER_ID:
    case ErrorCode::ILLEGAL_GENERATION:
      // The member already takes part in the next rebalance: its new generation is valid, and only this commit was too
      // late.
      if (!unchanged && state_ == State::PreparingRebalance) {
        exception = "RebalanceInProgressException";
      } else {
        if (!c.member_id.empty())
          reset_generation(error == ErrorCode::UNKNOWN_MEMBER_ID,
                           fmt::format("encountered {} from OFFSET_COMMIT response", protocol::name(error)));
        exception = "CommitFailedException";
      }
      break;
    case ErrorCode::FENCED_INSTANCE_ID:
      if (unchanged) fenced_ = true;
      else exception = state_ == State::PreparingRebalance ? "RebalanceInProgressException" : "CommitFailedException";
      break;
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
    case ErrorCode::REQUEST_TIMED_OUT: coordinator_unknown(ctx, parts); break;
    case ErrorCode::GROUP_AUTHORIZATION_FAILED:
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode::OFFSET_METADATA_TOO_LARGE:
    case ErrorCode::INVALID_COMMIT_OFFSET_SIZE: break;
    default: exception = "KafkaException"; break;  // "Unexpected error in commit"
  }
  // coordinator_unknown may have finished other commits and moved this entry, so it is looked up again.
  const Commit* const again = commits_.find(done.arg);
  if (again == nullptr) return;
  const Commit& same = *again;
  if (!commit_error_passes(error)) {
    finish_commit(done.arg, std::move(exception));
  } else if (same.kind == CommitKind::Async || same.kind == CommitKind::Auto) {
    // The KIP-848 consumer was also meant to retry sooner, but it checks for an exception that it never gets
    // (maybeResetTimerWithBackoff).
    if (same.kind == CommitKind::Auto && !membership_) auto_commit_due_ = ctx.now() + options_.retry_backoff.initial;
    finish_commit(done.arg, "RetriableCommitFailedException");
  } else if (ctx.now() < same.deadline) {
    retry_commit(ctx, parts, done.arg);
  } else {
    finish_commit(done.arg, "TimeoutException");
  }
}

void GroupMember::fetch_committed(Ctx& ctx, GroupParts parts, const Fetcher& fetcher, std::string& thrown) {
  std::vector<TopicPartition> missing;
  for (auto& [p, a] : parts.subscriptions.assigned) {
    if (a.state != AssignedPartition::State::Initializing) continue;
    if (has_group() && !a.nothing_committed) missing.push_back(p);
    else if (a.or_beginning)
      parts.subscriptions.request_reset(p, protocol::kEarliestTimestamp, fact::PositionReason::Again);
    else if (!fetcher.reset_by_policy(ctx, parts.subscriptions, p, fact::PositionReason::Reset))
      thrown = "NoOffsetForPartitionException";
  }
  if (missing.empty()) return;
  if (offset_fetch_in_flight_ || ctx.now() < offset_fetch_after_ || !coordinator_.ready(ctx, parts.core, options_))
    return;
  protocol::OffsetFetchRequest r;
  r.group_id = options_.group_id;
  r.require_stable = true;
  if (membership_ && membership_->epoch() > 0) {
    r.member_id = membership_->member_id();
    r.generation_id = membership_->epoch();
  }
  r.partitions = std::move(missing);
  offset_fetch_in_flight_ = parts.core.network.send(ctx, coordinator_.node().id, std::move(r), kOffsetFetchPurpose, 0);
}

/// Kafka: ConsumerCoordinator.OffsetFetchResponseHandler, CommitRequestManager.OffsetFetchRequestState.
void GroupMember::on_offsets(Ctx& ctx, GroupParts& parts, const Completed& done) {
  offset_fetch_in_flight_ = false;
  const auto* response = done.disconnected ? nullptr : &protocol::get<protocol::OffsetFetchResponse>(*done.body);
  ErrorCode error = response == nullptr ? ErrorCode::NETWORK_EXCEPTION : response->error;
  bool passes = protocol::retriable(error);
  if (error == ErrorCode::NOT_COORDINATOR || error == ErrorCode::COORDINATOR_NOT_AVAILABLE)
    coordinator_unknown(ctx, parts);
  if (response != nullptr && error != ErrorCode::NONE) {
    parts.stats.error(ctx, error);
  } else if (response != nullptr) {
    const auto weight = [](ErrorCode e) {
      return e == ErrorCode::NONE                         ? 0
             : e == ErrorCode::UNSTABLE_OFFSET_COMMIT     ? 1
             : e == ErrorCode::TOPIC_AUTHORIZATION_FAILED ? 2
                                                          : 3;
    };
    for (const protocol::OffsetFetchResult& r : response->partitions) {
      if (r.error != ErrorCode::NONE) parts.stats.error(ctx, r.error, r.partition);
      if (weight(r.error) > weight(error)) error = r.error;
    }
    passes = error == ErrorCode::UNSTABLE_OFFSET_COMMIT;
  }
  if (membership_ && error == ErrorCode::STALE_MEMBER_EPOCH && membership_->epoch() > 0)
    passes = true;  // retried with the current epoch
  if (passes) {
    offset_fetch_after_ =
        ctx.now() + options_.retry_backoff.after(offset_fetch_attempts_++, ctx.random(sim::Stream::RetryBackoff));
    return;
  }
  offset_fetch_attempts_ = 0;
  if (error != ErrorCode::NONE) {  // poll() throws the error; the next poll() requests the offsets again
    const bool own = error == ErrorCode::GROUP_AUTHORIZATION_FAILED || error == ErrorCode::TOPIC_AUTHORIZATION_FAILED ||
                     (membership_ && (error == ErrorCode::UNKNOWN_MEMBER_ID || error == ErrorCode::STALE_MEMBER_EPOCH));
    fatal_ = own ? exception_name(error) : "KafkaException";
    return;
  }
  for (const protocol::OffsetFetchResult& r : response->partitions) {
    AssignedPartition* a = parts.subscriptions.find(r.partition);
    if (!a || a->state != AssignedPartition::State::Initializing) continue;
    if (!r.committed_offset.known()) {
      a->nothing_committed = true;  // poll() applies auto.offset.reset
      continue;
    }
    a->committed = r.committed_offset;
    parts.core.metadata.see_epoch(r.partition, r.committed_leader_epoch);  // ConsumerUtils.refreshCommittedOffsets
    const LeaderAndEpoch leader = parts.core.metadata.current_leader(r.partition);
    parts.subscriptions.seek(ctx, r.partition, {r.committed_offset, r.committed_leader_epoch, leader},
                             fact::PositionReason::Committed, true);
  }
}

}  // namespace kafkascope::client
