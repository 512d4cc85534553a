// The choice of partitions: murmur2 placements, other clients' hashes, sticky and round robin.
#include <doctest/doctest.h>

#include "client/rig.h"
#include "client/workload.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

TEST_CASE("BuiltInPartitioner.partitionForKey: known keys go to the same partitions as in Kafka") {
  struct Vector {
    const char* key;
    int of3, of6, of12;
  };
  for (const Vector& v : {Vector{"user-1", 2, 2, 8},
                          {"user-3", 2, 5, 11},
                          {"order-42", 0, 0, 0},
                          {"key-0", 1, 1, 1},
                          {"foobar", 0, 0, 6},
                          {"user-2", 2, 2, 8}}) {
    CAPTURE(v.key);
    CHECK(partition_for_key(v.key, 3) == v.of3);
    CHECK(partition_for_key(v.key, 6) == v.of6);
    CHECK(partition_for_key(v.key, 12) == v.of12);
  }
}

TEST_CASE("the hashes of other clients, CRC-32 and FNV-1a, give their published check values") {
  CHECK(crc32_partition("123456789", 1000000000) == static_cast<std::int32_t>(0xCBF43926u % 1000000000u));
  CHECK(fnv1a_partition("a", 1000000000) == 468965076);  // 0xE40C292C as a signed number is -468965076
}

TEST_CASE("a record's key determines its partition by murmur2, for every record and every producer") {
  Rig rig(3, 3);
  const NodeId a = rig.add(producer_options("a"));
  const NodeId b = rig.add(producer_options("b"));
  rig.run_ms(100);
  rig.produce(a, {record("user-1"), record("user-3"), record("order-42"), record("key-0")});
  rig.produce(b, {record("user-1")});
  rig.run_ms(300);
  CHECK(rig.broker(1).records(orders(0)).size() == 1);
  CHECK(rig.broker(2).records(orders(1)).size() == 1);
  CHECK(rig.broker(3).records(orders(2)).size() == 3);
  CHECK_FALSE(rig.world.faulted());
}

TEST_CASE("an explicit partition takes precedence over the key") {
  Rig rig(1, 3);
  const NodeId a = rig.add(producer_options());
  rig.run_ms(100);
  OutgoingRecord r = record("user-1");
  r.partition = 1;
  r.timestamp_ms = 42;
  r.headers = {{"h", "x"}};
  rig.produce(a, {r});
  rig.run_ms(300);
  REQUIRE(rig.broker().records(orders(1)).size() == 1);
  CHECK(rig.broker().records(orders(1))[0].timestamp_ms == 42);
  CHECK(rig.broker().records(orders(1))[0].headers == protocol::pack_headers(r.headers));
}

TEST_CASE("key_prefix hashes the part of the key before the first separator") {
  Rig rig(1, 3);
  ProducerOptions o = producer_options();
  o.partitioner = {PartitionerKind::KeyPrefix, "|"};
  const NodeId a = rig.add(o);
  rig.run_ms(100);
  rig.produce(
      a, {record("kim|05-01"), record("kim|05-02"), record("kim|05-03"), record("lee|05-01"), record("lee|05-02")});
  rig.run_ms(300);
  CHECK(rig.broker().records(orders(partition_for_key("kim", 3))).size() >= 3);
  CHECK(rig.broker().records(orders(2)).size() == 5);  // as in the lesson: kim and lee both have partition 2
}

TEST_CASE("RoundRobinPartitioner takes the partitions in turn and ignores keys") {
  Rig rig(1, 3);
  ProducerOptions o = producer_options();
  o.partitioner.kind = PartitionerKind::RoundRobin;
  const NodeId a = rig.add(o);
  rig.run_ms(100);
  std::vector<OutgoingRecord> list;
  for (int i = 0; i < 30; ++i) list.push_back(record("user-1"));
  rig.produce(a, list);
  rig.run_ms(500);
  for (int p = 0; p < 3; ++p) CHECK(rig.broker().records(orders(p)).size() == 10);
}

TEST_CASE("KIP-794: records without a key go to one partition for batch.size bytes, then to another") {
  Rig rig(1, 3);
  ProducerOptions o = producer_options();
  o.config.set("batch.size", std::int64_t{2000});
  o.rate_millionths = 1000'000000;
  o.value_size = 90;
  const NodeId a = rig.add(o);
  rig.run_ms(4000);
  // Consecutive records of one partition: about 20, never less than batch.size except for the last run.
  std::map<std::uint32_t, int> where;
  std::size_t total = 0;
  for (int p = 0; p < 3; ++p)
    for (const RecordView& r : rig.broker().records(orders(p))) where[r.number] = p, ++total;
  REQUIRE(total > 3500);
  int run = 0, shortest = 1000, longest = 0, last = where.begin()->second;
  for (const auto& [number, p] : where) {
    if (p == last) {
      ++run;
      continue;
    }
    shortest = std::min(shortest, run);
    longest = std::max(longest, run);
    run = 1;
    last = p;
  }
  CHECK(shortest >= 18);
  CHECK(longest < 500);
  for (int p = 0; p < 3; ++p) CHECK(rig.broker().records(orders(p)).size() > 800);
  CHECK(rig.producer(a).stats().failed == 0);
}

TEST_CASE("KIP-794 adaptive: partitions with short queues are drawn more often") {
  StickyChoice choice;
  BelievedTopic topic{"orders", 0, {{1, {0}}, {1, {0}}, {1, {0}}}};
  Rig rig;
  int hits[3] = {};
  rig.world.with_context(NodeId{0}, [&](protocol::Context& ctx) {
    choice.set_load({{1, 9}, {2, 9}}, 3);  // weights 10, 1, 1
    for (int i = 0; i < 1200; ++i) {
      choice.appended(ctx, topic, 100, 100, true);
      ++hits[choice.current(ctx, topic)];
    }
  });
  CHECK(hits[0] > 900);
  CHECK(hits[1] > 50);
  CHECK(hits[2] > 50);

  // Unavailable partitions get no records; partitions with equally empty queues are drawn with equal probability.
  BelievedTopic wide{"wide", 1, std::vector<BelievedPartition>(6, BelievedPartition{1, {0}})};
  int wide_hits[6] = {};
  StickyChoice other;
  rig.world.with_context(NodeId{0}, [&](protocol::Context& ctx) {
    other.set_load({{1, -1}, {3, 1}, {4, -1}}, 6);  // weights 2, 0, 2, 1, 0, 2
    for (int i = 0; i < 7000; ++i) {
      other.appended(ctx, wide, 100, 100, true);
      ++wide_hits[other.current(ctx, wide)];
    }
  });
  CHECK(wide_hits[1] + wide_hits[4] == 0);
  for (int p : {0, 2, 5}) CHECK(std::abs(wide_hits[p] - 2000) < 200);
  CHECK(std::abs(wide_hits[3] - 1000) < 150);
}

TEST_CASE(
    "partitioner.availability.timeout.ms applies to a node from its first contact on, and only leaves out partitions with waiting batches") {
  Rig rig(2, 4);  // 0 and 2 at broker 1, 1 and 3 at broker 2
  const NodeId n = rig.add(producer_options());
  rig.run_ms(200);
  const MetadataCache& metadata = rig.producer(n).metadata();
  ProducerOptions o = producer_options();
  o.config.set("partitioner.availability.timeout.ms", std::int64_t{100});
  Accumulator accumulator(AccumulatorOptions::from(o.config));
  Partitioner partitioner(o.partitioner, o.config);
  TransactionManager transactions;
  Record one;
  one.value = "v";
  rig.act(n, [&](protocol::Context& ctx) {
    const auto hits = [&] {
      accumulator.ready(ctx, metadata, partitioner);
      std::vector<int> found(4);
      const BelievedTopic& topic = *metadata.topic("orders");
      StickyChoice& choice = partitioner.sticky("orders");
      for (int i = 0; i < 400; ++i) {
        choice.appended(ctx, topic, 16384, 16384, true);
        ++found[static_cast<std::size_t>(choice.current(ctx, topic))];
      }
      return found;
    };
    for (int p : {0, 1, 2, 3}) accumulator.append(ctx, orders(p), RecordView(one), 0);
    accumulator.note_node(2, ctx.now(), false);  // the connection is being opened
    CHECK(hits()[1] > 50);
    accumulator.note_node(2, ctx.now() + sim::milliseconds(90), false);
    CHECK(hits()[1] > 50);
    accumulator.note_node(2, ctx.now() + sim::milliseconds(110), false);
    CHECK(hits()[1] + hits()[3] == 0);
    accumulator.drain(ctx, metadata, 2, transactions);
    accumulator.append(ctx, orders(1), RecordView(one), 0);
    const std::vector<int> empty_one = hits();
    CHECK(empty_one[1] == 0);
    CHECK(empty_one[3] > 50);  // slow or not: its queue is empty
  });
}

TEST_CASE("Zipf weights are integers close to rank^-s that never increase with the rank") {
  CHECK(zipf_weight(1, 1100000) == std::uint64_t{1} << 40);
  const auto near = [](std::uint64_t a, std::uint64_t b) { return a > b ? a - b <= b / 100000 : b - a <= b / 100000; };
  CHECK(near(zipf_weight(2, 1000000), std::uint64_t{1} << 39));
  CHECK(near(zipf_weight(4, 1000000), std::uint64_t{1} << 38));
  CHECK(near(zipf_weight(10, 1000000), (std::uint64_t{1} << 40) / 10));
  CHECK(near(zipf_weight(100, 500000), (std::uint64_t{1} << 40) / 10));
  for (std::uint64_t i = 1; i < 2000; ++i) REQUIRE(zipf_weight(i, 1100000) > zipf_weight(i + 1, 1100000));
}

TEST_CASE("keys: those of a list are used in turn, those of a range uniformly, and Zipf prefers the first keys") {
  sim::Random random(7, sim::Stream::Workload);
  KeyOptions list{KeyOptions::Kind::List, "", 0, 0, {"a", "b"}};
  KeySource in_turn(list);
  CHECK(*in_turn.next(random) == "a");
  CHECK(*in_turn.next(random) == "b");
  CHECK(*in_turn.next(random) == "a");
  KeySource uniform(KeyOptions{KeyOptions::Kind::Uniform, "customer", 8, 0, {}});
  std::map<std::string, int> seen;
  for (int i = 0; i < 4000; ++i) ++seen[std::string(*uniform.next(random))];
  CHECK(seen.size() == 8);
  CHECK(seen.contains("customer-1"));
  CHECK(seen.contains("customer-8"));
  KeySource zipf(KeyOptions{KeyOptions::Kind::Zipf, "key", 100, 1100000, {}});
  std::map<std::string, int> z;
  for (int i = 0; i < 4000; ++i) ++z[std::string(*zipf.next(random))];
  CHECK(z["key-1"] > z["key-2"]);
  CHECK(z["key-1"] > 600);
}
