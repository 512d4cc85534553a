#include "coordinator/consumer_group.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "coordinator/share_group.h"
#include "sim/mutant.h"

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
  if (code >= kFirstShareStateCode) return name(static_cast<ShareGroupState>(code - kFirstShareStateCode));
  return code < kFirstConsumerStateCode ? name(static_cast<GroupState>(code))
                                        : name(static_cast<ConsumerGroupState>(code - kFirstConsumerStateCode));
}
bool is_stable(std::int64_t code) {
  return code == static_cast<std::int64_t>(GroupState::Stable) || code == state_code(ConsumerGroupState::Stable) ||
         code == state_code(ShareGroupState::Stable);
}

const ConsumerGroupMember* ConsumerGroup::static_member(std::string_view instance_id) const {
  if (instance_id.empty()) return nullptr;
  for (const auto& [id, m] : members())
    if (m.instance_id == instance_id) return &m;
  return nullptr;
}

bool ConsumerGroup::homogeneous() const {
  if (members().empty()) return true;
  const ConsumerGroupMember& first = members().begin()->second;
  // A mix of names and an expression counts as heterogeneous, even if all members have the same mix.
  if (!first.subscribed_topic_regex.empty() && !first.subscribed_topic_names.empty()) return false;
  return std::all_of(members().begin(), members().end(), [&](const auto& m) {
    return m.second.subscribed_topic_names == first.subscribed_topic_names &&
           m.second.subscribed_topic_regex == first.subscribed_topic_regex;
  });
}

std::vector<std::string> ConsumerGroup::topics_of(const ConsumerGroupMember& member) const {
  const auto resolved = regexes_.find(member.subscribed_topic_regex);
  if (resolved == regexes_.end()) return member.subscribed_topic_names;
  std::vector<std::string> all;
  std::set_union(member.subscribed_topic_names.begin(), member.subscribed_topic_names.end(),
                 resolved->second.topics.begin(), resolved->second.topics.end(), std::back_inserter(all));
  return all;
}

bool ConsumerGroup::is_subscribed_to(std::string_view topic) const {
  return std::any_of(members().begin(), members().end(), [&](const auto& m) {
    const auto names = topics_of(m.second);
    return std::find(names.begin(), names.end(), topic) != names.end();
  });
}

std::vector<std::string> ConsumerGroup::subscribed_regexes() const {
  std::set<std::string> all;
  for (const auto& [id, m] : members())
    if (!m.subscribed_topic_regex.empty()) all.insert(m.subscribed_topic_regex);
  return {all.begin(), all.end()};
}

int ConsumerGroup::subscribers_of_regex(std::string_view regex) const {
  return static_cast<int>(std::count_if(members().begin(), members().end(),
                                        [&](const auto& m) { return m.second.subscribed_topic_regex == regex; }));
}

void ConsumerGroup::remove_regex(std::string_view regex) {
  if (const auto it = regexes_.find(regex); it != regexes_.end()) regexes_.erase(it);
}

bool ConsumerGroup::supports_classic(std::string_view protocol_type,
                                     const std::vector<protocol::JoinProtocol>& protocols) const {
  if (protocol_type != "consumer") return false;
  return std::any_of(protocols.begin(), protocols.end(), [&](const protocol::JoinProtocol& p) {
    return std::all_of(members().begin(), members().end(), [&](const auto& m) {
      if (!m.second.speaks_classic()) return true;
      const auto& names = m.second.classic->protocols;
      return std::find(names.begin(), names.end(), p.name) != names.end();
    });
  });
}

bool ConsumerGroup::all_classic_except(std::string_view member_id) const {
  return std::all_of(members().begin(), members().end(),
                     [&](const auto& m) { return (m.first == member_id) != m.second.speaks_classic(); });
}

bool ConsumerGroup::waits_for_unreleased(const ConsumerGroupMember& member) const {
  const Partitions& wanted = target(member.member_id);
  return member.state == MemberState::UnreleasedPartitions &&
         std::any_of(wanted.begin(), wanted.end(), [&](TopicPartition p) {
           return !std::binary_search(member.assigned.begin(), member.assigned.end(), p) &&
                  current_partition_epoch(p) != -1;
         });
}

std::string ConsumerGroup::preferred_assignor(const std::string& otherwise) const {
  std::map<std::string, int> votes;
  for (const auto& [id, m] : members())
    if (!m.server_assignor.empty()) ++votes[m.server_assignor];
  const auto best =
      std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return best == votes.end() ? otherwise : best->first;
}

std::int32_t ConsumerGroup::current_partition_epoch(TopicPartition p) const {
  for (const auto& [id, m] : members())
    if (std::binary_search(m.assigned.begin(), m.assigned.end(), p) ||
        std::binary_search(m.pending_revocation.begin(), m.pending_revocation.end(), p))
      return m.member_epoch;
  return -1;
}

ErrorCode ConsumerGroup::validate_epoch(std::string_view member_id, std::int32_t epoch) const {
  const ConsumerGroupMember* m = member(member_id);
  if (m == nullptr) return ErrorCode::UNKNOWN_MEMBER_ID;
  if (epoch == m->member_epoch || sim::mutant("stale-epoch-commits")) return ErrorCode::NONE;
  return m->speaks_classic() ? ErrorCode::ILLEGAL_GENERATION : ErrorCode::STALE_MEMBER_EPOCH;
}

ErrorCode ConsumerGroup::validate_offset_commit(std::string_view member_id, std::int32_t epoch) const {
  // A consumer with assign(), or an administrator: it has no membership, so it may commit only while the group is
  // empty.
  if (epoch < 0 && members().empty()) return ErrorCode::NONE;
  return validate_epoch(member_id, epoch);
}

ErrorCode ConsumerGroup::validate_offset_fetch(std::string_view member_id, std::int32_t epoch) const {
  if (member_id.empty() && epoch < 0) return ErrorCode::NONE;
  return validate_epoch(member_id, epoch);
}

ConsumerGroupState ConsumerGroup::computed_state() const {
  if (members().empty()) return ConsumerGroupState::Empty;
  if (group_epoch() > assignment_epoch()) return ConsumerGroupState::Assigning;
  const bool there = std::all_of(members().begin(), members().end(),
                                 [&](const auto& m) { return m.second.reconciled_to(assignment_epoch()); });
  return there ? ConsumerGroupState::Stable : ConsumerGroupState::Reconciling;
}

}  // namespace kafkascope::coordinator
