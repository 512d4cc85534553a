#include "coordinator/current_assignment.h"

#include <algorithm>
#include <iterator>

#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::TopicPartition;

namespace {

bool contains(const Partitions& sorted, TopicPartition p) {
  return std::binary_search(sorted.begin(), sorted.end(), p);
}

/// A member that does not report what it owns has not revoked anything yet.
bool owns_any(const std::optional<Partitions>& owned, const Partitions& of) {
  if (sim::mutant("revocation-not-awaited")) return false;
  return !owned || std::any_of(owned->begin(), owned->end(), [&](TopicPartition p) { return contains(of, p); });
}

ConsumerGroupMember next_assignment(const ConsumerGroupMember& member, std::int32_t epoch, std::int32_t target_epoch,
                                    const Partitions& target, const std::optional<Partitions>& owned,
                                    const std::function<bool(TopicPartition)>& taken) {
  Partitions kept, to_revoke, to_assign;
  bool unreleased = false;
  for (const TopicPartition p : member.assigned) (contains(target, p) ? kept : to_revoke).push_back(p);
  for (const TopicPartition p : target) {
    if (contains(kept, p)) continue;
    if (taken(p)) unreleased = true;
    else to_assign.push_back(p);
  }
  ConsumerGroupMember next = member;
  next.previous_member_epoch = member.member_epoch;
  if (!to_revoke.empty() && owns_any(owned, to_revoke)) {
    next.state = MemberState::UnrevokedPartitions;
    next.member_epoch = epoch;
    next.assigned = std::move(kept);
    next.pending_revocation = std::move(to_revoke);
    return next;
  }
  next.state = unreleased ? MemberState::UnreleasedPartitions : MemberState::Stable;
  next.member_epoch = target_epoch;
  next.assigned.clear();
  std::merge(kept.begin(), kept.end(), to_assign.begin(), to_assign.end(), std::back_inserter(next.assigned));
  next.pending_revocation.clear();
  return next;
}

}  // namespace

ConsumerGroupMember reconcile(const ConsumerGroupMember& member, std::int32_t target_epoch, const Partitions& target,
                              const std::optional<Partitions>& owned,
                              const std::function<bool(TopicPartition)>& taken) {
  std::int32_t epoch = member.member_epoch;
  switch (member.state) {
    case MemberState::Stable:
      if (epoch == target_epoch) return member;
      break;
    case MemberState::UnrevokedPartitions:
      if (owns_any(owned, member.pending_revocation)) return member;
      ++epoch;  // the revocation is complete: the next epoch, and towards the latest target
      break;
    case MemberState::UnreleasedPartitions: break;
  }
  return next_assignment(member, epoch, target_epoch, target, owned, taken);
}

}  // namespace kafkascope::coordinator
