#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "ui/panels/panels.h"
#include "ui/panels/timeline_lanes.h"

namespace kafkascope::ui {

namespace {

void seek_to(Ui& ui, std::int64_t us, bool dragging) {
  Action a;
  a.kind = ActionKind::Seek;
  a.time_us = std::max<std::int64_t>(0, us);
  a.flag = dragging;
  ui.emit(std::move(a));
}

void zoom_and_pan(Ui& ui, const Rect& lanes, const TimeAxis& axis) {
  State& st = ui.st;
  const Rect w = ui.p.to_window(lanes);
  const std::int64_t span = axis.to_us - axis.from_us;
  const bool inside = w.contains(ui.in.x, ui.in.y);
  if (inside && ui.in.zoom != 1) {
    const std::int64_t center = axis.at(ui.in.x);
    const auto next = static_cast<std::int64_t>(static_cast<double>(span) / static_cast<double>(ui.in.zoom));
    const std::int64_t whole = std::max<std::int64_t>(ui.time.until_us, ui.time.now_us);
    if (next >= whole) {
      st.time_from_us = st.time_to_us = -1;
    } else if (next >= 100) {
      const double f = static_cast<double>(center - axis.from_us) / static_cast<double>(span);
      st.time_from_us = std::max<std::int64_t>(0, center - static_cast<std::int64_t>(f * static_cast<double>(next)));
      st.time_to_us = st.time_from_us + next;
    }
  }
  // A right drag or two fingers pan a zoomed timeline.
  if (inside && ui.in.right_pressed) st.pan_from_x = ui.in.x;
  if (!ui.in.right_down) st.pan_from_x = -1;
  if (st.time_to_us <= 0 || (st.pan_from_x < 0 && !(inside && ui.in.fingers))) return;
  const float moved = st.pan_from_x >= 0 ? ui.in.x - st.pan_from_x : ui.in.pan_x;
  const auto d = static_cast<std::int64_t>(static_cast<double>(-moved) / static_cast<double>(axis.x1 - axis.x0) *
                                           static_cast<double>(span));
  const std::int64_t from = std::max<std::int64_t>(0, st.time_from_us + d);
  st.time_to_us += from - st.time_from_us;
  st.time_from_us = from;
  if (st.pan_from_x >= 0) st.pan_from_x = ui.in.x;
}

void open_run(Ui& ui, int id) {
  Action a;
  a.kind = ActionKind::OpenBranch;
  a.number = id;
  ui.emit(std::move(a));
}

void send_loop(Ui& ui, std::int64_t from, std::int64_t to) {
  Action a;
  a.kind = ActionKind::LoopRange;
  a.time_us = std::min(from, to);
  a.time2_us = std::max(from, to);
  ui.emit(std::move(a));
}

/// A drag in the lanes measures a range; it stays until a click elsewhere, and can be looped.
void measure(Ui& ui, const Rect& body, const TimeAxis& axis) {
  State& st = ui.st;
  Painter& p = ui.p;
  const Hit lanes = ui.drag(make_id("lanes"), body);
  if (lanes.pressed) {
    st.measure_from_us = axis.at(ui.in.x);
    st.measure_to_us = -1;
  }
  if (lanes.held && st.measure_from_us >= 0 && std::fabs(axis.x(st.measure_from_us) - ui.in.x) > 4)
    st.measure_to_us = std::clamp(axis.at(ui.in.x), axis.from_us, axis.to_us);
  if (lanes.clicked && st.measure_to_us < 0) {
    seek_to(ui, axis.at(ui.in.x), false);
    st.measure_from_us = -1;
  }
  if (!ui.in.down && st.measure_to_us < 0) st.measure_from_us = -1;
  if (st.measure_from_us < 0 || st.measure_to_us < 0) return;
  const float a = std::clamp(axis.x(st.measure_from_us), axis.x0, axis.x1),
              b = std::clamp(axis.x(st.measure_to_us), axis.x0, axis.x1);
  p.fill({std::min(a, b), body.y, std::fabs(b - a), body.h}, with_alpha(p.c.accent, .18f));
  const std::int64_t us = std::llabs(st.measure_to_us - st.measure_from_us);
  const std::string s = us >= 1'000'000 ? ui.tr("ui.seconds"_w, {{"seconds", seconds_text(us)}})
                                        : std::to_string(us / 1000) + "." + std::to_string(us % 1000 / 100) + " ms";
  p.layer = 2;
  const float w = p.width(s, {.em = 13, .bold = true}) + 16, loop_w = p.width(ui.tr("ui.loop_this"_w), {.em = 13}) + 18;
  const float x = std::clamp((a + b) / 2 - (w + loop_w + 6) / 2, axis.x0, axis.x1 - w - loop_w - 6);
  tag(p, x, body.y + 4, s, p.c.accent, p.c.accent_ink, 0, Icon::None, true);
  float right = x + w + loop_w + 6;
  if (!lanes.held && draw_chip(ui, right, body.y + 4, ui.tr("ui.loop_this"_w), false, "loop")) {
    send_loop(ui, st.measure_from_us, st.measure_to_us);
    st.measure_from_us = st.measure_to_us = -1;
  }
  p.layer = 0;
}

/// Text beside faults, if no other mark is in the way: after the fault, else before it. Otherwise only the hover card
/// shows it.
void label_faults(Ui& ui, const std::vector<const TimeMark*>& marks, const TimeAxis& axis, float m) {
  Painter& p = ui.p;
  float end = axis.x0;
  for (const TimeMark* mark : marks) {
    if (mark->kind != MarkKind::Fault && mark->kind != MarkKind::Violation) continue;
    const std::string& words = ui.pick(mark->label);
    const float x = axis.x(mark->at_us), w = p.width(words, {.em = 13, .bold = true}) + 36;
    const auto room = [&](float from) {
      const float to = from + w;
      return from > end && to < axis.x1 && !axis.folded_between(from, to) &&
             std::none_of(marks.begin(), marks.end(),
                          [&](const TimeMark* o) { return axis.x(o->at_us) > from - 7 && axis.x(o->at_us) < to + 5; });
    };
    const float from = room(x + 8) ? x + 8 : x - 8 - w;
    if (!room(from)) continue;
    tag(p, from, m - 10, words, p.c.danger_fill, p.c.danger, 0, mark->kind == MarkKind::Fault ? Icon::Bolt : Icon::Warn,
        true, Align::Left, 20);
    end = from + w;
  }
}

bool pointed_at(const Ui& ui, const Lane& lane) {
  const auto& points = ui.lesson.view.point;
  const std::string path = (lane.kind == LaneKind::Group    ? "/groups/"
                            : lane.kind == LaneKind::Client ? "/clients/"
                                                            : "/nodes/") +
                           lane.name;
  return std::any_of(points.begin(), points.end(),
                     [&](const PointAt& point) { return point.path == path || point.path.starts_with(path + "/"); });
}

}  // namespace

void draw_timeline_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  State& st = ui.st;
  const TimelineModel& t = ui.time;
  p.fill(r, c.canvas);
  ui.hit(make_id("timeline"), r);
  p.push_box(r, "timeline", true);
  const float names = ui.big() ? 184.f : 132.f;
  const TimeAxis axis = build_time_axis(t, st.time_from_us, st.time_to_us, r.x + names, r.right() - 24, st.fold_gaps);
  std::vector<int> shown = lanes_shown(t, st.lane_filter);
  const float lanes_top = r.y + 32;
  const std::size_t others = t.branches.size() > 1 ? std::min<std::size_t>(3, t.branches.size() - 1) : 0;
  const auto rows = static_cast<float>(1 + shown.size() + (t.watermarks.empty() ? 0 : 1) + others);
  const float lane_h = std::clamp((r.bottom() - lanes_top - 6) / std::max(rows, 1.f), 20.f, 26.f);
  if (rows * lane_h > r.bottom() - lanes_top)  // what the lesson points at is not among the lanes that have no room
    std::stable_partition(shown.begin(), shown.end(),
                          [&](int lane) { return pointed_at(ui, t.lanes[static_cast<std::size_t>(lane)]); });
  const float playhead = axis.x(t.now_us);
  // The filter is above the names, the ruler above the lanes.
  const float s = p.scale();
  const Rect field{r.x + 8, r.y + 3, names - 20, 26};
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {8 * s, 4 * s});
  text_field(ui, "##lanes", field, st.lane_filter, ui.tr("ui.filter_lanes"_w));
  ImGui::PopStyleVar();
  ui.hit(make_id("lane filter"), field);
  float tools = r.right() - 20 - lower_tabs_width(ui, r);
  if (!axis.folds.empty() || !st.fold_gaps) {
    if (draw_chip(ui, tools, r.y + 5, ui.tr("ui.fold_gaps"_w), st.fold_gaps, "fold gaps")) st.fold_gaps = !st.fold_gaps;
  }
  if (st.time_to_us > 0 && draw_chip(ui, tools, r.y + 5, ui.tr("ui.zoom_out"_w), false, "zoom out"))
    st.time_from_us = st.time_to_us = -1;
  if (t.loop_to_us > t.loop_from_us && draw_chip(ui, tools, r.y + 5, ui.tr("ui.end_loop"_w), true, "end loop"))
    send_loop(ui, 0, 0);
  if (shown.size() < t.lanes.size()) {
    const std::string hidden = ui.tr("ui.hidden_lanes"_w, {{"count", std::to_string(t.lanes.size() - shown.size())}});
    if (draw_chip(ui, tools, r.y + 5, hidden, false, "show lanes")) st.lane_filter.clear();
  }
  const std::vector<std::int64_t> ticks = time_ticks(axis, 92);
  const bool halves = std::any_of(ticks.begin(), ticks.end(), [](std::int64_t us) { return us % 1'000'000 != 0; });
  for (const std::int64_t us : ticks) {
    const float x = axis.x(us);
    p.line(x, r.y + 28, x, r.bottom() - 4, c.hair);
    const std::string whole = clock_text(us);
    const std::string clock = axis.to_us - axis.from_us < 20'000 ? short_time(us) + " " + micro_text(us)
                              : axis.to_us - axis.from_us < 4'000'000
                                  ? whole
                                  : whole.substr(0, whole.size() - (halves ? 2 : 4));
    const float w = p.width(clock, {.em = 13});
    // Labels leave room for the playhead, and for the text on a fold.
    bool room = playhead <= x - 14 || playhead >= x + w + 16;
    for (const TimeAxis::Fold& f : axis.folds)
      room = room && ((f.x0 + f.x1) / 2 + 30 < x || (f.x0 + f.x1) / 2 - 30 > x + w + 4);
    if (!room) continue;
    if (x + w + 8 < tools) p.text(x + 4, r.y + 21, clock, {.em = 13, .color = c.muted});
  }
  // Lanes that do not fit are reached by scrolling (two fingers, Shift and wheel, or the wheel over the names).
  // Only whole lanes are hidden, and a line below them shows their number.
  const float content = rows * lane_h, room_h = r.bottom() - lanes_top, more_h = 22;
  const bool cut = content > room_h;
  const Rect area{r.x, lanes_top, r.w,
                  cut ? std::max(lane_h, std::floor((room_h - more_h) / lane_h) * lane_h) : room_h};
  const float most = std::max(0.f, content - area.h);
  if (ui.in.wheel != 0 && p.to_window(area).contains(ui.in.x, ui.in.y) &&
      (ui.in.fingers || ui.in.shift || ui.in.x < r.x + names))
    st.lanes_scroll -= ui.in.wheel * (ui.in.fingers ? kScrollStep : lane_h);
  st.lanes_scroll = std::clamp(st.lanes_scroll, 0.f, most);
  p.push_box(area, "lanes", true);
  // Everything outside the chain of causes is dimmed.
  const bool chain = !ui.log.chain.empty();
  if (chain) p.alpha = .35f, p.text_alpha = .45f;
  std::vector<float> lane_y(t.lanes.size(), 0);
  std::vector<std::pair<std::string, float>> middles;
  float y = lanes_top - st.lanes_scroll;
  auto name = [&](std::string_view words, Color color) {
    p.text(r.x + 16, y + lane_h / 2 + 4.8f, words, {.em = 13, .color = color, .max = names - 28, .foreign = true});
    p.line(axis.x0, y + lane_h, axis.x1, y + lane_h, with_alpha(c.hair, .7f));
  };
  // Faults and steps.
  name(ui.tr("ui.faults_and_steps"_w), c.secondary);
  const auto marks = visible_marks(t, axis, -1, 4);
  for (const TimeMark* mark : marks) {
    if (mark->kind != MarkKind::Step) continue;
    const float x = axis.x(mark->at_us), m = y + lane_h / 2;
    const bool past = mark->done && mark->at_us <= t.now_us;
    p.note({x - 5, m - 5, 10, 10}, past ? "step done" : mark->foreseen ? "step foreseen" : "step to come");
    if (past) {
      p.diamond(x, m, 5, c.muted);
    } else if (mark->foreseen) {
      foreseen_diamond(p, x, m, 5, c.muted, 1.4f);
    } else {
      p.diamond_line(x, m, 5, c.muted, 1.4f);
    }
  }
  for (const TimeMark* mark : marks) {
    const float x = axis.x(mark->at_us);
    if (mark->kind == MarkKind::Fault || mark->kind == MarkKind::Violation) {
      p.fill({x - 2, y + 2, 4, lane_h - 4}, c.danger);
    } else if (mark->kind == MarkKind::Refused) {
      draw_deed(p, Deed::Refused, x - 6, y + lane_h / 2 - 6, 12, 1.8f);
    } else if (mark->kind != MarkKind::Step) {
      p.fill({x - 2, y + 4, 4, lane_h - 8}, mark->kind == MarkKind::Repair ? c.ok : c.strong);
    }
    const Hit hit = ui.hit(make_id("mark", static_cast<std::uint64_t>(mark - t.marks.data())), {x - 6, y, 12, lane_h});
    if (hit.clicked) seek_to(ui, mark->at_us, false);
    if (hit.right_clicked && mark->kind == MarkKind::Fault) open_without(ui, mark->at_us);
    if (hit.hovered && !mark->label.empty()) {
      p.layer = 2;
      auto lines = p.wrap(clock_text(mark->at_us) + "  " + ui.pick(mark->label), 404, {.em = 13});
      if (mark->kind == MarkKind::Fault) lines.emplace_back(ui.tr("ui.twin_without"_w));
      float w = 0;
      for (const std::string& line : lines) w = std::max(w, p.width(line, {.em = 13}) + 16);
      const Rect box{std::clamp(x - w / 2, axis.x0, axis.x1 - w), y + lane_h + 2, w,
                     4 + 20 * static_cast<float>(lines.size())};
      shadow_card(p, box, c.raised, c.mid, 1, 4);
      for (std::size_t i = 0; i < lines.size(); ++i)
        p.text(box.x + 8, box.y + 16.7f + 20 * static_cast<float>(i), lines[i], {.em = 13});
      p.layer = 0;
    }
  }
  label_faults(ui, marks, axis, y + lane_h / 2);
  y += lane_h;
  for (const int index : shown) {
    const Lane& lane = t.lanes[static_cast<std::size_t>(index)];
    lane_y[static_cast<std::size_t>(index)] = y + lane_h / 2;
    middles.push_back({lane.name, y + lane_h / 2});
    const Rect head{r.x, y, names, lane_h};
    const Hit hit = ui.hit(make_id("lane", static_cast<std::uint64_t>(index)), head);
    name(lane.name, hit.hovered ? c.primary : c.secondary);
    if (lane.kind == LaneKind::Group)
      p.icon(Icon::Group, r.x + 2, y + lane_h / 2 - 6, 12, c.muted);  // a client may have the same name
    if (hit.clicked) ui.select(lane.name);
    if (hit.right_clicked) st.lane_filter += (st.lane_filter.empty() ? "-" : ", -") + lane.name;  // hidden
    if (lane.kind == LaneKind::Broker) {
      draw_broker_lane(ui, lane, axis, y, lane_h, playhead);
    } else {
      draw_state_lane(ui, lane, axis, y, lane_h, playhead);
    }
    std::vector<std::pair<float, float>> said;
    const std::vector<const TimeMark*> own = visible_marks(t, axis, index, 5);
    for (const TimeMark* mark : own) {
      const float x = axis.x(mark->at_us), m = y + lane_h / 2;
      if (mark->kind == MarkKind::Election) {
        p.fill({x - 3, m - 9, 6, 18}, c.leader_solid);
        if (!c.dark) p.stroke({x - 3, m - 9, 6, 18}, c.leader_edge, 1);
        const std::string& words = ui.pick(mark->label);
        const float w = p.width(words, {.em = 13, .bold = true});
        // For simultaneous elections, the first with enough room shows its text; the others only under the pointer.
        float lx = x - w - 14 > axis.x0 ? x - w - 12 : x + 12;
        const auto covered = [&] {
          return axis.folded_between(lx - 4, lx + w + 4) || (playhead > lx - 4 && playhead < lx + w) ||
                 std::any_of(said.begin(), said.end(),
                             [&](const auto& span) { return lx < span.second + 8 && lx + w > span.first - 8; }) ||
                 std::any_of(own.begin(), own.end(), [&](const TimeMark* o) {
                   return axis.x(o->at_us) > lx - 7 && axis.x(o->at_us) < lx + w + 5;
                 });
        };
        if (covered()) lx = x + 12;
        if (covered() || lx + w > axis.x1) continue;
        said.emplace_back(lx, lx + w);
        p.fill({lx - 4, m - 8, w + 8, 16}, c.canvas);
        p.text(lx, m + 4.8f, words, {.em = 13, .color = c.leader, .bold = true});
      } else {
        p.fill({x - 2, m - 6, 4, 12}, c.family[static_cast<std::size_t>(observe::Family::Control)]);
      }
    }
    y += lane_h;
  }
  if (!t.watermarks.empty()) {
    // A long topic name is cut; the partition's number and the lane's meaning are not.
    const std::string what = ui.tr("ui.hw_leo_of"_w, {{"partition", ""}});
    const TextStyle style{.em = 13, .color = c.secondary};
    TextStyle partition = style;
    partition.max = names - 20 - p.width(what, style);
    partition.foreign = true;
    const float m = y + lane_h / 2 + 4.8f;
    p.text(r.x + 16 + p.text(r.x + 16, m, t.watermark_partition, partition), m, what, style);
    p.line(axis.x0, y + lane_h, axis.x1, y + lane_h, with_alpha(c.hair, .7f));
    draw_watermarks(ui, axis, y, lane_h);
    y += lane_h;
  }
  // The other runs, dimmed; a click opens one.
  std::size_t drawn = 0;
  for (const Branch& b : t.branches) {
    if (b.current || drawn == others) continue;
    ++drawn;
    const Rect row{r.x, y, r.w, lane_h};
    const Hit hit = ui.hit(make_id("branch", static_cast<std::uint64_t>(b.id)), row);
    name(ui.pick(b.name), hit.hovered ? c.primary : c.muted);
    const float a = std::max(axis.x0, axis.x(b.from_us)), e = std::clamp(axis.x(b.to_us), a + 6, axis.x1);
    p.fill({a, y + 7, e - a, lane_h - 14}, with_alpha(c.accent, hit.hovered ? .8f : .45f), 3);
    p.fill({axis.x(std::min(b.now_us, axis.to_us)) - 1.5f, y + 4, 3, lane_h - 8}, c.accent);
    if (hit.clicked) open_run(ui, b.id);
    y += lane_h;
  }
  const float lanes_end = std::min(y, area.bottom());
  // Leader changes.
  for (const LeaderMove& move : t.moves) {
    if (move.at_us < axis.from_us || move.at_us > axis.to_us || move.from_lane < 0 || move.to_lane < 0) continue;
    const auto from = static_cast<std::size_t>(move.from_lane), to = static_cast<std::size_t>(move.to_lane);
    if (from >= lane_y.size() || to >= lane_y.size() || lane_y[to] <= 0 || lane_y[from] <= 0) continue;
    const float x = axis.x(move.at_us) - 9, d = lane_y[to] > lane_y[from] ? 1.f : -1.f;
    p.line(x, lane_y[from], x, lane_y[to] - d * 8, c.leader_edge, 4);
    p.arrowhead(x, lane_y[to] - d * 1, 0, d, 13, c.leader_edge);
  }
  if (content - st.lanes_scroll > area.h + lane_h / 2) {  // more below
    const std::string more =
        ui.tr("ui.more_replicas"_w,
              {{"count", std::to_string(static_cast<int>((content - st.lanes_scroll - area.h) / lane_h + .99f))}});
    const float w = p.width(more, {.em = 13}) + 16;
    const Rect pill{r.x + 8, area.bottom() + 2, w, 18};
    p.pop_box();
    p.fill(pill, c.panel, 9);
    p.stroke(pill, c.mid, 1, 9);
    p.text(pill.x + 8, pill.y + 13.6f, more, {.em = 13, .color = c.secondary});
    p.note(pill, "more lanes");
    p.push_box(area, "lanes", true);
  }
  for (const TimeAxis::Fold& f : axis.folds) draw_fold(ui, f, lanes_top + 2, lanes_end);
  // The future is dimmed.
  if (playhead < axis.x1)
    p.fill(
        {std::max(playhead + 1, axis.x0), lanes_top, axis.x1 - std::max(playhead + 1, axis.x0), lanes_end - lanes_top},
        with_alpha(c.canvas, .55f));
  p.alpha = p.text_alpha = 1;
  if (chain) draw_chain_links(ui, axis, middles);
  p.pop_box();
  for (const TimeAxis::Fold& f : axis.folds) {
    const std::string words = ui.tr("ui.seconds"_w, {{"seconds", seconds_text(f.to_us - f.from_us)}});
    if (playhead < f.x0 - 20 || playhead > f.x1 + 20)
      p.text((f.x0 + f.x1) / 2, r.y + 21, words,
             {.em = 13, .color = c.secondary, .bold = true, .align = Align::Middle});
  }
  if (t.loop_to_us > t.loop_from_us) {
    const float from = std::clamp(axis.x(t.loop_from_us), axis.x0, axis.x1),
                to = std::clamp(axis.x(t.loop_to_us), axis.x0, axis.x1);
    p.fill({from, r.y + 28, to - from, 4}, c.accent);
  }
  // Playhead and pointer.
  if (playhead >= axis.x0 - 1 && playhead <= axis.x1 + 1) {
    const float top = playhead + 9 > tools ? r.y + 28 : r.y + 14;  // below the chips if they would overlap
    p.line(playhead, top + 12, playhead, lanes_end, c.playhead, 2);
    p.fill({playhead - 7, top, 14, 8}, c.playhead, 2);
    p.triangle({playhead - 7, top + 7}, {playhead + 7, top + 7}, {playhead, top + 16}, c.playhead);
    p.note({playhead - 7, top, 14, 16}, "playhead");
  }
  const Rect ruler{axis.x0 - 8, r.y, std::min(tools, axis.x1 + 8) - axis.x0 + 8, 32};
  const Hit scrub = ui.drag(make_id("ruler"), ruler);
  if (scrub.held || scrub.clicked) seek_to(ui, std::clamp(axis.at(ui.in.x), axis.from_us, axis.to_us), scrub.held);
  // Marks and runs handle their own clicks.
  const float marks_top = lanes_top + std::max(0.f, lane_h - st.lanes_scroll);
  const Rect body{axis.x0, marks_top, axis.x1 - axis.x0,
                  std::max(0.f, lanes_end - static_cast<float>(others) * lane_h - marks_top)};
  measure(ui, body, axis);
  const Rect w = p.to_window({axis.x0, r.y, axis.x1 - axis.x0, r.h});
  if (w.contains(ui.in.x, ui.in.y) && !st.menu.open) {
    p.line(ui.in.x, r.y + 28, ui.in.x, lanes_end, with_alpha(c.accent, .6f), 1);
    p.layer = 2;
    const std::string words = clock_text(axis.at(ui.in.x));
    if (scrub.hovered || scrub.held)
      tag(p, ui.in.x, r.y + 4, words, c.accent_fill, c.primary, c.accent, Icon::None, false, Align::Middle);
    p.layer = 0;
  }
  zoom_and_pan(ui, {axis.x0, lanes_top, axis.x1 - axis.x0, r.bottom() - lanes_top}, axis);
  p.pop_box();
}

}  // namespace kafkascope::ui
