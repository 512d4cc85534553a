// What people who used the dashboard stumbled over: O away from names, the menu far from its card, forms that did not say which cluster
// they change, choices and notices in the way.
#include "ui/looks.h"
#include "ui/panels/origin_card.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using fixture::Moment;
using fixture::Scene;
using observe::OriginKind;

namespace {

void workbench(Headless& h, Lang lang = Lang::En) {
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  h.dashboard.set_language(lang);
  h.size(1920, 1080);
  h.settle();
}

Rect place_of_card(Headless& h, std::string_view name) {
  for (const auto& [rect, card] : h.dashboard.diagnostics().cards)
    if (card == name) return rect;
  return {};
}

}  // namespace

TEST_CASE("away from a name O tells of what is selected, beside it") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [name, term] : {std::pair{"broker-2", "broker"}, std::pair{"checkout", "producer"}}) {
      Headless h;
      workbench(h, lang);
      const Rect card = place_of_card(h, name);
      REQUIRE(!card.empty());
      h.click(card.x + 40, card.y + 12);
      h.settle();
      REQUIRE(h.dashboard.state().selection == name);
      h.move(700, 20);
      h.settle();
      h.key(kKeyO);
      h.settle();
      const OriginOf& open = h.dashboard.state().origin;
      CHECK(open.kind == OriginKind::Term);
      CHECK(open.name == term);
      CHECK(open.about.overlaps(card));
      clean(h);
    }
}

TEST_CASE("O tells of the count of the ledger that was chosen last") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "ledger"};
  h.settle();
  REQUIRE(h.click(make_id("acked")));
  h.log.fate = "acked";
  h.move(640, 20);
  h.settle();
  h.key(kKeyO);
  CHECK(h.dashboard.state().origin.name == "acked");
}

TEST_CASE("with nothing under the pointer and nothing selected O says what to point at; Find lists the invariants") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    workbench(h, lang);
    h.dashboard.state().selection.clear();
    h.move(700, 20);
    h.settle();
    h.key(kKeyO);
    h.settle();
    CHECK(h.dashboard.state().origin.name.empty());
    CHECK(shows(h, tr(lang, "ui.origin_of_what"_w)));
    clean(h);
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type(tr(lang, "ui.all_rules"_w));
    h.settle();
    h.enter();
    h.settle();
    CHECK(shows(h, "one-leader-per-epoch"));
  }
}

TEST_CASE("M opens the menu beside the card of what is selected") {
  for (const char* name : {"broker-1", "broker-3", "checkout", "billing-1"}) {
    CAPTURE(std::string(name));
    Headless h;
    workbench(h);
    const Rect card = place_of_card(h, name);
    REQUIRE(!card.empty());
    h.click(card.x + 40, card.y + 12);
    h.settle();
    h.key(kKeyM);
    h.settle();
    const Rect menu = h.dashboard.hits().find(make_id("menu"));
    REQUIRE(!menu.empty());
    CHECK_FALSE(menu.overlaps(card));
    CHECK(menu.grown(12).overlaps(card));
    clean(h);
  }
}

TEST_CASE("a notice leaves the newest row of the event log and what was clicked in sight") {
  Headless h;
  workbench(h);
  const auto notice = [&](std::string_view words) {
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.text == words) return piece.rect;
    return Rect{};
  };
  h.dashboard.state().choose(Tab::Log);
  h.dashboard.state().lower_tab = Tab::Log;
  h.settle();
  const Rect row = h.dashboard.state().latest_row;
  REQUIRE(!row.empty());
  h.click(960.f, 994.f);  // the lower edge of the log
  h.settle();
  h.dashboard.notify({{"broker-2 is down", "broker-2 is down"}, false});
  h.settle();
  const Rect said = notice("broker-2 is down");
  REQUIRE(!said.empty());
  CHECK_FALSE(said.grown(20).overlaps(row));
  CHECK_FALSE(said.grown(20).contains(960, 994));
  clean(h);
}

TEST_CASE("where a producer's card has room, its tray says which partition waits, and that records wait") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    workbench(h, lang);
    for (observe::Client& client : h.world.clients) {
      if (client.accumulator.queues.empty()) continue;
      client.accumulator.queues.resize(1);
      client.accumulator.queues[0].records = 3;
      client.accumulator.queues[0].batches = 1;
      client.accumulator.queues[0].first_sequence = -1;
      client.in_flight = 0;
    }
    h.settle();
    CHECK(shows(h, tr(lang, "ui.records_wait"_w, {{"count", "3"}})));
    clean(h);
  }
}
