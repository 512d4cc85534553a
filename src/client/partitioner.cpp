#include "client/partitioner.h"

#include <algorithm>
#include <array>

namespace kafkascope::client {

std::int32_t partition_for_key(std::string_view key, std::int32_t partitions) {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(protocol::murmur2(key)) & 0x7fffffffu) % static_cast<std::uint32_t>(partitions));
}

std::int32_t crc32_partition(std::string_view key, std::int32_t partitions) {
  std::uint32_t crc = 0xffffffffu;
  for (unsigned char c : key) {
    crc ^= c;
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1u) ? 0xedb88320u : 0u);
  }
  return static_cast<std::int32_t>(~crc % static_cast<std::uint32_t>(partitions));
}

std::int32_t fnv1a_partition(std::string_view key, std::int32_t partitions) {
  std::uint32_t h = 2166136261u;
  for (unsigned char c : key) h = (h ^ c) * 16777619u;
  const std::int32_t p = static_cast<std::int32_t>(h) % partitions;
  return p < 0 ? -p : p;
}

namespace {
std::vector<std::int32_t> available(const BelievedTopic& topic) {
  std::vector<std::int32_t> out;
  for (std::size_t i = 0; i < topic.partitions.size(); ++i)
    if (topic.partitions[i].leader != protocol::kNoBroker) out.push_back(static_cast<std::int32_t>(i));
  if (out.empty())
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) out.push_back(static_cast<std::int32_t>(i));
  return out;
}
}  // namespace

std::int32_t StickyChoice::draw(Ctx& ctx, const BelievedTopic& topic) const {
  sim::Random& random = ctx.random(sim::Stream::Partitioner);
  if (!frequency_.empty()) {
    const std::uint64_t at = random.below(frequency_.back());
    const auto it = std::upper_bound(frequency_.begin(), frequency_.end(), at);
    const std::int32_t p = frequency_partitions_[static_cast<std::size_t>(it - frequency_.begin())];
    if (p < static_cast<std::int32_t>(topic.partitions.size())) return p;
  }
  const std::vector<std::int32_t> choice = available(topic);
  return choice[random.below(choice.size())];
}

std::int32_t StickyChoice::current(Ctx& ctx, const BelievedTopic& topic) {
  if (partition_ < 0 || partition_ >= static_cast<std::int32_t>(topic.partitions.size())) {
    partition_ = draw(ctx, topic);
    bytes_ = 0;
  }
  return partition_;
}

void StickyChoice::appended(Ctx& ctx, const BelievedTopic& topic, std::int32_t bytes, std::int32_t batch_size, bool may_switch) {
  bytes_ += bytes;
  if ((bytes_ >= batch_size && may_switch) || bytes_ >= batch_size * 2) {
    partition_ = draw(ctx, topic);
    bytes_ = 0;
  }
}

void StickyChoice::next(Ctx& ctx, const BelievedTopic& topic, bool other_than_current) {
  std::vector<std::int32_t> choice = available(topic);
  if (other_than_current && choice.size() > 1) std::erase(choice, partition_);
  partition_ = choice[ctx.random(sim::Stream::Partitioner).below(choice.size())];
  bytes_ = 0;
}

void StickyChoice::set_load(const std::vector<int>& queue_sizes, const std::vector<std::int32_t>& partitions, bool some_excluded) {
  frequency_.clear();
  if (queue_sizes.empty()) return;
  const int longest = *std::max_element(queue_sizes.begin(), queue_sizes.end());
  const bool all_equal = std::all_of(queue_sizes.begin(), queue_sizes.end(), [&](int q) { return q == longest; });
  if (all_equal && !some_excluded) return;
  std::uint64_t sum = 0;
  for (int q : queue_sizes) frequency_.push_back(sum += static_cast<std::uint64_t>(longest + 1 - q));
  frequency_partitions_ = partitions;
}

Partitioner::Partitioner(const PartitionerOptions& options, const Config& config) {
  const bool old = config.version() == protocol::KafkaVersion::V2_5;
  per_batch_ = old;
  if (!old) {
    adaptive_ = config.flag("partitioner.adaptive.partitioning.enable");
    ignore_keys_ = config.flag("partitioner.ignore.keys");
  } else {
    adaptive_ = false;
  }
  options_ = options;
  if (options_.kind == PartitionerKind::Default && config.text("partitioner.class").find("RoundRobin") != std::string::npos)
    options_.kind = PartitionerKind::RoundRobin;
}

void Partitioner::set_options(const PartitionerOptions& options) { options_ = options; }

std::optional<std::int32_t> Partitioner::by_key(Ctx&, const BelievedTopic& topic, const std::optional<std::string>& key) {
  const auto partitions = static_cast<std::int32_t>(topic.partitions.size());
  if (options_.kind == PartitionerKind::RoundRobin) {
    const std::vector<std::int32_t> choice = available(topic);
    return choice[turns_[topic.name]++ % choice.size()];
  }
  if (!key || options_.kind == PartitionerKind::Sticky || ignore_keys_) return {};
  if (options_.kind == PartitionerKind::Crc32 && key->empty()) return {};  // librdkafka's consistent_random: no key
  switch (options_.kind) {
    case PartitionerKind::KeyPrefix:
      return partition_for_key(options_.separator.empty() ? *key : key->substr(0, key->find(options_.separator)), partitions);
    case PartitionerKind::Crc32: return crc32_partition(*key, partitions);
    case PartitionerKind::Fnv1a: return fnv1a_partition(*key, partitions);
    default: return partition_for_key(*key, partitions);
  }
}

}  // namespace kafkascope::client
