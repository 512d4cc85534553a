#include "storage/cleaner_manager.h"

#include <algorithm>

#include "sim/mutant.h"
#include "storage/partition_log.h"

namespace kafkascope::storage {
namespace {

/// Compares a / b with c / d (all non-negative) without multiplying: first the quotients, then the remainders.
int compare_fractions(std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
  for (int sign = 1;; sign = -sign) {
    const std::int64_t p = a / b, q = c / d;
    if (p != q) return p < q ? -sign : sign;
    a %= b;
    c %= d;
    if (a == 0 || c == 0) return a == c ? 0 : (a == 0 ? -sign : sign);
    std::swap(a, b);
    std::swap(c, d);
  }
}

}  // namespace

CleanableOffsets cleanable_offsets(const PartitionLog& log, std::int64_t now_ms) {
  CleanableOffsets out;
  out.first_dirty = log.cleaner_checkpoint().known() ? log.cleaner_checkpoint() : log.log_start_offset();
  if (out.first_dirty < log.log_start_offset() || out.first_dirty > log.log_end_offset()) {
    out.first_dirty = log.log_start_offset();
    out.reset_checkpoint = true;
  }
  const SegmentList& segments = log.segment_list();
  Offset limit = segments.active().base_offset;
  if (!log.options().compaction_passes_high_watermark && !sim::mutant("compaction-passes-the-hw"))
    limit = std::min(limit, log.last_stable_offset());
  if (const std::int64_t lag = log.options().min_compaction_lag_ms; lag > 0)
    for (std::size_t i = segments.find(out.first_dirty); i < segments.closed().size(); ++i)
      if (segments[i].largest_timestamp_ms() > now_ms - lag) {
        limit = std::min(limit, segments[i].base_offset);
        break;
      }
  out.first_uncleanable = std::max(out.first_dirty, limit);
  return out;
}

bool LogToClean::exceeds(std::int64_t ratio_ppm) const {
  return total_bytes() > 0 && compare_fractions(cleanable_bytes, total_bytes(), ratio_ppm, 1000000) > 0;
}

LogToClean describe_for_cleaning(const PartitionLog& log, std::int64_t now_ms) {
  const CleanableOffsets offsets = cleanable_offsets(log, now_ms);
  const SegmentList& segments = log.segment_list();
  LogToClean out;
  out.first_dirty = offsets.first_dirty;
  // Only whole segments are cleaned, so the segment that holds the limit is left out.
  out.first_uncleanable = segments[segments.find(offsets.first_uncleanable)].base_offset;
  // Kafka's logSegments(from, to) begins with the segment that holds `from`, so a segment with the first dirty offset
  // inside it counts as both clean and cleanable.
  for (std::size_t i = 0; i < segments.size() && segments[i].base_offset < out.first_dirty; ++i)
    out.clean_bytes += segments[i].size_bytes;
  const Offset from = std::min(out.first_dirty, out.first_uncleanable);
  std::int64_t oldest_ms = kForEverMs;
  for (std::size_t i = segments.find(from); i < segments.closed().size(); ++i) {
    if (segments[i].base_offset < out.first_uncleanable) out.cleanable_bytes += segments[i].size_bytes;
    if (segments[i].rolling_timestamp_ms > 0) oldest_ms = std::min(oldest_ms, segments[i].rolling_timestamp_ms);
  }
  const std::int64_t until_ms =
      now_ms - std::min(now_ms, std::max<std::int64_t>(0, log.options().max_compaction_lag_ms));
  if (oldest_ms < until_ms) out.compaction_delay_ms = until_ms - oldest_ms;
  return out;
}

int compare_dirtiness(const LogToClean& a, const LogToClean& b) {
  return compare_fractions(a.cleanable_bytes, std::max<std::int64_t>(1, a.total_bytes()), b.cleanable_bytes,
                           std::max<std::int64_t>(1, b.total_bytes()));
}

std::optional<LogToClean> filthiest_log(std::span<const PartitionLog* const> logs, std::int64_t now_ms) {
  std::optional<LogToClean> best;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    if (logs[i] == nullptr || !logs[i]->options().cleanup_compact) continue;
    LogToClean candidate = describe_for_cleaning(*logs[i], now_ms);
    candidate.index = static_cast<std::int32_t>(i);
    const bool late = candidate.compaction_delay_ms > 0 && candidate.cleanable_bytes > 0;
    if (!late && !candidate.exceeds(logs[i]->options().min_cleanable_dirty_ratio_ppm)) continue;
    if (!best || compare_dirtiness(candidate, *best) > 0) best = candidate;
  }
  return best;
}

}  // namespace kafkascope::storage
