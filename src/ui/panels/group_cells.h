// The cells of a group's matrix that both of its drawings have: being revoked, assigned next, not this member's.
#pragma once
#include <algorithm>
#include <vector>

#include "ui/painter.h"

namespace kafkascope::ui {

inline bool has(const std::vector<int>& list, int v) { return std::find(list.begin(), list.end(), v) != list.end(); }

/// A partition that the member must give up.
inline void draw_revoked_cell(Painter& p, const Rect& cell) {
  p.fill(cell, p.c.caution_fill, 3);
  p.hatch(cell.grown(-1), with_alpha(p.c.caution, .45f), 8);
  p.stroke(cell, p.c.caution, 1.5f, 3);
}

/// A partition that the member does not have; `next`: that it gets next.
inline void draw_other_cell(Painter& p, const Rect& cell, bool next) {
  if (next) p.dashed(cell, p.c.accent, 1.5f, 4, 3, 3);
  else p.line(cell.cx() - 4, cell.cy(), cell.cx() + 4, cell.cy(), p.c.hair, 1);
}

}  // namespace kafkascope::ui
