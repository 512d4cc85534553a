// KIP-227: what a fetch session requests, and how the leader answers.
#include "broker/fetch_session.h"

#include <doctest/doctest.h>

#include "support.h"

using namespace kafkascope;
using namespace kafkascope::broker;
using protocol::ErrorCode;
using protocol::FetchPartition;
using protocol::FetchPartitionResponse;
using protocol::Offset;

namespace {

FetchPartition asks(std::int32_t partition, std::int64_t offset) {
  FetchPartition p;
  p.partition = {0, partition};
  p.fetch_offset = Offset{offset};
  return p;
}
FetchPartitionResponse told(std::int32_t partition, std::int64_t high_watermark) {
  FetchPartitionResponse r;
  r.partition = {0, partition};
  r.high_watermark = Offset{high_watermark};
  r.log_start_offset = Offset{0};
  return r;
}
FetchPartitionResponse with_records(FetchPartitionResponse r) {
  r.batches.emplace_back();
  return r;
}
std::vector<std::int32_t> listed(const FetchSession& session) {
  std::vector<std::int32_t> numbers;
  for (const auto& p : session.asked()) numbers.push_back(p.partition.partition);
  return numbers;
}
std::vector<std::int32_t> news(FetchSession& session, std::vector<FetchPartitionResponse> answer) {
  session.begin_answer();
  for (const auto& row : answer) session.add_row(session.find(row.partition));
  session.keep_news(answer);
  std::vector<std::int32_t> numbers;
  for (const auto& r : answer) numbers.push_back(r.partition.partition);
  return numbers;
}
FetchSession three() { return {{asks(0, 5), asks(1, 5), asks(2, 5)}, {told(0, 5), told(1, 5), told(2, 5)}}; }
using Numbers = std::vector<std::int32_t>;

}  // namespace

TEST_CASE(
    "KIP-227: a session keeps the partitions that a request does not name, applies changes and additions, and drops forgotten ones") {
  FetchSession session = three();
  protocol::FetchRequest request;
  request.partitions = {asks(1, 9), asks(7, 0)};
  request.forgotten = {{0, 0}};
  session.update(request, [](std::int32_t) {});
  CHECK(listed(session) == Numbers{1, 2, 7});
  CHECK(session.asked()[0].fetch_offset == Offset{9});
  CHECK(session.asked()[1].fetch_offset == Offset{5});
  request.partitions.clear();
  request.forgotten = {{0, 1}, {0, 2}, {0, 7}, {0, 8}};
  session.update(request, [](std::int32_t) {});
  CHECK(session.empty());
}

TEST_CASE("KIP-227: an answer has only partitions with records, an error, or a moved high watermark or log start") {
  FetchSession session = three();
  CHECK(news(session, {told(0, 5), told(1, 5), told(2, 5)}) == Numbers{});
  CHECK(news(session, {told(0, 5), told(1, 6), told(2, 5)}) == Numbers{1});
  CHECK(news(session, {told(0, 5), told(1, 6), told(2, 5)}) == Numbers{});
  FetchPartitionResponse cut = told(0, 5);
  cut.log_start_offset = Offset{3};
  CHECK(news(session, {cut, told(1, 6), told(2, 5)}) == Numbers{0});
  CHECK(news(session, {cut, told(1, 6), told(2, 5)}) == Numbers{});
  FetchPartitionResponse diverging = told(2, 5);
  diverging.diverging_epoch = {1};
  diverging.diverging_end_offset = Offset{2};
  CHECK(news(session, {cut, told(1, 6), diverging}) == Numbers{2});
}

TEST_CASE("CachedPartition: the first good answer after an error is always sent") {
  FetchSession session = three();
  FetchPartitionResponse refused = told(1, 5);
  refused.error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  CHECK(news(session, {told(0, 5), refused, told(2, 5)}) == Numbers{1});
  CHECK(news(session, {told(0, 5), told(1, 5), told(2, 5)}) == Numbers{1});
  CHECK(news(session, {told(0, 5), told(1, 5), told(2, 5)}) == Numbers{});
}

TEST_CASE("IncrementalFetchContext: a partition that had records is read last in the next fetch") {
  FetchSession session = three();
  CHECK(news(session, {with_records(told(0, 5)), told(1, 5), told(2, 5)}) == Numbers{0});
  CHECK(listed(session) == Numbers{1, 2, 0});
  CHECK(news(session, {told(1, 5), with_records(told(2, 5)), told(0, 5)}) == Numbers{2});
  CHECK(listed(session) == Numbers{1, 0, 2});
}

TEST_CASE(
    "IncrementalFetchContext: unchanged partitions may be left out of the answer; those with records keep their order at the end") {
  FetchSession session = three();
  CHECK(news(session, {with_records(told(0, 6)), with_records(told(1, 6))}) == Numbers{0, 1});
  CHECK(listed(session) == Numbers{2, 0, 1});
  CHECK(session[session.find({0, 2})].told.high_watermark == Offset{5});
  CHECK(session[session.find({0, 0})].told.high_watermark == Offset{6});
  CHECK(news(session, {told(1, 6)}) == Numbers{});
  CHECK(news(session, {told(1, 7)}) == Numbers{1});
  CHECK(listed(session) == Numbers{2, 0, 1});
}

TEST_CASE(
    "an unchanged partition of a session is skipped until it changes or is named again, and keeps its place in the order") {
  FetchSession session = three();
  const auto visited = [&](std::int32_t stays_awake) {
    Numbers numbers;
    session.visit_awake([&](std::uint32_t slot) -> std::uint64_t {
      numbers.push_back(session[slot].asked.partition.partition);
      return numbers.back() == stays_awake ? 0 : 1;
    });
    return numbers;
  };
  CHECK(visited(1) == Numbers{0, 1, 2});
  CHECK(visited(1) == Numbers{1});
  session.wake(session.find({0, 2}));
  session.wake(session.find({0, 2}));
  protocol::FetchRequest request;
  request.partitions = {asks(0, 9), asks(7, 0)};
  session.update(request, [](std::int32_t) {});
  CHECK(visited(-1) == Numbers{0, 1, 2, 7});
  CHECK(visited(-1) == Numbers{});
  request.partitions.clear();
  request.forgotten = {{0, 1}};
  session.update(request, [](std::int32_t) {});
  request.partitions = {asks(8, 0)};  // takes the free place
  request.forgotten = {{0, 8}};
  session.wake(session.find({0, 0}));
  session.update(request, [](std::int32_t) {});
  CHECK(visited(-1) == Numbers{0});
  session.wake_all();
  CHECK(visited(-1) == Numbers{0, 2, 7});
}

TEST_CASE(
    "a request with many partitions changes those that the session has, adds the others, and counts a partition named twice once") {
  FetchSession session = three();
  protocol::FetchRequest request;
  for (std::int32_t partition = 2; partition < 40; ++partition) request.partitions.push_back(asks(partition, 5));
  request.partitions.push_back(asks(30, 7));
  session.update(request, [](std::int32_t) {});
  CHECK(session.size() == 40);
  const auto asked = session.asked();
  for (std::int32_t partition = 0; partition < 40; ++partition) {
    CAPTURE(partition);
    const protocol::FetchPartition& p = asked[static_cast<std::size_t>(partition)];
    CHECK(p.partition.partition == partition);
    CHECK(p.fetch_offset.value == (partition < 2
                                       ? three().asked()[static_cast<std::size_t>(partition)].fetch_offset.value
                                   : partition == 30 ? 7
                                                     : 5));
  }
}

TEST_CASE("a fetch session watches the replicas of the partitions that it asks for") {
  FetchSession session = three();
  session.set_replica(session.find({0, 1}), 70);
  CHECK(session.watches(70));
  CHECK(!session.watches(69));
  CHECK(!session.watches(7000));
  protocol::FetchRequest request;
  request.forgotten = {{0, 1}};
  session.update(request, [](std::int32_t) {});
  CHECK(!session.watches(70));
}

TEST_CASE("FetchSessionCache: sessions are put into eight shards in turn, each with an eighth of the slots") {
  FetchSessions cache;
  cache.set_slots(16);
  for (int i = 0; i < 16; ++i) CHECK(cache.add(three(), sim::Instant{0}) > 0);
  CHECK(cache.add(three(), sim::Instant{0}) == 0);
  cache.remove(3);  // frees a place in the third shard; the next session goes to the second shard
  CHECK(cache.add(three(), sim::Instant{0}) == 0);
  CHECK(cache.add(three(), sim::Instant{0}) > 0);
  FetchSessions few;
  few.set_slots(7);
  for (int i = 0; i < 8; ++i) CHECK(few.add(three(), sim::Instant{0}) == 0);
  few.set_slots(7, 1);  // 2.5, before KAFKA-9401
  for (int i = 0; i < 7; ++i) CHECK(few.add(three(), sim::Instant{0}) > 0);
  CHECK(few.add(three(), sim::Instant{0}) == 0);
}

TEST_CASE(
    "FetchSessionCacheShard.tryEvict: a session is evicted if it is unused for two minutes, or smaller and older than that when last used") {
  FetchSessions cache;
  cache.set_slots(8);
  const auto after = [](std::int64_t ms) { return sim::Instant{0} + sim::milliseconds(ms); };
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(cache.add(three(), sim::Instant{0}));
  CHECK(cache.add(three(), after(120000)) == 0);  // the first shard
  CHECK(cache.add(three(), after(120001)) > ids.back());
  CHECK(cache.find(ids[1]) == nullptr);
  CHECK(cache.evictions() == 1);
  cache.find(ids[2])->last_used = after(120000);
  CHECK(cache.add({{asks(0, 0), asks(1, 0), asks(2, 0), asks(3, 0)}, {}}, after(120001)) ==
        0);  // at that time its last use is not more than two minutes ago
  cache.find(ids[3])->last_used = after(120001);
  CHECK(cache.add(three(), after(120002)) == 0);  // the new session is not larger
  cache.find(ids[4])->last_used = after(120001);
  CHECK(cache.add({{asks(0, 0), asks(1, 0), asks(2, 0), asks(3, 0)}, {}}, after(120002)) > 0);
  CHECK(cache.find(ids[4]) == nullptr);
  cache.set_slots(0);
  cache.clear();
  CHECK(cache.add(three(), sim::Instant{0}) == 0);
}

TEST_CASE(
    "FetchSessionCacheShard.tryEvict: a follower's session evicts a consumer's of any age and size; a consumer's never evicts a follower's") {
  FetchSessions cache;
  cache.set_slots(8);
  const auto after = [](std::int64_t ms) { return sim::Instant{0} + sim::milliseconds(ms); };
  const auto asks_for = [](std::vector<FetchPartition> partitions, bool follower) {
    FetchSession s(partitions, {});
    s.privileged = follower;
    return s;
  };
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(cache.add(three(), sim::Instant{0}));
  CHECK(cache.add(asks_for({asks(0, 0), asks(1, 0), asks(2, 0), asks(3, 0)}, false), after(1)) ==
        0);  // the first shard
  const std::int32_t follower = cache.add(asks_for({asks(0, 0)}, true), after(1));
  CHECK(follower > 0);
  CHECK(cache.find(ids[1]) == nullptr);
  for (int i = 2; i < 9; ++i) CHECK(cache.add(three(), after(2)) == 0);
  cache.find(follower)->last_used = after(121000);
  CHECK(cache.add(three(), after(121001)) == 0);
  CHECK(cache.find(follower) != nullptr);
}

TEST_CASE("FetchMetadata.nextEpoch: the epoch after the greatest is 1, since 0 and -1 have special meanings") {
  CHECK(FetchSessions::epoch_after(1) == 2);
  CHECK(FetchSessions::epoch_after(2147483647) == 1);
}

// ---- between two brokers

namespace {

using broker_test::Stage;
using protocol::FetchRequest;
using protocol::FetchResponse;

/// Broker 1 follows; node 2 acts as the leader and answers the last fetch.
FetchRequest after_answer(Stage& s, ErrorCode error, std::int32_t session_id, bool with_row) {
  FetchResponse out;
  out.error = error;
  out.session_id = session_id;
  if (with_row) {
    FetchPartitionResponse row = told(0, 0);
    out.partitions.push_back(row);
  }
  const auto last = s.peer(Stage::kSecond).inbox.back();
  s.command([&] {
    s.world.with_context(Stage::kSecond, [&](broker_test::Ctx& ctx) {
      ctx.send(last.connection, protocol::response(last.message, std::move(out)));
    });
  });
  s.run_ms(2);
  return s.peer(Stage::kSecond).got<FetchRequest>().back().second;
}

}  // namespace

TEST_CASE("FetchSessionHandler: a follower names all its partitions first, then only those that have changed") {
  Stage s({.leader = 2, .isr = {1, 2, 3}});
  s.run_ms(5);
  const FetchRequest first = s.peer(Stage::kSecond).got<FetchRequest>().back().second;
  CHECK(first.session_id == 0);
  CHECK(first.session_epoch == 0);
  CHECK(first.partitions.size() == 1);
  const FetchRequest second = after_answer(s, ErrorCode::NONE, 7, true);
  CHECK(second.session_id == 7);
  CHECK(second.session_epoch == 1);
  CHECK(second.partitions.empty());
  CHECK(after_answer(s, ErrorCode::NONE, 7, false).session_epoch == 2);

  const FetchRequest unknown = after_answer(s, ErrorCode::FETCH_SESSION_ID_NOT_FOUND, 0, false);
  CHECK(unknown.session_id == 0);
  CHECK(unknown.session_epoch == 0);
  CHECK(unknown.partitions.size() == 1);
  after_answer(s, ErrorCode::NONE, 8, true);
  const FetchRequest invalid = after_answer(s, ErrorCode::INVALID_FETCH_SESSION_EPOCH, 0, false);
  CHECK(invalid.session_id == 8);  // the session to close
  CHECK(invalid.session_epoch == 0);
  CHECK(invalid.partitions.size() == 1);
}

TEST_CASE("FetchManager: a leader answers fetches of a session, and refuses an unknown session and a wrong epoch") {
  Stage s;
  FetchRequest request = Stage::fetch_request(2, 0);
  request.session_epoch = 0;
  const FetchResponse opened = *s.ask<FetchResponse>(request, 20, sim::NodeId{2});
  CHECK(opened.session_id > 0);
  CHECK(opened.partitions.size() == 1);

  FetchRequest next = request;
  next.session_id = opened.session_id;
  next.session_epoch = 1;
  next.partitions.clear();
  const sim::Instant caught_up = s.orders().remote(2)->last_caught_up;
  const FetchResponse quiet = *s.ask<FetchResponse>(next, 20, sim::NodeId{2});
  CHECK(quiet.session_id == opened.session_id);
  CHECK(quiet.partitions.empty());
  CHECK(s.orders().remote(2)->last_caught_up > caught_up);  // no new records, but still a fetch

  s.produce(3, 1);
  s.run_ms(5);
  next.session_epoch = 2;
  const FetchResponse records = *s.ask<FetchResponse>(next, 20, sim::NodeId{2});
  REQUIRE(records.partitions.size() == 1);
  CHECK(records.partitions[0].batches.size() == 1);

  CHECK(s.ask<FetchResponse>(next, 20, sim::NodeId{2})->error == ErrorCode::INVALID_FETCH_SESSION_EPOCH);
  next.session_id = 99;
  CHECK(s.ask<FetchResponse>(next, 20, sim::NodeId{2})->error == ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
  next = request;  // a full request ends the old session
  next.session_id = opened.session_id;
  CHECK(s.ask<FetchResponse>(next, 20, sim::NodeId{2})->session_id > opened.session_id);
  next.session_epoch = 3;
  CHECK(s.ask<FetchResponse>(next, 20, sim::NodeId{2})->error == ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
}

TEST_CASE(
    "IncrementalFetchContext: a fetch whose session has a newer epoch gets INVALID_FETCH_SESSION_EPOCH, and nothing counts as sent") {
  Stage s;
  FetchRequest request = Stage::fetch_request(2, 0);
  request.session_epoch = 0;
  const std::int32_t id = s.ask<FetchResponse>(request, 20, sim::NodeId{2})->session_id;
  FetchRequest next = request;
  next.session_id = id;
  next.session_epoch = 1;
  next.max_wait_ms = 500;
  next.partitions.clear();
  CHECK(s.ask<FetchResponse>(next, 20, sim::NodeId{2}) == nullptr);  // the fetch waits
  const std::size_t answers = s.peer(Stage::kSecond).inbox.size();
  next.session_epoch = 2;
  next.max_wait_ms = 0;
  CHECK(s.ask<FetchResponse>(next, 20)->partitions.empty());  // on another connection
  s.produce(3, 1);
  s.run_ms(600);
  REQUIRE(s.peer(Stage::kSecond).inbox.size() == answers + 1);
  const auto outdated = protocol::get<FetchResponse>(s.peer(Stage::kSecond).inbox.back().message.body);
  CHECK(outdated.error == ErrorCode::INVALID_FETCH_SESSION_EPOCH);
  CHECK(outdated.partitions.empty());
  next.session_epoch = 3;
  CHECK(s.ask<FetchResponse>(next, 20)->partitions.size() == 1);
}

TEST_CASE(
    "FetchContext.getThrottledResponse: a throttled consumer keeps its session, and a throttled full fetch starts no session") {
  Stage s({.leader = 1, .isr = {1}, .min_isr = "1", .config = {}});
  s.produce(3, 1);
  s.run_ms(5);
  FetchRequest request = Stage::fetch_request(-1, 0);
  request.session_epoch = 0;
  const std::int32_t id = s.ask<FetchResponse>(request)->session_id;
  REQUIRE(id > 0);
  CHECK(s.broker().fetch_sessions().find(id)->privileged == false);
  protocol::ClientQuotaRecord quota;
  quota.entity = "client-id:<default>";
  quota.key = "consumer_byte_rate";
  quota.value_ppm = 10'000'000;  // ten bytes a second
  s.commit({quota});
  FetchRequest next = request;
  next.session_id = id;
  next.session_epoch = 1;
  const FetchResponse muted = *s.ask<FetchResponse>(next);
  CHECK(muted.session_id == id);
  CHECK(muted.partitions.empty());
  s.run_ms(30000);
  CHECK(s.ask<FetchResponse>(request)->session_id == 0);
  CHECK(s.broker().fetch_sessions().find(id) != nullptr);
}
