// The reconciliation of one member (KIP-848). Kafka: CurrentAssignmentBuilder.
//
// STABLE --newer target--> UNREVOKED_PARTITIONS if the member owns partitions that it must revoke; it keeps its epoch.
// --the member reports the revocation--> the target's epoch: STABLE, or UNRELEASED_PARTITIONS while other members still
// own some of its target;
// --the other members release them--> STABLE.
#pragma once
#include <functional>
#include <optional>

#include "coordinator/consumer_group.h"

namespace kafkascope::coordinator {

/// Takes one step from a member's current assignment towards its target; returns the member unchanged if no step is
/// possible. `owned`: the partitions that the member reports to own; nullopt if it does not report any. `taken`:
/// whether a member owns the partition or is still revoking it.
ConsumerGroupMember reconcile(const ConsumerGroupMember& member, std::int32_t target_epoch, const Partitions& target,
                              const std::optional<Partitions>& owned,
                              const std::function<bool(protocol::TopicPartition)>& taken);

}  // namespace kafkascope::coordinator
