// A model of the checkpoint files that a broker writes at intervals, so that a restart may read an old value. Kafka:
// OffsetCheckpointFile; replication-offset-checkpoint, recovery-point-offset-checkpoint, log-start-offset-checkpoint.
//
// No timer writes the files: their content follows from the interval in which a value last changed.
#pragma once
#include <algorithm>
#include <cstdint>

#include "protocol/ids.h"
#include "sim/time.h"
#include "storage/log_options.h"

namespace kafkascope::storage {

using protocol::Offset;

/// The file is written at started + delay, and every interval from then on.
struct CheckpointSchedule {
  sim::Instant started;
  sim::Duration delay, interval;
  std::int64_t round(sim::Instant at) const {
    const std::int64_t since = (at - started).us - delay.us;
    return since < 0 ? -1 : since / std::max<std::int64_t>(1, interval.us);
  }
};

/// When a broker starts to write its checkpoint files.
struct CheckpointsFrom {
  sim::Instant high_watermarks, others;
  CheckpointSchedule high_watermark_schedule(const LogOptions& options) const {
    return {high_watermarks, {}, options.high_watermark_checkpoint_interval};
  }
  CheckpointSchedule recovery_point_schedule(const LogOptions& options) const {
    return {others, options.initial_task_delay, options.recovery_point_checkpoint_interval};
  }
  CheckpointSchedule log_start_schedule(const LogOptions& options) const {
    return {others, options.initial_task_delay, options.log_start_checkpoint_interval};
  }
};

class CheckpointedOffset {
 public:
  /// Call with the value that is about to be replaced.
  void before_change(Offset current, sim::Instant now, const CheckpointSchedule& schedule) {
    in_file_ = value(current, now, schedule);
    changed_at_ = now;
  }
  /// The offset that the file holds at `now`.
  Offset value(Offset current, sim::Instant now, const CheckpointSchedule& schedule) const {
    return schedule.round(now) != schedule.round(changed_at_) ? current : in_file_;
  }
  /// Writes the file at `now`, outside the schedule.
  void write(Offset value, sim::Instant now) {
    in_file_ = value;
    changed_at_ = now;
  }
  Offset in_file() const { return in_file_; }
  friend bool operator==(const CheckpointedOffset&, const CheckpointedOffset&) = default;

 private:
  Offset in_file_{0};  // the file's content at changed_at_
  sim::Instant changed_at_;
};

}  // namespace kafkascope::storage
