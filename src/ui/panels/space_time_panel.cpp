#include "ui/panels/space_time_panel.h"

#include <algorithm>
#include <cmath>

#include "ui/panels/panels.h"
#include "ui/panels/space_time_diagram.h"
#include "ui/panels/timeline_lanes.h"

namespace kafkascope::ui {

namespace {

using observe::Message;

constexpr float kRowsApart = 27;  // so that words have room between two lifelines
constexpr float kRowsAtLeast = 18;
constexpr std::size_t kMostLabels = 26;

std::string moment_text(std::int64_t us) { return clock_text(us) + " " + micro_text(us); }

void jump(Ui& ui, std::int64_t us, std::uint64_t line) {
  ui.st.space.end_us = -1;
  if (line != 0) {
    Action select;
    select.kind = ActionKind::SelectEvent;
    select.number = static_cast<std::int64_t>(line);
    select.time_us = us;
    ui.emit(std::move(select));
  }
  ui.st.last_step = -1;  // the panel stays open when the step of that moment is another
  seek_to(ui, us);
}

/// The arrow under the pointer, and the end that is near the pointer: -1 the sender's, 1 the receiver's, 0 neither.
struct Pointed {
  const FlightPlace* place = nullptr;
  int end = 0;
};
Pointed pointed_flight(const Diagram& d, const std::vector<FlightPlace>& flights) {
  const Point at{d.ui.in.x, d.ui.in.y};
  Pointed best;
  float least = kPointerNear;
  for (const FlightPlace& f : flights) {
    const float away = std::min(distance_to(at, f.from, f.reached), distance_to(at, f.reached, f.to)) +
                       (d.flight(f).routine ? 3.f : 0.f);
    if (away >= least) continue;
    least = away;
    const float from = std::hypot(at.x - f.from.x, at.y - f.from.y), to = std::hypot(at.x - f.to.x, at.y - f.to.y);
    best = {&f, std::min(from, to) > kPointerNear + 2 ? 0 : from < to ? -1 : 1};
  }
  return best;
}

void tell_flight(const Diagram& d, const Flight& f, const Rect& about) {
  Ui& ui = d.ui;
  const Message& m = f.message;
  const std::string title = flight_label(ui, f);
  std::vector<std::pair<std::string, std::string>> facts = {
      {ui.tr("ui.st_way"_w), d.node(m.from).name + " → " + d.node(m.to).name},
      {ui.tr("ui.st_sent"_w), moment_text(m.sent_us)}};
  if (f.end == FlightEnd::UnderWay) {
    facts.emplace_back(ui.tr(m.blocked ? "ui.st_waits_since"_w
                             : m.held  ? "ui.st_held_since"_w
                                       : "ui.st_under_way"_w),
                       duration_text(std::max<std::int64_t>(0, d.model.end_us - m.sent_us), ui.st.lang));
  } else {
    facts.emplace_back(ui.tr(f.end == FlightEnd::Lost ? "ui.st_lost_at"_w : "ui.st_arrived"_w),
                       moment_text(m.arrives_us));
    facts.emplace_back(ui.tr("ui.st_took"_w), duration_text(m.arrives_us - m.sent_us, ui.st.lang));
  }
  ui.st.tip = {about, title, std::move(facts), ui.tr("ui.st_act"_w)};
}

void point_and_click(const Diagram& d, const std::vector<FlightPlace>& flights, const LifeMark* mark, const Hit& body,
                     bool dragged) {
  Ui& ui = d.ui;
  Painter& p = ui.p;
  if (!body.hovered && !body.clicked) return;
  const Rect about{ui.in.x - 10, ui.in.y - 10, 20, 20};
  if (mark != nullptr) {
    p.circle_line(d.axis.x(mark->at_us), d.y_of(mark->node), d.style.em * .9f, ui.c.accent, 2);
    if (ui.may_tip())
      ui.st.tip = {about,
                   ui.pick(mark->words),
                   {{ui.tr("ui.st_moment"_w), moment_text(mark->at_us)}},
                   ui.tr("ui.st_act_mark"_w)};
    if (body.clicked && !dragged) jump(ui, mark->at_us, mark->line);
    return;
  }
  const Pointed at = pointed_flight(d, flights);
  if (at.place == nullptr) return;
  const Flight& f = d.flight(*at.place);
  draw_flight(d, *at.place, true);
  for (const int end : {-1, 1}) {
    const Point& there = end < 0 ? at.place->from : at.place->to;
    p.circle_line(there.x, there.y, d.style.mark * 2, ui.c.accent, at.end == end ? 3.f : 1.5f);
  }
  if (ui.may_tip()) tell_flight(d, f, about);
  if (!body.clicked || dragged) return;
  const bool arrives_later = f.end != FlightEnd::UnderWay && f.message.arrives_us > d.model.end_us;
  if (at.end < 0) return jump(ui, f.message.sent_us, f.sent_line);
  if (at.end > 0 && f.end != FlightEnd::UnderWay && !arrives_later) return jump(ui, f.message.arrives_us, f.line);
  Action select;
  select.kind = ActionKind::SelectEvent;
  select.number = static_cast<std::int64_t>(f.line != 0 && !arrives_later ? f.line : f.sent_line);
  if (select.number != 0) ui.emit(std::move(select));
}

/// Wheel and two fingers zoom, a drag pans. Returns whether this press has become a drag.
bool zoom_and_drag(Ui& ui, const Diagram& d, const SpaceAxisOptions& options, const Hit& body) {
  SpaceState& st = ui.st.space;
  const bool inside = ui.p.to_window(d.body).contains(ui.in.x, ui.in.y);
  const double now = options.us_per_px > 0 ? options.us_per_px : usual_us_per_px(d.model);
  if (inside && ui.in.zoom != 1) st.us_per_px = std::clamp(now / static_cast<double>(ui.in.zoom), .2, 2e5);
  if (body.pressed) st.drag_x = ui.in.x, st.dragged = false;
  float moved = 0;
  if (body.held && (st.dragged || std::fabs(ui.in.x - st.drag_x) > 4)) {
    st.dragged = true;
    moved = ui.in.x - st.drag_x;
    st.drag_x = ui.in.x;
  } else if (inside && ui.in.fingers) {
    moved = ui.in.pan_x;
  }
  if (moved != 0) {
    const std::int64_t to = std::max<std::int64_t>(0, d.axis.at(options.x_end - moved));
    st.end_us = to >= ui.time.now_us ? -1 : to;
  }
  return st.dragged;
}

/// Chips at the right of the ruler.
void draw_space_chips(Ui& ui, Row& ruler) {
  SpaceState& st = ui.st.space;
  if (draw_chip(ui, ruler, ui.tr("ui.fold_gaps"_w), st.fold, "space fold")) st.fold = !st.fold;
  if (draw_chip(ui, ruler, ui.tr("ui.st_routine"_w), st.routine, "space routine")) st.routine = !st.routine;
  if (st.us_per_px > 0 && draw_chip(ui, ruler, ui.tr("ui.st_fit"_w), false, "space fit")) st.us_per_px = 0;
  if (st.end_us >= 0 && draw_chip(ui, ruler, ui.tr("ui.follow_log"_w), false, "space follow")) st.end_us = -1;
}

/// The text about messages and nodes that are not drawn.
std::string left_out_words(const Ui& ui, const SpaceTime& m, const TimeAxis& axis, int quiet) {
  std::string words;
  const auto add = [&](std::string s) { words += (words.empty() ? "" : " · ") + std::move(s); };
  if (quiet > 0) add(ui.tr("ui.st_quiet"_w, {{"count", std::to_string(quiet)}}));
  std::int64_t routine = m.routine_left_out;
  if (!ui.st.space.routine)
    routine += std::count_if(m.flights.begin(), m.flights.end(), [](const Flight& f) { return f.routine; });
  if (routine > 0) add(ui.tr("ui.st_routine_out"_w, {{"count", count_text(routine)}}));
  if (m.older && axis.from_us < m.from_us) add(ui.tr("ui.st_older"_w, {{"time", clock_text(m.from_us)}}));
  return words;
}

}  // namespace

void draw_space_time(Ui& ui, const Rect& r, const SpaceTimeStyle& style) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  SpaceState& st = ui.st.space;
  p.fill(r, c.canvas);
  ui.hit(make_id("space-time"), r);
  Action look;
  look.kind = ActionKind::LookAtSpaceTime;
  look.time_us = st.end_us;
  ui.emit(std::move(look));
  const float em = style.em, head = em * 2.5f;
  if (ui.time.space == nullptr) return;  // the diagram arrives with the next frame
  const SpaceTime& model = *ui.time.space;
  if (model.flights.empty() && model.marks.empty())
    return empty_state(ui, r, Icon::Link, "ui.st_none"_w, "ui.st_none_sub"_w);
  p.push_box(r, "space-time", true);
  p.text(r.x + 12, r.y + em * 1.6f, ui.tr("ui.space_time"_w),
         {.em = em, .color = c.secondary, .bold = true, .max = style.names - 16});
  Row ruler_row{Column{r.padded(16)}.next(32)};
  ruler_row.right(style.controls ? lower_tabs_width(ui, r) : 0);
  ruler_row.gap = 6;
  if (style.controls) draw_space_chips(ui, ruler_row);
  const float ruler_right = ruler_row.rest.right();
  SpaceAxisOptions options;
  options.us_per_px = st.us_per_px;
  options.fold = st.fold;
  options.x0 = r.x + style.names;
  options.x1 = r.right() - 16;
  options.x_end = options.x1 - std::min(64.f, (options.x1 - options.x0) * .1f);
  Diagram d{ui, model, style, {options.x0, r.y + head, options.x1 - options.x0, r.h - head}, {}, {}, {}};
  d.axis = space_axis(model, ui.log.chain, ui.world, options);
  d.end_x = d.axis.x(model.end_us);
  d.lit = !ui.log.chain.empty();
  int quiet = 0;
  const float note_h = style.controls ? 18.f : 0.f, apart = kRowsApart * em / 13;
  d.rows = space_rows(model, ui.log.chain, ui.world, d.axis,
                      static_cast<std::size_t>(std::max(1.f, (d.body.h - note_h) / apart)), quiet);
  const std::string left_out = style.controls ? left_out_words(ui, model, d.axis, quiet) : std::string();
  if (!left_out.empty()) d.body.h -= note_h;
  const auto count = static_cast<float>(std::max<std::size_t>(1, d.rows.size()));
  d.pitch = std::clamp(d.body.h / count, kRowsAtLeast * em / 13, 90.f);
  const Rect area{r.x, d.body.y, r.w, d.body.h};
  const float content = count * d.pitch;
  if (ui.in.wheel != 0 && ui.in.x < options.x0 && p.to_window(area).contains(ui.in.x, ui.in.y))
    st.scroll -= ui.in.wheel * d.pitch;
  st.scroll = std::clamp(st.scroll, 0.f, std::max(0.f, content - area.h));
  d.y.assign(ui.world.nodes.size(), 0);
  std::vector<float> lines;
  for (std::size_t i = 0; i < d.rows.size(); ++i) {
    const float y = area.y + (static_cast<float>(i) + .5f) * d.pitch - st.scroll;
    if (y < area.y + 4 || y > area.bottom() - 4) continue;
    d.y[static_cast<std::size_t>(d.rows[i])] = y;
    lines.push_back(y);
  }
  d.body.w = std::min(d.body.w, options.x1 - options.x0);
  draw_ruler(
      {d.ui, d.model, d.style, {d.body.x, d.body.y, ruler_right - d.body.x, d.body.h}, d.axis, {}, {}, 0, d.end_x},
      r.y);
  const std::vector<FlightPlace> flights = [&] {
    std::vector<FlightPlace> all = place_flights(model, d.axis, d.y, ui.log.chain);
    std::erase_if(all, [&](const FlightPlace& f) {
      const Flight& flight = d.flight(f);
      return flight.routine && !st.routine && d.chain_number(flight.line) == 0;
    });
    return all;
  }();
  std::vector<FlightPlace> full;
  std::copy_if(flights.begin(), flights.end(), std::back_inserter(full),
               [&](const FlightPlace& f) { return !d.flight(f).routine; });
  const float head_x = d.axis.x(ui.time.now_us);
  FreePlaces places({d.body.x, d.body.y, options.x1 - d.body.x, d.body.h}, lines, full, head_x);
  p.push_box(area, "space-time lines", true);
  if (d.lit) p.alpha = .35f, p.text_alpha = .45f;
  for (const int i : d.rows)
    if (d.y_of(i) > 0) draw_name(d, Rect{r.x, d.y_of(i) - d.pitch / 2, style.names - 4, d.pitch}.padded(4, 1.5f), i);
  p.push_box(d.body, "space-time body", true);
  if (model.older && d.axis.from_us < model.from_us) {
    const float x = std::min(d.axis.x(model.from_us), d.axis.x1);
    p.fill({d.axis.x0, d.body.y, x - d.axis.x0, d.body.h}, c.panel);
  }
  for (const int i : d.rows)
    if (d.y_of(i) > 0) draw_lifeline(d, i, places);
  for (const TimeAxis::Fold& f : d.axis.folds) draw_fold(ui, f, d.body.y, d.body.bottom());
  for (const bool routine : {true, false})
    for (const FlightPlace& f : flights)
      if (d.flight(f).routine == routine) draw_flight(d, f, false);
  const LifeMark* mark = draw_life_marks(d, places);
  p.alpha = p.text_alpha = 1;
  if (d.lit) {
    draw_chain_over(d, flights, places);
  } else {
    // Failures come first, then the latest messages.
    std::size_t labels = 0;
    for (const bool bad : {true, false})
      for (auto f = full.rbegin(); f != full.rend() && labels < kMostLabels; ++f) {
        const Flight& flight = d.flight(*f);
        const bool wrong = flight.end == FlightEnd::Lost || flight.delayed || flight.message.held ||
                           flight.message.blocked || !flight.message.error.empty();
        if (wrong == bad && label_flight(d, *f, places, false)) ++labels;
      }
  }
  if (head_x >= d.axis.x0 && head_x <= d.axis.x1) {
    p.line(head_x, d.body.y, head_x, d.body.bottom(), c.playhead, 2);
    p.note({head_x - 1, d.body.y, 2, d.body.h}, "space-time playhead");
  }
  const Hit body = ui.drag(make_id("space-time body"), d.body);
  const bool dragged = zoom_and_drag(ui, d, options, body);
  point_and_click(d, flights, mark, body, dragged);
  p.pop_box();
  p.pop_box();
  if (head_x >= d.axis.x0 && head_x <= std::min(d.axis.x1, ruler_right)) {
    const float top = r.y + head - 18;
    draw_playhead(p, head_x, top);
  }
  if (content - st.scroll > area.h + d.pitch / 2) {
    const int below = static_cast<int>((content - st.scroll - area.h) / d.pitch + .99f);
    p.text(r.x + 12, r.bottom() - 6, ui.tr("ui.more_replicas"_w, {{"count", std::to_string(below)}}),
           {.em = em, .color = c.secondary});
  }
  if (!left_out.empty())
    p.text(options.x1, r.bottom() - 5, left_out,
           {.em = em, .color = c.muted, .align = Align::Right, .max = options.x1 - options.x0, .foreign = true});
  // Only clicks count: the diagram follows the playhead, so a drag would move it away from the pointer.
  const Hit ruler =
      ui.hit(make_id("space-time ruler"), {options.x0, r.y, std::max(1.f, ruler_right - options.x0), head - 2});
  if (ruler.clicked) jump(ui, std::max<std::int64_t>(0, d.axis.at(std::clamp(ui.in.x, d.axis.x0, d.axis.x1))), 0);
  p.pop_box();
}

}  // namespace kafkascope::ui
