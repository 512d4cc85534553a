#include "protocol/metadata_image.h"
#include "sim/mutant.h"

#include <stdexcept>

namespace kafkascope::protocol {

std::string_view record_name(const MetadataRecord& record) {
  static constexpr std::string_view kNames[] = {"LeaderChangeMessage", "RegisterBrokerRecord", "UnregisterBrokerRecord",
                                                "BrokerRegistrationChangeRecord", "TopicRecord", "RemoveTopicRecord",
                                                "PartitionRecord", "PartitionChangeRecord", "ConfigRecord",
                                                "FeatureLevelRecord", "ProducerIdsRecord", "NoOpRecord"};
  static_assert(std::size(kNames) == std::variant_size_v<MetadataRecord>);
  return kNames[record.index()];
}

PartitionRegistration merge(PartitionRegistration p, const PartitionChangeRecord& c) {
  if (c.has_isr) p.isr = c.isr;
  if (c.has_replicas) p.replicas = c.replicas;
  if (c.has_adding) p.adding = c.adding;
  if (c.has_removing) p.removing = c.removing;
  if (c.has_elr) p.elr = c.elr;
  if (c.has_last_known_elr) p.last_known_elr = c.last_known_elr;
  if (c.has_recovery_state) p.recovery_state = c.recovery_state;
  if (c.has_leader) {
    p.leader = c.leader;
    if (!sim::mutant("leader-epoch-not-bumped")) p.leader_epoch = p.leader_epoch.next();
  }
  ++p.partition_epoch;
  return p;
}

namespace {
template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;
}  // namespace

void MetadataImage::apply(Offset offset, LeaderEpoch epoch, const MetadataRecord& record) {
  if (offset != last_offset_ + 1) throw std::logic_error("metadata records are applied in order, one by one");
  std::visit(
      Overloaded{
          [](const LeaderChangeMessage&) {},
          [](const NoOpRecord&) {},
          [&](const RegisterBrokerRecord& r) {
            brokers_[r.broker_id] = {r.broker_id, r.incarnation_id, r.broker_epoch, r.endpoint, r.rack, r.fenced, r.in_controlled_shutdown};
          },
          [&](const UnregisterBrokerRecord& r) { brokers_.erase(r.broker_id); },
          [&](const BrokerRegistrationChangeRecord& r) {
            auto it = brokers_.find(r.broker_id);
            if (it == brokers_.end()) return;
            if (r.fenced != 0) it->second.fenced = r.fenced > 0;
            if (r.in_controlled_shutdown != 0) it->second.in_controlled_shutdown = true;
          },
          [&](const TopicRecord& r) {
            if (r.topic_id != next_topic_id()) throw std::logic_error("topic ids are dense");
            topics_.push_back({r.name, r.topic_id, false, {}});
            names_[r.name] = r.topic_id;
          },
          [&](const RemoveTopicRecord& r) {
            TopicImage& t = topics_.at(static_cast<std::size_t>(r.topic_id));
            names_.erase(t.name);
            configs_.erase("topic:" + t.name);
            t.removed = true;
            t.partitions.clear();
          },
          [&](const PartitionRecord& r) {
            auto& partitions = topics_.at(static_cast<std::size_t>(r.partition.topic)).partitions;
            const auto index = static_cast<std::size_t>(r.partition.partition);
            if (partitions.size() <= index) partitions.resize(index + 1);
            partitions[index] = {r.replicas, r.isr, r.adding, r.removing, r.elr, r.last_known_elr,
                                 r.leader, r.recovery_state, r.leader_epoch, r.partition_epoch};
          },
          [&](const PartitionChangeRecord& r) {
            auto& p = topics_.at(static_cast<std::size_t>(r.partition.topic)).partitions.at(static_cast<std::size_t>(r.partition.partition));
            p = merge(p, r);
          },
          [&](const ConfigRecord& r) {
            if (r.deleted) {
              configs_[r.resource].erase(r.name);
            } else {
              configs_[r.resource][r.name] = r.value;
            }
          },
          [&](const FeatureLevelRecord& r) { features_[r.name] = r.level; },
          [&](const ProducerIdsRecord& r) { next_producer_id_ = r.next_producer_id; },
      },
      record);
  last_offset_ = offset;
  last_epoch_ = epoch;
}

const BrokerRegistration* MetadataImage::broker(BrokerId id) const {
  auto it = brokers_.find(id);
  return it == brokers_.end() ? nullptr : &it->second;
}
TopicId MetadataImage::topic_id(std::string_view name) const {
  auto it = names_.find(name);
  return it == names_.end() ? kNoTopic : it->second;
}
const TopicImage* MetadataImage::topic(TopicId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= topics_.size() || topics_[static_cast<std::size_t>(id)].removed) return nullptr;
  return &topics_[static_cast<std::size_t>(id)];
}
const PartitionRegistration* MetadataImage::partition(TopicPartition p) const {
  const TopicImage* t = topic(p.topic);
  if (!t || p.partition < 0 || static_cast<std::size_t>(p.partition) >= t->partitions.size()) return nullptr;
  return &t->partitions[static_cast<std::size_t>(p.partition)];
}
const std::map<std::string, std::string>& MetadataImage::config(std::string_view resource) const {
  static const std::map<std::string, std::string> kNone;
  auto it = configs_.find(resource);
  return it == configs_.end() ? kNone : it->second;
}
std::int16_t MetadataImage::feature(std::string_view name) const {
  auto it = features_.find(name);
  return it == features_.end() ? std::int16_t{0} : it->second;
}

}  // namespace kafkascope::protocol
