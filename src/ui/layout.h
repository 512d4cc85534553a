// Positions of the panels: pure arithmetic over the window's size.
#pragma once
#include <vector>

#include "ui/geometry.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// Below 1280×720 lesson and workbench are drawn smaller rather than cut; the presenter always scales with the picture's height.
float fitting_scale(float scale, int width, int height, Layout layout);

struct LessonRects {
  Rect title, detour, narration, stage, panel, transport;
};

/// Narration 440 (312 below 1600), stage and panel beside it, a slim transport below.
/// `two`: two worlds are shown: they get all the height above the panel.
LessonRects lesson_rects(float w, float h, bool detour, bool two = false, const Splits& splits = {});

struct WorkbenchRects {
  Rect title, detour, lesson, stage, inspector, tabs, middle, lower_tabs, lower, transport;
  bool two_rows = true;  // tabs and timeline in separate rows; false: one row has both
  bool drawer = false;   // the inspector covers the narration
};

WorkbenchRects workbench_rects(float w, float h, bool detour, bool drawer_open, const Splits& splits = {});

/// Whether the narration, or the drawer, reaches down beside tabs and panel, so that all choices or all details are visible: in a low window
/// while the world waits for the learner, the lesson's end has much to offer or the drawer is open; in a higher one only while the question,
/// or its verdict, would hide the sentence of its step.
bool lengthens_lesson(const WorkbenchRects& r, const State& st);
void lengthen_lesson(WorkbenchRects& r);

/// A line between panels that can be dragged.
struct Divider {
  Split split;
  Rect line;                  // one pixel wide or high
  bool upright = true;        // dragged sideways
  bool from_end = false;      // the size is that of the panel to the right of the line, or below it
  float from = 0, whole = 1;  // the size is (pointer - from) / whole, or (from - pointer) / whole
};
std::vector<Divider> dividers(const LessonRects& r, float w, float h);
std::vector<Divider> dividers(const WorkbenchRects& r, float w, float h);

}  // namespace kafkascope::ui
