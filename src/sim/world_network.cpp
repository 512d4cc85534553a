#include "sim/world_network.h"

#include "sim/kernel.h"

namespace kafkascope::sim {
namespace {

template <class F>
void for_pairs(const std::vector<NodeId>& from, const std::vector<NodeId>& to, bool one_way, F&& f) {
  for (NodeId a : from) {
    for (NodeId b : to) {
      if (a == b) continue;
      f(a, b);
      if (!one_way) f(b, a);
    }
  }
}

}  // namespace

void Network::cut(NodeId from, NodeId to) { kernel_.cut(from, to); }
void Network::heal(NodeId from, NodeId to) { kernel_.heal(from, to); }
void Network::partition(const std::vector<NodeId>& from, const std::vector<NodeId>& to, bool one_way) {
  for_pairs(from, to, one_way, [&](NodeId a, NodeId b) { cut(a, b); });
}
void Network::heal(const std::vector<NodeId>& from, const std::vector<NodeId>& to, bool one_way) {
  for_pairs(from, to, one_way, [&](NodeId a, NodeId b) { heal(a, b); });
}
void Network::isolate(NodeId n) {
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(kernel_.node_count()); ++i) partition({n}, {{i}});
}
void Network::heal_node(NodeId n) { kernel_.heal_node(n); }
void Network::heal_all() { kernel_.heal_all(); }
void Network::set_link(NodeId from, NodeId to, const LinkConfig& config) { kernel_.set_link(from, to, config); }

}  // namespace kafkascope::sim
