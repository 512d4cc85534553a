// The cost of a simultaneous failure of the controller and a broker, by the number of partitions. Under ZooKeeper the next controller reads a
// znode for each partition, and writes one for each new leader; under KRaft it has the log already, and its decisions are one batch of records.
// scripts/failover measures more of it for docs/failover.md.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "broker/broker.h"
#include "protocol/facts_of_zookeeper.h"
#include "protocol/trace_kinds.h"
#include "scenario/load.h"
#include "scenario/session.h"

using namespace kafkascope;
using protocol::Trace;

namespace {

/// In µs of simulated time; the first two exclude the waiting time of timers.
struct Cost {
  std::int64_t takes_over = 0;  // from the controller's election until it can decide
  std::int64_t elects = 0;      // from the detection of the broker's death until the last leader is elected
  std::int64_t outage = 0;      // from the crash until the last leader is elected
};

Cost failover(bool zookeeper, int partitions) {
  constexpr std::int64_t kCrash = 2'000'000;
  const std::string cluster =
      zookeeper ? R"("kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 3, "brokers": 5})"
                : R"("kafka": "4.1", "cluster": {"controllers": 3, "brokers": 5})";
  const std::string second =
      zookeeper ? "" : R"(, {"at": "2s", "do": "crash", "node": "broker-1"})";  // elsewhere the controller is a broker
  const auto loaded = scenario::load(fmt::format(
      R"({{"format": 1, "id": "failover-cost", {}, "topics": [{{"name": "t", "partitions": {}, "replication_factor": 3}}],
    "steps": [{{"at": "2s", "do": "crash", "node": "controller"}}{}], "until": "{}s"}})",
      cluster, partitions, second, 40 + partitions / 2000));
  REQUIRE_MESSAGE(loaded.ok(),
                  (loaded.problems.empty() ? "" : scenario::format(loaded.problems.front(), "failover-cost")));
  scenario::Session session(std::make_shared<scenario::Scenario>(*loaded.scenario), true);
  session.run_to_end();
  CHECK_FALSE(session.cluster().faulted());
  CHECK(session.observation().invariants().violations().empty());
  std::int64_t won = 0, active = 0, fenced = 0, written = 0, last = 0;
  int elected = 0;
  const auto& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const std::int64_t at = trace[i].time.us;
    if (at < kCrash) continue;
    switch (static_cast<Trace>(trace[i].kind)) {
      case Trace::QuorumElected: won = at; break;
      case Trace::ControllerActive: active = at, written = 0; break;
      case Trace::ZnodeChanged:
        if (written == 0 && as<fact::ZnodeChanged>(trace[i]).path.view().ends_with("/state"))
          written = at;  // the first decision
        break;
      case Trace::BrokerFenced: fenced = at; break;
      case Trace::LeaderElected:
        ++elected;
        last = at;
        break;
      default: break;
    }
  }
  CHECK(elected >= partitions / 5 - 1);
  if (zookeeper) return {written - active, last - written, last - kCrash};  // elects once everything is read
  return {active - won, last - fenced, last - kCrash};
}

}  // namespace

TEST_CASE("the time of a failover grows with the number of partitions under ZooKeeper, and hardly under KRaft") {
  const Cost few = failover(true, 30), many = failover(true, 600);
  CHECK(many.takes_over > 4 * few.takes_over);  // some round trips cost the same for any number of partitions
  CHECK(many.elects > 4 * few.elects);
  const Cost kraft = failover(false, 600);
  CHECK(kraft.takes_over < 20'000);
  CHECK(kraft.elects < many.elects);
}

TEST_CASE("a new controller reads and writes at most zookeeper.max.in.flight.requests znodes at once, by default ten") {
  for (const std::size_t limit : {std::size_t{10}, std::size_t{3}}) {
    CAPTURE(limit);
    const std::string config =
        limit == 10 ? "" : fmt::format(R"(, "config": {{"zookeeper.max.in.flight.requests": {}}})", limit);
    const auto loaded = scenario::load(fmt::format(
        R"({{"format": 1, "id": "in-flight", "kafka": "2.5", "cluster": {{"metadata": "zookeeper", "zookeepers": 1, "brokers": 3{}}},
      "topics": [{{"name": "t", "partitions": 60, "replication_factor": 3}}], "steps": [{{"at": "2s", "do": "crash", "node": "broker-1"}}], "until": "30s"}})",
        config));
    REQUIRE(loaded.ok());
    scenario::Session session(std::make_shared<scenario::Scenario>(*loaded.scenario));
    std::size_t most = 0;
    for (std::int64_t at = 19'000'000; at < 23'000'000; at += 200) {
      session.run_until(sim::Instant{at});
      for (const int id : {2, 3})
        most = std::max(most, session.cluster().broker(id)->zookeeper_mode()->client.in_flight());
    }
    REQUIRE(session.cluster().zookeeper_controller_epoch() == 2);
    CHECK(most == limit);
  }
}
