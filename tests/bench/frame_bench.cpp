// What a frame of the dashboard costs to build: no graphics, everything up to the vertices. CPU time of one core.
#include <benchmark/benchmark.h>
#include <imgui.h>

#include <fstream>
#include <sstream>

#include "app/player.h"
#include "scenario/load.h"
#include "ui/headless.h"

namespace {

using namespace kafkascope::ui;

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

void large(benchmark::State& state) {
  Headless h;
  h.size(1920, 1080);
  h.dashboard.set_layout(Layout::Workbench);
  h.world = fixture::large_world(50, 1000, 8, 8, 10'000);
  frames(state, h);
}

/// With all that a window reads for each: what `page_frame_us(n)` measures in a browser, at #leader-failover@12.6s in 1280x800.
void read_and_built(benchmark::State& state, bool two) {
  std::ifstream in(KAFKASCOPE_SOURCE_DIR "/scenarios/replication/leader-failover.json");
  std::ostringstream text;
  text << in.rdbuf();
  kafkascope::scenario::Loaded loaded = kafkascope::scenario::load(text.str());
  kafkascope::app::Player player(std::make_shared<const kafkascope::scenario::Scenario>(std::move(*loaded.scenario)),
                                 "leader-failover", text.str());
  player.seek(kafkascope::sim::Instant{12'600'000});
  Action beside;
  beside.kind = ActionKind::OpenTwin;
  beside.verb = "seed";
  if (two) player.act(beside);
  Headless h;
  h.size(1280, 800);
  h.settle();
  h.dashboard.diagnostics().on = false;
  for (auto _ : state) {
    ImGui::NewFrame();
    player.tick(0);
    h.dashboard.frame(player.snapshot(), player.lesson(), player.time(), player.log(), 1280, 800);
    benchmark::DoNotOptimize(h.dashboard.take_actions());
    ImGui::Render();
  }
}

}  // namespace

BENCHMARK_CAPTURE(read_and_built, one_world, false);
BENCHMARK_CAPTURE(read_and_built, two_worlds, true);
BENCHMARK_CAPTURE(lesson, lesson_1280x720, Layout::Lesson, 1280, 720, fixture::Moment::Elected);
BENCHMARK_CAPTURE(lesson, lesson_1920x1080, Layout::Lesson, 1920, 1080, fixture::Moment::Elected);
BENCHMARK_CAPTURE(lesson, workbench_1920x1080, Layout::Workbench, 1920, 1080, fixture::Moment::Elected);
BENCHMARK_CAPTURE(lesson, presenter_1920x1080, Layout::Presenter, 1920, 1080, fixture::Moment::Elected);
BENCHMARK(large);

BENCHMARK_MAIN();
