#include "ui/stage/moved_nodes.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/ui.h"

namespace kafkascope::ui {

Rect free_place(const Rect& wanted, const Rect& frame, const std::vector<Rect>& others) {
  const auto inside = [&](Rect r) {
    r.x = std::clamp(r.x, frame.x, std::max(frame.x, frame.right() - r.w));
    r.y = std::clamp(r.y, frame.y, std::max(frame.y, frame.bottom() - r.h));
    return r;
  };
  const auto is_free = [&](const Rect& r) {
    return std::none_of(others.begin(), others.end(), [&](const Rect& o) { return o.grown(4).overlaps(r); });
  };
  const Rect first = inside(wanted);
  if (is_free(first)) return first;
  // Searches in growing squares around it.
  const float step = std::max(6.f, frame.h / 60);
  const int most = static_cast<int>(std::max(frame.w, frame.h) / step) + 1;
  for (int ring = 1; ring <= most; ++ring) {
    Rect best;
    float least = 1e9f;
    const auto look = [&](int i, int j) {
      const Rect r =
          inside({first.x + step * static_cast<float>(i), first.y + step * static_cast<float>(j), first.w, first.h});
      const float away = std::hypot(r.x - first.x, r.y - first.y);
      if (away < least && is_free(r)) best = r, least = away;
    };
    for (int i = -ring; i <= ring; ++i) look(i, -ring), look(i, ring), look(-ring, i), look(ring, i);
    if (!best.empty()) return best;
  }
  return first;
}

Rect centred(const Rect& card, Point middle, const Rect& frame) {
  return {frame.x + middle.x * frame.w - card.w / 2, frame.y + middle.y * frame.h - card.h / 2, card.w, card.h};
}

Route line_between(const Rect& a, const Rect& b, float shift) {
  const float dx = b.cx() - a.cx(), dy = b.cy() - a.cy(), l = std::max(1.f, std::hypot(dx, dy));
  // The side is chosen as seen from the upper left end, so that both directions of a pair agree.
  const float side = dx < 0 || (dx == 0 && dy < 0) ? -shift : shift;
  const Point ma{a.cx() - dy / l * side, a.cy() + dx / l * side}, mb{b.cx() - dy / l * side, b.cy() + dx / l * side};
  const auto leaves = [](const Rect& r, Point from, float ux, float uy) {
    const float tx = ux > 0   ? (r.right() - from.x) / ux
                     : ux < 0 ? (r.x - from.x) / ux
                              : 1e9f,
                ty = uy > 0   ? (r.bottom() - from.y) / uy
                     : uy < 0 ? (r.y - from.y) / uy
                              : 1e9f;
    const float t = std::max(0.f, std::min(tx, ty));
    return Point{from.x + ux * t, from.y + uy * t};
  };
  return {leaves(a, ma, dx / l, dy / l), leaves(b, mb, -dx / l, -dy / l)};
}

float shift_of(observe::Family family) {
  switch (family) {
    case observe::Family::Produce: return -8;
    case observe::Family::Consume: return 8;
    case observe::Family::Control: return 16;
    default: return 0;
  }
}

void begin_drag(Ui& ui, const std::string& node, bool pressed, bool hovered) {
  State& st = ui.st;
  if (hovered && ui.in.double_clicked && st.moved.erase(node) > 0) return ui.emit(ActionKind::KeepMoved);
  if (!pressed) return;
  st.drag_from = node;
  st.drag_salt = ui.salt;
  st.drag_at = {ui.in.x, ui.in.y};
}

void drag_node(Ui& ui, const std::vector<Rect>& at, const Rect& frame, float stroke) {
  State& st = ui.st;
  if (st.drag_from.empty() || st.drag_salt != ui.salt) return;
  Painter& p = ui.p;
  const int from = ui.node_of(st.drag_from);
  if (from < 0 || at[static_cast<std::size_t>(from)].empty()) {
    st.drag_from.clear();
    return;
  }
  const Rect own = at[static_cast<std::size_t>(from)], unit = p.to_window({0, 0, 1, 1});
  const Point to{(ui.in.x - unit.x) / unit.w, (ui.in.y - unit.y) / unit.h};
  int target = -1;
  for (std::size_t i = 0; i < at.size(); ++i)
    if (static_cast<int>(i) != from && at[i].contains(to.x, to.y) && !own.contains(to.x, to.y))
      target = static_cast<int>(i);
  constexpr float kClick = 8;  // a clicking hand moves the pointer a little
  const bool away = std::hypot(ui.in.x - st.drag_at.x, ui.in.y - st.drag_at.y) > kClick;
  Rect there = own;
  there.x += (ui.in.x - st.drag_at.x) / unit.w;
  there.y += (ui.in.y - st.drag_at.y) / unit.h;
  if (ui.in.down && away && target >= 0) {
    p.route({{own.cx(), own.cy()}, to}, ui.c.accent, stroke);
    p.circle(to.x, to.y, stroke * 2, ui.c.accent);
    p.stroke(at[static_cast<std::size_t>(target)].grown(4), ui.c.accent, stroke, 10);
  } else if (ui.in.down && away) {
    p.fill(there, with_alpha(ui.c.accent, .18f), 8);
    p.dashed(there, ui.c.accent, stroke, 7, 5, 8);
    p.note(there, "dragged");
  }
  if (ui.in.down) return;
  if (ui.in.released && away && target >= 0) {
    st.menu = {true, ui.in.x, ui.in.y, st.drag_from, ui.world.nodes[static_cast<std::size_t>(target)].name, -1};
  } else if (ui.in.released && away && frame.contains(to.x, to.y)) {
    st.moved[st.drag_from] = {(there.cx() - frame.x) / frame.w, (there.cy() - frame.y) / frame.h};
    ui.emit(ActionKind::KeepMoved);
  }
  st.drag_from.clear();
}

}  // namespace kafkascope::ui
