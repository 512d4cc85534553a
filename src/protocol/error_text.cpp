#include "protocol/error_text.h"

namespace kafkascope::protocol {

std::string error_text(ErrorCode error, bool by_2_5) {
  const std::string stop = by_2_5 ? "" : ".";  // sentences end with a period in 4.1, without one in 2.5
  switch (error) {
    case ErrorCode::UNKNOWN_SERVER_ERROR:
      return "The server experienced an unexpected error when processing the request.";
    case ErrorCode::OFFSET_OUT_OF_RANGE:
      return "The requested offset is not within the range of offsets maintained by the server.";
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: return "This server does not host this topic-partition.";
    case ErrorCode::REQUEST_TIMED_OUT: return "The request timed out.";
    case ErrorCode::UNKNOWN_MEMBER_ID: return "The coordinator is not aware of this member.";
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED: return "Topic authorization failed.";
    case ErrorCode::GROUP_AUTHORIZATION_FAILED: return "Group authorization failed.";
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED: return "Cluster authorization failed.";
    case ErrorCode::POLICY_VIOLATION: return "Request parameters do not satisfy the configured policy.";
    case ErrorCode::INVALID_PRODUCER_EPOCH:
      return by_2_5
                 ? "Producer attempted an operation with an old epoch. Either there is a newer producer with the same "
                   "transactionalId, or the producer's transaction has been expired by the broker."
                 : "Producer attempted to produce with an old epoch.";
    case ErrorCode::INVALID_TXN_STATE: return "The producer attempted a transactional operation in an invalid state.";
    case ErrorCode::INVALID_PRODUCER_ID_MAPPING:
      return "The producer attempted to use a producer id which is not currently assigned to its transactional id.";
    case ErrorCode::INVALID_TRANSACTION_TIMEOUT:
      return "The transaction timeout is larger than the maximum value allowed by the broker (as configured by "
             "transaction.max.timeout.ms).";
    case ErrorCode::PRODUCER_FENCED:
      return "There is a newer producer with the same transactionalId which fences the current one.";
    case ErrorCode::TRANSACTION_ABORTABLE:
      return "The server encountered an error with the transaction. The client can abort the transaction to continue using "
             "this transactional ID.";
    case ErrorCode::NON_EMPTY_GROUP: return "The group is not empty.";
    case ErrorCode::GROUP_ID_NOT_FOUND: return "The group id does not exist.";
    case ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC:
      return "Deleting offsets of a topic is forbidden while the consumer group is actively subscribed to it.";
    case ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE: return "The preferred leader was not available" + stop;
    case ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE: return "Eligible topic partition leaders are not available" + stop;
    case ErrorCode::ELECTION_NOT_NEEDED: return "Leader election not needed for topic partition" + stop;
    case ErrorCode::NO_REASSIGNMENT_IN_PROGRESS: return "No partition reassignment is in progress.";
    case ErrorCode::STALE_MEMBER_EPOCH:
      return "The member epoch is stale. The member must retry after receiving its updated member epoch via the "
             "ConsumerGroupHeartbeat API.";
    default: return "";
  }
}

}  // namespace kafkascope::protocol
