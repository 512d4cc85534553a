// One seed of the groups' swarm: members of one group join, leave, crash, freeze, are slow, change their subscriptions; brokers, and with
// them coordinators, come and go; a topic gets more partitions. Then everything is mended, and the group's members must own all
// partitions.
#pragma once
#include "engine/swarm.h"

namespace kafkascope::group_swarm {

/// Classic with eager assignors, classic with cooperative ones (or in the middle of the migration to them), group.protocol=consumer,
/// and both protocols in one group, as during a rolling migration.
enum class Kind : std::uint8_t { Eager, Cooperative, Consumer, Mixed };
std::string_view name(Kind kind);
swarm::Plan draw(std::uint64_t seed, Kind kind);

struct Result {
  std::string broken;               // empty if everything held, except for failures that Kafka also shows
  std::string kafkas_own;           // the failure that Kafka also shows
  std::map<std::string, int> acts;  // by verb: acts that had an effect
  std::int64_t rebalances = 0, evictions = 0, revoked = 0, lost = 0;
  std::map<std::string, int> came;  // what happened to the group, by entry of causes()
  swarm::States states;
};
Result run(const swarm::Plan& plan);

/// The verbs that a swarm must have used, and the effects that must have occurred.
const std::vector<std::string>& verbs();
const std::vector<std::string>& causes();

}  // namespace kafkascope::group_swarm
