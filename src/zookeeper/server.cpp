// Life cycle, dispatch, and the poll that every callback ends with. ZooKeeper:
// QuorumPeer.
#include "zookeeper/server.h"

#include <algorithm>
#include <utility>

#include "protocol/facts_of_zookeeper.h"
#include "zookeeper/kinds.h"

namespace kafkascope::zookeeper {

using sim::kNever;

void Server::preload(const DataTree& tree, std::int32_t leader) {
  peer_.db.preload(tree);
  peer_.epochs = peer_.db.saved_epochs();
  peer_.election.set_vote({leader, tree.zxid(), 1});
  peer_.state = leader == peer_.options.sid ? ZkServerState::Leading : ZkServerState::Following;
  peer_.phase = ServerPhase::Broadcast;
  peer_.serving = true;
  preloaded_ = true;
}

// ---- callbacks

void Server::on_start(Ctx& ctx) {
  ctx.set_state(sim::NodeState::Running);
  peer_.clients.start(first_session_id(peer_.options.sid, ctx.wall_clock_ms()));
  if (std::exchange(preloaded_, false)) {
    peer_.set_state(ctx, peer_.state, peer_.phase, fact::ZkStateReason::Formation);
    if (peer_.state == ZkServerState::Leading)
      peer_.leader.begin_broadcast(ctx, peer_, std::max(peer_.db.last_zxid(), Zxid::begin_of(1)).next());
    else peer_.follower.connect(ctx, peer_);
  } else {
    peer_.db.fast_forward();
    if (peer_.options.standalone()) peer_.leader.begin(ctx, peer_);
    else start_looking(ctx, fact::ZkStateReason::Started);
  }
  poll(ctx);
}

void Server::on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  using namespace protocol;
  const Body& body = message.body;
  if (const auto* request = protocol::get_if<ZkConnectRequest>(&body)) {
    peer_.clients.handle_connect(ctx, peer_, connection, *request);
  } else if (const auto* notification = protocol::get_if<ZkNotification>(&body)) {
    if (peer_.election.handle(ctx, peer_, *notification)) peer_.follower.begin(ctx, peer_);
  } else if (const auto* info = protocol::get_if<ZkFollowerInfo>(&body)) {
    if (peer_.state == ZkServerState::Leading) peer_.leader.handle_follower_info(ctx, peer_, connection, *info);
    else ctx.close(connection);  // this server's quorum port is not open
  } else if (connection == peer_.follower.connection()) {
    start_looking(ctx, peer_.follower.handle(ctx, peer_, message));
  } else if (peer_.leader.has_learner_on(connection)) {
    peer_.leader.handle(ctx, peer_, connection, message);
  } else if (peer_.clients.has_client_on(connection)) {
    peer_.clients.handle(ctx, peer_, connection, message);
  }
  poll(ctx);
}

void Server::on_timer(Ctx& ctx, std::uint16_t, std::uint64_t) {
  wake_set_ = kNever;
  poll(ctx);
}

void Server::on_disk(Ctx& ctx, std::uint16_t, std::uint64_t number) {
  const Database::Written written = peer_.db.on_disk(number);
  const bool leads = peer_.state == ZkServerState::Leading, follows = peer_.state == ZkServerState::Following;
  if (written.stay == peer_.stay) {  // the epochs, and earlier writes, are on disk
    if (leads) peer_.leader.epochs_saved(ctx, peer_);
    if (follows) peer_.follower.epochs_saved(ctx, peer_);
  }
  if (follows) peer_.follower.acknowledge(ctx, peer_, written.first);
  if (leads) peer_.leader.advance_commit(ctx, peer_);
  peer_.db.flush(ctx);
  poll(ctx);
}

void Server::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  peer_.election.on_disconnect(connection);
  peer_.leader.on_disconnect(connection);
  if (connection == peer_.follower.connection()) start_looking(ctx, peer_.follower.on_disconnect(ctx, peer_));
  if (peer_.clients.has_client_on(connection)) peer_.clients.drop(ctx, connection);
  poll(ctx);
}

void Server::on_death(sim::Death death, sim::Instant) {
  peer_.on_death(death);
  Server left;
  left.peer_ = std::move(peer_);
  *this = std::move(left);
}

// ---- states

void Server::start_looking(Ctx& ctx, std::optional<fact::ZkStateReason> reason) {
  if (!reason) return;
  peer_.clients.drop_all(ctx);
  peer_.leader.close(ctx);
  peer_.follower.close(ctx);
  peer_.leader = Leader();
  peer_.follower = Follower();
  peer_.serving = false;
  peer_.db.fast_forward();
  if (peer_.options.standalone()) return peer_.leader.begin(ctx, peer_);
  peer_.set_state(ctx, ZkServerState::Looking, ServerPhase::Election, *reason);
  peer_.db.flush(ctx);
  peer_.election.begin(ctx, peer_);
}

void Server::lead_or_follow(Ctx& ctx) {
  if (peer_.election.vote().leader == peer_.options.sid) peer_.leader.begin(ctx, peer_);
  else peer_.follower.begin(ctx, peer_);
}

// ---- what is due

void Server::poll(Ctx& ctx) {
  // An action may change the state; the new state may have other actions due.
  for (std::uint64_t before = 0; before != peer_.stay;) {
    before = peer_.stay;
    poll_state(ctx);
  }
  const sim::Instant next = next_poll();
  if (next == wake_set_) return;
  ctx.cancel(wake_);
  wake_set_ = next;
  if (next != kNever) wake_ = ctx.set_timer_at(std::max(next, ctx.now()), kServerTimer);
}

void Server::poll_state(Ctx& ctx) {
  switch (peer_.state) {
    case ZkServerState::Looking:
      if (peer_.election.poll(ctx, peer_)) lead_or_follow(ctx);
      return;
    case ZkServerState::Leading: return start_looking(ctx, peer_.leader.poll(ctx, peer_));
    case ZkServerState::Following: return start_looking(ctx, peer_.follower.poll(ctx, peer_));
  }
}

sim::Instant Server::next_poll() const {
  switch (peer_.state) {
    case ZkServerState::Looking: return peer_.election.next_poll();
    case ZkServerState::Leading: return peer_.leader.next_poll(peer_);
    case ZkServerState::Following: return peer_.follower.next_poll(peer_);
  }
  return kNever;
}

}  // namespace kafkascope::zookeeper
