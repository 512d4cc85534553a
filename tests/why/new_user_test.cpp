// What a new user asked of lessons and stories, and how the answers begin and end: the cause that the run shows is named, and what is over is not.
#include <doctest/doctest.h>

#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/answers.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

Session played(const std::string& file, std::int64_t at_ms, const std::string& variant = "base") {
  Session session(loaded(read_text(source_path(file)), variant), true);
  session.run_until(sim::Instant{} + sim::milliseconds(at_ms));
  return session;
}

/// The sentences of the answer in one text.
std::string told_text(const observe::Answer& answer) {
  std::string all;
  for (const observe::WhyStep& step : answer.steps) all += step.words.en + "\n";
  return all;
}

bool says(const observe::Answer& answer, const std::string& what) {
  const bool said = told_text(answer).find(what) != std::string::npos;
  if (!said) MESSAGE(answer.path << ":\n" << told_text(answer));
  return said;
}

}  // namespace

TEST_CASE(
    "a member that works again after an exception is not stuck by it: the record that takes too long is the cause") {
  for (const auto& [at_ms, reader, left] :
       {std::tuple{30000, "w-1", "w-2 has not called poll() for max.poll.interval.ms=10000"},
        std::tuple{40000, "w-2", "w-1 has not called poll() for max.poll.interval.ms=10000"}}) {
    Session session = played("scenarios/consumer/max-poll-interval.json", at_ms);
    for (const char* path : {"/groups/workers/lag/jobs-0", "/groups/workers/lag/jobs-1"}) {
      const observe::Answer answer = asked(session, path);
      CHECK_FALSE(has_key(answer, "why.lag_exception"_w));
      CHECK(has_key(answer, "why.lag_slow_record"_w));
      CHECK(says(answer, left));
      CHECK(says(answer, std::string(reader) + " works on offset 23 of jobs-0"));
    }
  }
  // While the first member works on it, nobody has left yet.
  Session first = played("scenarios/consumer/max-poll-interval.json", 15000);
  CHECK(has_key(asked(first, "/groups/workers/lag/jobs-0"), "why.lag_stuck_now"_w));
}
