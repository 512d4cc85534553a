// Looking for a leader. ZooKeeper: FastLeaderElection.lookForLeader, WorkerReceiver. Every server votes for the newest
// history that it has heard of: by current epoch, last zxid, sid. A server with a quorum of equal votes waits 200 ms
// for a better one; then it leads or follows. Servers that already have a leader reply to a latecomer with their vote
// for that leader.
#include <algorithm>
#include <tuple>

#include "protocol/facts_of_zookeeper.h"
#include "sim/mutant.h"
#include "zookeeper/kinds.h"
#include "zookeeper/server.h"

namespace kafkascope::zookeeper {

using protocol::ZkNotification;
using sim::kNever;

namespace {

/// FastLeaderElection.totalOrderPredicate.
bool better(const Server::Vote& a, const Server::Vote& b) {
  if (sim::mutant("zk-votes-for-any-history")) return a.leader > b.leader;
  return std::tie(a.peer_epoch, a.zxid, a.leader) > std::tie(b.peer_epoch, b.zxid, b.leader);
}

}  // namespace

void Server::start_looking(Ctx& ctx, fact::ZkStateReason reason) {
  while (!clients_.empty()) drop_client(ctx, clients_.back().connection);
  for (const Learner& learner : learners_) ctx.close(learner.connection);
  learners_.clear();
  if (leader_connection_.valid()) ctx.close(leader_connection_);
  leader_connection_ = {};
  connect_at_ = kNever;
  serving_ = new_leader_received_ = own_history_on_disk_ = false;
  tracker_.reset(options_.tick_time_ms);
  prospects_.clear();
  touched_.clear();
  fast_forward();
  if (standalone()) return lead(ctx);
  set_state(ctx, ZkServerState::Looking, ServerPhase::Election, reason);
  flush_log(ctx);

  ++election_epoch_;
  ballots_.clear();
  outside_.clear();
  notify_every_ = kFirstNotification;
  adopt(ctx, {options_.sid, last_zxid(), current_epoch_});
}

void Server::adopt(Ctx& ctx, const Vote& vote) {
  vote_ = vote;
  ballots_[options_.sid] = {vote, election_epoch_, ZkServerState::Looking};
  settle_at_ = kNever;
  ctx.trace(fact::ZkVoted{vote.leader, election_epoch_, vote.zxid});
  send_notifications(ctx);
}

void Server::send_notifications(Ctx& ctx) {
  for (const ServerAddress& server : options_.servers)
    if (server.sid != options_.sid) send_notification(ctx, server.sid);
  notify_at_ = ctx.now() + notify_every_;
}

void Server::send_notification(Ctx& ctx, std::int32_t to) {
  sim::ConnectionId& link = links_[to];
  if (!link.valid() || !ctx.is_open(link)) link = ctx.connect(endpoint(to));
  ctx.send(link, protocol::request(0, ZkNotification{vote_.leader, vote_.zxid, vote_.peer_epoch, election_epoch_,
                                                     state_, options_.sid}));
}

void Server::handle_notification(Ctx& ctx, const ZkNotification& n) {
  const Ballot told{{n.leader, n.zxid, n.peer_epoch}, n.election_epoch, n.state};
  if (state_ != ZkServerState::Looking) {
    if (n.state == ZkServerState::Looking) send_notification(ctx, n.sid);
    return;
  }
  if (n.state != ZkServerState::Looking) {
    if (n.election_epoch == election_epoch_) ballots_[n.sid] = told;
    outside_[n.sid] = told;
    if (!follow_established(ctx, told)) count_ballots(ctx);
    return;
  }
  if (n.election_epoch < election_epoch_) return send_notification(ctx, n.sid);
  if (n.election_epoch > election_epoch_) {
    election_epoch_ = n.election_epoch;
    ballots_.clear();
    const Vote own{options_.sid, last_zxid(), current_epoch_};
    adopt(ctx, better(told.vote, own) ? told.vote : own);
  } else if (better(told.vote, vote_)) {
    adopt(ctx, told.vote);
  }
  ballots_[n.sid] = told;
  count_ballots(ctx);
}

/// A quorum agrees with this server's vote: the election is settled unless a better vote arrives within finalizeWait.
void Server::count_ballots(Ctx& ctx) {
  const auto agree =
      std::count_if(ballots_.begin(), ballots_.end(), [&](const auto& b) { return b.second.vote == vote_; });
  if (!quorum(static_cast<std::size_t>(agree))) settle_at_ = kNever;
  else if (settle_at_ == kNever) settle_at_ = ctx.now() + kFinalizeWait;
}

/// A quorum of servers that have left the election names the same leader, and that leader confirms it (checkLeader).
bool Server::follow_established(Ctx& ctx, const Ballot& told) {
  const auto agree = std::count_if(outside_.begin(), outside_.end(), [&](const auto& b) {
    return b.second.vote.leader == told.vote.leader && b.second.vote.peer_epoch == told.vote.peer_epoch;
  });
  if (!quorum(static_cast<std::size_t>(agree)) || told.vote.leader == options_.sid) return false;
  const auto leader = outside_.find(told.vote.leader);
  if (leader == outside_.end() || leader->second.state != ZkServerState::Leading) return false;
  election_epoch_ = told.election_epoch;
  vote_ = told.vote;
  follow(ctx);
  return true;
}

void Server::lead_or_follow(Ctx& ctx) {
  settle_at_ = kNever;
  if (vote_.leader == options_.sid) lead(ctx);
  else follow(ctx);
}

void Server::poll_election(Ctx& ctx) {
  if (ctx.now() >= settle_at_) return lead_or_follow(ctx);
  if (ctx.now() >= notify_at_) {
    notify_every_ = std::min(notify_every_ * 2, kLongestNotification);
    send_notifications(ctx);
  }
  wake_at(settle_at_);
  wake_at(notify_at_);
}

}  // namespace kafkascope::zookeeper
