// What to do after an act that was refused, by Kafka or because it is impossible now.
#pragma once
#include <string>

#include "observe/words/bilingual.h"
#include "protocol/errors.h"
#include "words/message.h"

namespace kafkascope::app {

/// For an act that is impossible now; empty: the reason itself says what to do.
observe::Words advice_for(const words::Message& refused);
/// Why Kafka refused an act: its own message or else what the error means; then what to do.
observe::Words refusal_words(protocol::ErrorCode error, const observe::Words& message);

}  // namespace kafkascope::app
