// The records that a trace line is about.
#pragma once
#include "protocol/ids.h"

namespace kafkascope::protocol {

struct RecordBatch;

/// What a trace line may point at while it is emitted; the ledger reads identities from it.
struct TraceSubject {
  const RecordBatch* batch = nullptr;
  /// Where the batch lies, for lines about records in a log (record.delivered, record.processed, log.*). -1: nowhere yet.
  Offset base_offset;
};

}  // namespace kafkascope::protocol
