#include "engine/delivery_matrix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "scenario/files.h"
#include "sim/random.h"

namespace kafkascope::delivery_matrix {

namespace {

/// Kafka's times, shortened: a dead node is recognised as dead, and a slow one as slow, within seconds. As by default, a commit is answered long before
/// its member's session ends, and a fault is over before max.poll.interval.ms.
constexpr const char* kBrokerTimes =
    R"("broker.session.timeout.ms": 2500, "broker.heartbeat.interval.ms": 500, "replica.lag.time.max.ms": 1500, "replica.socket.timeout.ms": 3000, "controller.socket.timeout.ms": 3000, "group.min.session.timeout.ms": 2000, "offsets.commit.timeout.ms": 1500, "group.initial.rebalance.delay.ms": 200, "offsets.topic.num.partitions": 3, "transaction.state.log.num.partitions": 3, "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000)";
constexpr const char* kClientTimes =
    R"("socket.connection.setup.timeout.ms": 2000, "socket.connection.setup.timeout.max.ms": 2000, "metadata.max.age.ms": 3000)";
constexpr const char* kSerialization = "org.apache.kafka.common.serialization.";
constexpr std::int64_t kConsumerSession = 6'000'000, kMaxPoll = 15'000'000;

template <class T>
const T& pick(const std::vector<T>& from, sim::Random& random) {
  return from[random.below(from.size())];
}

std::string broker_fault(const std::string& fault) {
  return fault == "broker crash" || fault == "coordinator crash" ? "crash"
         : fault.starts_with("power cut")                        ? "power_off"
                                                                 : "";
}

/// Draws one seed of a cell. Each draw is a statement of its own, because compilers evaluate the arguments of a call in
/// different orders.
class Drawing {
 public:
  Drawing(const Cell& cell, std::size_t number, std::uint64_t seed)
      : cell_(cell), number_(number), seed_(seed), random_(seed, sim::Stream::Swarm, number) {}

  std::string file(const std::vector<std::string>& expectations) {
    fault_ = cell_.at("fault");
    latency_ = pick<std::string>({"0.2ms..0.6ms", "1ms..4ms", "5ms..15ms"}, random_);
    rate_ = pick<std::int64_t>({15, 30, 60, 200}, random_);
    moment_ = draw_moment();
    add_slow_followers();
    add_fault();
    add_supervisor();
    const std::string readers = transactional() ? transforms() : consumers();
    const std::string clients = producer() + "," + readers;
    const std::string write_back = pick<std::string>({"0.2s", "1s", "30s"}, random_);
    return fmt::format(
        R"({{
  "$schema": "../../assets/scenario.schema.json",
  "format": 1,
  "id": "delivery-{0}-{1}",
  "title": {{"en": "{2}"}},
  "seed": {1},
  "kafka": "4.1",
  "cluster": {{"controllers": 3, "brokers": 3, "config": {{"min.insync.replicas": {3}, {4}}}, "network": {{"latency": "{5}"}}, "disk": {{"write_back": "{6}"}}}},
  "topics": [{7}
  ],
  "clients": [{8}
  ],
  "steps": [{9}
  ],
  "until": "300s",
  "expect": [{10}
  ]
}}
)",
        number_, seed_, promises::name(cell_), cell_.at("acks") == "all-2" ? 2 : 1, kBrokerTimes, latency_, write_back,
        topics(), clients, fmt::join(steps_, ","), fmt::join(expectations, ","));
  }

 private:
  static std::string time(std::int64_t us) { return fmt::format("{}us", us); }
  void step(std::int64_t at, const std::string& rest) {
    steps_.push_back(fmt::format("\n    {{\"at\": \"{}\", {}}}", time(at), rest));
  }
  std::string some_broker() { return fmt::format("broker-{}", random_.below(3) + 1); }
  bool transactional() const { return cell_.at("commit") == "transactional"; }
  std::string some_topic() { return transactional() && random_.chance_ppm(500'000) ? "out" : "in"; }
  std::string topics() const {
    std::string all;
    for (const char* name : {"in", "out"}) {
      if (name == std::string("out") && !transactional()) continue;
      if (!all.empty()) all += ",";
      all += fmt::format(
          R"(
    {{"name": "{}", "partitions": {}, "replication_factor": 3, "assignments": {{"0": [1, 2, 3], "1": [2, 3, 1], "2": [3, 1, 2]}}}})",
          name, kPartitions);
    }
    return all;
  }
  std::string some_consumer() { return fmt::format("worker-{}", random_.below(2) + 1); }

  std::string some_coordinator() {
    if (!transactional() || random_.chance_ppm(500'000)) return "coordinator:work";
    return "transaction-coordinator:" + some_consumer();
  }

  /// Most faults fall within the time that one record takes, while something is under way.
  std::int64_t draw_moment() {
    const std::int64_t gap = 1'000'000 / rate_;
    const std::int64_t record = random_.between(0, kRecords - 1);
    const bool soon_after = random_.chance_ppm(600'000);
    const std::int64_t after = soon_after ? random_.between(0, 30'000) : random_.between(0, 500'000);
    return kSending.us + record * gap + after;
  }

  bool of_brokers() const { return !broker_fault(fault_).empty() || fault_ == "leader change"; }

  /// Messages from one or two brokers to the others are delayed, so that they leave the ISRs before the fault, or are
  /// about to leave.
  void add_slow_followers() {
    if (!of_brokers()) return;
    const std::uint64_t slow = random_.below(4);
    if (slow > 2) return;
    std::vector<std::string> brokers{"\"broker-1\"", "\"broker-2\"", "\"broker-3\""};
    const std::uint64_t first = random_.below(3);
    std::rotate(brokers.begin(), brokers.begin() + static_cast<std::ptrdiff_t>(first), brokers.end());
    const std::int64_t latency = random_.between(800, 1800);
    const std::int64_t before = random_.between(100'000, 4'000'000);
    const std::size_t count = slow + 1;  // of three: all three are slow for each other
    for (std::size_t i = 0; i < std::min<std::size_t>(count, 2); ++i)
      step(std::max<std::int64_t>(moment_ - before, 600'000),
           fmt::format(R"("do": "link", "from": [{}], "to": [{}, {}], "latency": "{}ms")", brokers[i],
                       brokers[(i + 1) % 3], brokers[(i + 2) % 3], latency));
    slowed_ = true;
  }

  void add_fault() {
    repaired_ = moment_;
    if (const std::string verb = broker_fault(fault_); !verb.empty()) {
      std::vector<std::string> victims;
      if (fault_ == "power cut of all") {
        victims = {"broker-1", "broker-2", "broker-3"};
        step(moment_, fmt::format(R"("do": "{}", "node": "all-brokers")", verb));
      } else if (fault_ == "coordinator crash") {
        victims = {"all-brokers"};
        step(moment_, fmt::format(R"("do": "{}", "node": "{}")", verb, some_coordinator()));
      } else {
        victims = {some_broker()};
        step(moment_, fmt::format(R"("do": "{}", "node": "{}")", verb, victims[0]));
      }
      for (const std::string& victim : victims) {
        const std::int64_t back = moment_ + random_.between(200'000, 5'000'000);
        step(back, fmt::format(R"("do": "restart", "node": "{}")", victim));
        repaired_ = std::max(repaired_, back);
      }
    } else if (fault_ == "leader change") {
      const std::uint64_t partition = random_.below(kPartitions);
      const std::uint64_t by = random_.below(2) + 1;
      const std::string topic = some_topic();
      step(200'000, fmt::format(R"("do": "reassign", "partition": "{}-{}", "replicas": [{}, {}, {}])", topic, partition,
                                (partition + by) % 3 + 1, (partition + by + 1) % 3 + 1, (partition + by + 2) % 3 + 1));
      step(moment_,
           fmt::format(R"("do": "elect_leaders", "type": "preferred", "partitions": ["{}-{}"])", topic, partition));
      repaired_ = moment_ + 1'000'000;
    } else if (fault_.starts_with("lost ")) {
      lose(fault_.substr(5));
    } else if (fault_ == "consumer kill") {
      const std::string victim = some_consumer();
      repaired_ = moment_ + random_.between(100'000, 5'000'000);
      step(moment_, fmt::format(R"("do": "kill", "node": "{}")", victim));
      step(repaired_, fmt::format(R"("do": "start", "node": "{}")", victim));
    } else if (fault_ == "consumer pause") {
      const std::string victim = some_consumer();
      repaired_ = moment_ + std::max(kConsumerSession, kMaxPoll) + random_.between(200'000, 3'000'000);
      step(moment_, fmt::format(R"("do": "pause", "node": "{}")", victim));
      step(repaired_, fmt::format(R"("do": "resume", "node": "{}")", victim));
    }
    if (slowed_)
      step(
          repaired_,
          fmt::format(
              R"("do": "link", "from": ["broker-1", "broker-2", "broker-3"], "to": ["broker-1", "broker-2", "broker-3"], "latency": "{}")",
              latency_));
  }

  /// A transactional program ends when its producer throws a fatal exception, which may take max.block.ms; its supervisor starts it again. A running program is not affected.
  void add_supervisor() {
    if (!transactional()) return;
    for (const std::int64_t after : {2, 6, 14, 75, 140})
      for (int i = 1; i <= 2; ++i)
        step(repaired_ + after * 1'000'000, fmt::format(R"("do": "start", "node": "worker-{}")", i));
  }

  void lose(const std::string& what) {
    struct Of {
      const char* client;
      std::vector<std::string> apis;
    };
    static const std::vector<Of> kKinds{
        {"producer", {"Produce", "Produce", "Produce", "Metadata", "InitProducerId", ""}},
        {"worker",
         {"Fetch", "OffsetCommit", "OffsetCommit", "Heartbeat", "JoinGroup", "SyncGroup", "OffsetFetch",
          "FindCoordinator", "Metadata", ""}}};
    static const Of kTransactional{
        "worker",
        {"Produce", "InitProducerId", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "TxnOffsetCommit",
         "EndTxn", "EndTxn", "FindCoordinator", "Fetch", "Heartbeat", ""}};
    const bool of_transactions = transactional() && random_.chance_ppm(600'000);
    const Of& of = of_transactions ? kTransactional : kKinds[random_.below(2)];
    const std::string api = pick(of.apis, random_);
    const std::string client = of.client == std::string("worker") ? some_consumer() : of.client;
    // Requests that occur only at the start are lost at the start.
    const bool early = api == "InitProducerId" || api == "JoinGroup" || api == "SyncGroup" || api == "OffsetFetch" ||
                       api == "FindCoordinator";
    const std::string sides = what == "request" ? fmt::format(R"("from": "{}")", client)
                                                : fmt::format(R"("from": "all-brokers", "to": "{}")", client);
    step(early ? 0 : moment_, fmt::format(R"("do": "lose", {}, {}"what": "{}")", sides,
                                          api.empty() ? "" : fmt::format(R"("api": "{}", )", api), what));
  }

  std::string producer() {
    const std::string& acks = cell_.at("acks");
    const bool one_by_one = random_.chance_ppm(500'000);
    return fmt::format(
        R"(
    {{"id": "producer", "kind": "producer", "topic": "in", "start": "{}", "rate": "{}/s", "count": {}, "keys": {}, "config": {{"acks": "{}", {}"enable.idempotence": {}, "max.in.flight.requests.per.connection": 5, {}{}{}}}}})",
        time(kSending.us), rate_, kRecords, keys(), acks.starts_with("all") ? "all" : acks,
        cell_.at("retries") == "off" ? R"("retries": 0, )" : "", cell_.at("idempotence") == "on" ? "true" : "false",
        one_by_one ? R"("linger.ms": 0, "batch.size": 150, )" : "",
        transactional() ? fmt::format(R"("value.serializer": "{}LongSerializer", )", kSerialization) : "",
        kClientTimes);
  }

  /// The keys by which records are identified after a transform.
  std::string keys() const {
    if (!transactional()) return "\"key:12\"";
    std::vector<std::string> all;
    for (int i = 1; i <= kRecords; ++i) all.push_back(fmt::format("\"{}\"", i));
    return fmt::format("[{}]", fmt::join(all, ", "));
  }

  std::string transforms() {
    const std::string work = pick<std::string>({"1ms", "2ms", "10ms", "40ms"}, random_);
    std::string all;
    for (int i = 1; i <= 2; ++i)
      all += fmt::format(
          R"(
    {{"id": "worker-{0}", "kind": "transform", "topics": ["in"], "topic": "out", "work": "{1}", "config": {{"transactional.id": "worker-{0}", "group.id": "work", "auto.offset.reset": "earliest", "session.timeout.ms": {2}, "heartbeat.interval.ms": 500, "max.poll.interval.ms": {3}, "transaction.timeout.ms": 10000, "value.serializer": "{5}LongSerializer", "value.deserializer": "{5}LongDeserializer", {4}}}}},)",
          i, work, kConsumerSession / 1000, kMaxPoll / 1000, kClientTimes, kSerialization);
    return all + fmt::format(R"(
    {{"id": "reader", "kind": "consumer", "assign": ["out-0", "out-1", "out-2"], "sink": "table", "config": {{"isolation.level": "read_committed", "auto.offset.reset": "earliest", "value.deserializer": "{}LongDeserializer", {}}}}})",
                             kSerialization, kClientTimes);
  }

  std::string consumers() {
    const std::string work = pick<std::string>({"1ms", "2ms", "10ms", "40ms"}, random_);
    const std::string commit = cell_.at("commit") == "auto"     ? "auto"
                               : cell_.at("commit") == "before" ? "sync_before"
                                                                : "sync_after";
    std::string all;
    for (int i = 1; i <= 2; ++i) {
      if (i > 1) all += ",";
      all += fmt::format(
          R"(
    {{"id": "worker-{}", "kind": "consumer", "topics": ["in"], "work": "{}", "commit": "{}", "sink": "table", "config": {{"group.id": "work", "auto.offset.reset": "earliest", "session.timeout.ms": {}, "heartbeat.interval.ms": 500, "max.poll.interval.ms": {}, {}}}}})",
          i, work, commit, kConsumerSession / 1000, kMaxPoll / 1000, kClientTimes);
    }
    return all;
  }

  const Cell& cell_;
  std::size_t number_;
  std::uint64_t seed_;
  sim::Random random_;
  std::string fault_, latency_;
  std::int64_t rate_ = 0, moment_ = 0, repaired_ = 0;
  bool slowed_ = false;
  std::vector<std::string> steps_;
};

}  // namespace

Matrix read_matrix() {
  Matrix matrix{nlohmann::ordered_json::parse(read_text(source_path("docs/delivery-promises.json"))), {}};
  matrix.cells = promises::cells(matrix.promises);
  return matrix;
}

std::string file_of(const Matrix& matrix, std::size_t number, std::uint64_t seed) {
  const Cell& cell = matrix.cells.at(number);
  static const std::map<std::string, std::vector<std::string>> kChecks{
      {"lost", {R"({"path": "/ledger/lost_acked", "equals": 0})"}},
      {"duplicated",
       {R"({"path": "/ledger/duplicated", "equals": 0})",
        R"({"path": "/sinks/table/rows", "same_as": "/sinks/table/distinct"})"}},
      {"reordered", {R"({"path": "/ledger/reordered", "equals": 0})"}},
      {"skipped", {R"({"path": "/ledger/by_group/work/skipped", "equals": 0})"}}};
  // After a transform, records are identified by their values: 0, 1, 2 ...
  static const std::map<std::string, std::vector<std::string>> kOfTransactions{
      {"lost", kChecks.at("lost")},
      {"duplicated",
       {R"({"path": "/ledger/duplicated", "equals": 0})",
        fmt::format(R"({{"path": "/sinks/table/rows", "at_most": {}}})", kRecords)}},
      {"reordered", kChecks.at("reordered")},
      {"skipped", {fmt::format(R"({{"path": "/sinks/table/sum", "at_least": {}}})", kRecords * (kRecords - 1) / 2)}}};
  const auto& checks = cell.at("commit") == "transactional" ? kOfTransactions : kChecks;
  std::vector<std::string> expectations;
  for (const std::string& outcome : kOutcomes)
    if (promises::reasons(matrix.promises, "may", outcome, cell).empty())
      for (const std::string& check : checks.at(outcome)) expectations.push_back("\n    " + check);
  return Drawing(cell, number, seed).file(expectations);
}

}  // namespace kafkascope::delivery_matrix
