// The stage of the presenter.
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/panels/presenter.h"
#include "ui/panels/presenter_brokers.h"
#include "ui/panels/presenter_messages.h"
#include "ui/panels/presenter_places.h"
#include "ui/panels/presenter_rings.h"
#include "ui/stage/broker_grid.h"
#include "ui/stage/card_timers.h"
#include "ui/stage/cards.h"
#include "ui/stage/chain_marks.h"
#include "ui/stage/ensemble.h"
#include "ui/stage/grid_traffic.h"
#include "ui/stage/links.h"
#include "ui/stage/messages.h"
#include "ui/stage/moved_nodes.h"
#include "ui/stage/node_facts.h"
#include "ui/stage/overlay.h"
#include "ui/stage/stage_view.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using Sizes = PresenterSizes;

void ensemble_card(Ui& ui, const Rect& r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool serves = ensemble_serves(ui.world);
  p.fill(r, serves ? c.panel : c.caution_fill, 6);
  p.stroke(r, serves ? c.strong : c.caution, serves ? s.stroke : s.stroke * 1.3f, 6);
  Row row{r.padded(12), 8};
  row.right(draw_server_marks(ui, row.rest.right(), r.cy(), s.text * 1.35f));
  row.gap = s.text * .8f;
  p.text(row, ui.tr("ui.zookeeper"_w), {.em = s.text, .bold = true});
  const TextStyle style{.em = s.text, .color = serves ? c.secondary : c.caution, .foreign = true};
  if (const std::string words = ensemble_words(ui, style, row.rest.w); p.width(words, style) <= row.rest.w)
    p.text(row.rest, words, style);
  p.diagnostics().cards.push_back({p.to_window(r), "ensemble"});
}

/// A click on a broker selects it; a right click opens its menu, as on the other stages.
bool touch(Ui& ui, int index, const Rect& r) {
  const std::string& name = ui.world.nodes[static_cast<std::size_t>(index)].name;
  const Hit hit = ui.hit(make_id("node", static_cast<std::uint64_t>(index)), r);
  begin_drag(ui, name, hit.pressed, hit.hovered);
  ui.note_place(name, r, true);
  if (hit.clicked) ui.select(name);
  if (hit.right_clicked) {
    ui.st.menu = {true, ui.in.x, ui.in.y, name, {}, -1};
    ui.select(name);
  }
  return hit.hovered;
}

const Link* cut_between(const Snapshot& world, const StageView& view, int a, int b) {
  for (const Link& l : world.links) {
    const int from = view.stands_for(l.a), to = view.stands_for(l.b);
    if (l.cut && view.whole(world, l) && ((from == a && to == b) || (from == b && to == a))) return &l;
  }
  return nullptr;
}

/// For tests: each straight part of a line.
void note_line(Painter& p, const Route& way, float width, const char* what) {
  if (!p.diagnostics().on || way.empty()) return;
  for (auto a = way.begin(), b = a; ++b != way.end(); a = b)
    p.note(Rect{std::min(a->x, b->x), std::min(a->y, b->y), std::fabs(a->x - b->x), std::fabs(a->y - b->y)}.grown(
               width / 2),
           what);
}

/// The link between a controller or ZooKeeper and another node, under the pointer.
void touch_control_line(Ui& ui, const StageView& view, const Route& route, int from, int to, const Hit& ground) {
  if (!ground.hovered || !is_on_line(ui, route)) return;
  StageWay way;
  way.a = from, way.b = to;
  const StageWay* known = way_of(view, from, to);
  touch_line(ui, known == nullptr ? way : *known, ground);
}

void control_links(Ui& ui, const StageView& view, const PresenterPlaces& at, const Sizes& s, const Hit& ground) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const auto node = [&](int k) -> const Node& { return ui.world.nodes[static_cast<std::size_t>(k)]; };
  int active = -1;
  for (const int k : at.top) active = node(k).active_controller || node(k).kind == NodeKind::ZooKeeper ? k : active;
  const bool led = active >= 0;
  if (!led) {  // a voter that runs still has its connections, drawn dashed
    const auto voter = std::find_if(at.top.begin(), at.top.end(),
                                    [&](int k) { return node(k).kind == NodeKind::Controller && !node(k).down(); });
    if (voter == at.top.end()) return;
    active = *voter;
  }
  const Rect a = at.at[static_cast<std::size_t>(active)];
  constexpr float kOffLine = 12;  // from words to a line or an arc
  float taken = 0;                // by the words and the arc of the broker before
  for (const int k : at.brokers) {
    const Rect r = at.at[static_cast<std::size_t>(k)];
    if (r.empty() || at.many) continue;
    if (view.brokers_aside) {
      p.line(a.right(), a.cy(), r.x, a.cy(), c.strong, s.stroke);
      touch_control_line(ui, view, {{a.right(), a.cy()}, {r.x, a.cy()}}, active, k, ground);
      continue;
    }
    const Node& b = node(k);
    const bool gone = b.down();
    const Link* cut = cut_between(ui.world, view, active, k);
    const float end_x = r.right() - at.broker_w * .12f, start_x = a.cx() + (end_x < a.cx() ? -14.f : 14.f);
    const bool moved = ui.st.moved.contains(b.name) || ui.st.moved.contains(node(active).name);
    const Route way =
        moved ? line_between(a, r, shift_of(Family::Control))
              : Route{{start_x, a.bottom()}, {start_x, at.control_y}, {end_x, at.control_y}, {end_x, r.y - 2}};
    touch_control_line(ui, view, way, active, k, ground);
    if (cut != nullptr && !gone) {
      Route hindered = way;
      if (cut->a == k) std::reverse(hindered.begin(), hindered.end());
      draw_cut(p, hindered, cut->a == k ? .18f : .82f, cut->one_way, s.stroke, s.text * .34f);
      if (!b.fenced && b.session.remaining_us > b.session.total_us / 2) continue;
    } else if (!gone) {
      const Point from = way[way.size() - 2], to = way.back();
      if (led) draw_way_line(p, way_of(view, active, k), way, c.strong, s.stroke);
      else p.dashed_route(way, c.strong, s.stroke, 9, 6);
      note_line(p, way, s.stroke, "control line");
      p.arrowhead(to.x, moved ? to.y : to.y + 1, to.x - from.x, to.y - from.y, 14, c.strong);
      continue;
    } else {
      p.dashed_route(way, c.danger, s.stroke, 4, 7);
    }
    // The words stand between that line and a ring around the broker.
    const float ring = s.text * .62f, ry = r.y - std::clamp(r.y - at.control_y - s.h * .018f, s.h * .026f, s.h * .035f);
    std::string words;
    if (b.fenced) {
      words = ui.tr(fenced_word(b, false));
    } else if (b.session.running) {
      p.circle(end_x, ry, ring + 5, c.canvas);
      timer_ring(ui, end_x, ry, ring, b.session, s.stroke * 1.3f);
      words = session_words(ui, b);
    }
    const float off = b.fenced ? kOffLine : ring + kOffLine;
    float right = end_x - off;
    if (!b.fenced && right - p.width(words, {.em = s.text}) < taken) {
      words = brief_session_words(ui, b);
      right += kOffLine / 2;  // its ground leaves the arc before it whole
    }
    if (!words.empty()) taken = end_x + off;
    if (b.fenced && p.width(words, {.em = s.text}) > right - r.x + s.gap)
      words = ui.tr(fenced_word(b, true));  // the next card also has words
    const float w = p.width(words, {.em = s.text});
    const float x = std::max(right - w, 6.f);
    if (!words.empty()) {
      const Rect label{x, ry, w, 0}, ground = label.padded(-4).middle(s.text * 1.4f);
      p.fill(ground, c.canvas);
      p.text(label, words, {.em = s.text, .color = c.danger});
    }
  }
  for (const int k : at.top) {
    const Rect r = at.at[static_cast<std::size_t>(k)];
    if (k == active || node(k).kind == NodeKind::Queue) continue;
    const Point from{r.x < a.x ? a.x : a.right(), a.cy()}, to{r.x < a.x ? r.right() : r.x, a.cy()};
    touch_control_line(ui, view, {from, to}, active, k, ground);
    if (const Link* cut = cut_between(ui.world, view, active, k); cut != nullptr) {
      draw_cut(p, cut->a == active ? Route{from, to} : Route{to, from}, .5f, cut->one_way, s.stroke, s.text * .34f);
    } else if (node(k).down()) {
      p.dashed_line(from.x, from.y, to.x, to.y, c.danger, s.stroke, 4, 7);
    } else {
      draw_way_line(p, way_of(view, active, k), {from, to}, c.strong, s.stroke);
    }
    p.note(Rect{std::min(from.x, to.x), from.y, std::fabs(to.x - from.x), 0}.grown(s.stroke), "line between voters");
  }
}

/// Cut links: the routes of the data that would flow there, and the wall between two sides.
void cuts(Ui& ui, const StageView& view, const PresenterPlaces& at, const Rect& stage, const Sizes& s) {
  const Wall wall = find_wall(ui.world, [&](int node) { return at.at[static_cast<std::size_t>(node)]; });
  for (const Link& l : ui.world.links) {
    const int nodes = static_cast<int>(at.at.size());
    if (!l.cut || l.a < 0 || l.b < 0 || l.a >= nodes || l.b >= nodes) continue;
    const Rect a = at.at[static_cast<std::size_t>(l.a)], b = at.at[static_cast<std::size_t>(l.b)];
    if (a.empty() || b.empty()) continue;
    const bool brokers = ui.world.nodes[static_cast<std::size_t>(l.a)].kind == NodeKind::Broker &&
                         ui.world.nodes[static_cast<std::size_t>(l.b)].kind == NodeKind::Broker;
    bool reversed = false;
    const int index = view.way_between(l.a, l.b, reversed);
    if (!at.many && index >= 0 && view.ways[static_cast<std::size_t>(index)].standing &&
        is_data(view.ways[static_cast<std::size_t>(index)])) {
      Route route = presenter_route(at, view.ways[static_cast<std::size_t>(index)], s);
      if (reversed) std::reverse(route.begin(), route.end());
      draw_cut(ui.p, route, .5f, l.one_way, s.stroke, s.text * .34f);
    } else if (brokers && !wall.there && !at.many) {
      const bool right = a.x < b.x;
      const float y = a.y + presenter_head_height(s) / 2;
      draw_cut(ui.p, {{right ? a.right() : a.x, y}, {right ? b.x : b.right(), y}}, .5f, l.one_way, s.stroke,
               s.text * .34f);
    }
  }
  if (!wall.there || at.many) return;
  const float width = std::max(10.f, s.h * .013f), around = s.h * .012f;
  float bottom = stage.bottom() - around;
  for (std::size_t i = 0; i < at.at.size(); ++i)  // not over a client's card
    if (const Rect& r = at.at[i]; is_client(ui.world.nodes[i].kind) && !r.empty() && r.y > at.broker_y &&
                                  std::abs(wall.x - r.cx()) < (r.w + width) / 2 + s.stroke)
      bottom = std::min(bottom, r.y - around);
  draw_wall(ui.p, wall, at.control_y + around, bottom, width);
}

/// For tests: the ends of a line at brokers.
void note_ends(Ui& ui, const StageWay& way, const Route& route) {
  if (!ui.p.diagnostics().on) return;
  for (const auto& [node, end] : {std::pair{way.a, route.front()}, std::pair{way.b, route.back()}})
    if (const Node& n = ui.world.nodes[static_cast<std::size_t>(node)]; n.kind == NodeKind::Broker)
      ui.p.note(Rect{end.x, end.y, 0, 0}.grown(1), ("wire at " + n.name).c_str());
}

/// Slow lines and lost messages.
void draw_words_of_lines(Ui& ui, const StageView& view, const PresenterPlaces& at, std::vector<PresenterDot>& dots,
                         const Rect& stage, const std::vector<PresenterLine>& lines, const Sizes& s) {
  const auto lost = lost_here(ui, [&](const LostMessage& l) -> std::optional<Point> {
    bool reversed = false;
    const int index = view.way_between(l.from, l.to, reversed);
    if (index < 0 || !is_drawn(view.ways[static_cast<std::size_t>(index)], at)) return std::nullopt;
    return along(presenter_route(at, view.ways[static_cast<std::size_t>(index)], s),
                 reversed ? 1 - l.fraction : l.fraction);
  });
  draw_lost_words(ui, lost, dots, stage, at.taken, lines, s);
  for (const StageWay& way : view.ways)
    if (way.slow && way.latency_us > 0 && is_drawn(way, at))
      draw_latency_words(ui, way, presenter_route(at, way, s), dots, stage, at.taken, lines, s);
}

void draw_refusals(Ui& ui, const StageView& view, const PresenterPlaces& at, const std::vector<PresenterDot>& dots,
                   const Rect& stage, const std::vector<PresenterLine>& lines, const Sizes& s) {
  const auto way_to = [&](const Refused& r) -> Route {
    bool reversed = false;
    const int index = view.way_between(r.from, r.to, reversed);
    if (index < 0) return {};
    const StageWay& way = view.ways[static_cast<std::size_t>(index)];
    if (!is_drawn(way, at) || !travels_on(way, r)) return {};
    Route route = presenter_route(at, way, s);
    if (reversed) std::reverse(route.begin(), route.end());
    return route;
  };
  draw_refused_words(ui, way_to, dots, stage, at.taken, lines, s);
}

/// Draws the lines, with their arrowheads and crosses in `ends`, or (over the cards) the messages on them, with their places in `dots`.
void data_links(Ui& ui, const StageView& view, const PresenterPlaces& at, const Rect& stage, const Sizes& s, bool marks,
                std::vector<PresenterDot>& dots, std::vector<Rect>& ends) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float held = s.text * .75f;  // from a held message's middle to its brackets
  std::vector<Point> held_at;
  for (const StageWay& way : view.ways) {
    if (!is_drawn(way, at)) continue;
    const Route route = presenter_route(at, way, s);
    const Color color = mix(c.family[static_cast<std::size_t>(way.family)], c.canvas, .75f);
    if (!marks) draw_way_line(p, &way, route, color, s.stroke * 1.2f);
    const Point e0 = route[route.size() - 2], e1 = route.back();
    if (!marks) {
      note_ends(ui, way, route);
      note_line(p, route, s.stroke * 1.2f, "data line");
      if (!way.direct) p.arrowhead(e1.x, e1.y, e1.x - e0.x, e1.y - e0.y, 15, color);
      ends.push_back(Rect{e1.x, e1.y, 0, 0}.grown(s.text * .6f));
      continue;
    }
    for (const Message& msg : ui.world.messages) {
      if (!travels_on(way, msg)) continue;
      const bool forward = msg.from == way.a && msg.to == way.b;
      // A follower's Fetch travels against the data that it requests; the opposite route of the pair must not show it
      // again.
      const bool against = msg.family == Family::Replicate && !msg.response;
      if (msg.family == Family::Replicate && forward == against) continue;
      const float fraction = msg.held ? held_fraction(route, msg.fraction, held) : msg.fraction, size = s.text * .42f;
      Point spot = along(route, forward ? fraction : 1 - fraction, msg.held ? 0 : size);
      const Rect room = stage.grown(-size);
      spot = {std::clamp(spot.x, room.x, room.right()), std::clamp(spot.y, room.y, room.bottom())};
      if (ui.st.reduced_motion && ui.lesson.glide.active) continue;
      const bool watched = ui.time.is_watched(msg.id);
      if (msg.family == Family::Produce) p.note(Rect{spot.x, spot.y, 0, 0}.grown(1), "record on its way");
      if (watched) {
        p.note(Rect{spot.x, spot.y, 0, 0}.grown(s.text * .78f), "message watched");
        p.circle(spot.x, spot.y, s.text * .78f, mix(c.family[static_cast<std::size_t>(msg.family)], c.canvas, .3f));
        p.circle(spot.x, spot.y, s.text * .6f, c.canvas);
      }
      p.mark(msg.family, spot.x, spot.y, size, msg.response, c.canvas);
      if (msg.held) held_at.push_back(spot);
      p.note(Rect{spot.x, spot.y, 0, 0}.grown(size), "message mark");
      dots.push_back({&msg, spot});
    }
  }
  draw_held_brackets(p, held_at, held, s.stroke);
  if (marks) draw_words_of_lines(ui, view, at, dots, stage, lines_of(view, at, s), s);
  // A client that reaches no node: a short line with a cross.
  for (const Link& l : ui.world.links) {
    if (!l.broken || marks || l.a < 0 || l.a >= static_cast<int>(at.at.size())) continue;
    const Rect r = at.at[static_cast<std::size_t>(l.a)];
    if (r.empty()) continue;
    const bool left = r.x < s.w / 2;
    const float reach = at.below ? s.gap * 2 : s.gap, x0 = left ? r.right() : r.x, x1 = left ? x0 + reach : x0 - reach;
    p.dashed_line(x0, r.cy(), x1, r.cy(), c.danger, s.stroke, 5, 5);
    p.circle((x0 + x1) / 2, r.cy(), s.text * .5f, c.canvas);
    p.cross((x0 + x1) / 2, r.cy(), s.text * .34f, c.danger, s.stroke * 1.3f);
    ends.push_back(Rect{(x0 + x1) / 2, r.cy(), 0, 0}.grown(s.text * .34f));
  }
}

}  // namespace

std::vector<Rect> draw_presenter_stage(Ui& ui, const Rect& stage, const Sizes& s, const std::vector<int>& first) {
  Painter& p = ui.p;
  p.fill(stage, ui.c.canvas);
  p.note(stage, "presenter stage");
  const Hit ground = ui.hit(make_id("presenter ground"), stage);
  const StageView view = build_stage_view(ui.world, {.moved = &ui.st.moved});
  PresenterPlaces at = presenter_places(ui, view, stage, s, first);
  const std::vector<StageRing> around = rings(ui, at.at, at.grid, s, stage);
  for (const StageRing& ring : around)
    if (!at.many && !ring.chip) at.taken.push_back(ring.outside(s));
  at.taken.insert(at.taken.end(), at.at.begin(), at.at.end());
  std::vector<Rect> signs;  // of differences, over which there are no words either
  for (std::size_t i = 0; i < at.at.size(); ++i)
    if (const auto sign = difference_sign(ui, static_cast<int>(i), at.at[i], s))
      signs.push_back(sign->around().grown(s.stroke));
  static thread_local std::vector<PresenterDot> dots;
  static thread_local std::vector<Rect> ends;
  dots.clear();
  ends.clear();
  turn_grid(ui, at.grid);
  control_links(ui, view, at, s, ground);
  const bool grid = at.many && !at.grid.empty();  // else its brokers have no room
  if (grid) draw_grid_traffic(ui, at.grid, at.at, s.text * .3f, s.stroke * .6f, false);
  if (!at.many) data_links(ui, view, at, stage, s, false, dots, ends);
  cuts(ui, view, at, stage, s);
  if (!at.many && ground.hovered)
    for (const StageWay& way : view.ways)
      if (is_drawn(way, at) && is_on_line(ui, presenter_route(at, way, s))) touch_line(ui, way, ground);
  for (const int k : at.top)
    if (ui.world.nodes[static_cast<std::size_t>(k)].kind == NodeKind::ZooKeeper)
      ensemble_card(ui, at.at[static_cast<std::size_t>(k)], s);
    else {
      const Node& node = ui.world.nodes[static_cast<std::size_t>(k)];
      const Rect& r = at.at[static_cast<std::size_t>(k)];
      touch(ui, k, r);
      draw_presenter_node(ui, node, r, s, {}, at.roles ? role_in_quorum(ui, node) : std::string());
      p.diagnostics().cards.push_back({p.to_window(r), node.name});
    }
  for (const std::vector<int>* list : {&at.left, &at.right}) {
    int hidden = 0;
    float bottom = 0, x = 0;
    for (const int k : *list) {
      const Rect r = at.at[static_cast<std::size_t>(k)];
      if (r.empty()) {
        ++hidden;
        continue;
      }
      touch(ui, k, r);
      draw_presenter_client(ui, k, r, s);
      p.diagnostics().cards.push_back({p.to_window(r), ui.world.nodes[static_cast<std::size_t>(k)].name});
      bottom = r.bottom();
      x = r.x;
    }
    if (hidden > 0 && bottom == 0) {  // none is shown
      bottom = stage.bottom();
      x = list == &at.left ? s.margin : s.w - s.margin - s.text * 5;
    }
    if (hidden > 0)
      p.text(x, std::min(bottom + s.text * 1.3f, stage.bottom() - 4),
             ui.tr("ui.more_replicas"_w, {{"count", std::to_string(hidden)}}), {.em = s.text, .color = ui.c.secondary});
  }
  if (at.many)
    draw_grid(
        ui, at.grid, s.stroke,
        [&](int k, const Rect& r) {
          if (!is_whole_card(ui.world, r, s)) return false;
          draw_presenter_broker(ui, ui.world.nodes[static_cast<std::size_t>(k)], r, s);
          return true;
        },
        [&](int k, const Rect& r) { return touch(ui, k, r); });
  for (const int k : at.brokers) {
    const Rect r = at.at[static_cast<std::size_t>(k)];
    if (r.empty() || at.many) continue;
    touch(ui, k, r);
    if (view.brokers_aside) {
      const std::vector<NodeFact> facts = node_facts(ui.st.lang, ui.world.nodes[static_cast<std::size_t>(k)]);
      draw_presenter_node(ui, ui.world.nodes[static_cast<std::size_t>(k)], r, s, {},
                          facts.empty() ? std::string() : facts[0].brief);
      continue;
    }
    draw_presenter_broker(ui, ui.world.nodes[static_cast<std::size_t>(k)], r, s);
    p.diagnostics().cards.push_back({p.to_window(r), ui.world.nodes[static_cast<std::size_t>(k)].name});
  }
  if (!at.many) {
    data_links(ui, view, at, stage, s, true, dots, ends);
    draw_presenter_handover(ui, at.at, s);
  }
  for (const StageRing& ring : around) draw_ring(ui, ring, at.at, s, stage);
  if (grid) {
    draw_grid_traffic(ui, at.grid, at.at, s.text * .3f, s.stroke * .6f, true, signs);
    draw_grid_cuts(
        ui, [&](int node) { return at.at[static_cast<std::size_t>(node)]; }, std::max(10.f, s.h * .013f));
  }
  if (!at.many) {
    const std::vector<PresenterLine> lines = lines_of(view, at, s);
    draw_message_words(ui, view, dots, ends, stage, at.taken, lines, s);
    draw_refusals(ui, view, at, dots, stage, lines, s);
  }
  draw_large_chain_numbers(ui, at.at, stage, s.text, s.stroke);
  drag_node(ui, at.at, stage, s.stroke);
  return at.at;
}

}  // namespace kafkascope::ui
