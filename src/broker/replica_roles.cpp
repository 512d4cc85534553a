// Becoming leader or follower of a partition, and giving a replica up.
// Kafka: ReplicaManager.applyDelta, stopPartitions; Partition.makeLeader and makeFollower.
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::broker {

void ReplicaManager::become_leader(Ctx& ctx, BrokerServer& server, std::int32_t index,
                                   const protocol::PartitionRegistration& p) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  r.note_change();
  server.fetches.wake_sessions_of(r);
  const bool new_leader = !r.is_leader();
  const bool new_epoch = p.leader_epoch > r.leader_epoch;
  if (new_leader) server.fetchers.remove_from_fetcher(server, index);

  // The leader's proposal has been committed, and the metadata arrived before the response.
  if (!new_leader && !new_epoch && r.pending != PendingIsr::None && p.isr == r.pending_isr)
    server.alter_partitions.trace_isr_change(ctx, server, r, r.isr, p.isr, p.partition_epoch);

  std::vector<RemoteReplica> remotes;
  remotes.reserve(static_cast<std::size_t>(p.replicas.size()));
  for (BrokerId id : p.replicas) {
    if (id == server.options.id) continue;
    const RemoteReplica* known = new_leader ? nullptr : r.remote(id);
    remotes.push_back(known != nullptr ? *known : RemoteReplica{});
    remotes.back().id = id;
  }
  r.remotes = std::move(remotes);
  r.assignment = p.replicas;
  r.reassigning = !p.adding.empty() || !p.removing.empty();
  r.isr = p.isr;
  r.pending = PendingIsr::None;
  r.role = ReplicaRole::Leader;
  r.leader = server.options.id;
  r.partition_epoch = p.partition_epoch;
  if (new_epoch) {
    const Offset start = r.log.log_end_offset();
    r.log.assign_epoch(p.leader_epoch, start);
    for (RemoteReplica& remote : r.remotes) remote.reset(ctx.now(), start, new_leader, p.isr.contains(remote.id));
    r.leader_epoch = p.leader_epoch;
    r.leader_epoch_start = start;
    ctx.trace(fact::BecameLeader{r.tp, p.leader_epoch, start, p.isr});
  }
  // The ISR may have shrunk to this broker alone.
  if (maybe_increment_high_watermark(ctx, server, r)) server.delayed.check_all(ctx, server, index, true);
  if (!new_epoch) return;
  server.coordinators.elect_coordinator(ctx, server, server.replicas[static_cast<std::size_t>(index)]);
}

void ReplicaManager::become_follower(Ctx& ctx, BrokerServer& server, std::int32_t index,
                                     const protocol::PartitionRegistration& p) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  r.note_change();
  server.fetches.wake_sessions_of(r);
  const bool was_leader = r.is_leader();
  const bool new_epoch = p.leader_epoch > r.leader_epoch;
  r.role = ReplicaRole::Follower;
  r.leader = p.leader;
  r.leader_epoch = p.leader_epoch;
  r.partition_epoch = p.partition_epoch;
  r.leader_epoch_start = Offset{};
  r.assignment = p.replicas;
  r.reassigning = !p.adding.empty() || !p.removing.empty();
  r.isr.clear();
  r.pending = PendingIsr::None;
  r.remotes.clear();
  if (new_epoch) ctx.trace(fact::BecameFollower{r.tp, p.leader_epoch, p.leader});

  const bool leaving = server.lifecycle.state() == BrokerState::PendingControlledShutdown &&
                       (p.leader == kNoBroker || !p.isr.contains(server.options.id));
  if (leaving) {
    server.fetchers.remove_from_fetcher(server, index);
  } else if (new_epoch) {
    server.fetchers.remove_from_fetcher(server, index);
    server.fetchers.begin_truncation(ctx, server, r);
    server.fetchers.add_to_fetcher(ctx, server, index);
  }
  if (was_leader || new_epoch) {
    server.coordinators.resign_coordinator(ctx, server, r, p.leader_epoch);
    server.shares.drop_share_partitions(ctx, r.tp);
    server.delayed.check_all(ctx, server, index, true);  // requests that wait for the old leader get an error
  }
}

/// The replica's files are deleted after a delay, or kept if the log is stray. Kafka: ReplicaManager.stopPartitions,
/// LogManager.asyncDelete and loadLog.
void ReplicaManager::drop_replica(Ctx& ctx, BrokerServer& server, std::int32_t index, bool stray) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  const bool served = r.role != ReplicaRole::None;
  retire_replica(server, index);
  r.hosted = false;
  std::erase_if(server.logs.flushes, [&](const BackgroundFlush& f) { return f.tp == r.tp; });
  if (r.dir != storage::kNoDir) {
    server.dirs.delete_later(r.dir, r.log.disk_bytes(ctx.now()),
                             stray ? storage::LogDirs::kForGood : server.logs.deleted_log_gone_at(server, ctx.now()));
    server.dirs.remove_log(std::exchange(r.dir, storage::kNoDir));
  }
  if (r.log.log_end_offset() > Offset{0}) {
    ctx.trace(fact::LogDeleted{r.tp, r.log.log_end_offset(), stray});
    storage::PartitionLog empty(r.log.options());
    server.logs.start_log(ctx, empty);
    r.log = std::move(empty);
  }
  if (!served) return;
  server.coordinators.resign_coordinator(ctx, server, r, std::nullopt);
  server.shares.drop_share_partitions(ctx, r.tp);
  server.delayed.check_all(ctx, server, index, true);
}

/// Stops serving the replica.
void ReplicaManager::retire_replica(BrokerServer& server, std::int32_t index) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  r.note_change();
  server.fetches.wake_sessions_of(r);
  server.fetchers.remove_from_fetcher(server, index);
  r.role = ReplicaRole::None;
  r.leader = kNoBroker;
  r.leader_epoch = LeaderEpoch{};
  r.partition_epoch = -1;
  r.assignment.clear();
  r.reassigning = false;
  r.isr.clear();
  r.pending = PendingIsr::None;
  r.remotes.clear();
}

/// Whether the broker `id` is being added to the partition, according to this broker's metadata. Kafka:
/// Partition.isAddingReplica.
bool ReplicaManager::being_added(const BrokerServer& server, const Replica& r, BrokerId id) const {
  if (!r.reassigning) return false;
  const protocol::PartitionRegistration* p = server.image.partition(r.tp);
  return p != nullptr && p->adding.contains(id);
}

/// `anywhere`: the log is new, so it cannot be in an offline directory.
std::int32_t ReplicaManager::find_or_create(Ctx& ctx, BrokerServer& server, TopicPartition tp, bool anywhere) {
  std::int32_t index = server.find(tp);
  if (index < 0) {
    index = static_cast<std::int32_t>(server.replicas.size());
    server.index.set(tp, index);
    Replica& fresh = server.replicas.emplace_back();
    fresh.tp = tp;
    server.logs.start_log(ctx, fresh.log);
  }
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  if (r.dir == storage::kNoDir && !r.offline) {
    const protocol::PartitionRegistration* p = server.image.partition(tp);
    server.logs.place_log(server, r, p == nullptr ? protocol::kUnassigned : p->directory(server.options.id), anywhere);
    server.logs.begin_producer_check(ctx, server, index);
  }
  if (r.role == ReplicaRole::None && !r.offline) server.publisher.load_topic_config(server, r);
  r.hosted = true;
  return index;
}

}  // namespace kafkascope::broker
