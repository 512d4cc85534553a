// Facts of a ZooKeeper ensemble. node = the server; in the last fact, the client.
#pragma once
#include "protocol/fact_texts.h"
#include "protocol/messages_zookeeper.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::zookeeper {
enum class SessionState : std::uint8_t;
}

namespace kafkascope::fact {

using protocol::Trace;

struct ZkServerStateChanged {
  KAFKASCOPE_FACT(Trace::ZkServerStateChanged, "zk.state")
  protocol::ZkServerState state;
  std::int32_t epoch, leader;
  ZkStateReason reason;
  KAFKASCOPE_FIELDS(state, epoch, leader, reason)
};
/// The server's vote changes.
struct ZkVoted {
  KAFKASCOPE_FACT(Trace::ZkVoted, "zk.vote")
  std::int32_t leader;
  std::int64_t round;
  protocol::Zxid zxid;
  KAFKASCOPE_FIELDS(leader, round, zxid)
};
/// A quorum has the new leader's history, so the leader may commit.
struct ZkElected {
  KAFKASCOPE_FACT(Trace::ZkElected, "zk.elected")
  std::int32_t leader, epoch;
  protocol::Zxid zxid;
  KAFKASCOPE_FIELDS(leader, epoch, zxid)
};
/// On the leader.
struct ZkFollowerSynced {
  KAFKASCOPE_FACT(Trace::ZkFollowerSynced, "zk.sync")
  std::int32_t follower;
  protocol::Zxid zxid;
  std::int32_t transactions;
  Text kind;
  KAFKASCOPE_FIELDS(follower, zxid, transactions, kind)
};
struct ZkLogTruncated {
  KAFKASCOPE_FACT(Trace::ZkLogTruncated, "zk.truncate")
  protocol::Zxid to, from;
  KAFKASCOPE_FIELDS(to, from)
};
/// Committed; on the leader.
struct ZnodeChanged {
  KAFKASCOPE_FACT(Trace::ZnodeChanged, "znode.changed")
  protocol::ZkEventType type;
  protocol::Zxid zxid;
  protocol::ZkSessionId session;
  Text path;
  KAFKASCOPE_FIELDS(type, zxid, session, path)
};
/// On the leader.
struct ZkWriteRefused {
  KAFKASCOPE_FACT(Trace::ZkWriteRefused, "znode.refused")
  protocol::ZkError error;
  protocol::Zxid zxid;
  protocol::ZkSessionId session;
  Text operation;
  KAFKASCOPE_FIELDS(error, zxid, session, operation)
};
/// On the leader.
struct ZkSessionOpened {
  KAFKASCOPE_FACT(Trace::ZkSessionOpened, "session.opened")
  protocol::ZkSessionId session;
  std::int32_t timeout_ms;
  KAFKASCOPE_FIELDS(session, timeout_ms)
};
/// On the leader, when it proposes the end of the session.
struct ZkSessionExpired {
  KAFKASCOPE_FACT(Trace::ZkSessionExpired, "session.expired")
  protocol::ZkSessionId session;
  std::int32_t timeout_ms;
  KAFKASCOPE_FIELDS(session, timeout_ms)
};
/// On the leader.
struct ZkSessionClosed {
  KAFKASCOPE_FACT(Trace::ZkSessionClosed, "session.closed")
  protocol::ZkSessionId session;
  std::int32_t ephemerals;
  KAFKASCOPE_FIELDS(session, ephemerals)
};
/// On the leader.
struct ZkSessionMoved {
  KAFKASCOPE_FACT(Trace::ZkSessionMoved, "session.moved")
  protocol::ZkSessionId session;
  std::int32_t from, to;
  KAFKASCOPE_FIELDS(session, from, to)
};
/// On the server that notifies the client.
struct ZkWatchFired {
  KAFKASCOPE_FACT(Trace::ZkWatchFired, "watch.fired")
  protocol::ZkEventType type;
  protocol::ZkSessionId session;
  sim::NodeId client;
  Text path;
  KAFKASCOPE_FIELDS(type, session, client, path)
};
struct ZkClientState {
  KAFKASCOPE_FACT(Trace::ZkClientState, "zk.client")
  zookeeper::SessionState state;
  protocol::ZkSessionId session;
  sim::NodeId server;
  KAFKASCOPE_FIELDS(state, session, server)
};

using FactsOfZookeeper = sim::FactList<ZkServerStateChanged, ZkVoted, ZkElected, ZkFollowerSynced, ZkLogTruncated,
                                       ZnodeChanged, ZkWriteRefused, ZkSessionOpened, ZkSessionExpired, ZkSessionClosed,
                                       ZkSessionMoved, ZkWatchFired, ZkClientState>;

}  // namespace kafkascope::fact
