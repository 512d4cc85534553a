// The client library of ZooKeeper as a broker embeds it: one session over one connection at a time.
// Source: ZooKeeper 3.5.7 ClientCnxn, StaticHostProvider, ZKWatchManager; states: ZooKeeper.States, Watcher.Event.KeeperState.
//
// The host owns one, hands it its callbacks first and takes the events afterwards. Their order is ZooKeeper's: what a server says on a
// connection comes in the server's order, so a watch fires before any answer that shows the change; all that was asked and not answered
// when the connection broke completes with CONNECTIONLOSS before Disconnected. An operation that failed so may have been done.
// What is asked while it is not connected waits for the next connection (ClientCnxn.queuePacket).
#pragma once
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "protocol/message.h"
#include "zookeeper/data_tree.h"

namespace kafkascope::zookeeper {

using Ctx = protocol::Context;
using protocol::Message;
using protocol::SharedZkOperation;
using protocol::SharedZkResult;

// ---- what a host asks for
ZkOperation create(std::string path, std::string data, bool ephemeral = false, bool sequential = false);
ZkOperation remove(std::string path, std::int32_t version = -1);
ZkOperation exists(std::string path, bool watch = false);
ZkOperation get_data(std::string path, bool watch = false);
ZkOperation set_data(std::string path, std::string data, std::int32_t version = -1);
ZkOperation get_children(std::string path, bool watch = false);
ZkOperation check(std::string path, std::int32_t version);
ZkOperation multi(std::vector<ZkOperation> ops);

/// Numbers of one client's operations, from 1.
using Token = std::uint64_t;

enum class SessionState : std::uint8_t {
  Closed,        // not opened, or closed by the host, or after Expired
  Disconnected,  // trying to reach a server; the session, if there is one, may still live
  Connected,
  Expired  // told once; the host opens a new one if it wants to go on
};

// ---- what a host gets
struct Completed {
  Token token = 0;
  SharedZkOperation operation;
  SharedZkResult result;  // never null; CONNECTIONLOSS and SESSIONEXPIRED are the client's own
  Zxid zxid;              // the server's when it answered
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
  std::int32_t session_timeout_ms = 18000;  // zookeeper.session.timeout.ms (KIP-537); the server may agree to another
};

class Client {
 public:
  Client() = default;  // for a host without ZooKeeper
  explicit Client(ClientOptions options) : options_(std::move(options)) {}

  /// Formation at time 0, before open(): the session is open already and has these watches out; open() connects it in the first millisecond.
  void preload(ZkSessionId session, Zxid seen, std::set<std::string> data_watches = {},
               std::set<std::string> exist_watches = {}, std::set<std::string> child_watches = {});

  /// Begins a session (or goes on with the preloaded one). Only while state() is Closed or Expired; watches of an earlier session are gone.
  void open(Ctx& ctx);
  /// closeSession: the ephemerals go at once. SessionChanged{Closed} comes when the server has answered or is gone.
  void close(Ctx& ctx);
  /// Every token completes once. Closed or Expired: at once, with SESSIONEXPIRED.
  Token submit(Ctx& ctx, ZkOperation operation);

  // The host's callbacks. True: it was the client's.
  bool on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message);
  bool on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);  // kind 180
  bool on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why);
  /// The process is gone and with it what it knew of the session; the servers let it run out.
  void on_death();

  /// What has happened since the last call, in order. Empty most of the time: to be asked after each callback and each submit.
  std::vector<ClientEvent> take_events() { return std::exchange(events_, {}); }
  bool has_events() const { return !events_.empty(); }

  // Views.
  SessionState state() const { return state_; }
  ZkSessionId session() const { return session_; }  // 0: none yet
  /// As agreed with the server; as asked for until then.
  std::int32_t session_timeout_ms() const { return negotiated_ms_ > 0 ? negotiated_ms_ : options_.session_timeout_ms; }
  Zxid last_zxid() const { return last_zxid_; }  // the newest seen
  sim::NodeId server() const;                    // connected or being tried; invalid: none
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
  /// The connection is no more: what was asked fails, and the next server is tried unless the host has closed the session.
  void lose_connection(Ctx& ctx);
  void fail_all(ZkError error);
  void end_session(Ctx& ctx, SessionState how);
  void set_state(Ctx& ctx, SessionState next);
  void send(Ctx& ctx, Message message);
  /// What is due, and when to look again.
  void poll(Ctx& ctx);
  sim::Duration timeout() const { return sim::milliseconds(session_timeout_ms()); }

  ClientOptions options_;
  SessionState state_ = SessionState::Closed;
  bool closing_ = false;

  // The session.
  ZkSessionId session_ = 0;
  std::int32_t negotiated_ms_ = 0;
  Zxid last_zxid_;
  std::set<std::string> data_watches_, exist_watches_, child_watches_;

  // The connection.
  std::vector<sim::NodeId> order_;  // the servers, shuffled once
  std::size_t server_ = 0;          // in order_: the one connected or tried last
  std::size_t last_good_ = 0;       // after a round of all the others it waits longer
  sim::ConnectionId connection_;
  sim::Instant connect_at_ = sim::kNever;  // when to try the next server; kNever while there is a connection
  sim::Instant last_heard_, last_sent_, ping_at_;
  sim::TimerId timer_;
  sim::Instant timer_due_ = sim::kNever;

  std::deque<Packet> pending_;  // sent, in the order of their xids; then what waits for a connection (xid 0)
  std::int32_t next_xid_ = 1;
  Token next_token_ = 1;
  std::vector<ClientEvent> events_;
};

}  // namespace kafkascope::zookeeper
