// The answer to Why? about two worlds: a part of it lies ahead, so copies of both runs go on for it, a little with each picture.
#pragma once
#include <chrono>
#include <memory>
#include <optional>

#include "app/fates_later.h"
#include "observe/why/why.h"
#include "scenario/session.h"

namespace kafkascope::app {

class PartingAhead {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// `answer`: about the first divergence; nullopt: there is none up to this moment, so the copies look for it first. `here_is_b`: as in
  /// observe::TwoWorlds.
  PartingAhead(scenario::Session here, scenario::Session there, bool here_is_b, std::optional<observe::Answer> answer);

  /// Works until then, but at least a little.
  void go_on(Deadline deadline);
  bool over() const { return !search_ && !fates_; }
  /// The moment of the question.
  sim::Instant asked() const { return asked_; }
  /// How far the copies are.
  sim::Instant reached() const;
  /// What is known so far; until all is known, with a sentence that says how far the copies are (`working`) or that they have stopped.
  observe::Answer answer(bool working = true) const;

 private:
  /// Copies that go on until the worlds part, and others that wait for that to look at the fates from the same moment.
  struct Search {
    scenario::Session here, there, here_then, there_then;
    GoingOn both{here, there, kMostEventsAhead};
  };

  /// The copies have come as far as they may, without a look at what parts them.
  void end_search();

  bool here_is_b_;
  sim::Instant asked_, end_;
  observe::Answer answer_;
  std::unique_ptr<Search> search_;     // of the first divergence
  std::unique_ptr<FatesAhead> fates_;  // starts when that is known
};

}  // namespace kafkascope::app
