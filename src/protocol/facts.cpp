#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::fact {

std::optional<BrokerId> broker_in(const sim::TraceLine& line) {
  std::optional<BrokerId> broker;
  using OfRegistrations = sim::FactList<BrokerRegistered, BrokerFenced, BrokerUnfenced, BrokerShutdownStarted,
                                        BrokerDirsOffline, BrokerUnregistered>;
  OfRegistrations::visit(line, [&](const auto& fact) { broker = fact.broker; });
  return broker;
}

bool tells_of_group(const sim::TraceLine& line, std::string_view group) {
  bool tells = false;
  using OfGroups = sim::FactList<GroupState, GroupRebalance, GroupMemberJoined, GroupMemberLeft, OffsetCommitted,
                                 GroupTarget, MemberEpoch>;
  OfGroups::visit(line, [&](const auto& fact) { tells = fact.group == group; });
  return tells;
}

}  // namespace kafkascope::fact
