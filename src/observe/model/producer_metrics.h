// What producers report about their requests, in two worlds at one moment: a comparison shows where they differ.
#pragma once
#include <utility>
#include <vector>

#include "cluster/cluster.h"
#include "observe/model/snapshot.h"

namespace kafkascope::observe {

/// For each running producer: how long its batches have waited lately, and how long its requests have waited for
/// answers.
std::vector<Metric> producer_metrics(const cluster::Cluster& cluster);

/// The metrics of both lists that differ visibly: at most `most`, the greatest difference first.
std::vector<std::pair<Metric, Metric>> metrics_apart(const std::vector<Metric>& a, const std::vector<Metric>& b,
                                                     std::size_t most = 4);

}  // namespace kafkascope::observe
