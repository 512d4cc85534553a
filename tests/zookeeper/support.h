// A world of ZooKeeper servers and of clients that a test controls.
#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/trace_kinds.h"
#include "support/role_world.h"
#include "zookeeper/client.h"
#include "zookeeper/server.h"

namespace kafkascope::zookeeper {

using protocol::Trace;
using sim::Death;
using sim::Instant;
using sim::milliseconds;
using sim::NodeId;
using sim::seconds;

/// An application with one client.
struct App {
  Client client;
  bool opens_again = false;  // opens a new session after Expired, as a broker does
  struct Seen {
    Instant at;
    ClientEvent event;
    ZkSessionId session = 0;  // the session of the event
  };
  std::vector<Seen> seen;

  void on_start(Ctx& ctx) {
    ctx.set_state(sim::NodeState::Running);
    client.open(ctx);
    take(ctx);
  }
  void on_message(Ctx& ctx, sim::ConnectionId c, const Message& m) {
    client.on_message(ctx, c, m);
    take(ctx);
  }
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
    client.on_timer(ctx, kind, arg);
    take(ctx);
  }
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId c, sim::Disconnect why) {
    client.on_disconnect(ctx, c, why);
    take(ctx);
  }
  void on_death(Death, Instant now) {
    seen.push_back(
        {now, SessionChanged{SessionState::Closed}, client.session()});  // the next process does not know the session
    client.on_death();
  }

  void take(Ctx& ctx) {
    bool expired = false;
    for (ClientEvent& event : client.take_events()) {
      const auto* change = std::get_if<SessionChanged>(&event);
      expired = expired || (change != nullptr && change->state == SessionState::Expired);
      seen.push_back({ctx.now(), std::move(event), client.session()});
    }
    if (expired && opens_again) client.open(ctx);
  }
  const ZkResult* result_of(Token token) const {
    for (const Seen& s : seen)
      if (const auto* done = std::get_if<Completed>(&s.event); done != nullptr && done->token == token)
        return done->result.get();
    return nullptr;
  }
  std::vector<Watched> watched() const {
    std::vector<Watched> all;
    for (const Seen& s : seen)
      if (const auto* w = std::get_if<Watched>(&s.event)) all.push_back(*w);
    return all;
  }
  std::vector<SessionState> states() const {
    std::vector<SessionState> all;
    for (const Seen& s : seen)
      if (const auto* change = std::get_if<SessionChanged>(&s.event)) all.push_back(change->state);
    return all;
  }
};

/// Sends a test's messages, and keeps the received ones.
struct Probe {
  std::vector<Message> got;
  int disconnects = 0;
  void on_start(Ctx&) {}
  void on_message(Ctx&, sim::ConnectionId, const Message& m) { got.push_back(m); }
  void on_timer(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx&, sim::ConnectionId, sim::Disconnect) { ++disconnects; }
  void on_death(Death, Instant) {}
};

using RoleWorld = test::RoleWorld<std::variant<Server, App, Probe>>;
using World = RoleWorld::World;
using test::Recorder;

/// Every znode in one line, for comparing trees.
inline void dump(const Znode& node, const std::string& path, std::string& out) {
  out += path + " " + node.data + " v" + std::to_string(node.stat.version) + " c" +
         std::to_string(node.stat.czxid.value) + " o" + std::to_string(node.stat.ephemeral_owner) + "\n";
  for (const auto& [name, child] : node.children) dump(*child, path + "/" + name, out);
}
inline std::string dump(const DataTree& tree) {
  std::string out;
  dump(tree.root(), "", out);
  for (const auto& [session, timeout] : tree.sessions())
    out += std::to_string(session) + " " + std::to_string(timeout) + "\n";
  return out;
}

/// Servers are nodes 0 .. (sids 1 ..), clients come after them; a probe is the last node.
struct Ensemble : RoleWorld {
  int servers, clients;
  Recorder recorder;

  explicit Ensemble(int server_count = 3, int client_count = 2, std::uint64_t seed = 1, bool formed = true,
                    std::int32_t timeout_ms = 6000)
      : RoleWorld(seed), servers(server_count), clients(client_count) {
    FormedTree tree(servers);
    tree.create("/brokers", "");
    tree.create("/brokers/ids", "");
    for (int i = 0; i < servers; ++i) {
      ServerOptions o;
      o.sid = i + 1;
      for (int s = 0; s < servers; ++s) o.servers.push_back({s + 1, NodeId{s}});
      Server server(o);
      if (formed) server.preload(tree.tree(), 1);
      world.add_node("zookeeper-" + std::to_string(i + 1), std::move(server));
    }
    for (int i = 0; i < clients; ++i) {
      ClientOptions o;
      for (int s = 0; s < servers; ++s) o.servers.push_back(NodeId{s});
      o.session_timeout_ms = timeout_ms;
      App app;
      app.client = Client(o);
      world.add_node("client-" + std::to_string(i + 1), std::move(app));
    }
    world.add_node("probe", Probe{});
    world.attach(&recorder);
    world.start_all(formed);
  }
  NodeId server_node(int sid) const { return {sid - 1}; }
  NodeId client_node(int i) const { return {servers + i}; }
  NodeId probe_node() const { return {servers + clients}; }
  Server& server(int sid) { return std::get<Server>(world.role(server_node(sid))); }
  App& app(int i) { return std::get<App>(world.role(client_node(i))); }
  Probe& probe() { return std::get<Probe>(world.role(probe_node())); }

  Token ask(int i, ZkOperation op) {
    Token token = 0;
    world.with_context(client_node(i), [&](Ctx& ctx) {
      token = app(i).client.submit(ctx, std::move(op));
      app(i).take(ctx);
    });
    return token;
  }
  /// Sends the operation and runs until the answer arrives (at most ten seconds).
  ZkResult await(int i, ZkOperation op) {
    const Token token = ask(i, std::move(op));
    run_until(seconds(10), [&] { return app(i).result_of(token) != nullptr; });
    const ZkResult* result = app(i).result_of(token);
    ZkResult none;
    none.error = ZkError::CONNECTIONLOSS;
    return result == nullptr ? none : *result;
  }
  /// The server that may commit; 0: none. Of two (one is cut off without knowing it) the one with the newer epoch.
  int leader() {
    int best = 0;
    for (int sid = 1; sid <= servers; ++sid)
      if (world.alive(server_node(sid)) && server(sid).is_active_leader() &&
          (best == 0 || server(sid).epoch() > server(best).epoch()))
        best = sid;
    return best;
  }
  int follower() { return leader() == 1 ? 2 : 1; }
  bool all_serve() {
    for (int sid = 1; sid <= servers; ++sid)
      if (!world.alive(server_node(sid)) || !server(sid).serving()) return false;
    return leader() != 0;
  }
  bool all_connected() {
    for (int i = 0; i < clients; ++i)
      if (app(i).client.state() != SessionState::Connected) return false;
    return true;
  }
  /// The server that the client is connected to.
  int server_of(int i) { return app(i).client.server().index + 1; }
};

}  // namespace kafkascope::zookeeper
