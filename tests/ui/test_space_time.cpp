// The space-time diagram: its axis and rows, pointing, clicking, zooming, panning, and the layouts that show it.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/space_time_view.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using fixture::Moment;
using fixture::Scene;

namespace {

struct Diagram : Headless {
  explicit Diagram(Moment moment = Moment::Elected, Layout layout = Layout::Workbench) {
    dashboard.set_layout(layout);
    size(1920, 1080);
    show(moment, Scene::Held);
    dashboard.state().lower_tab = Tab::SpaceTime;
    settle();
  }
  const SpaceTime& model() const { return *time.space; }
  const Flight* flight_of(std::uint64_t line) const {
    for (const Flight& f : model().flights)
      if (f.line == line) return &f;
    return nullptr;
  }
  void rest() {
    for (int i = 0; i < 24; ++i) frame();
  }
};

}  // namespace

TEST_CASE("space-time: stretches without events become strips, and the axis converts times to places and back") {
  const std::vector<std::int64_t> points = {1'000'000, 1'001'000, 1'002'500, 9'000'000, 9'000'900};
  SpaceAxisOptions o;
  o.us_per_px = 25;
  o.x0 = 100;
  o.x_end = 900;
  o.x1 = 960;
  const TimeAxis folded = build_space_axis(points, 9'001'000, 0, o);
  REQUIRE(folded.folds.size() == 2);
  CHECK(folded.x(9'001'000) == doctest::Approx(900).epsilon(.001));
  CHECK(folded.x(1'000'000) > 100);
  CHECK(folded.x(9'000'900) - folded.x(9'000'000) == doctest::Approx(36).epsilon(.02));  // the same scale everywhere
  CHECK(folded.x(1'001'000) - folded.x(1'000'000) == doctest::Approx(40).epsilon(.02));
  for (const std::int64_t us : points) CHECK(std::abs(folded.at(folded.x(us)) - us) < 40);
  o.fold = false;
  const TimeAxis plain = build_space_axis(points, 9'001'000, 0, o);
  CHECK(plain.folds.empty());
  CHECK(plain.from_us == doctest::Approx(9'001'000 - 800 * 25).epsilon(.001));
}

TEST_CASE(
    "space-time: clients are above brokers and brokers above controllers; if there is no room, nodes without messages are left out") {
  const observe::Snapshot world = fixture::world(Moment::Elected);
  const SpaceTime model = fixture::space_time(Moment::Elected);
  SpaceAxisOptions o;
  o.x0 = 100;
  o.x_end = 1000;
  o.x1 = 1060;
  const TimeAxis axis = space_axis(model, {}, world, o);
  int quiet = 0;
  const std::vector<int> all = space_rows(model, {}, world, axis, 20, quiet);
  CHECK(all.size() == world.nodes.size());
  CHECK(quiet == 0);
  CHECK(world.nodes[static_cast<std::size_t>(all.front())].kind == observe::NodeKind::Producer);
  CHECK(world.nodes[static_cast<std::size_t>(all.back())].kind == observe::NodeKind::Controller);
  const std::vector<int> few = space_rows(model, {}, world, axis, 5, quiet);
  CHECK(few.size() < all.size());
  CHECK(quiet == static_cast<int>(all.size() - few.size()));
}

TEST_CASE(
    "space-time: an arrow ends at its arrival; a lost message ends before the other line, and a message under way at its place") {
  const observe::Snapshot world = fixture::world(Moment::Elected);
  const SpaceTime model = fixture::space_time(Moment::Elected);
  SpaceAxisOptions o;
  o.x0 = 100;
  o.x_end = 1000;
  o.x1 = 1060;
  const TimeAxis axis = space_axis(model, {}, world, o);
  std::vector<float> y;
  for (std::size_t i = 0; i < world.nodes.size(); ++i) y.push_back(100 + 30 * static_cast<float>(i));
  const std::vector<FlightPlace> places = place_flights(model, axis, y, {});
  CHECK(places.size() >= 8);
  for (const FlightPlace& place : places) {
    const Flight& f = model.flights[static_cast<std::size_t>(place.flight)];
    const float from = y[static_cast<std::size_t>(f.message.from)], to = y[static_cast<std::size_t>(f.message.to)];
    CHECK(place.from.y == from);
    const float way = (place.to.y - from) / (to - from);
    if (f.end == FlightEnd::Arrived) CHECK(way == doctest::Approx(1));
    if (f.end == FlightEnd::Lost) CHECK(way < .9f);
    if (f.end == FlightEnd::UnderWay) CHECK(place.to.x == doctest::Approx(axis.x(model.end_us)));
    CHECK(place.to.x >= place.from.x);
  }
}

TEST_CASE("space-time: a lost message ends between its receiver's lifeline and the next one, not at another node") {
  SpaceTime model;
  model.end_us = 2'000;
  Flight lost;
  lost.end = FlightEnd::Lost;
  lost.message.sent_us = 1'000;
  lost.message.arrives_us = 1'500;
  lost.message.from = 3;
  lost.message.to = 0;
  model.flights = {lost};
  SpaceAxisOptions o;
  o.us_per_px = 10;
  o.x0 = 100;
  o.x_end = 1000;
  o.x1 = 1060;
  const TimeAxis axis = build_space_axis({1'000, 1'500}, 2'000, 0, o);
  const auto end_with = [&](std::vector<float> y) {
    const std::vector<FlightPlace> places = place_flights(model, axis, y, {});
    return places.size() == 1 ? places[0].to.y : 0.f;
  };
  for (const float line : {130.f, 0.f}) {  // 0: the second node has no lifeline
    const float before = line > 0 ? line : 160.f, end = end_with({100, line, 160, 190});
    CHECK(end >= 110);
    CHECK(end <= before - 10);
  }
  model.flights[0].message.from = 0;
  model.flights[0].message.to = 3;
  CHECK(end_with({100, 130, 160, 190}) == doctest::Approx(175));
  CHECK(end_with({100, 130, 160, 0}) == 0);  // the receiver has no lifeline
}

TEST_CASE(
    "space-time: the diagram is opened by its tab beside timeline and log and by the palette, but not by a digit") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.show(Moment::Elected, Scene::Held);
  h.settle();
  CHECK(h.click(make_id("lower", static_cast<std::uint64_t>(Tab::SpaceTime))));
  h.settle();
  CHECK(h.dashboard.state().lower_tab == Tab::SpaceTime);
  CHECK_FALSE(h.dashboard.hits().find(make_id("space-time body")).empty());
  for (int digit = 1; digit <= 9; ++digit) CHECK(tab_of_digit(digit) != Tab::SpaceTime);
  h.dashboard.state().lower_tab = Tab::Timeline;
  h.key(kKeyK, true);
  h.settle();
  h.type("space and");
  h.settle();
  h.enter();
  h.settle();
  CHECK(h.dashboard.state().lower_tab == Tab::SpaceTime);
  clean(h);
}

TEST_CASE("space-time: a lesson's view opens the diagram in the Lesson layout and in the presenter") {
  Headless h;
  h.show(Moment::Elected, Scene::Held);
  for (const Layout layout : {Layout::Lesson, Layout::Presenter})
    for (const bool alone : {false, true})
      for (const Lang lang : {Lang::En, Lang::Ko}) {
        h.dashboard.set_layout(layout);
        h.dashboard.set_language(lang);
        h.size(1280, 720);
        h.lesson.view.panels =
            alone ? std::vector<std::string>{"space-time"} : std::vector<std::string>{"stage", "space-time"};
        h.settle();
        CHECK_FALSE(h.dashboard.hits().find(make_id("space-time body")).empty());
        CHECK_FALSE(marks(h, "arrival").empty());
        CHECK_FALSE(marks(h, "lost message").empty());
        clean(h);
      }
}

TEST_CASE("space-time: the tip at the pointer shows a message with its true times") {
  Diagram h;
  const std::vector<Rect> ends = marks(h, "arrival");
  REQUIRE_FALSE(ends.empty());
  h.move(ends.back().cx(), ends.back().cy());
  h.rest();
  const Tip& tip = h.dashboard.state().tip;
  REQUIRE_FALSE(tip.title.empty());
  REQUIRE(tip.facts.size() == 4);
  const auto told = std::find_if(h.model().flights.begin(), h.model().flights.end(), [&](const Flight& f) {
    return tip.facts[1].second == clock_text(f.message.sent_us) + " " + micro_text(f.message.sent_us) &&
           tip.facts[2].second == clock_text(f.message.arrives_us) + " " + micro_text(f.message.arrives_us);
  });
  REQUIRE(told != h.model().flights.end());
  CHECK(tip.title.find(told->message.api) == 0);
  // The lost message is also marked in words.
  const std::vector<Rect> lost = marks(h, "lost message");
  REQUIRE(lost.size() == 1);
  h.move(lost[0].cx(), lost[0].cy());
  h.rest();
  CHECK(h.dashboard.state().tip.facts[2].first == "Lost");
  CHECK(shows(h, "lost: Metadata"));
}

TEST_CASE("space-time: a click on the end of an arrow jumps to its moment and selects it") {
  Diagram h;
  for (const char* end : {"arrival", "departure"}) {
    CAPTURE(end);
    int jumps = 0;
    for (const Rect& at : marks(h, end)) {
      h.actions();
      h.click(at.cx(), at.cy());
      const std::vector<Action> all = h.actions();
      const auto of = [&](ActionKind kind) {
        return std::find_if(all.begin(), all.end(), [&](const Action& a) { return a.kind == kind; });
      };
      if (of(ActionKind::Seek) == all.end()) continue;
      REQUIRE(of(ActionKind::SelectEvent) != all.end());
      const auto line = static_cast<std::uint64_t>(of(ActionKind::SelectEvent)->number);
      const std::int64_t to = of(ActionKind::Seek)->time_us;
      const bool known = std::any_of(h.model().flights.begin(), h.model().flights.end(),
                                     [&](const Flight& f) {
                                       return (f.line == line && f.message.arrives_us == to) ||
                                              (f.sent_line == line && f.message.sent_us == to);
                                     }) ||
                         std::any_of(h.model().marks.begin(), h.model().marks.end(),
                                     [&](const LifeMark& m) { return m.line == line && m.at_us == to; });
      CHECK(known);
      ++jumps;
    }
    CHECK(jumps >= 5);
  }
}

TEST_CASE("space-time: the wheel zooms, a drag pans, and buttons restore the view") {
  Diagram h;
  const State& st = h.dashboard.state();
  const Rect body = h.dashboard.hits().find(make_id("space-time body"));
  h.move(body.cx(), body.y + 4);
  h.wheel(2);
  REQUIRE(st.space.us_per_px > 0);
  const double near = st.space.us_per_px;
  h.wheel(-4);
  CHECK(st.space.us_per_px > near * 1.2);
  h.settle();
  CHECK(h.click(make_id("space fit")));
  h.settle();
  CHECK(st.space.us_per_px == 0);
  h.actions();
  h.move(body.cx(), body.y + 4);
  h.press();
  h.move(body.cx() + 150, body.y + 4);
  h.release();
  REQUIRE(st.space.end_us >= 0);
  CHECK(st.space.end_us < h.time.now_us);
  CHECK_FALSE(h.emitted(ActionKind::Seek));  // a drag is not a click
  h.frame();
  CHECK(h.take(ActionKind::LookAtSpaceTime).time_us == st.space.end_us);
  CHECK(h.click(make_id("space follow")));
  h.frame();
  CHECK(st.space.end_us == -1);
  const std::size_t all = marks(h, "departure").size();
  CHECK(h.click(make_id("space fold")));
  h.settle();
  CHECK_FALSE(st.space.fold);
  CHECK(h.click(make_id("space routine")));
  h.settle();
  CHECK_FALSE(st.space.routine);
  CHECK(marks(h, "departure").size() <= all);
  CHECK(shows(h, "routine messages not drawn"));
}

TEST_CASE("space-time: a chain of causes is highlighted in the diagram, which stays open while the chain is shown") {
  Diagram h;
  LogModel chain;
  const Flight& fetch = h.model().flights[3];
  const Flight& produce = h.model().flights[4];
  chain.chain = {{fetch.line, fetch.message.arrives_us, "broker-2", {"one", "하나"}, {}, 0},
                 {produce.line, produce.message.arrives_us, "broker-2", {"two", "둘"}, {}, 0}};
  h.log.chain = chain.chain;
  CHECK(marks(h, "lit arrow").size() == 2);
  CHECK(shows(h, "Produce orders-0"));
  clean(h);
  h.dashboard.set_layout(Layout::Lesson);
  h.lesson.view.panels = {"stage", "space-time"};
  CHECK(marks(h, "lit arrow").size() == 2);
  h.log.why.open = true;
  h.log.why.question = {"Why?", "왜요?"};
  CHECK(marks(h, "lit arrow").size() == 2);
  clean(h);
}

TEST_CASE("space-time: a request and its response have different words") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Diagram h;
    h.dashboard.set_language(lang);
    int requests = 0, responses = 0;
    SpaceTime some = h.model();
    for (Flight& f : some.flights) {
      const std::string answer = f.message.api + (lang == Lang::Ko ? " 응답" : " response");
      f.routine = false;
      CAPTURE(f.message.api);
      h.time.space = std::make_shared<const SpaceTime>([&] {
        SpaceTime one = some;
        one.flights = {f};
        return one;
      }());
      h.settle();
      if (marks(h, "arrow label").empty()) continue;
      CHECK(shows(h, answer) == (f.message.response && f.message.about.empty()));
      ++(f.message.response ? responses : requests);
    }
    CHECK(requests > 0);
    CHECK(responses > 0);
  }
}

TEST_CASE("space-time: words of messages do not cover the playhead, and a ring around a name is whole") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Headless h;
    h.show(Moment::Elected, Scene::Held);
    h.dashboard.set_layout(layout);
    h.size(1280, 720);
    h.lesson.view.panels = {"space-time"};
    SpaceTime late = *h.time.space;  // messages that arrive just before the playhead
    for (Flight& f : late.flights) {
      if (f.end != FlightEnd::Arrived) continue;
      f.routine = false;
      f.message.error.clear();
      f.message.arrives_us = late.end_us - 5;
      f.message.sent_us = std::min(f.message.sent_us, late.end_us - 400);
    }
    h.time.space = std::make_shared<const SpaceTime>(late);
    h.settle();
    const std::string first = h.world
                                  .nodes[static_cast<std::size_t>([&] {
                                    for (std::size_t i = 0; i < h.world.nodes.size(); ++i)
                                      if (h.world.nodes[i].kind == observe::NodeKind::Producer) return i;
                                    return std::size_t{0};
                                  }())]
                                  .name;
    h.lesson.view.point = {{"/clients/" + first, {}}};
    const std::vector<Rect> playhead = marks(h, "space-time playhead"), labels = marks(h, "arrow label");
    REQUIRE(playhead.size() == 1);
    REQUIRE_FALSE(labels.empty());
    for (const Rect& label : labels) CHECK_FALSE(label.overlaps(playhead[0]));
    const std::vector<Rect> rings = marks(h, "pointed /clients/" + first);
    REQUIRE_FALSE(rings.empty());
    const Rect panel = h.dashboard.hits().find(make_id("space-time"));
    for (const Rect& ring : rings) {
      if (!panel.overlaps(ring)) continue;
      CHECK(ring.x >= panel.x + 1);
      CHECK(ring.y >= panel.y + 1);
    }
  }
}

TEST_CASE("space-time: without messages the diagram says so, and until it is built it is empty") {
  Diagram h;
  h.time.space = std::make_shared<const SpaceTime>();
  CHECK(says(h, "No message has been sent yet"));
  h.time.space = nullptr;
  h.settle();
  CHECK(h.emitted(ActionKind::LookAtSpaceTime));
}
