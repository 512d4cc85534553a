// The transaction coordinator's partitions and records, and the tasks that no request starts: timeouts and expiration.
#include "coordinator/transaction_coordinator.h"

#include <utility>

#include "coordinator/coordinator_runtime_code.h"
#include "protocol/config.h"
#include "protocol/facts_of_transactions.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::LeaderEpoch;

template class CoordinatorRuntime<TransactionCoordinatorShard>;

namespace {

/// Kafka: TransactionLog.
constexpr std::int16_t kEnforcedRequiredAcks = -1;

}  // namespace

// ---- the shard

protocol::Record TransactionCoordinatorShard::encode(const Record& record, const protocol::MetadataImage& topics,
                                                     std::int64_t timestamp_ms) {
  return encode_record(record, topics, timestamp_ms);
}

std::optional<TransactionLogRecord> TransactionCoordinatorShard::decode(const protocol::RecordView& record) {
  return decode_record<TransactionLogRecord>(record);
}

void TransactionCoordinatorShard::replay(Ctx&, const Record& record, Delta*) {
  const auto& stored = std::get<0>(record);
  if (stored.value) transactions.insert_or_assign(stored.transactional_id, metadata_of(*stored.value));
  else transactions.erase(stored.transactional_id);
}

// ---- loading and unloading partitions

TransactionCoordinator::TransactionCoordinator(const protocol::Config& config)
    : CoordinatorRuntime({sim::Duration{0}, sim::Duration{0},
                          static_cast<std::int32_t>(config.number("transaction.state.log.num.partitions")), true,
                          kEnforcedRequiredAcks}),
      is_2_5_(config.version() == protocol::KafkaVersion::V2_5),
      max_timeout_ms_(config.number("transaction.max.timeout.ms")),
      expiration_ms_(config.number("transactional.id.expiration.ms")),
      abort_interval_(sim::milliseconds(config.number("transaction.abort.timed.out.transaction.cleanup.interval.ms"))),
      remove_interval_(sim::milliseconds(config.number("transaction.remove.expired.transaction.cleanup.interval.ms"))),
      request_timeout_(sim::milliseconds(config.number("request.timeout.ms"))) {}

void TransactionCoordinator::on_elected(Host& host, std::int32_t partition, LeaderEpoch epoch,
                                        const storage::PartitionLog& log) {
  const auto it = contexts().find(partition);
  if (it != contexts().end()) {
    if (epoch <= it->second.epoch) return;
    schedule_unload_operation(host, partition, std::nullopt);
  }
  schedule_load_operation(host, partition, epoch, log);
}

void TransactionCoordinator::on_resigned(Host& host, std::int32_t partition, std::optional<LeaderEpoch> epoch) {
  schedule_unload_operation(host, partition, epoch);
}

void TransactionCoordinator::on_unloaded(Host&, Shard& shard) {
  markers_.remove_markers_for_txn_topic_partition(shard.partition);
}

void TransactionCoordinator::on_death() {
  CoordinatorRuntime::on_death();
  started_ = {};
  markers_ = {};
  gatherings_.clear();
}

void TransactionCoordinator::on_loaded(Host& host, Shard& shard) {
  host.ctx().trace(fact::TransactionsLoaded{{host.metadata().topic_id(kTransactionStateTopic), shard.partition},
                                            static_cast<std::int64_t>(shard.transactions.size())});
  std::vector<std::string> ending;
  bool ongoing = false;
  for (const auto& [id, t] : shard.transactions) {
    if ((t.state == TransactionState::PrepareCommit || t.state == TransactionState::PrepareAbort) &&
        !sim::mutant("decisions-not-resumed"))
      ending.push_back(id);
    ongoing = ongoing || t.state == TransactionState::Ongoing;
  }
  if (ongoing) schedule_check(host, shard, TransactionTimer::AbortTimedOut, abort_interval_);
  if (!shard.transactions.empty()) schedule_check(host, shard, TransactionTimer::Expire, remove_interval_);
  for (const std::string& id : ending) {
    TransactionMetadata& t = *shard.find(id);
    if (prepare_completion(host, shard, id, t)) add_markers_to_send(host, shard, id, t);
  }
}

// ---- lookup

TransactionCoordinator::Found TransactionCoordinator::find(Host& host, std::string_view transactional_id) {
  Found found;
  found.shard = find_shard(partition_for(host, transactional_id));
  found.error = unavailable(found.shard);
  if (found.error == ErrorCode::NONE) found.transaction = found.shard->find(transactional_id);
  return found;
}

TransactionVersion TransactionCoordinator::server_version(Host& host) const {
  return static_cast<TransactionVersion>(is_2_5_ ? 0 : host.metadata().feature("transaction.version"));
}

ErrorCode TransactionCoordinator::fenced() const {
  return is_2_5_ ? ErrorCode::INVALID_PRODUCER_EPOCH : ErrorCode::PRODUCER_FENCED;
}

const TransactionMetadata* TransactionCoordinator::transaction(std::string_view transactional_id) const {
  for (const auto& [partition, context] : contexts())
    if (const auto it = context.shard.transactions.find(transactional_id); it != context.shard.transactions.end())
      return &it->second;
  return nullptr;
}

int TransactionCoordinator::append_retries() const {
  std::size_t count = 0;
  for (const auto& [partition, context] : contexts()) count += context.shard.append_retries.size();
  return static_cast<int>(count);
}

std::optional<TransactionState> TransactionCoordinator::came_from(std::string_view transactional_id) const {
  for (const auto& [partition, context] : contexts()) {
    const auto it = context.shard.came_from.find(transactional_id);
    if (it != context.shard.came_from.end()) return it->second;
  }
  return std::nullopt;
}

// ---- records

void TransactionCoordinator::append_transaction_to_log(Host& host, Shard& shard, const std::string& id,
                                                       TxnTransitMetadata transit, TransactionFollowUp then) {
  const TransactionLogValue value = log_value_of(transit, server_version(host));
  const sim::Duration timeout = sim::milliseconds(transit.txn_timeout_ms);
  const std::int32_t partition = shard.partition;
  gather(host, shard, id, std::move(transit), std::move(then), value, timeout);
  flush_if_due(host, partition);
}

void TransactionCoordinator::gather(Host& host, Shard& shard, const std::string& id, TxnTransitMetadata transit,
                                    TransactionFollowUp then, std::optional<TransactionLogValue> value,
                                    sim::Duration timeout) {
  const std::uint64_t number = next_append_++;
  shard.appends.insert_or_assign(id, PendingAppend{number, std::move(transit), std::move(then)});
  timers().schedule(host.ctx(), {TransactionTimer::AppendTimeout, shard.partition, id, {}, number}, timeout);
  append(host, shard, {TypedRecord<TransactionLogKey, TransactionLogValue>{{id}, std::move(value)}},
         AppendDone{id, number}, Replay::Applied);
}

void TransactionCoordinator::complete(Host& host, Shard& shard, AppendDone done, ErrorCode append_error) {
  append_is_over(host, shard, done, append_error);
}

/// An append has ended. If it has timed out, its record may still be committed later; the log is then ahead of this
/// state until the partition is loaded again.
void TransactionCoordinator::append_is_over(Host& host, Shard& shard, const AppendDone& done, ErrorCode append_error) {
  const auto it = shard.appends.find(done.transactional_id);
  if (it == shard.appends.end() || it->second.number != done.number) return;
  const std::string id = it->first;
  const PendingAppend append = std::move(it->second);
  shard.appends.erase(it);
  timers().cancel(host.ctx(), {TransactionTimer::AppendTimeout, shard.partition, id, {}, append.number});

  const ErrorCode error = append_error_to_response_error(append_error);
  const bool forgets = std::holds_alternative<ForgottenStored>(append.then);
  const bool retries =
      std::holds_alternative<CompletionStored>(append.then) && error == ErrorCode::COORDINATOR_NOT_AVAILABLE;
  TransactionMetadata& t = *shard.find(id);
  const TransactionState from = t.state;
  if (error != ErrorCode::NONE) {
    if (!retries) t.drop_pending_state();
  } else if (forgets) {
    trace_step(host, shard, id, from, append.transit);
    shard.transactions.erase(id);
    shard.came_from.erase(id);
  } else if (!t.complete_transition_to(append.transit)) {
    return host.ctx().fault("a transaction takes the steps that were prepared (TransactionMetadata)");
  } else {
    trace_step(host, shard, id, from, append.transit);
    const auto* end = std::get_if<EndStored>(&append.then);
    shard.came_from[id] = end != nullptr && end->fences ? TransactionState::PrepareEpochFence : from;
    if (t.state == TransactionState::Ongoing)
      schedule_check(host, shard, TransactionTimer::AbortTimedOut, abort_interval_);
  }
  follow(host, shard, id, append, error);
}

void TransactionCoordinator::trace_step(Host& host, const Shard& shard, const std::string& id, TransactionState from,
                                        const TxnTransitMetadata& step) {
  host.ctx().trace(fact::TransactionState{{host.metadata().topic_id(kTransactionStateTopic), shard.partition},
                                          static_cast<std::int64_t>(from),
                                          static_cast<std::int64_t>(step.state),
                                          step.producer_id,
                                          step.producer_epoch,
                                          id});
}

void TransactionCoordinator::follow(Host& host, Shard& shard, const std::string& id, const PendingAppend& append,
                                    ErrorCode error) {
  if (const auto* init = std::get_if<InitProducerIdStored>(&append.then)) {
    if (error != ErrorCode::NONE) return host.reply(init->request, protocol::InitProducerIdResponse{error});
    schedule_check(host, shard, TransactionTimer::Expire, remove_interval_);
    host.reply(init->request,
               protocol::InitProducerIdResponse{error, append.transit.producer_id, append.transit.producer_epoch});
  } else if (const auto* partitions = std::get_if<PartitionsStored>(&append.then)) {
    partitions_done(host, *partitions, error);
  } else if (const auto* offsets = std::get_if<OffsetsPartitionStored>(&append.then)) {
    host.reply(offsets->request, protocol::AddOffsetsToTxnResponse{error});
  } else if (const auto* end = std::get_if<EndStored>(&append.then)) {
    end_stored(host, shard, id, *end, error);
  } else if (std::holds_alternative<CompletionStored>(append.then) && error == ErrorCode::COORDINATOR_NOT_AVAILABLE) {
    shard.with_pending_markers.insert_or_assign(id, append.transit);
    shard.append_retries.push_back(id);
    retry_later(host, shard);
  }
}

// ---- time

/// Fires at the next multiple of the interval since the start, as one scheduler for all partitions would.
void TransactionCoordinator::schedule_check(Host& host, const Shard& shard, TimerKind kind, sim::Duration every) {
  const TimerKey key{kind, shard.partition, {}, {}, 0};
  if (timers().find(key) != nullptr) return;
  const std::int64_t since = host.ctx().now().us - started_.us;
  timers().schedule(host.ctx(), key, sim::Duration{every.us - since % every.us});
}

void TransactionCoordinator::on_timeout(Host& host, Shard& shard, const TimerKey& key) {
  switch (key.kind) {
    case TransactionTimer::AbortTimedOut: return abort_timed_out_transactions(host, shard);
    case TransactionTimer::Expire: return remove_expired_transactional_ids(host, shard);
    case TransactionTimer::AppendTimeout:
      return append_is_over(host, shard, {key.id, key.number}, ErrorCode::REQUEST_TIMED_OUT);
    case TransactionTimer::Retry: return wakeup(host);
    default: break;
  }
}

void TransactionCoordinator::abort_timed_out_transactions(Host& host, Shard& shard) {
  const std::int64_t now_ms = host.ctx().wall_clock_ms();
  std::vector<std::string> timed_out;
  bool ongoing = false;
  for (const auto& [id, t] : shard.transactions) {
    if (t.state != TransactionState::Ongoing) continue;
    ongoing = !sim::mutant("transactions-never-time-out");
    if (ongoing && !t.pending_transition_in_progress() && t.txn_start_timestamp_ms + t.txn_timeout_ms < now_ms)
      timed_out.push_back(id);
  }
  if (ongoing) schedule_check(host, shard, TransactionTimer::AbortTimedOut, abort_interval_);
  if (sim::mutant("time-outs-wait-for-all-replicas"))
    if (const auto* log =
            host.metadata().partition({host.metadata().topic_id(kTransactionStateTopic), shard.partition});
        log != nullptr && log->isr.size() < log->replicas.size())
      timed_out.clear();
  for (const std::string& id : timed_out)
    if (Prepared fence = shard.find(id)->prepare_fence_producer_epoch()) {
      if (sim::mutant("time-out-keeps-the-epoch")) fence->producer_epoch = shard.find(id)->producer_epoch;
      end_transaction(host, {id, fence->producer_id, fence->producer_epoch, false, false, server_version(host)},
                      {EndStored::For::TimeOut, 0});
    }
}

/// Simplified: in Kafka a batch that has reached the topic's max.message.bytes is followed by another one.
void TransactionCoordinator::remove_expired_transactional_ids(Host& host, Shard& shard) {
  const std::int64_t last_ms = host.ctx().wall_clock_ms() - expiration_ms_;
  if (!shard.transactions.empty()) schedule_check(host, shard, TransactionTimer::Expire, remove_interval_);
  for (auto& [id, t] : shard.transactions) {
    if (t.pending_transition_in_progress() || !is_expiration_allowed(t.state) ||
        t.txn_last_update_timestamp_ms > last_ms)
      continue;
    if (Prepared dead = t.prepare_dead())
      gather(host, shard, id, *std::move(dead), ForgottenStored{}, std::nullopt, request_timeout_);
  }
}

}  // namespace kafkascope::coordinator
