// A link that is mended between a broker and a client has not kept the broker away from its cluster.
#include "why/answers.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("a broker that comes back goes back to its restart, not to a link to a client that is mended then") {
  Session session = session_at("tests/stories/deleted-yet-read-again.json", 137'800);
  for (const char* path :
       {"/partitions/orders-0/isr", "/partitions/orders-0/leader", "/partitions/orders-0/leader_epoch"}) {
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 90'010'000);
  }
}
