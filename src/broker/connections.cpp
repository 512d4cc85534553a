// A broker's connections: requests are read one at a time, handled when a thread is free, dispatched by API and
// answered; a connection is muted when its client has exceeded its quota. Kafka: SocketServer, KafkaRequestHandler,
// KafkaApis.handle, ClientQuotaManager.
#include <algorithm>
#include <utility>

#include "broker/broker.h"
#include "broker/coordinator_host.h"
#include "broker/error_answer.h"
#include "broker/timers.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::broker {

Broker::Connection* Broker::find_connection(sim::ConnectionId id) {
  const auto is = [&](std::int32_t at) { return at >= 0 && connections_[static_cast<std::size_t>(at)].id == id; };
  std::int32_t at = connection_by_slot_.find(id.slot);
  if (!is(at)) {
    const auto closing = std::find_if(closing_.begin(), closing_.end(), is);
    at = closing != closing_.end() ? *closing : -1;
  }
  return at < 0 ? nullptr : &connections_[static_cast<std::size_t>(at)];
}

Broker::Connection& Broker::connection_for(Ctx& ctx, sim::ConnectionId id) {
  if (Connection* known = find_connection(id)) return *known;
  if (const std::int32_t before = connection_by_slot_.find(id.slot); before >= 0)
    drop_connection(ctx, connections_[static_cast<std::size_t>(before)].id);
  std::int32_t i;
  if (free_connections_.empty()) {
    i = static_cast<std::int32_t>(connections_.size());
    connections_.emplace_back();
  } else {
    i = free_connections_.back();
    free_connections_.pop_back();
  }
  connection_by_slot_.set(id.slot, i);
  Connection& c = connections_[static_cast<std::size_t>(i)];
  c.id = id;
  c.peer = ctx.peer(id);
  c.busy = c.closed_by_client = false;
  c.denied.clear();
  c.queue.clear();
  return c;
}

sim::NodeId Broker::client_of(Ctx& ctx, sim::ConnectionId id) {
  const Connection* c = find_connection(id);
  return c != nullptr ? c->peer : ctx.peer(id);
}

void Broker::drop_connection(Ctx& ctx, sim::ConnectionId id) {
  Connection* c = find_connection(id);
  if (c == nullptr) return;
  const auto i = static_cast<std::int32_t>(c - connections_.data());
  if (c->closed_by_client) std::erase(closing_, i);
  else connection_by_slot_.erase(id.slot);
  c->id = {};
  c->queue.clear();
  c->busy = false;
  free_connections_.push_back(i);
  forget_fetches_of(ctx, id);
  end_share_sessions_of(ctx, id);
}

/// While a request is handled its connection is muted: the broker does not notice that the client has gone, and reads
/// the data in the socket first (SocketServer, Selector.maybeReadFromClosingChannel).
void Broker::on_closed_by_client(Ctx& ctx, Connection& connection, sim::Disconnect how) {
  if (!connection.busy) return drop_connection(ctx, connection.id);
  connection_by_slot_.erase(connection.id.slot);
  connection.closed_by_client = true;
  connection.unsendable = how == sim::Disconnect::Reset ? ctx.now() : sim::kNever;
  closing_.push_back(static_cast<std::int32_t>(&connection - connections_.data()));
}

/// SocketServer: a connection's next request is read only after the previous one was answered.
void Broker::accept(Ctx& ctx, sim::ConnectionId id, const Message& message) {
  // BrokerServer opens its ports only when it is unfenced. Simplified: the connection is accepted and then closed,
  // instead of refused.
  if (!lifecycle_.running()) {
    ctx.close(id);
    return;
  }
  Connection& connection = connection_for(ctx, id);
  if (connection.busy || !connection.queue.empty()) {
    connection.queue.push_back(message);
    return;
  }
  receive(ctx, connection, message);
}

/// A request has been read from its socket. If a handler is free, it is handled at once.
void Broker::receive(Ctx& ctx, Connection& connection, const Message& message) {
  connection.busy = true;
  connection.times.received = ctx.now();
  if (handlers_.one_is_free() && handlers_.queue().empty()) return start_request(ctx, connection, message);
  handlers_.enqueue({connection.id, connection.peer, ctx.now(), message});
}

/// A request is handled even if its client has gone: an append that timed out is still in the log.
void Broker::handle_next_request(Ctx& ctx) { carry_out(ctx, handlers_.take_next()); }

void Broker::carry_out(Ctx& ctx, const QueuedRequest& request) {
  Connection gone;
  gone.id = request.connection;
  gone.peer = request.client;
  gone.times.received = request.received;
  Connection* connection = find_connection(request.connection);
  start_request(ctx, connection != nullptr ? *connection : gone, request.message);
}

void Broker::start_request(Ctx& ctx, Connection& connection, const Message& message) {
  if (needs_locked_partition(message)) {  // its thread waits for the lock, too
    handlers_.begin_wait(ctx.now());
    zk_->isr_writes.requests.push_back({connection.id, connection.peer, connection.times.received, message});
    return;
  }
  connection.api = message.api();
  connection.times.taken = connection.times.handled = ctx.now();
  const auto* fetch = protocol::get_if<protocol::FetchRequest>(&message.body);
  connection.from_follower = fetch != nullptr && fetch->replica_id >= 0;
  connection.correlation_id = message.correlation_id;
  connection.denied.clear();
  if (connection.api == ApiKey::Produce && client_quotas_.enabled(image_, ClientQuotas::Kind::Produce))
    connection.request_bytes = protocol::wire_size(message);
  if (!answer_rules_.empty() && answer_by_rule(ctx, connection, message)) return;
  if (authorizer_.enabled()) return dispatch_authorized(ctx, connection, message);
  dispatch(ctx, connection, message);
}

void Broker::respond(Ctx& ctx, sim::ConnectionId id, protocol::Body body) {
  Connection* connection = find_connection(id);
  if (connection == nullptr || !connection->busy) return;  // the connection has gone
  if (!connection->denied.empty()) add_denied(body, connection->denied);
  metrics_.count_errors(connection->api, body);
  const sim::Duration muted = throttle(ctx, *connection, &body);
  if (connection->closed_by_client) {
    // A response sent now is answered by a reset from the client's machine; one round trip later nothing can be sent.
    if (connection->unsendable <= ctx.now()) connection->queue.clear();
    connection->unsendable = std::min(connection->unsendable, ctx.now() + ctx.round_trip(connection->peer));
    return request_done(ctx, *connection, muted);
  }
  ctx.send(id, Message{connection->correlation_id, std::move(body), static_cast<std::int32_t>(muted.us / 1000)});
  request_done(ctx, *connection, muted);
}

/// Ends a request. A throttled connection stays busy: its next request stays in the socket until the throttle time is
/// over (KIP-219).
void Broker::request_done(Ctx& ctx, Connection& connection, sim::Duration muted) {
  metrics_.count_request(connection.api, connection.from_follower, connection.times, ctx.now(), muted);
  if (muted.us > 0) {
    ctx.set_timer(muted, timer::kUnmute, timer::argument(connection.id.generation, connection.id.slot));
    return;
  }
  read_next(connection);
}

void Broker::read_next(Connection& connection) {
  connection.busy = false;
  if (!connection.queue.empty() || connection.closed_by_client) runnable_.push_back(connection.id);
}

/// Kafka: KafkaApis.handleProduceRequest, handleFetchRequest and processShareFetchResponse,
/// ClientQuotaManager.maybeRecordAndGetThrottleTimeMs, unrecordQuotaSensor.
sim::Duration Broker::throttle(Ctx& ctx, const Connection& connection, protocol::Body* answer) {
  using Kind = ClientQuotas::Kind;
  if (connection.from_follower ||
      (connection.api != ApiKey::Produce && connection.api != ApiKey::Fetch && connection.api != ApiKey::ShareFetch))
    return {};
  const Kind kind = connection.api == ApiKey::Produce ? Kind::Produce : Kind::Fetch;
  if (!client_quotas_.enabled(image_, kind)) return {};
  const std::string& client = ctx.name(connection.peer);
  const auto bound = ClientQuotas::bound_ppm(image_, kind, client);
  const std::int64_t bytes = kind == Kind::Produce ? connection.request_bytes : protocol::wire_size({0, *answer});
  const sim::Duration muted = client_quotas_.record(kind, client, bound, bytes, ctx.now());
  if (muted.us <= 0) return {};
  ctx.trace(fact::ClientThrottled{connection.peer, muted.us / 1000, connection.api});
  if (kind == Kind::Fetch) {
    client_quotas_.take_back(kind, client, bytes, ctx.now());
    // Acquired records do not reach the member and stay locked until their time is over; acknowledgement results are
    // sent.
    if (auto* shared = protocol::get_if<protocol::ShareFetchResponse>(answer)) {
      for (protocol::ShareFetchPartitionResponse& row : shared->partitions)
        row = {row.partition, ErrorCode::NONE, row.acknowledge_error, protocol::kNoBroker, {}, {}, {}};
    } else {  // FetchContext.getThrottledResponse: a session continues, and a full request begins none
      protocol::FetchResponse empty;
      empty.error = protocol::get<protocol::FetchResponse>(*answer).error;
      empty.session_id = protocol::get<protocol::FetchResponse>(*answer).session_id;
      if (const FetchSession* session = fetch_sessions_.find(empty.session_id);
          session != nullptr && session->next_epoch == 1)
        remove_fetch_session(std::exchange(empty.session_id, 0));
      *answer = std::move(empty);
    }
  }
  return muted;
}

void Broker::close_connection(Ctx& ctx, sim::ConnectionId id) {
  drop_connection(ctx, id);
  ctx.close(id);
}

void Broker::fail_without_answer(Ctx& ctx, Connection& connection, const protocol::Body& unsent) {
  metrics_.count_errors(connection.api, unsent);
  metrics_.count_request(connection.api, connection.from_follower, connection.times, ctx.now(), {});
  close_connection(ctx, connection.id);
}

void Broker::refuse(Ctx& ctx, ApiKey api, TopicPartition tp, ErrorCode error, sim::NodeId client) {
  ctx.trace(fact::RequestRefused{tp, api, error, client});
}

bool Broker::answer_by_rule(Ctx& ctx, Connection& connection, const Message& message) {
  for (std::size_t i = 0; i < answer_rules_.size(); ++i) {
    AnswerRule& rule = answer_rules_[i];
    if (rule.api != connection.api || (rule.from.valid() && rule.from != connection.peer)) continue;
    const ErrorCode error = rule.error;
    protocol::Body body = message.body;
    auto* fetch = protocol::get_if<protocol::FetchRequest>(&body);
    if (fetch != nullptr) {
      if (open_fetch_session(*fetch, ctx.now()) != ErrorCode::NONE)
        return false;  // the session's error takes
                       // precedence
      if (const FetchSession* session = session_of(*fetch)) fetch->partitions = session->asked();
    }
    if (rule.count > 0 && --rule.count == 0)
      answer_rules_.erase(answer_rules_.begin() + static_cast<std::ptrdiff_t>(i));
    bool any = false;
    for_each_partition(body, [&](TopicPartition tp) {
      any = true;
      refuse(ctx, connection.api, tp, error, connection.peer);
    });
    if (!any) refuse(ctx, connection.api, {}, error, connection.peer);
    const auto* produce = protocol::get_if<protocol::ProduceRequest>(&message.body);
    if (produce != nullptr && produce->acks == 0) {
      fail_without_answer(ctx, connection, error_answer(body, error));
    } else {
      protocol::Body answer = error_answer(body, error);
      if (fetch != nullptr && fetch->session_epoch > 0)
        protocol::get<protocol::FetchResponse>(answer).session_id = fetch->session_id;
      respond(ctx, connection.id, std::move(answer));
    }
    return true;
  }
  return false;
}

/// One row per API. A request that only controllers answer closes the connection, like an API unknown to a listener.
void Broker::dispatch(Ctx& ctx, Connection& connection, const Message& message) {
  switch (connection.api) {
    case ApiKey::Produce: return handle(ctx, connection, protocol::get<protocol::ProduceRequest>(message.body));
    case ApiKey::Fetch:
      if (const auto* fetch = protocol::get_if<protocol::FetchRequest>(&message.body))
        return handle(ctx, connection, *fetch);
      return close_connection(ctx, connection.id);
    case ApiKey::ListOffsets: return handle(ctx, connection, protocol::get<protocol::ListOffsetsRequest>(message.body));
    case ApiKey::OffsetForLeaderEpoch:
      return handle(ctx, connection, protocol::get<protocol::OffsetForLeaderEpochRequest>(message.body));
    case ApiKey::DeleteRecords:
      return handle(ctx, connection, protocol::get<protocol::DeleteRecordsRequest>(message.body));
    case ApiKey::ApiVersions:
      return respond(
          ctx, connection.id,
          protocol::ApiVersionsResponse{
              ErrorCode::NONE, zk_ ? 48 : 75});  // the number of ApiKeys for brokers, without telemetry, which needs a
                                                 // plugin
    case ApiKey::Metadata: return handle(ctx, connection, protocol::get<protocol::MetadataRequest>(message.body));
    case ApiKey::FindCoordinator:
      return handle(ctx, connection, protocol::get<protocol::FindCoordinatorRequest>(message.body));
    case ApiKey::InitProducerId:
      return handle(ctx, connection, protocol::get<protocol::InitProducerIdRequest>(message.body));
    case ApiKey::CreateTopics:
      if (zk_) return (void)dispatch_zookeeper(ctx, connection, message);
      return forward(ctx, connection, message.body);
    case ApiKey::IncrementalAlterConfigs:
      if (zk_) return (void)dispatch_zookeeper(ctx, connection, message);
      return handle(ctx, connection, protocol::get<protocol::IncrementalAlterConfigsRequest>(message.body));
    case ApiKey::JoinGroup:
      return handle_group(ctx, connection, protocol::get<protocol::JoinGroupRequest>(message.body));
    case ApiKey::SyncGroup:
      return handle_group(ctx, connection, protocol::get<protocol::SyncGroupRequest>(message.body));
    case ApiKey::Heartbeat:
      return handle_group(ctx, connection, protocol::get<protocol::HeartbeatRequest>(message.body));
    case ApiKey::ConsumerGroupHeartbeat:
      return handle_group(ctx, connection, protocol::get<protocol::ConsumerGroupHeartbeatRequest>(message.body));
    case ApiKey::ConsumerGroupDescribe:
      return handle_group(ctx, connection, protocol::get<protocol::ConsumerGroupDescribeRequest>(message.body));
    case ApiKey::LeaveGroup:
      return handle_group(ctx, connection, protocol::get<protocol::LeaveGroupRequest>(message.body));
    case ApiKey::OffsetCommit:
      return handle_group(ctx, connection, protocol::get<protocol::OffsetCommitRequest>(message.body));
    case ApiKey::OffsetFetch:
      return handle_group(ctx, connection, protocol::get<protocol::OffsetFetchRequest>(message.body));
    case ApiKey::OffsetDelete:
      return handle_group(ctx, connection, protocol::get<protocol::OffsetDeleteRequest>(message.body));
    case ApiKey::DeleteGroups:
      return handle_group(ctx, connection, protocol::get<protocol::DeleteGroupsRequest>(message.body));
    case ApiKey::ShareGroupHeartbeat:
      return handle_group(ctx, connection, protocol::get<protocol::ShareGroupHeartbeatRequest>(message.body));
    case ApiKey::ShareGroupDescribe:
      return handle_group(ctx, connection, protocol::get<protocol::ShareGroupDescribeRequest>(message.body));
    case ApiKey::DescribeShareGroupOffsets:
      return handle_group(ctx, connection, protocol::get<protocol::DescribeShareGroupOffsetsRequest>(message.body));
    case ApiKey::AlterShareGroupOffsets:
      return handle_group(ctx, connection, protocol::get<protocol::AlterShareGroupOffsetsRequest>(message.body));
    case ApiKey::DeleteShareGroupOffsets:
      return handle_group(ctx, connection, protocol::get<protocol::DeleteShareGroupOffsetsRequest>(message.body));
    case ApiKey::ShareFetch: return handle(ctx, connection, protocol::get<protocol::ShareFetchRequest>(message.body));
    case ApiKey::ShareAcknowledge:
      return handle(ctx, connection, protocol::get<protocol::ShareAcknowledgeRequest>(message.body));
    case ApiKey::InitializeShareGroupState:
      return handle_share_state(ctx, connection,
                                protocol::get<protocol::InitializeShareGroupStateRequest>(message.body));
    case ApiKey::ReadShareGroupState:
      return handle_share_state(ctx, connection, protocol::get<protocol::ReadShareGroupStateRequest>(message.body));
    case ApiKey::WriteShareGroupState:
      return handle_share_state(ctx, connection, protocol::get<protocol::WriteShareGroupStateRequest>(message.body));
    case ApiKey::ReadShareGroupStateSummary:
      return handle_share_state(ctx, connection,
                                protocol::get<protocol::ReadShareGroupStateSummaryRequest>(message.body));
    case ApiKey::DeleteShareGroupState:
      return handle_share_state(ctx, connection, protocol::get<protocol::DeleteShareGroupStateRequest>(message.body));
    default:
      if (zk_ && dispatch_zookeeper(ctx, connection, message)) return;
      return close_connection(ctx, connection.id);
  }
}

/// The coordinator may keep the handle as long as it likes; a connection handles one request at a time, so the handle
/// identifies the request.
template <class Request>
void Broker::handle_group(Ctx& ctx, Connection& connection, const Request& r) {
  CoordinatorHost host(*this, ctx);
  const std::uint64_t handle = static_cast<std::uint64_t>(connection.id.generation) << 32 | connection.id.slot;
  coordinator_.handle(host, handle, r);
}

}  // namespace kafkascope::broker
