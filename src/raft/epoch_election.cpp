#include "raft/epoch_election.h"

#include <algorithm>

namespace kafkascope::raft {

using sim::milliseconds;

EpochElection::EpochElection(const QuorumOptions& options)
    : id_(options.id),
      voters_(options.voters.size()),
      timeout_ms_(options.election_timeout_ms),
      backoff_max_ms_(options.election_backoff_max_ms) {}

void EpochElection::wait(sim::Instant now, sim::Random& random) {
  deadline_ = now + milliseconds(random.between(timeout_ms_, 2 * timeout_ms_ - 1));
}

void EpochElection::begin_round() {
  granted_ = {id_};
  rejected_.clear();
}

void EpochElection::back_off(sim::Instant now, sim::Random& random) {
  const std::int64_t most = std::int64_t{2} << std::min(20, losses_++);
  const std::int64_t wait_ms = 100 * static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most)));
  deadline_ = now + milliseconds(std::min(wait_ms, backoff_max_ms_));
  backing_off_ = true;
}

}  // namespace kafkascope::raft
