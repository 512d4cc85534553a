// One scenario being watched: time that runs, stops, goes back; a lesson being read; faults by hand, undo, detours, other seeds. It
// joins the engine (Runs with Timelines of Sessions) to the dashboard (models in, actions out) and knows no window.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "app/bounds.h"
#include "app/kept_session.h"
#include "app/run.h"
#include "observe/snapshot_builder.h"
#include "scenario/load.h"
#include "ui/action.h"
#include "ui/models.h"

namespace kafkascope::app {

inline constexpr std::int64_t kWorthGlidingUs = 1500000;  // a leap over less simulated time than this is drawn quicker

class Player {
 public:
  /// `file`: for saved sessions and links; `document`: its text, to write the session back into; `options`: how it was loaded.
  Player(ScenarioPtr scenario, std::string file, std::string document, scenario::LoadOptions options = {});

  /// What a person asked for. Window matters (language, theme, picture) are the window's.
  void act(const ui::Action& action);
  /// `wall_us` of real time have passed: simulated time goes on by the speed in force.
  void tick(std::int64_t wall_us);

  /// To that moment, whatever lies between (learner's steps happen by themselves), however long it takes.
  void seek(sim::Instant t);
  /// As seek(), in slices.
  void travel(sim::Instant t) { set_out(t); }
  void play(bool on) { playing_ = on; }
  /// No call computes much longer than this: long ways are gone in slices, with their progress shown. Off: 0.
  void set_slice(std::chrono::microseconds slice) { slice_ = slice; }
  /// First launch: three hints are shown until they are dismissed.
  void show_coach_marks() { coach_marks_ = true; }
  /// "Continue at step 5 of 9", until something is done.
  void offer_resume(const ui::ResumeOffer& offer) { resume_ = offer; }
  /// The door "next lesson" of the end.
  void set_next_lesson(std::string id, ui::Words title);
  bool playing() const { return playing_; }
  /// A long way is being gone.
  bool busy() const { return way_.has_value() || ahead_.has_value() || (compare_asked_ && comparison_late()); }

  const observe::Snapshot& snapshot();
  const ui::LessonModel& lesson();
  const ui::TimelineModel& time();
  const ui::LogModel& log();

  const std::string& file() const { return file_; }
  scenario::Session& session() { return run_.session(); }
  sim::Instant now() const { return run_.now(); }
  /// Changes when the run is another one, or something was done in it: then saved_session() is another.
  std::string run_key() const;
  QuestionState question_state() const { return run_.flow.question_state(); }
  /// As the window that leads has it (see audience.h).
  void follow_question(const QuestionState& state);
  void follow_to(sim::Instant t);
  /// Something was done by hand, here or in a kept run.
  bool acted() const;
  /// This run is not the file's as it is: something was done in it, or it began with other values.
  bool own_run() const { return is_own(run_); }
  /// That this or a kept run is one of one's own.
  bool any_own_run() const;
  /// The session as a scenario file that reproduces it, and its hash.
  /// as_file: for somebody's folder, so it has a name of its own.
  std::string saved_session(bool as_file = false) const;
  /// All runs with what was done in them, for take_back (kept_session.h).
  KeptSession kept_session() const;
  /// The shown run and those it came from, for a link: the file is the lesson's id, or nothing for a file of one's own.
  KeptSession linked_session(bool bundled) const;
  /// Has these runs instead of its own, each at its beginning: go_where_it_stood() leads on. False, and nothing changes: the file does not
  /// read them, or one is beyond the bounds.
  bool take_back(const KeptSession& kept, const Bounds& bounds = {}, ui::Words* too_large_words = nullptr);
  void go_where_it_stood();
  struct LessonWish {
    std::string id, variant;  // variant: empty: the lesson itself
  };
  std::optional<LessonWish> wants_lesson() { return std::exchange(wants_lesson_, std::nullopt); }
  /// What has to be said once: a refusal, that something is not there yet.
  std::vector<ui::Notice> take_notices() { return std::exchange(notices_, {}); }
  /// Rises with every change: models are built anew when it has.
  std::uint64_t revision() const { return revision_; }

 private:
  using Clock = std::chrono::steady_clock;
  /// Why running stopped.
  enum class Stop : std::uint8_t { Limit, Turn, Question, Wait, Slice };

  // ---- time (player.cpp)
  bool blocked() const { return !run_.free && (run_.flow.question_open() || turn_step() >= 0); }
  /// The learner's step that is due now and not released; -1.
  int turn_step() const;
  /// The learner has done by hand already what that step asks for.
  bool turn_holds() const;
  /// Runs up to `limit`, but not into a learner's step, and not on after a question or a `wait`.
  Stop run_towards(sim::Instant limit, Clock::time_point deadline);
  void after_run();
  Clock::time_point deadline() const { return slice_.count() == 0 ? Clock::time_point::max() : Clock::now() + slice_; }
  sim::Instant end() const;
  std::int64_t speed() const;
  /// What happens by itself in that time.
  void run_on(std::int64_t wall_us);
  /// Of a record (SelectRecord, SelectSent), as it is now.
  void show_card(ui::Action record);
  /// Begins a way; goes on with it while the slice lasts. True when it is done.
  void set_out(sim::Instant to, bool to_change = false, ui::Words words = {});
  bool go_on();
  /// The engine has ended the run, because its time stands still; says so.
  bool stands_still();
  /// The past is another one: what was read of it is read again.
  void read_again();
  void look_ahead();
  /// That nothing follows where a person asked to go on.
  void say_end();
  void next_step();
  void previous_step();
  void next_change(bool forward);
  void step_event(bool forward);
  void glide(sim::Instant to, std::int64_t wall_us);
  void stop_moving();

  // ---- acts and runs (player_acts.cpp)
  void fault(const ui::Action& a);
  /// An act as a file's step has it. What is wrong with it is told in LessonModel::hand.
  void do_step(const std::string& step);
  std::optional<cluster::Command> command_of(const ui::Action& a) const;
  /// `keeps_script`: not only what a change of settings is.
  void command(const cluster::Command& c, bool keeps_script = false);
  void set_config(const ui::Action& a);
  /// Stops the client; start_again() starts it when it has stopped.
  void restart_client(const std::string& name);
  void start_again();
  /// Kafka's answer to the last act: a refusal is told, once.
  void hear_answer();
  /// A client that runs has not heard of what was set.
  void tell_of_old_settings(const cluster::Command& c);
  void do_turn();
  void undo();
  void keep_script();
  void next_seed();
  void try_next(std::size_t index);
  /// Runs a variant of the lesson beside it; one that runs already is gone to.
  void open_variant(const std::string& id);
  void free_play();
  /// The run as it is now is kept; what happens from here on is another one.
  void leave(ui::RunKind kind, ui::Words name, bool for_good);
  /// The shown run goes among the kept; of too many the oldest that nobody returns to is let go. `parent`: of the run that comes.
  void keep_shown(int parent);
  void go_to(int id);
  void enter(Run run);
  static bool is_own(const Run& run);
  Run* kept(int id);
  /// Runs of which the same is to be told are numbered.
  ui::Words name_of(const Run& run) const;
  ui::Words plain_name_of(const Run& run) const;
  /// The run that this one is compared with: where it came from, else the last that came from it. Null: there is none.
  const Run* counterpart() const;
  bool comparison_late() const { return !beside_ || beside_->timeline.run().now() != run_.now(); }
  /// Brings the other run, a copy of it, to this one's moment.
  void follow_beside();
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
  scenario::LoadOptions options_;  // of the first run
  Run run_;
  std::vector<Run> kept_;
  int next_id_ = 1;
  bool playing_ = true;
  bool held_ = false;  // stopped by hand: an act does not start it again
  bool presenting_ = false;
  bool coach_marks_ = false;
  std::chrono::microseconds slice_{0};
  double carry_us_ = 0;  // simulated µs not yet run
  struct Gliding {
    sim::Instant from, to;
    double rate = 0;  // simulated µs per wall µs
  };
  std::optional<Gliding> gliding_;
  /// On the way to a moment that lies far off.
  struct Way {
    sim::Instant from, to;
    bool to_change = false;  // or to the next change before
    std::size_t changes = 0;
    int slices = 0;
    ui::Words words;
    std::optional<SessionTimeline::Place> before{};  // of a search
  };
  std::optional<Way> way_;
  /// Where the next visible step will be, found by running a copy ahead.
  struct Ahead {
    scenario::Session session;
    int step = -1;
    sim::Instant from;
  };
  std::optional<Ahead> ahead_;
  std::optional<std::pair<sim::Instant, sim::Instant>> loop_;
  std::optional<ui::Action> card_;  // what opened the record's card
  sim::Instant card_at_;            // when it was read
  bool card_open_ = false;          // there was something to tell of it then
  std::int64_t turn_wait_us_ = 0;   // how long the learner has owed the deed
  std::int64_t pill_us_ = 0;        // how long the undo pill still shows
  ui::Words pill_;
  bool pill_loss_ = true;
  /// Of the last act, when it was one that Kafka answers: which call of whom.
  struct Asked {
    sim::NodeId by;
    std::uint64_t call = 0;
    ui::Words deed;
  };
  std::optional<Asked> asked_;
  ui::Words refused_;
  ui::HandStep hand_;
  std::string starts_again_;  // a client that was stopped in order to be started; empty: none
  std::string selected_;
  ui::ResumeOffer resume_;
  std::string next_lesson_;
  ui::Words next_lesson_title_;
  std::optional<LessonWish> wants_lesson_;
  std::vector<ui::Notice> notices_;
  std::uint64_t revision_ = 1, snapshot_at_ = 0, lesson_at_ = 0, time_at_ = 0;
  observe::Snapshot snapshot_;
  ui::LessonModel lesson_;
  ui::TimelineModel time_;
  /// Of this run: what it came to at its end; values as each step began.
  struct EndReport {
    int run = -1;
    std::size_t acts = 0;
    std::vector<ui::Words> failed;
    int expectations = 0;
  };
  EndReport end_;
  struct Beside {
    int run = -1;
    std::size_t acts = 0;
    SessionTimeline timeline;
  };
  std::optional<Beside> beside_;
  bool compare_asked_ = false;  // somebody looks at the comparison
  bool waits_ = false;          // a menu or a form is open
  using Facts = std::vector<ui::ChangedValue>;
  std::map<std::pair<int, int>, Facts> facts_;  // by run and step
};

}  // namespace kafkascope::app
