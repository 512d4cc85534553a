// InitProducerId with a transactional id, and administrative requests. Kafka:
// TransactionCoordinator.handleInitProducerId, handleDescribeTransactions, handleListTransactions.
#include <algorithm>
#include <utility>

#include "coordinator/coordinator_runtime_code.h"
#include "coordinator/transaction_coordinator.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::InitProducerIdResponse;

void TransactionCoordinator::handle(Host& host, RequestHandle request, const protocol::InitProducerIdRequest& r) {
  const auto refuse = [&](ErrorCode error) { host.reply(request, InitProducerIdResponse{error}); };
  if (r.transaction_timeout_ms <= 0 || r.transaction_timeout_ms > max_timeout_ms_)
    return refuse(ErrorCode::INVALID_TRANSACTION_TIMEOUT);
  auto [error, shard, t] = find(host, r.transactional_id);
  if (error != ErrorCode::NONE) return refuse(error);
  if (t == nullptr) {
    const std::optional<protocol::ProducerId> id = host.next_producer_id();
    if (!id) return refuse(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    t = &shard->transactions[r.transactional_id];
    t->producer_id = *id;
    t->txn_timeout_ms = r.transaction_timeout_ms;
    t->txn_last_update_timestamp_ms = host.ctx().wall_clock_ms();
  }
  if (t->pending_transition_in_progress()) return refuse(ErrorCode::CONCURRENT_TRANSACTIONS);

  std::optional<protocol::ProducerEpoch> expected_epoch;
  if (r.producer_id != protocol::kNoProducerId) {
    // In the last case the client repeats the request that gave it a new id.
    const bool valid = t->producer_epoch == kNoProducerEpoch || r.producer_id == t->producer_id ||
                       (r.producer_id == t->prev_producer_id && is_epoch_exhausted(r.producer_epoch));
    if (!valid) return refuse(fenced());
    expected_epoch = r.producer_epoch;
  }
  InitResult result = prepare_init_producer_id(host, *t, r.transaction_timeout_ms, expected_epoch);
  if (!result.transit) return refuse(result.error);
  if (result.transit->state == TransactionState::PrepareEpochFence) {
    // No client is told this epoch: the client asks again and then gets a higher one.
    return end_transaction(host,
                           {r.transactional_id, result.transit->producer_id, result.transit->producer_epoch, false,
                            false, server_version(host)},
                           {EndStored::For::InitProducerId, request});
  }
  append_transaction_to_log(host, *shard, r.transactional_id, *std::move(result.transit),
                            InitProducerIdStored{request});
}

/// Kafka: prepareInitProducerIdTransit.
TransactionCoordinator::InitResult TransactionCoordinator::prepare_init_producer_id(
    Host& host, TransactionMetadata& t, std::int32_t timeout_ms,
    std::optional<protocol::ProducerEpoch> expected_epoch) {
  using enum TransactionState;
  const auto or_server_error = [](Prepared transit) -> InitResult {
    return {transit ? ErrorCode::NONE : ErrorCode::UNKNOWN_SERVER_ERROR, std::move(transit)};
  };
  switch (t.state) {
    case PrepareCommit:
    case PrepareAbort: return {ErrorCode::CONCURRENT_TRANSACTIONS, std::nullopt};
    case Ongoing: return or_server_error(t.prepare_fence_producer_epoch());
    case Empty:
    case CompleteCommit:
    case CompleteAbort: break;
    case Dead:
    case PrepareEpochFence: return {ErrorCode::UNKNOWN_SERVER_ERROR, std::nullopt};
  }
  const std::int64_t now_ms = host.ctx().wall_clock_ms();
  if (t.is_producer_epoch_exhausted() && (!expected_epoch || *expected_epoch == t.producer_epoch)) {
    const std::optional<protocol::ProducerId> id = host.next_producer_id();
    if (!id) return {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, std::nullopt};
    return or_server_error(t.prepare_producer_id_rotation(*id, timeout_ms, now_ms, expected_epoch.has_value()));
  }
  auto [error, transit] = t.prepare_increment_producer_epoch(timeout_ms, expected_epoch, now_ms);
  return {error == ErrorCode::PRODUCER_FENCED ? fenced() : error, std::move(transit)};
}

// ---- administrative requests

void TransactionCoordinator::handle(Host& host, RequestHandle request, const protocol::DescribeTransactionsRequest& r) {
  protocol::DescribeTransactionsResponse response;
  for (const std::string& id : r.transactional_ids) {
    protocol::DescribedTransaction& out = response.transactions.emplace_back();
    out.transactional_id = id;
    const Found found = find(host, id);
    out.error = id.empty() ? ErrorCode::INVALID_REQUEST : found.error;
    if (out.error != ErrorCode::NONE) continue;
    if (found.transaction == nullptr) {
      out.error = ErrorCode::TRANSACTIONAL_ID_NOT_FOUND;
      continue;
    }
    const TransactionMetadata& t = *found.transaction;
    out.transaction_state = name(t.state);
    out.transaction_timeout_ms = t.txn_timeout_ms;
    out.transaction_start_time_ms = t.txn_start_timestamp_ms;
    out.producer_id = t.producer_id;
    out.producer_epoch = t.producer_epoch;
    out.partitions.assign(t.partitions.begin(), t.partitions.end());
  }
  host.reply(request, std::move(response));
}

void TransactionCoordinator::handle(Host& host, RequestHandle request, const protocol::ListTransactionsRequest& r) {
  protocol::ListTransactionsResponse response;
  for (const auto& [partition, context] : contexts())
    if (context.state == CoordinatorState::Loading) response.error = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
  if (response.error != ErrorCode::NONE) return host.reply(request, std::move(response));
  std::vector<TransactionState> states;
  for (const std::string& filter : r.state_filters) {
    if (const auto state = transaction_state_from_name(filter)) states.push_back(*state);
    else response.unknown_state_filters.push_back(filter);
  }
  const auto has = [](const auto& list, const auto& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
  };
  const std::int64_t now_ms = host.ctx().wall_clock_ms();
  for (const auto& [partition, context] : contexts())
    for (const auto& [id, t] : context.shard.transactions) {
      if (!r.producer_id_filters.empty() && !has(r.producer_id_filters, t.producer_id)) continue;
      if (!r.state_filters.empty() && !has(states, t.state)) continue;
      if (r.duration_filter_ms >= 0 && now_ms - t.txn_start_timestamp_ms <= r.duration_filter_ms) continue;
      response.transactions.push_back({id, t.producer_id, std::string(name(t.state))});
    }
  host.reply(request, std::move(response));
}

}  // namespace kafkascope::coordinator
