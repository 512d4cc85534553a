// A world with a few roles, for tests of one layer: the test controls its clock, and an observer keeps the trace lines.
#pragma once
#include <algorithm>
#include <functional>
#include <vector>

#include "protocol/message.h"
#include "protocol/trace_kinds.h"
#include "sim/world.h"

namespace kafkascope::test {

struct Recorder : sim::Observer<protocol::Message> {
  std::vector<sim::TraceLine> lines;
  std::function<void()> after_event;
  void on_event_executed(const sim::Executed&, const protocol::Message*) override {
    if (after_event) after_event();
  }
  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject*) override {
    if (line.kind >= sim::trace_kind::kFirstFree || line.kind == sim::trace_kind::kEngineFault) lines.push_back(line);
  }
  std::vector<sim::TraceLine> of(protocol::Trace kind) const {
    std::vector<sim::TraceLine> found;
    for (const auto& l : lines)
      if (l.kind == protocol::kind(kind)) found.push_back(l);
    return found;
  }
  /// The facts in those lines.
  template <sim::Fact F>
  std::vector<F> facts() const {
    std::vector<F> out;
    for (const auto& l : of(F::kKind)) out.push_back(as<F>(l));
    return out;
  }
};

template <class Roles>
struct RoleWorld {
  using World = sim::World<Roles, protocol::Message>;
  explicit RoleWorld(std::uint64_t seed) : world(options(seed)) {}
  static sim::WorldOptions options(std::uint64_t seed) {
    sim::WorldOptions o;
    o.seed = seed;
    return o;
  }

  /// Runs for that duration from the end of the last run; afterwards the world's time is exactly that.
  void run(sim::Duration d) {
    goal = std::max(goal, world.now()) + d;
    world.run_until(goal);
    if (world.faulted()) return;
    world.begin_command(goal, ++commands, "");
    world.end_command();
  }
  bool run_until(sim::Duration at_most, const std::function<bool()>& done) {
    const sim::Instant end = std::max(goal, world.now()) + at_most;
    while (!done()) {
      const auto next = world.next_time();
      if (!next || *next > end || !world.step()) break;
    }
    goal = world.now();
    return done();
  }

  World world;
  sim::Instant goal;
  std::uint64_t commands = 0;
};

}  // namespace kafkascope::test
