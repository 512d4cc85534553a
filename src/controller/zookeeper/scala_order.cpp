#include "controller/zookeeper/scala_order.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "protocol/records.h"

namespace kafkascope::controller {
namespace {

/// The place in a table of 2 to the power of `bits`, whose size turns the hash: HashTable.index, scala.util.hashing.byteswap32.
std::uint32_t place_in_table(std::uint32_t hash, int bits) {
  constexpr std::uint32_t kFactor = 0x9e3775cd;
  const std::uint32_t h = hash * kFactor;
  const std::uint32_t swapped = (h >> 24 | (h >> 8 & 0xff00) | (h << 8 & 0xff0000) | h << 24) * kFactor;
  return std::rotr(swapped, bits) >> (32 - bits);
}
std::uint32_t bucket_of_sixteen(protocol::BrokerId id) { return place_in_table(static_cast<std::uint32_t>(id), 4); }

/// immutable.HashMap.improve. A trie over five bits a level, the lowest first.
std::uint32_t trie_hash(protocol::BrokerId id) {
  auto h = static_cast<std::uint32_t>(id);
  h += ~(h << 9);
  h ^= h >> 14;
  h += h << 4;
  return h ^ h >> 10;
}

bool before_in_trie(protocol::BrokerId a, protocol::BrokerId b) {
  std::uint32_t x = trie_hash(a), y = trie_hash(b);
  for (; x != y && (x & 31) == (y & 31); x >>= 5) y >>= 5;
  return (x & 31) < (y & 31);
}

using Partition = std::pair<std::string, std::int32_t>;

std::uint32_t java_hash(const std::string& text) {
  return static_cast<std::uint32_t>(protocol::java_string_hash(text));
}
/// TopicPartition.hashCode.
std::uint32_t hash_of_partition(const Partition& p) {
  return 31 * (31 + static_cast<std::uint32_t>(p.second)) + java_hash(p.first);
}
/// AbstractMap.hashCode of {topic, partition}.
std::uint32_t hash_of_row(const Partition& p) {
  return (java_hash("topic") ^ java_hash(p.first)) + (java_hash("partition") ^ static_cast<std::uint32_t>(p.second));
}

/// As a mutable.HashSet has them that is filled in this order: FlatHashTable, where an item whose place is taken goes to the next free one,
/// and which doubles when 45 % are taken.
template <class Hash>
znode::NamedPartitions in_set_order(const znode::NamedPartitions& filled, Hash&& hash) {
  std::vector<const Partition*> table(32);
  std::size_t size = 0;
  const auto add = [&](const Partition& p) {
    std::size_t at = place_in_table(hash(p), std::countr_zero(table.size()));
    for (; table[at] != nullptr; at = (at + 1) % table.size())
      if (*table[at] == p) return;
    table[at] = &p;
    ++size;
  };
  for (const Partition& p : filled) {
    add(p);
    if (size < table.size() * 450 / 1000) continue;
    const auto before = std::exchange(table, std::vector<const Partition*>(table.size() * 2));
    size = 0;
    for (const Partition* kept : before)
      if (kept != nullptr) add(*kept);
  }
  znode::NamedPartitions out;
  for (const Partition* p : table)
    if (p != nullptr) out.push_back(*p);
  return out;
}

}  // namespace

znode::NamedPartitions in_note_order(const znode::NamedPartitions& changed) {
  return in_set_order(in_set_order(changed, hash_of_partition), hash_of_row);
}

std::vector<protocol::BrokerId> in_group_order(std::vector<protocol::BrokerId> brokers) {
  constexpr std::size_t kSmallMap = 4;  // Map1 to Map4 keep the order in which they are filled
  if (brokers.size() > kSmallMap) {
    std::sort(brokers.begin(), brokers.end(), before_in_trie);
    return brokers;
  }
  // From the last bucket down; within one, who came last is first.
  std::reverse(brokers.begin(), brokers.end());
  std::stable_sort(brokers.begin(), brokers.end(), [](protocol::BrokerId a, protocol::BrokerId b) {
    return bucket_of_sixteen(a) > bucket_of_sixteen(b);
  });
  return brokers;
}

}  // namespace kafkascope::controller
