// Messages that are not Kafka's, for the lessons' contrasts: a classic message queue, and programs that call each other
// directly. Their API keys are above Kafka's.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "protocol/errors.h"
#include "protocol/records.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

/// One message of a queue, as a batch of one record.
struct QueueMessage {
  std::uint64_t id = 0;         // the message's number in the queue
  std::int32_t deliveries = 0;  // number of earlier deliveries
  BatchRef batch;
};

/// A producer sends a message to the queue; the response confirms that it is stored.
struct QueueSendRequest {
  QueueMessage message;
};
struct QueueSendResponse {
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(error)
};

/// A consumer subscribes to messages, one at a time.
struct QueueConsumeRequest {
  std::string consumer;
  KAFKASCOPE_FIELDS(consumer)
};
struct QueueConsumeResponse {
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(error)
};

/// The queue pushes a message to a consumer; the answer is the acknowledgement that removes it.
struct QueueDeliverRequest {
  QueueMessage message;
};
struct QueueDeliverResponse {
  std::uint64_t id = 0;
  KAFKASCOPE_FIELDS(id)
};

/// One program calls another and waits for the response.
struct ServiceCallRequest {
  std::int64_t number = 0;  // the caller's number for the call
  KAFKASCOPE_FIELDS(number)
};
struct ServiceCallResponse {
  std::int64_t number = 0;
  KAFKASCOPE_FIELDS(number)
};

}  // namespace kafkascope::protocol
