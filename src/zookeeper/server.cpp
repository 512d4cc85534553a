// Life cycle, dispatch, and the poll that every callback ends with. ZooKeeper: QuorumPeer.
#include "zookeeper/server.h"

#include <algorithm>
#include <utility>

#include "protocol/facts_of_zookeeper.h"
#include "zookeeper/kinds.h"

namespace kafkascope::zookeeper {

using sim::kNever;

Server::Server(ServerOptions options) : options_(std::move(options)) {}

void Server::preload(const DataTree& tree, std::int32_t leader) {
  snapshot_ = tree_ = tree;
  saved_accepted_epoch_ = saved_current_epoch_ = accepted_epoch_ = current_epoch_ = 1;
  vote_ = {leader, tree.zxid(), 1};
  state_ = leader == options_.sid ? ZkServerState::Leading : ZkServerState::Following;
  phase_ = ServerPhase::Broadcast;
  serving_ = true;
  preloaded_ = true;
}

void Server::on_start(Ctx& ctx) {
  ctx.set_state(sim::NodeState::Running);
  next_session_ = first_session_id(options_.sid, ctx.wall_clock_ms());
  election_epoch_ = 0;
  if (std::exchange(preloaded_, false)) {
    ++stay_;
    ctx.trace(fact::ZkServerStateChanged{
        .state = state_, .epoch = current_epoch_, .leader = vote_.leader, .reason = fact::ZkStateReason::Formation});
    if (state_ == ZkServerState::Leading) begin_broadcast(ctx, std::max(last_zxid(), Zxid::begin_of(1)).next());
    else connect_to_leader(ctx);
  } else {
    fast_forward();
    if (standalone()) lead(ctx);
    else start_looking(ctx, fact::ZkStateReason::Started);
  }
  poll(ctx);
}

void Server::on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  using namespace protocol;
  const Body& body = message.body;
  if (const auto* request = protocol::get_if<ZkConnectRequest>(&body)) {
    handle_connect(ctx, connection, *request);
  } else if (const auto* notification = protocol::get_if<ZkNotification>(&body)) {
    handle_notification(ctx, *notification);
  } else if (const auto* info = protocol::get_if<ZkFollowerInfo>(&body)) {
    handle_follower_info(ctx, connection, *info);
  } else if (connection == leader_connection_) {
    handle_from_leader(ctx, message);
  } else if (learner_on(connection) != nullptr) {
    handle_from_learner(ctx, connection, message);
  } else if (ClientConnection* client = client_on(connection)) {
    handle_from_client(ctx, *client, message);
  }
  poll(ctx);
}

void Server::on_timer(Ctx& ctx, std::uint16_t, std::uint64_t) {
  wake_set_ = kNever;
  poll(ctx);
}

void Server::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  for (auto& [sid, link] : links_)
    if (link == connection) link = {};
  std::erase_if(learners_, [&](const Learner& l) { return l.connection == connection; });
  if (connection == leader_connection_) {
    leader_connection_ = {};
    // Learner.connectToLeader: the leader may not be listening yet.
    if (phase_ == ServerPhase::Discovery && attempts_ < kConnectAttempts) connect_at_ = ctx.now() + kConnectPause;
    else start_looking(ctx, fact::ZkStateReason::LostLeader);
  }
  if (client_on(connection) != nullptr) drop_client(ctx, connection);
  poll(ctx);
}

void Server::on_death(sim::Death death, sim::Instant) {
  Server left(options_);
  if (before_snap_)
    left.snapshot_ = before_snap_->snapshot, left.log_ = before_snap_->log, left.flushed_ = before_snap_->flushed;
  else left.snapshot_ = snapshot_, left.log_ = log_, left.flushed_ = flushed_;
  if (death == sim::Death::PowerOff) left.log_.truncate_to(left.flushed_);
  left.accepted_epoch_ = left.saved_accepted_epoch_ = saved_accepted_epoch_;
  left.current_epoch_ = left.saved_current_epoch_ = saved_current_epoch_;
  left.stay_ = stay_;
  left.fast_forward();
  *this = std::move(left);
}

void Server::set_state(Ctx& ctx, ZkServerState state, ServerPhase phase, fact::ZkStateReason reason) {
  ++stay_;
  state_ = state;
  phase_ = phase;
  ctx.trace(fact::ZkServerStateChanged{.state = state, .epoch = current_epoch_, .leader = leader(), .reason = reason});
}

void Server::poll(Ctx& ctx) {
  next_wake_ = kNever;
  // An action may change the state; the new state may have other actions due.
  for (std::uint64_t before = 0; before != stay_;) {
    before = stay_;
    next_wake_ = kNever;
    switch (state_) {
      case ZkServerState::Looking: poll_election(ctx); break;
      case ZkServerState::Leading: poll_leader(ctx); break;
      case ZkServerState::Following: poll_follower(ctx); break;
    }
  }
  if (next_wake_ == wake_set_) return;
  ctx.cancel(wake_);
  wake_set_ = next_wake_;
  if (next_wake_ != kNever) wake_ = ctx.set_timer_at(std::max(next_wake_, ctx.now()), kServerTimer);
}

sim::NodeId Server::endpoint(std::int32_t sid) const {
  for (const ServerAddress& server : options_.servers)
    if (server.sid == sid) return server.endpoint;
  return sim::kWorld;
}

std::map<std::int32_t, std::int32_t> Server::votes() const {
  std::map<std::int32_t, std::int32_t> all;
  for (const auto& [sid, ballot] : ballots_) all[sid] = ballot.vote.leader;
  return all;
}

std::vector<Server::SessionView> Server::connected_sessions() const {
  std::vector<SessionView> all;
  for (const ClientConnection& client : clients_)
    if (client.established) all.push_back({client.session, client.node});
  return all;
}

std::set<std::int32_t> Server::synced_followers() const {
  std::set<std::int32_t> all;
  for (const Learner& learner : learners_)
    if (learner.synced) all.insert(learner.sid);
  return all;
}

}  // namespace kafkascope::zookeeper
