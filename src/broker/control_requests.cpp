// Requests of a controller in ZooKeeper mode: LeaderAndIsr, StopReplica, UpdateMetadata. Kafka: KafkaApis,
// ReplicaManager.becomeLeaderOrFollower, stopReplicas, maybeUpdateMetadataCache; MetadataCache (2.5).
#include <algorithm>
#include <set>
#include <utility>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "broker/zookeeper_mode.h"
#include "sim/mutant.h"

namespace kafkascope::broker {

namespace znode = controller::znode;
using controller::ZkError;
using protocol::ControlPartition;

namespace {

/// Converts the controller's partition state into the broker's own types.
template <class State>
void copy_state(const ControlPartition& p, State& state) {
  state.replicas = p.replicas;
  state.isr = p.isr;
  state.adding = p.adding;
  state.removing = p.removing;
  state.leader = p.leader;
  state.leader_epoch = p.leader_epoch;
  state.partition_epoch = p.zk_version;
}

}  // namespace

/// Refuses a request that is meant for an earlier process or comes from a controller that has been replaced; remembers
/// a higher controller epoch.
ErrorCode ZooKeeperMode::control_error(BrokerServer& server, const protocol::ControlHeader& header) {
  if (header.broker_epoch >= 0 && header.broker_epoch < server.lifecycle.epoch() &&
      !sim::mutant("old-broker-epoch-obeyed"))
    return ErrorCode::STALE_BROKER_EPOCH;
  // The controller may learn of a new registration before the broker itself does: a newer epoch is then the epoch of
  // this broker. 2.5.0 threw IllegalStateException.
  if (server.options.historical.kafka_9839 && server.lifecycle.registered() &&
      header.broker_epoch > server.lifecycle.epoch())
    return ErrorCode::UNKNOWN_SERVER_ERROR;
  if (header.controller_epoch < controller_epoch && !sim::mutant("stale-controller-obeyed"))
    return ErrorCode::STALE_CONTROLLER_EPOCH;
  controller_epoch = std::max(controller_epoch, header.controller_epoch);
  return ErrorCode::NONE;
}

void ZooKeeperMode::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                           const protocol::LeaderAndIsrRequest& r) {
  ZooKeeperJob job{.kind = ZooKeeperJob::Kind::BecomeReplicas, .connection = connection.id, .body = r};
  for (const protocol::NamedTopic& topic : r.topics)
    if (!configured.contains(topic.topic)) job.unconfigured.push_back(topic);
  start_job(ctx, server, std::move(job));
}

/// First reads the configuration of topics that are new to this broker (LogManager.getOrCreateLog gets it by
/// fetchEntityConfig).
void ZooKeeperMode::become_replicas(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job) {
  const auto& request = protocol::get<protocol::LeaderAndIsrRequest>(job.body);
  std::vector<controller::ZkOperation> reads;
  for (const protocol::NamedTopic& topic : job.unconfigured)
    reads.push_back(zookeeper::get_data(znode::config("topic:" + topic.name)));
  std::vector<znode::Configs> configs;
  if (!reads.empty())
    for (const auto& result : job.script.ask(std::move(reads))) {
      const bool answered = result->error == zookeeper::ZkError::OK || result->error == zookeeper::ZkError::NONODE;
      if (!answered && !sim::mutant("configuration-guessed")) {  // getEntityConfigs throws, and the request fails
        protocol::LeaderAndIsrResponse failed;
        failed.error = ErrorCode::UNKNOWN_SERVER_ERROR;
        return server.connections.respond(ctx, server, job.connection, std::move(failed));
      }
      configs.push_back(znode::decode_config(result->data));
    }

  protocol::LeaderAndIsrResponse response;
  response.error = control_error(server, request.header);
  if (response.error != ErrorCode::NONE) {
    refuse_control(ctx, server, job.connection, api::LeaderAndIsr, response.error);
    return server.connections.respond(ctx, server, job.connection, std::move(response));
  }
  for (const protocol::NamedTopic& topic : request.topics) learn_topic(server, topic);
  for (std::size_t i = 0; i < configs.size(); ++i) {
    apply_config(server, "topic:" + job.unconfigured[i].name, configs[i]);
    configured.insert(job.unconfigured[i].topic);
  }
  for (const ControlPartition& p : request.partitions)
    response.partitions.push_back({p.partition, become_replica(ctx, server, p)});
  server.publisher.first_publish_done = true;
  if (server.logs.high_watermarks_from == sim::kNever) {
    server.logs.high_watermarks_from = ctx.now();
    for (std::size_t i = 0; i < server.replicas.size(); ++i)
      server.replicas[i].log.begin_high_watermark_checkpoints(ctx.now());
  }
  server.connections.respond(ctx, server, job.connection, std::move(response));
}

ErrorCode ZooKeeperMode::become_replica(Ctx& ctx, BrokerServer& server, const ControlPartition& p) {
  if (!p.replicas.contains(server.options.id)) return ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  const std::int32_t index = server.replica_manager.find_or_create(ctx, server, p.partition, p.is_new);
  const Replica& r = server.replicas[static_cast<std::size_t>(index)];
  if (r.offline) return ErrorCode::KAFKA_STORAGE_ERROR;
  if (p.leader_epoch <= r.leader_epoch) return ErrorCode::STALE_CONTROLLER_EPOCH;
  // If the partition has no leader, or the leader is not alive according to this broker's metadata, the role does not
  // change, but the log is created (ReplicaManager.makeFollowers).
  if (server.image.broker(p.leader) == nullptr && p.leader != server.options.id) return ErrorCode::NONE;
  protocol::PartitionRegistration state;
  copy_state(p, state);
  if (p.leader == server.options.id) server.replica_manager.become_leader(ctx, server, index, state);
  else server.replica_manager.become_follower(ctx, server, index, state);
  server.replicas[static_cast<std::size_t>(index)].controller_epoch = p.controller_epoch;
  return ErrorCode::NONE;
}

void ZooKeeperMode::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                           const protocol::StopReplicaRequest& r) {
  protocol::StopReplicaResponse response;
  response.error = control_error(server, r.header);
  if (response.error != ErrorCode::NONE) {
    refuse_control(ctx, server, connection.id, api::StopReplica, response.error);
  } else {
    for (TopicPartition tp : r.partitions) {
      const std::int32_t index = server.find(tp);
      const bool offline = index >= 0 && server.replicas[static_cast<std::size_t>(index)].offline;
      if (index >= 0 && !offline && r.delete_partitions) server.replica_manager.drop_replica(ctx, server, index);
      else if (index >= 0 && !offline) server.fetchers.remove_from_fetcher(server, index);
      response.partitions.push_back(
          {tp, offline && r.delete_partitions ? ErrorCode::KAFKA_STORAGE_ERROR : ErrorCode::NONE});
    }
  }
  server.connections.respond(ctx, server, connection.id, std::move(response));
}

void ZooKeeperMode::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                           const protocol::UpdateMetadataRequest& r) {
  protocol::UpdateMetadataResponse response{control_error(server, r.header)};
  if (response.error == ErrorCode::NONE) learn_metadata(ctx, server, r);
  else refuse_control(ctx, server, connection.id, api::UpdateMetadata, response.error);
  server.connections.respond(ctx, server, connection.id, response);
}

void ZooKeeperMode::refuse_control(Ctx& ctx, BrokerServer& server, sim::ConnectionId connection, ApiKey api,
                                   ErrorCode error) {
  server.connections.refuse(ctx, api, {}, error, server.connections.client_of(ctx, connection));
}

/// The metadata cache: the list of live brokers is replaced as a whole, partitions are replaced one by one.
void ZooKeeperMode::learn_metadata(Ctx& ctx, BrokerServer& server, const protocol::UpdateMetadataRequest& r) {
  std::set<BrokerId> living;
  for (const protocol::LiveBroker& b : r.live_brokers) {
    living.insert(b.id);
    const protocol::BrokerRegistration* known = server.image.broker(b.id);
    if (known == nullptr || known->endpoint != b.endpoint || known->rack != b.rack)
      learn(server, protocol::RegisterBrokerRecord{b.id, 0, -1, b.endpoint, b.rack, false, false, {}});
  }
  std::vector<BrokerId> gone;
  for (const auto& [id, broker] : server.image.brokers())
    if (!living.contains(id)) gone.push_back(id);
  for (BrokerId id : gone) learn(server, protocol::UnregisterBrokerRecord{id, -1});

  for (const protocol::NamedTopic& topic : r.topics) learn_topic(server, topic);
  std::set<TopicId> deleted;
  std::vector<protocol::MetadataRecord> changed;
  for (const ControlPartition& p : r.partitions) {
    if (p.leader == protocol::kLeaderDuringDelete) {
      deleted.insert(p.partition.topic);
      continue;
    }
    const protocol::PartitionRegistration* known = server.image.partition(p.partition);
    protocol::PartitionRecord record;
    record.partition = p.partition;
    copy_state(p, record);
    if (known != nullptr && known->leader == p.leader && known->leader_epoch == p.leader_epoch &&
        known->partition_epoch == p.zk_version && known->isr == p.isr && known->replicas == p.replicas &&
        known->adding == p.adding && known->removing == p.removing)
      continue;
    changed.push_back(std::move(record));
  }
  learn(server, changed);
  for (TopicId topic : deleted) {
    if (server.image.topic(topic) == nullptr) continue;
    learn(server, protocol::RemoveTopicRecord{topic});
    configured.erase(topic);
    CoordinatorHost host(ctx, server);
    server.coordinators.group.on_topic_deleted(host, topic);
  }
  check_delayed_topics(ctx, server);
}

void ZooKeeperMode::learn_topic(BrokerServer& server, const protocol::NamedTopic& topic) {
  if (server.image.topic(topic.topic) == nullptr) learn(server, protocol::TopicRecord{topic.name, topic.topic});
}

}  // namespace kafkascope::broker
