#include "controller/kraft/cluster_control.h"

#include <doctest/doctest.h>

#include "controller/support.h"

using namespace kafkascope;
using namespace kafkascope::controller;
using protocol::BrokerHeartbeatRequest;
using protocol::BrokerRegistrationRequest;

namespace {
constexpr sim::Instant at(std::int64_t ms) { return sim::Instant{} + sim::milliseconds(ms); }

struct Live {
  Cluster c{3};
  HeartbeatManager hb{sim::milliseconds(9000)};
  Live() { hb.activate(c.image(), at(0)); }

  RegistrationDecision registers(BrokerRegistrationRequest r, std::int64_t ms) {
    return decide_registration(c.state, hb, c.replication(), r, c.state.last_offset() + 1, at(ms));
  }
  HeartbeatDecision beats(BrokerHeartbeatRequest r) { return decide_heartbeat(c.state, hb, c.replication(), r); }
  BrokerHeartbeatRequest beat(BrokerId id, bool shut_down = false, bool fence = false) const {
    return {id, c.epoch(id), c.state.last_offset(), fence, shut_down};
  }
};
}  // namespace

TEST_CASE("KIP-631 BrokerRegistration: a new incarnation gets its record's offset as epoch and starts fenced") {
  Live l;
  const auto d = l.registers({4, 1, 40, "r1", -1}, 0);
  CHECK(d.error == ErrorCode::NONE);
  CHECK(d.new_incarnation);
  REQUIRE(d.records.size() == 1);
  CHECK(d.epoch == l.c.state.last_offset().value + 1);
  l.c.apply(d.records);
  CHECK(l.c.image().broker(4)->fenced);
  CHECK(l.c.image().broker(4)->rack == "r1");
  CHECK(l.c.epoch(4) == d.epoch);
}

TEST_CASE(
    "KIP-631 BrokerRegistration: a second process with the same id gets DUPLICATE_BROKER_REGISTRATION while the session lasts") {
  Live l;
  BrokerRegistrationRequest other{1, 999, 40, "", -1};
  CHECK(l.registers(other, 9000).error == ErrorCode::DUPLICATE_BROKER_REGISTRATION);
  CHECK(l.registers(other, 9001).error == ErrorCode::NONE);
  SUBCASE("a broker that was shutting down may register again (KAFKA-19047)") {
    l.c.start_shutdown(1);
    CHECK(l.registers(other, 1).error == ErrorCode::NONE);
  }
  SUBCASE("the same incarnation keeps epoch and state") {
    const auto d = l.registers({1, 101, 40, "", -1}, 1);
    CHECK(d.error == ErrorCode::NONE);
    CHECK_FALSE(d.new_incarnation);
    CHECK(d.epoch == l.c.epoch(1));
    l.c.apply(d.records);
    CHECK_FALSE(l.c.image().broker(1)->fenced);
    CHECK(l.c.state.register_offset(1) == l.c.state.last_offset());
  }
}

TEST_CASE("KIP-966: a broker that registers without the epoch of its clean-shutdown file leaves the ISR and the ELR") {
  Live l;
  const TopicPartition isr{l.c.topic("isr", {{1, 2, 3}}), 0}, elr{l.c.topic("elr", {{1, 2, 3}}, 3), 0};
  auto record = l.c.partition(elr);
  record.isr = {2, 3};
  record.elr = {1};
  record.leader = 2;
  l.c.put(elr, record);
  const BrokerEpoch before = l.c.epoch(1);
  SUBCASE("unclean") {
    const auto d = l.registers({1, 999, 40, "", -1}, 20000);
    REQUIRE(d.records.size() == 3);
    l.c.apply(d.records);
    CHECK(l.c.epoch(1) == l.c.state.last_offset().value);  // the offset of its own record, after the clean-up
    CHECK(l.c.epoch(1) == d.epoch);
    CHECK(l.c.partition(isr).leader == 2);
    CHECK(l.c.partition(isr).isr == IdList{2, 3});
    CHECK(l.c.partition(elr).elr.empty());
  }
  SUBCASE("clean: ISR and ELR are kept") {
    l.c.apply(l.registers({1, 999, 40, "", before}, 20000).records);
    CHECK(l.c.partition(isr).isr == IdList{2, 3});
    CHECK(l.c.partition(elr).elr == IdList{1});
  }
}

TEST_CASE("KIP-631 BrokerHeartbeat: another broker epoch and an unregistered broker get STALE_BROKER_EPOCH") {
  Live l;
  auto r = l.beat(1);
  r.broker_epoch += 1;
  CHECK(l.beats(r).response.error == ErrorCode::STALE_BROKER_EPOCH);
  r.broker_id = 9;
  CHECK(l.beats(r).response.error == ErrorCode::STALE_BROKER_EPOCH);
}

TEST_CASE("KIP-631 BrokerHeartbeat: a broker is unfenced when it wants to be and has applied its own registration") {
  Live l;
  const auto d = l.registers({4, 1, 40, "", -1}, 0);
  l.c.apply(d.records);
  l.hb.register_broker(4, true);
  BrokerHeartbeatRequest r{4, d.epoch, Offset{d.epoch - 1}, false, false};
  CHECK(l.beats(r).response.is_fenced);
  CHECK_FALSE(l.beats(r).response.is_caught_up);
  r.current_metadata_offset = Offset{d.epoch};
  r.want_fence = true;
  CHECK(l.beats(r).response.is_fenced);
  CHECK(l.beats(r).response.is_caught_up);
  r.want_fence = false;
  const auto unfenced = l.beats(r);
  CHECK_FALSE(unfenced.response.is_fenced);
  CHECK(only<protocol::BrokerRegistrationChangeRecord>(unfenced.records).size() == 1);
}

TEST_CASE("KIP-631: unfencing gives leaderless partitions their leader") {
  Live l;
  const TopicPartition p{l.c.topic("orders", {{1}}), 0};
  Records out;
  l.c.replication().broker_fenced(1, out);
  l.c.apply(out);
  l.hb.fence(1);
  l.c.apply(l.beats(l.beat(1)).records);
  CHECK(l.c.partition(p).leader == 1);
}

TEST_CASE(
    "KIP-631: in a controlled shutdown leaders move first, and the broker may stop when all active brokers know the new leaders") {
  Live l;
  l.c.topic("orders", {{1, 2, 3}});
  const auto begin = l.beats(l.beat(1, true));
  CHECK(begin.next == BrokerState::ControlledShutdown);
  CHECK_FALSE(begin.response.should_shut_down);
  CHECK_FALSE(begin.response.is_fenced);
  l.c.apply(begin.records);
  const Offset moves = l.c.state.last_offset();
  l.hb.start_controlled_shutdown(1, moves);
  l.hb.start_controlled_shutdown(1, moves + 100);  // only the first offset counts (KAFKA-14292)

  CHECK(l.beats(l.beat(1, true)).next == BrokerState::ControlledShutdown);  // 2 and 3 have reported nothing yet
  l.hb.touch(2, false, moves);
  l.hb.touch(3, false, moves - 1);
  CHECK(l.beats(l.beat(1, true)).next == BrokerState::ControlledShutdown);
  l.hb.touch(3, false, moves);
  const auto end = l.beats(l.beat(1, true));
  CHECK(end.response.should_shut_down);
  CHECK(end.response.is_fenced);
  l.c.apply(end.records);
  CHECK(l.c.image().broker(1)->fenced);
}

TEST_CASE("KIP-631: controlled shutdown: a broker that leads nothing may stop at once, and leaves every ISR") {
  Live l;
  const TopicPartition p{l.c.topic("orders", {{1, 2, 3}}), 0};
  const auto d = l.beats(l.beat(3, true));
  CHECK(d.response.should_shut_down);
  l.c.apply(d.records);
  CHECK(l.c.partition(p).isr == IdList{1, 2});
  CHECK(l.c.image().broker(3)->fenced);
  SUBCASE("a fenced broker may also stop at once") {
    l.hb.fence(2);
    CHECK(l.beats(l.beat(2, true)).response.should_shut_down);
  }
}

TEST_CASE(
    "KIP-631: a broker's session ends after nine seconds without a heartbeat; each check fences one broker, and a new controller tracks only unfenced ones") {
  Cluster c(4);
  c.fence(4);
  HeartbeatManager hb(sim::milliseconds(9000));
  hb.activate(c.image(), at(1000));
  CHECK(hb.sessions().size() == 3);
  hb.contact({2, c.epoch(2)}, at(3000));
  CHECK_FALSE(hb.remove_expired(at(10000)));
  const auto first = hb.remove_expired(at(10001));
  REQUIRE(first);
  CHECK(first->broker == 1);
  CHECK(hb.remove_expired(at(10001))->broker == 3);
  CHECK_FALSE(hb.remove_expired(at(12000)));
  CHECK(hb.remove_expired(at(12001))->broker == 2);
}

TEST_CASE("KIP-631: brokers in controlled shutdown get no new replicas") {
  Live l;
  l.hb.start_controlled_shutdown(2, Offset{5});
  const auto usable = l.hb.usable_brokers(l.c.image());
  REQUIRE(usable.size() == 2);
  CHECK(usable[0].id == 1);
  CHECK(usable[1].id == 3);
}
