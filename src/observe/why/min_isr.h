// min.insync.replicas of a partition: the number with which its leader compares, and the setting in words.
#pragma once
#include "observe/why/story.h"

namespace kafkascope::observe {

/// The number with which the leader compared just before that line: since KIP-966 at most that of the partition's replicas. Kafka:
/// Partition.effectiveMinIsr.
std::uint64_t effective_min_isr_before(const Story& story, protocol::TopicPartition tp, std::uint64_t before);
/// The setting as a sentence gives it, with the number that counts if that is another one.
Words min_isr_told(const Story& story, protocol::TopicPartition tp, std::uint64_t before);

}  // namespace kafkascope::observe
