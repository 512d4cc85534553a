// Texts about members of a group, used by several panels.
#pragma once
#include "observe/model/snapshot.h"
#include "ui/strings.h"

namespace kafkascope::ui {

/// The text for a member without a partition in a stable group. The cooperative assignor assigns a partition only in the round after its
/// owner has revoked it (AbstractStickyAssignor, CooperativeStickyAssignor.adjustAssignment): if there are enough for all, such a member is
/// not a spare.
inline words::Key no_partition_word(const observe::Group& group) {
  const bool comes = group.assignor == "cooperative-sticky" && group.partitions.size() >= group.members.size();
  return comes ? "ui.no_partition_yet"_w : "ui.no_partition_for_it"_w;
}

}  // namespace kafkascope::ui
