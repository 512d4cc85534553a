// This broker's requests to other brokers, and to itself: one connection per broker, one request at a time on each
// connection, no retries. Kafka: InterBrokerSendThread with its NetworkClient (TransactionMarkerChannelManager,
// AddPartitionsToTxnManager).
#pragma once
#include <cstdint>
#include <map>
#include <optional>

#include "protocol/message.h"
#include "protocol/metadata_image.h"

namespace kafkascope::broker {

class InterBrokerChannels {
 public:
  /// `index` distinguishes the timers of several InterBrokerChannels. `request_timeout` counts from send().
  InterBrokerChannels(std::uint32_t index, sim::Duration request_timeout)
      : index_(index), request_timeout_(request_timeout) {}

  /// The result of the request to a broker; no body: the request was not answered.
  struct Completion {
    protocol::BrokerId broker = protocol::kNoBroker;
    std::optional<protocol::Body> body;
  };

  /// The previous request to that broker must be complete. The completion follows later, never from inside this call.
  void send(protocol::Context& ctx, const protocol::MetadataImage& image, protocol::BrokerId to, protocol::Body body);
  bool owns(sim::ConnectionId connection) const;
  std::optional<Completion> on_response(protocol::Context& ctx, sim::ConnectionId connection,
                                        const protocol::Message& message);
  std::optional<Completion> on_disconnect(protocol::Context& ctx, sim::ConnectionId connection);
  /// `arg`: the argument of timer::kInterBroker. Returns nothing if the timer belongs to other InterBrokerChannels.
  std::optional<Completion> on_timer(protocol::Context& ctx, const protocol::MetadataImage& image, std::uint64_t arg);
  bool owns_timer(std::uint64_t arg) const { return arg >> 32 == index_; }
  void on_death() { channels_.clear(); }

 private:
  struct Channel {
    sim::ConnectionId connection;
    bool in_flight = false;
    std::optional<protocol::Body> unsent;  // until the reconnect backoff is over
    std::int32_t correlation = 0;
    sim::Instant expires, not_before;
    sim::TimerId timer;
  };
  bool connect_and_send(protocol::Context& ctx, const protocol::MetadataImage& image, protocol::BrokerId to,
                        Channel& channel);
  Completion fail(protocol::Context& ctx, protocol::BrokerId to, Channel& channel);

  std::uint32_t index_;
  sim::Duration request_timeout_;
  std::map<protocol::BrokerId, Channel> channels_;
  std::int32_t next_correlation_ = 1;
};

}  // namespace kafkascope::broker
