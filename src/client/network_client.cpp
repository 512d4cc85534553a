#include "client/network_client.h"

#include <algorithm>
#include <utility>

#include "protocol/messages_data.h"

namespace kafkascope::client {

using protocol::Body;
using protocol::Message;
using sim::Instant;

NetworkOptions NetworkOptions::from(const Config& config) {
  NetworkOptions o;
  const auto ms = [&](std::string_view key) { return sim::milliseconds(config.number(key)); };
  o.request_timeout = ms("request.timeout.ms");
  o.reconnect = {ms("reconnect.backoff.ms"), ms("reconnect.backoff.max.ms")};
  if (config.version() != protocol::KafkaVersion::V2_5)
    o.setup_timeout = {ms("socket.connection.setup.timeout.ms"),
                       std::max(sim::Duration{}, ms("socket.connection.setup.timeout.max.ms"))};
  return o;
}

bool NetworkClient::can_send(ClientNodeId node) const {
  const auto it = connections_.find(node);
  return it != connections_.end() && it->second.state == State::Ready && it->second.throttled_until.us == 0 &&
         static_cast<int>(it->second.in_flight.size()) < options_.max_in_flight;
}
bool NetworkClient::connecting(ClientNodeId node) const {
  const auto it = connections_.find(node);
  return it != connections_.end() && it->second.state == State::Connecting;
}
bool NetworkClient::can_connect(ClientNodeId node, Instant now) const {
  const auto it = connections_.find(node);
  return it == connections_.end() || (it->second.state == State::Disconnected && now >= it->second.blocked_until);
}
bool NetworkClient::backing_off(ClientNodeId node, Instant now) const {
  const auto it = connections_.find(node);
  return it != connections_.end() && it->second.state == State::Disconnected && now < it->second.blocked_until;
}
Instant NetworkClient::last_attempt(ClientNodeId node) const {
  const auto it = connections_.find(node);
  return it == connections_.end() ? Instant{-1} : it->second.last_attempt;
}
int NetworkClient::in_flight(ClientNodeId node) const {
  const auto it = connections_.find(node);
  return it == connections_.end() ? 0 : static_cast<int>(it->second.in_flight.size());
}
std::vector<std::pair<ClientNodeId, int>> NetworkClient::in_flight_by_node() const {
  std::vector<std::pair<ClientNodeId, int>> out;
  for (const auto& [id, c] : connections_)
    if (!c.in_flight.empty()) out.emplace_back(id, static_cast<int>(c.in_flight.size()));
  return out;
}
std::optional<NetworkClient::OpenRequest> NetworkClient::next_timeout() const {
  std::optional<OpenRequest> first;
  for (const auto& [id, c] : connections_)
    for (const InFlight& request : c.in_flight)
      if (!first || request.expires_at < first->expires_at) first = OpenRequest{request.sent_at, request.expires_at};
  return first;
}
std::optional<NetworkClient::OpenRequest> NetworkClient::next_setup() const {
  std::optional<OpenRequest> first;
  for (const auto& [id, c] : connections_)
    if (c.state == State::Connecting && (!first || c.setup_deadline < first->expires_at))
      first = OpenRequest{c.last_attempt, c.setup_deadline};
  return first;
}
std::optional<NetworkClient::Queued> NetworkClient::in_flight_for(std::uint32_t purpose) const {
  for (const auto& [id, c] : connections_)
    for (std::size_t i = 0; i < c.in_flight.size(); ++i)
      if (c.in_flight[i].purpose == purpose) return Queued{c.endpoint, c.in_flight[i].sent_at, static_cast<int>(i)};
  return std::nullopt;
}
int NetworkClient::in_flight_total() const {
  int n = 0;
  for (const auto& [id, c] : connections_) n += static_cast<int>(c.in_flight.size());
  return n;
}

bool NetworkClient::owns(sim::ConnectionId connection) const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [&](const auto& c) { return c.second.state != State::Disconnected && c.second.id == connection; });
}

bool NetworkClient::ready(Ctx& ctx, const ClientNode& node) {
  if (node.id == kNoNode || !node.endpoint.valid()) return false;
  Connection& c = connections_[node.id];
  if (c.state == State::Ready)
    return c.throttled_until.us == 0 && static_cast<int>(c.in_flight.size()) < options_.max_in_flight;
  if (c.state == State::Connecting) return false;
  if (ctx.now() < c.blocked_until) {
    c.wanted = true;
    note_busy(node.id, c);
    return false;
  }
  c.wanted = false;
  c.endpoint = node.endpoint;
  c.last_attempt = ctx.now();
  c.id = ctx.connect(node.endpoint);
  node_by_slot_[c.id.slot] = node.id;
  if (!options_.probe) {
    c.state = State::Ready;
    return true;
  }
  c.state = State::Connecting;
  note_busy(node.id, c);
  c.setup_deadline = ctx.now() + options_.setup_timeout.after(c.setup_failures, ctx.random(sim::Stream::RetryBackoff));
  c.probe = next_correlation_++;
  ctx.send(c.id, protocol::request(c.probe, protocol::ApiVersionsRequest{}));
  return false;
}

bool NetworkClient::send(Ctx& ctx, ClientNodeId node, Body body, std::uint32_t purpose, std::uint64_t arg,
                         bool answered, std::optional<sim::Duration> timeout) {
  const auto it = connections_.find(node);
  if (it == connections_.end() || it->second.state != State::Ready) return false;
  Connection& c = it->second;
  const std::int32_t correlation = next_correlation_++;
  ctx.send(c.id, protocol::request(correlation, std::move(body)));
  if (answered) {
    c.in_flight.push_back(
        {correlation, purpose, arg, ctx.now(), ctx.now() + timeout.value_or(options_.request_timeout)});
    note_busy(node, c);
  }
  return true;
}

std::vector<Completed> NetworkClient::lost(Ctx& ctx, ClientNodeId node, Connection& c, bool timed_out) {
  std::vector<Completed> out;
  for (const InFlight& r : c.in_flight) out.push_back({node, r.purpose, r.arg, true, timed_out, r.sent_at, nullptr});
  c.in_flight.clear();
  c.setup_failures = c.state == State::Connecting ? c.setup_failures + 1 : 0;
  c.state = State::Disconnected;
  node_by_slot_.erase_key(c.id.slot);
  c.throttled_until = {0};
  c.id = {};
  c.setup_deadline = sim::kNever;
  c.last_attempt = ctx.now();
  c.blocked_until = ctx.now() + options_.reconnect.after(c.failed_attempts++, ctx.random(sim::Stream::RetryBackoff));
  return out;
}

std::vector<Completed> NetworkClient::disconnect(Ctx& ctx, ClientNodeId node, bool timed_out) {
  const auto it = connections_.find(node);
  if (it == connections_.end() || it->second.state == State::Disconnected) return {};
  ctx.close(it->second.id);
  return lost(ctx, node, it->second, timed_out);
}

void NetworkClient::close_all(Ctx& ctx) {
  for (auto& [id, c] : connections_)
    if (c.state != State::Disconnected) ctx.close(c.id);
  connections_.clear();
  node_by_slot_.clear();
  busy_.clear();
  ctx.cancel(timer_);
}

NetworkClient::Connection* NetworkClient::find(sim::ConnectionId connection, ClientNodeId& node) {
  const auto at = node_by_slot_.find(connection.slot);
  if (at == node_by_slot_.end()) return nullptr;
  Connection& c = connections_.find(at->second)->second;
  if (c.id != connection) return nullptr;
  node = at->second;
  return &c;
}

NetworkClient::Event NetworkClient::on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  Event event = receive(ctx, connection, message);
  if (options_.sleeps && event.mine) expire_requests(ctx, event);
  return event;
}

NetworkClient::Event NetworkClient::receive(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  Event event;
  ClientNodeId node = kNoNode;
  Connection* c = find(connection, node);
  if (!c || !message.is_response()) return event;
  event.mine = true;
  if (c->state == State::Connecting && message.correlation_id == c->probe) {
    event.connection_changed = true;
    if (const auto* known = protocol::get_if<protocol::ApiVersionsResponse>(&message.body);
        known != nullptr && known->error != protocol::ErrorCode::NONE) {
      event.lost = true;  // NetworkClient.handleApiVersionsResponse
      event.completed = disconnect(ctx, node, false);
      return event;
    }
    if (const auto* known = protocol::get_if<protocol::ApiVersionsResponse>(&message.body);
        known != nullptr && known->features_epoch > features_.epoch)
      features_ = {known->features_epoch, static_cast<protocol::TransactionVersion>(known->transaction_version)};
    c->state = State::Ready;
    c->setup_deadline = sim::kNever;
    c->failed_attempts = 0;
    c->setup_failures = 0;
    return event;
  }
  if (c->in_flight.empty() || c->in_flight.front().correlation_id != message.correlation_id) {
    // Brokers answer a connection's requests in order (InFlightRequests.completeNext).
    ctx.fault("responses of a connection come in the order of its requests");
    return event;
  }
  c->failed_attempts = 0;
  if (message.throttle_time_ms > 0) {  // NetworkClient.maybeThrottle
    c->throttled_until = std::max(c->throttled_until, ctx.now() + sim::milliseconds(message.throttle_time_ms));
    note_busy(node, *c);
    ++throttles_;
    throttled_ = throttled_ + sim::milliseconds(message.throttle_time_ms);
  }
  const InFlight r = c->in_flight.front();
  c->in_flight.erase(c->in_flight.begin());
  event.completed.push_back({node, r.purpose, r.arg, false, false, r.sent_at, &message.body});
  return event;
}

NetworkClient::Event NetworkClient::on_disconnect(Ctx& ctx, sim::ConnectionId connection) {
  Event event;
  ClientNodeId node = kNoNode;
  Connection* c = find(connection, node);
  if (!c) return event;
  event.mine = event.connection_changed = event.lost = true;
  event.completed = lost(ctx, node, *c, false);
  if (options_.sleeps) expire_requests(ctx, event);
  return event;
}

NetworkClient::Event NetworkClient::on_wake(Ctx& ctx) {
  Event event;
  expire_requests(ctx, event);
  return event;
}

/// A request that times out closes its connection, so all requests sent after it fail too (handleTimedOutRequests).
void NetworkClient::expire_requests(Ctx& ctx, Event& event) {
  const auto expired = [&](const Connection& c) {
    return std::any_of(c.in_flight.begin(), c.in_flight.end(),
                       [&](const InFlight& r) { return ctx.now() >= r.expires_at; });
  };
  if (std::none_of(busy_.begin(), busy_.end(),
                   [&](ClientNodeId node) { return expired(connections_.find(node)->second); }))
    return;
  for (auto& [node, c] : connections_)
    if (expired(c)) time_out(ctx, node, c, event);
}

void NetworkClient::time_out(Ctx& ctx, ClientNodeId node, Connection& c, Event& event) {
  ctx.close(c.id);
  for (const Completed& done : lost(ctx, node, c, true)) event.completed.push_back(done);
  event.connection_changed = event.lost = true;
}

NetworkClient::Event NetworkClient::on_timer(Ctx& ctx) {
  Event event;
  event.mine = true;
  for (auto& [node, c] : connections_) {
    if (c.wanted && ctx.now() >= c.blocked_until) {
      c.wanted = false;
      event.connection_changed = true;
    }
    if (c.state == State::Disconnected) continue;
    if (c.throttled_until.us > 0 && ctx.now() >= c.throttled_until) {
      c.throttled_until = {0};
      event.connection_changed = true;
    }
    if (c.state == State::Connecting && ctx.now() >= c.setup_deadline) time_out(ctx, node, c, event);
  }
  expire_requests(ctx, event);
  return event;
}

void NetworkClient::note_busy(ClientNodeId node, Connection& c) {
  if (!std::exchange(c.busy, true)) busy_.push_back(node);
}

void NetworkClient::arm(Ctx& ctx) {
  Instant due = sim::kNever;
  std::erase_if(busy_, [&](ClientNodeId node) {
    Connection& c = connections_.find(node)->second;
    Instant next = c.state != State::Disconnected ? c.setup_deadline : c.wanted ? c.blocked_until : sim::kNever;
    if (c.throttled_until.us > 0) next = std::min(next, c.throttled_until);
    if (options_.sleeps && !c.in_flight.empty()) next = std::min(next, ctx.now() + options_.request_timeout);
    if (!options_.sleeps)
      for (const InFlight& r : c.in_flight) next = std::min(next, r.expires_at);
    due = std::min(due, next);
    c.busy = next != sim::kNever;
    return !c.busy;
  });
  if (ctx.due(timer_) == due) return;
  ctx.cancel(timer_);
  if (due != sim::kNever) timer_ = ctx.set_timer_at(std::max(due, ctx.now()), options_.timer_kind);
}

}  // namespace kafkascope::client
