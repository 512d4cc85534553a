// What coordinators tell of groups and partition leaders of share groups. node = the broker.
#pragma once
#include "protocol/fact_texts.h"
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

/// coordinator::state_name knows the states of every kind of group.
struct GroupState {
  KAFKASCOPE_FACT(Trace::GroupState, "group.state")
  std::int64_t from, to;
  std::int32_t generation;
  Text group;
  KAFKASCOPE_FIELDS(from, to, generation, group)
};
struct GroupRebalance {
  KAFKASCOPE_FACT(Trace::GroupRebalance, "group.rebalance")
  std::int32_t generation, members;
  GroupAndReason why;
  KAFKASCOPE_FIELDS(generation, members, why)
};
struct GroupMemberJoined {
  KAFKASCOPE_FACT(Trace::GroupMemberJoined, "group.join")
  std::int32_t generation;
  GroupMember who;
  KAFKASCOPE_FIELDS(generation, who)
};
struct GroupMemberLeft {
  KAFKASCOPE_FACT(Trace::GroupMemberLeft, "group.leave")
  std::int32_t generation;
  GroupMemberReason who;
  KAFKASCOPE_FIELDS(generation, who)
  static constexpr std::string_view kSessionTimeout = "session timeout";
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
  Offset offset;  // -1: there is none any more
  std::int32_t generation;
  Text group;
  KAFKASCOPE_FIELDS(partition, offset, generation, group)
};
/// The coordinator of the newer protocol (KIP-848) has worked it out.
struct GroupTarget {
  KAFKASCOPE_FACT(Trace::GroupTarget, "group.target")
  std::int32_t assignment_epoch, members;
  GroupAndAssignor by;
  KAFKASCOPE_FIELDS(assignment_epoch, members, by)
};
/// A step towards the target.
struct MemberEpoch {
  KAFKASCOPE_FACT(Trace::MemberEpoch, "group.member")
  std::int32_t member_epoch;
  coordinator::MemberState state;
  std::int32_t partitions;
  GroupMemberState who;
  KAFKASCOPE_FIELDS(member_epoch, state, partitions, who)
};
struct ShareAcquired {
  KAFKASCOPE_FACT(Trace::ShareAcquired, "share.acquire")
  TopicPartition partition;
  Offset first_offset, last_offset;
  std::int16_t delivery_count;
  ShareMember who;
  KAFKASCOPE_FIELDS(partition, first_offset, last_offset, delivery_count, who)
};
/// A lock has ended.
struct ShareSettled {
  KAFKASCOPE_FACT(Trace::ShareSettled, "share.settle")
  TopicPartition partition;
  Offset first_offset, last_offset;
  broker::RecordState state;
  ShareMemberReason who;
  KAFKASCOPE_FIELDS(partition, first_offset, last_offset, state, who)
  static constexpr std::string_view kSessionClosed = "the session was closed",
                                    kConnectionGone = "its connection is gone", kLockOver = "the lock is over";
  /// Whoever held it may not have seen the records: their delivery does not count.
  bool uncounted() const { return who.because(kSessionClosed) || who.because(kConnectionGone); }
};
/// The start offset moves.
struct ShareStart {
  KAFKASCOPE_FACT(Trace::ShareStart, "share.start")
  TopicPartition partition;
  Offset from;  // -1: what this leader begins with
  Offset to;
  GroupAndReason why;
  KAFKASCOPE_FIELDS(partition, from, to, why)
  static constexpr std::string_view kLogStartPassed = "older records have left the log";
};

/// Whether a classic coordinator, or one of the newer protocol, tells of that group: a state, a rebalance, a member, a commit, a target.
bool tells_of_group(const sim::TraceLine& line, std::string_view group);

using FactsOfGroups = sim::FactList<GroupState, GroupRebalance, GroupMemberJoined, GroupMemberLeft, GroupLoaded,
                                    OffsetCommitted, GroupTarget, MemberEpoch, ShareAcquired, ShareSettled, ShareStart>;

}  // namespace kafkascope::fact
