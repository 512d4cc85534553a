// Kafka's internal topics. Kafka: Topic.isInternal.
#pragma once
#include <string_view>

#include "coordinator/group_coordinator.h"
#include "coordinator/share_coordinator.h"
#include "coordinator/transaction_coordinator_shard.h"

namespace kafkascope::broker {

inline constexpr std::string_view kTransactionTopic = coordinator::kTransactionStateTopic;
inline bool is_internal(std::string_view topic) {
  return topic == coordinator::kOffsetsTopic || topic == kTransactionTopic || topic == coordinator::kShareStateTopic;
}

}  // namespace kafkascope::broker
