// On the leader: turns a request into a transaction with its future result. ZooKeeper: PrepRequestProcessor. Requests
// are checked against the tree as it will be after all proposals. A failing request also becomes a transaction, so that
// responses keep the order of the requests.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/mutant.h"
#include "zookeeper/server.h"

namespace kafkascope::zookeeper {

void Server::prepare(Ctx& ctx, ZkSessionId session, std::int32_t cxid, std::int32_t owner, std::int32_t timeout_ms,
                     const ZkOperation& operation) {
  ZkTxn txn;
  txn.session = session;
  txn.cxid = cxid;
  txn.type = operation.code;
  Prospects pending;
  if (operation.code == ZkOpCode::CreateSession) {
    txn.timeout_ms = timeout_ms;
    tracker_.add(session, timeout_ms, ctx.now());
    tracker_.set_owner(session, owner);
  } else if (operation.code == ZkOpCode::CloseSession) {
    tracker_.set_closing(session);
    prepare_close(session, pending);
  } else {
    ZkError error = tracker_.check(session, owner);
    if (error == ZkError::OK)
      error = operation.code == ZkOpCode::Multi ? prepare_multi(operation, session, pending, txn)
                                                : prepare_one(operation, session, pending, txn);
    if (error != ZkError::OK) {
      pending.clear();
      if (operation.code != ZkOpCode::Multi || txn.parts.empty()) txn.type = ZkOpCode::Error;
      txn.error = error;
      txn.path = operation.path;
    }
  }
  for (auto& [path, prospect] : pending) {
    prospect.zxid = next_zxid_;
    prospects_[path] = prospect;
  }
  propose(ctx, std::move(txn));
}

/// The znode as it will be. The pending operations of this request take precedence over the proposals, and those over
/// the committed transactions.
Server::Prospect Server::prospect(const Prospects& pending, std::string_view path) const {
  for (const Prospects* prospects : {&pending, &prospects_})
    if (const auto it = prospects->find(path); it != prospects->end()) return it->second;
  const Znode* node = tree_.find(path);
  if (node == nullptr) return {};
  return {{},
          true,
          node->stat.version,
          node->stat.cversion,
          static_cast<std::int32_t>(node->children.size()),
          node->stat.ephemeral_owner};
}

ZkError Server::prepare_one(const ZkOperation& operation, ZkSessionId session, Prospects& pending, ZkTxn& txn) const {
  if (!is_path(operation.path) ||
      (operation.path == "/" && (operation.code == ZkOpCode::Create || operation.code == ZkOpCode::Delete)))
    return ZkError::BADARGUMENTS;
  txn.type = operation.code;
  txn.session = session;
  txn.path = operation.path;
  const std::string parent_path(parent_of(operation.path));
  Prospect parent = prospect(pending, parent_path);
  if (operation.code == ZkOpCode::Create) {
    if (!parent.exists) return ZkError::NONODE;
    if (operation.sequential) txn.path += fmt::format("{:010d}", parent.cversion);
    if (prospect(pending, txn.path).exists) return ZkError::NODEEXISTS;
    if (operation.version >= 0 && operation.version != parent.cversion) return ZkError::BADVERSION;
    if (parent.owner != 0) return ZkError::NOCHILDRENFOREPHEMERALS;
    ++parent.children;
    txn.parent_cversion = ++parent.cversion;
    txn.data = operation.data;
    txn.ephemeral = operation.ephemeral;
    Prospect node;
    node.exists = true;
    node.owner = operation.ephemeral ? session : 0;
    pending[txn.path] = node;
    pending[parent_path] = parent;
    return ZkError::OK;
  }
  Prospect node = prospect(pending, operation.path);
  if (!node.exists) return ZkError::NONODE;
  if (operation.version >= 0 && operation.version != node.version && !sim::mutant("zk-versions-unchecked"))
    return ZkError::BADVERSION;
  if (operation.code == ZkOpCode::SetData) {
    txn.data = operation.data;
    txn.version = ++node.version;
    pending[operation.path] = node;
  } else if (operation.code == ZkOpCode::Delete) {
    if (node.children > 0) return ZkError::NOTEMPTY;
    --parent.children;
    pending[operation.path] = {};
    pending[parent_path] = parent;
  }
  return ZkError::OK;
}

/// All operations or none: if one fails, every part becomes an Error: OK before the failing one, and after it
/// RUNTIMEINCONSISTENCY.
ZkError Server::prepare_multi(const ZkOperation& operation, ZkSessionId session, Prospects& pending, ZkTxn& txn) const {
  ZkError failed = ZkError::OK;
  for (const ZkOperation& op : operation.ops) {
    ZkTxn& part = txn.parts.emplace_back();
    if (failed != ZkError::OK) part.error = ZkError::RUNTIMEINCONSISTENCY;
    else part.error = failed = prepare_one(op, session, pending, part);
  }
  if (failed != ZkError::OK)
    for (ZkTxn& part : txn.parts) part.type = ZkOpCode::Error;
  return failed;
}

void Server::prepare_close(ZkSessionId session, Prospects& pending) const {
  std::set<std::string> going = tree_.ephemerals(session);
  for (const auto& [path, prospect] : prospects_) {
    if (!prospect.exists) going.erase(path);
    else if (prospect.owner == session) going.insert(path);
  }
  for (const std::string& path : going) {
    Prospect parent = prospect(pending, parent_of(path));
    --parent.children;
    pending[std::string(parent_of(path))] = parent;
    pending[path] = {};
  }
}

}  // namespace kafkascope::zookeeper
