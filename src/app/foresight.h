// Predicts the times of steps that wait for an event: a copy of the run runs ahead, a little in each frame.
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

  /// Continues until the deadline. Returns whether a time has been found.
  bool look(const Run& run, Clock::time_point deadline);
  /// Whether the search is still running; it ends after a few seconds of computing.
  bool looks() const { return ahead_.has_value(); }
  /// When that step happens, which has not happened yet; nullopt: not known.
  std::optional<sim::Instant> time_of(const Run& run, std::size_t step) const;
  /// Fills in the predicted times of steps that have not happened.
  void put(const Run& run, ui::LessonModel& lesson) const;

 private:
  /// Whether the prediction belongs to this run in its present state.
  bool of(const Run& run) const;
  /// Starts a new search if the time of a step is not known.
  void begin(const Run& run);

  ScenarioPtr scenario_;
  std::size_t acts_ = 0;
  std::optional<scenario::Session> ahead_;
  std::vector<std::int64_t> at_;  // by step of the scenario
  Clock::duration spent_{0};
};

}  // namespace kafkascope::app
