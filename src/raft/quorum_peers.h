// Connections to the other voters, with one request in flight on each, and backoff after failures. Kafka:
// RequestManager (AWAITING_RESPONSE, BACKING_OFF, READY per node), NetworkClient (reconnect backoff, request timeout).
#pragma once
#include <cstdint>
#include <vector>

#include "raft/quorum_options.h"
#include "raft/quorum_state_file.h"

namespace kafkascope::raft {

class QuorumPeers {
 public:
  struct Peer {
    Voter voter;
    sim::ConnectionId connection;
    std::int32_t awaiting = 0;              // correlation id of the request whose response counts; 0: none
    sim::Instant sent_at;                   // send time of that request
    sim::Instant backoff_until;             // no request before this time, after a failure
    std::int32_t unanswered = 0;            // number of requests on the wire, including those whose responses will be
                                            // ignored
    sim::Instant quiet_since;               // since when the connection has owed a response
    sim::Instant reconnect_at;              // no new handshake before this time
    std::int64_t reconnect_backoff_ms = 0;  // 0: the last handshake succeeded

    bool ready(sim::Instant now) const { return awaiting == 0 && backoff_until <= now; }
  };

  explicit QuorumPeers(const QuorumOptions& options);

  std::vector<Peer>& all() { return peers_; }
  const std::vector<Peer>& all() const { return peers_; }
  bool empty() const { return peers_.empty(); }  // this replica is the only voter
  Peer* find(BrokerId id);
  bool contains(BrokerId id) const;
  bool anything_in_flight() const;
  /// Called at a change of state or epoch: responses to earlier requests do not count any more.
  void reset();

  /// Sends the request if the peer is ready. Returns when to try again: at the response's timeout or at the end of a
  /// backoff.
  sim::Instant try_send(Ctx& ctx, QuorumStateFile& file, Peer& peer, protocol::Body body);
  void fail(Ctx& ctx, Peer& peer);
  /// Closes a connection on which a response has been missing for request.timeout.ms (NetworkClient); the requests on
  /// it have failed.
  void expire_requests(Ctx& ctx);
  sim::Instant next_expiry() const;

  /// Handles the arrival of a response; returns its sender, or nullptr if the connection leads to none of these peers.
  Peer* on_response(sim::ConnectionId connection, sim::Instant now);
  /// Returns false if the connection leads to none of these peers.
  bool on_disconnect(Ctx& ctx, sim::ConnectionId connection);

 private:
  Peer* on(sim::ConnectionId connection);

  std::int64_t request_timeout_ms_, retry_backoff_ms_;
  std::vector<Peer> peers_;  // the other voters
  std::int32_t next_correlation_ = 1;
};

}  // namespace kafkascope::raft
