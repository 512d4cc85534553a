// The picture of two worlds: its words are whole, and nothing covers anything, at every size.
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

namespace {

constexpr std::int64_t kBrokerIsDead = 16'000'000;

}  // namespace

TEST_CASE("presenting two worlds: the narration begins with the letter of the world that it describes") {
  PlayerWindow w(kFailover, kBrokerIsDead, Layout::Presenter);
  CHECK(w.marks("world that is told") == 0);
  w.player.act(open_twin_setting("shop", "acks", "1"));
  w.frames();
  CHECK(w.marks("world that is told") == 1);
}

TEST_CASE("the words of both worlds at the first divergence are not cut where they fit in a row") {
  PlayerWindow w("partitions/how-many", 20'000'000, Layout::Presenter);
  w.player.act(open_twin("seed"));
  for (const Lang lang : {Lang::Ko, Lang::En}) {
    w.h.dashboard.set_language(lang);
    w.frames();
    REQUIRE(w.twin().parted);
    REQUIRE_FALSE(w.twin().parted_here.empty());
    // At least without the list of records at their end.
    for (const ui::Words* words : {&w.twin().parted_here, &w.twin().parted_there}) {
      const std::string& whole = ui::pick(lang, *words);
      CHECK((ui::shows(w.h, whole) || ui::shows(w.h, whole.substr(0, whole.rfind(" (")))));
    }
    ui::clean(w.h);
  }
}

TEST_CASE("two worlds: an event that both have at different times is told once, with both times") {
  const auto shown_in = [&](Layout layout) {
    PlayerWindow w("log/bootstrap", 27'000'000, layout);
    w.player.act(open_twin("mode"));
    w.frames(6);
    REQUIRE(w.twin().parted);
    CHECK(w.twin().parted_here.en == "broker-3 leads orders-1 now, leader epoch 1, ISR [3]");
    CHECK(w.twin().parted_there.en.starts_with("the same, at "));
    CHECK(w.twin().parted_there.ko.starts_with("같은 일 · "));
    ui::clean(w.h);
    w.key(ui::kKeyW);
    const auto& lines = w.player.log().why.lines;
    CHECK(std::count_if(lines.begin(), lines.end(), [](const ui::WhyLine& line) {
            return line.words.en.find("broker-3 leads orders-1 now") != std::string::npos;
          }) == 1);
    ui::clean(w.h);
  };
  shown_in(Layout::Workbench);
  shown_in(Layout::Presenter);
}

TEST_CASE("in two small worlds the card of a single broker and the cards of all its running clients are visible") {
  PlayerWindow w("why/pub-sub", 10'000'000, Layout::Presenter, 1280, 720);
  w.player.act(open_twin("seed"));
  w.frames();
  const auto& cards = w.h.dashboard.diagnostics().cards;
  for (const char* name : {"a-direct", "a-queue", "a-log", "b", "q-b", "k-b"}) {
    CAPTURE(name);
    CHECK(std::count_if(cards.begin(), cards.end(), [&](const auto& card) { return card.second == name; }) == 2);
  }
  for (const auto& [card, name] : cards)
    if (name == "broker-1") CHECK(card.h > 100);  // its replica is not squeezed
  ui::clean(w.h);
}

TEST_CASE("the sign of a difference does not cover the sign of a small card, and its tip explains the frame") {
  PlayerWindow w("replication/rack-loss", 10'000'000, Layout::Workbench, 1280, 720);
  Action open = open_twin("without");
  open.time_us = 6'000'000;
  w.player.act(open);
  w.frames();
  const auto& marks = w.h.dashboard.diagnostics().marks;
  ui::Rect framed;
  for (const auto& [sign, what] : marks) {
    if (what == "differs") framed = sign;
    if (what != "sign of a small card") continue;
    for (const auto& [badge, other] : marks)
      if (other == "differs" || other == "number differs") CHECK_FALSE(badge.overlaps(sign));
  }
  REQUIRE(w.marks("sign of a small card") > 0);
  REQUIRE_FALSE(framed.empty());
  w.h.move(framed.cx(), framed.cy());
  for (int i = 0; i < 30; ++i) w.h.frame();
  CHECK(ui::shows(w.h, "Framed: its state, leaders or records differ"));
}

TEST_CASE("both worlds show each producer's waiting records and the partition's new leader, also in a small window") {
  for (const auto& [width, height] : {std::pair{1280.f, 720.f}, {1920.f, 1080.f}}) {
    PlayerWindow w("producer/acks", 4'000'000, Layout::Workbench, width, height);
    Action open = action(ActionKind::OpenTwin);
    open.verb = "setting";
    open.target = "acks-1";
    open.text = "acks";
    open.other = "all";
    w.h.dashboard.diagnostics().on = true;
    w.player.act(open);
    w.frames();
    w.player.seek(sim::Instant{14'000'000});
    w.frames(3);
    REQUIRE(w.twin().ready);
    const float across = width;  // clang 14 captures no structured binding
    CAPTURE(across);
    const auto& cards = w.h.dashboard.diagnostics().cards;
    CHECK(std::count_if(cards.begin(), cards.end(), [](const auto& card) { return card.second == "badge"; }) == 2);
    CHECK(w.marks("records that wait") + w.marks("number") == 6);
  }
}

TEST_CASE("two worlds are drawn without cut or overlapping text in every look, and in a tall window") {
  std::vector<ui::Look> looks = ui::every_look();
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench}) looks.push_back({layout, 1280, 1800, lang});
  for (const char* lesson : {kFailover, "producer/acks"}) {
    PlayerWindow w(lesson, 12'000'000);
    Action open = action(ActionKind::OpenTwin);
    open.verb = "setting";
    REQUIRE(w.player.lesson().twin_offers != nullptr);
    const auto offers = *w.player.lesson().twin_offers;
    const auto offer =
        std::find_if(offers.begin(), offers.end(), [](const ui::TwinOffer& o) { return o.key == "linger.ms"; });
    REQUIRE(offer != offers.end());
    open.target = offer->target;
    open.text = offer->key;
    w.player.act(open);
    for (const ui::Look& look : looks) {
      take_look(w.h, look);
      w.frames(3);
      open_banner(w.h, look);
      const std::string where = lesson + (", " + name_of(look));
      ui::clean(w.h, where);
      CHECK_MESSAGE(w.marks("dial") == 1, where);
    }
  }
}

TEST_CASE("in two worlds a long log end offset stays: first the name beside it is shortened, then it is rounded") {
  struct Row {
    std::int64_t end;
    const char *whole, *rounded;
  };
  for (const Row& row :
       {Row{11'630, "11630", "11k"}, {1'234'567, "1234567", "1.2M"}, {25'600'000'000, "25600000000", "25G"}})
    for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
      PlayerWindow w(kFailover, kBrokerIsDead, layout, 1280, 720);
      w.player.act(open_twin_setting("shop", "acks", "1"));
      w.frames();
      REQUIRE(w.twin().ready);
      std::size_t shown = 0, ends = 0;
      for (observe::Node& node : w.h.world.nodes)
        for (observe::Replica& replica : node.replicas) replica.log_end_offset = row.end;
      w.h.settle();
      for (const auto& [chip, what] : w.h.dashboard.diagnostics().marks) {
        // The shown world is at the left; the chips of the dead broker name its state.
        if (what != std::string_view("replica chip") || chip.cx() > 640 + (layout == Layout::Lesson ? 150 : 0))
          continue;
        ++shown;
        for (const auto& piece : w.h.dashboard.diagnostics().pieces)
          ends += piece.rect.overlaps(chip) && (piece.text == row.whole || piece.text == row.rounded);
      }
      CAPTURE(row.end);
      CAPTURE(static_cast<int>(layout));
      CHECK(shown >= 3);
      CHECK(ends == shown - (layout == Layout::Lesson ? 3 : 1));
      ui::clean(w.h);
    }
}

TEST_CASE("with producers below the racks, no line of theirs runs behind a broker's card") {
  int lines = 0;
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const std::int64_t at : {1'000'000, 3'000'000, 3'050'000}) {
      PlayerWindow w("replication/rack-loss", at, layout, 1280, 720);
      w.player.act(open_twin("mode"));
      w.frames(3);
      REQUIRE(w.twin().open);
      for (const ui::Rect& line : ui::marks(w.h, "bundle")) {
        ++lines;
        for (const auto& card : w.h.dashboard.diagnostics().cards)  // clang 14 captures no structured binding
          if (card.second.starts_with("broker-")) CHECK_MESSAGE(!card.first.padded(1, 1).overlaps(line), card.second);
      }
    }
  CHECK(lines > 3);
}

TEST_CASE("in a small window the words of both worlds stand below one another where they do not fit side by side") {
  // A long act in one of the worlds.
  for (const Lang lang : {Lang::Ko, Lang::En})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
      PlayerWindow w("replication/rack-loss", 20'000'000, layout, 1280, 720);
      w.h.dashboard.set_language(lang);
      Action a = open_twin("try");
      a.number = 0;
      w.player.act(a);
      w.frames(4);
      REQUIRE(w.twin().parted);
      const ui::Rect row = w.h.dashboard.hits().find(make_id("first divergence"));
      for (const auto& piece : w.h.dashboard.diagnostics().pieces)
        if (piece.box == std::string_view("two worlds") && piece.rect.y > row.y)
          CHECK_MESSAGE(!piece.text.ends_with("…"), piece.text);
      ui::clean(w.h);
    }
}

TEST_CASE("in two worlds the words of messages are clear of the marks of messages and the signs of differences") {
  int words = 0, names = 0;
  for (const Layout layout : {Layout::Lesson, Layout::Presenter})
    for (const std::int64_t from : {2'900'000, 6'900'000, 13'900'000}) {
      PlayerWindow w(kFailover, from, layout, 1280, 720);
      Action beside = action(ActionKind::OpenTwin);
      beside.verb = "mode";
      w.player.act(beside);
      for (int i = 0; i < 8; ++i) {
        w.player.seek(sim::Instant{from + i * 23'000});
        w.frames(2);
        REQUIRE(w.twin().open);
        const std::vector<ui::Rect> said = ui::marks(w.h, "message words");
        words += static_cast<int>(said.size());
        names += ui::shows(w.h, "Fetch orders-") || ui::shows(w.h, "Produce orders-");
        for (const ui::Rect& r : said) {
          for (const ui::Rect& mark : ui::marks(w.h, "message mark")) CHECK_FALSE(mark.overlaps(r));
          for (const ui::Rect& sign : ui::marks(w.h, "differs")) CHECK_FALSE(sign.overlaps(r));
        }
      }
    }
  CHECK(words > 5);
  CHECK(names > 0);
}

TEST_CASE("in two worlds no line is covered by a new leader's sign or by the frame of a client's card") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
      PlayerWindow w("controller/zookeeper-vs-kraft", 14'000'000, layout, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.frames(4);
      REQUIRE(w.twin().open);
      int signs = 0, shops = 0, beside = 0;
      for (const auto& drawn : w.h.dashboard.diagnostics().cards) {
        const ui::Rect& card = drawn.first;
        const std::string name = drawn.second;
        CAPTURE(name);
        signs += name == "badge";
        if (name == "badge")
          for (const ui::Rect& line : ui::marks(w.h, "control line")) CHECK_FALSE(line.overlaps(card));
        if (name != "shop") continue;
        ++shops;
        for (const ui::Rect& line : ui::marks(w.h, "data line")) {
          if (line.h < line.w || line.right() > card.x + 4 || line.x < card.x - 40) continue;
          ++beside;
          CHECK(line.right() < card.x - 5);  // clear of the frame of a card that differs
          CHECK(line.x > 4);
        }
      }
      CHECK(signs > 0);
      CHECK(shops == 2);
      CHECK(beside > 0);
    }
}

TEST_CASE("the number of rows that a comparison leaves out is a link, which enlarges the panel") {
  PlayerWindow w("replication/min-insync", 22'000'000, Layout::Lesson, 1280, 720);
  w.player.act(open_twin_setting("acks-all", "linger.ms", "50"));
  w.frames(6);
  const std::size_t before = w.marks("rows left out");
  REQUIRE(before > 0);
  const std::string block = "Actual outcome";
  REQUIRE(w.click(ui::make_id("rows left out of " + block)));
  CHECK(w.h.dashboard.state().filled);
  CHECK(w.marks("rows left out") < before);
}

TEST_CASE("the first divergence says when its record was told of, and keeps its verb where there is little room") {
  PlayerWindow w("replication/min-insync", 22'000'000, Layout::Lesson, 1280, 720);
  w.player.act(open_twin_setting("acks-all", "acks", "0"));
  w.frames(6);
  REQUIRE(w.twin().parted);
  CHECK(w.twin().parted_at_us < 400'000);
  CHECK(w.twin().parted_record.en == "record 0 of acks-all at pay-0 offset 4, at 00:00.437");
  w.player.act(open_twin_setting("acks-all", "acks", "1"));
  w.frames(6);
  CHECK(w.twin().parted_record.en == "record 20 of acks-all at pay-0 offset 60");
  CHECK(ui::shows(w.h, "1 record of pay-0 acked, at 00:11.322"));
}
