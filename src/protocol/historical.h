// Fixes that a file may disable to show what they are for ("historical" in docs/scenario-format.md). Disabling a
// fix also disables those that build on it. The data plane of Kafka 2.5 is expressed the same way: the current one
// without the later fixes.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "protocol/kafka_version.h"

namespace kafkascope::protocol {

/// Each field is true if the engine behaves as before that fix.
struct Historical {
  bool kip_101 = false;  // a new follower truncates its log to its own high watermark; no leader epochs are compared
  /// The response to OffsetForLeaderEpoch is an offset without its epoch, and is trusted immediately.
  bool kip_279 = false;
  /// Requests carry no leader epoch: fetches of another epoch are accepted, consumers compare no epochs.
  bool kip_320 = false;
  /// Followers send OffsetForLeaderEpoch before they fetch; a Fetch response does not report divergence.
  bool kip_595 = false;
  bool kip_951 = false;  // errors name no new leader
  /// ZooKeeper: control requests carry no broker epoch, and a broker that was briefly away counts as never absent.
  bool kip_380 = false;
  bool kip_534 = false;  // tombstones expire by the age of their segment, not by a horizon stamped by their first
                         // cleaning
  bool kip_704 = false;  // an unclean election leaves no mark in the partition
  bool kip_841 = false;  // fenced brokers and those shutting down may be in an ISR
  bool kip_903 = false;  // a fetch from a process that is not the registered one is accepted
  /// The high watermark moves even if the ISR is smaller than min.insync.replicas, which may exceed the number of
  /// replicas; there are no eligible leader replicas.
  bool kip_966 = false;
  bool kafka_9952 = false;  // a follower's fetch is answered as soon as the high watermark differs from the one last
                            // sent to that follower
  /// 2.5: a consumer that is redirected to another replica, or a broker that is not a replica, is answered only at the
  /// timeout; replicas outside the ISR may be read from; after a failed Fetch a follower pauses twice.
  bool fetch_2_5 = false;
  bool kip_996 = false;      // no pre-vote: a voter that hears of no leader starts a new epoch at once
  bool kafka_13194 = false;  // compaction does not stop at the high watermark
  /// ZooKeeper, 2.5.0: a control request with a broker epoch that the broker itself does not know yet fails.
  bool kafka_9839 = false;
  /// Leaders do not ask the coordinator whether a transaction is open, and there is no second version of the
  /// transaction protocol.
  bool kip_890 = false;
  bool kafka_7128 = false;  // a follower joins the ISR at the high watermark, before the start of the leader's epoch

  bool any() const {
    return kip_101 || kip_279 || kip_320 || kip_380 || kip_595 || kip_951 || kip_534 || kip_704 || kip_841 || kip_903 ||
           kip_966 || kip_996 || kip_890 || kafka_7128 || kafka_9839 || kafka_13194;
  }
  bool operator==(const Historical&) const = default;
};

/// KIP-595 and KIP-951 are not in this list: KIP-595's change for followers is disabled together with KIP-279 and
/// KIP-320, on which it depends, and KIP-951 together with KIP-320, because without epochs it is unknown which of two
/// leaders is newer.
inline constexpr std::string_view kModelledFixes[] = {"KIP-101", "KIP-279",    "KIP-320",    "KIP-380",    "KIP-534",
                                                      "KIP-704", "KIP-841",    "KIP-890",    "KIP-903",    "KIP-966",
                                                      "KIP-996", "KAFKA-7128", "KAFKA-9839", "KAFKA-13194"};

inline Historical historical(const std::vector<std::string>& switched_off, KafkaVersion version = KafkaVersion::V4_1) {
  Historical h;
  h.kip_595 = h.kip_951 = h.kip_534 = h.kip_704 = h.kip_841 = h.kip_890 = h.kip_903 = h.kip_966 = h.kafka_9952 =
      h.fetch_2_5 = h.kafka_13194 = version == KafkaVersion::V2_5;
  for (const std::string& name : switched_off) {
    h.kip_101 |= name == "KIP-101";
    h.kip_279 |= name == "KIP-279" || name == "KIP-101";
    h.kip_320 |= name == "KIP-320" || name == "KIP-101";
    h.kip_380 |= name == "KIP-380";
    h.kip_534 |= name == "KIP-534";
    h.kip_704 |= name == "KIP-704";
    h.kip_841 |= name == "KIP-841";
    h.kip_890 |= name == "KIP-890";
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
