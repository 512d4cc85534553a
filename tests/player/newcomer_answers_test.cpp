// Somebody who sees the window for the first time: an answer takes a few clicks, and what was chosen stays in sight.
#include <algorithm>

#include "player/helpers.h"
#include "player/window.h"
#include "protocol/facts_of_clients.h"
#include "scenario/templates.h"
#include "ui/looks.h"
#include "ui/panels/presenter.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

Id card_of(PlayerWindow& w, const std::string& name) {
  const auto& nodes = w.h.world.nodes;
  const auto at = std::find_if(nodes.begin(), nodes.end(), [&](const auto& node) { return node.name == name; });
  REQUIRE(at != nodes.end());
  return ui::make_id("node", static_cast<std::uint64_t>(at - nodes.begin()));
}

Action present() {
  Action a = action(ActionKind::SetLayout);
  a.text = "presenter";
  return a;
}

/// At the head of its card, because chips cover the rest.
void click_head(PlayerWindow& w, const std::string& name) {
  const ui::Rect card = w.h.dashboard.hits().find(card_of(w, name));
  REQUIRE_FALSE(card.empty());
  w.h.click(card.cx(), card.y + 12);
  w.frames();
}

}  // namespace

TEST_CASE("what with acks=1: the producer, its details, the button beside acks; both worlds say what they come to") {
  PlayerWindow w("replication/all-brokers-down", 30'000'000, Layout::Lesson, 1280, 720);
  REQUIRE(w.click(card_of(w, "p-elr")));
  REQUIRE(w.click(ui::make_id("selection inspect")));
  REQUIRE(w.click(ui::make_id("acks beside")));  // without the wheel
  w.frames(6);
  REQUIRE(w.twin().ready);
  CHECK(w.twin().end_lost_here == 125);
  CHECK(w.twin().end_lost_there == 175);
  CHECK(shows(w.h, "at the end: 125 lost"));
  CHECK(shows(w.h, "at the end: 175 lost"));
  w.h.dashboard.set_language(ui::Lang::Ko);
  w.frames();
  CHECK(shows(w.h, "끝에는 175개 유실"));
  // At the end the verdict itself says it.
  w.player.seek(w.player.session().until());
  w.frames(6);
  CHECK(w.twin().end_lost_here == -1);
  CHECK_FALSE(shows(w.h, "끝에는"));
}

TEST_CASE(
    "the buttons beside a clicked node wait as long as the world is paused, and do not go away below the pointer") {
  for (const bool playing : {false, true}) {
    PlayerWindow w("replication/all-brokers-down", 30'000'000, Layout::Lesson, 1280, 720);
    w.player.play(false);
    w.frames();
    REQUIRE(w.click(card_of(w, "p-elr")));
    const std::vector<ui::Rect> bars = ui::marks(w.h, "selection bar");
    REQUIRE(bars.size() == 1);
    if (playing) w.h.move(bars[0].cx(), bars[0].cy());
    w.h.time.playing = playing;
    for (int i = 0; i < 12 * 60; ++i) w.h.frame();  // 12 s
    REQUIRE(ui::marks(w.h, "selection bar").size() == 1);
    CHECK(w.click(ui::make_id("selection inspect")));
    CHECK(w.h.dashboard.state().drawer);
  }
}

TEST_CASE("the buttons beside a clicked node stay in place while a button of the mouse is held") {
  PlayerWindow w("replication/all-brokers-down", 30'000'000, Layout::Lesson, 1280, 720);
  w.player.play(false);
  w.frames();
  REQUIRE(w.click(card_of(w, "p-now")));
  const std::vector<ui::Rect> bars = ui::marks(w.h, "selection bar");
  REQUIRE(bars.size() == 1);
  w.h.move(bars[0].right() - 20, bars[0].cy());
  w.h.frame();
  w.h.press();
  w.h.frame();
  w.h.dashboard.state().moved["p-wait"] = {.3f, .8f};  // another place would be free now
  w.h.frame();
  CHECK(ui::marks(w.h, "selection bar").front().x == bars[0].x);
  w.h.release();
  w.frames();
  CHECK(w.h.dashboard.state().drawer);
}

TEST_CASE("a record of the list of skipped ones says first that it was skipped, and by which group") {
  const std::string text = text_of("consumer/auto-commit");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{27'000'000});
  Action list = action(ActionKind::SelectFate);
  list.text = "skipped";
  list.other = "handoff";
  player.act(list);
  const ui::LogModel& log = player.log();
  REQUIRE_FALSE(log.fate_records.empty());
  Action record = action(ActionKind::SelectRecord, log.fate_records.front().offset);
  record.target = log.fate_records.front().partition;
  player.act(record);
  CHECK(player.log().record_verdict.en == "skipped by handoff; when sent: acked");
  CHECK(player.log().record_bad);
  // The same record by itself tells of its sending only.
  list.text = "acked";
  list.other.clear();
  player.act(list);
  player.act(record);
  CHECK(player.log().record_verdict.en == "outcome: acked");
  CHECK_FALSE(player.log().record_bad);
}

TEST_CASE("while no controller has a majority, W about a partition with a dead broker names the lost majority") {
  PlayerWindow w("controller/kraft-quorum-loss", 29'000'000, Layout::Lesson, 1280, 720);
  w.key(ui::kKeyW);
  const ui::WhyModel& why = w.player.log().why;
  REQUIRE(why.open);
  CHECK(why.path == "/partitions/orders-1/isr");
  CHECK(std::any_of(why.lines.begin(), why.lines.end(),
                    [](const ui::WhyLine& line) { return line.words.en.find("1 of 3 runs") != std::string::npos; }));
}

TEST_CASE("after a crash by hand the election is seen for a while, and a click tells what the crash led to") {
  const std::string text = text_of("delivery/exactly-once");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{12'000'000});
  player.act(fault("crash", "broker-2"));
  CHECK(player.lesson().detour.why.ends_with("/effects"));
  player.play(true);
  const std::size_t before = player.session().observation().leader_changes().size();
  constexpr std::int64_t kFrame = 16667;
  const auto elected = [&] { return player.session().observation().leader_changes().size() > before; };
  for (int i = 0; i < 60 * 60 && !elected(); ++i) player.tick(kFrame);
  REQUIRE(elected());
  const sim::Instant at = player.session().observation().leader_changes().back().at;
  CHECK(player.now() < at + sim::seconds(1));
  std::int64_t wall = 0;
  while (wall < 60'000'000 && player.now() < at + sim::seconds(6)) player.tick(kFrame), wall += kFrame;
  CHECK(wall >= 3'500'000);  // of the viewer's time
}

TEST_CASE("beside the title of a detour a button tells what the crash led to") {
  PlayerWindow w("delivery/exactly-once", 12'000'000, Layout::Lesson, 1280, 720);
  w.player.act(fault("crash", "broker-2"));
  w.player.seek(sim::Instant{20'000'000});
  w.frames();
  CHECK(shows(w.h, "What it led to"));
  REQUIRE(w.click(ui::make_id("detour why")));
  REQUIRE(w.player.log().why.open);
  const ui::WhyModel& why = w.player.log().why;
  CHECK(why.path.ends_with("/effects"));
  REQUIRE(why.lines.size() == 4);
  CHECK(why.lines.front().words.en.find("broker-2") != std::string::npos);
}

TEST_CASE("after a crash by hand a smaller ISR is seen for a while, also if no leader changes") {
  const std::string text = text_of("replication/min-insync");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.act(fault("crash", "broker-3"));  // a follower
  player.play(true);
  constexpr std::int64_t kFrame = 16667;
  const auto in_sync = [&] {
    const cluster::Cluster& cluster = player.session().cluster();
    return cluster.committed().partition(cluster.partition(*cluster::parse_partition_name("pay-0")))->isr.size();
  };
  for (int i = 0; i < 60 * 60 && in_sync() == 3; ++i) player.tick(kFrame);
  REQUIRE(in_sync() == 2);
  REQUIRE(player.session().observation().leader_changes().empty());
  const sim::Instant at = player.now();
  std::int64_t wall = 0;
  while (wall < 60'000'000 && player.now() < at + sim::seconds(6)) player.tick(kFrame), wall += kFrame;
  CHECK(wall >= 3'500'000);
}

TEST_CASE("the button about what a crash led to comes once something has come of it") {
  PlayerWindow w("delivery/exactly-once", 12'000'000, Layout::Lesson, 1280, 720);
  w.player.act(fault("crash", "broker-2"));
  w.player.seek(sim::Instant{12'500'000});
  w.frames();
  CHECK_FALSE(w.player.lesson().detour.why.empty());
  CHECK_FALSE(shows(w.h, "What it led to"));
  w.player.seek(sim::Instant{24'000'000});
  w.frames();
  CHECK(shows(w.h, "What it led to"));
  w.player.seek(sim::Instant{12'500'000});
  w.frames();
  CHECK_FALSE(shows(w.h, "What it led to"));
}

TEST_CASE("the votes stay beside their question until the next step, and the outcome says how many were right") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("groups/rebalance-eager", 11'000'000, Layout::Presenter, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.player.act(present());
    w.player.play(true);
    for (int i = 0; i < 2000 && w.player.lesson().question.phase != ui::QuestionPhase::Open; ++i) {
      w.player.tick(16667);
      if (!w.player.playing() && w.player.lesson().question.phase != ui::QuestionPhase::Open)
        w.player.act(action(ActionKind::NextStep));
    }
    const ui::Question asked = w.player.lesson().question;
    REQUIRE(asked.phase == ui::QuestionPhase::Open);
    for (const int choice : {asked.answer, asked.answer, (asked.answer + 1) % 3})
      w.player.act(action(ActionKind::Vote, choice));
    w.frames();
    CHECK(ui::marks(w.h, "vote bar").size() == 3);
    w.player.act(action(ActionKind::Reveal));
    w.frames();
    REQUIRE(w.player.lesson().question.phase == ui::QuestionPhase::Predicted);
    CHECK(ui::marks(w.h, "vote bar").size() == 3);
    const std::string question = ui::pick(lang, asked.question);
    CHECK(shows(w.h, question.substr(0, question.find(' '))));
    w.key(ui::kKey1 + 1);
    CHECK(shows(w.h, lang == ui::Lang::En ? "The vote is over." : "투표는 끝났어요."));
    for (int i = 0; i < 4000 && w.player.lesson().question.phase == ui::QuestionPhase::Predicted; ++i) {
      w.player.tick(16667);
      if (!w.player.playing()) w.player.act(action(ActionKind::NextStep));
    }
    w.frames();
    CHECK(shows(w.h, lang == ui::Lang::En ? "2 of 3 votes were right." : "3표 가운데 2표가 맞았어요."));
    clean(w.h);
  }
}

TEST_CASE("in an empty cluster the first records of a new producer are on their way within a few seconds") {
  const std::string text = scenario::text_of(*scenario::find_template("empty"));
  Player player(parse(text), "x", text);
  player.act(action(ActionKind::FreePlay));
  constexpr std::int64_t kFrame = 16667;
  for (int i = 0; i < 120; ++i) player.tick(kFrame);
  Action topic = action(ActionKind::DoStep);
  topic.text = R"({"do": "create_topic", "topic": "orders", "partitions": 1})";
  player.act(topic);
  for (int i = 0; i < 600; ++i) player.tick(kFrame);
  Action add = action(ActionKind::DoStep);
  add.text =
      R"({"do": "add_client", "client": {"id": "producer-1", "kind": "producer", "topic": "orders", "rate": "10/s"}})";
  player.act(add);
  CHECK(player.lesson().hand.problem.empty());
  player.play(true);
  std::int64_t wall = 0;
  const auto sent = [&] {
    const observe::Snapshot& world = player.snapshot();
    return std::any_of(world.clients.begin(), world.clients.end(), [](const auto& c) { return c.acked > 0; });
  };
  while (wall < 30'000'000 && !sent()) player.tick(kFrame), wall += kFrame;
  CHECK(sent());
  CHECK(wall < 5'000'000);
}

TEST_CASE("Right finds leaders that take up their epochs, groups loaded again, and new errors of clients") {
  PlayerWindow w("replication/leader-failover", 5'000'001, Layout::Lesson, 1280, 720);
  w.player.play(false);
  w.frames();
  click_head(w, "broker-2");
  w.key(ui::kKeyC);
  w.frames(4);
  REQUIRE(w.player.lesson().detour.active);
  std::vector<std::int64_t> stops;
  for (int i = 0; i < 12 && w.player.now().us < 35'000'000; ++i) {
    w.key(ui::kKeyRight);
    for (int n = 0; n < 1000 && w.player.busy(); ++n) w.player.tick(0);
    stops.push_back(w.player.now().us);
  }
  CHECK(std::find(stops.begin(), stops.end(), 13'549'138) != stops.end());
  CHECK(std::any_of(stops.begin(), stops.end(), [](auto at) { return at > 13'549'138 && at < 13'700'000; }));
  CHECK(std::any_of(stops.begin(), stops.end(), [](auto at) { return at > 34'000'000 && at < 36'000'000; }));
}

TEST_CASE("Right stops where a producer hears again that its records are written") {
  // The detour's crash of the leader of orders-1: shop learns of the next leader nine seconds later.
  const std::string text = text_of("delivery/exactly-once");
  const auto next = [](Player& player) {
    player.act(action(ActionKind::NextChange));
    for (int n = 0; n < 1000 && player.busy(); ++n) player.tick(0);
  };
  const auto after_the_crash = [&](Player& player) {
    player.seek(sim::Instant{9'000'000});
    player.act(fault("crash", "broker-2"));
    player.play(false);
  };
  Player player(parse(text), "x", text);
  after_the_crash(player);
  std::vector<std::int64_t> stops;
  for (int i = 0; i < 40 && player.now().us < 19'000'000; ++i) next(player), stops.push_back(player.now().us);
  const auto acked = [&](const sim::TraceLine& l) {
    const auto f = fact_if<fact::BatchAcked>(l);
    return f && l.time.us > 10'000'000 && player.session().cluster().name(f->partition) == "orders-1";
  };
  std::int64_t recovered = 0;
  const observe::TraceStore& trace = player.session().observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (recovered == 0 && acked(trace[i])) recovered = trace[i].time.us;
  REQUIRE(recovered > 0);
  CHECK(std::count(stops.begin(), stops.end(), recovered) == 1);
}

TEST_CASE("a lesson does not offer to continue at the step at which it stands") {
  PlayerWindow w("replication/leader-failover", 2'500'000, Layout::Lesson, 1280, 720);
  w.player.play(false);
  w.player.offer_resume({true, 3, 9, 5'000'000});
  w.frames();
  CHECK(shows(w.h, "Continue at step 4 of 9"));
  w.player.play(true);  // up to the crash, which is step 4
  for (int i = 0; i < 3000 && w.player.lesson().step < 3; ++i) {
    if (w.player.lesson().question.phase == ui::QuestionPhase::Open) w.player.act(action(ActionKind::SkipQuestion));
    if (w.player.lesson().turn.open) w.player.act(action(ActionKind::DoStep));
    w.player.tick(100'000);
  }
  w.frames(3);
  REQUIRE(w.player.lesson().step >= 3);
  CHECK_FALSE(shows(w.h, "Continue at step 4 of 9"));
}

TEST_CASE("Why? about a process that a person paused says that it was done by hand, and when") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2'000'000});
  player.act(fault("pause", "shop"));
  player.seek(sim::Instant{3'000'000});
  Action why = action(ActionKind::Why);
  why.text = "/clients/shop/state";
  player.act(why);
  const auto& lines = player.log().why.lines;
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].words.en == "Done by hand: pause shop");
  CHECK(lines[0].words.ko == "직접 한 일: pause shop");
  CHECK(lines[0].time_us / 1000 == 2000);
}
