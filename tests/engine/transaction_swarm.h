// One seed of the transactions' swarm: transactional producers, some with a second process with the same transactional.id, transforms that read, write
// and commit in one transaction, and readers of both isolation levels; producers, coordinators, leaders and consumers die, are paused or are cut off.
// Then everything is mended, and no transaction may be open or partly visible.
#pragma once
#include "engine/open_transactions.h"
#include "engine/swarm.h"

namespace kafkascope::transaction_swarm {

/// Kafka 4.1 with the older version of the protocol (transaction.version 0 or 1, depending on the seed); with the newer one (2, KIP-890); and without
/// KIP-890: 4.1 with that fix switched off, or Kafka 2.5 over ZooKeeper, depending on the seed.
enum class Kind : std::uint8_t { Older, Newer, Before };
std::string_view name(Kind kind);
swarm::Plan draw(std::uint64_t seed, Kind kind);

inline constexpr std::int64_t kSeconds = 45;  // of a run

struct Result {
  std::string broken;                       // empty if everything held, except for failures that Kafka also shows
  std::set<std::string> excused_by;         // the causes of those failures: docs/swarm-transactions.md
  std::map<std::string, int> acts;          // by verb: acts that had an effect
  std::int64_t committed = 0, aborted = 0;  // transactions, according to their coordinators
  std::int64_t records = 0;                 // visible to read_committed readers
  std::int64_t taken_over = 0, markers = 0, later = 0;  // later: markers of requests that had to wait
  test::OpenTransactions::Tally open;                   // how long transactions were open after their time, and decided
  swarm::States states;
};
Result run(const swarm::Plan& plan);

/// The verbs that a swarm must have used.
const std::vector<std::string>& verbs();

}  // namespace kafkascope::transaction_swarm
