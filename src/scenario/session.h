// One run of a scenario: the cluster, its observers, and the position in its script. A value: copying it makes a
// checkpoint, and a copy continues exactly like the original (docs/architecture.md, "One run is one value").
#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cluster/cluster.h"
#include "observe/observation.h"
#include "scenario/evaluate.h"
#include "scenario/scenario.h"
#include "scenario/touched.h"
#include "words/message.h"

namespace kafkascope::scenario {

struct StepResult {
  bool happened = false;
  sim::Instant at;
  bool ok = true;
  words::Message said;             // why it failed, or what it threw
  std::string answer;              // what the cluster answered, in Kafka's words, if `said` is empty
  std::vector<std::string> nodes;  // of a command
  std::vector<Touched>
      touched;  // of an expectation that failed, or a condition that never came true: the last events about it

  bool silent() const { return said.empty() && answer.empty(); }
};

/// Why it failed, or its result. "" if it succeeded and there is nothing else to report.
std::string told(const StepResult& result, words::Lang lang);

struct ExpectationResult {
  bool decided = false;
  bool ok = false;
  sim::Instant at;  // when it was decided
  words::Message seen;
  std::vector<Touched> touched;  // of a failure: the last events about it
};

/// A command that came from a person, not from the file.
struct HandCommand {
  sim::Instant at;
  cluster::Command command;
  bool leaves_script = false;  // no more steps of the script from here on, and none of it can fail (a detour)
  friend bool operator==(const HandCommand&, const HandCommand&) = default;
};

/// A check that continues after its step: within or always.
struct Watch {
  const Expectation* expectation = nullptr;  // in the scenario
  std::size_t step = 0;                      // index of a step's result, or of the file's expectation
  bool of_file = false;
  sim::Instant deadline;  // within: the last moment; always: until
  bool done = false;
};

/// The whole state of a session: plain values, so that the compiler generates the copy.
struct SessionState {
  explicit SessionState(std::shared_ptr<const Scenario> scenario)
      : scenario_(std::move(scenario)),
        cluster_(std::shared_ptr<const cluster::ClusterSpec>(scenario_, &scenario_->cluster)) {}

  std::shared_ptr<const Scenario> scenario_;
  cluster::Cluster cluster_;
  observe::Observation observation_;
  sim::Instant now_;
  std::uint64_t command_number_ = 0;
  std::vector<cluster::ScheduledCommand> clients_;
  std::size_t next_client_ = 0;
  int boot_stage_ = 0;                   // for cluster::boot_acts; 2: complete
  std::vector<StepResult> steps_;        // parallel to Scenario::steps
  std::vector<sim::Instant> armed_;      // when a step's predecessor happened; kNever: not yet
  std::vector<sim::Instant> triggered_;  // when steps: when they will happen; kNever: not true yet
  std::vector<ExpectationResult> expectations_;
  std::vector<Watch> watches_;
  std::vector<const Expectation*> awaited_since_;
  std::vector<std::pair<const Expectation*, std::optional<nlohmann::json>>> since_;  // values stored for `since`
  struct AwaitedAnswer {  // to an administrative act of a step
    std::size_t step = 0;
    sim::NodeId by;
    std::uint64_t call = 0;
    bool refused = false;
  };
  std::vector<AwaitedAnswer> awaiting_answer_;
  std::size_t answers_seen_ = 0;
  std::uint64_t lines_seen_ = ~std::uint64_t{0};  // Observation::lines() when expectations were last looked at
  std::vector<HandCommand> hand_;
  std::vector<HandCommand> planned_;
  std::size_t next_planned_ = 0;
  std::string final_hash_;
  bool finished_ = false;
  bool script_suspended_ = false;
  std::uint64_t next_look_ = 0;       // when to read the clock next, as a number of executed events
  sim::Instant clock_ = sim::kNever;  // the time at the last reading
  std::uint64_t shown_since_ = 0;     // the reading that first showed this time, likewise
  observe::Words standstill_;         // why the run was ended

  /// The next item of the script, so that an event need not search the whole script.
  struct Due {
    sim::Instant at = sim::kNever;
    enum class Kind : std::uint8_t { None, Client, Step, Hand } kind = Kind::None;
    std::size_t index = 0;
  };
  struct Agenda {
    bool stale = true;  // a step happened, was armed or was decided, a person planned something ...
    Due due;
    sim::Instant first_deadline = sim::kNever;  // of a watch, or of a step that waits for a condition
    sim::Instant quiet_until = sim::kNever;     // events up to here precede every item of the script
    std::vector<std::size_t> waiting;           // steps that wait for a condition
    std::vector<std::size_t> watching;          // watches that are not decided
  };
  Agenda agenda_;
};

class Session : private SessionState {
 public:
  /// `store_trace`: keeps the lines for the event log. `writer`: gets the lines as they are emitted, from this session
  /// and not from its copies; it must outlive the session.
  explicit Session(std::shared_ptr<const Scenario> scenario, bool store_trace = false,
                   observe::TraceWriter* writer = nullptr);
  Session(const Session& other);
  Session& operator=(const Session& other);
  Session(Session&& other) noexcept;
  Session& operator=(Session&& other) noexcept;
  ~Session() = default;

  const Scenario& scenario() const { return *scenario_; }
  std::shared_ptr<const Scenario> scenario_ptr() const { return scenario_; }
  const cluster::Cluster& cluster() const { return cluster_; }
  cluster::Cluster& cluster() { return cluster_; }
  observe::Observation& observation() { return observation_; }
  const observe::Observation& observation() const { return observation_; }
  observe::Moment moment() { return {cluster_, observation_}; }

  sim::Instant now() const { return now_; }
  sim::Instant until() const { return scenario_->cluster.until; }
  /// Executes the next event or step; false when nothing is left at or before `limit` (the time then stands at `limit`).
  bool step(sim::Instant limit);
  /// All events and steps with time <= t.
  void run_until(sim::Instant t);
  /// Runs to `until`, and longer if a `within` of the file's list needs it.
  void run_to_end();

  /// A person's command: 1 µs after the last thing that happened. Recorded, so that the session can be saved and replayed.
  cluster::Outcome command(const cluster::Command& command, bool leaves_script = false);
  const std::vector<HandCommand>& hand_commands() const { return hand_; }
  /// Replays these at their times (instead of those planned before); the times must lie in the future.
  void plan(std::vector<HandCommand> commands);
  std::vector<HandCommand> planned_commands() const {
    return {planned_.begin() + static_cast<std::ptrdiff_t>(next_planned_), planned_.end()};
  }

  /// Whether a person's command has left the script.
  bool script_suspended() const { return script_suspended_; }
  /// A step that waits for the learner (`by: learner`): its index, at the moment it is due; -1 if none.
  int next_step() const;
  /// When the next `at` step (or scheduled client start) is due; kNever if none is known.
  sim::Instant next_due() const;

  const std::vector<StepResult>& step_results() const { return steps_; }
  const std::vector<ExpectationResult>& expectation_results() const { return expectations_; }
  /// Whether all expectations held, all steps could be done, no invariant broke, and the engine found no fault.
  bool ok() const;
  bool finished() const { return finished_; }
  /// Why the run ended early; empty: it did not. Its time stood still, or the engine met an impossible state.
  observe::Words ended_by() const;
  /// "v2:" and 16 hex digits, as of now; final_hash() is the hash at `until`.
  std::string trace_hash() const;
  const std::string& final_hash() const { return final_hash_; }
  std::uint64_t events() const { return cluster_.executed(); }

 private:
  bool applies(const std::vector<std::string>& only) const;
  Due next_due_item() const;
  const Agenda& agenda();
  cluster::Outcome execute(const cluster::Command& command, sim::Instant at, int step = -1);
  void perform(const Due& due);
  void perform_step(std::size_t index, sim::Instant at);
  void take_answers();
  void finish_watch(Watch& watch, bool ok);
  void go_on_booting();
  void after_event();
  void note_waiting();
  void take_since(sim::Instant up_to);
  const std::optional<nlohmann::json>& since_value(const Expectation& e) const;
  void decide(ExpectationResult& result, const Expectation& e, bool ok);
  void fail_step(std::size_t index, words::Message why, const Expectation* of = nullptr);
  void check_deadlines(sim::Instant t);
  void look_at_clock();
};

}  // namespace kafkascope::scenario
