// What Kafka's clients say of an error that comes without a message of its own (Errors.message).
#pragma once
#include <string>

#include "protocol/errors.h"

namespace kafkascope::protocol {

/// "" for those that no administrator is answered with.
std::string error_text(ErrorCode error, bool by_2_5 = false);

}  // namespace kafkascope::protocol
