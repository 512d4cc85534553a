#include "zookeeper/session_tracker.h"

#include <algorithm>

#include "sim/mutant.h"

namespace kafkascope::zookeeper {

using protocol::ZkError;
using protocol::ZkSessionId;

void SessionTracker::add(ZkSessionId session, std::int32_t timeout_ms, sim::Instant now) {
  TrackedSession& tracked = sessions_[session];
  tracked.timeout_ms = timeout_ms;
  touch(session, now);
}

bool SessionTracker::touch(ZkSessionId session, sim::Instant now) {
  const auto it = sessions_.find(session);
  if (it == sessions_.end() || it->second.closing) return false;
  const auto timeout = sim::milliseconds(it->second.timeout_ms);
  it->second.expires =
      std::max(it->second.expires, round_up(now + (sim::mutant("zk-session-expires-early") ? timeout / 4 : timeout)));
  return true;
}

ZkError SessionTracker::check(ZkSessionId session, std::int32_t server) {
  const auto it = sessions_.find(session);
  if (it == sessions_.end() || it->second.closing) return ZkError::SESSIONEXPIRED;
  if (it->second.owner == 0) it->second.owner = server;
  return it->second.owner == server ? ZkError::OK : ZkError::SESSIONMOVED;
}

void SessionTracker::set_owner(ZkSessionId session, std::int32_t server) {
  if (const auto it = sessions_.find(session); it != sessions_.end()) it->second.owner = server;
}

void SessionTracker::set_closing(ZkSessionId session) {
  if (const auto it = sessions_.find(session); it != sessions_.end()) it->second.closing = true;
}

std::vector<ZkSessionId> SessionTracker::expired(sim::Instant now) const {
  std::vector<ZkSessionId> found;
  for (const auto& [id, session] : sessions_)
    if (!session.closing && session.expires <= now) found.push_back(id);
  return found;
}

sim::Instant SessionTracker::next_expiry() const {
  sim::Instant first = sim::kNever;
  for (const auto& [id, session] : sessions_)
    if (!session.closing) first = std::min(first, session.expires);
  return first;
}

}  // namespace kafkascope::zookeeper
