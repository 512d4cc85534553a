// Controllers' decisions about brokers, topics, partitions, access rules and quotas, reported when committed.
#pragma once
#include "protocol/fact_texts.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::fact {

using protocol::BrokerId;
using protocol::LeaderEpoch;
using protocol::TopicPartition;
using protocol::Trace;

struct BrokerRegistered {
  KAFKASCOPE_FACT(Trace::BrokerRegistered, "broker.registered")
  BrokerId broker;
  protocol::BrokerEpoch epoch;
  KAFKASCOPE_FIELDS(broker, epoch)
};
struct BrokerFenced {
  KAFKASCOPE_FACT(Trace::BrokerFenced, "broker.fenced")
  BrokerId broker;
  protocol::BrokerEpoch epoch;
  FencingReason reason;
  KAFKASCOPE_FIELDS(broker, epoch, reason)
};
struct BrokerUnfenced {
  KAFKASCOPE_FACT(Trace::BrokerUnfenced, "broker.unfenced")
  BrokerId broker;
  protocol::BrokerEpoch epoch;
  KAFKASCOPE_FIELDS(broker, epoch)
};
struct BrokerShutdownStarted {
  KAFKASCOPE_FACT(Trace::BrokerShutdownStarted, "broker.shutdown")
  BrokerId broker;
  protocol::BrokerEpoch epoch;
  KAFKASCOPE_FIELDS(broker, epoch)
};
struct BrokerUnregistered {
  KAFKASCOPE_FACT(Trace::BrokerUnregistered, "broker.unregistered")
  BrokerId broker;
  protocol::BrokerEpoch epoch;
  KAFKASCOPE_FIELDS(broker, epoch)
};
/// Some of the broker's log directories failed.
struct BrokerDirsOffline {
  KAFKASCOPE_FACT(Trace::BrokerDirsOffline, "broker.dirs")
  BrokerId broker;
  protocol::BrokerEpoch epoch;
  std::int32_t left;
  KAFKASCOPE_FIELDS(broker, epoch, left)
};
struct TopicCreated {
  KAFKASCOPE_FACT(Trace::TopicCreated, "topic.created")
  TopicPartition partition;  // the topic only; its partition is -1
  std::int32_t partitions, replication_factor;
  Text topic;
  KAFKASCOPE_FIELDS(partition, partitions, replication_factor, topic)
};
struct TopicDeleted {
  KAFKASCOPE_FACT(Trace::TopicDeleted, "topic.deleted")
  TopicPartition partition;  // the topic only; its partition is -1
  std::int32_t partitions;
  Text topic;
  KAFKASCOPE_FIELDS(partition, partitions, topic)
};
/// A partition is added to an existing topic.
struct PartitionAdded {
  KAFKASCOPE_FACT(Trace::PartitionAdded, "partition.added")
  TopicPartition partition;
  BrokerId leader;
  LeaderEpoch leader_epoch;
  IdsText isr;
  KAFKASCOPE_FIELDS(partition, leader, leader_epoch, isr)
};
struct ConfigChanged {
  KAFKASCOPE_FACT(Trace::ConfigChanged, "config.changed")
  bool removed;  // back to its default
  Text resource, key, value;
  KAFKASCOPE_FIELDS(removed, resource, key, value)
};
struct ReassignmentChanged {
  KAFKASCOPE_FACT(Trace::ReassignmentChanged, "reassignment")
  TopicPartition partition;
  protocol::PartitionEpoch partition_epoch;
  std::int32_t adding;  // number of replicas
  std::int32_t removing;
  IdsChangeText state;  // the replicas
  KAFKASCOPE_FIELDS(partition, partition_epoch, adding, removing, state)
};
struct LeaderElected {
  KAFKASCOPE_FACT(Trace::LeaderElected, "leader.elected")
  TopicPartition partition;
  BrokerId leader;
  LeaderEpoch leader_epoch;
  BrokerId previous;
  IdsText isr;
  KAFKASCOPE_FIELDS(partition, leader, leader_epoch, previous, isr)
};
struct IsrChanged {
  KAFKASCOPE_FACT(Trace::IsrChanged, "isr.committed")
  TopicPartition partition;
  protocol::PartitionEpoch partition_epoch;
  IdsText isr;
  KAFKASCOPE_FIELDS(partition, partition_epoch, isr)
};
struct AclChanged {
  KAFKASCOPE_FACT(Trace::AclChanged, "acl.changed")
  bool removed;
  Text entry;
  KAFKASCOPE_FIELDS(removed, entry)
};
struct QuotaChanged {
  KAFKASCOPE_FACT(Trace::QuotaChanged, "quota.changed")
  bool removed;  // back to its default
  Text entity, key, value;
  KAFKASCOPE_FIELDS(removed, entity, key, value)
};
struct FeatureChanged {
  KAFKASCOPE_FACT(Trace::FeatureChanged, "feature.changed")
  std::int16_t level;
  Text feature;
  KAFKASCOPE_FIELDS(level, feature)
};

/// The broker whose registration the line is about; nullopt if the line is about something else.
std::optional<BrokerId> broker_in(const sim::TraceLine& line);

using FactsOfCluster =
    sim::FactList<BrokerRegistered, BrokerFenced, BrokerUnfenced, BrokerShutdownStarted, BrokerUnregistered,
                  BrokerDirsOffline, TopicCreated, TopicDeleted, PartitionAdded, ConfigChanged, ReassignmentChanged,
                  LeaderElected, IsrChanged, AclChanged, QuotaChanged, FeatureChanged>;

}  // namespace kafkascope::fact
