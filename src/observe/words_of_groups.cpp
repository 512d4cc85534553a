// Sentences for the facts of groups.
#include "broker/share_partition.h"
#include "coordinator/consumer_group.h"
#include "observe/words_parts.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe {

namespace {

/// Parts of a line about a group for display: without the coordinator's suffixes of clients' ids.
struct GroupText {
  std::string group, member, reason, reason_ko;
  GroupText(std::string_view of, std::string_view who, std::string_view why)
      : group(without_member_uuids(of)), member(without_member_uuids(who)), reason(without_member_uuids(why)) {
    const std::size_t left = reason.find(" left: ");
    reason_ko = left == std::string::npos
                    ? reason_in_korean(reason)
                    : reason.substr(0, left) + " 이탈: " + reason_in_korean(reason.substr(left + 7));
  }
};

struct GroupWords : Told {
  Words operator()(const fact::GroupState& f) const {
    return say("group {}: {} becomes {}", "그룹 {}: {}에서 {}<으로/로>", f.group.view(),
               coordinator::state_name(f.from), coordinator::state_name(f.to));
  }
  Words operator()(const fact::GroupRebalance& f) const {
    const GroupText t(f.why.group(), "", f.why.reason());
    return {fmt::format("group {} rebalances: generation {} with {} member{}{}", t.group, f.generation, f.members,
                        f.members == 1 ? "" : "s", t.reason.empty() ? "" : " (" + t.reason + ")"),
            fmt::format("그룹 {} 리밸런스: 세대 {}, 멤버 {}명{}", t.group, f.generation, f.members,
                        t.reason.empty() ? "" : " (" + t.reason_ko + ")")};
  }
  Words operator()(const fact::GroupMemberJoined& f) const {
    const GroupText t(f.who.group(), f.who.member(), "");
    return say("{} joins group {}", "{}<이/가> 그룹 {}에 합류해요", t.member, t.group);
  }
  Words operator()(const fact::GroupMemberLeft& f) const {
    const GroupText t(f.who.group(), f.who.member(), f.who.reason());
    return {
        fmt::format("{} leaves group {}{}", t.member, t.group, behind_colon(t.reason)),
        with_particles(fmt::format("{}<이/가> 그룹 {}<을/를> 떠나요{}", t.member, t.group, behind_colon(t.reason_ko)))};
  }
  Words operator()(const fact::GroupLoaded& f) const {
    return say("{} has loaded its share of groups: {}", "{}<이/가> 맡은 그룹 {}개를 불러와요", who, f.groups);
  }
  Words operator()(const fact::OffsetCommitted& f) const {
    if (!f.offset.known())
      return say("group {} has no offset of {} any more", "그룹 {}에는 이제 {}의 오프셋이 없어요", f.group.view(), p);
    return say("group {} commits offset {} of {}", "그룹 {0}, {2} 오프셋 {1} 커밋", f.group.view(), f.offset.value, p);
  }
  Words operator()(const fact::GroupTarget& f) const {
    const GroupText t(f.by.group(), "", f.by.assignor());
    return say("the coordinator has worked out the target of group {} for epoch {} ({})",
               "코디네이터가 그룹 {}의 에포크 {} 목표 할당을 계산해요({})", t.group, f.assignment_epoch, t.reason);
  }
  Words operator()(const fact::MemberEpoch& f) const {
    const GroupText t(f.who.group(), f.who.member(), f.who.state());
    if (f.member_epoch < 0)
      return say("{} leaves group {} for a while; its place is kept",
                 "{}<이/가> 그룹 {}<을/를> 잠시 떠나요. 자리는 남아요", t.member, t.group);
    return say("{} is in epoch {} of group {} with {} partitions: {}", "{}<은/는> 에포크 {}(그룹 {}), 파티션 {}개: {}",
               t.member, f.member_epoch, t.group, f.partitions, t.reason);
  }
  Words operator()(const fact::ShareAcquired& f) const {
    const GroupText t(f.who.group(), f.who.member(), "");
    if (f.first_offset == f.last_offset)
      return say("{} offset {} is locked for {} of group {} (delivery {})",
                 "{} 오프셋 {}<이/가> {} 몫으로 잠겨요(그룹 {}, {}번째 전달)", p, f.first_offset.value, t.member,
                 t.group, f.delivery_count);
    return say("{} offsets {} to {} are locked for {} of group {} (delivery {})",
               "{} 오프셋 {}~{}<이/가> {} 몫으로 잠겨요(그룹 {}, {}번째 전달)", p, f.first_offset.value,
               f.last_offset.value, t.member, t.group, f.delivery_count);
  }
  Words operator()(const fact::ShareSettled& f) const {
    const GroupText t(f.who.group(), f.who.member(), f.who.reason());
    const std::string_view state = broker::name(f.state);
    return say("{0} offsets {1} to {2} are {3} in group {4}: {5}", "{0} 오프셋 {1}~{2}<은/는> 이제 {3}(그룹 {4}): {6}",
               p, f.first_offset.value, f.last_offset.value, state, t.group, t.reason, t.reason_ko);
  }
  Words operator()(const fact::ShareStart& f) const {
    const GroupText t(f.why.group(), "", f.why.reason());
    if (!f.from.known())
      return say("group {0} begins at offset {1} of {2}: {3}", "그룹 {0}<은/는> {2} 오프셋 {1}에서 시작해요: {4}",
                 t.group, f.to.value, p, t.reason, t.reason_ko);
    return say("the start offset of group {} on {} moves from {} to {}",
               "그룹 {}의 {} 시작 오프셋이 {}에서 {}<으로/로> 옮겨가요", t.group, p, f.from.value, f.to.value);
  }
};

}  // namespace

std::optional<Words> words_of_groups(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfGroups>(line, GroupWords{told});
}

}  // namespace kafkascope::observe
