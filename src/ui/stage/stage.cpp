#include "ui/stage/stage.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/panels/menu_items.h"
#include "ui/stage/cards.h"
#include "ui/stage/chain_marks.h"
#include "ui/stage/ensemble.h"
#include "ui/stage/grid_traffic.h"
#include "ui/stage/links.h"
#include "ui/stage/messages.h"
#include "ui/stage/moved_nodes.h"
#include "ui/stage/overlay.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// The facts of one message, beside it and never over it.
void hover_card(Ui& ui, Point at, const Message& m) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool sequence = m.sequence >= 0, epoch = m.leader_epoch >= 0;
  constexpr float kLine = 19;
  const std::string carries = wire_label(ui, m);
  const TextStyle title{.em = 15, .bold = true, .foreign = true};
  const std::string way = ui.tr(m.response ? "ui.response"_w : "ui.request"_w) + std::string(", ");
  const float of_way = p.width(way + "100 %", {.em = 13});  // the width does not change while the message is under way
  constexpr float kMark = 38, kEdge = 14, kMost = 400;
  const float head = kMark + p.width(m.api, title) + kEdge + of_way + kEdge,
              about = p.width(ui.tr("ui.about"_w), {.em = 13}) + p.width(carries, {.em = 13}) + 48,
              w = std::clamp(std::max(about, head), 290.f, kMost);
  const auto lines_of = [&](std::string_view key, std::string_view value, bool mono) {
    return p.wrap(value, w - 44 - p.width(key, {.em = 13}), {.em = 13, .mono = mono});
  };
  const auto& nodes = ui.world.nodes;
  const std::string from = nodes[static_cast<std::size_t>(m.from)].name,
                    to = nodes[static_cast<std::size_t>(m.to)].name;
  const std::size_t lines = std::max<std::size_t>(1, lines_of(ui.tr("ui.from"_w), from, true).size()) +
                            std::max<std::size_t>(1, lines_of(ui.tr("ui.to"_w), to, true).size()) +
                            std::max<std::size_t>(1, lines_of(ui.tr("ui.about"_w), carries, false).size());
  const float h = 146.f + (sequence ? 48 : 0) + (epoch ? 24 : 0) + kLine * static_cast<float>(lines - 3);
  Rect r{at.x + 18, at.y - h - 12, w, h};
  if (r.right() > kStageW - 6) r.x = at.x - w - 18;
  if (r.y < 6) r.y = at.y + 18;
  r.y = std::min(r.y, kStageH - h);
  p.layer = 3;
  shadow_card(p, r, c.raised, c.strong, 1.25f);
  p.push_box(r, "hover card");
  p.mark(m.family, r.x + 20, r.y + 21, 7, m.response, c.raised);
  TextStyle fitting = title;
  fitting.max = w - kMark - kEdge / 2 - of_way - kEdge;
  p.text(r.x + 38, r.y + 26, m.api, fitting);
  const std::string fraction = std::to_string(static_cast<int>(m.fraction * 100)) + " %";
  p.text(r.right() - 14, r.y + 26, way + fraction, {.em = 13, .color = c.muted, .align = Align::Right});
  float y = r.y + 54;
  auto row = [&](std::string_view k, std::string_view v, bool mono) {
    p.text(r.x + 14, y, k, {.em = 13, .color = c.secondary});
    for (const std::string& line : lines_of(k, v, mono)) {
      p.text(r.right() - 14, y, line, {.em = 13, .mono = mono, .align = Align::Right});
      y += kLine;
    }
    y += 24 - kLine;
  };
  row(ui.tr("ui.from"_w), from, true);
  row(ui.tr("ui.to"_w), to, true);
  row(ui.tr("ui.about"_w), carries, false);
  if (sequence) {
    row(ui.tr("ui.carried_sequence"_w), std::to_string(m.sequence), true);
    row(ui.tr("ui.carried_producer"_w), std::to_string(m.producer_id) + ", e" + std::to_string(m.producer_epoch), true);
  }
  if (epoch) row(ui.tr("ui.carried_leader_epoch"_w), std::to_string(m.leader_epoch), true);
  if (m.held || m.arrives_us < 0) {
    row(ui.tr("ui.held"_w), " ", false);
  } else {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f ms", static_cast<double>(m.arrives_us - ui.world.time_us) / 1000);
    row(ui.tr("ui.arrives_in"_w), text, false);
  }
  p.pop_box();
  p.layer = 0;
}

/// The cards by node; for a broker in the grid, the visible part.
std::vector<Rect> seen_cards(const Ui& ui, const StageView& view) {
  std::vector<Rect> at(ui.world.nodes.size());
  for (const StageCard& card : view.cards) {
    const bool in_grid =
        !view.grid.empty() && ui.world.nodes[static_cast<std::size_t>(card.node)].kind == NodeKind::Broker;
    Rect& r = at[static_cast<std::size_t>(card.node)];
    r = in_grid ? view.grid.seen(card.node, card.rect) : card.rect;
    if (r.empty()) r = {};
  }
  return at;
}

/// Many brokers, each as large as there is room for; a large card is drawn as on a stage with few brokers.
void draw_brokers(Ui& ui, const StageView& view, const std::vector<int>& chain) {
  const auto whole = [&](int node, const Rect& r) {
    set_off_chain(ui, !chain.empty() && std::find(chain.begin(), chain.end(), node) == chain.end());
    if (r.w < 190 || r.h < 150) return false;
    draw_broker_card(ui, node, r, true);
    return true;
  };
  draw_grid(ui, view.grid, 1, whole,
            [&](int node, const Rect& r) { return touch_card(ui, ui.world.nodes[static_cast<std::size_t>(node)], r); });
}

/// The buttons beside the card that was just clicked: Why? and its details, until one of them is used. They cover nothing that is
/// highlighted for an answer.
void draw_selection_bar(Ui& ui, const std::vector<Rect>& cards, const std::vector<Rect>& frames,
                        const std::vector<Rect>& lit, const Rect& stage) {
  State& st = ui.st;
  constexpr double kShown = 10;  // seconds, while time runs: as long as keys act on the selection
  const Rect before = std::exchange(st.selection_bar, Rect{});
  // It does not go away below the pointer: somebody is about to press one of its buttons.
  const bool over = ui.time.playing && ui.wall - st.selected_wall > kShown &&
                    (before.empty() || !before.grown(12).contains(ui.in.x, ui.in.y));
  if (st.selection.empty() || st.selection_at.empty() || st.answered || over || st.menu.open || ui.salt != 0 ||
      ui.lesson.question.phase == QuestionPhase::Open || ui.lesson.turn.open)
    return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Point middle{st.selection_at.cx(), st.selection_at.cy()};
  Rect card = st.selection_at;
  for (const Rect& other : cards)
    if (other.contains(middle.x, middle.y)) card = other;
  const std::string why = ui.tr("ui.why"_w), inspect = ui.tr("ui.inspect"_w);
  const TextStyle style{.em = 13, .bold = true}, key{.em = 13, .color = c.secondary, .mono = true};
  const bool open = st.drawer && !st.filled;  // its details are shown already
  const float why_w = p.width(why, style) + 38, inspect_w = open ? 0 : p.width(inspect, style) + 38;
  float w = why_w + inspect_w + 4;
  constexpr float kHeight = 28;
  // A member of a group: outside the group's frame, which has words of its own.
  Rect around = card;
  for (const Rect& frame : frames)
    if (frame.contains(middle.x, middle.y)) around = frame;
  const auto free = [&](const Rect& r) {
    const auto in_the_way = [&](const Rect& other) { return other.overlaps(r); };
    return r.x >= stage.x && r.right() <= stage.right() && r.y >= stage.y && r.bottom() <= stage.bottom() &&
           std::none_of(cards.begin(), cards.end(), in_the_way) &&
           std::none_of(frames.begin(), frames.end(), in_the_way) && std::none_of(lit.begin(), lit.end(), in_the_way);
  };
  float x = std::clamp(card.cx() - w / 2, stage.x + 6, std::max(stage.x + 6, stage.right() - w - 6)),
        left = around.x - w - 8;
  const float right = around.right() + 8, high = kHeight / 2;
  // Below, above, or beside it; else the nearest place where nothing is in the way.
  constexpr float kNear = 90;
  Rect bar{stage.x + 12, stage.bottom() - kHeight - 8, w, kHeight};
  float least = stage.w + stage.h;
  for (const Rect& place : {Rect{x, around.bottom() + 6, w, kHeight}, Rect{x, around.y - kHeight - 6, w, kHeight},
                            Rect{right, card.cy() - high, w, kHeight}, Rect{left, card.cy() - high, w, kHeight}})
    if (const float away = std::abs(place.cy() - card.cy()); away < card.h / 2 + kNear && free(place)) {
      bar = place;
      least = 0;
      break;
    }
  // Away from its card it says whose buttons these are.
  const bool held = !before.empty() && (ui.in.down || ui.in.released);
  const std::string name = (held ? before.w > w + 1 : least > 0) ? st.selection : std::string();
  const float name_w = name.empty() ? 0 : p.width(name, style) + 16;
  w += name_w;
  left -= name_w;
  x = std::clamp(x, stage.x + 6, std::max(stage.x + 6, stage.right() - w - 6));
  for (float away = 0; least > 0 && away < stage.h; away += 8)
    for (const float y : {card.cy() - away, card.cy() + away})
      for (const float at : {left, right, x}) {
        const Rect place{at, y - high, w, kHeight};
        const float far = std::hypot(place.cx() - card.cx(), place.cy() - card.cy());
        if (far < least && free(place)) bar = place, least = far;
      }
  // It stays where it is as long as nothing gets in its way, and while a button of the mouse is held.
  if (held || (before.w == bar.w && free(before))) bar = before;
  st.selection_bar = bar;
  p.layer = 2;
  shadow_card(p, bar, c.raised, c.accent, 1.5f, 8);
  p.text(Row{bar.padded(9)}.left(name_w), name, {.em = 13, .color = c.secondary, .foreign = true});
  const auto part = [&](float at, float width, const std::string& words, const char* letter, const char* id) {
    const Rect r{at, bar.y + 2, width, bar.h - 4};
    const Hit hit = ui.hit(make_id(id), r);
    if (hit.hovered) p.fill(r, c.hover, 6);
    const float used = p.text(at + 9, r.cy() + 4.7f, words, style);
    p.text(at + used + 17, r.cy() + 4.7f, letter, key);
    return hit.clicked;
  };
  const float from = bar.x + 2 + name_w;
  if (part(from, why_w, why, "W", "selection why")) ui.ask_why();
  if (!open && part(from + why_w, inspect_w, inspect, "I", "selection inspect")) ui.inspect();
  p.note(bar, "selection bar");
  p.layer = 0;
}

}  // namespace

StageArrangement stage_arrangement(const Ui& ui, float k) {
  return {ensemble_open(ui), std::max(13.f, 12 / k), ui.st.zoom, &ui.st.moved};
}

bool can_be_seen(const Snapshot& world, Family family) {
  const auto node = [&](auto which) {
    return std::any_of(world.nodes.begin(), world.nodes.end(), [&](const Node& n) { return which(n.kind); });
  };
  const auto client = [&](auto which) { return std::any_of(world.clients.begin(), world.clients.end(), which); };
  switch (family) {
    case Family::Produce:
      return node([](NodeKind k) {
        return is_client(k) && k != NodeKind::Consumer && k != NodeKind::ShareConsumer && k != NodeKind::Admin;
      });
    case Family::Consume:
      return node([](NodeKind k) { return k == NodeKind::Consumer || k == NodeKind::ShareConsumer; });
    case Family::Replicate:
      return std::any_of(world.partitions.begin(), world.partitions.end(),
                         [](const Partition& p) { return p.replicas.size() > 1; });
    case Family::Group: return client([](const Client& c) { return !c.group.empty(); });
    case Family::Transaction: return client([](const Client& c) { return !c.transactional_id.empty(); });
    case Family::Control:
      return world.metadata == "zookeeper" || node([](NodeKind k) { return k == NodeKind::Controller; });
    case Family::Metadata: return !world.clients.empty();
    case Family::ZooKeeper: return world.metadata == "zookeeper";
  }
  return false;
}

void draw_stage(Ui& ui, const Rect& r, const StageOptions& options) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  const Hit ground = ui.hit(make_id("stage"), r);
  if (ground.clicked) ui.st.selected_wall = -1e9;  // keys stop acting on the earlier selection
  const float key_h = options.key ? 32.f : 0.f;
  const float k = std::clamp(std::min(r.w / kStageW, (r.h - key_h) / kStageH), 0.5f, 2.f);
  const float x = r.x + (r.w - kStageW * k) / 2, y = r.y + std::max(0.f, (r.h - key_h - kStageH * k) / 2);
  const StageView view = build_stage_view(ui.world, stage_arrangement(ui, k));
  update_hot_changes(ui);
  p.list()->PushClipRect({r.x * p.scale(), r.y * p.scale()}, {r.right() * p.scale(), r.bottom() * p.scale()}, true);
  p.push(x, y, k);
  const StageWay* line = ground.hovered ? line_at(ui, view) : nullptr;
  set_off_chain(ui, !ui.log.chain.empty());
  if (view.ensemble_open && !view.ensemble.empty()) draw_ensemble_frame(ui, view.ensemble);
  draw_ways(ui, view, true);
  draw_ways(ui, view, false);
  draw_broken_links(ui, view);
  const bool grid = view.mode == StageMode::Grid;
  turn_grid(ui, view.grid);
  const std::vector<Rect> at = seen_cards(ui, view);
  int hovered = -1;
  Point spot;
  std::vector<Rect> frames;
  for (const StageGroup& group : view.groups) frames.push_back(group.rect);
  const auto draw_dots = [&](bool over) {
    const GridDot dot = draw_grid_traffic(ui, view.grid, at, 4, 1.4f, over, frames);
    if (dot.message >= 0) hovered = dot.message, spot = dot.spot;
  };
  if (grid) draw_dots(false);
  const std::vector<int> chain = chain_nodes(ui);
  for (const StageGroup& g : view.groups) draw_group_frame(ui, g);
  for (const StageCard& card : view.cards) {
    set_off_chain(ui, !chain.empty() && std::none_of(chain.begin(), chain.end(),
                                                     [&](int n) { return view.stands_for(n) == card.node; }));
    switch (ui.world.nodes[static_cast<std::size_t>(card.node)].kind) {
      case NodeKind::ZooKeeper:
        if (!view.ensemble_open) {
          draw_ensemble_box(ui, card.rect);
          break;
        }
        [[fallthrough]];
      case NodeKind::Controller: draw_controller_card(ui, card.node, card.rect); break;
      case NodeKind::Broker:
        if (!grid) draw_broker_card(ui, card.node, card.rect);
        break;
      default: draw_client_card(ui, card.node, card.rect); break;
    }
  }
  if (grid) draw_brokers(ui, view, chain);
  if (!grid) draw_machines(ui, view);
  set_off_chain(ui, false);
  if (chain.empty()) draw_session_rings(ui, view);
  draw_leader_changes(ui, view);
  const std::vector<Rect> lit = draw_chain_ways(ui, view);
  const TextStyle small{.em = 13, .color = c.muted};
  if (const int left = view.hidden_clients - view.hidden_right; left > 0)
    p.text(20, kStageH - 8, ui.tr("ui.more_replicas"_w, {{"count", std::to_string(left)}}), small);
  if (view.hidden_right > 0) {
    const std::string more = ui.tr("ui.more_replicas"_w, {{"count", std::to_string(view.hidden_right)}});
    p.text(kStageW - 12 - p.width(more, small), 48, more, small);
  }
  if (!grid && chain.empty()) hovered = draw_messages(ui, view);
  if (grid && chain.empty()) draw_dots(true);
  if (grid)
    draw_grid_cuts(
        ui, [&](int node) { return at[static_cast<std::size_t>(node)]; }, 10);
  if (!grid && hovered >= 0) spot = view.point_of(ui.world.messages[static_cast<std::size_t>(hovered)]);
  draw_points(ui, view);
  draw_turn(ui, view);
  draw_chain_numbers(ui, view);     // over the rings
  if (!grid) draw_racks(ui, view);  // their names stand on the edges of cards, over rings around these
  draw_candidates(ui, view);
  if (!grid) {
    LabelPlaces places(ui, view);
    draw_slow_ways(ui, places);
    if (chain.empty()) {
      draw_lost_messages(ui, places);
      draw_produce_rates(ui, places);
      draw_message_labels(ui, places, options.labels);
    }
  }
  const bool near = hovered >= 0 && r.contains(ui.in.x, ui.in.y);
  if (near && ui.in.right_pressed && !ui.st.menu.open) {  // over a card, the click is meant for the card
    ui.st.menu = {true,    ui.in.x,
                  ui.in.y, kMenuOfMessage,
                  {},      static_cast<std::int64_t>(ui.world.messages[static_cast<std::size_t>(hovered)].id)};
  } else if (line != nullptr) {
    touch_line(ui, *line, ground);
  } else if (ground.right_clicked) {
    ui.st.menu = {true, ui.in.x, ui.in.y, kMenuOfStage, {}, -1};
  }
  if (hovered >= 0 && !ui.st.menu.open && ui.st.drag_from.empty() && !ui.st.palette_open &&
      r.contains(ui.in.x, ui.in.y)) {
    hover_card(ui, spot, ui.world.messages[static_cast<std::size_t>(hovered)]);
  }
  drag_node(ui, at, {4, 4, kStageW - 8, kStageH - 8}, 3);
  std::vector<Rect> seen;
  for (const Rect& card : at)
    if (!card.empty()) seen.push_back(p.to_window(card));
  for (Rect& frame : frames) frame = p.to_window(frame);
  p.pop();
  draw_selection_bar(ui, seen, frames, lit, r);
  ui.st.on_stage = std::move(seen);
  ui.st.on_stage.insert(ui.st.on_stage.end(), frames.begin(), frames.end());
  p.list()->PopClipRect();
  if (ui.world.nodes.empty()) empty_state(ui, r, Icon::Broker, "ui.nothing_selected"_w, "ui.nothing_selected_sub"_w);
  if (options.key) {
    p.fill({r.x, r.bottom() - key_h, r.w, key_h}, c.canvas);
    draw_stage_key(ui, {r.x, r.bottom() - key_h, r.w - options.key_reserve, key_h});
    p.line(r.x, r.bottom() - key_h, r.right(), r.bottom() - key_h, c.hair);
  }
}

void draw_stage_key(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  p.line(r.x, r.y, r.right(), r.y, c.hair);
  note_legend(ui, r);
  const float m = r.cy();
  float x = r.x + 16;
  for (int f = 0; f < kFamilies; ++f) {
    const auto family = static_cast<Family>(f);
    if (!can_be_seen(ui.world, family)) continue;
    const std::string name = ui.tr(family_name(family));
    const float w = p.width(name, {.em = 13});
    if (x + 22 + w > r.right() - 20) return;
    p.mark(family, x + 8, m, 5.5f, false, c.canvas, false);
    x += 22;
    x += p.text(x, m + 4.7f, name, {.em = 13, .color = c.secondary}) + (r.w < 1100 ? 16 : 24);
  }
  const std::string request = ui.tr("ui.request"_w), response = ui.tr("ui.response"_w);
  const float need = p.width(request, {.em = 13}) + p.width(response, {.em = 13}) + 70;
  if (x + need > r.right() - 16) return;
  float right = r.right() - 16;
  right -= p.text(right, m + 4.7f, response, {.em = 13, .color = c.muted, .align = Align::Right}) + 14;
  p.circle_line(right, m, 5, c.secondary, 2);
  right -= 20;
  right -= p.text(right, m + 4.7f, request, {.em = 13, .color = c.muted, .align = Align::Right}) + 14;
  p.circle(right, m, 5.5f, c.secondary);
}

}  // namespace kafkascope::ui
