// The steady state does not use the heap. Counts every operator new of this program.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "sim/world.h"

namespace {
std::atomic<std::uint64_t> allocations{0};
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* p = std::malloc(size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace kafkascope::sim::still {

struct Ball {
  struct Subject {};
  std::uint64_t words[5] = {};
  std::uint32_t hops = 0;
};
void hash_payload(Hasher& h, const Ball& b) {
  for (const auto w : b.words) h.put(w);
  h.put(b.hops);
}
std::uint32_t wire_size(const Ball&) { return 100; }
std::uint16_t trace_code(const Ball&) { return 1; }

struct Player {
  std::vector<ConnectionId> others;
  TimerId spare;
  void on_start(Context<Ball>& x) {
    for (std::int32_t i = 0; i < 20; ++i) {
      if (NodeId{i} != x.self()) others.push_back(x.connect({i}));
    }
    x.set_timer(milliseconds(10), 1);
  }
  void kick(Context<Ball>& x, std::uint32_t hops) {
    Ball b;
    b.hops = hops;
    x.send(others[x.random(Stream::Workload).below(others.size())], b);
    x.cancel(spare);
    spare = x.set_timer(milliseconds(30), 2);
  }
  void on_message(Context<Ball>& x, ConnectionId, const Ball& b) {
    if (b.hops > 1) kick(x, b.hops - 1);
    if (b.hops == 2) x.flush(100, 1);
  }
  void on_timer(Context<Ball>& x, std::uint16_t kind, std::uint64_t) {
    if (kind != 1) return;
    kick(x, 8);
    x.set_timer(milliseconds(10), 1);
  }
  void on_disk(Context<Ball>&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Context<Ball>&, ConnectionId, Disconnect) {}
  void on_death(Death, Instant) {}
};

TEST_CASE("In the steady state messages, timers, flushes and hashing allocate no memory") {
  World<Player, Ball> w;
  for (int i = 0; i < 20; ++i) w.add_node("player", Player{});
  w.start_all();
  w.run_until(Instant{5'000'000});
  const std::uint64_t events = w.executed(), before = allocations.load();
  w.run_until(Instant{10'000'000});
  CHECK(w.executed() - events > 80'000);
  CHECK(allocations.load() == before);
}

}  // namespace kafkascope::sim::still
