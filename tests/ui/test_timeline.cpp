// The timeline: lanes, folds, zoom by wheel and by fingers, runs, marks.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ui/looks.h"
#include "ui/panels/timeline_view.h"

using namespace kafkascope::ui;
using fixture::Moment;
using fixture::Scene;

namespace {

struct Workbench : Headless {
  Workbench() {
    dashboard.set_layout(Layout::Workbench);
    size(1920, 1080);
    settle();
  }
  Rect lanes() { return dashboard.hits().find(make_id("timeline")); }
};

}  // namespace

TEST_CASE("lanes are filtered by name and kind") {
  TimelineModel t;
  for (const auto& [name, kind] :
       {std::pair{"broker-1", LaneKind::Broker}, std::pair{"broker-2", LaneKind::Broker},
        std::pair{"controller-1", LaneKind::Controller}, std::pair{"billing", LaneKind::Group}}) {
    Lane lane;
    lane.name = name;
    lane.kind = kind;
    t.lanes.push_back(lane);
  }
  CHECK(lanes_shown(t, "").size() == 4);
  CHECK(lanes_shown(t, "broker, -broker-2") == std::vector<int>{0});
  CHECK(lanes_shown(t, "Group") == std::vector<int>{3});
  CHECK(lanes_shown(t, "-controller").size() == 3);
}

TEST_CASE("stretches without events are folded, and the axis converts times to places and back") {
  TimelineModel t;
  t.until_us = 100'000'000;
  t.known_us = 90'000'000;
  t.now_us = 80'000'000;
  for (const std::int64_t at : {0, 2'000'000, 5'000'000, 60'000'000, 62'000'000, 99'000'000})
    t.marks.push_back({at, MarkKind::Step, -1, {}, {}});
  const TimeAxis plain = build_time_axis(t, -1, -1, 100, 1100), folded = build_time_axis(t, -1, -1, 100, 1100, true);
  CHECK(plain.folds.empty());
  REQUIRE(folded.folds.size() == 1);  // 5 s … 60 s; after 62 s nothing more has happened yet
  CHECK(folded.folds[0].x1 - folded.folds[0].x0 == doctest::Approx(40));
  CHECK(folded.x(0) == doctest::Approx(100));
  CHECK(folded.x(100'000'000) == doctest::Approx(1100));
  CHECK(folded.x(5'000'000) > plain.x(5'000'000) + 30);  // the rest has more room
  float last = 0;
  for (std::int64_t us = 0; us <= 100'000'000; us += 500'000) {
    const float x = folded.x(us);
    CHECK(x >= last);
    last = x;
    CHECK(static_cast<double>(folded.at(x)) == doctest::Approx(static_cast<double>(us)).epsilon(0.002).scale(1e8));
  }
}

TEST_CASE("two hand-overs at one moment are two arrows beside each other, and several between two brokers are one") {
  Headless h;
  h.show(Moment::Elected, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  h.lesson.view.panels = {"stage", "timeline"};
  h.size(1280, 720);
  const std::int64_t at = 20'871'000;
  h.time.moves = {{at, 1, 0, "orders-0"}, {at, 1, 2, "orders-1"}, {at, 1, 2, "orders-2"}};
  const auto arrows = marks(h, "leader move");
  REQUIRE(arrows.size() == 2);
  // Their heads are wider than their lines, and no hand-over seems to have happened before its time.
  CHECK(arrows[1].x > arrows[0].x + 12);
  h.time.moves.push_back({at, 1, 3, "orders-3"});
  const auto three = marks(h, "leader move");
  REQUIRE(three.size() == 3);
  CHECK(three[2].x > three[1].x + 12);
}

TEST_CASE("the arrow of a hand-over stands at its time") {
  Headless h;
  h.show(Moment::Elected, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  h.lesson.view.panels = {"stage", "timeline"};
  h.size(1280, 720);
  const std::int64_t at = 20'871'000;
  h.time.moves = {{at, 1, 0, "orders-0"}, {at, 1, 2, "orders-1"}};
  h.time.marks.push_back({at, MarkKind::Step, -1, {"a step", "단계"}, {}, true});
  const auto arrows = marks(h, "leader move"), steps = marks(h, "step done");
  REQUIRE(arrows.size() == 2);
  CHECK(
      std::any_of(steps.begin(), steps.end(), [&](const Rect& step) { return std::abs(step.cx() - arrows[0].x) < 1; }));
}

TEST_CASE("no mark of an event stands in a word of a controller's lane") {
  Headless h;
  h.show(Moment::Elected, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  h.lesson.view.panels = {"stage", "timeline"};
  h.size(1280, 720);
  const auto lane = std::find_if(h.time.lanes.begin(), h.time.lanes.end(),
                                 [](const Lane& one) { return one.kind == LaneKind::Controller; });
  REQUIRE(lane != h.time.lanes.end());
  lane->spans = {{.from_us = 0, .to_us = h.time.now_us, .leads = 1, .label = {"Leader", "리더"}}};
  std::erase_if(h.time.marks, [&](const TimeMark& mark) { return mark.lane == lane - h.time.lanes.begin(); });
  h.time.marks.push_back(
      {h.time.now_us / 2, MarkKind::Election, static_cast<int>(lane - h.time.lanes.begin()), {}, {}});
  const auto elections = marks(h, "election");
  REQUIRE(elections.size() == 1);
  int words = 0;
  for (const auto& piece : h.dashboard.diagnostics().pieces)
    if (piece.text == "Leader") {
      ++words;
      CHECK_FALSE(piece.rect.overlaps(elections[0]));
    }
  CHECK(words == 1);
}

TEST_CASE("a long press on a timeline drags it; elsewhere it opens a menu") {
  Workbench h;
  const auto drags_at = [&](const char* region) {
    const Rect there = h.dashboard.hits().find(make_id(region));
    REQUIRE_FALSE(there.empty());
    h.move(there.cx(), there.cy());
    h.frame();
    return h.dashboard.hits().hovers_over_drag();
  };
  CHECK(drags_at("lanes"));
  CHECK(drags_at("ruler"));
  CHECK_FALSE(drags_at("lane filter"));
  h.dashboard.set_layout(Layout::Lesson);
  h.settle();
  CHECK(drags_at("scrubber"));
  h.move(640, 300);
  h.frame();
  CHECK_FALSE(h.dashboard.hits().hovers_over_drag());
}

TEST_CASE(
    "the timeline: a drag measures a range, which can be looped, the wheel zooms, and a drag with the right button pans") {
  Workbench h;
  const Rect lanes = h.dashboard.hits().find(make_id("lanes"));
  REQUIRE_FALSE(lanes.empty());
  h.move(lanes.x + 200, lanes.cy());
  h.frame();
  h.actions();
  h.press();
  h.move(lanes.x + 500, lanes.cy());
  h.release();
  h.settle();
  const Rect loop = h.dashboard.hits().find(make_id("loop"));
  REQUIRE_FALSE(loop.empty());
  h.actions();
  h.click(loop.cx(), loop.cy());
  const Action a = h.take(ActionKind::LoopRange);
  CHECK(a.kind == ActionKind::LoopRange);
  CHECK(a.time2_us > a.time_us + 1'000'000);
  h.time.loop_from_us = a.time_us;
  h.time.loop_to_us = a.time2_us;
  h.settle();
  CHECK(h.click(make_id("end loop")));
  const Action off = h.take(ActionKind::LoopRange);
  CHECK(off.time_us == off.time2_us);
  // Wheel and right drag.
  h.move(lanes.cx(), lanes.cy());
  h.wheel(3);
  const State& st = h.dashboard.state();
  REQUIRE(st.time_to_us > 0);
  const std::int64_t from = st.time_from_us, span = st.time_to_us - st.time_from_us;
  h.press(true);
  h.move(lanes.cx() - 300, lanes.cy());
  h.release(true);
  CHECK(st.time_from_us > from);
  CHECK(st.time_to_us - st.time_from_us == span);
  h.settle();
  CHECK(h.click(make_id("zoom out")));
  h.frame();
  CHECK(st.time_to_us < 0);
}

TEST_CASE(
    "a zoomed timeline has an overview of the whole run, in which the visible part is dragged or chosen by a click") {
  Workbench h;
  CHECK(marks(h, "overview").empty());
  const Rect lanes = h.dashboard.hits().find(make_id("lanes"));
  h.move(lanes.cx(), lanes.cy());
  h.wheel(3);
  const std::vector<Rect> part = marks(h, "overview part");
  const Rect all = h.dashboard.hits().find(make_id("overview"));
  REQUIRE_FALSE(all.empty());
  REQUIRE(part.size() == 1);
  CHECK(part[0].w < all.w);
  const State& st = h.dashboard.state();
  const std::int64_t from = st.time_from_us, span = st.time_to_us - from;
  h.move(part[0].cx(), part[0].cy());
  h.frame();
  h.press();
  h.move(part[0].cx() - 60, part[0].cy());
  h.release();
  CHECK(st.time_from_us < from);
  CHECK(st.time_to_us - st.time_from_us == span);
  h.click(all.right() - 2, all.cy());
  CHECK(st.time_from_us > from);
  CHECK(st.time_to_us - st.time_from_us == span);
  clean(h);
}

TEST_CASE("two fingers zoom and move the timeline; elsewhere they scroll") {
  Workbench h;
  const Rect lanes = h.lanes();
  h.move(lanes.cx(), lanes.cy());
  h.dashboard.two_fingers(0, 0, 2);
  h.frame();
  const State& st = h.dashboard.state();
  REQUIRE(st.time_to_us > 0);
  const std::int64_t from = st.time_from_us, span = st.time_to_us - from;
  CHECK(span < h.time.until_us * 6 / 10);
  h.dashboard.two_fingers(-100, 0, 1);
  h.frame();
  CHECK(st.time_from_us > from);
  CHECK(st.time_to_us - st.time_from_us == span);
  h.dashboard.two_fingers(0, 30, 1);  // scrolls the lanes as far as possible, and does not zoom
  h.frame();
  CHECK(st.time_to_us - st.time_from_us == span);
  for (std::uint64_t i = 1000; i < 1200; ++i)
    h.log.entries.push_back(
        {i, 0, static_cast<std::int64_t>(i) * 1000, "broker-1", "log.append", "orders-0", {"an event", "이벤트"}});
  h.dashboard.state().lower_tab = Tab::Log;
  h.settle();
  const Rect log = h.dashboard.hits().find(make_id("log"));
  h.move(log.cx(), log.cy());
  h.dashboard.two_fingers(0, 120, 1);
  h.frame();
  CHECK_FALSE(st.log_follow);
}

TEST_CASE("a timeline that is zoomed into the future does not draw the high watermark over the lanes' names") {
  Workbench h;
  const Rect lanes = h.lanes();
  const auto from = [&] {
    const std::vector<Rect> lines = marks(h, "watermark");
    REQUIRE(lines.size() == 1);
    return lines[0].x;
  };
  CHECK(from() >= lanes.x);
  h.time.now_us = h.time.watermarks.back().at_us + 1;
  h.move(lanes.x + lanes.w * 0.9f, lanes.cy());
  h.wheel(6);
  REQUIRE(h.dashboard.state().time_from_us > h.time.now_us);
  CHECK(marks(h, "watermark").empty());
}

TEST_CASE("lanes have names, a right click hides a lane, and a click opens another run") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.time.branches = fixture::three_runs();
  h.settle();
  std::vector<std::string> names;
  for (const Lane& lane : h.time.lanes) names.push_back(lane.name);
  for (std::size_t i = 0; i < 2; ++i) CHECK(shows(h, names[i]));
  CHECK(h.click(make_id("lane", 0), true));
  h.settle();
  CHECK(h.dashboard.state().lane_filter == "-" + names[0]);
  CHECK(h.dashboard.hits().find(make_id("lane", 0)).empty());
  CHECK(h.click(make_id("show lanes")));
  h.settle();
  CHECK_FALSE(h.dashboard.hits().find(make_id("lane", 0)).empty());
  CHECK(h.click(make_id("lane", 0)));
  CHECK(h.take(ActionKind::Select).target == names[0]);
  // Scroll to the rows of the runs.
  const Rect area = h.dashboard.hits().find(make_id("timeline"));
  h.move(area.x + 60, area.cy());
  h.wheel(-20);
  h.settle();
  CHECK(h.click(make_id("branch", 4)));
  CHECK(h.take(ActionKind::OpenBranch).number == 4);
}

TEST_CASE("the chain of causes is numbered on the timeline as well") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.show(Moment::Elected, Scene::Held);
  h.log = fixture::log_with_chain();
  h.settle();
  int discs = 0;
  const Rect area = h.dashboard.hits().find(make_id("timeline"));
  for (const auto& p : h.dashboard.diagnostics().pieces)
    discs += p.box == "lanes" && p.text == "1" && area.contains(p.rect.x, p.rect.y);
  CHECK(discs >= 1);
}

TEST_CASE("timeline: lanes that do not fit are counted below the others, and the playhead does not cover the buttons") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      h.size(w, height);
      h.dashboard.set_language(lang);
      h.show(Moment::Elected, Scene::First);
      h.dashboard.state().tab = Tab::Timeline;
      h.dashboard.state().tab_chosen = true;
      h.dashboard.state().fold_gaps = false;
      h.time = fixture::timeline(Moment::Elected);
      while (h.time.lanes.size() < 40) {
        h.time.lanes.push_back(h.time.lanes[0]);
        h.time.lanes.back().name = "broker-" + std::to_string(h.time.lanes.size());
      }
      const auto pill = marks(h, "more lanes");
      REQUIRE(pill.size() == 1);
      for (const auto& piece : h.dashboard.diagnostics().pieces) {
        if (piece.box == "lanes" && piece.rect.x < pill[0].right()) CHECK(piece.rect.bottom() <= pill[0].y + 1);
      }
      clean(h);
      h.time.known_us = h.time.now_us = h.time.until_us;
      const Rect chip = h.dashboard.hits().find(make_id("fold gaps"));
      REQUIRE_FALSE(chip.empty());
      h.time.now_us = h.time.until_us - h.time.until_us / 40;
      const auto heads = marks(h, "playhead");
      REQUIRE(heads.size() == 1);
      CHECK_FALSE(heads[0].overlaps(chip));
    }
}

TEST_CASE("the playhead crosses no words in the lanes, wherever it is") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    Headless h;
    h.dashboard.set_layout(layout);
    h.size(1280, 720);
    h.show(Moment::Returned, Scene::Held);
    h.lesson.view.panels = {"stage", "timeline"};
    h.dashboard.state().tab = Tab::Timeline;
    h.dashboard.state().tab_chosen = true;
    const std::int64_t end = h.time.until_us;
    for (int part = 1; part <= 60; ++part) {
      h.time.now_us = end * part / 60;
      const auto line = marks(h, "playhead line");
      REQUIRE(line.size() == 1);
      for (const auto& piece : h.dashboard.diagnostics().pieces)
        if (piece.box == "lanes") CHECK_MESSAGE(!piece.rect.overlaps(line[0]), piece.text, " at ", part);
    }
  }
}

TEST_CASE("faults of a long run whose marks would lie on one another are one mark with their number") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    Headless h;
    h.dashboard.set_layout(layout);
    h.size(1280, 720);
    h.show(Moment::Elected, Scene::Held);
    State& st = h.dashboard.state();
    st.tab = st.lower_tab = Tab::Timeline;
    st.tab_chosen = true;
    st.fold_gaps = false;
    h.lesson.coach_marks = false;
    h.time.until_us = h.time.known_us = 600'000'000;
    h.time.now_us = 590'000'000;
    h.time.marks.clear();
    const auto fault = [&](std::int64_t at_us) {
      h.time.marks.push_back({at_us, MarkKind::Fault, -1, {"crash: broker-1", "크래시: broker-1"}, {}});
    };
    for (const std::int64_t at_us : {100'000'000, 100'500'000, 101'000'000, 300'000'000, 500'000'000, 500'900'000})
      fault(at_us);
    const std::vector<Rect> together = marks(h, "faults together");
    // The Lesson layout has the marks a second time, in the transport.
    REQUIRE(together.size() == (layout == Layout::Lesson ? 4 : 2));
    CHECK(shows(h, "crash: broker-1"));
    int threes = 0;
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.text == "3" && std::any_of(together.begin(), together.end(), [&](const Rect& box) {
            return box.contains(piece.rect.cx(), piece.rect.cy());
          }))
        ++threes;
    CHECK(threes == (layout == Layout::Lesson ? 2 : 1));
    clean(h);
    if (layout == Layout::Lesson) continue;
    h.move(together[0].cx(), together[0].cy());  // the card of the mark has all of them
    h.settle();
    for (const char* time : {"01:40.000", "01:40.500", "01:41.000"}) CHECK_MESSAGE(shows(h, time), time);
  }
}

TEST_CASE("the ruler of a run of ten minutes has whole minutes, far enough from one another to be read") {
  TimelineModel t;
  t.until_us = t.known_us = 600'000'000;
  const TimeAxis axis = build_time_axis(t, -1, -1, 132, 1256);
  const std::vector<std::int64_t> ticks = time_ticks(axis, 92);
  REQUIRE(ticks.size() >= 6);
  for (std::size_t i = 1; i < ticks.size(); ++i) {
    CHECK(ticks[i] % 60'000'000 == 0);
    CHECK(axis.x(ticks[i]) - axis.x(ticks[i - 1]) >= 80);
  }
}

TEST_CASE("a step that has not happened in this run is hollow at every position of the playhead") {
  Headless h;
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    h.dashboard.set_layout(layout);
    h.size(1920, 1080);
    h.show(Moment::Elected, Scene::First);
    h.time = fixture::timeline(Moment::Elected);
    const std::size_t before = marks(h, "step done").size();
    REQUIRE(before > 1);
    h.time.marks[1].done = false;
    CHECK(marks(h, "step done").size() < before);
    CHECK_FALSE(marks(h, "step to come").empty());
  }
}

TEST_CASE("a step that still waits for its event has an open mark, which leads to its moment and says that it waits") {
  Headless h;
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    h.dashboard.set_layout(layout);
    h.size(1920, 1080);
    h.show(Moment::Elected, Scene::First);
    h.time = fixture::timeline(Moment::Elected);
    CHECK(marks(h, "step foreseen").empty());
    const std::int64_t at = h.time.now_us + (h.time.until_us - h.time.now_us) / 2;
    h.time.marks.push_back({at, MarkKind::Step, -1, {"later", "나중"}, {}, false, true});
    const auto seen = marks(h, "step foreseen");
    REQUIRE(seen.size() == 1);
    if (layout != Layout::Lesson) continue;
    h.lesson.steps.back().at_us = -1;
    h.lesson.steps.back().foreseen_us = at;
    h.settle();
    h.move(seen[0].cx(), seen[0].cy());
    h.settle();
    const auto& pieces = h.dashboard.diagnostics().pieces;
    CHECK(std::any_of(pieces.begin(), pieces.end(), [](const auto& p) {
      return p.text.find("waits for an event; the event comes here") != std::string::npos;
    }));
  }
}

TEST_CASE("the card of a mark is drawn over the lanes, the playhead and the dimmed future") {
  Workbench h;
  h.show(Moment::Returned, Scene::Held);
  h.settle();
  bool found = false;
  for (std::size_t i = 0; i < h.time.marks.size(); ++i) {
    if (h.time.marks[i].kind != MarkKind::Fault) continue;
    const Rect at = h.dashboard.hits().find(make_id("mark", i));
    if (at.empty()) continue;
    h.move(at.cx(), at.cy());
    h.settle();
    const auto& drawn = h.dashboard.diagnostics().marks;
    const auto place = [&](std::string_view name) {
      return std::find_if(drawn.begin(), drawn.end(), [&](const auto& mark) { return mark.second == name; });
    };
    const auto card = place("mark card");
    REQUIRE(card != drawn.end());
    REQUIRE(place("playhead line") != drawn.end());
    CHECK(place("playhead line") < card);
    CHECK(shows(h, "Right-click: the world without this"));
    found = true;
  }
  CHECK(found);
}

TEST_CASE("words of an event that has just happened are not dimmed with the future into which they reach") {
  Workbench h;
  h.time = fixture::timeline(Moment::Elected);
  h.time.moves.clear();
  std::erase_if(h.time.marks, [](const TimeMark& mark) { return mark.kind != MarkKind::Step; });
  const std::int64_t now = h.time.now_us;
  // To the left of the one that has just happened there is no room: another mark is there.
  for (const std::int64_t at : {now - 1'000'000, now, now + 10'000'000})
    h.time.marks.push_back({at, MarkKind::Election, 3, {"broker-3 leads", "broker-3"}, {}});
  h.settle();
  const auto& marks = h.dashboard.diagnostics().marks;
  const auto future =
      std::find_if(marks.begin(), marks.end(), [](const auto& mark) { return mark.second == "future"; });
  REQUIRE(future != marks.end());
  int before = 0, after = 0;
  for (auto it = marks.begin(); it != marks.end(); ++it)
    if (it->second == "words of an event" && it->first.overlaps(future->first)) ++(it < future ? before : after);
  CHECK(after == 1);
  CHECK(before == 1);
}
