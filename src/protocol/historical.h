// Single fixes that a file may switch off, to see what they were for ("historical" in docs/scenario-format.md). A fix that is off takes
// with it what was built on it. The data plane of Kafka 2.5 is the same: that of today without what was mended after it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "protocol/config.h"

namespace kafkascope::protocol {

/// true: as before that fix.
struct Historical {
  bool kip_101 = false;  // a new follower cuts its log at its own high watermark; no leader epochs are compared
  bool kip_279 = false;  // the answer to OffsetForLeaderEpoch is an offset without its epoch, and is believed at once
  bool kip_320 =
      false;  // nobody says which leader epoch he believes in: fetches of another one count, consumers compare nothing
  bool kip_595 =
      false;  // followers ask OffsetForLeaderEpoch before they fetch; a Fetch is not answered with where logs part
  bool kip_951 = false;  // errors name no new leader
  bool kip_380 =
      false;  // ZooKeeper: control requests name no broker epoch, and a broker that was away briefly counts as never gone
  bool kip_534 = false;  // tombstones go by the age of their segment, not by a horizon that their first cleaning stamps
  bool kip_704 = false;  // nobody remembers that a leader was elected uncleanly
  bool kip_841 = false;  // fenced brokers and those that shut down may be in an ISR
  bool kip_903 = false;  // nobody looks whether a fetch comes from the process that is registered
  bool kip_966 =
      false;  // the high watermark moves below min.insync.replicas, which may exceed the replicas; no eligible leader replicas
  bool kafka_9952 = false;  // a follower's fetch is answered as soon as the high watermark is one it has not been sent
  bool fetch_2_5 =
      false;  // 2.5: who is sent to another replica, or is none, hears so when its time is up; replicas out of the ISR may be
              // read from; after a failed Fetch a follower pauses twice
  bool kip_996 = false;      // no pre-vote: who hears no leader of the quorum opens a new epoch at once
  bool kafka_13194 = false;  // compaction does not stop at the high watermark
  bool kafka_9839 =
      false;  // ZooKeeper, 2.5.0: an order for an epoch of its own that a broker has not heard of yet fails
  bool kafka_7128 = false;  // a follower joins the ISR at the high watermark, before the start of the leader's epoch

  bool any() const {
    return kip_101 || kip_279 || kip_320 || kip_380 || kip_595 || kip_951 || kip_534 || kip_704 || kip_841 || kip_903 ||
           kip_966 || kip_996 || kafka_7128 || kafka_9839 || kafka_13194;
  }
};

/// KIP-595 and KIP-951 are none of them: what KIP-595 brought to followers goes with KIP-279 and KIP-320, which it rests on, KIP-951 with
/// KIP-320: without epochs nobody could tell which of two leaders is the newer one.
inline constexpr std::string_view kModelledFixes[] = {"KIP-101",    "KIP-279",    "KIP-320",    "KIP-380", "KIP-534",
                                                      "KIP-704",    "KIP-841",    "KIP-903",    "KIP-966", "KIP-996",
                                                      "KAFKA-7128", "KAFKA-9839", "KAFKA-13194"};

inline Historical historical(const std::vector<std::string>& switched_off, KafkaVersion version = KafkaVersion::V4_1) {
  Historical h;
  h.kip_595 = h.kip_951 = h.kip_534 = h.kip_704 = h.kip_841 = h.kip_903 = h.kip_966 = h.kafka_9952 = h.fetch_2_5 =
      h.kafka_13194 = version == KafkaVersion::V2_5;
  for (const std::string& name : switched_off) {
    h.kip_101 |= name == "KIP-101";
    h.kip_279 |= name == "KIP-279" || name == "KIP-101";
    h.kip_320 |= name == "KIP-320" || name == "KIP-101";
    h.kip_380 |= name == "KIP-380";
    h.kip_534 |= name == "KIP-534";
    h.kip_704 |= name == "KIP-704";
    h.kip_841 |= name == "KIP-841";
    h.kip_903 |= name == "KIP-903" || name == "KIP-841";
    h.kip_966 |= name == "KIP-966";
    h.kip_996 |= name == "KIP-996";
    h.kafka_7128 |= name == "KAFKA-7128";
    h.kafka_9839 |= name == "KAFKA-9839";
    h.kafka_13194 |= name == "KAFKA-13194";
  }
  h.kip_595 |= h.kip_279 || h.kip_320;
  h.kip_951 |= h.kip_320;
  return h;
}

}  // namespace kafkascope::protocol
