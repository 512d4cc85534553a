// How a member of the classic protocol joins: from giving up partitions to the assignment. Kafka: AbstractCoordinator,
// ConsumerCoordinator.
#include <algorithm>
#include <utility>

#include "client/group_member.h"
#include "protocol/facts_of_clients.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::TopicPartition;
using protocol::Trace;

namespace {
bool subscribed(const GroupParts& parts, TopicPartition p) {
  const std::string_view name = parts.core.metadata.name_of(p.topic);
  return name.empty() || parts.subscriptions.topics.contains(name);
}

AssignableTopics topics_for(const std::vector<protocol::JoinGroupMember>& members, const MetadataCache& metadata) {
  AssignableTopics topics;
  for (const protocol::JoinGroupMember& m : members)
    for (const std::string& name : m.metadata.topics)
      if (const BelievedTopic* t = metadata.topic(name))
        topics[name] = {t->id, static_cast<std::int32_t>(t->partitions.size())};
  return topics;
}

/// `before`: the metadata from which the leader computed the assignment.
bool changed_since(const AssignableTopics& before, const MetadataCache& metadata) {
  for (const auto& [name, then] : before) {
    const BelievedTopic* t = metadata.topic(name);
    if (!t || t->id != then.id || static_cast<std::int32_t>(t->partitions.size()) != then.partitions) return true;
  }
  return std::any_of(metadata.topics().begin(), metadata.topics().end(),
                     [&](const auto& t) { return metadata.wanted().contains(t.first) && !before.contains(t.first); });
}

/// The leader tracks exactly the topics of all members (SubscriptionState.groupSubscribe).
void watch_topics(GroupParts& parts, const std::vector<protocol::JoinGroupMember>& members) {
  std::set<std::string, std::less<>> topics = parts.subscriptions.topics;
  for (const protocol::JoinGroupMember& m : members) topics.insert(m.metadata.topics.begin(), m.metadata.topics.end());
  parts.core.metadata.set_topics({topics.begin(), topics.end()});
}
}  // namespace

void GroupMember::rejoin(std::string why) {
  rejoin_needed_ = true;
  rejoin_reason_ = options_.as_in_2_5 ? std::string() : std::move(why);
}

void GroupMember::reset_generation(bool member_too, std::string why) {
  state_ = State::Unjoined;
  generation_ = -1;
  protocol_.clear();
  if (member_too || options_.as_in_2_5) member_id_.clear();
  needs_prepare_ = true;
  rejoin(std::move(why));
  synced_.reset();
}

/// A constant pause, unlike the one after a failed heartbeat (AbstractCoordinator.joinGroupIfNeeded).
void GroupMember::retry_later(Ctx& ctx) { join_after_ = ctx.now() + options_.retry_backoff.initial; }

/// Handles the result of the last join, and any change that requires another one.
void GroupMember::note_changes(Ctx& ctx, GroupParts& parts) {
  if (synced_) on_assigned(ctx, parts, *std::exchange(synced_, std::nullopt));
  if (state_ != State::Stable || rejoin_needed_) return;
  if (is_leader_ && changed_since(assigned_by_, parts.core.metadata)) rejoin("cached metadata has changed");
  else if (joined_topics_ != parts.subscriptions.topics) rejoin("subscription has changed");
}

bool GroupMember::prepare_join(Ctx& ctx, GroupParts& parts) {
  if (!preparing_) {
    preparing_ = true;
    prepare_deadline_ = ctx.now() + options_.max_poll_interval;
    if (options_.auto_commit && state_ != State::Unjoined) {
      // Records of partitions that are about to be revoked must not be delivered, because they could not be committed.
      if (!options_.cooperative)
        for (auto& [p, a] : parts.subscriptions.assigned) a.pending_revocation = true;
      commit(ctx, parts, CommitKind::BeforeRebalance, parts.subscriptions.all_consumed());
    }
  }
  if (commit_pending(CommitKind::BeforeRebalance) && ctx.now() < prepare_deadline_) return false;
  preparing_ = false;
  std::vector<TopicPartition> owned = parts.subscriptions.partitions();
  if (options_.cooperative && !lost()) std::erase_if(owned, [&](TopicPartition p) { return subscribed(parts, p); });
  give_up(ctx, parts, owned, lost() ? Trace::PartitionsLost : Trace::PartitionsRevoked);
  is_leader_ = false;
  needs_prepare_ = false;
  parts.core.metadata.set_topics({parts.subscriptions.topics.begin(), parts.subscriptions.topics.end()});
  return true;
}

void GroupMember::give_up(Ctx& ctx, GroupParts& parts, const std::vector<TopicPartition>& partitions, Trace why) {
  if (partitions.empty()) return;
  if (why == Trace::PartitionsLost)
    tell_partitions<fact::PartitionsLost>(ctx, generation(), partitions, parts.core.metadata);
  else tell_partitions<fact::PartitionsRevoked>(ctx, generation(), partitions, parts.core.metadata);
  std::vector<TopicPartition> kept = parts.subscriptions.partitions();
  std::erase_if(
      kept, [&](TopicPartition p) { return std::find(partitions.begin(), partitions.end(), p) != partitions.end(); });
  parts.subscriptions.assign(kept);
  if (options_.as_in_2_5) parts.subscriptions.order_as_java(parts.core.metadata);
}

void GroupMember::give_up_all(Ctx& ctx, GroupParts parts) {
  give_up(ctx, parts, parts.subscriptions.partitions(),
          lost() || is_rebalancing(state_) ? Trace::PartitionsLost : Trace::PartitionsRevoked);
}

void GroupMember::send_join(Ctx& ctx, GroupParts& parts) {
  if (sim::Instant& began = parts.stats.metrics.consumer.rebalance_began; began == sim::kNever) began = ctx.now();
  protocol::JoinGroupRequest r;
  r.group_id = options_.group_id;
  r.member_id = member_id_;
  r.group_instance_id = options_.instance_id;
  r.client_id = options_.client_id;
  r.session_timeout_ms = static_cast<std::int32_t>(options_.session_timeout.us / 1000);
  r.rebalance_timeout_ms = static_cast<std::int32_t>(options_.max_poll_interval.us / 1000);
  r.reason = rejoin_reason_;
  protocol::Subscription subscription;
  subscription.topics.assign(parts.subscriptions.topics.begin(), parts.subscriptions.topics.end());
  joined_topics_ = parts.subscriptions.topics;
  subscription.owned = options_.as_in_2_5 ? parts.subscriptions.partitions_in_turn(parts.core.metadata)
                                          : parts.subscriptions.partitions();
  subscription.generation = generation_;
  for (const std::string& name : options_.assignors) {
    r.protocols.push_back({name, subscription});
    if (name != "sticky") continue;
    r.protocols.back().metadata.previous = previous_;
    r.protocols.back().metadata.previous_generation = previous_generation_;
  }
  state_ = State::PreparingRebalance;
  join_in_flight_ = true;
  // A JoinGroup response may take as long as the whole rebalance (JOIN_GROUP_TIMEOUT_LAPSE 5 s).
  const sim::Duration timeout = std::max(options_.request_timeout, options_.max_poll_interval + sim::seconds(5));
  parts.core.network.send(ctx, coordinator_.node().id, std::move(r), kJoinPurpose, ++join_round_, true, timeout);
}

void GroupMember::share_out(Ctx& ctx, GroupParts& parts, const protocol::JoinGroupResponse& join) {
  assigned_by_ = topics_for(join.members, parts.core.metadata);
  std::vector<protocol::MemberAssignment> assignments;
  if (!join.skip_assignment)
    assignments = assign(has_assignor(join.protocol_name) ? std::string_view(join.protocol_name) : "range",
                         join.members, assigned_by_, options_.as_in_2_5);
  send_sync(ctx, parts, std::move(assignments));
}

void GroupMember::share_out_when_known(Ctx& ctx, GroupParts& parts) {
  if (!held_join_) return;
  if (state_ != State::CompletingRebalance ||
      !coordinator_.known()) {  // a heartbeat has reset the generation, or the connection is lost
    held_join_.reset();
    join_in_flight_ = false;
    retry_later(ctx);
  } else if (parts.core.metadata.version() > held_join_->metadata_version) {
    const protocol::JoinGroupResponse join = std::move(held_join_->join);
    held_join_.reset();
    share_out(ctx, parts, join);
  }
}

void GroupMember::on_joined(Ctx& ctx, GroupParts& parts, const Completed& done) {
  if (done.arg != join_round_ || state_ != State::PreparingRebalance) {
    if (done.arg == join_round_) join_in_flight_ = false;
    return;
  }
  if (done.disconnected) {
    join_in_flight_ = false;
    rejoin("rebalance failed due to DisconnectException");
    retry_later(ctx);
    return;
  }
  const auto& r = protocol::get<protocol::JoinGroupResponse>(*done.body);
  if (r.error == ErrorCode::NONE) {
    ++parts.stats.metrics.consumer.join_total;
    parts.stats.metrics.consumer.join_time.record((ctx.now() - done.sent_at).us, ctx.now());
    state_ = State::CompletingRebalance;
    generation_ = r.generation_id;
    member_id_ = r.member_id;
    protocol_ = r.protocol_name;
    heartbeat_due_ = ctx.now() + options_.heartbeat_interval;
    session_deadline_ = ctx.now() + options_.session_timeout;
    is_leader_ = r.leader == r.member_id;
    if (!is_leader_) {
      send_sync(ctx, parts, {});
      return;
    }
    watch_topics(parts, r.members);
    if (parts.core.metadata.update_requested()) held_join_ = HeldJoin{r, parts.core.metadata.version()};
    else share_out(ctx, parts, r);
    return;
  }
  join_in_flight_ = false;
  parts.stats.error(ctx, r.error);
  const std::string failed = "rebalance failed due to " + exception_name(r.error);
  rejoin(failed);
  switch (r.error) {
    case ErrorCode::MEMBER_ID_REQUIRED:  // KIP-394: JoinGroup is sent again with the member id
      state_ = State::Unjoined;
      generation_ = -1;
      member_id_ = r.member_id;
      rejoin("need to re-join with the given member-id: " + member_id_);
      break;
    case ErrorCode::UNKNOWN_MEMBER_ID: reset_generation(true, failed); break;
    case ErrorCode::ILLEGAL_GENERATION: reset_generation(false, failed); break;
    case ErrorCode::REBALANCE_IN_PROGRESS: break;
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
      coordinator_unknown(ctx, parts);
      retry_later(ctx);
      break;
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS: retry_later(ctx); break;
    case ErrorCode::FENCED_INSTANCE_ID: fenced_ = true; break;
    default:
      if (!protocol::retriable(r.error)) fatal_ = exception_name(r.error);
      retry_later(ctx);
      break;
  }
}

void GroupMember::send_sync(Ctx& ctx, GroupParts& parts, std::vector<protocol::MemberAssignment> assignments) {
  protocol::SyncGroupRequest r;
  r.group_id = options_.group_id;
  r.generation_id = generation_;
  r.member_id = member_id_;
  r.group_instance_id = options_.instance_id;
  r.protocol_name = protocol_;
  r.assignments = std::move(assignments);
  parts.core.network.send(ctx, coordinator_.node().id, std::move(r), kSyncPurpose, join_round_);
}

void GroupMember::on_synced(Ctx& ctx, GroupParts& parts, const Completed& done) {
  if (done.arg != join_round_) return;
  join_in_flight_ = false;
  if (state_ != State::CompletingRebalance) return;  // a heartbeat's error has reset the generation meanwhile
  if (done.disconnected) {
    rejoin("rebalance failed due to DisconnectException");
    retry_later(ctx);
    return;
  }
  const auto& r = protocol::get<protocol::SyncGroupResponse>(*done.body);
  if (r.error == ErrorCode::NONE) {
    ConsumerMetrics& metrics = parts.stats.metrics.consumer;
    ++metrics.sync_total;
    ++metrics.rebalance_total;
    metrics.rebalance_latency.record((ctx.now() - std::exchange(metrics.rebalance_began, sim::kNever)).us, ctx.now());
    state_ = State::Stable;
    rejoin_needed_ = false;
    rejoin_reason_.clear();
    needs_prepare_ = true;
    synced_ = r.assignment;
    return;
  }
  parts.stats.error(ctx, r.error);
  const std::string failed = "rebalance failed due to " + exception_name(r.error);
  rejoin(failed);
  switch (r.error) {
    case ErrorCode::REBALANCE_IN_PROGRESS: break;
    case ErrorCode::UNKNOWN_MEMBER_ID: reset_generation(true, failed); break;
    case ErrorCode::ILLEGAL_GENERATION: reset_generation(false, failed); break;
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
      coordinator_unknown(ctx, parts);
      retry_later(ctx);
      break;
    case ErrorCode::FENCED_INSTANCE_ID: fenced_ = true; break;
    default:
      if (!protocol::retriable(r.error)) fatal_ = exception_name(r.error);
      retry_later(ctx);
      break;
  }
}

// Kafka: ConsumerCoordinator.onJoinComplete.
void GroupMember::on_assigned(Ctx& ctx, GroupParts& parts, const std::vector<TopicPartition>& assignment) {
  joined_generation_ = generation_;
  joined_member_id_ = member_id_;
  // subscribe() has changed meanwhile: the assignment is obsolete, and the next poll() joins again.
  if (!std::all_of(assignment.begin(), assignment.end(), [&](TopicPartition p) { return subscribed(parts, p); })) {
    rejoin("received assignment does not match the current subscription");
    return;
  }
  std::vector<TopicPartition> gone = parts.subscriptions.partitions(), added;
  for (const TopicPartition p : assignment)
    if (std::erase(gone, p) == 0) added.push_back(p);
  if (!gone.empty()) {
    give_up(ctx, parts, gone, Trace::PartitionsRevoked);
    rejoin("need to revoke partitions and re-join");
  }
  previous_ = assignment;
  previous_generation_ = generation_;
  parts.subscriptions.assign(assignment);
  if (options_.as_in_2_5) parts.subscriptions.order_as_java(parts.core.metadata);
  auto_commit_due_ = ctx.now() + options_.auto_commit_interval;
  tell_partitions<fact::PartitionsAssigned>(ctx, generation_, added, parts.core.metadata);
}

}  // namespace kafkascope::client
