// The group coordinator's configuration, read once. Kafka: GroupCoordinatorConfig.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace kafkascope::protocol {
class Config;
}  // namespace kafkascope::protocol

namespace kafkascope::coordinator {

struct GroupCoordinatorConfig {
  explicit GroupCoordinatorConfig(const protocol::Config& config);

  bool v4;  // false: 2.5: no linger, no pending-sync timer (KAFKA-12890), no skip_assignment (KIP-814)

  // Classic groups.
  std::int64_t initial_delay_ms;
  std::int64_t min_session_timeout_ms;
  std::int64_t max_session_timeout_ms;
  std::int64_t max_size;

  // Offsets.
  std::int64_t metadata_max_bytes;
  std::int64_t retention_ms;
  std::int64_t retention_check_ms;

  // Groups of the newer protocols.
  std::int64_t consumer_session_ms = 0, consumer_heartbeat_ms = 0, consumer_max_size = 0;
  std::vector<std::string> consumer_assignors;  // the first is the default
  bool upgrades = false, downgrades = false;    // group.consumer.migration.policy
  std::int64_t share_session_ms = 0, share_heartbeat_ms = 0, share_max_size = 0;
};

}  // namespace kafkascope::coordinator
