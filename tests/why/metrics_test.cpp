// Metrics: what they count, by their own names: the follower's lag, internal topics, one partition, unfenced brokers, one request's error.
#include <fmt/format.h>

#include <set>

#include "observe/model/mbeans.h"
#include "observe/observation.h"
#include "sim/facts_of_kernel.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kReplicas = "kafka.server:type=ReplicaManager,name=",
                  kPartition = "kafka.cluster:type=Partition,name=",
                  kErrors = "kafka.network:type=RequestMetrics,name=ErrorsPerSec,request=";

observe::Answer of_metric(Session& session, const std::string& node, const std::string& name) {
  return asked(session, "/metrics/mbeans/" + node + "/" + name);
}

/// Two topics; broker-3 is paused at 5 s and leaves their ISRs.
Session paused(std::int64_t at_s) {
  return small_run(
      R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}},
    {"name": "weak", "partitions": 1, "replication_factor": 2, "assignments": {"0": [1, 3]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
    {"id": "b", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}],
    "steps": [{"at": "5s", "do": "pause", "node": "broker-3"}])",
      at_s * 1000);
}

}  // namespace

TEST_CASE("Why? about MaxLag names the partition in which the follower is behind, and the slow link") {
  Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "400/s",
    "value_size": "1000B"}], "steps": [{"at": "5s", "do": "crash", "node": "broker-3"},
    {"at": "20s", "do": "link", "from": "broker-3", "to": ["broker-1"], "bandwidth": "5Mbps"},
    {"at": "25s", "do": "restart", "node": "broker-3"}])",
                27'000);
  const std::string name = "kafka.server:type=ReplicaFetcherManager,name=MaxLag,clientId=Replica";
  REQUIRE(observe::state_at(session.moment(), "/metrics/mbeans/broker-3/" + name)->get<double>() > 1000);
  const observe::Answer lag = of_metric(session, "broker-3", name);
  CHECK(says(lag, "pay-0"));
  REQUIRE(lag.root.has_value());
  CHECK(lag.root->at.us == 20'000'000);
}

TEST_CASE("Why? about UnderReplicatedPartitions names an internal partition if the broker leads no other") {
  Session session = paused(20);
  const std::string name = kReplicas + "UnderReplicatedPartitions";
  REQUIRE(observe::state_at(session.moment(), "/metrics/mbeans/broker-2/" + name)->get<double>() > 0);
  const observe::Answer answer = of_metric(session, "broker-2", name);
  CHECK(says(answer, "__consumer_offsets-"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
  CHECK(says(of_metric(session, "broker-1", name), "pay-0"));  // one that users see comes first
}

TEST_CASE("Why? about a metric of one partition names no other partition") {
  Session session = paused(20);
  const observe::Answer weak = of_metric(session, "broker-1", kPartition + "UnderReplicated,topic=weak,partition=0");
  CHECK(says(weak, "weak-0"));
  CHECK_FALSE(says(weak, "pay-0"));
  CHECK(says(of_metric(session, "broker-1", kPartition + "AtMinIsr,topic=weak,partition=0"), "weak-0"));
  // A follower knows nothing of the ISR and reports 0.
  CHECK(has_key(of_metric(session, "broker-2", kPartition + "UnderReplicated,topic=pay,partition=0"),
                "why.metric_none"_w));
}

TEST_CASE("Why? about ActiveBrokerCount names the brokers that were fenced (KIP-748)") {
  const std::string name = "kafka.controller:type=KafkaController,name=ActiveBrokerCount";
  Session before = paused(4), after = paused(20);
  CHECK(has_key(of_metric(before, "controller-1", name), "why.formed"_w));
  const observe::Answer fenced = of_metric(after, "controller-1", name);
  CHECK(says(fenced, "broker-3 is fenced"));
  CHECK_FALSE(has_key(fenced, "why.active_since_formation"_w));
}

TEST_CASE("Why? about a metric of a controller that is cut off says that the value is this controller's own view") {
  Session session =
      small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-1"}, {"at": "20s", "do": "isolate", "node": "controller-1"},
    {"at": "35s", "do": "restart", "node": "broker-1"}])",
                50'000, "4.1", R"("brokers": 3, "controllers": 3)");
  const std::string name = "kafka.controller:type=KafkaController,name=OfflinePartitionsCount";
  REQUIRE(observe::state_at(session.moment(), "/partitions/pay-0/leader")->is_number());
  REQUIRE(observe::state_at(session.moment(), "/metrics/mbeans/controller-1/" + name)->get<double>() == 1);
  const observe::Answer answer = of_metric(session, "controller-1", name);
  CHECK(says_in_both(sentence_with(answer, "why.metric_own_view"_w), "controller-1"));
  REQUIRE(answer.root.has_value());
  CHECK_FALSE(has_key(answer, "why.metric_none"_w));
  CHECK(says(answer, "controller-1 is cut off"));
}

TEST_CASE("Why? about ErrorsPerSec names only the request and the error of that metric") {
  Session session = paused(4);
  int asked_about = 0;
  for (const char* node : {"broker-1", "broker-2", "broker-3"})
    if (const std::string name = kErrors + "JoinGroup,error=MEMBER_ID_REQUIRED";
        observe::state_at(session.moment(), "/metrics/mbeans/" + std::string(node) + "/" + name)) {
      ++asked_about;
      const observe::Answer answer = of_metric(session, node, name);
      CHECK(says(answer, "b gets MEMBER_ID_REQUIRED"));
      for (const observe::WhyStep& step : answer.steps) CHECK(step.words.en.find("COORDINATOR_") == std::string::npos);
    }
  CHECK(asked_about == 1);
}

namespace {

const std::string kReplicaMetrics = "kafka.server:type=ReplicaManager,name=", kRaft = "kafka.server:type=raft-metrics#",
                  kTopics = "kafka.server:type=BrokerTopicMetrics,name=",
                  kController = "kafka.controller:type=KafkaController,name=",
                  kGroups = "kafka.coordinator.group:type=GroupMetadataManager,name=",
                  kRequests = "kafka.network:type=RequestMetrics,name=",
                  kProducer = "kafka.producer:type=producer-metrics,client-id=shop#",
                  kConsumer = "kafka.consumer:type=consumer-", kFailover = "scenarios/replication/leader-failover.json";

/// What the answer about a metric of a node says, and when its root happened (-1: it has none).
struct Said {
  const char* node;
  std::string metric, text;
  std::int64_t root_s = -1;
};

void check_said(Session& session, const std::vector<Said>& all) {
  for (const Said& said : all) {
    CAPTURE(said.node);
    CAPTURE(said.metric);
    const observe::Answer answer = asked(session, "/metrics/mbeans/" + std::string(said.node) + "/" + said.metric);
    CHECK(observe::has_why(said.metric));
    CHECK(answer.question_key == "why.q_metric"_w);
    CHECK(says(answer, said.text));
    CHECK((answer.root ? answer.root->at.us / 1'000'000 : -1) == said.root_s);
  }
}

/// Three controllers and three brokers. controller-1, the leader, is cut off at 5 s, broker-2 paused at 20 s, and move-0 moved
/// to broker-2 at 28 s.
Session cut_and_moved(std::int64_t at_s) {
  return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
      "config": {"min.insync.replicas": 2}, "assignments": {"0": [1, 2, 3]}},
    {"name": "move", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
    {"id": "b", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}],
    "steps": [{"at": "5s", "do": "isolate", "node": "controller-1"}, {"at": "20s", "do": "pause", "node": "broker-2"},
    {"at": "28s", "do": "reassign", "partition": "move-0", "replicas": [2]}])",
                   at_s * 1000, "4.1", R"("brokers": 3, "controllers": 3)");
}

}  // namespace

TEST_CASE(
    "Why? about metrics of the quorum names the election, the vote, and what a controller that is cut off lacks") {
  Session session = cut_and_moved(12);
  check_said(
      session,
      {{"controller-2", kRaft + "current-leader", "controller-3 is the active controller", 5},
       {"controller-2", kRaft + "current-vote", "its vote for epoch 3", 5},
       {"controller-2", kRaft + "election-latency-max", "controller-3 is the active controller", 5},
       {"controller-2", kController + "NewActiveControllersCount", "controller-3 is the active", 5},
       {"controller-1", kRaft + "current-leader", "controller-1 has not heard of that yet", 5},
       {"controller-1", kRaft + "log-end-offset", "controller-1 is cut off", 5},
       {"controller-1", kRaft + "log-end-offset", "truncates its log there when it fetches from controller-3", 5},
       {"controller-1", kRaft + "log-end-offset", "has the committed part of the metadata log up to offset 81", 5},
       {"controller-2", kRaft + "log-end-offset", "a majority of the voters has all of it"},
       {"controller-1", kController + "LastCommittedRecordOffset", "it is committed up to", 5},
       {"controller-1", kRaft + "current-vote", "has voted for nobody"},
       {"controller-3", kRaft + "commit-latency-max", "2 of 3 controllers have it"},
       {"broker-1", kRaft + "current-vote", "do not vote"},
       {"broker-1", kRaft + "high-watermark", "a majority of the voters has all of it"},
       {"broker-1", "kafka.server:type=MetadataLoader,name=CurrentControllerId",
        "controller-3 is the active controller", 5},
       {"broker-1", "kafka.server:type=MetadataLoader,name=CurrentMetadataVersion", "Kafka 4.1"}});
}

TEST_CASE("Why? about metrics of partitions leads to the reassignment, the ISR, the log or the topics") {
  Session session = cut_and_moved(31);
  const std::string of_pay = ",topic=pay,partition=0";
  check_said(session, {{"broker-1", kReplicaMetrics + "ReassigningPartitions", "it waits for broker-2", 28},
                       {"broker-3", kReplicaMetrics + "ReassigningPartitions", "counts here now"},
                       {"broker-1", "kafka.cluster:type=Partition,name=InSyncReplicasCount" + of_pay,
                        "broker-2 leaves the ISR of pay-0", 20},
                       {"broker-3", "kafka.cluster:type=Partition,name=InSyncReplicasCount" + of_pay,
                        "broker-3 does not lead pay-0"},
                       {"broker-1", "kafka.log:type=Log,name=LogEndOffset" + of_pay, "broker-1 appends"},
                       {"broker-1", "kafka.log:type=Log,name=NumLogSegments" + of_pay, "active segment"},
                       {"controller-2", kController + "GlobalTopicCount", "move: 1, pay: 1"},
                       {"controller-2", kController + "GlobalPartitionCount", "__consumer_offsets: 50"},
                       {"broker-1", kReplicaMetrics + "ProducerIdCount", "pay-0: 1"}});
}

TEST_CASE("Why? about groups by state leads to the group, or says that the coordinator counted them earlier") {
  Session failover = session_at(kFailover, 15'000);
  check_said(failover, {{"broker-2", kGroups + "NumGroupsStable", "CompletingRebalance becomes Stable", 3},
                        {"broker-2", kGroups + "NumGroupsEmpty", "counts here now"},
                        {"broker-2", kGroups + "NumOffsets", "billing: 3"},
                        {"broker-2", "kafka.server:type=group-coordinator-metrics#consumer-group-rebalance-count",
                         "has counted none of these"}});
  Session early = cut_and_moved(12);  // the broker counts once a minute, and the group came after the first time
  int counted = 0;
  for (const char* broker : {"broker-1", "broker-2", "broker-3"})
    if (observe::state_at(early.moment(), "/groups/g/coordinator") == broker[7] - '0') {
      ++counted;
      const std::string path = std::string("/metrics/mbeans/") + broker + "/" + kGroups + "NumGroups";
      REQUIRE(observe::state_at(early.moment(), path) == 0);
      CHECK(says_in_both(sentence_with(asked(early, path), "why.metric_groups_then"_w), "g"));
    }
  CHECK(counted == 1);
}

TEST_CASE("Why? about the longest waits of a producer and a consumer names the record, the request or the gap") {
  Session session = session_at(kFailover, 15'000);
  const std::string coordinator = kConsumer + "coordinator-metrics,client-id=billing-1#",
                    polls = kConsumer + "metrics,client-id=billing-1#";
  check_said(session, {{"shop", kProducer + "request-latency-max", "its request takes 8.604 s", 5},
                       {"shop", kProducer + "record-queue-time-max", "only 8.678 s after send()", 5},
                       {"shop", kProducer + "metadata-age", "shop refreshes its metadata"},
                       {"shop", kProducer + "txn-commit-time-ns-total", "no transactional.id"},
                       {"shop", kProducer + "buffer-total-bytes", "buffer.memory is as"},
                       {"billing-1", polls + "time-between-poll-max", "gets records, the first ones since 4.979 s"},
                       {"billing-1", coordinator + "assigned-partitions", "billing-1 gets [orders-0", 3}});
  Session paused = cut_and_moved(31);
  check_said(paused, {{"b", kConsumer + "coordinator-metrics,client-id=b#commit-latency-max",
                       "broker-1, the coordinator, answers a commit of b after 4.796 s", 20}});
}

TEST_CASE("Why? about a metric of ordinary traffic says what it counts, since when, and of what the number consists") {
  Session session = session_at(kFailover, 15'000);
  check_said(session, {{"broker-2", kTopics + "MessagesInPerSec", "orders: 195, __consumer_offsets: 3"},
                       {"broker-2", kTopics + "BytesOutPerSec", "every batch that broker-2 sends to a consumer"},
                       {"broker-2", kReplicaMetrics + "FailedIsrUpdatesPerSec", "has counted none of these"},
                       {"broker-2", kReplicaMetrics + "PartitionCount", "__consumer_offsets: 50, orders: 3"},
                       {"broker-2", kRequests + "RequestsPerSec,request=Metadata,version=13", "answered Metadata"},
                       {"broker-2", kRequests + "TotalTimeMs,request=Produce#Mean", "ms waiting for others"},
                       {"broker-2", kRequests + "TotalTimeMs,request=AddOffsetsToTxn", "answered no AddOffsetsToTxn"},
                       {"broker-2", "kafka.server:type=KafkaServer,name=BrokerState", "has run since the beginning"},
                       {"broker-2", "kafka.server:type=FetchSessionCache,name=NumIncrementalFetchSessions", "KIP-227"},
                       {"broker-2", "kafka.server:type=DelayedProduceMetrics,name=ExpiresPerSec", "counted none"}});
  Session restarted = session_at("scenarios/controller/kraft-failover.json", 25'000);
  const observe::Answer answer =
      asked(restarted, "/metrics/mbeans/controller-1/" + kController + "NewActiveControllersCount");
  CHECK(sentence_with(answer, "why.metric_counts_anew"_w).at.us == 20'000'000);
}

namespace {

/// A broker-1 that shrinks and expands an ISR, dies at 15 s and starts again at 40 s.
Session restarted_leader(std::int64_t at_ms) {
  return small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}],
    "steps": [{"at": "5s", "do": "pause", "node": "broker-3"}, {"at": "10s", "do": "resume", "node": "broker-3"},
    {"at": "15s", "do": "crash", "node": "broker-1"}, {"at": "40s", "do": "restart", "node": "broker-1"}])",
                   at_ms, "4.1", R"("brokers": 3, "config": {"replica.lag.time.max.ms": 3000})");
}

/// The moment at which the node's present process began.
sim::Instant start_of(Session& session, sim::NodeId node) {
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = trace.size(); i > 0; --i)
    if (trace[i - 1].kind == sim::trace_kind::kNodeStarted && trace[i - 1].node == node) return trace[i - 1].time;
  return {};
}

/// The value as a question names it.
std::string value_in_words(const nlohmann::json& value) {
  return value.is_number_float() ? fmt::format("{:.2f}", value.get<double>()) : value.dump();
}

/// The numbers in a text: "5.002", "30000".
std::set<std::string> numbers_in(const std::string& text) {
  std::set<std::string> all;
  std::string number;
  for (const char c : text + " ") {
    const bool digit = c >= '0' && c <= '9';
    if (digit || (c == '.' && !number.empty())) {
      number += c;
      continue;
    }
    while (number.ends_with('.')) number.pop_back();
    if (!number.empty()) all.insert(std::exchange(number, {}));
  }
  return all;
}

/// An answer about a metric names its value, no moment after the present one, and in both languages the same numbers. What a
/// process counts began with the process: a 0 goes back to nothing but its start, another number to what came later.
void check_answer(Session& session, const observe::Answer& answer, const observe::MBeanKind& kind, sim::NodeId node) {
  CAPTURE(answer.path);
  CAPTURE(text_of_steps(answer));
  const nlohmann::json value = observe::state_at(session.moment(), answer.path).value();
  const std::string named = value_in_words(value);
  CHECK_MESSAGE(answer.question.en.find(named) != std::string::npos, named, ": ", answer.question.en);
  CHECK_MESSAGE(answer.question.ko.find(named) != std::string::npos, named, ": ", answer.question.ko);
  CHECK(!answer.steps.empty());
  CHECK(answer.steps.size() <= observe::kMostWhySteps);
  CHECK_FALSE(has_key(
      answer, "why.never_happened"_w));  // that is true of a cluster only: another process may have counted some
  const sim::Instant now = session.cluster().now(), start = start_of(session, node);
  std::vector<observe::WhyStep> all = answer.steps;
  all.insert(all.end(), answer.effects.begin(), answer.effects.end());
  if (answer.root) all.push_back(*answer.root);
  for (const observe::WhyStep& step : all) {
    CHECK(step.at <= now);
    CHECK_MESSAGE(numbers_in(step.words.en) == numbers_in(step.words.ko), step.words.en, " | ", step.words.ko);
  }
  if (!kind.counts) return;
  const bool by_controller = has_key(answer, "why.shrinks_by_controller"_w);  // which the metric does not count
  sim::Instant last{-1};
  for (const observe::WhyStep& step : answer.steps) {
    if (step.seq == 0) continue;
    if (step.key != "why.metric_counts_anew"_w) last = std::max(last, step.at);
    CHECK_MESSAGE((value != 0 || by_controller || step.key == "why.metric_counts_anew"_w), step.words.en);
  }
  CHECK((last.us < 0 || last >= start));
}

}  // namespace

TEST_CASE(
    "Why? answers about every metric that a node reports, with its value, and for what a process counts from its start on") {
  const auto check = [](Session session) {
    const cluster::Cluster& c = session.cluster();
    struct Metric {
      std::string path;
      const observe::MBeanKind* kind;
      sim::NodeId node;
    };
    std::vector<Metric> metrics;
    for (std::size_t i = 0; i < c.nodes().size(); ++i) {
      const sim::NodeId node{static_cast<std::int32_t>(i)};
      observe::for_each_mbean_of_node(c, node, [&](std::string_view name, const observe::MBeanKind& kind, double) {
        metrics.push_back({"/metrics/mbeans/" + c.info(node).name + "/" + std::string(name), &kind, node});
      });
    }
    CHECK(metrics.size() > 100);
    for (const Metric& metric : metrics) {
      const auto answer = whole_why(session.moment(), metric.path);
      CHECK_MESSAGE(answer.has_value(), metric.path);
      if (answer) check_answer(session, *answer, *metric.kind, metric.node);
    }
  };
  check(session_at("scenarios/replication/leader-failover.json", 12'000));
  check(session_at("scenarios/replication/leader-failover.json", 28'000));
  check(session_at("scenarios/groups/share-group.json", 12'000));
  check(session_at("scenarios/controller/zookeeper-failover.json", 12'000));
  check(session_at("scenarios/controller/kraft-failover.json", 25'000));
  check(restarted_leader(60'000));
}

TEST_CASE(
    "Why? about the ISR counters of a broker that has started again names no change that its earlier process counted") {
  for (const std::string counter : {"IsrShrinksPerSec", "IsrExpandsPerSec"}) {
    CAPTURE(counter);
    Session before = restarted_leader(14'000), after = restarted_leader(60'000);
    const std::string path = "/metrics/mbeans/broker-1/" + kReplicas + counter;
    REQUIRE(observe::state_at(before.moment(), path).value() == 1);
    CHECK(says(asked(before, path), "the ISR of pay-0"));
    REQUIRE(observe::state_at(after.moment(), path).value() == 0);
    const observe::Answer answer = asked(after, path);
    CAPTURE(text_of_steps(answer));
    CHECK(sentence_with(answer, "why.metric_counts_anew"_w).at.us == 40'000'000);
    CHECK(says_in_both(sentence_with(answer, "why.metric_none_yet"_w), "broker-1"));
    CHECK(answer.steps.size() == 2);
  }
}

TEST_CASE(
    "Why? about a producer with nothing in flight and no blocked send() says so, though records wait for linger.ms") {
  Session session = small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s",
      "config": {"linger.ms": 1000}}])",
                              5'500);
  const std::string at = "/metrics/mbeans/shop/" + kProducer;
  REQUIRE(observe::state_at(session.moment(), "/clients/shop/waiting")->get<int>() > 0);
  REQUIRE(observe::state_at(session.moment(), at + "requests-in-flight").value() == 0);
  REQUIRE(observe::state_at(session.moment(), at + "waiting-threads").value() == 0);
  const observe::Answer flight = asked(session, at + "requests-in-flight"),
                        sends = asked(session, at + "waiting-threads");
  CHECK(says_in_both(sentence_with(flight, "why.metric_none_in_flight"_w), "shop"));
  CHECK(says_in_both(sentence_with(flight, "why.metric_last_response"_w), "Produce"));
  CHECK(sentence_with(flight, "why.metric_last_response"_w).at.us > 4'000'000);
  CHECK(says_in_both(sentence_with(sends, "why.metric_no_send_waits"_w), "33554432"));
  for (const observe::Answer* answer : {&flight, &sends}) CHECK_FALSE(has_key(*answer, "why.waits_linger"_w));
}

TEST_CASE("Why? about a MaxLag of 0 says that the high watermark waits for the follower, whatever it lacks") {
  Session session = session_at("scenarios/operations/slow-disk.json", 31'000);
  const std::string path =
      "/metrics/mbeans/broker-3/kafka.server:type=ReplicaFetcherManager,name=MaxLag,clientId=Replica";
  REQUIRE(observe::state_at(session.moment(), path) == 0);
  const observe::Answer answer = asked(session, path);
  const observe::WhyStep& none = sentence_with(answer, "why.max_lag_none"_w);
  CHECK(says_in_both(none, "2941"));
  CHECK(none.words.en.find("The high watermark waits for broker-3") != std::string::npos);
  CHECK_FALSE(says(answer, "records behind"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
}

TEST_CASE("Why? about what a broker with a full disk has left behind names the disk") {
  const std::string file = "scenarios/operations/disk-full.json";
  Session leads = session_at(file, 63'000), waits = session_at(file, 65'000), out = session_at(file, 70'000);
  for (const auto& [session, path] : {std::pair{&leads, "/partitions/web-log-0/leader"},
                                      {&leads, "/nodes/broker-1/state"},
                                      {&waits, "/clients/web/waiting"},
                                      {&out, "/partitions/web-log-0/isr"}}) {
    const std::string at = path;  // clang 14 captures no structured binding
    CAPTURE(at);
    const observe::Answer answer = asked(*session, at);
    CHECK(sentence_with(answer, "why.dies_of_directory"_w).at.us / 1'000'000 == 59);
    CHECK(says(answer, "no space left on the disk"));
    // It led before its disk was full, too.
    CHECK(answer.root.has_value() == !at.ends_with("/leader"));
    if (answer.root) CHECK(answer.root->at.us == 0);
  }
}
