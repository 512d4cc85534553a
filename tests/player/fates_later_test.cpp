// What Why? about two worlds says of a difference in what has become of records: whether it passes, and how far that was looked at.
#include "app/fates_later.h"

#include <doctest/doctest.h>

#include "observe/model/fates.h"
#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::test;
using observe::FatesLater;
using scenario::Session;

namespace {

constexpr std::int64_t kOneSecond = 1'000'000;

/// A producer and a consumer, with these steps, at 6 s.
Session two_clients(const std::string& steps, const std::string& until = "40s") {
  Session session(
      loaded(R"({"format": 1, "id": "small", "title": {"en": "s", "ko": "s"}, "seed": 1, "cluster": {"brokers": 3},
    "topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}}], "clients": [
    {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
    {"id": "reader", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [)" +
             steps + R"(], "until": ")" + until + R"("})"),
      true);
  session.run_until(sim::Instant{6 * kOneSecond});
  return session;
}

/// The producer stands still from that second for two seconds, so that its records are acknowledged later.
std::string pause_at(int second) {
  return R"({"at": ")" + std::to_string(second) + R"(s", "do": "isolate", "node": "shop"}, {"at": ")" +
         std::to_string(second + 2) + R"(s", "do": "heal"})";
}

observe::WhyStep sentence_about(const Session& asked, const FatesLater& later) {
  observe::Answer answer;
  observe::tell_fates_now(later, asked.now(), false, answer);
  return answer.steps.back();
}

}  // namespace

TEST_CASE("a difference that comes again passes only when it is over for good") {
  const Session plain = two_clients("");
  const Session once = two_clients(pause_at(5)), twice = two_clients(pause_at(5) + ", " + pause_at(20));
  const auto first = fates_later(plain, once), last = fates_later(plain, twice);
  REQUIRE(first.has_value());
  CHECK(first->same());
  CHECK(first->is_end);
  CHECK(first->at.us > 7 * kOneSecond);
  CHECK(first->at.us < 12 * kOneSecond);
  REQUIRE(last.has_value());
  CHECK(last->same());
  CHECK(last->at.us > 22 * kOneSecond);
  CHECK(last->is_end);
  const observe::WhyStep step = sentence_about(plain, *first);
  CHECK(step.key == "why.fates_pass"_w);
  CHECK(step.words.en.find("looked at") == std::string::npos);
}

TEST_CASE("a difference that was over in between, and is there at the end, does not pass") {
  const Session plain = two_clients(""),
                there = two_clients(pause_at(5) + R"(, {"at": "39s", "do": "isolate", "node": "shop"})");
  const auto later = fates_later(plain, there);
  REQUIRE(later.has_value());
  CHECK_FALSE(later->same());
  CHECK(later->is_end);
  CHECK(sentence_about(plain, *later).key == "why.fates_differ"_w);
}

TEST_CASE("what was not looked at is said: each run goes on for a limited number of events") {
  const Session plain = two_clients("", "300s"), once = two_clients(pause_at(5), "300s");
  const auto whole = fates_later(plain, once, 1'000'000'000);
  REQUIRE(whole.has_value());
  CHECK(whole->is_end);
  const auto part = fates_later(plain, once, 20'000);
  REQUIRE(part.has_value());
  CHECK(part->same());
  CHECK_FALSE(part->is_end);
  CHECK(part->at == whole->at);
  CHECK(part->until.us < 300 * kOneSecond);
  const observe::WhyStep step = sentence_about(plain, *part);
  CHECK(step.words.en.find("has not been looked at") != std::string::npos);
  CHECK(step.words.ko.find("아직 살펴보지 않았어요") != std::string::npos);
  CHECK_FALSE(fates_later(plain, once, 0).has_value());
}

TEST_CASE("records on their way at the end are said to be that; those that a dead consumer has not got are not") {
  const Session plain = two_clients("", "12030ms");
  const Session slow = two_clients(
      R"({"at": "5s", "do": "link", "from": "all-brokers", "to": "shop", "latency": "200ms", "one_way": true})",
      "12030ms");
  const auto on_their_way = fates_later(plain, slow);
  REQUIRE(on_their_way.has_value());
  REQUIRE(observe::differ_in_passing(on_their_way->here, on_their_way->there));
  const observe::WhyStep passing = sentence_about(plain, *on_their_way);
  CHECK(passing.key == "why.fates_differ"_w);
  CHECK(passing.words.en.find("but only by records that are still on their way") != std::string::npos);
  CHECK(passing.words.ko.find("아직 전달되는 중인 레코드만큼만 달라요") != std::string::npos);

  const Session unread = two_clients(R"({"at": "5s", "do": "kill", "node": "reader"})", "12030ms");
  const auto lasting = fates_later(plain, unread);
  REQUIRE(lasting.has_value());
  CHECK(lasting->here.acked == lasting->there.acked);
  CHECK(lasting->here.delivered > lasting->there.delivered);
  const observe::WhyStep step = sentence_about(plain, *lasting);
  CHECK(step.key == "why.fates_differ"_w);
  CHECK(step.words.en.find("on their way") == std::string::npos);
  CHECK(step.words.en.find(std::to_string(lasting->there.delivered)) != std::string::npos);
  CHECK(step.words.ko.find("전달되는 중") == std::string::npos);
}
