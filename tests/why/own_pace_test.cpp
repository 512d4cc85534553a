// Why? about how fast a consumer reads counts only from when it has the partition, and a former leader is no reason for what nobody
// can read yet.
#include <doctest/doctest.h>

#include "why/in_version.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? compares what a consumer read with what came since it has the partition, not since its process began") {
  Session session = session_at("scenarios/consumer/max-poll-interval.json", 8'400);
  for (const char* field : {"lag", "buffered"}) {
    const observe::Answer answer = asked(session, std::string("/clients/w-1/subscription/jobs-0/") + field);
    CAPTURE(text_of_steps(answer));
    CHECK_FALSE(tells(answer, "in the last 8 s"));
    CHECK(tells(answer, "in the last 2 s"));
  }
  Session young = session_at("scenarios/why/many-to-many.json", 4'400);
  const observe::Answer answer = asked(young, "/clients/stats-1/subscription/orders-0/lag");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.lag_just_got"_w), "3.768"));
  CHECK_FALSE(tells(answer, "in the last"));
}

TEST_CASE(
    "Why? about what lies above every high watermark does not name the former leader from which a consumer reads") {
  Session session = session_at("tests/stories/delivery-idempotent.json", 2'055);
  const observe::Answer answer = asked(session, "/clients/reader/subscription/orders-0/log_end_lag");
  CAPTURE(text_of_steps(answer));
  CHECK_FALSE(has_key(answer, "why.lag_former_end"_w));
  CHECK_FALSE(has_key(answer, "why.lag_former_leader"_w));
  CHECK(has_key(answer, "why.hw_next_fetch"_w));
}
