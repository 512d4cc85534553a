// What the metadata log of a cluster that does nothing takes: two NoOpRecords a second.
#include <doctest/doctest.h>

#include "raft/support.h"

using namespace kafkascope;
using namespace kafkascope::raft;

TEST_CASE("NoOpRecords of one epoch, one behind the other, are one entry in memory") {
  Quorum q(3, 1);
  q.run(seconds(2));
  REQUIRE(q.leader() == 0);
  const Offset before = q.raft(0).log_end_offset();
  for (int i = 0; i < 3; ++i) {
    q.world.with_context(NodeId{0}, [&](auto& ctx) { q.raft(0).append(ctx, {protocol::NoOpRecord{}}); });
    q.run(milliseconds(500));
  }
  REQUIRE(q.raft(0).log_end_offset() >= before + 3);
  for (int node : {0, 1, 2, 3}) CHECK(&q.raft(node).entry(before) == &q.raft(node).entry(before + 2));
  CHECK_FALSE(q.world.faulted());
}
