// In which order java.util's hash tables go through what they hold: where Kafka 2.5's clients let that decide.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kafkascope::client {

/// String.hashCode, of ASCII.
inline std::uint32_t java_hash(std::string_view text) {
  std::uint32_t h = 0;
  for (const char c : text) h = 31 * h + static_cast<unsigned char>(c);
  return h;
}
/// TopicPartition.hashCode.
inline std::uint32_t java_hash(std::string_view topic, std::int32_t partition) {
  return 31 * (31 + static_cast<std::uint32_t>(partition)) + java_hash(topic);
}

/// As a HashMap or HashSet has them that was made for `capacity` and filled in that order: by bucket, in a bucket by age. hash(item): its
/// hashCode. Simplified: eight in one bucket would make a tree of it.
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
/// Each once, where it comes first.
template <class T>
void keep_first(std::vector<T>& items) {
  std::size_t kept = 0;
  for (const T& item : items)
    if (std::find(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(kept), item) ==
        items.begin() + static_cast<std::ptrdiff_t>(kept))
      items[kept++] = item;
  items.resize(kept);
}

/// By the place of key(item) among the keys.
template <class T, class K, class Key>
void sort_by_rank(std::vector<T>& items, const std::vector<K>& keys, Key&& key) {
  const auto rank = [&](const T& item) { return std::find(keys.begin(), keys.end(), key(item)); };
  std::stable_sort(items.begin(), items.end(), [&](const T& a, const T& b) { return rank(a) < rank(b); });
}

/// Of a HashSet that is made of so many.
inline std::size_t java_set_capacity(std::size_t size) { return std::max(size * 4 / 3 + 1, kJavaDefaultCapacity); }

/// The order in which a 2.5 consumer has what it was assigned: of the set that is handed over, then of the table that is made of it, topics
/// together. Kafka: SubscriptionState.assignFromSubscribed, PartitionStates.update.
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
