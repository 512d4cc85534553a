// What counts as a change of leader.
#pragma once
#include "protocol/facts_of_cluster.h"

namespace kafkascope::observe {

/// Whether the partition has got another leader, or has lost its leader: not a new epoch of the one that stays.
inline bool is_leader_change(const fact::LeaderElected& f) { return f.leader != f.previous; }

}  // namespace kafkascope::observe
