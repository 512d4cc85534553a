// While a leader writes an ISR into ZooKeeper the partition is locked: the lock taken for the change is held until the
// ensemble answers. Produce, Fetch, ListOffsets and the controller's requests for the partition wait, and so do the
// responses of delayed fetches that could be answered. Kafka: Partition.maybeShrinkIsr, maybeExpandIsr
// (leaderIsrUpdateLock), ReplicaManager.maybeShrinkIsr (2.5).  Simplified: a request about several partitions waits as
// a whole; waking a fetch that includes such a partition does not wait.
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "broker/error_answer.h"
#include "broker/timers.h"
#include "broker/zookeeper_mode.h"

namespace kafkascope::broker {

bool AlterPartitionManager::needs_locked_partition(const BrokerServer& server, const Message& message) const {
  if (!server.zk || server.zk->isr_writes.replicas.empty()) return false;
  bool needed = false;
  const auto look_at = [&](TopicPartition tp) { needed |= locked(server, server.find(tp)); };
  if (const auto* orders = protocol::get_if<protocol::LeaderAndIsrRequest>(&message.body)) {
    for (const protocol::ControlPartition& p : orders->partitions) look_at(p.partition);
  } else if (const auto* stop = protocol::get_if<protocol::StopReplicaRequest>(&message.body)) {
    for (const TopicPartition tp : stop->partitions) look_at(tp);
  } else if (const auto* fetch = protocol::get_if<protocol::FetchRequest>(&message.body)) {
    for (const protocol::FetchPartition& p : fetch->partitions) look_at(p.partition);
    const FetchSession* session =
        fetch->session_epoch > 0 ? server.fetches.fetch_sessions.find(fetch->session_id) : nullptr;
    for (const std::int32_t index : server.zk->isr_writes.replicas)
      needed |= session != nullptr && session->watches(index);
  } else if (message.api() != api::OffsetCommit && message.api() != api::OffsetFetch &&
             message.api() != api::OffsetDelete && message.api() != api::TxnOffsetCommit) {
    // The offset requests name partitions too, but do not need their locks.
    for_each_partition(message.body, look_at);
  }
  return needed;
}

bool AlterPartitionManager::watches_locked_partition(const BrokerServer& server, const DelayedFetch& op) const {
  if (!server.zk || server.zk->isr_writes.replicas.empty()) return false;
  const FetchSession* session = op.of_session ? server.fetches.fetch_sessions.find(op.request.session_id) : nullptr;
  for (const std::int32_t index : server.zk->isr_writes.replicas)
    if (session != nullptr ? session->watches(index)
                           : std::find(op.replicas.begin(), op.replicas.end(), index) != op.replicas.end())
      return true;
  return false;
}

/// Resumes the waiting requests in order of arrival; some may have to wait for another partition.
void AlterPartitionManager::unlock_partition(Ctx& ctx, BrokerServer& server, std::int32_t index) {
  IsrWrites& writes = server.zk->isr_writes;
  writes.replicas.erase(index);
  if (Replica& r = server.replicas[static_cast<std::size_t>(index)];
      r.is_leader() && server.replica_manager.maybe_increment_high_watermark(ctx, server, r))
    server.delayed.check_all(ctx, server, index, true);
  else server.delayed.answer_fetches(ctx, server, index, true);
  for (const CoordinatorAppend& append : std::exchange(writes.appends, {}))
    server.coordinators.coordinator_append(ctx, server, append);
  for (const QueuedRequest& request : std::exchange(writes.requests, {})) {
    server.connections.handlers.end_wait(ctx.now());
    server.connections.carry_out(ctx, server, request);
  }
  if (writes.check_waits_for == index) run_isr_check(ctx, server);
}

/// Continues with the remaining partitions until one has to be written or is locked.
void AlterPartitionManager::run_isr_check(Ctx& ctx, BrokerServer& server) {
  IsrWrites& writes = server.zk->isr_writes;
  while (writes.check_at < server.replicas.size()) {
    writes.check_waits_for = static_cast<std::int32_t>(writes.check_at);
    if (locked(server, writes.check_waits_for)) return;
    ++writes.check_at;
    if (server.look(writes.check_waits_for).is_leader()) maybe_shrink_isr(ctx, server, writes.check_waits_for);
    if (locked(server, writes.check_waits_for)) return;
  }
  writes.check_waits_for = -1;
  ctx.set_timer_at(std::max(ctx.now(), writes.check_due + server.settings.lag_max / 2), timer::kIsrCheck);
}

bool AlterPartitionManager::locked(const BrokerServer& server, std::int32_t index) const {
  return server.zk && server.zk->isr_writes.replicas.contains(index);
}

}  // namespace kafkascope::broker
