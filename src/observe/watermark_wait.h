// Whom the high watermark of a partition waits for, as its leader sees it. Kafka: Partition.maybeIncrementLeaderHW.
#pragma once
#include <vector>

#include "observe/state_document.h"
#include "observe/words.h"

namespace kafkascope::observe {

struct WatermarkWait {
  bool for_min_isr = false;  // KIP-966: it does not move below min.insync.replicas
  std::vector<int> in_sync;  // in-sync replicas that have not fetched beyond it
  std::vector<int> outside;  // the same, out of the ISR and still caught up (replica.lag.time.max.ms): it may come back
  std::int64_t us = 0;       // since the first of them was last caught up
};

WatermarkWait watermark_wait(const cluster::Cluster& c, protocol::TopicPartition tp);
/// "orders-1: the high watermark stays at 25 …": where a replica whose disk has failed holds it back; else empty.
Words held_by_a_disk(const Moment& m, protocol::TopicPartition tp, const WatermarkWait& wait);

}  // namespace kafkascope::observe
