// The contents of a record in a log: its fields for display, bytes as text if they are text.
#pragma once
#include <cstdint>
#include <vector>

#include "protocol/records.h"
#include "ui/models.h"

namespace kafkascope::app {

/// `offset` is in `batch`. Keys, values and header values that are not printable UTF-8 are shown as hexadecimal bytes.
std::vector<ui::RecordField> record_contents(const protocol::RecordView& record, const protocol::StoredBatch& batch,
                                             std::int64_t offset);

}  // namespace kafkascope::app
