// Words about members of a group that more than one panel says.
#pragma once
#include "observe/snapshot.h"
#include "ui/strings.h"

namespace kafkascope::ui {

/// Of a member without a partition in a stable group. The cooperative assignor gives a partition only in the round after its owner has
/// given it up (AbstractStickyAssignor, CooperativeStickyAssignor.adjustAssignment): where there are enough for all, such a member is no spare.
inline Str no_partition_word(const observe::Group& group) {
  const bool comes = group.assignor == "cooperative-sticky" && group.partitions.size() >= group.members.size();
  return comes ? Str::NoPartitionYet : Str::NoPartitionForIt;
}

}  // namespace kafkascope::ui
