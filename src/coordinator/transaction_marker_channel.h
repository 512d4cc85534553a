// The markers that the transaction coordinators of one broker still have to write, by the broker that leads the
// partition. This class does not know transactions' states: it is told which markers to write, and reports the results.
// Kafka: TransactionMarkerChannelManager, TxnMarkerQueue, TransactionMarkerRequestCompletionHandler.
//
// A broker receives one request at a time; markers that gather meanwhile go into the next one. Failed markers are
// retried without limit and without a pause, at the current leader of the partition. Simplified: in Kafka requests may
// also queue at the connection.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "coordinator/host.h"
#include "protocol/messages_transaction.h"

namespace kafkascope::coordinator {

/// Markers of one transaction. Kafka: PendingCompleteTxnAndMarkerEntry.
struct TxnMarkerEntry {
  std::string transactional_id;
  std::int32_t txn_partition = -1;  // of __transaction_state
  protocol::WritableTxnMarker marker;
};

/// The result of writing a transaction's markers.
struct TxnMarkerOutcome {
  std::string transactional_id;
  std::int32_t txn_partition = -1;
  std::vector<protocol::TopicPartition> done;  // the marker is written, or the partition no longer exists
  bool given_up = false;                       // a later epoch writes to a partition, so this coordinator stops
};

class TransactionMarkerChannelManager {
 public:
  /// Queues the markers by the leaders of their partitions. The outcome contains the partitions that have been deleted.
  TxnMarkerOutcome add_markers(Host& host, TxnMarkerEntry entry);
  /// The response to Host::write_transaction_markers; nullptr: there will be none. Ignored if none is awaited.
  std::vector<TxnMarkerOutcome> on_answer(Host& host, protocol::BrokerId broker,
                                          const protocol::WriteTxnMarkersResponse* answer);
  /// Looks up the leaders that were unknown.
  std::vector<TxnMarkerOutcome> look_for_unknown_brokers(Host& host);
  /// Sends each broker its queued markers.
  void generate_requests(Host& host);
  /// Another broker now coordinates that partition of __transaction_state, or this one loads it again.
  void remove_markers_for_txn_topic_partition(std::int32_t partition);

  /// Whether markers of that partition of __transaction_state wait for a leader.
  bool waits_for_broker(std::int32_t partition) const;
  /// Kafka: UnknownDestinationQueueSize.
  int unknown_destinations() const { return static_cast<int>(for_unknown_broker_.size()); }
  /// The number of markers that have not been sent yet.
  int queued(protocol::BrokerId broker) const;
  bool awaits_answer(protocol::BrokerId broker) const;
  bool empty() const;

 private:
  struct Queue {
    std::deque<TxnMarkerEntry> waiting;
    std::vector<TxnMarkerEntry> in_flight;
    bool awaits_answer = false;
  };
  std::map<protocol::BrokerId, Queue> queue_per_broker_;
  std::deque<TxnMarkerEntry> for_unknown_broker_;  // the partition has no leader, or its leader is not registered
};

}  // namespace kafkascope::coordinator
