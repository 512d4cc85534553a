// A broker's periodic work on its logs, and DeleteRecords. Kafka: LogManager, LogCleaner, ReplicaManager.deleteRecords.
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"
#include "support.h"

using namespace broker_test;

namespace {

using TopicConfig = std::vector<std::pair<std::string, std::string>>;

/// The broker is alone in the ISR, so every record is committed immediately.
struct Alone : Stage {
  explicit Alone(const TopicConfig& topic = {}, const Setup& setup = {}) : Stage(alone(setup)) {
    for (const auto& [key, value] : topic) commit({ConfigRecord{"topic:orders", key, value, false}});
  }
  static Setup alone(Setup setup) {
    setup.isr = {1};
    return setup;
  }
};

/// A log with this many records, which both followers have.
struct Committed : Stage {
  explicit Committed(std::int64_t records) {
    produce(static_cast<int>(records), 1);
    run_ms(5);
    for (const BrokerId follower : {2, 3}) follower_fetch(follower, records);
    REQUIRE(high_watermark() == records);
  }
  /// A fetch from the log end, by a follower whose log begins at `start`.
  void fetch_with_start(BrokerId follower, std::int64_t start) {
    FetchRequest r = fetch_request(follower, high_watermark());
    r.partitions[0].log_start_offset = Offset{start};
    send(sim::NodeId{follower}, r);
    run_ms(2);
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

TEST_CASE("LogManager: retention is checked after 30 s, then every log.retention.check.interval.ms") {
  Alone s(TopicConfig{{"segment.ms", "1000"}, {"retention.ms", "5000"}});
  for (int i = 0; i < 4; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i), 1));
  s.run_ms(10);
  REQUIRE(s.watcher.of(Trace::SegmentRolled).size() == 3);
  CHECK(s.watcher.facts<fact::SegmentRolled>()[0].base_offset.value == 1);
  CHECK(s.watcher.facts<fact::SegmentRolled>()[0].closed_base_offset.value == 0);
  CHECK(s.watcher.of(Trace::LogFlushed).size() >= 1);  // a closed segment is flushed
  s.run_to(sim::Instant{} + sim::milliseconds(29900));
  CHECK(s.watcher.of(Trace::SegmentDeleted).empty());
  s.run_to(sim::Instant{} + sim::milliseconds(30100));
  const auto gone = s.watcher.facts<fact::SegmentDeleted>();
  REQUIRE(gone.size() == 4);  // all segments are deleted; a new, empty one is active
  CHECK(gone[0].reason == fact::SegmentDeletionReason::Time);
  CHECK(s.orders().log.log_start_offset().value == 4);
  const auto starts = s.watcher.facts<fact::LogStartAdvanced>();
  REQUIRE(starts.size() == 1);
  CHECK(starts[0].to.value == 4);
  s.send(Stage::kClient, Stage::produce_request(stamped(31000), 1));
  s.run_to(sim::Instant{} + sim::milliseconds(329900));
  CHECK(s.watcher.of(Trace::SegmentDeleted).size() == 4);
  s.run_to(sim::Instant{} + sim::milliseconds(330100));
  CHECK(s.watcher.of(Trace::SegmentDeleted).size() == 5);
}

TEST_CASE(
    "LogManager: the flusher runs after 30 s, then every log.flush.scheduler.interval.ms, which by default is never") {
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
    CHECK(s.watcher.of(Trace::LogFlushed).size() == (by_default ? 1 : 2));  // a flushed log is not flushed again
  }
}

TEST_CASE("UnifiedLog.roll: the closed segment is flushed in the background up to the next segment's base offset") {
  Alone s(TopicConfig{{"segment.ms", "1000"}});
  s.send(Stage::kClient, Stage::produce_request(stamped(0), 1));
  s.send(Stage::kClient, Stage::produce_request(stamped(2000), 1));
  s.run_ms(2);
  REQUIRE(s.watcher.of(Trace::SegmentRolled).size() == 1);
  CHECK(s.client().got<ProduceResponse>().size() == 2);  // no request waits for the disk's 4 ms
  CHECK(s.orders().log.recovery_point() == Offset{0});
  s.run_ms(4);
  CHECK(s.orders().log.recovery_point() == Offset{1});
  CHECK(s.orders().log.flushed_offset(s.now()) == Offset{1});  // the active segment is not flushed
  SUBCASE("with a slow disk the flush takes longer, and a power failure during it loses the closed segment") {
    s.command([&] { s.broker().change_disk(storage::kNoDir, {10, {}, {}, {}}, s.now()); });  // 10 B/s
    s.send(Stage::kClient, Stage::produce_request(stamped(4000), 1));
    s.send(Stage::kClient, Stage::produce_request(stamped(6000), 1));
    s.run_ms(5000);
    REQUIRE(s.watcher.of(Trace::SegmentRolled).size() == 3);
    CHECK(s.orders().log.recovery_point() == Offset{2});  // the segment that was flushed while the disk was fast
    s.command([&] { s.world.kill(Stage::kBroker, sim::Death::PowerOff); });
    CHECK(s.orders().log.log_end_offset() == Offset{2});
  }
  SUBCASE("the flush of the closed segment detects a failed disk") {
    s.send(Stage::kClient, Stage::produce_request(stamped(4000), 1));
    s.run_ms(1);
    s.command([&] { s.broker().change_disk(storage::kNoDir, {{}, {}, {}, true}, s.now()); });
    s.run_ms(4);
    CHECK(s.world.state(Stage::kBroker) == sim::NodeState::Crashed);
  }
}

TEST_CASE("LogFlushRateAndTimeMs: each flush of a segment counts; a roll with nothing to flush does not") {
  for (const bool each : {false, true}) {
    Alone s(TopicConfig{{"segment.ms", "1000"}, {"flush.messages", each ? "1" : "1000"}});
    for (int i = 0; i < 3; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i), 1));
    s.run_ms(30);
    REQUIRE(s.watcher.of(Trace::SegmentRolled).size() == 2);
    CHECK(s.broker().metrics().log_flushes == (each ? 3 : 2));
    CHECK(s.watcher.of(Trace::LogFlushed).size() == (each ? 3 : 2));
  }
  Alone s(TopicConfig{{"segment.ms", "1000"}, {"flush.messages", "3"}});
  for (int i = 0; i < 3; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i), 1));
  s.run_ms(30);
  CHECK(s.watcher.of(Trace::LogFlushed).size() == 1);  // the third append arrived before the first roll's flush
  CHECK(s.broker().metrics().log_flushes == 3);        // of three segments
}

TEST_CASE("LogCleaner: a compacted log is cleaned every log.cleaner.backoff.ms when it is dirty enough") {
  Alone s(TopicConfig{{"cleanup.policy", "compact"}, {"segment.ms", "1000"}});
  for (int i = 0; i < 4; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i, "k"), 1));
  s.run_to(sim::Instant{} + sim::milliseconds(14900));
  CHECK(s.watcher.of(Trace::LogCompacted).empty());
  s.run_to(sim::Instant{} + sim::milliseconds(15100));
  const auto done = s.watcher.facts<fact::LogCompacted>();
  REQUIRE(done.size() == 1);
  CHECK(done[0].clean_until.value == 3);
  CHECK(done[0].records_before == 3);
  CHECK(done[0].records_after == 1);
  CHECK(s.orders().log.batches().size() == 2);  // the last closed segment's record and the active one
  s.run_to(sim::Instant{} + sim::milliseconds(45100));
  CHECK(s.watcher.of(Trace::LogCompacted).size() == 1);  // no new record is dirty
}

TEST_CASE("LogCleaner.cleanFilthiestLog: after each cleaned log, old segments of all compacted logs are deleted") {
  constexpr TopicPartition kOther{0, 1};
  Alone s;
  PartitionRecord second;
  second.partition = kOther;
  second.replicas = second.isr = {1};
  second.leader = 1;
  const std::int64_t size = stamped(0, "k")->size_bytes;
  s.commit({second, ConfigRecord{"topic:orders", "cleanup.policy", "compact,delete", false},
            ConfigRecord{"topic:orders", "segment.ms", "1000", false},
            ConfigRecord{"topic:orders", "retention.bytes", std::to_string(3 * size), false}});
  for (int i = 0; i < 6; ++i)
    for (const TopicPartition tp : {kOrders, kOther}) {
      ProduceRequest r = Stage::produce_request(stamped(2000 * i, "k"), 1);
      r.partitions[0].partition = tp;
      s.send(Stage::kClient, r);
    }
  s.run_to(sim::Instant{} + sim::milliseconds(15100));
  CHECK(s.watcher.of(Trace::LogCompacted).size() == 1);
  CHECK(s.watcher.of(Trace::LogCompacted, kOther).size() == 1);
  CHECK(s.orders().log.log_start_offset().value == 0);                   // cleaned first, and small enough afterwards
  CHECK(s.broker().replica(kOther)->log.log_start_offset().value == 3);  // was too large meanwhile
}

TEST_CASE(
    "LogCleaner.cleanLog: the cleaned segments need space beside the old ones, so a full disk takes its directory offline") {
  for (const bool full : {false, true}) {
    Alone s(TopicConfig{{"cleanup.policy", "compact"}, {"segment.ms", "1000"}});
    for (int i = 0; i < 4; ++i)
      s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i, std::string(1, static_cast<char>('a' + i))), 1));
    s.run_ms(10);
    const std::int64_t one = s.orders().log.size_bytes() / 4;
    s.command([&] { s.broker().change_disk(storage::kNoDir, {{}, (full ? 6 : 7) * one, {}, {}}, s.now()); });
    s.run_to(sim::Instant{} + sim::milliseconds(15100));
    CHECK(s.watcher.of(Trace::LogCompacted).size() == (full ? 0 : 1));
    CHECK(s.world.state(Stage::kBroker) == (full ? sim::NodeState::Crashed : sim::NodeState::Running));
  }
}

TEST_CASE(
    "KIP-226: log.cleaner.backoff.ms, the key map's size and producer.id.expiration.ms take effect on a running broker") {
  Alone s(TopicConfig{{"cleanup.policy", "compact"}, {"segment.ms", "1000"}});
  CHECK(s.orders().log.options().producer_id_expiration_ms == 86400000);
  s.commit({ConfigRecord{"broker:", "log.cleaner.backoff.ms", "1000", false},
            ConfigRecord{"broker:1", "producer.id.expiration.ms", "7000", false},
            ConfigRecord{"broker:1", "log.cleaner.dedupe.buffer.size", "2700", false}});
  CHECK(s.orders().log.options().producer_id_expiration_ms == 7000);
  s.run_to(sim::Instant{} + sim::milliseconds(15100));  // the pause in progress is not shortened
  for (int i = 0; i < 4; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i, "k"), 1));
  s.run_to(sim::Instant{} + sim::milliseconds(16200));
  REQUIRE(s.watcher.of(Trace::LogCompacted).size() == 1);
  for (int i = 4; i < 4 + 200; ++i)
    s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i, "k" + std::to_string(i)), 1));
  s.run_to(sim::Instant{} + sim::milliseconds(17200));
  CHECK(s.watcher.of(Trace::LogCompacted).size() >= 3);  // 101 keys at a time
}

TEST_CASE(
    "LogValidator: a record without a key is refused in a compacted topic, and so is a timestamp too far in the future") {
  Alone s(TopicConfig{{"cleanup.policy", "compact"}});
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(stamped(0), 1))->partitions[0].error ==
        ErrorCode::INVALID_RECORD);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(stamped(0, "k"), 1))->partitions[0].error == ErrorCode::NONE);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(stamped(3700000, "k"), 1))->partitions[0].error ==
        ErrorCode::INVALID_TIMESTAMP);
  CHECK(s.end() == 1);
}

TEST_CASE("KIP-107: DeleteRecords raises the log start at once and is answered when the followers have raised theirs") {
  Committed s(4);
  CHECK(s.ask<DeleteRecordsResponse>(delete_before(3)) == nullptr);
  CHECK(s.orders().log.log_start_offset().value == 3);
  s.fetch_with_start(2, 3);
  CHECK(s.client().got<DeleteRecordsResponse>().empty());
  s.fetch_with_start(3, 3);
  const auto answers = s.client().got<DeleteRecordsResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].error == ErrorCode::NONE);
  CHECK(answers[0].second.partitions[0].low_watermark.value == 3);
}

TEST_CASE("DeleteRecords does not wait for a fenced replica") {
  Committed s(2);
  BrokerRegistrationChangeRecord fence;
  fence.broker_id = 3;
  fence.broker_epoch = 3;
  fence.fenced = 1;
  s.commit({fence});
  CHECK(s.ask<DeleteRecordsResponse>(delete_before(2)) == nullptr);
  s.fetch_with_start(2, 2);
  CHECK(s.client().got<DeleteRecordsResponse>().size() == 1);
}

TEST_CASE(
    "Partition.updateFollowerFetchState: only a fetch that raises the low watermark completes a DeleteRecords, even if the replica that held it back has been fenced") {
  Committed s(2);
  CHECK(s.ask<DeleteRecordsResponse>(delete_before(2, 500)) == nullptr);
  s.fetch_with_start(2, 2);
  BrokerRegistrationChangeRecord fence;
  fence.broker_id = 3;
  fence.broker_epoch = 3;
  fence.fenced = 1;
  s.commit({fence});
  s.fetch_with_start(2, 2);
  CHECK(s.client().got<DeleteRecordsResponse>().empty());
  s.run_ms(500);
  REQUIRE(s.client().got<DeleteRecordsResponse>().size() == 1);
  CHECK(s.client().got<DeleteRecordsResponse>()[0].second.partitions[0].error == ErrorCode::REQUEST_TIMED_OUT);
}

TEST_CASE(
    "DelayedDeleteRecords: a waiting request ends with an error if the leader is replaced or the topic is deleted") {
  for (const bool deleted : {false, true}) {
    Committed s(2);
    CHECK(s.ask<DeleteRecordsResponse>(delete_before(2, 10000)) == nullptr);
    if (deleted) s.commit({RemoveTopicRecord{kOrders.topic}});
    else s.elect(2, {2, 3});
    const auto answers = s.client().got<DeleteRecordsResponse>();
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].second.partitions[0].error ==
          (deleted ? ErrorCode::UNKNOWN_TOPIC_OR_PARTITION : ErrorCode::NOT_LEADER_OR_FOLLOWER));
    CHECK_FALSE(answers[0].second.partitions[0].low_watermark.known());
  }
}

TEST_CASE(
    "DeleteRecords: if a follower does not fetch the request gets REQUEST_TIMED_OUT, and the leader keeps its new log start") {
  Committed s(2);
  s.send(Stage::kClient, delete_before(2, 500));
  for (const BrokerId id : {2, 3}) s.fetch_with_start(id, 1);  // both followers' logs still begin below 2
  s.run_ms(485);
  CHECK(s.client().got<DeleteRecordsResponse>().empty());
  s.run_ms(20);
  const auto answers = s.client().got<DeleteRecordsResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].error == ErrorCode::REQUEST_TIMED_OUT);
  CHECK(answers[0].second.partitions[0].low_watermark.value == 0);  // as of the request's arrival
  CHECK(s.orders().log.log_start_offset().value == 2);
}

TEST_CASE(
    "DelayedDeleteRecords: a waiting request ends with an error if the replica moves away or its directory fails") {
  for (const bool fails : {false, true}) {
    Stage s({.dirs = 2});
    PartitionRecord p;  // this partition is not in the directory of the metadata log
    p.partition = {0, 1};
    p.replicas = {1, 2, 3};
    p.isr = {1};
    p.leader = 1;
    s.commit({p});
    s.send(Stage::kClient, Stage::produce_request(batch(4), 1, 30000, p.partition));
    s.run_ms(5);
    CHECK(s.ask<DeleteRecordsResponse>(DeleteRecordsRequest{10000, {{p.partition, Offset{3}}}}) == nullptr);
    if (fails) {
      s.command([&] { s.broker().change_disk(s.broker().replica(p.partition)->dir, {{}, {}, {}, true}, s.now()); });
      s.send(Stage::kSecond, Stage::produce_request(batch(1), 1, 30000, p.partition));
      s.run_ms(50);
    } else {
      PartitionChangeRecord change;
      change.partition = p.partition;
      change.has_leader = change.has_isr = change.has_replicas = true;
      change.leader = 2;
      change.isr = change.replicas = {2, 3};
      s.commit({change});
    }
    const auto answers = s.client().got<DeleteRecordsResponse>();
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].second.partitions[0].error ==
          (fails ? ErrorCode::KAFKA_STORAGE_ERROR : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    CHECK_FALSE(answers[0].second.partitions[0].low_watermark.known());
  }
}

TEST_CASE(
    "KafkaApis: for a deleted topic in a failed directory Produce, Fetch and DeleteRecords say that it is unknown; ListOffsets says that the disk failed") {
  Stage s({.dirs = 2});
  PartitionRecord p;
  p.partition = {0, 1};
  p.replicas = {1, 2, 3};
  p.isr = {1};
  p.leader = 1;
  s.commit({p});
  s.command([&] { s.broker().change_disk(s.broker().replica(p.partition)->dir, {{}, {}, {}, true}, s.now()); });
  s.send(Stage::kSecond, Stage::produce_request(batch(1), 1, 30000, p.partition));
  s.run_ms(50);
  const ProduceRequest produce = Stage::produce_request(batch(1), 1, 30000, p.partition);
  FetchRequest fetch = Stage::fetch_request(-1, 0);
  fetch.partitions[0].partition = p.partition;
  ListOffsetsRequest list;
  list.partitions = {{p.partition, LeaderEpoch{0}, protocol::kLatestTimestamp}};
  const DeleteRecordsRequest remove{1000, {{p.partition, Offset{0}}}};
  const auto answers_are = [&](ErrorCode produced, ErrorCode fetched, ErrorCode listed, ErrorCode removed) {
    CHECK(s.ask<ProduceResponse>(produce, 5)->partitions[0].error == produced);
    CHECK(s.ask<FetchResponse>(fetch, 5)->partitions[0].error == fetched);
    CHECK(s.ask<ListOffsetsResponse>(list, 5)->partitions[0].error == listed);
    CHECK(s.ask<DeleteRecordsResponse>(remove, 5)->partitions[0].error == removed);
  };
  using enum ErrorCode;
  answers_are(KAFKA_STORAGE_ERROR, KAFKA_STORAGE_ERROR, KAFKA_STORAGE_ERROR, KAFKA_STORAGE_ERROR);
  s.commit({RemoveTopicRecord{0}});
  answers_are(UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_ID, KAFKA_STORAGE_ERROR, UNKNOWN_TOPIC_OR_PARTITION);
}

TEST_CASE(
    "ReplicaManager.deleteRecordsOnLocalLog: an internal topic is refused before the broker looks for its replica") {
  Stage s;
  PartitionRecord p;
  p.partition = {1, 0};
  p.replicas = p.isr = {2, 3};
  p.leader = 2;
  s.commit({TopicRecord{"__consumer_offsets", 1}, p});
  CHECK(s.ask<DeleteRecordsResponse>(DeleteRecordsRequest{1000, {{p.partition, Offset{0}}}})->partitions[0].error ==
        ErrorCode::INVALID_TOPIC_EXCEPTION);
}

TEST_CASE(
    "DeleteRecords: -1 means the high watermark; a request gets an error for an offset above it, for a compacted topic and at a broker that does not lead") {
  const auto error_of = [](Stage& s, std::int64_t offset) {
    return s.ask<DeleteRecordsResponse>(delete_before(offset))->partitions[0].error;
  };
  Alone s;
  s.produce(3, 1);
  s.run_ms(5);
  CHECK(error_of(s, 4) == ErrorCode::OFFSET_OUT_OF_RANGE);
  CHECK(error_of(s, -2) == ErrorCode::OFFSET_OUT_OF_RANGE);
  CHECK(s.orders().log.log_start_offset().value == 0);
  const auto done = s.ask<DeleteRecordsResponse>(delete_before(-1));
  REQUIRE(done == nullptr);  // brokers 2 and 3 are alive and have not raised their log starts, in the ISR or not
  CHECK(s.orders().log.log_start_offset().value == 3);
  Stage behind;  // two records, of which one is committed
  behind.produce(1, 1);
  behind.produce(1, 1);
  behind.run_ms(5);
  behind.follower_fetch(2, 1);
  behind.follower_fetch(3, 1);
  REQUIRE(behind.high_watermark() == 1);
  CHECK(behind.ask<DeleteRecordsResponse>(delete_before(-1)) == nullptr);
  CHECK(behind.orders().log.log_start_offset().value == 1);
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

TEST_CASE("After a restart a fact says how much of the log was read and whether a batch was torn") {
  Alone s;
  s.produce(3, 1);
  s.run_ms(100);
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
  s.command([&] { s.world.restart(Stage::kBroker); });
  s.run_ms(500);
  const auto crash = s.watcher.facts<fact::LogRecovered>();
  REQUIRE(crash.size() == 1);
  CHECK(crash[0].scanned_bytes == s.orders().log.size_bytes());
  CHECK(crash[0].torn_bytes == 0);
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::PowerOff); });
  s.command([&] { s.world.restart(Stage::kBroker); });
  s.run_ms(500);
  CHECK(s.watcher.facts<fact::LogRecovered>().back().torn_bytes > 0);
}

TEST_CASE("LogManager.startup: periodic tasks begin after the logs have been read") {
  Alone s(TopicConfig{{"cleanup.policy", "compact"}, {"segment.ms", "1000"}, {"flush.ms", "0"}});
  for (int i = 0; i < 4; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i, "k"), 1));
  s.run_ms(6000);  // the checkpoint file has the high watermark but no recovery point: the whole log must be read
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
  const std::int64_t bytes = s.orders().log.size_bytes();
  s.command([&] {
    s.broker().change_disk(storage::kNoDir, {bytes / 40, {}, {}, {}}, s.now());
  });  // reading the log takes forty seconds
  s.command([&] { s.world.restart(Stage::kBroker); });
  const sim::Instant start = s.now();
  s.run_to(start + sim::seconds(35));
  REQUIRE(s.orders().role == broker::ReplicaRole::None);
  CHECK(s.watcher.of(Trace::LogCompacted).empty());
  SUBCASE("an orderly stop before that counts as an unclean one for the logs") {
    s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Stop); });
    CHECK(s.orders().log.recovery().bytes_scanned > 0);
    s.command([&] { s.world.restart(Stage::kBroker); });
    s.run_ms(1000);
    CHECK(s.orders().role == broker::ReplicaRole::None);  // the broker reads the log again
    REQUIRE(s.controller().registrations.size() == 2);
    CHECK(s.controller().registrations.back().second.previous_broker_epoch == -1);
  }
  SUBCASE("the cleaner and the flusher run after that") {
    s.run_to(start + sim::seconds(54));
    CHECK(s.watcher.of(Trace::LogCompacted).empty());
    s.run_to(start + sim::seconds(58));
    CHECK(s.watcher.of(Trace::LogCompacted).size() == 1);
    s.run_to(start + sim::seconds(69));
    CHECK(s.orders().log.recovery_point() == Offset{0});
    s.run_to(start + sim::seconds(110));
    CHECK(s.orders().log.recovery_point() == Offset{4});
  }
}

TEST_CASE(
    "CleanerThread.doWork: the cleaner runs right after a start; with KAFKA-13194 it cleans nothing in a log that was only loaded") {
  for (const bool old : {false, true}) {
    Stage::Setup setup;
    setup.historical.kafka_13194 = old;
    Alone s(TopicConfig{{"cleanup.policy", "compact"}, {"segment.ms", "1000"}}, setup);
    for (int i = 0; i < 4; ++i) s.send(Stage::kClient, Stage::produce_request(stamped(2000 * i, "k"), 1));
    s.run_ms(6000);
    s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
    s.command([&] { s.world.restart(Stage::kBroker); });
    s.run_ms(1000);
    CHECK(s.watcher.of(Trace::LogCompacted).size() == (old ? 1 : 0));
    s.run_ms(15000);
    CHECK(s.watcher.of(Trace::LogCompacted).size() == 1);
  }
}

TEST_CASE("flush.messages: the answer and all later requests of the connection wait for the fsync") {
  Alone s(TopicConfig{{"flush.messages", "1"}});
  s.send(Stage::kClient, Stage::produce_request(batch(1), 1));
  s.send(Stage::kClient, MetadataRequest{true, {}, false});
  s.run_ms(4);  // 0.6 ms for the way there and back, 4 ms for the disk
  CHECK(s.client().inbox.empty());
  s.run_ms(2);
  CHECK(s.client().inbox.size() == 2);
}

TEST_CASE("vm.dirty_bytes: a writer waits when more bytes are dirty than this setting allows") {
  for (const bool little : {false, true}) {
    Stage::Setup setup;
    if (little) setup.dirty_bytes = 50;
    Alone s({}, setup);
    s.command([&] { s.broker().change_disk(storage::kNoDir, {100, {}, {}, {}}, s.now()); });  // 100 B/s
    const auto* answer = s.ask<ProduceResponse>(Stage::produce_request(batch(5), 1), 2);
    CHECK((answer == nullptr) == little);  // with a page cache of 1 GB the writer does not wait
    CHECK(s.broker().log_dirs().behind(0, s.now()) > sim::seconds(1));
    const std::int64_t excess =
        s.orders().log.size_bytes() - 50;  // one second per hundred bytes; the round trip takes another 0.6 ms
    s.run_ms(excess * 10 - 2);
    CHECK(s.client().got<ProduceResponse>().size() == (little ? 0 : 1));
    s.run_ms(2);
    CHECK(s.client().got<ProduceResponse>().size() == 1);
  }
}

TEST_CASE(
    "KIP-112: a broker whose only directory fails halts as in a crash, and does not start again until the disk works") {
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
