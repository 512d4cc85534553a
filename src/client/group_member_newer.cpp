// A group member under the consumer protocol: its heartbeats, and its path from the current to the target assignment
// (KIP-848). Kafka: AbstractHeartbeatRequestManager, AbstractMembershipManager.maybeReconcile, CommitRequestManager.
//
// Heartbeats and responses are handled at any time. With auto commit the member reconciles only inside poll(), where
// the consumed positions are known (maybeReconcile's canCommit). Without auto commit it reconciles at any time, like
// Kafka's consumers without a rebalance listener.
#include <algorithm>
#include <utility>

#include "client/group_member.h"
#include "protocol/facts_of_clients.h"
#include "protocol/trace_kinds.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::TopicPartition;
using protocol::Trace;
using sim::Instant;

namespace {

/// Measures the time from a new assignment until the member reports completion
/// (AbstractMembershipManager.transitionTo).
void measure_rebalance(ConsumerMembership::State state, Instant now, ConsumerMetrics& metrics) {
  using State = ConsumerMembership::State;
  if (state == State::Reconciling) {
    if (metrics.rebalance_began == sim::kNever) metrics.rebalance_began = now;
    return;
  }
  const Instant began = std::exchange(metrics.rebalance_began, sim::kNever);
  if (began == sim::kNever || (state != State::Acknowledging && state != State::Stable)) return;
  ++metrics.rebalance_total;
  metrics.rebalance_latency.record((now - began).us, now);
}

}  // namespace

void GroupMember::join_newer(Ctx& ctx, GroupParts& parts) {
  reconciling_.reset();
  membership_->join(ctx.random(sim::Stream::MemberId));
  ++join_round_;  // responses still in flight belong to an earlier join
  heartbeat_in_flight_ = false;
  heartbeat_due_ = ctx.now();
  heartbeat_backoff_until_ = {0};
  heartbeat_attempts_ = 0;
  parts.core.metadata.set_topics({parts.subscriptions.topics.begin(), parts.subscriptions.topics.end()});
}

bool GroupMember::poll_newer(Ctx& ctx, GroupParts& parts) {
  using State = ConsumerMembership::State;
  if (fenced_ || membership_->state() == State::Fatal) return false;
  if (membership_->state() == State::Unsubscribed || membership_->state() == State::Stale) {
    auto_commit_due_ = ctx.now() + options_.auto_commit_interval;
    join_newer(ctx, parts);
  }
  reconcile(ctx, parts);
  heartbeat_newer(ctx, parts);
  return true;
}

void GroupMember::background_newer(Ctx& ctx, GroupParts& parts, bool polling, Instant last_poll) {
  ConsumerMembership& m = *membership_;
  poll_deadline_ = polling || !m.in_group() ? sim::kNever : last_poll + options_.max_poll_interval;
  if (ctx.now() >= poll_deadline_ && !sim::mutant("max-poll-interval-unenforced")) {
    // The application has not called poll() in time: the member leaves, so that other members get its partitions, and
    // joins again at the next poll().
    leave_newer(ctx, parts, true);
    give_up(ctx, parts, parts.subscriptions.partitions(), Trace::PartitionsLost);
    poll_deadline_ = sim::kNever;
  }
  if (!options_.auto_commit || reconciling_) reconcile(ctx, parts);
  heartbeat_newer(ctx, parts);
}

void GroupMember::heartbeat_newer(Ctx& ctx, GroupParts& parts) {
  ConsumerMembership& m = *membership_;
  if (!m.in_group() || fenced_) return;
  if (!coordinator_.known()) {
    coordinator_.look_up(ctx, parts.core, options_);
    return;
  }
  if (heartbeat_in_flight_ || ctx.now() < heartbeat_backoff_until_ ||
      (!m.heartbeat_now() && ctx.now() < heartbeat_due_))
    return;
  if (!coordinator_.ready(ctx, parts.core, options_)) return;
  heartbeat_due_ = ctx.now() + newer_interval_;
  heartbeat_in_flight_ = parts.core.network.send(ctx, coordinator_.node().id, m.heartbeat(parts.subscriptions.topics),
                                                 kHeartbeatPurpose, join_round_);
  if (!heartbeat_in_flight_) m.on_failure();
  measure_rebalance(m.state(), ctx.now(), parts.stats.metrics.consumer);
}

/// Commits, revokes, assigns, reports: each call goes as far as possible.
void GroupMember::reconcile(Ctx& ctx, GroupParts& parts) {
  ConsumerMembership& m = *membership_;
  if (!m.must_reconcile()) {
    reconciling_.reset();
    return;
  }
  if (!reconciling_) {
    ConsumerMembership::Assignment next = m.target();
    // Partitions of a topic with an unknown name wait for metadata (findResolvableAssignmentAndTriggerMetadataUpdate).
    const auto unknown =
        std::erase_if(next.partitions, [&](TopicPartition p) { return parts.core.metadata.name_of(p.topic).empty(); });
    if (unknown > 0) {
      parts.core.metadata.request_update();
      // This assignment has been carried out and is being reported.
      if (m.current().number >= 0 && m.current().partitions == next.partitions) {
        m.on_reconciled(next);
        measure_rebalance(m.state(), ctx.now(), parts.stats.metrics.consumer);
        return;
      }
    }
    std::vector<TopicPartition> gone = parts.subscriptions.partitions();
    for (const TopicPartition p : next.partitions) std::erase(gone, p);
    for (const TopicPartition p : gone) parts.subscriptions.find(p)->pending_revocation = true;
    if (options_.auto_commit && !sim::mutant("revokes-without-commit"))
      commit(ctx, parts, CommitKind::BeforeRebalance, parts.subscriptions.all_consumed());
    reconciling_ = std::move(next);
  }
  if (commit_pending(CommitKind::BeforeRebalance)) return;
  const ConsumerMembership::Assignment next = *std::exchange(reconciling_, std::nullopt);
  std::vector<TopicPartition> gone = parts.subscriptions.partitions(), added;
  for (const TopicPartition p : next.partitions)
    if (std::erase(gone, p) == 0) added.push_back(p);
  give_up(ctx, parts, gone, Trace::PartitionsRevoked);
  parts.subscriptions.assign(next.partitions);
  auto_commit_due_ = ctx.now() + options_.auto_commit_interval;
  tell_partitions<fact::PartitionsAssigned>(ctx, m.epoch(), added, parts.core.metadata);
  m.on_reconciled(next);
  measure_rebalance(m.state(), ctx.now(), parts.stats.metrics.consumer);
}

void GroupMember::on_heartbeat_newer(Ctx& ctx, GroupParts& parts, const Completed& done) {
  if (done.arg != join_round_) return;  // the member has left or joined again in the meantime
  ConsumerMembership& m = *membership_;
  heartbeat_in_flight_ = false;
  const auto retry = [&] {
    heartbeat_due_ = ctx.now();
    heartbeat_backoff_until_ =
        ctx.now() + options_.retry_backoff.after(heartbeat_attempts_++, ctx.random(sim::Stream::RetryBackoff));
  };
  if (done.disconnected) {
    m.on_failure();
    retry();
    return;
  }
  const auto& r = protocol::get<protocol::ConsumerGroupHeartbeatResponse>(*done.body);
  ++parts.stats.metrics.consumer.heartbeat_total;
  if (r.error == ErrorCode::NONE) {
    heartbeat_attempts_ = 0;
    newer_interval_ = sim::milliseconds(r.heartbeat_interval_ms);
    heartbeat_due_ = std::max(heartbeat_due_, done.sent_at + newer_interval_);
    m.on_answer(r);
    measure_rebalance(m.state(), ctx.now(), parts.stats.metrics.consumer);
    return;
  }
  parts.stats.error(ctx, r.error);
  m.on_failure();
  switch (r.error) {
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
      // Retried without backoff as soon as the coordinator is found (heartbeatRequestState.reset).
      coordinator_unknown(ctx, parts);
      heartbeat_due_ = ctx.now();
      heartbeat_backoff_until_ = {0};
      heartbeat_attempts_ = 0;
      break;
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS: retry(); break;
    case ErrorCode::FENCED_MEMBER_EPOCH:
    case ErrorCode::UNKNOWN_MEMBER_ID:
      if (!sim::mutant("fenced-member-reads-on"))
        give_up(ctx, parts, parts.subscriptions.partitions(), Trace::PartitionsLost);
      join_newer(ctx, parts);
      break;
    default:
      if (protocol::retriable(r.error)) {
        retry();
        break;
      }
      give_up(ctx, parts, parts.subscriptions.partitions(), Trace::PartitionsLost);
      reconciling_.reset();
      m.on_fatal();
      if (r.error == ErrorCode::FENCED_INSTANCE_ID) fenced_ = true;
      else fatal_ = exception_name(r.error);
      break;
  }
}

bool GroupMember::leave_newer(Ctx& ctx, GroupParts& parts, bool stale) {
  if (!membership_->in_group()) return false;
  reconciling_.reset();
  ++join_round_;
  heartbeat_in_flight_ = false;
  protocol::ConsumerGroupHeartbeatRequest goodbye = membership_->leave(stale);
  if (!coordinator_.known()) return false;
  leave_unsent_ = UnsentLeave{coordinator_.node(), std::move(goodbye), ctx.now() + options_.request_timeout};
  send_leave(ctx, parts);
  return leave_pending();
}

Instant GroupMember::next_wake_newer() const {
  if (!membership_->in_group() || fenced_) return sim::kNever;
  Instant due = poll_deadline_;
  if (coordinator_.known() && !heartbeat_in_flight_)
    due = std::min(due, std::max(heartbeat_backoff_until_, membership_->heartbeat_now() ? Instant{0} : heartbeat_due_));
  return due;
}

}  // namespace kafkascope::client
