#include "coordinator/consumer_groups.h"

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "coordinator/group_migration.h"
#include "sim/hasher.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ConsumerGroupHeartbeatRequest;
using protocol::ConsumerGroupHeartbeatResponse;
using protocol::ErrorCode;

std::uint64_t metadata_hash_of(const ConsumerGroup& group, const protocol::MetadataImage& image) {
  sim::Hasher hasher;
  for (const std::string& topic : subscribed_topics(group)) {
    const protocol::TopicImage* t = image.topic(image.topic_id(topic));
    if (t == nullptr) continue;
    hasher.put(topic);
    hasher.put(t->id);
    hasher.put(static_cast<std::int32_t>(t->partitions.size()));
    // The hash includes the replicas' racks (Utils.computeTopicHash): if a partition moves to another rack, a new
    // target is computed.
    for (std::size_t p = 0; p < t->partitions.size(); ++p) {
      std::set<std::string_view> racks;
      for (const protocol::BrokerId id : t->partitions[p].replicas)
        if (const auto* broker = image.broker(id); broker != nullptr && !broker->rack.empty())
          racks.insert(broker->rack);
      if (racks.empty()) continue;
      hasher.put(static_cast<std::int64_t>(p));
      for (const std::string_view rack : racks) hasher.put(rack);
    }
  }
  return hasher.digest();
}

void ConsumerGroups::on_loaded(ConsumerGroup& group) {
  group.set_state(group.computed_state(), op_.ctx().now());
  group.set_cause({fact::GroupReason::Loaded});
  for (const auto& [member_id, member] : group.members()) {
    restart_session(group.group_id(), member);
    if (member.state == MemberState::UnrevokedPartitions)
      op_.schedule(GroupTimer::Revocation, group.group_id(), member_id, member.rebalance_timeout_ms,
                   kTimerRetryBackoff);
  }
}

// ---- leaving and fencing. Kafka: consumerGroupLeave, consumerGroupFenceMember

void ConsumerGroups::fence_member(ConsumerGroup& group, const std::string& member_id, const GroupCause& cause) {
  const ConsumerGroupMember* m = group.member(member_id);
  if (m == nullptr) return;
  const std::string who = m->text();
  const bool last_newer =
      group.all_classic_except(member_id) && GroupMigration(op_).can_downgrade(group, group.members().size() - 1);
  remove_member(group, member_id, cause);
  if (last_newer && !sim::mutant("downgrade-forgotten")) return GroupMigration(op_).to_classic_group(group, member_id);
  forget_unused_regexes(group);
  group.metadata_checked = op_.metadata().last_offset();
  bump_group_epoch(group, metadata_hash_of(group, op_.metadata()), cause.of_leaving(who));
  update_state(group);
}

void ConsumerGroups::leave(RequestHandle request, const ConsumerGroupHeartbeatRequest& r, ConsumerGroup& group,
                           const ConsumerGroupMember& member) {
  ConsumerGroupHeartbeatResponse response;
  response.member_id = member.member_id;
  response.member_epoch = r.member_epoch;
  if (r.member_epoch == protocol::kLeaveGroupStaticEpoch && !sim::mutant("static-leave-is-for-good")) {
    // A static member has left temporarily: it keeps its partitions until its session ends.
    ConsumerGroupMember away = member;
    away.member_epoch = protocol::kLeaveGroupStaticEpoch;
    away.pending_revocation.clear();
    op_.cancel(GroupTimer::Revocation, r.group_id, member.member_id);
    op_.ctx().trace(fact::MemberEpoch{away.member_epoch, away.state, static_cast<std::int32_t>(away.assigned.size()),
                                      r.group_id, away.text()});
    op_.apply(current_assignment_record(r.group_id, away));
    update_state(group);
  } else {
    fence_member(group, std::string(member.member_id), {fact::GroupReason::Left});
  }
  op_.write(Answer{request, std::move(response)});
}

void ConsumerGroups::restart_session(const std::string& group, const ConsumerGroupMember& member) {
  op_.schedule(GroupTimer::Session, group, member.member_id,
               member.classic
                   ? member.classic->session_timeout_ms
                   : op_.group_setting(group, "consumer.session.timeout.ms", op_.config().consumer_session_ms),
               kTimerRetryBackoff);
}

void ConsumerGroups::on_member_timer(ConsumerGroup& group, const std::string& member_id, const GroupCause& cause) {
  fence_member(group, member_id, cause);
  if (!op_.records().empty()) op_.write(std::nullopt);  // no request waits for these
}

// ---- description and removal

// Kafka: ConsumerGroup.asDescribedGroup. A read operation: it uses the committed state.
protocol::DescribedGroup ConsumerGroups::describe(const std::string& id) const {
  protocol::DescribedGroup out;
  out.group_id = id;
  const ConsumerGroup* group = op_.committed_consumer_group(id);
  if (group == nullptr) {
    out.error = ErrorCode::GROUP_ID_NOT_FOUND;  // a classic group, or no group
    out.group_state = name(ConsumerGroupState::Dead);
    return out;
  }
  out.group_state = name(group->state());
  out.group_epoch = group->group_epoch();
  out.assignment_epoch = group->assignment_epoch();
  out.assignor_name = group->preferred_assignor(op_.config().consumer_assignors.front());
  for (const auto& [member_id, m] : group->members())
    out.members.push_back({member_id, m.instance_id, m.rack_id, m.client_id, m.member_epoch, m.subscribed_topic_names,
                           m.subscribed_topic_regex, m.assigned, group->target(member_id),
                           static_cast<std::int8_t>(m.speaks_classic() ? 0 : 1)});
  return out;
}

void ConsumerGroups::remove(const std::string& id) {
  ConsumerGroup* group = op_.consumer_group(id);
  if (group == nullptr) return;
  op_.ctx().trace(fact::GroupState{.from = state_code(group->state()),
                                   .to = state_code(ConsumerGroupState::Dead),
                                   .generation = group->group_epoch(),
                                   .group = id});
  forget_unused_regexes(*group);
  forget_group(id);
}

}  // namespace kafkascope::coordinator
