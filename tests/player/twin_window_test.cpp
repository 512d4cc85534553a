// Two worlds as a user opens and operates them: by mouse and keys, over a running lesson, with checks of the screen.
#include <algorithm>
#include <set>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Id;
using ui::Lang;
using ui::Layout;
using ui::make_id;

namespace {

constexpr std::int64_t kDead = 16'000'000;

}  // namespace

TEST_CASE("a click beside a setting in the inspector opens a second world with the next value, and Esc closes it") {
  PlayerWindow w(kFailover, kDead);
  w.h.dashboard.state().selection = "shop";
  w.player.act([] {
    Action a = action(ActionKind::Select);
    a.target = "shop";
    return a;
  }());
  w.frames();
  bool clicked = false;
  for (int turn = 0; turn < 20 && !clicked; ++turn) {
    const ui::Rect inspector = w.h.dashboard.hits().find(make_id("inspector"));
    w.h.move(inspector.cx(), inspector.cy());
    if (turn > 0) w.h.wheel(-1);
    w.frames();
    for (std::uint64_t i = 0; i < 4 && !clicked; ++i) clicked = w.click(make_id("config beside", i));
  }
  REQUIRE(clicked);
  REQUIRE(w.twin().open);
  CHECK(w.twin().ready);
  CHECK_FALSE(w.twin().dial.empty());
  CHECK(ui::shows(w.h, w.twin().there.en));
  CHECK(ui::shows(w.h, w.twin().here.en));
  CHECK(w.h.dashboard.state().tab == ui::Tab::Compare);
  CHECK(w.marks("dial") == 1);
  w.key(ui::kKeyEscape);
  CHECK_FALSE(w.twin().open);
  CHECK(w.marks("dial") == 0);
}

TEST_CASE(
    "a right click on a fault of the timeline opens a second world without it, and differences are highlighted in both") {
  PlayerWindow w(kFailover, kDead);
  const auto& marks = w.h.time.marks;
  const auto fault = std::find_if(marks.begin(), marks.end(),
                                  [](const ui::TimeMark& mark) { return mark.kind == ui::MarkKind::Fault; });
  REQUIRE(fault != marks.end());
  REQUIRE(w.click(make_id("mark", static_cast<std::uint64_t>(fault - marks.begin())), true));
  REQUIRE(w.twin().open);
  CHECK(w.twin().there.en.starts_with("without: "));
  CHECK(w.marks("differs") >= 4);  // broker-1 and the new leader, in both worlds
  CHECK(w.marks("differs") % 2 == 0);
  CHECK(ui::shows(w.h, "First divergence"));
  w.player.play(false);
  REQUIRE(w.click(make_id("first divergence")));
  CHECK(w.player.now().us == w.twin().parted_at_us);
}

TEST_CASE("W and the button beside the first divergence answer why the two worlds diverge") {
  for (const bool by_key : {true, false}) {
    PlayerWindow w(kFailover, kDead);
    w.player.act(open_twin_setting("shop", "acks", "1"));
    w.frames();
    REQUIRE(w.twin().parted);
    CHECK(w.marks("why parting") == 1);
    if (by_key) w.key(ui::kKeyW);
    else REQUIRE(w.click(make_id("why parting")));
    REQUIRE(w.h.log.why.open);
    CHECK(w.h.log.why.question.en == "Why do the two worlds diverge here?");
    CHECK(ui::shows(w.h, "shop: acks is all in A and 1 in B"));
    // A click on the other world's line goes to its moment: the playhead is the same.
    const auto& lines = w.h.log.why.lines;
    const auto there = std::find_if(lines.begin(), lines.end(),
                                    [](const ui::WhyLine& l) { return l.world == ui::WhyLine::World::Other; });
    REQUIRE(there != lines.end());
    const std::int64_t at = there->time_us;
    REQUIRE(w.click(make_id("why line", static_cast<std::uint64_t>(there - lines.begin()))));
    CHECK(w.player.now().us == at);
  }
}

TEST_CASE("the key W is shown beside the question about the divergence only while W asks this question") {
  PlayerWindow w(kFailover, kDead);
  w.player.act(open_twin_setting("shop", "acks", "1"));
  w.frames();
  CHECK(w.marks("why parting") == 1);
  CHECK(w.marks("key of why parting") == 1);
  Action shop = action(ActionKind::Why);
  shop.target = "shop";
  w.player.act(shop);
  w.frames();
  REQUIRE(w.h.log.why.open);
  CHECK(w.marks("why parting") == 1);
  CHECK(w.marks("key of why parting") == 0);
  w.key(ui::kKeyW);  // the next question about shop
  CHECK(w.h.log.why.question.en.find("diverge") == std::string::npos);
  REQUIRE(w.click(make_id("why parting")));
  CHECK(w.h.log.why.question.en == "Why do the two worlds diverge here?");
}

TEST_CASE("while the second world is computed the window says nothing about differences") {
  PlayerWindow w(kFailover, kDead);
  w.player.set_slice(std::chrono::microseconds(1));
  w.player.act(open_twin_setting("shop", "acks", "1"));
  w.frames(1);
  REQUIRE_FALSE(w.twin().ready);
  CHECK(ui::shows(w.h, "B is still being computed"));
  CHECK_FALSE(ui::shows(w.h, "No difference so far"));
  w.player.set_slice({});
  w.frames(4);
  REQUIRE(w.twin().ready);
  CHECK_FALSE(ui::shows(w.h, "B is still being computed"));
}

TEST_CASE("presenting two worlds: the narration begins with the letter of the world that it describes") {
  PlayerWindow w(kFailover, kDead, Layout::Presenter);
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

TEST_CASE("the row of the first divergence names the record, and a click goes to its moment and opens its outcome") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("producer/idempotence", 4'500'000);  // the difference of 3.41 s is certain a second later
    w.h.dashboard.set_language(lang);
    w.player.act(open_twin_setting("idem-off", "enable.idempotence", "true"));
    w.frames();
    REQUIRE(w.twin().parted);
    REQUIRE_FALSE(w.twin().parted_record.empty());
    CHECK(w.twin().parted_record.en.starts_with("record 1 of idem-off"));
    REQUIRE(w.twin().parted_offset >= 0);  // appended a second time, only here
    CHECK(ui::shows(w.h, ui::pick(lang, w.twin().parted_record)));
    w.player.play(false);
    const std::int64_t at = w.twin().parted_at_us;
    REQUIRE(w.player.now().us != at);
    REQUIRE_FALSE(w.h.log.record_open);
    REQUIRE(w.click(make_id("parted record")));
    CHECK(w.player.now().us == at);
    CHECK(w.h.log.record_open);
  }
}

TEST_CASE("KRaft's controllers and ZooKeeper's servers do not count as differences between two worlds") {
  PlayerWindow w(kFailover, 3'000'000);  // nothing has happened yet
  w.player.act(open_twin("mode"));
  w.frames();
  REQUIRE(w.twin().ready);
  CHECK(w.marks("differs") == 0);
  w.player.seek(sim::Instant{kDead});
  w.frames();
  CHECK(w.marks("differs") > 0);  // fenced here, still the leader there
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

TEST_CASE("in the Lesson layout a right click on a fault of the scrubber opens a second world without it") {
  PlayerWindow w(kFailover, kDead, Layout::Lesson, 1280, 720);
  const ui::Rect bar = w.h.dashboard.hits().find(make_id("scrubber"));
  REQUIRE_FALSE(bar.empty());
  std::int64_t at = 0;
  for (const ui::TimeMark& mark : w.h.time.marks)
    if (mark.kind == ui::MarkKind::Fault) at = mark.at_us;
  const double until = static_cast<double>(std::max(w.h.time.until_us, w.h.time.now_us));
  const float x = bar.x + 12 + (bar.w - 24) * static_cast<float>(static_cast<double>(at) / until);
  w.h.click(x, bar.cy(), true);
  w.frames();
  CHECK(w.twin().open);
  CHECK(w.twin().there.en.starts_with("without: "));
}

TEST_CASE("the tip names each of several faults at one place of the timeline, and a menu offers each and all") {
  constexpr std::int64_t kDark = 6'000'000, kSince = 8'000'000;
  const auto twin_of = [&](Layout layout, int row) {
    auto w = std::make_unique<PlayerWindow>("replication/rack-loss", kSince, layout);
    const auto& marks = w->h.time.marks;
    const auto fault = std::find_if(marks.begin(), marks.end(), [&](const ui::TimeMark& mark) {
      return mark.kind == ui::MarkKind::Fault && mark.at_us == kDark;
    });
    REQUIRE(fault != marks.end());
    ui::Rect at = w->h.dashboard.hits().find(make_id("mark", static_cast<std::uint64_t>(fault - marks.begin())));
    if (layout == Layout::Lesson) {
      const ui::Rect bar = w->h.dashboard.hits().find(make_id("scrubber"));
      const auto until = static_cast<float>(std::max(w->h.time.until_us, w->h.time.now_us));
      at = {bar.x + 12 + (bar.w - 24) * static_cast<float>(kDark) / until, bar.y, 0, bar.h};
    }
    REQUIRE(at.h > 0);
    w->h.move(at.cx(), at.cy());
    w->frames();
    CHECK(ui::shows(w->h, "broker-1"));
    CHECK(ui::shows(w->h, "broker-2"));
    w->h.click(at.cx(), at.cy(), true);
    w->frames();
    CHECK_FALSE(w->twin().open);  // first it is chosen
    CHECK(ui::shows(w->h, "What if this had not happened?"));
    for (int i = 0; i <= row; ++i) w->key(ui::kKeyDown);
    w->key(ui::kKeyEnter);
    w->frames(8);
    REQUIRE(w->twin().open);
    return w->twin().there.en;
  };
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    CAPTURE(static_cast<int>(layout));
    CHECK(twin_of(layout, 0) == "without: power off broker-1");
    CHECK(twin_of(layout, 1) == "without: power off broker-2");
    CHECK(twin_of(layout, 2) == "without: power off broker-1, power off broker-2");
  }
}

TEST_CASE("a click beside a variant, a change to try or a kept run opens it as the second world") {
  PlayerWindow w("producer/acks", 3'000'000);
  if (!w.h.lesson.variants.empty()) {
    w.key(ui::kKeyV);
    bool clicked = false;
    for (std::uint64_t i = 0; i < w.h.lesson.variants.size() && !clicked; ++i)
      clicked = w.click(make_id("variant beside", i));
    REQUIRE(clicked);
    CHECK(w.twin().open);
    CHECK_FALSE(w.h.dashboard.state().variants_open);
    w.key(ui::kKeyEscape);
    CHECK_FALSE(w.twin().open);
  }
  w.player.act(fault("crash", "broker-3"));
  w.frames();
  w.key(ui::kKeyB);
  bool clicked = false;
  for (std::uint64_t i = 0; i < 4 && !clicked; ++i) clicked = w.click(make_id("run beside", i));
  REQUIRE(clicked);
  CHECK(w.twin().open);
  CHECK_FALSE(w.h.dashboard.state().runs_open);
}

TEST_CASE("the end card offers each change to try as a second world") {
  PlayerWindow w(kFailover, 60'000'000, Layout::Lesson, 1600, 900);
  w.player.seek(w.player.session().until());
  w.frames();
  REQUIRE_FALSE(w.h.lesson.tries.empty());
  w.h.dashboard.state().narration_scroll = 1e6f;
  w.frames();
  const auto button = make_id("try beside", w.h.lesson.tries.size() - 1);
  const auto tip_after_rest = [&] {
    const ui::Rect at = w.h.dashboard.hits().find(button);
    w.h.move(at.cx(), at.cy());
    for (int i = 0; i < 30; ++i) w.h.frame();
    return w.h.dashboard.state().tip.title;
  };
  const std::string tip = "Show both worlds side by side";
  CHECK(tip_after_rest() == tip);
  REQUIRE(w.click(button));
  CHECK(w.twin().open);
  CHECK(tip_after_rest() != tip);
  CHECK(w.twin().ready);
  CHECK_FALSE(w.player.lesson().detour.active);
}

TEST_CASE("the palette offers comparisons, and Enter opens one") {
  PlayerWindow w(kFailover, kDead);
  w.key(ui::kKeyK, true);
  w.h.type("compare acks");
  w.frames();
  w.h.enter();
  w.frames(3);
  CHECK(w.twin().open);
  CHECK(w.twin().dial == "shop acks");
}

TEST_CASE("while a number is dragged with the mouse the second world follows it") {
  PlayerWindow w(kFailover, kDead);
  Action open = action(ActionKind::OpenTwin);
  open.verb = "setting";
  open.target = "shop";
  open.text = "linger.ms";
  w.player.act(open);
  w.frames();
  const ui::Rect dial = w.h.dashboard.hits().find(make_id("dial"));
  REQUIRE_FALSE(dial.empty());
  std::set<std::string> seen;
  w.h.move(dial.x + 12, dial.cy());
  w.h.press();
  for (int i = 0; i <= 10; ++i) {
    w.h.move(dial.x + 12 + (dial.w - 24) * static_cast<float>(i) / 10, dial.cy());
    w.frames();
    seen.insert(w.twin().there.en);
    CHECK(ui::shows(w.h, w.twin().there.en));
  }
  w.h.release();
  w.frames();
  CHECK(seen.size() > 4);
  CHECK(w.twin().stop == static_cast<int>(w.twin().stops.size()) - 1);
  CHECK(w.twin().ready);
}

TEST_CASE("an act from the menu is done in both worlds, and both show it") {
  PlayerWindow w(kFailover, 3'000'000);
  Action open = action(ActionKind::OpenTwin);
  open.verb = "seed";
  w.player.act(open);
  w.frames();
  w.player.act(fault("crash", "broker-3"));
  w.player.play(false);
  w.frames();
  const auto dead = [](const observe::Snapshot& world) {
    return std::any_of(world.nodes.begin(), world.nodes.end(), [](const observe::Node& n) {
      return n.name == "broker-3" && n.state == observe::NodeState::Crashed;
    });
  };
  CHECK(dead(w.h.world));
  REQUIRE(w.twin().world != nullptr);
  CHECK(dead(*w.twin().world));
}

TEST_CASE("two worlds are drawn without cut or overlapping text at every size, in every layout and in both languages") {
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
    w.h.dashboard.diagnostics().on = true;
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
        for (const auto& [width, height] :
             {std::pair{1280.f, 720.f}, {1600.f, 900.f}, {1920.f, 1080.f}, {1280.f, 1800.f}}) {
          if (layout == Layout::Presenter && height > width) continue;  // a projector is wide
          w.h.size(width, height);
          w.h.dashboard.set_language(lang);
          w.h.dashboard.set_layout(layout);
          w.frames(3);
          CAPTURE(lesson);
          const float across = width;  // clang 14 captures no structured binding
          CAPTURE(across);
          CAPTURE(static_cast<int>(lang));
          CAPTURE(static_cast<int>(layout));
          const ui::Diagnostics& d = w.h.dashboard.diagnostics();
          CHECK_MESSAGE(d.overflows.empty(), (d.overflows.empty() ? "" : d.overflows.front()));
          const auto over = ui::overlapping_texts(d);
          CHECK_MESSAGE(over.empty(), (over.empty() ? "" : over.front()));
          const auto cards = ui::overlapping_cards(d);
          CHECK_MESSAGE(cards.empty(), (cards.empty() ? "" : cards.front()));
          CHECK(w.marks("dial") == 1);
        }
      }
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
      PlayerWindow w(kFailover, kDead, layout, 1280, 720);
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

TEST_CASE("the window says in every layout that a run or a detour has ended") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    CAPTURE(static_cast<int>(layout));
    PlayerWindow w("replication/preferred-leader", 64'000'000, layout, 1280, 720);
    CHECK_FALSE(ui::shows(w.h, "Ended"));
    w.player.seek(w.player.session().until());
    w.frames();
    CHECK(ui::shows(w.h, "Ended"));
    w.player.seek(sim::Instant{2'000'000});
    w.player.act(fault("crash", "broker-2"));
    w.player.seek(w.player.session().until());
    w.frames();
    CHECK(ui::shows(w.h, "Ended"));
    if (layout != Layout::Presenter) CHECK(ui::shows(w.h, "This detour has ended"));
    ui::clean(w.h);
    w.h.dashboard.set_language(Lang::Ko);
    w.frames();
    CHECK(ui::shows(w.h, "여기까지"));
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
  REQUIRE(w.click(ui::make_id("rows left out of Actual outcome")));
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
  CHECK(ui::shows(w.h, "broker-1 appends offsets 0 to 1 to pay-0, at 00:00.140"));
}

TEST_CASE("why two worlds diverge is told in the order of time, each effect once, and the act's node is numbered") {
  PlayerWindow w("replication/min-insync", 22'000'000, Layout::Lesson, 1280, 720);
  Action without = open_twin("without");
  const auto& offers = *w.player.lesson().twin_offers;
  const auto crash = std::find_if(offers.begin(), offers.end(), [](const ui::TwinOffer& offer) {
    return offer.door == "without" && offer.what.en.find("broker-2") != std::string::npos;
  });
  REQUIRE(crash != offers.end());
  without.number = crash->number;
  w.player.act(without);
  w.frames(6);
  Action why = action(ActionKind::Why);
  why.text = "/parting";
  w.player.act(why);
  w.frames();
  const ui::WhyModel& told = w.player.log().why;
  REQUIRE(told.lines.size() == 3);
  for (std::size_t i = 1; i < told.lines.size(); ++i) CHECK(told.lines[i - 1].time_us <= told.lines[i].time_us);
  for (const ui::WhyLine& effect : told.effects)
    for (const ui::WhyLine& line : told.lines) CHECK_FALSE(line.words.en.ends_with(effect.words.en));
  REQUIRE_FALSE(w.player.log().chain.empty());
  CHECK(w.player.log().chain.front().node == "broker-2");
}
