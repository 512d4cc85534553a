#include "zookeeper/fast_leader_election.h"

#include <algorithm>
#include <tuple>

#include "protocol/facts_of_zookeeper.h"
#include "sim/mutant.h"
#include "zookeeper/kinds.h"
#include "zookeeper/quorum_peer.h"

namespace kafkascope::zookeeper {

using protocol::ZkNotification;
using sim::kNever;

namespace {

/// FastLeaderElection.totalOrderPredicate.
bool better(const Vote& a, const Vote& b) {
  if (sim::mutant("zk-votes-for-any-history")) return a.leader > b.leader;
  return std::tie(a.peer_epoch, a.zxid, a.leader) > std::tie(b.peer_epoch, b.zxid, b.leader);
}

Vote for_itself(const QuorumPeer& peer) { return {peer.options.sid, peer.db.last_zxid(), peer.epochs.current}; }

}  // namespace

std::map<std::int32_t, std::int32_t> FastLeaderElection::votes() const {
  std::map<std::int32_t, std::int32_t> all;
  for (const auto& [sid, ballot] : ballots_) all[sid] = ballot.vote.leader;
  return all;
}

void FastLeaderElection::begin(Ctx& ctx, const QuorumPeer& peer) {
  ++round_;
  ballots_.clear();
  outside_.clear();
  notify_every_ = kFirstNotification;
  adopt(ctx, peer, for_itself(peer));
}

void FastLeaderElection::adopt(Ctx& ctx, const QuorumPeer& peer, const Vote& vote) {
  vote_ = vote;
  ballots_[peer.options.sid] = {vote, round_, ZkServerState::Looking};
  settle_at_ = kNever;
  ctx.trace(fact::ZkVoted{vote.leader, round_, vote.zxid});
  send_notifications(ctx, peer);
}

void FastLeaderElection::send_notifications(Ctx& ctx, const QuorumPeer& peer) {
  for (const ServerAddress& server : peer.options.servers)
    if (server.sid != peer.options.sid) send_notification(ctx, peer, server.sid);
  notify_at_ = ctx.now() + notify_every_;
}

void FastLeaderElection::send_notification(Ctx& ctx, const QuorumPeer& peer, std::int32_t to) {
  sim::ConnectionId& link = links_[to];
  if (!link.valid() || !ctx.is_open(link)) link = ctx.connect(peer.options.endpoint(to));
  ctx.send(link, protocol::request(0, ZkNotification{vote_.leader, vote_.zxid, vote_.peer_epoch, round_, peer.state,
                                                     peer.options.sid}));
}

bool FastLeaderElection::handle(Ctx& ctx, const QuorumPeer& peer, const ZkNotification& n) {
  const Ballot told{{n.leader, n.zxid, n.peer_epoch}, n.election_epoch, n.state};
  if (peer.state != ZkServerState::Looking) {
    if (n.state == ZkServerState::Looking) send_notification(ctx, peer, n.sid);
    return false;
  }
  if (n.state != ZkServerState::Looking) {
    if (n.election_epoch == round_) ballots_[n.sid] = told;
    outside_[n.sid] = told;
    if (follows_established(peer, told)) return true;
    count_ballots(ctx, peer);
    return false;
  }
  if (n.election_epoch < round_) {
    send_notification(ctx, peer, n.sid);
    return false;
  }
  if (n.election_epoch > round_) {
    round_ = n.election_epoch;
    ballots_.clear();
    const Vote own = for_itself(peer);
    adopt(ctx, peer, better(told.vote, own) ? told.vote : own);
  } else if (better(told.vote, vote_)) {
    adopt(ctx, peer, told.vote);
  }
  ballots_[n.sid] = told;
  count_ballots(ctx, peer);
  return false;
}

/// A quorum agrees with this server's vote: the election is settled unless a better vote arrives within finalizeWait.
void FastLeaderElection::count_ballots(Ctx& ctx, const QuorumPeer& peer) {
  const auto agree =
      std::count_if(ballots_.begin(), ballots_.end(), [&](const auto& b) { return b.second.vote == vote_; });
  if (!peer.options.is_quorum(static_cast<std::size_t>(agree))) settle_at_ = kNever;
  else if (settle_at_ == kNever) settle_at_ = ctx.now() + kFinalizeWait;
}

/// A quorum of servers that have left the election names the same leader, and that leader confirms it (checkLeader).
bool FastLeaderElection::follows_established(const QuorumPeer& peer, const Ballot& told) {
  const auto agree = std::count_if(outside_.begin(), outside_.end(), [&](const auto& b) {
    return b.second.vote.leader == told.vote.leader && b.second.vote.peer_epoch == told.vote.peer_epoch;
  });
  if (!peer.options.is_quorum(static_cast<std::size_t>(agree)) || told.vote.leader == peer.options.sid) return false;
  const auto leader = outside_.find(told.vote.leader);
  if (leader == outside_.end() || leader->second.state != ZkServerState::Leading) return false;
  round_ = told.round;
  vote_ = told.vote;
  return true;
}

bool FastLeaderElection::poll(Ctx& ctx, const QuorumPeer& peer) {
  if (ctx.now() >= settle_at_) {
    settle_at_ = kNever;
    return true;
  }
  if (ctx.now() >= notify_at_) {
    notify_every_ = std::min(notify_every_ * 2, kLongestNotification);
    send_notifications(ctx, peer);
  }
  return false;
}

void FastLeaderElection::on_disconnect(sim::ConnectionId connection) {
  for (auto& [sid, link] : links_)
    if (link == connection) link = {};
}

}  // namespace kafkascope::zookeeper
