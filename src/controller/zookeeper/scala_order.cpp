#include "controller/zookeeper/scala_order.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "protocol/records.h"

namespace kafkascope::controller {
namespace {

/// scala.util.hashing.byteswap32, rotated by `bits`.
std::uint32_t turned(std::uint32_t hash, int bits) {
  constexpr std::uint32_t kFactor = 0x9e3775cd;
  const std::uint32_t h = hash * kFactor;
  const std::uint32_t swapped = (h >> 24 | (h >> 8 & 0xff00) | (h << 8 & 0xff0000) | h << 24) * kFactor;
  return std::rotr(swapped, bits);
}
/// The hash's index in a table of size 2^bits, for which the hash is rotated again: HashTable.index.
std::uint32_t place_in_table(std::uint32_t hash, int bits) { return turned(hash, bits) >> (32 - bits); }
std::uint32_t bucket_of_sixteen(protocol::BrokerId id) { return place_in_table(static_cast<std::uint32_t>(id), 4); }

/// immutable.HashMap.improve. Each level of the trie takes five bits, the lowest first.
std::uint32_t trie_hash(std::uint32_t h) {
  h += ~(h << 9);
  h ^= h >> 14;
  h += h << 4;
  return h ^ h >> 10;
}

bool before_in_trie(std::uint32_t a, std::uint32_t b) {
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

using Hashes = std::vector<std::uint32_t>;
Hashes hashes_of(const znode::NamedPartitions& partitions) {
  Hashes hashes;
  hashes.reserve(partitions.size());
  for (const Partition& p : partitions) hashes.push_back(hash_of_partition(p));
  return hashes;
}
Places as_given(std::size_t size) {
  Places places(size);
  std::iota(places.begin(), places.end(), std::size_t{0});
  return places;
}

/// The iteration order of a mutable.HashMap filled in this order: buckets from the last one down, in each bucket the
/// newest entry first. The table doubles when three quarters are used, and keeps its rotation (HashTable.resize).
Places in_table_order(const Hashes& filled) {
  constexpr int kTurn = 4;
  int bits = kTurn;
  std::vector<Places> chains(std::size_t{1} << bits);  // in each bucket's vector the first entry of the chain is last
  const auto chain_of = [&](std::size_t i) -> Places& { return chains[turned(filled[i], kTurn) >> (32 - bits)]; };
  for (std::size_t i = 0; i < filled.size(); ++i) {
    chain_of(i).push_back(i);
    if (i + 1 <= chains.size() * 750 / 1000) continue;
    std::vector<Places> before = std::exchange(chains, std::vector<Places>(chains.size() * 2));
    ++bits;
    for (auto chain = before.rbegin(); chain != before.rend(); ++chain)
      for (auto at = chain->rbegin(); at != chain->rend(); ++at) chain_of(*at).push_back(*at);
  }
  Places out;
  out.reserve(filled.size());
  for (auto chain = chains.rbegin(); chain != chains.rend(); ++chain)
    out.insert(out.end(), chain->rbegin(), chain->rend());
  return out;
}

/// The iteration order of a mutable.HashSet filled in this order: a FlatHashTable puts an item whose slot is taken into
/// the next free slot, and doubles when 45 % of its slots are used.
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

Places in_trie_order(const znode::NamedPartitions& partitions) {
  const Hashes hashes = hashes_of(partitions);
  Places places = as_given(partitions.size());
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) { return before_in_trie(hashes[a], hashes[b]); });
  return places;
}

Places in_map_order(const znode::NamedPartitions& filled) {
  return filled.size() > kSmallMap ? in_trie_order(filled) : in_table_order(hashes_of(filled));
}

Places in_topic_order(const znode::NamedPartitions& partitions) {
  if (partitions.size() > kSmallMap) return in_trie_order(partitions);
  Places out;
  for (std::size_t begin = 0, end = 0; begin < partitions.size(); begin = end) {
    Hashes names;  // the numbers were the keys of a JSON object, which Kafka parsed into a map of strings
    for (; end < partitions.size() && partitions[end].first == partitions[begin].first; ++end)
      names.push_back(java_hash(std::to_string(partitions[end].second)));
    for (const std::size_t at : in_table_order(names)) out.push_back(begin + at);
  }
  return out;
}

Places in_waiting_order(const znode::NamedPartitions& waiting, const znode::NamedPartitions& all) {
  if (waiting.size() > kSmallMap) return in_trie_order(waiting);
  Places before = as_given(waiting.size());
  if (waiting.size() > 1) {  // the order of the table of all partitions
    std::map<Partition, std::size_t> ranks;
    for (const std::size_t at : in_table_order(hashes_of(all))) ranks.emplace(all[at], ranks.size());
    std::sort(before.begin(), before.end(),
              [&](std::size_t a, std::size_t b) { return ranks.at(waiting[a]) < ranks.at(waiting[b]); });
  }
  Hashes hashes;
  for (const std::size_t at : before) hashes.push_back(hash_of_partition(waiting[at]));
  Places out;
  for (const std::size_t at : in_table_order(hashes)) out.push_back(before[at]);
  return out;
}

Places in_assignment_order(const znode::NamedPartitions& wanted, const znode::NamedPartitions& all) {
  if (wanted.size() > kSmallMap) return in_trie_order(wanted);
  if (wanted.size() < 2) return as_given(wanted.size());
  std::vector<std::size_t> begins;
  Hashes names;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i != 0 && all[i].first == all[i - 1].first) continue;
    begins.push_back(i);
    names.push_back(java_hash(all[i].first));
  }
  begins.push_back(all.size());
  Places out;
  for (const std::size_t topic : in_table_order(names)) {
    const auto place_of = [&](const Partition& p) {
      return std::find(wanted.begin(), wanted.end(), p) - wanted.begin();
    };
    const auto is_of_it = [&](const Partition& p) { return p.first == all[begins[topic]].first; };
    if (std::none_of(wanted.begin(), wanted.end(), is_of_it)) continue;
    const znode::NamedPartitions own(all.begin() + static_cast<std::ptrdiff_t>(begins[topic]),
                                     all.begin() + static_cast<std::ptrdiff_t>(begins[topic + 1]));
    const Places filled = in_topic_order(own);
    Hashes numbers;
    for (const std::size_t at : filled) numbers.push_back(static_cast<std::uint32_t>(own[at].second));
    Places kept;  // filtering builds another table
    Hashes kept_numbers;
    for (const std::size_t at : in_table_order(numbers)) {
      const auto place = static_cast<std::size_t>(place_of(own[filled[at]]));
      if (place == wanted.size()) continue;
      kept.push_back(place);
      kept_numbers.push_back(numbers[at]);
    }
    for (const std::size_t at : in_table_order(kept_numbers)) out.push_back(kept[at]);
  }
  return out;
}

std::vector<std::string> in_name_set_order(std::vector<std::string> names) {
  if (names.size() > kSmallMap)
    std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
      return before_in_trie(java_hash(a), java_hash(b));
    });
  return names;
}

std::vector<std::string> in_child_order(std::vector<std::string> names) {
  const auto bucket = [](const std::string& name) {
    constexpr std::uint32_t kBuckets = 8;
    const std::uint32_t h = java_hash(name);
    return (h ^ h >> 16) % kBuckets;
  };
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return bucket(a) < bucket(b); });
  return names;
}

znode::NamedPartitions in_note_order(const znode::NamedPartitions& changed) {
  return in_set_order(in_set_order(changed, hash_of_partition), hash_of_row);
}

std::vector<protocol::BrokerId> in_group_order(std::vector<protocol::BrokerId> brokers) {
  if (brokers.size() > kSmallMap) {
    std::sort(brokers.begin(), brokers.end(), [](protocol::BrokerId a, protocol::BrokerId b) {
      return before_in_trie(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b));
    });
    return brokers;
  }
  // From the last bucket down; in each bucket the newest entry comes first.
  std::reverse(brokers.begin(), brokers.end());
  std::stable_sort(brokers.begin(), brokers.end(), [](protocol::BrokerId a, protocol::BrokerId b) {
    return bucket_of_sixteen(a) > bucket_of_sixteen(b);
  });
  return brokers;
}

}  // namespace kafkascope::controller
