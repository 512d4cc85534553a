// An exception of Kafka's client as the application sees it: class, message, cause.
#pragma once
#include <string>
#include <string_view>

#include "protocol/errors.h"

namespace kafkascope::client {

struct ClientException {
  std::string class_name;
  std::string message;
  std::string cause;  // class of the nested exception; empty if none
  /// NONE: not an ApiException (KafkaException, IllegalStateException).
  protocol::ErrorCode code = protocol::ErrorCode::NONE;

  bool is(std::string_view name) const { return class_name == name; }
  /// Kafka: RetriableException.
  bool retriable() const { return protocol::retriable(code); }
};

/// The exception of an error code in this release (Errors.exception()). In 2.5, INVALID_PRODUCER_EPOCH is the
/// ProducerFencedException.
ClientException exception_of(protocol::ErrorCode code, bool by_2_5);
/// The exception that a fenced producer gets.
ClientException fenced_exception(bool by_2_5);
ClientException kafka_exception(std::string message, std::string cause = {});
ClientException illegal_state(std::string message);

}  // namespace kafkascope::client
