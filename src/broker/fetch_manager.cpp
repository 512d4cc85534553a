// Fetch requests of followers and consumers: sessions, reads, delayed fetches. Kafka: KafkaApis.handleFetchRequest,
// ReplicaManager.fetchMessages, FetchManager.
#include <algorithm>
#include <tuple>
#include <utility>

#include "broker/broker_server.h"
#include "broker/timers.h"
#include "sim/mutant.h"

namespace kafkascope::broker {
namespace {

bool carries_leader(ErrorCode e) {
  return e == ErrorCode::NOT_LEADER_OR_FOLLOWER || e == ErrorCode::FENCED_LEADER_EPOCH;
}

}  // namespace

Offset FetchManager::fetch_limit(const Replica& r, const protocol::FetchRequest& request) const {
  if (request.replica_id >= 0 || sim::mutant("consumers-read-past-the-hw") ||
      (!r.is_leader() && sim::mutant("followers-serve-past-the-hw")))
    return r.log.log_end_offset();
  return request.read_committed && !sim::mutant("committed-readers-read-to-the-hw") ? r.log.last_stable_offset()
                                                                                    : r.log.high_watermark();
}

/// Updates the session with the request's changes; its epoch becomes the one that the next request must carry. Kafka:
/// FetchManager.newContext.
ErrorCode FetchManager::open_fetch_session(BrokerServer& server, protocol::FetchRequest& request, sim::Instant now) {
  if (request.session_epoch <= 0) {  // a full request ends the requester's earlier session
    remove_fetch_session(server, request.session_id);
    return ErrorCode::NONE;
  }
  FetchSession* session = fetch_sessions.find(request.session_id);
  if (session == nullptr) return ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
  if (session->next_epoch != request.session_epoch) return ErrorCode::INVALID_FETCH_SESSION_EPOCH;
  part_from_waiting(server, request.session_id);
  session->update(request, [&](std::uint32_t slot) {
    server.delayed.leave_on_list(server, *session, slot);
    const std::int32_t replica = (*session)[slot].replica;
    RemoteReplica* remote =
        replica < 0 ? nullptr : server.replicas[static_cast<std::size_t>(replica)].remote(request.replica_id);
    if (remote != nullptr && remote->quiet_in == request.session_id) leave_quiet(server, *remote);
  });
  session->last_used = now;
  session->next_epoch = FetchSessions::epoch_after(session->next_epoch);
  if (session->empty()) {  // an empty session is removed (SessionlessFetchContext)
    fetch_sessions.remove(request.session_id);
    request.session_id = 0;
    request.session_epoch = -1;
  }
  return ErrorCode::NONE;
}

/// Gives a fetch that still waits its own copy of the session's partitions, because the session continues without it.
/// (This happens when the requester has abandoned that fetch.)
void FetchManager::part_from_waiting(BrokerServer& server, std::int32_t session_id) {
  for (const auto [slot, follower] : server.delayed.waiting_fetches) {
    DelayedFetch& op = server.delayed.fetches[slot];
    if (!op.of_session || op.request.session_id != session_id) continue;
    const FetchSession& session = *fetch_sessions.find(session_id);
    const std::vector<protocol::Offset> segments = std::exchange(op.segments, {});
    op.request.partitions.clear();
    for (const std::uint32_t at : session.in_order()) {
      op.request.partitions.push_back(session[at].asked);
      op.replicas.push_back(session[at].replica);
      if (!segments.empty()) op.segments.push_back(segments[at]);
    }
    op.of_session = false;
  }
}

void FetchManager::remove_fetch_session(BrokerServer& server, std::int32_t id) {
  const FetchSession* session = fetch_sessions.find(id);
  if (session == nullptr) return;
  part_from_waiting(server, id);
  for (const std::uint32_t slot : session->in_order()) {
    server.delayed.leave_on_list(server, *session, slot);
    const std::int32_t replica = (*session)[slot].replica;
    if (replica < 0) continue;
    for (RemoteReplica& remote : server.replicas[static_cast<std::size_t>(replica)].remotes)
      if (remote.quiet_in == id) leave_quiet(server, remote);
  }
  fetch_sessions.remove(id);
}

/// Returns the session that the fetch reads; nullptr if the request itself lists the partitions.
FetchSession* FetchManager::session_read_by(Ctx& ctx, const DelayedFetch& op) {
  if (!op.of_session) return nullptr;
  FetchSession* session = fetch_sessions.find(op.request.session_id);
  if (session == nullptr) ctx.fault("a fetch that reads what its session asks for has that session");
  return session;
}

std::size_t DelayedOperations::partitions_watched_by(const BrokerServer& server, const DelayedFetch& op) const {
  const FetchSession* session = op.of_session ? server.fetches.fetch_sessions.find(op.request.session_id) : nullptr;
  return session == nullptr ? op.replicas.size() : session->size();
}

/// Returns the session whose partitions the request has, in the session's order; nullptr if there is none or it has
/// been removed.
FetchSession* FetchManager::session_of(const protocol::FetchRequest& request) {
  FetchSession* session = request.session_epoch > 0 ? fetch_sessions.find(request.session_id) : nullptr;
  return session != nullptr && session->next_epoch == FetchSessions::epoch_after(request.session_epoch) ? session
                                                                                                        : nullptr;
}

/// Sends the response after the session has removed unchanged rows; a full request creates a session. Kafka:
/// FullFetchContext, IncrementalFetchContext.
void FetchManager::answer_fetch(Ctx& ctx, BrokerServer& server, sim::ConnectionId id,
                                const protocol::FetchRequest& request, protocol::FetchResponse response,
                                const FetchRead& read) {
  FetchSession* session = request.session_epoch > 0 ? fetch_sessions.find(request.session_id) : nullptr;
  // The session has moved on without this request (IncrementalFetchContext).
  if (session != nullptr && session_of(request) == nullptr) {
    protocol::FetchResponse outdated;
    outdated.error = ErrorCode::INVALID_FETCH_SESSION_EPOCH;
    outdated.session_id = request.session_id;
    server.connections.respond(ctx, server, id, std::move(outdated));
    return;
  }
  (request.replica_id >= 0 ? server.metrics.replication_bytes_out : server.metrics.bytes_out) +=
      read.bytes;  // BrokerTopicStats.updateBytesOut
  server.metrics.reassignment_bytes_out += read.reassigned;
  trace_fetch_errors(ctx, server, response, server.connections.client_of(ctx, id));
  if (request.session_epoch == 0 && !request.partitions.empty()) {
    FetchSession fresh(request.partitions, response.partitions);
    fresh.privileged = request.replica_id >= 0;
    if (const std::int32_t leaves = fetch_sessions.evicted_next(fresh, ctx.now())) {
      remove_fetch_session(server, leaves);
      fetch_sessions.count_eviction();
    }
    response.session_id = fetch_sessions.add(std::move(fresh), ctx.now());
  } else if (request.session_epoch > 0) {
    response.session_id = request.session_id;
    if (session != nullptr) session->keep_news(response.partitions);
  }
  if (request.replica_id >= 0) leader_quota.record(ctx.now(), throttled_bytes(server, response, read.throttled));
  server.connections.respond(ctx, server, id, std::move(response));
}

/// The bytes of a response to a follower that count against the leader's quota: the size of the response without the
/// rows of unthrottled partitions. The header counts even if no partition is throttled. Kafka:
/// KafkaApis.sizeOfThrottledPartitions.
std::int64_t FetchManager::throttled_bytes(const BrokerServer& server, const protocol::FetchResponse& answer,
                                           bool any) const {
  static const std::int64_t head = protocol::wire_size({0, protocol::FetchResponse{}, 0});
  if (!any) return head;
  protocol::FetchResponse counted;
  for (const protocol::FetchPartitionResponse& row : answer.partitions)
    if (const Replica* r = server.replica(row.partition); r != nullptr && r->leader_throttled)
      counted.partitions.push_back(row);
  return protocol::wire_size({0, std::move(counted), 0});
}

void FetchManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::FetchRequest& asked) {
  // Every request takes a slot for its replicas, because most followers' requests wait.
  const std::uint32_t slot = server.delayed.fetches.take();
  protocol::FetchRequest& request =
      server.delayed.fetches[slot].request;  // stays valid: no other slot is taken meanwhile
  request = asked;
  request.max_bytes = std::min(asked.max_bytes, server.settings.client_fetch_max_bytes);
  if (const auto bound = connection.from_follower ? std::nullopt
                                                  : ClientQuotas::bound_ppm(server.image, ClientQuotas::Kind::Fetch,
                                                                            ctx.name(connection.peer)))
    request.max_bytes = static_cast<std::int32_t>(
        std::min<std::int64_t>(request.max_bytes, server.connections.client_quotas.most_at_once(*bound)));
  request.min_bytes = std::min(asked.min_bytes, request.max_bytes);
  const sim::ConnectionId id = connection.id;
  if (const ErrorCode error = open_fetch_session(server, request, ctx.now()); error != ErrorCode::NONE) {
    server.delayed.fetches.release(slot);
    server.connections.refuse(ctx, api::Fetch, {}, error, connection.peer);
    protocol::FetchResponse refused;
    refused.error = error;
    server.connections.respond(ctx, server, id, std::move(refused));
    return;
  }
  DelayedFetch& op = server.delayed.fetches[slot];
  op.connection = id;
  op.timer = {};
  op.replicas.clear();
  op.of_session = session_of(request) != nullptr;
  op.watched = op.overdue = false;
  if (!op.of_session)
    for (const protocol::FetchPartition& p : request.partitions) op.replicas.push_back(server.find(p.partition));
  protocol::FetchResponse& response = fetch_scratch_;
  response.partitions.clear();
  const FetchRead read = read_partitions(ctx, server, op, true, response.partitions);
  const std::size_t partitions = server.delayed.partitions_watched_by(server, op);
  server.metrics.total_fetch += static_cast<std::int64_t>(partitions);
  // Partitions with these errors are not read at all (KafkaApis.handleFetchRequest).
  for (const protocol::FetchPartitionResponse& row : response.partitions)
    if (row.error == ErrorCode::UNKNOWN_TOPIC_ID || row.error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION ||
        row.error == ErrorCode::TOPIC_AUTHORIZATION_FAILED)
      --server.metrics.total_fetch;
  op.overdue = server.alter_partitions.watches_locked_partition(
      server, op);  // a fetch that expands the ISR is answered only after the ISR has been
                    // written
  if (!op.overdue &&
      (partitions == 0 || request.max_wait_ms <= 0 || read.answer_at_once || read.bytes >= request.min_bytes)) {
    answer_fetch(ctx, server, id, request, std::exchange(fetch_scratch_, {}), read);
    server.delayed.fetches.release(slot);
    return;
  }
  response.partitions.clear();
  op.segments.clear();
  server.delayed.waiting_fetches.push_back({slot, request.replica_id >= 0 ? request.replica_id : kNoBroker});
  if (request.min_bytes > 1) note_segments(ctx, server, op);
  if (op.overdue) return;
  // In 2.5 the read itself may have moved a high watermark that the follower must be sent.
  if ((request.min_bytes > 1 || request.replica_id < 0 || server.options.historical.kafka_9952) &&
      server.delayed.fetch_satisfied(ctx, server, op))
    return server.delayed.complete_fetch(ctx, server, slot);
  op.watched = true;
  op.timer =
      ctx.set_timer(sim::milliseconds(request.max_wait_ms), timer::kDelayedFetch, timer::argument(op.generation, slot));
}

/// Records, for each partition that the fetch waits for, the base offset of the segment from which it reads.
void FetchManager::note_segments(Ctx& ctx, BrokerServer& server, DelayedFetch& op) {
  const auto segment_at = [&](std::int32_t replica, Offset offset) {
    const storage::SegmentList& segments = server.look(replica).log.segment_list();
    return segments[segments.find(offset)].base_offset;
  };
  if (const FetchSession* session = session_read_by(ctx, op)) {
    op.segments.resize(session->slots());
    for (const std::uint32_t slot : session->in_order())
      op.segments[slot] = segment_at((*session)[slot].replica, (*session)[slot].asked.fetch_offset);
  } else {
    for (std::size_t i = 0; i < op.replicas.size(); ++i)
      op.segments.push_back(segment_at(op.replicas[i], op.request.partitions[i].fetch_offset));
  }
}

/// The follower is at the log end, in sync, and up to date. This holds until its replica here changes. Code that
/// changes something this function reads, other than the log, must call Replica::note_change.
bool FetchManager::is_quiet(BrokerServer& server, const Replica& r, const protocol::FetchPartition& asked,
                            BrokerId follower, const FetchSession::Told& told) {
  if (!r.is_leader() || asked.fetch_offset != r.log.log_end_offset() || asked.current_leader_epoch != r.leader_epoch)
    return false;
  if (told.high_watermark != r.log.high_watermark() || told.log_start != r.log.log_start_offset()) return false;
  if (asked.last_fetched_epoch.value >= 0 && asked.last_fetched_epoch != r.log.latest_epoch()) return false;
  const RemoteReplica* remote = r.remote(follower);
  return remote != nullptr && remote->log_end_offset == asked.fetch_offset && r.isr.contains(follower) &&
         !is_owed_high_watermark(server, r, follower);
}

/// Behaviour before KAFKA-9952. Kafka 2.5: ReplicaManager.readFromLocalLog (followerNeedsHwUpdate),
/// DelayedFetch.tryComplete.
bool FetchManager::is_owed_high_watermark(const BrokerServer& server, const Replica& r, BrokerId follower) const {
  const RemoteReplica* remote = server.options.historical.kafka_9952 ? r.remote(follower) : nullptr;
  return remote != nullptr && remote->sent_high_watermark != static_cast<std::uint32_t>(r.log.high_watermark().value);
}

FetchRead FetchManager::read_partitions(Ctx& ctx, BrokerServer& server, const DelayedFetch& op, bool update_follower,
                                        std::vector<protocol::FetchPartitionResponse>& out) {
  const protocol::FetchRequest& request = op.request;
  if (FetchSession* session = session_read_by(ctx, op))
    return read_session(ctx, server, op, *session, update_follower, out);
  FetchRead all;
  std::int32_t budget = request.max_bytes;
  bool at_least_one = true;
  out.reserve(request.partitions.size());
  for (std::size_t i = 0; i < request.partitions.size(); ++i)
    all.add(read_partition(ctx, server, op, request.partitions[i], op.replicas[i], budget, at_least_one,
                           update_follower, out.emplace_back()));
  return all;
}

/// Reads all partitions of a session; sleeping partitions are skipped and get no row.
FetchRead FetchManager::read_session(Ctx& ctx, BrokerServer& server, const DelayedFetch& op, FetchSession& session,
                                     bool update_follower, std::vector<protocol::FetchPartitionResponse>& out) {
  const protocol::FetchRequest& request = op.request;
  const BrokerId follower = request.replica_id;
  const bool passes = follower >= 0 && !from_earlier_process(server, request) && server.delayed.delete_records.empty();
  if (update_follower && (!passes || session.passed_epoch != request.replica_epoch)) session.wake_all();
  wake_readers(server);
  session.begin_answer();
  FetchRead all;
  std::int32_t budget = request.max_bytes;
  bool at_least_one = true;
  session.visit_awake([&](std::uint32_t slot) -> std::uint64_t {
    if (session[slot].replica < 0) session.set_replica(slot, server.find(session[slot].asked.partition));
    const FetchSession::Partition& p = session[slot];
    const protocol::FetchPartition& asked = p.asked;
    if (passes && p.replica >= 0 && is_quiet(server, server.look(p.replica), asked, follower, p.told)) {
      if (!update_follower) return 0;
      Replica& r = server.replicas[static_cast<std::size_t>(p.replica)];
      RemoteReplica* remote = r.remote(follower);
      leave_quiet(server, *remote);  // the follower may have been quiet in another session
      remote->record_fetch(asked.fetch_offset, asked.log_start_offset, ctx.now(), asked.fetch_offset,
                           request.replica_epoch);
      remote->quiet_in = request.session_id;
      remote->quiet_at = slot;
      return r.state();
    }
    if (update_follower && follower >= 0 && p.replica >= 0) {
      RemoteReplica* remote = server.replicas[static_cast<std::size_t>(p.replica)].remote(follower);
      if (remote != nullptr && remote->quiet_in == request.session_id) leave_quiet(server, *remote);
    }
    if (out.empty()) out.reserve(4);  // usually only a few partitions have changed
    session.add_row(slot);
    all.add(
        read_partition(ctx, server, op, asked, p.replica, budget, at_least_one, update_follower, out.emplace_back()));
    return 0;
  });
  if (update_follower) session.passed_at = ctx.now(), session.passed_epoch = request.replica_epoch;
  return all;
}

/// Readers skip a replica that has not changed; this tells them to read it again. Only the replicas that this callback
/// may have changed matter.
void FetchManager::wake_readers(BrokerServer& server) {
  for (const std::int32_t index : server.replicas.touched()) {
    const Replica& r = server.look(index);
    const std::uint64_t state = r.state();
    if (r.fetching && !r.fetch_awake && r.fetch_settled != state) {
      server.fetchers.fetchers[static_cast<std::size_t>(r.fetcher)].awake.push_back(index);
      server.replicas[static_cast<std::size_t>(index)].fetch_awake = true;
    }
    for (const RemoteReplica& remote : r.remotes) {
      FetchSession* session = remote.quiet_in == 0 ? nullptr : fetch_sessions.find(remote.quiet_in);
      if (session != nullptr && (*session)[remote.quiet_at].asleep_in != state) session->wake(remote.quiet_at);
    }
  }
}

/// Called before the leader discards its state about its followers.
void FetchManager::wake_sessions_of(const Replica& r) {
  for (const RemoteReplica& remote : r.remotes)
    if (FetchSession* session = remote.quiet_in == 0 ? nullptr : fetch_sessions.find(remote.quiet_in))
      session->wake(remote.quiet_at);
}

/// Whether the fetch was sent by an earlier process of the broker; such a fetch says nothing about the present process
/// (KIP-903; MetadataCache.getAliveBrokerEpoch: only while the broker is unfenced).
bool FetchManager::from_earlier_process(const BrokerServer& server, const protocol::FetchRequest& request) const {
  const protocol::BrokerRegistration* broker = server.image.broker(request.replica_id);
  return request.replica_epoch != -1 && broker != nullptr && !broker->fenced && broker->epoch > request.replica_epoch &&
         !server.options.historical.kip_903;
}

/// One partition of a fetch. Kafka: ReplicaManager.readFromLog, Partition.fetchRecords and readRecords.
FetchRead FetchManager::read_partition(Ctx& ctx, BrokerServer& server, const DelayedFetch& op,
                                       const protocol::FetchPartition& asked, std::int32_t index, std::int32_t& budget,
                                       bool& at_least_one, bool update_follower,
                                       protocol::FetchPartitionResponse& out) {
  const protocol::FetchRequest& request = op.request;
  const bool from_follower = request.replica_id >= 0;
  out.partition = asked.partition;
  const auto fail = [&](ErrorCode error) {
    out.error = error;
    if (carries_leader(error))
      server.replica_manager.current_leader(server, asked.partition, out.current_leader, out.current_leader_epoch);
    return FetchRead{0, true};
  };
  // Simplified: the error is returned at once; Kafka waits for the other partitions.
  if (!server.connections.may_read(ctx, server, op, asked.partition))
    return fail(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  if (index < 0 || server.replicas[static_cast<std::size_t>(index)].role == ReplicaRole::None)
    return fail(server.replica_manager.missing_replica_error(server, asked.partition, true));
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  if (const ErrorCode fenced = server.replica_manager.check_leader_epoch(r, asked.current_leader_epoch);
      fenced != ErrorCode::NONE)
    return fail(fenced);
  if (!from_follower && server.settings.rack_aware && r.is_leader() && !request.rack_id.empty()) {
    out.preferred_read_replica = preferred_read_replica(server, r, request.rack_id, asked.fetch_offset);
    if (out.preferred_read_replica != kNoBroker) {  // nothing is read here
      out.high_watermark = r.log.high_watermark();
      out.last_stable_offset = r.log.last_stable_offset();
      out.log_start_offset = r.log.log_start_offset();
      return {0, !server.options.historical.fetch_2_5};  // from KAFKA-13767 (3.3) on the answer is immediate; earlier
                                                         // versions wait for the timeout
    }
  }
  RemoteReplica* remote = nullptr;
  if (from_follower) {
    if (!r.is_leader()) return fail(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    remote = r.remote(request.replica_id);
    if (remote == nullptr && server.options.historical.fetch_2_5) {
      // In 2.5 a broker that is not a replica gets neither an error nor records
      // (ReplicaManager.updateFollowerFetchState). At the timeout the fetch reads again, without updating follower
      // state, and returns the records that are available.
      if (update_follower) {
        out.high_watermark = r.log.high_watermark();
        out.last_stable_offset = r.log.last_stable_offset();
        out.log_start_offset = r.log.log_start_offset();
        return {};
      }
    } else if (remote == nullptr)
      return fail(asked.current_leader_epoch.value >= 0 ? ErrorCode::UNKNOWN_LEADER_EPOCH
                                                        : ErrorCode::NOT_LEADER_OR_FOLLOWER);
  }
  const Offset start = r.log.log_start_offset(), end = r.log.log_end_offset();
  // The response has the high watermark from before this fetch. If this fetch moves it, the follower learns the new
  // value from its next fetch.
  out.high_watermark = r.log.high_watermark();
  out.last_stable_offset = r.log.last_stable_offset();
  out.log_start_offset = start;
  if (asked.last_fetched_epoch.value >= 0) {
    const storage::EpochEnd known = r.log.end_offset_for(asked.last_fetched_epoch);
    if (!known.end_offset.known() || known.epoch.value < 0 || asked.fetch_offset < start)
      return fail(ErrorCode::OFFSET_OUT_OF_RANGE);
    const bool diverges = known.epoch < asked.last_fetched_epoch || known.end_offset < asked.fetch_offset;
    if (diverges && !sim::mutant("divergence-not-told")) {
      out.diverging_epoch = known.epoch;
      out.diverging_end_offset = known.end_offset;
      return {0, true};
    }
  }
  if (asked.fetch_offset < start || asked.fetch_offset > end) return fail(ErrorCode::OFFSET_OUT_OF_RANGE);
  if (remote != nullptr && update_follower) {
    if (from_earlier_process(server, request)) return fail(ErrorCode::NOT_LEADER_OR_FOLLOWER);
  }
  FetchRead read;
  read.throttled = from_follower && r.leader_throttled;
  if (remote != nullptr && update_follower && is_owed_high_watermark(server, r, remote->id)) {
    read.answer_at_once = true;
    remote->sent_high_watermark = static_cast<std::uint32_t>(out.high_watermark.value);
  }
  const Offset limit = fetch_limit(r, request);
  const bool throttled = leader_throttles(ctx, r, request.replica_id);
  if (asked.fetch_offset < limit && (budget > 0 || at_least_one) && !throttled) {
    out.batches = r.log.read(asked.fetch_offset, limit, std::min(asked.partition_max_bytes, budget), at_least_one,
                             &out.cut_bytes);
    read.bytes = out.cut_bytes;
    for (const StoredBatch& batch : out.batches) read.bytes += batch.data->size_bytes;
    if (request.read_committed && !out.batches.empty() && !sim::mutant("aborted-not-told"))
      for (const storage::AbortedTransaction& t :
           r.log.segment_list().aborted_for_fetch(asked.fetch_offset, out.batches.back().next_offset(), end))
        out.aborted_transactions.push_back({t.producer, t.first_offset});
    if (read.bytes > 0) at_least_one = false;
    if (from_follower && server.replica_manager.being_added(server, r, request.replica_id))
      read.reassigned = read.bytes;
    budget = static_cast<std::int32_t>(std::max<std::int64_t>(0, budget - read.bytes));
  }
  if (remote != nullptr && update_follower)
    server.replica_manager.record_follower_fetch(ctx, server, index, *remote, asked, request.replica_epoch, end);
  return read;
}

/// A follower that is not in sync gets no records while the quota is exceeded (ReplicaManager.shouldLeaderThrottle).
bool FetchManager::leader_throttles(Ctx& ctx, const Replica& r, BrokerId follower) {
  return follower >= 0 && r.leader_throttled && !r.isr.contains(follower) && leader_quota.exceeded(ctx.now()) &&
         !sim::mutant("throttle-ignored");
}

/// Returns an in-sync follower in the consumer's rack that has the offset, preferring the longest log; kNoBroker if the
/// consumer is to read the leader. Kafka: ReplicaManager.findPreferredReadReplica, RackAwareReplicaSelector (KIP-392).
BrokerId FetchManager::preferred_read_replica(const BrokerServer& server, const Replica& r, std::string_view rack,
                                              Offset offset) const {
  if (server.options.rack == rack) return kNoBroker;
  const RemoteReplica* best = nullptr;
  for (const RemoteReplica& remote : r.remotes) {
    const protocol::BrokerRegistration* broker = server.image.broker(remote.id);
    if (broker == nullptr || broker->fenced || broker->rack != rack) continue;
    if (!r.isr.contains(remote.id) && !server.options.historical.fetch_2_5)
      continue;  // 3.3 and later require an ISR member
    if (remote.log_end_offset < offset || remote.log_start_offset > offset) continue;
    const auto rank = [&](const RemoteReplica& x) {
      return std::tuple(x.log_end_offset, server.replica_manager.last_caught_up(server, x), x.id);
    };
    if (best == nullptr || rank(*best) < rank(remote)) best = &remote;
  }
  return best == nullptr ? kNoBroker : best->id;
}

void FetchManager::trace_fetch_errors(Ctx& ctx, BrokerServer& server, const protocol::FetchResponse& response,
                                      sim::NodeId client) {
  for (const protocol::FetchPartitionResponse& p : response.partitions)
    if (p.error != ErrorCode::NONE) server.connections.refuse(ctx, api::Fetch, p.partition, p.error, client);
}

void FetchManager::leave_quiet(BrokerServer& server, RemoteReplica& remote) {
  if (remote.quiet_in == 0) return;
  remote.last_caught_up = server.replica_manager.last_caught_up(server, remote);
  if (FetchSession* session = fetch_sessions.find(remote.quiet_in)) {
    remote.last_fetch = std::max(remote.last_fetch, session->passed_at);
    session->wake(remote.quiet_at);
  }
  remote.quiet_in = 0;
}

}  // namespace kafkascope::broker
