// Consumers: positions, fetching, commits, and the effects of the application's processing time.
#include <doctest/doctest.h>

#include "client/consumers.h"
#include "protocol/facts_of_clients.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

TEST_CASE("assign() without a group: the consumer reads every record once, from the earliest on and in order") {
  Rig rig;
  fill(rig, 0, 10, 3);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  std::int64_t expected = 0;
  for (const Line& l : rig.watch.of(Trace::RecordDelivered)) {
    const auto delivered = as<fact::RecordDelivered>(l.line);
    CHECK(delivered.first_offset.value == expected);
    CHECK(delivered.group == "@reader");
    CHECK(l.batch);
    expected = delivered.last_offset.value + 1;
  }
  CHECK(expected == 10);
  CHECK(rig.consumer(n).stats().received == 10);
  CHECK(rig.consumer(n).stats().processed == 10);
  CHECK(rig.consumer(n).positions().at(orders(0)).value == 10);
  CHECK(rig.broker().of(api::JoinGroup).empty());
  CHECK(rig.broker().of(api::OffsetFetch).empty());
  CHECK_FALSE(rig.world.faulted());
}

TEST_CASE("auto.offset.reset=latest: the consumer begins at the log end") {
  Rig rig;
  fill(rig, 0, 10);
  ConsumerOptions o = assigned();
  o.config.set("auto.offset.reset", std::string("latest"));
  const NodeId n = rig.add(o);
  rig.run_ms(1000);
  CHECK(rig.consumer(n).stats().received == 0);
  CHECK(rig.consumer(n).positions().at(orders(0)).value == 10);
}

TEST_CASE("by_duration: ListOffsets asks for the offset at the given time before now (KIP-1106)") {
  Rig rig;
  fill(rig, 0, 10);
  ConsumerOptions o = assigned();
  o.config.set("auto.offset.reset", std::string("by_duration:PT1M30S"));
  rig.add(o);
  rig.run_ms(1000);
  const auto asked = rig.broker().of(api::ListOffsets);
  REQUIRE_FALSE(asked.empty());
  const std::int64_t timestamp = protocol::get<ListOffsetsRequest>(asked[0].body).partitions[0].timestamp;
  CHECK(timestamp >= sim::kEpochMs - 90000);
  CHECK(timestamp <= sim::kEpochMs - 89000);
}

TEST_CASE("auto.offset.reset=none: poll() throws NoOffsetForPartitionException") {
  Rig rig;
  fill(rig, 0, 10);
  ConsumerOptions o = consumer_options();
  o.config.set("auto.offset.reset", std::string("none"));
  const NodeId n = rig.add(o);
  rig.run_ms(8000);
  CHECK(rig.consumer(n).stats().received == 0);
  CHECK(rig.consumer(n).stats().errors.at("NoOffsetForPartitionException") >= 1);
  CHECK(rig.consumer(n).stats().errors.at("NoOffsetForPartitionException") < 10);
}

TEST_CASE("max.poll.records: a poll returns at most that many records, even from the middle of a batch") {
  Rig rig;
  fill(rig, 0, 10, 10);
  ConsumerOptions o = assigned();
  o.config.set("max.poll.records", std::int64_t{4});
  o.work.each = sim::milliseconds(10);
  rig.add(o);
  rig.run_ms(1000);
  CHECK(deliveries(rig.watch) == std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 3}, {4, 7}, {8, 9}});
  CHECK(rig.broker().of(api::Fetch).size() >= 2);
}

TEST_CASE("processing takes a fixed time per record, or one set for the key") {
  Rig rig;
  fill(rig, 0, 3, 3);
  ConsumerOptions o = assigned();
  o.work.each = sim::milliseconds(10);
  o.work.by_key = {{"k1", sim::milliseconds(500)}};
  rig.add(o);
  rig.run_ms(2000);
  const auto done = rig.watch.of(Trace::RecordProcessed);
  REQUIRE(done.size() == 3);
  const Instant start = rig.watch.of(Trace::RecordDelivered)[0].line.time;
  CHECK((done[0].line.time - start).us == 10000);
  CHECK((done[1].line.time - start).us == 510000);
  CHECK((done[2].line.time - start).us == 520000);
  CHECK(as<fact::RecordProcessed>(done[1].line).offset.value == 1);
}

TEST_CASE(
    "the consumer sends one fetch ahead while the application works, and the next one when the application polls again") {
  Rig rig;
  fill(rig, 0, 1);
  ConsumerOptions o = assigned();
  o.work.each = sim::seconds(2);
  rig.add(o);
  rig.run_ms(500);
  REQUIRE(rig.watch.of(Trace::RecordDelivered).size() == 1);
  fill(rig, 0, 1);  // the append does not wake the fetch, which is answered when its wait time ends
  rig.run_ms(1900);
  CHECK(rig.broker().of(api::Fetch).size() == 2);
  CHECK(rig.watch.of(Trace::RecordDelivered).size() == 1);
  rig.run_ms(2200);
  CHECK(rig.watch.of(Trace::RecordDelivered).size() == 2);
}

TEST_CASE("at most one Fetch per node is under way") {
  Rig rig(1, 3);
  ConsumerOptions o = assigned();
  o.assign = {{"orders", 0}, {"orders", 1}, {"orders", 2}};
  const NodeId n = rig.add(o);
  rig.run_ms(3000);
  CHECK(rig.consumer(n).in_flight() == 1);
  const auto fetches = rig.broker().of(api::Fetch);
  CHECK(protocol::get<FetchRequest>(fetches.back().body).partitions.size() == 3);
  CHECK(fetches.size() <= 8);  // fetch.max.wait.ms 500
}

TEST_CASE("auto commit: poll() commits the positions when 5 s have passed") {
  Rig rig;
  fill(rig, 0, 20);
  rig.add(earliest());
  rig.run_ms(8000);
  CHECK(rig.broker().of(api::OffsetCommit).empty());
  rig.run_ms(8500);
  REQUIRE(rig.broker().of(api::OffsetCommit).size() == 1);
  CHECK(rig.broker().committed.at(orders(0)).value == 20);
}

TEST_CASE("auto commit waits for the next poll while the application works") {
  Rig rig;
  fill(rig, 0, 20);
  ConsumerOptions o = earliest();
  o.work.each = sim::seconds(1);
  o.config.set("max.poll.records", std::int64_t{10});
  rig.add(o);
  rig.run_ms(12900);  // assigned at 3 s; the first ten records take 10 s of work
  CHECK(rig.broker().of(api::OffsetCommit).empty());
  rig.run_ms(13300);
  CHECK(rig.broker().committed.at(orders(0)).value == 10);
}

TEST_CASE("commit modes: sync_after commits after the work, sync_before commits before it, and none never commits") {
  for (const CommitMode mode :
       {CommitMode::SyncAfter, CommitMode::SyncBefore, CommitMode::AsyncAfter, CommitMode::None}) {
    CAPTURE(static_cast<int>(mode));
    Rig rig;
    fill(rig, 0, 10, 10);
    ConsumerOptions o = earliest();
    o.commit = mode;
    o.work.each = sim::milliseconds(100);
    const NodeId n = rig.add(o);
    rig.run_ms(3500);  // while the application works
    CHECK(rig.consumer(n).stats().processed > 0);
    CHECK(rig.broker().committed.contains(orders(0)) == (mode == CommitMode::SyncBefore));
    rig.run_ms(6000);
    CHECK(rig.broker().committed.contains(orders(0)) == (mode != CommitMode::None));
    CHECK(rig.consumer(n).stats().processed == 10);
  }
}

TEST_CASE("a restarted member reads on from the committed offset") {
  Rig rig;
  fill(rig, 0, 10, 5);
  ConsumerOptions o = earliest();
  o.commit = CommitMode::SyncAfter;
  const NodeId n = rig.add(o);
  rig.run_ms(4000);
  rig.kill(n);
  fill(rig, 0, 3);
  rig.broker().members.clear();  // the member's session has ended
  rig.broker().generation = 0;
  rig.restart(n);
  rig.run_ms(9000);
  CHECK(rig.consumer(n).stats().received == 13);
  CHECK(rig.watch.facts<fact::PositionSet>().back().offset.value == 10);
  CHECK(rig.watch.facts<fact::PositionSet>().back().reason == fact::PositionReason::Committed);
}

TEST_CASE("commitSync repeats retriable errors, commitAsync does not") {
  for (const CommitMode mode : {CommitMode::SyncAfter, CommitMode::AsyncAfter}) {
    Rig rig;
    fill(rig, 0, 1);
    ConsumerOptions o = earliest();
    o.commit = mode;
    const NodeId n = rig.add(o);
    rig.broker().commit_errors = {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS};
    rig.run_ms(6000);
    const bool sync = mode == CommitMode::SyncAfter;
    CHECK(rig.broker().of(api::OffsetCommit).size() == (sync ? 3 : 1));
    CHECK(rig.broker().committed.contains(orders(0)) == sync);
    CHECK(rig.consumer(n).stats().errors.contains("RetriableCommitFailedException") == !sync);
  }
}

TEST_CASE("an unexpected error of a commit is a KafkaException, even a retriable one (OffsetCommitResponseHandler)") {
  for (const ErrorCode error : {ErrorCode::GROUP_ID_NOT_FOUND, ErrorCode::NOT_ENOUGH_REPLICAS}) {
    CAPTURE(name(error));
    Rig rig;
    fill(rig, 0, 1);
    ConsumerOptions o = earliest();
    o.commit = CommitMode::SyncAfter;
    const NodeId n = rig.add(o);
    rig.broker().commit_errors = {error};
    rig.run_ms(8000);
    CHECK(rig.broker().of(api::OffsetCommit).size() == 1);
    CHECK(rig.consumer(n).stats().errors.at("KafkaException") == 1);
  }
}

TEST_CASE(
    "commitSync() ends with a TimeoutException after default.api.timeout.ms, even while a request is unanswered") {
  Rig rig(2);
  fill(rig, 0, 1);
  for (int b : {1, 2}) rig.broker(b).cluster.coordinator = 2;
  ConsumerOptions o = earliest("c-1", "billing");
  o.topics.clear();
  o.assign = {{"orders", 0}};
  o.work.each = sim::seconds(2);
  o.commit = CommitMode::SyncAfter;
  o.config.set("default.api.timeout.ms", std::int64_t{5000});
  const NodeId n = rig.add(o);
  rig.run_ms(2000);
  rig.broker(2).silent = true;
  rig.run_ms(3000);
  REQUIRE(rig.broker(2).of(api::OffsetCommit).size() == 1);
  const sim::Instant asked = rig.broker(2).of(api::OffsetCommit)[0].at;
  rig.run_ms(asked.us / 1000 + 4900);
  CHECK_FALSE(rig.consumer(n).stats().errors.contains("TimeoutException"));
  rig.run_ms(asked.us / 1000 + 5000);
  CHECK(rig.consumer(n).stats().errors.at("TimeoutException") == 1);
}

TEST_CASE(
    "an OffsetFetch with a retriable error is retried with growing pauses; an unexpected error ends poll() with a KafkaException") {
  Rig rig;
  fill(rig, 0, 3);
  rig.broker().offset_errors = std::deque<ErrorCode>(4, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  rig.broker().offset_errors.push_back(ErrorCode::GROUP_ID_NOT_FOUND);
  const NodeId n = rig.add(earliest());
  rig.run_ms(9000);
  const auto asked = rig.broker().of(api::OffsetFetch);
  REQUIRE(asked.size() == 6);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::int64_t ms = (asked[i + 1].at - asked[i].at).us / 1000;
    CHECK(ms >= (100 << i) * 8 / 10);
    CHECK(ms <= std::min(1000, (100 << i) * 12 / 10) + 5);
  }
  CHECK(rig.consumer(n).stats().errors.at("KafkaException") == 1);
  CHECK(rig.consumer(n).stats().received == 3);
}

TEST_CASE(
    "the exception for a record that cannot be deserialized names it; in 2.5 it has no class and does not say whether the key failed (KIP-334, KIP-1036)") {
  for (const bool old : {false, true}) {
    CAPTURE(old);
    Rig rig;
    rig.produce(rig.add(producer_options()), {record("kim", "12345678"), record("kim", "fifteen hundred")});
    rig.run_ms(500);
    ConsumerOptions o = consumer_options("c-1", "");
    o.topics.clear();
    o.assign = {{"orders", 0}};
    if (old) o.config = Config(config_scope::kConsumer, KafkaVersion::V2_5);
    o.config.set("auto.offset.reset", std::string("earliest"));
    o.config.set("value.deserializer", std::string("org.apache.kafka.common.serialization.LongDeserializer"));
    const NodeId n = rig.add(o);
    rig.run_ms(1500);
    const ClientStats& stats = rig.consumer(n).stats();
    CHECK(stats.received == 1);
    REQUIRE(stats.thrown.has_value());
    CHECK(stats.thrown->class_name == (old ? "SerializationException" : "RecordDeserializationException"));
    CHECK(stats.thrown->message ==
          std::string("Error deserializing ") + (old ? "key/value" : "VALUE") +
              " for partition orders-0 at offset 1. If needed, please seek past the record to continue consumption.");
    CHECK(stats.thrown->cause == "SerializationException: Size of data received by LongDeserializer is not 8");
  }
}

TEST_CASE(
    "a fetch's metrics count its records when the application has taken all of them, by the records' own bytes (FetchMetricsAggregator)") {
  Rig rig;
  const NodeId shop = rig.add(producer_options());
  rig.run_ms(100);
  rig.produce(shop, {record("k", "v"), record("k", "v"), record("k", "v"), record("k", "v")});
  rig.run_ms(500);
  ConsumerOptions o = consumer_options("c-1", "");
  o.topics.clear();
  o.assign = {{"orders", 0}};
  o.config.set("auto.offset.reset", std::string("earliest"));
  o.config.set("max.poll.records", std::int64_t{3});
  o.work.each = sim::seconds(1);
  const NodeId n = rig.add(o);
  rig.run_ms(1500);  // the application has three of the four records
  const ConsumerMetrics& m = rig.consumer(n).stats().metrics.consumer;
  CHECK(rig.consumer(n).stats().received == 3);
  CHECK(m.fetch_total == 1);
  CHECK(m.bytes_consumed_total == 0);
  rig.run_ms(4000);
  CHECK(m.records_consumed_total == 4);
  CHECK(m.bytes_consumed_total == rig.broker().logs[orders(0)][0].data->size_bytes - 61);
  CHECK(m.fetch_size.most_us(rig.world.now()) == m.bytes_consumed_total);
}

TEST_CASE("OFFSET_OUT_OF_RANGE: auto.offset.reset decides from which offset the consumer continues") {
  Rig rig;
  fill(rig, 0, 10);
  rig.broker().committed[orders(0)] = {50};
  const NodeId n = rig.add(earliest());
  rig.broker().epoch_ends[{0}] = {50};  // the committed epoch does not contradict the offset
  rig.run_ms(5000);
  CHECK(rig.consumer(n).stats().errors.at("OFFSET_OUT_OF_RANGE") == 1);
  CHECK(rig.consumer(n).stats().received == 10);
  CHECK(rig.watch.facts<fact::PositionSet>().back().reason == fact::PositionReason::OutOfRange);
}

TEST_CASE("OFFSET_OUT_OF_RANGE: latest resets to the log end, by_duration to the first record within the duration") {
  for (const std::string policy : {"latest", "by_duration:PT1H"}) {
    CAPTURE(policy);
    Rig rig;
    fill(rig, 0, 10);
    rig.broker().committed[orders(0)] = {50};
    ConsumerOptions o = consumer_options();
    o.config.set("auto.offset.reset", policy);
    const NodeId n = rig.add(o);
    rig.broker().epoch_ends[{0}] = {50};
    rig.run_ms(5000);
    const auto asked = rig.broker().of(api::ListOffsets);
    REQUIRE(asked.size() == 1);
    const std::int64_t timestamp = protocol::get<ListOffsetsRequest>(asked[0].body).partitions.at(0).timestamp;
    if (policy == "latest") CHECK(timestamp == kLatestTimestamp);
    else CHECK(timestamp / 1000 == sim::kEpochMs / 1000 - 3600 + 3);
    CHECK(rig.consumer(n).positions().at(orders(0)).value == 10);
  }
}

TEST_CASE("KIP-320: if the new leader does not know the consumer's epoch, auto.offset.reset decides") {
  Rig rig(2, 1);
  fill(rig, 0, 10);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  REQUIRE(rig.consumer(n).positions().at(orders(0)).value == 10);
  fill(rig, 0, 4, 1, 2);
  rig.broker(2).epoch_ends[{0}] = {-1};
  rig.lead(0, 2, 1);
  rig.run_ms(3000);
  CHECK(rig.consumer(n).stats().received == 14);
  CHECK(rig.watch.facts<fact::PositionSet>().back().reason == fact::PositionReason::Truncated);
}

TEST_CASE(
    "KAFKA-17182: a consumer does not fetch from a node while records of one of its partitions are buffered, unless that partition is paused") {
  for (const bool paused : {false, true}) {
    Rig rig(1, 2);
    fill(rig, 0, 1);
    fill(rig, 1, 30);
    ConsumerOptions o = assigned();
    o.assign = {{"orders", 0}, {"orders", 1}};
    o.config.set("max.poll.records", std::int64_t{2});
    o.work.each = sim::milliseconds(500);
    const NodeId n = rig.add(o);
    rig.run_ms(1500);
    if (paused) rig.act(n, [&](Context& ctx) { rig.consumer(n).pause(ctx, "orders", 1, true); });
    const auto before = rig.broker().of(api::Fetch).size();
    rig.run_ms(4000);
    CAPTURE(paused);
    CHECK((rig.broker().of(api::Fetch).size() > before) == paused);
  }
}

TEST_CASE(
    "KIP-320: if a new leader's log is shorter, the consumer's position goes back to the end of the common epoch") {
  Rig rig(2, 1);
  fill(rig, 0, 10);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  CHECK(rig.consumer(n).positions().at(orders(0)).value == 10);
  fill(rig, 0, 7, 1, 2);  // broker-2 never had the last three records
  rig.broker(2).epoch_ends[{0}] = {7};
  rig.lead(0, 2, 1);
  rig.run_ms(3000);
  CHECK(rig.broker(2).of(api::OffsetForLeaderEpoch).size() == 1);
  CHECK(rig.consumer(n).positions().at(orders(0)).value == 7);
  CHECK(rig.watch.facts<fact::PositionSet>().back().reason == fact::PositionReason::Truncated);
}

TEST_CASE(
    "KIP-320: a late answer of the old leader does not complete a validation at the new one (FetchPosition.equals)") {
  Rig rig(3, 1);
  fill(rig, 0, 10);
  ConsumerOptions o = assigned();
  o.config.set("metadata.max.age.ms", std::int64_t{50});
  const NodeId n = rig.add(o);
  rig.run_ms(1000);
  REQUIRE(rig.consumer(n).positions().at(orders(0)).value == 10);
  fill(rig, 0, 10, 1, 2);
  rig.broker(2).epoch_ends[{0}] = {10};
  rig.broker(2).epochs_delay = sim::milliseconds(1500);
  rig.lead(0, 2, 1);
  rig.run_ms(1300);
  REQUIRE(rig.broker(2).of(api::OffsetForLeaderEpoch).size() == 1);
  fill(rig, 0, 7, 2, 3);
  rig.broker(3).epoch_ends[{0}] = {7};
  rig.broker(3).epochs_delay = sim::milliseconds(3000);
  rig.lead(0, 3, 2);
  rig.run_ms(6000);
  CHECK(rig.broker(3).of(api::OffsetForLeaderEpoch).size() == 1);
  CHECK(rig.watch.facts<fact::PositionSet>().back().reason == fact::PositionReason::Truncated);
}

TEST_CASE("KIP-320: LogTruncationException ends a poll(), so records of other partitions wait for the next poll()") {
  Rig rig(2, 2);
  fill(rig, 0, 10);
  ConsumerOptions o = assigned("strict");
  o.assign = {{"orders", 0}, {"orders", 1}};
  o.config.set("request.timeout.ms", std::int64_t{4000});
  o.config.set("auto.offset.reset", std::string("none"));
  const NodeId strict = rig.add(o);
  rig.run_ms(100);
  rig.act(strict, [&](protocol::Context& ctx) {
    rig.consumer(strict).seek(ctx, "orders", 0, {SeekTarget::Kind::Beginning, 0});
    rig.consumer(strict).seek(ctx, "orders", 1, {SeekTarget::Kind::Beginning, 0});
  });
  rig.run_ms(2500);
  REQUIRE(rig.consumer(strict).positions().at(orders(0)).value == 10);
  fill(rig, 0, 20, 1, 2);
  rig.broker(2).epoch_ends[{0}] = {7};
  rig.lead(0, 2, 1);
  for (int ms = 2500; ms < 20000; ms += 50) {
    fill(rig, 1, 1, 1, 2);
    rig.run_ms(ms);
  }
  const auto delivered = rig.watch.of(Trace::RecordDelivered);
  std::int64_t longest = 0;
  for (std::size_t i = 0; i + 1 < delivered.size(); ++i)
    if (delivered[i].line.partition == 1) longest = std::max(longest, gap_ms(delivered, i));
  CHECK(longest >= 1000);
  CHECK(longest < 1500);
}

TEST_CASE(
    "KIP-320: with auto.offset.reset=none, a log truncated below the position causes LogTruncationException every request.timeout.ms") {
  Rig rig(2, 1);
  fill(rig, 0, 10);
  ConsumerOptions o = assigned();
  o.config.set("request.timeout.ms", std::int64_t{4000});
  const NodeId n = rig.add(o);
  rig.run_ms(1000);
  REQUIRE(rig.consumer(n).positions().at(orders(0)).value == 10);
  o = assigned("strict");
  o.config.set("request.timeout.ms", std::int64_t{4000});
  o.config.set("auto.offset.reset", std::string("none"));
  const NodeId strict = rig.add(o);
  rig.run_ms(1500);
  rig.act(strict, [&](protocol::Context& ctx) {
    CHECK(rig.consumer(strict).seek(ctx, "orders", 0, {SeekTarget::Kind::Beginning, 0}));
  });
  rig.run_ms(2500);
  REQUIRE(rig.consumer(strict).positions().at(orders(0)).value == 10);
  fill(rig, 0, 20, 1, 2);  // a different history, already longer
  rig.broker(2).epoch_ends[{0}] = {7};
  rig.lead(0, 2, 1);
  rig.run_ms(20000);
  CHECK(rig.consumer(n).stats().received > 10);
  CHECK(rig.consumer(strict).stats().received == 10);
  CHECK(rig.consumer(strict).positions().at(orders(0)).value == 10);
  CHECK(rig.consumer(strict).stats().errors.at("LogTruncationException") >= 3);
}

TEST_CASE("a position from a reset has no epoch, so a new leader does not cause its validation") {
  Rig rig(2, 1);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  rig.lead(0, 2, 1);
  fill(rig, 0, 5, 1, 2);
  rig.run_ms(4000);
  CHECK(rig.consumer(n).stats().received == 5);
  CHECK(rig.broker(2).of(api::OffsetForLeaderEpoch).empty());
}

TEST_CASE("a position that waits for validation is not committed") {
  Rig rig(2, 1);
  fill(rig, 0, 10);
  const NodeId n = rig.add(earliest());
  rig.run_ms(7000);
  REQUIRE(rig.consumer(n).stats().received == 10);
  const auto commits = [&] { return rig.broker().of(api::OffsetCommit).size(); };
  rig.broker(2).silent = true;
  rig.lead(0, 2, 1);
  rig.run_ms(13000);
  const auto before = commits();
  rig.run_ms(25000);
  CHECK(commits() == before);
}

TEST_CASE(
    "KIP-392: the consumer reads from the follower that the leader named for metadata.max.age.ms, then asks the leader again") {
  Rig rig(2, 1);
  rig.broker(1).preferred = 2;
  rig.broker(2).follower = true;
  for (const int broker : {1, 2}) fill(rig, 0, 5, 1, broker);
  ConsumerOptions o = assigned();
  o.config.set("metadata.max.age.ms", std::int64_t{5000});
  const NodeId n = rig.add(o);
  rig.run_ms(4000);
  CHECK(rig.consumer(n).stats().received == 5);
  CHECK(rig.broker(1).of(api::Fetch).size() == 1);
  CHECK(rig.broker(2).of(api::Fetch).size() > 4);
  rig.run_ms(7000);
  CHECK(rig.broker(1).of(api::Fetch).size() == 2);
  rig.run_ms(12000);
  CHECK(rig.broker(1).of(api::Fetch).size() == 3);
}

TEST_CASE("NOT_LEADER_OR_FOLLOWER in a fetch: the consumer refreshes its metadata, then asks the new leader") {
  Rig rig(2, 1);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  rig.lead(0, 2, 1);
  fill(rig, 0, 5, 1, 2);
  rig.run_ms(3000);
  CHECK(rig.consumer(n).stats().received == 5);
  CHECK(rig.consumer(n).stats().errors.at("NOT_LEADER_OR_FOLLOWER") <= 3);
}

TEST_CASE("seek moves the position and drops buffered records") {
  Rig rig;
  fill(rig, 0, 10);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  rig.act(n, [&](protocol::Context& ctx) {
    CHECK(rig.consumer(n).seek(ctx, "orders", 0, {SeekTarget::Kind::Offset, 4}));
  });
  rig.run_ms(2000);
  CHECK(rig.consumer(n).stats().received == 16);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).seek(ctx, "orders", 0, {SeekTarget::Kind::Beginning, 0}); });
  rig.run_ms(3000);
  CHECK(rig.consumer(n).stats().received == 26);
  CHECK(rig.watch.facts<fact::PositionSet>().back().reason == fact::PositionReason::Seek);
}

TEST_CASE("a commit by an act commits the given offsets, or the positions if none are given") {
  Rig rig;
  fill(rig, 0, 10);
  ConsumerOptions o = earliest();
  o.commit = CommitMode::None;
  const NodeId n = rig.add(o);
  rig.run_ms(4000);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).commit(ctx, {{{"orders", 0}, 7}}); });
  rig.run_ms(4100);
  CHECK(rig.broker().committed.at(orders(0)).value == 7);
  CHECK(rig.consumer(n).committed().at(orders(0)).value == 7);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).commit(ctx, {}); });
  rig.run_ms(4200);
  CHECK(rig.broker().committed.at(orders(0)).value == 10);
}

TEST_CASE(
    "handoff: worker threads process the records while the polling thread polls on, and commits records that are not processed yet") {
  Rig rig;
  fill(rig, 0, 40);
  ConsumerOptions o = earliest();
  o.handoff_threads = 4;
  o.work.each = sim::seconds(3);
  const NodeId n = rig.add(o);
  rig.run_ms(8600);
  CHECK(rig.consumer(n).stats().received == 40);
  CHECK(rig.consumer(n).stats().processed == 4);
  CHECK(rig.broker().committed.at(orders(0)).value == 40);
  CHECK(rig.consumer(n).waiting() == 36);
  rig.run_ms(40000);
  CHECK(rig.consumer(n).stats().processed == 40);
}

TEST_CASE("records of paused partitions are not delivered; those of resumed partitions are") {
  Rig rig;
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  rig.act(n, [&](protocol::Context& ctx) { CHECK(rig.consumer(n).pause(ctx, "orders", 0, true)); });
  fill(rig, 0, 5);
  rig.run_ms(3000);
  CHECK(rig.consumer(n).stats().received == 0);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).pause(ctx, "orders", 0, false); });
  rig.run_ms(5000);
  CHECK(rig.consumer(n).stats().received == 5);
}
