#include "zookeeper/client.h"

#include <algorithm>
#include <utility>

#include "protocol/facts_of_zookeeper.h"
#include "protocol/message.h"
#include "sim/mutant.h"
#include "zookeeper/kinds.h"

namespace kafkascope::zookeeper {

using namespace protocol;
using sim::kNever;

namespace {

// ClientCnxn: xids of packets that are not requests of the application.
constexpr std::int32_t kPingXid = -2;
constexpr std::int32_t kSetWatchesXid = -8;
constexpr sim::Duration kLongestPing = sim::seconds(10);  // MAX_SEND_PING_INTERVAL
constexpr sim::Duration kPingEarlier = sim::seconds(1);
constexpr sim::Duration kRoundPause = sim::seconds(1);  // StaticHostProvider's spinDelay
constexpr std::int64_t kConnectPauseMs = 1000;          // upper bound of the random wait before each further attempt

ZkOperation operation_on(ZkOpCode code, std::string path) {
  ZkOperation op;
  op.code = code;
  op.path = std::move(path);
  return op;
}

}  // namespace

ZkOperation create(std::string path, std::string data, bool ephemeral, bool sequential) {
  ZkOperation op = operation_on(ZkOpCode::Create, std::move(path));
  op.data = std::move(data);
  op.ephemeral = ephemeral;
  op.sequential = sequential;
  return op;
}
ZkOperation remove(std::string path, std::int32_t version) {
  ZkOperation op = operation_on(ZkOpCode::Delete, std::move(path));
  op.version = version;
  return op;
}
ZkOperation exists(std::string path, bool watch) {
  ZkOperation op = operation_on(ZkOpCode::Exists, std::move(path));
  op.watch = watch;
  return op;
}
ZkOperation get_data(std::string path, bool watch) {
  ZkOperation op = operation_on(ZkOpCode::GetData, std::move(path));
  op.watch = watch;
  return op;
}
ZkOperation set_data(std::string path, std::string data, std::int32_t version) {
  ZkOperation op = operation_on(ZkOpCode::SetData, std::move(path));
  op.data = std::move(data);
  op.version = version;
  return op;
}
ZkOperation get_children(std::string path, bool watch) {
  ZkOperation op = operation_on(ZkOpCode::GetChildren, std::move(path));
  op.watch = watch;
  return op;
}
ZkOperation check(std::string path, std::int32_t version) {
  ZkOperation op = operation_on(ZkOpCode::Check, std::move(path));
  op.version = version;
  return op;
}
ZkOperation multi(std::vector<ZkOperation> ops) {
  ZkOperation op = operation_on(ZkOpCode::Multi, {});
  op.ops = std::move(ops);
  return op;
}

void Client::preload(ZkSessionId session, Zxid seen, std::set<std::string> data_watches,
                     std::set<std::string> exist_watches, std::set<std::string> child_watches) {
  session_ = session;
  last_zxid_ = seen;
  data_watches_ = std::move(data_watches);
  exist_watches_ = std::move(exist_watches);
  child_watches_ = std::move(child_watches);
}

void Client::open(Ctx& ctx) {
  closing_ = false;
  order_ = options_.servers;
  sim::Random& random = ctx.random(sim::Stream::ZooKeeperClient);
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
  server_ = last_good_ = order_.size() - 1;
  state_ = SessionState::Disconnected;
  connect_next(ctx);
  poll(ctx);
}

void Client::close(Ctx& ctx) {
  if (state_ == SessionState::Closed || state_ == SessionState::Expired || closing_) return;
  if (state_ == SessionState::Disconnected) return end_session(ctx, SessionState::Closed);
  submit(ctx, operation_on(ZkOpCode::CloseSession, {}));
  closing_ = true;
}

Token Client::submit(Ctx& ctx, ZkOperation operation) {
  Packet packet{next_token_++, std::make_shared<const ZkOperation>(std::move(operation)), 0};
  const Token token = packet.token;
  pending_.push_back(std::move(packet));
  if (state_ == SessionState::Closed || state_ == SessionState::Expired || closing_) {
    const Packet refused = std::move(pending_.back());
    pending_.pop_back();
    auto result = std::make_shared<ZkResult>();
    result->error = ZkError::SESSIONEXPIRED;
    events_.push_back(Completed{refused.token, refused.operation, std::move(result), last_zxid_});
  } else if (state_ == SessionState::Connected) {
    send_packet(ctx, pending_.back());
    poll(ctx);
  }
  return token;
}

bool Client::on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  if (connection != connection_ || !connection_.valid()) return false;
  last_heard_ = ctx.now();
  // When data arrives, ClientCnxn.SendThread checks how long it has sent nothing.
  if (ctx.now() - last_sent_ > kLongestPing) ping_at_ = ctx.now();
  else if (ctx.now() - last_sent_ > kPingEarlier) ping_at_ = last_sent_ + timeout() / 3 - kPingEarlier;
  if (const auto* response = protocol::get_if<ZkConnectResponse>(&message.body)) {
    connected(ctx, *response);
  } else if (const auto* answer = protocol::get_if<ZkResponse>(&message.body)) {
    answered(ctx, message.correlation_id, *answer);
  } else if (const auto* event = protocol::get_if<ZkWatcherEvent>(&message.body)) {
    fire(*event);
  }
  poll(ctx);
  return true;
}

bool Client::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t) {
  if (kind != kClientTimer) return false;
  timer_due_ = kNever;
  poll(ctx);
  return true;
}

bool Client::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  if (connection != connection_ || !connection_.valid()) return false;
  lose_connection(ctx);
  poll(ctx);
  return true;
}

void Client::on_death() {
  Client fresh(std::move(options_));
  fresh.next_token_ = next_token_;
  *this = std::move(fresh);
}

sim::NodeId Client::server() const { return connection_.valid() ? order_[server_] : sim::kWorld; }

// ---- the connection

void Client::connect_next(Ctx& ctx) {
  server_ = (server_ + 1) % order_.size();
  connect_at_ = kNever;
  last_heard_ = ctx.now();
  connection_ = ctx.connect(order_[server_]);
  send(ctx, request(0, ZkConnectRequest{last_zxid_, options_.session_timeout_ms, session_,
                                        session_ == 0 ? 0 : password_of(session_)}));
}

void Client::connected(Ctx& ctx, const ZkConnectResponse& response) {
  if (response.timeout_ms == 0) return end_session(ctx, SessionState::Expired);
  session_ = response.session_id;
  negotiated_ms_ = response.timeout_ms;
  last_good_ = server_;
  set_state(ctx, SessionState::Connected);
  if (!data_watches_.empty() || !exist_watches_.empty() || !child_watches_.empty()) {
    ZkSetWatchesRequest watches{last_zxid_, {}, {}, {}};
    watches.data.assign(data_watches_.begin(), data_watches_.end());
    watches.exist.assign(exist_watches_.begin(), exist_watches_.end());
    watches.child.assign(child_watches_.begin(), child_watches_.end());
    if (!sim::mutant("zk-watches-forgotten-in-a-move")) send(ctx, request(kSetWatchesXid, std::move(watches)));
  }
  for (Packet& packet : pending_) send_packet(ctx, packet);
}

void Client::lose_connection(Ctx& ctx) {
  if (closing_) return end_session(ctx, SessionState::Closed);
  if (connection_.valid()) ctx.close(connection_);
  connection_ = {};
  fail_all(ZkError::CONNECTIONLOSS);
  if (state_ == SessionState::Connected) set_state(ctx, SessionState::Disconnected);
  connect_at_ = ctx.now() + sim::milliseconds(ctx.random(sim::Stream::ZooKeeperClient).between(0, kConnectPauseMs - 1));
  if ((server_ + 1) % order_.size() == last_good_) connect_at_ = connect_at_ + kRoundPause;
}

void Client::end_session(Ctx& ctx, SessionState how) {
  if (connection_.valid()) ctx.close(connection_);
  connection_ = {};
  connect_at_ = kNever;
  fail_all(ZkError::SESSIONEXPIRED);
  set_state(ctx, how);
  session_ = 0;
  negotiated_ms_ = 0;
  last_zxid_ = {};
  data_watches_.clear();
  exist_watches_.clear();
  child_watches_.clear();
}

void Client::set_state(Ctx& ctx, SessionState next) {
  state_ = next;
  ctx.trace(fact::ZkClientState{next, session_, server()});
  events_.emplace_back(std::in_place_type<SessionChanged>, SessionChanged{next});
}

void Client::send(Ctx& ctx, Message message) {
  last_sent_ = ctx.now();
  ping_at_ = last_sent_ + timeout() / 3;  // half of the time that the client waits for the server
  ctx.send(connection_, std::move(message));
}

void Client::poll(Ctx& ctx) {
  const sim::Instant now = ctx.now();
  if (state_ == SessionState::Closed || state_ == SessionState::Expired) return;
  const sim::Duration patience =
      state_ == SessionState::Connected ? timeout() * 2 / 3 : timeout() / static_cast<std::int64_t>(order_.size());
  if (connection_.valid() && now >= last_heard_ + patience) lose_connection(ctx);
  if (now >= connect_at_) connect_next(ctx);
  if (state_ == SessionState::Connected && now >= ping_at_) send(ctx, request(kPingXid, ZkPingRequest{}));

  sim::Instant due = connection_.valid() ? last_heard_ + patience : connect_at_;
  if (state_ == SessionState::Connected) due = std::min(due, ping_at_);
  if (due >= timer_due_ || state_ == SessionState::Closed) return;  // a timer that fires too early polls again
  ctx.cancel(timer_);
  timer_due_ = due;
  timer_ = ctx.set_timer_at(due, kClientTimer);
}

// ---- requests and watches

void Client::send_packet(Ctx& ctx, Packet& packet) {
  packet.xid = next_xid_++;
  send(ctx, request(packet.xid, ZkRequest{packet.operation}));
}

void Client::answered(Ctx& ctx, std::int32_t xid, const ZkResponse& response) {
  if (pending_.empty() || pending_.front().xid != xid)
    return ctx.fault("ZooKeeper answers in the order of the requests");
  const Packet packet = std::move(pending_.front());
  pending_.pop_front();
  last_zxid_ = std::max(last_zxid_, response.zxid);
  note_watch(*packet.operation, *response.result);
  events_.push_back(Completed{packet.token, packet.operation, response.result, response.zxid});
  if (packet.operation->code == ZkOpCode::CloseSession) end_session(ctx, SessionState::Closed);
}

void Client::fail_all(ZkError error) {
  for (const Packet& packet : std::exchange(pending_, {})) {
    auto result = std::make_shared<ZkResult>();
    result->error = error;
    events_.push_back(Completed{packet.token, packet.operation, std::move(result), last_zxid_});
  }
}

/// ZooKeeper.WatchRegistration: the watch is set if the read succeeded; exists also watches a znode that does not
/// exist.
void Client::note_watch(const ZkOperation& operation, const ZkResult& result) {
  if (!operation.watch) return;
  if (result.error == ZkError::OK)
    (operation.code == ZkOpCode::GetChildren ? child_watches_ : data_watches_).insert(operation.path);
  else if (result.error == ZkError::NONODE && operation.code == ZkOpCode::Exists) exist_watches_.insert(operation.path);
}

/// ZKWatchManager.materialize.
void Client::fire(const ZkWatcherEvent& event) {
  std::size_t watches = 0;
  if (event.type != ZkEventType::NodeChildrenChanged)
    watches += data_watches_.erase(event.path) + exist_watches_.erase(event.path);
  if (event.type == ZkEventType::NodeChildrenChanged || event.type == ZkEventType::NodeDeleted)
    watches += child_watches_.erase(event.path);
  if (watches > 0) events_.emplace_back(std::in_place_type<Watched>, Watched{event.type, event.path});
}

}  // namespace kafkascope::zookeeper
