// A real broker among actors: a scripted controller, and peers that play clients, followers and leaders.
#pragma once
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "broker/broker.h"
#include "protocol/kafka_messages.h"
#include "protocol/trace_kinds.h"
#include "sim/world.h"

namespace broker_test {

using namespace kafkascope;
using namespace kafkascope::protocol;
using broker::Broker;
using Ctx = protocol::Context;

inline constexpr TopicPartition kOrders{0, 0};
inline constexpr BrokerId kController = 3000;

/// The only voter of the quorum, and a controller that decides nothing itself: it commits what a test tells it to.
class FakeController {
 public:
  explicit FakeController(sim::NodeId self) : raft(options(self)) {}

  raft::QuorumNode raft;
  MetadataImage image;
  // Scripted answers.
  ErrorCode alter_error = ErrorCode::NONE;      // for the partitions of an AlterPartition
  ErrorCode alter_top_error = ErrorCode::NONE;  // for the whole response
  bool answer_alter = true;
  ErrorCode heartbeat_error = ErrorCode::NONE;
  ErrorCode registration_error = ErrorCode::NONE;
  ErrorCode assignment_error = ErrorCode::NONE;
  int not_controller = 0;  // number of requests that are first refused with NOT_CONTROLLER
  bool caught_up = true, fenced = false, should_shut_down = false;
  bool create_topics = true;
  // Received requests.
  std::vector<std::pair<sim::Instant, AlterPartitionRequest>> alters;
  sim::ConnectionId alter_connection;  // the connection of the last one
  Message alter;
  std::vector<std::pair<sim::Instant, BrokerHeartbeatRequest>> heartbeats;
  std::vector<std::pair<sim::Instant, BrokerRegistrationRequest>> registrations;
  std::vector<std::pair<sim::Instant, AssignReplicasToDirsRequest>> assignments;
  std::vector<CreateTopicsRequest> creations;
  int allocations = 0;

  /// If answer_alter is false: sends the answer to the last AlterPartition, when the test wants it.
  template <class S>
  void answer_last_alter(S& stage, AlterPartitionResponse answer) {
    stage.command([&] {
      stage.world.with_context(S::kControllerNode,
                               [&](Ctx& ctx) { ctx.send(alter_connection, response(alter, std::move(answer))); });
    });
    stage.run_ms(5);
  }

  void on_start(Ctx& ctx) {
    raft.on_start(ctx);
    follow(ctx);
  }
  void on_message(Ctx& ctx, sim::ConnectionId c, const Message& m) {
    if (!raft.on_message(ctx, c, m)) {
      if (not_controller > 0 && refuse(ctx, c, m)) {
        --not_controller;
      } else {
        protocol::visit_kafka([&](const auto& r) { handle(ctx, c, m, r); }, m.body);
      }
    }
    follow(ctx);
  }
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
    raft.on_timer(ctx, kind, arg);
    follow(ctx);
  }
  void on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
    raft.on_disk(ctx, kind, arg);
    follow(ctx);
  }
  void on_disconnect(Ctx& ctx, sim::ConnectionId c, sim::Disconnect why) { raft.on_disconnect(ctx, c, why); }
  void on_death(sim::Death death, sim::Instant now) { raft.on_death(death, now); }

 private:
  struct Deferred {
    Offset offset;
    sim::ConnectionId connection;
    Message answer;
  };
  std::vector<Deferred> deferred_;

  static raft::QuorumOptions options(sim::NodeId self) {
    raft::QuorumOptions o;
    o.id = kController;
    o.voter = true;
    o.voters = {{kController, self}};
    return o;
  }
  bool refuse(Ctx& ctx, sim::ConnectionId c, const Message& m) {
    if (protocol::holds_alternative<BrokerHeartbeatRequest>(m.body)) {
      BrokerHeartbeatResponse no;
      no.error = ErrorCode::NOT_CONTROLLER;
      ctx.send(c, response(m, no));
      return true;
    }
    return false;
  }
  void follow(Ctx& ctx) {
    while (image.last_offset() + 1 < raft.high_watermark()) {
      const Offset next = image.last_offset() + 1;
      image.apply(next, raft.log().entry(next).epoch, raft.log().entry(next).record);
    }
    for (std::size_t i = 0; i < deferred_.size();) {
      if (deferred_[i].offset < raft.high_watermark()) {
        ctx.send(deferred_[i].connection, deferred_[i].answer);
        deferred_.erase(deferred_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
  }

  template <class Other>
  void handle(Ctx&, sim::ConnectionId, const Message&, const Other&) {}
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const BrokerRegistrationRequest& r) {
    registrations.emplace_back(ctx.now(), r);
    BrokerRegistrationResponse out;
    out.error = registration_error;
    if (out.error != ErrorCode::NONE) {
      ctx.send(c, response(m, out));
      return;
    }
    RegisterBrokerRecord record;
    record.broker_id = r.broker_id;
    record.incarnation_id = r.incarnation_id;
    record.broker_epoch = raft.log().end_offset().value;
    record.endpoint = r.endpoint;
    out.broker_epoch = record.broker_epoch;
    deferred_.push_back({raft.append(ctx, {record}), c, response(m, out)});
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const BrokerHeartbeatRequest& r) {
    heartbeats.emplace_back(ctx.now(), r);
    BrokerHeartbeatResponse out;
    out.error = heartbeat_error;
    out.is_caught_up = caught_up;
    out.is_fenced = fenced || r.want_fence;
    out.should_shut_down = should_shut_down;
    ctx.send(c, response(m, out));
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const AlterPartitionRequest& r) {
    alters.emplace_back(ctx.now(), r);
    alter_connection = c;
    alter = m;
    if (!answer_alter) return;
    AlterPartitionResponse out;
    out.error = alter_top_error;
    std::vector<MetadataRecord> records;
    if (out.error == ErrorCode::NONE) {
      for (const AlterPartitionData& p : r.partitions) {
        AlterPartitionResult& row = out.partitions.emplace_back();
        row.partition = p.partition;
        row.error = alter_error;
        if (row.error != ErrorCode::NONE) continue;
        row.leader = r.broker_id;
        row.leader_epoch = p.leader_epoch;
        row.isr = p.new_isr;
        row.partition_epoch = p.partition_epoch + 1;
        PartitionChangeRecord change;
        change.partition = p.partition;
        change.has_isr = true;
        change.isr = p.new_isr;
        records.push_back(change);
      }
    }
    if (records.empty()) {
      ctx.send(c, response(m, out));
    } else {
      deferred_.push_back({raft.append(ctx, records), c, response(m, out)});
    }
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const AssignReplicasToDirsRequest& r) {
    assignments.emplace_back(ctx.now(), r);
    ctx.send(c, response(m, AssignReplicasToDirsResponse{assignment_error}));
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const AllocateProducerIdsRequest&) {
    AllocateProducerIdsResponse out;
    out.producer_id_start = 1000 * allocations++;
    out.producer_id_len = 1000;
    ctx.send(c, response(m, out));
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const CreateTopicsRequest& r) {
    creations.push_back(r);
    CreateTopicsResponse out;
    std::vector<MetadataRecord> records;
    TopicId id = image.next_topic_id();
    for (const CreatableTopic& t : r.topics) {
      out.topics.push_back({t.name, ErrorCode::NONE, {}});
      records.push_back(TopicRecord{t.name, id});
      for (int p = 0; p < t.num_partitions; ++p) {
        PartitionRecord record;
        record.partition = {id, p};
        record.replicas = record.isr = {1};
        record.leader = 1;
        records.push_back(record);
      }
      ++id;
    }
    if (create_topics && !records.empty()) {
      deferred_.push_back({raft.append(ctx, records), c, response(m, out)});
    } else {
      ctx.send(c, response(m, out));
    }
  }
};

/// Sends the messages that a test gives it, and records the received ones.
struct Peer {
  struct Received {
    sim::Instant at;
    sim::ConnectionId connection;
    Message message;
  };
  std::vector<Received> inbox;
  std::vector<std::pair<sim::Instant, sim::Disconnect>> ended;
  /// Answers a request immediately; empty: requests stay unanswered.
  std::function<void(Ctx&, sim::ConnectionId, const Message&)> serve;

  void on_start(Ctx&) {}
  void on_message(Ctx& ctx, sim::ConnectionId c, const Message& m) {
    inbox.push_back({ctx.now(), c, m});
    if (serve && !m.is_response()) serve(ctx, c, m);
  }
  void on_timer(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId, sim::Disconnect why) { ended.emplace_back(ctx.now(), why); }
  void on_death(sim::Death, sim::Instant) {}

  template <class Body>
  std::vector<std::pair<sim::Instant, Body>> got() const {
    std::vector<std::pair<sim::Instant, Body>> out;
    for (const Received& r : inbox)
      if (const Body* body = protocol::get_if<Body>(&r.message.body)) out.emplace_back(r.at, *body);
    return out;
  }
};

using Role = std::variant<FakeController, Broker, Peer>;
using World = sim::World<Role, Message>;

/// Keeps the lines of kinds beyond the kernel's.
struct Watcher final : sim::Observer<Message> {
  std::vector<sim::TraceLine> lines;
  void on_event_executed(const sim::Executed&, const Message*) override {}
  void on_trace(const sim::TraceLine& line, const TraceSubject*) override {
    if (line.kind >= sim::trace_kind::kFirstFree) lines.push_back(line);
  }
  std::vector<sim::TraceLine> of(Trace kind, TopicPartition tp = kOrders) const {
    std::vector<sim::TraceLine> out;
    for (const auto& l : lines)
      if (l.kind == protocol::kind(kind) && l.topic == tp.topic && l.partition == tp.partition) out.push_back(l);
    return out;
  }
  /// The facts in those lines.
  template <sim::Fact F>
  std::vector<F> facts() const {
    std::vector<F> out;
    for (const auto& l : of(F::kKind)) out.push_back(as<F>(l));
    return out;
  }
};

inline BatchRef batch(int records, ProducerId id = kNoProducerId, std::int32_t sequence = -1) {
  RecordBatch b;
  b.producer_id = id;
  b.producer_epoch = id < 0 ? -1 : 0;
  b.base_sequence = sequence;
  for (int i = 0; i < records; ++i) {
    Record r;
    r.value = "v";
    r.timestamp_ms = sim::kEpochMs + i;
    b.records.push_back(r);
  }
  return seal(std::move(b));
}

/// The registration of a process of broker `id` with that broker epoch.
inline RegisterBrokerRecord registration(BrokerId id, BrokerEpoch epoch, bool fenced = false) {
  RegisterBrokerRecord r;
  r.broker_id = id;
  r.broker_epoch = epoch;
  r.endpoint = id;
  r.fenced = fenced;
  return r;
}

/// Node 0 is the controller, 1 broker 1 (real), 2 and 3 are actors in the place of brokers 2 and 3, 4 is a client.
/// Latency 300 µs each way. Topic orders (id 0), one partition with replicas [1,2,3].
class Stage {
 public:
  static constexpr sim::NodeId kControllerNode{0}, kBroker{1}, kSecond{2}, kThird{3}, kClient{4};

  struct Setup {
    BrokerId leader = 1;
    IdList isr{1, 2, 3};
    std::string min_isr = "1";
    std::vector<std::pair<std::string, ConfigValue>> config{};
    bool registered = true;  // false: broker 1 must register; true: it is registered and unfenced at time 0
    protocol::Historical historical{};
    std::int32_t dirs = 1;  // log directories
    std::int64_t dirty_bytes = storage::DiskOptions{}.dirty_bytes;
  };

  explicit Stage(const Setup& setup) : world(options()) {
    FakeController controller(kControllerNode);
    const auto log = formation(setup);
    controller.raft.preload(log, {1}, kController);
    world.add_node("controller-1", std::move(controller));
    broker::BrokerOptions o;
    o.id = 1;
    o.voters = {{kController, kControllerNode}};
    for (const auto& [key, value] : setup.config) o.config.set(key, value);
    o.historical = setup.historical;
    o.disk.dirs = setup.dirs;
    o.disk.dirty_bytes = setup.dirty_bytes;
    Broker b(std::move(o));
    if (setup.registered) b.preload(log, {1}, kController, 1, 1);
    world.add_node("broker-1", std::move(b));
    for (const char* name : {"broker-2", "broker-3", "client"}) world.add_node(name, Peer{});
    world.attach(&watcher);
    world.start_all(true);
    world.run_until(sim::Instant{1000});
  }
  Stage() : Stage(Setup{}) {}

  Broker& broker() { return std::get<Broker>(world.role(kBroker)); }
  FakeController& controller() { return std::get<FakeController>(world.role(kControllerNode)); }
  Peer& peer(sim::NodeId n) { return std::get<Peer>(world.role(n)); }
  Peer& client() { return peer(kClient); }
  const broker::Replica& orders() { return *broker().replica(kOrders); }
  std::int64_t end() { return orders().log.log_end_offset().value; }
  std::int64_t high_watermark() { return orders().log.high_watermark().value; }

  void run_for(sim::Duration d) { world.run_until(world.now() + d); }
  void run_ms(std::int64_t ms) { run_to(now_ + sim::milliseconds(ms)); }
  /// Runs to an absolute time, even if no event is due.
  void run_to(sim::Instant t) {
    world.run_until(t);
    now_ = t;
  }
  sim::Instant now() const { return now_; }

  /// Sends on the peer's standing connection to the broker.
  void send(sim::NodeId from, Body body) {
    world.begin_command(now_, ++commands_, "send");
    world.with_context(from, [&](Ctx& ctx) {
      auto& c = connections_[static_cast<std::size_t>(from.index)];
      if (!c.valid() || !ctx.is_open(c)) c = ctx.connect(kBroker);
      ctx.send(c, request(++correlation_, std::move(body)));
    });
    world.end_command();
    now_ = now_ + sim::microseconds(1);
  }
  /// Sends from the client, and waits `ms` for the answer; nullptr if there was none of that type.
  template <class Response>
  const Response* ask(Body body, std::int64_t ms = 20, sim::NodeId from = kClient) {
    const std::size_t before = peer(from).inbox.size();
    send(from, std::move(body));
    run_ms(ms);
    if (peer(from).inbox.size() == before) return nullptr;
    return protocol::get_if<Response>(&peer(from).inbox.back().message.body);
  }
  void produce(int records = 1, std::int16_t acks = -1, std::int32_t timeout_ms = 30000) {
    send(kClient, produce_request(batch(records), acks, timeout_ms));
  }
  static ProduceRequest produce_request(BatchRef b, std::int16_t acks = -1, std::int32_t timeout_ms = 30000,
                                        TopicPartition tp = kOrders) {
    ProduceRequest r;
    r.acks = acks;
    r.timeout_ms = timeout_ms;
    r.partitions.push_back({tp, std::move(b)});
    return r;
  }
  /// A fetch as a follower (node 2 = broker 2) or, from the client, as a consumer.
  static FetchRequest fetch_request(BrokerId replica, std::int64_t offset, std::int32_t epoch = 0,
                                    std::int32_t last_epoch = -1, std::int32_t wait_ms = 0) {
    FetchRequest r;
    r.replica_id = replica;
    r.replica_epoch = replica;  // formation: broker n's epoch is n
    r.max_wait_ms = wait_ms;
    FetchPartition p;
    p.partition = kOrders;
    p.current_leader_epoch = {epoch};
    p.fetch_offset = {offset};
    p.last_fetched_epoch = {last_epoch};
    p.log_start_offset = {0};
    r.partitions.push_back(p);
    return r;
  }
  /// A follower's fetch that is answered immediately.
  void follower_fetch(BrokerId replica, std::int64_t offset, std::int32_t epoch = 0) {
    send(sim::NodeId{replica}, fetch_request(replica, offset, epoch));
    run_ms(2);
  }
  void commit(std::vector<MetadataRecord> records) {
    world.begin_command(now_, ++commands_, "commit");
    world.with_context(kControllerNode, [&](Ctx& ctx) { controller().raft.append(ctx, std::move(records)); });
    world.end_command();
    now_ = now_ + sim::microseconds(1);
    run_ms(50);  // lingers 25 ms, is flushed, and reaches the broker with its waiting fetch
  }
  /// Elects a new leader of orders-0, in the next epoch.
  void elect(BrokerId leader, IdList isr) {
    PartitionChangeRecord change;
    change.partition = kOrders;
    change.has_leader = change.has_isr = true;
    change.leader = leader;
    change.isr = isr;
    commit({change});
  }
  template <class F>
  void command(F&& f) {
    world.begin_command(now_, ++commands_, "command");
    f();
    world.end_command();
    now_ = now_ + sim::microseconds(1);
  }

  Watcher watcher;
  World world;

 private:
  static sim::WorldOptions options() {
    sim::WorldOptions o;
    o.link.latency = sim::Latency::uniform(sim::microseconds(300), sim::microseconds(300));
    return o;
  }
  static std::vector<MetadataEntry> formation(const Setup& setup) {
    std::vector<MetadataEntry> log;
    const auto add = [&](MetadataRecord r) { log.push_back({{1}, std::move(r)}); };
    add(LeaderChangeMessage{kController, {kController}});
    for (BrokerId id : {1, 2, 3}) add(registration(id, id));
    add(TopicRecord{"orders", 0});
    if (setup.min_isr != "1") add(ConfigRecord{"topic:orders", "min.insync.replicas", setup.min_isr, false});
    PartitionRecord p;
    p.partition = kOrders;
    p.replicas = {1, 2, 3};
    p.isr = setup.isr;
    p.leader = setup.leader;
    add(p);
    return log;
  }

  sim::Instant now_{1000};
  std::uint64_t commands_ = 0;
  std::int32_t correlation_ = 0;
  sim::ConnectionId connections_[8];
};

}  // namespace broker_test
