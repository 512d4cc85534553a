// The records of __share_group_state as text (share_coordinator.h). Kafka: ShareSnapshotKey/Value, ShareUpdateKey/Value.
#include "coordinator/record_text.h"
#include "coordinator/share_coordinator.h"

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

protocol::Record record_of(std::string key, std::optional<std::string> value, std::int64_t timestamp_ms) {
  protocol::Record out;
  out.timestamp_ms = timestamp_ms;
  out.key = std::move(key);
  out.value = std::move(value);
  return out;
}

}  // namespace

protocol::Record encode_share_snapshot(const SharePartitionKey& key, const StoredShareState& s,
                                       std::int64_t timestamp_ms) {
  return record_of(state_key("ShareSnapshot", key),
                   "snapshot_epoch=" + std::to_string(s.snapshot_epoch) + " state_epoch=" +
                       std::to_string(s.state_epoch) + rest(s.leader_epoch, s.start_offset, s.batches()),
                   timestamp_ms);
}

protocol::Record encode_share_update(const SharePartitionKey& key, std::int32_t snapshot_epoch,
                                     LeaderEpoch leader_epoch, Offset start,
                                     const std::vector<ShareStateBatch>& batches, std::int64_t timestamp_ms) {
  return record_of(state_key("ShareUpdate", key),
                   "snapshot_epoch=" + std::to_string(snapshot_epoch) + rest(leader_epoch, start, batches),
                   timestamp_ms);
}

protocol::Record encode_share_tombstone(const SharePartitionKey& key, std::int64_t timestamp_ms) {
  return record_of(state_key("ShareSnapshot", key), std::nullopt, timestamp_ms);
}

void replay_share_state(std::map<SharePartitionKey, StoredShareState>& states, const protocol::RecordView& record) {
  if (!record.key) return;
  const auto key = tokens_of(*record.key);
  const bool snapshot = key.front().first == "ShareSnapshot";
  if (!snapshot && key.front().first != "ShareUpdate") return;
  const auto key_number = [&](std::string_view name) { return static_cast<std::int32_t>(number(value_of(key, name))); };
  const SharePartitionKey of{unescape(value_of(key, "group")), {key_number("topic"), key_number("partition")}};
  if (!record.value) {
    states.erase(of);
    return;
  }
  const auto value = tokens_of(*record.value);
  const auto field = [&](std::string_view name) { return number(value_of(value, name)); };
  StoredShareState& state = states[of];
  if (snapshot) {
    state = {};
    state.state_epoch = static_cast<std::int32_t>(field("state_epoch"));
    state.snapshot_epoch = static_cast<std::int32_t>(field("snapshot_epoch"));
  } else {
    ++state.updates;
  }
  if (const auto epoch = static_cast<std::int32_t>(field("leader_epoch")); snapshot || epoch >= 0)
    state.leader_epoch = LeaderEpoch{epoch};
  state.merge(Offset{field("start_offset")}, batches_of(value_of(value, "batches")));
}

}  // namespace kafkascope::coordinator
