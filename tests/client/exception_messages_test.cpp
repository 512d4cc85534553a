// The messages of the exceptions that a consumer's application gets.
#include <doctest/doctest.h>

#include "client/consumers.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

TEST_CASE("CommitFailedException and NoOffsetForPartitionException carry Kafka's messages") {
  Rig none;
  fill(none, 0, 10);
  ConsumerOptions o = consumer_options();
  o.config.set("auto.offset.reset", std::string("none"));
  const NodeId without = none.add(o);
  none.run_ms(8000);
  REQUIRE(none.consumer(without).stats().thrown);
  CHECK(none.consumer(without).stats().thrown->message ==
        "Undefined offset with no reset policy for partitions: [orders-0]");

  Rig slow;
  fill(slow, 0, 2, 2);
  o = earliest();
  o.commit = CommitMode::SyncAfter;
  o.config.set("max.poll.interval.ms", std::int64_t{10000});
  o.work.by_key = {{"k0", sim::seconds(15)}};
  const NodeId late = slow.add(o);
  slow.run_ms(32100);
  REQUIRE(slow.consumer(late).stats().thrown);
  CHECK(slow.consumer(late).stats().thrown->message.find("the consumer is not part of an active group") !=
        std::string::npos);
}
