// Kafka's znodes: their paths and their JSON content. Kafka: ZkData (2.5).
//
// Two fields are not in Kafka 2.5. A topic's `topic_id` (which KIP-516 adds to this znode) is needed because the
// simulator's messages carry a number where 2.5 has the name. A broker's `node` is needed because the simulator has no
// name service: it is the node of `host` in the world.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/endpoint.h"
#include "protocol/ids.h"

namespace kafkascope::controller::znode {

using protocol::BrokerId;
using protocol::IdList;
using protocol::LeaderEpoch;
using protocol::TopicId;

inline const std::string kController = "/controller", kControllerEpoch = "/controller_epoch",
                         kBrokerIds = "/brokers/ids", kTopics = "/brokers/topics",
                         kIsrChanges = "/isr_change_notification", kDirEvents = "/log_dir_event_notification",
                         kDeleteTopics = "/admin/delete_topics",
                         kPreferredElection = "/admin/preferred_replica_election",
                         kReassign = "/admin/reassign_partitions", kConfigTopics = "/config/topics",
                         kConfigBrokers = "/config/brokers", kConfigUsers = "/config/users",
                         kConfigClients = "/config/clients", kConfigChanges = "/config/changes",
                         kProducerIds = "/latest_producer_id_block", kClusterId = "/cluster/id";

std::string broker(BrokerId id);
std::string topic(std::string_view name);
std::string partitions(std::string_view topic);
std::string partition(std::string_view topic, std::int32_t partition);
std::string state(std::string_view topic, std::int32_t partition);
std::string delete_topic(std::string_view name);
/// The configuration znode's path for "topic:orders", "broker:1", "broker:" (all brokers, <default>), as ConfigRecord
/// names them, and for "user:kim", "client-id:<default>", as ClientQuotaRecord does.
std::string config(std::string_view resource);
/// The inverse of config(); "" if the path is not a configuration znode.
std::string config_resource(std::string_view path);
inline const std::string kIsrChangePrefix = kIsrChanges + "/isr_change_",
                         kConfigChangePrefix = kConfigChanges + "/config_change_",
                         kDirEventPrefix = kDirEvents + "/log_dir_event_";
inline const std::string kClusterIdData = R"({"version":"1","id":"kafkascope"})";
/// The part after the last slash.
std::string_view leaf(std::string_view path);

/// All paths that exist before the first broker starts. Kafka: ZkData.PersistentZkPaths.
std::vector<std::string> persistent_paths();

struct BrokerInfo {
  std::string host;
  std::int32_t node = -1;
  std::string rack;
  /// In the format of AdvertisedListeners; empty for PLAINTEXT at the broker's own name.
  std::vector<std::string> urls = {};
  protocol::Endpoint endpoint() const;
};
std::string encode(const BrokerInfo& broker, std::int64_t timestamp_ms);
std::optional<BrokerInfo> decode_broker(std::string_view data);

/// Content of /controller.
std::string encode_controller(BrokerId id, std::int64_t timestamp_ms);
BrokerId decode_controller(std::string_view data);

struct Assignment {
  IdList replicas, adding, removing;
  friend bool operator==(const Assignment&, const Assignment&) = default;
};
struct TopicAssignment {
  TopicId id = protocol::kNoTopic;
  std::map<std::int32_t, Assignment> partitions;
};
std::string encode(const TopicAssignment& topic);
std::optional<TopicAssignment> decode_topic(std::string_view data);

/// Content of /brokers/topics/T/partitions/P/state; version: the znode's.
struct LeaderAndIsr {
  BrokerId leader = protocol::kNoBroker;
  LeaderEpoch leader_epoch{0};
  IdList isr;
  std::int32_t controller_epoch = 0;
  std::int32_t version = 0;
  friend bool operator==(const LeaderAndIsr&, const LeaderAndIsr&) = default;
};
std::string encode(const LeaderAndIsr& state);
std::optional<LeaderAndIsr> decode_state(std::string_view data, std::int32_t version);

using Configs = std::map<std::string, std::string>;
std::string encode(const Configs& config);
Configs decode_config(std::string_view data);
/// Content of /config/changes/config_change_N: the resource that changed.
std::string encode_config_change(std::string_view resource);
std::string decode_config_change(std::string_view data);

using NamedPartitions = std::vector<std::pair<std::string, std::int32_t>>;
/// Content of an ISR notification, and of /admin/preferred_replica_election.
std::string encode(const NamedPartitions& partitions);
NamedPartitions decode_partitions(std::string_view data);

/// Content of /admin/reassign_partitions.
using Reassignments = std::vector<std::pair<std::pair<std::string, std::int32_t>, IdList>>;
std::string encode(const Reassignments& reassignments);
Reassignments decode_reassignments(std::string_view data);

/// Content of /log_dir_event_notification/log_dir_event_N.
std::string encode_dir_event(BrokerId broker);
BrokerId decode_dir_event(std::string_view data);

/// Content of /latest_producer_id_block: the broker that took the block, and the block's first and last id.
struct ProducerIdBlock {
  BrokerId broker = protocol::kNoBroker;
  std::int64_t start = 0, end = -1;
};
std::string encode(const ProducerIdBlock& block);
ProducerIdBlock decode_producer_ids(std::string_view data);

}  // namespace kafkascope::controller::znode
