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

void GroupMember::coordinator_unknown(Ctx& ctx, GroupParts& parts) {
  if (!coordinator_.known()) return;
  const ClientNode old = coordinator_.node();
  coordinator_.forget();
  for (const Completed& done : parts.core.network.disconnect(ctx, old.id)) on_completed(ctx, parts, done);
}

void GroupMember::on_connection_lost(Ctx& ctx, const ClientCore& core) {
  if (coordinator_.known() && core.network.backing_off(coordinator_.node().id, ctx.now())) coordinator_.forget();
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
    const bool ready = coordinator_.ready(ctx, parts.core, options_);
    if (!coordinator_.known()) return false;
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
    if (!coordinator_.known()) {
      coordinator_.look_up(ctx, parts.core, options_);
    } else if (ctx.now() >= session_deadline_) {
      coordinator_unknown(ctx, parts);
    } else if (ctx.now() >= poll_deadline_ && !sim::mutant("max-poll-interval-unenforced")) {
      // The application has not called poll() in time: the member leaves, so that other members get its partitions
      // (KIP-62). The thread that sends heartbeats waits for retry.backoff.ms after it has asked for the coordinator,
      // and for as long as no new connection may be tried (HeartbeatThread.run, checkAndGetCoordinator).
      const bool unavailable = parts.core.network.backing_off(coordinator_.node().id, ctx.now());
      if (unavailable && ctx.now() >= looks_again_)
        looks_again_ =
            std::max(coordinator_.looked_up() + options_.retry_backoff.initial, ctx.now() + sim::microseconds(1));
      if (ctx.now() >= looks_again_) {
        leave(ctx, parts, "consumer poll timeout has expired.");
        reset_generation(true, "consumer pro-actively leaving the group");
        poll_deadline_ = sim::kNever;
      }
    } else if (ctx.now() >= heartbeat_due_ && coordinator_.ready(ctx, parts.core, options_)) {
      protocol::HeartbeatRequest r;
      r.group_id = options_.group_id;
      r.generation_id = generation_;
      r.member_id = member_id_;
      r.group_instance_id = options_.instance_id;
      heartbeat_due_ = ctx.now() + options_.heartbeat_interval;
      parts.core.network.send(ctx, coordinator_.node().id, std::move(r), kHeartbeatPurpose,
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
      coordinator_unknown(ctx, parts);
      break;
    default: fail(); break;
  }
}

bool GroupMember::leave(Ctx& ctx, GroupParts parts, const std::string& reason) {
  if (membership_) return leave_newer(ctx, parts, false);
  if (sim::mutant("leave-not-sent") || !options_.instance_id.empty() || state_ == State::Unjoined ||
      member_id_.empty() || !coordinator_.known())
    return false;
  protocol::LeaveGroupRequest r;
  r.group_id = options_.group_id;
  r.member_id = member_id_;
  r.reason = reason;
  leave_unsent_ = UnsentLeave{coordinator_.node(), std::move(r), ctx.now() + options_.request_timeout};
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
  if (done.disconnected && coordinator_.known() && done.node == coordinator_.node().id) coordinator_.forget();
  switch (done.purpose) {
    case kFindCoordinatorPurpose: {
      const auto* r = done.disconnected ? nullptr : protocol::get_if<protocol::FindCoordinatorResponse>(done.body);
      if (r && r->error == ErrorCode::NONE) {
        coordinator_.on_found({kCoordinatorBase - r->node_id, protocol::located(r->endpoint, ctx.self())}, ctx.now());
        session_deadline_ = ctx.now() + options_.session_timeout;
      } else {
        if (r) parts.stats.error(ctx, r->error);
        if (r && r->error == ErrorCode::GROUP_AUTHORIZATION_FAILED) fatal_ = exception_name(r->error);
        coordinator_.on_failed(ctx, options_.retry_backoff);
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

GroupMember::Timers GroupMember::timers() const {
  const bool beats =
      membership_ ? membership_->in_group() && !membership_->heartbeat_now() : has_group() && heartbeats() && !fenced_;
  return {poll_deadline_, auto_commit_due_, beats ? heartbeat_due_ : sim::kNever,
          membership_ ? newer_interval_ : options_.heartbeat_interval};
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
  at(coordinator_.not_before());
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
