#include "storage/cleaner.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "sim/mutant.h"
#include "storage/cleaned_transactions.h"

namespace kafkascope::storage {
namespace {

using protocol::CompactedBatch;
using protocol::RecordBatch;
using protocol::RecordView;

/// The last offset of each key in the dirty part. Kafka: SkimpyOffsetMap, which stores a hash of the key.
class OffsetMap {
 public:
  explicit OffsetMap(std::int64_t capacity) : capacity_(capacity) {}
  /// Returns false if the map is full.
  bool put(std::string_view key, Offset offset) {
    if (static_cast<std::int64_t>(map_.size()) >= capacity_) return false;
    map_[key] = offset;
    latest_ = std::max(latest_, offset);
    return true;
  }
  Offset find(std::string_view key) const {
    const auto it = map_.find(key);
    return it == map_.end() ? Offset{} : it->second;
  }
  void update_latest(Offset offset) { latest_ = std::max(latest_, offset); }
  Offset latest() const { return latest_; }

 private:
  std::unordered_map<std::string_view, Offset> map_;  // never iterated, so its order does not matter
  std::int64_t capacity_;
  Offset latest_;
};

/// Kafka: Cleaner.buildOffsetMapForSegment. Returns false if the map is full.
bool add_keys(const LogSegment& segment, Offset first_dirty, Offset next_base, CleanedTransactions& transactions,
              OffsetMap& map) {
  for (const StoredBatch& batch : segment.batches()) {
    const bool aborted = transactions.can_discard(batch);
    if (!batch.data->control && !aborted)
      for (int i = 0; i < batch.data->count(); ++i) {
        const RecordView r = batch.data->records[static_cast<std::size_t>(i)];
        const Offset at = batch.base_offset + batch.data->offset_delta(i);
        if (r.key && at >= first_dirty && !map.put(*r.key, at)) return false;
      }
    if (batch.last_offset() >= first_dirty) map.update_latest(batch.last_offset());
  }
  map.update_latest(next_base - 1);  // the segment may end in a gap
  return true;
}

class Filter {
 public:
  Filter(const CleanRequest& request, const LogOptions& options, const OffsetMap& map,
         CleanedTransactions& transactions, CleanResult& result)
      : request_(request), options_(options), map_(map), transactions_(transactions), result_(result) {}

  /// `retain_deletes`: before KIP-534 (which stores horizons in the batches), whether this segment is too young to lose
  /// its tombstones.
  StoredBatch run(const StoredBatch& batch, bool retain_deletes) {
    const RecordBatch& data = *batch.data;
    result_.bytes_read += data.size_bytes;
    result_.records_read += data.count();
    const bool can_discard = transactions_.can_discard(batch);
    const bool marker_of_nothing = data.control && can_discard;
    const bool discarded = data.control ? can_discard && marker_expired(data, retain_deletes) : can_discard;
    std::vector<int> kept;
    bool tombstones = false;
    for (int i = 0; i < data.count() && !discarded; ++i) {
      const RecordView r = data.records[static_cast<std::size_t>(i)];
      if (!keep(batch, i, r, retain_deletes)) continue;
      kept.push_back(i);
      if (!data.control && !r.value) tombstones = true;
    }
    result_.records_kept += static_cast<std::int64_t>(kept.size());
    const bool stamp = options_.horizon_in_batches && (tombstones || (marker_of_nothing && !kept.empty())) &&
                       data.delete_horizon_ms() < 0;
    if (kept.empty() && !keep_empty(batch)) return {};
    const bool untouched = static_cast<int>(kept.size()) == data.count() && !stamp && !kept.empty();
    StoredBatch out = untouched || (kept.empty() && data.count() == 0) ? batch : rebuilt(batch, kept, stamp);
    result_.bytes_written += out.data->size_bytes;
    return out;
  }

 private:
  /// Whether a marker whose transaction has no batches left may be removed. Before KIP-534 it is removed like old
  /// tombstones.
  bool marker_expired(const RecordBatch& marker, bool retain_deletes) const {
    if (!options_.horizon_in_batches) return !retain_deletes;
    return marker.delete_horizon_ms() >= 0 && marker.delete_horizon_ms() <= request_.now_ms;
  }

  bool keep(const StoredBatch& batch, int index, const RecordView& r, bool retain_deletes) {
    const RecordBatch& data = *batch.data;
    if (data.control) return true;
    const Offset at = batch.base_offset + data.offset_delta(index);
    if (at > map_.latest()) return true;
    if (!r.key) {
      ++result_.unkeyed_dropped;
      return false;
    }
    if (at < map_.find(*r.key) || (at == map_.find(*r.key) && sim::mutant("compaction-drops-the-last-value")))
      return false;
    if (r.value) return true;
    const bool stays = options_.horizon_in_batches
                           ? (data.delete_horizon_ms() < 0 && !sim::mutant("tombstone-dropped-at-once")) ||
                                 request_.now_ms < data.delete_horizon_ms()
                           : retain_deletes;
    ++(stays ? result_.tombstones_kept : result_.tombstones_dropped);
    return stays;
  }

  /// Kafka: BatchRetention.RETAIN_EMPTY.
  bool keep_empty(const StoredBatch& batch) const {
    if (options_.keeps_last_empty_batch && batch.next_offset() == request_.first_uncleanable)
      return true;  // the last offset of the cleaning round must stay known
    const auto last = request_.last_records.find(batch.data->producer_id);
    if (batch.data->producer_id < 0 || last == request_.last_records.end()) return false;
    const LastRecord& record = last->second;
    return record.last_data_offset.known() ? record.last_data_offset == batch.last_offset()
                                           : batch.data->control && batch.data->producer_epoch == record.epoch;
  }

  StoredBatch rebuilt(const StoredBatch& batch, const std::vector<int>& kept, bool stamp) const {
    const RecordBatch& data = *batch.data;
    RecordBatch next = data;
    next.records.clear();
    CompactedBatch info;
    info.last_offset_delta = data.last_offset_delta();
    info.delete_horizon_ms = stamp ? request_.now_ms + options_.delete_retention_ms : data.delete_horizon_ms();
    for (int i : kept) {
      next.records.push_back(data.records[static_cast<std::size_t>(i)]);
      info.offset_deltas.push_back(data.offset_delta(i));
    }
    next.compacted = sim::make_ref<const CompactedBatch>(std::move(info));
    const bool marker = data.control && !kept.empty();  // a marker's size cannot be computed from its record
    return {batch.base_offset, batch.leader_epoch, protocol::seal(std::move(next), marker ? data.size_bytes : 0)};
  }

  const CleanRequest& request_;
  const LogOptions& options_;
  const OffsetMap& map_;
  CleanedTransactions& transactions_;
  CleanResult& result_;
};

/// Groups neighbouring segments that fit into one by log and index size; returns the exclusive end of each group.
/// Kafka: Cleaner.groupSegmentsBySize.
std::vector<std::size_t> groups(const SegmentList& log, std::size_t count, const LogOptions& options,
                                Offset first_uncleanable) {
  constexpr std::int64_t kWidest = 2147483647;  // an offset in an index is relative and has 32 bits
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < count;) {
    const Offset base = log[i].base_offset;
    std::int64_t bytes = log[i].size_bytes;
    std::int64_t index = log[i].index.offset_entries, times = log[i].index.time_entries;
    for (++i; i < count; ++i) {
      const LogSegment& s = log[i];
      const Offset last = (i + 1 < count ? log[i + 1].base_offset : first_uncleanable) - 1;
      index += s.index.offset_entries;
      times += s.index.time_entries;
      if (bytes + s.size_bytes > options.segment_bytes ||
          index * OffsetIndexEntry::kBytes > options.segment_index_bytes ||
          times * TimeIndexEntry::kBytes > options.segment_index_bytes || (!s.empty() && last - base > kWidest))
        break;
      bytes += s.size_bytes;
    }
    ends.push_back(i);
  }
  return ends;
}

}  // namespace

CleanResult clean(const SegmentList& log, const CleanRequest& request, const LogOptions& options) {
  CleanResult result;
  OffsetMap map(request.map_capacity);
  const std::size_t closed = log.closed().size();
  CleanedTransactions mapped(log.collect_aborted(request.first_dirty, request.first_uncleanable));
  for (std::size_t i = log.find(request.first_dirty); i < closed && log[i].base_offset < request.first_uncleanable; ++i)
    if (!add_keys(log[i], request.first_dirty, std::min(log[i + 1].base_offset, request.first_uncleanable), mapped,
                  map))
      break;
  result.end = map.latest() + 1;

  std::size_t count = 0;  // number of segments that begin below the end of the map
  while (count < closed && log[count].base_offset < result.end) ++count;
  // Before KIP-534: a tombstone is dropped if its segment was last written at least delete.retention.ms before the last
  // clean segment.
  std::int64_t legacy_horizon_ms = 0;
  for (std::size_t i = 0; i < count && log[i].base_offset < request.first_dirty; ++i)
    legacy_horizon_ms = log[i].last_modified_ms - options.delete_retention_ms;

  CleanedTransactions transactions(count == 0 ? std::vector<AbortedTransaction>{}
                                              : log.collect_aborted(log[0].base_offset, log[count].base_offset));
  Filter filter(request, options, map, transactions, result);
  std::size_t first = 0;
  for (const std::size_t end : groups(log, count, options, request.first_uncleanable)) {
    LogSegment cleaned;
    cleaned.base_offset = log[first].base_offset;
    cleaned.created_ms = log[first].created_ms;
    for (; first < end; ++first) {
      const LogSegment& source = log[first];
      for (const StoredBatch& batch : source.batches())
        if (const StoredBatch kept = filter.run(batch, source.last_modified_ms > legacy_horizon_ms); kept.data)
          cleaned.append(kept, request.now, options.index_interval_bytes);
      cleaned.last_modified_ms = source.last_modified_ms;  // the file keeps the modification time of the last segment
                                                           // it replaces
    }
    cleaned.aborted = transactions.take_kept();
    result.segments.push_back(std::make_shared<const LogSegment>(std::move(cleaned)));
  }
  result.replaced = count;
  return result;
}

}  // namespace kafkascope::storage
