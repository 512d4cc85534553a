// Clients of Kafka 2.5 where they differ from today's: producers and consumers with that version's configuration.
#include <doctest/doctest.h>

#include "client/rig.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

namespace {

ProducerOptions old_producer() {
  ProducerOptions o = producer_options();
  o.config = Config(config_scope::kProducer, KafkaVersion::V2_5);
  return o;
}

ConsumerOptions old_consumer() {
  ConsumerOptions o = consumer_options();
  o.config = Config(config_scope::kConsumer, KafkaVersion::V2_5);
  o.config.set("group.id", std::string("billing"));
  return o;
}

std::vector<OutgoingRecord> plain(int n) {
  std::vector<OutgoingRecord> out;
  for (int i = 0; i < n; ++i) out.push_back(record(std::nullopt, std::to_string(i)));
  return out;
}

std::vector<ProduceRequest> produced(Rig& rig, int broker = 1) {
  std::vector<ProduceRequest> out;
  for (const FakeBroker::Seen& s : rig.broker(broker).of(api::Produce))
    out.push_back(protocol::get<ProduceRequest>(s.body));
  return out;
}

}  // namespace

TEST_CASE("2.5: the defaults are acks=1, no idempotence and no linger") {
  Rig rig;
  const NodeId n = rig.add(old_producer());
  rig.run_ms(100);
  rig.produce(n, plain(1));
  rig.run_ms(200);
  const auto sent = produced(rig);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].acks == 1);
  CHECK(sent[0].partitions[0].batch->producer_id == kNoProducerId);
  CHECK(rig.broker().of(api::InitProducerId).empty());
  CHECK((rig.watch.of(Trace::BatchSent)[0].line.time - Instant{100'000}).us < 2000);  // only the connection set-up
}

TEST_CASE("2.5: retries wait retry.backoff.ms each time (before KIP-580)") {
  Rig rig;
  const NodeId n = rig.add(old_producer());
  rig.run_ms(100);
  rig.broker().produce_errors = std::deque<ErrorCode>(5, ErrorCode::NOT_ENOUGH_REPLICAS);
  rig.produce(n, plain(1));
  rig.run_ms(3000);
  const auto sent = rig.watch.of(Trace::BatchSent);
  REQUIRE(sent.size() == 6);
  for (std::size_t i = 0; i < 5; ++i) {
    const std::int64_t gap = gap_ms(sent, i);
    CAPTURE(i);
    CHECK(gap >= 100);  // no jitter
    CHECK(gap <= 102);
  }
}

TEST_CASE(
    "2.5: a refused batch waits for its whole pause, even if its partition gets a new leader (before KAFKA-15415)") {
  for (const bool old : {false, true}) {
    Rig rig(2, 1);
    ProducerOptions o = old ? old_producer() : producer_options();
    if (!old) o.config.set("linger.ms", std::int64_t{0});
    o.config.set("retry.backoff.ms", std::int64_t{1000});
    const NodeId n = rig.add(o);
    rig.run_ms(100);
    rig.produce(n, plain(1));
    rig.run_ms(200);
    rig.lead(0, 2, 1);
    rig.broker(2).logs = rig.broker(1).logs;
    rig.broker(1).leader_hint = true;  // both clients get the hint; only today's client uses it immediately
    rig.produce(n, plain(1));
    rig.run_ms(700);
    CAPTURE(old);
    CHECK((produced(rig, 2).empty()) == old);
    rig.run_ms(2500);
    CHECK(produced(rig, 2).size() == 1);
  }
}

TEST_CASE(
    "2.5: records without a key go to one partition per batch, not per batch.size bytes (KIP-480, before KIP-794)") {
  std::set<std::int32_t> today, then;
  for (const bool old : {false, true}) {
    Rig rig(1, 8);
    ProducerOptions o = old ? old_producer() : producer_options();
    o.rate_millionths = 10'000000;  // one record per batch; a batch of 16384 bytes would need 160 records
    o.count = 40;
    rig.add(o);
    rig.run_ms(6000);
    for (int p = 0; p < 8; ++p)
      if (!rig.broker().records(orders(p)).empty()) (old ? then : today).insert(p);
  }
  CHECK(today.size() == 1);
  CHECK(then.size() > 3);
}

TEST_CASE("2.5: RoundRobinPartitioner skips every other partition if each record starts a batch (KAFKA-9965)") {
  for (const bool old : {false, true}) {
    CAPTURE(old);
    Rig rig(1, 2);
    ProducerOptions o = old ? old_producer() : producer_options();
    o.config.set("partitioner.class", std::string("org.apache.kafka.clients.producer.RoundRobinPartitioner"));
    o.rate_millionths = 10'000000;
    o.count = 20;
    rig.add(o);
    rig.run_ms(4000);
    CHECK(rig.broker().records(orders(0)).size() == (old ? 0 : 10));
    CHECK(rig.broker().records(orders(1)).size() == (old ? 20 : 10));
  }
}

TEST_CASE(
    "2.5: a buffer that is full for max.block.ms throws a TimeoutException and does not count as exhausted (BufferPool.allocate)") {
  for (const bool old : {false, true}) {
    CAPTURE(old);
    Rig rig;
    ProducerOptions o = old ? old_producer() : producer_options();
    o.config.set("buffer.memory", std::int64_t{20000});
    o.config.set("max.block.ms", std::int64_t{500});
    const NodeId n = rig.add(o);
    rig.run_ms(100);
    rig.broker().silent = true;
    std::vector<OutgoingRecord> large;
    for (int i = 0; i < 3; ++i) large.push_back(record(std::nullopt, std::string(12000, 'x')));
    rig.produce(n, large);
    rig.run_ms(1000);
    CHECK(rig.producer(n).stats().errors.contains(old ? "TimeoutException" : "BufferExhaustedException"));
    CHECK((rig.producer(n).stats().metrics.producer.buffer_exhausted_total == 0) == old);
  }
}

TEST_CASE("2.5: a refused producer id is fatal (before KAFKA-13668); send() still takes records, and they fail") {
  for (const bool old : {false, true}) {
    CAPTURE(old);
    Rig rig;
    ProducerOptions o = old ? old_producer() : producer_options();
    if (old) o.config.set("acks", std::string("all"));
    if (old) o.config.set("enable.idempotence", true);
    rig.broker().init_errors = {ErrorCode::CLUSTER_AUTHORIZATION_FAILED, ErrorCode::CLUSTER_AUTHORIZATION_FAILED};
    const NodeId n = rig.add(o);
    rig.run_ms(1);
    rig.produce(n, plain(1));
    rig.run_ms(2000);
    rig.produce(n, plain(2));
    rig.run_ms(4000);
    const ClientStats& stats = rig.producer(n).stats();
    CHECK(stats.acked == (old ? 0 : 2));
    CHECK(stats.failed == (old ? 3 : 1));
    CHECK(stats.errors.count("KafkaException") == 0);
    CHECK(rig.broker().of(api::InitProducerId).size() == (old ? 1 : 3));
  }
}

TEST_CASE("2.5: ILLEGAL_GENERATION also resets the member id (resetGeneration); in 4.1 the member keeps it") {
  for (const bool old : {false, true}) {
    CAPTURE(old);
    Rig rig;
    const ConsumerOptions o = old ? old_consumer() : consumer_options();
    rig.add(o);
    rig.run_ms(6000);
    const std::size_t before = rig.broker().of(api::JoinGroup).size();
    rig.broker().heartbeat_errors = {ErrorCode::ILLEGAL_GENERATION};
    rig.run_ms(12000);
    const auto joins = rig.broker().of(api::JoinGroup);
    REQUIRE(joins.size() > before);
    CHECK(protocol::get<JoinGroupRequest>(joins[before].body).member_id.empty() == old);
  }
}

TEST_CASE("2.5: a member sends no heartbeat between JoinGroup and SyncGroup (MemberState); in 4.1 it does") {
  for (const bool old : {false, true}) {
    CAPTURE(old);
    Rig rig;
    const ConsumerOptions o = old ? old_consumer() : consumer_options();
    rig.broker().sync_answers = false;
    rig.add(o);
    rig.run_ms(15000);
    REQUIRE(rig.broker().of(api::SyncGroup).size() == 1);
    CHECK(rig.broker().of(api::Heartbeat).empty() == old);
  }
}

TEST_CASE("2.5: a consumer's session timeout is ten seconds by default, and its only assignor is range") {
  Rig rig;
  const ConsumerOptions o = old_consumer();
  rig.add(o);
  rig.run_ms(1000);
  const auto joins = rig.broker().of(api::JoinGroup);
  REQUIRE(!joins.empty());
  const auto& join = protocol::get<JoinGroupRequest>(joins.front().body);
  CHECK(join.session_timeout_ms == 10000);
  REQUIRE(join.protocols.size() == 1);
  CHECK(join.protocols[0].name == "range");
}

TEST_CASE(
    "2.5: a consumer fetches from a node while records of one of its partitions are still buffered (before KAFKA-17182)") {
  Rig rig(1, 2);
  for (int i = 0; i < 30; ++i) {
    RecordBatch b;
    Record r;
    r.value = "v";
    r.timestamp_ms = sim::kEpochMs;
    b.records.push_back(r);
    rig.broker().append(orders(i == 0 ? 0 : 1), seal(std::move(b)));
  }
  ConsumerOptions o;
  o.client_id = "c";
  o.config = Config(config_scope::kConsumer, KafkaVersion::V2_5);
  o.config.set("auto.offset.reset", std::string("earliest"));
  o.config.set("max.poll.records", std::int64_t{2});
  o.assign = {{"orders", 0}, {"orders", 1}};
  o.work.each = sim::milliseconds(500);
  rig.add(o);
  rig.run_ms(1500);
  const auto before = rig.broker().of(api::Fetch).size();
  rig.run_ms(4000);
  CHECK(rig.broker().of(api::Fetch).size() > before);
}

TEST_CASE("2.5: a consumer keeps reading from a follower after errors and a lost connection (before KAFKA-14379)") {
  for (const KafkaVersion version : {KafkaVersion::V2_5, KafkaVersion::V4_1}) {
    const bool old = version == KafkaVersion::V2_5;
    CAPTURE(old);
    Rig rig(2, 1);
    rig.broker(1).preferred = 2;
    rig.broker(2).follower = true;
    ConsumerOptions o;
    o.client_id = "c";
    o.config = Config(config_scope::kConsumer, version);
    o.config.set("client.rack", std::string("b"));
    o.config.set("auto.offset.reset", std::string("earliest"));
    o.assign = {{"orders", 0}};
    rig.add(o);
    rig.run_ms(2000);
    const auto at_leader = [&] { return rig.broker(1).of(api::Fetch).size(); };
    REQUIRE(at_leader() == 1);
    rig.broker(2).fetch_errors = {ErrorCode::NOT_LEADER_OR_FOLLOWER};
    rig.run_ms(4000);
    REQUIRE(rig.broker(2).fetch_errors.empty());
    CHECK(at_leader() == (old ? 1 : 2));
    rig.kill(NodeId{1});
    rig.run_ms(5000);
    rig.restart(NodeId{1});
    rig.run_ms(8000);
    CHECK(at_leader() == (old ? 1 : 3));
    rig.broker(2).fetch_errors = {ErrorCode::OFFSET_OUT_OF_RANGE};
    const auto before = at_leader();
    rig.run_ms(10000);
    CHECK(at_leader() == before + 1);
  }
}

TEST_CASE(
    "2.5: a producer with idempotence gets acks=all, which is not the default (ProducerConfig.maybeOverrideAcksAndRetries)") {
  Rig rig;
  ProducerOptions o = old_producer();
  o.config.set("enable.idempotence", true);
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.produce(n, plain(1));
  rig.run_ms(200);
  const auto sent = produced(rig);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].acks == -1);
  CHECK(sent[0].partitions[0].batch->producer_id != kNoProducerId);
}

TEST_CASE(
    "2.5: a request that is not answered within request.timeout.ms throws a NetworkException, like a lost connection (Sender.handleProduceResponse)") {
  for (const bool old : {false, true}) {
    CAPTURE(old);
    Rig rig;
    ProducerOptions o = old ? old_producer() : producer_options();
    o.config.set("retries", std::int64_t{0});
    o.config.set("request.timeout.ms", std::int64_t{1000});
    const NodeId n = rig.add(o);
    rig.run_ms(100);
    rig.produce(n, plain(1));
    rig.run_ms(500);  // connected
    rig.broker().silent = true;
    rig.produce(n, plain(3));
    rig.run_ms(3000);
    const auto& thrown = rig.producer(n).stats().thrown;
    REQUIRE(thrown.has_value());
    CHECK(thrown->class_name == (old ? "NetworkException" : "TimeoutException"));
    CHECK(rig.producer(n).stats().errors.at(thrown->class_name) == 3);  // a callback for each record
  }
}
