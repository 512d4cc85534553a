// What W and a click ask about: a red count in sight, a number that differs between two worlds.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/panels/ledger_view.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using namespace kafkascope::words::literals;
using fixture::Moment;
using fixture::Scene;

namespace {

/// The ledger has red counts and is in sight; the lesson's view is on a partition.
void show_red_ledger(Headless& h) {
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  h.lesson.view.select = "orders-0";
  h.lesson.view.panels = {"stage", "ledger"};
  h.lesson.view.point.clear();
  h.world.ledger.all = {};
  h.world.ledger.all.duplicated = 3;
  h.dashboard.state().selection.clear();
  h.settle();
  h.actions();
}

Action asked(Headless& h) {
  h.key(kKeyW);
  h.settle();
  return h.take(ActionKind::Why);
}

/// Two worlds, whose comparison has `lost` in A and in B; world A is shown.
void compare(Headless& h, std::int64_t in_a, std::int64_t in_b) {
  h.size(1600, 900);
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  auto other = std::make_shared<Snapshot>(h.world);
  for (Metric& m : other->metrics) m.now += 5;
  h.open_twin(std::move(other));
  Comparison& two = h.lesson.comparison;
  two.present = two.ready = true;
  two.what = h.lesson.twin.there;
  two.original = two.changed = {};
  two.original.acked = two.changed.acked = 90;
  two.original.lost_acked = in_a, two.changed.lost_acked = in_b;
  two.original_leaderless_us = 1'000'000, two.changed_leaderless_us = 9'000'000;
  h.settle();
  h.actions();
}

Rect region(Headless& h, Id id) {
  const Rect at = h.dashboard.hits().find(id);
  REQUIRE_FALSE(at.empty());
  return at;
}

/// The pointer rests on the difference, at the right end of the row, and W is pressed.
Action asked_at(Headless& h, Id id) {
  const Rect at = region(h, id);
  h.move(at.right() - 12, at.cy());
  for (int i = 0; i < 30; ++i) h.frame();
  CHECK(shows(h, tr(Lang::En, "ui.why_isr"_w)));
  return asked(h);
}

}  // namespace

TEST_CASE("with nothing selected W asks about the worst red count in sight, not about the partition in view") {
  Headless h;
  show_red_ledger(h);
  CHECK(asked(h).text == "/ledger/duplicated");
  h.world.ledger.all.lost_acked = 1;
  h.settle();
  CHECK(asked(h).text == "/ledger/lost_acked");
  SUBCASE("also where the step's sentence is about a client") {
    h.lesson.view.point = {{"/clients/checkout", {}}};
    h.settle();
    CHECK(asked(h).text == "/ledger/lost_acked");
  }
  SUBCASE("but about the partition where the step's sentence is about that") {
    h.lesson.view.point = {{"/partitions/orders-0", {}}};
    h.settle();
    CHECK(asked(h).target == "orders-0");
  }
  SUBCASE("but about what is selected") {
    h.dashboard.state().selection = "broker-2";
    h.settle();
    CHECK(asked(h).target == "broker-2");
  }
  SUBCASE("but about the partition while the ledger is out of sight") {
    h.lesson.view.panels = {"stage", "partitions"};
    h.settle();
    CHECK(asked(h).target == "orders-0");
  }
  SUBCASE("but about the partition while no count is red") {
    h.world.ledger.all = {};
    h.world.ledger.all.redelivered = 4;
    h.settle();
    CHECK(asked(h).target == "orders-0");
  }
}

TEST_CASE("in front of people W asks about the red count of the ledger, too") {
  Headless h;
  show_red_ledger(h);
  h.dashboard.set_layout(Layout::Presenter);
  h.settle();
  h.actions();
  CHECK(asked(h).text == "/ledger/duplicated");
}

TEST_CASE("a number that differs between two worlds is asked about where it is greater, by W and by a click") {
  const Id lost = make_id("compared", ("fate.lost_acked"_w).hash);
  for (const bool in_b : {true, false})
    for (const bool shown_is_b : {true, false}) {
      CAPTURE(in_b);
      CAPTURE(shown_is_b);
      Headless h;
      compare(h, in_b ? 0 : 7, in_b ? 7 : 0);
      h.lesson.twin.shown_is_b = shown_is_b;
      h.settle();
      CHECK(shows(h, in_b ? "+7" : "–7"));
      const Action by_key = asked_at(h, lost);
      CHECK(by_key.text == "/ledger/lost_acked");
      CHECK(by_key.flag == (in_b != shown_is_b));
      const Rect at = region(h, lost);
      h.click(at.right() - 12, at.cy());
      h.frame();
      const Action by_click = h.take(ActionKind::Why);
      CHECK(by_click.text == "/ledger/lost_acked");
      CHECK(by_click.flag == (in_b != shown_is_b));
      clean(h);
    }
}

TEST_CASE("a difference without an answer of its own asks why the worlds part") {
  Headless h;
  compare(h, 0, 7);
  CHECK(asked_at(h, make_id("compared", ("ui.without_leader"_w).hash)).text == kWhyParting);
}

TEST_CASE("a metric that differs is asked about, and a number that is equal in both worlds is not") {
  Headless h;
  compare(h, 0, 7);
  REQUIRE_FALSE(h.world.metrics.empty());
  const Metric& m = h.world.metrics.front();
  const Action about = asked_at(h, make_id("compared " + (m.path.empty() ? m.mbean : m.path)));
  CHECK(about.text == metric_path(m.mbean, m.path, ""));
  CHECK(about.flag);  // B has more
  CHECK(about.other == kWhyParting);
  h.actions();
  REQUIRE(h.click(make_id("compared", ("fate.acked"_w).hash)));
  h.frame();
  for (const Action& a : h.actions()) CHECK(a.kind != ActionKind::Why);
  CHECK(h.dashboard.state().number_path == "/ledger/acked");
  REQUIRE_FALSE(h.dashboard.state().toasts.empty());
  CHECK(h.dashboard.state().toasts.back().notice.words.en == "The same in both");
}

TEST_CASE("in front of people a difference can be asked about, too") {
  Headless h;
  compare(h, 0, 7);
  h.dashboard.set_layout(Layout::Presenter);
  h.settle();
  h.actions();
  const Rect at = h.dashboard.hits().find(make_id("compared plate " + std::string(tr(Lang::En, "fate.lost_acked"_w))));
  REQUIRE_FALSE(at.empty());
  h.click(at.cx(), at.cy());
  h.frame();
  CHECK(h.take(ActionKind::Why).text == "/ledger/lost_acked");
}

TEST_CASE("in the list of lessons the buttons of one's own clusters stand clear of those that continue something") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench})
      for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}}) {
        Headless h;
        h.size(w, height);
        h.dashboard.set_language(lang);
        h.show(Moment::Before, Scene::First);
        h.dashboard.set_layout(layout);
        h.dashboard.state().lessons = {{"acks", "producer", {"Acks", "애크"}}};
        h.dashboard.state().continue_here = "acks";
        h.settle();
        h.key(kKeyL);
        h.settle();
        const Rect below = region(h, make_id("take up", 0));
        for (const char* id : {"create topic", "new producer", "new consumer"})
          CHECK(region(h, make_id(id)).bottom() + 6 <= below.y);
        clean(h);
      }
}

TEST_CASE(
    "a click in a lane of the timeline selects its node for W, and the timeline stays open when the step changes") {
  for (const bool by_click : {false, true}) {
    Headless h;
    h.size(1280, 720);
    h.show(Moment::Waiting, Scene::First);
    h.dashboard.set_layout(Layout::Workbench);
    h.dashboard.state().selection = "orders-0";
    h.key(kKey0 + digit_of(Tab::Timeline));
    h.settle();
    h.actions();
    const Rect lanes = region(h, make_id("lanes"));
    if (by_click) {
      const auto& pieces = h.dashboard.diagnostics().pieces;
      const auto name = std::find_if(pieces.begin(), pieces.end(), [](const auto& piece) {
        return piece.box == "lanes" && piece.text == "broker-1";
      });
      REQUIRE(name != pieces.end());
      h.click(lanes.x + lanes.w * .3f, name->rect.cy());
      CHECK(h.dashboard.state().selection == "broker-1");
    }
    ++h.lesson.step;
    h.settle();
    CHECK(h.dashboard.state().tab_chosen == by_click);
    if (!by_click) continue;
    CHECK(h.dashboard.state().tab == Tab::Timeline);
    h.actions();
    const Action why = asked(h);
    CHECK(why.target == "broker-1");
  }
}

TEST_CASE("a click on the arc of a broker's session asks whether it is fenced; a click on a line asks about its link") {
  Headless h;
  h.size(1920, 1080);
  h.show(Moment::Waiting, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  h.settle();
  const auto node = static_cast<std::uint64_t>(
      std::find_if(h.world.nodes.begin(), h.world.nodes.end(), [](const Node& n) { return n.name == "broker-1"; }) -
      h.world.nodes.begin());
  REQUIRE(h.click(make_id("session", node)));
  h.settle();
  h.actions();
  CHECK(asked(h).text == "/nodes/broker-1/fenced");
  h.log.why = {};
  h.dashboard.state().selection.clear();
  h.settle();
  bool selected = false;
  const Rect stage = region(h, make_id("stage"));
  const auto client = [&](std::string_view name) {
    return std::any_of(h.world.clients.begin(), h.world.clients.end(),
                       [&](const Client& k) { return h.world.nodes[static_cast<std::size_t>(k.node)].name == name; });
  };
  // Somewhere between the clients at the left and the brokers there is a line, and nothing else.
  for (float y = stage.y + 40; y < stage.bottom() - 60 && !selected; y += 3) {
    h.click(stage.x + stage.w * .24f, y);
    selected = client(h.dashboard.state().selection);
  }
  CHECK(selected);
  const std::string end = h.dashboard.state().selection;
  for (const bool there : {true, false}) {  // also after the pointer has left the line
    if (!there) h.move(1, 1);
    h.settle();
    h.actions();
    const std::string path = asked(h).text;
    CAPTURE(path);
    CHECK(path.starts_with("/links/"));
    CHECK((path + "/").find("/" + end + "/") != std::string::npos);
  }
}

TEST_CASE("a click on a producer's arc asks why that timer runs") {
  Headless h;
  h.size(1920, 1080);
  h.show(Moment::Waiting, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  Client& waits = h.world.clients.front();
  Timer timer;
  timer.running = true;
  timer.remaining_us = 60'000'000, timer.total_us = 120'000'000;
  timer.key = "delivery.timeout.ms", timer.value = "120000";
  waits.timers = {timer};
  h.settle();
  const std::string client = h.world.nodes[static_cast<std::size_t>(waits.node)].name;
  REQUIRE(h.click(make_id("timer", static_cast<std::uint64_t>(waits.node))));
  h.settle();
  h.actions();
  CHECK(asked(h).text == "/timers/" + client + "/delivery.timeout.ms");
}
