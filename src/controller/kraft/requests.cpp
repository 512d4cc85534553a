// The requests of an active controller. Kafka: ControllerApis and the methods of QuorumController that it calls.
#include <algorithm>
#include <optional>

#include "controller/kraft/access_control.h"
#include "controller/kraft/cluster_control.h"
#include "controller/kraft/configuration_control.h"
#include "controller/kraft/controller_node.h"
#include "controller/kraft/replication_control.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::controller {

using protocol::ErrorCode;

ReplicationControl ControllerNode::replication() const {
  return {working_.image, options_.config, options_.historical};
}

/// Returns false if the controller does not answer this kind of request.
bool ControllerNode::refuse_whole(Ctx& ctx, sim::ConnectionId connection, const Message& request, ErrorCode error) {
  const auto refuse = [&](auto response) {
    response.error = error;
    answer(ctx, connection, request, std::move(response));  // after the responses to earlier requests on the connection
    return true;
  };
  if (protocol::holds_alternative<protocol::BrokerRegistrationRequest>(request.body))
    return refuse(protocol::BrokerRegistrationResponse{});
  if (protocol::holds_alternative<protocol::BrokerHeartbeatRequest>(request.body))
    return refuse(protocol::BrokerHeartbeatResponse{});
  if (protocol::holds_alternative<protocol::AlterPartitionRequest>(request.body))
    return refuse(protocol::AlterPartitionResponse{});
  if (protocol::holds_alternative<protocol::AllocateProducerIdsRequest>(request.body))
    return refuse(protocol::AllocateProducerIdsResponse{});
  if (protocol::holds_alternative<protocol::AssignReplicasToDirsRequest>(request.body))
    return refuse(protocol::AssignReplicasToDirsResponse{});
  if (protocol::holds_alternative<protocol::CreateTopicsRequest>(request.body))
    return refuse(protocol::CreateTopicsResponse{});
  if (protocol::holds_alternative<protocol::DeleteTopicsRequest>(request.body))
    return refuse(protocol::DeleteTopicsResponse{});
  if (protocol::holds_alternative<protocol::CreatePartitionsRequest>(request.body))
    return refuse(protocol::CreatePartitionsResponse{});
  if (protocol::holds_alternative<protocol::ElectLeadersRequest>(request.body))
    return refuse(protocol::ElectLeadersResponse{});
  if (protocol::holds_alternative<protocol::AlterPartitionReassignmentsRequest>(request.body))
    return refuse(protocol::AlterPartitionReassignmentsResponse{});
  if (protocol::holds_alternative<protocol::IncrementalAlterConfigsRequest>(request.body))
    return refuse(protocol::IncrementalAlterConfigsResponse{});
  if (protocol::holds_alternative<protocol::UnregisterBrokerRequest>(request.body))
    return refuse(protocol::UnregisterBrokerResponse{});
  if (protocol::holds_alternative<protocol::CreateAclsRequest>(request.body))
    return refuse(protocol::CreateAclsResponse{});
  if (protocol::holds_alternative<protocol::DeleteAclsRequest>(request.body))
    return refuse(protocol::DeleteAclsResponse{});
  if (protocol::holds_alternative<protocol::AlterClientQuotasRequest>(request.body))
    return refuse(protocol::AlterClientQuotasResponse{});
  if (protocol::holds_alternative<protocol::UpdateFeaturesRequest>(request.body))
    return refuse(protocol::UpdateFeaturesResponse{});
  return false;
}

void ControllerNode::handle(Ctx& ctx, sim::ConnectionId c, const Message& m,
                            const protocol::BrokerRegistrationRequest& r) {
  const ReplicationControl replication = this->replication();
  RegistrationDecision decision =
      decide_registration(working_, heartbeats_, replication, r, next_write_offset(), ctx.now());
  if (decision.error != ErrorCode::NONE) {
    // A process on the same machine waits until the previous process's session has expired. A process on another
    // machine is a mistake, which the trace reports.
    if (const protocol::BrokerRegistration* there = working_.image.broker(r.broker_id);
        there != nullptr && there->endpoint.node != r.endpoint.node)
      ctx.trace(
          fact::RequestRefused{{}, protocol::api::BrokerRegistration, decision.error, sim::NodeId{r.endpoint.node}});
    return answer_now(ctx, c, m, protocol::BrokerRegistrationResponse{decision.error, -1});
  }
  if (decision.new_incarnation) heartbeats_.remove(r.broker_id);
  append(ctx, decision.records);
  answer(ctx, c, m, protocol::BrokerRegistrationResponse{ErrorCode::NONE, decision.epoch});
}

void ControllerNode::handle(Ctx& ctx, sim::ConnectionId c, const Message& m,
                            const protocol::BrokerHeartbeatRequest& r) {
  // Recorded before any check: even a refused heartbeat shows that (broker, epoch) is alive (trackBrokerHeartbeat).
  heartbeats_.contact({r.broker_id, r.broker_epoch}, ctx.now());
  const ReplicationControl replication = this->replication();
  HeartbeatDecision decision = decide_heartbeat(working_, heartbeats_, replication, r);
  if (decision.error != ErrorCode::NONE) return answer_now(ctx, c, m, decision.response);
  heartbeats_.touch(r.broker_id, is_fenced(decision.next), r.current_metadata_offset);
  append(ctx, decision.records, decision.reason);
  if (decision.next == BrokerState::ControlledShutdown)
    heartbeats_.start_controlled_shutdown(r.broker_id, working_.last_offset());
  // The next incarnation need not wait for the session to end (KAFKA-19047).
  if (decision.next == BrokerState::ShutdownNow) heartbeats_.let_go({r.broker_id, r.broker_epoch});
  answer(ctx, c, m, decision.response);
}

void ControllerNode::handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const protocol::AlterPartitionRequest& r) {
  const ErrorCode stale = check_broker_epoch(working_.image, r.broker_id, r.broker_epoch);
  if (stale != ErrorCode::NONE) return answer_now(ctx, c, m, protocol::AlterPartitionResponse{stale, {}});
  Records records;
  auto response = replication().alter_partition(r, records);
  append(ctx, records);
  answer(ctx, c, m, std::move(response));
}

/// Kafka: ProducerIdControlManager.generateNextProducerId.
void ControllerNode::handle(Ctx& ctx, sim::ConnectionId c, const Message& m,
                            const protocol::AllocateProducerIdsRequest& r) {
  constexpr std::int32_t kBlock = 1000;
  const ErrorCode stale = check_broker_epoch(working_.image, r.broker_id, r.broker_epoch);
  if (stale != ErrorCode::NONE) return answer_now(ctx, c, m, protocol::AllocateProducerIdsResponse{stale, -1, 0});
  const protocol::ProducerId first = working_.image.next_producer_id();
  append(ctx, {protocol::ProducerIdsRecord{r.broker_id, r.broker_epoch, first + kBlock}});
  answer(ctx, c, m, protocol::AllocateProducerIdsResponse{ErrorCode::NONE, first, kBlock});
}

void ControllerNode::handle(Ctx& ctx, sim::ConnectionId c, const Message& m,
                            const protocol::AssignReplicasToDirsRequest& r) {
  const ErrorCode stale = check_broker_epoch(working_.image, r.broker_id, r.broker_epoch);
  if (stale != ErrorCode::NONE) return answer_now(ctx, c, m, protocol::AssignReplicasToDirsResponse{stale});
  Records records;
  replication().assign_replicas_to_dirs(r, records);
  append(ctx, records);
  answer(ctx, c, m, protocol::AssignReplicasToDirsResponse{});
}

/// Brokers and controllers are super users. The ACLs are the committed ones, as in every node's authorizer.
bool ControllerNode::may(const Ctx& ctx, sim::ConnectionId c, protocol::AclOperation operation,
                         protocol::ResourceType type, std::string_view name) const {
  const sim::NodeId peer = ctx.peer(c);
  for (const auto& [id, broker] : working_.image.brokers())
    if (broker.endpoint.node == peer.index) return true;
  const std::string& who = ctx.name(peer);
  return authorizer_.allows(committed_.image.acls(), protocol::principal_of(who), who, operation, type, name);
}

/// Decides the parts of the request that the requester is authorized for, and denies the others in the same response.
void ControllerNode::handle_admin(Ctx& ctx, sim::ConnectionId c, const Message& m) {
  if (!authorizer_.enabled()) return decide_admin(ctx, c, m, {});
  Message allowed = m;
  std::vector<protocol::AdminResult> denied;
  const auto may_it = [&](protocol::AclOperation operation, protocol::ResourceType type, std::string_view name) {
    return may(ctx, c, operation, type, name);
  };
  if (const ErrorCode error = keep_allowed(allowed.body, may_it, denied); error != ErrorCode::NONE) {
    refuse_whole(ctx, c, m, error);
  } else {
    decide_admin(ctx, c, allowed, denied);
  }
}

namespace {

constexpr std::size_t kMostRecords = 10'000;  // QuorumController.MAX_RECORDS_PER_USER_OP

protocol::CreateTopicsResponse refuse_all(const protocol::CreateTopicsRequest& request, ErrorCode error,
                                          const std::string& message) {
  protocol::CreateTopicsResponse response;
  for (const protocol::CreatableTopic& topic : request.topics) {
    protocol::CreateTopicsResult& result = response.topics.emplace_back();
    result.name = topic.name;
    result.error = error;
    result.message = message;
  }
  return response;
}

/// Kafka: ReplicationControlManager.validateTotalNumberOfPartitions.
bool too_many_partitions(const protocol::CreateTopicsRequest& request, const protocol::Config& config) {
  std::int64_t partitions = 0;
  for (const protocol::CreatableTopic& topic : request.topics) {
    if (!topic.assignments.empty())  // a partition number that the request leaves out has no replicas
      partitions += std::count_if(topic.assignments.begin(), topic.assignments.end(),
                                  [](const protocol::IdList& replicas) { return !replicas.empty(); });
    else if (topic.num_partitions == -1) partitions += config.number("num.partitions");
    else partitions += std::max(topic.num_partitions, 0);
  }
  return partitions > static_cast<std::int64_t>(kMostRecords);
}

/// If an operation needs more records than a batch may have, Kafka keeps the first records and reports an unexpected
/// error for the topic at which the limit was reached (ReplicationControlManager.createPartitions: the BoundedList's
/// exception is caught for each topic).
void cut_large(const protocol::CreatePartitionsRequest& request, const protocol::MetadataImage& image,
               protocol::CreatePartitionsResponse& response, Records& records) {
  if (records.size() <= kMostRecords) return;
  records.resize(kMostRecords);
  std::int64_t partitions = 0;
  for (std::size_t i = 0; i < request.topics.size(); ++i) {
    if (response.results[i].error != ErrorCode::NONE) continue;
    partitions += request.topics[i].count - image.partition_count(request.topics[i].topic);
    if (partitions > static_cast<std::int64_t>(kMostRecords))
      response.results[i].error = ErrorCode::UNKNOWN_SERVER_ERROR;
  }
}

}  // namespace

/// Handles an administrative request: one decision, answered when it is committed.
void ControllerNode::decide_admin(Ctx& ctx, sim::ConnectionId c, const Message& m,
                                  const std::vector<protocol::AdminResult>& denied) {
  const ReplicationControl replication = this->replication();
  Records records;
  const auto done = [&](auto response) {
    if constexpr (requires { response.topics; }) {
      for (const protocol::AdminResult& d : denied) response.topics.push_back({d.name, d.error, d.message});
    } else {
      response.results.insert(response.results.end(), denied.begin(), denied.end());
    }
    append(ctx, records);
    answer(ctx, c, m, std::move(response));
  };
  const auto no_authorizer = [&](auto response, const auto& entries) {
    for (const protocol::AccessControlEntry& e : entries)
      response.results.push_back({e.text(), ErrorCode::SECURITY_DISABLED, "No Authorizer is configured."});
    return response;
  };
  if (const auto* r = protocol::get_if<protocol::CreateTopicsRequest>(&m.body)) {
    if (too_many_partitions(*r, options_.config))
      return done(refuse_all(*r, ErrorCode::POLICY_VIOLATION, "Excessively large number of partitions per request."));
    auto response = replication.create_topics(*r, heartbeats_.usable_brokers(working_.image),
                                              ctx.random(sim::Stream::Placement), records);
    if (records.size() > kMostRecords) {  // topics, partitions and configurations share one BoundedList
      records.clear();
      response = refuse_all(*r, ErrorCode::POLICY_VIOLATION, "Unable to perform excessively large batch operation.");
    }
    done(std::move(response));
  } else if (const auto* r = protocol::get_if<protocol::DeleteTopicsRequest>(&m.body)) {
    done(replication.delete_topics(*r, records));
  } else if (const auto* r = protocol::get_if<protocol::CreatePartitionsRequest>(&m.body)) {
    auto response = replication.create_partitions(*r, heartbeats_.usable_brokers(working_.image),
                                                  ctx.random(sim::Stream::Placement), records);
    cut_large(*r, working_.image, response, records);
    done(std::move(response));
  } else if (const auto* r = protocol::get_if<protocol::ElectLeadersRequest>(&m.body)) {
    done(replication.elect_leaders(*r, records));
  } else if (const auto* r = protocol::get_if<protocol::AlterPartitionReassignmentsRequest>(&m.body)) {
    done(replication.reassign(*r, records));
  } else if (const auto* r = protocol::get_if<protocol::IncrementalAlterConfigsRequest>(&m.body)) {
    done(alter_configs(working_.image, options_.config, *r, records));
  } else if (const auto* r = protocol::get_if<protocol::UnregisterBrokerRequest>(&m.body)) {
    protocol::UnregisterBrokerResponse response;
    const ErrorCode error = replication.unregister_broker(r->broker_id, records);
    const std::string who = std::to_string(r->broker_id);
    response.results.push_back(
        {who, error, error == ErrorCode::NONE ? "" : "Broker ID " + who + " is not currently registered"});
    if (error == ErrorCode::NONE) heartbeats_.remove(r->broker_id);
    done(std::move(response));
  } else if (const auto* r = protocol::get_if<protocol::CreateAclsRequest>(&m.body)) {
    done(authorizer_.enabled() ? create_acls(working_.image, *r, next_write_offset(), records)
                               : no_authorizer(protocol::CreateAclsResponse{}, r->entries));
  } else if (const auto* r = protocol::get_if<protocol::DeleteAclsRequest>(&m.body)) {
    done(authorizer_.enabled() ? delete_acls(working_.image, *r, records)
                               : no_authorizer(protocol::DeleteAclsResponse{}, r->entries));
  } else if (const auto* r = protocol::get_if<protocol::AlterClientQuotasRequest>(&m.body)) {
    done(alter_client_quotas(working_.image, *r, records));
  } else if (const auto* r = protocol::get_if<protocol::UpdateFeaturesRequest>(&m.body)) {
    done(update_features(working_.image, options_.config, *r, records));
  }
}

/// Returns true if a session had expired: others may have expired too, so the next check follows soon. Only one session
/// is handled at a time, so that the effects of the first fence are known when the next one is decided
/// (maybeFenceOneStaleBroker).
bool ControllerNode::fence_one_stale_broker(Ctx& ctx) {
  const auto session = heartbeats_.remove_expired(ctx.now());
  if (!session) return false;
  const protocol::BrokerRegistration* b = working_.image.broker(session->broker);
  // A broker that is already fenced, e.g. after a controlled shutdown, is fenced once more by another record.
  if (!b || b->epoch != session->epoch) return true;
  Records records;
  replication().broker_fenced(session->broker, records);
  heartbeats_.fence(session->broker);
  append(ctx, records, fact::FencingReason::SessionTimeout);
  return true;
}

}  // namespace kafkascope::controller
