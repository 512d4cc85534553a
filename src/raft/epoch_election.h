// A voter's election: how long it waits before it stands for election, and the votes (or pre-votes) of the current
// round. Kafka: EpochElection, the election timers of UnattachedState, ProspectiveState, CandidateState and
// ResignedState.
#pragma once
#include <cstdint>

#include "raft/quorum_options.h"
#include "sim/random.h"

namespace kafkascope::raft {

class EpochElection {
 public:
  explicit EpochElection(const QuorumOptions& options);

  // The wait. When it ends, a node without a leader stands for election, and a round without a majority is over.
  void wait(sim::Instant now, sim::Random& random);
  void wait_no_longer() { deadline_ = sim::kNever; }
  sim::Instant deadline() const { return deadline_; }  // kNever: the state has no such timer
  bool overdue(sim::Instant now) const { return now >= deadline_; }

  // The round.
  /// Begins with this node's own vote.
  void begin_round();
  void count(BrokerId voter, bool granted_it) { (granted_it ? granted_ : rejected_).push_back(voter); }
  bool answered_by(BrokerId voter) const { return granted_.contains(voter) || rejected_.contains(voter); }
  bool has_majority() const { return is_majority(granted_.size(), voters_); }
  /// Whether a majority is no longer possible, because too many voters have rejected.
  bool lost() const { return !is_majority(static_cast<int>(voters_) - rejected_.size(), voters_); }
  /// The voters that granted or rejected, including this node, while it is Prospective or Candidate.
  const protocol::IdList& granted() const { return granted_; }
  const protocol::IdList& rejected() const { return rejected_; }

  /// A candidate with a majority leads as soon as its election is on disk.
  bool won() const { return won_; }
  void set_won() { won_ = true; }
  /// Called at a change of state: the node is then neither about to lead nor backing off.
  void leave_state() { won_ = backing_off_ = false; }

  // Before KIP-996: a candidate that lost stands for election again after a random backoff whose bound grows with each
  // loss (binaryExponentialElectionBackoffMs).
  void back_off(sim::Instant now, sim::Random& random);
  bool backing_off() const { return backing_off_; }
  void forget_losses() { losses_ = 0; }

 private:
  BrokerId id_;
  std::size_t voters_;
  std::int64_t timeout_ms_, backoff_max_ms_;

  sim::Instant deadline_ = sim::kNever;
  protocol::IdList granted_, rejected_;
  bool won_ = false;
  int losses_ = 0;  // elections lost since the node first stood for election
  bool backing_off_ = false;
};

}  // namespace kafkascope::raft
