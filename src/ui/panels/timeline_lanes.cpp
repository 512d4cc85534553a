#include "ui/panels/timeline_lanes.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace kafkascope::ui {

namespace {

/// A lane's label when it fits in its span, on the ground of the timeline: its place.
std::optional<Rect> span_label(Ui& ui, std::string_view s, const TimeAxis& axis, float x0, float x1, const Rect& row,
                               Color color, float playhead, const std::vector<float>& marks = {}) {
  Painter& p = ui.p;
  if (s.empty()) return {};
  // The label is in the widest part without a fold or a mark of an event.
  std::vector<std::pair<float, float>> breaks;
  for (const TimeAxis::Fold& f : axis.folds) breaks.emplace_back(f.x0, f.x1);
  for (const float x : marks) {
    const Rect mark = Rect{x, 0, 0, 0}.grown(4);
    breaks.emplace_back(mark.x, mark.right());
  }
  std::sort(breaks.begin(), breaks.end());
  float from = x0, best0 = x0, best1 = x0;
  const auto stretch = [&](float to) {
    if (to - from > best1 - best0) best0 = from, best1 = to;
  };
  for (const auto& [left, right] : breaks) {
    if (right <= x0 || left >= x1) continue;
    stretch(left);
    from = right;
  }
  stretch(x1);
  x0 = best0, x1 = best1;
  const TextStyle style{.em = 13, .color = color, .bold = true};
  const float w = p.width(s, style);
  if (x1 - x0 < w + 24) return {};
  const float half = w / 2 + 14;
  for (const float cx : {(x0 + x1) / 2, x0 + half, x1 - half}) {
    if (std::fabs(cx - playhead) < w / 2 + 10) continue;
    const Rect label{cx - w / 2, row.y, w, row.h}, ground = label.padded(-6).middle(18);
    p.fill(ground, p.c.canvas);
    p.text(words_in(label), s, style);
    return ground;
  }
  return {};
}

/// A controller's line while it runs, and what it is in the quorum.
void quorum_span(Ui& ui, const LaneSpan& span, const TimeAxis& axis, const Rect& place, float playhead,
                 const std::vector<float>& marks, Said& said) {
  Painter& p = ui.p;
  const float m = place.cy();
  if (span.kind == SpanKind::Starting || span.kind == SpanKind::State) {
    p.dashed_line(place.x, m, place.right(), m, p.c.starting, 2, 6, 4);
  } else if (span.leads > 0) {
    const Rect bar = place.middle(leadership_thickness(1));
    p.fill(bar, p.c.leader_solid);
    if (!p.c.dark) p.stroke(bar, p.c.leader_edge, 1);
  } else {
    p.line(place.x, m, place.right(), m, p.c.strong, 1.5f);
  }
  const std::string& words = ui.pick(span.label);
  const Color ink = span.leads > 0 ? p.c.leader : p.c.secondary;
  if (const auto at = span_label(ui, words, axis, place.x, place.right(), place, ink, playhead, marks))
    said.emplace_back(at->x, at->right());
  else if (const Rect under = p.to_window({place.x, place.y, std::max(place.w, 6.f), place.h});
           !words.empty() && under.contains(ui.in.x, ui.in.y) && ui.may_tip())
    ui.st.tip = {under, words, {}, {}};
}

constexpr float kBar = 16;

/// A stretch in which something is dead or waits.
void hatched_span(Painter& p, const Rect& bar, Color color) {
  p.hatch(bar, color, 8);
  p.line(bar.x, bar.y, bar.right(), bar.y, color, 1);
  p.line(bar.x, bar.bottom(), bar.right(), bar.bottom(), color, 1);
}

}  // namespace

void draw_broker_lane(Ui& ui, const Lane& lane, const TimeAxis& axis, const Rect& row, float playhead) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float m = row.cy();
  for (const LaneSpan& span : lane.spans) {
    if (span.to_us < axis.from_us || span.from_us > axis.to_us) continue;
    const float a = std::max(axis.x0, axis.x(span.from_us)), b = std::min(axis.x1, axis.x(span.to_us));
    switch (span.kind) {
      case SpanKind::Dead: {
        hatched_span(p, Rect{a, row.y, b - a, row.h}.middle(kBar), c.danger);
        span_label(ui, ui.pick(span.label), axis, a, b, row, c.danger, playhead);
        break;
      }
      case SpanKind::Paused: p.dashed_line(a, m, b, m, c.caution, 4, 8, 6); break;
      case SpanKind::Starting: p.dashed_line(a, m, b, m, c.starting, 2, 6, 4); break;
      default: {
        const float t = leadership_thickness(span.leads);
        if (span.leads > 0) {
          const Rect bar = Rect{a, row.y, std::max(3.f, b - a), row.h}.middle(t);
          p.fill(bar, c.leader_solid);
          if (!c.dark) p.stroke(bar, c.leader_edge, 1);
        } else {
          p.line(a, m, b, m, c.strong, 2);
        }
        break;
      }
    }
  }
}

void draw_state_lane(Ui& ui, const Lane& lane, const TimeAxis& axis, const Rect& row, float playhead,
                     const std::vector<float>& marks, Said& said) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float m = row.cy();
  for (const LaneSpan& span : lane.spans) {
    if (span.to_us < axis.from_us || span.from_us > axis.to_us) continue;
    const float a = std::max(axis.x0, axis.x(span.from_us)), b = std::min(axis.x1, axis.x(span.to_us));
    const Rect place{a, row.y, b - a, row.h}, bar = place.middle(kBar);
    if (span.kind == SpanKind::Waiting) {
      hatched_span(p, bar, c.caution);
      span_label(ui, ui.pick(span.label), axis, a, b, row, c.caution, playhead);
      p.note(bar, "waits");
      continue;
    }
    if (span.kind == SpanKind::Dead) {
      const Rect dead = place.middle(14);
      p.hatch(dead, c.danger, 8);
      continue;
    }
    if (span.kind == SpanKind::Paused) {
      p.dashed_line(a, m, b, m, c.caution, 4, 8, 6);
      continue;
    }
    if (lane.kind == LaneKind::Controller) {
      quorum_span(ui, span, axis, place, playhead, marks, said);
      continue;
    }
    const Rect state{a, bar.y, std::max(2.f, b - a - 2), bar.h};
    const Color group = c.family[static_cast<std::size_t>(observe::Family::Group)];
    p.fill(state, c.field);
    p.fill(Row{bar}.left(3), span.leads > 0 ? c.hw : group);
    // A stable group's state has no frame, the others have one.
    if (lane.kind == LaneKind::Group && span.leads == 0) p.dashed(state, group, 1.5f, 5, 3);
    // A state's text is never cut, nor crossed by the playhead: it is drawn in its span (the last one may exceed it), else shown
    // under the pointer.
    const std::string& s = ui.pick(span.label);
    const float w = p.width(s, {.em = 13});
    const bool last = &span == &lane.spans.back();
    Row in{words_in(bar)};
    in.skip(9);
    if (playhead > in.rest.x - kFromPlayhead && playhead < in.rest.x + w + kFromPlayhead)
      in.skip(playhead + kFromPlayhead - in.rest.x);
    if (in.rest.x + w <= (last ? axis.x1 : b - 5))
      p.text(in.rest.x, in.rest.base, s, {.em = 13, .color = c.secondary, .foreign = true});
    else if (const Rect at = p.to_window({a, bar.y, std::max(b - a, 6.f), bar.h});
             at.contains(ui.in.x, ui.in.y) && ui.may_tip())
      ui.st.tip = {at, s, {}, {}};
  }
}

void draw_watermarks(Ui& ui, const TimeAxis& axis, const Rect& row) {
  Painter& p = ui.p;
  const auto& samples = ui.time.watermarks;
  if (samples.size() < 2) return;
  std::int64_t lo = samples.front().hw, hi = lo + 1;
  for (const WatermarkSample& s : samples) hi = std::max({hi, s.hw, s.leo}), lo = std::min(lo, s.hw);
  auto v = [&](std::int64_t q) {
    return row.bottom() - 4 -
           static_cast<float>(static_cast<double>(q - lo) / static_cast<double>(hi - lo)) * (row.h - 9);
  };
  static thread_local std::vector<Point> hw, leo;
  hw.clear();
  leo.clear();
  const WatermarkSample* before = nullptr;
  // In steps: between two samples an offset stays what it was.
  const auto put = [&](std::int64_t at, const WatermarkSample& s) {
    if (!hw.empty()) {
      hw.push_back({axis.x(at), hw.back().y});
      leo.push_back({axis.x(at), leo.back().y});
    }
    hw.push_back({axis.x(at), v(s.hw)});
    leo.push_back({axis.x(at), v(s.leo) - (s.leo > s.hw ? 1.5f : 0.f)});
  };
  for (const WatermarkSample& s : samples) {
    if (s.at_us > axis.to_us) break;
    if (s.at_us >= axis.from_us) {
      // zoomed in: begins with the value from before the visible range
      if (hw.empty() && before != nullptr) put(axis.from_us, *before);
      put(s.at_us, s);
    }
    before = &s;
  }
  if (before != nullptr) {
    if (hw.empty()) put(axis.from_us, *before);
    if (ui.time.now_us > std::max(before->at_us, axis.from_us)) put(std::min(ui.time.now_us, axis.to_us), *before);
  }
  if (hw.size() < 2) return;
  p.polyline(leo.data(), static_cast<int>(leo.size()), ui.c.muted, 1.4f);
  p.polyline(hw.data(), static_cast<int>(hw.size()), ui.c.hw, 2.4f);
  p.note({hw.front().x, row.y, hw.back().x - hw.front().x, row.h}, "watermark");
}

void draw_chain_links(Ui& ui, const TimeAxis& axis, const std::vector<std::pair<std::string, float>>& lanes) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  struct Disc {
    Point at;
    int number;
  };
  std::vector<Disc> discs;
  int number = 0;
  for (const ChainLink& link : ui.log.chain) {
    ++number;
    const auto lane = std::find_if(lanes.begin(), lanes.end(), [&](const auto& l) { return l.first == link.node; });
    if (lane == lanes.end() || link.time_us < axis.from_us || link.time_us > axis.to_us) continue;
    Point at{axis.x(link.time_us), lane->second};
    // Discs of the same moment are side by side.
    for (const Disc& disc : discs)
      if (disc.at.y == at.y && std::fabs(at.x - disc.at.x) < 21) at.x = disc.at.x + 21;
    discs.push_back({at, number});
  }
  for (const auto& [thickness, color] : {std::pair{10.f, c.accent_fill}, std::pair{3.f, c.accent}})
    for (std::size_t i = 1; i < discs.size(); ++i)
      p.line(discs[i - 1].at.x, discs[i - 1].at.y, discs[i].at.x, discs[i].at.y, color, thickness);
  for (const Disc& disc : discs) {
    p.circle(disc.at.x, disc.at.y, 10, c.accent);
    p.note(Rect{disc.at.x, disc.at.y, 0, 0}.grown(10), "chain in timeline");
    p.text(disc.at.x, disc.at.y + 4.7f, std::to_string(disc.number),
           {.em = 13, .color = c.accent_ink, .bold = true, .align = Align::Middle});
  }
}

bool draw_chip(Ui& ui, Row& row, std::string_view label, bool on, const char* id) {
  Painter& p = ui.p;
  const Rect chip = row.right(p.width(label, {.em = 13, .bold = on}) + 18).middle(22);
  const Hit hit = ui.hit(make_id(id), chip);
  p.fill(chip, on ? p.c.accent_fill : hit.hovered ? p.c.hover : p.c.field, 11);
  p.text(chip, label, {.em = 13, .color = on ? p.c.primary : p.c.secondary, .bold = on, .align = Align::Middle});
  return hit.clicked;
}

void draw_playhead(Painter& p, float x, float top) {
  const Rect head = Rect{x, top, 0, 8}.padded(-7);
  p.fill(head, p.c.playhead, 2);
  p.triangle({head.x, top + 7}, {head.right(), top + 7}, {x, top + 16}, p.c.playhead);
}

void draw_fold(Ui& ui, const TimeAxis::Fold& f, float y0, float y1) {
  Painter& p = ui.p;
  p.fill({f.x0, y0, f.x1 - f.x0, y1 - y0}, p.c.panel);
  for (const float x : {f.x0, f.x1}) {
    bool left = true;
    for (float y = y0; y < y1; y += 8) {
      const float yb = std::min(y + 8, y1);
      p.line(x + (left ? -3.f : 3.f), y, x + (left ? 3.f : -3.f), yb, p.c.mid, 1.25f);
      left = !left;
    }
  }
}

}  // namespace kafkascope::ui
