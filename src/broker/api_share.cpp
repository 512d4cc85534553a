// ShareFetch and ShareAcknowledge: sessions, acknowledgements, delayed fetches, requests to the share coordinator
// (KIP-932). Kafka: KafkaApis.handleShareFetchRequest, SharePartitionManager, DelayedShareFetch (4.1).
#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>

#include "broker/broker.h"
#include "broker/coordinator_host.h"
#include "broker/internal_topics.h"
#include "broker/timers.h"
#include "protocol/facts_of_groups.h"
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

bool Broker::share_groups_enabled() const { return image_.feature("share.version") >= 1; }

/// Returns the session that the request continues, begins or ends; nullptr, with the reason in `error`, if it cannot.
/// Kafka: SharePartitionManager.newContext, acknowledgeSessionUpdate.
ShareSession* Broker::share_session(sim::ConnectionId connection, const std::string& group, const std::string& member,
                                    std::int32_t epoch, bool may_begin, ErrorCode& error) {
  const auto it = share_.sessions.find({group, member});
  if (epoch == protocol::kInitialShareEpoch && may_begin) {
    if (it == share_.sessions.end() &&
        static_cast<std::int64_t>(share_.sessions.size()) >= options_.config.number("group.share.max.share.sessions")) {
      error = ErrorCode::SHARE_SESSION_LIMIT_REACHED;
      return nullptr;
    }
    ShareSession& fresh = share_.sessions[{group, member}];
    fresh = {};
    fresh.connection = connection;
    return &fresh;
  }
  if (it == share_.sessions.end()) {
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

void Broker::handle(Ctx& ctx, Connection& connection, const protocol::ShareFetchRequest& r) {
  ErrorCode error = ErrorCode::NONE;
  const bool acknowledges =
      std::any_of(r.partitions.begin(), r.partitions.end(), [](const auto& p) { return !p.acknowledgements.empty(); });
  ShareSession* session = nullptr;
  if (!share_groups_enabled()) error = ErrorCode::UNSUPPORTED_VERSION;
  else if (r.group_id.empty() || r.member_id.empty() ||
           (r.session_epoch == protocol::kInitialShareEpoch && acknowledges))
    error = ErrorCode::INVALID_REQUEST;
  else session = share_session(connection.id, r.group_id, r.member_id, r.session_epoch, true, error);
  if (session == nullptr) {
    refuse(ctx, ApiKey::ShareFetch, {}, error, connection.peer);
    protocol::ShareFetchResponse refused;
    refused.error = error;
    return respond(ctx, connection.id, std::move(refused));
  }
  session->who = r.client_id + "/" + r.member_id;
  ShareRequest request;
  request.fetches = r.session_epoch != protocol::kFinalShareEpoch;
  for (const ShareFetchPartition& p : r.partitions)
    if (request.fetches &&
        std::find(session->partitions.begin(), session->partitions.end(), p.partition) == session->partitions.end())
      session->partitions.push_back(p.partition);
  for (const TopicPartition tp : r.forgotten) std::erase(session->partitions, tp);
  request.max_bytes = std::min(r.max_bytes, client_fetch_max_bytes_);
  if (const auto bound = ClientQuotas::bound_ppm(image_, ClientQuotas::Kind::Fetch, ctx.name(connection.peer)))
    request.max_bytes =
        static_cast<std::int32_t>(std::min<std::int64_t>(request.max_bytes, client_quotas_.most_at_once(*bound)));
  request.min_bytes = std::min(r.min_bytes, request.max_bytes);
  request.max_records = r.max_records;
  request.partitions = session->partitions;
  if (request.fetches) metrics_.total_share_fetch += topics_of(request.partitions, [](TopicPartition) { return true; });
  // Rotates the partitions, so that each is first in turn. Kafka: PartitionRotateStrategy, by the session's epoch.
  if (!request.partitions.empty())
    std::rotate(request.partitions.begin(),
                request.partitions.begin() +
                    std::max(0, r.session_epoch) % static_cast<std::ptrdiff_t>(request.partitions.size()),
                request.partitions.end());
  begin_share_request(ctx, connection, r.group_id, r.member_id, r.partitions,
                      r.session_epoch == protocol::kFinalShareEpoch, r.max_wait_ms, std::move(request));
}

void Broker::handle(Ctx& ctx, Connection& connection, const protocol::ShareAcknowledgeRequest& r) {
  ErrorCode error = ErrorCode::NONE;
  ShareSession* session = nullptr;
  if (!share_groups_enabled()) error = ErrorCode::UNSUPPORTED_VERSION;
  else if (r.session_epoch == protocol::kInitialShareEpoch) error = ErrorCode::INVALID_SHARE_SESSION_EPOCH;
  else session = share_session(connection.id, r.group_id, r.member_id, r.session_epoch, false, error);
  if (session == nullptr) {
    refuse(ctx, ApiKey::ShareAcknowledge, {}, error, connection.peer);
    return respond(ctx, connection.id, protocol::ShareAcknowledgeResponse{error, {}});
  }
  ShareRequest request;
  request.acknowledges_only = true;
  begin_share_request(ctx, connection, r.group_id, r.member_id, r.partitions,
                      r.session_epoch == protocol::kFinalShareEpoch, 0, std::move(request));
}

void Broker::begin_share_request(Ctx& ctx, Connection& connection, const std::string& group, const std::string& member,
                                 const std::vector<ShareFetchPartition>& acknowledged, bool last,
                                 std::int32_t max_wait_ms, ShareRequest request) {
  request.number = share_.next_request++;
  request.connection = connection.id;
  request.group = group;
  request.member = member;
  request.who = share_.sessions[{group, member}].who;
  const auto acknowledges = [](const ShareFetchPartition& p) { return !p.acknowledgements.empty(); };
  metrics_.total_share_acknowledgement += topics_of(acknowledged, acknowledges);
  for (const ShareFetchPartition& p : acknowledged)
    if (acknowledges(p)) {
      acknowledge_share(ctx, p, request);
      share_.complete_fetches.look_at({group, p.partition});
    }
  if (last) end_share_session(ctx, group, member, fact::SettlementReason::SessionClosed);
  if (request.fetches && max_wait_ms > 0)
    request.timer = ctx.set_timer(sim::milliseconds(max_wait_ms), timer::kShareWait, request.number);
  else request.time_is_up = true;
  share_.requests.push_back(std::move(request));
  share_.news = true;
}

void Broker::acknowledge_share(Ctx& ctx, const ShareFetchPartition& p, ShareRequest& request) {
  const auto it = share_.partitions.find({request.group, p.partition});
  ErrorCode& error = request.row(p.partition).acknowledge_error;
  error = well_formed(p.acknowledgements) ? share_topic_error(ctx, request.connection, p.partition.topic)
                                          : ErrorCode::INVALID_REQUEST;
  if (error == ErrorCode::NONE && it == share_.partitions.end()) {
    // The broker has lost leadership or regained it since the records were acquired, or the group has left
    // (SharePartitionManager.acknowledge).
    error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  } else if (error == ErrorCode::NONE) {
    SharePartition::Change change = it->second.partition.acknowledge(request.member, p.acknowledgements);
    error = change.error;
    if (error == ErrorCode::NONE) {
      metrics_.count_acknowledgements(p.acknowledgements);
      store_share_change(ctx, it->first, it->second, std::move(change), &request, request.who, {});
    }
  }
  if (error != ErrorCode::NONE)
    refuse(ctx, ApiKey::ShareAcknowledge, p.partition, error, client_of(ctx, request.connection));
}

void Broker::store_share_change(Ctx& ctx, const SharePartitionKey& key, ShareEntry& entry,
                                SharePartition::Change change, ShareRequest* request, const std::string& who,
                                fact::SettlementReason reason) {
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
  share_.persister.submit(ctx.now(), std::move(op));
}

void Broker::trace_settled(Ctx& ctx, const SharePartitionKey& key,
                           const std::vector<protocol::ShareStateBatch>& batches, const std::string& who,
                           fact::SettlementReason reason) {
  for (const protocol::ShareStateBatch& b : batches)
    ctx.trace(fact::ShareSettled{
        key.partition, b.first, b.last, static_cast<RecordState>(b.state), key.group, who,
        reason == fact::SettlementReason{} ? reason_for(static_cast<RecordState>(b.state)) : reason});
}

/// Releases the member's records in the session's partitions; those in a partition dropped from the session are freed
/// when their lock expires. Kafka: SharePartitionManager.releaseSession.
void Broker::end_share_session(Ctx& ctx, const std::string& group, const std::string& member,
                               fact::SettlementReason reason) {
  const auto it = share_.sessions.find({group, member});
  if (it == share_.sessions.end()) return;
  const ShareSession session = std::move(it->second);
  share_.sessions.erase(it);
  for (const TopicPartition tp : session.partitions) {
    const auto at = share_.partitions.find({group, tp});
    if (at == share_.partitions.end() || sim::mutant("share-member-left-forgotten")) continue;
    SharePartition::Change change = at->second.partition.release_all(member);
    store_share_change(ctx, at->first, at->second, std::move(change), nullptr, session.who, reason);
    share_.complete_fetches.look_at(at->first);
  }
  share_.news = true;
}

/// A member's connection has closed, so its session ends. Kafka: SharePartitionManager.ShareGroupListenerImpl
/// (KAFKA-18629).
void Broker::end_share_sessions_of(Ctx& ctx, sim::ConnectionId connection) {
  std::erase_if(share_.requests, [&](ShareRequest& r) {
    if (r.connection != connection) return false;
    ctx.cancel(r.timer);
    if (r.watched) leave_share_fetch_on_lists(r, ctx.now());
    return true;
  });
  std::vector<std::pair<std::string, std::string>> ended;
  for (const auto& [who, session] : share_.sessions)
    if (session.connection == connection) ended.push_back(who);
  for (const auto& [group, member] : ended)
    end_share_session(ctx, group, member, fact::SettlementReason::ConnectionGone);
}

// ---------------------------------------------------------------------------------------------- fetching

/// The request's partitions that have, or may have, records to acquire. Unreadable partitions get an error in the
/// response; the request waits for the others. Kafka: SharePartitionManager.processShareFetch,
/// DelayedShareFetch.acquirablePartitions.
std::vector<std::pair<TopicPartition, ShareEntry*>> Broker::acquirable(Ctx& ctx, ShareRequest& request) {
  std::vector<std::pair<TopicPartition, ShareEntry*>> found;
  for (const TopicPartition tp : request.partitions) {
    if (request.failed(tp)) continue;
    const SharePartitionKey key{request.group, tp};
    ErrorCode error = share_partition_error(ctx, request.connection, tp);
    ShareEntry* entry = error == ErrorCode::NONE ? &share_partition(ctx, key) : nullptr;
    if (entry != nullptr) error = entry->failed;
    if (error != ErrorCode::NONE) {
      protocol::ShareFetchPartitionResponse& row = request.row(tp);
      row.error = error;
      refuse(ctx, ApiKey::ShareFetch, tp, error, client_of(ctx, request.connection));
      if (error == ErrorCode::NOT_LEADER_OR_FOLLOWER) current_leader(tp, row.current_leader, row.current_leader_epoch);
      continue;
    }
    if (!entry->partition.active()) continue;
    if (const Offset log_start = look(find(tp)).log.log_start_offset(); log_start > entry->partition.start_offset()) {
      entry->partition.advance_to(log_start);
      share_changed(ctx, key, *entry, fact::ShareStartReason::LogStartPassed);
    }
    if (entry->partition.can_acquire()) found.emplace_back(tp, entry);
  }
  return found;
}

/// Whether the partitions together have min_bytes below the high watermark; each partition counts for at most `each`
/// bytes. Kafka: DelayedShareFetch.isMinBytesSatisfied.
bool Broker::has_min_bytes(const std::vector<std::pair<TopicPartition, ShareEntry*>>& partitions,
                           std::int32_t min_bytes, std::int32_t each) const {
  std::int64_t bytes = 0;
  for (const auto& [tp, entry] : partitions) {
    const storage::PartitionLog& log = look(find(tp)).log;
    const Offset from = entry->partition.next_fetch_offset(), limit = log.high_watermark();
    if (from >= limit) continue;
    const storage::SegmentList& segments = log.segment_list();
    if (from < segments[segments.find(limit)].base_offset)
      return true;  // on an older segment: any number of bytes is
                    // enough
    bytes += std::min<std::int64_t>(log.bytes_between(from, limit), each);
  }
  return bytes >= min_bytes;
}

/// Acquires records for the request if there are enough or its time is up. Returns true if it must be answered.
bool Broker::acquire_for(Ctx& ctx, ShareRequest& request) {
  const auto partitions = acquirable(ctx, request);
  request.acquirable.clear();
  for (const auto& [tp, entry] : partitions) request.acquirable.push_back(tp);
  if (partitions.empty()) return !request.partitions.empty() && request.failed() == request.partitions.size();
  const std::int32_t each =
      request.max_bytes / static_cast<std::int32_t>(partitions.size());  // UniformPartitionMaxBytesStrategy
  if (!request.time_is_up && !sim::mutant("share-min-bytes-ignored") &&
      !has_min_bytes(partitions, request.min_bytes, each))
    return false;
  const sim::Duration lock = share_lock(request.group);
  bool any = request.min_bytes <= 0;
  std::int64_t room = request.max_records;
  std::int32_t budget = request.max_bytes;
  for (const auto& [tp, entry] : partitions) {
    if (room <= 0) break;
    const SharePartitionKey key{request.group, tp};
    const storage::PartitionLog& log = look(find(tp)).log;
    const Offset from = entry->partition.next_fetch_offset();
    // Simplified: without transactions share.isolation.level makes no difference.
    const std::vector<StoredBatch> batches =
        log.read(from, log.high_watermark(), std::min(each, budget), budget == request.max_bytes);
    if (batches.empty()) continue;
    const std::vector<protocol::AcquiredRecords> acquired =
        entry->partition.acquire(request.member, batches, room, ctx.now() + lock);
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

/// Checks the watch lists of the partitions that were acquirable at once, whether or not they had records; the fetch
/// stays on the lists of the other partitions. Kafka: DelayedShareFetch.releasePartitionLocksAndAddToActionQueue.
void Broker::leave_share_fetch_on_lists(const ShareRequest& request, sim::Instant now) {
  share_.complete_fetches.count(now);
  for (const TopicPartition tp : request.partitions) {
    const bool looked_at =
        std::find(request.acquirable.begin(), request.acquirable.end(), tp) != request.acquirable.end();
    for (const SharePartitionKey& key : {SharePartitionKey{request.group, tp}, SharePartitionKey{"", tp}})
      if (looked_at) share_.complete_fetches.look_at(key);
      else share_.complete_fetches.add(key);
  }
}

/// Checks the waiting requests in order of arrival. Kafka: DelayedShareFetch.tryComplete.
void Broker::check_share_requests(Ctx& ctx) {
  share_.news = false;
  for (std::size_t i = 0; i < share_.requests.size();) {
    ShareRequest& request = share_.requests[i];
    if (request.fetches && (acquire_for(ctx, request) || request.time_is_up)) {
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
    share_.requests.erase(share_.requests.begin() + static_cast<std::ptrdiff_t>(i));
    metrics_.failed_share_fetch += topics_of(done.rows, [](const auto& row) { return row.error != ErrorCode::NONE; });
    metrics_.failed_share_acknowledgement +=
        topics_of(done.rows, [](const auto& row) { return row.acknowledge_error != ErrorCode::NONE; });
    if (done.acknowledges_only) {
      protocol::ShareAcknowledgeResponse response;
      for (const auto& row : done.rows)
        response.partitions.push_back(
            {row.partition, row.acknowledge_error, row.current_leader, row.current_leader_epoch});
      respond(ctx, done.connection, std::move(response));
    } else {
      protocol::ShareFetchResponse response;
      response.acquisition_lock_timeout_ms = static_cast<std::int32_t>(share_lock(done.group).us / 1000);
      response.partitions = std::move(done.rows);
      respond(ctx, done.connection, std::move(response));
    }
  }
  // When a group's last member has left this broker, only unfinished writes are kept: the next member starts from the
  // stored state, which may have been changed elsewhere. Kafka:
  // SharePartitionManager.ShareGroupListenerImpl.onGroupEmpty.
  const auto left = [&](const std::string& group) {
    const auto session = share_.sessions.lower_bound({group, ""});
    return (session == share_.sessions.end() || session->first.first != group) &&
           !sim::mutant("share-reset-keeps-the-window");
  };
  drop_share_partitions(ctx, [&](const SharePartitionKey& key, const ShareEntry& entry) {
    return entry.failed != ErrorCode::NONE || (entry.partition.settled() && left(key.group));
  });
}

void Broker::on_share_wait_over(std::uint64_t number) {
  for (ShareRequest& r : share_.requests)
    if (r.number == number) {
      r.time_is_up = true;
      r.timer = {};
      ++metrics_.expired_share_fetches;
    }
  share_.news = true;
}

// ---------------------------------------------------------------------------------------------- the persister

/// Handles the response to a request that the group coordinator sent to the share coordinator.
void Broker::on_group_state_answer(Ctx& ctx, const SharePersister::Done& done) {
  CoordinatorHost host(*this, ctx);
  const SharePersister::Operation& op = done.operation;
  if (op.request == 0) {
    if (op.kind == SharePersister::Kind::Initialize)
      coordinator_.on_share_state_initialized(host, op.key.group, op.key.partition, done.error);
    return;
  }
  using Summary = protocol::ReadShareGroupStateSummaryResponse;
  const auto* summary = done.body ? protocol::get_if<Summary>(&*done.body) : nullptr;
  coordinator_.on_share_call_answer(host, op.request, op.key.partition,
                                    summary != nullptr ? *summary : Summary{done.error, 0, {}, {}});
}

/// Runs this broker's requests to its own share coordinator, the persister's responses, and the waiting requests.
/// Returns true if anything was done.
bool Broker::run_share_groups(Ctx& ctx) {
  bool any = false;
  if (!share_.done.empty()) {
    for (const SharePersister::Done& done : std::exchange(share_.done, {})) {
      switch (done.operation.kind) {
        case SharePersister::Kind::Read: on_share_state_read(ctx, done); break;
        case SharePersister::Kind::Write: on_share_write_done(ctx, done); break;
        case SharePersister::Kind::Initialize:
        case SharePersister::Kind::ReadSummary:
        case SharePersister::Kind::Delete: on_group_state_answer(ctx, done); break;
      }
    }
    any = true;
  }
  if (share_.news) {
    check_share_requests(ctx);
    any = true;
  }
  if (share_.persister.waiting() > 0) {
    ShareCoordinatorHost host(*this, ctx);
    const std::vector<SharePersister::Operation> own = share_.persister.pump(ctx, image_, options_.id);
    if (share_.persister.take_topic_missing())
      request_topic_creation(ctx, {std::string(coordinator::kShareStateTopic)});
    for (const SharePersister::Operation& op : own) {
      any = true;
      protocol::visit(
          [&](const auto& request) {
            if constexpr (is_share_state_request<std::decay_t<decltype(request)>>)
              share_coordinator_.handle(host, kOwnShareRequest | op.number, request);
          },
          op.body);
    }
  }
  return any;
}

template <class Request>
void Broker::handle_share_state(Ctx& ctx, Connection& connection, const Request& r) {
  ShareCoordinatorHost host(*this, ctx);
  share_coordinator_.handle(host, static_cast<std::uint64_t>(connection.id.generation) << 32 | connection.id.slot, r);
}
template void Broker::handle_share_state(Ctx&, Connection&, const protocol::InitializeShareGroupStateRequest&);
template void Broker::handle_share_state(Ctx&, Connection&, const protocol::ReadShareGroupStateRequest&);
template void Broker::handle_share_state(Ctx&, Connection&, const protocol::WriteShareGroupStateRequest&);
template void Broker::handle_share_state(Ctx&, Connection&, const protocol::DeleteShareGroupStateRequest&);
template void Broker::handle_share_state(Ctx&, Connection&, const protocol::ReadShareGroupStateSummaryRequest&);

}  // namespace kafkascope::broker
