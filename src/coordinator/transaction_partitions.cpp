// AddPartitionsToTxn (including verification) and AddOffsetsToTxn. Kafka:
// TransactionCoordinator.handleAddPartitionsToTransaction, handleVerifyPartitionsInTransaction; KafkaApis.
#include <algorithm>
#include <utility>

#include "coordinator/coordinator_runtime_code.h"
#include "coordinator/group_coordinator_shard.h"
#include "coordinator/transaction_coordinator.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::AddPartitionsToTxnTransaction;
using protocol::ErrorCode;
using protocol::TopicPartition;

namespace {

bool is_ending(const TransactionMetadata& t) {
  return t.state == TransactionState::PrepareCommit || t.state == TransactionState::PrepareAbort;
}

}  // namespace

void TransactionCoordinator::handle(Host& host, RequestHandle request, const protocol::AddPartitionsToTxnRequest& r) {
  const std::uint64_t number = next_gathering_++;
  {
    Gathering& gathering = gatherings_[number];
    gathering.request = request;
    gathering.open = r.transactions.size() + 1;  // one more, which this function releases at its end
    for (const AddPartitionsToTxnTransaction& t : r.transactions) {
      auto& result = gathering.response.results.emplace_back();
      result.transactional_id = t.transactional_id;
      for (const TopicPartition tp : t.partitions) result.partitions.push_back({tp, ErrorCode::NONE});
    }
  }
  for (std::size_t i = 0; i < r.transactions.size(); ++i) {
    const AddPartitionsToTxnTransaction& t = r.transactions[i];
    const PartitionsStored which{number, i};
    auto& results = gatherings_[number].response.results[i].partitions;
    bool missing = false;
    for (auto& p : results)
      if (host.metadata().partition(p.partition) == nullptr) {
        p.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
        missing = true;
      }
    if (missing) {
      for (auto& p : results)
        if (p.error == ErrorCode::NONE) p.error = ErrorCode::OPERATION_NOT_ATTEMPTED;
      partitions_done(host, which, std::nullopt);
    } else if (t.verify_only) {
      verify_partitions(host, t, results);
      partitions_done(host, which, std::nullopt);
    } else if (const auto error = add_partitions(host, t, r.transaction_version, which)) {
      partitions_done(host, which, error);
    }
  }
  partitions_done(host, {number, r.transactions.size()}, std::nullopt);
}

/// Another transaction of the request has its result.
void TransactionCoordinator::partitions_done(Host& host, const PartitionsStored& which,
                                             std::optional<ErrorCode> error_of_all) {
  const auto it = gatherings_.find(which.gathering);
  if (it == gatherings_.end()) return;
  Gathering& gathering = it->second;
  if (error_of_all)
    for (auto& p : gathering.response.results[which.index].partitions) p.error = *error_of_all;
  if (--gathering.open > 0) return;
  const RequestHandle request = gathering.request;
  protocol::AddPartitionsToTxnResponse response = std::move(gathering.response);
  gatherings_.erase(it);
  host.reply(request, std::move(response));
}

TransactionCoordinator::Found TransactionCoordinator::find_to_add(Host& host, const AddPartitionsToTxnTransaction& r) {
  if (r.transactional_id.empty()) return {ErrorCode::INVALID_REQUEST};
  Found found = find(host, r.transactional_id);
  if (found.error != ErrorCode::NONE) return found;
  const TransactionMetadata* t = found.transaction;
  // The pending step is checked first, because it may give the producer the very id that is in the request (TV2, when
  // epochs are exhausted).
  if (t == nullptr) found.error = ErrorCode::INVALID_PRODUCER_ID_MAPPING;
  else if (!is_2_5_ && t->pending_transition_in_progress()) found.error = ErrorCode::CONCURRENT_TRANSACTIONS;
  else if (t->producer_id != r.producer_id) found.error = ErrorCode::INVALID_PRODUCER_ID_MAPPING;
  else if (t->producer_epoch != r.producer_epoch && !sim::mutant("partitions-of-a-zombie-added"))
    found.error = fenced();
  else if (t->pending_transition_in_progress() || is_ending(*t)) found.error = ErrorCode::CONCURRENT_TRANSACTIONS;
  return found;
}

std::optional<ErrorCode> TransactionCoordinator::add_partitions(Host& host, const AddPartitionsToTxnTransaction& r,
                                                                TransactionVersion client, TransactionFollowUp then) {
  const auto [error, shard, t] = find_to_add(host, r);
  if (error != ErrorCode::NONE) return error;
  const std::set<TopicPartition> added(r.partitions.begin(), r.partitions.end());
  if (t->state == TransactionState::Ongoing &&
      std::includes(t->partitions.begin(), t->partitions.end(), added.begin(), added.end()))
    return ErrorCode::NONE;
  Prepared transit = t->prepare_add_partitions(added, host.ctx().wall_clock_ms(), client);
  if (!transit) return ErrorCode::UNKNOWN_SERVER_ERROR;
  append_transaction_to_log(host, *shard, r.transactional_id, *std::move(transit), std::move(then));
  return std::nullopt;
}

/// A pending step does not matter here: the leader checks again when it appends.
void TransactionCoordinator::verify_partitions(Host& host, const AddPartitionsToTxnTransaction& r,
                                               std::vector<protocol::AddPartitionsToTxnPartitionResult>& results) {
  const auto [unavailable, shard, t] = find(host, r.transactional_id);
  const ErrorCode error = r.transactional_id.empty()              ? ErrorCode::INVALID_REQUEST
                          : unavailable != ErrorCode::NONE        ? unavailable
                          : t == nullptr                          ? ErrorCode::INVALID_PRODUCER_ID_MAPPING
                          : t->producer_id != r.producer_id       ? ErrorCode::INVALID_PRODUCER_ID_MAPPING
                          : t->producer_epoch != r.producer_epoch ? fenced()
                          : is_ending(*t)                         ? ErrorCode::CONCURRENT_TRANSACTIONS
                                                                  : ErrorCode::NONE;
  for (auto& p : results) {
    p.error = error;
    if (error == ErrorCode::NONE && !t->partitions.contains(p.partition)) p.error = ErrorCode::TRANSACTION_ABORTABLE;
  }
}

void TransactionCoordinator::handle(Host& host, RequestHandle request, const protocol::AddOffsetsToTxnRequest& r) {
  const protocol::TopicId topic = host.metadata().topic_id(kOffsetsTopic);
  const std::int32_t partitions = host.metadata().partition_count(kOffsetsTopic);
  const TopicPartition tp{topic, partitions == 0 ? 0 : protocol::partition_for(r.group_id, partitions)};
  const AddPartitionsToTxnTransaction added{r.transactional_id, r.producer_id, r.producer_epoch, false, {tp}};
  if (partitions == 0) {
    // Simplified: here a partition can be named only if its topic exists. Kafka stores the number that the partition
    // will have; the topic is created when the producer looks up the group's coordinator.
    ErrorCode error = find_to_add(host, added).error;
    if (error == ErrorCode::NONE) {
      host.create_topic(kOffsetsTopic);
      error = ErrorCode::COORDINATOR_NOT_AVAILABLE;
    }
    return host.reply(request, protocol::AddOffsetsToTxnResponse{error});
  }
  // Only clients of the first protocol version send this request.
  if (const auto error = add_partitions(host, added, TransactionVersion::TV0, OffsetsPartitionStored{request}))
    host.reply(request, protocol::AddOffsetsToTxnResponse{*error});
}

}  // namespace kafkascope::coordinator
