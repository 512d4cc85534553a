// What a record in a log says: the fields a person reads, bytes as text where they are text.
#pragma once
#include <cstdint>
#include <vector>

#include "protocol/records.h"
#include "ui/models.h"

namespace kafkascope::app {

/// `offset` lies in `batch`. Key, value and header values that are no printable UTF-8 come as hexadecimal bytes.
std::vector<ui::RecordField> record_contents(const protocol::RecordView& record, const protocol::StoredBatch& batch,
                                             std::int64_t offset);

}  // namespace kafkascope::app
