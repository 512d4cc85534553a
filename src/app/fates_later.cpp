#include "app/fates_later.h"

#include <algorithm>

#include "observe/model/fates.h"

namespace kafkascope::app {

std::optional<observe::FatesLater> fates_later(scenario::Session here, scenario::Session there) {
  constexpr std::int64_t kMostAhead = 600'000;  // events of both runs: about a second
  constexpr std::int64_t kSecondUs = 1'000'000;
  const sim::Instant end = std::min(here.until(), there.until());
  const auto look = [&] {
    return observe::FatesLater{observe::ledger_of(here.moment()).all, observe::ledger_of(there.moment()).all,
                               here.now(), here.now() >= end};
  };
  observe::FatesLater later = look();
  if (later.is_end || later.same()) return std::nullopt;
  bool looked = false;
  for (std::int64_t events = 0; !later.same() && !later.is_end && events < kMostAhead; later = look()) {
    const sim::Instant next = std::min(end, sim::Instant{(here.now().us / kSecondUs + 1) * kSecondUs});
    for (scenario::Session* run : {&here, &there})
      while (events < kMostAhead && run->step(next)) ++events;
    // A run that cannot go on, or that has too much to do in this second.
    if (here.now() < next || there.now() < next) return looked ? std::optional(later) : std::nullopt;
    looked = true;
  }
  return later;
}

}  // namespace kafkascope::app
