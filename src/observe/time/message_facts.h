// An observer's facts about one message: its kind, its partition, the amount that it carries, its error.
#pragma once
#include <cstdint>
#include <functional>

#include "observe/time/family.h"
#include "protocol/ids.h"
#include "sim/text.h"

namespace kafkascope::protocol {
struct Message;
}

namespace kafkascope::observe {

struct MessageFacts {
  /// The first partition in it that is shown.
  protocol::TopicPartition partition;
  std::int64_t number =
      -1;          // FetchRequest: its fetch offset in that partition; ZkNotification: the peer's epoch; else -1
  sim::Text text;  // an error's name if `refused`, else an operation in ZooKeeper's words
  std::int32_t records = 0;
  std::int32_t new_leader =
      -1;  // QuorumFetchResponse: the leader that its last change of that partition names; else -1
  Family family = Family::Metadata;
  bool refused = false;
};

/// `shown` says whether a partition is shown. A Fetch response has the family Consume, whoever sent the request.
MessageFacts facts_of(const protocol::Message& message, const std::function<bool(protocol::TopicPartition)>& shown);

}  // namespace kafkascope::observe
