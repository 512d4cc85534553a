// The engine as a user experiences it: a lesson at 1,000 records/s, seeking in it, building a picture of it, starting
// it.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "broker/broker.h"
#include "cluster/world.h"
#include "observe/model/fates.h"
#include "observe/model/snapshot_builder.h"
#include "observe/time/timeline.h"
#include "scenario/load.h"
#include "scenario/session.h"

namespace {

using namespace kafkascope;
using SessionTimeline = observe::Timeline<scenario::Session, std::vector<scenario::HandCommand>>;

std::shared_ptr<const scenario::Scenario> lesson(const std::vector<std::pair<std::string, std::string>>& set) {
  std::ifstream in(std::string(KAFKASCOPE_SOURCE_DIR) + "/scenarios/replication/leader-failover.json");
  std::ostringstream text;
  text << in.rdbuf();
  scenario::LoadOptions options;
  options.set = set;
  scenario::Loaded loaded = scenario::load(text.str(), options);
  return loaded.ok() ? std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)) : nullptr;
}

/// Ledger and invariants on; trace lines stored when the argument is 1. Counter: simulated seconds per wall second. Creating the
/// session is measured, freeing its memory is not.
void leader_failover_1000(benchmark::State& state) {
  const auto scenario = lesson({{"clients/shop/rate", "\"1000/s\""}, {"until", "\"300s\""}, {"expect", "[]"}});
  double simulated = 0, events = 0;
  for (auto _ : state) {
    auto session = std::make_unique<scenario::Session>(scenario, state.range(0) != 0);
    session->run_until(session->until());
    simulated += 300;
    events += static_cast<double>(session->events());
    state.PauseTiming();
    session.reset();
    state.ResumeTiming();
  }
  state.counters["sim_s_per_s"] = benchmark::Counter(simulated, benchmark::Counter::kIsRate);
  state.counters["events_per_s"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
}
BENCHMARK(leader_failover_1000)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void seek(benchmark::State& state) {
  SessionTimeline timeline(scenario::Session(lesson({}), true));
  timeline.seek(timeline.run().until());
  sim::Random random(1, sim::Stream::Generic);
  for (auto _ : state) timeline.seek(sim::Instant{random.between(0, 40000000)});
}
BENCHMARK(seek)->Unit(benchmark::kMicrosecond);

void snapshot(benchmark::State& state) {
  scenario::Session session(lesson({}), true);
  session.run_until(sim::Instant{18000000});
  for (auto _ : state) benchmark::DoNotOptimize(observe::snapshot(session.moment()));
}
BENCHMARK(snapshot)->Unit(benchmark::kMicrosecond);

/// Of a run in which a group has skipped many records, of which the picture has those near the end of each log.
void snapshot_with_skipped(benchmark::State& state) {
  std::ifstream in(std::string(KAFKASCOPE_SOURCE_DIR) + "/scenarios/consumer/auto-commit.json");
  std::ostringstream text;
  text << in.rdbuf();
  scenario::Session session(std::make_shared<const scenario::Scenario>(std::move(*scenario::load(text.str()).scenario)),
                            true);
  session.run_until(session.until());
  for (auto _ : state) benchmark::DoNotOptimize(observe::snapshot(session.moment()));
  state.counters["skipped"] = static_cast<double>(observe::ledger_of(session.moment()).all.skipped);
}
BENCHMARK(snapshot_with_skipped)->Unit(benchmark::kMicrosecond);

/// From the text of the file to the first event.
void start_up(benchmark::State& state) {
  for (auto _ : state) {
    scenario::Session session(lesson({}), false);
    session.step(session.until());
  }
}
BENCHMARK(start_up)->Unit(benchmark::kMicrosecond);

/// A world of 10 brokers with about 1,000 replicas each, and about 100 batches per replica: the cost of a checkpoint of it; with
/// argument 1, every node acts after the checkpoint and must then be copied. Counter: bytes.
void world_checkpoint(benchmark::State& state) {
  std::string clients;
  for (int i = 0; i < 10; ++i)
    clients += fmt::format(
        R"({}{{"id": "p{}", "kind": "producer", "topic": "t", "rate": "1000/s", "partitioner": "round_robin", "config": {{"linger.ms": 0}}}})",
        i == 0 ? "" : ",", i);
  scenario::Loaded loaded = scenario::load(fmt::format(
      R"({{"format": 1, "id": "checkpoint", "title": {{"en": "Checkpoint"}}, "summary": {{"en": "Checkpoint"}}, "track": "operations", "seed": 1, "kafka": "4.1",
          "cluster": {{"metadata": "kraft", "controllers": 3, "brokers": 10}}, "topics": [{{"name": "t", "partitions": 3333, "replication_factor": 3}}],
          "clients": [{}], "steps": [], "until": "60s"}})",
      clients));
  if (!loaded.ok()) return state.SkipWithError("the scenario is not one");
  scenario::Session session(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
  std::int64_t batches = 0, replicas = 0;
  const auto count = [&] {
    batches = replicas = 0;
    for (protocol::BrokerId id = 1; id <= 10; ++id)
      for (const broker::Replica& r : session.cluster().broker(id)->replicas()) {
        ++replicas;
        batches += static_cast<std::int64_t>(r.log.batches().size());
      }
  };
  do {
    session.run_until(session.now() + sim::seconds(1));
    count();
  } while (batches < 100 * replicas && session.now() < session.until());
  const auto in_use = [] { return static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd); };
  for (auto _ : state) {
    const double before = in_use();
    auto copy = std::make_unique<cluster::Cluster>(session.cluster());
    if (state.range(0) != 0)
      for (std::int32_t n = 0; n < static_cast<std::int32_t>(copy->world().node_count()); ++n)
        benchmark::DoNotOptimize(&copy->world().role({n}));
    state.PauseTiming();
    state.counters["bytes"] = in_use() - before;
    copy.reset();
    state.ResumeTiming();
  }
  state.counters["replicas"] = static_cast<double>(replicas);
  state.counters["batches"] = static_cast<double>(batches);
}
BENCHMARK(world_checkpoint)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
