// The in-sync set: when replicas leave and join it, and the requests to the controller.
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"
#include "protocol/messages_quorum.h"
#include "support.h"

using namespace broker_test;

namespace {

/// broker-2 keeps up with the leader (fetches its end every 100 ms); broker-3 does nothing.
void keep_up(Stage& s, std::int64_t ms) {
  for (std::int64_t t = 0; t < ms; t += 100) {
    s.send(Stage::kSecond, Stage::fetch_request(2, s.end(), s.orders().leader_epoch.value));
    s.run_ms(100);
  }
}

Stage::Setup short_lag(IdList isr = {1, 2, 3}) {
  return {.leader = 1, .isr = isr, .min_isr = "1", .config = {{"replica.lag.time.max.ms", std::int64_t{10000}}}};
}

}  // namespace

TEST_CASE(
    "replica.lag.time.max.ms: a stalled follower leaves the ISR after 1.0 to 1.5 times this limit, and the high watermark moves on") {
  for (const std::int64_t stall_at : {300, 2100, 4700, 7900}) {
    Stage s(short_lag());
    for (std::int64_t t = 0; t < stall_at; t += 100) {
      s.send(Stage::kThird, Stage::fetch_request(3, s.end()));
      keep_up(s, 100);
    }
    const sim::Instant stalled = s.now();
    s.produce(1, 1);
    while (s.orders().isr.size() == 3 && s.now() - stalled < sim::seconds(20)) keep_up(s, 100);
    const sim::Duration took = s.now() - stalled;
    CHECK(took >= sim::milliseconds(9800));
    CHECK(took <= sim::milliseconds(15300));
    CHECK(s.orders().isr == IdList{1, 2});
    REQUIRE(s.controller().alters.size() == 1);
    CHECK(s.controller().alters[0].second.partitions[0].new_isr == IdList{1, 2});
    CHECK(s.high_watermark() == 1);
    const auto lines = s.watcher.facts<fact::IsrShrink>();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].isr.text == "[1,2,3] -> [1,2]");
  }
}

TEST_CASE("a follower keeps fetching while its session has no new records, so its lag counts from its last fetch") {
  for (const std::int64_t quiet : {30000, 31300, 33700}) {
    Stage s(short_lag());
    protocol::FetchRequest fetch = Stage::fetch_request(3, 0);
    fetch.session_epoch = 0;
    s.send(Stage::kThird, fetch);
    keep_up(s, 100);
    fetch.partitions.clear();
    fetch.session_id = s.peer(Stage::kThird).got<protocol::FetchResponse>().back().second.session_id;
    REQUIRE(fetch.session_id != 0);
    for (std::int64_t t = 0; t < quiet; t += 100) {
      ++fetch.session_epoch;
      s.send(Stage::kThird, fetch);
      keep_up(s, 100);
    }
    CHECK(s.orders().remote(3)->quiet_in == fetch.session_id);
    const sim::Instant stalled = s.now();
    s.produce(1, 1);
    while (s.orders().isr.size() == 3 && s.now() - stalled < sim::seconds(20)) keep_up(s, 100);
    CHECK(s.now() - stalled >= sim::milliseconds(9700));
    CHECK(s.now() - stalled <= sim::milliseconds(15300));
  }
}

TEST_CASE(
    "an idle partition keeps its ISR: a follower that has every record is in sync even if its last fetch is long ago") {
  Stage s(short_lag());
  s.produce(1, 1);
  s.run_ms(5);
  s.follower_fetch(2, 1);
  s.follower_fetch(3, 1);
  s.run_ms(60000);
  CHECK(s.orders().isr == IdList{1, 2, 3});
  CHECK(s.controller().alters.empty());
}

TEST_CASE(
    "a follower that is always one fetch behind a steady producer stays in sync (lastCaughtUpTime of the previous fetch)") {
  Stage s(short_lag());
  std::int64_t seen = 0;
  for (int i = 0; i < 300; ++i) {
    s.produce(1, 1);
    s.run_ms(2);
    for (BrokerId id : {2, 3}) s.send(sim::NodeId{id}, Stage::fetch_request(id, seen));
    seen = s.end();
    s.run_ms(98);
  }
  CHECK(s.orders().isr.size() == 3);
  CHECK(s.orders().remote(2)->log_end_offset.value < s.end());
}

TEST_CASE("a follower enters the ISR only when it has every committed record") {
  Stage s(short_lag({1, 2}));
  for (int i = 0; i < 3; ++i) s.produce(1, 1);
  s.run_ms(5);
  s.follower_fetch(2, 3);
  CHECK(s.high_watermark() == 3);
  s.follower_fetch(3, 2);
  CHECK(s.controller().alters.empty());
  s.follower_fetch(3, 3);
  s.run_ms(100);
  REQUIRE(s.controller().alters.size() == 1);
  CHECK(s.controller().alters[0].second.partitions[0].new_isr == IdList{1, 2, 3});
  CHECK(s.controller().alters[0].second.partitions[0].isr_epochs == std::vector<BrokerEpoch>{1, 2, 3});  // KIP-903
  CHECK(s.orders().isr == IdList{1, 2, 3});
  REQUIRE(s.watcher.of(Trace::IsrExpand).size() == 1);
  CHECK(s.watcher.facts<fact::IsrExpand>()[0].isr.text == "[1,2] -> [1,2,3]");
}

TEST_CASE("KAFKA-7128: a follower enters the ISR only when it has also reached the start of the leader's epoch") {
  Stage s(short_lag({1, 2}));
  s.produce(3, 1);
  s.run_ms(5);
  s.elect(1, {1, 2});  // epoch 1 starts at 3, the high watermark is still 0
  CHECK(s.high_watermark() == 0);
  s.follower_fetch(3, 2, 1);
  CHECK(s.controller().alters.empty());
  s.follower_fetch(3, 3, 1);
  CHECK(s.controller().alters.size() == 1);
}

TEST_CASE("KIP-497: a pending expansion of the ISR counts for the high watermark; a pending shrink does not") {
  Stage s(short_lag({1, 2}));
  s.controller().answer_alter = false;
  s.follower_fetch(3, 0);
  CHECK(s.orders().pending == broker::PendingIsr::Expand);
  CHECK(s.orders().maximal_isr().size() == 3);
  s.produce(1, 1);
  s.run_ms(5);
  s.follower_fetch(2, 1);
  CHECK(s.high_watermark() == 0);  // broker 3 might already be in the ISR
  keep_up(s, 12000);
  s.produce(1, 1);
  s.run_ms(5);
  s.follower_fetch(2, 2);
  CHECK(s.high_watermark() == 0);  // even if broker 3 was caught up long ago
  s.follower_fetch(3, 1);
  CHECK(s.high_watermark() == 1);

  Stage t(short_lag());
  t.controller().answer_alter = false;
  t.produce(1, 1);
  keep_up(t, 16000);
  CHECK(t.orders().pending == broker::PendingIsr::Shrink);
  t.produce(1, 1);
  t.run_ms(5);
  t.follower_fetch(2, 2);
  CHECK(t.orders().pending == broker::PendingIsr::Shrink);
  CHECK(t.high_watermark() == 0);  // the controller may still refuse the change
}

TEST_CASE("a replica that is caught up and eligible holds the high watermark back even outside the ISR") {
  Stage s(short_lag({1, 2}));
  s.controller().alter_error = ErrorCode::INELIGIBLE_REPLICA;  // broker 3 never gets into the ISR
  s.follower_fetch(3, 0);
  s.produce(1, 1);
  s.run_ms(5);
  s.follower_fetch(2, 1);
  CHECK(s.high_watermark() == 0);
  s.follower_fetch(3, 1);
  CHECK(s.high_watermark() == 1);
}

TEST_CASE("KIP-841: a broker that is fenced or shutting down does not enter the ISR") {
  for (const bool shutting_down : {false, true}) {
    Stage s(short_lag({1, 2}));
    BrokerRegistrationChangeRecord change;
    change.broker_id = 3;
    change.broker_epoch = 3;
    (shutting_down ? change.in_controlled_shutdown : change.fenced) = 1;
    s.commit({change});
    s.follower_fetch(3, 0);
    CHECK(s.controller().alters.empty());
    s.produce(1, 1);
    s.run_ms(5);
    s.follower_fetch(2, 1);
    CHECK(s.high_watermark() == 1);  // broker 3 does not hold the high watermark back either
  }
}

TEST_CASE("KIP-903: a fetch from an earlier process of the broker is refused and does not count as progress") {
  Stage s(short_lag({1, 2}));
  s.commit({registration(3, 77, true)});  // registered again but not yet fetching: no epochs are compared
  CHECK(s.ask<FetchResponse>(Stage::fetch_request(3, 0), 5, Stage::kThird)->partitions[0].error == ErrorCode::NONE);
  s.commit({registration(3, 77)});
  const auto* answer = s.ask<FetchResponse>(Stage::fetch_request(3, 0), 5, Stage::kThird);  // the fetch carries epoch 3
  CHECK(answer->partitions[0].error == ErrorCode::NOT_LEADER_OR_FOLLOWER);
  CHECK(s.controller().alters.empty());
  FetchRequest fresh = Stage::fetch_request(3, 0);
  fresh.replica_epoch = 77;
  s.send(Stage::kThird, fresh);
  s.run_ms(5);
  REQUIRE(s.controller().alters.size() == 1);
  CHECK(s.controller().alters[0].second.partitions[0].isr_epochs == std::vector<BrokerEpoch>{1, -1, 77});
}

TEST_CASE(
    "historical: before KIP-903 a fetch from an earlier process counts, and AlterPartition carries no broker epochs") {
  Stage::Setup setup = short_lag({1, 2});
  setup.historical.kip_903 = true;
  Stage s(setup);
  s.commit({registration(3, 77)});
  CHECK(s.ask<FetchResponse>(Stage::fetch_request(3, 0), 5, Stage::kThird)->partitions[0].error == ErrorCode::NONE);
  REQUIRE(s.controller().alters.size() == 1);
  CHECK(s.controller().alters[0].second.partitions[0].isr_epochs == std::vector<BrokerEpoch>{-1, -1, -1});
}

TEST_CASE("historical: before KIP-841 a fenced broker enters the ISR and holds the high watermark back") {
  Stage::Setup setup = short_lag({1, 2});
  setup.historical.kip_841 = true;
  Stage s(setup);
  s.controller().alter_error = ErrorCode::INELIGIBLE_REPLICA;
  s.commit({registration(3, 3, true)});
  s.follower_fetch(3, 0);
  CHECK(s.controller().alters.size() == 1);
  s.produce(1, 1);
  s.run_ms(5);
  s.follower_fetch(2, 1);
  CHECK(s.high_watermark() == 0);  // broker 3 was caught up a moment ago, so it counts
}

TEST_CASE("historical: before KAFKA-7128 a follower that has reached the high watermark enters the ISR") {
  Stage::Setup setup = short_lag({1, 2});
  setup.historical.kafka_7128 = true;
  Stage s(setup);
  s.produce(3, 1);
  s.run_ms(5);
  s.elect(1, {1, 2});
  s.follower_fetch(3, 2, 1);
  CHECK(s.controller().alters.size() == 1);
}

TEST_CASE("AlterPartition: after any other error of a partition the leader asks again at once") {
  Stage s(short_lag({1, 2}));
  s.controller().alter_error = ErrorCode::UNKNOWN_SERVER_ERROR;
  s.follower_fetch(3, 0);
  s.run_ms(5);
  CHECK(s.controller().alters.size() > 1);
  CHECK(s.orders().pending == broker::PendingIsr::Expand);
  s.controller().alter_error = ErrorCode::NONE;
  s.run_ms(100);
  CHECK(s.orders().isr == IdList{1, 2, 3});
}

TEST_CASE("INELIGIBLE_REPLICA: the leader falls back to the committed ISR and may ask again") {
  for (const ErrorCode error : {ErrorCode::INELIGIBLE_REPLICA, ErrorCode::OPERATION_NOT_ATTEMPTED}) {
    Stage s(short_lag({1, 2}));
    s.controller().alter_error = error;
    s.follower_fetch(3, 0);
    s.run_ms(50);
    CHECK(s.orders().pending == broker::PendingIsr::None);
    CHECK(s.orders().isr == IdList{1, 2});
    CHECK(s.controller().alters.size() == 1);  // the leader does not repeat the request by itself
    CHECK(s.broker().metrics().failed_isr_updates == 1);
    CHECK(s.broker().metrics().isr_expands == 0);
    s.controller().alter_error = ErrorCode::NONE;
    s.follower_fetch(3, 0);
    s.run_ms(100);
    CHECK(s.orders().isr == IdList{1, 2, 3});
    CHECK(s.broker().metrics().isr_expands == 1);
  }
}

TEST_CASE("FENCED_LEADER_EPOCH, INVALID_UPDATE_VERSION: after these errors the leader waits for newer metadata") {
  for (const ErrorCode error :
       {ErrorCode::FENCED_LEADER_EPOCH, ErrorCode::INVALID_UPDATE_VERSION, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode::UNKNOWN_TOPIC_ID, ErrorCode::INVALID_REQUEST, ErrorCode::NEW_LEADER_ELECTED}) {
    Stage s(short_lag({1, 2}));
    s.controller().alter_error = error;
    s.follower_fetch(3, 0);
    s.run_ms(50);
    CHECK(s.orders().pending == broker::PendingIsr::Expand);
    s.controller().alter_error = ErrorCode::NONE;
    s.follower_fetch(3, 0);
    s.run_ms(50);
    CHECK(s.controller().alters.size() == 1);  // one change at a time
    s.elect(1, {1, 2});
    CHECK(s.orders().pending == broker::PendingIsr::None);
  }
}

TEST_CASE("STALE_BROKER_EPOCH for the whole AlterPartition: the leader sends the request again after 50 ms") {
  Stage s(short_lag({1, 2}));
  s.controller().alter_top_error = ErrorCode::STALE_BROKER_EPOCH;
  s.follower_fetch(3, 0);
  s.run_ms(20);
  CHECK(s.controller().alters.size() == 1);
  s.controller().alter_top_error = ErrorCode::NONE;
  s.run_ms(200);
  REQUIRE(s.controller().alters.size() == 2);
  CHECK(s.controller().alters[1].first - s.controller().alters[0].first >= sim::milliseconds(50));
  CHECK(s.orders().isr == IdList{1, 2, 3});
}

TEST_CASE("metadata that arrives before the answer to AlterPartition takes precedence, and the answer is ignored") {
  Stage s(short_lag({1, 2}));
  s.controller().answer_alter = false;
  s.follower_fetch(3, 0);
  PartitionChangeRecord change;
  change.partition = kOrders;
  change.has_isr = true;
  change.isr = {1, 2, 3};
  s.commit({change});
  CHECK(s.orders().isr == IdList{1, 2, 3});
  CHECK(s.orders().pending == broker::PendingIsr::None);
  CHECK(s.watcher.of(Trace::IsrExpand).size() == 1);
  // The answer arrives only now, with a different result.
  const PartitionEpoch epoch = s.orders().partition_epoch;
  const auto answer = [&](ErrorCode error) {
    AlterPartitionResponse late;
    AlterPartitionResult& row = late.partitions.emplace_back();
    row.partition = kOrders;
    row.error = error;
    row.leader = 1;
    row.leader_epoch = s.orders().leader_epoch;
    row.isr = {1, 2};
    row.partition_epoch = epoch + 1;
    s.controller().answer_last_alter(s, std::move(late));
  };
  answer(ErrorCode::NONE);
  CHECK(s.orders().isr == IdList{1, 2, 3});
  CHECK(s.orders().partition_epoch == epoch);
  CHECK(s.broker().metrics().failed_isr_updates == 0);
}

TEST_CASE("an answer to an older ISR proposal does not settle a newer proposal") {
  Stage s(short_lag({1, 2}));
  s.controller().answer_alter = false;
  s.follower_fetch(3, 0);
  s.elect(1, {1, 2});  // newer metadata: the proposal is void
  REQUIRE(s.orders().pending == broker::PendingIsr::None);
  AlterPartitionResponse late;
  AlterPartitionResult& row = late.partitions.emplace_back();
  row.partition = kOrders;
  row.error = ErrorCode::INVALID_UPDATE_VERSION;
  s.controller().answer_last_alter(s, std::move(late));
  CHECK(s.broker().metrics().failed_isr_updates == 0);
  s.controller().answer_alter = true;
  s.follower_fetch(3, 0, 1);
  s.run_ms(100);
  CHECK(s.orders().isr == IdList{1, 2, 3});
}

TEST_CASE(
    "DefaultAlterPartitionManager.submit: a second change is not sent while the first is under way, and counts as failed") {
  Stage s(short_lag({1, 2}));
  s.controller().answer_alter = false;
  s.follower_fetch(3, 0);
  s.elect(1, {1, 2});  // newer metadata: the proposal is void, but its answer has not arrived yet
  REQUIRE(s.controller().alters.size() == 1);
  CHECK(s.broker().metrics().failed_isr_updates == 0);
  s.follower_fetch(3, 0, 1);
  CHECK(s.orders().pending == broker::PendingIsr::None);
  CHECK(s.controller().alters.size() == 1);
  CHECK(s.broker().metrics().failed_isr_updates == 1);
}

TEST_CASE("an ISR that the controller has shrunk moves the high watermark when the leader learns of it") {
  Stage s;
  s.produce(1);
  s.run_ms(5);
  s.follower_fetch(2, 1);
  CHECK(s.high_watermark() == 0);
  PartitionChangeRecord change;
  change.partition = kOrders;
  change.has_isr = true;
  change.isr = {1, 2};
  BrokerRegistrationChangeRecord fence;
  fence.broker_id = 3;
  fence.broker_epoch = 3;
  fence.fenced = 1;
  s.commit({change, fence});
  CHECK(s.high_watermark() == 1);
  CHECK(s.client().got<ProduceResponse>().size() == 1);
  CHECK(s.watcher.of(Trace::IsrShrink).empty());  // the leader did not request it
}
