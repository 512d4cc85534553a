// The outcome of every record, fate by fate as docs/scenario-format.md defines it. Hand-made trace lines and logs.
#include <doctest/doctest.h>

#include "observe/judge/ledger.h"
#include "protocol/all_facts.h"
#include "protocol/transaction_marker.h"
#include "storage/partition_log.h"

using namespace kafkascope;
using namespace kafkascope::observe;
using protocol::RecordBatch;
using protocol::Trace;

namespace {

constexpr std::int32_t kShop = 10, kOther = 11, kReader = 20, kReader2 = 21, kAudit = 22;
constexpr TopicPartition kOrders{0, 0};
using Batch = protocol::BatchRef;

struct World final : Truth {
  storage::PartitionLog leader;
  std::vector<Batch> moving;
  std::vector<std::pair<Batch, int>> in_hand;  // the records that billing's live members are working on
  bool gone = false;
  const storage::PartitionLog* leader_log(TopicPartition p) const override {
    return p == kOrders && !gone ? &leader : nullptr;
  }
  bool deleted(TopicPartition) const override { return gone; }
  void for_each_under_way(const std::function<void(const RecordBatch&)>& visit) const override {
    for (const Batch& batch : moving) visit(*batch);
  }
  void for_each_in_hand(const InHand& visit) const override {
    for (const auto& [batch, index] : in_hand) visit("billing", *batch, index);
  }
};

fact::LeaderElected elected(protocol::BrokerId leader, std::int32_t epoch) {
  return {kOrders, leader, protocol::LeaderEpoch{epoch}, 0, {}};
}

struct Story {
  World world;
  RecordLedger ledger;
  std::int64_t now = 0;

  Story() {
    ledger.add_client(kShop, "shop");
    ledger.add_client(kOther, "other");
    ledger.set_group_of(kReader, "billing");
    ledger.set_group_of(kReader2, "billing");
    ledger.set_group_of(kAudit, "audit");
  }
  template <sim::Fact F>
  void see(std::int32_t node, F fact, const Batch& batch = nullptr, std::int64_t base = 0) {
    sim::TraceLine line = sim::pack(std::move(fact));
    line.node = sim::NodeId{node};
    line.time = sim::Instant{++now};
    const protocol::TraceSubject subject{batch.get(), protocol::Offset{base}};
    ledger.on_trace(line, batch ? &subject : nullptr, world);
  }
  /// The application sends these records; they leave in one batch.
  Batch send(std::uint32_t first, int count, std::int32_t client = kShop) {
    RecordBatch batch;
    batch.client = client;
    for (int i = 0; i < count; ++i) {
      protocol::Record record;
      record.number = first + static_cast<std::uint32_t>(i);
      record.value = "v" + std::to_string(record.number);
      batch.records.push_back(record);
      see(client, fact::RecordSent{kOrders, record.number, ""});
    }
    const Batch sealed = protocol::seal(std::move(batch));
    see(client, fact::BatchSent{kOrders, count, 0, 0}, sealed);
    return sealed;
  }
  void append(const Batch& batch) {
    const auto stored = world.leader.append_as_leader(batch, protocol::LeaderEpoch{0}, sim::Instant{now});
    see(1, fact::LogAppended{kOrders, stored.base_offset, stored.last_offset(), {0}}, batch);
  }
  void acked(const Batch& batch) { see(batch->client, fact::BatchAcked{kOrders, batch->count(), Offset{0}, 0}, batch); }
  void failed(const Batch& batch) {
    see(batch->client, fact::BatchFailed{kOrders, batch->count(), {}, "TimeoutException"}, batch);
  }
  /// Elects another leader with the given log.
  void elect(storage::PartitionLog log) {
    world.leader = std::move(log);
    see(1, elected(2, 1));
  }
  void poll(std::int32_t node, const std::string& group, const Batch& batch, std::int64_t base, std::int64_t first,
            std::int64_t last) {
    see(node, fact::RecordDelivered{kOrders, Offset{first}, Offset{last}, group}, batch, base);
  }
  void work(std::int32_t node, const std::string& group, const Batch& batch, std::int64_t base, std::int64_t offset) {
    see(node, fact::RecordProcessed{kOrders, Offset{offset}, group}, batch, base);
  }
  void commit(const std::string& group, std::int64_t offset) {
    see(1, fact::OffsetCommitted{kOrders, Offset{offset}, 0, group});
  }

  ProducerCounts total() {
    const ProducerCounts c = ledger.total(world);
    CHECK(c.produced == c.acked + c.failed + c.in_doubt + c.pending);  // must always hold
    return c;
  }
  ProducerCounts of(const std::string& client) { return ledger.by_client(world).at(client); }
  GroupCounts group(const std::string& name) { return ledger.by_group(world).at(name); }
  std::vector<std::uint32_t> numbers(std::string_view fate, const RecordLedger::Filter& filter = {}) {
    std::vector<std::uint32_t> found;
    for (const auto& [client, number] : ledger.with_fate(fate, world, 100, filter)) found.push_back(number);
    return found;
  }
};

using Numbers = std::vector<std::uint32_t>;

}  // namespace

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

TEST_CASE("delivered and redelivered count every delivery for each group") {
  Story s;
  const Batch a = s.send(0, 3);
  s.append(a);
  s.poll(kReader, "billing", a, 0, 0, 2);
  s.poll(kAudit, "audit", a, 0, 0, 1);
  s.poll(kReader2, "billing", a, 0, 1, 2);  // after a rebalance without a commit
  s.poll(kReader2, "billing", a, 0, 2, 2);
  CHECK(s.group("billing").delivered == 6);
  CHECK(s.group("billing").redelivered == 3);
  CHECK(s.group("audit").delivered == 2);
  CHECK(s.group("audit").redelivered == 0);
  CHECK(s.ledger.group_total(s.world).delivered == 8);
  CHECK(s.ledger.group_total(s.world).redelivered == 3);
  CHECK(s.ledger.delivered_to(kShop, 1) == std::vector<std::string>{"audit", "billing"});
  CHECK(s.ledger.delivered_to(kShop, 2) == std::vector<std::string>{"billing"});
  CHECK(s.numbers("redelivered") == Numbers{1, 2});
  CHECK(s.numbers("delivered", {{}, "audit"}) == Numbers{0, 1});
  CHECK(s.numbers("redelivered", {{}, "audit"}).empty());
}

TEST_CASE("a consumer without a group counts in the total and not as a group") {
  Story s;
  const Batch a = s.send(0, 2);
  s.append(a);
  s.poll(30, "@lone", a, 0, 0, 1);
  CHECK(s.ledger.group_total(s.world).delivered == 2);
  CHECK(s.ledger.by_group(s.world).empty());
}

TEST_CASE(
    "skipped: a record counts if it lies after the group's first position, the commit has passed it and no member has finished it") {
  Story s;
  const Batch a = s.send(0, 4);
  s.append(a);
  s.see(kReader,
        fact::PositionSet{kOrders, Offset{1}, fact::PositionReason::Reset});  // earlier records do not count as skipped
  s.poll(kReader, "billing", a, 0, 1, 3);
  s.work(kReader, "billing", a, 0, 1);
  s.commit("billing", 3);  // auto-commit of the records that poll() returned; the process dies
  CHECK(s.group("billing").skipped == 1);
  CHECK(s.numbers("skipped") == Numbers{2});
  s.work(kReader, "billing", a, 0, 2);  // processed later: late, not skipped
  CHECK(s.group("billing").skipped == 0);
}

TEST_CASE("skipped: a record with a committed offset does not count while a member is still processing it") {
  Story s;
  const Batch a = s.send(0, 4);
  s.append(a);
  s.see(kReader, fact::PositionSet{kOrders, Offset{0}, fact::PositionReason::Reset});
  s.poll(kReader, "billing", a, 0, 0, 3);
  s.commit("billing", 4);  // before the records are processed
  s.world.in_hand = {{a, 0}, {a, 1}, {a, 2}, {a, 3}};
  CHECK(s.group("billing").skipped == 0);
  CHECK(s.numbers("skipped").empty());
  s.work(kReader, "billing", a, 0, 0);
  s.world.in_hand.erase(s.world.in_hand.begin());
  CHECK(s.group("billing").skipped == 0);
  s.world.in_hand.clear();  // the process dies
  CHECK(s.group("billing").skipped == 3);
  CHECK(s.numbers("skipped") == Numbers{1, 2, 3});
}

TEST_CASE("skipped: records that retention removed before they were read count") {
  Story s;
  const Batch a = s.send(0, 2), b = s.send(2, 2);
  s.append(a);
  s.append(b);
  s.see(kReader, fact::PositionSet{kOrders, Offset{0}, fact::PositionReason::Committed});
  CHECK(s.total().produced == 4);
  s.world.leader.set_high_watermark(protocol::Offset{4});
  REQUIRE(s.world.leader.maybe_increment_log_start_offset(protocol::Offset{2}));
  s.poll(kReader, "billing", b, 2, 2, 3);
  s.work(kReader, "billing", b, 2, 2);
  s.work(kReader, "billing", b, 2, 3);
  s.commit("billing", 4);
  CHECK(s.group("billing").skipped == 2);
}

TEST_CASE("records of an aborted transaction are not lost; a read_committed consumer that gets them is counted") {
  Story s;
  s.ledger.set_reads_committed(kReader);
  const auto transaction = [&](std::uint32_t first, protocol::TransactionResult result) {
    RecordBatch batch;
    batch.client = kShop;
    batch.producer_id = 7;
    batch.producer_epoch = 0;
    batch.base_sequence = static_cast<std::int32_t>(first);
    batch.transactional = true;
    for (std::uint32_t number : {first, first + 1}) {
      protocol::Record record;
      record.number = number;
      record.value = "v";
      batch.records.push_back(record);
      s.see(kShop, fact::RecordSent{kOrders, number, ""});
    }
    const Batch sealed = protocol::seal(std::move(batch));
    s.append(sealed);
    s.acked(sealed);
    s.append(protocol::end_transaction_batch(7, 0, {result, 0}, 0));
    return sealed;
  };
  const Batch committed = transaction(0, protocol::TransactionResult::Commit);
  const Batch aborted = transaction(2, protocol::TransactionResult::Abort);
  CHECK(s.total().acked == 4);
  CHECK(s.total().lost_acked == 0);
  CHECK(s.total().aborted == 2);
  CHECK(s.numbers("aborted") == Numbers{2, 3});
  s.poll(kReader, "billing", committed, 0, 0, 1);
  s.poll(kAudit, "audit", aborted, 3, 3, 4);  // read_uncommitted
  CHECK(s.ledger.group_total(s.world).aborted_visible == 0);
  s.poll(kReader, "billing", aborted, 3, 3, 4);
  CHECK(s.group("billing").aborted_visible == 2);
}
