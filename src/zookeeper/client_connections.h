// A server's work for its clients: sessions, reads, watches; writes go through the leader. ZooKeeper: ZooKeeperServer,
// NIOServerCnxn, FollowerRequestProcessor, CommitProcessor, FinalRequestProcessor.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "protocol/message.h"
#include "zookeeper/server_options.h"
#include "zookeeper/watch_manager.h"

namespace kafkascope::zookeeper {

/// A session that is connected to the server.
struct SessionView {
  ZkSessionId session = 0;
  sim::NodeId client;
};

class ClientConnections {
 public:
  /// The process has started; later sessions get the next ids.
  void start(ZkSessionId first) { next_session_ = first; }
  bool has_client_on(sim::ConnectionId connection) const;
  std::vector<SessionView> sessions() const;  // those that are open
  const WatchManager& watches() const { return watches_; }

  void handle_connect(Ctx& ctx, QuorumPeer& peer, sim::ConnectionId connection,
                      const protocol::ZkConnectRequest& request);
  /// The leader has told whether the session is valid.
  void finish_session(Ctx& ctx, ZkSessionId session, bool valid);
  void handle(Ctx& ctx, QuorumPeer& peer, sim::ConnectionId connection, const Message& message);
  void drop(Ctx& ctx, sim::ConnectionId connection);
  void drop_all(Ctx& ctx);

  // A transaction has been applied.
  void fire(Ctx& ctx, const std::vector<ZnodeChange>& changes);
  /// Answers the client of this server whose transaction it was.
  void answer_write(Ctx& ctx, const DataTree& tree, const ZkTxn& txn, ZkResult result);

 private:
  struct Waiting {
    std::int32_t xid = 0;
    protocol::Body body;  // ZkRequest, ZkPingRequest, ZkSetWatchesRequest
  };
  struct ClientConnection {
    sim::ConnectionId connection;
    sim::NodeId node;
    ZkSessionId session = 0;
    std::int32_t timeout_ms = 0;
    bool established = false;   // the session is open, and this server has told the client so
    std::deque<Waiting> queue;  // in order; the front request waits for its commit
  };
  ClientConnection* client_on(sim::ConnectionId connection);
  ClientConnection* client_of(ZkSessionId session);
  void work_off(Ctx& ctx, const DataTree& tree, ClientConnection& client);
  void set_watches(Ctx& ctx, const DataTree& tree, ClientConnection& client,
                   const protocol::ZkSetWatchesRequest& request);
  protocol::SharedZkResult read(const DataTree& tree, ClientConnection& client, const ZkOperation& operation);
  void notify(Ctx& ctx, ClientConnection& client, ZnodeChange change);

  std::vector<ClientConnection> clients_;
  WatchManager watches_;
  ZkSessionId next_session_ = 0;
};

}  // namespace kafkascope::zookeeper
