#include "storage/cleaned_transactions.h"

#include <algorithm>
#include <utility>

#include "protocol/transaction_marker.h"

namespace kafkascope::storage {

CleanedTransactions::CleanedTransactions(std::vector<AbortedTransaction> aborted) : coming_(std::move(aborted)) {
  std::sort(coming_.begin(), coming_.end(),
            [](const AbortedTransaction& a, const AbortedTransaction& b) { return a.first_offset > b.first_offset; });
}

bool CleanedTransactions::can_discard(const StoredBatch& batch) {
  for (; !coming_.empty() && coming_.back().first_offset <= batch.last_offset(); coming_.pop_back())
    aborted_.try_emplace(coming_.back().producer, Aborted{coming_.back()});
  if (batch.data->control) return marker_can_go(*batch.data);
  if (!batch.data->transactional) return false;
  const auto of_aborted = aborted_.find(batch.data->producer_id);
  if (of_aborted == aborted_.end()) {
    committed_.insert(batch.data->producer_id);
    return false;
  }
  of_aborted->second.has_batches = true;
  return true;
}

bool CleanedTransactions::marker_can_go(const protocol::RecordBatch& batch) {
  const auto marker = protocol::marker_in(batch);
  if (!marker) return true;  // emptied by an earlier cleaning
  if (marker->result == protocol::TransactionResult::Commit) return committed_.erase(batch.producer_id) == 0;
  const auto found = aborted_.find(batch.producer_id);
  if (found == aborted_.end()) return true;
  const Aborted ended = found->second;
  aborted_.erase(found);
  if (ended.has_batches) kept_.push_back(ended.transaction);
  return !ended.has_batches;
}

}  // namespace kafkascope::storage
