// The settings of a quorum replica, and the names that the headers of its parts share.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/context.h"
#include "protocol/metadata_records.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"
#include "sim/ids.h"
#include "sim/time.h"

namespace kafkascope::protocol {
class Config;
}  // namespace kafkascope::protocol

namespace kafkascope::raft {

using protocol::BrokerId;
using protocol::kNoBroker;
using protocol::LeaderEpoch;
using protocol::MetadataEntry;
using protocol::MetadataRecord;
using protocol::Offset;
using protocol::SharedMetadataEntry;
using Ctx = protocol::Context;

struct Voter {
  BrokerId id = kNoBroker;
  sim::NodeId endpoint;
  friend bool operator==(const Voter&, const Voter&) = default;
};

/// The defaults are Kafka's (QuorumConfig).
struct QuorumOptions {
  BrokerId id = kNoBroker;
  bool voter = false;
  std::vector<Voter> voters;                // identical on every node
  std::int64_t election_timeout_ms = 1000;  // controller.quorum.election.timeout.ms; each wait is uniform in [1x, 2x)
  std::int64_t fetch_timeout_ms = 2000;     // controller.quorum.fetch.timeout.ms; check quorum uses 1.5x
  std::int64_t election_backoff_max_ms = 1000;  // controller.quorum.election.backoff.max.ms
  std::int64_t append_linger_ms = 25;           // controller.quorum.append.linger.ms
  std::int64_t request_timeout_ms = 2000;       // controller.quorum.request.timeout.ms
  std::int64_t retry_backoff_ms = 20;           // controller.quorum.retry.backoff.ms
  std::int32_t fetch_max_wait_ms = 500;         // KafkaRaftClient.MAX_FETCH_WAIT_MS
  bool pre_vote = true;                         // KIP-996
  std::int64_t snapshot_bytes = 20971520;       // metadata.log.max.record.bytes.between.snapshots
  std::int64_t snapshot_interval_ms = 3600000;  // metadata.log.max.snapshot.interval.ms
  std::int64_t retention_bytes = 104857600;     // metadata.max.retention.bytes; -1: no limit
  std::int64_t retention_ms = 604800000;        // metadata.max.retention.ms; -1: no limit
  /// Observers do not flush (appendAsFollower flushes on voters only); the operating system writes their records back
  /// after this time.
  sim::Duration write_back = sim::seconds(30);

  /// The settings of a node; the caller adds its id, its role and the voters.
  static QuorumOptions from(const protocol::Config& config);
};

inline bool is_majority(int count, std::size_t voters) { return count >= static_cast<int>(voters) / 2 + 1; }

}  // namespace kafkascope::raft
