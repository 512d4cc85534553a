// Icon paths on a 16 px grid, from assets/ui/tokens.json: M, L, A and Z only.
#include "ui/icons.h"

#include <cmath>
#include <cstdlib>

namespace kafkascope::ui {
namespace {

struct Source {
  bool fill;
  const char* path;
};
constexpr Source kSources[] = {
    {false, "M8 3.5 A4.5 4.5 0 1 1 7.99 3.5 Z"},                  // follower
    {false, "M8 3.5 A4.5 4.5 0 1 1 7.99 3.5 Z M3 13 L13 3"},      // out
    {false, "M3 3 L13 13 M13 3 L3 13"},                           // crash
    {false, "M8 2 L8 8 M4.8 4.4 A5 5 0 1 0 11.2 4.4"},            // power
    {true, "M4 3 L7 3 L7 13 L4 13 Z M9 3 L12 3 L12 13 L9 13 Z"},  // pause
    {true, "M4 2.5 L13 8 L4 13.5 Z"},                             // play
    {true, "M3 3 L9.5 8 L3 13 Z M11 3 L13 3 L13 13 L11 13 Z"},    // step
    {true, "M13 3 L6.5 8 L13 13 Z M3 3 L5 3 L5 13 L3 13 Z"},      // back
    {false, "M3 14 L3 5 L5 3 L7 5 L7 14 M9 14 L9 5 L11 3 L13 5 L13 14 M1.5 8 L14.5 8 M1.5 11.5 L14.5 11.5"},  // fence
    {false, "M1 8 L5 8 M11 8 L15 8 M6 12 L7.5 4 M8.5 12 L10 4"},                                              // cut
    {false, "M8 2 A6 6 0 1 1 7.99 2 Z M8 4.5 L8 8 L10.5 9.5"},                                                // clock
    {false, "M2.5 4 L13.5 4 L13.5 12 L2.5 12 Z M4.5 9.5 L8 9.5 M11 9.5 L11.5 9.5"},                           // disk
    {false, "M2.5 3 L13.5 3 L13.5 7 L2.5 7 Z M2.5 9 L13.5 9 L13.5 13 L2.5 13 Z M5 5 L5.1 5 M5 11 L5.1 11"},   // broker
    {false, "M8 1.5 L14 5 L14 11 L8 14.5 L2 11 L2 5 Z"},        // controller
    {false, "M3 4 L13 4 L3 12 L13 12"},                         // zk
    {false, "M2 8 L11 8 M7.5 4 L11.5 8 L7.5 12 M14 3 L14 13"},  // producer
    {false, "M2 3 L2 13 M5 8 L14 8 M10.5 4 L14.5 8 L10.5 12"},  // consumer
    // group
    {false,
     "M5.5 4 A2.3 2.3 0 1 1 5.49 4 Z M11 5 A1.9 1.9 0 1 1 10.99 5 Z M1.5 13 L2.5 10.5 L8.5 10.5 L9.5 13 M11 10.5 L13.5 10.5 L14.5 13"},
    {false, "M2.5 8.5 L6.5 12.5 L13.5 4"},                                                   // check
    {false, "M8 2 L14.5 13.5 L1.5 13.5 Z M8 6.5 L8 9.5 M8 11 L8 12"},                        // warn
    {false, "M7 2.5 A4.5 4.5 0 1 1 6.99 2.5 Z M10.3 10.3 L14 14"},                           // search
    {false, "M5.5 6 A2.5 2.5 0 1 1 8 8.5 L8 10 M8 12 L8 13"},                                // help
    {false, "M1.5 3 L14.5 3 M2.5 3 L2.5 11 L13.5 11 L13.5 3 M8 11 L5 14.5 M8 11 L11 14.5"},  // present
    // sun
    {false,
     "M8 5 A3 3 0 1 1 7.99 5 Z M8 1.5 L8 3 M8 13 L8 14.5 M1.5 8 L3 8 M13 8 L14.5 8 M3.4 3.4 L4.5 4.5 M11.5 11.5 L12.6 12.6 M3.4 12.6 L4.5 11.5 M11.5 4.5 L12.6 3.4"},
    {false, "M6 3.5 L10.5 8 L6 12.5"},                                                             // right
    {false, "M3.5 6 L8 10.5 L12.5 6"},                                                             // down
    {false, "M4 2 L4 14 M4 10 L11 6 L11 2"},                                                       // branch
    {false, "M3.5 7 L12.5 7 L12.5 13.5 L3.5 13.5 Z M5.5 7 L5.5 5 A2.5 2.5 0 0 1 10.5 5 L10.5 7"},  // lock
    {false, "M1.5 8 L5 4.5 L11 4.5 L14.5 8 L11 11.5 L5 11.5 Z M8 6.3 A1.7 1.7 0 1 1 7.99 6.3 Z"},  // eye
    {true, "M3 2 L13 5 L4.5 8 L4.5 14 L3 14 Z"},                                                   // flag
    {false, "M2 8 L14 8"},                                                                         // link
    {false, "M3 13 L3.5 10 L11 2.5 L13.5 5 L6 12.5 Z"},                                            // edit
    {false, "M9.5 1.5 L3.5 9 L7.5 9 L6.5 14.5 L12.5 6.5 L8.5 6.5 Z"},                              // bolt
    {false, "M8 2 A6 6 0 1 1 7.99 2 Z M4.5 8 L11.5 8"},                                            // refused
};

/// Reads numbers and commands of one path.
class Reader {
 public:
  explicit Reader(const char* text) : at_(text) {}
  char command() {
    skip();
    return *at_ == '\0' ? '\0' : *at_++;
  }
  float number() {
    skip();
    char* end = nullptr;
    const float v = std::strtof(at_, &end);
    at_ = end;
    return v;
  }

 private:
  void skip() {
    while (*at_ == ' ' || *at_ == ',') ++at_;
  }
  const char* at_;
};

/// Appends an SVG circular arc from the last point to (x, y).
void append_arc(std::vector<Point>& points, float r, bool large, bool sweep, float x, float y) {
  const Point from = points.back();
  const float dx = (from.x - x) / 2, dy = (from.y - y) / 2;
  const float half = std::sqrt(dx * dx + dy * dy);
  const float h = r > half ? std::sqrt(r * r - half * half) : 0;
  const float sign = large == sweep ? -1.f : 1.f;
  const float len = half > 0 ? half : 1;
  const float cx = (from.x + x) / 2 + sign * h * dy / len, cy = (from.y + y) / 2 - sign * h * dx / len;
  const float a0 = std::atan2(from.y - cy, from.x - cx);
  float sweep_angle = std::atan2(y - cy, x - cx) - a0;
  constexpr float kTurn = 6.2831853f;
  if (sweep && sweep_angle < 0) sweep_angle += kTurn;
  if (!sweep && sweep_angle > 0) sweep_angle -= kTurn;
  const int n = 6 + static_cast<int>(std::fabs(sweep_angle) * 5);
  for (int i = 1; i <= n; ++i) {
    const float a = a0 + sweep_angle * static_cast<float>(i) / static_cast<float>(n);
    points.push_back({cx + r * std::cos(a), cy + r * std::sin(a)});
  }
}

IconShape parse(const Source& source) {
  IconShape shape;
  shape.fill = source.fill;
  Reader in(source.path);
  for (char c = in.command(); c != '\0'; c = in.command()) {
    switch (c) {
      case 'M': {
        const float x = in.number(), y = in.number();
        shape.paths.push_back({{{x, y}}, false});
        break;
      }
      case 'L': {
        const float x = in.number(), y = in.number();
        shape.paths.back().points.push_back({x, y});
        break;
      }
      case 'A': {
        const float r = in.number();
        in.number();
        in.number();
        const bool large = in.number() > 0.5f, sweep = in.number() > 0.5f;
        const float x = in.number(), y = in.number();
        append_arc(shape.paths.back().points, r, large, sweep, x, y);
        break;
      }
      case 'Z':
        shape.paths.back().closed = true;
        // The last point of a circle equals its first: drawing both would leave a bump.
        if (const auto& p = shape.paths.back().points;
            p.size() > 3 && std::fabs(p.front().x - p.back().x) + std::fabs(p.front().y - p.back().y) < 0.1f) {
          shape.paths.back().points.pop_back();
        }
        break;
      default: break;
    }
  }
  return shape;
}

}  // namespace

const IconShape& icon_shape(Icon icon) {
  static const std::vector<IconShape> kShapes = [] {
    std::vector<IconShape> all;
    for (const Source& s : kSources) all.push_back(parse(s));
    const Source crown{false, "M1.5 4.5 L5 8 L8 2.5 L11 8 L14.5 4.5 L13 13.5 L3 13.5 Z"};
    all.push_back(parse(crown));  // Crown: drawn as triangles
    all.push_back(parse(crown));  // CrownHollow
    all.push_back({});            // None
    return all;
  }();
  static_assert(sizeof(kSources) / sizeof(kSources[0]) == static_cast<std::size_t>(Icon::Crown));
  return kShapes[static_cast<std::size_t>(icon)];
}

const std::vector<Point>& crown_triangles() {
  static const std::vector<Point> kTriangles = {{1.5f, 4.5f},  {10.5f, 13.5f}, {3.f, 13.5f},
                                                {14.5f, 4.5f}, {13.f, 13.5f},  {5.5f, 13.5f},
                                                {8.f, 2.5f},   {12.64f, 11.f}, {3.36f, 11.f}};
  return kTriangles;
}

}  // namespace kafkascope::ui
