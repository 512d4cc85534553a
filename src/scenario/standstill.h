// A run whose time stands still: events follow one another for ever at one instant.
#pragma once
#include <cstddef>
#include <cstdint>

#include "observe/model/snapshot.h"
#include "observe/observation.h"

namespace kafkascope::scenario {

/// A limit that no healthy run reaches at one instant: each pair of nodes may connect and exchange messages at once if
/// the latency is constant, and steps may coincide.
constexpr std::uint64_t most_at_one_instant(std::size_t nodes, std::size_t steps) {
  return 1'000'000 + 32 * std::uint64_t{nodes} * nodes + 40 * std::uint64_t{steps};
}

/// The most frequent event among the lines of the trace from `first` on, its time, and what would end the repetition.
observe::Words standstill_words(const cluster::Cluster& cluster, const observe::TraceStore& trace, std::size_t first,
                                std::uint64_t events);

}  // namespace kafkascope::scenario
