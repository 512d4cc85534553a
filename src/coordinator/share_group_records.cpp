// The records of share groups as text (group_records.h).
#include "coordinator/group_records.h"
#include "coordinator/record_text.h"

namespace kafkascope::coordinator {

using namespace record_text;

namespace {

std::string share_key(std::string_view type, const std::string& group, const std::string* member = nullptr) {
  return std::string(type) + " group=" + escape(group) + (member == nullptr ? std::string() : " member=" + escape(*member));
}

}  // namespace

void encode_share_group_record(const ShareGroupRecord& record, protocol::Record& out) {
  if (const auto* r = std::get_if<ShareGroupMetadataRecord>(&record)) {
    out.key = share_key("ShareGroupMetadata", r->group);
    if (r->value) out.value = "epoch=" + std::to_string(r->value->epoch) + " metadata_hash=" + std::to_string(r->value->metadata_hash);
  } else if (const auto* m = std::get_if<ShareGroupMemberMetadataRecord>(&record)) {
    out.key = share_key("ShareGroupMemberMetadata", m->group, &m->member);
    if (m->value)
      out.value = "client=" + escape(m->value->client_id) +
                  " topics=" + join(m->value->subscribed_topic_names, [](const std::string& t) { return escape(t); });
  } else if (const auto* e = std::get_if<ShareGroupTargetAssignmentMetadataRecord>(&record)) {
    out.key = share_key("ShareGroupTargetAssignmentMetadata", e->group);
    if (e->assignment_epoch) out.value = "assignment_epoch=" + std::to_string(*e->assignment_epoch);
  } else if (const auto* t = std::get_if<ShareGroupTargetAssignmentMemberRecord>(&record)) {
    out.key = share_key("ShareGroupTargetAssignmentMember", t->group, &t->member);
    if (t->partitions) out.value = "partitions=" + text_of(*t->partitions);
  } else if (const auto* c = std::get_if<ShareGroupCurrentMemberAssignmentRecord>(&record)) {
    out.key = share_key("ShareGroupCurrentMemberAssignment", c->group, &c->member);
    if (c->value)
      out.value = "member_epoch=" + std::to_string(c->value->member_epoch) +
                  " previous_member_epoch=" + std::to_string(c->value->previous_member_epoch) + " assigned=" + text_of(c->value->assigned);
  } else if (const auto* s = std::get_if<ShareGroupStatePartitionMetadataRecord>(&record)) {
    out.key = share_key("ShareGroupStatePartitionMetadata", s->group);
    if (s->value) out.value = "initializing=" + text_of(s->value->initializing) + " initialized=" + text_of(s->value->initialized);
  }
}

std::optional<ShareGroupRecord> decode_share_group_record(const protocol::RecordView& record) {
  const auto key = tokens_of(*record.key);
  const std::string_view type = key.front().first;
  const std::string group = unescape(value_of(key, "group")), member = unescape(value_of(key, "member"));
  const auto value = record.value ? tokens_of(*record.value) : tokens_of({});
  const bool stored = record.value.has_value();
  const auto number32 = [&](std::string_view name) { return static_cast<std::int32_t>(number(value_of(value, name))); };
  if (type == "ShareGroupMetadata") {
    ShareGroupMetadataRecord r{group, {}};
    if (stored) {
      std::uint64_t hash = 0;
      const std::string_view text = value_of(value, "metadata_hash");
      std::from_chars(text.data(), text.data() + text.size(), hash);
      r.value = ShareGroupMetadataRecord::Value{number32("epoch"), hash};
    }
    return r;
  }
  if (type == "ShareGroupMemberMetadata") {
    ShareGroupMemberMetadataRecord r{group, member, {}};
    if (stored) {
      ShareGroupMemberMetadataRecord::Value v;
      v.client_id = unescape(value_of(value, "client"));
      if (const std::string_view topics = value_of(value, "topics"); !topics.empty())
        for (const std::string_view topic : split(topics, ',')) v.subscribed_topic_names.push_back(unescape(topic));
      r.value = std::move(v);
    }
    return r;
  }
  if (type == "ShareGroupTargetAssignmentMetadata") {
    ShareGroupTargetAssignmentMetadataRecord r{group, {}};
    if (stored) r.assignment_epoch = number32("assignment_epoch");
    return r;
  }
  if (type == "ShareGroupTargetAssignmentMember") {
    ShareGroupTargetAssignmentMemberRecord r{group, member, {}};
    if (stored) r.partitions = partitions_of(value_of(value, "partitions"));
    return r;
  }
  if (type == "ShareGroupCurrentMemberAssignment") {
    ShareGroupCurrentMemberAssignmentRecord r{group, member, {}};
    if (stored)
      r.value = ShareGroupCurrentMemberAssignmentRecord::Value{number32("member_epoch"), number32("previous_member_epoch"),
                                                               partitions_of(value_of(value, "assigned"))};
    return r;
  }
  if (type == "ShareGroupStatePartitionMetadata") {
    ShareGroupStatePartitionMetadataRecord r{group, {}};
    if (stored)
      r.value = ShareGroupStatePartitionMetadataRecord::Value{partitions_of(value_of(value, "initializing")),
                                                              partitions_of(value_of(value, "initialized"))};
    return r;
  }
  return std::nullopt;
}

}  // namespace kafkascope::coordinator
