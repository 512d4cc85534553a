// Files without narration, two ledgers at one moment, acts in a paused world, answers that are cleared.
#include <nlohmann/json.hpp>

#include "player/helpers.h"
#include "scenario/templates.h"

using namespace kafkascope;
using namespace kafkascope::app;
using nlohmann::ordered_json;
using ui::QuestionPhase;

namespace {

std::string script_text() {
  return R"({"format": 1, "id": "quiet", "title": {"en": "A quiet script", "ko": "말 없는 대본"}, "cluster": {"controllers": 1, "brokers": 3},
    "topics": [{"name": "orders", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s"}],
    "steps": [{"at": "2s", "do": "pause", "node": "leader:orders-0"}, {"at": "5s", "do": "resume", "node": "broker-1"}], "until": "20s"})";
}

const ui::Comparison& compared(Player& player) {
  for (int i = 0; i < 2000 && !player.lesson().comparison.ready; ++i) {
    player.act(action(ActionKind::Compare));
    player.tick(0);
  }
  REQUIRE(player.lesson().comparison.ready);
  return player.lesson().comparison;
}

}  // namespace

TEST_CASE("a script without narration shows its acts as steps, which are marked on the timeline in advance") {
  const std::string text = script_text();
  Player player(parse(text), "x", text);
  const ui::LessonModel before = player.lesson();
  CHECK(before.present);
  CHECK_FALSE(before.told);
  CHECK(before.title.ko == "말 없는 대본");
  REQUIRE(before.steps.size() == 2);
  CHECK(before.steps[0].title.en == "pause leader:orders-0");  // the leader is not known yet
  CHECK(before.steps[0].at_us == 2000000);
  CHECK_FALSE(before.steps[0].done);
  std::vector<std::int64_t> marks;
  for (const ui::TimeMark& m : player.time().marks)
    if (m.kind == ui::MarkKind::Step) marks.push_back(m.at_us);
  CHECK(marks == std::vector<std::int64_t>{2000000, 5000000});
  player.seek(sim::Instant{3000000});
  CHECK(player.lesson().steps[0].done);
  CHECK(player.lesson().step == 0);
  player.seek(player.session().until());
  CHECK(headless_hash(text) == player.session().trace_hash());
}

TEST_CASE("a lesson shows its narration; a file without steps opens as free play") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  CHECK(player.lesson().told);
  auto document = ordered_json::parse(script_text());
  document.erase("steps");
  const std::string bare = document.dump();
  Player free(parse(bare), "x", bare);
  CHECK_FALSE(free.lesson().present);
  CHECK(free.lesson().title.en == "A quiet script");
}

TEST_CASE("after a change to try its ledger is shown beside the original's, at the same moment") {
  const std::string text = text_of("producer/acks");
  Player player(parse(text), "x", text);
  CHECK_FALSE(player.lesson().comparison.present);
  player.seek(player.session().until());
  const observe::FateCounts whole = player.snapshot().ledger.all;
  player.act(action(ActionKind::TryNext, 0));
  CHECK(player.lesson().comparison.present);
  CHECK_FALSE(player.lesson().comparison.ready);
  CHECK(player.lesson().paragraphs.front().en ==
        player.lesson().detour.what.en);  // not the narration about the unchanged world
  player.seek(player.session().until());
  CHECK(player.lesson().view.panels.front() == "compare");
  const ui::Comparison& two = compared(player);
  CHECK(two.kind == ui::RunKind::Try);
  CHECK(two.original.acked == whole.acked);
  CHECK(two.original.produced == whole.produced);
  CHECK(two.changed.acked == player.snapshot().ledger.all.acked);
  CHECK(two.changed.lost_acked < two.original.lost_acked);
  player.seek(sim::Instant{900000});  // before the difference: both are equal
  const ui::Comparison& early = compared(player);
  CHECK(early.original.acked == early.changed.acked);
  CHECK(early.original.acked > 0);
  player.act(action(ActionKind::ReturnFromDetour));  // the same comparison from the lesson's side
  const ui::Comparison& back = compared(player);
  CHECK(back.original.acked == whole.acked);
  CHECK(back.kind == ui::RunKind::Try);
}

TEST_CASE("two runs are compared at the same moment while they play") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(action(ActionKind::NextSeed));
  player.act(action(ActionKind::SetSpeed, 200000));
  player.play(true);
  for (int frame = 0; frame < 300; ++frame) {
    player.act(action(ActionKind::Compare));
    player.tick(16000);
    REQUIRE(player.lesson().comparison.ready);
    CHECK(player.lesson().comparison.at_us == player.now().us);
  }
  REQUIRE(player.now().us > 500000);
  CHECK(player.lesson().comparison.changed.produced > 0);
  CHECK(player.lesson().comparison.original.produced > 0);
}

TEST_CASE("the world pauses while a menu or a form is open, and then continues") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.act(action(ActionKind::SetSpeed, 1'000'000));  // no time to read stands before the next step
  player.play(true);
  player.tick(500000);
  const sim::Instant before = player.now();
  for (int frame = 0; frame < 60; ++frame) {
    player.act(action(ActionKind::Wait));
    player.tick(16000);
  }
  CHECK(player.now() == before);
  CHECK(player.time().playing);
  player.tick(16000);
  CHECK(player.now() > before);
}

TEST_CASE(
    "in a new cluster without clients adaptive time runs ten times as fast, and its box says so; an act ends that") {
  const std::string text = scenario::text_of(*scenario::find_template("empty"));
  Player player(parse(text), "x", text);
  player.act(action(ActionKind::FreePlay));
  for (int frame = 0; frame < 20 * 60; ++frame) {
    player.tick(1'000'000 / 60);
    CHECK(player.lesson().quiet_until_us < 0);  // a silence without an end is not announced
    CHECK_FALSE(player.lesson().glide.active);
  }
  CHECK(player.now().us > 150'000'000);
  CHECK(player.now().us < 210'000'000);
  CHECK(player.time().adapts);
  CHECK(player.time().rate_ppm == 10'000'000);
  SUBCASE("what an act leads to is seen at the true speed") {
    player.act(fault("crash", "broker-2"));
    const std::int64_t from = player.now().us;
    for (int frame = 0; frame < 10 * 60; ++frame) player.tick(1'000'000 / 60);
    CHECK(player.now().us - from < 10'500'000);
    for (int frame = 0; frame < 10 * 60; ++frame) player.tick(1'000'000 / 60);
    CHECK(player.now().us - from > 30'000'000);
  }
  SUBCASE("a speed that somebody chooses holds") {
    player.act(action(ActionKind::SetSpeed, 1'000'000));
    const std::int64_t from = player.now().us;
    for (int frame = 0; frame < 60; ++frame) player.tick(1'000'000 / 60);
    CHECK(player.now().us - from < 1'100'000);
  }
}

TEST_CASE("a comparison changes neither run") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{9000000});
  const std::string there = player.session().trace_hash();
  player.act(action(ActionKind::NextSeed));
  player.seek(sim::Instant{12000000});
  const std::string here = player.session().trace_hash();
  CHECK(compared(player).seed == compared(player).other_seed + 1);
  CHECK(player.session().trace_hash() == here);
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK(player.now().us == 9000000);
  CHECK(player.session().trace_hash() == there);
}

TEST_CASE("after an act the world runs on, but a world paused by hand stays paused, with a notice") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(fault("pause", "broker-3"));
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK_FALSE(player.playing());
  player.act(fault("crash", "broker-3"));
  CHECK(player.playing());
  player.act(action(ActionKind::Pause));
  player.take_notices();
  player.act(fault("crash", "broker-2"));
  CHECK_FALSE(player.playing());
  const auto notices = player.take_notices();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].words.en.find("Space") != std::string::npos);
  CHECK(notices[0].words.ko.find("Space") != std::string::npos);
}

TEST_CASE("when a lesson starts over for another audience, its answered questions are open again") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  run_to_question(player);
  player.act(action(ActionKind::Answer, 1));
  player.seek(sim::Instant{15000000});
  player.act(action(ActionKind::FromStart));
  CHECK(player.now().us == 0);
  CHECK(player.lesson().question.phase == QuestionPhase::Closed);
  run_to_question(player);
  CHECK(player.lesson().question.chosen == -1);
}

TEST_CASE("the learner's task is shown at once, and its hint after a while") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  run_to_question(player);
  player.act(action(ActionKind::Answer, 0));
  for (int i = 0; i < 500 && !player.lesson().turn.open; ++i) player.tick(16000);
  REQUIRE(player.lesson().turn.open);
  REQUIRE(player.lesson().paragraphs.size() == 1);
  CHECK(player.lesson().paragraphs.front().en == "Crash broker-1.");
}

TEST_CASE("a session saved as a file has its own name and replays to the same hash") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{6000000});
  const std::string saved = player.runs().saved_session(true);
  const auto document = ordered_json::parse(saved);
  CHECK(document["id"] == "leader-failover-session");
  CHECK(document["title"]["en"] == "A leader dies (session)");
  CHECK_FALSE(document.contains("$schema"));
  CHECK(headless_hash(saved) == player.session().trace_hash());
}

TEST_CASE("a ring for a znode has the znode's path beside it: the ensemble is no controller") {
  auto document = ordered_json::parse(text_of("controller/zookeeper-failover"));
  document["steps"][0]["view"]["point"] = {"/zookeeper/controller", "/zookeeper/brokers/ids"};
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{1'000'000});
  REQUIRE(player.lesson().view.point.size() >= 2);
  std::vector<std::string> labels;
  for (const ui::PointAt& p : player.lesson().view.point) labels.push_back(p.label.en);
  CHECK(std::find(labels.begin(), labels.end(), "/controller") != labels.end());
  CHECK(std::find(labels.begin(), labels.end(), "/brokers/ids") != labels.end());
}

TEST_CASE("the label beside a ring is a name, not the key of a field") {
  auto document = ordered_json::parse(script_text());
  document["steps"][0] = {
      {"at", "1s"},
      {"say", {{"en", "Look."}}},
      {"view", {{"point", {"/cluster/active_controller", "/partitions/orders-0/partition_epoch"}}}}};
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{1500000});
  REQUIRE_FALSE(player.lesson().view.point.empty());
  CHECK(player.lesson().view.point[0].label.en == "active: controller-1");
  for (const ui::PointAt& p : player.lesson().view.point) CHECK(p.label.en.find('_') == std::string::npos);
}
