// Administrative requests to a 2.5 broker: it writes most changes into ZooKeeper itself, where the controller sees
// them. Kafka: KafkaApis, AdminManager, AdminZkClient (2.5). Simplified: a topic and its configuration are written
// together; the replicas of a new topic are placed as under KRaft.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "broker/broker_server.h"
#include "broker/error_answer.h"
#include "broker/zookeeper_mode.h"
#include "controller/kraft/access_control.h"
#include "controller/kraft/configuration_control.h"
#include "controller/kraft/replication_control.h"
#include "controller/zookeeper/admin_utils.h"
#include "protocol/facts_of_cluster.h"

namespace kafkascope::broker {

namespace znode = controller::znode;
using controller::ZkError;
using controller::ZkOperation;
using controller::ZkResult;
using controller::ZkScript;
using protocol::AdminResult;

namespace {

/// The metadata, completed with the topics' configuration from ZooKeeper; used for one decision, never kept.
class Draft {
 public:
  explicit Draft(MetadataImage image) : image_(std::move(image)) {}
  void add(const protocol::MetadataRecord& record) { image_.apply(image_.last_offset() + 1, {}, record); }
  const MetadataImage& image() const { return image_; }

 private:
  MetadataImage image_;
};

std::vector<controller::UsableBroker> usable(const MetadataImage& image) {
  std::vector<controller::UsableBroker> out;
  for (const auto& [id, b] : image.brokers()) out.push_back({id, b.rack, false});
  return out;
}

/// Kafka: KafkaZkClient.setOrCreateEntityConfigs.
void write_config(ZkScript& script, const std::string& resource, const znode::Configs& config) {
  const std::string path = znode::config(resource), text = znode::encode(config);
  if (script.ask(zookeeper::set_data(path, text)).error == ZkError::NONODE)
    (void)script.ask(zookeeper::create(path, text));
}

/// Returns the number of the topic's only partition if that number is negative, else 0. Kafka:
/// AdminZkClient.validateTopicCreate leaves negative numbers out of the sum that it checks. Simplified: a negative
/// number among several partitions is always refused.
std::int32_t only_number_below_zero(const protocol::CreatableTopic& topic) {
  const auto given = [](const protocol::IdList& replicas) { return !replicas.empty(); };
  if (std::count_if(topic.assignments.begin(), topic.assignments.end(), given) != 1) return 0;
  return topic.assignments.back()[0] < 0 ? -static_cast<std::int32_t>(topic.assignments.size()) : 0;
}

/// Creates one topic; `partitions` receives its number of partitions. Kafka: AdminManager.createTopics,
/// AdminZkClient.createTopicWithAssignment. The brokers in an assignment are not checked for existence.
protocol::CreateTopicsResult create_topic(ZkScript& script, Draft draft, const protocol::Config& config,
                                          protocol::CreatableTopic wanted, std::uint64_t seed,
                                          std::int32_t& partitions) {
  const std::int32_t below_zero = only_number_below_zero(wanted);
  if (below_zero < 0) wanted.assignments = {protocol::below_zero(wanted.assignments.back())};
  const std::vector<controller::UsableBroker> brokers = usable(draft.image());
  for (const protocol::IdList& replicas : wanted.assignments)
    for (const protocol::BrokerId id : replicas)
      if (id >= 0 && draft.image().broker(id) == nullptr)
        draft.add(protocol::RegisterBrokerRecord{id, 0, -1, {}, "", false, false, {}});
  // The configuration is written first, in a transaction of its own; it replaces the configuration of an earlier topic
  // with that name.
  for (bool configured = false;;) {
    // A topic may exist even if this broker does not know it yet.
    const ZkResult& names = script.ask(zookeeper::get_children(znode::kTopics));
    for (const std::string& name : names.children)
      if (draft.image().topic_id(name) == protocol::kNoTopic)
        draft.add(protocol::TopicRecord{name, draft.image().next_topic_id()});
    sim::Random random(seed, sim::Stream::Placement);
    controller::Records records;
    protocol::CreateTopicsResult result = controller::ReplicationControl(draft.image(), config)
                                              .create_topics({{wanted}}, brokers, random, records)
                                              .topics.front();
    if (result.error != ErrorCode::NONE) return result;
    // The topic's number is the number of topics created before it (stat.cversion counts creations and deletions). Two
    // concurrent creations would get the same number, so the creation is conditional on the version.
    znode::TopicAssignment assignment{(names.stat.cversion + names.stat.num_children) / 2, {}};
    znode::Configs configs;
    for (const protocol::MetadataRecord& record : records) {
      if (const auto* p = std::get_if<protocol::PartitionRecord>(&record))
        assignment.partitions[below_zero < 0 ? below_zero : p->partition.partition] = {p->replicas, {}, {}};
      else if (const auto* c = std::get_if<protocol::ConfigRecord>(&record)) configs[c->name] = c->value;
    }
    if (!configured) write_config(script, "topic:" + wanted.name, configs);
    configured = true;
    ZkOperation creation = zookeeper::create(znode::topic(wanted.name), znode::encode(assignment));
    creation.version = assignment.id;
    const ZkResult& made = script.ask(creation);
    if (made.error == ZkError::BADVERSION) continue;
    partitions = static_cast<std::int32_t>(assignment.partitions.size());
    if (made.error == ZkError::NODEEXISTS) result.error = ErrorCode::TOPIC_ALREADY_EXISTS;
    else if (made.error != ZkError::OK) result.error = ErrorCode::UNKNOWN_SERVER_ERROR;
    else if (below_zero < 0) {  // the response contains the replication factor of partition 0
                                // (AdminManager.createTopics)
      result.error = ErrorCode::UNKNOWN_SERVER_ERROR;
      result.message = "key not found: 0";
    }
    return result;
  }
}

protocol::DeleteTopicsResponse delete_topics(ZkScript& script, const protocol::Config& config,
                                             const protocol::DeleteTopicsRequest& request) {
  protocol::DeleteTopicsResponse response;
  for (const std::string& name : request.topics) {
    AdminResult row{name, ErrorCode::NONE, ""};
    if (!config.flag("delete.topic.enable"))
      row = {name, ErrorCode::TOPIC_DELETION_DISABLED, "Topic deletion is disabled."};
    else if (script.ask(zookeeper::exists(znode::topic(name))).error != ZkError::OK)
      row = {name, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition."};
    else if (const ZkError error = script.ask(zookeeper::create(znode::delete_topic(name), "")).error;
             error != ZkError::OK && error != ZkError::NODEEXISTS)
      row.error = ErrorCode::UNKNOWN_SERVER_ERROR;
    response.results.push_back(std::move(row));
  }
  return response;
}

/// Assigns replicas to new partitions without an assignment, continuing from the topic's first partition and without a
/// random choice. Kafka: AdminZkClient.addPartitions.
AdminResult place(const MetadataImage& image, const znode::TopicAssignment& topic,
                  protocol::CreatablePartitions& asked) {
  const auto present = static_cast<std::int32_t>(topic.partitions.size());
  AdminResult row{asked.topic, ErrorCode::NONE, ""};
  if (!asked.assignments.empty() || asked.count <= present || !topic.partitions.contains(0)) return row;
  std::vector<controller::PlacementBroker> brokers;
  for (const auto& [id, broker] : image.brokers()) brokers.push_back({id, broker.rack});
  const protocol::IdList& first = topic.partitions.at(0).replicas;
  const auto with_rack = std::count_if(brokers.begin(), brokers.end(), [](const auto& b) { return !b.rack.empty(); });
  const auto at = std::find_if(brokers.begin(), brokers.end(), [&](const auto& b) { return b.id >= first[0]; });
  const std::int64_t start = at == brokers.end() ? 0 : at - brokers.begin();
  if (first.size() > static_cast<int>(brokers.size())) {
    row.error = ErrorCode::INVALID_REPLICATION_FACTOR;
    row.message = "Replication factor: " + std::to_string(first.size()) +
                  " larger than available brokers: " + std::to_string(brokers.size()) + ".";
  } else if (with_rack != 0 && with_rack != static_cast<std::int64_t>(brokers.size())) {
    row.error = ErrorCode::UNKNOWN_SERVER_ERROR;  // AdminOperationException
    row.message = "Not all brokers have rack information.";
  } else {
    asked.assignments =
        controller::assign_replicas(brokers, asked.count - present, first.size(), start, start, present);
  }
  return row;
}

/// ZooKeeper, not this broker's cache, says which partitions exist; the controller says which are being deleted. Kafka:
/// KafkaApis.handleCreatePartitionsRequest, AdminManager.createPartitions, AdminZkClient.addPartitions.
protocol::CreatePartitionsResponse create_partitions(ZkScript& script, Draft draft, const protocol::Config& config,
                                                     const std::set<protocol::TopicId>& deleting,
                                                     const protocol::CreatePartitionsRequest& request) {
  std::map<std::string, znode::TopicAssignment> topics;
  protocol::CreatePartitionsRequest valid;
  std::vector<AdminResult> refused;
  for (const protocol::CreatablePartitions& asked : request.topics) {
    const ZkResult& there = script.ask(zookeeper::get_data(znode::topic(asked.topic)));
    const auto topic = znode::decode_topic(there.data);
    if (there.error != ZkError::OK || !topic) {
      refused.push_back(
          {asked.topic, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "The topic '" + asked.topic + "' does not exist."});
    } else if (deleting.contains(topic->id)) {
      refused.push_back(
          {asked.topic, ErrorCode::INVALID_TOPIC_EXCEPTION, "The topic '" + asked.topic + "' is about to be deleted."});
    } else if (!topic->partitions.contains(0)) {  // AdminOperationException (AdminZkClient.addPartitions)
      refused.push_back(
          {asked.topic, ErrorCode::UNKNOWN_SERVER_ERROR,
           "Unexpected existing replica assignment for topic '" + asked.topic + "', partition id 0 is missing."});
    } else if (std::any_of(topic->partitions.begin(), topic->partitions.end(),
                           [](const auto& p) { return !p.second.adding.empty() || !p.second.removing.empty(); })) {
      refused.push_back({asked.topic, ErrorCode::REASSIGNMENT_IN_PROGRESS,
                         "A partition reassignment is in progress for the topic '" + asked.topic + "'."});
    } else {
      if (draft.image().topic(topic->id) == nullptr) draft.add(protocol::TopicRecord{asked.topic, topic->id});
      for (const auto& [number, assignment] : topic->partitions) {
        protocol::PartitionRecord partition;
        partition.partition = {topic->id, number};
        partition.replicas = assignment.replicas;
        if (draft.image().partition(partition.partition) == nullptr) draft.add(partition);
      }
      protocol::CreatablePartitions placed = asked;
      if (const AdminResult row = place(draft.image(), *topic, placed); row.error != ErrorCode::NONE) {
        refused.push_back(row);
        continue;
      }
      topics.emplace(asked.topic, *topic);
      valid.topics.push_back(std::move(placed));
    }
  }
  sim::Random random(0, sim::Stream::Placement);  // every partition has its assignment already
  controller::Records records;
  protocol::CreatePartitionsResponse response = controller::ReplicationControl(draft.image(), config)
                                                    .create_partitions(valid, usable(draft.image()), random, records);
  for (AdminResult& row : response.results) {
    if (row.error != ErrorCode::NONE) continue;
    znode::TopicAssignment& topic = topics.at(row.name);
    for (const protocol::MetadataRecord& record : records)
      if (const auto* p = std::get_if<protocol::PartitionRecord>(&record);
          p != nullptr && p->partition.topic == topic.id)
        topic.partitions[p->partition.partition] = {p->replicas, {}, {}};
    if (script.ask(zookeeper::set_data(znode::topic(row.name), znode::encode(topic))).error != ZkError::OK)
      row.error = ErrorCode::UNKNOWN_SERVER_ERROR;
  }
  response.results.insert(response.results.end(), refused.begin(), refused.end());
  return response;
}

/// Writes the resource's znode, then a change notification, which every broker watches. ZooKeeper says which topics
/// exist. Kafka: AdminZkClient.validateTopicConfig, changeEntityConfig.
protocol::IncrementalAlterConfigsResponse change_configs(ZkScript& script, Draft draft, const protocol::Config& config,
                                                         protocol::IncrementalAlterConfigsRequest request,
                                                         BrokerId asked, Ctx& ctx) {
  constexpr std::string_view kTopic = "topic:";
  std::map<std::string, znode::Configs> now;
  for (const protocol::AlterableConfig& c : request.configs) now[c.resource];
  std::vector<AdminResult> refused;
  for (auto& [resource, values] : now) {
    if (const std::string name = resource.starts_with(kTopic) ? resource.substr(kTopic.size()) : ""; !name.empty()) {
      if (script.ask(zookeeper::exists(znode::topic(name))).error != ZkError::OK) {
        refused.push_back({resource, ErrorCode::UNKNOWN_SERVER_ERROR,
                           "Topic \"" + name + "\" does not exist."});  // AdminOperationException
        continue;
      }
      if (draft.image().topic_id(name) == protocol::kNoTopic)
        draft.add(protocol::TopicRecord{name, draft.image().next_topic_id()});
    }
    values = znode::decode_config(script.ask(zookeeper::get_data(znode::config(resource))).data);
    for (const auto& [key, value] : std::map<std::string, std::string>(draft.image().config(resource)))
      draft.add(protocol::ConfigRecord{resource, key, "", true});
    for (const auto& [key, value] : values) draft.add(protocol::ConfigRecord{resource, key, value, false});
  }
  for (const AdminResult& r : refused)
    std::erase_if(request.configs, [&](const protocol::AlterableConfig& c) { return c.resource == r.name; });
  std::vector<protocol::MetadataRecord> records;
  protocol::IncrementalAlterConfigsResponse response =
      controller::alter_configs(draft.image(), config, request, records, "broker:" + std::to_string(asked));
  std::set<std::string> changed;
  for (const protocol::MetadataRecord& record : records) {
    const auto* c = std::get_if<protocol::ConfigRecord>(&record);
    if (c == nullptr) continue;
    changed.insert(c->resource);
    if (c->deleted) now[c->resource].erase(c->name);
    else now[c->resource][c->name] = c->value;
  }
  for (const std::string& resource : changed) {
    write_config(script, resource, now[resource]);
    (void)script.ask(zookeeper::create(znode::kConfigChangePrefix, znode::encode_config_change(resource), false, true));
  }
  for (const protocol::MetadataRecord& record : records)
    if (const auto* c = std::get_if<protocol::ConfigRecord>(&record))
      ctx.trace(fact::ConfigChanged{c->deleted, c->resource, c->name, c->value});
  response.results.insert(response.results.end(), refused.begin(), refused.end());
  return response;
}

/// Writes one znode per resource, each conditional on the version that was read; then a notification about each. Kafka:
/// AclAuthorizer.createAcls, deleteAcls, updateResourceAcls. `decide` is called with the existing entries: (image,
/// records) -> response. `apply(resource, text)`: the broker that writes a rule knows it before it answers; only the
/// others wait for the notification.
template <class Decide, class Apply>
auto change_acls(ZkScript& script, const MetadataImage& image, const std::vector<protocol::AccessControlEntry>& entries,
                 Decide&& decide, Apply&& apply, Ctx& ctx) {
  for (;;) {
    Draft draft(image);
    std::vector<std::pair<znode::AclResource, std::string>> written;
    std::map<znode::AclResource, ZkResult> now;
    for (const protocol::AccessControlEntry& entry : entries) {
      const znode::AclResource resource = znode::resource_of(entry);
      if (now.contains(resource)) continue;
      const ZkResult& there = now[resource] = script.ask(zookeeper::get_data(znode::acl(resource)));
      for (const auto& record : znode::acl_records(draft.image(), resource, znode::decode_acls(resource, there.data)))
        draft.add(record);
    }
    controller::Records records;
    auto response = decide(draft.image(), records);
    Draft after = draft;
    for (const protocol::MetadataRecord& record : records) after.add(record);
    ZkError error = ZkError::OK;
    for (const auto& [resource, there] : now) {
      const auto wanted = znode::acls_of(after.image(), resource);
      if (wanted == znode::acls_of(draft.image(), resource)) continue;
      const std::string path = znode::acl(resource), text = znode::encode_acls(wanted);
      error = script
                  .ask(wanted.empty()                   ? zookeeper::remove(path, there.stat.version)
                       : there.error == ZkError::NONODE ? zookeeper::create(path, text)
                                                        : zookeeper::set_data(path, text, there.stat.version))
                  .error;
      if (error != ZkError::OK) break;
      written.emplace_back(resource, text);
      (void)script.ask(
          zookeeper::create(znode::acl_change_prefix(resource), znode::encode_acl_change(resource), false, true));
    }
    if (error == ZkError::BADVERSION || error == ZkError::NODEEXISTS || error == ZkError::NONODE)
      continue;  // another write was faster
    for (const auto& [resource, text] : written) apply(resource, text);
    if (error != ZkError::OK)
      for (AdminResult& row : response.results) row.error = ErrorCode::UNKNOWN_SERVER_ERROR;
    for (const protocol::MetadataRecord& record : records) {
      const auto* gone = std::get_if<protocol::RemoveAccessControlEntryRecord>(&record);
      const auto* fresh = std::get_if<protocol::AccessControlEntryRecord>(&record);
      if (error != ZkError::OK || (gone == nullptr && fresh == nullptr)) continue;
      ctx.trace(fact::AclChanged{gone != nullptr,
                                 gone != nullptr ? draft.image().acls().at(gone->id).text() : fresh->entry.text()});
    }
    return response;
  }
}

/// kafka-configs for 2.5 writes quotas into ZooKeeper itself, because 2.5 has no request for them. Here a broker
/// handles the request of KIP-546 instead.
protocol::AlterClientQuotasResponse change_quotas(ZkScript& script, Draft draft,
                                                  const protocol::AlterClientQuotasRequest& request, Ctx& ctx) {
  std::set<std::string> entities;
  for (const protocol::AlterableQuota& q : request.quotas)
    if (znode::has_quotas(q.entity)) entities.insert(q.entity);
  for (const std::string& entity : entities) {
    const auto now = znode::decode_config(script.ask(zookeeper::get_data(znode::config(entity))).data);
    for (const auto& record : znode::quota_records(draft.image(), entity, now)) draft.add(record);
  }
  controller::Records records;
  protocol::AlterClientQuotasResponse response = controller::alter_client_quotas(draft.image(), request, records);
  std::set<std::string> changed;
  for (const protocol::MetadataRecord& record : records) {
    draft.add(record);
    changed.insert(std::get<protocol::ClientQuotaRecord>(record).entity);
  }
  for (const std::string& entity : changed) {
    write_config(script, entity, znode::quota_configs(draft.image(), entity));
    (void)script.ask(zookeeper::create(znode::kConfigChangePrefix, znode::encode_config_change(entity), false, true));
  }
  for (const protocol::MetadataRecord& record : records) {
    const auto& q = std::get<protocol::ClientQuotaRecord>(record);
    ctx.trace(
        fact::QuotaChanged{q.remove, q.entity, q.key, q.remove ? std::string() : controller::limit_text(q.value_ppm)});
  }
  return response;
}

}  // namespace

void ZooKeeperMode::administer(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job) {
  const Draft draft(job.image);
  const protocol::Config& config = server.options.config;
  std::map<std::string, std::int32_t> awaited;  // DelayedTopics::partitions
  const auto done = [&](auto response) {
    for (const AdminResult& d : job.denied) {
      if constexpr (requires { response.topics; }) response.topics.push_back({d.name, d.error, d.message});
      else response.results.push_back(d);
    }
    answer_when_known(ctx, server,
                      {.connection = job.connection, .answer = std::move(response), .partitions = awaited});
  };
  const auto apply = [&](const znode::AclResource& resource, const std::string& text) {
    apply_acls(server, resource, text);
  };
  if (const auto* r = protocol::get_if<protocol::CreateTopicsRequest>(&job.body)) {
    protocol::CreateTopicsResponse response;
    for (const protocol::CreatableTopic& topic : r->topics) {
      std::int32_t partitions = 0;
      response.topics.push_back(
          create_topic(job.script, draft, config, topic, job.seed + response.topics.size(), partitions));
      if (response.topics.back().error == ErrorCode::NONE) awaited[topic.name] = partitions;
    }
    for (const protocol::CreatableTopic& topic : r->topics)
      std::erase(server.forwarding.topics_in_creation, topic.name);
    if (job.metadata) answer_created(ctx, server, job, response);
    else done(std::move(response));
  } else if (const auto* r = protocol::get_if<protocol::DeleteTopicsRequest>(&job.body)) {
    auto response = delete_topics(job.script, config, *r);
    for (const AdminResult& row : response.results)
      if (row.error == ErrorCode::NONE) awaited[row.name] = 0;
    done(std::move(response));
  } else if (const auto* r = protocol::get_if<protocol::CreatePartitionsRequest>(&job.body)) {
    auto response = create_partitions(job.script, draft, config, this->controller.context().deleting, *r);
    for (const AdminResult& row : response.results)
      for (const protocol::CreatablePartitions& asked : r->topics)
        if (row.error == ErrorCode::NONE && row.name == asked.topic) awaited[row.name] = asked.count;
    done(std::move(response));
  } else if (const auto* r = protocol::get_if<protocol::IncrementalAlterConfigsRequest>(&job.body)) {
    done(change_configs(job.script, draft, config, *r, server.options.id, ctx));
  } else if (const auto* r = protocol::get_if<protocol::CreateAclsRequest>(&job.body)) {
    done(change_acls(
        job.script, job.image, r->entries,
        [&](const MetadataImage& image, controller::Records& records) {
          return controller::create_acls(image, *r, image.last_offset() + 1, records);
        },
        apply, ctx));
  } else if (const auto* r = protocol::get_if<protocol::DeleteAclsRequest>(&job.body)) {
    done(change_acls(
        job.script, job.image, r->entries,
        [&](const MetadataImage& image, controller::Records& records) {
          return controller::delete_acls(image, *r, records);
        },
        apply, ctx));
  } else if (const auto* r = protocol::get_if<protocol::AlterClientQuotasRequest>(&job.body)) {
    done(change_quotas(job.script, draft, *r, ctx));
  }
}

/// Handles the requests that only brokers in ZooKeeper mode answer. Returns true if `message` is one of them.
bool ZooKeeperMode::dispatch_zookeeper(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message) {
  const std::uint64_t waits =
      static_cast<std::uint64_t>(connection.id.generation) << 32 | connection.id.slot;  // for respond()
  const bool active = controller.active();
  std::optional<Message> allowed;  // without the parts that the requester may not access
  std::vector<AdminResult> denied;
  if (server.connections.authorizer.enabled()) {
    allowed = message;
    const auto may_it = [&](protocol::AclOperation operation, protocol::ResourceType type, std::string_view name) {
      return server.connections.may(ctx, server, connection, operation, type, name);
    };
    if (const ErrorCode error = controller::keep_allowed(allowed->body, may_it, denied); error != ErrorCode::NONE) {
      server.connections.refuse(ctx, connection.api, {}, error, connection.peer);
      server.connections.respond(ctx, server, connection.id, error_answer(message.body, error));
      return true;
    }
  }
  const auto start = [&] {
    start_job(ctx, server,
              {.kind = ZooKeeperJob::Kind::Administer,
               .connection = connection.id,
               .body = allowed ? allowed->body : message.body,
               .seed = ctx.random(sim::Stream::Placement).next(),
               .image = server.image,
               .denied = denied});
  };
  const auto no_authorizer = [&](auto response, const auto& request) {
    for (const protocol::AccessControlEntry& e : request.entries)
      response.results.push_back(
          {e.text(), ErrorCode::SECURITY_DISABLED, "No Authorizer is configured on the broker."});
    server.connections.respond(ctx, server, connection.id, std::move(response));
  };
  switch (connection.api) {
    case api::LeaderAndIsr:
      handle(ctx, server, connection, protocol::get<protocol::LeaderAndIsrRequest>(message.body));
      return true;
    case api::StopReplica:
      handle(ctx, server, connection, protocol::get<protocol::StopReplicaRequest>(message.body));
      return true;
    case api::UpdateMetadata:
      handle(ctx, server, connection, protocol::get<protocol::UpdateMetadataRequest>(message.body));
      return true;
    case api::ControlledShutdown:
    case api::ElectLeaders:
    case api::AlterPartitionReassignments: controller.request(ctx, client, waits, message.body); return true;
    case api::CreateTopics:
      if (!active)
        server.connections.respond(ctx, server, connection.id,
                                   protocol::CreateTopicsResponse{ErrorCode::NOT_CONTROLLER, {}});
      else start();
      return true;
    case api::DeleteTopics:
      if (!active)
        server.connections.respond(ctx, server, connection.id,
                                   protocol::DeleteTopicsResponse{{ErrorCode::NOT_CONTROLLER, {}}});
      else start();
      return true;
    case api::CreatePartitions:
      if (!active)
        server.connections.respond(ctx, server, connection.id,
                                   protocol::CreatePartitionsResponse{{ErrorCode::NOT_CONTROLLER, {}}});
      else start();
      return true;
    case api::CreateAcls:
      if (!server.connections.authorizer.enabled())
        no_authorizer(protocol::CreateAclsResponse{}, protocol::get<protocol::CreateAclsRequest>(message.body));
      else start();
      return true;
    case api::DeleteAcls:
      if (!server.connections.authorizer.enabled())
        no_authorizer(protocol::DeleteAclsResponse{}, protocol::get<protocol::DeleteAclsRequest>(message.body));
      else start();
      return true;
    case api::IncrementalAlterConfigs:
    case api::AlterClientQuotas: start(); return true;
    default: return false;
  }
}

}  // namespace kafkascope::broker
