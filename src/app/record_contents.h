// The contents of a record in a log: its fields for display, bytes as text if they are text.
#pragma once
#include <cstdint>
#include <vector>

#include "cluster/cluster.h"
#include "protocol/records.h"
#include "ui/models.h"

namespace kafkascope::app {

/// `offset` is in `batch`. Keys, values and header values that are not printable UTF-8 are shown as hexadecimal bytes; those of a
/// coordinator's record by their fields. `place`: the log's partition.
std::vector<ui::RecordField> record_contents(const protocol::RecordView& record, const protocol::StoredBatch& batch,
                                             std::int64_t offset, protocol::TopicPartition place,
                                             const cluster::Cluster& cluster);

}  // namespace kafkascope::app
