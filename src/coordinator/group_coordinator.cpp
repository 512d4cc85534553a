// Which groups are here: configuration, election and resignation, loading from the log, timers, views.
#include "coordinator/group_coordinator.h"

#include <string>

#include "protocol/facts_of_groups.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

GroupCoordinator::GroupCoordinator(const GroupCoordinator&) = default;
GroupCoordinator::GroupCoordinator(GroupCoordinator&&) noexcept = default;
GroupCoordinator& GroupCoordinator::operator=(const GroupCoordinator&) = default;
GroupCoordinator& GroupCoordinator::operator=(GroupCoordinator&&) noexcept = default;
GroupCoordinator::~GroupCoordinator() = default;

GroupCoordinator::GroupCoordinator(const protocol::Config& config)
    : initial_delay_ms_(config.number("group.initial.rebalance.delay.ms")),
      min_session_timeout_ms_(config.number("group.min.session.timeout.ms")),
      max_session_timeout_ms_(config.number("group.max.session.timeout.ms")),
      max_size_(config.number("group.max.size")),
      offsets_partitions_(static_cast<std::int32_t>(config.number("offsets.topic.num.partitions"))),
      commit_timeout_ms_(config.number("offsets.commit.timeout.ms")),
      metadata_max_bytes_(config.number("offset.metadata.max.bytes")),
      linger_ms_(config.version() == protocol::KafkaVersion::V4_1 ? config.number("group.coordinator.append.linger.ms")
                                                                  : 0),
      retention_ms_(config.number("offsets.retention.minutes") * 60000),
      retention_check_ms_(config.number("offsets.retention.check.interval.ms")),
      v4_(config.version() == protocol::KafkaVersion::V4_1) {
  if (!v4_) return;
  consumer_session_ms_ = config.number("group.consumer.session.timeout.ms");
  consumer_heartbeat_ms_ = config.number("group.consumer.heartbeat.interval.ms");
  consumer_max_size_ = config.number("group.consumer.max.size");
  consumer_assignors_ = config.list("group.consumer.assignors");
  const std::string policy = config.text("group.consumer.migration.policy");
  upgrades_ = policy == "bidirectional" || policy == "upgrade";
  downgrades_ = policy == "bidirectional" || policy == "downgrade";
  share_session_ms_ = config.number("group.share.session.timeout.ms");
  share_heartbeat_ms_ = config.number("group.share.heartbeat.interval.ms");
  share_max_size_ = config.number("group.share.max.size");
}

// Kafka: GroupCoordinatorService.onElection, CoordinatorRuntime.scheduleLoadOperation.
void GroupCoordinator::on_elected(Host& host, std::int32_t partition, protocol::LeaderEpoch epoch,
                                  const storage::PartitionLog& log) {
  if (auto it = shards_.find(partition); it != shards_.end()) {
    it->second.epoch = epoch;  // leads on under a new epoch: it has everything already
    return;
  }
  Shard& shard = shards_[partition];
  shard.partition = partition;
  shard.epoch = epoch;
  const sim::Duration takes{load_rate_ > 0 ? log.size_bytes() * 1000000 / load_rate_ : 0};
  if (takes.us > 0) {
    shard.loading = true;
    timers_.schedule(host.ctx(), {TimerKind::Load, partition, {}, {}, 0}, takes);
    return;
  }
  load(host, shard, log);
  flush_if_due(host, partition);
}

ErrorCode GroupCoordinator::unavailable(const Shard* shard) {
  if (shard == nullptr) return ErrorCode::NOT_COORDINATOR;
  return shard->loading ? ErrorCode::COORDINATOR_LOAD_IN_PROGRESS : ErrorCode::NONE;
}

void GroupCoordinator::load(Host& host, Shard& shard, const storage::PartitionLog& log) {
  Ctx& ctx = host.ctx();
  const sim::Instant now = ctx.now();
  const protocol::Offset end = log.log_end_offset(), committed = log.high_watermark();
  shard.loading = false;
  Batch pending;  // what may still be lost: known here, told to nobody before it is committed (CoordinatorLoaderImpl)
  for (protocol::Offset at = log.log_start_offset(); at < end;) {
    const auto batches = log.read(at, end, 5 * 1024 * 1024, true);  // offsets.load.buffer.size
    if (batches.empty()) {
      ctx.fault("the log of __consumer_offsets can be read from its start to its end");
      return;
    }
    for (const auto& batch : batches) {
      at = batch.next_offset();
      if (batch.data->control) continue;
      for (const protocol::RecordView record : batch.data->records) {
        auto decoded = decode(record);
        if (!decoded) continue;
        auto* commit = std::get_if<OffsetCommitRecord>(&*decoded);
        if (commit == nullptr || at <= committed) {
          replay(shard, *decoded, ctx);
          continue;
        }
        if (commit->value && !shard.consumer_groups.contains(commit->group))
          shard.groups.try_emplace(commit->group, commit->group, now);
        pending.offsets.emplace_back(std::move(*commit), -1);
      }
    }
  }
  std::int64_t offsets = 0;
  for (const auto& [id, map] : shard.offsets) offsets += static_cast<std::int64_t>(map.size());
  const protocol::TopicPartition where{host.metadata().topic_id(kOffsetsTopic), shard.partition};
  ctx.trace(fact::GroupLoaded{
      where, static_cast<std::int64_t>(shard.groups.size() + shard.consumer_groups.size() + shard.share_groups.size()),
      offsets});
  // Members keep their ids and generation; what was a deadline at the old coordinator starts afresh here.
  for (auto& [id, group] : shard.groups) {
    for (const auto& [member_id, member] : group.members()) restart_session(host, shard, group, member);
    if (static_cast<std::int64_t>(group.members().size()) > max_size_)
      prepare_rebalance(host, shard, group, "the loaded group is larger than group.max.size");
  }
  for (auto& [id, group] : shard.consumer_groups) {
    group.set_state(group.computed_state(), now);
    group.set_reason("loaded from the log");
    for (const auto& [member_id, member] : group.members()) {
      restart_consumer_session(host, shard, id, member);
      if (member.state == MemberState::UnrevokedPartitions)
        timers_.schedule(ctx, {TimerKind::Revocation, shard.partition, id, member_id, 0},
                         sim::milliseconds(member.rebalance_timeout_ms));
    }
  }
  for (auto& [id, group] : shard.share_groups) {
    group.set_state(group.computed_state(), now);
    group.set_reason("loaded from the log");
    for (const auto& [member_id, member] : group.members())
      timers_.schedule(ctx, {TimerKind::Session, shard.partition, id, member_id, 0},
                       sim::milliseconds(group_setting(host, id, "share.session.timeout.ms", share_session_ms_)));
  }
  schedule_expiration(host, shard);
  shard.counted = count(shard);
  shard.counted_at = now;
  if (committed >= end) return;
  pending.loaded = true;
  const std::uint64_t token = pending.token = next_token_++;
  shard.in_flight.push_front(std::move(pending));  // before what the line above may have written
  host.await_committed(shard.partition, end, token);
}

void GroupCoordinator::replay(Shard& shard, const CoordinatorRecord& record, Ctx& ctx) {
  const sim::Instant now = ctx.now();
  if (const auto* commit = std::get_if<OffsetCommitRecord>(&record)) {
    if (!commit->value) {
      forget_offset(shard, commit->group, commit->partition);
      return;
    }
    if (!sim::mutant("offsets-not-loaded")) shard.offsets[commit->group][commit->partition] = *commit->value;
    // Commits without membership: a group that only holds offsets.
    if (!shard.consumer_groups.contains(commit->group)) shard.groups.try_emplace(commit->group, commit->group, now);
    return;
  }
  if (!std::holds_alternative<GroupMetadataRecord>(record)) {
    replay_consumer_record(shard, record, now);
    return replay_share_record(shard, record, now);
  }
  const auto& metadata = std::get<GroupMetadataRecord>(record);
  if (!metadata.value) {
    shard.groups.erase(metadata.group);
    return;
  }
  const GroupMetadataValue& v = *metadata.value;
  ClassicGroup group(metadata.group, now);
  group.restore(v.members.empty() ? GroupState::Empty : GroupState::Stable, v.generation, v.protocol_type, v.protocol,
                v.leader,
                v.state_timestamp_ms < 0 ? now : now - sim::milliseconds(ctx.wall_clock_ms() - v.state_timestamp_ms));
  for (const GroupMetadataMember& m : v.members) {
    ClassicGroupMember member;
    member.member_id = m.member_id;
    member.group_instance_id = m.group_instance_id;
    member.client_id = m.client_id;
    member.rebalance_timeout_ms = m.rebalance_timeout_ms;
    member.session_timeout_ms = m.session_timeout_ms;
    member.protocol_type = v.protocol_type;
    member.protocols = {{v.protocol, m.subscription}};
    member.assignment = m.assignment;
    group.add(std::move(member));
  }
  group.note_subscriptions();
  shard.groups.insert_or_assign(metadata.group, std::move(group));
}

// Kafka: GroupMetadataManager.onUnloaded. No group.state line says Dead: this copy is dropped, the group lives on
// elsewhere.
void GroupCoordinator::on_resigned(Host& host, std::int32_t partition) {
  auto it = shards_.find(partition);
  if (it == shards_.end()) return;
  Shard shard = std::move(it->second);
  shards_.erase(it);
  timers_.cancel_partition(host.ctx(), partition);
  for (auto& [id, group] : shard.groups) {
    for (const auto& [member_id, unused] : group.members()) {
      ClassicGroupMember& member = *group.member(member_id);
      protocol::JoinGroupResponse join;
      join.error = ErrorCode::NOT_COORDINATOR;
      join.member_id = member_id;
      finish_join(host, member, std::move(join));
      finish_sync(host, member, {ErrorCode::NOT_COORDINATOR, {}, {}});
    }
  }
  auto give_up = [&](Batch& batch) {
    for (Waiting& w : batch.waiting) {
      if (std::holds_alternative<Answer>(w.step) || std::holds_alternative<FetchAnswer>(w.step))
        finish(host, shard, std::move(w), ErrorCode::NOT_COORDINATOR);
    }
  };
  for (Batch& batch : shard.in_flight) give_up(batch);
  if (shard.gathering) give_up(*shard.gathering);
}

void GroupCoordinator::on_topic_deleted(Host& host, protocol::TopicId topic) {
  for (std::int32_t partition : owned_partitions()) {
    const auto it = shards_.find(partition);
    if (it == shards_.end() || it->second.loading) continue;
    std::vector<CoordinatorRecord> tombstones;
    for (const auto& [group, offsets] : written_offsets(it->second))
      for (const auto& [tp, value] : offsets)
        if (tp.topic == topic) tombstones.push_back(OffsetCommitRecord{group, tp, std::nullopt});
    if (tombstones.empty()) continue;
    write(host, it->second, std::move(tombstones), Waiting{GroupEmptied{}});  // nobody waits
    flush_if_due(host, partition);
  }
}

void GroupCoordinator::on_death() {
  shards_.clear();
  timers_.clear();
  share_calls_.clear();
  counters_ = {};
}

bool GroupCoordinator::on_timer(Host& host, std::uint16_t kind, std::uint64_t arg) {
  if (kind < kFirstTimerKind || kind > kLastTimerKind) return false;
  const auto key = timers_.take(kind, arg);
  if (!key) return true;
  auto it = shards_.find(key->partition);
  if (it == shards_.end()) return true;
  Shard& shard = it->second;
  ClassicGroup* group = find_group(shard, key->group);
  const auto newer = shard.consumer_groups.find(key->group);
  switch (key->kind) {
    case TimerKind::Load:
      if (const storage::PartitionLog* log = host.log(key->partition)) load(host, shard, *log);
      break;
    case TimerKind::Session:
      if (group) on_session_timer(host, shard, *group, key->member);
      else if (newer != shard.consumer_groups.end())
        on_consumer_member_timer(host, shard, newer->second, key->member,
                                 std::string(fact::GroupMemberLeft::kSessionTimeout));
      else if (const auto share = shard.share_groups.find(key->group); share != shard.share_groups.end())
        on_share_session_timer(host, shard, share->second, key->member);
      break;
    case TimerKind::Revocation:
      if (newer == shard.consumer_groups.end()) break;
      if (const ConsumerGroupMember* m = newer->second.member(key->member);
          m != nullptr && m->state == MemberState::UnrevokedPartitions)
        on_consumer_member_timer(host, shard, newer->second, key->member,
                                 "it did not give up in time what it was asked for");
      break;
    // With a member: a classic one in a group of the newer protocol.
    case TimerKind::Join:
      if (group) on_join_timer(host, shard, *group);
      else if (newer != shard.consumer_groups.end())
        on_consumer_member_timer(host, shard, newer->second, key->member, "did not rejoin in time");
      break;
    case TimerKind::Sync:
      if (group) on_sync_timer(host, shard, *group);
      else if (newer != shard.consumer_groups.end())
        on_consumer_member_timer(host, shard, newer->second, key->member, "sent no SyncGroup in time");
      break;
    case TimerKind::AppendLinger: flush(host, key->partition); break;
    case TimerKind::Expire: on_expire_timer(host, shard); break;
    case TimerKind::WriteTimeout: on_write_timeout(host, shard, key->number); break;
  }
  flush_if_due(host, key->partition);
  return true;
}

// ---- finding ----

GroupCoordinator::Shard* GroupCoordinator::shard_for(Host& host, std::string_view group_id) {
  const std::int32_t known = host.metadata().partition_count(kOffsetsTopic);
  // LeaderAndIsr of 2.5 names the topic before UpdateMetadata tells its partitions.
  auto it = shards_.find(protocol::partition_for(group_id, known > 0 ? known : offsets_partitions_));
  return it == shards_.end() ? nullptr : &it->second;
}

const GroupCoordinator::Shard* GroupCoordinator::shard_of(std::string_view group_id) const {
  for (const auto& [partition, shard] : shards_)
    if (shard.groups.find(group_id) != shard.groups.end() ||
        shard.consumer_groups.find(group_id) != shard.consumer_groups.end() ||
        shard.offsets.find(group_id) != shard.offsets.end() ||
        shard.share_groups.find(group_id) != shard.share_groups.end())
      return &shard;
  return nullptr;
}

ClassicGroup* GroupCoordinator::find_group(Shard& shard, std::string_view group_id) {
  auto it = shard.groups.find(group_id);
  return it == shard.groups.end() ? nullptr : &it->second;
}

void GroupCoordinator::set_state(Host& host, ClassicGroup& group, GroupState next, std::string reason) {
  Ctx& ctx = host.ctx();
  if (!find_arrow(group.state(), next)) {
    ctx.fault("group " + group.group_id() + " never goes from " + std::string(name(group.state())) + " to " +
              std::string(name(next)));
    return;
  }
  count_if_due(ctx.now());
  ctx.trace(fact::GroupState{.from = static_cast<std::int64_t>(group.state()),
                             .to = static_cast<std::int64_t>(next),
                             .generation = group.generation(),
                             .group = group.group_id()});
  group.set_state(next, std::move(reason), ctx.now());
}

// ---- counting. Kafka: GroupMetadataManager.onLoaded, updateClassicGroupSizeCounter, which a timer calls (GroupCoordinatorShard.
// scheduleClassicGroupSizeCounter). None is needed here: between two changes the groups are what they were.

namespace {
constexpr sim::Duration kCountInterval = sim::seconds(60);  // DEFAULT_GROUP_GAUGES_UPDATE_INTERVAL_MS
}

GroupCoordinator::StateCounts GroupCoordinator::count(const Shard& shard) {
  StateCounts counts{};
  for (const auto& [id, group] : shard.groups) ++counts[static_cast<std::size_t>(group.state())];
  return counts;
}

void GroupCoordinator::count_if_due(sim::Instant now) {
  for (auto& [partition, shard] : shards_) {
    if (shard.loading || now - shard.counted_at < kCountInterval) continue;
    shard.counted = count(shard);
    while (now - shard.counted_at >= kCountInterval) shard.counted_at = shard.counted_at + kCountInterval;
  }
}

GroupCoordinator::StateCounts GroupCoordinator::counted_groups(sim::Instant now) const {
  StateCounts all{};
  for (const auto& [partition, shard] : shards_) {
    if (shard.loading) continue;
    const StateCounts here = !v4_ || now - shard.counted_at >= kCountInterval ? count(shard) : shard.counted;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += here[i];
  }
  return all;
}

GroupCoordinator::ConsumerStateCounts GroupCoordinator::consumer_group_states() const {
  ConsumerStateCounts counts{};
  for (const auto& [partition, shard] : shards_)
    for (const auto& [id, group] : shard.consumer_groups) ++counts[static_cast<std::size_t>(group.state())];
  return counts;
}

std::int64_t GroupCoordinator::offset_count() const {
  std::int64_t all = 0;
  for (const auto& [partition, shard] : shards_)
    for (const auto& [group, offsets] : shard.offsets) all += static_cast<std::int64_t>(offsets.size());
  return all;
}

// ---- views ----

std::vector<std::int32_t> GroupCoordinator::owned_partitions() const {
  std::vector<std::int32_t> list;
  for (const auto& [partition, shard] : shards_) list.push_back(partition);
  return list;
}

std::vector<const ClassicGroup*> GroupCoordinator::groups() const {
  std::vector<const ClassicGroup*> list;
  for (const auto& [partition, shard] : shards_)
    for (const auto& [id, group] : shard.groups) list.push_back(&group);
  return list;
}

const ClassicGroup* GroupCoordinator::group(std::string_view group_id) const {
  const Shard* shard = shard_of(group_id);
  if (!shard) return nullptr;
  auto it = shard->groups.find(group_id);
  return it == shard->groups.end() ? nullptr : &it->second;
}

std::vector<const ConsumerGroup*> GroupCoordinator::consumer_groups() const {
  std::vector<const ConsumerGroup*> list;
  for (const auto& [partition, shard] : shards_)
    for (const auto& [id, group] : shard.consumer_groups) list.push_back(&group);
  return list;
}

const ConsumerGroup* GroupCoordinator::consumer_group(std::string_view group_id) const {
  const Shard* shard = shard_of(group_id);
  if (!shard) return nullptr;
  const auto it = shard->consumer_groups.find(group_id);
  return it == shard->consumer_groups.end() ? nullptr : &it->second;
}

const GroupCoordinator::OffsetMap* GroupCoordinator::offsets(std::string_view group_id) const {
  const Shard* shard = shard_of(group_id);
  if (!shard) return nullptr;
  auto it = shard->offsets.find(group_id);
  return it == shard->offsets.end() ? nullptr : &it->second;
}

std::int32_t GroupCoordinator::partition_of(std::string_view group_id) const {
  const Shard* shard = shard_of(group_id);
  return shard ? shard->partition : -1;
}

std::optional<GroupCoordinator::TimerView> GroupCoordinator::timer_view(TimerKind kind, std::string_view group_id,
                                                                        std::string_view member_id) const {
  const Shard* shard = shard_of(group_id);
  if (!shard) return std::nullopt;
  const TimerTable::Entry* e = timers_.find({kind, shard->partition, std::string(group_id), std::string(member_id), 0});
  if (!e) return std::nullopt;
  return TimerView{e->due, e->total};
}
std::optional<GroupCoordinator::TimerView> GroupCoordinator::session_timer(std::string_view group_id,
                                                                           std::string_view member_id) const {
  return timer_view(TimerKind::Session, group_id, member_id);
}
std::optional<GroupCoordinator::TimerView> GroupCoordinator::join_timer(std::string_view group_id,
                                                                        std::string_view member_id) const {
  return timer_view(TimerKind::Join, group_id, member_id);
}
std::optional<GroupCoordinator::TimerView> GroupCoordinator::sync_timer(std::string_view group_id) const {
  return timer_view(TimerKind::Sync, group_id, {});
}

std::optional<GroupCoordinator::TimerView> GroupCoordinator::revocation_timer(std::string_view group_id,
                                                                              std::string_view member_id) const {
  return timer_view(TimerKind::Revocation, group_id, member_id);
}

int GroupCoordinator::waiting_writes() const {
  std::size_t count = 0;
  for (const auto& [partition, shard] : shards_) {
    for (const Batch& batch : shard.in_flight) count += batch.waiting.size();
    if (shard.gathering) count += shard.gathering->waiting.size();
  }
  return static_cast<int>(count);
}

}  // namespace kafkascope::coordinator
