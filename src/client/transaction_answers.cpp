// The responses to a transactional producer's requests. Kafka: the handlers of TransactionManager (handleResponse).
// Errors are those of 4.1; `old` marks the differences in 2.5.
#include <fmt/format.h>

#include <set>
#include <utility>

#include "client/transaction_manager.h"
#include "protocol/endpoint.h"
#include "protocol/error_text.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::TopicPartition;

namespace {

/// The shorter backoff of AddPartitionsToTxn while the previous transaction is still ending.
constexpr sim::Duration kAddPartitionsBackoff = sim::milliseconds(20);

ClientException unexpected(std::string_view where, ErrorCode error, bool old) {
  return kafka_exception(fmt::format("{}{}", where, protocol::error_text(error, old)));
}
ClientException group_refused(const std::string& group) {
  ClientException e = exception_of(ErrorCode::GROUP_AUTHORIZATION_FAILED, false);
  e.message = "Not authorized to access group: " + group;
  return e;
}

}  // namespace

void TransactionManager::on_answer(TxnRequest request, const protocol::Body& body, sim::NodeId reader) {
  switch (request.kind) {
    case Kind::FindCoordinator:
      return on_found(request, protocol::get<protocol::FindCoordinatorResponse>(body), reader);
    case Kind::InitProducerId: return on_init(request, protocol::get<protocol::InitProducerIdResponse>(body));
    case Kind::AddPartitions: return on_added(request, protocol::get<protocol::AddPartitionsToTxnResponse>(body));
    case Kind::AddOffsets: return on_offsets_added(request, protocol::get<protocol::AddOffsetsToTxnResponse>(body));
    case Kind::TxnOffsetCommit:
      return on_offsets_committed(request, protocol::get<protocol::TxnOffsetCommitResponse>(body));
    case Kind::EndTxn: return on_ended(request, protocol::get<protocol::EndTxnResponse>(body));
  }
}

bool TransactionManager::coordinator_moved(const TxnRequest& request, ErrorCode error) {
  if (error != ErrorCode::NOT_COORDINATOR && error != ErrorCode::COORDINATOR_NOT_AVAILABLE) return false;
  look_up(request);
  return true;
}

/// Whether the same request is sent again. 2.5 lists the errors; later releases use RetriableException.
bool TransactionManager::again(ErrorCode error) const {
  if (!options().old) return protocol::retriable(error);
  return error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS || error == ErrorCode::CONCURRENT_TRANSACTIONS;
}

/// Handles the errors that are fatal after any request. Returns false for other errors.
bool TransactionManager::refused_fatally(const TxnRequest& request, ErrorCode error) {
  if (error == ErrorCode::INVALID_PRODUCER_EPOCH || (error == ErrorCode::PRODUCER_FENCED && !options().old)) {
    fatal(request, fenced_exception(options().old));
    return true;
  }
  if (error != ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED && error != ErrorCode::INVALID_TXN_STATE &&
      (error != ErrorCode::INVALID_PRODUCER_ID_MAPPING || options().old))
    return false;
  fatal(request, exception_of(error, options().old));
  return true;
}

void TransactionManager::on_found(TxnRequest& request, const protocol::FindCoordinatorResponse& r, sim::NodeId reader) {
  const auto& asked = protocol::get<protocol::FindCoordinatorRequest>(request.body);
  const bool group = asked.key_type == 0;
  if (r.error == ErrorCode::NONE) {
    (group ? group_coordinator_ : coordinator_) = ClientNode{r.node_id, protocol::located(r.endpoint, reader)};
  } else if (options().old ? r.error == ErrorCode::COORDINATOR_NOT_AVAILABLE : protocol::retriable(r.error)) {
    retry(std::move(request));
  } else if (r.error == ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
    fatal(request, exception_of(r.error, options().old));
  } else if (r.error == ErrorCode::GROUP_AUTHORIZATION_FAILED) {
    abortable(request, group_refused(asked.key));
  } else if (r.error == ErrorCode::TRANSACTION_ABORTABLE && !options().old) {
    abortable(request, exception_of(r.error, false));
  } else {
    fatal(request, kafka_exception(fmt::format(
                       "Could not find a coordinator with type {} with key {} due to unexpected error: {}",
                       group ? "GROUP" : "TRANSACTION", asked.key, protocol::error_text(r.error, options().old))));
  }
}

void TransactionManager::on_init(TxnRequest& request, const protocol::InitProducerIdResponse& r) {
  if (r.error == ErrorCode::NONE) {
    set_producer({r.producer_id, r.producer_epoch});
    sender_goes(State::Ready);
    if (request.priority == TxnRequest::Priority::EpochBump) reset_sequences();
    results_.done(request.result);
  } else if (coordinator_moved(request, r.error) || again(r.error)) {
    retry(std::move(request));
  } else if (r.error == ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
             r.error == ErrorCode::CLUSTER_AUTHORIZATION_FAILED) {
    options().old ? fatal(request, exception_of(r.error, true)) : abortable(request, exception_of(r.error, false));
  } else if (!options().old &&
             (r.error == ErrorCode::INVALID_PRODUCER_EPOCH || r.error == ErrorCode::PRODUCER_FENCED)) {
    fatal(request, fenced_exception(options().old));
  } else if (!options().old && r.error == ErrorCode::TRANSACTION_ABORTABLE) {
    abortable(request, exception_of(r.error, false));
  } else {
    fatal(request, unexpected("Unexpected error in InitProducerIdResponse; ", r.error, options().old));
  }
}

void TransactionManager::on_added(TxnRequest& request, const protocol::AddPartitionsToTxnResponse& r) {
  request.backoff = options().retry_backoff;
  bool failed = false;
  std::set<protocol::TopicId> unauthorized;
  std::vector<TopicPartition> named;
  std::string errors;
  request.backoff = options().retry_backoff;
  for (const protocol::AddPartitionsToTxnResult& result : r.results)
    for (const auto& [p, error] : result.partitions) {
      named.push_back(p);
      errors += fmt::format("{}{}-{}={}", errors.empty() ? "" : ", ", p.topic, p.partition, protocol::name(error));
      if (error == ErrorCode::NONE) continue;
      if (coordinator_moved(request, error) || again(error) ||
          (options().old && error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)) {
        if (error == ErrorCode::CONCURRENT_TRANSACTIONS && partitions().empty())
          request.backoff = kAddPartitionsBackoff;
        return retry(std::move(request));
      }
      if (error == ErrorCode::INVALID_TXN_STATE && options().old)
        return fatal(request, kafka_exception(exception_of(error, true).message, "InvalidTxnStateException"));
      if (refused_fatally(request, error)) return;
      if (error == ErrorCode::UNKNOWN_PRODUCER_ID || error == ErrorCode::INVALID_PRODUCER_ID_MAPPING)
        return abortable_if_possible(request, exception_of(error, options().old));
      if (error == ErrorCode::TRANSACTION_ABORTABLE && !options().old)
        return abortable(request, exception_of(error, false));
      if (error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) unauthorized.insert(p.topic);
      else failed = true;
    }
  partitions_.answered(named);
  if (!unauthorized.empty()) {
    abortable(request, exception_of(ErrorCode::TOPIC_AUTHORIZATION_FAILED, options().old));
  } else if (failed) {
    abortable(request,
              kafka_exception(fmt::format("Could not add partitions to transaction due to errors: {{{}}}", errors)));
  } else {
    for (const TopicPartition p : named) partitions_.add(p);
    started_ = true;
  }
}

void TransactionManager::on_offsets_added(TxnRequest& request, const protocol::AddOffsetsToTxnResponse& r) {
  if (r.error == ErrorCode::NONE) {
    enqueue(offset_commit_request(request.result, request.offsets, request.group));
    started_ = true;
  } else if (coordinator_moved(request, r.error) || again(r.error)) {
    retry(std::move(request));
  } else if (r.error == ErrorCode::UNKNOWN_PRODUCER_ID ||
             (options().old && r.error == ErrorCode::INVALID_PRODUCER_ID_MAPPING)) {
    abortable_if_possible(request, exception_of(r.error, options().old));
  } else if (r.error == ErrorCode::GROUP_AUTHORIZATION_FAILED) {
    abortable(request, group_refused(request.group.group_id));
  } else if (r.error == ErrorCode::TRANSACTION_ABORTABLE && !options().old) {
    abortable(request, exception_of(r.error, false));
  } else if ((r.error == ErrorCode::INVALID_TXN_STATE && options().old) || !refused_fatally(request, r.error)) {
    fatal(request, unexpected("Unexpected error in AddOffsetsToTxnResponse: ", r.error, options().old));
  }
}

void TransactionManager::on_offsets_committed(TxnRequest& request, const protocol::TxnOffsetCommitResponse& r) {
  bool looked_up = false;
  const auto is_again = [&](ErrorCode error) {
    return options().old
               ? error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION || error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
               : protocol::retriable(error);
  };
  for (const auto& [p, error] : r.partitions) {
    if (error == ErrorCode::NONE) {
      pending_offsets_.erase(p);
      continue;
    }
    if (error == ErrorCode::COORDINATOR_NOT_AVAILABLE || error == ErrorCode::NOT_COORDINATOR ||
        error == ErrorCode::REQUEST_TIMED_OUT) {
      if (!std::exchange(looked_up, true)) look_up(request);
      continue;
    }
    if (is_again(error)) continue;
    if (error == ErrorCode::GROUP_AUTHORIZATION_FAILED) {
      abortable(request, group_refused(protocol::get<protocol::TxnOffsetCommitRequest>(request.body).group_id));
    } else if (error == ErrorCode::FENCED_INSTANCE_ID ||
               (error == ErrorCode::TRANSACTION_ABORTABLE && !options().old)) {
      abortable(request, exception_of(error, options().old));
    } else if (error == ErrorCode::UNKNOWN_MEMBER_ID || error == ErrorCode::ILLEGAL_GENERATION) {
      abortable(request, ClientException{"CommitFailedException",
                                         "Transaction offset Commit failed due to consumer group metadata mismatch: " +
                                             protocol::error_text(error, options().old),
                                         {},
                                         ErrorCode::NONE});
    } else if (error == ErrorCode::INVALID_PRODUCER_EPOCH || (error == ErrorCode::PRODUCER_FENCED && !options().old)) {
      fatal(request, fenced_exception(options().old));
    } else if (error == ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
      fatal(request, exception_of(error, options().old));
    } else {
      fatal(request, unexpected("Unexpected error in TxnOffsetCommitResponse: ", error, options().old));
    }
    break;
  }
  if (results_.completed(request.result) != nullptr) pending_offsets_.clear();
  else if (pending_offsets_.empty()) results_.done(request.result);
  else retry(std::move(request));  // with all its partitions
}

void TransactionManager::on_ended(TxnRequest& request, const protocol::EndTxnResponse& r) {
  const bool abort = !protocol::get<protocol::EndTxnRequest>(request.body).committed;
  if (r.error == ErrorCode::NONE) {
    if (r.producer_id != protocol::kNoProducerId) {  // TV2: each transaction has an epoch of its own
      set_producer({r.producer_id, r.producer_epoch});
      reset_sequences();
    }
    reset_transaction();
    results_.done(request.result);
  } else if (coordinator_moved(request, r.error) || again(r.error)) {
    retry(std::move(request));
  } else if (r.error == ErrorCode::UNKNOWN_PRODUCER_ID ||
             (options().old && r.error == ErrorCode::INVALID_PRODUCER_ID_MAPPING)) {
    abortable_if_possible(request, exception_of(r.error, options().old));
  } else if (r.error == ErrorCode::TRANSACTION_ABORTABLE && !options().old) {
    if (abort) fatal(request, kafka_exception("Failed to abort transaction", "TransactionAbortableException"));
    else abortable(request, exception_of(r.error, false));
  } else if (!refused_fatally(request, r.error)) {
    fatal(request, unexpected("Unhandled error in EndTxnResponse: ", r.error, options().old));
  }
}

}  // namespace kafkascope::client
