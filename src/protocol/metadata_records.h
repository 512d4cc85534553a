// Records of __cluster_metadata, by Kafka's names (metadata/src/main/resources/common/metadata/*.json).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "protocol/acl.h"
#include "protocol/endpoint.h"
#include "protocol/ids.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

/// The control record that a new quorum leader appends first (KIP-595).
struct LeaderChangeMessage {
  BrokerId leader_id = kNoBroker;
  IdList voters;
  KAFKASCOPE_FIELDS(leader_id, voters)
};
/// The record's offset is the broker's epoch. A fresh registration is fenced.
struct RegisterBrokerRecord {
  BrokerId broker_id = kNoBroker;
  std::int64_t incarnation_id = 0;
  BrokerEpoch broker_epoch = -1;  // the record's own offset, as in Kafka
  Endpoint endpoint;
  std::string rack;
  bool fenced = true;
  bool in_controlled_shutdown = false;
  std::vector<DirectoryId> log_dirs = {};  // online
  KAFKASCOPE_FIELDS(broker_id, incarnation_id, broker_epoch, endpoint, rack, fenced, in_controlled_shutdown, log_dirs)
};
struct UnregisterBrokerRecord {
  BrokerId broker_id = kNoBroker;
  BrokerEpoch broker_epoch = -1;
  KAFKASCOPE_FIELDS(broker_id, broker_epoch)
};
/// fenced: -1 unfence, 0 no change, 1 fence; in_controlled_shutdown: 0 no change, 1 entered; log_dirs: the remaining
/// directories, empty: no change.
struct BrokerRegistrationChangeRecord {
  BrokerId broker_id = kNoBroker;
  BrokerEpoch broker_epoch = -1;
  std::int8_t fenced = 0;
  std::int8_t in_controlled_shutdown = 0;
  std::vector<DirectoryId> log_dirs = {};
  KAFKASCOPE_FIELDS(broker_id, broker_epoch, fenced, in_controlled_shutdown, log_dirs)
};
struct TopicRecord {
  std::string name;
  TopicId topic_id = kNoTopic;
  KAFKASCOPE_FIELDS(name, topic_id)
};
struct RemoveTopicRecord {
  TopicId topic_id = kNoTopic;
  KAFKASCOPE_FIELDS(topic_id)
};
enum class RecoveryState : std::int8_t { Recovered = 0, Recovering = 1 };
struct PartitionRecord {
  TopicPartition partition;
  IdList replicas, isr, adding, removing, elr, last_known_elr;
  BrokerId leader = kNoBroker;
  RecoveryState recovery_state = RecoveryState::Recovered;
  LeaderEpoch leader_epoch{0};
  PartitionEpoch partition_epoch = 0;
  IdList directories = {};  // parallel to replicas (KIP-858)
  KAFKASCOPE_FIELDS(partition, replicas, isr, adding, removing, elr, last_known_elr, leader, recovery_state,
                    leader_epoch, partition_epoch, directories)
};
/// Each has_ flag says whether its field changes. A change of leader (also to none) bumps the leader epoch; every
/// change bumps the partition epoch (PartitionRegistration.merge).
struct PartitionChangeRecord {
  TopicPartition partition;
  bool has_isr = false, has_leader = false, has_replicas = false, has_adding = false, has_removing = false,
       has_elr = false, has_last_known_elr = false, has_recovery_state = false, has_directories = false;
  IdList isr, replicas, adding, removing, elr, last_known_elr, directories;
  BrokerId leader = kNoBroker;
  RecoveryState recovery_state = RecoveryState::Recovered;
  KAFKASCOPE_FIELDS(partition, has_isr, has_leader, has_replicas, has_adding, has_removing, has_elr, has_last_known_elr,
                    has_recovery_state, has_directories, isr, replicas, adding, removing, elr, last_known_elr,
                    directories, leader, recovery_state)
};
/// resource: "topic:orders", "broker:1", "broker:" (cluster default), "group:billing". An absent value deletes the key.
struct ConfigRecord {
  std::string resource, name, value;
  bool deleted = false;
  KAFKASCOPE_FIELDS(resource, name, value, deleted)
};
struct FeatureLevelRecord {
  std::string name;
  std::int16_t level = 0;
  KAFKASCOPE_FIELDS(name, level)
};
/// A block of 1000 producer ids for a broker; next: the first unallocated id.
struct ProducerIdsRecord {
  BrokerId broker_id = kNoBroker;
  BrokerEpoch broker_epoch = -1;
  ProducerId next_producer_id = 0;
  KAFKASCOPE_FIELDS(broker_id, broker_epoch, next_producer_id)
};
/// Appended by an idle active controller every metadata.max.idle.interval.ms (KIP-835).
struct NoOpRecord {
  KAFKASCOPE_NO_FIELDS
};
/// An access control entry, and its removal. Simplified: the id is the offset at which the entry was written; in Kafka
/// it is a random UUID.
struct AccessControlEntryRecord {
  std::int64_t id = -1;
  AccessControlEntry entry;
  KAFKASCOPE_FIELDS(id, entry)
};
struct RemoveAccessControlEntryRecord {
  std::int64_t id = -1;
  KAFKASCOPE_FIELDS(id)
};
/// entity: "user:kim", "client-id:kim"; kDefaultEntity after the colon: the default for all entities without a quota of
/// their own. key: Kafka's, e.g. "producer_byte_rate".
inline constexpr std::string_view kDefaultEntity = "<default>";
struct ClientQuotaRecord {
  std::string entity, key;
  std::int64_t value_ppm = 0;  // a double in Kafka
  bool remove = false;
  KAFKASCOPE_FIELDS(entity, key, value_ppm, remove)
};

using MetadataRecord =
    std::variant<LeaderChangeMessage, RegisterBrokerRecord, UnregisterBrokerRecord, BrokerRegistrationChangeRecord,
                 TopicRecord, RemoveTopicRecord, PartitionRecord, PartitionChangeRecord, ConfigRecord,
                 FeatureLevelRecord, ProducerIdsRecord, NoOpRecord, AccessControlEntryRecord,
                 RemoveAccessControlEntryRecord, ClientQuotaRecord>;

/// Kafka's name of the record, e.g. "PartitionChangeRecord".
std::string_view record_name(const MetadataRecord& record);

/// Whether `second`, which follows `first`, can be applied together with it. Both create partitions of one topic, or
/// change partitions of one topic in ascending order, so that adding partitions, or electing leaders for all of them,
/// costs as little as creating the topic. A partition changes at most once in a run, so that the old value of each
/// change can still be read from the previous image.
inline bool in_one_run(const MetadataRecord& first, const MetadataRecord& second) {
  const auto* const made = std::get_if<PartitionRecord>(&first);
  const auto* const made_next = std::get_if<PartitionRecord>(&second);
  if (made != nullptr && made_next != nullptr) return made->partition.topic == made_next->partition.topic;
  const auto* const changed = std::get_if<PartitionChangeRecord>(&first);
  const auto* const changed_next = std::get_if<PartitionChangeRecord>(&second);
  return changed != nullptr && changed_next != nullptr && changed->partition.topic == changed_next->partition.topic &&
         changed->partition.partition < changed_next->partition.partition;
}

/// The entry at one offset of the quorum's log.
struct MetadataEntry {
  LeaderEpoch epoch;
  MetadataRecord record;
  KAFKASCOPE_FIELDS(epoch, record)
};
/// Immutable, so that the logs of all nodes, and messages in flight between them, share one entry.
using SharedMetadataEntry = std::shared_ptr<const MetadataEntry>;

}  // namespace kafkascope::protocol
