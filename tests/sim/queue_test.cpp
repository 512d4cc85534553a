#include "sim/queue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <queue>
#include <vector>

using namespace kafkascope::sim;

namespace {

struct Later {
  bool operator()(const Event& a, const Event& b) const { return rank(a) > rank(b); }
};
using Model = std::priority_queue<Event, std::vector<Event>, Later>;

Event make(Random& random, std::int64_t now, std::uint64_t counter, std::int64_t spread) {
  Event e;
  e.time = std::min(now + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(spread))),
                    std::int64_t{1} << 62);
  e.order = pack_order(static_cast<EventClass>(random.below(5)), {static_cast<std::int32_t>(random.below(7))}, counter);
  e.slot = static_cast<std::uint32_t>(counter);
  return e;
}

}  // namespace

TEST_CASE("The queue returns events in the order of a sorted list, however far ahead they are") {
  for (const std::int64_t spread : {1L, 3L, 50L, 5000L, 3'000'000L, 40'000'000'000L, 1L << 60}) {
    Random random(7, Stream::Generic, static_cast<std::uint64_t>(spread));
    Queue queue;
    Model model;
    std::int64_t now = 0;
    std::uint64_t counter = 0;
    const auto pop_both = [&] {
      REQUIRE(rank(queue.top()) == rank(model.top()));
      const Event e = queue.pop();
      REQUIRE(e.slot == model.top().slot);
      REQUIRE(e.order == model.top().order);
      model.pop();
      now = std::max(now, e.time);
    };
    for (int round = 0; round < 20000; ++round) {
      const bool growing = (round / 500) % 2 == 0;
      if (model.empty() || random.below(10) < (growing ? 7u : 3u)) {
        // Also at the present time with a smaller key than the last one popped, and a little before the top.
        Event e = make(random, now, ++counter, random.below(4) == 0 ? 2 : spread);
        queue.push(e);
        model.push(e);
      } else {
        pop_both();
      }
      if (random.below(50) == 0 && !model.empty()) REQUIRE(rank(queue.top()) == rank(model.top()));
      if (random.below(300) == 0) {
        const Queue copy = queue;
        queue = copy;
      }
      REQUIRE(queue.size() == model.size());
    }
    std::size_t seen = 0;
    queue.for_each([&](const Event&) { ++seen; });
    CHECK(seen == model.size());
    while (!model.empty()) pop_both();
    CHECK(queue.empty());
  }
}

TEST_CASE("The queue returns only events up to the limit, while many events are added before those far ahead") {
  for (const std::int64_t step : {1L, 400L, 30'000L, 2'000'000L}) {
    Random random(8, Stream::Generic, static_cast<std::uint64_t>(step));
    Queue queue;
    Model model;
    std::uint64_t counter = 0;
    for (std::int64_t limit = 0; limit < 3000 * step; limit += random.between(0, 2 * step)) {
      for (std::int64_t n = random.between(0, 4); n > 0; --n) {
        const Event e = make(random, limit, ++counter, random.below(8) == 0 ? 1'000'000'000 : step);
        queue.push(e);
        model.push(e);
      }
      Event e;
      while (!model.empty() && model.top().time <= limit) {
        REQUIRE(queue.pop(limit, e));
        REQUIRE(e.order == model.top().order);
        model.pop();
      }
      REQUIRE(!queue.pop(limit, e));
    }
    while (!model.empty()) {
      REQUIRE(queue.pop().order == model.top().order);
      model.pop();
    }
  }
}

TEST_CASE("After a look at the top, earlier events can still be pushed") {
  Queue queue;
  queue.push({9'000'000, 1, 1, 0, EventKind::Timer});
  CHECK(queue.top().time == 9'000'000);
  for (std::uint32_t i = 0; i < 100; ++i) queue.push({1000 + i % 10, 100 + i, i, 0, EventKind::Timer});
  std::int64_t last = 0;
  while (!queue.empty()) {
    CHECK(queue.top().time >= last);
    last = queue.pop().time;
  }
  CHECK(last == 9'000'000);
}

TEST_CASE("The queue orders thousands of events at the same time, thousands before its top and a few far ahead") {
  Random random(3, Stream::Generic);
  Queue queue;
  std::vector<Event> all;
  const auto push = [&](std::int64_t time) {
    Event e = make(random, 0, all.size() + 1, 1);
    e.time = time;
    queue.push(e);
    all.push_back(e);
  };
  for (int i = 0; i < 20; ++i) push(std::int64_t{1} << (20 + i));
  CHECK(queue.top().time == 1 << 20);
  for (int i = 0; i < 3000; ++i) push(500'000);
  for (int i = 0; i < 3000; ++i) push(static_cast<std::int64_t>(random.below(1 << 20)));
  CHECK(queue.size() == all.size());
  std::sort(all.begin(), all.end(), [](const Event& a, const Event& b) { return rank(a) < rank(b); });
  for (std::size_t i = 0; i < all.size(); ++i) {
    Event e;
    CHECK_FALSE(queue.pop(all[i].time - 1, e));
    REQUIRE(queue.pop(all[i].time, e));
    REQUIRE(e.slot == all[i].slot);
  }
  CHECK(queue.empty());
  CHECK(queue.hint() == nullptr);
}

TEST_CASE("no event is due before time 0, and a query does not advance the queue") {
  Queue queue;
  queue.push(Event{3'000'000, pack_order(EventClass::Timer, {1}, 1)});
  Event e;
  CHECK_FALSE(queue.pop(-1, e));
  CHECK_FALSE(queue.pop(2'999'999, e));
  queue.push(Event{5, pack_order(EventClass::Timer, {1}, 2)});
  REQUIRE(queue.pop(5, e));
  CHECK(e.time == 5);
  REQUIRE(queue.pop(3'000'000, e));
  CHECK(queue.empty());
}

TEST_CASE("A copy of a queue is independent of the original") {
  Random random(1, Stream::Generic);
  Queue queue;
  for (std::uint64_t i = 1; i < 1000; ++i) queue.push(make(random, 0, i, 100000));
  for (int i = 0; i < 300; ++i) queue.pop();
  Queue copy = queue;
  while (!queue.empty()) CHECK(rank(queue.pop()) == rank(copy.pop()));
  CHECK(copy.empty());
}

TEST_CASE("Events are ordered by time, class, node and counter") {
  const auto order = [](std::int64_t t, EventClass c, int n, std::uint64_t k) {
    return rank(Event{t, pack_order(c, {n}, k)});
  };
  CHECK(order(1, EventClass::Timer, 9, 9) < order(2, EventClass::Backlog, 0, 0));
  CHECK(order(1, EventClass::Lifecycle, 9, 9) < order(1, EventClass::Deliver, 0, 0));
  CHECK(order(1, EventClass::Deliver, 9, 9) < order(1, EventClass::Disk, 0, 0));
  CHECK(order(1, EventClass::Disk, 9, 9) < order(1, EventClass::Timer, 0, 0));
  CHECK(order(1, EventClass::Timer, 3, 9) < order(1, EventClass::Timer, 4, 0));
  CHECK(order(1, EventClass::Timer, 3, 8) < order(1, EventClass::Timer, 3, 9));
  const Event e{5, pack_order(EventClass::Disk, {1199}, 77)};
  CHECK(e.key() == EventKey{{5}, EventClass::Disk, {1199}, 77});
}
