#include "ui/stage/broker_grid.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/stage/card_timers.h"
#include "ui/stage/cards.h"
#include "ui/stage/node_facts.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kMost = 6;                   // magnification
constexpr std::size_t kMostGroups = 8;       // more groups would be rows of one or two cards
constexpr float kHead = 1.5f, kRow = 1.35f;  // of the text's size

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

int leaders_of(const Node& node) {
  return static_cast<int>(std::count_if(node.replicas.begin(), node.replicas.end(),
                                        [](const Replica& r) { return r.role == ReplicaRole::Leader; }));
}

struct Counts {
  int leads = 0, follows = 0, out = 0;
};

Counts counts_of(const Node& node) {
  Counts n;
  for (const Replica& r : node.replicas) {
    const bool lead = r.role == ReplicaRole::Leader,
               out = r.role == ReplicaRole::OutOfIsr || r.role == ReplicaRole::Offline;
    ++(lead ? n.leads : out ? n.out : n.follows);
  }
  return n;
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

BrokerGrid plan_grid(const Snapshot& world, const std::vector<int>& brokers, const Rect& room, float text,
                     const GridZoom& zoom) {
  BrokerGrid grid;
  grid.room = room;
  grid.text = text;
  if (brokers.empty() || room.empty()) return grid;
  bool named = false, hosts = false;
  const std::vector<Named> groups = groups_of(world, brokers, named, hosts);
  const auto n = static_cast<float>(groups.size());
  const float gap = text * .5f, pad = named ? text * .3f : 0, between = named ? text * .35f : 0,
              label = named ? text * 4.8f : 0;
  constexpr float kEdge = 2;  // keeps the frames' lines within the room
  const float w = room.w - 2 * kEdge - label - 2 * pad, h = room.h - 2 * kEdge - n * 2 * pad - (n - 1) * between;
  // The number of columns that gives the cards the best shape, with room for a name and its counts.
  float best = -1, card_w = 0, card_h = 0;
  std::size_t columns = 1;
  for (std::size_t c = 1; c <= brokers.size(); ++c) {
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

std::vector<GridCell> grid_cells(const Ui& ui, const Node& broker, const Rect& card, float text) {
  std::vector<GridCell> cells;
  const auto& partitions = ui.world.partitions;
  const std::size_t n = broker.replicas.size();
  const Rect body{card.x + text * .4f, card.y + kHead * text, card.w - text * .8f, card.h - (kHead + .3f) * text};
  if (n == 0 || n > 64 || partitions.empty() || body.h < text * kRow) return cells;
  const bool one_topic = partitions.front().topic == partitions.back().topic;
  float w = 0;
  for (const Replica& r : broker.replicas) {
    if (r.partition < 0 || r.partition >= static_cast<int>(partitions.size())) return cells;
    const Partition& p = partitions[static_cast<std::size_t>(r.partition)];
    w = std::max(w, ui.p.width(one_topic ? std::to_string(p.index) : p.name, {.em = text, .bold = true}));
  }
  w += text * .5f;
  const float pitch = w + text * .22f, icon = text * 1.05f;
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  const auto rank = [&](int i) {
    const ReplicaRole role = broker.replicas[static_cast<std::size_t>(i)].role;
    return role == ReplicaRole::Leader ? 0 : role == ReplicaRole::Follower ? 1 : 2;
  };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return rank(a) < rank(b); });
  // Each kind begins a line of its own, if there are enough lines.
  for (const bool lines : {true, false}) {
    cells.clear();
    float x = body.x, y = body.y;
    int before = rank(order.front());
    for (std::size_t place = 0; place < n; ++place) {
      const int i = order[place];
      const bool new_kind = place == 0 || rank(i) != before;
      before = rank(i);
      if (x > body.x && ((new_kind && lines) || x + (new_kind ? icon : 0) + w > body.right()))
        x = body.x, y += text * kRow;
      if (new_kind || x == body.x) x += icon;  // all lines begin at the same x
      if (x + w > body.right() + .5f || y + text * kRow > body.bottom() + .5f) break;
      cells.push_back({i, {x, y, w, text * (kRow - .13f)}});
      x += pitch;
    }
    if (cells.size() == n) return cells;
  }
  cells.clear();
  return cells;
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

/// The width of a line that stands out among lines of that width.
float emphasis(float stroke) { return stroke + 1.4f; }

/// Leaders first, each kind behind its icon; a leader is also bold and framed.
void draw_cells(Ui& ui, const Node& node, const std::vector<GridCell>& cells, float text, float stroke) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const auto& partitions = ui.world.partitions;
  const bool one_topic = partitions.front().topic == partitions.back().topic;
  int before = -1;
  for (const GridCell& cell : cells) {
    const Replica& r = node.replicas[static_cast<std::size_t>(cell.replica)];
    const Partition& part = partitions[static_cast<std::size_t>(r.partition)];
    const bool lead = r.role == ReplicaRole::Leader, follows = r.role == ReplicaRole::Follower;
    const int kind = lead ? 0 : follows ? 1 : 2;
    if (kind != before)
      p.icon(lead      ? Icon::Crown
             : follows ? Icon::Follower
                       : Icon::Out,
             cell.rect.x - text * .98f, cell.rect.cy() - text * .42f, text * .84f,
             lead      ? c.leader
             : follows ? c.secondary
                       : c.caution,
             1.8f);
    before = kind;
    const bool selected = ui.st.selection == part.name;
    if (lead) {
      const bool hot = std::any_of(ui.st.hot.begin(), ui.st.hot.end(),
                                   [&](const HotChange& h) { return h.partition == r.partition && h.to == node.id; });
      p.fill(cell.rect, c.leader_fill, 3);
      p.stroke(cell.rect, ui.under_min_isr(r.partition) ? c.danger : c.leader_edge, hot ? emphasis(stroke) : stroke, 3);
    } else if (follows) {
      p.fill(cell.rect, c.field, 3);
    } else {
      p.dashed(cell.rect, c.caution, stroke, 4, 3, 3);
    }
    if (selected) p.stroke(cell.rect.grown(1), c.accent, emphasis(stroke), 3);
    p.text(cell.rect.cx(), cell.rect.cy() + text * .36f, one_topic ? std::to_string(part.index) : part.name,
           {.em = text,
            .color = lead || follows ? c.primary : c.secondary,
            .bold = lead,
            .align = Align::Middle,
            .max = cell.rect.w,
            .foreign = true});
  }
}

/// The numbers of replicas that the broker leads, follows, and has out of sync; in one line, or in as many as fit.
/// Returns the y where the lines end.
float draw_counts(Ui& ui, const Node& node, const Rect& body, float text) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Counts n = counts_of(node);
  struct Item {
    Icon icon;
    int count;
    Color color;
  };
  const Item items[] = {
      {Icon::Crown, n.leads, c.leader}, {Icon::Follower, n.follows, c.secondary}, {Icon::Out, n.out, c.caution}};
  float x = body.x, y = body.y + text * 1.02f;
  for (const Item& item : items) {
    if (item.count == 0 && item.icon == Icon::Out) continue;
    const std::string number = std::to_string(item.count);
    const TextStyle style{
        .em = text, .color = item.icon == Icon::Out ? c.caution : c.primary, .bold = item.icon == Icon::Crown};
    const float w = text * 1.05f + p.width(number, style);
    if (x + w > body.right() + .5f) {
      if (x == body.x || y + text * (kRow + .3f) > body.bottom()) break;
      x = body.x, y += text * kRow;
    }
    p.icon(item.icon, x, y - text * .8f, text * .84f, item.color, 1.8f);
    p.text(x + text * 1.05f, y, number, style);
    x += w + text * .7f;
  }
  return y + text * .3f;
}

/// A bar for the broker's share of the work; the broker with the most replicas has the longest one.
void draw_bar(Ui& ui, const Node& node, const Rect& r, std::size_t most) {
  const Counts n = counts_of(node);
  const Palette& c = ui.c;
  const float unit = r.w / static_cast<float>(std::max<std::size_t>(most, 1));
  ui.p.fill(r, c.field, 1.5f);
  float x = r.x;
  const auto part = [&](int count, Color color) {
    if (count > 0) ui.p.fill({x, r.y, unit * static_cast<float>(count), r.h}, color);
    x += unit * static_cast<float>(count);
  };
  part(n.leads, c.leader_solid);
  part(n.follows, c.cell_neutral);
  if (n.out > 0) ui.p.hatch({x, r.y, unit * static_cast<float>(n.out), r.h}, c.caution, 5);
}

void card_tip(Ui& ui, const Node& node, const Rect& r) {
  const Counts n = counts_of(node);
  Tip tip{ui.p.to_window(r), node.name, {}, ui.tr("ui.tip_inspect"_w)};
  if (!node_look(node).quiet) tip.facts.emplace_back(ui.tr(state_word(node)), "");
  if (!node.rack.empty()) tip.facts.emplace_back(ui.tr("ui.field_rack"_w), node.rack);
  if (!node.host.empty()) tip.facts.emplace_back(ui.tr("ui.field_host"_w), node.host);
  tip.facts.emplace_back(ui.tr("ui.role_leader"_w), std::to_string(n.leads));
  tip.facts.emplace_back(ui.tr("glossary.follower"_w), std::to_string(n.follows));
  if (n.out > 0) tip.facts.emplace_back(ui.tr("ui.role_out"_w), std::to_string(n.out));
  if (!node_look(node).quiet && node.session.running) tip.facts.push_back(timer_words(ui, node.session));
  ui.st.tip = std::move(tip);
}

/// The common form of all cards in a grid, so that they can be read as one table.
struct CardForm {
  bool names = true;     // false: only numbers
  bool leads = true;     // shows the number of leaders, in a card of one line
  std::size_t most = 1;  // the most replicas on one broker
  float text = 13, stroke = 1;
};

/// The session of a broker that does not answer, at the lower right of its card. False: it runs no more, or there is no
/// room beside its replicas.
bool draw_session(Ui& ui, const Node& node, const Rect& card, const std::vector<GridCell>& cells, float text,
                  float stroke) {
  if (node_look(node).quiet || node.fenced || !node.session.running) return false;
  Column in{card.padded(text * .4f, text * .25f)};
  Row row{in.last(text * 1.3f), text * .4f};
  const std::string words = session_words(ui, node);
  const TextStyle style{.em = text, .color = ui.c.danger, .align = Align::Right};
  const float ring = text, w = ui.p.width(words, style) + row.gap + ring;
  if (w > row.rest.w) return false;
  const Rect all = Row{row.rest}.right(w);
  if (std::any_of(cells.begin(), cells.end(), [&](const GridCell& cell) { return cell.rect.overlaps(all); }))
    return false;
  ui.p.text(row, words, style);
  const Rect at = row.right(ring).middle(ring);
  timer_ring(ui, at.cx(), at.cy(), ring * .45f, node.session, stroke * 2);
  ui.p.note(all, "session in the grid");
  return true;
}

constexpr float kLinePad = .35f;

CardForm card_form(const Ui& ui, const BrokerGrid& grid, float stroke) {
  CardForm form;
  form.text = grid.text;
  form.stroke = stroke;
  const TextStyle bold{.em = grid.text, .bold = true};
  float name = 0, id = 0, leads = 0, w = 1e9f, h = 1e9f;
  for (const std::vector<std::pair<int, Rect>>* list : {&grid.cards, &grid.apart})
    for (const auto& [index, r] : *list) {
      const Node& node = ui.world.nodes[static_cast<std::size_t>(index)];
      form.most = std::max(form.most, node.replicas.size());
      name = std::max(name, ui.p.width(node.name, bold));
      id = std::max(id, ui.p.width(std::to_string(node.id), bold));
      leads = std::max(leads, ui.p.width(std::to_string(leaders_of(node)), bold));
      w = std::min(w, r.w);
      h = std::min(h, r.h);
    }
  // The sign of a broker in trouble takes the place of the count. With two worlds, the sign of a difference has room of
  // its own.
  const float room = w - grid.text * (2 * kLinePad + (ui.lesson.twin.open ? .8f : 0)),
              count = leads + grid.text * 1.25f;
  if (h >= grid.text * 2.7f) {
    form.names = name + grid.text * 1.2f <= room;
  } else {
    form.leads = id + count <= room;
    form.names = name + (form.leads ? count : grid.text * 1.2f) <= room;
  }
  return form;
}

void draw_small(Ui& ui, const Node& node, const Rect& r, const CardForm& form) {
  const float text = form.text, stroke = form.stroke;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const NodeLook look = node_look(node);
  const std::vector<NodeFact> facts = broker_facts(ui, node);
  const bool warned = look.quiet && !facts.empty() && facts[0].tone != NodeFact::Tone::Quiet,
             doubt = look.doubt || warned;
  const bool tile = r.h < text * 1.4f || r.w < text * 2, line = r.h < text * 2.7f;
  const float head = tile || line ? r.h : text * kHead, pad = text * (line ? kLinePad : .4f);
  const Color ink = look.dead ? c.danger_ink : doubt ? c.caution : c.primary;
  p.fill(r, look.dead && !tile && !line ? c.canvas : look.dead ? c.danger_solid : c.raised, 4);
  if (look.dead) p.fill({r.x, r.y, r.w, head}, c.danger_solid, 4, tile || line ? 0 : ImDrawFlags_RoundCornersTop);
  else if (doubt) p.fill({r.x, r.y, r.w, head}, c.caution_fill, 4, tile || line ? 0 : ImDrawFlags_RoundCornersTop);
  if (look.dashed) p.dashed(r, c.strong, stroke, node.state == NodeState::ShuttingDown ? 2.f : 5.f, 4, 4);
  else p.stroke(r, look.dead ? c.danger_solid : doubt ? c.caution : c.strong, look.dead ? emphasis(stroke) : stroke, 4);
  const bool hot = std::any_of(ui.st.hot.begin(), ui.st.hot.end(), [&](const HotChange& h) { return h.to == node.id; });
  if (hot && !look.dead) p.stroke(r, c.leader_edge, emphasis(stroke), 4);
  if (look.walls) p.stroke(r.grown(emphasis(stroke)), c.danger, emphasis(stroke), 6);
  if (ui.is_selected(node.name)) p.stroke(r, c.accent, emphasis(stroke), 4);
  if (tile) {  // no text of this size fits
    if (!look.dead) draw_bar(ui, node, {r.x + 2, r.y + r.h * .3f, r.w - 4, r.h * .4f}, form.most);
    else p.icon(look.icon, r.cx() - r.h * .4f, r.y + r.h * .1f, r.h * .8f, c.danger_ink, 2.4f);
    return;
  }
  float right = r.right() - pad;
  const float base = r.y + head / 2 + text * .36f;
  const Icon sign = node.active_controller && !look.dead ? Icon::Crown
                    : look.icon != Icon::None            ? look.icon
                    : warned                             ? Icon::Warn
                                                         : Icon::None;
  const std::string id = std::to_string(node.id);
  const TextStyle name{.em = text, .color = ink, .bold = true, .foreign = true};
  if (sign != Icon::None) {
    // In two worlds the corner is the place of the sign of a difference.
    if (ui.lesson.twin.open) right -= line ? text * .8f : std::max(13.f, text);
    right -= text * .84f;
    p.note({right, r.y + head / 2 - text * .42f, text * .84f, text * .84f}, "sign of a small card");
    p.icon(sign, right, r.y + head / 2 - text * .42f, text * .84f, sign == Icon::Crown ? c.leader : ink, 2.2f);
    right -= text * .3f;
  }
  if (line && form.leads && sign == Icon::None) {
    if (ui.lesson.twin.open) right -= text * .8f;
    right -= p.text(right, base, std::to_string(leaders_of(node)), {.em = text, .color = ink, .align = Align::Right}) +
             text * .95f;
    p.icon(Icon::Crown, right, base - text * .8f, text * .84f, c.leader, 1.8f);
  } else if (!line && !look.quiet) {
    const TextStyle word{.em = text, .color = ink, .align = Align::Right};
    if (p.width(ui.tr(look.word), word) + p.width(node.name, name) + text * .5f <= right - r.x - pad)
      right -= p.text(right, base, ui.tr(look.word), word) + text * .5f;
  }
  TextStyle shown = name;
  shown.max = std::max(right - r.x - pad, text * .6f);
  p.text(r.x + pad, base, form.names ? node.name : id, shown);
  if (line) return;
  if (const std::vector<GridCell> cells = grid_cells(ui, node, r, text); !cells.empty()) {
    if (look.dead) p.alpha *= .6f;
    draw_cells(ui, node, cells, text, stroke);
    if (look.dead) p.alpha /= .6f;
    draw_session(ui, node, r, cells, text, stroke);
    return;
  }
  const Rect body{r.x + pad, r.y + head, r.w - 2 * pad, r.h - head - text * .25f};
  const float counts_end = draw_counts(ui, node, body, text);
  if (body.bottom() - counts_end > text * 1.3f && draw_session(ui, node, r, {}, text, stroke)) return;  // no bar then
  const float bar = std::min(text * .45f, body.bottom() - counts_end);
  if (bar >= text * .25f) draw_bar(ui, node, {body.x, body.bottom() - bar, body.w, bar}, form.most);
}

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
  const CardForm form = card_form(ui, grid, stroke);
  const auto draw = [&](int index, const Rect& r) {
    const Rect visible = grid.seen(index, r);
    if (visible.empty()) return;
    const Node& node = ui.world.nodes[static_cast<std::size_t>(index)];
    const bool hovered = touch(index, visible);
    if (!whole(index, r)) draw_small(ui, node, r, form);
    if (hovered && ui.may_tip() && p.whole.text.empty()) card_tip(ui, node, visible);
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
