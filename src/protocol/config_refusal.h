// In what words Kafka refuses a configuration value. Kafka: ConfigDef.parseType, ConfigDef's validators, AutoOffsetResetStrategy,
// ShareGroupAutoOffsetResetStrategy, ShareAcknowledgementMode, ThrottledReplicaListValidator.
#pragma once
#include <string>
#include <string_view>

#include "protocol/config.h"

namespace kafkascope::protocol {

/// Of a text that parse_config_value refuses: "Invalid value 0 for configuration num.io.threads: Value must be at least 1".
std::string config_refusal(const ConfigDefinition& definition, std::string_view text);

}  // namespace kafkascope::protocol
