// Producers: batching, acknowledgement, retries, time-outs, and the application that uses them.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "client/rig.h"
#include "protocol/facts_of_clients.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

namespace {
std::vector<std::string> values(const std::vector<RecordView>& records) {
  std::vector<std::string> out;
  for (const RecordView& r : records) out.emplace_back(r.value.value_or("<null>"));
  return out;
}
}  // namespace

TEST_CASE("records are sent at start, start + 1/rate and so on, until count is reached") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.rate_millionths = 20'000000;
  o.count = 10;
  const NodeId n = rig.add(o);
  rig.run_ms(3000);
  const auto sent = rig.watch.of(Trace::RecordSent);
  REQUIRE(sent.size() == 10);
  for (int i = 0; i < 10; ++i) {
    CHECK(sent[static_cast<std::size_t>(i)].line.time.us == (i == 0 ? sent[0].line.time.us : 50000 * i));
    CHECK(as<fact::RecordSent>(sent[static_cast<std::size_t>(i)].line).number == i);
  }
  CHECK(rig.producer(n).stats().acked == 10);
  CHECK(rig.producer(n).stats().latency.percentile(500) > 5000);  // includes linger.ms=5
  CHECK(rig.producer(n).stats().latency.percentile(500) < 20000);
  CHECK(rig.broker().records(orders(0)).size() == 10);
  CHECK(rig.broker().records(orders(0))[3].filler == 100);
}

TEST_CASE("linger.ms: records that are sent within this time share a batch") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("linger.ms", std::int64_t{20});
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.produce(n, some(3));
  rig.run_ms(115);
  CHECK(rig.broker().of(api::Produce).empty());
  rig.produce(n, some(2));
  rig.run_ms(200);
  REQUIRE(rig.broker().of(api::Produce).size() == 1);
  CHECK(rig.watch.facts<fact::BatchSent>()[0].count == 5);
  CHECK(rig.watch.of(Trace::BatchSent)[0].line.time.us >= 120000);  // 20 ms after the first of them
  CHECK(rig.watch.of(Trace::BatchSent)[0].line.time.us < 125000);   // includes the handshake of the first connection
}

TEST_CASE("batch.size: a full batch does not wait for linger.ms") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("linger.ms", std::int64_t{10000});
  o.config.set("batch.size", std::int64_t{1000});
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  std::vector<OutgoingRecord> list;
  for (int i = 0; i < 4; ++i) list.push_back(record(std::nullopt, std::string(300, 'x')));  // three fit into 1000 bytes
  rig.produce(n, list);
  rig.run_ms(200);
  REQUIRE(rig.broker().of(api::Produce).size() == 1);
  CHECK(rig.broker().records(orders(0)).size() == 3);
  CHECK(rig.broker().logs[orders(0)][0].data->size_bytes <= 1000);
  rig.run_ms(10200);
  CHECK(rig.broker().records(orders(0)).size() == 4);
}

TEST_CASE("acks=0: a record counts as acknowledged when it is written to the connection, without an answer") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("acks", std::string("0"));
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.produce(n, some(3));
  rig.run_ms(200);
  const auto sent = rig.watch.of(Trace::BatchSent), acked = rig.watch.of(Trace::BatchAcked);
  REQUIRE(acked.size() == 1);
  CHECK(acked[0].line.time == sent[0].line.time);
  CHECK(as<fact::BatchAcked>(acked[0].line).base_offset.value == -1);
  CHECK(protocol::get<ProduceRequest>(rig.broker().of(api::Produce)[0].body).acks == 0);
  CHECK(rig.broker().logs[orders(0)][0].data->base_sequence == -1);  // idempotence is dropped when acks conflicts
  CHECK(rig.producer(n).stats().acked == 3);
}

TEST_CASE("idempotence: InitProducerId precedes the first batch, and sequences count the records of each partition") {
  Rig rig(1, 2);
  const NodeId n = rig.add(producer_options());
  rig.run_ms(100);
  rig.produce(n, some(3, "user-1"));
  rig.run_ms(200);
  rig.produce(n, some(2, "user-1"));
  rig.run_ms(300);
  const int p = partition_for_key("user-1", 2);
  const auto& log = rig.broker().logs[orders(p)];
  REQUIRE(log.size() == 2);
  CHECK(log[0].data->producer_id == 1000);
  CHECK(log[0].data->producer_epoch == 0);
  CHECK(log[0].data->base_sequence == 0);
  CHECK(log[1].data->base_sequence == 3);
  CHECK(rig.broker().of(api::InitProducerId).size() == 1);
  CHECK(rig.broker().of(api::InitProducerId)[0].at < rig.broker().of(api::Produce)[0].at);
  CHECK(log[0].data->client == n.index);
}

TEST_CASE("KIP-98: a batch whose answer is lost is sent again, and the broker recognizes it") {
  Rig rig;
  const NodeId n = rig.add(producer_options());
  rig.run_ms(100);
  sim::MessageFilter answer;
  answer.from = {NodeId{0}};
  answer.to = {n};
  answer.codes = {static_cast<std::uint16_t>(static_cast<int>(api::Produce) * 2 + 1)};
  rig.world.lose(answer, 1);
  rig.produce(n, some(3));
  rig.run_ms(2000);
  CHECK(rig.broker().duplicates == 1);
  CHECK(rig.broker().records(orders(0)).size() == 3);
  CHECK(rig.producer(n).stats().acked == 3);
  CHECK(rig.watch.of(Trace::BatchRetried).size() == 1);
  CHECK(rig.watch.facts<fact::BatchRetried>()[0].error == ErrorCode::NETWORK_EXCEPTION);
  CHECK(rig.watch.facts<fact::BatchAcked>()[0].base_offset.value == 0);  // the original offset
}

TEST_CASE("without idempotence a lost answer duplicates the records") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("enable.idempotence", false);
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.world.lose({{NodeId{0}}, {n}, {static_cast<std::uint16_t>(1)}}, 1);  // Produce 0 × 2 + 1
  rig.produce(n, some(1));
  rig.run_ms(2000);
  CHECK(values(rig.broker().records(orders(0))) == std::vector<std::string>{"0", "0"});
  CHECK(rig.producer(n).stats().acked == 1);
}

TEST_CASE("KIP-580: retries wait 100 ms, then twice as long, with jitter 0.2, at most 1 s") {
  Rig rig;
  const NodeId n = rig.add(producer_options());
  rig.run_ms(100);
  rig.broker().produce_errors = std::deque<ErrorCode>(6, ErrorCode::NOT_ENOUGH_REPLICAS);
  rig.produce(n, some(1));
  rig.run_ms(10000);
  const auto sent = rig.watch.of(Trace::BatchSent);
  REQUIRE(sent.size() == 7);
  const std::int64_t wanted[] = {100, 200, 400, 800, 1000, 1000};
  for (std::size_t i = 0; i < 6; ++i) {
    const std::int64_t gap = gap_ms(sent, i);
    CAPTURE(i);
    CHECK(gap >= wanted[i] * 8 / 10);
    CHECK(gap <= std::min<std::int64_t>(wanted[i] * 12 / 10, 1000) + 2);
    CHECK(as<fact::BatchSent>(sent[i + 1].line).attempt == static_cast<std::int64_t>(i) + 1);
  }
  CHECK(rig.producer(n).stats().errors.at("NOT_ENOUGH_REPLICAS") == 6);
  CHECK(rig.producer(n).stats().acked == 1);
}

TEST_CASE("KIP-951: the error names the new leader, to which the batch is retried without a pause") {
  Rig rig(2, 1);
  const NodeId n = rig.add(producer_options());
  rig.run_ms(100);
  rig.produce(n, some(1));
  rig.run_ms(200);
  rig.lead(0, 2, 1);
  rig.broker(2).logs = rig.broker(1).logs;
  rig.broker(1).leader_hint = true;
  rig.produce(n, some(1));
  rig.run_ms(260);  // well before the backoff of 80 ms after the refusal has passed
  CHECK(rig.broker(2).records(orders(0)).size() == 2);
  CHECK(rig.producer(n).metadata().partition(orders(0)).leader == 2);
  CHECK(rig.producer(n).metadata().partition(orders(0)).leader_epoch.value == 1);
  CHECK(rig.producer(n).stats().errors.at("NOT_LEADER_OR_FOLLOWER") == 1);
}

TEST_CASE(
    "when a leader crashes the connection is reset, the producer refreshes its metadata, and the new leader gets the batch") {
  Rig rig(3, 1);
  ProducerOptions o = producer_options();
  o.rate_millionths = 20'000000;
  const NodeId n = rig.add(o);
  rig.run_ms(1000);
  rig.kill(NodeId{0});
  rig.run_ms(3000);
  const std::int64_t before = rig.producer(n).stats().acked;
  rig.broker(2).logs = rig.broker(1).logs;
  rig.lead(0, 2, 1);
  rig.run_ms(5000);
  CHECK(rig.producer(n).stats().acked > before + 60);
  CHECK(rig.producer(n).stats().failed == 0);
  std::vector<std::uint32_t> numbers;
  for (const RecordView& r : rig.broker(2).records(orders(0))) numbers.push_back(r.number);
  CHECK(std::is_sorted(numbers.begin(), numbers.end()));
  CHECK(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
  // Backoffs limit reconnections and metadata requests to a few a second while the leader is away.
  const auto asked = rig.broker(2).of(api::Metadata).size() + rig.broker(3).of(api::Metadata).size() +
                     rig.broker(2).of(api::ApiVersions).size() + rig.broker(3).of(api::ApiVersions).size();
  CHECK(asked < 30);
}

TEST_CASE(
    "a connection begins with ApiVersions, and is closed when that is answered with an error (NetworkClient.handleApiVersionsResponse)") {
  Rig rig;
  rig.broker().api_errors = {ErrorCode::UNKNOWN_SERVER_ERROR};
  ProducerOptions o = producer_options();
  o.rate_millionths = 20'000000;
  const NodeId n = rig.add(o);
  rig.run_ms(3000);
  const auto& seen = rig.broker().seen;
  REQUIRE(seen.size() > 2);
  CHECK(seen[0].api == api::ApiVersions);
  CHECK(seen[1].api == api::ApiVersions);  // from the second attempt: the first connection carried nothing else
  CHECK(seen[1].at - seen[0].at >= sim::milliseconds(40));  // reconnect.backoff.ms: 50 plus or minus a fifth
  CHECK(rig.producer(n).stats().acked > 0);
}

TEST_CASE("KIP-91: delivery.timeout.ms ends retries, and the batch fails with a TimeoutException") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("delivery.timeout.ms", std::int64_t{2000});
  o.config.set("request.timeout.ms", std::int64_t{1000});
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.broker().silent = true;
  rig.produce(n, some(2));
  rig.run_ms(5000);
  REQUIRE(rig.watch.of(Trace::BatchFailed).size() == 1);
  CHECK(rig.watch.of(Trace::BatchFailed)[0].line.time.us == 100000 + 2000000);
  CHECK(rig.watch.facts<fact::BatchFailed>()[0].exception == "TimeoutException");
  CHECK(rig.producer(n).stats().failed == 2);
  CHECK(rig.producer(n).stats().errors.at("TimeoutException") >= 1);
}

TEST_CASE("request.timeout.ms closes the connection and the batch is sent again") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("request.timeout.ms", std::int64_t{1000});
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.broker().swallow_produce_answers = true;
  rig.produce(n, some(1));
  rig.run_ms(500);
  rig.broker().swallow_produce_answers = false;
  rig.run_ms(3000);
  CHECK(rig.producer(n).stats().acked == 1);
  CHECK(rig.watch.facts<fact::BatchRetried>()[0].error == ErrorCode::REQUEST_TIMED_OUT);
  CHECK(rig.broker().records(orders(0)).size() == 1);
}

TEST_CASE("when the first of five batches in flight is refused, idempotence keeps the order") {
  sim::WorldOptions slow;
  slow.link.latency = sim::Latency::uniform(sim::milliseconds(20), sim::milliseconds(20));
  Rig rig(1, 1, slow);
  ProducerOptions o = producer_options();
  o.config.set("linger.ms", std::int64_t{0});
  o.rate_millionths = 100'000000;
  o.count = 50;
  const NodeId n = rig.add(o);
  rig.run_ms(300);
  rig.broker().produce_errors = {ErrorCode::NOT_LEADER_OR_FOLLOWER};
  rig.run_ms(5000);
  std::vector<std::uint32_t> numbers;
  for (const RecordView& r : rig.broker().records(orders(0))) numbers.push_back(r.number);
  REQUIRE(numbers.size() == 50);
  CHECK(std::is_sorted(numbers.begin(), numbers.end()));
  CHECK(rig.producer(n).stats().acked == 50);
  CHECK(rig.producer(n).stats().errors.at("OUT_OF_ORDER_SEQUENCE_NUMBER") >= 1);
}

TEST_CASE("without idempotence, if the first of five batches in flight is refused, it is appended after the others") {
  sim::WorldOptions slow;
  slow.link.latency = sim::Latency::uniform(sim::milliseconds(20), sim::milliseconds(20));
  Rig rig(1, 1, slow);
  ProducerOptions o = producer_options();
  o.config.set("linger.ms", std::int64_t{0});
  o.config.set("enable.idempotence", false);
  o.config.set("acks", std::string("1"));
  o.rate_millionths = 100'000000;
  o.count = 50;
  rig.add(o);
  rig.run_ms(300);
  rig.broker().produce_errors = {ErrorCode::NOT_LEADER_OR_FOLLOWER};
  rig.run_ms(5000);
  std::vector<std::uint32_t> numbers;
  for (const RecordView& r : rig.broker().records(orders(0))) numbers.push_back(r.number);
  CHECK(numbers.size() == 50);
  CHECK_FALSE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_CASE("max.in.flight.requests.per.connection=1 keeps the order without idempotence") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("linger.ms", std::int64_t{0});
  o.config.set("enable.idempotence", false);
  o.config.set("max.in.flight.requests.per.connection", std::int64_t{1});
  o.rate_millionths = 1000'000000;
  o.count = 100;
  rig.add(o);
  rig.broker().produce_delay = sim::milliseconds(20);
  rig.run_ms(60);
  rig.broker().produce_errors = {ErrorCode::NOT_LEADER_OR_FOLLOWER};
  rig.run_ms(5000);
  std::vector<std::uint32_t> numbers;
  for (const RecordView& r : rig.broker().records(orders(0))) numbers.push_back(r.number);
  REQUIRE(numbers.size() == 100);
  CHECK(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_CASE(
    "max.in.flight.requests.per.connection=1: later batches wait for a refused one at the new leader as well (RecordAccumulator.mutePartition)") {
  Rig rig(2, 1);
  ProducerOptions o = producer_options();
  o.config.set("linger.ms", std::int64_t{0});
  o.config.set("enable.idempotence", false);
  o.config.set("max.in.flight.requests.per.connection", std::int64_t{1});
  o.config.set("metadata.max.age.ms", std::int64_t{50});
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.broker(1).produce_delay = sim::milliseconds(400);
  rig.broker(1).produce_errors = {ErrorCode::NOT_LEADER_OR_FOLLOWER};
  rig.produce(n, {record("a")});
  rig.run_ms(110);
  rig.lead(0, 2, 1);
  rig.run_ms(300);
  rig.produce(n, {record("b")});
  rig.run_ms(3000);
  std::vector<std::string> keys;
  for (const RecordView& r : rig.broker(2).records(orders(0))) keys.emplace_back(*r.key);
  CHECK(keys == std::vector<std::string>{"a", "b"});
}

TEST_CASE("at most max.in.flight.requests.per.connection requests are under way") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("linger.ms", std::int64_t{0});
  o.rate_millionths = 1000'000000;
  const NodeId n = rig.add(o);
  rig.broker().swallow_produce_answers = true;
  rig.run_ms(1000);
  CHECK(rig.broker().of(api::Produce).size() == 5);
  CHECK(rig.producer(n).in_flight() > 0);
  CHECK(rig.producer(n).waiting() > 500);
}

TEST_CASE("KIP-360: the client raises its epoch when the broker refuses its sequence") {
  Rig rig;
  const NodeId n = rig.add(producer_options());
  rig.run_ms(100);
  rig.produce(n, some(2));
  rig.run_ms(200);
  rig.broker().logs.clear();  // the partition's log, and with it the producer's state, is lost: sequence 2 is refused
  rig.produce(n, some(1));
  rig.run_ms(2000);
  REQUIRE(rig.broker().logs[orders(0)].size() == 1);
  CHECK(rig.broker().logs[orders(0)][0].data->producer_epoch == 1);
  CHECK(rig.broker().logs[orders(0)][0].data->base_sequence == 0);
  CHECK(rig.producer(n).stats().acked == 3);
}

TEST_CASE("an error that is not retriable fails the batch, and the epoch is raised for the next") {
  Rig rig;
  const NodeId n = rig.add(producer_options());
  rig.run_ms(100);
  rig.broker().produce_errors = {ErrorCode::INVALID_RECORD};
  rig.produce(n, some(2));
  rig.run_ms(200);
  CHECK(rig.producer(n).stats().failed == 2);
  CHECK(rig.watch.facts<fact::BatchFailed>()[0].exception == "InvalidRecordException");
  rig.produce(n, some(1));
  rig.run_ms(400);
  CHECK(rig.producer(n).stats().acked == 1);
  CHECK(rig.broker().logs[orders(0)][0].data->producer_epoch == 1);
}

TEST_CASE("Sender.failBatch: the records of a refused batch get exceptions of their own") {
  using Counts = std::map<std::string, std::int64_t>;
  const auto errors_with = [](std::vector<protocol::RecordError> refused, bool old) {
    Rig rig;
    ProducerOptions o = producer_options();
    if (old) o.config = Config(config_scope::kProducer, protocol::KafkaVersion::V2_5);
    o.config.set("enable.idempotence", false);
    o.config.set("linger.ms", std::int64_t{50});
    const NodeId n = rig.add(o);
    rig.run_ms(100);
    rig.broker().produce_errors = {ErrorCode::INVALID_TIMESTAMP};
    rig.broker().record_errors = std::move(refused);
    rig.produce(n, some(3));
    rig.run_ms(300);
    Counts out(rig.producer(n).stats().errors.begin(), rig.producer(n).stats().errors.end());
    out.erase("INVALID_TIMESTAMP");
    CHECK(rig.producer(n).stats().failed == 3);
    return out;
  };
  CHECK(errors_with({}, false) == Counts{{"InvalidTimestampException", 3}});
  CHECK(errors_with({{1, "late"}}, false) == Counts{{"InvalidTimestampException", 1}, {"KafkaException", 2}});
  CHECK(errors_with({{0, "late"}, {2, "no key"}}, false) ==
        Counts{{"InvalidRecordException", 2}, {"KafkaException", 1}});
  CHECK(errors_with({{0, "late"}, {2, "no key"}}, true) == Counts{{"InvalidTimestampException", 3}});
}

TEST_CASE("send().get() sends one record and waits for its answer before it sends the next") {
  sim::WorldOptions slow;
  slow.link.latency = sim::Latency::uniform(sim::milliseconds(5), sim::milliseconds(5));
  Rig rig(1, 1, slow);
  ProducerOptions o = producer_options();
  o.config.set("linger.ms", std::int64_t{0});
  o.send = SendMode::Sync;
  o.rate_millionths = 500'000000;
  const NodeId n = rig.add(o);
  rig.run_ms(4000);
  CHECK(rig.producer(n).stats().acked > 380);
  CHECK(rig.producer(n).stats().acked < 400);
  for (const auto& b : rig.broker().logs[orders(0)]) CHECK(b.data->count() == 1);
}

TEST_CASE("stop: close() sends the batches that linger, then the process exits") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.config.set("linger.ms", std::int64_t{60000});
  const NodeId n = rig.add(o);
  rig.run_ms(100);
  rig.produce(n, some(5));
  rig.run_ms(200);
  rig.act(n, [&](protocol::Context& ctx) { rig.producer(n).request_stop(ctx); });
  CHECK(rig.world.state(n) == sim::NodeState::ShuttingDown);
  rig.run_ms(300);
  CHECK(rig.broker().records(orders(0)).size() == 5);
  CHECK(rig.world.state(n) == sim::NodeState::Stopped);
  CHECK(rig.producer(n).stats().acked == 5);
}

TEST_CASE("after kill and start a producer has a new producer id, and its record numbers continue") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.rate_millionths = 10'000000;
  const NodeId n = rig.add(o);
  rig.run_ms(1050);
  rig.kill(n);
  rig.run_ms(2000);
  CHECK(rig.producer(n).stats().sent == 11);
  rig.restart(n);
  rig.run_ms(3000);
  CHECK(rig.broker().of(api::InitProducerId).size() == 2);
  const auto sent = rig.watch.facts<fact::RecordSent>();
  REQUIRE(sent.size() > 15);
  for (std::size_t i = 0; i < sent.size(); ++i) CHECK(sent[i].number == static_cast<std::int64_t>(i));
}

TEST_CASE("the act behave sets a new rate from that moment on") {
  Rig rig;
  ProducerOptions o = producer_options();
  o.rate_millionths = 1'000000;
  const NodeId n = rig.add(o);
  rig.run_ms(2500);
  CHECK(rig.producer(n).stats().sent == 3);
  rig.act(n, [&](protocol::Context& ctx) {
    ProducerBehavior b;
    b.rate_millionths = 100'000000;
    rig.producer(n).behave(ctx, b);
  });
  rig.run_ms(3505);
  CHECK(rig.producer(n).stats().sent >= 102);
  CHECK(rig.producer(n).stats().sent <= 104);
}

TEST_CASE("latency percentiles are exact to the width of a bucket; the maximum is exact") {
  LatencyHistogram h;
  for (int i = 1; i <= 1000; ++i) h.add(i * 100);
  CHECK(h.count() == 1000);
  CHECK(h.max() == 100000);
  CHECK(h.percentile(500) >= 50000);
  CHECK(h.percentile(500) <= 52000);
  CHECK(h.percentile(990) >= 99000);
  CHECK(h.percentile(990) <= 100000);
  CHECK(LatencyHistogram().percentile(500) == 0);
}

TEST_CASE("exceptions have Kafka's names") {
  CHECK(exception_name(ErrorCode::NOT_LEADER_OR_FOLLOWER) == "NotLeaderOrFollowerException");
  CHECK(exception_name(ErrorCode::REQUEST_TIMED_OUT) == "TimeoutException");
  CHECK(exception_name(ErrorCode::NETWORK_EXCEPTION) == "NetworkException");
  CHECK(exception_name(ErrorCode::MESSAGE_TOO_LARGE) == "RecordTooLargeException");
}

TEST_CASE("a connection attempt without an answer is given up after socket.connection.setup.timeout.ms") {
  Rig rig(2, 1);
  ProducerOptions o = producer_options();
  const NodeId n = rig.add(o);
  rig.run_ms(1000);
  rig.world.network().partition({n}, {NodeId{0}});  // before the first connection to the leader itself
  rig.produce(n, some(1));
  rig.run_ms(9000);
  CHECK(rig.producer(n).waiting() == 1);  // not drained into a connection that gets no answers
  CHECK(rig.producer(n).in_flight() == 0);
  rig.broker(2).logs = rig.broker(1).logs;
  rig.lead(0, 2, 1);
  rig.run_ms(14000);
  CHECK(rig.producer(n).stats().acked == 1);
  CHECK(rig.broker(2).records(orders(0)).size() == 1);
}

TEST_CASE("null keys and values reach the broker as null") {
  Rig rig;
  const NodeId n = rig.add(producer_options());
  rig.run_ms(100);
  rig.produce(n, {record(std::nullopt, std::nullopt), record("k", "")});
  rig.run_ms(200);
  const auto r = rig.broker().records(orders(0));
  REQUIRE(r.size() == 2);
  CHECK_FALSE(r[0].value.has_value());
  CHECK_FALSE(r[0].key.has_value());
  CHECK(r[1].value == "");
}

TEST_CASE("KIP-899: when every known broker is gone the client starts again with its bootstrap servers") {
  Rig rig;
  const NodeId n = rig.add(producer_options());
  rig.run_ms(500);
  rig.kill(NodeId{0});
  rig.run_ms(3000);
  rig.produce(n, some(1));
  rig.run_ms(5000);
  rig.restart(NodeId{0});
  rig.run_ms(9000);
  CHECK(rig.producer(n).stats().acked == 1);
  CHECK(rig.producer(n).metadata().nodes()[0].id == 1);
}

TEST_CASE("KIP-899: with metadata.recovery.strategy=none the client asks only the brokers that it knows") {
  Rig rig(2);
  ProducerOptions o = producer_options();
  o.config.set("metadata.recovery.strategy", std::string("none"));
  rig.broker(1).cluster.brokers.pop_back();  // the client learns of broker 1 alone
  rig.broker(2).cluster.brokers.erase(rig.broker(2).cluster.brokers.begin() + 1);
  const NodeId n = rig.add(o);
  rig.run_ms(500);
  rig.kill(NodeId{0});
  rig.lead(0, 2, 1);
  const std::size_t before = rig.broker(2).seen.size();
  rig.produce(n, some(1));
  rig.run_ms(20000);
  CHECK(rig.broker(2).seen.size() == before);
  CHECK(rig.producer(n).stats().acked == 0);
}

TEST_CASE("a copied world of clients runs on identically") {
  Rig rig(2, 3);
  ProducerOptions o = producer_options();
  o.rate_millionths = 200'000000;
  o.keys = {KeyOptions::Kind::Uniform, "k", 20, 0, {}};
  rig.add(o);
  rig.run_ms(1000);
  auto copy = rig.world;
  copy.attach(nullptr);
  rig.run_ms(3000);
  copy.run_until(Instant{3000000});
  CHECK(copy.digest() == rig.world.digest());
}
