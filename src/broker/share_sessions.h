// What a broker keeps for share groups: the share partitions it leads, its members' sessions, requests that wait.
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
  protocol::LeaderEpoch leader_epoch;                      // with which it began; what it stores is fenced by it
  protocol::ErrorCode failed = protocol::ErrorCode::NONE;  // reading its state: who waits is told, then it is dropped
  protocol::Offset told_start;                             // by the trace
  sim::TimerId lock_timer;
  sim::Instant created{0};
  std::int64_t lock_timeouts = 0;  // records whose lock was over (SharePartitionMetrics)
};

/// A member's at one broker. Requests are numbered, and name only what is new. Kafka: ShareSession.
struct ShareSession {
  sim::ConnectionId connection;  // when it closes, what the member holds is free again
  std::int32_t next_epoch = 1;
  std::string who;  // client/member
  std::vector<TopicPartition> partitions;
};

/// A ShareFetch or ShareAcknowledge: answered when what it acknowledges is stored and, a fetch, when there are records or its time is up.
struct ShareRequest {
  std::uint64_t number = 0;
  sim::ConnectionId connection;
  std::string group, member, who;
  bool fetches = false;            // records are still looked for
  bool acknowledges_only = false;  // ShareAcknowledge
  bool time_is_up = false;
  bool watched = false;  // it has waited
  std::int32_t min_bytes = 1, max_bytes = 0, max_records = 0;
  std::vector<TopicPartition> partitions;  // in the order in which they are looked at
  std::vector<TopicPartition> acquirable;  // those from which records could be locked when it was last looked at
  int awaited = 0;                         // acknowledgements that are being stored
  std::vector<protocol::ShareFetchPartitionResponse> rows;
  sim::TimerId timer;

  /// How many of its partitions cannot be read; is this one of them?
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
  std::vector<ShareRequest> requests;                                    // in the order in which they came
  SharePersister persister;
  std::vector<SharePersister::Done> done;  // to be acted on at the end of this callback
  // By group and partition, and without a group for the partition's own key.
  CompleteWatchesBy<SharePartitionKey> complete_fetches{kPurgeInterval};
  bool news = false;  // those who wait are to be looked at
  std::uint64_t next_incarnation = 1, next_request = 1;
};

}  // namespace kafkascope::broker
