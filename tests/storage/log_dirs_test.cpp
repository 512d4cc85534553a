// Several directories in a broker. Kafka: LogManager, KIP-112.
#include <doctest/doctest.h>

#include <vector>

#include "storage/log_dirs.h"

using namespace kafkascope::storage;

TEST_CASE("LogManager.nextLogDirs: a new log goes where the fewest are") {
  LogDirs dirs(3);
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

TEST_CASE("KIP-112: an IOException takes its directory offline, the others go on; all offline stops the broker") {
  LogDirs dirs(2, 1000);
  CHECK(dirs.try_write(0, 1000) == WriteResult::Ok);
  CHECK(dirs.try_write(0, 1001) == WriteResult::Full);
  dirs.set_failing(1, true);
  CHECK(dirs.try_write(1, 10) == WriteResult::Failing);
  CHECK(dirs.set_offline(1));
  CHECK_FALSE(dirs.set_offline(1));
  CHECK(dirs.try_write(1, 10) == WriteResult::Offline);
  CHECK(dirs.offline_count() == 1);
  CHECK_FALSE(dirs.all_offline());
  CHECK(dirs.next_for_new_log() == 0);
  dirs.add_log(0);
  CHECK(dirs.next_for_new_log() == 0);  // fewer logs on the dead one do not matter
  dirs.set_offline(0);
  CHECK(dirs.all_offline());
  CHECK(dirs.next_for_new_log() == -1);
}

TEST_CASE("A directory that went offline comes back with the process if its disk works again") {
  LogDirs dirs(2);
  dirs.set_failing(0, true);
  dirs.set_offline(0);
  dirs.on_start();
  CHECK_FALSE(dirs.online(0));
  dirs.set_failing(0, false);
  CHECK_FALSE(dirs.online(0));  // not before a restart
  dirs.on_start();
  CHECK(dirs.online(0));
}

TEST_CASE("wipe_disk puts an empty, working disk in the place of the old one") {
  LogDirs dirs(1, 500);
  dirs.add_log(0);
  dirs.set_failing(0, true);
  dirs.set_offline(0);
  dirs.wipe(0);
  CHECK(dirs.online(0));
  CHECK(dirs[0].logs == 0);
  CHECK(dirs[0].capacity_bytes == 500);
  CHECK(dirs.try_write(0, 400) == WriteResult::Ok);
}
