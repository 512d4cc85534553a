// Facts of coordinators about groups, and of partition leaders about share groups. node = the broker.
#pragma once
#include "protocol/errors.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::coordinator {
enum class MemberState : std::uint8_t;
}
namespace kafkascope::broker {
enum class RecordState : std::int8_t;
}

namespace kafkascope::fact {

using protocol::Offset;
using protocol::TopicPartition;
using protocol::Trace;
using sim::Text;

/// coordinator::state_name names the states of every kind of group.
struct GroupState {
  KAFKASCOPE_FACT(Trace::GroupState, "group.state")
  std::int64_t from, to;
  std::int32_t generation;
  Text group;
  KAFKASCOPE_FIELDS(from, to, generation, group)
};
/// `member`: the member that the reason concerns (of a static one, its group.instance.id). `said`: the client's own
/// words, if any (KIP-800).
struct GroupRebalance {
  KAFKASCOPE_FACT(Trace::GroupRebalance, "group.rebalance")
  std::int32_t generation, members;
  bool member_left;  // the reason says why it left
  GroupReason reason;
  Text group, member, said;
  std::int32_t argument;  // number of members; for AssignmentNotStored the error code
  KAFKASCOPE_FIELDS(generation, members, member_left, reason, group, member, said, argument)
};
/// A member is named "client-uuid", or "client/id" in the newer protocols.
struct GroupMemberJoined {
  KAFKASCOPE_FACT(Trace::GroupMemberJoined, "group.join")
  std::int32_t generation;
  Text group, member;
  KAFKASCOPE_FIELDS(generation, group, member)
};
struct GroupMemberLeft {
  KAFKASCOPE_FACT(Trace::GroupMemberLeft, "group.leave")
  std::int32_t generation;
  Text group, member;
  GroupReason reason;
  Text said;         // the client's own words (KIP-800)
  Text replaced_by;  // the id that the static member has now
  KAFKASCOPE_FIELDS(generation, group, member, reason, said, replaced_by)
};
struct GroupLoaded {
  KAFKASCOPE_FACT(Trace::GroupLoaded, "group.loaded")
  TopicPartition partition;  // of __consumer_offsets
  std::int64_t groups, offsets;
  KAFKASCOPE_FIELDS(partition, groups, offsets)
};
struct OffsetCommitted {
  KAFKASCOPE_FACT(Trace::OffsetCommitted, "offset.commit")
  TopicPartition partition;
  Offset offset;  // -1: the group no longer has one
  std::int32_t generation;
  Text group;
  KAFKASCOPE_FIELDS(partition, offset, generation, group)
};
/// The coordinator of the newer protocol (KIP-848) has computed a target assignment.
struct GroupTarget {
  KAFKASCOPE_FACT(Trace::GroupTarget, "group.target")
  std::int32_t assignment_epoch, members;
  Text group, assignor;
  KAFKASCOPE_FIELDS(assignment_epoch, members, group, assignor)
};
/// A member takes a step towards its target.
struct MemberEpoch {
  KAFKASCOPE_FACT(Trace::MemberEpoch, "group.member")
  std::int32_t member_epoch;  // below 0: a static member is temporarily away
  coordinator::MemberState state;
  std::int32_t partitions;
  Text group, member;
  KAFKASCOPE_FIELDS(member_epoch, state, partitions, group, member)
};
struct ShareAcquired {
  KAFKASCOPE_FACT(Trace::ShareAcquired, "share.acquire")
  TopicPartition partition;
  Offset first_offset, last_offset;
  std::int16_t delivery_count;
  Text group, member;
  KAFKASCOPE_FIELDS(partition, first_offset, last_offset, delivery_count, group, member)
};
/// A lock on records has ended.
struct ShareSettled {
  KAFKASCOPE_FACT(Trace::ShareSettled, "share.settle")
  TopicPartition partition;
  Offset first_offset, last_offset;
  broker::RecordState state;
  Text group, member;
  SettlementReason reason;
  KAFKASCOPE_FIELDS(partition, first_offset, last_offset, state, group, member, reason)
  /// The member that held the lock may not have seen the records, so their delivery does not count.
  bool uncounted() const {
    return reason == SettlementReason::SessionClosed || reason == SettlementReason::ConnectionGone;
  }
};
/// The start offset moves.
struct ShareStart {
  KAFKASCOPE_FACT(Trace::ShareStart, "share.start")
  TopicPartition partition;
  Offset from;  // -1: `to` is the start offset with which this leader begins
  Offset to;
  Text group;
  ShareStartReason reason;
  KAFKASCOPE_FIELDS(partition, from, to, group, reason)
};

/// Whether the line is about that group, of the classic or the newer protocol: a state, a rebalance, a member, a
/// commit, a target.
bool tells_of_group(const sim::TraceLine& line, std::string_view group);

using FactsOfGroups = sim::FactList<GroupState, GroupRebalance, GroupMemberJoined, GroupMemberLeft, GroupLoaded,
                                    OffsetCommitted, GroupTarget, MemberEpoch, ShareAcquired, ShareSettled, ShareStart>;

}  // namespace kafkascope::fact
