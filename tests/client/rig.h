// Fake brokers and clients in one world, with their trace lines: for tests of clients.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "client/admin.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "fake_broker.h"
#include "protocol/trace_kinds.h"
#include "sim/world.h"

namespace kafkascope::client::testing {

using Node = std::variant<FakeBroker, Producer, Consumer, Admin, ShareConsumer>;

struct Line {
  sim::TraceLine line;
  BatchRef batch;  // a copy of the subject
};

/// The time from line i to the next one.
inline std::int64_t gap_ms(const std::vector<Line>& lines, std::size_t i) {
  return (lines[i + 1].line.time - lines[i].line.time).us / 1000;
}

/// Keeps the protocol's lines, with their subjects.
struct Watch : sim::Observer<Message> {
  std::vector<Line> lines;
  void on_event_executed(const sim::Executed&, const Message*) override {}
  void on_trace(const sim::TraceLine& line, const TraceSubject* subject) override {
    if (line.kind < sim::trace_kind::kFirstFree) return;
    lines.push_back({line, subject && subject->batch ? sim::make_ref<const RecordBatch>(*subject->batch) : nullptr});
  }
  std::vector<Line> of(Trace t) const {
    std::vector<Line> out;
    for (const Line& l : lines)
      if (l.line.kind == kind(t)) out.push_back(l);
    return out;
  }
  /// The facts in those lines.
  template <sim::Fact F>
  std::vector<F> facts() const {
    std::vector<F> out;
    for (const auto& l : of(F::kKind)) out.push_back(as<F>(l.line));
    return out;
  }
};

/// Brokers 1..n, each on its own node; topic orders with `partitions` partitions, partition p led by broker p mod n +
/// 1.
struct Rig {
  sim::World<Node, Message> world;
  Watch watch;
  int brokers;

  explicit Rig(int brokers_ = 1, int partitions = 1, sim::WorldOptions options = {})
      : world(options), brokers(brokers_) {
    world.attach(&watch);
    FakeCluster cluster;
    for (int i = 0; i < brokers; ++i) cluster.brokers.push_back({i + 1, i, ""});
    FakeCluster::Topic t{"orders", 0, {}};
    for (int p = 0; p < partitions; ++p) t.partitions.push_back({p % brokers + 1, LeaderEpoch{0}});
    cluster.topics.push_back(t);
    for (int i = 0; i < brokers; ++i) {
      FakeBroker b(i + 1);
      b.cluster = cluster;
      world.add_node("broker-" + std::to_string(i + 1), b);
    }
    world.start_all(true);
  }
  Rig(const Rig&) = delete;

  FakeBroker& broker(int id = 1) { return std::get<FakeBroker>(world.role(NodeId{id - 1})); }
  void lead(int partition, BrokerId leader, int epoch) {
    for (int i = 1; i <= brokers; ++i)
      broker(i).cluster.topics[0].partitions[static_cast<std::size_t>(partition)] = {leader, LeaderEpoch{epoch}};
  }
  std::vector<NodeId> bootstrap() const {
    std::vector<NodeId> out;
    for (int i = 0; i < brokers; ++i) out.push_back({i});
    return out;
  }
  NodeId add(ProducerOptions o) {
    o.bootstrap = bootstrap();
    return begin(world.add_node(o.client_id, Producer(o)));
  }
  NodeId add(ConsumerOptions o) {
    o.bootstrap = bootstrap();
    return begin(world.add_node(o.client_id, Consumer(o)));
  }
  NodeId add(ShareConsumerOptions o) {
    o.bootstrap = bootstrap();
    return begin(world.add_node(o.client_id, ShareConsumer(o)));
  }
  NodeId begin(NodeId n) {
    world.begin_command(at, ++commands, "start");
    world.start(n, true);
    world.end_command();
    return n;
  }
  void restart(NodeId n) {
    world.begin_command(at, ++commands, "restart");
    world.restart(n);
    world.end_command();
  }
  void kill(NodeId n) {
    world.begin_command(at, ++commands, "kill");
    world.kill(n, sim::Death::Crash);
    world.end_command();
  }
  Producer& producer(NodeId n) { return std::get<Producer>(world.role(n)); }
  ShareConsumer& share_consumer(NodeId n) { return std::get<ShareConsumer>(world.role(n)); }
  Consumer& consumer(NodeId n) { return std::get<Consumer>(world.role(n)); }
  /// Runs a command at the time at which the last run ended.
  template <class F>
  void act(NodeId n, F&& f) {
    world.begin_command(at, ++commands, "test");
    world.with_context(n, std::forward<F>(f));
    world.end_command();
  }
  void produce(NodeId n, std::vector<OutgoingRecord> records) {
    act(n, [&](protocol::Context& ctx) { producer(n).produce(ctx, std::move(records)); });
  }
  void run_ms(std::int64_t ms) {
    at = Instant{ms * 1000};
    world.run_until(at);
  }
  Instant at{0};
  std::uint64_t commands = 0;
};

inline ProducerOptions producer_options(std::string id = "shop") {
  ProducerOptions o;
  o.client_id = std::move(id);
  o.topic = "orders";
  return o;
}
inline ConsumerOptions consumer_options(std::string id = "c-1", std::string group = "billing") {
  ConsumerOptions o;
  o.client_id = std::move(id);
  o.topics = {"orders"};
  if (!group.empty()) o.config.set("group.id", group);
  return o;
}
inline OutgoingRecord record(std::optional<std::string> key, std::optional<std::string> value = "v") {
  OutgoingRecord r;
  r.key = std::move(key);
  r.value = std::move(value);
  return r;
}
inline std::vector<OutgoingRecord> some(int n, const char* key = nullptr) {
  std::vector<OutgoingRecord> out;
  for (int i = 0; i < n; ++i)
    out.push_back(record(key ? std::optional<std::string>(key) : std::nullopt, std::to_string(i)));
  return out;
}
inline TopicPartition orders(int p) { return {0, p}; }

/// Broker 1 was asked three times for a coordinator, each time 100 ms after the last, a fifth more or less.
inline void check_pauses_between_lookups(Rig& rig) {
  const auto asked = rig.broker().of(api::FindCoordinator);
  REQUIRE(asked.size() == 3);
  for (std::size_t i : {1, 2}) {
    CHECK(asked[i].at.us - asked[i - 1].at.us >= 80'000);
    CHECK(asked[i].at.us - asked[i - 1].at.us <= 125'000);
  }
}

}  // namespace kafkascope::client::testing
