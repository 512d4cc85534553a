// A scenario being watched: time that runs, stops and goes back; a lesson being read; faults by hand, undo, detours,
// other seeds. It connects the engine (Runs with Timelines of Sessions) to the dashboard (models in, actions out) and
// does not depend on a window.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "app/beside.h"
#include "app/bounds.h"
#include "app/dial.h"
#include "app/foresight.h"
#include "app/kept_session.h"
#include "app/pace.h"
#include "app/run.h"
#include "app/terminal.h"
#include "observe/model/snapshot_builder.h"
#include "scenario/load.h"
#include "ui/action.h"
#include "ui/models.h"

namespace kafkascope::app {

inline constexpr std::int64_t kWorthGlidingUs = 1500000;  // a jump over less simulated time than this is animated
                                                          // faster

class Player {
 public:
  /// `file`: for saved sessions and links; `document`: its text, to write the session back into; `options`: how it was loaded.
  Player(ScenarioPtr scenario, std::string file, std::string document, scenario::LoadOptions options = {});

  /// Carries out a user's action. The window handles its own actions (language, theme, picture).
  void act(const ui::Action& action);
  /// Advances simulated time at the current speed after `wall_us` of real time.
  void tick(std::int64_t wall_us);

  /// Moves to that moment, over anything in between (learner's steps happen by themselves), however long it takes.
  void seek(sim::Instant t);
  /// Like seek(), in slices.
  void travel(sim::Instant t) { set_out(t); }
  void play(bool on) { playing_ = on; }
  /// No call computes much longer than this: long seeks are divided into slices and show their progress. 0: no limit.
  void set_slice(std::chrono::microseconds slice) { slice_ = slice; }
  /// First launch: shows three hints until they are dismissed.
  void show_coach_marks() { coach_marks_ = true; }
  /// Offers "Continue at step 5 of 9" until the user does something.
  void offer_resume(const ui::ResumeOffer& offer) { resume_ = offer; }
  /// Sets the "next lesson" link of the end card.
  void set_next_lesson(std::string id, ui::Words title);
  bool playing() const { return playing_; }
  /// Whether the times of the next steps are being computed (Foresight), even while the world is paused.
  bool looks_ahead() const { return foresight_.looks(); }
  /// A long seek is in progress.
  bool busy() const { return way_.has_value() || ahead_.has_value() || ((compare_asked_ || twin_) && beside_late()); }

  const observe::Snapshot& snapshot();
  const ui::LessonModel& lesson();
  const ui::TimelineModel& time();
  const ui::LogModel& log();

  const std::string& file() const { return file_; }
  scenario::Session& session() { return run_.session(); }
  sim::Instant now() const { return run_.now(); }
  /// Changes when another run is shown or an act is done: saved_session() has then changed.
  std::string run_key() const;
  QuestionState question_state() const { return run_.flow.question_state(); }
  /// Takes over the state of the leading window (see audience.h).
  void follow_question(const QuestionState& state);
  void follow_to(sim::Instant t);
  /// Whether the user did something by hand, here or in a kept run.
  bool acted() const;
  /// Whether this run differs from the file: something was done in it, or it started with other values.
  bool own_run() const { return run_.is_own(); }
  /// Whether this or a kept run is an own_run().
  bool any_own_run() const;
  /// The session as a scenario file that reproduces it, with its hash.
  /// as_file: for the user's folder, with a name of its own.
  std::string saved_session(bool as_file = false) const;
  /// All runs with their acts, for take_back (kept_session.h).
  KeptSession kept_session() const;
  /// The shown run and its ancestors, for a link: `file` is the lesson's id, or empty for a user's own file.
  KeptSession linked_session(bool bundled) const;
  /// Replaces the runs with these, each at its beginning; go_where_it_stood() then moves to the kept moment. Returns false and changes
  /// nothing if a run is invalid for the file, or exceeds the bounds.
  bool take_back(const KeptSession& kept, const Bounds& bounds = {}, ui::Words* too_large_words = nullptr);
  void go_where_it_stood();
  struct LessonWish {
    std::string id, variant;  // variant empty: the lesson itself
  };
  std::optional<LessonWish> wants_lesson() { return std::exchange(wants_lesson_, std::nullopt); }
  /// Messages to show once: a refusal, a missing feature.
  std::vector<ui::Notice> take_notices() { return std::exchange(notices_, {}); }
  /// Increases with every change; models are rebuilt after an increase.
  std::uint64_t revision() const { return revision_; }

 private:
  using Clock = std::chrono::steady_clock;
  /// Why running stopped.
  enum class Stop : std::uint8_t { Limit, Turn, Question, Wait, Slice, Sight };

  // ---- time (player.cpp)
  bool blocked() const { return !run_.free && (run_.flow.question_open() || turn_step() >= 0); }
  /// The learner's step that is due now and not released; -1: none.
  int turn_step() const;
  /// Runs up to `limit`, but not into a learner's step, and not past a question or a `wait`.
  Stop run_towards(sim::Instant limit, Clock::time_point deadline);
  void after_run();
  Clock::time_point deadline() const { return slice_.count() == 0 ? Clock::time_point::max() : Clock::now() + slice_; }
  sim::Instant end() const;
  /// The chosen speed, else the step's.
  std::int64_t speed() const;
  /// Advances by that time during playback.
  void run_on(std::int64_t wall_us);

  // ---- time that adapts (player_pace.cpp)
  /// Advances by the viewer's time: slowly while there is something to see, else at the step's speed.
  Stop run_adapting(std::int64_t wall_us, sim::Instant last);
  /// Looks ahead for the end of a silence. At the adaptive speed the silence is passed once the narration could be read; at a speed that
  /// somebody has chosen the dashboard only announces it.
  void find_silence(std::int64_t wall_us);
  /// Glides over the silence that was found.
  void pass_silence();
  /// Shows a record's card (SelectRecord, SelectSent) with its present state.
  void show_card(ui::Action record);
  /// Starts a long seek and continues it while the slice lasts. Returns true when it is done.
  void set_out(sim::Instant to, bool to_change = false, ui::Words words = {});
  bool go_on();
  /// Whether the engine has ended the run because its time stands still; reports it.
  bool stands_still();
  /// The past has changed: everything derived from it is read again.
  void read_again();
  void look_ahead();
  /// Tells the user that there is nothing after the end.
  void say_end();
  void next_step();
  void next_change(bool forward);
  void step_event(bool forward);
  void glide(sim::Instant to, std::int64_t wall_us);
  void stop_moving();

  // ---- acts and runs (player_acts.cpp)
  void fault(const ui::Action& a);
  /// Carries out an act given as a file's step. LessonModel::hand reports what is wrong with it.
  void do_step(const std::string& step);
  std::optional<cluster::Command> command_of(const ui::Action& a) const;
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
  void keep_script();
  /// Another seed, a change to try, a variant: shown instead of this run, which is kept.
  void open_other(const ui::Action& a);
  void free_play();
  /// Keeps the present run and continues in a new one.
  void leave(ui::RunKind kind, ui::Words name, bool for_good);
  /// Adds a run to the kept ones; if there are too many, drops the oldest run that has no children. `parent`: of the next run.
  void keep_run(Run run, int parent);
  void go_to(int id);
  void enter(Run run);
  Run* kept(int id);
  /// The run's name; runs with equal descriptions are numbered.
  ui::Words name_of(const Run& run) const;
  /// The run to compare this one with: its origin, else the last run that came from it. Null: there is none.
  const Run* counterpart() const;
  bool beside_late() const { return !beside_ || !beside_->stands_at(run_.now()); }
  /// Moves a copy of the other run to this one's moment. Returns whether it has arrived.
  bool follow_beside();

  // ---- a second world beside this one (player_twin.cpp)
  void turn_twin(const ui::Action& a);
  /// Creates the run that the action asks for; if that is impossible, reports why.
  std::optional<Run> twin_of(const ui::Action& a);
  /// Repeats an act of the shown run in the twin at the same time, or reports that it is impossible there.
  void act_in_twin(const scenario::HandCommand& act, int left);
  /// Called when another run is shown instead of this one: shows the twin that belongs to the new one.
  void keep_twin_with(int left);
  void fill_twin(ui::LessonModel& m);
  /// Answers why the two worlds part.
  void explain_parting();
  /// Opens the variant that the lesson's view shows beside the run, once; closes it when the view stops asking for it.
  void follow_view_beside();
  void say(ui::Words words, bool bad, ui::NoticeOf of = ui::NoticeOf::Anything) {
    notices_.push_back({std::move(words), bad, of});
  }

  // ---- models (player_models.cpp)
  void fill_runs(ui::LessonModel& m);
  void fill_end(ui::LessonModel& m);
  void fill_changed(ui::LessonModel& m);
  void fill_comparison(ui::LessonModel& m);
  void fill_try(ui::LessonModel& m);

  std::string file_, document_;
  scenario::LoadOptions options_;  // how the first run was loaded
  Run run_;
  std::vector<Run> kept_;
  int next_id_ = 1;
  bool playing_ = true;
  bool held_ = false;  // stopped by hand: an act does not resume playback
  bool presenting_ = false;
  bool coach_marks_ = false;
  std::chrono::microseconds slice_{0};
  double carry_us_ = 0;  // simulated µs left over
  struct Gliding {
    sim::Instant from, to;
    double rate = 0;       // simulated µs per wall µs
    bool silence = false;  // started by adaptive time; ends when there is something to see
  };
  std::optional<Gliding> gliding_;
  Pace pace_;
  Focus focus_;  // of this frame
  std::optional<Scout> scout_;
  /// What the scout has found: nothing worth seeing happens between these moments.
  struct Quiet {
    sim::Instant from, until{-1};
    std::size_t acts = 0;  // by hand so far; after another one the search must be repeated
    Focus focus;
    bool long_one =
        false;  // it takes so much of the viewer's time that it is shortened, or announced while the step is read
    sim::Instant last_count{-1};  // until then records are written or read
  };
  Quiet quiet_;
  std::int64_t read_us_ = 0;  // the time for which the step has been shown
  int read_step_ = -1;
  /// A seek to a distant moment.
  struct Way {
    sim::Instant from, to;
    bool to_change = false;  // or to an earlier change
    std::size_t changes = 0;
    int slices = 0;
    ui::Words words;
    std::optional<SessionTimeline::Place> before{};  // for a search: the place where it began
  };
  std::optional<Way> way_;
  /// The time of the next visible step, found by running a copy ahead.
  struct Ahead {
    scenario::Session session;
    int step = -1;
    sim::Instant from;
  };
  std::optional<Ahead> ahead_;
  Foresight foresight_;
  std::string view_beside_;  // the variant that the lesson's view requested
  std::optional<std::pair<sim::Instant, sim::Instant>> loop_;
  std::optional<ui::Action> card_;  // the action that opened the record's card
  sim::Instant card_at_;            // the moment at which the card was read
  bool card_open_ = false;          // the record existed at that time
  std::int64_t turn_wait_us_ = 0;   // how long the learner has owed the act
  std::int64_t pill_us_ = 0;        // remaining time of the undo pill
  ui::Words pill_;
  bool pill_loss_ = true;
  /// The client and call number of the last act, if Kafka answers it.
  struct Asked {
    sim::NodeId by;
    std::uint64_t call = 0;
    ui::Words deed;
    bool answered = false;  // each of its rows
  };
  std::optional<Asked> asked_;
  ui::Words refused_;
  ui::HandStep hand_;
  std::string starts_again_;  // a client that was stopped for a restart; empty: none
  std::string selected_;
  bool compares_assignors_ = false;  // asked for since the last snapshot was made
  Terminal terminal_;
  ui::ResumeOffer resume_;
  std::string next_lesson_;
  ui::Words next_lesson_title_;
  std::optional<LessonWish> wants_lesson_;
  std::vector<ui::Notice> notices_;
  std::uint64_t revision_ = 1, snapshot_at_ = 0, lesson_at_ = 0, time_at_ = 0;
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
  std::optional<Beside> beside_;
  std::optional<int> twin_;   // the kept run that is shown beside this one
  std::optional<Dial> dial_;  // the twin's setting
  std::shared_ptr<const observe::Snapshot> twin_picture_;
  /// The comparisons that the palette offers for this scenario, and the number of acts when they were computed.
  struct Offers {
    ScenarioPtr of;
    std::size_t done = 0;
    std::shared_ptr<const std::vector<ui::TwinOffer>> list;
  };
  Offers offers_;
  bool compare_asked_ = false;  // the comparison is being shown
  SpaceTimeLook space_look_;
  bool waits_ = false;  // a menu or a form is open
  using Facts = std::vector<ui::ChangedValue>;
  std::map<std::pair<int, int>, Facts> facts_;  // by run and step
};

}  // namespace kafkascope::app
