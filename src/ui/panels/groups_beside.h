// Groups beside each other, to compare who has which partition.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

/// The groups that the lesson points at, if there are several and the user has selected none; else empty.
std::vector<const observe::Group*> groups_to_compare(const Ui& ui);
/// A column for each group: its members, its partitions, and what the last rebalance did to each of them.
void draw_groups_beside(Ui& ui, const Rect& r, const std::vector<const observe::Group*>& groups);

}  // namespace kafkascope::ui
