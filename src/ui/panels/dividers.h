// The lines between panels: dragging one changes the panels' sizes; a double click restores the designed size.
#pragma once
#include <vector>

#include "ui/layout.h"

namespace kafkascope::ui {

void draw_dividers(Ui& ui, const std::vector<Divider>& all);
/// From the palette: the panel below the stage grows by this fraction of the window's height; it shrinks if `by` is negative.
void enlarge_panel(Ui& ui, float by);
void reset_splits(Ui& ui);

}  // namespace kafkascope::ui
