// The leader's proposals to change the in-sync set. Kafka: Partition (maybeShrinkIsr, maybeExpandIsr,
// handleAlterPartition*), DefaultAlterPartitionManager. KIP-497: the controller decides; KIP-841, KIP-903: which
// replicas are eligible.
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "broker/timers.h"
#include "protocol/facts_of_logs.h"
#include "sim/mutant.h"

namespace kafkascope::broker {
namespace {

constexpr sim::Duration kRetryPause = sim::milliseconds(50);  // DefaultAlterPartitionManager, after a top-level error

}  // namespace

/// Runs every half of replica.lag.time.max.ms, so a stalled follower leaves the ISR after 1.0 to 1.5 times that time.
void AlterPartitionManager::check_isr(Ctx& ctx, BrokerServer& server) {
  if (server.zk) {
    server.zk->isr_writes.check_at = 0;
    server.zk->isr_writes.check_due = server.zk->isr_writes.check_due + server.settings.lag_max / 2;
    return run_isr_check(ctx, server);
  }
  ctx.set_timer(server.settings.lag_max / 2, timer::kIsrCheck);
  for (std::size_t i = 0; i < server.replicas.size(); ++i)
    if (server.look(static_cast<std::int32_t>(i)).is_leader())
      maybe_shrink_isr(ctx, server, static_cast<std::int32_t>(i));
}

void AlterPartitionManager::maybe_shrink_isr(Ctx& ctx, BrokerServer& server, std::int32_t index) {
  const Replica& r = server.look(index);
  if (r.pending != PendingIsr::None || sim::mutant("isr-never-shrinks")) return;
  const Offset end = r.log.log_end_offset();
  IdList kept;
  for (BrokerId id : r.isr) {
    const RemoteReplica* remote = r.remote(id);
    if (id == server.options.id ||
        (remote != nullptr && server.replica_manager.caught_up(server, *remote, end, ctx.now())))
      kept.push_back(id);
  }
  if (kept.size() < r.isr.size()) propose_isr(ctx, server, index, PendingIsr::Shrink, kept);
}

/// Called on a follower's fetch. To join the ISR the follower must have every committed record and have reached the
/// start of this leader's epoch (KAFKA-7128).
void AlterPartitionManager::maybe_expand_isr(Ctx& ctx, BrokerServer& server, std::int32_t index,
                                             const RemoteReplica& remote) {
  const Replica& r = server.look(index);
  if (r.pending != PendingIsr::None || r.isr.contains(remote.id) ||
      !server.replica_manager.eligible_for_isr(server, r, remote))
    return;
  if (!sim::mutant("isr-expands-too-early") &&
      (remote.log_end_offset < r.log.high_watermark() ||
       (remote.log_end_offset < r.leader_epoch_start && !server.options.historical.kafka_7128)))
    return;
  IdList wider;
  for (BrokerId id : r.isr) wider.push_back(id);
  wider.push_back(remote.id);
  propose_isr(ctx, server, index, PendingIsr::Expand, wider);
}

void AlterPartitionManager::propose_isr(Ctx& ctx, BrokerServer& server, std::int32_t index, PendingIsr kind,
                                        const IdList& isr) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  // There is one proposal per partition. While it is in flight a second one fails with OPERATION_NOT_ATTEMPTED and the
  // committed state remains in effect.
  for (const IsrProposal& p : proposals_) {
    if (p.replica != index) continue;
    ++server.metrics.failed_isr_updates;
    return;
  }
  r.pending = kind;
  r.pending_isr = isr;
  ++r.pending_id;
  if (server.zk) return server.zk->propose_isr_to_zookeeper(ctx, server, index);
  IsrProposal& proposal = proposals_.emplace_back();
  proposal.replica = index;
  proposal.pending_id = r.pending_id;
  proposal.data.partition = r.tp;
  proposal.data.leader_epoch = r.leader_epoch;
  proposal.data.new_isr = isr;
  proposal.data.partition_epoch = r.partition_epoch;
  for (BrokerId id : isr) {
    const RemoteReplica* remote = r.remote(id);
    proposal.data.isr_epochs.push_back(server.options.historical.kip_903 ? -1
                                       : id == server.options.id         ? server.lifecycle.epoch()
                                       : remote != nullptr               ? remote->broker_epoch.value_or(-1)
                                                                         : -1);
  }
  send_alter_partition(ctx, server);
}

/// Sends one request at a time, with all waiting proposals.
void AlterPartitionManager::send_alter_partition(Ctx& ctx, BrokerServer& server) {
  if (alter_in_flight_ || alter_retry.valid() || proposals_.empty()) return;
  alter_in_flight_ = true;
  in_flight_proposals_ = proposals_.size();
  protocol::AlterPartitionRequest request;
  request.broker_id = server.options.id;
  request.broker_epoch = server.lifecycle.epoch();
  for (const IsrProposal& p : proposals_) request.partitions.push_back(p.data);
  alter_channel.send(ctx, server.raft, ++server.forwarding.next_tag, std::move(request));
}

void AlterPartitionManager::on_alter_partition(Ctx& ctx, BrokerServer& server,
                                               const ControllerChannel::Completion& done) {
  alter_in_flight_ = false;
  const auto* answer = done.body ? protocol::get_if<protocol::AlterPartitionResponse>(&*done.body) : nullptr;
  if (answer == nullptr || answer->error != ErrorCode::NONE) {  // STALE_BROKER_EPOCH: the broker is registering again
    alter_retry = ctx.set_timer(kRetryPause, timer::kAlterPartitionRetry);
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
  for (const auto& [proposal, result] : answered) on_isr_answer(ctx, server, proposal, result);
  send_alter_partition(ctx, server);
}

void AlterPartitionManager::on_isr_answer(Ctx& ctx, BrokerServer& server, const IsrProposal& proposal,
                                          const protocol::AlterPartitionResult& result) {
  Replica& r = server.replicas[static_cast<std::size_t>(proposal.replica)];
  // Newer metadata has arrived before the response and takes precedence.
  if (!r.is_leader() || r.pending == PendingIsr::None || r.pending_id != proposal.pending_id) return;
  const bool outdated = result.leader_epoch > r.leader_epoch || result.partition_epoch < r.partition_epoch;
  if (result.error != ErrorCode::NONE || outdated) ++server.metrics.failed_isr_updates;
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
  if (result.isr == r.pending_isr) trace_isr_change(ctx, server, r, r.isr, result.isr, result.partition_epoch);
  r.note_change();
  r.isr = result.isr;
  r.pending = PendingIsr::None;
  r.partition_epoch = result.partition_epoch;
  if (server.replica_manager.maybe_increment_high_watermark(ctx, server, r))
    server.delayed.check_all(ctx, server, proposal.replica);
}

void AlterPartitionManager::trace_isr_change(Ctx& ctx, BrokerServer& server, const Replica& r, const IdList& before,
                                             const IdList& after, PartitionEpoch epoch) {
  ++(after.size() < before.size() ? server.metrics.isr_shrinks : server.metrics.isr_expands);
  if (after.size() < before.size()) ctx.trace(fact::IsrShrink{r.tp, epoch, {before, after}});
  else ctx.trace(fact::IsrExpand{r.tp, epoch, {before, after}});
}

}  // namespace kafkascope::broker
