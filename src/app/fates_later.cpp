#include "app/fates_later.h"

#include <algorithm>
#include <utility>

#include "observe/model/fates.h"

namespace kafkascope::app {

GoingOn::GoingOn(scenario::Session& here, scenario::Session& there, std::int64_t events)
    : here_(here), there_(there), left_(events) {}

sim::Instant GoingOn::now() const { return here_.now(); }

sim::Instant GoingOn::end() const { return std::min(here_.until(), there_.until()); }

bool GoingOn::go_on() {
  constexpr sim::Duration kStep = sim::milliseconds(100);
  if (left_ <= 0 || now() >= end()) return false;
  const sim::Instant next = std::min(end(), now() + kStep);
  for (scenario::Session* run : {&here_, &there_})
    while (run->step(next)) --left_;
  return here_.now() >= next && there_.now() >= next;  // else a run cannot go on
}

namespace {

/// Whether both worlds differ only by records that are on their way, and none has more of them than it has sent in the last second: a
/// producer that is stuck has more.
bool differ_by_what_is_on_its_way(const std::deque<observe::FatesLater>& looks) {
  const observe::FatesLater &now = looks.back(), &before = looks.front();
  return observe::differ_in_passing(now.here, now.there) &&
         now.here.pending <= now.here.produced - before.here.produced &&
         now.there.pending <= now.there.produced - before.there.produced;
}

}  // namespace

FatesAhead::FatesAhead(scenario::Session here, scenario::Session there, std::int64_t events)
    : here_(std::move(here)), there_(std::move(there)), both_(here_, there_, events) {
  latest_ = asked_ = look();
  looks_.push_back(latest_);
  over_ = latest_.is_end || latest_.same();
}

observe::FatesLater FatesAhead::look() {
  observe::FatesLater now;
  now.here = observe::fates_of(here_.moment());
  now.there = observe::fates_of(there_.moment());
  now.at = now.until = both_.now();
  now.is_end = both_.now() >= both_.end();
  return now;
}

void FatesAhead::go_on() {
  constexpr std::size_t kLooksOfASecond = 11;
  if (over_) return;
  if (!both_.go_on()) {
    over_ = true;
    return;
  }
  latest_ = look();
  looks_.push_back(latest_);
  if (looks_.size() > kLooksOfASecond) looks_.pop_front();
  if (!latest_.same() && !differ_by_what_is_on_its_way(looks_)) again_.reset();
  else if (latest_.same() && !again_) again_ = latest_;
}

std::optional<observe::FatesLater> FatesAhead::found() const {
  constexpr sim::Duration kLongEnough = sim::milliseconds(3'000);
  if (latest_.at == asked_.at) return std::nullopt;
  observe::FatesLater found = latest_;
  if (again_) {
    if (!latest_.is_end && latest_.at - again_->at < kLongEnough) return std::nullopt;
    found = *again_;
    found.until = latest_.at;
    found.is_end = latest_.is_end;
  }
  found.asked_here = asked_.here;
  found.asked_there = asked_.there;
  return found;
}

std::optional<observe::FatesLater> fates_later(scenario::Session here, scenario::Session there, std::int64_t events) {
  FatesAhead ahead(std::move(here), std::move(there), events);
  while (!ahead.over()) ahead.go_on();
  return ahead.found();
}

}  // namespace kafkascope::app
