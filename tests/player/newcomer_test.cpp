// A newcomer's first lesson: tasks done before the lesson asks for them, a question's title, an unanswered prediction.
#include "observe/model/snapshot.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

constexpr std::size_t kCrash = 3;  // index of the lesson's crash among its shown steps

/// Plays, and answers questions, until the learner's task is due.
void play_to_deed(Player& player) {
  player.play(true);
  player.act(action(ActionKind::SetSpeed, 4000000));
  for (int i = 0; i < 3000 && player.lesson().step_title.en != "Your turn"; ++i) {
    player.tick(16000);
    if (player.lesson().question.phase == ui::QuestionPhase::Open) player.act(action(ActionKind::Answer, 1));
  }
  REQUIRE(player.lesson().step_title.en == "Your turn");
}

bool told(const ui::LessonModel& lesson, const std::string& en, const std::string& ko) {
  for (const ui::Words& paragraph : lesson.paragraphs)
    if (paragraph.en.find(en) != std::string::npos && paragraph.ko.find(ko) != std::string::npos) return true;
  return false;
}

observe::NodeState state_of(Player& player, const std::string& name) {
  for (const observe::Node& node : player.snapshot().nodes)
    if (node.name == name) return node.state;
  return observe::NodeState::Running;
}

}  // namespace

TEST_CASE(
    "a task that was done in a kept detour counts as done: Next is enabled, and the same act again changes nothing") {
  struct Way {
    const char *verb, *en, *ko;
    observe::NodeState state;
  };
  for (const Way& way : {Way{"crash", "Already done: broker-1 has crashed.", "이미 했어요. broker-1은 죽어 있어요.",
                             observe::NodeState::Crashed},
                         Way{"power_off", "Already done: broker-1 is powered off.",
                             "이미 했어요. broker-1은 전원이 꺼져 있어요.", observe::NodeState::PoweredOff}}) {
    CAPTURE(way.verb);
    const std::string text = text_of(kFailover);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{3'000'000});
    player.act(fault(way.verb, "broker-1"));
    player.act(action(ActionKind::KeepScript));
    play_to_deed(player);
    CHECK(told(player.lesson(), way.en, way.ko));
    CHECK(player.lesson().can_next);
    CHECK_FALSE(player.lesson().turn.open);  // no hint is shown
    ticks(player, 100);
    CHECK_FALSE(player.lesson().steps[kCrash].done);  // the step waits until it has been read
    player.act(action(ActionKind::NextStep));
    ticks(player, 10);
    CHECK(player.lesson().steps[kCrash].done);
    CHECK(state_of(player, "broker-1") == way.state);
    CHECK(player.now() > sim::Instant{5'000'000});
    CHECK_FALSE(player.lesson().detour.active);
  }
}

TEST_CASE("another act on the same node does not count as the learner's task") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.act(fault("pause", "broker-1"));
  player.act(action(ActionKind::KeepScript));
  play_to_deed(player);
  CHECK(player.lesson().turn.open);
  CHECK_FALSE(player.lesson().can_next);
}

TEST_CASE("while a question is open its step's title and words stay in place") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  run_to_question(player);
  CHECK(player.lesson().step_title.en == "Filled cells are committed");
  CHECK(player.lesson().step_title.ko == "꽉 찬 칸은 커밋된 레코드예요");
  CHECK(player.lesson().paragraphs[0].en.starts_with("Every in-sync replica has them."));
  player.act(action(ActionKind::Answer, 1));
  CHECK(player.lesson().step_title.en == "Filled cells are committed");
  Player people(parse(text), "x", text);
  Action presenter = action(ActionKind::SetLayout);
  presenter.text = "presenter";
  people.act(presenter);
  for (int i = 0; i < 5000 && people.lesson().question.phase != ui::QuestionPhase::Open; ++i) {
    people.play(true);  // presenting stops at each step
    people.tick(16000);
  }
  REQUIRE(people.lesson().question.phase == ui::QuestionPhase::Open);
  CHECK(people.lesson().step_title.en == "Filled cells are committed");
}

TEST_CASE("in Korean the learner's task is a request, not a noun") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  play_to_deed(player);
  CHECK(told(player.lesson(), "Crash broker-1.", "broker-1을 죽여 보세요."));
  CHECK(player.lesson().owes.en == "once you have done it");
}

TEST_CASE("a detour shows the right answer to an open prediction, and Return hides it again") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  run_to_question(player);
  player.act(action(ActionKind::Answer, 0));
  CHECK(player.lesson().question.outcome.en.empty());  // the run has not shown it yet
  player.act(fault("pause", "broker-3"));
  REQUIRE(player.lesson().detour.active);
  CHECK(player.lesson().question.phase == ui::QuestionPhase::Predicted);
  CHECK(player.lesson().question.outcome.en == "The first live in-sync replica of the assignment");
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK(player.lesson().question.outcome.en.empty());
}

TEST_CASE("at the end of a lesson the keys for the next step and the next change say that the lesson has ended") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  player.take_notices();
  for (const ActionKind kind : {ActionKind::NextChange, ActionKind::NextStep}) {
    player.act(action(kind));
    const auto notices = player.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].words.en.starts_with("This is the end of the lesson"));
  }
}

TEST_CASE("a verdict says once what happened, and leaves the words of the step that shows it on the screen") {
  PlayerWindow w(kFailover, 4'000'000, Layout::Lesson, 1280, 720);
  const ui::Question asked = w.player.lesson().question;
  REQUIRE(asked.phase == ui::QuestionPhase::Open);
  w.player.act(action(ActionKind::Answer, asked.answer == 0 ? 1 : 0));
  w.frames();
  w.player.play(true);
  for (int i = 0; i < 2000 && w.player.lesson().question.phase != ui::QuestionPhase::Differed; ++i) {
    if (w.player.lesson().turn.open) w.player.act(action(ActionKind::DoItForMe));
    w.player.tick(100'000);
  }
  REQUIRE(w.player.lesson().question.phase == ui::QuestionPhase::Differed);
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    w.h.dashboard.set_language(lang);
    w.frames(3);
    const ui::LessonModel& lesson = w.player.lesson();
    const ui::Rect panel = w.h.dashboard.hits().find(ui::make_id("lesson panel")),
                   next = w.h.dashboard.hits().find(ui::make_id("next"));
    const std::string words = ui::pick(lang, lesson.paragraphs.front()),
                      right = ui::pick(lang, asked.choices[static_cast<std::size_t>(asked.answer)].text);
    int step = 0, verdict = 0, answer = 0;
    for (const auto& piece : w.h.dashboard.diagnostics().pieces) {
      const bool seen = piece.rect.y > panel.y + 40 && piece.rect.bottom() < next.y;
      step += seen && words.starts_with(piece.text);
      verdict += seen && piece.text == ui::tr(lang, "ui.it_was_wrong"_w);
      answer += piece.text.size() > 12 && right.starts_with(piece.text);
    }
    CHECK(step == 1);
    CHECK(verdict == 1);
    CHECK(answer == 1);
  }
}
