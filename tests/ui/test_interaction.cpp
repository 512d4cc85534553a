// How it feels: runs that are kept, what is said, what is locked, views that come back, the timeline under the hand.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panel_at.h"
#include "ui/panels/log_filter.h"
#include "ui/panels/menu_items.h"
#include "ui/panels/palette_items.h"
#include "ui/panels/timeline_view.h"

using namespace kafkascope::ui;
using fixture::Moment;
using fixture::Scene;

namespace {

std::vector<Branch> three_runs() {
  return {{{"A leader dies", "리더가 죽는다"}, 0, 40'000'000, false, RunKind::Script, 3'000'000, 0, 0},
          {{"you crashed broker-3", "broker-3 크래시"}, 3'000'000, 9'000'000, true, RunKind::Detour, 8'000'000, 1, 1},
          {{"same script, seed 43", "같은 대본, 시드 43"}, 0, 20'000'000, false, RunKind::Seed, 20'000'000, 4, 0}};
}

/// All fits, and no text lies over another.
void legible(Headless& h) {
  h.settle();
  for (const std::string& s : h.dashboard.diagnostics().overflows) CHECK_MESSAGE(false, "does not fit: " << s);
  for (const std::string& s : overlapping_texts(h.dashboard.diagnostics())) CHECK_MESSAGE(false, "overlaps: " << s);
}

}  // namespace

TEST_CASE("b lists the runs by what was done; Enter, a digit or a click goes there") {
  Headless h;
  h.time.branches = three_runs();
  h.settle();
  h.key(kKeyB);
  h.settle();
  CHECK(shows(h, "you crashed broker-3"));
  CHECK(shows(h, "seed 43"));
  h.key(kKeyDown);
  h.key(kKeyDown);
  h.key(kKeyEnter);
  CHECK(h.take(ActionKind::OpenBranch).number == 4);
  CHECK_FALSE(h.dashboard.state().runs_open);
  h.key(kKeyB);
  h.frame();
  h.key(kKey1);
  CHECK(h.take(ActionKind::OpenBranch).number == 0);
  h.key(kKeyB);
  h.settle();
  CHECK(h.click(make_id("run", 2)));
  CHECK(h.take(ActionKind::OpenBranch).number == 4);
  h.key(kKeyB);
  h.key(kKeyEscape);
  CHECK_FALSE(h.dashboard.state().runs_open);
  CHECK(h.click(make_id("runs")));  // in the title bar, as there is more than one
  CHECK(h.dashboard.state().runs_open);
}

TEST_CASE("the list of runs, toasts, the offer to continue and the end fit in both languages") {
  Headless h;
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    for (const auto& size : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
      h.dashboard.set_language(lang);
      h.size(size.first, size.second);
      h.show(Moment::Before, Scene::First);
      h.dashboard.state().runs_open = true;
      legible(h);  // nothing to list yet: it teaches
      h.time.branches = three_runs();
      legible(h);
      h.dashboard.state().runs_open = false;
      h.lesson.resume = {true, 4, 9, 11'000'000};
      legible(h);
      h.show(Moment::Returned, Scene::End);
      h.lesson.end.invariants = 6;
      h.lesson.end.expectations = 5;
      legible(h);
      h.lesson.end.failed = {{"broker-3 should lead: 2", "broker-3이 리더여야 해요: 2"}};
      legible(h);
      h.dashboard.notify({{"Saved: /home/somebody/with/a/long/path/that/goes/on/and/on/session-1.json",
                           "저장했어요: /home/somebody/with/a/long/path/that/goes/on/session-1.json"},
                          false});
      legible(h);
      h.dashboard.state().toasts.clear();
    }
  }
}

TEST_CASE("away from the lesson: the bar says what this is and where one comes back to") {
  Headless h;
  h.show(Moment::Elected, Scene::Detour);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    for (const RunKind kind : {RunKind::Detour, RunKind::Seed, RunKind::Try, RunKind::Free}) {
      h.lesson.detour.kind = kind;
      h.lesson.detour.back = {"seed 7", "시드 7"};
      h.time.branches = three_runs();
      legible(h);
      CHECK(h.dashboard.hits().find(make_id("keep")).empty() == (kind != RunKind::Detour));
      h.actions();
      CHECK(h.click(make_id("return")));
      CHECK(h.emitted(ActionKind::ReturnFromDetour));
    }
  }
  h.lesson.detour.kind = RunKind::Seed;  // its script runs: Next is Next
  h.settle();
  h.click(make_id("next"));
  CHECK(h.emitted(ActionKind::NextStep));
  h.lesson.detour.kind = RunKind::Try;
  h.key(kKeyPageDown);
  CHECK(h.emitted(ActionKind::ReturnFromDetour));
}

TEST_CASE("what is said stays a few seconds, then goes; a click removes it") {
  Headless h;
  h.settle();
  h.dashboard.notify({{"Saved: /tmp/session-1.json", "저장했어요"}, false});
  h.settle();
  CHECK(shows(h, "Saved: /tmp/session-1.json"));
  for (int i = 0; i < 8 * 60; ++i) h.frame();
  CHECK_FALSE(shows(h, "Saved"));
  h.dashboard.notify({{"Saved", "저장"}, false});
  h.settle();
  CHECK(h.click(make_id("toast", 0)));
  h.frame();
  CHECK_FALSE(shows(h, "Saved"));
}

TEST_CASE("what is said ends when it is so no longer, and what was undone does not pile up") {
  Headless h;
  h.time.playing = false;
  h.dashboard.notify({{"The world stands: press Space", "멈춰 있어요"}, false, NoticeOf::Standstill});
  h.settle();
  CHECK(shows(h, "The world stands"));
  h.time.playing = true;
  h.frame();
  h.frame();
  CHECK_FALSE(shows(h, "The world stands"));
  h.dashboard.notify({{"Undone: crash broker-1", "되돌림"}, false, NoticeOf::Undone});
  h.dashboard.notify({{"Undone: crash broker-2", "되돌림"}, false, NoticeOf::Undone});
  h.settle();
  CHECK_FALSE(shows(h, "Undone: crash broker-1"));
  CHECK(shows(h, "Undone: crash broker-2"));
  for (int i = 0; i < 5 * 60; ++i) h.frame();
  CHECK_FALSE(shows(h, "Undone"));
  h.dashboard.notify({{"Undone: crash broker-2", "되돌림"}, false, NoticeOf::Undone});
  h.settle();
  h.lesson.undo = {true, {"broker-3 crashed", "broker-3 크래시"}};
  h.frame();
  CHECK_FALSE(shows(h, "Undone"));
}

TEST_CASE("a menu and a form ask the world to wait, nothing else does") {
  Headless h;
  h.settle();
  h.actions();
  h.frame();
  CHECK_FALSE(h.emitted(ActionKind::Wait));
  h.dashboard.state().menu = {true, 600, 300, "broker-1", {}, -1};
  h.frame();
  h.actions();
  h.frame();
  CHECK(h.emitted(ActionKind::Wait));
  h.key(kKeyEscape);
  h.frame();
  h.actions();
  h.frame();
  CHECK_FALSE(h.emitted(ActionKind::Wait));
}

TEST_CASE("the menu of a replica says where it is: an arrow would be a move") {
  Headless h;
  h.dashboard.state().menu = {true, 600, 300, "orders-0", "broker-1", -1};
  h.settle();
  CHECK(shows(h, "orders-0 on broker-1"));
  h.dashboard.state().menu = {true, 600, 300, "broker-1", "broker-2", -1};
  h.settle();
  CHECK(shows(h, "broker-1 → broker-2"));
}

TEST_CASE("the help has each key once") {
  Headless h;
  h.key(kKeyF1);
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  CHECK(std::count_if(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.text == "n"; }) == 1);
  clean(h);
}

TEST_CASE("a destructive key without a selection says what to do") {
  Headless h;
  h.settle();
  h.key(kKeyC);
  h.settle();
  CHECK(shows(h, "Click a node first"));
  CHECK_FALSE(h.emitted(ActionKind::Fault));
}

TEST_CASE("what the engine cannot do yet is shown, says so, and does nothing") {
  Headless h;
  h.dashboard.set_not_yet({"elect_leaders", "wipe_disk"});
  const auto items = build_menu(h.world, "orders-0", {}, {"elect_leaders"});
  CHECK(std::count_if(items.begin(), items.end(), [](const MenuItem& m) { return !m.there; }) == 2);
  h.dashboard.state().menu = {true, 600, 300, "orders-0", {}, -1};
  h.settle();
  CHECK(shows(h, "not there yet"));
  CHECK(h.click(make_id("menu item", static_cast<std::uint64_t>(Str::ElectPreferred))));
  CHECK_FALSE(h.emitted(ActionKind::Fault));
  h.key(kKeyEscape);
  h.key(kKeyK, true);
  h.frame();
  h.type("wipe");
  h.frame();
  h.click(make_id("palette row", 0));
  CHECK_FALSE(h.emitted(ActionKind::Fault));
}

TEST_CASE("presenting: acts are off until unlocked") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.settle();
  h.dashboard.state().selection = "broker-1";
  h.dashboard.state().selected_wall = 1e9;
  h.key(kKeyC);
  CHECK_FALSE(h.emitted(ActionKind::Fault));
  h.key(kKeyX);
  CHECK_FALSE(h.emitted(ActionKind::Fault));
  h.dashboard.state().menu = {true, 600, 300, "broker-1", {}, -1};
  h.settle();
  CHECK(h.click(make_id("menu item", static_cast<std::uint64_t>(Str::Crash))));
  CHECK_FALSE(h.emitted(ActionKind::Fault));
  h.key(kKeyEscape);
  h.key(kKeyU);
  h.key(kKeyC);
  CHECK(h.take(ActionKind::Fault).verb == "crash");
}

TEST_CASE("presenting: Z magnifies what the pointer shows while it is held") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1280, 720);
  h.settle();
  const auto tallest = [&] {
    float most = 0;
    for (const auto& p : h.dashboard.diagnostics().pieces) most = std::max(most, p.rect.h);
    return most;
  };
  const float before = tallest();
  h.move(640, 360);
  h.dashboard.hold(kKeyZ, true);
  h.settle();
  CHECK(tallest() > before * 1.8f);
  h.dashboard.hold(kKeyZ, false);
  h.settle();
  CHECK(tallest() == doctest::Approx(before));
}

TEST_CASE("Next brings the lesson's own view back; so does a new step") {
  Headless h;
  h.settle();
  h.key(kKey1 + 3);
  CHECK(h.dashboard.state().tab_chosen);
  h.lesson.step += 1;
  h.frame();
  CHECK_FALSE(h.dashboard.state().tab_chosen);
  h.key(kKey1 + 3);
  CHECK(h.click(make_id("next")));
  CHECK(h.emitted(ActionKind::NextStep));
  CHECK_FALSE(h.dashboard.state().tab_chosen);
}

TEST_CASE("Return brings the layout back that stood before the detour") {
  Headless h;
  h.settle();
  h.dashboard.state().selection = "orders-1";
  h.key(kKey1 + 1);
  const LessonModel before = h.lesson;
  h.lesson.detour.active = true;
  h.frame();
  h.key(kKeyTab);
  h.key(kKey1 + 3);
  h.dashboard.state().selection = "broker-3";
  h.frame();
  h.actions();
  h.lesson = before;
  h.frame();
  CHECK(h.dashboard.state().layout == Layout::Lesson);
  CHECK(h.dashboard.state().tab == Tab::Groups);
  CHECK(h.dashboard.state().selection == "orders-1");
  CHECK(h.take(ActionKind::SetLayout).text == "lesson");
}

TEST_CASE("a wrong guess is told why not") {
  Headless h;
  h.show(Moment::Elected, Scene::Differed);
  h.size(1920, 1080);
  h.lesson.question.mistaken = true;
  h.lesson.question.choices[static_cast<std::size_t>(h.lesson.question.chosen)].because = {"Length is never compared.",
                                                                                           "길이는 비교하지 않아요."};
  h.settle();
  CHECK(shows(h, "Length is never compared."));
}

TEST_CASE("a picture is of the panel under the pointer") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  h.move(960, 1000);
  h.key(kKeyP, true);
  const Action a = h.take(ActionKind::Picture);
  CHECK(a.text == "timeline");
  CHECK(a.w > 1000);
  CHECK(a.h > 100);
  h.move(960, 10);  // the title bar is no panel
  h.key(kKeyP, true);
  CHECK(h.take(ActionKind::Picture).text.empty());
}

TEST_CASE("a key held down repeats only what moves time") {
  Headless h;
  h.settle();
  h.dashboard.key({kKeySpace, false, false, false, true});
  h.frame();
  CHECK_FALSE(h.emitted(ActionKind::Pause));
  h.dashboard.key({kKeyPeriod, false, false, false, true});
  h.frame();
  CHECK(h.emitted(ActionKind::StepEvent));
}

TEST_CASE("the palette finds lessons, terms, steps and runs") {
  Headless h;
  h.dashboard.set_lessons({{"acks", "producer", {"Acks under a crash", "크래시와 acks"}}});
  h.time.branches = three_runs();
  h.settle();
  const auto find = [&](const char* text) {
    h.dashboard.state().palette_text.clear();
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();  // until the field has the keyboard
    h.type(text);
    h.settle();
    CHECK(h.dashboard.state().palette_text == std::string(text));
    h.actions();
    h.click(make_id("palette row", 0));
    h.frame();
  };
  find("acks under");
  CHECK(h.take(ActionKind::OpenLesson).text == "acks");
  find("seed 43");
  CHECK(h.take(ActionKind::OpenBranch).number == 4);
  find("high watermark");
  h.settle();
  CHECK(shows(h, "in-sync"));  // what it means
  h.dashboard.set_language(Lang::Ko);
  find("하이 워터마크");
  h.settle();
  CHECK_FALSE(h.dashboard.state().toasts.empty());
}

TEST_CASE("filters: words, several, without, whatever their case") {
  CHECK(log_matches("", "anything"));
  CHECK(log_matches("ISR, leader", "isr.shrink broker-1"));
  CHECK(log_matches("broker", "Broker-1 leads"));
  CHECK_FALSE(log_matches("leader, -broker-2", "leader.elected broker-2"));
  CHECK(log_matches("-broker-2", "leader.elected broker-1"));
}

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

TEST_CASE("long stretches with nothing in them fold; places and times stay each other's inverse") {
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
  CHECK(folded.x(5'000'000) > plain.x(5'000'000) + 30);  // there is more room for what happened
  float last = 0;
  for (std::int64_t us = 0; us <= 100'000'000; us += 500'000) {
    const float x = folded.x(us);
    CHECK(x >= last);
    last = x;
    CHECK(static_cast<double>(folded.at(x)) == doctest::Approx(static_cast<double>(us)).epsilon(0.002).scale(1e8));
  }
}

TEST_CASE("the timeline under the hand: a drag measures and can be looped, the wheel zooms, a right drag pans") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
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

TEST_CASE("two fingers zoom the time line and move it, and scroll what is elsewhere") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  const Rect lanes = h.dashboard.hits().find(make_id("timeline"));
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
  h.dashboard.two_fingers(0, 30, 1);  // scrolls the lanes, as far as they go, and zooms nothing
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

TEST_CASE("the dashboard says when its fonts lack a character that is shown") {
  Headless h;
  h.settle();
  CHECK_FALSE(h.dashboard.lacks_characters());
  h.dashboard.notify({{"똠 펲 뷁 韓 ㅋ", "똠 펲 뷁 韓 ㅋ"}, false});
  h.settle();
  CHECK_FALSE(h.dashboard.lacks_characters());
  h.dashboard.notify({{"㐀", "㐀"}, false});  // no Nanum font has it
  h.settle();
  CHECK(h.dashboard.lacks_characters());
  h.dashboard.reload_fonts();
  h.settle();
  CHECK(h.dashboard.lacks_characters());
}

TEST_CASE("lanes have names of their own; a right click hides one; the runs that were left are a click away") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.time.branches = three_runs();
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

TEST_CASE("the chain of causes is numbered on the timeline too") {
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

TEST_CASE("the event log follows until one scrolls, and again at its end") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  for (std::uint64_t i = 1000; i < 1200; ++i)
    h.log.entries.push_back(
        {i, 0, static_cast<std::int64_t>(i) * 1000, "broker-1", "log.append", "orders-0", {"an event", "이벤트"}});
  h.dashboard.state().lower_tab = Tab::Log;
  h.settle();
  const Rect area = h.dashboard.hits().find(make_id("log"));
  h.move(area.cx(), area.cy());
  h.wheel(2);
  CHECK_FALSE(h.dashboard.state().log_follow);
  h.wheel(-40);
  CHECK(h.dashboard.state().log_follow);
}

TEST_CASE("a time that is none is told so") {
  Headless h;
  h.settle();
  h.key(kKeyG);
  h.frame();
  h.type("soon");
  h.enter();
  h.settle();
  CHECK_FALSE(h.emitted(ActionKind::Seek));
  CHECK_FALSE(h.dashboard.state().toasts.empty());
  h.key(kKeyEscape);
  h.frame();
  h.key(kKeyG);
  h.frame();
  h.type("1:02.5");
  h.enter();
  CHECK(h.take(ActionKind::Seek).time_us == 62'500'000);
}

TEST_CASE("timeline: what does not fit is counted below whole lanes, and the play head gives way to the chips") {
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

TEST_CASE(
    "a group's state is read whole on the stage, however many groups there are, and on the timeline while it lasts") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
    h.size(w, height);
    h.show(Moment::Before, Scene::First);
    kafkascope::observe::Group& g = h.world.groups[0];
    g.state = "PreparingRebalance";
    for (int i = 0; i < 5; ++i) {
      h.world.groups.push_back(h.world.groups[0]);
      h.world.groups.back().id = "billing-of-" + std::to_string(i);
      if (i > 1) h.world.groups.back().state = "CompletingRebalance";
    }
    h.time.lanes[4].spans = {{h.time.now_us - 40'000, h.time.now_us, SpanKind::State, 0, {"PreparingRebalance", ""}}};
    h.settle();
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      CHECK((piece.text.find("Rebalance") != std::string::npos || piece.text.find("Prep") == std::string::npos));
    CHECK(shows(h, "PreparingRebalance"));
  }
}

TEST_CASE("a step of the script that this run has not taken is hollow, wherever the play head stands") {
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
