// Kafka's error codes (org.apache.kafka.common.protocol.Errors): number, name, and the client's reaction.
#pragma once
#include <cstdint>
#include <string_view>

namespace kafkascope::protocol {

// clang-format off
// X(name, code, retriable, refreshes metadata)
#define KAFKASCOPE_ERRORS(X) \
  X(UNKNOWN_SERVER_ERROR, -1, false, false) \
  X(NONE, 0, false, false) \
  X(OFFSET_OUT_OF_RANGE, 1, false, false) \
  X(CORRUPT_MESSAGE, 2, true, false) \
  X(UNKNOWN_TOPIC_OR_PARTITION, 3, true, true) \
  X(LEADER_NOT_AVAILABLE, 5, true, true) \
  X(NOT_LEADER_OR_FOLLOWER, 6, true, true) \
  X(REQUEST_TIMED_OUT, 7, true, false) \
  X(BROKER_NOT_AVAILABLE, 8, false, false) \
  X(REPLICA_NOT_AVAILABLE, 9, true, true) \
  X(MESSAGE_TOO_LARGE, 10, false, false) \
  X(STALE_CONTROLLER_EPOCH, 11, false, false) \
  X(OFFSET_METADATA_TOO_LARGE, 12, false, false) \
  X(NETWORK_EXCEPTION, 13, true, true) \
  X(COORDINATOR_LOAD_IN_PROGRESS, 14, true, false) \
  X(COORDINATOR_NOT_AVAILABLE, 15, true, false) \
  X(NOT_COORDINATOR, 16, true, false) \
  X(INVALID_TOPIC_EXCEPTION, 17, false, false) \
  X(RECORD_LIST_TOO_LARGE, 18, false, false) \
  X(NOT_ENOUGH_REPLICAS, 19, true, false) \
  X(NOT_ENOUGH_REPLICAS_AFTER_APPEND, 20, true, false) \
  X(INVALID_REQUIRED_ACKS, 21, false, false) \
  X(ILLEGAL_GENERATION, 22, false, false) \
  X(INCONSISTENT_GROUP_PROTOCOL, 23, false, false) \
  X(INVALID_GROUP_ID, 24, false, false) \
  X(UNKNOWN_MEMBER_ID, 25, false, false) \
  X(INVALID_SESSION_TIMEOUT, 26, false, false) \
  X(REBALANCE_IN_PROGRESS, 27, false, false) \
  X(INVALID_COMMIT_OFFSET_SIZE, 28, false, false) \
  X(TOPIC_AUTHORIZATION_FAILED, 29, false, false) \
  X(GROUP_AUTHORIZATION_FAILED, 30, false, false) \
  X(CLUSTER_AUTHORIZATION_FAILED, 31, false, false) \
  X(INVALID_TIMESTAMP, 32, false, false) \
  X(UNSUPPORTED_VERSION, 35, false, false) \
  X(TOPIC_ALREADY_EXISTS, 36, false, false) \
  X(INVALID_PARTITIONS, 37, false, false) \
  X(INVALID_REPLICATION_FACTOR, 38, false, false) \
  X(INVALID_REPLICA_ASSIGNMENT, 39, false, false) \
  X(INVALID_CONFIG, 40, false, false) \
  X(NOT_CONTROLLER, 41, true, false) \
  X(INVALID_REQUEST, 42, false, false) \
  X(POLICY_VIOLATION, 44, false, false) \
  X(OUT_OF_ORDER_SEQUENCE_NUMBER, 45, false, false) \
  X(DUPLICATE_SEQUENCE_NUMBER, 46, false, false) \
  X(INVALID_PRODUCER_EPOCH, 47, false, false) \
  X(INVALID_TXN_STATE, 48, false, false) \
  X(INVALID_PRODUCER_ID_MAPPING, 49, false, false) \
  X(INVALID_TRANSACTION_TIMEOUT, 50, false, false) \
  X(CONCURRENT_TRANSACTIONS, 51, true, false) \
  X(TRANSACTION_COORDINATOR_FENCED, 52, false, false) \
  X(TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 53, false, false) \
  X(SECURITY_DISABLED, 54, false, false) \
  X(OPERATION_NOT_ATTEMPTED, 55, false, false) \
  X(KAFKA_STORAGE_ERROR, 56, true, true) \
  X(UNKNOWN_PRODUCER_ID, 59, false, false) \
  X(REASSIGNMENT_IN_PROGRESS, 60, false, false) \
  X(NON_EMPTY_GROUP, 68, false, false) \
  X(GROUP_ID_NOT_FOUND, 69, false, false) \
  X(FETCH_SESSION_ID_NOT_FOUND, 70, true, false) \
  X(INVALID_FETCH_SESSION_EPOCH, 71, true, false) \
  X(TOPIC_DELETION_DISABLED, 73, false, false) \
  X(FENCED_LEADER_EPOCH, 74, true, true) \
  X(UNKNOWN_LEADER_EPOCH, 75, true, false) \
  X(STALE_BROKER_EPOCH, 77, false, false) \
  X(OFFSET_NOT_AVAILABLE, 78, true, false) \
  X(MEMBER_ID_REQUIRED, 79, false, false) \
  X(PREFERRED_LEADER_NOT_AVAILABLE, 80, true, true) \
  X(GROUP_MAX_SIZE_REACHED, 81, false, false) \
  X(FENCED_INSTANCE_ID, 82, false, false) \
  X(ELIGIBLE_LEADERS_NOT_AVAILABLE, 83, true, true) \
  X(ELECTION_NOT_NEEDED, 84, true, true) \
  X(NO_REASSIGNMENT_IN_PROGRESS, 85, false, false) \
  X(GROUP_SUBSCRIBED_TO_TOPIC, 86, false, false) \
  X(INVALID_RECORD, 87, false, false) \
  X(UNSTABLE_OFFSET_COMMIT, 88, true, false) \
  X(THROTTLING_QUOTA_EXCEEDED, 89, true, false) \
  X(PRODUCER_FENCED, 90, false, false) \
  X(INCONSISTENT_VOTER_SET, 94, false, false) \
  X(INVALID_UPDATE_VERSION, 95, false, false) \
  X(FEATURE_UPDATE_FAILED, 96, false, false) \
  X(SNAPSHOT_NOT_FOUND, 98, false, false) \
  X(POSITION_OUT_OF_RANGE, 99, false, false) \
  X(UNKNOWN_TOPIC_ID, 100, true, true) \
  X(DUPLICATE_BROKER_REGISTRATION, 101, false, false) \
  X(BROKER_ID_NOT_REGISTERED, 102, false, false) \
  X(INCONSISTENT_TOPIC_ID, 103, true, true) \
  X(INCONSISTENT_CLUSTER_ID, 104, false, false) \
  X(TRANSACTIONAL_ID_NOT_FOUND, 105, false, false) \
  X(INELIGIBLE_REPLICA, 107, false, false) \
  X(NEW_LEADER_ELECTED, 108, false, false) \
  X(FENCED_MEMBER_EPOCH, 110, false, false) \
  X(UNRELEASED_INSTANCE_ID, 111, false, false) \
  X(UNSUPPORTED_ASSIGNOR, 112, false, false) \
  X(STALE_MEMBER_EPOCH, 113, false, false) \
  X(TRANSACTION_ABORTABLE, 120, false, false) \
  X(INVALID_RECORD_STATE, 121, false, false) \
  X(SHARE_SESSION_NOT_FOUND, 122, true, false) \
  X(INVALID_SHARE_SESSION_EPOCH, 123, true, false) \
  X(FENCED_STATE_EPOCH, 124, false, false) \
  X(INVALID_REGULAR_EXPRESSION, 128, false, false) \
  X(SHARE_SESSION_LIMIT_REACHED, 133, true, false)
// clang-format on

enum class ErrorCode : std::int16_t {
#define KAFKASCOPE_ROW(name, code, retriable, refresh) name = code,
  KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
};

constexpr std::string_view name(ErrorCode e) {
  switch (e) {
#define KAFKASCOPE_ROW(n, code, retriable, refresh) \
  case ErrorCode::n: return #n;
    KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
  }
  return "?";
}
/// The client may try again (RetriableException).
constexpr bool retriable(ErrorCode e) {
  switch (e) {
#define KAFKASCOPE_ROW(n, code, retriable, refresh) \
  case ErrorCode::n: return retriable;
    KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
  }
  return false;
}
/// The client must refresh its metadata (InvalidMetadataException).
constexpr bool refreshes_metadata(ErrorCode e) {
  switch (e) {
#define KAFKASCOPE_ROW(n, code, retriable, refresh) \
  case ErrorCode::n: return refresh;
    KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
  }
  return false;
}

}  // namespace kafkascope::protocol
