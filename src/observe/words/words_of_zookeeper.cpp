// Sentences for the facts of a ZooKeeper ensemble.
#include "observe/words/words_parts.h"
#include "protocol/facts_of_zookeeper.h"
#include "zookeeper/client.h"

namespace kafkascope::observe {

namespace {

std::string session_text(protocol::ZkSessionId session) { return protocol::zxid_text({session}); }

struct ZooKeeperWords : Told {
  Words operator()(const fact::ZkServerStateChanged& f) const {
    return both(
        "event.zk.state"_w,
        {{"who", who}, {"state", protocol::name(f.state)}, {"epoch", f.epoch}, {"why", reason_words(f.reason)}});
  }
  Words operator()(const fact::ZkVoted& f) const {
    return both("event.zk.vote"_w,
                {{"who", who}, {"leader", f.leader}, {"zxid", protocol::zxid_text(f.zxid)}, {"round", f.round}});
  }
  Words operator()(const fact::ZkElected& f) const {
    return both("event.zk.elected"_w, {{"who", who}, {"epoch", f.epoch}});
  }
  Words operator()(const fact::ZkFollowerSynced& f) const {
    return both("event.zk.sync"_w,
                {{"who", who}, {"follower", f.follower}, {"kind", f.kind.view()}, {"transactions", f.transactions}});
  }
  Words operator()(const fact::ZkLogTruncated& f) const {
    return both("event.zk.truncate"_w, {{"who", who}, {"to", protocol::zxid_text(f.to)}});
  }
  Words operator()(const fact::ZnodeChanged& f) const {
    switch (f.type) {
      case protocol::ZkEventType::NodeCreated: return both("event.znode.created"_w, {{"path", f.path.view()}});
      case protocol::ZkEventType::NodeDeleted: return both("event.znode.deleted"_w, {{"path", f.path.view()}});
      default: return both("event.znode.written"_w, {{"path", f.path.view()}});
    }
  }
  Words operator()(const fact::ZkWriteRefused& f) const {
    return both("event.znode.refused"_w,
                {{"path", f.operation.empty() ? "multi" : f.operation.view()}, {"error", protocol::name(f.error)}});
  }
  Words operator()(const fact::ZkSessionOpened& f) const {
    return both("event.session.opened"_w, {{"session", session_text(f.session)}, {"timeout_ms", f.timeout_ms}});
  }
  Words operator()(const fact::ZkSessionExpired& f) const {
    return both("event.session.expired"_w, {{"session", session_text(f.session)}, {"timeout_ms", f.timeout_ms}});
  }
  Words operator()(const fact::ZkSessionClosed& f) const {
    return both("event.session.closed"_w, {{"session", session_text(f.session)}, {"ephemerals", f.ephemerals}});
  }
  Words operator()(const fact::ZkSessionMoved& f) const {
    return both("event.session.moved"_w, {{"session", session_text(f.session)}, {"to", f.to}});
  }
  Words operator()(const fact::ZkWatchFired& f) const {
    return both(
        "event.watch.fired"_w,
        {{"who", who}, {"client", names.node(f.client)}, {"type", protocol::name(f.type)}, {"path", f.path.view()}});
  }
  Words operator()(const fact::ZkClientState& f) const {
    switch (f.state) {
      case zookeeper::SessionState::Connected: return both("event.zk.client_connected"_w, {{"who", who}});
      case zookeeper::SessionState::Disconnected: return both("event.zk.client_disconnected"_w, {{"who", who}});
      case zookeeper::SessionState::Expired: return both("event.zk.client_expired"_w, {{"who", who}});
      case zookeeper::SessionState::Closed: break;
    }
    return both("event.zk.client_closed"_w, {{"who", who}});
  }
};

}  // namespace

std::optional<Words> words_of_zookeeper(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfZookeeper>(line, ZooKeeperWords{told});
}

}  // namespace kafkascope::observe
