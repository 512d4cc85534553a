// The effects of the records of __consumer_offsets on the groups and offsets of a partition. Kafka:
// GroupCoordinatorShard.replay, GroupMetadataManager.replay, OffsetMetadataManager.replay (4.1).
#include "coordinator/group_coordinator_shard.h"

#include <algorithm>
#include <string>
#include <utility>

#include "protocol/messages_consumer_group.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ProducerId;
using protocol::TopicPartition;
using protocol::TransactionResult;

namespace {

/// The group's member with that id, or a new one.
template <class Group>
typename Group::Member member_in(const Group& group, const std::string& id) {
  if (const auto* known = group.member(id)) return *known;
  typename Group::Member fresh;
  fresh.member_id = id;
  return fresh;
}

}  // namespace

protocol::Record GroupCoordinatorShard::encode(const Record& record, const protocol::MetadataImage& topics,
                                               std::int64_t timestamp_ms) {
  return encode_record(record, topics, timestamp_ms);
}

std::optional<CoordinatorRecord> GroupCoordinatorShard::decode(const protocol::RecordView& record) {
  return decode_record<CoordinatorRecord>(record);
}

void GroupCoordinatorShard::replay(Ctx& ctx, const CoordinatorRecord& record, GroupDelta* uncommitted) {
  const sim::Instant now = ctx.now();
  if (const auto* commit = std::get_if<OffsetCommitRecord>(&record)) {
    // A commit without membership makes a group that only holds offsets.
    if (commit->value && !consumer_groups.contains(commit->group))
      groups.try_emplace(commit->group, commit->group, now);
    if (!commit->value) forget_pending(commit->group, commit->partition, uncommitted);
    OffsetCommitRecord read = *commit;
    read.order = next_order++;
    if (uncommitted != nullptr) uncommitted->offsets.push_back(std::move(read));
    else if (!commit->value || !sim::mutant("offsets-not-loaded")) take_offset(std::move(read));
    return;
  }
  if (!std::holds_alternative<GroupMetadataRecord>(record)) {
    replay_consumer_record(record, now);
    return replay_share_record(record, now);
  }
  const auto& metadata = std::get<GroupMetadataRecord>(record);
  if (!metadata.value) {
    groups.erase(metadata.group);
    return;
  }
  const GroupMetadataValue& v = *metadata.value;
  ClassicGroup group(metadata.group, now);
  group.restore(v.members.empty() ? GroupState::Empty : GroupState::Stable, v.generation, v.protocol_type, v.protocol,
                v.leader,
                v.state_timestamp_ms < 0 ? now : now - sim::milliseconds(ctx.wall_clock_ms() - v.state_timestamp_ms));
  for (const GroupMetadataMember& m : v.members) {
    ClassicGroupMember member;
    member.member_id = m.member_id;
    member.group_instance_id = m.group_instance_id;
    member.client_id = m.client_id;
    member.rebalance_timeout_ms = m.rebalance_timeout_ms;
    member.session_timeout_ms = m.session_timeout_ms;
    member.protocol_type = v.protocol_type;
    member.protocols = {{v.protocol, m.subscription}};
    member.assignment = m.assignment;
    group.add(std::move(member));
  }
  group.note_subscriptions();
  groups.insert_or_assign(metadata.group, std::move(group));
}

GroupCoordinatorShard::StateCounts GroupCoordinatorShard::count() const {
  StateCounts counts{};
  for (const auto& [id, group] : groups) ++counts[static_cast<std::size_t>(group.state())];
  return counts;
}

// ---- groups of the newer protocols

template <class Group>
Group* GroupCoordinatorShard::group_for_record(const std::string& id, bool make, sim::Instant now) {
  auto& of_kind = groups_of<Group>();
  if (make) {
    // A group that only holds offsets has no record of its own; this record replaces it by a group of this kind.
    if (const auto simple = groups.find(id);
        simple != groups.end() && simple->second.protocol_type().empty() && simple->second.members().empty())
      groups.erase(simple);
    return &of_kind.try_emplace(id, id, now).first->second;
  }
  const auto it = of_kind.find(id);
  return it == of_kind.end() ? nullptr : &it->second;
}

template <class Group>
bool GroupCoordinatorShard::replay_modern_record(const CoordinatorRecord& record, sim::Instant now) {
  if (const auto* r = std::get_if<ModernGroupMetadataRecord<Group>>(&record)) {
    if (r->value)
      group_for_record<Group>(r->group, true, now)->set_group_epoch(r->value->epoch, r->value->metadata_hash);
    else groups_of<Group>().erase(r->group);
  } else if (const auto* e = std::get_if<ModernGroupTargetAssignmentMetadataRecord<Group>>(&record)) {
    if (Group* group = group_for_record<Group>(e->group, e->value.has_value(), now))
      group->set_assignment_epoch(e->value ? e->value->assignment_epoch : -1);
  } else if (const auto* t = std::get_if<ModernGroupTargetAssignmentMemberRecord<Group>>(&record)) {
    Group* group = group_for_record<Group>(t->group, t->value.has_value(), now);
    if (group == nullptr) return true;
    if (t->value) group->set_target(t->member, sim::mutant("targets-not-kept") ? Partitions{} : t->value->partitions);
    else group->remove_target(t->member);
  } else {
    return false;
  }
  return true;
}

void GroupCoordinatorShard::replay_consumer_record(const CoordinatorRecord& record, sim::Instant now) {
  if (replay_modern_record<ConsumerGroup>(record, now)) return;
  const auto group_of = [&](const std::string& id, bool make) {
    return group_for_record<ConsumerGroup>(id, make, now);
  };
  if (const auto* m = std::get_if<ConsumerGroupMemberMetadataRecord>(&record)) {
    ConsumerGroup* group = group_of(m->group, m->value.has_value());
    if (group == nullptr) return;
    if (!m->value) return group->remove_member(m->member);
    ConsumerGroupMember member = member_in(*group, m->member);
    member.instance_id = m->value->instance_id;
    member.client_id = m->value->client_id;
    member.server_assignor = m->value->server_assignor;
    member.rebalance_timeout_ms = m->value->rebalance_timeout_ms;
    member.subscribed_topic_names = m->value->subscribed_topic_names;
    member.subscribed_topic_regex = m->value->subscribed_topic_regex;
    member.rack_id = m->value->rack_id;
    member.classic = m->value->classic;
    group->update_member(std::move(member));
  } else if (const auto* c = std::get_if<ConsumerGroupCurrentMemberAssignmentRecord>(&record)) {
    ConsumerGroup* group = group_of(c->group, c->value.has_value());
    if (group == nullptr || (!c->value && group->member(c->member) == nullptr)) return;
    ConsumerGroupMember member = member_in(*group, c->member);
    const auto v = c->value.value_or(ConsumerGroupCurrentMemberAssignmentValue{
        protocol::kLeaveGroupEpoch, protocol::kLeaveGroupEpoch, MemberState::Stable, {}, {}});
    member.member_epoch = v.member_epoch;
    member.previous_member_epoch = v.previous_member_epoch;
    member.state = v.state;
    member.assigned = v.assigned;
    member.pending_revocation = v.pending_revocation;
    group->update_member(std::move(member));
  } else if (const auto* x = std::get_if<ConsumerGroupRegularExpressionRecord>(&record)) {
    ConsumerGroup* group = group_of(x->group, x->value.has_value());
    if (group == nullptr) return;
    if (x->value) group->set_regex(x->regex, *x->value);
    else group->remove_regex(x->regex);
  }
}

void GroupCoordinatorShard::replay_share_record(const CoordinatorRecord& record, sim::Instant now) {
  if (replay_modern_record<ShareGroup>(record, now)) return;
  const auto group_of = [&](const std::string& id, bool make) { return group_for_record<ShareGroup>(id, make, now); };
  if (const auto* m = std::get_if<ShareGroupMemberMetadataRecord>(&record)) {
    ShareGroup* group = group_of(m->group, m->value.has_value());
    if (group == nullptr) return;
    if (!m->value) return group->remove_member(m->member);
    ShareGroupMember member = member_in(*group, m->member);
    member.client_id = m->value->client_id;
    member.subscribed_topic_names = m->value->subscribed_topic_names;
    group->update_member(std::move(member));
  } else if (const auto* c = std::get_if<ShareGroupCurrentMemberAssignmentRecord>(&record)) {
    ShareGroup* group = group_of(c->group, c->value.has_value());
    if (group == nullptr || (!c->value && group->member(c->member) == nullptr)) return;
    ShareGroupMember member = member_in(*group, c->member);
    const auto v = c->value.value_or(
        ShareGroupCurrentMemberAssignmentValue{protocol::kLeaveGroupEpoch, protocol::kLeaveGroupEpoch, {}});
    member.member_epoch = v.member_epoch;
    member.previous_member_epoch = v.previous_member_epoch;
    member.assigned = v.assigned;
    group->update_member(std::move(member));
  } else if (const auto* s = std::get_if<ShareGroupStatePartitionMetadataRecord>(&record)) {
    ShareGroup* group = group_of(s->group, s->value.has_value());
    if (group == nullptr) return;
    const auto v = s->value.value_or(ShareGroupStatePartitionMetadataValue{});
    group->set_state_partitions(v);
  }
}

// ---- offsets

void GroupCoordinatorShard::replay_in_transaction(Ctx& ctx, const Record& record, ProducerId producer,
                                                  Delta* uncommitted) {
  const auto* commit = std::get_if<OffsetCommitRecord>(&record);
  if (commit == nullptr || !commit->value) return replay(ctx, record, uncommitted);
  if (!consumer_groups.contains(commit->group)) groups.try_emplace(commit->group, commit->group, ctx.now());
  add_pending(producer, *commit, uncommitted);
}

void GroupCoordinatorShard::add_pending(ProducerId producer, OffsetCommitRecord commit, Delta* uncommitted) {
  if (uncommitted != nullptr) uncommitted->pending.keep(pending, producer);
  pending[producer][commit.group][commit.partition] =
      CommittedOffset{*std::move(commit.value), std::move(commit.topic), next_order++};
}

void GroupCoordinatorShard::replay_end_transaction_marker(ProducerId producer, TransactionResult result,
                                                          Delta* uncommitted) {
  const auto it = pending.find(producer);
  if (it == pending.end()) return;
  if (uncommitted != nullptr) uncommitted->pending.keep(pending, producer);
  const OffsetsByGroup ended = std::move(it->second);
  pending.erase(it);
  if (result != TransactionResult::Commit && !sim::mutant("aborted-offsets-committed")) return;
  for (const auto& [group, of_group] : ended)
    for (const auto& [partition, offset] : of_group) {
      OffsetCommitRecord commit{{{group, offset.topic, partition}, OffsetCommitValue(offset)}, -1, offset.order};
      if (uncommitted != nullptr) uncommitted->offsets.push_back(std::move(commit));
      else take_offset(std::move(commit));
    }
}

void GroupCoordinatorShard::forget_pending(const std::string& group, TopicPartition partition, Delta* uncommitted) {
  for (auto& [producer, by_group] : pending) {
    const auto of_group = by_group.find(group);
    if (of_group == by_group.end() || !of_group->second.contains(partition)) continue;
    if (uncommitted != nullptr) uncommitted->pending.keep(pending, producer);
    of_group->second.erase(partition);
    if (of_group->second.empty()) by_group.erase(of_group);
  }
}

/// Of two commits, the one whose record is later in the log wins, no matter when each took effect.
bool GroupCoordinatorShard::take_offset(OffsetCommitRecord commit) {
  if (!commit.value) {
    forget_offset(commit.group, commit.partition);
    return true;
  }
  CommittedOffset& known = offsets[commit.group][commit.partition];
  if (known.order > commit.order) return false;
  known = {*std::move(commit.value), std::move(commit.topic), commit.order};
  return true;
}

bool GroupCoordinatorShard::has_pending(std::string_view group, TopicPartition partition) const {
  return std::any_of(pending.begin(), pending.end(), [&](const auto& of_producer) {
    const auto it = of_producer.second.find(group);
    return it != of_producer.second.end() && it->second.contains(partition);
  });
}

bool GroupCoordinatorShard::has_pending(std::string_view group) const {
  return std::any_of(pending.begin(), pending.end(), [&](const auto& of_producer) {
    return of_producer.second.find(group) != of_producer.second.end();
  });
}

void GroupCoordinatorShard::forget_offset(const std::string& group, protocol::TopicPartition partition) {
  const auto of_group = offsets.find(group);
  if (of_group == offsets.end()) return;
  of_group->second.erase(partition);
  if (of_group->second.empty()) offsets.erase(of_group);
}

}  // namespace kafkascope::coordinator
