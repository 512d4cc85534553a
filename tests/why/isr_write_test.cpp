// In ZooKeeper mode a leader writes its ISR itself, and holds the partition's lock until ZooKeeper answers.
#include "protocol/facts_of_cluster.h"
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

TEST_CASE("the controller's late news of an ISR that its leader has written goes back to the leader's own change") {
  scenario::Session session = session_at("tests/stories/zookeeper-isr.json", 44'000);
  const observe::TraceStore& trace = session.observation().trace();
  int heard = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const auto changed = fact_if<fact::IsrChanged>(trace[i]);
    if (!changed || session.cluster().name(changed->partition) != "t-0") continue;
    ++heard;
    const observe::Answer answer = asked(session, "/events/" + std::to_string(trace[i].seq));
    CAPTURE(text_of_steps(answer));
    CHECK(has_key(answer, "why.isr_heard"_w));
    // The leader's change and the news of it are one change: the news is no further effect.
    CHECK(std::none_of(answer.effects.begin(), answer.effects.end(),
                       [](const observe::WhyStep& effect) { return effect.key == "why.isr_heard"_w; }));
    CHECK(tells(answer, changed->isr.ids().size() == 2 ? "has shrunk" : "has grown"));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == (changed->isr.ids().size() == 2 ? 3'000'000 : 20'000'000));
  }
  CHECK(heard == 2);
}

TEST_CASE("Why? about an ISR that was written late says that ZooKeeper did not answer before") {
  scenario::Session session = session_at(kUnwritten, 38'000);
  const observe::Answer late = asked(session, "/partitions/orders-0/isr");
  CHECK(sentence_with(late, "why.late_isr_write"_w).at.us > 35'000'000);
  CHECK(says_in_both(sentence_with(late, "why.late_isr_write"_w), "replica.lag.time.max.ms="));
  CHECK(tells(late, "zookeeper-1 crashes"));
  scenario::Session in_time = session_at("tests/stories/zookeeper-isr.json", 12'000);
  CHECK_FALSE(has_key(asked(in_time, "/partitions/t-0/isr"), "why.late_isr_write"_w));
}
