#include "broker/metrics.h"

#include "protocol/kafka_messages.h"

#include <type_traits>
#include <variant>

namespace kafkascope::broker {

using protocol::ApiKey;
namespace api = protocol::api;
using protocol::ErrorCode;

bool is_failure(ErrorCode error) {
  switch (error) {
    case ErrorCode::NONE:
    case ErrorCode::MESSAGE_TOO_LARGE:
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::NOT_LEADER_OR_FOLLOWER:
    case ErrorCode::RECORD_LIST_TOO_LARGE:
    case ErrorCode::CORRUPT_MESSAGE:
    case ErrorCode::KAFKA_STORAGE_ERROR:
    case ErrorCode::INVALID_TOPIC_EXCEPTION: return false;
    default: return true;
  }
}

/// Kafka: ReplicaManager.appendToLocalLog, UnifiedLog.append. A duplicate counts like the original.
void BrokerMetrics::count_append(const protocol::RecordBatch& batch, ErrorCode error) {
  ++total_produce;
  if (error == ErrorCode::NONE) {
    messages_in += batch.last_offset_delta() + 1;
    bytes_in += batch.size_bytes;
  }
  if (error == ErrorCode::MESSAGE_TOO_LARGE) bytes_rejected += batch.size_bytes;
  if (is_failure(error)) ++failed_produce;
}

/// Acknowledgements are counted when received; Kafka counts them when they are stored
/// (ShareGroupMetrics.recordAcknowledgement). Gaps are not counted.
void BrokerMetrics::count_acknowledgements(const std::vector<protocol::AcknowledgementBatch>& batches) {
  for (const protocol::AcknowledgementBatch& b : batches)
    for (const protocol::AcknowledgeType type : b.types) {
      const std::int64_t records = b.types.size() == 1 ? b.last - b.first + 1 : 1;
      if (type == protocol::AcknowledgeType::Accept) accepted += records;
      if (type == protocol::AcknowledgeType::Release) released += records;
      if (type == protocol::AcknowledgeType::Reject) rejected += records;
    }
}

void BrokerMetrics::count_request(ApiKey api, bool from_follower, const RequestTimes& times, sim::Instant answered,
                                  sim::Duration throttled) {
  if (counts(api)) requests[row_of(api)].add(times, answered, throttled);
  if (api == api::Fetch) (from_follower ? fetch_follower : fetch_consumer).add(times, answered, throttled);
}

void BrokerMetrics::count_error(ApiKey api, ErrorCode error) {
  if (error == ErrorCode::NONE) {
    ++requests[row_of(api)].fine;
    return;
  }
  for (ErrorStat& e : errors) {
    if (e.api != api || e.error != error) continue;
    ++e.count;
    return;
  }
  errors.push_back({api, error, 1});
}

void BrokerMetrics::count_errors(ApiKey api, const protocol::Body& answer) {
  if (!counts(api)) return;
  if (const auto* left = protocol::get_if<protocol::LeaveGroupResponse>(&answer)) return count_leave(left->error);
  protocol::visit_kafka(
      [&](const auto& a) {
        // Each created topic and each deleted group has its own error; the top-level error belongs to the controller
        // channel.
        using T = std::decay_t<decltype(a)>;
        constexpr bool kOfDeletion = std::is_same_v<T, protocol::DeleteGroupsResponse>;
        if constexpr (requires { a.error; } && !kOfDeletion && !std::is_same_v<T, protocol::CreateTopicsResponse>)
          count_error(api, a.error);
        if constexpr (requires { a.partitions.front().error; })
          for (const auto& row : a.partitions) count_error(api, row.error);
        if constexpr (requires { a.groups.front().error; })  // ConsumerGroupDescribe and ShareGroupDescribe
          for (const auto& group : a.groups) count_error(api, group.error);
        if constexpr (kOfDeletion)
          for (const auto& row : a.results) count_error(api, row.error);
        const auto of_transactions = [&](const auto& rows) {
          for (const auto& row : rows) {
            if constexpr (requires { row.error; }) count_error(api, row.error);
            if constexpr (requires { row.partitions.front().error; })
              for (const auto& p : row.partitions) count_error(api, p.error);
          }
        };
        if constexpr (std::is_same_v<T, protocol::AddPartitionsToTxnResponse>) of_transactions(a.results);
        if constexpr (std::is_same_v<T, protocol::WriteTxnMarkersResponse>) of_transactions(a.markers);
        if constexpr (std::is_same_v<T, protocol::DescribeTransactionsResponse>) of_transactions(a.transactions);
        if constexpr (requires { a.topics.front().error; }) {
          for (const auto& topic : a.topics) {
            count_error(api, topic.error);
            if constexpr (requires { topic.partitions; })
              for (const auto& row : topic.partitions) count_error(api, row.error);
          }
        }
      },
      answer);
}

/// The response and its single member each have an error. A coordinator's error is in the response, which then has no
/// members; otherwise the member's error counts (GroupCoordinatorService.leaveGroup, LeaveGroupResponse.errorCounts).
void BrokerMetrics::count_leave(ErrorCode error) {
  const bool of_member =
      error == ErrorCode::NONE || error == ErrorCode::UNKNOWN_MEMBER_ID || error == ErrorCode::FENCED_INSTANCE_ID;
  count_error(api::LeaveGroup, of_member ? ErrorCode::NONE : error);
  if (of_member) count_error(api::LeaveGroup, error);
}

}  // namespace kafkascope::broker
