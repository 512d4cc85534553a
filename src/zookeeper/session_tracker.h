// The leader's list of sessions and their expiry. Source: ZooKeeper 3.5.7 SessionTrackerImpl, ExpiryQueue: times are
// rounded up to the next tick, so many sessions expire together and one may live up to a tick longer than agreed.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "protocol/messages_zookeeper.h"
#include "sim/time.h"

namespace kafkascope::zookeeper {

struct TrackedSession {
  std::int32_t timeout_ms = 0;
  sim::Instant expires;
  std::int32_t owner = 0;  // the server through which the session may write; 0: the first server that it uses
  bool closing = false;    // the close of the session has been proposed; further operations are refused
};

class SessionTracker {
 public:
  void reset(std::int64_t tick_ms) { tick_us_ = tick_ms * 1000, sessions_.clear(); }
  void add(protocol::ZkSessionId session, std::int32_t timeout_ms, sim::Instant now);
  /// Extends the session. Returns false if it does not exist or is closing.
  bool touch(protocol::ZkSessionId session, sim::Instant now);
  /// Returns OK, SESSIONEXPIRED, or SESSIONMOVED if another server owns the session.
  protocol::ZkError check(protocol::ZkSessionId session, std::int32_t server);
  void set_owner(protocol::ZkSessionId session, std::int32_t server);
  void set_closing(protocol::ZkSessionId session);
  void remove(protocol::ZkSessionId session) { sessions_.erase(session); }
  /// The sessions that have expired and are not being closed yet.
  std::vector<protocol::ZkSessionId> expired(sim::Instant now) const;
  /// When the next session expires; kNever if there is no session.
  sim::Instant next_expiry() const;
  const std::map<protocol::ZkSessionId, TrackedSession>& sessions() const { return sessions_; }

 private:
  sim::Instant round_up(sim::Instant t) const { return {(t.us / tick_us_ + 1) * tick_us_}; }
  std::int64_t tick_us_ = 1;
  std::map<protocol::ZkSessionId, TrackedSession> sessions_;
};

}  // namespace kafkascope::zookeeper
