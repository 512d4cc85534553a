// A quorum of controllers in a real world, with scripted brokers.
#pragma once
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "controller/kraft/controller_node.h"
#include "controller/kraft/formation.h"
#include "protocol/errors.h"
#include "protocol/trace_kinds.h"
#include "sim/world.h"

namespace kafkascope::controller {

using protocol::ErrorCode;
using protocol::IdList;

/// Sends the requests that the test asks for and keeps the answers. With a broker epoch it also sends a heartbeat every
/// two seconds, to a controller that does not answer NOT_CONTROLLER. It does not replay the metadata log: it claims to
/// have applied everything.
class TestBroker {
 public:
  TestBroker(BrokerId id, int controllers) : id_(id), controllers_(controllers) {}

  void on_start(Ctx& ctx) {
    if (epoch >= 0) ctx.set_timer(sim::milliseconds(0), 200);
  }
  void on_timer(Ctx& ctx, std::uint16_t, std::uint64_t) {
    if (beating) beat(ctx);
    ctx.set_timer(sim::milliseconds(2000), 200);
  }
  void on_message(Ctx& ctx, sim::ConnectionId, const Message& m) {
    answers[m.correlation_id] = m.body;
    answered_at[m.correlation_id] = ctx.now();
    const auto* r = protocol::get_if<protocol::BrokerHeartbeatResponse>(&m.body);
    if (!r) return;
    last_beat = *r;
    if (r->error == ErrorCode::NOT_CONTROLLER) controller = (controller + 1) % controllers_;
  }
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx&, sim::ConnectionId, sim::Disconnect) { controller = (controller + 1) % controllers_; }
  void on_death(sim::Death, sim::Instant) { links_.clear(); }

  /// Returns the correlation id under which the answer will be found.
  std::int32_t send(Ctx& ctx, protocol::Body body, int to = -1) {
    const int target = to < 0 ? controller : to;
    sim::ConnectionId& link = links_[target];
    if (!link.valid() || !ctx.is_open(link)) link = ctx.connect({target});
    ctx.send(link, Message{++correlation_, std::move(body)});
    return correlation_;
  }
  std::int32_t beat(Ctx& ctx) {
    return send(ctx, protocol::BrokerHeartbeatRequest{id_, epoch, applied, want_fence, want_shut_down});
  }
  template <class R>
  const R* answer(std::int32_t correlation) const {
    auto it = answers.find(correlation);
    return it == answers.end() ? nullptr : protocol::get_if<R>(&it->second);
  }

  BrokerEpoch epoch = -1;
  bool beating = true, want_fence = false, want_shut_down = false;
  Offset applied{1'000'000'000};
  int controller = 0;
  protocol::BrokerHeartbeatResponse last_beat;
  std::map<std::int32_t, protocol::Body> answers;
  std::map<std::int32_t, sim::Instant> answered_at;

 private:
  BrokerId id_;
  int controllers_;
  std::int32_t correlation_ = 0;
  std::map<int, sim::ConnectionId> links_;
};

struct Quorum : sim::Observer<Message> {
  using Role = std::variant<ControllerNode, TestBroker>;
  sim::World<Role, Message> world;
  int controllers, brokers;
  std::vector<sim::TraceLine> lines;

  /// formed: topics as given, brokers 1 … n registered, unfenced and sending heartbeats, then the records `written_last`. Not
  /// formed: empty disks.
  explicit Quorum(int controllers, int brokers = 3, std::vector<FormationTopic> topics = {},
                  protocol::Config config = server_config(), bool formed = true, Records written_last = {})
      : controllers(controllers), brokers(brokers) {
    std::vector<raft::Voter> voters;
    FormationSpec spec;
    for (int i = 0; i < controllers; ++i) {
      voters.push_back({3000 + i, {i}});
      spec.voters.push_back(3000 + i);
    }
    for (BrokerId id = 1; id <= brokers; ++id) spec.brokers.push_back({id, controllers + id - 1, "", 100 + id});
    spec.topics = std::move(topics);
    auto log = formation_log(spec);
    for (auto& record : written_last) log.push_back({spec.epoch, std::move(record)});
    const auto image = replay(log);
    world.attach(this);
    for (int i = 0; i < controllers; ++i) {
      ControllerNode node({3000 + i, voters, config, {}});
      if (formed) node.preload(log, protocol::LeaderEpoch{1}, 3000);
      world.add_node("controller-" + std::to_string(i + 1), std::move(node));
    }
    for (BrokerId id = 1; id <= brokers; ++id) {
      TestBroker b(id, controllers);
      if (formed) b.epoch = image.broker(id)->epoch;
      world.add_node("broker-" + std::to_string(id), std::move(b));
    }
    world.start_all(formed);
  }
  Quorum(const Quorum&) = delete;
  ~Quorum() override { world.attach(nullptr); }

  static protocol::Config server_config() { return protocol::Config(protocol::config_scope::kServer); }

  void on_event_executed(const sim::Executed&, const Message*) override {}
  void on_trace(const sim::TraceLine& l, const protocol::TraceSubject*) override { lines.push_back(l); }

  void run_ms(std::int64_t until) { world.run_until(sim::Instant{} + sim::milliseconds(until)); }
  ControllerNode& controller(int i) { return std::get<ControllerNode>(world.role({i})); }
  TestBroker& broker(BrokerId id) { return std::get<TestBroker>(world.role(node(id))); }
  sim::NodeId node(BrokerId id) const { return {controllers + id - 1}; }
  /// The active controller; -1 if there is none or more than one.
  int active() {
    int found = -1;
    for (int i = 0; i < controllers; ++i) {
      if (!controller(i).active()) continue;
      if (found >= 0) return -1;
      found = i;
    }
    return found;
  }
  const protocol::MetadataImage& image() { return controller(active()).image(); }
  std::int32_t send(BrokerId from, protocol::Body body, int to = -1) {
    std::int32_t correlation = 0;
    world.with_context(node(from), [&](Ctx& ctx) { correlation = broker(from).send(ctx, std::move(body), to); });
    return correlation;
  }
  std::int32_t beat(BrokerId from) {
    std::int32_t correlation = 0;
    world.with_context(node(from), [&](Ctx& ctx) { correlation = broker(from).beat(ctx); });
    return correlation;
  }
  std::vector<sim::TraceLine> told(protocol::Trace kind) const {
    std::vector<sim::TraceLine> out;
    for (const auto& l : lines)
      if (l.kind == protocol::kind(kind)) out.push_back(l);
    return out;
  }
  /// The facts in those lines.
  template <sim::Fact F>
  std::vector<F> facts() const {
    std::vector<F> out;
    for (const auto& l : told(F::kKind)) out.push_back(as<F>(l));
    return out;
  }
  double told_at_s(protocol::Trace kind) const {
    const auto all = told(kind);
    return all.empty() ? -1.0 : static_cast<double>(all.back().time.us) / 1e6;
  }
};

/// A topic with one partition per list of replicas.
inline FormationTopic formed_topic(std::string name, std::vector<protocol::IdList> replicas) {
  FormationTopic t;
  t.name = std::move(name);
  t.partitions = static_cast<std::int32_t>(replicas.size());
  t.replication_factor = replicas[0].size();
  for (std::size_t i = 0; i < replicas.size(); ++i) t.assignments[static_cast<std::int32_t>(i)] = replicas[i];
  return t;
}

}  // namespace kafkascope::controller
