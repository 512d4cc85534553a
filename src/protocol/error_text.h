// The message of Kafka's clients for an error that comes without its own message (Errors.message).
#pragma once
#include <string>

#include "protocol/errors.h"

namespace kafkascope::protocol {

/// "" for errors that are never returned to administrators.
std::string error_text(ErrorCode error, bool by_2_5 = false);

}  // namespace kafkascope::protocol
