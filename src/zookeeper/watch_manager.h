// The watches of one server's sessions on znodes. One-shot: a watch that fires is removed. Source: ZooKeeper 3.5.7
// WatchManager.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/copy_on_write.h"
#include "zookeeper/data_tree.h"

namespace kafkascope::zookeeper {

class WatchManager {
 public:
  using Table = std::map<std::string, std::set<ZkSessionId>, std::less<>>;

  void add_data(const std::string& path, ZkSessionId session) {
    data_.change()[path].insert(session);
  }  // watches set by GetData and Exists
  void add_child(const std::string& path, ZkSessionId session) {
    child_.change()[path].insert(session);
  }  // watches set by GetChildren
  /// Returns the sessions to notify of the change, each once.
  std::vector<ZkSessionId> trigger(const ZnodeChange& change);
  void forget(ZkSessionId session);
  void clear() { data_ = {}, child_ = {}; }

  const Table& data() const { return *data_; }
  const Table& child() const { return *child_; }

 private:
  sim::CopyOnWrite<Table> data_, child_;
};

}  // namespace kafkascope::zookeeper
