// The controller's connections to the brokers. Each has a queue, with one request in flight that is repeated until it
// is answered or the broker has left, so that a broker receives requests in the order of the decisions. Kafka:
// ControllerChannelManager, RequestSendThread.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "controller/zookeeper/controller_context.h"
#include "protocol/message.h"

namespace kafkascope::controller {

using Ctx = protocol::Context;

class ControlChannels {
 public:
  struct Completion {
    BrokerId broker = protocol::kNoBroker;
    BrokerEpoch epoch = -1;  // the broker's epoch when the channel was created
    protocol::Body request, response;
  };

  explicit ControlChannels(sim::Duration socket_timeout) : socket_timeout_(socket_timeout) {}

  void add(BrokerId broker, const LivingBroker& at);
  void remove(Ctx& ctx, BrokerId broker);
  void remove_all(Ctx& ctx);
  /// Does nothing if there is no channel to the broker.
  void send(Ctx& ctx, BrokerId broker, protocol::Body request);

  bool owns(sim::ConnectionId connection) const;
  std::optional<Completion> on_response(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection);
  /// kControlTimeout, kControlRetry.
  void on_timer(Ctx& ctx, std::uint16_t kind, BrokerId broker);

  std::size_t queued(BrokerId broker) const;
  std::size_t queued() const;

 private:
  struct Channel {
    std::int32_t place = -1;  // the broker's place (located() in endpoint.h)
    BrokerEpoch epoch = -1;
    std::deque<protocol::Body> queue;  // the front request is in flight if `in_flight`
    bool in_flight = false;
    sim::ConnectionId connection;
    std::int32_t correlation = 0;
    sim::TimerId timer;  // the response's timeout, or the next attempt
  };
  Channel* on(sim::ConnectionId connection, BrokerId& broker);
  void pump(Ctx& ctx, BrokerId broker, Channel& channel);
  void fail(Ctx& ctx, BrokerId broker, Channel& channel);

  sim::Duration socket_timeout_;
  std::map<BrokerId, Channel> channels_;
};

/// The requests that result from one decision, collected per broker. Kafka: ControllerBrokerRequestBatch.
class ControlBatch {
 public:
  /// The live brokers among `brokers` get the partition's state; all live brokers get it as metadata.
  void leader_and_isr(const ControllerContext& context, const IdList& brokers, TopicPartition p, bool is_new);
  void stop_replica(const ControllerContext& context, BrokerId broker, TopicPartition p, bool delete_log);
  void update_metadata(const ControllerContext& context, const std::vector<BrokerId>& brokers,
                       const std::vector<TopicPartition>& partitions);
  bool empty() const { return leader_and_isr_.empty() && stop_.empty() && update_brokers_.empty(); }
  /// The requests in sending order. `by_epoch`: requests carry the broker epoch, which brokers check (KIP-380).
  std::vector<std::pair<BrokerId, protocol::Body>> requests(const ControllerContext& context, BrokerId controller,
                                                            bool by_epoch) const;

 private:
  std::map<BrokerId, std::map<TopicPartition, bool>> leader_and_isr_;  // the bool: is_new
  std::map<BrokerId, std::map<bool, std::set<TopicPartition>>> stop_;  // the bool: delete_log
  std::set<BrokerId> update_brokers_;
  std::set<TopicPartition> update_partitions_;
};

}  // namespace kafkascope::controller
