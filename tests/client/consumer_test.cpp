// Consumers by the book: positions, fetching, groups, commits, what the application's time does to them.
#include <doctest/doctest.h>

#include "client/fake_broker.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

namespace {
void fill(Rig& rig, int partition, int records, int per_batch = 1, int broker = 1) {
  for (int i = 0; i < records; i += per_batch) {
    RecordBatch b;
    b.client = 99;
    for (int j = i; j < std::min(records, i + per_batch); ++j) {
      Record r;
      r.value = std::to_string(j);
      r.key = "k" + std::to_string(j);
      r.timestamp_ms = sim::kEpochMs;
      b.records.push_back(r);
    }
    rig.broker(broker).append(orders(partition), seal(b));
  }
}
ConsumerOptions earliest(std::string id = "c-1", std::string group = "billing") {
  ConsumerOptions o = consumer_options(std::move(id), std::move(group));
  o.config.set("auto.offset.reset", std::string("earliest"));
  return o;
}
ConsumerOptions assigned(std::string id = "reader") {
  ConsumerOptions o = earliest(std::move(id), "");
  o.topics.clear();
  o.assign = {{"orders", 0}};
  return o;
}
std::vector<std::pair<std::int64_t, std::int64_t>> deliveries(const Watch& w) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  for (const Line& l : w.of(Trace::RecordDelivered)) out.push_back({l.line.a, l.line.b});
  return out;
}
}  // namespace

TEST_CASE("assign() without a group: earliest, every record once and in order, text names the client") {
  Rig rig;
  fill(rig, 0, 10, 3);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  std::int64_t expected = 0;
  for (const Line& l : rig.watch.of(Trace::RecordDelivered)) {
    CHECK(l.line.a == expected);
    CHECK(l.line.text == "@reader");
    CHECK(l.batch);
    expected = l.line.b + 1;
  }
  CHECK(expected == 10);
  CHECK(rig.consumer(n).stats().received == 10);
  CHECK(rig.consumer(n).stats().processed == 10);
  CHECK(rig.consumer(n).positions().at(orders(0)).value == 10);
  CHECK(rig.broker().of(ApiKey::JoinGroup).empty());
  CHECK(rig.broker().of(ApiKey::OffsetFetch).empty());
  CHECK_FALSE(rig.world.faulted());
}

TEST_CASE("latest begins at the end") {
  Rig rig;
  fill(rig, 0, 10);
  ConsumerOptions o = assigned();
  o.config.set("auto.offset.reset", std::string("latest"));
  const NodeId n = rig.add(o);
  rig.run_ms(1000);
  CHECK(rig.consumer(n).stats().received == 0);
  CHECK(rig.consumer(n).positions().at(orders(0)).value == 10);
}

TEST_CASE("by_duration: ListOffsets asks for the time so long ago (KIP-1106)") {
  Rig rig;
  fill(rig, 0, 10);
  ConsumerOptions o = assigned();
  o.config.set("auto.offset.reset", std::string("by_duration:PT1M30S"));
  rig.add(o);
  rig.run_ms(1000);
  const auto asked = rig.broker().of(ApiKey::ListOffsets);
  REQUIRE_FALSE(asked.empty());
  const std::int64_t timestamp = std::get<ListOffsetsRequest>(asked[0].body).partitions[0].timestamp;
  CHECK(timestamp >= sim::kEpochMs - 90000);
  CHECK(timestamp <= sim::kEpochMs - 89000);
}

TEST_CASE("none: poll() throws NoOffsetForPartitionException") {
  Rig rig;
  fill(rig, 0, 10);
  ConsumerOptions o = consumer_options();
  o.config.set("auto.offset.reset", std::string("none"));
  const NodeId n = rig.add(o);
  rig.run_ms(8000);
  CHECK(rig.consumer(n).stats().received == 0);
  CHECK(rig.consumer(n).stats().errors.at("NoOffsetForPartitionException") >= 1);
  CHECK(rig.consumer(n).stats().errors.at("NoOffsetForPartitionException") < 10);
}

TEST_CASE("max.poll.records: a poll hands over at most so many, also out of the middle of a batch") {
  Rig rig;
  fill(rig, 0, 10, 10);
  ConsumerOptions o = assigned();
  o.config.set("max.poll.records", std::int64_t{4});
  o.work.each = sim::milliseconds(10);
  rig.add(o);
  rig.run_ms(1000);
  CHECK(deliveries(rig.watch) == std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 3}, {4, 7}, {8, 9}});
  CHECK(rig.broker().of(ApiKey::Fetch).size() >= 2);
}

TEST_CASE("work takes its time per record, by key where given") {
  Rig rig;
  fill(rig, 0, 3, 3);
  ConsumerOptions o = assigned();
  o.work.each = sim::milliseconds(10);
  o.work.by_key = {{"k1", sim::milliseconds(500)}};
  rig.add(o);
  rig.run_ms(2000);
  const auto done = rig.watch.of(Trace::RecordProcessed);
  REQUIRE(done.size() == 3);
  const Instant start = rig.watch.of(Trace::RecordDelivered)[0].line.time;
  CHECK((done[0].line.time - start).us == 10000);
  CHECK((done[1].line.time - start).us == 510000);
  CHECK((done[2].line.time - start).us == 520000);
  CHECK(done[1].line.a == 1);
}

TEST_CASE("the next fetch is out while the application works, and no third before it polls again") {
  Rig rig;
  fill(rig, 0, 1);
  ConsumerOptions o = assigned();
  o.work.each = sim::seconds(2);
  rig.add(o);
  rig.run_ms(500);
  REQUIRE(rig.watch.of(Trace::RecordDelivered).size() == 1);
  fill(rig, 0, 1);  // (appended without waking the fetch: it is answered when its wait is over)
  rig.run_ms(1900);
  CHECK(rig.broker().of(ApiKey::Fetch).size() == 2);
  CHECK(rig.watch.of(Trace::RecordDelivered).size() == 1);
  rig.run_ms(2200);
  CHECK(rig.watch.of(Trace::RecordDelivered).size() == 2);
}

TEST_CASE("one Fetch at a time per node") {
  Rig rig(1, 3);
  ConsumerOptions o = assigned();
  o.assign = {{"orders", 0}, {"orders", 1}, {"orders", 2}};
  const NodeId n = rig.add(o);
  rig.run_ms(3000);
  CHECK(rig.consumer(n).in_flight() == 1);
  const auto fetches = rig.broker().of(ApiKey::Fetch);
  CHECK(std::get<FetchRequest>(fetches.back().body).partitions.size() == 3);
  CHECK(fetches.size() <= 8);  // fetch.max.wait.ms 500
}

TEST_CASE("a group's first member: MEMBER_ID_REQUIRED, three seconds, then all partitions") {
  Rig rig(1, 3);
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(2900);
  CHECK(rig.consumer(n).assignment().empty());
  rig.run_ms(3200);
  CHECK(rig.consumer(n).assignment().size() == 3);
  CHECK(rig.consumer(n).stats().errors.at("MEMBER_ID_REQUIRED") == 1);
  CHECK(rig.broker().of(ApiKey::JoinGroup).size() == 2);
  const auto join = std::get<JoinGroupRequest>(rig.broker().of(ApiKey::JoinGroup)[1].body);
  CHECK(join.member_id == "c-1-1");
  CHECK(join.session_timeout_ms == 45000);
  CHECK(join.rebalance_timeout_ms == 300000);
  CHECK(rig.watch.of(Trace::PartitionsAssigned)[0].line.text == "[orders-0, orders-1, orders-2]");
}

TEST_CASE("heartbeats: every 3 s from the answer to JoinGroup on") {
  Rig rig;
  rig.add(consumer_options());
  rig.run_ms(13500);
  const auto join = rig.watch.of(Trace::PartitionsAssigned)[0].line.time;
  const auto beats = rig.broker().of(ApiKey::Heartbeat);
  REQUIRE(beats.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t ms = (beats[i].at - join).us / 1000;
    CHECK(ms >= 3000 * static_cast<std::int64_t>(i + 1) - 10);
    CHECK(ms <= 3000 * static_cast<std::int64_t>(i + 1) + 10);
  }
}

TEST_CASE("eager: at the next heartbeat everybody gives all back, then range shares out; the reader goes on where it committed") {
  Rig rig(1, 3);
  ProducerOptions p = producer_options();
  p.rate_millionths = 30'000000;
  p.keys = {KeyOptions::Kind::Uniform, "k", 50, 0, {}};
  const NodeId shop = rig.add(p);
  const NodeId a = rig.add(earliest("c-1"));
  rig.run_ms(8000);
  CHECK(rig.consumer(a).assignment().size() == 3);
  const NodeId b = rig.add(earliest("c-2"));
  rig.run_ms(11500);
  CHECK(rig.consumer(a).assignment().size() == 2);
  CHECK(rig.consumer(b).assignment().size() == 1);
  CHECK(rig.watch.of(Trace::PartitionsRevoked).size() == 1);
  CHECK(rig.broker().committed.size() == 3);  // auto commit before the rebalance
  rig.run_ms(20000);
  // Exactly once through both of them: nothing was skipped or repeated by an orderly rebalance.
  const std::int64_t received = rig.consumer(a).stats().received + rig.consumer(b).stats().received;
  CHECK(received >= rig.producer(shop).stats().acked - 2);
  CHECK(received <= rig.producer(shop).stats().acked + 2);
  CHECK(rig.consumer(a).stats().errors.at("REBALANCE_IN_PROGRESS") == 1);
}

TEST_CASE("KIP-429: a cooperative member reads on while it joins, gives up what is left out, and joins again at once") {
  Rig rig(1, 3);
  ProducerOptions p = producer_options();
  p.rate_millionths = 100'000000;
  p.keys = {KeyOptions::Kind::Uniform, "k", 50, 0, {}};
  rig.add(p);
  const auto cooperative = [](const char* id) {
    ConsumerOptions o = earliest(id);
    o.config.set("partition.assignment.strategy", std::string("org.apache.kafka.clients.consumer.CooperativeStickyAssignor"));
    return o;
  };
  const NodeId a = rig.add(cooperative("c-1"));
  rig.run_ms(8000);
  REQUIRE(rig.consumer(a).assignment().size() == 3);
  const NodeId b = rig.add(cooperative("c-2"));
  rig.run_ms(16000);
  CHECK(rig.consumer(a).assignment().size() == 2);
  CHECK(rig.consumer(b).assignment().size() == 1);
  const auto given_up = rig.watch.of(Trace::PartitionsRevoked);
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].line.text == "[orders-2]");
  CHECK(rig.watch.of(Trace::PartitionsLost).empty());
  const auto assigned = rig.watch.of(Trace::PartitionsAssigned);  // a; then round one: both nothing; round two: b
  REQUIRE(assigned.size() == 5);
  CHECK(assigned[1].line.text == "[]");
  CHECK(assigned[2].line.text == "[]");
  const auto joins = rig.broker().of(ApiKey::JoinGroup);
  const auto& again = std::get<JoinGroupRequest>(joins.back().body);
  CHECK(std::get<JoinGroupRequest>(joins[joins.size() - 2].body).protocols[0].metadata.owned.size() + again.protocols[0].metadata.owned.size() == 2);
  // What stayed is read on while c-1's second JoinGroup waits for c-2's.
  REQUIRE(joins.size() == 7);
  const auto lines = rig.watch.of(Trace::RecordDelivered);
  CHECK(std::any_of(lines.begin(), lines.end(), [&](const Line& l) {
    return l.line.node == a && l.line.time > joins[5].at + sim::milliseconds(500) && l.line.time < joins[6].at;
  }));
}

TEST_CASE("stop: commits, leaves the group, exits; the other takes over at its next heartbeat") {
  Rig rig(1, 2);
  fill(rig, 0, 5);
  const NodeId a = rig.add(earliest("c-1"));
  const NodeId b = rig.add(earliest("c-2"));
  rig.run_ms(7000);
  REQUIRE(rig.consumer(a).assignment().size() == 1);
  rig.act(a, [&](protocol::Context& ctx) { rig.consumer(a).request_stop(ctx); });
  rig.run_ms(7100);
  CHECK(rig.world.state(a) == sim::NodeState::Stopped);
  CHECK(rig.broker().of(ApiKey::LeaveGroup).size() == 1);
  CHECK(rig.broker().committed.at(orders(0)).value == 5);
  rig.run_ms(11000);
  CHECK(rig.consumer(b).assignment().size() == 2);
  CHECK(rig.consumer(b).stats().received == 0);  // goes on behind what c-1 committed
}

TEST_CASE("LeaveGroup waits for the connection to the coordinator that is being made") {
  Rig rig(2, 1);
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(5000);
  for (int b : {1, 2}) rig.broker(b).cluster.coordinator = 2;
  rig.broker(2).members = rig.broker(1).members;
  rig.broker(2).generation = rig.broker(1).generation;
  // Its next heartbeat is told NOT_COORDINATOR; stopped in the moment in which the new one is found.
  std::int64_t us = 5'000'000;
  while (rig.consumer(n).group().coordinator() != 2 && us < 12'000'000) {
    us += 50;
    rig.at = Instant{us};
    rig.world.run_until(rig.at);
  }
  REQUIRE(rig.consumer(n).group().coordinator() == 2);
  REQUIRE(rig.broker(2).of(ApiKey::Heartbeat).empty());
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).request_stop(ctx); });
  rig.run_ms(us / 1000 + 200);
  CHECK(rig.broker(2).of(ApiKey::LeaveGroup).size() == 1);
  CHECK(rig.world.state(n) == sim::NodeState::Stopped);
}

TEST_CASE("KIP-345: a static member does not leave") {
  Rig rig;
  ConsumerOptions o = consumer_options();
  o.config.set("group.instance.id", std::string("one"));
  const NodeId a = rig.add(o);
  rig.run_ms(5000);
  rig.act(a, [&](protocol::Context& ctx) { rig.consumer(a).request_stop(ctx); });
  rig.run_ms(6000);
  CHECK(rig.world.state(a) == sim::NodeState::Stopped);
  CHECK(rig.broker().of(ApiKey::LeaveGroup).empty());
}

TEST_CASE("auto commit: inside poll() when 5 s have passed, of positions") {
  Rig rig;
  fill(rig, 0, 20);
  rig.add(earliest());
  rig.run_ms(8000);
  CHECK(rig.broker().of(ApiKey::OffsetCommit).empty());
  rig.run_ms(8500);
  REQUIRE(rig.broker().of(ApiKey::OffsetCommit).size() == 1);
  CHECK(rig.broker().committed.at(orders(0)).value == 20);
}

TEST_CASE("auto commit waits for the next poll while the application works") {
  Rig rig;
  fill(rig, 0, 20);
  ConsumerOptions o = earliest();
  o.work.each = sim::seconds(1);
  o.config.set("max.poll.records", std::int64_t{10});
  rig.add(o);
  rig.run_ms(12900);  // assigned at 3 s, works 10 s on the first ten
  CHECK(rig.broker().of(ApiKey::OffsetCommit).empty());
  rig.run_ms(13300);
  CHECK(rig.broker().committed.at(orders(0)).value == 10);
}

TEST_CASE("commit modes: sync_after behind the work, sync_before ahead of it, none never") {
  for (const CommitMode mode : {CommitMode::SyncAfter, CommitMode::SyncBefore, CommitMode::AsyncAfter, CommitMode::None}) {
    CAPTURE(static_cast<int>(mode));
    Rig rig;
    fill(rig, 0, 10, 10);
    ConsumerOptions o = earliest();
    o.commit = mode;
    o.work.each = sim::milliseconds(100);
    const NodeId n = rig.add(o);
    rig.run_ms(3500);  // in the middle of the work
    CHECK(rig.consumer(n).stats().processed > 0);
    CHECK(rig.broker().committed.contains(orders(0)) == (mode == CommitMode::SyncBefore));
    rig.run_ms(6000);
    CHECK(rig.broker().committed.contains(orders(0)) == (mode != CommitMode::None));
    CHECK(rig.consumer(n).stats().processed == 10);
  }
}

TEST_CASE("a restarted member reads on from the committed offset") {
  Rig rig;
  fill(rig, 0, 10, 5);
  ConsumerOptions o = earliest();
  o.commit = CommitMode::SyncAfter;
  const NodeId n = rig.add(o);
  rig.run_ms(4000);
  rig.kill(n);
  fill(rig, 0, 3);
  rig.broker().members.clear();  // its session is over
  rig.broker().generation = 0;
  rig.restart(n);
  rig.run_ms(9000);
  CHECK(rig.consumer(n).stats().received == 13);
  CHECK(rig.watch.of(Trace::PositionSet).back().line.a == 10);
  CHECK(rig.watch.of(Trace::PositionSet).back().line.text == "committed");
}

TEST_CASE("KIP-62: work longer than max.poll.interval.ms leaves the group; the commit behind it fails") {
  Rig rig;
  fill(rig, 0, 2, 2);
  ConsumerOptions o = earliest();
  o.commit = CommitMode::SyncAfter;
  o.config.set("max.poll.interval.ms", std::int64_t{10000});
  o.work.by_key = {{"k0", sim::seconds(15)}};
  const NodeId n = rig.add(o);
  rig.run_ms(14000);
  REQUIRE(rig.broker().of(ApiKey::LeaveGroup).size() == 1);
  const auto left = rig.broker().of(ApiKey::LeaveGroup)[0].at - rig.watch.of(Trace::RecordDelivered)[0].line.time;
  CHECK(left.us / 1000 >= 10000);
  CHECK(left.us / 1000 < 10010);
  rig.run_ms(18100);
  CHECK(rig.consumer(n).stats().errors.at("CommitFailedException") == 1);
  CHECK(rig.watch.of(Trace::PartitionsLost).size() == 1);
  rig.run_ms(30000);
  CHECK(rig.consumer(n).stats().received >= 4);  // again, from the last committed offset
}

TEST_CASE("UNKNOWN_MEMBER_ID in a heartbeat: partitions are lost, it joins anew") {
  Rig rig;
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(5000);
  rig.broker().heartbeat_errors = {ErrorCode::UNKNOWN_MEMBER_ID};
  rig.broker().members.clear();
  rig.broker().generation = 0;
  rig.run_ms(12000);
  CHECK(rig.watch.of(Trace::PartitionsLost).size() == 1);
  CHECK(rig.consumer(n).assignment().size() == 1);
  CHECK(rig.broker().of(ApiKey::JoinGroup).size() == 4);
}

TEST_CASE("NOT_COORDINATOR: the member finds the new coordinator and keeps its partitions") {
  Rig rig(2, 1);
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(5000);
  REQUIRE(rig.consumer(n).assignment().size() == 1);
  for (int b : {1, 2}) rig.broker(b).cluster.coordinator = 2;
  rig.broker(2).members = rig.broker(1).members;
  rig.broker(2).generation = rig.broker(1).generation;
  rig.run_ms(12000);
  CHECK(rig.consumer(n).stats().errors.at("NOT_COORDINATOR") >= 1);
  CHECK(rig.consumer(n).group().coordinator() == 2);
  CHECK(rig.broker(2).of(ApiKey::Heartbeat).size() >= 1);
  CHECK(rig.watch.of(Trace::PartitionsLost).empty());
  CHECK(rig.watch.of(Trace::PartitionsRevoked).empty());
}

TEST_CASE("a crashed coordinator: looked up again until there is one") {
  Rig rig(2, 1);
  rig.lead(0, 2, 0);
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(5000);
  rig.kill(NodeId{0});
  rig.run_ms(8000);
  CHECK(rig.broker(2).of(ApiKey::FindCoordinator).size() >= 1);
  CHECK(rig.broker(2).of(ApiKey::FindCoordinator).size() < 20);
  rig.broker(2).cluster.coordinator = 2;
  rig.broker(2).members = rig.broker(1).members;
  rig.broker(2).generation = 1;
  rig.run_ms(15000);
  CHECK(rig.broker(2).of(ApiKey::Heartbeat).size() >= 1);
  CHECK(rig.consumer(n).assignment().size() == 1);
}

TEST_CASE("commitSync repeats retriable errors, commitAsync does not") {
  for (const CommitMode mode : {CommitMode::SyncAfter, CommitMode::AsyncAfter}) {
    Rig rig;
    fill(rig, 0, 1);
    ConsumerOptions o = earliest();
    o.commit = mode;
    const NodeId n = rig.add(o);
    rig.broker().commit_errors = {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS};
    rig.run_ms(6000);
    const bool sync = mode == CommitMode::SyncAfter;
    CHECK(rig.broker().of(ApiKey::OffsetCommit).size() == (sync ? 3 : 1));
    CHECK(rig.broker().committed.contains(orders(0)) == sync);
    CHECK(rig.consumer(n).stats().errors.contains("RetriableCommitFailedException") == !sync);
  }
}

TEST_CASE("OFFSET_OUT_OF_RANGE: auto.offset.reset decides") {
  Rig rig;
  fill(rig, 0, 10);
  rig.broker().committed[orders(0)] = {50};
  const NodeId n = rig.add(earliest());
  rig.broker().epoch_ends[{0}] = {50};  // the committed epoch gives no reason to doubt
  rig.run_ms(5000);
  CHECK(rig.consumer(n).stats().errors.at("OFFSET_OUT_OF_RANGE") == 1);
  CHECK(rig.consumer(n).stats().received == 10);
  CHECK(rig.watch.of(Trace::PositionSet).back().line.text == "out of range");
}

TEST_CASE("KAFKA-17182: a node is not asked for more while data of one of its partitions waits, but for a paused one's") {
  for (const bool paused : {false, true}) {
    Rig rig(1, 2);
    fill(rig, 0, 1);
    fill(rig, 1, 30);
    ConsumerOptions o = assigned();
    o.assign = {{"orders", 0}, {"orders", 1}};
    o.config.set("max.poll.records", std::int64_t{2});
    o.work.each = sim::milliseconds(500);
    const NodeId n = rig.add(o);
    rig.run_ms(1500);
    if (paused) rig.act(n, [&](Context& ctx) { rig.consumer(n).pause(ctx, "orders", 1, true); });
    const auto before = rig.broker().of(ApiKey::Fetch).size();
    rig.run_ms(4000);
    CAPTURE(paused);
    CHECK((rig.broker().of(ApiKey::Fetch).size() > before) == paused);
  }
}

TEST_CASE("KIP-320: a new leader epoch, a shorter log: the position goes back to where they diverge") {
  Rig rig(2, 1);
  fill(rig, 0, 10);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  CHECK(rig.consumer(n).positions().at(orders(0)).value == 10);
  fill(rig, 0, 7, 1, 2);  // broker-2 never had the last three
  rig.broker(2).epoch_ends[{0}] = {7};
  rig.lead(0, 2, 1);
  rig.run_ms(3000);
  CHECK(rig.broker(2).of(ApiKey::OffsetForLeaderEpoch).size() == 1);
  CHECK(rig.consumer(n).positions().at(orders(0)).value == 7);
  CHECK(rig.watch.of(Trace::PositionSet).back().line.text == "truncated");
}

TEST_CASE("KIP-320: a log cut below the position and auto.offset.reset=none: LogTruncationException every request.timeout.ms, nothing is read on") {
  Rig rig(2, 1);
  fill(rig, 0, 10);
  ConsumerOptions o = assigned();
  o.config.set("request.timeout.ms", std::int64_t{4000});
  const NodeId n = rig.add(o);
  rig.run_ms(1000);
  REQUIRE(rig.consumer(n).positions().at(orders(0)).value == 10);
  o = assigned("strict");
  o.config.set("request.timeout.ms", std::int64_t{4000});
  o.config.set("auto.offset.reset", std::string("none"));
  const NodeId strict = rig.add(o);
  rig.run_ms(1500);
  rig.act(strict, [&](protocol::Context& ctx) { CHECK(rig.consumer(strict).seek(ctx, "orders", 0, {SeekTarget::Kind::Beginning, 0})); });
  rig.run_ms(2500);
  REQUIRE(rig.consumer(strict).positions().at(orders(0)).value == 10);
  fill(rig, 0, 20, 1, 2);  // another history, longer already
  rig.broker(2).epoch_ends[{0}] = {7};
  rig.lead(0, 2, 1);
  rig.run_ms(20000);
  CHECK(rig.consumer(n).stats().received > 10);
  CHECK(rig.consumer(strict).stats().received == 10);
  CHECK(rig.consumer(strict).positions().at(orders(0)).value == 10);
  CHECK(rig.consumer(strict).stats().errors.at("LogTruncationException") >= 3);
}

TEST_CASE("a position from a reset has no epoch: another leader does not make it be validated") {
  Rig rig(2, 1);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  rig.lead(0, 2, 1);
  fill(rig, 0, 5, 1, 2);
  rig.run_ms(4000);
  CHECK(rig.consumer(n).stats().received == 5);
  CHECK(rig.broker(2).of(ApiKey::OffsetForLeaderEpoch).empty());
}

TEST_CASE("a position that awaits validation is not committed") {
  Rig rig(2, 1);
  fill(rig, 0, 10);
  const NodeId n = rig.add(earliest());
  rig.run_ms(7000);
  REQUIRE(rig.consumer(n).stats().received == 10);
  const auto commits = [&] { return rig.broker().of(ApiKey::OffsetCommit).size(); };
  rig.broker(2).silent = true;
  rig.lead(0, 2, 1);
  rig.run_ms(13000);
  const auto before = commits();
  rig.run_ms(25000);
  CHECK(commits() == before);
}

TEST_CASE("KIP-392: the follower that the leader named is read from for metadata.max.age.ms, then the leader is asked again") {
  Rig rig(2, 1);
  rig.broker(1).preferred = 2;
  rig.broker(2).follower = true;
  for (const int broker : {1, 2}) fill(rig, 0, 5, 1, broker);
  ConsumerOptions o = assigned();
  o.config.set("metadata.max.age.ms", std::int64_t{5000});
  const NodeId n = rig.add(o);
  rig.run_ms(4000);
  CHECK(rig.consumer(n).stats().received == 5);
  CHECK(rig.broker(1).of(ApiKey::Fetch).size() == 1);
  CHECK(rig.broker(2).of(ApiKey::Fetch).size() > 4);
  rig.run_ms(7000);
  CHECK(rig.broker(1).of(ApiKey::Fetch).size() == 2);
  rig.run_ms(12000);
  CHECK(rig.broker(1).of(ApiKey::Fetch).size() == 3);
}

TEST_CASE("NOT_LEADER_OR_FOLLOWER in a fetch: metadata, then the new leader") {
  Rig rig(2, 1);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  rig.lead(0, 2, 1);
  fill(rig, 0, 5, 1, 2);
  rig.run_ms(3000);
  CHECK(rig.consumer(n).stats().received == 5);
  CHECK(rig.consumer(n).stats().errors.at("NOT_LEADER_OR_FOLLOWER") <= 3);
}

TEST_CASE("seek moves the position, buffered records of before are dropped") {
  Rig rig;
  fill(rig, 0, 10);
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  rig.act(n, [&](protocol::Context& ctx) { CHECK(rig.consumer(n).seek(ctx, "orders", 0, {SeekTarget::Kind::Offset, 4})); });
  rig.run_ms(2000);
  CHECK(rig.consumer(n).stats().received == 16);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).seek(ctx, "orders", 0, {SeekTarget::Kind::Beginning, 0}); });
  rig.run_ms(3000);
  CHECK(rig.consumer(n).stats().received == 26);
  CHECK(rig.watch.of(Trace::PositionSet).back().line.text == "seek");
}

TEST_CASE("commit by command: these offsets, or the positions") {
  Rig rig;
  fill(rig, 0, 10);
  ConsumerOptions o = earliest();
  o.commit = CommitMode::None;
  const NodeId n = rig.add(o);
  rig.run_ms(4000);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).commit(ctx, {{{"orders", 0}, 7}}); });
  rig.run_ms(4100);
  CHECK(rig.broker().committed.at(orders(0)).value == 7);
  CHECK(rig.consumer(n).committed().at(orders(0)).value == 7);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).commit(ctx, {}); });
  rig.run_ms(4200);
  CHECK(rig.broker().committed.at(orders(0)).value == 10);
}

TEST_CASE("handoff: workers do the work, the polling thread polls on and commits what is not done") {
  Rig rig;
  fill(rig, 0, 40);
  ConsumerOptions o = earliest();
  o.handoff_threads = 4;
  o.work.each = sim::seconds(3);
  const NodeId n = rig.add(o);
  rig.run_ms(8600);
  CHECK(rig.consumer(n).stats().received == 40);
  CHECK(rig.consumer(n).stats().processed == 4);
  CHECK(rig.broker().committed.at(orders(0)).value == 40);
  CHECK(rig.consumer(n).waiting() == 36);
  rig.run_ms(40000);
  CHECK(rig.consumer(n).stats().processed == 40);
}

TEST_CASE("paused partitions are not delivered, resumed ones go on") {
  Rig rig;
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  rig.act(n, [&](protocol::Context& ctx) { CHECK(rig.consumer(n).pause(ctx, "orders", 0, true)); });
  fill(rig, 0, 5);
  rig.run_ms(3000);
  CHECK(rig.consumer(n).stats().received == 0);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).pause(ctx, "orders", 0, false); });
  rig.run_ms(5000);
  CHECK(rig.consumer(n).stats().received == 5);
}

TEST_CASE("the leader sees more partitions at its next metadata refresh and starts a rebalance") {
  Rig rig(1, 1);
  ConsumerOptions o = consumer_options();
  o.config.set("metadata.max.age.ms", std::int64_t{5000});
  const NodeId n = rig.add(o);
  rig.run_ms(4000);
  CHECK(rig.consumer(n).assignment().size() == 1);
  rig.broker().cluster.topics[0].partitions.push_back({1, LeaderEpoch{0}});
  rig.run_ms(12000);
  CHECK(rig.consumer(n).assignment().size() == 2);
  CHECK(rig.broker().rebalances == 2);
}

TEST_CASE("StickyAssignor: what a member had goes as user data, for it owns nothing any more when it joins") {
  Rig rig(1, 2);
  ConsumerOptions o = consumer_options();
  o.config.set("partition.assignment.strategy", std::string("org.apache.kafka.clients.consumer.StickyAssignor"));
  const NodeId n = rig.add(o);
  rig.run_ms(4000);
  rig.broker().heartbeat_errors.push_back(ErrorCode::REBALANCE_IN_PROGRESS);
  rig.run_ms(8000);
  const auto joins = rig.broker().of(ApiKey::JoinGroup);
  REQUIRE(joins.size() == 3);
  const auto& first = std::get<JoinGroupRequest>(joins[1].body).protocols[0];
  CHECK(first.name == "sticky");
  CHECK(first.metadata.previous.empty());
  CHECK(first.metadata.previous_generation == -1);
  const auto& second = std::get<JoinGroupRequest>(joins[2].body).protocols[0];
  CHECK(second.metadata.owned.empty());
  CHECK(second.metadata.previous.size() == 2);
  CHECK(second.metadata.previous_generation == 1);
  CHECK(rig.consumer(n).assignment().size() == 2);
}

TEST_CASE("subscribe() while a rebalance is under way: joins again with the new subscription") {
  Rig rig;
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(1500);  // JoinGroup is parked
  REQUIRE(rig.consumer(n).group().state() == GroupMember::State::PreparingRebalance);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).subscribe(ctx, {"orders", "nosuch"}); });
  rig.run_ms(9000);
  const auto joins = rig.broker().of(ApiKey::JoinGroup);
  REQUIRE(joins.size() >= 3);
  CHECK(std::get<JoinGroupRequest>(joins.back().body).protocols[0].metadata.topics == std::vector<std::string>{"nosuch", "orders"});
  CHECK(rig.consumer(n).group().state() == GroupMember::State::Stable);
}

TEST_CASE("subscribe() is refused beside assign()") {
  Rig rig;
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).subscribe(ctx, {"orders"}); });
  rig.run_ms(2000);
  CHECK(rig.consumer(n).stats().errors.at("IllegalStateException") == 1);
  CHECK(rig.broker().of(ApiKey::JoinGroup).empty());
}

TEST_CASE("unsubscribe gives partitions back and leaves; subscribe joins again") {
  Rig rig;
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(4000);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).unsubscribe(ctx); });
  rig.run_ms(5000);
  CHECK(rig.consumer(n).assignment().empty());
  CHECK(rig.broker().of(ApiKey::LeaveGroup).size() == 1);
  rig.broker().generation = 0;
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).subscribe(ctx, {"orders"}); });
  rig.run_ms(10000);
  CHECK(rig.consumer(n).assignment().size() == 1);
}

TEST_CASE("KIP-919: an admin client tries the next controller when one is not active") {
  Rig rig(3, 1);
  for (int b = 1; b <= 3; ++b) rig.broker(b).cluster.coordinator = 3;  // the fake's active controller
  AdminOptions o;
  o.client_id = "ops";
  o.controllers = rig.bootstrap();
  const NodeId n = rig.begin(rig.world.add_node("ops", Admin(o)));
  rig.act(n, [&](protocol::Context& ctx) {
    CreatableTopic t;
    t.name = "new";
    std::get<Admin>(rig.world.role(n)).submit(ctx, protocol::CreateTopicsRequest{{t}});
  });
  rig.run_ms(2000);
  const auto result = rig.watch.of(Trace::CommandResult);
  REQUIRE(result.size() == 1);
  CHECK(result[0].line.a == 0);
  CHECK(result[0].line.text == "new");
  CHECK(std::get<Admin>(rig.world.role(n)).stats().errors.at("NOT_CONTROLLER") == 2);
}

TEST_CASE("a copied world with a group goes on alike") {
  Rig rig(2, 4);
  ProducerOptions p = producer_options();
  p.rate_millionths = 50'000000;
  rig.add(p);
  rig.add(earliest("c-1"));
  ConsumerOptions slow = earliest("c-2");
  slow.work.each = sim::milliseconds(30);
  rig.add(slow);
  rig.run_ms(7000);
  auto copy = rig.world;
  copy.attach(nullptr);
  rig.run_ms(12000);
  copy.run_until(Instant{12000000});
  CHECK(copy.digest() == rig.world.digest());
  CHECK_FALSE(rig.world.faulted());
}
