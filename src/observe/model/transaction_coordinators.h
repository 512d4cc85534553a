// The transactions that the coordinators hold now.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "cluster/cluster.h"
#include "coordinator/transaction_metadata.h"

namespace kafkascope::observe {

struct CoordinatedTransaction {
  const broker::Broker* coordinator = nullptr;
  const coordinator::TransactionMetadata* transaction = nullptr;
};
/// By transactional id. A broker that does not know yet that it has lost the partition still has its transactions; the
/// committed leader's come first. Valid until the next event.
std::map<std::string, CoordinatedTransaction> coordinated_transactions(const cluster::Cluster& c);

/// The first partition of __transaction_state without a coordinator: its leader is down, or has not read its log yet.
/// nullopt: each has one.
std::optional<protocol::TopicPartition> without_transaction_coordinator(const cluster::Cluster& c);
/// The partition of __transaction_state that has the id, if it is without a coordinator.
std::optional<protocol::TopicPartition> without_transaction_coordinator(const cluster::Cluster& c,
                                                                        const std::string& transactional_id);

}  // namespace kafkascope::observe
