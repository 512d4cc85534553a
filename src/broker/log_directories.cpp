// A broker's directories: placement of replicas, effects of a slow, full or failing disk, and the reading time of a
// start. Kafka: LogManager, ReplicaManager.handleLogDirFailure, LogDirFailureChannel,
// Partition.createLogInAssignedDirectoryId, AssignmentsManager. KIP-112, KIP-858.
#include <algorithm>
#include <utility>

#include "broker/broker.h"
#include "broker/coordinator_host.h"
#include "broker/timers.h"
#include "protocol/facts_of_logs.h"
#include "sim/mutant.h"
#include "storage/recovery.h"

namespace kafkascope::broker {
namespace {

using storage::WriteResult;

/// The quorum's log is in the first directory (metadata.log.dir).
constexpr std::int32_t kMetadataDir = 0;

}  // namespace

/// Uses the registered directory if it exists. Chooses no directory if the log may be in an offline one
/// (LogManager.getOrCreateLog).
void Broker::place_log(Replica& r, DirectoryId registered, bool anywhere) {
  r.dir = dirs_.online_dir(registered);
  const bool elsewhere = registered != protocol::kUnassigned || !anywhere;
  if (r.dir == storage::kNoDir && (!elsewhere || dirs_.offline_count() == 0)) r.dir = dirs_.next_for_new_log();
  r.offline = r.dir == storage::kNoDir;
  if (!r.offline) dirs_.add_log(r.dir);
}

std::int64_t Broker::used_bytes(std::int32_t dir, sim::Instant now) const {
  std::int64_t bytes = dirs_.deleted_bytes(dir, now);
  for (const Replica& r : replicas_)
    if (r.dir == dir) bytes += r.log.disk_bytes(now);
  return bytes;
}

/// For a whole log the broker's own file.delete.delay.ms counts, not the topic's (LogManager.deleteLogs).
sim::Instant Broker::deleted_log_gone_at(sim::Instant now) const {
  return now + sim::milliseconds(broker_config().number("log.segment.delete.delay.ms"));
}

/// Called before an append. Any result but Ok is Kafka's KafkaStorageException, and takes the directory offline.
WriteResult Broker::admit_write(Ctx& ctx, const Replica& r, std::int64_t bytes) {
  const WriteResult result = dirs_.admit(r.dir, bytes, [&] { return used_bytes(r.dir, ctx.now()); });
  if (result != WriteResult::Ok)
    take_dir_offline(ctx, r.dir,
                     result == WriteResult::Full ? fact::DirFailureReason::Full : fact::DirFailureReason::Failing);
  return result;
}

/// Called after an append: returns how long the writer waits for room in the page cache, or for the flush that
/// flush.messages requires.
sim::Duration Broker::written(const Replica& r, std::int64_t bytes, bool flushed, sim::Instant now) {
  const sim::Duration wait = dirs_.write(r.dir, bytes, now);
  return flushed ? std::max(wait, dirs_.sync(r.dir, now)) : wait;
}

/// Writes fail from now on; the other effects follow at the end of the callback, because Kafka's LogDirFailureHandler is a thread of its
/// own.
void Broker::take_dir_offline(Ctx&, std::int32_t dir, fact::DirFailureReason reason) {
  if (dirs_.set_offline(dir)) failed_dirs_.emplace_back(dir, reason);
}

/// A broker halts without its metadata log or without any directory (RaftManager's fault handler,
/// LogManager.handleLogDirFailure). With ZooKeeper there is no metadata log: any directory is enough.
bool Broker::out_of_directories() const { return dirs_.all_offline() || (!zk_ && !dirs_.online(kMetadataDir)); }

void Broker::handle_log_dir_failure(Ctx& ctx, std::int32_t dir, fact::DirFailureReason reason) {
  std::vector<std::int32_t> served;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    Replica& r = replicas_[i];
    if (r.dir != dir) continue;
    ++count;
    if (r.role != ReplicaRole::None) served.push_back(static_cast<std::int32_t>(i));
    retire_replica(static_cast<std::int32_t>(i));
    r.offline = true;
  }
  ctx.trace(fact::LogDirOffline{dir, count, reason});
  if (out_of_directories()) return ctx.halt();
  for (const std::int32_t index : served) {
    resign_coordinator(ctx, replicas_[static_cast<std::size_t>(index)], std::nullopt);
    check_all(ctx, index, true);
  }
  if (zk_) start_job(ctx, {.kind = ZooKeeperJob::Kind::TellDirFailure});
  else if (!sim::mutant("failed-directory-untold")) lifecycle_.directory_failed(ctx, dirs_[dir].id);
}

// ---------------------------------------------------------------------------------------------- a start

/// After an unclean stop every log is read from its recovery point on, the directories in parallel. Kafka:
/// LogManager.loadLogs.
sim::Duration Broker::recovery_time() const {
  sim::Duration longest;
  for (std::int32_t dir = 0; dir < dirs_.size(); ++dir) {
    std::int64_t bytes = 0;
    for (const Replica& r : replicas_)
      if (r.dir == dir && !r.offline) bytes += r.log.recovery().bytes_scanned;
    longest = std::max(longest, storage::transfer_time(bytes, dirs_[dir].write_bytes_per_s));
  }
  return longest;
}

/// Until the logs are loaded the broker ignores metadata: it is registered, and fenced
/// (BrokerMetadataPublisher.initializeManagers).
bool Broker::logs_loaded(Ctx& ctx) {
  if (loading_ != Loading::NotBegun) return loading_ == Loading::Done;
  const sim::Duration takes = recovery_time();
  if (takes.us == 0) {
    loading_ = Loading::Done;
    return true;
  }
  loading_ = Loading::Running;
  std::int64_t bytes = 0;
  for (const Replica& r : replicas_)
    if (!r.offline) bytes += r.log.recovery().bytes_scanned;
  ctx.trace(fact::LogsLoading{bytes, takes});
  ctx.set_timer(takes, timer::kLogsLoaded);
  return false;
}

// ---------------------------------------------------------------------------------------------- the disk itself

void Broker::change_disk(std::int32_t only, const DiskChange& change, sim::Instant now) {
  for (std::int32_t dir = 0; dir < dirs_.size(); ++dir) {
    if (only != storage::kNoDir && only != dir) continue;
    if (change.write_bytes_per_s) dirs_.set_write_rate(dir, *change.write_bytes_per_s, now);
    if (change.capacity_bytes) dirs_.set_capacity(dir, *change.capacity_bytes);
    if (change.flush) dirs_.set_flush(dir, *change.flush);
    if (change.fail) dirs_.set_failing(dir, *change.fail);
  }
}

/// ReplicaManager.checkpointHighWatermarks writes into every directory.
void Broker::expect_disk_failure(Ctx& ctx) {
  const std::int64_t every =
      sim::milliseconds(options_.config.number("replica.high.watermark.checkpoint.interval.ms")).us;
  if (every > 0)
    ctx.set_timer(sim::microseconds(every - (ctx.now() - logs_loaded_at_).us % every), timer::kLogDirCheck);
}

void Broker::wipe_disk(std::int32_t only) {
  if (only == storage::kNoDir || only == kMetadataDir) raft_ = raft::QuorumNode(raft_.options());
  // A clean-shutdown file is missing: the previous stop counts as unclean.
  lifecycle_ = BrokerLifecycle(options_.id, options_.rack, options_.config).after(lifecycle_.incarnation());
  for (std::int32_t dir = 0; dir < dirs_.size(); ++dir)
    if (only == storage::kNoDir || only == dir) dirs_.wipe(dir);
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    if (only != storage::kNoDir && only != replicas_[i].dir) continue;
    Replica fresh;
    fresh.tp = replicas_[i].tp;
    fresh.log = storage::PartitionLog(replicas_[i].log.options());
    lost_tails_.erase_key(static_cast<std::int32_t>(i));
    replicas_[i] = std::move(fresh);
  }
  replicas_.forget_touched();
}

}  // namespace kafkascope::broker
