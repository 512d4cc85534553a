// The parts of CoordinatorRuntime that do not depend on a shard.
#include "coordinator/coordinator_runtime.h"

#include "protocol/messages_admin.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_share_admin.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

bool can_transition(CoordinatorState from, CoordinatorState to) {
  switch (to) {
    case CoordinatorState::Initial: return false;
    case CoordinatorState::Loading: return from == CoordinatorState::Initial || from == CoordinatorState::Failed;
    case CoordinatorState::Active: return from == CoordinatorState::Active || from == CoordinatorState::Loading;
    case CoordinatorState::Closed: return true;
    case CoordinatorState::Failed: return from == CoordinatorState::Loading || from == CoordinatorState::Active;
  }
  return false;
}

// Kafka: GroupMetadataManager.appendGroupMetadataErrorToResponseError,
// CoordinatorOperationExceptionHelper.handleOperationException.
ErrorCode append_error_to_response_error(ErrorCode error) {
  switch (error) {
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::NOT_ENOUGH_REPLICAS:
    case ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode::REQUEST_TIMED_OUT: return ErrorCode::COORDINATOR_NOT_AVAILABLE;
    case ErrorCode::NOT_LEADER_OR_FOLLOWER:
    case ErrorCode::FENCED_LEADER_EPOCH:
    case ErrorCode::KAFKA_STORAGE_ERROR: return ErrorCode::NOT_COORDINATOR;
    case ErrorCode::MESSAGE_TOO_LARGE:
    case ErrorCode::RECORD_LIST_TOO_LARGE: return ErrorCode::UNKNOWN_SERVER_ERROR;
    default: return error;
  }
}

protocol::Body with_error(protocol::Body body, ErrorCode error) {
  if (auto* commit = protocol::get_if<protocol::OffsetCommitResponse>(&body)) {
    for (auto& p : commit->partitions) p.error = error;
  } else if (auto* in_transaction = protocol::get_if<protocol::TxnOffsetCommitResponse>(&body)) {
    for (auto& p : in_transaction->partitions) p.error = error;
  } else if (auto* deletion = protocol::get_if<protocol::DeleteGroupsResponse>(&body)) {
    for (auto& g : deletion->results) g.error = error;
  } else if (auto* groups = protocol::get_if<protocol::ConsumerGroupDescribeResponse>(&body)) {
    for (auto& g : groups->groups) g.error = error;
  } else if (auto* share_groups = protocol::get_if<protocol::ShareGroupDescribeResponse>(&body)) {
    for (auto& g : share_groups->groups) g.error = error;
  } else if (ErrorCode* own = protocol::error_of(body)) {
    *own = error;
  }
  return body;
}

void reply(Host& host, Answer answer, ErrorCode append_error) {
  const ErrorCode error = append_error_to_response_error(append_error);
  host.reply(answer.request,
             error == ErrorCode::NONE ? std::move(answer.body) : with_error(std::move(answer.body), error));
}

}  // namespace kafkascope::coordinator
