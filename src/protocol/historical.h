// Single fixes that a file may switch off, to see what they were for ("historical" in docs/scenario-format.md). A fix that is off takes
// with it what was built on it.
#pragma once
#include <string_view>
#include <vector>
#include <string>

namespace kafkascope::protocol {

/// true: as before that fix.
struct Historical {
  bool kip_101 = false;     // a new follower cuts its log at its own high watermark; no leader epochs are compared
  bool kip_841 = false;     // fenced brokers and those that shut down may be in an ISR
  bool kip_903 = false;     // nobody looks whether a fetch comes from the process that is registered
  bool kip_966 = false;     // the high watermark moves below min.insync.replicas; no eligible leader replicas
  bool kafka_7128 = false;  // a follower joins the ISR at the high watermark, before the start of the leader's epoch

  bool any() const { return kip_101 || kip_841 || kip_903 || kip_966 || kafka_7128; }
};

inline constexpr std::string_view kModelledFixes[] = {"KIP-101", "KIP-841", "KIP-903", "KIP-966", "KAFKA-7128"};

inline Historical historical(const std::vector<std::string>& switched_off) {
  Historical h;
  for (const std::string& name : switched_off) {
    h.kip_101 |= name == "KIP-101";
    h.kip_841 |= name == "KIP-841";
    h.kip_903 |= name == "KIP-903" || name == "KIP-841";
    h.kip_966 |= name == "KIP-966";
    h.kafka_7128 |= name == "KAFKA-7128";
  }
  return h;
}

}  // namespace kafkascope::protocol
