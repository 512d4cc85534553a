// Three real brokers and a real controller: the timings that the lessons state.
#include "controller/kraft/controller_node.h"
#include "controller/kraft/formation.h"
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"
#include "support.h"

using namespace broker_test;

namespace {

using ClusterRole = std::variant<controller::ControllerNode, Broker, Peer>;
using ClusterWorld = sim::World<ClusterRole, Message>;

/// Node 0 the controller, 1-3 the brokers, 4 a client. Topic orders, one partition on [1,2,3].
class SmallCluster {
 public:
  explicit SmallCluster(std::string min_isr = "2", std::int64_t lag_ms = 30000) {
    protocol::Config config;
    config.set("replica.lag.time.max.ms", lag_ms);
    const std::vector<raft::Voter> voters{{kController, {0}}};
    controller::FormationSpec formation;
    formation.leader = kController;
    formation.voters = {kController};
    for (int id : {1, 2, 3}) formation.brokers.push_back({id, id, "", 1});
    controller::FormationTopic orders;
    orders.name = "orders";
    orders.replication_factor = 3;
    orders.assignments[0] = IdList{1, 2, 3};
    orders.configs = {{"min.insync.replicas", std::move(min_isr)}};
    formation.topics.push_back(orders);
    const auto log = controller::formation_log(formation);
    const MetadataImage image = controller::replay(log);

    controller::ControllerOptions c;
    c.id = kController;
    c.voters = voters;
    controller::ControllerNode controller(c);
    controller.preload(log, {1}, kController);
    world.add_node("controller-1", std::move(controller));
    for (int id : {1, 2, 3}) {
      broker::BrokerOptions o;
      o.id = id;
      o.voters = voters;
      o.config = config;
      Broker b(std::move(o));
      b.preload(log, {1}, kController, image.broker(id)->epoch, 1);
      world.add_node("broker-" + std::to_string(id), std::move(b));
    }
    world.add_node("client", Peer{});
    world.attach(&watcher);
  }
  void start() { world.start_all(true); }

  Broker& broker(int id) { return std::get<Broker>(world.role({id})); }
  controller::ControllerNode& controller() { return std::get<controller::ControllerNode>(world.role({0})); }
  Peer& client() { return std::get<Peer>(world.role({4})); }
  const broker::Replica& orders(int id) { return *broker(id).replica(kOrders); }
  const PartitionRegistration& truth() { return *controller().image().partition(kOrders); }
  void run_to_ms(std::int64_t ms) { world.run_until({ms * 1000}); }
  void at_ms(std::int64_t ms, const std::function<void()>& f) {
    run_to_ms(ms);
    world.begin_command({ms * 1000}, ++commands_, "command");
    f();
    world.end_command();
  }
  void produce(int to, std::int16_t acks = -1, std::int32_t timeout_ms = 30000) {
    world.with_context({4}, [&](Ctx& ctx) {
      auto& c = connections_[to];
      if (!c.valid() || !ctx.is_open(c)) c = ctx.connect({to});
      ctx.send(c, request(++correlation_, Stage::produce_request(batch(1), acks, timeout_ms)));
    });
  }
  int acknowledged() {
    int n = 0;
    for (const auto& [at, r] : client().got<ProduceResponse>()) n += r.partitions[0].error == ErrorCode::NONE;
    return n;
  }

  Watcher watcher;
  ClusterWorld world;

 private:
  std::uint64_t commands_ = 0;
  std::int32_t correlation_ = 0;
  sim::ConnectionId connections_[4];
};

}  // namespace

TEST_CASE(
    "leader-follower: with 40 ms between brokers a record is appended, replicated, committed and acknowledged, one hop after another") {
  SmallCluster c;
  sim::LinkConfig slow;
  slow.latency = sim::Latency::uniform(sim::milliseconds(40), sim::milliseconds(40));
  for (int a : {1, 2, 3})
    for (int b : {1, 2, 3})
      if (a != b) c.world.network().set_link({a}, {b}, slow);
  c.start();
  for (int i = 0; i < 11; ++i) c.at_ms(i * 500, [&] { c.produce(1); });  // the record sent at 5 s has offset 10
  c.run_to_ms(5030);
  CHECK(c.orders(1).log.log_end_offset().value == 11);
  CHECK(c.orders(1).log.high_watermark().value == 10);
  CHECK(c.orders(2).log.log_end_offset().value == 10);
  c.run_to_ms(5070);
  CHECK(c.orders(2).log.log_end_offset().value == 11);
  CHECK(c.orders(1).log.high_watermark().value == 10);
  c.run_to_ms(5300);
  CHECK(c.orders(1).log.high_watermark().value == 11);
  CHECK(c.orders(2).log.high_watermark().value == 10);
  CHECK(c.acknowledged() == 11);
  c.run_to_ms(6000);
  CHECK(c.orders(2).log.high_watermark().value == 11);
  CHECK_FALSE(c.world.faulted());
}

TEST_CASE(
    "leader-failover: after nine seconds of silence the next replica leads, and the old leader follows when it returns") {
  SmallCluster c;
  c.start();
  for (int i = 0; i < 40; ++i) c.at_ms(100 * i, [&] { c.produce(1); });
  c.at_ms(5000, [&] { c.world.kill({1}, sim::Death::Crash); });
  c.run_to_ms(11000);
  CHECK(c.truth().leader == 1);
  c.run_to_ms(15500);
  CHECK(c.truth().leader == 2);
  CHECK(c.truth().leader_epoch.value == 1);
  CHECK(c.truth().isr == IdList{2, 3});
  CHECK(c.orders(2).is_leader());
  c.at_ms(16000, [&] { c.produce(2); });
  c.run_to_ms(16100);
  CHECK(c.acknowledged() == 41);
  c.at_ms(20000, [&] { c.world.restart({1}); });
  c.run_to_ms(26000);
  CHECK(c.broker(1).lifecycle().state() == broker::BrokerState::Running);
  CHECK(c.orders(1).role == broker::ReplicaRole::Follower);
  CHECK(c.orders(1).log.log_end_offset().value == 41);
  CHECK(c.truth().isr.size() == 3);
  CHECK(c.watcher.of(Trace::IsrExpand).size() == 1);
  CHECK_FALSE(c.world.faulted());
}

TEST_CASE(
    "isr-shrink-expand: a follower cut off from its leader leaves the ISR after 1.0 to 1.5 times the limit and returns when it has caught up") {
  SmallCluster c("2", 10000);
  c.start();
  int sent = 0;
  const auto produce_until = [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t ms = from; ms < to; ms += 50, ++sent) c.at_ms(ms, [&] { c.produce(1); });
  };
  produce_until(100, 5000);
  c.at_ms(5000, [&] { c.world.network().partition({sim::NodeId{1}}, {sim::NodeId{3}}); });
  produce_until(5050, 14000);
  CHECK(c.truth().isr.size() == 3);
  const std::int64_t stands = c.orders(1).log.high_watermark().value;
  produce_until(14000, 21000);
  CHECK(c.truth().isr == IdList{1, 2});
  CHECK(c.orders(1).log.high_watermark().value > stands);
  c.at_ms(30000, [&] { c.world.network().heal_all(); });
  c.run_to_ms(50000);
  CHECK(c.truth().isr.size() == 3);
  CHECK(c.acknowledged() == sent);
  CHECK(c.watcher.of(Trace::IsrShrink).size() == 1);
  CHECK(c.watcher.of(Trace::IsrExpand).size() == 1);
  CHECK_FALSE(c.world.faulted());
}

TEST_CASE("in an orderly shutdown a broker hands its leaderships over before it stops") {
  SmallCluster c;
  c.start();
  c.at_ms(1000, [&] { c.produce(1); });
  c.at_ms(4000, [&] { c.world.with_context({1}, [&](Ctx& ctx) { c.broker(1).request_shutdown(ctx); }); });
  c.run_to_ms(6500);
  CHECK(c.world.state({1}) == sim::NodeState::Stopped);
  CHECK(c.truth().leader == 2);
  CHECK(c.truth().isr == IdList{2, 3});
  c.at_ms(12000, [&] { c.world.restart({1}); });
  c.run_to_ms(18000);
  CHECK(c.truth().isr.size() == 3);
  CHECK(c.truth().leader == 2);
  CHECK_FALSE(c.world.faulted());
}

TEST_CASE(
    "a record that a replaced leader has acknowledged with acks=1 is truncated when that broker becomes a follower") {
  SmallCluster c("1");
  c.start();
  c.at_ms(1000, [&] { c.produce(1); });
  c.at_ms(2000, [&] { c.world.network().partition({{1}}, {{0}, {2}, {3}}); });
  c.at_ms(3000, [&] { c.produce(1, 1); });
  c.at_ms(3100, [&] { c.produce(1, 1); });
  c.run_to_ms(14000);
  CHECK(c.truth().leader == 2);
  CHECK(c.orders(1).is_leader());  // broker-1 still believes that it leads
  CHECK(c.orders(1).log.log_end_offset().value == 3);
  c.at_ms(15000, [&] { c.produce(2); });
  c.at_ms(16000, [&] { c.world.network().heal_all(); });
  c.run_to_ms(60000);
  CHECK(c.orders(1).role == broker::ReplicaRole::Follower);
  CHECK(c.orders(1).log.log_end_offset().value == 2);
  CHECK(c.orders(1).log.latest_epoch().value == 1);
  const auto cuts = c.watcher.facts<fact::LogTruncated>();
  REQUIRE(cuts.size() == 1);
  CHECK(cuts[0].to.value == 1);
  CHECK(cuts[0].from.value == 3);
  CHECK(c.truth().isr.size() == 3);
  CHECK_FALSE(c.world.faulted());
}
