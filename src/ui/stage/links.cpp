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

/// Whether the lesson points at that client.
bool pointed_at(const Ui& ui, int node) {
  if (node < 0 || node >= static_cast<int>(ui.world.nodes.size())) return false;
  const std::string& name = ui.world.nodes[static_cast<std::size_t>(node)].name;
  const auto& points = ui.lesson.view.point;
  return std::any_of(points.begin(), points.end(),
                     [&](const PointAt& at) { return at.path == "/clients/" + name || at.path == "/nodes/" + name; });
}

bool touches_selection(const Ui& ui, const StageWay& w) {
  return ui.is_selected(ui.world.nodes[static_cast<std::size_t>(w.a)].name) ||
         ui.is_selected(ui.world.nodes[static_cast<std::size_t>(w.b)].name);
}

/// The address leads back to the client's own machine: a loop below its card that ends at a cross; where another card is close, the
/// cross before the words. False: no room for these either.
bool draw_own_address(Ui& ui, const StageView& view, int client) {
  constexpr float kLoop = 40, kDepth = 27, kWords = 20, kLine = 16, kCross = 4.5f;
  Painter& p = ui.p;
  const Rect r = *view.rect(client);
  const auto room = [&](float h) {
    const Rect free{r.x, r.bottom(), r.w, h};
    return free.bottom() <= kStageH && std::none_of(view.cards.begin(), view.cards.end(), [&](const StageCard& card) {
             return card.node != client && card.rect.overlaps(free);
           });
  };
  const std::string words = ui.tr("ui.told_itself"_w);
  const bool deep = room(kDepth + kWords + 5);
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
  p.note({r.x, r.bottom(), r.w, deep ? kDepth + kWords + 5 : kLine}, "told its own machine");
  return true;
}

}  // namespace

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
    if (w->dead || (!w->standing && w->messages == 0)) continue;
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
    } else {
      p.route(line, color, width);
    }
    if (!w->faint) p.arrowhead(to.x, to.y, to.x - from.x, to.y - from.y, head, color);
    // The two directions of a pair share one lane, so their latency is shown once.
    if (w->slow && w->latency_us > 0 && (w->a < w->b || !view.way_of.contains(StageView::way_key(w->b, w->a)))) {
      // Above the line, near the end of the route, where no other follower shares it.
      const Point corner = w->route.size() >= 4 ? w->route[w->route.size() - 2] : along(w->route, 0.5f);
      const Point before = w->route.size() >= 4 ? w->route[w->route.size() - 3] : corner;
      const float back = std::clamp(before.x - corner.x, -64.f, 64.f);
      // On a reader's route the label is on its lane: the cards of brokers beside the riser are drawn later and would
      // cover it.
      const bool lane = w->family == Family::Consume && w->route.size() == 5;
      const Point at = lane ? Point{w->route[2].x - 44, w->route[2].y} : Point{corner.x + back, corner.y - 12};
      const std::string s = seconds_text(w->latency_us * 1000) + " ms";
      const float tw = p.width(s, {.em = 13}) + 16;
      p.fill({at.x - tw / 2, at.y - 9, tw, 18}, ui.c.canvas, 9);
      p.stroke({at.x - tw / 2, at.y - 9, tw, 18}, ui.c.strong, 1, 9);
      p.text(at.x, at.y + 4.7f, s, {.em = 13, .color = ui.c.secondary, .align = Align::Middle});
    }
  }
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
  // Among many brokers a few cuts are drawn; if there are more, only those of the selected node. A cut-off broker's card
  // also shows it.
  constexpr auto kFew = 12;
  const bool grid = view.mode == StageMode::Grid, many = std::count_if(ui.world.links.begin(), ui.world.links.end(),
                                                                       [](const Link&l) { return l.cut; }) > kFew;
  for (const Link& l : ui.world.links) {
    if ((!l.cut && !l.broken) || !view.whole(ui.world, l)) continue;
    if (const auto& nodes = ui.world.nodes; grid && l.cut && many &&
                                            !ui.is_selected(nodes[static_cast<std::size_t>(l.a)].name) &&
                                            !ui.is_selected(nodes[static_cast<std::size_t>(l.b)].name))
      continue;
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

bool hidden_by(const std::vector<std::string>& hide, Family family, std::string_view api) {
  constexpr std::pair<std::string_view, Family> kKinds[] = {
      {"metadata", Family::Metadata},   {"control", Family::Control},        {"produce", Family::Produce},
      {"consume", Family::Consume},     {"replicate", Family::Replicate},    {"group", Family::Group},
      {"zookeeper", Family::ZooKeeper}, {"transaction", Family::Transaction}};
  return std::any_of(hide.begin(), hide.end(), [&](const std::string& h) {
    if (h == "heartbeat")
      return api.find("Heartbeat") != std::string_view::npos || api == "ZkPing" || api == "ZkQuorumPing";
    return h == api || std::any_of(std::begin(kKinds), std::end(kKinds),
                                   [&](const auto& kind) { return kind.first == h && kind.second == family; });
  });
}

bool message_hidden(const Ui& ui, const Message& m) { return hidden_by(ui.lesson.view.hide, m.family, m.api); }

std::string message_content(const Ui& ui, const Message& m) {
  std::string s;
  const auto add = [&](std::string_view part) {
    if (!s.empty()) s += ", ";
    s += part;
  };
  const bool fetch_request = !m.response && m.api == "Fetch";
  if (m.records > 0) add(ui.tr("ui.records"_w, {{"count", std::to_string(m.records)}}));
  if (m.most_bytes > 0 && m.records > 0)
    add(ui.tr("ui.bytes_of_limit"_w, {{"bytes", count_text(m.bytes)}, {"most", count_text(m.most_bytes)}}));
  if (m.offset >= 0 && m.error.empty()) {
    const std::string offset = std::to_string(m.offset);
    add(fetch_request ? ui.tr("ui.log_from"_w, {{"offset", offset}})
                      : ui.tr("event.offsets_one"_w, {{"offset", offset}}));
  }
  if (m.sequence >= 0)
    add(ui.tr("ui.carries_sequence"_w,
              {{"sequence", std::to_string(m.sequence)}, {"epoch", std::to_string(m.producer_epoch)}}));
  if (m.leader_epoch >= 0 && m.error.empty()) add("e" + std::to_string(m.leader_epoch));
  const int told = std::max(1, static_cast<int>(m.writes.size()));  // partitions that the label names
  if (!s.empty() && m.partitions > told)
    add(ui.tr("ui.more_replicas"_w, {{"count", std::to_string(m.partitions - told)}}));
  return s;
}

std::string message_label(const Ui& ui, const Message& m) {
  if (!m.about.empty()) return ui.pick(m.about);
  std::string s = m.api;
  const bool produced = m.family == Family::Produce && !m.response;
  const bool one_of_many = ui.world.partitions.size() > 1 && m.records == 0 && m.offset >= 0 && m.error.empty();
  const auto name = [&](int partition) -> const std::string& {
    return ui.world.partitions[static_cast<std::size_t>(partition)].name;
  };
  if (m.writes.size() > 1) {
    for (std::size_t i = 0; i < m.writes.size(); ++i) s += (i > 0 ? " + " : " ") + name(m.writes[i]);
  } else if (m.partition >= 0 && m.partition < static_cast<int>(ui.world.partitions.size()) &&
             (produced || one_of_many)) {
    s += ' ';
    s += name(m.partition);
  }
  if (const std::string content = message_content(ui, m); !content.empty())
    s += (m.records == 0 && m.offset >= 0 && m.error.empty() ? " " : ", ") + content;
  return s;
}

int draw_messages(Ui& ui, const StageView& view) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool many = ui.world.messages.size() > 400;
  const float radius = view.mode == StageMode::Trunks ? 6.f : 7.f;
  const Rect pointer_cell = p.to_window({0, 0, 1, 1});
  const float px = (ui.in.x - pointer_cell.x) / pointer_cell.w, py = (ui.in.y - pointer_cell.y) / pointer_cell.h;
  int hovered = -1;
  float best = 11 * 11;
  for (std::size_t i = 0; i < ui.world.messages.size(); ++i) {
    const Message& m = ui.world.messages[i];
    if (message_hidden(ui, m)) continue;
    // With reduced motion, no message is drawn rushing across the stage during a glide.
    if (ui.st.reduced_motion && ui.lesson.glide.active) continue;
    const Point at = view.point_of(m);
    if (at.x < -500) continue;
    if (ui.time.is_watched(m.id)) {
      p.circle(at.x, at.y, radius + 6, mix(c.family[static_cast<std::size_t>(m.family)], c.canvas, .3f));
      p.circle(at.x, at.y, radius + 3.5f, c.canvas);
    }
    if (many) {
      p.mark(m.family, at.x, at.y, radius, m.response, c.canvas, false);
    } else {
      const bool small = m.family == Family::Control || m.family == Family::Metadata;
      p.mark(m.family, at.x, at.y, small ? radius - 1 : radius, m.response, c.canvas);
    }
    if (m.held) {
      for (const float s : {-1.f, 1.f}) {
        p.line(at.x + s * 13, at.y - 11, at.x + s * 13, at.y + 11, c.primary, 2);
        p.line(at.x + s * 13, at.y - 11, at.x + s * 8, at.y - 11, c.primary, 2);
        p.line(at.x + s * 13, at.y + 11, at.x + s * 8, at.y + 11, c.primary, 2);
      }
    }
    const float d = (at.x - px) * (at.x - px) + (at.y - py) * (at.y - py);
    if (d < best) best = d, hovered = static_cast<int>(i);
  }
  // A lost message falls 24 px and fades within 400 ms of simulated time at the shown speed; with reduced motion, a
  // cross.
  for (const LostMessage& l : ui.world.lost) {
    bool reversed = false;
    const int w = view.way_between(l.from, l.to, reversed);
    if (w < 0) continue;
    const Point at = along(view.ways[static_cast<std::size_t>(w)].route, reversed ? 1 - l.fraction : l.fraction);
    const double speed =
        ui.time.speed_ppm > 0 ? static_cast<double>(ui.time.adapts ? ui.time.rate_ppm : ui.time.speed_ppm) / 1e6 : 1;
    const auto age = static_cast<float>(static_cast<double>(ui.world.time_us - l.lost_us) / 1e6 / speed);
    if (ui.st.reduced_motion || !ui.time.playing) {
      p.cross(at.x, at.y + 8, 5, c.danger, 2.5f);
    } else if (age >= 0 && age < 0.4f) {
      const float keep = p.alpha;
      p.alpha = keep * (1 - age / 0.4f);
      p.mark(l.family, at.x, at.y + 24 * age / 0.4f, radius, l.response, c.canvas);
      p.alpha = keep;
    }
  }
  return hovered;
}

namespace {
/// The longest level part of a route.
std::pair<Point, Point> level_part(const Route& route) {
  std::pair<Point, Point> longest;
  for (std::size_t i = 1; i < route.size(); ++i)
    if (route[i - 1].y == route[i].y &&
        std::abs(route[i].x - route[i - 1].x) > std::abs(longest.second.x - longest.first.x))
      longest = {route[i - 1], route[i]};
  return longest;
}

/// Whether a permanent route that has only one of these ends, or none, runs through the place.
bool crosses_other(const StageView& view, int from, int to, const Rect& place) {
  return std::any_of(view.ways.begin(), view.ways.end(), [&](const StageWay& w) {
    const bool own = (w.a == from && w.b == to) || (w.a == to && w.b == from);
    for (std::size_t i = 1; !own && w.standing && i < w.route.size(); ++i) {
      const Point a = w.route[i - 1], b = w.route[i];
      const bool upright = a.x == b.x || a.y == b.y;
      const Rect line{std::min(a.x, b.x) - 1, std::min(a.y, b.y) - 1, std::abs(a.x - b.x) + 2, std::abs(a.y - b.y) + 2};
      if (upright && line.overlaps(place)) return true;
    }
    return false;
  });
}
}  // namespace

void draw_produce_rates(Ui& ui, const StageView& view) {
  constexpr std::int64_t kWorthSaying = 15, kUncountable = 100;  // requests a second
  if (view.mode == StageMode::Grid) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const auto is_meant = [&](const ProduceRate& rate) {
    return ui.is_selected(ui.world.nodes[static_cast<std::size_t>(rate.from)].name) || pointed_at(ui, rate.from);
  };
  std::vector<ProduceRate> rates = ui.world.produce_rates;  // not every one has room
  std::stable_partition(rates.begin(), rates.end(), is_meant);
  for (const ProduceRate& rate : rates) {
    const bool meant = is_meant(rate);
    if (rate.requests_per_s < kWorthSaying) continue;
    if (!meant && (rate.requests_per_s < kUncountable || view.mode == StageMode::Trunks)) continue;
    bool reversed = false;
    const int index = view.way_between(rate.from, rate.to, reversed);
    if (index < 0 || hidden_by(ui.lesson.view.hide, Family::Produce, "Produce")) continue;
    const Route& route = view.ways[static_cast<std::size_t>(index)].route;
    const auto [a, b] = level_part(route);
    const std::string requests = count_text(rate.requests_per_s), records = count_text(rate.records_each);
    const std::string s = rate.records_each == 1
                              ? ui.tr("ui.requests_per_s_one"_w, {{"requests", requests}})
                              : ui.tr("ui.requests_per_s"_w, {{"requests", requests}, {"records", records}});
    const TextStyle style{.em = 13, .color = c.primary, .bold = true};
    const float w = p.width(s, style) + 16;
    const float x = std::min(a.x, b.x) + 8, left = std::abs(b.x - a.x) < w + 16 ? x : (a.x + b.x - w) / 2;
    for (const float y : {a.y - 26, a.y + 8}) {
      const Rect box{left, y, w, 20};
      const Rect there = p.to_window(box.grown(2));
      const auto& taken = p.texts();
      if (box.bottom() > kStageH || crosses_other(view, rate.from, rate.to, box) ||
          std::any_of(taken.begin(), taken.end(), [&](const Rect& o) { return o.overlaps(there); }) ||
          std::any_of(view.cards.begin(), view.cards.end(), [&](const StageCard& o) { return o.rect.overlaps(box); }))
        continue;
      p.fill(box, c.canvas, 4);
      p.text(box.cx(), box.y + 14.6f, s, {.em = 13, .color = c.primary, .bold = true, .align = Align::Middle});
      p.note(box, "produce rate");
      break;
    }
  }
}

namespace {
/// Whether a permanent route other than the message's own runs through the place.
bool on_another_line(const StageView& view, const Message& m, const Rect& place) {
  return crosses_other(view, view.stands_for(m.from), view.stands_for(m.to), place);
}

/// Errors that have just arrived stay at their receiver for a moment: on the wire they would be too quick to read.
void draw_refused(Ui& ui, const StageView& view, std::vector<Rect>& taken) {
  constexpr double kShown = 1.5;  // seconds of the viewer
  constexpr int kMost = 3;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const double speed = ui.time.speed_ppm > 0 ? static_cast<double>(ui.time.speed_ppm) / 1e6 : 1;
  int shown = 0;
  for (std::size_t i = 0; i < ui.world.refused.size() && shown < kMost; ++i) {
    const Refused& r = ui.world.refused[i];
    const auto same = [&](const auto& o) { return o.to == r.to && o.error == r.error; };
    if (static_cast<double>(ui.world.time_us - r.at_us) / 1e6 / speed > kShown ||
        hidden_by(ui.lesson.view.hide, r.family, r.api) ||
        std::any_of(ui.world.refused.begin(), ui.world.refused.begin() + static_cast<std::ptrdiff_t>(i), same) ||
        std::any_of(ui.world.messages.begin(), ui.world.messages.end(), same))
      continue;
    Message m;
    m.from = r.from, m.to = r.to, m.family = r.family, m.response = true, m.fraction = 1;
    const Point at = view.point_of(m);
    if (at.x < -500) continue;
    const TextStyle style{.em = 13, .color = c.danger, .mono = true};
    const float w = p.width(r.error, style) + 30;
    bool reversed = false;
    const int way = view.way_between(r.from, r.to, reversed);
    const auto [a, b] =
        way < 0 ? std::pair<Point, Point>{at, at} : level_part(view.ways[static_cast<std::size_t>(way)].route);
    // At the place where the message arrived, or along its way.
    const float mid = (a.x + b.x - w) / 2, x = std::min(a.x, b.x);
    const Rect tries[] = {{at.x + 12, at.y - 10, w, 20},
                          {at.x - w - 12, at.y - 10, w, 20},
                          {at.x - 8, at.y + 9, w, 20},
                          {at.x - w + 8, at.y + 9, w, 20},
                          {at.x - 8, at.y - 29, w, 20},
                          {at.x - w + 8, at.y - 29, w, 20},
                          {at.x - w / 2, at.y + 32, w, 20},
                          {at.x - w / 2, at.y - 52, w, 20},
                          {mid, a.y + 8, w, 20},
                          {mid, a.y - 28, w, 20},
                          {x, a.y + 8, w, 20},
                          {x, a.y - 28, w, 20},
                          {x - w + 20, a.y + 8, w, 20},
                          {x, a.y + 30, w, 20}};
    const auto is_free = [&](const Rect& box) {
      return box.x > 4 && box.right() < kStageW - 4 && box.bottom() < kStageH + 6 && box.y > 2 &&
             std::none_of(taken.begin(), taken.end(),
                          [&, there = p.to_window(box)](const Rect& o) { return o.overlaps(there); });
    };
    const Rect* place = std::find_if(std::begin(tries), std::end(tries), [&](const Rect& box) {
      return is_free(box) && !crosses_other(view, r.from, r.to, box);
    });
    if (place == std::end(tries)) place = std::find_if(std::begin(tries), std::end(tries), is_free);
    if (place == std::end(tries)) continue;
    p.fill(*place, c.canvas, 4);
    p.stroke(*place, c.danger, 1, 4);
    p.cross(place->x + 11, place->cy(), 4, c.danger, 2);
    p.text(place->x + 21, place->y + 14.6f, r.error, style);
    p.note(*place, "refusal");
    taken.push_back(p.to_window(*place).grown(3));
    ++shown;
  }
}

}  // namespace

bool stays_readable(const Ui& ui, const Message& m) {
  if (!ui.time.playing || m.arrives_us < 0) return true;
  constexpr std::int64_t kReadable = 300'000;  // µs of the viewer
  const std::int64_t rate = ui.time.adapts ? ui.time.rate_ppm : ui.time.speed_ppm;
  return rate > 0 && (m.arrives_us - m.sent_us) * 1'000'000 / rate >= kReadable;
}

void draw_message_labels(Ui& ui, const StageView& view, bool labels) {
  if (view.mode == StageMode::Grid) return;
  constexpr std::size_t kFew = 4, kSome = 8, kMany = 16, kMost = 6;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  static thread_local std::vector<Rect> taken;  // in window coordinates
  taken.clear();
  for (const StageCard& card : view.cards) taken.push_back(p.to_window(card.rect));
  for (const Rect& text : p.texts()) taken.push_back(text.grown(5));
  // The most important ones first: errors and those for which time is slow, then records (those of a client that the lesson points at
  // before the others), then the other numbers.
  const auto meant = [&](const Message& m) { return pointed_at(ui, m.response ? m.to : m.from); };
  static thread_local std::vector<std::pair<int, const Message*>> order;
  order.clear();
  std::size_t seen = 0;
  for (const Message& m : ui.world.messages) {
    if (message_hidden(ui, m) || view.point_of(m).x < -500) continue;
    ++seen;
    const bool carries = m.family == Family::Produce                                    ? !m.response
                         : m.family == Family::Consume || m.family == Family::Replicate ? m.response && m.records > 0
                         : m.family == Family::Group || m.family == Family::Transaction ? !m.response
                                                                                        : false;
    if (!m.error.empty() || ui.time.is_watched(m.id)) order.emplace_back(0, &m);
    else if (carries || !m.about.empty()) order.emplace_back(carries && m.records > 0 && meant(m) ? 1 : 2, &m);
    else if (m.offset >= 0 || m.leader_epoch >= 0) order.emplace_back(3, &m);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return a.first == 1 && a.second->records > b.second->records;
  });
  std::size_t labelled = 0;
  for (const auto& [rank, message] : order) {
    const Message& m = *message;
    const bool error = !m.error.empty(), watched = ui.time.is_watched(m.id);
    if (labelled >= kMost) break;
    if (rank > 0 && !labels && (seen > (rank == 1 ? kMany : kFew) || !stays_readable(ui, m))) continue;
    if (rank > 2 && (seen > kSome || !stays_readable(ui, m))) continue;
    const Point at = view.point_of(m);
    std::string s = error ? m.error : message_label(ui, m);
    // The true time, because the playback is slowed down.
    if (watched && m.arrives_us > m.sent_us) s += " · " + latency_text(m.arrives_us - m.sent_us);
    const TextStyle style{.em = 13, .color = error ? c.danger : c.primary, .mono = error};
    const float w = p.width(s, style) + 12;
    // Beside the dot, a little to one side of it, or further away.
    const Rect tries[] = {{at.x - w / 2, at.y + 9, w, 20},  {at.x - w / 2, at.y - 29, w, 20},
                          {at.x + 12, at.y - 10, w, 20},    {at.x - w - 12, at.y - 10, w, 20},
                          {at.x - 8, at.y + 9, w, 20},      {at.x - w + 8, at.y + 9, w, 20},
                          {at.x - 8, at.y - 29, w, 20},     {at.x - w + 8, at.y - 29, w, 20},
                          {at.x - w / 2, at.y + 32, w, 20}, {at.x - w / 2, at.y - 52, w, 20}};
    const auto free = [&](const Rect& r) {
      return r.x > 4 && r.right() < kStageW - 4 && r.bottom() < kStageH + 6 && r.y > 2 &&
             std::none_of(taken.begin(), taken.end(),
                          [&, there = p.to_window(r)](const Rect& o) { return o.overlaps(there); });
    };
    // Preferably where it covers no other line.
    const Rect* place = std::find_if(std::begin(tries), std::end(tries),
                                     [&](const Rect& r) { return free(r) && !on_another_line(view, m, r); });
    if (place == std::end(tries)) place = std::find_if(std::begin(tries), std::end(tries), free);
    if (place == std::end(tries)) continue;
    const Rect& r = *place;
    p.fill(r, error ? c.danger_fill : c.canvas, 4);
    p.stroke(r, error ? c.danger : c.family[static_cast<std::size_t>(m.family)], 1, 4);
    p.text(r.x + 6, r.y + 14.6f, s, style);
    taken.push_back(p.to_window(r).grown(3));
    ++labelled;
  }
  draw_refused(ui, view, taken);
}

}  // namespace kafkascope::ui
