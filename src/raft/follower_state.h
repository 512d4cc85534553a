// What a replica keeps while it follows a leader, and how it fetches: from the leader or, when that fails or no leader
// is known, from any voter. Kafka: FollowerState, KafkaRaftClient.maybeSendFetchToBestNode, handleFetchResponse,
// handleFetchSnapshotResponse.
#pragma once
#include <optional>
#include <utility>

#include "protocol/messages_quorum.h"
#include "raft/quorum_replica.h"

namespace kafkascope::raft {

class FollowerState {
 public:
  /// Has no deadline: the replica does not follow a leader.
  FollowerState() = default;
  explicit FollowerState(sim::Instant deadline) : deadline_(deadline) {}
  static FollowerState formed() { return FollowerState(sim::kNever, true); }

  /// When the replica gives up the leader; kNever while it follows none.
  sim::Instant deadline() const { return deadline_; }
  bool overdue(sim::Instant now) const { return now >= deadline_; }
  void set_deadline(sim::Instant deadline) { deadline_ = deadline; }
  /// KIP-996: a follower may grant a pre-vote until it has fetched from the leader.
  bool has_fetched_from_leader() const { return has_fetched_; }

  // Both return when to try again.
  sim::Instant fetch_from_leader(Ctx& ctx, QuorumReplica& replica) const;
  /// Fetches from one of the voters, starting with a random one; every response names the leader. At most one fetch is
  /// in flight.
  sim::Instant fetch_from_anyone(Ctx& ctx, QuorumReplica& replica) const;

  /// The leader has answered a fetch without an error.
  void on_fetch(Ctx& ctx, QuorumReplica& replica, const protocol::QuorumFetchResponse& response);
  /// Returns false if the leader has deleted the snapshot: the next fetch will name another one.
  bool on_snapshot(Ctx& ctx, QuorumReplica& replica, const protocol::FetchSnapshotResponse& response);

 private:
  FollowerState(sim::Instant deadline, bool has_fetched) : deadline_(deadline), has_fetched_(has_fetched) {}
  sim::Instant send_fetch(Ctx& ctx, QuorumReplica& replica, QuorumPeers::Peer& peer) const;
  void fetched(Ctx& ctx, const QuorumReplica& replica);

  sim::Instant deadline_ = sim::kNever;
  bool has_fetched_ = false;
  std::optional<std::pair<Offset, LeaderEpoch>> wanted_snapshot_;  // a snapshot to fetch, because the leader's log no
                                                                   // longer has the records
};

}  // namespace kafkascope::raft
