// The interface for a verb that has a file of its own.
#pragma once
#include <functional>
#include <string>

#include "cluster/cluster.h"

namespace kafkascope::cluster {

struct VerbContext {
  Cluster& cluster;
  const Command& command;
  /// Calls the function for every node that the `node` field names, in id order. The function returns "" or the reason
  /// why it did nothing to that node.
  std::function<void(const std::function<std::string(sim::NodeId)>&)> each;
  /// Reports that nothing was done, for the given reason.
  std::function<void(std::string)> fail;
  /// Sets one direction of the link; messages in flight keep their arrival times. A verb that needs more than this
  /// includes cluster/world.h.
  void set_link(sim::NodeId from, sim::NodeId to, const sim::LinkConfig& config) const;
};

}  // namespace kafkascope::cluster
