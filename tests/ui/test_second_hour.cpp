// A user's second hour: too few in-sync replicas, partitions without room, the owner of a lag, one word for each thing.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/layout.h"
#include "ui/looks.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/card_legend.h"
#include "ui/panels/holdings.h"
#include "ui/panels/ledger_view.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

constexpr std::pair<float, float> kSecondHourSizes[] = {{1280, 720}, {1920, 1080}, {1024, 768}};

bool says_in(Headless& h, std::string_view box, std::string_view text) {
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  return std::any_of(pieces.begin(), pieces.end(),
                     [&](const auto& piece) { return piece.box == box && piece.text.find(text) != std::string::npos; });
}

int badges(Headless& h) {
  const auto& cards = h.dashboard.diagnostics().cards;
  return static_cast<int>(
      std::count_if(cards.begin(), cards.end(), [](const auto& card) { return card.second == "badge"; }));
}

}  // namespace

TEST_CASE("a leader of a partition with too few in-sync replicas is marked on every stage, in both languages") {
  Headless h;
  for (const auto& [w, height] : kSecondHourSizes)
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      h.size(w, height);
      h.dashboard.set_language(lang);
      h.show(Moment::Before, Scene::First);
      const std::string words = tr(lang, "ui.hw_waits_for_min_isr"_w);
      h.dashboard.set_layout(Layout::Lesson);
      CHECK_FALSE(says_in(h, "broker card", words));
      Partition& p = h.world.partitions[0];
      p.isr = {p.leader};
      p.min_insync_replicas = 2;
      for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
        if (w < 1280) continue;  // the presenter's 4:3
        h.dashboard.set_layout(layout);
        CHECK(says_in(h, "broker card", words));
        CHECK(marks(h, "replica under min ISR").size() == 1);
        clean(h);
      }
      h.dashboard.set_layout(Layout::Presenter);
      CHECK(says(h, words));
      clean(h);
    }
}

TEST_CASE("presenting: the mark for too few in-sync replicas is beside the partition's name and never covers it") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.show(Moment::Before, Scene::First);
  Partition& p = h.world.partitions[0];
  p.isr = {p.leader};
  p.min_insync_replicas = 2;
  for (const char* name : {"orders-0", "orders-100", "orders-number-10", "orders-of-customers"})
    for (const float w : {1024.f, 1280.f, 1366.f, 1600.f, 1920.f}) {
      p.name = name;
      h.size(w, 768);
      for (const Rect& mark : marks(h, "replica under min ISR"))
        for (const auto& piece : h.dashboard.diagnostics().pieces)
          if (piece.text == p.name) CHECK_FALSE(piece.rect.overlaps(mark));
    }
}

TEST_CASE("the help explains the mark for too few replicas in sync") {
  CHECK(legend_explains("replica under min ISR"));
}

TEST_CASE(
    "presenting: a card with more replicas than rows shows how many are left out, and how many of them it leads") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  for (const auto& [w, height] : kSecondHourSizes)
    for (const bool low : {false, true}) {
      h.size(w, height);
      h.show(Moment::Before, low ? Scene::Ask : Scene::First);
      const auto broker = std::find_if(h.world.nodes.begin(), h.world.nodes.end(),
                                       [](const Node& n) { return n.kind == NodeKind::Broker; });
      const Partition part = h.world.partitions[0];
      Replica replica = broker->replicas[0];
      broker->replicas.clear();
      for (int i = 0; i < 9; ++i) {
        h.world.partitions.push_back(part);
        h.world.partitions.back().name = "many-" + std::to_string(i);
        replica.partition = static_cast<int>(h.world.partitions.size()) - 1;
        replica.role = ReplicaRole::Leader;
        broker->replicas.push_back(replica);
      }
      h.world.partitions.back().isr = {part.leader};
      h.world.partitions.back().min_insync_replicas = 2;
      h.settle();
      int seen = 0;
      const auto& pieces = h.dashboard.diagnostics().pieces;
      for (const auto& piece : pieces) seen += piece.text.starts_with("many-") && piece.text.size() == 6;
      CHECK(std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) {
        return piece.text == "many-8";
      }));  // partitions with problems come first
      CAPTURE(seen);
      REQUIRE(seen < 9);
      REQUIRE(seen > 0);
      CHECK(shows(h, "+" + std::to_string(9 - seen)));
      const auto& signs = h.dashboard.diagnostics().marks;
      const bool crown =
          std::any_of(signs.begin(), signs.end(), [](const auto& sign) { return sign.second == "leads hidden"; });
      if (seen > 1) CHECK((crown || shows(h, "leads " + std::to_string(9 - seen))));
      clean(h);
    }
}

TEST_CASE("presenting: partitions whose names do not fit are still distinguished by their numbers") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  for (Partition& p : h.world.partitions) p.name = "a-topic-with-a-rather-long-name-" + std::to_string(p.index);
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  CHECK(std::none_of(pieces.begin(), pieces.end(), [](const auto& piece) {
    const std::size_t size = piece.text.size();
    const bool numbered =
        size > 2 && piece.text[size - 2] == '-' && piece.text[size - 1] >= '0' && piece.text[size - 1] <= '2';
    return piece.rect.y < 400 && piece.text.starts_with("a-topic") && !numbered;
  }));
  clean(h);
}

TEST_CASE("a low workbench describes a partition's problem completely, in few words") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  h.dashboard.state().tab = Tab::Partitions;
  h.dashboard.state().tab_chosen = true;
  const Partition part = h.world.partitions[0];
  while (h.world.partitions.size() < 5) h.world.partitions.push_back(part);
  for (Partition& p : h.world.partitions) {
    p.isr = {p.leader};
    p.elr = {3};
    p.min_insync_replicas = 2;
  }
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    h.settle();
    const std::string brief = tr(lang, "ui.hw_waits_for_min_isr"_w);
    int heads = 0;
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.box == "partitions" && (piece.text == brief || piece.text == tr(lang, "ui.under_min_isr"_w))) ++heads;
    CAPTURE(brief);
    CHECK(heads >= 4);
  }
}

TEST_CASE("a leader change is highlighted for a moment, and only while the world runs") {
  Headless h;
  h.show(Moment::Elected, Scene::Held);
  h.time.playing = false;
  h.settle();
  CHECK(badges(h) == 1);
  for (int i = 0; i < 4 * 60; ++i) h.frame();
  CHECK(badges(h) == 1);  // still shown while the world is paused
  h.time.playing = true;
  for (int i = 0; i < 2 * 60; ++i) h.frame();
  CHECK(badges(h) == 0);
}

TEST_CASE("if all positions are at the log end, the group's lag is still shown, marked as counted from the commit") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  for (Client& c : h.world.clients)
    for (AssignedPartition& a : c.assigned) a.lag = 0;
  h.size(1920, 1080);
  h.dashboard.set_layout(Layout::Lesson);
  CHECK(says_in(h, "group frame", "commit lag 3"));
  clean(h);
  h.lesson.view.panels = {"stage", "groups"};
  h.dashboard.set_layout(Layout::Presenter);
  CHECK(says(h, "commit lag 3"));
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "커밋 기준 lag 3"));
  // The records that a consumer may read are counted from its position, on the card and in the inspector.
  Client& c = *std::find_if(h.world.clients.begin(), h.world.clients.end(),
                            [](const Client& k) { return !k.assigned.empty(); });
  c.assigned[0].lag = 7;
  CHECK(build_holdings(h.world, Lang::En, c)[0].rows[0].value == "7 to read");
}

TEST_CASE("records without an answer are called pending; requests under way are called in flight") {
  const LedgerView ledger = build_ledger_view(FateCounts{});
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto* rows : {&ledger.told, &ledger.came})
      for (const LedgerRow& row : *rows) {
        CHECK(std::string_view(tr(lang, row.name)).find("in flight") == std::string_view::npos);
        CHECK(std::string_view(tr(lang, row.name)).find("전송 중") == std::string_view::npos);
      }
  CHECK(std::string_view(tr(Lang::En, ledger.told.back().name)) == "pending");
  Headless h;
  h.show(Moment::Waiting, Scene::Held);
  const auto sends = std::find_if(h.world.clients.begin(), h.world.clients.end(),
                                  [](const Client& c) { return !c.accumulator.in_flight.empty(); });
  REQUIRE(sends != h.world.clients.end());
  const auto in_flight = [&](Lang lang) {
    const auto views = build_holdings(h.world, lang, *sends);
    for (const Holding& limit : views.at(0).limits)
      if (limit.name == "max.in.flight.requests.per.connection") return limit.words;
    return std::string();
  };
  CHECK(in_flight(Lang::En).starts_with("in-flight requests: broker-"));
  CHECK(in_flight(Lang::Ko).starts_with("전송 중 요청: broker-"));
}

TEST_CASE("menus and forms are drawn above notices") {
  Headless h;
  h.size(1280, 720);
  h.settle();
  h.dashboard.notify(
      {{"Saved: /tmp/session-1.json, and some more words so that it is wide enough", "저장했어요"}, false});
  h.settle();
  const Rect toast = h.dashboard.hits().find(make_id("toast", 0));
  REQUIRE_FALSE(toast.empty());
  h.dashboard.state().menu = {true, toast.x, toast.y - 200, "broker-1", {}, -1};
  h.settle();
  const Rect menu = h.dashboard.hits().find(make_id("menu"));
  REQUIRE(menu.bottom() > toast.y + 8);
  h.click(std::max(menu.x, toast.x) + 20, toast.y + 6);
  h.frame();
  CHECK(shows(h, "Saved"));  // the click went to the menu
  h.dashboard.state().menu = {};
  h.settle();
  CHECK(h.click(make_id("toast", 0)));
}

TEST_CASE(
    "the form of reassign lists the brokers, their racks and the partition's replicas, and its example is from this cluster") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  const int index = act_form("reassign");
  const ActForm& form = act_forms()[static_cast<std::size_t>(index)];
  const auto field = [&](std::string_view path) {
    return static_cast<std::size_t>(
        std::find_if(form.fields.begin(), form.fields.end(), [&](const FormField& f) { return f.path == path; }) -
        form.fields.begin());
  };
  Partition& part = h.world.partitions[0];
  part.replicas = {1, 2};
  part.leader = 1;
  std::vector<std::string> values = form_values(h.world, form, part.name, {});
  CHECK(values[field("replicas")] == "1, 2");
  const std::string note = form_note(h.world, Lang::En, form, values);
  CHECK(note.starts_with("Brokers: 1 (rack a, leads orders-0); 2 (rack b, has a copy of orders-0); 3 (rack"));
  CHECK(note.find("3 (rack c)") != std::string::npos);
  CHECK(form_note(h.world, Lang::Ko, form, values).find("orders-0의 복제본 있음") != std::string::npos);
  CHECK(form_example(h.world, form, field("replicas"), values) == "1, 3");  // a broker without a replica
  CHECK(form_example(h.world, form, field("brokers"), values) == "1, 2, 3");
  CHECK(form_example(h.world, form, field("partition"), {}) == "orders-0");
  CHECK(form_choices(h.world, form, field("replicas"), "") == std::vector<std::string>{"1", "2", "3"});
  CHECK(form_note(h.world, Lang::En, act_forms()[static_cast<std::size_t>(act_form("quota"))], {}).empty());
  h.dashboard.set_layout(Layout::Workbench);
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [w, height] : kSecondHourSizes) {
      if (w < 1280) continue;
      h.dashboard.set_language(lang);
      h.size(w, height);
      h.dashboard.state().form = {true, index, values, 1, true, false, 0, {}};
      CHECK(says_in(h, "act form", lang == Lang::En ? "leads orders-0" : "orders-0의 리더"));
      clean(h);
    }
}

TEST_CASE("the help fills the window, and both its pages can be read from the last row") {
  Headless h;
  for (const Layout layout : {Layout::Workbench, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko})
      for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}})
        for (const bool cards : {false, true}) {
          CAPTURE(cards);
          h.dashboard.set_layout(layout);
          h.dashboard.set_language(lang);
          h.size(w, height);
          h.dashboard.state().help_open = true;
          h.dashboard.state().help_cards = cards;
          h.settle();
          const Rect card = h.dashboard.hits().find(make_id("help card")),
                     head = h.dashboard.hits().find(make_id("help page", 0));
          CHECK(card.y >= 0);
          CHECK(card.bottom() <= height);
          CHECK(card.right() <= w);
          const float body = 15 * head.h / 34;  // the heads are 34 high, the text 15
          CHECK(body >= (cards ? .022f : .0245f) * height);
          clean(h);
          h.dashboard.state().help_open = false;
        }
}

TEST_CASE(
    "a low workbench gives the panel the space that the stage cannot use, and says how many partitions are not visible") {
  const WorkbenchRects r = workbench_rects(1280, 720, false, false);
  CHECK(r.middle.h >= 185);
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  const Partition part = h.world.partitions[0];
  h.world.partitions.clear();
  for (int i = 0; i < 7; ++i) {
    h.world.partitions.push_back(part);
    h.world.partitions.back().name = "many-" + std::to_string(i);
    h.world.partitions.back().index = i;
  }
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    h.dashboard.state().tab = Tab::Partitions;
    h.dashboard.state().tab_chosen = true;
    h.settle();
    CHECK(says_in(h, "tabs", lang == Lang::En ? "+3 partitions" : "파티션 3개 더"));
    clean(h);
  }
  h.dashboard.state().tab = Tab::Log;
  h.settle();
  int rows = 0;
  for (const LogEntry& e : h.log.entries) rows += h.dashboard.hits().find(make_id("log row", e.seq)).empty() ? 0 : 1;
  CHECK(rows >= std::min<int>(6, static_cast<int>(h.log.entries.size())));
}

TEST_CASE("presenting: a broker's card says once that its partition is under min ISR") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.dashboard.set_layout(Layout::Presenter);
    h.size(1280, 720);
    h.show(Moment::Before, Scene::First);
    Partition& p = h.world.partitions[0];
    p.isr = {p.leader};
    p.min_insync_replicas = 2;
    p.hw_waits_for_min_isr = false;
    h.settle();
    const std::string words = tr(lang, "ui.hw_waits_for_min_isr"_w);
    const auto& pieces = h.dashboard.diagnostics().pieces;
    CHECK(std::count_if(pieces.begin(), pieces.end(),
                        [&](const auto& piece) { return piece.text.find(words) != std::string::npos; }) == 1);
  }
}

TEST_CASE("the head of a whole partition names min.insync.replicas once, also while the high watermark waits for it") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1600, 900);
  h.show(Moment::Before, Scene::First);
  h.dashboard.state().filled = true;
  Partition& p = h.world.partitions[0];
  h.dashboard.state().selection = p.name;
  p.isr = {p.leader};
  const auto said = [&] {
    h.settle();
    const auto& pieces = h.dashboard.diagnostics().pieces;
    return std::count_if(pieces.begin(), pieces.end(), [](const auto& piece) {
      return piece.box == "partition detail" && piece.text.find("min.insync.replicas") != std::string::npos;
    });
  };
  CHECK(said() == 1);
  p.hw_waits_for_min_isr = true;
  p.high_watermark = p.log_end_offset - 2;
  CHECK(said() == 1);
}
