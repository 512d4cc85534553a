// Appending to, closing and truncating segments. Kafka: LogSegment, LocalLog, LogSegments.
#include "storage/segment.h"

#include <algorithm>

#include "sim/mutant.h"
#include "storage/wall_clock.h"

namespace kafkascope::storage {
namespace {

constexpr std::int64_t kMaxRelativeOffset = 2147483647;

}  // namespace

void LogSegment::append(const StoredBatch& batch, sim::Instant now, std::int64_t index_interval_bytes,
                        sim::Duration late) {
  const protocol::RecordBatch& data = *batch.data;
  if (empty()) rolling_timestamp_ms = data.max_timestamp_ms;
  if (data.max_timestamp_ms > max_timestamp_ms) {
    max_timestamp_ms = data.max_timestamp_ms;
    max_timestamp_offset = batch.last_offset();
  }
  if (index.add(data.size_bytes, max_timestamp_ms, index_interval_bytes))
    indexed.push_back(static_cast<std::uint32_t>(entries.size()));
  size_bytes += data.size_bytes;
  last_modified_ms = wall_ms(now);
  const sim::Instant written = now + late;
  entries.push_back({batch, entries.empty() ? written : std::max(written, entries.back().written_at)});
}

bool LogSegment::truncate_to(Offset offset, sim::Instant now, std::int64_t index_interval_bytes) {
  std::size_t keep = entries.size();
  while (keep > 0 && entries[keep - 1].batch.next_offset() > offset) --keep;
  if (keep == entries.size()) return false;
  entries.truncate_to(keep);
  while (!aborted.empty() && aborted.back().last_offset >= next_offset()) aborted.pop_back();
  size_bytes = 0;
  rolling_timestamp_ms = max_timestamp_ms = -1;
  max_timestamp_offset = Offset{};
  index = {};
  indexed.clear();
  std::uint32_t entry = 0;
  for (const LogEntry& e : entries) {
    const protocol::RecordBatch& data = *e.batch.data;
    if (size_bytes == 0) rolling_timestamp_ms = data.max_timestamp_ms;
    if (data.max_timestamp_ms > max_timestamp_ms) {
      max_timestamp_ms = data.max_timestamp_ms;
      max_timestamp_offset = e.batch.last_offset();
    }
    if (index.add(data.size_bytes, max_timestamp_ms, index_interval_bytes)) indexed.push_back(entry);
    ++entry;
    size_bytes += data.size_bytes;
  }
  index.bytes_since_last_entry = 0;
  last_modified_ms = wall_ms(now);
  if (empty()) created_ms = wall_ms(now);
  return true;
}

std::size_t LogSegment::index_of(Offset offset) const {
  std::size_t low = 0, high = entries.size();
  for (std::size_t step = 1; high > 0; step *= 2) {  // searches back from the end: most reads want recent batches
    const std::size_t probe = high > step ? high - step : 0;
    if (entries[probe].batch.next_offset() <= offset) {
      low = probe + 1;
      break;
    }
    high = probe;
  }
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (entries[middle].batch.next_offset() <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

Incoming::Incoming(std::span<const StoredBatch> batches) : last_offset(batches.back().last_offset()) {
  for (const StoredBatch& batch : batches) {
    size_bytes += batch.data->size_bytes;
    max_timestamp_ms = std::max(max_timestamp_ms, batch.data->max_timestamp_ms);
  }
}

bool should_roll(const LogSegment& s, const Incoming& incoming, const LogOptions& options, std::int64_t now_ms) {
  if (s.size_bytes > options.segment_bytes - incoming.size_bytes) return true;
  // The segment's age is measured by the records' timestamps if they have any, else by the time since the segment was
  // created. A segment that receives no batches is never closed by age.
  const std::int64_t waited = s.rolling_timestamp_ms >= 0 && incoming.max_timestamp_ms >= 0
                                  ? incoming.max_timestamp_ms - s.rolling_timestamp_ms
                                  : now_ms - s.created_ms;
  if (!s.empty() && waited > options.max_segment_ms() && !sim::mutant("segments-never-close-by-time")) return true;
  return s.index.full(options.segment_index_bytes) || incoming.last_offset - s.base_offset > kMaxRelativeOffset;
}

std::size_t SegmentList::find(Offset offset) const {
  if (active_.base_offset <= offset) return closed_.size();
  const auto behind = std::upper_bound(closed_.begin(), closed_.end(), offset,
                                       [](Offset o, const auto& s) { return o < s->base_offset; });
  return behind == closed_.begin() ? 0 : static_cast<std::size_t>(behind - closed_.begin()) - 1;
}

std::vector<AbortedTransaction> SegmentList::aborted_between(Offset from, Offset end_exclusive) const {
  return scan_aborted(from, end_exclusive, false);
}

std::vector<AbortedTransaction> SegmentList::collect_aborted(Offset from, Offset end_exclusive) const {
  return scan_aborted(from, end_exclusive, true);
}

std::vector<AbortedTransaction> SegmentList::scan_aborted(Offset from, Offset end_exclusive, bool may_stop) const {
  std::vector<AbortedTransaction> found;
  for (std::size_t i = find(from); i < size(); ++i)
    for (const AbortedTransaction& t : (*this)[i].aborted) {
      if (t.last_offset >= from && t.first_offset < end_exclusive) found.push_back(t);
      if (may_stop && t.last_stable_offset >= end_exclusive) return found;
    }
  return found;
}

std::vector<AbortedTransaction> SegmentList::aborted_for_fetch(Offset from, Offset read_to, Offset log_end) const {
  const std::size_t i = find(read_to - 1);
  const LogSegment& segment = (*this)[i];
  const auto behind = std::lower_bound(
      segment.indexed.begin(), segment.indexed.end(), read_to,
      [&](std::uint32_t entry, Offset offset) { return segment.entries[entry].batch.base_offset < offset; });
  return collect_aborted(from, behind != segment.indexed.end() ? segment.entries[*behind].batch.last_offset()
                               : i + 1 < size()                ? (*this)[i + 1].base_offset
                                                               : log_end);
}

int SegmentList::segments_between(Offset from, Offset to) const {
  int count = 0;
  for (std::size_t i = find(from); i < size() && (*this)[i].base_offset < to; ++i) ++count;
  return count;
}

void SegmentList::reset(Offset offset, std::int64_t now_ms) {
  closed_.clear();
  active_ = LogSegment{};
  active_.base_offset = offset;
  active_.created_ms = active_.last_modified_ms = now_ms;
  recount();
}

void SegmentList::roll(Offset base, std::int64_t now_ms) {
  // A segment without records is replaced by the new one (LocalLog.roll deletes and recreates an empty active segment).
  if (!active_.empty()) {
    closed_bytes_ += active_.size_bytes;
    closed_batches_ += active_.entries.size();
    closed_.push_back(std::make_shared<const LogSegment>(std::move(active_)));
  }
  active_ = LogSegment{};
  active_.base_offset = base;
  active_.created_ms = active_.last_modified_ms = now_ms;
}

void SegmentList::drop_front(std::size_t count) {
  closed_.erase(closed_.begin(), closed_.begin() + static_cast<std::ptrdiff_t>(count));
  recount();
}

bool SegmentList::truncate_to(Offset offset, sim::Instant now, std::int64_t index_interval_bytes) {
  const std::size_t last = find(offset);
  bool cut = false;
  if (last < closed_.size()) {
    active_ = LogSegment(*closed_[last]);
    closed_.resize(last);
    recount();
    cut = true;
  }
  return active_.truncate_to(offset, now, index_interval_bytes) || cut;
}

void SegmentList::replace_front(std::size_t count, std::vector<std::shared_ptr<const LogSegment>> cleaned) {
  cleaned.insert(cleaned.end(), closed_.begin() + static_cast<std::ptrdiff_t>(count), closed_.end());
  closed_ = std::move(cleaned);
  recount();
}

void SegmentList::recount() {
  closed_bytes_ = 0;
  closed_batches_ = 0;
  for (const auto& s : closed_) {
    closed_bytes_ += s->size_bytes;
    closed_batches_ += s->entries.size();
  }
}

const StoredBatch& SegmentList::Batches::operator[](std::size_t i) const {
  std::size_t segment = 0;
  while (i >= (*list_)[segment].entries.size()) i -= (*list_)[segment++].entries.size();
  return (*list_)[segment].entries[i].batch;
}

std::size_t SegmentList::Batches::index_of(Offset offset) const {
  const std::size_t segment = list_->find(offset);
  std::size_t before = 0;
  for (std::size_t i = 0; i < segment; ++i) before += (*list_)[i].entries.size();
  return before + (*list_)[segment].index_of(offset);
}

SegmentList::Batches::const_iterator SegmentList::Batches::from(Offset offset) const {
  const std::size_t segment = list_->find(offset);
  return {list_, segment, (*list_)[segment].index_of(offset)};
}

}  // namespace kafkascope::storage
