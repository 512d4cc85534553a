// Dynamic configuration: what is checked before it is written down, and what a change leads to at once.
// Kafka: ConfigurationControlManager, ControllerConfigurationValidator; KIP-339, KIP-966 (min.insync.replicas under ELR).
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/config.h"
#include "protocol/messages_admin.h"
#include "protocol/metadata_image.h"

namespace kafkascope::controller {

/// `asked`: in 2.5 the resource of the broker that is asked, which judges a value for all brokers beside its own.
protocol::IncrementalAlterConfigsResponse alter_configs(const protocol::MetadataImage& image,
                                                        const protocol::Config& config,
                                                        const protocol::IncrementalAlterConfigsRequest& request,
                                                        std::vector<protocol::MetadataRecord>& out,
                                                        const std::string& asked = "");

/// What a broker of 2.5 says to the configuration that it would have: its own values over those of all brokers, over its file's, which are
/// fine. Who is told of such values later keeps what it had. Empty: nothing. Kafka: KafkaConfig.validateValues.
std::string refused_together(const std::map<std::string, std::string>& of_all,
                             const std::map<std::string, std::string>& own);

}  // namespace kafkascope::controller
