// Dynamic configuration: what is checked before it is written down, and what a change leads to at once.
// Kafka: ConfigurationControlManager, ControllerConfigurationValidator; KIP-339, KIP-966 (min.insync.replicas under ELR).
#pragma once
#include <vector>

#include "protocol/config.h"
#include "protocol/messages_admin.h"
#include "protocol/metadata_image.h"

namespace kafkascope::controller {

protocol::IncrementalAlterConfigsResponse alter_configs(const protocol::MetadataImage& image,
                                                        const protocol::Config& config,
                                                        const protocol::IncrementalAlterConfigsRequest& request,
                                                        std::vector<protocol::MetadataRecord>& out);

}  // namespace kafkascope::controller
