// Groups beside each other, to compare who has which partition.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

/// The groups that the lesson points at, if there are several and the user has selected none; else empty.
std::vector<const observe::Group*> groups_to_compare(const Ui& ui);
/// The measures of the drawing: those of a panel, or a projector's.
struct BesideLook {
  float head = 18, em = 15, small = 13;  // of a group's name, of a member's, of all other text
  float stroke = 1, sign = 12;           // of a cell's edge; the size of the sign in it
  float margin = 20, top = 12, key = 30;
  LineSize line{22, 15}, labels{23, 16};  // line: a group's name and its numbers; labels: above the columns
  float least_row = 20, most_row = 40;
  bool far = false;                                               // for reading from a distance: no pale colours
  float rows() const { return 2 * line.height + labels.height; }  // from a group's top
};
/// The measures for a projector: all text has the size `text`.
BesideLook large_beside(float text, float stroke);
/// The height in which every member has a row.
float beside_height(const std::vector<const observe::Group*>& groups, const BesideLook& look);
/// A column for each group: its members, its partitions, and what the last rebalance did to each of them.
void draw_groups_beside(Ui& ui, const Rect& r, const std::vector<const observe::Group*>& groups,
                        const BesideLook& look = {});

}  // namespace kafkascope::ui
