// Where a broker listens, and where its advertised.listeners say that it does. Kafka: EndPoint, Broker, KafkaConfig.effectiveAdvertisedListeners.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/ids.h"

namespace kafkascope::protocol {

class Config;

/// What 127.0.0.1 is where an answer gives a place: the machine of whoever reads it.
inline constexpr std::int32_t kLoopback = -2;

/// A place is the index of a node in the world, what host:port is in life. Nearly every broker is where it says it is.
struct Endpoint {
  std::int32_t node = -1;
  bool misleads_brokers = false;  // the inter-broker listener is advertised as 127.0.0.1
  bool misleads_clients = false;  // the one by which clients come is

  Endpoint() = default;
  Endpoint(std::int32_t at) : node(at) {}  // as a place, without a word more
  std::int32_t for_brokers() const { return misleads_brokers ? kLoopback : node; }
  std::int32_t for_clients() const { return misleads_clients ? kLoopback : node; }
  bool misleads() const { return misleads_brokers || misleads_clients; }
  bool operator==(const Endpoint&) const = default;
};

/// The node that a place means to `reader`.
inline sim::NodeId located(std::int32_t place, sim::NodeId reader) {
  return place == kLoopback ? reader : sim::NodeId{place};
}

/// A broker's advertised.listeners. Of several, brokers come by inter.broker.listener.name, clients by the first of the others.
struct AdvertisedListeners {
  std::vector<std::string>
      urls;             // NAME://host:port, the brokers' first, the clients' last; empty: not configured, its own name
  std::string problem;  // why Kafka would not start with them, or why they mean nothing here; then the rest is void
  std::string remedy;

  Endpoint endpoint(std::int32_t node) const;
};
/// As a broker called `host` reads them.
AdvertisedListeners advertised_listeners(const Config& config, std::string_view host);

/// "INTERNAL" and "broker-2" of "INTERNAL://broker-2:9091"; empty where the text is no such address.
std::string_view listener_name(std::string_view url);
std::string_view listener_host(std::string_view url);
/// This machine, by its number or its name.
bool is_loopback(std::string_view host);

/// The keys that say so, as a server.properties has them.
inline constexpr std::string_view kListenerKeys[] = {"advertised.listeners", "inter.broker.listener.name",
                                                     "listener.security.protocol.map"};

}  // namespace kafkascope::protocol
