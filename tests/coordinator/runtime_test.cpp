// CoordinatorRuntime with the smallest coordinator (counter_bench.h). Modelled on Kafka's CoordinatorRuntimeTest.
#include <doctest/doctest.h>

#include "counter_bench.h"

using namespace counter_test;

TEST_CASE(
    "coordinator runtime: a write is answered when its records are committed, and a read returns committed state") {
  CounterBench b;
  b.settle("b", 3);
  b.node().commit_delay = sim::milliseconds(100);
  const RequestHandle request = b.add("b", 4);
  CHECK(b.counters().written("b") == 7);  // the next write uses the uncommitted count
  b.wait_ms(50);
  REQUIRE(b.node().appends.size() == 2);
  CHECK_FALSE(b.answered(request));
  CHECK(b.counters().waiting_writes() == 1);
  CHECK(b.counters().may_time_out(2));
  CHECK(b.get("b").producer_id == 3);
  b.wait_ms(100);
  CHECK_FALSE(b.counters().may_time_out(2));
  CHECK(b.answer(request).producer_id == 7);
  CHECK(b.get("b").producer_id == 7);
  CHECK(b.counters().waiting_writes() == 0);
}

TEST_CASE("coordinator runtime: an operation that throws is answered at once and writes nothing") {
  CounterBench b;
  b.node().commit_delay = sim::milliseconds(100);
  const RequestHandle earlier = b.add("b", 1);
  CHECK(b.answer(b.add("b", 0)).error == ErrorCode::INVALID_REQUEST);
  CHECK_FALSE(b.answered(earlier));
  b.wait_ms(200);
  CHECK(b.node().appends.size() == 1);
}

TEST_CASE(
    "coordinator runtime: an error that is an operation's answer waits for the writes before it (CoordinatorContext.append)") {
  CounterBench b;
  CHECK(b.answer(b.add("b", -1)).error == ErrorCode::INVALID_REQUEST);  // no earlier write to wait for
  b.node().commit_delay = sim::milliseconds(100);
  b.add("b", 1);
  const RequestHandle gathered = b.add("b", -1);
  b.wait_ms(50);
  const RequestHandle appended = b.add("b", -1);
  CHECK_FALSE(b.answered(gathered));
  CHECK_FALSE(b.answered(appended));
  b.wait_ms(100);
  CHECK(b.answer(gathered).error == ErrorCode::INVALID_REQUEST);
  CHECK(b.answer(appended).error == ErrorCode::INVALID_REQUEST);
  CHECK(b.node().appends.size() == 1);
}

TEST_CASE(
    "coordinator runtime: a timer whose records cannot be appended is due again 500 ms later (CoordinatorTimerImpl)") {
  for (const bool retried : {true, false}) {
    CounterBench b;
    if (!retried) b.counters().retry_backoff = {};
    b.settle("b", 1);
    b.wait_ms(59900);
    b.node().append_error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
    b.wait_ms(400);
    CHECK(b.counters().written("b") == 1);  // the attempt failed and was undone
    CHECK(b.node().appends.size() == 2);
    b.wait_ms(500);
    CHECK(b.node().appends.size() == (retried ? 3u : 2u));
    b.node().append_error = ErrorCode::NONE;
    b.wait_ms(600);
    CHECK(b.get("b").producer_id == (retried ? -1 : 1));
    b.wait_ms(10000);
    CHECK(b.node().appends.size() == (retried ? 4u : 2u));
  }
}

TEST_CASE("coordinator runtime: a shard that is loaded knows the leader epoch") {
  CounterBench b;
  CHECK(b.counters().epoch_at_load == b.node().log.latest_epoch());
  b.settle("b", 1);
  b.resign();
  b.elect();
  CHECK(b.counters().epoch_at_load == b.node().log.latest_epoch());
  CHECK(b.counters().epoch_at_load.value > 0);
}

TEST_CASE("coordinator runtime: a coordinator's batches are appended with its required acks") {
  CounterBench b;
  b.settle("b", 1);
  CHECK(b.node().required_acks == -1);
}

TEST_CASE("coordinator runtime: writes within the linger, which begins with the first record, form one batch") {
  CounterBench b;
  const RequestHandle first = b.add("b", 1);
  const std::int64_t from = b.now_ms;
  b.wait_ms(5);
  const RequestHandle second = b.add("b", 1);
  b.wait_ms(50);
  REQUIRE(b.node().appends.size() == 1);
  CHECK(b.node().appends[0] == std::pair(sim::Instant{(from + 10) * 1000 + 1}, 2));
  CHECK(b.answer(first).producer_id == 1);
  CHECK(b.answer(second).producer_id == 2);
}

TEST_CASE(
    "coordinator runtime: loading takes as long as reading the log, and requests get COORDINATOR_LOAD_IN_PROGRESS") {
  CounterBench b;
  b.settle("b", 3);
  b.resign();
  b.counters().set_load_rate(b.node().log.size_bytes());  // a second
  b.elect();
  CHECK(b.counters().state(0) == CoordinatorState::Loading);
  CHECK(b.get("b").error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  CHECK(b.answer(b.add("b", 1)).error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  b.elect();  // under a later epoch: the load continues
  b.wait_ms(990);
  CHECK(b.counters().state(0) == CoordinatorState::Loading);
  b.wait_ms(20);
  CHECK(b.counters().state(0) == CoordinatorState::Active);
  CHECK(b.get("b").producer_id == 3);
}

TEST_CASE("coordinator runtime: a resignation during the load leaves no state behind") {
  CounterBench b;
  b.settle("b", 3);
  b.resign();
  b.counters().set_load_rate(b.node().log.size_bytes());
  b.elect();
  b.resign();
  b.wait_ms(2000);
  CHECK(b.counters().empty());
  CHECK(b.get("b").error == ErrorCode::NOT_COORDINATOR);
}

TEST_CASE(
    "coordinator runtime: later writes build on records loaded from above the high watermark; reads see these once they are committed") {
  CounterBench b;
  b.settle("b", 3);
  b.node().never_commits = true;
  b.add("b", 4);
  b.wait_ms(50);
  b.node().never_commits = false;
  b.node().commit_delay = sim::milliseconds(100);
  b.resign();
  b.elect();
  CHECK(b.get("b").producer_id == 3);
  CHECK(b.counters().committed_at_load == 3);
  const RequestHandle request = b.add("b", 1);
  b.wait_ms(200);
  CHECK(b.answer(request).producer_id == 8);
  CHECK(b.get("b").producer_id == 8);
}

TEST_CASE("coordinator runtime: a batch that cannot be appended is undone, and each of its writes gets the error") {
  CounterBench b;
  b.settle("b", 3);
  b.node().append_error = ErrorCode::NOT_ENOUGH_REPLICAS;
  const RequestHandle first = b.add("b", 4), second = b.add("d", 1), third = b.add("b", 4);
  CHECK(b.counters().written("b") == 11);
  b.wait_ms(50);
  for (const RequestHandle request : {first, second, third})
    CHECK(b.answer(request).error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(b.counters().written("b") == 3);
  CHECK(b.counters().written("d") == -1);
  b.node().append_error = ErrorCode::NONE;
  b.settle("b", 1);
  CHECK(b.get("b").producer_id == 4);
}

TEST_CASE(
    "coordinator runtime: a batch that cannot be appended does not affect earlier writes that wait for their commit") {
  for (const std::int64_t delay : {0, 3}) {
    CounterBench b;
    b.settle("b", 3);
    b.node().never_commits = true;
    const RequestHandle earlier = b.add("b", 1);
    b.wait_ms(20);
    b.node().append_error = ErrorCode::NOT_ENOUGH_REPLICAS;
    b.node().error_delay = sim::milliseconds(delay);
    const RequestHandle refused = b.add("b", 1);
    b.wait_ms(20);
    CHECK(b.answer(refused).error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
    CHECK_FALSE(b.answered(earlier));
    CHECK(b.counters().written("b") == 4);
    CHECK(b.get("b").producer_id == 3);
    b.act([](CounterNode& node, Context& ctx) { node.committed(ctx, node.in_flight.rbegin()->first); });
    CHECK(b.answer(earlier).producer_id == 4);
    CHECK(b.get("b").producer_id == 4);
  }
}

TEST_CASE("coordinator runtime: when a batch fails, all writes based on it fail as well") {
  CounterBench b;
  b.settle("b", 3);
  b.node().append_error = ErrorCode::NOT_ENOUGH_REPLICAS;
  b.node().error_delay = sim::milliseconds(30);
  const RequestHandle failed = b.add("b", 1);
  b.wait_ms(15);
  b.node().append_error = ErrorCode::NONE;
  const RequestHandle same_key = b.add("b", 1), other_key = b.add("d", 1);
  b.node().commit_delay = sim::seconds(10);
  b.wait_ms(15);
  REQUIRE(b.node().appends.size() == 3);
  const RequestHandle gathered = b.add("f", 1);
  CHECK_FALSE(b.answered(failed));
  b.node().append_error = ErrorCode::NOT_ENOUGH_REPLICAS;
  b.wait_ms(9);
  for (const RequestHandle request : {failed, same_key, other_key, gathered})
    CHECK(b.answer(request).error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(b.counters().written("b") == 3);
  CHECK(b.counters().written("d") == -1);
  CHECK(b.counters().written("f") == -1);
  CHECK(b.counters().waiting_writes() == 0);
  b.wait_ms(20000);  // neither the linger nor the later append has an effect
  CHECK(b.node().appends.size() == 3);
  CHECK(b.counters().written("b") == 3);
  CHECK_FALSE(b.world.faulted());
}

TEST_CASE(
    "coordinator runtime: a write that is not committed in time gets COORDINATOR_NOT_AVAILABLE, and counts if it is committed later") {
  CounterBench b;
  b.node().never_commits = true;
  const RequestHandle request = b.add("b", 1);
  b.wait_ms(4990);
  CHECK_FALSE(b.answered(request));
  b.wait_ms(20);
  CHECK(b.answer(request).error == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  CHECK(b.get("b").producer_id == -1);
  b.act([](CounterNode& node, Context& ctx) { node.committed(ctx, node.in_flight.rbegin()->first); });
  CHECK(b.get("b").producer_id == 1);
}

TEST_CASE("coordinator runtime: a key has one timer of each kind, which a new schedule replaces and a load restarts") {
  CounterBench b;
  b.settle("b", 1);
  b.wait_ms(50000);
  b.settle("b", 1);
  b.wait_ms(50000);
  CHECK(b.get("b").producer_id == 2);
  b.resign();
  b.elect();
  b.wait_ms(59000);
  CHECK(b.get("b").producer_id == 2);
  b.wait_ms(2000);
  CHECK(b.get("b").producer_id == -1);
  CHECK(b.node().appends.back().second == 1);  // its tombstone
  b.resign();
  b.elect();
  CHECK(b.counters().written("b") == -1);
}

TEST_CASE(
    "coordinator runtime: a resignation answers NOT_COORDINATOR to gathered and appended writes, and leaves no timer") {
  CounterBench b;
  b.node().commit_delay = sim::milliseconds(500);
  const RequestHandle first = b.add("b", 1);
  b.wait_ms(20);
  const RequestHandle second = b.add("b", 1);
  b.resign();
  CHECK(b.answer(first).error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.answer(second).error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.counters().written_at_unload == 1);  // the write that was only gathered is undone first
  CHECK(b.counters().state(0) == CoordinatorState::Closed);
  CHECK(b.counters().empty());
  b.elect();
  CHECK(b.counters().written("b") == 1);  // the second was never appended
  b.wait_ms(1000);                        // the old append is reported, and ignored
  CHECK(b.get("b").producer_id == 1);
  CHECK_FALSE(b.world.faulted());
}

TEST_CASE("coordinator runtime: an operation completed by a resignation can write nothing") {
  CounterBench b;
  b.counters().writes_when_refused = true;
  b.add("b", 1);
  b.wait_ms(11);
  const RequestHandle gathered = b.add("b", 1);
  b.resign();
  CHECK(b.answer(gathered).error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.counters().empty());
  CHECK(b.world.faulted());
}

TEST_CASE("coordinator runtime: a resignation or an election of an earlier epoch is ignored") {
  CounterBench b;
  b.settle("b", 3);
  const LeaderEpoch now = b.node().log.latest_epoch();
  b.resign(now);
  CHECK(b.counters().state(0) == CoordinatorState::Active);
  b.act([&](CounterNode& node, Context& ctx) {
    CounterHost host(node, ctx);
    node.counters.schedule_load_operation(host, 0, LeaderEpoch{now.value - 1}, node.log);
    node.counters.schedule_unload_operation(host, 0, now);
  });
  CHECK(b.counters().state(0) == CoordinatorState::Active);
  b.resign(now.next());
  CHECK(b.counters().empty());
}

TEST_CASE("coordinator runtime: a load without a log fails, and requests get NOT_COORDINATOR until a later epoch") {
  CounterBench b;
  b.settle("b", 3);
  b.resign();
  b.counters().set_load_rate(b.node().log.size_bytes());
  b.node().log_is_there = false;
  b.elect();
  b.wait_ms(1100);
  CHECK(b.counters().state(0) == CoordinatorState::Failed);
  CHECK(b.get("b").error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.answer(b.add("b", 1)).error == ErrorCode::NOT_COORDINATOR);
  b.node().log_is_there = true;
  b.elect();
  CHECK(b.counters().state(0) == CoordinatorState::Loading);
  b.wait_ms(1100);
  CHECK(b.get("b").producer_id == 3);
}

TEST_CASE("coordinator runtime: a key whose partition another broker leads gets NOT_COORDINATOR") {
  CounterBench b;
  CHECK(b.get(kElsewhere).error == ErrorCode::NOT_COORDINATOR);
  CHECK(b.answer(b.add(kElsewhere, 1)).error == ErrorCode::NOT_COORDINATOR);
  b.node().image = {};  // the topic's partitions are as configured, two
  CHECK(b.get("b").error == ErrorCode::NONE);
  CHECK(b.get(kElsewhere).error == ErrorCode::NOT_COORDINATOR);
}

TEST_CASE("coordinator runtime: after a crash it starts empty, reloads its log, and reuses no append token") {
  CounterBench b;
  b.settle("b", 3);
  b.node().commit_delay = sim::seconds(10);
  const RequestHandle request = b.add("b", 1);
  b.wait_ms(20);
  b.add("b", 1);  // gathered, not appended
  b.command([&] { b.world.kill(b.id, sim::Death::Crash); });
  CHECK(b.counters().empty());
  CHECK(b.counters().owned_partitions().empty());
  CHECK(b.counters().waiting_writes() == 0);
  const std::uint64_t before = b.node().in_flight.rbegin()->first;
  b.node().commit_delay = sim::milliseconds(2);
  b.command([&] { b.world.restart(b.id); });
  CHECK(b.counters().written("b") == 4);
  CHECK(b.node().in_flight.rbegin()->first > before);  // tokens continue after a crash: none is used twice
  b.wait_ms(20);
  b.add("b", 1);
  CHECK(b.counters().may_time_out(4));
  b.wait_ms(20);
  CHECK(b.get("b").producer_id == 5);
  CHECK_FALSE(b.answered(request));  // a client of the old process gets no answer, although its record is committed
}

TEST_CASE("coordinator runtime: the state transitions are Kafka's (CoordinatorState.canTransitionFrom)") {
  using S = CoordinatorState;
  const std::vector<S> all = {S::Initial, S::Loading, S::Active, S::Closed, S::Failed};
  const std::map<S, std::vector<S>> from = {{S::Initial, {}},
                                            {S::Loading, {S::Initial, S::Failed}},
                                            {S::Active, {S::Loading, S::Active}},
                                            {S::Closed, all},
                                            {S::Failed, {S::Loading, S::Active}}};
  for (const S to : all)
    for (const S state : all) {
      const std::vector<S>& allowed = from.at(to);
      CHECK(coordinator::can_transition(state, to) ==
            (std::find(allowed.begin(), allowed.end(), state) != allowed.end()));
    }
}
