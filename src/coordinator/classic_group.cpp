#include "coordinator/classic_group.h"
#include "sim/mutant.h"

#include <algorithm>

namespace kafkascope::coordinator {

using protocol::ErrorCode;

std::string_view name(GroupState state) {
  switch (state) {
    case GroupState::Empty: return "Empty";
    case GroupState::PreparingRebalance: return "PreparingRebalance";
    case GroupState::CompletingRebalance: return "CompletingRebalance";
    case GroupState::Stable: return "Stable";
    case GroupState::Dead: return "Dead";
  }
  return "?";
}

protocol::Subscription ClassicGroupMember::metadata(std::string_view protocol) const {
  for (const auto& p : protocols)
    if (p.name == protocol) return p.metadata;
  return {};
}

ClassicGroupMember* ClassicGroup::member(std::string_view id) {
  auto it = members_.find(id);
  return it == members_.end() ? nullptr : &it->second;
}
const ClassicGroupMember* ClassicGroup::member(std::string_view id) const {
  auto it = members_.find(id);
  return it == members_.end() ? nullptr : &it->second;
}

std::string ClassicGroup::static_member_id(std::string_view instance_id) const {
  auto it = static_members_.find(instance_id);
  return it == static_members_.end() ? std::string() : it->second;
}

int ClassicGroup::awaiting_join_count() const {
  return static_cast<int>(std::count_if(members_.begin(), members_.end(),
                                        [](const auto& m) { return m.second.awaiting_join.has_value(); }));
}

bool ClassicGroup::all_members_joined() const {
  return pending_members_.empty() && awaiting_join_count() == static_cast<int>(members_.size());
}

std::vector<std::string> ClassicGroup::not_yet_rejoined_dynamic_members() const {
  std::vector<std::string> ids;
  for (const auto& [id, m] : members_)
    if (!m.awaiting_join && !m.is_static()) ids.push_back(id);
  return ids;
}

std::int32_t ClassicGroup::rebalance_timeout_ms() const {
  std::int32_t largest = 0;
  for (const auto& [id, m] : members_) largest = std::max(largest, m.rebalance_timeout_ms);
  return largest;
}

namespace {
bool speaks(const ClassicGroupMember& member, std::string_view protocol) {
  return std::any_of(member.protocols.begin(), member.protocols.end(),
                     [&](const auto& p) { return p.name == protocol; });
}
}  // namespace

bool ClassicGroup::supports(std::string_view protocol_type,
                            const std::vector<protocol::JoinProtocol>& protocols) const {
  if (state_ == GroupState::Empty) return !protocol_type.empty() && !protocols.empty();
  if (protocol_type.empty() || protocol_type != protocol_type_) return false;
  return std::any_of(protocols.begin(), protocols.end(), [&](const auto& p) {
    return std::all_of(members_.begin(), members_.end(), [&](const auto& m) { return speaks(m.second, p.name); });
  });
}

std::string ClassicGroup::select_protocol() const {
  std::map<std::string, int> votes;
  for (const auto& [id, voter] : members_) {
    for (const auto& p : voter.protocols) {
      if (std::all_of(members_.begin(), members_.end(), [&](const auto& m) { return speaks(m.second, p.name); })) {
        ++votes[p.name];
        break;
      }
    }
  }
  std::string best;
  int most = 0;
  for (const auto& [name, count] : votes) {
    if (count > most) {
      best = name;
      most = count;
    }
  }
  return best;
}

ErrorCode ClassicGroup::validate_member(std::string_view member_id, std::string_view instance_id) const {
  if (!instance_id.empty()) {
    const std::string known = static_member_id(instance_id);
    if (known.empty()) return ErrorCode::UNKNOWN_MEMBER_ID;
    if (known != member_id && !sim::mutant("fenced-instance-accepted")) return ErrorCode::FENCED_INSTANCE_ID;
  }
  return has_member(member_id) ? ErrorCode::NONE : ErrorCode::UNKNOWN_MEMBER_ID;
}

ErrorCode ClassicGroup::validate_offset_commit(std::string_view member_id, std::string_view instance_id,
                                               std::int32_t generation) const {
  if (state_ == GroupState::Dead) return ErrorCode::COORDINATOR_NOT_AVAILABLE;
  // A consumer with assign(), or an administrator: it has no membership, so it may commit only while the group is
  // empty.
  if (generation < 0 && state_ == GroupState::Empty) return ErrorCode::NONE;
  if (generation >= 0 || !member_id.empty() || !instance_id.empty()) {
    if (ErrorCode e = validate_member(member_id, instance_id); e != ErrorCode::NONE) return e;
    if (generation != generation_ && !sim::mutant("generation-unchecked")) return ErrorCode::ILLEGAL_GENERATION;
  } else {
    return ErrorCode::UNKNOWN_MEMBER_ID;
  }
  // The member has joined the new generation but cannot have its assignment yet: it commits too late for partitions of
  // the old generation.
  if (state_ == GroupState::CompletingRebalance) return ErrorCode::REBALANCE_IN_PROGRESS;
  return ErrorCode::NONE;
}

ErrorCode ClassicGroup::validate_transactional_offset_commit(std::string_view member_id, std::string_view instance_id,
                                                             std::int32_t generation) const {
  if (state_ == GroupState::Dead) return ErrorCode::COORDINATOR_NOT_AVAILABLE;
  if (generation < 0 && (state_ == GroupState::Empty || (member_id.empty() && instance_id.empty())))
    return ErrorCode::NONE;
  if (ErrorCode e = validate_member(member_id, instance_id); e != ErrorCode::NONE) return e;
  return generation == generation_ ? ErrorCode::NONE : ErrorCode::ILLEGAL_GENERATION;
}

ErrorCode ClassicGroup::validate_offset_delete() const {
  if (state_ == GroupState::Dead) return ErrorCode::GROUP_ID_NOT_FOUND;
  return state_ == GroupState::Empty || protocol_type_ == "consumer" ? ErrorCode::NONE : ErrorCode::NON_EMPTY_GROUP;
}

ErrorCode ClassicGroup::validate_delete() const {
  if (state_ == GroupState::Dead) return ErrorCode::GROUP_ID_NOT_FOUND;
  return state_ == GroupState::Empty ? ErrorCode::NONE : ErrorCode::NON_EMPTY_GROUP;
}

bool ClassicGroup::is_subscribed_to(const std::string& topic) const {
  return subscribed_topics_ ? subscribed_topics_->contains(topic) : protocol_type_ == "consumer";
}

void ClassicGroup::note_subscriptions() {
  subscribed_topics_.reset();
  if (protocol_type_ != "consumer" || (protocol_name_.empty() && !members_.empty())) return;
  std::set<std::string, std::less<>> all;
  for (const auto& [id, member] : members_)
    for (const std::string& topic : member.metadata(protocol_name_).topics) all.insert(topic);
  subscribed_topics_ = std::move(all);
}

std::vector<protocol::JoinGroupMember> ClassicGroup::join_members() const {
  std::vector<protocol::JoinGroupMember> list;
  for (const auto& [id, m] : members_) list.push_back({id, m.group_instance_id, m.metadata(protocol_name_)});
  return list;
}

void ClassicGroup::set_state(GroupState next, GroupCause cause, sim::Instant now) {
  previous_state_ = state_;
  state_ = next;
  state_since_ = now;
  cause_ = std::move(cause);
}

void ClassicGroup::add(ClassicGroupMember member) {
  const std::string id = member.member_id;
  if (member.is_static()) static_members_[member.group_instance_id] = id;
  if (members_.empty()) protocol_type_ = member.protocol_type;
  if (leader_.empty()) leader_ = id;
  pending_members_.erase(id);
  members_.insert_or_assign(id, std::move(member));
}

void ClassicGroup::remove(std::string_view member_id) {
  const std::string id(member_id);
  if (auto it = members_.find(id); it != members_.end()) {
    if (it->second.is_static()) static_members_.erase(it->second.group_instance_id);
    members_.erase(it);
  }
  if (is_leader(id)) leader_ = members_.empty() ? std::string() : members_.begin()->first;
  pending_members_.erase(id);
  pending_sync_members_.erase(id);
}

void ClassicGroup::remove_pending_sync(std::string_view member_id) {
  if (auto it = pending_sync_members_.find(member_id); it != pending_sync_members_.end())
    pending_sync_members_.erase(it);
}

ClassicGroupMember ClassicGroup::replace_static_member(std::string_view instance_id, const std::string& new_member_id) {
  const std::string old_id = static_member_id(instance_id);
  auto it = members_.find(old_id);
  ClassicGroupMember old = it->second;
  members_.erase(it);
  ClassicGroupMember next = old;
  next.member_id = new_member_id;
  next.awaiting_join.reset();
  next.awaiting_sync.reset();
  next.is_new = false;
  members_.insert_or_assign(new_member_id, std::move(next));
  if (is_leader(old_id)) leader_ = new_member_id;
  static_members_[std::string(instance_id)] = new_member_id;
  return old;
}

bool ClassicGroup::elect_joined_leader() {
  const ClassicGroupMember* leader = member(leader_);
  if (!leader) return false;
  if (leader->awaiting_join) return true;
  for (const auto& [id, m] : members_) {
    if (m.awaiting_join) {
      leader_ = id;
      return true;
    }
  }
  return false;
}

void ClassicGroup::init_next_generation() {
  ++generation_;
  protocol_name_ = members_.empty() ? std::string() : select_protocol();
  if (!members_.empty()) ++rebalances_;
  note_subscriptions();
  pending_sync_members_.clear();
}

void ClassicGroup::restore(GroupState state, std::int32_t generation, std::string protocol_type,
                           std::string protocol_name, std::string leader, sim::Instant now) {
  state_ = state;
  previous_state_ = GroupState::Dead;
  state_since_ = now;
  cause_ = {fact::GroupReason::Loaded};
  generation_ = generation;
  protocol_type_ = std::move(protocol_type);
  protocol_name_ = std::move(protocol_name);
  leader_ = std::move(leader);
}

}  // namespace kafkascope::coordinator
