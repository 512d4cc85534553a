// What Kafka committers found to be not as in Kafka in answers of Why?.
#include <doctest/doctest.h>

#include "observe/tools/tool.h"
#include "observe/why/why.h"
#include "observe/words/message_acts.h"
#include "protocol/facts_of_groups.h"
#include "support/lessons.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? about a client names what happened to its present process, not the end of an earlier one") {
  const std::string file = "scenarios/operations/access-control.json";
  Session left = session_at(file, 18'000), early = session_at(file, 8'000);
  for (const char* path : {"/groups/kim/state", "/clients/kim/state"}) {
    const observe::Answer answer = asked(left, path);
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 16'000'000);  // the rule is taken away
    CHECK(tells(answer, "kim gets TopicAuthorizationException"));
  }
  const observe::Answer errors = asked(early, "/clients/kim/errors");
  CHECK_FALSE(errors.root.has_value());  // no rule ever allowed it: the start of the client is not why
  CHECK(tells(errors, "No ACL allowed User:kim Read on group:kim"));
}

TEST_CASE("Why? names a wrong clock, a missing controller and auto.offset.reset=none as causes") {
  Session clock = session_at("scenarios/operations/clock-skew.json", 3'000);
  const observe::Answer failed = asked(clock, "/ledger/failed");
  REQUIRE(failed.root.has_value());
  CHECK(failed.root->words.en.find("The clock of ahead-2h") == 0);
  CHECK(says_in_both(sentence_with(failed, "why.timestamp_ahead"_w), "message.timestamp.after.max.ms=3600000"));

  Session quorum = session_at("scenarios/controller/kraft-quorum-loss.json", 25'000);
  const observe::Answer call = asked(quorum, "/clients/admin/waiting");
  CHECK(call.question.en == "Why does 1 call of admin wait?");
  REQUIRE(call.root.has_value());
  CHECK(call.root->at.us == 4'000'000);
  CHECK(says_in_both(sentence_with(call, "why.admin_awaits_controller"_w), "default.api.timeout.ms=60000"));

  Session retention = session_at("scenarios/operations/consumer-falls-behind-retention.json", 66'000);
  const observe::Answer thrown = asked(retention, "/clients/n/errors");
  REQUIRE(thrown.root.has_value());
  CHECK(thrown.root->at.us == 39'000'000);
  CHECK(thrown.root->words.en.find("auto.offset.reset=none") != std::string::npos);
}

TEST_CASE("Why? says that retried errors are no failures, and that a record in doubt has not failed") {
  Session cut = session_at("scenarios/replication/one-way-partition.json", 26'000);
  const observe::Answer errors = asked(cut, "/clients/acks-all/errors");
  CHECK(errors.question_key == "why.q_only_retried"_w);
  CHECK(says_in_both(sentence_with(errors, "why.only_retried"_w), "NOT_ENOUGH_REPLICAS=6"));
  Session hangs = session_at("scenarios/delivery/hanging-transaction.json", 8'000);
  CHECK(asked(hangs, "/sent/bank/1").question_key == "why.q_record_in_doubt"_w);
}

TEST_CASE("Why? about a client's errors does not name the end of its previous process") {
  Session session = session_at("scenarios/consumer/reset.json", 26'000);
  const observe::Answer errors = asked(session, "/clients/latest-1/errors");
  CHECK_FALSE(tells(errors, "latest-1 stops"));
  CHECK(says_in_both(sentence_with(errors, "why.only_retried"_w), "COORDINATOR_NOT_AVAILABLE=1"));
}

TEST_CASE("Why? about a client that has never been started does not say that it runs since the beginning") {
  Session session = session_at("scenarios/groups/new-protocol.json", 13'000);
  const observe::Answer answer = asked(session, "/clients/c-4/state");
  CHECK(has_key(answer, "why.not_started"_w));
  CHECK_FALSE(has_key(answer, "why.runs_since_start"_w));
}

TEST_CASE("Why? names the members of the ELR, and the election that chose a leader from outside the ISR") {
  const std::string file = "scenarios/replication/all-brokers-down.json";
  Session whole = session_at(file, 15'000), small = session_at(file, 25'000), none = session_at(file, 40'000),
          unclean = session_at(file, 50'000), again = session_at(file, 60'000);
  const std::string elr = "/partitions/pay-elr-0/elr", leader = "/partitions/pay-elr-0/leader";
  CHECK(has_key(asked(whole, elr), "why.elr_not_needed"_w));
  const observe::Answer one = asked(small, elr);
  CHECK(says_in_both(sentence_with(one, "why.elr_eligible"_w), "broker-2"));
  CHECK(says_in_both(sentence_with(one, "why.elr_not_eligible"_w), "broker-3"));
  // broker-1 crashed: it leaves the ELR when it registers again. broker-2 was shut down.
  CHECK(sentence_with(asked(none, leader), "why.awaits_elr"_w).words.en.ends_with("the partition waits for broker-2"));
  CHECK(says_in_both(sentence_with(asked(unclean, "/partitions/pay-now-0/leader"), "why.led_by_unclean"_w),
                     "unclean.leader.election.enable=true"));
  CHECK(says_in_both(sentence_with(asked(again, leader), "why.led_by_elr"_w), "broker-2"));
}

TEST_CASE("kafka-configs lists a broker's own id and role") {
  Session session = session_at("scenarios/producer/acks.json", 5'000);
  const std::string all = observe::tools::ask(session.cluster(), {"kafka-configs", "--describe", "--entity-type",
                                                                  "brokers", "--entity-name", "1", "--all"})
                              .text();
  for (const char* line :
       {"  broker.id=1 sensitive=false synonyms={STATIC_BROKER_CONFIG:broker.id=1, DEFAULT_CONFIG:broker.id=-1}",
        "  node.id=1 sensitive=false synonyms={STATIC_BROKER_CONFIG:node.id=1, DEFAULT_CONFIG:node.id=-1}",
        "  process.roles=broker sensitive=false synonyms={STATIC_BROKER_CONFIG:process.roles=broker, "})
    CHECK_MESSAGE(all.find(line) != std::string::npos, line);
}

TEST_CASE("sentences describe an election for all partitions and an open transaction that gets another partition") {
  CHECK(observe::act_as_sentence("elect_leaders preferred as admin", nullptr, {}).en ==
        "An operator asks for an election of leaders for all partitions (preferred, through the client admin)");
  CHECK(observe::act_as_sentence("elect_leaders orders-0 preferred", nullptr, {}).en ==
        "An operator asks for an election of leaders for orders-0 (preferred)");
  Session session = session_at("tests/stories/transaction-coordinator-dies.json", 10'000);
  CHECK(tells(asked(session, "/transactions/tx-1/state"), "tx-1 stays Ongoing: another partition is added"));
}

TEST_CASE("Why? about the state Empty names the InitProducerId of the new process, not the commit before it") {
  Session session = small_run(kPay + R"(, "clients": [
    {"id": "one", "kind": "producer", "topic": "pay", "config": {"transactional.id": "t"}},
    {"id": "two", "kind": "producer", "topic": "pay", "start": "12s", "config": {"transactional.id": "t"}}],
    "steps": [{"at": "5s", "do": "begin_transaction", "node": "one"},
              {"at": "5.1s", "do": "produce", "node": "one", "records": [{"value": "a"}]},
              {"at": "7s", "do": "commit_transaction", "node": "one"}])",
                              15'000);
  const observe::Answer answer = asked(session, "/transactions/t/state");
  for (const char* part : {"two", "InitProducerId", "Empty"})
    CHECK_MESSAGE(says_in_both(sentence_with(answer, "why.tx_init"_w), part), part);
  CHECK(tells(answer, "two starts"));
  CHECK_FALSE(tells(answer, "commitTransaction()"));
}

TEST_CASE("Why? about a consumer's exception names the record that it cannot deserialize, and when it was written") {
  struct Case {
    std::int64_t at_ms;
    std::string offset;
  };
  for (const Case& c : {Case{18'000, "0"}, Case{24'500, "2"}}) {
    Session session = session_at("scenarios/log/serializers.json", c.at_ms);
    for (const char* path :
         {"/clients/wrong-long/exception", "/clients/wrong-long/errors/RecordDeserializationException"}) {
      const observe::Answer answer = asked(session, path);
      const observe::WhyStep& step = sentence_with(answer, "why.unreadable"_w);
      CHECK(step.at.us / 1'000 == 2'014);  // the append
      for (const std::string& part :
           {std::string("wrong-long"), std::string("strings"), std::string("s-string-0"), c.offset})
        CHECK_MESSAGE(says_in_both(step, part), part);
    }
  }
}

namespace {

/// Whether the act that is the answer's root is necessary: without it the other run's value at the path fits.
template <class Fits>
void check_cut(Session& session, const std::string& file, const std::string& path, Fits&& fits) {
  const observe::Answer answer = asked(session, path);
  REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
  const auto act = act_of(session, *answer.root);
  REQUIRE_MESSAGE(act.has_value(), answer.root->words.en);
  Session other(without(*loaded(read_text(source_path(file)), "base"), *act), true);
  other.run_until(session.now());
  CHECK_MESSAGE(fits(state_in(other, path)), answer.root->words.en, " but: ", state_in(other, path).dump());
}

bool is_absent(const nlohmann::json& value) { return value.is_null(); }

std::int64_t root_at(const observe::Answer& answer) { return answer.root ? answer.root->at.us / 1000 : -1; }

}  // namespace

TEST_CASE("Why? about NOT_CONTROLLER names the quorum that lost its leader, not a broker") {
  const std::string path = "/clients/admin/errors/NOT_CONTROLLER", file = "scenarios/controller/kraft-quorum-loss.json";
  for (const std::int64_t at_ms : {21'700, 43'400}) {
    Session session = session_at(file, at_ms);
    const observe::Answer answer = asked(session, path);
    CHECK(root_at(answer) == 4'000);
    CHECK(tells(answer, "controller-1 is no longer the active controller"));
    CHECK_FALSE(tells(answer, "broker-1"));
    check_cut(session, file, path, is_absent);
  }
  struct Case {
    std::string story;
    std::int64_t at_ms, root_ms;
  };
  for (const Case& c : {Case{"quorum-split-brain", 10'500, 3'000}, {"uncommitted-decisions", 21'000, 2'000}}) {
    const std::string cut = "tests/stories/" + c.story + ".json";
    Session session = session_at(cut, c.at_ms);
    CHECK(root_at(asked(session, "/clients/ops/errors/NOT_CONTROLLER")) == c.root_ms);
    check_cut(session, cut, "/clients/ops/errors/NOT_CONTROLLER", is_absent);
  }
  // The question about the controller itself names each server once.
  Session none = session_at(file, 21'700);
  CHECK_FALSE(tells(asked(none, "/cluster/active_controller"), "controller-2 crashes"));
}

TEST_CASE("Why? about an admin's call without a controller names the failure that ended the quorum's majority") {
  Session session = small_run(kPay + R"(, "clients": [{"id": "ops", "kind": "admin"}], "steps": [
    {"at": "5s", "do": "crash", "node": "controller-1"}, {"at": "5.5s", "do": "crash", "node": "controller-2"},
    {"at": "6s", "do": "create_topic", "topic": "x", "partitions": 1, "replication_factor": 1, "as": "ops"},
    {"at": "8s", "do": "crash", "node": "broker-3"}])",
                              70'000, "4.1", R"("brokers": 3, "controllers": 3)");
  for (const char* path : {"/clients/ops/errors", "/clients/ops/errors/NOT_CONTROLLER"}) {
    CAPTURE(path);
    CHECK(root_at(asked(session, path)) == 5'500);
  }
}

TEST_CASE("Why? about REBALANCE_IN_PROGRESS names the member that left or joined, and no failure") {
  struct Case {
    std::string file, client;
    std::int64_t at_ms, root_ms;
  };
  for (const Case& c : {Case{"scenarios/operations/timers.json", "slow-2", 62'000, 7'000},
                        {"scenarios/operations/what-the-graphs-show.json", "billing-2", 60'000, 52'000},
                        {"scenarios/groups/assignors.json", "cs-1", 18'700, 12'000},
                        {"scenarios/groups/assignors.json", "st-1", 18'700, 12'000}}) {
    CAPTURE(c.client);
    const std::string path = "/clients/" + c.client + "/errors/REBALANCE_IN_PROGRESS";
    Session session = session_at(c.file, c.at_ms);
    const observe::Answer answer = asked(session, path);
    CHECK(root_at(answer) == c.root_ms);
    CHECK(says_in_both(sentence_with(answer, "why.heartbeat_in_rebalance"_w), c.client));
    CHECK(answer.question.en == "Why did " + c.client + " get errors?");
    CHECK(has_key(asked(session, "/clients/" + c.client + "/errors"), "why.only_retried"_w));
    CHECK(has_key(asked(session, "/clients/" + c.client + "/failed"), "why.never_failed"_w));
    const std::int64_t here = state_in(session, path).get<std::int64_t>();
    check_cut(session, c.file, path,
              [&](const nlohmann::json& there) { return there.is_null() || there.get<std::int64_t>() < here; });
  }
}

TEST_CASE("Why? about REBALANCE_IN_PROGRESS in answer to a SyncGroup names the rebalance that began meanwhile") {
  // The leader of the group hears late of its new generation, and c joins before b's SyncGroup can be answered.
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 4, "replication_factor": 1}], "clients": [
    {"id": "a", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}},
    {"id": "b", "kind": "consumer", "topics": ["pay"], "start": "12s", "config": {"group.id": "g"}},
    {"id": "c", "kind": "consumer", "topics": ["pay"], "start": "22.8s", "config": {"group.id": "g"}}],
    "steps": [{"at": "11s", "do": "link", "from": ["broker-1"], "to": ["a"], "latency": "2s"}])",
                              24'000, "4.1", R"("brokers": 1, "config": {"offsets.topic.replication.factor": 1})");
  const observe::Answer answer = asked(session, "/clients/b/errors/REBALANCE_IN_PROGRESS");
  CHECK(says_in_both(sentence_with(answer, "why.sync_in_rebalance"_w), "SyncGroup"));
  CHECK_FALSE(has_key(answer, "why.heartbeat_in_rebalance"_w));
}

TEST_CASE("Why? about a commit that is refused with REBALANCE_IN_PROGRESS speaks of the commit, not of heartbeats") {
  const auto refused = [](const std::string& client) {
    return R"({"at": "10s", "do": "answer", "node": "broker-1", "from": ")" + client +
           R"(", "api": "OffsetCommit", "error": "REBALANCE_IN_PROGRESS"})";
  };
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1}], "clients": [
    {"id": "shop", "kind": "producer", "topic": "pay", "rate": "5/s"},
    {"id": "auto", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}},
    {"id": "sync", "kind": "consumer", "topics": ["pay"], "commit": "sync_after", "config": {"group.id": "h"}}],
    "steps": [)" + refused("auto") +
                                  ", " + refused("sync") + "]",
                              20'000, "4.1", R"("brokers": 1, "config": {"offsets.topic.replication.factor": 1})");
  for (const std::string& client : {std::string("auto"), std::string("sync")}) {
    const observe::Answer answer = asked(session, "/clients/" + client + "/errors/REBALANCE_IN_PROGRESS");
    CHECK(says_in_both(sentence_with(answer, "why.commit_in_rebalance"_w), client));
    CHECK_FALSE(has_key(answer, "why.heartbeat_in_rebalance"_w));
    CHECK(root_at(answer) == 10'000);
    // Only commitSync() throws an exception; the consumer itself logs that its automatic commit failed.
    CHECK((answer.question_key == "why.q_failed"_w) == (client == "sync"));
    CHECK(has_key(asked(session, "/clients/" + client + "/failed"), "why.never_failed"_w) == (client == "auto"));
  }
  CHECK(root_at(asked(session, "/clients/sync/exception")) == 10'000);
}

TEST_CASE("Why? says that any replica can lead again where unclean elections are allowed") {
  Session session = session_at("scenarios/replication/all-brokers-down.json", 44'000);
  for (const char* field : {"leader", "leader_epoch"}) {
    const observe::Answer now = asked(session, std::string("/partitions/pay-now-0/") + field);
    CHECK(says_in_both(sentence_with(now, "why.awaits_any"_w), "broker-1, broker-2, broker-3"));
    CHECK_FALSE(has_key(now, "why.awaits_elr"_w));
  }
  CHECK(has_key(asked(session, "/partitions/pay-wait-0/leader"), "why.awaits_end_of_elr"_w));
  session.run_until(sim::Instant{46'000'000});
  CHECK(state_in(session, "/partitions/pay-now-0/leader") == 3);
  CHECK(state_in(session, "/partitions/pay-wait-0/leader").is_null());
}

TEST_CASE("Why? about a lag does not invent new records, or a speed for a reader that has just begun") {
  Session manual = session_at("scenarios/consumer/manual-commit.json", 10'800);
  for (const char* group : {"pay-async", "pay-sync", "pay-first"}) {
    const observe::Answer answer = asked(manual, std::string("/groups/") + group + "/lag/pay-0");
    CHECK(says_in_both(sentence_with(answer, "why.lag_quiet"_w), "7.460"));
    CHECK_FALSE(has_key(answer, "why.lag_slow"_w));
  }
  const std::string file = "scenarios/consumer/auto-commit.json", path = "/groups/one-thread/lag/pay-0";
  Session begun = session_at(file, 15'400);
  const observe::Answer answer = asked(begun, path);
  CHECK(root_at(answer) == 10'000);  // killed
  CHECK(says_in_both(sentence_with(answer, "why.lag_nobody_read"_w), "15.372"));
  CHECK_FALSE(has_key(answer, "why.lag_slow"_w));
  check_cut(begun, file, path, [](const nlohmann::json& lag) { return lag.get<std::int64_t>() < 70; });
}

TEST_CASE("Why? about the start of a copied log names the act that deleted the leader's records before it") {
  struct Case {
    std::string file, partition;
    std::int64_t at_ms, root_ms;
  };
  for (const Case& c : {Case{"tests/stories/deleted-counts-once.json", "orders-0", 28'000, 2'000},
                        {"tests/stories/delete-records-inside-a-batch.json", "t-0", 14'000, 5'000}}) {
    CAPTURE(c.file);
    Session session = session_at(c.file, c.at_ms);
    const std::string path = "/partitions/" + c.partition + "/log_start_offset";
    const observe::Answer answer = asked(session, path);
    CHECK(root_at(answer) == c.root_ms);
    CHECK(tells(answer, "An operator deletes records of " + c.partition));
    check_cut(session, c.file, path, [](const nlohmann::json& start) { return start == 0; });
  }
}

TEST_CASE("Why? about a partition's lag does not name a producer that never wrote to that partition") {
  Session session = session_at("scenarios/operations/hot-partition.json", 40'000);
  const observe::Answer answer = asked(session, "/groups/viewers/lag/views-4");
  CHECK_FALSE(tells(answer, "fans-salted"));
  CHECK_FALSE(answer.root.has_value());
  CHECK(says_in_both(sentence_with(answer, "why.lag_written_by"_w), "fans"));
}

TEST_CASE("Why? about a backlog from a time without readers names the stop of the reader, while the backlog lasts") {
  struct Case {
    std::string file, path;
    std::int64_t at_ms, root_ms, at_most;
  };
  for (const Case& c :
       {Case{"scenarios/groups/static-membership.json", "/groups/static-app/lag/orders-2", 49'500, 26'000, 60},
        {"scenarios/groups/static-membership.json", "/groups/static-app/lag/orders-2", 52'000, 26'000, 60},
        {"scenarios/delivery/at-least-once.json", "/groups/plain/lag/pay-0", 21'000, 13'000, 200}}) {
    CAPTURE(c.path);
    Session session = session_at(c.file, c.at_ms);
    const observe::Answer answer = asked(session, c.path);
    CHECK(root_at(answer) == c.root_ms);
    CHECK(has_key(answer, "why.lag_nobody_read"_w));
    check_cut(session, c.file, c.path, [&](const nlohmann::json& lag) { return lag.get<std::int64_t>() <= c.at_most; });
  }
  // Once it is worked off, it is no reason any more.
  Session session = session_at("scenarios/groups/static-membership.json", 54'000);
  CHECK_FALSE(has_key(asked(session, "/groups/static-app/lag/orders-2"), "why.lag_nobody_read"_w));
}

TEST_CASE("Why? about records that piled up before an election names the power failure, not the request under way") {
  const std::string file = "scenarios/replication/rack-loss.json";
  Session session = session_at(file, 15'000);
  for (const char* path : {"/clients/p-spread/waiting", "/ledger/by_client/p-spread/pending"}) {
    CAPTURE(path);
    const observe::Answer answer = asked(session, path);
    CHECK(root_at(answer) == 6'000);
    CHECK(tells(answer, "broker-1 loses power"));
    CHECK(says_in_both(sentence_with(answer, "why.waits_backlog"_w), "13.529"));
  }
  check_cut(session, file, "/clients/p-spread/waiting",
            [](const nlohmann::json& waiting) { return waiting.get<std::int64_t>() < 20; });
}

TEST_CASE("Why? about a lag that is only not committed yet names the next commit, or who commits") {
  const auto run = [](const std::string& commit) {
    return small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
        {"id": "c", "kind": "consumer", "topics": ["pay"], "commit": ")" +
                         commit + R"(", "config": {"group.id": "g"}}],
        "steps": [{"at": "10s", "do": "commit", "node": "c"}])",
                     22'000);
  };
  Session session = run("auto");
  const observe::WhyStep told = sentence_with(asked(session, "/groups/g/lag/pay-0"), "why.lag_all_uncommitted"_w);
  CHECK(says_in_both(told, "auto.commit.interval.ms=5000"));
  const std::size_t at = told.words.en.find("poll() from ");
  REQUIRE(at != std::string::npos);
  const double due = std::stod(told.words.en.substr(at + std::string("poll() from ").size()));
  REQUIRE(due > 22);
  session.run_until(sim::Instant{28'000'000});
  const observe::TraceStore& trace = session.observation().trace();
  std::size_t i = trace.first_at(sim::Instant{22'000'000});
  while (i < trace.size() && !is<fact::OffsetCommitted>(trace[i])) ++i;
  REQUIRE(i < trace.size());
  CHECK(static_cast<double>(trace[i].time.us) / 1e6 >= due - 0.001);
  CHECK(static_cast<double>(trace[i].time.us) / 1e6 < due + 0.5);

  Session none = run("none");
  CHECK(tells(asked(none, "/groups/g/lag/pay-0"), "commits nothing"));
}
