// A broker's connections when their clients close them. Kafka: SocketServer, Selector.closingChannels.
#include "protocol/messages_data.h"
#include "support.h"

using namespace broker_test;

namespace {

/// A follower that never fetches, and a client with several requests on one connection: the first waits in the purgatory, the others wait
/// in the socket.
struct Waiting : Stage {
  explicit Waiting(std::initializer_list<int> acks_of_others) {
    send(kSecond, produce_request(batch(1), -1, kTimeoutMs));
    for (const int acks : acks_of_others) send(kSecond, produce_request(batch(1), acks, kTimeoutMs));
    run_ms(5);
    REQUIRE(end() == 1);
    REQUIRE(broker().produce_purgatory().size() == 1);
  }
  void end_client(sim::Death how) {
    command([&] { world.kill(kSecond, how); });
    run_ms(5);
  }
  int unread() {
    int n = 0;
    broker().connections().for_each_queued([&](const Message&) { ++n; });
    return n;
  }
  static constexpr int kTimeoutMs = 1500;
};

}  // namespace

TEST_CASE("a request that has arrived on a closed connection is still read") {
  Waiting s{-1, -1, -1};
  s.end_client(sim::Death::Stop);
  CHECK(s.end() == 1);
  CHECK(s.unread() == 3);
  s.run_ms(Waiting::kTimeoutMs);  // the first answer goes to a connection that its client has stopped reading
  CHECK(s.end() == 2);
  CHECK(s.unread() == 2);
  s.run_ms(Waiting::kTimeoutMs);  // the second answer cannot be sent
  CHECK(s.unread() == 0);
  CHECK(s.broker().produce_purgatory().size() == 0);
  s.run_ms(2 * Waiting::kTimeoutMs);
  CHECK(s.end() == 2);
  CHECK(s.broker().metrics().requests[broker::row_of(api::Produce)].count == 2);
}

TEST_CASE("all requests without an answer are read from a closed connection") {
  Waiting s{0, 0, -1, 0, 0};
  s.end_client(sim::Death::Stop);
  s.run_ms(Waiting::kTimeoutMs);
  CHECK(s.end() == 4);
  CHECK(s.unread() == 2);
  s.run_ms(Waiting::kTimeoutMs);
  CHECK(s.end() == 4);
  CHECK(s.unread() == 0);
  Waiting all{0, 0, 0};
  all.end_client(sim::Death::Stop);
  all.run_ms(Waiting::kTimeoutMs);
  CHECK(all.end() == 4);
}

TEST_CASE("the first answer cannot be sent into a connection that was reset, so nothing more is read") {
  Waiting s{-1, -1};
  s.end_client(sim::Death::Crash);
  CHECK(s.unread() == 2);  // the broker has not noticed yet
  s.run_ms(Waiting::kTimeoutMs);
  CHECK(s.unread() == 0);
  s.run_ms(3 * Waiting::kTimeoutMs);
  CHECK(s.end() == 1);
}

TEST_CASE("all requests are read if they are answered before the client's machine can send a reset") {
  Waiting s{1, 1, 1};
  s.end_client(sim::Death::Stop);
  s.run_ms(Waiting::kTimeoutMs);
  CHECK(s.end() == 4);
  CHECK(s.unread() == 0);
  s.run_ms(Waiting::kTimeoutMs);
  CHECK(s.broker().metrics().requests[broker::row_of(api::Produce)].count == 4);
}

TEST_CASE("a client that reconnects has a new connection while its closed one still exists") {
  Waiting s{-1};
  s.end_client(sim::Death::Stop);
  s.command([&] { s.world.restart(Stage::kSecond); });
  s.run_ms(5);
  s.send(Stage::kSecond, MetadataRequest{});
  s.run_ms(5);
  CHECK(s.peer(Stage::kSecond).got<MetadataResponse>().size() == 1);
  CHECK(s.unread() == 1);
  s.run_ms(Waiting::kTimeoutMs);
  CHECK(s.end() == 2);
  CHECK(s.peer(Stage::kSecond).got<ProduceResponse>().empty());
}

TEST_CASE(
    "a connection that a quota mutes is read again only after the throttle time, even if its client has closed it") {
  Stage s;
  ClientQuotaRecord quota{"client-id:<default>", "producer_byte_rate", 50'000'000, false};  // 50 bytes/s
  s.commit({quota});
  for (int i = 0; i < 3; ++i) s.send(Stage::kSecond, Stage::produce_request(batch(100), 1, 1500));
  s.run_ms(5);
  REQUIRE(s.peer(Stage::kSecond).inbox.size() == 1);
  REQUIRE(s.end() == 100);
  const std::int32_t muted_ms = s.peer(Stage::kSecond).inbox[0].message.throttle_time_ms;
  REQUIRE(muted_ms > 1000);
  s.command([&] { s.world.kill(Stage::kSecond, sim::Death::Stop); });
  s.run_ms(muted_ms - 100);
  CHECK(s.end() == 100);
  s.run_ms(200);
  CHECK(s.end() == 200);
}
