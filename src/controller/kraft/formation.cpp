#include "controller/kraft/formation.h"

#include <stdexcept>

#include "controller/kraft/replica_placer.h"
#include "sim/random.h"

namespace kafkascope::controller {

using protocol::MetadataRecord;
using protocol::Offset;

std::map<std::string, std::int16_t> feature_levels(const std::map<std::string, std::int16_t>& overrides) {
  // Feature.bootstrapDefaultValue at 4.1-IV1. share.version and streams.version are not production-ready in 4.1 and
  // stay off.
  std::map<std::string, std::int16_t> levels = {{"metadata.version", std::int16_t{27}},
                                                {"eligible.leader.replicas.version", std::int16_t{1}},
                                                {"group.version", std::int16_t{1}},
                                                {"transaction.version", std::int16_t{2}}};
  for (const auto& [name, level] : overrides) levels[name] = level;
  return levels;
}

std::vector<MetadataRecord> bootstrap_records(const std::map<std::string, std::int16_t>& overrides,
                                              std::int64_t min_insync_replicas) {
  const auto levels = feature_levels(overrides);
  std::vector<MetadataRecord> out;
  out.emplace_back(protocol::FeatureLevelRecord{"metadata.version", levels.at("metadata.version")});
  for (const auto& [name, level] : levels)
    if (name != "metadata.version" && level != 0) out.emplace_back(protocol::FeatureLevelRecord{name, level});
  // With ELR only the controller decides min ISR, so the value becomes a cluster-level setting.
  auto elr = levels.find("eligible.leader.replicas.version");
  if (elr != levels.end() && elr->second != 0)
    out.emplace_back(
        protocol::ConfigRecord{"broker:", "min.insync.replicas", std::to_string(min_insync_replicas), false});
  return out;
}

namespace {

/// Places all partitions by Kafka's rules, then replaces the declared ones.
std::vector<protocol::IdList> place(const FormationTopic& topic, const std::vector<FormationBroker>& brokers,
                                    sim::Random random) {
  const bool all_declared = static_cast<std::int32_t>(topic.assignments.size()) >= topic.partitions;
  std::vector<protocol::IdList> out(static_cast<std::size_t>(topic.partitions));
  if (!all_declared) {
    std::vector<UsableBroker> usable;
    for (const FormationBroker& b : brokers) usable.push_back({b.id, b.rack, false});
    Placement placement = place_replicas(usable, topic.partitions, topic.replication_factor, random);
    if (placement.error != protocol::ErrorCode::NONE)
      throw std::invalid_argument("topic " + topic.name + ": " + placement.message);
    out = std::move(placement.partitions);
  }
  for (const auto& [partition, replicas] : topic.assignments) {
    if (partition < 0 || partition >= topic.partitions || replicas.empty())
      throw std::invalid_argument("topic " + topic.name + ": no such partition to assign, or no replicas");
    out[static_cast<std::size_t>(partition)] = replicas;
  }
  return out;
}

}  // namespace

std::vector<protocol::MetadataEntry> formation_log(const FormationSpec& spec) {
  std::vector<protocol::MetadataEntry> log;
  const auto add = [&](MetadataRecord record) { log.push_back({spec.epoch, std::move(record)}); };

  add(protocol::LeaderChangeMessage{spec.leader, spec.voters});
  for (MetadataRecord& record : bootstrap_records(spec.features, spec.min_insync_replicas)) add(std::move(record));

  std::vector<std::pair<protocol::BrokerId, protocol::BrokerEpoch>> epochs;
  for (const FormationBroker& b : spec.brokers) {
    const auto epoch = static_cast<protocol::BrokerEpoch>(log.size());
    protocol::RegisterBrokerRecord record{b.id, b.incarnation_id, epoch, b.endpoint, b.rack, true, false};
    for (protocol::DirectoryId dir = 0; dir < b.dirs; ++dir) record.log_dirs.push_back(dir);
    add(std::move(record));
    epochs.emplace_back(b.id, epoch);
  }
  for (const auto& [id, epoch] : epochs) add(protocol::BrokerRegistrationChangeRecord{id, epoch, -1, 0});

  // Each broker puts the next log into the directory with the fewest logs, so it fills its directories in turn.
  std::map<protocol::BrokerId, std::int32_t> dirs, logs;
  for (const FormationBroker& b : spec.brokers) dirs[b.id] = b.dirs;

  protocol::TopicId id = 0;
  for (const FormationTopic& topic : spec.topics) {
    // Each topic has its own random stream: adding a topic, or changing a partition count, moves no other topic's
    // replicas.
    const auto partitions =
        place(topic, spec.brokers, sim::Random(spec.seed, sim::Stream::Placement, static_cast<std::uint64_t>(id)));
    add(protocol::TopicRecord{topic.name, id});
    for (const auto& [key, value] : topic.configs)
      add(protocol::ConfigRecord{"topic:" + topic.name, key, value, false});
    for (std::size_t p = 0; p < partitions.size(); ++p) {
      protocol::PartitionRecord record;
      record.partition = {id, static_cast<std::int32_t>(p)};
      record.replicas = record.isr = partitions[p];
      record.leader = partitions[p][0];
      for (protocol::BrokerId b : record.replicas)
        record.directories.push_back(dirs.contains(b) ? logs[b]++ % dirs[b] : protocol::kUnassigned);
      add(std::move(record));
    }
    ++id;
  }
  return log;
}

protocol::MetadataImage replay(const std::vector<protocol::MetadataEntry>& log) {
  protocol::MetadataImage image;
  for (const auto& entry : log) image.apply(image.last_offset() + 1, entry.epoch, entry.record);
  return image;
}

}  // namespace kafkascope::controller
