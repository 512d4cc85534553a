// What happens to groups of the newer consumer protocol (KIP-848): heartbeats, leaving, subscriptions by regular
// expression. Kafka: the consumer groups' part of GroupMetadataManager (4.1). Members that use the classic protocol:
// classic_members.h; the conversion of a group: group_migration.h.
//
// A heartbeat has three steps. First, the member is created or updated, and the group epoch rises if its subscription
// or a topic has changed. Second, a new target is computed if the group epoch is ahead of the assignment epoch. Third,
// the member takes one step towards its target. Each step writes records, which are applied at once; the response is
// sent when they are committed.
//
// consumer_groups.cpp: loading, leaving, description, removal. consumer_group_heartbeat.cpp: the three steps.
// consumer_group_regex.cpp: regular expressions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/modern_groups.h"
#include "protocol/messages_consumer_group.h"

namespace kafkascope::coordinator {

/// Whether the coordinator can resolve the expression; if not, the error is INVALID_REGULAR_EXPRESSION.
bool is_valid_regex(const std::string& expression);
/// A hash of the group's topics as they are now: if it changes, a new target is computed (KIP-1101).
std::uint64_t metadata_hash_of(const ConsumerGroup& group, const protocol::MetadataImage& image);

class ConsumerGroups : public ModernGroups<ConsumerGroup> {
 public:
  explicit ConsumerGroups(GroupOperation& op) : ModernGroups(op) {}

  /// An error of the request alone, whatever the group is.
  static protocol::ErrorCode request_error(const protocol::ConsumerGroupHeartbeatRequest& r,
                                           const std::vector<std::string>& assignors);
  void heartbeat(RequestHandle request, const protocol::ConsumerGroupHeartbeatRequest& r);
  protocol::DescribedGroup describe(const std::string& id) const;

  void on_loaded(ConsumerGroup& group);
  /// The member has exceeded one of its times; `cause` says which.
  void on_member_timer(ConsumerGroup& group, const std::string& member_id, const GroupCause& cause);
  /// Adds the group's tombstones to the operation's records.
  void remove(const std::string& id);

  // ---- steps that requests of classic members also take
  /// The member at the start of a request: known, new, or in the place of its static predecessor.
  struct Admitted {
    ConsumerGroupMember member;
    bool fresh = false, joined = false;  // joined: the member is fresh, or has taken another's place
  };
  Admitted admit_member(ConsumerGroup& group, const std::string& member_id, const std::string& instance_id);
  /// `member`: the member as the request changes it. Updates the group epoch and the target, and takes the member's
  /// next step.
  const ConsumerGroupMember& settle_member(ConsumerGroup& group, const Admitted& was, ConsumerGroupMember member,
                                           const std::optional<Partitions>& owned);
  void fence_member(ConsumerGroup& group, const std::string& member_id, const GroupCause& cause);
  void restart_session(const std::string& group, const ConsumerGroupMember& member);

 private:
  // consumer_group_heartbeat.cpp
  void admit_or_update(RequestHandle request, const protocol::ConsumerGroupHeartbeatRequest& r);
  std::vector<ClassicGroup> replace_classic_group(const std::string& id);
  void update_subscription(ConsumerGroup& group, const Admitted& was, const ConsumerGroupMember& member);
  void reconcile_member(ConsumerGroup& group, const std::string& member_id, const std::optional<Partitions>& owned);

  // consumer_groups.cpp
  void leave(RequestHandle request, const protocol::ConsumerGroupHeartbeatRequest& r, ConsumerGroup& group,
             const ConsumerGroupMember& member);

  // consumer_group_regex.cpp
  bool regex_changes_subscription(ConsumerGroup& group, const ConsumerGroupMember& before,
                                  const ConsumerGroupMember& after);
  void resolve_regexes_if_due(ConsumerGroup& group);
  void forget_unused_regexes(ConsumerGroup& group);
};

}  // namespace kafkascope::coordinator
