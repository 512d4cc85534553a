// Authorization of requests. The parts of a request that the requester may not access are removed, and their errors are
// added to the response; a request about a group or the cluster is refused as a whole. Kafka: KafkaApis, AuthHelper,
// StandardAuthorizer. Simplified: followers are not checked, because brokers are super users; a client's host is its
// id, because nodes have no addresses.
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "broker/error_answer.h"
#include "protocol/kafka_messages.h"
#include "sim/mutant.h"

namespace kafkascope::broker {

using protocol::AclOperation;
using protocol::ResourceType;

namespace {

TopicPartition partition_in(const TopicPartition& p) { return p; }
template <class Row>
TopicPartition partition_in(const Row& row) {
  return row.partition;
}

/// Checks each request as KafkaApis does. `May` is (operation, type, name) -> bool. Returns the error of the whole
/// request; partitions that are denied move from the request into `denied`.
template <class May>
struct Check {
  const MetadataImage& image;
  const May& may;
  bool before_kip_679;     // idempotent writes need a right on the cluster, checked with each batch
  bool any_topic_will_do;  // KIP-679: the right to write to any topic is enough
  std::vector<TopicPartition>& denied;

  template <class Request>
  ErrorCode topics(Request& r, AclOperation operation) const {
    std::erase_if(r.partitions, [&](const auto& row) {
      const TopicPartition p = partition_in(row);
      const protocol::TopicImage* topic = image.topic(p.topic);
      if (topic == nullptr || may(operation, ResourceType::Topic, topic->name))
        return false;  // a missing topic has its own error
      denied.push_back(p);
      return true;
    });
    return ErrorCode::NONE;
  }
  ErrorCode group(const std::string& id, AclOperation operation) const {
    return may(operation, ResourceType::Group, id) || sim::mutant("groups-need-no-acl")
               ? ErrorCode::NONE
               : ErrorCode::GROUP_AUTHORIZATION_FAILED;
  }
  template <class Request>
  ErrorCode both(Request& r, AclOperation of_group, AclOperation of_topic) const {
    const ErrorCode error = group(r.group_id, of_group);
    return error == ErrorCode::NONE ? topics(r, of_topic) : error;
  }

  template <class Heartbeat>
  ErrorCode subscription(const Heartbeat& r) const {
    const ErrorCode error = group(r.group_id, AclOperation::Read);
    const auto readable = [&](const std::string& topic) {
      return may(AclOperation::Describe, ResourceType::Topic, topic);
    };
    if (error != ErrorCode::NONE) return error;
    return std::all_of(r.subscribed_topic_names.begin(), r.subscribed_topic_names.end(), readable)
               ? ErrorCode::NONE
               : ErrorCode::TOPIC_AUTHORIZATION_FAILED;
  }

  ErrorCode described(const std::vector<std::string>& groups) const {  // Simplified, as DeleteGroups
    const auto describable = [&](const std::string& id) {
      return may(AclOperation::Describe, ResourceType::Group, id);
    };
    return std::all_of(groups.begin(), groups.end(), describable) ? ErrorCode::NONE
                                                                  : ErrorCode::GROUP_AUTHORIZATION_FAILED;
  }

  ErrorCode transactional_id(const std::string& id, AclOperation operation) const {
    return may(operation, ResourceType::TransactionalId, id) || sim::mutant("transactional-ids-need-no-acl")
               ? ErrorCode::NONE
               : ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  }
  ErrorCode cluster_action() const {
    return may(AclOperation::ClusterAction, ResourceType::Cluster, protocol::kClusterResource)
               ? ErrorCode::NONE
               : ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
  }

  ErrorCode operator()(protocol::ProduceRequest& r) const {
    const bool transactional =
        std::any_of(r.partitions.begin(), r.partitions.end(), [](const auto& p) { return p.batch->transactional; });
    if (transactional) {
      if (const ErrorCode error = transactional_id(r.transactional_id, AclOperation::Write); error != ErrorCode::NONE)
        return error;
      return topics(r, AclOperation::Write);
    }
    const bool idempotent = std::any_of(r.partitions.begin(), r.partitions.end(),
                                        [](const auto& p) { return p.batch->producer_id != protocol::kNoProducerId; });
    if (before_kip_679 && idempotent &&
        !may(AclOperation::IdempotentWrite, ResourceType::Cluster, protocol::kClusterResource))
      return ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
    return topics(r, AclOperation::Write);
  }
  ErrorCode operator()(protocol::ListOffsetsRequest& r) const {
    return r.replica_id >= 0 ? ErrorCode::NONE : topics(r, AclOperation::Describe);
  }
  ErrorCode operator()(protocol::OffsetForLeaderEpochRequest& r) const {
    return r.replica_id >= 0 ? ErrorCode::NONE : topics(r, AclOperation::Describe);
  }
  ErrorCode operator()(protocol::DeleteRecordsRequest& r) const { return topics(r, AclOperation::Delete); }
  ErrorCode operator()(protocol::OffsetCommitRequest& r) const {
    return both(r, AclOperation::Read, AclOperation::Read);
  }
  ErrorCode operator()(protocol::OffsetFetchRequest& r) const {
    return both(r, AclOperation::Describe, AclOperation::Describe);
  }
  ErrorCode operator()(protocol::OffsetDeleteRequest& r) const {
    return both(r, AclOperation::Delete, AclOperation::Read);
  }
  ErrorCode operator()(const protocol::JoinGroupRequest& r) const { return group(r.group_id, AclOperation::Read); }
  ErrorCode operator()(const protocol::SyncGroupRequest& r) const { return group(r.group_id, AclOperation::Read); }
  ErrorCode operator()(const protocol::HeartbeatRequest& r) const { return group(r.group_id, AclOperation::Read); }
  ErrorCode operator()(const protocol::LeaveGroupRequest& r) const { return group(r.group_id, AclOperation::Read); }
  ErrorCode operator()(const protocol::ConsumerGroupHeartbeatRequest& r) const { return subscription(r); }
  ErrorCode operator()(const protocol::ShareGroupHeartbeatRequest& r) const { return subscription(r); }
  // The partitions of a share fetch are checked one by one, at each fetch
  // (SharePartitionManager::share_partition_error).
  ErrorCode operator()(const protocol::ShareFetchRequest& r) const { return group(r.group_id, AclOperation::Read); }
  ErrorCode operator()(const protocol::ShareAcknowledgeRequest& r) const {
    return group(r.group_id, AclOperation::Read);
  }
  ErrorCode operator()(const protocol::ConsumerGroupDescribeRequest& r) const { return described(r.groups); }
  ErrorCode operator()(const protocol::ShareGroupDescribeRequest& r) const { return described(r.groups); }
  ErrorCode operator()(protocol::DescribeShareGroupOffsetsRequest& r) const {
    return both(r, AclOperation::Describe, AclOperation::Describe);
  }
  ErrorCode operator()(protocol::AlterShareGroupOffsetsRequest& r) const {
    return both(r, AclOperation::Read, AclOperation::Read);
  }
  // Simplified: if one of several topics is denied, all are refused.
  ErrorCode operator()(const protocol::DeleteShareGroupOffsetsRequest& r) const {
    const auto readable = [&](protocol::TopicId id) {
      return image.topic(id) == nullptr || may(AclOperation::Read, ResourceType::Topic, image.topic(id)->name);
    };
    if (const ErrorCode error = group(r.group_id, AclOperation::Delete); error != ErrorCode::NONE) return error;
    return std::all_of(r.topics.begin(), r.topics.end(), readable) ? ErrorCode::NONE
                                                                   : ErrorCode::TOPIC_AUTHORIZATION_FAILED;
  }
  ErrorCode operator()(const protocol::DeleteGroupsRequest& r) const {  // Simplified: if one of several groups is
                                                                        // denied, all are refused
    const auto deletable = [&](const std::string& id) { return may(AclOperation::Delete, ResourceType::Group, id); };
    return std::all_of(r.groups.begin(), r.groups.end(), deletable) ? ErrorCode::NONE
                                                                    : ErrorCode::GROUP_AUTHORIZATION_FAILED;
  }
  ErrorCode operator()(const protocol::FindCoordinatorRequest& r) const {
    if (r.key_type == 0) return group(r.key, AclOperation::Describe);
    return transactional_id(r.key, AclOperation::Describe);
  }
  /// A leader's request has several transactions, a producer's has one.
  ErrorCode operator()(protocol::AddPartitionsToTxnRequest& r) const {
    for (const auto& t : r.transactions) {
      if (const ErrorCode error = transactional_id(t.transactional_id, AclOperation::Write); error != ErrorCode::NONE)
        return error;
      const auto writable = [&](TopicPartition p) {
        const protocol::TopicImage* topic = image.topic(p.topic);
        return topic == nullptr || may(AclOperation::Write, ResourceType::Topic, topic->name);
      };
      // Simplified: in Kafka the allowed partitions get OPERATION_NOT_ATTEMPTED.
      if (!std::all_of(t.partitions.begin(), t.partitions.end(), writable))
        return ErrorCode::TOPIC_AUTHORIZATION_FAILED;
    }
    return ErrorCode::NONE;
  }
  ErrorCode operator()(const protocol::AddOffsetsToTxnRequest& r) const {
    const ErrorCode error = transactional_id(r.transactional_id, AclOperation::Write);
    return error == ErrorCode::NONE ? group(r.group_id, AclOperation::Read) : error;
  }
  ErrorCode operator()(const protocol::EndTxnRequest& r) const {
    return transactional_id(r.transactional_id, AclOperation::Write);
  }
  ErrorCode operator()(const protocol::WriteTxnMarkersRequest&) const {
    if (may(AclOperation::Alter, ResourceType::Cluster, protocol::kClusterResource)) return ErrorCode::NONE;
    return cluster_action();
  }
  ErrorCode operator()(protocol::TxnOffsetCommitRequest& r) const {
    const ErrorCode error = transactional_id(r.transactional_id, AclOperation::Write);
    return error == ErrorCode::NONE ? both(r, AclOperation::Read, AclOperation::Read) : error;
  }
  ErrorCode operator()(protocol::DescribeProducersRequest& r) const { return topics(r, AclOperation::Read); }
  ErrorCode operator()(const protocol::DescribeTransactionsRequest& r) const {  // Simplified, as DeleteGroups
    for (const std::string& id : r.transactional_ids)
      if (const ErrorCode error = transactional_id(id, AclOperation::Describe); error != ErrorCode::NONE) return error;
    return ErrorCode::NONE;
  }
  ErrorCode operator()(const protocol::InitProducerIdRequest& r) const {
    if (!r.transactional_id.empty()) return transactional_id(r.transactional_id, AclOperation::Write);
    const bool allowed =
        any_topic_will_do || may(AclOperation::IdempotentWrite, ResourceType::Cluster, protocol::kClusterResource);
    return allowed ? ErrorCode::NONE : ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
  }
  // In Kafka the controller checks the principal in the envelope.
  ErrorCode operator()(const protocol::CreateTopicsRequest& r) const {
    if (may(AclOperation::Create, ResourceType::Cluster, protocol::kClusterResource)) return ErrorCode::NONE;
    const auto creatable = [&](const auto& topic) {
      return may(AclOperation::Create, ResourceType::Topic, topic.name);
    };
    return std::all_of(r.topics.begin(), r.topics.end(), creatable) ? ErrorCode::NONE
                                                                    : ErrorCode::TOPIC_AUTHORIZATION_FAILED;
  }
  // Metadata and Fetch check each topic themselves; brokers answer no other request without a check above.
  template <class Other>
  ErrorCode operator()(const Other&) const {
    return ErrorCode::NONE;
  }
};

/// A group one of whose topics the client may not describe is answered with an error alone, because its members show what they
/// read (KAFKA-18813).
template <class Row, class Describable>
void hide(std::vector<Row>& groups, const Describable& describable) {
  for (Row& group : groups) {
    bool all = true;
    for (const auto& member : group.members) {
      all = all && std::all_of(member.assignment.begin(), member.assignment.end(), describable);
      if constexpr (requires { member.target_assignment; })
        all = all && std::all_of(member.target_assignment.begin(), member.target_assignment.end(), describable);
    }
    if (all) continue;
    const std::string id = group.group_id;
    group = Row{};
    group.group_id = id;
    group.error = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
  }
}

}  // namespace

bool Connections::may(Ctx& ctx, const BrokerServer& server, const Connection& connection, AclOperation operation,
                      ResourceType type, std::string_view name) const {
  if (!authorizer.enabled()) return true;
  const std::string& who = ctx.name(connection.peer);
  // Brokers are super users (they verify transactions and write markers). A client never has the name of a registered
  // broker.
  const auto& brokers = server.image.brokers();
  if (who.starts_with("broker-") && std::any_of(brokers.begin(), brokers.end(), [&](const auto& b) {
        return who.compare(7, std::string::npos, std::to_string(b.first)) == 0;
      }))
    return true;
  return authorizer.allows(server.image.acls(), protocol::principal_of(who), who, operation, type, name);
}

/// A fetch session outlives changes of ACLs, so each of its partitions is checked at each fetch
/// (KafkaApis.handleFetchRequest).
bool Connections::may_read(Ctx& ctx, BrokerServer& server, const DelayedFetch& op, TopicPartition tp) {
  if (!authorizer.enabled() || op.request.replica_id >= 0) return true;
  const protocol::TopicImage* topic = server.image.topic(tp.topic);
  const Connection* connection = find_connection(op.connection);
  return topic == nullptr || connection == nullptr ||
         may(ctx, server, *connection, AclOperation::Read, ResourceType::Topic, topic->name);
}

void Connections::dispatch_authorized(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message) {
  const auto may_it = [&](AclOperation operation, ResourceType type, std::string_view name) {
    return may(ctx, server, connection, operation, type, name);
  };
  const std::string& who = ctx.name(connection.peer);
  const bool before_kip_679 = server.options.config.version() == protocol::KafkaVersion::V2_5;
  const bool writes_somewhere = connection.api == api::InitProducerId && !before_kip_679 &&
                                authorizer.allows_any(server.image.acls(), protocol::principal_of(who), who,
                                                      AclOperation::Write, ResourceType::Topic);
  Message allowed = message;
  const ErrorCode error = protocol::visit_kafka(
      Check<decltype(may_it)>{server.image, may_it, before_kip_679, writes_somewhere, connection.denied}, allowed.body);
  if (error != ErrorCode::NONE) {
    refuse(ctx, connection.api, {}, error, connection.peer);
    return respond(ctx, server, connection.id, error_answer(message.body, error));
  }
  for (const TopicPartition p : connection.denied)
    refuse(ctx, connection.api, p, ErrorCode::TOPIC_AUTHORIZATION_FAILED, connection.peer);
  bool any_left = false;
  for_each_partition(allowed.body, [&](TopicPartition) { any_left = true; });
  if (connection.denied.empty() || any_left) return dispatch(ctx, server, connection, allowed);
  const auto* produce = protocol::get_if<protocol::ProduceRequest>(&message.body);
  if (produce != nullptr && produce->acks == 0)
    return fail_without_answer(ctx, server, connection,
                               error_answer(message.body, ErrorCode::TOPIC_AUTHORIZATION_FAILED));
  // An empty answer, to which the denied rows are added.
  respond(ctx, server, connection.id, error_answer(allowed.body, ErrorCode::NONE));
}

void Connections::hide_groups(Ctx& ctx, const BrokerServer& server, const Connection& connection,
                              protocol::Body& answer) const {
  const auto describable = [&](TopicPartition p) {
    const protocol::TopicImage* topic = server.image.topic(p.topic);
    return topic == nullptr || may(ctx, server, connection, AclOperation::Describe, ResourceType::Topic, topic->name);
  };
  if (auto* groups = protocol::get_if<protocol::ConsumerGroupDescribeResponse>(&answer))
    hide(groups->groups, describable);
  else if (auto* share_groups = protocol::get_if<protocol::ShareGroupDescribeResponse>(&answer))
    hide(share_groups->groups, describable);
}

void Connections::add_denied(protocol::Body& answer, const std::vector<TopicPartition>& denied) {
  protocol::visit_kafka(
      [&](auto& response) {
        if constexpr (requires { response.partitions.emplace_back().error; }) {
          for (const TopicPartition p : denied) {
            auto& row = response.partitions.emplace_back();
            row.partition = p;
            row.error = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
          }
        }
      },
      answer);
}

}  // namespace kafkascope::broker
