// Two worlds as a user opens and operates them: by mouse and keys, over a running lesson, with checks of the screen.
#include <algorithm>
#include <set>

#include "observe/why/origins.h"
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

TEST_CASE("before two worlds diverge W says that nothing differs yet, and when the first difference comes") {
  PlayerWindow w(kFailover, kDead);
  const auto& marks = w.h.time.marks;
  const auto fault = std::find_if(marks.begin(), marks.end(),
                                  [](const ui::TimeMark& mark) { return mark.kind == ui::MarkKind::Fault; });
  REQUIRE(fault != marks.end());
  const std::int64_t fault_us = fault->at_us;
  REQUIRE(w.click(make_id("mark", static_cast<std::uint64_t>(fault - marks.begin())), true));
  w.player.play(false);
  w.player.seek(sim::Instant{fault_us - 1'000'000});
  for (int i = 0; i < 50 && (i < 3 || !w.twin().ready); ++i) w.frames(1);
  REQUIRE(w.twin().ready);
  REQUIRE_FALSE(w.twin().parted);
  w.key(ui::kKeyW);
  REQUIRE(w.h.log.why.open);
  CHECK(w.h.log.why.question.en == "Do the two worlds differ yet?");
  const std::vector<ui::WhyLine> lines = w.h.log.why.lines;
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].words.en == "Up to this moment nothing differs");
  CHECK(lines[1].words.en.starts_with("The first difference comes at 5.000 s"));
  CHECK(lines[1].time_us == fault_us);
  REQUIRE(w.click(make_id("why line", 1)));
  w.frames(3);
  CHECK(w.player.now().us == lines[1].time_us);
}

TEST_CASE("W says that two worlds never diverge if they do not") {
  PlayerWindow w(kFailover, kDead);
  w.player.act(open_twin_setting("shop", "max.block.ms", "60001"));  // which nothing waits for
  w.frames(3);
  REQUIRE(w.twin().open);
  REQUIRE_FALSE(w.twin().parted);
  w.key(ui::kKeyW);
  REQUIRE(w.h.log.why.open);
  REQUIRE(w.h.log.why.lines.size() == 2);
  CHECK(w.h.log.why.lines[1].words.en.starts_with("Nothing differs up to the end of both runs"));
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

TEST_CASE("the palette offers a cluster before a fix that it has and that concerns it") {
  const auto offered = [](PlayerWindow& w, const std::string& fix) {
    const auto offers = w.player.lesson().twin_offers;
    REQUIRE(offers);
    for (const ui::TwinOffer& offer : *offers)
      if (offer.door == "kip" && offer.target == fix) return offer.what.en;
    return std::string();
  };
  {
    PlayerWindow zookeeper("controller/zookeeper-roles", 8'000'000, Layout::Lesson, 1280, 720);
    CHECK(offered(zookeeper, "KIP-380") == "before KIP-380");
    CHECK(offered(zookeeper, "KIP-996").empty());  // concerns the quorum of controllers
    CHECK(offered(zookeeper, "KIP-966").empty());  // Kafka 2.5 has no eligible leader replicas
  }
  PlayerWindow w(kFailover, kDead);
  CHECK(offered(w, "KIP-380").empty());  // concerns ZooKeeper
  w.key(ui::kKeyK, true);
  w.h.type("before kip-101");
  w.frames();
  w.h.enter();
  w.frames(3);
  CHECK(w.twin().open);
  CHECK(w.twin().there.en == "before KIP-101");
}

TEST_CASE("the card of a term with a KIP offers the cluster before it, at one click") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w(kFailover, kDead, Layout::Lesson, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.h.dashboard.state().origin = {observe::OriginKind::Term, "leader-epoch", {}, {200, 200, 80, 20}};
    w.frames();
    ui::clean(w.h);
    REQUIRE(w.click(make_id("origin beside " + std::string("KIP-101"))));
    w.frames(3);
    CHECK(w.twin().open);
    CHECK(w.twin().there.en == "before KIP-101");
    CHECK(w.h.dashboard.state().origin.name.empty());
  }
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

TEST_CASE("a number of each kind can be dragged with the mouse: linger.ms, a time-out, acks and a rate") {
  struct Number {
    const char *of, *key;
    std::size_t stops;  // at least, on the way from one end to the other
  };
  for (const Number& number : {Number{"shop", "linger.ms", 5}, Number{"broker-2", "broker.session.timeout.ms", 5},
                               Number{"shop", "acks", 3}, Number{"shop", "rate", 5}}) {
    CAPTURE(number.key);
    PlayerWindow w(kFailover, kDead);
    Action open = action(ActionKind::OpenTwin);
    open.verb = "setting";
    open.target = number.of;
    open.text = number.key;
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
      REQUIRE(w.twin().ready);
      CHECK(ui::shows(w.h, w.twin().there.en));
      CHECK(w.twin().there.en.find(std::string(number.key) + " = ") != std::string::npos);
    }
    w.h.release();
    w.frames();
    CHECK(seen.size() >= number.stops);
    CHECK(w.twin().stop == static_cast<int>(w.twin().stops.size()) - 1);
  }
}

TEST_CASE("a number of replicas can be dragged to the replication factor; a typed number may be beyond it") {
  const auto stops = [](const char* target, const char* key, const char* value) {
    PlayerWindow w("replication/min-insync", 2'000'000);
    w.player.act(open_twin_setting(target, key, value));
    w.frames();
    REQUIRE(w.twin().open);
    CHECK(w.twin().stops[static_cast<std::size_t>(w.twin().stop)] == value);
    return w.twin().stops;
  };
  CHECK(stops("pay", "min.insync.replicas", "1") == std::vector<std::string>{"1", "2", "3"});
  CHECK(stops("pay", "min.insync.replicas", "9") == std::vector<std::string>{"1", "2", "3", "9"});
  CHECK(stops("broker-1", "default.replication.factor", "2") == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE("the details of a producer have its rate, with the button that opens a second world") {
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
    clicked = w.click(make_id("rate beside"));
  }
  REQUIRE(clicked);
  REQUIRE(w.twin().open);
  CHECK(w.twin().here.en == "shop rate = 20/s");
  CHECK(w.twin().dial == "shop rate");
}

TEST_CASE("a path of the file that is a rate or a setting of the cluster gets its words and its dial") {
  struct Path {
    const char *path, *value, *name;
  };
  for (const Path& path : {Path{"clients/shop/rate", "45/s", "shop rate = 45/s"},
                           Path{"cluster/config/broker.session.timeout.ms", "4000", "broker.session.timeout.ms = 4000"},
                           Path{"clients/shop/config/linger.ms", "200", "shop linger.ms = 200"}}) {
    CAPTURE(path.path);
    PlayerWindow w(kFailover, kDead);
    Action open = action(ActionKind::OpenTwin);
    open.verb = "path";
    open.target = path.path;
    open.other = path.value;
    w.player.act(open);
    w.frames();
    REQUIRE(w.twin().open);
    CHECK(w.twin().there.en == path.name);
    CHECK(w.marks("dial") == 1);
    REQUIRE(w.twin().stop >= 0);
    CHECK(w.twin().stops[static_cast<std::size_t>(w.twin().stop)] == path.value);
    // In ascending order, also where the value is between two stops.
    std::vector<int> values;
    for (const std::string& stop : w.twin().stops) values.push_back(std::stoi(stop));
    CHECK(std::is_sorted(values.begin(), values.end()));
  }
}

TEST_CASE("in a comparison a name has the origin that it has in the panels of metrics and records") {
  for (const char* name :
       {"acked", "lost, though acked", "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions"}) {
    CAPTURE(name);
    PlayerWindow w(kFailover, kDead, Layout::Workbench, 1920, 1080);
    Action open = action(ActionKind::OpenTwin);
    open.verb = "setting";
    open.target = "shop";
    open.text = "acks";
    w.player.act(open);
    w.frames(4);
    REQUIRE(w.h.dashboard.state().tab == ui::Tab::Compare);
    REQUIRE(w.click(make_id(std::string("origin ") + name)));
    CHECK(w.h.dashboard.state().origin.name == name);
  }
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
  REQUIRE(told.lines.size() == 4);  // the last: what has become of records
  for (std::size_t i = 1; i < told.lines.size(); ++i) CHECK(told.lines[i - 1].time_us <= told.lines[i].time_us);
  for (const ui::WhyLine& effect : told.effects)
    for (const ui::WhyLine& line : told.lines) CHECK_FALSE(line.words.en.ends_with(effect.words.en));
  REQUIRE_FALSE(w.player.log().chain.empty());
  CHECK(w.player.log().chain.front().node == "broker-2");
}

TEST_CASE("W after a click in the second world asks about that world, and the answer says so") {
  PlayerWindow w(kFailover, kDead);
  const auto& marks = w.h.time.marks;
  const auto fault = std::find_if(marks.begin(), marks.end(),
                                  [](const ui::TimeMark& mark) { return mark.kind == ui::MarkKind::Fault; });
  REQUIRE(fault != marks.end());
  REQUIRE(w.click(make_id("mark", static_cast<std::uint64_t>(fault - marks.begin())), true));
  REQUIRE(w.twin().ready);
  const auto broker = static_cast<std::uint64_t>(
      std::find_if(w.h.world.nodes.begin(), w.h.world.nodes.end(), [](const auto& n) { return n.name == "broker-1"; }) -
      w.h.world.nodes.begin());
  const auto tells_of_crash = [&] {
    const auto& lines = w.player.log().why.lines;
    return std::any_of(lines.begin(), lines.end(),
                       [](const ui::WhyLine& l) { return l.words.en.find("rash") != std::string::npos; });
  };
  REQUIRE(w.click(make_id("node", broker) ^ make_id("twin")));  // there it has not crashed
  w.key(ui::kKeyW);
  REQUIRE(w.player.log().why.open);
  CHECK(w.player.log().why.question.en.ends_with("(in world B)"));
  CHECK_FALSE(tells_of_crash());
  for (const ui::WhyLine& line : w.player.log().why.lines) CHECK(line.world == ui::WhyLine::World::Other);
  CHECK(w.player.log().chain.empty());
  w.key(ui::kKeyEscape);
  REQUIRE(w.click(make_id("node", broker)));
  CHECK(w.marks("key of why parting") == 0);  // after a click W asks about what was clicked, in this world too
  w.key(ui::kKeyW);
  REQUIRE(w.player.log().why.open);
  CHECK(w.player.log().why.question.en.find("world B") == std::string::npos);
  CHECK(w.player.log().why.question.en.find("diverge") == std::string::npos);
  CHECK(tells_of_crash());
}
