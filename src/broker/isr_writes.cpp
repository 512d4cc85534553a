// While a leader writes an ISR into ZooKeeper the partition is locked: the lock for the change is held until the ensemble
// answers. Produce, Fetch, ListOffsets and the controller's requests for it wait, and so do the responses of delayed fetches that
// already have news. Kafka: Partition.maybeShrinkIsr, maybeExpandIsr (leaderIsrUpdateLock), ReplicaManager.maybeShrinkIsr (2.5).
//
// Simplified: a request about several partitions waits as a whole; waking a fetch that includes such a partition does not wait.
#include <algorithm>
#include <utility>

#include "broker/broker.h"
#include "broker/error_answer.h"
#include "broker/timers.h"
#include "broker/zookeeper_mode.h"

namespace kafkascope::broker {

bool Broker::needs_locked_partition(const Message& message) const {
  if (!zk_ || zk_->isr_writes.replicas.empty()) return false;
  bool needed = false;
  const auto look_at = [&](TopicPartition tp) { needed |= locked(find(tp)); };
  if (const auto* orders = protocol::get_if<protocol::LeaderAndIsrRequest>(&message.body)) {
    for (const protocol::ControlPartition& p : orders->partitions) look_at(p.partition);
  } else if (const auto* stop = protocol::get_if<protocol::StopReplicaRequest>(&message.body)) {
    for (const TopicPartition tp : stop->partitions) look_at(tp);
  } else if (const auto* fetch = protocol::get_if<protocol::FetchRequest>(&message.body)) {
    for (const protocol::FetchPartition& p : fetch->partitions) look_at(p.partition);
    const FetchSession* session = fetch->session_epoch > 0 ? fetch_sessions_.find(fetch->session_id) : nullptr;
    for (const std::int32_t index : zk_->isr_writes.replicas) needed |= session != nullptr && session->watches(index);
  } else if (message.api() != ApiKey::OffsetCommit && message.api() != ApiKey::OffsetFetch &&
             message.api() != ApiKey::OffsetDelete) {  // those only name partitions and do not need the lock
    for_each_partition(message.body, look_at);
  }
  return needed;
}

bool Broker::watches_locked_partition(const DelayedFetch& op) const {
  if (!zk_ || zk_->isr_writes.replicas.empty()) return false;
  const FetchSession* session = op.of_session ? fetch_sessions_.find(op.request.session_id) : nullptr;
  for (const std::int32_t index : zk_->isr_writes.replicas)
    if (session != nullptr ? session->watches(index)
                           : std::find(op.replicas.begin(), op.replicas.end(), index) != op.replicas.end())
      return true;
  return false;
}

/// Resumes the waiting requests in order of arrival; some may have to wait for another partition.
void Broker::unlock_partition(Ctx& ctx, std::int32_t index) {
  IsrWrites& writes = zk_->isr_writes;
  writes.replicas.erase(index);
  if (Replica& r = replicas_[static_cast<std::size_t>(index)]; r.is_leader() && maybe_increment_high_watermark(ctx, r))
    check_all(ctx, index, true);
  else answer_fetches(ctx, index, true);
  for (IsrWrites::Append& append : std::exchange(writes.appends, {}))
    coordinator_append(ctx, append.coordinator, append.partition, std::move(append.batch), append.required_acks,
                       append.token);
  for (const QueuedRequest& request : std::exchange(writes.requests, {})) {
    handlers_.end_wait(ctx.now());
    carry_out(ctx, request);
  }
  if (writes.check_waits_for == index) run_isr_check(ctx);
}

/// Continues with the remaining partitions until one has to be written or is locked.
void Broker::run_isr_check(Ctx& ctx) {
  IsrWrites& writes = zk_->isr_writes;
  while (writes.check_at < replicas_.size()) {
    writes.check_waits_for = static_cast<std::int32_t>(writes.check_at);
    if (locked(writes.check_waits_for)) return;
    ++writes.check_at;
    if (look(writes.check_waits_for).is_leader()) maybe_shrink_isr(ctx, writes.check_waits_for);
    if (locked(writes.check_waits_for)) return;
  }
  writes.check_waits_for = -1;
  ctx.set_timer_at(std::max(ctx.now(), writes.check_due + lag_max_ / 2), timer::kIsrCheck);
}

}  // namespace kafkascope::broker
