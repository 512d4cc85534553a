#include "ui/panels/presenter_rings.h"

#include <algorithm>
#include <utility>

#include "ui/panels/presenter_brokers.h"
#include "ui/panels/presenter_places.h"

namespace kafkascope::ui {

using namespace observe;

using Sizes = PresenterSizes;

namespace {

/// The node that a path refers to, if it has a card; the first if the path means several nodes; -1: none.
int pointed_node(const Ui& ui, std::string_view path, const std::vector<Rect>& at) {
  const auto drawn = [&](int node) { return node >= 0 && !at[static_cast<std::size_t>(node)].empty(); };
  const auto first = [&](const auto& is) {
    for (std::size_t i = 0; i < ui.world.nodes.size(); ++i)
      if (drawn(static_cast<int>(i)) && is(static_cast<int>(i), ui.world.nodes[i])) return static_cast<int>(i);
    return -1;
  };
  if (path.starts_with("/cluster/active_controller"))
    return first([](int, const Node& n) { return n.active_controller; });
  const auto zookeeper = [](int, const Node& n) { return n.kind == NodeKind::ZooKeeper; };
  if (path.starts_with("/cluster/zookeeper") || path.starts_with("/zookeeper")) return first(zookeeper);
  std::string_view rest;
  if (path.starts_with("/nodes/")) rest = path.substr(7);
  if (path.starts_with("/clients/")) rest = path.substr(9);
  if (path.starts_with("/groups/")) {
    rest = path.substr(8);
    if (const std::size_t members = rest.find("/members/"); members != std::string_view::npos) {
      rest = rest.substr(members + 9);
    } else {
      return -1;
    }
  }
  const int node = rest.empty() ? -1 : ui.node_of(rest.substr(0, rest.find('/')));
  if (drawn(node)) return node;
  // A ZooKeeper server is drawn in the ensemble's box.
  return node >= 0 && ui.world.nodes[static_cast<std::size_t>(node)].kind == NodeKind::ZooKeeper ? first(zookeeper)
                                                                                                 : -1;
}

/// From a card's edge to the nearest other card.
float distance_to_next(const std::vector<Rect>& at, const Rect& r) {
  float least = 1e6f;
  for (const Rect& o : at) {
    if (o.empty()) continue;
    const float away = std::max({o.x - r.right(), r.x - o.right(), o.y - r.bottom(), r.y - o.bottom()});
    if (away > 0) least = std::min(least, away);
  }
  return least;
}

struct LabelPlace {
  Rect box;
  float covered = 0;  // the area of cards that the label covers
};

/// A label's place beside a card: above it, below it or at its sides, wherever it covers the smallest area of cards.
LabelPlace place_of_label(const std::vector<Rect>& at, const Rect& r, const Rect& stage, float w, float h, float away) {
  const float left = stage.x + 6, right = stage.right() - w - 6;
  Rect best;
  float least = 1e9f;
  for (const float y : {r.y - away - h, r.bottom() + away, r.cy() - h / 2})
    for (const float x : {r.x - away / 2, r.right() - w + away / 2, r.right() + away, r.x - away - w}) {
      const Rect box{std::clamp(x, left, std::max(left, right)), y, w, h};
      if (box.y < stage.y || box.bottom() > stage.bottom()) continue;
      float covered = 0;
      for (const Rect& o : at) {
        const float over_x = std::min(o.right(), box.right()) - std::max(o.x, box.x),
                    over_y = std::min(o.bottom(), box.bottom()) - std::max(o.y, box.y);
        if (!o.empty() && over_x > 0 && over_y > 0) covered += over_x * over_y;
      }
      if (covered >= least) continue;
      best = box;
      least = covered;
    }
  if (least == 1e9f) best = {std::clamp(r.x, left, std::max(left, right)), stage.y, w, h};
  return {best, least};
}

/// The cards of a group's members.
std::vector<Rect> members_at(const Ui& ui, std::string_view group, const std::vector<Rect>& at) {
  std::vector<Rect> members;
  for (const Client& client : ui.world.clients)
    if (const Rect& r = at[static_cast<std::size_t>(client.node)]; client.group == group && !r.empty())
      members.push_back(r);
  return members;
}

/// The rectangle around these cards; empty if another card stands in it.
Rect together(const std::vector<Rect>& cards, const std::vector<Rect>& at) {
  if (cards.empty()) return {};
  float x = cards[0].x, y = cards[0].y, right = x, bottom = y;
  for (const Rect& r : cards) {
    x = std::min(x, r.x);
    y = std::min(y, r.y);
    right = std::max(right, r.right());
    bottom = std::max(bottom, r.bottom());
  }
  const Rect all{x, y, right - x, bottom - y};
  const auto inside = std::count_if(at.begin(), at.end(), [&](const Rect& o) { return !o.empty() && o.overlaps(all); });
  return static_cast<std::size_t>(inside) == cards.size() ? all : Rect{};
}

/// The rings around a group, because this stage has no frames for groups: one ring around all members, else one around
/// each column of members, else one around each member.
std::vector<Rect> frames_of(const std::vector<Rect>& members, const std::vector<Rect>& at) {
  if (const Rect all = together(members, at); !all.empty()) return {all};
  std::vector<Rect> frames;
  std::vector<std::vector<Rect>> columns;
  for (const Rect& member : members) {
    const auto same = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c[0].x == member.x; });
    if (same == columns.end()) columns.push_back({member});
    else same->push_back(member);
  }
  for (const std::vector<Rect>& column : columns) {
    const Rect all = together(column, at);
    if (all.empty()) frames.insert(frames.end(), column.begin(), column.end());
    else frames.push_back(all);
  }
  return frames;
}

/// The line around a partition's row; where rows stand close, it does not reach the words of the next one.
Rect around_chip(const Rect& chip, const Sizes& s) {
  constexpr float kClose = 1.61f;  // rows that are higher have a gap for the line
  return chip.grown(chip.h < s.text * kClose ? 1 - StageRing::width(s) / 2 : s.stroke);
}

}  // namespace

std::vector<StageRing> rings(const Ui& ui, const std::vector<Rect>& at, const BrokerGrid& grid, const Sizes& s,
                             const Rect& stage) {
  std::vector<StageRing> found;
  const auto ring = [&](const Rect& r, std::string_view path, std::string label = {}) {
    const float edge = std::min({r.x - stage.x, r.y - stage.y, stage.right() - r.right(), stage.bottom() - r.bottom()}),
                inside = std::max(0.f, edge - StageRing::width(s) / 2),
                away = std::min({s.stroke * 2.2f, distance_to_next(at, r) / 2, inside});
    found.push_back({r, r.grown(away), std::string(path), std::move(label)});
  };
  const LearnerTurn& turn = ui.lesson.turn;
  const int own = turn.open ? ui.node_of(turn.node) : -1;
  if (own >= 0 && !at[static_cast<std::size_t>(own)].empty()) {
    ring(at[static_cast<std::size_t>(own)], "/nodes/" + turn.node,
         ui.tr("ui.now_you_deed"_w, {{"deed", ui.pick(turn.deed)}}));
    return found;
  }
  for (const PointAt& point : ui.lesson.view.point) {
    const std::string_view path = point.path;
    if (path.starts_with("/partitions/")) {
      const std::string_view name = path.substr(12, path.find('/', 12) - 12);
      const int partition = ui.partition_of(name);
      if (partition < 0) continue;
      const Partition& part = ui.world.partitions[static_cast<std::size_t>(partition)];
      int broker = part.leader >= 0 || part.replicas.empty() ? part.leader : part.replicas.front();
      if (const std::size_t logs = path.find("/logs/"); logs != std::string_view::npos)
        broker = std::atoi(std::string(path.substr(logs + 6)).c_str());
      const int node = ui.broker_node(broker);
      if (node < 0 || at[static_cast<std::size_t>(node)].empty()) continue;
      const Rect& card = at[static_cast<std::size_t>(node)];
      const bool whole = grid.empty() || is_whole_card(ui.world, card, s);
      const Rect chip = whole ? presenter_chip(ui, ui.world.nodes[static_cast<std::size_t>(node)], card, partition, s)
                              : grid_place(ui, grid, node, card, partition);
      constexpr float kLeastChip = 1.2f;  // a ring around a lower one would cross its words
      if (chip.empty() || (whole && chip.h < s.text * kLeastChip)) ring(card, path);
      else found.push_back({chip, whole ? around_chip(chip, s) : chip.grown(s.stroke), std::string(path), {}, true});
      continue;
    }
    if (path.starts_with("/groups/") && path.find("/members/") == std::string_view::npos) {
      const std::string_view group = path.substr(8, path.find('/', 8) - 8);
      for (const Rect& frame : frames_of(members_at(ui, group, at), at)) ring(frame, path);
      continue;
    }
    if (const int node = pointed_node(ui, path, at); node >= 0) ring(at[static_cast<std::size_t>(node)], path);
  }
  return found;
}

void draw_ring(Ui& ui, const StageRing& ring, const std::vector<Rect>& at, const Sizes& s, const Rect& stage) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.ring(ring.line, StageRing::width(s), ring.chip ? 7.f : 10.f);
  if (!ring.chip) p.note(ring.outside(s), "ring");
  p.note_point(ring.of, ring.path);
  if (ring.label.empty()) return;
  const TextStyle style{.em = s.text, .color = c.accent_ink, .bold = true, .align = Align::Middle};
  const auto place = [&](const std::string& words) {
    const float w = std::min(p.width(words, style) + s.text * 1.2f, stage.w - 12);
    return place_of_label(at, ring.of, stage, w, s.text * 1.8f, s.stroke * 4);
  };
  // In a small world, a label that would cover other cards is shortened to the act, or left out: the narration says
  // the same.
  std::string words = ring.label;
  LabelPlace found = place(words);
  if (s.side_by_side && found.covered > 0) found = place(words = ui.pick(ui.lesson.turn.deed));
  if (s.side_by_side && found.covered > 0) return;
  const Rect box = found.box;
  p.fill(box, c.accent, 6);
  p.text(box, words, style);
  p.diagnostics().cards.push_back({p.to_window(box), "label"});
}

}  // namespace kafkascope::ui
