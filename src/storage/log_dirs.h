// The directories (disks) of one broker: which are usable, and where a new log goes. Kafka: LogManager, LogDirFailureChannel, KIP-112.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace kafkascope::storage {

enum class DirState : std::uint8_t { Online, Offline };

/// How a write into a directory ends. Full and Failing are the IOException that takes it offline.
enum class WriteResult : std::uint8_t { Ok, Full, Failing, Offline };
std::string_view name(WriteResult result);

struct LogDir {
  DirState state = DirState::Online;   // as the broker's process sees it; a restart looks anew
  bool failing = false;                // the disk's condition: every write and flush fails
  std::int64_t capacity_bytes = 0;     // 0: no limit
  std::int64_t write_bytes_per_s = 0;  // 0: the world's
  std::int64_t logs = 0;
};

class LogDirs {
 public:
  explicit LogDirs(int count = 1, std::int64_t capacity_bytes = 0);

  std::int32_t size() const { return static_cast<std::int32_t>(dirs_.size()); }
  const LogDir& operator[](std::int32_t dir) const { return dirs_[static_cast<std::size_t>(dir)]; }
  bool online(std::int32_t dir) const { return (*this)[dir].state == DirState::Online; }
  std::int32_t offline_count() const;
  /// None left: the broker halts.
  bool all_offline() const { return offline_count() == size(); }

  /// The online directory with the fewest logs, the first of several (Kafka's order among equals is a hash table's); -1: none.
  std::int32_t next_for_new_log() const;
  void add_log(std::int32_t dir) { ++dirs_[static_cast<std::size_t>(dir)].logs; }
  void remove_log(std::int32_t dir) { --dirs_[static_cast<std::size_t>(dir)].logs; }

  /// `used_bytes`: what lies in the directory, this write included.
  WriteResult try_write(std::int32_t dir, std::int64_t used_bytes) const;
  /// Kafka: LogManager.handleLogDirFailure. False: it was offline already.
  bool set_offline(std::int32_t dir);
  /// The process starts: a directory whose disk works is taken again.
  void on_start();

  // The disk itself.
  void set_failing(std::int32_t dir, bool failing) { dirs_[static_cast<std::size_t>(dir)].failing = failing; }
  void set_capacity(std::int32_t dir, std::int64_t bytes) { dirs_[static_cast<std::size_t>(dir)].capacity_bytes = bytes; }
  void set_write_rate(std::int32_t dir, std::int64_t bytes_per_s) { dirs_[static_cast<std::size_t>(dir)].write_bytes_per_s = bytes_per_s; }
  /// Replaced by an empty, formatted disk of the same size.
  void wipe(std::int32_t dir);

 private:
  std::vector<LogDir> dirs_;
};

}  // namespace kafkascope::storage
