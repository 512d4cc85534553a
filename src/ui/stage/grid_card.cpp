#include "ui/stage/grid_card.h"

#include <algorithm>
#include <numeric>

#include "ui/shorten.h"
#include "ui/stage/card_timers.h"
#include "ui/stage/cards.h"
#include "ui/stage/node_facts.h"

namespace kafkascope::ui {

using namespace observe;

int leaders_of(const Node& node) {
  return static_cast<int>(std::count_if(node.replicas.begin(), node.replicas.end(),
                                        [](const Replica& r) { return r.role == ReplicaRole::Leader; }));
}

namespace {

constexpr float kHead = 1.5f, kRow = 1.35f, kSession = 1.3f, kBeforeArc = .4f;  // of the text's size

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

/// Whether the controller counts down the session of a broker that does not answer.
bool counts_down(const Node& node) { return !node_look(node).quiet && !node.fenced && node.session.running; }

/// The row at the lower right of the card for the session of a broker that does not answer; empty: it runs no more, or there is no room
/// beside the replicas.
Rect session_row(Ui& ui, const Node& node, const Rect& card, const std::vector<GridCell>& cells, float text) {
  Column below{card.padded(text * .4f, text * .25f)};
  below.skip(text * kHead);
  if (!counts_down(node) || below.rest.h < text * kSession) return {};
  Row row{below.last(text * kSession), text * kBeforeArc};
  const float w = ui.p.width(session_words(ui, node), {.em = text}) + row.gap + text;
  if (w > row.rest.w) return {};
  const Rect all = row.right(w);
  const bool covers =
      std::any_of(cells.begin(), cells.end(), [&](const GridCell& cell) { return cell.rect.overlaps(all); });
  return covers ? Rect{} : all;
}

void draw_session(Ui& ui, const Node& node, const Rect& place, float text, float stroke) {
  Row row{place, text * kBeforeArc};
  ui.p.text(row, session_words(ui, node), {.em = text, .color = ui.c.danger, .align = Align::Right});
  const Rect at = row.right(text).middle(text);
  timer_ring(ui, at.cx(), at.cy(), at.w * .45f, node.session, stroke * 2);
  ui.p.note(place, "session in the grid");
}

constexpr float kLinePad = .35f;
constexpr float kCorner = .55f;   // under the sign of a difference
constexpr float kOneLine = 2.7f;  // lower cards have one line
constexpr float kCount = 1.1f;    // the crown before the number of leaders, and the room before the crown

/// What tells in the head of a small card that its broker does not simply run: a sign, the word of its state, and, if it has no row of its
/// own, the arc of its session.
struct HeadState {
  bool sign = true, arc = false;
  std::string word;
};

/// What has room there: the arc (`arc_here`) and the word first, in small letters if need be, and the sign gives way to them, but not in two
/// worlds, whose cards are too low to be told apart without it. Where both have no room the word gives way: the sign and the card's colour
/// say what it says, but nothing else says how much of the session is left.
HeadState head_state(const Ui& ui, const Node& node, float room, float text, bool arc_here) {
  const NodeLook look = node_look(node);
  if (look.quiet) return {};
  const float sign_w = text * 1.14f, arc_w = text * 1.5f;
  for (const bool arc : {true, false}) {
    if (arc && !arc_here) continue;
    for (const bool sign : {true, false}) {
      if (!sign && ui.lesson.twin.open) continue;
      for (const char* word : {ui.tr(look.word), ui.tr(state_word(node))})
        if (ui.p.width(word, {.em = text}) + text * .5f + (sign ? sign_w : 0) + (arc ? arc_w : 0) <= room)
          return {sign, arc, word};
    }
    if (arc && sign_w + arc_w <= room) return {true, true, {}};
  }
  return {};
}

/// The broker's name where the whole one has no room on each card: "br…-1", else "b1", else its number.
std::string brief_name(const Ui& ui, const Node& node, const CardForm& form) {
  const auto width = [&](std::string_view words) { return ui.p.width(words, {.em = form.text, .bold = true}); };
  const std::string name =
      form.initials ? initial_and_number(node.name) : short_node_name(node.name, form.name_w, width);
  return name.empty() ? std::to_string(node.id) : name;
}

}  // namespace

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

void grid_card_tip(Ui& ui, const Node& node, const Rect& r) {
  const Counts n = counts_of(node);
  Tip tip{ui.p.to_window(r), node.name, {}, ui.tr("ui.tip_inspect"_w)};
  if (!node_look(node).quiet) tip.facts.emplace_back(ui.tr(state_word(node)), "");
  if (!node.rack.empty()) tip.facts.emplace_back(ui.tr("ui.field_rack"_w), node.rack);
  if (!node.host.empty()) tip.facts.emplace_back(ui.tr("ui.field_host"_w), node.host);
  tip.facts.emplace_back(ui.tr("ui.role_leader"_w), std::to_string(n.leads));
  tip.facts.emplace_back(ui.tr("glossary.follower"_w), std::to_string(n.follows));
  if (n.out > 0) tip.facts.emplace_back(ui.tr("ui.role_out"_w), std::to_string(n.out));
  if (!node_look(node).quiet && node.session.running) tell_timer(ui, node.session, tip);
  ui.st.tip = std::move(tip);
}

CardForm grid_card_form(const Ui& ui, const BrokerGrid& grid, float stroke) {
  CardForm form;
  form.text = grid.text;
  form.stroke = stroke;
  const TextStyle bold{.em = grid.text, .bold = true};
  float name = 0, brief = 0, leads = 0, w = 1e9f, h = 1e9f;
  for (const std::vector<std::pair<int, Rect>>* list : {&grid.cards, &grid.apart})
    for (const auto& [index, r] : *list) {
      const Node& node = ui.world.nodes[static_cast<std::size_t>(index)];
      form.most = std::max(form.most, node.replicas.size());
      name = std::max(name, ui.p.width(node.name, bold));
      brief = std::max(brief, ui.p.width("b" + std::to_string(node.id), bold));
      leads = std::max(leads, ui.p.width(std::to_string(leaders_of(node)), bold));
      w = std::min(w, r.w);
      h = std::min(h, r.h);
    }
  // The sign of a broker in trouble takes the place of the count. With two worlds, the sign of a difference has room of
  // its own.
  const bool line = h < grid.text * kOneLine;
  const float room = w - grid.text * (2 * kLinePad + (ui.lesson.twin.open ? kCorner : 0)),
              count = leads + grid.text * kCount;
  form.leads = line && brief + count <= room;
  form.name_w = room - (form.leads ? count : grid.text * 1.2f);
  form.names = name <= form.name_w;
  for (const std::vector<std::pair<int, Rect>>* list : {&grid.cards, &grid.apart})
    for (const auto& [index, r] : *list) {
      const Node& node = ui.world.nodes[static_cast<std::size_t>(index)];
      const std::string brief = brief_name(ui, node, form);
      form.initials = form.initials || (brief != node.name && brief.find("…") == std::string::npos);
    }
  return form;
}

void draw_grid_card(Ui& ui, const Node& node, const Rect& r, const CardForm& form) {
  const float text = form.text, stroke = form.stroke;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const NodeLook look = node_look(node);
  const std::vector<NodeFact> facts = broker_facts(ui, node);
  const bool warned = look.quiet && !facts.empty() && facts[0].tone != NodeFact::Tone::Quiet,
             doubt = look.doubt || warned;
  const bool tile = r.h < text * kLeastLine || r.w < text * 2, line = r.h < text * kOneLine;
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
  const TextStyle name{.em = text, .color = ink, .bold = true, .foreign = true};
  std::string shown_name = form.names ? node.name : brief_name(ui, node, form);
  // In two worlds the corner is the place of the sign of a difference.
  if (ui.lesson.twin.open && (sign != Icon::None || !look.quiet)) right -= line ? text * kCorner : std::max(13.f, text);
  const std::vector<GridCell> cells = line ? std::vector<GridCell>{} : grid_cells(ui, node, r, text);
  const Rect session = line ? Rect{} : session_row(ui, node, r, cells, text);
  Rect body{r.x + pad, r.y + head, r.w - 2 * pad, r.h - head - text * .25f};
  const auto line_free = [&] { return (session.empty() ? body.bottom() : session.y) - body.y >= text * kRow; };
  HeadState state;
  if (!line || !ui.lesson.twin.open) {
    const auto with_name = [&](const std::string& words) {
      return head_state(ui, node, right - r.x - pad - p.width(words, name), text, counts_down(node) && session.empty());
    };
    state = with_name(shown_name);
    // The broker's initial and its number are enough where its name leaves no room for the word of its state.
    if (state.word.empty() && !look.quiet && form.names && (line || !cells.empty() || !line_free()))
      for (const std::string& shorter : {brief_name(ui, node, {.initials = true}), std::to_string(node.id)})
        if (HeadState brief = with_name(shorter); state.word.empty() && !brief.word.empty())
          state = std::move(brief), shown_name = shorter;
  }
  if (sign != Icon::None && state.sign) {
    right -= text * .84f;
    p.note({right, r.y + head / 2 - text * .42f, text * .84f, text * .84f}, "sign of a small card");
    p.icon(sign, right, r.y + head / 2 - text * .42f, text * .84f, sign == Icon::Crown ? c.leader : ink, 2.2f);
    right -= text * .3f;
  }
  if (line && form.leads && look.quiet && sign == Icon::None) {
    if (ui.lesson.twin.open) right -= text * kCorner;
    right -= p.text(right, base, std::to_string(leaders_of(node)), {.em = text, .color = ink, .align = Align::Right}) +
             text * .92f;
    p.icon(Icon::Crown, right, base - text * .8f, text * .84f, c.leader, 1.8f);
  }
  if (!state.word.empty())
    right -= p.text(right, base, state.word, {.em = text, .color = ink, .align = Align::Right}) + text * .5f;
  if (state.arc) {
    Row ends{Rect{r.x, r.y, right - r.x, head}, text * .5f};
    const Rect arc = ends.right(text).middle(text);
    const float radius = text * .45f, line_w = stroke * 2;
    p.circle(arc.cx(), arc.cy(), radius + line_w, c.canvas);
    timer_ring(ui, arc.cx(), arc.cy(), radius, node.session, line_w);
    p.note(arc, "session in the grid");
    right = ends.rest.right();
  }
  TextStyle shown = name;
  shown.max = std::max(right - r.x - pad, text * .6f);
  if (!form.names && p.width(shown_name, name) > shown.max) shown_name = std::to_string(node.id);
  p.text(r.x + pad, base, shown_name, shown);
  if (line) return;
  if (!cells.empty()) {
    if (look.dead) p.alpha *= .6f;
    draw_cells(ui, node, cells, text, stroke);
    if (look.dead) p.alpha /= .6f;
    if (!session.empty()) draw_session(ui, node, session, text, stroke);
    return;
  }
  // The state's word has a line of its own if the head has no room; the counts give way to it and to the session.
  if (!look.quiet && state.word.empty() && line_free())
    for (const char* word : {ui.tr(look.word), ui.tr(state_word(node))})
      if (const TextStyle style{.em = text, .color = look.dead ? c.danger : c.caution, .bold = true};
          p.width(word, style) <= body.w) {
        Column rest{body};
        p.text(rest.next({text * kRow, text * 1.02f}), word, style);
        body = rest.rest;
        break;
      }
  const bool counts = look.quiet || line_free();
  const float counts_end = counts ? draw_counts(ui, node, body, text) : body.y;
  if (!session.empty()) return draw_session(ui, node, session, text, stroke);  // no bar then
  const float bar = std::min(text * .45f, body.bottom() - counts_end);
  if (bar >= text * .25f) draw_bar(ui, node, {body.x, body.bottom() - bar, body.w, bar}, form.most);
}

}  // namespace kafkascope::ui
