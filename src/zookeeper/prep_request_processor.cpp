#include "zookeeper/prep_request_processor.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "sim/mutant.h"

namespace kafkascope::zookeeper {

ZkTxn PrepRequestProcessor::prepare(const WriteRequest& request, SessionTracker& tracker, const DataTree& tree,
                                    sim::Instant now) {
  const ZkOperation& operation = *request.operation;
  ZkTxn txn;
  txn.session = request.session;
  txn.cxid = request.cxid;
  txn.type = operation.code;
  Work work{tree, request.session};
  if (operation.code == ZkOpCode::CreateSession) {
    txn.timeout_ms = request.timeout_ms;
    tracker.add(request.session, request.timeout_ms, now);
    tracker.set_owner(request.session, request.owner);
  } else if (operation.code == ZkOpCode::CloseSession) {
    tracker.set_closing(request.session);
    prepare_close(work);
  } else {
    ZkError error = tracker.check(request.session, request.owner);
    if (error == ZkError::OK)
      error =
          operation.code == ZkOpCode::Multi ? prepare_multi(operation, work, txn) : prepare_one(operation, work, txn);
    if (error != ZkError::OK) {
      work.pending.clear();
      if (operation.code != ZkOpCode::Multi || txn.parts.empty()) txn.type = ZkOpCode::Error;
      txn.error = error;
      txn.path = operation.path;
    }
  }
  txn.zxid = std::exchange(next_zxid_, next_zxid_.next());
  for (auto& [path, prospect] : work.pending) {
    prospect.zxid = txn.zxid;
    prospects_[path] = prospect;
  }
  return txn;
}

void PrepRequestProcessor::applied(const ZkTxn& txn) {
  std::erase_if(prospects_, [&](const auto& p) { return p.second.zxid <= txn.zxid; });
}

/// The znode as it will be. The pending operations of this request take precedence over the proposals, and those over
/// the committed transactions.
PrepRequestProcessor::Prospect PrepRequestProcessor::prospect(const Work& work, std::string_view path) const {
  for (const Prospects* prospects : {&work.pending, &prospects_})
    if (const auto it = prospects->find(path); it != prospects->end()) return it->second;
  const Znode* node = work.tree.find(path);
  if (node == nullptr) return {};
  return {{},
          true,
          node->stat.version,
          node->stat.cversion,
          static_cast<std::int32_t>(node->children.size()),
          node->stat.ephemeral_owner};
}

ZkError PrepRequestProcessor::prepare_one(const ZkOperation& operation, Work& work, ZkTxn& txn) const {
  if (!is_path(operation.path) ||
      (operation.path == "/" && (operation.code == ZkOpCode::Create || operation.code == ZkOpCode::Delete)))
    return ZkError::BADARGUMENTS;
  txn.type = operation.code;
  txn.session = work.session;
  txn.path = operation.path;
  if (operation.code == ZkOpCode::Create) return prepare_create(operation, work, txn);
  Prospect node = prospect(work, operation.path);
  if (!node.exists) return ZkError::NONODE;
  if (operation.version >= 0 && operation.version != node.version && !sim::mutant("zk-versions-unchecked"))
    return ZkError::BADVERSION;
  if (operation.code == ZkOpCode::SetData) {
    txn.data = operation.data;
    txn.version = ++node.version;
    work.pending[operation.path] = node;
  } else if (operation.code == ZkOpCode::Delete) {
    if (node.children > 0) return ZkError::NOTEMPTY;
    const std::string parent_path(parent_of(operation.path));
    Prospect parent = prospect(work, parent_path);
    --parent.children;
    work.pending[operation.path] = {};
    work.pending[parent_path] = parent;
  }
  return ZkError::OK;
}

ZkError PrepRequestProcessor::prepare_create(const ZkOperation& operation, Work& work, ZkTxn& txn) const {
  const std::string parent_path(parent_of(operation.path));
  Prospect parent = prospect(work, parent_path);
  if (!parent.exists) return ZkError::NONODE;
  if (operation.sequential) txn.path += fmt::format("{:010d}", parent.cversion);
  if (prospect(work, txn.path).exists) return ZkError::NODEEXISTS;
  if (operation.version >= 0 && operation.version != parent.cversion) return ZkError::BADVERSION;
  if (parent.owner != 0) return ZkError::NOCHILDRENFOREPHEMERALS;
  ++parent.children;
  txn.parent_cversion = ++parent.cversion;
  txn.data = operation.data;
  txn.ephemeral = operation.ephemeral;
  Prospect node;
  node.exists = true;
  node.owner = operation.ephemeral ? work.session : 0;
  work.pending[txn.path] = node;
  work.pending[parent_path] = parent;
  return ZkError::OK;
}

/// All operations or none: if one fails, every part becomes an Error: OK before the failing one, and after it
/// RUNTIMEINCONSISTENCY.
ZkError PrepRequestProcessor::prepare_multi(const ZkOperation& operation, Work& work, ZkTxn& txn) const {
  ZkError failed = ZkError::OK;
  for (const ZkOperation& op : operation.ops) {
    ZkTxn& part = txn.parts.emplace_back();
    if (failed != ZkError::OK) part.error = ZkError::RUNTIMEINCONSISTENCY;
    else part.error = failed = prepare_one(op, work, part);
  }
  if (failed != ZkError::OK)
    for (ZkTxn& part : txn.parts) part.type = ZkOpCode::Error;
  return failed;
}

void PrepRequestProcessor::prepare_close(Work& work) const {
  std::set<std::string> going = work.tree.ephemerals(work.session);
  for (const auto& [path, prospect] : prospects_) {
    if (!prospect.exists) going.erase(path);
    else if (prospect.owner == work.session) going.insert(path);
  }
  for (const std::string& path : going) {
    Prospect parent = prospect(work, parent_of(path));
    --parent.children;
    work.pending[std::string(parent_of(path))] = parent;
    work.pending[path] = {};
  }
}

}  // namespace kafkascope::zookeeper
