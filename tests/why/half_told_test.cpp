// What the answers about small runs have to name in full: the act behind a change, the one who decided it, the setting that counts.
#include "observe/why/story.h"
#include "sim/facts_of_kernel.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("an act that loses one message ends with a message that it means, not with another act's") {
  Session session =
      small_run(kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
      {"id": "c", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}],
    "steps": [{"at": "10s", "do": "lose", "from": ["broker-1"], "to": ["shop"], "api": "Produce", "what": "response", "count": 1},
      {"at": "10s", "do": "lose", "from": ["broker-1"], "to": ["c"], "api": "Fetch", "what": "response", "count": 1}])",
                12'000);
  const observe::Moment moment = session.moment();
  const observe::Story story(moment);
  for (const char* client : {"shop", "c"}) {
    CAPTURE(client);
    const sim::NodeId node = session.cluster().find(client);
    const observe::Story::Line* act = story.act_on(node, {"lose"}, story.end());
    REQUIRE(act != nullptr);
    const observe::Story::Line* lost = story.end_of_act(*act, node);
    REQUIRE(lost != nullptr);
    CHECK(lost->node == node);
  }
}
