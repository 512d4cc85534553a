// Fills a Snapshot, which the dashboard draws, from a world at one moment. Read only.
#pragma once
#include "observe/model/passing.h"
#include "observe/model/snapshot.h"
#include "observe/model/state_document.h"

namespace kafkascope::observe {

struct SnapshotOptions {
  std::int64_t tail = 400;         // number of offsets at the end of each log that are listed in runs
  std::string selected;            // the object whose configuration is wanted
  sim::Instant now;                // the picture's time, if it is later than the last event
  sim::Instant truncations_since;  // truncations after this time are shown struck out
  Passing passing;                 // messages are drawn, and refusals told, for as long as the eye needs
};

/// The id of a message in flight, constant while it flies; and the key of its arrival as used by the `deliver` verb.
std::uint64_t message_id(const sim::PendingPacket& packet);
std::string event_text(const sim::EventKey& key);

Snapshot snapshot(const Moment& moment, const SnapshotOptions& options = {});

}  // namespace kafkascope::observe
