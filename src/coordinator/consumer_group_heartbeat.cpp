// ConsumerGroupHeartbeat (KIP-848): joining, changed subscriptions, assignment, leaving. Kafka:
// GroupMetadataManager.consumerGroupHeartbeat, consumerGroupLeave, consumerGroupFenceMember, consumerGroupDescribe
// (4.1).
//
// A heartbeat has three steps. First, the member is created or updated, and the group epoch rises if its subscription
// or a topic has changed. Second, a new target is computed if the group epoch is ahead of the assignment epoch. Third,
// the member takes one step towards its target. Each step writes records, which are applied at once; the response is
// sent when they are committed.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "coordinator/current_assignment.h"
#include "coordinator/modern_groups.h"
#include "protocol/facts_of_groups.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ConsumerGroupHeartbeatRequest;
using protocol::ConsumerGroupHeartbeatResponse;
using protocol::ErrorCode;
using protocol::TopicPartition;

namespace {

/// Kafka: throwIfConsumerGroupHeartbeatRequestIsInvalid.
ErrorCode request_error(const ConsumerGroupHeartbeatRequest& r, const std::vector<std::string>& assignors) {
  const bool joins = r.member_epoch == protocol::kJoinGroupEpoch;
  if (r.group_id.empty() || r.member_id.empty() || r.member_epoch < protocol::kLeaveGroupStaticEpoch)
    return ErrorCode::INVALID_REQUEST;
  if (joins && (r.rebalance_timeout_ms < 0 || !r.has_owned || !r.topic_partitions.empty() ||
                !(r.has_subscription || r.has_regex)))
    return ErrorCode::INVALID_REQUEST;
  if (r.member_epoch == protocol::kLeaveGroupStaticEpoch && r.instance_id.empty()) return ErrorCode::INVALID_REQUEST;
  if (!r.server_assignor.empty() && std::find(assignors.begin(), assignors.end(), r.server_assignor) == assignors.end())
    return ErrorCode::UNSUPPORTED_ASSIGNOR;
  return ErrorCode::NONE;
}

/// The previous epoch is accepted, because the response with the new epoch may have been lost; epoch 0 starts over
/// (KAFKA-19233).
ErrorCode epoch_error(const ConsumerGroupMember& member, const ConsumerGroupHeartbeatRequest& r) {
  if (r.member_epoch == member.member_epoch || r.member_epoch == protocol::kJoinGroupEpoch ||
      sim::mutant("member-epoch-unchecked"))
    return ErrorCode::NONE;
  if (r.member_epoch > member.member_epoch) return ErrorCode::FENCED_MEMBER_EPOCH;
  const bool within =
      r.has_owned && std::all_of(r.topic_partitions.begin(), r.topic_partitions.end(), [&](TopicPartition p) {
        return std::binary_search(member.assigned.begin(), member.assigned.end(), p);
      });
  return r.member_epoch == member.previous_member_epoch && within ? ErrorCode::NONE : ErrorCode::FENCED_MEMBER_EPOCH;
}

}  // namespace

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

// ---- effects of the records

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

// ---- the request

void GroupCoordinator::handle(Host& host, RequestHandle request, const ConsumerGroupHeartbeatRequest& r) {
  const auto refuse = [&](ErrorCode error) {
    ConsumerGroupHeartbeatResponse response;
    response.error = error;
    host.reply(request, std::move(response));
  };
  if (!v4_) return refuse(ErrorCode::UNSUPPORTED_VERSION);
  if (const ErrorCode e = request_error(r, consumer_assignors_); e != ErrorCode::NONE) return refuse(e);
  Shard* shard = shard_for(host, r.group_id);
  if (const ErrorCode e = unavailable(shard); e != ErrorCode::NONE) return refuse(e);
  const auto found = shard->consumer_groups.find(r.group_id);
  const ConsumerGroup* group = found == shard->consumer_groups.end() ? nullptr : &found->second;
  const bool joins = r.member_epoch == protocol::kJoinGroupEpoch, leaves = r.member_epoch < 0;
  if (group == nullptr) {
    // Only a joining member creates a group. A classic group with that id is replaced if it is empty, or converted.
    const ClassicGroup* classic = find_group(*shard, r.group_id);
    const bool taken = classic != nullptr && !classic->in(GroupState::Empty) && !can_upgrade(*classic);
    if (!joins || taken || shard->share_groups.contains(r.group_id)) return refuse(ErrorCode::GROUP_ID_NOT_FOUND);
  }
  if (!leaves && group != nullptr && static_cast<std::int64_t>(group->members().size()) >= consumer_max_size_ &&
      group->member(r.member_id) == nullptr)
    return refuse(ErrorCode::GROUP_MAX_SIZE_REACHED);
  const ConsumerGroupMember* member = nullptr;
  if (group != nullptr)
    member = r.instance_id.empty() ? group->member(r.member_id) : group->static_member(r.instance_id);
  if (member == nullptr && !joins) return refuse(ErrorCode::UNKNOWN_MEMBER_ID);
  const bool takes_place = member != nullptr && joins && !r.instance_id.empty();
  if (member != nullptr && !joins && member->member_id != r.member_id) return refuse(ErrorCode::FENCED_INSTANCE_ID);
  // A member with this instance id, even from the same process, must first have left temporarily
  // (throwIfInstanceIdIsUnreleased).
  if (takes_place && !member->speaks_classic() && member->member_epoch != protocol::kLeaveGroupStaticEpoch)
    return refuse(ErrorCode::UNRELEASED_INSTANCE_ID);
  if (leaves) {
    consumer_group_leave(host, *shard, request, r, *member);
  } else {
    if (member != nullptr && !takes_place)
      if (const ErrorCode e = epoch_error(*member, r); e != ErrorCode::NONE) return refuse(e);
    if (r.has_regex && !r.subscribed_topic_regex.empty() &&
        (group == nullptr || group->subscribers_of_regex(r.subscribed_topic_regex) == 0) &&
        !is_valid_regex(r.subscribed_topic_regex))
      return refuse(ErrorCode::INVALID_REGULAR_EXPRESSION);
    consumer_group_heartbeat(host, *shard, request, r);
  }
  flush_if_due(host, shard->partition);
}

void GroupCoordinator::consumer_group_heartbeat(Host& host, Shard& shard, RequestHandle request,
                                                const ConsumerGroupHeartbeatRequest& r) {
  const std::string& id = r.group_id;
  Records records;
  std::vector<ClassicGroup> replaced;
  if (const auto classic = shard.groups.find(id); classic != shard.groups.end()) {
    if (classic->second.in(GroupState::Empty)) {
      // The empty classic group is removed; its offsets stay.
      if (!classic->second.protocol_type().empty() || classic->second.generation() > 0)
        records.push_back(GroupMetadataRecord{{id}, std::nullopt});
      set_state(host, classic->second, GroupState::Dead, {fact::GroupReason::NewerProtocol});
      shard.groups.erase(classic);
    } else {
      replaced.push_back(convert_to_consumer_group(host, shard, records, classic->second));
    }
  }
  ConsumerGroup& group = shard.consumer_groups.try_emplace(id, id, host.ctx().now()).first->second;
  const Admitted was = admit_member(host, shard, records, group, r.member_id, r.instance_id);
  ConsumerGroupMember member = was.member;
  member.client_id = r.client_id;
  member.classic.reset();
  if (!r.instance_id.empty()) member.instance_id = r.instance_id;
  if (!r.rack_id.empty()) member.rack_id = r.rack_id;
  if (r.rebalance_timeout_ms >= 0) member.rebalance_timeout_ms = r.rebalance_timeout_ms;
  if (!r.server_assignor.empty()) member.server_assignor = r.server_assignor;
  if (r.has_regex) member.subscribed_topic_regex = r.subscribed_topic_regex;
  if (r.has_subscription) {
    member.subscribed_topic_names = r.subscribed_topic_names;
    std::sort(member.subscribed_topic_names.begin(), member.subscribed_topic_names.end());
  }
  std::optional<Partitions> owned;
  if (r.has_owned) owned = r.topic_partitions;
  const ConsumerGroupMember& now = settle_member(host, shard, records, group, was, std::move(member), owned);
  if (was.joined || !sim::mutant("newer-heartbeat-restarts-no-session")) restart_consumer_session(host, shard, id, now);

  const auto interval_ms =
      static_cast<std::int32_t>(group_setting(host, id, "consumer.heartbeat.interval.ms", consumer_heartbeat_ms_));
  const bool full = r.member_epoch == protocol::kJoinGroupEpoch ||
                    (r.rebalance_timeout_ms >= 0 && (r.has_subscription || r.has_regex) && r.has_owned);
  write(host, shard, std::move(records),
        Answer{request, heartbeat_response<ConsumerGroupHeartbeatResponse>(
                            now, interval_ms, full || now.assigned != was.member.assigned)});
  note_deleted(host, shard, std::move(replaced));
  resolve_regexes_if_due(host, shard, group);
}

GroupCoordinator::Admitted GroupCoordinator::admit_member(Host& host, Shard& shard, Records& records,
                                                          ConsumerGroup& group, const std::string& member_id,
                                                          const std::string& instance_id) {
  const std::string& id = group.group_id();
  const ConsumerGroupMember* known = instance_id.empty() ? group.member(member_id) : group.static_member(instance_id);
  Admitted out;
  out.fresh = out.joined = known == nullptr;
  if (known != nullptr) out.member = *known;
  ConsumerGroupMember& member = out.member;
  const std::string old_id = std::exchange(member.member_id, member_id);
  if (!out.fresh && old_id != member_id) {
    // A static member in another process: it replaces the old one and begins at epoch 0.
    out.joined = true;
    const Partitions target = group.target(old_id);
    member.member_epoch = member.previous_member_epoch = 0;
    remove_member(host, shard, records, group, old_id, {fact::GroupReason::Replaced, member_id});
    apply(host, shard, records, id, member_metadata_record(id, member));
    apply(host, shard, records, id, ConsumerGroupTargetAssignmentMemberRecord{{id, member_id}, {{target}}});
    apply(host, shard, records, id, current_assignment_record(id, member));
  } else if (member.member_epoch == protocol::kLeaveGroupStaticEpoch) {  // ... or in the same process
    member.member_epoch = member.previous_member_epoch = 0;
    apply(host, shard, records, id, current_assignment_record(id, member));
  }
  return out;
}

const ConsumerGroupMember& GroupCoordinator::settle_member(Host& host, Shard& shard, Records& records,
                                                           ConsumerGroup& group, const Admitted& was,
                                                           ConsumerGroupMember member,
                                                           const std::optional<Partitions>& owned) {
  const std::string id = group.group_id(), member_id = member.member_id;
  // 1. Create or update the member.
  if (was.fresh || member != was.member) apply(host, shard, records, id, member_metadata_record(id, member));
  if (was.joined) host.ctx().trace(fact::GroupMemberJoined{group.group_epoch(), id, member.text()});
  const bool by_regex = regex_changes_subscription(host, shard, records, group, was.member, member);
  const bool subscribed_anew = member.subscribed_topic_names != was.member.subscribed_topic_names || by_regex;
  const protocol::MetadataImage& image = host.metadata();
  if (subscribed_anew || was.fresh || group.metadata_checked != image.last_offset()) {
    group.metadata_checked = image.last_offset();
    const std::uint64_t hash = metadata_hash_of(group, image);
    if (subscribed_anew || (hash != group.metadata_hash() && !sim::mutant("topic-growth-unseen"))) {
      ++counters_.consumer_rebalances;
      bump_group_epoch(host, shard, records, group, hash,
                       was.fresh         ? GroupCause{fact::GroupReason::Joined, member.text()}
                       : subscribed_anew ? GroupCause{fact::GroupReason::NewSubscription, member.text()}
                                         : GroupCause{fact::GroupReason::TopicChanged});
      update_state(host, group);
    }
  }

  // 2. Compute the target if it is out of date.
  if (group.group_epoch() > group.assignment_epoch()) {
    update_target(host, shard, records, group);
    update_state(host, group);
  }

  // 3. Take one step with this member.
  member = *group.member(member_id);
  if (!member.reconciled_to(group.assignment_epoch())) {
    // A partition that this member itself still has to revoke is not free for it either.
    const ConsumerGroupMember next =
        reconcile(member, group.assignment_epoch(), group.target(member_id), owned, [&](TopicPartition p) {
          return group.current_partition_epoch(p) != -1 && !sim::mutant("given-before-released");
        });
    if (next != member) {
      apply(host, shard, records, id, current_assignment_record(id, next));
      host.ctx().trace(fact::MemberEpoch{next.member_epoch, next.state, static_cast<std::int32_t>(next.assigned.size()),
                                         id, next.text()});
      const TimerKey revocation{GroupTimer::Revocation, shard.partition, id, member_id, 0};
      // A classic member has join and sync timers instead.
      if (next.state == MemberState::UnrevokedPartitions && !next.speaks_classic() &&
          !sim::mutant("revocation-untimed"))
        timers().schedule(host.ctx(), revocation, sim::milliseconds(next.rebalance_timeout_ms), kTimerRetryBackoff);
      else timers().cancel(host.ctx(), revocation);
    }
  }
  update_state(host, group);
  return *group.member(member_id);
}

GroupCoordinator::WorkedOut GroupCoordinator::work_out(const ConsumerGroup& group, const AssignorSpec& spec,
                                                       const protocol::MetadataImage&) const {
  const std::string assignor = group.preferred_assignor(consumer_assignors_.front());
  return {assignor, assign(assignor, spec)};
}

// ---- leaving and fencing

void GroupCoordinator::fence_consumer_member(Host& host, Shard& shard, Records& records, ConsumerGroup& group,
                                             const std::string& member_id, const GroupCause& cause) {
  const ConsumerGroupMember* m = group.member(member_id);
  if (m == nullptr) return;
  const std::string who = m->text();
  const bool last_newer = group.all_classic_except(member_id) && can_downgrade(group, group.members().size() - 1);
  remove_member(host, shard, records, group, member_id, cause);
  if (last_newer && !sim::mutant("downgrade-forgotten"))
    return convert_to_classic_group(host, shard, records, group, member_id);
  forget_unused_regexes(host, shard, records, group);
  group.metadata_checked = host.metadata().last_offset();
  bump_group_epoch(host, shard, records, group, metadata_hash_of(group, host.metadata()), cause.of_leaving(who));
  update_state(host, group);
}

void GroupCoordinator::consumer_group_leave(Host& host, Shard& shard, RequestHandle request,
                                            const ConsumerGroupHeartbeatRequest& r, const ConsumerGroupMember& member) {
  ConsumerGroup& group = shard.consumer_groups.find(r.group_id)->second;
  Records records;
  ConsumerGroupHeartbeatResponse response;
  response.member_id = member.member_id;
  response.member_epoch = r.member_epoch;
  if (r.member_epoch == protocol::kLeaveGroupStaticEpoch && !sim::mutant("static-leave-is-for-good")) {
    // A static member has left temporarily: it keeps its partitions until its session ends.
    ConsumerGroupMember away = member;
    away.member_epoch = protocol::kLeaveGroupStaticEpoch;
    away.pending_revocation.clear();
    timers().cancel(host.ctx(), {GroupTimer::Revocation, shard.partition, r.group_id, member.member_id, 0});
    host.ctx().trace(fact::MemberEpoch{away.member_epoch, away.state, static_cast<std::int32_t>(away.assigned.size()),
                                       r.group_id, away.text()});
    apply(host, shard, records, r.group_id, current_assignment_record(r.group_id, away));
    update_state(host, group);
  } else {
    fence_consumer_member(host, shard, records, group, std::string(member.member_id), {fact::GroupReason::Left});
  }
  write(host, shard, std::move(records), Answer{request, std::move(response)});
}

void GroupCoordinator::restart_consumer_session(Host& host, const Shard& shard, const std::string& group,
                                                const ConsumerGroupMember& member) {
  timers().schedule(host.ctx(), {GroupTimer::Session, shard.partition, group, member.member_id, 0},
                    sim::milliseconds(member.classic ? member.classic->session_timeout_ms
                                                     : group_setting(host, group, "consumer.session.timeout.ms",
                                                                     consumer_session_ms_)),
                    kTimerRetryBackoff);
}

void GroupCoordinator::on_consumer_member_timer(Host& host, Shard& shard, ConsumerGroup& group,
                                                const std::string& member_id, const GroupCause& cause) {
  Records records;
  fence_consumer_member(host, shard, records, group, member_id, cause);
  if (!records.empty()) write(host, shard, std::move(records), std::nullopt);  // no request waits for these
}

// ---- description

// Kafka: ConsumerGroup.asDescribedGroup. A read operation: it uses the committed state.
void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::ConsumerGroupDescribeRequest& r) {
  protocol::ConsumerGroupDescribeResponse response;
  Shard* shard = r.groups.empty()
                     ? nullptr
                     : shard_for(host, r.groups.front());  // one coordinator and partition, as with DeleteGroups
  const ErrorCode unready = v4_ ? unavailable(shard) : ErrorCode::UNSUPPORTED_VERSION;
  for (const std::string& id : r.groups) {
    protocol::DescribedGroup& out = response.groups.emplace_back();
    out.group_id = id;
    out.error = unready;
    if (unready != ErrorCode::NONE) continue;
    const ConsumerGroup* found = committed_consumer_group(*shard, id);
    if (found == nullptr) {
      out.error = ErrorCode::GROUP_ID_NOT_FOUND;  // a classic group, or no group
      out.group_state = name(ConsumerGroupState::Dead);
      continue;
    }
    const ConsumerGroup& group = *found;
    out.group_state = name(group.state());
    out.group_epoch = group.group_epoch();
    out.assignment_epoch = group.assignment_epoch();
    out.assignor_name = group.preferred_assignor(consumer_assignors_.front());
    for (const auto& [member_id, m] : group.members())
      out.members.push_back({member_id, m.instance_id, m.rack_id, m.client_id, m.member_epoch, m.subscribed_topic_names,
                             m.subscribed_topic_regex, m.assigned, group.target(member_id),
                             static_cast<std::int8_t>(m.speaks_classic() ? 0 : 1)});
  }
  host.reply(request, std::move(response));
}

// ---- removal

void GroupCoordinator::remove_consumer_group(Host& host, Shard& shard, const std::string& id, Records& tombstones) {
  const auto it = shard.consumer_groups.find(id);
  if (it == shard.consumer_groups.end()) return;
  host.ctx().trace(fact::GroupState{.from = state_code(it->second.state()),
                                    .to = state_code(ConsumerGroupState::Dead),
                                    .generation = it->second.group_epoch(),
                                    .group = id});
  forget_unused_regexes(host, shard, tombstones, it->second);
  forget_group<ConsumerGroup>(host, shard, tombstones, id);
}

}  // namespace kafkascope::coordinator
