// What a verb with a file of its own has to work with.
#pragma once
#include <functional>
#include <string>

#include "cluster/cluster.h"
#include "cluster/world.h"
#include "sim/fields.h"

namespace kafkascope::cluster {

struct VerbContext {
  Cluster& cluster;
  World& world;
  const Command& command;
  /// Calls it for every node that `node` names, in id order. It returns "", or why nothing was done to that node.
  std::function<void(const std::function<std::string(sim::NodeId)>&)> each;
  /// Nothing is done, for that reason.
  std::function<void(std::string)> fail;
};

}  // namespace kafkascope::cluster
