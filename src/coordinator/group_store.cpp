// The group coordinator's state: creation, death, counts, views.
#include "coordinator/group_store.h"

#include "coordinator/coordinator_runtime_code.h"
#include "protocol/config.h"

namespace kafkascope::coordinator {

template class CoordinatorRuntime<GroupCoordinatorShard>;

GroupStore::GroupStore(const GroupStore&) = default;
GroupStore::GroupStore(GroupStore&&) noexcept = default;
GroupStore& GroupStore::operator=(const GroupStore&) = default;
GroupStore& GroupStore::operator=(GroupStore&&) noexcept = default;
GroupStore::~GroupStore() = default;

// 2.5 writes the records of a request at once (GroupMetadataManager.appendForGroup).
GroupStore::GroupStore(const protocol::Config& config)
    : CoordinatorRuntime({sim::milliseconds(config.version() == protocol::KafkaVersion::V4_1
                                                ? config.number("group.coordinator.append.linger.ms")
                                                : 0),
                          sim::milliseconds(config.number("offsets.commit.timeout.ms")),
                          static_cast<std::int32_t>(config.number("offsets.topic.num.partitions")),
                          config.version() != protocol::KafkaVersion::V4_1,
                          // offsets.commit.required.acks of 2.5
                          static_cast<std::int16_t>(config.version() == protocol::KafkaVersion::V4_1 ? 1 : -1)}),
      config_(config) {}

void GroupStore::on_death() {
  CoordinatorRuntime::on_death();
  counters_ = {};
}

// ---- lookup

const GroupCoordinatorShard* GroupStore::shard_of(std::string_view group_id) const {
  for (const auto& [partition, context] : contexts())
    if (context.shard.knows(group_id)) return &context.shard;
  return nullptr;
}

// ---- counting. Kafka: GroupMetadataManager.onLoaded, updateClassicGroupSizeCounter, which a timer calls
// (GroupCoordinatorShard.scheduleClassicGroupSizeCounter). No timer is needed here: the counts are taken before the
// first change after each full minute.

namespace {
constexpr sim::Duration kCountInterval = sim::seconds(60);  // DEFAULT_GROUP_GAUGES_UPDATE_INTERVAL_MS
}

void GroupStore::count_if_due(sim::Instant now) {
  for (auto& [partition, context] : contexts()) {
    GroupCoordinatorShard& shard = context.shard;
    if (context.state != CoordinatorState::Active || now - shard.counted_at < kCountInterval) continue;
    shard.counted = shard.count();
    while (now - shard.counted_at >= kCountInterval) shard.counted_at = shard.counted_at + kCountInterval;
  }
}

GroupStore::StateCounts GroupStore::counted_groups(sim::Instant now) const {
  StateCounts all{};
  for (const auto& [partition, context] : contexts()) {
    if (context.state != CoordinatorState::Active) continue;
    const GroupCoordinatorShard& shard = context.shard;
    const StateCounts here = !config_.v4 || now - shard.counted_at >= kCountInterval ? shard.count() : shard.counted;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += here[i];
  }
  return all;
}

GroupStore::ConsumerStateCounts GroupStore::consumer_group_states() const {
  ConsumerStateCounts counts{};
  for (const auto& [partition, context] : contexts())
    for (const auto& [id, group] : context.shard.consumer_groups) ++counts[static_cast<std::size_t>(group.state())];
  return counts;
}

std::int64_t GroupStore::offset_count() const {
  std::int64_t all = 0;
  for (const auto& [partition, context] : contexts())
    for (const auto& [group, offsets] : context.shard.offsets) all += static_cast<std::int64_t>(offsets.size());
  return all;
}

// ---- views

std::vector<const ClassicGroup*> GroupStore::groups() const {
  std::vector<const ClassicGroup*> list;
  for (const auto& [partition, context] : contexts())
    for (const auto& [id, group] : context.shard.groups) list.push_back(&group);
  return list;
}

const ClassicGroup* GroupStore::group(std::string_view group_id) const {
  const GroupCoordinatorShard* shard = shard_of(group_id);
  if (!shard) return nullptr;
  auto it = shard->groups.find(group_id);
  return it == shard->groups.end() ? nullptr : &it->second;
}

std::vector<const ConsumerGroup*> GroupStore::consumer_groups() const {
  std::vector<const ConsumerGroup*> list;
  for (const auto& [partition, context] : contexts())
    for (const auto& [id, group] : context.shard.consumer_groups) list.push_back(&group);
  return list;
}

const ConsumerGroup* GroupStore::consumer_group(std::string_view group_id) const {
  const GroupCoordinatorShard* shard = shard_of(group_id);
  if (!shard) return nullptr;
  const auto it = shard->consumer_groups.find(group_id);
  return it == shard->consumer_groups.end() ? nullptr : &it->second;
}

std::vector<const ShareGroup*> GroupStore::share_groups() const {
  std::vector<const ShareGroup*> list;
  for (const auto& [partition, context] : contexts())
    for (const auto& [id, group] : context.shard.share_groups) list.push_back(&group);
  return list;
}

const ShareGroup* GroupStore::share_group(std::string_view group_id) const {
  const GroupCoordinatorShard* shard = shard_of(group_id);
  if (shard == nullptr) return nullptr;
  const auto it = shard->share_groups.find(group_id);
  return it == shard->share_groups.end() ? nullptr : &it->second;
}

const OffsetMap* GroupStore::offsets(std::string_view group_id) const {
  const GroupCoordinatorShard* shard = shard_of(group_id);
  if (!shard) return nullptr;
  auto it = shard->offsets.find(group_id);
  return it == shard->offsets.end() ? nullptr : &it->second;
}

std::int32_t GroupStore::partition_of(std::string_view group_id) const {
  const GroupCoordinatorShard* shard = shard_of(group_id);
  return shard ? shard->partition : -1;
}

std::optional<GroupStore::TimerView> GroupStore::timer_view(TimerKind kind, std::string_view group_id,
                                                            std::string_view member_id) const {
  const GroupCoordinatorShard* shard = shard_of(group_id);
  if (!shard) return std::nullopt;
  const TimerTable::Entry* e =
      timers().find({kind, shard->partition, std::string(group_id), std::string(member_id), 0});
  if (!e) return std::nullopt;
  return TimerView{e->due, e->total};
}
std::optional<GroupStore::TimerView> GroupStore::session_timer(std::string_view group_id,
                                                               std::string_view member_id) const {
  return timer_view(GroupTimer::Session, group_id, member_id);
}
std::optional<GroupStore::TimerView> GroupStore::join_timer(std::string_view group_id,
                                                            std::string_view member_id) const {
  return timer_view(GroupTimer::Join, group_id, member_id);
}
std::optional<GroupStore::TimerView> GroupStore::sync_timer(std::string_view group_id) const {
  return timer_view(GroupTimer::Sync, group_id, {});
}

std::optional<GroupStore::TimerView> GroupStore::revocation_timer(std::string_view group_id,
                                                                  std::string_view member_id) const {
  return timer_view(GroupTimer::Revocation, group_id, member_id);
}

}  // namespace kafkascope::coordinator
