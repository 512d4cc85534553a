// Administrators' requests about the start offsets of share groups: describing, altering and deleting them (KIP-932).
// Kafka: GroupCoordinatorService.describeShareGroupOffsets, alterShareGroupOffsets, deleteShareGroupOffsets,
// GroupMetadataManager.alterShareGroupOffsets, sharePartitionsEligibleForOffsetDeletion (4.1).
//
// The share coordinator stores the start offsets. To alter or delete them, the group first writes a record of the
// planned change; then the share coordinator is asked partition by partition; a second record stores the result, and
// the response follows it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/group_operation.h"
#include "coordinator/waiting_calls.h"
#include "protocol/messages_share_admin.h"

namespace kafkascope::coordinator {

/// A request about start offsets that waits for the share coordinator.
struct ShareCall {
  RequestHandle request = 0;
  std::string group;
  protocol::Body response;                                                  // its rows, filled in as answers arrive
  std::vector<std::pair<protocol::TopicPartition, protocol::Offset>> asks;  // each with its new start offset
  std::size_t awaited = 0;

  /// Takes the share coordinator's answer for one partition. Returns whether it was the last one.
  bool on_answer(protocol::TopicPartition tp, const protocol::ReadShareGroupStateSummaryResponse& answer);
};
using ShareCalls = WaitingCalls<ShareCall>;

class ShareGroupOffsets {
 public:
  ShareGroupOffsets(GroupOperation& op, ShareCalls& calls) : op_(op), calls_(calls) {}

  void describe(RequestHandle request, const protocol::DescribeShareGroupOffsetsRequest& r);
  void alter(RequestHandle request, const protocol::AlterShareGroupOffsetsRequest& r);
  void remove(RequestHandle request, const protocol::DeleteShareGroupOffsetsRequest& r);
  /// The group's record of the planned change is committed, or has failed.
  void on_call_ready(std::uint64_t number, protocol::ErrorCode error);
  /// The share coordinator has answered for every partition: writes the result into the group's second record.
  void finish(ShareCall call);

 private:
  void begin(RequestHandle request, const std::string& group, ShareCall call);
  void refuse(ShareCall call, protocol::ErrorCode error);

  GroupOperation& op_;
  ShareCalls& calls_;
};

}  // namespace kafkascope::coordinator
