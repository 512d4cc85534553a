// The records of the coordinators' topics as a person reads them, for the dashboard and the state document.
#pragma once
#include <optional>
#include <string_view>

#include "coordinator/typed_record.h"

namespace kafkascope::coordinator {

/// Nothing: no coordinator's topic, or no record of a coordinator. `topics`: names for the topics that it is about.
std::optional<ReadableRecord> readable(std::string_view topic, const protocol::RecordView& record,
                                       const protocol::MetadataImage& topics);

}  // namespace kafkascope::coordinator
