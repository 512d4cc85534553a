// How panels are laid out: a box is divided among its parts, along a row or down a column; each part is of a fixed
// size, of a measured text's size, or has a weight in what is left. Values only; nothing is allocated, nothing outlives
// the frame.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>

#include "ui/geometry.h"

namespace kafkascope::ui {

/// How much of a row's width, or of a column's height, a part gets.
struct Size {
  float fixed = 0;   // in units; a measured text has a fixed length, too
  float weight = 0;  // share of the length that the fixed parts leave
  float least = 0, most = 1e9f;
};
constexpr Size fixed(float units) { return {units}; }
constexpr Size weight(float share = 1, float least = 0, float most = 1e9f) { return {0, share, least, most}; }

/// Writes each part's length. If its bounds stop a weighted part, the other weighted parts share the difference.
void solve(const Size* parts, std::size_t n, float room, float gap, float* lengths);

template <std::size_t N>
std::array<Rect, N> in_row(const Rect& r, const Size (&parts)[N], float gap = 0) {
  std::array<float, N> lengths{};
  solve(parts, N, r.w, gap, lengths.data());
  std::array<Rect, N> boxes{};
  float x = r.x;
  for (std::size_t i = 0; i < N; x += lengths[i] + gap, ++i) boxes[i] = {x, r.y, lengths[i], r.h};
  return boxes;
}
template <std::size_t N>
std::array<Rect, N> in_column(const Rect& r, const Size (&parts)[N], float gap = 0) {
  std::array<float, N> lengths{};
  solve(parts, N, r.h, gap, lengths.data());
  std::array<Rect, N> boxes{};
  float y = r.y;
  for (std::size_t i = 0; i < N; y += lengths[i] + gap, ++i) boxes[i] = {r.x, y, r.w, lengths[i]};
  return boxes;
}

/// The height of a line of text, and its baseline's distance from the top.
struct LineSize {
  float height, base;
};
/// A box for one line of text. With a baseline, texts of several sizes share it; without one, the text is in the
/// middle.
struct Line : Rect {
  Line() = default;
  Line(const Rect& box) : Rect(box) {}
  Line(const Rect& box, float baseline) : Rect(box), base(baseline) {}
  static constexpr float kMiddle = -1e9f;
  float base = kMiddle;                       // y of the baseline
  static constexpr float kHalfLetter = .36f;  // its height, in units of the type's size
  float baseline(float em) const { return base == kMiddle ? cy() + em * kHalfLetter : base; }
  /// The middle of the letters of a text of that size, as a coordinate.
  float letters(float em) const { return baseline(em) - em * kHalfLetter; }
};

/// Hands out a box's parts from its left and its right end.
struct Row {
  Line rest;
  float gap = 0;  // between parts
  Line left(float w) {
    Line part = rest;
    part.w = w;
    skip(w + gap);
    return part;
  }
  Line right(float w) {
    Line part = rest;
    part.x = rest.right() - w;
    part.w = w;
    rest.w -= w + gap;
    return part;
  }
  void skip(float w) {
    rest.x += w;
    rest.w -= w;
  }
  /// As skip, but at the right end.
  void shorten(float w) { rest.w -= w; }
};

/// Hands out a box's parts from its top.
struct Column {
  Rect rest;
  float gap = 0;
  bool fits(float h) const { return h <= rest.h; }
  Rect next(float h) {
    const Rect part{rest.x, rest.y, rest.w, h};
    skip(h + gap);
    return part;
  }
  Line next(const LineSize& line) {
    const float base = rest.y + line.base;
    return {next(line.height), base};
  }
  Line last(const LineSize& line) {
    const Rect box = last(line.height);
    return {box, box.y + line.base};
  }
  Rect last(float h) {
    const Rect part{rest.x, rest.bottom() - h, rest.w, h};
    rest.h -= h + gap;
    return part;
  }
  void skip(float h) {
    rest.y += h;
    rest.h -= h;
  }
};

}  // namespace kafkascope::ui
