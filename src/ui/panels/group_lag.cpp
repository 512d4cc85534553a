#include "ui/panels/group_lag.h"

#include <algorithm>

namespace kafkascope::ui {

using namespace observe;

namespace {

/// The partition as its reader in the group knows it; nullptr: no member reads it, or its reader has no position yet.
const AssignedPartition* read_by_member(const Snapshot& world, const Group& group, int partition) {
  for (const Client& client : world.clients) {
    const auto of = [&](const GroupMember& member) { return member.node == client.node; };
    if (std::none_of(group.members.begin(), group.members.end(), of)) continue;
    for (const AssignedPartition& a : client.assigned)
      if (a.partition == partition && a.position >= 0) return &a;
  }
  return nullptr;
}

}  // namespace

std::vector<LagPart> lag_parts(const Snapshot& world, const Group& group) {
  if (group.protocol == "share" || group.lag < 0) return {};
  LagPart to_read{"ui.lag_to_read"_w}, held{"ui.lag_held_back"_w}, uncommitted{"ui.lag_read_uncommitted"_w},
      unread{"ui.lag_without_reader"_w}, uncounted{"ui.lag_without_commit"_w};
  for (const GroupPartition& gp : group.partitions) {
    const AssignedPartition* reader = read_by_member(world, group, gp.partition);
    if (gp.lag < 0) {
      uncounted.records += reader == nullptr ? 0 : std::max<std::int64_t>(reader->lag, 0);
    } else if (reader == nullptr || reader->lag < 0) {
      unread.records += gp.lag;
    } else {
      // A consumer that has gone back reads again what its group has committed: that is no lag.
      const std::int64_t left = std::min(reader->lag, gp.lag), late = std::min(reader->held_back(), left);
      held.records += late;
      to_read.records += left - late;
      uncommitted.records += gp.lag - left;
    }
  }
  if (held.records + uncommitted.records + unread.records + uncounted.records == 0) return {};
  std::vector<LagPart> parts;
  for (const LagPart& part : {to_read, held, uncommitted, unread, uncounted})
    if (part.records > 0) parts.push_back(part);
  return parts;
}

}  // namespace kafkascope::ui
