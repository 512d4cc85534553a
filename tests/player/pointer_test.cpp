// What the pointer does over a time axis, in the lanes and in the audience's window: the state that it makes and the picture of it.
#include <algorithm>
#include <cmath>
#include <set>

#include "app/audience.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/panels/timeline_view.h"

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::words::literals;

namespace {

using ui::make_id;
using ui::Rect;
using ui::Tab;

/// The workbench with the timeline, at a moment with a past and a future, paused.
struct Lanes : PlayerWindow {
  Lanes() : PlayerWindow(kFailover, 3'500'000, Layout::Workbench, 1920, 1080) {
    player.play(false);
    h.dashboard.state().choose(Tab::Timeline);
    frames();
  }
  Rect place() { return h.dashboard.hits().find(make_id("lanes")); }
  ui::TimeAxis axis() {
    const ui::State& st = h.dashboard.state();
    const Rect lanes = place();
    return ui::build_time_axis(player.time(), st.time_from_us, st.time_to_us, lanes.x, lanes.right(), st.fold_gaps);
  }
  void point(float x, float y) {
    h.move(x, y);
    frames();
  }
  /// Presses there, and moves without letting go.
  void hold(ui::Point from, ui::Point to) {
    h.move(from.x, from.y);
    h.frame();
    h.press();
    h.move((from.x + to.x) / 2, (from.y + to.y) / 2);
    h.move(to.x, to.y);
    frames();
  }
  void let_go() {
    h.release();
    frames();
  }
  std::vector<Rect> line() { return ui::marks(h, "hover line"); }
};

/// The words of the picture, without those of the clock's hands and the pointer.
std::multiset<std::string> words_of(ui::Headless& h) {
  h.settle();
  std::multiset<std::string> words;
  for (const auto& piece : h.dashboard.diagnostics().pieces) words.insert(piece.text);
  return words;
}

}  // namespace

TEST_CASE("a line at the pointer crosses every lane of the timeline, and over the ruler it says which moment that is") {
  Lanes w;
  CHECK(w.line().empty());
  const Rect lanes = w.place(), ruler = w.h.dashboard.hits().find(make_id("ruler"));
  const float x = std::floor(lanes.x + lanes.w * .3f);
  const std::string moment = ui::clock_text(w.axis().at(x));
  w.point(x, lanes.cy());
  REQUIRE(w.line().size() == 1);
  CHECK(w.line()[0].x == doctest::Approx(x));
  for (std::size_t i = 0; i < w.player.time().lanes.size(); ++i) {
    const Rect name = w.h.dashboard.hits().find(make_id("lane", i));
    if (name.empty()) continue;
    CHECK(w.line()[0].y < name.cy());
    CHECK(w.line()[0].bottom() > name.cy());
  }
  CHECK_FALSE(ui::shows(w.h, moment));
  w.point(x, ruler.cy());
  REQUIRE(w.line().size() == 1);
  CHECK(w.line()[0].x == doctest::Approx(x));
  CHECK(ui::shows(w.h, moment));
  CHECK(w.player.now().us == 3'500'000);  // to look is not to go
  SUBCASE("a click there goes to that moment") {
    const std::int64_t at = w.axis().at(x);
    w.h.click(x, ruler.cy());
    w.frames();
    CHECK(w.player.now().us == at);
  }
  SUBCASE("over the lanes' names, outside the timeline and below a menu there is no line") {
    w.point(lanes.x - 40, lanes.cy());
    CHECK(w.line().empty());
    w.point(lanes.cx(), 300);
    CHECK(w.line().empty());
    w.point(x, lanes.cy());
    w.key(ui::kKeyM);
    if (!w.h.dashboard.state().menu.open) w.h.dashboard.state().menu = {true, x, lanes.cy(), "broker-1", {}, -1};
    w.frames();
    CHECK(w.line().empty());
  }
}

TEST_CASE("a drag in the lanes measures the time between its ends, and Loop this repeats that range") {
  Lanes w;
  const Rect lanes = w.place();
  const float y = std::floor(lanes.bottom() - 4), from = std::floor(lanes.x + lanes.w * .02f),
              to = std::floor(lanes.x + lanes.w * .08f);
  const std::int64_t a = w.axis().at(from), b = w.axis().at(to);
  const ui::State& st = w.h.dashboard.state();
  w.hold({from, y}, {to, y});
  CHECK(st.measure_from_us == a);
  CHECK(st.measure_to_us == b);
  const std::vector<Rect> measured = ui::marks(w.h, "measured");
  REQUIRE(measured.size() == 1);
  CHECK(measured[0].x == doctest::Approx(from).epsilon(.01));
  CHECK(measured[0].right() == doctest::Approx(to).epsilon(.01));
  const std::string words =
      b - a >= 1'000'000 ? ui::tr(ui::Lang::En, "ui.seconds"_w, {{"seconds", ui::seconds_text(b - a)}}) : " ms";
  CHECK(ui::shows(w.h, words));
  CHECK_FALSE(ui::shows(w.h, ui::tr(ui::Lang::En, "ui.loop_this"_w)));  // not while the button is down
  w.let_go();
  CHECK(w.player.now().us == 3'500'000);  // a drag is not a click
  CHECK(ui::marks(w.h, "measured").size() == 1);
  SUBCASE("Loop this goes to the range's beginning and plays it again and again") {
    REQUIRE(w.click(make_id("loop")));
    CHECK(w.player.time().loop_from_us == a);
    CHECK(w.player.time().loop_to_us == b);
    CHECK(w.player.now().us == a);
    CHECK(w.player.playing());
    w.player.act(action(ActionKind::SetSpeed, 1'000'000));
    std::int64_t last = a;
    int again = 0;
    for (int frame = 0; frame < 2000 && again < 2; ++frame) {
      w.player.tick(16'000);
      if (w.player.now().us < last) ++again;
      last = w.player.now().us;
      CHECK(last <= b);
    }
    CHECK(again == 2);
    w.frames();
    CHECK(ui::marks(w.h, "measured").empty());
    REQUIRE(w.click(make_id("end loop")));
    CHECK(w.player.time().loop_to_us < 0);
  }
  SUBCASE("a click elsewhere removes the range, and goes there") {
    const float x = std::floor(lanes.x + lanes.w * .5f);
    const std::int64_t there = w.axis().at(x);
    w.h.click(x, y);
    w.frames();
    CHECK(st.measure_to_us < 0);
    CHECK(ui::marks(w.h, "measured").empty());
    CHECK(w.player.now().us == there);
  }
}

TEST_CASE("a drag along the lifelines shows an earlier time in the diagram, and the world stays at its moment") {
  Lanes w;
  w.h.dashboard.state().choose(Tab::SpaceTime);
  w.frames(4);
  const Rect body = w.h.dashboard.hits().find(make_id("space-time body"));
  REQUIRE_FALSE(body.empty());
  REQUIRE(w.player.time().space != nullptr);
  const std::int64_t end = w.player.time().space->end_us;
  const float y = body.y + 4;
  w.hold({body.cx(), y}, {body.cx() + 150, y});
  w.let_go();
  w.frames(4);
  const ui::State& st = w.h.dashboard.state();
  CHECK(st.space.end_us >= 0);
  CHECK(st.space.end_us < end);
  CHECK(w.player.time().space->end_us == st.space.end_us);
  CHECK(w.player.now().us == 3'500'000);
  REQUIRE(w.click(make_id("space follow")));
  w.frames(4);
  CHECK(w.player.time().space->end_us == end);
}

TEST_CASE(
    "the audience's window shows the presenter's picture, and the mouse in it neither moves nor changes the run") {
  const std::string text = text_of(kFailover);
  Player first(parse(text), "x", text);
  Action present = action(ActionKind::SetLayout);
  present.text = "presenter";
  first.act(present);
  first.play(false);
  first.seek(sim::Instant{3'000'000});
  AudienceTeller teller;
  AudienceFollower second;
  ui::Headless h;
  h.size(1280, 720);
  h.dashboard.set_layout(Layout::Presenter);
  h.dashboard.state().key_hints = false;
  const auto follow = [&](bool anew = false) {
    for (const auto& line : teller.tell(first, false, false, anew)) second.take(line.text);
    for (int i = 0; i < 10000 && (second.player()->busy() || second.player()->now() != first.now()); ++i) second.tick();
    take_models(h, *second.player());
  };
  for (const auto& line : teller.tell(first, false, false, true)) second.take(line.text);
  REQUIRE(second.player() != nullptr);
  follow();
  const std::multiset<std::string> audience = words_of(h);
  CHECK(audience.size() > 20);
  take_models(h, first);
  CHECK(words_of(h) == audience);
  first.act(fault("crash", "broker-2"));
  first.seek(sim::Instant{3'500'000});
  follow();
  const std::multiset<std::string> crashed = words_of(h);
  CHECK(crashed != audience);
  take_models(h, first);
  CHECK(words_of(h) == crashed);
  take_models(h, *second.player());
  const std::string hash = second.player()->session().trace_hash();
  std::size_t asked = 0;
  for (const bool right : {false, true})
    for (float y = 15; y < 720; y += 30)
      for (float x = 20; x < 1280; x += 40) {
        h.click(x, y, right);
        for (const ui::Action& a : h.actions()) {
          asked += ui::comes_by_itself(a.kind) ? 0 : 1;
          second.act(a);
        }
      }
  CHECK(asked > 20);
  second.tick();
  CHECK(second.player()->now() == first.now());
  CHECK(second.player()->session().trace_hash() == hash);
}
