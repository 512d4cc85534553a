// What a new user asked of lessons and stories, also about values that few ask about, and how the answers begin and end: the cause that the run shows is named, and what is over is not.
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

TEST_CASE("Why? about a lag names the slow record, not an exception after which the member works again") {
  for (const auto& [at_ms, reader, left] :
       {std::tuple{30000, "w-1", "w-2 has not called poll() for max.poll.interval.ms=10000"},
        std::tuple{40000, "w-2", "w-1 has not called poll() for max.poll.interval.ms=10000"}}) {
    Session session = session_at("scenarios/consumer/max-poll-interval.json", at_ms);
    for (const char* path : {"/groups/workers/lag/jobs-0", "/groups/workers/lag/jobs-1"}) {
      const observe::Answer answer = asked(session, path);
      CHECK_FALSE(has_key(answer, "why.lag_exception"_w));
      CHECK(has_key(answer, "why.lag_slow_record"_w));
      CHECK(tells(answer, left));
      CHECK(tells(answer, std::string(reader) + " works on offset 23 of jobs-0"));
    }
  }
  // While the first member works on it, nobody has left yet.
  Session first = session_at("scenarios/consumer/max-poll-interval.json", 15000);
  CHECK(has_key(asked(first, "/groups/workers/lag/jobs-0"), "why.lag_stuck_now"_w));
}

TEST_CASE("Why? about a replica's log distinguishes its end, its start and its segments") {
  Session retention = session_at("scenarios/log/retention.json", 70000);
  const observe::Answer end = asked(retention, "/partitions/web-log-0/logs/1/log_end_offset");
  CHECK(tells(end, "broker-1 appends offset 29"));
  CHECK_FALSE(has_key(end, "why.formed"_w));
  const observe::Answer start = asked(retention, "/partitions/web-log-0/logs/1/log_start_offset");
  CHECK(start.question_key == "why.q_log_start"_w);
  CHECK(tells(start, "18"));
  CHECK(text_of_steps(start) == text_of_steps(asked(retention, "/partitions/web-log-0/log_start_offset")));
  const observe::Answer segments = asked(retention, "/partitions/web-log-0/logs/1/segments");
  CHECK(segments.question_key == "why.q_segments"_w);
  CHECK(has_key(segments, "why.segments"_w));
  // A follower's start is its own.
  Session follower = session_at("tests/stories/retention-overtakes-a-slow-consumer.json", 74000);
  CHECK(tells(asked(follower, "/partitions/t-0/logs/2/log_start_offset"), "1194"));
  // An empty log is not short because of a slow link.
  Session links = session_at("scenarios/replication/leader-follower.json", 10000);
  const observe::Answer empty = asked(links, "/partitions/__consumer_offsets-0/logs/3/log_end_offset");
  CHECK(has_key(empty, "why.log_empty"_w));
  CHECK_FALSE(empty.root.has_value());
}

TEST_CASE("a voter, the quorum's high watermark and a recovering leader each have a question of their own") {
  Session session = session_at("tests/stories/quorum-split-brain.json", 7000);
  const observe::Answer resigned = asked(session, "/cluster/quorum/voters/3000/state");
  CHECK(resigned.question_key == "why.q_voter"_w);
  CHECK(resigned.question.en.find("controller-1 Resigned") != std::string::npos);
  CHECK(tells(resigned, "no majority fetched for 1.5 fetch timeouts"));
  REQUIRE(resigned.root.has_value());
  CHECK(resigned.root_kind == observe::RootKind::Act);
  CHECK(resigned.root->at.us == 3'000'000);
  CHECK(asked(session, "/cluster/quorum/high_watermark").question_key == "why.q_quorum_watermark"_w);
  CHECK(asked(session, "/cluster/quorum/leader").question_key == "why.q_controller"_w);
  CHECK(has_key(asked(session, "/cluster/quorum/voters/3000/snapshots"), "why.no_snapshot"_w));
  // With the first leader alone, nothing is committed any more.
  Session alone = session_at("tests/stories/quorum-split-brain.json", 4000);
  const observe::Answer stands = asked(alone, "/cluster/quorum/high_watermark");
  CHECK(has_key(stands, "why.awaits_fetch_timeout"_w));
  CHECK(stands.root_kind == observe::RootKind::Act);
  Session unclean = session_at("tests/stories/unclean-election-by-hand.json", 30000);
  const observe::Answer recovers = asked(unclean, "/partitions/orders-0/recovering");
  CHECK(recovers.question_key == "why.q_recovering"_w);
  CHECK(has_key(recovers, "why.recovering"_w));
  CHECK(asked(session, "/partitions/t-0/recovering").question_key == "why.q_not_recovering"_w);
}

TEST_CASE("Why? about a client is about its waiting records if it has any, otherwise about its process") {
  Session session = session_at("tests/stories/one-way-partition.json", 52000);
  const observe::Answer client = asked(session, "/clients/shop"), waiting = asked(session, "/clients/shop/waiting");
  CHECK(client.question_key == "why.q_waiting"_w);
  CHECK(text_of_steps(client) == text_of_steps(waiting));
  CHECK(client.root_kind == observe::RootKind::Act);
  CHECK(asked(session, "/clients/shop/state").question_key == "why.q_node"_w);
  Session well = session_at("tests/stories/one-way-partition.json", 2500);
  CHECK(asked(well, "/clients/shop").question_key == "why.q_node"_w);
}

TEST_CASE("Why? about a failure names the lowered limit, the missing ACL, the lost membership or the deleted records") {
  Session large = session_at("tests/stories/metrics-of-requests.json", 10000);
  const observe::Answer failed = asked(large, "/ledger/failed");
  CHECK(tells(failed, "max.message.bytes=100"));
  CHECK(failed.root_kind == observe::RootKind::Act);
  const observe::Answer rejected =
      asked(large, "/metrics/mbeans/broker-1/kafka.server:type=BrokerTopicMetrics,name=BytesRejectedPerSec");
  CHECK(tells(rejected, "MESSAGE_TOO_LARGE"));
  Session rules = session_at("scenarios/operations/access-control.json", 20000);
  CHECK(tells(asked(rules, "/ledger/failed"), "No ACL allowed User:hr Write on topic:salary"));
  CHECK(tells(asked(rules, "/clients/kim/errors/GROUP_AUTHORIZATION_FAILED"),
              "No ACL allowed User:kim Read on group:kim"));
  Session storm = session_at("tests/stories/rebalance-storm.json", 230000);
  CHECK(tells(asked(storm, "/clients/c-1/errors/CommitFailedException"),
              "c-1 has not called poll() for max.poll.interval.ms=20000"));
  Session gone = session_at("tests/stories/lag-beyond-retention.json", 79000, "none");
  CHECK(tells(asked(gone, "/clients/c/errors/OffsetOutOfRangeException"), "begins at 371"));
}

TEST_CASE("Why? about a restarted client names its start, and an error of the handshake is no failure") {
  Session session = session_at("tests/stories/lag-beyond-retention.json", 79000, "none");
  const observe::Answer runs = asked(session, "/clients/c/state");
  REQUIRE(runs.root.has_value());
  CHECK(runs.root->at.us == 60'000'000);
  CHECK(tells(runs, "c stops"));
  Session joined = session_at("tests/stories/transform-repeats.json", 39000);
  const observe::Answer handshake = asked(joined, "/clients/copy/errors/MEMBER_ID_REQUIRED");
  CHECK(handshake.question_key == "why.q_handshake"_w);
  CHECK(has_key(handshake, "why.handshake"_w));
  CHECK_FALSE(handshake.root.has_value());
  CHECK(text_of_steps(handshake).find("crashes") == std::string::npos);
}

TEST_CASE("Why? about a record that is read again names the held commit or the expired offset") {
  Session held = session_at("tests/stories/transform-repeats.json", 39000);
  const observe::Answer again = asked(held, "/ledger/redelivered");
  CHECK(tells(again, "is held back"));
  CHECK(tells(again, "OffsetCommit"));
  CHECK(tells(again, "copy crashes"));
  Session expired = session_at("tests/stories/offsets-expire.json", 99000);
  const observe::Answer old = asked(expired, "/ledger/redelivered");
  CHECK(has_key(old, "why.offset_expired"_w));
  CHECK(text_of_steps(old).find("-1") == std::string::npos);
}

TEST_CASE("Why? about a deposed leader's lost record names the fencing and the election of the next leader") {
  Session session = session_at("tests/stories/one-way-partition.json", 80000, "cut-from-the-controllers");
  const observe::Answer lost = asked(session, "/ledger/lost_acked");
  CHECK(tells(lost, "broker-1 is fenced, and broker-2 leads orders-0 instead"));
  CHECK(lost.root_kind == observe::RootKind::Act);
}

TEST_CASE("Why? names the broker whose session expired, and tells a producer that lost its metadata from a new one") {
  Session session = session_at("tests/stories/zookeeper-unclean-election.json", 31000);
  CHECK(tells(asked(session, "/partitions/t-0/leader"), "broker-2 has sent nothing for 6000 ms: its session expires"));
  Session dark = session_at("tests/stories/unclean-election-by-hand.json", 20000);
  CHECK(has_key(asked(dark, "/ledger/pending"), "why.waits_metadata_again"_w));
  CHECK(tells(asked(dark, "/ledger/pending"), "max.block.ms="));
  Session young = session_at("tests/stories/unclean-election-by-hand.json", 100);
  const observe::Answer not_yet = asked(young, "/clients/shop/waiting");
  CHECK_FALSE(has_key(not_yet, "why.waits_metadata_again"_w));
}

TEST_CASE("Why? about the number of ISR shrinks says that shrinks by the controller are not counted") {
  Session session = session_at("scenarios/operations/timers.json", 40000);
  const observe::Answer answer = asked(session, "/metrics/isr_shrinks");
  CHECK(has_key(answer, "why.shrinks_by_controller"_w));
  CHECK(answer.root.has_value());
  Session quiet = session_at("scenarios/operations/timers.json", 1000);
  CHECK(has_key(asked(quiet, "/metrics/isr_shrinks"), "why.never_happened"_w));
}

TEST_CASE("Why? about an admin client whose call waits is about that call") {
  Session session = session_at("scenarios/controller/kraft-quorum-loss.json", 14500);
  const observe::Answer client = asked(session, "/clients/admin");
  CHECK(client.question_key == "why.q_admin_waits"_w);
  CHECK(text_of_steps(client) == text_of_steps(asked(session, "/clients/admin/waiting")));
  CHECK(has_key(client, "why.admin_awaits_controller"_w));
  Session before = session_at("scenarios/controller/kraft-quorum-loss.json", 2000);
  CHECK(asked(before, "/clients/admin").question_key == "why.q_node"_w);
}

TEST_CASE("Why? about a record that waited for a dead leader names the leader's death, not only its restart") {
  Session session = session_at("scenarios/why/page-cache.json", 60000);
  const observe::Answer late = asked(session, "/records/rf-1-0/210");
  CHECK(late.question_key == "why.q_record_late"_w);
  CHECK(tells(late, "broker-1 loses power"));
  REQUIRE(late.root.has_value());
  CHECK(late.root->at.us == 31'000'000);
}

TEST_CASE("what else the root led to does not include the event that was asked about") {
  Session session = session_at("scenarios/replication/isr-shrink-expand.json", 22000);
  const observe::Answer shrunk = asked(session, "/partitions/orders-0/isr");
  REQUIRE(shrunk.root.has_value());
  CHECK(shrunk.effects.empty());  // the leader hears of the same change a little later
}

TEST_CASE("a share group's rebalances are told with its group epoch, also one that no member begins") {
  Session session = session_at("scenarios/groups/share-group.json", 6'000);
  const observe::TraceStore& trace = session.observation().trace();
  const observe::ClusterView names(session.cluster(), &session.observation());
  int without_member = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const auto rebalance = fact_if<fact::GroupRebalance>(trace[i]);
    if (!rebalance) continue;
    const observe::Words words = observe::sentence(trace[i], names);
    CHECK_MESSAGE(words.en.find("group epoch") != std::string::npos, words.en);
    without_member += rebalance->member.empty() ? 1 : 0;
  }
  CHECK(without_member > 0);
}

TEST_CASE("Why? about a consumer that has read nothing since its exception is about that exception") {
  Session session = session_at("scenarios/operations/consumer-falls-behind-retention.json", 66'000);
  const auto answer = observe::why(session.moment(), "/clients/n");  // the exception's own words have braces
  REQUIRE(answer.has_value());
  CHECK(says(*answer, "OffsetOutOfRangeException"));
  CHECK(answer->path == "/clients/n/exception");
  CHECK(asked(session, "/clients/e").path != "/clients/e/exception");  // threw nothing
  // w-1 threw CommitFailedException when it came back too late, and reads again.
  Session back = session_at("scenarios/consumer/max-poll-interval.json", 40'000);
  for (const char* reader : {"w-1", "w-2"})
    CHECK(asked(back, std::string("/clients/") + reader).path != std::string("/clients/") + reader + "/exception");
}

TEST_CASE("what an act has led to is told forwards: the act, then its effects, in at most four sentences") {
  Session session = session_at("scenarios/replication/leader-failover.json", 16'000);
  const observe::TraceStore& trace = session.observation().trace();
  std::string path;
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (is<fact::Command>(trace[i])) path = "/events/" + std::to_string(trace[i].seq) + "/effects";
  const auto answer = observe::why(session.moment(), path);
  REQUIRE(answer.has_value());
  CHECK(answer->question.en.starts_with("What has this led to? "));
  REQUIRE(answer->steps.size() == 4);
  for (std::size_t i = 1; i < answer->steps.size(); ++i) CHECK(answer->steps[i - 1].at <= answer->steps[i].at);
  CHECK(answer->steps.front().words.en == "broker-1 is made to crash");
  CHECK(says(*answer, "broker-2 leads orders-0 now"));
  // What a consequence has led to cannot be told apart from what its root has.
  const std::string elected = "/events/" + std::to_string(answer->steps[1].seq) + "/effects";
  CHECK_FALSE(observe::why(session.moment(), elected).has_value());
  // Nothing has come of the crash before the first time-out.
  Session early = session_at("scenarios/replication/leader-failover.json", 6'000);
  CHECK(has_key(asked(early, path), "why.no_effects"_w));
}

TEST_CASE("Why? about a paused process names the act of the script, with its time") {
  Session session = session_at("scenarios/delivery/zombie-fencing.json", 13000);
  const observe::Answer scripted = asked(session, "/clients/old/state");
  REQUIRE(scripted.steps.size() == 2);
  CHECK(scripted.steps[0].key == "why.act_of_script"_w);
  CHECK(scripted.steps[0].at.us == 6'000'000);
  CHECK(scripted.steps[0].words.en == "A step of the script: pause old");
  CHECK(scripted.steps[0].words.ko == "스크립트의 단계: pause old");
}

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
  const observe::Answer young = asked(session, "/clients/n/latency_us/p50");
  CHECK(tells(young, "n measures from when a record is in a batch"));
  CHECK(tells(young, "it has measured nothing so far"));
  const observe::Answer zero = asked(session, "/clients/z/latency_us/p99");
  CHECK(tells(zero, "to when the batch is sent, as with acks=0 nothing is acknowledged"));
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
