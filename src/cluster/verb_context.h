// The interface for a verb that has a file of its own.
#pragma once
#include <functional>

#include "cluster/cluster.h"
#include "words/message.h"

namespace kafkascope::cluster {

struct VerbContext {
  Cluster& cluster;
  const Command& command;
  /// Calls the function for every node that the `node` field names, in id order. The function returns the reason
  /// why it did nothing to that node (which gets the argument "node"), or an empty message.
  std::function<void(const std::function<words::Message(sim::NodeId)>&)> each;
  /// Reports that nothing was done, for the given reason.
  std::function<void(words::Message)> fail;
  /// Sets one direction of the link; messages in flight keep their arrival times. A verb that needs more than this
  /// includes cluster/world.h.
  void set_link(sim::NodeId from, sim::NodeId to, const sim::LinkConfig& config) const;
};

}  // namespace kafkascope::cluster
