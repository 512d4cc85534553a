// The playhead of the shown run: time that plays at a speed or adapts to what there is to see, long seeks in slices,
// glides over silences. It decides how much of the run is executed in a frame, never what happens in it.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "app/foresight.h"
#include "app/notices.h"
#include "app/pace.h"
#include "app/passed.h"
#include "app/runs.h"
#include "ui/action.h"

namespace kafkascope::app {

// A jump over less simulated time than this is animated faster.
inline constexpr std::int64_t kWorthGlidingUs = 1500000;

/// The learner's step that is due now and not released; -1: none.
int turn_step(const Run& run);
/// Whether the run waits for the learner's answer or act.
bool blocked(const Run& run);

class Playhead {
 public:
  using Clock = std::chrono::steady_clock;

  Playhead(Runs& runs, Notices& notices) : runs_(runs), run_(runs.shown), notices_(notices) {}

  bool playing() const { return playing_; }
  void play(bool on) { playing_ = on, reading_ = false; }
  /// The user reads an answer: time stands until read_on(), unless the user moves it before.
  void read() { reading_ = reading_ || playing_, playing_ = false; }
  void read_on() {
    if (reading_) play(true);
  }
  /// Whether the user has stopped it; acts then do not resume playback.
  bool held() const { return held_ && !playing_; }
  void let_go() { held_ = false; }
  /// No call computes much longer than this. 0: no limit.
  void set_slice(std::chrono::microseconds slice) { slice_ = slice; }
  Clock::time_point deadline() const { return slice_.count() == 0 ? Clock::time_point::max() : Clock::now() + slice_; }

  /// Carries out an action that moves the playhead: play, pause, steps, changes, seeks, a loop, a speed. Returns false
  /// for any other.
  bool act(const ui::Action& a);
  /// Advances by that time of the viewer. `subject`: what is watched; `waits`: a menu, a form or a list is open.
  void run_on(std::int64_t wall_us, const std::string& subject, bool waits);
  /// Runs until the time of the step that the learner has released.
  void run_to_due();
  /// Starts a long seek and continues it while the slice lasts.
  void set_out(sim::Instant to, bool to_change = false, ui::Words words = {});
  /// The same without a limit of time.
  void seek(sim::Instant to);
  /// A long seek is in progress; run_on() does not continue it, go_on() does.
  bool on_its_way() const { return way_.has_value(); }
  /// Whether that seek looks for a change: the world then goes back to where it was, if the search is stopped.
  bool searches() const { return way_ && way_->before; }
  /// Continues a long seek while the slice lasts. Returns true when it is done.
  bool go_on();
  /// Whether anything is being computed before the playhead moves.
  bool busy() const { return way_.has_value() || ahead_.has_value(); }
  /// Whether the times of the next steps are being computed (Foresight), even while the world is paused.
  bool looks_ahead() const { return foresight_.looks(); }
  void stop_moving();
  /// Another run is shown from now on.
  void restart();

  /// How much of the run passes while somebody looks, at a chosen speed.
  observe::Passing passing() const;
  /// The glide, the silence, and the predicted times of steps.
  void fill(ui::LessonModel& m) const;
  void fill(ui::TimelineModel& m);

 private:
  /// Why running stopped.
  enum class Stop : std::uint8_t { Limit, Turn, Question, Wait, Slice, Sight };

  /// Runs up to `limit`, but not into a learner's step, and not past a question or a `wait`.
  Stop run_towards(sim::Instant limit, Clock::time_point deadline);
  /// Where playing stops by itself.
  sim::Instant end() const;
  /// The chosen speed, else the step's.
  std::int64_t speed() const;
  /// Whether the engine has ended the run because its time stands still; reports it.
  bool stands_still();
  /// Tells the user that there is nothing after the end of the lesson, or that the detour ends here.
  void say_end();
  void next_step();
  void next_change(bool forward);
  void step_event(bool forward);
  /// Finds the moment of the next step that has no time, then glides there.
  void look_ahead();
  void glide(sim::Instant to, std::int64_t wall_us);

  // ---- time that adapts (playhead_pace.cpp)
  /// Counts for how long the shown step could be read.
  void count_reading(std::int64_t wall_us);
  std::int64_t reading_left_us() const;
  /// Where time stands until the shown step could be read: before the next step. kNever: nowhere.
  sim::Instant held_before() const;
  /// Advances by the viewer's time: slowly while there is something to see, else at the step's speed.
  Stop run_adapting(std::int64_t wall_us, sim::Instant last);
  /// Looks ahead for the end of a silence. At the adaptive speed the silence is passed once the narration could be
  /// read; at a speed that somebody has chosen the dashboard only announces it.
  void find_silence(const std::string& subject);
  /// The step's speed; once the step has been watched for long, faster and faster, up to real time.
  std::int64_t speed_of_step() const;
  /// A new cluster without clients only waits for the first one: its silence has no end that could be told.
  bool waits_for_client() const;
  /// The speed while there is nothing to see: faster in a cluster without clients, unless something has just been done in it.
  std::int64_t cruise() const;
  /// Glides over the silence that was found.
  void pass_silence();

  Runs& runs_;
  Run& run_;
  Notices& notices_;
  bool playing_ = true;
  bool held_ = false;     // stopped by hand: an act does not resume playback
  bool reading_ = false;  // stopped by read()
  std::chrono::microseconds slice_{0};
  double carry_us_ = 0;  // simulated µs left over
  Passed passed_;        // event by event, and as fast as possible
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
    std::size_t acts = 0;  // number of acts by hand at that time; a further act makes the result out of date
    Focus focus;
    bool long_one =
        // the silence takes so much of the viewer's time that it is shortened, or announced while the step is read
        false;
    sim::Instant last_count{-1};  // until then records are written or read
  };
  Quiet quiet_;
  // the viewer's time since a leader was elected or lost after an act by hand
  std::int64_t decided_us_ = 3'600'000'000;
  std::int64_t read_us_ = 0;  // the time for which the step has been shown
  int read_step_ = -1;
  std::int64_t watched_us_ = 0;  // the viewer's time for which time has adapted since the step, or the last act by hand
  std::size_t watched_acts_ = 0;
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
  std::optional<std::pair<sim::Instant, sim::Instant>> loop_;
};

}  // namespace kafkascope::app
