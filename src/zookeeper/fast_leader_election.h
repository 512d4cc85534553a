// Looking for a leader. ZooKeeper: FastLeaderElection.lookForLeader, WorkerReceiver. Every server votes for the newest
// history that it has heard of: by current epoch, last zxid, sid. A server with a quorum of equal votes waits 200 ms
// for a better one; then it leads or follows. Servers that already have a leader reply to a latecomer with their vote
// for that leader.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>

#include "zookeeper/server_options.h"

namespace kafkascope::zookeeper {

struct Vote {
  std::int32_t leader = 0;
  Zxid zxid;
  std::int32_t peer_epoch = 0;
  friend bool operator==(const Vote&, const Vote&) = default;
};

class FastLeaderElection {
 public:
  /// While Looking: the vote that the server sends to the others; afterwards: for its leader.
  const Vote& vote() const { return vote_; }
  /// The leader is established.
  void set_vote(const Vote& vote) { vote_ = vote; }
  /// The choice of each voter of this round, including the server's own.
  std::map<std::int32_t, std::int32_t> votes() const;

  /// A new round begins; the server first votes for itself.
  void begin(Ctx& ctx, const QuorumPeer& peer);
  /// Returns true if the server must join a quorum that follows a leader already.
  bool handle(Ctx& ctx, const QuorumPeer& peer, const protocol::ZkNotification& n);
  /// Does what is due. Returns true if the election is settled: the vote names the leader.
  bool poll(Ctx& ctx, const QuorumPeer& peer);
  sim::Instant next_poll() const { return std::min(settle_at_, notify_at_); }
  void on_disconnect(sim::ConnectionId connection);

 private:
  struct Ballot {
    Vote vote;
    std::int64_t round = 0;
    ZkServerState state = ZkServerState::Looking;
  };
  using Ballots = std::map<std::int32_t, Ballot>;  // by the voter's sid
  void adopt(Ctx& ctx, const QuorumPeer& peer, const Vote& vote);
  void send_notification(Ctx& ctx, const QuorumPeer& peer, std::int32_t to);
  void send_notifications(Ctx& ctx, const QuorumPeer& peer);
  void count_ballots(Ctx& ctx, const QuorumPeer& peer);
  bool follows_established(const QuorumPeer& peer, const Ballot& told);

  std::map<std::int32_t, sim::ConnectionId> links_;  // outgoing connections for notifications
  std::int64_t round_ = 0;                           // the logical clock
  Vote vote_;
  Ballots ballots_;  // the votes of this round, including this server's
  Ballots outside_;  // the votes of servers that have a leader
  sim::Instant notify_at_ = sim::kNever;
  sim::Duration notify_every_;
  sim::Instant settle_at_ = sim::kNever;  // a quorum agrees; until this time the server waits for a better vote
};

}  // namespace kafkascope::zookeeper
