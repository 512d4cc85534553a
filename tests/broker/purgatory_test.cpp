// PurgatorySize: it counts an operation on each key's list, even a complete one until the list is checked or purged.
// Kafka: DelayedOperationPurgatory.watched, tryCompleteWatched, purgeCompleted, advanceClock (alike in 2.5.1 and 4.1.0).
#include "protocol/messages_data.h"
#include "support.h"

using namespace kafkascope;
using namespace broker_test;

namespace {

constexpr TopicPartition kOther{0, 1}, kThirdPartition{0, 2};
constexpr sim::NodeId kFollower{2};

/// Broker 1 leads orders-0, -1 and -2; node 2 follows them.
struct PurgatoryStage : Stage {
  explicit PurgatoryStage(protocol::Historical historical = {}) : Stage(setup(historical)) {
    std::vector<MetadataRecord> records;
    for (const TopicPartition tp : {kOther, kThirdPartition}) {
      PartitionRecord p;
      p.partition = tp;
      p.replicas = p.isr = {1, 2};
      p.leader = 1;
      records.push_back(p);
    }
    commit(std::move(records));
    FetchRequest first = follower_request();
    first.session_epoch = 0;
    first.partitions = {asked(kOrders), asked(kOther), asked(kThirdPartition)};
    first.max_wait_ms = 0;
    session = ask<FetchResponse>(first, 5, kFollower)->session_id;
    for (const TopicPartition tp : {kOrders, kOther, kThirdPartition}) report(tp);
    REQUIRE(fetches() == 0);
  }
  static Setup setup(protocol::Historical historical) {
    Setup s;
    s.isr = {1, 2};
    s.historical = historical;
    return s;
  }
  static FetchRequest follower_request() { return fetch_request(2, 0); }
  FetchPartition asked(TopicPartition tp) {
    FetchPartition p = fetch_request(2, 0).partitions[0];
    p.partition = tp;
    p.fetch_offset = broker().replica(tp)->log.log_end_offset();
    return p;
  }
  /// The follower fetches from the log end, which moves the high watermark; the answer tells it so immediately.
  void report(TopicPartition tp) {
    FetchRequest r = next({tp});
    r.max_wait_ms = 0;
    REQUIRE(ask<FetchResponse>(r, 5, kFollower) != nullptr);
  }
  FetchRequest next(std::vector<TopicPartition> changed = {}) {
    FetchRequest r = follower_request();
    r.session_id = session;
    r.session_epoch = ++epoch;
    r.max_wait_ms = 500;
    r.partitions.clear();
    for (const TopicPartition tp : changed) r.partitions.push_back(asked(tp));
    return r;
  }
  /// The follower's fetch waits, and is answered when a record is written to this partition.
  void fetch_what_is_written(TopicPartition tp) {
    report(tp);
    send(kFollower, next());
    run_ms(2);
    ask<ProduceResponse>(produce_request(batch(1), 1, 30000, tp), 3);
  }
  std::int64_t fetches() { return broker().watched_fetches(now()); }
  std::int64_t produces() { return broker().watched_produces(now()); }
  std::int64_t deletions() { return broker().watched_delete_records(now()); }

  std::int32_t session = 0, epoch = 0;
};

}  // namespace

TEST_CASE("PurgatorySize: a completed fetch stays on the lists of its other partitions until those lists are checked") {
  PurgatoryStage s;
  s.fetch_what_is_written(kOrders);
  CHECK(s.fetches() == 2);  // orders-1, orders-2
  s.fetch_what_is_written(kOrders);
  CHECK(s.fetches() == 4);
  s.report(kOrders);
  CHECK(s.fetches() == 4);  // this fetch did not wait
  s.send(kFollower, s.next());
  s.run_ms(100);
  CHECK(s.fetches() == 4 + 3);  // plus a fetch that waits, on three lists
  s.run_ms(500);
  CHECK(s.fetches() == 4 + 3);  // the fetch has timed out: it is still on all three lists
  s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1, 30000, kOther), 3);
  CHECK(s.fetches() == 1 + 3);
  s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1, 30000, kOrders), 3);
  CHECK(s.fetches() == 3);
}

TEST_CASE("PurgatorySize: partitions that leave their session, or whose session ends, stay on the watch lists") {
  PurgatoryStage s;
  s.fetch_what_is_written(kOrders);
  s.fetch_what_is_written(kOrders);
  REQUIRE(s.fetches() == 4);
  FetchRequest without = s.next({kOrders});
  without.forgotten = {kOther};
  without.max_wait_ms = 0;
  s.ask<FetchResponse>(without, 5, kFollower);
  CHECK(s.fetches() == 4);
  s.send(kFollower, s.next());
  s.run_ms(600);
  CHECK(s.fetches() == 4 + 2);  // orders-0 and orders-2
  FetchRequest back = s.next({kOther});
  back.max_wait_ms = 0;
  s.ask<FetchResponse>(back, 5, kFollower);
  CHECK(s.fetches() == 4 + 2);
  FetchRequest last = PurgatoryStage::follower_request();
  last.session_id = s.session;
  last.session_epoch = -1;
  last.partitions.clear();
  s.ask<FetchResponse>(last, 5, kFollower);
  REQUIRE(s.broker().fetch_sessions().size() == 0);
  CHECK(s.fetches() == 4 + 2);
  s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1, 30000, kOther), 3);
  CHECK(s.fetches() == 2 + 2);
  s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1, 30000, kThirdPartition), 3);
  CHECK(s.fetches() == 1);
}

TEST_CASE(
    "PurgatorySize: a completed fetch without a session stays on its lists until a new leader epoch checks them") {
  PurgatoryStage s;
  FetchRequest r = Stage::fetch_request(-1, 0, 0, -1, 100);
  r.session_epoch = -1;
  s.ask<FetchResponse>(r, 150);
  CHECK(s.fetches() == 1);
  s.elect(2, {1, 2});
  CHECK(s.fetches() == 0);
}

TEST_CASE("PurgatorySize: the lists are purged within 200 ms once more than a thousand entries are complete") {
  PurgatoryStage s;
  while (s.fetches() < 2000) s.fetch_what_is_written(kOrders);
  REQUIRE(s.fetches() == 2000);
  s.run_ms(400);
  CHECK(s.fetches() == 2000);
  s.fetch_what_is_written(kOrders);  // the 1001st completed fetch
  s.run_ms(200);
  CHECK(s.fetches() == 0);
  s.report(kOrders);
  s.fetch_what_is_written(kOther);
  CHECK(s.fetches() == 2);  // new fetches are counted again
}

TEST_CASE("PurgatorySize: a produce that timed out stays on its partitions' lists until their high watermark moves") {
  PurgatoryStage s;
  ProduceRequest both = Stage::produce_request(batch(1), -1, 300);
  both.partitions.push_back({kOther, batch(1)});
  s.send(Stage::kClient, both);
  s.run_ms(100);
  CHECK(s.produces() == 2);
  CHECK(s.broker().produce_purgatory().size() == 1);
  s.run_ms(300);
  CHECK(s.broker().produce_purgatory().size() == 0);
  CHECK(s.produces() == 2);
  s.report(kOther);
  CHECK(s.broker().replica(kOther)->log.high_watermark().value == 1);
  CHECK(s.produces() == 1);
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
  CHECK(s.produces() == 0);
}

TEST_CASE(
    "PurgatorySize: DeleteRecords requests are purged once two are complete (delete.records.purgatory.purge.interval.requests)") {
  PurgatoryStage s;
  s.fetch_what_is_written(kOrders);
  s.report(kOrders);
  REQUIRE(s.high_watermark() == 1);
  const auto expire = [&] {
    s.send(Stage::kClient, DeleteRecordsRequest{100, {{kOrders, Offset{1}}}});
    s.run_ms(50);
    CHECK(s.broker().delete_records_purgatory().size() == 1);
    s.run_ms(70);
  };
  expire();
  CHECK(s.deletions() == 1);
  expire();
  s.run_ms(200);
  CHECK(s.deletions() == 0);
}
