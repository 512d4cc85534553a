// A broker's directories: placement of replicas, effects of a slow, full or failing disk, and the time that a start
// needs to read the logs. Kafka: LogManager, ReplicaManager.handleLogDirFailure, LogDirFailureChannel,
// Partition.createLogInAssignedDirectoryId, AssignmentsManager. KIP-112, KIP-858.
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "broker/timers.h"
#include "protocol/facts_of_logs.h"
#include "sim/mutant.h"
#include "storage/recovery.h"

namespace kafkascope::broker {
namespace {

using storage::WriteResult;

}  // namespace

/// Uses the registered directory if it exists. Chooses no directory if the log may be in an offline one
/// (LogManager.getOrCreateLog).
void LogManager::place_log(BrokerServer& server, Replica& r, DirectoryId registered, bool anywhere) {
  r.dir = server.dirs.online_dir(registered);
  const bool elsewhere = registered != protocol::kUnassigned || !anywhere;
  if (r.dir == storage::kNoDir && (!elsewhere || server.dirs.offline_count() == 0))
    r.dir = server.dirs.next_for_new_log();
  r.offline = r.dir == storage::kNoDir;
  if (!r.offline) server.dirs.add_log(r.dir);
}

std::int64_t LogManager::used_bytes(const BrokerServer& server, std::int32_t dir, sim::Instant now) const {
  std::int64_t bytes = server.dirs.deleted_bytes(dir, now);
  for (const Replica& r : server.replicas)
    if (r.dir == dir) bytes += r.log.disk_bytes(now);
  return bytes;
}

/// For a whole log the broker's own file.delete.delay.ms applies, not the topic's (LogManager.deleteLogs).
sim::Instant LogManager::deleted_log_gone_at(const BrokerServer& server, sim::Instant now) const {
  return now + sim::milliseconds(server.broker_config().number("log.segment.delete.delay.ms"));
}

/// Called before an append. Any result but Ok is Kafka's KafkaStorageException, and takes the directory offline.
WriteResult LogManager::admit_write(Ctx& ctx, BrokerServer& server, const Replica& r, std::int64_t bytes) {
  const WriteResult result = server.dirs.admit(r.dir, bytes, [&] { return used_bytes(server, r.dir, ctx.now()); });
  if (result != WriteResult::Ok)
    take_dir_offline(ctx, server, r.dir,
                     result == WriteResult::Full ? fact::DirFailureReason::Full : fact::DirFailureReason::Failing);
  return result;
}

/// Called after an append: returns how long the writer waits for room in the page cache, or for the flush that
/// flush.messages requires.
sim::Duration LogManager::written(BrokerServer& server, const Replica& r, std::int64_t bytes, bool flushed,
                                  sim::Instant now) {
  const sim::Duration wait = server.dirs.write(r.dir, bytes, now);
  return flushed ? std::max(wait, server.dirs.sync(r.dir, now)) : wait;
}

/// Writes fail from now on; the other effects follow at the end of the callback, because Kafka's LogDirFailureHandler
/// is a separate thread.
void LogManager::take_dir_offline(Ctx&, BrokerServer& server, std::int32_t dir, fact::DirFailureReason reason) {
  if (server.dirs.set_offline(dir)) failed_dirs.emplace_back(dir, reason);
}

/// A broker halts without its metadata log or without any directory (RaftManager's fault handler,
/// LogManager.handleLogDirFailure). With ZooKeeper there is no metadata log: any one directory is enough.
bool LogManager::out_of_directories(const BrokerServer& server) const {
  return server.dirs.all_offline() || (!server.zk && !server.dirs.online(kMetadataDir));
}

void LogManager::handle_log_dir_failure(Ctx& ctx, BrokerServer& server, std::int32_t dir,
                                        fact::DirFailureReason reason) {
  std::vector<std::int32_t> served;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < server.replicas.size(); ++i) {
    Replica& r = server.replicas[i];
    if (r.dir != dir) continue;
    ++count;
    if (r.role != ReplicaRole::None) served.push_back(static_cast<std::int32_t>(i));
    server.replica_manager.retire_replica(server, static_cast<std::int32_t>(i));
    r.offline = true;
  }
  ctx.trace(fact::LogDirOffline{dir, count, reason});
  if (out_of_directories(server)) return ctx.halt();
  for (const std::int32_t index : served) {
    server.coordinators.resign_coordinator(ctx, server, server.replicas[static_cast<std::size_t>(index)], std::nullopt);
    server.delayed.check_all(ctx, server, index, true);
  }
  if (server.zk) server.zk->start_job(ctx, server, {.kind = ZooKeeperJob::Kind::TellDirFailure});
  else if (!sim::mutant("failed-directory-untold")) server.lifecycle.directory_failed(ctx, server.dirs[dir].id);
}

// ---------------------------------------------------------------------------------------------- a start

/// After an unclean stop every log is read from its recovery point on, the directories in parallel. Kafka:
/// LogManager.loadLogs.
sim::Duration LogManager::recovery_time(const BrokerServer& server) const {
  sim::Duration longest;
  for (std::int32_t dir = 0; dir < server.dirs.size(); ++dir) {
    std::int64_t bytes = 0;
    for (const Replica& r : server.replicas)
      if (r.dir == dir && !r.offline) bytes += r.log.recovery().bytes_scanned;
    longest = std::max(longest, storage::transfer_time(bytes, server.dirs[dir].write_bytes_per_s));
  }
  return longest;
}

/// Until the logs are loaded the broker ignores metadata: it is registered but fenced
/// (BrokerMetadataPublisher.initializeManagers).
bool LogManager::logs_loaded(Ctx& ctx, BrokerServer& server) {
  if (loading != Loading::NotBegun) return loading == Loading::Done;
  const sim::Duration takes = recovery_time(server);
  if (takes.us == 0) {
    loading = Loading::Done;
    return true;
  }
  loading = Loading::Running;
  std::int64_t bytes = 0;
  for (const Replica& r : server.replicas)
    if (!r.offline) bytes += r.log.recovery().bytes_scanned;
  ctx.trace(fact::LogsLoading{bytes, takes});
  ctx.set_timer(takes, timer::kLogsLoaded);
  return false;
}

// ---------------------------------------------------------------------------------------------- the disk itself

}  // namespace kafkascope::broker
