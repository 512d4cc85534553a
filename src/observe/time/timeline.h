// Access to every moment of a run: checkpoints, re-execution in between, and copies that branch off.
//
// Run is a value that can be copied and stepped (scenario::Session): step(limit), now(), events(), hand_commands(), plan(commands).
// A checkpoint is a copy of it. Checkpoints are counted in events and thinned by powers of two: dense near the present, sparse far back.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/time.h"

namespace kafkascope::observe {

struct TimelineOptions {
  std::uint64_t interval_events = 2000;  // between checkpoints at first; doubles when there are too many
  std::size_t most_checkpoints = 48;
};

template <class Run, class Commands>
class Timeline {
 public:
  explicit Timeline(Run run, TimelineOptions options = {})
      : options_(options), interval_(options.interval_events), run_(std::move(run)) {
    checkpoints_.push_back(run_);
    known_ = run_.now();
  }

  Run& run() { return run_; }
  const Run& run() const { return run_; }
  /// The latest time to which this branch has been executed. A command of the present moment moves the run without a step.
  sim::Instant known() const { return std::max(known_, run_.now()); }

  /// One event or step; false when nothing is left up to `limit`.
  bool step(sim::Instant limit) {
    const bool more = run_.step(limit);
    note();
    return more;
  }
  /// Moves forward or back to t: all events and steps with time <= t are done afterwards. `keep_going` is called from
  /// time to time (long seeks can be cancelled); returns false if it returned false.
  template <class KeepGoing>
  bool seek(sim::Instant t, KeepGoing&& keep_going) {
    if (t < run_.now()) restore(commands(), [&](const Run& r) { return r.now() <= t; });
    for (std::uint64_t n = 1; step(t); ++n)
      if (n % 128 == 0 && !keep_going()) return false;
    return true;
  }
  void seek(sim::Instant t) {
    seek(t, [] { return true; });
  }
  /// Moves to the moment right after the event with that number was executed (0: the very beginning).
  void seek_event(std::uint64_t number) {
    if (number < run_.events()) restore(commands(), [&](const Run& r) { return r.events() <= number; });
    while (run_.events() < number && step(sim::kNever)) {
    }
  }

  /// Call before a command at the present moment: the commands planned for later are dropped. Copy first to keep them.
  void branch() {
    run_.plan({});
    drop_checkpoints_after(run_.events());
    known_ = run_.now();
  }
  /// A copy without anything later than the present moment.
  Timeline fork() const {
    Timeline copy(checkpoints_.front(), options_);
    for (std::size_t i = 1; i < checkpoints_.size() && checkpoints_[i].events() <= run_.events(); ++i)
      copy.checkpoints_.push_back(checkpoints_[i]);
    copy.interval_ = interval_;
    copy.run_ = run_;
    copy.branch();
    return copy;
  }
  /// Replaces all commands done and planned so far by these, from the same beginning. Ends at `t` or, if that is later,
  /// at the last common moment.
  void rewrite(const Commands& all, sim::Instant t) {
    restore(all, [&](const Run& r) { return r.now() <= t && begins_with(all, r.hand_commands()); });
    drop_checkpoints_after(run_.events());
    known_ = run_.now();
    while (step(t)) {
    }
  }

  /// Drops the last command and moves to the moment before it (or stays, if it has not happened yet). Returns false if there is none.
  bool undo() {
    Commands all = commands();
    if (all.empty()) return false;
    const sim::Instant before = all.back().at - sim::microseconds(1);
    all.pop_back();
    rewrite(all, std::min(run_.now(), before));
    return true;
  }

  /// A position, and the known end at that time.
  struct Place {
    Run run;
    sim::Instant known;
  };
  Place place() const { return {run_, known_}; }
  /// Returns to a position, as if the run had never continued from there.
  void put_back(Place place) {
    run_ = std::move(place.run);
    known_ = place.known;
    while (checkpoints_.size() > 1 && checkpoints_.back().now() > known_) checkpoints_.pop_back();
  }

  /// All commands of this branch, done and planned.
  Commands commands() const {
    Commands all = run_.hand_commands();
    for (auto& c : pending()) all.push_back(c);
    return all;
  }
  std::size_t checkpoint_count() const { return checkpoints_.size(); }
  /// In the order of their times; some may be later than the present moment.
  const std::vector<Run>& checkpoints() const { return checkpoints_; }
  /// A copy of the run at t, which may be later than known(); this timeline does not move.
  Run past(sim::Instant t) const {
    const auto it =
        std::find_if(checkpoints_.rbegin(), checkpoints_.rend(), [&](const Run& r) { return r.now() <= t; });
    Run copy = it == checkpoints_.rend() ? checkpoints_.front() : *it;
    copy.plan(ahead_of(copy, commands()));
    while (copy.step(t)) {
    }
    return copy;
  }

 private:
  Commands pending() const { return run_.planned_commands(); }

  void note() {
    known_ = std::max(known_, run_.now());
    if (run_.events() < checkpoints_.back().events() + interval_) return;
    checkpoints_.push_back(run_);
    if (checkpoints_.size() <= options_.most_checkpoints) return;
    // There are too many: every second one of the older ones is dropped, and the interval doubles.
    std::vector<Run> kept;
    for (std::size_t i = 0; i < checkpoints_.size(); ++i)
      if (i % 2 == 0 || i + 8 >= checkpoints_.size()) kept.push_back(std::move(checkpoints_[i]));
    checkpoints_ = std::move(kept);
    interval_ *= 2;
  }

  template <class Fits>
  void restore(const Commands& all, Fits&& fits) {
    auto it = std::find_if(checkpoints_.rbegin(), checkpoints_.rend(), fits);
    const Run& from = it == checkpoints_.rend() ? checkpoints_.front() : *it;
    run_ = from;
    run_.plan(ahead_of(run_, all));
  }
  /// The commands that `run` has not done yet.
  static Commands ahead_of(const Run& run, const Commands& all) {
    const auto done = [&](const auto& command) {
      for (const auto& c : run.hand_commands())
        if (c == command) return true;
      return false;
    };
    Commands ahead;
    for (const auto& c : all)
      if (c.at > run.now() || (c.at == run.now() && !done(c))) ahead.push_back(c);
    return ahead;
  }
  static bool begins_with(const Commands& all, const Commands& first) {
    return first.size() <= all.size() && std::equal(first.begin(), first.end(), all.begin());
  }
  void drop_checkpoints_after(std::uint64_t events) {
    while (checkpoints_.size() > 1 && checkpoints_.back().events() > events) checkpoints_.pop_back();
  }

  TimelineOptions options_;
  std::uint64_t interval_;
  Run run_;
  std::vector<Run> checkpoints_;  // by events; the first is the beginning
  sim::Instant known_;
};

}  // namespace kafkascope::observe
