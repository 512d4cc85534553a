// The records of the coordinators' topics in readable form, for the dashboard and the state document.
#pragma once
#include <optional>
#include <string_view>

#include "coordinator/typed_record.h"

namespace kafkascope::coordinator {

/// Returns nullopt if the topic is not a coordinator's, or the record was not written by a coordinator. `topics`: gives
/// the names of the topics that the record mentions.
std::optional<ReadableRecord> readable(std::string_view topic, const protocol::RecordView& record,
                                       const protocol::MetadataImage& topics);

}  // namespace kafkascope::coordinator
