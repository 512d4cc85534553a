// Which partition a record goes to. Kafka: BuiltInPartitioner (KIP-794), RoundRobinPartitioner, DefaultPartitioner of 2.5 (KIP-480).
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
/// Sarama's default: FNV-1a of 32 bits as a signed number, its absolute value of the remainder.
std::int32_t fnv1a_partition(std::string_view key, std::int32_t partitions);

/// The sticky choice for one topic: stay until batch.size bytes went there, then draw another.
class StickyChoice {
 public:
  /// Draws a first partition if there is none yet.
  std::int32_t current(Ctx& ctx, const BelievedTopic& topic);
  /// Bytes were appended; moves on when enough went there and it may (all batches of the queue full), at twice batch.size anyway.
  void appended(Ctx& ctx, const BelievedTopic& topic, std::int32_t bytes, std::int32_t batch_size, bool may_switch);
  /// Queue lengths of the partitions that have a leader, for the weights; empty: uniform.
  void set_load(const std::vector<int>& queue_sizes, const std::vector<std::int32_t>& partitions, bool some_excluded);
  void clear_load() { frequency_.clear(); }
  /// KIP-480 (2.5): a batch is complete, choose another one.
  void next(Ctx& ctx, const BelievedTopic& topic, bool other_than_current);

 private:
  std::int32_t draw(Ctx& ctx, const BelievedTopic& topic) const;
  std::int32_t partition_ = -1;
  std::int32_t bytes_ = 0;
  std::vector<std::uint64_t> frequency_;  // running sums of (longest queue + 1 - queue length)
  std::vector<std::int32_t> frequency_partitions_;
};

class Partitioner {
 public:
  Partitioner() = default;
  Partitioner(const PartitionerOptions& options, const Config& config);
  void set_options(const PartitionerOptions& options);

  /// Where this key goes by itself; nothing: the sticky choice of the topic decides.
  std::optional<std::int32_t> by_key(Ctx& ctx, const BelievedTopic& topic, const std::optional<std::string>& key);
  StickyChoice& sticky(const std::string& topic) { return sticky_[topic]; }
  bool adaptive() const { return adaptive_; }
  /// 2.5: the choice changes with each completed batch, not with the bytes.
  bool per_batch() const { return per_batch_; }

 private:
  PartitionerOptions options_;
  bool ignore_keys_ = false, adaptive_ = true, per_batch_ = false;
  std::map<std::string, StickyChoice> sticky_;
  std::map<std::string, std::uint32_t> turns_;
};

}  // namespace kafkascope::client
