// The end of a transaction: EndTxn in both versions of the protocol, the markers, the completion. Kafka:
// TransactionCoordinator.endTransaction, endTransactionWithTV1; TransactionMarkerChannelManager.
#include <utility>

#include "coordinator/coordinator_runtime_code.h"
#include "coordinator/transaction_coordinator.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::EndTxnResponse;
using protocol::ErrorCode;

void TransactionCoordinator::handle(Host& host, RequestHandle request, const protocol::EndTxnRequest& r) {
  end_transaction(host, {r.transactional_id, r.producer_id, r.producer_epoch, r.committed, true, r.transaction_version},
                  {EndStored::For::EndTxn, request});
}

void TransactionCoordinator::answer_end(Host& host, const EndStored& to, EndTxnResponse response) {
  switch (to.whom) {
    case EndStored::For::EndTxn: return host.reply(to.request, std::move(response));
    case EndStored::For::InitProducerId:  // the open transaction is being aborted
      if (response.error == ErrorCode::NONE) response.error = ErrorCode::CONCURRENT_TRANSACTIONS;
      return host.reply(to.request, protocol::InitProducerIdResponse{response.error});
    case EndStored::For::TimeOut: return;
  }
}

void TransactionCoordinator::end_transaction(Host& host, const End& end, EndStored then) {
  then.version = end.version;
  const auto refuse = [&](ErrorCode error) { answer_end(host, then, {error}); };
  if (end.transactional_id.empty()) return refuse(ErrorCode::INVALID_REQUEST);
  const Found found = find(host, end.transactional_id);
  if (found.error != ErrorCode::NONE) return refuse(found.error);
  if (found.transaction == nullptr) return refuse(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
  TransactionMetadata& t = *found.transaction;
  const bool bumps = supports_epoch_bump(end.version);
  EndResult result = bumps ? prepare_end(host, t, end, then) : prepare_end_v1(host, t, end, then);
  if (result.transit && sim::mutant("markers-before-the-decision")) {
    TransactionMetadata decided = t;
    decided.state = result.transit->state;
    decided.producer_epoch = result.transit->producer_epoch;
    add_markers_to_send(host, *found.shard, end.transactional_id, decided);
  }
  if (result.transit)
    return append_transaction_to_log(host, *found.shard, end.transactional_id, *std::move(result.transit), then);
  // A repeated request gets the response that the client has missed.
  if (result.error == ErrorCode::NONE && bumps)
    return answer_end(host, then, {ErrorCode::NONE, t.producer_id, t.producer_epoch});
  refuse(result.error);
}

namespace {

/// The error for an EndTxn while the transaction is already ending.
ErrorCode while_it_ends(bool same_end) {
  return same_end ? ErrorCode::CONCURRENT_TRANSACTIONS : ErrorCode::INVALID_TXN_STATE;
}

}  // namespace

/// Kafka: endTransactionWithTV1, the only version in 2.5.
TransactionCoordinator::EndResult TransactionCoordinator::prepare_end_v1(Host& host, TransactionMetadata& t,
                                                                         const End& end, EndStored& then) {
  using enum TransactionState;
  const auto answer = [](ErrorCode error) { return EndResult{error, std::nullopt}; };
  const bool fences = t.pending_state == PrepareEpochFence;
  if (t.producer_id != end.producer_id) return answer(ErrorCode::INVALID_PRODUCER_ID_MAPPING);
  if (end.producer_epoch < t.producer_epoch || (end.from_client && end.producer_epoch != t.producer_epoch))
    return answer(fenced());
  if (t.pending_transition_in_progress() && !fences) return answer(ErrorCode::CONCURRENT_TRANSACTIONS);
  switch (t.state) {
    case Ongoing: {
      if (fences) {
        // The transaction becomes PrepareAbort, and its epoch is raised before that is stored.
        then.fences = true;
        t.drop_pending_state();
        t.producer_epoch = end.producer_epoch;
        t.last_producer_epoch = kNoProducerEpoch;
      }
      Prepared transit = t.prepare_abort_or_commit(end.commit ? PrepareCommit : PrepareAbort, TransactionVersion::TV0,
                                                   protocol::kNoProducerId, host.ctx().wall_clock_ms(), false);
      return {transit ? ErrorCode::NONE : ErrorCode::UNKNOWN_SERVER_ERROR, std::move(transit)};
    }
    case CompleteCommit: return answer(end.commit ? ErrorCode::NONE : ErrorCode::INVALID_TXN_STATE);
    case CompleteAbort: return answer(end.commit ? ErrorCode::INVALID_TXN_STATE : ErrorCode::NONE);
    case PrepareCommit: return answer(while_it_ends(end.commit));
    case PrepareAbort: return answer(while_it_ends(!end.commit));
    case Empty: return answer(ErrorCode::INVALID_TXN_STATE);
    case Dead:
    case PrepareEpochFence: break;
  }
  return answer(ErrorCode::UNKNOWN_SERVER_ERROR);
}

/// Kafka: endTransaction. Each end raises the epoch, so a request with the previous epoch is a repetition.
TransactionCoordinator::EndResult TransactionCoordinator::prepare_end(Host& host, TransactionMetadata& t,
                                                                      const End& end, EndStored& then) {
  using enum TransactionState;
  const auto answer = [](ErrorCode error) { return EndResult{error, std::nullopt}; };
  const bool fences = t.pending_state == PrepareEpochFence;
  then.fences = fences;
  const bool current = end.producer_epoch == t.producer_epoch;
  const bool repeats_overflow = !fences && t.prev_producer_id == end.producer_id &&
                                end.producer_epoch == kMaxProducerEpoch - 1 && t.producer_epoch == 0;
  const bool repeats = repeats_overflow || (!fences && t.producer_epoch == end.producer_epoch + 1);
  // Checked first, because the pending step may give the producer the very id that is in the request.
  if (t.pending_transition_in_progress() && !fences) return answer(ErrorCode::CONCURRENT_TRANSACTIONS);
  if (t.producer_id != end.producer_id && !repeats_overflow) return answer(ErrorCode::INVALID_PRODUCER_ID_MAPPING);

  const bool at_rest = t.state == CompleteCommit || t.state == CompleteAbort;
  const bool ending = t.state == PrepareCommit || t.state == PrepareAbort;
  const bool valid_epoch = fences    ? end.producer_epoch >= t.producer_epoch && (!end.from_client || current)
                           : at_rest ? repeats || current
                           : ending  ? repeats && !repeats_overflow
                                     : current;
  if (!valid_epoch) return answer(fenced());
  switch (t.state) {
    case Ongoing: return prepare_bumping_end(host, t, end.commit ? PrepareCommit : PrepareAbort, false, fences);
    case CompleteCommit:
      if (repeats) return answer(end.commit ? ErrorCode::NONE : ErrorCode::INVALID_TXN_STATE);
      [[fallthrough]];
    case CompleteAbort:
      if (repeats) return answer(end.commit ? ErrorCode::INVALID_TXN_STATE : ErrorCode::NONE);
      [[fallthrough]];
    case Empty:  // the client may not know whether a transaction has begun
      if (end.commit) return answer(ErrorCode::INVALID_TXN_STATE);
      return prepare_bumping_end(host, t, PrepareAbort, true, fences);
    case PrepareCommit: return answer(while_it_ends(end.commit));
    case PrepareAbort: return answer(while_it_ends(!end.commit));
    case Dead:
    case PrepareEpochFence: break;
  }
  return answer(ErrorCode::UNKNOWN_SERVER_ERROR);
}

TransactionCoordinator::EndResult TransactionCoordinator::prepare_bumping_end(Host& host, TransactionMetadata& t,
                                                                              TransactionState to,
                                                                              bool no_partition_added, bool fences) {
  protocol::ProducerId next_id = protocol::kNoProducerId;
  if (!fences && t.is_producer_epoch_exhausted()) {
    const auto id = host.next_producer_id();
    if (!id) return {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, std::nullopt};
    next_id = *id;
  }
  if (fences) t.drop_pending_state();  // becomes PrepareAbort, which raises the epoch itself (KAFKA-19367)
  Prepared transit =
      t.prepare_abort_or_commit(to, TransactionVersion::TV2, next_id, host.ctx().wall_clock_ms(), no_partition_added);
  return {transit ? ErrorCode::NONE : ErrorCode::UNKNOWN_SERVER_ERROR, std::move(transit)};
}

// ---- after the end is stored: markers

void TransactionCoordinator::end_stored(Host& host, Shard& shard, const std::string& id, const EndStored& then,
                                        ErrorCode error) {
  TransactionMetadata& t = *shard.find(id);
  const bool bumps = supports_epoch_bump(then.version);
  if (error != ErrorCode::NONE) {
    // With TV2 the epoch has not been raised, so there is nothing to note; 2.5 raises it again (KAFKA-9666).
    if (then.fences && !bumps && !is_2_5_) t.has_failed_epoch_fence = true;
    return answer_end(host, then, {error});
  }
  const Prepared completion = prepare_completion(host, shard, id, t);
  if (!completion) return;
  answer_end(host, then,
             bumps ? EndTxnResponse{error, completion->producer_id, completion->producer_epoch} : EndTxnResponse{});
  add_markers_to_send(host, shard, id, t);
}

Prepared TransactionCoordinator::prepare_completion(Host& host, Shard& shard, const std::string& id,
                                                    TransactionMetadata& t) {
  Prepared completion = t.prepare_complete(host.ctx().wall_clock_ms());
  if (completion) shard.with_pending_markers.insert_or_assign(id, *completion);
  else host.ctx().fault("a transaction whose end is stored can be completed (TransactionMetadata)");
  return completion;
}

/// The end is stored: sends markers to all partitions of the transaction.
void TransactionCoordinator::add_markers_to_send(Host& host, Shard& shard, const std::string& id,
                                                 TransactionMetadata& t) {
  TxnMarkerEntry entry{id, shard.partition, {}};
  entry.marker.producer_id = t.producer_id;
  entry.marker.producer_epoch = t.producer_epoch;
  entry.marker.committed = t.state == TransactionState::PrepareCommit;
  entry.marker.partitions.assign(t.partitions.begin(), t.partitions.end());
  entry.marker.coordinator_epoch = epoch_of(shard).value;
  settle(host, markers_.add_markers(host, std::move(entry)));
  wakeup(host);
}

void TransactionCoordinator::settle(Host& host, const TxnMarkerOutcome& outcome) {
  Shard* const shard = find_shard(outcome.txn_partition);
  TransactionMetadata* const t = shard == nullptr ? nullptr : shard->find(outcome.transactional_id);
  if (t == nullptr || unavailable(shard) != ErrorCode::NONE) return;
  for (const protocol::TopicPartition tp : outcome.done) t->remove_partition(tp);
  if (outcome.given_up) shard->with_pending_markers.erase(outcome.transactional_id);
  else maybe_write_completion(host, *shard, outcome.transactional_id);
}

void TransactionCoordinator::maybe_write_completion(Host& host, Shard& shard, const std::string& id) {
  const auto it = shard.with_pending_markers.find(id);
  if (it == shard.with_pending_markers.end() || !shard.find(id)->partitions.empty()) return;
  TxnTransitMetadata completion = std::move(it->second);
  shard.with_pending_markers.erase(it);
  append_transaction_to_log(host, shard, id, std::move(completion), CompletionStored{});
}

void TransactionCoordinator::on_markers_answer(Host& host, protocol::BrokerId broker,
                                               const protocol::WriteTxnMarkersResponse* answer) {
  for (const TxnMarkerOutcome& outcome : markers_.on_answer(host, broker, answer)) settle(host, outcome);
  wakeup(host);
}

void TransactionCoordinator::wakeup(Host& host) {
  for (const std::int32_t partition : owned_partitions()) {
    Shard& shard = *find_shard(partition);
    for (const std::string& id : std::exchange(shard.append_retries, {})) maybe_write_completion(host, shard, id);
  }
  for (const TxnMarkerOutcome& outcome : markers_.look_for_unknown_brokers(host)) settle(host, outcome);
  markers_.generate_requests(host);
  for (const auto& [partition, context] : contexts())
    if (markers_.waits_for_broker(partition)) retry_later(host, context.shard);
}

/// Kafka's thread sleeps for at most request.timeout.ms.
void TransactionCoordinator::retry_later(Host& host, const Shard& shard) {
  const TimerKey key{TransactionTimer::Retry, shard.partition, {}, {}, 0};
  if (timers().find(key) == nullptr) timers().schedule(host.ctx(), key, request_timeout_);
}

}  // namespace kafkascope::coordinator
