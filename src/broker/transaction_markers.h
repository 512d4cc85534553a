// WriteTxnMarkers at the leaders of a transaction's partitions, and what they know of producers (DescribeProducers, KIP-664).
// Kafka: KafkaApis.handleWriteTxnMarkersRequest, handleDescribeProducersRequest.
#pragma once
#include <cstdint>
#include <map>

#include "broker/parts.h"
#include "broker/replica.h"
#include "protocol/messages_transaction.h"

namespace kafkascope::broker {

class TransactionMarkers {
 public:
  /// The numbers survive: none is used twice.
  void on_death();

  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::WriteTxnMarkersRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::DescribeProducersRequest& r);
  /// Of the marker with that number: it is committed, or why not. A number that is not awaited is ignored.
  void on_appended(Ctx& ctx, BrokerServer& server, std::uint64_t marker, ErrorCode error);

  /// Requests that wait for their markers.
  std::size_t waiting() const { return requests_.size(); }

 private:
  struct Request {
    sim::ConnectionId connection;
    std::size_t open = 0;
    protocol::WriteTxnMarkersResponse response;
  };
  struct Marker {
    std::uint64_t request = 0;
    std::size_t row = 0, partition = 0;  // in the response
    sim::TimerId timer;                  // __consumer_offsets only; elsewhere the delayed produce has one
  };
  void append(Ctx& ctx, BrokerServer& server, const protocol::WritableTxnMarker& marker, TopicPartition tp,
              std::uint64_t number);

  std::map<std::uint64_t, Request> requests_;
  std::map<std::uint64_t, Marker> markers_;
  std::uint64_t next_ = 1;
};

}  // namespace kafkascope::broker
