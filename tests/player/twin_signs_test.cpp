// Two worlds: what has the sign of a difference, the words of what differs, and which world inspector and beliefs are about.
#include <fmt/format.h>

#include <algorithm>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::Layout;
using ui::make_id;
using ui::Tab;

namespace {

std::uint64_t index_of(const observe::Snapshot& world, const std::string& node) {
  const auto at = std::find_if(world.nodes.begin(), world.nodes.end(), [&](const auto& n) { return n.name == node; });
  REQUIRE(at != world.nodes.end());
  return static_cast<std::uint64_t>(at - world.nodes.begin());
}

std::int64_t acked_of(const observe::Snapshot& world, const std::string& client) {
  const auto node = static_cast<int>(index_of(world, client));
  const auto at =
      std::find_if(world.clients.begin(), world.clients.end(), [&](const auto& c) { return c.node == node; });
  REQUIRE(at != world.clients.end());
  return at->acked;
}

/// Whether these words, and no more, are drawn within the rectangle.
bool drawn_in(PlayerWindow& w, const ui::Rect& r, const std::string& words) {
  const auto& pieces = w.h.dashboard.diagnostics().pieces;
  return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
    return piece.text == words && piece.rect.x >= r.x && piece.rect.right() <= r.right() && piece.rect.y >= r.y &&
           piece.rect.bottom() <= r.bottom() + 1;
  });
}

ui::Rect region(PlayerWindow& w, ui::Id id) { return w.h.dashboard.hits().find(id); }

}  // namespace

TEST_CASE("in two worlds a card with hidden partitions shows the partition that differs, or a sign of it") {
  for (const float width : {1280.f, 1600.f}) {
    // The group reads all partitions; its work is faster in the other world, so the logs are equal and the backlogs are not.
    PlayerWindow w("operations/hot-partition", 48'000'000, Layout::Lesson, width, width * .5625f);
    const auto count = [&](std::string_view text) {
      const auto& pieces = w.h.dashboard.diagnostics().pieces;
      return std::count_if(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == text; });
    };
    CHECK(w.marks("number differs") == 0);
    w.player.act(open_twin("try"));
    w.frames(8);
    REQUIRE(w.twin().ready);
    for (const char* shown : {"v-2", "v-3", "v-6"}) CHECK_MESSAGE(count(shown) == 2, shown);
    // The number that differs has its place before the name's middle: "vi…-3 lag 1", or "5 lag 338".
    int threes = 0, fives = 0;
    for (const ui::Rect& sign : ui::marks(w.h, "replica differs"))
      for (const auto& piece : w.h.dashboard.diagnostics().pieces) {
        const bool beside = std::abs(piece.rect.cy() - sign.cy()) < 8 && std::abs(piece.rect.x - sign.cx()) < 60;
        const auto names = [&](const std::string& partition) {
          return beside && (piece.text == partition || piece.text.ends_with("-" + partition));
        };
        threes += names("3") ? 1 : 0;
        fives += names("5") ? 1 : 0;
      }
    CHECK(threes == 2);
    CHECK(fives == 2);
    CHECK(count("lag 338") == 1);
    CHECK(w.marks("number differs") == 6);
    CHECK(w.marks("hidden difference") == 4);  // views-10 and views-11 differ less
    CHECK(w.marks("replica differs") == 4);    // views-3 and views-5, whose numbers have three digits
    const ui::Rect body = w.h.dashboard.hits().find(make_id("stage"));
    for (const ui::Rect& mark : ui::marks(w.h, "message mark")) CHECK(mark.x > body.x);
    ui::clean(w.h);
  }
}

TEST_CASE("in front of people a card with an arc keeps its name beside the number of waiting records") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w(kFailover, 16'000'000, Layout::Presenter, 1280, 720);
    w.h.dashboard.set_language(lang);
    Action open = open_twin("path");
    open.target = "clients/shop/config/linger.ms";
    open.other = "200";
    w.player.act(open);
    w.frames(8);
    REQUIRE(w.twin().ready);
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    CHECK(std::count_if(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.text == "shop"; }) == 2);
    CHECK(w.marks("records that wait") + w.marks("number") >= 1);
    ui::clean(w.h);
  }
}

TEST_CASE("where a producer has acks=0 its records are counted as sent, not as acked") {
  PlayerWindow w("replication/rack-loss", 20'000'000, Layout::Lesson, 1280, 720);
  w.player.act(open_twin_setting("p-spread", "acks", "0"));
  w.frames(8);
  REQUIRE(w.twin().ready);
  CHECK(ui::shows(w.h, "records acked or sent, yet lost"));
  CHECK(ui::shows(w.h, "lost, though acked or sent"));
  CHECK(w.twin().parted_there.en.find("taken as sent, without an offset") != std::string::npos);
  w.player.act(open_twin_setting("p-spread", "acks", "1"));  // here every record has a response
  w.frames(8);
  CHECK(ui::shows(w.h, "lost, though acked"));
  CHECK_FALSE(ui::shows(w.h, "acked or sent"));
}

TEST_CASE("the first divergence keeps the words in which the worlds differ in a small window with a dial") {
  for (const char* acks : {"0", "1"})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      PlayerWindow w("replication/rack-loss", 20'000'000, Layout::Lesson, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.player.act(open_twin_setting("p-spread", "acks", acks));
      w.frames(8);
      const std::string a = ui::pick(lang, w.twin().parted_here), b = ui::pick(lang, w.twin().parted_there);
      CAPTURE(a);
      REQUIRE(a != b);
      const auto& pieces = w.h.dashboard.diagnostics().pieces;
      const auto shown = [&](const std::string& words) {
        std::string bare = words;
        std::erase_if(bare, [](char ch) { return ch == '(' || ch == ')'; });
        return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
          const bool list = piece.text.starts_with("p-") && piece.text.find('/') != std::string::npos;
          return piece.text == words || (list && bare.ends_with(piece.text)) ||
                 (piece.text.starts_with("… ") && words.ends_with(piece.text.substr(std::string("… ").size())));
        });
      };
      CHECK(shown(a));
      CHECK(shown(b));
    }
}

TEST_CASE("where only lists of records differ, the first divergence names the records without brackets") {
  for (const auto& [w_px, h_px] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}}) {
    PlayerWindow w("groups/assignors", 8'000'000, Layout::Lesson, w_px, h_px);
    w.player.act(open_twin("seed"));
    w.frames(8);
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    for (const ui::Words& words : {w.twin().parted_here, w.twin().parted_there}) {
      const std::size_t list = words.en.find('(') + 1;
      const std::string record = words.en.substr(list, words.en.find(')') - list);
      REQUIRE(record.starts_with("shop/"));
      CHECK_MESSAGE(
          std::any_of(pieces.begin(), pieces.end(),
                      [&](const auto& piece) { return piece.text == words.en || piece.text.starts_with(record); }),
          record);
    }
  }
}

TEST_CASE("a lesson that cannot run with ZooKeeper says why, without advice for the author of the file") {
  PlayerWindow w("groups/new-protocol", 1'000'000, Layout::Lesson, 1280, 720);
  w.player.act(open_twin("mode"));
  const auto said = w.player.take_notices();
  REQUIRE(said.size() == 1);
  CHECK(said.front().words.en.find("group.protocol") != std::string::npos);
  CHECK(said.front().words.en.find("bootstrap.servers") == std::string::npos);
}

TEST_CASE("a producer with more waiting records than in the other world has the sign of a difference") {
  PlayerWindow w("replication/rack-loss", 20'000'000, Layout::Lesson, 1280, 720);
  Action open = open_twin("without");
  open.time_us = 6'000'000;
  w.player.act(open);
  w.frames(8);
  REQUIRE(w.twin().ready);
  const auto& nodes = w.h.world.nodes;
  const auto huddled =
      std::find_if(nodes.begin(), nodes.end(), [](const observe::Node& n) { return n.name == "p-huddled"; });
  REQUIRE(huddled != nodes.end());
  CHECK_FALSE(
      w.h.dashboard.hits().find(make_id("differs", static_cast<std::uint64_t>(huddled - nodes.begin()))).empty());
}

TEST_CASE("beside ZooKeeper the first divergence says when the other world elects the same leader") {
  PlayerWindow w(kFailover, 26'120'000, Layout::Lesson, 1280, 720);
  w.player.act(open_twin("mode"));
  w.frames(8);
  REQUIRE(w.twin().ready);
  for (int i = 0; i < 200 && !w.twin().searched; ++i) w.frames(1);
  REQUIRE(w.twin().searched);
  CHECK(w.twin().parted_at_us == 13'549'079);
  CHECK(w.twin().parted_here.en == "broker-2 leads orders-0 now, leader epoch 1, ISR [2,3]");
  CHECK(w.twin().parted_there.en == "broker-2 leads orders-0 now, leader epoch 2, ISR [2,3], at 00:21.432");
}

TEST_CASE("a change to try that is one setting has that setting as the title of its world, in either language") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("replication/min-insync", 20'000'000, Layout::Lesson, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.player.act(open_twin("try"));
    w.frames(8);
    REQUIRE(w.twin().ready);
    CHECK(ui::pick(lang, w.twin().there) == "pay min.insync.replicas = 1");
    CHECK(ui::shows(w.h, "pay min.insync.replicas = 1"));
  }
}

TEST_CASE("in two worlds a replica that differs has the sign beside a number of three digits, too") {
  PlayerWindow w("replication/leader-failover", 30'000'000, Layout::Lesson, 1280, 720);
  Action open = open_twin("without");
  open.number = 0;
  open.time_us = 5'000'000;
  w.player.act(open);
  w.frames(8);
  REQUIRE(w.twin().ready);
  CHECK(ui::shows(w.h, "149"));
  CHECK(w.marks("replica differs") >=
        4);  // among them orders-0 at broker-1 and broker-2, which lead it in one world each
  ui::clean(w.h);
}

TEST_CASE("in two worlds a sign stands at the number that differs, and nowhere if nothing that is seen does") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    PlayerWindow w("replication/leader-failover", 16'000'000, layout, 1600, 900);
    Action open = open_twin("path");
    open.target = "clients/shop/config/linger.ms";
    open.other = "200";
    w.player.act(open);
    w.frames(8);
    REQUIRE(w.twin().ready);
    const observe::Snapshot &here = w.h.world, &there = *w.twin().world;
    const auto& marks = w.h.dashboard.diagnostics().marks;
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    int signs = 0;
    for (const auto& mark : marks) {
      if (mark.second != "replica differs") continue;
      const ui::Rect& sign = mark.first;
      ++signs;
      if (layout == Layout::Presenter)
        continue;  // there the sign stands at the replica's name: its role or its number differs
      // The number right of the sign, in its chip, and the one at the same place of the other world's chip.
      const auto number = std::find_if(pieces.begin(), pieces.end(), [&](const auto& piece) {
        return piece.rect.y < sign.cy() && piece.rect.bottom() > sign.cy() && piece.rect.x >= sign.right() - 2 &&
               piece.rect.x < sign.right() + 80;
      });
      REQUIRE(number != pieces.end());
      const std::string text = number->text;
      if (text.starts_with("orders-")) continue;  // left of the replica's name: its role differs
      const float away =
          w.h.dashboard.hits().find(make_id("stage")).w / 4;  // further than the next card is the other world
      CHECK_MESSAGE(std::none_of(pieces.begin(), pieces.end(),
                                 [&](const auto& piece) {
                                   return piece.text == text && std::abs(piece.rect.y - number->rect.y) < 3 &&
                                          std::abs(piece.rect.x - number->rect.x) > away;
                                 }),
                    text);  // the other world has another one there
    }
    CHECK(signs > 0);
    // The dead broker: its card is the same in both worlds.
    const auto broker = [](const observe::Snapshot& world) {
      return *std::find_if(world.nodes.begin(), world.nodes.end(), [](const auto& n) { return n.name == "broker-1"; });
    };
    REQUIRE(broker(here).down());
    REQUIRE(broker(there).down());
    for (const auto& [card, name] : w.h.dashboard.diagnostics().cards)
      if (name == "broker-1")
        for (const auto& [sign, what] : marks)
          if (what == "differs" || what == "number differs") CHECK_FALSE(card.grown(6).contains(sign.cx(), sign.cy()));
  }
}

TEST_CASE("between two modes the bar says that the worlds differ now as soon as a card has a frame") {
  PlayerWindow w("controller/controller-duties", 19'000'000, Layout::Lesson, 1280, 720);
  w.player.act(open_twin("mode"));
  w.frames(8);
  REQUIRE(w.twin().ready);
  REQUIRE(w.twin().searched);
  REQUIRE_FALSE(w.twin().parted);
  CHECK(w.marks("differs") > 0);
  CHECK(ui::shows(w.h, "They differ now"));
  CHECK_FALSE(ui::shows(w.h, "only moments, numbers"));
  ui::clean(w.h);
  // Though nothing has parted them yet, Why? is offered there: its answer says when they part.
  REQUIRE(w.click(make_id("why parting")));
  CHECK(w.player.log().why.open);
  CHECK(w.player.log().why.path == ui::kWhyParting);
  ui::clean(w.h);
}

TEST_CASE("in two worlds the pointer at a replica's sign shows what differs, which the chips need not show") {
  PlayerWindow w("replication/isr-shrink-expand", 22'000'000, Layout::Lesson, 1280, 720);
  w.player.act(open_twin("mode"));
  w.frames(8);
  REQUIRE(w.twin().ready);
  const std::vector<ui::Rect> signs = ui::marks(w.h, "replica differs");
  REQUIRE_FALSE(signs.empty());
  for (const ui::Rect& sign : signs) {
    w.h.move(sign.cx(), sign.cy());
    w.frames(40);
    const auto& facts = w.h.dashboard.state().tip.facts;
    CHECK_FALSE(facts.empty());
    for (const auto& fact : facts) CHECK_MESSAGE(!fact.second.empty(), fact.first);
  }
}

TEST_CASE("a question that keeps the narration before it shows its own step's number") {
  PlayerWindow w("log/segments", 12'000'000, Layout::Lesson, 1280, 720);
  CHECK(ui::says(w.h, "4 · Paused until you answer"));
}

TEST_CASE("in front of people a card without room for a row has its words alone, and the number of its replicas") {
  PlayerWindow w("controller/session-expiry", 27'500'000, Layout::Presenter, 1280, 720);
  CHECK(ui::says(w.h, "believes it is the controller"));
  const std::vector<ui::Rect> facts = ui::marks(w.h, "broker fact");
  REQUIRE_FALSE(facts.empty());
  for (const ui::Rect& fact : facts)
    for (const ui::Rect& chip : ui::marks(w.h, "replica chip")) CHECK_FALSE(chip.overlaps(fact.grown(-2)));
}

TEST_CASE(
    "between two metadata modes it is never said that nothing differs, and records that fare differently are counted") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("operations/slow-disk", 50'000'000, Layout::Lesson, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.player.act(open_twin("mode"));
    for (int i = 0; i < 2000 && !(w.twin().ready && w.twin().searched); ++i) w.player.tick(0);
    REQUIRE(w.twin().searched);
    REQUIRE_FALSE(w.twin().parted);
    w.frames();
    const observe::FateCounts &a = w.player.lesson().comparison.original, &b = w.player.lesson().comparison.changed;
    REQUIRE(a.duplicated != b.duplicated);
    const std::string both = lang == Lang::En ? fmt::format("duplicated: {} in A, {} in B", a.duplicated, b.duplicated)
                                              : fmt::format("A {}, B {}", a.duplicated, b.duplicated);
    CHECK_FALSE(ui::shows(w.h, lang == Lang::En ? "No difference so far" : "아직 다른 점이 없어요"));
    CHECK(ui::shows(w.h, both));
    Action why = action(ActionKind::Why);
    why.text = ui::kWhyParting;
    w.player.act(why);
    w.frames();
    const auto& lines = w.h.log.why.lines;
    CHECK(std::any_of(lines.begin(), lines.end(), [&](const ui::WhyLine& line) {
      return ui::pick(lang, line.words).find(both) != std::string::npos;
    }));
    CHECK(std::none_of(lines.begin(), lines.end(), [](const ui::WhyLine& line) { return line.time_us < 50'000'000; }));
  }
}

TEST_CASE("a click in one of two worlds shows that world's object in the inspector, with the world's letter") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("replication/min-insync", 8'000'000, Layout::Lesson, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.player.act(open_twin_setting("acks-all", "acks", "1"));
    w.frames(8);
    REQUIRE(w.twin().ready);
    const std::uint64_t node = index_of(w.player.snapshot(), "acks-all");
    const std::int64_t in_a = acked_of(w.player.snapshot(), "acks-all"), in_b = acked_of(*w.twin().world, "acks-all");
    REQUIRE(in_a != in_b);
    const ui::Id beside = make_id("acks beside");
    REQUIRE(w.click(make_id("node", node) ^ make_id("twin")));
    w.key(ui::kKeyI);
    const ui::Rect inspector = region(w, make_id("inspector"));
    REQUIRE_FALSE(inspector.empty());
    CHECK(w.marks("inspector of B") == 1);
    CHECK(w.marks("inspector of A") == 0);
    CHECK(drawn_in(w, inspector, std::to_string(in_b)));
    // What is done is done in the shown world: no button opens a third one.
    CHECK(region(w, beside).empty());
    CHECK(region(w, beside ^ make_id("twin")).empty());
    ui::clean(w.h);
    // Why? is about the same world.
    CHECK(w.click(make_id("why ") ^ make_id("twin")));
    CHECK(w.player.log().why.there);
    w.key(ui::kKeyEscape);
    REQUIRE(w.click(make_id("node", node)));
    w.key(ui::kKeyI);
    if (region(w, make_id("drawer close")).empty()) w.key(ui::kKeyI);
    CHECK(w.marks("inspector of A") == 1);
    CHECK(w.marks("inspector of B") == 0);
    CHECK(drawn_in(w, inspector, std::to_string(in_a)));
    CHECK_FALSE(region(w, beside).empty());
    ui::clean(w.h);
    // Of one world there is no letter.
    w.player.act(action(ActionKind::CloseTwin));
    w.frames();
    CHECK(w.marks("inspector of A") == 0);
  }
}

TEST_CASE(
    "in two worlds a panel about one of them has its letter beside its name, and so has the narration; the comparison has none") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    for (const auto& [width, height] : {std::pair{1280.f, 720.f}, std::pair{1600.f, 900.f}}) {
      PlayerWindow w("replication/leader-epoch", 11'000'000, layout, width, height);
      w.frames(8);
      REQUIRE(w.twin().ready);
      // The second row of a tall workbench (timeline, log) is about one world, too.
      const std::size_t below = layout == Layout::Workbench && height > 800 ? 1 : 0;
      CHECK(w.marks("panel of A") == below);
      CHECK(w.marks("narration of A") == 1);
      for (const Tab tab : {Tab::Partitions, Tab::Ledger, Tab::Metrics}) {
        w.key(ui::kKey0 + ui::digit_of(tab));
        CHECK(w.marks("panel of A") == below + 1);
        CHECK(w.marks("panel of B") == 0);
        ui::clean(w.h);
      }
      w.player.act(action(ActionKind::CloseTwin));
      w.frames();
      CHECK(w.marks("panel of A") == 0);
      CHECK(w.marks("narration of A") == 0);
    }
  }
}

TEST_CASE("K asks who believes what in the world that was clicked") {
  PlayerWindow w("replication/leader-epoch", 11'000'000, Layout::Lesson, 1280, 720);
  w.frames(8);
  REQUIRE(w.twin().ready);
  const std::uint64_t node = index_of(w.player.snapshot(), "broker-1");
  REQUIRE(w.click(make_id("node", node) ^ make_id("twin")));
  w.key(ui::kKeyK);
  CHECK(w.h.dashboard.state().selection == "m-0");
  CHECK(w.marks("inspector of B") == 1);
  ui::clean(w.h);
  w.key(ui::kKeyK);
  CHECK_FALSE(w.h.dashboard.state().drawer);
  REQUIRE(w.click(make_id("node", node)));
  w.key(ui::kKeyK);
  CHECK(w.marks("inspector of A") == 1);
  ui::clean(w.h);
}

TEST_CASE("in front of people each of two worlds has its own beliefs below its stage") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [width, height] : {std::pair{1280.f, 720.f}, ui::kFourToThree}) {
      PlayerWindow w("controller/kraft-failover", 7'000'000, Layout::Presenter, width, height);
      w.h.dashboard.set_language(lang);
      w.player.act(open_twin("mode"));
      w.frames(8);
      REQUIRE(w.twin().ready);
      const std::int64_t in_a = w.player.snapshot().partitions.at(0).high_watermark,
                         in_b = w.twin().world->partitions.at(0).high_watermark;
      REQUIRE(in_a != in_b);
      w.key(ui::kKeyK);
      const std::vector<ui::Rect> a = ui::marks(w.h, "beliefs of A"), b = ui::marks(w.h, "beliefs of B");
      REQUIRE(a.size() == 1);
      REQUIRE(b.size() == 1);
      CHECK(ui::marks(w.h, "beliefs").empty());
      CHECK(a[0].right() <= width / 2);
      CHECK(b[0].x >= width / 2);
      CHECK(drawn_in(w, a[0], "HW " + std::to_string(in_a)));
      CHECK(drawn_in(w, b[0], "HW " + std::to_string(in_b)));
      CHECK_FALSE(drawn_in(w, b[0], "HW " + std::to_string(in_a)));
      ui::clean(w.h);
    }
}
