// Texts about members of a group, used by several panels.
#pragma once
#include "observe/model/snapshot.h"
#include "ui/strings.h"

namespace kafkascope::ui {

/// The text for a member without a partition in a stable group. The cooperative assignor assigns a partition only in
/// the round after its owner has revoked it (AbstractStickyAssignor, CooperativeStickyAssignor.adjustAssignment): if
/// there are enough partitions for all members, such a member gets one in the next round.
inline words::Key no_partition_word(const observe::Group& group) {
  const bool comes = group.assignor == "cooperative-sticky" && group.partitions.size() >= group.members.size();
  return comes ? "ui.no_partition_yet"_w : "ui.no_partition_for_it"_w;
}

/// A group's lag counts from the committed offset, as LAG of kafka-consumer-groups does; a consumer's records to read
/// count from its position. A share group has no commits: its lag counts from its start offset.
inline words::Key lag_word(const observe::Group& group) {
  return group.protocol == "share" ? "ui.lag"_w : "ui.lag_of_commit"_w;
}

}  // namespace kafkascope::ui
