// The times that a file sets shorter than Kafka's defaults, so that nobody who watches a lesson takes them for Kafka's
// own.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "scenario/scenario.h"

namespace kafkascope::scenario {

/// One key with one value, however many clients, topics or brokers have it.
struct ShortenedClock {
  std::string key;
  std::int64_t here_ms = 0, default_ms = 0;  // the default of the file's Kafka version; -1: without limit
  std::vector<std::string> of;               // the parts that have it, if others of the kind do not; empty: all have it
};

/// From the configuration at the start and from `configure` steps, in the order of the file's parts: cluster, topics,
/// clients, steps.
std::vector<ShortenedClock> shortened_clocks(const Scenario& scenario);

/// "session.timeout.ms: 6 s here, Kafka's default 45 s"; further ones follow in short form. Empty if there is none.
Text clock_badge(const std::vector<ShortenedClock>& clocks);

}  // namespace kafkascope::scenario
