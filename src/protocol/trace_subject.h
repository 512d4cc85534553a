// The records that a trace line is about.
#pragma once
#include "protocol/ids.h"

namespace kafkascope::protocol {

struct RecordBatch;

/// The object to which a trace line refers while it is emitted; the ledger reads identities from it.
struct TraceSubject {
  const RecordBatch* batch = nullptr;
  /// The batch's position, for lines about records in a log (record.delivered, record.processed, log.*). -1: not in a
  /// log yet.
  Offset base_offset;
};

}  // namespace kafkascope::protocol
