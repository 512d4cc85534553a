// The lines of the stage end at the broker that they tell of, also where clients stand below the brokers; where there is no room for all
// clients, those of which a comparison tells are shown.
#include <algorithm>

#include "player/window.h"
#include "ui/looks.h"
#include "ui/stage/stage_view.h"

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
