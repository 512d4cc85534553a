// What delays a record in send(): waiting for metadata or memory, and size limits.
#include <doctest/doctest.h>

#include "client/rig.h"
#include "protocol/facts_of_clients.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

TEST_CASE(
    "if buffer.memory is full, send() blocks for at most max.block.ms, delays later records and then throws BufferExhaustedException") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("buffer.memory", std::int64_t{65536});
  o.config.set("max.block.ms", std::int64_t{2000});
  o.rate_millionths = 1000'000000;
  o.value_size = 1000;
  const NodeId n = rig.add(o);
  rig.run_ms(500);
  rig.world.pause(NodeId{0});
  rig.run_ms(1500);
  CHECK(rig.producer(n).blocked_send() != nullptr);
  const std::int64_t sent = rig.producer(n).stats().sent;
  rig.run_ms(2400);
  CHECK(rig.producer(n).stats().sent == sent);
  CHECK(rig.producer(n).stats().failed == 0);
  rig.run_ms(2700);
  CHECK(rig.producer(n).stats().failed == 1);
  CHECK(rig.producer(n).stats().errors.at("BufferExhaustedException") == 1);
  CHECK(rig.watch.facts<fact::RecordFailed>()[0].exception == "BufferExhaustedException");
  rig.world.resume(NodeId{0});
  rig.run_ms(6000);
  CHECK(rig.producer(n).stats().acked > 3000);
  CHECK(rig.producer(n).stats().failed == 1);
}

TEST_CASE("for an unknown topic send() waits for metadata until max.block.ms and then throws TimeoutException") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.topic = "nowhere";
  o.config.set("max.block.ms", std::int64_t{3000});
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.produce(n, some(1));
  rig.run_ms(3050);
  CHECK(rig.producer(n).stats().failed == 0);
  rig.run_ms(3200);
  CHECK(rig.producer(n).stats().failed == 1);
  CHECK(rig.producer(n).stats().errors.at("TimeoutException") == 1);
  CHECK(rig.producer(n).stats().errors.at("UNKNOWN_TOPIC_OR_PARTITION") >= 3);
}

TEST_CASE("close() makes a send() that waits for metadata or memory throw a KafkaException") {
  for (const bool memory : {false, true}) {
    CAPTURE(memory);
    Rig rig;
    ProducerOptions o = producer_options();
    if (!memory) o.topic = "nowhere";
    o.config.set("buffer.memory", std::int64_t{20000});
    o.config.set("linger.ms", std::int64_t{0});
    const NodeId n = rig.add(o);
    rig.run_ms(100);
    if (memory) rig.broker().produce_delay = sim::seconds(5);
    rig.produce(n, some(4));
    if (memory) {
      rig.run_ms(110);
      for (int i = 0; i < 4; ++i) rig.produce(n, {record("k", std::string(9000, 'v'))});
    }
    rig.run_ms(2000);
    const std::int64_t sent = rig.producer(n).stats().sent;
    rig.act(n, [&](protocol::Context& ctx) { rig.producer(n).request_stop(ctx); });
    rig.run_ms(memory ? 20000 : 2100);
    CHECK_FALSE(rig.world.alive(n));
    CHECK(rig.producer(n).stats().sent == sent);
    CHECK(rig.producer(n).stats().errors.at("KafkaException") == 1);
  }
}

TEST_CASE("a sealed batch has the size that was counted for it") {
  Rig rig;
  const NodeId n = rig.add(producer_options());
  rig.run_ms(100);
  rig.produce(n, some(200));
  rig.run_ms(300);
  std::int32_t counted = 0;
  for (const auto& b : rig.broker().logs[orders(0)]) counted += b.data->size_bytes;
  CHECK(counted > 0);
  CHECK(rig.producer(n).accumulator().free_memory() == 33554432);  // all of buffer.memory is free again
}

TEST_CASE(
    "the size limit of a record counts its varints: batch overhead 61, record overhead 21, null key 1, value with its length, no headers 1") {
  for (const std::int64_t value : {1048576 - 61 - 21 - 1 - 3 - 1, 1048576 - 61 - 21 - 1 - 3 - 1 + 1}) {
    CAPTURE(value);
    Rig rig;
    ProducerOptions o = producer_options("big");
    o.rate_millionths = 1'000000;
    o.count = 1;
    o.value_size = value;
    const NodeId n = rig.add(o);
    rig.run_ms(500);
    CHECK(rig.producer(n).stats().failed == (61 + 21 + 1 + 3 + value + 1 > 1048576 ? 1 : 0));
  }
}

TEST_CASE("a record larger than max.request.size is refused before it is sent") {
  Rig rig;
  ProducerOptions o = producer_options("big");
  o.rate_millionths = 1'000000;
  o.count = 1;
  o.value_size = 2000000;
  const NodeId n = rig.add(o);
  rig.run_ms(500);
  CHECK(rig.producer(n).stats().errors.at("RecordTooLargeException") == 1);
  CHECK(rig.broker().of(api::Produce).empty());
  CHECK(rig.producer(n).stats().failed == 1);
}
