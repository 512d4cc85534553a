#include "broker/inter_broker_channels.h"

#include <algorithm>
#include <utility>

#include "broker/timers.h"

namespace kafkascope::broker {
namespace {

using protocol::BrokerId;

/// Simplified: without jitter.
constexpr sim::Duration kBrokerReconnectBackoff = sim::milliseconds(50);

}  // namespace

void InterBrokerChannels::send(protocol::Context& ctx, const protocol::MetadataImage& image, BrokerId to,
                               protocol::Body body) {
  Channel& c = channels_[to];
  c.in_flight = true;
  c.unsent = std::move(body);
  c.expires = ctx.now() + request_timeout_;
  const bool sent = ctx.now() >= c.not_before && connect_and_send(ctx, image, to, c);
  if (!sent && ctx.now() >= c.not_before) c.not_before = ctx.now() + kBrokerReconnectBackoff;
  c.timer = ctx.set_timer_at(sent ? c.expires : std::min(c.expires, c.not_before), timer::kInterBroker,
                             timer::argument(index_, static_cast<std::uint32_t>(to)));
}

/// Returns false if there is no such broker.
bool InterBrokerChannels::connect_and_send(protocol::Context& ctx, const protocol::MetadataImage& image, BrokerId to,
                                           Channel& c) {
  if (!c.connection.valid() || !ctx.is_open(c.connection)) {
    const protocol::BrokerRegistration* broker = image.broker(to);
    if (broker == nullptr) return false;
    c.connection = ctx.connect(protocol::located(broker->endpoint.for_brokers(), ctx.self()));
  }
  c.correlation = next_correlation_++;
  ctx.send(c.connection, protocol::request(c.correlation, *std::exchange(c.unsent, std::nullopt)));
  return true;
}

bool InterBrokerChannels::owns(sim::ConnectionId connection) const {
  return std::any_of(channels_.begin(), channels_.end(),
                     [&](const auto& c) { return c.second.connection.valid() && c.second.connection == connection; });
}

std::optional<InterBrokerChannels::Completion> InterBrokerChannels::on_response(protocol::Context& ctx,
                                                                                sim::ConnectionId connection,
                                                                                const protocol::Message& message) {
  for (auto& [broker, c] : channels_) {
    if (c.connection != connection || !c.in_flight || c.unsent || c.correlation != message.correlation_id) continue;
    c.in_flight = false;
    ctx.cancel(c.timer);
    return Completion{broker, message.body};
  }
  return std::nullopt;
}

InterBrokerChannels::Completion InterBrokerChannels::fail(protocol::Context& ctx, BrokerId to, Channel& c) {
  c.connection = {};
  c.in_flight = false;
  c.unsent.reset();
  c.not_before = ctx.now() + kBrokerReconnectBackoff;
  ctx.cancel(c.timer);
  return {to, std::nullopt};
}

std::optional<InterBrokerChannels::Completion> InterBrokerChannels::on_disconnect(protocol::Context& ctx,
                                                                                  sim::ConnectionId connection) {
  for (auto& [broker, c] : channels_) {
    if (c.connection != connection) continue;
    if (c.in_flight) return fail(ctx, broker, c);
    c.connection = {};
    c.not_before = ctx.now() + kBrokerReconnectBackoff;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<InterBrokerChannels::Completion> InterBrokerChannels::on_timer(protocol::Context& ctx,
                                                                             const protocol::MetadataImage& image,
                                                                             std::uint64_t arg) {
  const auto to = static_cast<BrokerId>(static_cast<std::uint32_t>(arg));
  const auto it = channels_.find(to);
  if (it == channels_.end() || !it->second.in_flight) return std::nullopt;
  Channel& c = it->second;
  c.timer = {};
  if (ctx.now() >= c.expires || !c.unsent || !connect_and_send(ctx, image, to, c)) {
    if (c.connection.valid()) ctx.close(c.connection);
    return fail(ctx, to, c);
  }
  c.timer = ctx.set_timer_at(c.expires, timer::kInterBroker, arg);
  return std::nullopt;
}

}  // namespace kafkascope::broker
