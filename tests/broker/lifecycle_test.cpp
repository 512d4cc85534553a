// A broker and its controller: registration, heartbeats, fencing, controlled shutdown, restarts.
#include "broker/backoff.h"
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"
#include "support.h"

using namespace broker_test;
using broker::BrokerState;

namespace {

Stage::Setup unregistered() {
  return {.leader = 2, .isr = {1, 2, 3}, .min_isr = "1", .config = {}, .registered = false};
}

}  // namespace

TEST_CASE("ExponentialBackoff.backoff: the pause doubles from 100 ms, plus or minus 2 %, up to the maximum") {
  sim::Random random(7, sim::Stream::Generic, 1);
  std::int64_t least = INT64_MAX, most = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t third = broker::controller_backoff(2, sim::seconds(10), random).us;
    CHECK((third >= 392'000 && third <= 408'000));
    const std::int64_t at_the_end = broker::controller_backoff(20, sim::seconds(1), random).us;
    least = std::min(least, at_the_end);
    most = std::max(most, at_the_end);
  }
  CHECK(least < 990'000);
  CHECK(most == 1'000'000);
}

TEST_CASE("KIP-631: a broker registers, asks to stay fenced until it has caught up, and runs when it is unfenced") {
  Stage s(unregistered());
  s.controller().caught_up = false;
  s.run_ms(500);
  REQUIRE(s.controller().registrations.size() == 1);
  CHECK(s.controller().registrations[0].second.previous_broker_epoch == -1);
  CHECK(s.controller().registrations[0].second.endpoint == Stage::kBroker.index);
  CHECK(s.broker().lifecycle().state() == BrokerState::Starting);
  CHECK(s.broker().lifecycle().fenced());
  REQUIRE_FALSE(s.controller().heartbeats.empty());
  for (const auto& h : s.controller().heartbeats) CHECK(h.second.want_fence);
  s.controller().caught_up = true;
  s.run_ms(200);
  CHECK(s.broker().lifecycle().state() == BrokerState::Running);
  CHECK_FALSE(s.broker().lifecycle().fenced());
  CHECK_FALSE(s.controller().heartbeats.back().second.want_fence);
  CHECK(s.broker().lifecycle().epoch() == s.controller().image.broker(1)->epoch);
}

TEST_CASE("BrokerServer opens its ports when the broker is unfenced; before that it closes every connection") {
  Stage s(unregistered());
  s.controller().fenced = true;
  s.run_ms(300);
  CHECK(s.broker().lifecycle().state() == BrokerState::Recovery);
  CHECK(s.ask<MetadataResponse>(MetadataRequest{true, {}, false}) == nullptr);
  CHECK(s.client().ended.size() == 1);
  s.controller().fenced = false;
  s.run_ms(2100);
  CHECK(s.ask<MetadataResponse>(MetadataRequest{true, {}, false}) != nullptr);
}

TEST_CASE(
    "broker.heartbeat.interval.ms: a running broker sends a heartbeat every 2 s with the metadata offset it has applied") {
  Stage s;
  s.run_ms(10000);
  const auto& beats = s.controller().heartbeats;
  REQUIRE(beats.size() >= 5);
  for (std::size_t i = 2; i < beats.size(); ++i) {
    CHECK(beats[i].first - beats[i - 1].first >= sim::milliseconds(2000));
    CHECK(beats[i].first - beats[i - 1].first <= sim::milliseconds(2010));
  }
  CHECK(beats.back().second.broker_epoch == 1);
  CHECK(beats.back().second.current_metadata_offset == s.broker().image().last_offset());
}

TEST_CASE("STALE_BROKER_EPOCH: a process registers only once and repeats its heartbeats with growing pauses") {
  Stage s;
  s.run_ms(100);
  const std::size_t registrations = s.controller().registrations.size();
  const std::size_t before = s.controller().heartbeats.size();
  s.controller().heartbeat_error = ErrorCode::STALE_BROKER_EPOCH;
  s.run_ms(4200);
  const auto& beats = s.controller().heartbeats;
  CHECK(s.controller().registrations.size() == registrations);
  REQUIRE(beats.size() >= before + 4);
  const std::size_t last = beats.size() - 1;
  CHECK(beats[last].first - beats[last - 1].first > beats[last - 1].first - beats[last - 2].first);
  CHECK(beats[last].second.broker_epoch == beats[0].second.broker_epoch);
}

TEST_CASE("DUPLICATE_BROKER_REGISTRATION: the broker tries to register again with growing pauses") {
  Stage s(unregistered());
  s.controller().registration_error = ErrorCode::DUPLICATE_BROKER_REGISTRATION;
  s.run_ms(4000);
  const auto& tries = s.controller().registrations;
  REQUIRE(tries.size() >= 4);
  CHECK(tries.size() <= 7);
  CHECK(tries[3].first - tries[2].first > tries[1].first - tries[0].first);
}

TEST_CASE("initial.broker.registration.timeout.ms: a broker that cannot register stops") {
  Stage::Setup setup = unregistered();
  setup.config = {{"initial.broker.registration.timeout.ms", std::int64_t{5000}}};
  Stage s(setup);
  s.controller().registration_error = ErrorCode::DUPLICATE_BROKER_REGISTRATION;
  s.run_ms(4900);
  CHECK(s.world.alive(Stage::kBroker));
  s.run_ms(200);
  CHECK_FALSE(s.world.alive(Stage::kBroker));
}

TEST_CASE("NOT_CONTROLLER: the request is repeated after 50 ms, to the leader that the quorum names") {
  Stage s;
  s.run_ms(100);
  s.controller().not_controller = 1;
  s.run_ms(2300);
  const auto& beats = s.controller().heartbeats;
  CHECK(beats.size() >= 2);
  CHECK(s.broker().believed_controller() == kController);
  CHECK(s.controller().not_controller == 0);
}

TEST_CASE("KIP-631 controlled shutdown: heartbeats set want_shut_down until the controller grants the shutdown") {
  Stage s;
  s.run_ms(100);
  const std::size_t before = s.controller().heartbeats.size();
  s.command([&] { s.world.with_context(Stage::kBroker, [&](Ctx& ctx) { s.broker().request_shutdown(ctx); }); });
  s.run_ms(20);
  REQUIRE(s.controller().heartbeats.size() == before + 1);
  CHECK(s.controller().heartbeats.back().second.want_shut_down);
  CHECK(s.world.state(Stage::kBroker) == sim::NodeState::ShuttingDown);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1), 1)) != nullptr);  // the broker serves while it waits
  s.run_ms(60);
  CHECK(s.controller().heartbeats.size() == before + 2);  // the next heartbeat follows 50 ms after the first answer
  s.controller().should_shut_down = true;
  s.run_ms(2100);
  CHECK(s.world.state(Stage::kBroker) == sim::NodeState::Stopped);
}

TEST_CASE("controlled.shutdown.enable=false: the broker stops without asking the controller") {
  Stage s({.leader = 1, .isr = {1, 2, 3}, .min_isr = "1", .config = {{"controlled.shutdown.enable", false}}});
  s.run_ms(100);
  s.command([&] { s.world.with_context(Stage::kBroker, [&](Ctx& ctx) { s.broker().request_shutdown(ctx); }); });
  CHECK(s.world.state(Stage::kBroker) == sim::NodeState::Stopped);
}

TEST_CASE("KIP-966: a broker registers with its previous epoch after an orderly stop, but not after a crash") {
  for (const sim::Death death : {sim::Death::Stop, sim::Death::Crash, sim::Death::PowerOff}) {
    Stage s;
    s.run_ms(100);
    s.command([&] { s.world.kill(Stage::kBroker, death); });
    s.run_ms(100);
    s.command([&] { s.world.restart(Stage::kBroker); });
    s.run_ms(500);
    REQUIRE(s.controller().registrations.size() == 1);
    CHECK(s.controller().registrations[0].second.previous_broker_epoch == (death == sim::Death::Stop ? 1 : -1));
    CHECK(s.controller().registrations[0].second.incarnation_id != 1);
    CHECK(s.broker().lifecycle().state() == BrokerState::Running);
  }
}

TEST_CASE(
    "BrokerServer.shutdown: a broker that was never unfenced stops at once; clean-shutdown files are deleted when the logs are read") {
  Stage s;
  s.produce(3, 1);
  s.run_ms(100);
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Stop); });
  s.run_ms(100);
  SUBCASE("a broker stopped before it has read its logs keeps the files of its previous stop, with their epoch") {
    s.controller().caught_up = false;
    s.controller().registration_error = ErrorCode::DUPLICATE_BROKER_REGISTRATION;
    s.command([&] { s.world.restart(Stage::kBroker); });
    s.run_ms(1);
    REQUIRE(s.broker().lifecycle().state() == BrokerState::Starting);
    s.command([&] { s.world.with_context(Stage::kBroker, [&](Ctx& ctx) { s.broker().request_shutdown(ctx); }); });
    REQUIRE(s.world.state(Stage::kBroker) == sim::NodeState::Stopped);
    CHECK(s.orders().log.recovery().clean);
    s.controller().registrations.clear();
    s.command([&] { s.world.restart(Stage::kBroker); });
    s.run_ms(100);
    REQUIRE_FALSE(s.controller().registrations.empty());
    CHECK(s.controller().registrations.back().second.previous_broker_epoch == 1);
  }
  SUBCASE("a broker stopped after it has read its logs, while fenced, has no clean-shutdown files") {
    s.controller().fenced = true;
    s.command([&] { s.world.restart(Stage::kBroker); });
    s.run_ms(500);
    REQUIRE(s.broker().lifecycle().state() == BrokerState::Recovery);
    s.command([&] { s.world.with_context(Stage::kBroker, [&](Ctx& ctx) { s.broker().request_shutdown(ctx); }); });
    REQUIRE(s.world.state(Stage::kBroker) == sim::NodeState::Stopped);
    CHECK_FALSE(s.orders().log.recovery().clean);
    s.controller().registrations.clear();
    s.command([&] { s.world.restart(Stage::kBroker); });
    s.run_ms(100);
    REQUIRE_FALSE(s.controller().registrations.empty());
    CHECK(s.controller().registrations.back().second.previous_broker_epoch == -1);
  }
}

TEST_CASE("after a crash a broker finds its whole log; after a power failure it finds only what had reached the disk") {
  Stage s;
  s.produce(3, 1);
  s.run_ms(100);
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
  s.command([&] { s.world.restart(Stage::kBroker); });
  s.run_ms(500);
  CHECK(s.end() == 3);
  REQUIRE(s.watcher.of(Trace::LogRecovered).size() == 1);
  CHECK(s.watcher.facts<fact::LogRecovered>()[0].log_end_offset.value == 3);
  CHECK(s.watcher.facts<fact::LogRecovered>()[0].lost_from.value == -1);

  Stage t;
  t.produce(3, 1);
  t.run_ms(100);
  t.command([&] { t.world.kill(Stage::kBroker, sim::Death::PowerOff); });
  t.command([&] { t.world.restart(Stage::kBroker); });
  t.run_ms(500);
  CHECK(t.end() == 0);
  REQUIRE(t.watcher.of(Trace::LogRecovered).size() == 1);
  CHECK(t.watcher.facts<fact::LogRecovered>()[0].lost_from.value == 3);
}

TEST_CASE("flush.messages=1: every appended record survives a power failure") {
  Stage s;
  s.commit({ConfigRecord{"topic:orders", "flush.messages", "1", false}});
  s.produce(3, 1);
  s.run_ms(10);
  CHECK(s.watcher.of(Trace::LogFlushed).size() == 1);
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::PowerOff); });
  s.command([&] { s.world.restart(Stage::kBroker); });
  s.run_ms(500);
  CHECK(s.end() == 3);
}

TEST_CASE("a restarted broker applies only the newest metadata, not each past change of leadership") {
  Stage s;
  for (BrokerId leader : {2, 1, 3}) s.elect(leader, {1, 2, 3});
  s.watcher.lines.clear();
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
  s.command([&] { s.world.restart(Stage::kBroker); });
  s.run_ms(1000);
  CHECK(s.watcher.of(Trace::BecameLeader).empty());
  REQUIRE(s.watcher.of(Trace::BecameFollower).size() == 1);
  CHECK(s.watcher.facts<fact::BecameFollower>()[0].leader_epoch.value == 3);
  CHECK(s.watcher.facts<fact::BecameFollower>()[0].leader == 3);
}

TEST_CASE("a deleted topic's replica is dropped, and requests for it are refused") {
  Stage s;
  s.produce(1);
  s.run_ms(5);
  s.commit({RemoveTopicRecord{0}});
  const auto waiting = s.client().got<ProduceResponse>();
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].second.partitions[0].error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(s.ask<ProduceResponse>(Stage::produce_request(batch(1)))->partitions[0].error == ErrorCode::UNKNOWN_TOPIC_ID);
  CHECK(s.orders().role == broker::ReplicaRole::None);
  CHECK(s.end() == 0);
}

TEST_CASE(
    "LogManager.asyncDelete: a deleted topic's replica takes up disk space until log.segment.delete.delay.ms has passed") {
  Stage s;
  s.produce(1, 1);
  s.run_ms(5);
  const std::int64_t size = s.orders().log.size_bytes();
  REQUIRE(size > 0);
  s.commit({RemoveTopicRecord{0}});
  CHECK(s.end() == 0);
  s.run_ms(59900);
  CHECK(s.broker().used_bytes(0, s.now()) == size);
  s.run_ms(200);
  CHECK(s.broker().used_bytes(0, s.now()) == 0);
}

TEST_CASE("if a topic is deleted while a broker is down, the broker moves its log aside as a stray and keeps it") {
  Stage s;
  s.produce(3, 1);
  s.run_ms(100);
  const std::int64_t size = s.orders().log.size_bytes();
  s.command([&] { s.world.kill(Stage::kBroker, sim::Death::Crash); });
  s.commit({RemoveTopicRecord{0}});
  s.controller().caught_up = false;
  s.command([&] { s.world.restart(Stage::kBroker); });
  s.run_ms(500);
  CHECK(s.end() == 3);
  s.controller().caught_up = true;
  s.run_ms(500);
  CHECK(s.end() == 0);
  REQUIRE(s.watcher.of(Trace::LogDeleted).size() == 1);
  CHECK(s.watcher.facts<fact::LogDeleted>()[0].stray);
  s.run_ms(200000);
  CHECK(s.broker().used_bytes(0, s.now()) == size);  // never deleted (LogManager.loadLog: renamed to -stray)
}

TEST_CASE(
    "AssignmentsManager: assignments are sent together after 100 ms, and refused ones are retried with growing pauses") {
  Stage::Setup setup = unregistered();
  setup.dirs = 2;
  Stage s(setup);
  s.controller().assignment_error = ErrorCode::STALE_BROKER_EPOCH;
  s.run_ms(2600);
  CHECK(s.broker().lifecycle().state() == BrokerState::Recovery);  // the broker waits for the assignment
  const auto& asked = s.controller().assignments;
  REQUIRE(asked.size() >= 3);
  const auto pause = [&](std::size_t i) { return (asked[i].first - asked[i - 1].first).us; };
  CHECK(pause(1) >= 196'000);
  CHECK(pause(1) <= 210'000);
  CHECK(pause(2) >= 392'000);
  CHECK(pause(2) <= 415'000);
  s.controller().assignment_error = ErrorCode::NONE;
  s.run_ms(4000);
  CHECK(s.broker().lifecycle().state() == BrokerState::Running);
  const std::size_t told = asked.size();
  CHECK(asked.back().second.replicas.size() == 1);
  PartitionRecord p;
  p.partition = {0, 1};
  p.replicas = {1, 2, 3};
  p.isr = {2};
  p.leader = 2;
  const sim::Instant before = s.now();
  s.commit({p});
  p.partition = {0, 2};
  s.commit({p});
  s.run_ms(200);
  REQUIRE(asked.size() == told + 1);
  CHECK(asked.back().second.replicas.size() == 2);
  CHECK(asked.back().first - before >= sim::milliseconds(100));
}

TEST_CASE("KIP-858: a failed directory is reported in an immediate heartbeat and in every later one") {
  Stage s({.dirs = 2});
  s.run_ms(1000);
  const std::size_t before = s.controller().heartbeats.size();
  s.world.with_context(Stage::kBroker, [&](Ctx& ctx) {
    s.broker().change_disk(1, {{}, {}, {}, true}, ctx.now());
    s.broker().expect_disk_failure(ctx);
  });
  s.run_ms(4100);  // the next high watermark checkpoint is 5 s after the start
  const auto& beats = s.controller().heartbeats;
  REQUIRE(beats.size() > before);
  REQUIRE(s.watcher.of(Trace::LogDirOffline, {}).size() == 1);
  const sim::Instant failed = s.watcher.of(Trace::LogDirOffline, {})[0].time;
  const auto told =
      std::find_if(beats.begin(), beats.end(), [](const auto& b) { return !b.second.offline_log_dirs.empty(); });
  REQUIRE(told != beats.end());
  CHECK(told->first - failed < sim::milliseconds(10));
  CHECK(told->second.offline_log_dirs == std::vector<DirectoryId>{1});
  s.run_ms(40000);
  CHECK(beats.back().second.offline_log_dirs == std::vector<DirectoryId>{1});
  CHECK(s.world.alive(Stage::kBroker));
}

TEST_CASE(
    "log.dir.failure.timeout.ms: a broker that cannot report the failure to the controller shuts down, which takes five minutes without a controller") {
  Stage s({.dirs = 2});
  s.run_ms(1000);
  s.controller().heartbeat_error = ErrorCode::STALE_BROKER_EPOCH;
  s.world.with_context(Stage::kBroker, [&](Ctx& ctx) {
    s.broker().change_disk(1, {{}, {}, {}, true}, ctx.now());
    s.broker().expect_disk_failure(ctx);
  });
  s.run_ms(33500);
  CHECK(s.world.state(Stage::kBroker) == sim::NodeState::Running);
  s.run_ms(2000);
  CHECK(s.world.state(Stage::kBroker) == sim::NodeState::ShuttingDown);
  CHECK(s.controller().heartbeats.back().second.want_shut_down);
  SUBCASE("no controller grants the shutdown") {
    s.run_ms(298000);
    CHECK(s.world.alive(Stage::kBroker));
    s.run_ms(1000);
    CHECK(s.world.state(Stage::kBroker) == sim::NodeState::Stopped);
  }
  SUBCASE("the controller is back and grants the shutdown") {
    s.controller().heartbeat_error = ErrorCode::NONE;
    s.controller().should_shut_down = true;
    s.run_ms(10000);
    CHECK(s.world.state(Stage::kBroker) == sim::NodeState::Stopped);
  }
}
