// The record in which two runs part: of the first event, and not of another one.
#include <doctest/doctest.h>

#include "observe/time/divergence.h"
#include "observe/why/why_parting.h"
#include "protocol/all_facts.h"

using namespace kafkascope;
using namespace kafkascope::observe;
using namespace std::string_literals;

namespace {

constexpr std::int32_t kBroker1 = 1, kBroker2 = 2, kSender = 10, kBank = 20;
constexpr protocol::TopicPartition kPlace{0, 0};

class Names : public TraceNames {
 public:
  std::string node(sim::NodeId node) const override {
    switch (node.index) {
      case kBroker1: return "broker-1";
      case kBroker2: return "broker-2";
      case kSender: return "shop";
      case kBank: return "bank";
      default: return "";
    }
  }
  std::string topic(protocol::TopicId) const override { return "orders"; }
  bool knows_topic(protocol::TopicId) const override { return true; }
};

struct Run {
  TraceStore trace;
  std::uint64_t seq = 0;

  Run() { trace.store(true); }
  template <sim::Fact F>
  std::size_t see(std::int64_t us, std::int32_t node, F fact, std::uint64_t cause = 0) {
    sim::TraceLine line = sim::pack(std::move(fact));
    line.seq = ++seq;
    line.cause = cause;
    line.time = sim::Instant{us};
    line.node = sim::NodeId{node};
    trace.add(line);
    return trace.size() - 1;
  }
  /// One record.
  std::size_t append(std::int64_t us, std::int32_t broker, std::int64_t offset, std::int32_t client,
                     std::uint32_t number) {
    protocol::RecordBatch batch;
    batch.client = client;
    protocol::Record record;
    record.number = number;
    record.value = "v";
    batch.records.push_back(record);
    const std::size_t line =
        see(us, broker, fact::LogAppended{kPlace, protocol::Offset{offset}, protocol::Offset{offset}, {}});
    trace.add_written(seq, *protocol::seal(std::move(batch)));
    return line;
  }
};

}  // namespace

TEST_CASE("an acknowledged record belongs to its producer, even if a later leader reuses the offset") {
  Run run;
  run.append(1, kBroker1, 0, kSender, 5);
  run.append(2, kBroker2, 0, kBank, 7);
  const std::size_t ack = run.see(3, kSender, fact::BatchAcked{kPlace, 1, protocol::Offset{0}, 0});
  const auto record = record_of_line(run.trace, ack, 0, Names());
  REQUIRE(record.has_value());
  CHECK(record->client == "shop");
  CHECK(record->number == 5);
  CHECK(record->offset == 0);
  const std::size_t unknown = run.see(4, kSender, fact::BatchAcked{kPlace, 1, protocol::Offset{9}, 0});
  CHECK_FALSE(record_of_line(run.trace, unknown, 0, Names()).has_value());
}

TEST_CASE("two runs that diverge at different events name no record if only one of the events is about a record") {
  Run a, b;
  // Only in A does broker-1 die; at that moment B appends what A has appended before.
  for (Run* run : {&a, &b}) run->see(1'000, kSender, fact::RecordSent{kPlace, 5, "k"});
  a.append(9'000, kBroker1, 0, kSender, 5);
  const std::size_t died = a.see(10'000, kBroker1, fact::NodeDied{});
  const std::size_t appended = b.append(10'000, kBroker1, 0, kSender, 5);
  for (Run* run : {&a, &b}) run->see(3'000'000, kBank, fact::RecordSent{kPlace, 1, "k"});
  for (const bool swapped : {false, true}) {
    const Run &first = swapped ? b : a, &second = swapped ? a : b;
    DivergenceSearch search;
    search.look(first.trace, Names(), second.trace, Names());
    REQUIRE(search.found().has_value());
    CHECK((swapped ? search.found()->b : search.found()->a) == died);
    CHECK((swapped ? search.found()->a : search.found()->b) == appended);
    CHECK_FALSE(parted_record(*search.found(), first.trace, Names(), second.trace, Names()).has_value());
  }
}

TEST_CASE("if a batch fails in one run only, the divergence names the record that the other run acknowledges") {
  Run a, b;
  for (Run* run : {&a, &b}) run->append(1'000, kBroker1, 0, kSender, 5);
  a.see(2'000, kSender, fact::BatchFailed{kPlace, 1, {}, {}});
  b.see(3'000, kSender, fact::BatchAcked{kPlace, 1, protocol::Offset{0}, 0});
  for (Run* run : {&a, &b}) run->see(3'000'000, kBank, fact::RecordSent{kPlace, 1, "k"});
  DivergenceSearch search;
  search.look(a.trace, Names(), b.trace, Names());
  REQUIRE(search.found().has_value());
  const auto record = parted_record(*search.found(), a.trace, Names(), b.trace, Names());
  REQUIRE(record.has_value());
  CHECK(record->of_b);
  CHECK(record->record.client == "shop");
  CHECK(record->record.number == 5);
}

TEST_CASE("between the modes a client may take ten seconds longer, but not past the end of both runs") {
  Run a, b;
  for (Run* run : {&a, &b}) run->see(1'000'000, kSender, fact::BatchAcked{kPlace, 1, protocol::Offset{0}, 0});
  const std::size_t again = a.see(7'000'000, kSender, fact::BatchAcked{kPlace, 1, protocol::Offset{1}, 0});
  const std::size_t under_way = a.see(11'500'000, kBank, fact::BatchAcked{kPlace, 1, protocol::Offset{2}, 0});
  a.see(12'000'000, kBroker1, fact::NodePaused{});
  b.see(12'000'001, kBroker1, fact::NodePaused{});
  const auto found = [](const Run& first, const Run& second, sim::Instant end) {
    DivergenceSearch search;
    search.compare_as(Likeness::BetweenModes);
    search.look(first.trace, Names(), second.trace, Names(), ~std::size_t{0}, end);
    return search.found();
  };
  const auto still = found(a, b, sim::kNever);
  REQUIRE(still.has_value());
  CHECK(still->detail);  // so far
  const auto ended = found(a, b, sim::Instant{12'000'001});
  REQUIRE(ended.has_value());
  CHECK_FALSE(ended->detail);
  CHECK(ended->a == again);
  CHECK_FALSE(ended->b.has_value());
  CHECK(found(b, a, sim::Instant{12'000'001})->b == again);
  // What one of them does only after the end of the other is no difference, nor what has been under way for less than a second.
  CHECK(found(a, b, sim::Instant{6'000'000})->detail);
  CHECK(found(a, b, sim::Instant{7'500'000})->detail);
  CHECK(under_way > again);
}

TEST_CASE("a difference is reported only once it is certain, so that no other difference replaces it") {
  Run a, b;
  const std::size_t shop = a.see(1'000'000, kSender, fact::RecordFailed{kPlace, 5, {}, {}});
  b.see(1'900'000, kSender, fact::BatchAcked{kPlace, 1, protocol::Offset{0}, 0});
  DivergenceSearch search;
  search.look(a.trace, Names(), b.trace, Names());
  REQUIRE(search.found().has_value());
  CHECK(search.found()->detail);  // 0.1 s too early
  CHECK(search.found()->undecided);
  for (Run* run : {&a, &b}) run->see(2'000'000, kBank, fact::RecordSent{kPlace, 1, "k"});
  search.look(a.trace, Names(), b.trace, Names());
  CHECK_FALSE(search.found()->detail);
  CHECK(search.found()->a == shop);
}

TEST_CASE(
    "a point of the story in one run alone is no detail, even before the other run has had its time to reach it") {
  Run a, b;
  const std::size_t cut =
      b.see(1'000'000, kBroker1, fact::LogTruncated{kPlace, protocol::Offset{1}, protocol::Offset{2}, {}});
  for (Run* run : {&a, &b}) run->see(1'400'000, kBank, fact::RecordSent{kPlace, 1, "k"});
  DivergenceSearch search;
  search.look(a.trace, Names(), b.trace, Names());
  REQUIRE(search.found().has_value());
  CHECK(search.found()->detail);
  CHECK(search.found()->undecided);
  CHECK(search.found()->b == cut);
}

TEST_CASE("the effects of one act on different nodes are paired, except on a node that it strikes in both runs") {
  Run a, b;
  const auto act = [](Run& run, std::initializer_list<std::int32_t> nodes) {
    run.see(5'000'000, -1, fact::Command{1, "crash", "controller"});
    const std::uint64_t cause = run.seq;
    std::vector<std::size_t> died;
    for (const std::int32_t node : nodes) died.push_back(run.see(5'000'000, node, fact::NodeDied{}, cause));
    run.see(7'000'000, kBank, fact::RecordSent{kPlace, 1, "k"});
    return died;
  };
  const auto in_a = act(a, {kBroker1}), in_b = act(b, {kBroker2});
  Run both;
  act(both, {kBroker1, kBroker2});
  for (const bool swapped : {false, true}) {
    const Run &first = swapped ? b : a, &second = swapped ? a : b;
    DivergenceSearch search;
    search.look(first.trace, Names(), second.trace, Names());
    REQUIRE(search.found().has_value());
    CHECK(search.found()->a == (swapped ? in_b : in_a).front());
    CHECK(search.found()->b == (swapped ? in_a : in_b).front());
  }
  DivergenceSearch search;
  search.look(a.trace, Names(), both.trace, Names());
  REQUIRE(search.found().has_value());
  CHECK_FALSE(search.found()->a.has_value());
  CHECK(search.found()->b == 2);  // broker-2, which only there dies
}

TEST_CASE("an act that both runs have is not paired with an act that only one of them has") {
  Run a, b;
  const std::size_t only = a.see(6'000'000, -1, fact::Command{1, "power_off", "broker-1"});
  a.see(6'000'000, -1, fact::Command{2, "power_off", "broker-2"});
  b.see(6'000'000, -1, fact::Command{1, "power_off", "broker-2"});
  for (Run* run : {&a, &b}) run->see(9'000'000, kBank, fact::RecordSent{kPlace, 1, "k"});
  DivergenceSearch search;
  search.look(a.trace, Names(), b.trace, Names());
  REQUIRE(search.found().has_value());
  CHECK(search.found()->a == only);
  CHECK_FALSE(search.found()->b.has_value());
}

TEST_CASE("between the modes an act on a link to controller-1 is the one on a link to zookeeper-1, and no other") {
  const auto found = [](Likeness likeness, const char* verb, const char* in_kraft, const char* in_zookeeper) {
    Run a, b;
    a.see(0, -1, fact::Command{1, verb, in_kraft});
    b.see(0, -1, fact::Command{1, verb, in_zookeeper});
    const std::size_t sent = a.see(1'000'000, kSender, fact::RecordFailed{kPlace, 5, {}, {}});
    for (Run* run : {&a, &b}) run->see(30'000'000, kBank, fact::RecordSent{kPlace, 1, "k"});
    DivergenceSearch search;
    search.compare_as(likeness);
    search.look(a.trace, Names(), b.trace, Names());
    REQUIRE(search.found().has_value());
    CHECK_FALSE(search.found()->detail);
    return search.found()->a == sent ? "record" : "act";
  };
  using enum Likeness;
  CHECK(found(BetweenModes, "link", "broker-3 | broker-1, controller-1", "broker-3 | broker-1, zookeeper-1") ==
        "record"s);
  CHECK(found(BetweenModes, "partition", "controller-2 | broker-1", "zookeeper-2 | broker-1") == "record"s);
  CHECK(found(BetweenModes, "link", "broker-3 | controller-1", "broker-3 | zookeeper-2") == "act"s);
  CHECK(found(OfOneMode, "link", "broker-3 | controller-1", "broker-3 | zookeeper-1") == "act"s);
  CHECK(found(BetweenModes, "crash", "controller-1", "zookeeper-1") == "act"s);
}

TEST_CASE("two runs diverge at a recovery that finds records lost in only one of them") {
  Run a, b;
  for (Run* run : {&a, &b}) {
    run->append(1'000, kBroker1, 0, kSender, 0);
    run->append(2'000, kBroker1, 1, kSender, 1);
    run->see(5'000, kBroker1, fact::NodeDied{sim::Death::PowerOff});
    run->see(9'000'000, kBroker1, fact::NodeStarted{2});
    const protocol::Offset end{run == &a ? 1 : 2}, lost_from{run == &a ? 2 : -1};
    run->see(9'000'000, kBroker1, fact::LogRecovered{kPlace, end, lost_from, 0, 0});
    run->see(20'000'000, kBroker1, fact::LogFlushed{kPlace, end});
  }
  const Names names;
  DivergenceSearch search;
  search.look(a.trace, names, b.trace, names);
  REQUIRE(search.found().has_value());
  CHECK_FALSE(search.found()->detail);
  CHECK(search.found()->a == 4);
}

TEST_CASE("of two runs the order of two clients' records is no difference while what became of one of them differs") {
  Run a, b;
  a.append(1'000, kBroker1, 0, kSender, 5), a.append(2'000, kBroker1, 1, kBank, 7);
  b.append(1'000, kBroker1, 0, kBank, 7), b.append(2'000, kBroker1, 1, kSender, 5);
  a.see(3'000, kSender, fact::BatchAcked{kPlace, 1, protocol::Offset{0}, 0});
  b.see(3'000, kSender, fact::BatchAcked{kPlace, 1, protocol::Offset{1}, 0});
  for (Run* run : {&a, &b}) run->see(2'000'000, kBank, fact::RecordSent{kPlace, 1, "k"});
  FirstDivergence search;  // of growing runs
  const auto first = [&] {
    search.look(a.trace, Names(), b.trace, Names());
    return search.found();
  };
  REQUIRE(first().has_value());
  CHECK(first()->a == 2);  // nothing else differs: the offset that was acknowledged comes from the order
  CHECK_FALSE(first()->detail);
  CHECK(first()->order);
  const std::size_t only_a = a.append(4'000'000, kBroker1, 2, kSender, 6);
  for (Run* run : {&a, &b}) run->see(8'000'000, kBank, fact::RecordSent{kPlace, 1, "k"});
  REQUIRE(first().has_value());
  CHECK(first()->a == only_a);
  CHECK_FALSE(first()->order);
}
