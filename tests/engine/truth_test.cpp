// What the cluster itself knows to be true, beside what its brokers believe.
#include <doctest/doctest.h>

#include "scenario/files.h"
#include "scenario/load.h"
#include "scenario/session.h"

using namespace kafkascope;

TEST_CASE("min.insync.replicas above the replication factor counts as the factor, before KIP-966 as it is") {
  const std::string text = replaced(good_text(), R"("replication_factor": 3)", R"("replication_factor": 3, "config": {"min.insync.replicas": 5})");
  const auto least = [](const std::string& file) {
    scenario::Session session(std::make_shared<scenario::Scenario>(*scenario::load(file).scenario));
    session.run_until(sim::Instant{1'000'000});
    const cluster::Cluster& cluster = session.cluster();
    return cluster.effective_min_isr({cluster.committed().topic_id("orders"), 0});
  };
  CHECK(least(text) == 3);
  CHECK(least(replaced(text, R"("controllers": 1)", R"("controllers": 1, "historical": ["KIP-966"])")) == 5);
}
