// How groups of all kinds are removed: by an administrator (DeleteGroups, KIP-229), and when their last offset has
// expired (KIP-211). Kafka: GroupCoordinatorShard.deleteGroups, cleanupGroupMetadata (4.1).
#pragma once
#include <string>

#include "coordinator/group_offsets.h"

namespace kafkascope::coordinator {

class GroupDeletion {
 public:
  explicit GroupDeletion(GroupOperation& op) : op_(op) {}

  /// All groups of one request are in one partition, because the client sorts them by coordinator and partition
  /// (GroupCoordinatorService.deleteGroups).
  void delete_groups(RequestHandle request, const protocol::DeleteGroupsRequest& r);
  /// Removes expired offsets, and empty groups that have lost their last one.
  void clean_up();
  void schedule_clean_up();

 private:
  /// Adds the group's tombstones to the operation's records, unless there is an error.
  protocol::ErrorCode remove(const std::string& id, const OffsetsByGroup& written, std::vector<ClassicGroup>& deleted);

  GroupOperation& op_;
};

}  // namespace kafkascope::coordinator
