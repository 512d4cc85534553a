#include "observe/tools/request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>

#include "broker/internal_topics.h"
#include "client/java_order.h"
#include "coordinator/group_coordinator_shard.h"
#include "observe/model/quorum_state.h"
#include "protocol/records.h"
#include "protocol/uuid.h"

namespace kafkascope::observe::tools {

std::string Request::value(std::string_view option) const {
  const auto& all = values(option);
  return all.empty() ? std::string() : all.back();
}

const std::vector<std::string>& Request::values(std::string_view option) const {
  static const std::vector<std::string> kNone;
  const auto it = options_.find(option);
  return it == options_.end() ? kNone : it->second;
}

bool Request::says(std::string_view command) const {
  return std::find(commands_.begin(), commands_.end(), command) != commands_.end();
}

bool can_reach(const cluster::Cluster& c, sim::NodeId node) {
  if (!node.valid() || c.state(node) != sim::NodeState::Running) return false;
  if (const sim::NodeId own = c.find(cluster::kOperator); own.valid())
    return !c.is_cut(own, node) && !c.is_cut(node, own);
  // Before the first administrative act the tool's machine has no node: a node counts as cut off from it if it is cut
  // off from all others.
  bool alone = c.nodes().size() > 1;
  for (std::size_t i = 0; alone && i < c.nodes().size(); ++i) {
    const sim::NodeId other{static_cast<std::int32_t>(i)};
    alone = other == node || c.is_cut(other, node) || c.is_cut(node, other);
  }
  return !alone;
}

sim::NodeId answering_controller(const cluster::Cluster& c) {
  const sim::NodeId active = c.active_controller();
  return active.valid() || c.under_zookeeper() ? active : leader_without_majority(c);
}

const broker::Broker* first_reached(const cluster::Cluster& c, const std::vector<BrokerId>& named) {
  const auto reached = [&](BrokerId id) -> const broker::Broker* {
    const sim::NodeId node = c.broker_node(id);
    return can_reach(c, node) ? c.role<broker::Broker>(node) : nullptr;
  };
  for (const BrokerId id : named)
    if (const auto* b = reached(id)) return b;
  if (!named.empty()) return nullptr;
  std::vector<BrokerId> ids;
  for (const cluster::NodeInfo& info : c.nodes())
    if (info.kind == cluster::NodeKind::Broker && !info.removed) ids.push_back(info.id);
  std::sort(ids.begin(), ids.end());
  for (const BrokerId id : ids)
    if (const auto* b = reached(id)) return b;
  return nullptr;
}

const broker::Broker* Request::reach(BrokerId id) const {
  return id == kNoBroker ? nullptr : first_reached(cluster_, {id});
}

const broker::Replica* Request::leader_replica(TopicPartition tp) const {
  const protocol::PartitionRegistration* p = metadata().partition(tp);
  const broker::Broker* leader = p == nullptr ? nullptr : reach(p->leader);
  const broker::Replica* replica = leader == nullptr ? nullptr : leader->replica(tp);
  return replica != nullptr && replica->is_leader() ? replica : nullptr;
}

namespace {
/// The partition of __consumer_offsets in which the group is kept, and its leader.
std::pair<std::int32_t, BrokerId> place_of_group(const protocol::MetadataImage& metadata, const std::string& group) {
  const protocol::TopicImage* topic = metadata.topic(metadata.topic_id(coordinator::kOffsetsTopic));
  if (topic == nullptr || topic->partitions.empty()) return {0, kNoBroker};
  const std::int32_t partition = protocol::partition_for(group, static_cast<std::int32_t>(topic->partitions.size()));
  return {partition, topic->partitions[static_cast<std::size_t>(partition)].leader};
}
}  // namespace

BrokerId Request::named_coordinator(const std::string& group) const { return place_of_group(metadata(), group).second; }

const broker::Broker* Request::group_coordinator(const std::string& group) const {
  const auto [partition, id] = place_of_group(metadata(), group);
  const broker::Broker* leader = reach(id);
  const bool serves =
      leader != nullptr && leader->coordinator().state(partition) == coordinator::CoordinatorState::Active;
  return serves ? leader : nullptr;
}

std::vector<BrokerId> Request::live_brokers() const {
  std::vector<BrokerId> ids;
  for (const auto& [id, registration] : metadata().brokers())
    if (!registration.fenced) ids.push_back(id);
  return ids;
}

std::vector<const protocol::TopicImage*> Request::topics(bool with_internal) const {
  std::vector<const protocol::TopicImage*> all;
  for (const protocol::TopicImage& t : metadata().topics())
    if (!t.removed && !t.partitions.empty() && (with_internal || !broker::is_internal(t.name))) all.push_back(&t);
  std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  return all;
}

std::string Request::topic_name(TopicPartition tp) const {
  const protocol::TopicImage* t = metadata().topic(tp.topic);
  return t == nullptr ? cluster_.topic_name(tp.topic) : t->name;
}

std::int64_t Request::wall_clock_ms() const { return sim::kEpochMs + cluster_.now().us / 1000; }

std::string uuid_of(std::uint64_t kind, std::uint64_t number) {
  sim::Random random(0x6b61666b61, sim::Stream::Generic, kind, number);
  return protocol::random_uuid(random);
}
std::string path_of_dir(std::int32_t dir) {
  return dir == 0 ? "/tmp/kafka-logs" : fmt::format("/tmp/kafka-logs-{}", dir);
}
std::string cluster_uuid() { return uuid_of(0, 0); }

std::string left(std::string_view text, std::size_t width) { return fmt::format("{:<{}}", text, width); }

std::string joined(const protocol::IdList& ids, std::string_view between) {
  return fmt::format("{}", fmt::join(std::vector<BrokerId>(ids.begin(), ids.end()), between));
}

std::string address_of(const cluster::Cluster& c, BrokerId id) {
  const sim::NodeId node = c.broker_node(id);
  return fmt::format("{}:{}", node.valid() ? c.info(node).name : cluster::broker_name(id), kBrokerPort);
}

std::string client_host(const cluster::Cluster& c, const std::string& client_id) {
  const sim::NodeId node = c.find(client_id);
  return "/" + (node.valid() && !c.info(node).host.empty() ? c.info(node).host : client_id);
}

std::vector<std::string> as_hashed(std::vector<std::string> names, std::size_t capacity) {
  client::sort_as_java(names, capacity, [](const std::string& name) { return client::java_hash(name); });
  return names;
}

void sort_as_hashed(const Request& r, std::vector<TopicPartition>& partitions) {
  client::sort_as_java(partitions, client::kJavaDefaultCapacity,
                       [&](TopicPartition tp) { return client::java_hash(r.topic_name(tp), tp.partition); });
}

std::string assignment_text(const Request& r, const std::vector<TopicPartition>& partitions) {
  std::map<std::string, std::vector<std::int32_t>> by_topic;
  for (const TopicPartition tp : partitions) by_topic[r.topic_name(tp)].push_back(tp.partition);
  std::vector<std::string> parts;
  for (auto& [topic, numbers] : by_topic) {
    std::sort(numbers.begin(), numbers.end());
    parts.push_back(fmt::format("{}:{}", topic, fmt::join(numbers, ",")));
  }
  return fmt::format("{}", fmt::join(parts, ";"));
}

bool topic_allowed(std::string_view pattern, const std::string& topic) {
  // TopicFilter: commas are alternatives, quotes and spaces are dropped.
  std::string expression;
  for (const char c : pattern)
    if (c == ',') expression += '|';
    else if (c != ' ' && c != '"' && c != '\'') expression += c;
  if (expression == topic) return true;
  if (expression.size() > 200) return false;
  return re2::RE2::FullMatch(topic, re2::RE2(expression, re2::RE2::Quiet));
}

}  // namespace kafkascope::observe::tools
