// The choice of a record's partition. Kafka: BuiltInPartitioner (KIP-794), RoundRobinPartitioner, DefaultPartitioner of
// 2.5 (KIP-480).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/metadata_cache.h"
#include "client/options.h"

namespace kafkascope::client {

/// (murmur2(key) & 0x7fffffff) mod partitions (BuiltInPartitioner.partitionForKey).
std::int32_t partition_for_key(std::string_view key, std::int32_t partitions);
/// librdkafka's "consistent": CRC-32 (IEEE) of the key mod partitions.
std::int32_t crc32_partition(std::string_view key, std::int32_t partitions);
/// Sarama's default: 32-bit FNV-1a as a signed number; the absolute value of its remainder.
std::int32_t fnv1a_partition(std::string_view key, std::int32_t partitions);

/// The queue of one partition, for a weighted draw. size -1: excluded, because the partition's node cannot take
/// records.
struct QueueLoad {
  std::int32_t partition = 0;
  int size = 0;
};

/// The sticky choice for one topic: keeps a partition until batch.size bytes have been appended, then draws another
/// one.
class StickyChoice {
 public:
  /// The current partition; draws one if there is none yet.
  std::int32_t current(Ctx& ctx, const BelievedTopic& topic);
  /// Counts appended bytes. Switches to another partition when batch.size is reached and the queue has no open batch,
  /// at the latest at twice batch.size.
  void appended(Ctx& ctx, const BelievedTopic& topic, std::int32_t bytes, std::int32_t batch_size, bool may_switch);
  /// Sets the queue lengths of partitions, in order; partitions below `partitions` that are not in the list have empty
  /// queues.
  void set_load(const std::vector<QueueLoad>& queues, std::int32_t partitions);
  /// Makes the draws uniform again.
  void clear_load() { load_partitions_ = 0; }
  /// KIP-480 (2.5): a batch is complete, so another partition is drawn.
  void next(Ctx& ctx, const BelievedTopic& topic, bool other_than_current);

 private:
  std::int32_t draw(Ctx& ctx, const BelievedTopic& topic) const;
  /// Draws a partition by weight, which is the longest queue's length + 1 - the partition's queue length. Returns -1 if
  /// all weights are equal or unknown.
  std::int32_t draw_by_load(sim::Random& random) const;
  std::int32_t partition_ = -1;
  std::int32_t bytes_ = 0;
  std::vector<QueueLoad> load_;
  std::int32_t load_partitions_ = 0;
};

class Partitioner {
 public:
  Partitioner() = default;
  Partitioner(const PartitionerOptions& options, const Config& config);
  void set_options(const PartitionerOptions& options);

  /// The partition that the key alone determines; nullopt if the topic's sticky choice decides.
  std::optional<std::int32_t> by_key(const BelievedTopic& topic, std::optional<std::string_view> key);
  StickyChoice& sticky(const std::string& topic) { return sticky_[topic]; }
  bool adaptive() const { return adaptive_; }
  /// In 2.5 the choice changes with each completed batch, not after a number of bytes.
  bool per_batch() const { return per_batch_; }

 private:
  PartitionerOptions options_;
  bool ignore_keys_ = false, adaptive_ = true, per_batch_ = false;
  std::map<std::string, StickyChoice> sticky_;
  std::map<std::string, std::uint32_t> turns_;
};

}  // namespace kafkascope::client
