// Whether a producer with this configuration is idempotent. Kafka:
// ProducerConfig.postProcessAndValidateIdempotenceConfigs.
#pragma once
#include <string>

namespace kafkascope::protocol {
class Config;
}

namespace kafkascope::client {

/// acks as the producer runs with it: without one of its own, a 2.5 producer with idempotence or transactions gets all, although the default
/// there is 1. Kafka: ProducerConfig.maybeOverrideAcksAndRetries.
std::string acks_in_effect(const protocol::Config& config);
/// Idempotence is on by default, and off if acks or retries conflict with it; a transactional producer is always idempotent.
bool idempotent(const protocol::Config& config);
/// The setting that turns off the default idempotence ("acks=1"); empty if none.
std::string idempotence_conflict(const protocol::Config& config);

}  // namespace kafkascope::client
