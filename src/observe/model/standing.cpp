#include "observe/model/standing.h"

#include <algorithm>

#include "observe/model/snapshot.h"
#include "protocol/metadata_image.h"

namespace kafkascope::observe {

Standing standing_of(const protocol::PartitionRegistration& p, int min_isr) {
  return {p.leader != protocol::kNoBroker, p.replicas.size() - p.adding.size(), p.isr.size(), min_isr};
}

namespace {
/// Where the broker stands if brokers stand in the order of their ids, as they most often do; nullptr: nowhere.
const Node* likely_place(const std::vector<Node>& nodes, int broker) {
  const auto first = std::find_if(nodes.begin(), nodes.end(), [](const Node& n) { return n.kind == NodeKind::Broker; });
  if (first == nodes.end() || broker < first->id || broker - first->id >= nodes.end() - first) return nullptr;
  return &first[broker - first->id];
}
}  // namespace

Standing Snapshot::standing_now(int partition) const {
  if (partition < 0 || partition >= static_cast<int>(partitions.size())) return {};
  const Partition& p = partitions[static_cast<std::size_t>(partition)];
  Standing s = p.standing();
  const auto leads = [&](const Node& n) {
    return n.kind == NodeKind::Broker && n.id == p.leader && !n.removed && !n.down();
  };
  // A large cluster asks for each partition, so all nodes are searched only if need be.
  const Node* likely = likely_place(nodes, p.leader);
  s.led = s.led && ((likely != nullptr && leads(*likely)) || std::any_of(nodes.begin(), nodes.end(), leads));
  return s;
}

}  // namespace kafkascope::observe
