// Why? about the values of the state document that are not about a fate, a watermark or a group: each names what made it so.
#include <doctest/doctest.h>

#include "observe/model/state_document.h"
#include "observe/observation.h"
#include "observe/why/why.h"
#include "observe/words/words.h"
#include "protocol/facts_of_groups.h"
#include "sim/facts_of_kernel.h"
#include "sim/mutant.h"
#include "support/lessons.h"
#include "why/in_version.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? about the end of a partition names its last record, the marker or the cut that was the last change") {
  Session retention = session_at("scenarios/log/retention.json", 70'000);
  const observe::Answer end = asked(retention, "/partitions/web-log-0/log_end_offset");
  CHECK(end.question_key == "why.q_log_end"_w);
  CHECK(says_in_both(sentence_with(end, "why.end_record"_w), "broker-1"));
  Session marker = session_at("scenarios/delivery/exactly-once.json", 14'000);
  CHECK(tells(asked(marker, "/partitions/invoices-0/log_end_offset"),
              "broker-3 appends an abort marker to invoices-0 at offset 39"));
  Session cut = session_at("tests/stories/delivery-all-machines.json", 8'300);
  const observe::Answer lost = asked(cut, "/partitions/orders-0/log_end_offset");
  CHECK(tells(lost, "the last 10 had not reached the disk"));
  CHECK(lost.root_kind == observe::RootKind::Act);
  Session quiet = small_run(kPay, 5'000);
  CHECK(has_key(asked(quiet, "/partitions/pay-0/log_end_offset"), "why.log_empty"_w));
}

TEST_CASE("Why? about a broker's epoch names the registration that gave it") {
  for (const char* kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = run_in_version(kPay + R"(, "steps": [
        {"at": "3s", "do": "crash", "node": "broker-2"}, {"at": "4s", "do": "restart", "node": "broker-2"}])",
                                     40'000, kafka);
    const observe::Answer again = asked(session, "/nodes/broker-2/broker_epoch");
    CHECK(says_in_both(sentence_with(again, "why.epoch_by_registration"_w), "broker-2"));
    CHECK(root_ms(again) == 4'000);
    const observe::Answer kept = asked(session, "/nodes/broker-1/broker_epoch");
    CHECK(says_in_both(sentence_with(kept, "why.epoch_since_formation"_w), "broker-1"));
    CHECK_FALSE(has_key(kept, "why.formed"_w));
    const std::string other = std::string(kafka) == "2.5" ? "zookeeper-1" : "controller-1";
    CHECK(has_key(asked(session, "/nodes/" + other + "/broker_epoch"), "why.only_brokers_register"_w));
    CHECK(has_key(asked(session, "/nodes/" + other + "/fenced"), "why.cannot_be_fenced"_w));
  }
  Session session =
      run_in_version(kPay + R"(, "steps": [{"at": "3s", "do": "pause", "node": "broker-2"}])", 30'000, "2.5");
  const observe::Answer unregistered = asked(session, "/nodes/broker-2/broker_epoch");
  CHECK(has_key(unregistered, "why.not_registered"_w));
  CHECK(root_ms(unregistered) == 3'000);
  CHECK(has_key(asked(session, "/nodes/broker-2/fenced"), "why.cannot_be_fenced"_w));
}

TEST_CASE("Why? about what a node knows of the controller and the metadata says whether it is behind, and why") {
  Session session = small_run(kPay + R"(, "steps": [{"at": "3s", "do": "isolate", "node": "broker-3"},
      {"at": "4s", "do": "create_topic", "topic": "new", "partitions": 1, "replication_factor": 2}])",
                              6'000);
  const observe::Answer behind = asked(session, "/nodes/broker-3/belief/metadata_offset");
  CHECK(says_in_both(sentence_with(behind, "why.metric_metadata_behind"_w), "broker-3"));
  CHECK(root_ms(behind) == 3'000);
  CHECK(has_key(asked(session, "/nodes/broker-1/belief/metadata_offset"), "why.metadata_all"_w));
  CHECK(has_key(asked(session, "/nodes/broker-1/belief/controller"), "why.active_since_formation"_w));
  Session zookeeper = run_in_version(kPay, 5'000, "2.5");
  CHECK(has_key(asked(zookeeper, "/nodes/broker-1/belief/metadata_offset"), "why.no_metadata_log"_w));
  Session none = session_at("scenarios/controller/kraft-quorum-loss.json", 24'000);
  CHECK(has_key(asked(none, "/nodes/broker-2/belief/controller"), "why.no_controller_to_know"_w));
}

TEST_CASE("Why? about the log, the snapshots and the vote of a voter") {
  Session session = session_at("scenarios/controller/kraft-quorum-loss.json", 24'000);
  CHECK(has_key(asked(session, "/cluster/quorum/voters/3000/log_start_offset"), "why.nothing_deleted"_w));
  CHECK(has_key(asked(session, "/cluster/quorum/voters/3000/snapshots"), "why.no_snapshot"_w));
  const observe::Answer dead = asked(session, "/cluster/quorum/voters/3001/log_end_offset");
  CHECK(root_ms(dead) == 4'000);
  CHECK(tells(asked(session, "/cluster/quorum/voters/3000/voted_for"),
              "controller-1 has voted for nobody in this epoch"));
  // Without a leader of the quorum it is not known up to where the log is committed.
  for (const char* path : {"/cluster/quorum/voters/3000/log_end_offset", "/nodes/broker-2/belief/metadata_offset"}) {
    const observe::Answer answer = asked(session, path);
    CHECK(has_key(answer, "why.metadata_no_leader"_w));
    CHECK_FALSE(has_key(answer, "why.metric_metadata_ahead"_w));
    CHECK_FALSE(has_key(answer, "why.metadata_all"_w));
  }
}

TEST_CASE("Why? about votes says whom a voter voted for, and that a candidate votes for itself") {
  Session session = small_run(kPay + R"(, "steps": [{"at": "3s", "do": "crash", "node": "controller-1"}])", 9'000,
                              "4.1", R"("controllers": 3, "brokers": 3)");
  const std::string voters = "/cluster/quorum/voters/";
  const auto leader = observe::state_at(session.moment(), "/cluster/quorum/leader");
  REQUIRE((leader && leader->is_number_integer()));
  const int winner = leader->get<int>(), other = winner == 3001 ? 3002 : 3001;
  const observe::Answer own = asked(session, voters + std::to_string(winner) + "/voted_for"),
                        given = asked(session, voters + std::to_string(other) + "/voted_for");
  CHECK(says_in_both(sentence_with(own, "why.votes_for_itself"_w), "controller-" + std::to_string(winner - 2999)));
  CHECK_FALSE(has_key(own, "why.formed"_w));
  CHECK(tells(given, "gives controller " + std::to_string(winner) + " its vote"));
}

TEST_CASE("Why? about the metadata of a process that is dead, or has just begun, claims no offset -1") {
  Session session = small_run(kPay + R"(, "steps": [{"at": "3s", "do": "crash", "node": "controller-1"},
      {"at": "4s", "do": "crash", "node": "broker-2"}, {"at": "5s", "do": "crash", "node": "broker-3"},
      {"at": "6s", "do": "restart", "node": "broker-3"}])",
                              8'000, "4.1", R"("controllers": 1, "brokers": 3)");
  const observe::Answer dead = asked(session, "/nodes/broker-2/belief/metadata_offset"),
                        begun = asked(session, "/nodes/broker-3/belief/metadata_offset");
  CHECK(has_key(dead, "why.still_down"_w));
  CHECK(root_ms(dead) == 4'000);
  CHECK(says_in_both(sentence_with(begun, "why.metadata_unread"_w), "broker-3"));
  CHECK_FALSE(tells(dead, "-1"));
  CHECK_FALSE(tells(begun, "-1"));
}

TEST_CASE("Why? about the ZooKeeper session of a restarted broker is about the session that the state shows") {
  const std::string steps = R"(, "steps": [{"at": "3s", "do": "crash", "node": "broker-2"},
      {"at": "6s", "do": "restart", "node": "broker-2"}])";
  const std::string path = "/cluster/zookeeper/sessions/broker-2";
  // Whichever of the two the state shows while both are open.
  Session both = run_in_version(kPay + steps, 8'000, "2.5");
  const auto shown = observe::state_at(both.moment(), path);
  REQUIRE(shown);
  const observe::Answer answer = asked(both, path);
  const bool left = has_key(answer, "why.zk_session_left"_w);
  const observe::WhyStep& until = sentence_with(answer, left ? "why.zk_session_left"_w : "why.zk_session_expires"_w);
  CHECK(says_in_both(until, std::to_string((*shown)["expires_us"].get<std::int64_t>() / 1'000'000) + "."));
  CHECK(left == (*shown)["server"].is_null());  // nobody is connected with the session that was left behind
  // Before the restart there is only one, and nobody keeps it alive.
  Session dead = run_in_version(kPay + steps, 5'000, "2.5");
  const observe::Answer gone = asked(dead, path);
  CHECK(has_key(gone, "why.zk_session_left"_w));
  CHECK_FALSE(has_key(gone, "why.zk_session_expires"_w));
  CHECK(root_ms(gone) == 3'000);
  Session well = run_in_version(kPay + steps, 2'000, "2.5");
  CHECK(has_key(asked(well, path), "why.zk_session_expires"_w));
}

TEST_CASE("Why? about a broker that believes in a controller that is gone tells what happened to that controller") {
  Session session =
      run_in_version(kPay + R"(, "steps": [{"at": "3s", "do": "crash", "node": "broker-1"}])", 5'000, "2.5");
  REQUIRE(observe::state_at(session.moment(), "/cluster/active_controller")->is_null());
  const observe::Answer stale = asked(session, "/nodes/broker-2/belief/controller");
  CHECK(says_in_both(sentence_with(stale, "why.still_believes"_w), "broker-1"));
  CHECK(has_key(stale, "why.awaits_session"_w));
  CHECK(root_ms(stale) == 3'000);
}

TEST_CASE("Why? about a send() to an added partition that the client has not heard of does not blame its memory") {
  for (const char* kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = run_in_version(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay",
        "config": {"max.block.ms": 2000}}],
      "steps": [{"at": "1s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "1"}]},
        {"at": "2s", "do": "partition", "from": ["shop"], "to": ["broker-1", "broker-2", "broker-3"]},
        {"at": "3s", "do": "add_partitions", "topic": "pay", "partitions": 6},
        {"at": "5s", "do": "produce", "node": "shop", "records": [{"key": "a", "value": "1", "partition": 5}]}])",
                                     9'000, kafka);
    const observe::Answer failed = asked(session, "/clients/shop/errors");
    CHECK_FALSE(has_key(failed, "why.memory_in_vain"_w));
    const observe::WhyStep& step = sentence_with(failed, "why.block_in_vain"_w);
    CHECK(says_in_both(step, "max.block.ms=2000"));
    CHECK(says_in_both(step, "pay-5"));
  }
}

TEST_CASE("Why? about a setting says that the file gives it, and about a clock the act that changed it") {
  Session session =
      small_run(kPay + R"(, "steps": [{"at": "3s", "do": "skew_clock", "node": "broker-3", "by": "5s"}])", 5'000);
  CHECK(has_key(asked(session, "/cluster/kafka"), "why.given_by_file"_w));
  CHECK(has_key(asked(session, "/nodes/broker-1/rack"), "why.given_by_file"_w));
  CHECK(root_ms(asked(session, "/nodes/broker-3/clock_skew_us")) == 3'000);
  CHECK(has_key(asked(session, "/nodes/broker-1/clock_skew_us"), "why.clock_right"_w));
}

TEST_CASE("Why? about a share group's state in a partition: who has its records, and what the last ones became") {
  Session session = session_at("scenarios/groups/share-group.json", 12'000);
  const std::string at = "/groups/pool/share/jobs-0/";
  CHECK(tells(asked(session, at + "start_offset"), "moves from 150 to 160"));
  CHECK(tells(asked(session, at + "end_offset"), "offsets 190 to 199 are locked for s-3"));
  for (const char* field : {"acquired", "available", "archived", "acknowledged", "deliveries"}) {
    const observe::Answer answer = asked(session, at + field);
    CHECK(has_key(answer, "why.share_lag"_w));
    CHECK(answer.question_key == "why.q_value"_w);
  }
  CHECK(tells(asked(session, at + "acknowledged"), "150 to 159 are Acknowledged"));
  CHECK(says_in_both(sentence_with(asked(session, "/groups/pool/assignor"), "why.group_assignor"_w), "simple"));
  CHECK(says_in_both(sentence_with(asked(session, "/groups/pool/protocol"), "why.group_protocol"_w), "share"));
  Session classic = session_at("scenarios/groups/static-membership.json", 20'000);
  std::string group;
  const auto groups = observe::state_at(classic.moment(), "/groups");
  for (const auto& [name, state] : groups->items()) group = name;
  CHECK(tells(asked(classic, "/groups/" + group + "/assignor"), "partition.assignment.strategy"));
}

TEST_CASE("Why? about a client's counters and times names the last event that they count, and the slowest record") {
  Session session = session_at("scenarios/delivery/exactly-once.json", 14'000);
  CHECK(tells(asked(session, "/clients/shop/sent"), "shop hands record 140 to send"));
  CHECK(tells(asked(session, "/clients/shop/acked"), "shop: 1 record of orders-0 acked"));
  CHECK(says_in_both(sentence_with(asked(session, "/clients/shop/received"), "why.client_none"_w), "shop"));
  CHECK(asked(session, "/clients/shop/latency_us/max").question_key == "why.q_record_late"_w);
  CHECK(says_in_both(sentence_with(asked(session, "/clients/shop/latency_us/p99"), "why.latency"_w), "99"));
  CHECK(has_key(asked(session, "/clients/shop/fatal"), "why.not_fatal"_w));
  CHECK(has_key(asked(session, "/clients/shop/records_per_s"), "why.records_per_s"_w));
  CHECK(has_key(asked(session, "/clients/shop/kind"), "why.given_by_file"_w));
  CHECK(has_key(asked(session, "/clients/biller/belief/age_us"), "why.metadata_age"_w));
  CHECK(tells(asked(session, "/clients/biller/transaction/state"), "INITIALIZING to READY"));
  Session reader = small_run(kPay + R"(, "clients": [{"id": "r", "kind": "consumer", "topics": ["pay"],
      "config": {"group.id": "g"}}], "steps": [{"at": "6s", "do": "isolate", "node": "r"}])",
                             8'000);
  const observe::Answer fetching = asked(reader, "/clients/r/fetching");
  CHECK(says_in_both(sentence_with(fetching, "why.fetches"_w), "broker-1"));
  CHECK_FALSE(has_key(fetching, "why.fetches_nothing"_w));
}

TEST_CASE(
    "Why? about the counters of services and queues: their calls and messages, and no denial of a counter above 0") {
  const std::string rest = R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}], "clients": [
      {"id": "svc", "kind": "service", "calls": ["svc2"], "rate": "2/s", "work": "5ms"},
      {"id": "svc2", "kind": "service", "work": "5ms"}, {"id": "q", "kind": "queue"},
      {"id": "pq", "kind": "producer", "topic": "q", "rate": "2/s"},
      {"id": "cq", "kind": "consumer", "topics": ["q"]}])";
  Session session = small_run(rest, 5'200);
  CHECK(tells(asked(session, "/clients/svc/sent"), "svc calls svc2"));
  CHECK(tells(asked(session, "/clients/svc/acked"), "svc has an answer from svc2"));
  CHECK(tells(asked(session, "/clients/svc2/received"), "svc2 counts here the calls that reach it"));
  CHECK(tells(asked(session, "/clients/svc2/processed"), "the calls on which it has finished its work"));
  CHECK(tells(asked(session, "/clients/pq/acked"), "the messages that the queue has confirmed"));
  CHECK(tells(asked(session, "/clients/q/received"), "q keeps a message"));
  CHECK(tells(asked(session, "/clients/q/acked"), "the messages that consumers have acknowledged to it"));
  CHECK(tells(asked(session, "/clients/cq/received"), "cq is handed a message of q"));
  CHECK(tells(asked(session, "/clients/cq/processed"), "cq is done with a message of q"));
  CHECK(says_in_both(sentence_with(asked(session, "/clients/q/sent"), "why.client_none"_w), "q"));
  const auto clients = observe::state_at(session.moment(), "/clients");
  for (const auto& client : clients->items())
    for (const char* field : {"sent", "acked", "received", "processed"}) {
      const std::string path = "/clients/" + client.key() + "/" + field;
      CAPTURE(path);
      const observe::Answer answer = asked(session, path);
      CHECK_FALSE(answer.steps.empty());
      if (client.value()[field] > 0) CHECK_FALSE(has_key(answer, "why.client_none"_w));
    }
  CHECK(tells(asked(session, "/clients/svc/records_per_s"), "svc had 2 calls answered"));
  CHECK(tells(asked(session, "/clients/pq/records_per_s"), "not for pq"));
  CHECK(tells(asked(session, "/clients/pq/latency_us/max"), "from when it sends a message to the queue's answer"));
  CHECK(tells(asked(session, "/clients/cq/latency_us/max"), "from the message's timestamp"));
  CHECK(tells(asked(session, "/clients/q/latency_us/max"), "q measures no such times"));
}

TEST_CASE("Why? about the times of a producer that has stopped, has not started or gets no acknowledgements") {
  Session session = small_run(kPay + R"(, "clients": [
      {"id": "k", "kind": "producer", "topic": "pay", "rate": "2/s"},
      {"id": "z", "kind": "producer", "topic": "pay", "rate": "2/s",
       "config": {"acks": "0", "enable.idempotence": false}},
      {"id": "n", "kind": "producer", "topic": "pay", "rate": "2/s", "start": "30s"},
      {"id": "r", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}],
      "steps": [{"at": "4s", "do": "kill", "node": "k"}, {"at": "4s", "do": "stop", "node": "r"}])",
                              6'000);
  const observe::Answer killed = asked(session, "/clients/k/latency_us/p50");
  CHECK(tells(killed, "k measures from when a record is in a batch to the record's acknowledgement"));
  CHECK(tells(killed, "k is not running"));
  CHECK(tells(killed, "This is the median (p50) of the "));
  CHECK(tells(killed, " records acknowledged so far: half of the values are not above this"));
  CHECK(says_in_both(sentence_with(killed, "why.latency"_w), "(p50)"));
  const observe::Answer young = asked(session, "/clients/n/latency_us/p50");
  CHECK(tells(young, "n measures from when a record is in a batch"));
  CHECK(tells(young, "it has measured nothing so far"));
  const observe::Answer zero = asked(session, "/clients/z/latency_us/p99");
  CHECK(tells(zero, "to when the batch is sent, as with acks=0 nothing is acknowledged"));
  CHECK(tells(zero, "This is the 99th percentile (p99) of the "));
  CHECK(says_in_both(sentence_with(zero, "why.latency"_w), "(p99)"));
  CHECK_FALSE(tells(zero, "'s acknowledgement"));
  CHECK(tells(asked(session, "/clients/z/records_per_s"), "z sent 2 records in the last full second"));
  CHECK(tells(asked(session, "/clients/r/latency_us/p50"), "r measures from the record's timestamp"));
  for (const char* client : {"k", "r"}) {
    const observe::Answer fatal = asked(session, std::string("/clients/") + client + "/fatal");
    CHECK(tells(fatal, "has no fatal error"));
    CHECK(tells(fatal, "is not running"));
  }
}

TEST_CASE("Why? about a group's assignor and protocol: the votes, no assignor now, and who chooses a protocol") {
  const std::string clients = R"(, "clients": [
      {"id": "a", "kind": "consumer", "topics": ["pay"], "sink": "tab", "config": {"group.id": "g"}},
      {"id": "b", "kind": "consumer", "topics": ["pay"], "sink": "tab", "config": {"group.id": "g"}}],
      "steps": [{"at": "20s", "do": "stop", "node": "a"}, {"at": "20s", "do": "stop", "node": "b"}])";
  for (const char* kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = run_in_version(kPay + clients, 2'000, kafka);
    const observe::Answer joins = asked(session, "/groups/g/assignor");
    CHECK(tells(joins, " joins group g"));
    CHECK(has_key(joins, "why.no_assignor_now"_w));
    CHECK_FALSE(has_key(joins, "why.nobody_joined"_w));
    CHECK(tells(asked(session, "/sinks/tab"),
                "tab is empty: a record becomes a row once the work of a, b on it is done"));
    session.run_until(sim::Instant{} + sim::seconds(15));
    CHECK(tells(asked(session, "/groups/g/assignor"), "range has the most votes among the assignors that all members"));
    CHECK(tells(asked(session, "/groups/g/protocol"), "group.protocol") == (std::string(kafka) == "4.1"));
    session.run_until(sim::Instant{} + sim::seconds(40));
    const observe::Answer empty = asked(session, "/groups/g/assignor");
    CHECK(has_key(empty, "why.no_assignor_now"_w));
    CHECK(tells(empty, " group g"));
  }
  Session share = session_at("scenarios/groups/share-group.json", 12'000);
  CHECK_FALSE(tells(asked(share, "/groups/pool/protocol"), "group.protocol"));
  CHECK(has_key(asked(share, "/clients/s-1/fetching"), "why.share_fetches"_w));
}

TEST_CASE("Why? about the kind of a client that was added names the act, not the file") {
  Session session = small_run(kPay + R"(, "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "1/s"}],
      "steps": [{"at": "3s", "do": "add_client",
      "client": {"id": "late", "kind": "producer", "topic": "pay", "rate": "1/s"}}])",
                              6'000);
  const observe::Answer added = asked(session, "/clients/late/kind");
  CHECK(root_ms(added) == 3'000);
  CHECK_FALSE(has_key(added, "why.given_by_file"_w));
  CHECK(has_key(asked(session, "/clients/p/kind"), "why.given_by_file"_w));
}

TEST_CASE("Why? about an act says whether the script did it, and what came of it") {
  Session session = small_run(kPay + R"(, "steps": [{"at": "3s", "do": "crash", "node": "broker-3"},
      {"at": "4s", "do": "create_topic", "topic": "pay", "partitions": 1, "replication_factor": 3},
      {"at": "5s", "do": "pause", "node": "broker-3"}])",
                              6'000);
  const auto& acts = session.observation().acts_taken();
  const auto answer_to = [&](const char* verb) {
    for (const observe::ActTaken& act : acts)
      if (cluster::to_string(act.verb) == verb) return asked(session, "/acts/" + std::to_string(act.number));
    FAIL("no such act");
    return observe::Answer();
  };
  CHECK(has_key(answer_to("crash"), "why.act_of_script"_w));
  CHECK(tells(answer_to("create_topic"), "TOPIC_ALREADY_EXISTS"));
  CHECK(answer_to("pause").steps.size() == 1);
}

TEST_CASE("Why? about a table outside Kafka names the record that it has twice, or how its rows come") {
  Session session = session_at("tests/stories/delivery-commit-after.json", 13'000);
  const observe::Answer repeated = asked(session, "/sinks/results/repeated");
  CHECK(repeated.question_key == "why.q_redelivered"_w);
  CHECK(has_key(repeated, "why.written_again"_w));
  CHECK(has_key(asked(session, "/sinks/results/rows"), "why.sink_rows"_w));
  Session before = session_at("tests/stories/delivery-commit-after.json", 50);
  CHECK(has_key(asked(before, "/sinks/results"), "why.sink_empty"_w));
}

TEST_CASE("Why? about the invariants says that all hold") {
  Session session = session_at("scenarios/replication/leader-failover.json", 15'000);
  CHECK(has_key(asked(session, "/invariants"), "why.invariants_hold"_w));
}

#ifdef KAFKASCOPE_MUTANTS
TEST_CASE("Why? about a violated invariant names it and the last event before the check") {
  sim::chosen_mutant = "hw-one-too-far";
  Session session = session_at("scenarios/replication/leader-failover.json", 15'000);
  const observe::Answer answer = asked(session, "/invariants");
  sim::chosen_mutant = {};
  REQUIRE_FALSE(session.observation().invariants().violations().empty());
  const observe::Violation& first = session.observation().invariants().violations().front();
  CHECK(answer.question_key == "why.q_violated"_w);
  CHECK(answer.question.en.find(first.name) != std::string::npos);
  CHECK_FALSE(has_key(answer, "why.invariants_hold"_w));
  REQUIRE_FALSE(answer.steps.empty());
  CHECK(answer.steps.back().at.us == first.at_us);
  CHECK(answer.path == "/invariants");
}
#endif

TEST_CASE("Why? about requests and bytes says who has sent them") {
  Session session = session_at("scenarios/delivery/exactly-once.json", 14'000);
  const observe::Answer produce = asked(session, "/metrics/requests/Produce");
  CHECK(has_key(produce, "why.requests_counted"_w));
  CHECK(says_in_both(sentence_with(produce, "why.metric_sum"_w), "shop: 135, biller: 60"));
  CHECK(has_key(asked(session, "/metrics/bytes_sent"), "why.bytes_counted"_w));
  const observe::Answer well =
      asked(session,
            "/metrics/mbeans/broker-1/kafka.network:type=RequestMetrics,name=ErrorsPerSec,request=Produce,error=NONE");
  CHECK(says_in_both(sentence_with(well, "why.metric_without_error"_w), "Produce"));
}
