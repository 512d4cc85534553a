// The space-time diagram: lifelines of the nodes, arrows for the messages between them.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

struct SpaceTimeStyle {
  float em = 13;
  float stroke = 1.6f;
  float mark = 4.5f;     // radius of a message's mark
  float names = 140;     // width of the nodes' names
  bool controls = true;  // chips and notes; else only the diagram
};

void draw_space_time(Ui& ui, const Rect& r, const SpaceTimeStyle& style);

}  // namespace kafkascope::ui
