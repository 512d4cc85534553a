// Differences between the logs of a 2.5 broker and those of a 4.1 broker.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "broker/broker.h"
#include "protocol/facts_of_logs.h"
#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;
using protocol::Trace;

TEST_CASE(
    "2.5 deletes by time before size, counts records read at a start as flushed, and compacts uncommitted records") {
  for (const bool old : {false, true}) {
    const std::string cluster =
        old ? R"("kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 1})"
            : R"("kafka": "4.1", "cluster": {"controllers": 1, "brokers": 1})";
    scenario::Session session(loaded(R"({"format": 1, "id": "logs", )" + cluster + R"(,
      "topics": [{"name": "t", "partitions": 1, "config": {"segment.ms": 1000, "retention.ms": 5000, "retention.bytes": 1}, "assignments": {"0": [1]}}],
      "clients": [{"id": "p", "kind": "producer", "topic": "t"}],
      "steps": [{"at": "1s", "do": "produce", "node": "p", "records": [{"value": "a"}]},
                {"at": "3s", "do": "produce", "node": "p", "records": [{"value": "b"}]},
                {"at": "5s", "do": "produce", "node": "p", "records": [{"value": "c"}]}],
      "until": "31s"})"),
                              true);
    session.run_to_end();
    const observe::TraceStore& trace = session.observation().trace();
    std::vector<fact::SegmentDeletionReason> reasons;
    for (std::size_t i = 0; i < trace.size(); ++i)
      if (const auto f = fact_if<fact::SegmentDeleted>(trace[i])) reasons.push_back(f->reason);
    REQUIRE_FALSE(reasons.empty());
    CHECK(reasons[0] == (old ? fact::SegmentDeletionReason::Time : fact::SegmentDeletionReason::Size));
    const cluster::Cluster& c = session.cluster();
    const broker::Replica* replica = c.broker(1)->replica({c.committed().topic_id("t"), 0});
    REQUIRE(replica != nullptr);
    CHECK(replica->log.options().recovery_raises_recovery_point == old);
    CHECK(replica->log.options().compaction_passes_high_watermark == old);
    CHECK(replica->log.options().keeps_last_empty_batch != old);
  }
}

TEST_CASE("2.5 forgets producers after transactional.id.expiration.ms, which it checks every ten minutes") {
  scenario::Session session(loaded(R"({"format": 1, "id": "producers", "kafka": "2.5",
      "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 1, "config": {"transactional.id.expiration.ms": 1000}},
      "topics": [{"name": "t", "partitions": 1, "assignments": {"0": [1]}}],
      "clients": [{"id": "p", "kind": "producer", "topic": "t", "config": {"enable.idempotence": true, "acks": "all"}}],
      "steps": [{"at": "1s", "do": "produce", "node": "p", "records": [{"value": "a"}]}],
      "until": "601s"})"),
                            true);
  const auto known = [&] {
    const cluster::Cluster& c = session.cluster();
    return c.broker(1)->replica({c.committed().topic_id("t"), 0})->log.producers().entries().size();
  };
  session.run_until(sim::Instant{} + sim::seconds(599));
  CHECK(known() == 1);
  session.run_to_end();
  CHECK(known() == 0);
}
