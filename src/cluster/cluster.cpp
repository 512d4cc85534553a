#include "cluster/cluster.h"

#include <algorithm>
#include <map>

#include "cluster/acts.h"
#include "cluster/client_options.h"
#include "cluster/world.h"
#include "controller/kraft/formation.h"
#include "controller/zookeeper/formation.h"

namespace kafkascope::cluster {

namespace {

sim::LinkConfig link_config(const NetworkSpec& spec) {
  sim::LinkConfig link;
  apply_latency(link, spec.latency);
  link.bandwidth = spec.bandwidth_bytes_per_s;
  return link;
}

sim::WorldOptions world_options(const ClusterSpec& spec) {
  sim::WorldOptions options;
  options.seed = spec.seed;
  options.link = link_config(spec.network);
  options.disk.write_bytes_per_s = spec.disk.write_bytes_per_s;
  options.disk.flush_latency_us = spec.disk.flush.us;
  return options;
}

storage::DiskOptions disk_options(const DiskSpec& spec) {
  return {spec.dirs, spec.capacity_bytes, spec.write_bytes_per_s, spec.flush, spec.dirty_bytes};
}

/// The host name in a bootstrap address: "broker-2:9092" -> "broker-2".
std::string host_of(const std::string& server) { return server.substr(0, server.find(':')); }

/// Whether clients of this kind connect to brokers; queues and services do not.
bool is_kafka_client(NodeKind kind) {
  return kind == NodeKind::Producer || kind == NodeKind::Consumer || kind == NodeKind::Admin ||
         kind == NodeKind::Transform || kind == NodeKind::ShareConsumer;
}

/// The first incarnation of a broker formed with the cluster.
std::int64_t first_incarnation(BrokerId id) { return 1000000 + id; }

}  // namespace

void apply_latency(sim::LinkConfig& link, const LatencySpec& spec) {
  if (spec.kind == LatencySpec::Kind::Uniform) {
    link.latency = sim::Latency::uniform(spec.low, spec.high);
  } else {
    link.latency = sim::Latency::log_normal(spec.median, spec.p99);
  }
}

WorldHolder::WorldHolder(const ClusterSpec& spec) : world_(std::make_unique<World>(world_options(spec))) {}
WorldHolder::WorldHolder(const WorldHolder& other) : world_(std::make_unique<World>(*other.world_)) {}
WorldHolder::WorldHolder(WorldHolder&& other) noexcept = default;
WorldHolder& WorldHolder::operator=(const WorldHolder& other) {
  world_ = std::make_unique<World>(*other.world_);
  return *this;
}
WorldHolder& WorldHolder::operator=(WorldHolder&& other) noexcept = default;
WorldHolder::~WorldHolder() = default;

Cluster::Cluster(std::shared_ptr<const ClusterSpec> spec) : spec_(std::move(spec)), world_(*spec_) { form(); }

template <class R>
sim::NodeId Cluster::add(NodeInfo info, R role) {
  const sim::NodeId node = world().add_node(info.name, std::move(role));
  if (is_kafka_client(info.kind)) world().refuse_connections(node);
  nodes_.push_back(std::move(info));
  return node;
}

void Cluster::form() {
  const ClusterSpec& spec = *spec_;
  const int metadata_nodes = under_zookeeper() ? spec.zookeepers : spec.controllers;
  // Voters, servers and brokers refer to one another, so all node numbers are assigned before the first node is
  // created.
  controller::FormationSpec formation;
  formation.seed = spec.seed;
  formation.min_insync_replicas = spec.config.number("min.insync.replicas");
  int next = metadata_nodes;
  for (const BrokerSpec& b : spec.brokers) {
    const protocol::AdvertisedListeners listeners = protocol::advertised_listeners(b.config, broker_name(b.id));
    formation.brokers.push_back(
        {b.id, listeners.endpoint(next++), b.rack, first_incarnation(b.id), spec.disk.dirs, listeners.urls});
  }
  for (const TopicSpec& t : spec.topics) {
    controller::FormationTopic topic;
    topic.name = t.name;
    topic.partitions = t.partitions;
    topic.replication_factor = t.replication_factor;
    for (const auto& [key, value] : t.config.explicit_values())
      topic.configs.emplace_back(key, protocol::config_text(value));
    for (const auto& [partition, replicas] : t.assignments) {
      IdList ids;
      for (std::int32_t id : replicas) ids.push_back(id);
      topic.assignments[partition] = ids;
    }
    formation.topics.push_back(std::move(topic));
  }
  const protocol::Historical historical = protocol::historical(spec.historical, spec.kafka);
  if (under_zookeeper()) form_zookeeper(formation);
  else form_kraft(formation, historical);
  form_clients();
}

namespace {

/// Each broker's replicas.
std::map<BrokerId, std::vector<TopicPartition>> replicas_of(const protocol::MetadataImage& image) {
  std::map<BrokerId, std::vector<TopicPartition>> own;
  for (const protocol::TopicImage& t : image.topics())
    for (std::size_t p = 0; p < t.partitions.size(); ++p)
      for (BrokerId b : t.partitions[p].replicas) own[b].push_back({t.id, static_cast<std::int32_t>(p)});
  return own;
}

/// The options of one of the cluster's brokers. The broker's own configuration already overrides the cluster's.
broker::BrokerOptions broker_options(const ClusterSpec& spec, const BrokerSpec& b, sim::NodeId endpoint) {
  broker::BrokerOptions options;
  options.id = b.id;
  options.rack = b.rack;
  options.host = broker_name(b.id);
  options.endpoint = endpoint;
  if (spec.metadata == MetadataKind::ZooKeeper) {
    for (int i = 0; i < spec.zookeepers; ++i) options.zookeepers.push_back(sim::NodeId{i});
  } else {
    for (int i = 0; i < spec.controllers; ++i) options.voters.push_back({kFirstControllerId + i, sim::NodeId{i}});
  }
  options.config = b.config;
  options.historical = protocol::historical(spec.historical, spec.kafka);
  options.operators = operators();
  options.write_back = spec.disk.write_back;
  options.disk = disk_options(spec.disk);
  options.read_bytes_per_s = spec.disk.write_bytes_per_s;  // reading is as fast as writing
  return options;
}

zookeeper::ServerOptions zookeeper_options(const ClusterSpec& spec, int index) {
  zookeeper::ServerOptions options;
  options.sid = index + 1;
  for (int i = 0; i < spec.zookeepers; ++i) options.servers.push_back({i + 1, sim::NodeId{i}});
  const auto set = [&](const char* key, std::int64_t& value) {
    if (const auto it = spec.zookeeper_config.find(key); it != spec.zookeeper_config.end()) value = it->second;
  };
  set("tickTime", options.tick_time_ms);
  set("initLimit", options.init_limit);
  set("syncLimit", options.sync_limit);
  set("minSessionTimeout", options.min_session_timeout_ms);
  set("maxSessionTimeout", options.max_session_timeout_ms);
  return options;
}

}  // namespace

void Cluster::form_kraft(const controller::FormationSpec& spec, const protocol::Historical& historical) {
  controller::FormationSpec formation = spec;
  std::vector<raft::Voter> voters;
  for (int i = 0; i < spec_->controllers; ++i) voters.push_back({kFirstControllerId + i, sim::NodeId{i}});
  formation.leader = kFirstControllerId;
  for (const raft::Voter& v : voters) formation.voters.push_back(v.id);
  if (historical.kip_966) formation.features["eligible.leader.replicas.version"] = 0;
  for (const auto& [name, level] : spec_->features) formation.features[name] = static_cast<std::int16_t>(level);
  const std::vector<protocol::MetadataEntry> log = controller::formation_log(formation);
  const protocol::MetadataImage image = controller::replay(log);
  const raft::FormedLog formed(log);
  auto own = replicas_of(image);
  for (int i = 0; i < spec_->controllers; ++i) {
    controller::ControllerOptions options;
    options.id = kFirstControllerId + i;
    options.voters = voters;
    options.config = spec_->config;
    options.historical = historical;
    options.operators = operators();
    options.features = formation.features;
    controller::ControllerNode node(options);
    if (!spec_->boot) node.preload(formed, formation.epoch, formation.leader, image);
    controllers_.push_back(
        add({controller_name(i), NodeKind::Controller, options.id, "", "", -1, false}, std::move(node)));
  }
  for (std::size_t i = 0; i < spec_->brokers.size(); ++i) {
    const BrokerSpec& b = spec_->brokers[i];
    broker::Broker node(broker_options(*spec_, b, sim::NodeId{formation.brokers[i].endpoint.node}));
    if (!spec_->boot)
      node.preload(formed, formation.epoch, formation.leader, image.broker(b.id)->epoch, first_incarnation(b.id), image,
                   std::move(own[b.id]));
    brokers_.push_back(add({broker_name(b.id), NodeKind::Broker, b.id, b.rack, b.host, -1, false}, std::move(node)));
    broker_by_id_[b.id] = brokers_.back();
  }
}

/// The first broker is the controller; zookeeper-1 leads the ensemble.
void Cluster::form_zookeeper(const controller::FormationSpec& spec) {
  controller::FormationSpec formation = spec;
  formation.leader = spec_->brokers.front().id;
  std::map<BrokerId, std::string> hosts;
  std::map<BrokerId, std::int32_t> session_timeouts_ms;
  for (const BrokerSpec& b : spec_->brokers) {
    hosts[b.id] = broker_name(b.id);
    session_timeouts_ms[b.id] = static_cast<std::int32_t>(b.config.number("zookeeper.session.timeout.ms"));
  }
  const auto formed = controller::form_zookeeper(formation, spec_->zookeepers, hosts, session_timeouts_ms,
                                                 !spec_->config.text("authorizer.class.name").empty());
  if (!spec_->boot) {
    znodes_ = formed.truth;
    znodes_zxid_ = formed.tree.zxid();
  }
  for (int i = 0; i < spec_->zookeepers; ++i) {
    zookeeper::Server node(zookeeper_options(*spec_, i));
    if (!spec_->boot) node.preload(formed.tree, 1);
    zookeepers_.push_back(add({zookeeper_name(i), NodeKind::ZooKeeper, i + 1, "", "", -1, false}, std::move(node)));
  }
  auto own = replicas_of(formed.truth.image());
  for (std::size_t i = 0; i < spec_->brokers.size(); ++i) {
    const BrokerSpec& b = spec_->brokers[i];
    broker::Broker node(broker_options(*spec_, b, sim::NodeId{formation.brokers[i].endpoint.node}));
    if (!spec_->boot)
      node.preload_zookeeper(formed.truth.image(), formed.context.brokers.at(b.id).epoch, std::move(own[b.id]),
                             formed.sessions.at(b.id), formed.tree.zxid(), formation.leader,
                             b.id == formation.leader ? std::optional(formed.context) : std::nullopt);
    brokers_.push_back(add({broker_name(b.id), NodeKind::Broker, b.id, b.rack, b.host, -1, false}, std::move(node)));
    broker_by_id_[b.id] = brokers_.back();
  }
}

void Cluster::form_clients() {
  const sim::NodeId first_client{static_cast<std::int32_t>(nodes_.size())};
  const std::vector<sim::NodeId> all_brokers = brokers_;
  for (std::size_t i = 0; i < spec_->clients.size(); ++i) add_client(static_cast<int>(i), all_brokers, first_client);
}

/// Clients refer to one another (a service to its targets, a queue's clients to the queue), so node numbers are known
/// before the nodes exist.
void Cluster::add_client(int index, const std::vector<sim::NodeId>& all_brokers, sim::NodeId first_client) {
  const ClientSpec& c = spec_->clients[static_cast<std::size_t>(index)];
  const auto info = [&](NodeKind kind) { return NodeInfo{c.id, kind, protocol::kNoBroker, "", "", index, false}; };
  const ClientNodes nodes(*spec_, first_client);
  std::vector<sim::NodeId> bootstrap;
  if (c.config.scopes() != 0)
    for (const std::string& server : c.config.list("bootstrap.servers"))
      if (const sim::NodeId node = find(host_of(server)); node.valid()) bootstrap.push_back(node);
  if (bootstrap.empty()) bootstrap = all_brokers;
  switch (c.kind) {
    case ClientKind::Producer:
      if (const sim::NodeId queue = nodes.queue(c.topic); queue.valid()) {
        add(info(NodeKind::Producer), client::QueueSender(producer_options(c, {}), queue));
        break;
      }
      [[fallthrough]];
    case ClientKind::ConsoleProducer:
      add(info(NodeKind::Producer), client::Producer(producer_options(c, bootstrap)));
      break;
    case ClientKind::Consumer:
      if (!c.topics.empty() && nodes.queue(c.topics.front()).valid()) {
        auto queues = nodes.named(c.topics);
        for (auto& queue : queues) {
          const auto of = std::find_if(spec_->clients.begin(), spec_->clients.end(),
                                       [&](const ClientSpec& q) { return q.id == queue.first; });
          if (of->fanout) queue.first += "." + c.id;  // with fanout each consumer has its own queue
        }
        add(info(NodeKind::Consumer), client::QueueReader(c.id, consumer_options(c, {}).work, std::move(queues)));
        break;
      }
      [[fallthrough]];
    case ClientKind::ConsoleConsumer:
      add(info(NodeKind::Consumer), client::Consumer(consumer_options(c, bootstrap)));
      break;
    case ClientKind::Transform:
      add(info(NodeKind::Transform), client::Transform(transform_options(c, bootstrap)));
      break;
    case ClientKind::Queue: add(info(NodeKind::Queue), client::MessageQueue(queue_options(c, *spec_))); break;
    case ClientKind::Service:
      add(info(NodeKind::Service), client::Service(service_options(c, nodes.named(c.calls))));
      break;
    case ClientKind::Admin: add(info(NodeKind::Admin), client::Admin(admin_options(c, controllers_, bootstrap))); break;
    case ClientKind::ShareConsumer:
      add(info(NodeKind::ShareConsumer), client::ShareConsumer(share_consumer_options(c, bootstrap)));
      break;
    case ClientKind::Streams:
    case ClientKind::Connector: break;  // the checker refuses these kinds, which are not modelled yet
  }
}

sim::NodeId Cluster::add_client(const ClientSpec& client) {
  auto spec = std::make_shared<ClusterSpec>(*spec_);
  spec->clients.push_back(client);
  spec_ = std::move(spec);
  const sim::NodeId node{static_cast<std::int32_t>(nodes_.size())}, first = find(spec_->clients.front().id);
  add_client(static_cast<int>(spec_->clients.size()) - 1, brokers_, first.valid() ? first : node);
  return node;
}

sim::NodeId Cluster::operator_node() {
  if (const sim::NodeId node = find(kOperator); node.valid()) return node;
  client::AdminOptions options;
  options.client_id = kOperator;
  options.config = protocol::Config(protocol::config_scope::kAdmin, spec_->config.version());
  options.controllers = controllers_;
  options.brokers = brokers_;
  return add({std::string(kOperator), NodeKind::Admin, protocol::kNoBroker, "", "", -1, false}, client::Admin(options));
}

sim::NodeId Cluster::add_broker(const act::AddBroker& added) {
  const bool taken = broker_node(*added.id).valid();
  BrokerSpec spec;
  spec.id = *added.id;
  spec.rack = added.rack;
  spec.config = with_config(spec_->config, added.config);
  broker::BrokerOptions options = broker_options(*spec_, spec, sim::NodeId{static_cast<std::int32_t>(nodes_.size())});
  std::string name = broker_name(*added.id);
  if (taken) {
    options.incarnation = first_incarnation(*added.id) * static_cast<std::int64_t>(nodes_.size());
    for (int n = 2; find(name).valid(); ++n) name = broker_name(*added.id) + "#" + std::to_string(n);
    double_ids_ = true;
  }
  brokers_.push_back(
      add({name, NodeKind::Broker, *added.id, added.rack, added.host, -1, false}, broker::Broker(options)));
  if (taken)  // the new broker's directories get new ids
    std::get<broker::Broker>(world().role(brokers_.back())).wipe_disk(storage::kNoDir);
  else broker_by_id_[*added.id] = brokers_.back();
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].kind == NodeKind::Admin)
      std::get<client::Admin>(world().role(sim::NodeId{static_cast<std::int32_t>(i)})).hear_of_broker(brokers_.back());
  return brokers_.back();
}

void Cluster::remove_broker(sim::NodeId node) {
  nodes_[static_cast<std::size_t>(node.index)].removed = true;
  std::erase(brokers_, node);
  broker_by_id_.erase_key(info(node).id);
}

void Cluster::start() {
  for (sim::NodeId node : controllers_) world().start(node, true);
  for (sim::NodeId node : zookeepers_) world().start(node, true);
  for (sim::NodeId node : brokers_) world().start(node, !spec_->boot);
  for (std::size_t i = 0; i < nodes_.size() && !spec_->boot; ++i)
    if (nodes_[i].client >= 0 && !spec_->clients[static_cast<std::size_t>(nodes_[i].client)].start)
      world().start(sim::NodeId{static_cast<std::int32_t>(i)}, true);
}

sim::NodeId Cluster::find(std::string_view name) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].name == name && !nodes_[i].removed) return sim::NodeId{static_cast<std::int32_t>(i)};
  return {};
}

sim::NodeId Cluster::broker_node(BrokerId id) const {
  const auto at = broker_by_id_.find(id);
  if (double_ids_)  // the process that is registered under the id
    if (const protocol::BrokerRegistration* known = committed().broker(id);
        known != nullptr && at != broker_by_id_.end())
      return sim::NodeId{known->endpoint.node};
  return at == broker_by_id_.end() ? sim::NodeId{} : at->second;
}

TopicPartition Cluster::partition(const PartitionName& name) const {
  const TopicPartition p{committed().topic_id(name.topic), name.partition};
  return committed().partition(p) == nullptr ? TopicPartition{} : p;
}

std::string Cluster::topic_name(protocol::TopicId topic) const {
  const auto& topics = committed().topics();
  return topic >= 0 && static_cast<std::size_t>(topic) < topics.size() ? topics[static_cast<std::size_t>(topic)].name
                                                                       : "topic#" + std::to_string(topic);
}

std::string Cluster::name(TopicPartition p) const { return topic_name(p.topic) + "-" + std::to_string(p.partition); }

std::vector<sim::NodeId> Cluster::resolve(const NodeRef& ref) const {
  std::vector<sim::NodeId> found;
  const auto add_broker = [&](BrokerId id) {
    if (const sim::NodeId node = broker_node(id); node.valid()) found.push_back(node);
  };
  const auto by_id = [&] {
    std::sort(found.begin(), found.end(),
              [&](sim::NodeId a, sim::NodeId b) { return std::pair(info(a).id, a) < std::pair(info(b).id, b); });
  };
  const protocol::PartitionRegistration* p =
      ref.kind == NodeRef::Kind::Leader || ref.kind == NodeRef::Kind::Follower || ref.kind == NodeRef::Kind::Replicas
          ? committed().partition(partition(ref.partition))
          : nullptr;
  switch (ref.kind) {
    case NodeRef::Kind::Name:
      if (const sim::NodeId node = find(ref.name); node.valid()) found.push_back(node);
      break;
    case NodeRef::Kind::Leader:
      if (p != nullptr) add_broker(p->leader);
      break;
    case NodeRef::Kind::Follower: {
      BrokerId lowest = protocol::kNoBroker;
      if (p != nullptr)
        for (BrokerId id : p->replicas)
          if (id != p->leader && (lowest < 0 || id < lowest)) lowest = id;
      add_broker(lowest);
      break;
    }
    case NodeRef::Kind::Replicas:
      if (p != nullptr)
        for (BrokerId id : p->replicas) add_broker(id);
      by_id();
      break;
    case NodeRef::Kind::Controller:
      if (const sim::NodeId node = active_controller(); node.valid()) found.push_back(node);
      break;
    case NodeRef::Kind::Coordinator: add_broker(coordinator_of(ref.name)); break;
    case NodeRef::Kind::TransactionCoordinator:
      add_broker(coordinator_of(ref.name, coordinator::kTransactionStateTopic));
      break;
    case NodeRef::Kind::AllBrokers:
      found = brokers_;
      by_id();
      break;
    case NodeRef::Kind::Host:
      for (sim::NodeId node : brokers_)
        if (info(node).host == ref.name) found.push_back(node);
      by_id();
      break;
  }
  return found;
}

void Cluster::for_each_pending(
    const std::function<void(const sim::PendingPacket&, const protocol::Message&)>& on_message,
    const std::function<void(const sim::PendingTimer&)>& on_timer) const {
  world().for_each_pending(on_message, on_timer);
}
void Cluster::attach(sim::Observer<protocol::Message, protocol::TraceSubject>* observer) { world().attach(observer); }
bool Cluster::step(sim::Instant limit) { return world().step(limit); }
void Cluster::fault(const std::string& text) { world().fault(sim::kWorld, text); }
std::optional<sim::Instant> Cluster::next_time() { return world().next_time(); }
std::uint64_t Cluster::digest() const { return world().digest(); }

std::vector<ScheduledCommand> scheduled_commands(const ClusterSpec& spec) {
  std::vector<ScheduledCommand> list;
  for (const ClientSpec& c : spec.clients) {
    Command command;
    command.node = NodeRef{NodeRef::Kind::Name, c.id, {}};
    if (c.start) {
      command.verb = Verb::Start;
      list.push_back({*c.start, command});
    }
    if (c.stop) {
      command.verb = Verb::Stop;
      list.push_back({*c.stop, command});
    }
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const ScheduledCommand& a, const ScheduledCommand& b) { return a.at < b.at; });
  return list;
}

std::optional<std::vector<Command>> boot_acts(const Cluster& cluster, int stage) {
  std::vector<Command> acts;
  if (stage == 0) {
    if (!cluster.active_controller().valid()) return std::nullopt;
    for (const BrokerSpec& b : cluster.spec().brokers)
      if (const protocol::BrokerRegistration* known = cluster.committed().broker(b.id);
          known == nullptr || known->fenced)
        return std::nullopt;
    for (const TopicSpec& t : cluster.spec().topics) {
      acts.emplace_back().verb = Verb::CreateTopic;
      auto& create = acts.back().edit<act::CreateTopic>();
      create.topic = t.name;
      create.assignments = t.assignments;
      if (t.assignments.empty())
        create.partition_count = t.partitions, create.replication_factor = t.replication_factor;
      for (const auto& [key, value] : t.config.explicit_values())
        create.config.emplace_back(key, protocol::config_text(value));
    }
    return acts;
  }
  for (const TopicSpec& t : cluster.spec().topics)
    if (cluster.committed().topic_id(t.name) == protocol::kNoTopic) return std::nullopt;
  for (const ClientSpec& c : cluster.spec().clients) {
    if (c.start) continue;
    Command& start = acts.emplace_back();
    start.verb = Verb::Start;
    start.node = NodeRef{NodeRef::Kind::Name, c.id, {}};
  }
  return acts;
}

}  // namespace kafkascope::cluster
