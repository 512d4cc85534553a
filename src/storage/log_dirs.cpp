#include "storage/log_dirs.h"

#include <algorithm>

#include "storage/recovery.h"

namespace kafkascope::storage {

LogDirs::LogDirs(const DiskOptions& options)
    : dirs_(static_cast<std::size_t>(std::max(1, options.dirs))), dirty_bytes_(options.dirty_bytes) {
  for (std::int32_t i = 0; i < size(); ++i) {
    at(i).id = i;
    at(i).capacity_bytes = options.capacity_bytes;
    at(i).write_bytes_per_s = options.write_bytes_per_s;
    at(i).flush = options.flush;
  }
}

std::int32_t LogDirs::offline_count() const {
  return static_cast<std::int32_t>(
      std::count_if(dirs_.begin(), dirs_.end(), [](const LogDir& d) { return d.state == DirState::Offline; }));
}

std::int32_t LogDirs::online_dir(DirectoryId id) const {
  for (std::int32_t i = 0; i < size(); ++i)
    if (online(i) && (*this)[i].id == id) return i;
  return kNoDir;
}

std::vector<DirectoryId> LogDirs::online_ids() const {
  std::vector<DirectoryId> ids;
  for (const LogDir& d : dirs_)
    if (d.state == DirState::Online) ids.push_back(d.id);
  return ids;
}

std::int32_t LogDirs::next_for_new_log() const {
  std::int32_t best = kNoDir;
  for (std::int32_t i = 0; i < size(); ++i)
    if (online(i) && (best < 0 || (*this)[i].logs < (*this)[best].logs)) best = i;
  return best;
}

sim::Duration LogDirs::write(std::int32_t dir, std::int64_t bytes, sim::Instant now) {
  LogDir& d = at(dir);
  d.written_at = std::max(d.written_at, now) + transfer_time(bytes, d.write_bytes_per_s);
  return std::max(sim::Duration{0}, behind(dir, now) - transfer_time(dirty_bytes_, d.write_bytes_per_s));
}

sim::Duration LogDirs::behind(std::int32_t dir, sim::Instant now) const {
  return std::max(sim::Duration{0}, (*this)[dir].written_at - now);
}

sim::Duration LogDirs::sync(std::int32_t dir, sim::Instant now) {
  LogDir& d = at(dir);
  d.synced_at = std::max({d.synced_at, d.written_at, now}) + d.flush;
  return d.synced_at - now;
}

bool LogDirs::set_offline(std::int32_t dir) {
  if (!online(dir)) return false;
  at(dir).state = DirState::Offline;
  return true;
}

void LogDirs::delete_later(std::int32_t dir, std::int64_t bytes, sim::Instant gone_at) {
  if (bytes > 0) at(dir).deleted.push_back({gone_at, bytes});
}

std::int64_t LogDirs::deleted_bytes(std::int32_t dir, sim::Instant now) const {
  std::int64_t bytes = 0;
  for (const LogDir::Deleted& log : (*this)[dir].deleted)
    if (now < log.gone_at) bytes += log.bytes;
  return bytes;
}

void LogDirs::on_start(sim::Instant deleted_gone_at) {
  for (LogDir& d : dirs_) {
    d.state = d.failing ? DirState::Offline : DirState::Online;
    d.room = -1;
    for (LogDir::Deleted& log : d.deleted)
      if (log.gone_at != kForGood) log.gone_at = deleted_gone_at;
  }
}

void LogDirs::on_power_off() {
  for (LogDir& d : dirs_) d.written_at = d.synced_at = sim::Instant{0};
}

void LogDirs::set_capacity(std::int32_t dir, std::int64_t bytes) {
  at(dir).capacity_bytes = bytes;
  at(dir).room = -1;
}

/// From now on dirty bytes are written at the new speed; the next fsync waits for them.
void LogDirs::set_write_rate(std::int32_t dir, std::int64_t bytes_per_s, sim::Instant now) {
  LogDir& d = at(dir);
  const auto at_new_rate = [&](sim::Duration left) {
    return transfer_time(left.us / 1000000 * d.write_bytes_per_s + left.us % 1000000 * d.write_bytes_per_s / 1000000,
                         bytes_per_s);
  };
  const sim::Duration writing = behind(dir, now), syncing = std::max(sim::Duration{0}, d.synced_at - now);
  d.written_at = now + at_new_rate(writing);
  if (syncing.us > 0)
    d.synced_at = now + at_new_rate(std::min(writing, syncing)) + std::max(sim::Duration{0}, syncing - writing);
  d.write_bytes_per_s = bytes_per_s;
}

void LogDirs::wipe(std::int32_t dir) {
  constexpr DirectoryId kMostDirs = 64;
  LogDir& d = at(dir);
  d.id += kMostDirs;
  d.state = DirState::Online;
  d.failing = false;
  d.logs = 0;
  d.deleted.clear();
  d.room = -1;
  d.written_at = d.synced_at = sim::Instant{0};
}

}  // namespace kafkascope::storage
