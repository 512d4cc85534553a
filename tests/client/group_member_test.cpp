// Members of a classic group: joining, heartbeats, rebalances, leaving, finding the coordinator.
#include <doctest/doctest.h>

#include "client/consumers.h"
#include "protocol/facts_of_clients.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

TEST_CASE("a group's first member gets MEMBER_ID_REQUIRED, waits three seconds and then gets all partitions") {
  Rig rig(1, 3);
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(2900);
  CHECK(rig.consumer(n).assignment().empty());
  rig.run_ms(3200);
  CHECK(rig.consumer(n).assignment().size() == 3);
  CHECK(rig.consumer(n).stats().errors.at("MEMBER_ID_REQUIRED") == 1);
  CHECK(rig.broker().of(api::JoinGroup).size() == 2);
  const auto join = protocol::get<JoinGroupRequest>(rig.broker().of(api::JoinGroup)[1].body);
  CHECK(join.member_id == "c-1-1");
  CHECK(join.session_timeout_ms == 45000);
  CHECK(join.rebalance_timeout_ms == 300000);
  CHECK(rig.watch.facts<fact::PartitionsAssigned>()[0].partitions.text == "[orders-0, orders-1, orders-2]");
}

TEST_CASE(
    "a refused JoinGroup is retried after retry.backoff.ms each time, a refused heartbeat with growing pauses (KIP-580)") {
  Rig rig;
  rig.broker().join_errors = std::deque<ErrorCode>(8, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  rig.add(consumer_options());
  rig.run_ms(6000);
  const auto joins = rig.broker().of(api::JoinGroup);
  REQUIRE(joins.size() >= 9);
  for (std::size_t i = 0; i + 1 < 9; ++i) {
    const std::int64_t ms = (joins[i + 1].at - joins[i].at).us / 1000;
    CHECK(ms >= 100);
    CHECK(ms <= 105);
  }
  rig.broker().heartbeat_errors = std::deque<ErrorCode>(6, ErrorCode::GROUP_AUTHORIZATION_FAILED);
  const std::size_t before = rig.broker().of(api::Heartbeat).size();
  rig.run_ms(20000);
  const auto beats = rig.broker().of(api::Heartbeat);
  REQUIRE(beats.size() > before + 6);
  for (std::size_t i = 0; i < 5; ++i) {
    CAPTURE(i);
    const std::int64_t ms = (beats[before + i + 1].at - beats[before + i].at).us / 1000,
                       term = std::min<std::int64_t>(1000, 100 << i);
    CHECK(ms >= term * 8 / 10);
    CHECK(ms <= std::min<std::int64_t>(1000, term * 12 / 10) + 5);
  }
}

TEST_CASE(
    "a member validates no positions until it has rejoined, so it does not read a partition whose leader changes before that") {
  for (const bool rejoins : {false, true}) {
    CAPTURE(rejoins);
    Rig rig(2, 1);
    ConsumerOptions o = earliest();
    o.config.set("partition.assignment.strategy", std::string("cooperative-sticky"));
    o.config.set("metadata.max.age.ms", std::int64_t{100});
    const NodeId n = rig.add(o);
    fill(rig, 0, 5);
    rig.run_ms(6000);
    REQUIRE(rig.consumer(n).stats().received == 5);
    if (rejoins) {
      rig.broker().join_errors = std::deque<ErrorCode>(1000, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
      rig.broker().heartbeat_errors = {ErrorCode::REBALANCE_IN_PROGRESS};
    }
    rig.run_ms(10000);
    fill(rig, 0, 9, 1, 2);
    rig.broker(2).epoch_ends[{0}] = {9};
    rig.lead(0, 2, 1);
    rig.run_ms(15000);
    CHECK(rig.consumer(n).stats().received == (rejoins ? 5 : 9));
    CHECK(rig.broker(2).of(api::OffsetForLeaderEpoch).empty() == rejoins);
  }
}

TEST_CASE("heartbeats are sent every 3 s, counted from the answer to JoinGroup") {
  Rig rig;
  rig.add(consumer_options());
  rig.run_ms(13500);
  const auto join = rig.watch.of(Trace::PartitionsAssigned)[0].line.time;
  const auto beats = rig.broker().of(api::Heartbeat);
  REQUIRE(beats.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t ms = (beats[i].at - join).us / 1000;
    CHECK(ms >= 3000 * static_cast<std::int64_t>(i + 1) - 10);
    CHECK(ms <= 3000 * static_cast<std::int64_t>(i + 1) + 10);
  }
}

TEST_CASE(
    "KIP-580: a failed heartbeat is retried after 100 ms, then twice as long, with jitter, at most 1 s; a success resets the pause") {
  Rig rig;
  rig.add(consumer_options());
  rig.run_ms(10000);
  rig.broker().heartbeat_errors = std::deque<ErrorCode>(6, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  const std::size_t before = rig.broker().of(api::Heartbeat).size();
  rig.run_ms(25000);
  const auto seen = rig.broker().of(api::Heartbeat);
  REQUIRE(seen.size() > before + 7);
  std::int64_t least = 80, most = 125;
  for (std::size_t i = before; i < before + 6; ++i) {
    CAPTURE(i - before);
    const std::int64_t gap = (seen[i + 1].at - seen[i].at).us / 1000;
    CHECK(gap >= least);
    CHECK(gap <= most);
    least = std::min<std::int64_t>(2 * least, 800);
    most = std::min<std::int64_t>(2 * most, 1005);
  }
  CHECK((seen[before + 7].at - seen[before + 6].at).us / 1000 >= 2990);
}

TEST_CASE(
    "eager: at the next heartbeat every member revokes all its partitions, range assigns them anew, and reading resumes from the commits") {
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
  // The rebalance was orderly: both members together received each record exactly once.
  const std::int64_t received = rig.consumer(a).stats().received + rig.consumer(b).stats().received;
  CHECK(received >= rig.producer(shop).stats().acked - 2);
  CHECK(received <= rig.producer(shop).stats().acked + 2);
  CHECK(rig.consumer(a).stats().errors.at("REBALANCE_IN_PROGRESS") == 1);
}

TEST_CASE(
    "KIP-429: a cooperative member reads on while it joins, gives up the revoked partitions, and rejoins at once") {
  Rig rig(1, 3);
  ProducerOptions p = producer_options();
  p.rate_millionths = 100'000000;
  p.keys = {KeyOptions::Kind::Uniform, "k", 50, 0, {}};
  rig.add(p);
  const auto cooperative = [](const char* id) {
    ConsumerOptions o = earliest(id);
    o.config.set("partition.assignment.strategy",
                 std::string("org.apache.kafka.clients.consumer.CooperativeStickyAssignor"));
    return o;
  };
  const NodeId a = rig.add(cooperative("c-1"));
  rig.run_ms(8000);
  REQUIRE(rig.consumer(a).assignment().size() == 3);
  const NodeId b = rig.add(cooperative("c-2"));
  rig.run_ms(16000);
  CHECK(rig.consumer(a).assignment().size() == 2);
  CHECK(rig.consumer(b).assignment().size() == 1);
  const auto given_up = rig.watch.facts<fact::PartitionsRevoked>();
  REQUIRE(given_up.size() == 1);
  CHECK(given_up[0].partitions.text == "[orders-2]");
  CHECK(rig.watch.of(Trace::PartitionsLost).empty());
  const auto assigned = rig.watch.facts<fact::PartitionsAssigned>();  // a; round one: neither; round two: b
  REQUIRE(assigned.size() == 5);
  CHECK(assigned[1].partitions.text == "[]");
  CHECK(assigned[2].partitions.text == "[]");
  const auto joins = rig.broker().of(api::JoinGroup);
  const auto& again = protocol::get<JoinGroupRequest>(joins.back().body);
  CHECK(protocol::get<JoinGroupRequest>(joins[joins.size() - 2].body).protocols[0].metadata.owned.size() +
            again.protocols[0].metadata.owned.size() ==
        2);
  // The remaining partitions are read while c-1's second JoinGroup waits for c-2's.
  REQUIRE(joins.size() == 7);
  const auto why = [&](std::size_t i) { return protocol::get<JoinGroupRequest>(joins[i].body).reason; };
  CHECK(why(0).empty());
  CHECK(why(1).starts_with("need to re-join with the given member-id: c-1-"));
  CHECK(why(4) == "group is already rebalancing");
  CHECK(why(5) == "need to revoke partitions and re-join");
  CHECK(why(6) == "group is already rebalancing");  // c-2 learned it from its heartbeat
  const auto lines = rig.watch.of(Trace::RecordDelivered);
  CHECK(std::any_of(lines.begin(), lines.end(), [&](const Line& l) {
    return l.line.node == a && l.line.time > joins[5].at + sim::milliseconds(500) && l.line.time < joins[6].at;
  }));
}

TEST_CASE(
    "when a member stops it commits, leaves the group and exits; the other member takes over at its next heartbeat") {
  Rig rig(1, 2);
  fill(rig, 0, 5);
  const NodeId a = rig.add(earliest("c-1"));
  const NodeId b = rig.add(earliest("c-2"));
  rig.run_ms(7000);
  REQUIRE(rig.consumer(a).assignment().size() == 1);
  rig.act(a, [&](protocol::Context& ctx) { rig.consumer(a).request_stop(ctx); });
  rig.run_ms(7100);
  CHECK(rig.world.state(a) == sim::NodeState::Stopped);
  CHECK(rig.broker().of(api::LeaveGroup).size() == 1);
  CHECK(rig.broker().committed.at(orders(0)).value == 5);
  rig.run_ms(11000);
  CHECK(rig.consumer(b).assignment().size() == 2);
  CHECK(rig.consumer(b).stats().received == 0);  // continues after c-1's committed offset
}

TEST_CASE("a classic member that closes sends no heartbeat after it has left") {
  for (const int before_due_ms : {50, 20, 10}) {
    CAPTURE(before_due_ms);
    Rig rig;  // without records: close() waits for the answer to the last fetch, longer than the next heartbeat would
    const NodeId n = rig.add(consumer_options());
    rig.run_ms(8000);
    REQUIRE_FALSE(rig.broker().of(api::Heartbeat).empty());
    const std::int64_t due_ms = rig.broker().of(api::Heartbeat).back().at.us / 1000 + 3000;
    rig.run_ms(due_ms - before_due_ms);
    rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).request_stop(ctx); });
    rig.run_ms(due_ms + 1000);
    CHECK(rig.world.state(n) == sim::NodeState::Stopped);
    REQUIRE(rig.broker().of(api::LeaveGroup).size() == 1);
    CHECK(rig.broker().of(api::Heartbeat).back().at < rig.broker().of(api::LeaveGroup)[0].at);
  }
}

TEST_CASE("LeaveGroup waits until the connection to the coordinator is open") {
  Rig rig(2, 1);
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(5000);
  for (int b : {1, 2}) rig.broker(b).cluster.coordinator = 2;
  rig.broker(2).members = rig.broker(1).members;
  rig.broker(2).generation = rig.broker(1).generation;
  // The next heartbeat gets NOT_COORDINATOR; the client is stopped at the moment in which it finds the new coordinator.
  std::int64_t us = 5'000'000;
  while (rig.consumer(n).group().coordinator() != 2 && us < 12'000'000) {
    us += 50;
    rig.at = Instant{us};
    rig.world.run_until(rig.at);
  }
  REQUIRE(rig.consumer(n).group().coordinator() == 2);
  REQUIRE(rig.broker(2).of(api::Heartbeat).empty());
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).request_stop(ctx); });
  rig.run_ms(us / 1000 + 200);
  CHECK(rig.broker(2).of(api::LeaveGroup).size() == 1);
  rig.run_ms(us / 1000 + 700);  // the fetch session ends when the waiting fetch is answered (fetch.max.wait.ms)
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
  CHECK(rig.broker().of(api::LeaveGroup).empty());
}

TEST_CASE("KIP-62: a member that works longer than max.poll.interval.ms leaves the group, and its next commit fails") {
  Rig rig;
  fill(rig, 0, 2, 2);
  ConsumerOptions o = earliest();
  o.commit = CommitMode::SyncAfter;
  o.config.set("max.poll.interval.ms", std::int64_t{10000});
  o.work.by_key = {{"k0", sim::seconds(15)}};
  const NodeId n = rig.add(o);
  rig.run_ms(14000);
  REQUIRE(rig.broker().of(api::LeaveGroup).size() == 1);
  const auto left = rig.broker().of(api::LeaveGroup)[0].at - rig.watch.of(Trace::RecordDelivered)[0].line.time;
  CHECK(left.us / 1000 >= 10000);
  CHECK(left.us / 1000 < 10010);
  rig.run_ms(18100);
  CHECK(rig.consumer(n).stats().errors.at("CommitFailedException") == 1);
  CHECK(rig.watch.of(Trace::PartitionsLost).size() == 1);
  rig.run_ms(30000);
  CHECK(rig.consumer(n).stats().received >= 4);  // reads again from the last committed offset
}

TEST_CASE("UNKNOWN_MEMBER_ID in a heartbeat: the member loses its partitions and rejoins") {
  Rig rig;
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(5000);
  rig.broker().heartbeat_errors = {ErrorCode::UNKNOWN_MEMBER_ID};
  rig.broker().members.clear();
  rig.broker().generation = 0;
  rig.run_ms(12000);
  CHECK(rig.watch.of(Trace::PartitionsLost).size() == 1);
  CHECK(rig.consumer(n).assignment().size() == 1);
  CHECK(rig.broker().of(api::JoinGroup).size() == 4);
}

TEST_CASE(
    "a cooperative member stopped during a rebalance loses its partitions instead of revoking them (onLeavePrepare)") {
  Rig rig(1, 2);
  ConsumerOptions o = consumer_options();
  o.config.set("partition.assignment.strategy",
               std::string("org.apache.kafka.clients.consumer.CooperativeStickyAssignor"));
  const NodeId n = rig.add(o);
  rig.run_ms(5000);
  REQUIRE(rig.consumer(n).assignment().size() == 2);
  rig.broker().members["other"].id = "other";  // this member does not join again, so the JoinGroup stays open
  rig.broker().heartbeat_errors = {ErrorCode::REBALANCE_IN_PROGRESS};
  rig.run_ms(9000);
  REQUIRE(rig.consumer(n).group().state() == GroupMember::State::PreparingRebalance);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).request_stop(ctx); });
  rig.run_ms(9500);
  CHECK(rig.watch.of(Trace::PartitionsLost).size() == 1);
  CHECK(rig.watch.of(Trace::PartitionsRevoked).empty());
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
  CHECK(rig.broker(2).of(api::Heartbeat).size() >= 1);
  CHECK(rig.watch.of(Trace::PartitionsLost).empty());
  CHECK(rig.watch.of(Trace::PartitionsRevoked).empty());
}

TEST_CASE("a member looks for a new coordinator after a crash until there is one") {
  Rig rig(2, 1);
  rig.lead(0, 2, 0);
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(5000);
  rig.kill(NodeId{0});
  rig.run_ms(8000);
  CHECK(rig.broker(2).of(api::FindCoordinator).size() >= 1);
  CHECK(rig.broker(2).of(api::FindCoordinator).size() < 20);
  rig.broker(2).cluster.coordinator = 2;
  rig.broker(2).members = rig.broker(1).members;
  rig.broker(2).generation = 1;
  rig.run_ms(15000);
  CHECK(rig.broker(2).of(api::Heartbeat).size() >= 1);
  CHECK(rig.consumer(n).assignment().size() == 1);
}

TEST_CASE("the group's leader sees new partitions at its next metadata refresh and starts a rebalance") {
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

TEST_CASE(
    "StickyAssignor: a member sends its previous partitions as user data, since it has revoked them before it joins") {
  Rig rig(1, 2);
  ConsumerOptions o = consumer_options();
  o.config.set("partition.assignment.strategy", std::string("org.apache.kafka.clients.consumer.StickyAssignor"));
  const NodeId n = rig.add(o);
  rig.run_ms(4000);
  rig.broker().heartbeat_errors.push_back(ErrorCode::REBALANCE_IN_PROGRESS);
  rig.run_ms(8000);
  const auto joins = rig.broker().of(api::JoinGroup);
  REQUIRE(joins.size() == 3);
  const auto& first = protocol::get<JoinGroupRequest>(joins[1].body).protocols[0];
  CHECK(first.name == "sticky");
  CHECK(first.metadata.previous.empty());
  CHECK(first.metadata.previous_generation == -1);
  const auto& second = protocol::get<JoinGroupRequest>(joins[2].body).protocols[0];
  CHECK(second.metadata.owned.empty());
  CHECK(second.metadata.previous.size() == 2);
  CHECK(second.metadata.previous_generation == 1);
  CHECK(rig.consumer(n).assignment().size() == 2);
}

TEST_CASE("subscribe() during a rebalance makes the member join again with the new subscription") {
  Rig rig;
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(1500);  // JoinGroup is parked
  REQUIRE(rig.consumer(n).group().state() == GroupMember::State::PreparingRebalance);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).subscribe(ctx, {"orders", "nosuch"}); });
  rig.run_ms(9000);
  const auto joins = rig.broker().of(api::JoinGroup);
  REQUIRE(joins.size() >= 3);
  CHECK(protocol::get<JoinGroupRequest>(joins.back().body).protocols[0].metadata.topics ==
        std::vector<std::string>{"nosuch", "orders"});
  CHECK(rig.consumer(n).group().state() == GroupMember::State::Stable);
}

TEST_CASE("subscribe() is refused after assign()") {
  Rig rig;
  const NodeId n = rig.add(assigned());
  rig.run_ms(1000);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).subscribe(ctx, {"orders"}); });
  rig.run_ms(2000);
  CHECK(rig.consumer(n).stats().errors.at("IllegalStateException") == 1);
  CHECK(rig.broker().of(api::JoinGroup).empty());
}

TEST_CASE("unsubscribe() revokes all partitions and leaves the group; subscribe() joins it again") {
  Rig rig;
  const NodeId n = rig.add(consumer_options());
  rig.run_ms(4000);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).unsubscribe(ctx); });
  rig.run_ms(5000);
  CHECK(rig.consumer(n).assignment().empty());
  CHECK(rig.broker().of(api::LeaveGroup).size() == 1);
  rig.broker().generation = 0;
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).subscribe(ctx, {"orders"}); });
  rig.run_ms(10000);
  CHECK(rig.consumer(n).assignment().size() == 1);
}

TEST_CASE("a copied world with a group runs on identically") {
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
