// The quorum and what only its leader does: an election under way, a majority that is back, brokers that nobody fences. ZooKeeper: znodes
// that are there and that are gone, the servers of the ensemble, sessions.
#include "observe/tools/tool.h"
#include "sim/facts_of_kernel.h"
#include "why/in_version.h"
#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kThree = R"("brokers": 3, "controllers": 3)";
const std::string kLost = R"({"at": "4s", "do": "crash", "node": "controller-2"},
  {"at": "4s", "do": "crash", "node": "controller-3"}, {"at": "6s", "do": "pause", "node": "broker-3"})";

Session quorum(const std::string& steps, std::int64_t at_ms) {
  return small_run(kPay + R"(, "steps": [)" + steps + "]", at_ms, "4.1", kThree);
}

/// The last moment within 5 s after the crash at which a voter stands for election and nobody is elected.
Session in_election() {
  Session session = quorum(R"({"at": "4s", "do": "crash", "node": "controller"})", 4'000);
  for (int ms = 4'000; ms < 12'000; ms += 20) {
    session.run_until(sim::Instant{} + sim::milliseconds(ms));
    const auto voters = observe::state_at(session.moment(), "/cluster/quorum/voters");
    for (const auto& [id, voter] : voters->items())
      if (voter["state"] == "Prospective" || voter["state"] == "Candidate") return session;
  }
  FAIL("nobody stands for election");
  return session;
}

}  // namespace

TEST_CASE("Why? about a missing controller names the election under way and its candidates") {
  Session session = in_election();
  const observe::Answer answer = asked(session, "/cluster/quorum");
  CHECK_FALSE(has_key(answer, "why.awaits_quorum"_w));
  CHECK(says_in_both(sentence_with(answer, "why.election"_w), "controller-"));
}

TEST_CASE(
    "a vote, a voter's state, the quorum's epoch and an unknown controller go back to what silenced the old leader") {
  for (const char* act : {"crash", "pause", "isolate"}) {
    CAPTURE(act);
    Session session = quorum(R"({"at": "4s", "do": ")" + std::string(act) + R"(", "node": "controller"})", 9'000);
    Session standing = act == std::string("crash") ? in_election() : std::move(session);
    Session elected = quorum(R"({"at": "4s", "do": ")" + std::string(act) + R"(", "node": "controller"})", 20'000);
    for (Session* at : {&standing, &elected})
      for (const char* voter : {"3001", "3002"})
        for (const char* field : {"state", "voted_for"}) {
          const std::string path = std::string("/cluster/quorum/voters/") + voter + "/" + field;
          if (observe::state_at(at->moment(), path)->is_null()) continue;
          (void)check_root_at(*at, path, 4'000);
        }
    for (const char* path : {"/cluster/quorum/leader", "/cluster/quorum/epoch", "/cluster/controller_epoch"})
      (void)check_root_at(elected, path, 4'000);
  }
  Session session = in_election();
  (void)check_root_at(session, "/nodes/broker-1/belief/controller", 4'000);
}

TEST_CASE(
    "without a majority, the controller that nobody knows and the state of the voter left go back to the others' deaths") {
  Session session = quorum(kLost, 15'000);
  for (const char* path : {"/nodes/broker-1/belief/controller", "/nodes/controller-1/belief/controller",
                           "/cluster/quorum/voters/3000/state", "/cluster/quorum/voters/3000/voted_for"})
    (void)check_root_at(session, path, 4'000);
  CHECK(says_in_both(sentence_with(asked(session, "/nodes/broker-1/belief/controller"), "why.no_controller_to_know"_w),
                     "broker-1"));
  Session back = quorum(kLost + R"(, {"at": "20s", "do": "restart", "node": "controller-2"})", 30'000);
  for (const char* path : {"/cluster/quorum/voters/3000/state", "/cluster/quorum/voters/3000/voted_for",
                           "/cluster/quorum/voters/3001/state", "/cluster/quorum/voters/3001/voted_for"})
    (void)check_root_at(back, path, 20'000);
}

TEST_CASE("Why? about a controller that leads again names the restart of the voter that restored the majority") {
  Session session = quorum(kLost + R"(, {"at": "40s", "do": "restart", "node": "controller-2"})", 45'000);
  const observe::Answer answer = asked(session, "/cluster/quorum");
  REQUIRE(answer.root.has_value());
  CHECK(answer.root_kind == observe::RootKind::Act);
  CHECK(answer.root->at.us == 40'000'000);
}

TEST_CASE("Why? about a paused broker that is not fenced names the missing controller or the unexpired session") {
  Session nobody = quorum(kLost, 30'000), waits = quorum(R"({"at": "6s", "do": "pause", "node": "broker-3"})", 10'000);
  const observe::Answer alone = asked(nobody, "/nodes/broker-3/fenced"), soon = asked(waits, "/nodes/broker-3/fenced");
  for (const observe::Answer* answer : {&alone, &soon}) {
    CHECK_FALSE(has_key(*answer, "why.formed"_w));
    CHECK(std::any_of(answer->steps.begin(), answer->steps.end(),
                      [](const observe::WhyStep& step) { return step.words.en == "broker-3 is paused"; }));
  }
  CHECK(says_in_both(sentence_with(alone, "why.nobody_fences"_w), "broker-3"));
  CHECK(has_key(alone, "why.awaits_quorum"_w));
  CHECK(says_in_both(sentence_with(soon, "why.not_fenced_yet"_w), "broker.session.timeout.ms=9000"));
  CHECK(has_key(asked(waits, "/nodes/broker-1/fenced"), "why.formed"_w));
}

TEST_CASE("only brokers under KRaft can be fenced, and Why? says so of the others") {
  Session kraft = quorum("", 3'000),
          zookeeper = small_run(kPay, 3'000, "2.5", R"("metadata": "zookeeper", "zookeepers": 3, "brokers": 3)");
  for (const auto& [session, node] : {std::pair{&kraft, "controller-1"}, {&zookeeper, "broker-1"}}) {
    const observe::Answer answer = asked(*session, std::string("/nodes/") + node + "/fenced");
    CHECK(answer.steps.size() == 1);
    CHECK(says_in_both(sentence_with(answer, "why.cannot_be_fenced"_w), node));
    CHECK(answer.root_kind == observe::RootKind::None);
  }
  for (const std::string& path : observe::paths_with_why(kraft.moment(), "/nodes/controller-1/fenced"))
    CHECK(observe::why(kraft.moment(), path).has_value());
}

TEST_CASE("Why? about a group's coordinator gives the time at which it loaded the group's own partition") {
  const auto run = [](const std::string& steps, std::int64_t at_ms) {
    return small_run(kPay + R"(, "clients": [{"id": "b", "kind": "consumer", "topics": ["pay"],
      "config": {"group.id": "g"}}], "steps": [)" +
                         steps + "]",
                     at_ms);
  };
  Session early = run("", 3'000);
  const int coordinator = early.cluster().coordinator_of("g");
  // It takes over partitions of the broker that crashes.
  Session session =
      run(R"({"at": "10s", "do": "crash", "node": "broker-)" + std::to_string(coordinator % 3 + 1) + R"("})", 40'000);
  REQUIRE(session.cluster().coordinator_of("g") == coordinator);
  const observe::Answer answer = asked(session, "/groups/g/coordinator");
  REQUIRE(answer.steps.size() == 2);
  CHECK(answer.steps.front().words.en.find("has loaded") != std::string::npos);
  CHECK(answer.steps.front().at.us < 1'000'000);
}

TEST_CASE("a controller without a majority is active until it resigns, and kafka-metadata-quorum describes it") {
  const std::string file = "scenarios/controller/kraft-quorum-loss.json";
  Session leads = session_at(file, 5'000), resigned = session_at(file, 8'000);
  const observe::Answer answer = asked(leads, "/cluster/active_controller");
  CHECK(answer.question_key == "why.q_no_majority"_w);
  for (const char* part : {"controller-1", "3000 ms", "controller.quorum.fetch.timeout.ms=2000"})
    CHECK(says_in_both(sentence_with(answer, "why.leads_without_majority"_w), part));
  const observe::Answer after = asked(resigned, "/cluster/active_controller");
  CHECK(after.question_key == "why.q_no_controller"_w);
  CHECK_FALSE(has_key(after, "why.leads_without_majority"_w));
  const auto status = [](const Session& session) {
    return observe::tools::ask(session.cluster(), {"kafka-metadata-quorum", "describe", "--status"});
  };
  CHECK(status(leads).text().find("LeaderId:               3000\n") != std::string::npos);
  CHECK(status(leads).status == 0);
  CHECK(status(resigned).text().find("TimeoutException") != std::string::npos);
  // Nothing has to be committed for the reassignments that kafka-topics asks for.
  const auto topics = [](const Session& session) {
    return observe::tools::ask(session.cluster(), {"kafka-topics", "--describe"});
  };
  CHECK(topics(leads).status == 0);
  CHECK(topics(leads).text().find("Leader: ") != std::string::npos);
  CHECK_FALSE(topics(leads).timed_out.has_value());
  CHECK(topics(resigned).text().find("TimeoutException") != std::string::npos);
}

TEST_CASE("kafka-configs prints a broker's settings from its configuration file, under KRaft and ZooKeeper") {
  const auto all = [](const std::string& file, const std::string& variant) {
    const Session session = session_at(file, 1'000, variant);
    return observe::tools::ask(session.cluster(), {"kafka-configs", "--describe", "--entity-type", "brokers",
                                                   "--entity-name", "1", "--all"})
        .text();
  };
  const std::string kraft = all("scenarios/controller/kraft-quorum-loss.json", "base");
  CHECK(kraft.find(
            "  listeners=PLAINTEXT://:9092 sensitive=false synonyms={DEFAULT_CONFIG:listeners=PLAINTEXT://:9092}\n") !=
        std::string::npos);
  CHECK(
      kraft.find("  controller.quorum.voters=3000@controller-1:9093,3001@controller-2:9093,3002@controller-3:9093 ") !=
      std::string::npos);
  CHECK(kraft.find("  log.dirs=null ") != std::string::npos);  // log.dir, which is not set either, says where
  const std::string old = all("scenarios/controller/zookeeper-roles.json", "base");
  CHECK(old.find("  zookeeper.connect=zookeeper-1:2181") != std::string::npos);
  const std::string dirs = all("tests/stories/zookeeper-lost-tail-beside-a-failed-directory.json", "base");
  CHECK(dirs.find("  log.dirs=/tmp/kafka-logs,/tmp/kafka-logs-1 ") != std::string::npos);
}

namespace {

/// The name of the act at the answer's root.
std::string verb_of_root(Session& session, const observe::Answer& answer) {
  const sim::TraceLine* line = answer.root ? session.observation().trace().find(answer.root->seq) : nullptr;
  const auto act = line == nullptr ? std::nullopt : fact_if<fact::Command>(*line);
  return act ? act->verb.str() : std::string();
}

}  // namespace

TEST_CASE("Why? about a znode names who wrote it, and the end of the session that took it away") {
  Session session = session_at("scenarios/controller/session-expiry.json", 26'000);
  const observe::Answer controller = asked(session, "/zookeeper/controller");
  CHECK(controller.question_key == "why.q_controller"_w);
  CHECK(text_of_steps(controller) == text_of_steps(asked(session, "/cluster/active_controller")));
  CHECK(text_of_steps(asked(session, "/zookeeper/controller/data/brokerid")) == text_of_steps(controller));
  const observe::Answer gone = asked(session, "/zookeeper/brokers/ids/1");
  CHECK(gone.question_key == "why.q_no_znode"_w);
  CHECK(says_in_both(sentence_with(gone, "why.znode_ends_with_session"_w), "/brokers/ids/1"));
  CHECK(tells(gone, "broker-1 has sent nothing for 18000 ms"));
  CHECK(verb_of_root(session, gone) == "pause");
  CHECK(text_of_steps(asked(session, "/zookeeper/brokers/ids")) == text_of_steps(gone));  // the last change below it
  const observe::Answer there = asked(session, "/zookeeper/brokers/ids/2");
  CHECK(has_key(there, "why.formed"_w));
  CHECK(says_in_both(sentence_with(there, "why.znode_ephemeral"_w), "broker-2"));
  const observe::Answer state = asked(session, "/zookeeper/brokers/topics/orders/partitions/0/state/data/leader");
  CHECK(says_in_both(sentence_with(state, "why.znode_written_by"_w), "broker-2"));
  CHECK(tells(state, "broker-2 leads orders-0 now"));
  CHECK(verb_of_root(session, state) == "pause");
  CHECK_FALSE(whole_why(session.moment(), "/zookeeper/brokers/ids/77"));
  Session kraft = session_at("scenarios/replication/leader-failover.json", 5'000);
  CHECK_FALSE(whole_why(kraft.moment(), "/zookeeper/controller"));
}

TEST_CASE("Why? about the znodes of topics and settings names the act that made, changed or deleted them") {
  Session session = run_in_version(kPay + R"(, "steps": [
      {"at": "3s", "do": "create_topic", "topic": "new", "partitions": 1, "replication_factor": 3},
      {"at": "4s", "do": "create_topic", "topic": "old", "partitions": 1, "replication_factor": 3},
      {"at": "5s", "do": "configure", "topic": "pay", "config": {"retention.ms": 1000000}},
      {"at": "6s", "do": "delete_topic", "topic": "old"}])",
                                   15'000, "2.5");
  const observe::Answer made = asked(session, "/zookeeper/brokers/topics/new/data");
  CHECK(has_key(made, "why.znode_created_by"_w));
  CHECK(verb_of_root(session, made) == "create_topic");
  const observe::Answer set = asked(session, "/zookeeper/config/topics/pay");
  CHECK(verb_of_root(session, set) == "configure");
  const observe::Answer deleted = asked(session, "/zookeeper/brokers/topics/old");
  CHECK(has_key(deleted, "why.znode_deleted_by"_w));
  CHECK(root_ms(deleted) == 6'000);
  CHECK(has_key(asked(session, "/zookeeper/admin"), "why.znode_deleted_by"_w));  // /admin/delete_topics/old
}

TEST_CASE("Why? about a server of the ensemble and a session names what silenced them") {
  Session session = run_in_version(kPay + R"(, "steps": [
      {"at": "3s", "do": "crash", "node": "zookeeper-1"},
      {"at": "8s", "do": "pause", "node": "broker-3"}])",
                                   12'000, "2.5");
  const observe::Answer dead = asked(session, "/nodes/zookeeper-1/zookeeper/state");
  CHECK(dead.question_key == "why.q_zk_server"_w);
  CHECK(verb_of_root(session, dead) == "crash");
  CHECK(has_key(dead, "why.still_down"_w));
  const std::int64_t leads = observe::state_at(session.moment(), "/cluster/zookeeper/leader")->get<std::int64_t>();
  const observe::Answer leader = asked(session, "/nodes/zookeeper-" + std::to_string(leads) + "/zookeeper");
  CHECK(leader.question.en.find("LEADING") != std::string::npos);
  CHECK(leader.steps.back().at.us > 3'000'000);
  const observe::Answer paused = asked(session, "/cluster/zookeeper/sessions/broker-3/expires_us");
  CHECK(says_in_both(sentence_with(paused, "why.zk_session_expires"_w), "broker-3"));
  CHECK(verb_of_root(session, paused) == "pause");
  Session quiet = run_in_version(kPay, 5'000, "2.5");
  CHECK(has_key(asked(quiet, "/nodes/zookeeper-2/zookeeper"), "why.zk_since_formation"_w));
  CHECK(has_key(asked(quiet, "/nodes/zookeeper-2/zookeeper/last_zxid"), "why.zk_has_all"_w));
  CHECK(has_key(asked(quiet, "/cluster/zookeeper/sessions/broker-1"), "why.zk_session_expires"_w));
}

TEST_CASE("Why? about a server's transactions tells how far it is behind the ensemble") {
  Session session = run_in_version(kPay + R"(, "steps": [
      {"at": "3s", "do": "isolate", "node": "zookeeper-3"},
      {"at": "4s", "do": "create_topic", "topic": "new", "partitions": 1, "replication_factor": 3}])",
                                   6'000, "2.5");
  const observe::Answer behind = asked(session, "/nodes/zookeeper-3/zookeeper/committed_zxid");
  CHECK(says_in_both(sentence_with(behind, "why.zk_behind"_w), "zookeeper-3"));
  CHECK(verb_of_root(session, behind) == "isolate");
}

TEST_CASE(
    "without a majority Why? about a standing high watermark leads to the crash of the controllers, and names each") {
  scenario::Session session = session_at("scenarios/controller/kraft-quorum-loss.json", 30'000);
  const observe::Answer answer = asked(session, "/partitions/orders-1/high_watermark");
  REQUIRE(has_key(answer, "why.majority_lost"_w));
  CHECK(has_key(answer, "why.isr_stays"_w));
  CHECK(answer.steps.back().key == "why.hw_awaits"_w);
  const auto lost = std::find_if(answer.steps.begin(), answer.steps.end(),
                                 [](const observe::WhyStep& step) { return step.key == "why.majority_lost"_w; });
  CHECK(lost->seq != 0);
  CHECK(lost->subject == "controller-2");
  CHECK(lost->also == std::vector<std::string>{"controller-3"});
  CHECK(lost->words.en.starts_with("controller-2, controller-3 crash in the same moment"));
}
