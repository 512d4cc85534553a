#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <set>
#include <utility>

#include "ui/panels/panels.h"
#include "ui/panels/timeline_lanes.h"

namespace kafkascope::ui {

namespace {

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

void send_loop(Ui& ui, std::int64_t from, std::int64_t to) {
  Action a;
  a.kind = ActionKind::LoopRange;
  a.time_us = std::min(from, to);
  a.time2_us = std::max(from, to);
  ui.emit(std::move(a));
}

/// An upright line, as a place.
Rect line_at(float x, float top, float bottom) { return {x, top, 0, bottom - top}; }

/// The place of a mark of that size in a lane.
Rect mark_at(float x, const Rect& lane, float wide, float high) {
  return Rect{x, lane.y, 0, lane.h}.middle(wide, high);
}

/// To a moment that was clicked in the panel, which stays open: the step of that moment does not choose another.
void seek_here(Ui& ui, std::int64_t us, bool dragging) {
  ui.st.last_step = -1;  // the next step is taken as if the lesson was just opened
  seek_to(ui, us, dragging);
}

/// A drag in the lanes measures a range; it stays until a click elsewhere, and can be looped. A click goes to its moment
/// and selects the lane's node or group, so that W asks about it. `middles`: the lanes' names and heights.
void measure(Ui& ui, const Rect& body, const TimeAxis& axis, const std::vector<std::pair<std::string, float>>& middles,
             float lane_h) {
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
    seek_here(ui, axis.at(ui.in.x), false);
    st.measure_from_us = -1;
    for (const auto& [lane, middle] : middles)
      if (std::fabs(p.to_window({body.x, middle, 0, 0}).y - ui.in.y) < lane_h / 2) ui.select(lane);
  }
  if (!ui.in.down && st.measure_to_us < 0) st.measure_from_us = -1;
  if (st.measure_from_us < 0 || st.measure_to_us < 0) return;
  const float a = std::clamp(axis.x(st.measure_from_us), axis.x0, axis.x1),
              b = std::clamp(axis.x(st.measure_to_us), axis.x0, axis.x1);
  const Rect range{std::min(a, b), body.y, std::fabs(b - a), body.h};
  p.fill(range, with_alpha(p.c.accent, .18f));
  p.note(range, "measured");
  const std::int64_t us = std::llabs(st.measure_to_us - st.measure_from_us);
  const std::string s = us >= 1'000'000 ? ui.tr("ui.seconds"_w, {{"seconds", seconds_text(us)}})
                                        : std::to_string(us / 1000) + "." + std::to_string(us % 1000 / 100) + " ms";
  p.layer = 2;
  const char* loop = ui.tr("ui.loop_this"_w);
  const float w = p.width(s, {.em = 13, .bold = true}) + p.width(loop, {.em = 13}) + 40;
  Row row{Column{body.padded(0, 4)}.next(22), 6};
  row.rest.x = std::clamp((a + b - w) / 2, axis.x0, axis.x1 - w);
  row.rest.w = w;
  tag(p, row, s, p.c.accent, p.c.accent_ink, 0, Icon::None, true);
  if (!lanes.held && draw_chip(ui, row, loop, false, "loop")) {
    send_loop(ui, st.measure_from_us, st.measure_to_us);
    st.measure_from_us = st.measure_to_us = -1;
  }
  p.layer = 0;
}

/// Text beside faults, if neither another mark nor the playhead is in the way: after the fault, else before it. Otherwise, and for several at one
/// place, only the hover card shows it.
void label_faults(Ui& ui, const std::vector<const TimeMark*>& marks, const std::vector<FaultsTogether>& faults,
                  const TimeAxis& axis, const Rect& lane) {
  constexpr float kAway = 8;
  Painter& p = ui.p;
  const float playhead = axis.x(ui.time.now_us);
  float end = axis.x0;
  std::set<const TimeMark*> alone;
  for (const FaultsTogether& together : faults)
    if (together.faults.size() == 1) alone.insert(together.faults[0]);
  for (const TimeMark* mark : marks) {
    if (!alone.contains(mark) && mark->kind != MarkKind::Violation) continue;
    const std::string& words = ui.pick(mark->label);
    const float x = axis.x(mark->at_us), w = p.width(words, {.em = 13, .bold = true}) + 36;
    const auto room = [&](float from) {
      const float to = from + w;
      return from > end && to < axis.x1 && !axis.folded_between(from, to) &&
             (playhead <= from - kFromPlayhead || playhead >= to + kFromPlayhead) &&
             std::none_of(marks.begin(), marks.end(),
                          [&](const TimeMark* o) { return axis.x(o->at_us) > from - 7 && axis.x(o->at_us) < to + 5; });
    };
    const float from = room(x + kAway) ? x + kAway : x - kAway - w;
    if (!room(from)) continue;
    Row at{Rect{from, lane.y, w, lane.h}};
    tag(p, at, words, p.c.danger_fill, p.c.danger, 0, mark->kind == MarkKind::Fault ? Icon::Bolt : Icon::Warn, true,
        Align::Left, 20);
    end = from + w;
  }
}

/// The hover card of the mark under the pointer. `faults`: the faults whose marks are at that place.
void mark_card(Ui& ui, const TimeMark& mark, const std::vector<const TimeMark*>& faults, float x, const Rect& lane,
               const TimeAxis& axis) {
  constexpr float kPad = 8, kLine = 20;
  Painter& p = ui.p;
  std::vector<std::string> lines;
  const auto add = [&](const TimeMark& of) {
    const auto more = p.wrap(clock_text(of.at_us) + "  " + ui.pick(of.label), 404, {.em = 13});
    lines.insert(lines.end(), more.begin(), more.end());
  };
  if (faults.empty()) add(mark);
  for (const TimeMark* fault : faults) add(*fault);
  if (!faults.empty()) lines.emplace_back(ui.tr("ui.twin_without"_w));
  float w = 0;
  for (const std::string& line : lines) w = std::max(w, p.width(line, {.em = 13}) + 2 * kPad);
  const Rect box{std::clamp(x - w / 2, axis.x0, axis.x1 - w), lane.bottom() + 2, w,
                 kLine * static_cast<float>(lines.size()) + 4};
  p.layer = 2;
  shadow_card(p, box, p.c.raised, p.c.mid, 1, 4);
  Column rows{box.padded(kPad, 2)};
  for (const std::string& line : lines) p.text(rows.next({kLine, 14.7f}), line, {.em = 13});
  p.note(box, "mark card");
  p.layer = 0;
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

void seek_to(Ui& ui, std::int64_t us, bool dragging) {
  Action a;
  a.kind = ActionKind::Seek;
  a.time_us = std::max<std::int64_t>(0, us);
  a.flag = dragging;
  ui.emit(std::move(a));
}

void open_run(Ui& ui, int id) {
  Action a;
  a.kind = ActionKind::OpenBranch;
  a.number = id;
  ui.emit(std::move(a));
}

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
  Column parts{r};
  const Line ruler = parts.next({32, 21});
  constexpr float kOverview = 20;
  if (st.time_to_us > 0) draw_overview(ui, parts.last(kOverview), names, axis.x0, axis.x1);
  const Rect edge = Column{ruler}.last(4), below = parts.rest, lanes_at{axis.x0, below.y, axis.x1 - axis.x0, below.h};
  const std::size_t others = t.branches.size() > 1 ? std::min<std::size_t>(3, t.branches.size() - 1) : 0;
  const auto rows = static_cast<float>(1 + shown.size() + (t.watermarks.empty() ? 0 : 1) + others);
  const float lane_h = std::clamp((below.h - 6) / std::max(rows, 1.f), 20.f, 26.f);
  if (rows * lane_h > below.h)  // the lanes that the lesson points at come first, so that they have room
    std::stable_partition(shown.begin(), shown.end(),
                          [&](int lane) { return pointed_at(ui, t.lanes[static_cast<std::size_t>(lane)]); });
  const float playhead = axis.x(t.now_us);
  // The filter is above the names, the ruler above the lanes.
  const float s = p.scale();
  const Rect field = Row{ruler.padded(8)}.left(names - 20).middle(26);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {8 * s, 4 * s});
  text_field(ui, "##lanes", field, st.lane_filter, ui.tr("ui.filter_lanes"_w));
  ImGui::PopStyleVar();
  ui.hit(make_id("lane filter"), field);
  Row tools{ruler};
  tools.right(20 + lower_tabs_width(ui, r));
  tools.gap = 6;
  if (!axis.folds.empty() || !st.fold_gaps) {
    if (draw_chip(ui, tools, ui.tr("ui.fold_gaps"_w), st.fold_gaps, "fold gaps")) st.fold_gaps = !st.fold_gaps;
  }
  if (st.time_to_us > 0 && draw_chip(ui, tools, ui.tr("ui.zoom_out"_w), false, "zoom out"))
    st.time_from_us = st.time_to_us = -1;
  if (t.loop_to_us > t.loop_from_us && draw_chip(ui, tools, ui.tr("ui.end_loop"_w), true, "end loop"))
    send_loop(ui, 0, 0);
  if (shown.size() < t.lanes.size()) {
    const std::string hidden = ui.tr("ui.hidden_lanes"_w, {{"count", std::to_string(t.lanes.size() - shown.size())}});
    if (draw_chip(ui, tools, hidden, false, "show lanes")) st.lane_filter.clear();
  }
  const std::vector<std::int64_t> ticks = time_ticks(axis, 92);
  const bool halves = std::any_of(ticks.begin(), ticks.end(), [](std::int64_t us) { return us % 1'000'000 != 0; });
  for (const std::int64_t us : ticks) {
    const float x = axis.x(us);
    p.line(x, edge.y, x, below.padded(0, 4).bottom(), c.hair);
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
    if (x + w + 8 < tools.rest.right()) p.text(x + 4, ruler.base, clock, {.em = 13, .color = c.muted});
  }
  // Lanes that do not fit are reached by scrolling (two fingers, Shift and wheel, or the wheel over the names).
  // Only whole lanes are hidden, and a line below them shows their number.
  constexpr float kMore = 22;
  const float content = rows * lane_h;
  Rect area = below;
  if (content > area.h) area.h = std::max(lane_h, std::floor((area.h - kMore) / lane_h) * lane_h);
  const float most = std::max(0.f, content - area.h);
  if (ui.in.wheel != 0 && p.to_window(area).contains(ui.in.x, ui.in.y) &&
      (ui.in.fingers || ui.in.shift || ui.in.x < r.x + names))
    st.lanes_scroll -= ui.in.wheel * (ui.in.fingers ? kScrollStep : lane_h);
  st.lanes_scroll = std::clamp(st.lanes_scroll, 0.f, most);
  p.push_box(area, "lanes", true);
  // Everything outside the chain of causes is dimmed.
  const bool chain = !ui.log.chain.empty();
  if (chain) p.alpha = .35f, p.text_alpha = .45f;
  // What has happened is drawn after the future is dimmed: words and arrows of the latest events reach into it.
  std::vector<std::function<void()>> happened;
  const auto draw = [&](std::int64_t at_us, std::function<void()> what) {
    if (at_us <= t.now_us) happened.push_back(std::move(what));
    else what();
  };
  std::vector<float> lane_y(t.lanes.size(), 0);
  std::vector<std::pair<std::string, float>> middles;
  Column lanes{area};
  lanes.skip(-st.lanes_scroll);
  const auto begin = [&](const Rect& lane) {
    p.line(axis.x0, lane.bottom(), axis.x1, lane.bottom(), with_alpha(c.hair, .7f));
    Row in{words_in(lane)};
    in.skip(16);
    return in;
  };
  const auto name = [&](const Rect& lane, std::string_view words, Color color) {
    p.text(begin(lane).left(names - 28), words, {.em = 13, .color = color, .foreign = true});
  };
  // Faults and steps.
  const Rect acts = lanes.next(lane_h);
  name(acts, ui.tr("ui.faults_and_steps"_w), c.secondary);
  const auto marks = visible_marks(t, axis, -1, 4);
  const auto all_faults = faults_together(marks, [&](std::int64_t us) { return axis.x(us); });
  for (const TimeMark* mark : marks) {
    if (mark->kind != MarkKind::Step) continue;
    const float x = axis.x(mark->at_us), m = acts.cy();
    const bool past = mark->done && mark->at_us <= t.now_us;
    p.note(mark_at(x, acts, 10, 10), past ? "step done" : mark->foreseen ? "step foreseen" : "step to come");
    step_diamond(p, *mark, past, {x, m}, 5, c.muted, 1.4f);
  }
  for (const FaultsTogether& together : all_faults) draw_faults(p, together, acts.cy(), 4, acts.h - 4);
  const TimeMark* looked_at = nullptr;
  std::vector<const TimeMark*> faults_there;
  for (const TimeMark* mark : marks) {
    const float x = axis.x(mark->at_us);
    const Rect at = mark_at(x, acts, 12, lane_h), other = at.padded(4, 4), deed = at.middle(12),
               warning = at.middle(16, 16);
    if (mark->kind == MarkKind::Violation) {
      p.icon(Icon::Warn, warning, c.danger, 2.6f);
    } else if (mark->kind == MarkKind::Refused) {
      draw_deed(p, Deed::Refused, deed.x, deed.y, deed.w, 1.8f);
    } else if (mark->kind == MarkKind::Repair) {
      p.icon(Icon::Check, deed, c.ok, 2.6f);
    } else if (mark->kind == MarkKind::Rebalance) {
      p.icon(Icon::Group, deed, c.family[static_cast<std::size_t>(observe::Family::Group)], 1.8f);
    } else if (mark->kind != MarkKind::Step && mark->kind != MarkKind::Fault) {
      p.fill(other, c.strong);
    }
    const Hit hit = ui.hit(make_id("mark", static_cast<std::uint64_t>(mark - t.marks.data())), at);
    if (hit.clicked) seek_here(ui, mark->at_us, false);
    if (!hit.right_clicked && !hit.hovered) continue;
    std::vector<const TimeMark*> faults;
    for (const FaultsTogether& together : all_faults)
      if (std::find(together.faults.begin(), together.faults.end(), mark) != together.faults.end())
        faults = together.faults;
    if (hit.right_clicked && !faults.empty()) open_without(ui, faults);
    if (hit.hovered && !mark->label.empty()) looked_at = mark, faults_there = faults;
  }
  label_faults(ui, marks, all_faults, axis, acts);
  for (const int index : shown) {
    const Lane& lane = t.lanes[static_cast<std::size_t>(index)];
    const Rect row = lanes.next(lane_h), head = Row{row}.left(names), sign = Row{head.padded(2)}.left(12);
    lane_y[static_cast<std::size_t>(index)] = row.cy();
    middles.push_back({lane.name, row.cy()});
    const Hit hit = ui.hit(make_id("lane", static_cast<std::uint64_t>(index)), head);
    name(row, lane.name, hit.hovered ? c.primary : c.secondary);
    if (lane.kind == LaneKind::Group) p.icon(Icon::Group, sign, c.muted);  // a client may have the same name
    if (hit.clicked) ui.select(lane.name);
    if (hit.right_clicked) st.lane_filter += (st.lane_filter.empty() ? "-" : ", -") + lane.name;  // hides the lane
    Said said;
    const std::vector<const TimeMark*> own = visible_marks(t, axis, index, 5);
    std::vector<float> own_x;
    for (const TimeMark* mark : own) own_x.push_back(axis.x(mark->at_us));
    if (lane.kind == LaneKind::Broker) draw_broker_lane(ui, lane, axis, row, playhead);
    else draw_state_lane(ui, lane, axis, row, playhead, own_x, said);
    for (const TimeMark* mark : own) {
      const float x = axis.x(mark->at_us);
      if (mark->kind == MarkKind::Election) {
        const Rect bar = mark_at(x, row, 6, 18);
        p.fill(bar, c.leader_solid);
        p.note(bar, "election");
        if (!c.dark) p.stroke(bar, c.leader_edge, 1);
        const std::string& words = ui.pick(mark->label);
        const float w = p.width(words, {.em = 13, .bold = true});
        // For simultaneous elections, the first with enough room shows its text; the others only under the pointer.
        float lx = x - w - 14 > axis.x0 ? x - w - 12 : x + 12;
        const auto covered = [&] {
          return axis.folded_between(lx - 4, lx + w + 4) ||
                 (playhead > lx - kFromPlayhead && playhead < lx + w + kFromPlayhead) ||
                 std::any_of(said.begin(), said.end(),
                             [&](const auto& span) { return lx < span.second + 8 && lx + w > span.first - 8; }) ||
                 std::any_of(own.begin(), own.end(), [&](const TimeMark* o) {
                   return axis.x(o->at_us) > lx - 7 && axis.x(o->at_us) < lx + w + 5;
                 });
        };
        if (covered()) lx = x + 12;
        if (covered() || lx + w > axis.x1) continue;
        said.emplace_back(lx, lx + w);
        draw(mark->at_us, [&p, &c, label = Rect{lx, row.y, w, row.h}, &words] {
          const Rect ground = label.padded(-4).middle(16);
          p.fill(ground, c.canvas);
          p.text(words_in(label), words, {.em = 13, .color = c.leader, .bold = true});
          p.note(ground, "words of an event");
        });
      } else {
        p.fill(mark_at(x, row, 4, 12), c.family[static_cast<std::size_t>(observe::Family::Control)]);
      }
    }
  }
  if (!t.watermarks.empty()) {
    // A long topic name is cut; the partition's number and the lane's meaning are not.
    const std::string what = ui.tr("ui.hw_leo_of"_w, {{"partition", ""}});
    const TextStyle style{.em = 13, .color = c.secondary};
    TextStyle partition = style;
    partition.max = names - 20 - p.width(what, style);
    partition.foreign = true;
    const Rect row = lanes.next(lane_h);
    Row in = begin(row);
    p.text(in, t.watermark_partition, partition);
    p.text(in, what, style);
    draw_watermarks(ui, axis, row);
  }
  // The other runs, dimmed; a click opens one.
  std::size_t drawn = 0;
  for (const Branch& b : t.branches) {
    if (b.current || drawn == others) continue;
    ++drawn;
    const Rect row = lanes.next(lane_h), bar = row.padded(0, 7);
    const Hit hit = ui.hit(make_id("branch", static_cast<std::uint64_t>(b.id)), row);
    name(row, ui.pick(b.name), hit.hovered ? c.primary : c.muted);
    const float a = std::max(axis.x0, axis.x(b.from_us)), e = std::clamp(axis.x(b.to_us), a + 6, axis.x1);
    const Rect now = mark_at(axis.x(std::min(b.now_us, axis.to_us)), row, 3, lane_h - 8);
    p.fill({a, bar.y, e - a, bar.h}, with_alpha(c.accent, hit.hovered ? .8f : .45f), 3);
    p.fill(now, c.accent);
    if (hit.clicked) open_run(ui, b.id);
  }
  const float lanes_end = std::min(lanes.rest.y, area.bottom());
  // Leader changes, each at its time. Of two at almost the same time the second one begins at its time and stands
  // after the first, or they would look like one arrow with two heads; those between the same brokers are one arrow.
  struct Arrow {
    float x;
    std::size_t from, to;
  };
  std::vector<Arrow> arrows;
  for (const LeaderMove& move : t.moves) {
    if (move.at_us < axis.from_us || move.at_us > axis.to_us || move.from_lane < 0 || move.to_lane < 0) continue;
    const auto from = static_cast<std::size_t>(move.from_lane), to = static_cast<std::size_t>(move.to_lane);
    if (from >= lane_y.size() || to >= lane_y.size() || lane_y[to] <= 0 || lane_y[from] <= 0) continue;
    constexpr float kApart = 15;
    const float at = axis.x(move.at_us);
    Arrow arrow{at, from, to};
    bool drawn_already = false;
    for (const Arrow& other : arrows) {
      if (std::abs(arrow.x - other.x) >= kApart) continue;
      if (from == other.from && to == other.to) drawn_already = true;
      else arrow.x = other.x + (other.x + kApart < axis.x1 ? kApart : -kApart);
    }
    if (drawn_already) continue;
    arrows.push_back(arrow);
    p.note({arrow.x, std::min(lane_y[from], lane_y[to]), 1, std::abs(lane_y[to] - lane_y[from])}, "leader move");
    const float x = arrow.x, d = lane_y[to] > lane_y[from] ? 1.f : -1.f;
    Route way{{at, lane_y[from]}, {x, lane_y[to] - d * 8}};
    if (x != at) way.insert(way.begin() + 1, {x, lane_y[from]});
    draw(move.at_us, [&p, &c, way, x, d, end = lane_y[to] - d] {
      p.route(way, c.leader_edge, 4, 0);
      p.arrowhead(x, end, 0, d, 13, c.leader_edge);
    });
  }
  if (content - st.lanes_scroll > area.h + lane_h / 2) {  // more below
    const std::string more =
        ui.tr("ui.more_replicas"_w,
              {{"count", std::to_string(static_cast<int>((content - st.lanes_scroll - area.h) / lane_h + .99f))}});
    const Rect pill{r.x + 8, area.bottom() + 2, p.width(more, {.em = 13}) + 16, 18};
    p.pop_box();
    p.fill(pill, c.panel, 9);
    p.stroke(pill, c.mid, 1, 9);
    p.text(pill, more, {.em = 13, .color = c.secondary, .align = Align::Middle});
    p.note(pill, "more lanes");
    p.push_box(area, "lanes", true);
  }
  for (const TimeAxis::Fold& f : axis.folds) draw_fold(ui, f, below.padded(0, 2).y, lanes_end);
  // The future is dimmed.
  if (const float from = std::max(playhead + 1, axis.x0); playhead < axis.x1) {
    const Rect future{from, below.y, axis.x1 - from, lanes_end - below.y};
    p.fill(future, with_alpha(c.canvas, .55f));
    p.note(future, "future");
  }
  for (const auto& what : happened) what();
  p.alpha = p.text_alpha = 1;
  if (chain) draw_chain_links(ui, axis, middles);
  p.pop_box();
  for (const TimeAxis::Fold& f : axis.folds) {
    const std::string words = ui.tr("ui.seconds"_w, {{"seconds", seconds_text(f.to_us - f.from_us)}});
    const TextStyle style{.em = 13, .color = c.secondary, .bold = true, .align = Align::Middle};
    const float middle = (f.x0 + f.x1) / 2;
    if ((playhead < f.x0 - 20 || playhead > f.x1 + 20) && middle + p.width(words, style) < tools.rest.right())
      p.text(middle, ruler.base, words, style);
  }
  if (t.loop_to_us > t.loop_from_us) {
    const float from = std::clamp(axis.x(t.loop_from_us), axis.x0, axis.x1),
                to = std::clamp(axis.x(t.loop_to_us), axis.x0, axis.x1);
    p.fill({from, edge.y, to - from, edge.h}, c.accent);
  }
  // Playhead and pointer.
  if (playhead >= axis.x0 - 1 && playhead <= axis.x1 + 1) {
    const float top = playhead + 9 > tools.rest.right() ? edge.y : r.y + 14;  // below the chips if they would overlap
    Column below_head{{playhead, top, 0, lanes_end - top}};
    below_head.skip(12);
    const Rect& line = below_head.rest;
    p.line(playhead, line.y, playhead, lanes_end, c.playhead, 2);
    draw_playhead(p, playhead, top);
    p.note({playhead - 7, top, 14, 16}, "playhead");
    p.note(line.grown(1), "playhead line");
  }
  Rect scale = Rect{axis.x0, ruler.y, lanes_at.w, ruler.h}.padded(-8);
  scale.w = std::min(scale.right(), tools.rest.right()) - scale.x;
  const Hit scrub = ui.drag(make_id("ruler"), scale);
  if (scrub.held || scrub.clicked) seek_here(ui, std::clamp(axis.at(ui.in.x), axis.from_us, axis.to_us), scrub.held);
  // Marks and runs handle their own clicks.
  const float top = below.y + std::max(0.f, lane_h - st.lanes_scroll);
  measure(ui, {axis.x0, top, lanes_at.w, std::max(0.f, lanes_end - static_cast<float>(others) * lane_h - top)}, axis,
          middles, lane_h);
  const Rect w = p.to_window({axis.x0, r.y, lanes_at.w, r.h});
  if (w.contains(ui.in.x, ui.in.y) && !st.menu.open) {
    p.line(ui.in.x, edge.y, ui.in.x, lanes_end, with_alpha(c.accent, .6f), 1);
    p.note(line_at(ui.in.x, edge.y, lanes_end), "hover line");
    p.layer = 2;
    const std::string words = clock_text(axis.at(ui.in.x));
    if (scrub.hovered || scrub.held)
      tag(p, ui.in.x, r.y + 4, words, c.accent_fill, c.primary, c.accent, Icon::None, false, Align::Middle);
    p.layer = 0;
  }
  if (looked_at != nullptr) mark_card(ui, *looked_at, faults_there, axis.x(looked_at->at_us), acts, axis);  // over all
  zoom_and_pan(ui, lanes_at, axis);
  p.pop_box();
}

}  // namespace kafkascope::ui
