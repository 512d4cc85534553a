// What is under way among many brokers. A line for each pair of them would hide everything, so a client has one line to each rack, as
// thick as its messages are many; between brokers only the selected one's are drawn, or all dots while they are few.
#pragma once
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// A message under the pointer.
struct GridDot {
  int message = -1;  // none
  Point spot;
};

/// Under the cards, or over them. `at`: the cards by node, empty: not seen.
GridDot draw_grid_traffic(Ui& ui, const BrokerGrid& grid, const std::vector<Rect>& at, float radius, float stroke,
                          bool over);

}  // namespace kafkascope::ui
