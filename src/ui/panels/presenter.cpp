// The lesson redrawn large, for a projector: by the picture's height, light, no chrome. Text is at least 2.55 % of the
// height, the narration 4.15 %, strokes 3 px; nothing is told by fine lines.
#include <algorithm>
#include <cmath>

#include "ui/panels/panels.h"
#include "ui/stage/cards.h"
#include "ui/stage/overlay.h"
#include "ui/stage/stage_view.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

struct Sizes {
  float text, title, narration, stroke;
};

void node_card(Ui& ui, const Node& n, const Rect& r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const NodeLook look = node_look(n);
  const bool leads = n.active_controller && !look.dead;
  p.fill(r, look.dead ? c.danger_solid : leads ? c.leader_fill : c.panel, 6);
  p.stroke(r, look.dead ? c.danger_solid : leads ? c.leader_edge : look.doubt ? c.caution : c.strong, leads || look.doubt ? s.stroke * 1.3f : s.stroke, 6);
  const float icon = s.text * 0.95f;
  const Color ink = look.dead ? c.danger_ink : leads ? c.leader : c.secondary;
  p.icon(leads ? Icon::Crown : look.icon != Icon::None ? look.icon : node_icon(n.kind), r.x + 10, r.cy() - icon / 2, icon, ink, 2.2f);
  p.text(r.x + 18 + icon, r.cy() + s.text * .36f, n.name, {.em = s.text, .color = look.dead ? c.danger_ink : c.primary, .max = r.w - icon - 24, .foreign = true});
}

void broker_card(Ui& ui, const Node& n, const Rect& r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const NodeLook look = node_look(n);
  const float head = s.title * 1.85f;
  p.fill(r, look.dead ? c.canvas : c.panel, 8);
  if (look.dead) {
    p.hatch({r.x + 3, r.y + head, r.w - 6, r.h - head - 3}, c.danger_fill, 14);
    p.fill({r.x, r.y, r.w, head}, c.danger_solid, 8, ImDrawFlags_RoundCornersTop);
  } else if (look.doubt) {
    p.fill({r.x, r.y, r.w, head}, c.caution_fill, 8, ImDrawFlags_RoundCornersTop);
  }
  p.stroke(r, look.dead ? c.danger_solid : look.doubt ? c.caution : c.strong, look.dead ? s.stroke * 1.6f : s.stroke, 8);
  if (!look.dead) p.line(r.x + 2, r.y + head, r.right() - 2, r.y + head, c.mid, s.stroke);
  const float icon = s.title * 0.9f;
  const Color ink = look.dead ? c.danger_ink : c.primary;
  p.icon(look.icon != Icon::None ? look.icon : Icon::Broker, r.x + 12, r.y + head / 2 - icon / 2, icon, look.dead ? c.danger_ink : look.doubt ? c.caution : c.secondary, 2.4f);
  float right = r.right() - 12;
  if (!look.quiet) right -= p.text(right, r.y + head / 2 + s.text * .36f, ui.tr(look.word), {.em = s.text, .color = look.dead ? ink : c.caution, .bold = true, .align = Align::Right, .max = r.w * .5f}) + 8;
  p.text(r.x + 20 + icon, r.y + head / 2 + s.title * .36f, n.name, {.em = s.title, .color = ink, .max = right - r.x - 20 - icon, .foreign = true});
  const std::size_t rows = std::min<std::size_t>(n.replicas.size(), 3);
  const float pitch = (r.h - head - 8) / 3, h = pitch - 6;
  for (std::size_t i = 0; i < rows; ++i) {
    const Replica& rep = n.replicas[i];
    if (rep.partition < 0 || rep.partition >= static_cast<int>(ui.world.partitions.size())) continue;
    const Rect chip{r.x + 8, r.y + head + 6 + pitch * static_cast<float>(i), r.w - 16, h};
    const bool lead = rep.role == ReplicaRole::Leader, off = rep.role == ReplicaRole::Offline || rep.role == ReplicaRole::OutOfIsr;
    if (lead) {
      const bool hot = std::any_of(ui.st.hot.begin(), ui.st.hot.end(), [&](const HotChange& x) { return x.partition == rep.partition && x.to == n.id; });
      p.fill(chip, c.leader_fill, 4);
      p.stroke(chip, c.leader_edge, hot ? s.stroke * 2 : s.stroke, 4);
    } else if (off) {
      if (look.dead) p.fill(chip, with_alpha(c.canvas, .75f), 4);
      p.dashed(chip, c.strong, s.stroke, 9, 6, 4);
    } else {
      p.fill(chip, c.field, 4);
    }
    const float ic = s.text * .85f;
    p.icon(lead ? Icon::Crown : off ? Icon::Out : Icon::Follower, chip.x + 10, chip.cy() - ic / 2, ic, lead ? c.leader : c.secondary, 2.6f);
    const char* role = lead ? ui.tr(Str::RoleLeader) : rep.role == ReplicaRole::Offline ? ui.tr(Str::Offline) : off ? ui.tr(Str::RoleOut) : "";
    const TextStyle role_style{.em = s.text, .color = lead ? c.leader : c.secondary, .bold = lead, .align = Align::Right};
    const std::string& name = ui.world.partitions[static_cast<std::size_t>(rep.partition)].name;
    const float name_w = p.width(name, {.em = s.text, .bold = lead});
    p.text(chip.x + 20 + ic, chip.cy() + s.text * .36f, name, {.em = s.text, .color = off ? c.secondary : c.primary, .bold = lead, .max = chip.w - ic - 26, .foreign = true});
    if (role[0] != '\0' && chip.x + 20 + ic + name_w + p.width(role, role_style) + 16 < chip.right()) p.text(chip.right() - 10, chip.cy() + s.text * .36f, role, role_style);
  }
}

/// Arrow and badge of a leader change, as wide as a projector needs.
void handover(Ui& ui, const std::vector<std::pair<int, Rect>>& brokers, const Sizes& s, float head) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  auto find = [&](int id) -> const Rect* {
    for (const auto& [b, r] : brokers) {
      if (b == id) return &r;
    }
    return nullptr;
  };
  bool badge = false;
  for (const HotChange& h : ui.st.hot) {
    const Rect *a = find(h.from), *b = find(h.to);
    if (b == nullptr) continue;
    const int node = ui.broker_node(h.to);
    if (node < 0) continue;
    std::size_t row = 0;
    const auto& replicas = ui.world.nodes[static_cast<std::size_t>(node)].replicas;
    for (std::size_t i = 0; i < replicas.size(); ++i) {
      if (replicas[i].partition == h.partition) row = i;
    }
    const float y = b->y + head + 6 + (b->h - head - 8) / 3 * (static_cast<float>(row) + 0.5f) - 3;
    if (a != nullptr && row < 3 && std::fabs(a->x - b->x) < b->w * 1.6f) {
      const float d = b->x > a->x ? 1.f : -1.f, x0 = d > 0 ? a->right() - 8 : a->x + 8, x1 = d > 0 ? b->x + 4 : b->right() - 4;
      p.line(x0, y, x1 - d * 14, y, c.leader_edge, s.stroke * 3.2f);
      p.line(x0, y, x1 - d * 14, y, c.leader_solid, s.stroke * 1.4f);
      p.arrowhead(x1 + d * 4, y, d, 0, 24, c.leader_edge);
    }
    if (badge) continue;
    badge = true;
    const std::string words = ui.tr(Str::LeadsNow, {ui.world.partitions[static_cast<std::size_t>(h.partition)].name});
    const TextStyle style{.em = s.text, .color = c.on_bright, .bold = true};
    const float w = p.width(words, style) + s.text * 2.2f;
    const Rect pill{b->x, b->y - s.text * 2.1f, w, s.text * 1.75f};
    p.fill(pill, c.leader_solid, pill.h / 2);
    p.stroke(pill, c.leader_edge, s.stroke, pill.h / 2);
    p.icon(Icon::Crown, pill.x + 12, pill.cy() - s.text * .42f, s.text * .85f, c.on_bright);
    p.text(pill.x + 16 + s.text, pill.cy() + s.text * .36f, words, style);
  }
}

void leadership_bar(Ui& ui, const Rect& r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const int index = ui.selected_partition();
  if (index < 0 || ui.time.now_us <= 0) return;
  struct Stretch {
    std::int64_t from, to;
    int leader;
  };
  // From the leaders' changes: who led this partition, and when nobody did.
  std::vector<Stretch> stretches;
  int leader = -1;
  std::int64_t from = 0;
  for (const LeaderChange& ch : ui.world.leader_changes) {
    if (ch.partition != index) continue;
    if (leader < 0) leader = ch.from;
    stretches.push_back({from, ch.at_us, ch.from});
    from = ch.at_us;
    leader = ch.to;
  }
  const Partition& truth = ui.world.partitions[static_cast<std::size_t>(index)];
  stretches.push_back({from, ui.time.now_us, truth.leader});
  // A leader that died before it was replaced leaves a hatched stretch.
  std::vector<Stretch> shown;
  for (const Stretch& st : stretches) {
    std::int64_t died = -1;
    for (const Lane& lane : ui.time.lanes) {
      if (lane.name != "broker-" + std::to_string(st.leader)) continue;
      for (const LaneSpan& span : lane.spans) {
        if (span.kind == SpanKind::Dead && span.from_us > st.from && span.from_us < st.to) died = span.from_us;
      }
    }
    if (died >= 0) {
      shown.push_back({st.from, died, st.leader});
      shown.push_back({died, st.to, -1});
    } else {
      shown.push_back(st);
    }
  }
  const auto span = static_cast<float>(std::max<std::int64_t>(1, ui.time.now_us + ui.time.now_us / 7));
  auto x = [&](std::int64_t us) { return r.x + r.w * static_cast<float>(us) / span; };
  const float m = r.y + r.h * .3f;
  p.line(r.x, m, r.right(), m, c.mid, s.stroke);
  float label_end = -1e9f;
  for (const Stretch& st : shown) {
    const Rect bar{x(st.from), m - 10, std::max(4.f, x(st.to) - x(st.from)), 20};
    std::string label;
    Color color = c.primary;
    if (st.leader >= 0) {
      p.fill(bar, c.leader_solid);
      p.stroke(bar, c.leader_edge, s.stroke);
      label = ui.tr(Str::Leads, {"broker-" + std::to_string(st.leader)});
    } else {
      p.fill({bar.x, bar.y - 5, bar.w, bar.h + 10}, c.panel);
      p.hatch({bar.x, bar.y - 5, bar.w, bar.h + 10}, c.danger, 14);
      p.stroke({bar.x, bar.y - 5, bar.w, bar.h + 10}, c.danger, s.stroke);
      label = ui.tr(Str::NoLeader);
      color = c.danger;
    }
    const TextStyle style{.em = s.text, .color = color, .bold = st.leader < 0};
    const float w = p.width(label, style);
    const float lx = std::clamp(bar.cx() - w / 2, r.x, r.right() - w);
    if (lx > label_end + 16 && m + 26 + s.text < r.bottom() + 4) {
      p.text(lx, m + 22 + s.text, label, style);
      label_end = lx + w;
    }
  }
  const float px = x(ui.time.now_us);
  p.line(px, m - 26, px, m + 18, c.playhead, 4);
  p.fill({px - 8, m - 32, 16, 12}, c.playhead, 2);
}

}  // namespace

void draw_presenter(Ui& ui) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float h = ui.h, w = ui.w;
  const Sizes s{h * .0262f, h * .029f, h * .0415f, std::max(3.f, h * .0038f)};
  const bool narrow = w / h < 1.5f;
  ui.hit(make_id("presenter"), {0, 0, w, h});
  update_hot_changes(ui);
  if (ui.st.blank) {
    p.fill({0, 0, w, h}, c.scrim);
    return;
  }
  const float bar_h = h * .068f, bottom_h = h * (narrow ? .40f : .335f);
  const Rect stage{0, bar_h, w, h - bar_h - bottom_h};
  p.fill({0, 0, w, bar_h}, c.panel);
  p.line(0, bar_h, w, bar_h, c.mid, s.stroke * .7f);
  p.fill(stage, c.canvas);
  p.fill({0, stage.bottom(), w, bottom_h}, c.panel);
  p.line(0, stage.bottom(), w, stage.bottom(), c.mid, s.stroke * .7f);
  // Bar: lesson, steps, time.
  const float m = bar_h / 2 + s.title * .36f, margin = h * .03f;
  const std::string clock = clock_text(ui.time.now_us);
  const float clock_w = p.text(w - margin, m, clock, {.em = s.title, .bold = true, .align = Align::Right});
  float x = margin;
  const std::string title = ui.lesson.present ? ui.pick(ui.lesson.title) : std::string(ui.tr(Str::FreePlay));
  x += p.text(x, m, title, {.em = s.title, .bold = true, .max = w * .4f, .foreign = true}) + margin;
  const int n = static_cast<int>(ui.lesson.steps.size());
  const std::string step = ui.tr(Str::StepOf, {std::to_string(ui.lesson.step + 1), std::to_string(n)});
  const float step_w = p.width(step, {.em = s.text}), dot = h * .0125f;
  if (ui.lesson.present && n > 0) {
    const float dots_w = static_cast<float>(n) * dot * 1.7f + dot * 2;
    if (x + dots_w + step_w + margin * 2 < w - clock_w - margin * 2) {
      for (int i = 0; i < n; ++i) {
        const float dw = i == ui.lesson.step ? dot * 2.4f : dot;
        p.fill({x, bar_h / 2 - dot * .4f, dw, dot * .8f}, i <= ui.lesson.step ? c.accent : c.mid, dot * .4f);
        x += dw + dot * .7f;
      }
      x += margin * .6f;
    }
    if (x + step_w < w - clock_w - margin * 2) p.text(x, m, step, {.em = s.text, .color = c.secondary});
  }
  // Stage: controllers on top, brokers in the middle, clients at the sides.
  std::vector<int> top, brokers, left, right;
  for (std::size_t i = 0; i < ui.world.nodes.size(); ++i) {
    const int k = static_cast<int>(i);
    switch (ui.world.nodes[i].kind) {
      case NodeKind::Controller:
      case NodeKind::ZooKeeper: top.push_back(k); break;
      case NodeKind::Broker: brokers.push_back(k); break;
      case NodeKind::Consumer:
      case NodeKind::ShareConsumer: right.push_back(k); break;
      default: left.push_back(k); break;
    }
  }
  const float client_w = w * (narrow ? .13f : .155f), client_h = narrow ? s.text * 2 : s.text * 3.3f, gap = h * .03f;
  const auto nb = static_cast<float>(std::max<std::size_t>(1, std::min<std::size_t>(brokers.size(), 5)));
  const float bx = margin + client_w + gap, room = w - 2 * bx, bw = std::min((room - gap * (nb - 1)) / nb, w * .21f);
  const float b0 = bx + (room - bw * nb - gap * (nb - 1)) / 2;
  const float card_h = s.text * 2.2f, top_y = stage.y + h * .014f, broker_y = top_y + card_h + h * .135f;
  const float broker_h = std::min(s.text * 9.2f, stage.bottom() - broker_y - h * .115f);
  std::vector<std::pair<int, Rect>> rects;
  std::vector<Rect> node_rect(ui.world.nodes.size());
  const auto nt = static_cast<float>(std::max<std::size_t>(1, top.size()));
  const float tw = std::min(w * .165f, (w - 2 * margin - gap * (nt - 1)) / nt), tgap = std::min(w * .05f, gap * 2);
  float tx = w / 2 - (tw * nt + tgap * (nt - 1)) / 2;
  for (const int k : top) {
    node_rect[static_cast<std::size_t>(k)] = {tx, top_y, tw, card_h};
    tx += tw + tgap;
  }
  for (std::size_t i = 0; i < brokers.size() && i < 5; ++i) {
    const Rect r{b0 + (bw + gap) * static_cast<float>(i), broker_y, bw, broker_h};
    node_rect[static_cast<std::size_t>(brokers[i])] = r;
    rects.push_back({ui.world.nodes[static_cast<std::size_t>(brokers[i])].id, r});
  }
  auto column = [&](const std::vector<int>& list, float cx) {
    const auto shown = std::min<std::size_t>(list.size(), narrow ? 4 : 3);
    const float pitch = std::min(client_h + gap, broker_h / static_cast<float>(std::max<std::size_t>(1, shown)) + gap);
    for (std::size_t i = 0; i < shown; ++i) node_rect[static_cast<std::size_t>(list[i])] = {cx, broker_y + pitch * static_cast<float>(i), client_w, std::min(client_h, pitch - 8)};
  };
  column(left, margin);
  column(right, w - margin - client_w);
  // Links: the controller's, then one lane per kind under the brokers.
  int active = -1;
  for (const int k : top) active = ui.world.nodes[static_cast<std::size_t>(k)].active_controller ? k : active;
  const float control_y = top_y + card_h + h * .03f;
  if (active >= 0) {
    const Rect a = node_rect[static_cast<std::size_t>(active)];
    for (const auto& [id, r] : rects) {
      const int index = ui.broker_node(id);
      if (index < 0) continue;
      const Node& b = ui.world.nodes[static_cast<std::size_t>(index)];
      const bool dead = node_look(b).dead;
      const float end_x = r.right() - bw * .12f, start_x = a.cx() + (end_x < a.cx() ? -14.f : 14.f);
      const Route way{{start_x, a.bottom()}, {start_x, control_y}, {end_x, control_y}, {end_x, r.y - 2}};
      if (dead) {
        p.dashed_route(way, c.danger, s.stroke, 4, 7);
        if (b.session.running) {
          const float ring = s.text * .62f, ry = r.y - h * .045f;
          p.circle(end_x, ry, ring + 5, c.canvas);
          timer_ring(p, end_x, ry, ring, b.session, s.stroke * 1.3f);
          const std::string words = b.session.remaining_us <= 0 ? ui.tr(Str::SessionRanOut, {seconds_text(b.session.total_us)})
                                                                : ui.tr(Str::SecondsLeft, {seconds_text(b.session.remaining_us)});
          p.text(end_x - ring - 12, ry + s.text * .36f, words, {.em = s.text, .color = c.danger, .align = Align::Right});
        }
      } else {
        p.route(way, c.strong, s.stroke);
        p.arrowhead(end_x, r.y - 1, 0, 1, 14, c.strong);
      }
    }
    for (const int k : top) {
      const Rect r = node_rect[static_cast<std::size_t>(k)];
      if (k != active) p.line(r.x < a.x ? r.right() : a.right(), a.cy(), r.x < a.x ? a.x : r.x, a.cy(), c.strong, s.stroke);
    }
  }
  const float lane0 = broker_y + broker_h + h * .035f, lane_pitch = h * .026f;
  const StageView view = build_stage_view(ui.world);
  for (const StageWay& way : view.ways) {
    if (way.dead || way.faint || (way.family != Family::Produce && way.family != Family::Consume && way.family != Family::Replicate)) continue;
    const Rect a = node_rect[static_cast<std::size_t>(way.a)], b = node_rect[static_cast<std::size_t>(way.b)];
    if (a.empty() || b.empty()) continue;
    Route route;
    if (way.family == Family::Produce) {
      const float px = b.x + bw * .16f, riser = a.right() + gap * .4f;
      route = {{a.right(), a.cy()}, {riser, a.cy()}, {riser, lane0 + lane_pitch}, {px, lane0 + lane_pitch}, {px, b.bottom() + 2}};
    } else if (way.family == Family::Consume) {
      const float px = a.x + bw * .84f, riser = b.x - gap * .4f;
      route = {{px, a.bottom()}, {px, lane0 + 2 * lane_pitch}, {riser, lane0 + 2 * lane_pitch}, {riser, b.cy()}, {b.x - 2, b.cy()}};
    } else {
      route = {{a.x + bw * .62f, a.bottom()}, {a.x + bw * .62f, lane0}, {b.x + bw * .42f, lane0}, {b.x + bw * .42f, b.bottom() + 2}};
    }
    const Color color = mix(c.family[static_cast<std::size_t>(way.family)], c.canvas, .75f);
    p.route(route, color, s.stroke * 1.2f);
    const Point e0 = route[route.size() - 2], e1 = route.back();
    p.arrowhead(e1.x, e1.y, e1.x - e0.x, e1.y - e0.y, 15, color);
    for (const Message& msg : ui.world.messages) {
      const bool forward = msg.from == way.a && msg.to == way.b, back = msg.from == way.b && msg.to == way.a;
      if ((!forward && !back) || msg.family != way.family) continue;
      // A follower's Fetch runs against the data that it asks for; the twin way of the pair must not show it again.
      const bool against = msg.family == Family::Replicate && !msg.response;
      if (msg.family == Family::Replicate && forward == against) continue;
      const Point at = along(route, forward ? msg.fraction : 1 - msg.fraction);
      p.mark(msg.family, at.x, at.y, s.text * .42f, msg.response, c.canvas);
    }
  }
  for (const int k : top) node_card(ui, ui.world.nodes[static_cast<std::size_t>(k)], node_rect[static_cast<std::size_t>(k)], s);
  for (const std::vector<int>* list : {&left, &right}) {
    for (const int k : *list) {
      const Rect r = node_rect[static_cast<std::size_t>(k)];
      if (r.empty()) continue;
      const Node& node = ui.world.nodes[static_cast<std::size_t>(k)];
      if (r.h < s.text * 3) {
        node_card(ui, node, r, s);
        continue;
      }
      const Client* client = nullptr;
      for (const Client& cl : ui.world.clients) client = cl.node == k ? &cl : client;
      const bool doubt = client != nullptr && client->fact_is_doubt;
      p.fill(r, node_look(node).dead ? c.danger_solid : c.panel, 6);
      p.stroke(r, node_look(node).dead ? c.danger_solid : doubt ? c.caution : c.strong, s.stroke, 6);
      const float icon = s.text * .85f;
      const Color ink = node_look(node).dead ? c.danger_ink : c.primary;
      p.icon(node_icon(node.kind), r.x + 10, r.y + s.text * .6f, icon, node_look(node).dead ? ink : c.secondary, 2.2f);
      p.text(r.x + 16 + icon, r.y + s.text * 1.35f, node.name, {.em = s.text, .color = ink, .bold = true, .max = r.w - icon - 22, .foreign = true});
      const std::string fact = node_look(node).dead ? std::string(ui.tr(state_word(node))) : client != nullptr ? ui.pick(client->fact) : std::string();
      p.text(r.x + 10, r.y + s.text * 2.65f, fact, {.em = s.text, .color = node_look(node).dead ? ink : doubt ? c.caution : c.secondary, .max = r.w - 16, .foreign = true});
    }
  }
  for (const int k : brokers) {
    const Rect r = node_rect[static_cast<std::size_t>(k)];
    if (!r.empty()) broker_card(ui, ui.world.nodes[static_cast<std::size_t>(k)], r, s);
  }
  handover(ui, rects, s, s.title * 1.85f);
  // Narration, and what came of the prediction.
  const Question& q = ui.lesson.question;
  const bool outcome = (q.phase == QuestionPhase::Held || q.phase == QuestionPhase::Differed) && !narrow;
  const float side_w = outcome || q.phase == QuestionPhase::Open ? w * .31f : 0;
  const float ny = stage.bottom() + h * .03f, nw = w - 2 * margin - side_w - (side_w > 0 ? margin : 0) - h * .025f;
  const float lh = s.narration * 1.4f;
  const float bar_room = h * .12f;
  float y = ny + s.narration * .9f;
  // Narration is never clipped: when it needs the room, the bar of leadership gives way.
  std::size_t lines = 0;
  for (const Words& paragraph : ui.lesson.paragraphs) lines += p.wrap(ui.pick(paragraph), nw, {.em = s.narration}).size();
  const bool bar = !ui.lesson.glide.active && q.phase != QuestionPhase::Open ? y + lh * static_cast<float>(lines) - lh * .6f < h - bar_room : q.phase != QuestionPhase::Open;
  const float end = bar ? h - bar_room - (narrow ? 0 : h * .01f) : h - h * .02f;
  p.fill({margin, ny - h * .004f, h * .007f, std::min(end - ny, lh * 2.3f)}, c.accent, 2);
  if (ui.lesson.glide.active) {
    y += p.text(margin + h * .025f, y, ui.pick(ui.lesson.glide.headline), {.em = s.narration, .bold = true, .max = nw, .foreign = true}) > 0 ? lh : 0;
    for (const std::string& line : p.wrap(ui.pick(ui.lesson.glide.why), nw, {.em = s.narration})) {
      if (y > end) break;
      p.text(margin + h * .025f, y, line, {.em = s.narration});
      y += lh;
    }
  } else {
    for (const Words& paragraph : ui.lesson.paragraphs) {
      for (const std::string& line : p.wrap(ui.pick(paragraph), nw, {.em = s.narration})) {
        if (y > end) break;
        p.text(margin + h * .025f, y, line, {.em = s.narration});
        y += lh;
      }
    }
  }
  if (outcome) {
    const bool held = q.phase == QuestionPhase::Held;
    const Rect card{w - margin - side_w, ny - h * .006f, side_w, h * .145f};
    p.fill(card, held ? c.ok_fill : c.caution_fill, 8);
    p.stroke(card, held ? c.ok : c.caution, s.stroke, 8);
    if (held) {
      p.icon(Icon::Check, card.x + 16, card.cy() - s.title * .8f, s.title * 1.6f, c.ok, 2);
    } else {
      p.equal_sign(card.x + 16 + s.title * .8f, card.cy(), c.caution, true);
    }
    const float tx0 = card.x + 28 + s.title * 1.7f, tw0 = card.right() - tx0 - 12;
    float ty = card.y + s.text * 1.7f;
    for (const std::string& line : p.wrap(ui.tr(held ? Str::ItHeld : Str::ItDiffered), tw0, {.em = s.text, .bold = true})) {
      p.text(tx0, ty, line, {.em = s.text, .bold = true});
      ty += s.text * 1.4f;
    }
    for (const std::string& line : p.wrap(ui.pick(q.outcome), tw0, {.em = s.text, .color = held ? c.ok : c.caution})) {
      if (ty > card.bottom() - 4) break;
      p.text(tx0, ty, line, {.em = s.text, .color = held ? c.ok : c.caution});
      ty += s.text * 1.4f;
    }
  } else if (q.phase == QuestionPhase::Open) {
    // Votes: bars behind the same keys.
    const Rect card{w - margin - side_w, ny - h * .006f, side_w, h - ny - h * .02f};
    int total = 1;
    for (const int v : q.votes) total += v;
    const float pitch = card.h / static_cast<float>(std::max<std::size_t>(1, q.choices.size()));
    for (std::size_t i = 0; i < q.choices.size(); ++i) {
      const Rect row{card.x, card.y + pitch * static_cast<float>(i), card.w, std::min(pitch - 6, s.text * 2.1f)};
      const int votes = i < q.votes.size() ? q.votes[i] : 0;
      p.fill(row, c.field, 5);
      p.fill({row.x, row.y, row.w * static_cast<float>(votes) / static_cast<float>(total), row.h}, c.accent_fill, 5);
      p.stroke(row, c.strong, s.stroke * .7f, 5);
      const float key_w = p.text(row.x + 12, row.cy() + s.text * .36f, std::to_string(i + 1), {.em = s.text, .color = c.accent, .bold = true});
      const float count_w = q.voting ? p.text(row.right() - 10, row.cy() + s.text * .36f, std::to_string(votes), {.em = s.text, .bold = true, .align = Align::Right}) : 0;
      p.text(row.x + 24 + key_w, row.cy() + s.text * .36f, ui.pick(q.choices[i].text), {.em = s.text, .max = row.w - key_w - count_w - 48, .foreign = true});
      Action a;
      a.kind = q.voting ? ActionKind::Vote : ActionKind::Answer;
      a.number = static_cast<std::int64_t>(i);
      if (ui.hit(make_id("choice", i), row).clicked) ui.emit(std::move(a));
    }
  }
  if (bar) leadership_bar(ui, {margin, h - bar_room, w - 2 * margin, bar_room - h * .012f}, s);
}

}  // namespace kafkascope::ui
