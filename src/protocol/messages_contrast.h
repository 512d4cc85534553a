// Messages that are not Kafka's, for the lessons' contrasts: a classic message queue, and programs that call each other
// directly. Their API keys are above Kafka's.
#pragma once
#include <cstdint>
#include <string>

#include "protocol/errors.h"
#include "protocol/message_kind.h"
#include "protocol/queue_message.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

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

// clang-format off
#define KAFKASCOPE_CONTRAST_APIS(API, MORE) \
  API(QueueSend, 120, 33, QueueSendRequest, QueueSendResponse, 0, 0) \
  API(QueueConsume, 121, 34, QueueConsumeRequest, QueueConsumeResponse, 0, 0) \
  API(QueueDeliver, 122, 35, QueueDeliverRequest, QueueDeliverResponse, 0, 0) \
  API(ServiceCall, 123, 36, ServiceCallRequest, ServiceCallResponse, 0, 0)
KAFKASCOPE_CONTRAST_APIS(KAFKASCOPE_KINDS, KAFKASCOPE_MORE_KINDS)
// clang-format on

}  // namespace kafkascope::protocol
