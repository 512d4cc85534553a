// Nodes' views of the cluster compared with the actual state; and the active controller's pending work.
#include <fmt/format.h>

#include <algorithm>

#include "broker/broker.h"
#include "client/consumer.h"
#include "controller/kraft/controller_node.h"
#include "observe/judge/zookeeper_truth.h"
#include "observe/model/snapshot_parts.h"
#include "observe/words/both.h"
#include "zookeeper/server.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

constexpr std::size_t kMostWaiting = 6;

void add_fact(Node& n, Words what, std::string believes, std::string truth) {
  const bool differs = believes != truth;
  n.believed.push_back({std::move(what), std::move(believes), std::move(truth), differs});
}

std::string name_of(const cluster::Cluster& c, sim::NodeId node) {
  return node.valid() ? c.info(node).name : std::string();
}
std::string controller_of(BrokerId id) {
  return id < 0 ? std::string() : cluster::controller_name(id - cluster::kFirstControllerId);
}
std::string number_of(std::int64_t n) { return n < 0 ? std::string() : std::to_string(n); }

/// The partition states in this controller's copy of the metadata.
std::vector<Belief> beliefs_of(const Names& names, const protocol::MetadataImage& image) {
  std::vector<Belief> all;
  for (std::size_t i = 0; i < names.partitions.size(); ++i)
    if (const auto* p = image.partition(names.partitions[i]))
      all.push_back(belief(names, i, p->leader, p->leader_epoch.value, p->isr));
  return all;
}

void of_controller(const Moment& m, const Names& names, sim::NodeId node, const Snapshot& s, Node& n) {
  const cluster::Cluster& c = m.cluster;
  const auto& controller = *c.role<controller::ControllerNode>(node);
  n.beliefs = beliefs_of(names, controller.working_image());
  add_fact(n, both("snapshot.quorum_leader"_w), controller_of(controller.raft().leader()),
           name_of(c, c.active_controller()));
  add_fact(n, both("ui.epoch_col"_w), number_of(n.epoch), number_of(s.controller_epoch));
  add_fact(n, both("snapshot.committed_up_to"_w), number_of(n.metadata_high_watermark),
           number_of(s.quorum_high_watermark));
}

void of_server(const cluster::Cluster& c, sim::NodeId node, const zookeeper::Server& truth, Node& n) {
  const zookeeper::Server& server = c.zookeeper_server(node);
  const std::int32_t leader = server.leader();
  add_fact(n, both("snapshot.ensemble_leader"_w),
           leader > 0 ? name_of(c, c.zookeepers()[static_cast<std::size_t>(leader - 1)]) : std::string(),
           name_of(c, c.zookeeper_leader()));
  add_fact(n, both("ui.epoch_col"_w), number_of(server.epoch()), number_of(truth.epoch()));
  add_fact(n, both("snapshot.committed_up_to"_w), protocol::zxid_text(server.committed_zxid()),
           protocol::zxid_text(truth.committed_zxid()));
}

/// A broker in ZooKeeper mode: its session, the controller it knows, and the state of the controller that it hosts.
void of_zookeeper_broker(const Moment& m, const Names& names, const broker::Broker& b, const zookeeper::Server& truth,
                         Node& n) {
  const cluster::Cluster& c = m.cluster;
  const broker::ZooKeeperMode& mode = *b.zookeeper_mode();
  // The broker cannot know that its session is over before a server tells it.
  const protocol::ZkSessionId session = mode.client.session();
  const std::string id = session == 0 ? std::string() : protocol::zxid_text({session});
  add_fact(n, both("snapshot.session"_w), id, truth.tree().sessions().contains(session) ? id : std::string());
  add_fact(n, both("ui.kind_controller"_w), n.believes_controller, name_of(c, c.active_controller()));
  add_fact(n, both("snapshot.controller_epoch"_w),
           number_of(std::max(mode.controller_epoch, mode.controller.active() ? mode.controller.context().epoch : 0)),
           number_of(c.zookeeper_controller_epoch()));
  if (!mode.controller.active()) return;
  // If the ensemble has no majority, no controller is active; the one named in /controller does not count as a zombie.
  n.zombie_controller =
      !n.active_controller && (c.active_controller().valid() || !truth.tree().sessions().contains(session));
  const controller::ControllerContext& context = mode.controller.context();
  n.epoch = context.epoch;
  for (std::size_t i = 0; i < names.partitions.size(); ++i) {
    const controller::PartitionContext* p = context.find(names.partitions[i]);
    if (p != nullptr && p->decided)
      n.as_controller.push_back(belief(names, i, p->decided->leader, p->decided->leader_epoch.value, p->decided->isr));
  }
}

void add_work(const cluster::Cluster& c, sim::NodeId active, ControllerWork& work) {
  work.node = active.index;
  const auto wait = [&](std::string what) {
    if (work.waiting.size() < kMostWaiting) work.waiting.push_back(std::move(what));
    ++work.count;
  };
  if (const auto* controller = c.role<controller::ControllerNode>(active)) {
    for (const protocol::ApiKey api : controller->deferred_answers()) wait(std::string(protocol::name(api)));
    work.uncommitted =
        std::max<std::int64_t>(0, controller->raft().log().end_offset() - controller->raft().high_watermark());
  } else if (const auto* b = c.role<broker::Broker>(active); b != nullptr && b->zookeeper_mode() != nullptr) {
    const controller::KafkaController& hosted = b->zookeeper_mode()->controller;
    for (const controller::ControllerEvent& event : hosted.events()) wait(std::string(controller::name(event.kind)));
    work.reads = static_cast<std::int64_t>(hosted.reads_to_come());
    for (const auto& [id, living] : hosted.context().brokers)
      if (const std::size_t queued = hosted.channels().queued(id); queued > 0)
        work.orders.emplace_back(id, static_cast<std::int64_t>(queued));
  }
}

}  // namespace

void add_believed(const Moment& m, const Names& names, Snapshot& s) {
  const cluster::Cluster& c = m.cluster;
  const sim::NodeId active = c.active_controller();
  const zookeeper::Server* ensemble = zookeeper_truth(c);
  for (std::size_t i = 0; i < s.nodes.size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    Node& n = s.nodes[i];
    if (!c.alive(node)) continue;  // a dead node believes nothing
    if (n.kind == NodeKind::Controller) {
      of_controller(m, names, node, s, n);
    } else if (n.kind == NodeKind::ZooKeeper) {
      of_server(c, node, *ensemble, n);
    } else if (n.kind == NodeKind::Broker) {
      const auto& b = *c.role<broker::Broker>(node);
      if (ensemble != nullptr) {
        of_zookeeper_broker(m, names, b, *ensemble, n);
      } else {
        add_fact(n, both("ui.kind_controller"_w), n.believes_controller, name_of(c, active));
        add_fact(n, both("snapshot.metadata_read_up_to"_w), number_of(n.metadata_end_offset),
                 number_of(s.quorum_high_watermark));
      }
    } else if (const auto* consumer = c.role<client::Consumer>(node)) {
      const auto& clients = s.clients;
      const auto mine =
          std::find_if(clients.begin(), clients.end(), [&](const Client& k) { return k.node == node.index; });
      if (mine == clients.end() || mine->group.empty()) continue;
      const auto group =
          std::find_if(s.groups.begin(), s.groups.end(), [&](const Group& g) { return g.id == mine->group; });
      const auto broker = [](BrokerId id) { return id < 0 ? std::string() : cluster::broker_name(id); };
      add_fact(n, both("snapshot.coordinator"_w), broker(consumer->group().coordinator()),
               broker(group == s.groups.end() ? protocol::kNoBroker : group->coordinator));
    }
  }
  if (active.valid()) add_work(c, active, s.work);
}

}  // namespace kafkascope::observe::snapshot_parts
