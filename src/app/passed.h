// How much of the run has passed in the last frames. Where the run goes on as fast as possible, or event by event, only
// this tells for how long something is seen. For drawing: nothing in the run depends on it.
#pragma once
#include <cstdint>
#include <vector>

#include "observe/model/passing.h"
#include "sim/time.h"

namespace kafkascope::app {

class Passed {
 public:
  /// A frame of that time of the viewer in which the run went on. Forgets what was before if the run has moved since.
  void add(std::int64_t wall_us, sim::Instant from, sim::Instant to);
  observe::Passing passing() const;
  /// Simulated µs per second of the viewer's time, lately; 0: unknown.
  std::int64_t rate_ppm() const;

 private:
  struct Frame {
    std::int64_t wall_us = 0;
    sim::Instant end;
  };
  /// The last frame that had ended by then, or the first one.
  const Frame& frame_at(std::int64_t wall_us) const;

  std::vector<Frame> frames_;  // as many as a word takes to read
};

}  // namespace kafkascope::app
