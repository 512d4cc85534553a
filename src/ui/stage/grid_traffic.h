// The traffic among many brokers. A line for each pair would hide everything, so a client has one line to each rack, whose thickness
// shows the number of messages. Between brokers, only the selected broker's lines are drawn, or all dots while they are few.
#pragma once
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// A message under the pointer.
struct GridDot {
  int message = -1;  // -1: none
  Point spot;
};

/// Draws under the cards, or over them. `at`: the cards by node, empty: not visible; `frames`: of groups, over which there are no words.
GridDot draw_grid_traffic(Ui& ui, const BrokerGrid& grid, const std::vector<Rect>& at, float radius, float stroke,
                          bool over, const std::vector<Rect>& frames = {});

}  // namespace kafkascope::ui
