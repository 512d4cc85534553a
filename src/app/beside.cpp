#include "app/beside.h"

#include <algorithm>

#include "observe/model/mbeans.h"
#include "observe/model/producer_metrics.h"
#include "observe/model/snapshot_builder.h"
#include "ui/strings.h"

namespace kafkascope::app {

std::vector<observe::Metric> producers_of(const scenario::Session& run, const observe::MetricsBuilder& metrics) {
  std::vector<observe::Metric> all = metrics.sent(run.cluster(), run.now().us);
  for (observe::Metric& m : observe::producer_metrics(run.cluster())) all.push_back(std::move(m));
  return all;
}

Beside::Beside(const Run& of)
    : run_(of.id), acts_(of.timeline.commands().size()), scenario_(of.scenario), timeline_(of.timeline) {}

bool Beside::copies(const Run& run) const {
  return run_ == run.id && scenario_ == run.scenario && acts_ == run.timeline.commands().size();
}

bool Beside::follow(sim::Instant t, Deadline deadline) {
  searched_ = false;
  const bool there = timeline_.seek(t, [&] { return std::chrono::steady_clock::now() < deadline; });
  ended_ = there && now() < t;
  return there;
}

void Beside::look_for_divergence(const scenario::Session& shown) {
  constexpr std::size_t kAtOnce = 200'000;  // lines: a few ms
  const auto mode = [](const scenario::Session& session) { return session.cluster().spec().metadata; };
  if (mode(shown) != mode(timeline_.run())) search_.between_modes();
  const scenario::Session& own = timeline_.run();
  const sim::Instant end = std::min(shown.until(), own.until());
  // both are at the end of the shorter run; a run can go on after its end
  const bool ended = shown.now() == end && own.now() == end;
  searched_ =
      search_.look(shown.observation().trace(), observe::ClusterView(shown.cluster()), own.observation().trace(),
                   observe::ClusterView(own.cluster()), kAtOnce, ended ? end : sim::kNever);
}

observe::Snapshot Beside::picture(const observe::SnapshotOptions& options, sim::Instant before, bool of_node) {
  metrics_.follow(timeline_.run().observation().trace(), timeline_.run().cluster());
  observe::Snapshot picture = observe::snapshot(timeline_.run().moment(), options);
  picture.metrics = metrics_.metrics(picture, before);
  if (!of_node) return picture;
  // The selected node's own metrics, as in the shown world (node_metrics.h).
  const cluster::Cluster& cluster = timeline_.run().cluster();
  const sim::NodeId node = cluster.find(options.selected);
  std::vector<observe::Metric> own;
  observe::for_each_mbean_of_node(cluster, node,
                                  [&](std::string_view name, const observe::MBeanKind& kind, double value) {
                                    observe::Metric m;
                                    m.name = ui::both(kind.words);
                                    m.mbean = name;
                                    m.now = value;
                                    own.push_back(std::move(m));
                                  });
  picture.metrics = std::move(own);
  return picture;
}

}  // namespace kafkascope::app
