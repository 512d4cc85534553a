// Why? about a state that the cluster no longer has: the answer names what removed it, and not an act without effect that came later.
// A producer has batches for a topic that is deleted: they fill no longer, and wait for a topic of that name.
// The index of all records' copies finds for each record what a search of the whole trace finds.
#include <doctest/doctest.h>

#include "observe/why/copies.h"
#include "observe/why/story.h"
#include "why/answers.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The clients and steps of a file with the topic t of two partitions, and the configuration of its three brokers.
struct LostState {
  std::string clients, steps;
  std::string config = {};
};

Session run_of_lost(const LostState& file, std::int64_t at_ms) {
  return small_run(R"("topics": [{"name": "t", "partitions": 2, "replication_factor": 3,
      "assignments": {"0": [1, 2, 3], "1": [2, 3, 1]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "20/s"}, )" +
                       file.clients + R"(], "steps": [)" + file.steps + "]",
                   at_ms, "4.1", R"("brokers": 3, "config": {)" + file.config + "}");
}

/// A slower link to the client: it changes nothing that is asked here.
std::string slower_link(const std::string& at, const std::string& client) {
  return R"({"at": ")" + at + R"(", "do": "link", "from": [")" + client +
         R"("], "to": ["broker-1", "broker-2"], "latency": "100ms"})";
}

/// The acts that cut the power of all brokers at that moment and start them later: what they had not flushed is lost.
std::string power_cut(const std::string& at, const std::string& later) {
  std::string steps = R"({"at": ")" + at + R"(", "do": "power_off", "node": "all-brokers"})";
  for (const char* broker : {"broker-1", "broker-2", "broker-3"})
    steps += R"(, {"at": ")" + later + R"(", "do": "restart", "node": ")" + broker + R"("})";
  return steps;
}

/// The act of that moment is the answer's root, and without it the value is another one.
observe::Answer check_removed_by(const LostState& file, std::int64_t at_ms, const std::string& path,
                                 std::int64_t root_ms) {
  CAPTURE(file.steps);
  CAPTURE(path);
  Session session = run_of_lost(file, at_ms);
  observe::Answer answer = asked(session, path);
  REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
  CHECK_MESSAGE(answer.root->at.us / 1000 == root_ms, text_of_steps(answer));
  check_root_changes(session, answer, path);
  return answer;
}

/// A transaction of b with one record.
std::string transaction_of_b(const std::string& begin, const std::string& end) {
  return R"({"at": ")" + begin + R"(", "do": "begin_transaction", "node": "b"}, {"at": ")" + begin +
         R"(", "do": "produce", "node": "b", "records": [{"key": "k", "value": "1"}]}, {"at": ")" + end +
         R"(", "do": "commit_transaction", "node": "b"})";
}

}  // namespace

TEST_CASE("a transactional.id that its coordinator no longer knows: it has expired, or the coordinator's log is lost") {
  const std::string bank = R"({"id": "b", "kind": "producer", "topic": "t", "config": {"transactional.id": "x"}})";
  const LostState expires{
      bank, transaction_of_b("4s", "5s") + ", " + transaction_of_b("61s", "63s") + ", " + slower_link("60s", "b"),
      R"("transactional.id.expiration.ms": 20000,
                          "transaction.remove.expired.transaction.cleanup.interval.ms": 5000)"};
  const LostState lost{bank, transaction_of_b("4s", "5s") + ", " + transaction_of_b("41s", "43s") + ", " +
                                 power_cut("10s", "14s") + ", " + slower_link("40s", "b")};
  for (const char* error : {"INVALID_PRODUCER_ID_MAPPING", "InvalidPidMappingException"}) {
    const std::string path = std::string("/clients/b/errors/") + error;
    Session session = run_of_lost(expires, 64'000);
    const observe::Answer expired = asked(session, path);
    CHECK(says_in_both(sentence_with(expired, "why.id_expired"_w), "transactional.id.expiration.ms=20000"));
    CHECK_MESSAGE(expired.root_kind != observe::RootKind::Act, text_of_steps(expired));
    check_removed_by(lost, 50'000, path, 10'000);
  }
}

TEST_CASE(
    "a consumer without a reset policy finds no committed offset: an act removed it, it has expired, or the log is lost") {
  const std::string path = "/clients/c/errors/NoOffsetForPartitionException";
  const auto readers = [](const std::string& start) {
    return R"({"id": "a", "kind": "consumer", "topics": ["t"], "stop": "15s",
        "config": {"group.id": "g", "auto.offset.reset": "earliest"}},
      {"id": "c", "kind": "consumer", "topics": ["t"], "start": ")" +
           start + R"(", "config": {"group.id": "g", "auto.offset.reset": "none"}})";
  };
  for (const std::string& act : {std::string(R"({"at": "20s", "do": "delete_offsets", "group": "g", "topic": "t"}, )"),
                                 std::string(R"({"at": "20s", "do": "delete_group", "group": "g"}, )")})
    check_removed_by({readers("30s"), act + slower_link("28s", "c")}, 40'000, path, 20'000);
  const std::string power = power_cut("20s", "22s") + ", ";
  check_removed_by({readers("50s"), power + slower_link("48s", "c")}, 70'000, path, 20'000);
  const LostState expires{readers("80s"), slower_link("79s", "c"),
                          R"("offsets.retention.minutes": 1, "offsets.retention.check.interval.ms": 5000)"};
  const observe::Answer expired = check_removed_by(expires, 88'000, path, 15'000);
  CHECK(says_in_both(sentence_with(expired, "why.offset_expired"_w), "offsets.retention.minutes=1"));
}

TEST_CASE("a consumer without a reset policy in a group that never committed: no act without effect is named") {
  const std::string reader = R"({"id": "c", "kind": "consumer", "topics": ["t"],
    "config": {"group.id": "g", "auto.offset.reset": "none"}})";
  Session session = run_of_lost({reader, slower_link("8s", "c")}, 20'000);
  const observe::Answer answer = asked(session, "/clients/c/errors/NoOffsetForPartitionException");
  CHECK_MESSAGE(answer.root_kind != observe::RootKind::Act, text_of_steps(answer));
  CHECK(has_key(answer, "why.no_reset"_w));
}

TEST_CASE("a batch of a deleted topic is not still filling, in either version of Kafka") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    const std::string common = R"("brokers": 3, "config": {"auto.create.topics.enable": false})";
    Session session =
        small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "bulk", "kind": "producer", "topic": "pay", "rate": "50/s", "config": {"linger.ms": 50}}],
    "steps": [{"at": "10s", "do": "delete_topic", "topic": "pay"},
              {"at": "20s", "do": "create_topic", "topic": "pay", "partitions": 2, "replication_factor": 3}])",
                  9'000, kafka, kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 1, )" + common : common);
    for (const std::int64_t at_ms : {11'000, 15'000, 20'030}) {
      CAPTURE(at_ms);
      session.run_until(sim::Instant{at_ms * 1000});
      for (const char* path : {"/ledger/pending", "/clients/bulk/waiting"}) {
        CAPTURE(path);
        REQUIRE(state_in(session, path) > 0);
        const observe::Answer answer = asked(session, path);
        CAPTURE(text_of_steps(answer));
        CHECK_FALSE(has_key(answer, "why.waits_linger"_w));
        CHECK_FALSE(tells(answer, "topic#"));
        REQUIRE(answer.root.has_value());
        CHECK(answer.root->at.us == 10'000'000);
      }
    }
  }
}

TEST_CASE("the index of copies agrees with a search of the trace, for truncated, lost and deleted logs as well") {
  int removed = 0;
  for (const char* file : {"scenarios/producer/acks.json", "tests/stories/delivery-all-machines.json",
                           "tests/stories/delivery-acks-1.json", "tests/stories/a-retry-refused-on-the-way.json"}) {
    Session session(loaded(read_text(source_path(file))), true);
    session.run_to_end();
    const observe::Moment moment = session.moment();
    const observe::Story story(moment);
    int compared = 0;
    constexpr std::uint32_t kEvery = 7;  // a search of the whole trace takes long
    for (std::int32_t client = 0; client < static_cast<std::int32_t>(session.cluster().nodes().size()); ++client)
      for (std::uint32_t number = 0; session.observation().ledger().record(client, number) != nullptr;
           number += kEvery) {
        const auto searched = observe::copies_of(story.trace(), client, number), found = story.copies(client, number);
        REQUIRE(found.size() == searched.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
          CHECK(found[i].node == searched[i].node);
          CHECK(found[i].tp == searched[i].tp);
          CHECK(found[i].offset == searched[i].offset);
          CHECK(found[i].from == searched[i].from);
          CHECK(found[i].to == searched[i].to);
          ++compared, removed += found[i].to != observe::kStillThere;
        }
      }
    CAPTURE(file);
    CHECK(compared > 10);
  }
  CHECK(removed > 0);
}
