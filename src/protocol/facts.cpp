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

std::optional<std::string> group_in(const sim::TraceLine& line) {
  std::optional<std::string> group;
  using OfGroups = sim::FactList<GroupState, GroupRebalance, GroupMemberJoined, GroupMemberLeft, OffsetCommitted,
                                 GroupTarget, MemberEpoch>;
  OfGroups::visit(line, [&](const auto& fact) {
    if constexpr (requires { fact.group; }) group = fact.group.str();
    else if constexpr (requires { fact.why; }) group = fact.why.group();
    else if constexpr (requires { fact.by; }) group = fact.by.group();
    else group = fact.who.group();
  });
  return group;
}

}  // namespace kafkascope::fact
