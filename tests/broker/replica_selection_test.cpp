// The replica that a consumer reads from (KIP-392), the speed at which replicas are copied (KIP-73), and the number of
// fetchers.
#include <set>

#include "broker/replication_quota.h"
#include "protocol/messages_data.h"
#include "support.h"

using namespace broker_test;

namespace {

Stage::Setup with_selector() {
  return {
      .config = {{"replica.selector.class", std::string("org.apache.kafka.common.replica.RackAwareReplicaSelector")}}};
}
RegisterBrokerRecord in_rack(BrokerId id, std::string rack) {
  RegisterBrokerRecord r = registration(id, id);
  r.rack = std::move(rack);
  return r;
}
FetchPartitionResponse consume(Stage& s, std::int64_t offset, std::string rack) {
  FetchRequest r = Stage::fetch_request(kNoBroker, offset);
  r.replica_epoch = -1;
  r.rack_id = std::move(rack);
  const auto* answer = s.ask<FetchResponse>(r);
  REQUIRE(answer != nullptr);
  return answer->partitions.at(0);
}
ConfigRecord set(std::string resource, std::string key, std::string value) {
  return {std::move(resource), std::move(key), std::move(value), false};
}

}  // namespace

TEST_CASE(
    "the leader sends a consumer with a rack to an in-sync follower in that rack that has the offset, and returns no records") {
  Stage s(with_selector());
  s.commit({in_rack(2, "b"), in_rack(3, "c")});
  s.produce(1, 1);
  s.run_ms(5);
  s.follower_fetch(2, 1);
  s.follower_fetch(3, 0);
  const auto in_b = consume(s, 0, "b");
  CHECK(in_b.preferred_read_replica == 2);
  CHECK(in_b.batches.empty());
  CHECK(in_b.high_watermark == s.orders().log.high_watermark());
  CHECK(consume(s, 0, "nowhere").preferred_read_replica == kNoBroker);
  CHECK(consume(s, 0, "").preferred_read_replica == kNoBroker);
  CHECK(consume(s, 1, "c").preferred_read_replica == kNoBroker);  // broker 3 does not have it yet
  s.elect(1, {1, 3});
  s.follower_fetch(2, 1, 1);
  CHECK(consume(s, 0, "b").preferred_read_replica == kNoBroker);  // broker 3 is out of the ISR
}

TEST_CASE(
    "2.5: the leader names a follower when the consumer's fetch times out, even one outside the ISR (KAFKA-13767)") {
  Stage::Setup setup = with_selector();
  setup.historical.fetch_2_5 = true;
  Stage s(setup);
  s.commit({in_rack(2, "b"), in_rack(3, "c")});
  s.produce(1, 1);
  s.run_ms(5);
  s.elect(1, {1, 3});
  s.follower_fetch(2, 1, 1);
  FetchRequest r = Stage::fetch_request(kNoBroker, 0, 1, -1, 100);
  r.replica_epoch = -1;
  r.rack_id = "b";
  CHECK(s.ask<FetchResponse>(r, 50) == nullptr);
  s.send(Stage::kThird, Stage::produce_request(batch(1), 1));  // by another client: does not wake the fetch
  s.run_ms(30);
  CHECK(s.client().got<FetchResponse>().empty());
  s.run_ms(30);
  REQUIRE(s.client().got<FetchResponse>().size() == 1);
  CHECK(s.client().got<FetchResponse>()[0].second.partitions.at(0).preferred_read_replica == 2);
}

TEST_CASE("without a selector every consumer reads from the leader") {
  Stage s;
  s.commit({in_rack(2, "b")});
  s.produce(1, 1);
  s.run_ms(5);
  s.follower_fetch(2, 1);
  CHECK(consume(s, 0, "b").preferred_read_replica == kNoBroker);
}

TEST_CASE("a replication quota divides its bytes by the time since the oldest of eleven one-second samples") {
  broker::ReplicationQuota quota;
  const auto at = [](std::int64_t ms) { return sim::Instant{ms * 1000}; };
  quota.record(at(0), 1'000'000);
  CHECK_FALSE(quota.exceeded(at(0)));  // no limit
  quota.set_bound(100'000);
  CHECK(quota.exceeded(at(0)));
  CHECK(quota.exceeded(at(9'900)));
  CHECK_FALSE(quota.exceeded(at(10'000)));  // 1 MB in 10 s
  quota.record(at(10'000), 50'000);
  CHECK(quota.exceeded(at(10'100)));
  CHECK_FALSE(quota.exceeded(at(11'000)));  // the first second has expired
  broker::ReplicationQuota late;
  late.set_bound(100'000);
  for (const std::int64_t ms : {0, 900}) late.record(at(ms), 1'000'000);
  CHECK(late.exceeded(at(11'899)));  // samples age from their last value (SampledStat.purgeObsoleteSamples)
  CHECK_FALSE(late.exceeded(at(11'900)));
}

TEST_CASE(
    "KafkaApis.handleFetchRequest: the leader's quota counts the bytes of an answer once, even if they were read several times") {
  Stage s({.isr = {1, 2}});
  s.commit({set("topic:orders", "leader.replication.throttled.replicas", "0:1")});
  s.produce(1, 1);
  s.run_ms(5);
  FetchRequest request = Stage::fetch_request(3, 0, 0, -1, 100);
  request.min_bytes = 5000;  // the log is read when the fetch arrives, and again when it times out
  CHECK(s.ask<FetchResponse>(request, 50, Stage::kThird) == nullptr);
  s.run_ms(60);
  const auto answers = s.peer(Stage::kThird).got<FetchResponse>();
  REQUIRE(answers.size() == 1);
  const std::int64_t size = protocol::wire_size({0, answers[0].second, 0});  // the size includes headers
  broker::ReplicationQuota quota = s.broker().leader_quota();
  quota.set_bound(size - 1);
  CHECK(quota.exceeded(s.now()));
  quota.set_bound(size);
  CHECK_FALSE(quota.exceeded(s.now()));
}

TEST_CASE(
    "KafkaApis.sizeOfThrottledPartitions: the quota counts an answer's header, and throttled partitions even without records") {
  const std::int64_t head = protocol::wire_size({0, FetchResponse{}, 0});
  for (const bool throttled : {false, true}) {
    Stage s({.isr = {1, 2}});
    if (throttled) s.commit({set("topic:orders", "leader.replication.throttled.replicas", "0:1")});
    s.produce(1, 1);
    s.run_ms(5);
    FetchRequest empty = Stage::fetch_request(2, 1);  // from the log end
    empty.max_wait_ms = 0;
    const auto* answer = s.ask<FetchResponse>(empty, 20, Stage::kSecond);
    REQUIRE(answer->partitions.size() == 1);
    REQUIRE(answer->partitions[0].batches.empty());
    const std::int64_t size = throttled ? protocol::wire_size({0, *answer, 0}) : head;
    broker::ReplicationQuota quota = s.broker().leader_quota();
    quota.set_bound(size - 1);
    CHECK(quota.exceeded(s.now()));
    quota.set_bound(size);
    CHECK_FALSE(quota.exceeded(s.now()));
  }
}

TEST_CASE(
    "a throttled leader sends nothing to out-of-sync followers while its quota is exceeded, and serves in-sync followers as usual") {
  Stage s({.isr = {1, 2}});
  s.commit({set("topic:orders", "leader.replication.throttled.replicas", "0:1"),
            set("broker:1", "leader.replication.throttled.rate", "10")});
  s.produce(1, 1);
  s.run_ms(5);
  const auto fetched = [&](BrokerId id) {
    const auto* answer = s.ask<FetchResponse>(Stage::fetch_request(id, 0), 20, sim::NodeId{id});
    return answer->partitions.at(0).batches.size();
  };
  CHECK(fetched(3) == 1);  // the first answer exceeds the quota
  CHECK(fetched(3) == 0);
  CHECK(fetched(2) == 1);
  s.commit({ConfigRecord{"broker:1", "leader.replication.throttled.rate", "", true}});
  CHECK(fetched(3) == 1);
}

TEST_CASE("a throttled follower does not fetch while its quota is exceeded, unless it is in sync") {
  for (const bool in_sync : {false, true}) {
    Stage s({.leader = 2, .isr = {2, 3}});
    s.peer(Stage::kSecond).serve = [in_sync](Ctx& ctx, sim::ConnectionId c, const Message& m) {
      const auto* fetch = protocol::get_if<FetchRequest>(&m.body);
      if (fetch == nullptr || fetch->partitions.empty()) return;
      FetchResponse out;
      FetchPartitionResponse& row = out.partitions.emplace_back();
      row.partition = kOrders;
      row.log_start_offset = {0};
      const Offset at = fetch->partitions[0].fetch_offset;
      row.batches.push_back({at, {0}, batch(1)});
      row.high_watermark = in_sync ? at + 1 : Offset{1000000};
      ctx.send(c, response(m, out));
    };
    s.commit({set("topic:orders", "follower.replication.throttled.replicas", "0:1"),
              set("broker:1", "follower.replication.throttled.rate", "1")});
    s.run_ms(40000);
    const auto before = s.end();
    s.run_ms(5000);
    CAPTURE(in_sync);
    CHECK((s.end() - before > 100) == in_sync);
  }
}

TEST_CASE(
    "AbstractFetcherThread.processFetchRequest: an answer without records does not mark a throttled follower as behind") {
  Stage s({.leader = 2, .isr = {2, 3}});
  s.peer(Stage::kSecond).serve = [](Ctx& ctx, sim::ConnectionId c, const Message& m) {
    const auto* fetch = protocol::get_if<FetchRequest>(&m.body);
    if (fetch == nullptr || fetch->partitions.empty()) return;
    FetchResponse out;
    FetchPartitionResponse& row = out.partitions.emplace_back();
    row.partition = kOrders;
    row.log_start_offset = {0};
    const Offset at = fetch->partitions[0].fetch_offset;
    row.high_watermark = at + 1;
    if (at.value < 50) row.batches.push_back({at, {0}, batch(1)});  // no more records: the leader throttles
    ctx.send(c, response(m, out));
  };
  s.commit({set("topic:orders", "follower.replication.throttled.replicas", "0:1"),
            set("broker:1", "follower.replication.throttled.rate", "1")});
  s.run_ms(40000);  // the first fetch was sent before any broker could answer
  REQUIRE(s.end() == 50);
  const std::size_t before = s.peer(Stage::kSecond).got<FetchRequest>().size();
  s.run_ms(1000);
  CHECK(s.peer(Stage::kSecond).got<FetchRequest>().size() > before + 100);
}

TEST_CASE("num.replica.fetchers: the partitions of one leader are divided among that many connections") {
  const auto connections = [](std::int64_t fetchers, bool live = false) {
    Stage s({.leader = 2, .config = {{"num.replica.fetchers", live ? std::int64_t{1} : fetchers}}});
    s.peer(Stage::kSecond).serve = [](Ctx& ctx, sim::ConnectionId c, const Message& m) {
      if (const auto* fetch = protocol::get_if<FetchRequest>(&m.body)) {
        FetchResponse out;
        for (const FetchPartition& p : fetch->partitions) {
          FetchPartitionResponse& row = out.partitions.emplace_back();
          row.partition = p.partition;
          row.high_watermark = row.log_start_offset = {0};
        }
        ctx.send(c, response(m, out));
      }
    };
    std::vector<MetadataRecord> more{TopicRecord{"many", 1}};
    for (std::int32_t p = 0; p < 6; ++p) {
      PartitionRecord r;
      r.partition = {1, p};
      r.replicas = r.isr = {2, 1};
      r.leader = 2;
      more.emplace_back(r);
    }
    s.commit(std::move(more));
    s.run_ms(40000);  // the first fetch was sent before a broker could answer: replica.socket.timeout.ms passes
    if (live) {
      s.commit({set("broker:", "num.replica.fetchers", std::to_string(fetchers))});
      s.run_ms(1000);
      s.peer(Stage::kSecond).inbox.clear();
      s.run_ms(1000);
    }
    std::map<std::uint32_t, std::set<std::int32_t>> asked;
    for (const auto& r : s.peer(Stage::kSecond).inbox)
      if (const auto* fetch = protocol::get_if<FetchRequest>(&r.message.body))
        for (const FetchPartition& p : fetch->partitions)
          if (p.partition.topic == 1) asked[r.connection.slot].insert(p.partition.partition);
    std::size_t all = 0;
    for (const auto& [connection, partitions] : asked) all += partitions.size();
    CHECK(all == 6);  // each partition has exactly one fetcher
    return asked.size();
  };
  CHECK(connections(1) == 1);
  CHECK(connections(3) == 3);
  CHECK(connections(3, true) == 3);  // changed while the broker runs (KIP-226)
}

TEST_CASE(
    "NOT_ENOUGH_REPLICAS_AFTER_APPEND: before KIP-966 the high watermark passes the record although the ISR is too small") {
  Stage::Setup setup{
      .isr = {1, 2},
      .min_isr = "2",
      .config = {{"replica.lag.time.max.ms", std::int64_t{1000}}, {"replica.fetch.wait.max.ms", std::int64_t{500}}}};
  setup.historical.kip_966 = true;
  Stage s(setup);
  s.produce(1, -1);
  s.run_ms(2500);  // broker 2 has not fetched: it leaves the ISR, and the leader alone determines the high watermark
  CHECK(s.high_watermark() == 1);
  const auto answers = s.client().got<ProduceResponse>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.partitions[0].error == ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND);
  CHECK(s.end() == 1);
  // With KIP-966 the high watermark does not move.
  setup.historical.kip_966 = false;
  Stage now(setup);
  now.produce(1, -1);
  now.run_ms(2500);
  CHECK(now.high_watermark() == 0);
  CHECK(now.client().got<ProduceResponse>().empty());
}

TEST_CASE("a produce to an internal topic is refused before the broker checks whether it leads the partition") {
  Stage s({.leader = 2});
  std::vector<MetadataRecord> records{TopicRecord{"__consumer_offsets", 1}};
  for (std::int32_t p = 0; p < 2; ++p) {
    PartitionRecord r;
    r.partition = {1, p};
    r.replicas = r.isr = p == 0 ? IdList{2, 1} : IdList{2, 3};  // broker 1: a follower; no replica
    r.leader = 2;
    records.emplace_back(r);
  }
  s.commit(std::move(records));
  for (std::int32_t p = 0; p < 2; ++p)
    CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1, 30000, {1, p}))->partitions[0].error ==
          ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))->partitions[0].error ==
        ErrorCode::NOT_LEADER_OR_FOLLOWER);
}

TEST_CASE(
    "the act `answer`: a rule still holds after the broker's process has ended, since it belongs to the scenario") {
  Stage s;
  s.broker().answer_next({api::Produce, ErrorCode::NOT_ENOUGH_REPLICAS, 1, {}});
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
  CHECK(s.broker().connections().answer_rules.size() == 1);
}
