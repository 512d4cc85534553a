// Several directories in a broker. Kafka: LogManager, KIP-112.
#include <doctest/doctest.h>

#include <vector>

#include "storage/log_dirs.h"

using namespace kafkascope::storage;
namespace sim = kafkascope::sim;

namespace {
DiskOptions disks(std::int32_t dirs, std::int64_t capacity = 0) {
  DiskOptions options;
  options.dirs = dirs;
  options.capacity_bytes = capacity;
  return options;
}
}  // namespace

TEST_CASE("LogManager.nextLogDirs: a new log goes to the directory with the fewest logs") {
  LogDirs dirs(disks(3));
  std::vector<std::int32_t> placed;
  for (int i = 0; i < 5; ++i) {
    placed.push_back(dirs.next_for_new_log());
    dirs.add_log(placed.back());
  }
  CHECK(placed == std::vector<std::int32_t>{0, 1, 2, 0, 1});
  dirs.remove_log(1);
  dirs.remove_log(1);
  CHECK(dirs.next_for_new_log() == 1);
}

TEST_CASE(
    "KIP-112: a write fails on a failing or full disk; an offline directory is skipped, and the others still work") {
  LogDirs dirs(disks(2, 1000));
  std::int64_t used = 400;
  int asked = 0;
  const auto count = [&] { return ++asked, used; };
  CHECK(dirs.admit(0, 600, count) == WriteResult::Ok);
  used = 1000;
  CHECK(dirs.admit(0, 1, count) == WriteResult::Full);
  used = 900;  // some records were deleted
  CHECK(dirs.admit(0, 50, count) == WriteResult::Ok);
  CHECK(dirs.admit(0, 50, count) == WriteResult::Ok);
  CHECK(asked == 3);  // counted again only when the remaining space is too small
  dirs.set_failing(1, true);
  CHECK(dirs.admit(1, 10, count) == WriteResult::Failing);
  CHECK(dirs.set_offline(1));
  CHECK_FALSE(dirs.set_offline(1));
  CHECK(dirs.admit(1, 10, count) == WriteResult::Offline);
  CHECK(dirs.offline_count() == 1);
  CHECK_FALSE(dirs.all_offline());
  CHECK(dirs.next_for_new_log() == 0);
  dirs.add_log(0);
  CHECK(dirs.next_for_new_log() == 0);  // the dead directory has fewer logs, but does not count
  dirs.set_offline(0);
  CHECK(dirs.all_offline());
  CHECK(dirs.next_for_new_log() == -1);
}

TEST_CASE("An offline directory is online again after a restart of the process if its disk works") {
  LogDirs dirs(disks(2));
  dirs.set_failing(0, true);
  dirs.set_offline(0);
  dirs.on_start();
  CHECK_FALSE(dirs.online(0));
  dirs.set_failing(0, false);
  CHECK_FALSE(dirs.online(0));  // only after a restart
  dirs.on_start();
  CHECK(dirs.online(0));
}

TEST_CASE(
    "LogManager.asyncDelete: a deleted log takes up space until its delay has passed; a restart begins the delay anew, and a stray log is never removed") {
  LogDirs dirs(disks(2));
  const auto at = [](int s) { return sim::Instant{} + sim::seconds(s); };
  dirs.delete_later(0, 100, at(60));
  dirs.delete_later(0, 30, LogDirs::kForGood);
  CHECK(dirs.deleted_bytes(0, at(59)) == 130);
  CHECK(dirs.deleted_bytes(0, at(60)) == 30);
  CHECK(dirs.deleted_bytes(1, at(0)) == 0);
  dirs.on_start(at(90));
  CHECK(dirs.deleted_bytes(0, at(89)) == 130);
  CHECK(dirs.deleted_bytes(0, at(90)) == 30);
  dirs.wipe(0);
  CHECK(dirs.deleted_bytes(0, at(0)) == 0);
}

TEST_CASE("wipe_disk replaces a disk with an empty, working one") {
  LogDirs dirs(disks(1, 500));
  dirs.add_log(0);
  dirs.set_failing(0, true);
  dirs.set_offline(0);
  dirs.wipe(0);
  CHECK(dirs.online(0));
  CHECK(dirs[0].logs == 0);
  CHECK(dirs[0].capacity_bytes == 500);
  CHECK(dirs.admit(0, 400, [] { return std::int64_t{0}; }) == WriteResult::Ok);
  CHECK(dirs[0].id != 0);  // formatted again: a new directory id
  CHECK(dirs.online_dir(0) == kNoDir);
}

TEST_CASE(
    "vm.dirty_bytes: writers to a slow disk wait while too many bytes are dirty, and an fsync waits for all dirty bytes") {
  DiskOptions options;
  options.write_bytes_per_s = 1'000'000;
  options.flush = sim::milliseconds(4);
  options.dirty_bytes = 500'000;
  LogDirs dirs(options);
  const sim::Instant now{1'000'000};
  CHECK(dirs.write(0, 400'000, now).us == 0);
  CHECK(dirs.behind(0, now) == sim::milliseconds(400));
  CHECK(dirs.write(0, 300'000, now) == sim::milliseconds(200));  // waits until 500 KB are left
  CHECK(dirs.sync(0, now) == sim::milliseconds(704));
  CHECK(dirs.sync(0, now) == sim::milliseconds(708));  // fsyncs run one after the other
  CHECK(dirs.behind(0, now + sim::milliseconds(600)) == sim::milliseconds(100));
  dirs.set_write_rate(0, 100'000, now + sim::milliseconds(600));
  CHECK(dirs.behind(0, now + sim::milliseconds(600)) == sim::seconds(1));
  CHECK(dirs.sync(0, now + sim::milliseconds(600)) == sim::milliseconds(1012));
  dirs.set_write_rate(0, 100'000'000, now + sim::milliseconds(600));  // a repaired disk delays no fsync
  CHECK(dirs.sync(0, now + sim::milliseconds(600)) == sim::milliseconds(17));
  dirs.on_power_off();
  CHECK(dirs.behind(0, now + sim::milliseconds(600)).us == 0);
}
