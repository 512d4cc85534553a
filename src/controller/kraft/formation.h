// The metadata log of a cluster formed at time 0, as if the cluster had been running for a while.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocol/metadata_image.h"

namespace kafkascope::controller {

struct FormationBroker {
  protocol::BrokerId id = protocol::kNoBroker;
  protocol::Endpoint endpoint;
  std::string rack;
  std::int64_t incarnation_id = 0;
  std::int32_t dirs = 1;               // number of log directories
  std::vector<std::string> urls = {};  // its advertised.listeners, in the format of AdvertisedListeners
};

struct FormationTopic {
  std::string name;
  std::int32_t partitions = 1;
  std::int32_t replication_factor = 1;
  /// Replicas per partition, preferred leader first; partitions not listed are placed by Kafka's rules.
  std::map<std::int32_t, protocol::IdList> assignments;
  std::vector<std::pair<std::string, std::string>> configs;
};

struct FormationSpec {
  protocol::BrokerId leader = protocol::kFirstControllerId;
  protocol::LeaderEpoch epoch{1};
  protocol::IdList voters;
  std::vector<FormationBroker> brokers;
  std::vector<FormationTopic> topics;
  std::map<std::string, std::int16_t> features;  // override the levels of a new 4.1 cluster
  std::int64_t min_insync_replicas = 1;          // the servers' min.insync.replicas
  std::uint64_t seed = 1;
};

/// Feature levels of a new 4.1 cluster, overridden by `overrides`; level 0 means that the feature is not set.
std::map<std::string, std::int16_t> feature_levels(const std::map<std::string, std::int16_t>& overrides);
/// The records that the first active controller of an empty log writes: the feature levels, and with ELR the cluster's
/// min.insync.replicas. Kafka: BootstrapMetadata, ActivationRecordsGenerator.
std::vector<protocol::MetadataRecord> bootstrap_records(const std::map<std::string, std::int16_t>& overrides,
                                                        std::int64_t min_insync_replicas);

/// LeaderChange, bootstrap records, the brokers registered and unfenced, and the topics with full ISRs in leader epoch
/// 0. A broker's epoch is the offset of its record. Throws std::invalid_argument if a topic cannot be placed (scenario
/// files are checked beforehand).
std::vector<protocol::MetadataEntry> formation_log(const FormationSpec& spec);

/// The image after replaying the whole log.
protocol::MetadataImage replay(const std::vector<protocol::MetadataEntry>& log);

}  // namespace kafkascope::controller
