// The client library of ZooKeeper as a broker embeds it: one session over one connection at a time. Source: ZooKeeper
// 3.5.7 ClientCnxn, StaticHostProvider, ZKWatchManager; states: ZooKeeper.States, Watcher.Event.KeeperState.
//
// The host owns a client, passes its callbacks to it first and takes the events afterwards. The events have ZooKeeper's
// order: a server's messages on a connection arrive in order, so a watch fires before any response that shows the
// change; when the connection breaks, all unanswered operations complete with CONNECTIONLOSS before Disconnected. Such
// an operation may have been executed. Operations submitted while disconnected wait for the next connection
// (ClientCnxn.queuePacket).
#pragma once
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "protocol/context.h"
#include "sim/ids.h"
#include "sim/time.h"
#include "zookeeper/data_tree.h"

namespace kafkascope::zookeeper {

using Ctx = protocol::Context;
using protocol::Message;
using protocol::SharedZkOperation;
using protocol::SharedZkResult;

// ---- operations that a host submits
ZkOperation create(std::string path, std::string data, bool ephemeral = false, bool sequential = false);
ZkOperation remove(std::string path, std::int32_t version = -1);
ZkOperation exists(std::string path, bool watch = false);
ZkOperation get_data(std::string path, bool watch = false);
ZkOperation set_data(std::string path, std::string data, std::int32_t version = -1);
ZkOperation get_children(std::string path, bool watch = false);
ZkOperation check(std::string path, std::int32_t version);
ZkOperation multi(std::vector<ZkOperation> ops);

/// Numbers one client's operations, from 1.
using Token = std::uint64_t;

enum class SessionState : std::uint8_t {
  Closed,        // never opened, closed by the host, or closed after Expired
  Disconnected,  // trying to reach a server; an existing session may still be alive
  Connected,
  Expired  // reported once; the host may open a new session
};

// ---- events that a host receives
struct Completed {
  Token token = 0;
  SharedZkOperation operation;
  SharedZkResult result;  // never null; the client itself generates CONNECTIONLOSS and SESSIONEXPIRED
  Zxid zxid;              // the server's zxid when it answered
};
struct Watched {
  ZkEventType type = ZkEventType::NodeCreated;
  std::string path;
};
struct SessionChanged {
  SessionState state = SessionState::Closed;
};
using ClientEvent = std::variant<Completed, Watched, SessionChanged>;

struct ClientOptions {
  std::vector<sim::NodeId> servers;
  std::int32_t session_timeout_ms = 18000;  // zookeeper.session.timeout.ms (KIP-537); the server may choose another
                                            // value
};

class Client {
 public:
  Client() = default;  // for a host that does not use ZooKeeper
  explicit Client(ClientOptions options) : options_(std::move(options)) {}

  /// Formation at time 0, before open(): the session exists already, with these watches set; open() connects it in the
  /// first millisecond.
  void preload(ZkSessionId session, Zxid seen, std::set<std::string> data_watches = {},
               std::set<std::string> exist_watches = {}, std::set<std::string> child_watches = {});

  /// Begins a session (or continues the preloaded one). Only while state() is Closed or Expired; watches of an earlier
  /// session are gone.
  void open(Ctx& ctx);
  /// closeSession: the ephemeral znodes are deleted at once. SessionChanged{Closed} follows when the server has
  /// answered or is gone.
  void close(Ctx& ctx);
  /// Submits an operation; every token completes exactly once. In state Closed or Expired it completes at once, with
  /// SESSIONEXPIRED.
  Token submit(Ctx& ctx, ZkOperation operation);

  // The host's callbacks. They return true if the event was the client's.
  bool on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message);
  bool on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);  // kind 180
  bool on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why);
  /// The process dies and forgets the session; the servers let it expire.
  void on_death();

  /// Returns the events since the last call, in order. Usually empty; call it after each callback and each submit.
  std::vector<ClientEvent> take_events() { return std::exchange(events_, {}); }
  bool has_events() const { return !events_.empty(); }

  // Views.
  SessionState state() const { return state_; }
  ZkSessionId session() const { return session_; }  // 0: no session yet
  /// The timeout agreed with the server; until then the requested value.
  std::int32_t session_timeout_ms() const { return negotiated_ms_ > 0 ? negotiated_ms_ : options_.session_timeout_ms; }
  Zxid last_zxid() const { return last_zxid_; }  // the highest zxid seen
  sim::NodeId server() const;                    // the server connected or being tried; invalid: none
  std::size_t in_flight() const { return pending_.size(); }
  const std::set<std::string>& data_watches() const { return data_watches_; }
  const std::set<std::string>& exist_watches() const { return exist_watches_; }
  const std::set<std::string>& child_watches() const { return child_watches_; }

 private:
  struct Packet {
    Token token = 0;
    SharedZkOperation operation;
    std::int32_t xid = 0;
  };
  void connect_next(Ctx& ctx);
  void connected(Ctx& ctx, const protocol::ZkConnectResponse& response);
  void answered(Ctx& ctx, std::int32_t xid, const protocol::ZkResponse& response);
  void fire(const protocol::ZkWatcherEvent& event);
  void note_watch(const ZkOperation& operation, const ZkResult& result);
  void send_packet(Ctx& ctx, Packet& packet);
  /// The connection is lost: pending operations fail, and the next server is tried unless the host has closed the
  /// session.
  void lose_connection(Ctx& ctx);
  void fail_all(ZkError error);
  void end_session(Ctx& ctx, SessionState how);
  void set_state(Ctx& ctx, SessionState next);
  void send(Ctx& ctx, Message message);
  /// Does what is due and sets the timer for the next action.
  void poll(Ctx& ctx);
  sim::Duration timeout() const { return sim::milliseconds(session_timeout_ms()); }

  ClientOptions options_;
  SessionState state_ = SessionState::Closed;
  bool closing_ = false;

  // The session's state.
  ZkSessionId session_ = 0;
  std::int32_t negotiated_ms_ = 0;
  Zxid last_zxid_;
  std::set<std::string> data_watches_, exist_watches_, child_watches_;

  // The connection's state.
  std::vector<sim::NodeId> order_;  // the servers, shuffled once
  std::size_t server_ = 0;          // index into order_ of the server connected or tried last
  std::size_t last_good_ = 0;       // index of the last server that worked: after a round through all others the client
                                    // waits longer
  sim::ConnectionId connection_;
  sim::Instant connect_at_ = sim::kNever;  // when to try the next server; kNever while there is a connection
  sim::Instant last_heard_, last_sent_, ping_at_;
  sim::TimerId timer_;
  sim::Instant timer_due_ = sim::kNever;

  std::deque<Packet> pending_;  // sent requests in the order of their xids; then requests that wait for a connection
                                // (xid 0)
  std::int32_t next_xid_ = 1;
  Token next_token_ = 1;
  std::vector<ClientEvent> events_;
};

}  // namespace kafkascope::zookeeper
