#include "ui/raster.h"

#include <algorithm>
#include <cmath>

#include "ui/icons.h"

namespace kafkascope::ui {
namespace {

constexpr float kPi = 3.14159265f;

/// The outline of a mark of radius 1.
std::vector<Point> outline(Mark mark) {
  std::vector<Point> p;
  auto arc = [&](float cx, float cy, float r, float from, float to, int n) {
    for (int i = 0; i <= n; ++i) {
      const float a = from + (to - from) * static_cast<float>(i) / static_cast<float>(n);
      p.push_back({cx + r * std::cos(a), cy + r * std::sin(a)});
    }
  };
  switch (mark) {
    case Mark::Circle: arc(0, 0, 1, 0, 2 * kPi * 47 / 48, 47); break;
    case Mark::HalfDisc:
      p.push_back({-0.8f, 1.05f});
      p.push_back({-0.8f, -1.05f});
      arc(0, 0, 1.05f, -kPi / 2, kPi / 2, 24);
      break;
    case Mark::Capsule:
      arc(0.75f, 0, 0.75f, -kPi / 2, kPi / 2, 20);
      arc(-0.75f, 0, 0.75f, kPi / 2, kPi * 1.5f, 20);
      break;
    case Mark::Diamond: p = {{0, -1.25f}, {1.25f, 0}, {0, 1.25f}, {-1.25f, 0}}; break;
    case Mark::Hexagon: p = {{-.55f, -1}, {.55f, -1}, {1.15f, 0}, {.55f, 1}, {-.55f, 1}, {-1.15f, 0}}; break;
    case Mark::Square: p = {{-.95f, -.95f}, {.95f, -.95f}, {.95f, .95f}, {-.95f, .95f}}; break;
    case Mark::Triangle: p = {{0, -1.2f}, {1.15f, .9f}, {-1.15f, .9f}}; break;
  }
  return p;
}

/// The signed distance to the outline, negative inside.
float distance(const std::vector<Point>& poly, float x, float y) {
  float best = 1e9f;
  bool inside = false;
  for (std::size_t i = 0, j = poly.size() - 1; i < poly.size(); j = i++) {
    const Point a = poly[j], b = poly[i];
    const float ex = b.x - a.x, ey = b.y - a.y, wx = x - a.x, wy = y - a.y;
    const float len = ex * ex + ey * ey;
    const float t = len > 0 ? std::clamp((wx * ex + wy * ey) / len, 0.f, 1.f) : 0;
    const float dx = wx - ex * t, dy = wy - ey * t;
    best = std::min(best, dx * dx + dy * dy);
    if ((a.y > y) != (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside ? -std::sqrt(best) : std::sqrt(best);
}

std::uint8_t coverage(float d) { return static_cast<std::uint8_t>(std::clamp(0.5f - d, 0.f, 1.f) * 255 + 0.5f); }

}  // namespace

Mask rasterise_mark(Mark mark, bool hollow, float radius, float stroke) {
  std::vector<Point> poly = outline(mark);
  for (Point& p : poly) p = {p.x * radius, p.y * radius};
  Mask mask;
  mask.side = 2 * static_cast<int>(std::ceil(radius * 1.55f + stroke)) + 4;
  mask.alpha.resize(static_cast<std::size_t>(mask.side * mask.side));
  const float mid = static_cast<float>(mask.side) / 2;
  for (int y = 0; y < mask.side; ++y) {
    for (int x = 0; x < mask.side; ++x) {
      float d = distance(poly, static_cast<float>(x) + 0.5f - mid, static_cast<float>(y) + 0.5f - mid);
      if (hollow) d = std::fabs(d + stroke * 0.15f) - stroke / 2;
      mask.alpha[static_cast<std::size_t>(y * mask.side + x)] = coverage(d);
    }
  }
  return mask;
}

Mask rasterise_hatch(int period, float line, int periods) {
  Mask mask;
  mask.side = period * periods;
  mask.alpha.resize(static_cast<std::size_t>(mask.side * mask.side));
  for (int y = 0; y < mask.side; ++y) {
    for (int x = 0; x < mask.side; ++x) {
      const float along = static_cast<float>((x + y) % period) + 0.5f;  // lines rise to the right
      const float d = (std::min(along, static_cast<float>(period) - along)) * 0.7071f - line / 1.42f;
      mask.alpha[static_cast<std::size_t>(y * mask.side + x)] = coverage(d);
    }
  }
  return mask;
}

}  // namespace kafkascope::ui
