// The offsets that groups commit: OffsetCommit, OffsetFetch, OffsetDelete (KIP-496), and which offsets have expired.
// Kafka: OffsetMetadataManager (4.1). Offsets that are committed in a transaction: transactional_offsets.h.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/group_operation.h"
#include "protocol/messages_admin.h"
#include "protocol/messages_group.h"

namespace kafkascope::coordinator {

class GroupOffsets {
 public:
  explicit GroupOffsets(GroupOperation& op) : op_(op) {}

  void commit(RequestHandle request, const protocol::OffsetCommitRequest& r);
  void fetch(RequestHandle request, const protocol::OffsetFetchRequest& r);
  /// The records before the fetch are committed, or have failed.
  void on_fetch_ready(const FetchAnswer& fetch, protocol::ErrorCode error);
  void remove(RequestHandle request, const protocol::OffsetDeleteRequest& r);
  /// Deletes all groups' offsets of that topic (OffsetMetadataManager.onPartitionsDeleted).
  void on_topic_deleted(protocol::TopicId topic);

  /// The offsets including the uncommitted ones.
  OffsetsByGroup written() const;
  // These add tombstones to the operation's records.
  /// Tombstones for the group's offsets: in all partitions, or only in these.
  void add_tombstones(const OffsetsByGroup& written, const std::string& group,
                      const std::vector<protocol::TopicPartition>* only);
  /// Tombstones for the group's expired offsets. Returns true if the group has no offset that must be kept.
  bool add_expired(const ClassicGroup& group, const OffsetsByGroup& written);
  bool add_expired(const ConsumerGroup& group, const OffsetsByGroup& written);

 private:
  protocol::ErrorCode admit(const protocol::OffsetCommitRequest& r, bool& founded);
  /// `unstable`: these partitions get an error instead of an offset.
  protocol::OffsetFetchResponse fetch_response(const protocol::OffsetFetchRequest& r,
                                               const std::set<protocol::TopicPartition>& unstable) const;
  /// Offsets of the group's open transactions.
  OffsetMap pending(std::string_view group) const;

  GroupOperation& op_;
};

}  // namespace kafkascope::coordinator
