// What another committer found: answers that contradicted their question or named another cause. Each answer's root is an
// act, and without it the value is another one.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// A question about a story: the moment of the act that is the answer's root, and what one of its sentences says.
struct Cut {
  std::string file, variant;
  std::int64_t at_ms;
  std::string path;
  std::int64_t root_ms;
  words::Key key;
  std::string says;
};

/// Asks; checks the sentence in both languages, and the root by a run without its act.
observe::Answer check_cut(const Cut& c) {
  CAPTURE(c.file);
  CAPTURE(c.variant);
  CAPTURE(c.path);
  const std::string file = c.file.find('/') == std::string::npos ? "tests/stories/" + c.file + ".json" : c.file;
  Session session = session_at(file, c.at_ms, c.variant);
  observe::Answer answer = asked(session, c.path);
  CAPTURE(text_of_steps(answer));
  if (c.key.empty()) CHECK(tells(answer, c.says));
  else CHECK(says_in_both(sentence_with(answer, c.key), c.says));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us / 1000 == c.root_ms);
  check_root_changes(session, answer, c.path);
  return answer;
}

}  // namespace

TEST_CASE("Why? explains aborted records that a read_committed reader received, and a queue's redelivered messages") {
  const std::string story = "an-aborted-record-read-as-committed";
  const observe::Answer read =
      check_cut({story, "base", 21'000, "/ledger/aborted_visible", 12'000, "why.not_named_aborted"_w, "broker-2"});
  CHECK(has_key(read, "why.copied_together"_w));
  CHECK(read.question.en.find("though its transaction was aborted") != std::string::npos);
  Session session = session_at("tests/stories/" + story + ".json", 21'000);
  CHECK(has_key(asked(session, "/ledger/by_group/@reader/aborted_visible"), "why.not_named_aborted"_w));
  // The sentence about its transaction does not deny it.
  const observe::Answer aborted = asked(session, "/sent/kim/1"), hidden = asked(session, "/sent/kim/0");
  CAPTURE(text_of_steps(aborted));
  CHECK(sentence_with(aborted, "why.aborted"_w).words.en.find("but this one came to reader") != std::string::npos);
  CHECK(sentence_with(aborted, "why.aborted"_w).words.ko.find("reader는 이 레코드를 받았어요") != std::string::npos);
  CHECK_FALSE(tells(aborted, "never get"));
  CHECK(tells(hidden, "readers with read_committed never get its records, and they are not lost"));
  const observe::Answer uncommitted = asked(session, "/ledger/uncommitted_read");
  CHECK_FALSE(tells(uncommitted, "isolation.level=read_uncommitted"));
  for (const char* variant : {"base", "fanout"}) {
    Session queue = session_at("tests/stories/queue-beside-kafka.json", 25'000, variant);
    const observe::Answer answer = asked(queue, "/ledger/redelivered");
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(has_key(answer, "why.none_other"_w));
    CHECK(tells(answer, "did not acknowledge in time"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 5'000'000);  // the queue crashed, and did not hear that the message was done
    const auto act = act_of(queue, *answer.root);
    REQUIRE(act.has_value());
    Session other(without(*loaded(read_text(source_path("tests/stories/queue-beside-kafka.json")), variant), *act),
                  true);
    other.run_until(queue.now());
    CHECK(state_in(other, "/ledger/redelivered") < state_in(queue, "/ledger/redelivered"));
    CHECK_FALSE(has_key(asked(queue, "/ledger/delivered"), "why.none_other"_w));
  }
}

TEST_CASE("Why? about the waiting records of a throttled producer names its quota, not a missing answer") {
  const observe::Answer answer = check_cut(
      {"quota-set-while-it-flows", "base", 35'000, "/clients/bulk/waiting", 20'000, "why.waits_quota"_w, "bulk"});
  CHECK_FALSE(has_key(answer, "why.waits_answer"_w));
  check_cut({"quota-set-while-it-flows", "base", 35'000, "/ledger/by_client/bulk/pending", 20'000, "why.waits_quota"_w,
             "broker-1"});
  check_cut({"zookeeper-access-control", "base", 20'000, "/clients/kim/waiting", 10'000, "why.waits_quota"_w, "kim"});
  Session before = session_at("tests/stories/quota-set-while-it-flows.json", 19'000);
  CHECK_FALSE(has_key(asked(before, "/clients/bulk/waiting"), "why.waits_quota"_w));
}

TEST_CASE("Why? about a broker in its controlled shutdown names what made it shut down") {
  const std::string state = "/nodes/broker-1/state";
  const observe::Answer asked_to = check_cut({"high-watermark-lags-after-an-election", "base", 3'000,
                                              "/nodes/broker-2/state", 2'000, "why.shutting_down"_w, "broker-2"});
  CHECK(asked_to.question.en == "Why is broker-2 shutting down?");
  for (const std::int64_t at_ms : {9'000, 10'500})
    check_cut({"zookeeper-shutdown-in-a-cut", "base", at_ms, state, 6'277, "why.shutting_down"_w, "broker-1"});
  const observe::Answer by_itself =
      check_cut({"directory-failure-untold", "base", 33'000, state, 10'000, "why.directory_untold"_w, "12000"});
  CHECK(says_in_both(sentence_with(by_itself, "why.shutting_down"_w), "controller-1"));
}

TEST_CASE("Why? about a fenced broker that has just registered says that a new registration begins fenced") {
  check_cut({"replaced-disk", "base", 19'000, "/nodes/broker-1/fenced", 10'000, "why.registers_fenced"_w, "broker-1"});
  Session later = session_at("tests/stories/replaced-disk.json", 21'000);
  CHECK_FALSE(has_key(asked(later, "/nodes/broker-1/fenced"), "why.registers_fenced"_w));
}

TEST_CASE("Why? about a high watermark that went back names the loss of the records or the new leader") {
  Session torn = session_at("tests/stories/torn-tail.json", 75'000);
  const observe::Answer answer = asked(torn, "/partitions/t-0/high_watermark");
  CHECK(tells(answer, "comes back with t-0 up to 250"));
  check_cut({"torn-tail", "base", 75'000, "/partitions/t-0/high_watermark", 55'000, "why.hw_at_end"_w, "250"});
  const std::string path = "/partitions/orders-0/high_watermark";
  check_cut({"high-watermark-lags-after-an-election", "before", 21'000, path, 15'236, "why.hw_went_back"_w, "12"});
}

TEST_CASE("Why? about REQUEST_TIMED_OUT explains the error that the client received, not a batch that expired") {
  const std::string path = "/clients/all/errors/REQUEST_TIMED_OUT";
  for (const std::int64_t at_ms : {13'000, 35'000}) {
    Session session = session_at("tests/stories/zookeeper-below-min-isr.json", at_ms);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK(answer.steps.back().at.us / 1000 == 9'000);
    CHECK_FALSE(tells(answer, "147 records"));
    CHECK(answer.root.has_value());
  }
}

TEST_CASE("the next records of a member do not count as skipped because of an offset committed for a deleted topic") {
  Session session = session_at("scenarios/log/topic-identity.json", 9'000);
  for (const std::int64_t at_ms : {9'000, 10'000, 11'500, 13'000}) {
    session.run_until(sim::Instant{at_ms * 1000});
    CHECK(state_in(session, "/ledger/skipped") == 0);
    CHECK(state_in(session, "/ledger/by_group/billing/skipped") == 0);
  }
  CHECK(has_key(asked(session, "/ledger/skipped"), "why.none_skipped"_w));
}

TEST_CASE("Why? about failed records names their own exception, not a later one of a call") {
  const std::string story = "tests/stories/real-transactions-";
  Session timeout = session_at(story + "timeout.json", 50'900);
  const observe::Answer answer = asked(timeout, "/clients/r/failed");
  CAPTURE(text_of_steps(answer));
  CHECK(answer.steps.back().at.us / 1000 == 45'005);
  check_cut(
      {"real-transactions-delivery-timeout", "base", 61'900, "/clients/p/failed", 18'000, {}, "TimeoutException"});
}

TEST_CASE("Why? about a transaction's state names the act that called for it, even if the call had to wait") {
  for (const Cut& c :
       {Cut{"late-offsets-after-the-abort", "base", 34'000, "/transactions/tx-1/state", 9'000, "why.act"_w, "abort"},
        {"offsets-before-their-topic", "base", 12'000, "/transactions/tx-1/state", 7'000, "why.act"_w, "abort"},
        {"metrics-of-transactions", "base", 7'000, "/transactions/tx-1/state", 6'000, "why.act"_w, "commit"},
        {"scenarios/delivery/transaction-abort.json", "base", 13'000, "/transactions/tx-1/state", 12'000, "why.act"_w,
         "beginTransaction"}})
    check_cut(c);
}

TEST_CASE("Why? about a group that a transaction's offsets have created names the commit of these offsets") {
  Session session = session_at("tests/stories/late-offsets-after-the-abort.json", 9'000);
  const observe::Answer answer = asked(session, "/groups/work/state");
  CHECK_FALSE(has_key(answer, "why.group_untouched"_w));
  CHECK(tells(answer, "commits offset 5 of in-0"));
}
