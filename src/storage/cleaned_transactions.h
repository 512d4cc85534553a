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
  /// `aborted`: those that reach into the part that is read.
  explicit CleanedTransactions(std::vector<AbortedTransaction> aborted);
  /// Call once for each batch. A batch of an aborted transaction may go, and a marker before which no batch of its
  /// transaction has been read.
  bool can_discard(const StoredBatch& batch);
  /// The aborted transactions of which a batch was read since the last call: the cleaned segment's index.
  std::vector<AbortedTransaction> take_kept() { return std::exchange(kept_, {}); }

 private:
  struct Aborted {
    AbortedTransaction transaction;
    bool has_batches = false;
  };
  bool marker_can_go(const protocol::RecordBatch& marker);

  std::vector<AbortedTransaction> coming_;  // by first offset, the earliest last
  std::map<protocol::ProducerId, Aborted> aborted_;
  std::set<protocol::ProducerId> committed_;
  std::vector<AbortedTransaction> kept_;
};

}  // namespace kafkascope::storage
