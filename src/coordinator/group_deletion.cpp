#include "coordinator/group_deletion.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/classic_groups.h"
#include "coordinator/consumer_groups.h"
#include "coordinator/share_groups.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

void GroupDeletion::delete_groups(RequestHandle request, const protocol::DeleteGroupsRequest& r) {
  protocol::DeleteGroupsResponse response;
  const OffsetsByGroup written = GroupOffsets(op_).written();
  std::vector<ClassicGroup> deleted;
  for (const std::string& id : r.groups) response.results.push_back({id, remove(id, written, deleted), {}});
  op_.write(Answer{request, std::move(response)});
  op_.note_deleted(std::move(deleted));
}

ErrorCode GroupDeletion::remove(const std::string& id, const OffsetsByGroup& written,
                                std::vector<ClassicGroup>& deleted) {
  if (const ConsumerGroup* newer = op_.consumer_group(id)) {
    if (!newer->empty()) return ErrorCode::NON_EMPTY_GROUP;
    GroupOffsets(op_).add_tombstones(written, id, nullptr);
    ConsumerGroups(op_).remove(id);
    return ErrorCode::NONE;
  }
  if (const ShareGroup* share = op_.share_group(id)) {
    if (!share->empty()) return ErrorCode::NON_EMPTY_GROUP;
    ShareGroups(op_).remove(id);
    return ErrorCode::NONE;
  }
  const ClassicGroup* group = op_.classic_group(id);
  const ErrorCode error = group == nullptr ? ErrorCode::GROUP_ID_NOT_FOUND : group->validate_delete();
  if (error != ErrorCode::NONE) return error;
  GroupOffsets(op_).add_tombstones(written, id, nullptr);
  op_.records().push_back(GroupMetadataRecord{{id}, std::nullopt});
  deleted.push_back(ClassicGroups(op_).remove(id, fact::GroupReason::Deleted));
  return ErrorCode::NONE;
}

void GroupDeletion::schedule_clean_up() { op_.schedule(GroupTimer::Expire, {}, {}, op_.config().retention_check_ms); }

void GroupDeletion::clean_up() {
  schedule_clean_up();
  GroupOffsets offsets(op_);
  const OffsetsByGroup written = offsets.written();
  std::vector<std::string> over, newer_over;
  for (const auto& [id, group] : op_.shard().groups) {
    if (!offsets.add_expired(group, written) || !group.in(GroupState::Empty) || !group.pending_members().empty())
      continue;
    op_.records().push_back(GroupMetadataRecord{{id}, std::nullopt});
    over.push_back(id);
  }
  for (const auto& [id, group] : op_.shard().consumer_groups)
    if (offsets.add_expired(group, written) && group.empty()) newer_over.push_back(id);
  for (const std::string& id : newer_over) ConsumerGroups(op_).remove(id);
  std::vector<ClassicGroup> deleted;
  for (const std::string& id : over)
    deleted.push_back(ClassicGroups(op_).remove(id, fact::GroupReason::LastOffsetExpired));
  const auto& records = op_.records();
  if (records.empty()) return;
  op_.counters().offset_expirations += std::count_if(records.begin(), records.end(), [](const CoordinatorRecord& r) {
    return std::holds_alternative<OffsetCommitRecord>(r);
  });
  op_.write(std::nullopt);  // no request waits for these
  op_.note_deleted(std::move(deleted));
}

}  // namespace kafkascope::coordinator
