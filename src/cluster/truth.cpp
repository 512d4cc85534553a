// The true state: the committed metadata, the leaders' logs, and the nodes that can commit.
#include <algorithm>

#include "cluster/cluster.h"
#include "cluster/world.h"
#include "controller/kraft/settings.h"

namespace kafkascope::cluster {
namespace {

/// Whether the node is neither dead nor paused.
bool runs(const World& world, sim::NodeId node) {
  return world.alive(node) && world.state(node) != sim::NodeState::Paused;
}

/// Whether more than half of `members` run and can communicate with `leader`, which is one of them.
bool has_majority(const World& world, sim::NodeId leader, const std::vector<sim::NodeId>& members) {
  const auto reachable = std::count_if(members.begin(), members.end(), [&](sim::NodeId node) {
    return node == leader || (runs(world, node) && !world.is_cut(node, leader) && !world.is_cut(leader, node));
  });
  return 2 * static_cast<std::size_t>(reachable) > members.size();
}

/// The metadata that the controller or broker has applied.
const protocol::MetadataImage& image_at(const Cluster& cluster, sim::NodeId node) {
  if (const auto* controller = cluster.role<controller::ControllerNode>(node)) return controller->image();
  return cluster.role<broker::Broker>(node)->image();
}

}  // namespace

sim::Instant Cluster::now() const { return world().now(); }
sim::NodeState Cluster::state(sim::NodeId node) const { return world().state(node); }
bool Cluster::alive(sim::NodeId node) const { return world().alive(node); }
std::uint32_t Cluster::incarnation(sim::NodeId node) const { return world().incarnation(node); }
sim::Duration Cluster::clock_skew(sim::NodeId node) const { return world().clock_skew(node); }
bool Cluster::is_cut(sim::NodeId from, sim::NodeId to) const { return world().is_cut(from, to); }
sim::LinkConfig Cluster::link(sim::NodeId from, sim::NodeId to) const { return world().link(from, to); }
std::uint64_t Cluster::executed() const { return world().executed(); }
bool Cluster::faulted() const { return world().faulted(); }
const std::string& Cluster::fault_text() const { return world().fault_text(); }

template <class R>
const R* Cluster::role(sim::NodeId node) const {
  if (!node.valid()) return nullptr;
  if constexpr (std::is_same_v<R, client::Consumer> || std::is_same_v<R, client::Producer>) {
    if (const auto* transform = std::get_if<client::Transform>(&world().role(node))) {
      if constexpr (std::is_same_v<R, client::Consumer>) return &transform->consumer();
      else return &transform->producer();
    }
  }
  return std::get_if<R>(&world().role(node));
}
template const controller::ControllerNode* Cluster::role(sim::NodeId) const;
template const broker::Broker* Cluster::role(sim::NodeId) const;
template const client::Producer* Cluster::role(sim::NodeId) const;
template const client::Consumer* Cluster::role(sim::NodeId) const;
template const client::ShareConsumer* Cluster::role(sim::NodeId) const;
template const client::Admin* Cluster::role(sim::NodeId) const;
template const client::Transform* Cluster::role(sim::NodeId) const;
template const client::MessageQueue* Cluster::role(sim::NodeId) const;
template const client::QueueSender* Cluster::role(sim::NodeId) const;
template const client::QueueReader* Cluster::role(sim::NodeId) const;
template const client::Service* Cluster::role(sim::NodeId) const;
template const zookeeper::Server* Cluster::role(sim::NodeId) const;

const broker::Broker* Cluster::broker(BrokerId id) const { return role<broker::Broker>(broker_node(id)); }
const zookeeper::Server& Cluster::zookeeper_server(sim::NodeId node) const { return *role<zookeeper::Server>(node); }

const raft::QuorumNode& Cluster::voter(sim::NodeId controller) const {
  return role<controller::ControllerNode>(controller)->raft();
}

sim::NodeId Cluster::zookeeper_leader() const {
  for (sim::NodeId node : zookeepers_)
    if (runs(world(), node) && zookeeper_server(node).is_active_leader()) return node;
  return {};
}

/// Transactions committed by any serving member count; the member with the highest committed zxid is read.
const controller::TreeImage& Cluster::znodes() const {
  const zookeeper::Server* best = nullptr;
  for (sim::NodeId node : zookeepers_) {
    const zookeeper::Server& server = zookeeper_server(node);
    if (server.serving() && server.committed_zxid() > (best == nullptr ? znodes_zxid_ : best->committed_zxid()))
      best = &server;
  }
  if (best == nullptr) return znodes_;
  const auto& log = best->log();
  std::size_t first = log.size();
  while (first > 0 && log[first - 1]->zxid > znodes_zxid_) --first;
  if (first == 0) {  // the whole log is newer: the server may have loaded a snapshot in the meantime
    znodes_.load(best->tree());
  } else {
    const auto look = [&](const auto& self, const protocol::ZkTxn& txn) -> void {
      if (!txn.path.empty()) znodes_.refresh(best->tree(), txn.path);
      for (const protocol::ZkTxn& part : txn.parts) self(self, part);
    };
    for (std::size_t i = first; i < log.size() && log[i]->zxid <= best->committed_zxid(); ++i) {
      look(look, *log[i]);
      // A CloseSession transaction does not name the session's znodes.
      if (log[i]->type == protocol::ZkOpCode::CloseSession) znodes_.refresh_ephemerals(best->tree());
    }
  }
  znodes_zxid_ = best->committed_zxid();
  return znodes_;
}

std::int32_t Cluster::zookeeper_controller_epoch() const { return under_zookeeper() ? znodes().controller_epoch() : 0; }

const protocol::MetadataImage& Cluster::committed() const {
  if (under_zookeeper()) return znodes().image();
  // Observers ask several times per event, and controllers rarely change: the earlier result holds until a controller
  // may have changed.
  std::uint64_t last_change = 0;
  for (sim::NodeId node : controllers_) last_change = std::max(last_change, world().changed(node));
  const bool same_controllers = committed_.at.valid() && last_change <= committed_.controllers_as_of;
  if (same_controllers && !committed_.brokers_too) return image_at(*this, committed_.at);
  sim::NodeId best;
  const raft::QuorumNode* furthest = nullptr;
  protocol::Offset most;
  protocol::LeaderEpoch newest;
  for (sim::NodeId node : controllers_) {
    newest = std::max(newest, voter(node).epoch());
    const protocol::Offset applied = image_at(*this, node).last_offset();
    if (furthest != nullptr && applied <= most) continue;
    best = node;
    most = applied;
    furthest = &voter(node);
  }
  // No node has applied more records than the leader of the newest epoch, once that leader has committed a record of
  // the epoch and applied all committed records.
  const bool led = furthest->is_leader() && furthest->epoch() == newest &&
                   furthest->high_watermark() > furthest->leading().epoch_start() &&
                   most + 1 == furthest->high_watermark();
  if (!led) {
    // When all controllers have restarted, a broker may have applied more records than any of them. A broker that has
    // not changed since the last search has at most the records that this search found, if its result is still
    // available.
    std::uint64_t looked_at = 0;
    if (same_controllers && image_at(*this, committed_.at).last_offset() >= committed_.last_offset) {
      best = committed_.at;
      most = image_at(*this, best).last_offset();
      looked_at = committed_.as_of;
    }
    for (sim::NodeId node : brokers_) {
      if (world().changed(node) < looked_at) continue;
      if (const protocol::Offset applied = image_at(*this, node).last_offset(); applied > most)
        best = node, most = applied;
    }
  }
  // The node that is handling an event may change again during the event.
  committed_ = {last_change < world().changes() ? best : sim::kWorld, most, last_change, world().changes(), !led};
  return image_at(*this, best);
}

sim::NodeId Cluster::active_controller() const {
  if (under_zookeeper()) {  // the owner of /controller, if it runs and is active and the ensemble can commit
    const BrokerId id = znodes().controller();
    const broker::Broker* owner = broker(id);
    const sim::NodeId node = broker_node(id);
    const bool decides = owner != nullptr && runs(world(), node) && owner->zookeeper_mode()->controller.active();
    return decides && zookeeper_leader().valid() && has_majority(world(), zookeeper_leader(), zookeepers_)
               ? node
               : sim::NodeId{};
  }
  sim::NodeId leader;
  for (sim::NodeId node : controllers_) {
    const raft::QuorumNode& quorum = voter(node);
    if (!runs(world(), node) || !quorum.is_leader()) continue;
    if (!leader.valid() || quorum.epoch() > voter(leader).epoch()) leader = node;
  }
  return leader.valid() && has_majority(world(), leader, controllers_) ? leader : sim::NodeId{};
}

const storage::PartitionLog* Cluster::log(BrokerId id, TopicPartition p) const {
  const broker::Broker* b = broker(id);
  const broker::Replica* replica = b == nullptr ? nullptr : b->replica(p);
  return replica == nullptr ? nullptr : &replica->log;
}

bool Cluster::has_joined(BrokerId id) const {
  const broker::Broker* b = broker(id);
  return b != nullptr && world().alive(broker_node(id)) && b->lifecycle().state() != broker::BrokerState::NotRunning &&
         b->lifecycle().state() != broker::BrokerState::Starting;
}

BrokerId Cluster::last_leader(TopicPartition p) const {
  const protocol::PartitionRegistration* registration = committed().partition(p);
  if (registration == nullptr) return protocol::kNoBroker;
  // A dead machine leads no partition, and after a power failure its log may lack records that later leaders have.
  if (registration->leader >= 0 && has_joined(registration->leader)) return registration->leader;
  BrokerId best = protocol::kNoBroker;
  const storage::PartitionLog* best_log = nullptr;
  for (BrokerId id : registration->replicas) {
    const storage::PartitionLog* candidate = log(id, p);
    if (candidate == nullptr) continue;
    if (best_log == nullptr || candidate->latest_epoch() > best_log->latest_epoch() ||
        (candidate->latest_epoch() == best_log->latest_epoch() &&
         candidate->log_end_offset() > best_log->log_end_offset())) {
      best = id;
      best_log = candidate;
    }
  }
  return best;
}

const storage::PartitionLog* Cluster::leader_log(TopicPartition p) const { return log(last_leader(p), p); }

int Cluster::effective_min_isr(TopicPartition p) const {
  const protocol::PartitionRegistration* registration = committed().partition(p);
  if (registration == nullptr) return 1;
  const protocol::TopicImage& topic = *committed().topic(p.topic);
  // The same rule as on the brokers (Replica::effective_min_isr).
  const bool capped = !protocol::historical(spec_->historical, spec_->kafka).kip_966;
  return capped ? controller::effective_min_isr(committed(), spec_->config, topic)
                : controller::min_insync_replicas(committed(), spec_->config, topic);
}

bool Cluster::unclean_election_enabled(TopicPartition p) const {
  const protocol::TopicImage* topic = committed().topic(p.topic);
  return topic != nullptr && controller::unclean_election_enabled(committed(), spec_->config, *topic);
}

BrokerId Cluster::coordinator_of(std::string_view key, std::string_view topic) const {
  const protocol::TopicImage* image = committed().topic(committed().topic_id(topic));
  if (image == nullptr || image->partitions.empty()) return protocol::kNoBroker;
  const int partition = protocol::partition_for(key, static_cast<std::int32_t>(image->partitions.size()));
  return image->partitions[static_cast<std::size_t>(partition)].leader;
}

}  // namespace kafkascope::cluster
