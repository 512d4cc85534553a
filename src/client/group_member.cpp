#include "client/group_member.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/fetcher.h"
#include "protocol/endpoint.h"
#include "protocol/facts_of_clients.h"
#include "protocol/trace_kinds.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::TopicPartition;
using protocol::Trace;
using sim::Instant;

namespace {
std::string protocol_name(std::string_view class_name) {
  if (class_name.find("CooperativeSticky") != std::string_view::npos) return "cooperative-sticky";
  if (class_name.find("RoundRobin") != std::string_view::npos) return "roundrobin";
  if (class_name.find("Sticky") != std::string_view::npos) return "sticky";
  if (class_name.find("Range") != std::string_view::npos) return "range";
  return std::string(class_name);
}

bool subscribed(const GroupParts& parts, TopicPartition p) {
  const std::string_view name = parts.core.metadata.name_of(p.topic);
  return name.empty() || parts.subscriptions.topics.contains(name);
}
}  // namespace

GroupOptions GroupOptions::from(const Config& config, std::string client_id) {
  GroupOptions o;
  const auto ms = [&](std::string_view key) { return sim::milliseconds(config.number(key)); };
  o.group_id = config.text("group.id");
  o.instance_id = config.text("group.instance.id");
  o.client_id = std::move(client_id);
  o.session_timeout = ms("session.timeout.ms");
  o.heartbeat_interval = ms("heartbeat.interval.ms");
  o.max_poll_interval = ms("max.poll.interval.ms");
  o.auto_commit_interval = ms("auto.commit.interval.ms");
  o.request_timeout = ms("request.timeout.ms");
  o.api_timeout = ms("default.api.timeout.ms");
  o.auto_commit = config.flag("enable.auto.commit") && !o.group_id.empty();
  // Simplified: strategies that the simulator does not implement are left out of the JoinGroup.
  for (const std::string& c : config.list("partition.assignment.strategy"))
    if (const std::string name = protocol_name(c); has_assignor(name)) o.assignors.push_back(name);
  if (o.assignors.empty()) o.assignors.push_back("range");
  o.cooperative = std::all_of(o.assignors.begin(), o.assignors.end(), is_cooperative);
  const bool old = config.version() == protocol::KafkaVersion::V2_5;
  if (!old && !o.group_id.empty() && config.text("group.protocol") == "consumer") {
    o.newer = true;
    o.remote_assignor = config.text("group.remote.assignor");
  }
  o.as_in_2_5 = old;
  o.retry_backoff = {ms("retry.backoff.ms"), old ? ms("retry.backoff.ms") : ms("retry.backoff.max.ms")};
  return o;
}

// ---- the coordinator

void GroupMember::lookup_coordinator(Ctx& ctx, GroupParts& parts) {
  if (membership_)
    lookup_after_ = std::max(lookup_after_, pause_after_lookup_.until(ctx.now(), options_.retry_backoff,
                                                                      ctx.random(sim::Stream::RetryBackoff)));
  if (lookup_in_flight_ || ctx.now() < lookup_after_) return;
  const ClientNode node = parts.core.least_loaded(ctx);
  if (node.id == kNoNode) {
    parts.core.metadata.request_update();  // no node is available; the metadata update's own reconnecting will find one
    return;
  }
  if (!parts.core.network.ready(ctx, node)) return;
  protocol::FindCoordinatorRequest r;
  r.key = options_.group_id;
  lookup_in_flight_ = parts.core.network.send(ctx, node.id, std::move(r), kFindCoordinatorPurpose, 0);
  looked_up_ = ctx.now();
}

bool GroupMember::coordinator_ready(Ctx& ctx, GroupParts& parts) {
  if (!coordinator_) {
    lookup_coordinator(ctx, parts);
    return false;
  }
  if (parts.core.network.backing_off(coordinator_->id, ctx.now())) {
    // The coordinator was found but is unreachable: it is looked up again after a pause
    // (AbstractCoordinator.ensureCoordinatorReady).
    coordinator_unknown(ctx, parts, true);
    lookup_after_ = ctx.now() + options_.retry_backoff.after(lookup_attempts_++, ctx.random(sim::Stream::RetryBackoff));
    return false;
  }
  return parts.core.network.ready(ctx, *coordinator_);
}

void GroupMember::coordinator_unknown(Ctx& ctx, GroupParts& parts, bool disconnected) {
  if (!coordinator_) return;
  const ClientNode old = *coordinator_;
  coordinator_.reset();
  if (disconnected) return;
  for (const Completed& done : parts.core.network.disconnect(ctx, old.id)) on_completed(ctx, parts, done);
}

void GroupMember::on_connection_lost(Ctx& ctx, const ClientCore& core) {
  if (coordinator_ && core.network.backing_off(coordinator_->id, ctx.now())) coordinator_.reset();
}

// ---- joining

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

bool GroupMember::poll(Ctx& ctx, GroupParts parts, std::string& thrown) {
  if (!fatal_.empty()) {
    thrown = std::exchange(fatal_, {});
    return false;
  }
  if (!has_group() || parts.subscriptions.topics.empty()) {
    if (options_.auto_commit && auto_commit_due_ == sim::kNever)
      auto_commit_due_ = ctx.now() + options_.auto_commit_interval;
  } else if (membership_) {
    if (!poll_newer(ctx, parts)) return false;
  } else {
    if (fenced_) return false;
    if (!coordinator_ready(ctx, parts)) {
      // Partitions are given up as soon as the coordinator is known; only the request waits for the connection
      // (AbstractCoordinator.joinGroupIfNeeded).
      if (coordinator_ && rejoin_needed_ && needs_prepare_ && !join_in_flight_ && ctx.now() >= join_after_)
        prepare_join(ctx, parts);
      return false;
    }
    if (synced_) on_assigned(ctx, parts, *std::exchange(synced_, std::nullopt));
    if (is_leader_ && state_ == State::Stable && metadata_changed(parts.core.metadata))
      rejoin_if_not_asked("cached metadata has changed");
    if (state_ == State::Stable && joined_topics_ != parts.subscriptions.topics)
      rejoin_if_not_asked("subscription has changed");
    if (join_in_flight_) return false;
    if (rejoin_needed_) {
      if (ctx.now() < join_after_) return false;
      if (needs_prepare_ && !prepare_join(ctx, parts)) return false;
      send_join(ctx, parts);
      return false;
    }
  }
  // The KIP-848 consumer sends no auto commit while another is in flight (AutoCommitState.shouldAutoCommit); the
  // classic consumer does.
  const bool under_way =
      membership_ && (commit_pending(CommitKind::Auto) || commit_pending(CommitKind::BeforeRebalance));
  if (options_.auto_commit && ctx.now() >= auto_commit_due_ && !under_way) {
    auto_commit_due_ = ctx.now() + options_.auto_commit_interval;
    commit(ctx, parts, CommitKind::Auto, parts.subscriptions.all_consumed());
  }
  return true;
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
  parts.core.network.send(ctx, coordinator_->id, std::move(r), kJoinPurpose, ++join_round_, true, timeout);
}

AssignableTopics GroupMember::topics_for(const std::vector<protocol::JoinGroupMember>& members,
                                         const MetadataCache& metadata) const {
  AssignableTopics topics;
  for (const protocol::JoinGroupMember& m : members)
    for (const std::string& name : m.metadata.topics)
      if (const BelievedTopic* t = metadata.topic(name))
        topics[name] = {t->id, static_cast<std::int32_t>(t->partitions.size())};
  return topics;
}

bool GroupMember::metadata_changed(const MetadataCache& metadata) const {
  for (const auto& [name, then] : assigned_by_) {
    const BelievedTopic* t = metadata.topic(name);
    if (!t || t->id != then.id || static_cast<std::int32_t>(t->partitions.size()) != then.partitions) return true;
  }
  return std::any_of(metadata.topics().begin(), metadata.topics().end(), [&](const auto& t) {
    return metadata.wanted().contains(t.first) && !assigned_by_.contains(t.first);
  });
}

/// The leader tracks exactly the topics of all members (SubscriptionState.groupSubscribe).
void GroupMember::watch_topics(GroupParts& parts, const std::vector<protocol::JoinGroupMember>& members) {
  std::set<std::string, std::less<>> topics = parts.subscriptions.topics;
  for (const protocol::JoinGroupMember& m : members) topics.insert(m.metadata.topics.begin(), m.metadata.topics.end());
  parts.core.metadata.set_topics({topics.begin(), topics.end()});
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
      !coordinator_) {  // a heartbeat has reset the generation, or the connection is lost
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
      coordinator_unknown(ctx, parts, false);
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
  parts.core.network.send(ctx, coordinator_->id, std::move(r), kSyncPurpose, join_round_);
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
      coordinator_unknown(ctx, parts, false);
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

GroupMetadata GroupMember::metadata() const {
  const bool newer = membership_.has_value();
  return {options_.group_id, newer ? membership_->joined_epoch() : joined_generation_,
          newer ? membership_->member_id() : joined_member_id_, options_.instance_id};
}

// ---- heartbeats and leaving

void GroupMember::background(Ctx& ctx, GroupParts parts, bool polling, Instant last_poll) {
  if (!has_group()) return;
  if (membership_) {
    background_newer(ctx, parts, polling, last_poll);
    send_commits(ctx, parts);
    send_leave(ctx, parts);
    return;
  }
  share_out_when_known(ctx, parts);
  poll_deadline_ = polling || !heartbeats() ? sim::kNever : last_poll + options_.max_poll_interval;
  if (heartbeats() && !fenced_) {
    if (!coordinator_) {
      lookup_coordinator(ctx, parts);
    } else if (ctx.now() >= session_deadline_) {
      coordinator_unknown(ctx, parts, false);
    } else if (ctx.now() >= poll_deadline_ && !sim::mutant("max-poll-interval-unenforced")) {
      // The application has not called poll() in time: the member leaves, so that other members get its partitions
      // (KIP-62). The thread that sends heartbeats waits for retry.backoff.ms after it has asked for the coordinator,
      // and as long as the connection may not be tried again (HeartbeatThread.run, checkAndGetCoordinator).
      const bool unavailable = parts.core.network.backing_off(coordinator_->id, ctx.now());
      if (unavailable && ctx.now() >= looks_again_)
        looks_again_ = std::max(looked_up_ + options_.retry_backoff.initial, ctx.now() + sim::microseconds(1));
      if (ctx.now() >= looks_again_) {
        leave(ctx, parts, "consumer poll timeout has expired.");
        reset_generation(true, "consumer pro-actively leaving the group");
        poll_deadline_ = sim::kNever;
      }
    } else if (ctx.now() >= heartbeat_due_ && coordinator_ready(ctx, parts)) {
      protocol::HeartbeatRequest r;
      r.group_id = options_.group_id;
      r.generation_id = generation_;
      r.member_id = member_id_;
      r.group_instance_id = options_.instance_id;
      heartbeat_due_ = ctx.now() + options_.heartbeat_interval;
      parts.core.network.send(ctx, coordinator_->id, std::move(r), kHeartbeatPurpose,
                              static_cast<std::uint64_t>(generation_));
    }
  }
  send_commits(ctx, parts);
  send_leave(ctx, parts);
}

void GroupMember::on_heartbeat(Ctx& ctx, GroupParts& parts, const Completed& done) {
  // 2.5 applies a response to the current generation, even if the heartbeat was for another one.
  const bool current = options_.as_in_2_5 || (heartbeats() && done.arg == static_cast<std::uint64_t>(generation_));
  const auto fail = [&] {
    heartbeat_due_ =
        ctx.now() + options_.retry_backoff.after(heartbeat_attempts_++, ctx.random(sim::Stream::RetryBackoff));
  };
  if (done.disconnected) {
    fail();
    return;
  }
  const ErrorCode error = protocol::get<protocol::HeartbeatResponse>(*done.body).error;
  ++parts.stats.metrics.consumer.heartbeat_total;
  if (error == ErrorCode::NONE || error == ErrorCode::REBALANCE_IN_PROGRESS) {
    session_deadline_ = ctx.now() + options_.session_timeout;
    heartbeat_attempts_ = 0;
  }
  if (error == ErrorCode::NONE) return;
  parts.stats.error(ctx, error);
  switch (error) {
    case ErrorCode::REBALANCE_IN_PROGRESS:
      if (current && (state_ == State::Stable || options_.as_in_2_5)) rejoin("group is already rebalancing");
      break;
    case ErrorCode::ILLEGAL_GENERATION:
    case ErrorCode::UNKNOWN_MEMBER_ID:
      if (current)
        reset_generation(error == ErrorCode::UNKNOWN_MEMBER_ID,
                         fmt::format("encountered {} from HEARTBEAT response", protocol::name(error)));
      break;
    case ErrorCode::FENCED_INSTANCE_ID:
      if (current) fenced_ = true;
      break;
    case ErrorCode::NOT_COORDINATOR:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
      fail();
      coordinator_unknown(ctx, parts, false);
      break;
    default: fail(); break;
  }
}

bool GroupMember::leave(Ctx& ctx, GroupParts parts, const std::string& reason) {
  if (membership_) return leave_newer(ctx, parts, false);
  if (sim::mutant("leave-not-sent") || !options_.instance_id.empty() || state_ == State::Unjoined ||
      member_id_.empty() || !coordinator_)
    return false;
  protocol::LeaveGroupRequest r;
  r.group_id = options_.group_id;
  r.member_id = member_id_;
  r.reason = reason;
  leave_unsent_ = UnsentLeave{*coordinator_, std::move(r), ctx.now() + options_.request_timeout};
  send_leave(ctx, parts);
  return leave_pending();
}

/// A leave request waits until the connection to its node is ready, and is dropped if the connection fails
/// (ConsumerNetworkClient).
void GroupMember::send_leave(Ctx& ctx, GroupParts& parts) {
  if (!leave_unsent_) return;
  if (parts.core.network.backing_off(leave_unsent_->node.id, ctx.now()) || ctx.now() >= leave_unsent_->deadline) {
    leave_unsent_.reset();
    return;
  }
  if (!parts.core.network.ready(ctx, leave_unsent_->node)) return;
  leave_pending_ =
      parts.core.network.send(ctx, leave_unsent_->node.id, std::move(leave_unsent_->request), kLeavePurpose, 0);
  leave_unsent_.reset();
}

bool GroupMember::on_completed(Ctx& ctx, GroupParts parts, const Completed& done) {
  // The connection to the coordinator was lost: the coordinator is looked up again
  // (CoordinatorResponseHandler.onFailure).
  if (done.disconnected && coordinator_ && done.node == coordinator_->id) coordinator_.reset();
  switch (done.purpose) {
    case kFindCoordinatorPurpose: {
      lookup_in_flight_ = false;
      const auto* r = done.disconnected ? nullptr : protocol::get_if<protocol::FindCoordinatorResponse>(done.body);
      if (r && r->error == ErrorCode::NONE) {
        coordinator_ = ClientNode{kCoordinatorBase - r->node_id, protocol::located(r->endpoint, ctx.self())};
        lookup_attempts_ = 0;
        pause_after_lookup_.succeeded(ctx.now());
        session_deadline_ = ctx.now() + options_.session_timeout;
      } else {
        if (r) parts.stats.error(ctx, r->error);
        if (r && r->error == ErrorCode::GROUP_AUTHORIZATION_FAILED) fatal_ = exception_name(r->error);
        lookup_after_ =
            ctx.now() + options_.retry_backoff.after(lookup_attempts_++, ctx.random(sim::Stream::RetryBackoff));
      }
      return true;
    }
    case kJoinPurpose: on_joined(ctx, parts, done); return true;
    case kSyncPurpose: on_synced(ctx, parts, done); return true;
    case kHeartbeatPurpose:
      membership_ ? on_heartbeat_newer(ctx, parts, done) : on_heartbeat(ctx, parts, done);
      return true;
    case kCommitPurpose: on_commit(ctx, parts, done); return true;
    case kOffsetFetchPurpose: on_offsets(ctx, parts, done); return true;
    case kLeavePurpose: leave_pending_ = false; return true;
    default: return false;
  }
}

Instant GroupMember::next_wake(Instant now, bool polling) const {
  Instant due = sim::kNever;
  const auto at = [&](Instant t) {
    if (t > now) due = std::min(due, t);
  };
  if (!has_group()) return due;
  if (membership_) {
    at(next_wake_newer());
  } else if (heartbeats() && !fenced_) {
    at(heartbeat_due_);
    at(session_deadline_);
    at(poll_deadline_);
  }
  at(lookup_after_);
  at(looks_again_);
  at(offset_fetch_after_);
  if (leave_unsent_) at(leave_unsent_->deadline);
  if (polling) {
    at(join_after_);
    if (options_.auto_commit) at(auto_commit_due_);
    if (preparing_) at(prepare_deadline_);
  }
  at(commits_.next_time(now));
  return due;
}

}  // namespace kafkascope::client
