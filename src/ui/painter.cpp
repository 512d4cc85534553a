#include "ui/painter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/imgui_versions.h"

namespace kafkascope::ui {

float route_length(const Route& route) {
  float total = 0;
  for (std::size_t i = 1; i < route.size(); ++i)
    total += std::hypot(route[i].x - route[i - 1].x, route[i].y - route[i - 1].y);
  return total;
}

Point along(const Route& route, float u) {
  if (route.empty()) return {};
  float left = std::clamp(u, 0.f, 1.f) * route_length(route);
  for (std::size_t i = 1; i < route.size(); ++i) {
    const Point a = route[i - 1], b = route[i];
    const float l = std::hypot(b.x - a.x, b.y - a.y);
    if (left <= l || i + 1 == route.size()) {
      const float f = l > 0 ? std::min(left / l, 1.f) : 0;
      return {a.x + (b.x - a.x) * f, a.y + (b.y - a.y) * f};
    }
    left -= l;
  }
  return route.front();
}

Point along(const Route& route, float u, float from_ends) {
  const float end = std::min(.5f, from_ends / std::max(1.f, route_length(route)));
  return along(route, std::clamp(u, end, 1 - end));
}

namespace {

/// Whether the straight line between the points meets the rectangle.
bool meets(Point a, Point b, const Rect& r) {
  if (std::max(a.x, b.x) <= r.x || std::min(a.x, b.x) >= r.right() || std::max(a.y, b.y) <= r.y ||
      std::min(a.y, b.y) >= r.bottom())
    return false;
  int above = 0;  // the corners at one side of the line
  for (const Point corner :
       {Point{r.x, r.y}, Point{r.right(), r.y}, Point{r.x, r.bottom()}, Point{r.right(), r.bottom()}})
    above += (b.x - a.x) * (corner.y - a.y) - (b.y - a.y) * (corner.x - a.x) > 0 ? 1 : 0;
  return above > 0 && above < 4;
}

}  // namespace

Covers covers_line(const Rect& words, const Route& route) {
  constexpr float kHead = 9;  // of an arrow
  const Rect r = words.grown(1);
  Covers worst = Covers::None;
  const Point* before = nullptr;
  for (const Point& b : route) {
    const Point* from = std::exchange(before, &b);
    if (from == nullptr || !meets(*from, b, r)) continue;
    const Point& a = *from;
    const float length = std::hypot(b.x - a.x, b.y - a.y), back = std::min(1.f, kHead / std::max(length, 1.f));
    const float across = std::min(std::max(a.x, b.x), r.right()) - std::max(std::min(a.x, b.x), r.x);
    if (r.contains(a.x, a.y) || r.contains(b.x, b.y) || (a.y == b.y && across > r.h * 1.2f) ||
        (&b == &route.back() && r.contains(b.x - (b.x - a.x) * back, b.y - (b.y - a.y) * back)))
      return Covers::Along;
    worst = Covers::Across;
  }
  return worst;
}

Mark mark_of(observe::Family family) {
  constexpr Mark kShapes[] = {Mark::Circle,  Mark::HalfDisc, Mark::Capsule,  Mark::Diamond,
                              Mark::Hexagon, Mark::Square,   Mark::Triangle, Mark::Square};
  static_assert(sizeof(kShapes) / sizeof(kShapes[0]) == observe::kFamilies);
  return kShapes[static_cast<std::size_t>(family)];
}

void Painter::push(float x, float y, float k) {
  stack_.push_back(top_);
  top_ = {top_.ox + x * top_.k, top_.oy + y * top_.k, top_.k * k};
}

void Painter::pop() {
  top_ = stack_.back();
  stack_.pop_back();
}

Rect Painter::to_window(const Rect& r) const {
  return {top_.ox + r.x * top_.k, top_.oy + r.y * top_.k, r.w * top_.k, r.h * top_.k};
}

bool Painter::in_sight(const Rect& r) const {
  const Rect w = to_window(r).grown(-.5f);  // sums of heights are not exact
  for (const auto& box : boxes_)
    if (box.clip &&
        (w.y < box.rect.y || w.bottom() > box.rect.bottom() || w.x < box.rect.x || w.right() > box.rect.right()))
      return false;
  return true;
}

void Painter::push_box(const Rect& r, const char* name, bool clip) {
  boxes_.push_back({to_window(r), name, clip});
  if (clip) {
    const Rect& w = boxes_.back().rect;
    list_->PushClipRect({w.x * scale_, w.y * scale_}, {w.right() * scale_, w.bottom() * scale_}, true);
  }
}

void Painter::pop_box() {
  if (boxes_.back().clip) list_->PopClipRect();
  boxes_.pop_back();
}

float Painter::stroke_px(float w) const {
  // Strokes scale only a little with the stage: they must be visible when small and not coarse when large.
  const float k = top_.k < 1 ? std::max(top_.k, 0.8f) : std::min(top_.k, 1.35f);
  return std::max({1.f, least_line * scale_, w * k * scale_});
}

namespace {
ImVec2 snapped(ImVec2 v) { return {std::round(v.x), std::round(v.y)}; }
}  // namespace

void Painter::fill(const Rect& r, Color color, float radius, ImDrawFlags corners) {
  if (r.w <= 0 || r.h <= 0) return;
  const ImVec2 a = snapped(at(r.x, r.y)), b = snapped(at(r.right(), r.bottom()));
  list_->AddRectFilled(a, {std::max(b.x, a.x + 1), std::max(b.y, a.y + 1)}, tint(color), len(radius), corners);
}

void Painter::note_stroke(const Route& route, float width) {
  if (!diagnostics_.on || route.empty()) return;
  Rect all{route[0].x, route[0].y, 0, 0};
  for (const Point& at : route) {
    const float right = std::max(all.right(), at.x), bottom = std::max(all.bottom(), at.y);
    all.x = std::min(all.x, at.x);
    all.y = std::min(all.y, at.y);
    all.w = right - all.x;
    all.h = bottom - all.y;
  }
  note_stroke(all, width);
}

void Painter::stroke(const Rect& r, Color color, float width, float radius) {
  note_stroke(r, width);
  if (diagnostics_.on && in_sight(r)) diagnostics_.frames.push_back({to_window(r), stroke_px(width) / scale_, layer});
  list_->AddRect(snapped(at(r.x, r.y)), snapped(at(r.right(), r.bottom())), tint(color), len(radius), 0,
                 stroke_px(width));
}

void Painter::ring(const Rect& r, float width, float radius) {
  stroke(r, c.accent, width, radius);
  if (diagnostics_.on)
    diagnostics_.rings.push_back({to_window(r), stroke_px(width) / scale_, layer, diagnostics_.pieces.size()});
}

void Painter::dashed(const Rect& r, Color color, float width, float on, float off, float radius) {
  const float q = std::min({radius, r.w / 2, r.h / 2});
  Route way;
  auto corner = [&](float cx, float cy, float from) {
    for (int i = 0; i <= 4; ++i) {
      const float a = (from + static_cast<float>(i) / 4.f) * 1.5707963f;
      way.push_back({cx + q * std::cos(a), cy + q * std::sin(a)});
    }
  };
  corner(r.right() - q, r.y + q, -1);
  corner(r.right() - q, r.bottom() - q, 0);
  corner(r.x + q, r.bottom() - q, 1);
  corner(r.x + q, r.y + q, 2);
  way.push_back(way.front());
  if (diagnostics_.on && in_sight(r)) diagnostics_.frames.push_back({to_window(r), stroke_px(width) / scale_, layer});
  dashed_route(way, color, width, on, off, 0);
}

void Painter::hatch(const Rect& r, Color color, float period) {
  if (r.w <= 0 || r.h <= 0) return;
  const Fonts::Hatch& tile = fonts_.hatch(len(period));
  if (tile.side <= 0) return;
  const ImVec2 a = snapped(at(r.x, r.y)), b = snapped(at(r.right(), r.bottom()));
  const float du = (tile.uv1.x - tile.uv0.x) / tile.side, dv = (tile.uv1.y - tile.uv0.y) / tile.side;
  const auto texture = font_texture();
  for (float y = a.y; y < b.y; y += tile.side) {
    const float h = std::min(tile.side, b.y - y);
    for (float x = a.x; x < b.x; x += tile.side) {
      const float w = std::min(tile.side, b.x - x);
      list_->PushTextureID(texture);
      list_->PrimReserve(6, 4);
      list_->PrimRectUV({x, y}, {x + w, y + h}, tile.uv0, {tile.uv0.x + w * du, tile.uv0.y + h * dv}, tint(color));
      list_->PopTextureID();
    }
  }
}

void Painter::line(float x1, float y1, float x2, float y2, Color color, float width) {
  note_stroke(Rect{std::min(x1, x2), std::min(y1, y2), std::abs(x2 - x1), std::abs(y2 - y1)}, width);
  const float w = stroke_px(width);
  const ImVec2 a = at(x1, y1), b = at(x2, y2);
  if (x1 == x2 || y1 == y2) {  // horizontal or vertical: snapped to pixels
    const float t = std::max(1.f, std::round(w)), lo = std::floor(t / 2);
    if (x1 == x2) {
      const float x = std::round(a.x) - lo;
      list_->AddRectFilled({x, std::round(std::min(a.y, b.y))}, {x + t, std::round(std::max(a.y, b.y))}, tint(color));
    } else {
      const float y = std::round(a.y) - lo;
      list_->AddRectFilled({std::round(std::min(a.x, b.x)), y}, {std::round(std::max(a.x, b.x)), y + t}, tint(color));
    }
    return;
  }
  list_->AddLine(a, b, tint(color), w);
}

void Painter::dashed_line(float x1, float y1, float x2, float y2, Color color, float width, float on, float off) {
  const float total = std::hypot(x2 - x1, y2 - y1);
  if (total <= 0) return;
  const float ux = (x2 - x1) / total, uy = (y2 - y1) / total;
  for (float d = 0; d < total; d += on + off) {
    const float e = std::min(d + on, total);
    line(x1 + ux * d, y1 + uy * d, x1 + ux * e, y1 + uy * e, color, width);
  }
}

void Painter::circle(float x, float y, float r, Color color) { list_->AddCircleFilled(at(x, y), len(r), tint(color)); }

void Painter::circle_line(float x, float y, float r, Color color, float width) {
  list_->AddCircle(at(x, y), len(r), tint(color), 0, stroke_px(width));
}

void Painter::arc(float x, float y, float r, float fraction, Color color, float width) {
  if (fraction <= 0) return;
  if (fraction >= 0.999f) return circle_line(x, y, r, color, width);
  constexpr float kTurn = 6.2831853f;
  list_->PathArcTo(at(x, y), len(r), -kTurn / 4, -kTurn / 4 + kTurn * fraction, 32);
  list_->PathStroke(tint(color), 0, stroke_px(width));
}

void Painter::triangle(Point a, Point b, Point p, Color color) {
  list_->AddTriangleFilled(at(a.x, a.y), at(b.x, b.y), at(p.x, p.y), tint(color));
}

void Painter::quad(Point a, Point b, Point p, Point d, Color color) {
  list_->AddQuadFilled(at(a.x, a.y), at(b.x, b.y), at(p.x, p.y), at(d.x, d.y), tint(color));
}

void Painter::diamond(float x, float y, float r, Color color) {
  quad({x, y - r}, {x + r, y}, {x, y + r}, {x - r, y}, color);
}

void Painter::diamond_line(float x, float y, float r, Color color, float width) {
  const Point p[] = {{x, y - r}, {x + r, y}, {x, y + r}, {x - r, y}};
  polyline(p, 4, color, width, true);
}

void Painter::polyline(const Point* points, int n, Color color, float width, bool closed) {
  list_->PathClear();
  for (int i = 0; i < n; ++i) list_->PathLineTo(at(points[i].x, points[i].y));
  list_->PathStroke(tint(color), closed ? ImDrawFlags_Closed : 0, stroke_px(width));
}

void Painter::path(const Route& r, float radius) {
  list_->PathClear();
  if (r.empty()) return;
  list_->PathLineTo(at(r[0].x, r[0].y));
  for (std::size_t i = 1; i < r.size(); ++i) {
    if (i + 1 == r.size() || radius <= 0) {
      list_->PathLineTo(at(r[i].x, r[i].y));
      continue;
    }
    const Point a = r[i - 1], b = r[i], d = r[i + 1];
    const float l1 = std::hypot(b.x - a.x, b.y - a.y), l2 = std::hypot(d.x - b.x, d.y - b.y);
    const float q = std::min({radius, l1 / 2, l2 / 2});
    if (q < 0.5f || l1 <= 0 || l2 <= 0) {
      list_->PathLineTo(at(b.x, b.y));
      continue;
    }
    list_->PathLineTo(at(b.x - (b.x - a.x) / l1 * q, b.y - (b.y - a.y) / l1 * q));
    list_->PathBezierQuadraticCurveTo(at(b.x, b.y), at(b.x + (d.x - b.x) / l2 * q, b.y + (d.y - b.y) / l2 * q), 8);
  }
}

void Painter::route(const Route& r, Color color, float width, float radius) {
  note_stroke(r, width);
  path(r, radius);
  list_->PathStroke(tint(color), 0, stroke_px(width));
}

void Painter::dashed_route(const Route& r, Color color, float width, float on, float off, float radius) {
  note_stroke(r, width);
  path(r, radius);
  const float w = stroke_px(width), on_px = len(on), off_px = len(off);
  const ImU32 col = tint(color);
  const ImVector<ImVec2> points = list_->_Path;
  list_->PathClear();
  float phase = 0;  // position within one period, on + off
  for (int i = 1; i < points.Size; ++i) {
    const ImVec2 a = points[i - 1], b = points[i];
    const float l = std::hypot(b.x - a.x, b.y - a.y);
    for (float d = 0; d < l;) {
      const bool drawing = phase < on_px;
      const float step = std::min(l - d, drawing ? on_px - phase : on_px + off_px - phase);
      if (drawing && step > 0.01f) {
        list_->AddLine({a.x + (b.x - a.x) * d / l, a.y + (b.y - a.y) * d / l},
                       {a.x + (b.x - a.x) * (d + step) / l, a.y + (b.y - a.y) * (d + step) / l}, col, w);
      }
      d += std::max(step, 0.01f);
      phase += std::max(step, 0.01f);
      if (phase >= on_px + off_px - 0.005f) phase = 0;
    }
  }
}

void Painter::arrowhead(float x, float y, float dx, float dy, float size, Color color) {
  const float angle = std::atan2(dy, dx), spread = 3.14159265f - 0.42f;
  triangle({x, y}, {x + size * std::cos(angle + spread), y + size * std::sin(angle + spread)},
           {x + size * std::cos(angle - spread), y + size * std::sin(angle - spread)}, color);
}

void Painter::cross(float x, float y, float r, Color color, float width) {
  const float w = stroke_px(width);
  list_->AddLine(at(x - r, y - r), at(x + r, y + r), tint(color), w);
  list_->AddLine(at(x + r, y - r), at(x - r, y + r), tint(color), w);
}

void Painter::icon(Icon which, float x, float y, float size, Color color, float width) {
  const float k = size / 16;
  if (which == Icon::Crown) {
    const std::vector<Point>& t = crown_triangles();
    for (std::size_t i = 0; i + 2 < t.size(); i += 3) {
      triangle({x + t[i].x * k, y + t[i].y * k}, {x + t[i + 1].x * k, y + t[i + 1].y * k},
               {x + t[i + 2].x * k, y + t[i + 2].y * k}, color);
    }
    return;
  }
  const IconShape& shape = icon_shape(which);
  const float w = std::max(1.f, width * k * top_.k * scale_);
  for (const IconPath& p : shape.paths) {
    list_->PathClear();
    for (const Point& q : p.points) list_->PathLineTo(at(x + q.x * k, y + q.y * k));
    if (!shape.fill) {
      list_->PathStroke(tint(color), p.closed ? ImDrawFlags_Closed : 0, w);
    } else if (which == Icon::Flag) {
      list_->PathClear();
      triangle({x + 3 * k, y + 2 * k}, {x + 13 * k, y + 5 * k}, {x + 3 * k, y + 8.4f * k}, color);
      fill({x + 3 * k, y + 2 * k, 1.5f * k, 12 * k}, color);
    } else {
      list_->PathFillConvex(tint(color));
    }
  }
}

void Painter::mark(observe::Family family, float x, float y, float r, bool hollow, Color ground, bool halo) {
  const float radius = len(r);
  const Mark shape = mark_of(family);
  const ImVec2 p = at(x, y);
  auto draw = [&](bool ring, float grow, Color color) {
    const AtlasQuad& q = fonts_.mark(shape, ring, radius);
    if (q.radius <= 0) return;
    const float half = q.half * (radius + grow) / q.radius;
    list_->PrimReserve(6, 4);
    list_->PrimRectUV({p.x - half, p.y - half}, {p.x + half, p.y + half}, q.uv0, q.uv1, tint(color));
  };
  list_->PushTextureID(font_texture());
  if (halo) draw(false, 1.6f * scale_, ground);
  const Color color = c.family[static_cast<std::size_t>(family)];
  if (hollow) {
    if (!halo) draw(false, 0, ground);
    draw(true, 0, color);
  } else {
    draw(false, 0, color);
  }
  list_->PopTextureID();
}

void Painter::equal_sign(float x, float y, Color color, bool crossed) {
  line(x - 6, y - 3, x + 6, y - 3, color, 2);
  line(x - 6, y + 3, x + 6, y + 3, color, 2);
  if (crossed) line(x - 4, y + 8, x + 4, y - 8, color, 2);
}

}  // namespace kafkascope::ui
