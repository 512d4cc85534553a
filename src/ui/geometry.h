// Rectangles and routes in logical units (px at 100 %).
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "ui/icons.h"

namespace kafkascope::ui {

struct Rect {
  float x = 0, y = 0, w = 0, h = 0;
  float right() const { return x + w; }
  float bottom() const { return y + h; }
  float cx() const { return x + w / 2; }
  float cy() const { return y + h / 2; }
  bool contains(float px, float py) const { return px >= x && py >= y && px < x + w && py < y + h; }
  bool overlaps(const Rect& o) const { return x < o.right() && o.x < right() && y < o.bottom() && o.y < bottom(); }
  Rect grown(float d) const { return {x - d, y - d, w + 2 * d, h + 2 * d}; }
  /// The rectangle without `across` at its left and right, and without `down` at its top and bottom.
  Rect padded(float across, float down = 0) const { return {x + across, y + down, w - 2 * across, h - 2 * down}; }
  /// The smallest rectangle around both.
  Rect with(const Rect& o) const {
    const float left = std::min(x, o.x), top = std::min(y, o.y);
    return {left, top, std::max(right(), o.right()) - left, std::max(bottom(), o.bottom()) - top};
  }
  /// The part of that height, or of that size, around the centre.
  Rect middle(float high) const { return {x, cy() - high / 2, w, high}; }
  Rect middle(float wide, float high) const { return {cx() - wide / 2, cy() - high / 2, wide, high}; }
  bool empty() const { return w <= 0 || h <= 0; }
};

/// A path between two nodes: the corners of a rounded orthogonal line.
using Route = std::vector<Point>;

float route_length(const Route& route);
/// The point at fraction u of the whole length.
Point along(const Route& route, float u);
/// The same, but at least that far from both ends: a mark there that is no larger lies beside the cards at the ends, and over no words
/// of theirs.
Point along(const Route& route, float u, float from_ends);

/// How words cover a line: not at all; it passes behind them, and is seen at both sides; or they stand on it, so that they seem to
/// be its own: it runs along them, or has a corner or its arrowhead behind them.
enum class Covers : std::uint8_t { None, Across, Along };
Covers covers_line(const Rect& words, const Route& route);

}  // namespace kafkascope::ui
