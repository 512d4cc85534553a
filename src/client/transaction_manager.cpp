#include "client/transaction_manager.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::TopicPartition;

TransactionOptions TransactionOptions::from(const protocol::Config& config) {
  TransactionOptions o;
  o.transactional_id = config.text("transactional.id");
  o.timeout_ms = static_cast<std::int32_t>(config.number("transaction.timeout.ms"));
  o.retry_backoff = sim::milliseconds(config.number("retry.backoff.ms"));
  o.old = config.version() == protocol::KafkaVersion::V2_5;
  return o;
}

void TransactionManager::to_abortable(const ClientException& error) {
  if (state() != State::AbortingTransaction) sender_goes(State::AbortableError, error);
}
void TransactionManager::to_fatal(const ClientException& error) {
  sender_goes(State::FatalError, error);
  results_.fail_transition(error);
}
void TransactionManager::abortable(const TxnRequest& request, const ClientException& error) {
  results_.fail(request.result, error);
  to_abortable(error);
}
void TransactionManager::fatal(const TxnRequest& request, const ClientException& error) {
  results_.fail(request.result, error);
  to_fatal(error);
}
void TransactionManager::abortable_if_possible(const TxnRequest& request, const ClientException& error) {
  if (!coordinator_bumps_epochs_ && !v2()) return fatal(request, error);
  raise_epoch_ |= bumps_from_client();
  abortable(request, error);
}

/// maybeFailWithError
TransactionManager::Thrown TransactionManager::error_thrown() const {
  if (!has_error()) return std::nullopt;
  const std::string who = fmt::format("Producer with transactionalId '{}' and (producerId={}, epoch={})",
                                      options().transactional_id, producer().id, producer().epoch);
  if (last_error()->is("ProducerFencedException")) {
    ClientException e = fenced_exception(options().old);
    e.message = options().old ? "The producer has been rejected from the broker because it tried to use an old epoch "
                                "with the transactionalId"
                              : who + " has been fenced by another producer with the same transactionalId";
    return e;
  }
  if (!options().old && last_error()->is("InvalidProducerEpochException")) {
    ClientException e = *last_error();
    e.message = who + " attempted to produce with an old epoch";
    return e;
  }
  if (!options().old && last_error()->is("IllegalStateException"))
    return illegal_state(who +
                         " cannot execute transactional method because of previous invalid state transition attempt");
  return kafka_exception("Cannot execute transactional method because we are in an error state",
                         last_error()->class_name);
}

TransactionManager::Thrown TransactionManager::pending_thrown(std::string_view operation) {
  return options().old ? std::nullopt : results_.pending_thrown(operation);
}

// The application's calls.

/// handleCachedTransactionRequestResult: if the previous call timed out, the repeated call waits for the same result.
TransactionManager::Begun TransactionManager::cached(State target, std::string_view operation,
                                                     Begun (TransactionManager::*call)()) {
  const auto& transition = results_.transition();
  if (options().old) {
    if (transition && state() == target) return {transition->result, {}};
  } else if (transition && results_.is_unseen(*transition) && transition->state == target) {
    return {transition->result, {}};
  } else if (Thrown thrown = pending_thrown(operation)) {
    return {0, thrown};
  }
  Begun begun = (this->*call)();
  if (begun.result != 0) results_.begin_transition({begun.result, target, std::string(operation)});
  return begun;
}

TransactionManager::Begun TransactionManager::initialize() {
  if (Thrown thrown = options().old ? std::nullopt : error_thrown()) return {0, thrown};
  return cached(State::Initializing, "initTransactions", &TransactionManager::start_initializing);
}
TransactionManager::Begun TransactionManager::begin_commit() {
  return cached(State::CommittingTransaction, "commitTransaction", &TransactionManager::start_commit);
}
TransactionManager::Begun TransactionManager::begin_abort() {
  return cached(State::AbortingTransaction, "abortTransaction", &TransactionManager::start_abort);
}

TransactionManager::Begun TransactionManager::start_initializing() {
  if (Thrown thrown = go(State::Initializing)) return {0, thrown};
  const ResultId result = results_.add("InitProducerId");
  protocol::InitProducerIdRequest r;
  r.transactional_id = options().transactional_id;
  r.transaction_timeout_ms = options().timeout_ms;
  enqueue(make(Kind::InitProducerId, TxnRequest::Priority::InitProducerId, result, std::move(r)));
  return {result, {}};
}

/// initializeTransactions with the current id and epoch (KIP-360), after the end of the transaction.
TransactionManager::Begun TransactionManager::raise_epoch() {
  const ResultId result = results_.add("InitProducerId");
  protocol::InitProducerIdRequest r;
  r.producer_id = producer().id;
  r.producer_epoch = producer().epoch;
  r.transactional_id = options().transactional_id;
  r.transaction_timeout_ms = options().timeout_ms;
  enqueue(make(Kind::InitProducerId, TxnRequest::Priority::EpochBump, result, std::move(r)));
  return {result, {}};
}

TransactionManager::Thrown TransactionManager::begin() {
  if (Thrown thrown = pending_thrown("beginTransaction")) return thrown;
  if (Thrown thrown = error_thrown()) return thrown;
  return go(State::InTransaction);
}

TransactionManager::Begun TransactionManager::start_commit() {
  if (Thrown thrown = error_thrown()) return {0, thrown};
  if (Thrown thrown = go(State::CommittingTransaction)) return {0, thrown};
  return complete_with(true);
}
TransactionManager::Begun TransactionManager::start_abort() {
  if (!has_abortable_error())
    if (Thrown thrown = error_thrown()) return {0, thrown};
  if (Thrown thrown = go(State::AbortingTransaction)) return {0, thrown};
  partitions_.drop_wanted();
  return complete_with(false);
}

TransactionManager::Begun TransactionManager::complete_with(bool commit) {
  if (partitions_.has_wanted()) enqueue(add_partitions_request());
  const ResultId result = results_.add(fmt::format("EndTxn({})", commit));
  protocol::EndTxnRequest r;
  r.transactional_id = options().transactional_id;
  r.producer_id = producer().id;
  r.producer_epoch = producer().epoch;
  r.committed = commit;
  r.transaction_version = v2() ? protocol::TransactionVersion::TV2 : protocol::TransactionVersion::TV0;
  // A transaction ends with the version with which it began; the next one uses the level that is known now.
  update_version(false);
  enqueue(make(Kind::EndTxn, TxnRequest::Priority::EndTxn, result, std::move(r)));
  return raise_epoch_ ? raise_epoch() : Begun{result, {}};
}

TransactionManager::Begun TransactionManager::send_offsets(const std::vector<protocol::OffsetCommitPartition>& offsets,
                                                           const GroupMetadata& group) {
  if (Thrown thrown = pending_thrown("sendOffsetsToTransaction")) return {0, thrown};
  if (Thrown thrown = error_thrown()) return {0, thrown};
  if (state() != State::InTransaction) {
    if (options().old)
      return {0, kafka_exception("Cannot send offsets to transaction either because the producer is not in an active "
                                 "transaction")};
    return {0, illegal_state(fmt::format("Cannot send offsets if a transaction is not in progress (currentState= {})",
                                         to_string(state())))};
  }
  if (v2()) {
    const ResultId result = results_.add("TxnOffsetCommitHandler");
    enqueue(offset_commit_request(result, offsets, group));
    started_ = true;
    return {result, {}};
  }
  const ResultId result = results_.add("AddOffsetsToTxn");
  protocol::AddOffsetsToTxnRequest r;
  r.transactional_id = options().transactional_id;
  r.producer_id = producer().id;
  r.producer_epoch = producer().epoch;
  r.group_id = group.group_id;
  TxnRequest request = make(Kind::AddOffsets, TxnRequest::Priority::AddPartitionsOrOffsets, result, std::move(r));
  request.offsets = offsets;
  request.group = group;
  enqueue(std::move(request));
  return {result, {}};
}

TransactionManager::Thrown TransactionManager::ready_for_send() const {
  if (has_error())
    return kafka_exception(
        "Cannot perform send because at least one previous transactional or idempotent request has failed with errors.",
        last_error()->class_name);
  if (!producer().valid())
    return illegal_state(
        "Cannot perform a 'send' before completing a call to initTransactions when transactions are enabled.");
  if (state() != State::InTransaction)
    return illegal_state(fmt::format("Cannot call send in state {}", to_string(state())));
  return std::nullopt;
}

TransactionManager::Thrown TransactionManager::add_partition(TopicPartition p, std::string_view shown) {
  if (!options().old) {
    if (Thrown thrown = error_thrown()) return thrown;
    if (Thrown thrown = pending_thrown("send")) return thrown;
    if (!producer().valid())
      return illegal_state(
          fmt::format("Cannot add partition {} to transaction before completing a call to initTransactions", shown));
    if (state() != State::InTransaction)
      return illegal_state(
          fmt::format("Cannot add partition {} to transaction while in state  {}", shown, to_string(state())));
  }
  if (v2()) {
    partitions_.add(p);
    started_ = true;
  } else {
    partitions_.want(p);
  }
  return std::nullopt;
}

void TransactionManager::update_version(bool initially) {
  if (options().old || features_seen_ >= features_.epoch) return;
  features_seen_ = features_.epoch;
  const bool before = v2();
  version_ = features_.transaction_version;
  if (!initially && !before && v2()) raise_epoch_ = true;
}

// The sender's part.

TxnRequest TransactionManager::make(Kind kind, TxnRequest::Priority priority, ResultId result,
                                    protocol::Body body) const {
  TxnRequest r;
  r.kind = kind;
  r.priority = priority;
  r.coordinator = kind == Kind::FindCoordinator   ? TxnRequest::Coordinator::None
                  : kind == Kind::TxnOffsetCommit ? TxnRequest::Coordinator::Group
                                                  : TxnRequest::Coordinator::Transaction;
  r.result = result;
  r.backoff = options().retry_backoff;
  r.body = std::move(body);
  return r;
}

TxnRequest TransactionManager::add_partitions_request() {
  const TransactionPartitions::Set& asked = partitions_.ask();
  protocol::AddPartitionsToTxnRequest r;
  r.transactions.push_back(
      {options().transactional_id, producer().id, producer().epoch, false, {asked.begin(), asked.end()}});
  return make(Kind::AddPartitions, TxnRequest::Priority::AddPartitionsOrOffsets, 0, std::move(r));
}

TxnRequest TransactionManager::offset_commit_request(ResultId result,
                                                     const std::vector<protocol::OffsetCommitPartition>& offsets,
                                                     const GroupMetadata& group) {
  for (const protocol::OffsetCommitPartition& p : offsets) pending_offsets_[p.partition] = p;
  protocol::TxnOffsetCommitRequest r;
  r.transactional_id = options().transactional_id;
  r.group_id = group.group_id;
  r.producer_id = producer().id;
  r.producer_epoch = producer().epoch;
  r.generation_id = group.generation_id;
  r.member_id = group.member_id;
  r.group_instance_id = group.group_instance_id;
  for (const auto& [p, offset] : pending_offsets_) r.partitions.push_back(offset);
  r.transaction_version = v2() ? protocol::TransactionVersion::TV2 : protocol::TransactionVersion::TV0;
  return make(Kind::TxnOffsetCommit, TxnRequest::Priority::AddPartitionsOrOffsets, result, std::move(r));
}

void TransactionManager::enqueue(TxnRequest request) {
  const auto at = std::upper_bound(pending_.begin(), pending_.end(), request,
                                   [](const TxnRequest& a, const TxnRequest& b) { return a.priority < b.priority; });
  pending_.insert(at, std::move(request));
}
void TransactionManager::retry(TxnRequest request) {
  request.retry = true;
  enqueue(std::move(request));
}

void TransactionManager::look_up(const TxnRequest& request) {
  const bool group = request.coordinator == TxnRequest::Coordinator::Group;
  (group ? group_coordinator_ : coordinator_).reset();
  protocol::FindCoordinatorRequest r;
  r.key = group ? protocol::get<protocol::TxnOffsetCommitRequest>(request.body).group_id : options().transactional_id;
  r.key_type = group ? 0 : 1;
  enqueue(make(Kind::FindCoordinator, TxnRequest::Priority::FindCoordinator, 0, std::move(r)));
}

std::optional<TxnRequest> TransactionManager::next_request(bool incomplete_batches) {
  if (partitions_.has_wanted()) enqueue(add_partitions_request());
  if (pending_.empty()) return std::nullopt;
  if (pending_.front().kind == Kind::EndTxn && incomplete_batches && !sim::mutant("commit-overtakes-batches"))
    return std::nullopt;
  const auto poll = [&] {
    TxnRequest next = std::move(pending_.front());
    pending_.erase(pending_.begin());
    return next;
  };
  TxnRequest next = poll();
  if (has_error() && !(has_abortable_error() && next.kind == Kind::FindCoordinator)) {
    results_.fail(next.result, *last_error());  // maybeTerminateRequestWithError
    return std::nullopt;
  }
  if (next.kind == Kind::EndTxn && !started_) {  // nothing to end: no partition or offset was added
    results_.done(next.result);
    if (state() != State::FatalError) reset_transaction();
    if (pending_.empty()) return std::nullopt;
    return poll();
  }
  return next;
}

void TransactionManager::on_connection_lost(TxnRequest request) {
  if (request.coordinator != TxnRequest::Coordinator::None) look_up(request);
  retry(std::move(request));
}

void TransactionManager::reset_transaction() {
  sender_goes(raise_epoch_ ? State::Initializing : State::Ready);
  raise_epoch_ = false;
  started_ = false;
  partitions_.clear();
}

namespace {
/// Errors after which no transaction of the producer can go on.
bool ends_producer(const ClientException& error, bool old) {
  return error.is("ClusterAuthorizationException") || error.is("TransactionalIdAuthorizationException") ||
         error.is("ProducerFencedException") || error.is("UnsupportedVersionException") ||
         (!old && error.is("InvalidPidMappingException"));
}
}  // namespace

TransactionManager::Thrown TransactionManager::fail(ClientException error, bool in_send) {
  if (ends_producer(error, options().old)) {
    to_fatal(error);
    return std::nullopt;
  }
  if (in_send && (state() == State::Uninitialized || state() == State::Ready || state() == State::FatalError))
    return go(State::AbortableError);
  if (!options().old && (error.retriable() || error.is("InvalidTxnStateException"))) {
    const std::string cause = error.class_name;
    error = exception_of(ErrorCode::TRANSACTION_ABORTABLE, false);
    error.message = "Transaction Request was aborted after exhausting retries.";
    error.cause = cause;
  }
  if (bumps_from_client() && !is_completing()) raise_epoch_ = true;
  to_abortable(error);
  return std::nullopt;
}

void TransactionManager::on_batch_failed(TopicPartition p, BatchId batch, const ClientException& error) {
  fail(error);
  remove_in_flight(p, batch);
  if (!has_fatal_error() && error.is("UnknownProducerIdException")) reset_sequence_of(p);
}

/// maybeResolveSequences: unlike an idempotent producer, a transactional one cannot renumber its batches.
void TransactionManager::resolve_transactional_sequences() {
  const auto looked_at = unresolved();
  for (const auto& [p, next] : looked_at) {
    if (has_in_flight(p)) continue;
    if (!is_next_sequence(p, entry(p).next_sequence)) {
      const std::string lost =
          "The client hasn't received acknowledgment for some previously sent messages and can no longer retry them. ";
      if (coordinator_bumps_epochs_ || v2()) {
        raise_epoch_ |= bumps_from_client();
        to_abortable(kafka_exception(lost + "It is safe to abort the transaction and continue."));
      } else {
        to_fatal(kafka_exception(lost + "It isn't safe to continue."));
      }
    }
    resolve(p);
  }
}

bool TransactionManager::handle_authorization_error() {
  if (options().old || !has_abortable_error() ||
      !(last_error()->is("TransactionalIdAuthorizationException") || last_error()->is("ClusterAuthorizationException")))
    return false;
  const ClientException error = *last_error();
  for (const TxnRequest& r : std::exchange(pending_, {})) results_.fail(r.result, error);
  sender_goes(State::Uninitialized);
  results_.fail_transition(error);
  return true;
}

void TransactionManager::close() {
  const ClientException closed = kafka_exception("The producer closed forcefully");
  for (const TxnRequest& r : std::exchange(pending_, {})) fatal(r, closed);
  results_.fail_transition(closed);
}

}  // namespace kafkascope::client
