#include "controller/zookeeper/partition_order.h"

#include <algorithm>

namespace kafkascope::controller {

znode::NamedPartitions PartitionOrder::named(const Partitions& partitions) const {
  znode::NamedPartitions out;
  out.reserve(partitions.size());
  for (const TopicPartition p : partitions) out.emplace_back(context_.name(p), p.partition);
  return out;
}

Partitions PartitionOrder::ordered(const Partitions& partitions, Places (*order)(const znode::NamedPartitions&)) const {
  if (partitions.size() < 2) return partitions;
  Partitions out;
  out.reserve(partitions.size());
  for (const std::size_t at : order(named(partitions))) out.push_back(partitions[at]);
  return out;
}

Partitions PartitionOrder::as_set(const Partitions& partitions) const {
  return partitions.size() > kSmallMap ? ordered(partitions, in_trie_order) : partitions;
}

Partitions PartitionOrder::taken_from(const Partitions& set, const Partitions& filtered) const {
  if (set.size() > kSmallMap) return ordered(filtered, in_trie_order);
  Partitions out;
  if (filtered.size() < 2) return filtered;
  for (const std::size_t at : in_assignment_order(named(set), named(context_.all_partitions())))
    if (std::find(filtered.begin(), filtered.end(), set[at]) != filtered.end()) out.push_back(set[at]);
  return out;
}

Partitions PartitionOrder::waiting(const Partitions& partitions) const {
  if (partitions.size() < 2) return partitions;
  Partitions out;
  for (const std::size_t at : in_waiting_order(named(partitions), named(context_.all_partitions())))
    out.push_back(partitions[at]);
  return out;
}

}  // namespace kafkascope::controller
