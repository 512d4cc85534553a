#include "coordinator/share_state_records.h"

#include <string_view>
#include <utility>

#include "coordinator/record_text.h"

namespace kafkascope::coordinator {

using namespace record_text;
using protocol::LeaderEpoch;
using protocol::Offset;
using protocol::ShareStateBatch;

namespace {

std::string state_key(std::string_view type, const SharePartitionKey& key) {
  return std::string(type) + " group=" + escape(key.group) + " topic=" + std::to_string(key.partition.topic) +
         " partition=" + std::to_string(key.partition.partition);
}

std::string rest(LeaderEpoch leader_epoch, Offset start, const std::vector<ShareStateBatch>& batches) {
  return " leader_epoch=" + std::to_string(leader_epoch.value) + " start_offset=" + std::to_string(start.value) +
         " batches=" + join(batches, [](const ShareStateBatch& b) {
           return std::to_string(b.first.value) + ":" + std::to_string(b.last.value) + ":" + std::to_string(b.state) +
                  ":" + std::to_string(b.delivery_count);
         });
}

std::vector<ShareStateBatch> batches_of(std::string_view text) {
  std::vector<ShareStateBatch> out;
  if (text.empty()) return out;
  for (const std::string_view item : split(text, ',')) {
    const auto parts = split(item, ':');
    if (parts.size() != 4) continue;
    out.push_back({Offset{number(parts[0])}, Offset{number(parts[1])}, static_cast<std::int8_t>(number(parts[2])),
                   static_cast<std::int16_t>(number(parts[3]))});
  }
  return out;
}

}  // namespace

protocol::Record encode(const ShareStateRecord& record, std::int64_t timestamp_ms) {
  protocol::Record out;
  out.timestamp_ms = timestamp_ms;
  if (const auto* snapshot = std::get_if<ShareSnapshotRecord>(&record)) {
    out.key = state_key("ShareSnapshot", snapshot->key);
    if (const auto& v = snapshot->value)
      out.value = "snapshot_epoch=" + std::to_string(v->snapshot_epoch) +
                  " state_epoch=" + std::to_string(v->state_epoch) + rest(v->leader_epoch, v->start_offset, v->batches);
  } else {
    const auto& update = std::get<ShareUpdateRecord>(record);
    out.key = state_key("ShareUpdate", update.key);
    out.value = "snapshot_epoch=" + std::to_string(update.snapshot_epoch) +
                rest(update.leader_epoch, update.start_offset, update.batches);
  }
  return out;
}

std::optional<ShareStateRecord> decode_share_state(const protocol::RecordView& record) {
  if (!record.key) return std::nullopt;
  const auto key = tokens_of(*record.key);
  const bool snapshot = key.front().first == "ShareSnapshot";
  if (!snapshot && key.front().first != "ShareUpdate") return std::nullopt;
  const auto key_number = [&](std::string_view name) { return static_cast<std::int32_t>(number(value_of(key, name))); };
  const SharePartitionKey of{unescape(value_of(key, "group")), {key_number("topic"), key_number("partition")}};
  if (!record.value) return ShareSnapshotRecord{of, std::nullopt};
  const auto value = tokens_of(*record.value);
  const auto field = [&](std::string_view name) { return number(value_of(value, name)); };
  const auto snapshot_epoch = static_cast<std::int32_t>(field("snapshot_epoch"));
  const LeaderEpoch leader_epoch{static_cast<std::int32_t>(field("leader_epoch"))};
  const Offset start{field("start_offset")};
  std::vector<ShareStateBatch> batches = batches_of(value_of(value, "batches"));
  if (snapshot)
    return ShareSnapshotRecord{
        of, ShareSnapshotRecord::Value{snapshot_epoch, static_cast<std::int32_t>(field("state_epoch")), leader_epoch,
                                       start, std::move(batches)}};
  return ShareUpdateRecord{of, snapshot_epoch, leader_epoch, start, std::move(batches)};
}

}  // namespace kafkascope::coordinator
