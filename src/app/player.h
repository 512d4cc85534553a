// One scenario being watched: time that runs, stops, goes back; a lesson being read; faults by hand, undo, detours. It joins the
// engine (a Timeline of Sessions) to the dashboard (models in, actions out) and knows no window.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "app/lesson_flow.h"
#include "app/log_model.h"
#include "app/timeline_model.h"
#include "observe/snapshot_builder.h"
#include "observe/timeline.h"
#include "scenario/session.h"
#include "ui/action.h"
#include "ui/models.h"

namespace kafkascope::app {

using SessionTimeline = observe::Timeline<scenario::Session, std::vector<scenario::HandCommand>>;

class Player {
 public:
  /// `file`: for saved sessions and links; `document`: its text, to write the session back into.
  Player(std::shared_ptr<const scenario::Scenario> scenario, std::string file, std::string document);

  /// What a person asked for. Window matters (language, theme, picture) are the window's.
  void act(const ui::Action& action);
  /// `wall_us` of real time have passed: simulated time goes on by the speed in force.
  void tick(std::int64_t wall_us);

  /// To that moment, whatever lies between (learner's steps happen by themselves).
  void seek(sim::Instant t);
  void play(bool on) { playing_ = on; }
  /// First launch: three hints are shown until they are dismissed.
  void show_coach_marks() { coach_marks_ = true; }
  bool playing() const { return playing_; }

  const observe::Snapshot& snapshot();
  const ui::LessonModel& lesson();
  const ui::TimelineModel& time();
  const ui::LogModel& log();

  scenario::Session& session() { return timeline_.run(); }
  sim::Instant now() const { return timeline_.run().now(); }
  /// The session as a scenario file that reproduces it, and its hash.
  std::string saved_session() const;
  std::string link() const;
  std::optional<std::string> wants_lesson() { return std::exchange(wants_lesson_, std::nullopt); }
  /// Rises with every change: models are built anew when it has.
  std::uint64_t revision() const { return revision_; }

 private:
  bool blocked() const { return flow_.question_open() || turn_step() >= 0; }
  /// The learner's step that is due now and not released; -1.
  int turn_step() const;
  /// Runs up to `limit`, but not into a learner's step; true when it had to stop before.
  bool run_towards(sim::Instant limit);
  void after_run();
  void next_step();
  void previous_step();
  void next_change(bool forward);
  void fault(const ui::Action& a);
  void command(const cluster::Command& c);
  void do_turn();
  void undo();
  void return_from_detour();
  std::int64_t speed() const;
  void glide(sim::Instant to, std::int64_t wall_us);

  std::shared_ptr<const scenario::Scenario> scenario_;
  std::string file_, document_;
  SessionTimeline timeline_;
  LessonFlow flow_;
  TimelineBuilder timeline_model_;
  LogBuilder log_model_;
  bool playing_ = true;
  bool coach_marks_ = false;
  sim::Instant free_until_;         // free play goes on past the lesson's end
  std::int64_t speed_ppm_ = -2;     // chosen by hand; -2: the lesson's view decides
  double carry_us_ = 0;             // simulated µs not yet run
  struct Gliding {
    sim::Instant from, to;
    double rate = 0;                // simulated µs per wall µs
  };
  std::optional<Gliding> gliding_;
  std::int64_t turn_wait_us_ = 0;   // how long the learner has owed the deed
  std::int64_t pill_us_ = 0;        // how long the undo pill still shows
  ui::Words pill_;
  std::optional<scenario::Session> before_detour_;
  ui::Words detour_what_;
  std::string selected_;
  std::optional<std::string> wants_lesson_;
  std::uint64_t revision_ = 1, snapshot_at_ = 0, lesson_at_ = 0, time_at_ = 0;
  observe::Snapshot snapshot_;
  ui::LessonModel lesson_;
  ui::TimelineModel time_;
};

}  // namespace kafkascope::app
