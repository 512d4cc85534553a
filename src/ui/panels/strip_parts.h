// Parts of the log strips; not for other panels.
#pragma once
#include <algorithm>
#include <vector>

#include "ui/panels/strip.h"

namespace kafkascope::ui {

/// The strips of one partition, and where they are drawn.
struct Strip {
  Ui& ui;
  const observe::Partition& part;
  const StripStyle& style;
  StripPlan plan;
  Rect r;
  float x0 = 0, rows_top = 0;
  bool colored = false;
  int index = -1;              // in Snapshot::partitions
  std::vector<float> poles{};  // x of the flags' poles, which cross all rows: no text is drawn over them
  /// The first position from x on where text of that width is clear of the poles.
  float beside_poles(float x, float w) const {
    for (const float pole : poles) {
      if (pole > x - 3 && pole < x + w + 3) x = pole + 7;
    }
    return x;
  }
  float gx(std::int64_t offset) const { return x0 + plan.x(offset); }
  float cell_w() const { return plan.pitch - plan.gap; }
  float row_y(std::size_t row) const { return rows_top + static_cast<float>(row) * (style.cell_h + style.gap); }
};

/// Whether the leader does not have the record, or did not have it before the truncation; such a cell has no other
/// sign.
inline bool foreign_to_leader(const StripCell& cell) {
  return cell.kind == CellKind::Apart || cell.kind == CellKind::Struck;
}

/// The places of the flags' plates that a lesson may point at; empty: not visible.
struct FlagPlates {
  Rect watermark, stable;
};
/// The flags above the rows, and those of groups below.
FlagPlates draw_flags(const Strip& s, const StripView& view, float rows_end);

/// How much lower the flags below the rows are, where there is room, to be clear of the marks under the last row.
float flags_shift(const Strip& s, const StripView& view, float rows_end);

inline constexpr float kUnderFlags = 4;  // between these flags and what stands under them

/// Whether flags of groups stand below the rows.
inline bool flags_stand_below(const Strip& s) {
  return s.style.flags && s.style.flags_below && !s.style.all_flags && !s.part.flags.empty();
}
/// Which brokers have deleted their replicas, below the flags; returns its lower end, or rows_end without room.
float draw_moved(const Strip& s, float rows_end, float words_end);

/// Where there is no room for flags below: the flags of the groups and consumers that the lesson points at, after the
/// log's end.
void draw_flags_beside(const Strip& s);

/// The rings around the lesson's objects: the high watermark, the end of a replica's log, a replica's own high
/// watermark.
void ring_points(const Strip& s, const StripView& view, const FlagPlates& plates);

/// Whether a line below the replica's name says where its log begins.
inline bool says_begin(const Strip& s, const observe::ReplicaLog& log) {
  constexpr float kTwoLines = 44;
  return log.log_start_offset > 0 && !s.style.bold_lines && !s.style.partition_names && !s.style.roles &&
         s.style.cell_h + s.style.gap >= kTwoLines;
}
/// Whether the replica's own high watermark is shown: it differs from the partition's, is visible, and has room below
/// the row.
bool own_watermark_seen(const Strip& s, const observe::ReplicaLog& log);
/// The height of the ghosts of records that are no longer in the log, and the y of their upper edge below the row at y.
float ghosts_high(const StripStyle& style);
inline float ghosts_y(const StripStyle& style, float y) { return y + style.cell_h + 2; }
/// Records that are no longer in the log, below their row; and the words about them, which cover the flags' poles.
void draw_cut(const Strip& s, const StripRow& row, float y);
float draw_cut_words(const Strip& s, const StripRow& row, float y);

/// The records of the partition's log that the chain of causes is about, from the first to the last; empty: none.
StripSegment chain_records(const Ui& ui, const observe::Partition& part);
/// The chain of causes: rings around its records and marks, and the numbers of its links at them, or at the replica.
void draw_chain_in_strips(const Strip& s, const StripView& view, const FlagPlates& plates);

/// Joins the cells of a record that is in the log twice.
void draw_twice(const Strip& s, const StripView& view);
/// The batch that the leader has just recognized, and the words about it under its cells; returns the y below them.
float draw_known(const Strip& s, const StripView& view, float rows_end);
/// The column under the pointer is highlighted on all replicas; a click opens the record's fate.
void touch_column(const Strip& s, const StripView& view, int index, float rows_end);
/// The flags say that the high watermark and the last stable offset wait: a click asks why.
void touch_flags(const Strip& s, int index, const FlagPlates& plates);

constexpr float kLeastDotted = 14;  // of a cell's height: in a lower one the dots would lie on the key

/// The height of a cell's lower part that the bar of its transaction covers; 0: there is room for the bar below the
/// cell.
float covered_by_bar(const StripStyle& style);
/// By how much words in the middle of the place stand higher to be clear of the dots at its foot; they stay within it.
inline float lift_over_dots(const StripCell& cell, const Rect& place, float em, bool bold) {
  constexpr float kClear = 1.5f;  // of the place's upper edge
  const float half = em * Line::kHalfLetter, dots = place.bottom() - (bold ? 9.f : 6.5f);
  const float above = std::max(0.f, place.cy() - half - place.y - kClear);
  return cell.flushed || place.h < kLeastDotted ? 0 : std::clamp(place.cy() + half - dots, 0.f, above);
}
/// Draws the bars under the records of transactions, and the line over the records that read_committed consumers have
/// to wait for. Returns whether there is such a line.
bool draw_transaction_bars(const Strip& s, const StripView& view);

}  // namespace kafkascope::ui
