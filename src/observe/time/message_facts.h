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
      -1;          // Fetch: offset there; Produce: first sequence; ZkNotification: the peer's epoch; otherwise -1
  sim::Text text;  // an error's name if `refused`, otherwise an operation in ZooKeeper's words
  std::int32_t records = 0;
  std::int32_t new_leader =
      -1;  // QuorumFetchResponse: the leader that its last change of that partition names; otherwise -1
  std::int32_t correlation_id = 0;  // the requester's number of the request, repeated by its response
  Family family = Family::Metadata;
  bool refused = false;
};

/// Further facts about a message's first shown partition, in a Fetch response the first one with batches; -1: none.
/// Only for messages in flight: less is kept of messages that have ended.
struct MessageContent {
  std::int64_t offset =
      -1;  // a Fetch request's fetch offset (also the quorum's), a response's first offset, the offset to commit
  std::int64_t producer_id = -1;  // Produce requests of an idempotent producer: this and the next two
  std::int32_t sequence = -1;     // the batch's first one
  std::int32_t producer_epoch = -1;
  std::int32_t leader_epoch = -1;  // as known to the sender; in a Fetch response, that of the first batch
  int partitions = 0;              // how many partitions it concerns
  std::int64_t bytes = -1;  // of the batches in a Fetch response, including the part of the next batch that fills it up
  std::int32_t records = -1;  // of these batches
};
MessageContent content_of(const protocol::Message& message, const std::function<bool(protocol::TopicPartition)>& shown);

/// `shown` says whether a partition is shown. A Fetch response has the family Consume, whoever sent the request.
MessageFacts facts_of(const protocol::Message& message, const std::function<bool(protocol::TopicPartition)>& shown);

}  // namespace kafkascope::observe
