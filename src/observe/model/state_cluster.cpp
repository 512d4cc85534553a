// /cluster, /nodes, /topics, /partitions.
#include <nlohmann/json.hpp>

#include "broker/broker.h"
#include "observe/model/node_state.h"
#include "observe/model/quorum_state.h"
#include "observe/model/state_sections.h"
#include "zookeeper/server.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::kNoBroker;

namespace {

json id_array(const IdList& list) { return json(std::vector<BrokerId>(list.begin(), list.end())); }
json id_or_null(BrokerId id) { return id == kNoBroker ? json(nullptr) : json(id); }

std::int64_t unflushed_bytes(const storage::PartitionLog& log, sim::Instant now) {
  return log.bytes_between(log.flushed_offset(now), log.log_end_offset());
}

/// The disk space of all directories together, and of each.
json disk_of(const broker::Broker& b, sim::Instant now) {
  std::int64_t used = 0, unflushed = 0, capacity = 0;
  json offline = json::array(), dirs = json::array();
  for (const broker::Replica& r : b.replicas()) unflushed += unflushed_bytes(r.log, now);
  for (std::int32_t dir = 0; dir < b.log_dirs().size(); ++dir) {
    const storage::LogDir& d = b.log_dirs()[dir];
    const std::int64_t bytes = b.used_bytes(dir, now);
    const bool online = b.log_dirs().online(dir);
    used += bytes;
    capacity += d.capacity_bytes;
    if (!online) offline.push_back(dir);
    dirs.push_back({{"online", online},
                    {"failing", d.failing},
                    {"replicas", d.logs},
                    {"used_bytes", bytes},
                    {"capacity_bytes", d.capacity_bytes},
                    {"write_bytes_per_s", d.write_bytes_per_s},
                    {"behind_us", b.log_dirs().behind(dir, now).us}});
  }
  return {{"used_bytes", used},
          {"unflushed_bytes", unflushed},
          {"capacity_bytes", capacity},
          {"offline_dirs", std::move(offline)},
          {"dirs", std::move(dirs)}};
}

/// One server of an ensemble, and its progress.
json server_of(const zookeeper::Server& server) {
  return {{"state", protocol::name(server.state())},
          {"leader", server.leader() > 0 ? json(server.leader()) : json(nullptr)},
          {"epoch", server.epoch()},
          {"last_zxid", protocol::zxid_text(server.last_zxid())},
          {"committed_zxid", protocol::zxid_text(server.committed_zxid())}};
}

template <class F>
void for_each_partition(const cluster::Cluster& c, const std::string& only, F&& visit) {
  for (const protocol::TopicImage& t : c.committed().topics()) {
    if (t.removed || (!only.empty() && !only.starts_with(t.name))) continue;
    for (std::size_t p = 0; p < t.partitions.size(); ++p) {
      const std::string name = t.name + "-" + std::to_string(p);
      if (only.empty() || only == name)
        visit(name, TopicPartition{t.id, static_cast<std::int32_t>(p)}, t.partitions[p]);
    }
  }
}

}  // namespace

sim::NodeId leader_without_majority(const cluster::Cluster& c) {
  sim::NodeId leader;
  if (c.active_controller().valid()) return leader;
  for (const sim::NodeId node : c.controllers())
    if (node_state(c, node) == NodeState::Running && c.voter(node).is_leader() &&
        (!leader.valid() || c.voter(node).epoch() > c.voter(leader).epoch()))
      leader = node;
  return leader;
}

NodeState node_state(const cluster::Cluster& c, sim::NodeId node) {
  switch (c.state(node)) {
    case sim::NodeState::Starting: return NodeState::Starting;
    case sim::NodeState::Running: return NodeState::Running;
    case sim::NodeState::Paused: return NodeState::Paused;
    case sim::NodeState::Crashed: return c.info(node).client >= 0 ? NodeState::Killed : NodeState::Crashed;
    case sim::NodeState::PoweredOff: return NodeState::PoweredOff;
    case sim::NodeState::ShuttingDown: return NodeState::ShuttingDown;
    case sim::NodeState::Stopped: break;
  }
  return NodeState::Stopped;
}

std::string_view name(NodeState state) {
  switch (state) {
    case NodeState::Starting: return "starting";
    case NodeState::Running: return "running";
    case NodeState::Paused: return "paused";
    case NodeState::Crashed: return "crashed";
    case NodeState::PoweredOff: return "powered_off";
    case NodeState::ShuttingDown: return "shutting_down";
    case NodeState::Killed: return "killed";
    case NodeState::Stopped: break;
  }
  return "stopped";
}

json cluster_section(const Moment& m) {
  const cluster::Cluster& c = m.cluster;
  const sim::NodeId active = c.active_controller();
  json acls = json::array(), quotas = json::object();
  for (const auto& [id, entry] : c.committed().acls()) acls.push_back(entry.text());
  for (const auto& [entity, limits] : c.committed().quotas())
    for (const auto& [key, ppm] : limits) quotas[entity][key] = static_cast<double>(ppm) / 1e6;
  if (c.under_zookeeper())
    return {{"metadata", "zookeeper"},
            {"kafka", protocol::to_string(c.spec().kafka)},
            {"active_controller", active.valid() ? json(c.info(active).id) : json(nullptr)},
            {"controller_epoch", c.zookeeper_controller_epoch()},
            {"features", json::object()},
            {"acls", std::move(acls)},
            {"quotas", std::move(quotas)},
            {"zookeeper", ensemble_section(m)}};
  std::int32_t epoch = 0;
  json voters = json::object();
  std::int64_t high_watermark = 0;
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    if (c.info(node).kind != cluster::NodeKind::Controller) continue;
    const raft::QuorumNode& v = c.voter(node);
    epoch = std::max(epoch, v.epoch().value);
    high_watermark = std::max(high_watermark, v.high_watermark().value);
    voters[std::to_string(c.info(node).id)] = {{"state", raft::name(v.state())},
                                               {"log_start_offset", v.log().start_offset().value},
                                               {"log_end_offset", v.log().end_offset().value},
                                               {"snapshots", v.log().snapshots().size()},
                                               {"voted_for", id_or_null(v.voted_for())}};
  }
  json features = json::object();
  for (const auto& [name, level] : c.committed().features()) features[name] = level;
  const json leader = active.valid() ? json(c.info(active).id) : json(nullptr);
  return {{"metadata", "kraft"},
          {"kafka", protocol::to_string(c.spec().kafka)},
          {"active_controller", leader},
          {"controller_epoch", epoch},
          {"features", std::move(features)},
          {"acls", std::move(acls)},
          {"quotas", std::move(quotas)},
          {"quorum",
           {{"leader", leader}, {"epoch", epoch}, {"high_watermark", high_watermark}, {"voters", std::move(voters)}}}};
}

json nodes_section(const Moment& m, const std::string& only, const std::string& part) {
  const auto wanted = [&](std::string_view name) { return part.empty() || part == name; };
  const cluster::Cluster& c = m.cluster;
  const sim::Instant now = c.now();
  json nodes = json::object();
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const cluster::NodeInfo& info = c.info(node);
    if (info.client >= 0 || info.removed || info.kind == cluster::NodeKind::Admin ||
        (!only.empty() && info.name != only))
      continue;
    json n = {{"kind", info.kind == cluster::NodeKind::Controller  ? "controller"
                       : info.kind == cluster::NodeKind::ZooKeeper ? "zookeeper"
                                                                   : "broker"},
              {"id", info.id},
              {"rack", info.rack},
              {"host", info.host},
              {"state", name(node_state(c, node))},
              {"incarnation", c.incarnation(node)},
              {"clock_skew_us", c.clock_skew(node).us}};
    if (const auto* b = c.role<broker::Broker>(node)) {
      const protocol::BrokerRegistration* registration = c.committed().broker(info.id);
      if (registration != nullptr && registration->endpoint.node != node.index)
        registration = nullptr;  // belongs to another process with the same id
      n["broker_epoch"] = registration == nullptr ? json(nullptr) : json(registration->epoch);
      n["fenced"] = registration == nullptr || registration->fenced;
      if (wanted("disk")) n["disk"] = disk_of(*b, now);
      json partitions = json::object();
      for (const protocol::TopicImage& t : b->image().topics()) {
        if (!wanted("belief")) break;
        for (std::size_t p = 0; p < t.partitions.size(); ++p)
          partitions[t.name + "-" + std::to_string(p)] = {{"leader", id_or_null(t.partitions[p].leader)},
                                                          {"leader_epoch", t.partitions[p].leader_epoch.value},
                                                          {"isr", id_array(t.partitions[p].isr)}};
      }
      n["belief"] = {{"controller", id_or_null(b->believed_controller())},
                     {"metadata_offset", c.under_zookeeper() ? json(nullptr) : json(b->image().last_offset().value)},
                     {"partitions", std::move(partitions)}};
    } else {
      n["broker_epoch"] = nullptr;
      n["fenced"] = false;
      n["disk"] = {{"used_bytes", 0},
                   {"unflushed_bytes", 0},
                   {"capacity_bytes", c.spec().disk.capacity_bytes},
                   {"offline_dirs", json::array()}};
      n["belief"] = {{"controller", nullptr}, {"metadata_offset", nullptr}, {"partitions", json::object()}};
      if (info.kind == cluster::NodeKind::ZooKeeper) {
        n["zookeeper"] = server_of(c.zookeeper_server(node));
      } else {
        const raft::QuorumNode& v = c.voter(node);
        n["belief"]["controller"] = id_or_null(v.leader());
        n["belief"]["metadata_offset"] = v.high_watermark().value - 1;
      }
    }
    nodes[info.name] = std::move(n);
  }
  return nodes;
}

json topics_section(const Moment& m, const std::string& only) {
  json topics = json::object();
  for (const protocol::TopicImage& t : m.cluster.committed().topics()) {
    if (t.removed || (!only.empty() && t.name != only)) continue;
    json config = json::object();
    for (const auto& [key, value] : m.cluster.committed().config("topic:" + t.name)) config[key] = value;
    topics[t.name] = {{"id", t.id},
                      {"partitions", t.partitions.size()},
                      {"replication_factor", t.partitions.empty() ? 0 : t.partitions.front().replicas.size()},
                      {"config", std::move(config)}};
  }
  return topics;
}

namespace {
/// The logs of a partition's replicas, by broker id.
json logs_of(const cluster::Cluster& c, TopicPartition tp, const protocol::PartitionRegistration& p) {
  json logs = json::object();
  for (BrokerId id : p.replicas) {
    const storage::PartitionLog* log = c.log(id, tp);
    if (log == nullptr) continue;
    logs[std::to_string(id)] = {{"log_start_offset", log->log_start_offset().value},
                                {"log_end_offset", log->log_end_offset().value},
                                {"high_watermark", log->high_watermark().value},
                                {"leader_epoch", log->latest_epoch().value},
                                {"segments", log->segments().size()},
                                {"size_bytes", log->size_bytes()},
                                {"flushed_offset", log->flushed_offset(c.now()).value},
                                {"dir", c.broker(id)->replica(tp)->dir},
                                {"offline", c.broker(id)->replica(tp)->offline}};
  }
  return logs;
}
}  // namespace

json partitions_section(const Moment& m, const std::string& only, const std::string& part) {
  const cluster::Cluster& c = m.cluster;
  json partitions = json::object();
  for_each_partition(c, only,
                     [&](const std::string& name, TopicPartition tp, const protocol::PartitionRegistration& p) {
                       json value = {{"leader", id_or_null(p.leader)},
                                     {"leader_epoch", p.leader_epoch.value},
                                     {"partition_epoch", p.partition_epoch},
                                     {"replicas", id_array(p.replicas)},
                                     {"isr", id_array(p.isr)},
                                     {"elr", id_array(p.elr)},
                                     {"adding", id_array(p.adding)},
                                     {"removing", id_array(p.removing)},
                                     {"recovering", p.recovery_state == protocol::RecoveryState::Recovering}};
                       if (part.empty() || part == "logs") value["logs"] = logs_of(c, tp, p);
                       const storage::PartitionLog* log = c.leader_log(tp);
                       value["high_watermark"] = log == nullptr ? 0 : log->high_watermark().value;
                       value["last_stable_offset"] = log == nullptr ? 0 : log->last_stable_offset().value;
                       value["log_start_offset"] = log == nullptr ? 0 : log->log_start_offset().value;
                       value["log_end_offset"] = log == nullptr ? 0 : log->log_end_offset().value;
                       partitions[name] = std::move(value);
                     });
  return partitions;
}

}  // namespace kafkascope::observe
