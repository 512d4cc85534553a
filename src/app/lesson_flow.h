// The learner's position in a lesson: the shown step, the acts owed, the predictions. None of it enters the run.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

/// State outside any run: the answer, and the number of votes.
struct QuestionState {
  int step = -1;  // index of the scenario's step; -1: no question yet
  bool open = false;
  int chosen = -1;
  std::vector<int> votes;
};

class LessonFlow {
 public:
  /// The scenario must outlive the flow and its copies.
  explicit LessonFlow(const scenario::Scenario& scenario);

  /// Whether the step may happen without the learner; a step that is not released waits for the learner's act.
  bool released(int step) const { return unattended_ || released_[static_cast<std::size_t>(step)]; }
  void release(int step) { released_[static_cast<std::size_t>(step)] = true; }
  /// Starts again, as if nothing had been answered.
  void forget_answers();
  /// Marks the steps after `t` as unread (after going back).
  void forget_after(sim::Instant t, const scenario::Session& session);
  /// Presenting: stops at every `say`, and questions are voted on.
  void present(bool on) { presenting_ = on; }
  /// Runs without stopping for questions or acts (for the same script with another seed).
  void leave_unattended() { unattended_ = true; }

  /// Called after every executed event or step. Returns true if the world has to stop here (a question, a `wait`).
  bool on_progress(const scenario::Session& session);

  bool question_open() const { return question_open_; }
  /// The step of the shown question; -1: no question yet.
  int question_step() const { return question_; }
  void answer(int choice);
  /// The learner has selected an object: a node, a partition, "orders-0/7".
  void pick(const std::string& what);
  void vote(int choice);
  /// Takes the most frequent vote as the answer; without votes the question is skipped.
  void reveal();
  void skip_question();
  QuestionState question_state() const;
  /// Takes over the state of another window's flow.
  void follow_question(const QuestionState& state, const scenario::Session& session);
  /// Index in the list of shown steps.
  int shown_step(const scenario::Session& session) const;
  const std::vector<int>& visible_steps() const { return visible_; }
  /// The index in the scenario of the next visible step that has not happened; -1 at the end.
  int next_visible(const scenario::Session& session) const;

  /// The question whose answer is explained when that visible step is shown; null: none.
  const scenario::Ask* explained_at(int shown) const {
    if (question_ < 0 || answers_[static_cast<std::size_t>(question_)] < 0) return nullptr;
    if (reveal_index(question_) != static_cast<std::size_t>(shown)) return nullptr;
    return &*scenario_->steps[static_cast<std::size_t>(question_)].ask;
  }

  /// The variant that the view in force shows beside the run; empty: none.
  std::string view_beside(const scenario::Session& session) const;
  /// The object selected by the view in force; empty: none.
  std::string view_select(const scenario::Session& session, int turn_step) const;
  /// wait_us: how long the learner has owed the act, wall clock.
  void fill(ui::LessonModel& model, scenario::Session& session, int turn_step, std::int64_t wait_us) const;

 private:
  void open_question(int step, const scenario::Session& session);
  void fill_question(ui::LessonModel& model, const scenario::Session& session, bool turn) const;
  void fill_turn(ui::LessonModel& model, scenario::Session& session, int step, std::int64_t wait_us) const;
  void fill_view(ui::LessonModel& model, scenario::Session& session, int turn_step) const;
  /// The visible step at which the run shows a question's answer, as an index in visible_.
  std::size_t reveal_index(int question) const;

  const scenario::Scenario* scenario_;
  ui::Words clocks_;          // the badge of shortened times
  std::vector<int> visible_;  // steps with say or ask; in a file without narration, its acts
  bool told_ = true;
  std::vector<bool> released_;           // whether the learner's steps may happen
  std::vector<bool> seen_;               // steps at which the run has stopped
  std::vector<int> answers_;             // per step: chosen, -1
  std::vector<int> votes_;               // votes on the open question, by choice
  std::vector<std::string> candidates_;  // the objects to choose from, if a question is answered by selecting one
  int right_ = -1;                       // the answer of the shown question; resolved when it opened
  int question_ = -1;
  bool question_open_ = false;
  bool presenting_ = false, unattended_ = false;
};

/// "Three copies. orders has …" -> title "Three copies", the rest in paragraphs.
void split_narration(const scenario::Text& say, ui::Words& title, std::vector<ui::Words>& paragraphs);
ui::Words words(const scenario::Text& text);

}  // namespace kafkascope::app
