#include "ui/layout.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/stage/stage_view.h"

namespace kafkascope::ui {

float fitting_scale(float scale, int width, int height, Layout layout) {
  if (layout == Layout::Presenter) return scale;
  return std::min({scale, static_cast<float>(width) / 1280, static_cast<float>(height) / 720});
}

namespace {

constexpr float kLeastStage = 312, kLeastStageW = 860;  // in a smaller stage the cards' texts overlap

/// The size that the user chose, kept within these bounds; else the designed size.
float sized(const Splits& splits, Split split, float designed, float whole, float least, float most) {
  const float chosen = splits[static_cast<std::size_t>(split)];
  return chosen <= 0 ? designed : std::clamp(chosen * whole, least, std::max(least, most));
}

}  // namespace

LessonRects lesson_rects(float w, float h, bool detour, bool two, const Splits& splits) {
  LessonRects r;
  const bool big = w >= 1600;
  const float column = sized(splits, Split::Narration, big ? 440.f : 312.f, w, 280, w - kLeastStageW),
              transport = big ? 64.f : 56.f;
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
  stage_h = room_h - sized(splits, Split::LessonPanel, room_h - stage_h, h, 220, room_h - kLeastStage);
  r.stage = {column + 1, top, room_w - 1, stage_h};
  r.panel = {column + 1, top + stage_h + 1, room_w - 1, room_h - stage_h - 1};
  return r;
}

WorkbenchRects workbench_rects(float w, float h, bool detour, bool drawer_open, const Splits& splits) {
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
  const float lesson =
      sized(splits, Split::Lesson, big ? 320.f : 272.f, w, 240, w - kLeastStageW - (big ? 360.f : 0.f));
  r.two_rows = h >= 900;
  r.drawer = !big;
  const float inspector = big ? sized(splits, Split::Inspector, 360, w, 320, w - kLeastStageW - lesson) : 0.f;
  const float room = bottom - top;
  // In a low window an open panel has about 200, so that a table shows several rows, during a detour too.
  float middle = r.two_rows ? 38 + std::max(206.f, room * 0.212f) : 34 + 202, timeline = 220;
  if (r.two_rows) {
    // The stage needs the height that its designed width can use, plus its legend's. Any shortfall is taken from the
    // panel and the timeline, as far as they can spare it.
    const float width = w - (big ? 320.f + 360.f : 272.f) - 2;
    float lacks = std::max(0.f, kStageH * width / kStageW + 38 - (room - middle - timeline));
    for (const auto& [part, most] : {std::pair{&middle, 12.f}, {&timeline, 65.f}, {&middle, 20.f}}) {
      const float given = std::min(lacks, most);
      *part -= given;
      lacks -= given;
    }
  }
  timeline = r.two_rows ? sized(splits, Split::Lower, timeline, h, 120, room - middle - kLeastStage) : 0.f;
  const float lower = middle + timeline;
  // In a low window the stage gets the height that its aspect ratio can use at that width, plus its legend; the panel
  // gets the rest.
  const float stage = kStageH * (w - lesson - inspector - 2) / kStageW * .965f + 38;
  const float tabs = r.two_rows ? 38.f : 34.f;
  const float designed = r.two_rows ? room - lower : std::max(300.f, std::min(room - lower, stage));
  const float top_h = sized(splits, Split::Stage, designed, h, kLeastStage, room - tabs - timeline - 120);
  r.lesson = {0, top, lesson, top_h};
  r.stage = {lesson + 1, top, w - lesson - inspector - 2, top_h};
  // Below 1600 px the inspector covers the narration, never the stage, so that leaders and dead nodes stay visible.
  r.inspector = big ? Rect{w - inspector, top, inspector, top_h} : drawer_open ? Rect{0, top, lesson, top_h} : Rect{};
  float y = top + top_h + 1;
  r.tabs = {0, y, w, tabs};
  y += tabs;
  if (r.two_rows) {
    r.middle = {0, y, w, bottom - timeline - y};
    r.lower = {0, bottom - timeline, w, timeline};
  } else {
    r.middle = {0, y, w, bottom - y};
  }
  return r;
}

bool lengthens_lesson(const WorkbenchRects& r, const State& st) {
  const bool verdict = st.last_phase == QuestionPhase::Held || st.last_phase == QuestionPhase::Differed;
  const bool lacks = std::floor(st.lesson_need) > r.lesson.h;
  if (r.two_rows) return (st.waits || verdict) && lacks;
  return st.waits || (r.drawer && st.drawer);
}

void lengthen_lesson(WorkbenchRects& r) {
  const float right = r.lesson.right() + 1, left = r.lesson.x;
  r.lesson.h = r.middle.bottom() - r.lesson.y;
  if (!r.inspector.empty() && r.inspector.x == left) r.inspector.h = r.lesson.h;
  for (Rect* beside : {&r.tabs, &r.middle}) {
    beside->w = beside->right() - right;
    beside->x = right;
  }
}

std::vector<Divider> dividers(const LessonRects& r, float w, float h) {
  return {{Split::Narration, {r.narration.right(), r.narration.y, 1, r.narration.h}, true, false, 0, w},
          {Split::LessonPanel, {r.panel.x, r.panel.y, r.panel.w, 1}, false, true, r.panel.bottom(), h}};
}

std::vector<Divider> dividers(const WorkbenchRects& r, float w, float h) {
  std::vector<Divider> all = {{Split::Lesson, {r.lesson.right(), r.lesson.y, 1, r.lesson.h}, true, false, 0, w},
                              {Split::Stage, {r.tabs.x, r.tabs.y, r.tabs.w, 1}, false, false, r.stage.y, h}};
  if (!r.drawer) all.push_back({Split::Inspector, {r.inspector.x, r.inspector.y, 1, r.inspector.h}, true, true, w, w});
  if (r.two_rows) all.push_back({Split::Lower, {0, r.lower.y, w, 1}, false, true, r.lower.bottom(), h});
  return all;
}

}  // namespace kafkascope::ui
