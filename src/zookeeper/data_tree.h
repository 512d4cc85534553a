// The znodes and sessions of one server, as far as Kafka's brokers can see them. Source: ZooKeeper 3.5.7 DataTree,
// DataNode, StatPersisted. A copy costs a few references; changed parts are copied when they change.
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
  ZkStat stat;  // num_children is kept up to date
  std::map<std::string, sim::CopyOnWrite<Znode>, std::less<>> children;
};

/// A change that triggers watches; the changes are in the order of notification.
struct ZnodeChange {
  ZkEventType type;
  std::string path;
};

class DataTree {
 public:
  /// A tree with only "/".
  DataTree() = default;

  /// nullptr if it does not exist. Valid until the tree changes or is destroyed.
  const Znode* find(std::string_view path) const;
  const Znode& root() const { return *root_; }
  /// The result of a read operation: child names in order; an empty list if there are no children. Not for writes.
  ZkResult read(const ZkOperation& operation) const;

  /// Applies the transaction and returns the client's result; appends the changed znodes to `changes`.
  ZkResult apply(const ZkTxn& txn, std::vector<ZnodeChange>& changes);

  /// The zxid of the last transaction.
  Zxid zxid() const { return zxid_; }
  /// Live sessions with their agreed timeouts in ms; transactions open and close them, so all servers know them.
  const std::map<ZkSessionId, std::int32_t>& sessions() const { return *sessions_; }
  /// The ephemeral znodes of the session.
  std::set<std::string> ephemerals(ZkSessionId session) const;
  /// Number of znodes without the root.
  std::int64_t size() const { return size_; }
  std::int64_t bytes() const { return bytes_; }  // size of names and data

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

/// The payload of a SNAP message.
struct TreeSnapshot final : protocol::ZkSnapshot {
  DataTree tree;
  Zxid zxid() const override { return tree.zxid(); }
  std::int64_t bytes() const override { return tree.bytes(); }
};

/// Time 0: builds a tree from the transactions before the run began, in epoch 1.
class FormedTree {
 public:
  explicit FormedTree(std::int32_t servers) : servers_(servers) {}
  /// Opens a session; the servers get sessions in turn.
  ZkSessionId open_session(std::int32_t timeout_ms);
  /// Creates a znode whose parents must exist. Returns its czxid.
  Zxid create(std::string path, std::string data, ZkSessionId ephemeral_owner = 0);
  void set_data(std::string path, std::string data);
  const DataTree& tree() const { return tree_; }

 private:
  Zxid apply(ZkTxn txn);
  std::int32_t servers_;
  std::int32_t sessions_ = 0;
  DataTree tree_;
};

/// ZooKeeperServer.generatePasswd: every server can compute it, and no client can.
std::uint64_t password_of(ZkSessionId session);
/// SessionTrackerImpl.initializeNextSession: the first byte is the server, the rest its clock at its start; later ids
/// count up.
ZkSessionId first_session_id(std::int32_t sid, std::int64_t wall_clock_ms);

}  // namespace kafkascope::zookeeper
