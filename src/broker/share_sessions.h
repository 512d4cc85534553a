// A broker's state for share groups: the share partitions it leads, its members' sessions, waiting requests.
// Kafka: SharePartitionManager, ShareSessionCache, DelayedShareFetch.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "broker/complete_watches.h"
#include "broker/share_partition.h"
#include "broker/share_persister.h"
#include "sim/ids.h"

namespace kafkascope::broker {

using coordinator::SharePartitionKey;
using protocol::TopicPartition;

struct ShareEntry {
  SharePartition partition;
  std::uint64_t incarnation = 0;
  protocol::LeaderEpoch leader_epoch;                      // the leader epoch in which the share partition was created;
                                                           // its writes are fenced by that epoch
  protocol::ErrorCode failed = protocol::ErrorCode::NONE;  // reading its state failed: waiting requests get the error,
                                                           // then it is dropped
  protocol::Offset told_start;                             // the start offset last emitted in the trace
  sim::TimerId lock_timer;
  sim::Instant created{0};
  std::int64_t lock_timeouts = 0;  // records whose lock expired (SharePartitionMetrics)
};

/// A member's session at one broker. Requests are numbered and name only changes. Kafka: ShareSession.
struct ShareSession {
  sim::ConnectionId connection;  // when it closes, the member's records are available again
  std::int32_t next_epoch = 1;
  std::string who;  // "client/member"
  std::vector<TopicPartition> partitions;
};

/// A ShareFetch or ShareAcknowledge. It is answered when its acknowledgements are stored and, for a fetch, when there
/// are records or it has timed out.
struct ShareRequest {
  std::uint64_t number = 0;
  sim::ConnectionId connection;
  std::string group, member, who;
  bool fetches = false;            // a ShareFetch that still waits for records
  bool acknowledges_only = false;  // a ShareAcknowledge request
  bool time_is_up = false;
  bool watched = false;  // the request is delayed and on the watch lists
  std::int32_t min_bytes = 1, max_bytes = 0, max_records = 0;
  std::vector<TopicPartition> partitions;  // in the order in which they are checked
  std::vector<TopicPartition> acquirable;  // partitions from which records could be acquired at the last check
  int awaited = 0;                         // acknowledgements being stored
  std::vector<protocol::ShareFetchPartitionResponse> rows;
  sim::TimerId timer;

  /// failed(): the number of partitions that cannot be read. failed(tp): whether `tp` is one of them.
  std::size_t failed() const {
    return static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [](const auto& r) { return r.error != protocol::ErrorCode::NONE; }));
  }
  bool failed(TopicPartition tp) const {
    return std::any_of(rows.begin(), rows.end(),
                       [tp](const auto& r) { return r.partition == tp && r.error != protocol::ErrorCode::NONE; });
  }
  protocol::ShareFetchPartitionResponse& row(TopicPartition tp) {
    for (auto& r : rows)
      if (r.partition == tp) return r;
    rows.emplace_back().partition = tp;
    return rows.back();
  }
};

struct ShareState {
  std::map<SharePartitionKey, ShareEntry> partitions;
  std::map<std::pair<std::string, std::string>, ShareSession> sessions;  // by group and member
  std::vector<ShareRequest> requests;                                    // in order of arrival
  SharePersister persister;
  std::vector<SharePersister::Done> done;  // to be handled at the end of this callback
  // By group and partition; an empty group means the partition's own key.
  CompleteWatchesBy<SharePartitionKey> complete_fetches{kPurgeInterval};
  bool news = false;  // the waiting requests must be checked
  std::uint64_t next_incarnation = 1, next_request = 1;
};

}  // namespace kafkascope::broker
