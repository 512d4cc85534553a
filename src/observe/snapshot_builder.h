// Fills a Snapshot, what the dashboard draws, from a world at one moment. Reads only.
#pragma once
#include "observe/snapshot.h"
#include "observe/state_document.h"

namespace kafkascope::observe {

struct SnapshotOptions {
  std::int64_t tail = 400;         // how many offsets at the end of each log are listed in runs
  std::string selected;            // whose configuration is wanted
  sim::Instant truncations_since;  // truncations after it are shown struck
};

/// Of a message under way, the same while it flies; and the key of its arrival as the `deliver` verb names it.
std::uint64_t message_id(const sim::PendingPacket& packet);
std::string event_text(const sim::EventKey& key);

Snapshot snapshot(const Moment& moment, const SnapshotOptions& options = {});

}  // namespace kafkascope::observe
