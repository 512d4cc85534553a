// What to do after an act that was refused, by Kafka or because it is impossible now.
#pragma once
#include <string>

#include "observe/words/bilingual.h"
#include "protocol/errors.h"
#include "scenario/node.h"
#include "words/message.h"

namespace kafkascope::app {

/// For an act that is impossible now; empty: the reason itself says what to do.
observe::Words advice_for(const words::Message& refused);
/// Why Kafka refused an act: its own message or else what the error means; then what to do. The advice about partitions that are added to a
/// topic is another one than about those of a new topic.
observe::Words refusal_words(protocol::ErrorCode error, const observe::Words& message, bool adds_partitions);
/// The path of the field in the act's step that the error is about; empty: of none in particular, or none that the step has.
std::string refused_field(protocol::ErrorCode error, const scenario::Node& step);

}  // namespace kafkascope::app
