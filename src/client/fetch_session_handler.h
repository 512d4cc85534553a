// A consumer's side of the fetch session with one node (KIP-227): the session's partitions, and the changes for the
// next request. Kafka: FetchSessionHandler.
#pragma once
#include <cstdint>
#include <vector>

#include "protocol/messages_data.h"

namespace kafkascope::client {

class FetchSessionHandler {
 public:
  /// Fills in the request for `wanted`: all partitions when a session begins, afterwards only new, changed and removed
  /// ones.
  void ask(std::vector<protocol::FetchPartition> wanted, protocol::FetchRequest& request);
  /// Returns false if the response must be ignored; the next request is then a full one (handleResponse).
  bool on_response(const protocol::FetchResponse& response);
  /// The request was lost, and it is unknown whether the node received it (handleError).
  void on_lost() { epoch_ = 0; }
  /// The request that ends the session without starting another (notifyClose, KAFKA-7109).
  protocol::FetchRequest close() const;

  /// The partitions of the last request, whether or not it names them, in the session's order.
  const std::vector<protocol::FetchPartition>& asked() const { return asked_; }
  const protocol::FetchPartition* find(protocol::TopicPartition p) const;

 private:
  std::vector<protocol::FetchPartition> asked_;
  std::int32_t id_ = 0,
               epoch_ = 0;  // for the next request; epoch 0: a full request, which ends session `id_` if there is one
};

}  // namespace kafkascope::client
