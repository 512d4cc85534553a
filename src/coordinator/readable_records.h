// The records of the coordinators' topics in readable form, for the dashboard and the state document.
#pragma once
#include <optional>
#include <string_view>

#include "coordinator/typed_record.h"

namespace kafkascope::coordinator {

/// nullopt: not a coordinator's topic, or not a record of a coordinator. `topics`: the names of the topics in the
/// record.
std::optional<ReadableRecord> readable(std::string_view topic, const protocol::RecordView& record,
                                       const protocol::MetadataImage& topics);

}  // namespace kafkascope::coordinator
