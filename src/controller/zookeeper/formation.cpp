#include "controller/zookeeper/formation.h"

#include <string>

#include "controller/zookeeper/zk_security.h"
#include "sim/time.h"

namespace kafkascope::controller {

FormedZooKeeper form_zookeeper(const FormationSpec& spec, int servers, const std::map<BrokerId, std::string>& hosts,
                               const std::map<BrokerId, std::int32_t>& session_timeouts_ms, bool authorizer) {
  FormedZooKeeper formed;
  zookeeper::FormedTree tree(servers);
  for (const std::string& path : znode::persistent_paths()) tree.create(path, "");
  if (authorizer)
    for (const std::string& path : znode::acl_paths()) tree.create(path, "");
  tree.create(znode::kClusterId, znode::kClusterIdData);
  ControllerContext& context = formed.context;
  context.epoch = context.epoch_zk_version = 1;
  for (const FormationBroker& b : spec.brokers) {
    const protocol::ZkSessionId session = formed.sessions[b.id] = tree.open_session(session_timeouts_ms.at(b.id));
    const auto czxid = tree.create(znode::broker(b.id), "", session);
    tree.set_data(znode::broker(b.id),
                  znode::encode(znode::BrokerInfo{hosts.at(b.id), b.endpoint.node, b.rack, b.urls}, sim::kEpochMs));
    context.brokers[b.id] = {czxid.value, b.endpoint, b.rack};
  }
  tree.create(znode::kControllerEpoch, "0");
  tree.create(znode::kController, znode::encode_controller(spec.leader, sim::kEpochMs),
              formed.sessions.at(spec.leader));
  tree.set_data(znode::kControllerEpoch, "1");

  // The same placement rules as under KRaft, so that a file gives the same cluster in both modes.
  std::vector<std::pair<std::string, znode::TopicAssignment>> topics;
  std::map<std::string, znode::Configs> configs;
  for (const protocol::MetadataEntry& entry : formation_log(spec)) {
    if (const auto* t = std::get_if<protocol::TopicRecord>(&entry.record))
      topics.emplace_back(t->name, znode::TopicAssignment{t->topic_id, {}});
    else if (const auto* p = std::get_if<protocol::PartitionRecord>(&entry.record))
      topics.back().second.partitions[p->partition.partition] = {p->replicas, {}, {}};
    else if (const auto* c = std::get_if<protocol::ConfigRecord>(&entry.record); c != nullptr && !topics.empty())
      configs[topics.back().first][c->name] = c->value;
  }
  for (const auto& [name, topic] : topics) {
    tree.create(znode::config("topic:" + name), znode::encode(configs[name]));
    tree.create(znode::topic(name), znode::encode(topic));
    tree.create(znode::partitions(name), "");
    for (const auto& [number, assignment] : topic.partitions) {
      LeaderAndIsr state{assignment.replicas[0], znode::LeaderEpoch{0}, assignment.replicas, 1, 0};
      tree.create(znode::partition(name, number), "");
      tree.create(znode::state(name, number), znode::encode(state));
      context.assign(topic.id, name, number, assignment);
      PartitionContext& p = context.edit({topic.id, number});
      p.decided = state;
      p.state = PartitionState::Online;
    }
  }
  formed.tree = tree.tree();
  formed.truth.load(formed.tree);
  return formed;
}

}  // namespace kafkascope::controller
