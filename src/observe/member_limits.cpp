#include "observe/member_limits.h"

#include "cluster/cluster.h"
#include "observe/node_config.h"
#include "observe/observation.h"
#include "observe/words/words.h"

namespace kafkascope::observe {

namespace {

/// The key of a member's session: a setting of the client, or in the newer protocols of the group or its coordinator.
std::string session_key(const cluster::Cluster& cluster, const cluster::ClientSpec& client, std::string_view group,
                        const std::string& ms) {
  const bool shares = client.kind == cluster::ClientKind::ShareConsumer;
  if (!shares && setting_or_none(client.config, "group.protocol") != "consumer") return "session.timeout.ms";
  const std::string key = shares ? "share.session.timeout.ms" : "consumer.session.timeout.ms";
  // The group's setting may be younger than the session, or be gone since.
  const auto& of_group = cluster.committed().config("group:" + std::string(group));
  const auto set = of_group.find(key);
  const sim::NodeId coordinator = cluster.broker_node(cluster.coordinator_of(group));
  const bool of_broker = setting_or_none(file_config(cluster, coordinator), "group." + key) == ms;
  return (set != of_group.end() && set->second == ms) || !of_broker ? key : "group." + key;
}

/// A classic group waits as long as its member with the longest time-out allows: whose it is is known if all have the same.
bool same_poll_intervals(const cluster::Cluster& cluster, std::string_view group) {
  std::string found;
  for (const cluster::ClientSpec& client : cluster.spec().clients) {
    if (setting_or_none(client.config, "group.id") != group) continue;
    const std::string own = setting_or_none(client.config, "max.poll.interval.ms");
    if (!found.empty() && own != found) return false;
    found = own;
  }
  return !found.empty();
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
                         std::string_view member, std::int64_t ms) {
  using enum fact::GroupReason;
  const std::string value = std::to_string(ms);
  const MemberLimit poll_interval{"max.poll.interval.ms", value};
  if (reason == NoRejoinInTime || reason == NoSyncInTime)
    return same_poll_intervals(cluster, group) ? poll_interval : MemberLimit{};
  if (reason != SessionTimeout && reason != NotRevokedInTime) return {};
  const sim::NodeId node = client_named(cluster, member);
  const std::int32_t place = node.valid() ? cluster.info(node).client : -1;
  if (place < 0) return {};
  if (reason == NotRevokedInTime) return poll_interval;
  return {session_key(cluster, cluster.spec().clients[static_cast<std::size_t>(place)], group, value), value};
}

}  // namespace kafkascope::observe
