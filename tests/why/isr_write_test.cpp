// In ZooKeeper mode a leader writes its ISR itself, and holds the partition's lock until ZooKeeper answers.
#include "why/answers.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;

namespace {

const std::string kUnwritten = "tests/stories/zookeeper-isr-change-without-an-ensemble.json";

}  // namespace

TEST_CASE("Why? about a high watermark names the leader's own write of the ISR, which waits for ZooKeeper") {
  scenario::Session session = session_at(kUnwritten, 12'000);
  CHECK_FALSE(has_key(asked(session, "/partitions/orders-0/high_watermark"), "why.isr_write_waits"_w));
  for (const int second : {20, 34}) {
    CAPTURE(second);
    session.run_until(sim::Instant{} + sim::seconds(second));
    const observe::Answer waits = asked(session, "/partitions/orders-0/high_watermark");
    const observe::WhyStep& write = sentence_with(waits, "why.isr_write_waits"_w);
    CHECK(says_in_both(write, "broker-1, broker-2"));
    CHECK_FALSE(has_key(waits, "why.hw_awaits"_w));
    REQUIRE(waits.root.has_value());
    CHECK(waits.root->at.us == 5'000'000);
  }
}

TEST_CASE("Why? about an ISR that was written late says that ZooKeeper did not answer before") {
  scenario::Session session = session_at(kUnwritten, 38'000);
  const observe::Answer late = asked(session, "/partitions/orders-0/isr");
  CHECK(sentence_with(late, "why.late_isr_write"_w).at.us > 35'000'000);
  CHECK(tells(late, "zookeeper-1 crashes"));
  scenario::Session in_time = session_at("tests/stories/zookeeper-isr.json", 12'000);
  CHECK_FALSE(has_key(asked(in_time, "/partitions/t-0/isr"), "why.late_isr_write"_w));
}
