// What a setting changes besides itself, where two worlds differ in it.
#pragma once
#include <vector>

#include "cluster/cluster.h"
#include "observe/words/both.h"

namespace kafkascope::observe {

/// "acks-all: acks=1 also switches enable.idempotence off": of the second world, for each client; then of the first.
std::vector<Words> side_effects(const cluster::Cluster& here, const cluster::Cluster& there);

}  // namespace kafkascope::observe
