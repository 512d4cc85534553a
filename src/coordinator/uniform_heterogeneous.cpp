// The uniform assignor for different subscriptions. Kafka: UniformHeterogeneousAssignmentBuilder (KAFKA-17710).
//
// Each member keeps its partitions of topics that it still subscribes to. Free partitions are assigned, topic by topic,
// to the subscriber with the fewest partitions. Then the topics are balanced in rounds: partitions move from the
// subscriber with the most partitions to the one with the fewest while that reduces the difference, until a whole round
// moves nothing or 16 rounds are over.
#include <algorithm>

#include "coordinator/server_assignor.h"

namespace kafkascope::coordinator {

using protocol::TopicId;
using protocol::TopicPartition;

namespace {

constexpr int kMostRounds = 16;

/// The subscribers of one topic, ordered by their number of partitions. Two levels move towards each other: the low one
/// rises as the members with the fewest partitions receive one, the high one sinks as the members with the most give
/// one up.
class Levels {
 public:
  Levels(const std::vector<int>& sizes, const std::vector<int>& subscribers) : sizes_(sizes), order_(subscribers) {
    std::stable_sort(order_.begin(), order_.end(),
                     [&](int a, int b) { return size(a) != size(b) ? size(a) < size(b) : a < b; });
    low_ = size(order_.front()) - 1;
    high_ = size(order_.back()) + 1;
    top_begin_ = top_end_ = count();
    next_top_ = count() - 1;
  }
  int imbalance() const { return size(order_.back()) - size(order_.front()); }
  bool level() const { return high_ - low_ <= 1; }

  /// The member that gets the next partition; counts it as given.
  int take_least() {
    if (next_bottom_ >= bottom_end_) {
      ++low_;
      while (bottom_end_ < count() && size(at(bottom_end_)) == low_) ++bottom_end_;
      next_bottom_ = 0;
    }
    return at(next_bottom_++);
  }
  /// The member that gives up the next partition; -1: none can.
  int take_most() {
    if (next_top_ < top_begin_) {
      // The whole range may have been excluded: the level is then that of the next lower member.
      high_ = top_end_ <= top_begin_ && top_begin_ > 0 ? size(at(top_begin_ - 1)) : high_ - 1;
      while (top_begin_ > 0 && size(at(top_begin_ - 1)) == high_) --top_begin_;
      next_top_ = top_end_ - 1;
    }
    if (next_top_ < 0) return -1;
    return at(next_top_--);
  }
  /// The member last returned by take_most() has no partition of this topic.
  void exclude_most() {
    std::swap(order_[static_cast<std::size_t>(next_top_ + 1)], order_[static_cast<std::size_t>(top_end_ - 1)]);
    --top_end_;
  }

 private:
  int count() const { return static_cast<int>(order_.size()); }
  int at(int i) const { return order_[static_cast<std::size_t>(i)]; }
  /// The current number, including moves; the levels reflect the numbers before the moves.
  int size(int member) const { return sizes_[static_cast<std::size_t>(member)]; }

  const std::vector<int>& sizes_;
  std::vector<int> order_;
  int low_ = 0, bottom_end_ = 0, next_bottom_ = 0;
  int high_ = 0, top_begin_ = 0, top_end_ = 0, next_top_ = 0;
};

class Builder {
 public:
  explicit Builder(const AssignorSpec& spec) {
    for (const auto& [id, m] : spec.members) {
      const int member = static_cast<int>(ids_.size());
      ids_.push_back(id);
      sizes_.push_back(0);
      for (const TopicId t : m.topics) topics_[t].subscribers.push_back(member);
    }
    for (auto& [id, t] : topics_) t.owners.assign(static_cast<std::size_t>(spec.partition_counts.at(id)), -1);
    int member = 0;
    for (const auto& [id, m] : spec.members) {
      for (const TopicPartition p : m.target)
        if (std::binary_search(m.topics.begin(), m.topics.end(), p.topic)) own(p, member);
      ++member;
    }
    for (const auto& [id, t] : topics_) order_.push_back(id);
    std::stable_sort(order_.begin(), order_.end(), [&](TopicId a, TopicId b) {
      const Topic &ta = topics_.at(a), &tb = topics_.at(b);
      // Partitions per subscriber, highest first; compared in integers.
      const auto pa = static_cast<std::int64_t>(ta.owners.size() * tb.subscribers.size()),
                 pb = static_cast<std::int64_t>(tb.owners.size() * ta.subscribers.size());
      if (pa != pb) return pa > pb;
      if (ta.subscribers.size() != tb.subscribers.size()) return ta.subscribers.size() < tb.subscribers.size();
      return a < b;
    });
  }

  TargetAssignment build() {
    for (const TopicId topic : order_) share_out(topic);
    balance();
    TargetAssignment target;
    for (const std::string& id : ids_) target[id];
    for (const auto& [id, t] : topics_)
      for (std::size_t p = 0; p < t.owners.size(); ++p)
        if (t.owners[p] >= 0)
          target[ids_[static_cast<std::size_t>(t.owners[p])]].push_back({id, static_cast<std::int32_t>(p)});
    return target;
  }

 private:
  struct Topic {
    std::vector<int> subscribers, owners;  // owners: by partition, -1: none
  };
  void own(TopicPartition p, int member) {
    int& owner = topics_.at(p.topic).owners[static_cast<std::size_t>(p.partition)];
    if (owner >= 0) --sizes_[static_cast<std::size_t>(owner)];
    owner = member;
    ++sizes_[static_cast<std::size_t>(member)];
  }
  void share_out(TopicId topic) {
    const Topic& t = topics_.at(topic);
    Levels levels(sizes_, t.subscribers);
    for (std::size_t p = 0; p < t.owners.size(); ++p)
      if (t.owners[p] < 0) own({topic, static_cast<std::int32_t>(p)}, levels.take_least());
  }
  void balance() {
    std::vector<TopicId> shared;
    for (const TopicId topic : order_)
      if (topics_.at(topic).subscribers.size() >= 2) shared.push_back(topic);
    std::size_t last_moved = shared.size();  // the last topic with a move; back at it, a whole round has moved nothing
    for (int round = 0; round < kMostRounds; ++round)
      for (std::size_t i = 0; i < shared.size(); ++i) {
        if (i == last_moved) return;
        if (level_out(shared[i]) || last_moved == shared.size()) last_moved = i;
      }
  }
  bool level_out(TopicId topic) {
    const Topic& t = topics_.at(topic);
    Levels levels(sizes_, t.subscribers);
    if (levels.imbalance() <= 1) return false;
    // Each member's partitions of this topic at the beginning; given away from the last one on.
    std::vector<std::vector<std::int32_t>> holds(ids_.size());
    for (std::size_t p = 0; p < t.owners.size(); ++p)
      if (t.owners[p] >= 0) holds[static_cast<std::size_t>(t.owners[p])].push_back(static_cast<std::int32_t>(p));
    bool moved = false;
    while (!levels.level()) {
      int from = levels.take_most();
      while (from >= 0 && holds[static_cast<std::size_t>(from)].empty()) {
        levels.exclude_most();
        from = levels.take_most();
      }
      if (from < 0) break;
      const std::int32_t partition = holds[static_cast<std::size_t>(from)].back();
      holds[static_cast<std::size_t>(from)].pop_back();
      const int to = levels.take_least();
      if (levels.level()) break;
      own({topic, partition}, to);
      moved = true;
    }
    return moved;
  }

  std::vector<std::string> ids_;
  std::vector<int> sizes_;  // current number of partitions of each member
  std::map<TopicId, Topic> topics_;
  std::vector<TopicId> order_;
};

}  // namespace

TargetAssignment assign_uniform_heterogeneous(const AssignorSpec& spec) { return Builder(spec).build(); }

}  // namespace kafkascope::coordinator
