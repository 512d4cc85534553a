// Applies the committed metadata log to a broker's image and acts on the result as a whole: roles of replicas, deleted
// topics, configuration. Under ZooKeeper, requests fill the image instead (zookeeper_mode.h). Kafka: MetadataLoader,
// BrokerMetadataPublisher, DynamicBrokerConfig.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "broker/parts.h"
#include "broker/replica.h"
#include "protocol/compression.h"
#include "protocol/metadata_records.h"
#include "storage/log_options.h"

namespace kafkascope::broker {

struct TopicSettings {
  std::int32_t min_isr, max_message_bytes;
  bool log_append_time;
  std::optional<protocol::Compression> compression;
  storage::LogOptions log;
};

/// All of this state is lost when the process dies.
class MetadataPublisher {
 public:
  bool apply_committed(Ctx& ctx, BrokerServer& server);
  void publish(Ctx& ctx, BrokerServer& server);
  void on_caught_up(Ctx& ctx, BrokerServer& server);
  void load_topic_config(BrokerServer& server, Replica& replica);
  void load_live_config(Ctx& ctx, BrokerServer& server);
  void reload_changed_configs(Ctx& ctx, BrokerServer& server);

  bool first_publish_done = false;
  Offset applied;                                  // last applied offset of the metadata log; -1: none
  std::vector<TopicPartition> changed_partitions;  // partitions changed by the records applied since the last publish
  std::vector<TopicId> reconfigured;
  bool everything_reconfigured = false;

 private:
  void load_snapshot(BrokerServer& server, const MetadataImage& image);
  void note_record(Ctx& ctx, BrokerServer& server, Offset offset, LeaderEpoch epoch,
                   const protocol::MetadataRecord& record);
  void note_change(TopicPartition tp);
  void apply_change(Ctx& ctx, BrokerServer& server, TopicPartition tp);
  TopicSettings topic_settings(const BrokerServer& server, const protocol::Config& own) const;

  std::vector<TopicId> deleted_topics_;
  /// Settings of a topic without configuration of its own; cached during a publish.
  std::optional<TopicSettings> plain_topic_;
};

}  // namespace kafkascope::broker
