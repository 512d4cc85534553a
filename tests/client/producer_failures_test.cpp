// What an application learns when a producer fails: fatal errors and the exceptions' messages.
// The messages of the exceptions that a consumer's application gets.
#include <doctest/doctest.h>

#include "client/consumers.h"
#include "client/rig.h"
#include "protocol/facts_of_clients.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

TEST_CASE(
    "CLUSTER_AUTHORIZATION_FAILED for a batch is fatal: all waiting and sent batches fail, and so does every send() until the next start") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("batch.size", std::int64_t{1});  // one request per record
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.broker().produce_errors = {ErrorCode::CLUSTER_AUTHORIZATION_FAILED};
  rig.produce(n, some(8));  // five in flight, three waiting
  rig.run_ms(1000);
  const Producer& p = rig.producer(n);
  CHECK(p.stats().acked == 0);
  CHECK(p.stats().failed == 8);
  CHECK(p.waiting() == 0);
  CHECK(p.accumulator().free_memory() == p.accumulator().options().buffer_memory);
  for (const auto& f : rig.watch.facts<fact::BatchFailed>()) CHECK(f.exception == "ClusterAuthorizationException");
  const std::size_t requests = rig.broker().of(api::Produce).size();
  rig.produce(n, some(3));
  rig.run_ms(5000);
  CHECK(p.stats().failed == 11);
  CHECK(p.stats().errors.at("KafkaException") == 3);
  CHECK(rig.broker().of(api::Produce).size() == requests);
  CHECK(rig.broker().of(api::InitProducerId).size() == 1);
  rig.kill(n);
  rig.restart(n);
  rig.run_ms(5100);
  rig.produce(n, some(2));
  rig.run_ms(6000);
  CHECK(p.stats().acked == 2);
}

TEST_CASE("without idempotence CLUSTER_AUTHORIZATION_FAILED fails only its batch") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("enable.idempotence", false);
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.broker().produce_errors = {ErrorCode::CLUSTER_AUTHORIZATION_FAILED};
  rig.produce(n, some(1));
  rig.run_ms(500);
  rig.produce(n, some(1));
  rig.run_ms(1000);
  CHECK(rig.producer(n).stats().failed == 1);
  CHECK(rig.producer(n).stats().acked == 1);
}

TEST_CASE("delivery.timeout.ms at its default rises to linger.ms + request.timeout.ms; an explicit value stays") {
  Config config = producer_options().config;
  config.set("request.timeout.ms", std::int64_t{150000});
  CHECK(AccumulatorOptions::from(config).delivery_timeout == sim::milliseconds(150005));
  config.set("request.timeout.ms", std::int64_t{1000});
  CHECK(AccumulatorOptions::from(config).delivery_timeout == sim::milliseconds(120000));
}

TEST_CASE(
    "send() with a value of a class that the serializer does not accept throws SerializationException with Kafka's message") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("value.serializer", std::string("org.apache.kafka.common.serialization.LongSerializer"));
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.produce(n, {record("kim", "fifteen hundred")});
  rig.run_ms(200);
  const auto& thrown = rig.producer(n).stats().thrown;
  REQUIRE(thrown.has_value());
  CHECK(thrown->class_name == "SerializationException");
  CHECK(
      thrown->message ==
      "Can't convert value of class java.lang.String to class org.apache.kafka.common.serialization.LongSerializer specified in value.serializer");
}

TEST_CASE("CommitFailedException and NoOffsetForPartitionException carry Kafka's messages") {
  Rig none;
  fill(none, 0, 10);
  ConsumerOptions o = consumer_options();
  o.config.set("auto.offset.reset", std::string("none"));
  const NodeId without = none.add(o);
  none.run_ms(8000);
  REQUIRE(none.consumer(without).stats().thrown);
  CHECK(none.consumer(without).stats().thrown->message ==
        "Undefined offset with no reset policy for partitions: [orders-0]");

  Rig slow;
  fill(slow, 0, 2, 2);
  o = earliest();
  o.commit = CommitMode::SyncAfter;
  o.config.set("max.poll.interval.ms", std::int64_t{10000});
  o.work.by_key = {{"k0", sim::seconds(15)}};
  const NodeId late = slow.add(o);
  slow.run_ms(32100);
  REQUIRE(slow.consumer(late).stats().thrown);
  CHECK(slow.consumer(late).stats().thrown->message.find("the consumer is not part of an active group") !=
        std::string::npos);
}
