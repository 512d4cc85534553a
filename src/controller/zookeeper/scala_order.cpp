#include "controller/zookeeper/scala_order.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace kafkascope::controller {
namespace {

/// The place in a table of 16: HashTable.index, scala.util.hashing.byteswap32. The size of the table turns the hash by four bits.
std::uint32_t bucket_of_sixteen(protocol::BrokerId id) {
  constexpr std::uint32_t kFactor = 0x9e3775cd;
  const std::uint32_t h = static_cast<std::uint32_t>(id) * kFactor;
  const std::uint32_t swapped = (h >> 24 | (h >> 8 & 0xff00) | (h << 8 & 0xff0000) | h << 24) * kFactor;
  return std::rotr(swapped, 4) >> 28;
}

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

}  // namespace

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
