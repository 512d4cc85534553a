// A broker's connections and the requests on them: read one at a time, handled when a thread is free, authorized,
// dispatched by API and answered; a connection is muted when its client has exceeded its quota. Kafka: SocketServer,
// KafkaRequestHandler, KafkaApis.handle, AuthHelper, ClientQuotaManager.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "broker/broker_options.h"
#include "broker/client_quotas.h"
#include "broker/metrics.h"
#include "broker/parts.h"
#include "broker/purgatory.h"
#include "broker/request_handlers.h"
#include "protocol/acl.h"
#include "sim/hash_index.h"

namespace kafkascope::broker {

/// Requests of one connection are handled one after another: the next is read when the previous one is answered.
struct Connection {
  sim::ConnectionId id;
  sim::NodeId peer;
  bool busy = false;
  bool closed_by_client = false;  // the broker notices this only after it has answered the current request
  sim::Instant unsendable;        // if closed_by_client: nothing can be sent from this time on
  bool from_follower = false;     // whether the current request is a follower's
  ApiKey api = api::Produce;      // of the current request
  std::int32_t correlation_id = 0;
  RequestTimes times;                  // times of the current request
  std::uint32_t request_bytes = 0;     // size of the current request, if a quota needs it
  std::vector<TopicPartition> denied;  // partitions of the current request that the requester may not access; they
                                       // are added to the response
  std::vector<Message> queue;          // waiting requests; few, because a client limits its requests in flight
};

class Connections {
 public:
  explicit Connections(const BrokerOptions& options)
      : authorizer(options.config, options.operators), client_quotas(options.config) {}
  /// answer_rules survive: they belong to the scenario, not to the process.
  void on_death(const BrokerOptions& options);

  /// Visits the requests that wait for a handler, and those that are still in their sockets because the previous
  /// request on the connection has not been answered.
  template <class F>
  void for_each_queued(F&& visit) const {
    for (const Connection& c : connections)
      for (const Message& m : c.queue) visit(m);
    for (const QueuedRequest& waiting : handlers.queue()) visit(waiting.message);
  }
  void accept(Ctx& ctx, BrokerServer& server, sim::ConnectionId id, const Message& message);
  void receive(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message);
  void handle_next_request(Ctx& ctx, BrokerServer& server);
  void carry_out(Ctx& ctx, BrokerServer& server, const QueuedRequest& request);
  Connection* find_connection(sim::ConnectionId id);
  /// The node at the other end of the connection, even if the client has disconnected.
  sim::NodeId client_of(Ctx& ctx, sim::ConnectionId id);
  void drop_connection(Ctx& ctx, BrokerServer& server, sim::ConnectionId id);
  /// The client has closed or reset the connection. The connection is kept until the requests in its socket have been
  /// handled or a response cannot be sent.
  void on_closed_by_client(Ctx& ctx, BrokerServer& server, Connection& connection, sim::Disconnect how);
  /// A request is complete: reads the next one, or removes the connection if its client has closed it.
  void read_next(Connection& connection);
  void respond(Ctx& ctx, BrokerServer& server, sim::ConnectionId id, protocol::Body body);
  /// A request without a response (acks=0) has failed. Its connection is closed, which is the only way to tell the
  /// client. Kafka: RequestChannel.closeConnection.
  void fail_without_answer(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::Body& unsent);
  void request_done(Ctx& ctx, BrokerServer& server, Connection& connection, sim::Duration muted = {});
  /// Counts an answered Produce, Fetch or ShareFetch against the client's quota. Returns for how long the connection is
  /// muted; the response to a throttled fetch is emptied.
  sim::Duration throttle(Ctx& ctx, BrokerServer& server, const Connection& connection, protocol::Body* answer);
  void refuse(Ctx& ctx, ApiKey api, TopicPartition tp, ErrorCode error, sim::NodeId client);
  bool may(Ctx& ctx, const BrokerServer& server, const Connection& connection, protocol::AclOperation operation,
           protocol::ResourceType type, std::string_view name) const;
  bool may_read(Ctx& ctx, BrokerServer& server, const DelayedFetch& op, TopicPartition tp);
  static void add_denied(protocol::Body& answer, const std::vector<TopicPartition>& denied);
  /// Takes out of a ConsumerGroupDescribe's or ShareGroupDescribe's answer the groups that show a topic which the client may
  /// not describe. Kafka: KafkaApis.handleConsumerGroupDescribe.
  void hide_groups(Ctx& ctx, const BrokerServer& server, const Connection& connection, protocol::Body& answer) const;

  protocol::Authorizer authorizer;
  std::vector<Connection> connections;
  sim::HashIndex<std::uint32_t> connection_by_slot;  // connection's slot in the kernel -> index in connections
  std::vector<sim::ConnectionId> runnable;  // unmuted connections that have waiting requests or must be removed
  RequestHandlers handlers;
  std::vector<AnswerRule> answer_rules;
  ClientQuotas client_quotas;

 private:
  void start_request(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message);
  void dispatch(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message);
  bool answer_by_rule(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message);
  Connection& connection_for(Ctx& ctx, BrokerServer& server, sim::ConnectionId id);
  void close_connection(Ctx& ctx, BrokerServer& server, sim::ConnectionId id);
  void dispatch_authorized(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message);

  std::vector<std::int32_t> free_connections_;
  std::vector<std::int32_t> closing_;  // connections closed by their clients while a request is in progress
};

}  // namespace kafkascope::broker
