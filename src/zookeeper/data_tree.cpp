#include "zookeeper/data_tree.h"

#include <utility>

#include "sim/mutant.h"
#include "sim/random.h"
#include "sim/time.h"

namespace kafkascope::zookeeper {
namespace {

/// Calls f with each part of an absolute path until it returns false; returns true if it never did.
template <class F>
bool each_part(std::string_view path, F&& f) {
  for (std::size_t begin = 1; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (!f(path.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

/// The stat sent to clients. DataNode.copyStat: internally cversion counts the children ever created; clients see
/// creations and deletions.
ZkStat stat_of(const Znode& node) {
  ZkStat stat = node.stat;
  stat.num_children = static_cast<std::int32_t>(node.children.size());
  stat.cversion = node.stat.cversion * 2 - stat.num_children;
  return stat;
}

}  // namespace

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_path(std::string_view path) {
  if (path == "/") return true;
  if (path.empty() || path.front() != '/' || path.back() == '/') return false;
  return each_part(path, [](std::string_view part) { return !part.empty() && part != "." && part != ".."; });
}

const Znode* DataTree::find(std::string_view path) const {
  const Znode* node = &*root_;
  const bool there = each_part(path, [&](std::string_view part) {
    const auto child = node->children.find(part);
    if (child == node->children.end()) return false;
    node = &*child->second;
    return true;
  });
  return there ? node : nullptr;
}

Znode* DataTree::edit(std::string_view path) {
  if (find(path) == nullptr) return nullptr;
  Znode* node = &root_.change();
  each_part(path, [&](std::string_view part) {
    node = &node->children.find(part)->second.change();
    return true;
  });
  return node;
}

ZkResult DataTree::read(const ZkOperation& operation) const {
  ZkResult result;
  const Znode* node = find(operation.path);
  if (node == nullptr) {
    result.error = ZkError::NONODE;
    return result;
  }
  result.stat = stat_of(*node);
  if (operation.code == ZkOpCode::GetData) result.data = node->data;
  if (operation.code == ZkOpCode::GetChildren)
    for (const auto& [name, child] : node->children) result.children.push_back(name);
  return result;
}

ZkResult DataTree::apply(const ZkTxn& txn, std::vector<ZnodeChange>& changes) {
  zxid_ = std::max(zxid_, txn.zxid);
  ZkResult result;
  switch (txn.type) {
    case ZkOpCode::Create:
      create(txn, zxid_, changes);
      result.path = txn.path;
      result.stat = stat_of(*find(txn.path));
      break;
    case ZkOpCode::Delete: remove(txn.path, zxid_, changes); break;
    case ZkOpCode::SetData:
      if (Znode* node = edit(txn.path)) {
        bytes_ += static_cast<std::int64_t>(txn.data.size()) - static_cast<std::int64_t>(node->data.size());
        node->data = txn.data;
        node->stat.version = txn.version;
        node->stat.mzxid = zxid_;
        result.stat = stat_of(*node);
        changes.push_back({ZkEventType::NodeDataChanged, txn.path});
      }
      break;
    case ZkOpCode::Multi:
      for (ZkTxn part : txn.parts) {
        part.session = txn.session;
        result.results.push_back(apply(part, changes));
        if (part.type == ZkOpCode::Error && result.error == ZkError::OK) result.error = part.error;
      }
      break;
    case ZkOpCode::CreateSession: sessions_.change()[txn.session] = txn.timeout_ms; break;
    case ZkOpCode::CloseSession:
      if (!sim::mutant("zk-ephemerals-outlive-their-session"))
        for (const std::string& path : ephemerals(txn.session)) remove(path, zxid_, changes);
      ephemerals_.change().erase(txn.session);
      sessions_.change().erase(txn.session);
      break;
    case ZkOpCode::Error: result.error = txn.error; break;
    default: break;  // a Check was already verified when the transaction was prepared
  }
  return result;
}

std::set<std::string> DataTree::ephemerals(ZkSessionId session) const {
  const auto it = ephemerals_->find(session);
  return it == ephemerals_->end() ? std::set<std::string>{} : it->second;
}

void DataTree::create(const ZkTxn& txn, Zxid zxid, std::vector<ZnodeChange>& changes) {
  const std::string parent_path(parent_of(txn.path));
  Znode* parent = edit(parent_path);
  if (parent == nullptr) return;
  parent->stat.cversion = txn.parent_cversion;
  parent->stat.pzxid = zxid;
  Znode& node = parent->children[std::string(name_of(txn.path))].change();
  node.data = txn.data;
  node.stat.czxid = node.stat.mzxid = node.stat.pzxid = zxid;
  if (txn.ephemeral) {
    node.stat.ephemeral_owner = txn.session;
    ephemerals_.change()[txn.session].insert(txn.path);
  }
  ++size_;
  bytes_ += static_cast<std::int64_t>(txn.path.size() + txn.data.size());
  changes.push_back({ZkEventType::NodeCreated, txn.path});
  changes.push_back({ZkEventType::NodeChildrenChanged, parent_path});
}

void DataTree::remove(std::string_view path, Zxid zxid, std::vector<ZnodeChange>& changes) {
  const Znode* node = find(path);
  if (node == nullptr) return;
  const ZkSessionId owner = node->stat.ephemeral_owner;
  --size_;
  bytes_ -= static_cast<std::int64_t>(path.size() + node->data.size());
  std::string gone(path), parent_path(parent_of(path));
  Znode* parent = edit(parent_path);
  parent->children.erase(parent->children.find(name_of(gone)));
  parent->stat.pzxid = zxid;
  if (owner != 0) {
    if (auto& all = ephemerals_.change(); all.contains(owner)) all[owner].erase(gone);
  }
  changes.push_back({ZkEventType::NodeDeleted, std::move(gone)});
  changes.push_back({ZkEventType::NodeChildrenChanged, std::move(parent_path)});
}

// ---- time 0

ZkSessionId FormedTree::open_session(std::int32_t timeout_ms) {
  ZkTxn txn;
  txn.type = ZkOpCode::CreateSession;
  txn.session = first_session_id(1 + sessions_ % servers_, sim::kEpochMs - 1000) + sessions_ / servers_;
  txn.timeout_ms = timeout_ms;
  ++sessions_;
  const ZkSessionId session = txn.session;
  apply(std::move(txn));
  return session;
}

Zxid FormedTree::create(std::string path, std::string data, ZkSessionId ephemeral_owner) {
  ZkTxn txn;
  txn.type = ZkOpCode::Create;
  txn.parent_cversion = tree_.find(parent_of(path))->stat.cversion + 1;
  txn.path = std::move(path);
  txn.data = std::move(data);
  txn.session = ephemeral_owner;
  txn.ephemeral = ephemeral_owner != 0;
  return apply(std::move(txn));
}

void FormedTree::set_data(std::string path, std::string data) {
  ZkTxn txn;
  txn.type = ZkOpCode::SetData;
  txn.version = tree_.find(path)->stat.version + 1;
  txn.path = std::move(path);
  txn.data = std::move(data);
  apply(std::move(txn));
}

Zxid FormedTree::apply(ZkTxn txn) {
  txn.zxid = std::max(tree_.zxid(), Zxid::begin_of(1)).next();
  std::vector<ZnodeChange> unseen;
  tree_.apply(txn, unseen);
  return txn.zxid;
}

std::uint64_t password_of(ZkSessionId session) { return sim::mix64(static_cast<std::uint64_t>(session) ^ 0xB3415C00u); }

ZkSessionId first_session_id(std::int32_t sid, std::int64_t wall_clock_ms) {
  const auto clock = static_cast<std::uint64_t>(wall_clock_ms) << 24 >> 8;
  return static_cast<ZkSessionId>(clock | static_cast<std::uint64_t>(sid) << 56);
}

}  // namespace kafkascope::zookeeper
