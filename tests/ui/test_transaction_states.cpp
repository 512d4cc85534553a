// The state machine of transactions in their panel: every state, every arrow, the last one taken.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ui/looks.h"
#include "ui/panels/transaction_states.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

const std::vector<std::string>& states() {
  static const std::vector<std::string> all{"Empty",          "Ongoing",      "PrepareEpochFence", "PrepareCommit",
                                            "CompleteCommit", "PrepareAbort", "CompleteAbort",     "Dead"};
  return all;
}

/// Kafka: TransactionState.validPreviousStates.
const std::vector<std::pair<std::string, std::string>>& arrows() {
  static const std::vector<std::pair<std::string, std::string>> all{{"Empty", "Empty"},
                                                                    {"CompleteCommit", "Empty"},
                                                                    {"CompleteAbort", "Empty"},
                                                                    {"Empty", "Ongoing"},
                                                                    {"Ongoing", "Ongoing"},
                                                                    {"CompleteCommit", "Ongoing"},
                                                                    {"CompleteAbort", "Ongoing"},
                                                                    {"Ongoing", "PrepareCommit"},
                                                                    {"Ongoing", "PrepareAbort"},
                                                                    {"PrepareEpochFence", "PrepareAbort"},
                                                                    {"Empty", "PrepareAbort"},
                                                                    {"CompleteCommit", "PrepareAbort"},
                                                                    {"CompleteAbort", "PrepareAbort"},
                                                                    {"PrepareCommit", "CompleteCommit"},
                                                                    {"PrepareAbort", "CompleteAbort"},
                                                                    {"Empty", "Dead"},
                                                                    {"CompleteCommit", "Dead"},
                                                                    {"CompleteAbort", "Dead"},
                                                                    {"Ongoing", "PrepareEpochFence"}};
  return all;
}

Transaction taken(const std::string& from, const std::string& to) {
  Transaction t;
  t.id = "tx-1";
  t.state = to;
  t.previous_state = from;
  t.coordinator = 2;
  t.producer_id = 4000;
  t.producer_epoch = 3;
  t.parts = {{"orders-0", 0, 1040, 2, false}};
  t.producers = {"checkout"};
  return t;
}

void open_states(Headless& h, const Transaction& t, Layout layout = Layout::Workbench) {
  h.show(Moment::Before, layout == Layout::Workbench ? Scene::Held : Scene::First);
  h.world.transactions = {t};
  if (layout == Layout::Workbench) {
    h.dashboard.state().tab = Tab::Transactions;
    h.dashboard.state().tab_chosen = true;
  } else {
    h.lesson.view.panels = {"stage", "transactions"};
  }
  h.dashboard.set_layout(layout);
  h.size(1280, 720);
  h.settle();
}

std::vector<std::string> marked(Headless& h, const std::string& begin) {
  std::vector<std::string> found;
  for (const auto& [rect, what] : h.dashboard.diagnostics().marks)
    if (what.rfind(begin, 0) == 0) found.push_back(what.substr(begin.size()));
  return found;
}

}  // namespace

TEST_CASE(
    "the panel of transactions draws all eight states, whichever is the present one, in each layout and language") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko})
      for (const std::string& state : states()) {
        CAPTURE(static_cast<int>(layout));
        CAPTURE(state);
        Headless h;
        h.dashboard.set_language(lang);
        open_states(h, taken("", state), layout);
        for (const std::string& name : states()) CHECK_MESSAGE(shows(h, name), name);
        CHECK(marked(h, "state ") == std::vector<std::string>{state});
        CHECK(marked(h, "arrow ").empty());
        clean(h);
        for (const auto& piece : h.dashboard.diagnostics().pieces)
          if (piece.text == "PrepareEpochFence")
            CHECK(piece.rect.h >= (layout == Layout::Presenter ? 720 * .0255f : 13));
      }
}

TEST_CASE("all states of a transaction are inside the window, whatever its size") {
  constexpr std::pair<float, float> kSizes[] = {{1280, 720}, {1366, 768},  {1440, 900}, {1536, 864},
                                                {1600, 900}, {1680, 1050}, {1920, 1080}};
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const auto& size : kSizes) {
      CAPTURE(size.first);
      CAPTURE(static_cast<int>(layout));
      Headless h;
      open_states(h, taken("Empty", "Ongoing"), layout);
      h.size(size.first, size.second);
      h.settle();
      for (std::uint64_t i = 0; i < states().size(); ++i) {
        const Rect state = h.dashboard.hits().find(make_id("transaction state", i));
        REQUIRE_FALSE(state.empty());
        CHECK(state.right() <= size.first - 4);
      }
    }
}

TEST_CASE("the panel of transactions highlights the arrow that led to the present state and says what it means") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [from, to] : arrows()) {
      const auto begin = from;  // clang 14 cannot capture a structured binding
      CAPTURE(begin);
      const auto end = to;  // clang 14 cannot capture a structured binding
      CAPTURE(end);
      Headless h;
      h.dashboard.set_language(lang);
      open_states(h, taken(from, to));
      std::vector<std::string> lit = marked(h, "arrow ");
      if (from == "PrepareEpochFence") {  // the coordinator takes both at once
        CHECK(lit == std::vector<std::string>{"Ongoing PrepareEpochFence", "PrepareEpochFence PrepareAbort"});
      } else {
        CHECK(lit == std::vector<std::string>{from + " " + to});
      }
      const kafkascope::words::Key means = meaning_of_transaction_arrow(from, to);
      REQUIRE(means.hash != 0);
      const std::string words(tr(lang, means));
      CHECK_MESSAGE(shows(h, words.substr(0, 24)), words);
    }
}

TEST_CASE("no other transition of a transaction's state has an arrow") {
  int known = 0;
  for (const std::string& from : states())
    for (const std::string& to : states()) known += meaning_of_transaction_arrow(from, to).hash != 0;
  CHECK(known == static_cast<int>(arrows().size()));
}

TEST_CASE("pointing at an arrow or a state of a transaction shows what it means") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    open_states(h, taken("Empty", "Ongoing"));
    const auto told = [&](Id id) {
      const Rect zone = h.dashboard.hits().find(id);
      REQUIRE_FALSE(zone.empty());
      h.move(zone.cx(), zone.cy());
      for (int i = 0; i < 30; ++i) h.frame();
      return h.dashboard.state().tip;
    };
    const Tip commit = told(make_id("transaction arrow", 1 * 8 + 3));
    CHECK(commit.title.find("Ongoing → PrepareCommit") == 0);
    REQUIRE(commit.facts.size() == 1);
    CHECK(commit.facts[0].first == tr(lang, "ui.tx_arrow_commit"_w));
    CHECK(told(make_id("transaction arrow", 1 * 8 + 2)).facts[0].first == tr(lang, "ui.tx_arrow_fence"_w));
    CHECK(told(make_id("transaction arrow", 1 * 8 + 1)).facts[0].first == tr(lang, "ui.tx_arrow_partition"_w));
    const Tip state = told(make_id("transaction state", 7));
    CHECK(state.title == "Dead");
    CHECK(state.facts[0].first == tr(lang, "ui.tx_dead"_w));
  }
}

TEST_CASE("a click on a transaction's present state asks why") {
  Headless h;
  open_states(h, taken("Empty", "Ongoing"));
  h.actions();
  REQUIRE(h.click(make_id("transaction state", 1)));
  h.frame();
  std::string asked;
  for (const Action& a : h.actions())
    if (a.kind == ActionKind::Why) asked = a.text;
  CHECK(asked == "/transactions/tx-1");
}

TEST_CASE("in a large panel the diagram of a transaction's states takes the room, and its gaps have room for lines") {
  for (const Layout layout : {Layout::Workbench, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      Headless h;
      h.dashboard.set_language(lang);
      open_states(h, taken("Empty", "Ongoing"), layout);
      h.dashboard.state().filled = layout == Layout::Workbench;
      h.settle();
      const auto place = [&](const std::string& state) {
        for (const auto& piece : h.dashboard.diagnostics().pieces)
          if (piece.text == state) return piece.rect;
        return Rect{};
      };
      CHECK(place("Empty").x < 100);
      CHECK(place("Dead").right() > 1180);
      const float em = place("PrepareEpochFence").h;
      if (layout == Layout::Workbench) CHECK(em > 22);
      CHECK(place("PrepareEpochFence").y - place("Ongoing").y > 2.3f * em);
      clean(h);
    }
}

TEST_CASE("arrows to the same state of a transaction end at different points") {
  const std::vector<std::pair<std::string, std::string>> apart[] = {
      {{"Ongoing", "Ongoing"}, {"CompleteCommit", "Ongoing"}, {"Empty", "Ongoing"}},
      {{"Ongoing", "PrepareAbort"}, {"CompleteAbort", "PrepareAbort"}},
      {{"Ongoing", "PrepareCommit"}, {"Ongoing", "PrepareAbort"}}};
  for (const auto& arrows : apart) {
    std::vector<Rect> ends;
    for (const auto& [from, to] : arrows) {
      Headless h;
      open_states(h, taken(from, to));
      for (const auto& [rect, what] : h.dashboard.diagnostics().marks)
        if (what == "arrow " + from + " " + to) ends.push_back(rect);
    }
    REQUIRE(ends.size() == arrows.size());
    for (std::size_t i = 0; i < ends.size(); ++i)
      for (std::size_t k = 0; k < i; ++k) CHECK_FALSE(ends[i].overlaps(ends[k]));
  }
}

namespace {
/// The thinnest line or edge within the place; 1000: there is none.
float thinnest_within(Headless& h, const Rect& place) {
  float least = 1000;
  for (const auto& [rect, width] : h.dashboard.diagnostics().strokes)
    if (rect.x >= place.x && rect.y >= place.y && rect.right() <= place.right() && rect.bottom() <= place.bottom())
      least = std::min(least, width);
  return least;
}
}  // namespace

TEST_CASE("in front of people no line of a transaction's states, of a strip or of a broker's card in a grid is thin") {
  constexpr float kLeast = 2.99f;
  {
    Headless h;
    open_states(h, taken("Empty", "Ongoing"), Layout::Presenter);
    Rect all;
    for (std::uint64_t i = 0; i < states().size(); ++i) {
      const Rect state = h.dashboard.hits().find(make_id("transaction state", i));
      REQUIRE_FALSE(state.empty());
      if (all.empty()) all = state;
      const float right = std::max(all.right(), state.right()), bottom = std::max(all.bottom(), state.bottom());
      all.x = std::min(all.x, state.x);
      all.y = std::min(all.y, state.y);
      all.w = right - all.x;
      all.h = bottom - all.y;
    }
    const float least = thinnest_within(h, all.grown(4));
    CHECK(least >= kLeast);
    CHECK(least < 1000);
  }
  for (const char state : {'a', 'c'}) {
    CAPTURE(state);
    Headless h;
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_layout(Layout::Presenter);
    h.size(1280, 720);
    h.lesson.view.panels = {"stage", "partitions"};
    for (ReplicaLog& log : h.world.partitions[0].logs) log.runs.back().transaction_state = state;
    h.dashboard.state().selection = h.world.partitions[0].name;
    h.settle();
    const Rect strip = h.dashboard.hits().find(make_id("strip", 0));
    REQUIRE_FALSE(strip.empty());
    const float least = thinnest_within(h, strip.grown(4));
    CHECK(least >= kLeast);
    CHECK(least < 1000);
  }
  Headless h;
  h.world = fixture::large_world(12, 40, 2, 2, 0);
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1280, 720);
  h.settle();
  int edges = 0;
  for (const auto& card : h.dashboard.diagnostics().cards)
    for (const auto& [rect, width] : h.dashboard.diagnostics().strokes) {
      if (std::abs(rect.x - card.first.x) > 1 || std::abs(rect.w - card.first.w) > 1) continue;
      if (std::abs(rect.y - card.first.y) > 1 || std::abs(rect.h - card.first.h) > 1) continue;
      ++edges;
      CHECK(width >= kLeast);
    }
  CHECK(edges >= 12);
}
