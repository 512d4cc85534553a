// The partitions of a producer's transaction: to be added, being added, and added (AddPartitionsToTxn).
// Kafka: TransactionManager.newPartitionsInTransaction, pendingPartitionsInTransaction, partitionsInTransaction.
#pragma once
#include <set>
#include <vector>

#include "protocol/ids.h"

namespace kafkascope::client {

class TransactionPartitions {
 public:
  using Set = std::set<protocol::TopicPartition>;

  /// Requests the partition from the coordinator, unless that has already happened.
  void want(protocol::TopicPartition p) {
    if (!added_.contains(p) && !asked_.contains(p)) wanted_.insert(p);
  }
  bool has_wanted() const { return !wanted_.empty(); }
  void drop_wanted() { wanted_.clear(); }
  /// The partitions of the next request: new ones, and those that are still unanswered.
  const Set& ask() {
    asked_.merge(wanted_);
    wanted_.clear();
    return asked_;
  }
  void answered(const std::vector<protocol::TopicPartition>& partitions) {
    for (const protocol::TopicPartition p : partitions) asked_.erase(p);
  }
  void add(protocol::TopicPartition p) { added_.insert(p); }
  const Set& added() const { return added_; }
  void clear() { *this = {}; }

 private:
  Set wanted_, asked_, added_;
};

}  // namespace kafkascope::client
