// ZooKeeper's messages: between a client and a server, and among the servers of an ensemble. Source: ZooKeeper 3.5.7
// (it came with Kafka 2.5): zookeeper.jute, ZooDefs, KeeperException.Code, Leader's packet types.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/message_kind.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

/// The id of a transaction: the leader's epoch and a counter within it. 0: before the first transaction.
struct Zxid {
  std::int64_t value = 0;
  friend constexpr auto operator<=>(Zxid, Zxid) = default;
  constexpr std::int32_t epoch() const { return static_cast<std::int32_t>(value >> 32); }
  constexpr std::int64_t counter() const { return value & 0xffffffff; }
  constexpr Zxid next() const { return {value + 1}; }
  static constexpr Zxid begin_of(std::int32_t epoch) { return {std::int64_t{epoch} << 32}; }
};
/// The zxid in the format of ZooKeeper's log: "0x100000003".
std::string zxid_text(Zxid zxid);

/// A session's id; 0: none.
using ZkSessionId = std::int64_t;

enum class ZkError : std::int32_t {
  OK = 0,
  RUNTIMEINCONSISTENCY = -2,
  CONNECTIONLOSS = -4,
  BADARGUMENTS = -8,
  NONODE = -101,
  BADVERSION = -103,
  NOCHILDRENFOREPHEMERALS = -108,
  NODEEXISTS = -110,
  NOTEMPTY = -111,
  SESSIONEXPIRED = -112,
  SESSIONMOVED = -118
};
std::string_view name(ZkError error);

/// ZooDefs.OpCode.
enum class ZkOpCode : std::int32_t {
  Error = -1,
  Create = 1,
  Delete = 2,
  Exists = 3,
  GetData = 4,
  SetData = 5,
  GetChildren = 12,
  Check = 13,
  Multi = 14,
  CreateSession = -10,
  CloseSession = -11
};
std::string_view name(ZkOpCode code);
/// A write goes through the leader and gets a zxid, even if it fails.
constexpr bool is_write(ZkOpCode code) {
  return code != ZkOpCode::Exists && code != ZkOpCode::GetData && code != ZkOpCode::GetChildren;
}

/// An operation of a client.
struct ZkOperation {
  ZkOpCode code = ZkOpCode::Exists;
  std::string path;
  std::string data;              // Create, SetData
  std::int32_t version = -1;     // Delete, SetData, Check: the expected version; -1: any
  bool ephemeral = false;        // Create: the znode is deleted with the session
  bool sequential = false;       // Create: a ten-digit counter of the parent is appended to the path
  bool watch = false;            // Exists, GetData, GetChildren: sets a watch
  std::vector<ZkOperation> ops;  // Multi: all of these operations or none
  KAFKASCOPE_FIELDS(code, path, data, version, ephemeral, sequential, watch, ops)
};

struct ZkStat {
  Zxid czxid, mzxid, pzxid;   // zxids of creation, last change of the data, last change of the children
  std::int32_t version = 0;   // version of the data
  std::int32_t cversion = 0;  // version of the set of children
  ZkSessionId ephemeral_owner = 0;
  std::int32_t num_children = 0;
  KAFKASCOPE_FIELDS(czxid, mzxid, pzxid, version, cversion, ephemeral_owner, num_children)
};

/// The result of an operation; its kind decides which fields are set.
struct ZkResult {
  ZkError error = ZkError::OK;
  std::string path;                   // Create: the name of the new znode
  std::string data;                   // GetData
  ZkStat stat;                        // Exists, GetData, SetData, GetChildren, Create (as in create2 of 3.5)
  std::vector<std::string> children;  // GetChildren: names, in order
  /// Multi: one per operation; the first that failed has its error, the others RUNTIMEINCONSISTENCY or OK.
  std::vector<ZkResult> results;
  KAFKASCOPE_FIELDS(error, path, data, stat, children, results)
};
using SharedZkOperation = std::shared_ptr<const ZkOperation>;
using SharedZkResult = std::shared_ptr<const ZkResult>;

/// A change decided by the leader; applying it cannot fail.
struct ZkTxn {
  Zxid zxid;
  ZkSessionId session = 0;
  std::int32_t cxid = 0;  // the client's number for the request
  ZkOpCode type = ZkOpCode::Error;
  ZkError error = ZkError::OK;  // Error: the error for the client
  std::string path;
  std::string data;
  std::int32_t version = 0;          // SetData: the new version
  std::int32_t parent_cversion = 0;  // Create: the parent's new cversion
  bool ephemeral = false;            // Create
  std::int32_t timeout_ms = 0;       // CreateSession
  std::vector<ZkTxn> parts;          // Multi
  KAFKASCOPE_FIELDS(zxid, session, cxid, type, error, path, data, version, parent_cversion, ephemeral, timeout_ms,
                    parts)
};
using SharedZkTxn = std::shared_ptr<const ZkTxn>;

enum class ZkEventType : std::int32_t {
  NodeCreated = 1,
  NodeDeleted = 2,
  NodeDataChanged = 3,
  NodeChildrenChanged = 4
};
std::string_view name(ZkEventType type);

// ---- between a client and its server

/// Opens a session (session_id 0) or moves one to this server.
struct ZkConnectRequest {
  Zxid last_zxid_seen;  // the server refuses if it is behind this zxid
  std::int32_t timeout_ms = 0;
  ZkSessionId session_id = 0;
  std::uint64_t password = 0;
  KAFKASCOPE_FIELDS(last_zxid_seen, timeout_ms, session_id, password)
};
struct ZkConnectResponse {
  std::int32_t timeout_ms = 0;  // as agreed; 0: the session has expired
  ZkSessionId session_id = 0;
  std::uint64_t password = 0;
  KAFKASCOPE_FIELDS(timeout_ms, session_id, password)
};
/// A client's operation. correlation_id is the xid; responses arrive in the order of the xids.
struct ZkRequest {
  SharedZkOperation operation;
  KAFKASCOPE_FIELDS(operation)
};
struct ZkResponse {
  Zxid zxid;  // the server's last applied zxid: the client never accepts an older state afterwards
  SharedZkResult result;
  KAFKASCOPE_FIELDS(zxid, result)
};
struct ZkPingRequest {
  KAFKASCOPE_NO_FIELDS
};
struct ZkPingResponse {
  Zxid zxid;
  KAFKASCOPE_FIELDS(zxid)
};
/// Sent after a move to another server: the watches that are still set. Watches whose change was missed fire at once.
struct ZkSetWatchesRequest {
  Zxid relative_zxid;
  std::vector<std::string> data, exist, child;
  KAFKASCOPE_FIELDS(relative_zxid, data, exist, child)
};
struct ZkSetWatchesResponse {
  Zxid zxid;
  KAFKASCOPE_FIELDS(zxid)
};
struct ZkWatcherEvent {
  ZkEventType type = ZkEventType::NodeCreated;
  std::string path;
  KAFKASCOPE_FIELDS(type, path)
};

// ---- among servers

enum class ZkServerState : std::uint8_t { Looking, Following, Leading };
std::string_view name(ZkServerState state);

/// FastLeaderElection.Notification: the sender's vote.
struct ZkNotification {
  std::int32_t leader = 0;
  Zxid zxid;                                     // the last zxid in the log of the vote's server
  std::int32_t peer_epoch = 0;                   // the current epoch of the vote's server
  std::int64_t election_epoch = 0;               // the sender's logical clock, i.e. the round of the election
  ZkServerState state = ZkServerState::Looking;  // the sender's state
  std::int32_t sid = 0;
  KAFKASCOPE_FIELDS(leader, zxid, peer_epoch, election_epoch, state, sid)
};
/// Discovery: FOLLOWERINFO, LEADERINFO.
struct ZkFollowerInfo {
  std::int32_t sid = 0;
  std::int32_t accepted_epoch = 0;
  KAFKASCOPE_FIELDS(sid, accepted_epoch)
};
struct ZkLeaderInfo {
  std::int32_t epoch = 0;  // the new epoch
  KAFKASCOPE_FIELDS(epoch)
};
/// Synchronisation: ACKEPOCH; the response says how the follower's log is aligned with the leader's, and the
/// transactions follow as proposals.
struct ZkAckEpoch {
  std::int32_t current_epoch = 0;
  Zxid last_zxid;
  KAFKASCOPE_FIELDS(current_epoch, last_zxid)
};
enum class ZkSyncKind : std::uint8_t { Diff, Trunc, Snap };
std::string_view name(ZkSyncKind kind);
/// A server's state in a SNAP (defined in zookeeper/data_tree.h).
struct ZkSnapshot {
  virtual ~ZkSnapshot() = default;
  virtual Zxid zxid() const = 0;
  virtual std::int64_t bytes() const = 0;
};
struct ZkSync {
  ZkSyncKind kind = ZkSyncKind::Diff;
  Zxid zxid;                                   // Trunc: the last zxid to keep; Snap: the snapshot's zxid
  std::shared_ptr<const ZkSnapshot> snapshot;  // Snap
  KAFKASCOPE_FIELDS(kind, zxid, snapshot)
};
/// NEWLEADER and its ACK: the follower has the leader's history on disk.
struct ZkNewLeader {
  std::int32_t epoch = 0;
  KAFKASCOPE_FIELDS(epoch)
};
struct ZkNewLeaderAck {
  std::int32_t epoch = 0;
  KAFKASCOPE_FIELDS(epoch)
};
/// UPTODATE: a quorum has the history; the follower may serve clients.
struct ZkUpToDate {
  Zxid zxid;  // everything up to this zxid is committed
  KAFKASCOPE_FIELDS(zxid)
};
struct ZkProposal {
  SharedZkTxn txn;
  KAFKASCOPE_FIELDS(txn)
};
struct ZkAck {
  Zxid zxid;
  KAFKASCOPE_FIELDS(zxid)
};
struct ZkCommit {
  Zxid zxid;
  KAFKASCOPE_FIELDS(zxid)
};
/// REQUEST: a follower forwards a client's write to the leader.
struct ZkForward {
  ZkSessionId session = 0;
  std::int32_t cxid = 0;
  std::int32_t timeout_ms = 0;  // CreateSession
  SharedZkOperation operation;
  KAFKASCOPE_FIELDS(session, cxid, timeout_ms, operation)
};
/// PING: the leader sends it every half tick; the response names the sessions that the follower has heard from.
struct ZkQuorumPing {
  Zxid zxid;
  KAFKASCOPE_FIELDS(zxid)
};
struct ZkQuorumPingAnswer {
  std::vector<ZkSessionId> touched;
  KAFKASCOPE_FIELDS(touched)
};
/// REVALIDATE: a session has moved to this follower, which asks whether the session is still alive.
struct ZkRevalidateRequest {
  ZkSessionId session = 0;
  KAFKASCOPE_FIELDS(session)
};
struct ZkRevalidateResponse {
  ZkSessionId session = 0;
  bool valid = false;
  KAFKASCOPE_FIELDS(session, valid)
};

// clang-format off
#define KAFKASCOPE_ZOOKEEPER_APIS(API, MORE) \
  API(ZkConnect, 100, 43, ZkConnectRequest, ZkConnectResponse, 0, 0) \
  API(ZkRequest, 101, 44, ZkRequest, ZkResponse, 0, 0) \
  API(ZkPing, 102, 45, ZkPingRequest, ZkPingResponse, 0, 0) \
  API(ZkSetWatches, 103, 46, ZkSetWatchesRequest, ZkSetWatchesResponse, 0, 0) \
  API(ZkWatcherEvent, 104, 47, ZkWatcherEvent, NoAnswer<ZkWatcherEvent>, 0, 0) \
  API(ZkNotification, 105, 48, ZkNotification, NoAnswer<ZkNotification>, 0, 0) \
  API(ZkFollowerInfo, 106, 49, ZkFollowerInfo, ZkLeaderInfo, 0, 0) \
  API(ZkAckEpoch, 107, 50, ZkAckEpoch, ZkSync, 0, 0) \
  API(ZkNewLeader, 108, 51, ZkNewLeader, ZkNewLeaderAck, 0, 0) \
  API(ZkUpToDate, 109, 52, ZkUpToDate, NoAnswer<ZkUpToDate>, 0, 0) \
  API(ZkProposal, 110, 53, ZkProposal, ZkAck, 0, 0) \
  API(ZkCommit, 111, 54, ZkCommit, NoAnswer<ZkCommit>, 0, 0) \
  API(ZkForward, 112, 55, ZkForward, NoAnswer<ZkForward>, 0, 0) \
  API(ZkQuorumPing, 113, 56, ZkQuorumPing, ZkQuorumPingAnswer, 0, 0) \
  API(ZkRevalidate, 114, 57, ZkRevalidateRequest, ZkRevalidateResponse, 0, 0)
KAFKASCOPE_ZOOKEEPER_APIS(KAFKASCOPE_KINDS, KAFKASCOPE_MORE_KINDS)
// clang-format on

}  // namespace kafkascope::protocol
