// The hints of the first start over real lessons.
#include <set>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::Layout;
using ui::Rect;

TEST_CASE("the hints of the first start cover no legend and no other hint, and each has its number") {
  const std::pair<const char*, std::int64_t> moments[] = {{"replication/rack-loss", 12'000'000},
                                                          {"groups/rebalance-eager", 9'000'000},
                                                          {"why/point-to-point", 1'000'000},
                                                          {"log/append-only", 9'000'000},
                                                          {kFailover, 1'000'000}};
  int all = 0;
  std::set<std::string> with_legend;
  for (const auto& [lesson, at] : moments)
    for (const auto& [width, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}, {1920.f, 1080.f}})
      for (const Lang lang : {Lang::En, Lang::Ko}) {
        const std::string which = lesson;
        const float across = width;  // clang 14 captures no structured binding
        CAPTURE(which);
        CAPTURE(across);
        PlayerWindow w(lesson, at, Layout::Lesson, width, height);
        w.h.dashboard.set_language(lang);
        w.frames(3);
        w.h.dashboard.state().coach_seen = false;
        w.h.lesson.coach_marks = true;
        w.h.settle();
        const std::vector<Rect> hints = ui::marks(w.h, "hint"), legends = ui::marks(w.h, "meaning in a legend");
        all += static_cast<int>(hints.size());
        if (!legends.empty()) with_legend.insert(which);
        for (std::size_t i = 0; i < hints.size(); ++i) {
          for (const Rect& legend : legends) CHECK_FALSE(hints[i].overlaps(legend));
          for (std::size_t k = 0; k < i; ++k) CHECK_FALSE(hints[i].overlaps(hints[k]));
        }
        const std::string count = std::to_string(hints.size());
        if (hints.size() > 1)
          CHECK(ui::shows(w.h, lang == Lang::Ko ? "안내 " + count + "개가" : "the " + count + " hints"));
      }
  CHECK(all > 60);
  CHECK(with_legend.size() > 2);
}

TEST_CASE("the button that enlarges the panel is clear of the ring around a group") {
  PlayerWindow w("groups/rebalance-eager", 9'000'000, Layout::Lesson, 1280, 720);
  w.frames(3);
  const Rect button = w.h.dashboard.hits().find(ui::make_id("fill")),
             group = w.h.dashboard.hits().find(ui::make_id("group", 0));
  REQUIRE_FALSE(button.empty());
  REQUIRE_FALSE(group.empty());
  CHECK_FALSE(button.overlaps(group.grown(8)));
}

TEST_CASE(
    "the replicas of a selected partition have the frame of a selection on the stage, and its box in the workbench") {
  PlayerWindow w(kFailover, 5'000'000, Layout::Lesson, 1280, 720);
  CHECK(w.marks("selected replica") == 0);
  CHECK(w.marks("selected replicas") == 0);
  int broker = -1;
  const auto& nodes = w.player.snapshot().nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].name == "broker-1") broker = static_cast<int>(i);
  REQUIRE(broker >= 0);
  REQUIRE(w.click(ui::make_id("chip", static_cast<std::uint64_t>(broker) * 4096)));
  CHECK(w.h.dashboard.state().selection == "orders-0");
  CHECK(w.marks("selected replica") == 3);
  for (const Rect& frame : ui::marks(w.h, "selected replica"))
    for (const auto& piece : w.h.dashboard.diagnostics().pieces)
      if (piece.rect.overlaps(frame) && piece.text.starts_with("orders-")) CHECK(piece.text == "orders-0");
  w.h.dashboard.set_layout(Layout::Workbench);
  w.frames();
  CHECK(w.marks("selected replicas") == 1);
}
