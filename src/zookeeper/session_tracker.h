// The leader's list of sessions and when they run out. Source: ZooKeeper 3.5.7 SessionTrackerImpl, ExpiryQueue: times are rounded up to the
// next tick, so many sessions expire together and one may live up to a tick longer than agreed.
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
  std::int32_t owner = 0;  // the server through which it may write; 0: the first that tries
  bool closing = false;    // its end is proposed: nothing of it is accepted any more
};

class SessionTracker {
 public:
  void reset(std::int64_t tick_ms) { tick_us_ = tick_ms * 1000, sessions_.clear(); }
  void add(protocol::ZkSessionId session, std::int32_t timeout_ms, sim::Instant now);
  /// It gave a sign of life. False: there is none, or it is closing.
  bool touch(protocol::ZkSessionId session, sim::Instant now);
  /// OK, SESSIONEXPIRED, or SESSIONMOVED: another server owns it.
  protocol::ZkError check(protocol::ZkSessionId session, std::int32_t server);
  void set_owner(protocol::ZkSessionId session, std::int32_t server);
  void set_closing(protocol::ZkSessionId session);
  void remove(protocol::ZkSessionId session) { sessions_.erase(session); }
  /// Those that have run out and are not closing yet.
  std::vector<protocol::ZkSessionId> expired(sim::Instant now) const;
  /// When the next one runs out; kNever: none.
  sim::Instant next_expiry() const;
  const std::map<protocol::ZkSessionId, TrackedSession>& sessions() const { return sessions_; }

 private:
  sim::Instant round_up(sim::Instant t) const { return {(t.us / tick_us_ + 1) * tick_us_}; }
  std::int64_t tick_us_ = 1;
  std::map<protocol::ZkSessionId, TrackedSession> sessions_;
};

}  // namespace kafkascope::zookeeper
