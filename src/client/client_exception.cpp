#include "client/client_exception.h"

#include <utility>

#include "client/stats.h"
#include "protocol/error_text.h"

namespace kafkascope::client {

using protocol::ErrorCode;

ClientException exception_of(ErrorCode code, bool by_2_5) {
  const bool fenced = by_2_5 && code == ErrorCode::INVALID_PRODUCER_EPOCH;
  return {fenced ? "ProducerFencedException" : exception_name(code), protocol::error_text(code, by_2_5), {}, code};
}
ClientException kafka_exception(std::string message, std::string cause) {
  return {"KafkaException", std::move(message), std::move(cause), ErrorCode::NONE};
}
ClientException illegal_state(std::string message) {
  return {"IllegalStateException", std::move(message), {}, ErrorCode::NONE};
}

}  // namespace kafkascope::client
