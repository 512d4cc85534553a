// Settings that a broker in ZooKeeper mode reads at its start and after each change notification: configuration,
// quotas, ACLs. Kafka: KafkaZkClient.createTopLevelPaths, ZkNodeChangeNotificationListener, DynamicConfigManager,
// AclAuthorizer (2.5). Simplified: old notifications are not purged.
#include <algorithm>
#include <charconv>

#include "broker/broker_server.h"
#include "broker/zookeeper_mode.h"
#include "controller/kraft/configuration_control.h"
#include "controller/zookeeper/zk_security.h"

namespace kafkascope::broker {
namespace {

using controller::ZkError;
using controller::ZkOperation;
using controller::ZkResult;
using controller::ZkScript;
namespace znode = controller::znode;
using Kind = ZooKeeperJob::Kind;

std::int64_t number_of(std::string_view path) {  // ".../config_change_0000000007"
  const std::string_view digits = path.substr(path.rfind('_') + 1);
  std::int64_t value = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// Kafka: KafkaServer.initZkClient, getOrGenerateClusterId; AclAuthorizer.configure.
void make_top_level_paths(ZkScript& script, bool authorizer) {
  std::vector<std::string> paths = znode::persistent_paths();
  if (authorizer)
    for (std::string& path : znode::acl_paths()) paths.push_back(std::move(path));
  std::vector<ZkOperation> creations;
  for (const std::string& path : paths) creations.push_back(zookeeper::create(path, ""));
  const auto orphan = [](const protocol::SharedZkResult& result) { return result->error == ZkError::NONODE; };
  for (bool again = true; again;) {  // after a lost connection a parent may be created after its child
    const auto& results = script.ask(creations);
    again = std::any_of(results.begin(), results.end(), orphan);
  }
  if (script.ask(zookeeper::exists(znode::kClusterId)).error == ZkError::NONODE)
    (void)script.ask(zookeeper::create(znode::kClusterId, znode::kClusterIdData));
}

/// Returns the data of every child of these znodes, by path.
std::map<std::string, std::string> read_below(ZkScript& script, const std::vector<std::string>& parents) {
  std::vector<ZkOperation> reads;
  for (const std::string& parent : parents) reads.push_back(zookeeper::get_children(parent));
  const auto& lists = script.ask(std::move(reads));
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < parents.size(); ++i)
    for (const std::string& name : lists[i]->children) paths.push_back(parents[i] + "/" + name);
  std::map<std::string, std::string> out;
  if (paths.empty()) return out;
  reads.clear();
  for (const std::string& path : paths) reads.push_back(zookeeper::get_data(path));
  const auto& results = script.ask(std::move(reads));
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (results[i]->error == ZkError::OK) out[paths[i]] = results[i]->data;
  return out;
}

bool known(const ZkResult& result) { return result.error == ZkError::OK || result.error == ZkError::NONODE; }

}  // namespace

/// Reads the dynamic configuration of all brokers and of this one, quotas and ACLs, and watches for changes. The broker
/// registers afterwards.
void ZooKeeperMode::read_own_configs(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job) {
  if (job.session != client.session()) return;  // that session has ended: the next session reads again
  if (server.lifecycle.state() == BrokerState::Starting)
    make_top_level_paths(job.script, server.connections.authorizer.enabled());
  const std::vector<std::string> resources = {"broker:", "broker:" + std::to_string(server.options.id)};
  const auto& results = job.script.ask(std::vector<ZkOperation>{zookeeper::get_data(znode::config(resources[0])),
                                                                zookeeper::get_data(znode::config(resources[1]))});
  const auto quotas = read_below(job.script, {znode::kConfigUsers, znode::kConfigClients});
  std::map<std::string, std::string> acls;
  if (server.connections.authorizer.enabled()) acls = read_below(job.script, znode::acl_parents());

  for (std::size_t i = 0; i < resources.size(); ++i)
    apply_config(server, resources[i], znode::decode_config(results[i]->data));
  std::set<std::string> limited;
  for (const auto& [entity, limits] : server.image.quotas()) limited.insert(znode::config(entity));
  for (const auto& [path, data] : quotas) limited.insert(path);
  for (const std::string& path : limited)
    apply_config(server, znode::config_resource(path),
                 quotas.contains(path) ? znode::decode_config(quotas.at(path)) : znode::Configs{});
  std::set<std::string> protected_now;
  for (const auto& [id, entry] : server.image.acls()) protected_now.insert(znode::acl(znode::resource_of(entry)));
  for (const auto& [path, data] : acls) protected_now.insert(path);
  for (const std::string& path : protected_now)
    apply_acls(server, *znode::acl_resource(path), acls.contains(path) ? acls.at(path) : "");
  server.publisher.load_live_config(ctx, server);
  controller.set_config(server.broker_config());
  start_job(ctx, server, {.kind = Kind::ReadConfigChanges, .notes_read = notes_read});
  if (server.connections.authorizer.enabled())
    start_job(ctx, server, {.kind = Kind::ReadAclChanges, .notes_read = notes_read});
  controller.start(ctx, client);
}

/// The contents of the notifications below `parent` that the job does not know yet; updates the job's position.
std::vector<std::string> ZooKeeperMode::unread_notes(ZooKeeperJob& job, const std::string& parent) {
  const auto known_until = job.notes_read.find(parent);
  const std::int64_t last = known_until == job.notes_read.end() ? -1 : known_until->second;
  std::vector<ZkOperation> reads;
  std::int64_t newest = last;
  for (const std::string& name : job.script.ask(zookeeper::get_children(parent, true)).children)
    if (number_of(name) > last) {
      reads.push_back(zookeeper::get_data(parent + "/" + name));
      newest = std::max(newest, number_of(name));
    }
  std::vector<std::string> texts;
  if (reads.empty()) return texts;
  for (const auto& note : job.script.ask(std::move(reads))) texts.push_back(note->data);
  const auto [it, first] = notes_read.try_emplace(parent, newest);
  it->second = std::max(it->second, newest);
  return texts;
}

void ZooKeeperMode::read_config_changes(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job) {
  std::set<std::string> resources;
  for (const std::string& note : unread_notes(job, znode::kConfigChanges))
    if (const std::string resource = znode::decode_config_change(note); !resource.empty()) resources.insert(resource);
  if (resources.empty()) return;
  std::vector<ZkOperation> reads;
  for (const std::string& resource : resources) reads.push_back(zookeeper::get_data(znode::config(resource)));
  const auto& configs = job.script.ask(std::move(reads));
  std::size_t i = 0;
  std::vector<std::string> unclean;  // topics that allow unclean elections, including those of other brokers
                                     // (TopicConfigHandler)
  for (const std::string& resource : resources) {
    const ZkResult& config = *configs[i++];
    if (!known(config)) continue;
    const znode::Configs values = znode::decode_config(config.data);
    const bool of_topic = resource.starts_with("topic:"),
               own = resource == "broker:" || resource == "broker:" + std::to_string(server.options.id);
    const auto allowed = values.find("unclean.leader.election.enable");
    if ((of_topic || own) && allowed != values.end() && allowed->second == "true") unclean.push_back(resource);
    if (of_topic) {
      const TopicId topic = server.image.topic_id(std::string_view(resource).substr(6));
      if (topic == protocol::kNoTopic || !configured.contains(topic)) continue;
      server.publisher.reconfigured.push_back(topic);
    } else if (own) {
      server.publisher.everything_reconfigured = true;
    } else if (!znode::has_quotas(resource)) {
      continue;  // the configuration of another broker
    }
    apply_config(server, resource, values);
  }
  server.publisher.reload_changed_configs(ctx, server);
  controller.set_config(server.broker_config());
  for (const std::string& resource : unclean)
    controller.unclean_election_allowed(ctx, client, resource.starts_with("topic:") ? resource.substr(6) : "");
}

void ZooKeeperMode::read_acl_changes(BrokerServer& server, ZooKeeperJob& job) {
  std::set<znode::AclResource> resources;
  for (const std::string* parent : {&znode::kAclChanges, &znode::kExtendedAclChanges})
    for (const std::string& note : unread_notes(job, *parent))
      if (const auto resource = znode::decode_acl_change(note)) resources.insert(*resource);
  if (resources.empty()) return;
  std::vector<ZkOperation> reads;
  for (const znode::AclResource& resource : resources) reads.push_back(zookeeper::get_data(znode::acl(resource)));
  const auto& acls = job.script.ask(std::move(reads));
  std::size_t i = 0;
  for (const znode::AclResource& resource : resources)
    if (const ZkResult& now = *acls[i++]; known(now)) apply_acls(server, resource, now.data);
}

void ZooKeeperMode::apply_config(BrokerServer& server, const std::string& resource,
                                 const std::map<std::string, std::string>& values) {
  if (znode::has_quotas(resource)) {
    for (const protocol::MetadataRecord& record : znode::quota_records(server.image, resource, values))
      learn(server, record);
    return;
  }
  const std::map<std::string, std::string> before = server.image.config(resource);
  for (const auto& [key, value] : before)
    if (!values.contains(key)) learn(server, protocol::ConfigRecord{resource, key, "", true});
  for (const auto& [key, value] : values)
    if (const auto it = before.find(key); it == before.end() || it->second != value)
      learn(server, protocol::ConfigRecord{resource, key, value, false});
  const std::string own = "broker:" + std::to_string(server.options.id);
  if ((resource == "broker:" || resource == own) &&
      controller::refused_together(server.image.config("broker:"), server.image.config(own)).empty()) {
    config_of_all = server.image.config("broker:");
    own_config = server.image.config(own);
  }
}

void ZooKeeperMode::apply_acls(BrokerServer& server, const znode::AclResource& resource, const std::string& data) {
  for (const protocol::MetadataRecord& record :
       znode::acl_records(server.image, resource, znode::decode_acls(resource, data)))
    learn(server, record);
}

}  // namespace kafkascope::broker
