#include "protocol/endpoint.h"
#include "protocol/config.h"

#include <doctest/doctest.h>

namespace kafkascope::protocol {
namespace {

AdvertisedListeners read(const char* advertised, const char* inter = nullptr, const char* map = nullptr) {
  Config config(config_scope::kServer);
  config.set("advertised.listeners", std::string(advertised));
  if (inter != nullptr) config.set("inter.broker.listener.name", std::string(inter));
  if (map != nullptr) config.set("listener.security.protocol.map", std::string(map));
  return advertised_listeners(config, "broker-2");
}

constexpr const char* kMap = "INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT,OTHER:PLAINTEXT";

}  // namespace

TEST_CASE("advertised.listeners: a wrong address misleads the clients or brokers that use its listener") {
  const Endpoint plain = advertised_listeners(Config(config_scope::kServer), "broker-2").endpoint(7);
  CHECK(plain == Endpoint(7));
  CHECK_FALSE(plain.misleads());
  CHECK(read("PLAINTEXT://broker-2:9092").endpoint(7) == plain);

  const Endpoint wrong = read("PLAINTEXT://127.0.0.1:9092").endpoint(7);
  CHECK(located(wrong.for_clients(), {3}) == sim::NodeId{3});
  CHECK(located(wrong.for_brokers(), {4}) == sim::NodeId{4});

  const Endpoint clients = read("EXTERNAL://localhost:9092,INTERNAL://broker-2:9091", "INTERNAL", kMap).endpoint(7);
  CHECK(located(clients.for_clients(), {3}) == sim::NodeId{3});
  CHECK(located(clients.for_brokers(), {4}) == sim::NodeId{7});
}

TEST_CASE("advertised.listeners: brokers use the inter-broker listener, and clients use the first of the others") {
  const AdvertisedListeners three =
      read("EXTERNAL://broker-2:9092,INTERNAL://broker-2:9091,OTHER://127.0.0.1:9093", "INTERNAL", kMap);
  REQUIRE(three.problem.empty());
  CHECK(three.urls.front() == "INTERNAL://broker-2:9091");
  CHECK(three.urls.back() == "EXTERNAL://broker-2:9092");
  CHECK_FALSE(three.endpoint(7).misleads());
}

TEST_CASE("advertised.listeners: values that keep Kafka from starting are refused") {
  for (const char* bad : {"broker-2:9092", "PLAINTEXT://:9092", "PLAINTEXT://broker-2", "PLAINTEXT://broker-2:0",
                          "PLAINTEXT://0.0.0.0:9092", "PLAINTEXT://broker-2:9092,PLAINTEXT://broker-2:9093",
                          "EXTERNAL://broker-2:9092", "SSL://broker-2:9092", "PLAINTEXT://broker-3:9092"}) {
    CAPTURE(bad);
    CHECK_FALSE(read(bad).problem.empty());
    CHECK_FALSE(read(bad).remedy.empty());
  }
  CHECK_FALSE(read("EXTERNAL://broker-2:9092", "INTERNAL", kMap).problem.empty());
  CHECK(read("EXTERNAL://broker-2:9092", "EXTERNAL", kMap).problem.empty());
}

}  // namespace kafkascope::protocol
