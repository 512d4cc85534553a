// The panel at a point: for pictures of one panel.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

struct NamedRect {
  const char* name = "";
  Rect rect;  // empty: no panel there
};

NamedRect panel_at(const State& state, float w, float h, bool detour, float x, float y);

}  // namespace kafkascope::ui
