// What producers report about their requests, in two worlds at one moment: a comparison shows where they differ.
#pragma once
#include <utility>
#include <vector>

#include "cluster/cluster.h"
#include "observe/model/snapshot.h"

namespace kafkascope::observe {

/// Of each running producer: how long its batches have waited lately, and its requests for their answers.
std::vector<Metric> producer_metrics(const cluster::Cluster& cluster);

/// Those of both lists that differ so much that one sees it, up to `most`, the greatest difference first.
std::vector<std::pair<Metric, Metric>> metrics_apart(const std::vector<Metric>& a, const std::vector<Metric>& b,
                                                     std::size_t most = 4);

}  // namespace kafkascope::observe
