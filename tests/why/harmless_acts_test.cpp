// Acts that changed nothing about what is asked: an order that has met no message, a fault while the state was bad already, a fault
// that is over. The root is another act, and without it the state is another one.
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kBrokers = R"("controllers": 1, "brokers": 3, "config": {"broker.session.timeout.ms": 3000,
  "broker.heartbeat.interval.ms": 500, "replica.lag.time.max.ms": 4000})";
std::string orders(const std::string& config, int replicas = 3) {
  return R"("topics": [{"name": "orders", "partitions": 1, "assignments": {"0": )" +
         std::string(replicas == 2 ? "[1, 2]" : "[1, 2, 3]") + R"(}, "config": {)" + config + "}}]";
}
std::string shop_with(const std::string& config) {
  return R"({"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s", "config": {)" + config + "}}";
}
const std::string kLatest = R"({"id": "m", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g",
  "auto.offset.reset": "latest", "session.timeout.ms": 6000}})";

struct Run {
  std::string topics, clients, steps;
  std::int64_t at_ms;
};
Session run_of(const Run& run, const std::string& cluster = kBrokers) {
  return small_run(run.topics + R"(, "clients": [)" + run.clients + R"(], "steps": [)" + run.steps + "]", run.at_ms,
                   "4.1", cluster);
}

/// Also without the root's act the state is another one.
void check_needed(Session& session, const std::string& path, std::int64_t root_ms) {
  check_root_changes(session, check_root_at(session, path, root_ms), path);
}

const std::string kHoldsFetch =
    R"({"at": "6s", "do": "hold", "from": "broker-2", "to": "broker-1", "api": "Fetch", "what": "request", "count": 1})";

}  // namespace

TEST_CASE("harmless acts: an order to hold or lose messages that no message has met is no cause") {
  Session cut =
      run_of({orders(R"("unclean.leader.election.enable": true)", 2), shop_with(R"("acks": 1)"),
              R"({"at": "4s", "do": "partition", "from": ["broker-1"], "to": ["broker-2"]}, )" + kHoldsFetch, 9000});
  check_needed(cut, "/partitions/orders-0/logs/2", 4000);
  Session held =
      run_of({orders("", 2), shop_with(R"("acks": "all", "enable.idempotence": false, "request.timeout.ms": 2000)"),
              kHoldsFetch + R"(, {"at": "8s", "do": "hold", "from": "broker-2", "to": "broker-1", "api": "Fetch",
    "what": "request", "count": 1})",
              24000});
  const observe::Answer answer = check_root_at(held, "/ledger/duplicated", 6000);
  CHECK_MESSAGE(text_of_steps(answer).find("8.000") == std::string::npos, text_of_steps(answer));
}

TEST_CASE("harmless acts: an order for a number of messages ends with the last message that it has met") {
  // One lost message breaks its connection, so the requests behind it are lost too: they do not count.
  Session session =
      run_of({orders(""), shop_with(R"("acks": 1, "enable.idempotence": false, "linger.ms": 0)"),
              R"({"at": "5s", "do": "lose", "from": "shop", "to": "broker-1", "api": "Produce", "count": 2})", 9000});
  const auto& stopped = session.observation().stopped_messages();
  REQUIRE(stopped.size() == 2);
  for (const observe::StoppedMessage& one : stopped) {
    CHECK(session.observation().trace().find(one.order)->kind == sim::trace_kind::kCommand);
    CHECK(session.observation().trace().find(one.seq + 1)->kind == sim::trace_kind::kMessageLost);
  }
}

TEST_CASE("harmless acts: the ISR is too small since it became so, whatever shrinks it further") {
  Session session = run_of({orders(R"("min.insync.replicas": 1)"),
                            shop_with(R"("delivery.timeout.ms": 8000, "request.timeout.ms": 3000)"),
                            R"({"at": "3s", "do": "crash", "node": "broker-3"},
    {"at": "10s", "do": "configure", "topic": "orders", "config": {"min.insync.replicas": 3}},
    {"at": "14s", "do": "crash", "node": "broker-2"})",
                            25000});
  check_needed(session, "/clients/shop/failed", 10000);
}

TEST_CASE("harmless acts: a second follower that ends has no part in what waited for the first already") {
  Session session = run_of(
      {orders(R"("min.insync.replicas": 2)"),
       shop_with(R"("acks": "all", "delivery.timeout.ms": 6000, "request.timeout.ms": 3000)"),
       R"({"at": "3s", "do": "crash", "node": "broker-3"}, {"at": "5s", "do": "crash", "node": "broker-2"})", 9000},
      R"("controllers": 3, "brokers": 3)");
  check_root_at(session, "/clients/shop/waiting", 3000);
  session.run_until(sim::Instant{40'000'000});
  check_root_at(session, "/ledger/in_doubt", 3000);
}

TEST_CASE("harmless acts: a link that is a little slower has no part in a batch that lingers") {
  Session session = run_of(
      {orders(""), shop_with(R"("acks": "all")"),
       R"({"at": "3s", "do": "hold", "from": "broker-1", "to": "shop", "api": "Produce", "what": "response", "count": 1},
    {"at": "6s", "do": "release", "from": "broker-1", "to": "shop"},
    {"at": "8s", "do": "link", "from": ["shop"], "to": ["broker-1"], "latency": "3ms"})",
       8000});
  int lingers = 0;
  for (int ms = 9000; ms < 9200; ++ms) {
    session.run_until(sim::Instant{} + sim::milliseconds(ms));
    if (state_in(session, "/clients/shop/waiting") == 0) continue;
    const observe::Answer answer = asked(session, "/clients/shop/waiting");
    if (std::none_of(answer.steps.begin(), answer.steps.end(),
                     [](const observe::WhyStep& step) { return step.key == words::Key("why.waits_linger"_w); }))
      continue;
    ++lingers;
    CHECK_MESSAGE(!answer.root.has_value(), text_of_steps(answer));
  }
  CHECK(lingers > 0);
}

TEST_CASE("skipped: the root removed the group's offset, or ended its reader before the first commit") {
  const std::string stopped = R"({"at": "12s", "do": "stop", "node": "m"}, )",
                    back = R"(, {"at": "20s", "do": "start", "node": "m"})";
  struct Removal {
    std::string steps;
    std::int64_t root_ms;
  };
  for (const Removal& removal :
       {Removal{stopped + R"({"at": "14s", "do": "delete_offsets", "group": "g", "topic": "orders"})" + back, 14000},
        Removal{stopped + R"({"at": "14s", "do": "delete_group", "group": "g"})" + back, 14000},
        Removal{R"({"at": "6s", "do": "kill", "node": "m"})" + back, 6000}}) {
    CAPTURE(removal.steps);
    Session session = run_of({orders(""), shop_with("") + ", " + kLatest, removal.steps, 34000});
    check_needed(session, "/ledger/skipped", removal.root_ms);
  }
}

namespace {

/// Two producers with one transactional.id, of which the second starts later; the first aborts every fourth transaction.
const std::string kSameId = R"({"id": "p1", "kind": "producer", "topic": "orders", "rate": "20/s", "transaction":
  {"records": 10, "abort_every": 4}, "config": {"transactional.id": "tid", "transaction.timeout.ms": 12000}},
  {"id": "p2", "kind": "producer", "topic": "orders", "rate": "20/s", "transaction": {"records": 10}, "start": "10s",
  "config": {"transactional.id": "tid"}})";

}  // namespace

TEST_CASE(
    "harmless acts: a fenced producer's records fail because of the other producer, not of its plan or an earlier crash") {
  Session session =
      run_of({orders(""), kSameId, R"({"at": "4s", "do": "crash", "node": "transaction-coordinator:tid"})", 40000});
  int fenced = 0;
  for (int number = 130; number < 150; ++number) {
    const std::string path = "/sent/p1/" + std::to_string(number);
    const observe::Answer answer = asked(session, path);
    const std::string text = text_of_steps(answer);
    if (text.find("TransactionAbortedException") == std::string::npos ||
        text.find("something failed") == std::string::npos)
      continue;
    ++fenced;
    REQUIRE_MESSAGE(answer.root.has_value(), text);
    CHECK_MESSAGE(answer.root->at.us / 1000 == 10000, text);
    CHECK_MESSAGE(text.find("plan") == std::string::npos, text);
  }
  CHECK(fenced > 0);
}

TEST_CASE("harmless acts: a planned abort has no part in the crash of its coordinator") {
  Session session =
      run_of({orders(""), kSameId, R"({"at": "4s", "do": "crash", "node": "transaction-coordinator:tid"})", 9000});
  const observe::Answer answer = asked(session, "/sent/p1/75");
  CHECK_MESSAGE(text_of_steps(answer).find("as its plan says") != std::string::npos, text_of_steps(answer));
  CHECK_MESSAGE(text_of_steps(answer).find("crashes") == std::string::npos, text_of_steps(answer));
}

TEST_CASE("the last stable offset without a coordinator: the answer names the partition of that producer's id") {
  const std::string transaction = R"({"at": "2s", "do": "begin_transaction", "node": "p1"},
    {"at": "2.1s", "do": "produce", "node": "p1", "records": [{"key": "a", "value": "1"}]},
    {"at": "4s", "do": "crash", "node": "broker-2"}, {"at": "4.5s", "do": "crash", "node": "transaction-coordinator:tid"})";
  Session session =
      run_of({orders(""), R"({"id": "p1", "kind": "producer", "topic": "orders", "config": {"transactional.id":
    "tid", "transaction.timeout.ms": 60000}})",
              transaction, 6000});
  const observe::Answer answer = asked(session, "/partitions/orders-0/last_stable_offset");
  // abs(hash("tid")) % 50: Kafka, TransactionStateManager.partitionFor
  CHECK_MESSAGE(text_of_steps(answer).find("__transaction_state-31 ") != std::string::npos, text_of_steps(answer));
  CHECK_MESSAGE(answer.root->at.us / 1000 == 4500, text_of_steps(answer));
}

TEST_CASE("lost records: no answer says that a broker led in an epoch in which nobody led") {
  Session session = run_of({orders(R"("min.insync.replicas": 2)"), shop_with(""),
                            R"({"at": "6s", "do": "power_off", "node": "all-brokers"},
    {"at": "8s", "do": "restart", "node": "broker-3"}, {"at": "9s", "do": "restart", "node": "broker-2"},
    {"at": "10s", "do": "restart", "node": "broker-1"})",
                            39000});
  const observe::Answer answer = check_root_at(session, "/sent/shop/119", 6000);
  for (const observe::WhyStep& step : answer.steps) {
    if (step.key != words::Key("why.led_without"_w)) continue;
    const sim::TraceLine* line = session.observation().trace().find(step.seq);
    const auto elected = line == nullptr ? std::nullopt : fact_if<fact::LeaderElected>(*line);
    REQUIRE(elected);
    const auto& trace = session.observation().trace();
    bool led = false;
    for (std::size_t i = 0; i < trace.size(); ++i)
      if (const auto became = fact_if<fact::BecameLeader>(trace[i]))
        led = led || (became->partition == elected->partition && became->leader_epoch == elected->leader_epoch);
    CHECK_MESSAGE(led, step.words.en);
  }
}

TEST_CASE(
    "assignments: a static member of KIP-848's protocol has its partitions since its start, if it had the same before") {
  const std::string member = R"(, "kind": "consumer", "topics": ["orders"], "work": "2ms", "config": {"group.id": "kg",
    "auto.offset.reset": "earliest", "group.protocol": "consumer")";
  const std::string clients =
      R"({"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s", "keys": "customer:20"},
    {"id": "k1")" +
      member + R"(}}, {"id": "k2")" + member + R"(}}, {"id": "k3", "start": "6s")" + member +
      R"(, "group.instance.id": "i3"}})";
  Session session =
      run_of({R"("topics": [{"name": "orders", "partitions": 4, "replication_factor": 3}])", clients,
              R"({"at": "10s", "do": "behave", "node": "k1", "work": "4s"}, {"at": "12s", "do": "kill", "node": "k2"},
    {"at": "40s", "do": "stop", "node": "k3"}, {"at": "60s", "do": "behave", "node": "k1", "work": "2ms"},
    {"at": "65s", "do": "start", "node": "k3"})",
              70000},
             R"("controllers": 1, "brokers": 3, "config": {"group.consumer.session.timeout.ms": 10000,
    "group.consumer.min.session.timeout.ms": 5000, "group.consumer.heartbeat.interval.ms": 2000,
    "group.consumer.min.heartbeat.interval.ms": 1000})");
  check_root_at(session, "/clients/k3/assignment", 65000);
}

TEST_CASE("a group's lag: a consumer that is cut off is not called slow") {
  const std::string reader = R"(, {"id": "c", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g",
    "auto.offset.reset": "earliest"}})";
  Session session =
      run_of({orders(""), shop_with("") + reader, R"({"at": "18s", "do": "isolate", "node": "c"})", 25000});
  const observe::Answer answer = check_root_at(session, "/groups/g/lag/orders-0", 18000);
  CHECK_MESSAGE(text_of_steps(answer).find("slowly") == std::string::npos, text_of_steps(answer));
  CHECK_MESSAGE(text_of_steps(answer).find("cannot be reached") != std::string::npos, text_of_steps(answer));
}
