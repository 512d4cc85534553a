// Why? about the records that a share consumer has, and about how many records of a count have the cause that is named.
#include <doctest/doctest.h>

#include <limits>

#include "observe/model/state_document.h"
#include "observe/why/account.h"
#include "observe/why/story.h"
#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/in_version.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kJobsOfW = "/clients/w/subscription/jobs-0/";

/// w works 300 ms on each record of jobs-0.
Session run_of_sharer(const std::string& steps, std::int64_t at_ms) {
  return small_run(
      R"("topics": [{"name": "jobs", "partitions": 1, "replication_factor": 1, "assignments": {"0": [3]}}], "clients": [
      {"id": "clerk", "kind": "producer", "topic": "jobs", "rate": "20/s"},
      {"id": "w", "kind": "share_consumer", "topics": ["jobs"], "work": "300ms", "config": {"group.id": "ws", "max.poll.records": 4}}],
      "steps": [)" +
          steps + "]",
      at_ms, "4.1", R"("brokers": 3, "features": {"share.version": 1})");
}

std::int64_t of_worker(Session& session, const std::string& field) {
  const auto value = observe::state_at(session.moment(), kJobsOfW + field);
  return value && value->is_number() ? value->get<std::int64_t>() : -1;
}

}  // namespace

TEST_CASE(
    "Why? about a share consumer whose locks have run out says so, and that the leader refuses their acknowledgement") {
  Session session = run_of_sharer(R"({"at": "10s", "do": "pause", "node": "w"})", 45'000);
  bool asked_any = false;
  for (const char* field : {"in_hand", "to_acknowledge", "buffered"}) {
    CAPTURE(field);
    if (of_worker(session, field) <= 0) continue;
    asked_any = true;
    const observe::Answer answer = asked(session, kJobsOfW + field);
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.share_locks_over"_w));
    CHECK(root_ms(answer) == 10'000);
  }
  CHECK(asked_any);
  Session before = run_of_sharer(R"({"at": "10s", "do": "pause", "node": "w"})", 20'000);
  CHECK_FALSE(has_key(asked(before, kJobsOfW + "in_hand"), "why.share_locks_over"_w));
}

TEST_CASE("Why? says that the leader refuses no acknowledgement of records below the group's start offset") {
  // SharePartition.acknowledge passes over what is below the start offset.
  const std::string file = "tests/stories/share-lock-ends-in-the-buffer.json",
                    slow = "/clients/slow/subscription/jobs-0/", refusals = "/clients/slow/errors/INVALID_RECORD_STATE";
  const auto number = [](Session& session, const std::string& path) {
    const auto value = observe::state_at(session.moment(), path);
    return value && value->is_number() ? value->get<std::int64_t>() : 0;
  };
  Session done = session_at(file, 45'000);
  REQUIRE(number(done, slow + "in_hand") == 1);
  REQUIRE(number(done, "/groups/pool/share/jobs-0/start_offset") == 4);
  const observe::Answer unnoticed = asked(done, slow + "in_hand");
  CAPTURE(text_of_steps(unnoticed));
  const observe::WhyStep& over = sentence_with(unnoticed, "why.share_locks_over"_w);
  CHECK(over.words.en.find("start offset is 4") != std::string::npos);
  CHECK(over.words.en.find("the leader refuses nothing") != std::string::npos);
  CHECK(over.words.ko.find("거절하지도 않아요") != std::string::npos);
  done.run_until(sim::Instant{} + sim::seconds(60));
  CHECK(number(done, slow + "in_hand") + number(done, slow + "to_acknowledge") == 0);
  CHECK(number(done, refusals) == 0);
  // The other one has not finished them: the request is refused.
  Session both = session_at(file, 26'000, "both");
  REQUIRE(number(both, "/groups/pool/share/jobs-0/start_offset") == 0);
  REQUIRE(number(both, refusals) == 0);
  const observe::Answer refused = asked(both, slow + "in_hand");
  CAPTURE(text_of_steps(refused));
  const observe::WhyStep& told = sentence_with(refused, "why.share_locks_over"_w);
  CHECK(told.words.en.find("the leader refuses a request") != std::string::npos);
  CHECK(told.words.en.find("4 of them are not below the start offset of group pool, 0") != std::string::npos);
  both.run_until(sim::Instant{} + sim::milliseconds(30'500));
  CHECK(number(both, refusals) == 1);
}

TEST_CASE("Why? about a share consumer some of whose locks have run out says how many, and how many are left") {
  // What is being stored as acknowledged keeps its locks: without followers the coordinator cannot store it. Those of the other
  // records of the same fetch run out after 15 s.
  Session session = small_run(
      R"("topics": [{"name": "jobs", "partitions": 1, "replication_factor": 1, "assignments": {"0": [3]}}], "clients": [
      {"id": "clerk", "kind": "producer", "topic": "jobs", "rate": "20/s", "config": {"linger.ms": 2000}},
      {"id": "w", "kind": "share_consumer", "topics": ["jobs"], "work": "1s", "config": {"group.id": "ws", "max.poll.records": 4}}],
      "steps": [{"at": "55s", "do": "hold", "from": ["broker-1", "broker-2"], "to": ["broker-3"], "what": "request",
        "api": "Fetch", "count": "all"}])",
      58'000, "4.1",
      R"("brokers": 3, "features": {"share.version": 1}, "config": {"group.share.record.lock.duration.ms": 15000})");
  CHECK_FALSE(has_key(asked(session, kJobsOfW + "buffered"), "why.share_locks_partly_over"_w));
  session.run_until(sim::Instant{} + sim::seconds(65));
  REQUIRE(of_worker(session, "acknowledging") == 4);
  for (const char* field : {"buffered", "in_hand", "to_acknowledge", "acknowledging"}) {
    CAPTURE(field);
    REQUIRE(of_worker(session, field) > 0);
    const observe::Answer answer = asked(session, kJobsOfW + field);
    CAPTURE(text_of_steps(answer));
    const observe::WhyStep& told = sentence_with(answer, "why.share_locks_partly_over"_w);
    CHECK(told.words.en.starts_with(
        "21 of the 25 records of jobs-0 that w has are no longer locked for it; 4 still are. 21 of them"));
    CHECK(told.words.ko.find("25개 중 21개") != std::string::npos);
    CHECK(told.words.ko.find("4개는 아직") != std::string::npos);
    CHECK_FALSE(has_key(answer, "why.share_locks_over"_w));
  }
  const observe::Answer sent = asked(session, kJobsOfW + "acknowledging");
  CHECK(says_in_both(sentence_with(sent, "why.share_acknowledging"_w), "ShareFetch"));
  CHECK(says_in_both(sentence_with(sent, "why.share_acknowledging"_w), "ShareAcknowledge"));
  CHECK(has_key(asked(session, kJobsOfW + "buffered"), "why.share_buffered"_w));
}

TEST_CASE(
    "Why? about a share consumer that is paused, and whose locks have run out, does not begin with what another did") {
  Session session = session_at("scenarios/groups/share-group.json", 46'000);
  const std::string path = "/clients/s-2/subscription/jobs-0/acquired";
  REQUIRE(*observe::state_at(session.moment(), path) == 0);
  const observe::Answer answer = asked(session, path);
  CAPTURE(text_of_steps(answer));
  for (const char* other : {"s-1", "s-3", "s-4"}) CHECK_FALSE(tells(answer, other));
  CHECK(answer.steps.front().words.en.starts_with("s-2 is paused"));
  CHECK(tells(answer, "jobs-0 offset"));  // whose locks ran out
  CHECK(answer.steps.back().key == "why.share_none_acquired"_w);
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 13'200'000);
}

TEST_CASE("Why? about a share consumer's records names the death of their leader, with whose memory the locks went") {
  Session session = run_of_sharer(R"({"at": "10s", "do": "crash", "node": "broker-3"})", 25'000);
  REQUIRE(of_worker(session, "to_acknowledge") > 0);
  const observe::Answer waits = asked(session, kJobsOfW + "to_acknowledge");
  CAPTURE(text_of_steps(waits));
  CHECK(root_ms(waits) == 10'000);
  REQUIRE(of_worker(session, "acquired") == 0);
  const observe::Answer none = asked(session, kJobsOfW + "acquired");
  CAPTURE(text_of_steps(none));
  CHECK(has_key(none, "why.share_locks_lost"_w));
  CHECK(root_ms(none) == 10'000);
  // Before another broker is elected.
  Session just = run_of_sharer(R"({"at": "10s", "do": "crash", "node": "broker-3"})", 10'200);
  const observe::Answer gone = asked(just, kJobsOfW + "acquired");
  CAPTURE(text_of_steps(gone));
  CHECK(has_key(gone, "why.share_locks_lost"_w));
  for (const observe::WhyStep& step : gone.steps) CHECK(step.words.en.find("Acknowledged") == std::string::npos);
}

TEST_CASE(
    "Why? about a share consumer's locks counts what it decided for a leader that is gone, though it got that once more") {
  // Three records of broker-3 are decided when it dies; w gets the same offsets from the next leader, and acknowledges them there.
  Session session = small_run(
      R"("topics": [{"name": "jobs", "partitions": 1, "replication_factor": 3, "assignments": {"0": [3, 1, 2]}}], "clients": [
      {"id": "clerk", "kind": "producer", "topic": "jobs", "rate": "10/s", "count": 100, "start": "10s"},
      {"id": "w", "kind": "share_consumer", "topics": ["jobs"], "work": "1s", "config": {"group.id": "ws", "max.poll.records": 10}},
      {"id": "v", "kind": "share_consumer", "topics": ["jobs"], "work": "1s", "config": {"group.id": "ws", "max.poll.records": 10}}],
      "steps": [{"at": "12s", "do": "crash", "node": "broker-3"}])",
      55'000, "4.1",
      R"("brokers": 3, "features": {"share.version": 1}, "config": {"group.share.record.lock.duration.ms": 15000})");
  const std::int64_t held = of_worker(session, "buffered") + of_worker(session, "in_hand") +
                            of_worker(session, "to_acknowledge") + of_worker(session, "acknowledging");
  const observe::Answer answer = asked(session, kJobsOfW + "to_acknowledge");
  CAPTURE(text_of_steps(answer));
  REQUIRE(of_worker(session, "acquired") == 0);
  CHECK(held == 65);
  CHECK(has_key(answer, "why.share_locks_over"_w));
}

TEST_CASE("Why? about a share consumer that has just started does not tell what its earlier process did") {
  Session session =
      run_of_sharer(R"({"at": "10s", "do": "kill", "node": "w"}, {"at": "10.3s", "do": "start", "node": "w"})", 10'303);
  for (int ms = 10'303; of_worker(session, "in_hand") != 0 && ms < 10'500; ++ms)
    session.run_until(sim::Instant{} + sim::milliseconds(ms));
  REQUIRE(of_worker(session, "in_hand") == 0);
  const observe::Answer hand = asked(session, kJobsOfW + "in_hand");
  CAPTURE(text_of_steps(hand));
  CHECK(has_key(hand, "why.share_none_yet"_w));
  const observe::Answer decided = asked(session, kJobsOfW + "to_acknowledge");
  CAPTURE(text_of_steps(decided));
  for (const observe::Answer* answer : {&hand, &decided})
    for (const observe::WhyStep& step : answer->steps) CHECK((step.seq == 0 || step.at.us >= 10'300'000));
}

TEST_CASE("Why? names the lock duration with which a lock began, and the offset at work") {
  Session session = run_of_sharer(
      R"({"at": "10s", "do": "pause", "node": "w"}, {"at": "12s", "do": "configure", "group": "ws",
          "config": {"share.record.lock.duration.ms": 20000}})",
      15'000);
  const observe::Answer answer = asked(session, kJobsOfW + "acquired");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.share_acquired"_w), "=30000)"));
}

TEST_CASE(
    "Why? says that a share consumer does not send what it has decided to a broker that leads the partition no more") {
  // ShareConsumeRequestManager: isLeaderKnownToHaveChanged.
  const std::string of_v = "/clients/v/subscription/jobs-0/to_acknowledge";
  Session session = small_run(
      R"("topics": [{"name": "jobs", "partitions": 1, "replication_factor": 3, "assignments": {"0": [3, 1, 2]}}],
      "clients": [{"id": "clerk", "kind": "producer", "topic": "jobs", "rate": "10/s", "count": 100, "start": "10s"},
      {"id": "w", "kind": "share_consumer", "topics": ["jobs"], "work": "1s", "config": {"group.id": "ws", "max.poll.records": 10}},
      {"id": "v", "kind": "share_consumer", "topics": ["jobs"], "work": "1s", "config": {"group.id": "ws", "max.poll.records": 10}}],
      "steps": [{"at": "12s", "do": "crash", "node": "broker-3"}])",
      45'000, "4.1",
      R"("brokers": 3, "config": {"group.share.record.lock.duration.ms": 15000}, "features": {"share.version": 1})");
  REQUIRE(observe::state_at(session.moment(), of_v) == 13);
  const observe::Answer answer = asked(session, of_v);
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.share_not_sent"_w), "10"));
  CHECK(says_in_both(sentence_with(answer, "why.share_not_sent"_w), "broker-3"));
  CHECK(says_in_both(sentence_with(answer, "why.share_to_acknowledge"_w), "3"));
  CHECK(tells(answer, "done with the 7 records in its hands"));
  CHECK(root_ms(answer) == 12'000);
}

TEST_CASE(
    "Why? says that a share consumer that closes in implicit mode does not acknowledge what no further poll() accepts") {
  Session session = run_of_sharer(
      R"({"at": "10s", "do": "pause", "node": "broker-3"}, {"at": "10.1s", "do": "stop", "node": "w"})", 14'000);
  REQUIRE(observe::state_at(session.moment(), "/clients/w/in_flight") == 1);
  REQUIRE(of_worker(session, "to_acknowledge") > 0);
  const observe::Answer answer = asked(session, kJobsOfW + "to_acknowledge");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.share_closes"_w), "share.acknowledgement.mode=implicit"));
  CHECK_FALSE(has_key(answer, "why.share_to_send"_w));
  CHECK(tells(answer, "w is told to stop"));
}

namespace {

/// w works 300 ms on each record of jobs-0, in explicit mode; broker-3 leads it as long as it is there.
Session run_of_explicit(const std::string& steps, std::int64_t at_ms) {
  return small_run(
      R"("topics": [{"name": "jobs", "partitions": 1, "replication_factor": 3, "assignments": {"0": [3, 1, 2]}}], "clients": [
      {"id": "clerk", "kind": "producer", "topic": "jobs", "rate": "50/s", "start": "3s"},
      {"id": "w", "kind": "share_consumer", "topics": ["jobs"], "work": "300ms", "config": {"group.id": "ws", "max.poll.records": 10,
      "share.acknowledgement.mode": "explicit"}}], "steps": [)" +
          steps + "]",
      at_ms, "4.1", R"("brokers": 3, "features": {"share.version": 1})");
}

/// Goes on, for less than a second, to a moment when w is done with one of its records and not with all.
void until_decided(Session& session) {
  for (int i = 0; i < 45 && (of_worker(session, "to_acknowledge") <= 0 || of_worker(session, "in_hand") <= 0); ++i)
    session.run_until(session.cluster().now() + sim::milliseconds(20));
  REQUIRE(of_worker(session, "to_acknowledge") > 0);
  REQUIRE(of_worker(session, "in_hand") > 0);
}

}  // namespace

TEST_CASE(
    "Why? says that a share consumer has no connection to the broker that is to get its acknowledgements, and why") {
  const std::string crash = R"({"at": "10s", "do": "crash", "node": "broker-3"})";
  Session works = run_of_explicit(crash, 10'020);
  until_decided(works);
  const observe::Answer before = asked(works, kJobsOfW + "to_acknowledge");
  CAPTURE(text_of_steps(before));
  CHECK(says_in_both(sentence_with(before, "why.share_to_acknowledge"_w), "broker-3"));
  Session connected = run_of_explicit(crash, 9'000);
  until_decided(connected);
  CHECK_FALSE(tells(asked(connected, kJobsOfW + "to_acknowledge"), "no connection"));
  // Another broker leads, and the client does not know it yet.
  Session waits = run_of_explicit(crash, 18'100);
  REQUIRE(observe::state_at(waits.moment(), "/partitions/jobs-0/leader") == 1);
  REQUIRE(observe::state_at(waits.moment(), "/clients/w/belief/partitions/jobs-0/leader") == 3);
  const observe::Answer answer = asked(waits, kJobsOfW + "to_acknowledge");
  CAPTURE(text_of_steps(answer));
  CHECK(tells(answer, "waits for a connection"));
  CHECK(root_ms(answer) == 10'000);
}

TEST_CASE(
    "Why? says by which election a broker leads no more, as far as a share consumer knows, though it leads again") {
  Session session = run_of_explicit(
      R"({"at": "10s", "do": "crash", "node": "broker-3"}, {"at": "10.2s", "do": "restart", "node": "broker-3"},
         {"at": "30s", "do": "elect_leaders"})",
      30'100);
  REQUIRE(observe::state_at(session.moment(), "/partitions/jobs-0/leader") == 3);
  REQUIRE(observe::state_at(session.moment(), "/clients/w/belief/partitions/jobs-0/leader") == 1);
  const observe::Answer answer = asked(session, kJobsOfW + "to_acknowledge");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.share_not_sent"_w));
  CHECK(tells(answer, "broker-1 leads jobs-0 now"));
  CHECK_FALSE(tells(answer, "broker-3 leads jobs-0 now"));
}

TEST_CASE("Why? answers about what a share consumer has decided of a deleted topic") {
  Session session =
      run_of_explicit(R"({"at": "10s", "do": "delete_topic", "topic": "jobs"})", 10'020);  // its producer makes it anew
  until_decided(session);
  CHECK(has_key(asked(session, kJobsOfW + "to_acknowledge"), "why.share_to_acknowledge"_w));
}

TEST_CASE(
    "Why? says that a share consumer sends what it has decided when its application calls poll() after an exception") {
  const std::string of_reader = "/clients/reader/subscription/meters-0/to_acknowledge";
  Session session = session_at("tests/stories/share-poison-pill.json", 10'600);
  REQUIRE(observe::state_at(session.moment(), of_reader) == 1);
  REQUIRE(observe::state_at(session.moment(), "/clients/reader/in_flight") == 0);
  const observe::Answer answer = asked(session, of_reader);
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.share_to_acknowledge"_w), "RecordDeserializationException"));
  CHECK(tells(answer, "its application calls poll() again at 11.0"));
}

namespace {

struct CountShare {
  const char* path;
  words::Key key;
  std::string en, ko;  // parts of the last sentence
};

void check_share(Session& session, const CountShare& c) {
  CAPTURE(c.path);
  const observe::Answer answer = asked(session, c.path);
  CAPTURE(text_of_steps(answer));
  CHECK(answer.steps.size() <= observe::kMostWhySteps);
  const observe::WhyStep& last = answer.steps.back();
  CHECK(last.key == c.key);
  CHECK(last.words.en.find(c.en) != std::string::npos);
  CHECK(last.words.ko.find(c.ko) != std::string::npos);
}

/// The producer of acks=0 loses three records with broker-1's crash and five with broker-2's.
Session two_crashes() {
  return small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3,
      "config": {"min.insync.replicas": 1}, "assignments": {"0": [1, 2, 3], "1": [2, 3, 1]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "50/s", "count": 2400,
      "config": {"acks": 0, "enable.idempotence": false, "batch.size": 100}}],
    "steps": [{"at": "0s", "do": "link", "from": "all-brokers", "to": "all-brokers", "latency": "100ms"},
      {"at": "5s", "do": "crash", "node": "broker-1"}, {"at": "30s", "do": "crash", "node": "broker-2"}])",
                   60'000);
}

}  // namespace

TEST_CASE(
    "Why? about a count says how many of its records go back to the named cause, and what most others go back to") {
  Session two = two_crashes();
  for (const char* path : {"/ledger/lost_acked", "/ledger/by_client/p/lost_acked"}) {
    check_share(
        two,
        {path, "why.count_share"_w,
         "3 of these 8 records go back to what happened at 5.000 s; 5 go back to this: broker-2 is made "
         "to crash (30.000 s)",
         "레코드 8개 중 3개는 거슬러 올라가면 5.000초에 일어난 일이 원인이에요. 5개는 30.000초에 일어난 다음 일이 원인이에요: "
         "broker-2를 죽여요"});
    CHECK(has_key(asked(two, path), "why.crashed_before_copies"_w));  // the cause keeps its sentence
    const observe::WhyStep last = asked(two, path).steps.back();      // which leads to the other cause
    CHECK(last.at == sim::Instant{} + sim::seconds(30));
    const sim::TraceLine* line = two.observation().trace().find(last.seq);
    REQUIRE(line != nullptr);
    CHECK(line->time == last.at);
    CHECK(last.subject == "broker-2");
  }
  Session one = session_at("scenarios/producer/acks.json", 30'000);
  check_share(one, {"/ledger/lost_acked", "why.led_without"_w, "; all 14 records go back to what happened at 6.000 s",
                    "레코드 14개 모두 거슬러 올라가면 6.000초에 일어난 일이 원인이에요"});
  check_share(one,
              {"/ledger/by_client/acks-1/lost_acked", "why.led_without"_w, "; all 7 records go back to", "레코드 7개"});
  CHECK(has_key(asked(one, "/ledger/lost_acked"), "why.crashed_before_copies"_w));
  // A record of acks=0 is counted as well, but no broker has ever acknowledged it.
  CHECK(asked(one, "/ledger/lost_acked").question.en == "Why was record 293 of acks-1 lost?");
}

TEST_CASE("Why? about a count that leads to no other cause says all that it says of the record") {
  Session slow = session_at("scenarios/producer/acks.json", 34'000);  // a slow link made the loss possible
  CHECK(tells(asked(slow, "/ledger/lost_acked"), "latency 150 ms"));
  Session late = session_at("scenarios/producer/acks.json",
                            40'000);  // 158 of 160 have that cause, and no act is behind the others
  for (auto [session, fate, one] : {std::tuple(&slow, "lost_acked", "/sent/acks-1/293"),
                                    std::tuple(&slow, "lost_acked", "/ledger/by_client/acks-1/lost_acked/acks-1/293"),
                                    std::tuple(&late, "pending", "/ledger/by_client/acks-all/pending/acks-all/1843")}) {
    const observe::Answer count = asked(*session, std::string("/ledger/") + fate), record = asked(*session, one);
    CAPTURE(text_of_steps(count));
    REQUIRE(count.steps.size() == record.steps.size());
    for (std::size_t i = 0; i < count.steps.size(); ++i) {
      CHECK(count.steps[i].seq == record.steps[i].seq);
      CHECK(count.steps[i].words.en.starts_with(record.steps[i].words.en));
      CHECK(count.steps[i].words.ko.starts_with(record.steps[i].words.ko));
    }
  }
}

TEST_CASE("Why? about a count says all that it says of the record that it tells of, with two causes, too") {
  int with_other_causes = 0;
  const auto check = [&](Session session) {
    const observe::Moment moment = session.moment();
    const observe::Story story(moment);
    for (const std::string_view fate : observe::told_fates()) {
      auto records = observe::records_with(moment, fate, std::numeric_limits<std::size_t>::max());
      if (records.empty()) continue;
      std::erase_if(records, [group = records.front().group](const auto& r) { return r.group != group; });
      const observe::FatedRecord& one = observe::example_of(story, fate, records);
      const observe::Answer count = asked(session, "/ledger/" + std::string(fate)),
                            record = asked(session, observe::path_of(moment, fate, one));
      CAPTURE(count.path);
      CAPTURE(text_of_steps(count));
      // A sentence may be joined to another one, which changes its first letter.
      for (const observe::WhyStep& step : record.steps)
        CHECK_MESSAGE(tells(count, step.words.en.substr(1)), step.words.en);
      with_other_causes += tells(count, " of these ") ? 1 : 0;
    }
  };
  check(two_crashes());
  for (const auto& [file, at_ms] :
       {std::pair{"producer/acks", 34'000}, std::pair{"producer/options", 44'000},
        std::pair{"consumer/auto-commit", 27'000}, std::pair{"consumer/manual-commit", 36'000},
        std::pair{"groups/share-group", 60'000}, std::pair{"operations/consumer-falls-behind-retention", 65'000}})
    check(session_at("scenarios/" + std::string(file) + ".json", at_ms));
  CHECK(with_other_causes >= 4);
}

TEST_CASE("Why? about a count without an act behind it says how many records have the same explanation") {
  Session rules = session_at("scenarios/operations/access-control.json", 20'000);
  check_share(rules, {"/ledger/failed", "why.count_all"_w, "All 7 records have this explanation",
                      "레코드 7개 모두 같은 이유예요"});
}

TEST_CASE(
    "Why? about a large count asks about some of the records and says so, and a single record is the whole count") {
  Session many = session_at("scenarios/producer/options.json", 44'000);
  REQUIRE(observe::state_at(many.moment(), "/ledger/failed") == nlohmann::json(361));
  check_share(many, {"/ledger/failed", "why.count_share"_w,
                     "2 of these 200 records, taken evenly from all 361, go back to what happened at 6.000 s; 198 go "
                     "back to what happened at 22.000 s",
                     "전체 361개에서 고르게 고른 레코드 200개 중 2개는"});
  const observe::Answer with_room =
      asked(many, "/ledger/failed");  // the other cause has a sentence that can be followed
  CHECK(std::any_of(with_room.steps.begin(), with_room.steps.end(), [](const observe::WhyStep& step) {
    return step.seq != 0 && step.at.us == 22'000'000 && step.subject == "broker-1" && says_in_both(step, "broker-1");
  }));
  Session single = session_at("scenarios/producer/idempotence.json", 9'000);
  const observe::Answer answer = asked(single, "/ledger/duplicated");
  CHECK_FALSE(has_key(answer, "why.count_all"_w));
  CHECK_FALSE(has_key(answer, "why.count_share"_w));
  // A question about one record is not about a count.
  Session one = session_at("scenarios/producer/acks.json", 30'000);
  CHECK_FALSE(has_key(asked(one, "/ledger/by_client/acks-0/lost_acked/acks-0/293"), "why.count_all"_w));
}

TEST_CASE("Why? about ended locks does not say that the leader refuses what a share consumer does not send") {
  // v has decided ten records of broker-3, which leads no more; broker-1 has handed it 82 others. w holds offset 0 as long as it runs.
  const std::string of_v = "/clients/v/subscription/jobs-0/to_acknowledge";
  Session session = small_run(
      R"("topics": [{"name": "jobs", "partitions": 1, "replication_factor": 3, "assignments": {"0": [3, 1, 2]}}],
      "clients": [{"id": "clerk", "kind": "producer", "topic": "jobs", "rate": "10/s", "count": 100, "start": "10s"},
      {"id": "w", "kind": "share_consumer", "topics": ["jobs"], "work": "1s", "config": {"group.id": "ws", "max.poll.records": 10}},
      {"id": "v", "kind": "share_consumer", "topics": ["jobs"], "work": "1s", "config": {"group.id": "ws", "max.poll.records": 10}}],
      "steps": [{"at": "12s", "do": "crash", "node": "broker-3"}, {"at": "27s", "do": "pause", "node": "w"}])",
      26'000, "4.1",
      R"("brokers": 3, "config": {"group.share.record.lock.duration.ms": 15000}, "features": {"share.version": 1})");
  const observe::Answer unsent = asked(session, of_v);
  CAPTURE(text_of_steps(unsent));
  CHECK(says_in_both(sentence_with(unsent, "why.share_not_sent"_w), "10"));
  CHECK(sentence_with(unsent, "why.share_locks_partly_over"_w).words.en ==
        "7 of the 92 records of jobs-0 that v has are no longer locked for it; 85 still are");
  CHECK(sentence_with(unsent, "why.share_locks_partly_over"_w).words.ko.ends_with("85개는 아직 잠겨 있어요"));
  session.run_until(sim::Instant{} + sim::seconds(37));  // the other locks have run out, too
  const observe::Answer both = asked(session, of_v);
  CAPTURE(text_of_steps(both));
  const observe::WhyStep& told = sentence_with(both, "why.share_locks_over"_w);
  CHECK(told.words.en.find("72 of them, without the 10 that it does not send, are not below") != std::string::npos);
  CHECK(told.words.ko.find("보내지 않는 10개를 뺀 72개") != std::string::npos);
}
