// Too few servers: an ISR below min.insync.replicas, no majority that elects, and repairs that were not the reason.

#include "observe/model/watermark_wait.h"
#include "protocol/facts_of_logs.h"
#include "why/in_version.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The answer says all of it, and gives min.insync.replicas.
void check_too_few(Session& session, const std::string& path, const std::vector<std::string>& said, int least) {
  CAPTURE(path);
  const observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  for (const std::string& text : said) CHECK_MESSAGE(tells(answer, text), text);
  CHECK(says_in_both(sentence_with(answer, "why.below_min_isr"_w), "min.insync.replicas=" + std::to_string(least)));
}

}  // namespace

TEST_CASE("Why? about NOT_ENOUGH_REPLICAS names the raised setting and the replica that is out, whichever came later") {
  const std::string shop =
      R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}], "steps": [)";
  const std::string raise = R"("do": "configure", "topic": "pay", "config": {"min.insync.replicas": 3}})";
  const std::string leave = R"("do": "shutdown", "node": "broker-3"})";
  for (const bool raised_first : {true, false}) {
    CAPTURE(raised_first);
    Session session = small_run(kPay + shop + R"({"at": "10s", )" + (raised_first ? raise : leave) +
                                    R"(, {"at": "15s", )" + (raised_first ? leave : raise) + "]",
                                30'000);
    for (const char* path : {"/clients/shop/errors/NOT_ENOUGH_REPLICAS", "/clients/shop/waiting"}) {
      check_too_few(session, path, {"broker-3 is shut down"}, 3);
      const observe::Answer answer = asked(session, path);
      for (const std::int64_t act_us : {10'000'000, 15'000'000})
        CHECK(std::any_of(answer.steps.begin(), answer.steps.end(),
                          [&](const observe::WhyStep& step) { return step.at.us == act_us; }));
    }
  }
}

TEST_CASE("Why? about NOT_ENOUGH_REPLICAS names every replica that is out of the ISR") {
  Session paused = session_at("tests/stories/too-few-in-sync.json", 12'000);
  check_too_few(paused, "/clients/shop/errors/NOT_ENOUGH_REPLICAS", {"broker-2 is paused", "broker-3 is paused"}, 2);
  Session lesson = session_at("scenarios/replication/min-insync.json", 22'000);
  for (const char* path : {"/clients/acks-all/errors/NOT_ENOUGH_REPLICAS", "/clients/acks-all/waiting"})
    check_too_few(lesson, path, {"broker-2 crashes", "broker-3 is shut down"}, 2);
  Session configured = session_at("tests/stories/configuration-changes.json", 11'900);
  check_too_few(configured, "/clients/shop/errors/NOT_ENOUGH_REPLICAS", {"broker-3 is paused"}, 3);
  CHECK(asked(configured, "/clients/shop/errors/NOT_ENOUGH_REPLICAS").steps.front().at.us == 2'000'000);
}

TEST_CASE(
    "Why? about a leader left alone below min.insync.replicas, and what waits there, names both crashes and the setting") {
  for (const std::int64_t at_ms : {20'000, 22'000}) {
    Session session = session_at("scenarios/replication/rack-loss.json", at_ms);
    for (const char* path : {"/partitions/huddled-0/leader", "/clients/p-huddled/waiting", "/ledger/pending"})
      check_too_few(session, path, {"broker-1 loses power", "broker-2 loses power"}, 2);
  }
  // With both back the setting is no reason any more.
  Session session = session_at("scenarios/replication/rack-loss.json", 45'000);
  CHECK_FALSE(has_key(asked(session, "/partitions/huddled-0/leader"), "why.below_min_isr"_w));
}

TEST_CASE(
    "a preferred leader that is left alone leads by its place: crashes are why it takes no records, not why it leads") {
  const std::string crashes =
      kPay +
      R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "config": {"acks": "all"}}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-2"}, {"at": "6s", "do": "crash", "node": "broker-3"}])";
  for (const char* kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session = run_in_version(crashes, 40'000, kafka);
    for (const char* path : {"/clients/shop/waiting", "/clients/shop/errors/NOT_ENOUGH_REPLICAS"})
      check_too_few(session, path, {"broker-2 crashes", "broker-3 crashes"}, 2);
    const observe::Answer answer = asked(session, "/partitions/pay-0/leader");
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.leads_as_preferred"_w));
    CHECK(says_in_both(sentence_with(answer, "why.below_min_isr"_w), "min.insync.replicas=2"));
    if (std::string_view(kafka) == "2.5")
      continue;  // there each smaller ISR begins a leader epoch, for which is asked, too
    CHECK(has_key(answer, "why.led_from_start"_w));
    CHECK_FALSE(tells(answer, "crashes"));
    CHECK_FALSE(answer.root.has_value());
  }
  Session whole = small_run(kPay, 30'000);
  CHECK_FALSE(has_key(asked(whole, "/partitions/pay-0/leader"), "why.below_min_isr"_w));
}

TEST_CASE(
    "Why? about a leader names the replicas that were passed over, not those that left the ISR after the election") {
  Session session = small_run(kPay + R"(, "steps": [{"at": "5s", "do": "crash", "node": "broker-2"},
    {"at": "25s", "do": "crash", "node": "broker-1"}])",
                              50'000);
  const observe::Answer third = asked(session, "/partitions/pay-0/leader");
  CAPTURE(text_of_steps(third));
  for (const char* told : {"broker-1 crashes", "broker-2 crashes"}) CHECK_MESSAGE(tells(third, told), told);
  REQUIRE(third.root.has_value());
  CHECK(third.root->at.us == 25'000'000);  // until then broker-1 led

  Session later = small_run(kPay + R"(, "steps": [{"at": "5s", "do": "crash", "node": "broker-1"},
    {"at": "25s", "do": "crash", "node": "broker-3"}])",
                            50'000);
  const observe::Answer second = asked(later, "/partitions/pay-0/leader");
  CAPTURE(text_of_steps(second));
  CHECK(tells(second, "broker-1 crashes"));
  CHECK_FALSE(tells(second, "broker-3 crashes"));
  CHECK(has_key(second, "why.below_min_isr"_w));
}

TEST_CASE("a silent leader that no election made leads by its place, and is kept by what nobody has done yet") {
  const std::string crash = R"({"at": "10s", "do": "crash", "node": "broker-1"})";
  Session session = small_run(kPay + R"(, "steps": [)" + crash + "]", 12'000);
  const observe::Answer answer = asked(session, "/partitions/pay-0/leader");
  CAPTURE(text_of_steps(answer));
  for (const words::Key key : {"why.leads_as_preferred"_w, "why.leader_silent"_w}) CHECK(has_key(answer, key));
  CHECK_FALSE(answer.root.has_value());  // it led before the crash, too
  // Without a controller nobody can take its place: that is the act to which its leadership goes back.
  Session kept =
      small_run(kPay + R"(, "steps": [{"at": "8s", "do": "crash", "node": "controller-1"}, )" + crash + "]", 40'000);
  const observe::Answer stays = asked(kept, "/partitions/pay-0/leader");
  CAPTURE(text_of_steps(stays));
  CHECK(has_key(stays, "why.leader_stays"_w));
  REQUIRE(stays.root.has_value());
  CHECK(stays.root->at.us == 8'000'000);
}

namespace {

/// pay-0 on two brokers; the setting is raised to three, and one of the two crashes.
Session above_replicas(const std::string& kafka, bool raised_first) {
  const std::string raise = R"("do": "configure", "topic": "pay", "config": {"min.insync.replicas": 3}})";
  const std::string crash = R"("do": "crash", "node": "broker-2"})";
  return run_in_version(
      R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 2, "assignments": {"0": [1, 2]}}],
         "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "config": {"acks": "all"}}],
         "steps": [{"at": "8s", )" +
          (raised_first ? raise : crash) + R"(, {"at": "12s", )" + (raised_first ? crash : raise) + "]",
      60'000, kafka);
}

}  // namespace

TEST_CASE("min.insync.replicas above the number of replicas is given with that number, with which Kafka 4.1 compares") {
  for (const bool raised_first : {true, false}) {
    Session session = above_replicas("4.1", raised_first);
    for (const auto& [path, key] : {std::pair{"/clients/shop/errors/NOT_ENOUGH_REPLICAS", "why.below_min_isr"_w},
                                    {"/partitions/pay-0/high_watermark", "why.hw_min_isr"_w}}) {
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      const observe::WhyStep& step = sentence_with(answer, key);
      CHECK(step.words.en.find("fewer than min.insync.replicas=3 (effective: 2, the number of replicas)") !=
            std::string::npos);
      CHECK(step.words.ko.find("min.insync.replicas=3(실제로는 복제본 수인 2)보다 적어") != std::string::npos);
      CHECK(tells(answer, "broker-2 crashes"));
    }
  }
}

TEST_CASE("in 2.5 a crash is no reason for NOT_ENOUGH_REPLICAS if even the whole ISR is below min.insync.replicas") {
  for (const bool raised_first : {true, false}) {
    Session session = above_replicas("2.5", raised_first);
    for (const char* path : {"/clients/shop/errors/NOT_ENOUGH_REPLICAS", "/clients/shop/waiting"}) {
      CAPTURE(path);
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      CHECK(has_key(answer, "why.min_isr_above_replicas"_w));
      CHECK_FALSE(tells(answer, "crashes"));
      CHECK(root_ms(answer) == (raised_first ? 8'000 : 12'000));
    }
  }
}

TEST_CASE("records that wait for a leader's write of its ISR go back to the end of the ensemble") {
  Session session = session_at("tests/stories/zookeeper-isr-change-without-an-ensemble.json", 20'000);
  for (const char* path : {"/clients/shop/waiting", "/ledger/pending"}) {
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.isr_write_waits"_w));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 5'000'000);
  }
}

TEST_CASE("who waits for a new leader is told that nobody can elect one") {
  struct Case {
    std::string kafka, cluster, elector;
    words::Key key;
  };
  for (const Case& c :
       {Case{"2.5", R"("metadata": "zookeeper", "zookeepers": 1, "brokers": 3)", "zookeeper-1", "why.no_ensemble"_w},
        {"4.1", R"("brokers": 3)", "controller-1", "why.awaits_quorum"_w}}) {
    CAPTURE(c.elector);
    Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
      "assignments": {"0": [3, 1, 2]}}], "clients": [
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
      {"id": "a", "kind": "consumer", "assign": ["pay-0"]}], "steps": [
      {"at": "10s", "do": "crash", "node": ")" +
                                    c.elector + R"("}, {"at": "12s", "do": "crash", "node": "broker-3"}])",
                                40'000, c.kafka, c.cluster);
    for (const char* path : {"/clients/shop/waiting", "/partitions/pay-0/high_watermark", "/partitions/pay-0/leader"}) {
      CAPTURE(path);
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      CHECK(has_key(answer, c.key));
      CHECK(tells(answer, c.elector + " crashes"));
    }
  }
}

TEST_CASE("a group whose coordinator is dead hears that no ensemble is there to give it another") {
  // broker-3 coordinates the group.
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 4, "replication_factor": 3}], "clients": [
    {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
    {"id": "a", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [
    {"at": "10s", "do": "crash", "node": "zookeeper-1"}, {"at": "12s", "do": "crash", "node": "broker-3"}])",
                              40'000, "2.5", R"("metadata": "zookeeper", "zookeepers": 1, "brokers": 3)");
  const observe::Answer answer = asked(session, "/groups/g/lag/pay-0");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.group_coordinator_silent"_w));
  CHECK(tells(answer, "zookeeper-1 crashes"));
}

TEST_CASE("a broker that comes back goes back to its restart, not to a link to a client that is mended then") {
  Session session = session_at("tests/stories/deleted-yet-read-again.json", 137'800);
  for (const char* path :
       {"/partitions/orders-0/isr", "/partitions/orders-0/leader", "/partitions/orders-0/leader_epoch"}) {
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 90'010'000);
  }
}

TEST_CASE("Why? about two replicas out of the ISR says in four sentences what silenced them, and which session ended") {
  const std::string steps =
      kPay +
      R"(, "steps": [{"at": "4s", "do": "crash", "node": "broker-2"}, {"at": "40s", "do": "crash", "node": "broker-3"}])";
  struct Case {
    const char* kafka;
    words::Key left;
    const char* session;
  };
  for (const Case& c : {Case{"4.1", "why.left_isr_fenced"_w, "broker.session.timeout.ms=9000"},
                        Case{"2.5", "why.left_isr_session"_w, "18000"}}) {
    CAPTURE(c.kafka);
    Session session = run_in_version(steps, 80'000, c.kafka);
    const observe::Answer answer = asked(session, "/partitions/pay-0/isr");
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.steps.size() == 4);
    for (const std::size_t i : {0U, 2U}) {
      const std::string who = i == 0 ? "broker-2" : "broker-3";
      CHECK(answer.steps[i].words.en.starts_with(who + " crashes"));
      CHECK(answer.steps[i + 1].key == c.left);
      CHECK(says_in_both(answer.steps[i + 1], who));
      CHECK(says_in_both(answer.steps[i + 1], c.session));
      CHECK(says_in_both(answer.steps[i + 1], "pay-0"));
    }
  }
  Session lesson = session_at("scenarios/replication/min-insync.json", 24'000);
  CHECK(tells(asked(lesson, "/partitions/pay-0/isr"), "broker-2 is fenced and leaves the ISR of pay-0"));
  Session back = session_at("scenarios/replication/leader-failover.json", 28'000);
  CHECK(has_key(asked(back, "/partitions/orders-0/isr"), "why.left_isr_fenced"_w));
}

TEST_CASE(
    "as soon as the ISR is too small, min.insync.replicas is why the high watermark stands, not a replica outside") {
  Session session = session_at("scenarios/replication/one-way-partition.json", 19'000);
  const auto members = [&] { return observe::state_at(session.moment(), "/partitions/pay-0/isr")->size(); };
  for (int ms = 19'000; members() == 3; ++ms) {  // the leader has not heard of it yet
    REQUIRE(ms < 30'000);
    session.run_until(sim::Instant{} + sim::milliseconds(ms));
  }
  CHECK(observe::watermark_wait(session.cluster(), session.cluster().partition({"pay", 0})).for_min_isr);
  const observe::Answer answer = asked(session, "/partitions/pay-0/high_watermark");
  CHECK(says_in_both(sentence_with(answer, "why.hw_min_isr"_w), "min.insync.replicas=2"));
  CHECK_FALSE(has_key(answer, "why.hw_awaits"_w));
  // Before KIP-966 it waits for nobody any more.
  Session old = run_in_version(kPay + R"(, "steps": [{"at": "4s", "do": "shutdown", "node": "broker-2"},
      {"at": "6s", "do": "shutdown", "node": "broker-3"}], "clients": [{"id": "p", "kind": "producer", "topic": "pay",
      "rate": "5/s", "config": {"acks": "1"}}])",
                               20'000, "2.5");
  CHECK_FALSE(observe::watermark_wait(old.cluster(), old.cluster().partition({"pay", 0})).for_min_isr);
}

namespace {

/// The effect of the node's stop which tells that writes were refused; null: none does.
const observe::WhyStep* refusals_told(const observe::Answer& answer) {
  for (const auto* effects : {&answer.steps, &answer.effects})
    for (const observe::WhyStep& step : *effects)
      if (step.key == "why.led_to_refusals"_w) return &step;
  return nullptr;
}

}  // namespace

TEST_CASE("what a fault led to tells the first write with acks=all that was refused, whose it was, and how many were") {
  struct Case {
    std::string file;
    std::int64_t at_ms;
    std::string node, producer, partition;
  };
  for (const Case& c :
       {Case{"scenarios/replication/min-insync.json", 24'000, "broker-3", "acks-all", "pay-0"},
        {"scenarios/replication/min-insync.json", 20'000, "broker-2", "acks-all", "pay-0"},  // each of them is needed
        {"scenarios/replication/rack-loss.json", 25'000, "broker-1", "p-huddled", "huddled-0"},
        {"scenarios/replication/rack-loss.json", 25'000, "broker-2", "p-huddled", "huddled-0"},
        {"tests/stories/too-few-in-sync.json", 14'000, "broker-2", "shop", "orders-0"}}) {
    CAPTURE(c.file);
    CAPTURE(c.node);
    Session session = session_at(c.file, c.at_ms);
    const observe::Answer answer = asked(session, "/nodes/" + c.node + "/state");
    const observe::WhyStep* told = refusals_told(answer);
    REQUIRE(told != nullptr);
    CAPTURE(told->words.en);
    const observe::TraceStore& trace = session.observation().trace();
    std::int64_t count = 0;
    const sim::TraceLine* first = nullptr;
    for (std::size_t i = 0; i < trace.size(); ++i)
      if (const auto refused = fact_if<fact::RequestRefused>(trace[i]);
          refused && refused->error == protocol::ErrorCode::NOT_ENOUGH_REPLICAS && ++count == 1)
        first = &trace[i];
    REQUIRE(first != nullptr);
    CHECK(told->seq == first->seq);
    CHECK(told->at == first->time);
    for (const std::string& text : {c.producer, c.partition, std::string("NOT_ENOUGH_REPLICAS"), std::to_string(count)})
      CHECK_MESSAGE(says_in_both(*told, text), text);
  }
  // One broker of three is no reason to refuse anything.
  Session enough = session_at("scenarios/replication/leader-failover.json", 20'000);
  CHECK(refusals_told(asked(enough, "/nodes/broker-1/state")) == nullptr);
}

TEST_CASE("what an act led to tells refused writes of each producer, and none that other acts led to") {
  Session session = small_run(kPay + R"(, "clients": [
    {"id": "shop", "kind": "producer", "topic": "pay", "rate": "5/s", "config": {"acks": "all"}},
    {"id": "bank", "kind": "producer", "topic": "pay", "rate": "5/s", "config": {"acks": "all"}},
    {"id": "quick", "kind": "producer", "topic": "pay", "rate": "5/s",
     "config": {"acks": 1, "enable.idempotence": false}}],
    "steps": [{"at": "5s", "do": "shutdown", "node": "broker-2"}, {"at": "10s", "do": "shutdown", "node": "broker-3"},
              {"at": "15s", "do": "restart", "node": "broker-3"}, {"at": "25s", "do": "crash", "node": "bank"}])",
                              30'000);
  const observe::Answer second = asked(session, "/nodes/broker-2/state");
  const observe::WhyStep* told = refusals_told(second);
  REQUIRE(told != nullptr);
  CHECK(says_in_both(*told, "shop"));
  CHECK(says_in_both(*told, "bank"));
  CHECK_FALSE(says_in_both(*told, "quick"));
  CHECK(told->at.us < 15'000'000);
  CHECK(refusals_told(asked(session, "/clients/bank/state")) == nullptr);
}
