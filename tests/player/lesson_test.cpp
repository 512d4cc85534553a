// A lesson as a learner goes through it: predictions, votes, pointing, changed values, the end.
#include <nlohmann/json.hpp>

#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;
using nlohmann::ordered_json;
using ui::QuestionPhase;

namespace {

void run_past_turns(Player& player, sim::Instant to) {
  player.act(action(ActionKind::SetSpeed, 4000000));
  player.play(true);
  for (int i = 0; i < 20000 && player.now() < to; ++i) {
    player.tick(16000);
    if (player.lesson().turn.open) player.act(action(ActionKind::DoItForMe));
  }
}

Action pick(const char* what) {
  Action a = action(ActionKind::Pick);
  a.target = what;
  return a;
}

}  // namespace

TEST_CASE("the narration that a question keeps has the number of its own step") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  run_to_question(player);
  CHECK(player.lesson().step == 2);
  CHECK(player.lesson().told_step == 1);
  CHECK(player.lesson().step_title.en == "Filled cells are committed");
}

TEST_CASE("a wrong prediction is marked and explained after the run has shown the answer") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  run_to_question(player);
  CHECK_FALSE(player.lesson().can_next);
  const int right = player.lesson().question.answer;
  const int wrong = right == 0 ? 1 : 0;
  player.act(action(ActionKind::Answer, wrong));
  run_past_turns(player, sim::Instant{12000000});
  CHECK(player.lesson().question.phase == QuestionPhase::Predicted);  // no leader has been elected yet
  run_past_turns(player, sim::Instant{15000000});
  const ui::Question q = player.lesson().question;
  CHECK(q.phase == QuestionPhase::Differed);
  CHECK(q.mistaken);
  CHECK_FALSE(q.choices[static_cast<std::size_t>(wrong)].because.en.empty());
  CHECK_FALSE(q.choices[static_cast<std::size_t>(wrong)].because.ko.empty());
  CHECK(q.outcome.en == q.choices[static_cast<std::size_t>(right)].text.en);
  run_past_turns(player, sim::Instant{25000000});
  CHECK(player.lesson().question.phase == QuestionPhase::Closed);  // it has been read, and is hidden
}

TEST_CASE("a right prediction is confirmed, and a skipped one is not mentioned") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  run_to_question(player);
  SUBCASE("right") {
    player.act(action(ActionKind::Answer, player.lesson().question.answer));
    run_past_turns(player, sim::Instant{15000000});
    CHECK(player.lesson().question.phase == QuestionPhase::Held);
  }
  SUBCASE("skipped") {
    player.act(action(ActionKind::SkipQuestion));
    CHECK(player.playing());
    run_past_turns(player, sim::Instant{15000000});
    CHECK(player.lesson().question.phase == QuestionPhase::Closed);
  }
}

TEST_CASE("before an audience the world stops at every step, and questions are put to a vote") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  Action present = action(ActionKind::SetLayout);
  present.text = "presenter";
  player.act(present);
  player.play(true);
  player.act(action(ActionKind::SetSpeed, 4000000));
  ticks(player, 400);
  CHECK_FALSE(player.playing());
  CHECK(player.now().us >= 2000000);
  CHECK(player.now().us < 2010000);  // at the narration of 2 s
  player.act(action(ActionKind::NextStep));
  for (int i = 0; i < 400 && player.lesson().question.phase != QuestionPhase::Open; ++i) player.tick(16000);
  const ui::Question asked = player.lesson().question;
  REQUIRE(asked.phase == QuestionPhase::Open);
  CHECK(asked.voting);
  CHECK(player.lesson().paragraphs.front().en == asked.question.en);  // to be read aloud from the wall
  for (int choice : {0, 2, 2, 1, 2, 99}) player.act(action(ActionKind::Vote, choice));
  const std::vector<int> votes = player.lesson().question.votes;
  REQUIRE(votes.size() == asked.choices.size());
  CHECK(votes[0] == 1);
  CHECK(votes[1] == 1);
  CHECK(votes[2] == 3);
  CHECK(player.lesson().question.phase == QuestionPhase::Open);
  player.act(action(ActionKind::Reveal));
  CHECK(player.lesson().question.chosen == 2);
  CHECK(player.lesson().question.phase == QuestionPhase::Predicted);
}

TEST_CASE("a question can be answered by a click on a node, and the candidates are nodes of the same kind") {
  auto document = ordered_json::parse(text_of(kFailover));
  for (auto& step : document["steps"])
    if (step.contains("ask"))
      step["ask"] = {{"question", {{"en", "Who dies?"}, {"ko", "누가 죽을까요?"}}},
                     {"pick", "node"},
                     {"answer", "leader:orders-0"},
                     {"why", {{"en", "It leads."}, {"ko", "리더예요."}}}};
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  run_to_question(player);
  const ui::Question q = player.lesson().question;
  CHECK(q.pick == ui::PickKind::Node);
  CHECK(q.candidates == std::vector<std::string>{"broker-1", "broker-2", "broker-3"});
  CHECK(q.answer == 0);
  player.act(pick("checkout"));
  CHECK(player.lesson().question.phase == QuestionPhase::Open);  // not a candidate
  player.act(pick("broker-3"));
  CHECK(player.lesson().question.phase == QuestionPhase::Predicted);
  CHECK(player.lesson().question.chosen == 2);
  run_past_turns(player, sim::Instant{15000000});
  CHECK(player.lesson().question.phase == QuestionPhase::Differed);
  CHECK(player.lesson().question.outcome.en == "broker-1");
}

TEST_CASE("a question can be answered by a click on a partition or a record") {
  for (const auto& [kind, answer, pointed] :
       {std::tuple{"partition", "orders-1", "orders-1"}, std::tuple{"offset", "3", "orders-0/3"}}) {
    auto document = ordered_json::parse(text_of(kFailover));
    for (auto& step : document["steps"])
      if (step.contains("ask"))
        step["ask"] = {{"question", {{"en", "Which?"}, {"ko", "어느 것?"}}}, {"pick", kind}, {"answer", answer}};
    const std::string text = document.dump();
    const char* what = kind;
    CAPTURE(what);
    Player player(parse(text), "x", text);
    run_to_question(player);
    player.act(pick(pointed));
    CHECK(player.lesson().question.chosen >= 0);
    CHECK(player.lesson().question.chosen == player.lesson().question.answer);
  }
}

TEST_CASE("values that changed since the last step are marked") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.act(action(ActionKind::SetSpeed, 4000000));
  bool crashed = false, leader = false;
  for (int i = 0; i < 20000 && player.now().us < 15000000; ++i) {
    player.tick(16000);
    const ui::LessonModel& lesson = player.lesson();
    if (lesson.question.phase == QuestionPhase::Open) player.act(action(ActionKind::Answer, 0));
    if (lesson.turn.open) player.act(action(ActionKind::DoItForMe));
    for (const ui::ChangedValue& c : player.lesson().changed) {
      crashed |= c.name.en == "broker-1" && c.before.en == "running" && c.now.en == "crashed";
      leader |= c.name.en == "orders-0 leader" && c.before.en == "broker-1" && c.now.en == "broker-2";
    }
  }
  CHECK(crashed);
  CHECK(leader);
}

TEST_CASE("the end of a lesson says how many invariants were checked and which failed") {
  auto document = ordered_json::parse(text_of("replication/leader-follower"));
  SUBCASE("all invariants held") {
    const std::string text = document.dump();
    Player player(parse(text), "x", text);
    player.seek(player.session().until());
    CHECK(player.lesson().end.active);
    CHECK(player.lesson().end.failed.empty());
    CHECK(player.lesson().end.invariants > 0);
    CHECK(player.lesson().end.expectations > 3);
  }
  SUBCASE("one invariant failed") {
    document["expect"] =
        ordered_json::array({{{"path", "/partitions/orders-0/leader"},
                              {"equals", 3},
                              {"message", {{"en", "broker-3 should lead"}, {"ko", "broker-3이 리더여야 해요"}}}}});
    const std::string text = document.dump();
    Player player(parse(text), "x", text);
    player.seek(player.session().until());
    REQUIRE(player.lesson().end.failed.size() == 1);
    CHECK(player.lesson().end.failed[0].en.find("broker-3 should lead") == 0);
    CHECK(player.lesson().end.failed[0].ko.find("broker-3이 리더여야 해요") == 0);
    CHECK(player.session().now() == player.session().until());  // checked on a copy
  }
}

TEST_CASE("steps have titles, and the learner's task names the node it will affect") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  CHECK(player.lesson().steps[0].title.en == "Each partition has three replicas");
  CHECK(player.lesson().steps[2].title.en == "The leader of orders-0 will die. Who leads it next?");
  run_to_question(player);
  player.act(action(ActionKind::Answer, 0));
  for (int i = 0; i < 500 && !player.lesson().turn.open; ++i) player.tick(16000);
  REQUIRE(player.lesson().turn.open);
  CHECK(player.lesson().turn.deed.en == "crash broker-1");
  CHECK(player.lesson().turn.deed.ko == "broker-1 크래시");
  CHECK(player.lesson().turn.key == "C");
  CHECK_FALSE(player.lesson().turn.hint);
  ticks(player, 210, 100000);
  CHECK(player.lesson().turn.hint);  // after 20 s
}

TEST_CASE("a skipped question keeps its own words in the list of steps") {
  const std::string text = text_of("producer/idempotence");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{6'840'000});
  const ui::LessonModel& lesson = player.lesson();
  REQUIRE(lesson.steps[static_cast<std::size_t>(lesson.step)].kind == ui::StepKind::Ask);
  CHECK(lesson.question.phase == QuestionPhase::Passed);  // the choices can be read, not answered
  CHECK(lesson.question.choices.size() > 1);
  CHECK(lesson.can_next);
  REQUIRE(lesson.paragraphs.size() == 1);
  CHECK(lesson.paragraphs[0].en == lesson.steps[static_cast<std::size_t>(lesson.step)].title.en);
  CHECK(lesson.paragraphs[0].ko == lesson.steps[static_cast<std::size_t>(lesson.step)].title.ko);
}

TEST_CASE("a lesson with shortened clocks shows a badge") {
  const std::string text = text_of("consumer/poll-and-offset");
  Player player(parse(text), "x", text);
  CHECK(player.lesson().clocks.en ==
        "heartbeat.interval.ms: 2 s here, Kafka's default 3 s · session.timeout.ms: 6 s, default 45 s");
  CHECK(player.lesson().clocks.ko ==
        "heartbeat.interval.ms: 여기서는 2초, Kafka 기본값은 3초 · session.timeout.ms: 6초, 기본값 45초");
}

TEST_CASE("while time goes by after a question that nobody has answered, the question itself is written large") {
  const std::string text = text_of("replication/isr-shrink-expand");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{16'000'000});
  player.act(action(ActionKind::NextStep));
  for (int i = 0; i < 1000 && !player.lesson().glide.active; ++i) player.tick(1000);
  const ui::Glide glide = player.lesson().glide;
  REQUIRE(glide.active);
  CHECK(glide.why.en == "How long will acks=all writes wait for the follower that is cut off?");
  CHECK(glide.why.ko.ends_with("얼마나 기다릴까요?"));
}

TEST_CASE("the time lapse does not name the act while the stage is hidden and only the graphs show it") {
  const std::string text = text_of("operations/what-the-graphs-show");
  Player player(parse(text), "x", text);
  int glides = 0;
  for (int i = 0; i < 60; ++i) {
    const ui::LessonModel& before = player.lesson();
    if (before.turn.open) player.act(action(ActionKind::DoItForMe));
    if (before.question.phase == QuestionPhase::Open) player.act(action(ActionKind::SkipQuestion));
    player.act(action(ActionKind::NextStep));
    ticks(player, 2);
    const ui::LessonModel& m = player.lesson();
    if (m.glide.active && m.view.stage_hidden()) {
      ++glides;
      CHECK_MESSAGE(m.glide.from_label.empty(), m.glide.from_label.en);
      CHECK_MESSAGE(m.glide.to_label.empty(), m.glide.to_label.en);
    }
    ticks(player, 150);
  }
  CHECK(glides > 0);
}

TEST_CASE(
    "a run whose clock stands still does not freeze the window: playing, searching and seeking end with a message") {
  constexpr const char* kText =
      R"({"format": 1, "id": "still", "title": {"en": "S"}, "cluster": {"brokers": 2, "network": {"latency": "0ms"}},
    "topics": [{"name": "orders", "partitions": 2, "replication_factor": 1}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s", "config": {"reconnect.backoff.ms": 0}}],
    "steps": [{"at": "2s", "do": "crash", "node": "broker-1"}], "until": "20s"})";
  Player player(parse(kText), "x", kText);
  player.seek(sim::Instant{1'900'000});
  for (const ActionKind how : {ActionKind::Run, ActionKind::NextChange, ActionKind::Seek, ActionKind::Run}) {
    CAPTURE(static_cast<int>(how));
    player.take_notices();
    Action a = action(how, how == ActionKind::NextChange ? 1 : 0);
    a.time_us = 15'000'000;
    player.act(a);
    for (int i = 0; i < 3000 && (player.playing() || player.busy()); ++i) player.tick(16'000);
    CHECK_FALSE(player.playing());
    CHECK_FALSE(player.busy());
    const std::vector<ui::Notice> said = player.take_notices();
    REQUIRE(said.size() == 1);
    CHECK(said[0].bad);
    CHECK(said[0].words.en.find("time stands still") != std::string::npos);
  }
  player.seek(sim::Instant{1'000'000});  // earlier moments can still be viewed
  CHECK(player.now() == sim::Instant{1'000'000});
}
