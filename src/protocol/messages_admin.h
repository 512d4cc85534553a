// Administrative requests of the command-line tools and Admin clients, decided by the active controller. Names are used
// where Kafka uses names; a response has one row per requested item.
#pragma once
#include <string>
#include <vector>

#include "protocol/acl.h"
#include "protocol/errors.h"
#include "protocol/ids.h"
#include "protocol/message_kind.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

struct AdminResult {
  std::string name;  // a topic, "orders-0", "topic:orders", a broker's id
  ErrorCode error = ErrorCode::NONE;
  std::string message;
  KAFKASCOPE_FIELDS(name, error, message)
};
struct AdminResponse {
  ErrorCode error = ErrorCode::NONE;  // NOT_CONTROLLER
  std::vector<AdminResult> results;
  KAFKASCOPE_FIELDS(error, results)
};

/// DeleteTopics (20).
struct DeleteTopicsRequest {
  std::vector<std::string> topics;
  KAFKASCOPE_FIELDS(topics)
};
struct DeleteTopicsResponse : AdminResponse {};

/// DeleteGroups (42, KIP-229), sent to the groups' coordinator.
struct DeleteGroupsRequest {
  std::vector<std::string> groups;
  KAFKASCOPE_FIELDS(groups)
};
struct DeleteGroupsResponse : AdminResponse {};

/// CreatePartitions (37). count: the new total number.
struct CreatablePartitions {
  std::string topic;
  std::int32_t count = 0;
  std::vector<IdList> assignments;  // replicas of the new partitions, in order; empty: Kafka's placement
  KAFKASCOPE_FIELDS(topic, count, assignments)
};
struct CreatePartitionsRequest {
  std::vector<CreatablePartitions> topics;
  KAFKASCOPE_FIELDS(topics)
};
struct CreatePartitionsResponse : AdminResponse {};

struct NamedPartition {
  std::string topic;
  std::int32_t partition = 0;
  std::string text() const { return topic + "-" + std::to_string(partition); }
  KAFKASCOPE_FIELDS(topic, partition)
};
/// ElectLeaders (43).
struct ElectLeadersRequest {
  bool unclean = false;  // unclean election; false: preferred
  bool all = false;      // every partition; the response omits those that need no election
  std::vector<NamedPartition> partitions;
  KAFKASCOPE_FIELDS(unclean, all, partitions)
};
struct ElectLeadersResponse : AdminResponse {};

/// AlterPartitionReassignments (45, KIP-455).
struct ReassignablePartition {
  NamedPartition partition;
  bool cancel = false;
  IdList replicas;  // the target, preferred leader first
  KAFKASCOPE_FIELDS(partition, cancel, replicas)
};
struct AlterPartitionReassignmentsRequest {
  std::vector<ReassignablePartition> partitions;
  KAFKASCOPE_FIELDS(partitions)
};
struct AlterPartitionReassignmentsResponse : AdminResponse {};

/// IncrementalAlterConfigs (44, KIP-339). resource as in ConfigRecord: "topic:orders", "broker:1", "broker:" (cluster
/// default).
struct AlterableConfig {
  std::string resource, name, value;
  bool remove = false;
  KAFKASCOPE_FIELDS(resource, name, value, remove)
};
struct IncrementalAlterConfigsRequest {
  std::vector<AlterableConfig> configs;
  KAFKASCOPE_FIELDS(configs)
};
struct IncrementalAlterConfigsResponse : AdminResponse {};

/// CreateAcls (30), DeleteAcls (31): one row per entry. Simplified: an entry to delete is given in full, not by a
/// filter.
struct CreateAclsRequest {
  std::vector<AccessControlEntry> entries;
  KAFKASCOPE_FIELDS(entries)
};
struct CreateAclsResponse : AdminResponse {};
struct DeleteAclsRequest {
  std::vector<AccessControlEntry> entries;
  KAFKASCOPE_FIELDS(entries)
};
struct DeleteAclsResponse : AdminResponse {};

/// AlterClientQuotas (49, KIP-546). entity and key as in ClientQuotaRecord.
struct AlterableQuota {
  std::string entity, key;
  std::int64_t value_ppm = 0;
  bool remove = false;
  KAFKASCOPE_FIELDS(entity, key, value_ppm, remove)
};
struct AlterClientQuotasRequest {
  std::vector<AlterableQuota> quotas;
  KAFKASCOPE_FIELDS(quotas)
};
struct AlterClientQuotasResponse : AdminResponse {};

/// UpdateFeatures (57, KIP-584). level 0 disables the feature.
struct FeatureUpdate {
  std::string name;
  std::int16_t level = 0;
  bool downgrade = false;  // the requester intends a lower level
  KAFKASCOPE_FIELDS(name, level, downgrade)
};
struct UpdateFeaturesRequest {
  std::vector<FeatureUpdate> features;
  KAFKASCOPE_FIELDS(features)
};
struct UpdateFeaturesResponse : AdminResponse {};

/// UnregisterBroker (64, KIP-631).
struct UnregisterBrokerRequest {
  BrokerId broker_id = kNoBroker;
  KAFKASCOPE_FIELDS(broker_id)
};
struct UnregisterBrokerResponse : AdminResponse {};

// clang-format off
#define KAFKASCOPE_ADMIN_APIS(API, MORE) \
  API(DeleteTopics, 20, 22, DeleteTopicsRequest, DeleteTopicsResponse, 6, 4) \
  API(CreatePartitions, 37, 23, CreatePartitionsRequest, CreatePartitionsResponse, 3, 2) \
  API(ElectLeaders, 43, 24, ElectLeadersRequest, ElectLeadersResponse, 2, 2) \
  API(AlterPartitionReassignments, 45, 25, AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, 1, 0) \
  API(IncrementalAlterConfigs, 44, 26, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, 1, 1) \
  API(UnregisterBroker, 64, 27, UnregisterBrokerRequest, UnregisterBrokerResponse, 0, 0) \
  API(DeleteGroups, 42, 31, DeleteGroupsRequest, DeleteGroupsResponse, 2, 2) \
  API(CreateAcls, 30, 37, CreateAclsRequest, CreateAclsResponse, 3, 2) \
  API(DeleteAcls, 31, 38, DeleteAclsRequest, DeleteAclsResponse, 3, 2) \
  API(AlterClientQuotas, 49, 39, AlterClientQuotasRequest, AlterClientQuotasResponse, 0, 0) \
  API(UpdateFeatures, 57, 40, UpdateFeaturesRequest, UpdateFeaturesResponse, 0, 0)
KAFKASCOPE_ADMIN_APIS(KAFKASCOPE_KINDS, KAFKASCOPE_MORE_KINDS)
// clang-format on

}  // namespace kafkascope::protocol
