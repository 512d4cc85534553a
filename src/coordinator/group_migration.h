// Conversion between the classic and the newer protocol while a group has members (KIP-848,
// group.consumer.migration.policy). Kafka: GroupMetadataManager.convertToConsumerGroup, convertToClassicGroup (4.1).
//
// When the first member that uses the newer protocol joins a classic group, the group with all its members is
// converted. Classic members keep their protocol (classic_members.h). When the last member of the newer protocol
// leaves, the group becomes a classic group again and rebalances.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "coordinator/group_operation.h"

namespace kafkascope::coordinator {

class GroupMigration {
 public:
  explicit GroupMigration(GroupOperation& op) : op_(op) {}

  bool can_upgrade(const ClassicGroup& group) const;
  bool can_downgrade(const ConsumerGroup& group, std::size_t members_then) const;
  /// Returns the classic group as it was, in case the records cannot be appended.
  ClassicGroup to_consumer_group(ClassicGroup& group);
  /// Converts without the member `leaving` ("": all members stay), and removes the consumer group.
  void to_classic_group(ConsumerGroup& group, const std::string& leaving);
  /// The records of a downgrade could not be appended: the group is the consumer group `was` again.
  void revert_downgrade(ClassicGroup& downgraded, const ConsumerGroup& was);

 private:
  GroupOperation& op_;
};

/// The names of a classic member's embedded protocols.
std::vector<std::string> protocol_names(const std::vector<protocol::JoinProtocol>& protocols);

}  // namespace kafkascope::coordinator
