#include "app/endings.h"

#include <algorithm>

#include "observe/model/fates.h"

namespace kafkascope::app {

namespace {

constexpr std::int64_t kMostEvents = 3'000'000;  // events: the largest scenarios take minutes

}  // namespace

void Endings::look(const scenario::Session& here, const scenario::Session& there, Clock::time_point deadline) {
  const Of of{&here.scenario(), &there.scenario(), here.hand_commands().size(), there.hand_commands().size()};
  if (!(of == of_)) {
    forget();
    of_ = of;
    end_ = std::min(here.until(), there.until());
    if (here.now() < end_) here_.emplace(here), there_.emplace(there);
  }
  if (!here_) return;
  constexpr std::chrono::milliseconds kAFrame{4};
  if (deadline != Clock::time_point::max()) deadline = std::min(deadline, Clock::now() + kAFrame);
  bool more = true;
  for (std::uint64_t n = 1; more && (n % 64 != 0 || Clock::now() < deadline); ++n) {
    const bool a = here_->step(end_), b = there_->step(end_);
    more = (a || b) && ++steps_ < kMostEvents;
  }
  if (more) return;
  if (steps_ < kMostEvents) {
    lost_here_ = observe::ledger_of(here_->moment()).all.lost_acked;
    lost_there_ = observe::ledger_of(there_->moment()).all.lost_acked;
  }
  here_.reset();
  there_.reset();
}

void Endings::put(ui::Twin& t, sim::Instant now) const {
  if (now >= end_) return;
  t.end_lost_here = lost_here_;
  t.end_lost_there = lost_there_;
}

}  // namespace kafkascope::app
