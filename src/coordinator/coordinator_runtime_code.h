// The templates of CoordinatorRuntime, for the coordinators' source files.
//
// Every operation that writes adds its records to one open batch. The batch is appended when the linger, counted from
// its first record, is over. A response is sent when the high watermark has passed its records; an operation without
// records waits for the records before it, so its response never depends on records that may still be lost. Simplified:
// an open batch is never full (Kafka also closes it at the topic's max.message.bytes).
#pragma once
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "coordinator/coordinator_runtime.h"
#include "protocol/records.h"

namespace kafkascope::coordinator {

// ---- loading and unloading partitions

template <class Shard>
void CoordinatorRuntime<Shard>::transition(Host& host, CoordinatorContext& context, CoordinatorState to) {
  if (!can_transition(context.state, to))
    return host.ctx().fault("a coordinator's state follows CoordinatorState's arrows");
  context.state = to;
}

template <class Shard>
void CoordinatorRuntime<Shard>::schedule_load_operation(Host& host, std::int32_t partition, protocol::LeaderEpoch epoch,
                                                        const storage::PartitionLog& log) {
  CoordinatorContext& context = contexts()[partition];
  if (epoch <= context.epoch) return;
  context.epoch = epoch;
  if (!can_transition(context.state, CoordinatorState::Loading)) return;  // already loaded, or being loaded
  context.shard.partition = partition;
  transition(host, context, CoordinatorState::Loading);
  const sim::Duration takes{load_rate_ > 0 ? log.size_bytes() * 1000000 / load_rate_ : 0};
  if (takes.us > 0) return timers().schedule(host.ctx(), {RuntimeTimer::Load, partition, {}, {}, 0}, takes);
  load(host, context, &log);
  flush_if_due(host, partition);
}

/// Kafka: CoordinatorLoaderImpl.
template <class Shard>
void CoordinatorRuntime<Shard>::load(Host& host, CoordinatorContext& context, const storage::PartitionLog* log) {
  Ctx& ctx = host.ctx();
  Shard& shard = context.shard;
  const auto fail = [&] {
    transition(host, context, CoordinatorState::Failed);
    unload(host, context);
  };
  if (log == nullptr) return fail();
  const protocol::Offset end = log->log_end_offset(), committed = log->high_watermark();
  CoordinatorBatch pending;  // records that may still be lost: not shown to clients yet
  for (protocol::Offset at = log->log_start_offset(); at < end;) {
    const auto batches = log->read(at, end, 5 * 1024 * 1024, true);  // offsets.load.buffer.size and its counterparts
    if (batches.empty()) {
      fail();
      return ctx.fault("the log of " + std::string(Shard::kTopic) + " can be read from its start to its end");
    }
    for (const auto& batch : batches) {
      at = batch.next_offset();
      Delta* const uncommitted = at <= committed ? nullptr : &pending.delta;
      if constexpr (requires { shard.replay_in_transaction(ctx, std::declval<const Record&>(), 0, uncommitted); }) {
        if (const auto marker = protocol::marker_in(*batch.data)) {
          shard.replay_end_transaction_marker(batch.data->producer_id, marker->result, uncommitted);
          continue;
        }
      }
      if (batch.data->control) continue;
      for (const protocol::RecordView record : batch.data->records)
        if (const auto decoded = Shard::decode(record)) {
          if constexpr (requires { shard.replay_in_transaction(ctx, *decoded, 0, uncommitted); }) {
            if (batch.data->transactional) {
              shard.replay_in_transaction(ctx, *decoded, batch.data->producer_id, uncommitted);
              continue;
            }
          }
          shard.replay(ctx, *decoded, uncommitted);
        }
    }
  }
  transition(host, context, CoordinatorState::Active);
  if (committed >= end) return on_loaded(host, shard);
  pending.loaded = true;
  const std::uint64_t token = pending.token = next_token_++;
  context.deferred.push_back(std::move(pending));  // before on_loaded(), which uses the committed state
  on_loaded(host, shard);
  host.await_committed(shard.partition, end, token);
}

template <class Shard>
void CoordinatorRuntime<Shard>::schedule_unload_operation(Host& host, std::int32_t partition,
                                                          std::optional<protocol::LeaderEpoch> epoch) {
  const auto it = contexts().find(partition);
  if (it == contexts().end() || (epoch && *epoch <= it->second.epoch)) return;
  transition(host, it->second, CoordinatorState::Closed);
  unload(host, it->second);
  contexts().erase(partition);
}

/// The state is Closed or Failed: nothing can be written. Kafka: CoordinatorContext.unload.
template <class Shard>
void CoordinatorRuntime<Shard>::unload(Host& host, CoordinatorContext& context) {
  Shard& shard = context.shard;
  const std::int32_t partition = shard.partition;
  timers().cancel_partition(host.ctx(), partition);
  const auto give_up = [&](CoordinatorBatch& batch) {
    for (DeferredEvent& deferred : batch.events)
      complete(host, shard, std::move(deferred.event), protocol::ErrorCode::NOT_COORDINATOR);
  };
  auto deferred = std::exchange(context.deferred, {});
  for (CoordinatorBatch& batch : deferred) give_up(batch);
  if (auto batch = std::exchange(context.current_batch, std::nullopt)) {
    revert(host, shard, batch->delta);
    give_up(*batch);
  }
  on_unloaded(host, shard);
  shard = {};  // a later epoch loads the shard again
  shard.partition = partition;
}

template <class Shard>
std::vector<std::int32_t> CoordinatorRuntime<Shard>::owned_partitions() const {
  std::vector<std::int32_t> list;
  for (const auto& [partition, context] : contexts()) list.push_back(partition);
  return list;
}

// ---- lookup

template <class Shard>
std::int32_t CoordinatorRuntime<Shard>::partition_for(Host& host, std::string_view key) const {
  const std::int32_t known = host.metadata().partition_count(Shard::kTopic);
  // LeaderAndIsr of 2.5 names the topic before UpdateMetadata reports its partitions.
  return protocol::partition_for(key, known > 0 ? known : options_.partitions);
}

template <class Shard>
Shard* CoordinatorRuntime<Shard>::find_shard(std::int32_t partition) {
  const auto it = contexts().find(partition);
  return it == contexts().end() ? nullptr : &it->second.shard;
}

template <class Shard>
protocol::ErrorCode CoordinatorRuntime<Shard>::unavailable(const Shard* shard) const {
  switch (shard == nullptr ? CoordinatorState::Closed : state(shard->partition)) {
    case CoordinatorState::Active: return protocol::ErrorCode::NONE;
    case CoordinatorState::Loading: return protocol::ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
    default: return protocol::ErrorCode::NOT_COORDINATOR;
  }
}

// ---- operations

template <class Shard>
template <class Response, class Op>
void CoordinatorRuntime<Shard>::schedule_write_operation(Host& host, std::int32_t partition, RequestHandle request,
                                                         Op&& op) {
  Shard* shard = find_shard(partition);
  CoordinatorResult<Response> result;
  result.response.error = unavailable(shard);
  if (result.response.error != protocol::ErrorCode::NONE) return host.reply(request, std::move(result.response));
  result = op(*shard);
  if (result.thrown) return host.reply(request, std::move(result.response));
  append(host, *shard, result.records, Answer{request, std::move(result.response)}, Replay::Records);
  flush_if_due(host, partition);
}

template <class Shard>
template <class Response, class Op>
void CoordinatorRuntime<Shard>::schedule_read_operation(Host& host, std::int32_t partition, RequestHandle request,
                                                        Op&& op) {
  const Shard* shard = find_shard(partition);
  Response response;
  response.error = unavailable(shard);
  if (response.error == protocol::ErrorCode::NONE) response = op(*shard);
  host.reply(request, std::move(response));
}

template <class Shard>
template <class F>
void CoordinatorRuntime<Shard>::for_each_uncommitted(const Shard& shard, F&& f) const {
  const CoordinatorContext& context = contexts().find(shard.partition)->second;
  for (const CoordinatorBatch& batch : context.deferred) f(batch.delta);
  if (context.current_batch) f(context.current_batch->delta);
}

template <class Shard>
template <class Map, class UndoOf>
const typename Map::mapped_type* CoordinatorRuntime<Shard>::committed(const Shard& shard, const Map& map,
                                                                      const typename Map::key_type& key,
                                                                      UndoOf undo_of) const {
  const auto now = map.find(key);
  const typename Map::mapped_type* value = now == map.end() ? nullptr : &now->second;
  bool settled = false;  // the oldest batch that changed the entry has the committed value
  for_each_uncommitted(shard, [&](const Delta& delta) {
    const auto* was = settled ? nullptr : undo_of(delta).find(key);
    if (was == nullptr) return;
    settled = true;
    value = *was ? &**was : nullptr;
  });
  return value;
}

// ---- batches

template <class Shard>
void CoordinatorRuntime<Shard>::append(Host& host, Shard& shard, const std::vector<Record>& records,
                                       std::optional<Event> event, Replay replay) {
  CoordinatorContext& context = context_of(shard);
  if (context.state != CoordinatorState::Active)
    return host.ctx().fault("a coordinator that is not active writes nothing");
  if (records.empty()) {
    if (!event) return;
    CoordinatorBatch* last = context.current_batch       ? &*context.current_batch
                             : !context.deferred.empty() ? &context.deferred.back()
                                                         : nullptr;
    if (last == nullptr) return complete(host, shard, *std::move(event), protocol::ErrorCode::NONE);
    return defer(host, shard, *last, *std::move(event));
  }
  Ctx& ctx = host.ctx();
  CoordinatorBatch& batch = open_batch(host, context);
  for (const Record& record : records) {
    batch.records.push_back(Shard::encode(record, host.metadata(), ctx.wall_clock_ms()));
    if (replay == Replay::Records) shard.replay(ctx, record, &batch.delta);
  }
  if (event) defer(host, shard, batch, *std::move(event));
  if (due_timer_ && due_timer_->retry_backoff.us > 0) batch.timers.push_back(*due_timer_);
}

template <class Shard>
void CoordinatorRuntime<Shard>::append_in_transaction(Host& host, Shard& shard, const TransactionalBatch& of,
                                                      const std::vector<Record>& records, Delta delta, Event event) {
  CoordinatorContext& context = context_of(shard);
  if (context.state != CoordinatorState::Active)
    return host.ctx().fault("a coordinator that is not active writes nothing");
  const std::int32_t partition = shard.partition;
  flush(host, partition);
  CoordinatorBatch& batch = open_batch(host, context);
  batch.transaction = of;
  batch.delta = std::move(delta);
  for (const Record& record : records)
    batch.records.push_back(Shard::encode(record, host.metadata(), host.ctx().wall_clock_ms()));
  defer(host, shard, batch, std::move(event));
  flush(host, partition);
}

template <class Shard>
void CoordinatorRuntime<Shard>::defer(Host& host, const Shard& shard, CoordinatorBatch& batch, Event event) {
  DeferredEvent deferred{std::move(event)};
  if (options_.write_timeout.us > 0 && has_deadline(deferred.event)) {
    deferred.number = next_event_++;
    timers().schedule(host.ctx(), {RuntimeTimer::WriteTimeout, shard.partition, {}, {}, deferred.number},
                      options_.write_timeout);
  }
  batch.events.push_back(std::move(deferred));
}

template <class Shard>
typename CoordinatorRuntime<Shard>::Delta& CoordinatorRuntime<Shard>::delta(Host& host, Shard& shard) {
  return open_batch(host, context_of(shard)).delta;
}

template <class Shard>
typename CoordinatorRuntime<Shard>::CoordinatorBatch& CoordinatorRuntime<Shard>::open_batch(
    Host& host, CoordinatorContext& context) {
  if (!context.current_batch) {
    context.current_batch.emplace();
    context.current_batch->token = next_token_++;
    if (options_.linger.us > 0 && context.state == CoordinatorState::Active)
      timers().schedule(host.ctx(), {RuntimeTimer::AppendLinger, context.shard.partition, {}, {}, 0}, options_.linger);
  }
  return *context.current_batch;
}

template <class Shard>
void CoordinatorRuntime<Shard>::flush(Host& host, std::int32_t partition) {
  const auto it = contexts().find(partition);
  if (it == contexts().end() || !it->second.current_batch) return;
  CoordinatorContext& context = it->second;
  timers().cancel(host.ctx(), {RuntimeTimer::AppendLinger, partition, {}, {}, 0});
  CoordinatorBatch batch = std::move(*context.current_batch);
  context.current_batch.reset();
  protocol::RecordBatch records;
  records.records = std::move(batch.records);
  batch.records.clear();
  const std::uint64_t token = batch.token;
  const std::optional<TransactionalBatch> of = batch.transaction;
  context.deferred.push_back(std::move(batch));
  // The host may call on_append_done before it returns, so nothing may be used after these calls.
  if (!of) return host.append(partition, protocol::seal(std::move(records)), options_.required_acks, token);
  records.producer_id = of->producer_id;
  records.producer_epoch = of->producer_epoch;
  records.transactional = true;
  protocol::BatchRef sealed = of->marker ? protocol::end_transaction_batch(of->producer_id, of->producer_epoch,
                                                                           *of->marker, host.ctx().wall_clock_ms())
                                         : protocol::seal(std::move(records));
  host.append_in_transaction(partition, std::move(sealed), options_.required_acks, of->guard, token);
}

template <class Shard>
void CoordinatorRuntime<Shard>::on_append_done(Host& host, std::int32_t partition, std::uint64_t token,
                                               protocol::ErrorCode error) {
  const auto found = contexts().find(partition);
  if (found == contexts().end()) return;
  CoordinatorContext& context = found->second;
  std::deque<CoordinatorBatch>& deferred = context.deferred;
  const auto it = std::find_if(deferred.begin(), deferred.end(),
                               [&](const CoordinatorBatch& batch) { return batch.token == token; });
  if (it == deferred.end()) return;
  if (error != protocol::ErrorCode::NONE) {
    fail_batches(host, context, static_cast<std::size_t>(it - deferred.begin()), error);
  } else {
    CoordinatorBatch batch = std::move(*it);
    deferred.erase(it);
    on_committed(host, context.shard, batch.delta, batch.loaded);
    for (DeferredEvent& event : batch.events) complete_deferred(host, context.shard, std::move(event), error);
  }
  flush_if_due(host, partition);  // the completed events may have written records
}

/// Kafka: failCurrentBatch. In Kafka an append fails before anything else can be written; here the error may arrive
/// after other batches have been written on top of the failed one.
template <class Shard>
void CoordinatorRuntime<Shard>::fail_batches(Host& host, CoordinatorContext& context, std::size_t first,
                                             protocol::ErrorCode error) {
  const auto from = context.deferred.begin() + static_cast<std::ptrdiff_t>(first);
  const auto to = options_.independent_batches ? from + 1 : context.deferred.end();
  std::vector<CoordinatorBatch> failed(std::make_move_iterator(from), std::make_move_iterator(to));
  context.deferred.erase(from, to);
  if (context.current_batch && !options_.independent_batches) {
    timers().cancel(host.ctx(), {RuntimeTimer::AppendLinger, context.shard.partition, {}, {}, 0});
    failed.push_back(*std::exchange(context.current_batch, std::nullopt));
  }
  for (auto batch = failed.rbegin(); batch != failed.rend(); ++batch) revert(host, context.shard, batch->delta);
  for (CoordinatorBatch& batch : failed)
    for (DeferredEvent& event : batch.events) complete_deferred(host, context.shard, std::move(event), error);
  for (auto batch = failed.rbegin(); batch != failed.rend(); ++batch) on_reverted(host, context.shard, batch->delta);
  for (const CoordinatorBatch& batch : failed)
    for (const TimerTable::Due& due : batch.timers) timers().retry(host.ctx(), due);
}

template <class Shard>
void CoordinatorRuntime<Shard>::complete_deferred(Host& host, Shard& shard, DeferredEvent deferred,
                                                  protocol::ErrorCode error) {
  if (deferred.number != 0)
    timers().cancel(host.ctx(), {RuntimeTimer::WriteTimeout, shard.partition, {}, {}, deferred.number});
  complete(host, shard, std::move(deferred.event), error);
}

template <class Shard>
int CoordinatorRuntime<Shard>::waiting_writes() const {
  std::size_t count = 0;
  for (const auto& [partition, context] : contexts()) {
    for (const CoordinatorBatch& batch : context.deferred) count += batch.events.size();
    if (context.current_batch) count += context.current_batch->events.size();
  }
  return static_cast<int>(count);
}

// ---- timers

template <class Shard>
bool CoordinatorRuntime<Shard>::on_timer(Host& host, std::uint16_t kind, std::uint64_t arg) {
  if (!timers().owns(kind)) return false;
  const std::optional<TimerTable::Due> key = timers().take(kind, arg);
  if (!key) return true;
  const auto it = contexts().find(key->partition);
  if (it == contexts().end()) return true;
  CoordinatorContext& context = it->second;
  switch (key->kind) {
    case RuntimeTimer::Load: load(host, context, host.log(key->partition)); break;
    case RuntimeTimer::AppendLinger: flush(host, key->partition); break;
    case RuntimeTimer::WriteTimeout: on_write_timeout(host, context, key->number); break;
    default:
      due_timer_ = key;
      on_timeout(host, context.shard, *key);
      due_timer_.reset();
  }
  flush_if_due(host, key->partition);
  return true;
}

/// The records stay in their batch and take effect if they are committed later.
template <class Shard>
void CoordinatorRuntime<Shard>::on_write_timeout(Host& host, CoordinatorContext& context, std::uint64_t number) {
  const auto take = [&](CoordinatorBatch& batch) {
    const auto it = std::find_if(batch.events.begin(), batch.events.end(),
                                 [&](const DeferredEvent& event) { return event.number == number; });
    if (it == batch.events.end()) return false;
    DeferredEvent event = std::move(*it);
    batch.events.erase(it);
    complete_deferred(host, context.shard, std::move(event), protocol::ErrorCode::REQUEST_TIMED_OUT);
    return true;
  };
  for (CoordinatorBatch& batch : context.deferred)
    if (take(batch)) return;
  if (context.current_batch) take(*context.current_batch);
}

}  // namespace kafkascope::coordinator
