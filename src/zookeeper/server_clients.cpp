// A server's work for its clients: sessions, reads, watches; writes go through the leader. ZooKeeper: ZooKeeperServer,
// NIOServerCnxn, FollowerRequestProcessor, CommitProcessor, FinalRequestProcessor.
#include <algorithm>
#include <utility>

#include "protocol/facts_of_zookeeper.h"
#include "sim/mutant.h"
#include "zookeeper/server.h"

namespace kafkascope::zookeeper {

using namespace protocol;

Server::ClientConnection* Server::client_on(sim::ConnectionId connection) {
  const auto it = std::find_if(clients_.begin(), clients_.end(),
                               [&](const ClientConnection& c) { return c.connection == connection; });
  return it == clients_.end() ? nullptr : &*it;
}

Server::ClientConnection* Server::client_of(ZkSessionId session) {
  const auto it =
      std::find_if(clients_.begin(), clients_.end(), [&](const ClientConnection& c) { return c.session == session; });
  return it == clients_.end() ? nullptr : &*it;
}

void Server::handle_connect(Ctx& ctx, sim::ConnectionId connection, const ZkConnectRequest& request) {
  // A client never sees an older state: it needs a server that has seen at least the same zxid.
  const bool behind = request.last_zxid_seen > tree_.zxid() && !sim::mutant("zk-serves-clients-from-the-past");
  if (!serving_ || behind) return ctx.close(connection);
  if (const ClientConnection* old = client_of(request.session_id); old != nullptr && request.session_id != 0)
    drop_client(ctx, old->connection);
  const std::int64_t least =
      options_.min_session_timeout_ms < 0 ? options_.tick_time_ms * 2 : options_.min_session_timeout_ms;
  const std::int64_t most =
      options_.max_session_timeout_ms < 0 ? options_.tick_time_ms * 20 : options_.max_session_timeout_ms;
  ClientConnection& client = clients_.emplace_back();
  client.connection = connection;
  client.node = ctx.peer(connection);
  client.timeout_ms = static_cast<std::int32_t>(std::min(std::max<std::int64_t>(request.timeout_ms, least), most));
  if (request.session_id == 0) {
    client.session = next_session_++;
    ZkOperation open;
    open.code = ZkOpCode::CreateSession;
    return submit(ctx, client.session, 0, client.timeout_ms, std::make_shared<const ZkOperation>(std::move(open)));
  }
  client.session = request.session_id;
  if (request.password != password_of(request.session_id)) return finish_session(ctx, request.session_id, false);
  if (state_ == ZkServerState::Leading)
    return finish_session(ctx, request.session_id, move_session(ctx, request.session_id, options_.sid));
  ctx.send(leader_connection_, protocol::request(0, ZkRevalidateRequest{request.session_id}));
}

void Server::finish_session(Ctx& ctx, ZkSessionId session, bool valid) {
  ClientConnection* client = client_of(session);
  if (client == nullptr || client->established) return;
  if (valid) {
    client->established = true;
    ctx.send(client->connection, request(0, ZkConnectResponse{client->timeout_ms, session, password_of(session)}));
  } else {
    ctx.send(client->connection, request(0, ZkConnectResponse{}));
    drop_client(ctx, client->connection);
  }
}

void Server::handle_from_client(Ctx& ctx, ClientConnection& client, const Message& message) {
  if (!client.established) return;
  touch(ctx, client.session);
  client.queue.push_back({message.correlation_id, message.body});
  const sim::ConnectionId connection = client.connection;
  if (const auto* asked = protocol::get_if<ZkRequest>(&message.body);
      asked != nullptr && is_write(asked->operation->code))
    submit(ctx, client.session, message.correlation_id, client.timeout_ms, asked->operation);
  if (ClientConnection* still = client_on(connection)) work_off(ctx, *still);
}

/// Processes requests in the session's order: a read after a write waits until the write is applied here.
void Server::work_off(Ctx& ctx, ClientConnection& client) {
  while (!client.queue.empty()) {
    const Waiting& first = client.queue.front();
    Message answer{first.xid, {}};
    if (const auto* asked = protocol::get_if<ZkRequest>(&first.body)) {
      if (is_write(asked->operation->code)) return;
      answer.body = ZkResponse{tree_.zxid(), read(client, *asked->operation)};
    } else if (const auto* watches = protocol::get_if<ZkSetWatchesRequest>(&first.body)) {
      set_watches(ctx, client, *watches);
      answer.body = ZkSetWatchesResponse{tree_.zxid()};
    } else {
      answer.body = ZkPingResponse{tree_.zxid()};
    }
    ctx.send(client.connection, std::move(answer));
    client.queue.pop_front();
  }
}

SharedZkResult Server::read(ClientConnection& client, const ZkOperation& operation) {
  auto result = std::make_shared<ZkResult>(tree_.read(operation));
  if (operation.watch && (result->error == ZkError::OK || operation.code == ZkOpCode::Exists)) {
    if (operation.code == ZkOpCode::GetChildren) watches_.add_child(operation.path, client.session);
    else watches_.add_data(operation.path, client.session);
  }
  return result;
}

void Server::answer_write(Ctx& ctx, const ZkTxn& txn, ZkResult result) {
  ClientConnection* client = client_of(txn.session);
  if (client == nullptr) return;
  if (txn.type == ZkOpCode::CreateSession) return finish_session(ctx, txn.session, true);
  // The session may have moved to this server after a write through another one.
  const bool asked_here = !client->queue.empty() && client->queue.front().xid == txn.cxid && txn.cxid != 0;
  if (asked_here && result.error != ZkError::SESSIONMOVED) {
    ctx.send(client->connection,
             Message{txn.cxid, ZkResponse{txn.zxid, std::make_shared<const ZkResult>(std::move(result))}});
    client->queue.pop_front();
    if (txn.type != ZkOpCode::CloseSession) return work_off(ctx, *client);
  }
  if (asked_here || txn.type == ZkOpCode::CloseSession) drop_client(ctx, client->connection);
}

void Server::submit(Ctx& ctx, ZkSessionId session, std::int32_t cxid, std::int32_t timeout_ms,
                    SharedZkOperation operation) {
  if (state_ == ZkServerState::Leading) prepare(ctx, session, cxid, options_.sid, timeout_ms, *operation);
  else ctx.send(leader_connection_, request(0, ZkForward{session, cxid, timeout_ms, std::move(operation)}));
}

/// The session is active: the leader updates its expiry; a follower reports it with its next answer to a ping.
void Server::touch(Ctx& ctx, ZkSessionId session) {
  if (state_ == ZkServerState::Leading) tracker_.touch(session, ctx.now());
  else touched_.insert(session);
}

void Server::drop_client(Ctx& ctx, sim::ConnectionId connection) {
  watches_.forget(client_on(connection)->session);
  ctx.close(connection);
  std::erase_if(clients_, [&](const ClientConnection& c) { return c.connection == connection; });
}

void Server::notify(Ctx& ctx, ClientConnection& client, ZnodeChange change) {
  ctx.trace(fact::ZkWatchFired{change.type, client.session, client.node, change.path});
  ctx.send(client.connection, request(-1, ZkWatcherEvent{change.type, std::move(change.path)}));
}

void Server::fire(Ctx& ctx, const std::vector<ZnodeChange>& changes) {
  for (const ZnodeChange& change : changes)
    for (const ZkSessionId session : watches_.trigger(change))
      if (ClientConnection* client = client_of(session)) notify(ctx, *client, change);
}

/// DataTree.setWatches: watches whose znodes have changed since the client's last zxid fire at once; the others are set
/// again.
void Server::set_watches(Ctx& ctx, ClientConnection& client, const ZkSetWatchesRequest& request) {
  const auto each = [&](const std::vector<std::string>& paths, auto&& missed, auto&& add) {
    for (const std::string& path : paths) {
      if (const std::optional<ZkEventType> type = missed(tree_.find(path))) notify(ctx, client, {*type, path});
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
