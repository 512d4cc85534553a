// Log strips of one partition: a row per replica, aligned by offset. Prepared by a pure function, drawn by another.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

struct StripStyle {
  float cell_w = 34, cell_h = 36, gap = 22;
  float name_w = 190;        // room for icon and broker name
  float name_em = 18;
  float mark_em = 15;        // epochs in cells, offsets beside them
  int tail_cells = 0;        // room left free behind the newest record
  bool ruler = true;         // offsets above the cells
  bool keys = false;         // record keys in the cells
  bool flags = true;
  bool all_flags = false;    // LEO, LSO, log start, positions too
  bool leader_first = false; // else in the order of the assignment
  bool roles = false;        // the role in words under the name
  bool short_names = false;  // "2" instead of "broker-2"
};

enum class CellKind : std::uint8_t { Committed, Above, Struck, Gap };

struct StripCell {
  std::int64_t offset = 0;
  std::int64_t epoch = 0;
  CellKind kind = CellKind::Committed;
  bool flushed = true;
  bool control = false;
  bool aborted = false;
  bool run_start = false;  // a new epoch begins here, in sight
  bool first_of_run = false;
  const std::string* key = nullptr;
};

struct StripRow {
  const observe::ReplicaLog* log = nullptr;
  std::vector<StripCell> cells;
};

struct StripView {
  std::int64_t from = 0, to = 0;  // offsets in sight: [from, to)
  std::vector<StripRow> rows;
};

/// The last `columns` offsets of the longest replica.
StripView build_strip_view(const observe::Partition& partition, int columns, bool leader_first = false);

/// Draws into r (which begins at the ruler or the first row); returns the y below the last row.
/// `anchor` receives, if asked for, where the high watermark stands.
float draw_strips(Ui& ui, int partition, const Rect& r, const StripStyle& style, Point* anchor = nullptr);
/// Height that draw_strips needs for so many replicas.
float strips_height(const StripStyle& style, std::size_t replicas);
void draw_cell(Ui& ui, const Rect& r, const StripCell& cell, bool colored, const StripStyle& style);

}  // namespace kafkascope::ui
