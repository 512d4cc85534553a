// A broker reduced to its coordinator: it leads every partition of __consumer_offsets, and its "replication" is an
// adjustable delay.
#pragma once
#include <doctest/doctest.h>
#include <algorithm>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/group_coordinator.h"
#include "protocol/config.h"
#include "protocol/kafka_messages.h"
#include "protocol/trace_kinds.h"
#include "sim/world.h"
#include "storage/partition_log.h"

namespace coordinator_test {

using namespace kafkascope;
using namespace kafkascope::protocol;
using coordinator::ClassicGroup;
using coordinator::ClassicGroupMember;
using coordinator::GroupCoordinator;
using coordinator::GroupState;
using coordinator::RequestHandle;

inline constexpr TopicPartition kOrders0{1, 0}, kOrders1{1, 1}, kOrders2{1, 2};

/// The topics __consumer_offsets with `offsets_partitions` partitions (topic 0) and orders with three (topic 1).
inline MetadataImage make_image(int offsets_partitions = 1) {
  MetadataImage image;
  auto apply = [&](MetadataRecord r) { image.apply(image.last_offset() + 1, {1}, r); };
  auto topic = [&](std::string name, TopicId id, int partitions) {
    apply(TopicRecord{std::move(name), id});
    for (int p = 0; p < partitions; ++p) {
      PartitionRecord r;
      r.partition = {id, p};
      r.replicas = r.isr = {1};
      r.leader = 1;
      apply(r);
    }
  };
  topic("__consumer_offsets", 0, offsets_partitions);
  topic("orders", 1, 3);
  return image;
}

struct Reply {
  RequestHandle request = 0;
  sim::Instant at;
  Body body;
};

/// The test's own timer kinds.
inline constexpr std::uint16_t kCommitted = 1;

class CoordinatorNode {
 public:
  explicit CoordinatorNode(Config config = Config(), int offsets_partitions = 1)
      : coordinator_(config), image(make_image(offsets_partitions)), partitions_(offsets_partitions) {}

  void on_start(Context& ctx);
  void on_message(Context& ctx, sim::ConnectionId c, const Message& m);
  void on_timer(Context& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Context&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Context&, sim::ConnectionId, sim::Disconnect) {}
  void on_death(sim::Death, sim::Instant) {
    coordinator_.on_death();
    in_flight_.clear();
    connections_.clear();
  }

  /// Handles the request as if a client had sent it; the reply is added to `replies`.
  template <class Request>
  RequestHandle request(Context& ctx, const Request& r);
  void resign(Context& ctx, std::int32_t partition = 0);
  /// Delivers the share coordinator's answer.
  void share_initialized(Context& ctx, const std::string& group, TopicPartition tp, ErrorCode error = ErrorCode::NONE);
  /// ... and its answers to all open requests.
  void share_answered(Context& ctx, const ReadShareGroupStateSummaryResponse& answer);
  void elect(Context& ctx, LeaderEpoch epoch, std::int32_t partition = 0);
  void topic_deleted(Context& ctx, TopicId topic);

  const GroupCoordinator& coordinator() const { return coordinator_; }
  void set_load_rate(std::int64_t bytes_per_second) { coordinator_.set_load_rate(bytes_per_second); }

  // Settings of the test.
  sim::Duration commit_delay = sim::milliseconds(2);  // append to high watermark
  bool never_commits = false;
  ErrorCode append_error = ErrorCode::NONE;  // reported immediately, from inside append()
  std::vector<Reply> replies;
  std::int16_t required_acks = 0;                                    // of the last append
  std::vector<int> append_counts;                                    // records of each batch, in order
  std::vector<std::pair<std::string, TopicPartition>> share_wanted;  // partitions to initialize
  /// ... and the administrators' requests to it.
  struct ShareAsked {
    std::uint64_t call;
    TopicPartition partition;
    Offset start;
  };
  std::vector<ShareAsked> share_asked;
  std::map<std::int32_t, storage::PartitionLog> logs;

 private:
  friend class TestHost;
  GroupCoordinator coordinator_;
  RequestHandle next_request_ = 1;
  std::map<RequestHandle, std::pair<sim::ConnectionId, std::int32_t>> connections_;
  struct InFlight {
    std::int32_t partition;
    Offset end;
  };
  std::map<std::uint64_t, InFlight> in_flight_;

 public:
  MetadataImage image;

 private:
  int partitions_;
};

class TestHost final : public coordinator::Host {
 public:
  TestHost(CoordinatorNode& node, Context& ctx) : node_(node), ctx_(ctx) {}
  Context& ctx() override { return ctx_; }
  void reply(RequestHandle request, Body body) override {
    auto it = node_.connections_.find(request);
    if (it == node_.connections_.end()) {
      node_.replies.push_back({request, ctx_.now(), std::move(body)});
      return;
    }
    ctx_.send(it->second.first, Message{it->second.second, std::move(body)});
    node_.connections_.erase(it);
  }
  void append(std::int32_t partition, BatchRef batch, std::int16_t required_acks, std::uint64_t token) override {
    node_.required_acks = required_acks;
    node_.append_counts.push_back(batch->count());
    if (node_.append_error != ErrorCode::NONE) {
      node_.coordinator_.on_append_done(*this, partition, token, node_.append_error);
      return;
    }
    storage::PartitionLog& log = node_.logs.at(partition);
    log.append_as_leader(std::move(batch), log.latest_epoch(), ctx_.now());
    if (node_.never_commits) return;
    node_.in_flight_[token] = {partition, log.log_end_offset()};
    if (node_.commit_delay.us == 0) node_.on_timer(ctx_, kCommitted, token);
    else ctx_.set_timer(node_.commit_delay, kCommitted, token);
  }
  void await_committed(std::int32_t partition, Offset end, std::uint64_t token) override {
    if (node_.never_commits) return;
    node_.in_flight_[token] = {partition, end};
    ctx_.set_timer(node_.commit_delay, kCommitted, token);
  }
  const storage::PartitionLog* log(std::int32_t partition) override { return &node_.logs.at(partition); }
  const MetadataImage& metadata() override { return node_.image; }
  void initialize_share_state(const std::string& group, TopicPartition tp, std::int32_t, Offset start,
                              std::uint64_t call) override {
    if (call == 0) node_.share_wanted.emplace_back(group, tp);
    else node_.share_asked.push_back({call, tp, start});
  }
  void delete_share_state(const std::string&, TopicPartition tp, std::uint64_t call) override {
    node_.share_asked.push_back({call, tp, {}});
  }
  void read_share_state_summary(const std::string&, TopicPartition tp, std::uint64_t call) override {
    node_.share_asked.push_back({call, tp, {}});
  }

 private:
  CoordinatorNode& node_;
  Context& ctx_;
};

inline void CoordinatorNode::on_start(Context& ctx) {
  ctx.set_state(sim::NodeState::Running);
  for (int p = 0; p < partitions_; ++p) {
    logs.try_emplace(p);
    elect(ctx, logs.at(p).latest_epoch().next(), p);
  }
}
inline void CoordinatorNode::elect(Context& ctx, LeaderEpoch epoch, std::int32_t partition) {
  TestHost host(*this, ctx);
  logs.at(partition).assign_epoch(epoch, logs.at(partition).log_end_offset());
  coordinator_.on_elected(host, partition, epoch, logs.at(partition));
}
inline void CoordinatorNode::resign(Context& ctx, std::int32_t partition) {
  TestHost host(*this, ctx);
  coordinator_.on_resigned(host, partition);
}
inline void CoordinatorNode::topic_deleted(Context& ctx, TopicId topic) {
  TestHost host(*this, ctx);
  coordinator_.on_topic_deleted(host, topic);
}
inline void CoordinatorNode::share_initialized(Context& ctx, const std::string& group, TopicPartition tp,
                                               ErrorCode error) {
  TestHost host(*this, ctx);
  coordinator_.on_share_state_initialized(host, group, tp, error);
}
inline void CoordinatorNode::share_answered(Context& ctx, const ReadShareGroupStateSummaryResponse& answer) {
  TestHost host(*this, ctx);
  for (const ShareAsked& asked : std::exchange(share_asked, {}))
    coordinator_.on_share_call_answer(host, asked.call, asked.partition, answer);
}
inline void CoordinatorNode::on_timer(Context& ctx, std::uint16_t kind, std::uint64_t arg) {
  TestHost host(*this, ctx);
  if (coordinator_.on_timer(host, kind, arg)) return;
  auto it = in_flight_.find(arg);
  if (it == in_flight_.end()) return;
  const std::int32_t partition = it->second.partition;
  logs.at(partition).set_high_watermark(it->second.end, ctx.now());
  in_flight_.erase(it);
  coordinator_.on_append_done(host, partition, arg, ErrorCode::NONE);
}
template <class Request>
RequestHandle CoordinatorNode::request(Context& ctx, const Request& r) {
  TestHost host(*this, ctx);
  const RequestHandle handle = next_request_++;
  coordinator_.handle(host, handle, r);
  return handle;
}
inline void CoordinatorNode::on_message(Context& ctx, sim::ConnectionId c, const Message& m) {
  TestHost host(*this, ctx);
  const RequestHandle handle = next_request_++;
  connections_[handle] = {c, m.correlation_id};
  protocol::visit_kafka(
      [&](const auto& body) {
        using T = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<T, JoinGroupRequest> || std::is_same_v<T, SyncGroupRequest> ||
                      std::is_same_v<T, HeartbeatRequest> || std::is_same_v<T, LeaveGroupRequest> ||
                      std::is_same_v<T, OffsetCommitRequest> || std::is_same_v<T, OffsetFetchRequest>)
          coordinator_.handle(host, handle, body);
      },
      m.body);
}

/// A minimal member of the classic protocol: it joins, assigns orders' three partitions by range if it leads, sends a
/// heartbeat every 3 s, and joins again when it is told to.
class MiniMember {
 public:
  MiniMember(std::string client_id, sim::NodeId coordinator)
      : client_id_(std::move(client_id)), coordinator_(coordinator) {}
  void on_start(Context& ctx) {
    ctx.set_state(sim::NodeState::Running);
    connection_ = ctx.connect(coordinator_);
    join(ctx);
  }
  void on_message(Context& ctx, sim::ConnectionId, const Message& m) {
    if (const auto* r = protocol::get_if<JoinGroupResponse>(&m.body)) {
      member_id = r->member_id;
      if (r->error == ErrorCode::MEMBER_ID_REQUIRED) return join(ctx);
      generation = r->generation_id;
      SyncGroupRequest sync{group_, generation, member_id, {}, r->protocol_name, {}};
      if (r->leader == member_id) {
        const std::size_t n = r->members.size();
        std::int32_t next = 0;
        for (std::size_t i = 0; i < n; ++i) {
          MemberAssignment a{r->members[i].member_id, {}};
          for (std::size_t k = 0; k < 3 / n + (i < 3 % n ? 1 : 0); ++k) a.partitions.push_back({1, next++});
          sync.assignments.push_back(a);
        }
      }
      ctx.send(connection_, {0, sync});
      heartbeat_ = ctx.set_timer(sim::seconds(3), kHeartbeat);
    } else if (const auto* r2 = protocol::get_if<SyncGroupResponse>(&m.body)) {
      if (r2->error == ErrorCode::NONE) {
        assignment = r2->assignment;
        assigned_at = ctx.now();
      } else {
        join(ctx);
      }
    } else if (const auto* r3 = protocol::get_if<HeartbeatResponse>(&m.body)) {
      if (r3->error == ErrorCode::REBALANCE_IN_PROGRESS) return join(ctx);
      heartbeat_ = ctx.set_timer(sim::seconds(3), kHeartbeat);
    }
  }
  void on_timer(Context& ctx, std::uint16_t, std::uint64_t) {
    ctx.send(connection_, {0, HeartbeatRequest{group_, generation, member_id, {}}});
  }
  void on_disk(Context&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Context&, sim::ConnectionId, sim::Disconnect) {}
  void on_death(sim::Death, sim::Instant) { assignment.clear(); }
  void leave(Context& ctx) {
    ctx.send(connection_, {0, LeaveGroupRequest{group_, member_id, {}, "the consumer is being closed"}});
  }

  std::string member_id;
  std::int32_t generation = -1;
  std::vector<TopicPartition> assignment;
  sim::Instant assigned_at;

 private:
  static constexpr std::uint16_t kHeartbeat = 2;
  void join(Context& ctx) {
    ctx.cancel(heartbeat_);
    JoinGroupRequest r;
    r.group_id = group_;
    r.member_id = member_id;
    r.client_id = client_id_;
    r.protocols = {{"range", {{"orders"}, {}, -1}}};
    ctx.send(connection_, {0, r});
  }
  std::string client_id_;
  std::string group_ = "billing";
  sim::NodeId coordinator_;
  sim::ConnectionId connection_;
  sim::TimerId heartbeat_;
};

using Role = std::variant<CoordinatorNode, MiniMember>;
using World = sim::World<Role, Message>;

struct Lines final : sim::Observer<Message> {
  void on_event_executed(const sim::Executed&, const Message*) override {}
  void on_trace(const sim::TraceLine& line, const TraceSubject*) override { all.push_back(line); }
  std::vector<sim::TraceLine> of(Trace kind) const {
    std::vector<sim::TraceLine> out;
    for (const auto& l : all)
      if (l.kind == protocol::kind(kind)) out.push_back(l);
    return out;
  }
  /// The facts in those lines.
  template <sim::Fact F>
  std::vector<F> facts() const {
    std::vector<F> out;
    for (const auto& l : of(F::kKind)) out.push_back(as<F>(l));
    return out;
  }
  std::vector<sim::TraceLine> all;
};

/// One coordinator in a world that the test controls.
class Bench {
 public:
  explicit Bench(Config config = Config(), int offsets_partitions = 1) {
    world.attach(&lines);
    id = world.add_node("broker-1", CoordinatorNode(std::move(config), offsets_partitions));
    world.start(id, true);
  }
  CoordinatorNode& node() { return std::get<CoordinatorNode>(world.role(id)); }
  const GroupCoordinator& coordinator() { return node().coordinator(); }
  const ClassicGroup& group(std::string_view g = "billing") {
    const ClassicGroup* found = coordinator().group(g);
    REQUIRE(found);
    return *found;
  }
  GroupState state(std::string_view g = "billing") { return group(g).state(); }

  void at_ms(std::int64_t ms) {
    world.run_until(sim::Instant{ms * 1000});
    now_ms_ = ms;
  }
  void wait_ms(std::int64_t ms) { at_ms(now_ms_ + ms); }
  std::int64_t now_ms() const { return now_ms_; }

  /// Runs a command now: one microsecond after the previous command.
  template <class F>
  void act(F&& f) {
    command([&] { world.with_context(id, [&](Context& ctx) { f(node(), ctx); }); });
  }
  template <class F>
  void command(F&& f) {
    const sim::Instant at{now_ms_ * 1000 + ++acts_};
    world.run_until(at - sim::microseconds(1));
    world.begin_command(at, static_cast<std::uint64_t>(acts_), "test");
    f();
    world.end_command();
  }
  void kill(sim::Death death) {
    command([&] { world.kill(id, death); });
  }
  void restart() {
    command([&] { world.restart(id); });
  }
  template <class Request>
  RequestHandle send(const Request& r) {
    RequestHandle handle = 0;
    act([&](CoordinatorNode& n, Context& ctx) { handle = n.request(ctx, r); });
    return handle;
  }
  /// nullopt: no reply yet.
  template <class Response>
  std::optional<Response> reply(RequestHandle h) {
    for (const Reply& r : node().replies)
      if (r.request == h) return protocol::get<Response>(r.body);
    return std::nullopt;
  }
  sim::Instant replied_at(RequestHandle h) {
    for (const Reply& r : node().replies)
      if (r.request == h) return r.at;
    return sim::kNever;
  }

  JoinGroupRequest join_request(std::string client, std::string member_id = {}) const {
    JoinGroupRequest r;
    r.group_id = "billing";
    r.client_id = std::move(client);
    r.member_id = std::move(member_id);
    r.session_timeout_ms = 10000;
    r.rebalance_timeout_ms = 60000;
    r.protocols = {{"range", {{"orders"}, {}, -1}}};
    return r;
  }
  /// Requests an id for a new dynamic member (KIP-394).
  std::string id_for(const std::string& client) {
    auto r = reply<JoinGroupResponse>(send(join_request(client)));
    REQUIRE(r);
    REQUIRE(r->error == ErrorCode::MEMBER_ID_REQUIRED);
    return r->member_id;
  }
  RequestHandle join(const std::string& member_id) { return send(join_request(client_of(member_id), member_id)); }
  static std::string client_of(const std::string& member_id) { return member_id.substr(0, member_id.size() - 37); }
  JoinGroupResponse joined(RequestHandle h) {
    auto r = reply<JoinGroupResponse>(h);
    REQUIRE(r);
    return *r;
  }
  RequestHandle sync(const std::string& member, std::vector<MemberAssignment> assignments = {}) {
    return send(
        SyncGroupRequest{"billing", group().generation(), member, {}, group().protocol_name(), std::move(assignments)});
  }
  ErrorCode heartbeat(const std::string& member, std::optional<std::int32_t> generation = {}) {
    const auto h = send(HeartbeatRequest{"billing", generation ? *generation : group().generation(), member, {}});
    wait_ms(20);
    auto r = reply<HeartbeatResponse>(h);
    REQUIRE(r);
    return r->error;
  }
  ErrorCode leave(const std::string& member, std::string instance = {}) {
    const auto h = send(LeaveGroupRequest{"billing", member, std::move(instance), {}});
    wait_ms(20);
    auto r = reply<LeaveGroupResponse>(h);
    REQUIRE(r);
    return r->error;
  }
  /// Sends the request without waiting for the answer.
  void leave_now(const std::string& member) { send(LeaveGroupRequest{"billing", member, {}, {}}); }
  OffsetCommitRequest commit_request(std::int64_t offset, std::string member = {}, std::int32_t generation = -1,
                                     TopicPartition p = kOrders0) const {
    return {"billing", generation, std::move(member), {}, {{p, {offset}, {0}, ""}}};
  }
  ErrorCode committed(RequestHandle h) {
    auto r = reply<OffsetCommitResponse>(h);
    REQUIRE(r);
    REQUIRE(r->partitions.size() == 1);
    return r->partitions[0].error;
  }
  std::int64_t fetch(TopicPartition p = kOrders0, bool stable = false) {
    const auto h = send(OffsetFetchRequest{"billing", {}, -1, stable, {p}});
    auto r = reply<OffsetFetchResponse>(h);
    REQUIRE(r);
    REQUIRE(r->partitions.size() == 1);
    return r->partitions[0].committed_offset.value;
  }

  /// Forms a Stable group of these clients, the first one leading; each gets one partition of orders. Takes about 6 s.
  std::vector<std::string> stable_group(const std::vector<std::string>& clients,
                                        std::int32_t session_timeout_ms = 10000) {
    std::vector<std::string> ids;
    for (const auto& c : clients) {
      ids.push_back(id_for(c));
      auto r = join_request(c, ids.back());
      r.session_timeout_ms = session_timeout_ms;
      send(r);
    }
    wait_ms(clients.size() > 1 ? 6000 : 3000);
    wait_ms(1);
    REQUIRE(state() == GroupState::CompletingRebalance);
    sync_all(ids);
    return ids;
  }
  void sync_all(const std::vector<std::string>& ids) {
    std::vector<MemberAssignment> shares;
    std::int32_t p = 0;
    for (const auto& id : ids) shares.push_back({id, {{1, p++}}});
    for (const auto& id : ids) sync(id, group().is_leader(id) ? shares : std::vector<MemberAssignment>{});
    wait_ms(20);
    REQUIRE(state() == GroupState::Stable);
  }

  Lines lines;
  World world;
  sim::NodeId id;

 private:
  std::int64_t now_ms_ = 0;
  std::int64_t acts_ = 0;
};

}  // namespace coordinator_test
