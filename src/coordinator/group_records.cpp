#include "coordinator/group_records.h"

#include <string_view>

namespace kafkascope::coordinator {

namespace {

/// In the consumer protocol's format the length of a text has two bytes, the length of a list or of bytes has four.
constexpr std::int64_t kText = 2, kCount = 4;

/// In the members' metadata, partitions are listed under topic names.
std::int64_t size_by_name(const Partitions& list, const KafkaLayout& layout) {
  std::int64_t size = kCount;
  record_codec::for_each_topic(list, [&](protocol::TopicId topic, std::size_t partitions) {
    size += kText + static_cast<std::int64_t>(layout.topic(topic).size()) + kCount +
            4 * static_cast<std::int64_t>(partitions);
  });
  return size;
}

/// ConsumerProtocolSubscription, version 3: its version, topics, user data, owned partitions, generation, rack (null).
std::int64_t subscription_size(const std::vector<std::string>& topics, std::int64_t user_data, const Partitions& owned,
                               const KafkaLayout& layout) {
  std::int64_t size = 2 + kCount + kCount + user_data + size_by_name(owned, layout) + 4 + kText;
  for (const std::string& topic : topics) size += kText + static_cast<std::int64_t>(topic.size());
  return size;
}

/// Kafka's record always contains this text.
std::int64_t client_host_size(const KafkaLayout& layout) { return layout.text(kClientHostLength); }

}  // namespace

std::int64_t GroupMetadataMember::kafka_size(const KafkaLayout& layout) const {
  // StickyAssignor's user data: the last assignment and its generation.
  const bool sticky = subscription.previous_generation >= 0 || !subscription.previous.empty();
  const std::int64_t user_data = sticky ? size_by_name(subscription.previous, layout) + 4 : 0;
  return layout.text(member_id.size()) + layout.text(group_instance_id.size()) + layout.text(client_id.size()) +
         client_host_size(layout) + 4 + 4 + kCount +
         subscription_size(subscription.topics, user_data, subscription.owned, layout) + kCount + 2 +
         size_by_name(assignment, layout) + kCount;  // ConsumerProtocolAssignment: version, partitions, user data
}

std::int64_t GroupMetadataValue::kafka_size(const KafkaLayout& layout) const {
  // CooperativeStickyAssignor's user data: the generation.
  const std::int64_t user_data = protocol == "cooperative-sticky" ? 4 * static_cast<std::int64_t>(members.size()) : 0;
  return record_codec::size_of_fields(*this, layout) + user_data;
}

std::int64_t ConsumerGroupMemberMetadataValue::kafka_size(const KafkaLayout& layout) const {
  const auto text = [&](const std::string& s) { return layout.text(s.size()); };
  std::int64_t size = text(instance_id) + text(rack_id) + text(client_id) + client_host_size(layout) +
                      record_codec::kafka_size(subscribed_topic_names, layout) + text(subscribed_topic_regex) + 4 +
                      text(server_assignor) + 1;
  if (!classic) return size + 3;  // Kafka writes the tagged field even if it is null: tag, size, null
  std::int64_t own = 4 + layout.count(classic->protocols.size()) + 1;
  // The subscriptions inside the protocols are not kept; each is assumed to have these topic names.
  const std::int64_t subscription = subscription_size(subscribed_topic_names, 0, {}, layout);
  for (const std::string& name : classic->protocols)
    own += text(name) + layout.count(static_cast<std::size_t>(subscription)) + subscription + 1;
  return size + 1 + KafkaLayout::varint(static_cast<std::uint64_t>(own + 1)) + 1 + own;  // tag, size, not null
}

std::int64_t ShareGroupStatePartitionMetadataValue::kafka_size(const KafkaLayout& layout) const {
  std::int64_t size = record_codec::kafka_size(initializing, layout) + record_codec::kafka_size(initialized, layout);
  for (const Partitions* list : {&initializing, &initialized})
    record_codec::for_each_topic(
        *list, [&](protocol::TopicId topic, std::size_t) { size += layout.text(layout.topic(topic).size()); });
  size += layout.count(deleting.size());
  for (const protocol::TopicId topic : deleting)
    size += record_codec::kUuidSize + layout.text(layout.topic(topic).size()) + layout.end();
  return size + layout.end();
}

ConsumerGroupMemberMetadataRecord member_metadata_record(const std::string& group, const ConsumerGroupMember& m) {
  return {{group, m.member_id},
          ConsumerGroupMemberMetadataValue{m.instance_id, m.client_id, m.server_assignor, m.rebalance_timeout_ms,
                                           m.subscribed_topic_names, m.subscribed_topic_regex, m.rack_id, m.classic}};
}

ConsumerGroupCurrentMemberAssignmentRecord current_assignment_record(const std::string& group,
                                                                     const ConsumerGroupMember& m) {
  return {{group, m.member_id},
          ConsumerGroupCurrentMemberAssignmentValue{m.member_epoch, m.previous_member_epoch, m.state, m.assigned,
                                                    m.pending_revocation}};
}

GroupMetadataRecord metadata_record(const ClassicGroup& group,
                                    const std::map<std::string, std::vector<protocol::TopicPartition>>& assignments,
                                    std::int64_t state_timestamp_ms) {
  GroupMetadataValue v;
  v.protocol_type = group.protocol_type();
  v.protocol = group.protocol_name();
  v.leader = group.leader();
  v.generation = group.generation();
  v.state_timestamp_ms = state_timestamp_ms;
  for (const auto& [id, m] : group.members()) {
    GroupMetadataMember out;
    out.member_id = id;
    out.group_instance_id = m.group_instance_id;
    out.client_id = m.client_id;
    out.rebalance_timeout_ms = m.rebalance_timeout_ms;
    out.session_timeout_ms = m.session_timeout_ms;
    out.subscription = m.metadata(group.protocol_name());
    if (auto it = assignments.find(id); it != assignments.end()) out.assignment = it->second;
    v.members.push_back(std::move(out));
  }
  return {{group.group_id()}, std::move(v)};
}

}  // namespace kafkascope::coordinator
