#include "observe/model/standing.h"

#include <algorithm>

#include "observe/model/snapshot.h"
#include "protocol/metadata_image.h"

namespace kafkascope::observe {

Standing standing_of(const protocol::PartitionRegistration& p, int min_isr) {
  return {p.leader != protocol::kNoBroker, p.replicas.size() - p.adding.size(), p.isr.size(), min_isr};
}

Standing Snapshot::standing_now(int partition) const {
  if (partition < 0 || partition >= static_cast<int>(partitions.size())) return {};
  const Partition& p = partitions[static_cast<std::size_t>(partition)];
  Standing s = p.standing();
  s.led = s.led && std::any_of(nodes.begin(), nodes.end(), [&](const Node& n) {
            return n.kind == NodeKind::Broker && n.id == p.leader && !n.removed && !n.down();
          });
  return s;
}

}  // namespace kafkascope::observe
