// Shared by the player's tests: bundled lessons, and acts as a user does them.
#pragma once
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "app/player.h"
#include "scenario/load.h"
#include "support/places.h"
#include "ui/headless.h"

namespace kafkascope::app {

using ui::Action;
using ui::ActionKind;

inline const char* const kFailover = "replication/leader-failover";

inline std::string text_of(const std::string& name) {
  std::ifstream in(source_root() + "/scenarios/" + name + ".json");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline ScenarioPtr parse(const std::string& text, const std::string& variant = "base") {
  scenario::Loaded loaded = scenario::load(text, {.variant = variant});
  if (!loaded.ok())
    for (const auto& problem : loaded.problems) MESSAGE(scenario::format(problem, "scenario"));
  REQUIRE(loaded.ok());
  return std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario));
}

/// A player of a bundled lesson, at that moment.
class LessonPlayer : public Player {
 public:
  LessonPlayer(const std::string& lesson, std::int64_t at_us) : LessonPlayer(text_of(lesson), sim::Instant{at_us}) {}

 private:
  LessonPlayer(const std::string& text, sim::Instant at) : Player(parse(text), "x", text) { seek(at); }
};

/// What the window reads of the player for each frame.
inline void take_models(ui::Headless& h, Player& player) {
  h.world = player.snapshot();
  h.lesson = player.lesson();
  h.time = player.time();
  h.log = player.log();
}

inline std::string headless_hash(const std::string& text) {
  scenario::Session session(parse(text));
  session.run_to_end();
  return session.final_hash();
}

inline Action action(ActionKind kind, std::int64_t number = 0) {
  Action a;
  a.kind = kind;
  a.number = number;
  return a;
}

inline Action fault(const char* verb, const char* target) {
  Action a = action(ActionKind::Fault);
  a.verb = verb;
  a.target = target;
  return a;
}

inline Action set_config(const char* target, const char* key, const char* value) {
  Action a = action(ActionKind::SetConfig);
  a.target = target;
  a.text = key;
  a.other = value;
  return a;
}

inline Action seek_to(std::int64_t us) {
  Action a = action(ActionKind::Seek);
  a.time_us = us;
  return a;
}

inline void ticks(Player& player, int n, std::int64_t wall_us = 16000) {
  for (int i = 0; i < n; ++i) player.tick(wall_us);
}

/// Opens a second world by that door: "mode", "without", "setting" ...
inline ui::Action open_twin(const char* door) {
  ui::Action a = action(ActionKind::OpenTwin);
  a.verb = door;
  return a;
}
inline ui::Action open_twin_setting(const char* target, const char* key, const char* value) {
  ui::Action a = open_twin("setting");
  a.target = target;
  a.text = key;
  a.other = value;
  return a;
}

/// Plays until the lesson asks a question.
inline void run_to_question(Player& player) {
  player.play(true);
  player.act(action(ActionKind::SetSpeed, 4000000));
  for (int i = 0; i < 5000 && player.lesson().question.phase != ui::QuestionPhase::Open; ++i) player.tick(16000);
  REQUIRE(player.lesson().question.phase == ui::QuestionPhase::Open);
}

/// Plays like a user who answers questions, does the tasks and opens everything.
inline void play_to_end(Player& player, std::int64_t tick_us) {
  player.play(true);
  for (int i = 0; i < 200000 && player.now() < player.session().until(); ++i) {
    player.tick(tick_us);
    const ui::LessonModel& lesson = player.lesson();
    if (lesson.turn.open) player.act(action(ActionKind::DoItForMe));
    if (lesson.question.phase == ui::QuestionPhase::Open) player.act(action(ActionKind::Answer, 0));
    if (i % 50 == 0) {
      player.snapshot();
      player.time();
      player.log();
    }
  }
  REQUIRE(player.now() == player.session().until());
}

}  // namespace kafkascope::app
