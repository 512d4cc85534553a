// What a classic message queue holds.
#pragma once
#include <cstdint>

#include "protocol/records.h"

namespace kafkascope::protocol {

/// One message of a queue, as a batch of one record.
struct QueueMessage {
  std::uint64_t id = 0;         // the message's number in the queue
  std::int32_t deliveries = 0;  // number of earlier deliveries
  BatchRef batch;
};

}  // namespace kafkascope::protocol
