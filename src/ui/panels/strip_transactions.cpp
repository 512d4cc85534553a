// Transactions in the log strips: whose records are open, committed or aborted, and which records read_committed consumers have
// to wait for.
#include <algorithm>

#include "ui/panels/strip_parts.h"

namespace kafkascope::ui {

using namespace observe;

void draw_transaction_bar(Ui& ui, const Rect& bar, char state) {
  Painter& p = ui.p;
  const Color color = ui.c.lso;
  if (state == 'c') {
    p.fill(bar, color, 1);
  } else if (state == 'a') {
    constexpr float kOfProjector = 9;  // hollow inside a thick edge
    p.stroke(bar, color, bar.h >= kOfProjector ? 3.f : 1.2f, 1);
  } else {
    const float dash = bar.w / 5;
    for (int i = 0; i < 3; ++i) p.fill({bar.x + dash * 2 * static_cast<float>(i), bar.y, dash, bar.h}, color, 1);
  }
}

std::string stable_offset_waits(const Ui& ui, int partition) {
  std::string ids;
  for (const Transaction& t : ui.world.transactions)
    for (const TransactionPart& part : t.parts) {
      if (partition < 0 || part.partition != partition || part.from < 0) continue;
      if (!t.hanging && t.state != "Ongoing" && !part.awaits_marker) continue;
      if (part.from != ui.world.partitions[static_cast<std::size_t>(partition)].last_stable_offset) continue;
      if (t.hanging) return ui.tr("ui.lso_hangs"_w);
      ids += (ids.empty() ? "" : ", ") + t.id;
    }
  return ids.empty() ? ids : ui.tr("ui.hw_waits_for"_w, {{"brokers", ids}});
}

namespace {
float bar_height(const StripStyle& style) { return style.bold_lines ? 9.f : style.cell_h >= 24 ? 5.f : 3.f; }
}  // namespace

float covered_by_bar(const StripStyle& style) {
  constexpr float kApart = 2;  // below the cell
  return style.gap >= bar_height(style) + kApart ? 0 : bar_height(style);
}

bool draw_transaction_bars(const Strip& s, const StripView& view) {
  const float high = bar_height(s.style);
  const bool under = covered_by_bar(s.style) == 0;
  for (std::size_t i = 0; i < view.rows.size(); ++i) {
    const float y = s.row_y(i) + s.style.cell_h + (under ? 2.f : -high);
    for (const StripCell& cell : view.rows[i].cells)
      if (cell.transaction != 0 && !cell.control && cell.kind != CellKind::Gap && !foreign_to_leader(cell))
        draw_transaction_bar(s.ui, {s.gx(cell.offset), y, s.cell_w(), high}, cell.transaction);
  }
  if (!s.style.flags || s.part.last_stable_offset >= s.part.high_watermark) return false;
  const float from = std::max(s.x0, s.gx(s.part.last_stable_offset) - 1), to = s.gx(s.part.high_watermark) - 1;
  if (to <= from) return false;
  s.ui.p.fill({from, s.rows_top - (s.style.bold_lines ? 8.f : 5.f), to - from, high - 1}, s.ui.c.lso, 1);
  return true;
}

}  // namespace kafkascope::ui
