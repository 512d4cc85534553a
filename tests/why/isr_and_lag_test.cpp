// Who is still in an ISR and who is out; what makes a group or a share group lag; a record that is gone; a group without its
// coordinator.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "protocol/facts_of_cluster.h"
#include "support/lessons.h"
#include "why/answers.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

observe::Answer answer_in(const std::string& text, std::int64_t at_ms, const std::string& path) {
  Session session(loaded(text, "base"), true);
  session.run_until(sim::Instant{} + sim::milliseconds(at_ms));
  return asked(session, path);
}

observe::Answer answer_at(const std::string& lesson, std::int64_t at_ms, const std::string& path) {
  return answer_in(read_text(source_path("scenarios/" + lesson + ".json")), at_ms, path);
}

/// A cluster with the topic t, these clients and steps.
std::string cluster_of(const std::string& brokers, const std::string& topic, const std::string& clients,
                       const std::string& steps) {
  return R"({"format": 1, "id": "x", "title": {"en": "x"}, "seed": 5, "cluster": {"controllers": 1, "brokers": )" +
         brokers + R"(}, "topics": [{"name": "t", )" + topic + R"(}], "clients": [)" + clients + R"(], "steps": [)" +
         steps + R"(], "until": "120s"})";
}

std::string shop(const std::string& fields) {
  return R"({"id": "shop", "kind": "producer", "topic": "t", "rate": "20/s")" + fields + "}";
}

std::string reader(const std::string& fields) {
  return R"({"id": "c", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "auto.offset.reset": "earliest", "max.poll.records": 5})" +
         fields + "}";
}

std::vector<const observe::WhyStep*> all_with(const observe::Answer& answer, words::Key key) {
  std::vector<const observe::WhyStep*> found;
  for (const observe::WhyStep& step : answer.steps)
    if (step.key == key) found.push_back(&step);
  return found;
}

bool says(const observe::Answer& answer, words::Key key, const std::string& text) {
  for (const observe::WhyStep* step : all_with(answer, key))
    if (step->words.en.find(text) != std::string::npos && step->words.ko.find(text) != std::string::npos) return true;
  return false;
}

/// In ZooKeeper mode a leader writes its ISR itself, and holds the partition's lock until ZooKeeper answers.
const std::string kUnwritten = "tests/stories/zookeeper-isr-change-without-an-ensemble.json";

}  // namespace

TEST_CASE("Why? about an ISR with a dead broker says that the controller has not fenced the broker yet") {
  const observe::Answer answer = answer_at("replication/leader-failover", 12'000, "/partitions/orders-1/isr");
  CHECK_FALSE(has_key(answer, "why.isr_whole"_w));
  CHECK(says(answer, "why.isr_holds_unfenced"_w, "broker-1"));
  CHECK(all_with(answer, "why.isr_holds_behind"_w).empty());
  CHECK(answer.root_kind == observe::RootKind::Act);
  CHECK(has_key(answer_at("producer/acks", 10'000, "/partitions/orders-0/isr"), "why.isr_holds_unfenced"_w));
}

TEST_CASE("Why? about an ISR with a dead broker under ZooKeeper says that the broker's session lasts") {
  const observe::Answer answer = answer_at("controller/zookeeper-failover", 8'000, "/partitions/few-0/isr");
  CHECK(says(answer, "why.isr_holds_session"_w, "broker-1"));
  CHECK_FALSE(has_key(answer, "why.isr_holds_unfenced"_w));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
}

TEST_CASE("Why? about an ISR whose last member is dead says that the last member stays") {
  const std::string alone = cluster_of("2", R"("partitions": 1, "replication_factor": 1, "assignments": {"0": [1]})",
                                       "", R"({"at": "10s", "do": "crash", "node": "broker-1"})");
  const observe::Answer answer = answer_in(alone, 11'000, "/partitions/t-0/isr");
  CHECK(says(answer, "why.isr_holds_last"_w, "broker-1"));
  CHECK_FALSE(has_key(answer, "why.isr_holds_unfenced"_w));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 10'000'000);
}

TEST_CASE("Why? about an ISR with a replica that is cut off from the leader names the time and the leader's check") {
  const observe::Answer answer = answer_at("replication/isr-shrink-expand", 18'000, "/partitions/orders-0/isr");
  CHECK_FALSE(has_key(answer, "why.isr_whole"_w));
  for (const char* part : {"broker-3", "6.967", "broker-1", "replica.lag.time.max.ms=10000"})
    CHECK_MESSAGE(says(answer, "why.isr_holds_behind"_w, part), part);
  CHECK_FALSE(says(answer, "why.isr_holds_behind"_w, "broker-2"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 7'000'000);
  const observe::Answer both = answer_at("replication/one-way-partition", 20'000, "/partitions/pay-0/isr");
  CHECK(all_with(both, "why.isr_holds_behind"_w).size() == 2);
}

TEST_CASE("Why? about a complete ISR says that its replicas have kept up") {
  CHECK(has_key(answer_at("replication/isr-shrink-expand", 6'000, "/partitions/orders-0/isr"), "why.isr_whole"_w));
  CHECK(has_key(answer_at("replication/leader-failover", 4'000, "/partitions/orders-1/isr"), "why.isr_whole"_w));
}

TEST_CASE("Why? about an incomplete ISR says when each missing replica left") {
  const observe::Answer apart = answer_at("replication/min-insync", 30'000, "/partitions/pay-0/isr");
  CHECK(apart.question.en == "Why are broker-2, broker-3 not in the ISR of pay-0?");
  const auto fenced = all_with(apart, "why.left_isr_fenced"_w), left = all_with(apart, "why.left_isr"_w);
  REQUIRE(fenced.size() == 1);
  REQUIRE(left.size() == 1);
  CHECK(fenced[0]->words.en.starts_with("broker-2 is fenced and leaves the ISR of pay-0"));
  CHECK(left[0]->words.en == "broker-3 leaves the ISR of pay-0");
  CHECK(fenced[0]->at < left[0]->at);
  const observe::Answer together = answer_at("replication/one-way-partition", 22'000, "/partitions/pay-0/isr");
  CHECK(says(together, "why.left_isr_slow"_w, "broker-2, broker-3"));
  CHECK(says(together, "why.left_isr_slow"_w, "replica.lag.time.max.ms=10000"));
}

TEST_CASE("Why? about a removed record says what removed it, and when") {
  const observe::Answer deleted = answer_at("log/retention", 60'000, "/records/web-log-0/0");
  CHECK(deleted.question.en == "Why is record 0 of web gone?");
  CHECK(says(deleted, "why.gone_start"_w, "18"));
  CHECK(std::any_of(deleted.steps.begin(), deleted.steps.end(), [](const observe::WhyStep& step) {
    return step.key.empty() && step.words.en.find("deletes the segment") != std::string::npos;
  }));
  const observe::Answer compacted = answer_at("log/compaction", 40'000, "/records/profile-0/0");
  const auto when = all_with(compacted, "why.gone_compacted"_w);
  REQUIRE(when.size() == 1);
  CHECK(when[0]->at.us > 0);
  CHECK(has_key(compacted, "why.gone_inside"_w));
  CHECK(has_key(answer_at("operations/consumer-falls-behind-retention", 58'000, "/records/web-log-0/300"),
                "why.gone_start"_w));
  const observe::Answer there = answer_at("log/retention", 5'000, "/records/web-log-0/0");
  CHECK(there.question_key == "why.q_record"_w);
}

TEST_CASE("Why? about a record deleted by hand names that act, even after a change of the leader") {
  const std::string story = read_text(source_path("tests/stories/delete-records.json"));
  for (const std::int64_t at_ms :
       {14'000, 47'000}) {  // broker-2, which carried out the first deletion, crashes at 31 s
    CAPTURE(at_ms);
    const observe::Answer answer = answer_in(story, at_ms, "/records/t-0/10");
    CHECK(answer.question.en == "Why is record 10 of p gone?");
    CHECK(says(answer, "why.gone_start"_w, at_ms == 14'000 ? "80" : "200"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 12'000'000);
    CHECK(answer.root_kind == observe::RootKind::Act);
  }
  const observe::Answer later = answer_in(story, 47'000, "/records/t-0/150");
  REQUIRE(later.root.has_value());
  CHECK(later.root->at.us == 43'000'000);
}

TEST_CASE("Why? about a removed tombstone names the cleaning that removed it and its expired retention time") {
  const auto record = [](const char* at, const char* key, const char* value) {
    return std::string(R"({"at": ")") + at + R"(", "do": "produce", "node": "p", "records": [{"key": ")" + key +
           R"(", "value": )" + value + "}]}";
  };
  std::string steps;
  for (const auto& step : {record("1s", "a", R"("1")"), record("1.5s", "b", R"("1")"), record("4s", "a", "null"),
                           record("8s", "x", R"("1")"), record("28s", "b", "null"), record("32s", "y", R"("1")"),
                           record("42s", "z", R"("1")"), record("46s", "v", R"("1")"), record("80s", "w", R"("1")"),
                           record("84s", "u", R"("1")"), record("98s", "a", R"("2")"), record("101s", "c", R"("1")")})
    steps += (steps.empty() ? "" : ", ") + step;
  const std::string text =
      cluster_of("1",
                 R"("partitions": 1, "replication_factor": 1, "config": {"cleanup.policy": "compact",
          "segment.ms": 2000, "min.cleanable.dirty.ratio": 0.01, "delete.retention.ms": 20000})",
                 R"({"id": "p", "kind": "producer", "topic": "t"})", steps);
  const auto went_at = [&](std::int64_t at_ms, const char* path, const char* key) {
    const observe::Answer answer = answer_in(text, at_ms, path);
    CHECK(says(answer, "why.gone_tombstone"_w, key));
    CHECK_FALSE(has_key(answer, "why.gone_compacted"_w));
    const auto all = all_with(answer, "why.gone_tombstone"_w);
    return all.empty() ? -1 : all.front()->at.us;
  };
  CHECK(went_at(95'000, "/records/t-0/2", " a") == 45'000'000);
  CHECK(went_at(95'000, "/records/t-0/4", " b") == 90'000'000);   // the cleaning at 45 s dropped the other one
  CHECK(went_at(119'000, "/records/t-0/2", " a") == 45'000'000);  // a later record of its key came when it was gone
}

TEST_CASE("Why? about a lag names its cause: a leader's death, skipped records or a record that takes long") {
  const observe::Answer died = answer_at("replication/leader-failover", 14'000, "/groups/billing/lag/orders-0");
  CHECK(has_key(died, "why.lag_after_election"_w));
  CHECK_FALSE(has_key(died, "why.lag_slow"_w));
  REQUIRE(died.root.has_value());
  CHECK(died.root->at.us == 5'000'000);
  const observe::Answer jumped =
      answer_at("operations/consumer-falls-behind-retention", 60'000, "/groups/group-l/lag/web-log-0");
  CHECK(says(jumped, "why.lag_skipped"_w, "987"));
  CHECK(says(jumped, "why.lag_skipped"_w, "1107"));
  CHECK_FALSE(has_key(jumped, "why.lag_uncommitted"_w));
  // Of three deletions the first took record 120, which the group would have read next.
  CHECK(says(jumped, "begins at 210 now"));
  CHECK_FALSE(says(jumped, "begins at 614 now"));
  const observe::Answer stuck = answer_at("consumer/max-poll-interval", 15'000, "/groups/workers/lag/jobs-0");
  CHECK(says(stuck, "why.lag_stuck_now"_w, "w-1"));
  CHECK_FALSE(has_key(stuck, "why.lag_slow"_w));
}

TEST_CASE("Why? about a lag names an election only if the old leader had stopped serving the reader before") {
  const std::string cut =
      cluster_of("3", R"("partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]})",
                 shop("") + ", " + reader(R"(, "work": "100ms")"),
                 R"({"at": "10s", "do": "partition", "from": ["broker-1"], "to": ["controller-1"]})");
  const observe::Answer served = answer_in(cut, 20'000, "/groups/g/lag/t-0");
  CHECK_FALSE(has_key(served, "why.lag_after_election"_w));  // fenced, broker-1 served it until then
  CHECK(has_key(served, "why.lag_slow"_w));
  const observe::Answer died = answer_at("replication/leader-failover", 14'000, "/groups/billing/lag/orders-0");
  CHECK(says(died, "why.lag_after_election"_w, "4.573"));  // the last records before the crash at 5 s
}

TEST_CASE("Why? about the lag of a busy reader names the record that takes long, even in another partition") {
  const std::string text = cluster_of(
      "3", R"("partitions": 2, "replication_factor": 1)",
      shop(R"(, "keys": ["a", "b", "c", "d", "e", "f"])") + ", " +
          reader(R"(, "work": {"default": "1ms", "keys": {"slow": "40s"}})"),
      R"({"at": "12s", "do": "produce", "node": "shop", "records": [{"key": "slow", "value": "1", "partition": 1}]})");
  for (const char* partition : {"t-0", "t-1"}) {
    CAPTURE(partition);
    const observe::Answer answer = answer_in(text, 20'000, std::string("/groups/g/lag/") + partition);
    CHECK(says(answer, "why.lag_stuck"_w, "t-1"));
    CHECK(says(answer, "why.lag_stuck_now"_w, partition));
    CHECK(says(answer, "why.lag_stuck_now"_w, "t-1"));
  }
}

TEST_CASE("Why? about the lag of a reader that waits for a commit names the commit, not a slow record") {
  std::string held;
  for (const char* broker : {"broker-1", "broker-2", "broker-3"})
    held += std::string(held.empty() ? "" : ", ") + R"({"at": "10s", "do": "hold", "from": "c", "to": ")" + broker +
            R"(", "api": "OffsetCommit"})";
  const std::string text = cluster_of("3", R"("partitions": 1, "replication_factor": 1)",
                                      shop("") + ", " + reader(R"(, "work": "1ms", "commit": "sync_before")"), held);
  for (const std::int64_t at_ms : {12'000, 16'000}) {
    CAPTURE(at_ms);
    const observe::Answer answer = answer_in(text, at_ms, "/groups/g/lag/t-0");
    CHECK_FALSE(has_key(answer, "why.lag_stuck_now"_w));
    CHECK(says(answer, "why.lag_commit_blocks"_w, "commitSync()"));
    CHECK(says(answer, "why.lag_commit_blocks"_w, "t-0"));
    CHECK(says(answer, "why.commit_held"_w, "broker-2"));
    CHECK_FALSE(has_key(answer, "why.lag_falls"_w));
    CHECK_FALSE(has_key(answer, "why.lag_slow"_w));
  }
  CHECK_FALSE(has_key(answer_in(text, 9'000, "/groups/g/lag/t-0"), "why.lag_commit_blocks"_w));
}

TEST_CASE(
    "Why? about a lag, or about none, names the act that loses the group's commits, and not a link that is hardly slower") {
  for (const char* commit : {"async_after", "auto"}) {  // the second one has committed nothing before
    CAPTURE(commit);
    const std::string text =
        cluster_of("3", R"("partitions": 1, "replication_factor": 1)",
                   shop("") + ", " + reader(std::string(R"(, "work": "1ms", "commit": ")") + commit + "\""),
                   R"({"at": "6s", "do": "lose", "from": ["c"], "to": ["coordinator:g"], "api": "OffsetCommit",
                       "what": "request", "count": "all"},
                     {"at": "11s", "do": "link", "from": ["c"], "to": ["broker-1", "broker-2", "broker-3"],
                      "latency": "1ms"})");
    const observe::Answer answer = answer_in(text, 30'000, "/groups/g/lag/t-0");
    CHECK(says(answer, "why.commit_lost"_w, "t-0"));
    CHECK(has_key(answer, "why.no_lag"_w) == (std::string(commit) == "auto"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 6'000'000);
  }
}

TEST_CASE("a lost response to a commit blocks commitSync(); an asynchronous one waits for the next connection") {
  const auto with_commit = [](const char* commit, std::int64_t at_ms) {
    return answer_in(
        cluster_of("3", R"("partitions": 1, "replication_factor": 1)",
                   shop("") + ", " + reader(std::string(R"(, "work": "1ms", "commit": ")") + commit + "\""),
                   R"({"at": "6s", "do": "lose", "from": ["coordinator:g"], "to": ["c"],
                                    "api": "OffsetCommit", "what": "response", "count": "all"})"),
        at_ms, "/groups/g/lag/t-0");
  };
  for (const bool blocks : {true, false}) {
    CAPTURE(blocks);
    // The first response has been lost for request.timeout.ms (30 s) at 36 s: the consumer closes the connection.
    const observe::Answer answer = with_commit(blocks ? "sync_after" : "async_after", blocks ? 30'000 : 36'200);
    CHECK(says(answer, "why.commit_unheard"_w, "broker-2"));
    CHECK(has_key(answer, "why.lag_commit_blocks"_w) == blocks);
    CHECK(has_key(answer, "why.commit_reconnects"_w) == !blocks);
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 6'000'000);
  }
  // Its next automatic commit comes after retry.backoff.ms, much earlier than auto.commit.interval.ms.
  CHECK_FALSE(has_key(with_commit("auto", 36'200), "why.commit_reconnects"_w));
}

TEST_CASE("Why? about refused or held commits does not say that the coordinator responds again") {
  const auto story = [](const char* name, std::int64_t at_ms, const char* path) {
    return answer_in(read_text(source_path(std::string("tests/stories/") + name + ".json")), at_ms, path);
  };
  for (const std::int64_t at_ms : {15'000, 40'000}) {
    CAPTURE(at_ms);
    const observe::Answer refused = story("revocation-too-slow", at_ms, "/groups/orders-g/lag/orders-1");
    CHECK(says(refused, "why.commit_refused"_w, "COORDINATOR_LOAD_IN_PROGRESS"));
    CHECK_FALSE(has_key(refused, "why.commit_again"_w));
    REQUIRE(refused.root.has_value());
    CHECK(refused.root->at.us == 9'000'000);
  }
  const observe::Answer held = story("late-commit", 8'000, "/groups/billing/lag/orders-0");
  CHECK(says(held, "why.commit_held"_w, "broker-3"));
  CHECK_FALSE(has_key(held, "why.commit_again"_w));
  REQUIRE(held.root.has_value());
  CHECK(held.root->at.us == 6'000'000);
}

TEST_CASE(
    "Why? about a lag names what keeps a member from giving its partition up, not the new member that is to get it") {
  const auto at = [](const char* variant, std::int64_t at_ms) {
    Session session = session_at("tests/stories/revocation-too-slow.json", at_ms, variant);
    return asked(session, "/groups/orders-g/lag/orders-2");
  };
  for (const std::int64_t at_ms : {12'000, 18'000, 26'000}) {  // the last one: c-1 is fenced, and c-2 reads
    CAPTURE(at_ms);
    const observe::Answer refused = at("base", at_ms);
    CHECK(says(refused, "why.commit_refused"_w, "c-1"));
    CHECK(has_key(refused, "why.lag_awaits_revocation"_w) == (at_ms < 26'000));
    REQUIRE(refused.root.has_value());
    CHECK(refused.root->at.us == 9'000'000);
  }
  const observe::Answer stuck = at("stuck", 14'000);
  CHECK(says(stuck, "why.lag_stuck_now"_w, "orders-0"));
  CHECK(has_key(stuck, "why.lag_awaits_revocation"_w));
  REQUIRE(stuck.root.has_value());
  CHECK(stuck.root->at.us == 9'000'000);  // the act that sent the record
}

TEST_CASE("Why? about a lag after a coordinator's silence says that the coordinator responds again") {
  // Requests of another kind that are held back since do not hide the silence. The coordinator is broker-2.
  const std::string text =
      cluster_of("3", R"("assignments": {"0": [1]})", shop("") + ", " + reader(R"(, "work": "1ms")"),
                 R"({"at": "10s", "do": "isolate", "node": "broker-2"}, {"at": "14s", "do": "heal"},
          {"at": "14s", "do": "hold", "from": "c", "to": "broker-2", "api": "Fetch"})");
  const observe::Answer answer = answer_in(text, 14'100, "/groups/g/lag/t-0");
  CHECK(says(answer, "why.commit_again"_w, "broker-2"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 10'000'000);
}

TEST_CASE("Why? about a lag names the hold of one Fetch only until the reader has given that Fetch up") {
  const std::string text = cluster_of(
      "3", R"("partitions": 1, "replication_factor": 1)", shop("") + ", " + reader(R"(, "work": "100ms")"),
      R"({"at": "6s", "do": "hold", "from": "c", "to": ["broker-1", "broker-2", "broker-3"], "api": "Fetch"})");
  const observe::Answer held = answer_in(text, 20'000, "/groups/g/lag/t-0");
  REQUIRE(held.root.has_value());
  CHECK(held.root->at.us == 6'000'000);
  const observe::Answer slow = answer_in(text, 80'000, "/groups/g/lag/t-0");
  CHECK(has_key(slow, "why.lag_slow"_w));
  CHECK_FALSE(slow.root.has_value());
}

TEST_CASE("Why? about the lag of a group whose reader uses assign() names that reader, which is no member") {
  const std::string rest = kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
    {"id": "w", "kind": "consumer", "assign": ["pay-0"], "config": {"group.id": "g"}}],
    "steps": [{"at": "12s", "do": "pause", "node": "w"}])";
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    const std::string cluster =
        kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)" : R"("brokers": 3)";
    Session session = small_run(rest, 9'000, kafka, cluster);
    const observe::Answer reads = asked(session, "/groups/g/lag/pay-0");
    CHECK(has_key(reads, "why.lag_by_assign"_w));
    CHECK(tells(reads, "the rest of the lag"));  // it has read on since its last automatic commit
    CHECK_FALSE(has_key(reads, "why.lag_nobody_reads"_w));
    session.run_until(sim::Instant{} + sim::seconds(20));
    const observe::Answer paused = asked(session, "/groups/g/lag/pay-0");
    CHECK(has_key(paused, "why.lag_reader_silent"_w));
    REQUIRE(paused.root.has_value());
    CHECK(paused.root->at.us == 12'000'000);
  }
  // One that commits only when it is told to: its crash at 38 s is not the reason.
  Session by_hand = session_at("tests/stories/offsets-below-min-isr.json", 44'000);
  const observe::Answer answer = asked(by_hand, "/groups/billing/lag/orders-0");
  CHECK(has_key(answer, "why.lag_no_commits"_w));
  CHECK_FALSE(answer.root.has_value());
}

TEST_CASE("Why? about a group without a lag says that it has none in any partition") {
  const observe::Answer answer =
      answer_in(read_text(source_path("tests/stories/poison-pill.json")), 30'000, "/groups/reading/lag");
  CHECK(says(answer, "why.lag_of_group_none"_w, "meters-0 0, meters-1 0"));
  CHECK_FALSE(has_key(answer, "why.lag_of_group"_w));
}

TEST_CASE("Why? about a record that a seek skipped names the seek") {
  const std::string text =
      cluster_of("3", R"("partitions": 1, "replication_factor": 1)", shop("") + ", " + reader(R"(, "work": "200ms")"),
                 R"({"at": "10s", "do": "seek", "node": "c", "partition": "t-0", "to": "end"},
          {"at": "20s", "do": "seek", "node": "c", "partition": "t-0", "offset": 380})");
  const auto root_of = [&](std::int64_t at_ms, const char* path) {
    const observe::Answer answer = answer_in(text, at_ms, path);
    CHECK(answer.root_kind == observe::RootKind::Act);
    CHECK(std::any_of(answer.steps.begin(), answer.steps.end(),
                      [](const observe::WhyStep& step) { return step.words.en.find("seek") != std::string::npos; }));
    return answer.root ? answer.root->at.us : -1;
  };
  CHECK(root_of(16'000, "/ledger/skipped") == 10'000'000);
  CHECK(root_of(30'000, "/ledger/by_group/g/skipped/shop/300") == 20'000'000);
  CHECK(root_of(11'000, "/groups/g/lag/t-0") == 10'000'000);  // before it has committed anything beyond
}

TEST_CASE("Why? about a record that two seeks skipped names the later seek") {
  const std::string text =
      cluster_of("3", R"("partitions": 1, "replication_factor": 1)", shop("") + ", " + reader(R"(, "work": "200ms")"),
                 R"({"at": "10s", "do": "seek", "node": "c", "partition": "t-0", "to": "end"},
          {"at": "20s", "do": "seek", "node": "c", "partition": "t-0", "offset": 60},
          {"at": "24s", "do": "seek", "node": "c", "partition": "t-0", "offset": 300})");
  const char* record = "/ledger/by_group/g/skipped/shop/150";
  const observe::Answer first = answer_in(text, 19'000, record), second = answer_in(text, 40'000, record);
  REQUIRE(first.root.has_value());
  CHECK(first.root->at.us == 10'000'000);
  REQUIRE(second.root.has_value());
  CHECK(second.root->at.us == 24'000'000);
}

TEST_CASE("Why? about a group whose coordinator is dead names that broker and what killed it") {
  const observe::Answer answer = answer_at("replication/leader-failover", 12'000, "/groups/billing");
  CHECK(says(answer, "why.group_coordinator_silent"_w, "broker-1"));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 5'000'000);
}

TEST_CASE("a group's first rebalance waits for group.initial.rebalance.delay.ms") {
  const observe::Answer answer = answer_at("groups/rebalance-eager", 2'000, "/groups/billing/state");
  CHECK(says(answer, "why.group_initial_delay"_w, "group.initial.rebalance.delay.ms=3000"));
  CHECK_FALSE(has_key(answer, "why.group_awaits_joins"_w));
}

TEST_CASE("Why? about a high watermark names the leader's own write of the ISR, which waits for ZooKeeper") {
  scenario::Session session = session_at(kUnwritten, 12'000);
  CHECK_FALSE(has_key(asked(session, "/partitions/orders-0/high_watermark"), "why.isr_write_waits"_w));
  for (const int second : {20, 34}) {
    CAPTURE(second);
    session.run_until(sim::Instant{} + sim::seconds(second));
    const observe::Answer waits = asked(session, "/partitions/orders-0/high_watermark");
    const observe::WhyStep& write = sentence_with(waits, "why.isr_write_waits"_w);
    CHECK(says_in_both(write, "broker-1, broker-2"));
    CHECK_FALSE(has_key(waits, "why.hw_awaits"_w));
    REQUIRE(waits.root.has_value());
    CHECK(waits.root->at.us == 5'000'000);
  }
}

TEST_CASE("the controller's late news of an ISR that its leader has written goes back to the leader's own change") {
  scenario::Session session = session_at("tests/stories/zookeeper-isr.json", 44'000);
  const observe::TraceStore& trace = session.observation().trace();
  int heard = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const auto changed = fact_if<fact::IsrChanged>(trace[i]);
    if (!changed || session.cluster().name(changed->partition) != "t-0") continue;
    ++heard;
    const observe::Answer answer = asked(session, "/events/" + std::to_string(trace[i].seq));
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.isr_heard"_w));
    // The leader's change and the news of it are one change: the news is no further effect.
    CHECK(std::none_of(answer.effects.begin(), answer.effects.end(),
                       [](const observe::WhyStep& effect) { return effect.key == "why.isr_heard"_w; }));
    CHECK(tells(answer, changed->isr.ids().size() == 2 ? "has shrunk" : "has grown"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == (changed->isr.ids().size() == 2 ? 3'000'000 : 20'000'000));
  }
  CHECK(heard == 2);
}

TEST_CASE("Why? about an ISR that was written late says that ZooKeeper did not answer before") {
  scenario::Session session = session_at(kUnwritten, 38'000);
  const observe::Answer late = asked(session, "/partitions/orders-0/isr");
  CHECK(sentence_with(late, "why.late_isr_write"_w).at.us > 35'000'000);
  CHECK(says_in_both(sentence_with(late, "why.late_isr_write"_w), "replica.lag.time.max.ms="));
  CHECK(tells(late, "zookeeper-1 crashes"));
  scenario::Session in_time = session_at("tests/stories/zookeeper-isr.json", 12'000);
  CHECK_FALSE(has_key(asked(in_time, "/partitions/t-0/isr"), "why.late_isr_write"_w));
}

namespace {

std::string sharer(const std::string& id, const std::string& each = "1ms") {
  return R"({"id": ")" + id + R"(", "kind": "share_consumer", "topics": ["pay"], "config": {"group.id": "s"},
    "work": {"default": ")" +
         each + R"(", "keys": {"bad": "40s"}}})";
}

/// A share group reads pay-0 from its beginning on; a producer writes 20 records a second.
Session shared_run(const std::string& sharers, const std::string& steps, std::int64_t at_ms) {
  return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}, )" +
                       sharers + R"(], "steps": [
      {"at": "0s", "do": "configure", "group": "s", "config": {"share.auto.offset.reset": "earliest"}}, )" +
                       steps + "]",
                   at_ms, "4.1", R"("brokers": 3, "features": {"share.version": 1})");
}

observe::Answer lag_of(Session& session) { return asked(session, "/groups/s/lag/pay-0"); }

}  // namespace

TEST_CASE("a share group whose only reader of a partition is dead waits for its session") {
  Session one = shared_run(sharer("x"), R"({"at": "5s", "do": "crash", "node": "leader:pay-0"},
      {"at": "21s", "do": "kill", "node": "x"})",
                           40'000);
  const observe::Answer dead = lag_of(one);
  CAPTURE(text_of_steps(dead));
  CHECK(says(dead, "Group s waits for the x that died"));
  REQUIRE(dead.root);
  CHECK(dead.root->at.us == 21'000'000);
}

TEST_CASE("a share group goes on after a member's death if another one reads the partition") {
  // The new leader has handed nothing out yet: y still works on its records. Without y the group waits for x.
  const std::string acts =
      R"({"at": "19s", "do": "kill", "node": "x"}, {"at": "20s", "do": "crash", "node": "leader:pay-0"})";
  Session two = shared_run(sharer("x") + ", " + sharer("y", "40s"), acts, 31'000);
  Session one = shared_run(sharer("x"), acts, 31'000);
  const observe::Answer alive = lag_of(two), dead = lag_of(one);
  CAPTURE(text_of_steps(alive));
  CAPTURE(text_of_steps(dead));
  CHECK(says(dead, "waits for the x that died"));
  CHECK(has_key(alive, "why.share_not_read"_w));
  CHECK_FALSE(says(alive, "waits for the x that died"));
}

TEST_CASE(
    "a share group's backlog goes back to the act that kept a settlement from the leader or from the group's log") {
  for (const char* act :
       {R"("node": "leader:pay-0", "api": "ShareFetch", "error": "UNKNOWN_SERVER_ERROR", "count": 5)",
        R"("node": "all-brokers", "api": "WriteShareGroupState", "error": "COORDINATOR_LOAD_IN_PROGRESS",
                             "count": "all")"}) {
    Session session = shared_run(sharer("x"), R"({"at": "10s", "do": "answer", )" + std::string(act) + "}", 20'000);
    const observe::Answer answer = lag_of(session);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root);
    CHECK(answer.root->at.us == 10'000'000);
  }
}

TEST_CASE("records that come while all readers of a share group are paused wait for the last one to be paused") {
  const auto lag_with = [](const std::string& y_paused, const char* y_work) {
    return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "5/s", "start": "15s"}, )" +
                         sharer("x") + ", " + sharer("y", y_work) +
                         R"(], "steps": [{"at": "12s", "do": "pause", "node": "x"})" + y_paused + "]",
                     19'000, "4.1", R"("brokers": 3, "features": {"share.version": 1})");
  };
  Session both = lag_with(R"(, {"at": "13s", "do": "pause", "node": "y"})", "1ms"), one = lag_with("", "5s");
  const observe::Answer silent = lag_of(both), works = lag_of(one);
  CAPTURE(text_of_steps(silent));
  CAPTURE(text_of_steps(works));
  CHECK(has_key(silent, "why.share_lag"_w));
  REQUIRE(silent.root);
  CHECK(silent.root->at.us == 13'000'000);
  // y can ask for records, so the pause of x keeps none from the group.
  CHECK(has_key(works, "why.share_lag"_w));
  CHECK_FALSE((works.root && works.root->at.us == 12'000'000));
}

TEST_CASE("a share group's backlog goes back to the act that sent the record on which its member works for long") {
  const std::string bad =
      R"({"at": "10s", "do": "produce", "node": "shop", "records": [{"key": "bad", "value": "v"}]})";
  Session one = shared_run(sharer("x"), bad, 30'000);
  const observe::Answer slow = lag_of(one);
  CAPTURE(text_of_steps(slow));
  REQUIRE(slow.root);
  CHECK(slow.root->at.us == 10'000'000);

  // A pause that was over before the record, one that is over since, and one during the work that goes on anyway.
  for (const char* pause :
       {R"({"at": "9s", "do": "pause", "node": "x"}, {"at": "9.5s", "do": "resume", "node": "x"}, )",
        R"({"at": "20s", "do": "pause", "node": "x"}, {"at": "25s", "do": "resume", "node": "x"}, )",
        R"({"at": "29s", "do": "pause", "node": "x"}, )"}) {
    Session session = shared_run(sharer("x"), pause + bad, 30'000);
    const observe::Answer answer = lag_of(session);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root);
    CHECK(answer.root->at.us == 10'000'000);
  }

  // An answer to a request that settles nothing of this record, and a record that takes as long as all others.
  Session other = shared_run(
      sharer("x", "40s"), R"({"at": "10s", "do": "produce", "node": "shop", "records": [{"key": "bad", "value": "v"}]},
      {"at": "12s", "do": "answer", "node": "leader:pay-0", "api": "ShareFetch", "error": "UNKNOWN_SERVER_ERROR", "count": 1})",
      30'000);
  const observe::Answer even = lag_of(other);
  CAPTURE(text_of_steps(even));
  CHECK_FALSE(even.root);
}
