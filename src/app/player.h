// A scenario being watched: time that runs, stops and goes back; a lesson being read; faults by hand, undo, detours,
// other seeds. It connects the engine (Runs with Timelines of Sessions) to the dashboard (models in, actions out) and
// does not depend on a window.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "app/notices.h"
#include "app/playhead.h"
#include "app/runs.h"
#include "app/second_world.h"
#include "app/terminal.h"
#include "observe/model/snapshot_builder.h"
#include "ui/action.h"
#include "ui/models.h"

namespace kafkascope::app {

class Player {
 public:
  /// `file`: for saved sessions and links; `document`: its text, to write the session back into; `options`: how it was
  /// loaded.
  Player(ScenarioPtr scenario, std::string file, std::string document, scenario::LoadOptions options = {});
  Player(const Player&) = delete;  // its parts refer to one another
  Player& operator=(const Player&) = delete;

  /// Carries out a user's action. The window handles its own actions (language, theme, picture).
  void act(const ui::Action& action);
  /// Advances simulated time at the current speed after `wall_us` of real time.
  void tick(std::int64_t wall_us);

  /// Moves to that moment, over anything in between (learner's steps happen by themselves), however long it takes.
  void seek(sim::Instant t);
  /// Like seek(), in slices.
  void travel(sim::Instant t);
  void play(bool on) { head_.play(on), runs_.change(); }
  /// No call computes much longer than this: long seeks are divided into slices and show their progress. 0: no limit.
  void set_slice(std::chrono::microseconds slice) { head_.set_slice(slice); }
  /// First launch: shows three hints until they are dismissed.
  void show_coach_marks() { coach_marks_ = true; }
  /// Offers "Continue at step 5 of 9" until the user does something.
  void offer_resume(const ui::ResumeOffer& offer) { resume_ = offer, runs_.change(); }
  /// Goes to the offered position, if there is one, and stops there.
  void resume();
  /// Sets the "next lesson" link of the end card.
  void set_next_lesson(std::string id, ui::Words title);
  bool playing() const { return head_.playing(); }
  /// Whether the times of the next steps are being computed (Foresight), even while the world is paused.
  bool looks_ahead() const { return head_.looks_ahead() || second_.looks_ahead(); }
  /// A long seek is in progress.
  bool busy() const { return head_.busy() || ((compare_asked_ || runs_.twin) && second_.late()) || second_.searches(); }

  const observe::Snapshot& snapshot();
  const ui::LessonModel& lesson();
  const ui::TimelineModel& time();
  const ui::LogModel& log();

  const Runs& runs() const { return runs_; }
  scenario::Session& session() { return run_.session(); }
  sim::Instant now() const { return run_.now(); }
  QuestionState question_state() const { return run_.flow.question_state(); }
  /// Takes over the state of the leading window (see audience.h).
  void follow_question(const QuestionState& state);
  void follow_to(sim::Instant t);
  /// Shows the kept session's runs instead (Runs::take_back); go_where_it_stood() then moves to the kept moment.
  /// Returns false if they are invalid.
  bool take_back(const KeptSession& kept, const Bounds& bounds = {}, ui::Words* too_large_words = nullptr);
  void go_where_it_stood();
  struct LessonWish {
    std::string id, variant;  // variant empty: the lesson itself
    bool continues = false;   // at the step where the user left the lesson
    sim::Instant at{0};       // unless 0: the world stands at that moment
  };
  std::optional<LessonWish> wants_lesson() { return std::exchange(wants_lesson_, std::nullopt); }
  /// Messages to show once: a refusal, a missing feature.
  std::vector<ui::Notice> take_notices() { return std::exchange(notices_.list, {}); }
  /// Increases with every change; models are rebuilt after an increase.
  std::uint64_t revision() const { return runs_.revision(); }

 private:
  /// The subject of the picture and of adaptive time: the selected thing, else the lesson's.
  std::string subject() const;
  /// Updates what depends on the shown run: Kafka's answer to the last act, the lesson's second world.
  void settle();
  /// Advances by that time during playback.
  void run_on(std::int64_t wall_us);
  /// Shows a record's card (SelectRecord, SelectSent) with its present state.
  void show_card(ui::Action record);

  // ---- acts and runs (player_acts.cpp)
  void fault(const ui::Action& a);
  /// Carries out an act given as a file's step. LessonModel::hand reports what is wrong with it.
  void do_step(const std::string& step);
  /// `keeps_script`: the script continues for any command, not only for changes of settings.
  void command(const cluster::Command& c, bool keeps_script = false);
  void set_config(const ui::Action& a);
  /// Stops the client; start_again() starts it once it has stopped.
  void restart_client(const std::string& name);
  void start_again();
  /// Reports Kafka's response to the last act, once, if it is a refusal.
  void hear_answer();
  void do_turn();
  void undo();
  /// Gives the act again that was undone last, if no other act has been done since.
  void redo();
  void keep_script();
  /// Another seed, a change to try, a variant: shown instead of this run, which is kept.
  void open_other(const ui::Action& a);
  void free_play();
  /// Answers a question in the world that it is about.
  void ask(const ui::Action& a);
  /// Answers why the two worlds part.
  void explain_parting();
  void show_parting(observe::Answer answer);
  /// Goes on with an answer about two worlds, of which a part lies ahead, until it is closed.
  void work_on_answer();
  /// Keeps the present run and continues in a new one.
  void leave(ui::RunKind kind, ui::Words name, bool for_good);
  void go_to(int id);
  void enter(Run run);

  // ---- models (player_models.cpp)
  void fill_runs(ui::LessonModel& m);
  /// Whether anything has come of the last act by hand; `why`: the question about that.
  bool led_to_something(const std::string& why);
  void fill_end(ui::LessonModel& m);
  void fill_changed(ui::LessonModel& m);
  void fill_try(ui::LessonModel& m);

  Runs runs_;
  Run& run_ = runs_.shown;
  Notices notices_;
  Playhead head_{runs_, notices_};
  SecondWorld second_{runs_, notices_};
  /// The last look at what came of an act by hand.
  struct Led {
    int run = -1;
    std::size_t acts = 0;
    std::optional<sim::Instant> last_change;
    bool to_something = false;
  };
  Led led_;
  bool presenting_ = false;
  bool coach_marks_ = false;
  bool answer_is_unfinished_ = false;  // about two worlds: its last sentence says how far the work on the rest is
  std::optional<ui::Action> card_;     // the action that opened the record's card
  sim::Instant card_at_;               // the moment at which the card was read
  bool card_open_ = false;             // the record existed at that time
  std::int64_t turn_wait_us_ = 0;      // how long the learner has owed the act
  std::int64_t pill_us_ = 0;           // remaining time of the undo pill
  ui::Words pill_;
  bool pill_loss_ = true;
  /// The client and call number of the last act, if Kafka answers it.
  struct Asked {
    sim::NodeId by;
    std::uint64_t call = 0;
    cluster::Command command;
    ui::Words deed;
    bool answered = false;  // each row of the request has its answer
    bool by_step = false;   // it was given as a step (DoStep), and none was given since
  };
  std::optional<Asked> asked_;
  ui::Words refused_;
  /// The acts undone since the last new act, the latest last.
  struct Undone {
    scenario::HandCommand act;
    int run;                 // where it is done again
    std::vector<Run> began;  // the run that it had begun, and the one beside that; empty: it had begun none
  };
  std::vector<Undone> undone_;
  ui::HandStep hand_;
  std::string starts_again_;  // a client that was stopped for a restart; empty: none
  std::string selected_;
  bool compares_assignors_ = false;  // asked for since the last snapshot was made
  std::string setting_;              // likewise the setting whose values were asked for
  Terminal terminal_;
  ui::ResumeOffer resume_;
  std::string next_lesson_;
  ui::Words next_lesson_title_;
  std::optional<LessonWish> wants_lesson_;
  std::uint64_t settled_at_ = 0, snapshot_at_ = 0, lesson_at_ = 0, time_at_ = 0;
  observe::Snapshot snapshot_;
  ui::LessonModel lesson_;
  ui::TimelineModel time_;
  /// The results of this run at its end; values at the start of each step.
  struct EndReport {
    int run = -1;
    std::size_t acts = 0;
    std::vector<ui::Words> failed;
    int expectations = 0;
  };
  EndReport end_;
  bool compare_asked_ = false;  // the comparison is being shown
  SpaceTimeLook space_look_;
  bool waits_ = false;  // a menu, a form or a list is open
  using Facts = std::vector<ui::ChangedValue>;
  std::map<std::pair<int, int>, Facts> facts_;  // by run and step
};

}  // namespace kafkascope::app
