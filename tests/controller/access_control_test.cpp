// The active controller's decisions about ACLs, quotas and features. Source: AclControlManager, ClientQuotaControlManager,
// FeatureControlManager, ControllerApis.
#include <doctest/doctest.h>

#include "controller/kraft/access_control.h"
#include "protocol/config.h"
#include "protocol/message.h"
#include "protocol/messages_quorum.h"

using namespace kafkascope;
using namespace kafkascope::controller;
using namespace kafkascope::protocol;

namespace {

AccessControlEntry kim_reads() {
  return {ResourceType::Topic, "t", PatternType::Literal, "User:kim", "*", AclOperation::Read, true};
}

void replay(MetadataImage& image, const std::vector<MetadataRecord>& records) {
  for (const MetadataRecord& r : records) image.apply(image.last_offset() + 1, LeaderEpoch{1}, r);
}

}  // namespace

TEST_CASE(
    "CreateAcls writes one record for each new entry, whose id is its offset; DeleteAcls removes every match, and finding no match is not an error") {
  MetadataImage image;
  std::vector<MetadataRecord> records;
  AccessControlEntry lee = kim_reads();
  lee.principal = "User:lee";
  auto created = create_acls(image, {{kim_reads(), lee, kim_reads()}}, Offset{0}, records);
  REQUIRE(created.results.size() == 3);
  REQUIRE(records.size() == 2);
  CHECK(std::get<AccessControlEntryRecord>(records[1]).id == 1);
  replay(image, records);
  CHECK(image.acls().size() == 2);
  records.clear();
  create_acls(image, {{kim_reads()}}, Offset{2}, records);
  CHECK(records.empty());
  auto deleted = delete_acls(image, {{kim_reads()}}, records);
  CHECK(deleted.results[0].error == ErrorCode::NONE);
  replay(image, records);
  CHECK(image.acls().size() == 1);
  records.clear();
  CHECK(delete_acls(image, {{kim_reads()}}, records).results[0].error == ErrorCode::NONE);
  CHECK(records.empty());
}

TEST_CASE("CreateAcls: the controller accepts an operation that the resource does not have; only the tool refuses it") {
  std::vector<MetadataRecord> records;
  AccessControlEntry entry = kim_reads();
  entry.operation = AclOperation::IdempotentWrite;
  CHECK(create_acls({}, {{entry}}, Offset{0}, records).results[0].error == ErrorCode::NONE);
  CHECK(records.size() == 1);
}

TEST_CASE(
    "AlterClientQuotas writes a record for each change and refuses unknown or impossible values with INVALID_REQUEST") {
  MetadataImage image;
  std::vector<MetadataRecord> records;
  const AlterableQuota quota{"user:kim", "producer_byte_rate", 1'000'000, false};
  alter_client_quotas(image, {{quota}}, records);
  REQUIRE(records.size() == 1);
  replay(image, records);
  records.clear();
  alter_client_quotas(image, {{quota}}, records);
  CHECK(records.empty());
  for (const AlterableQuota& bad : {AlterableQuota{"planet:x", "producer_byte_rate", 1, false},
                                    {"user:x", "byte_rate", 1, false},
                                    {"user:x", "producer_byte_rate", 0, false}})
    CHECK(alter_client_quotas(image, {{bad}}, records).results[0].error == ErrorCode::INVALID_REQUEST);
  CHECK(records.empty());
  alter_client_quotas(image, {{{"user:kim", "producer_byte_rate", 0, true}}}, records);
  replay(image, records);
  CHECK_FALSE(image.quota_ppm("user:kim", "producer_byte_rate").has_value());
}

TEST_CASE(
    "UpdateFeatures accepts only levels of this Kafka version, lower levels only as downgrades, and either all levels or none") {
  MetadataImage image;
  replay(image,
         {FeatureLevelRecord{"metadata.version", 27}, FeatureLevelRecord{"eligible.leader.replicas.version", 1}});
  const Config config;
  std::vector<MetadataRecord> records;
  const auto error = [&](std::vector<FeatureUpdate> updates) {
    return update_features(image, config, {std::move(updates)}, records).results.back().error;
  };
  CHECK(error({{"no.such.version", 1, false}}) == ErrorCode::INVALID_UPDATE_VERSION);
  CHECK(error({{"eligible.leader.replicas.version", 2, false}}) == ErrorCode::INVALID_UPDATE_VERSION);
  CHECK(error({{"metadata.version", 6, true}}) == ErrorCode::INVALID_UPDATE_VERSION);
  CHECK(error({{"eligible.leader.replicas.version", 0, false}}) == ErrorCode::INVALID_UPDATE_VERSION);
  CHECK(error({{"metadata.version", 27, false}}) == ErrorCode::NONE);
  CHECK(error({{"eligible.leader.replicas.version", 0, true}, {"no.such.version", 1, false}}) ==
        ErrorCode::INVALID_UPDATE_VERSION);
  CHECK(records.empty());
  CHECK(error({{"eligible.leader.replicas.version", 0, true}}) == ErrorCode::NONE);
  CHECK(records.size() == 1);
}

TEST_CASE("KIP-966: with ELR the cluster has a default min.insync.replicas, and no broker can have its own") {
  MetadataImage image;
  replay(image, {RegisterBrokerRecord{1, 7, 0, 0, "", true, false},
                 ConfigRecord{"broker:1", "min.insync.replicas", "3", false}});
  std::vector<MetadataRecord> records;
  update_features(image, Config(), {{{"eligible.leader.replicas.version", 1, false}}}, records);
  replay(image, records);
  CHECK(image.config("broker:").at("min.insync.replicas") == "1");
  CHECK(image.config("broker:1").empty());
  CHECK(image.feature("eligible.leader.replicas.version") == 1);
}

TEST_CASE("ControllerApis: topics are authorized one by one; all other requests need a permission for the cluster") {
  std::vector<AdminResult> denied;
  const May only_t = [](AclOperation, ResourceType type, std::string_view name) {
    return type == ResourceType::Topic && name == "t";
  };
  Body topics = DeleteTopicsRequest{{"t", "u"}};
  CHECK(keep_allowed(topics, only_t, denied) == ErrorCode::NONE);
  CHECK(protocol::get<DeleteTopicsRequest>(topics).topics == std::vector<std::string>{"t"});
  REQUIRE(denied.size() == 1);
  CHECK(denied[0].name == "u");
  CHECK(denied[0].error == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  denied.clear();
  Body configs = IncrementalAlterConfigsRequest{
      {{"topic:t", "retention.ms", "1", false}, {"broker:", "min.insync.replicas", "1", false}}};
  CHECK(keep_allowed(configs, only_t, denied) == ErrorCode::NONE);
  CHECK(protocol::get<IncrementalAlterConfigsRequest>(configs).configs.size() == 1);
  REQUIRE(denied.size() == 1);
  CHECK(denied[0].error == ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
  for (Body whole : {Body(ElectLeadersRequest{}), Body(AlterPartitionReassignmentsRequest{}),
                     Body(UnregisterBrokerRequest{}), Body(CreateAclsRequest{}), Body(DeleteAclsRequest{}),
                     Body(AlterClientQuotasRequest{}), Body(UpdateFeaturesRequest{})})
    CHECK(keep_allowed(whole, only_t, denied) == ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
  Body between_servers = BrokerHeartbeatRequest{};
  CHECK(keep_allowed(between_servers, only_t, denied) == ErrorCode::NONE);
  Body create = CreateTopicsRequest{{{"u", 1, 1, {}, {}}}};
  denied.clear();
  CHECK(keep_allowed(
            create, [](AclOperation, ResourceType type, std::string_view) { return type == ResourceType::Cluster; },
            denied) == ErrorCode::NONE);
  CHECK(denied.empty());
}
