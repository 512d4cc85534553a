// The outcome of every record, fate by fate as docs/scenario-format.md defines it.
#include "observe/ledger_bench.h"

using namespace kafkascope;
using namespace kafkascope::observe;
using namespace kafkascope::observe::testing;

TEST_CASE("pending: a record that was passed to send() is pending until it is answered, even if it is in the log") {
  Story s;
  const Batch a = s.send(0, 2);
  CHECK(s.total().pending == 2);
  s.append(a);
  CHECK(s.total().pending == 2);
  CHECK(s.total().lost_unacked == 0);
  s.acked(a);
  CHECK(s.total().pending == 0);
  CHECK(s.total().acked == 2);
}

TEST_CASE("an acked record that is in no log counts as lost when it is no longer under way") {
  Story s;  // acks=0: the request was written to the connection
  const Batch a = s.send(0, 3);
  s.acked(a);
  s.world.moving = {a};
  CHECK(s.total().acked == 3);
  CHECK(s.total().lost_acked == 0);
  s.world.moving.clear();
  CHECK(s.total().lost_acked == 3);
  CHECK(s.numbers("lost_acked") == Numbers{0, 1, 2});
}

TEST_CASE("lost_acked: a record that a new leader does not have counts, unless the old leader leads again") {
  Story s;
  const Batch a = s.send(0, 2), b = s.send(2, 1);
  s.append(a);
  const storage::PartitionLog follower = s.world.leader;
  s.append(b);
  const storage::PartitionLog old = s.world.leader;
  s.acked(a);
  s.acked(b);
  CHECK(s.total().lost_acked == 0);
  s.elect(follower);
  CHECK(s.total().lost_acked == 1);
  CHECK(s.numbers("lost_acked") == Numbers{2});
  s.elect(old);
  CHECK(s.total().lost_acked == 0);
}

TEST_CASE("no record is lost if a new leader still copies it from the old one before it learns of its election") {
  Story s;
  const Batch a = s.send(0, 2), b = s.send(2, 1);
  s.append(a);
  const storage::PartitionLog behind = s.world.leader;
  s.append(b);
  const storage::PartitionLog caught_up = s.world.leader;
  s.acked(a);
  s.acked(b);
  s.elect(behind);
  CHECK(s.total().lost_acked == 1);
  s.world.leader = caught_up;
  s.see(2, fact::LogReplicated{kOrders, Offset{2}, Offset{2}, {0}});
  CHECK(s.total().lost_acked == 0);
  s.see(2, fact::BecameLeader{kOrders, {1}, Offset{3}, {}});
  CHECK(s.total().lost_acked == 0);
}

TEST_CASE("lost_acked: a power failure, a truncation or an empty log loses records") {
  for (const Trace how : {Trace::LogRecovered, Trace::LogTruncated, Trace::LeaderElected}) {
    Story s;
    const Batch a = s.send(0, 2), b = s.send(2, 2);
    s.append(a);
    s.append(b);
    s.acked(a);
    s.acked(b);
    if (how == Trace::LeaderElected) {
      s.world.leader = storage::PartitionLog{};
    } else {
      s.world.leader.truncate_to(protocol::Offset{2}, sim::Instant{s.now}, 0);
    }
    if (how == Trace::LogRecovered) s.see(1, fact::LogRecovered{kOrders, Offset{2}, Offset{4}, 0, 0});
    if (how == Trace::LogTruncated) s.see(1, fact::LogTruncated{kOrders, Offset{2}, Offset{4}, {}});
    if (how == Trace::LeaderElected) s.see(1, elected(2, 4));
    CHECK(s.total().lost_acked == (how == Trace::LeaderElected ? 4 : 2));
    CHECK(s.total().acked == 4);  // the acknowledged count does not change
  }
}

TEST_CASE("lost_acked: records lost in a power failure count at once, before the machine is back") {
  Story s;
  const Batch a = s.send(0, 2);
  s.append(a);
  s.acked(a);
  CHECK(s.total().lost_acked == 0);
  s.world.leader.on_death(sim::Death::PowerOff, sim::Instant{s.now});
  s.ledger.on_trace(sim::pack(fact::NodeDied{sim::Death::PowerOff}), nullptr, s.world);
  CHECK(s.total().lost_acked == 2);
}

TEST_CASE("records that only a zombie leader has appended count as lost") {
  Story s;
  const Batch a = s.send(0, 1);
  s.see(1, fact::LogAppended{kOrders, Offset{0}, Offset{0}, {0}}, a);  // only on the old leader's disk
  s.acked(a);
  CHECK(s.total().lost_acked == 1);
  CHECK(s.total().duplicated == 0);
}

TEST_CASE("the ledger does not depend on when it is read") {
  Story asked, silent;
  for (Story* s : {&asked, &silent}) {
    const auto look = [&] {
      if (s == &asked) s->total();
    };
    const Batch a = s->send(0, 2), b = s->send(2, 2);
    s->append(a);
    look();
    s->append(a);
    look();
    s->append(b);
    s->acked(a);
    s->acked(b);
    look();
    s->world.leader.set_high_watermark(protocol::Offset{4});
    REQUIRE(s->world.leader.maybe_increment_log_start_offset(protocol::Offset{4}));
    const Batch c = s->send(4, 1);
    s->append(c);
    look();
    s->elect(storage::PartitionLog{});
    look();
    s->append(c);
  }
  const ProducerCounts x = asked.total(), y = silent.total();
  CHECK(x.lost_acked == y.lost_acked);
  CHECK(x.duplicated == y.duplicated);
  CHECK(x.lost_acked == 2);
  CHECK(x.duplicated == 2);
}

TEST_CASE("lost_unacked: a record counts if it was in a leader's log and was truncated before any acknowledgement") {
  Story s;
  const Batch a = s.send(0, 1);
  s.append(a);
  s.elect(storage::PartitionLog{});
  CHECK(s.total().lost_unacked == 1);
  CHECK(s.total().pending == 1);
  s.append(a);  // the retry arrives
  CHECK(s.total().lost_unacked == 0);
  const Batch b = s.send(1, 1);  // never in any log, so it is not lost
  s.failed(b);
  CHECK(s.total().lost_unacked == 0);
}

TEST_CASE("failed or in doubt: an exception does not say whether the record is in the log") {
  Story s;
  const Batch a = s.send(0, 1), b = s.send(1, 1), c = s.send(2, 1);
  s.append(a);
  s.failed(a);  // timed out (delivery.timeout.ms) after the answer was lost
  s.failed(b);
  s.failed(c);
  s.world.moving = {c};  // its request waits in a socket
  CHECK(s.total().in_doubt == 2);
  CHECK(s.total().failed == 1);
  CHECK(s.numbers("in_doubt") == Numbers{0, 2});
  s.world.moving.clear();
  CHECK(s.total().in_doubt == 1);
  CHECK(s.total().failed == 2);
  CHECK(s.numbers("failed") == Numbers{1, 2});
  s.acked(a);  // an answer after the exception has no effect
  CHECK(s.total().acked == 0);
}

TEST_CASE("a producer that ends without an answer leaves records failed or in doubt, not pending") {
  Story s;
  const Batch a = s.send(0, 1);
  s.append(a);
  s.send(1, 1);
  s.see(kShop, fact::RecordSent{kOrders, 2, ""});  // never sent
  s.ledger.on_client_ended(kShop);
  CHECK(s.total().pending == 0);
  CHECK(s.total().in_doubt == 1);
  CHECK(s.total().failed == 2);
  const Batch later = s.send(3, 1);  // the producer starts again
  s.append(later);
  s.acked(later);
  CHECK(s.total().acked == 1);
}

TEST_CASE("a record that fails before it is in a batch counts as failed") {
  Story s;
  s.see(kShop, fact::RecordSent{kOrders, 0, ""});
  s.see(kShop, fact::RecordFailed{kOrders, 0, {}, "TimeoutException"});
  CHECK(s.total().failed == 1);
}

TEST_CASE("duplicated counts surplus copies, without those that were cut off") {
  Story s;
  const Batch a = s.send(0, 2);
  s.append(a);
  CHECK(s.total().duplicated == 0);
  s.append(a);
  s.append(a);
  CHECK(s.total().duplicated == 4);
  CHECK(s.numbers("duplicated") == Numbers{0, 1});
  s.world.leader.truncate_to(protocol::Offset{4}, sim::Instant{s.now}, 0);
  s.see(1, fact::LogTruncated{kOrders, Offset{4}, Offset{6}, {}});
  CHECK(s.total().duplicated == 2);
}

TEST_CASE("reordered: a record counts if its first copy is appended after a record that was sent later") {
  Story s;
  const Batch a = s.send(0, 2), b = s.send(2, 1), c = s.send(3, 1);
  s.append(b);
  s.append(a);
  s.append(c);
  s.append(b);
  CHECK(s.total().reordered == 2);
  CHECK(s.numbers("reordered") == Numbers{0, 1});
  const Batch other = s.send(0, 1, kOther);  // each producer has its own order
  s.append(other);
  CHECK(s.total().reordered == 2);
}

TEST_CASE("records that retention deletes are not lost, and their copies stay counted") {
  Story s;
  const Batch a = s.send(0, 2), b = s.send(2, 2);
  s.append(a);
  s.append(a);
  s.append(b);
  s.acked(a);
  s.acked(b);
  const storage::PartitionLog before = s.world.leader;
  s.world.leader.set_high_watermark(protocol::Offset{6});
  REQUIRE(s.world.leader.maybe_increment_log_start_offset(protocol::Offset{4}));
  s.see(1, elected(1, 0));
  const Batch young = s.send(10, 1);
  s.append(young);
  CHECK(s.total().lost_acked == 0);
  CHECK(s.total().duplicated == 2);
  SUBCASE("the files are deleted as well") {
    storage::PartitionLog rest;
    rest.truncate_fully_and_start_at(protocol::Offset{4}, sim::Instant{s.now});
    rest.append_as_follower({protocol::Offset{4}, protocol::LeaderEpoch{0}, b}, sim::Instant{s.now});
    rest.append_as_follower({protocol::Offset{6}, protocol::LeaderEpoch{0}, young}, sim::Instant{s.now});
    s.elect(rest);
    CHECK(s.total().lost_acked == 0);
    CHECK(s.total().duplicated == 2);
    const Batch c = s.send(4, 1);
    s.append(c);
    s.acked(c);
    CHECK(s.total().lost_acked == 0);
  }
  SUBCASE("a leader has not deleted them yet") {
    s.elect(before);
    CHECK(s.total().lost_acked == 0);
    CHECK(s.total().duplicated == 2);
  }
  SUBCASE(
      "an empty disk: records that were deleted before are not lost, all others are, and new records have their offsets") {
    s.elect(storage::PartitionLog{});
    CHECK(s.numbers("lost_acked") == Numbers{2, 3});
    const Batch c = s.send(4, 1);
    s.append(c);
    s.acked(c);
    CHECK(s.numbers("lost_acked") == Numbers{2, 3});
    s.see(1, elected(1, 0));
    CHECK(s.numbers("lost_acked") == Numbers{2, 3});
  }
}

TEST_CASE(
    "an unclean leader's log ends before the deleted records: its new records count, and its old ones do not count twice") {
  Story s;
  const Batch a = s.send(0, 2), b = s.send(2, 2), c = s.send(4, 2);
  s.append(a);
  const storage::PartitionLog behind = s.world.leader;
  s.append(b);
  s.append(c);
  for (const Batch& batch : {a, b, c}) s.acked(batch);
  s.world.leader.set_high_watermark(protocol::Offset{6});
  REQUIRE(s.world.leader.maybe_increment_log_start_offset(protocol::Offset{4}));
  s.see(1, elected(1, 0));
  CHECK(s.total().lost_acked == 0);

  s.elect(behind);
  CHECK(s.numbers("lost_acked") == Numbers{4, 5});
  const Batch d = s.send(6, 1);
  s.append(d);
  s.acked(d);
  CHECK(s.numbers("lost_acked") == Numbers{4, 5});
  s.append(c);  // the retry overwrites the lost records
  CHECK(s.total().lost_acked == 0);
  s.see(1, elected(1, 0));
  CHECK(s.total().lost_acked == 0);
  CHECK(s.total().duplicated == 0);
}

TEST_CASE("deleted records count once, even if a broker leads again that has them below its log start") {
  Story s;
  const Batch a = s.send(0, 2), b = s.send(2, 2), c = s.send(4, 2);
  s.append(a);
  const storage::PartitionLog behind = s.world.leader;
  s.append(b);
  const storage::PartitionLog deletes_nothing = s.world.leader;
  for (const Batch& batch : {a, b}) s.acked(batch);
  s.world.leader.set_high_watermark(protocol::Offset{4});
  REQUIRE(s.world.leader.maybe_increment_log_start_offset(protocol::Offset{4}));
  s.append(c);
  s.acked(c);
  const storage::PartitionLog has_deleted = s.world.leader;

  s.elect(behind);
  CHECK(s.numbers("lost_acked") == Numbers{4, 5});
  for (int again = 0; again < 2; ++again) {
    for (const storage::PartitionLog* log : {&has_deleted, &deletes_nothing, &behind}) {
      s.elect(*log);
      CHECK(s.total().duplicated == 0);
      CHECK(s.total().lost_acked == (log == &has_deleted ? 0 : 2));
    }
  }
  s.elect(has_deleted);
  s.append(c);
  CHECK(s.numbers("duplicated") == Numbers{4, 5});
}

TEST_CASE("records of a deleted topic are not lost") {
  Story s;
  const Batch a = s.send(0, 2), b = s.send(2, 1);
  s.append(a);
  s.acked(a);
  s.append(b);
  s.failed(b);
  s.world.gone = true;
  s.see(1, elected(-1, 0));
  CHECK(s.total().lost_acked == 0);
  CHECK(s.total().in_doubt == 1);  // deleted with its topic, so not lost
}

TEST_CASE("each producer has its own ledger, and they add up") {
  Story s;
  const Batch a = s.send(0, 3), b = s.send(0, 2, kOther);
  s.append(a);
  s.append(b);
  s.append(b);
  s.acked(a);
  s.acked(b);
  s.elect(storage::PartitionLog{});
  s.append(b);
  CHECK(s.of("shop").produced == 3);
  CHECK(s.of("shop").lost_acked == 3);
  CHECK(s.of("other").produced == 2);
  CHECK(s.of("other").lost_acked == 0);
  CHECK(s.total().produced == 5);
  CHECK(s.total().lost_acked == 3);
  CHECK(s.numbers("acked", {"other", {}}) == Numbers{0, 1});
}
