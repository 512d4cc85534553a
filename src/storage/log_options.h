// A log's configuration: the topic's settings, otherwise the broker's, and the disk's write-back. Kafka: LogConfig.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

#include "sim/time.h"

namespace kafkascope::storage {

inline constexpr std::int64_t kForEverMs = std::numeric_limits<std::int64_t>::max();

struct LogOptions {
  /// The age at which the operating system writes back a dirty page. Linux: vm.dirty_expire_centisecs 3000.
  sim::Duration write_back = sim::seconds(30);
  /// flush.messages: the append flushes once this many records are unflushed.
  std::int64_t flush_messages = std::numeric_limits<std::int64_t>::max();
  /// flush.ms, checked when the flusher runs (after 30 s and every log.flush.scheduler.interval.ms, by default once).
  std::int64_t flush_ms = kForEverMs;
  /// replica.high.watermark.checkpoint.interval.ms.
  sim::Duration high_watermark_checkpoint_interval = sim::seconds(5);
  /// log.flush.offset.checkpoint.interval.ms and log.flush.start.offset.checkpoint.interval.ms; the first after
  /// log.initial.task.delay.ms.
  sim::Duration recovery_point_checkpoint_interval = sim::seconds(60);
  sim::Duration log_start_checkpoint_interval = sim::seconds(60);
  sim::Duration initial_task_delay = sim::seconds(30);

  // Segments.
  std::int64_t segment_bytes = 1073741824;
  std::int64_t segment_ms = 604800000;
  std::int64_t segment_index_bytes = 10485760;
  std::int64_t index_interval_bytes = 4096;
  std::int64_t file_delete_delay_ms = 60000;

  // Retention and compaction.
  bool cleanup_delete = true;
  bool cleanup_compact = false;
  std::int64_t retention_ms = 604800000;  // -1: forever
  std::int64_t retention_bytes = -1;      // -1: no limit
  std::int64_t min_cleanable_dirty_ratio_ppm = 500000;
  std::int64_t delete_retention_ms = 86400000;
  std::int64_t min_compaction_lag_ms = 0;
  std::int64_t max_compaction_lag_ms = kForEverMs;

  // Timestamps.
  bool log_append_time = false;
  std::int64_t timestamp_before_max_ms = kForEverMs;
  std::int64_t timestamp_after_max_ms = 3600000;

  /// producer.id.expiration.ms.
  std::int64_t producer_id_expiration_ms = 86400000;
  /// 2.5 retention checks time, size and log start offset, in this order; later versions check log start offset, size,
  /// time.
  bool retention_time_first = false;
  /// 2.5 counts the records that it reads at a start as flushed (Log.recoverLog).
  bool recovery_raises_recovery_point = false;
  /// The last batch of a cleaning round is kept, without records if necessary (Cleaner.cleanInto, upperBoundOffset);
  /// 2.5 keeps only the producers' last batches.
  bool keeps_last_empty_batch = true;
  /// Without KAFKA-13194 uncommitted records are compacted as well.
  bool compaction_passes_high_watermark = false;
  /// False without KIP-534: tombstones then expire by the age of the last clean segment, not by a horizon in the batch.
  bool horizon_in_batches = true;

  /// A compacted topic rolls its segments within max.compaction.lag.ms. Kafka: LogConfig.maxSegmentMs.
  std::int64_t max_segment_ms() const {
    return cleanup_compact && max_compaction_lag_ms > 0 ? std::min(max_compaction_lag_ms, segment_ms) : segment_ms;
  }
  friend bool operator==(const LogOptions&, const LogOptions&) = default;
};

}  // namespace kafkascope::storage
