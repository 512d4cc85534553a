// Includes every kind of trace line, the kernel's first, for code that handles all of them; other code includes only
// the facts it needs.
#pragma once
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/facts_of_zookeeper.h"
#include "protocol/own_facts.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::fact {

using AllFacts = decltype(FactsOfKernel() + FactsOfQuorum() + FactsOfCluster() + FactsOfLogs() + FactsOfClients() +
                          FactsOfGroups() + FactsOfQueues() + FactsOfZookeeper() + FactsOfTransactions() + OwnFacts());

}  // namespace kafkascope::fact
