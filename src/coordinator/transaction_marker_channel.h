// What the transaction coordinators of one broker still have to write: markers, by the broker that leads the partition. Knows nothing of
// transactions' states: it is told which markers to write, and tells what has become of them.
// Kafka: TransactionMarkerChannelManager, TxnMarkerQueue, TransactionMarkerRequestCompletionHandler.
//
// A broker has one request on its way, and gets all that has gathered meanwhile with the next one. What fails is tried again for as long as
// it takes, without a pause, with whoever leads the partition then. Simplified: in Kafka requests may also queue up at the connection.
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

/// What has become of markers.
struct TxnMarkerOutcome {
  std::string transactional_id;
  std::int32_t txn_partition = -1;
  std::vector<protocol::TopicPartition> done;  // written, or there is no such partition any more
  bool given_up = false;  // somebody with a later epoch writes to a partition: this coordinator's word is over
};

class TransactionMarkerChannelManager {
 public:
  /// Queues it by the leaders of its partitions; the outcome has those that have none to go to because they were deleted.
  TxnMarkerOutcome add_markers(Host& host, TxnMarkerEntry entry);
  /// The answer to Host::write_transaction_markers; nullptr: there will be none. It is ignored if none is awaited.
  std::vector<TxnMarkerOutcome> on_answer(Host& host, protocol::BrokerId broker,
                                          const protocol::WriteTxnMarkersResponse* answer);
  /// Looks again for the leaders that were not there.
  std::vector<TxnMarkerOutcome> look_for_unknown_brokers(Host& host);
  /// Sends to each broker what has gathered for it.
  void generate_requests(Host& host);
  /// The coordinator of that partition of __transaction_state is another one now, or begins anew.
  void remove_markers_for_txn_topic_partition(std::int32_t partition);

  /// Some of that partition of __transaction_state have no broker to go to.
  bool waits_for_broker(std::int32_t partition) const;
  /// Kafka: UnknownDestinationQueueSize.
  int unknown_destinations() const { return static_cast<int>(for_unknown_broker_.size()); }
  /// Those not on their way yet.
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
  std::deque<TxnMarkerEntry> for_unknown_broker_;  // the leader is none, or not registered
};

}  // namespace kafkascope::coordinator
