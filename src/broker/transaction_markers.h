// WriteTxnMarkers at the leaders of a transaction's partitions, and the producers that these leaders know
// (DescribeProducers, KIP-664). Kafka: KafkaApis.handleWriteTxnMarkersRequest, handleDescribeProducersRequest.
#pragma once
#include <cstdint>
#include <map>

#include "broker/parts.h"
#include "broker/replica.h"
#include "protocol/messages_transaction.h"

namespace kafkascope::broker {

class TransactionMarkers {
 public:
  /// Keeps the next numbers, so that none is used twice.
  void on_death();

  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::WriteTxnMarkersRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::DescribeProducersRequest& r);
  /// The append of the marker with that number is committed or has failed. Ignores a number that is not awaited.
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
    sim::TimerId timer;                  // for __consumer_offsets only; elsewhere the delayed produce has a timer
  };
  void append(Ctx& ctx, BrokerServer& server, const protocol::WritableTxnMarker& marker, TopicPartition tp,
              std::uint64_t number);

  std::map<std::uint64_t, Request> requests_;
  std::map<std::uint64_t, Marker> markers_;
  std::uint64_t next_ = 1;
};

}  // namespace kafkascope::broker
