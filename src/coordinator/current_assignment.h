// The reconciliation of one member (KIP-848). Kafka: CurrentAssignmentBuilder.
//
// STABLE --a newer target--> UNREVOKED_PARTITIONS while it owns what it is to give up: it stays in its epoch;
// --given up, and said so--> the target's epoch: STABLE, or UNRELEASED_PARTITIONS while others still have some of its target;
// --freed--> STABLE.
#pragma once
#include <functional>
#include <optional>

#include "coordinator/consumer_group.h"

namespace kafkascope::coordinator {

/// One step from what a member has towards its target; the member as it was where nothing can be done.
/// `owned`: what it says it owns, nothing if it did not say. `taken`: does anybody have that partition now, or is about to give it up?
ConsumerGroupMember reconcile(const ConsumerGroupMember& member, std::int32_t target_epoch, const Partitions& target,
                              const std::optional<Partitions>& owned,
                              const std::function<bool(protocol::TopicPartition)>& taken);

}  // namespace kafkascope::coordinator
