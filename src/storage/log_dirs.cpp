#include "storage/log_dirs.h"

#include <algorithm>

namespace kafkascope::storage {

std::string_view name(WriteResult result) {
  switch (result) {
    case WriteResult::Ok: return "ok";
    case WriteResult::Full: return "no space left on the disk";
    case WriteResult::Failing: return "the disk fails";
    case WriteResult::Offline: return "the directory is offline";
  }
  return "";
}

LogDirs::LogDirs(int count, std::int64_t capacity_bytes) : dirs_(static_cast<std::size_t>(std::max(1, count))) {
  for (LogDir& d : dirs_) d.capacity_bytes = capacity_bytes;
}

std::int32_t LogDirs::offline_count() const {
  return static_cast<std::int32_t>(std::count_if(dirs_.begin(), dirs_.end(), [](const LogDir& d) { return d.state == DirState::Offline; }));
}

std::int32_t LogDirs::next_for_new_log() const {
  std::int32_t best = -1;
  for (std::int32_t i = 0; i < size(); ++i)
    if (online(i) && (best < 0 || (*this)[i].logs < (*this)[best].logs)) best = i;
  return best;
}

WriteResult LogDirs::try_write(std::int32_t dir, std::int64_t used_bytes) const {
  const LogDir& d = (*this)[dir];
  if (d.state == DirState::Offline) return WriteResult::Offline;
  if (d.failing) return WriteResult::Failing;
  return d.capacity_bytes > 0 && used_bytes > d.capacity_bytes ? WriteResult::Full : WriteResult::Ok;
}

bool LogDirs::set_offline(std::int32_t dir) {
  if (!online(dir)) return false;
  dirs_[static_cast<std::size_t>(dir)].state = DirState::Offline;
  return true;
}

void LogDirs::on_start() {
  for (LogDir& d : dirs_) d.state = d.failing ? DirState::Offline : DirState::Online;
}

void LogDirs::wipe(std::int32_t dir) {
  LogDir& d = dirs_[static_cast<std::size_t>(dir)];
  d.state = DirState::Online;
  d.failing = false;
  d.logs = 0;
}

}  // namespace kafkascope::storage
