// The leader's proposals to change the in-sync set. Kafka: Partition (maybeShrinkIsr, maybeExpandIsr,
// handleAlterPartition*), DefaultAlterPartitionManager. KIP-497: the controller decides; KIP-841, KIP-903: which
// replicas are eligible.
#include <algorithm>
#include <utility>

#include "broker/broker.h"
#include "broker/timers.h"
#include "protocol/facts_of_logs.h"
#include "sim/mutant.h"

namespace kafkascope::broker {
namespace {

constexpr sim::Duration kRetryPause = sim::milliseconds(50);  // DefaultAlterPartitionManager, after a top-level error

}  // namespace

/// Runs every half of replica.lag.time.max.ms, so a stalled follower leaves the ISR after 1.0 to 1.5 times that time.
void Broker::check_isr(Ctx& ctx) {
  if (zk_) {
    zk_->isr_writes.check_at = 0;
    zk_->isr_writes.check_due = zk_->isr_writes.check_due + lag_max_ / 2;
    return run_isr_check(ctx);
  }
  ctx.set_timer(lag_max_ / 2, timer::kIsrCheck);
  for (std::size_t i = 0; i < replicas_.size(); ++i)
    if (look(static_cast<std::int32_t>(i)).is_leader()) maybe_shrink_isr(ctx, static_cast<std::int32_t>(i));
}

void Broker::maybe_shrink_isr(Ctx& ctx, std::int32_t index) {
  const Replica& r = look(index);
  if (r.pending != PendingIsr::None || sim::mutant("isr-never-shrinks")) return;
  const Offset end = r.log.log_end_offset();
  IdList kept;
  for (BrokerId id : r.isr) {
    const RemoteReplica* remote = r.remote(id);
    if (id == options_.id || (remote != nullptr && caught_up(*remote, end, ctx.now()))) kept.push_back(id);
  }
  if (kept.size() < r.isr.size()) propose_isr(ctx, index, PendingIsr::Shrink, kept);
}

/// Called on a follower's fetch: the follower must have every committed record, and the start of this leader's epoch
/// (KAFKA-7128).
void Broker::maybe_expand_isr(Ctx& ctx, std::int32_t index, const RemoteReplica& remote) {
  const Replica& r = look(index);
  if (r.pending != PendingIsr::None || r.isr.contains(remote.id) || !eligible_for_isr(r, remote)) return;
  if (!sim::mutant("isr-expands-too-early") &&
      (remote.log_end_offset < r.log.high_watermark() ||
       (remote.log_end_offset < r.leader_epoch_start && !options_.historical.kafka_7128)))
    return;
  IdList wider;
  for (BrokerId id : r.isr) wider.push_back(id);
  wider.push_back(remote.id);
  propose_isr(ctx, index, PendingIsr::Expand, wider);
}

void Broker::propose_isr(Ctx& ctx, std::int32_t index, PendingIsr kind, const IdList& isr) {
  Replica& r = replicas_[static_cast<std::size_t>(index)];
  // There is one proposal per partition. A second one fails with OPERATION_NOT_ATTEMPTED while the first is in flight,
  // and the committed state stays.
  for (const IsrProposal& p : proposals_) {
    if (p.replica != index) continue;
    ++metrics_.failed_isr_updates;
    return;
  }
  r.pending = kind;
  r.pending_isr = isr;
  ++r.pending_id;
  if (zk_) return propose_isr_to_zookeeper(ctx, index);
  IsrProposal& proposal = proposals_.emplace_back();
  proposal.replica = index;
  proposal.pending_id = r.pending_id;
  proposal.data.partition = r.tp;
  proposal.data.leader_epoch = r.leader_epoch;
  proposal.data.new_isr = isr;
  proposal.data.partition_epoch = r.partition_epoch;
  for (BrokerId id : isr) {
    const RemoteReplica* remote = r.remote(id);
    proposal.data.isr_epochs.push_back(options_.historical.kip_903 ? -1
                                       : id == options_.id         ? lifecycle_.epoch()
                                       : remote != nullptr         ? remote->broker_epoch.value_or(-1)
                                                                   : -1);
  }
  send_alter_partition(ctx);
}

/// Sends one request at a time, with all waiting proposals.
void Broker::send_alter_partition(Ctx& ctx) {
  if (alter_in_flight_ || alter_retry_.valid() || proposals_.empty()) return;
  alter_in_flight_ = true;
  in_flight_proposals_ = proposals_.size();
  protocol::AlterPartitionRequest request;
  request.broker_id = options_.id;
  request.broker_epoch = lifecycle_.epoch();
  for (const IsrProposal& p : proposals_) request.partitions.push_back(p.data);
  alter_channel_.send(ctx, raft_, ++next_tag_, std::move(request));
}

void Broker::on_alter_partition(Ctx& ctx, const ControllerChannel::Completion& done) {
  alter_in_flight_ = false;
  const auto* answer = done.body ? protocol::get_if<protocol::AlterPartitionResponse>(&*done.body) : nullptr;
  if (answer == nullptr || answer->error != ErrorCode::NONE) {  // STALE_BROKER_EPOCH: the broker is registering again
    alter_retry_ = ctx.set_timer(kRetryPause, timer::kAlterPartitionRetry);
    return;
  }
  // A proposal that the response does not mention stays queued and is sent again.
  std::vector<std::pair<IsrProposal, protocol::AlterPartitionResult>> answered;
  std::vector<IsrProposal> rest;
  for (std::size_t i = 0; i < proposals_.size(); ++i) {
    const protocol::AlterPartitionResult* result = nullptr;
    if (i < in_flight_proposals_)
      for (const auto& p : answer->partitions)
        if (p.partition == proposals_[i].data.partition) result = &p;
    if (result != nullptr) {
      answered.emplace_back(std::move(proposals_[i]), *result);
    } else {
      rest.push_back(std::move(proposals_[i]));
    }
  }
  proposals_ = std::move(rest);
  in_flight_proposals_ = 0;
  for (const auto& [proposal, result] : answered) on_isr_answer(ctx, proposal, result);
  send_alter_partition(ctx);
}

void Broker::on_isr_answer(Ctx& ctx, const IsrProposal& proposal, const protocol::AlterPartitionResult& result) {
  Replica& r = replicas_[static_cast<std::size_t>(proposal.replica)];
  // Newer metadata has arrived before the response and takes precedence.
  if (!r.is_leader() || r.pending == PendingIsr::None || r.pending_id != proposal.pending_id) return;
  const bool outdated = result.leader_epoch > r.leader_epoch || result.partition_epoch < r.partition_epoch;
  if (result.error != ErrorCode::NONE || outdated) ++metrics_.failed_isr_updates;
  switch (result.error) {
    case ErrorCode::NONE: break;
    case ErrorCode::OPERATION_NOT_ATTEMPTED:
    case ErrorCode::INELIGIBLE_REPLICA:
      // The controller has not changed the partition's state.
      r.pending = PendingIsr::None;
      return;
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::UNKNOWN_TOPIC_ID:
    case ErrorCode::FENCED_LEADER_EPOCH:
    case ErrorCode::INVALID_UPDATE_VERSION:
    case ErrorCode::INVALID_REQUEST:
    case ErrorCode::NEW_LEADER_ELECTED:
      return;  // this broker's metadata is behind; newer metadata will bring the new state
    default: proposals_.push_back(proposal); return;
  }
  if (outdated) return;
  if (result.isr == r.pending_isr) trace_isr_change(ctx, r, r.isr, result.isr, result.partition_epoch);
  r.note_change();
  r.isr = result.isr;
  r.pending = PendingIsr::None;
  r.partition_epoch = result.partition_epoch;
  if (maybe_increment_high_watermark(ctx, r)) check_all(ctx, proposal.replica);
}

void Broker::trace_isr_change(Ctx& ctx, const Replica& r, const IdList& before, const IdList& after,
                              PartitionEpoch epoch) {
  ++(after.size() < before.size() ? metrics_.isr_shrinks : metrics_.isr_expands);
  if (after.size() < before.size()) ctx.trace(fact::IsrShrink{r.tp, epoch, {before, after}});
  else ctx.trace(fact::IsrExpand{r.tp, epoch, {before, after}});
}

}  // namespace kafkascope::broker
