// The times that a file sets shorter than Kafka's defaults, so that whoever looks at a lesson does not take them for Kafka's own.
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
  std::vector<std::string> of;               // who has it, when others of the kind do not; empty: all have it
};

/// Of the configuration at the start, and of `configure` steps; in the order of the file's parts: cluster, topics, clients, steps.
std::vector<ShortenedClock> shortened_clocks(const Scenario& scenario);

/// "session.timeout.ms: 6 s here, Kafka's default 45 s"; of several the others follow in short. Empty when there is none.
Text clock_badge(const std::vector<ShortenedClock>& clocks);

}  // namespace kafkascope::scenario
