// Kafka's metrics of brokers, controllers, producers, consumers and share consumers under Kafka's names
// (docs/metrics.md): the values that a running node would report now, from its own state and counters. A dead node
// reports nothing. Kafka: the "Monitoring" page, and the classes that register each metric.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/cluster.h"
#include "words/key.h"

namespace kafkascope::observe {

struct MBeanKind {
  /// <request>, <error>, <topic>, <partition>, <group> and <client> are placeholders. '#': an attribute other than a gauge's Value and a
  /// meter's Count.
  std::string_view name;
  words::Key words;     // what it counts
  bool counts = false;  // counted since the process started; otherwise the present value
};

/// Every kind of metric, in the order of docs/metrics.md.
std::vector<const MBeanKind*> mbean_kinds();
/// Finds a kind by a metric's full name or by its own name; nullptr: there is no such metric.
const MBeanKind* find_mbean_kind(std::string_view name);

using MBeanVisitor = std::function<void(std::string_view name, const MBeanKind& kind, double value)>;
/// `only`: only the metric of that name; "" = all.
void for_each_mbean(const cluster::Cluster& cluster, sim::NodeId node, std::string_view only,
                    const MBeanVisitor& visit);
/// All metrics except those of single partitions.
void for_each_mbean_of_node(const cluster::Cluster& cluster, sim::NodeId node, const MBeanVisitor& visit);

}  // namespace kafkascope::observe
