#include "client/partitioner.h"

#include <algorithm>
#include <array>

#include "sim/mutant.h"

namespace kafkascope::client {

std::int32_t partition_for_key(std::string_view key, std::int32_t partitions) {
  const std::uint32_t mask = sim::mutant("murmur2-keeps-its-sign") ? 0xffffffffu : 0x7fffffffu;
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(protocol::murmur2(key)) & mask) %
                                   static_cast<std::uint32_t>(partitions));
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

std::int32_t StickyChoice::draw_by_load(sim::Random& random) const {
  int longest = 0, shortest = INT32_MAX;
  std::int64_t sum = 0, weighed = load_partitions_;
  for (const QueueLoad& q : load_) {
    if (q.size < 0) {
      --weighed;
      continue;
    }
    longest = std::max(longest, q.size);
    shortest = std::min(shortest, q.size);
    sum += q.size;
  }
  const bool some_left_out = weighed < load_partitions_;
  if (static_cast<std::int64_t>(load_.size()) < load_partitions_) shortest = 0;
  if (weighed == 0 || (!some_left_out && shortest == longest)) return -1;
  const std::int64_t heaviest = longest + 1;
  auto at = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(heaviest * weighed - sum)));
  std::int32_t next = 0;  // the first partition not yet handled
  for (const QueueLoad& q : load_) {
    const std::int64_t empty_ones = heaviest * (q.partition - next);
    if (at < empty_ones) break;
    at -= empty_ones;
    next = q.partition + 1;
    const std::int64_t weight = q.size < 0 ? 0 : heaviest - q.size;
    if (at < weight) return q.partition;
    at -= weight;
  }
  return next + static_cast<std::int32_t>(at / heaviest);
}

std::int32_t StickyChoice::draw(Ctx& ctx, const BelievedTopic& topic) const {
  sim::Random& random = ctx.random(sim::Stream::Partitioner);
  const std::int32_t p = load_partitions_ == 0 ? -1 : draw_by_load(random);
  if (p >= 0 && p < static_cast<std::int32_t>(topic.partitions.size())) return p;
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

void StickyChoice::appended(Ctx& ctx, const BelievedTopic& topic, std::int32_t bytes, std::int32_t batch_size,
                            bool may_switch) {
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

void StickyChoice::set_load(const std::vector<QueueLoad>& queues, std::int32_t partitions) {
  load_ = queues;
  load_partitions_ = partitions;
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
  if (options_.kind == PartitionerKind::Default &&
      config.text("partitioner.class").find("RoundRobin") != std::string::npos)
    options_.kind = PartitionerKind::RoundRobin;
}

void Partitioner::set_options(const PartitionerOptions& options) { options_ = options; }

std::optional<std::int32_t> Partitioner::by_key(const BelievedTopic& topic, std::optional<std::string_view> key) {
  const auto partitions = static_cast<std::int32_t>(topic.partitions.size());
  if (options_.kind == PartitionerKind::RoundRobin) {
    const std::vector<std::int32_t> choice = available(topic);
    return choice[turns_[topic.name]++ % choice.size()];
  }
  if (!key || options_.kind == PartitionerKind::Sticky || ignore_keys_) return {};
  if (options_.kind == PartitionerKind::Crc32 && key->empty()) return {};  // librdkafka's consistent_random: no key
  switch (options_.kind) {
    case PartitionerKind::KeyPrefix:
      return partition_for_key(options_.separator.empty() ? *key : key->substr(0, key->find(options_.separator)),
                               partitions);
    case PartitionerKind::Crc32: return crc32_partition(*key, partitions);
    case PartitionerKind::Fnv1a: return fnv1a_partition(*key, partitions);
    default: return partition_for_key(*key, partitions);
  }
}

}  // namespace kafkascope::client
