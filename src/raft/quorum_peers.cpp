#include "raft/quorum_peers.h"

#include <algorithm>
#include <utility>

#include "raft/quorum_kinds.h"

namespace kafkascope::raft {

using sim::Instant;
using sim::milliseconds;

QuorumPeers::QuorumPeers(const QuorumOptions& options)
    : request_timeout_ms_(options.request_timeout_ms), retry_backoff_ms_(options.retry_backoff_ms) {
  for (const Voter& voter : options.voters) {
    if (voter.id != options.id) peers_.emplace_back().voter = voter;
  }
}

QuorumPeers::Peer* QuorumPeers::find(BrokerId id) {
  const auto it = std::find_if(peers_.begin(), peers_.end(), [&](const Peer& p) { return p.voter.id == id; });
  return it == peers_.end() ? nullptr : &*it;
}

bool QuorumPeers::contains(BrokerId id) const {
  return std::any_of(peers_.begin(), peers_.end(), [&](const Peer& p) { return p.voter.id == id; });
}

QuorumPeers::Peer* QuorumPeers::on(sim::ConnectionId connection) {
  const auto it = std::find_if(peers_.begin(), peers_.end(), [&](const Peer& p) { return p.connection == connection; });
  return it == peers_.end() || !connection.valid() ? nullptr : &*it;
}

bool QuorumPeers::anything_in_flight() const {
  return std::any_of(peers_.begin(), peers_.end(), [](const Peer& p) { return p.awaiting != 0; });
}

void QuorumPeers::reset() {
  for (Peer& peer : peers_) {
    peer.awaiting = 0;
    peer.backoff_until = {};
  }
}

Instant QuorumPeers::try_send(Ctx& ctx, QuorumStateFile& file, Peer& peer, protocol::Body body) {
  const Instant now = ctx.now();
  if (peer.backoff_until > now) return peer.backoff_until;
  if (peer.awaiting != 0) return peer.sent_at + milliseconds(request_timeout_ms_);
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
  file.post(ctx, peer.connection, protocol::request(peer.awaiting, std::move(body)));
  return now + milliseconds(request_timeout_ms_);
}

void QuorumPeers::fail(Ctx& ctx, Peer& peer) {
  peer.awaiting = 0;
  peer.backoff_until = ctx.now() + milliseconds(retry_backoff_ms_);
}

void QuorumPeers::expire_requests(Ctx& ctx) {
  const sim::Duration timeout = milliseconds(request_timeout_ms_);
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

Instant QuorumPeers::next_expiry() const {
  Instant next = sim::kNever;
  for (const Peer& peer : peers_) {
    if (peer.unanswered > 0) next = std::min(next, peer.quiet_since + milliseconds(request_timeout_ms_));
  }
  return next;
}

QuorumPeers::Peer* QuorumPeers::on_response(sim::ConnectionId connection, Instant now) {
  Peer* peer = on(connection);
  if (peer == nullptr) return nullptr;
  peer->quiet_since = now;
  peer->unanswered = std::max(0, peer->unanswered - 1);
  peer->reconnect_backoff_ms = 0;
  return peer;
}

bool QuorumPeers::on_disconnect(Ctx& ctx, sim::ConnectionId connection) {
  Peer* peer = on(connection);
  if (peer == nullptr) return false;
  peer->connection = {};
  peer->unanswered = 0;
  peer->reconnect_backoff_ms = std::clamp(peer->reconnect_backoff_ms * 2, kReconnectBackoffMs, kReconnectBackoffMaxMs);
  peer->reconnect_at = ctx.now() + milliseconds(peer->reconnect_backoff_ms);
  if (peer->awaiting != 0) fail(ctx, *peer);
  return true;
}

}  // namespace kafkascope::raft
