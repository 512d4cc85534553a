// Fetches at the leader of a partition: what they return, and what they wait for in the purgatory.
#include "protocol/messages_data.h"
#include "support.h"

using namespace broker_test;

namespace {

/// Two such batches do not fit into a segment of 1 MB.
BatchRef large_batch() {
  RecordBatch large = *batch(1);
  Record record;
  record.value = std::string(700000, 'x');
  large.records = {record};
  return seal(std::move(large));
}

}  // namespace

TEST_CASE(
    "a consumer's fetch returns the records below the high watermark; a follower's returns all records of the log") {
  Stage s;
  s.produce(3, 1);
  s.run_ms(5);
  const auto* consumer = s.ask<FetchResponse>(Stage::fetch_request(-1, 0), 5);
  REQUIRE(consumer != nullptr);
  CHECK(consumer->partitions[0].batches.empty());
  CHECK(consumer->partitions[0].high_watermark.value == 0);
  const auto* follower = s.ask<FetchResponse>(Stage::fetch_request(2, 0), 5, Stage::kSecond);
  REQUIRE(follower != nullptr);
  REQUIRE(follower->partitions[0].batches.size() == 1);
  CHECK(follower->partitions[0].batches[0].data->count() == 3);
}

TEST_CASE(
    "read_committed: without open transactions the last stable offset is the high watermark, for Fetch and for ListOffsets") {
  Stage s({.leader = 1, .isr = {1, 2}, .min_isr = "1", .config = {}});
  s.produce(3, 1);
  s.run_ms(5);
  s.ask<FetchResponse>(Stage::fetch_request(2, 2), 5, Stage::kSecond);
  REQUIRE(s.high_watermark() == 2);
  FetchRequest fetch = Stage::fetch_request(-1, 2);
  ListOffsetsRequest list;
  list.partitions.push_back({kOrders, {}, kLatestTimestamp});
  fetch.read_committed = list.read_committed = true;
  const auto* read = s.ask<FetchResponse>(fetch, 5);
  REQUIRE(read != nullptr);
  CHECK(read->partitions[0].last_stable_offset.value == 2);
  CHECK(read->partitions[0].batches.empty());
  const auto* latest = s.ask<ListOffsetsResponse>(list, 5);
  REQUIRE(latest != nullptr);
  CHECK(latest->partitions[0].offset.value == 2);
}

TEST_CASE("a read_committed consumer reads up to the first open transaction; others read up to the high watermark") {
  Stage s({.config = {{"transaction.partition.verification.enable", false}}});
  s.produce(2, 1);
  s.run_ms(5);
  RecordBatch open = *batch(1, 7, 0);
  open.transactional = true;
  ProduceRequest write;
  write.acks = 1;
  write.transactional_id = "tx-1";
  write.partitions.push_back({kOrders, seal(std::move(open))});
  const auto* written = s.ask<ProduceResponse>(write, 5);
  REQUIRE(written != nullptr);
  REQUIRE(written->partitions[0].error == ErrorCode::NONE);
  s.produce(1, 1);
  s.run_ms(5);
  for (const BrokerId follower : {2, 3}) s.ask<FetchResponse>(Stage::fetch_request(follower, 4), 5, Stage::kSecond);
  REQUIRE(s.high_watermark() == 4);
  for (const bool committed_only : {true, false}) {
    CAPTURE(committed_only);
    FetchRequest fetch = Stage::fetch_request(-1, 0);
    ListOffsetsRequest list;
    list.partitions.push_back({kOrders, {}, kLatestTimestamp});
    fetch.read_committed = list.read_committed = committed_only;
    const auto* read = s.ask<FetchResponse>(fetch, 5);
    REQUIRE(read != nullptr);
    CHECK(read->partitions[0].high_watermark.value == 4);
    CHECK(read->partitions[0].last_stable_offset.value == 2);
    CHECK(read->partitions[0].batches.back().next_offset().value == (committed_only ? 2 : 4));
    CHECK(s.ask<ListOffsetsResponse>(list, 5)->partitions[0].offset.value == (committed_only ? 2 : 4));
  }
}

TEST_CASE("a follower learns of a high watermark one fetch after the one that moved it") {
  Stage s({.leader = 1, .isr = {1, 2}, .min_isr = "1", .config = {}});
  s.produce(1, 1);
  s.run_ms(5);
  const auto* moves = s.ask<FetchResponse>(Stage::fetch_request(2, 1), 5, Stage::kSecond);
  CHECK(s.high_watermark() == 1);
  CHECK(moves->partitions[0].high_watermark.value == 0);
  const auto* next = s.ask<FetchResponse>(Stage::fetch_request(2, 1), 5, Stage::kSecond);
  CHECK(next->partitions[0].high_watermark.value == 1);
}

TEST_CASE(
    "before KAFKA-9952 a follower's fetch is answered as soon as the high watermark differs from the last one sent to the follower") {
  for (const bool old : {false, true}) {
    Stage::Setup setup;
    setup.historical.kafka_9952 = old;
    Stage s(setup);
    s.produce(1, 1);
    s.run_ms(5);
    const auto fetch = [&](sim::NodeId follower) {
      s.send(follower, Stage::fetch_request(static_cast<BrokerId>(follower.index), 1, 0, -1, 500));
    };
    const auto answers = [&](sim::NodeId follower) { return s.peer(follower).got<FetchResponse>(); };
    fetch(Stage::kSecond);
    s.run_ms(5);
    CHECK(answers(Stage::kSecond).empty());  // the high watermark stays at 0 until the other follower has fetched
    fetch(Stage::kThird);
    s.run_ms(5);
    for (const sim::NodeId follower : {Stage::kSecond, Stage::kThird}) {
      REQUIRE(answers(follower).size() == (old ? 1 : 0));
      if (old) CHECK(answers(follower)[0].second.partitions[0].high_watermark.value == 1);
    }
    if (!old) continue;
    fetch(Stage::kSecond);  // the answer to a waiting fetch is not recorded as sent, so another fetch is needed
    s.run_ms(5);
    CHECK(answers(Stage::kSecond).size() == 2);
    fetch(Stage::kSecond);
    s.run_ms(5);
    CHECK(answers(Stage::kSecond).size() == 2);
  }
}

TEST_CASE("a moved high watermark wakes a consumer's waiting fetch; an append wakes a follower's") {
  Stage s({.leader = 1, .isr = {1, 2}, .min_isr = "1", .config = {}});
  s.send(Stage::kClient, Stage::fetch_request(-1, 0, 0, -1, 500));
  s.send(Stage::kSecond, Stage::fetch_request(2, 0, 0, -1, 500));
  s.run_ms(20);
  CHECK(s.broker().fetch_purgatory().size() == 2);
  s.send(Stage::kThird, Stage::produce_request(batch(1), 1));
  s.run_ms(3);
  CHECK(s.peer(Stage::kSecond).got<FetchResponse>().size() == 1);  // has the record
  CHECK(s.client().got<FetchResponse>().empty());
  s.follower_fetch(2, 1);
  const auto consumed = s.client().got<FetchResponse>();
  REQUIRE(consumed.size() == 1);
  CHECK(consumed[0].second.partitions[0].batches.size() == 1);
  CHECK(consumed[0].second.partitions[0].high_watermark.value == 1);
  CHECK(s.broker().fetch_purgatory().size() == 0);
}

TEST_CASE("a fetch without new records gets an empty answer after max_wait_ms") {
  Stage s;
  s.send(Stage::kClient, Stage::fetch_request(-1, 0, 0, -1, 500));
  const sim::Instant sent = s.now();
  s.run_ms(600);
  const auto answers = s.client().got<FetchResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].batches.empty());
  CHECK(answers[0].first - sent >= sim::milliseconds(500));
  CHECK(answers[0].first - sent < sim::milliseconds(503));
}

TEST_CASE("fetch.min.bytes: a fetch waits until that many bytes are available") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  FetchRequest request = Stage::fetch_request(-1, 0, 0, -1, 500);
  request.min_bytes = 150;
  s.send(Stage::kClient, request);
  s.run_ms(10);
  s.send(Stage::kThird, Stage::produce_request(batch(1), 1));
  s.run_ms(10);
  CHECK(s.client().got<FetchResponse>().empty());
  s.send(Stage::kThird, Stage::produce_request(batch(1), 1));
  s.send(Stage::kThird, Stage::produce_request(batch(1), 1));
  s.run_ms(10);
  REQUIRE(s.client().got<FetchResponse>().size() == 1);
  CHECK(s.client().got<FetchResponse>()[0].second.partitions[0].batches.size() >= 2);
}

TEST_CASE(
    "DelayedFetch, case F: a consumer's fetch from an offset above the high watermark is answered at once; in 2.5 only if that offset is in another segment") {
  for (const bool old : {false, true}) {
    for (const bool rolled : {false, true}) {
      Stage::Setup setup{.leader = 1, .isr = {1, 2, 3}, .min_isr = "1", .config = {}};
      setup.historical.fetch_2_5 = old;
      Stage s(setup);
      if (rolled) s.commit({ConfigRecord{"topic:orders", "segment.bytes", "1048576", false}});
      const auto sealed = large_batch();
      for (int i = 0; i < 2; ++i) s.send(Stage::kThird, Stage::produce_request(sealed, 1));
      s.run_ms(100);
      REQUIRE(s.end() == 2);
      REQUIRE(s.orders().log.high_watermark().value == 0);
      REQUIRE(s.orders().log.segment_list().size() == (rolled ? 2 : 1));
      CHECK((s.ask<FetchResponse>(Stage::fetch_request(-1, 1, 0, -1, 500), 50) != nullptr) == (!old || rolled));
      CHECK(s.ask<FetchResponse>(Stage::fetch_request(-1, 0, 0, -1, 500), 50) == nullptr);  // at the high watermark
    }
  }
}

TEST_CASE("fetch.min.bytes: a fetch does not wait for more bytes if its segment is closed or closes while it waits") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  s.commit({ConfigRecord{"topic:orders", "segment.bytes", "1048576", false}});
  FetchRequest request = Stage::fetch_request(-1, 0, 0, -1, 500);
  request.min_bytes = 5000000;
  const auto sealed = large_batch();
  s.produce(1, 1);
  s.run_ms(5);
  CHECK(s.ask<FetchResponse>(request) == nullptr);  // everything is in the active segment
  s.send(Stage::kThird, Stage::produce_request(sealed, 1));
  s.run_ms(100);
  REQUIRE(s.end() == 2);
  CHECK(s.client().got<FetchResponse>().empty());
  s.send(Stage::kThird, Stage::produce_request(sealed, 1));  // a new segment begins
  s.run_ms(100);
  REQUIRE(s.orders().log.segment_list().size() == 2);
  CHECK(s.client().got<FetchResponse>().size() == 1);
  const auto* whole = s.ask<FetchResponse>(request, 100);
  REQUIRE(whole != nullptr);
  CHECK(whole->partitions[0].batches.size() == 2);  // that whole segment, and nothing of the next one (LocalLog.read)
  CHECK(s.ask<FetchResponse>(Stage::fetch_request(-1, 2), 100)->partitions[0].batches.size() == 1);
}

TEST_CASE("LogSegment.read: an answer has exactly the requested size, with part of the next batch at its end") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  for (int i = 0; i < 3; ++i) s.produce(10, 1);
  s.run_ms(10);
  FetchRequest request = Stage::fetch_request(-1, 0);
  request.partitions[0].partition_max_bytes = s.orders().log.batch_at({0})->data->size_bytes + 20;
  const std::int64_t before = s.broker().metrics().bytes_out;
  FetchResponse answer = *s.ask<FetchResponse>(request);
  CHECK(answer.partitions[0].batches.size() == 1);
  CHECK(answer.partitions[0].cut_bytes == 20);
  CHECK(s.broker().metrics().bytes_out - before == request.partitions[0].partition_max_bytes);
  const auto size = protocol::wire_size({0, answer, 0});
  answer.partitions[0].cut_bytes = 0;
  CHECK(size - protocol::wire_size({0, answer, 0}) == 20);
}

TEST_CASE("max_bytes: an answer has whole batches up to the limit, and always at least one (KIP-74)") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  for (int i = 0; i < 4; ++i) s.produce(10, 1);
  s.run_ms(10);
  FetchRequest request = Stage::fetch_request(-1, 0);
  request.max_bytes = 10;
  CHECK(s.ask<FetchResponse>(request)->partitions[0].batches.size() == 1);
  request.max_bytes = 2 * s.orders().log.batch_at({0})->data->size_bytes + 5;
  CHECK(s.ask<FetchResponse>(request)->partitions[0].batches.size() == 2);
}

TEST_CASE(
    "KIP-320: a fetch with an older leader epoch gets FENCED_LEADER_EPOCH, one with a newer epoch UNKNOWN_LEADER_EPOCH") {
  Stage s;
  s.elect(1, {1, 2, 3});  // epoch 1
  CHECK(s.orders().leader_epoch.value == 1);
  const auto* old = s.ask<FetchResponse>(Stage::fetch_request(-1, 0, 0));
  CHECK(old->partitions[0].error == ErrorCode::FENCED_LEADER_EPOCH);
  CHECK(old->partitions[0].current_leader == 1);
  CHECK(old->partitions[0].current_leader_epoch.value == 1);
  CHECK(s.ask<FetchResponse>(Stage::fetch_request(-1, 0, 2))->partitions[0].error == ErrorCode::UNKNOWN_LEADER_EPOCH);
  CHECK(s.ask<FetchResponse>(Stage::fetch_request(-1, 0, 1))->partitions[0].error == ErrorCode::NONE);
  ListOffsetsRequest list;
  list.partitions.push_back({kOrders, {0}, kLatestTimestamp});
  CHECK(s.ask<ListOffsetsResponse>(list)->partitions[0].error == ErrorCode::FENCED_LEADER_EPOCH);
  OffsetForLeaderEpochRequest epochs;
  epochs.partitions.push_back({kOrders, {2}, {0}});
  CHECK(s.ask<OffsetForLeaderEpochResponse>(epochs)->partitions[0].error == ErrorCode::UNKNOWN_LEADER_EPOCH);
}

TEST_CASE("when a leader epoch ends, its waiting fetches get FENCED_LEADER_EPOCH at once") {
  Stage s;
  s.send(Stage::kClient, Stage::fetch_request(-1, 0, 0, -1, 5000));
  s.run_ms(10);
  s.elect(2, {1, 2, 3});
  REQUIRE(s.client().got<FetchResponse>().size() == 1);
  CHECK(s.client().got<FetchResponse>()[0].second.partitions[0].error == ErrorCode::FENCED_LEADER_EPOCH);
}

TEST_CASE("a fetch outside the log gets OFFSET_OUT_OF_RANGE") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  const auto error_at = [&](std::int64_t offset) {
    return s.ask<FetchResponse>(Stage::fetch_request(-1, offset))->partitions[0].error;
  };
  CHECK(error_at(5) == ErrorCode::OFFSET_OUT_OF_RANGE);
  s.produce(3, 1);
  s.run_ms(5);
  s.send(Stage::kThird, DeleteRecordsRequest{1000, {{kOrders, Offset{2}}}});
  s.run_ms(5);
  REQUIRE(s.orders().log.log_start_offset().value == 2);
  CHECK(error_at(1) == ErrorCode::OFFSET_OUT_OF_RANGE);
  CHECK(error_at(2) == ErrorCode::NONE);
  CHECK(error_at(4) == ErrorCode::OFFSET_OUT_OF_RANGE);
}

TEST_CASE(
    "UnifiedLog.append: a batch that is refused for its sequence, or is a duplicate, may already have closed a segment") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  s.commit({ConfigRecord{"topic:orders", "segment.ms", "1000", false}});
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1, 7, 0), 1))->partitions[0].error == ErrorCode::NONE);
  RecordBatch late = *batch(1, 7, 5);
  late.records.set_timestamps(sim::kEpochMs + 2000);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(seal(std::move(late)), 1))->partitions[0].error ==
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  CHECK(s.end() == 1);
  CHECK(s.watcher.of(Trace::SegmentRolled).size() == 1);
  CHECK(s.orders().log.active_base_offset().value == 1);
}

TEST_CASE(
    "UnifiedLogTest.testMessageSetSizeCheck: a batch that is larger than a segment after the topic's compression is refused") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  s.commit({ConfigRecord{"topic:orders", "segment.bytes", "1048576", false},
            ConfigRecord{"topic:orders", "max.message.bytes", "3000000", false}});
  RecordBatch large = *batch(1);
  Record record;
  record.value = std::string(1'200'000, 'x');
  record.timestamp_ms = sim::kEpochMs;
  large.records = {record};
  const auto sealed = seal(std::move(large));
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(sealed, 1), 500)->partitions[0].error ==
        ErrorCode::RECORD_LIST_TOO_LARGE);
  s.commit({ConfigRecord{"topic:orders", "compression.type", "gzip", false}});
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(sealed, 1), 500)->partitions[0].error == ErrorCode::NONE);
}

TEST_CASE(
    "KIP-595: a follower whose last epoch ended earlier in the leader's log gets that end offset, and its fetch does not count as progress") {
  Stage s;
  s.produce(2, 1);
  s.run_ms(5);
  s.elect(1, {1, 2, 3});
  s.produce(2, 1);
  s.run_ms(5);
  // Epoch 0 ended at offset 2 in this log; the follower has 3 records of it.
  const auto* answer = s.ask<FetchResponse>(Stage::fetch_request(2, 3, 1, 0), 5, Stage::kSecond);
  CHECK(answer->partitions[0].error == ErrorCode::NONE);
  CHECK(answer->partitions[0].diverging_epoch.value == 0);
  CHECK(answer->partitions[0].diverging_end_offset.value == 2);
  CHECK(answer->partitions[0].batches.empty());
  CHECK_FALSE(s.orders().remote(2)->log_end_offset.known());
}

TEST_CASE("a fetch by a broker that is not a replica gets UNKNOWN_LEADER_EPOCH") {
  Stage s;
  CHECK(s.ask<FetchResponse>(Stage::fetch_request(9, 0), 5, Stage::kSecond)->partitions[0].error ==
        ErrorCode::UNKNOWN_LEADER_EPOCH);
}

TEST_CASE(
    "2.5: a fetch by a broker that is not a replica gets the records when its wait ends, and does not count as a follower's") {
  Stage::Setup setup;
  setup.historical.fetch_2_5 = true;
  Stage s(setup);
  s.produce(1, 1);
  s.run_ms(5);
  CHECK(s.ask<FetchResponse>(Stage::fetch_request(9, 0, 0, -1, 100), 50, Stage::kSecond) == nullptr);
  s.produce(1, 1);
  s.run_ms(30);
  CHECK(s.peer(Stage::kSecond).got<FetchResponse>().empty());
  s.run_ms(30);
  const auto answers = s.peer(Stage::kSecond).got<FetchResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].error == ErrorCode::NONE);
  CHECK(answers[0].second.partitions[0].batches.size() == 2);
  CHECK(s.orders().remote(9) == nullptr);
}
