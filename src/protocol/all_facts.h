// Every kind of trace line there is, the kernel's first. For what goes through all of them; who tells or reads one includes its part alone.
#pragma once
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_zookeeper.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::fact {

using AllFacts = decltype(FactsOfKernel() + FactsOfQuorum() + FactsOfCluster() + FactsOfLogs() + FactsOfClients() +
                          FactsOfGroups() + FactsOfQueues() + FactsOfZookeeper());

}  // namespace kafkascope::fact
