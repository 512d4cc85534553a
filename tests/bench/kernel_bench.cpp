// The speed of the kernel, compared with a naive one that gives the same trace hash; the program refuses to measure if the
// hashes differ.
//   bench_kernel                               Google Benchmark's options
//   bench_kernel ours|naive pp|hold N EVENTS   one plain run (for callgrind: difference of two lengths)
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "bench/kernel_naive.h"
#include "sim/world.h"

namespace {
std::uint64_t allocations = 0;
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  void* p = std::malloc(size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace kafkascope::sim::bench {

constexpr std::int32_t kNodes = 1000;
constexpr std::uint32_t kHops = 8;

/// 48 bytes.
struct Ball {
  struct Subject {};
  std::uint64_t words[5] = {};
  std::uint32_t node = 0, hops = 0;
};
inline void hash_payload(Hasher& h, const Ball& b) {
  h.words(b.words[0], b.words[1], b.words[2], b.words[3], b.words[4], b.node | std::uint64_t{b.hops} << 32);
}
inline std::uint32_t wire_size(const Ball&) { return 100; }
inline std::uint16_t trace_code(const Ball&) { return 1; }

/// The workloads' random numbers, drawn in advance: 65,536 of each kind, used in turn, so that drawing them is not
/// measured.
struct Drawn {
  std::vector<std::int64_t> exponential, period;  // µs: mean of a second; 1,000 to 8,600
  std::vector<std::uint32_t> luck;
  Drawn() {
    Random r(7, Stream::Generic);
    for (int i = 0; i < 65536; ++i) {
      exponential.push_back(
          static_cast<std::int64_t>(-std::log(static_cast<double>((r.next() >> 11) + 1) / 9007199254740993.0) * 1e6) +
          1);
      period.push_back(r.between(1000, 8600));
      luck.push_back(static_cast<std::uint32_t>(r.next()));
    }
  }
};
const Drawn drawn;
std::uint16_t turn = 0;  // reset at the start of every run

/// Ping-pong: a timer re-arms itself and sends a message that is forwarded 8 times; about 2,000 pending. Each message goes to a
/// random neighbour of a node: the number of neighbours determines how much memory the connections take.
struct Player {
  std::uint32_t neighbours = 0;
  std::vector<ConnectionId> peers;

  template <class X>
  void on_start(X& x) {
    for (std::uint32_t i = 0; i < neighbours; ++i) {
      const auto step = static_cast<std::int32_t>(1 + x.random(Stream::Workload).below(kNodes - 1));
      peers.push_back(x.connect({(x.self().index + step) % kNodes}));
    }
    arm(x);
  }
  template <class X>
  void arm(X& x) {
    x.set_timer(microseconds(drawn.period[turn++]), 0);
  }
  template <class X>
  void kick(X& x, std::uint32_t hops) {
    Ball b;
    b.node = static_cast<std::uint32_t>(x.self().index);
    b.hops = hops;
    x.send(peers[static_cast<std::uint64_t>(drawn.luck[turn++]) * neighbours >> 32], b);
  }
  template <class X>
  void on_timer(X& x, std::uint16_t, std::uint64_t) {
    arm(x);
    kick(x, kHops);
  }
  template <class X>
  void on_message(X& x, ConnectionId, const Ball& b) {
    if (b.hops > 1) kick(x, b.hops - 1);
  }
  template <class X>
  void on_disk(X&, std::uint16_t, std::uint64_t) {}
  template <class X>
  void on_disconnect(X&, ConnectionId, Disconnect) {}
  void on_death(Death, Instant) {}
};

/// Hold: a fixed number of timers, each of which re-arms itself.
struct Holder {
  std::uint64_t timers = 0;
  template <class X>
  void again(X& x, std::uint64_t arg) {
    x.set_timer(microseconds(drawn.exponential[turn++]), 0, arg);
  }
  template <class X>
  void on_start(X& x) {
    for (std::uint64_t i = 0; i < timers; ++i) again(x, i);
  }
  template <class X>
  void on_timer(X& x, std::uint16_t, std::uint64_t arg) {
    again(x, arg);
  }
  template <class X>
  void on_message(X&, ConnectionId, const Ball&) {}
  template <class X>
  void on_disk(X&, std::uint16_t, std::uint64_t) {}
  template <class X>
  void on_disconnect(X&, ConnectionId, Disconnect) {}
  void on_death(Death, Instant) {}
};

template <class Role>
struct Ours {
  World<Role, Ball> world;
  void add(Role r) { world.add_node("n", std::move(r)); }
};
template <class Role>
struct Naive {
  NaiveWorld<Role, Ball> world{1};
  void add(Role r) { world.add_node(std::move(r)); }
};

enum class Workload : std::int64_t { PingPong, Hold };

/// `size`: for ping-pong, connections that a node opens; for hold, timers on 1,000 nodes.
template <template <class> class Kernel>
class Run {
 public:
  Run(Workload workload, std::uint64_t size) : workload_(workload), size_(size) {
    turn = 0;
    for (std::int32_t i = 0; i < kNodes; ++i) {
      workload == Workload::PingPong ? pp_.add({static_cast<std::uint32_t>(size), {}}) : hold_.add({size / kNodes});
    }
    workload == Workload::PingPong ? pp_.world.start_all() : hold_.world.start_all();
  }
  void steps(std::uint64_t n) {
    if (workload_ == Workload::PingPong) {
      while (n-- > 0) pp_.world.step();
    } else {
      while (n-- > 0) hold_.world.step();
    }
  }
  std::uint64_t digest() const { return workload_ == Workload::PingPong ? pp_.world.digest() : hold_.world.digest(); }
  /// Events until every list has reached its size.
  std::uint64_t settling() const {
    return std::max<std::uint64_t>(workload_ == Workload::PingPong ? 0 : 4 * size_, 1'000'000);
  }

 private:
  Workload workload_;
  std::uint64_t size_;
  Kernel<Player> pp_;
  Kernel<Holder> hold_;
};

template <template <class> class Kernel>
void measure(benchmark::State& state, Workload workload) {
  Run<Kernel> run(workload, static_cast<std::uint64_t>(state.range(0)));
  run.steps(run.settling());
  const std::uint64_t before = allocations;
  std::uint64_t events = 0;
  for (auto _ : state) {
    run.steps(1000);
    events += 1000;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
  state.counters["ns_per_event"] =
      benchmark::Counter(static_cast<double>(events) * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["allocs_per_event"] = static_cast<double>(allocations - before) / static_cast<double>(events);
}
void kernel_pp(benchmark::State& state) { measure<Ours>(state, Workload::PingPong); }
void naive_pp(benchmark::State& state) { measure<Naive>(state, Workload::PingPong); }
void kernel_hold(benchmark::State& state) { measure<Ours>(state, Workload::Hold); }
void naive_hold(benchmark::State& state) { measure<Naive>(state, Workload::Hold); }
BENCHMARK(kernel_pp)->Arg(1)->Arg(4)->Arg(16)->Arg(64)->Unit(benchmark::kMicrosecond);
BENCHMARK(naive_pp)->Arg(1)->Arg(4)->Arg(16)->Arg(64)->Unit(benchmark::kMicrosecond);
BENCHMARK(kernel_hold)->Arg(1000)->Arg(100000)->Arg(1000000)->Unit(benchmark::kMicrosecond);
BENCHMARK(naive_hold)->Arg(1000)->Arg(100000)->Arg(1000000)->Unit(benchmark::kMicrosecond);

bool same_trace(Workload workload, std::uint64_t size) {
  const auto digest = [](auto run) {
    run->steps(300'000);
    return static_cast<unsigned long long>(run->digest());
  };
  const auto ours = digest(std::make_unique<Run<Ours>>(workload, size)),
             naive = digest(std::make_unique<Run<Naive>>(workload, size));
  std::printf("%-8s trace hash %016llx %016llx %s\n", workload == Workload::PingPong ? "pp" : "hold", ours, naive,
              ours == naive ? "equal" : "DIFFERENT");
  return ours == naive;
}

}  // namespace kafkascope::sim::bench

int main(int argc, char** argv) {
  using namespace kafkascope::sim::bench;
  if (argc == 5 && argv[1][0] != '-') {
    const Workload workload = std::string(argv[2]) == "pp" ? Workload::PingPong : Workload::Hold;
    const std::uint64_t size = std::stoull(argv[3]), events = std::stoull(argv[4]);
    if (std::string(argv[1]) == "ours") {
      Run<Ours>(workload, size).steps(events);
    } else {
      Run<Naive>(workload, size).steps(events);
    }
    return 0;
  }
  if (!same_trace(Workload::PingPong, 1) || !same_trace(Workload::PingPong, 16) || !same_trace(Workload::Hold, 10'000))
    return 1;
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
