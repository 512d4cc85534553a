// The directories (disks) of one broker: which are usable, which one receives the next new log, and how long they make
// writers wait. Kafka: LogManager, LogDirFailureChannel, KIP-112, KIP-858. Linux: dirty pages (vm.dirty_bytes).
//
// An append goes to the page cache at once, unless a slow disk has so many dirty bytes to write that the system blocks
// writers. Simplified: the disk writes continuously, in the order of the writes, so only its completion time is stored.
#pragma once
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "protocol/ids.h"
#include "sim/time.h"

namespace kafkascope::storage {

using protocol::DirectoryId;

enum class DirState : std::uint8_t { Online, Offline };

/// The result of a write into a directory. Full and Failing correspond to the IOException that takes the directory
/// offline.
enum class WriteResult : std::uint8_t { Ok, Full, Failing, Offline };

/// The initial settings of every directory.
struct DiskOptions {
  std::int32_t dirs = 1;
  std::int64_t capacity_bytes = 0;  // 0: no limit
  std::int64_t write_bytes_per_s = 200'000'000;
  sim::Duration flush = sim::milliseconds(4);
  std::int64_t dirty_bytes = 1'000'000'000;  // above this many unwritten bytes, writers wait
};

/// The directory index of a replica that is in no directory.
inline constexpr std::int32_t kNoDir = -1;

struct LogDir {
  DirectoryId id = 0;                 // a replacement disk gets a new id
  DirState state = DirState::Online;  // as the broker's process sees the directory; a restart checks again
  bool failing = false;               // the disk's condition: every write and flush fails
  std::int64_t capacity_bytes = 0;
  std::int64_t write_bytes_per_s = 0;
  sim::Duration flush;
  std::int64_t logs = 0;
  std::int64_t room = -1;      // number of bytes that may be appended before used() is called again; -1: not called yet
  sim::Instant written_at{0};  // when everything appended so far will be on the disk
  sim::Instant synced_at{0};   // when the last requested fsync will be done
  struct Deleted {
    sim::Instant gone_at;
    std::int64_t bytes = 0;
  };
  std::vector<Deleted> deleted;  // deleted logs whose files still exist
};

class LogDirs {
 public:
  explicit LogDirs(const DiskOptions& options = {});

  std::int32_t size() const { return static_cast<std::int32_t>(dirs_.size()); }
  const LogDir& operator[](std::int32_t dir) const { return dirs_[static_cast<std::size_t>(dir)]; }
  bool online(std::int32_t dir) const { return (*this)[dir].state == DirState::Online; }
  std::int32_t offline_count() const;
  /// Whether no directory is online; the broker then halts.
  bool all_offline() const { return offline_count() == size(); }
  /// The online directory with that id; kNoDir if there is none.
  std::int32_t online_dir(DirectoryId id) const;
  std::vector<DirectoryId> online_ids() const;

  /// The online directory with the fewest logs, the first among equals (Kafka: the first in hash table order); kNoDir:
  /// no directory is online.
  std::int32_t next_for_new_log() const;
  void add_log(std::int32_t dir) { ++at(dir).logs; }
  void remove_log(std::int32_t dir) { --at(dir).logs; }

  /// The `gone_at` of a stray log. A log that is no longer served is renamed to -delete and occupies its bytes until
  /// `gone_at` (LogManager.asyncDelete); a stray log is renamed to -stray and occupies them forever.
  static constexpr sim::Instant kForGood{std::numeric_limits<std::int64_t>::max()};
  void delete_later(std::int32_t dir, std::int64_t bytes, sim::Instant gone_at);
  /// The bytes that deleted and stray logs still occupy.
  std::int64_t deleted_bytes(std::int32_t dir, sim::Instant now) const;

  /// Whether `bytes` may be written. used() counts the bytes in the directory; it is rarely called, because only
  /// appends increase them.
  template <class Used>
  WriteResult admit(std::int32_t dir, std::int64_t bytes, Used&& used) {
    LogDir& d = at(dir);
    if (d.state == DirState::Offline) return WriteResult::Offline;
    if (d.failing) return WriteResult::Failing;
    if (d.capacity_bytes <= 0) return WriteResult::Ok;
    if (d.room < bytes) d.room = d.capacity_bytes - used();
    if (d.room < bytes) return WriteResult::Full;
    d.room -= bytes;
    return WriteResult::Ok;
  }
  /// Adds `bytes` to the page cache. Returns how long the writer waits until the cache accepts them.
  sim::Duration write(std::int32_t dir, std::int64_t bytes, sim::Instant now);
  /// How long the disk needs to finish the writes so far.
  sim::Duration behind(std::int32_t dir, sim::Instant now) const;
  /// Returns how long an fsync takes; it waits for all earlier fsyncs and writes.
  sim::Duration sync(std::int32_t dir, sim::Instant now);

  /// Kafka: LogManager.handleLogDirFailure. Returns false if the directory was offline already.
  bool set_offline(std::int32_t dir);
  /// The process starts: directories whose disks work are online again. Logs that the previous process meant to delete
  /// are gone at `deleted_gone_at` (LogManager.loadLog restarts the delay).
  void on_start(sim::Instant deleted_gone_at = {});
  /// The machine loses power, and with it the page cache.
  void on_power_off();

  // Sets the disk's own condition.
  void set_failing(std::int32_t dir, bool failing) { at(dir).failing = failing; }
  void set_capacity(std::int32_t dir, std::int64_t bytes);
  void set_write_rate(std::int32_t dir, std::int64_t bytes_per_s, sim::Instant now);
  void set_flush(std::int32_t dir, sim::Duration takes) { at(dir).flush = takes; }
  /// Replaces the disk by an empty, formatted one of the same size and speed.
  void wipe(std::int32_t dir);

 private:
  LogDir& at(std::int32_t dir) { return dirs_[static_cast<std::size_t>(dir)]; }

  std::vector<LogDir> dirs_;
  std::int64_t dirty_bytes_;
};

}  // namespace kafkascope::storage
