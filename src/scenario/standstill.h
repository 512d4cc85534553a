// A run whose time stands still: events follow one another for ever, all at one instant.
#pragma once
#include <cstddef>
#include <cstdint>

#include "observe/model/snapshot.h"
#include "observe/observation.h"

namespace kafkascope::scenario {

/// As many events no sound run has at one instant: each pair of nodes may connect and talk at once where the latency is constant, and
/// steps may come together.
constexpr std::uint64_t most_at_one_instant(std::size_t nodes, std::size_t steps) {
  return 1'000'000 + 32 * std::uint64_t{nodes} * nodes + 40 * std::uint64_t{steps};
}

/// What happens most often among the lines of the trace from `first` on, when, and what would end it.
observe::Words standstill_words(const cluster::Cluster& cluster, const observe::TraceStore& trace, std::size_t first,
                                std::uint64_t events);

}  // namespace kafkascope::scenario
