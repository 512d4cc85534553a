// Dynamic configuration: the checks before a change is written, and the immediate effects of a change. Kafka:
// ConfigurationControlManager, ControllerConfigurationValidator; KIP-339, KIP-966 (min.insync.replicas under ELR).
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/config.h"
#include "protocol/messages_admin.h"
#include "protocol/metadata_image.h"

namespace kafkascope::controller {

/// `asked`: in 2.5, the resource of the broker that receives the request, which checks a value for all brokers against
/// its own values.
protocol::IncrementalAlterConfigsResponse alter_configs(const protocol::MetadataImage& image,
                                                        const protocol::Config& config,
                                                        const protocol::IncrementalAlterConfigsRequest& request,
                                                        std::vector<protocol::MetadataRecord>& out,
                                                        const std::string& asked = "");

/// A 2.5 broker's objection to its resulting configuration: its own dynamic values override those of all brokers, which
/// override the (valid) values of its file. A broker that is notified of such values later keeps its previous ones.
/// "" if there is no objection. Kafka: KafkaConfig.validateValues.
std::string refused_together(const std::map<std::string, std::string>& of_all,
                             const std::map<std::string, std::string>& own);

}  // namespace kafkascope::controller
