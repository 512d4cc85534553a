// What counts as the election of a leader.
#pragma once
#include "protocol/facts_of_cluster.h"

namespace kafkascope::observe {

/// Whether the partition has got another leader: not a new epoch of the one that stays, and not the loss of a leader.
inline bool is_new_leader(const fact::LeaderElected& f) { return f.leader >= 0 && f.leader != f.previous; }

}  // namespace kafkascope::observe
