// Applies retention and compaction to the log. Kafka: UnifiedLog.deleteOldSegments, replaceSegments.
#include <algorithm>

#include "sim/mutant.h"
#include "storage/partition_log.h"

namespace kafkascope::storage {

void PartitionLog::delete_later(Body& body, std::int64_t bytes) {
  if (bytes > 0)
    body.past.change().deleted.push_back({clock_ + sim::milliseconds(options_->file_delete_delay_ms), bytes});
}

std::int64_t PartitionLog::disk_bytes(sim::Instant now) const {
  std::int64_t bytes = size_bytes();
  for (const DeletedFile& f : body_->past->deleted)
    if (now < f.gone_at) bytes += f.bytes;
  return bytes;
}

std::vector<DeletedSegment> PartitionLog::delete_old_segments(sim::Instant now, std::int64_t now_ms) {
  clock_ = std::max(clock_, now);
  std::vector<DeletedSegment> gone;
  const std::vector<DeletedFile>& deleted = body_->past->deleted;
  if (std::any_of(deleted.begin(), deleted.end(), [&](const DeletedFile& f) { return f.gone_at <= now; }))
    std::erase_if(body_.change().past.change().deleted, [&](const DeletedFile& f) { return f.gone_at <= now; });
  for (const DeletionReason reason : deletion_order(*options_)) {
    const std::size_t count =
        deletable_segments({body_->segments, log_start_, log_end_, high_watermark_}, *options_, reason, now_ms);
    if (count == 0) continue;
    // A log always has a segment: if all are to be deleted, a new one is rolled first.
    if (count == body_->segments.size()) roll(now);
    Body& body = body_.change();
    for (std::size_t i = 0; i < count; ++i) {
      const LogSegment& s = body.segments[i];
      gone.push_back({s.base_offset, body.segments[i + 1].base_offset, s.size_bytes, reason});
      delete_later(body, s.size_bytes);
      body.past.change().snapshots.remove(s.base_offset);
    }
    const Offset start = body.segments[count].base_offset;
    maybe_increment_log_start_offset(start, now);
    body.segments.drop_front(count);
  }
  return gone;
}

CleanResult PartitionLog::clean(Offset first_dirty, Offset first_uncleanable, std::int64_t map_capacity,
                                sim::Instant now, std::int64_t now_ms) {
  clock_ = std::max(clock_, now);
  CleanRequest request{first_dirty, first_uncleanable, now_ms, clock_, map_capacity, body_->producers.last_records()};
  if (sim::mutant("compaction-forgets-producers")) request.last_records.clear();
  CleanResult result = storage::clean(body_->segments, request, *options_);
  if (result.replaced == 0) return result;
  Body& body = body_.change();
  for (std::size_t i = 0; i < result.replaced; ++i) {
    const LogSegment& old = body.segments[i];
    delete_later(body, old.size_bytes);
    // A segment merged into the one before it loses its producer snapshot (UnifiedLog.replaceSegments).
    const bool stays = std::any_of(result.segments.begin(), result.segments.end(),
                                   [&](const auto& s) { return s->base_offset == old.base_offset; });
    if (!stays) body.past.change().snapshots.remove(old.base_offset);
  }
  body.segments.replace_front(result.replaced, result.segments);
  body.first_dirty = result.end;
  return result;
}

}  // namespace kafkascope::storage
