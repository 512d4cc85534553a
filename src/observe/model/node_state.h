// The state of a node's process, as the state document, the snapshot and MBeans show it.
#pragma once
#include <cstdint>
#include <string_view>

#include "sim/ids.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

/// Fenced and isolated are separate flags, and a running node may be both. Killed: a client that has crashed.
enum class NodeState : std::uint8_t { Starting, Running, Paused, Crashed, PoweredOff, ShuttingDown, Stopped, Killed };

NodeState node_state(const cluster::Cluster& cluster, sim::NodeId node);
/// `state` of the state document: "powered_off".
std::string_view name(NodeState state);
/// The node runs no process, so it knows nothing, leads nothing and reports nothing.
constexpr bool is_down(NodeState s) {
  return s == NodeState::Crashed || s == NodeState::PoweredOff || s == NodeState::Stopped || s == NodeState::Killed;
}

}  // namespace kafkascope::observe
