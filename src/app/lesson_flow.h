// Where a person stands in a lesson: which step is shown, what the learner owes, what she predicted. Nothing of it enters the run.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

class LessonFlow {
 public:
  explicit LessonFlow(const scenario::Scenario& scenario);

  /// The scenario's step that the world must not perform before the learner has; -1: none waits.
  bool released(int step) const { return released_[static_cast<std::size_t>(step)]; }
  void release(int step) { released_[static_cast<std::size_t>(step)] = true; }
  /// Steps from `step` on are unread again (after going back).
  void forget_after(sim::Instant t, const scenario::Session& session);

  /// Called after every executed event or step. True: the world has to stop here (a question, a `wait`).
  bool on_progress(const scenario::Session& session);

  bool question_open() const { return question_open_; }
  /// The shown question's step, -1 if none has come yet.
  int question_step() const { return question_; }
  void answer(int choice);
  void skip_question();
  /// Index in the list of shown steps.
  int shown_step(const scenario::Session& session) const;
  const std::vector<int>& visible_steps() const { return visible_; }
  /// The scenario step behind the next visible one that has not happened; -1 at the end.
  int next_visible(const scenario::Session& session) const;

  /// wait_us: how long the learner has owed the deed, wall clock.
  void fill(ui::LessonModel& model, scenario::Session& session, int turn_step, std::int64_t wait_us) const;

 private:
  const scenario::Scenario& scenario_;
  std::vector<int> visible_;     // steps with say or ask
  std::vector<bool> released_;   // learner's steps that may happen
  std::vector<bool> seen_;       // steps whose stop has been made
  std::vector<int> answers_;     // per step: chosen, -1
  int question_ = -1;
  bool question_open_ = false;
};

/// "Three copies. orders has …" -> title "Three copies", the rest in paragraphs.
void split_narration(const scenario::Text& say, ui::Words& title, std::vector<ui::Words>& paragraphs);
ui::Words words(const scenario::Text& text);

}  // namespace kafkascope::app
