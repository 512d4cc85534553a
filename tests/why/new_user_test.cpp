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
  // Before the first time-out records only wait, and at first even that is usual.
  Session early = session_at("scenarios/replication/leader-failover.json", 5'500);
  CHECK(has_key(asked(early, path), "why.no_effects"_w));
  early.run_until(sim::Instant{7'000'000});
  const observe::Answer waits = asked(early, path);
  CHECK_FALSE(has_key(waits, "why.no_effects"_w));
  CHECK(has_key(waits, "why.led_to_waiting_records"_w));
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
