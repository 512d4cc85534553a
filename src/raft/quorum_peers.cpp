// Connections to the other voters, with one request in flight on each, and backoff after failures. Kafka:
// RequestManager (AWAITING_RESPONSE, BACKING_OFF, READY per node), NetworkClient (reconnect backoff, request timeout).
#include <algorithm>

#include "raft/quorum_kinds.h"
#include "raft/quorum_node.h"

namespace kafkascope::raft {

using sim::Instant;
using sim::milliseconds;

QuorumNode::Peer* QuorumNode::peer_of(BrokerId id) {
  const auto it = std::find_if(peers_.begin(), peers_.end(), [&](const Peer& p) { return p.voter.id == id; });
  return it == peers_.end() ? nullptr : &*it;
}

QuorumNode::Peer* QuorumNode::peer_on(sim::ConnectionId connection) {
  const auto it = std::find_if(peers_.begin(), peers_.end(), [&](const Peer& p) { return p.connection == connection; });
  return it == peers_.end() || !connection.valid() ? nullptr : &*it;
}

bool QuorumNode::anything_in_flight() const {
  return std::any_of(peers_.begin(), peers_.end(), [](const Peer& p) { return p.awaiting != 0; });
}

void QuorumNode::reset_peers() {
  for (Peer& peer : peers_) {
    peer.awaiting = 0;
    peer.backoff_until = {};
  }
}

Instant QuorumNode::try_send(Ctx& ctx, Peer& peer, protocol::Body body) {
  const Instant now = ctx.now();
  if (peer.backoff_until > now) return peer.backoff_until;
  if (peer.awaiting != 0) return peer.sent_at + milliseconds(options_.request_timeout_ms);
  if (!ctx.is_open(peer.connection)) {
    if (peer.reconnect_at > now) {  // in Kafka the network client refuses at once
      fail(ctx, peer);
      return peer.backoff_until;
    }
    peer.connection = ctx.connect(peer.voter.endpoint);
    peer.unanswered = 0;
  }
  if (peer.unanswered++ == 0) peer.quiet_since = now;
  peer.awaiting = next_correlation_++;
  peer.sent_at = now;
  post(ctx, peer.connection, protocol::request(peer.awaiting, std::move(body)));
  return now + milliseconds(options_.request_timeout_ms);
}

void QuorumNode::fail(Ctx& ctx, Peer& peer) {
  peer.awaiting = 0;
  peer.backoff_until = ctx.now() + milliseconds(options_.retry_backoff_ms);
}

/// Closes a connection on which a response has been missing for request.timeout.ms (NetworkClient); the requests on it
/// have failed.
void QuorumNode::expire_requests(Ctx& ctx) {
  const sim::Duration timeout = milliseconds(options_.request_timeout_ms);
  for (Peer& peer : peers_) {
    const bool overdue = (peer.unanswered > 0 && ctx.now() >= peer.quiet_since + timeout) ||
                         (peer.awaiting != 0 && ctx.now() >= peer.sent_at + timeout);
    if (!overdue) continue;
    ctx.close(peer.connection);
    peer.connection = {};
    peer.unanswered = 0;
    if (peer.awaiting != 0) fail(ctx, peer);
  }
}

bool QuorumNode::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  if (Peer* peer = peer_on(connection)) {
    peer->connection = {};
    peer->unanswered = 0;
    peer->reconnect_backoff_ms =
        std::clamp(peer->reconnect_backoff_ms * 2, kReconnectBackoffMs, kReconnectBackoffMaxMs);
    peer->reconnect_at = ctx.now() + milliseconds(peer->reconnect_backoff_ms);
    if (peer->awaiting != 0) fail(ctx, *peer);
    poll(ctx);
    return true;
  }
  std::erase_if(parked_, [&](const Parked& p) { return p.connection == connection; });
  return std::erase(inbound_, connection) > 0;
}

void QuorumNode::post(Ctx& ctx, sim::ConnectionId connection, Message message) {
  if (persisting_.empty()) ctx.send(connection, std::move(message));
  else outbox_.push_back({connection, std::move(message)});
}

}  // namespace kafkascope::raft
