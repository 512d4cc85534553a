// Whether somebody can say what becomes of each transaction now.
#pragma once
#include <optional>

#include "cluster/cluster.h"

namespace kafkascope::observe {

/// The first partition of __transaction_state without a coordinator: its leader is down, or has not read its log yet. Nothing: each has one.
std::optional<protocol::TopicPartition> without_transaction_coordinator(const cluster::Cluster& c);

}  // namespace kafkascope::observe
