// What people who used the dashboard stumbled over: O away from names, the menu far from its card, forms that did not say which cluster
// they change, choices and notices in the way.
#include "ui/looks.h"
#include "ui/panels/act_forms.h"
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

void open_form(Headless& h, std::string_view id) {
  h.key(kKeyL);
  h.settle();
  REQUIRE(h.click(make_id(id)));
  h.settle();
  REQUIRE(h.dashboard.state().form.form == act_form(id));
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

TEST_CASE("the list of lessons and its forms say which cluster they change") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    workbench(h, lang);
    const std::string world = pick(lang, h.lesson.title);
    REQUIRE(!world.empty());
    h.key(kKeyL);
    h.settle();
    CHECK(shows(h, tr(lang, "ui.build_in"_w, {{"world", world}})));
    clean(h);
    REQUIRE(h.click(make_id("new producer")));
    h.settle();
    CHECK(shows(h, tr(lang, "ui.form_in"_w, {{"world", world}})));
    clean(h);
  }
}

TEST_CASE("the form of a client without any topic says to create one first, and opens that form") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const char* id : {"new producer", "new consumer"}) {
      Headless h;
      workbench(h, lang);
      open_form(h, id);
      CHECK_FALSE(shows(h, tr(lang, "ui.form_no_topic"_w)));
      h.key(kKeyEscape);
      h.world.partitions.clear();
      for (observe::Node& node : h.world.nodes) node.replicas.clear();
      for (observe::Client& client : h.world.clients) client.assigned.clear(), client.topics_partitions.clear();
      h.world.groups.clear();
      h.world.messages.clear();
      h.settle();
      open_form(h, id);
      CHECK(shows(h, tr(lang, "ui.form_no_topic"_w)));
      clean(h);
      REQUIRE(h.click(make_id("form topic")));
      CHECK(h.dashboard.state().form.form == act_form("create topic"));
    }
}

TEST_CASE("choices in a form stay where they are when one of them is clicked") {
  Headless h;
  workbench(h);
  for (const char* id : {"new producer", "new consumer"}) {
    open_form(h, id);
    const auto& fields = act_forms()[static_cast<std::size_t>(act_form(id))].fields;
    for (std::size_t field = 0; field < fields.size(); ++field)
      for (std::uint64_t choice = 0; choice < 4; ++choice) {
        const Id chip = make_id("form choice", (field << 8) + choice);
        const Rect before = h.dashboard.hits().find(chip);
        if (before.empty()) continue;
        CAPTURE(fields[field].path);
        CAPTURE(choice);
        const std::string value = h.dashboard.state().form.values[field];
        REQUIRE(h.click(chip));
        h.settle();
        CHECK(h.dashboard.hits().find(chip).x == before.x);
        CHECK(h.dashboard.hits().find(chip).w == before.w);
      }
    h.dashboard.state().form = {};
    h.settle();
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

TEST_CASE("a panel that is chosen while an answer covers it is shown, and W brings the answer back") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
      Headless h;
      h.size(1280, 720);
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(layout);
      h.show(Moment::Before, Scene::First);
      h.key(kKey1 + digit_of(Tab::Ledger) - 1);
      h.settle();
      const std::string row = tr(lang, "fate.lost_acked"_w);
      const auto covered = [&] { return !shows(h, row); };
      REQUIRE_FALSE(covered());
      h.log.why.open = true;
      h.log.why.at_us = h.world.time_us;
      h.log.why.path = "/ledger/lost_acked";
      h.log.why.lines = {{{"broker-1 crashes", "broker-1 크래시"}, 7, h.world.time_us, "broker-1"}};
      h.settle();
      CHECK(covered());
      for (int again = 0; again < 2; ++again) {
        h.key(kKey1 + digit_of(Tab::Ledger) - 1);
        h.settle();
        CHECK_FALSE(covered());
        clean(h);
        h.actions();
        h.key(kKeyW);
        h.settle();
        CHECK_FALSE(h.emitted(ActionKind::Why));  // the same answer
        CHECK(covered());
        CHECK_FALSE(shows(h, tr(lang, "ui.answer_aside"_w)));  // nothing of the answer is covered
      }
      h.key(kKey1 + digit_of(Tab::Groups) - 1);
      h.settle();
      h.log.why.path = "/ledger/skipped";  // a new answer covers the panel that is in front
      h.settle();
      h.key(kKey1 + digit_of(Tab::Ledger) - 1);
      h.settle();
      CHECK_FALSE(covered());
    }
}

TEST_CASE("the keys that redo elsewhere redo here, too, and undo nothing") {
  for (const auto& [key, shift] : {std::pair{kKeyZ, true}, {kKeyY, false}, {kKeyY, true}}) {
    Headless h;
    workbench(h);
    h.actions();
    h.key(key, true, shift);
    h.settle();
    const std::vector<Action> all = h.actions();
    const auto of = [&](ActionKind kind) {
      return std::count_if(all.begin(), all.end(), [&](const Action& a) { return a.kind == kind; });
    };
    CHECK(of(ActionKind::Undo) == 0);
    CHECK(of(ActionKind::Redo) == 1);
  }
}

TEST_CASE("numbers that share a place on the scrubber stand in the order of their moments") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  h.log.chain = {};
  for (const std::int64_t at : {h.world.time_us - 100'000, h.world.time_us - 500'000}) {
    ChainLink link;
    link.seq = static_cast<std::uint64_t>(at);
    link.time_us = at;
    h.log.chain.push_back(link);
  }
  h.settle();
  const std::vector<Rect> places = marks(h, "chain on scrubber");
  REQUIRE(places.size() == 1);
  float one = -1, two = -1;
  for (const auto& piece : h.dashboard.diagnostics().pieces) {
    if (!piece.rect.overlaps(places.front())) continue;
    if (piece.text == "1") one = piece.rect.x;
    if (piece.text == "2") two = piece.rect.x;
  }
  REQUIRE(one >= 0);
  CHECK(two >= 0);
  CHECK(two < one);
}
