#include "zookeeper/watch_manager.h"

#include "sim/mutant.h"

namespace kafkascope::zookeeper {
namespace {

void take(sim::CopyOnWrite<WatchManager::Table>& table, const std::string& path, std::set<ZkSessionId>& out) {
  if (const auto it = table->find(path); it != table->end()) {
    out.insert(it->second.begin(), it->second.end());
    if (!sim::mutant("zk-watch-stays")) table.change().erase(path);
  }
}

}  // namespace

/// DataTree.createNode, deleteNode, setData: a deleted znode also ends the watches on its children.
std::vector<ZkSessionId> WatchManager::trigger(const ZnodeChange& change) {
  std::set<ZkSessionId> told;
  if (change.type != ZkEventType::NodeChildrenChanged) take(data_, change.path, told);
  if (change.type == ZkEventType::NodeChildrenChanged || change.type == ZkEventType::NodeDeleted)
    take(child_, change.path, told);
  return {told.begin(), told.end()};
}

void WatchManager::forget(ZkSessionId session) {
  for (sim::CopyOnWrite<Table>* table : {&data_, &child_}) {
    std::vector<std::string> paths;
    for (const auto& [path, sessions] : **table)
      if (sessions.contains(session)) paths.push_back(path);
    for (const std::string& path : paths) {
      auto& sessions = table->change()[path];
      sessions.erase(session);
      if (sessions.empty()) table->change().erase(path);
    }
  }
}

}  // namespace kafkascope::zookeeper
