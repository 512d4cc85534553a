// A broker's logs and directories: flushing, retention, compaction, expiration of producers, DeleteRecords; placement
// of replicas, effects of a slow, full or failing disk, and the time that a start needs to read the logs. Kafka:
// LogManager, LogCleaner, ReplicaManager.handleLogDirFailure, LogDirFailureChannel. KIP-107, KIP-112, KIP-858.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/parts.h"
#include "broker/replica.h"
#include "protocol/reasons.h"
#include "sim/flat_map.h"
#include "storage/log_options.h"

namespace kafkascope::broker {

struct BackgroundFlush {  // a flush in progress
  std::uint64_t number = 0;
  TopicPartition tp;
  Offset to;
};

class LogManager {
 public:
  /// Progress of loading the logs at a start.
  enum class Loading : std::uint8_t { NotBegun, Running, Done };

  /// lost_tails survive until a start has reported them. The flush numbers and the times at which checkpoints began
  /// also survive.
  void on_death();

  /// Bytes in the directory, including deleted files that still exist.
  std::int64_t used_bytes(const BrokerServer& server, std::int32_t dir, sim::Instant now) const;
  bool logs_loaded(Ctx& ctx, BrokerServer& server);
  storage::LogOptions log_options(const BrokerServer& server, const protocol::Config& topic,
                                  const protocol::Config& broker) const;
  static std::int64_t cleaner_keys(const protocol::Config& broker);
  void begin_log_maintenance(Ctx& ctx, BrokerServer& server);
  void start_log(Ctx& ctx, storage::PartitionLog& log) const;
  void begin_producer_check(Ctx& ctx, BrokerServer& server, std::int32_t index);
  /// Returns true if the timer was a log maintenance timer.
  bool on_log_timer(Ctx& ctx, BrokerServer& server, std::uint16_t kind, std::uint64_t arg);
  void advance_log_start(Ctx& ctx, Replica& replica, Offset to, fact::LogStartReason reason);
  void trace_roll(Ctx& ctx, BrokerServer& server, const Replica& replica, Offset active_before);
  bool note_flush(Ctx& ctx, BrokerServer& server, const Replica& replica, Offset recovery_point_before);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::DeleteRecordsRequest& r);
  void place_log(BrokerServer& server, Replica& replica, DirectoryId registered, bool anywhere);
  storage::WriteResult admit_write(Ctx& ctx, BrokerServer& server, const Replica& replica, std::int64_t bytes);
  sim::Duration written(BrokerServer& server, const Replica& replica, std::int64_t bytes, bool flushed,
                        sim::Instant now);
  void take_dir_offline(Ctx& ctx, BrokerServer& server, std::int32_t dir, fact::DirFailureReason reason);
  bool out_of_directories(const BrokerServer& server) const;
  void handle_log_dir_failure(Ctx& ctx, BrokerServer& server, std::int32_t dir, fact::DirFailureReason reason);
  sim::Instant deleted_log_gone_at(const BrokerServer& server, sim::Instant now) const;
  sim::Duration recovery_time(const BrokerServer& server) const;

  /// By replica index: the log end before a tail was lost, until a start reports it in the trace.
  sim::FlatMap<std::int32_t, Offset> lost_tails;
  Loading loading = Loading::NotBegun;
  /// high_watermarks_from: when the checkpoints of high watermarks begin; kNever: not yet known.
  sim::Instant logs_loaded_at, high_watermarks_from;
  std::vector<BackgroundFlush> flushes;
  /// Directories whose failure is handled at the end of this callback, with the reason.
  std::vector<std::pair<std::int32_t, fact::DirFailureReason>> failed_dirs;

 private:
  sim::Duration producer_expiry_interval(const BrokerServer& server) const;
  void check_producers(Ctx& ctx, BrokerServer& server, std::uint64_t arg);
  void delete_old_segments(Ctx& ctx, BrokerServer& server, Replica& replica);
  void run_cleaner(Ctx& ctx, BrokerServer& server);
  void begin_flush(Ctx& ctx, BrokerServer& server, const Replica& replica, Offset to);
  void finish_flush(Ctx& ctx, BrokerServer& server, std::uint64_t number);

  std::uint64_t next_flush_ = 1;
};

}  // namespace kafkascope::broker
