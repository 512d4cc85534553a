// One seed of the share groups' swarm (KIP-932): members of one group join, leave, crash, freeze, fail their records; brokers, and with
// them leaders and both coordinators, come and go; a topic gets more partitions. Then everything is mended, and the group must have
// processed every record.
#pragma once
#include "engine/swarm.h"

namespace kafkascope::share_swarm {

swarm::Plan draw(std::uint64_t seed);

struct Result {
  std::string broken;               // empty if everything held
  std::map<std::string, int> acts;  // by verb: acts that had an effect
  std::int64_t acquired = 0, redelivered = 0, archived = 0, expired = 0, released = 0, new_leaders = 0, evictions = 0;
  swarm::States states;
};
Result run(const swarm::Plan& plan);

/// The verbs that a swarm must have used.
const std::vector<std::string>& verbs();

}  // namespace kafkascope::share_swarm
