#include "controller/kraft/replication_control.h"

#include <doctest/doctest.h>

#include "controller/support.h"

using namespace kafkascope;
using namespace kafkascope::controller;
using protocol::AlterPartitionData;
using protocol::BrokerRegistrationChangeRecord;
using protocol::kNoBroker;
using protocol::LeaderEpoch;

namespace {
/// A proposal that the controller accepts; each test breaks one thing in it.
AlterPartitionData proposal(const Cluster& c, TopicPartition p) {
  const auto& r = c.partition(p);
  AlterPartitionData d;
  d.partition = p;
  d.leader_epoch = r.leader_epoch;
  d.partition_epoch = r.partition_epoch;
  d.new_isr = r.isr;
  for (BrokerId id : r.isr) d.isr_epochs.push_back(c.epoch(id));
  return d;
}
}  // namespace

TEST_CASE("AlterPartition: an accepted ISR raises only the partition epoch") {
  Cluster c(3);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  auto d = proposal(c, p);
  d.new_isr = {1, 2};
  d.isr_epochs.pop_back();
  Records out;
  const auto response = c.replication().alter_partition({1, c.epoch(1), {d}}, out);
  REQUIRE(response.partitions.size() == 1);
  const auto& r = response.partitions[0];
  CHECK(r.error == ErrorCode::NONE);
  CHECK(r.isr == IdList{1, 2});
  CHECK(r.partition_epoch == 1);
  CHECK(r.leader_epoch == LeaderEpoch{0});
  CHECK(r.leader == 1);
  c.apply(out);
  CHECK(c.partition(p).isr == IdList{1, 2});
}

TEST_CASE("AlterPartition: the checks are made in Kafka's order") {
  Cluster c(4);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  auto record = c.partition(p);
  record.leader_epoch = {5};
  record.partition_epoch = 9;
  c.put(p, record);
  const auto check = [&](BrokerId sender, auto change) {
    AlterPartitionData d = proposal(c, p);
    change(d);
    return c.replication().validate_alter_partition(sender, d);
  };
  CHECK(check(1, [](auto&) {}) == ErrorCode::NONE);

  // From the last check to the first: a proposal that fails one check also fails the later ones, so the earlier check
  // must win.
  const auto ineligible = [](AlterPartitionData& d) { d.isr_epochs[2] = 77; };
  CHECK(check(1, ineligible) == ErrorCode::INELIGIBLE_REPLICA);
  const auto recovering = [&](AlterPartitionData& d) { ineligible(d), d.recovery_state = RecoveryState::Recovering; };
  CHECK(check(1, recovering) == ErrorCode::INVALID_REQUEST);
  const auto without_leader = [&](AlterPartitionData& d) { recovering(d), d.new_isr = {2, 3}; };
  CHECK(check(1, without_leader) == ErrorCode::INVALID_REQUEST);
  const auto no_subset = [&](AlterPartitionData& d) { recovering(d), d.new_isr = {1, 4}; };
  CHECK(check(1, no_subset) == ErrorCode::INVALID_REQUEST);
  const auto twice = [&](AlterPartitionData& d) { d.new_isr = {1, 2, 2}; };
  CHECK(check(1, twice) == ErrorCode::INVALID_REQUEST);
  // Each error alone.
  CHECK(check(1, [](AlterPartitionData& d) {
          d.new_isr = {2, 3}, d.isr_epochs = {-1, -1};
        }) == ErrorCode::INVALID_REQUEST);
  CHECK(check(1, [](AlterPartitionData& d) {
          d.new_isr = {1, 4}, d.isr_epochs = {-1, -1};
        }) == ErrorCode::INVALID_REQUEST);
  const auto old_partition_epoch = [&](AlterPartitionData& d) { no_subset(d), d.partition_epoch = 8; };
  CHECK(check(1, old_partition_epoch) == ErrorCode::INVALID_UPDATE_VERSION);
  CHECK(check(2, old_partition_epoch) == ErrorCode::INVALID_REQUEST);  // not the leader
  const auto old_leader_epoch = [&](AlterPartitionData& d) { old_partition_epoch(d), d.leader_epoch = {4}; };
  CHECK(check(2, old_leader_epoch) == ErrorCode::FENCED_LEADER_EPOCH);
  const auto newer_partition_epoch = [&](AlterPartitionData& d) { old_leader_epoch(d), d.partition_epoch = 10; };
  CHECK(check(2, newer_partition_epoch) == ErrorCode::NOT_CONTROLLER);
  const auto newer_leader_epoch = [&](AlterPartitionData& d) { old_partition_epoch(d), d.leader_epoch = {6}; };
  CHECK(check(2, newer_leader_epoch) == ErrorCode::NOT_CONTROLLER);
  CHECK(check(2, [&](auto& d) { newer_leader_epoch(d), d.partition.partition = 1; }) ==
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(check(2, [&](auto& d) { newer_leader_epoch(d), d.partition.topic = 1; }) == ErrorCode::UNKNOWN_TOPIC_ID);
}

TEST_CASE("KIP-841, KIP-903: an ISR with a broker that may not be in it is refused") {
  Cluster c(3);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  AlterPartitionData d = proposal(c, p);
  SUBCASE("a fenced broker") {
    c.fence(3);
    CHECK(c.replication().validate_alter_partition(1, d) == ErrorCode::INELIGIBLE_REPLICA);
  }
  SUBCASE("one in controlled shutdown") {
    c.start_shutdown(3);
    CHECK(c.replication().validate_alter_partition(1, d) == ErrorCode::INELIGIBLE_REPLICA);
  }
  SUBCASE("an earlier incarnation") {
    d.isr_epochs[2] -= 1;
    CHECK(c.replication().validate_alter_partition(1, d) == ErrorCode::INELIGIBLE_REPLICA);
    d.isr_epochs[2] = -1;  // unknown epoch: not checked
    CHECK(c.replication().validate_alter_partition(1, d) == ErrorCode::NONE);
  }
}

TEST_CASE("KIP-704: a recovering leader must keep its ISR to itself, and RECOVERED cannot become RECOVERING") {
  Cluster c(3);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  AlterPartitionData d = proposal(c, p);
  d.new_isr = {1};
  d.isr_epochs = {c.epoch(1)};
  d.recovery_state = RecoveryState::Recovering;
  CHECK(c.replication().validate_alter_partition(1, d) == ErrorCode::INVALID_REQUEST);
  auto record = c.partition(p);
  record.recovery_state = RecoveryState::Recovering;
  record.isr = {1};
  c.put(p, record);
  CHECK(c.replication().validate_alter_partition(1, d) == ErrorCode::NONE);
  d.new_isr = {1, 2};
  d.isr_epochs = {-1, -1};
  CHECK(c.replication().validate_alter_partition(1, d) == ErrorCode::INVALID_REQUEST);
  d.recovery_state = RecoveryState::Recovered;
  CHECK(c.replication().validate_alter_partition(1, d) == ErrorCode::NONE);
}

TEST_CASE("KIP-455: a leader whose AlterPartition ends its own leadership gets NEW_LEADER_ELECTED") {
  Cluster c(4);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  auto record = c.partition(p);
  record.replicas = {4, 2, 3, 1};
  record.adding = {4};
  record.removing = {1};
  c.put(p, record);
  auto d = proposal(c, p);
  d.new_isr = {1, 2, 3, 4};
  d.isr_epochs = {-1, -1, -1, -1};
  Records out;
  const auto response = c.replication().alter_partition({1, c.epoch(1), {d}}, out);
  CHECK(response.partitions[0].error == ErrorCode::NEW_LEADER_ELECTED);
  c.apply(out);
  CHECK(c.partition(p).leader == 4);
}

TEST_CASE("Fencing a broker moves its leaderships, removes it from every ISR, and then marks it fenced, in one batch") {
  Cluster c(3);
  const auto t = c.topic("orders", {{1, 2, 3}, {2, 3, 1}, {3, 1, 2}, {2, 3}});
  Records out;
  c.replication().broker_fenced(1, out);
  REQUIRE(out.size() == 4);
  const auto* last = std::get_if<BrokerRegistrationChangeRecord>(&out.back());
  REQUIRE(last);
  CHECK(last->fenced == 1);
  c.apply(out);
  CHECK(c.partition({t, 0}).leader == 2);
  CHECK(c.partition({t, 0}).leader_epoch == LeaderEpoch{1});
  CHECK(c.partition({t, 0}).isr == IdList{2, 3});
  CHECK(c.partition({t, 1}).leader == 2);
  CHECK(c.partition({t, 1}).leader_epoch == LeaderEpoch{0});
  CHECK(c.partition({t, 1}).isr == IdList{2, 3});
  CHECK(c.partition({t, 3}).partition_epoch == 0);
  CHECK(c.image().broker(1)->fenced);
}

TEST_CASE("all-brokers-down: when brokers return the expected replica leads each topic (KIP-966, KIP-704)") {
  Cluster c(3);
  const TopicPartition wait{c.topic("wait", {{1, 2, 3}}), 0}, now{c.topic("now", {{1, 2, 3}}), 0},
      elr{c.topic("elr", {{1, 2, 3}}, 2), 0};
  c.set("topic:now", "unclean.leader.election.enable", "true");
  const auto leave = [&](BrokerId id) {
    Records out;
    c.replication().broker_fenced(id, out);
    c.apply(out);
  };
  const auto come_back = [&](BrokerId id, bool clean) {
    Records out;
    c.replication().broker_restarted(id, clean, out);
    c.apply(out);
    Records unfence;
    c.replication().broker_unfenced(id, c.epoch(id), unfence);
    c.apply(unfence);
  };
  leave(3);
  leave(2);
  leave(1);
  for (TopicPartition p : {wait, now, elr}) CHECK(c.partition(p).leader == kNoBroker);
  CHECK(c.partition(wait).elr == IdList{1});
  CHECK(c.partition(elr).elr == IdList{1, 2});

  come_back(3, false);
  CHECK(c.partition(now).leader == 3);
  CHECK(c.partition(now).recovery_state == RecoveryState::Recovering);
  CHECK(c.partition(now).leader_epoch == LeaderEpoch{2});  // to no leader, then to 3
  CHECK(c.partition(wait).leader == kNoBroker);
  CHECK(c.partition(elr).leader == kNoBroker);

  come_back(2, true);
  CHECK(c.partition(elr).leader == 2);
  CHECK(c.partition(elr).isr == IdList{2});
  CHECK(c.partition(elr).elr == IdList{1});
  CHECK(c.partition(wait).leader == kNoBroker);

  come_back(1, false);
  CHECK(c.partition(wait).leader == 1);  // the last known leader
  CHECK(c.partition(wait).recovery_state == RecoveryState::Recovering);
  CHECK(c.partition(elr).elr.empty());  // broker 1 may have lost records in the crash
}

TEST_CASE("historical: before KIP-704 an unclean election leaves no recovery state") {
  for (const bool before : {false, true}) {
    CAPTURE(before);
    Cluster c(2, false);
    const TopicPartition p{c.topic("orders", {{1, 2}}), 0};
    c.set_isr(p, {1});
    Records out;
    c.replication().broker_fenced(1, out);
    c.apply(out);
    out.clear();
    protocol::Historical historical;
    historical.kip_704 = before;
    CHECK(ReplicationControl(c.image(), c.config, historical).elect_leader(p, Election::Unclean, out) ==
          ErrorCode::NONE);
    c.apply(out);
    CHECK(c.partition(p).leader == 2);
    CHECK(c.partition(p).recovery_state == (before ? RecoveryState::Recovered : RecoveryState::Recovering));
  }
}

TEST_CASE("Without ELR a restarted broker leaves the ISR as well, unless it is the last member") {
  Cluster c(3, false);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  Records out;
  c.replication().broker_restarted(1, false, out);
  c.apply(out);
  CHECK(c.partition(p).leader == 2);
  CHECK(c.partition(p).isr == IdList{2, 3});
  for (BrokerId id : {3, 2}) {
    Records fence;
    c.replication().broker_fenced(id, fence);
    c.apply(fence);
  }
  CHECK(c.partition(p).isr == IdList{2});
  CHECK(c.partition(p).leader == kNoBroker);
  Records unfence;
  c.replication().broker_unfenced(2, c.epoch(2), unfence);
  c.apply(unfence);
  CHECK(c.partition(p).leader == 2);
}

TEST_CASE("A controlled shutdown moves leaders away and reports it") {
  Cluster c(3);
  const auto t = c.topic("orders", {{1, 2, 3}, {2, 3, 1}});
  CHECK(c.replication().has_leaderships(1));
  Records out;
  c.replication().broker_in_controlled_shutdown(1, c.epoch(1), out);
  c.apply(out);
  CHECK(c.image().broker(1)->in_controlled_shutdown);
  CHECK_FALSE(c.image().broker(1)->fenced);
  CHECK_FALSE(c.replication().has_leaderships(1));
  CHECK(c.partition({t, 0}).leader == 2);
  CHECK(c.partition({t, 1}).isr == IdList{2, 3});
}

TEST_CASE(
    "ElectLeaders: each refusal has its error: ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE, ELIGIBLE_LEADERS_NOT_AVAILABLE") {
  Cluster c(3);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  Records out;
  CHECK(c.replication().elect_leader(p, Election::Preferred, out) == ErrorCode::ELECTION_NOT_NEEDED);
  CHECK(c.replication().elect_leader(p, Election::Unclean, out) == ErrorCode::ELECTION_NOT_NEEDED);
  CHECK(c.replication().elect_leader({p.topic, 4}, Election::Preferred, out) == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  c.replication().broker_fenced(1, out);
  c.apply(out);
  out.clear();
  CHECK(c.replication().elect_leader(p, Election::Preferred, out) == ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE);
  for (BrokerId id : {2, 3}) {
    c.replication().broker_fenced(id, out);
    c.apply(out);
    out.clear();
  }
  CHECK(c.replication().elect_leader(p, Election::Unclean, out) == ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE);
  c.unfence(2);
  CHECK(c.replication().elect_leader(p, Election::Unclean, out) == ErrorCode::NONE);
  c.apply(out);
  CHECK(c.partition(p).leader == 2);
}

TEST_CASE("The preferred pass elects for every imbalanced partition whose first replica is in sync") {
  Cluster c(3);
  const auto t = c.topic("orders", {{1, 2, 3}, {2, 3, 1}, {3, 1, 2}, {1, 3, 2}});
  Records out;
  CHECK_FALSE(c.replication().balance_leaders(out));
  CHECK(out.empty());
  c.replication().broker_fenced(1, out);
  c.apply(out);
  c.unfence(1);
  out.clear();
  c.replication().balance_leaders(out);
  CHECK(out.empty());  // broker 1 is back but not in sync
  auto record = c.partition({t, 0});
  record.isr = {2, 3, 1};
  c.put({t, 0}, record);
  c.replication().balance_leaders(out);
  CHECK(out.size() == 1);
  c.apply(out);
  CHECK(c.partition({t, 0}).leader == 1);
  CHECK(c.partition({t, 3}).leader == 3);
}

TEST_CASE("The unclean pass elects a leader only if unclean.leader.election.enable allows it") {
  Cluster c(3);
  const TopicPartition a{c.topic("a", {{1}}), 0}, b{c.topic("b", {{1, 2}}), 0}, d{c.topic("d", {{1, 2}}), 0};
  for (TopicPartition p : {a, b, d}) {
    c.set_isr(p, {1});
  }
  Records out;
  c.replication().broker_fenced(1, out);
  c.apply(out);
  out.clear();
  c.replication().elect_unclean_leaders(out);
  CHECK(out.empty());
  c.set("topic:b", "unclean.leader.election.enable", "true");
  c.replication().elect_unclean_leaders(out);
  CHECK(out.size() == 1);
  c.apply(out);
  out.clear();
  CHECK(c.partition(b).leader == 2);
  SUBCASE("the cluster's default") {
    c.set("broker:", "unclean.leader.election.enable", "true");
    c.replication().elect_unclean_leaders(out);
    CHECK(out.size() == 1);  // a has no other replica
  }
  SUBCASE("the server's file") {
    c.config.set("unclean.leader.election.enable", true);
    c.replication().elect_unclean_leaders(out);
    CHECK(out.size() == 1);
  }
}

TEST_CASE("KIP-966: the effective min ISR is at most the replication factor") {
  Cluster c(3);
  const TopicPartition p{c.topic("one", {{1}}, 2), 0};
  CHECK(c.partition(p).elr.empty());
  Records out;
  c.replication().broker_fenced(1, out);
  c.apply(out);
  CHECK(c.partition(p).elr == IdList{1});
  out.clear();
  c.replication().broker_unfenced(1, c.epoch(1), out);
  c.apply(out);
  CHECK(c.partition(p).leader == 1);
  CHECK(c.partition(p).isr == IdList{1});
  CHECK(c.partition(p).elr.empty());
}

TEST_CASE("auto.leader.rebalance.enable: a pass moves at most 1000 leaders and reports that there are more") {
  Cluster c(2);
  const TopicPartition first{c.topic("orders", {{1, 2}}), 0};
  auto led_by_the_other = c.partition(first);
  led_by_the_other.leader = 2;
  for (std::int32_t i = 0; i < 1200; ++i) c.put({first.topic, i}, led_by_the_other);
  Records out;
  CHECK(c.replication().balance_leaders(out));
  CHECK(out.size() == 1000);
  c.apply(out);
  out.clear();
  CHECK_FALSE(c.replication().balance_leaders(out));
  CHECK(out.size() == 200);
}

namespace {
/// Registers broker `id` with two directories, and puts its replica of p into `dir`.
void two_directories(Cluster& c, BrokerId id, TopicPartition p, protocol::DirectoryId dir) {
  protocol::RegisterBrokerRecord r{id, 200 + id, c.state.last_offset().value + 1, id, "", false, false};
  r.log_dirs = {0, 1};
  c.apply(r);
  Records out;
  c.replication().assign_replicas_to_dirs({id, c.epoch(id), {{p, dir}}}, out);
  c.apply(out);
}
}  // namespace

TEST_CASE("KIP-858: AssignReplicasToDirs writes only the replica's directory") {
  Cluster c(3);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}), 0};
  two_directories(c, 2, p, 1);
  CHECK(c.partition(p).directory(2) == 1);
  CHECK(c.partition(p).directory(1) == protocol::kUnassigned);
  CHECK(c.partition(p).leader_epoch == LeaderEpoch{0});
  CHECK(c.partition(p).isr == IdList{1, 2, 3});
  Records again;
  c.replication().assign_replicas_to_dirs({2, c.epoch(2), {{p, 1}}}, again);
  CHECK(again.empty());
}

TEST_CASE("handleAssignReplicasToDirs drops a partition's eligible leader replicas") {
  Cluster c(3);
  const TopicPartition p{c.topic("orders", {{1, 2, 3}}, 3), 0};
  Records out;
  c.replication().broker_fenced(2, out);
  c.apply(out);
  REQUIRE(c.partition(p).elr == IdList{2});
  two_directories(c, 3, p, 1);
  CHECK(c.partition(p).directory(3) == 1);
  CHECK(c.partition(p).elr.empty());
  CHECK(c.partition(p).isr == IdList{1, 3});
  CHECK(c.partition(p).leader == 1);
}

TEST_CASE("KIP-858: replicas in a failed directory leave ISRs, lose leaderships and cannot be elected") {
  Cluster c(3);
  const auto topic = c.topic("orders", {{1, 2, 3}, {1, 3, 2}}, 2);
  const TopicPartition there{topic, 0}, elsewhere{topic, 1};
  two_directories(c, 1, there, 1);
  two_directories(c, 1, elsewhere, 0);
  Records out;
  c.replication().directories_offline(1, c.epoch(1), {1}, out);
  const auto changes = only<BrokerRegistrationChangeRecord>(out);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].log_dirs == std::vector<protocol::DirectoryId>{0});
  c.apply(out);
  CHECK(c.partition(there).leader == 2);
  CHECK(c.partition(there).isr == IdList{2, 3});
  CHECK(c.partition(elsewhere).leader == 1);
  CHECK(c.partition(elsewhere).isr == IdList{1, 3, 2});
  CHECK(c.image().broker(1)->active());
  Records repeated;  // every later heartbeat repeats it
  c.replication().directories_offline(1, c.epoch(1), {1}, repeated);
  CHECK(repeated.empty());
  Records preferred;
  CHECK(c.replication().elect_leader(there, Election::Preferred, preferred) ==
        ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE);
}

TEST_CASE("KIP-858: a replica assigned to a directory that has failed goes offline as well") {
  Cluster c(2);
  const TopicPartition p{c.topic("orders", {{1, 2}}), 0};
  two_directories(c, 1, p, 0);
  Records failed;
  c.replication().directories_offline(1, c.epoch(1), {1}, failed);
  c.apply(failed);
  CHECK(c.partition(p).leader == 1);
  Records out;
  c.replication().assign_replicas_to_dirs({1, c.epoch(1), {{p, 1}}}, out);
  c.apply(out);
  CHECK(c.partition(p).leader == 2);
  CHECK(c.partition(p).isr == IdList{2});
}
