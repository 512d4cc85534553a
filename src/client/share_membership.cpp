#include "client/share_membership.h"

#include <algorithm>
#include <utility>

#include "client/subscription_state.h"
#include "protocol/endpoint.h"
#include "protocol/facts_of_clients.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_group.h"
#include "protocol/messages_share.h"
#include "protocol/uuid.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::TopicPartition;
using sim::Instant;

ShareMembership::ShareMembership(const Config& config, std::string client_id)
    : group_id_(config.text("group.id")),
      client_id_(std::move(client_id)),
      backoff_{sim::milliseconds(config.number("retry.backoff.ms")),
               sim::milliseconds(config.number("retry.backoff.max.ms"))},
      max_poll_interval_(sim::milliseconds(config.number("max.poll.interval.ms"))) {}

void ShareMembership::join(Ctx& ctx) {
  if (member_id_.empty()) member_id_ = protocol::random_uuid(ctx.random(sim::Stream::MemberId));
  state_ = State::Joining;
  epoch_ = protocol::kJoinGroupEpoch;
  sent_topics_.reset();
  ++round_;
  heartbeat_in_flight_ = false;
  heartbeat_due_ = ctx.now();
}

void ShareMembership::retry(Ctx& ctx) {
  not_before_ = ctx.now() + backoff_.after(attempts_++, ctx.random(sim::Stream::RetryBackoff));
}

void ShareMembership::find_coordinator(Ctx& ctx, ShareParts& parts) {
  if (lookup_in_flight_) return;
  not_before_ = pause_after_lookup_.until(ctx.now(), backoff_, ctx.random(sim::Stream::RetryBackoff));
  if (ctx.now() < not_before_) return;
  const ClientNode node = parts.core.least_loaded(ctx);
  if (node.id == kNoNode) {
    parts.core.metadata.request_update();
    return;
  }
  if (!parts.core.network.ready(ctx, node)) return;
  protocol::FindCoordinatorRequest r;
  r.key = group_id_;
  lookup_in_flight_ = parts.core.network.send(ctx, node.id, std::move(r), kFindCoordinatorPurpose, 0);
}

void ShareMembership::run(Ctx& ctx, ShareParts parts, const std::set<std::string, std::less<>>& topics, bool polling,
                          Instant last_poll) {
  if (state_ == State::Fatal || topics.empty()) return;
  if (state_ == State::Unjoined) {
    if (!polling) return;
    join(ctx);
  }
  poll_deadline_ = polling || state_ == State::Leaving ? sim::kNever : last_poll + max_poll_interval_;
  if (ctx.now() >= poll_deadline_) {
    // The application has not called poll() in time.
    poll_deadline_ = sim::kNever;
    return leave(ctx, parts);
  }
  if (heartbeat_in_flight_ || ctx.now() < not_before_) return;
  if (!coordinator_) return find_coordinator(ctx, parts);
  if (state_ == State::Leaving || ctx.now() < heartbeat_due_) return;
  if (parts.core.network.backing_off(coordinator_->id, ctx.now())) {
    coordinator_.reset();
    return retry(ctx);
  }
  if (!parts.core.network.ready(ctx, *coordinator_)) return;
  protocol::ShareGroupHeartbeatRequest r;
  r.group_id = group_id_;
  r.member_id = member_id_;
  r.member_epoch = epoch_;
  r.client_id = client_id_;
  if (state_ == State::Joining || sent_topics_ != topics) {
    r.has_subscription = true;
    r.subscribed_topic_names.assign(topics.begin(), topics.end());
  }
  heartbeat_in_flight_ = parts.core.network.send(ctx, coordinator_->id, std::move(r), kHeartbeatPurpose, round_);
  if (heartbeat_in_flight_) sent_topics_ = topics;
}

bool ShareMembership::on_completed(Ctx& ctx, ShareParts parts, const Completed& done) {
  if (done.purpose == kFindCoordinatorPurpose) {
    lookup_in_flight_ = false;
    if (done.disconnected) {
      retry(ctx);
      return true;
    }
    const auto& r = protocol::get<protocol::FindCoordinatorResponse>(*done.body);
    if (r.error == ErrorCode::NONE) {
      attempts_ = 0;
      pause_after_lookup_.succeeded(ctx.now());
      coordinator_ = ClientNode{kCoordinatorBase - r.node_id, protocol::located(r.endpoint, ctx.self())};
    } else {
      parts.stats.error(ctx, r.error);
      if (r.error == ErrorCode::GROUP_AUTHORIZATION_FAILED) fail(ctx, parts, r.error);
      else retry(ctx);
    }
    return true;
  }
  if (done.purpose == kLeavePurpose) {
    if (done.arg == round_) state_ = State::Unjoined;
    return true;
  }
  if (done.purpose != kHeartbeatPurpose) return false;
  if (done.arg != round_) return true;
  heartbeat_in_flight_ = false;
  heartbeat_due_ = ctx.now();  // due at once, unless the response has no error
  if (done.disconnected) {
    sent_topics_.reset();
    retry(ctx);
    return true;
  }
  const auto& r = protocol::get<protocol::ShareGroupHeartbeatResponse>(*done.body);
  ++parts.stats.metrics.consumer.heartbeat_total;
  if (r.error == ErrorCode::NONE) {
    attempts_ = 0;
    const bool joined = std::exchange(state_, State::Stable) == State::Joining;
    epoch_ = r.member_epoch;
    // A new assignment is acknowledged at once (MemberState.ACKNOWLEDGING).
    const bool taken = r.has_assignment && (set_assignment(ctx, parts, r.assignment, false) || joined);
    if (taken) ++parts.stats.metrics.consumer.rebalance_total;
    else heartbeat_due_ = done.sent_at + sim::milliseconds(r.heartbeat_interval_ms);
    return true;
  }
  parts.stats.error(ctx, r.error);
  sent_topics_.reset();
  switch (r.error) {
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE: {
      const ClientNode old = *coordinator_;
      coordinator_.reset();
      parts.core.network.disconnect(ctx, old.id);  // the client has no other requests in flight on this connection
      attempts_ = 0;  // retried as soon as the coordinator is found, without backoff (heartbeatRequestState.reset)
      break;
    }
    case ErrorCode::FENCED_MEMBER_EPOCH:
    case ErrorCode::UNKNOWN_MEMBER_ID:
      set_assignment(ctx, parts, {}, true);
      join(ctx);
      break;
    default:
      if (protocol::retriable(r.error)) retry(ctx);
      else fail(ctx, parts, r.error);
  }
  return true;
}

/// poll() throws the error.
void ShareMembership::fail(Ctx& ctx, ShareParts& parts, ErrorCode error) {
  set_assignment(ctx, parts, {}, true);
  state_ = State::Fatal;
  parts.stats.exception(ctx, exception_name(error));
}

void ShareMembership::on_connection_lost(Ctx& ctx, const ClientCore& core) {
  if (coordinator_ && core.network.backing_off(coordinator_->id, ctx.now())) coordinator_.reset();
}

bool ShareMembership::set_assignment(Ctx& ctx, ShareParts& parts, std::vector<TopicPartition> next, bool lost) {
  std::sort(next.begin(), next.end());
  std::vector<TopicPartition> gone, added;
  std::set_difference(assignment_.begin(), assignment_.end(), next.begin(), next.end(), std::back_inserter(gone));
  std::set_difference(next.begin(), next.end(), assignment_.begin(), assignment_.end(), std::back_inserter(added));
  if (!gone.empty() && lost) tell_partitions<fact::PartitionsLost>(ctx, epoch_, gone, parts.core.metadata);
  if (!gone.empty() && !lost) tell_partitions<fact::PartitionsRevoked>(ctx, epoch_, gone, parts.core.metadata);
  if (!added.empty()) tell_partitions<fact::PartitionsAssigned>(ctx, epoch_, added, parts.core.metadata);
  assignment_ = std::move(next);
  return !gone.empty() || !added.empty();
}

void ShareMembership::leave(Ctx& ctx, ShareParts parts) {
  if (left() || state_ == State::Leaving) return;
  set_assignment(ctx, parts, {}, false);
  ++round_;
  heartbeat_in_flight_ = false;
  state_ = State::Unjoined;
  if (!coordinator_ || !parts.core.network.ready(ctx, *coordinator_)) return;
  protocol::ShareGroupHeartbeatRequest r;
  r.group_id = group_id_;
  r.member_id = member_id_;
  r.member_epoch = protocol::kLeaveGroupEpoch;
  r.client_id = client_id_;
  if (parts.core.network.send(ctx, coordinator_->id, std::move(r), kLeavePurpose, round_)) state_ = State::Leaving;
}

Instant ShareMembership::next_wake(Instant now) const {
  if (state_ == State::Unjoined || state_ == State::Fatal || state_ == State::Leaving) return sim::kNever;
  Instant due = poll_deadline_;
  if (!heartbeat_in_flight_ && !lookup_in_flight_) {
    const Instant next = state_ == State::Stable && coordinator_ ? std::max(not_before_, heartbeat_due_) : not_before_;
    if (next > now) due = std::min(due, next);  // otherwise the heartbeat waits for a connection
  }
  return due;
}

}  // namespace kafkascope::client
