// Delayed requests: produces that wait for the high watermark, fetches that wait for enough bytes. Each has a slot and
// is watched from the replicas that it concerns. Kafka: DelayedOperationPurgatory, DelayedProduce, DelayedFetch.
#pragma once
#include <cstdint>
#include <vector>

#include "broker/metrics.h"
#include "coordinator/request_handle.h"
#include "protocol/message.h"
#include "sim/ids.h"

namespace kafkascope::broker {

using coordinator::CoordinatorType;

/// acks=all: answered when every partition has reached its offset or has failed, or at the timeout.
struct DelayedProduce {
  struct Item {
    std::int32_t replica = -1;  // index; -1 if it failed before the append
    protocol::Offset required;  // the high watermark to wait for
    bool pending = false;
    protocol::PartitionProduceResponse answer;
  };
  bool used = false;
  std::uint32_t generation = 0;
  sim::ConnectionId connection;  // invalid: an append of this broker's coordinator
  CoordinatorType coordinator = CoordinatorType::None;
  std::uint64_t token = 0;  // the coordinator's identifier of the append
  sim::TimerId timer;
  std::vector<Item> items;
  std::int32_t waiting = 0;
  bool watched = false;  // the request is delayed and on the watch lists
  std::int16_t acks = 0;
  // Set for a client's request. It is needed after the appends, when the client may have disconnected.
  sim::NodeId client;
  RequestTimes times;
  std::int32_t timeout_ms = 0;
};

struct DelayedFetch {
  bool used = false;
  std::uint32_t generation = 0;
  sim::ConnectionId connection;
  sim::TimerId timer;
  protocol::FetchRequest request;      // the broker's size limits have been applied
  std::vector<std::int32_t> replicas;  // parallel to request.partitions
  bool of_session = false;             // the partitions are the session's, not those in the request
  bool watched = false;                // the request is delayed and on the watch lists
  bool overdue = false;                // the fetch has timed out but waits for a partition's lock (ZooKeeper)
  /// Parallel to request.partitions, if more than one byte is wanted: base offset of the segment read at the start.
  std::vector<protocol::Offset> segments;
};

/// One entry of a replica's waiting fetches, stored separately so that the fetches affected by a change are found
/// quickly.
struct WaitingFetch {
  std::uint32_t slot = 0;
  protocol::BrokerId follower = protocol::kNoBroker;  // the follower's id; kNoBroker for a consumer
};

/// Answered when the live followers have also raised their log start offsets. Few wait at a time, so the search is
/// linear. Kafka: DelayedDeleteRecords.
struct DelayedDeleteRecords {
  struct Item {
    std::int32_t replica = -1;
    protocol::Offset required;
    bool pending = false;
  };
  std::uint64_t number = 0;
  sim::ConnectionId connection;
  sim::TimerId timer;
  std::vector<Item> items;  // parallel to answer.partitions
  protocol::DeleteRecordsResponse answer;
};

/// Slots keep their vectors when freed, so a busy broker does not allocate. The lowest free slot is the last one freed.
template <class Operation>
class Purgatory {
 public:
  std::uint32_t take() {
    std::uint32_t slot;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    slots_[slot].used = true;
    ++slots_[slot].generation;
    ++size_;
    return slot;
  }
  void release(std::uint32_t slot) {
    slots_[slot].used = false;
    free_.push_back(slot);
    --size_;
  }
  Operation& operator[](std::uint32_t slot) { return slots_[slot]; }
  const std::vector<Operation>& slots() const { return slots_; }
  int size() const { return size_; }
  void clear() {
    slots_.clear();
    free_.clear();
    size_ = 0;
  }

 private:
  std::vector<Operation> slots_;
  std::vector<std::uint32_t> free_;
  int size_ = 0;
};

}  // namespace kafkascope::broker
