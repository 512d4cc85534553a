#include "controller/kraft/partition_change_builder.h"

#include <doctest/doctest.h>

using namespace kafkascope::controller;
using kafkascope::protocol::kNoBroker;
using kafkascope::protocol::LeaderEpoch;

namespace {

PartitionRegistration three_replicas() {
  PartitionRegistration p;
  p.replicas = p.isr = {1, 2, 3};
  p.leader = 1;
  p.leader_epoch = {5};
  p.partition_epoch = 9;
  return p;
}

struct Case {
  PartitionRegistration partition = three_replicas();
  IdList alive{1, 2, 3};
  int min_isr = 1;
  bool elr = true;

  PartitionChangeBuilder builder() const { return {{0, 0}, partition, alive, min_isr, elr}; }
  PartitionRegistration after(PartitionChangeBuilder b) const {
    auto record = b.build();
    return record ? merge(partition, *record) : partition;
  }
};

}  // namespace

TEST_CASE("PartitionChangeBuilder: no record is written if nothing changes") {
  Case c;
  CHECK_FALSE(c.builder().build());
  CHECK_FALSE(c.builder().isr({1, 2, 3}).election(Election::Preferred).build());
}

TEST_CASE("PartitionChangeBuilder: a leader that may lead stays, even if it is not the preferred one") {
  Case c;
  c.partition.leader = 2;
  const auto after = c.after(c.builder().isr({2, 3}));
  CHECK(after.leader == 2);
  CHECK(after.leader_epoch == LeaderEpoch{5});  // an ISR shrink bumps the partition epoch only (KAFKA-15021)
  CHECK(after.partition_epoch == 10);
}

TEST_CASE(
    "PartitionChangeBuilder: the next leader is the first live ISR member in the order of the assignment, not of the ISR") {
  Case c;
  c.partition.replicas = {1, 3, 2};
  c.partition.isr = {2, 1, 3};
  c.alive = {2, 3};
  const auto after = c.after(c.builder().isr({2, 3}));
  CHECK(after.leader == 3);
  CHECK(after.leader_epoch == LeaderEpoch{6});
  CHECK(after.isr == IdList{2, 3});
  SUBCASE("no replica outside the ISR is elected") {
    c.partition.isr = {1};
    c.alive = {2, 3};
    CHECK(c.after(c.builder().isr({})).leader == kNoBroker);
  }
}

TEST_CASE("KIP-631: without ELR the last ISR member stays in the ISR, leaderless") {
  Case c;
  c.elr = false;
  c.partition.isr = {1};
  c.alive = {2, 3};
  const auto after = c.after(c.builder().isr({}));
  CHECK(after.leader == kNoBroker);
  CHECK(after.isr == IdList{1});
  CHECK(after.elr.empty());
  CHECK(after.last_known_elr.empty());
  CHECK(after.leader_epoch == LeaderEpoch{6});
}

TEST_CASE("KIP-966: below min ISR a replica that leaves the ISR becomes eligible") {
  Case c;
  c.min_isr = 2;
  SUBCASE("at min ISR the ELR is empty") {
    const auto after = c.after(c.builder().isr({1, 2}));
    CHECK(after.elr.empty());
  }
  SUBCASE("one member below min ISR") {
    c.partition.isr = {1, 2};
    const auto after = c.after(c.builder().isr({1}));
    CHECK(after.isr == IdList{1});
    CHECK(after.elr == IdList{2});
    CHECK(after.last_known_elr.empty());
  }
  SUBCASE("the ISR may become empty, and the last leader is remembered") {
    c.partition.isr = {1};
    c.partition.elr = {2};
    c.alive = {};
    const auto after = c.after(c.builder().isr({}));
    CHECK(after.isr.empty());
    CHECK(after.elr == IdList{1, 2});
    CHECK(after.last_known_elr == IdList{1});
    CHECK(after.leader == kNoBroker);
  }
  SUBCASE("reaching min ISR again clears the ELR") {
    c.partition.isr = {1};
    c.partition.elr = {2};
    const auto after = c.after(c.builder().isr({1, 3}));
    CHECK(after.elr.empty());
  }
  SUBCASE("a replica that returns to the ISR leaves the ELR") {
    c.min_isr = 3;
    c.partition.isr = {1};
    c.partition.elr = {2, 3};
    CHECK(c.after(c.builder().isr({1, 2})).elr == IdList{3});
  }
}

TEST_CASE("KIP-966: with an empty ISR an ELR member is elected cleanly") {
  Case c;
  c.min_isr = 2;
  c.partition.isr = {};
  c.partition.elr = {1, 2};
  c.partition.last_known_elr = {1};
  c.partition.leader = kNoBroker;
  c.alive = {2, 3};
  const auto after = c.after(c.builder());
  CHECK(after.leader == 2);
  CHECK(after.isr == IdList{2});
  CHECK(after.elr == IdList{1});
  CHECK(after.last_known_elr.empty());
  CHECK(after.recovery_state == RecoveryState::Recovered);
}

TEST_CASE("KIP-966: with neither ISR nor ELR the last known leader leads if it is alive (KAFKA-19522)") {
  Case c;
  c.partition.isr = {};
  c.partition.last_known_elr = {1};
  c.partition.leader = kNoBroker;
  SUBCASE("it is alive and leads as after an unclean election") {
    c.alive = {1, 2};
    const auto after = c.after(c.builder());
    CHECK(after.leader == 1);
    CHECK(after.isr == IdList{1});
    CHECK(after.recovery_state == RecoveryState::Recovering);
    CHECK(after.last_known_elr.empty());
  }
  SUBCASE("it is not alive, so the partition has no leader") {
    c.alive = {2, 3};
    CHECK_FALSE(c.builder().build());
  }
  SUBCASE("an ELR member is preferred to it") {
    c.alive = {1, 2};
    c.partition.elr = {3};
    CHECK_FALSE(c.builder().build());
  }
}

TEST_CASE("KIP-966: a replica that shut down uncleanly belongs neither to the ISR nor to the ELR") {
  Case c;
  c.min_isr = 2;
  c.partition.isr = {1, 2};
  c.alive = {2, 3};
  const auto after = c.after(c.builder().isr({2}).unclean_shutdown(1));
  CHECK(after.leader == 2);
  CHECK(after.elr.empty());
  c.partition.isr = {};
  c.partition.elr = {1, 3};
  c.partition.leader = kNoBroker;
  c.alive = {};
  CHECK(c.after(c.builder().unclean_shutdown(1)).elr == IdList{3});
}

TEST_CASE("KIP-704: after an unclean election the new leader is alone in the ISR and is recovering") {
  Case c;
  c.partition.isr = {1};
  c.partition.elr = {};
  c.alive = {2, 3};
  SUBCASE("not allowed by the configuration") {
    const auto after = c.after(c.builder().isr({}));
    CHECK(after.leader == kNoBroker);
    CHECK(after.elr == IdList{1});
  }
  SUBCASE("allowed") {
    const auto after = c.after(c.builder().isr({}).election(Election::Unclean));
    CHECK(after.leader == 2);
    CHECK(after.isr == IdList{2});
    CHECK(after.elr.empty());
    CHECK(after.recovery_state == RecoveryState::Recovering);
    CHECK(after.leader_epoch == LeaderEpoch{6});
  }
  SUBCASE("a clean election is preferred") {
    c.partition.isr = {1, 3};
    const auto after = c.after(c.builder().isr({3}).election(Election::Unclean));
    CHECK(after.leader == 3);
    CHECK(after.recovery_state == RecoveryState::Recovered);
  }
  SUBCASE("the leader's next AlterPartition ends the recovery") {
    c.partition.isr = {2};
    c.partition.leader = 2;
    c.partition.recovery_state = RecoveryState::Recovering;
    const auto after = c.after(c.builder().isr({2}).recovery_state(RecoveryState::Recovered));
    CHECK(after.recovery_state == RecoveryState::Recovered);
    CHECK(after.leader_epoch == LeaderEpoch{5});
  }
}

TEST_CASE("Preferred election: the first replica becomes the leader if it is in sync") {
  Case c;
  c.partition.leader = 3;
  CHECK(c.after(c.builder().election(Election::Preferred)).leader == 1);
  c.partition.isr = {2, 3};
  CHECK_FALSE(c.builder().election(Election::Preferred).build());
}

TEST_CASE("KIP-455: a reassignment ends when all target replicas are in sync; the old leader may be removed") {
  Case c;
  c.partition.replicas = {4, 2, 3, 1};
  c.partition.adding = {4};
  c.partition.removing = {1};
  c.alive = {1, 2, 3, 4};
  SUBCASE("a target replica is not in sync yet") { CHECK_FALSE(c.builder().build()); }
  SUBCASE("the last target replica has joined the ISR") {
    const auto after = c.after(c.builder().isr({1, 2, 3, 4}));
    CHECK(after.replicas == IdList{4, 2, 3});
    CHECK(after.isr == IdList{2, 3, 4});
    CHECK(after.adding.empty());
    CHECK(after.removing.empty());
    CHECK(after.leader == 4);
    CHECK(after.leader_epoch == LeaderEpoch{6});
  }
  SUBCASE("the leader epoch rises even if the leader stays") {
    c.partition.leader = 2;
    const auto after = c.after(c.builder().isr({1, 2, 3, 4}));
    CHECK(after.leader == 2);
    CHECK(after.leader_epoch == LeaderEpoch{6});
  }
}
