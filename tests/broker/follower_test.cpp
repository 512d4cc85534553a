// A follower: its requests, its handling of the answers, its pauses, and the truncation of its log.
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"
#include "support.h"

using namespace broker_test;

namespace {

/// `who` answers the last request that it received.
void answer_last(Stage& s, sim::NodeId who, Body body) {
  const auto last = s.peer(who).inbox.back();
  s.command([&] {
    s.world.with_context(who, [&](Ctx& ctx) { ctx.send(last.connection, response(last.message, std::move(body))); });
  });
  s.run_ms(2);
}

/// A leader's answer about kOrders to a follower whose log diverges from the leader's.
FetchResponse diverging(std::int32_t epoch, std::int64_t end, std::int64_t high_watermark) {
  FetchPartitionResponse row;
  row.partition = kOrders;
  row.high_watermark = {high_watermark};
  row.log_start_offset = {0};
  row.diverging_epoch = {epoch};
  row.diverging_end_offset = {end};
  FetchResponse out;
  out.partitions.push_back(row);
  return out;
}

/// Broker 2 leads; node 2's actor plays it, and `serve` answers this broker's fetches.
struct Followed {
  explicit Followed(protocol::Historical historical = {})
      : s({.leader = 2, .isr = {1, 2, 3}, .min_isr = "1", .config = {}, .historical = historical}) {}

  std::vector<std::pair<sim::Instant, FetchRequest>> fetches() { return s.peer(Stage::kSecond).got<FetchRequest>(); }
  /// Answers every fetch, waiting or new, with the result of `make`.
  void serve(std::function<std::optional<FetchPartitionResponse>(const FetchPartition&)> make) {
    s.peer(Stage::kSecond).serve = [make = std::move(make)](Ctx& ctx, sim::ConnectionId c, const Message& m) {
      const auto* fetch = protocol::get_if<FetchRequest>(&m.body);
      if (fetch == nullptr) return;
      if (auto row = make(fetch->partitions[0])) {
        row->partition = fetch->partitions[0].partition;
        FetchResponse out;
        out.partitions.push_back(*row);
        ctx.send(c, response(m, out));
      }
    };
  }
  /// Answers the last fetch received.
  void answer(FetchPartitionResponse row) {
    row.partition = kOrders;
    FetchResponse out;
    out.partitions.push_back(std::move(row));
    answer_with(std::move(out));
  }
  void answer_with(Body body) { answer_last(s, Stage::kSecond, std::move(body)); }
  /// Answers the last fetch with OFFSET_OUT_OF_RANGE, and the request that follows with the end and the start of the leader's
  /// log.
  void answer_out_of_range(std::int64_t end, std::int64_t start) {
    FetchPartitionResponse no;
    no.error = ErrorCode::OFFSET_OUT_OF_RANGE;
    answer(no);
    ListOffsetsResponse offsets;
    offsets.partitions.push_back({kOrders, ErrorCode::NONE, -1, {end}, {0}});
    offsets.partitions.push_back({kOrders, ErrorCode::NONE, -1, {start}, {0}});
    answer_with(offsets);
  }
  static FetchPartitionResponse data(std::int64_t base, std::vector<std::pair<int, std::int32_t>> batches,
                                     std::int64_t high_watermark) {
    FetchPartitionResponse row;
    row.high_watermark = {high_watermark};
    row.log_start_offset = {0};
    for (const auto& [count, epoch] : batches) {
      row.batches.push_back({{base}, {epoch}, batch(count)});
      base += count;
    }
    return row;
  }

  Stage s;
};

}  // namespace

TEST_CASE("a follower fetches from its log end, with its broker epoch, its leader epoch and its last fetched epoch") {
  Followed f;
  f.s.run_ms(5);
  REQUIRE(f.fetches().size() == 1);
  const FetchRequest r = f.fetches()[0].second;
  CHECK(r.replica_id == 1);
  CHECK(r.replica_epoch == 1);
  CHECK(r.max_wait_ms == 500);
  CHECK(r.min_bytes == 1);
  CHECK(r.partitions[0].fetch_offset.value == 0);
  CHECK(r.partitions[0].current_leader_epoch.value == 0);
  CHECK(r.partitions[0].last_fetched_epoch.value == -1);
  f.s.run_ms(100);
  CHECK(f.fetches().size() == 1);  // one request in flight
  f.answer(Followed::data(0, {{2, 0}, {3, 0}}, 0));
  CHECK(f.s.end() == 5);
  REQUIRE(f.fetches().size() == 2);
  CHECK(f.fetches()[1].second.partitions[0].fetch_offset.value == 5);
  CHECK(f.fetches()[1].second.partitions[0].last_fetched_epoch.value == 0);
  CHECK(f.s.watcher.of(Trace::LogReplicated).size() == 2);
}

TEST_CASE("a follower takes the high watermark from the answer, up to its own log end") {
  Followed f;
  f.s.run_ms(5);
  f.answer(Followed::data(0, {{2, 0}}, 9));
  CHECK(f.s.high_watermark() == 2);
  f.answer(Followed::data(2, {{2, 0}}, 3));
  CHECK(f.s.high_watermark() == 3);
  CHECK(f.s.watcher.of(Trace::FollowerHighWatermark).size() == 2);
}

TEST_CASE("replica.fetch.backoff.ms: after an error the partition is not fetched for 1000 ms") {
  Followed f;
  f.s.run_ms(5);
  FetchPartitionResponse no;
  no.error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  f.answer(no);
  const sim::Instant failed = f.s.now();
  f.s.run_ms(900);
  CHECK(f.fetches().size() == 1);
  f.s.run_ms(200);
  REQUIRE(f.fetches().size() == 2);
  CHECK(f.fetches()[1].first - failed >= sim::milliseconds(990));
}

TEST_CASE("replica.fetch.backoff.ms: during that pause the other partitions of the same leader are fetched") {
  Followed f;
  PartitionRecord second;
  second.partition = {0, 1};
  second.replicas = second.isr = {2, 1};
  second.leader = 2;
  f.s.commit({second});
  f.s.peer(Stage::kSecond).serve = [](Ctx& ctx, sim::ConnectionId c, const Message& m) {
    const auto* fetch = protocol::get_if<FetchRequest>(&m.body);
    if (fetch == nullptr) return;
    FetchResponse out;
    for (const FetchPartition& p : fetch->partitions) {
      FetchPartitionResponse& row = out.partitions.emplace_back();
      row.partition = p.partition;
      row.high_watermark = row.log_start_offset = {0};
      if (p.partition == kOrders) row.error = ErrorCode::UNKNOWN_LEADER_EPOCH;
    }
    ctx.send(c, response(m, out));
  };
  f.answer(Followed::data(0, {}, 0));
  f.s.run_ms(2500);
  std::vector<sim::Instant> first, other;
  for (const auto& [at, r] : f.fetches())
    for (const FetchPartition& p : r.partitions) (p.partition == kOrders ? first : other).push_back(at);
  REQUIRE(first.size() >= 3);
  CHECK(first.size() <= 5);  // one before the error, one immediately after it, then one per 1000 ms
  for (std::size_t i = 2; i < first.size(); ++i) CHECK(first[i] - first[i - 1] >= sim::milliseconds(1000));
  CHECK(other.size() > 1000);  // each fetch is answered immediately
}

TEST_CASE("when the connection breaks every partition pauses, and then the follower connects again") {
  Followed f;
  f.s.run_ms(5);
  f.s.command([&] { f.s.world.kill(Stage::kSecond, sim::Death::Crash); });
  f.s.run_ms(500);
  f.s.command([&] { f.s.world.restart(Stage::kSecond); });
  const std::size_t before = f.fetches().size();
  f.s.run_ms(300);
  CHECK(f.fetches().size() == before);
  f.s.run_ms(500);
  CHECK(f.fetches().size() == before + 1);
}

TEST_CASE(
    "2.5: after a Fetch without answer followers pause twice as long (AbstractFetcherThread.processFetchRequest)") {
  for (const bool old : {false, true}) {
    protocol::Historical h;
    h.fetch_2_5 = old;
    Followed f(h);
    f.s.run_ms(5);
    f.s.command([&] { f.s.world.kill(Stage::kSecond, sim::Death::Crash); });
    f.s.command([&] { f.s.world.restart(Stage::kSecond); });
    f.s.run_ms(1100);
    CHECK(f.fetches().size() == (old ? 1 : 2));
    f.s.run_ms(1000);
    CHECK(f.fetches().size() == 2);
  }
}

TEST_CASE("RemoteLeaderEndPoint.buildFetch: when all its partitions pause, an empty request ends the session") {
  Followed f;
  f.s.run_ms(5);
  FetchPartitionResponse nothing;
  nothing.partition = kOrders;
  nothing.high_watermark = nothing.log_start_offset = {0};
  FetchResponse first;
  first.session_id = 7;
  first.partitions.push_back(nothing);
  f.answer_with(first);
  f.s.run_ms(5);
  REQUIRE(f.fetches().size() == 2);
  CHECK(f.fetches()[1].second.session_epoch == 1);
  FetchResponse error;
  error.session_id = 7;
  error.partitions.push_back(nothing);
  error.partitions[0].error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  f.answer_with(error);
  f.s.run_ms(5);
  REQUIRE(f.fetches().size() == 3);
  CHECK(f.fetches()[2].second.session_epoch == 2);
  CHECK(f.fetches()[2].second.partitions.empty());
  CHECK(f.fetches()[2].second.forgotten == std::vector<TopicPartition>{kOrders});
  f.answer_with(FetchResponse{});
  f.s.run_ms(900);
  CHECK(f.fetches().size() == 3);
  f.s.run_ms(200);
  REQUIRE(f.fetches().size() == 4);
  CHECK(f.fetches()[3].second.session_epoch == 0);
}

TEST_CASE("replica.socket.timeout.ms: a fetch that is never answered is given up after 30 s") {
  Followed f;
  f.s.run_ms(29900);
  CHECK(f.fetches().size() == 1);
  f.s.run_ms(1300);
  CHECK(f.fetches().size() == 2);
}

TEST_CASE("FENCED_LEADER_EPOCH: the follower does not fetch until it learns of a newer epoch") {
  Followed f;
  f.s.run_ms(5);
  FetchPartitionResponse no;
  no.error = ErrorCode::FENCED_LEADER_EPOCH;
  f.answer(Followed::data(0, {{1, 0}}, 9));
  f.s.run_ms(5);
  CHECK(f.s.orders().fetch_lag == 8);
  f.answer(no);
  f.s.run_ms(5000);
  CHECK(f.fetches().size() == 2);
  CHECK(f.s.orders().fetch_lag == 0);  // the follower does not fetch it (FetcherLagStats.unregister)
  f.s.elect(2, {1, 2, 3});
  REQUIRE(f.fetches().size() == 3);
  CHECK(f.fetches()[2].second.partitions[0].current_leader_epoch.value == 1);
}

TEST_CASE(
    "KIP-595: after a diverging answer the follower cuts its log to the end of the common epoch and fetches again") {
  Followed f;
  f.s.run_ms(5);
  f.answer(Followed::data(0, {{2, 0}, {1, 0}, {1, 0}}, 2));
  CHECK(f.s.end() == 4);
  f.s.elect(3, {1, 2, 3});  // the actor of node 3 leads epoch 1
  const auto asked = f.s.peer(Stage::kThird).got<FetchRequest>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].second.partitions[0].fetch_offset.value == 4);
  answer_last(f.s, Stage::kThird, diverging(0, 2, 2));
  CHECK(f.s.end() == 2);
  const auto cuts = f.s.watcher.facts<fact::LogTruncated>();
  REQUIRE(cuts.size() == 1);
  CHECK(cuts[0].to.value == 2);
  CHECK(cuts[0].from.value == 4);
  const auto again = f.s.peer(Stage::kThird).got<FetchRequest>();
  REQUIRE(again.size() == 2);
  CHECK(again[1].second.partitions[0].fetch_offset.value == 2);
}

TEST_CASE(
    "UnifiedLog.truncateTo: a follower forgets an epoch in which it led without writing a record, and does not ask about that epoch again") {
  Stage s;
  s.produce(1);
  s.run_ms(5);
  s.elect(1, {1, 2, 3});  // an epoch without records
  s.elect(3, {1, 2, 3});
  const auto asked = s.peer(Stage::kThird).got<FetchRequest>();
  REQUIRE(asked.size() == 1);
  const LeaderEpoch led = asked[0].second.partitions[0].last_fetched_epoch;
  answer_last(s, Stage::kThird, diverging(0, 1, 0));
  const auto again = s.peer(Stage::kThird).got<FetchRequest>();
  REQUIRE(again.size() == 2);
  CHECK(led.value > 0);
  CHECK(again[1].second.partitions[0].last_fetched_epoch.value == 0);
  CHECK(again[1].second.partitions[0].fetch_offset.value == 1);
  CHECK(s.watcher.of(Trace::LogTruncated).empty());
}

TEST_CASE(
    "KIP-279: if the leader names an epoch that the follower lacks, the follower cuts to the end of its largest smaller epoch") {
  Followed f;
  f.s.run_ms(5);
  f.answer(Followed::data(0, {{2, 0}, {2, 3}}, 0));  // epochs 0 and 3
  CHECK(f.s.end() == 4);
  FetchPartitionResponse row;
  row.high_watermark = {0};
  row.log_start_offset = {0};
  row.diverging_epoch = {2};  // the leader's largest epoch below 3, which ends at 3
  row.diverging_end_offset = {3};
  f.answer(row);
  CHECK(f.s.end() == 2);
}

namespace {

/// Two records of epoch 0 and two of epoch 3; then broker 3 leads. The follower asks its actor where the epoch ends; the actor
/// answers (epoch, end).
struct Asking {
  explicit Asking(const std::vector<std::string>& off) : f(protocol::historical(off)) {
    f.s.run_ms(5);
    f.answer(Followed::data(0, {{1, 0}, {1, 0}, {1, 3}, {1, 3}}, 1));
    f.s.elect(3, {1, 2, 3});
  }
  std::vector<std::pair<sim::Instant, OffsetForLeaderEpochRequest>> asked() {
    return f.s.peer(Stage::kThird).got<OffsetForLeaderEpochRequest>();
  }
  std::vector<std::pair<sim::Instant, FetchRequest>> fetches() { return f.s.peer(Stage::kThird).got<FetchRequest>(); }
  void answer(std::int32_t epoch, std::int64_t end, ErrorCode error = ErrorCode::NONE) {
    OffsetForLeaderEpochResponse out;
    out.partitions.push_back({kOrders, error, {epoch}, {end}});
    answer_last(f.s, Stage::kThird, out);
  }
  Followed f;
};

}  // namespace

TEST_CASE(
    "historical: with KIP-279 the follower asks until it has found an epoch in common with the leader, and then fetches") {
  Asking a({"KIP-320"});
  REQUIRE(a.asked().size() == 1);
  CHECK(a.asked()[0].second.replica_id == 1);
  CHECK(a.asked()[0].second.partitions[0].leader_epoch.value == 3);
  CHECK(a.asked()[0].second.partitions[0].current_leader_epoch.value == -1);  // KIP-320 is off
  a.answer(2, 3);  // the leader's largest epoch below 3, which the follower lacks
  CHECK(a.f.s.end() == 2);
  CHECK(a.fetches().empty());
  REQUIRE(a.asked().size() == 2);
  CHECK(a.asked()[1].second.partitions[0].leader_epoch.value == 0);
  a.answer(0, 1);
  CHECK(a.f.s.end() == 1);
  CHECK(a.asked().size() == 2);
  REQUIRE(a.fetches().size() == 1);
  const FetchPartition fetch = a.fetches()[0].second.partitions[0];
  CHECK(fetch.fetch_offset.value == 1);
  CHECK(fetch.current_leader_epoch.value == -1);
  CHECK(fetch.last_fetched_epoch.value == -1);
}

TEST_CASE(
    "historical: before KIP-279 the leader sends only an offset, to which the follower truncates; with KIP-320 the request names an epoch") {
  Asking a({"KIP-279"});
  REQUIRE(a.asked().size() == 1);
  CHECK(a.asked()[0].second.partitions[0].current_leader_epoch.value == 1);
  a.answer(-1, 3);
  CHECK(a.f.s.end() == 3);
  CHECK(a.asked().size() == 1);
  REQUIRE(a.fetches().size() == 1);
  CHECK(a.fetches()[0].second.partitions[0].current_leader_epoch.value == 1);
}

TEST_CASE(
    "historical: a follower cuts at its high watermark if the leader does not know the epoch, and asks again after an error") {
  Asking a({"KIP-279"});
  a.answer(-1, -1, ErrorCode::NOT_LEADER_OR_FOLLOWER);
  CHECK(a.f.s.end() == 4);
  a.f.s.run_ms(900);
  CHECK(a.asked().size() == 1);
  a.f.s.run_ms(200);
  REQUIRE(a.asked().size() == 2);
  a.answer(-1, -1);
  CHECK(a.f.s.end() == 1);
  CHECK(a.fetches().size() == 1);
}

TEST_CASE("historical: before KIP-101 a follower fetches without asking the leader for an epoch's end") {
  Asking a({"KIP-101"});
  CHECK(a.asked().empty());
  CHECK(a.f.s.end() == 1);
  CHECK(a.fetches().size() == 1);
}

TEST_CASE("OFFSET_OUT_OF_RANGE: a follower whose log ends before the leader's log start begins again at that start") {
  Followed f;
  f.s.run_ms(5);
  f.answer(Followed::data(0, {{2, 0}}, 2));
  f.answer_out_of_range(20, 10);
  const auto asked = f.s.peer(Stage::kSecond).got<ListOffsetsRequest>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].second.replica_id == 1);
  CHECK(f.s.end() == 10);
  CHECK(f.s.orders().log.log_start_offset().value == 10);
  CHECK(f.fetches().back().second.partitions[0].fetch_offset.value == 10);
}

TEST_CASE("if a leader's log starts inside a batch, an empty follower begins with the whole batch") {
  Followed f;
  f.s.run_ms(5);
  f.answer_out_of_range(15, 12);
  CHECK(f.s.end() == 12);
  FetchPartitionResponse row = Followed::data(10, {{5, 0}}, 15);
  row.log_start_offset = {12};
  f.answer(row);
  CHECK(f.s.end() == 15);
  CHECK(f.s.orders().log.log_start_offset().value == 12);
}

TEST_CASE(
    "UnexpectedAppendOffsetException: a batch below the log's end fails the partition until the next leader epoch") {
  Followed f;
  f.s.run_ms(5);
  f.answer(Followed::data(0, {{2, 0}, {2, 0}}, 2));
  const std::size_t asked = f.fetches().size();
  f.answer(Followed::data(3, {{2, 0}}, 5));
  f.s.run_ms(3000);
  CHECK(f.s.end() == 4);
  CHECK(f.s.orders().fetch_failed);
  REQUIRE(f.s.watcher.of(Trace::ReplicaFailed).size() == 1);
  CHECK(f.s.watcher.facts<fact::ReplicaFailed>()[0].log_end_offset.value == 4);
  CHECK(f.fetches().size() == asked);
  f.s.elect(3, {1, 2, 3});
  CHECK_FALSE(f.s.orders().fetch_failed);
  CHECK_FALSE(f.s.peer(Stage::kThird).got<FetchRequest>().empty());
}

TEST_CASE(
    "RecordBatchTooLargeException: an answer with more bytes than segment.bytes fails the partition (until KAFKA-17375)") {
  Followed f;
  f.s.run_ms(5);
  f.s.commit({ConfigRecord{"topic:orders", "segment.bytes", "1048576", false}});
  const auto large = [](std::int64_t base, int batches) {
    FetchPartitionResponse row = Followed::data(base, {}, base);
    for (int i = 0; i < batches; ++i) {
      RecordBatch b;
      Record r;
      r.value = std::string(400'000, 'v');
      b.records.push_back(std::move(r));
      row.batches.push_back({{base + i}, {0}, seal(std::move(b))});
    }
    return row;
  };
  const auto answer_large = [&](std::int64_t base, int batches) {
    f.answer(large(base, batches));
    f.s.run_ms(100);  // the transfer takes time
  };
  answer_large(0, 2);
  answer_large(2, 2);
  CHECK(f.s.end() == 4);  // two fit into one answer
  answer_large(4, 3);
  CHECK(f.s.end() == 4);
  CHECK(f.s.orders().fetch_failed);
  REQUIRE(f.s.watcher.of(Trace::ReplicaFailed).size() == 1);
  CHECK(f.s.watcher.facts<fact::ReplicaFailed>()[0].reason == fact::ReplicaFailureReason::LargerThanSegment);
}

TEST_CASE(
    "ReplicaFetcherThread.processPartitionData: the counted bytes include a partial batch at the end of the answer") {
  Followed f;
  f.s.run_ms(5);
  FetchPartitionResponse row = Followed::data(0, {{2, 0}}, 0);
  row.cut_bytes = 30;
  f.answer(row);
  CHECK(f.s.end() == 2);
  CHECK(f.s.broker().metrics().replication_bytes_in == f.s.orders().log.size_bytes() + 30);
}

TEST_CASE(
    "OFFSET_OUT_OF_RANGE: a follower whose log is longer than the leader's (unclean election) cuts to the leader's log end") {
  Followed f;
  f.s.run_ms(5);
  f.answer(Followed::data(0, {{2, 0}, {3, 0}}, 2));
  f.answer_out_of_range(2, 0);
  CHECK(f.s.end() == 2);
}

TEST_CASE("an answer to a fetch of an earlier epoch is ignored") {
  for (const BrokerId leader : {2, 3}) {
    Followed f;
    f.s.run_ms(5);
    const auto stale = f.s.peer(Stage::kSecond).inbox.back();
    f.s.elect(leader, {1, 2, 3});
    FetchPartitionResponse row = Followed::data(0, {{2, 0}}, 0);
    row.partition = kOrders;
    FetchResponse out;
    out.partitions.push_back(row);
    f.s.command([&] {
      f.s.world.with_context(Stage::kSecond,
                             [&](Ctx& ctx) { ctx.send(stale.connection, response(stale.message, out)); });
    });
    f.s.run_ms(5);
    CHECK(f.s.end() == 0);
  }
}

TEST_CASE(
    "AbstractFetcherThread.processFetchRequest: an answer sent before the leader's new epoch is used if its offset fits") {
  for (const BrokerId leader : {2, 3}) {
    Followed f;
    f.s.run_ms(5);
    f.answer(Followed::data(0, {{2, 0}}, 0));
    const auto stale = f.s.peer(Stage::kSecond).inbox.back();
    f.s.elect(leader, {1, 2, 3});
    FetchResponse out;
    out.partitions.push_back(Followed::data(2, {{3, 0}}, 0));
    out.partitions[0].partition = kOrders;
    f.s.command([&] {
      f.s.world.with_context(Stage::kSecond,
                             [&](Ctx& ctx) { ctx.send(stale.connection, response(stale.message, out)); });
    });
    f.s.run_ms(5);
    CHECK(f.s.end() == (leader == 2 ? 5 : 2));
    REQUIRE_FALSE(f.s.peer(sim::NodeId{leader}).got<FetchRequest>().empty());
    const FetchPartition next = f.s.peer(sim::NodeId{leader}).got<FetchRequest>().back().second.partitions.at(0);
    CHECK(next.fetch_offset == f.s.orders().log.log_end_offset());
    CHECK(next.current_leader_epoch.value == 1);
  }
}

TEST_CASE(
    "AbstractFetcherThread.onPartitionFenced: a follower that already knows the new epoch only pauses when it is fenced") {
  Followed f;
  f.s.run_ms(5);
  f.answer(Followed::data(0, {{2, 0}}, 0));
  f.s.elect(2, {1, 2, 3});
  const std::size_t asked = f.fetches().size();
  FetchPartitionResponse fenced;
  fenced.error = ErrorCode::FENCED_LEADER_EPOCH;
  f.answer(fenced);
  CHECK_FALSE(f.s.orders().fetch_failed);
  f.s.run_ms(900);
  for (std::size_t i = asked; i < f.fetches().size(); ++i)
    CHECK(f.fetches()[i].second.partitions.empty());  // an empty request that ends the session
  f.s.run_ms(200);
  REQUIRE(f.fetches().size() > asked);
  CHECK(f.fetches().back().second.partitions.at(0).current_leader_epoch.value == 1);
}

TEST_CASE(
    "AbstractFetcherThread.fetchOffsetAndTruncate: the lag is known once the leader has sent its log start and log end") {
  for (const std::int64_t leaders_end : {2, 9}) {
    Followed f;
    f.s.run_ms(5);
    f.answer(Followed::data(0, {{2, 0}, {3, 0}}, 2));
    f.answer_out_of_range(leaders_end, 0);
    CHECK(f.s.end() == (leaders_end == 2 ? 2 : 5));  // 9: nothing is truncated, and the follower fetches again
    CHECK(f.s.orders().fetch_lag == (leaders_end == 2 ? 0 : 4));
    CHECK(f.s.orders().fetch_in_sync == (leaders_end == 2));
  }
}

TEST_CASE("KIP-392: a consumer may read from a follower, up to the follower's high watermark") {
  Followed f;
  f.s.run_ms(5);
  f.answer(Followed::data(0, {{2, 0}, {3, 0}}, 2));
  const auto* answer = f.s.ask<FetchResponse>(Stage::fetch_request(-1, 0));
  CHECK(answer->partitions[0].error == ErrorCode::NONE);
  CHECK(answer->partitions[0].batches.size() == 1);
  CHECK(answer->partitions[0].high_watermark.value == 2);
}

TEST_CASE("a follower that becomes leader starts its epoch at its log end and stops fetching") {
  Followed f;
  f.s.run_ms(5);
  f.answer(Followed::data(0, {{2, 0}}, 1));
  f.s.elect(1, {1, 2, 3});
  CHECK(f.s.orders().is_leader());
  CHECK(f.s.orders().leader_epoch_start.value == 2);
  CHECK(f.s.orders().log.latest_epoch().value == 1);
  const std::size_t before = f.fetches().size();
  f.s.run_ms(3000);
  CHECK(f.fetches().size() == before);
  const auto lines = f.s.watcher.facts<fact::BecameLeader>();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].leader_epoch.value == 1);
  CHECK(lines[0].start_offset.value == 2);
}

TEST_CASE("a partition without a leader is not fetched") {
  Followed f;
  f.s.run_ms(5);
  f.s.elect(kNoBroker, {2});
  const std::size_t before = f.fetches().size();
  f.answer(Followed::data(0, {{2, 0}}, 1));  // from the old epoch
  f.s.run_ms(3000);
  CHECK(f.fetches().size() == before);
  CHECK(f.s.end() == 0);
}
