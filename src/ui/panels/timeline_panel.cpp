#include <algorithm>
#include <cmath>

#include "ui/panels/panels.h"
#include "ui/panels/timeline_view.h"

namespace kafkascope::ui {

namespace {

void seek_to(Ui& ui, std::int64_t us, bool dragging) {
  Action a;
  a.kind = ActionKind::Seek;
  a.time_us = std::max<std::int64_t>(0, us);
  a.flag = dragging;
  ui.emit(std::move(a));
}

/// A lane's label when it fits in its span, on the ground of the timeline.
void span_label(Ui& ui, std::string_view s, float x0, float x1, float m, Color color, float playhead) {
  Painter& p = ui.p;
  const TextStyle style{.em = 13, .color = color, .bold = true};
  const float w = p.width(s, style);
  if (s.empty() || x1 - x0 < w + 24) return;
  float cx = (x0 + x1) / 2;
  if (std::fabs(cx - playhead) < w / 2 + 10) cx = x0 + w / 2 + 14;
  p.fill({cx - w / 2 - 6, m - 9, w + 12, 18}, p.c.canvas);
  p.text(cx, m + 4.8f, s, {.em = 13, .color = color, .bold = true, .align = Align::Middle});
}

void draw_broker_lane(Ui& ui, const Lane& lane, const TimeAxis& axis, float y, float h, float playhead) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float m = y + h / 2;
  for (const LaneSpan& span : lane.spans) {
    if (span.to_us < axis.from_us || span.from_us > axis.to_us) continue;
    const float a = std::max(axis.x0, axis.x(span.from_us)), b = std::min(axis.x1, axis.x(span.to_us));
    switch (span.kind) {
      case SpanKind::Dead: {
        const Rect r{a, m - 8, b - a, 16};
        p.hatch(r, c.danger, 8);
        p.line(a, r.y, b, r.y, c.danger, 1);
        p.line(a, r.bottom(), b, r.bottom(), c.danger, 1);
        span_label(ui, ui.pick(span.label), a, b, m, c.danger, playhead);
        break;
      }
      case SpanKind::Paused: p.dashed_line(a, m, b, m, c.caution, 4, 8, 6); break;
      case SpanKind::Starting: p.dashed_line(a, m, b, m, c.starting, 2, 6, 4); break;
      default: {
        const float t = leadership_thickness(span.leads);
        if (span.leads > 0) {
          const Rect r{a, m - t / 2, std::max(3.f, b - a), t};
          p.fill(r, c.leader_solid);
          if (!c.dark) p.stroke(r, c.leader_edge, 1);
        } else {
          p.line(a, m, b, m, c.strong, 2);
        }
        break;
      }
    }
  }
}

void draw_state_lane(Ui& ui, const Lane& lane, const TimeAxis& axis, float y, float h) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float m = y + h / 2;
  for (const LaneSpan& span : lane.spans) {
    if (span.to_us < axis.from_us || span.from_us > axis.to_us) continue;
    const float a = std::max(axis.x0, axis.x(span.from_us)), b = std::min(axis.x1, axis.x(span.to_us));
    if (lane.kind == LaneKind::Controller || span.kind == SpanKind::Dead) {
      if (span.kind == SpanKind::Dead) {
        p.hatch({a, m - 7, b - a, 14}, c.danger, 8);
      } else {
        p.line(a, m, b, m, c.strong, 1.5f);
      }
      continue;
    }
    p.fill({a, m - 8, std::max(2.f, b - a - 2), 16}, c.field);
    p.fill({a, m - 8, 3, 16}, span.leads > 0 ? c.hw : c.family[static_cast<std::size_t>(observe::Family::Group)]);
    const std::string& s = ui.pick(span.label);
    if (b - a > 30) p.text(a + 9, m + 4.8f, s, {.em = 13, .color = c.secondary, .max = b - a - 14, .foreign = true});
  }
}

void draw_watermarks(Ui& ui, const TimeAxis& axis, float y, float h) {
  Painter& p = ui.p;
  const auto& samples = ui.time.watermarks;
  if (samples.size() < 2) return;
  std::int64_t lo = samples.front().hw, hi = lo + 1;
  for (const WatermarkSample& s : samples) hi = std::max({hi, s.hw, s.leo}), lo = std::min(lo, s.hw);
  auto v = [&](std::int64_t q) {
    return y + h - 4 - static_cast<float>(static_cast<double>(q - lo) / static_cast<double>(hi - lo)) * (h - 9);
  };
  static thread_local std::vector<Point> hw, leo;
  hw.clear();
  leo.clear();
  for (const WatermarkSample& s : samples) {
    if (s.at_us < axis.from_us || s.at_us > axis.to_us) continue;
    hw.push_back({axis.x(s.at_us), v(s.hw)});
    leo.push_back({axis.x(s.at_us), v(s.leo) - (s.leo > s.hw ? 1.5f : 0.f)});
  }
  if (hw.size() < 2) return;
  p.polyline(leo.data(), static_cast<int>(leo.size()), ui.c.muted, 1.4f);
  p.polyline(hw.data(), static_cast<int>(hw.size()), ui.c.hw, 2.4f);
}

void zoom_and_pan(Ui& ui, const Rect& lanes, const TimeAxis& axis) {
  State& st = ui.st;
  const Rect w = ui.p.to_window(lanes);
  if (!w.contains(ui.in.x, ui.in.y)) return;
  const std::int64_t span = axis.to_us - axis.from_us;
  if (ui.in.wheel != 0) {
    const std::int64_t center = axis.at(ui.in.x);
    const double k = ui.in.wheel > 0 ? 0.8 : 1.25;
    const auto next = static_cast<std::int64_t>(static_cast<double>(span) * k);
    const std::int64_t whole = std::max<std::int64_t>(ui.time.until_us, ui.time.now_us);
    if (next >= whole) {
      st.time_from_us = st.time_to_us = -1;
    } else if (next >= 100) {
      const double f = static_cast<double>(center - axis.from_us) / static_cast<double>(span);
      st.time_from_us = std::max<std::int64_t>(0, center - static_cast<std::int64_t>(f * static_cast<double>(next)));
      st.time_to_us = st.time_from_us + next;
    }
  }
  static thread_local float last_x = 0;
  if (ui.in.right_down && !ui.in.right_pressed && st.time_to_us > 0) {
    const auto d = static_cast<std::int64_t>(static_cast<double>(last_x - ui.in.x) / static_cast<double>(axis.x1 - axis.x0) * static_cast<double>(span));
    const std::int64_t from = std::max<std::int64_t>(0, st.time_from_us + d);
    st.time_to_us += from - st.time_from_us;
    st.time_from_us = from;
  }
  last_x = ui.in.x;
}

}  // namespace

void draw_timeline_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const TimelineModel& t = ui.time;
  p.fill(r, c.canvas);
  ui.hit(make_id("timeline"), r);
  p.push_box(r, "timeline", true);
  const float names = ui.big() ? 184.f : 132.f;
  const TimeAxis axis = build_time_axis(t, ui.st.time_from_us, ui.st.time_to_us, r.x + names, r.right() - 24);
  const float lanes_top = r.y + 32;
  const int rows = 1 + static_cast<int>(t.lanes.size()) + (t.watermarks.empty() ? 0 : 1) + (t.branches.empty() ? 0 : 1);
  const float lane_h = std::clamp((r.bottom() - lanes_top - 6) / static_cast<float>(std::max(rows, 1)), 20.f, 26.f);
  const float playhead = axis.x(t.now_us);
  p.text(r.x + 16, r.y + 21, ui.tr(Str::Timeline), {.em = 13, .color = c.secondary, .bold = true});
  const float tools = r.right() - (ui.st.layout == Layout::Workbench && r.h < 240 && ui.big() ? 230 : 20);
  for (const std::int64_t us : time_ticks(axis, 92)) {
    const float x = axis.x(us);
    p.line(x, r.y + 28, x, r.bottom() - 4, c.hair);
    const std::string clock = axis.to_us - axis.from_us < 20'000 ? short_time(us) + " " + micro_text(us)
                              : axis.to_us - axis.from_us < 4'000'000 ? clock_text(us)
                                                                      : clock_text(us).substr(0, clock_text(us).size() - 4);
    const float w = p.width(clock, {.em = 13});
    if (playhead > x - 14 && playhead < x + w + 16) continue;  // labels make way for the shield
    if (x + w + 8 < tools) p.text(x + 4, r.y + 21, clock, {.em = 13, .color = c.muted});
  }
  std::vector<float> lane_y(t.lanes.size(), 0);
  float y = lanes_top;
  auto name = [&](std::string_view s) {
    p.text(r.x + 16, y + lane_h / 2 + 4.8f, s, {.em = 13, .color = c.secondary, .max = names - 28, .foreign = true});
    p.line(axis.x0, y + lane_h, axis.x1, y + lane_h, with_alpha(c.hair, .7f));
  };
  // Faults and steps.
  name(ui.tr(Str::FaultsAndSteps));
  float label_end = axis.x0;
  for (const TimeMark* mark : visible_marks(t, axis, -1, 4)) {
    const float x = axis.x(mark->at_us), m = y + lane_h / 2;
    if (mark->kind == MarkKind::Step) {
      if (mark->at_us <= t.now_us) {
        p.diamond(x, m, 5, c.muted);
      } else {
        p.diamond_line(x, m, 5, c.muted, 1.4f);
      }
    } else if (mark->kind == MarkKind::Fault || mark->kind == MarkKind::Violation) {
      p.fill({x - 2, y + 2, 4, lane_h - 4}, c.danger);
      const std::string& s = ui.pick(mark->label);
      const float w = p.width(s, {.em = 13, .bold = true}) + 36;
      if (x + 8 > label_end && x + 8 + w < axis.x1) {
        label_end = x + 8 + tag(p, x + 8, m - 10, s, c.danger_fill, c.danger, 0, mark->kind == MarkKind::Fault ? Icon::Crash : Icon::Warn, true, Align::Left, 20);
      }
    } else {
      p.fill({x - 2, y + 4, 4, lane_h - 8}, mark->kind == MarkKind::Repair ? c.ok : c.strong);
    }
    if (ui.hit(make_id("mark", static_cast<std::uint64_t>(mark - t.marks.data())), {x - 6, y, 12, lane_h}).clicked) seek_to(ui, mark->at_us, false);
  }
  y += lane_h;
  int index = -1;
  for (const Lane& lane : t.lanes) {
    ++index;
    lane_y[static_cast<std::size_t>(index)] = y + lane_h / 2;
    if (y + lane_h > r.bottom() + 2) break;
    name(lane.kind == LaneKind::Controller ? std::string_view(ui.tr(Str::Controller)) : std::string_view(lane.name));
    if (lane.kind == LaneKind::Broker) {
      draw_broker_lane(ui, lane, axis, y, lane_h, playhead);
    } else {
      draw_state_lane(ui, lane, axis, y, lane_h);
    }
    for (const TimeMark* mark : visible_marks(t, axis, index, 5)) {
      const float x = axis.x(mark->at_us), m = y + lane_h / 2;
      if (mark->kind == MarkKind::Election) {
        p.fill({x - 3, m - 9, 6, 18}, c.leader_solid);
        if (!c.dark) p.stroke({x - 3, m - 9, 6, 18}, c.leader_edge, 1);
        const std::string& s = ui.pick(mark->label);
        const float w = p.width(s, {.em = 13, .bold = true});
        const float lx = x - w - 14 > axis.x0 ? x - w - 12 : x + 12;
        p.fill({lx - 4, m - 8, w + 8, 16}, c.canvas);
        p.text(lx, m + 4.8f, s, {.em = 13, .color = c.leader, .bold = true});
      } else {
        p.fill({x - 2, m - 6, 4, 12}, c.family[static_cast<std::size_t>(observe::Family::Control)]);
      }
    }
    y += lane_h;
  }
  if (!t.watermarks.empty() && y + lane_h <= r.bottom() + 2) {
    name(ui.tr(Str::HwLeoOf, {t.watermark_partition}));
    draw_watermarks(ui, axis, y, lane_h);
    y += lane_h;
  }
  if (!t.branches.empty() && y + lane_h <= r.bottom() + 2) {
    name(ui.tr(Str::YourDetour));
    int k = -1;
    for (const Branch& b : t.branches) {
      ++k;
      const float a = std::max(axis.x0, axis.x(b.from_us)), e = std::min(axis.x1, axis.x(b.to_us));
      const Rect bar{a, y + 5, std::max(6.f, e - a), lane_h - 10};
      p.fill(bar, with_alpha(c.accent, b.current ? 1.f : 0.45f), 3);
      if (ui.hit(make_id("branch", static_cast<std::uint64_t>(k)), bar).clicked) {
        Action act;
        act.kind = ActionKind::OpenBranch;
        act.number = b.id;
        ui.emit(std::move(act));
      }
    }
    y += lane_h;
  }
  const float lanes_end = std::min(y, r.bottom());
  // Leadership moving.
  for (const LeaderMove& move : t.moves) {
    if (move.at_us < axis.from_us || move.at_us > axis.to_us || move.from_lane < 0 || move.to_lane < 0) continue;
    const auto from = static_cast<std::size_t>(move.from_lane), to = static_cast<std::size_t>(move.to_lane);
    if (from >= lane_y.size() || to >= lane_y.size() || lane_y[to] <= 0) continue;
    const float x = axis.x(move.at_us) - 9, d = lane_y[to] > lane_y[from] ? 1.f : -1.f;
    p.line(x, lane_y[from], x, lane_y[to] - d * 8, c.leader_edge, 4);
    p.arrowhead(x, lane_y[to] - d * 1, 0, d, 13, c.leader_edge);
  }
  // The future is a veil.
  if (playhead < axis.x1) p.fill({std::max(playhead + 1, axis.x0), lanes_top, axis.x1 - std::max(playhead + 1, axis.x0), lanes_end - lanes_top}, with_alpha(c.canvas, .55f));
  if (t.loop_to_us > t.loop_from_us) p.fill({axis.x(t.loop_from_us), r.y + 28, axis.x(t.loop_to_us) - axis.x(t.loop_from_us), 4}, c.accent);
  // Playhead and pointer.
  if (playhead >= axis.x0 - 1 && playhead <= axis.x1 + 1) {
    p.line(playhead, r.y + 26, playhead, lanes_end, c.playhead, 2);
    p.fill({playhead - 7, r.y + 14, 14, 8}, c.playhead, 2);
    p.triangle({playhead - 7, r.y + 21}, {playhead + 7, r.y + 21}, {playhead, r.y + 30}, c.playhead);
  }
  const Rect ruler{axis.x0 - 8, r.y, std::min(tools, axis.x1 + 8) - axis.x0 + 8, 32};
  const Hit scrub = ui.hit(make_id("ruler"), ruler);
  if (scrub.held || scrub.clicked) seek_to(ui, std::clamp(axis.at(ui.in.x), axis.from_us, axis.to_us), scrub.held);
  const Rect body{axis.x0, lanes_top, axis.x1 - axis.x0, lanes_end - lanes_top};
  const Hit lanes = ui.hit(make_id("lanes"), body);
  if (lanes.pressed) ui.st.measure_from_us = axis.at(ui.in.x);
  if (lanes.held && ui.st.measure_from_us >= 0) {
    // Drag in the lanes measures.
    const float a = axis.x(ui.st.measure_from_us), b = ui.in.x;
    if (std::fabs(b - a) > 4) {
      p.fill({std::min(a, b), lanes_top, std::fabs(b - a), lanes_end - lanes_top}, with_alpha(c.accent, .18f));
      const std::int64_t us = std::llabs(axis.at(b) - ui.st.measure_from_us);
      const std::string s = us >= 1'000'000 ? seconds_text(us) + " s" : std::to_string(us / 1000) + "." + std::to_string(us % 1000 / 100) + " ms";
      p.layer = 2;
      tag(p, (a + b) / 2, lanes_top + 4, s, c.accent, c.accent_ink, 0, Icon::None, true, Align::Middle);
      p.layer = 0;
    }
  } else if (lanes.clicked && ui.st.measure_from_us >= 0 && std::fabs(axis.x(ui.st.measure_from_us) - ui.in.x) <= 4) {
    seek_to(ui, axis.at(ui.in.x), false);
  }
  if (!ui.in.down) ui.st.measure_from_us = -1;
  const Rect w = p.to_window({axis.x0, r.y, axis.x1 - axis.x0, r.h});
  if (w.contains(ui.in.x, ui.in.y) && !ui.st.menu.open) {
    p.line(ui.in.x, r.y + 28, ui.in.x, lanes_end, with_alpha(c.accent, .6f), 1);
    p.layer = 2;
    const std::string s = clock_text(axis.at(ui.in.x));
    if (scrub.hovered || scrub.held) tag(p, ui.in.x, r.y + 4, s, c.accent_fill, c.primary, c.accent, Icon::None, false, Align::Middle);
    p.layer = 0;
  }
  zoom_and_pan(ui, body, axis);
  p.pop_box();
}

void draw_detour_timeline(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Detour& d = ui.lesson.detour;
  p.fill(r, c.panel);
  ui.hit(make_id("detour timeline"), r);
  p.push_box(r, "detour timeline");
  const bool big = r.h > 280;
  const float names = big ? 190.f : 120.f;
  TimeAxis axis;
  axis.x0 = r.x + names;
  axis.x1 = r.right() - 48;
  const std::int64_t span = std::max<std::int64_t>(8'000'000, (ui.time.until_us - d.left_us) * 2);
  axis.from_us = std::max<std::int64_t>(0, d.left_us - span / 4);
  axis.to_us = std::max(axis.from_us + span, ui.time.now_us + 1'000'000);
  p.text(r.x + 28, r.y + 30, ui.tr(Str::Timeline), {.em = 15, .color = c.secondary, .bold = true});
  const float kept_h = big ? 76.f : 0.f, y1 = r.y + (big ? 96.f : 76.f), y2 = y1 + (big ? 76.f : 52.f);
  for (const std::int64_t us : time_ticks(axis, 150)) {
    const float x = axis.x(us);
    p.line(x, r.y + 66, x, std::min(r.bottom() - 16, y2 + 40 + kept_h), c.hair);
    p.text(x + 5, r.y + 58, clock_text(us).substr(0, clock_text(us).size() - 4), {.em = 15, .color = c.muted});
  }
  p.text(r.x + 28, y1 + 6, ui.tr(Str::Lesson), {.em = 18, .color = c.muted});
  p.text(r.x + 28, y2 + 6, ui.tr(Str::YourDetour), {.em = big ? 18.f : 15.f, .bold = true, .max = names - 34});
  const float bx = axis.x(d.left_us), px = std::max(bx + 24, axis.x(ui.time.now_us));
  p.line(axis.x0, y1, bx, y1, c.accent, 8);
  p.dashed_line(bx + 10, y1, axis.x1, y1, c.mid, 4, 10, 6);
  p.route({{bx - 8, y1}, {bx + 10, y1}, {bx + 10, y2}, {px, y2}}, c.accent, 7, 12);
  int n = 0;
  for (const TimeMark& mark : ui.time.marks) {
    if (mark.kind != MarkKind::Step) continue;
    ++n;
    if (mark.at_us < axis.from_us || mark.at_us > axis.to_us) continue;
    const float x = axis.x(mark.at_us);
    const bool past = mark.at_us <= d.left_us;
    p.circle(x, y1, 15, past ? c.accent : c.panel);
    if (!past) p.circle_line(x, y1, 15, c.mid, 2);
    p.text(x, y1 + 5.4f, std::to_string(n), {.em = 15, .color = past ? c.accent_ink : c.muted, .bold = past, .align = Align::Middle});
  }
  p.circle(bx + 34, y2, 15, c.danger_solid);
  p.cross(bx + 34, y2, 5, c.danger_ink, 2.5f);
  p.line(px, y1 - 24, px, y2 + 16, c.playhead, 2.5f);
  p.circle(px, y2, 10, c.panel);
  p.circle(px, y2, 8, c.playhead);
  p.text(px + 18, y2 + 6, clock_text(ui.time.now_us), {.em = 15, .color = c.accent, .bold = true});
  if (y2 + 44 < r.bottom()) p.text(bx + 16, y2 + 40, ui.pick(d.what), {.em = 15, .bold = true, .max = axis.x1 - bx, .foreign = true});
  if (big && r.bottom() - y2 > 130) {
    const float ky = y2 + 64;
    p.line(r.x + 28, ky, r.right() - 28, ky, c.hair);
    p.text(r.x + 28, ky + 36, ui.tr(Str::Kept), {.em = 15, .bold = true, .max = names - 34});
    float x = axis.x0;
    int i = -1;
    for (const KeptDetour& k : d.kept) {
      ++i;
      const std::string& s = ui.pick(k.what);
      const float w = p.width(s, {.em = 15, .bold = k.current}) + 58;
      if (x + w > axis.x1 + 24) break;
      const Rect pill{x, ky + 12, w, 36};
      const Hit hit = ui.hit(make_id("kept", static_cast<std::uint64_t>(i)), pill);
      p.fill(pill, k.current ? c.accent_fill : hit.hovered ? c.hover : c.field, 18);
      if (k.current) p.stroke(pill, c.accent, 2, 18);
      p.icon(Icon::Branch, x + 16, pill.y + 10, 16, k.current ? c.accent : c.secondary, 2);
      p.text(x + 40, pill.y + 23.5f, s, {.em = 15, .bold = k.current});
      if (hit.clicked) {
        Action a;
        a.kind = ActionKind::OpenBranch;
        a.number = k.id;
        ui.emit(std::move(a));
      }
      x += w + 12;
    }
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
