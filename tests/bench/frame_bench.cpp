// The cost of building a frame of the dashboard: no graphics, everything up to the vertices. CPU time of one core.
#include <benchmark/benchmark.h>
#include <imgui.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "app/player.h"
#include "observe/model/snapshot_builder.h"
#include "scenario/load.h"
#include "scenario/session.h"
#include "ui/headless.h"

namespace {

using namespace kafkascope::ui;
using namespace std::string_literals;

void frames(benchmark::State& state, Headless& h) {
  h.dashboard.diagnostics().on = false;
  h.settle();
  h.settle();
  for (auto _ : state) h.frame();
}

void lesson(benchmark::State& state, Layout layout, float w, float height, fixture::Moment moment) {
  Headless h;
  h.size(w, height);
  h.dashboard.set_layout(layout);
  h.show(moment, fixture::Scene::Held);
  frames(state, h);
}

/// 50 brokers in 5 racks, 1,000 partitions, 10,000 messages in flight; `two`: beside a second such world, a little later.
void large(benchmark::State& state, Layout layout, bool two) {
  Headless h;
  h.size(1920, 1080);
  h.dashboard.set_layout(layout);
  const auto world = [] {
    kafkascope::observe::Snapshot w = fixture::large_world(50, 1000, 8, 8, 10'000);
    for (kafkascope::observe::Node& n : w.nodes)
      if (n.kind == kafkascope::observe::NodeKind::Broker) n.rack = std::string(1, static_cast<char>('a' + n.id % 5));
    return w;
  };
  h.world = world();
  if (two) {
    auto other = std::make_shared<kafkascope::observe::Snapshot>(world());
    for (kafkascope::observe::Node& n : other->nodes)
      for (kafkascope::observe::Replica& r : n.replicas) ++r.log_end_offset;
    h.lesson.twin.open = h.lesson.twin.ready = true;
    h.lesson.twin.world = std::move(other);
  }
  frames(state, h);
}

/// A lesson at one of its moments: leader-failover, 40 s long, or another one.
struct Lesson {
  explicit Lesson(std::int64_t at_us, const char* name = "leader-failover") {
    std::ifstream in(std::string(KAFKASCOPE_SOURCE_DIR "/scenarios/replication/") + name + ".json");
    std::ostringstream text;
    text << in.rdbuf();
    kafkascope::scenario::Loaded loaded = kafkascope::scenario::load(text.str());
    player = std::make_unique<kafkascope::app::Player>(
        std::make_shared<const kafkascope::scenario::Scenario>(std::move(*loaded.scenario)), name, text.str());
    player->seek(kafkascope::sim::Instant{at_us});
    h.size(1280, 800);
    h.settle();
    h.dashboard.diagnostics().on = false;
  }

  void frame() {
    ImGui::NewFrame();
    player->tick(0);
    h.dashboard.frame(player->snapshot(), player->lesson(), player->time(), player->log(), 1280, 800);
    benchmark::DoNotOptimize(h.dashboard.take_actions());
    ImGui::Render();
  }

  std::unique_ptr<kafkascope::app::Player> player;
  Headless h;
};

/// With all models that a window reads for each frame: measures the same as `page_frame_us(n)` in a browser, at
/// #leader-failover@12.6s in 1280x800.
void read_and_built(benchmark::State& state, bool two) {
  Lesson lesson(12'600'000);
  Action beside;
  beside.kind = ActionKind::OpenTwin;
  beside.verb = "seed";
  if (two) lesson.player->act(beside);
  for (auto _ : state) lesson.frame();
}

/// Such a cluster in a real run, 10 s after its start, with links that take 200 ms: the snapshot and the frame.
void large_run(benchmark::State& state, Layout layout) {
  std::string brokers, clients;
  for (int i = 1; i <= 50; ++i)
    brokers += (i == 1 ? "" : ",") + R"({"id": )"s + std::to_string(i) + R"(, "rack": ")" + "abcde"[i % 5] + R"("})";
  for (int i = 1; i <= 8; ++i)
    clients += (i == 1 ? "" : ",") + R"({"id": "p)"s + std::to_string(i) +
               R"(", "kind": "producer", "topic": "orders", "rate": "500/s"}, {"id": "c)" + std::to_string(i) +
               R"(", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "billing"}})";
  kafkascope::scenario::Loaded loaded = kafkascope::scenario::load(
      R"({"format": 1, "id": "large", "title": {"en": "Large"}, "summary": {"en": "Large"}, "track": "operations",
      "seed": 1, "kafka": "4.1", "cluster": {"controllers": 3, "network": {"latency": "200ms"}, "brokers": [)" +
      brokers + R"(]}, "topics": [{"name": "orders", "partitions": 1000, "replication_factor": 3}], "clients": [)" +
      clients + R"(], "steps": [], "until": "10s"})");
  kafkascope::scenario::Session session(
      std::make_shared<const kafkascope::scenario::Scenario>(std::move(*loaded.scenario)));
  session.run_to_end();
  Headless h;
  h.size(1920, 1080);
  h.dashboard.set_layout(layout);
  kafkascope::observe::SnapshotOptions options;
  options.now = session.now();
  h.world = kafkascope::observe::snapshot(session.moment(), options);
  h.dashboard.diagnostics().on = false;
  h.settle();
  for (auto _ : state) {
    h.world = kafkascope::observe::snapshot(session.moment(), options);
    h.frame();
  }
  state.counters["messages"] = static_cast<double>(h.world.messages.size());
}

/// A number is dragged by one stop: the time until the other world has been run again up to the playhead, and the frames until then
/// are built, with slices as in a window.
void dragged_number(benchmark::State& state, const char* name, std::int64_t at_us) {
  Lesson lesson(at_us, name);
  lesson.player->set_slice(std::chrono::milliseconds(12));
  Action beside;
  beside.kind = ActionKind::OpenTwin;
  beside.verb = "setting";
  beside.target = "shop";
  beside.text = "linger.ms";
  lesson.player->act(beside);
  int stop = 0;
  for (auto _ : state) {
    Action turn;
    turn.kind = ActionKind::TurnTwin;
    turn.number = ++stop % static_cast<int>(lesson.player->lesson().twin.stops.size());
    lesson.player->act(turn);
    do lesson.frame();
    while (!lesson.player->lesson().twin.ready);
  }
}

}  // namespace

BENCHMARK_CAPTURE(read_and_built, one_world, false);
BENCHMARK_CAPTURE(read_and_built, two_worlds, true);
BENCHMARK_CAPTURE(dragged_number, leader_failover_40_s, "leader-failover", 40'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dragged_number, rolling_restart_58_s, "rolling-restart", 58'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dragged_number, preferred_leader_65_s, "preferred-leader", 65'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(lesson, lesson_1280x720, Layout::Lesson, 1280, 720, fixture::Moment::Elected);
BENCHMARK_CAPTURE(lesson, lesson_1920x1080, Layout::Lesson, 1920, 1080, fixture::Moment::Elected);
BENCHMARK_CAPTURE(lesson, workbench_1920x1080, Layout::Workbench, 1920, 1080, fixture::Moment::Elected);
BENCHMARK_CAPTURE(lesson, presenter_1920x1080, Layout::Presenter, 1920, 1080, fixture::Moment::Elected);
BENCHMARK_CAPTURE(large, lesson, Layout::Lesson, false);
BENCHMARK_CAPTURE(large, workbench, Layout::Workbench, false);
BENCHMARK_CAPTURE(large, presenter, Layout::Presenter, false);
BENCHMARK_CAPTURE(large, lesson_two_worlds, Layout::Lesson, true);
BENCHMARK_CAPTURE(large, workbench_two_worlds, Layout::Workbench, true);
BENCHMARK_CAPTURE(large, presenter_two_worlds, Layout::Presenter, true);

BENCHMARK_CAPTURE(large_run, lesson, Layout::Lesson);
BENCHMARK_CAPTURE(large_run, workbench, Layout::Workbench);
BENCHMARK_CAPTURE(large_run, presenter, Layout::Presenter);

BENCHMARK_MAIN();
