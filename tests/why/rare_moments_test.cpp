// Sentences of Why? about moments that last for milliseconds or need several misfortunes: for each a run and a question.
#include "protocol/facts_of_logs.h"
#include "why/in_version.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kBrokers = R"("controllers": 1, "brokers": 3)",
                  kShare = kBrokers + R"(, "features": {"share.version": 1})",
                  kOneLog = kBrokers + R"(, "config": {"transaction.state.log.replication.factor": 1,
                    "transaction.state.log.min.isr": 1})",
                  kFlusher = kBrokers + R"(, "config": {"log.flush.scheduler.interval.ms": 1000})";

/// A partition that only broker-1 has, and what else the file has.
const std::string kSolo = R"("topics": [{"name": "solo", "partitions": 1, "replication_factor": 1,
  "config": {"flush.ms": 2000}, "assignments": {"0": [1]}}])";

/// A producer with an open transaction, whose partition another broker than its coordinator leads.
const std::string kOpen = R"("topics": [{"name": "t", "partitions": 1, "replication_factor": 3,
  "assignments": {"0": [2, 3, 1]}}], "clients": [{"id": "p", "kind": "producer", "topic": "t",
  "config": {"transactional.id": "x", "transaction.timeout.ms": 10000}}], "steps": [
  {"at": "1s", "do": "begin_transaction", "node": "p"},
  {"at": ")";
const std::string kRecord = R"(", "do": "produce", "node": "p", "records": [{"key": "a", "value": "1"}]})",
                  kCommit = R"(, {"at": "3s", "do": "crash", "node": "transaction-coordinator:x"},
                    {"at": "4s", "do": "commit_transaction", "node": "p"}])";

/// A transaction of one record in pay-0 that ends so at that moment, among other steps and clients.
std::string ended(const std::string& how, const std::string& at, const std::string& steps, const std::string& clients) {
  return R"(, "clients": [{"id": "p", "kind": "producer", "topic": "pay", "config": {"transactional.id": "x"}})" +
         clients + R"(], "steps": [)" + steps + R"({"at": "1s", "do": "begin_transaction", "node": "p"},
           {"at": "2s", "do": "produce", "node": "p", "records": [{"key": "a", "value": "1"}]}, {"at": ")" +
         at + R"(", "do": ")" + how + R"(_transaction", "node": "p"}])";
}

/// A producer with these settings.
std::string producing(const std::string& settings) {
  return R"(, "clients": [{"id": "p", "kind": "producer", "topic": "pay", )" + settings + "}], \"steps\": [";
}

/// A producer for kSolo.
const std::string kTick = R"(, "clients": [{"id": "p", "kind": "producer", "topic": "solo", "rate": "5/s"}])";

/// Two members of the new protocol; the second one waits for a partition of the first.
const std::string kNewMembers = R"("topics": [{"name": "two", "partitions": 2, "replication_factor": 3}], "clients": [
  {"id": "r", "kind": "consumer", "topics": ["two"], "config": {"group.id": "g", "group.protocol": "consumer"}},
  {"id": "s", "kind": "consumer", "topics": ["two"], "start": "10s",
   "config": {"group.id": "g", "group.protocol": "consumer"}}])";

/// A consumer that pauses pay-0, and further steps.
std::string paused(const std::string& steps) {
  return R"(, "clients": [{"id": "r", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [
    {"at": "6s", "do": "pause_partitions", "node": "r", "partitions": ["pay-0"]})" +
         steps + "]";
}

struct Rare {
  words::Key key;
  const char* kafka;
  std::string cluster, rest;
  std::int64_t at_ms;
  const char* path;
  std::vector<std::string> said;  // in both languages
};

std::vector<Rare> all_rare() {
  const std::string dead_leader = R"({"at": "10s", "do": "crash", "node": "broker-1"}])";
  return {
      {"why.awaits_unclean"_w,
       "4.1",
       kBrokers,
       kPay + R"(, "steps": [
         {"at": "3s", "do": "crash", "node": "broker-2"}, {"at": "3s", "do": "crash", "node": "broker-3"},
         {"at": "15s", "do": "crash", "node": "broker-1"},
         {"at": "30s", "do": "configure", "topic": "pay", "config": {"min.insync.replicas": 1}}])",
       40'000,
       "/partitions/pay-0/leader",
       {"pay-0"}},
      {"why.elr_none"_w,
       "4.1",
       kBrokers,
       kPay + R"(, "steps": [{"at": "3s", "do": "shutdown", "node": "broker-3"},
         {"at": "5s", "do": "configure", "topic": "pay", "config": {"min.insync.replicas": 3}}])",
       20'000,
       "/partitions/pay-0/elr",
       {"pay-0", "min.insync.replicas=3"}},
      {"why.awaits_znode"_w,
       "2.5",
       kZooKeeper,
       kPay + R"(, "steps": [{"at": "10s", "do": "crash", "node": "controller"}])",
       26'005,
       "/cluster/active_controller",
       {"/controller"}},
      {"why.zk_session_formed"_w, "2.5", kZooKeeper, kPay, 1, "/cluster/zookeeper/sessions/broker-1/id", {"broker-1"}},
      {"why.zk_ahead"_w,
       "2.5",
       kZooKeeper,
       kPay + R"(, "clients": [{"id": "a", "kind": "admin"}], "steps": [
         {"at": "5s", "do": "link", "from": "zookeeper-1", "to": "zookeeper-2", "latency": "300ms"},
         {"at": "5s", "do": "link", "from": "zookeeper-1", "to": "zookeeper-3", "latency": "300ms"},
         {"at": "5.1s", "do": "create_topic", "as": "a", "topic": "n", "partitions": 1, "replication_factor": 3}])",
       6'000,
       "/nodes/zookeeper-1/zookeeper/last_zxid",
       {"zookeeper-1", "0x10000002a", "0x100000029"}},
      {"why.hw_copy_ahead"_w,
       "4.1",
       kBrokers,
       kPay + producing(R"("rate": "20/s", "count": 60)") +
           R"({"at": "0.5s", "do": "link", "from": "broker-1", "to": "broker-2", "latency": "300ms"},
         {"at": "2.95s", "do": "partition", "from": ["broker-1"], "to": ["broker-2"]},
         {"at": "3s", "do": "crash", "node": "broker-1"},
         {"at": "6s", "do": "partition", "from": ["broker-3"], "to": ["broker-2"], "one_way": true}])",
       15'000,
       "/partitions/pay-0/logs/3/high_watermark",
       {"broker-3", "broker-2", "13"}},
      {"why.lag_no_leader"_w,
       "4.1",
       kBrokers,
       kSolo + R"(, "clients": [
         {"id": "p", "kind": "producer", "topic": "solo", "rate": "50/s"},
         {"id": "r", "kind": "consumer", "topics": ["solo"], "work": "200ms",
          "config": {"group.id": "g", "max.poll.records": 5}}], "steps": [)" +
           dead_leader,
       30'000,
       "/groups/g/lag/solo-0",
       {"solo-0"}},
      {"why.waits_old_leader"_w,
       "4.1",
       kBrokers,
       kPay + producing(R"("rate": "5/s", "config":
         {"request.timeout.ms": 60000, "delivery.timeout.ms": 120000, "metadata.max.age.ms": 3000})") +
           R"({"at": "5s", "do": "pause", "node": "broker-1"}])",
       20'000,
       "/clients/p/waiting",
       {"broker-1", "pay-0"}},
      {"why.act_failed"_w,
       "4.1",
       kBrokers,
       kPay + producing(R"("config":
         {"delivery.timeout.ms": 3000, "request.timeout.ms": 1000, "linger.ms": 0})") +
           R"({"at": "2s", "do": "isolate", "node": "p"},
         {"at": "3s", "do": "produce", "node": "p", "records": [{"key": "a", "value": "1"}]}])",
       20'000,
       "/acts/2",
       {}},
      {"why.belief_asks_now"_w,
       "4.1",
       R"("brokers": 3)",
       kPay + producing(R"("rate": "5/s", "config":
         {"reconnect.backoff.max.ms": 10000})") +
           R"({"at": "10s", "do": "isolate", "node": "p"}, {"at": "12s", "do": "crash", "node": "broker-1"},
         {"at": "50s", "do": "heal"}])",
       50'010,
       "/clients/p/belief/partitions/pay-0/leader",
       {"p"}},
      {"why.call_no_leader"_w,
       "4.1",
       kOneLog,
       kOpen + "2s" + kRecord + kCommit,
       30'000,
       "/clients/p/waiting",
       {"EndTxn", "__transaction_state-20"}},
      {"why.call_answer"_w,
       "4.1",
       kBrokers,
       kOpen + "2s" + kRecord + kCommit,
       11'300,
       "/clients/p/waiting",
       {"EndTxn"}},
      {"why.tx_timed_out"_w,
       "4.1",
       kBrokers,
       kOpen + "9.8s" + kRecord + "]",
       30'000,
       "/sent/p/0",
       {"broker-1", "transaction.timeout.ms", "10000"}},
      {"why.tx_timed_out"_w,
       "4.1",
       kBrokers,
       kOpen + "9.8s" + kRecord + "]",
       30'000,
       "/transactions/x/producer_epoch",
       {"broker-1", "transaction.timeout.ms", "10000"}},
      {"why.log_dir"_w,
       "4.1",
       kBrokers + R"(, "disk": {"dirs": 2})",
       kSolo,
       2'000,
       "/partitions/solo-0/logs/1/dir",
       {"broker-1", "solo-0"}},
      {"why.log_no_epoch"_w, "4.1", kBrokers, kPay, 2'000, "/partitions/pay-0/logs/2/leader_epoch", {"broker-2"}},
      {"why.log_empty"_w, "4.1", kBrokers, kPay, 2'000, "/partitions/pay-0/logs/2/flushed_offset", {"broker-2"}},
      // What came after the start has been written back since.
      {"why.flushed_by_system"_w,
       "4.1",
       kBrokers,
       kSolo + kTick + R"(, "steps": [{"at": "5s", "do": "shutdown", "node": "broker-1"},
         {"at": "8s", "do": "restart", "node": "broker-1"}])",
       80'000,
       "/partitions/solo-0/logs/1/flushed_offset",
       {"broker-1", "30"}},
      {"why.flushed_at_shutdown"_w,
       "4.1",
       kBrokers,
       kSolo + kTick + R"(, "steps": [{"at": "5s", "do": "shutdown", "node": "broker-1"},
         {"at": "8s", "do": "restart", "node": "broker-1"}])",
       12'000,
       "/partitions/solo-0/logs/1/flushed_offset",
       {"broker-1", "solo-0"}},
      {"why.unflushed"_w,
       "4.1",
       kBrokers,
       kSolo + kTick,
       5'000,
       "/partitions/solo-0/logs/1/flushed_offset",
       {"flush.ms=2000", "log.flush.scheduler.interval.ms"}},
      {"why.unflushed"_w,
       "4.1",
       kFlusher,
       kSolo + kTick,
       5'000,
       "/partitions/solo-0/logs/1/flushed_offset",
       {"(flush.ms)", "(log.flush.scheduler.interval.ms)"}},
      {"why.previous_epoch_joined"_w,
       "4.1",
       kBrokers,
       kNewMembers,
       3'000,
       "/groups/g/members/r/previous_member_epoch",
       {"r"}},
      {"why.previous_epoch_same"_w,
       "4.1",
       kBrokers,
       kNewMembers,
       25'000,
       "/groups/g/members/s/previous_member_epoch",
       {"s"}},
      {"why.buffer_all_available"_w,
       "4.1",
       kBrokers,
       kPay + producing("\"rate\": \"5/s\"") + "]",
       1'100,
       "/clients/p/accumulator/buffer_available_bytes",
       {"p", "33554432"}},
      {"why.buffer_available"_w,
       "4.1",
       kBrokers,
       kPay + producing("\"rate\": \"5/s\", \"config\": {\"linger.ms\": 2000}") + "]",
       3'000,
       "/clients/p/accumulator/buffer_available_bytes",
       {"p", "33554432", "16384"}},
      {"why.lag_paused"_w,
       "4.1",
       kBrokers,
       kPay + paused(""),
       9'000,
       "/clients/r/subscription/pay-0/paused",
       {"r", "pay-0"}},
      {"why.not_paused"_w,
       "4.1",
       kBrokers,
       kPay + paused(R"(, {"at": "8s", "do": "resume_partitions", "node": "r", "partitions": ["pay-0"]})"),
       9'000,
       "/clients/r/subscription/pay-0/paused",
       {"r", "pay-0"}},
      {"why.share_untouched"_w,
       "4.1",
       kShare,
       kPay + R"(, "clients": [
         {"id": "r", "kind": "share_consumer", "topics": ["pay"], "config": {"group.id": "sg"}}])",
       300,
       "/groups/sg/share/pay-0/start_offset",
       {"sg", "pay-0"}},
      {"why.group_awaits_sync"_w,
       "4.1",
       kBrokers,
       kPay + R"(, "clients": [
         {"id": "r", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}])",
       3'115,
       "/groups/g/state",
       {"g"}},
      {"why.never_committed"_w,
       "4.1",
       kBrokers,
       kPay + R"(, "clients": [
         {"id": "r", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}])",
       1'000,
       "/groups/g/offsets/pay-0",
       {"g", "pay-0"}},
      {"why.nobody_joined"_w,
       "4.1",
       kBrokers,
       kPay + R"(, "clients": [
         {"id": "r", "kind": "consumer", "assign": ["pay-0"], "config": {"group.id": "g"}},
         {"id": "p", "kind": "producer", "topic": "pay", "rate": "2/s"}])",
       9'000,
       "/groups/g/generation",
       {"g"}},
      {"why.metric_groups"_w,
       "4.1",
       kBrokers + R"(, "config": {"offsets.topic.num.partitions": 1})",
       kPay + R"(, "clients": [
         {"id": "r", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}},
         {"id": "s", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "j"}}])",
       70'000,
       "/metrics/mbeans/broker-2/kafka.coordinator.group:type=GroupMetadataManager,name=NumGroups",
       {"broker-2", "g", "j"}},
      {"why.waits_calls"_w,
       "4.1",
       kBrokers,
       kPay + R"(, "clients": [{"id": "a", "kind": "admin"}], "steps": [
         {"at": "3s", "do": "create_topic", "as": "a", "topic": "n", "partitions": 1, "replication_factor": 3}])",
       3'005,
       "/clients/a/waiting",
       {"a"}},
      {"why.deletion_under_way"_w,
       "2.5",
       kZooKeeper,
       kPay + R"(, "clients": [{"id": "a", "kind": "admin"}],
         "steps": [{"at": "3s", "do": "delete_topic", "as": "a", "topic": "pay"}])",
       3'020,
       "/topics/pay",
       {"pay"}},
      {"why.client_closes"_w,
       "4.1",
       kBrokers,
       kPay + producing(R"("rate": "2/s")") +
           R"({"at": "3s", "do": "pause", "node": "broker-1"}, {"at": "6s", "do": "stop", "node": "p"}])",
       7'000,
       "/clients/p/state",
       {"p"}},
      {"why.timestamp_behind"_w,
       "4.1",
       kBrokers,
       R"("topics": [{"name": "pay", "partitions": 1,
         "config": {"message.timestamp.before.max.ms": 1000}}])" +
           producing(R"("rate": "2/s")") + R"({"at": "3s", "do": "skew_clock", "node": "p", "by": "-10s"}])",
       5'000,
       "/clients/p/failed",
       {"pay", "message.timestamp.before.max.ms=1000"}},
      {"why.marker_refused"_w,
       "4.1",
       kBrokers + R"(, "config": {"transaction.state.log.min.isr": 1})",
       kPay + ended("commit", "8s", R"({"at": "3s", "do": "shutdown", "node": "broker-2"},
         {"at": "3s", "do": "shutdown", "node": "broker-3"}, )",
                    ""),
       12'000,
       "/transactions/x/state",
       {"pay-0", "min.insync.replicas"}},
      {"why.read_though_aborted"_w,
       "4.1",
       kBrokers,
       kPay + ended("abort", "4s", "",
                    R"(, {"id": "r", "kind": "consumer", "topics": ["pay"], "start": "10s", "config": {"group.id": "g",
         "isolation.level": "read_uncommitted", "auto.offset.reset": "earliest"}})"),
       20'000,
       "/ledger/uncommitted_read",
       {"r", "pay-0", "isolation.level=read_uncommitted"}},
      {"why.read_though_aborted_share"_w,
       "4.1",
       kShare,
       kPay +
           ended(
               "abort", "4s",
               R"({"at": "0s", "do": "configure", "group": "g", "config": {"share.auto.offset.reset": "earliest"}}, )",
               R"(, {"id": "r", "kind": "share_consumer", "topics": ["pay"], "start": "10s", "config": {"group.id": "g"}})"),
       20'000,
       "/ledger/uncommitted_read",
       {"r", "pay-0", "share.isolation.level=read_uncommitted"}},
      {"why.late_answer"_w,
       "4.1",
       kBrokers,
       kPay + producing(R"("rate": "5/s")") +
           R"({"at": "5s", "do": "link", "from": "broker-1", "to": "p", "latency": "3s", "one_way": true}])",
       20'000,
       "/sent/p/30",
       {"broker-1", "p"}},
      {"why.no_power_before_copies"_w,
       "4.1",
       kBrokers,
       kPay + producing(R"("rate": "20/s", "config":
         {"acks": "1", "enable.idempotence": false})") +
           R"({"at": "4.9s", "do": "link", "from": "broker-1", "to": "broker-2", "latency": "200ms"},
         {"at": "4.9s", "do": "link", "from": "broker-1", "to": "broker-3", "latency": "200ms"},
         {"at": "6s", "do": "power_off", "node": "broker-1"}, {"at": "20s", "do": "restart", "node": "broker-1"}])",
       40'000,
       "/ledger/lost_acked",
       {"broker-1", "broker-2, broker-3"}},
      {"why.commit_went_back"_w,
       "4.1",
       kBrokers,
       kPay + R"(, "clients": [
         {"id": "p", "kind": "producer", "topic": "pay", "rate": "5/s"},
         {"id": "r", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [
         {"at": "12s", "do": "stop", "node": "r"},
         {"at": "15s", "do": "reset_offsets", "group": "g", "topic": "pay", "to": "earliest"},
         {"at": "20s", "do": "start", "node": "r"}])",
       40'000,
       "/ledger/redelivered",
       {"g", "0"}},
  };
}

}  // namespace

TEST_CASE("Why? says what is so at moments that last for milliseconds or need several misfortunes") {
  for (const Rare& rare : all_rare()) {
    CAPTURE(rare.rest);
    CAPTURE(rare.path);
    Session session = small_run(rare.rest, rare.at_ms, rare.kafka, rare.cluster);
    const observe::Answer answer = asked(session, rare.path);
    CAPTURE(text_of_steps(answer));
    REQUIRE(has_key(answer, rare.key));
    for (const std::string& text : rare.said) CHECK_MESSAGE(says_in_both(sentence_with(answer, rare.key), text), text);
  }
}

TEST_CASE("a log is flushed when the flusher looks and flush.ms has passed, and Why? about that event says so") {
  Session session =
      small_run(kSolo + R"(, "clients": [{"id": "p", "kind": "producer", "topic": "solo", "rate": "5/s"}])", 40'000,
                "4.1", kFlusher);
  const observe::TraceStore& trace = session.observation().trace();
  std::uint64_t flushed = 0;
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (const auto f = fact_if<fact::LogFlushed>(trace[i]); f && session.cluster().name(f->partition) == "solo-0")
      flushed = trace[i].seq;
  REQUIRE(flushed > 0);
  const observe::Answer answer = asked(session, "/events/" + std::to_string(flushed));
  CHECK(says_in_both(sentence_with(answer, "why.flush_ms"_w), "flush.ms=2000"));
}
