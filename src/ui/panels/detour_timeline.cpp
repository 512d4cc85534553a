// The timeline during a detour: the suspended script, the detour below it, and the kept ones.
#include <algorithm>
#include <cstdlib>

#include "ui/panels/panels.h"
#include "ui/panels/timeline_view.h"

namespace kafkascope::ui {

namespace {

/// The kind of the act that started the detour: a fault, another act that was carried out, or one that Kafka refused.
Deed first_deed(const Ui& ui, std::int64_t left_us) {
  Deed deed = Deed::None;
  for (const TimeMark& mark : ui.time.marks) {
    if (mark.at_us < left_us) continue;
    if (mark.kind == MarkKind::Refused && deed != Deed::None) return Deed::Refused;
    const bool fault = mark.kind == MarkKind::Fault;
    if (!fault && mark.kind != MarkKind::Repair && mark.kind != MarkKind::Command) continue;
    if (deed != Deed::None) return deed;
    deed = fault ? Deed::Fault : Deed::Done;
  }
  return deed == Deed::None ? Deed::Done : deed;
}

/// Steps of the script that have a common mark, because marks of their own would overlap.
struct StepsMark {
  int first = 0, last = 0;  // from 1
  float from = 0, to = 0;   // centres of the first and the last one
  bool past = false;        // all of them had happened when the script was left
};

std::string numbers_of(const StepsMark& mark) {
  return mark.first == mark.last ? std::to_string(mark.first)
                                 : std::to_string(mark.first) + "–" + std::to_string(mark.last);
}

void draw_script_steps(Ui& ui, const TimeAxis& axis, const Rect& row) {
  constexpr float kRadius = 15, kApart = 3;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const auto box = [&](const StepsMark& mark) {
    const float w = std::max(
        {2 * kRadius, p.width(numbers_of(mark), {.em = 15, .bold = true}) + 16, mark.to - mark.from + 2 * kRadius});
    return Rect{(mark.from + mark.to) / 2, row.y, 0, row.h}.middle(w, 2 * kRadius);
  };
  std::vector<StepsMark> marks;
  int n = 0;
  for (const TimeMark& mark : ui.time.marks) {
    if (mark.kind != MarkKind::Step) continue;
    ++n;
    if (mark.at_us < axis.from_us || mark.at_us > axis.to_us) continue;
    const float x = axis.x(mark.at_us);
    marks.push_back({n, n, x, x, mark.at_us <= ui.lesson.detour.left_us});
    while (marks.size() > 1 && box(marks[marks.size() - 2]).right() + kApart > box(marks.back()).x) {
      const StepsMark last = marks.back();
      marks.pop_back();
      StepsMark& one = marks.back();
      one.last = std::max(one.last, last.last);
      one.from = std::min(one.from, last.from);
      one.to = std::max(one.to, last.to);
      one.past = one.past && last.past;
    }
  }
  for (const StepsMark& mark : marks) {
    const Rect r = box(mark);
    p.fill(r, mark.past ? c.accent : c.panel, kRadius);
    if (!mark.past) p.stroke(r, c.mid, 2, kRadius);
    p.text(r, numbers_of(mark),
           {.em = 15, .color = mark.past ? c.accent_ink : c.muted, .bold = mark.past, .align = Align::Middle});
    p.note(r, "script steps");
  }
}

}  // namespace

void draw_detour_timeline(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Detour& d = ui.lesson.detour;
  p.fill(r, c.panel);
  ui.hit(make_id("detour timeline"), r);
  p.push_box(r, "detour timeline");
  const bool big = r.h > 280;
  TimeAxis axis;
  axis.x0 = r.x + (big ? 190.f : 120.f);
  axis.x1 = r.right() - 48;
  const std::int64_t span = std::max<std::int64_t>(8'000'000, (ui.time.until_us - d.left_us) * 2);
  axis.from_us = std::max<std::int64_t>(0, d.left_us - span / 4);
  axis.to_us = std::max(axis.from_us + span, ui.time.now_us + 1'000'000);
  Column in{r.padded(28)};
  const Line head = in.next({40, 30}), ruler = in.next({26, 18});
  const Rect script = in.next(big ? 60 : 20), detour = in.next(big ? 92 : 84);
  const float kept_h = big ? 76.f : 0.f, y1 = script.cy(), y2 = detour.cy();
  p.text(head, ui.tr("ui.timeline"_w), {.em = 15, .color = c.secondary, .bold = true});
  for (const std::int64_t us : time_ticks(axis, 150)) {
    const float x = axis.x(us);
    p.line(x, script.y, x, std::min(r.bottom() - 16, y2 + 40 + kept_h), c.hair);
    p.text(x + 5, ruler.base, clock_text(us).substr(0, clock_text(us).size() - 4), {.em = 15, .color = c.muted});
  }
  const auto name = [&](const Line& row, const char* words, const TextStyle& style) {
    p.text(Row{row}.left(axis.x0 - 6 - row.x), words, style);
  };
  name(Line(script, y1 + 6), ui.tr("ui.lesson"_w), {.em = 18, .color = c.muted});
  name(Line(detour, y2 + 6), ui.tr("ui.your_detour"_w), {.em = big ? 18.f : 15.f, .bold = true});
  const float bx = axis.x(d.left_us), px = std::max(bx + 30, axis.x(ui.time.now_us));
  p.line(axis.x0, y1, bx, y1, c.accent, 8);
  p.dashed_line(bx + 10, y1, axis.x1, y1, c.mid, 4, 10, 6);
  p.route({{bx - 8, y1}, {bx + 10, y1}, {bx + 10, y2}, {px, y2}}, c.accent, 7, 12);
  draw_script_steps(ui, axis, script);
  const Deed deed = first_deed(ui, d.left_us);
  // On the line down to the detour, so that the playhead of the first seconds does not cover the act's sign.
  const Rect act = Rect{bx + 10, (y1 + y2) / 2 + 4, 0, 0}.middle(18, 18);
  p.circle(act.cx(), act.cy(), 13, c.panel);
  p.circle_line(act.cx(), act.cy(), 13, deed_color(c, deed), 2.5f);
  p.note(act, "detour act");
  draw_deed(p, deed, act.x, act.y, act.w, 2.2f);
  p.line(px, y1 - 24, px, y2 + 16, c.playhead, 2.5f);
  p.circle(px, y2, 10, c.panel);
  p.circle(px, y2, 8, c.playhead);
  const Rect at_playhead = Rect{px, y2, 0, 0}.middle(20, 20);
  p.note(at_playhead, "detour playhead");
  p.text(px + 18, y2 + 6, clock_text(ui.time.now_us), {.em = 15, .color = c.accent, .bold = true});
  if (y2 + 44 < r.bottom())
    p.text(bx + 16, y2 + 40, ui.pick(d.what), {.em = 15, .bold = true, .max = axis.x1 - bx, .foreign = true});
  if (big && r.bottom() - y2 > 130) {
    in.skip(18);
    p.line(in.rest.x, in.rest.y, in.rest.right(), in.rest.y, c.hair);
    in.skip(12);
    Row pills{in.next({36, 24}), 12};
    name(pills.rest, ui.tr("ui.kept"_w), {.em = 15, .bold = true});
    pills.skip(axis.x0 - pills.rest.x);
    for (std::size_t i = 0; i < d.kept.size(); ++i) {
      const KeptDetour& k = d.kept[i];
      const std::string& s = ui.pick(k.what);
      const float w = p.width(s, {.em = 15, .bold = k.current}) + 58;
      if (w > pills.rest.w + 4) break;
      const Rect pill = pills.left(w);
      const Hit hit = ui.hit(make_id("kept", i), pill);
      p.fill(pill, k.current ? c.accent_fill : hit.hovered ? c.hover : c.field, 18);
      if (k.current) p.stroke(pill, c.accent, 2, 18);
      Row inside{pill.padded(16), 8};
      p.icon(Icon::Branch, inside.left(16), k.current ? c.accent : c.secondary, 2);
      p.text(inside.rest, s, {.em = 15, .bold = k.current});
      if (hit.clicked) open_run(ui, k.id);
    }
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
