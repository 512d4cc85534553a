#include "controller/zookeeper/admin_utils.h"

#include <algorithm>
#include <map>
#include <set>

namespace kafkascope::controller {

using protocol::BrokerId;
using protocol::IdList;

namespace {

/// The brokers ordered by alternating racks; within a rack they are ordered by id
/// (AdminUtils.getRackAlternatedBrokerList).
std::vector<BrokerId> rack_alternated(const std::vector<PlacementBroker>& brokers) {
  std::map<std::string, std::vector<BrokerId>> by_rack;
  for (const PlacementBroker& b : brokers) by_rack[b.rack].push_back(b.id);
  for (auto& [rack, ids] : by_rack) std::sort(ids.begin(), ids.end());
  std::vector<BrokerId> list;
  for (std::size_t round = 0; list.size() < brokers.size(); ++round)
    for (const auto& [rack, ids] : by_rack)
      if (round < ids.size()) list.push_back(ids[round]);
  return list;
}

}  // namespace

std::vector<IdList> assign_replicas(const std::vector<PlacementBroker>& brokers, std::int32_t partitions,
                                    std::int32_t replication_factor, std::int64_t start, std::int64_t shift,
                                    std::int32_t first_partition) {
  const std::vector<BrokerId> list = rack_alternated(brokers);
  std::map<BrokerId, std::string> rack_of;
  std::set<std::string> racks;
  for (const PlacementBroker& b : brokers) racks.insert(rack_of[b.id] = b.rack);
  const auto n = static_cast<std::int64_t>(list.size());
  std::vector<IdList> placed;
  for (std::int64_t p = first_partition; p < first_partition + partitions; ++p) {
    if (p > 0 && p % n == 0) ++shift;
    const std::int64_t first = (p + start) % n;
    IdList replicas{list[static_cast<std::size_t>(first)]};
    std::set<std::string> used{rack_of[replicas[0]]};
    for (std::int64_t k = 0; replicas.size() < replication_factor; ++k) {
      const std::int64_t at = (first + 1 + (shift * static_cast<std::int64_t>(racks.size()) + k) % (n - 1)) % n;
      const BrokerId id = list[static_cast<std::size_t>(at)];
      if (replicas.contains(id) || (used.contains(rack_of[id]) && used.size() < racks.size())) continue;
      replicas.push_back(id);
      used.insert(rack_of[id]);
    }
    placed.push_back(replicas);
  }
  return placed;
}

}  // namespace kafkascope::controller
