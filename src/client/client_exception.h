// An exception of Kafka's client as an application sees it: class, message, cause.
#pragma once
#include <string>
#include <string_view>

#include "protocol/errors.h"

namespace kafkascope::client {

struct ClientException {
  std::string class_name;
  std::string message;
  std::string cause;  // class of the exception inside; empty: none
  protocol::ErrorCode code =
      protocol::ErrorCode::NONE;  // NONE: no ApiException (KafkaException, IllegalStateException)

  bool is(std::string_view name) const { return class_name == name; }
  /// Kafka: RetriableException.
  bool retriable() const { return protocol::retriable(code); }
};

/// Errors.exception(): of this code, in this release. In 2.5 a producer with an old epoch is a fenced one
/// (INVALID_PRODUCER_EPOCH is its ProducerFencedException).
ClientException exception_of(protocol::ErrorCode code, bool by_2_5);
ClientException kafka_exception(std::string message, std::string cause = {});
ClientException illegal_state(std::string message);

}  // namespace kafkascope::client
