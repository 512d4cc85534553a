// Follows transactions through the batches that the cleaner reads, in order. Kafka: CleanedTransactionMetadata.
#pragma once
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "storage/segment.h"

namespace kafkascope::storage {

class CleanedTransactions {
 public:
  /// `aborted`: the aborted transactions that reach into the part that is read.
  explicit CleanedTransactions(std::vector<AbortedTransaction> aborted);
  /// Call once for each batch. Returns true for a batch of an aborted transaction, and for a marker if no batch of its
  /// transaction has been read before it.
  bool can_discard(const StoredBatch& batch);
  /// The aborted transactions of which a batch was read since the last call: the cleaned segment's index.
  std::vector<AbortedTransaction> take_kept() { return std::exchange(kept_, {}); }

 private:
  struct Aborted {
    AbortedTransaction transaction;
    bool has_batches = false;
  };
  bool marker_can_go(const protocol::RecordBatch& marker);

  std::vector<AbortedTransaction> coming_;  // in descending order of first offset
  std::map<protocol::ProducerId, Aborted> aborted_;
  std::set<protocol::ProducerId> committed_;
  std::vector<AbortedTransaction> kept_;
};

}  // namespace kafkascope::storage
