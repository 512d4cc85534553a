// Runs of small files, and the sentences of an answer about them.
#pragma once
#include "why/answers.h"

namespace kafkascope::test {

/// A run of a small file: a cluster of three brokers with these topics, clients and steps.
inline scenario::Session small_run(const std::string& rest, std::int64_t at_ms, const std::string& kafka = "4.1",
                                   const std::string& cluster = R"("brokers": 3)") {
  scenario::Session session(
      loaded(R"({"format": 1, "id": "small", "title": {"en": "s", "ko": "s"}, "seed": 1, "kafka": ")" + kafka +
             R"(", "cluster": {)" + cluster + "}, " + rest + R"(, "until": "90s"})"),
      true);
  session.run_until(sim::Instant{} + sim::milliseconds(at_ms));
  return session;
}

/// A topic with one partition, pay-0, on three brokers; the first leads.
inline const std::string kPay = R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
  "config": {"min.insync.replicas": 2}, "assignments": {"0": [1, 2, 3]}}])";

inline const observe::WhyStep& sentence_with(const observe::Answer& answer, words::Key key) {
  for (const observe::WhyStep& step : answer.steps)
    if (step.key == key) return step;
  FAIL("the answer lacks the sentence");
  return answer.steps.front();
}

inline bool says_in_both(const observe::WhyStep& step, const std::string& text) {
  return step.words.en.find(text) != std::string::npos && step.words.ko.find(text) != std::string::npos;
}

}  // namespace kafkascope::test
