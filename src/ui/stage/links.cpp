#include "ui/stage/links.h"

#include <algorithm>
#include <cmath>

#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

Color way_color(const Ui& ui, Family family) {
  return mix(ui.c.family[static_cast<std::size_t>(family)], ui.c.canvas, ui.c.link_tint);
}

bool touches_selection(const Ui& ui, const StageWay& w) {
  return ui.is_selected(ui.world.nodes[static_cast<std::size_t>(w.a)].name) ||
         ui.is_selected(ui.world.nodes[static_cast<std::size_t>(w.b)].name);
}

/// The client was told an address on its own machine: a loop below its card, with a cross and words; where another card
/// is close, only the cross and the words. False: no room for these either.
bool draw_own_address(Ui& ui, const StageView& view, int client) {
  constexpr float kLoop = 40, kDepth = 27, kWords = 22, kLine = 16, kCross = 4.5f;
  Painter& p = ui.p;
  const Rect r = *view.rect(client);
  const auto room = [&](float h) {
    const Rect free{r.x, r.bottom(), r.w, h};
    return free.bottom() <= kStageH && std::none_of(view.cards.begin(), view.cards.end(), [&](const StageCard& card) {
             return card.node != client && card.rect.overlaps(free);
           });
  };
  const std::string words = ui.tr("ui.told_itself"_w);
  const bool deep = room(kDepth + kWords + 3);
  if (!deep && !room(kLine)) return false;
  const float side = deep ? 0 : 2 * kCross + 6;
  const TextStyle style{
      .em = 13, .color = ui.c.danger, .bold = true, .align = Align::Middle, .max = r.w + 8 - side, .foreign = true};
  const float x0 = r.cx() - kLoop / 2, x1 = x0 + kLoop, y = r.bottom() + (deep ? kDepth : kLine - 7);
  if (deep) {
    p.dashed_route({{x0, r.bottom()}, {x0, y}, {x1, y}, {x1, r.bottom()}}, ui.c.danger, 2, 3, 4);
    p.circle(r.cx(), y, 9, ui.c.canvas);
    p.cross(r.cx(), y, 6.5f, ui.c.danger, 3.2f);
    p.text(r.cx(), y + kWords, words, style);
  } else {
    const float w = p.text(r.cx() + side / 2, y + 4.7f, words, style);
    p.cross(r.cx() + side / 2 - w / 2 - 6 - kCross, y, kCross, ui.c.danger, 2.6f);
  }
  p.note({r.x, r.bottom(), r.w, deep ? kDepth + kWords + 3 : kLine}, "told its own machine");
  return true;
}

/// Crosses on a line on which some messages are lost.
void draw_losses(Painter& p, const Route& route, float width) {
  const float size = 2.2f * width;
  for (const float at : {.3f, .7f}) {
    const Point x = along(route, at);
    p.circle(x.x, x.y, size * 1.4f, p.c.canvas);
    p.cross(x.x, x.y, size, p.c.caution, width);
    p.note({x.x - size, x.y - size, 2 * size, 2 * size}, "losses");
  }
}

}  // namespace

bool is_on_line(const Ui& ui, const Route& route) {
  constexpr float kNear = 5;
  for (std::size_t i = 1; i < route.size(); ++i) {
    const Rect from = ui.p.to_window({route[i - 1].x, route[i - 1].y, 0, 0}),
               to = ui.p.to_window({route[i].x, route[i].y, 0, 0});
    const float dx = to.x - from.x, dy = to.y - from.y, length = std::max(1e-3f, dx * dx + dy * dy);
    const float t = std::clamp(((ui.in.x - from.x) * dx + (ui.in.y - from.y) * dy) / length, 0.f, 1.f);
    if (std::hypot(ui.in.x - from.x - t * dx, ui.in.y - from.y - t * dy) <= kNear) return true;
  }
  return false;
}

const StageWay* line_at(const Ui& ui, const StageView& view) {
  for (const StageWay& way : view.ways)
    if ((way.drawn() || way.dead) && is_on_line(ui, way.route)) return &way;
  return nullptr;
}

void touch_line(Ui& ui, const StageWay& way, const Hit& ground) {
  const auto& node = [&](int index) -> const Node& { return ui.world.nodes[static_cast<std::size_t>(index)]; };
  const std::string path = "/links/" + node(way.a).name + "/" + node(way.b).name;
  if (ground.hovered) ui.st.why_here = {path, ui.salt != 0, false};
  if (ground.clicked) {
    ui.select(node(node(way.b).kind == NodeKind::Broker ? way.a : way.b).name);
    ui.st.number_path = path;
    ui.st.number_wall = ui.wall;
  }
  if (ground.right_clicked) ui.st.menu = {true, ui.in.x, ui.in.y, node(way.a).name, node(way.b).name, -1};
}

void draw_ways(Ui& ui, const StageView& view, bool control) {
  Painter& p = ui.p;
  // Thin ones first, so that a busy lane is not cut by a quiet one.
  static thread_local std::vector<const StageWay*> order;
  order.clear();
  for (const StageWay& w : view.ways) {
    if ((w.family == Family::Control || w.family == Family::ZooKeeper) == control) order.push_back(&w);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const StageWay* a, const StageWay* b) { return a->width < b->width; });
  for (const StageWay* w : order) {
    if (!w->drawn()) continue;
    p.note_wire(w->route, w->a, w->b);
    Color color = way_color(ui, w->family);
    float width = w->width;
    if (view.mode == StageMode::Trunks && !control && touches_selection(ui, *w)) {
      color = ui.c.family[static_cast<std::size_t>(w->family)];
      width = std::max(width, 4.f);
    }
    if (!w->standing) color = mix(color, ui.c.canvas, 0.55f);
    const Point from = w->route[w->route.size() - 2], to = w->route.back();
    const float l = std::max(1.f, std::hypot(to.x - from.x, to.y - from.y)), head = 8 + width;
    // The line ends inside its arrowhead.
    Route line = w->route;
    if (!w->faint && l > head)
      line.back() = {to.x - (to.x - from.x) / l * head * 0.7f, to.y - (to.y - from.y) / l * head * 0.7f};
    if (w->slow) {
      p.dashed_route(line, color, width, 12, 8);
    } else if (w->lossy) {
      p.dashed_route(line, color, width, width, 2.5f * width);
    } else {
      p.route(line, color, width);
    }
    if (w->lossy) draw_losses(p, w->route, width);
    if (!w->faint) p.arrowhead(to.x, to.y, to.x - from.x, to.y - from.y, head, color);
  }
}

const StageWay* way_of(const StageView& view, int a, int b) {
  bool reversed = false;
  const int index = view.way_between(a, b, reversed);
  return index < 0 ? nullptr : &view.ways[static_cast<std::size_t>(index)];
}

void draw_way_line(Painter& p, const StageWay* way, const Route& route, Color color, float width) {
  const bool lossy = way != nullptr && way->lossy;
  if (way != nullptr && way->slow) p.dashed_route(route, color, width, width * 3.3f, width * 2.1f);
  else if (lossy) p.dashed_route(route, color, width, width, width * 2.5f);
  else p.route(route, color, width);
  if (lossy) draw_losses(p, route, width);
}

void draw_cut(Painter& p, const Route& route, float at, bool one_way, float width, float cross) {
  const Palette& c = p.c;
  p.dashed_route(route, c.danger, width, 1.5f * width, 2 * width);
  const Point x = along(route, at);
  if (one_way) {
    // The cross is on the route, the arrowhead at the end that receives nothing.
    const Point before = route[route.size() - 2], end = route.back();
    p.arrowhead(end.x, end.y, end.x - before.x, end.y - before.y, 7 + 3 * width, c.danger);
  }
  p.circle(x.x, x.y, cross * 1.5f, c.canvas);
  p.cross(x.x, x.y, cross, c.danger, cross / 2);
  p.note({x.x - cross, x.y - cross, 2 * cross, 2 * cross}, one_way ? "one-way cut" : "cut");
}

namespace {

/// Whether every broker to the left of x is cut from every broker to the right of it.
bool divides_all(const Snapshot& world, const std::function<Rect(int node)>& where, float x) {
  std::vector<int> sides[2];
  for (int i = 0; i < static_cast<int>(world.nodes.size()); ++i) {
    if (world.nodes[static_cast<std::size_t>(i)].kind != NodeKind::Broker) continue;
    if (const Rect r = where(i); !r.empty()) sides[r.cx() < x ? 0 : 1].push_back(i);
  }
  const auto cut = [&](int a, int b) {
    return std::any_of(world.links.begin(), world.links.end(),
                       [&](const Link& l) { return l.wall && ((l.a == a && l.b == b) || (l.a == b && l.b == a)); });
  };
  return std::all_of(sides[0].begin(), sides[0].end(), [&](int a) {
    return std::all_of(sides[1].begin(), sides[1].end(), [&](int b) { return cut(a, b); });
  });
}

}  // namespace

Wall find_wall(const Snapshot& world, const std::function<Rect(int node)>& where) {
  // The sides of the wall are the brokers that are cut from each other; each side's brokers must be adjacent.
  Wall wall;
  wall.one_way = true;
  float lo[2] = {1e9f, 1e9f}, hi[2] = {-1e9f, -1e9f};
  int anchor = -1;
  const auto known = [&](int node) { return node >= 0 && node < static_cast<int>(world.nodes.size()); };
  for (const Link& l : world.links) {
    if (!l.wall || !known(l.a) || !known(l.b)) continue;
    if (world.nodes[static_cast<std::size_t>(l.a)].kind != NodeKind::Broker ||
        world.nodes[static_cast<std::size_t>(l.b)].kind != NodeKind::Broker)
      continue;
    const Rect a = where(l.a), b = where(l.b);
    if (a.empty() || b.empty()) continue;
    if (anchor < 0) anchor = l.a;
    wall.one_way = wall.one_way && l.one_way;
    // The first link's first broker is on side 0; the brokers cut from it are on side 1.
    bool a_first = l.a == anchor;
    if (!a_first && l.b != anchor) {
      a_first = std::none_of(world.links.begin(), world.links.end(), [&](const Link& o) {
        return o.wall && ((o.a == anchor && o.b == l.a) || (o.b == anchor && o.a == l.a));
      });
    }
    const Rect& first = a_first ? a : b;
    const Rect& second = a_first ? b : a;
    lo[0] = std::min(lo[0], first.x), hi[0] = std::max(hi[0], first.right());
    lo[1] = std::min(lo[1], second.x), hi[1] = std::max(hi[1], second.right());
    if (l.one_way) wall.rightward = a.x < b.x;
  }
  if (anchor < 0) return {};
  const int left = lo[0] < lo[1] ? 0 : 1, right = 1 - left;
  wall.x = (hi[left] + lo[right]) / 2;
  wall.there = hi[left] <= lo[right] && divides_all(world, where, wall.x);
  return wall;
}

void draw_wall(Painter& p, const Wall& wall, float top, float bottom, float width) {
  const Palette& c = p.c;
  const float half = width / 2;
  p.fill({wall.x - half, top, width, bottom - top}, c.danger);
  for (float y = top + width; y < bottom - 4; y += width * 1.4f)
    p.line(wall.x - half, y, wall.x + half, y, c.canvas, width * .15f);
  p.note({wall.x - half, top, width, bottom - top}, wall.one_way ? "one-way wall" : "wall");
  if (!wall.one_way) return;
  // The blocked direction ends at the wall; the other direction passes through.
  const float d = wall.rightward ? 1.f : -1.f, reach = width * 4, y = top + (bottom - top) * .30f,
              back = y + width * 2.4f;
  p.circle(wall.x, (y + back) / 2, width * 2.6f, c.canvas);
  p.line(wall.x - d * reach, y, wall.x - d * (half + 2), y, c.danger, width * .4f);
  p.cross(wall.x, y, width * .7f, c.danger, width * .4f);
  p.line(wall.x + d * reach, back, wall.x - d * (reach - width), back, c.strong, width * .4f);
  p.arrowhead(wall.x - d * reach, back, -d, 0, width * 1.5f, c.strong);
}

namespace {

/// The room between two cards that stand next to each other in a row or in a column; empty: other cards lie between them.
Rect between_cards(const Rect& a, const Rect& b) {
  const float left = std::max(a.x, b.x), right = std::min(a.right(), b.right());
  const float top = std::max(a.y, b.y), bottom = std::min(a.bottom(), b.bottom());
  if (right > left && top - bottom < a.h) return {left, bottom, right - left, top - bottom};
  if (bottom > top && left - right < a.w) return {right, top, left - right, bottom - top};
  return {};
}

/// The piece of wall in that room; `to`: the card that hears nothing, if only one direction is cut.
void draw_wall_piece(Painter& p, const Rect& room, const Rect* to, float width) {
  const bool lies = room.w > room.h;
  const float length = std::min(lies ? room.w : room.h, width * 10), step = width * 1.2f;
  const Rect r = lies ? Rect{room.cx() - length / 2, room.cy() - width / 2, length, width}
                      : Rect{room.cx() - width / 2, room.cy() - length / 2, width, length};
  p.fill(r, p.c.danger);
  for (float at = step; at < length; at += step) {
    if (lies) p.line(r.x + at, r.y, r.x + at, r.bottom(), p.c.canvas, width * .15f);
    else p.line(r.x, r.y + at, r.right(), r.y + at, p.c.canvas, width * .15f);
  }
  if (to != nullptr) {
    const float dx = lies ? 0.f : to->cx() < r.cx() ? -1.f : 1.f, dy = !lies ? 0.f : to->cy() < r.cy() ? -1.f : 1.f;
    p.arrowhead(r.cx() + dx * width * 1.6f, r.cy() + dy * width * 1.6f, dx, dy, width * 1.6f, p.c.danger);
  }
  p.note(r, to != nullptr ? "one-way cut" : "cut");
}

/// Among many brokers a few cuts are drawn; if there are more, only those of the selected node. A cut-off broker's card
/// also shows it.
bool draws_cut_in_grid(const Ui& ui, const Link& l) {
  constexpr auto kFew = 12;
  const auto& links = ui.world.links;
  return std::count_if(links.begin(), links.end(), [](const Link& of) { return of.cut; }) <= kFew ||
         ui.is_selected(ui.world.nodes[static_cast<std::size_t>(l.a)].name) ||
         ui.is_selected(ui.world.nodes[static_cast<std::size_t>(l.b)].name);
}

bool between_brokers(const Snapshot& world, const Link& l) {
  const auto broker = [&](int node) {
    return node >= 0 && node < static_cast<int>(world.nodes.size()) &&
           world.nodes[static_cast<std::size_t>(node)].kind == NodeKind::Broker;
  };
  return broker(l.a) && broker(l.b);
}

}  // namespace

void draw_grid_cuts(Ui& ui, const std::function<Rect(int node)>& where, float width) {
  Painter& p = ui.p;
  for (const Link& l : ui.world.links) {
    if (!l.cut || !between_brokers(ui.world, l)) continue;
    const Rect a = where(l.a), b = where(l.b);
    if (a.empty() || b.empty()) continue;
    if (const Rect room = between_cards(a, b); !room.empty()) {
      draw_wall_piece(p, room, l.one_way ? &b : nullptr, width);
      continue;
    }
    if (!draws_cut_in_grid(ui, l)) continue;
    for (const Rect* card : {&a, &b}) {
      const Point corner{card->right() - width * .5f, card->y + width * .5f};
      p.circle(corner.x, corner.y, width * 1.1f, p.c.canvas);
      p.cross(corner.x, corner.y, width * .7f, p.c.danger, width * .4f);
      p.note({corner.x - width, corner.y - width, 2 * width, 2 * width}, l.one_way ? "one-way cut" : "cut");
      if (!l.one_way) continue;
      // Beside the cross an arrowhead out of the card that sends, or into the one that hears nothing.
      const bool hears = card == &b;
      const float x = corner.x - width * 2.1f, y = card->y + (hears ? width * .6f : -width * .6f);
      p.circle(x, card->y, width * 1.1f, p.c.canvas);
      p.arrowhead(x, y, 0, hears ? 1.f : -1.f, width * 1.3f, p.c.danger);
      p.note(Rect{x, card->y, 0, 0}.grown(width * .7f), hears ? "hears nothing" : "sends in vain");
    }
  }
}

void draw_broken_links(Ui& ui, const StageView& view) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  // Routes with a dead end: the controller's heartbeats, as a dotted line with the session's ring on it.
  for (const StageWay& w : view.ways) {
    if (!w.dead || w.cut || !w.standing || (w.family != Family::Control && w.family != Family::ZooKeeper) ||
        (w.route.size() < 4 && !w.moved))
      continue;
    p.dashed_route(w.route, c.danger, 2, 3, 5);
  }
  const bool grid = view.mode == StageMode::Grid;
  for (const Link& l : ui.world.links) {
    if ((!l.cut && !l.broken) || !view.whole(ui.world, l)) continue;
    if (grid && l.cut && (between_brokers(ui.world, l) || !draws_cut_in_grid(ui, l))) continue;
    bool reversed = false;
    const int index = view.way_between(l.a, l.b, reversed);
    const Rect *a = view.rect(l.a), *b = view.rect(l.b);
    if (a == nullptr || b == nullptr) continue;
    const NodeKind ka = ui.world.nodes[static_cast<std::size_t>(l.a)].kind,
                   kb = ui.world.nodes[static_cast<std::size_t>(l.b)].kind;
    if (l.itself && !grid && draw_own_address(ui, view, is_client(ka) ? l.a : l.b)) continue;
    if (l.broken && !l.cut) {
      // A client that reaches no node: a short line beside its card, with a cross in the middle.
      const Rect& client = is_client(ka) ? *a : *b;
      const bool left = client.x < 600;
      const float y = client.cy() - 6, x0 = left ? client.right() : client.x;
      const float x1 = left ? std::min(x0 + (grid ? 20.f : 46.f), 220.f) : x0 - 22;
      p.dashed_line(x0, y, x1, y, c.danger, 2, 3, 4);
      const float mx = (x0 + x1) / 2;
      p.circle(mx, y, 9, c.canvas);
      p.cross(mx, y, 6, c.danger, 3);
      continue;
    }
    if (grid) {
      draw_cut(p, {{a->cx(), a->cy()}, {b->cx(), b->cy()}}, 0.5f, l.one_way);
    } else if (index >= 0 && view.ways[static_cast<std::size_t>(index)].standing) {
      Route route = view.ways[static_cast<std::size_t>(index)].route;
      if (reversed) std::reverse(route.begin(), route.end());
      draw_cut(p, route, 0.5f, l.one_way);
    } else if (ka == NodeKind::Broker && kb == NodeKind::Broker) {
      const bool right = a->x < b->x;
      const float y = a->y + 22;
      draw_cut(p, {{right ? a->right() : a->x, y}, {right ? b->x : b->right(), y}}, 0.5f, l.one_way);
    } else if (is_client(ka) == is_client(kb)) {  // for a client, only the routes that it uses
      draw_cut(p, {{a->cx(), a->y > b->y ? a->y : a->bottom()}, {b->cx(), a->y > b->y ? b->bottom() : b->y}}, 0.5f,
               l.one_way);
    }
  }
  const Wall wall = find_wall(ui.world, [&](int node) {
    const Rect* r = view.rect(node);
    return r == nullptr ? Rect{} : *r;
  });
  if (wall.there && view.mode != StageMode::Grid) draw_wall(p, wall, 86, kStageH - 6, 10);
}

}  // namespace kafkascope::ui
