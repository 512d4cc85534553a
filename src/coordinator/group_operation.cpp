#include "coordinator/group_operation.h"

#include <string>

#include "coordinator/coordinator_runtime_code.h"

namespace kafkascope::coordinator {

// ---- lookup

ClassicGroup* GroupOperation::classic_group(std::string_view id) {
  const auto it = shard_.groups.find(id);
  return it == shard_.groups.end() ? nullptr : &it->second;
}
ConsumerGroup* GroupOperation::consumer_group(std::string_view id) {
  const auto it = shard_.consumer_groups.find(id);
  return it == shard_.consumer_groups.end() ? nullptr : &it->second;
}
ShareGroup* GroupOperation::share_group(std::string_view id) {
  const auto it = shard_.share_groups.find(id);
  return it == shard_.share_groups.end() ? nullptr : &it->second;
}

const ConsumerGroup* GroupOperation::committed_consumer_group(const std::string& id) const {
  return store_.committed(
      shard_, shard_.consumer_groups, id, [](const GroupDelta& delta) -> const auto& { return delta.consumer_groups; });
}
const ShareGroup* GroupOperation::committed_share_group(const std::string& id) const {
  return store_.committed(
      shard_, shard_.share_groups, id, [](const GroupDelta& delta) -> const auto& { return delta.share_groups; });
}

ClassicGroup& GroupOperation::create_classic_group(const std::string& id) {
  count_if_due();
  return shard_.groups.try_emplace(id, id, host_.ctx().now()).first->second;
}

std::int64_t GroupOperation::group_setting(const std::string& group, const std::string& key, std::int64_t otherwise) {
  const auto& own = host_.metadata().config("group:" + group);
  const auto it = own.find(key);
  return it == own.end() ? otherwise : std::stoll(it->second);
}

// ---- records

void GroupOperation::write(Records records, std::optional<GroupEvent> event) {
  store_.append(host_, shard_, records, std::move(event), GroupStore::Replay::Applied);
  for (CoordinatorRecord& record : records)
    if (auto* commit = std::get_if<OffsetCommitRecord>(&record)) {
      GroupDelta& changed = store_.delta(host_, shard_);
      if (!commit->value) shard_.forget_pending(commit->group, commit->partition, &changed);
      commit->order = shard_.next_order++;
      changed.offsets.push_back(std::move(*commit));  // offsets take effect when they are committed
    }
}

void GroupOperation::note_deleted(std::vector<ClassicGroup> deleted) {
  for (ClassicGroup& group : deleted) store_.delta(host_, shard_).deleted.push_back(std::move(group));
}

}  // namespace kafkascope::coordinator
