// Connections of a client and the requests in flight on them. Kafka: NetworkClient, ClusterConnectionStates, InFlightRequests.
//
// States of one node's connection: Disconnected --ready()--> Connecting --first answer--> Ready --reset, time-out, close--> Disconnected.
// A new connection first asks what the other end knows (ApiVersions), and carries nothing else until it is answered: so a batch is not
// drained into a connection whose other end is silent.
#pragma once
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "client/backoff.h"
#include "client/options.h"
#include "protocol/message.h"
#include "sim/flat_map.h"

namespace kafkascope::client {

/// A node as a client names it: broker id; -1, -2 ... bootstrap servers; kCoordinatorBase - id the coordinator's own connection.
using ClientNodeId = std::int32_t;
inline constexpr ClientNodeId kNoNode = -1000000;
inline constexpr ClientNodeId kCoordinatorBase = 2147483647;  // AbstractCoordinator: Integer.MAX_VALUE - node.id

struct ClientNode {
  ClientNodeId id = kNoNode;
  sim::NodeId endpoint;
};

struct NetworkOptions {
  sim::Duration request_timeout = sim::seconds(30);
  ExponentialBackoff reconnect{sim::milliseconds(50), sim::milliseconds(1000)};
  ExponentialBackoff setup_timeout{sim::seconds(10), sim::seconds(30)};
  int max_in_flight = 100;  // per connection; producers: max.in.flight.requests.per.connection
  std::uint16_t timer_kind = timer::kConsumer;
  bool probe = true;  // false: Ready as soon as connect() was called (controllers do not answer ApiVersions)
  /// Its thread sleeps until something wakes it, at most request.timeout.ms, and looks for requests whose time is over only then
  /// (NetworkClient.poll, handleTimedOutRequests). False: its application polls so often that it looks at once.
  bool sleeps = false;

  static NetworkOptions from(const Config& config);
};

/// An answer, or the news that there will be none.
struct Completed {
  ClientNodeId node = kNoNode;
  std::uint32_t purpose = 0;
  std::uint64_t arg = 0;
  bool disconnected = false;  // there is no body
  bool timed_out = false;     // ... because request.timeout.ms passed
  sim::Instant sent_at;
  const protocol::Body* body = nullptr;  // of the message that is being handled
};

class NetworkClient {
 public:
  NetworkClient() = default;
  explicit NetworkClient(NetworkOptions options) : options_(options) {}

  /// True if a request can go to it now; begins to connect if there is no connection and its backoff is over.
  bool ready(Ctx& ctx, const ClientNode& node);
  bool can_send(ClientNodeId node) const;
  bool connecting(ClientNodeId node) const;
  bool can_connect(ClientNodeId node, sim::Instant now) const;
  /// The reconnect backoff of a disconnected node is running.
  bool backing_off(ClientNodeId node, sim::Instant now) const;
  sim::Instant last_attempt(ClientNodeId node) const;
  /// How often a server has asked to be left alone for a while, and for how long in all (KIP-219).
  std::int64_t throttles() const { return throttles_; }
  sim::Duration throttled() const { return throttled_; }
  /// Until when nothing is sent to the node that asked for most; 0: it is not throttled.
  sim::Instant throttled_until() const {
    sim::Instant until{0};
    for (const auto& [node, c] : connections_) until = std::max(until, c.throttled_until);
    return until;
  }
  int in_flight(ClientNodeId node) const;
  int max_in_flight() const { return options_.max_in_flight; }
  /// Those that have any, by node.
  std::vector<std::pair<ClientNodeId, int>> in_flight_by_node() const;
  int in_flight_total() const;
  bool owns(sim::ConnectionId connection) const;

  /// The node must be ready. `answered` false: acks=0, nothing is kept. Returns false if the connection has just gone.
  bool send(Ctx& ctx, ClientNodeId node, protocol::Body body, std::uint32_t purpose, std::uint64_t arg,
            bool answered = true, std::optional<sim::Duration> timeout = {});
  /// Closes it; what was in flight comes back as disconnected.
  std::vector<Completed> disconnect(Ctx& ctx, ClientNodeId node, bool timed_out = false);
  void close_all(Ctx& ctx);

  struct Event {
    bool mine = false;                // the connection is one of ours
    bool connection_changed = false;  // it became ready or was lost
    bool lost = false;
    std::vector<Completed> completed;
  };
  Event on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  Event on_disconnect(Ctx& ctx, sim::ConnectionId connection);
  /// Requests and connection attempts whose time is over.
  Event on_timer(Ctx& ctx);
  /// Something else has woken the thread.
  Event on_wake(Ctx& ctx);
  /// Sets the one timer for the next of those, or for a reconnect that somebody asked for. Call at the end of each step.
  void arm(Ctx& ctx);

 private:
  enum class State : std::uint8_t { Disconnected, Connecting, Ready };
  struct InFlight {
    std::int32_t correlation_id = 0;
    std::uint32_t purpose = 0;
    std::uint64_t arg = 0;
    sim::Instant sent_at, expires_at;
  };
  struct Connection {
    State state = State::Disconnected;
    sim::NodeId endpoint;
    sim::ConnectionId id;
    sim::Instant last_attempt{-1}, blocked_until{0}, setup_deadline = sim::kNever;
    int failed_attempts = 0, setup_failures = 0;
    std::int32_t probe = 0;           // correlation id while Connecting
    sim::Instant throttled_until{0};  // nothing is sent before; 0: it is not throttled
    bool wanted = false;              // ready() was asked during backoff: wake up when it ends
    bool busy = false;                // listed in busy_
    std::vector<InFlight> in_flight;  // oldest first
  };
  Connection* find(sim::ConnectionId connection, ClientNodeId& node);
  void note_busy(ClientNodeId node, Connection& c);
  std::vector<Completed> lost(Ctx& ctx, ClientNodeId node, Connection& c, bool timed_out);
  Event receive(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void expire_requests(Ctx& ctx, Event& event);
  void time_out(Ctx& ctx, ClientNodeId node, Connection& c, Event& event);

  NetworkOptions options_;
  sim::FlatMap<ClientNodeId, Connection> connections_;
  sim::FlatMap<std::uint32_t, ClientNodeId>
      node_by_slot_;                // of those that are not disconnected, by the connection's slot
  std::vector<ClientNodeId> busy_;  // those that something is due of, and some that nothing is any more; in no order
  std::int32_t next_correlation_ = 1;
  std::int64_t throttles_ = 0;
  sim::Duration throttled_;
  sim::TimerId timer_;
};

}  // namespace kafkascope::client
