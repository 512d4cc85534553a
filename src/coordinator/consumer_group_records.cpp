// The records of the newer protocol as text (group_records.h).
#include <type_traits>

#include "coordinator/modern_group_records.h"

namespace kafkascope::coordinator {

using namespace record_text;

namespace {

MemberState member_state(std::string_view word) {
  for (const MemberState s : {MemberState::UnrevokedPartitions, MemberState::UnreleasedPartitions})
    if (name(s) == word) return s;
  return MemberState::Stable;
}

}  // namespace

void encode_consumer_group_record(const CoordinatorRecord& record, protocol::Record& out) {
  if (encode_modern_record<ConsumerGroup>(record, out)) return;
  if (const auto* m = std::get_if<ConsumerGroupMemberMetadataRecord>(&record)) {
    out.key = key_of("ConsumerGroupMemberMetadata", m->group, m->member);
    if (const auto& v = m->value)
      out.value = "instance=" + escape(v->instance_id) + " client=" + escape(v->client_id) +
                  " rebalance_timeout=" + std::to_string(v->rebalance_timeout_ms) +
                  " assignor=" + escape(v->server_assignor) + " topics=" + text_of(v->subscribed_topic_names) +
                  (v->subscribed_topic_regex.empty() ? "" : " regex=" + escape(v->subscribed_topic_regex)) +
                  (v->rack_id.empty() ? "" : " rack=" + escape(v->rack_id)) +
                  (v->classic ? " session_timeout=" + std::to_string(v->classic->session_timeout_ms) +
                                    " protocols=" + text_of(v->classic->protocols)
                              : "");
  } else if (const auto* c = std::get_if<ConsumerGroupCurrentMemberAssignmentRecord>(&record)) {
    out.key = key_of("ConsumerGroupCurrentMemberAssignment", c->group, c->member);
    if (const auto& v = c->value)
      out.value = "member_epoch=" + std::to_string(v->member_epoch) +
                  " previous_member_epoch=" + std::to_string(v->previous_member_epoch) +
                  " state=" + std::string(name(v->state)) + " assigned=" + text_of(v->assigned) +
                  " pending_revocation=" + text_of(v->pending_revocation);
  } else if (const auto* x = std::get_if<ConsumerGroupRegularExpressionRecord>(&record)) {
    out.key = key_of("ConsumerGroupRegularExpression", x->group) + " regex=" + escape(x->regex);
    if (const auto& v = x->value)
      out.value = "topics=" + text_of(v->topics) + " version=" + std::to_string(v->version) +
                  " timestamp=" + std::to_string(v->timestamp_ms);
  }
}

std::optional<CoordinatorRecord> decode_consumer_group_record(const protocol::RecordView& record) {
  if (auto modern = decode_modern_record<ConsumerGroup>(record)) return modern;
  const auto key = tokens_of(*record.key);
  const std::string_view type = key.front().first;
  const std::string group = unescape(value_of(key, "group")), member = unescape(value_of(key, "member"));
  const auto value = record.value ? tokens_of(*record.value) : tokens_of({});
  const bool stored = record.value.has_value();
  if (type == "ConsumerGroupMemberMetadata") {
    ConsumerGroupMemberMetadataRecord r{group, member, {}};
    if (stored) {
      ConsumerGroupMemberMetadataRecord::Value v;
      v.instance_id = unescape(value_of(value, "instance"));
      v.client_id = unescape(value_of(value, "client"));
      v.server_assignor = unescape(value_of(value, "assignor"));
      v.rebalance_timeout_ms = number32(value_of(value, "rebalance_timeout"));
      v.subscribed_topic_names = names_of(value_of(value, "topics"));
      v.subscribed_topic_regex = unescape(value_of(value, "regex"));
      v.rack_id = unescape(value_of(value, "rack"));
      if (const std::string_view timeout = value_of(value, "session_timeout"); !timeout.empty())
        v.classic = ConsumerGroupMember::Classic{number32(timeout), names_of(value_of(value, "protocols"))};
      r.value = std::move(v);
    }
    return r;
  }
  if (type == "ConsumerGroupCurrentMemberAssignment") {
    ConsumerGroupCurrentMemberAssignmentRecord r{group, member, {}};
    if (stored) {
      ConsumerGroupCurrentMemberAssignmentRecord::Value v;
      v.member_epoch = number32(value_of(value, "member_epoch"));
      v.previous_member_epoch = number32(value_of(value, "previous_member_epoch"));
      v.state = member_state(value_of(value, "state"));
      v.assigned = partitions_of(value_of(value, "assigned"));
      v.pending_revocation = partitions_of(value_of(value, "pending_revocation"));
      r.value = std::move(v);
    }
    return r;
  }
  if (type == "ConsumerGroupRegularExpression") {
    ConsumerGroupRegularExpressionRecord r{group, unescape(value_of(key, "regex")), {}};
    if (stored)
      r.value = ResolvedRegex{names_of(value_of(value, "topics")), number(value_of(value, "version")),
                              number(value_of(value, "timestamp"))};
    return r;
  }
  return std::nullopt;
}

ConsumerGroupMemberMetadataRecord member_metadata_record(const std::string& group, const ConsumerGroupMember& m) {
  return {group, m.member_id,
          ConsumerGroupMemberMetadataRecord::Value{m.instance_id, m.client_id, m.server_assignor,
                                                   m.rebalance_timeout_ms, m.subscribed_topic_names,
                                                   m.subscribed_topic_regex, m.rack_id, m.classic}};
}

ConsumerGroupCurrentMemberAssignmentRecord current_assignment_record(const std::string& group,
                                                                     const ConsumerGroupMember& m) {
  return {group, m.member_id,
          ConsumerGroupCurrentMemberAssignmentRecord::Value{m.member_epoch, m.previous_member_epoch, m.state,
                                                            m.assigned, m.pending_revocation}};
}

}  // namespace kafkascope::coordinator
