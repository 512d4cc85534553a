// Delayed requests and their completion. Kafka: DelayedProduce, DelayedFetch, DelayedOperationPurgatory.
#include "broker/purgatory.h"

#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "broker/timers.h"

namespace kafkascope::broker {

/// Registers the request in the slot, whose items are filled in. Completes it at once if it has nothing to wait for;
/// with a negative timeout it waits forever.
void DelayedOperations::delay_produce(Ctx& ctx, BrokerServer& server, std::uint32_t slot, sim::Duration timeout) {
  DelayedProduce& op = produces[slot];
  for (const DelayedProduce::Item& item : op.items) {
    if (!item.pending) continue;
    ++op.waiting;
    server.replicas[static_cast<std::size_t>(item.replica)].produce_watchers.push_back(slot);
  }
  if (check_produce(ctx, server, slot)) {
    complete_produce(ctx, server, slot);
    return;
  }
  op.watched = true;
  if (timeout.us >= 0) op.timer = ctx.set_timer(timeout, timer::kDelayedProduce, timer::argument(op.generation, slot));
}

/// Kafka: DelayedProduce.tryComplete, Partition.checkEnoughReplicasReachOffset. Returns true if every partition is
/// settled.
bool DelayedOperations::check_produce(Ctx& ctx, BrokerServer& server, std::uint32_t slot) {
  DelayedProduce& op = produces[slot];
  for (DelayedProduce::Item& item : op.items) {
    if (!item.pending) continue;
    const Replica& r = server.replicas[static_cast<std::size_t>(item.replica)];
    if (!r.is_leader()) {
      item.answer.error = r.role == ReplicaRole::None
                              ? server.replica_manager.missing_replica_error(server, r.tp, false)
                              : ErrorCode::NOT_LEADER_OR_FOLLOWER;
    } else if (r.log.high_watermark() >= item.required) {
      // A coordinator's append with acks 1 depends only on the high watermark.
      item.answer.error = op.acks == -1 && r.maximal_isr().size() < r.effective_min_isr()
                              ? ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
                              : ErrorCode::NONE;
    } else {
      continue;
    }
    item.pending = false;
    --op.waiting;
    if (item.answer.error == ErrorCode::NOT_LEADER_OR_FOLLOWER)
      server.replica_manager.current_leader(server, r.tp, item.answer.current_leader, item.answer.current_leader_epoch);
    if (item.answer.error != ErrorCode::NONE && op.connection.valid())
      server.connections.refuse(ctx, api::Produce, r.tp, item.answer.error, op.client);
  }
  return op.waiting == 0;
}

void DelayedOperations::check_produces(Ctx& ctx, BrokerServer& server, std::int32_t index) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  for (std::size_t i = 0; i < r.produce_watchers.size();) {
    const std::uint32_t slot = r.produce_watchers[i];
    if (check_produce(ctx, server, slot)) {
      complete_produce(ctx, server, slot);  // removes itself from the list
    } else {
      ++i;
    }
  }
  if (const CompleteWatch& list = server.look(index).complete_produces; list.complete > 0)
    complete_produces_.look_at(server.replicas.edit_unseen(static_cast<std::size_t>(index)).complete_produces);
}

void DelayedOperations::expire_produce(Ctx& ctx, BrokerServer& server, std::uint32_t slot) {
  DelayedProduce& op = produces[slot];
  for (DelayedProduce::Item& item : op.items) {
    if (!item.pending) continue;
    item.pending = false;
    item.answer.error = ErrorCode::REQUEST_TIMED_OUT;  // the records stay in the log
    ++server.metrics.expired_produces;
    if (op.connection.valid())
      server.connections.refuse(ctx, api::Produce, item.answer.partition, item.answer.error, op.client);
  }
  complete_produce(ctx, server, slot);
}

void DelayedOperations::complete_produce(Ctx& ctx, BrokerServer& server, std::uint32_t slot) {
  DelayedProduce& op = produces[slot];
  ctx.cancel(op.timer);
  for (const DelayedProduce::Item& item : op.items)
    if (item.replica >= 0) std::erase(server.replicas[static_cast<std::size_t>(item.replica)].produce_watchers, slot);
  if (std::exchange(op.watched, false) && in_purgatory(server, op)) {
    complete_produces_.count(ctx.now());
    for (const DelayedProduce::Item& item : op.items)
      if (item.replica >= 0)
        complete_produces_.add(server.replicas.edit_unseen(static_cast<std::size_t>(item.replica)).complete_produces);
      else if (watches(server, item)) complete_produces_.add();
  }
  if (op.connection.valid()) {
    protocol::ProduceResponse response;
    response.partitions.reserve(op.items.size());
    for (const DelayedProduce::Item& item : op.items) response.partitions.push_back(item.answer);
    if (server.connections.find_connection(op.connection) != nullptr) {
      server.connections.respond(ctx, server, op.connection, std::move(response));
    } else {  // the client has gone: the response is counted but not sent (RequestChannel, SocketServer.sendResponse)
      server.metrics.count_errors(api::Produce, protocol::Body(std::move(response)));
      server.metrics.count_request(api::Produce, false, op.times, ctx.now(), {});
    }
  } else {
    server.coordinators.append_results.push_back(
        {op.coordinator, op.items.front().answer.partition, op.token, op.items.front().answer.error});
  }
  produces.release(slot);
}

/// Whether a response sent now would satisfy the request. `first`: the index of the partition that has changed, for a
/// request without a session (in a session, sleeping partitions have not changed). Kafka: DelayedFetch.tryComplete.
bool DelayedOperations::fetch_satisfied(Ctx& ctx, BrokerServer& server, const DelayedFetch& op, std::size_t first) {
  std::int64_t bytes = 0;
  if (const FetchSession* session = server.fetches.session_read_by(ctx, op)) {
    server.fetches.wake_readers(server);
    return std::any_of(session->awake().begin(), session->awake().end(), [&](std::uint32_t slot) {
      return has_enough(ctx, server, op, server.look((*session)[slot].replica), (*session)[slot].asked, slot, bytes);
    });
  }
  for (std::size_t n = 0; n < op.replicas.size(); ++n) {
    const std::size_t i = first + n < op.replicas.size() ? first + n : first + n - op.replicas.size();
    if (has_enough(ctx, server, op, server.look(op.replicas[i]), op.request.partitions[i], i, bytes)) return true;
  }
  return false;
}

/// In 2.5 a read that returned neither records nor an offset completes only by timeout (DelayedFetch.tryComplete). This
/// affects the fetch of a consumer that is redirected to a follower, and of a broker that is not a replica.
bool DelayedOperations::waits_for_its_time(const BrokerServer& server, const DelayedFetch& op, const Replica& r,
                                           const protocol::FetchPartition& asked) const {
  if (!server.options.historical.fetch_2_5 || !r.is_leader()) return false;
  if (op.request.replica_id >= 0) return r.remote(op.request.replica_id) == nullptr;
  return server.settings.rack_aware && !op.request.rack_id.empty() &&
         server.fetches.preferred_read_replica(server, r, op.request.rack_id, asked.fetch_offset) != kNoBroker;
}

/// Whether the fetch has enough bytes once this partition is included; `at`: the partition's index in op.segments.
/// `bytes`: the bytes of the partitions before it.
bool DelayedOperations::has_enough(Ctx& ctx, BrokerServer& server, const DelayedFetch& op, const Replica& r,
                                   const protocol::FetchPartition& asked, std::size_t at, std::int64_t& bytes) {
  if (waits_for_its_time(server, op, r, asked)) return false;
  const Offset limit = server.fetches.fetch_limit(r, op.request);
  if (server.fetches.is_owed_high_watermark(server, r, op.request.replica_id)) return true;
  if (r.is_leader() && asked.fetch_offset == limit && asked.current_leader_epoch == r.leader_epoch)
    return false;  // the usual case: the fetch is at the log end
  if (r.role == ReplicaRole::None ||
      server.replica_manager.check_leader_epoch(r, asked.current_leader_epoch) != ErrorCode::NONE)
    return true;
  if (op.request.replica_id >= 0 && !r.is_leader()) return true;
  if (asked.fetch_offset > r.log.log_end_offset()) return true;  // the log was truncated meanwhile
  const storage::SegmentList& segments = r.log.segment_list();
  // The offset is above the high watermark (case F): the client asks again at once until the high watermark reaches it.
  // In 2.5 this holds only if the two offsets are in different segments.
  if (limit < asked.fetch_offset)
    return !server.options.historical.fetch_2_5 || segments.find(limit) != segments.find(asked.fetch_offset);
  if (limit == asked.fetch_offset || server.fetches.leader_throttles(ctx, r, op.request.replica_id)) return false;
  if (op.request.min_bytes <= 1) return true;
  if (op.segments[at] < segments[segments.find(limit)].base_offset)
    return true;  // on an older segment: any number of bytes is enough
  bytes += std::min<std::int64_t>(r.log.bytes_between(asked.fetch_offset, limit), asked.partition_max_bytes);
  return bytes >= op.request.min_bytes;
}

/// Checks the fetches that wait for this replica, in order of arrival. New records and high watermarks concern
/// consumers and the replica's followers; a change of role concerns every waiting fetch.
void DelayedOperations::answer_fetches(Ctx& ctx, BrokerServer& server, std::int32_t index, bool role_changed) {
  for (std::size_t i = 0; i < waiting_fetches.size();) {
    const auto [slot, follower] = waiting_fetches[i];
    if (follower != kNoBroker && !role_changed && server.look(index).remote(follower) == nullptr) {
      ++i;
      continue;
    }
    const DelayedFetch& op = fetches[slot];
    const FetchSession* session = server.fetches.session_read_by(ctx, op);
    const auto at = session != nullptr ? op.replicas.end() : std::find(op.replicas.begin(), op.replicas.end(), index);
    const bool watches = session != nullptr ? session->watches(index) : at != op.replicas.end();
    if (watches && !server.alter_partitions.watches_locked_partition(server, op) &&
        (op.overdue || fetch_satisfied(ctx, server, op,
                                       session != nullptr ? 0 : static_cast<std::size_t>(at - op.replicas.begin())))) {
      complete_fetch(ctx, server, slot);  // removes itself from the list
    } else {
      ++i;
    }
  }
}

void DelayedOperations::check_fetches(Ctx& ctx, BrokerServer& server, std::int32_t index, bool role_changed) {
  answer_fetches(ctx, server, index, role_changed);
  const CompleteWatch& list = server.look(index).complete_fetches;
  if (list.complete == 0 && list.looked_at == session_fetches_) return;
  CompleteWatch& looked_at = server.replicas.edit_unseen(static_cast<std::size_t>(index)).complete_fetches;
  complete_fetches_.look_at(looked_at);
  looked_at.looked_at = session_fetches_;
}

/// A delayed fetch has completed: it stays on the lists of its partitions until they are checked.
void DelayedOperations::leave_on_lists(BrokerServer& server, const DelayedFetch& op, sim::Instant now) {
  if (complete_fetches_.count(now)) purged_session_fetches_ = session_fetches_;
  if (FetchSession* session = op.of_session ? server.fetches.fetch_sessions.find(op.request.session_id) : nullptr)
    return session->note_complete(++session_fetches_, purged_session_fetches_);
  for (const std::int32_t index : op.replicas)
    if (index >= 0)
      complete_fetches_.add(server.replicas.edit_unseen(static_cast<std::size_t>(index)).complete_fetches);
    else complete_fetches_.add();
}

/// A partition leaves its session; the completed fetches stay on its list.
void DelayedOperations::leave_on_list(BrokerServer& server, const FetchSession& session, std::uint32_t slot) {
  const std::int32_t index = session[slot].replica;
  const std::uint64_t looked_at = index < 0 ? 0 : server.look(index).complete_fetches.looked_at;
  const std::uint32_t times = session.complete_on_list(slot, looked_at, purged_session_fetches_);
  if (times == 0) return;
  if (index < 0) complete_fetches_.add(times);
  else complete_fetches_.add(server.replicas.edit_unseen(static_cast<std::size_t>(index)).complete_fetches, times);
}

/// Refused partitions are also watched if they exist (ReplicaManager.appendRecords: entriesPerPartition.keys).
bool DelayedOperations::watches(const BrokerServer& server, const DelayedProduce::Item& item) const {
  return item.replica >= 0 || server.image.partition(item.answer.partition) != nullptr;
}

/// The coordinator's writes also wait for the high watermark, but from 4.x on they do not wait in this purgatory
/// (CoordinatorRuntime).
bool DelayedOperations::in_purgatory(const BrokerServer& server, const DelayedProduce& op) const {
  const bool by_replica_manager =  // ReplicaManager.appendRecords
      op.coordinator == CoordinatorType::Transaction || op.coordinator == CoordinatorType::Markers;
  return op.connection.valid() || by_replica_manager || server.options.config.version() == protocol::KafkaVersion::V2_5;
}

std::int64_t DelayedOperations::watched_produces(const BrokerServer& server, sim::Instant now) const {
  std::int64_t keys = complete_produces_.size(now);
  for (const DelayedProduce& op : produces.slots())
    if (op.used && op.watched && in_purgatory(server, op))
      keys += std::count_if(op.items.begin(), op.items.end(), [&](const auto& item) { return watches(server, item); });
  return keys;
}

std::int64_t DelayedOperations::watched_fetches(const BrokerServer& server, sim::Instant now) const {
  std::int64_t keys = complete_fetches_.size(now);
  for (const WaitingFetch& waiting : waiting_fetches)
    keys += static_cast<std::int64_t>(partitions_watched_by(server, fetches.slots()[waiting.slot]));
  if (complete_fetches_.is_purged(now) || session_fetches_ == purged_session_fetches_) return keys;
  server.fetches.fetch_sessions.for_each([&](const FetchSession& session) {
    for (std::uint32_t slot = 0; slot < session.slots(); ++slot) {
      if (!session[slot].there) continue;
      const std::int32_t index = session[slot].replica;
      keys += session.complete_on_list(slot, index < 0 ? 0 : server.look(index).complete_fetches.looked_at,
                                       purged_session_fetches_);
    }
  });
  return keys;
}

std::int64_t DelayedOperations::watched_delete_records(sim::Instant now) const {
  std::int64_t keys = complete_deletions_.size(now);
  for (const DelayedDeleteRecords& op : delete_records) keys += static_cast<std::int64_t>(op.items.size());
  return keys;
}

void DelayedOperations::forget_fetch(Ctx& ctx, BrokerServer& server, std::uint32_t slot) {
  DelayedFetch& op = fetches[slot];
  if (op.watched) leave_on_lists(server, op, ctx.now());
  ctx.cancel(op.timer);
  std::erase_if(waiting_fetches, [&](const WaitingFetch& waiting) { return waiting.slot == slot; });
  constexpr std::size_t kMuch = 32;  // the first fetch of a session names all partitions, later ones only changes
  if (op.request.partitions.capacity() > kMuch) op.request.partitions = {};
  if (op.replicas.capacity() > kMuch) op.replicas = {};
  fetches.release(slot);
}

/// Reads again; the follower's progress was recorded when the request arrived. Kafka: DelayedFetch.onComplete.
void DelayedOperations::complete_fetch(Ctx& ctx, BrokerServer& server, std::uint32_t slot) {
  DelayedFetch& op = fetches[slot];
  protocol::FetchResponse response;
  const FetchRead read = server.fetches.read_partitions(ctx, server, op, false, response.partitions);
  server.fetches.answer_fetch(ctx, server, op.connection, op.request, std::move(response), read);
  forget_fetch(ctx, server, slot);
}

void DelayedOperations::check_all(Ctx& ctx, BrokerServer& server, std::int32_t index, bool role_changed) {
  if (!delete_records.empty()) check_delete_records(ctx, server, false, 0);
  check_produces(ctx, server, index);
  check_fetches(ctx, server, index, role_changed);
  complete_deletions_.look_at(index);
  server.shares.state.complete_fetches.look_at({"", server.look(index).tp});
  if (!server.shares.state.requests.empty()) server.shares.state.news = true;
}

/// The requester has disconnected. As in Kafka, its produces stay until they are complete or time out. Its fetches are
/// removed; in Kafka they stay, but their response is never sent.
void DelayedOperations::forget_fetches_of(Ctx& ctx, BrokerServer& server, sim::ConnectionId id) {
  for (std::uint32_t slot = 0; slot < fetches.slots().size(); ++slot)
    if (fetches[slot].used && fetches[slot].connection == id) forget_fetch(ctx, server, slot);
}

void DelayedOperations::wake(Ctx& ctx, BrokerServer& server) {
  for (std::size_t i = 0; i < woken.size(); ++i) {
    const Woken w = woken[i];
    if (w.high_watermark_moved) {
      check_all(ctx, server, w.replica);
    } else if (w.appended) {
      check_fetches(ctx, server, w.replica);
    }
  }
  woken.clear();
}

/// Answers the requests that are complete, or (expired_only) the one whose time is up. Kafka: DelayedDeleteRecords.
void DelayedOperations::check_delete_records(Ctx& ctx, BrokerServer& server, bool expired_only, std::uint64_t expired) {
  for (std::size_t i = 0; i < delete_records.size();) {
    DelayedDeleteRecords& op = delete_records[i];
    const bool late = expired_only && op.number == expired;
    if (expired_only && !late) {
      ++i;
      continue;
    }
    bool waits = false;
    for (std::size_t k = 0; k < op.items.size(); ++k) {
      DelayedDeleteRecords::Item& item = op.items[k];
      protocol::DeleteRecordsPartitionResult& out = op.answer.partitions[k];
      if (!item.pending) continue;
      if (late) {  // an expired operation is not checked again (DelayedOperation.run)
        out.error = ErrorCode::REQUEST_TIMED_OUT;
        ++server.metrics.expired_delete_records;
        continue;
      }
      const Replica& r = server.replicas[static_cast<std::size_t>(item.replica)];
      if (!r.is_leader()) {
        out.error = r.offline                     ? ErrorCode::KAFKA_STORAGE_ERROR
                    : r.role == ReplicaRole::None ? ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
                                                  : ErrorCode::NOT_LEADER_OR_FOLLOWER;
        out.low_watermark = Offset{};
        item.pending = false;
      } else {
        const Offset low = server.replica_manager.low_watermark(server, r);
        item.pending = low < item.required;
        if (!item.pending) out.low_watermark = low;
      }
      waits = waits || item.pending;
    }
    if (waits) {
      ++i;
      continue;
    }
    DelayedDeleteRecords done = std::move(op);
    delete_records.erase(delete_records.begin() + static_cast<std::ptrdiff_t>(i));
    complete_deletions_.count(ctx.now());
    for (const DelayedDeleteRecords::Item& item : done.items) complete_deletions_.add(item.replica);
    ctx.cancel(done.timer);
    server.connections.respond(ctx, server, done.connection, std::move(done.answer));
  }
}

}  // namespace kafkascope::broker
