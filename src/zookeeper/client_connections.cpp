#include "zookeeper/client_connections.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "protocol/facts_of_zookeeper.h"
#include "sim/mutant.h"
#include "zookeeper/quorum_peer.h"

namespace kafkascope::zookeeper {

using namespace protocol;

ClientConnections::ClientConnection* ClientConnections::client_on(sim::ConnectionId connection) {
  const auto it = std::find_if(clients_.begin(), clients_.end(),
                               [&](const ClientConnection& c) { return c.connection == connection; });
  return it == clients_.end() ? nullptr : &*it;
}

ClientConnections::ClientConnection* ClientConnections::client_of(ZkSessionId session) {
  const auto it =
      std::find_if(clients_.begin(), clients_.end(), [&](const ClientConnection& c) { return c.session == session; });
  return it == clients_.end() ? nullptr : &*it;
}

bool ClientConnections::has_client_on(sim::ConnectionId connection) const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [&](const ClientConnection& c) { return c.connection == connection; });
}

std::vector<SessionView> ClientConnections::sessions() const {
  std::vector<SessionView> all;
  for (const ClientConnection& client : clients_)
    if (client.established) all.push_back({client.session, client.node});
  return all;
}

void ClientConnections::handle_connect(Ctx& ctx, QuorumPeer& peer, sim::ConnectionId connection,
                                       const ZkConnectRequest& request) {
  // A client never sees an older state: it needs a server that has seen at least the same zxid.
  const bool behind = request.last_zxid_seen > peer.db.tree().zxid() && !sim::mutant("zk-serves-clients-from-the-past");
  if (!peer.serving || behind) return ctx.close(connection);
  if (const ClientConnection* old = client_of(request.session_id); old != nullptr && request.session_id != 0)
    drop(ctx, old->connection);
  const ServerOptions& options = peer.options;
  const std::int64_t least =
      options.min_session_timeout_ms < 0 ? options.tick_time_ms * 2 : options.min_session_timeout_ms;
  const std::int64_t most =
      options.max_session_timeout_ms < 0 ? options.tick_time_ms * 20 : options.max_session_timeout_ms;
  ClientConnection& client = clients_.emplace_back();
  client.connection = connection;
  client.node = ctx.peer(connection);
  client.timeout_ms = static_cast<std::int32_t>(std::min(std::max<std::int64_t>(request.timeout_ms, least), most));
  if (request.session_id == 0) {
    client.session = next_session_++;
    ZkOperation open;
    open.code = ZkOpCode::CreateSession;
    return peer.submit(ctx, client.session, 0, client.timeout_ms, std::make_shared<const ZkOperation>(std::move(open)));
  }
  client.session = request.session_id;
  if (request.password != password_of(request.session_id)) return finish_session(ctx, request.session_id, false);
  if (peer.state == ZkServerState::Leading)
    return finish_session(ctx, request.session_id, peer.leader.move_session(ctx, request.session_id, options.sid));
  peer.follower.send(ctx, ZkRevalidateRequest{request.session_id});
}

void ClientConnections::finish_session(Ctx& ctx, ZkSessionId session, bool valid) {
  ClientConnection* client = client_of(session);
  if (client == nullptr || client->established) return;
  if (valid) {
    client->established = true;
    ctx.send(client->connection, request(0, ZkConnectResponse{client->timeout_ms, session, password_of(session)}));
  } else {
    ctx.send(client->connection, request(0, ZkConnectResponse{}));
    drop(ctx, client->connection);
  }
}

void ClientConnections::handle(Ctx& ctx, QuorumPeer& peer, sim::ConnectionId connection, const Message& message) {
  ClientConnection& client = *client_on(connection);
  if (!client.established) return;
  peer.touch(ctx, client.session);
  client.queue.push_back({message.correlation_id, message.body});
  if (const auto* asked = protocol::get_if<ZkRequest>(&message.body);
      asked != nullptr && is_write(asked->operation->code))
    peer.submit(ctx, client.session, message.correlation_id, client.timeout_ms, asked->operation);
  if (ClientConnection* still = client_on(connection)) work_off(ctx, peer.db.tree(), *still);
}

/// Processes requests in the session's order: a read after a write waits until the write is applied here.
void ClientConnections::work_off(Ctx& ctx, const DataTree& tree, ClientConnection& client) {
  while (!client.queue.empty()) {
    const Waiting& first = client.queue.front();
    Message answer{first.xid, {}};
    if (const auto* asked = protocol::get_if<ZkRequest>(&first.body)) {
      if (is_write(asked->operation->code)) return;
      answer.body = ZkResponse{tree.zxid(), read(tree, client, *asked->operation)};
    } else if (const auto* watches = protocol::get_if<ZkSetWatchesRequest>(&first.body)) {
      set_watches(ctx, tree, client, *watches);
      answer.body = ZkSetWatchesResponse{tree.zxid()};
    } else {
      answer.body = ZkPingResponse{tree.zxid()};
    }
    ctx.send(client.connection, std::move(answer));
    client.queue.pop_front();
  }
}

SharedZkResult ClientConnections::read(const DataTree& tree, ClientConnection& client, const ZkOperation& operation) {
  auto result = std::make_shared<ZkResult>(tree.read(operation));
  if (operation.watch && (result->error == ZkError::OK || operation.code == ZkOpCode::Exists)) {
    if (operation.code == ZkOpCode::GetChildren) watches_.add_child(operation.path, client.session);
    else watches_.add_data(operation.path, client.session);
  }
  return result;
}

void ClientConnections::answer_write(Ctx& ctx, const DataTree& tree, const ZkTxn& txn, ZkResult result) {
  ClientConnection* client = client_of(txn.session);
  if (client == nullptr) return;
  if (txn.type == ZkOpCode::CreateSession) return finish_session(ctx, txn.session, true);
  // The session may have moved to this server after a write through another one.
  const bool asked_here = !client->queue.empty() && client->queue.front().xid == txn.cxid && txn.cxid != 0;
  if (asked_here && result.error != ZkError::SESSIONMOVED) {
    ctx.send(client->connection,
             Message{txn.cxid, ZkResponse{txn.zxid, std::make_shared<const ZkResult>(std::move(result))}});
    client->queue.pop_front();
    if (txn.type != ZkOpCode::CloseSession) return work_off(ctx, tree, *client);
  }
  if (asked_here || txn.type == ZkOpCode::CloseSession) drop(ctx, client->connection);
}

void ClientConnections::drop(Ctx& ctx, sim::ConnectionId connection) {
  watches_.forget(client_on(connection)->session);
  ctx.close(connection);
  std::erase_if(clients_, [&](const ClientConnection& c) { return c.connection == connection; });
}

void ClientConnections::drop_all(Ctx& ctx) {
  while (!clients_.empty()) drop(ctx, clients_.back().connection);
}

void ClientConnections::notify(Ctx& ctx, ClientConnection& client, ZnodeChange change) {
  ctx.trace(fact::ZkWatchFired{change.type, client.session, client.node, change.path});
  ctx.send(client.connection, request(-1, ZkWatcherEvent{change.type, std::move(change.path)}));
}

void ClientConnections::fire(Ctx& ctx, const std::vector<ZnodeChange>& changes) {
  for (const ZnodeChange& change : changes)
    for (const ZkSessionId session : watches_.trigger(change))
      if (ClientConnection* client = client_of(session)) notify(ctx, *client, change);
}

/// DataTree.setWatches: watches whose znodes have changed since the client's last zxid fire at once; the others are set
/// again.
void ClientConnections::set_watches(Ctx& ctx, const DataTree& tree, ClientConnection& client,
                                    const ZkSetWatchesRequest& request) {
  const auto each = [&](const std::vector<std::string>& paths, auto&& missed, auto&& add) {
    for (const std::string& path : paths) {
      if (const std::optional<ZkEventType> type = missed(tree.find(path))) notify(ctx, client, {*type, path});
      else (watches_.*add)(path, client.session);
    }
  };
  const Zxid seen = request.relative_zxid;
  using Missed = std::optional<ZkEventType>;
  each(
      request.data,
      [&](const Znode* node) {
        return node == nullptr           ? Missed(ZkEventType::NodeDeleted)
               : node->stat.mzxid > seen ? Missed(ZkEventType::NodeDataChanged)
                                         : Missed();
      },
      &WatchManager::add_data);
  each(
      request.exist, [](const Znode* node) { return node != nullptr ? Missed(ZkEventType::NodeCreated) : Missed(); },
      &WatchManager::add_data);
  each(
      request.child,
      [&](const Znode* node) {
        return node == nullptr           ? Missed(ZkEventType::NodeDeleted)
               : node->stat.pzxid > seen ? Missed(ZkEventType::NodeChildrenChanged)
                                         : Missed();
      },
      &WatchManager::add_child);
}

}  // namespace kafkascope::zookeeper
