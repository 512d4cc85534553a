// The actual state of the cluster, as opposed to the beliefs of its brokers.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "broker/broker.h"
#include "controller/kraft/controller_node.h"
#include "scenario/files.h"
#include "scenario/load.h"
#include "scenario/session.h"

using namespace kafkascope;

TEST_CASE("min.insync.replicas above the replication factor is capped at the factor, but not before KIP-966") {
  const std::string text = replaced(good_text(), R"("replication_factor": 3)",
                                    R"("replication_factor": 3, "config": {"min.insync.replicas": 5})");
  const auto least = [](const std::string& file) {
    scenario::Session session(std::make_shared<scenario::Scenario>(*scenario::load(file).scenario));
    session.run_until(sim::Instant{1'000'000});
    const cluster::Cluster& cluster = session.cluster();
    return cluster.effective_min_isr({cluster.committed().topic_id("orders"), 0});
  };
  CHECK(least(text) == 3);
  CHECK(least(replaced(text, R"("controllers": 1)", R"("controllers": 1, "historical": ["KIP-966"])")) == 5);
}

TEST_CASE("the act configure for all-brokers reaches every broker") {
  for (const std::string version : {"4.1", "2.5"}) {
    CAPTURE(version);
    const auto loaded =
        scenario::load(R"({"format": 1, "id": "all", "kafka": ")" + version + R"(", "cluster": {"brokers": 3)" +
                       (version == "2.5" ? R"(, "metadata": "zookeeper", "zookeepers": 1)" : "") +
                       R"(}, "topics": [], "clients": [], "steps": [
        {"at": "1s", "do": "configure", "node": "all-brokers", "config": {"leader.replication.throttled.rate": 200000, "num.io.threads": 9}}],
        "until": "5s"})");
    REQUIRE(loaded.ok());
    scenario::Session session(std::make_shared<scenario::Scenario>(*loaded.scenario));
    session.run_to_end();
    for (const char* broker : {"broker:1", "broker:2", "broker:3"}) {
      const auto& config = session.cluster().committed().config(broker);
      CHECK(config.size() == 2);
      CHECK(config.contains("leader.replication.throttled.rate"));
    }
  }
}

namespace {

/// The end of the metadata log that any process has applied; searches all processes each time.
protocol::Offset most_applied(const cluster::Cluster& cluster) {
  protocol::Offset most;
  for (std::size_t i = 0; i < cluster.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    if (const auto* c = cluster.role<controller::ControllerNode>(node)) most = std::max(most, c->image().last_offset());
    if (const auto* b = cluster.role<broker::Broker>(node)) most = std::max(most, b->image().last_offset());
  }
  return most;
}

}  // namespace

TEST_CASE(
    "after every event and death the committed metadata is the newest that any node has applied, in copies as well") {
  const std::string steps = R"("steps": [
    {"at": "3s", "do": "crash", "node": "controller"}, {"at": "5s", "do": "restart", "node": "controller-1"},
    {"at": "9s", "do": "crash", "node": "broker-2"}, {"at": "14s", "do": "add_partitions", "topic": "orders", "partitions": 5},
    {"at": "14.5s", "do": "crash", "node": "controller-1"}, {"at": "14.5s", "do": "crash", "node": "controller-2"}, {"at": "14.6s", "do": "crash", "node": "controller-3"},
    {"at": "16s", "do": "restart", "node": "controller-2"}, {"at": "17s", "do": "restart", "node": "broker-2"}, {"at": "18s", "do": "restart", "node": "controller-3"},
    {"at": "24s", "do": "power_off", "node": "broker-1"}],)";
  std::string text = replaced(good_text(), R"("controllers": 1)", R"("controllers": 3)");
  const std::size_t at = text.find(R"("steps")"), end = text.find("],", at) + 2;
  text = text.substr(0, at) + steps + text.substr(end);
  const scenario::Loaded loaded = scenario::load(text);
  REQUIRE(loaded.ok());
  scenario::Session session(std::make_shared<scenario::Scenario>(*loaded.scenario));
  const auto agree = [](const scenario::Session& s) {
    return s.cluster().committed().last_offset() == most_applied(s.cluster());
  };
  std::int64_t events = 0, wrong = 0, wrong_in_copies = 0;
  while (session.step(sim::Instant{28'000'000})) {
    wrong += !agree(session);
    if (++events % 997 != 0) continue;
    scenario::Session copy = session;  // shares all roles
    for (int i = 0; i < 50 && copy.step(sim::Instant{28'000'000}); ++i) wrong_in_copies += !agree(copy);
    wrong += !agree(session);
  }
  CHECK(events > 5000);
  CHECK(wrong == 0);
  CHECK(wrong_in_copies == 0);
}

TEST_CASE("a cluster returns its own committed metadata, even if it found them while a copy shared its brokers") {
  scenario::Session session(std::make_shared<scenario::Scenario>(
      *scenario::load(
           replaced(good_text(), R"("steps": [)", R"("steps": [{"at": "3s", "do": "crash", "node": "controller"}, )"))
           .scenario));
  session.run_until(sim::Instant{4'000'000});  // no controller has an image now, so a broker's is used
  const auto own = [](const scenario::Session& s) {
    const protocol::MetadataImage* found = &s.cluster().committed();
    for (std::size_t i = 0; i < s.cluster().nodes().size(); ++i)
      if (const auto* b = s.cluster().role<broker::Broker>({static_cast<std::int32_t>(i)});
          b != nullptr && &b->image() == found)
        return true;
    return false;
  };
  REQUIRE(own(session));
  auto copy = std::make_unique<scenario::Session>(session);
  session.run_until(sim::Instant{6'000'000});  // each broker has acted since, and has its own copy
  CHECK(own(session));
  CHECK(own(*copy));
  copy.reset();
  CHECK(session.cluster().committed().last_offset() == most_applied(session.cluster()));
}
