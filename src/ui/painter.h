// All drawing goes through the painter: logical units in, pixels out; text is measured, cut and checked only here.
#pragma once
#include <imgui.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "observe/model/snapshot.h"
#include "ui/box.h"
#include "ui/fonts.h"
#include "ui/palette.h"
#include "ui/strings.h"

namespace kafkascope::ui {

enum class Align : std::uint8_t { Left, Middle, Right };

/// em sizes of the type scale: 13 small, 15 body, 18 title, 24 display.
struct TextStyle {
  float em = 15;
  Color color = 0;  // 0: text.primary
  bool bold = false;
  bool mono = false;  // for ASCII only; anything else falls back to the text face
  Align align = Align::Left;
  float max = 0;         // cut with an ellipsis beyond this width; 0: no limit
  bool foreign = false;  // user-supplied text, which may be cut; our own text must fit, and a cut is counted
  // similar names beside it: the part that distinguishes it from them is not cut
  std::span<const std::string> among = {};
};

/// For tests: text that did not fit, and the position of all text.
struct Diagnostics {
  struct Piece {
    Rect rect;  // logical window coordinates
    std::string text;
    int layer = 0;
    std::string box;
    float em = 0;  // with which it was drawn
  };
  bool on = false;
  float in_front = 0;  // the height of the picture that is drawn for an audience; 0: for one person
  std::vector<Piece> pieces;
  std::vector<std::string> overflows;               // our own text that was cut, or that left its box
  std::vector<std::string> begun;                   // "box: words" that were left out, since a clipping edge cuts them
  std::vector<std::pair<Rect, std::string>> cards;  // cards on the stage, which must not overlap
  std::vector<std::pair<Rect, float>> strokes;      // lines and edges in the window, with their width
  std::vector<std::pair<Rect, std::string>> marks;  // drawn marks without text: "cut", "wall", "segment"
  /// A line between two nodes of the stage, and words that belong to one; in the stage's units.
  struct Wire {
    Route route;
    int a, b;
  };
  struct WireWords {
    Rect rect;
    std::string what;
    int a, b;
  };
  std::vector<Wire> wires;
  std::vector<WireWords> wire_words;
  /// A ring of the lesson; the first `before` pieces were drawn before it.
  struct Ring {
    Rect rect;
    float width;
    int layer;
    std::size_t before;
  };
  std::vector<Ring> rings;
  /// The line around a box, whole or dashed.
  struct Frame {
    Rect rect;
    float width;
    int layer;
  };
  std::vector<Frame> frames;
  void clear() {
    in_front = 0;
    pieces.clear();
    overflows.clear();
    begun.clear();
    cards.clear();
    strokes.clear();
    marks.clear();
    wires.clear();
    wire_words.clear();
    rings.clear();
    frames.clear();
  }
};

class Painter {
 public:
  Painter(ImDrawList* list, Fonts& fonts, const Palette& colors, Lang lang, float scale, Diagnostics& diagnostics)
      : list_(list), fonts_(fonts), c(colors), lang(lang), scale_(scale), diagnostics_(diagnostics) {}

  // --- coordinates ---
  /// Units inside are (x, y) + k * unit of the surrounding ones.
  void push(float x, float y, float k);
  void pop();
  Rect to_window(const Rect& r) const;
  float zoom() const { return top_.k; }
  float scale() const { return scale_; }
  /// The em with which a text of this em is really drawn: no text is smaller than 12 in the window.
  float em(float em) const { return std::max(em, 12 / top_.k); }
  /// The box that text is checked against. Also clips if requested: then text that its upper or lower edge would cut is left out,
  /// and a list shows only the rows that are wholly in sight.
  void push_box(const Rect& r, const char* name, bool clip = false);
  /// Whether the whole rectangle is visible: no box clips it.
  bool in_sight(const Rect& r) const;
  void pop_box();
  int layer = 0;
  float alpha = 1;  // 0.3 for everything outside the chain of causes
  float text_alpha = 1;
  float least_line = 0;  // no line is thinner

  // --- shapes ---
  void fill(const Rect& r, Color color, float radius = 0, ImDrawFlags corners = 0);
  void stroke(const Rect& r, Color color, float width = 1, float radius = 0);
  /// The lesson's ring around what it points at.
  void ring(const Rect& r, float width, float radius);
  void dashed(const Rect& r, Color color, float width, float on, float off, float radius = 0);
  void hatch(const Rect& r, Color color, float period = 10);
  void line(float x1, float y1, float x2, float y2, Color color, float width = 1);
  void dashed_line(float x1, float y1, float x2, float y2, Color color, float width, float on, float off);
  void circle(float x, float y, float r, Color color);
  void circle_line(float x, float y, float r, Color color, float width);
  /// A ring from the top, `fraction` of the turn clockwise.
  void arc(float x, float y, float r, float fraction, Color color, float width);
  void triangle(Point a, Point b, Point c, Color color);
  void quad(Point a, Point b, Point c, Point d, Color color);
  void diamond(float x, float y, float r, Color color);
  void diamond_line(float x, float y, float r, Color color, float width);
  void polyline(const Point* points, int n, Color color, float width, bool closed = false);
  void route(const Route& route, Color color, float width, float radius = 12);
  void dashed_route(const Route& route, Color color, float width, float on, float off, float radius = 12);
  void arrowhead(float x, float y, float dx, float dy, float size, Color color);
  void cross(float x, float y, float r, Color color, float width);
  void icon(Icon icon, float x, float y, float size, Color color, float width = 1.6f);
  /// As large as fits into the box, centred.
  void icon(Icon which, const Rect& box, Color color, float width = 1.6f) {
    const Rect r = box.middle(std::min(box.w, box.h), std::min(box.w, box.h));
    icon(which, r.x, r.y, r.w, color, width);
  }
  /// A message mark: filled request or hollow response, with a halo in the colour of the ground.
  void mark(observe::Family family, float x, float y, float r, bool hollow, Color ground, bool halo = true);
  void equal_sign(float x, float y, Color color, bool crossed);

  // --- text; y is the baseline ---
  float text(float x, float baseline, std::string_view s, const TextStyle& style = {});
  /// Within the box, aligned by `style.align`.
  float text(const Line& box, std::string_view s, const TextStyle& style = {});
  /// At the left end of the row, or at the right end with Align::Right; takes the text's width from the row.
  float text(Row& row, std::string_view s, const TextStyle& style = {});
  float width(std::string_view s, const TextStyle& style = {});
  std::vector<std::string> wrap(std::string_view s, float width, const TextStyle& style);
  /// Returns the baseline of the line after the last.
  float paragraph(float x, float baseline, float width, std::string_view s, const TextStyle& style, float line_height);
  /// Takes its lines from the column.
  void paragraph(Column& column, std::string_view s, const TextStyle& style, const LineSize& line);

  // --- words ---
  const char* tr(words::Key s) const { return ui::tr(lang, s); }
  const std::string& pick(const observe::Words& w) const { return ui::pick(lang, w); }

  /// Positions of the texts drawn in this frame so far, in the window, so that a label can find a free place.
  const std::vector<Rect>& texts() const { return texts_; }
  /// For tests: records that something was drawn there.
  void note(const Rect& r, const char* what) {
    if (diagnostics_.on) diagnostics_.marks.emplace_back(to_window(r), what);
  }
  /// For tests: records a line between two nodes, and words on one.
  void note_wire(const Route& route, int a, int b) {
    if (diagnostics_.on) diagnostics_.wires.push_back({route, a, b});
  }
  void note_words(const Rect& r, const char* what, int a, int b) {
    if (diagnostics_.on) diagnostics_.wire_words.push_back({r, what, a, b});
  }
  /// For tests: records that the lesson points at this place by that state path.
  void note_point(const Rect& r, std::string_view path) {
    if (diagnostics_.on) diagnostics_.marks.emplace_back(to_window(r), "pointed " + std::string(path));
  }

  /// The pointer. A user-supplied text under it that had to be cut is shown in full beside it.
  Point pointer{-1, -1};
  struct Whole {
    Rect rect;
    std::string text;
  } whole;

  Diagnostics& diagnostics() { return diagnostics_; }
  ImDrawList* list() { return list_; }

 private:
  struct Transform {
    float ox = 0, oy = 0, k = 1;
  };
  struct Box {
    Rect rect;
    const char* name;
    bool clip;
  };
  float px(float x) const { return (top_.ox + x * top_.k) * scale_; }
  float py(float y) const { return (top_.oy + y * top_.k) * scale_; }
  float len(float v) const { return v * top_.k * scale_; }
  float stroke_px(float w) const;
  ImVec2 at(float x, float y) const { return {px(x), py(y)}; }
  Color tint(Color color) const { return alpha >= 1 ? color : with_alpha(color, alpha); }
  ImFont* font(const TextStyle& style, std::string_view s, float& size);
  /// The clipping box whose upper or lower edge cuts that line of text, in the window; null: none.
  const char* cut_by(const Rect& line) const;
  void path(const Route& route, float radius);
  void note_stroke(const Rect& r, float width) {
    if (diagnostics_.on) diagnostics_.strokes.emplace_back(to_window(r), stroke_px(width) / scale_);
  }
  void note_stroke(const Route& route, float width);

  ImDrawList* list_;
  Fonts& fonts_;

 public:
  const Palette& c;
  Lang lang;

 private:
  float scale_;
  Diagnostics& diagnostics_;
  Transform top_;
  std::vector<Transform> stack_;
  std::vector<Box> boxes_;
  std::vector<Rect> texts_;
};

Mark mark_of(observe::Family family);
/// A text in the row with a line through it, at the row's right end: a value of before.
void struck(Painter& p, Row& row, std::string_view s, const TextStyle& style);

}  // namespace kafkascope::ui
