#include "controller/zookeeper/controller_context.h"

namespace kafkascope::controller {

const PartitionContext* ControllerContext::find(TopicPartition p) const {
  const auto topic = topics.find(p.topic);
  if (topic == topics.end() || p.partition < 0 ||
      static_cast<std::size_t>(p.partition) >= topic->second.partitions.size())
    return nullptr;
  const PartitionContext& found = topic->second.partitions[static_cast<std::size_t>(p.partition)];
  return found.replicas.empty() ? nullptr : &found;
}

std::optional<TopicPartition> ControllerContext::partition(std::string_view topic, std::int32_t number) const {
  const auto it = names.find(topic);
  if (it == names.end()) return std::nullopt;
  const TopicPartition p{it->second, number};
  return find(p) == nullptr ? std::nullopt : std::optional(p);
}

void ControllerContext::assign(TopicId id, const std::string& name, std::int32_t number,
                               const znode::Assignment& assignment) {
  TopicContext& topic = topics[id];
  topic.name = name;
  names[name] = id;
  const auto index = static_cast<std::size_t>(number);
  if (topic.partitions.size() <= index) topic.partitions.resize(index + 1);
  PartitionContext& p = topic.partitions.edit(index);
  p.replicas = assignment.replicas;
  p.adding = assignment.adding;
  p.removing = assignment.removing;
}

void ControllerContext::forget_topic(TopicId id) {
  const auto it = topics.find(id);
  if (it == topics.end()) return;
  names.erase(it->second.name);
  topics.erase(it);
  deleting.erase(id);
  undeletable.erase(id);
  std::erase_if(deletions, [&](const auto& d) { return d.first.partition.topic == id; });
  std::erase_if(reassigned, [&](TopicPartition p) { return p.topic == id; });
  for (auto& [broker, partitions] : failed_dirs)
    std::erase_if(partitions, [&](TopicPartition p) { return p.topic == id; });
}

std::vector<TopicPartition> ControllerContext::all_partitions() const {
  std::vector<TopicPartition> out;
  for_each([&](TopicPartition p, const PartitionContext&) { out.push_back(p); });
  return out;
}

std::vector<TopicPartition> ControllerContext::partitions_of(TopicId id) const {
  std::vector<TopicPartition> out;
  const auto& partitions = topics.at(id).partitions;
  for (std::size_t i = 0; i < partitions.size(); ++i)
    if (!partitions[i].replicas.empty()) out.push_back({id, static_cast<std::int32_t>(i)});
  return out;
}

std::vector<TopicPartition> ControllerContext::partitions_on(BrokerId broker) const {
  std::vector<TopicPartition> out;
  for_each([&](TopicPartition p, const PartitionContext& c) {
    if (c.replicas.contains(broker)) out.push_back(p);
  });
  return out;
}

std::vector<BrokerId> ControllerContext::live_or_shutting_down_ids() const {
  std::vector<BrokerId> out;
  for (const auto& [id, broker] : brokers) out.push_back(id);
  return out;
}

}  // namespace kafkascope::controller
