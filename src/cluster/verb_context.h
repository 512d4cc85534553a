// What a verb with a file of its own has to work with.
#pragma once
#include <functional>
#include <string>

#include "cluster/cluster.h"

namespace kafkascope::cluster {

struct VerbContext {
  Cluster& cluster;
  const Command& command;
  /// Calls it for every node that `node` names, in id order. It returns "", or why nothing was done to that node.
  std::function<void(const std::function<std::string(sim::NodeId)>&)> each;
  /// Nothing is done, for that reason.
  std::function<void(std::string)> fail;
  /// One way; what is under way keeps its time. Whoever needs more of the world includes cluster/world.h.
  void set_link(sim::NodeId from, sim::NodeId to, const sim::LinkConfig& config) const;
};

}  // namespace kafkascope::cluster
