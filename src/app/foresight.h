// When the steps that wait for an event will come, before they have been played: a copy of the run goes ahead, a little in each frame.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "app/run.h"

namespace kafkascope::app {

class Foresight {
 public:
  using Clock = std::chrono::steady_clock;

  /// Goes on until the deadline. Returns whether a time has been found.
  bool look(const Run& run, Clock::time_point deadline);
  /// Whether there is more to look for, which is given up after a few seconds of computing.
  bool looks() const { return ahead_.has_value(); }
  /// The times of the steps that have not happened in the run, if they are known.
  void put(const Run& run, ui::LessonModel& lesson) const;

 private:
  /// Whether it is about this run as it is.
  bool of(const Run& run) const;
  /// Starts again, if a step's time is not known.
  void begin(const Run& run);

  ScenarioPtr scenario_;
  std::size_t acts_ = 0;
  std::optional<scenario::Session> ahead_;
  std::vector<std::int64_t> at_;  // by step of the scenario
  Clock::duration spent_{0};
};

}  // namespace kafkascope::app
