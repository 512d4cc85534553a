// The contents of a record in a log: its fields for display, bytes as text if they are text.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/cluster.h"
#include "protocol/records.h"
#include "ui/models.h"

namespace kafkascope::app {

/// The record at an offset of the leader's log.
struct RecordPlace {
  protocol::TopicPartition tp;
  const protocol::StoredBatch* batch = nullptr;
  std::optional<protocol::RecordView> record;  // nullopt: the log does not have it
};

RecordPlace place_at(protocol::TopicPartition tp, std::int64_t offset, const cluster::Cluster& cluster);
/// nullopt: there is no partition of that name.
std::optional<RecordPlace> place_at(const std::string& partition, std::int64_t offset, const cluster::Cluster& cluster);

/// Whether the value is null: with a key, a tombstone. (A value of which only the size is simulated is not.)
inline bool is_null(const protocol::RecordView& record) { return !record.value && record.filler == 0; }

/// `offset` is in `batch`. Keys, values and header values that are not printable UTF-8 are shown as hexadecimal bytes; those of a
/// coordinator's record by their fields. `place`: the log's partition.
std::vector<ui::RecordField> record_contents(const protocol::RecordView& record, const protocol::StoredBatch& batch,
                                             std::int64_t offset, protocol::TopicPartition place,
                                             const cluster::Cluster& cluster);

/// The arithmetic by which its producer's partitioner has chosen the record's partition from its key; nullopt: it has
/// not, or would choose another one now.
/// `least`: in fewer words, for a place where the key stands beside them.
std::optional<ui::RecordField> key_arithmetic(const protocol::RecordView& record, const protocol::RecordBatch& batch,
                                              protocol::TopicPartition place, const cluster::Cluster& cluster,
                                              bool least = false);

}  // namespace kafkascope::app
