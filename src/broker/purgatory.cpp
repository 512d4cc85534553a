// Delayed requests and their completion. Kafka: DelayedProduce, DelayedFetch, DelayedOperationPurgatory.
#include "broker/purgatory.h"

#include <algorithm>
#include <utility>

#include "broker/broker.h"
#include "broker/timers.h"

namespace kafkascope::broker {

/// Registers the request in the slot, whose items are filled in. Completes it at once if it has nothing to wait for; a
/// negative timeout means that it waits for ever.
void Broker::delay_produce(Ctx& ctx, std::uint32_t slot, sim::Duration timeout) {
  DelayedProduce& op = produces_[slot];
  for (const DelayedProduce::Item& item : op.items) {
    if (!item.pending) continue;
    ++op.waiting;
    replicas_[static_cast<std::size_t>(item.replica)].produce_watchers.push_back(slot);
  }
  if (check_produce(ctx, slot)) {
    complete_produce(ctx, slot);
    return;
  }
  op.watched = true;
  if (timeout.us >= 0) op.timer = ctx.set_timer(timeout, timer::kDelayedProduce, timer::argument(op.generation, slot));
}

/// Kafka: DelayedProduce.tryComplete, Partition.checkEnoughReplicasReachOffset. Returns true if every partition is
/// settled.
bool Broker::check_produce(Ctx& ctx, std::uint32_t slot) {
  DelayedProduce& op = produces_[slot];
  for (DelayedProduce::Item& item : op.items) {
    if (!item.pending) continue;
    const Replica& r = replicas_[static_cast<std::size_t>(item.replica)];
    if (!r.is_leader()) {
      item.answer.error =
          r.role == ReplicaRole::None ? missing_replica_error(r.tp, false) : ErrorCode::NOT_LEADER_OR_FOLLOWER;
    } else if (r.log.high_watermark() >= item.required) {
      // With acks 1 a coordinator depends on the high watermark only.
      item.answer.error = op.acks == -1 && r.maximal_isr().size() < r.effective_min_isr()
                              ? ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
                              : ErrorCode::NONE;
    } else {
      continue;
    }
    item.pending = false;
    --op.waiting;
    if (item.answer.error == ErrorCode::NOT_LEADER_OR_FOLLOWER)
      current_leader(r.tp, item.answer.current_leader, item.answer.current_leader_epoch);
    if (item.answer.error != ErrorCode::NONE && op.connection.valid())
      refuse(ctx, ApiKey::Produce, r.tp, item.answer.error, op.client);
  }
  return op.waiting == 0;
}

void Broker::check_produces(Ctx& ctx, std::int32_t index) {
  Replica& r = replicas_[static_cast<std::size_t>(index)];
  for (std::size_t i = 0; i < r.produce_watchers.size();) {
    const std::uint32_t slot = r.produce_watchers[i];
    if (check_produce(ctx, slot)) {
      complete_produce(ctx, slot);  // removes itself from the list
    } else {
      ++i;
    }
  }
  if (const CompleteWatch& list = look(index).complete_produces; list.complete > 0)
    complete_produces_.look_at(replicas_.edit_unseen(static_cast<std::size_t>(index)).complete_produces);
}

void Broker::expire_produce(Ctx& ctx, std::uint32_t slot) {
  DelayedProduce& op = produces_[slot];
  for (DelayedProduce::Item& item : op.items) {
    if (!item.pending) continue;
    item.pending = false;
    item.answer.error = ErrorCode::REQUEST_TIMED_OUT;  // the records stay in the log
    ++metrics_.expired_produces;
    if (op.connection.valid()) refuse(ctx, ApiKey::Produce, item.answer.partition, item.answer.error, op.client);
  }
  complete_produce(ctx, slot);
}

void Broker::complete_produce(Ctx& ctx, std::uint32_t slot) {
  DelayedProduce& op = produces_[slot];
  ctx.cancel(op.timer);
  for (const DelayedProduce::Item& item : op.items)
    if (item.replica >= 0) std::erase(replicas_[static_cast<std::size_t>(item.replica)].produce_watchers, slot);
  if (std::exchange(op.watched, false) && in_purgatory(op)) {
    complete_produces_.count(ctx.now());
    for (const DelayedProduce::Item& item : op.items)
      if (item.replica >= 0)
        complete_produces_.add(replicas_.edit_unseen(static_cast<std::size_t>(item.replica)).complete_produces);
      else if (watches(item)) complete_produces_.add();
  }
  if (op.connection.valid()) {
    protocol::ProduceResponse response;
    response.partitions.reserve(op.items.size());
    for (const DelayedProduce::Item& item : op.items) response.partitions.push_back(item.answer);
    if (find_connection(op.connection) != nullptr) {
      respond(ctx, op.connection, std::move(response));
    } else {  // its client has gone: no response is sent, but it is counted all the same (RequestChannel, SocketServer.sendResponse)
      metrics_.count_errors(ApiKey::Produce, protocol::Body(std::move(response)));
      metrics_.count_request(ApiKey::Produce, false, op.times, ctx.now(), {});
    }
  } else {
    append_results_.push_back(
        {op.coordinator, op.items.front().answer.partition, op.token, op.items.front().answer.error});
  }
  produces_.release(slot);
}

/// Whether a response now would satisfy the request. `first`: which of its partitions has changed, for a request without a session (in
/// a session, sleeping partitions have no news). Kafka: DelayedFetch.tryComplete.
bool Broker::fetch_satisfied(Ctx& ctx, const DelayedFetch& op, std::size_t first) {
  std::int64_t bytes = 0;
  if (const FetchSession* session = session_read_by(ctx, op)) {
    wake_readers();
    return std::any_of(session->awake().begin(), session->awake().end(), [&](std::uint32_t slot) {
      return has_enough(ctx, op, look((*session)[slot].replica), (*session)[slot].asked, slot, bytes);
    });
  }
  for (std::size_t n = 0; n < op.replicas.size(); ++n) {
    const std::size_t i = first + n < op.replicas.size() ? first + n : first + n - op.replicas.size();
    if (has_enough(ctx, op, look(op.replicas[i]), op.request.partitions[i], i, bytes)) return true;
  }
  return false;
}

/// 2.5: a read that returned nothing and no offset completes only by timeout (DelayedFetch.tryComplete): for a consumer that is sent to a
/// follower, or a broker that is not a replica.
bool Broker::waits_for_its_time(const DelayedFetch& op, const Replica& r, const protocol::FetchPartition& asked) const {
  if (!options_.historical.fetch_2_5 || !r.is_leader()) return false;
  if (op.request.replica_id >= 0) return r.remote(op.request.replica_id) == nullptr;
  return rack_aware_ && !op.request.rack_id.empty() &&
         preferred_read_replica(r, op.request.rack_id, asked.fetch_offset) != kNoBroker;
}

/// Whether the fetch has enough bytes with this partition; `at`: its index in op.segments. `bytes`: the bytes of the
/// partitions before it.
bool Broker::has_enough(Ctx& ctx, const DelayedFetch& op, const Replica& r, const protocol::FetchPartition& asked,
                        std::size_t at, std::int64_t& bytes) {
  if (waits_for_its_time(op, r, asked)) return false;
  const Offset limit = fetch_limit(r, op.request);
  if (is_owed_high_watermark(r, op.request.replica_id)) return true;
  if (r.is_leader() && asked.fetch_offset == limit && asked.current_leader_epoch == r.leader_epoch)
    return false;  // at the log end, as most are
  if (r.role == ReplicaRole::None || check_leader_epoch(r, asked.current_leader_epoch) != ErrorCode::NONE) return true;
  if (op.request.replica_id >= 0 && !r.is_leader()) return true;
  if (asked.fetch_offset > r.log.log_end_offset()) return true;  // the log was truncated meanwhile
  const storage::SegmentList& segments = r.log.segment_list();
  // The offset is above the high watermark (case F): the client asks again at once until the high watermark reaches it. In 2.5 only across
  // segments.
  if (limit < asked.fetch_offset)
    return !options_.historical.fetch_2_5 || segments.find(limit) != segments.find(asked.fetch_offset);
  if (limit == asked.fetch_offset || leader_throttles(ctx, r, op.request.replica_id)) return false;
  if (op.request.min_bytes <= 1) return true;
  if (op.segments[at] < segments[segments.find(limit)].base_offset)
    return true;  // on an older segment: any number of bytes is enough
  bytes += std::min<std::int64_t>(r.log.bytes_between(asked.fetch_offset, limit), asked.partition_max_bytes);
  return bytes >= op.request.min_bytes;
}

/// Checks the fetches that wait for this replica, in order of arrival. New records and high watermarks concern only its followers among the
/// brokers; a change of role concerns all that wait for the replica.
void Broker::answer_fetches(Ctx& ctx, std::int32_t index, bool role_changed) {
  for (std::size_t i = 0; i < waiting_fetches_.size();) {
    const auto [slot, follower] = waiting_fetches_[i];
    if (follower != kNoBroker && !role_changed && look(index).remote(follower) == nullptr) {
      ++i;
      continue;
    }
    const DelayedFetch& op = fetches_[slot];
    const FetchSession* session = session_read_by(ctx, op);
    const auto at = session != nullptr ? op.replicas.end() : std::find(op.replicas.begin(), op.replicas.end(), index);
    const bool watches = session != nullptr ? session->watches(index) : at != op.replicas.end();
    if (watches && !watches_locked_partition(op) &&
        (op.overdue ||
         fetch_satisfied(ctx, op, session != nullptr ? 0 : static_cast<std::size_t>(at - op.replicas.begin())))) {
      complete_fetch(ctx, slot);  // removes itself from the list
    } else {
      ++i;
    }
  }
}

void Broker::check_fetches(Ctx& ctx, std::int32_t index, bool role_changed) {
  answer_fetches(ctx, index, role_changed);
  const CompleteWatch& list = look(index).complete_fetches;
  if (list.complete == 0 && list.looked_at == session_fetches_) return;
  CompleteWatch& looked_at = replicas_.edit_unseen(static_cast<std::size_t>(index)).complete_fetches;
  complete_fetches_.look_at(looked_at);
  looked_at.looked_at = session_fetches_;
}

/// A delayed fetch is complete: it stays on the lists of its partitions until they are checked.
void Broker::leave_on_lists(const DelayedFetch& op, sim::Instant now) {
  if (complete_fetches_.count(now)) purged_session_fetches_ = session_fetches_;
  if (FetchSession* session = op.of_session ? fetch_sessions_.find(op.request.session_id) : nullptr)
    return session->note_complete(++session_fetches_, purged_session_fetches_);
  for (const std::int32_t index : op.replicas)
    if (index >= 0) complete_fetches_.add(replicas_.edit_unseen(static_cast<std::size_t>(index)).complete_fetches);
    else complete_fetches_.add();
}

/// A partition leaves its session; the complete fetches stay on its list.
void Broker::leave_on_list(const FetchSession& session, std::uint32_t slot) {
  const std::int32_t index = session[slot].replica;
  const std::uint64_t looked_at = index < 0 ? 0 : look(index).complete_fetches.looked_at;
  const std::uint32_t times = session.complete_on_list(slot, looked_at, purged_session_fetches_);
  if (times == 0) return;
  if (index < 0) complete_fetches_.add(times);
  else complete_fetches_.add(replicas_.edit_unseen(static_cast<std::size_t>(index)).complete_fetches, times);
}

/// Refused partitions are watched, too, if they exist (ReplicaManager.appendRecords: entriesPerPartition.keys).
bool Broker::watches(const DelayedProduce::Item& item) const {
  return item.replica >= 0 || image_.partition(item.answer.partition) != nullptr;
}

/// The coordinator's writes wait for the high watermark, too, but from 4.x on not in this purgatory
/// (CoordinatorRuntime).
bool Broker::in_purgatory(const DelayedProduce& op) const {
  return op.connection.valid() || options_.config.version() == protocol::KafkaVersion::V2_5;
}

std::int64_t Broker::watched_produces(sim::Instant now) const {
  std::int64_t keys = complete_produces_.size(now);
  for (const DelayedProduce& op : produces_.slots())
    if (op.used && op.watched && in_purgatory(op))
      keys += std::count_if(op.items.begin(), op.items.end(), [&](const auto& item) { return watches(item); });
  return keys;
}

std::int64_t Broker::watched_fetches(sim::Instant now) const {
  std::int64_t keys = complete_fetches_.size(now);
  for (const WaitingFetch& waiting : waiting_fetches_)
    keys += static_cast<std::int64_t>(partitions_watched_by(fetches_.slots()[waiting.slot]));
  if (complete_fetches_.is_purged(now) || session_fetches_ == purged_session_fetches_) return keys;
  fetch_sessions_.for_each([&](const FetchSession& session) {
    for (std::uint32_t slot = 0; slot < session.slots(); ++slot) {
      if (!session[slot].there) continue;
      const std::int32_t index = session[slot].replica;
      keys += session.complete_on_list(slot, index < 0 ? 0 : look(index).complete_fetches.looked_at,
                                       purged_session_fetches_);
    }
  });
  return keys;
}

std::int64_t Broker::watched_delete_records(sim::Instant now) const {
  std::int64_t keys = complete_deletions_.size(now);
  for (const DelayedDeleteRecords& op : delete_records_) keys += static_cast<std::int64_t>(op.items.size());
  return keys;
}

/// Two keys per partition: DelayedShareFetchGroupKey, DelayedShareFetchPartitionKey.
std::int64_t Broker::watched_share_fetches(sim::Instant now) const {
  std::int64_t keys = share_.complete_fetches.size(now);
  for (const ShareRequest& r : share_.requests)
    if (r.fetches) keys += 2 * static_cast<std::int64_t>(r.partitions.size());
  return keys;
}

void Broker::forget_fetch(Ctx& ctx, std::uint32_t slot) {
  DelayedFetch& op = fetches_[slot];
  if (op.watched) leave_on_lists(op, ctx.now());
  ctx.cancel(op.timer);
  std::erase_if(waiting_fetches_, [&](const WaitingFetch& waiting) { return waiting.slot == slot; });
  constexpr std::size_t kMuch = 32;  // the first fetch of a session names all partitions, later ones only changes
  if (op.request.partitions.capacity() > kMuch) op.request.partitions = {};
  if (op.replicas.capacity() > kMuch) op.replicas = {};
  fetches_.release(slot);
}

/// Reads again; the follower's progress was recorded when the request arrived. Kafka: DelayedFetch.onComplete.
void Broker::complete_fetch(Ctx& ctx, std::uint32_t slot) {
  DelayedFetch& op = fetches_[slot];
  protocol::FetchResponse response;
  const FetchRead read = read_partitions(ctx, op, false, response.partitions);
  answer_fetch(ctx, op.connection, op.request, std::move(response), read);
  forget_fetch(ctx, slot);
}

void Broker::check_all(Ctx& ctx, std::int32_t index, bool role_changed) {
  if (!delete_records_.empty()) check_delete_records(ctx, false, 0);
  check_produces(ctx, index);
  check_fetches(ctx, index, role_changed);
  complete_deletions_.look_at(index);
  share_.complete_fetches.look_at({"", look(index).tp});
  if (!share_.requests.empty()) share_.news = true;
}

/// The requester has disconnected. Its produces stay until they are complete or time out, as in Kafka. (In Kafka its fetches stay, too, but
/// their response is never sent.)
void Broker::forget_fetches_of(Ctx& ctx, sim::ConnectionId id) {
  for (std::uint32_t slot = 0; slot < fetches_.slots().size(); ++slot)
    if (fetches_[slot].used && fetches_[slot].connection == id) forget_fetch(ctx, slot);
}

}  // namespace kafkascope::broker
