// Facts of the classic queue and of programs that call each other, without Kafka.
#pragma once
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::fact {

using protocol::Trace;
using sim::Text;

/// node = the queue. The line refers to the message, like every fact about messages.
struct QueueStored {
  KAFKASCOPE_FACT(Trace::QueueStored, "queue.stored")
  std::int32_t depth;
  KAFKASCOPE_FIELDS(depth)
};
/// node = the consumer.
struct QueueDelivered {
  KAFKASCOPE_FACT(Trace::QueueDelivered, "queue.delivered")
  std::int32_t deliveries;  // 1: for the first time
  Text queue;
  KAFKASCOPE_FIELDS(deliveries, queue)
};
/// The consumer has processed the message and acknowledges it.
struct QueueProcessed {
  KAFKASCOPE_FACT(Trace::QueueProcessed, "queue.processed")
  Text queue;
  KAFKASCOPE_FIELDS(queue)
};
/// The message was not acknowledged in time: other consumers may get it.
struct QueueReturned {
  KAFKASCOPE_FACT(Trace::QueueReturned, "queue.returned")
  std::int32_t depth;
  Text consumer;
  KAFKASCOPE_FIELDS(depth, consumer)
};
struct CallMade {
  KAFKASCOPE_FACT(Trace::CallMade, "call.made")
  std::int64_t number;
  Text service;
  KAFKASCOPE_FIELDS(number, service)
};
struct CallAnswered {
  KAFKASCOPE_FACT(Trace::CallAnswered, "call.answered")
  std::int64_t number;
  sim::Duration latency_us;
  Text service;
  KAFKASCOPE_FIELDS(number, latency_us, service)
};
struct CallFailed {
  KAFKASCOPE_FACT(Trace::CallFailed, "call.failed")
  std::int64_t number;
  Text service;
  CallFailureReason reason;
  KAFKASCOPE_FIELDS(number, service, reason)
};

using FactsOfQueues =
    sim::FactList<QueueStored, QueueDelivered, QueueProcessed, QueueReturned, CallMade, CallAnswered, CallFailed>;

}  // namespace kafkascope::fact
