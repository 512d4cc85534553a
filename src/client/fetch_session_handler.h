// A consumer's side of the fetch session with one node (KIP-227): what it has asked for there, and what its next request has to say of it.
// Kafka: FetchSessionHandler.
#pragma once
#include <cstdint>
#include <vector>

#include "protocol/message.h"

namespace kafkascope::client {

class FetchSessionHandler {
 public:
  /// Makes the request one for `wanted`: all of it when a session begins; after that what is new, what has changed and what is not wanted
  /// any more.
  void ask(std::vector<protocol::FetchPartition> wanted, protocol::FetchRequest& request);
  /// False: nothing in the answer counts, and the next request is a full one (handleResponse).
  bool on_response(const protocol::FetchResponse& response);
  /// The node may have seen the request or not (handleError).
  void on_lost() { epoch_ = 0; }
  /// The request that ends the session and begins none (notifyClose, KAFKA-7109).
  protocol::FetchRequest close() const;

  /// What the last request asked for, said or not, in the session's order.
  const std::vector<protocol::FetchPartition>& asked() const { return asked_; }
  const protocol::FetchPartition* find(protocol::TopicPartition p) const;

 private:
  std::vector<protocol::FetchPartition> asked_;
  std::int32_t id_ = 0,
               epoch_ = 0;  // for the next request; epoch 0: a full one, which ends the session `id_` if there is one
};

}  // namespace kafkascope::client
