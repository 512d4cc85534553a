// What a committer found: a cause of another process, an error that is not final, the ELR, a clock that is wrong.
#include <doctest/doctest.h>

#include "observe/tools/tool.h"
#include "observe/why/why.h"
#include "observe/words/message_acts.h"
#include "support/lessons.h"
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
