// The network as commands change it: cuts, and the configuration of links. Its functions are called between events.
#pragma once
#include <vector>

#include "sim/ids.h"
#include "sim/network.h"

namespace kafkascope::sim {

class Kernel;

/// Refers to the world that returned it. A cut applies to one direction.
class Network {
 public:
  explicit Network(Kernel& kernel) : kernel_(kernel) {}

  void cut(NodeId from, NodeId to);
  void heal(NodeId from, NodeId to);
  /// Cuts all links between the two groups; one_way: only those from the first group to the second.
  void partition(const std::vector<NodeId>& from, const std::vector<NodeId>& to, bool one_way = false);
  void heal(const std::vector<NodeId>& from, const std::vector<NodeId>& to, bool one_way = false);
  /// Cuts the node off from all nodes that exist at this moment.
  void isolate(NodeId n);
  void heal_node(NodeId n);
  void heal_all();
  /// Configures one direction of the link; packets in flight keep their arrival time.
  void set_link(NodeId from, NodeId to, const LinkConfig& config);

 private:
  Kernel& kernel_;
};

}  // namespace kafkascope::sim
