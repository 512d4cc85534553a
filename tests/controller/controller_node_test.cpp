// The controller in a world: quorum, brokers' requests, failures.
#include "controller/kraft/controller_node.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "controller/quorum_support.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_quorum.h"

using namespace kafkascope;
using namespace kafkascope::controller;
using protocol::AllocateProducerIdsRequest;
using protocol::AllocateProducerIdsResponse;
using protocol::BrokerHeartbeatResponse;
using protocol::BrokerRegistrationRequest;
using protocol::BrokerRegistrationResponse;
using protocol::CreateTopicsRequest;
using protocol::CreateTopicsResponse;
using protocol::kNoBroker;
using protocol::LeaderEpoch;
using protocol::RecoveryState;
using protocol::Trace;

namespace {
std::vector<FormationTopic> orders() { return {formed_topic("orders", {{1, 2, 3}, {2, 3, 1}, {3, 1, 2}})}; }
CreateTopicsRequest create(std::string name, std::vector<IdList> assignment = {{1, 2, 3}}) {
  return {{{std::move(name), -1, -1, std::move(assignment), {}}}};
}
}  // namespace

TEST_CASE("Formation: controller-1 is active from the first moment, and sessions start there") {
  Quorum q(3, 3, orders());
  CHECK(q.active() == 0);
  CHECK(q.controller(0).controller_epoch() == LeaderEpoch{1});
  REQUIRE(q.told(Trace::ControllerActive).size() == 1);
  CHECK(q.facts<fact::ControllerActive>()[0].controller == 3000);
  const auto sessions = q.controller(0).broker_sessions();
  REQUIRE(sessions.size() == 3);
  CHECK(sessions[0].deadline == sim::Instant{} + sim::milliseconds(9000));
  CHECK(q.controller(1).broker_sessions().empty());
  q.run_ms(30000);
  CHECK_FALSE(q.world.faulted());
  CHECK(q.active() == 0);
  CHECK(q.told(Trace::BrokerFenced).empty());
  CHECK(q.told(Trace::LeaderElected).empty());
}

TEST_CASE(
    "Boot from empty disks: a controller is elected and writes the bootstrap records; a broker registers and is unfenced") {
  Quorum q(3, 1, {}, Quorum::server_config(), false);
  q.run_ms(10000);
  REQUIRE(q.active() >= 0);
  CHECK(q.image().feature("metadata.version") == 27);
  CHECK(q.image().feature("eligible.leader.replicas.version") == 1);
  CHECK(q.image().config("broker:").at("min.insync.replicas") == "1");
  const auto id = q.send(1, BrokerRegistrationRequest{1, 77, q.node(1).index, "", -1}, q.active());
  q.run_ms(10500);
  const auto* registered = q.broker(1).answer<BrokerRegistrationResponse>(id);
  REQUIRE(registered);
  CHECK(registered->error == ErrorCode::NONE);
  CHECK(q.image().broker(1)->epoch == registered->broker_epoch);
  CHECK(q.image().broker(1)->fenced);
  CHECK(q.told(Trace::BrokerRegistered).size() == 1);
  q.broker(1).epoch = registered->broker_epoch;
  q.broker(1).controller = q.active();
  q.broker(1).applied = Offset{registered->broker_epoch - 1};
  q.beat(1);
  q.run_ms(11000);
  CHECK(q.broker(1).last_beat.is_fenced);
  q.broker(1).applied = Offset{registered->broker_epoch};
  q.beat(1);
  q.run_ms(11500);
  CHECK_FALSE(q.broker(1).last_beat.is_fenced);
  CHECK_FALSE(q.image().broker(1)->fenced);
  CHECK(q.told(Trace::BrokerUnfenced).size() == 1);
  CHECK_FALSE(q.world.faulted());
}

TEST_CASE("KIP-631: a standby answers NOT_CONTROLLER to every request") {
  Quorum q(3);
  const auto a = q.send(1, create("t"), 1);
  const auto b = q.send(1, AllocateProducerIdsRequest{1, q.broker(1).epoch}, 1);
  const auto c = q.send(1, BrokerRegistrationRequest{1, 1, 3, "", -1}, 1);
  const auto d = q.send(1, protocol::BrokerHeartbeatRequest{1, 1, Offset{1}, false, false}, 1);
  const auto e = q.send(1, protocol::AlterPartitionRequest{1, 1, {}}, 1);
  q.run_ms(100);
  REQUIRE(q.broker(1).answer<CreateTopicsResponse>(a));
  CHECK(q.broker(1).answer<CreateTopicsResponse>(a)->error == ErrorCode::NOT_CONTROLLER);
  CHECK(q.broker(1).answer<AllocateProducerIdsResponse>(b)->error == ErrorCode::NOT_CONTROLLER);
  CHECK(q.broker(1).answer<BrokerRegistrationResponse>(c)->error == ErrorCode::NOT_CONTROLLER);
  CHECK(q.broker(1).answer<BrokerHeartbeatResponse>(d)->error == ErrorCode::NOT_CONTROLLER);
  CHECK(q.broker(1).answer<protocol::AlterPartitionResponse>(e)->error == ErrorCode::NOT_CONTROLLER);
}

TEST_CASE(
    "leader-failover: 7 to 10.2 s after the crash the broker is fenced and the next replica of the assignment leads its partition") {
  Quorum q(1, 3, orders());
  q.run_ms(5000);
  q.world.kill(q.node(1), sim::Death::Crash);
  q.run_ms(11000);
  CHECK(q.image().partition({0, 0})->leader == 1);
  q.run_ms(18000);
  const auto fenced = q.told(Trace::BrokerFenced);
  REQUIRE(fenced.size() == 1);
  CHECK(as<fact::BrokerFenced>(fenced[0]).broker == 1);
  // Last heartbeat at about 4 s, session 9 s, checked every 1.125 s, then linger and flush.
  CHECK(q.told_at_s(Trace::BrokerFenced) > 13.0);
  CHECK(q.told_at_s(Trace::BrokerFenced) < 14.2);
  CHECK(q.image().partition({0, 0})->leader == 2);
  CHECK(q.image().partition({0, 0})->leader_epoch == LeaderEpoch{1});
  CHECK(q.image().partition({0, 1})->leader_epoch == LeaderEpoch{0});
  CHECK(q.image().partition({0, 1})->isr.size() == 2);
  const auto elected = q.told(Trace::LeaderElected);
  REQUIRE(elected.size() == 1);
  CHECK(as<fact::LeaderElected>(elected[0]).leader == 2);
  CHECK(as<fact::LeaderElected>(elected[0]).leader_epoch.value == 1);
  CHECK(as<fact::LeaderElected>(elected[0]).previous == 1);
  CHECK(as<fact::LeaderElected>(elected[0]).isr.text == "[2,3]");
  CHECK(q.told(Trace::IsrChanged).size() == 3);
  // The cause of both is the timer that checked the sessions, not the flush that committed the records.
  CHECK(elected[0].cause == fenced[0].cause);
  const auto cause =
      std::find_if(q.lines.begin(), q.lines.end(), [&](const auto& l) { return l.seq == fenced[0].cause; });
  REQUIRE(cause != q.lines.end());
  CHECK(cause->kind == sim::trace_kind::kTimerFired);
  CHECK_FALSE(q.world.faulted());
}

TEST_CASE("KIP-631: two silent brokers are fenced one after the other, ten milliseconds apart") {
  Quorum q(1, 3, orders());
  q.run_ms(5000);
  q.world.kill(q.node(1), sim::Death::Crash);
  q.world.kill(q.node(2), sim::Death::Crash);
  q.run_ms(18000);
  CHECK(q.told(Trace::BrokerFenced).size() == 2);
  CHECK(q.image().partition({0, 0})->leader == 3);
  CHECK(q.image().partition({0, 0})->isr == IdList{3});
  CHECK(q.image().partition({0, 0})->leader_epoch == LeaderEpoch{2});
}

TEST_CASE("KIP-631: answers are sent when the records are committed, not before") {
  Quorum q(3);
  q.run_ms(1000);
  for (int i : {1, 2}) q.world.network().partition({{0}}, {{i}});
  const auto id = q.send(1, create("t"));
  q.run_ms(2000);
  CHECK_FALSE(q.broker(1).answer<CreateTopicsResponse>(id));
  CHECK(q.controller(0).image().topic_id("t") == protocol::kNoTopic);
  CHECK(q.controller(0).working_image().topic_id("t") == 0);
  CHECK(q.controller(0).deferred_count() > 0);
  CHECK(q.told(Trace::TopicCreated).empty());
  SUBCASE("the records are committed later") {
    q.world.network().heal_all();
    q.run_ms(4000);
    REQUIRE(q.broker(1).answer<CreateTopicsResponse>(id));
  }
  SUBCASE("the leadership is lost: the answer is NOT_CONTROLLER, and the topic is not created") {
    q.run_ms(8000);
    REQUIRE(q.broker(1).answer<CreateTopicsResponse>(id));
    CHECK(q.broker(1).answer<CreateTopicsResponse>(id)->error == ErrorCode::NOT_CONTROLLER);
    CHECK(q.controller(0).working_image().topic_id("t") == protocol::kNoTopic);
    CHECK(q.told(Trace::ControllerResigned).size() == 1);
    CHECK(q.active() > 0);
    q.world.network().heal_all();
    q.run_ms(12000);
    CHECK(q.image().topic_id("t") == protocol::kNoTopic);
    CHECK(q.controller(0).image().topic_id("t") == protocol::kNoTopic);
    CHECK(q.told(Trace::TopicCreated).empty());
  }
  CHECK_FALSE(q.world.faulted());
}

TEST_CASE("KIP-631: the controller bases its next decision on uncommitted ones") {
  Quorum q(3);
  const auto first = q.send(1, create("t"));
  const auto second = q.send(2, create("t"));
  const auto ids = q.send(1, AllocateProducerIdsRequest{1, q.broker(1).epoch});
  const auto more_ids = q.send(2, AllocateProducerIdsRequest{2, q.broker(2).epoch});
  q.run_ms(500);
  const auto error = [&](BrokerId b, std::int32_t c) {
    return q.broker(b).answer<CreateTopicsResponse>(c)->topics[0].error;
  };
  REQUIRE(q.broker(1).answer<CreateTopicsResponse>(first));
  REQUIRE(q.broker(2).answer<CreateTopicsResponse>(second));
  // The request that arrived first has won.
  CHECK((error(1, first) == ErrorCode::NONE) != (error(2, second) == ErrorCode::NONE));
  CHECK((error(1, first) == ErrorCode::TOPIC_ALREADY_EXISTS) != (error(2, second) == ErrorCode::TOPIC_ALREADY_EXISTS));
  const auto created = q.facts<fact::TopicCreated>();
  REQUIRE(created.size() == 1);
  CHECK(created[0].topic == "t");
  CHECK(created[0].partitions == 1);
  CHECK(created[0].replication_factor == 3);
  const auto* a = q.broker(1).answer<AllocateProducerIdsResponse>(ids);
  const auto* b = q.broker(2).answer<AllocateProducerIdsResponse>(more_ids);
  REQUIRE(a);
  REQUIRE(b);
  CHECK(a->producer_id_len == 1000);
  CHECK(std::min(a->producer_id_start, b->producer_id_start) == 0);
  CHECK(std::max(a->producer_id_start, b->producer_id_start) == 1000);
}

TEST_CASE("AllocateProducerIds, AlterPartition: an old broker epoch gets STALE_BROKER_EPOCH for the whole request") {
  Quorum q(1);
  const auto a = q.send(1, AllocateProducerIdsRequest{1, q.broker(1).epoch + 1});
  const auto b = q.send(1, protocol::AlterPartitionRequest{1, q.broker(1).epoch + 1, {}});
  q.run_ms(100);
  CHECK(q.broker(1).answer<AllocateProducerIdsResponse>(a)->error == ErrorCode::STALE_BROKER_EPOCH);
  CHECK(q.broker(1).answer<protocol::AlterPartitionResponse>(b)->error == ErrorCode::STALE_BROKER_EPOCH);
}

TEST_CASE("AlterPartition: the ISR changes when the record is committed, and the change is traced once") {
  Quorum q(3, 3, orders());
  protocol::AlterPartitionData d;
  d.partition = {0, 0};
  d.leader_epoch = {0};
  d.partition_epoch = 0;
  d.new_isr = {1, 2};
  d.isr_epochs = {-1, -1};
  const auto id = q.send(1, protocol::AlterPartitionRequest{1, q.broker(1).epoch, {d}});
  q.run_ms(500);
  const auto* answer = q.broker(1).answer<protocol::AlterPartitionResponse>(id);
  REQUIRE(answer);
  CHECK(answer->partitions[0].isr == IdList{1, 2});
  for (int i = 0; i < 3; ++i) CHECK(q.controller(i).raft().log().end_offset() > Offset{0});
  const auto changes = q.facts<fact::IsrChanged>();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].isr.text == "[1,2]");
  CHECK(changes[0].partition_epoch == 1);
  CHECK(q.told(Trace::LeaderElected).empty());
  q.run_ms(3000);
  for (int i = 0; i < 3; ++i) CHECK(q.controller(i).image().partition({0, 0})->isr == IdList{1, 2});
}

TEST_CASE("kraft-failover: the next controller is active in a new epoch, and no broker is fenced") {
  Quorum q(3, 3, orders());
  q.run_ms(5000);
  q.world.kill({0}, sim::Death::Crash);
  q.run_ms(12000);
  REQUIRE(q.active() > 0);
  CHECK(q.controller(q.active()).controller_epoch() >= LeaderEpoch{2});
  q.run_ms(20000);
  CHECK(q.told(Trace::BrokerFenced).empty());
  CHECK(q.image().partition({0, 0})->leader_epoch == LeaderEpoch{0});
  q.world.restart({0});
  q.run_ms(26000);
  CHECK(q.active() > 0);
  CHECK(q.controller(0).image().last_offset() >= q.image().last_offset() - 1);
  CHECK(q.controller(0).image().brokers().size() == 3);
  CHECK_FALSE(q.world.faulted());
}

TEST_CASE(
    "kraft-quorum-loss: without a majority no broker is fenced; the next active controller starts every broker's nine seconds anew") {
  Quorum q(3, 3, orders());
  q.run_ms(5000);
  q.world.kill({1}, sim::Death::Crash);
  q.world.kill({2}, sim::Death::Crash);
  q.run_ms(12000);
  CHECK(q.active() == -1);
  CHECK_FALSE(q.controller(0).active());
  q.run_ms(17000);
  q.world.kill(q.node(1), sim::Death::Crash);
  q.run_ms(40000);
  CHECK(q.told(Trace::BrokerFenced).empty());
  CHECK(q.controller(0).image().partition({0, 0})->leader == 1);
  q.world.restart({1});
  q.run_ms(48000);
  REQUIRE(q.active() >= 0);
  CHECK_FALSE(q.image().broker(1)->fenced);
  const double active_at = q.told_at_s(Trace::ControllerActive);
  q.run_ms(65000);
  CHECK(q.image().broker(1)->fenced);
  CHECK(q.told_at_s(Trace::BrokerFenced) > active_at + 9.0);
  CHECK(q.told_at_s(Trace::BrokerFenced) < active_at + 10.2);
  CHECK(q.image().partition({0, 0})->leader == 2);
  CHECK_FALSE(q.world.faulted());
}

TEST_CASE("When the active controller stops in an orderly way, another one takes over without waiting for time-outs") {
  Quorum q(3);
  q.run_ms(5000);
  q.world.with_context({0}, [&](Ctx& ctx) { q.controller(0).request_shutdown(ctx); });
  q.run_ms(6500);
  CHECK(q.active() > 0);
  CHECK_FALSE(q.world.alive({0}));
  CHECK(q.told(Trace::ControllerResigned).size() == 1);
}

TEST_CASE(
    "Controlled shutdown of a broker: its leaderships move at once, and it may stop when the other brokers have applied the change") {
  Quorum q(1, 3, orders());
  for (BrokerId id : {2, 3}) q.broker(id).applied = q.image().last_offset();
  q.run_ms(5000);
  q.broker(1).want_shut_down = true;
  q.beat(1);
  q.run_ms(5100);
  CHECK(q.told(Trace::BrokerShutdownStarted).size() == 1);
  CHECK(q.told(Trace::LeaderElected).size() == 1);
  CHECK(q.image().partition({0, 0})->leader == 2);
  CHECK(q.image().broker(1)->in_controlled_shutdown);
  CHECK_FALSE(q.broker(1).last_beat.should_shut_down);
  q.beat(1);
  q.run_ms(5200);
  CHECK_FALSE(q.broker(1).last_beat.should_shut_down);  // brokers 2 and 3 have not applied the change yet
  for (BrokerId id : {2, 3}) q.broker(id).applied = Offset{1'000'000'000};
  q.run_ms(9000);  // the others' heartbeats arrive, then broker 1's
  CHECK(q.broker(1).last_beat.should_shut_down);
  CHECK(q.told(Trace::BrokerFenced).size() == 1);
  CHECK(q.image().broker(1)->fenced);

  SUBCASE("the end of its session writes another fencing record (ReplicationControlManager.maybeFenceOneStaleBroker)") {
    const auto fencings = [&] {
      const auto appended = q.facts<fact::MetadataAppended>();
      return std::count_if(appended.begin(), appended.end(), [](const auto& f) {
        return f.record.view().find("BrokerRegistrationChange") != std::string_view::npos;
      });
    };
    q.broker(1).beating = false;
    const auto before = fencings();
    q.run_ms(40000);
    CHECK(fencings() == before + 1);
    CHECK(q.told(Trace::BrokerFenced).size() == 1);  // the second fencing changes nothing
  }
  SUBCASE("the next incarnation need not wait for the session's end (KAFKA-19047)") {
    q.broker(1).beating = false;
    const auto id = q.send(1, BrokerRegistrationRequest{1, 999, q.node(1).index, "", q.broker(1).epoch});
    q.run_ms(9500);
    CHECK(q.broker(1).answer<BrokerRegistrationResponse>(id)->error == ErrorCode::NONE);
  }
  CHECK_FALSE(q.world.faulted());
}

TEST_CASE("A broker that leads nothing stops at once, and its next incarnation may register at once") {
  Quorum q(1, 3, {formed_topic("orders", {{1, 2, 3}})});
  q.run_ms(5000);
  q.broker(3).want_shut_down = true;
  q.beat(3);
  q.run_ms(5100);
  CHECK(q.broker(3).last_beat.should_shut_down);
  CHECK(q.image().partition({0, 0})->isr == IdList{1, 2});
  CHECK(q.told(Trace::BrokerShutdownStarted).empty());
  q.broker(3).beating = false;
  const auto id = q.send(3, BrokerRegistrationRequest{3, 999, q.node(3).index, "", q.broker(3).epoch});
  q.run_ms(5300);
  CHECK(q.broker(3).answer<BrokerRegistrationResponse>(id)->error == ErrorCode::NONE);
}

TEST_CASE(
    "KIP-631: a second process with a live broker's id is refused; a crashed one's successor waits for the session to end") {
  Quorum q(1, 3, orders());
  q.run_ms(5000);
  const BrokerRegistrationRequest other{1, 999, q.node(2).index, "", -1};
  const auto id = q.send(2, other);
  q.run_ms(5100);
  CHECK(q.broker(2).answer<BrokerRegistrationResponse>(id)->error == ErrorCode::DUPLICATE_BROKER_REGISTRATION);
  q.world.kill(q.node(1), sim::Death::Crash);
  q.run_ms(15000);
  const auto again = q.send(2, other);
  q.run_ms(15100);
  const auto* registered = q.broker(2).answer<BrokerRegistrationResponse>(again);
  CHECK(registered->error == ErrorCode::NONE);
  CHECK(registered->broker_epoch > q.broker(1).epoch);
}

TEST_CASE("KIP-835: an idle active controller appends a NoOpRecord every metadata.max.idle.interval.ms") {
  Quorum q(1, 0);
  const auto begin = q.controller(0).raft().log().end_offset();
  q.run_ms(10200);
  const auto appended = q.controller(0).raft().log().end_offset() - begin;
  CHECK(appended == 20);
  SUBCASE("metadata.max.idle.interval.ms=0 switches it off") {
    auto config = Quorum::server_config();
    config.set("metadata.max.idle.interval.ms", std::int64_t{0});
    Quorum off(1, 0, {}, config);
    const auto start = off.controller(0).raft().log().end_offset();
    off.run_ms(10200);
    CHECK(off.controller(0).raft().log().end_offset() == start);
  }
}

TEST_CASE("preferred-leader: leaders return to the preferred replicas at the periodic check") {
  auto config = Quorum::server_config();
  config.set("leader.imbalance.check.interval.seconds", std::int64_t{60});
  bool rebalance = true;
  SUBCASE("auto.leader.rebalance.enable=true") {}
  SUBCASE("switched off") {
    rebalance = false;
    config.set("auto.leader.rebalance.enable", false);
  }
  Quorum q(1, 3, orders(), config);
  q.run_ms(1000);
  q.broker(1).want_shut_down = true;
  q.run_ms(9000);
  REQUIRE(q.image().broker(1)->fenced);
  q.broker(1).want_shut_down = false;
  const auto id = q.send(1, BrokerRegistrationRequest{1, 999, q.node(1).index, "", q.broker(1).epoch});
  q.run_ms(9500);
  q.broker(1).epoch = q.broker(1).answer<BrokerRegistrationResponse>(id)->broker_epoch;
  q.run_ms(13000);
  REQUIRE_FALSE(q.image().broker(1)->fenced);
  const auto& p = *q.image().partition({0, 0});
  protocol::AlterPartitionData d{{0, 0},       p.leader_epoch,           {2, 3, 1},
                                 {-1, -1, -1}, RecoveryState::Recovered, p.partition_epoch};
  q.send(2, protocol::AlterPartitionRequest{2, q.broker(2).epoch, {d}});
  q.run_ms(59000);
  CHECK(q.image().partition({0, 0})->leader == 2);
  q.run_ms(61000);
  CHECK(q.image().partition({0, 0})->leader == (rebalance ? 1 : 2));
}

TEST_CASE(
    "unclean.leader.election.interval.ms: a partition without a leader gets one at the next pass if its topic allows it") {
  auto config = Quorum::server_config();
  config.set("unclean.leader.election.interval.ms", std::int64_t{30000});
  // As if the setting had been changed while no replica could lead.
  protocol::PartitionChangeRecord lost;
  lost.partition = {0, 0};
  lost.has_isr = lost.has_leader = true;
  Records written{lost};
  bool allowed = true;
  SUBCASE("allowed") {
    written.emplace_back(protocol::ConfigRecord{"topic:orders", "unclean.leader.election.enable", "true", false});
  }
  SUBCASE("not allowed") { allowed = false; }
  Quorum q(1, 3, orders(), config, true, written);
  q.run_ms(29000);
  CHECK(q.image().partition({0, 0})->leader == kNoBroker);
  q.run_ms(31000);
  CHECK(q.image().partition({0, 0})->leader == (allowed ? 1 : kNoBroker));
  if (!allowed) return;
  CHECK(q.image().partition({0, 0})->isr == IdList{1});
  CHECK(q.image().partition({0, 0})->recovery_state == RecoveryState::Recovering);
}

TEST_CASE("A copy of a world with controllers runs on identically") {
  Quorum q(3, 3, orders());
  q.run_ms(4000);
  auto copy = q.world;
  copy.attach(nullptr);
  q.world.kill({0}, sim::Death::Crash);
  copy.kill({0}, sim::Death::Crash);
  q.run_ms(20000);
  copy.run_until(sim::Instant{} + sim::milliseconds(20000));
  CHECK(copy.digest() == q.world.digest());
}
