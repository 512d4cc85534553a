// ShareFetch and ShareAcknowledge: sessions, acknowledgements, delayed fetches, requests to the share coordinator
// (KIP-932). Kafka: KafkaApis.handleShareFetchRequest, SharePartitionManager, DelayedShareFetch (4.1).
#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "broker/internal_topics.h"
#include "broker/timers.h"
#include "protocol/facts_of_groups.h"
#include "protocol/kafka_messages.h"
#include "sim/mutant.h"

namespace kafkascope::broker {

using protocol::ShareFetchPartition;

namespace {

template <class T>
constexpr bool is_share_state_request = std::is_same_v<T, protocol::InitializeShareGroupStateRequest> ||
                                        std::is_same_v<T, protocol::ReadShareGroupStateRequest> ||
                                        std::is_same_v<T, protocol::WriteShareGroupStateRequest> ||
                                        std::is_same_v<T, protocol::DeleteShareGroupStateRequest> ||
                                        std::is_same_v<T, protocol::ReadShareGroupStateSummaryRequest>;

/// The number of distinct topics among the partitions, or rows about partitions, that `which` selects.
template <class List, class Which>
std::int64_t topics_of(const List& list, Which which) {
  std::set<protocol::TopicId> topics;
  for (const auto& item : list) {
    if (!which(item)) continue;
    if constexpr (requires { item.partition.topic; }) topics.insert(item.partition.topic);
    else topics.insert(item.topic);
  }
  return static_cast<std::int64_t>(topics.size());
}

fact::SettlementReason reason_for(RecordState state) {
  switch (state) {
    case RecordState::Acknowledged: return fact::SettlementReason::Accepted;
    case RecordState::Archived: return fact::SettlementReason::Rejected;
    default: return fact::SettlementReason::Released;
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------- sessions and requests

bool SharePartitionManager::share_groups_enabled(const BrokerServer& server) const {
  return server.image.feature("share.version") >= 1;
}

/// Returns the session that the request continues, begins or ends. If there is none, returns nullptr and the reason in
/// `error`. Kafka: SharePartitionManager.newContext, acknowledgeSessionUpdate.
ShareSession* SharePartitionManager::share_session(BrokerServer& server, sim::ConnectionId connection,
                                                   const std::string& group, const std::string& member,
                                                   std::int32_t epoch, bool may_begin, ErrorCode& error) {
  const auto it = state.sessions.find({group, member});
  if (epoch == protocol::kInitialShareEpoch && may_begin) {
    if (it == state.sessions.end() && static_cast<std::int64_t>(state.sessions.size()) >=
                                          server.options.config.number("group.share.max.share.sessions")) {
      error = ErrorCode::SHARE_SESSION_LIMIT_REACHED;
      return nullptr;
    }
    ShareSession& fresh = state.sessions[{group, member}];
    fresh = {};
    fresh.connection = connection;
    return &fresh;
  }
  if (it == state.sessions.end()) {
    error = ErrorCode::SHARE_SESSION_NOT_FOUND;
    return nullptr;
  }
  if (epoch == protocol::kFinalShareEpoch) return &it->second;
  if (epoch != it->second.next_epoch) {
    error = ErrorCode::INVALID_SHARE_SESSION_EPOCH;
    return nullptr;
  }
  it->second.next_epoch = epoch == 2147483647 ? 1 : epoch + 1;
  return &it->second;
}

void SharePartitionManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                                   const protocol::ShareFetchRequest& r) {
  ErrorCode error = ErrorCode::NONE;
  const bool acknowledges =
      std::any_of(r.partitions.begin(), r.partitions.end(), [](const auto& p) { return !p.acknowledgements.empty(); });
  ShareSession* session = nullptr;
  if (!share_groups_enabled(server)) error = ErrorCode::UNSUPPORTED_VERSION;
  else if (r.group_id.empty() || r.member_id.empty() ||
           (r.session_epoch == protocol::kInitialShareEpoch && acknowledges))
    error = ErrorCode::INVALID_REQUEST;
  else session = share_session(server, connection.id, r.group_id, r.member_id, r.session_epoch, true, error);
  if (session == nullptr) {
    server.connections.refuse(ctx, api::ShareFetch, {}, error, connection.peer);
    protocol::ShareFetchResponse refused;
    refused.error = error;
    return server.connections.respond(ctx, server, connection.id, std::move(refused));
  }
  session->who = r.client_id + "/" + r.member_id;
  ShareRequest request;
  request.fetches = r.session_epoch != protocol::kFinalShareEpoch;
  for (const ShareFetchPartition& p : r.partitions)
    if (request.fetches &&
        std::find(session->partitions.begin(), session->partitions.end(), p.partition) == session->partitions.end())
      session->partitions.push_back(p.partition);
  for (const TopicPartition tp : r.forgotten) std::erase(session->partitions, tp);
  request.max_bytes = std::min(r.max_bytes, server.settings.client_fetch_max_bytes);
  if (const auto bound = ClientQuotas::bound_ppm(server.image, ClientQuotas::Kind::Fetch, ctx.name(connection.peer)))
    request.max_bytes = static_cast<std::int32_t>(
        std::min<std::int64_t>(request.max_bytes, server.connections.client_quotas.most_at_once(*bound)));
  request.min_bytes = std::min(r.min_bytes, request.max_bytes);
  request.max_records = r.max_records;
  request.partitions = session->partitions;
  if (request.fetches)
    server.metrics.total_share_fetch += topics_of(request.partitions, [](TopicPartition) { return true; });
  // Rotates the partitions, so that each partition is first in turn. Kafka: PartitionRotateStrategy, by the session's
  // epoch.
  if (!request.partitions.empty())
    std::rotate(request.partitions.begin(),
                request.partitions.begin() +
                    std::max(0, r.session_epoch) % static_cast<std::ptrdiff_t>(request.partitions.size()),
                request.partitions.end());
  begin_share_request(ctx, server, connection, r.group_id, r.member_id, r.partitions,
                      r.session_epoch == protocol::kFinalShareEpoch, r.max_wait_ms, std::move(request));
}

void SharePartitionManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                                   const protocol::ShareAcknowledgeRequest& r) {
  ErrorCode error = ErrorCode::NONE;
  ShareSession* session = nullptr;
  if (!share_groups_enabled(server)) error = ErrorCode::UNSUPPORTED_VERSION;
  else if (r.session_epoch == protocol::kInitialShareEpoch) error = ErrorCode::INVALID_SHARE_SESSION_EPOCH;
  else session = share_session(server, connection.id, r.group_id, r.member_id, r.session_epoch, false, error);
  if (session == nullptr) {
    server.connections.refuse(ctx, api::ShareAcknowledge, {}, error, connection.peer);
    return server.connections.respond(ctx, server, connection.id, protocol::ShareAcknowledgeResponse{error, {}});
  }
  ShareRequest request;
  request.acknowledges_only = true;
  begin_share_request(ctx, server, connection, r.group_id, r.member_id, r.partitions,
                      r.session_epoch == protocol::kFinalShareEpoch, 0, std::move(request));
}

void SharePartitionManager::begin_share_request(Ctx& ctx, BrokerServer& server, Connection& connection,
                                                const std::string& group, const std::string& member,
                                                const std::vector<ShareFetchPartition>& acknowledged, bool last,
                                                std::int32_t max_wait_ms, ShareRequest request) {
  request.number = state.next_request++;
  request.connection = connection.id;
  request.group = group;
  request.member = member;
  request.who = state.sessions[{group, member}].who;
  const auto acknowledges = [](const ShareFetchPartition& p) { return !p.acknowledgements.empty(); };
  server.metrics.total_share_acknowledgement += topics_of(acknowledged, acknowledges);
  for (const ShareFetchPartition& p : acknowledged)
    if (acknowledges(p)) {
      acknowledge_share(ctx, server, p, request);
      state.complete_fetches.look_at({group, p.partition});
    }
  if (last) end_share_session(ctx, group, member, fact::SettlementReason::SessionClosed);
  if (request.fetches && max_wait_ms > 0)
    request.timer = ctx.set_timer(sim::milliseconds(max_wait_ms), timer::kShareWait, request.number);
  else request.time_is_up = true;
  state.requests.push_back(std::move(request));
  state.news = true;
}

void SharePartitionManager::acknowledge_share(Ctx& ctx, BrokerServer& server, const ShareFetchPartition& p,
                                              ShareRequest& request) {
  const auto it = state.partitions.find({request.group, p.partition});
  ErrorCode& error = request.row(p.partition).acknowledge_error;
  error = well_formed(p.acknowledgements) ? share_topic_error(ctx, server, request.connection, p.partition.topic)
                                          : ErrorCode::INVALID_REQUEST;
  if (error == ErrorCode::NONE && it == state.partitions.end()) {
    // Since the records were acquired the broker has lost leadership, perhaps regained it, or the group's members have
    // left (SharePartitionManager.acknowledge).
    error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  } else if (error == ErrorCode::NONE) {
    SharePartition::Change change = it->second.partition.acknowledge(request.member, p.acknowledgements);
    error = change.error;
    if (error == ErrorCode::NONE) {
      server.metrics.count_acknowledgements(p.acknowledgements);
      store_share_change(ctx, it->first, it->second, std::move(change), &request, request.who, {});
    }
  }
  if (error != ErrorCode::NONE)
    server.connections.refuse(ctx, api::ShareAcknowledge, p.partition, error,
                              server.connections.client_of(ctx, request.connection));
}

void SharePartitionManager::store_share_change(Ctx& ctx, const SharePartitionKey& key, ShareEntry& entry,
                                               SharePartition::Change change, ShareRequest* request,
                                               const std::string& who, fact::SettlementReason reason) {
  if (change.batches.empty()) return;
  protocol::WriteShareGroupStateRequest write;
  write.group_id = key.group;
  write.partition = key.partition;
  write.state_epoch = entry.partition.state_epoch();
  write.leader_epoch = entry.leader_epoch;
  write.start_offset = entry.partition.start_offset();
  write.state_batches = std::move(change.batches);
  SharePersister::Operation op;
  op.kind = SharePersister::Kind::Write;
  op.key = key;
  op.incarnation = entry.incarnation;
  op.transition = change.transition;
  op.who = who;
  op.reason = reason;
  if (request != nullptr) {
    op.request = request->number;
    ++request->awaited;
  }
  if (change.transition == 0) trace_settled(ctx, key, write.state_batches, who, reason);
  op.body = std::move(write);
  state.persister.submit(ctx.now(), std::move(op));
}

void SharePartitionManager::trace_settled(Ctx& ctx, const SharePartitionKey& key,
                                          const std::vector<protocol::ShareStateBatch>& batches, const std::string& who,
                                          fact::SettlementReason reason) {
  for (const protocol::ShareStateBatch& b : batches)
    ctx.trace(fact::ShareSettled{
        key.partition, b.first, b.last, static_cast<RecordState>(b.state), key.group, who,
        reason == fact::SettlementReason{} ? reason_for(static_cast<RecordState>(b.state)) : reason});
}

/// Releases the member's records in the session's partitions. Records in a partition that was dropped from the session
/// are released when their locks expire. Kafka: SharePartitionManager.releaseSession.
void SharePartitionManager::end_share_session(Ctx& ctx, const std::string& group, const std::string& member,
                                              fact::SettlementReason reason) {
  const auto it = state.sessions.find({group, member});
  if (it == state.sessions.end()) return;
  const ShareSession session = std::move(it->second);
  state.sessions.erase(it);
  for (const TopicPartition tp : session.partitions) {
    const auto at = state.partitions.find({group, tp});
    if (at == state.partitions.end() || sim::mutant("share-member-left-forgotten")) continue;
    SharePartition::Change change = at->second.partition.release_all(member);
    store_share_change(ctx, at->first, at->second, std::move(change), nullptr, session.who, reason);
    state.complete_fetches.look_at(at->first);
  }
  state.news = true;
}

/// A member's connection has closed, so its session ends. Kafka: SharePartitionManager.ShareGroupListenerImpl
/// (KAFKA-18629).
void SharePartitionManager::end_share_sessions_of(Ctx& ctx, sim::ConnectionId connection) {
  std::erase_if(state.requests, [&](ShareRequest& r) {
    if (r.connection != connection) return false;
    ctx.cancel(r.timer);
    if (r.watched) leave_share_fetch_on_lists(r, ctx.now());
    return true;
  });
  std::vector<std::pair<std::string, std::string>> ended;
  for (const auto& [who, session] : state.sessions)
    if (session.connection == connection) ended.push_back(who);
  for (const auto& [group, member] : ended)
    end_share_session(ctx, group, member, fact::SettlementReason::ConnectionGone);
}

// ---------------------------------------------------------------------------------------------- fetching

/// The request's partitions that have, or may have, records to acquire. Unreadable partitions get an error in the
/// response; the request waits for the others. Kafka: SharePartitionManager.processShareFetch,
/// DelayedShareFetch.acquirablePartitions.
std::vector<std::pair<TopicPartition, ShareEntry*>> SharePartitionManager::acquirable(Ctx& ctx, BrokerServer& server,
                                                                                      ShareRequest& request) {
  std::vector<std::pair<TopicPartition, ShareEntry*>> found;
  for (const TopicPartition tp : request.partitions) {
    if (request.failed(tp)) continue;
    const SharePartitionKey key{request.group, tp};
    ErrorCode error = share_partition_error(ctx, server, request.connection, tp);
    ShareEntry* entry = error == ErrorCode::NONE ? &share_partition(ctx, server, key) : nullptr;
    if (entry != nullptr) error = entry->failed;
    if (error != ErrorCode::NONE) {
      protocol::ShareFetchPartitionResponse& row = request.row(tp);
      row.error = error;
      server.connections.refuse(ctx, api::ShareFetch, tp, error, server.connections.client_of(ctx, request.connection));
      if (error == ErrorCode::NOT_LEADER_OR_FOLLOWER)
        server.replica_manager.current_leader(server, tp, row.current_leader, row.current_leader_epoch);
      continue;
    }
    if (!entry->partition.active()) continue;
    if (const Offset log_start = server.look(server.find(tp)).log.log_start_offset();
        log_start > entry->partition.start_offset()) {
      entry->partition.advance_to(log_start);
      share_changed(ctx, key, *entry, fact::ShareStartReason::LogStartPassed);
    }
    if (entry->partition.can_acquire()) found.emplace_back(tp, entry);
  }
  return found;
}

namespace {

/// The offset up to which a share group reads. Kafka: FetchIsolation.of(share.isolation.level).
Offset share_limit(const storage::PartitionLog& log, bool committed) {
  return committed ? log.last_stable_offset() : log.high_watermark();
}

/// Markers are not records of their transaction: they are acquired, and the client reports them as gaps. Kafka:
/// SharePartition.isBatchAborted.
bool is_aborted(const std::vector<storage::AbortedTransaction>& aborted, const StoredBatch& batch) {
  return batch.data->transactional && !batch.data->control &&
         std::any_of(aborted.begin(), aborted.end(), [&](const storage::AbortedTransaction& t) {
           return t.producer == batch.data->producer_id && t.first_offset <= batch.base_offset &&
                  batch.base_offset <= t.last_offset;
         });
}

}  // namespace

/// Whether the partitions together have min_bytes that the group may read; each partition counts for at most `each`
/// bytes. Kafka: DelayedShareFetch.isMinBytesSatisfied.
bool SharePartitionManager::has_min_bytes(const BrokerServer& server,
                                          const std::vector<std::pair<TopicPartition, ShareEntry*>>& partitions,
                                          const ShareRequest& request, std::int32_t each) const {
  const bool committed = share_reads_committed(server, request.group);
  std::int64_t bytes = 0;
  for (const auto& [tp, entry] : partitions) {
    const storage::PartitionLog& log = server.look(server.find(tp)).log;
    const Offset from = entry->partition.next_fetch_offset(), limit = share_limit(log, committed);
    if (from >= limit) continue;
    const storage::SegmentList& segments = log.segment_list();
    if (from < segments[segments.find(limit)].base_offset)
      return true;  // on an older segment: any number of bytes is
                    // enough
    bytes += std::min<std::int64_t>(log.bytes_between(from, limit), each);
  }
  return bytes >= request.min_bytes;
}

/// Acquires records for the request if there are enough or the request has timed out. Returns true if it must be
/// answered.
bool SharePartitionManager::acquire_for(Ctx& ctx, BrokerServer& server, ShareRequest& request) {
  const auto partitions = acquirable(ctx, server, request);
  request.acquirable.clear();
  for (const auto& [tp, entry] : partitions) request.acquirable.push_back(tp);
  if (partitions.empty()) return !request.partitions.empty() && request.failed() == request.partitions.size();
  const std::int32_t each =
      request.max_bytes / static_cast<std::int32_t>(partitions.size());  // UniformPartitionMaxBytesStrategy
  if (!request.time_is_up && !sim::mutant("share-min-bytes-ignored") &&
      !has_min_bytes(server, partitions, request, each))
    return false;
  const sim::Duration lock = share_lock(server, request.group);
  const bool committed = share_reads_committed(server, request.group);
  bool any = request.min_bytes <= 0;
  std::int64_t room = request.max_records;
  std::int32_t budget = request.max_bytes;
  for (const auto& [tp, entry] : partitions) {
    if (room <= 0) break;
    const SharePartitionKey key{request.group, tp};
    const storage::PartitionLog& log = server.look(server.find(tp)).log;
    const Offset from = entry->partition.next_fetch_offset();
    const std::vector<StoredBatch> batches =
        log.read(from, share_limit(log, committed), std::min(each, budget), budget == request.max_bytes);
    if (batches.empty()) continue;
    std::vector<protocol::AcquiredRecords> acquired =
        entry->partition.acquire(request.member, batches, room, ctx.now() + lock);
    if (committed && !acquired.empty()) {
      any = true;  // the request is answered even if all of it was aborted
      const auto aborted = log.aborted_transactions(from, batches.back().next_offset());
      for (const StoredBatch& batch : batches)
        if (is_aborted(aborted, batch))
          entry->partition.archive_aborted(batch.base_offset, batch.last_offset(), acquired);
    }
    if (entry->partition.next_fetch_offset() != from)
      share_changed(ctx, key, *entry, fact::ShareStartReason::NoRecords);
    if (acquired.empty()) continue;
    any = true;
    protocol::ShareFetchPartitionResponse& row = request.row(tp);
    row.acquired = acquired;
    for (const StoredBatch& batch : batches) {
      budget -= std::min(budget, batch.data->size_bytes);
      if (batch.base_offset <= acquired.back().last && batch.last_offset() >= acquired.front().first)
        row.batches.push_back(batch);
    }
    for (const protocol::AcquiredRecords& a : acquired) {
      room -= a.last - a.first + 1;
      ctx.trace(fact::ShareAcquired{tp, a.first, a.last, a.delivery_count, key.group, request.who});
    }
  }
  return any;
}

/// Checks the watch lists of all partitions that were acquirable at the same time, whether or not they had records; the
/// fetch stays on the lists of the other partitions. Kafka: DelayedShareFetch.releasePartitionLocksAndAddToActionQueue.
void SharePartitionManager::leave_share_fetch_on_lists(const ShareRequest& request, sim::Instant now) {
  state.complete_fetches.count(now);
  for (const TopicPartition tp : request.partitions) {
    const bool looked_at =
        std::find(request.acquirable.begin(), request.acquirable.end(), tp) != request.acquirable.end();
    for (const SharePartitionKey& key : {SharePartitionKey{request.group, tp}, SharePartitionKey{"", tp}})
      if (looked_at) state.complete_fetches.look_at(key);
      else state.complete_fetches.add(key);
  }
}

/// Checks the waiting requests in order of arrival. Kafka: DelayedShareFetch.tryComplete.
void SharePartitionManager::check_share_requests(Ctx& ctx, BrokerServer& server) {
  state.news = false;
  for (std::size_t i = 0; i < state.requests.size();) {
    ShareRequest& request = state.requests[i];
    if (request.fetches && (acquire_for(ctx, server, request) || request.time_is_up)) {
      request.fetches = false;
      ctx.cancel(request.timer);
      if (request.watched) leave_share_fetch_on_lists(request, ctx.now());
    }
    request.watched = request.fetches;
    if (request.fetches || request.awaited > 0) {
      ++i;
      continue;
    }
    ShareRequest done = std::move(request);
    state.requests.erase(state.requests.begin() + static_cast<std::ptrdiff_t>(i));
    server.metrics.failed_share_fetch +=
        topics_of(done.rows, [](const auto& row) { return row.error != ErrorCode::NONE; });
    server.metrics.failed_share_acknowledgement +=
        topics_of(done.rows, [](const auto& row) { return row.acknowledge_error != ErrorCode::NONE; });
    if (done.acknowledges_only) {
      protocol::ShareAcknowledgeResponse response;
      for (const auto& row : done.rows)
        response.partitions.push_back(
            {row.partition, row.acknowledge_error, row.current_leader, row.current_leader_epoch});
      server.connections.respond(ctx, server, done.connection, std::move(response));
    } else {
      protocol::ShareFetchResponse response;
      response.acquisition_lock_timeout_ms = static_cast<std::int32_t>(share_lock(server, done.group).us / 1000);
      response.partitions = std::move(done.rows);
      server.connections.respond(ctx, server, done.connection, std::move(response));
    }
  }
  // When a group's last member has left this broker, only unfinished writes are kept: the next member starts from the
  // stored state, which another broker may have changed. Kafka:
  // SharePartitionManager.ShareGroupListenerImpl.onGroupEmpty.
  const auto left = [&](const std::string& group) {
    const auto session = state.sessions.lower_bound({group, ""});
    return (session == state.sessions.end() || session->first.first != group) &&
           !sim::mutant("share-reset-keeps-the-window");
  };
  drop_share_partitions(ctx, [&](const SharePartitionKey& key, const ShareEntry& entry) {
    return entry.failed != ErrorCode::NONE || (entry.partition.settled() && left(key.group));
  });
}

void SharePartitionManager::on_share_wait_over(BrokerServer& server, std::uint64_t number) {
  for (ShareRequest& r : state.requests)
    if (r.number == number) {
      r.time_is_up = true;
      r.timer = {};
      ++server.metrics.expired_share_fetches;
    }
  state.news = true;
}

// ---------------------------------------------------------------------------------------------- the persister

/// Runs this broker's requests to its own share coordinator, the responses to the persister, and the waiting requests.
/// Returns true if it did anything.
bool SharePartitionManager::run_share_groups(Ctx& ctx, BrokerServer& server) {
  bool any = false;
  if (!state.done.empty()) {
    for (const SharePersister::Done& done : std::exchange(state.done, {})) {
      switch (done.operation.kind) {
        case SharePersister::Kind::Read: on_share_state_read(ctx, server, done); break;
        case SharePersister::Kind::Write: on_share_write_done(ctx, done); break;
        case SharePersister::Kind::Initialize:
        case SharePersister::Kind::ReadSummary:
        case SharePersister::Kind::Delete: server.coordinators.on_group_state_answer(ctx, server, done); break;
      }
    }
    any = true;
  }
  if (state.news) {
    check_share_requests(ctx, server);
    any = true;
  }
  if (state.persister.waiting() > 0) {
    ShareCoordinatorHost host(ctx, server);
    const std::vector<SharePersister::Operation> own = state.persister.pump(ctx, server.image, server.options.id);
    if (state.persister.take_topic_missing())
      server.forwarding.request_topic_creation(ctx, server, {std::string(coordinator::kShareStateTopic)});
    for (const SharePersister::Operation& op : own) {
      any = true;
      protocol::visit_kafka(
          [&](const auto& request) {
            if constexpr (is_share_state_request<std::decay_t<decltype(request)>>)
              server.coordinators.share.handle(host, kOwnShareRequest | op.number, request);
          },
          op.body);
    }
  }
  return any;
}

/// Two keys per partition: DelayedShareFetchGroupKey, DelayedShareFetchPartitionKey.
std::int64_t SharePartitionManager::watched_share_fetches(sim::Instant now) const {
  std::int64_t keys = state.complete_fetches.size(now);
  for (const ShareRequest& r : state.requests)
    if (r.fetches) keys += 2 * static_cast<std::int64_t>(r.partitions.size());
  return keys;
}

}  // namespace kafkascope::broker
