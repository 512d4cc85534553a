// Each invariant of groups and of idempotent producers reports a broken rule, and nothing else.
#include "invariants_bench.h"

#include <set>

namespace invariants_test {

TEST_CASE("group-offsets: a group commits only offsets that it could read, and does not go back") {
  Watched w;
  w.world.isr = IdList{};
  w.world.min_isr = 0;
  w.see(1, advanced(0, 10, 0));
  w.see(2, commits(10, 1));
  CHECK(w.first() == "");
  SUBCASE("a commit past every high watermark") { w.see(2, commits(11, 1)); }
  SUBCASE("a commit that goes back") { w.see(2, commits(9, 1)); }
  CHECK(w.first() == GroupOffsets::kName);
}

TEST_CASE("group-offsets: no consumer receives an uncommitted record") {
  Watched w;
  w.world.isr = IdList{};
  w.world.min_isr = 0;
  w.see(1, advanced(0, 10, 0));
  w.see(7, delivered(8, 9));
  CHECK(w.first() == "");
  w.see(7, delivered(10, 10));
  CHECK(w.first() == GroupOffsets::kName);
}

TEST_CASE("group-offsets: a commit may go back after a reset or a loss of committed records") {
  Watched w;
  w.world.isr = IdList{};
  w.world.min_isr = 0;
  w.invariants.groups().set_group_of(7, "billing");
  w.see(1, advanced(0, 10, 0));
  w.see(2, commits(10, 1));
  SUBCASE("reset") { w.see(7, position(4, fact::PositionReason::OutOfRange)); }
  SUBCASE("reset, while an earlier commit is under way") {
    w.see(7, position(4, fact::PositionReason::Truncated));
    w.see(2, commits(10, 1));
  }
  SUBCASE("lost") { w.invariants.groups().on_loss(); }
  w.see(2, commits(4, 1));
  CHECK(w.first() == "");
}

TEST_CASE(
    "group-offsets: a group may commit positions of a deleted topic to a new topic of the same name, but no larger offsets") {
  for (const bool read : {true, false}) {
    for (const std::string made_anew : {"orders", "invoices"}) {
      Watched w;
      w.read_by_billing(read ? 40 : 30);
      w.see(7, position(0, fact::PositionReason::Reset));
      // No line reports the deletion: the controller that decided it was dead when it was committed.
      w.made_anew(made_anew);
      w.see(2, commits(38, 1, {1, 0}));
      CHECK(w.first() == (read && made_anew == "orders" ? "" : GroupOffsets::kName));
    }
  }
}

TEST_CASE("group-offsets: a group may not commit to a new topic of the same name if it never had a position there") {
  for (const bool was_there : {true, false}) {
    Watched w;
    w.read_by_billing(40);
    if (was_there) w.see(7, position(0, fact::PositionReason::Committed));
    w.made_anew();
    w.see(2, commits(38, 1, {1, 0}));
    CHECK(w.first() == (was_there ? "" : GroupOffsets::kName));
  }
}

TEST_CASE("group-offsets: in a recreated topic a commit goes back only after a reset, under either topic id") {
  for (const protocol::TopicId reset : {-1, 0, 1}) {
    Watched w;
    w.read_by_billing(40);
    w.see(7, position(0, fact::PositionReason::Reset));
    w.made_anew();
    w.see(2, commits(38, 1, {1, 0}));
    w.see(1, advanced(0, 5, 0, {1, 0}));
    if (reset >= 0) w.see(7, position(0, fact::PositionReason::OutOfRange, {reset, 0}));
    w.see(2, commits(3, 1, {1, 0}));
    CHECK(w.first() == (reset >= 0 ? "" : GroupOffsets::kName));
  }
}

TEST_CASE("group-offsets: offsets moved by an administrator may go back") {
  Watched w;
  w.see(1, advanced(0, 10, 0));
  const std::size_t before = w.invariants.violations().size();
  w.see(2, commits(10, 1));
  w.invariants.groups().excuse("billing");
  w.see(2, commits(3, 1));
  CHECK(w.invariants.violations().size() == before);
}

TEST_CASE("group-offsets: a partition has one owner in a generation") {
  Watched w;
  for (std::int32_t node : {7, 8}) w.invariants.groups().set_group_of(node, "billing");
  w.see(7, fact::PartitionsAssigned{1, 2, "orders-0, orders-1"});
  w.see(8, fact::PartitionsAssigned{1, 1, "orders-2"});
  w.see(8, fact::PartitionsAssigned{2, 1, "orders-0"});
  CHECK(w.first() == "");
  SUBCASE("assigned twice") { w.see(8, fact::PartitionsAssigned{1, 1, "orders-1"}); }
  SUBCASE("kept in the new generation, and assigned to another member") {
    w.see(7, fact::PartitionsAssigned{2, 0, {}});
  }
  SUBCASE("revoked before it has a second owner") {
    w.see(7, fact::PartitionsRevoked{1, 1, "orders-0"});
    w.see(7, fact::PartitionsAssigned{2, 0, {}});
    CHECK(w.first() == "");
    w.see(7, fact::PartitionsAssigned{2, 1, "orders-2"});
  }
  CHECK(w.first() == GroupOffsets::kName);
}

TEST_CASE(
    "group-offsets: KIP-848: a partition has one owner at any time; a member that the coordinator has removed does not count") {
  Watched w;
  for (std::int32_t node : {7, 8, 9}) w.invariants.groups().set_group_of(node, "billing");
  w.invariants.groups().set_newer(7, "c-1");
  w.invariants.groups().set_newer(8, "c-2");  // node 9 uses the classic protocol
  w.see(1, fact::GroupMemberJoined{1, "billing", "c-1/id"});
  w.see(7, fact::PartitionsAssigned{1, 2, "[orders-0, orders-1]"});
  std::string broken;
  SUBCASE("assigned while the other member still owns it") {
    w.see(8, fact::PartitionsAssigned{2, 1, "[orders-0]"});
    broken = GroupOffsets::kName;
  }
  SUBCASE("revoked before") {
    w.see(7, fact::PartitionsRevoked{1, 1, "[orders-0]"});
    w.see(8, fact::PartitionsAssigned{2, 1, "[orders-0]"});
  }
  SUBCASE("the other member was removed and does not know it yet") {
    w.see(1, fact::GroupMemberLeft{1, "billing", "c-1/id", fact::GroupReason::SessionTimeout, "", ""});
    w.see(8, fact::PartitionsAssigned{2, 1, "[orders-0]"});
    w.see(7, fact::PartitionsLost{1, 2, "[orders-0, orders-1]"});
    w.see(1, fact::GroupMemberJoined{2, "billing", "c-1/id"});
    CHECK(w.first() == "");
    w.see(7, fact::PartitionsAssigned{3, 1, "[orders-0]"});
    broken = GroupOffsets::kName;
  }
  SUBCASE("a different member and an earlier process of the owner were removed") {
    w.see(1, fact::GroupMemberLeft{1, "billing", "c-10/id", fact::GroupReason::SessionTimeout, "", ""});
    w.see(1, fact::GroupMemberLeft{1, "billing", "c-1/before", fact::GroupReason::SessionTimeout, "", ""});
    w.see(8, fact::PartitionsAssigned{2, 1, "[orders-0]"});
    broken = GroupOffsets::kName;
  }
  SUBCASE("between a classic member and one of the newer protocol the generation decides who owns a partition") {
    w.see(9, fact::PartitionsAssigned{2, 1, "[orders-0]"});
  }
  CHECK(w.first() == broken);
}

TEST_CASE("group-offsets: consumers that use assign() may share a group.id and overwrite each other's commits") {
  Watched w;
  w.world.isr = IdList{};
  w.world.min_isr = 0;
  for (std::int32_t node : {7, 8}) w.invariants.groups().set_group_of(node, "billing");
  w.see(1, advanced(0, 10, 0));
  w.see(7, fact::PartitionsAssigned{-1, 1, "[orders-0]"});
  std::string broken;
  SUBCASE("both have the partition") { w.see(8, fact::PartitionsAssigned{-1, 1, "[orders-0]"}); }
  SUBCASE("only one has the partition: its commits do not go back") {
    w.see(8, fact::PartitionsAssigned{-1, 1, "[orders-1]"});
    broken = GroupOffsets::kName;
  }
  w.see(2, commits(10, -1));
  w.see(2, commits(4, -1));
  CHECK(w.first() == broken);
}

TEST_CASE("group-offsets: KIP-345: two processes with one group.instance.id count as one owner") {
  Watched w;
  for (std::int32_t node : {7, 8}) w.invariants.groups().set_group_of(node, "billing", "till-1");
  w.invariants.groups().set_group_of(9, "billing", "till-2");
  w.see(7, fact::PartitionsAssigned{1, 1, "[orders-0]"});
  w.see(8, fact::PartitionsAssigned{1, 1, "[orders-0]"});
  CHECK(w.first() == "");
  w.see(9, fact::PartitionsAssigned{1, 1, "[orders-0]"});
  CHECK(w.first() == GroupOffsets::kName);
}

TEST_CASE("idempotent-producer: a log has neither gaps nor duplicates") {
  std::int32_t next = 2;
  std::string broken = NoDuplicates::kName.data();
  SUBCASE("in order") { broken = ""; }
  SUBCASE("a gap") { next = 3; }
  SUBCASE("a duplicate") { next = 0; }
  Watched w;
  w.append(1, Trace::LogAppended, 0, 0, batch_of(2, 40, 0));
  w.append(1, Trace::LogAppended, 2, 0, batch_of(2, 40, next, 2));
  CHECK(w.first() == broken);
}

TEST_CASE(
    "idempotent-producer: a follower may copy a batch out of sequence only if the leader had forgotten the producer") {
  bool expired = true, too_old = true;
  std::int32_t copied = 0;
  std::string broken;
  SUBCASE("the producer expired in a check of producer.id.expiration.check.interval.ms") {}
  SUBCASE("no check has been made") {
    expired = false;
    broken = NoDuplicates::kName;
  }
  SUBCASE("the check came too early") {
    too_old = false;
    broken = NoDuplicates::kName;
  }
  SUBCASE("the follower's batch is a different one") {
    copied = 4;
    broken = NoDuplicates::kName;
  }
  Watched w;
  w.append(1, Trace::LogAppended, 0, 0, batch_of(2, 40, 0));
  w.append(2, Trace::LogReplicated, 0, 0, batch_of(2, 40, 0));
  if (!too_old) w.world.skew = sim::Duration{-sim::kEpochMs * 1000};
  if (expired) w.see(1, fact::ProducerExpired{kOrders, 40});
  w.append(1, Trace::LogAppended, 2, 0, batch_of(2, 40, 0));
  w.append(2, Trace::LogReplicated, 2, 0, batch_of(2, 40, copied));
  CHECK(w.first() == broken);
}

TEST_CASE("idempotent-producer: after a start or a truncation the log still knows the producers of its records") {
  for (const Trace trace : {Trace::LogRecovered, Trace::LogTruncated}) {
    for (const bool kept : {true, false}) {
      Watched w;
      w.world.skew = sim::Duration{-sim::kEpochMs * 1000};  // the clock is so early that no record is too old
      w.append(1, Trace::LogAppended, 0, 0, batch_of(2, 40, 0));
      w.append(1, Trace::LogAppended, 2, 0, batch_of(2, 40, 2));
      w.world.logs[1].truncate_to(protocol::Offset{kept ? 2 : 0}, {}, 0);
      if (trace == Trace::LogRecovered) w.see(1, recovered(kept ? 2 : 0, 4));
      else w.see(1, cut(kept ? 2 : 0, 4));
      w.append(1, Trace::LogAppended, kept ? 2 : 0, 1, batch_of(2, 40, 4));  // sequence 2 would be next
      CHECK(w.first() == (kept ? NoDuplicates::kName : ""));
    }
  }
}

}  // namespace invariants_test
