#include "harness.h"
#include "protocol/facts_of_groups.h"

using namespace coordinator_test;

namespace {
MiniMember& member(World& w, sim::NodeId n) { return std::get<MiniMember>(w.role(n)); }
sim::Instant s(std::int64_t ms) { return {ms * 1000}; }
}  // namespace

// shared/lessons/groups.md, one-to-many: c-1 at 0 s, c-2 at 8 s, c-3 at 16 s, c-4 at 24 s, c-2 leaves at 34 s.
TEST_CASE(
    "lesson one-to-many: the first member waits three seconds, the others join at the next heartbeat, in five rebalances") {
  Lines lines;
  World w;
  w.attach(&lines);
  const auto broker = w.add_node("broker-1", CoordinatorNode());
  w.start(broker, true);
  std::vector<sim::NodeId> c;
  for (int i = 1; i <= 4; ++i)
    c.push_back(w.add_node("c-" + std::to_string(i), MiniMember("c-" + std::to_string(i), broker)));
  auto command = [&](std::int64_t ms, auto f) {
    w.run_until({ms * 1000 - 1});
    w.begin_command(s(ms), 1, "step");
    f();
    w.end_command();
  };
  auto sizes = [&] {
    std::vector<std::size_t> out;
    for (auto n : c) out.push_back(member(w, n).assignment.size());
    return out;
  };
  auto group = [&]() -> const ClassicGroup& {
    return *std::get<CoordinatorNode>(w.role(broker)).coordinator().group("billing");
  };
  using Sizes = std::vector<std::size_t>;

  command(0, [&] { w.start(c[0]); });
  w.run_until(s(2990));
  CHECK(sizes() == Sizes{0, 0, 0, 0});
  w.run_until(s(3050));
  CHECK(sizes() == Sizes{3, 0, 0, 0});

  command(8000, [&] { w.start(c[1]); });
  w.run_until(s(8900));
  CHECK(sizes() == Sizes{3, 0, 0, 0});  // c-1 does not know yet
  w.run_until(s(11000));
  CHECK(sizes() == Sizes{2, 1, 0, 0});
  CHECK(member(w, c[1]).assigned_at > s(9000));  // c-1's heartbeats: 6.0, 9.0 ...

  command(16000, [&] { w.start(c[2]); });
  w.run_until(s(19500));
  CHECK(sizes() == Sizes{1, 1, 1, 0});

  command(24000, [&] { w.start(c[3]); });
  w.run_until(s(32000));
  CHECK(group().members().size() == 4);
  CHECK(sizes() == Sizes{1, 1, 1, 0});  // c-4 sorts last and gets nothing
  CHECK(group().state() == GroupState::Stable);

  command(34000, [&] { w.with_context(c[1], [&](Context& ctx) { member(w, c[1]).leave(ctx); }); });
  command(34010, [&] { w.kill(c[1], sim::Death::Stop); });
  w.run_until(s(40000));
  CHECK(sizes() == Sizes{1, 0, 1, 1});
  CHECK(group().members().size() == 3);
  CHECK(group().state() == GroupState::Stable);

  const auto rebalances = lines.facts<fact::GroupRebalance>();
  REQUIRE(rebalances.size() == 5);
  const std::int64_t members[] = {1, 2, 3, 4, 3};
  for (int i = 0; i < 5; ++i) {
    CHECK(rebalances[static_cast<std::size_t>(i)].generation == i + 1);
    CHECK(rebalances[static_cast<std::size_t>(i)].members == members[i]);
  }
  CHECK(group().generation() == 5);
  CHECK(group().rebalances() == 5);
  CHECK_FALSE(w.faulted());
}

TEST_CASE("a copied world with a coordinator runs on identically") {
  Bench b;
  b.stable_group({"c-1", "c-2"});
  b.join(b.id_for("c-3"));
  World copy = b.world;
  copy.attach(nullptr);
  b.world.run_until(s(120000));
  copy.run_until(s(120000));
  CHECK(b.world.digest() == copy.digest());
  CHECK(b.world.executed() == copy.executed());
}
