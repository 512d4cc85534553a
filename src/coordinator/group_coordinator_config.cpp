#include "coordinator/group_coordinator_config.h"

#include "protocol/config.h"

namespace kafkascope::coordinator {

GroupCoordinatorConfig::GroupCoordinatorConfig(const protocol::Config& config)
    : v4(config.version() == protocol::KafkaVersion::V4_1),
      initial_delay_ms(config.number("group.initial.rebalance.delay.ms")),
      min_session_timeout_ms(config.number("group.min.session.timeout.ms")),
      max_session_timeout_ms(config.number("group.max.session.timeout.ms")),
      max_size(config.number("group.max.size")),
      metadata_max_bytes(config.number("offset.metadata.max.bytes")),
      retention_ms(config.number("offsets.retention.minutes") * 60000),
      retention_check_ms(config.number("offsets.retention.check.interval.ms")) {
  if (!v4) return;
  consumer_session_ms = config.number("group.consumer.session.timeout.ms");
  consumer_heartbeat_ms = config.number("group.consumer.heartbeat.interval.ms");
  consumer_max_size = config.number("group.consumer.max.size");
  consumer_assignors = config.list("group.consumer.assignors");
  const std::string policy = config.text("group.consumer.migration.policy");
  upgrades = policy == "bidirectional" || policy == "upgrade";
  downgrades = policy == "bidirectional" || policy == "downgrade";
  share_session_ms = config.number("group.share.session.timeout.ms");
  share_heartbeat_ms = config.number("group.share.heartbeat.interval.ms");
  share_max_size = config.number("group.share.max.size");
}

}  // namespace kafkascope::coordinator
