#include "controller/zookeeper/tree_image.h"

#include <charconv>
#include <map>
#include <utility>

#include "controller/zookeeper/zk_security.h"

namespace kafkascope::controller {

using zookeeper::DataTree;
using zookeeper::Znode;

namespace {

std::int32_t to_number(std::string_view text) {
  std::int32_t value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

template <class F>
void walk(const Znode& node, const std::string& path, F&& visit) {
  for (const auto& [name, child] : node.children) {
    const std::string below = path + "/" + name;
    visit(below);
    walk(*child, below, visit);
  }
}

}  // namespace

void TreeImage::load(const DataTree& tree) {
  *this = {};
  walk(tree.root(), "", [&](const std::string& path) { refresh(tree, path); });
}

void TreeImage::refresh(const DataTree& tree, std::string_view path) {
  const Znode* node = tree.find(path);
  const auto below = [&](const std::string& parent) {
    return path.size() > parent.size() && path.starts_with(parent) && path[parent.size()] == '/';
  };
  if (path == znode::kController) {
    controller_ = node == nullptr ? protocol::kNoBroker : znode::decode_controller(node->data);
  } else if (path == znode::kControllerEpoch) {
    controller_epoch_ = node == nullptr ? 0 : to_number(node->data);
  } else if (below(znode::kBrokerIds)) {
    refresh_broker(node, znode::leaf(path));
  } else if (const std::string resource = znode::config_resource(path); !resource.empty()) {
    refresh_config(node, resource);
  } else if (const auto acls = znode::acl_resource(path)) {
    for (const auto& record :
         znode::acl_records(image_, *acls, znode::decode_acls(*acls, node == nullptr ? "" : node->data)))
      learn(record);
  } else if (below(znode::kTopics)) {
    const std::string_view rest =
        path.substr(znode::kTopics.size() + 1);  // T, T/partitions, T/partitions/P, T/partitions/P/state
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) refresh_topic(tree, std::string(rest));
    else if (rest.ends_with("/state"))
      refresh_state(tree, std::string(rest.substr(0, slash)), to_number(znode::leaf(path.substr(0, path.rfind('/')))));
  }
}

void TreeImage::refresh_ephemerals(const DataTree& tree) {
  refresh(tree, znode::kController);
  std::vector<protocol::BrokerId> known;
  for (const auto& [id, broker] : image_.brokers()) known.push_back(id);
  for (protocol::BrokerId id : known) refresh(tree, znode::broker(id));
}

void TreeImage::refresh_broker(const Znode* node, std::string_view name) {
  const protocol::BrokerId id = to_number(name);
  if (const auto info = node == nullptr ? std::nullopt : znode::decode_broker(node->data)) {
    learn(
        protocol::RegisterBrokerRecord{id, 0, node->stat.czxid.value, info->endpoint(), info->rack, false, false, {}});
  } else if (image_.broker(id) != nullptr) {
    learn(protocol::UnregisterBrokerRecord{id, image_.broker(id)->epoch});
  }
}

void TreeImage::refresh_topic(const DataTree& tree, const std::string& name) {
  const Znode* node = tree.find(znode::topic(name));
  const auto topic = node == nullptr ? std::nullopt : znode::decode_topic(node->data);
  const protocol::TopicId known = image_.topic_id(name);
  if (known != protocol::kNoTopic && (!topic || topic->id != known)) learn(protocol::RemoveTopicRecord{known});
  if (!topic) return;
  if (topic->id != known) learn(protocol::TopicRecord{name, topic->id});
  std::vector<protocol::MetadataRecord> changed;
  for (const auto& [partition, assignment] : topic->partitions) {
    const protocol::PartitionRegistration* before = image_.partition({topic->id, partition});
    if (before != nullptr && before->replicas == assignment.replicas && before->adding == assignment.adding &&
        before->removing == assignment.removing)
      continue;
    protocol::PartitionRecord record;
    record.partition = {topic->id, partition};
    if (before != nullptr) {
      record.isr = before->isr;
      record.leader = before->leader;
      record.leader_epoch = before->leader_epoch;
      record.partition_epoch = before->partition_epoch;
    }
    record.replicas = assignment.replicas;
    record.adding = assignment.adding;
    record.removing = assignment.removing;
    changed.emplace_back(std::move(record));
  }
  image_.apply(image_.last_offset() + 1, {}, changed);
}

void TreeImage::refresh_state(const DataTree& tree, const std::string& name, std::int32_t partition) {
  const protocol::TopicPartition p{image_.topic_id(name), partition};
  const protocol::PartitionRegistration* before = image_.partition(p);
  const Znode* node = tree.find(znode::state(name, partition));
  const auto state = node == nullptr ? std::nullopt : znode::decode_state(node->data, node->stat.version);
  if (before == nullptr || !state) return;
  protocol::PartitionRecord record;
  record.partition = p;
  record.replicas = before->replicas;
  record.adding = before->adding;
  record.removing = before->removing;
  record.isr = state->isr;
  record.leader = state->leader;
  record.leader_epoch = state->leader_epoch;
  record.partition_epoch = state->version;
  learn(record);
}

void TreeImage::refresh_config(const Znode* node, const std::string& resource) {
  const znode::Configs now = node == nullptr ? znode::Configs{} : znode::decode_config(node->data);
  if (znode::has_quotas(resource)) {
    for (const auto& record : znode::quota_records(image_, resource, now)) learn(record);
    return;
  }
  const znode::Configs before = image_.config(resource);
  for (const auto& [key, value] : before)
    if (!now.contains(key)) learn(protocol::ConfigRecord{resource, key, "", true});
  for (const auto& [key, value] : now)
    if (const auto it = before.find(key); it == before.end() || it->second != value)
      learn(protocol::ConfigRecord{resource, key, value, false});
}

}  // namespace kafkascope::controller
