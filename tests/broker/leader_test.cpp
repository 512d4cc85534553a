// The leader of a partition, by the book: appends, acks, high watermark, purgatories.
#include "support.h"

using namespace broker_test;

TEST_CASE("acks=all: the answer waits until every ISR member has fetched behind the record") {
  Stage s;
  s.produce(1);
  s.run_ms(5);
  CHECK(s.end() == 1);
  CHECK(s.high_watermark() == 0);
  CHECK(s.broker().delayed_produces() == 1);
  s.follower_fetch(2, 1);
  CHECK(s.high_watermark() == 0);
  CHECK(s.client().got<ProduceResponse>().empty());
  s.follower_fetch(3, 0);  // asks for the record: it does not have it yet
  CHECK(s.high_watermark() == 0);
  s.follower_fetch(3, 1);  // asks for the next: it has
  CHECK(s.high_watermark() == 1);
  const auto answers = s.client().got<ProduceResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].error == ErrorCode::NONE);
  CHECK(answers[0].second.partitions[0].base_offset.value == 0);
  CHECK(s.broker().delayed_produces() == 0);
  REQUIRE(s.watcher.of(Trace::HighWatermarkAdvanced).size() == 1);
  CHECK(s.watcher.of(Trace::HighWatermarkAdvanced)[0].b == 1);
}

TEST_CASE("acks=1: the answer leaves after the leader's own append") {
  Stage s;
  const auto* answer = s.ask<ProduceResponse>(Stage::produce_request(batch(3), 1));
  REQUIRE(answer != nullptr);
  CHECK(answer->partitions[0].error == ErrorCode::NONE);
  CHECK(s.end() == 3);
  CHECK(s.high_watermark() == 0);
}

TEST_CASE("acks=0: no answer, and a failure closes the connection") {
  Stage s;
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 0)) == nullptr);
  CHECK(s.end() == 1);
  CHECK(s.client().ended.empty());
  s.elect(2, {1, 2, 3});
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 0)) == nullptr);
  REQUIRE(s.client().ended.size() == 1);
  CHECK(s.client().ended[0].second == sim::Disconnect::PeerClosed);
  CHECK(s.end() == 1);
}

TEST_CASE("acks other than -1, 0, 1 are INVALID_REQUIRED_ACKS") {
  Stage s;
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 2))->partitions[0].error ==
        ErrorCode::INVALID_REQUIRED_ACKS);
  CHECK(s.end() == 0);
}

TEST_CASE("min.insync.replicas: acks=all is refused before the append, acks=1 is not") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "2", .config = {}});
  const auto* refused = s.ask<ProduceResponse>(Stage::produce_request(batch(1), -1));
  REQUIRE(refused != nullptr);
  CHECK(refused->partitions[0].error == ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(s.end() == 0);
  const auto lines = s.watcher.of(Trace::RequestRefused);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].b == 19);
  CHECK(lines[0].c == Stage::kClient.index);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))->partitions[0].error == ErrorCode::NONE);
  CHECK(s.end() == 1);
}

TEST_CASE("KIP-966: the high watermark stands while the ISR is smaller than min.insync.replicas") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "2", .config = {}});
  s.produce(5, 1);
  s.run_ms(5);
  CHECK(s.end() == 5);
  CHECK(s.high_watermark() == 0);
  Stage one({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  one.produce(5, 1);
  one.run_ms(5);
  CHECK(one.high_watermark() == 5);  // the ISR is the leader alone
}

TEST_CASE("effective min ISR is at most the number of replicas") {
  Stage s({.leader = 1, .isr = {1, 2, 3}, .min_isr = "7", .config = {}});
  CHECK(s.orders().effective_min_isr() == 3);
  s.produce(1);
  s.run_ms(5);
  CHECK(s.end() == 1);
}

TEST_CASE("historical: before KIP-966 more min.insync.replicas than replicas made acks=all impossible") {
  Stage s({.leader = 1, .isr = {1, 2, 3}, .min_isr = "7", .config = {}, .historical = protocol::historical({"KIP-966"})});
  CHECK(s.orders().effective_min_isr() == 7);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1)))->partitions[0].error == ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))->partitions[0].error == ErrorCode::NONE);
  CHECK(s.high_watermark() == 0);  // the others have not fetched
  s.follower_fetch(2, 1);
  s.follower_fetch(3, 1);
  CHECK(s.high_watermark() == 1);
}

TEST_CASE("a produce that waits longer than its time-out gets REQUEST_TIMED_OUT, and the record stays") {
  Stage s;
  s.produce(1, -1, 1500);
  s.run_ms(1490);
  CHECK(s.client().got<ProduceResponse>().empty());
  s.run_ms(20);
  const auto answers = s.client().got<ProduceResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].error == ErrorCode::REQUEST_TIMED_OUT);
  CHECK(s.end() == 1);
}

TEST_CASE(
    "a produce that waits at a leader that loses its office gets NOT_LEADER_OR_FOLLOWER and the new leader (KIP-951)") {
  Stage s;
  s.produce(1);
  s.run_ms(5);
  s.elect(3, {1, 2, 3});
  const auto answers = s.client().got<ProduceResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].error == ErrorCode::NOT_LEADER_OR_FOLLOWER);
  CHECK(answers[0].second.partitions[0].current_leader == 3);
  CHECK(answers[0].second.partitions[0].current_leader_epoch.value == 1);
}

TEST_CASE("historical: before KIP-951, and without epochs, an error names no leader") {
  Stage s({.leader = 2, .isr = {1, 2, 3}, .min_isr = "1", .config = {}, .historical = protocol::historical({"KIP-320"})});
  const auto* answer = s.ask<ProduceResponse>(Stage::produce_request(batch(1)));
  CHECK(answer->partitions[0].error == ErrorCode::NOT_LEADER_OR_FOLLOWER);
  CHECK(answer->partitions[0].current_leader == kNoBroker);
}

TEST_CASE("KIP-951: a produce to a broker that does not lead names the leader") {
  Stage s({.leader = 2, .isr = {1, 2, 3}, .min_isr = "1", .config = {}});
  const auto* answer = s.ask<ProduceResponse>(Stage::produce_request(batch(1)));
  REQUIRE(answer != nullptr);
  CHECK(answer->partitions[0].error == ErrorCode::NOT_LEADER_OR_FOLLOWER);
  CHECK(answer->partitions[0].current_leader == 2);
  CHECK(answer->partitions[0].current_leader_epoch.value == 0);
}

TEST_CASE("a topic id that the broker does not know is UNKNOWN_TOPIC_ID, a partition UNKNOWN_TOPIC_OR_PARTITION") {
  Stage s;
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1, 1000, {7, 0}))->partitions[0].error ==
        ErrorCode::UNKNOWN_TOPIC_ID);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1, 1000, {0, 9}))->partitions[0].error ==
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

TEST_CASE("SocketServer: the next request of a connection is read only after the one before was answered") {
  Stage s;
  s.produce(1);     // waits for the followers
  s.produce(1, 1);  // behind it, although it would need nobody
  s.run_ms(100);
  CHECK(s.end() == 1);
  CHECK(s.client().got<ProduceResponse>().empty());
  s.follower_fetch(2, 1);
  s.follower_fetch(3, 1);
  s.run_ms(5);
  CHECK(s.end() == 2);
  const auto answers = s.client().got<ProduceResponse>();
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].second.partitions[0].base_offset.value == 1);
  CHECK(answers[0].first <= answers[1].first);
}

TEST_CASE("KIP-98: a batch that is already in the log is acknowledged with its first offset and not appended again") {
  Stage s;
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(2, 7, 0), 1))->partitions[0].base_offset.value == 0);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(2, 7, 2), 1))->partitions[0].base_offset.value == 2);
  const auto* again = s.ask<ProduceResponse>(Stage::produce_request(batch(2, 7, 0), 1));
  CHECK(again->partitions[0].error == ErrorCode::NONE);
  CHECK(again->partitions[0].base_offset.value == 0);
  CHECK(s.end() == 4);
  CHECK(s.watcher.of(Trace::DuplicateBatch).size() == 1);
  const auto* gap = s.ask<ProduceResponse>(Stage::produce_request(batch(2, 7, 9), 1));
  CHECK(gap->partitions[0].error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
}

TEST_CASE("a duplicate with acks=all waits for the first copy's high watermark") {
  Stage s;
  s.send(Stage::kClient, Stage::produce_request(batch(1, 7, 0), -1, 500));
  s.run_ms(600);  // timed out
  s.send(Stage::kClient, Stage::produce_request(batch(1, 7, 0), -1, 5000));
  s.run_ms(10);
  CHECK(s.client().got<ProduceResponse>().size() == 1);
  s.follower_fetch(2, 1);
  s.follower_fetch(3, 1);
  const auto answers = s.client().got<ProduceResponse>();
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].second.partitions[0].error == ErrorCode::NONE);
  CHECK(s.end() == 1);
}

TEST_CASE("max.message.bytes: a larger batch is MESSAGE_TOO_LARGE") {
  Stage s;
  s.commit({ConfigRecord{"topic:orders", "max.message.bytes", "100", false}});
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))->partitions[0].error == ErrorCode::NONE);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(50), 1))->partitions[0].error ==
        ErrorCode::MESSAGE_TOO_LARGE);
}

TEST_CASE("message.timestamp.type=LogAppendTime: the broker's clock is in the record and in the answer") {
  Stage s;
  s.commit({ConfigRecord{"topic:orders", "message.timestamp.type", "LogAppendTime", false}});
  const std::int64_t before = sim::kEpochMs + s.now().us / 1000;
  const auto* answer = s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1));
  CHECK(answer->partitions[0].log_append_time_ms >= before);
  CHECK(s.orders().log.batch_at({0})->data->records[0].timestamp_ms == answer->partitions[0].log_append_time_ms);
}

// ---------------------------------------------------------------------------------------------- fetches

TEST_CASE("a consumer's fetch gives what is below the high watermark, a follower's what is in the log") {
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

TEST_CASE("read_committed: the last stable offset, which is the high watermark, bounds Fetch and is ListOffsets' latest") {
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

TEST_CASE("before KAFKA-9952 a follower's fetch was answered as soon as the high watermark was one it had not been sent") {
  for (const bool old : {false, true}) {
    Stage::Setup setup;
    setup.historical.kafka_9952 = old;
    Stage s(setup);
    s.produce(1, 1);
    s.run_ms(5);
    const auto fetch = [&](sim::NodeId follower) { s.send(follower, Stage::fetch_request(static_cast<BrokerId>(follower.index), 1, 0, -1, 500)); };
    const auto answers = [&](sim::NodeId follower) { return s.peer(follower).got<FetchResponse>(); };
    fetch(Stage::kSecond);
    s.run_ms(5);
    CHECK(answers(Stage::kSecond).empty());  // it stays at 0 until the other one has fetched
    fetch(Stage::kThird);
    s.run_ms(5);
    for (const sim::NodeId follower : {Stage::kSecond, Stage::kThird}) {
      REQUIRE(answers(follower).size() == (old ? 1 : 0));
      if (old) CHECK(answers(follower)[0].second.partitions[0].high_watermark.value == 1);
    }
    if (!old) continue;
    fetch(Stage::kSecond);  // what a waiting fetch was answered with is not written down as sent: so once more
    s.run_ms(5);
    CHECK(answers(Stage::kSecond).size() == 2);
    fetch(Stage::kSecond);
    s.run_ms(5);
    CHECK(answers(Stage::kSecond).size() == 2);
  }
}

TEST_CASE("a waiting consumer fetch is woken by the high watermark, a follower's by the append") {
  Stage s({.leader = 1, .isr = {1, 2}, .min_isr = "1", .config = {}});
  s.send(Stage::kClient, Stage::fetch_request(-1, 0, 0, -1, 500));
  s.send(Stage::kSecond, Stage::fetch_request(2, 0, 0, -1, 500));
  s.run_ms(20);
  CHECK(s.broker().delayed_fetches() == 2);
  s.send(Stage::kThird, Stage::produce_request(batch(1), 1));
  s.run_ms(3);
  CHECK(s.peer(Stage::kSecond).got<FetchResponse>().size() == 1);  // has the record
  CHECK(s.client().got<FetchResponse>().empty());
  s.follower_fetch(2, 1);
  const auto consumed = s.client().got<FetchResponse>();
  REQUIRE(consumed.size() == 1);
  CHECK(consumed[0].second.partitions[0].batches.size() == 1);
  CHECK(consumed[0].second.partitions[0].high_watermark.value == 1);
  CHECK(s.broker().delayed_fetches() == 0);
}

TEST_CASE("a fetch with nothing to return is answered empty when max_wait_ms is over") {
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

TEST_CASE("fetch.min.bytes: a fetch waits until so much is there") {
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

TEST_CASE("DelayedFetch, case F: a consumer's fetch from behind the high watermark is answered at once; in 2.5 only from another segment") {
  for (const bool old : {false, true}) {
    for (const bool rolled : {false, true}) {
      Stage::Setup setup{.leader = 1, .isr = {1, 2, 3}, .min_isr = "1", .config = {}};
      setup.historical.fetch_2_5 = old;
      Stage s(setup);
      if (rolled) s.commit({ConfigRecord{"topic:orders", "segment.bytes", "1048576", false}});
      RecordBatch large = *batch(1);
      Record record;
      record.value = std::string(700000, 'x');
      large.records = {record};
      const auto sealed = seal(std::move(large));
      for (int i = 0; i < 2; ++i) s.send(Stage::kThird, Stage::produce_request(sealed, 1));
      s.run_ms(100);
      REQUIRE(s.end() == 2);
      REQUIRE(s.orders().log.high_watermark().value == 0);
      REQUIRE(s.orders().log.segment_list().size() == (rolled ? 2 : 1));
      CHECK((s.ask<FetchResponse>(Stage::fetch_request(-1, 1, 0, -1, 500), 50) != nullptr) == (!old || rolled));
      CHECK(s.ask<FetchResponse>(Stage::fetch_request(-1, 0, 0, -1, 500), 50) == nullptr);  // at it: this one waits
    }
  }
}

TEST_CASE("fetch.min.bytes: what lies on an older segment is enough, however little; so is what was there before the segment closed") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  s.commit({ConfigRecord{"topic:orders", "segment.bytes", "1048576", false}});
  FetchRequest request = Stage::fetch_request(-1, 0, 0, -1, 500);
  request.min_bytes = 5000000;
  RecordBatch large = *batch(1);
  Record record;
  record.value = std::string(700000, 'x');
  large.records = {record};
  const auto sealed = seal(std::move(large));
  s.produce(1, 1);
  s.run_ms(5);
  CHECK(s.ask<FetchResponse>(request) == nullptr);  // all of it is in the active segment
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
  CHECK(whole->partitions[0].batches.size() == 2);  // all of that segment, and nothing of the next (LocalLog.read)
  CHECK(s.ask<FetchResponse>(Stage::fetch_request(-1, 2), 100)->partitions[0].batches.size() == 1);
}

TEST_CASE("LogSegment.read: an answer is as long as it was asked for, with a part of the next batch at its end") {
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

TEST_CASE("max_bytes: whole batches up to the limit, but always at least one (KIP-74)") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  for (int i = 0; i < 4; ++i) s.produce(10, 1);
  s.run_ms(10);
  FetchRequest request = Stage::fetch_request(-1, 0);
  request.max_bytes = 10;
  CHECK(s.ask<FetchResponse>(request)->partitions[0].batches.size() == 1);
  request.max_bytes = 2 * s.orders().log.batch_at({0})->data->size_bytes + 5;
  CHECK(s.ask<FetchResponse>(request)->partitions[0].batches.size() == 2);
}

TEST_CASE("KIP-320: an older leader epoch is FENCED_LEADER_EPOCH, a newer one UNKNOWN_LEADER_EPOCH") {
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

TEST_CASE("a waiting fetch of an epoch that ends is answered FENCED_LEADER_EPOCH at once") {
  Stage s;
  s.send(Stage::kClient, Stage::fetch_request(-1, 0, 0, -1, 5000));
  s.run_ms(10);
  s.elect(2, {1, 2, 3});
  REQUIRE(s.client().got<FetchResponse>().size() == 1);
  CHECK(s.client().got<FetchResponse>()[0].second.partitions[0].error == ErrorCode::FENCED_LEADER_EPOCH);
}

TEST_CASE("a fetch outside the log is OFFSET_OUT_OF_RANGE") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  const auto error_at = [&](std::int64_t offset) { return s.ask<FetchResponse>(Stage::fetch_request(-1, offset))->partitions[0].error; };
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

TEST_CASE("UnifiedLog.append: what is refused for its sequence, or known already, may have closed a segment") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  s.commit({ConfigRecord{"topic:orders", "segment.ms", "1000", false}});
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1, 7, 0), 1))->partitions[0].error == ErrorCode::NONE);
  RecordBatch late = *batch(1, 7, 5);
  late.records.set_timestamps(sim::kEpochMs + 2000);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(seal(std::move(late)), 1))->partitions[0].error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  CHECK(s.end() == 1);
  CHECK(s.watcher.of(Trace::SegmentRolled).size() == 1);
  CHECK(s.orders().log.active_base_offset().value == 1);
}

TEST_CASE("UnifiedLogTest.testMessageSetSizeCheck: a batch larger than a segment is refused, as large as the topic's compression leaves it") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  s.commit({ConfigRecord{"topic:orders", "segment.bytes", "1048576", false}, ConfigRecord{"topic:orders", "max.message.bytes", "3000000", false}});
  RecordBatch large = *batch(1);
  Record record;
  record.value = std::string(1'200'000, 'x');
  record.timestamp_ms = sim::kEpochMs;
  large.records = {record};
  const auto sealed = seal(std::move(large));
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(sealed, 1), 500)->partitions[0].error == ErrorCode::RECORD_LIST_TOO_LARGE);
  s.commit({ConfigRecord{"topic:orders", "compression.type", "gzip", false}});
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(sealed, 1), 500)->partitions[0].error == ErrorCode::NONE);
}

TEST_CASE("KIP-595: a follower whose last epoch ended earlier here is told where, and is not taken note of") {
  Stage s;
  s.produce(2, 1);
  s.run_ms(5);
  s.elect(1, {1, 2, 3});
  s.produce(2, 1);
  s.run_ms(5);
  // Epoch 0 ended at 2 here; the follower has 3 records of it.
  const auto* answer = s.ask<FetchResponse>(Stage::fetch_request(2, 3, 1, 0), 5, Stage::kSecond);
  CHECK(answer->partitions[0].error == ErrorCode::NONE);
  CHECK(answer->partitions[0].diverging_epoch.value == 0);
  CHECK(answer->partitions[0].diverging_end_offset.value == 2);
  CHECK(answer->partitions[0].batches.empty());
  CHECK_FALSE(s.orders().remote(2)->log_end_offset.known());
}

TEST_CASE("a fetch by a broker that is no replica is UNKNOWN_LEADER_EPOCH") {
  Stage s;
  CHECK(s.ask<FetchResponse>(Stage::fetch_request(9, 0), 5, Stage::kSecond)->partitions[0].error ==
        ErrorCode::UNKNOWN_LEADER_EPOCH);
}

TEST_CASE("2.5: a fetch by a broker that is no replica waits, and gets what is there when its time is up; nobody takes note of it") {
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

// ---------------------------------------------------------------------------------------------- offsets

TEST_CASE(
    "ListOffsets: latest is the high watermark for clients and the log end for followers, earliest the log start") {
  Stage s;
  s.produce(3, 1);
  s.run_ms(5);
  ListOffsetsRequest list;
  list.partitions.push_back({kOrders, {0}, kLatestTimestamp});
  list.partitions.push_back({kOrders, {0}, kEarliestTimestamp});
  const auto* client = s.ask<ListOffsetsResponse>(list);
  CHECK(client->partitions[0].offset.value == 0);
  CHECK(client->partitions[1].offset.value == 0);
  list.replica_id = 2;
  CHECK(s.ask<ListOffsetsResponse>(list)->partitions[0].offset.value == 3);
}

TEST_CASE("ListOffsets by time gives the first record at or after it, below the high watermark") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  s.produce(5, 1);
  s.run_ms(5);
  ListOffsetsRequest list;
  list.partitions.push_back({kOrders, {0}, sim::kEpochMs + 3});
  list.partitions.push_back({kOrders, {0}, sim::kEpochMs + 100});
  const auto* answer = s.ask<ListOffsetsResponse>(list);
  CHECK(answer->partitions[0].offset.value == 3);
  CHECK(answer->partitions[1].offset.value == -1);
  CHECK(answer->partitions[1].error == ErrorCode::NONE);
}

TEST_CASE("KIP-207: a new leader whose high watermark is behind its epoch's start answers OFFSET_NOT_AVAILABLE") {
  Stage s;
  s.produce(2, 1);
  s.run_ms(5);
  s.elect(1, {1, 2, 3});
  ListOffsetsRequest list;
  list.partitions.push_back({kOrders, {1}, kLatestTimestamp});
  CHECK(s.ask<ListOffsetsResponse>(list)->partitions[0].error == ErrorCode::OFFSET_NOT_AVAILABLE);
  list.partitions[0].timestamp = kEarliestTimestamp;
  CHECK(s.ask<ListOffsetsResponse>(list)->partitions[0].error == ErrorCode::NONE);
  s.follower_fetch(2, 2, 1);
  s.follower_fetch(3, 2, 1);
  list.partitions[0].timestamp = kLatestTimestamp;
  CHECK(s.ask<ListOffsetsResponse>(list)->partitions[0].offset.value == 2);
}

TEST_CASE("KIP-279: OffsetForLeaderEpoch answers with the epoch and where it ended") {
  Stage s;
  s.produce(2, 1);
  s.run_ms(5);
  s.elect(1, {1, 2, 3});
  s.produce(1, 1);
  s.run_ms(5);
  OffsetForLeaderEpochRequest r;
  r.partitions.push_back({kOrders, {1}, {0}});
  r.partitions.push_back({kOrders, {1}, {1}});
  r.partitions.push_back({kOrders, {1}, {9}});
  const auto* answer = s.ask<OffsetForLeaderEpochResponse>(r);
  CHECK(answer->partitions[0].end_offset.value == 2);
  CHECK(answer->partitions[0].leader_epoch.value == 0);
  CHECK(answer->partitions[1].end_offset.value == 3);
  CHECK(answer->partitions[2].end_offset.value == -1);
  CHECK(answer->partitions[2].leader_epoch.value == -1);
}

TEST_CASE("historical: before KIP-279 followers are told an offset alone, before KIP-320 any epoch is served and none is told") {
  for (const std::string_view off : {"KIP-279", "KIP-320"}) {
    CAPTURE(off);
    Stage::Setup setup;
    setup.historical = protocol::historical({std::string(off)});
    Stage s(setup);
    s.produce(2, 1);
    s.run_ms(5);
    OffsetForLeaderEpochRequest r;
    r.partitions.push_back({kOrders, {0}, {0}});
    CHECK(s.ask<OffsetForLeaderEpochResponse>(r)->partitions[0].leader_epoch.value == 0);  // a consumer
    r.replica_id = 2;
    const auto* answer = s.ask<OffsetForLeaderEpochResponse>(r);
    CHECK(answer->partitions[0].end_offset.value == 2);
    CHECK(answer->partitions[0].leader_epoch.value == (off == "KIP-279" ? -1 : 0));
    MetadataRequest metadata;
    metadata.all = true;
    CHECK(s.ask<MetadataResponse>(metadata)->topics[0].partitions[0].leader_epoch.value == (off == "KIP-279" ? 0 : -1));
    CHECK(s.ask<FetchResponse>(Stage::fetch_request(2, 0, off == "KIP-279" ? 0 : -1), 20, Stage::kSecond)->partitions[0].error == ErrorCode::NONE);
  }
}

TEST_CASE("answer: matching requests get the error for every partition and are not handled") {
  Stage s;
  s.broker().answer_next({ApiKey::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 2, Stage::kClient});
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1), 5, Stage::kSecond)->partitions[0].error ==
        ErrorCode::NONE);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))->partitions[0].error ==
        ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))->partitions[0].error ==
        ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))->partitions[0].error == ErrorCode::NONE);
  CHECK(s.end() == 2);
  CHECK(s.watcher.of(Trace::RequestRefused).size() == 2);
}
