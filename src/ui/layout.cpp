#include "ui/layout.h"

#include <algorithm>

#include "ui/stage/stage_view.h"

namespace kafkascope::ui {

float fitting_scale(float scale, int width, int height, Layout layout) {
  if (layout == Layout::Presenter) return scale;
  return std::min({scale, static_cast<float>(width) / 1280, static_cast<float>(height) / 720});
}

LessonRects lesson_rects(float w, float h, bool detour, bool two) {
  LessonRects r;
  const bool big = w >= 1600;
  const float column = big ? 440.f : 312.f, transport = big ? 64.f : 56.f;
  r.title = {0, 0, w, 48};
  float top = 49;
  if (detour) {
    r.detour = {0, top, w, 56};
    top += 56;
  }
  r.transport = {0, h - transport, w, transport};
  const float bottom = h - transport;
  r.narration = {0, top, column, bottom - top};
  const float room_w = w - column, room_h = bottom - top;
  // The stage keeps its aspect ratio; the panel takes the rest, at least 220 (or 36 %).
  const float k = std::min(room_w / kStageW, 1.6f);
  float stage_h = kStageH * k + 6;
  const float most_h = room_h - std::max(220.f, room_h * 0.36f);
  stage_h = two ? most_h : std::min(stage_h, most_h);
  r.stage = {column + 1, top, room_w - 1, stage_h};
  r.panel = {column + 1, top + stage_h + 1, room_w - 1, room_h - stage_h - 1};
  return r;
}

WorkbenchRects workbench_rects(float w, float h, bool detour, bool drawer_open) {
  WorkbenchRects r;
  const bool big = w >= 1600;
  r.title = {0, 0, w, 48};
  float top = 49;
  if (detour) {
    r.detour = {0, top, w, 56};
    top += 56;
  }
  r.transport = {0, h - 48, w, 48};
  const float bottom = h - 48;
  const float lesson = big ? 320.f : 272.f;
  r.two_rows = h >= 900;
  r.drawer = !big;
  const float inspector = big ? 360.f : 0.f;
  const float room = bottom - top;
  const float lower = r.two_rows ? 38 + std::max(206.f, room * 0.212f) + 220 : 196;
  // In a low window the stage gets the height that its aspect ratio can use at that width, plus its key; the panel gets
  // the rest.
  const float stage = kStageH * (w - lesson - inspector - 2) / kStageW * .965f + 38;
  const float top_h = r.two_rows ? room - lower : std::max(300.f, std::min(room - lower, stage)),
              tabs = r.two_rows ? 38.f : 34.f;
  r.lesson = {0, top, lesson, top_h};
  r.stage = {lesson + 1, top, w - lesson - inspector - 2, top_h};
  // Below 1600 px the inspector is over the narration, never over the stage, so that leaders and dead nodes stay
  // visible.
  r.inspector = big ? Rect{w - inspector, top, inspector, top_h} : drawer_open ? Rect{0, top, lesson, top_h} : Rect{};
  float y = top + top_h + 1;
  r.tabs = {0, y, w, tabs};
  y += tabs;
  if (r.two_rows) {
    const float timeline = 220;
    r.middle = {0, y, w, bottom - timeline - y};
    r.lower = {0, bottom - timeline, w, timeline};
  } else {
    r.middle = {0, y, w, bottom - y};
  }
  return r;
}

}  // namespace kafkascope::ui
