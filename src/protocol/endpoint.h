// A broker's endpoints: its node, and its advertised.listeners. Kafka: EndPoint, Broker,
// KafkaConfig.effectiveAdvertisedListeners.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/ids.h"
#include "words/message.h"

namespace kafkascope::protocol {

class Config;

/// The place that stands for 127.0.0.1 in a response: the reader's own machine.
inline constexpr std::int32_t kLoopback = -2;

/// A place is the index of a node in the world and corresponds to host:port. Nearly every broker's endpoint is its own
/// node.
struct Endpoint {
  std::int32_t node = -1;
  bool misleads_brokers = false;  // the inter-broker listener is advertised as 127.0.0.1
  bool misleads_clients = false;  // the clients' listener is advertised as 127.0.0.1

  Endpoint() = default;
  Endpoint(std::int32_t at) : node(at) {}  // a node's index alone: no listener misleads
  std::int32_t for_brokers() const { return misleads_brokers ? kLoopback : node; }
  std::int32_t for_clients() const { return misleads_clients ? kLoopback : node; }
  bool misleads() const { return misleads_brokers || misleads_clients; }
  bool operator==(const Endpoint&) const = default;
};

/// The node at that place for `reader`.
inline sim::NodeId located(std::int32_t place, sim::NodeId reader) {
  return place == kLoopback ? reader : sim::NodeId{place};
}

/// A broker's advertised.listeners. If there are several, brokers use inter.broker.listener.name, and clients use the
/// first of the others.
struct AdvertisedListeners {
  /// NAME://host:port: the brokers' listener first, the clients' last. Empty: not configured, so the broker is reached
  /// by its own name.
  std::vector<std::string> urls;
  words::Message problem;  // why Kafka would not start with them, or why they are meaningless here; then the other
                           // fields are not valid
  words::Message remedy;

  Endpoint endpoint(std::int32_t node) const;
};
/// Parses the configuration of a broker named `host`.
AdvertisedListeners advertised_listeners(const Config& config, std::string_view host);

/// "INTERNAL" and "broker-2" of "INTERNAL://broker-2:9091"; empty if the text is not such an address.
std::string_view listener_name(std::string_view url);
std::string_view listener_host(std::string_view url);
/// Whether `host` denotes the local machine, by number or by name.
bool is_loopback(std::string_view host);

/// The configuration keys of listeners, as in server.properties.
inline constexpr std::string_view kListenerKeys[] = {"advertised.listeners", "inter.broker.listener.name",
                                                     "listener.security.protocol.map"};

}  // namespace kafkascope::protocol
