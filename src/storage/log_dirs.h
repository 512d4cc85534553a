// The directories (disks) of one broker: which are usable, where a new log goes, and how long they let writers wait. Kafka: LogManager,
// LogDirFailureChannel, KIP-112, KIP-858. Linux: dirty pages (vm.dirty_bytes).
//
// What is appended goes to the page cache at once, until so much of it waits for a slow disk that the system makes writers wait.
// Simplified: the disk is taken to write all the time, in the order of the writes; so all that is kept is when it would be done.
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

/// How a write into a directory ends. Full and Failing are the IOException that takes it offline.
enum class WriteResult : std::uint8_t { Ok, Full, Failing, Offline };
std::string_view name(WriteResult result);

/// Of every directory at first.
struct DiskOptions {
  std::int32_t dirs = 1;
  std::int64_t capacity_bytes = 0;  // 0: no limit
  std::int64_t write_bytes_per_s = 200'000'000;
  sim::Duration flush = sim::milliseconds(4);
  std::int64_t dirty_bytes = 1'000'000'000;  // not yet written: more than that makes writers wait
};

/// What is known about a directory that holds no replica any more, or none yet.
inline constexpr std::int32_t kNoDir = -1;

struct LogDir {
  DirectoryId id = 0;                 // a replaced disk has another one
  DirState state = DirState::Online;  // as the broker's process sees it; a restart looks anew
  bool failing = false;               // the disk's condition: every write and flush fails
  std::int64_t capacity_bytes = 0;
  std::int64_t write_bytes_per_s = 0;
  sim::Duration flush;
  std::int64_t logs = 0;
  std::int64_t room = -1;      // so much may come before what lies in it must be counted again; -1: not counted yet
  sim::Instant written_at{0};  // when all that was appended so far is on the disk, if it writes all the time
  sim::Instant synced_at{0};   // when the last fsync asked for is done
  struct Deleted {
    sim::Instant gone_at;
    std::int64_t bytes = 0;
  };
  std::vector<Deleted> deleted;  // whole logs whose files are still there
};

class LogDirs {
 public:
  explicit LogDirs(const DiskOptions& options = {});

  std::int32_t size() const { return static_cast<std::int32_t>(dirs_.size()); }
  const LogDir& operator[](std::int32_t dir) const { return dirs_[static_cast<std::size_t>(dir)]; }
  bool online(std::int32_t dir) const { return (*this)[dir].state == DirState::Online; }
  std::int32_t offline_count() const;
  /// None left: the broker halts.
  bool all_offline() const { return offline_count() == size(); }
  /// The directory of that id; kNoDir: none that is online.
  std::int32_t online_dir(DirectoryId id) const;
  std::vector<DirectoryId> online_ids() const;

  /// The online directory with the fewest logs, the first of several (Kafka's order among equals is a hash table's); kNoDir: none.
  std::int32_t next_for_new_log() const;
  void add_log(std::int32_t dir) { ++at(dir).logs; }
  void remove_log(std::int32_t dir) { --at(dir).logs; }

  /// A log that is served no longer takes its room until then: it is renamed to -delete (LogManager.asyncDelete) or, kForGood, to -stray.
  static constexpr sim::Instant kForGood{std::numeric_limits<std::int64_t>::max()};
  void delete_later(std::int32_t dir, std::int64_t bytes, sim::Instant gone_at);
  /// What such logs take.
  std::int64_t deleted_bytes(std::int32_t dir, sim::Instant now) const;

  /// May `bytes` be written? used() counts what lies in the directory; it is asked seldom, for only appends take room.
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
  /// So many bytes have gone into the page cache. Returns how long their writer waits for room there.
  sim::Duration write(std::int32_t dir, std::int64_t bytes, sim::Instant now);
  /// How far the disk is behind with writing.
  sim::Duration behind(std::int32_t dir, sim::Instant now) const;
  /// An fsync: how long it takes. One after the other, behind what was written before.
  sim::Duration sync(std::int32_t dir, sim::Instant now);

  /// Kafka: LogManager.handleLogDirFailure. False: it was offline already.
  bool set_offline(std::int32_t dir);
  /// The process starts: a directory whose disk works is taken again. What the one before it was to delete goes at `deleted_gone_at`
  /// (LogManager.loadLog: the delay begins anew).
  void on_start(sim::Instant deleted_gone_at = {});
  /// The machine loses its power, and its page cache.
  void on_power_off();

  // The disk itself.
  void set_failing(std::int32_t dir, bool failing) { at(dir).failing = failing; }
  void set_capacity(std::int32_t dir, std::int64_t bytes);
  void set_write_rate(std::int32_t dir, std::int64_t bytes_per_s, sim::Instant now);
  void set_flush(std::int32_t dir, sim::Duration takes) { at(dir).flush = takes; }
  /// Replaced by an empty, formatted disk of the same size and speed.
  void wipe(std::int32_t dir);

 private:
  LogDir& at(std::int32_t dir) { return dirs_[static_cast<std::size_t>(dir)]; }

  std::vector<LogDir> dirs_;
  std::int64_t dirty_bytes_;
};

}  // namespace kafkascope::storage
