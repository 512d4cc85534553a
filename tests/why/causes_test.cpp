// Small clusters with a plausible wrong cause: an old fault that is over, another topic's setting, a rule for another principal. Checks the root
// that Why? names: its act and its moment.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "cluster/acts.h"
#include "observe/why/why.h"
#include "observe/why/why_parting.h"
#include "protocol/facts_of_cluster.h"
#include "scenario/values.h"
#include "sim/facts_of_kernel.h"
#include "support/lessons.h"
#include "why/answers.h"
#include "why/whole.h"
#include "words/catalogue.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

constexpr const char* kTopicA =
    R"({"name": "a", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}})";
constexpr const char* kShop =
    R"({"id": "shop", "kind": "producer", "topic": "a", "rate": "10/s", "config": {"acks": "all"}})";
constexpr const char* kKraft = R"("kafka": "4.1", "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 3})";

/// Three brokers, the topics and clients, and the steps.
Session at(const std::string& moment, const std::string& topics, const std::string& clients, const std::string& steps,
           const std::string& cluster = kKraft) {
  const std::string text = fmt::format(
      R"({{"format": 1, "id": "x", "title": {{"en": "x", "ko": "x"}}, "until": "100s", "seed": 1, {}, "topics": [{}], "clients": [{}], "steps": [{}]}})",
      cluster, topics, clients, steps);
  Session session(loaded(text), true);
  session.run_until(sim::Instant{} + scenario::parse_duration(moment).value());
  return session;
}

std::string root_of(Session& session, const std::string& path) {
  const auto answer = test::whole_why(session.moment(), path);
  if (!answer) return "no answer";
  if (!answer->root) return "none";
  const sim::TraceLine* line = session.observation().trace().find(answer->root->seq);
  const auto act = fact_if<fact::Command>(*line);
  return fmt::format("{} {:.3f}", act ? act->spelled() : std::string(observe::to_string(answer->root_kind)),
                     static_cast<double>(answer->root->at.us) / 1e6);
}

/// Whether a step uses that sentence of the catalogue.
bool says(Session& session, const std::string& path, words::Key key) {
  const auto answer = test::whole_why(session.moment(), path);
  return answer && std::any_of(answer->steps.begin(), answer->steps.end(),
                               [&](const observe::WhyStep& step) { return step.key == key; });
}

std::string all_words(Session& session, const std::string& path) {
  const auto answer = test::whole_why(session.moment(), path);
  std::string all;
  if (answer)
    for (const observe::WhyStep& step : answer->steps) all += step.words.en + "\n";
  return all;
}

}  // namespace

TEST_CASE("a link with loss or delay is a cause; a crash that was over before is not") {
  const std::string link = R"({"at": "40s", "do": "link", "from": "broker-3", "to": "broker-1", "latency": "40s"})";
  const std::string crash =
      R"({"at": "5s", "do": "crash", "node": "broker-3"}, {"at": "8s", "do": "restart", "node": "broker-3"}, )";
  Session early = at("60s", kTopicA, kShop, crash + link);
  CHECK(root_of(early, "/partitions/a-0/high_watermark") == "link broker-3 | broker-1 40.000");
  CHECK(root_of(early, "/clients/shop/waiting") == "link broker-3 | broker-1 40.000");
  early.run_until(sim::Instant{} + sim::seconds(90));
  CHECK(root_of(early, "/partitions/a-0/isr") == "link broker-3 | broker-1 40.000");
  CHECK(all_words(early, "/partitions/a-0/isr").find("latency") !=
        std::string::npos);  // the sentence includes the act's numbers
  Session lost =
      at("60s", kTopicA, kShop, R"({"at": "10s", "do": "link", "from": "broker-3", "to": "controller-1", "loss": 1})");
  CHECK(root_of(lost, "/partitions/a-0/isr") == "link broker-3 | controller-1 10.000");
  // After the loss is reset, the reset is the cause of the recovery.
  Session healed = at("80s", kTopicA, kShop,
                      R"({"at": "10s", "do": "link", "from": "broker-3", "to": "controller-1", "loss": 1},
                         {"at": "40s", "do": "link", "from": "broker-3", "to": "controller-1", "loss": 0})");
  CHECK(root_of(healed, "/partitions/a-0/isr") == "link broker-3 | controller-1 40.000");
}

TEST_CASE("a slow disk is a cause until its speed is restored") {
  const std::string slow = R"({"at": "5s", "do": "disk", "node": "broker-3", "write": "1KB/s"})";
  Session session = at("95s", kTopicA, R"({"id": "shop", "kind": "producer", "topic": "a", "rate": "200/s"})", slow);
  CHECK(root_of(session, "/nodes/broker-3/disk") == "disk broker-3 5.000");
  Session mended =
      at("95s", kTopicA, kShop, slow + R"(, {"at": "6s", "do": "disk", "node": "broker-3", "write": "200MB/s"})");
  CHECK(root_of(mended, "/nodes/broker-3/disk") == "none");
}

TEST_CASE("a pause that ended long ago does not explain a lag; the consumer's slow work does") {
  Session session =
      at("80s", kTopicA,
         R"({"id": "shop", "kind": "producer", "topic": "a", "rate": "100/s"},
                          {"id": "slow", "kind": "consumer", "topics": ["a"], "work": "50ms",
                           "config": {"group.id": "g", "auto.offset.reset": "earliest"}})",
         R"({"at": "10s", "do": "pause", "node": "slow"}, {"at": "12s", "do": "resume", "node": "slow"})");
  CHECK(root_of(session, "/groups/g/lag/a-0") == "none");
  CHECK(says(session, "/groups/g/lag/a-0", "why.lag_slow"_w));
}

TEST_CASE("Why? about a falling lag says that it falls, and names the load that caused it") {
  Session session = at("30s", kTopicA,
                       R"({"id": "shop", "kind": "producer", "topic": "a", "rate": "10/s"},
                          {"id": "crowd", "kind": "producer", "topic": "a", "rate": "200/s", "start": "10s", "stop": "20s"},
                          {"id": "slow", "kind": "consumer", "topics": ["a"], "work": "20ms",
                           "config": {"group.id": "g", "auto.offset.reset": "earliest"}})",
                       "");
  CHECK(root_of(session, "/groups/g/lag/a-0") == "start crowd 10.000");
  CHECK(says(session, "/groups/g/lag/a-0", "why.lag_falls"_w));
}

TEST_CASE("the cause of too few in-sync replicas is the smaller ISR or the topic's setting, whichever changed last") {
  const std::string topics =
      R"({"name": "a", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": 2}},
         {"name": "b", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}})";
  const std::string crashes =
      R"({"at": "5s", "do": "crash", "node": "broker-2"}, {"at": "5s", "do": "crash", "node": "broker-3"}, )";
  Session others =
      at("50s", topics, kShop,
         crashes + R"({"at": "20s", "do": "configure", "topic": "b", "config": {"min.insync.replicas": 3}})");
  CHECK(root_of(others, "/clients/shop/waiting").starts_with("crash broker-"));
  Session own = at("50s", topics, kShop,
                   R"({"at": "5s", "do": "crash", "node": "broker-2"},
                      {"at": "20s", "do": "configure", "topic": "a", "config": {"min.insync.replicas": 3}})");
  CHECK(root_of(own, "/clients/shop/waiting") == "configure a min.insync.replicas=3 20.000");
}

TEST_CASE("an injected error that is used up does not explain a later real error") {
  const std::string answer =
      R"({"at": "5s", "do": "answer", "node": "broker-1", "api": "Produce", "error": "NOT_ENOUGH_REPLICAS", "count": 1})";
  const std::string topics =
      R"({"name": "a", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": 2}})";
  Session real =
      at("95s", topics, kShop,
         answer +
             R"(, {"at": "40s", "do": "crash", "node": "broker-2"}, {"at": "40s", "do": "crash", "node": "broker-3"})");
  CHECK(root_of(real, "/clients/shop/waiting").starts_with("crash broker-"));
  Session made = at("10s", topics, kShop, answer);
  CHECK(root_of(made, "/clients/shop/errors/NOT_ENOUGH_REPLICAS") ==
        "answer broker-1 Produce NOT_ENOUGH_REPLICAS 5.000");
}

TEST_CASE("under ZooKeeper the cause of an election is the expired session, not an act on another partition") {
  Session session = at("60s",
                       std::string(kTopicA) +
                           R"(, {"name": "b", "partitions": 1, "replication_factor": 2, "assignments": {"0": [2, 3]}})",
                       kShop,
                       R"({"at": "20s", "do": "crash", "node": "broker-1"},
                          {"at": "36s", "do": "elect_leaders", "partitions": ["b-0"], "type": "preferred"})",
                       R"("kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 3})");
  CHECK(root_of(session, "/partitions/a-0/leader") == "crash broker-1 20.000");
  CHECK_FALSE(says(session, "/partitions/a-0/isr", "why.left_isr_slow"_w));
}

TEST_CASE(
    "the answer about an aborted transaction names the time-out, even if a second partition joined the transaction late") {
  Session session = at("40s",
                       R"({"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}},
                          {"name": "pay2", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}})",
                       R"({"id": "bank", "kind": "producer", "topic": "pay",
                           "config": {"transactional.id": "tx-1", "transaction.timeout.ms": 10000}})",
                       R"({"at": "4s", "do": "begin_transaction", "node": "bank"},
                          {"at": "4s", "do": "produce", "node": "bank", "records": [{"key": "a", "value": "1"}]},
                          {"at": "12s", "do": "produce", "node": "bank", "records": [{"key": "a", "value": "1", "topic": "pay2"}]})");
  CHECK(says(session, "/transactions/tx-1", "why.tx_timed_out_late"_w));  // the coordinator looks every 10 s
  CHECK(says(session, "/ledger/aborted", "why.tx_timed_out_late"_w));
}

TEST_CASE(
    "the answer names the quota, the pause or the setting of the client, partition or topic in question, not of another one") {
  Session quota =
      at("40s", kTopicA, R"({"id": "shop", "kind": "producer", "topic": "a", "rate": "100/s", "value_size": "1KB"})",
         R"({"at": "2s", "do": "quota", "principal": "User:shop", "producer_byte_rate": 5000},
                        {"at": "20s", "do": "quota", "principal": "User:other", "producer_byte_rate": 100000})");
  CHECK(root_of(quota, "/clients/shop/throttled") == "quota User:shop producer_byte_rate=5000 2.000");
  const std::string reader =
      R"({{"id": "{}", "kind": "consumer", "topics": ["{}"], "config": {{"group.id": "{}", "auto.offset.reset": "earliest"}}}})";
  Session pause = at("40s", std::string(kTopicA) + R"(, {"name": "b", "partitions": 1, "replication_factor": 3})",
                     std::string(kShop) + ", " + fmt::format(fmt::runtime(reader), "c", "a", "g") + ", " +
                         fmt::format(fmt::runtime(reader), "d", "b", "h"),
                     R"({"at": "10s", "do": "pause_partitions", "node": "c", "partitions": ["a-0"]},
                        {"at": "20s", "do": "pause_partitions", "node": "d", "partitions": ["b-0"]})");
  CHECK(root_of(pause, "/groups/g/lag/a-0") == "pause_partitions c a-0 10.000");
  CHECK(root_of(pause, "/clients/c/positions/a-0") == "pause_partitions c a-0 10.000");
  Session setting =
      at("40s",
         R"({"name": "a", "partitions": 1, "replication_factor": 3, "config": {"retention.ms": 7000}},
                          {"name": "a-dlq", "partitions": 1, "replication_factor": 3})",
         kShop, R"({"at": "5s", "do": "configure", "topic": "a-dlq", "config": {"retention.ms": 60000}})");
  CHECK(root_of(setting, "/topics/a/config/retention.ms") == "none");
}

TEST_CASE("Why? about records deleted by time names the broker's clock that was set forward") {
  Session session =
      at("40s", R"({"name": "a", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]},
                                  "config": {"retention.ms": 3600000, "segment.ms": 5000}})",
         kShop, R"({"at": "10s", "do": "skew_clock", "node": "broker-1", "by": "2h"})");
  CHECK(root_of(session, "/partitions/a-0/log_start_offset").starts_with("skew_clock broker-1"));
}

// Answers that name the act behind an error, a lag or an assignment, and such that name none.
namespace {

constexpr std::int64_t kRootless = -1;

struct RootCase {
  std::string file, variant;
  std::int64_t at_ms;
  std::string path;
  std::int64_t root_ms;  // when the answer's root happened
  std::string tells;
};

void check_root_cases(const std::vector<RootCase>& cases) {
  for (const RootCase& c : cases) {
    Session session = session_at(c.file, c.at_ms, c.variant);
    const observe::Answer answer = asked(session, c.path);
    CHECK_MESSAGE(tells(answer, c.tells), c.file, " ", c.path, ":\n", text_of_steps(answer));
    const std::int64_t root_ms = answer.root ? answer.root->at.us / 1000 : kRootless;
    CHECK_MESSAGE(root_ms == c.root_ms, c.file, " ", c.path, ":\n", text_of_steps(answer));
  }
}

}  // namespace

TEST_CASE("causes: errors lead back to another coordinator, a lost membership, a twin or a deletion under way") {
  check_root_cases({
      {"tests/stories/abort-of-nothing.json", "base", 12'000, "/clients/bank/errors/NOT_COORDINATOR", 5'000,
       "leads __transaction_state-0"},
      {"tests/stories/late-heartbeat-of-an-older-epoch.json", "base", 54'000,
       "/clients/c-1/errors/COORDINATOR_LOAD_IN_PROGRESS", 49'457, "broker-2 answers"},
      {"tests/stories/coordinator-dies-during-join.json", "base", 10'500, "/clients/reader-1/errors/UNKNOWN_MEMBER_ID",
       1'500, "leads __consumer_offsets"},
      {"tests/stories/delivery-auto-commit.json", "base", 30'000, "/clients/worker/errors/UNKNOWN_MEMBER_ID", 6'000,
       "worker leaves group work: session timeout, session.timeout.ms=6000"},
      {"tests/stories/one-instance-id-twice.json", "base", 13'500, "/clients/till/errors/FENCED_INSTANCE_ID", 10'000,
       "twin starts"},
      {"tests/stories/deletion-committed-by-the-next.json", "base", 13'500, "/clients/reader/errors/UNKNOWN_TOPIC_ID",
       10'101, "deletes the topic orders"},
      {"tests/stories/zombie-producer.json", "tv1", 12'000, "/clients/new/errors/CONCURRENT_TRANSACTIONS", 8'000,
       "to PrepareAbort"},
  });
}

TEST_CASE("causes: errors while the coordinators' topic is being created are no failures") {
  check_root_cases({
      {"tests/stories/abort-of-nothing.json", "base", 2'000, "/clients/bank/errors/COORDINATOR_NOT_AVAILABLE",
       kRootless, "Nothing failed: __transaction_state did not exist yet"},
      {"scenarios/delivery/at-least-once.json", "base", 1'500, "/clients/book-1/errors/COORDINATOR_NOT_AVAILABLE",
       kRootless, "Nothing failed: __consumer_offsets did not exist yet"},
  });
}

TEST_CASE("causes: Why? about a consumer without partitions names the reason, not the consumer's start") {
  check_root_cases({
      {"scenarios/operations/access-control.json", "base", 5'000, "/clients/kim/assignment", kRootless,
       "No ACL allowed User:kim Read on group:kim"},
      {"scenarios/log/topic-identity.json", "base", 12'000, "/clients/audit/assignment", 4'500,
       "has not been assigned a partition since it started again at 12.000 s"},
      {"tests/stories/metrics-of-newer-groups.json", "base", 41'000, "/clients/n-2/assignment", kRootless,
       "n-1 still has t-1: the response to its next heartbeat"},
      {"tests/stories/metrics-of-groups.json", "base", 216'000, "/clients/c/assignment", 200'000, "c is told to stop"},
      {"tests/stories/queue-beside-kafka.json", "base", 5'000, "/clients/worker-1/assignment", kRootless,
       "worker-1 crashes"},
      {"tests/stories/groups-lost-with-their-log.json", "base", 36'667, "/clients/c/assignment", 20'000,
       "c has lost [t-0, t-1]"},
  });
}

TEST_CASE("causes: Why? names the poll timeout of a slow member of the newer protocol, and its group's epochs") {
  check_root_cases({
      {"tests/stories/revocation-too-slow.json", "stuck", 30'000, "/clients/c-1/assignment", 9'000,
       "c-1 has not called poll() for max.poll.interval.ms=12000: it leaves group orders-g"},
      {"scenarios/groups/new-protocol.json", "base", 19'800, "/groups/billing", 15'000,
       "group billing rebalances: group epoch 4 with 4 members"},
      {"tests/stories/coordinator-fails-over-in-a-reconciliation.json", "base", 8'000, "/clients/c-1/assignment",
       kRootless, "in member epoch 1"},
      {"scenarios/groups/rebalance-eager.json", "base", 40'000, "/clients/c-1/assignment", 24'000, "in generation"},
  });
}

TEST_CASE("causes: Why? about a group's lag names the crash, quota, seek, election or held commit behind it") {
  check_root_cases({
      {"scenarios/consumer/auto-commit.json", "base", 15'400, "/groups/handoff/lag/pay-0", 10'000, "handoff crashes"},
      {"tests/stories/quota-of-a-share-consumer.json", "base", 20'000, "/groups/pool/lag/t-0", 0, "consumer_byte_rate"},
      {"tests/stories/a-group-rewinds.json", "base", 24'000, "/groups/g/lag/t-0", 20'000, "c is told to seek"},
      {"scenarios/replication/leader-failover.json", "base", 16'000, "/groups/billing/lag/orders-1", 5'000,
       "leads __consumer_offsets"},
      {"tests/stories/commit-sync-ends-in-time.json", "base", 12'000, "/groups/g/lag/t-0", 8'000, "is held back"},
      {"tests/stories/applications-change-their-ways.json", "base", 54'000, "/groups/billing/lag/refunds-1", 42'000,
       "c-2 subscribes"},
  });
}

TEST_CASE("causes: a producer gives up after delivery.timeout.ms") {
  check_root_cases({{"scenarios/producer/options.json", "base", 31'500, "/clients/deadline-6s/errors/TimeoutException",
                     22'000, "TimeoutException, because delivery.timeout.ms=6000 had passed"}});
}

TEST_CASE("causes: an act at which two runs diverge is told as a sentence, not as the file writes it") {
  Session session = session_at("scenarios/producer/retries-reorder.json", 5'000);
  const observe::TraceStore& trace = session.observation().trace();
  int told = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const auto act = fact_if<fact::Command>(trace[i]);
    if (!act || act->verb != "answer") continue;
    ++told;
    const observe::Words words = observe::sentence_of_parting(session.moment(), i);
    CHECK(words.en.find("This is done") == std::string::npos);
    CHECK(words.en.find("broker-1 answers") != std::string::npos);
    CHECK(words.ko.find("answer") == std::string::npos);
  }
  CHECK(told > 0);
}

TEST_CASE("causes: an act on a role names the node that had it, in every lesson and in both languages") {
  int told = 0;
  for_each_lesson([&](const File& file, const auto& scenario, const std::string&) {
    bool of_role = false;
    for (const char* role : {"\"leader:", "\"follower:", "\"replicas:", "\"coordinator:", "\"transaction-coordinator:",
                             "\"host:", "\"node\": \"controller\""})
      of_role = of_role || file.text.find(role) != std::string::npos;
    if (!of_role) return;
    Session session(scenario, true);
    session.run_until(session.until());
    const observe::TraceStore& trace = session.observation().trace();
    for (std::size_t i = 0; i < trace.size(); ++i) {
      const auto act = fact_if<fact::Command>(trace[i]);
      if (!act) continue;
      const auto& commands = session.observation().commands();
      const auto whole =
          std::find_if(commands.begin(), commands.end(), [&](const auto& c) { return c->number == act->number; });
      if (whole == commands.end()) continue;
      const cluster::Command& command = (*whole)->command;
      std::vector<cluster::NodeRef> roles;
      const auto add = [&](const cluster::NodeRef& ref) {
        if (ref.kind != cluster::NodeRef::Kind::Name && ref.kind != cluster::NodeRef::Kind::AllBrokers)
          roles.push_back(ref);
      };
      if (command.node) add(*command.node);
      if (const auto* m = command.get_if<cluster::act::Messages>())
        for (const auto* side : {&m->from, &m->to}) std::for_each(side->begin(), side->end(), add);
      const auto& acts = session.observation().acts_taken();
      const auto taken = std::find_if(acts.begin(), acts.end(), [&](const auto& a) { return a.number == act->number; });
      REQUIRE(taken != acts.end());
      const observe::Words words = observe::sentence_of_parting(session.moment(), i);
      for (const cluster::NodeRef& role : roles) {
        ++told;
        for (const std::string* text : {&words.en, &words.ko}) {
          const std::string spelled = cluster::to_text(role);
          const std::size_t at = text->find(spelled), next = at + spelled.size();
          CHECK_MESSAGE((at == std::string::npos || (*text + " ")[next] == '-'), *text);  // "controller-1"
          CHECK_MESSAGE(text->find(taken->node) != std::string::npos, *text, " | ", taken->node);
        }
      }
    }
  });
  CHECK(told >= 15);
}
