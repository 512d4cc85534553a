// The records of share groups as text (group_records.h).
#include "coordinator/modern_group_records.h"

namespace kafkascope::coordinator {

using namespace record_text;

void encode_share_group_record(const CoordinatorRecord& record, protocol::Record& out) {
  if (encode_modern_record<ShareGroup>(record, out)) return;
  if (const auto* m = std::get_if<ShareGroupMemberMetadataRecord>(&record)) {
    out.key = key_of("ShareGroupMemberMetadata", m->group, m->member);
    if (m->value)
      out.value = "client=" + escape(m->value->client_id) + " topics=" + text_of(m->value->subscribed_topic_names);
  } else if (const auto* c = std::get_if<ShareGroupCurrentMemberAssignmentRecord>(&record)) {
    out.key = key_of("ShareGroupCurrentMemberAssignment", c->group, c->member);
    if (c->value)
      out.value = "member_epoch=" + std::to_string(c->value->member_epoch) +
                  " previous_member_epoch=" + std::to_string(c->value->previous_member_epoch) +
                  " assigned=" + text_of(c->value->assigned);
  } else if (const auto* s = std::get_if<ShareGroupStatePartitionMetadataRecord>(&record)) {
    out.key = key_of("ShareGroupStatePartitionMetadata", s->group);
    if (s->value)
      out.value = "initializing=" + text_of(s->value->initializing) + " initialized=" + text_of(s->value->initialized) +
                  (s->value->deleting.empty() ? "" : " deleting=" + join(s->value->deleting, [](protocol::TopicId t) {
                                                       return std::to_string(t);
                                                     }));
  }
}

std::optional<CoordinatorRecord> decode_share_group_record(const protocol::RecordView& record) {
  if (auto modern = decode_modern_record<ShareGroup>(record)) return modern;
  const auto key = tokens_of(*record.key);
  const std::string_view type = key.front().first;
  const std::string group = unescape(value_of(key, "group")), member = unescape(value_of(key, "member"));
  const auto value = record.value ? tokens_of(*record.value) : tokens_of({});
  const bool stored = record.value.has_value();
  if (type == "ShareGroupMemberMetadata") {
    ShareGroupMemberMetadataRecord r{group, member, {}};
    if (stored)
      r.value = ShareGroupMemberMetadataRecord::Value{unescape(value_of(value, "client")),
                                                      names_of(value_of(value, "topics"))};
    return r;
  }
  if (type == "ShareGroupCurrentMemberAssignment") {
    ShareGroupCurrentMemberAssignmentRecord r{group, member, {}};
    if (stored)
      r.value = ShareGroupCurrentMemberAssignmentRecord::Value{number32(value_of(value, "member_epoch")),
                                                               number32(value_of(value, "previous_member_epoch")),
                                                               partitions_of(value_of(value, "assigned"))};
    return r;
  }
  if (type == "ShareGroupStatePartitionMetadata") {
    ShareGroupStatePartitionMetadataRecord r{group, {}};
    if (!stored) return r;
    r.value = ShareStatePartitions{
        partitions_of(value_of(value, "initializing")), partitions_of(value_of(value, "initialized")), {}};
    if (const std::string_view deleting = value_of(value, "deleting"); !deleting.empty())
      for (const std::string_view topic : split(deleting, ','))
        r.value->deleting.push_back(static_cast<protocol::TopicId>(number(topic)));
    return r;
  }
  return std::nullopt;
}

}  // namespace kafkascope::coordinator
