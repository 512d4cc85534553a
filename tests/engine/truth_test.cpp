// The actual state of the cluster, as opposed to the beliefs of its brokers.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "broker/broker.h"
#include "controller/kraft/controller_node.h"
#include "observe/model/cluster_metrics.h"
#include "observe/model/mbeans.h"
#include "observe/model/snapshot_builder.h"
#include "scenario/files.h"
#include "support/lessons.h"

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

// ---- one truth, many readers

namespace {

using nlohmann::json;
using observe::Snapshot;
using observe::Standing;

/// The numbers of one moment, counted by the test itself in the state document and compared with the other readers'.
class Readers {
 public:
  explicit Readers(scenario::Session& session) : session_(session), cluster_(session.cluster()) {}

  void compare(observe::MetricsBuilder& course) {
    state_ = observe::state_at(session_.moment(), "").value();
    world_ = observe::snapshot(session_.moment());
    CAPTURE(cluster_.now().us);
    compare_partitions();
    compare_nodes();
    compare_metrics(course);
    compare_readers();
    compare_broker_beans();
    compare_controller_beans();
  }
  /// By the state document, of users' partitions.
  const observe::Standings& counted() const { return counted_; }
  std::map<std::string, int> seen;  // how often each judgement was true

 private:
  /// By the state document.
  Standing standing(const json& p, int min_isr) const {
    return {!p["leader"].is_null(), static_cast<int>(p["replicas"].size() - p["adding"].size()),
            static_cast<int>(p["isr"].size()), min_isr};
  }

  void compare_partitions() {
    counted_ = {};
    standings_.clear();
    for (const observe::Partition& p : world_.partitions) {
      const Standing told = standing(state_["partitions"][p.name], p.min_insync_replicas), shown = p.standing();
      CAPTURE(p.name);
      CHECK(told.led == shown.led);
      CHECK(told.replicas == shown.replicas);
      CHECK(told.in_sync == shown.in_sync);
      counted_.offline += !told.led;
      counted_.under_replicated += told.led && told.in_sync < told.replicas;
      counted_.under_min_isr += told.led && told.in_sync < told.min_isr;
      counted_.at_min_isr += told.led && told.in_sync == told.min_isr;
      standings_[p.name] = told;
    }
    seen["offline"] += counted_.offline > 0;
    seen["under-replicated"] += counted_.under_replicated > 0;
    seen["under min ISR"] += counted_.under_min_isr > 0;
    seen["at min ISR"] += counted_.at_min_isr > 0;
  }

  void compare_nodes() {
    const json& active = state_["cluster"]["active_controller"];
    for (std::size_t i = 0; i < world_.nodes.size(); ++i) {
      const observe::Node& n = world_.nodes[i];
      const char* section = is_client(n.kind) ? "clients" : "nodes";
      if (n.name == cluster::kOperator || n.removed || !state_[section].contains(n.name)) continue;
      const json& told = state_[section][n.name];
      CAPTURE(n.name);
      CHECK(told["state"] == observe::name(n.state));
      if (n.kind == observe::NodeKind::Broker) CHECK(told["fenced"] == n.fenced);
      const bool hosts = n.kind == observe::NodeKind::Controller ||
                         (n.kind == observe::NodeKind::Broker && cluster_.under_zookeeper());
      CHECK(n.active_controller == (hosts && active == n.id));
      bool reports = false;
      observe::for_each_mbean_of_node(cluster_, {static_cast<std::int32_t>(i)},
                                      [&](std::string_view, const observe::MBeanKind&, double) { reports = true; });
      if (n.down()) CHECK_FALSE(reports);
      else if (n.kind == observe::NodeKind::Broker) CHECK(reports);
      seen["down"] += n.down();
      seen["fenced"] += n.kind == observe::NodeKind::Broker && n.fenced;
    }
  }

  void compare_metrics(observe::MetricsBuilder& course) {
    course.follow(session_.observation().trace(), cluster_);
    const auto metrics = course.metrics(world_, cluster_.now());
    const auto now = [&](std::string_view name) {
      const auto m = std::find_if(metrics.begin(), metrics.end(), [&](const observe::Metric& one) {
        return one.mbean.find(name) != std::string::npos;
      });
      REQUIRE(m != metrics.end());
      CHECK(m->history.back() == static_cast<float>(m->now));
      return static_cast<std::int64_t>(m->now);
    };
    CHECK(now("OfflinePartitionsCount") == counted_.offline);
    CHECK(now("UnderReplicatedPartitions") == counted_.under_replicated);
    CHECK(now("UnderMinIsrPartitionCount") == counted_.under_min_isr);
    fenced_ = now("FencedBrokerCount");
  }

  void compare_readers() {
    for (const observe::Group& g : world_.groups) {
      const json& told = state_["groups"][g.id];
      std::int64_t sum = 0;
      for (const observe::GroupPartition& gp : g.partitions) {
        const std::string& name = world_.partitions[static_cast<std::size_t>(gp.partition)].name;
        if (gp.committed < 0) continue;
        CHECK(told["offsets"][name] == gp.committed);
        if (told["lag"].contains(name)) CHECK(told["lag"][name] == gp.lag);
        sum += gp.lag;
        seen["lag"] += gp.lag > 0;
      }
      CHECK(std::max<std::int64_t>(g.lag, 0) == sum);
    }
    for (const observe::Client& c : world_.clients)
      for (const observe::AssignedPartition& a : c.assigned) {
        if (a.fetch_state.empty() || a.lag < 0) continue;
        const json& row = state_["clients"][world_.nodes[static_cast<std::size_t>(c.node)].name]["subscription"]
                                [world_.partitions[static_cast<std::size_t>(a.partition)].name];
        CHECK(row["lag"] == a.lag);
        CHECK(row["log_end_lag"] == a.log_end_lag);
        CHECK(row["stable_lag"] == (a.stable_lag < 0 ? json(nullptr) : json(a.stable_lag)));
        seen["held back"] += a.held_back() > 0;
      }
  }

  /// A leader that knows the committed state reports what the other readers say.
  void compare_broker_beans() {
    for (std::size_t i = 0; i < cluster_.nodes().size(); ++i) {
      const sim::NodeId node{static_cast<std::int32_t>(i)};
      const auto* b = cluster_.role<broker::Broker>(node);
      if (b == nullptr || !cluster_.alive(node)) continue;
      std::map<std::string, double> beans;
      observe::for_each_mbean(cluster_, node, "", [&](std::string_view name, const observe::MBeanKind&, double value) {
        beans.emplace(name, value);
      });
      for (const observe::Partition& p : world_.partitions) {
        const cluster::TopicPartition tp{cluster_.committed().topic_id(p.topic), p.index};
        const broker::Replica* r = b->replica(tp);
        const bool knows = r != nullptr && r->is_leader() && p.leader == b->id() &&
                           r->leader_epoch.value == p.leader_epoch && r->partition_epoch == p.partition_epoch &&
                           r->effective_min_isr() == p.min_insync_replicas;
        if (!knows) continue;
        CAPTURE(p.name);
        const Standing told = standings_.at(p.name);
        const auto of = [&](const std::string& name) {
          return beans.at("kafka.cluster:type=Partition,name=" + name + ",topic=" + p.topic +
                          ",partition=" + std::to_string(p.index));
        };
        CHECK(of("UnderReplicated") == (told.in_sync < told.replicas ? 1 : 0));
        CHECK(of("UnderMinIsr") == (told.in_sync < told.min_isr ? 1 : 0));
        CHECK(of("AtMinIsr") == (told.in_sync == told.min_isr ? 1 : 0));
        CHECK(of("ReplicasCount") == told.replicas);
        ++seen["beans of a leader"];
      }
    }
  }

  /// So does the active controller.
  void compare_controller_beans() {
    const sim::NodeId active = cluster_.active_controller();
    const auto* controller = cluster_.role<controller::ControllerNode>(active);
    if (controller == nullptr || controller->image().last_offset() != cluster_.committed().last_offset()) return;
    std::map<std::string, double> beans;
    observe::for_each_mbean(cluster_, active, "", [&](std::string_view name, const observe::MBeanKind&, double value) {
      beans.emplace(name, value);
    });
    const auto of = [&](const std::string& name) {
      return beans.at("kafka.controller:type=KafkaController,name=" + name);
    };
    int offline = 0, imbalanced = 0;
    for (const auto& [name, p] : state_["partitions"].items()) {
      offline += p["leader"].is_null();
      imbalanced += p["leader"] != p["replicas"][0];
    }
    CHECK(of("ActiveControllerCount") == 1);
    CHECK(of("OfflinePartitionsCount") == offline);
    CHECK(of("PreferredReplicaImbalanceCount") == imbalanced);
    CHECK(of("FencedBrokerCount") == static_cast<double>(fenced_));
    seen["imbalanced"] += imbalanced > 0;
    ++seen["beans of a controller"];
  }

  scenario::Session& session_;
  const cluster::Cluster& cluster_;
  json state_;
  Snapshot world_;
  observe::Standings counted_;
  std::map<std::string, Standing> standings_;
  std::int64_t fenced_ = 0;
};

}  // namespace

TEST_CASE(
    "at any moment the state document, the snapshot, the cluster's metrics and the MBeans agree about partitions, nodes and lag") {
  std::map<std::string, int> seen;
  for (const char* file : {"scenarios/replication/leader-failover.json", "scenarios/controller/zookeeper-vs-kraft.json",
                           "scenarios/operations/slow-disk.json", "scenarios/delivery/hanging-transaction.json",
                           "scenarios/delivery/read-committed.json", "tests/stories/metrics-of-disks-and-moves.json",
                           "tests/stories/metrics-of-replication.json", "tests/stories/metrics-of-elections.json",
                           "tests/stories/all-replicas-down.json", "tests/stories/zookeeper-zombie-controller.json"}) {
    CAPTURE(file);
    scenario::Session session(test::loaded(read_text(source_path(file))), true);
    Readers readers(session);
    observe::MetricsBuilder course;
    std::vector<std::pair<std::int64_t, observe::Standings>> past;
    const std::int64_t until = session.until().us;
    for (int i = 1; i <= 60; ++i) {
      session.run_until(sim::Instant{until * i / 60});
      readers.compare(course);
      past.emplace_back(session.now().us, readers.counted());
    }
    // What the dashboard's graphs show of the past is what was so then. Over ZooKeeper leaders write their ISRs themselves, and
    // the trace has them only once a controller has heard of them.
    if (session.cluster().under_zookeeper()) past.clear();
    for (const auto& entry : past) {
      const std::int64_t us = entry.first;
      const observe::Standings& then = entry.second;
      CAPTURE(us);
      const observe::Standings drawn = course.standings(us);
      CHECK(drawn.offline == then.offline);
      CHECK(drawn.under_replicated == then.under_replicated);
      CHECK(drawn.under_min_isr == then.under_min_isr);
    }
    for (const auto& [what, times] : readers.seen) seen[what] += times;
  }
  for (const char* what : {"offline", "under-replicated", "under min ISR", "at min ISR", "down", "fenced", "lag",
                           "held back", "imbalanced", "beans of a leader", "beans of a controller"}) {
    CAPTURE(what);
    CHECK(seen[what] > 0);
  }
}
