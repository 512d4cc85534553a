// What the ledger counts for the groups and readers of the records.
#include "observe/ledger_bench.h"
#include "protocol/transaction_marker.h"

using namespace kafkascope;
using namespace kafkascope::observe;
using namespace kafkascope::observe::testing;

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

TEST_CASE("skipped: a record from which a member reads on does not count, though the group's offset is ahead") {
  Story s;
  const Batch a = s.send(0, 4);
  s.append(a);
  s.see(kReader, fact::PositionSet{kOrders, Offset{1}, fact::PositionReason::Truncated});
  s.commit("billing", 31);  // of an earlier topic with this name
  s.world.position = 1;
  CHECK(s.group("billing").skipped == 0);
  CHECK(s.numbers("skipped").empty());
  s.world.position = 3;  // it has passed two of them
  CHECK(s.numbers("skipped") == Numbers{1, 2});
  s.world.position = -1;  // the process dies: who comes next begins at the committed offset
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
  CHECK(s.numbers("aborted_visible") == Numbers{2, 3});
}
