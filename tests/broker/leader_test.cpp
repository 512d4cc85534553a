// The leader of a partition: appends, acks, high watermark, offsets. Fetches: leader_fetch_test.cpp.
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"
#include "support.h"

using namespace broker_test;

TEST_CASE("acks=all: the answer waits until every ISR member has fetched beyond the record") {
  Stage s;
  s.produce(1);
  s.run_ms(5);
  CHECK(s.end() == 1);
  CHECK(s.high_watermark() == 0);
  CHECK(s.broker().produce_purgatory().size() == 1);
  s.follower_fetch(2, 1);
  CHECK(s.high_watermark() == 0);
  CHECK(s.client().got<ProduceResponse>().empty());
  s.follower_fetch(3, 0);  // the follower requests offset 0, so it does not have the record yet
  CHECK(s.high_watermark() == 0);
  s.follower_fetch(3, 1);  // the follower requests offset 1, so it has the record
  CHECK(s.high_watermark() == 1);
  const auto answers = s.client().got<ProduceResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].error == ErrorCode::NONE);
  CHECK(answers[0].second.partitions[0].base_offset.value == 0);
  CHECK(s.broker().produce_purgatory().size() == 0);
  REQUIRE(s.watcher.of(Trace::HighWatermarkAdvanced).size() == 1);
  CHECK(s.watcher.facts<fact::HighWatermarkAdvanced>()[0].to.value == 1);
}

TEST_CASE("acks=1: the leader answers after its own append") {
  Stage s;
  const auto* answer = s.ask<ProduceResponse>(Stage::produce_request(batch(3), 1));
  REQUIRE(answer != nullptr);
  CHECK(answer->partitions[0].error == ErrorCode::NONE);
  CHECK(s.end() == 3);
  CHECK(s.high_watermark() == 0);
}

TEST_CASE("acks=0: no answer is sent, and a failure closes the connection") {
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

TEST_CASE("acks other than -1, 0 and 1 get INVALID_REQUIRED_ACKS") {
  Stage s;
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 2))->partitions[0].error ==
        ErrorCode::INVALID_REQUIRED_ACKS);
  CHECK(s.end() == 0);
}

TEST_CASE(
    "min.insync.replicas: with too few replicas in sync a produce with acks=all is refused before the append; acks=1 is accepted") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "2", .config = {}});
  const auto* refused = s.ask<ProduceResponse>(Stage::produce_request(batch(1), -1));
  REQUIRE(refused != nullptr);
  CHECK(refused->partitions[0].error == ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(s.end() == 0);
  const auto lines = s.watcher.facts<fact::RequestRefused>();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].error == ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(lines[0].client == Stage::kClient);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))->partitions[0].error == ErrorCode::NONE);
  CHECK(s.end() == 1);
}

TEST_CASE("KIP-966: the high watermark does not move while the ISR is smaller than min.insync.replicas") {
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

TEST_CASE("the effective min.insync.replicas is at most the number of replicas") {
  Stage s({.leader = 1, .isr = {1, 2, 3}, .min_isr = "7", .config = {}});
  CHECK(s.orders().effective_min_isr() == 3);
  s.produce(1);
  s.run_ms(5);
  CHECK(s.end() == 1);
}

TEST_CASE("historical: before KIP-966 a min.insync.replicas above the number of replicas makes acks=all impossible") {
  Stage s(
      {.leader = 1, .isr = {1, 2, 3}, .min_isr = "7", .config = {}, .historical = protocol::historical({"KIP-966"})});
  CHECK(s.orders().effective_min_isr() == 7);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1)))->partitions[0].error ==
        ErrorCode::NOT_ENOUGH_REPLICAS);
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
    "a waiting produce gets NOT_LEADER_OR_FOLLOWER and the new leader when its leader loses the leadership (KIP-951)") {
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

TEST_CASE("historical: before KIP-951, or without epochs, an error names no leader") {
  Stage s(
      {.leader = 2, .isr = {1, 2, 3}, .min_isr = "1", .config = {}, .historical = protocol::historical({"KIP-320"})});
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

TEST_CASE("an unknown topic id gets UNKNOWN_TOPIC_ID; an unknown partition gets UNKNOWN_TOPIC_OR_PARTITION") {
  Stage s;
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1, 1000, {7, 0}))->partitions[0].error ==
        ErrorCode::UNKNOWN_TOPIC_ID);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1, 1000, {0, 9}))->partitions[0].error ==
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

TEST_CASE("SocketServer: a connection's next request is read only after the previous one has been answered") {
  Stage s;
  s.produce(1);     // waits for the followers
  s.produce(1, 1);  // waits for the request before it, although acks=1 needs no follower
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

TEST_CASE(
    "KIP-98: a batch that is already in the log is acknowledged with its original offset and not appended again") {
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

TEST_CASE("a duplicate with acks=all is answered when the high watermark has passed the first copy") {
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

TEST_CASE("max.message.bytes: a larger batch gets MESSAGE_TOO_LARGE") {
  Stage s;
  s.commit({ConfigRecord{"topic:orders", "max.message.bytes", "100", false}});
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))->partitions[0].error == ErrorCode::NONE);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(50), 1))->partitions[0].error ==
        ErrorCode::MESSAGE_TOO_LARGE);
}

TEST_CASE("message.timestamp.type=LogAppendTime: the record and the answer have the time of the broker's clock") {
  Stage s;
  s.commit({ConfigRecord{"topic:orders", "message.timestamp.type", "LogAppendTime", false}});
  const std::int64_t before = sim::kEpochMs + s.now().us / 1000;
  const auto* answer = s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1));
  CHECK(answer->partitions[0].log_append_time_ms >= before);
  CHECK(s.orders().log.batch_at({0})->data->records[0].timestamp_ms == answer->partitions[0].log_append_time_ms);
}

// ---------------------------------------------------------------------------------------------- offsets

TEST_CASE(
    "ListOffsets: latest is the high watermark for clients and the log end for followers; earliest is the log start") {
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

TEST_CASE("ListOffsets by time gives the first record at or after the time, below the high watermark") {
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

TEST_CASE("KIP-279: OffsetForLeaderEpoch answers with the epoch and its end offset") {
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

TEST_CASE(
    "historical: before KIP-279 OffsetForLeaderEpoch returns an offset without an epoch; before KIP-320 requests of any epoch are served") {
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
    CHECK(s.ask<FetchResponse>(Stage::fetch_request(2, 0, off == "KIP-279" ? 0 : -1), 20, Stage::kSecond)
              ->partitions[0]
              .error == ErrorCode::NONE);
  }
}

TEST_CASE("the act `answer`: matching requests get the error for every partition and are not handled") {
  Stage s;
  s.broker().answer_next({api::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 2, Stage::kClient});
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
