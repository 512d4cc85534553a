// The side effects of settings in which two worlds differ, and the defaults of their versions.
#pragma once
#include <vector>

#include "cluster/cluster.h"
#include "observe/words/both.h"

namespace kafkascope::observe {

/// "acks-all: acks=1 also switches enable.idempotence off", for each client: first those of the second world, then
/// those of the first. Then the defaults in which the two versions of Kafka differ, of the clients that do not set them.
std::vector<Words> side_effects(const cluster::Cluster& here, const cluster::Cluster& there);

}  // namespace kafkascope::observe
