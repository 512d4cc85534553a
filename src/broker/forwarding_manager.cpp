// Metadata, FindCoordinator, InitProducerId, CreateTopics (forwarded). Kafka: KafkaApis, KRaftMetadataCache,
// DefaultAutoTopicCreationManager, RPCProducerIdManager, ForwardingManager.
#include <algorithm>
#include <utility>

#include "broker/backoff.h"
#include "broker/broker_server.h"
#include "broker/error_answer.h"
#include "broker/internal_topics.h"
#include "broker/timers.h"
#include "controller/kraft/access_control.h"

namespace kafkascope::broker {
namespace {

// Tags of forwarded requests: the kind in the low bits, a number above it.
constexpr std::uint64_t kTagBits = 2, kTagMask = 3;
constexpr std::uint64_t kAssignments = 0, kAutoCreation = 1, kProducerIds = 2, kClientRequest = 3;

constexpr sim::Duration kAssignmentsPause = sim::milliseconds(100),
                        kAssignmentsLongestPause = sim::seconds(10);  // AssignmentsManager.STANDARD_BACKOFF
constexpr std::size_t kMostAssignments = 2250;  // AssignReplicasToDirsRequest.MAX_ASSIGNMENTS_PER_REQUEST
constexpr sim::Duration kProducerIdsPause = sim::milliseconds(50);  // RPCProducerIdManager.RETRY_BACKOFF_MS

/// Kafka: Topic.validate.
bool valid_topic_name(std::string_view name) {
  if (name.empty() || name.size() > 249 || name == "." || name == "..") return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

}  // namespace

// ---------------------------------------------------------------------------------------------- Metadata

void ForwardingManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                               const protocol::MetadataRequest& request) {
  protocol::MetadataResponse response;
  for (const auto& [id, broker] : server.image.brokers()) {
    if (broker.fenced) continue;
    response.brokers.push_back({id, broker.endpoint.for_clients(), broker.rack});
    // Under KRaft any live broker is named as the controller, because every broker forwards. This broker names itself
    // if it is alive, else the first live one.
    if (id == server.options.id || response.controller_id == kNoBroker) response.controller_id = id;
  }
  using protocol::AclOperation;
  const auto visible = [&](const std::string& topic) {
    return server.connections.may(ctx, server, connection, AclOperation::Describe, protocol::ResourceType::Topic,
                                  topic);
  };
  const auto hide = [&](const std::string& topic) {  // an unauthorized requester must not learn whether the topic
                                                     // exists
    protocol::MetadataTopic& out = response.topics.emplace_back();
    out.name = topic;
    out.error = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
    server.connections.refuse(ctx, api::Metadata, {}, out.error, connection.peer);
  };
  if (server.zk) response.controller_id = server.zk->controller.active_id();
  const auto describe = [&](const protocol::TopicImage& topic) {
    protocol::MetadataTopic& out = response.topics.emplace_back();
    out.name = topic.name;
    out.topic_id = topic.id;
    out.partitions.reserve(topic.partitions.size());
    for (const protocol::PartitionRegistration& p : topic.partitions) {
      protocol::MetadataPartition& row = out.partitions.emplace_back();
      if (!server.options.historical.kip_320) row.leader_epoch = p.leader_epoch;
      row.replicas = p.replicas;
      row.isr = p.isr;
      if (p.leader == kNoBroker || server.image.broker(p.leader) == nullptr) {
        row.error = ErrorCode::LEADER_NOT_AVAILABLE;
      } else {
        row.leader = p.leader;
      }
    }
  };
  if (request.all) {
    for (const protocol::TopicImage& topic : server.image.topics())
      if (!topic.removed && visible(topic.name)) describe(topic);
  } else {
    std::vector<std::string> missing;
    const bool creates = request.allow_auto_topic_creation && server.settings.auto_create_topics;
    const auto creatable = [&](const std::string& topic) {
      return server.connections.may(ctx, server, connection, AclOperation::Create, protocol::ResourceType::Cluster,
                                    protocol::kClusterResource) ||
             server.connections.may(ctx, server, connection, AclOperation::Create, protocol::ResourceType::Topic,
                                    topic);
    };
    for (const std::string& name : request.topics) {
      if (!visible(name)) {
        hide(name);
        continue;
      }
      // Under ZooKeeper, LeaderAndIsr may name a topic before UpdateMetadata does.
      if (const protocol::TopicImage* topic = server.image.topic(server.image.topic_id(name));
          topic != nullptr && !topic->partitions.empty()) {
        describe(*topic);
        continue;
      }
      if (creates && !creatable(name)) {
        hide(name);
        continue;
      }
      protocol::MetadataTopic& out = response.topics.emplace_back();
      out.name = name;
      out.error = valid_topic_name(name) ? ErrorCode::UNKNOWN_TOPIC_OR_PARTITION : ErrorCode::INVALID_TOPIC_EXCEPTION;
      if (out.error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) missing.push_back(name);
    }
    if (!missing.empty() && creates && server.zk)
      return server.zk->create_topics_for(ctx, server, connection.id, std::move(response), missing);
    if (!missing.empty() && creates) request_topic_creation(ctx, server, missing);
  }
  server.connections.respond(ctx, server, connection.id, std::move(response));
}

/// The topic as this broker would create it; internal topics have special settings. Kafka:
/// DefaultAutoTopicCreationManager.creatableTopic.
protocol::CreatableTopic ForwardingManager::topic_by_default(const BrokerServer& server,
                                                             const std::string& name) const {
  const auto number = [&](const char* key) { return static_cast<std::int32_t>(server.options.config.number(key)); };
  protocol::CreatableTopic topic;
  topic.name = name;
  if (name == coordinator::kOffsetsTopic) {
    topic.num_partitions = number("offsets.topic.num.partitions");
    topic.replication_factor = number("offsets.topic.replication.factor");
    // Kafka: GroupCoordinatorService.groupMetadataTopicConfigs.
    topic.configs = {{"cleanup.policy", "compact"},
                     {"compression.type", "producer"},
                     {"segment.bytes", std::to_string(server.options.config.number("offsets.topic.segment.bytes"))}};
  } else if (name == kTransactionTopic) {
    topic.num_partitions = number("transaction.state.log.num.partitions");
    topic.replication_factor = number("transaction.state.log.replication.factor");
    // Kafka: TransactionStateManager.transactionTopicConfigs.
    topic.configs = {
        {"cleanup.policy", "compact"},
        {"compression.type", "uncompressed"},
        {"min.insync.replicas", std::to_string(server.options.config.number("transaction.state.log.min.isr"))},
        {"segment.bytes", std::to_string(server.options.config.number("transaction.state.log.segment.bytes"))},
        {"unclean.leader.election.enable", "false"}};
  } else if (name == coordinator::kShareStateTopic) {
    topic.num_partitions = number("share.coordinator.state.topic.num.partitions");
    topic.replication_factor = number("share.coordinator.state.topic.replication.factor");
    // Kafka: ShareCoordinatorService.shareGroupStateTopicConfigs.
    topic.configs = {
        {"cleanup.policy", "delete"},
        {"retention.ms", "-1"},
        {"min.insync.replicas", std::to_string(server.options.config.number("share.coordinator.state.topic.min.isr"))},
        {"segment.bytes", std::to_string(server.options.config.number("share.coordinator.state.topic.segment.bytes"))}};
  } else {
    topic.num_partitions = number("num.partitions");
    topic.replication_factor = number("default.replication.factor");
  }
  return topic;
}

/// Asks the controller to create the topics that are not already being created; the client repeats its own request
/// until the topics exist. Kafka: DefaultAutoTopicCreationManager.
void ForwardingManager::request_topic_creation(Ctx& ctx, BrokerServer& server, const std::vector<std::string>& names) {
  protocol::CreateTopicsRequest request;
  for (const std::string& name : names) {
    if (std::find(topics_in_creation.begin(), topics_in_creation.end(), name) != topics_in_creation.end()) continue;
    topics_in_creation.push_back(name);
    request.topics.push_back(topic_by_default(server, name));
  }
  if (request.topics.empty()) return;
  if (server.zk) server.zk->create_topics_in_zookeeper(ctx, server, std::move(request));
  else forward_channel.send(ctx, server.raft, ++next_tag << kTagBits | kAutoCreation, std::move(request));
}

void ForwardingManager::on_forwarded(Ctx& ctx, BrokerServer& server, const ControllerChannel::Completion& done) {
  switch (done.tag & kTagMask) {
    case kAssignments: on_assignments(ctx, server, done); break;
    case kAutoCreation: on_topics_created(done); break;
    case kProducerIds: on_producer_ids(ctx, done); break;
    default:
      for (std::size_t i = 0; i < forwarded_.size(); ++i) {
        if (forwarded_[i].tag != done.tag) continue;
        Forwarded waits = std::move(forwarded_[i]);
        forwarded_.erase(forwarded_.begin() + static_cast<std::ptrdiff_t>(i));
        server.connections.respond(ctx, server, waits.connection, done.body ? *done.body : waits.late);
        break;
      }
  }
}

void ForwardingManager::on_topics_created(const ControllerChannel::Completion& done) {
  // The topics may be requested again whatever the result, because without a response it is unknown which topics the
  // request named.
  const auto* answer = done.body ? protocol::get_if<protocol::CreateTopicsResponse>(&*done.body) : nullptr;
  if (answer == nullptr) {
    topics_in_creation.clear();
    return;
  }
  for (const protocol::CreateTopicsResult& t : answer->topics) std::erase(topics_in_creation, t.name);
}

/// Replaces an earlier unsent assignment of the replica (AssignmentsManager.onAssignment). The controller can infer the
/// directory by itself only if the broker has just one (ReplicaManager.maybeUpdateTopicAssignment).
void ForwardingManager::want_assignment(Ctx& ctx, BrokerServer& server, TopicPartition tp, DirectoryId dir) {
  if (server.zk) return;
  const DirectoryId registered = server.image.partition(tp)->directory(server.options.id);
  if (registered == dir || (registered == protocol::kUnassigned && server.dirs.size() == 1)) return;
  const auto waiting =
      std::find_if(assignments_.begin() + static_cast<std::ptrdiff_t>(assignments_sent_), assignments_.end(),
                   [&](const protocol::ReplicaDirectory& a) { return a.partition == tp; });
  if (waiting != assignments_.end()) waiting->directory = dir;
  else assignments_.push_back({tp, dir});
  schedule_assignments(ctx);
}

/// Sends assignments after 100 ms, so that later ones join the request, or after a backoff if the last request failed.
/// Kafka: AssignmentsManagerDeadlineFunction.
void ForwardingManager::schedule_assignments(Ctx& ctx) {
  if (assignments_timer_.valid() || assignments_.size() == assignments_sent_) return;
  sim::Duration pause = kAssignmentsPause;
  if (assignment_failures_ > 0)
    pause = controller_backoff(assignment_failures_, kAssignmentsLongestPause, ctx.random(sim::Stream::RetryBackoff));
  else if (assignments_.size() > kMostAssignments && assignments_sent_ == 0) pause = {0};
  assignments_timer_ = ctx.set_timer(pause, timer::kAssignments);
}

/// One request is in flight at a time. Kafka: AssignmentsManager.maybeSendAssignments.
void ForwardingManager::send_assignments(Ctx& ctx, BrokerServer& server) {
  assignments_timer_ = {};
  if (assignments_sent_ > 0) return;
  std::erase_if(assignments_, [&](const protocol::ReplicaDirectory& a) {
    const protocol::PartitionRegistration* p = server.image.partition(a.partition);
    return p == nullptr || !p->replicas.contains(server.options.id);
  });
  if (assignments_.empty()) return unfence_once_assigned(ctx, server);
  assignments_sent_ = std::min(assignments_.size(), kMostAssignments);
  // Uses the epoch in the metadata, even if another process with this id has it
  // (AssignmentsManager.maybeSendAssignments).
  const protocol::BrokerRegistration* registered = server.image.broker(server.options.id);
  protocol::BrokerEpoch epoch = server.lifecycle.epoch();
  if (epoch >= 0 && registered != nullptr) epoch = std::max(epoch, registered->epoch);
  forward_channel.send(
      ctx, server.raft, ++next_tag << kTagBits | kAssignments,
      protocol::AssignReplicasToDirsRequest{
          server.options.id,
          epoch,
          {assignments_.begin(), assignments_.begin() + static_cast<std::ptrdiff_t>(assignments_sent_)}});
}

/// The broker stays fenced until the controller knows the replicas' directories, as in KIP-858. Simplified: Kafka does
/// not wait.
void ForwardingManager::unfence_once_assigned(Ctx& ctx, BrokerServer& server) {
  if (assignments_.empty() && server.lifecycle.state() == BrokerState::Recovery)
    server.lifecycle.set_ready_to_unfence(ctx);
}

void ForwardingManager::on_assignments(Ctx& ctx, BrokerServer& server, const ControllerChannel::Completion& done) {
  const auto* answer = done.body ? protocol::get_if<protocol::AssignReplicasToDirsResponse>(&*done.body) : nullptr;
  const std::size_t sent = std::exchange(assignments_sent_, 0);
  if (answer == nullptr || answer->error != ErrorCode::NONE) {
    ++assignment_failures_;
  } else {
    assignment_failures_ = 0;
    assignments_.erase(assignments_.begin(), assignments_.begin() + static_cast<std::ptrdiff_t>(sent));
    unfence_once_assigned(ctx, server);
  }
  schedule_assignments(ctx);
}

/// Reports the number of a broker's API keys. Those of telemetry are left out, because telemetry needs a plugin.
void ForwardingManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                               const protocol::ApiVersionsRequest&) {
  protocol::ApiVersionsResponse response{ErrorCode::NONE, server.zk ? 48 : 75};
  if (!server.zk && !server.options.historical.kip_890) {
    response.transaction_version = server.image.feature("transaction.version");
    response.features_epoch = server.image.last_offset().value;
  }
  server.connections.respond(ctx, server, connection.id, std::move(response));
}

void ForwardingManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                               const protocol::CreateTopicsRequest& request) {
  forward(ctx, server, connection, request);
}

/// Forwards an administrative request that only the controller can answer. Kafka: ForwardingManager.
void ForwardingManager::forward(Ctx& ctx, BrokerServer& server, Connection& connection, protocol::Body request) {
  const std::uint64_t tag = ++next_tag << kTagBits | kClientRequest;
  forwarded_.push_back({tag, connection.id, error_answer(request, ErrorCode::REQUEST_TIMED_OUT)});
  forward_channel.send(ctx, server.raft, tag, std::move(request));
}

/// Unauthorized resources are removed first: in Kafka the controller checks the principal in the envelope.
void ForwardingManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                               const protocol::IncrementalAlterConfigsRequest& request) {
  protocol::Body allowed = request;
  std::vector<protocol::AdminResult> denied;
  const auto may_it = [&](protocol::AclOperation operation, protocol::ResourceType type, std::string_view name) {
    return server.connections.may(ctx, server, connection, operation, type, name);
  };
  const ErrorCode error = controller::keep_allowed(allowed, may_it, denied);
  if (error == ErrorCode::NONE && denied.empty()) return forward(ctx, server, connection, std::move(allowed));
  protocol::IncrementalAlterConfigsResponse response;
  response.error = error;
  response.results = std::move(denied);
  server.connections.respond(ctx, server, connection.id, std::move(response));
}

// ---------------------------------------------------------------------------------------------- FindCoordinator

// ---------------------------------------------------------------------------------------------- InitProducerId

/// Without a transactional id every request gets a new id, whatever the request contains: an idempotent producer bumps
/// its epoch itself (KIP-360). Kafka: TransactionCoordinator.handleInitProducerId, RPCProducerIdManager.
void ForwardingManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                               const protocol::InitProducerIdRequest& request) {
  protocol::InitProducerIdResponse response;
  if (const auto id = next_producer_id(ctx, server)) {
    response.producer_id = *id;
    response.producer_epoch = 0;
  } else {
    if (server.zk) return server.zk->producer_id_waiters.push_back({connection.id, request});
    response.error = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
    server.connections.refuse(ctx, api::InitProducerId, {}, response.error, connection.peer);
  }
  server.connections.respond(ctx, server, connection.id, std::move(response));
}

std::optional<protocol::ProducerId> ForwardingManager::next_producer_id(Ctx& ctx, BrokerServer& server) {
  if (producer_id_next_ == producer_id_end && queued_block_start >= 0) {
    producer_id_next_ = std::exchange(queued_block_start, -1);
    producer_id_end = producer_id_next_ + queued_block_len;
    producer_id_prefetch_at_ = producer_id_next_ + queued_block_len * 9 / 10;
  }
  if (producer_id_next_ == producer_id_end) {
    want_producer_ids(ctx, server);
    return std::nullopt;
  }
  const protocol::ProducerId id = producer_id_next_++;
  // 2.5 prefetches no block.
  if (!server.zk && producer_id_next_ >= producer_id_prefetch_at_ && queued_block_start < 0)
    want_producer_ids(ctx, server);
  return id;
}

bool ForwardingManager::waits_for_producer_ids(const BrokerServer& server) const {
  return server.zk && producer_id_next_ == producer_id_end && queued_block_start < 0;
}

void ForwardingManager::want_producer_ids(Ctx& ctx, BrokerServer& server) {
  if (producer_ids_wanted) return;
  producer_ids_wanted = true;
  if (server.zk) return server.zk->start_job(ctx, server, {.kind = ZooKeeperJob::Kind::TakeProducerIds});
  forward_channel.send(ctx, server.raft, ++next_tag << kTagBits | kProducerIds,
                       protocol::AllocateProducerIdsRequest{server.options.id, server.lifecycle.epoch()});
}

void ForwardingManager::on_producer_ids(Ctx& ctx, const ControllerChannel::Completion& done) {
  const auto* answer = done.body ? protocol::get_if<protocol::AllocateProducerIdsResponse>(&*done.body) : nullptr;
  if (answer == nullptr || answer->error != ErrorCode::NONE || answer->producer_id_len <= 0) {
    ctx.set_timer(kProducerIdsPause, timer::kProducerIdsRetry);
    return;
  }
  producer_ids_wanted = false;
  queued_block_start = answer->producer_id_start;
  queued_block_len = answer->producer_id_len;
}

}  // namespace kafkascope::broker
