// Whether a producer with this configuration is idempotent. Kafka:
// ProducerConfig.postProcessAndValidateIdempotenceConfigs.
#pragma once
#include <string>

namespace kafkascope::protocol {
class Config;
}

namespace kafkascope::client {

/// Idempotence is on by default, and off if acks or retries conflict with it.
bool idempotent(const protocol::Config& config);
/// The setting that turns off the default idempotence ("acks=1"); empty if none.
std::string idempotence_conflict(const protocol::Config& config);

}  // namespace kafkascope::client
