// Why no record comes to a partition that has never had one: its end, its high watermark, and the partition itself.
#include "client/producer.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The sentence after the one that the log is empty, or that the high watermark is at its end.
words::Key reason_of(Session& session, const std::string& partition) {
  const observe::Answer end = asked(session, "/partitions/" + partition + "/log_end_offset");
  REQUIRE(end.steps.size() >= 2);
  CHECK(has_key(end, "why.log_empty"_w));
  const observe::Answer watermark = asked(session, "/partitions/" + partition + "/high_watermark");
  CHECK(has_key(watermark, end.steps.back().key));
  return end.steps.back().key;
}

std::string empty_one_of(Session& session, const std::string& topic, int partitions) {
  for (int i = 0; i < partitions; ++i) {
    const std::string name = topic + "-" + std::to_string(i);
    const auto answer = observe::why(session.moment(), "/partitions/" + name + "/log_end_offset");
    if (answer && has_key(*answer, "why.log_empty"_w)) return name;
  }
  FAIL("no partition of ", topic, " is empty");
  return {};
}

}  // namespace

TEST_CASE(
    "Why? about an empty partition says why no record comes: no producer, no such key, not chosen, nothing sent") {
  for (const char* kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = small_run(R"("topics": [{"name": "idle", "partitions": 2, "replication_factor": 3},
        {"name": "keyed", "partitions": 6, "replication_factor": 3},
        {"name": "sticky", "partitions": 64, "replication_factor": 3},
        {"name": "turns", "partitions": 64, "replication_factor": 3},
        {"name": "silent", "partitions": 2, "replication_factor": 3},
        {"name": "gone", "partitions": 64, "replication_factor": 3}],
      "clients": [{"id": "by-key", "kind": "producer", "topic": "keyed", "rate": "5/s", "keys": ["a", "b"]},
        {"id": "without", "kind": "producer", "topic": "sticky", "rate": "2/s"},
        {"id": "in-turn", "kind": "producer", "topic": "turns", "rate": "2/s", "partitioner": "round_robin"},
        {"id": "mute", "kind": "producer", "topic": "silent"},
        {"id": "dead", "kind": "producer", "topic": "gone", "rate": "1/s"}],
      "steps": [{"at": "3s", "do": "crash", "node": "dead"}])",
                                10'250, kafka);
    CHECK(reason_of(session, "idle-1") == "why.empty_no_writer"_w);
    CHECK(reason_of(session, empty_one_of(session, "keyed", 6)) == "why.empty_no_key"_w);
    CHECK(reason_of(session, "silent-0") == "why.empty_nothing_for"_w);
    CHECK(reason_of(session, empty_one_of(session, "turns", 64)) == "why.empty_no_turn"_w);
    CHECK(reason_of(session, empty_one_of(session, "gone", 64)) == "why.empty_not_running"_w);
    CHECK(
        tells(asked(session, "/partitions/" + empty_one_of(session, "gone", 64) + "/log_end_offset"), "dead crashes"));
    const std::string sticky = empty_one_of(session, "sticky", 64);
    CHECK(reason_of(session, sticky) == "why.empty_not_chosen"_w);
    const observe::Answer choice = asked(session, "/partitions/" + sticky + "/log_end_offset");
    CHECK(tells(choice, kafka == std::string("4.1") ? "until at least batch.size=16384 bytes of records have gone there"
                                                    : "until a record needs a new batch"));
  }
}

TEST_CASE("Why? about a partition that is empty because its producer's records wait says what they wait for") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
      "config": {"min.insync.replicas": 3}, "assignments": {"0": [1, 2, 3]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "5/s", "start": "20s"}],
    "steps": [{"at": "2s", "do": "crash", "node": "broker-3"}])",
                              30'000);
  const observe::Answer answer = asked(session, "/partitions/pay-0/log_end_offset");
  CHECK(has_key(answer, "why.log_empty"_w));
  CHECK(tells(answer, "NOT_ENOUGH_REPLICAS"));
  CHECK(tells(answer, "broker-3 crashes"));
}

namespace {

/// One moment of a small file: what the answer about the end of the log must tell, and what would be false.
struct EmptyCase {
  const char* name;
  const char* rest;
  std::int64_t at_ms;
  const char* partition;
  words::Key key;
  const char* tells;
  const char* never = "";
  const char* cluster = R"("brokers": 3)";
};

/// The case's answer. That it is about an empty log is checked as well.
observe::Answer answer_of(const EmptyCase& c, const char* kafka = "4.1") {
  Session session = small_run(c.rest, c.at_ms, kafka, c.cluster);
  const observe::Answer answer = asked(session, std::string("/partitions/") + c.partition + "/log_end_offset");
  CHECK(has_key(answer, "why.log_empty"_w));
  return answer;
}

}  // namespace

TEST_CASE("Why? about an empty partition tells the way its clients choose only if all their records were sent so") {
  const EmptyCase cases[] = {
      {"keys of another topic of the same name", R"("topics": [{"name": "a", "partitions": 4, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s", "keys": ["x", "y"], "count": 20}],
        "steps": [{"at": "10s", "do": "delete_topic", "topic": "a"},
          {"at": "12s", "do": "create_topic", "topic": "a", "partitions": 4, "replication_factor": 3}])",
       20'000, "a-0", "why.empty_nothing_for"_w, "since a was created again; it sends no more, since its count=20",
       "key"},
      {"cut off", R"("topics": [{"name": "a", "partitions": 4, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s", "keys": ["x"], "start": "1s"}],
        "steps": [{"at": "0.5s", "do": "isolate", "node": "p"}])",
       20'000, "a-1", "why.empty_nothing_for"_w, "does not know the topic's partitions yet", "key"},
      {"too large", R"("topics": [{"name": "a", "partitions": 1, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "1/s", "value_size": "2MB"}])",
       10'000, "a-0", "why.empty_nothing_for"_w, "RecordTooLargeException", "sticky"},
      {"refused", R"("topics": [{"name": "a", "partitions": 2, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s", "keys": ["x"]}])",
       20'200, "a-0", "why.log_empty"_w, "TOPIC_AUTHORIZATION_FAILED", "key",
       R"("brokers": 3, "config": {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
          "allow.everyone.if.no.acl.found": false})"},
      {"partitions that the client has not heard of",
       R"("topics": [{"name": "a", "partitions": 2, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "50/s", "keys": "customer:500"}],
        "steps": [{"at": "5s", "do": "add_partitions", "topic": "a", "partitions": 6}])",
       30'000, "a-3", "why.empty_not_heard"_w, "p knows 2 partitions of a and has not heard of a-3", "key"},
      {"a key and an empty key", R"("topics": [{"name": "a", "partitions": 8, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a"}],
        "steps": [{"at": "2s", "do": "produce", "node": "p", "records": [{"key": "", "value": "v"}]},
          {"at": "3s", "do": "produce", "node": "p", "records": [{"key": "k", "value": "v"}]}])",
       10'000, "a-2", "why.empty_nothing_for"_w, "its records of a went to a-0, a-1", "key"},
      {"named partitions", R"("topics": [{"name": "a", "partitions": 4, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a"}],
        "steps": [{"at": "5s", "do": "produce", "node": "p", "records": [{"key": "k", "value": "v", "partition": 2},
          {"key": "k2", "value": "v", "partition": 2}]}])",
       20'000, "a-0", "why.empty_nothing_for"_w, "went to a-2, and it has had records that name their partition",
       "hash"},
      {"a record of another topic", R"("topics": [{"name": "a", "partitions": 2, "replication_factor": 3},
          {"name": "b", "partitions": 2, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a"}],
        "steps": [{"at": "5s", "do": "produce", "node": "p", "records": [{"key": "k", "value": "v", "topic": "b",
          "partition": 0}]}])",
       20'000, "b-1", "why.empty_nothing_for"_w, "its records of b went to b-0", "No producer"},
      {"a record that has not left its client", R"("topics": [{"name": "a", "partitions": 2, "replication_factor": 3},
          {"name": "b", "partitions": 2, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a"}],
        "steps": [{"at": "4s", "do": "isolate", "node": "p"},
          {"at": "5s", "do": "produce", "node": "p", "records": [{"value": "v", "topic": "b"}]}])",
       20'000, "b-1", "why.empty_nothing_for"_w, "p has sent nothing to b-1", "No producer"},
      {"no leader", R"("topics": [{"name": "a", "partitions": 3, "replication_factor": 1,
          "assignments": {"0": [1], "1": [2], "2": [3]}}],
        "clients": [{"id": "q", "kind": "producer", "topic": "a", "rate": "5/s", "partitioner": "round_robin",
          "start": "15s"}],
        "steps": [{"at": "1s", "do": "crash", "node": "broker-3"}])",
       35'000, "a-2", "why.empty_no_leader"_w, "broker-3 crashes", "turn"},
      {"three producers", R"("topics": [{"name": "a", "partitions": 4, "replication_factor": 3}],
        "clients": [{"id": "p1", "kind": "producer", "topic": "a"}, {"id": "p2", "kind": "producer", "topic": "a"},
          {"id": "p3", "kind": "producer", "topic": "a", "rate": "5/s", "keys": ["x"], "start": "5s"}])",
       20'000, "a-0", "why.empty_more_writers"_w, "p3 chooses among 4 partitions by the hash of the key", "p2"},
      {"lost with acks=0", R"("topics": [{"name": "a", "partitions": 1, "replication_factor": 3,
          "config": {"max.message.bytes": 50}}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s",
          "config": {"acks": 0, "enable.idempotence": false}}])",
       20'000, "a-0", "why.empty_no_acks"_w, "MESSAGE_TOO_LARGE", "waits"},
      {"count reached", R"("topics": [{"name": "a", "partitions": 4, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s", "count": 3}])",
       20'000, "a-0", "why.empty_nothing_for"_w, "it sends no more, since its count=3 is reached", "sticky"},
      {"starts later", R"("topics": [{"name": "a", "partitions": 4, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s", "start": "40s"}])",
       10'000, "a-0", "why.empty_starts"_w, "starts at 40 s", "does not run"},
      {"paused", R"("topics": [{"name": "a", "partitions": 4, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s", "start": "1s"}],
        "steps": [{"at": "0.5s", "do": "pause", "node": "broker-1"}, {"at": "3s", "do": "pause", "node": "p"}])",
       10'000, "a-2", "why.empty_paused"_w, "p, which writes to a, is paused", "does not run"},
      {"waits in a call", R"("topics": [{"name": "a", "partitions": 4, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s", "keys": ["x", "y"],
          "transaction": {"records": 5}, "config": {"transactional.id": "t1"}}])",
       20'000, "a-0", "why.empty_in_call"_w, "COORDINATOR_NOT_AVAILABLE", "key",
       R"("brokers": 3, "config": {"transaction.state.log.replication.factor": 4})"},
      {"by a part of the key", R"("topics": [{"name": "a", "partitions": 8, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s", "keys": ["x:1", "x:2", "x:3"],
          "partitioner": "key_prefix::"}])",
       20'000, "a-0", "why.empty_no_key"_w, "by the key, with the partitioner key_prefix", "hash"},
  };
  for (const EmptyCase& c : cases) {
    CAPTURE(std::string(c.name));
    const observe::Answer answer = answer_of(c);
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, c.key));
    CHECK(tells(answer, c.tells));
    if (*c.never != '\0') CHECK_FALSE(tells(answer, c.never));
  }
}

TEST_CASE("Why? about a log that a replaced disk has emptied names the replacement") {
  Session session = small_run(R"("topics": [{"name": "a", "partitions": 1, "replication_factor": 1}],
    "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s", "count": 10}],
    "steps": [{"at": "10s", "do": "crash", "node": "broker-1"}, {"at": "11s", "do": "wipe_disk", "node": "broker-1"},
      {"at": "12s", "do": "restart", "node": "broker-1"}])",
                              30'000, "4.1", R"("brokers": 1, "config": {"offsets.topic.replication.factor": 1})");
  const observe::Answer end = asked(session, "/partitions/a-0/log_end_offset");
  CHECK(tells(end, "The disk of broker-1 is wiped"));
  CHECK_FALSE(has_key(end, "why.end_record"_w));
  CHECK(tells(asked(session, "/partitions/a-0/high_watermark"), "The disk of broker-1 is wiped"));
}

TEST_CASE("Why? about a log that a power loss has emptied does not call a lost record its last one") {
  Session session = session_at("tests/stories/power-loss-of-all-replicas.json", 24'000);
  const observe::Answer end = asked(session, "/partitions/t-0/log_end_offset");
  CHECK_FALSE(has_key(end, "why.end_record"_w));
  CHECK(tells(end, "broker-2 loses power"));
}

TEST_CASE("Wherever Why? says that no key leads to a partition, the producer's partitioner agrees for all its keys") {
  int told = 0;
  for (const char* kafka : {"4.1", "2.5"})
    for (const char* partitioner : {"default", "key_prefix::", "crc32", "fnv1a"}) {
      CAPTURE(std::string(kafka));
      CAPTURE(std::string(partitioner));
      Session session = small_run(std::string(R"("topics": [{"name": "a", "partitions": 12, "replication_factor": 3}],
        "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "5/s", "keys": ["x:1", "y:2", "x:3"],
          "partitioner": ")") + partitioner +
                                      R"("}])",
                                  10'000, kafka);
      const auto& cluster = session.moment().cluster;
      const auto* producer = cluster.role<client::Producer>(cluster.find("p"));
      client::Partitioner by(producer->options().partitioner, producer->options().config);
      std::set<std::int32_t> reached;
      for (const char* key : {"x:1", "y:2", "x:3"}) reached.insert(*by.by_key(*producer->metadata().topic("a"), key));
      for (std::int32_t i = 0; i < 12; ++i) {
        const observe::Answer answer = asked(session, "/partitions/a-" + std::to_string(i) + "/log_end_offset");
        CHECK(has_key(answer, "why.empty_no_key"_w) == !reached.contains(i));
        told += has_key(answer, "why.empty_no_key"_w) ? 1 : 0;
      }
    }
  CHECK(told >= 8 * 9);
}
