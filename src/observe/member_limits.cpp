#include "observe/member_limits.h"

#include "cluster/cluster.h"
#include "observe/node_config.h"
#include "observe/observation.h"
#include "observe/words/words.h"

namespace kafkascope::observe {

namespace {

MemberLimit own_limit(const cluster::ClientSpec& client, std::string_view key) {
  return {std::string(key), setting_or_none(client.config, key)};
}

/// In the newer protocols the session's length is a setting of the group, otherwise of its coordinator.
MemberLimit session_of(const cluster::Cluster& cluster, const cluster::ClientSpec& client, std::string_view group) {
  const bool shares = client.kind == cluster::ClientKind::ShareConsumer;
  if (!shares && setting_or_none(client.config, "group.protocol") != "consumer")
    return own_limit(client, "session.timeout.ms");
  const std::string key = shares ? "share.session.timeout.ms" : "consumer.session.timeout.ms";
  const auto& of_group = cluster.committed().config("group:" + std::string(group));
  if (const auto set = of_group.find(key); set != of_group.end()) return {key, set->second};
  const sim::NodeId coordinator = cluster.broker_node(cluster.coordinator_of(group));
  return {"group." + key, setting_or_none(file_config(cluster, coordinator), "group." + key)};
}

/// A classic group waits as long as its member with the longest time-out allows: its value is known if all have the same.
MemberLimit rebalance_of(const cluster::Cluster& cluster, std::string_view group) {
  MemberLimit found;
  for (const cluster::ClientSpec& client : cluster.spec().clients) {
    if (setting_or_none(client.config, "group.id") != group) continue;
    const MemberLimit own = own_limit(client, "max.poll.interval.ms");
    if (!found.ms.empty() && own.ms != found.ms) return {};
    found = own;
  }
  return found;
}

}  // namespace

sim::NodeId client_named(const cluster::Cluster& cluster, std::string_view member) {
  const std::string name = without_member_uuids(member);
  if (const sim::NodeId node = cluster.find(name); node.valid()) return node;
  for (const auto& info : cluster.nodes()) {
    if (info.client < 0) continue;
    const auto& config = cluster.spec().clients[static_cast<std::size_t>(info.client)].config;
    for (const auto& [key, value] : config.explicit_values())
      if (key == "group.instance.id" && protocol::config_text(value) == name) return cluster.find(info.name);
  }
  return {};
}

MemberLimit limit_behind(const cluster::Cluster& cluster, fact::GroupReason reason, std::string_view group,
                         std::string_view member) {
  using enum fact::GroupReason;
  if (reason == NoRejoinInTime || reason == NoSyncInTime || reason == NoSyncFromSome)
    return rebalance_of(cluster, group);
  if (reason != SessionTimeout && reason != NotRevokedInTime) return {};
  const sim::NodeId node = client_named(cluster, member);
  const std::int32_t place = node.valid() ? cluster.info(node).client : -1;
  if (place < 0) return {};
  const cluster::ClientSpec& client = cluster.spec().clients[static_cast<std::size_t>(place)];
  return reason == SessionTimeout ? session_of(cluster, client, group) : own_limit(client, "max.poll.interval.ms");
}

}  // namespace kafkascope::observe
