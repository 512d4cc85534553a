// Log strips of one partition: a row per replica, aligned by offset. Some pure functions prepare them, another function
// draws them.
//
// In all rows, cells below the partition's high watermark (its leader's) are filled and cells above it hatched. A
// replica's own high watermark (on a follower one fetch later) is a small triangle under its row.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

struct StripStyle {
  float cell_w = 34, cell_h = 36, gap = 22;
  float name_w = 190;  // room for icon and broker name
  float name_em = 18;
  float mark_em = 15;     // epochs in cells, offsets beside them
  int tail_cells = 0;     // cells left free after the newest record
  bool ruler = true;      // offsets above the cells
  bool keys = false;      // record keys in the cells where they fit
  bool key_room = false;  // the cells of a short log grow to fit the keys, and the values if all fit
  bool flags = true;
  bool flags_below = true;       // flags at the groups' committed offsets
  bool all_flags = false;        // also LEO, LSO, log start, positions
  bool leader_first = false;     // false: in the order of the assignment
  bool roles = false;            // the role in words under the name
  bool partition_names = false;  // "orders-0" before the broker, if several partitions are below each other
  bool fit = true;               // cells narrow until the high watermark and every in-sync replica's end are visible
  bool bold_lines = false;       // a projector: thick lines, wide hatching
  bool record_cards = false;     // cards below the strips describe the records that the lesson points at
  float head_w = 0;  // width of the partition's name at the left of the flags, which the text of a ring must not cover
};

/// Apart: in this replica's log, but not in the leader's; Struck: the same, but truncated by now. Gap, Lost, Deleted:
/// ghosts of records that compaction removed, that the power failure took, or that were deleted from the log's start.
/// Skipped: still in the log, but a group has committed past it without processing it.
enum class CellKind : std::uint8_t { Committed, Above, Apart, Struck, Gap, Lost, Deleted, Skipped };

struct StripCell {
  std::int64_t offset = 0;
  std::int64_t epoch = 0;
  CellKind kind = CellKind::Committed;
  bool flushed = true;
  bool control = false;
  char transaction = 0;  // as LogRun::transaction_state: 'o' open, 'c' committed, 'a' aborted
  bool tombstone = false;
  bool made_good = false;  // of a lost one: the replica has copied it again
  bool run_start = false;  // a new epoch begins at this visible cell
  bool first_of_run = false;
  int copy = 0;  // 2, 3 …: the record is in the log already; the number of this copy
  const std::string* key = nullptr;
  const std::string* value = nullptr;  // the bytes of its value, if values are shown
};

struct StripRow {
  const observe::ReplicaLog* log = nullptr;
  std::vector<StripCell> cells;
  std::vector<StripCell> cut;      // no longer in the log: drawn below the row
  std::vector<StripCell> deleted;  // before its start
};

/// A range of visible offsets: [from, to).
struct StripSegment {
  std::int64_t from = 0, to = 0;
};

/// The visible offsets and the width of their cells. Between two segments offsets are left out.
struct StripPlan {
  std::vector<StripSegment> segments;
  float pitch = 36, gap = 2;
  bool sees(std::int64_t offset) const;
  /// The left edge of the offset's cell, from the strip's left edge; offsets that are not visible map to the nearest
  /// edge.
  float x(std::int64_t offset) const;
  float width() const;
  /// The offset at that position; -1 between two segments or outside.
  std::int64_t at(float x) const;
};

struct StripView {
  std::int64_t from = 0, to = 0;  // the visible range
  std::vector<StripRow> rows;
};

/// The offsets that fit into `room` logical pixels: the newest ones; if there are records to be truncated, or recently
/// truncated ones, those too; else those that share groups have locked; else those that the lesson points at, `pointed`.
StripPlan plan_strips(const observe::Partition& partition, float room, const StripStyle& style,
                      StripSegment pointed = {-1, -1});
StripView build_strip_view(const observe::Partition& partition, const StripPlan& plan, bool leader_first = false);
/// The last `columns` offsets of the longest replica.
StripView build_strip_view(const observe::Partition& partition, int columns, bool leader_first = false);

/// The record at that offset, if it is a later copy of another record in the log; else nullptr.
const observe::RepeatedRecord* repeated_at(const observe::Partition& partition, std::int64_t offset);
/// Whether any replica has, or recently had, records that are not in the leader's log, or has lost some.
bool has_cut(const observe::Partition& partition);

/// The marks that a picture of strips shows.
struct StripMarks {
  Point watermark{-1, -1};                             // position of the high watermark; -1: not visible
  bool own_watermark = false;                          // a replica's own high watermark is visible
  bool apart = false;                                  // records that the leader does not have
  bool struck = false, lost = false, deleted = false;  // records that are gone
  bool skipped = false;                                // by a group
  bool copied_again = false;                           // lost on a replica, which has them again
  bool again = false;                                  // a later copy of a record that stands before it
  bool unflushed = false, gap = false, tombstone = false, segments = false;
  bool locked = false, acknowledged = false, archived = false;  // states of share groups' records
  int deliveries = 0;                                           // the highest count in their cells
  bool above = false;                                           // records that are not below the high watermark
  // Of transactions: records, markers, the line over those that read_committed consumers wait for.
  bool open = false, committed = false, aborted = false, commit_marker = false, abort_marker = false, held = false;
  bool transactions() const { return open || committed || aborted || commit_marker || abort_marker; }
};

/// Draws into r (which begins at the ruler or the first row); returns the y below the last row and the words under it.
float draw_strips(Ui& ui, int partition, const Rect& r, const StripStyle& style, StripMarks* marks = nullptr);
/// The width that the names of a partition and of its replicas' brokers need at the left of the cells, with
/// `partition_names`.
float names_width(const Ui& ui, const observe::Partition& part, const StripStyle& style);
/// Height of one row of flags above the cells.
float flag_room(const StripStyle& style);
/// Height of what stands below the cells: with flags_below, a row of the groups' flags.
float room_below(const StripStyle& style);
/// Whether the partition has flags of groups, and the lesson is about committed offsets, or its step points at such a
/// group.
bool flags_matter(const Ui& ui, const observe::Partition& partition);
/// Height that draw_strips needs for that many replicas and share groups.
float strips_height(const StripStyle& style, std::size_t replicas, std::size_t share_groups = 0);
/// The height of a row of a share group's records, with the line below it that names the members who have locked them.
float share_row_height(const StripStyle& style);
/// Records of a share group under the log's own: one row each. Returns the y below the last.
float draw_share_rows(Ui& ui, const observe::Partition& partition, const StripPlan& plan, const StripStyle& style,
                      Point at, StripMarks* marks);
void draw_share_cell(Ui& ui, const Rect& r, observe::ShareState state, int deliveries, float em);
/// The run that contains the offset; nullptr: the record was never handed out, or is done and below the start.
const observe::ShareRun* share_run_at(const observe::ShareStrip& strip, std::int64_t offset);
words::Key share_word(observe::ShareState state);
void draw_cell(Ui& ui, const Rect& r, const StripCell& cell, bool colored, const StripStyle& style);
/// The sign that a record is not flushed: dots along the bottom of its cell, `above` what covers that. `bold`: for a
/// projector.
void dot_unflushed(Painter& p, const Rect& cell, CellKind kind, bool bold, float above = 0);
/// The bar of a transaction's record: dashed while the transaction is open, full when it is committed, hollow when it
/// is aborted.
void draw_transaction_bar(Ui& ui, const Rect& bar, char state);
/// The transactions that the last stable offset waits for, in words; empty: it does not wait, or they are not known.
std::string stable_offset_waits(const Ui& ui, int partition);

/// In µs: a wait worth showing even if enough replicas are in sync, because it exceeds the ordinary round of a fetch.
inline constexpr std::int64_t kWaitSeen = 300'000;
bool watermark_stands(const observe::Partition& partition);
/// The replicas that the high watermark waits for, in words; empty: it does not wait.
std::string watermark_waits(Lang lang, const observe::Partition& partition);

}  // namespace kafkascope::ui
