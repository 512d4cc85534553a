// The records that both kinds of newer group write, as text (group_records.h): the same words under the kind's own name.
#pragma once
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/group_records.h"
#include "coordinator/record_text.h"

namespace kafkascope::coordinator::record_text {

inline std::string key_of(std::string_view type, const std::string& group) {
  return std::string(type) + " group=" + escape(group);
}
inline std::string key_of(std::string_view type, const std::string& group, const std::string& member) {
  return key_of(type, group) + " member=" + escape(member);
}
inline std::int32_t number32(std::string_view text) { return static_cast<std::int32_t>(number(text)); }
inline std::string text_of(const std::vector<std::string>& names) {
  return join(names, [](const std::string& name) { return escape(name); });
}
inline std::vector<std::string> names_of(std::string_view text) {
  std::vector<std::string> names;
  if (!text.empty())
    for (const std::string_view name : split(text, ',')) names.push_back(unescape(name));
  return names;
}

/// False: not one of these.
template <class Group>
bool encode_modern_record(const CoordinatorRecord& record, protocol::Record& out) {
  const std::string kind(Group::kKind);
  if (const auto* r = std::get_if<ModernGroupMetadataRecord<Group>>(&record)) {
    out.key = key_of(kind + "Metadata", r->group);
    if (r->value)
      out.value =
          "epoch=" + std::to_string(r->value->epoch) + " metadata_hash=" + std::to_string(r->value->metadata_hash);
  } else if (const auto* e = std::get_if<ModernGroupTargetAssignmentMetadataRecord<Group>>(&record)) {
    out.key = key_of(kind + "TargetAssignmentMetadata", e->group);
    if (e->assignment_epoch) out.value = "assignment_epoch=" + std::to_string(*e->assignment_epoch);
  } else if (const auto* t = std::get_if<ModernGroupTargetAssignmentMemberRecord<Group>>(&record)) {
    out.key = key_of(kind + "TargetAssignmentMember", t->group, t->member);
    if (t->partitions) out.value = "partitions=" + text_of(*t->partitions);
  } else {
    return false;
  }
  return true;
}

/// Nothing: not one of these.
template <class Group>
std::optional<CoordinatorRecord> decode_modern_record(const protocol::RecordView& record) {
  const auto key = tokens_of(*record.key);
  std::string_view type = key.front().first;
  if (!type.starts_with(Group::kKind)) return std::nullopt;
  type.remove_prefix(Group::kKind.size());
  const std::string group = unescape(value_of(key, "group"));
  const auto value = record.value ? tokens_of(*record.value) : tokens_of({});
  const bool stored = record.value.has_value();
  if (type == "Metadata") {
    ModernGroupMetadataRecord<Group> r{group, {}};
    if (stored) {
      std::uint64_t hash = 0;
      const std::string_view text = value_of(value, "metadata_hash");
      std::from_chars(text.data(), text.data() + text.size(), hash);
      r.value = typename ModernGroupMetadataRecord<Group>::Value{number32(value_of(value, "epoch")), hash};
    }
    return r;
  }
  if (type == "TargetAssignmentMetadata") {
    ModernGroupTargetAssignmentMetadataRecord<Group> r{group, {}};
    if (stored) r.assignment_epoch = number32(value_of(value, "assignment_epoch"));
    return r;
  }
  if (type == "TargetAssignmentMember") {
    ModernGroupTargetAssignmentMemberRecord<Group> r{group, unescape(value_of(key, "member")), {}};
    if (stored) r.partitions = partitions_of(value_of(value, "partitions"));
    return r;
  }
  return std::nullopt;
}

}  // namespace kafkascope::coordinator::record_text
