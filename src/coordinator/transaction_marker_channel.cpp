#include "coordinator/transaction_marker_channel.h"

#include <algorithm>
#include <utility>

#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::BrokerId;
using protocol::ErrorCode;
using protocol::kNoBroker;
using protocol::TopicPartition;

TxnMarkerOutcome TransactionMarkerChannelManager::add_markers(Host& host, TxnMarkerEntry entry) {
  TxnMarkerOutcome outcome{entry.transactional_id, entry.txn_partition, {}};
  std::map<BrokerId, std::vector<TopicPartition>> by_destination;
  for (const TopicPartition tp : std::exchange(entry.marker.partitions, {})) {
    const protocol::PartitionRegistration* const partition = host.metadata().partition(tp);
    if (partition == nullptr) outcome.done.push_back(tp);
    else
      by_destination[host.metadata().broker(partition->leader) == nullptr ? kNoBroker : partition->leader].push_back(
          tp);
  }
  for (auto& [broker, partitions] : by_destination) {
    TxnMarkerEntry part = entry;
    part.marker.partitions = std::move(partitions);
    (broker == kNoBroker ? for_unknown_broker_ : queue_per_broker_[broker].waiting).push_back(std::move(part));
  }
  return outcome;
}

std::vector<TxnMarkerOutcome> TransactionMarkerChannelManager::look_for_unknown_brokers(Host& host) {
  std::vector<TxnMarkerOutcome> outcomes;
  for (TxnMarkerEntry& entry : std::exchange(for_unknown_broker_, {}))
    outcomes.push_back(add_markers(host, std::move(entry)));
  return outcomes;
}

void TransactionMarkerChannelManager::generate_requests(Host& host) {
  for (auto& [broker, queue] : queue_per_broker_) {
    if (queue.awaits_answer || queue.waiting.empty()) continue;
    // Kafka keeps a queue for each partition of __transaction_state and empties the queues one by one.
    std::stable_sort(queue.waiting.begin(), queue.waiting.end(),
                     [](const auto& a, const auto& b) { return a.txn_partition < b.txn_partition; });
    protocol::WriteTxnMarkersRequest request;
    for (TxnMarkerEntry& entry : std::exchange(queue.waiting, {})) {
      request.markers.push_back(entry.marker);
      queue.in_flight.push_back(std::move(entry));
    }
    queue.awaits_answer = true;
    host.write_transaction_markers(broker, std::move(request));
  }
}

namespace {

enum class Verdict { Done, Retry, GiveUp, Lost };
/// Lost: Kafka throws IllegalStateException, and the partition gets no marker until another coordinator takes over.
Verdict verdict_on(ErrorCode error) {
  switch (error) {
    case ErrorCode::NONE:
    case ErrorCode::UNSUPPORTED_VERSION: return Verdict::Done;
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::NOT_LEADER_OR_FOLLOWER:
    case ErrorCode::NOT_ENOUGH_REPLICAS:
    case ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode::REQUEST_TIMED_OUT:
    case ErrorCode::KAFKA_STORAGE_ERROR: return Verdict::Retry;
    case ErrorCode::INVALID_PRODUCER_EPOCH:
    case ErrorCode::TRANSACTION_COORDINATOR_FENCED: return Verdict::GiveUp;
    default: return Verdict::Lost;
  }
}

/// The response may name a producer more than once; a partition that it does not name has not been written.
ErrorCode error_of(const protocol::WriteTxnMarkersResponse& answer, protocol::ProducerId producer, TopicPartition tp) {
  for (const auto& marker : answer.markers) {
    if (marker.producer_id != producer) continue;
    for (const auto& p : marker.partitions)
      if (p.partition == tp) return p.error;
  }
  return ErrorCode::UNKNOWN_SERVER_ERROR;
}

}  // namespace

std::vector<TxnMarkerOutcome> TransactionMarkerChannelManager::on_answer(
    Host& host, BrokerId broker, const protocol::WriteTxnMarkersResponse* answer) {
  std::vector<TxnMarkerOutcome> outcomes;
  const auto it = queue_per_broker_.find(broker);
  if (it == queue_per_broker_.end() || !std::exchange(it->second.awaits_answer, false)) return outcomes;
  for (TxnMarkerEntry& entry : std::exchange(it->second.in_flight, {})) {
    TxnMarkerOutcome outcome{entry.transactional_id, entry.txn_partition, {}};
    std::vector<TopicPartition> again;
    for (const TopicPartition tp : std::exchange(entry.marker.partitions, {})) {
      switch (answer == nullptr ? Verdict::Retry : verdict_on(error_of(*answer, entry.marker.producer_id, tp))) {
        case Verdict::Done: outcome.done.push_back(tp); break;
        case Verdict::Retry: (sim::mutant("marker-not-repeated") ? outcome.done : again).push_back(tp); break;
        case Verdict::GiveUp: outcome.given_up = true; break;
        case Verdict::Lost: break;
      }
    }
    if (!again.empty() && !outcome.given_up) {
      entry.marker.partitions = std::move(again);
      const TxnMarkerOutcome gone = add_markers(host, std::move(entry));
      outcome.done.insert(outcome.done.end(), gone.done.begin(), gone.done.end());
    }
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

void TransactionMarkerChannelManager::remove_markers_for_txn_topic_partition(std::int32_t partition) {
  const auto of_partition = [&](const TxnMarkerEntry& entry) { return entry.txn_partition == partition; };
  std::erase_if(for_unknown_broker_, of_partition);
  for (auto& [broker, queue] : queue_per_broker_) {
    std::erase_if(queue.waiting, of_partition);
    std::erase_if(queue.in_flight, of_partition);  // these may still be written, but their result no longer matters
  }
}

bool TransactionMarkerChannelManager::waits_for_broker(std::int32_t partition) const {
  return std::any_of(for_unknown_broker_.begin(), for_unknown_broker_.end(),
                     [&](const TxnMarkerEntry& entry) { return entry.txn_partition == partition; });
}
int TransactionMarkerChannelManager::queued(BrokerId broker) const {
  const auto it = queue_per_broker_.find(broker);
  return it == queue_per_broker_.end() ? 0 : static_cast<int>(it->second.waiting.size());
}
bool TransactionMarkerChannelManager::awaits_answer(BrokerId broker) const {
  const auto it = queue_per_broker_.find(broker);
  return it != queue_per_broker_.end() && it->second.awaits_answer;
}
bool TransactionMarkerChannelManager::empty() const {
  return for_unknown_broker_.empty() &&
         std::all_of(queue_per_broker_.begin(), queue_per_broker_.end(),
                     [](const auto& q) { return q.second.waiting.empty() && q.second.in_flight.empty(); });
}

}  // namespace kafkascope::coordinator
