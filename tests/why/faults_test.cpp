// Why? about faults that overlap, their words, and slow disks.
#include <algorithm>

#include "protocol/facts_of_logs.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// A producer p and a consumer c of t-0, which has a replica on each of three brokers; the moment of the act that the
/// answer names.
struct Overlap {
  std::string what, producer, consumer, steps;
  std::int64_t at_ms;
  std::string path;
  std::int64_t act_ms;
  const char* min_isr = "1";
};

const std::string kShort = R"("session.timeout.ms": 6000, "heartbeat.interval.ms": 2000)",
                  kAcks1 = R"("acks": "1", "enable.idempotence": false)",
                  kFails = R"("acks": "all", "request.timeout.ms": 2000, "delivery.timeout.ms": 5000)";

const std::vector<Overlap> kOverlaps = {
    {"the delay of the follower that became the leader, not that of another", kAcks1, "",
     R"({"at": "3s", "do": "pause", "node": "broker-3"}, {"at": "4s", "do": "hold", "from": "broker-2", "to": "broker-1",
        "api": "Fetch", "what": "request"}, {"at": "5s", "do": "crash", "node": "broker-1"},
        {"at": "20s", "do": "resume", "node": "broker-3"}, {"at": "30s", "do": "restart", "node": "broker-1"})",
     50000, "/sent/p/90", 4000},
    {"what kept a deposed leader from hearing of the election, not its own election later", kAcks1, "",
     R"({"at": "5s", "do": "pause", "node": "broker-1"}, {"at": "20s", "do": "resume", "node": "broker-1"},
        {"at": "30s", "do": "elect_leaders", "type": "preferred", "partitions": ["t-0"]})",
     50000, "/sent/p/200", 5000},
    {"a dead follower, not the leader's pause of 100 ms", kFails, "",
     R"({"at": "4s", "do": "crash", "node": "broker-3"}, {"at": "6s", "do": "pause", "node": "broker-1"},
        {"at": "6.1s", "do": "resume", "node": "broker-1"})",
     30000, "/sent/p/100", 4000},
    {"a dead follower, not the leader's slower disk", kFails, "",
     R"({"at": "4s", "do": "crash", "node": "broker-3"}, {"at": "7s", "do": "disk", "node": "broker-1", "flush": "20ms"})",
     30000, "/sent/p/100", 4000},
    {"the crash of the last leader, not what had failed earlier batches", kFails, "",
     R"({"at": "4s", "do": "crash", "node": "broker-2"}, {"at": "5s", "do": "crash", "node": "broker-3"},
        {"at": "15s", "do": "crash", "node": "broker-1"}, {"at": "17s", "do": "restart", "node": "broker-2"},
        {"at": "40s", "do": "restart", "node": "broker-1"})",
     60000, "/sent/p/350", 15000, "2"},
    {"the cut that kept the response away, not the crash that ended the request",
     R"("acks": "all", "enable.idempotence": false, "request.timeout.ms": 3000, "delivery.timeout.ms": 30000)", "",
     R"({"at": "5s", "do": "partition", "from": ["broker-1"], "to": ["p"], "one_way": true},
        {"at": "6s", "do": "crash", "node": "broker-1"}, {"at": "8s", "do": "heal"})",
     40000, "/ledger/duplicated", 5000},
    {"a commit refused by an act", R"("acks": "all")", R"(, "work": "5ms", "commit": "async_after")",
     R"({"at": "4s", "do": "answer", "node": "coordinator:g", "api": "OffsetCommit", "count": 4,
        "error": "REBALANCE_IN_PROGRESS"})",
     20000, "/ledger/redelivered", 4000},
    {"a fetch refused by an act", R"("acks": "all")", R"(, "work": "1ms")",
     R"({"at": "4s", "do": "answer", "node": "broker-1", "from": "c", "api": "Fetch", "error": "OFFSET_OUT_OF_RANGE"})",
     20000, "/ledger/redelivered", 4000},
    {"a commit ahead by an act, not the reader's start", R"("acks": "all")", R"(, "work": "5ms", "commit": "none")",
     R"({"at": "24s", "do": "commit", "node": "c", "offsets": {"t-0": 600}}, {"at": "24.1s", "do": "kill", "node": "c"},
        {"at": "32s", "do": "start", "node": "c"})",
     50000, "/ledger/skipped", 24000},
};

}  // namespace

TEST_CASE("overlapping faults: the answer names the one that the record's fate needs") {
  for (const Overlap& o : kOverlaps) {
    CAPTURE(o.what);
    Session session =
        small_run(R"("topics": [{"name": "t", "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": )" +
                      std::string(o.min_isr) + R"(}}], "clients": [
    {"id": "p", "kind": "producer", "topic": "t", "rate": "20/s", "config": {)" +
                      o.producer + R"(}}, {"id": "c", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g",
    "auto.offset.reset": "earliest", )" +
                      kShort + "}" + o.consumer + R"(}], "steps": [)" + o.steps + "]",
                  o.at_ms, "4.1", R"("controllers": 1, "brokers": 3)");
    const observe::Answer answer = asked(session, o.path);
    REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
    const bool named = answer.root->at.us / 1000 == o.act_ms ||
                       std::any_of(answer.steps.begin(), answer.steps.end(),
                                   [&](const observe::WhyStep& step) { return step.at.us / 1000 == o.act_ms; });
    CHECK_MESSAGE(named, text_of_steps(answer));
    if (o.path.starts_with("/ledger/")) check_root_changes(session, answer, o.path);
  }
}

TEST_CASE("an operator's reset of offsets and deletion of records are the root, not the stop that they needed") {
  const std::pair<std::string, std::string> acts[] = {
      {R"("do": "reset_offsets", "group": "g", "topic": "t", "to": "earliest")", "/ledger/redelivered"},
      {R"("do": "reset_offsets", "group": "g", "topic": "t", "to": "latest")", "/ledger/skipped"},
      {R"("do": "delete_records", "partition": "t-0", "before": 160)", "/ledger/skipped"}};
  for (const auto& pair : acts) {
    const std::string &act = pair.first, &path = pair.second;
    Session session = small_run(R"("topics": [{"name": "t", "assignments": {"0": [1, 2, 3]}}], "clients": [
            {"id": "p", "kind": "producer", "topic": "t", "rate": "20/s"},
            {"id": "c", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "auto.offset.reset": "earliest"}}],
            "steps": [{"at": "5s", "do": "stop", "node": "c"}, {"at": "10s", )" +
                                    act + R"(}, {"at": "12s", "do": "start", "node": "c"}])",
                                30000, "4.1", R"("controllers": 1, "brokers": 3)");
    const observe::Answer answer = asked(session, path);
    CAPTURE(act);
    REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
    CHECK_MESSAGE(answer.root->at.us / 1000 == 10000, text_of_steps(answer));
    check_root_changes(session, answer, path);
  }
}

TEST_CASE(
    "a batch of a partition that the new topic of the same name does not have waits because the old was deleted") {
  Session session = small_run(R"("topics": [{"name": "t", "partitions": 2, "replication_factor": 3}], "clients": [
          {"id": "p", "kind": "producer", "topic": "t", "rate": "200/s", "keys": "customer:20"},
          {"id": "c", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g"}}],
          "steps": [{"at": "5s", "do": "delete_topic", "topic": "t"}])",
                              30000, "4.1", R"("controllers": 1, "brokers": 3)");
  const observe::Answer answer = asked(session, "/ledger/pending");
  CHECK(says_in_both(sentence_with(answer, "why.waits_lost_partition"_w), "t-1"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us / 1000 == 5000);
}

namespace {

const std::string kTopicT = R"("topics": [{"name": "t", "assignments": {"0": [1, 2, 3]}}], )";
const std::string kOne = R"("controllers": 1, "brokers": 3)";

/// A reader of t that writes to out in transactions of ten records, which soon fail.
const std::string kFailing =
    R"({"id": "x", "kind": "transform", "topics": ["t"], "topic": "out", "work": "10ms", "transaction": {"records": 10},
        "config": {"group.id": "g", "auto.offset.reset": "earliest", "transactional.id": "T",
        "delivery.timeout.ms": 4000, "request.timeout.ms": 2000, "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 2000}})";

std::string producer(const std::string& config) {
  return R"({"id": "p", "kind": "producer", "topic": "t", "rate": "20/s", "config": {)" + config + "}}";
}

}  // namespace

TEST_CASE("a broker that refuses a batch with acks=0 answers nothing") {
  Session session =
      small_run(kTopicT + R"("clients": [)" + producer(R"("acks": "0", "enable.idempotence": false)") +
                    R"(], "steps": [{"at": "5s", "do": "reassign", "partition": "t-0", "replicas": [2, 3, 1]},
                          {"at": "10s", "do": "elect_leaders", "type": "preferred", "partitions": ["t-0"]}])",
                20000, "4.1", kOne);
  const observe::Answer answer = asked(session, "/ledger/lost_acked");
  CHECK(says_in_both(sentence_with(answer, "why.refused_unanswered"_w), "NOT_LEADER_OR_FOLLOWER"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us / 1000 == 10000);
}

TEST_CASE("a record that is appended again to a new topic of the same name was not forgotten by a broker") {
  Session session = small_run(kTopicT + R"("clients": [)" +
                                  producer(R"("acks": "all", "request.timeout.ms": 2000, "delivery.timeout.ms": 5000,
                                "max.block.ms": 3000)") +
                                  R"(, {"id": "c", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g"}}],
         "steps": [{"at": "5s", "do": "pause", "node": "broker-3"}, {"at": "6s", "do": "delete_topic", "topic": "t"},
                   {"at": "10s", "do": "resume", "node": "broker-3"}])",
                              30000, "4.1", kOne);
  const observe::Answer answer = asked(session, "/ledger/duplicated");
  CHECK(sentence_with(answer, "why.appended_again_new_topic"_w).words.en.find("offset 0") != std::string::npos);
}

TEST_CASE("a record that a new topic has again: the deletion is named, and idempotence would make no difference") {
  for (const char* acks : {"all", "1"}) {
    CAPTURE(acks);
    Session session = small_run(
        kTopicT + R"("clients": [)" +
            producer(std::string(R"("request.timeout.ms": 2000, "delivery.timeout.ms": 9000, "retry.backoff.ms": 800,
                                 "acks": ")") +
                     acks + "\"") +
            R"(], "steps": [{"at": "5s", "do": "lose", "from": "broker-1", "to": "p", "api": "Produce", "what": "response",
             "count": 1}, {"at": "5.05s", "do": "delete_topic", "topic": "t"}])",
        40000, "4.1", kOne);
    const observe::Answer answer = asked(session, "/ledger/duplicated");
    CHECK(sentence_with(answer, "why.appended_again_new_topic"_w).words.en.find("deleted topic") != std::string::npos);
    CHECK_MESSAGE(std::any_of(answer.steps.begin(), answer.steps.end(),
                              [](const observe::WhyStep& step) { return step.at.us / 1000 == 5050; }),
                  text_of_steps(answer));
  }
}

TEST_CASE("a producer that waits for responses gets its refusals as answers") {
  Session session = small_run(kTopicT + R"("clients": [)" + producer(R"("acks": "all")") +
                                  R"(], "steps": [{"at": "5s", "do": "answer", "node": "broker-1", "api": "Produce",
                          "error": "NOT_LEADER_OR_FOLLOWER", "count": 1}])",
                              20000, "4.1", kOne);
  const observe::Answer answer = asked(session, "/clients/p/errors");
  CHECK(std::none_of(answer.steps.begin(), answer.steps.end(),
                     [](const observe::WhyStep& step) { return step.key == words::Key("why.refused_unanswered"_w); }));
}

TEST_CASE("an act that loses all messages says when it lost the first one") {
  Session session = small_run(
      kTopicT + R"("clients": [)" + producer(R"("acks": "all")") +
          R"(, {"id": "c", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "auto.offset.reset": "earliest",
             "session.timeout.ms": 6000, "heartbeat.interval.ms": 2000}}],
         "steps": [{"at": "4s", "do": "lose", "from": "c", "api": "OffsetCommit", "what": "request", "count": "all"},
                   {"at": "10s", "do": "kill", "node": "c"}, {"at": "11s", "do": "start", "node": "c"}])",
      40000, "4.1", kOne);
  const observe::Answer answer = asked(session, "/ledger/redelivered");
  CHECK_MESSAGE(std::any_of(answer.steps.begin(), answer.steps.end(),
                            [](const observe::WhyStep& step) {
                              return step.words.en.find("are lost; the first of them at 8.") != std::string::npos;
                            }),
                text_of_steps(answer));
}

TEST_CASE(
    "a group reads again what an aborted transaction was to commit: the abort's fault is named, not an earlier one") {
  Session session = small_run(
      R"("topics": [{"name": "t", "assignments": {"0": [1, 2, 3]}}, {"name": "out", "assignments": {"0": [2, 3, 1]}}],
         "clients": [)" +
          producer(R"("acks": "all")") + ", " + kFailing + R"(],
         "steps": [{"at": "3s", "do": "link", "from": ["x"], "to": ["broker-3"], "latency": "50ms"},
                   {"at": "4s", "do": "partition", "from": ["x"], "to": ["broker-2"]}, {"at": "14s", "do": "heal"},
                   {"at": "20s", "do": "pause", "node": "broker-2"}, {"at": "30s", "do": "resume", "node": "broker-2"}])",
      50000, "4.1", kOne);
  check_root_at(session, "/ledger/by_group/g/redelivered/p/220", 20000);
}

TEST_CASE("of two aborts the first one since the group got the record is the record's own") {
  Session session = small_run(
      R"("topics": [{"name": "t", "assignments": {"0": [1], "1": [3]}}, {"name": "out", "assignments": {"0": [2]}}],
         "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "40/s", "keys": "customer:50",
           "config": {"acks": "all", "linger.ms": 0}},
          {"id": "x", "kind": "transform", "topics": ["t"], "topic": "out", "work": "10ms", "transaction": {"records": 60},
           "config": {"group.id": "g", "auto.offset.reset": "earliest", "transactional.id": "T",
           "session.timeout.ms": 20000, "heartbeat.interval.ms": 2000}}],
         "steps": [{"at": "15s", "do": "pause", "node": "x"}, {"at": "20s", "do": "resume", "node": "x"},
          {"at": "20.1s", "do": "link", "from": ["x"], "to": ["broker-3"], "latency": "400ms"},
          {"at": "20.9s", "do": "answer", "node": "broker-2", "from": "x", "api": "Produce",
           "error": "RECORD_LIST_TOO_LARGE", "count": 1},
          {"at": "22.5s", "do": "answer", "node": "broker-2", "from": "x", "api": "Produce",
           "error": "MESSAGE_TOO_LARGE", "count": 1}])",
      40000, "4.1", kOne);
  check_root_at(session, "/ledger/by_group/g/redelivered/p/601", 20900);
}

TEST_CASE("a coordinator's death long before an aborted transaction is not why its records come again") {
  Session session = small_run(
      R"("topics": [{"name": "t", "assignments": {"0": [1]}},
          {"name": "out", "assignments": {"0": [2, 4]}, "config": {"min.insync.replicas": 2}}],
         "clients": [)" +
          producer(R"("acks": "all")") + ", " + kFailing + R"(],
         "steps": [{"at": "12s", "do": "crash", "node": "broker-1"}, {"at": "13s", "do": "restart", "node": "broker-1"},
          {"at": "30s", "do": "pause", "node": "broker-2"}, {"at": "34.3s", "do": "resume", "node": "broker-2"}])",
      80000, "4.1", R"("controllers": 1, "brokers": 4)");
  check_root_at(session, "/ledger/by_group/g/redelivered/p/600", 30000);
}

namespace {

/// A topic that broker-1 leads, with a producer and a reader, and these changes of disks.
Session with_slow_disks(const std::string& acks, const std::string& flush_messages, const std::string& acts,
                        std::int64_t at_ms) {
  return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
      "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": 1, "flush.messages": )" +
                       flush_messages + R"(}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "20/s", "config": {"acks": ")" +
                       acks + R"("}},
                {"id": "c", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}],
    "steps": [)" + acts +
                       "]",
                   at_ms);
}

const std::string kSlowLeaderThenFollower = R"({"at": "5s", "do": "disk", "node": "broker-1", "flush": "3s"},
    {"at": "6s", "do": "disk", "node": "broker-3", "write": "1KB/s"})";

}  // namespace

TEST_CASE("Why? about a flush within an append names flush.messages and the act that has set it") {
  scenario::Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "1/s"}],
        "steps": [{"at": "5s", "do": "configure", "topic": "pay", "config": {"flush.messages": 1}}])",
                9'000);
  const observe::TraceStore& trace = session.observation().trace();
  std::uint64_t flush = 0;
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (is<fact::LogFlushed>(trace[i])) flush = trace[i].seq;
  REQUIRE(flush > 0);
  const observe::Answer answer = asked(session, "/events/" + std::to_string(flush));
  CHECK(says_in_both(sentence_with(answer, "why.flush_messages"_w), "flush.messages=1"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
}

TEST_CASE("Why? about a flush within an append names the value that flush.messages had then, not the present one") {
  scenario::Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "1/s"}],
        "steps": [{"at": "5s", "do": "configure", "topic": "pay", "config": {"flush.messages": 1}},
                  {"at": "9s", "do": "configure", "topic": "pay", "config": {"flush.messages": null}}])",
                12'000);
  const observe::TraceStore& trace = session.observation().trace();
  std::uint64_t flush = 0;
  for (std::size_t i = 0; i < trace.size() && trace[i].time.us < 9'000'000; ++i)
    if (is<fact::LogFlushed>(trace[i])) flush = trace[i].seq;
  REQUIRE(flush > 0);
  const observe::Answer answer = asked(session, "/events/" + std::to_string(flush));
  CHECK(says_in_both(sentence_with(answer, "why.flush_messages"_w), "flush.messages=1"));
}

TEST_CASE("slow disks: with acks=1 records wait for the leader's own flush, whatever the followers do") {
  for (const std::int64_t at_ms : {12'000, 30'000}) {
    CAPTURE(at_ms);
    Session session = with_slow_disks("1", "1", kSlowLeaderThenFollower, at_ms);
    const observe::Answer answer = asked(session, "/clients/p/waiting");
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(tells(answer, "broker-3"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 5'000'000);
    check_root_changes(session, answer, "/clients/p/waiting");
  }
}

TEST_CASE("slow disks: a reader at the high watermark waits for the slow follower, not for the leader's disk") {
  const std::string path = "/clients/c/positions/pay-0";
  Session session = with_slow_disks("1", "1", kSlowLeaderThenFollower, 30'000);
  const observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(tells(answer, "The disk of broker-1"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 6'000'000);
  check_root_changes(session, answer, path);
}

TEST_CASE("slow disks: the high watermark waits for the slowest follower, not for one that is slow but ahead of it") {
  const std::string path = "/partitions/pay-0/high_watermark";
  for (const std::int64_t at_ms : {20'000, 30'000}) {
    CAPTURE(at_ms);
    Session session = with_slow_disks("1", "1",
                                      R"({"at": "4s", "do": "disk", "node": "broker-2", "flush": "3s"},
      {"at": "5s", "do": "disk", "node": "broker-3", "write": "1KB/s"})",
                                      at_ms);
    CHECK(state_in(session, "/partitions/pay-0/logs/2/log_end_offset") >
          state_in(session, "/partitions/pay-0/logs/3/log_end_offset"));
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(tells(answer, "broker-2"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 5'000'000);
    check_root_changes(session, answer, path);
  }
}

TEST_CASE("slow disks: the leader's disk is not why a batch still fills while no request is unanswered") {
  Session session = with_slow_disks(
      "all", "1000000", R"({"at": "5s", "do": "disk", "node": "broker-1", "write": "500KB/s", "flush": "2s"})", 30'000);
  CHECK(state_in(session, "/clients/p/accumulator/in_flight_requests").empty());
  const observe::Answer answer = asked(session, "/clients/p/waiting");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.waits_linger"_w));
  CHECK_FALSE(answer.root.has_value());
}

namespace {

const std::string kLagOfSlow = "/groups/g/lag/pay-0";

/// A producer of ten records per second, and a reader that works so long on each, with these acts.
Session with_slow_reader(const std::string& work, const std::string& acts, std::int64_t at_ms) {
  return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "10/s"},
                {"id": "c", "kind": "consumer", "topics": ["pay"], "work": ")" +
                       work + R"(", "config": {"group.id": "g", "auto.offset.reset": "earliest"}}],
    "steps": [)" + acts +
                       "]",
                   at_ms);
}

}  // namespace

TEST_CASE("slow readers: a lag that the reader's slow work began is not that of more records, which came later") {
  const std::string slow = R"({"at": "20s", "do": "behave", "node": "c", "work": "400ms"})",
                    more = R"({"at": "40s", "do": "behave", "node": "p", "rate": "50/s"})";
  for (const std::int64_t at_ms : {60'000, 70'000, 80'000}) {
    CAPTURE(at_ms);
    Session session = with_slow_reader("5ms", slow + ", " + more, at_ms);
    const observe::Answer answer = asked(session, kLagOfSlow);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 20'000'000);
    check_root_changes(session, answer, kLagOfSlow);
    // At 70 s it works on what it got at 54 s: 25 records in ten seconds, of which 500 came.
    CHECK(has_key(answer, "why.lag_works_off"_w) == (at_ms == 70'000));
    if (at_ms == 70'000)
      for (const char* number : {"25", "500"})
        CHECK(says_in_both(sentence_with(answer, "why.lag_works_off"_w), number));
  }
  // A reader that keeps up until more records come lags because of them.
  Session keeps_up =
      with_slow_reader("5ms", R"({"at": "20s", "do": "behave", "node": "c", "work": "50ms"}, )" + more, 80'000);
  const observe::Answer answer = asked(keeps_up, kLagOfSlow);
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 40'000'000);
}

TEST_CASE("slow readers: a jump over deleted records is not why a group lags whose reader still works on one poll") {
  const std::string deletes = R"({"at": "15s", "do": "delete_records", "partition": "pay-0", "before": 100})";
  for (const std::int64_t at_ms : {20'000, 30'000}) {
    CAPTURE(at_ms);
    Session session = with_slow_reader("400ms", deletes, at_ms), same = with_slow_reader("400ms", "", at_ms);
    CHECK(state_in(session, kLagOfSlow) == state_in(same, kLagOfSlow));
    const observe::Answer answer = asked(session, kLagOfSlow);
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(has_key(answer, "why.lag_skipped"_w));
    CHECK_FALSE(answer.root.has_value());
    CHECK((has_key(answer, "why.waits_polled"_w) || has_key(answer, "why.lag_works_off"_w)));
  }
}
