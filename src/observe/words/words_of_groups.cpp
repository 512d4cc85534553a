// Sentences for the facts of groups.
#include "broker/share_partition.h"
#include "coordinator/consumer_group.h"
#include "coordinator/group_cause.h"
#include "observe/words/epoch_words.h"
#include "observe/words/korean.h"
#include "observe/words/words_parts.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe {

namespace {

/// Kafka: AbstractCoordinator, HeartbeatThread.
constexpr std::string_view kPollTimeout = "consumer poll timeout has expired.";

struct GroupWords : Told {
  Words operator()(const fact::GroupState& f) const {
    return both(
        "event.group.state"_w,
        {{"group", f.group.view()}, {"from", coordinator::state_name(f.from)}, {"to", coordinator::state_name(f.to)}});
  }
  Words operator()(const fact::GroupRebalance& f) const {
    return rebalance_words(f, epochs || is_of_newer_protocol(f.member.view()), by_poll_timeout, limit);
  }
  Words operator()(const fact::GroupMemberJoined& f) const {
    const std::string group = without_member_uuids(f.group.view()), member = without_member_uuids(f.member.view());
    return both("event.group.join"_w, {{"member", member}, {"group", group}});
  }
  Words operator()(const fact::GroupMemberLeft& f) const {
    return both(
        "event.group.leave"_w,
        {{"member", without_member_uuids(f.member.view())},
         {"group", without_member_uuids(f.group.view())},
         {"why",
          group_words({.reason = f.reason, .member = f.replaced_by, .said = by_poll_timeout ? kPollTimeout : f.said},
                      limit)}});
  }
  Words operator()(const fact::GroupLoaded& f) const {
    return both("event.group.loaded"_w, {{"who", who}, {"groups", f.groups}});
  }
  Words operator()(const fact::OffsetCommitted& f) const {
    if (!f.offset.known()) return both("event.offset.gone"_w, {{"group", f.group.view()}, {"partition", p}});
    return both("event.offset.commit"_w, {{"group", f.group.view()}, {"offset", f.offset.value}, {"partition", p}});
  }
  Words operator()(const fact::GroupTarget& f) const {
    return both("event.group.target"_w, {{"group", without_member_uuids(f.group.view())},
                                         {"assignment_epoch", f.assignment_epoch},
                                         {"assignor", f.assignor.view()}});
  }
  Words operator()(const fact::MemberEpoch& f) const {
    const std::string group = without_member_uuids(f.group.view()), member = without_member_uuids(f.member.view());
    if (f.member_epoch < 0) return both("event.group.member_away"_w, {{"member", member}, {"group", group}});
    return both("event.group.member"_w, {{"member", member},
                                         {"member_epoch", f.member_epoch},
                                         {"group", group},
                                         {"partitions", f.partitions},
                                         {"state", coordinator::name(f.state)}});
  }
  Words operator()(const fact::ShareAcquired& f) const {
    const std::string group = without_member_uuids(f.group.view()), member = without_member_uuids(f.member.view());
    if (f.first_offset == f.last_offset)
      return both("event.share.acquire_one"_w, {{"partition", p},
                                                {"first_offset", f.first_offset.value},
                                                {"member", member},
                                                {"group", group},
                                                {"delivery_count", f.delivery_count}});
    return both("event.share.acquire"_w, {{"partition", p},
                                          {"first_offset", f.first_offset.value},
                                          {"last_offset", f.last_offset.value},
                                          {"member", member},
                                          {"group", group},
                                          {"delivery_count", f.delivery_count}});
  }
  Words operator()(const fact::ShareSettled& f) const {
    return both("event.share.settle"_w, {{"partition", p},
                                         {"first_offset", f.first_offset.value},
                                         {"last_offset", f.last_offset.value},
                                         {"state", broker::name(f.state)},
                                         {"group", without_member_uuids(f.group.view())},
                                         {"why", reason_words(f.reason)}});
  }
  Words operator()(const fact::ShareStart& f) const {
    const std::string group = without_member_uuids(f.group.view());
    if (!f.from.known())
      return both("event.share.begin"_w,
                  {{"group", group}, {"to", f.to.value}, {"partition", p}, {"why", reason_words(f.reason)}});
    return both("event.share.start"_w,
                {{"group", group}, {"partition", p}, {"from", f.from.value}, {"to", f.to.value}});
  }
};

}  // namespace

Words group_words(const coordinator::GroupCause& cause, std::string_view limit) {
  const std::string member = without_member_uuids(cause.member);
  const std::string words_said = without_member_uuids(cause.said);
  const Words said{words_said, reason_in_korean(words_said)};
  const std::string_view error = cause.reason == fact::GroupReason::AssignmentNotStored
                                     ? protocol::name(static_cast<protocol::ErrorCode>(cause.argument))
                                     : std::string_view();
  // A member that leaves gives its own reason, or none.
  const Words why =
      cause.reason == fact::GroupReason::Left && !said.empty()
          ? said
          : reason_words(
                cause.reason,
                {{"member", member}, {"said", said}, {"count", cause.argument}, {"error", error}, {"limit", limit}});
  return cause.member_left ? both("event.group.member_left"_w, {{"member", member}, {"why", why}}) : why;
}

Words rebalance_words(const fact::GroupRebalance& f, bool has_epochs, bool by_poll_timeout, std::string_view limit) {
  return both(
      has_epochs ? "event.group.rebalance_epoch"_w : "event.group.rebalance"_w,
      {{"group", without_member_uuids(f.group.view())},
       {"generation", f.generation},
       {"members", f.members},
       {"why",
        group_words({f.reason, f.member, by_poll_timeout ? kPollTimeout : f.said, f.argument, f.member_left}, limit)}});
}

std::optional<Words> words_of_groups(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfGroups>(line, GroupWords{told});
}

}  // namespace kafkascope::observe
