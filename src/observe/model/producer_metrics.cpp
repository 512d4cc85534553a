#include "observe/model/producer_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "observe/model/mbeans.h"
#include "observe/words/both.h"

namespace kafkascope::observe {

namespace {

struct ComparedMetric {
  std::string_view mbean;  // the end of the MBean's name
  words::Key name;
};
constexpr std::array<ComparedMetric, 2> kCompared{
    {{"#record-queue-time-avg", "app.metric_batch_wait"_w}, {"#request-latency-avg", "app.metric_answer_wait"_w}}};

/// The greater value divided by the smaller one.
double ratio(const std::pair<Metric, Metric>& pair) {
  const double a = std::max(pair.first.now, 1.0), b = std::max(pair.second.now, 1.0);
  return std::max(a, b) / std::min(a, b);
}

}  // namespace

std::vector<Metric> producer_metrics(const cluster::Cluster& cluster) {
  std::vector<Metric> all;
  for (const cluster::NodeInfo& node : cluster.nodes()) {
    if (node.kind != cluster::NodeKind::Producer) continue;
    for_each_mbean_of_node(
        cluster, cluster.find(node.name), [&](std::string_view name, const MBeanKind& kind, double value) {
          const auto is = [&](const ComparedMetric& told) { return kind.name.ends_with(told.mbean); };
          const auto told = std::find_if(kCompared.begin(), kCompared.end(), is);
          if (std::isnan(value) || told == kCompared.end()) return;
          Metric m;
          const Words what = both(told->name);
          m.name = {node.name + ": " + what.en, node.name + ": " + what.ko};
          m.mbean = name;
          m.now = value;
          all.push_back(std::move(m));
        });
  }
  return all;
}

std::vector<std::pair<Metric, Metric>> metrics_apart(const std::vector<Metric>& a, const std::vector<Metric>& b,
                                                     std::size_t most) {
  constexpr double kSeen = 1.25;
  std::vector<std::pair<Metric, Metric>> apart;
  for (const Metric& m : a)
    for (const Metric& other : b)
      if (same_metric(m, other) && std::llround(m.now) != std::llround(other.now) && ratio({m, other}) >= kSeen)
        apart.emplace_back(m, other);
  std::stable_sort(apart.begin(), apart.end(), [](const auto& x, const auto& y) { return ratio(x) > ratio(y); });
  if (apart.size() > most) apart.resize(most);
  return apart;
}

}  // namespace kafkascope::observe
