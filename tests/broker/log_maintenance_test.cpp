// What a broker does with its logs by the clock, and DeleteRecords. Kafka: LogManager, LogCleaner, ReplicaManager.deleteRecords.
#include "support.h"

using namespace broker_test;

namespace {

using TopicConfig = std::vector<std::pair<std::string, std::string>>;

/// Alone in the ISR, so that everything is committed at once.
struct Alone : Stage {
  explicit Alone(const TopicConfig& topic = {}, const Setup& setup = {}) : Stage(alone(setup)) {
    for (const auto& [key, value] : topic) commit({ConfigRecord{"topic:orders", key, value, false}});
  }
  static Setup alone(Setup setup) {
    setup.isr = {1};
    return setup;
  }
};

BatchRef stamped(std::int64_t ms_after_start, std::optional<std::string> key = std::nullopt) {
  RecordBatch b;
  Record r;
  r.key = std::move(key);
  r.value = "v";
  r.timestamp_ms = sim::kEpochMs + ms_after_start;
  b.records.push_back(std::move(r));
  return seal(std::move(b));
}

DeleteRecordsRequest delete_before(std::int64_t offset, std::int32_t timeout_ms = 1000) {
  return {timeout_ms, {{kOrders, Offset{offset}}}};
}

}  // namespace

TEST_CASE("LogManager: retention is looked at after 30 s, then every log.retention.check.interval.ms") {
  Alone s(TopicConfig{{"segment.ms", "1000"}, {"retention.ms", "5000"}});
  for (int i = 0; i < 4; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i), 1));
  s.run_ms(10);
  REQUIRE(s.watcher.of(Trace::SegmentRolled).size() == 3);
  CHECK(s.watcher.of(Trace::SegmentRolled)[0].a == 1);
  CHECK(s.watcher.of(Trace::SegmentRolled)[0].b == 0);
  CHECK(s.watcher.of(Trace::LogFlushed).size() == 3);  // a closed segment is flushed
  s.run_to(sim::Instant{} + sim::milliseconds(29900));
  CHECK(s.watcher.of(Trace::SegmentDeleted).empty());
  s.run_to(sim::Instant{} + sim::milliseconds(30100));
  const auto gone = s.watcher.of(Trace::SegmentDeleted);
  REQUIRE(gone.size() == 4);  // all of them, and an empty one took over
  CHECK(gone[0].text == "retention.ms");
  CHECK(s.orders().log.log_start_offset().value == 4);
  const auto starts = s.watcher.of(Trace::LogStartAdvanced);
  REQUIRE(starts.size() == 1);
  CHECK(starts[0].b == 4);
  s.send(Stage::kClient, Stage::produce_request(stamped(31000), 1));
  s.run_to(sim::Instant{} + sim::milliseconds(329900));
  CHECK(s.watcher.of(Trace::SegmentDeleted).size() == 4);
  s.run_to(sim::Instant{} + sim::milliseconds(330100));
  CHECK(s.watcher.of(Trace::SegmentDeleted).size() == 5);
}

TEST_CASE("LogManager: the flusher looks for the first time after 30 s, then every log.flush.scheduler.interval.ms, by default never again") {
  for (const bool by_default : {false, true}) {
    Stage::Setup setup;
    if (!by_default) setup.config = {{"log.flush.scheduler.interval.ms", std::int64_t{5000}}};
    Alone s(TopicConfig{{"flush.ms", "1000"}}, setup);
    s.produce(1, 1);
    s.run_to(sim::Instant{} + sim::milliseconds(29900));
    CHECK(s.watcher.of(Trace::LogFlushed).empty());
    s.run_to(sim::Instant{} + sim::milliseconds(30100));
    CHECK(s.watcher.of(Trace::LogFlushed).size() == 1);
    s.produce(1, 1);
    s.run_to(sim::Instant{} + sim::milliseconds(100000));
    CHECK(s.watcher.of(Trace::LogFlushed).size() == (by_default ? 1 : 2));  // what is flushed is not flushed again
  }
}

TEST_CASE("LogCleaner: a compacted log is cleaned every log.cleaner.backoff.ms when it is dirty enough") {
  Alone s(TopicConfig{{"cleanup.policy", "compact"}, {"segment.ms", "1000"}});
  for (int i = 0; i < 4; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i, "k"), 1));
  s.run_to(sim::Instant{} + sim::milliseconds(14900));
  CHECK(s.watcher.of(Trace::LogCompacted).empty());
  s.run_to(sim::Instant{} + sim::milliseconds(15100));
  const auto done = s.watcher.of(Trace::LogCompacted);
  REQUIRE(done.size() == 1);
  CHECK(done[0].a == 3);
  CHECK(done[0].b == 3);
  CHECK(done[0].c == 1);
  CHECK(s.orders().log.batches().size() == 2);  // the last closed record and the active one
  s.run_to(sim::Instant{} + sim::milliseconds(45100));
  CHECK(s.watcher.of(Trace::LogCompacted).size() == 1);  // nothing new is dirty
}

TEST_CASE("KIP-226: log.cleaner.backoff.ms, the key map's size and producer.id.expiration.ms take effect on a running broker") {
  Alone s(TopicConfig{{"cleanup.policy", "compact"}, {"segment.ms", "1000"}});
  CHECK(s.orders().log.options().producer_id_expiration_ms == 86400000);
  s.commit({ConfigRecord{"broker:", "log.cleaner.backoff.ms", "1000", false}, ConfigRecord{"broker:1", "producer.id.expiration.ms", "7000", false},
            ConfigRecord{"broker:1", "log.cleaner.dedupe.buffer.size", "2700", false}});
  CHECK(s.orders().log.options().producer_id_expiration_ms == 7000);
  s.run_to(sim::Instant{} + sim::milliseconds(15100));  // the pause that ran is not cut short
  for (int i = 0; i < 4; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i, "k"), 1));
  s.run_to(sim::Instant{} + sim::milliseconds(16200));
  REQUIRE(s.watcher.of(Trace::LogCompacted).size() == 1);
  for (int i = 4; i < 4 + 200; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i, "k" + std::to_string(i)), 1));
  s.run_to(sim::Instant{} + sim::milliseconds(17200));
  CHECK(s.watcher.of(Trace::LogCompacted).size() >= 3);  // 101 keys at a time
}

TEST_CASE("LogValidator: a compacted topic takes no record without a key; a timestamp too far ahead is refused") {
  Alone s(TopicConfig{{"cleanup.policy", "compact"}});
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(stamped(0), 1))->partitions[0].error == ErrorCode::INVALID_RECORD);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(stamped(0, "k"), 1))->partitions[0].error == ErrorCode::NONE);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(stamped(3700000, "k"), 1))->partitions[0].error == ErrorCode::INVALID_TIMESTAMP);
  CHECK(s.end() == 1);
}

TEST_CASE("KIP-107: DeleteRecords raises the log start at once and is answered when the followers have followed") {
  Stage s;
  s.produce(4, 1);
  s.run_ms(5);
  s.follower_fetch(2, 4);
  s.follower_fetch(3, 4);
  REQUIRE(s.high_watermark() == 4);
  CHECK(s.ask<DeleteRecordsResponse>(delete_before(3)) == nullptr);
  CHECK(s.orders().log.log_start_offset().value == 3);
  const auto fetch_with_start = [&](BrokerId id, std::int64_t start) {
    FetchRequest r = Stage::fetch_request(id, 4);
    r.partitions[0].log_start_offset = Offset{start};
    s.send(sim::NodeId{id}, r);
    s.run_ms(2);
  };
  fetch_with_start(2, 3);
  CHECK(s.client().got<DeleteRecordsResponse>().empty());
  fetch_with_start(3, 3);
  const auto answers = s.client().got<DeleteRecordsResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].error == ErrorCode::NONE);
  CHECK(answers[0].second.partitions[0].low_watermark.value == 3);
}

TEST_CASE("DeleteRecords: REQUEST_TIMED_OUT if a follower does not follow; the leader's start stays where it is") {
  Stage s;
  s.produce(2, 1);
  s.run_ms(5);
  s.follower_fetch(2, 2);
  s.follower_fetch(3, 2);
  s.send(Stage::kClient, delete_before(2, 500));
  s.run_ms(490);
  CHECK(s.client().got<DeleteRecordsResponse>().empty());
  s.run_ms(20);
  const auto answers = s.client().got<DeleteRecordsResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].error == ErrorCode::REQUEST_TIMED_OUT);
  CHECK(s.orders().log.log_start_offset().value == 2);
}

TEST_CASE("DeleteRecords: -1 is the high watermark; beyond it OFFSET_OUT_OF_RANGE; not for compacted topics; only at the leader") {
  const auto error_of = [](Stage& s, std::int64_t offset) { return s.ask<DeleteRecordsResponse>(delete_before(offset))->partitions[0].error; };
  Alone s;
  s.produce(3, 1);
  s.run_ms(5);
  CHECK(error_of(s, 4) == ErrorCode::OFFSET_OUT_OF_RANGE);
  CHECK(error_of(s, -2) == ErrorCode::OFFSET_OUT_OF_RANGE);
  CHECK(s.orders().log.log_start_offset().value == 0);
  const auto done = s.ask<DeleteRecordsResponse>(delete_before(-1));
  REQUIRE(done == nullptr);  // brokers 2 and 3 live and have not followed, in the ISR or not
  CHECK(s.orders().log.log_start_offset().value == 3);
  Alone compact(TopicConfig{{"cleanup.policy", "compact"}});
  CHECK(error_of(compact, 0) == ErrorCode::POLICY_VIOLATION);
  Stage follower({.leader = 2, .isr = {1, 2}, .min_isr = "1", .config = {}});
  CHECK(error_of(follower, 0) == ErrorCode::NOT_LEADER_OR_FOLLOWER);
}

TEST_CASE("KIP-734: ListOffsets finds the record with the largest timestamp") {
  Alone s;
  for (std::int64_t t : {10, 500, 20}) s.send(Stage::kClient, Stage::produce_request(stamped(t), 1));
  s.run_ms(5);
  ListOffsetsRequest r;
  r.partitions.push_back({kOrders, {}, kMaxTimestamp});
  r.partitions.push_back({kOrders, {}, kEarliestLocalTimestamp});
  const auto* answer = s.ask<ListOffsetsResponse>(r);
  REQUIRE(answer != nullptr);
  CHECK(answer->partitions[0].offset.value == 1);
  CHECK(answer->partitions[0].timestamp == sim::kEpochMs + 500);
  CHECK(answer->partitions[1].offset.value == 0);
}

TEST_CASE("A restart says how much of the log it had to read, and that a batch was torn") {
  Alone s;
  s.produce(3, 1);
  s.run_ms(100);
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
  s.command([&] { s.world.restart(Stage::kBroker); });
  s.run_ms(500);
  const auto crash = s.watcher.of(Trace::LogRecovered);
  REQUIRE(crash.size() == 1);
  CHECK(crash[0].c == s.orders().log.size_bytes());
  CHECK(crash[0].text.empty());
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::PowerOff); });
  s.command([&] { s.world.restart(Stage::kBroker); });
  s.run_ms(500);
  CHECK_FALSE(s.watcher.of(Trace::LogRecovered).back().text.empty());
}

TEST_CASE("flush.messages: the answer, and all that comes after on the connection, waits for the fsync") {
  Alone s(TopicConfig{{"flush.messages", "1"}});
  s.send(Stage::kClient, Stage::produce_request(batch(1), 1));
  s.send(Stage::kClient, MetadataRequest{true, {}, false});
  s.run_ms(4);  // 0.6 ms for the way there and back, 4 ms for the disk
  CHECK(s.client().inbox.empty());
  s.run_ms(2);
  CHECK(s.client().inbox.size() == 2);
}

TEST_CASE("vm.dirty_bytes: who writes more than a slow disk takes waits for it") {
  for (const bool little : {false, true}) {
    Stage::Setup setup;
    if (little) setup.dirty_bytes = 50;
    Alone s({}, setup);
    s.command([&] { s.broker().change_disk(storage::kNoDir, {100, {}, {}, {}}, s.now()); });  // 100 B/s
    const auto* answer = s.ask<ProduceResponse>(Stage::produce_request(batch(5), 1), 2);
    CHECK((answer == nullptr) == little);  // a GB of page cache hides it
    CHECK(s.broker().log_dirs().behind(0, s.now()) > sim::seconds(1));
    const std::int64_t excess = s.orders().log.size_bytes() - 50;  // a second for every hundred bytes, and 0.6 ms there and back
    s.run_ms(excess * 10 - 2);
    CHECK(s.client().got<ProduceResponse>().size() == (little ? 0 : 1));
    s.run_ms(2);
    CHECK(s.client().got<ProduceResponse>().size() == 1);
  }
}

TEST_CASE("KIP-112: a broker whose only directory fails halts, as in a crash, and does not start without it") {
  Alone s;
  s.command([&] { s.broker().change_disk(storage::kNoDir, {{}, {}, {}, true}, s.now()); });
  const auto* answer = s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1), 5);
  if (answer != nullptr) CHECK(answer->partitions[0].error == ErrorCode::KAFKA_STORAGE_ERROR);
  CHECK(s.watcher.of(Trace::LogAppended).empty());
  CHECK(s.world.state(Stage::kBroker) == sim::NodeState::Crashed);
  s.command([&] { s.world.restart(Stage::kBroker); });
  CHECK(s.world.state(Stage::kBroker) == sim::NodeState::Crashed);
  s.command([&] { s.broker().change_disk(storage::kNoDir, {{}, {}, {}, false}, s.now()); });
  s.command([&] { s.world.restart(Stage::kBroker); });
  CHECK(s.world.alive(Stage::kBroker));
}
