#include "storage/producer_reload.h"

#include <algorithm>

#include "sim/mutant.h"

namespace kafkascope::storage {
namespace {

/// Records a batch that the log already holds; the index of aborted transactions has its entry.
void replay(ProducerStates& producers, const StoredBatch& batch) {
  if (const auto completed = producers.update(*batch.data, batch.base_offset)) producers.complete(*completed);
}

}  // namespace

void recover_producers(ProducerSnapshots& snapshots, const SegmentList& segments, Offset recovery_point, Offset start) {
  const SegmentList::Batches all(segments);
  const auto end = all.end();
  for (std::size_t i = segments.find(recovery_point); i < segments.size(); ++i) {
    const LogSegment& segment = segments[i];
    snapshots.truncate(start, segment.base_offset);
    const ProducerSnapshot before = snapshots.latest();
    ProducerStates producers = before.producers ? *before.producers : ProducerStates{};
    for (auto it = all.from(before.producers ? before.offset : start);
         it != end && it->base_offset < segment.base_offset; ++it)
      replay(producers, *it);
    snapshots.take(segment.base_offset, producers);
    for (const StoredBatch& batch : segment.batches()) replay(producers, batch);
    snapshots.take(segment.next_offset(), producers);
  }
}

void reload_producers(ProducerStates& producers, ProducerSnapshots& snapshots, const SegmentList& segments,
                      const ProducerReload& reload) {
  const bool had_none = reload.when == ProducerReload::When::AtTruncation && producers.entries().empty();
  snapshots.truncate(reload.log_start, reload.log_end);
  const ProducerSnapshot snapshot = snapshots.latest();
  producers = snapshot.producers ? *snapshot.producers : ProducerStates{};
  if (reload.now_ms) producers.remove_expired(*reload.now_ms, reload.expiration_ms);
  const Offset from = std::max(snapshot.offset, reload.log_start);
  const SegmentList::Batches all(segments);
  const auto end = all.end();
  for (auto it = had_none ? end : all.from(from); it != end; ++it) replay(producers, *it);
  if (reload.when == ProducerReload::When::AtStart && sim::mutant("start-forgets-producers")) producers.clear();
  snapshots.take(reload.log_end, producers);
}

}  // namespace kafkascope::storage
