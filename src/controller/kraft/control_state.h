// The controller's state derived from the records. A controller holds two: the committed state, and (while active) one
// that includes its own uncommitted records.
#pragma once
#include <map>
#include <span>

#include "protocol/metadata_image.h"

namespace kafkascope::controller {

using protocol::BrokerId;
using protocol::Offset;

struct ControlState {
  protocol::MetadataImage image;
  /// The offset of each broker's latest RegisterBroker record. It is later than the broker's epoch if the same
  /// incarnation registered again.
  std::map<BrokerId, Offset> register_offsets;

  void apply(Offset first, protocol::LeaderEpoch epoch, std::span<const protocol::MetadataRecord* const> records) {
    image.apply(first, epoch, records);
    for (std::size_t i = 0; i < records.size(); ++i)
      note_registration(first + static_cast<std::int64_t>(i), *records[i]);
  }
  void apply(Offset offset, protocol::LeaderEpoch epoch, const protocol::MetadataRecord& record) {
    const protocol::MetadataRecord* const one = &record;
    apply(offset, epoch, {&one, 1});
  }
  /// Loads a snapshot. Each broker's register offset is that of its last record, as in Kafka.
  void load(const protocol::MetadataImage& snapshot) {
    image = snapshot;
    register_offsets.clear();
    for (const auto& [id, broker] : image.brokers()) register_offsets[id] = image.last_offset();
  }
  void note_registration(Offset offset, const protocol::MetadataRecord& record) {
    if (const auto* r = std::get_if<protocol::RegisterBrokerRecord>(&record)) register_offsets[r->broker_id] = offset;
    if (const auto* r = std::get_if<protocol::UnregisterBrokerRecord>(&record)) register_offsets.erase(r->broker_id);
  }
  Offset register_offset(BrokerId id) const {
    auto it = register_offsets.find(id);
    return it == register_offsets.end() ? Offset{} : it->second;
  }
  Offset last_offset() const { return image.last_offset(); }
};

}  // namespace kafkascope::controller
