// The replicas that a partition's high watermark waits for, according to its leader. Kafka:
// Partition.maybeIncrementLeaderHW.
#pragma once
#include <vector>

#include "observe/model/state_document.h"
#include "observe/words/words.h"

namespace kafkascope::observe {

struct WatermarkWait {
  bool for_min_isr = false;  // KIP-966: the high watermark does not move below min.insync.replicas
  std::vector<int> in_sync;  // in-sync replicas that have not fetched beyond the high watermark
  std::vector<int> outside;  // the same, out of the ISR but still caught up (replica.lag.time.max.ms): they may rejoin
  std::int64_t us = 0;       // since the first of them was last caught up
  int longest = -1;          // the replica that has been behind longest
};

WatermarkWait watermark_wait(const cluster::Cluster& c, protocol::TopicPartition tp);
/// "orders-1: the high watermark stays at 25 …" if a replica with a failed disk delays it; otherwise empty.
Words held_by_a_disk(const Moment& m, protocol::TopicPartition tp, const WatermarkWait& wait);

}  // namespace kafkascope::observe
