// The legend of a group's matrix: it explains the signs that can be seen now, and no others.
#pragma once
#include <set>

#include "ui/panels/group_cells.h"

namespace kafkascope::ui {

/// The signs in the cells of a matrix.
struct GroupSigns {
  std::set<GroupCell> cells = {};
  bool named = false;         // a cell of a partition that comes next names the member that it comes from
  bool numbers = false;       // in the cells of a member's own partitions
  bool share = false;         // of a share group, whose members have records locked
  bool worth_a_line() const;  // other signs than those of what is being read
};

/// The legend's type, the stroke of its cells, and their size.
struct GroupKeyLook {
  float em = 13, stroke = 1, wide = 24, high = 18;
};

/// The words about a sign.
words::Key group_sign_word(const GroupSigns& signs, GroupCell cell);
/// Draws the legend at the right end of the room, or at its left one: the most telling signs first, as many as have
/// room.
void draw_group_key(Ui& ui, const Line& room, const GroupSigns& signs, Align side, const GroupKeyLook& look = {});

}  // namespace kafkascope::ui
