// The whole run below a zoomed timeline, with a frame around the part that the lanes show.
#include <algorithm>

#include "ui/panels/timeline_lanes.h"

namespace kafkascope::ui {

namespace {

/// Moves the visible part: the frame follows a drag, and a click beside it centres it there.
void move_part(Ui& ui, const Rect& bar, const TimeAxis& whole) {
  State& st = ui.st;
  const std::int64_t span = st.time_to_us - st.time_from_us, at = whole.at(ui.in.x);
  const Hit hit = ui.drag(make_id("overview"), bar);
  if (hit.pressed) {
    const bool inside = at >= st.time_from_us && at <= st.time_to_us;
    st.overview_grab_us = inside ? at - st.time_from_us : span / 2;
  }
  if (!hit.held) return;
  const std::int64_t last = std::max<std::int64_t>(0, whole.to_us - span);
  st.time_from_us = std::clamp<std::int64_t>(at - st.overview_grab_us, 0, last);
  st.time_to_us = st.time_from_us + span;
}

}  // namespace

void draw_overview(Ui& ui, const Rect& r, float names, float x0, float x1) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  State& st = ui.st;
  const TimelineModel& t = ui.time;
  const TimeAxis whole = build_time_axis(t, -1, -1, x0, x1);
  const Rect bar = Rect{whole.x0, r.y, whole.x1 - whole.x0, r.h}.padded(0, 3);
  move_part(ui, bar, whole);
  Row head{words_in({r.x, r.y, names, r.h})};
  constexpr float kInset = 16, kAround = 28, kMark = 1.5f, kLow = 4, kNow = 1;
  head.skip(kInset);
  p.text(head.left(names - kAround), ui.tr("ui.whole_run"_w), {.em = 13, .color = c.secondary});
  p.fill(bar, c.field, 3);
  p.note(bar, "overview");
  const float now = whole.x(t.now_us);
  p.fill({bar.x, bar.y, std::clamp(now - bar.x, 0.f, bar.w), bar.h}, with_alpha(c.accent, .18f), 3);
  for (const TimeMark& mark : t.marks) {
    const bool act = mark.kind == MarkKind::Fault || mark.kind == MarkKind::Violation;
    if (!act && mark.kind != MarkKind::Election) continue;
    p.fill(Rect{whole.x(mark.at_us), bar.y, 0, bar.h}.padded(-kMark, act ? kNow : kLow),
           act ? c.danger : c.leader_solid);
  }
  p.fill(Rect{now, bar.y, 0, bar.h}.padded(-kNow, 0), c.playhead);
  const float from = std::clamp(whole.x(st.time_from_us), bar.x, bar.right()),
              to = std::clamp(whole.x(st.time_to_us), bar.x, bar.right());
  constexpr float kLeast = 6;
  const Rect part = Rect{from, bar.y, std::max(kLeast, to - from), bar.h}.grown(1);
  p.stroke(part, c.accent, 2, 3);
  p.note(part, "overview part");
}

}  // namespace kafkascope::ui
