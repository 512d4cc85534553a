// The counters behind one broker process's metrics. Like the process's MBeans they start at 0; values that can be
// derived from the state (UnderReplicatedPartitions ...) are not counted. Their names: observe/model/mbeans.h.
// docs/metrics.md says what each one means. Kafka: BrokerTopicMetrics, RequestMetrics, ReplicaManager,
// DelayedProduceMetrics, DelayedFetchMetrics, LogFlushStats.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <vector>

#include "protocol/errors.h"
#include "protocol/message.h"
#include "protocol/messages_admin.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_control.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_quorum.h"
#include "protocol/messages_share.h"
#include "protocol/messages_share_admin.h"
#include "protocol/messages_transaction.h"
#include "sim/time.h"

namespace kafkascope::broker {

/// The APIs that a broker answers, in the order of docs/metrics.md; each has RequestMetrics from the start.
/// (tests/broker/metrics_test.cpp checks that none is missing.)
// clang-format off
inline constexpr protocol::ApiKey kAnswered[] = {
    protocol::api::Produce,      protocol::api::Fetch,       protocol::api::ListOffsets,     protocol::api::OffsetForLeaderEpoch,
    protocol::api::Metadata,     protocol::api::OffsetCommit, protocol::api::OffsetFetch,    protocol::api::FindCoordinator,
    protocol::api::JoinGroup,    protocol::api::SyncGroup,   protocol::api::Heartbeat,       protocol::api::LeaveGroup,
    protocol::api::InitProducerId, protocol::api::CreateTopics, protocol::api::DeleteRecords, protocol::api::OffsetDelete,
    protocol::api::DeleteGroups, protocol::api::ConsumerGroupHeartbeat, protocol::api::ConsumerGroupDescribe,
    protocol::api::ShareGroupHeartbeat, protocol::api::ShareFetch, protocol::api::ShareAcknowledge, protocol::api::InitializeShareGroupState,
    protocol::api::ReadShareGroupState, protocol::api::WriteShareGroupState, protocol::api::DeleteShareGroupState,
    protocol::api::ShareGroupDescribe, protocol::api::ReadShareGroupStateSummary, protocol::api::DescribeShareGroupOffsets,
    protocol::api::AlterShareGroupOffsets, protocol::api::DeleteShareGroupOffsets, protocol::api::ApiVersions,
    protocol::api::AddPartitionsToTxn, protocol::api::AddOffsetsToTxn, protocol::api::EndTxn, protocol::api::WriteTxnMarkers,
    protocol::api::TxnOffsetCommit, protocol::api::DescribeProducers, protocol::api::DescribeTransactions, protocol::api::ListTransactions,
    // ZooKeeper mode only: under KRaft controllers handle these.
    protocol::api::LeaderAndIsr, protocol::api::StopReplica, protocol::api::UpdateMetadata, protocol::api::ControlledShutdown,
    protocol::api::DeleteTopics, protocol::api::CreatePartitions, protocol::api::IncrementalAlterConfigs, protocol::api::ElectLeaders,
    protocol::api::AlterPartitionReassignments, protocol::api::CreateAcls, protocol::api::DeleteAcls, protocol::api::AlterClientQuotas};
inline constexpr std::size_t kAnsweredUnderKRaft = 40;
static_assert(kAnswered[kAnsweredUnderKRaft] == protocol::api::LeaderAndIsr);
/// The row of the API; std::size(kAnswered) if a broker does not answer it.
constexpr std::size_t row_of(protocol::ApiKey api) {
  return static_cast<std::size_t>(std::find(std::begin(kAnswered), std::end(kAnswered), api) - std::begin(kAnswered));
}
// clang-format on
constexpr bool counts(protocol::ApiKey api) { return row_of(api) < std::size(kAnswered); }

/// The times at which a request was received, taken by a handler and finished by it. Kafka: RequestChannel.Request.
struct RequestTimes {
  sim::Instant received, taken, handled;
};

struct TimeStat {
  std::int64_t total_us = 0, longest_us = 0;
  void add(sim::Duration took) {
    total_us += took.us;
    longest_us = std::max(longest_us, took.us);
  }
};

/// The requests of one kind whose responses have been sent. Kafka: RequestMetrics,
/// RequestChannel.Request.updateRequestMetrics.
struct RequestStat {
  std::int64_t count = 0;
  std::int64_t fine = 0;  // number of responses, or rows of responses, without an error
  TimeStat total, queue, local, remote, throttle;
  void add(const RequestTimes& times, sim::Instant answered, sim::Duration throttled) {
    ++count;
    total.add(answered - times.received);
    queue.add(times.taken - times.received);
    local.add(times.handled - times.taken);
    remote.add(answered - times.handled);
    throttle.add(throttled);
  }
};

struct ErrorStat {
  protocol::ApiKey api = protocol::api::Produce;
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  std::int64_t count = 0;
};

/// Whether a refused append counts as a failure of the broker: errors that Kafka expects from clients do not
/// (ReplicaManager.appendToLocalLog).
bool is_failure(protocol::ErrorCode error);

struct BrokerMetrics {
  // ReplicaManager: the leader's own proposals, counted when they are answered.
  std::int64_t isr_shrinks = 0, isr_expands = 0, failed_isr_updates = 0;

  // BrokerTopicMetrics, over all topics.
  std::int64_t messages_in = 0, bytes_in = 0, bytes_out = 0, bytes_rejected = 0;
  std::int64_t total_produce = 0, failed_produce = 0, total_fetch = 0;  // counted per partition
  std::int64_t replication_bytes_in = 0, replication_bytes_out = 0, reassignment_bytes_in = 0,
               reassignment_bytes_out = 0;

  // Purgatories: operations that timed out.
  std::int64_t expired_produces = 0, expired_consumer_fetches = 0, expired_follower_fetches = 0,
               expired_delete_records = 0;

  std::int64_t log_flushes = 0;
  std::int64_t verification_failures = 0;  // AddPartitionsToTxnManager; counted per partition

  // Share groups: BrokerTopicMetrics count each topic of a request, ShareGroupMetrics each record or share partition.
  std::int64_t total_share_fetch = 0, failed_share_fetch = 0, total_share_acknowledgement = 0,
               failed_share_acknowledgement = 0;
  std::int64_t expired_share_fetches = 0;
  std::int64_t accepted = 0, released = 0, rejected = 0;

  // RequestMetrics, parallel to kAnswered. Each Fetch is counted twice: as a Fetch, and as a consumer's or a
  // follower's.
  std::array<RequestStat, std::size(kAnswered)> requests{};
  RequestStat fetch_consumer, fetch_follower;
  std::int64_t share_partition_loads = 0;
  TimeStat share_partition_load_time;
  std::vector<ErrorStat> errors;  // other than NONE, in order of first occurrence

  void count_append(const protocol::RecordBatch& batch, protocol::ErrorCode error);
  void count_acknowledgements(const std::vector<protocol::AcknowledgementBatch>& batches);
  void count_request(protocol::ApiKey api, bool from_follower, const RequestTimes& times, sim::Instant answered,
                     sim::Duration throttled);
  /// Kafka: AbstractResponse.errorCounts, RequestChannel.updateErrorMetrics.
  void count_errors(protocol::ApiKey api, const protocol::Body& answer);

 private:
  void count_error(protocol::ApiKey api, protocol::ErrorCode error);
  void count_leave(protocol::ErrorCode error);
};

}  // namespace kafkascope::broker
