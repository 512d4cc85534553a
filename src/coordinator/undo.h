// Entries of a map as they were before a batch of records changed them. Kafka: SnapshotRegistry, TimelineHashMap.
#pragma once
#include <map>
#include <optional>
#include <utility>

namespace kafkascope::coordinator {

template <class Key, class Value>
class Undo {
 public:
  bool keeps(const Key& key) const { return was_.contains(key); }
  /// `was`: nullopt if there was no such entry. Only the first change of an entry counts.
  void keep(const Key& key, std::optional<Value> was) { was_.try_emplace(key, std::move(was)); }
  /// Call before an entry of the map changes.
  template <class Map>
  void keep(const Map& map, const Key& key) {
    if (keeps(key)) return;
    const auto it = map.find(key);
    keep(key, it == map.end() ? std::nullopt : std::optional<Value>(it->second));
  }
  /// nullptr: the batch has not changed the entry.
  const std::optional<Value>* find(const Key& key) const {
    const auto it = was_.find(key);
    return it == was_.end() ? nullptr : &it->second;
  }
  const std::map<Key, std::optional<Value>>& entries() const { return was_; }

  /// Restores the entries as they were before the batch.
  template <class Map>
  void revert(Map& map) const {
    for (const auto& [key, was] : was_) {
      if (was) map.insert_or_assign(key, *was);
      else map.erase(key);
    }
  }

 private:
  std::map<Key, std::optional<Value>> was_;
};

}  // namespace kafkascope::coordinator
