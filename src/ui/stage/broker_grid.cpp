#include "ui/stage/broker_grid.h"

#include <algorithm>
#include <cmath>

#include "ui/stage/grid_card.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kMost = 6;              // magnification
constexpr std::size_t kMostNamed = 16;  // of more brokers racks tell more than names
constexpr std::size_t kMostGroups = 8;  // more groups would be rows of one or two cards

struct Named {
  std::string name;
  std::vector<int> brokers;
};

std::vector<Named> by(const Snapshot& world, const std::vector<int>& brokers, std::string Node::*field) {
  std::vector<Named> groups;
  for (const int broker : brokers) {
    const std::string& name = world.nodes[static_cast<std::size_t>(broker)].*field;
    auto known = std::find_if(groups.begin(), groups.end(), [&](const Named& g) { return g.name == name; });
    if (known == groups.end()) known = groups.insert(groups.end(), Named{name, {}});
    known->brokers.push_back(broker);
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Named& a, const Named& b) { return a.name < b.name; });
  return groups;
}

/// Racks, else machines that have several brokers; else all brokers together.
std::vector<Named> groups_of(const Snapshot& world, const std::vector<int>& brokers, bool& named, bool& hosts) {
  const auto few = [&](const std::vector<Named>& g) {
    return g.size() > 1 && g.size() <= kMostGroups && g.size() < brokers.size();
  };
  named = true;
  hosts = false;
  if (in_several_racks(world))
    if (std::vector<Named> racks = by(world, brokers, &Node::rack); few(racks)) return racks;
  hosts = true;
  if (std::vector<Named> machines = by(world, brokers, &Node::host); few(machines)) return machines;
  named = hosts = false;
  return {{{}, brokers}};
}

}  // namespace

bool in_several_racks(const Snapshot& world) {
  const std::string* first = nullptr;
  for (const Node& n : world.nodes) {
    if (n.kind != NodeKind::Broker || n.rack.empty() || n.removed) continue;
    if (first != nullptr && n.rack != *first) return true;
    first = &n.rack;
  }
  return false;
}

namespace {
/// The cards of these groups; `named`: each has a frame with its name.
BrokerGrid plan_groups(const std::vector<Named>& groups, std::size_t brokers, const Rect& room, float text,
                       const GridZoom& zoom, bool named, bool hosts) {
  BrokerGrid grid;
  grid.room = room;
  grid.text = text;
  if (brokers == 0 || room.empty()) return grid;
  const auto n = static_cast<float>(groups.size());
  const float gap = text * .5f, pad = named ? text * .3f : 0, between = named ? text * .35f : 0,
              label = named ? text * 4.8f : 0;
  constexpr float kEdge = 2;  // keeps the frames' lines within the room
  const float w = room.w - 2 * kEdge - label - 2 * pad, h = room.h - 2 * kEdge - n * 2 * pad - (n - 1) * between;
  // The number of columns that gives the cards the best shape, with room for a name and its counts.
  float best = -1, card_w = 0, card_h = 0;
  std::size_t columns = 1;
  for (std::size_t c = 1; c <= brokers; ++c) {
    std::size_t rows = 0;
    for (const Named& g : groups) rows += (g.brokers.size() + c - 1) / c;
    const float width = (w - gap * static_cast<float>(c - 1)) / static_cast<float>(c),
                height = (h - gap * (static_cast<float>(rows) - n)) / static_cast<float>(rows);
    const float score = std::min(width / (8 * text), height / (3.2f * text));
    if (score <= best) continue;
    best = score;
    columns = c;
    card_w = std::min(width, text * 16);
    card_h = std::min(height, text * 7);
  }
  // The size of the whole grid, then the visible part.
  float y = 0;
  const float row = label + 2 * pad + static_cast<float>(columns) * card_w + gap * static_cast<float>(columns - 1);
  for (const Named& g : groups) {
    const auto rows = static_cast<float>((g.brokers.size() + columns - 1) / columns);
    const float height = 2 * pad + rows * card_h + (rows - 1) * gap;
    if (named) grid.groups.push_back({{0, y, row, height}, {0, y, label, height}, g.name, hosts, g.brokers});
    for (std::size_t i = 0; i < g.brokers.size(); ++i)
      grid.cards.emplace_back(g.brokers[i],
                              Rect{label + pad + static_cast<float>(i % columns) * (card_w + gap),
                                   y + pad + static_cast<float>(i / columns) * (card_h + gap), card_w, card_h});
    y += height + between;
  }
  y -= between;
  const auto start = [](float from, float size, float whole, float middle) {
    return whole <= size ? from + (size - whole) / 2
                         : std::clamp(from + size / 2 - middle * whole, from + size - whole - kEdge, from + kEdge);
  };
  const float k = zoom.k;
  grid.whole = {start(room.x, room.w, row * k, zoom.x), start(room.y, room.h, y * k, zoom.y), row * k, y * k};
  const auto put = [&](Rect& r) { r = {grid.whole.x + r.x * k, grid.whole.y + r.y * k, r.w * k, r.h * k}; };
  for (auto& [node, r] : grid.cards) put(r);
  for (GridGroup& g : grid.groups) put(g.rect), put(g.label);
  return grid;
}
}  // namespace

BrokerGrid plan_grid(const Snapshot& world, const std::vector<int>& brokers, const Rect& room, float text,
                     const GridZoom& zoom) {
  bool named = false, hosts = false;
  const std::vector<Named> groups = groups_of(world, brokers, named, hosts);
  BrokerGrid grid = plan_groups(groups, brokers.size(), room, text, zoom, named, hosts);
  // Where the frames of groups leave the cards no room for their brokers' names, the names come first.
  const auto legible = [&](const BrokerGrid& g) {
    return !g.cards.empty() && g.cards.front().second.h >= kLeastLine * text * zoom.k;
  };
  if (!named || legible(grid) || brokers.size() > kMostNamed) return grid;
  BrokerGrid together = plan_groups({{{}, brokers}}, brokers.size(), room, text, zoom, false, false);
  return legible(together) ? together : grid;
}

namespace {
/// The largest part of the room that r leaves free.
Rect beside(const Rect& room, const Rect& r) {
  constexpr float kGap = 10;
  if (!room.overlaps(r)) return room;
  const Rect parts[] = {{room.x, room.y, room.w, r.y - kGap - room.y},
                        {room.x, r.bottom() + kGap, room.w, room.bottom() - r.bottom() - kGap},
                        {room.x, room.y, r.x - kGap - room.x, room.h},
                        {r.right() + kGap, room.y, room.right() - r.right() - kGap, room.h}};
  return *std::max_element(std::begin(parts), std::end(parts), [](const Rect& a, const Rect& b) {
    return std::max(a.w, 0.f) * std::max(a.h, 0.f) < std::max(b.w, 0.f) * std::max(b.h, 0.f);
  });
}
}  // namespace

BrokerGrid arrange_grid(const Snapshot& world, const std::vector<int>& brokers, Rect room, float text,
                        const GridZoom& zoom, GridMoves moves) {
  std::vector<std::pair<int, Rect>> apart;
  std::vector<int> rest;
  if (moves.moved == nullptr || moves.moved->empty()) {
    rest = brokers;
  } else {
    const BrokerGrid all = plan_grid(world, brokers, room, text, {});
    for (const auto& [node, card] : all.cards) {
      const auto place = moves.moved->find(world.nodes[static_cast<std::size_t>(node)].name);
      if (place == moves.moved->end()) {
        rest.push_back(node);
        continue;
      }
      const Rect r = free_place(centred(card, place->second, moves.frame), moves.frame, moves.others);
      apart.emplace_back(node, r);
      moves.others.push_back(r);
      room = beside(room, r);
    }
    std::sort(rest.begin(), rest.end());
  }
  BrokerGrid grid = plan_grid(world, rest, room, text, zoom);
  grid.apart = std::move(apart);
  return grid;
}

Rect BrokerGrid::seen(int node, const Rect& card) const {
  if (std::any_of(apart.begin(), apart.end(), [&](const auto& a) { return a.first == node; })) return card;
  const float x = std::max(card.x, room.x), y = std::max(card.y, room.y);
  return {x, y, std::min(card.right(), room.right()) - x, std::min(card.bottom(), room.bottom()) - y};
}

Rect grid_place(const Ui& ui, const BrokerGrid& grid, int node, const Rect& card, int partition) {
  const Rect visible = grid.seen(node, card);
  if (visible.w < card.w / 2 || visible.h < card.h / 2) return {};
  const Node& n = ui.world.nodes[static_cast<std::size_t>(node)];
  for (const GridCell& cell : grid_cells(ui, n, card, grid.text))
    if (n.replicas[static_cast<std::size_t>(cell.replica)].partition == partition) return cell.rect;
  return card;
}

void zoom_grid(GridZoom& zoom, float by) {
  zoom.k = std::clamp(zoom.k * by, 1.f, kMost);
  if (zoom.k < 1.02f) zoom = {};
}

namespace {

/// The rack's name and how many partitions are led in it; a click magnifies it.
void draw_group(Ui& ui, const BrokerGrid& grid, std::size_t index, float stroke) {
  const GridGroup& g = grid.groups[index];
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float text = grid.text;
  p.fill(g.rect, c.panel, 6);
  p.stroke(g.rect, c.mid, stroke, 6);
  const Hit hit = ui.hit(make_id("grid group", index), grid.seen(-1, g.label));
  if (hit.hovered) p.fill(g.label, c.hover, 6);
  int leads = 0;
  for (const Node& n : ui.world.nodes)  // also of brokers that were dragged out of the frame
    if (n.kind == NodeKind::Broker && !n.removed && (g.host ? n.host : n.rack) == g.name) leads += leaders_of(n);
  const float x = g.label.x + text * .45f, room = g.label.w - text * .6f;
  const bool two = g.label.h >= text * 2.9f;
  const float base = g.label.cy() + text * (two ? -.2f : .36f);
  const TextStyle style{.em = text, .color = c.secondary, .bold = true, .max = room, .foreign = true};
  std::string words = g.host ? g.name : ui.tr("ui.rack"_w, {{"rack", g.name}});
  if (g.name.empty()) words = "–";
  else if (p.width(words, {.em = text, .bold = true}) > room) words = g.name;
  if (g.label.h >= text * 1.2f) p.text(x, base, words, style);
  p.note(g.rect, g.host ? "machine" : "rack");
  if (two) {
    p.icon(Icon::Crown, x, base + text * .6f, text * .84f, c.leader, 1.8f);
    p.text(x + text * 1.05f, base + text * 1.4f, std::to_string(leads), {.em = text, .color = c.secondary});
  }
  if (hit.hovered && ui.may_tip())
    ui.st.tip = {
        p.to_window(g.label), words, {{ui.tr("ui.role_leader"_w), std::to_string(leads)}}, ui.tr("ui.tip_zoom"_w)};
  if (!hit.clicked) return;
  if (ui.st.zoom.k > 1) {
    ui.st.zoom = {};
  } else {
    ui.st.zoom = {std::clamp(grid.room.h / g.rect.h, 1.5f, 3.f), 0, (g.rect.cy() - grid.whole.y) / grid.whole.h};
  }
}

}  // namespace

void draw_grid(Ui& ui, const BrokerGrid& grid, float stroke, const std::function<bool(int, const Rect&)>& whole,
               const std::function<bool(int, const Rect&)>& touch) {
  Painter& p = ui.p;
  p.push_box(grid.room, "brokers", true);
  for (std::size_t i = 0; i < grid.groups.size(); ++i) draw_group(ui, grid, i, stroke);
  const CardForm form = grid_card_form(ui, grid, stroke);
  const auto draw = [&](int index, const Rect& r) {
    const Rect visible = grid.seen(index, r);
    if (visible.empty()) return;
    const Node& node = ui.world.nodes[static_cast<std::size_t>(index)];
    const bool hovered = touch(index, visible);
    if (!whole(index, r)) draw_grid_card(ui, node, r, form);
    if (hovered && ui.may_tip() && p.whole.text.empty()) grid_card_tip(ui, node, visible);
    p.diagnostics().cards.push_back({p.to_window(visible), node.name});
  };
  for (const auto& [index, r] : grid.cards) draw(index, r);
  p.pop_box();
  for (const auto& [index, r] : grid.apart) draw(index, r);
  if (ui.st.zoom.k <= 1) return;
  // The magnification, and how to reset it.
  char factor[16];
  std::snprintf(factor, sizeof factor, "×%.1f", static_cast<double>(ui.st.zoom.k));
  const TextStyle style{.em = grid.text, .color = ui.c.accent_ink, .bold = true};
  const float w = p.width(factor, style) + p.width("Esc", style) + grid.text * 3.3f;
  const Rect pill{grid.room.right() - w - 4, grid.room.y + 4, w, grid.text * 1.8f};
  p.layer = 2;
  p.fill(pill, ui.c.accent, pill.h / 2);
  p.icon(Icon::Search, pill.x + grid.text * .6f, pill.cy() - grid.text * .42f, grid.text * .84f, ui.c.accent_ink, 2);
  p.text(pill.x + grid.text * 1.7f, pill.cy() + grid.text * .36f, factor, style);
  p.text(pill.right() - grid.text * .7f, pill.cy() + grid.text * .36f, "Esc",
         {.em = grid.text, .color = ui.c.accent_ink, .align = Align::Right});
  p.layer = 0;
  p.note(pill, "zoom");
  if (ui.hit(make_id("zoom"), pill).clicked) ui.st.zoom = {};
}

void turn_grid(Ui& ui, const BrokerGrid& grid) {
  GridZoom& zoom = ui.st.zoom;
  if (grid.empty() || is_covered(ui.st)) return;
  const Rect unit = ui.p.to_window({0, 0, 1, 1});
  const Point at{(ui.in.x - unit.x) / unit.w, (ui.in.y - unit.y) / unit.h};
  const Hit ground = ui.drag(make_id("grid"), grid.room);
  const auto middle = [&] {
    return Point{(grid.room.cx() - grid.whole.x) / grid.whole.w, (grid.room.cy() - grid.whole.y) / grid.whole.h};
  };
  if (ui.in.zoom != 1 && grid.room.contains(at.x, at.y)) {
    // The point under the pointer stays in place.
    const Point there{(at.x - grid.whole.x) / grid.whole.w, (at.y - grid.whole.y) / grid.whole.h};
    const float before = zoom.k;
    zoom_grid(zoom, ui.in.zoom);
    const float by = zoom.k / before;
    if (zoom.k > 1) {
      zoom.x = there.x + (grid.room.cx() - at.x) / (grid.whole.w * by);
      zoom.y = there.y + (grid.room.cy() - at.y) / (grid.whole.h * by);
    }
  } else if (ground.held && !ground.pressed && zoom.k > 1) {
    const Point now = middle();
    zoom.x = now.x - (at.x - ui.st.pan_at.x) / grid.whole.w;
    zoom.y = now.y - (at.y - ui.st.pan_at.y) / grid.whole.h;
  }
  zoom.x = std::clamp(zoom.x, 0.f, 1.f);
  zoom.y = std::clamp(zoom.y, 0.f, 1.f);
  ui.st.pan_at = at;
}

}  // namespace kafkascope::ui
