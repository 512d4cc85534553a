#include "coordinator/consumer_group.h"

#include <algorithm>
#include <set>

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::TopicPartition;

std::string_view name(MemberState state) {
  switch (state) {
    case MemberState::Stable: return "STABLE";
    case MemberState::UnrevokedPartitions: return "UNREVOKED_PARTITIONS";
    case MemberState::UnreleasedPartitions: return "UNRELEASED_PARTITIONS";
  }
  return "?";
}

std::string_view name(ConsumerGroupState state) {
  switch (state) {
    case ConsumerGroupState::Empty: return "Empty";
    case ConsumerGroupState::Assigning: return "Assigning";
    case ConsumerGroupState::Reconciling: return "Reconciling";
    case ConsumerGroupState::Stable: return "Stable";
    case ConsumerGroupState::Dead: return "Dead";
  }
  return "?";
}

std::string_view state_name(std::int64_t code) {
  return code < kFirstConsumerStateCode ? name(static_cast<GroupState>(code)) : name(static_cast<ConsumerGroupState>(code - kFirstConsumerStateCode));
}
bool is_stable(std::int64_t code) { return code == static_cast<std::int64_t>(GroupState::Stable) || code == state_code(ConsumerGroupState::Stable); }

const ConsumerGroupMember* ConsumerGroup::member(std::string_view member_id) const {
  const auto it = members_.find(member_id);
  return it == members_.end() ? nullptr : &it->second;
}

const ConsumerGroupMember* ConsumerGroup::static_member(std::string_view instance_id) const {
  if (instance_id.empty()) return nullptr;
  for (const auto& [id, m] : members_)
    if (m.instance_id == instance_id) return &m;
  return nullptr;
}

const Partitions& ConsumerGroup::target(std::string_view member_id) const {
  static const Partitions kNone;
  const auto it = targets_.find(member_id);
  return it == targets_.end() ? kNone : it->second;
}

bool ConsumerGroup::homogeneous() const {
  return std::all_of(members_.begin(), members_.end(),
                     [&](const auto& m) { return m.second.subscribed_topic_names == members_.begin()->second.subscribed_topic_names; });
}

std::vector<std::string> ConsumerGroup::subscribed_topics() const {
  std::set<std::string> topics;
  for (const auto& [id, m] : members_) topics.insert(m.subscribed_topic_names.begin(), m.subscribed_topic_names.end());
  return {topics.begin(), topics.end()};
}

bool ConsumerGroup::is_subscribed_to(std::string_view topic) const {
  return std::any_of(members_.begin(), members_.end(), [&](const auto& m) {
    const auto& names = m.second.subscribed_topic_names;
    return std::find(names.begin(), names.end(), topic) != names.end();
  });
}

std::string ConsumerGroup::preferred_assignor(const std::string& otherwise) const {
  std::map<std::string, int> votes;
  for (const auto& [id, m] : members_)
    if (!m.server_assignor.empty()) ++votes[m.server_assignor];
  const auto best = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return best == votes.end() ? otherwise : best->first;
}

std::int32_t ConsumerGroup::current_partition_epoch(TopicPartition p) const {
  for (const auto& [id, m] : members_)
    if (std::binary_search(m.assigned.begin(), m.assigned.end(), p) || std::binary_search(m.pending_revocation.begin(), m.pending_revocation.end(), p))
      return m.member_epoch;
  return -1;
}

ErrorCode ConsumerGroup::validate_offset_commit(std::string_view member_id, std::int32_t epoch) const {
  // assign(), or an administrator: no membership, so nobody may be at work.
  if (epoch < 0 && members_.empty()) return ErrorCode::NONE;
  const ConsumerGroupMember* m = member(member_id);
  if (m == nullptr) return ErrorCode::UNKNOWN_MEMBER_ID;
  return epoch == m->member_epoch ? ErrorCode::NONE : ErrorCode::STALE_MEMBER_EPOCH;
}

ErrorCode ConsumerGroup::validate_offset_fetch(std::string_view member_id, std::int32_t epoch) const {
  if (member_id.empty() && epoch < 0) return ErrorCode::NONE;
  const ConsumerGroupMember* m = member(member_id);
  if (m == nullptr) return ErrorCode::UNKNOWN_MEMBER_ID;
  return epoch == m->member_epoch ? ErrorCode::NONE : ErrorCode::STALE_MEMBER_EPOCH;
}

ConsumerGroupState ConsumerGroup::computed_state() const {
  if (members_.empty()) return ConsumerGroupState::Empty;
  if (group_epoch_ > assignment_epoch_) return ConsumerGroupState::Assigning;
  const bool there = std::all_of(members_.begin(), members_.end(), [&](const auto& m) { return m.second.reconciled_to(assignment_epoch_); });
  return there ? ConsumerGroupState::Stable : ConsumerGroupState::Reconciling;
}

void ConsumerGroup::set_state(ConsumerGroupState next, sim::Instant now) {
  previous_state_ = state_;
  state_ = next;
  state_since_ = now;
}

void ConsumerGroup::remove_target(std::string_view member_id) {
  if (const auto it = targets_.find(member_id); it != targets_.end()) targets_.erase(it);
}
void ConsumerGroup::remove_member(std::string_view member_id) {
  if (const auto it = members_.find(member_id); it != members_.end()) members_.erase(it);
}

}  // namespace kafkascope::coordinator
