// Whether a producer with this configuration is idempotent. Kafka: ProducerConfig.postProcessAndValidateIdempotenceConfigs.
#pragma once
#include <string>

namespace kafkascope::protocol {
class Config;
}

namespace kafkascope::client {

/// Idempotence is on by default, and off if acks or retries conflict with it.
bool idempotent(const protocol::Config& config);
/// The setting that switches off the idempotence that the producer would have by default ("acks=1"); empty: nothing does.
std::string idempotence_conflict(const protocol::Config& config);

}  // namespace kafkascope::client
