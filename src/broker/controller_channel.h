// A queue of requests to the active controller: one in flight, repeated until it is answered.
// Kafka: NodeToControllerChannelManagerImpl, NodeToControllerRequestThread. A broker has three: heartbeats,
// AlterPartition, forwarding.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "protocol/message.h"
#include "raft/quorum_node.h"

namespace kafkascope::broker {

using Ctx = protocol::Context;

class ControllerChannel {
 public:
  /// The result of a request: the response, or no body if none arrived in time.
  struct Completion {
    std::uint64_t tag = 0;
    std::optional<protocol::Body> body;
  };

  /// `index`: the channel's number, which identifies its timers. retry_timeout: how long a request is repeated;
  /// negative: forever.
  ControllerChannel(std::uint32_t index, sim::Duration request_timeout, sim::Duration retry_timeout)
      : index_(index), request_timeout_(request_timeout), retry_timeout_(retry_timeout) {}

  void send(Ctx& ctx, const raft::QuorumNode& quorum, std::uint64_t tag, protocol::Body body);

  bool owns(sim::ConnectionId connection) const { return connection.valid() && connection == connection_; }
  // Each of these returns a completion when the request at the head of the queue is done.
  std::optional<Completion> on_response(Ctx& ctx, const raft::QuorumNode& quorum, const protocol::Message& message);
  std::optional<Completion> on_disconnect(Ctx& ctx, const raft::QuorumNode& quorum);
  std::optional<Completion> on_request_timeout(Ctx& ctx, const raft::QuorumNode& quorum);
  std::optional<Completion> on_retry(Ctx& ctx, const raft::QuorumNode& quorum);
  void on_death();

  protocol::BrokerId controller() const { return controller_; }
  std::size_t queued() const { return queue_.size(); }

 private:
  struct Item {
    std::uint64_t tag = 0;
    sim::Instant created;
    protocol::Body body;
  };
  std::optional<Completion> pump(Ctx& ctx, const raft::QuorumNode& quorum);
  std::optional<Completion> try_again(Ctx& ctx, const raft::QuorumNode& quorum, bool close);
  void retry_in(Ctx& ctx, sim::Duration delay);

  std::uint32_t index_;
  sim::Duration request_timeout_, retry_timeout_;
  std::deque<Item> queue_;
  bool in_flight_ = false;  // queue_.front() has been sent
  std::int32_t correlation_ = 0;
  protocol::BrokerId controller_ = protocol::kNoBroker;  // the controller as this broker knows it
  sim::ConnectionId connection_;
  sim::Instant not_before_;  // reconnect backoff
  sim::TimerId request_timer_, retry_timer_;
};

}  // namespace kafkascope::broker
