// Positions of the panels: pure arithmetic over the window's size.
#pragma once
#include "ui/geometry.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// Below 1280×720 lesson and workbench are drawn smaller rather than cut; the presenter always scales with the picture's height.
float fitting_scale(float scale, int width, int height, Layout layout);

struct LessonRects {
  Rect title, detour, narration, stage, panel, transport;
};

/// Narration 440 (312 below 1600), stage and panel beside it, a slim transport below.
/// `two`: two worlds, which get all the height that the panel leaves.
LessonRects lesson_rects(float w, float h, bool detour, bool two = false);

struct WorkbenchRects {
  Rect title, detour, lesson, stage, inspector, tabs, middle, lower_tabs, lower, transport;
  bool two_rows = true;  // tabs + timeline; else one tab row holds both
  bool drawer = false;   // the inspector covers the narration
};

WorkbenchRects workbench_rects(float w, float h, bool detour, bool drawer_open);

}  // namespace kafkascope::ui
