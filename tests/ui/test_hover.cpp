// Hover cards, and facts that must not be shown for dead nodes.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

/// Rests the pointer there for half a second.
void rest(Headless& h, float x, float y) {
  h.move(x, y);
  for (int i = 0; i < 30; ++i) h.frame();
}

}  // namespace

TEST_CASE(
    "the hover card of a record shows its place and the brokers that have flushed it, and does not cover its column") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::First);
    h.lesson.view.panels = {"stage", "partitions"};
    h.settle();
    const Rect strip = h.dashboard.hits().find(make_id("strip", 0));
    REQUIRE_FALSE(strip.empty());
    h.move(strip.x + strip.w / 2, strip.cy());
    CHECK(h.dashboard.state().tip.title.empty());  // not immediately
    rest(h, strip.x + strip.w / 2, strip.cy());
    const Tip& tip = h.dashboard.state().tip;
    CHECK(tip.title.find(lang == Lang::En ? "orders-0, offset" : "orders-0, 오프셋") == 0);
    CHECK(tip.facts.size() == 5);
    CHECK(tip.about.contains(strip.x + strip.w / 2, strip.cy()));
    for (const auto& fact : tip.facts) CHECK(shows(h, fact.second));  // each value in one line: the card is wide enough
    clean(h);
    h.press();
    CHECK(h.dashboard.state().tip.title.empty());
    h.release();
  }
}

TEST_CASE("every timer names its configuration key; a click opens its node in the inspector, O the setting's origin") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    Headless h;
    h.dashboard.set_layout(layout);
    h.size(1280, 720);
    h.settle();
    const Rect ring = h.dashboard.hits().find(make_id("session", static_cast<std::uint64_t>(3)));
    REQUIRE_FALSE(ring.empty());
    rest(h, ring.cx(), ring.cy());
    CHECK(h.dashboard.state().tip.title.find("broker.session.timeout.ms = ") == 0);
    h.key(kKeyO);
    h.settle();
    CHECK(h.dashboard.state().origin.name == "broker.session.timeout.ms");
    CHECK(shows(h, "broker.session.timeout.ms"));
    h.key(kKeyEscape);
    h.settle();
    h.actions();
    h.click(ring.cx(), ring.cy());
    CHECK(h.take(ActionKind::Select).target == h.world.nodes[3].name);
    h.settle();
    CHECK(h.dashboard.state().drawer);
    CHECK_FALSE(h.dashboard.hits().find(make_id("inspector")).empty());
  }
}

TEST_CASE("the ISR of a partition says what it is under the pointer, and a click asks why") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  h.key(kKey1);
  h.settle();
  const Rect isr = h.dashboard.hits().find(make_id("isr " + h.world.partitions.front().name));
  REQUIRE_FALSE(isr.empty());
  rest(h, isr.cx(), isr.cy());
  CHECK(h.dashboard.state().tip.title.starts_with("ISR {"));
  CHECK(shows(h, h.dashboard.state().tip.title));
  h.actions();
  h.click(isr.cx(), isr.cy());
  CHECK(h.take(ActionKind::Why).text == "/partitions/" + h.world.partitions.front().name + "/isr");
}

TEST_CASE("a row of who believes what says what it is under the pointer, and a click asks why the node believes that") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    Headless h;
    h.show(Moment::Elected, Scene::First);
    h.dashboard.set_layout(layout);
    h.size(1920, 1080);
    h.settle();
    h.key(kKeyK);
    h.settle();
    for (const auto& [who, path] : {std::pair<std::string, std::string>{"web", "/clients/web/belief/partitions/"},
                                    {"broker-3", "/nodes/broker-3/belief/partitions/"}}) {
      const std::string at = path + h.world.partitions.front().name;
      const Rect row = h.dashboard.hits().find(make_id("belief " + at));
      REQUIRE_FALSE(row.empty());
      rest(h, row.cx(), row.cy());
      CHECK(h.dashboard.state().tip.title == who);
      h.actions();
      h.click(row.cx(), row.cy());
      CHECK(h.take(ActionKind::Why).text == at);
    }
  }
}

TEST_CASE("a shortened text is shown in full under the pointer") {
  Headless h;
  h.world.clients[0].fact = {"a fact that is far too long for the card of a client",
                             "a fact that is far too long for the card of a client"};
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  const auto cut =
      std::find_if(pieces.begin(), pieces.end(), [](const auto& p) { return p.text.find("a fact that") == 0; });
  REQUIRE(cut != pieces.end());
  const Rect r = cut->rect;
  rest(h, r.cx(), r.cy());
  CHECK(h.dashboard.state().tip.title == h.world.clients[0].fact.en);
}

TEST_CASE("a leader that has died is not shown as leading") {
  Headless h;
  h.show(Moment::Elected, Scene::Held);
  const auto badges = [&] {
    h.settle();
    return std::count_if(h.dashboard.diagnostics().cards.begin(), h.dashboard.diagnostics().cards.end(),
                         [](const auto& card) { return card.second == "badge"; });
  };
  REQUIRE(badges() == 1);
  for (Node& n : h.world.nodes) {
    if (n.kind == NodeKind::Broker && n.id == 2) n.state = NodeState::Crashed;
  }
  CHECK(badges() == 0);
}

TEST_CASE(
    "a long chain of causes shows its end and scrolls to its beginning; successive links at one node share a label") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1280, 720);
  h.show(Moment::Elected, Scene::Held);
  h.log = fixture::log_with_chain();
  const ChainLink link = h.log.chain.front();
  h.log.chain.assign(12, link);
  h.settle();
  const auto in_sight = [&](std::uint64_t n) {
    const Rect card = h.dashboard.hits().find(make_id("chain card", n));
    return !card.empty() && card.x >= 0 && card.right() <= 1280;
  };
  CHECK(in_sight(12));
  CHECK_FALSE(in_sight(1));
  const Rect panel = h.dashboard.hits().find(make_id("chain"));
  h.move(panel.cx(), panel.cy());
  h.wheel(20);
  CHECK(in_sight(1));
  const auto& pieces = h.dashboard.diagnostics().pieces;
  CHECK(std::any_of(pieces.begin(), pieces.end(), [](const auto& p) { return p.text == "1–12"; }));
  clean(h);
}

TEST_CASE("a tip goes with a click on what it is about, and comes back once the pointer has left it") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  const Rect button = h.dashboard.hits().find(make_id("theme"));
  REQUIRE_FALSE(button.empty());
  rest(h, button.cx(), button.cy());
  CHECK_FALSE(h.dashboard.state().tip.title.empty());
  h.click(button.cx(), button.cy());
  rest(h, button.cx(), button.cy());
  CHECK(h.dashboard.state().tip.title.empty());
  rest(h, button.cx() + 4, button.cy());
  CHECK(h.dashboard.state().tip.title.empty());
  rest(h, 960, 400);
  rest(h, button.cx() + 4, button.cy());
  CHECK_FALSE(h.dashboard.state().tip.title.empty());
}

TEST_CASE("a notice goes when another panel is opened") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.settle();
  h.dashboard.notify({{"No", "아니요"}, true});
  h.settle();
  REQUIRE(h.dashboard.state().toasts.size() == 1);
  h.key(kKey1 + 3);
  CHECK(h.dashboard.state().tab == Tab::Ledger);
  CHECK(h.dashboard.state().toasts.empty());
}
