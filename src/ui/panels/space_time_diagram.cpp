#include "ui/panels/space_time_diagram.h"

#include <algorithm>
#include <cmath>

#include "ui/panels/timeline_lanes.h"
#include "ui/stage/messages.h"

namespace kafkascope::ui {

using observe::Message;

namespace {

constexpr float kHeldRadii = 2.2f;  // from a held message's middle to its brackets, in radii of its mark

/// The place of a mark of that size around a point.
Rect around(const Point& at, float wide, float high) { return Rect{at.x, at.y, 0, 0}.middle(wide, high); }

}  // namespace

std::string duration_text(std::int64_t us, Lang lang) {
  const auto digits = [](std::int64_t whole, std::int64_t part) {
    std::string s = std::to_string(part);
    return std::to_string(whole) + "." + std::string(3 - std::min<std::size_t>(3, s.size()), '0') + s;
  };
  if (us < 1000) return std::to_string(us) + " µs";
  if (us < 1'000'000) return digits(us / 1000, us % 1000) + " ms";
  return tr(lang, "ui.seconds"_w, {{"seconds", digits(us / 1'000'000, us / 1000 % 1000)}});
}

void draw_ruler(const Diagram& d, float top) {
  Ui& ui = d.ui;
  Painter& p = ui.p;
  const float em = d.style.em;
  const auto label = [&](std::int64_t us, std::int64_t span) {
    if (span < 20'000) return short_time(us) + " " + micro_text(us);
    const std::string whole = clock_text(us);
    return span < 4'000'000 ? whole : whole.substr(0, whole.size() - 2);
  };
  std::int64_t folded = 0;
  for (const TimeAxis::Fold& f : d.axis.folds) folded += f.to_us - f.from_us;
  const std::int64_t span = d.axis.to_us - d.axis.from_us - folded;
  const float base = top + em * 1.6f;
  constexpr float kApart = 4;
  std::vector<std::pair<float, float>> taken{{d.end_x - em, d.end_x + em}};  // by the playhead
  const auto put = [&](float x, const std::string& words, TextStyle text) {
    text.em = em;
    const float from = x - kApart, to = x + p.width(words, text) + kApart;
    if (x < d.body.x || to > d.body.right() ||
        std::any_of(taken.begin(), taken.end(), [&](const auto& t) { return from < t.second && to > t.first; }))
      return;
    p.text(x, base, words, text);
    taken.emplace_back(x, to);
  };
  // Where each strip ends, the time comes first; then the lengths of the strips, then the other times.
  const std::vector<std::int64_t> points = space_points(d.model, ui.log.chain, ui.world);
  for (const TimeAxis::Fold& f : d.axis.folds) {
    const auto next = std::lower_bound(points.begin(), points.end(), f.to_us);
    if (next == points.end()) continue;
    const float x = d.axis.x(*next);
    p.line(x, d.body.y, x, d.body.bottom(), ui.c.hair);
    put(x + 4, short_time(*next), {.color = ui.c.muted});
  }
  for (const TimeAxis::Fold& f : d.axis.folds) {
    const std::string words = latency_text(f.to_us - f.from_us, ui.st.lang);
    put((f.x0 + f.x1 - p.width(words, {.em = em, .bold = true})) / 2, words, {.color = ui.c.secondary, .bold = true});
  }
  for (const std::int64_t us : time_ticks(d.axis, em * 8)) {
    const float x = d.axis.x(us);
    if (std::any_of(d.axis.folds.begin(), d.axis.folds.end(), [&](const auto& f) { return x > f.x0 && x < f.x1; }))
      continue;
    p.line(x, d.body.y, x, d.body.bottom(), ui.c.hair);
    put(x + 4, label(us, span), {.color = ui.c.muted});
  }
}

void draw_lifeline(const Diagram& d, int i, FreePlaces& places) {
  Ui& ui = d.ui;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float y = d.y_of(i), stroke = std::max(1.5f, d.style.stroke);
  const Lifeline* life =
      static_cast<std::size_t>(i) < d.model.lives.size() ? &d.model.lives[static_cast<std::size_t>(i)] : nullptr;
  const float from = std::max(d.axis.x0, life == nullptr ? d.axis.x0 : d.axis.x(life->from_us));
  const float end = std::clamp(d.end_x, d.axis.x0, d.axis.x1);
  if (from < end) p.line(from, y, end, y, c.strong, stroke);
  p.dashed_line(std::max(end, from), y, d.axis.x1, y, c.mid, 1, 2, 5);
  for (const Lane& lane : ui.time.lanes) {  // gold while the node leads a partition
    if (lane.name != d.node(i).name || lane.kind != LaneKind::Broker) continue;
    for (const LaneSpan& span : lane.spans) {
      if (span.kind != SpanKind::Alive || span.leads <= 0) continue;
      const float a = std::max(from, d.axis.x(span.from_us)), b = std::min(end, d.axis.x(span.to_us));
      if (a >= b) continue;
      const float t = std::min(leadership_thickness(span.leads) * .6f, d.pitch * .3f);
      const Rect led = Rect{a, y, b - a, 0}.middle(t);
      p.fill(led, c.leader_solid);
      if (!c.dark) p.stroke(led, c.leader_edge, 1);
    }
  }
  if (life == nullptr) return;
  for (const LifeBreak& b : life->breaks) {
    const std::int64_t to_us = b.to_us < 0 ? d.model.end_us : std::min(b.to_us, d.model.end_us);
    if (b.from_us > d.model.end_us || to_us < d.axis.from_us) continue;
    const float a = std::max(d.axis.x(b.from_us), d.axis.x0), e = std::min(d.axis.x(to_us), d.axis.x1);
    const Rect bar = Rect{a, y, std::max(2.f, e - a), 0}.middle(std::min(d.style.em, d.pitch * .6f));
    p.fill(bar, c.canvas);
    const Color color = b.paused ? c.caution : c.danger;
    if (b.paused) {
      p.dashed_line(a, y, e, y, color, stroke * 2, 8, 6);
    } else {
      p.hatch(bar, color, 8);
      p.line(a, bar.y, e, bar.y, color, 1);
      p.line(a, bar.bottom(), e, bar.bottom(), color, 1);
    }
    p.note(bar, b.paused ? "pause" : "break");
    const float icon = d.style.em;
    const bool begins = d.axis.x(b.from_us) >= d.axis.x0;
    const std::string& words = ui.pick(b.words);
    const TextStyle text{.em = d.style.em, .color = color, .bold = true};
    const float w = p.width(words, text) + icon + 14;
    if (e - a < w + 8) continue;
    // The word is at the left of the widest part without a strip.
    float x = a + (begins ? 6 : 8);
    for (const TimeAxis::Fold& f : d.axis.folds)
      if (f.x0 < x + w && f.x1 > x) x = f.x1 + 6;
    if (x + w > e) continue;
    const Rect ground = Rect{x, y, w, 0}.middle(d.style.em * 1.44f);
    p.fill(ground, c.canvas);
    Row in{ground, 4};
    in.skip(4);
    p.icon(b.paused ? Icon::Pause : Icon::Crash, in.left(icon), color, stroke);
    p.text(in.rest, words, text);
    places.block(ground);
  }
}

void draw_name(const Diagram& d, const Rect& head, int i) {
  Ui& ui = d.ui;
  Painter& p = ui.p;
  const observe::Node& n = d.node(i);
  const float em = d.style.em;
  const Hit hit = ui.hit(make_id("life", static_cast<std::uint64_t>(i)), head);
  const bool down = n.state != observe::NodeState::Running && n.state != observe::NodeState::Starting;
  const Color color = ui.is_selected(n.name) ? ui.c.accent
                      : down                 ? ui.c.danger
                      : hit.hovered          ? ui.c.primary
                                             : ui.c.secondary;
  Row in{head.padded(8), 6};
  in.skip(4);
  p.icon(down ? (n.state == observe::NodeState::Paused ? Icon::Pause : Icon::Crash) : node_icon(n.kind), in.left(em),
         color);
  p.text(in.rest, n.name, {.em = em, .color = color, .bold = down, .foreign = true});
  if (hit.clicked) ui.select(n.name);
  for (const PointAt& point : ui.lesson.view.point) {
    if (!means_node(point, n)) continue;
    p.stroke(head, ui.c.accent, 2, 5);
    p.note_point(head.grown(1), point.path);
  }
}

void draw_flight(const Diagram& d, const FlightPlace& at, bool bright) {
  Ui& ui = d.ui;
  Painter& p = ui.p;
  const Flight& f = d.flight(at);
  const Message& m = f.message;
  const Color color = d.color(f);
  const float stroke = d.style.stroke, r = d.style.mark;
  if (f.routine && !bright) {
    p.line(at.from.x, at.from.y, at.to.x, at.to.y, with_alpha(color, .26f), 1);
    return;
  }
  const float width = bright ? stroke * 2.2f : stroke;
  if (at.cut) {
    p.dashed_line(at.from.x, at.from.y, at.to.x, at.to.y, color, width, 3, 5);
  } else if (at.held) {
    constexpr float kDash = 2, kGap = 5, kPeriod = kDash + kGap;
    p.line(at.from.x, at.from.y, at.reached.x, at.reached.y, color, width);
    // The lines of messages that wait at one node lie on one another, so their dashes do, too.
    const float waits = std::ceil(std::max(at.reached.x, d.axis.x0) / kPeriod) * kPeriod;
    if (waits < at.to.x) p.dashed_line(waits, at.to.y, at.to.x, at.to.y, ui.c.caution, width, kDash, kGap);
  } else if (f.delayed) {
    p.dashed_line(at.from.x, at.from.y, at.to.x, at.to.y, color, width, 12, 6);
  } else {
    p.line(at.from.x, at.from.y, at.to.x, at.to.y, color, width);
  }
  const observe::Family family = m.family;
  const bool ahead =
      f.end == FlightEnd::Arrived && m.arrives_us > d.model.end_us;  // the message has not arrived at this moment
  if (f.end == FlightEnd::Lost && !ahead) {
    p.circle(at.to.x, at.to.y, r * 1.9f, ui.c.canvas);
    p.cross(at.to.x, at.to.y, r * 1.4f, ui.c.danger, std::max(2.f, stroke * 1.5f));
    p.note(around(at.to, 2 * r, 2 * r), "lost message");
  } else if (f.end == FlightEnd::Arrived && !ahead) {
    p.arrowhead(at.to.x, at.to.y, at.to.x - at.from.x, at.to.y - at.from.y, r * 2.2f, color);
    p.note(around(at.to, 4, 4), "arrival");
  } else {
    p.mark(family, at.to.x, at.to.y, r * 1.2f, m.response, ui.c.canvas);
    p.note(around(at.to, 2 * r, 2 * r), at.held ? "held message" : "message under way");
    if (at.held) draw_held_brackets(p, {at.to}, r * kHeldRadii, stroke);
  }
  p.mark(family, at.from.x, at.from.y, r, m.response, ui.c.canvas);
  p.note(around(at.from, 4, 4), "departure");
}

const LifeMark* draw_life_marks(const Diagram& d, FreePlaces& places) {
  Ui& ui = d.ui;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float em = d.style.em;
  const LifeMark* under = nullptr;
  std::vector<bool> drawn(d.model.marks.size(), false);
  for (std::size_t i = 0; i < d.model.marks.size(); ++i) {
    const LifeMark& mark = d.model.marks[i];
    const float x = d.axis.x(mark.at_us), y = d.y_of(mark.node);
    if (drawn[i] || y <= 0 || x < d.axis.x0 || x > d.axis.x1 || mark.at_us > d.model.end_us) continue;
    int more = 0;
    for (std::size_t k = i + 1; k < d.model.marks.size(); ++k) {
      const LifeMark& other = d.model.marks[k];
      if (other.node != mark.node || other.kind != mark.kind || std::fabs(d.axis.x(other.at_us) - x) > 9) continue;
      drawn[k] = true;
      ++more;
    }
    const Rect at = around({x, y}, em, em);
    std::string words = ui.pick(mark.label.empty() ? mark.words : mark.label);
    if (more > 0) words += " +" + std::to_string(more);
    Color color = c.secondary;
    const auto icon = [&](Icon which, float ground, float size, Color ink, float width) {
      color = ink;
      p.circle(x, y, em * ground, c.canvas);
      p.icon(which, around({x, y}, em * size, em * size), color, width);
    };
    switch (mark.kind) {
      case LifeMarkKind::Leads: icon(Icon::Crown, .75f, 1.1f, c.leader, 1.6f); break;
      case LifeMarkKind::Elects:
        color = c.leader;
        p.fill(around({x, y}, 6, em * 1.2f), c.leader_solid);
        if (!c.dark) p.stroke(around({x, y}, 6, em * 1.2f), c.leader_edge, 1);
        break;
      case LifeMarkKind::TimeOut: icon(Icon::Clock, .75f, 1.2f, c.caution, d.style.stroke); break;
      case LifeMarkKind::Loss: icon(Icon::Warn, .7f, 1.1f, c.danger, d.style.stroke); break;
      case LifeMarkKind::Starts: icon(Icon::Play, .6f, .9f, c.ok, d.style.stroke); break;
      case LifeMarkKind::Other: p.fill(around({x, y}, 3, em * .9f), c.secondary); break;
    }
    p.note(at, "life mark");
    places.block(at);
    if (std::hypot(ui.in.x - x, ui.in.y - y) < kPointerNear + 1) under = &mark;
    // The mark's words are above or below the line, after or before the mark.
    const bool leads = mark.kind == LifeMarkKind::Leads;
    const TextStyle text{.em = em, .color = leads ? c.on_bright : color, .bold = leads, .align = Align::Middle};
    const float w = p.width(words, text) + 12, h = em * 1.45f;
    if (w > d.body.w * .4f || d.lit) continue;
    for (const bool pressing : {false, true}) {
      // The words of a new leader are shown even if they cover a line or an arrow.
      if (pressing && !leads) break;
      const Rect tries[] = {{x + 6, y - h - 5, w, h},
                            {x + 6, y + 5, w, h},
                            {x - w - 6, y - h - 5, w, h},
                            {x - w - 6, y + 5, w, h},
                            {x + em, y - h / 2, w, h}};
      const auto* free = std::find_if(std::begin(tries), std::end(tries),
                                      [&](const Rect& r) { return places.take(r, -1, pressing ? 6 : 1, pressing); });
      if (free == std::end(tries)) continue;
      p.fill(*free, leads ? c.leader_solid : c.canvas, 4);
      if (leads && !c.dark) p.stroke(*free, c.leader_edge, 1, 4);
      p.text(*free, words, text);
      break;
    }
  }
  return under;
}

bool label_flight(const Diagram& d, const FlightPlace& at, FreePlaces& places, bool lit) {
  Ui& ui = d.ui;
  Painter& p = ui.p;
  const Flight& f = d.flight(at);
  const float em = d.style.em;
  std::string words = flight_label(ui, f);
  if (f.end == FlightEnd::Lost) words = ui.tr("ui.st_lost_label"_w, {{"message", words}});
  else if (f.message.blocked) words = ui.tr("ui.st_waits_label"_w, {{"message", words}});
  else if (f.message.held) words = ui.tr("ui.st_held_label"_w, {{"message", words}});
  else if (f.delayed && f.end == FlightEnd::Arrived)
    words += ", " + duration_text(f.message.arrives_us - f.message.sent_us, ui.st.lang);
  const bool bad = f.end == FlightEnd::Lost || f.message.blocked || !f.message.error.empty();
  const TextStyle text{.em = em,
                       .color = bad       ? ui.c.danger
                                : at.held ? ui.c.caution
                                : lit     ? ui.c.primary
                                          : ui.c.secondary,
                       .bold = lit,
                       .align = Align::Middle};
  const float w = p.width(words, text) + 10, h = em * 1.4f;
  const auto along = [&](float u) {
    return Point{at.from.x + (at.reached.x - at.from.x) * u, at.from.y + (at.reached.y - at.from.y) * u};
  };
  constexpr float kBeside = 4;
  // How far the line moves sideways within the words' height, and how far up or down within their width.
  const float across = std::fabs(at.reached.x - at.from.x), down = std::fabs(at.reached.y - at.from.y),
              lean = down < 1 ? 1e6f : across / down * h / 2, rise = across < 1 ? 1e6f : down / across * w / 2;
  for (const bool pressing : {false, true}) {
    // The words of failures, of held and of highlighted messages are shown even if they cover something.
    if (pressing && !bad && !at.held && !lit) break;
    for (const float u : {.5f, .3f, .7f, .85f, .15f}) {
      // Beside a steep line, above or below a flat one, or on the line: always at their own line.
      const Point m = along(u);
      const float x = m.x - w / 2, y = m.y - h / 2;
      std::vector<Rect> tries;
      if (at.held && u == .5f)  // before the brackets
        tries.push_back({at.to.x - d.style.mark * kHeldRadii - d.style.stroke - kBeside - w, at.to.y - h / 2, w, h});
      if (lean < em)
        for (const float beside : {m.x + lean + kBeside, m.x - lean - kBeside - w}) tries.push_back({beside, y, w, h});
      if (rise < em)
        for (const float over : {m.y - rise - kBeside - h, m.y + rise + kBeside}) tries.push_back({x, over, w, h});
      tries.push_back({x, y, w, h});
      for (const Rect& r : tries) {
        if (!places.take(r, at.flight, pressing ? 4 : 0, pressing)) continue;
        p.fill(r, lit ? ui.c.canvas : with_alpha(ui.c.canvas, .85f), 4);
        if (lit) p.stroke(r, ui.c.accent, 1.25f, 4);
        p.text(r, words, text);
        p.note(r, "arrow label");
        return true;
      }
    }
  }
  return false;
}

void draw_chain_over(const Diagram& d, const std::vector<FlightPlace>& flights, FreePlaces& places) {
  Ui& ui = d.ui;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float stroke = std::max(3.f, d.style.stroke * 2), radius = d.style.em * .76f;
  struct Disc {
    Point at;
    int number;
  };
  std::vector<Disc> discs;
  Point before{};
  int number = 0;
  for (const ChainLink& link : ui.log.chain) {
    ++number;
    const int node = ui.node_of(link.node);
    Point at{d.axis.x(link.time_us), d.y_of(node)};
    if (at.y <= 0 || link.time_us > d.axis.to_us || link.time_us < d.axis.from_us) {
      before = {};
      continue;
    }
    // Discs of the same moment are side by side.
    if (!discs.empty() && std::fabs(discs.back().at.y - at.y) < 1 && at.x < discs.back().at.x + 2 * radius + 1)
      at.x = discs.back().at.x + 2 * radius + 1;
    const auto arrow = std::find_if(flights.begin(), flights.end(),
                                    [&](const FlightPlace& f) { return d.flight(f).line == link.seq; });
    if (arrow != flights.end()) {
      p.line(arrow->from.x, arrow->from.y, arrow->to.x, arrow->to.y, c.accent_fill, stroke * 3);
      p.line(arrow->from.x, arrow->from.y, arrow->to.x, arrow->to.y, c.accent, stroke);
      p.note({arrow->from.x, arrow->from.y, 1, 1}, "lit arrow");
      if (before.x > 0 && std::fabs(before.y - arrow->from.y) < 1)
        p.line(before.x, before.y, arrow->from.x, arrow->from.y, c.accent, stroke);
      if (d.flight(*arrow).end == FlightEnd::Lost) at = arrow->to;
    } else if (before.x > 0 && std::fabs(before.y - at.y) < 1) {
      p.line(before.x, before.y, at.x, at.y, c.accent, stroke);
    } else if (before.x > 0) {
      p.dashed_line(before.x, before.y, at.x, at.y, c.accent, stroke * .7f, 6, 5);
    }
    discs.push_back({at, number});
    before = at;
  }
  for (const Disc& disc : discs) {
    p.circle(disc.at.x, disc.at.y, radius, c.accent);
    p.note(Rect{disc.at.x, disc.at.y, 0, 0}.grown(radius), "chain in diagram");
    p.text(Rect{disc.at.x, disc.at.y, 0, 0}, std::to_string(disc.number),
           {.em = d.style.em, .color = c.accent_ink, .bold = true, .align = Align::Middle});
    places.block({disc.at.x - radius, disc.at.y - radius, 2 * radius, 2 * radius});
  }
  for (const FlightPlace& f : flights)
    if (d.chain_number(d.flight(f).line) > 0) label_flight(d, f, places, true);
}

}  // namespace kafkascope::ui
