// What a message is about, apart from partitions and offsets.
#pragma once
#include <functional>
#include <string>

#include "protocol/ids.h"
#include "words/message.h"

namespace kafkascope::protocol {
struct Message;
}

namespace kafkascope::observe {

/// In Kafka's own names, which are the same in each language: a group, a transactional id, topics, COMMIT or ABORT; empty: it says nothing
/// more than its kind.
std::string subject_of(const protocol::Message& message);

/// What a message without an error says beside its numbers: a Fetch response that it has no new records, a commit's response that there is
/// no error; empty: nothing. `shown` says whether a partition is shown.
words::Message carried_by(const protocol::Message& message, const std::function<bool(protocol::TopicPartition)>& shown);

}  // namespace kafkascope::observe
