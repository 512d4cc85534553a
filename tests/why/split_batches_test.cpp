// Batches that the topic refuses as too large, and that their producer splits.
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("Why? about records of batches that are too large says that their producer splits them in vain") {
  Session session = session_at("tests/stories/compression.json", 26'300);
  for (const char* path : {"/clients/snappy/waiting", "/ledger/pending"}) {
    const observe::WhyStep& step = sentence_with(asked(session, path), "why.waits_split"_w);
    CHECK(says_in_both(step, "max.message.bytes=10000"));
    CHECK(says_in_both(step, "delivery.timeout.ms=31000"));
  }
  // An act has lowered the limit.
  Session lowered =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "200/s",
    "value_size": "200B", "config": {"linger.ms": 500}}], "steps": [
    {"at": "10s", "do": "configure", "topic": "pay", "config": {"max.message.bytes": 5000}}])",
                20'000);
  const observe::Answer answer = asked(lowered, "/clients/shop/waiting");
  CHECK(has_key(answer, "why.waits_split"_w));
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 10'000'000);
}
