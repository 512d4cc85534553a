// A broker's connections: requests are read one at a time, handled when a thread is free, dispatched by API and
// answered; a connection is muted when its client has exceeded its quota. Kafka: SocketServer, KafkaRequestHandler,
// KafkaApis.handle, ClientQuotaManager.
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "broker/error_answer.h"
#include "broker/timers.h"
#include "protocol/facts_of_logs.h"
#include "protocol/kafka_messages.h"

namespace kafkascope::broker {

Connection* Connections::find_connection(sim::ConnectionId id) {
  const auto is = [&](std::int32_t at) { return at >= 0 && connections[static_cast<std::size_t>(at)].id == id; };
  std::int32_t at = connection_by_slot.find(id.slot);
  if (!is(at)) {
    const auto closing = std::find_if(closing_.begin(), closing_.end(), is);
    at = closing != closing_.end() ? *closing : -1;
  }
  return at < 0 ? nullptr : &connections[static_cast<std::size_t>(at)];
}

Connection& Connections::connection_for(Ctx& ctx, BrokerServer& server, sim::ConnectionId id) {
  if (Connection* known = find_connection(id)) return *known;
  if (const std::int32_t before = connection_by_slot.find(id.slot); before >= 0)
    drop_connection(ctx, server, connections[static_cast<std::size_t>(before)].id);
  std::int32_t i;
  if (free_connections_.empty()) {
    i = static_cast<std::int32_t>(connections.size());
    connections.emplace_back();
  } else {
    i = free_connections_.back();
    free_connections_.pop_back();
  }
  connection_by_slot.set(id.slot, i);
  Connection& c = connections[static_cast<std::size_t>(i)];
  c.id = id;
  c.peer = ctx.peer(id);
  c.busy = c.closed_by_client = false;
  c.denied.clear();
  c.queue.clear();
  return c;
}

sim::NodeId Connections::client_of(Ctx& ctx, sim::ConnectionId id) {
  const Connection* c = find_connection(id);
  return c != nullptr ? c->peer : ctx.peer(id);
}

void Connections::drop_connection(Ctx& ctx, BrokerServer& server, sim::ConnectionId id) {
  Connection* c = find_connection(id);
  if (c == nullptr) return;
  const auto i = static_cast<std::int32_t>(c - connections.data());
  if (c->closed_by_client) std::erase(closing_, i);
  else connection_by_slot.erase(id.slot);
  c->id = {};
  c->queue.clear();
  c->busy = false;
  free_connections_.push_back(i);
  server.delayed.forget_fetches_of(ctx, server, id);
  server.shares.end_share_sessions_of(ctx, id);
}

/// While a request is handled its connection is muted: the broker does not notice that the client has gone, and reads
/// the data in the socket first (SocketServer, Selector.maybeReadFromClosingChannel).
void Connections::on_closed_by_client(Ctx& ctx, BrokerServer& server, Connection& connection, sim::Disconnect how) {
  if (!connection.busy) return drop_connection(ctx, server, connection.id);
  connection_by_slot.erase(connection.id.slot);
  connection.closed_by_client = true;
  connection.unsendable = how == sim::Disconnect::Reset ? ctx.now() : sim::kNever;
  closing_.push_back(static_cast<std::int32_t>(&connection - connections.data()));
}

/// SocketServer: a connection's next request is read only after the previous one was answered.
void Connections::accept(Ctx& ctx, BrokerServer& server, sim::ConnectionId id, const Message& message) {
  // BrokerServer opens its ports only when it is unfenced. Simplified: the connection is accepted and then closed,
  // instead of refused.
  if (!server.lifecycle.running()) {
    ctx.close(id);
    return;
  }
  Connection& connection = connection_for(ctx, server, id);
  if (connection.busy || !connection.queue.empty()) {
    connection.queue.push_back(message);
    return;
  }
  receive(ctx, server, connection, message);
}

/// A request has been read from its socket. If a handler is free, it is handled at once.
void Connections::receive(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message) {
  connection.busy = true;
  connection.times.received = ctx.now();
  if (handlers.one_is_free() && handlers.queue().empty()) return start_request(ctx, server, connection, message);
  handlers.enqueue({connection.id, connection.peer, ctx.now(), message});
}

/// A request is handled even if its client has gone: an append that timed out is still in the log.
void Connections::handle_next_request(Ctx& ctx, BrokerServer& server) { carry_out(ctx, server, handlers.take_next()); }

void Connections::carry_out(Ctx& ctx, BrokerServer& server, const QueuedRequest& request) {
  Connection gone;
  gone.id = request.connection;
  gone.peer = request.client;
  gone.times.received = request.received;
  Connection* connection = find_connection(request.connection);
  start_request(ctx, server, connection != nullptr ? *connection : gone, request.message);
}

void Connections::start_request(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message) {
  // The thread that handles the request waits for the lock.
  if (server.alter_partitions.needs_locked_partition(server, message)) {
    handlers.begin_wait(ctx.now());
    server.zk->isr_writes.requests.push_back({connection.id, connection.peer, connection.times.received, message});
    return;
  }
  connection.api = message.api();
  connection.times.taken = connection.times.handled = ctx.now();
  const auto* fetch = protocol::get_if<protocol::FetchRequest>(&message.body);
  connection.from_follower = fetch != nullptr && fetch->replica_id >= 0;
  connection.correlation_id = message.correlation_id;
  connection.denied.clear();
  if (connection.api == api::Produce && client_quotas.enabled(server.image, ClientQuotas::Kind::Produce))
    connection.request_bytes = protocol::wire_size(message);
  if (!answer_rules.empty() && answer_by_rule(ctx, server, connection, message)) return;
  if (authorizer.enabled()) return dispatch_authorized(ctx, server, connection, message);
  dispatch(ctx, server, connection, message);
}

void Connections::respond(Ctx& ctx, BrokerServer& server, sim::ConnectionId id, protocol::Body body) {
  Connection* connection = find_connection(id);
  if (connection == nullptr || !connection->busy) return;  // the connection has gone
  if (!connection->denied.empty()) add_denied(body, connection->denied);
  if (authorizer.enabled()) hide_groups(ctx, server, *connection, body);
  server.metrics.count_errors(connection->api, body);
  const sim::Duration muted = throttle(ctx, server, *connection, &body);
  if (connection->closed_by_client) {
    // The client's machine replies to a response sent now with a reset; one round trip later nothing more can be sent.
    if (connection->unsendable <= ctx.now()) connection->queue.clear();
    connection->unsendable = std::min(connection->unsendable, ctx.now() + ctx.round_trip(connection->peer));
    return request_done(ctx, server, *connection, muted);
  }
  ctx.send(id, Message{connection->correlation_id, std::move(body), static_cast<std::int32_t>(muted.us / 1000)});
  request_done(ctx, server, *connection, muted);
}

/// Ends a request. A throttled connection stays busy: its next request stays in the socket until the throttle time is
/// over (KIP-219).
void Connections::request_done(Ctx& ctx, BrokerServer& server, Connection& connection, sim::Duration muted) {
  server.metrics.count_request(connection.api, connection.from_follower, connection.times, ctx.now(), muted);
  if (muted.us > 0) {
    ctx.set_timer(muted, timer::kUnmute, timer::argument(connection.id.generation, connection.id.slot));
    return;
  }
  read_next(connection);
}

void Connections::read_next(Connection& connection) {
  connection.busy = false;
  if (!connection.queue.empty() || connection.closed_by_client) runnable.push_back(connection.id);
}

/// Kafka: KafkaApis.handleProduceRequest, handleFetchRequest and processShareFetchResponse,
/// ClientQuotaManager.maybeRecordAndGetThrottleTimeMs, unrecordQuotaSensor.
sim::Duration Connections::throttle(Ctx& ctx, BrokerServer& server, const Connection& connection,
                                    protocol::Body* answer) {
  using Kind = ClientQuotas::Kind;
  if (connection.from_follower ||
      (connection.api != api::Produce && connection.api != api::Fetch && connection.api != api::ShareFetch))
    return {};
  const Kind kind = connection.api == api::Produce ? Kind::Produce : Kind::Fetch;
  if (!client_quotas.enabled(server.image, kind)) return {};
  const std::string& client = ctx.name(connection.peer);
  const auto bound = ClientQuotas::bound_ppm(server.image, kind, client);
  const std::int64_t bytes = kind == Kind::Produce ? connection.request_bytes : protocol::wire_size({0, *answer});
  const sim::Duration muted = client_quotas.record(kind, client, bound, bytes, ctx.now());
  if (muted.us <= 0) return {};
  ctx.trace(fact::ClientThrottled{connection.peer, muted.us / 1000, connection.api});
  if (kind == Kind::Fetch) {
    client_quotas.take_back(kind, client, bytes, ctx.now());
    // Acquired records do not reach the member and stay locked until the locks expire; acknowledgement results are
    // sent.
    if (auto* shared = protocol::get_if<protocol::ShareFetchResponse>(answer)) {
      for (protocol::ShareFetchPartitionResponse& row : shared->partitions)
        row = {row.partition, ErrorCode::NONE, row.acknowledge_error, protocol::kNoBroker, {}, {}, {}};
    } else {  // FetchContext.getThrottledResponse: an existing session continues; a full request starts none
      protocol::FetchResponse empty;
      empty.error = protocol::get<protocol::FetchResponse>(*answer).error;
      empty.session_id = protocol::get<protocol::FetchResponse>(*answer).session_id;
      if (const FetchSession* session = server.fetches.fetch_sessions.find(empty.session_id);
          session != nullptr && session->next_epoch == 1)
        server.fetches.remove_fetch_session(server, std::exchange(empty.session_id, 0));
      *answer = std::move(empty);
    }
  }
  return muted;
}

void Connections::close_connection(Ctx& ctx, BrokerServer& server, sim::ConnectionId id) {
  drop_connection(ctx, server, id);
  ctx.close(id);
}

void Connections::fail_without_answer(Ctx& ctx, BrokerServer& server, Connection& connection,
                                      const protocol::Body& unsent) {
  server.metrics.count_errors(connection.api, unsent);
  server.metrics.count_request(connection.api, connection.from_follower, connection.times, ctx.now(), {});
  close_connection(ctx, server, connection.id);
}

void Connections::refuse(Ctx& ctx, ApiKey api, TopicPartition tp, ErrorCode error, sim::NodeId client) {
  ctx.trace(fact::RequestRefused{tp, api, error, client});
}

bool Connections::answer_by_rule(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message) {
  for (std::size_t i = 0; i < answer_rules.size(); ++i) {
    AnswerRule& rule = answer_rules[i];
    if (rule.api != connection.api || (rule.from.valid() && rule.from != connection.peer)) continue;
    const ErrorCode error = rule.error;
    protocol::Body body = message.body;
    auto* fetch = protocol::get_if<protocol::FetchRequest>(&body);
    if (fetch != nullptr) {
      if (server.fetches.open_fetch_session(server, *fetch, ctx.now()) != ErrorCode::NONE)
        return false;  // the session's own error takes precedence
      if (const FetchSession* session = server.fetches.session_of(*fetch)) fetch->partitions = session->asked();
    }
    if (rule.count > 0 && --rule.count == 0) answer_rules.erase(answer_rules.begin() + static_cast<std::ptrdiff_t>(i));
    bool any = false;
    for_each_partition(body, [&](TopicPartition tp) {
      any = true;
      refuse(ctx, connection.api, tp, error, connection.peer);
    });
    if (!any) refuse(ctx, connection.api, {}, error, connection.peer);
    const auto* produce = protocol::get_if<protocol::ProduceRequest>(&message.body);
    if (produce != nullptr && produce->acks == 0) {
      fail_without_answer(ctx, server, connection, error_answer(body, error));
    } else {
      protocol::Body answer = error_answer(body, error);
      if (fetch != nullptr && fetch->session_epoch > 0)
        protocol::get<protocol::FetchResponse>(answer).session_id = fetch->session_id;
      respond(ctx, server, connection.id, std::move(answer));
    }
    return true;
  }
  return false;
}

namespace {

/// Passes the request to the part if it has a handle() for it; returns false if it has none.
template <class Part, class Request>
bool handled_by(Part& part, Ctx& ctx, BrokerServer& server, Connection& connection, const Request& request) {
  if constexpr (requires { part.handle(ctx, server, connection, request); }) {
    part.handle(ctx, server, connection, request);
    return true;
  } else {
    return false;
  }
}

}  // namespace

/// A request goes to the part that has a handle() for it. A request that only controllers answer closes the connection,
/// as does an API unknown to the listener. Kafka: KafkaApis.handle.
void Connections::dispatch(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message) {
  // Under ZooKeeper these are not forwarded: a broker, or the controller, writes the change itself.
  const bool changes = connection.api == api::CreateTopics || connection.api == api::IncrementalAlterConfigs;
  if (server.zk && changes) return (void)server.zk->dispatch_zookeeper(ctx, server, connection, message);
  const auto handle = [&](const auto& request) {
    const auto by = [&](auto& part) { return handled_by(part, ctx, server, connection, request); };
    return by(server.replica_manager) || by(server.fetches) || by(server.logs) || by(server.coordinators) ||
           by(server.shares) || by(server.markers) || by(server.forwarding);
  };
  if (protocol::visit_kafka(handle, message.body)) return;
  if (server.zk && server.zk->dispatch_zookeeper(ctx, server, connection, message)) return;
  close_connection(ctx, server, connection.id);
}

}  // namespace kafkascope::broker
