#include "client/group_member.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/endpoint.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using sim::Instant;

namespace {
std::string protocol_name(std::string_view class_name) {
  if (class_name.find("CooperativeSticky") != std::string_view::npos) return "cooperative-sticky";
  if (class_name.find("RoundRobin") != std::string_view::npos) return "roundrobin";
  if (class_name.find("Sticky") != std::string_view::npos) return "sticky";
  if (class_name.find("Range") != std::string_view::npos) return "range";
  return std::string(class_name);
}
}  // namespace

GroupOptions GroupOptions::from(const Config& config, std::string client_id) {
  GroupOptions o;
  const auto ms = [&](std::string_view key) { return sim::milliseconds(config.number(key)); };
  o.group_id = config.text("group.id");
  o.instance_id = config.text("group.instance.id");
  o.client_id = std::move(client_id);
  o.session_timeout = ms("session.timeout.ms");
  o.heartbeat_interval = ms("heartbeat.interval.ms");
  o.max_poll_interval = ms("max.poll.interval.ms");
  o.auto_commit_interval = ms("auto.commit.interval.ms");
  o.request_timeout = ms("request.timeout.ms");
  o.api_timeout = ms("default.api.timeout.ms");
  o.auto_commit = config.flag("enable.auto.commit") && !o.group_id.empty();
  // Simplified: strategies that the simulator does not implement are left out of the JoinGroup.
  for (const std::string& c : config.list("partition.assignment.strategy"))
    if (const std::string name = protocol_name(c); has_assignor(name)) o.assignors.push_back(name);
  if (o.assignors.empty()) o.assignors.push_back("range");
  o.cooperative = std::all_of(o.assignors.begin(), o.assignors.end(), is_cooperative);
  const bool old = config.version() == protocol::KafkaVersion::V2_5;
  if (!old && !o.group_id.empty() && config.text("group.protocol") == "consumer") {
    o.newer = true;
    o.remote_assignor = config.text("group.remote.assignor");
  }
  o.as_in_2_5 = old;
  o.retry_backoff = {ms("retry.backoff.ms"), old ? ms("retry.backoff.ms") : ms("retry.backoff.max.ms")};
  return o;
}

// ---- the coordinator

void GroupMember::lookup_coordinator(Ctx& ctx, GroupParts& parts) {
  if (membership_)
    lookup_after_ = std::max(lookup_after_, pause_after_lookup_.until(ctx.now(), options_.retry_backoff,
                                                                      ctx.random(sim::Stream::RetryBackoff)));
  if (lookup_in_flight_ || ctx.now() < lookup_after_) return;
  const ClientNode node = parts.core.least_loaded(ctx);
  if (node.id == kNoNode) {
    parts.core.metadata.request_update();  // no node is available; the metadata update's own reconnecting will find one
    return;
  }
  if (!parts.core.network.ready(ctx, node)) return;
  protocol::FindCoordinatorRequest r;
  r.key = options_.group_id;
  lookup_in_flight_ = parts.core.network.send(ctx, node.id, std::move(r), kFindCoordinatorPurpose, 0);
  looked_up_ = ctx.now();
}

bool GroupMember::coordinator_ready(Ctx& ctx, GroupParts& parts) {
  if (!coordinator_) {
    lookup_coordinator(ctx, parts);
    return false;
  }
  if (parts.core.network.backing_off(coordinator_->id, ctx.now())) {
    // The coordinator was found but is unreachable: it is looked up again after a pause
    // (AbstractCoordinator.ensureCoordinatorReady).
    coordinator_unknown(ctx, parts, true);
    lookup_after_ = ctx.now() + options_.retry_backoff.after(lookup_attempts_++, ctx.random(sim::Stream::RetryBackoff));
    return false;
  }
  return parts.core.network.ready(ctx, *coordinator_);
}

void GroupMember::coordinator_unknown(Ctx& ctx, GroupParts& parts, bool disconnected) {
  if (!coordinator_) return;
  const ClientNode old = *coordinator_;
  coordinator_.reset();
  if (disconnected) return;
  for (const Completed& done : parts.core.network.disconnect(ctx, old.id)) on_completed(ctx, parts, done);
}

void GroupMember::on_connection_lost(Ctx& ctx, const ClientCore& core) {
  if (coordinator_ && core.network.backing_off(coordinator_->id, ctx.now())) coordinator_.reset();
}

// ---- the polling thread

bool GroupMember::poll(Ctx& ctx, GroupParts parts, std::string& thrown) {
  if (!fatal_.empty()) {
    thrown = std::exchange(fatal_, {});
    return false;
  }
  if (!has_group() || parts.subscriptions.topics.empty()) {
    if (options_.auto_commit && auto_commit_due_ == sim::kNever)
      auto_commit_due_ = ctx.now() + options_.auto_commit_interval;
  } else if (membership_) {
    if (!poll_newer(ctx, parts)) return false;
  } else {
    if (fenced_) return false;
    const bool ready = coordinator_ready(ctx, parts);
    if (!coordinator_) return false;
    if (ready) note_changes(ctx, parts);
    if (join_in_flight_) return false;
    if (rejoin_needed_) {
      if (ctx.now() < join_after_) return false;
      // Partitions are given up as soon as the coordinator is known; only the request waits for the connection
      // (AbstractCoordinator.joinGroupIfNeeded).
      if (needs_prepare_ && !prepare_join(ctx, parts)) return false;
      if (ready) send_join(ctx, parts);
    }
    if (rejoin_needed_ || !ready) return false;
  }
  // The KIP-848 consumer sends no auto commit while another is in flight (AutoCommitState.shouldAutoCommit); the
  // classic consumer does.
  const bool under_way =
      membership_ && (commit_pending(CommitKind::Auto) || commit_pending(CommitKind::BeforeRebalance));
  if (options_.auto_commit && ctx.now() >= auto_commit_due_ && !under_way) {
    auto_commit_due_ = ctx.now() + options_.auto_commit_interval;
    commit(ctx, parts, CommitKind::Auto, parts.subscriptions.all_consumed());
  }
  return true;
}

GroupMetadata GroupMember::metadata() const {
  const bool newer = membership_.has_value();
  return {options_.group_id, newer ? membership_->joined_epoch() : joined_generation_,
          newer ? membership_->member_id() : joined_member_id_, options_.instance_id};
}

// ---- heartbeats and leaving

void GroupMember::background(Ctx& ctx, GroupParts parts, bool polling, Instant last_poll) {
  if (!has_group()) return;
  if (membership_) {
    background_newer(ctx, parts, polling, last_poll);
    send_commits(ctx, parts);
    send_leave(ctx, parts);
    return;
  }
  share_out_when_known(ctx, parts);
  poll_deadline_ = polling || !heartbeats() ? sim::kNever : last_poll + options_.max_poll_interval;
  if (heartbeats() && !fenced_) {
    if (!coordinator_) {
      lookup_coordinator(ctx, parts);
    } else if (ctx.now() >= session_deadline_) {
      coordinator_unknown(ctx, parts, false);
    } else if (ctx.now() >= poll_deadline_ && !sim::mutant("max-poll-interval-unenforced")) {
      // The application has not called poll() in time: the member leaves, so that other members get its partitions
      // (KIP-62). The thread that sends heartbeats waits for retry.backoff.ms after it has asked for the coordinator,
      // and for as long as no new connection may be tried (HeartbeatThread.run, checkAndGetCoordinator).
      const bool unavailable = parts.core.network.backing_off(coordinator_->id, ctx.now());
      if (unavailable && ctx.now() >= looks_again_)
        looks_again_ = std::max(looked_up_ + options_.retry_backoff.initial, ctx.now() + sim::microseconds(1));
      if (ctx.now() >= looks_again_) {
        leave(ctx, parts, "consumer poll timeout has expired.");
        reset_generation(true, "consumer pro-actively leaving the group");
        poll_deadline_ = sim::kNever;
      }
    } else if (ctx.now() >= heartbeat_due_ && coordinator_ready(ctx, parts)) {
      protocol::HeartbeatRequest r;
      r.group_id = options_.group_id;
      r.generation_id = generation_;
      r.member_id = member_id_;
      r.group_instance_id = options_.instance_id;
      heartbeat_due_ = ctx.now() + options_.heartbeat_interval;
      parts.core.network.send(ctx, coordinator_->id, std::move(r), kHeartbeatPurpose,
                              static_cast<std::uint64_t>(generation_));
    }
  }
  send_commits(ctx, parts);
  send_leave(ctx, parts);
}

void GroupMember::on_heartbeat(Ctx& ctx, GroupParts& parts, const Completed& done) {
  // 2.5 applies a response to the current generation, even if the heartbeat was for another one.
  const bool current = options_.as_in_2_5 || (heartbeats() && done.arg == static_cast<std::uint64_t>(generation_));
  const auto fail = [&] {
    heartbeat_due_ =
        ctx.now() + options_.retry_backoff.after(heartbeat_attempts_++, ctx.random(sim::Stream::RetryBackoff));
  };
  if (done.disconnected) {
    fail();
    return;
  }
  const ErrorCode error = protocol::get<protocol::HeartbeatResponse>(*done.body).error;
  ++parts.stats.metrics.consumer.heartbeat_total;
  if (error == ErrorCode::NONE || error == ErrorCode::REBALANCE_IN_PROGRESS) {
    session_deadline_ = ctx.now() + options_.session_timeout;
    heartbeat_attempts_ = 0;
  }
  if (error == ErrorCode::NONE) return;
  parts.stats.error(ctx, error);
  switch (error) {
    case ErrorCode::REBALANCE_IN_PROGRESS:
      if (current && (state_ == State::Stable || options_.as_in_2_5)) rejoin("group is already rebalancing");
      break;
    case ErrorCode::ILLEGAL_GENERATION:
    case ErrorCode::UNKNOWN_MEMBER_ID:
      if (current)
        reset_generation(error == ErrorCode::UNKNOWN_MEMBER_ID,
                         fmt::format("encountered {} from HEARTBEAT response", protocol::name(error)));
      break;
    case ErrorCode::FENCED_INSTANCE_ID:
      if (current) fenced_ = true;
      break;
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
      fail();
      coordinator_unknown(ctx, parts, false);
      break;
    default: fail(); break;
  }
}

bool GroupMember::leave(Ctx& ctx, GroupParts parts, const std::string& reason) {
  if (membership_) return leave_newer(ctx, parts, false);
  if (sim::mutant("leave-not-sent") || !options_.instance_id.empty() || state_ == State::Unjoined ||
      member_id_.empty() || !coordinator_)
    return false;
  protocol::LeaveGroupRequest r;
  r.group_id = options_.group_id;
  r.member_id = member_id_;
  r.reason = reason;
  leave_unsent_ = UnsentLeave{*coordinator_, std::move(r), ctx.now() + options_.request_timeout};
  send_leave(ctx, parts);
  return leave_pending();
}

/// A leave request waits until the connection to its node is ready, and is dropped if the connection fails
/// (ConsumerNetworkClient).
void GroupMember::send_leave(Ctx& ctx, GroupParts& parts) {
  if (!leave_unsent_) return;
  if (parts.core.network.backing_off(leave_unsent_->node.id, ctx.now()) || ctx.now() >= leave_unsent_->deadline) {
    leave_unsent_.reset();
    return;
  }
  if (!parts.core.network.ready(ctx, leave_unsent_->node)) return;
  leave_pending_ =
      parts.core.network.send(ctx, leave_unsent_->node.id, std::move(leave_unsent_->request), kLeavePurpose, 0);
  leave_unsent_.reset();
}

bool GroupMember::on_completed(Ctx& ctx, GroupParts parts, const Completed& done) {
  // The connection to the coordinator was lost: the coordinator is looked up again
  // (CoordinatorResponseHandler.onFailure).
  if (done.disconnected && coordinator_ && done.node == coordinator_->id) coordinator_.reset();
  switch (done.purpose) {
    case kFindCoordinatorPurpose: {
      lookup_in_flight_ = false;
      const auto* r = done.disconnected ? nullptr : protocol::get_if<protocol::FindCoordinatorResponse>(done.body);
      if (r && r->error == ErrorCode::NONE) {
        coordinator_ = ClientNode{kCoordinatorBase - r->node_id, protocol::located(r->endpoint, ctx.self())};
        lookup_attempts_ = 0;
        pause_after_lookup_.succeeded(ctx.now());
        session_deadline_ = ctx.now() + options_.session_timeout;
      } else {
        if (r) parts.stats.error(ctx, r->error);
        if (r && r->error == ErrorCode::GROUP_AUTHORIZATION_FAILED) fatal_ = exception_name(r->error);
        lookup_after_ =
            ctx.now() + options_.retry_backoff.after(lookup_attempts_++, ctx.random(sim::Stream::RetryBackoff));
      }
      return true;
    }
    case kJoinPurpose: on_joined(ctx, parts, done); return true;
    case kSyncPurpose: on_synced(ctx, parts, done); return true;
    case kHeartbeatPurpose:
      membership_ ? on_heartbeat_newer(ctx, parts, done) : on_heartbeat(ctx, parts, done);
      return true;
    case kCommitPurpose: on_commit(ctx, parts, done); return true;
    case kOffsetFetchPurpose: on_offsets(ctx, parts, done); return true;
    case kLeavePurpose: leave_pending_ = false; return true;
    default: return false;
  }
}

Instant GroupMember::next_wake(Instant now, bool polling) const {
  Instant due = sim::kNever;
  const auto at = [&](Instant t) {
    if (t > now) due = std::min(due, t);
  };
  if (!has_group()) return due;
  if (membership_) {
    at(next_wake_newer());
  } else if (heartbeats() && !fenced_) {
    at(heartbeat_due_);
    at(session_deadline_);
    at(poll_deadline_);
  }
  at(lookup_after_);
  at(looks_again_);
  at(offset_fetch_after_);
  if (leave_unsent_) at(leave_unsent_->deadline);
  if (polling) {
    at(join_after_);
    if (options_.auto_commit) at(auto_commit_due_);
    if (preparing_) at(prepare_deadline_);
  }
  at(commits_.next_time(now));
  return due;
}

}  // namespace kafkascope::client
