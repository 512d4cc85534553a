// The share partitions of the partitions that this broker leads: creation from the stored state, expiry of record
// locks, storing of changes, and removal when leadership is lost (KIP-932). Kafka: SharePartitionManager,
// SharePartition (4.1).
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "broker/timers.h"
#include "protocol/facts_of_groups.h"
#include "storage/timestamp_lookup.h"

namespace kafkascope::broker {

namespace {

/// Kafka: SharePartition.fetchPersisterError.
ErrorCode persister_error(ErrorCode e) {
  switch (e) {
    case ErrorCode::NONE:
    case ErrorCode::GROUP_ID_NOT_FOUND:
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: return e;
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS: return ErrorCode::COORDINATOR_NOT_AVAILABLE;
    case ErrorCode::FENCED_LEADER_EPOCH:
    case ErrorCode::FENCED_STATE_EPOCH: return ErrorCode::NOT_LEADER_OR_FOLLOWER;
    default: return ErrorCode::UNKNOWN_SERVER_ERROR;
  }
}

}  // namespace

/// Returns NONE if the topic exists and the requester may read it.
ErrorCode SharePartitionManager::share_topic_error(Ctx& ctx, BrokerServer& server, sim::ConnectionId connection,
                                                   protocol::TopicId id) {
  const protocol::TopicImage* topic = server.image.topic(id);
  if (topic == nullptr) return ErrorCode::UNKNOWN_TOPIC_ID;
  const Connection* from = server.connections.find_connection(connection);
  const bool refused = from != nullptr && !server.connections.may(ctx, server, *from, protocol::AclOperation::Read,
                                                                  protocol::ResourceType::Topic, topic->name);
  return refused ? ErrorCode::TOPIC_AUTHORIZATION_FAILED : ErrorCode::NONE;
}

/// Returns NONE if the requester may read the topic and this broker leads the partition.
ErrorCode SharePartitionManager::share_partition_error(Ctx& ctx, BrokerServer& server, sim::ConnectionId connection,
                                                       TopicPartition tp) {
  if (const ErrorCode error = share_topic_error(ctx, server, connection, tp.topic); error != ErrorCode::NONE)
    return error;
  return server.replica_manager.leader_error(server, tp, true);
}

/// Returns the share partition. A member's first request creates it by reading the stored state. Kafka:
/// SharePartitionManager.getOrCreateSharePartition, SharePartition.maybeInitialize.
ShareEntry& SharePartitionManager::share_partition(Ctx& ctx, BrokerServer& server, const SharePartitionKey& key) {
  const auto [it, fresh] = state.partitions.try_emplace(key);
  ShareEntry& entry = it->second;
  if (!fresh) return entry;
  entry.partition =
      SharePartition(static_cast<std::int32_t>(server.options.config.number("group.share.delivery.count.limit")),
                     static_cast<std::int32_t>(server.options.config.number("group.share.partition.max.record.locks")));
  entry.incarnation = state.next_incarnation++;
  entry.created = ctx.now();
  entry.leader_epoch = server.look(server.find(key.partition)).leader_epoch;
  SharePersister::Operation op;
  op.kind = SharePersister::Kind::Read;
  op.key = key;
  op.incarnation = entry.incarnation;
  op.body = protocol::ReadShareGroupStateRequest{key.group, key.partition, entry.leader_epoch};
  state.persister.submit(ctx.now(), std::move(op));
  return entry;
}

std::string SharePartitionManager::group_setting(const BrokerServer& server, const std::string& group,
                                                 const std::string& key, const std::string& otherwise) const {
  const auto& own = server.image.config("group:" + group);
  const auto it = own.find(key);
  return it == own.end() ? otherwise : it->second;
}

sim::Duration SharePartitionManager::share_lock(const BrokerServer& server, const std::string& group) const {
  const std::int64_t of_broker = server.options.config.number("group.share.record.lock.duration.ms");
  return sim::milliseconds(
      std::stoll(group_setting(server, group, "share.record.lock.duration.ms", std::to_string(of_broker))));
}

/// Kafka: GroupConfig.shareIsolationLevel, read anew for each request.
bool SharePartitionManager::share_reads_committed(const BrokerServer& server, const std::string& group) const {
  return group_setting(server, group, "share.isolation.level", "read_uncommitted") == "read_committed" &&
         !sim::mutant("share-isolation-ignored");
}

/// The start offset of a group without stored state. Kafka: ShareFetchUtils.startOffsetForInitialization.
Offset SharePartitionManager::share_reset_offset(Ctx& ctx, const BrokerServer& server,
                                                 const SharePartitionKey& key) const {
  const storage::PartitionLog& log = server.look(server.find(key.partition)).log;
  const std::string reset = group_setting(server, key.group, "share.auto.offset.reset", "latest");
  if (reset == "earliest") return log.log_start_offset();
  if (constexpr std::string_view kByDuration = "by_duration:"; reset.starts_with(kByDuration)) {
    const std::int64_t age =
        protocol::parse_iso_duration_ms(std::string_view(reset).substr(kByDuration.size())).value_or(0);
    if (const auto found = storage::offset_for_timestamp(log, ctx.wall_clock_ms() - age, log.high_watermark()))
      return found->offset;
  }
  return log.high_watermark();
}

void SharePartitionManager::on_share_state_read(Ctx& ctx, BrokerServer& server, const SharePersister::Done& done) {
  const auto it = state.partitions.find(done.operation.key);
  if (it == state.partitions.end() || it->second.incarnation != done.operation.incarnation) return;
  state.complete_fetches.look_at(it->first);
  state.news = true;
  if (done.error != ErrorCode::NONE) {
    it->second.failed = persister_error(done.error);
    return;
  }
  const auto& stored = protocol::get<protocol::ReadShareGroupStateResponse>(*done.body);
  ShareEntry& entry = it->second;
  ++server.metrics.share_partition_loads;
  server.metrics.share_partition_load_time.add(ctx.now() - entry.created);
  entry.partition.initialize(
      stored.start_offset.known() ? stored.start_offset : share_reset_offset(ctx, server, it->first),
      stored.state_epoch, stored.state_batches);
  share_changed(ctx, it->first, entry,
                stored.start_offset.known() ? fact::ShareStartReason::Stored : fact::ShareStartReason::ResetPolicy);
}

/// Traces a start offset that has moved, and sets the timer for the next lock that expires.
void SharePartitionManager::share_changed(Ctx& ctx, const SharePartitionKey& key, ShareEntry& entry,
                                          fact::ShareStartReason reason) {
  const Offset start = entry.partition.start_offset();
  if (entry.partition.active() && start != entry.told_start)
    ctx.trace(fact::ShareStart{.partition = key.partition,
                               .from = std::exchange(entry.told_start, start),
                               .to = start,
                               .group = key.group,
                               .reason = reason});
  const sim::Instant next = entry.partition.next_expiry();
  if (ctx.due(entry.lock_timer) != next) {
    ctx.cancel(entry.lock_timer);
    if (next != sim::kNever)
      entry.lock_timer = ctx.set_timer_at(std::max(next, ctx.now()), timer::kShareLock, entry.incarnation);
  }
  state.news = true;
}

void SharePartitionManager::on_share_lock_timer(Ctx& ctx, std::uint64_t incarnation) {
  for (auto& [key, entry] : state.partitions) {
    if (entry.incarnation != incarnation) continue;
    entry.lock_timer = {};
    for (;;) {
      SharePartition::Change change = entry.partition.expire(ctx.now());
      if (change.batches.empty()) break;
      for (const protocol::ShareStateBatch& b : change.batches) entry.lock_timeouts += b.last - b.first + 1;
      const auto session = state.sessions.find({key.group, change.member});
      const std::string who = session == state.sessions.end() ? change.member : session->second.who;
      store_share_change(ctx, key, entry, std::move(change), nullptr, who, fact::SettlementReason::LockOver);
    }
    state.complete_fetches.look_at(key);
    share_changed(ctx, key, entry, fact::ShareStartReason::LocksOver);
  }
}

void SharePartitionManager::on_share_write_done(Ctx& ctx, const SharePersister::Done& done) {
  const SharePersister::Operation& op = done.operation;
  const auto waiting = std::find_if(state.requests.begin(), state.requests.end(),
                                    [&](const ShareRequest& r) { return op.request != 0 && r.number == op.request; });
  if (waiting != state.requests.end()) {
    --waiting->awaited;
    waiting->row(op.key.partition).acknowledge_error = persister_error(done.error);
    state.news = true;
  }
  const auto it = state.partitions.find(op.key);
  if (it == state.partitions.end() || it->second.incarnation != op.incarnation) return;
  const bool stored = done.error == ErrorCode::NONE;
  if (op.transition != 0) {
    if (stored)
      trace_settled(ctx, op.key, protocol::get<protocol::WriteShareGroupStateRequest>(op.body).state_batches, op.who,
                    op.reason);
    it->second.partition.complete(op.transition, stored);
    state.complete_fetches.look_at(op.key);
    share_changed(ctx, op.key, it->second, fact::ShareStartReason::RecordsSettled);
  }
  // A newer leader has written the state: this broker no longer leads the partition. Kafka:
  // SharePartitionManager.fencedSharePartitionHandler.
  if (persister_error(done.error) == ErrorCode::NOT_LEADER_OR_FOLLOWER) drop_share_partitions(ctx, op.key.partition);
}

/// Drops the selected share partitions together with their record locks.
void SharePartitionManager::drop_share_partitions(
    Ctx& ctx, const std::function<bool(const SharePartitionKey&, const ShareEntry&)>& which) {
  for (auto it = state.partitions.begin(); it != state.partitions.end();) {
    if (!which(it->first, it->second)) {
      ++it;
      continue;
    }
    ctx.cancel(it->second.lock_timer);
    it = state.partitions.erase(it);
  }
}

/// Called when this broker no longer leads the partition, or is fenced.
void SharePartitionManager::drop_share_partitions(Ctx& ctx, TopicPartition tp) {
  drop_share_partitions(ctx, [tp](const SharePartitionKey& key, const ShareEntry&) { return key.partition == tp; });
  if (!state.requests.empty()) state.news = true;
}

}  // namespace kafkascope::broker
