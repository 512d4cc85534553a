#include "sim/shared_slot.h"

#include <doctest/doctest.h>

#include <thread>

using kafkascope::sim::SharedSlot;

TEST_CASE("a shared slot returns its value, and several threads may change it") {
  SharedSlot<const int> slot;
  CHECK(slot.load() == nullptr);
  slot.store(std::make_shared<const int>(1));
  CHECK(*slot.load() == 1);
  CHECK(*slot.exchange(std::make_shared<const int>(2)) == 1);
  const auto work = [&slot](int n) {
    for (int i = 0; i < 1000; ++i) {
      slot.store(std::make_shared<const int>(n));
      const std::shared_ptr<const int> seen = slot.load();
      if (seen == nullptr || *seen < 2 || *seen > 4) return;
    }
    slot.exchange(std::make_shared<const int>(n));
  };
  std::thread one(work, 3), other(work, 4);
  one.join();
  other.join();
  CHECK(*slot.load() >= 3);
  CHECK(slot.load().use_count() == 2);  // the slot's and this one's
}
