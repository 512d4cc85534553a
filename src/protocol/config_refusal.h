// Kafka's error messages for invalid configuration values. Kafka: ConfigDef.parseType, ConfigDef's validators,
// AutoOffsetResetStrategy, ShareGroupAutoOffsetResetStrategy, ShareAcknowledgementMode, ThrottledReplicaListValidator.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/config.h"

namespace kafkascope::protocol {

/// The message for a text that parse_config_value rejects: "Invalid value 0 for configuration num.io.threads: Value
/// must be at least 1".
std::string config_refusal(const ConfigDefinition& definition, std::string_view text);

/// Whether log.cleaner.dedupe.buffer.size (bytes) gives each of log.cleaner.threads more than 1 MiB. Kafka:
/// KafkaConfig.validateValues.
constexpr bool is_enough_for_cleaners(std::int64_t dedupe_buffer_size, std::int64_t threads) {
  return threads >= 1 && dedupe_buffer_size / threads > 1024 * 1024;
}

}  // namespace kafkascope::protocol
