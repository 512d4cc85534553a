// The reconciliation of one member (KIP-848). Kafka: CurrentAssignmentBuilder.
//
//   STABLE --newer target--> UNREVOKED_PARTITIONS, if the member must revoke partitions; it keeps its epoch
//   UNREVOKED_PARTITIONS --the member reports the revocation--> STABLE, with the epoch of the target; or
//       UNRELEASED_PARTITIONS, while other members still own partitions of its target
//   UNRELEASED_PARTITIONS --the other members release them--> STABLE
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
