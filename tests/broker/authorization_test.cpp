// The permissions that a broker requires, and its answers to clients that lack them or exceed their quota. Source: KafkaApis, AuthHelper;
// KIP-219.
#include "broker/support.h"

using namespace broker_test;

namespace {

template <typename R>
R of_group() {
  R request;
  request.group_id = "g";
  return request;
}

constexpr TopicPartition kPayments{1, 0};

AccessControlEntryRecord acl(std::int64_t id, AclOperation operation, ResourceType type, std::string name) {
  return {id, {type, std::move(name), PatternType::Literal, "User:client", "*", operation, true}};
}

/// A topic with one partition, which the broker under test leads.
void commit_topic(Stage& stage, const char* name, TopicId id) {
  PartitionRecord p;
  p.partition = {id, 0};
  p.replicas = p.isr = {1};
  p.leader = 1;
  stage.commit({TopicRecord{name, id}, p});
}

/// With an authorizer and a second topic, payments, led by this broker alone.
Stage guarded() {
  Stage::Setup setup;
  setup.config = {{"authorizer.class.name", std::string("org.apache.kafka.metadata.authorizer.StandardAuthorizer")}};
  Stage stage(setup);
  commit_topic(stage, "payments", kPayments.topic);
  return stage;
}

ProduceRequest to_both(std::int16_t acks) {
  ProduceRequest r = Stage::produce_request(batch(1), acks);
  r.partitions.push_back({kPayments, batch(1)});
  return r;
}

/// The group g, as ConsumerGroupDescribe answers.
auto described_group(Stage& stage) {
  const auto* answer = stage.ask<ConsumerGroupDescribeResponse>(ConsumerGroupDescribeRequest{{"g"}}, 100);
  REQUIRE(answer != nullptr);
  return answer->groups.at(0);
}

}  // namespace

TEST_CASE("Without ACLs every request is refused with the error that belongs to its resource") {
  Stage stage = guarded();
  const auto topic_error = [](const auto* answer) {
    return answer == nullptr || answer->partitions.empty() ? ErrorCode::NONE : answer->partitions[0].error;
  };
  const auto error = [](const auto* answer) { return answer == nullptr ? ErrorCode::NONE : answer->error; };
  constexpr ErrorCode kTopic = ErrorCode::TOPIC_AUTHORIZATION_FAILED, kGroup = ErrorCode::GROUP_AUTHORIZATION_FAILED;
  CHECK(topic_error(stage.ask<ProduceResponse>(Stage::produce_request(batch(1), 1))) == kTopic);
  CHECK(stage.end() == 0);
  CHECK(topic_error(stage.ask<FetchResponse>(Stage::fetch_request(-1, 0))) == kTopic);
  ListOffsetsRequest list;
  list.partitions.push_back({kOrders, {}, kLatestTimestamp});
  CHECK(topic_error(stage.ask<ListOffsetsResponse>(list)) == kTopic);
  OffsetForLeaderEpochRequest epochs;
  epochs.partitions.push_back({kOrders, {}, {0}});
  CHECK(topic_error(stage.ask<OffsetForLeaderEpochResponse>(epochs)) == kTopic);
  DeleteRecordsRequest remove;
  remove.partitions.push_back({kOrders, Offset{0}});
  CHECK(topic_error(stage.ask<DeleteRecordsResponse>(remove)) == kTopic);
  CHECK(error(stage.ask<FindCoordinatorResponse>(FindCoordinatorRequest{"g", 0})) == kGroup);
  CHECK(error(stage.ask<FindCoordinatorResponse>(FindCoordinatorRequest{"tx", 1})) ==
        ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  CHECK(error(stage.ask<JoinGroupResponse>(of_group<JoinGroupRequest>())) == kGroup);
  CHECK(error(stage.ask<SyncGroupResponse>(of_group<SyncGroupRequest>())) == kGroup);
  CHECK(error(stage.ask<HeartbeatResponse>(of_group<HeartbeatRequest>())) == kGroup);
  CHECK(error(stage.ask<LeaveGroupResponse>(of_group<LeaveGroupRequest>())) == kGroup);
  CHECK(error(stage.ask<ConsumerGroupHeartbeatResponse>(of_group<ConsumerGroupHeartbeatRequest>())) == kGroup);
  auto offsets = of_group<OffsetFetchRequest>();
  offsets.partitions = {kOrders};
  CHECK(error(stage.ask<OffsetFetchResponse>(offsets)) == kGroup);
  auto commit = of_group<OffsetCommitRequest>();
  commit.partitions.push_back({kOrders, Offset{1}, {}, ""});
  CHECK(topic_error(stage.ask<OffsetCommitResponse>(commit)) == kGroup);
  CHECK(error(stage.ask<OffsetDeleteResponse>(OffsetDeleteRequest{"g", {kOrders}})) == kGroup);
  const auto* groups = stage.ask<DeleteGroupsResponse>(DeleteGroupsRequest{{"g"}});
  REQUIRE(groups != nullptr);
  CHECK(groups->results[0].error == kGroup);
  const auto* described = stage.ask<ConsumerGroupDescribeResponse>(ConsumerGroupDescribeRequest{{"g"}});
  REQUIRE(described != nullptr);
  CHECK(described->groups[0].error == kGroup);
  CHECK(error(stage.ask<InitProducerIdResponse>(InitProducerIdRequest{})) == ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
}

TEST_CASE("ConsumerGroupDescribe needs Describe on the group and on each topic that its members have (KAFKA-18813)") {
  Stage stage = guarded();
  commit_topic(stage, "__consumer_offsets", 2);
  stage.commit({acl(1, AclOperation::Read, ResourceType::Group, "g"),
                acl(2, AclOperation::Describe, ResourceType::Topic, "payments")});
  stage.run_ms(50);
  ConsumerGroupHeartbeatRequest join;
  join.group_id = "g";
  join.member_id = "m";
  join.rebalance_timeout_ms = 60'000;
  join.has_subscription = true;
  join.subscribed_topic_names = {"payments"};
  join.has_owned = true;
  const auto* joined = stage.ask<ConsumerGroupHeartbeatResponse>(join, 100);
  REQUIRE(joined != nullptr);
  REQUIRE(joined->error == ErrorCode::NONE);
  const auto described = [&] { return described_group(stage); };
  CHECK(described().error == ErrorCode::NONE);
  CHECK(described().members.size() == 1);
  stage.commit({RemoveAccessControlEntryRecord{2}});
  stage.run_ms(50);
  CHECK(described().error == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  CHECK(described().group_id == "g");
  CHECK(described().members.empty());
}

TEST_CASE("ConsumerGroupDescribe also needs Describe on a topic that a member is only to get") {
  Stage stage = guarded();
  commit_topic(stage, "__consumer_offsets", 2);
  stage.commit({acl(1, AclOperation::Read, ResourceType::Group, "g"),
                acl(2, AclOperation::Describe, ResourceType::Topic, "payments"),
                acl(3, AclOperation::Describe, ResourceType::Topic, "orders")});
  stage.run_ms(50);
  const auto beat = [&](const std::string& member, std::int32_t epoch, const std::vector<TopicPartition>& owned) {
    ConsumerGroupHeartbeatRequest r;
    r.group_id = "g";
    r.member_id = member;
    r.member_epoch = epoch;
    r.rebalance_timeout_ms = 60'000;
    r.has_subscription = r.has_owned = true;
    r.subscribed_topic_names = {"orders", "payments"};
    r.topic_partitions = owned;
    const auto* answer = stage.ask<ConsumerGroupHeartbeatResponse>(r, 100);
    REQUIRE(answer != nullptr);
    REQUIRE(answer->error == ErrorCode::NONE);
    return *answer;
  };
  const auto described = [&] { return described_group(stage); };
  const ConsumerGroupHeartbeatResponse had = beat("first", 0, {});
  REQUIRE(had.assignment.size() == 2);
  beat("second", 0, {});
  beat("first", had.member_epoch, had.assignment);  // it is told to give one of them up
  // The one that it keeps, and the one that the second member is to get when it is given up.
  std::vector<TopicPartition> assigned, only_target;
  for (const auto& member : described().members) {
    assigned.insert(assigned.end(), member.assignment.begin(), member.assignment.end());
    if (member.member_id == "second") only_target = member.target_assignment;
  }
  REQUIRE(assigned.size() == 1);
  REQUIRE(only_target.size() == 1);
  REQUIRE(assigned[0] != only_target[0]);
  stage.commit({RemoveAccessControlEntryRecord{only_target[0] == kPayments ? 2 : 3}});
  stage.run_ms(50);
  CHECK(described().error == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  CHECK(described().members.empty());
}

TEST_CASE("ShareGroupDescribe needs Describe on the group and on each topic that its members have") {
  Stage stage = guarded();
  commit_topic(stage, "__consumer_offsets", 2);
  commit_topic(stage, "__share_group_state", 3);
  stage.commit({FeatureLevelRecord{"share.version", 1}, acl(1, AclOperation::Read, ResourceType::Group, "g"),
                acl(2, AclOperation::Describe, ResourceType::Topic, "payments")});
  stage.run_ms(50);
  ShareGroupHeartbeatRequest join;
  join.group_id = "g";
  join.member_id = "m";
  join.has_subscription = true;
  join.subscribed_topic_names = {"payments"};
  const auto* joined = stage.ask<ShareGroupHeartbeatResponse>(join, 200);
  REQUIRE(joined != nullptr);
  REQUIRE(joined->error == ErrorCode::NONE);
  join.member_epoch = joined->member_epoch;
  join.has_subscription = false;
  REQUIRE(stage.ask<ShareGroupHeartbeatResponse>(join, 200) != nullptr);
  const auto described = [&] {
    const auto* answer = stage.ask<ShareGroupDescribeResponse>(ShareGroupDescribeRequest{{"g"}}, 100);
    REQUIRE(answer != nullptr);
    return answer->groups.at(0);
  };
  REQUIRE(described().error == ErrorCode::NONE);
  REQUIRE(described().members.size() == 1);
  REQUIRE(described().members[0].assignment.size() == 1);
  stage.commit({RemoveAccessControlEntryRecord{2}});
  stage.run_ms(50);
  CHECK(described().error == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  CHECK(described().members.empty());
  stage.commit({RemoveAccessControlEntryRecord{1}});
  stage.run_ms(50);
  CHECK(described().error == ErrorCode::GROUP_AUTHORIZATION_FAILED);
}

TEST_CASE(
    "Metadata: a topic that the client may not describe is refused if named and left out of a list of all topics; a client without Create creates none") {
  Stage stage = guarded();
  const auto* named = stage.ask<MetadataResponse>(MetadataRequest{false, {"orders", "nothing"}, true});
  REQUIRE(named != nullptr);
  REQUIRE(named->topics.size() == 2);
  for (const MetadataTopic& t : named->topics) {
    CHECK(t.error == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    CHECK(t.topic_id == kNoTopic);
    CHECK(t.partitions.empty());
  }
  stage.commit({acl(1, AclOperation::Describe, ResourceType::Topic, "orders"),
                acl(2, AclOperation::Describe, ResourceType::Topic, "nothing")});
  const auto* all = stage.ask<MetadataResponse>(MetadataRequest{true, {}, true});
  REQUIRE(all != nullptr);
  REQUIRE(all->topics.size() == 1);
  CHECK(all->topics[0].name == "orders");
  const auto* missing = stage.ask<MetadataResponse>(MetadataRequest{false, {"nothing"}, true});
  REQUIRE(missing != nullptr);
  CHECK(missing->topics[0].error == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  CHECK(stage.controller().creations.empty());
  stage.commit({acl(3, AclOperation::Create, ResourceType::Topic, "nothing")});
  stage.ask<MetadataResponse>(MetadataRequest{false, {"nothing"}, true});
  stage.run_ms(100);
  CHECK(stage.controller().creations.size() == 1);
}

TEST_CASE(
    "A request for several topics is answered for each of them: denied topics get an error, allowed ones are served") {
  Stage stage = guarded();
  stage.commit({acl(1, AclOperation::Write, ResourceType::Topic, "payments"),
                acl(2, AclOperation::Read, ResourceType::Topic, "payments")});
  const auto* produced = stage.ask<ProduceResponse>(to_both(1));
  REQUIRE(produced != nullptr);
  REQUIRE(produced->partitions.size() == 2);
  for (const PartitionProduceResponse& p : produced->partitions)
    CHECK(p.error == (p.partition == kOrders ? ErrorCode::TOPIC_AUTHORIZATION_FAILED : ErrorCode::NONE));
  CHECK(stage.end() == 0);
  CHECK(stage.broker().replica(kPayments)->log.log_end_offset() == Offset{1});
  FetchRequest fetch = Stage::fetch_request(-1, 0);
  fetch.partitions.push_back(fetch.partitions[0]);
  fetch.partitions[1].partition = kPayments;
  const auto* fetched = stage.ask<FetchResponse>(fetch);
  REQUIRE(fetched != nullptr);
  REQUIRE(fetched->partitions.size() == 2);
  for (const FetchPartitionResponse& p : fetched->partitions)
    CHECK((p.error == ErrorCode::NONE) == (p.partition == kPayments));
}

TEST_CASE("A fetch session checks the permission for each of its partitions at every fetch") {
  Stage stage = guarded();
  stage.commit({acl(1, AclOperation::Read, ResourceType::Topic, "payments")});
  FetchRequest fetch = Stage::fetch_request(-1, 0);
  fetch.session_epoch = 0;
  fetch.partitions.push_back(fetch.partitions[0]);
  fetch.partitions[1].partition = kPayments;
  fetch.session_id = stage.ask<FetchResponse>(fetch)->session_id;
  REQUIRE(fetch.session_id > 0);
  fetch.partitions.clear();
  const auto refused = [&] {
    ++fetch.session_epoch;
    std::vector<TopicPartition> out;
    const auto* answer = stage.ask<FetchResponse>(fetch);
    REQUIRE(answer != nullptr);
    for (const FetchPartitionResponse& p : answer->partitions)
      if (p.error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) out.push_back(p.partition);
    return out;
  };
  CHECK(refused() == std::vector<TopicPartition>{kOrders});
  stage.commit({acl(2, AclOperation::Read, ResourceType::Topic, "orders")});
  CHECK(refused().empty());
  stage.commit({RemoveAccessControlEntryRecord{1}});
  CHECK(refused() == std::vector<TopicPartition>{kPayments});
}

TEST_CASE("acks=0: a producer that may not write loses its connection, since no answer can carry the error") {
  Stage stage = guarded();
  stage.send(Stage::kClient, Stage::produce_request(batch(1), 0));
  stage.run_ms(5);
  CHECK(stage.client().ended.size() == 1);
  stage.commit({acl(1, AclOperation::Write, ResourceType::Topic, "payments")});
  stage.send(Stage::kClient, to_both(0));
  stage.run_ms(5);
  CHECK(stage.client().ended.size() == 2);
  CHECK(stage.broker().replica(kPayments)->log.log_end_offset() == Offset{1});
}

TEST_CASE("Followers fetch without any ACL for the topics") {
  Stage stage = guarded();
  stage.send(Stage::kSecond, Stage::fetch_request(2, 0));
  stage.run_ms(2);
  const auto answers = stage.peer(Stage::kSecond).got<FetchResponse>();
  REQUIRE(answers.size() == 1);
  for (const FetchPartitionResponse& p : answers[0].second.partitions) CHECK(p.error == ErrorCode::NONE);
}

TEST_CASE(
    "KIP-219: a produce above the quota is answered at once, with the time for which the connection is not read") {
  Stage stage;
  stage.commit({ClientQuotaRecord{"user:client", "producer_byte_rate", 10'000'000, false}});  // ten bytes a second
  stage.send(Stage::kClient, Stage::produce_request(batch(1), 1));
  stage.send(Stage::kClient, MetadataRequest{});
  stage.run_ms(5);
  REQUIRE(stage.client().inbox.size() == 1);
  const std::int32_t throttled = stage.client().inbox[0].message.throttle_time_ms;
  CHECK(protocol::get<ProduceResponse>(stage.client().inbox[0].message.body).partitions[0].error == ErrorCode::NONE);
  CHECK(throttled > 1000);
  CHECK(stage.watcher.of(Trace::ClientThrottled, {}).size() == 1);
  stage.run_ms(throttled - 20);
  CHECK(stage.client().inbox.size() == 1);
  stage.run_ms(40);
  CHECK(stage.client().inbox.size() == 2);
}

TEST_CASE("KIP-219: a consumer above its quota gets an empty answer with the throttle time") {
  Stage stage;
  stage.produce(50, 1);
  stage.run_ms(5);
  for (BrokerId follower : {2, 3}) stage.follower_fetch(follower, 50);
  for (BrokerId follower : {2, 3}) stage.follower_fetch(follower, 50);
  REQUIRE(stage.high_watermark() == 50);
  stage.commit({ClientQuotaRecord{"client-id:client", "consumer_byte_rate", 10'000'000, false}});
  stage.send(Stage::kClient, Stage::fetch_request(-1, 0));
  stage.run_ms(5);
  const auto& last = stage.client().inbox.back().message;
  const auto* answer = protocol::get_if<FetchResponse>(&last.body);
  REQUIRE(answer != nullptr);
  CHECK(last.throttle_time_ms > 0);
  CHECK(answer->partitions.empty());
}
