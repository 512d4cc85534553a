// The iteration order of java.util's hash tables, where it affects the behaviour of Kafka 2.5's clients.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kafkascope::client {

/// String.hashCode, for ASCII.
inline std::uint32_t java_hash(std::string_view text) {
  std::uint32_t h = 0;
  for (const char c : text) h = 31 * h + static_cast<unsigned char>(c);
  return h;
}
/// TopicPartition.hashCode.
inline std::uint32_t java_hash(std::string_view topic, std::int32_t partition) {
  return 31 * (31 + static_cast<std::uint32_t>(partition)) + java_hash(topic);
}

/// The iteration order of a HashMap or HashSet that was created for `capacity` and filled in this order: by bucket, and
/// within a bucket by insertion. hash(item): the item's hashCode. Simplified: Java converts a bucket of eight to a
/// tree.
template <class T, class Hash>
void sort_as_java(std::vector<T>& items, std::size_t capacity, Hash&& hash) {
  std::size_t buckets = 1;
  while (buckets < capacity) buckets *= 2;
  while (items.size() > buckets * 3 / 4) buckets *= 2;
  const auto bucket = [&](const T& item) {
    const std::uint32_t h = hash(item);
    return (h ^ h >> 16) & (buckets - 1);
  };
  std::stable_sort(items.begin(), items.end(), [&](const T& a, const T& b) { return bucket(a) < bucket(b); });
}

inline constexpr std::size_t kJavaDefaultCapacity = 16;
/// Removes duplicates; keeps the first occurrence.
template <class T>
void keep_first(std::vector<T>& items) {
  std::size_t kept = 0;
  for (const T& item : items)
    if (std::find(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(kept), item) ==
        items.begin() + static_cast<std::ptrdiff_t>(kept))
      items[kept++] = item;
  items.resize(kept);
}

/// Sorts the items by the index of key(item) in `keys`.
template <class T, class K, class Key>
void sort_by_rank(std::vector<T>& items, const std::vector<K>& keys, Key&& key) {
  const auto rank = [&](const T& item) { return std::find(keys.begin(), keys.end(), key(item)); };
  std::stable_sort(items.begin(), items.end(), [&](const T& a, const T& b) { return rank(a) < rank(b); });
}

/// The capacity of a HashSet created from a collection of this size.
inline std::size_t java_set_capacity(std::size_t size) { return std::max(size * 4 / 3 + 1, kJavaDefaultCapacity); }

/// The order of a 2.5 consumer's assignment: the order of the set in which it was passed, then of the table built from
/// that set, grouped by topic. Kafka: SubscriptionState.assignFromSubscribed, PartitionStates.update.
template <class T, class Hash, class Topic>
void order_as_assigned(std::vector<T>& partitions, Hash&& hash, Topic&& topic) {
  sort_as_java(partitions, java_set_capacity(partitions.size()), hash);
  sort_as_java(partitions, partitions.size(), hash);
  std::vector<std::decay_t<decltype(topic(partitions.front()))>> topics;
  for (const T& p : partitions) topics.push_back(topic(p));
  keep_first(topics);
  sort_by_rank(partitions, topics, topic);
}

}  // namespace kafkascope::client
