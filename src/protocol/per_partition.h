// PerPartition: a value for every partition, found by index without searching. Topics and partitions are numbered
// densely.
#pragma once
#include <cstddef>
#include <vector>

#include "protocol/ids.h"

namespace kafkascope::protocol {

/// An element that operator[] has never accessed is either missing or default-constructed. TopicPartition{} also has a
/// slot.
template <class T>
class PerPartition {
 public:
  T& operator[](TopicPartition p) {
    const auto topic = static_cast<std::size_t>(p.topic + 1), partition = static_cast<std::size_t>(p.partition + 1);
    if (topic >= rows_.size()) rows_.resize(topic + 1);
    std::vector<T>& row = rows_[topic];
    if (partition >= row.size()) row.resize(partition + 1);
    return row[partition];
  }
  /// nullptr: missing.
  const T* find(TopicPartition p) const {
    const auto topic = static_cast<std::size_t>(p.topic + 1), partition = static_cast<std::size_t>(p.partition + 1);
    return topic < rows_.size() && partition < rows_[topic].size() ? &rows_[topic][partition] : nullptr;
  }
  /// Calls visit(TopicPartition, T&) by topic, then by partition.
  template <class F>
  void for_each(F&& visit) {
    for (std::size_t topic = 0; topic < rows_.size(); ++topic)
      for (std::size_t partition = 0; partition < rows_[topic].size(); ++partition)
        visit(TopicPartition{static_cast<TopicId>(topic) - 1, static_cast<std::int32_t>(partition) - 1},
              rows_[topic][partition]);
  }

 private:
  std::vector<std::vector<T>> rows_;
};

}  // namespace kafkascope::protocol
