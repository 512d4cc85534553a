// On the leader: turns a request into a transaction with its future result. ZooKeeper: PrepRequestProcessor. Requests
// are checked against the tree as it will be after all proposals. A failing request also becomes a transaction, so that
// responses keep the order of the requests.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "zookeeper/server_options.h"
#include "zookeeper/session_tracker.h"

namespace kafkascope::zookeeper {

struct WriteRequest {
  ZkSessionId session = 0;
  std::int32_t cxid = 0;
  std::int32_t owner = 0;  // the server through which the session writes
  std::int32_t timeout_ms = 0;
  SharedZkOperation operation;
};

class PrepRequestProcessor {
 public:
  /// A broadcast begins with this zxid, and without proposals.
  void begin(Zxid first) {
    prospects_.clear();
    next_zxid_ = first;
  }
  ZkTxn prepare(const WriteRequest& request, SessionTracker& tracker, const DataTree& tree, sim::Instant now);
  /// The tree has the transaction now.
  void applied(const ZkTxn& txn);

 private:
  struct Prospect {  // a znode as it will be when all proposals are committed (ChangeRecord)
    Zxid zxid;
    bool exists = false;
    std::int32_t version = 0, cversion = 0, children = 0;
    ZkSessionId owner = 0;
  };
  using Prospects = std::map<std::string, Prospect, std::less<>>;
  /// The state while one request is prepared: the znodes that its operations so far will change.
  struct Work {
    const DataTree& tree;
    ZkSessionId session = 0;
    Prospects pending = {};
  };
  Prospect prospect(const Work& work, std::string_view path) const;
  ZkError prepare_one(const ZkOperation& operation, Work& work, ZkTxn& txn) const;
  ZkError prepare_create(const ZkOperation& operation, Work& work, ZkTxn& txn) const;
  ZkError prepare_multi(const ZkOperation& operation, Work& work, ZkTxn& txn) const;
  void prepare_close(Work& work) const;

  Zxid next_zxid_;
  Prospects prospects_;
};

}  // namespace kafkascope::zookeeper
