// A client's connections and the requests in flight on them. Kafka: NetworkClient, ClusterConnectionStates,
// InFlightRequests.
//
// States of the connection to one node:
//   Disconnected --ready()--> Connecting --first response--> Ready --reset, timeout, close--> Disconnected
// A new connection first sends ApiVersions, and sends nothing else until that is answered, so that no batch is drained
// into a connection whose other end is silent.
#pragma once
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "client/backoff.h"
#include "client/options.h"
#include "protocol/message.h"
#include "protocol/transaction_version.h"
#include "sim/flat_map.h"

namespace kafkascope::client {

/// The client's id for a node: the broker id; -1, -2 ... for bootstrap servers; kCoordinatorBase - id for the
/// coordinator's own connection.
using ClientNodeId = std::int32_t;
inline constexpr ClientNodeId kNoNode = -1000000;
inline constexpr ClientNodeId kCoordinatorBase = 2147483647;  // AbstractCoordinator: Integer.MAX_VALUE - node.id

struct ClientNode {
  ClientNodeId id = kNoNode;
  sim::NodeId endpoint;

  bool operator==(const ClientNode&) const = default;
};

/// The cluster's features according to the latest ApiVersions response. Kafka: ApiVersions.FinalizedFeaturesInfo.
struct FinalizedFeatures {
  std::int64_t epoch = -1;
  protocol::TransactionVersion transaction_version = protocol::TransactionVersion::TV0;
};

struct NetworkOptions {
  sim::Duration request_timeout = sim::seconds(30);
  ExponentialBackoff reconnect{sim::milliseconds(50), sim::milliseconds(1000)};
  ExponentialBackoff setup_timeout{sim::seconds(10), sim::seconds(30)};
  int max_in_flight = 100;  // per connection; producers: max.in.flight.requests.per.connection
  std::uint16_t timer_kind = timer::kConsumer;
  bool probe = true;  // false: Ready as soon as connect() was called (controllers do not answer ApiVersions)
  /// True: the client's thread sleeps until an event wakes it, for at most request.timeout.ms, and checks request
  /// timeouts only then (NetworkClient.poll, handleTimedOutRequests). False: the application polls so often that
  /// timeouts are noticed at once.
  bool sleeps = false;

  static NetworkOptions from(const Config& config);
};

/// A response, or the notice that there will be no response.
struct Completed {
  ClientNodeId node = kNoNode;
  std::uint32_t purpose = 0;
  std::uint64_t arg = 0;
  bool disconnected = false;  // the connection was lost: there is no body
  bool timed_out = false;     // the connection was closed because request.timeout.ms passed
  sim::Instant sent_at;
  const protocol::Body* body = nullptr;  // points into the message being handled
};

class NetworkClient {
 public:
  NetworkClient() = default;
  explicit NetworkClient(NetworkOptions options) : options_(options) {}

  /// Whether a request can be sent to the node now. Starts to connect if there is neither a connection nor a backoff.
  bool ready(Ctx& ctx, const ClientNode& node);
  bool can_send(ClientNodeId node) const;
  bool connecting(ClientNodeId node) const;
  bool can_connect(ClientNodeId node, sim::Instant now) const;
  /// Whether the reconnect backoff of a disconnected node is in progress.
  bool backing_off(ClientNodeId node, sim::Instant now) const;
  sim::Instant last_attempt(ClientNodeId node) const;
  /// How often servers have throttled this client, and for how long in total (KIP-219).
  std::int64_t throttles() const { return throttles_; }
  sim::Duration throttled() const { return throttled_; }
  /// The end of the longest current throttle time; 0 if no connection is throttled.
  sim::Instant throttled_until() const {
    sim::Instant until{0};
    for (const auto& [node, c] : connections_) until = std::max(until, c.throttled_until);
    return until;
  }
  const FinalizedFeatures& features() const { return features_; }
  int in_flight(ClientNodeId node) const;
  int max_in_flight() const { return options_.max_in_flight; }
  /// The nodes with requests in flight.
  std::vector<std::pair<ClientNodeId, int>> in_flight_by_node() const;
  int in_flight_total() const;
  struct OpenRequest {
    sim::Instant sent_at, expires_at;
  };
  /// The request in flight that times out first (request.timeout.ms); nullopt if none is in flight.
  std::optional<OpenRequest> next_timeout() const;
  /// The connection being set up that times out first (socket.connection.setup.timeout.ms); nullopt if none is.
  std::optional<OpenRequest> next_setup() const;
  struct Queued {
    sim::NodeId endpoint;
    sim::Instant sent_at;
    int before = 0;  // requests on the same connection that were sent earlier and have no response yet
  };
  /// The request in flight for that purpose; nullopt if there is none. A broker answers the requests of a connection in order.
  std::optional<Queued> in_flight_for(std::uint32_t purpose) const;
  bool owns(sim::ConnectionId connection) const;

  /// The node must be ready. `answered` false: acks=0, so the request is not tracked. Returns false if the connection
  /// has just closed.
  bool send(Ctx& ctx, ClientNodeId node, protocol::Body body, std::uint32_t purpose, std::uint64_t arg,
            bool answered = true, std::optional<sim::Duration> timeout = {});
  /// Closes the connection; its requests in flight are returned as disconnected.
  std::vector<Completed> disconnect(Ctx& ctx, ClientNodeId node, bool timed_out = false);
  void close_all(Ctx& ctx);

  struct Event {
    bool mine = false;                // the event was about one of this client's connections
    bool connection_changed = false;  // a connection became ready or was lost
    bool lost = false;
    std::vector<Completed> completed;
  };
  Event on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  Event on_disconnect(Ctx& ctx, sim::ConnectionId connection);
  /// Handles requests and connection attempts that have timed out.
  Event on_timer(Ctx& ctx);
  /// Checks timeouts after another event has woken the thread.
  Event on_wake(Ctx& ctx);
  /// Sets the timer for the next timeout, or for a requested reconnect. Call at the end of each step.
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
    std::int32_t probe = 0;           // correlation id of the ApiVersions request while Connecting
    sim::Instant throttled_until{0};  // nothing is sent before this time; 0: not throttled
    bool wanted = false;              // ready() was called during the backoff, so the client wakes up when the backoff
                                      // ends
    bool busy = false;                // the node is listed in busy_
    std::vector<InFlight> in_flight;  // oldest first
  };
  Connection* find(sim::ConnectionId connection, ClientNodeId& node);
  void note_busy(ClientNodeId node, Connection& c);
  std::vector<Completed> lost(Ctx& ctx, ClientNodeId node, Connection& c, bool timed_out);
  Event receive(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void expire_requests(Ctx& ctx, Event& event);
  void time_out(Ctx& ctx, ClientNodeId node, Connection& c, Event& event);

  NetworkOptions options_;
  FinalizedFeatures features_;
  sim::FlatMap<ClientNodeId, Connection> connections_;
  /// The slot of a connection -> its node, for nodes that are not disconnected.
  sim::FlatMap<std::uint32_t, ClientNodeId> node_by_slot_;
  std::vector<ClientNodeId> busy_;  // the nodes that may have something to do; unordered
  std::int32_t next_correlation_ = 1;
  std::int64_t throttles_ = 0;
  sim::Duration throttled_;
  sim::TimerId timer_;
};

}  // namespace kafkascope::client
