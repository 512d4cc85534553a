// What two worlds come to: copies of both runs go on to their common end, a little in each frame.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

class Endings {
 public:
  using Clock = std::chrono::steady_clock;

  /// Goes on until the deadline.
  void look(const scenario::Session& here, const scenario::Session& there, Clock::time_point deadline);
  bool looks() const { return here_.has_value(); }
  /// Fills in what is known, if neither run has ended.
  void put(ui::Twin& t, sim::Instant now) const;
  void forget() { *this = Endings(); }

 private:
  /// Of which runs the endings are.
  struct Of {
    const scenario::Scenario *here = nullptr, *there = nullptr;
    std::size_t acts_here = 0, acts_there = 0;
    friend bool operator==(const Of&, const Of&) = default;
  };
  Of of_;
  std::optional<scenario::Session> here_, there_;
  sim::Instant end_;
  std::int64_t steps_ = 0;
  std::int64_t lost_here_ = -1, lost_there_ = -1;
};

}  // namespace kafkascope::app
