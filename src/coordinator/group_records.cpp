#include "coordinator/group_records.h"

#include <map>
#include <string_view>

#include "coordinator/record_text.h"

namespace kafkascope::coordinator {

using namespace record_text;

namespace {

std::string stored_member(const GroupMetadataMember& m) {
  return escape(m.member_id) + ";" + escape(m.group_instance_id) + ";" + escape(m.client_id) + ";" +
         std::to_string(m.rebalance_timeout_ms) + ";" + std::to_string(m.session_timeout_ms) + ";" +
         join(m.subscription.topics, [](const std::string& t) { return escape(t); }) + ";" +
         text_of(m.subscription.owned) + ";" + std::to_string(m.subscription.generation) + ";" +
         text_of(m.subscription.previous) + ";" + std::to_string(m.subscription.previous_generation) + ";" +
         text_of(m.assignment);
}
std::optional<GroupMetadataMember> member_of(std::string_view text) {
  const auto f = split(text, ';');
  if (f.size() != 11) return std::nullopt;
  GroupMetadataMember m;
  m.member_id = unescape(f[0]);
  m.group_instance_id = unescape(f[1]);
  m.client_id = unescape(f[2]);
  m.rebalance_timeout_ms = static_cast<std::int32_t>(number(f[3]));
  m.session_timeout_ms = static_cast<std::int32_t>(number(f[4]));
  if (!f[5].empty())
    for (std::string_view topic : split(f[5], ',')) m.subscription.topics.push_back(unescape(topic));
  m.subscription.owned = partitions_of(f[6]);
  m.subscription.generation = static_cast<std::int32_t>(number(f[7]));
  m.subscription.previous = partitions_of(f[8]);
  m.subscription.previous_generation = static_cast<std::int32_t>(number(f[9]));
  m.assignment = partitions_of(f[10]);
  return m;
}

}  // namespace

protocol::Record encode(const CoordinatorRecord& record, std::int64_t timestamp_ms) {
  protocol::Record out;
  out.timestamp_ms = timestamp_ms;
  if (const auto* commit = std::get_if<OffsetCommitRecord>(&record)) {
    out.key = "OffsetCommit group=" + escape(commit->group) + " topic=" + std::to_string(commit->partition.topic) +
              " partition=" + std::to_string(commit->partition.partition);
    if (const auto& v = commit->value)
      out.value = "offset=" + std::to_string(v->offset.value) +
                  " leader_epoch=" + std::to_string(v->leader_epoch.value) + " metadata=" + escape(v->metadata) +
                  " commit_timestamp=" + std::to_string(v->commit_timestamp_ms);
  } else if (const auto* group = std::get_if<GroupMetadataRecord>(&record)) {
    out.key = "GroupMetadata group=" + escape(group->group);
    if (const auto& v = group->value) {
      std::string text = "protocol_type=" + escape(v->protocol_type) + " generation=" + std::to_string(v->generation) +
                         " protocol=" + escape(v->protocol) + " leader=" + escape(v->leader) +
                         " state_timestamp=" + std::to_string(v->state_timestamp_ms);
      for (const auto& m : v->members) text += " member=" + stored_member(m);
      out.value = std::move(text);
    }
  } else {
    encode_consumer_group_record(record, out);
    encode_share_group_record(record, out);
  }
  return out;
}

std::optional<CoordinatorRecord> decode(const protocol::RecordView& record) {
  if (!record.key) return std::nullopt;
  const auto key = tokens_of(*record.key);
  const std::string group = unescape(value_of(key, "group"));
  if (key.front().first == "OffsetCommit") {
    OffsetCommitRecord commit;
    commit.group = group;
    commit.partition = {static_cast<protocol::TopicId>(number(value_of(key, "topic"))),
                        static_cast<std::int32_t>(number(value_of(key, "partition")))};
    if (record.value) {
      const auto value = tokens_of(*record.value);
      commit.value = CommittedOffset{{number(value_of(value, "offset"))},
                                     {static_cast<std::int32_t>(number(value_of(value, "leader_epoch")))},
                                     unescape(value_of(value, "metadata")),
                                     number(value_of(value, "commit_timestamp"))};
    }
    return commit;
  }
  if (key.front().first == "GroupMetadata") {
    GroupMetadataRecord metadata;
    metadata.group = group;
    if (record.value) {
      const auto value = tokens_of(*record.value);
      GroupMetadataValue v;
      v.protocol_type = unescape(value_of(value, "protocol_type"));
      v.generation = static_cast<std::int32_t>(number(value_of(value, "generation")));
      v.protocol = unescape(value_of(value, "protocol"));
      v.leader = unescape(value_of(value, "leader"));
      v.state_timestamp_ms = number(value_of(value, "state_timestamp"));
      for (const auto& [name, text] : value) {
        if (name != "member") continue;
        if (auto m = member_of(text)) v.members.push_back(std::move(*m));
      }
      metadata.value = std::move(v);
    }
    return metadata;
  }
  if (auto share = decode_share_group_record(record)) return share;
  return decode_consumer_group_record(record);
}

GroupMetadataRecord metadata_record(const ClassicGroup& group,
                                    const std::map<std::string, std::vector<TopicPartition>>& assignments,
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
  return {group.group_id(), std::move(v)};
}

}  // namespace kafkascope::coordinator
