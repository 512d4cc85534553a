// Kafka: TopicCommand, ConfigCommand, LeaderElectionCommand, ReassignPartitionsCommand, ClusterTool.
#include "cluster/admin_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "cluster/acts.h"
#include "controller/zookeeper/admin_utils.h"
#include "protocol/messages_admin.h"
#include "protocol/messages_quorum.h"

namespace kafkascope::cluster {

namespace {

using protocol::Body;

IdList id_list(const std::vector<std::int32_t>& ids) {
  IdList list;
  for (std::int32_t id : ids) list.push_back(id);
  return list;
}

/// One replica list per partition, starting at the lowest number. A partition left out gets an empty list, which the
/// controller refuses. Negative partition numbers: see CreatableTopic::assignments.
std::vector<IdList> assignment_list(const std::map<std::int32_t, std::vector<std::int32_t>>& assignments,
                                    std::int32_t first) {
  std::vector<IdList> lists;
  for (const auto& [partition, replicas] : assignments) {
    if (partition < 0) continue;
    const auto index = static_cast<std::size_t>(std::max(0, partition - first));
    if (index >= lists.size()) lists.resize(index + 1);
    lists[index] = id_list(replicas);
  }
  for (const auto& [partition, replicas] : assignments) {
    if (partition >= 0) continue;
    lists.resize(assignments.size() == 1 ? static_cast<std::size_t>(-partition) : lists.size() + 1);
    lists.back() = protocol::below_zero(id_list(replicas));
  }
  return lists;
}

/// kafka-reassign-partitions --generate over the command's brokers, for one topic or all topics.
words::Message generate(const Cluster& cluster, const act::Reassign& move, sim::Random& random,
                        protocol::AlterPartitionReassignmentsRequest& request) {
  const protocol::MetadataImage& image = cluster.committed();
  std::vector<controller::PlacementBroker> targets;
  bool any_rack = false, all_racks = true;
  for (std::int32_t id : move.brokers) {
    const protocol::BrokerRegistration* b = image.broker(id);
    if (b == nullptr) return {"refused.not_registered"_w, {{"broker", id}}};
    targets.push_back({id, b->rack});
    any_rack |= !b->rack.empty();
    all_racks &= !b->rack.empty();
  }
  if (any_rack && !all_racks) return "refused.no_racks"_w;
  for (const protocol::TopicImage& topic : image.topics()) {
    if (topic.removed || topic.partitions.empty() || (!move.topic.empty() && topic.name != move.topic)) continue;
    const int factor = topic.partitions.front().replicas.size();
    if (factor > static_cast<int>(targets.size()))
      return {"refused.replication_factor"_w, {{"factor", factor}, {"topic", topic.name}, {"brokers", targets.size()}}};
    const auto start = static_cast<std::int64_t>(random.below(targets.size())),
               shift = static_cast<std::int64_t>(random.below(targets.size()));
    const auto placed =
        controller::assign_replicas(targets, static_cast<int>(topic.partitions.size()), factor, start, shift);
    for (std::size_t p = 0; p < placed.size(); ++p)
      request.partitions.push_back({{topic.name, static_cast<std::int32_t>(p)}, false, placed[p]});
  }
  return {};
}

/// The configuration changes that --throttle makes before a move: the throttled replicas of each topic, then the rate
/// on every broker that takes part in the move. Partitions already being reassigned stay listed. Kafka:
/// ReassignPartitionsCommand.calculateProposedMoveMap.
void add_throttles(const Cluster& cluster, const protocol::AlterPartitionReassignmentsRequest& moves, std::int64_t rate,
                   std::vector<Body>& out) {
  std::map<std::string, std::map<std::int32_t, IdList>> targets;  // target replicas of each partition that is being
                                                                  // reassigned or will be
  for (const protocol::TopicImage& topic : cluster.committed().topics())
    for (std::size_t i = 0; !topic.removed && i < topic.partitions.size(); ++i)
      if (const auto& p = topic.partitions[i]; !p.adding.empty() || !p.removing.empty())
        targets[topic.name][static_cast<std::int32_t>(i)] = p.adding;
  for (const protocol::ReassignablePartition& move : moves.partitions)
    targets[move.partition.topic][move.partition.partition] = move.replicas;
  std::set<BrokerId> brokers;
  std::map<std::string, std::pair<std::string, std::string>> by_topic;  // by topic: the throttled replicas of leaders
                                                                        // and of followers
  for (const auto& [topic, partitions] : targets)
    for (const auto& [partition, replicas] : partitions) {
      const auto* p = cluster.committed().partition(cluster.partition({topic, partition}));
      if (p == nullptr) continue;
      auto& [leaders, followers] = by_topic[topic];
      const auto add = [&brokers, number = partition](std::string& list, BrokerId id) {
        list += fmt::format("{}{}:{}", list.empty() ? "" : ",", number, id);
        brokers.insert(id);
      };
      for (BrokerId id : p->replicas)
        if (!p->adding.contains(id)) add(leaders, id);
      for (BrokerId id : replicas)
        if (!p->replicas.contains(id) || p->adding.contains(id)) add(followers, id);
    }
  protocol::IncrementalAlterConfigsRequest of_topics, of_brokers;
  for (const auto& [topic, lists] : by_topic) {
    of_topics.configs.push_back({"topic:" + topic, "leader.replication.throttled.replicas", lists.first, false});
    of_topics.configs.push_back({"topic:" + topic, "follower.replication.throttled.replicas", lists.second, false});
  }
  for (BrokerId id : brokers)
    for (const char* key : {"leader.replication.throttled.rate", "follower.replication.throttled.rate"})
      of_brokers.configs.push_back({"broker:" + std::to_string(id), key, std::to_string(rate), false});
  if (!of_topics.configs.empty()) out.emplace_back(std::move(of_topics));
  if (!of_brokers.configs.empty()) out.emplace_back(std::move(of_brokers));
}

AdminRequests reassignment(const Cluster& cluster, const act::Reassign& move, sim::Random& random) {
  AdminRequests out;
  protocol::AlterPartitionReassignmentsRequest request;
  if (move.cancel && move.partition) {  // the controller decides whether the partition exists
    request.partitions.push_back({{move.partition->topic, move.partition->partition}, true, {}});
  } else if (move.cancel) {  // all partitions of the topic, or of the cluster, that are being reassigned
    for (const protocol::TopicImage& topic : cluster.committed().topics())
      for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
        const bool moving = !topic.partitions[i].adding.empty() || !topic.partitions[i].removing.empty();
        if (moving && (move.topic.empty() || move.topic == topic.name))
          request.partitions.push_back({{topic.name, static_cast<std::int32_t>(i)}, true, {}});
      }
    if (request.partitions.empty()) out.refused = "refused.no_reassignment"_w;
  } else if (move.all) {
    out.refused = generate(cluster, move, random, request);
  } else {
    request.partitions.push_back({{move.partition->topic, move.partition->partition}, false, id_list(move.replicas)});
  }
  if (!out.refused.empty()) return out;
  if (move.throttle_bytes_per_s && !move.cancel)
    add_throttles(cluster, request, *move.throttle_bytes_per_s, out.bodies);
  out.bodies.push_back(std::move(request));
  return out;
}

Body creation(const act::CreateTopic& created) {
  protocol::CreatableTopic topic;
  topic.name = created.topic;
  topic.assignments = assignment_list(created.assignments, 0);
  if (topic.assignments.empty()) {  // with assignments, Kafka's tool leaves both fields at -1
    topic.num_partitions = created.partition_count.value_or(topic.num_partitions);
    topic.replication_factor = created.replication_factor.value_or(topic.replication_factor);
  }
  for (const auto& [key, value] : created.config)
    if (value) topic.configs.emplace_back(key, *value);
  return protocol::CreateTopicsRequest{{std::move(topic)}};
}

Body configuration(const Cluster& cluster, const Command& command) {
  const auto& change = command.get<act::Configure>();
  std::vector<std::string> resources;
  if (!change.topic.empty()) resources = {"topic:" + change.topic};
  else if (!change.group.empty()) resources = {"group:" + change.group};
  else if (!command.node) resources = {"broker:"};
  else
    for (sim::NodeId node : cluster.resolve(*command.node))
      resources.push_back("broker:" + std::to_string(cluster.info(node).id));
  protocol::IncrementalAlterConfigsRequest request;
  for (const std::string& resource : resources)
    for (const auto& [key, value] : change.config)
      request.configs.push_back({resource, key, value.value_or(""), !value});
  return request;
}

Body access_control(const act::Acl& acl) {
  if (acl.remove) return protocol::DeleteAclsRequest{{entry_of(acl)}};
  return protocol::CreateAclsRequest{{entry_of(acl)}};
}

/// kafka-configs --alter --add-config or --delete-config, for users and clients.
Body client_quota(const Cluster& cluster, const act::Quota& quota) {
  const std::string entity = quota.client.empty() ? "user:" + quota.principal.substr(quota.principal.find(':') + 1)
                                                  : "client-id:" + quota.client;
  protocol::AlterClientQuotasRequest request;
  if (quota.remove) {
    if (const auto of = cluster.committed().quotas().find(entity); of != cluster.committed().quotas().end())
      for (const auto& [key, value] : of->second) request.quotas.push_back({entity, key, 0, true});
  }
  constexpr std::int64_t kPpm = 1'000'000;
  if (quota.producer_byte_rate)
    request.quotas.push_back({entity, "producer_byte_rate", *quota.producer_byte_rate * kPpm, false});
  if (quota.consumer_byte_rate)
    request.quotas.push_back({entity, "consumer_byte_rate", *quota.consumer_byte_rate * kPpm, false});
  return request;
}

Body feature_update(const Cluster& cluster, const act::Feature& update) {
  // kafka-features requires an explicit downgrade flag.
  const bool downgrade = update.level < cluster.committed().feature(update.name);
  return protocol::UpdateFeaturesRequest{{{update.name, static_cast<std::int16_t>(update.level), downgrade}}};
}

/// Refuses a number of partitions that would take more memory than a run may use; an empty message if the number is
/// acceptable.
words::Message too_many_partitions(const Cluster& cluster, std::int64_t more) {
  std::int64_t present = 0;
  for (const protocol::TopicImage& topic : cluster.committed().topics())
    if (!topic.removed) present += static_cast<std::int64_t>(topic.partitions.size());
  if (more <= 0 || present + more <= kMostPartitions) return {};
  return {"refused.too_many_partitions"_w, {{"partitions", present + more}, {"most", kMostPartitions}}};
}

AdminRequests topic_creation(const Cluster& cluster, const act::CreateTopic& created) {
  std::int64_t asked = created.partition_count.value_or(-1);
  if (asked == -1)
    asked = created.assignments.empty() ? cluster.spec().config.number("num.partitions")
                                        : static_cast<std::int64_t>(created.assignments.size());
  if (words::Message refused = too_many_partitions(cluster, asked); !refused.empty()) return {{}, std::move(refused)};
  return {{creation(created)}, {}};
}

AdminRequests more_partitions(const Cluster& cluster, const act::AddPartitions& added) {
  const std::int64_t more =
      std::int64_t{added.partition_count.value_or(-1)} - cluster.committed().partition_count(added.topic);
  if (words::Message refused = too_many_partitions(cluster, more); !refused.empty()) return {{}, std::move(refused)};
  const protocol::TopicImage* topic = cluster.committed().topic(cluster.committed().topic_id(added.topic));
  const auto present = topic == nullptr ? 0 : static_cast<std::int32_t>(topic->partitions.size());
  return {{protocol::CreatePartitionsRequest{
              {{added.topic, added.partition_count.value_or(0), assignment_list(added.assignments, present)}}}},
          {}};
}

AdminRequests removal(const Cluster& cluster, std::int32_t broker) {
  for (const protocol::TopicImage& topic : cluster.committed().topics())
    for (std::size_t i = 0; i < topic.partitions.size(); ++i)
      if (topic.partitions[i].replicas.contains(broker))
        return {{},
                {"refused.holds_replicas"_w, {{"broker", broker}, {"partition", fmt::format("{}-{}", topic.name, i)}}}};
  if (cluster.under_zookeeper()) return {{}, {}};  // under ZooKeeper a broker is registered only while it runs
  return {{protocol::UnregisterBrokerRequest{broker}}, {}};
}

Body election(const act::ElectLeaders& elect) {
  protocol::ElectLeadersRequest request{elect.unclean, elect.partitions.empty(), {}};
  for (const PartitionName& name : elect.partitions) request.partitions.push_back({name.topic, name.partition});
  return request;
}

}  // namespace

protocol::AccessControlEntry entry_of(const act::Acl& acl) {
  protocol::AccessControlEntry entry;
  if (auto resource = parse_resource(acl.resource))
    std::tie(entry.resource_type, entry.resource_name) = std::move(*resource);
  entry.pattern = acl.prefixed ? protocol::PatternType::Prefixed : protocol::PatternType::Literal;
  entry.principal = acl.principal;
  entry.operation = protocol::parse_acl_operation(acl.operation).value_or(protocol::AclOperation::All);
  entry.allow = acl.allow;
  return entry;
}

AdminRequests admin_requests(const Cluster& cluster, const Command& command, sim::Random& random) {
  switch (command.verb) {
    case Verb::CreateTopic: return topic_creation(cluster, command.get<act::CreateTopic>());
    case Verb::DeleteTopic: return {{protocol::DeleteTopicsRequest{{command.get<act::DeleteTopic>().topic}}}, {}};
    case Verb::AddPartitions: return more_partitions(cluster, command.get<act::AddPartitions>());
    case Verb::Configure: return {{configuration(cluster, command)}, {}};
    case Verb::Acl: return {{access_control(command.get<act::Acl>())}, {}};
    case Verb::Quota: return {{client_quota(cluster, command.get<act::Quota>())}, {}};
    case Verb::Feature: return {{feature_update(cluster, command.get<act::Feature>())}, {}};
    case Verb::ElectLeaders: return {{election(command.get<act::ElectLeaders>())}, {}};
    case Verb::Reassign: return reassignment(cluster, command.get<act::Reassign>(), random);
    case Verb::RemoveBroker: return removal(cluster, *command.get<act::RemoveBroker>().id);
    default: return {};
  }
}

}  // namespace kafkascope::cluster
