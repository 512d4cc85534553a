#include "client/consumer_membership.h"

#include <utility>

#include "protocol/uuid.h"

namespace kafkascope::client {

void ConsumerMembership::join(sim::Random& random) {
  if (member_id_.empty()) member_id_ = protocol::random_uuid(random);
  epoch_ = protocol::kJoinGroupEpoch;
  state_ = State::Joining;
  current_ = target_ = {};
  sent_ = {};
}

void ConsumerMembership::on_reconciled(Assignment assignment) {
  current_ = std::move(assignment);
  state_ = State::Acknowledging;
}

protocol::ConsumerGroupHeartbeatRequest ConsumerMembership::leave(bool stale) {
  protocol::ConsumerGroupHeartbeatRequest r;
  r.group_id = identity_.group_id;
  r.member_id = member_id_;
  r.client_id = identity_.client_id;
  r.instance_id = identity_.instance_id;
  r.member_epoch = identity_.instance_id.empty() ? protocol::kLeaveGroupEpoch : protocol::kLeaveGroupStaticEpoch;
  state_ = stale ? State::Stale : State::Unsubscribed;
  epoch_ = r.member_epoch;
  current_ = target_ = {};
  sent_ = {};
  return r;
}

protocol::ConsumerGroupHeartbeatRequest ConsumerMembership::heartbeat(
    const std::set<std::string, std::less<>>& topics) {
  protocol::ConsumerGroupHeartbeatRequest r;
  r.group_id = identity_.group_id;
  r.member_id = member_id_;
  r.member_epoch = epoch_;
  r.instance_id = identity_.instance_id;
  r.client_id = identity_.client_id;
  const bool all = state_ == State::Joining;
  if (all || !sent_.rebalance_timeout) r.rebalance_timeout_ms = identity_.rebalance_timeout_ms;
  if (all || !sent_.topics || *sent_.topics != topics) {
    r.has_subscription = true;
    r.subscribed_topic_names.assign(topics.begin(), topics.end());
  }
  if (all || !sent_.assignor) r.server_assignor = identity_.server_assignor;
  if (all || !sent_.owned || *sent_.owned != current_) {
    r.has_owned = true;
    r.topic_partitions = current_.partitions;
  }
  sent_.rebalance_timeout = sent_.assignor = true;
  sent_.topics = topics;
  sent_.owned = current_;
  if (state_ == State::Acknowledging) state_ = current_ == target_ ? State::Stable : State::Reconciling;
  return r;
}

void ConsumerMembership::on_answer(const protocol::ConsumerGroupHeartbeatResponse& response) {
  if (!in_group()) return;
  epoch_ = response.member_epoch;
  if (epoch_ > 0) joined_epoch_ = epoch_;
  if (!response.has_assignment) return;
  if (target_.number < 0 || target_.partitions != response.assignment)
    target_ = {target_.number + 1, response.assignment};
  if (current_ != target_) state_ = State::Reconciling;
  else if (state_ == State::Reconciling || state_ == State::Joining) state_ = State::Stable;
}

}  // namespace kafkascope::client
