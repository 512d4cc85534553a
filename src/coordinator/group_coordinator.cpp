// The group coordinator's groups: configuration, loading from the log, resignation, timers, views.
#include "coordinator/group_coordinator.h"

#include <string>

#include "coordinator/coordinator_runtime_code.h"
#include "protocol/config.h"
#include "protocol/facts_of_groups.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

template class CoordinatorRuntime<GroupCoordinatorShard>;

GroupCoordinator::GroupCoordinator(const GroupCoordinator&) = default;
GroupCoordinator::GroupCoordinator(GroupCoordinator&&) noexcept = default;
GroupCoordinator& GroupCoordinator::operator=(const GroupCoordinator&) = default;
GroupCoordinator& GroupCoordinator::operator=(GroupCoordinator&&) noexcept = default;
GroupCoordinator::~GroupCoordinator() = default;

// 2.5 writes the records of a request at once (GroupMetadataManager.appendForGroup).
GroupCoordinator::GroupCoordinator(const protocol::Config& config)
    : CoordinatorRuntime({sim::milliseconds(config.version() == protocol::KafkaVersion::V4_1
                                                ? config.number("group.coordinator.append.linger.ms")
                                                : 0),
                          sim::milliseconds(config.number("offsets.commit.timeout.ms")),
                          static_cast<std::int32_t>(config.number("offsets.topic.num.partitions")),
                          config.version() != protocol::KafkaVersion::V4_1,
                          // offsets.commit.required.acks of 2.5
                          static_cast<std::int16_t>(config.version() == protocol::KafkaVersion::V4_1 ? 1 : -1)}),
      initial_delay_ms_(config.number("group.initial.rebalance.delay.ms")),
      min_session_timeout_ms_(config.number("group.min.session.timeout.ms")),
      max_session_timeout_ms_(config.number("group.max.session.timeout.ms")),
      max_size_(config.number("group.max.size")),
      metadata_max_bytes_(config.number("offset.metadata.max.bytes")),
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

// Kafka: GroupMetadataManager.onLoaded.
void GroupCoordinator::on_loaded(Host& host, Shard& shard) {
  Ctx& ctx = host.ctx();
  const sim::Instant now = ctx.now();
  std::int64_t offsets = 0;
  for (const auto& [id, map] : shard.offsets) offsets += static_cast<std::int64_t>(map.size());
  const protocol::TopicPartition where{host.metadata().topic_id(kOffsetsTopic), shard.partition};
  ctx.trace(fact::GroupLoaded{
      where, static_cast<std::int64_t>(shard.groups.size() + shard.consumer_groups.size() + shard.share_groups.size()),
      offsets});
  // Members keep their ids and their generation; their session timeouts start afresh.
  for (auto& [id, group] : shard.groups) {
    for (const auto& [member_id, member] : group.members()) restart_session(host, shard, group, member);
    if (static_cast<std::int64_t>(group.members().size()) > max_size_)
      prepare_rebalance(host, shard, group, {fact::GroupReason::OverMaxSize});
  }
  for (auto& [id, group] : shard.consumer_groups) {
    group.set_state(group.computed_state(), now);
    group.set_cause({fact::GroupReason::Loaded});
    for (const auto& [member_id, member] : group.members()) {
      restart_consumer_session(host, shard, id, member);
      if (member.state == MemberState::UnrevokedPartitions)
        timers().schedule(ctx, {GroupTimer::Revocation, shard.partition, id, member_id, 0},
                          sim::milliseconds(member.rebalance_timeout_ms), kTimerRetryBackoff);
    }
  }
  for (auto& [id, group] : shard.share_groups) {
    group.set_state(group.computed_state(), now);
    group.set_cause({fact::GroupReason::Loaded});
    for (const auto& [member_id, member] : group.members())
      timers().schedule(ctx, {GroupTimer::Session, shard.partition, id, member_id, 0},
                        sim::milliseconds(group_setting(host, id, "share.session.timeout.ms", share_session_ms_)),
                        kTimerRetryBackoff);
  }
  schedule_expiration(host, shard);
  shard.counted = shard.count();
  shard.counted_at = now;
}

void GroupCoordinatorShard::replay(Ctx& ctx, const CoordinatorRecord& record, GroupDelta* uncommitted) {
  const sim::Instant now = ctx.now();
  if (const auto* commit = std::get_if<OffsetCommitRecord>(&record)) {
    // A commit without membership makes a group that only holds offsets.
    if (commit->value && !consumer_groups.contains(commit->group))
      groups.try_emplace(commit->group, commit->group, now);
    if (!commit->value) forget_pending(commit->group, commit->partition, uncommitted);
    OffsetCommitRecord read = *commit;
    read.order = next_order++;
    if (uncommitted != nullptr) uncommitted->offsets.push_back(std::move(read));
    else if (!commit->value || !sim::mutant("offsets-not-loaded")) take_offset(std::move(read));
    return;
  }
  if (!std::holds_alternative<GroupMetadataRecord>(record)) {
    replay_consumer_record(record, now);
    return replay_share_record(record, now);
  }
  const auto& metadata = std::get<GroupMetadataRecord>(record);
  if (!metadata.value) {
    groups.erase(metadata.group);
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
  groups.insert_or_assign(metadata.group, std::move(group));
}

// Kafka: GroupMetadataManager.onUnloaded. No group.state line has the state Dead: only this copy is dropped, the group
// continues on its new coordinator.
void GroupCoordinator::on_unloaded(Host& host, Shard& shard) {
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
}

void GroupCoordinator::on_topic_deleted(Host& host, protocol::TopicId topic) {
  for (std::int32_t partition : owned_partitions()) {
    Shard* shard = find_shard(partition);
    if (unavailable(shard) != ErrorCode::NONE) continue;
    std::vector<CoordinatorRecord> tombstones;
    for (const auto& [group, offsets] : written_offsets(*shard))
      for (const auto& [tp, value] : offsets)
        if (tp.topic == topic) tombstones.push_back(offset_tombstone(group, tp, value));
    for (const auto& [producer, by_group] : shard->pending)
      for (const auto& [group, offsets] : by_group)
        for (const auto& [tp, value] : offsets)
          if (tp.topic == topic) tombstones.push_back(offset_tombstone(group, tp, value));
    if (tombstones.empty()) continue;
    write(host, *shard, std::move(tombstones), std::nullopt);  // no request waits for these
    flush_if_due(host, partition);
  }
}

void GroupCoordinator::on_death() {
  CoordinatorRuntime::on_death();
  share_calls_.clear();
  txn_commits_.clear();
  counters_ = {};
}

void GroupCoordinator::on_timeout(Host& host, Shard& shard, const TimerKey& key) {
  ClassicGroup* group = find_group(shard, key.id);
  const auto newer = shard.consumer_groups.find(key.id);
  switch (key.kind) {
    case GroupTimer::Session:
      if (group) on_session_timer(host, shard, *group, key.member);
      else if (newer != shard.consumer_groups.end())
        on_consumer_member_timer(host, shard, newer->second, key.member, {fact::GroupReason::SessionTimeout});
      else if (const auto share = shard.share_groups.find(key.id); share != shard.share_groups.end())
        on_share_session_timer(host, shard, share->second, key.member);
      break;
    case GroupTimer::Revocation:
      if (newer == shard.consumer_groups.end()) break;
      if (const ConsumerGroupMember* m = newer->second.member(key.member);
          m != nullptr && m->state == MemberState::UnrevokedPartitions)
        on_consumer_member_timer(host, shard, newer->second, key.member, {fact::GroupReason::NotRevokedInTime});
      break;
    // With a member: the timer of a classic member in a group of the newer protocol.
    case GroupTimer::Join:
      if (group) on_join_timer(host, shard, *group);
      else if (newer != shard.consumer_groups.end())
        on_consumer_member_timer(host, shard, newer->second, key.member, {fact::GroupReason::NoRejoinInTime});
      break;
    case GroupTimer::Sync:
      if (group) on_sync_timer(host, shard, *group);
      else if (newer != shard.consumer_groups.end())
        on_consumer_member_timer(host, shard, newer->second, key.member, {fact::GroupReason::NoSyncInTime});
      break;
    case GroupTimer::Expire: on_expire_timer(host, shard); break;
    default: host.ctx().fault("every timer of the group coordinator has a meaning");
  }
}

// ---- lookup ----

const GroupCoordinatorShard* GroupCoordinator::shard_of(std::string_view group_id) const {
  for (const auto& [partition, context] : contexts())
    if (context.shard.knows(group_id)) return &context.shard;
  return nullptr;
}

const ConsumerGroup* GroupCoordinator::committed_consumer_group(const Shard& shard, const std::string& id) const {
  return committed(
      shard, shard.consumer_groups, id, [](const GroupDelta& delta) -> const auto& { return delta.consumer_groups; });
}
const ShareGroup* GroupCoordinator::committed_share_group(const Shard& shard, const std::string& id) const {
  return committed(
      shard, shard.share_groups, id, [](const GroupDelta& delta) -> const auto& { return delta.share_groups; });
}

ClassicGroup* GroupCoordinator::find_group(Shard& shard, std::string_view group_id) {
  auto it = shard.groups.find(group_id);
  return it == shard.groups.end() ? nullptr : &it->second;
}

void GroupCoordinator::set_state(Host& host, ClassicGroup& group, GroupState next, GroupCause cause) {
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
  group.set_state(next, std::move(cause), ctx.now());
}

// ---- counting. Kafka: GroupMetadataManager.onLoaded, updateClassicGroupSizeCounter, which a timer calls
// (GroupCoordinatorShard.scheduleClassicGroupSizeCounter). No timer is needed here: the counts are taken before the
// first change after each full minute.

namespace {
constexpr sim::Duration kCountInterval = sim::seconds(60);  // DEFAULT_GROUP_GAUGES_UPDATE_INTERVAL_MS
}

GroupCoordinatorShard::StateCounts GroupCoordinatorShard::count() const {
  StateCounts counts{};
  for (const auto& [id, group] : groups) ++counts[static_cast<std::size_t>(group.state())];
  return counts;
}

void GroupCoordinator::count_if_due(sim::Instant now) {
  for (auto& [partition, context] : contexts()) {
    Shard& shard = context.shard;
    if (context.state != CoordinatorState::Active || now - shard.counted_at < kCountInterval) continue;
    shard.counted = shard.count();
    while (now - shard.counted_at >= kCountInterval) shard.counted_at = shard.counted_at + kCountInterval;
  }
}

GroupCoordinator::StateCounts GroupCoordinator::counted_groups(sim::Instant now) const {
  StateCounts all{};
  for (const auto& [partition, context] : contexts()) {
    if (context.state != CoordinatorState::Active) continue;
    const Shard& shard = context.shard;
    const StateCounts here = !v4_ || now - shard.counted_at >= kCountInterval ? shard.count() : shard.counted;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += here[i];
  }
  return all;
}

GroupCoordinator::ConsumerStateCounts GroupCoordinator::consumer_group_states() const {
  ConsumerStateCounts counts{};
  for (const auto& [partition, context] : contexts())
    for (const auto& [id, group] : context.shard.consumer_groups) ++counts[static_cast<std::size_t>(group.state())];
  return counts;
}

std::int64_t GroupCoordinator::offset_count() const {
  std::int64_t all = 0;
  for (const auto& [partition, context] : contexts())
    for (const auto& [group, offsets] : context.shard.offsets) all += static_cast<std::int64_t>(offsets.size());
  return all;
}

// ---- views ----

std::vector<const ClassicGroup*> GroupCoordinator::groups() const {
  std::vector<const ClassicGroup*> list;
  for (const auto& [partition, context] : contexts())
    for (const auto& [id, group] : context.shard.groups) list.push_back(&group);
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
  for (const auto& [partition, context] : contexts())
    for (const auto& [id, group] : context.shard.consumer_groups) list.push_back(&group);
  return list;
}

const ConsumerGroup* GroupCoordinator::consumer_group(std::string_view group_id) const {
  const Shard* shard = shard_of(group_id);
  if (!shard) return nullptr;
  const auto it = shard->consumer_groups.find(group_id);
  return it == shard->consumer_groups.end() ? nullptr : &it->second;
}

const OffsetMap* GroupCoordinator::offsets(std::string_view group_id) const {
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
  const TimerTable::Entry* e =
      timers().find({kind, shard->partition, std::string(group_id), std::string(member_id), 0});
  if (!e) return std::nullopt;
  return TimerView{e->due, e->total};
}
std::optional<GroupCoordinator::TimerView> GroupCoordinator::session_timer(std::string_view group_id,
                                                                           std::string_view member_id) const {
  return timer_view(GroupTimer::Session, group_id, member_id);
}
std::optional<GroupCoordinator::TimerView> GroupCoordinator::join_timer(std::string_view group_id,
                                                                        std::string_view member_id) const {
  return timer_view(GroupTimer::Join, group_id, member_id);
}
std::optional<GroupCoordinator::TimerView> GroupCoordinator::sync_timer(std::string_view group_id) const {
  return timer_view(GroupTimer::Sync, group_id, {});
}

std::optional<GroupCoordinator::TimerView> GroupCoordinator::revocation_timer(std::string_view group_id,
                                                                              std::string_view member_id) const {
  return timer_view(GroupTimer::Revocation, group_id, member_id);
}

}  // namespace kafkascope::coordinator
