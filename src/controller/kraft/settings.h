// Settings that decide elections, resolved in the controller's order: the topic's own value, the cluster's dynamic
// default ("broker:"), the server's file. Kafka: ConfigurationControlManager.getTopicConfig, FeatureControlManager.
#pragma once
#include "protocol/config.h"
#include "protocol/metadata_image.h"

namespace kafkascope::controller {

/// min.insync.replicas.
int min_insync_replicas(const protocol::MetadataImage& image, const protocol::Config& config,
                        const protocol::TopicImage& topic);
/// min.insync.replicas, but at most the topic's replication factor (ReplicationControlManager.getTopicEffectiveMinIsr).
int effective_min_isr(const protocol::MetadataImage& image, const protocol::Config& config,
                      const protocol::TopicImage& topic);
/// unclean.leader.election.enable.
bool unclean_election_enabled(const protocol::MetadataImage& image, const protocol::Config& config,
                              const protocol::TopicImage& topic);
/// Whether refusals use the texts of 2.5.
inline bool by_2_5(const protocol::Config& config) { return config.version() == protocol::KafkaVersion::V2_5; }
/// eligible.leader.replicas.version >= 1 (KIP-966).
bool elr_enabled(const protocol::MetadataImage& image);

}  // namespace kafkascope::controller
