// What each of the client's assignors would give the members of a classic group.
#pragma once
#include <vector>

#include "cluster/cluster.h"
#include "coordinator/classic_group.h"
#include "observe/model/snapshot_parts.h"

namespace kafkascope::observe::snapshot_parts {

/// Computed by the assignors that the consumers themselves use, from the members' subscriptions and the partitions
/// that the coordinator has for them. Empty for a group without members, or one that is too large to be drawn.
std::vector<AssignorPreview> assignor_previews(const cluster::Cluster& c, const Names& names,
                                               const coordinator::ClassicGroup& group);

}  // namespace kafkascope::observe::snapshot_parts
