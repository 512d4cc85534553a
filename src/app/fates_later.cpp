#include "app/fates_later.h"

#include <algorithm>
#include <deque>

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

std::optional<observe::FatesLater> fates_later(scenario::Session here, scenario::Session there, std::int64_t events) {
  constexpr sim::Duration kLongEnough = sim::milliseconds(3'000);
  constexpr std::size_t kLooksOfASecond = 11;
  GoingOn both(here, there, events);
  const auto look = [&] {
    return observe::FatesLater{observe::fates_of(here.moment()), observe::fates_of(there.moment()), both.now(),
                               both.now(), both.now() >= both.end()};
  };
  observe::FatesLater later = look();
  if (later.is_end || later.same()) return std::nullopt;
  const sim::Instant asked = later.at;
  std::optional<observe::FatesLater> again;      // the first look since which it is the same
  std::deque<observe::FatesLater> looks{later};  // those of the last second
  while (both.go_on()) {
    later = look();
    looks.push_back(later);
    if (looks.size() > kLooksOfASecond) looks.pop_front();
    if (!later.same() && !differ_by_what_is_on_its_way(looks)) again.reset();
    else if (later.same() && !again) again = later;
  }
  if (later.at == asked) return std::nullopt;
  if (!again) return later;
  if (!later.is_end && later.at - again->at < kLongEnough) return std::nullopt;
  again->until = later.at;
  again->is_end = later.is_end;
  return again;
}

}  // namespace kafkascope::app
