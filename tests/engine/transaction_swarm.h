// One seed of the transactions' swarm: transactional producers, some with a double that has the same transactional.id, transforms that read, write
// and commit in one transaction, and readers of both isolation levels; producers, coordinators, leaders and consumers die, stand still or are cut off.
// Then everything is mended, and no transaction may be open or half done.
#pragma once
#include "engine/swarm.h"

namespace kafkascope::transaction_swarm {

/// Kafka 4.1 with the older version of the protocol (transaction.version 0 or 1, by seed), with the newer one (2, KIP-890), and without KIP-890: 4.1 with
/// that fix switched off, or Kafka 2.5 over ZooKeeper, by seed.
enum class Kind : std::uint8_t { Older, Newer, Before };
std::string_view name(Kind kind);
swarm::Plan draw(std::uint64_t seed, Kind kind);

inline constexpr std::int64_t kSeconds = 45;  // of a run

struct Result {
  std::string broken;                       // empty when all held, but for what Kafka does as well:
  std::set<std::string> excused_by;         // the causes of that: docs/swarm-transactions.md
  std::map<std::string, int> acts;          // by verb: those that did something
  std::int64_t committed = 0, aborted = 0;  // transactions, by their coordinators
  std::int64_t records = 0;                 // that readers of committed records may see
  std::int64_t taken_over = 0, markers = 0;
  swarm::States states;
};
Result run(const swarm::Plan& plan);

/// Verbs that a swarm must have used.
const std::vector<std::string>& verbs();

}  // namespace kafkascope::transaction_swarm
