// The content of a strip: visible offsets, cell width, committed cells. Pure.
#include <algorithm>
#include <cmath>

#include "observe/words/bytes.h"
#include "ui/panels/strip_parts.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kFold = 44;      // room between two segments
constexpr float kNarrowest = 5;  // pitch below which cells can't be told apart
constexpr float kMarkEm = 15;    // of a panel's own type
constexpr float kKeyWidest = 104, kValueWidest = 280;
constexpr std::int64_t kDeletedShown = 8;    // records before the log's start
constexpr std::int64_t kWindowHead = 12;     // records at the front of a share group's window
constexpr std::int64_t kOfGap = 2;           // offsets at each end of a folded gap that compaction has left
constexpr std::int64_t kNewest = 3;          // of the newest records, if locked ones need the room
constexpr std::int64_t kGhosts = 6;          // offsets before the window, if the group has archived some
constexpr std::int64_t kMostCells = 20'000;  // no picture is that wide; absurd offsets must not fill the memory

std::int64_t after(const LogRun& run) { return run.last_offset + 1; }

bool in_sync(const ReplicaLog& log) { return log.role == ReplicaRole::Leader || log.role == ReplicaRole::Follower; }

/// Offsets that are truncated, or will be: [from, to); empty: none.
StripSegment cut_range(const Partition& partition) {
  StripSegment cut{-1, -1};
  for (const ReplicaLog& log : partition.logs) {
    for (const LogRun& run : log.runs) {
      if (!run.truncated && !run.to_be_cut) continue;
      cut.from = cut.from < 0 ? run.base_offset : std::min(cut.from, run.base_offset);
      cut.to = std::max(cut.to, after(run));
    }
  }
  return cut;
}

/// The last of the records that were deleted from the start of a log, with the log's first ones: [from, to); empty:
/// none.
StripSegment deleted_range(const Partition& partition) {
  StripSegment deleted{-1, -1};
  for (const ReplicaLog& log : partition.logs)
    for (const LogRun& run : log.runs) {
      if (!run.deleted) continue;
      const std::int64_t from = std::max(run.base_offset, after(run) - kDeletedShown);
      deleted.from = deleted.from < 0 ? from : std::min(deleted.from, from);
      deleted.to = std::max(deleted.to, run.last_offset + 3);
    }
  return deleted;
}

/// The last record that a member of the group has locked; -1: none.
std::int64_t last_lock(const ShareStrip& share) {
  std::int64_t last = -1;
  for (const ShareRun& run : share.runs)
    if (run.state == ShareState::Acquired) last = std::max(last, run.last_offset);
  return last;
}

enum class Label { Key, Value, Both };

/// The width of the longest key, the longest value, or the longest of both together.
float longest_label(const Partition& partition, float em, Label what) {
  std::size_t most = 0;
  for (const ReplicaLog& log : partition.logs) {
    for (const LogRun& run : log.runs) {
      for (std::size_t k = 0; k < std::max(run.keys.size(), run.values.size()); ++k) {
        const std::size_t key = k < run.keys.size() ? run.keys[k].size() : 0,
                          value = k < run.values.size() ? shown(run.values[k]).size() : 0;
        most = std::max(most, what == Label::Key     ? key
                              : what == Label::Value ? value
                              : key > 0 && value > 0 ? key + 2 + value
                                                     : 0);
      }
    }
  }
  // A character of the coding face is .54 em wide; a value alone has the epoch's number before it.
  return most == 0 ? 0 : static_cast<float>(most) * em * .54f + 12 + (what == Label::Value ? 2 * em : 0.f);
}

/// Widths in steps, so that the cells do not change with every record.
float step_below(float pitch) {
  for (const float step : {30.f, 24.f, 19.f, 15.f, 12.f, 10.f, 8.f, 7.f, 6.f}) {
    if (pitch >= step) return step;
  }
  return kNarrowest;
}

float gap_of(float pitch) { return pitch >= 11 ? 2.f : 1.f; }

/// Of a compacted log all offsets except the middles of long gaps, and so many of the newest records as fit; empty:
/// there is no long gap, or too few fit.
std::vector<StripSegment> around_gaps(const Partition& partition, StripSegment all, float pitch, float room) {
  std::vector<StripSegment> gaps, seen;
  for (const ReplicaLog& log : partition.logs) {
    if (log.role != ReplicaRole::Leader) continue;
    for (const LogRun& run : log.runs) {
      if (!run.compacted) continue;
      if (!gaps.empty() && gaps.back().to == run.base_offset) gaps.back().to = after(run);
      else gaps.push_back({std::max(run.base_offset, all.from), after(run)});
    }
  }
  float w = 0;
  const auto see = [&](StripSegment segment) {
    w += static_cast<float>(segment.to - segment.from) * pitch;
    seen.push_back(segment);
  };
  for (const StripSegment& gap : gaps) {
    if (static_cast<float>(gap.to - gap.from - kOfGap - kOfGap) * pitch <= kFold) continue;
    see({all.from, gap.from + kOfGap});
    all.from = gap.to - kOfGap;
    w += kFold;
  }
  see(all);
  if (w > room) seen.back().from += static_cast<std::int64_t>(std::ceil((w - room) / pitch));
  const StripSegment& newest = seen.back();
  return seen.size() > 1 && newest.to - newest.from > kNewest ? seen : std::vector<StripSegment>{};
}

}  // namespace

bool StripPlan::sees(std::int64_t offset) const {
  return std::any_of(segments.begin(), segments.end(),
                     [&](const StripSegment& s) { return offset >= s.from && offset <= s.to; });
}

float StripPlan::x(std::int64_t offset) const {
  float x = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const StripSegment& s = segments[i];
    const bool last = i + 1 == segments.size();
    if (offset <= s.to || last) return x + static_cast<float>(std::clamp(offset, s.from, s.to) - s.from) * pitch;
    x += static_cast<float>(s.to - s.from) * pitch;
    if (offset < segments[i + 1].from) return x;
    x += kFold;
  }
  return x;
}

float StripPlan::width() const { return segments.empty() ? 0 : x(segments.back().to); }

std::int64_t StripPlan::at(float at) const {
  float x = 0;
  for (const StripSegment& s : segments) {
    const float w = static_cast<float>(s.to - s.from) * pitch;
    if (at < x) return -1;
    if (at < x + w) return s.from + static_cast<std::int64_t>((at - x) / pitch);
    x += w + kFold;
  }
  return -1;
}

const RepeatedRecord* repeated_at(const Partition& partition, std::int64_t offset) {
  const auto at =
      std::lower_bound(partition.repeated.begin(), partition.repeated.end(), offset,
                       [](const RepeatedRecord& record, std::int64_t wanted) { return record.offset < wanted; });
  return at != partition.repeated.end() && at->offset == offset ? &*at : nullptr;
}

bool has_cut(const Partition& partition) { return cut_range(partition).from >= 0; }

StripPlan plan_strips(const Partition& partition, float room, const StripStyle& style, StripSegment pointed) {
  StripPlan plan;
  const StripSegment deleted = deleted_range(partition);
  const std::int64_t start =
      deleted.from < 0 ? partition.log_start_offset : std::min(deleted.from, partition.log_start_offset);
  std::int64_t end = start;
  for (const ReplicaLog& log : partition.logs) {
    end = std::max(end, log.log_end_offset);
    for (const LogRun& run : log.runs)
      if (run.lost) end = std::max(end, after(run));
  }
  plan.pitch = style.cell_w + gap_of(style.cell_w + 2);
  const StripSegment cut = cut_range(partition);
  if (style.keys && end > start) {
    const float keys = longest_label(partition, style.mark_em, Label::Key),
                values = keys > 0 ? 0 : longest_label(partition, style.mark_em, Label::Value),
                both = style.key_room ? longest_label(partition, style.mark_em, Label::Both) : 0,
                have = room / static_cast<float>(end - start),
                scale = std::max(style.cell_h / 30, style.bold_lines ? style.mark_em / kMarkEm : 0);  // large type
    // Which keys are left is what compaction is about: their cells keep the width, and gaps give way.
    if (const float pitch = std::max(plan.pitch, keys + 2);
        keys > 0 && pitch > have && pitch <= kKeyWidest * scale && cut.from < 0 && partition.shares.empty())
      if (plan.segments = around_gaps(partition, {start, end}, pitch, room); !plan.segments.empty()) {
        plan.pitch = pitch;
        plan.gap = gap_of(pitch);
        return plan;
      }
    const float wanted = (style.key_room ? std::max(keys, values) : values) + 2;
    if (both > 0 && both + 2 <= std::min(have, kValueWidest * scale)) plan.pitch = std::max(plan.pitch, both + 2);
    else if (wanted <= std::min(have, (keys > 0 ? kKeyWidest : kValueWidest) * scale))
      plan.pitch = std::max(plan.pitch, wanted);
  }
  const auto columns = [&](float width) {  // cells widened to fill the room must not lose one to rounding
    constexpr float kRounding = .001f;
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(width / plan.pitch + kRounding));
  };
  // Must be visible: the high watermark and the end of every in-sync replica; then, if it costs little, the others'
  // ends.
  std::int64_t low = std::min(end, partition.high_watermark);
  for (const ReplicaLog& log : partition.logs) {
    if (in_sync(log)) low = std::min(low, log.log_end_offset);
  }
  auto narrowest_for = [&](std::int64_t from) {
    return room / static_cast<float>(std::max<std::int64_t>(1, end - from));
  };
  auto reach = [&](std::int64_t offset, float pitch) {
    const std::int64_t from = std::max(start, offset);
    if (narrowest_for(from) >= pitch) low = std::min(low, from);
  };
  if (style.fit) {
    for (const ReplicaLog& log : partition.logs) reach(log.log_end_offset - 1, 9);
    if (cut.from >= 0) reach(cut.from - 4, 9);
    if (deleted.from >= 0) reach(deleted.from, 9);
    if (!partition.skipped.empty()) reach(partition.skipped.front() - 1, 9);
    for (const ShareStrip& share : partition.shares)
      reach(share.start - 1 - std::min(share.archived, kGhosts), 16);  // marks in cells need that width
    if (!partition.repeated.empty()) {                                 // both copies
      const RepeatedRecord& again = partition.repeated.back();
      reach(again.offset - 1, 19);
      if (again.copy_of >= 0) reach(again.copy_of - 1, 19);
    }
    if (partition.last_stable_offset < partition.high_watermark) reach(partition.last_stable_offset - 1, 16);
    constexpr float kStillRead = .7f;  // of the usual width
    if (pointed.from >= 0) reach(pointed.from, style.cell_w * kStillRead);
  }
  const std::int64_t from = std::max(start, low - 3);
  if (style.fit && end - from > columns(room)) plan.pitch = std::min(plan.pitch, step_below(narrowest_for(from)));
  // Must also be visible, however far the newest records have advanced: a truncation; else the start of a share group's
  // window, and all that its members have locked; else the records that the lesson points at; else the first record of
  // an open transaction; else deleted records, the records that a group has skipped, or the last copy of a record.
  StripSegment place = cut;
  std::int64_t locked = -1;
  for (const ShareStrip& share : partition.shares) {
    if (cut.from >= 0 || share.start >= share.end) continue;
    if (place.from < 0 || share.start < place.from)
      place = {share.start - std::min(share.archived, kGhosts), std::min(share.end, share.start + kWindowHead)};
    locked = std::max(locked, last_lock(share));
  }
  place.to = std::max(place.to, locked);
  if (place.from < 0) place = pointed;
  if (place.from < 0 && partition.last_stable_offset < partition.high_watermark)
    place = {partition.last_stable_offset, std::min(partition.last_stable_offset + kWindowHead, end)};
  if (place.from < 0) place = deleted;
  if (place.from < 0 && !partition.skipped.empty())
    place = {partition.skipped.front(),
             std::min(partition.skipped.back() + 1, partition.skipped.front() + kWindowHead)};
  if (place.from < 0 && !partition.repeated.empty()) {
    const RepeatedRecord& again = partition.repeated.back();
    const bool near = again.copy_of >= 0 && again.offset - again.copy_of <= kWindowHead;
    place = {near ? again.copy_of : again.offset, again.offset + 1};
  }
  const bool fold = place.from >= 0 && place.from < end - columns(room);
  if (!fold) {
    plan.segments.push_back({std::max(start, end - columns(room)), end});
  } else {
    // That place is at the left, the newest records are at the right.
    plan.pitch = std::min(plan.pitch, style.cell_w + 2);
    float most = room * 0.6f;
    if (locked >= 0) {  // the cells narrow, and the newest records give way, before a lock does
      const float least = style.bold_lines ? 24 : 15;  // the lock is still drawn in its cell
      const auto cells = static_cast<float>(place.to - place.from + kNewest + kNewest);
      plan.pitch = std::clamp(step_below((room - kFold) / cells), std::min(least, plan.pitch), plan.pitch);
      most = room - kFold - plan.pitch * static_cast<float>(kNewest + kNewest);
    }
    std::int64_t left_to = std::min(place.to + 1, place.from + columns(most));
    const StripSegment left{std::max(start, place.from - (cut.from < 0 ? 2 : 5)), std::max(left_to, place.from + 1)};
    const auto kept = static_cast<float>(left.to - left.from);
    const float least = 1 + kept;
    if (least * plan.pitch > room - kFold) plan.pitch = step_below((room - kFold) / least);  // a narrow column
    const float rest = room - kFold - kept * plan.pitch;
    plan.segments.push_back(left);
    const StripSegment right{std::max(left.to, end - columns(rest)), end};
    if (right.from <= left.to) {
      plan.segments.back().to = end;
    } else {
      plan.segments.push_back(right);
    }
  }
  plan.gap = gap_of(plan.pitch);
  return plan;
}

StripView build_strip_view(const Partition& partition, const StripPlan& plan, bool leader_first) {
  StripView view;
  if (!plan.segments.empty()) {
    view.from = plan.segments.front().from;
    view.to = plan.segments.back().to;
  }
  for (const ReplicaLog& log : partition.logs) {
    StripRow row;
    row.log = &log;
    for (const StripSegment& segment : plan.segments) {
      std::int64_t last_epoch = -1;
      for (const LogRun& run : log.runs) {
        const std::int64_t base = std::max(run.base_offset, segment.from),
                           last = std::min({run.last_offset, segment.to - 1, base + kMostCells});
        for (std::int64_t o = base; o <= last; ++o) {
          StripCell cell;
          cell.offset = o;
          cell.epoch = run.leader_epoch;
          cell.flushed = run.flushed;
          cell.control = run.control;
          cell.transaction = run.transaction_state;
          if (run.truncated || run.deleted) {
            cell.kind = run.deleted ? CellKind::Deleted : run.lost ? CellKind::Lost : CellKind::Struck;
            cell.made_good = log.made_good;
            (run.deleted ? row.deleted : row.cut).push_back(cell);
            continue;
          }
          cell.kind = run.to_be_cut                  ? CellKind::Apart
                      : run.compacted                ? CellKind::Gap
                      : o < partition.high_watermark ? CellKind::Committed
                                                     : CellKind::Above;
          if (cell.kind == CellKind::Committed && !cell.control && log.role == ReplicaRole::Leader &&
              std::binary_search(partition.skipped.begin(), partition.skipped.end(), o))
            cell.kind = CellKind::Skipped;
          const bool gone = cell.kind == CellKind::Gap;  // a gap has no epoch
          if (!gone && !foreign_to_leader(cell))
            if (const RepeatedRecord* again = repeated_at(partition, o)) cell.copy = again->copy;
          cell.first_of_run = run.leader_epoch != last_epoch && !foreign_to_leader(cell) && !gone;
          cell.run_start = cell.first_of_run && last_epoch >= 0;
          if (!gone) last_epoch = run.leader_epoch;
          cell.tombstone = run.tombstone;
          const auto k = static_cast<std::size_t>(o - run.base_offset);
          if (k < run.keys.size() && !run.keys[k].empty()) cell.key = &run.keys[k];
          if (k < run.values.size() && !run.values[k].empty()) cell.value = &run.values[k];
          row.cells.push_back(cell);
        }
      }
    }
    view.rows.push_back(std::move(row));
  }
  if (leader_first) {
    std::stable_partition(view.rows.begin(), view.rows.end(),
                          [](const StripRow& row) { return row.log->role == ReplicaRole::Leader; });
  }
  return view;
}

StripView build_strip_view(const Partition& partition, int columns, bool leader_first) {
  StripPlan plan;
  std::int64_t end = 0;
  for (const ReplicaLog& log : partition.logs) end = std::max(end, log.log_end_offset);
  plan.segments.push_back({std::max(partition.log_start_offset, end - std::max(columns, 1)), end});
  return build_strip_view(partition, plan, leader_first);
}

float flag_room(const StripStyle& style) {
  if (!style.flags) return 0;
  const float one = style.bold_lines ? style.mark_em * 1.46f + 7 : 26.f;
  return style.all_flags ? 2 * one - 5 : one;
}

float room_below(const StripStyle& style) {
  if (!style.flags || !style.flags_below) return 8;
  constexpr float kAround = 8, kUsual = 24;
  return style.bold_lines ? style.mark_em * 1.46f + kAround : kUsual;
}

float strips_height(const StripStyle& style, std::size_t replicas, std::size_t share_groups) {
  const auto n = static_cast<float>(replicas);
  return flag_room(style) + (style.ruler ? 22.f : 4.f) + n * style.cell_h + (n - 1) * style.gap + room_below(style) +
         static_cast<float>(share_groups) * share_row_height(style);
}

}  // namespace kafkascope::ui
