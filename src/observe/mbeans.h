// Kafka's metrics of brokers, controllers, producers, consumers and share consumers under Kafka's names (docs/metrics.md): what a node that runs would report now, from its own
// state and counters. A dead one reports nothing. Kafka: the "Monitoring" page, and the classes that register each one.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/cluster.h"

namespace kafkascope::observe {

struct MBeanKind {
  /// <request>, <error>, <topic>, <partition>, <group> and <client> stand for any. '#': an attribute other than the value of a gauge and the Count of a meter.
  std::string_view name;
  std::string_view en, ko;  // in plain words
  bool counts = false;      // since the process began; else it is as of now
};

/// Every kind, in the order of docs/metrics.md.
std::vector<const MBeanKind*> mbean_kinds();
/// Of a full name or a kind's; nullptr: no such metric.
const MBeanKind* find_mbean_kind(std::string_view name);

using MBeanVisitor = std::function<void(std::string_view name, const MBeanKind& kind, double value)>;
/// `only`: nothing but the one of that name; "" = all.
void for_each_mbean(const cluster::Cluster& cluster, sim::NodeId node, std::string_view only,
                    const MBeanVisitor& visit);
/// Without those of single partitions.
void for_each_mbean_of_node(const cluster::Cluster& cluster, sim::NodeId node, const MBeanVisitor& visit);

}  // namespace kafkascope::observe
