// Every moment can be revisited: checkpoints, re-execution in between, and branches that keep an abandoned future.
//
// Run is a value that can be copied and stepped (scenario::Session): step(limit), now(), events(), hand_commands(), plan(commands).
// A checkpoint is a copy of it. They are counted in events and thinned by powers of two: fine near the present, coarse far back.
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
  explicit Timeline(Run run, TimelineOptions options = {}) : options_(options), interval_(options.interval_events), run_(std::move(run)) {
    checkpoints_.push_back(run_);
    known_ = run_.now();
  }

  Run& run() { return run_; }
  const Run& run() const { return run_; }
  /// How far this branch has ever been executed.
  sim::Instant known() const { return known_; }

  /// One event or step; false when nothing is left up to `limit`.
  bool step(sim::Instant limit) {
    const bool more = run_.step(limit);
    note();
    return more;
  }
  /// Forward or back to t: all events and steps with time <= t are done afterwards. `keep_going` is asked now and then
  /// (long seeks can be cancelled); false is returned when it said no.
  template <class KeepGoing>
  bool seek(sim::Instant t, KeepGoing&& keep_going) {
    if (t < run_.now()) restore([&](const Run& r) { return r.now() <= t; });
    for (std::uint64_t n = 1; step(t); ++n)
      if (n % 1024 == 0 && !keep_going()) return false;
    return true;
  }
  void seek(sim::Instant t) {
    seek(t, [] { return true; });
  }
  /// To the moment right after the event with that number was executed (0: the very beginning).
  void seek_event(std::uint64_t number) {
    if (number < run_.events()) restore([&](const Run& r) { return r.events() <= number; });
    while (run_.events() < number && step(sim::kNever)) {
    }
  }

  /// After a command at the present moment: what had been planned for later is another future now. Call before it is executed.
  void branch() {
    Commands later = pending();
    if (!later.empty()) abandoned_.push_back({run_.now(), known_, std::move(later)});
    run_.plan({});
    drop_checkpoints_after(run_.events());
    known_ = run_.now();
  }
  struct Branch {
    sim::Instant from, known;
    Commands commands;  // those that made it different
  };
  const std::vector<Branch>& abandoned() const { return abandoned_; }

  /// Goes to the moment before the last command and drops it (undo). Nothing when there is none.
  bool undo() {
    Commands all = commands();
    if (all.empty()) return false;
    const auto last = all.back();
    all.pop_back();
    const sim::Instant before = last.at - sim::microseconds(1);
    restore([&](const Run& r) { return r.now() <= before; });
    Commands ahead;
    for (const auto& c : all)
      if (c.at > run_.now()) ahead.push_back(c);
    run_.plan(ahead);
    while (run_.step(before)) {
    }
    drop_checkpoints_after(run_.events());
    known_ = run_.now();
    return true;
  }

  /// All commands of this branch, done and planned.
  Commands commands() const {
    Commands all = run_.hand_commands();
    for (auto& c : pending()) all.push_back(c);
    return all;
  }
  std::size_t checkpoint_count() const { return checkpoints_.size(); }

 private:
  Commands pending() const { return run_.planned_commands(); }

  void note() {
    known_ = std::max(known_, run_.now());
    if (run_.events() < checkpoints_.back().events() + interval_) return;
    checkpoints_.push_back(run_);
    if (checkpoints_.size() <= options_.most_checkpoints) return;
    // Too many: every second of the older ones goes, and new ones come half as often.
    std::vector<Run> kept;
    for (std::size_t i = 0; i < checkpoints_.size(); ++i)
      if (i % 2 == 0 || i + 8 >= checkpoints_.size()) kept.push_back(std::move(checkpoints_[i]));
    checkpoints_ = std::move(kept);
    interval_ *= 2;
  }

  template <class Fits>
  void restore(Fits&& fits) {
    const Commands all = commands();
    auto it = std::find_if(checkpoints_.rbegin(), checkpoints_.rend(), fits);
    const Run& from = it == checkpoints_.rend() ? checkpoints_.front() : *it;
    run_ = from;
    Commands ahead;
    for (const auto& c : all)
      if (c.at > run_.now() || (c.at == run_.now() && !done(c))) ahead.push_back(c);
    run_.plan(ahead);
  }
  template <class C>
  bool done(const C& command) const {
    for (const auto& c : run_.hand_commands())
      if (c.at == command.at && c.command == command.command) return true;
    return false;
  }
  void drop_checkpoints_after(std::uint64_t events) {
    while (checkpoints_.size() > 1 && checkpoints_.back().events() > events) checkpoints_.pop_back();
  }

  TimelineOptions options_;
  std::uint64_t interval_;
  Run run_;
  std::vector<Run> checkpoints_;  // by events; the first is the beginning
  sim::Instant known_;
  std::vector<Branch> abandoned_;
};

}  // namespace kafkascope::observe
