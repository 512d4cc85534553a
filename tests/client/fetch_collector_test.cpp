// How one poll() handles the buffered answers. Kafka: FetchCollector, FetchCollectorTest.
#include <doctest/doctest.h>

#include "client/consumers.h"
#include "protocol/transaction_marker.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

namespace {

ConsumerOptions reads(int partitions) {
  ConsumerOptions o = assigned();
  o.assign.clear();
  for (int p = 0; p < partitions; ++p) o.assign.emplace_back("orders", p);
  return o;
}

void run_until_delivered(Rig& rig, std::size_t times = 1) {
  while (deliveries(rig.watch).size() < times && rig.at.us < 5000000) rig.run_ms(rig.at.us / 1000 + 1);
}

}  // namespace

TEST_CASE(
    "a partition's error does not delay records of other partitions; an error that is thrown waits for the next poll()") {
  for (const ErrorCode error : {ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::TOPIC_AUTHORIZATION_FAILED}) {
    CAPTURE(name(error));
    Rig rig(1, 3);
    for (int p = 0; p < 3; ++p) fill(rig, p, 2, 2);
    rig.broker().fetch_errors = {ErrorCode::NONE, error};
    ConsumerOptions o = reads(3);
    o.work.each = sim::seconds(1);
    const NodeId n = rig.add(o);
    run_until_delivered(rig);
    const std::size_t metadata = rig.broker().of(api::Metadata).size();
    rig.run_ms(rig.at.us / 1000 + 500);  // the application processes the records of the first poll()
    const bool thrown = error == ErrorCode::TOPIC_AUTHORIZATION_FAILED;
    CHECK(rig.consumer(n).stats().received == (thrown ? 2 : 4));
    CHECK((rig.broker().of(api::Metadata).size() > metadata) == !thrown);
    CHECK_FALSE(rig.consumer(n).stats().errors.contains("TopicAuthorizationException"));
    rig.run_ms(rig.at.us / 1000 + 4000);
    CHECK(rig.consumer(n).stats().errors.contains("TopicAuthorizationException") == thrown);
  }
}

TEST_CASE(
    "CORRUPT_MESSAGE in a Fetch throws a KafkaException; an error that Fetch does not define throws an IllegalStateException") {
  for (const ErrorCode error : {ErrorCode::CORRUPT_MESSAGE, ErrorCode::INVALID_REQUEST}) {
    CAPTURE(name(error));
    Rig rig;
    fill(rig, 0, 2);
    rig.broker().fetch_errors = {error};
    const NodeId n = rig.add(reads(1));
    rig.run_ms(5000);
    CHECK(rig.consumer(n).stats().errors.at(error == ErrorCode::CORRUPT_MESSAGE ? "KafkaException"
                                                                                : "IllegalStateException") == 1);
    CHECK(rig.consumer(n).stats().received == 2);  // the application polls again
  }
}

TEST_CASE("FetcherTest.testReadCommittedWithCommittedAndAbortedTransactions: aborted records and markers are skipped") {
  for (const bool committed_only : {true, false}) {
    CAPTURE(committed_only);
    Rig rig;
    const auto write = [&](ProducerId producer, std::int32_t sequence) {
      RecordBatch b;
      b.client = 99;
      b.producer_id = producer;
      b.producer_epoch = 0;
      b.base_sequence = sequence;
      b.transactional = true;
      Record r;
      r.value = "v";
      r.timestamp_ms = sim::kEpochMs;
      b.records = {r};
      rig.broker().append(orders(0), seal(std::move(b)));
    };
    const auto end = [&](ProducerId producer, TransactionResult result) {
      rig.broker().append(orders(0), end_transaction_batch(producer, 0, {result, 0}, sim::kEpochMs));
    };
    write(1, 0);                        // 0
    write(2, 0);                        // 1
    end(2, TransactionResult::Commit);  // 2
    write(2, 1);                        // 3, aborted
    end(1, TransactionResult::Abort);   // 4
    write(1, 1);                        // 5
    end(1, TransactionResult::Commit);  // 6
    write(2, 2);                        // 7, also aborted
    end(2, TransactionResult::Abort);   // 8
    rig.broker().aborted = {{1, Offset{0}}, {2, Offset{3}}};
    ConsumerOptions o = reads(1);
    if (committed_only) o.config.set("isolation.level", std::string("read_committed"));
    const NodeId n = rig.add(o);
    rig.run_ms(2000);
    std::vector<std::int64_t> got;
    for (const auto& [first, last] : deliveries(rig.watch))
      for (std::int64_t at = first; at <= last; ++at) got.push_back(at);
    CHECK(got == (committed_only ? std::vector<std::int64_t>{1, 5} : std::vector<std::int64_t>{0, 1, 3, 5, 7}));
    CHECK(rig.consumer(n).positions().at(orders(0)).value == 9);  // past the last marker
  }
}

TEST_CASE("fetched records of a paused partition stay buffered while those of other partitions are returned") {
  Rig rig(1, 2);
  for (int p = 0; p < 2; ++p) fill(rig, p, 3, 3);
  ConsumerOptions o = reads(2);
  o.config.set("max.poll.records", std::int64_t{1});
  o.work.each = sim::milliseconds(100);
  const NodeId n = rig.add(o);
  run_until_delivered(rig);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).pause(ctx, "orders", 0, true); });
  run_until_delivered(rig, 2);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).pause(ctx, "orders", 0, false); });
  run_until_delivered(rig, 6);
  std::vector<int> partitions;
  for (const Line& l : rig.watch.of(Trace::RecordDelivered)) partitions.push_back(l.line.partition);
  CHECK(partitions == std::vector<int>{0, 1, 1, 1, 0, 0});
}
