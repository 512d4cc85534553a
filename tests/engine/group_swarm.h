// One seed of the groups' swarm: members of one group join, leave, crash, freeze, are slow, change their subscriptions; brokers, and with
// them coordinators, come and go; a topic gets more partitions. Then everything is mended, and the group must share all of it.
#pragma once
#include "engine/swarm.h"

namespace kafkascope::group_swarm {

/// Classic with eager assignors, classic with cooperative ones (or in the middle of the change to them), group.protocol=consumer, and
/// both protocols in one group, which is what a rolling migration looks like.
enum class Kind : std::uint8_t { Eager, Cooperative, Consumer, Mixed };
std::string_view name(Kind kind);
swarm::Plan draw(std::uint64_t seed, Kind kind);

struct Result {
  std::string broken;               // empty when all held, but for what Kafka does as well:
  std::string kafkas_own;           // which that was
  std::map<std::string, int> acts;  // by verb: those that did something
  std::int64_t rebalances = 0, evictions = 0, revoked = 0, lost = 0;
  std::map<std::string, int> came;  // what happened to the group, by causes()
  swarm::States states;
};
Result run(const swarm::Plan& plan);

/// Verbs that a swarm must have used, and what must have come of them.
const std::vector<std::string>& verbs();
const std::vector<std::string>& causes();

}  // namespace kafkascope::group_swarm
