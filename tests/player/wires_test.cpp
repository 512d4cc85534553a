// The lines of the stage end at the broker that they tell of, also where clients stand below the brokers; where there is no room for all
// clients, those of which a comparison tells are shown. The words on lines and messages: what was lost, what a request carries, which batch was
// refused, which line is slow.
#include <algorithm>

#include "player/window.h"
#include "ui/looks.h"
#include "ui/stage/stage_view.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

Action without(std::int64_t at_us) {
  Action a = open_twin("without");
  a.time_us = at_us;
  return a;
}

struct Pair {
  const char* lesson;
  std::int64_t at_us;
  Action open;
};

std::vector<Pair> pairs() {
  return {{"delivery/read-committed", 8'000'000, open_twin_setting("committed", "isolation.level", "read_uncommitted")},
          {"producer/acks", 5'000'000, open_twin("mode")},
          {"producer/acks", 26'000'000, open_twin_setting("acks-1", "acks", "all")},
          {kFailover, 16'000'000, without(5'000'000)},
          {"replication/follower-fetch", 12'000'000, open_twin_setting("writer", "acks", "1")}};
}

std::size_t cards(PlayerWindow& w, const std::string& name) {
  const auto& all = w.h.dashboard.diagnostics().cards;
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& card) { return card.second == name; }));
}

/// The number of ends; each must lie at a card of its broker.
int check_ends(PlayerWindow& w) {
  constexpr std::string_view kEnd = "wire at ";
  const ui::Diagnostics& seen = w.h.dashboard.diagnostics();
  int ends = 0;
  for (const auto& [spot, what] : seen.marks) {
    if (!what.starts_with(kEnd)) continue;
    ++ends;
    const std::string broker = what.substr(kEnd.size());
    const ui::Rect end = spot;
    const bool there = std::any_of(seen.cards.begin(), seen.cards.end(), [&](const auto& card) {
      return card.second == broker && card.first.grown(4).contains(end.cx(), end.cy());
    });
    CHECK_MESSAGE(there, broker, " at ", end.cx(), ", ", end.cy());
  }
  return ends;
}

}  // namespace

TEST_CASE("in two worlds no record travels over the card of another client") {
  PlayerWindow w("partitions/how-many", 20'000'000, Layout::Presenter);
  w.player.act(open_twin("seed"));
  w.frames();
  const ui::Diagnostics& seen = w.h.dashboard.diagnostics();
  int travels = 0;
  for (const auto& [spot, what] : seen.marks) {
    travels += what == "record on its way";
    for (const auto& [card, name] : seen.cards)
      if (what == "record on its way" && name.starts_with("three-"))
        CHECK_FALSE(card.grown(-4).contains(spot.cx(), spot.cy()));
  }
  CHECK(travels > 0);
}

TEST_CASE("presenting: the numbers in a group's cells are explained") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("groups/queue-vs-partitions", 30'000'000, Layout::Presenter, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.frames();
    CHECK(w.marks("meaning of numbers") == 1);
    CHECK(ui::shows(w.h, lang == ui::Lang::En ? "the offset it reads next" : "다음에 읽을 오프셋"));
    ui::clean(w.h);
  }
}

TEST_CASE("two worlds: each line begins and ends at the broker that it tells of") {
  for (const Pair& pair : pairs())
    for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
      for (const auto& size : {std::pair{1280.f, 720.f}, {1600.f, 900.f}, {1920.f, 1080.f}}) {
        const auto& [width, height] = size;
        CAPTURE(pair.lesson);
        CAPTURE(static_cast<int>(layout));
        CAPTURE(size.first);
        PlayerWindow w(pair.lesson, pair.at_us, layout, width, height);
        w.player.act(pair.open);
        w.frames(4);
        REQUIRE(w.twin().ready);
        CHECK(check_ends(w) > 3);
        ui::clean(w.h);
      }
}

TEST_CASE("two worlds: where there is no room for all clients, the changed one and those that differ are shown") {
  {
    PlayerWindow w("delivery/read-committed", 8'000'000, Layout::Presenter, 1280, 720);
    w.player.act(pairs()[0].open);
    w.frames(4);
    for (const char* name : {"plain", "tx", "committed", "uncommitted"}) CHECK(cards(w, name) == 2);
  }
  for (const auto& [client, value] : {std::pair{"acks-1", "all"}, {"acks-0", "1"}, {"acks-all", "1"}}) {
    PlayerWindow w("producer/acks", 26'000'000, Layout::Presenter, 1280, 720);
    w.player.act(open_twin_setting(client, "acks", value));
    w.frames(4);
    CHECK(cards(w, client) == 2);
  }
}

TEST_CASE("a consumer's line comes from the follower that it fetches from, not from the leader") {
  Player player(parse(text_of("replication/follower-fetch")), "x", text_of("replication/follower-fetch"));
  const auto line = [&](const observe::Snapshot& world, const char* broker, const char* client) {
    const auto index = [&](const std::string& name) {
      const auto at =
          std::find_if(world.nodes.begin(), world.nodes.end(), [&](const observe::Node& n) { return n.name == name; });
      return static_cast<int>(at - world.nodes.begin());
    };
    const ui::StageView view = ui::build_stage_view(world);
    const auto way = view.way_of.find(ui::StageView::way_key(index(broker), index(client)));
    return way != view.way_of.end() && view.ways[static_cast<std::size_t>(way->second)].standing;
  };
  for (const std::int64_t at : {8'000'000, 8'200'000, 10'050'000, 12'000'000}) {
    player.seek(sim::Instant{at});
    CAPTURE(at);
    CHECK(line(player.snapshot(), "broker-3", "reader-c"));
    CHECK_FALSE(line(player.snapshot(), "broker-1", "reader-c"));
    CHECK(line(player.snapshot(), "broker-1", "reader-a"));
    observe::Snapshot between = player.snapshot();  // as between two Fetches
    for (observe::Client& client : between.clients) client.fetching.clear();
    CHECK(line(between, "broker-3", "reader-c"));
    CHECK(line(between, "broker-1", "reader-a"));
  }
  player.seek(sim::Instant{1'800'000});  // the leader has not named the follower yet
  CHECK(line(player.snapshot(), "broker-1", "reader-c"));
}

namespace {

constexpr Layout kStages[] = {Layout::Lesson, Layout::Workbench, Layout::Presenter};

struct Said {
  const char* lesson;
  std::int64_t at_us;
  const char* en;
  const char* ko;
  bool presented = true;  // also in front of people
};

const Said kSaid[] = {
    {"producer/idempotence", 7'222'000, "lost: Produce response", "유실: Produce 응답"},
    {"delivery/at-most-once", 8'200'000, "lost: 3 × Produce", "유실: 3 × Produce"},
    {"consumer/auto-commit", 8'410'000, "OffsetCommit response", "OffsetCommit 응답"},
    {"producer/retries-reorder", 8'080'000, "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 2",
     "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 2", false},
    {"producer/retries-reorder", 8'080'000, "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 4",
     "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 4", false},
    {"producer/retries-reorder", 8'112'000, "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 4",
     "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 4"},  // it has arrived
    {"producer/retries-reorder", 8'309'000, "seq 3–4", "seq 3–4"},
    {"partitions/null-key", 22'000'000, "1000 ms", "1000 ms"},
    {"controller/session-expiry", 29'200'000, "believes it is the controller", "컨트롤러라고 믿음", false},
};

/// Words of lines and messages lie over no ring of the lesson.
void keeps_off_rings(ui::Headless& h) {
  const std::vector<ui::Rect> rings = ui::marks(h, "ring");
  for (const char* what : {"message words", "lost label", "refusal", "latency label"})
    for (const ui::Rect& words : ui::marks(h, what))
      for (const ui::Rect& ring : rings) CHECK_MESSAGE(!ring.overlaps(words), what);
}

}  // namespace

TEST_CASE(
    "words on the stage say what was lost, carried or refused, what is slow, and which broker only believes to be the controller") {
  for (const Said& said : kSaid)
    for (const Layout layout : kStages) {
      if (layout == Layout::Presenter && !said.presented) continue;
      const bool large = layout == Layout::Workbench;  // its stage is only a part of the window
      PlayerWindow w(said.lesson, said.at_us, layout, large ? 1920.f : 1280.f, large ? 1080.f : 720.f);
      w.player.act(action(ActionKind::Pause));  // no word is gone too soon to be read
      for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
        w.h.dashboard.set_language(lang);
        w.frames();
        const char* words = lang == ui::Lang::En ? said.en : said.ko;
        CHECK_MESSAGE(ui::shows(w.h, words), said.lesson, " ", static_cast<int>(layout), " ", words);
        ui::clean(w.h);
        if (layout == Layout::Presenter) keeps_off_rings(w.h);
      }
    }
}

TEST_CASE(
    "where few messages are under way, none is a bare name: an empty fetch and a plain answer say what they carry") {
  struct Bare {
    const char* lesson;
    std::int64_t at_us;
    const char* en;
    const char* ko;
  };
  constexpr Bare kBare[] = {
      {"operations/timers", 15'803'000, "Fetch response, no new records", "Fetch 응답, 새 레코드 없음"},
      {"operations/timers", 15'803'000, "Fetch from ", "Fetch "},
      {"log/event", 7'150'000, "Fetch", "Fetch"},
      {"consumer/manual-commit", 20'000'000, "OffsetCommit response, no error", "OffsetCommit 응답, 오류 없음"},
      {"operations/hot-partition", 26'400'000, "Fetch", "Fetch"},
  };
  for (const Bare& bare : kBare)
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
      CAPTURE(bare.lesson);
      PlayerWindow w(bare.lesson, bare.at_us, Layout::Lesson, 1280, 720);
      w.player.act(action(ActionKind::Pause));
      w.h.dashboard.set_language(lang);
      w.frames();
      CHECK(ui::shows(w.h, lang == ui::Lang::En ? bare.en : bare.ko));
      const std::string response = ui::tr(lang, "ui.response_of"_w, {{"api", "Fetch"}}),
                        commit = ui::tr(lang, "ui.response_of"_w, {{"api", "OffsetCommit"}});
      for (const auto& piece : w.h.dashboard.diagnostics().pieces) {
        CHECK(piece.text != "Fetch");
        CHECK(piece.text != response);
        CHECK(piece.text != commit);
      }
      ui::clean(w.h);
    }
}

TEST_CASE(
    "an error's words and a held message's stand on no other client's line, or a line leads from them to their message") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench})
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
      for (const std::int64_t at : {8'060'000, 8'080'000, 8'112'000}) {
        PlayerWindow w("producer/retries-reorder", at, layout, 1280, 720);
        w.player.act(action(ActionKind::Pause));
        w.h.dashboard.set_language(lang);
        w.frames();
        CHECK(ui::shows(w.h, "OUT_OF_ORDER_SEQUENCE_NUMBER"));
        ui::clean(w.h);
      }
}

TEST_CASE("while time runs, the stage names a lost message for a second and a half of the viewer's time") {
  constexpr std::int64_t kLost = 7'085'003;  // shown at 1/50 of the speed
  for (const Layout layout : kStages) {
    CAPTURE(static_cast<int>(layout));
    const bool large = layout == Layout::Workbench;
    PlayerWindow w("producer/idempotence", kLost + 20'000, layout, large ? 1920.f : 1280.f, large ? 1080.f : 720.f);
    w.h.dashboard.set_language(ui::Lang::En);
    w.frames();
    CHECK(w.player.time().playing);
    CHECK(ui::shows(w.h, "lost: Produce response"));
    w.player.seek(sim::Instant{kLost + 40'000});
    w.frames();
    CHECK(!ui::shows(w.h, "lost: Produce response"));
    w.player.act(action(ActionKind::Pause));
    w.frames();
    CHECK(ui::shows(w.h, "lost: Produce response"));
  }
}

TEST_CASE("words on the stage stand beside their own line, and on no line of others") {
  struct Crowded {
    const char* lesson;
    std::int64_t at_us;
    const char* said;  // at 1280x720, in a lesson; null: may be left out
  };
  constexpr Crowded kCrowded[] = {
      {"producer/send-methods", 8'200'000, "send-async: 500 requests/s"},
      {"producer/send-methods", 12'060'000, nullptr},
      {"operations/slow-disk", 73'432'000, nullptr},
      {"replication/rack-loss", 32'685'000, nullptr},
      {"replication/one-way-partition", 31'609'000, nullptr},
      {"delivery/at-most-once", 8'200'000, nullptr},
      {"producer/acks", 6'001'000, nullptr},
      {"controller/kraft-failover", 8'400'000, nullptr},
      {"operations/scale-in", 15'083'000, nullptr},
  };
  for (const Crowded& crowded : kCrowded)
    for (const Layout layout : {Layout::Lesson, Layout::Workbench})
      for (const float width : {1280.f, 1920.f}) {
        CAPTURE(crowded.lesson);
        CAPTURE(width);
        PlayerWindow w(crowded.lesson, crowded.at_us, layout, width, width * 9 / 16);
        w.player.act(action(ActionKind::Pause));
        w.h.dashboard.set_language(ui::Lang::En);
        w.frames();
        CHECK(!w.h.dashboard.diagnostics().wires.empty());
        ui::clean(w.h);
        if (crowded.said != nullptr && layout == Layout::Lesson && width < 1300) CHECK(ui::shows(w.h, crowded.said));
      }
}

TEST_CASE("words cover a line across, or stand on it") {
  using ui::Covers;
  const ui::Route route{{0, 0}, {0, 100}, {200, 100}, {200, 0}};
  const std::pair<ui::Rect, Covers> kPlaces[] = {
      {{10, 20, 80, 20}, Covers::None},     // beside it
      {{-40, 20, 80, 20}, Covers::Across},  // the line goes down behind them
      {{50, 90, 80, 20}, Covers::Along},    // the line runs through them
      {{-40, 90, 80, 20}, Covers::Along},   // over a corner
      {{160, 2, 80, 20}, Covers::Along},    // over the arrowhead
      {{160, 40, 80, 20}, Covers::Across},
  };
  for (const auto& place : kPlaces) {
    CAPTURE(place.first.x);
    CHECK(ui::covers_line(place.first, route) == place.second);
  }
  CHECK(ui::covers_line({40, 40, 20, 20}, {{0, 0}, {100, 100}}) == Covers::Across);
  CHECK(ui::covers_line({60, 10, 20, 20}, {{0, 0}, {100, 100}}) == Covers::None);
}
