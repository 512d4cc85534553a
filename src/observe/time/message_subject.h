// What a message is about, apart from partitions and offsets.
#pragma once
#include <string>

namespace kafkascope::protocol {
struct Message;
}

namespace kafkascope::observe {

/// In Kafka's own names, which are the same in each language: a group, a transactional id, topics, COMMIT or ABORT; empty: it says nothing
/// more than its kind.
std::string subject_of(const protocol::Message& message);

}  // namespace kafkascope::observe
