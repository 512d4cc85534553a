// The znodes and sessions of one server. Kafka's brokers see nothing else of ZooKeeper.
// Source: ZooKeeper 3.5.7 DataTree, DataNode, StatPersisted. A copy costs a few references; what is changed afterwards is copied then.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages_zookeeper.h"
#include "sim/copy_on_write.h"

namespace kafkascope::zookeeper {

using protocol::ZkError;
using protocol::ZkEventType;
using protocol::ZkOpCode;
using protocol::ZkOperation;
using protocol::ZkResult;
using protocol::ZkSessionId;
using protocol::ZkStat;
using protocol::ZkTxn;
using protocol::Zxid;

/// "/a/b" -> "/a"; "/a" -> "/".
std::string_view parent_of(std::string_view path);
/// "/a/b" -> "b".
std::string_view name_of(std::string_view path);
/// PathUtils.validatePath: begins with a slash, does not end in one, no empty parts.
bool is_path(std::string_view path);

struct Znode {
  std::string data;
  ZkStat stat;  // num_children is kept
  std::map<std::string, sim::CopyOnWrite<Znode>, std::less<>> children;
};

/// A change that watches look for, in the order in which they are told.
struct ZnodeChange {
  ZkEventType type;
  std::string path;
};

class DataTree {
 public:
  /// "/" and nothing else.
  DataTree() = default;

  /// Null if there is none. Valid until the tree is changed or goes.
  const Znode* find(std::string_view path) const;
  const Znode& root() const { return *root_; }
  /// Names in order, 0 for none: what a read of that operation answers. Not for writes.
  ZkResult read(const ZkOperation& operation) const;

  /// What a client is told of the transaction; `changes` gets what happened to znodes.
  ZkResult apply(const ZkTxn& txn, std::vector<ZnodeChange>& changes);

  /// Of the last transaction.
  Zxid zxid() const { return zxid_; }
  /// Live sessions with their agreed time-outs in ms: opened and closed by transactions, so all servers know them.
  const std::map<ZkSessionId, std::int32_t>& sessions() const { return *sessions_; }
  /// The znodes that go with the session.
  std::set<std::string> ephemerals(ZkSessionId session) const;
  /// Without "/".
  std::int64_t size() const { return size_; }
  std::int64_t bytes() const { return bytes_; }  // names and data

 private:
  Znode* edit(std::string_view path);
  void create(const ZkTxn& txn, Zxid zxid, std::vector<ZnodeChange>& changes);
  void remove(std::string_view path, Zxid zxid, std::vector<ZnodeChange>& changes);

  sim::CopyOnWrite<Znode> root_;
  sim::CopyOnWrite<std::map<ZkSessionId, std::int32_t>> sessions_;
  sim::CopyOnWrite<std::map<ZkSessionId, std::set<std::string>>> ephemerals_;
  Zxid zxid_;
  std::int64_t size_ = 0, bytes_ = 0;
};

/// What a SNAP carries.
struct TreeSnapshot final : protocol::ZkSnapshot {
  DataTree tree;
  Zxid zxid() const override { return tree.zxid(); }
  std::int64_t bytes() const override { return tree.bytes(); }
};

/// Time 0: a tree with what was done before the run began, in epoch 1.
class FormedTree {
 public:
  explicit FormedTree(std::int32_t servers) : servers_(servers) {}
  /// The session was opened through one of the servers in turn.
  ZkSessionId open_session(std::int32_t timeout_ms);
  /// The znode's parents must be there. Returns its czxid.
  Zxid create(std::string path, std::string data, ZkSessionId ephemeral_owner = 0);
  void set_data(std::string path, std::string data);
  const DataTree& tree() const { return tree_; }

 private:
  Zxid apply(ZkTxn txn);
  std::int32_t servers_;
  std::int32_t sessions_ = 0;
  DataTree tree_;
};

/// ZooKeeperServer.generatePasswd: every server can work it out, nobody else.
std::uint64_t password_of(ZkSessionId session);
/// SessionTrackerImpl.initializeNextSession: the server in the first byte, its clock at its start behind it; then it counts on.
ZkSessionId first_session_id(std::int32_t sid, std::int64_t wall_clock_ms);

}  // namespace kafkascope::zookeeper
