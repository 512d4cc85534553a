#include "ui/stage/overlay.h"

#include <algorithm>
#include <cmath>

#include "ui/panels/origin_card.h"
#include "ui/stage/card_timers.h"
#include "ui/stage/cards.h"
#include "ui/stage/labels.h"

namespace kafkascope::ui {

using namespace observe;

void update_hot_changes(Ui& ui) {
  constexpr double kShown = 1.5;             // seconds of wall time; brief, because it covers other things
  constexpr std::int64_t kSpan = 1'500'000;  // µs of simulated time during which a change is news
  auto& hot = ui.st.hot;
  std::vector<HotChange> next, cooled;
  const auto same = [](const LeaderChange& change) {
    return [&](const HotChange& h) { return h.partition == change.partition && h.at_us == change.at_us; };
  };
  for (const LeaderChange& change : ui.world.leader_changes) {
    const bool overtaken = std::any_of(&change + 1, ui.world.leader_changes.data() + ui.world.leader_changes.size(),
                                       [&](const LeaderChange& later) {
                                         return later.partition == change.partition && later.at_us <= ui.world.time_us;
                                       });
    // A leader that stays, in a new epoch, has not taken anything over.
    if (overtaken || change.to < 0 || change.to == change.from || change.partition < 0 ||
        change.partition >= static_cast<int>(ui.world.partitions.size()) || change.at_us > ui.world.time_us ||
        ui.world.time_us - change.at_us > kSpan)
      continue;
    const auto known = std::find_if(hot.begin(), hot.end(), same(change));
    HotChange now{change.partition, change.from, change.to, change.at_us,
                  known == hot.end() ? 0 : known->age + (ui.time.playing ? static_cast<double>(ui.dt) : 0)};
    const bool over =
        std::any_of(ui.st.cooled.begin(), ui.st.cooled.end(), same(change)) || (now.age > kShown && ui.time.playing);
    (over ? cooled : next).push_back(now);  // changes that have been shown are not shown again
  }
  hot = std::move(next);
  ui.st.cooled = std::move(cooled);
}

namespace {

bool chip_rect(Ui& ui, const StageView& view, int node, int partition, Rect& out) {
  const Rect* card = view.rect(node);
  if (card == nullptr) return false;
  static thread_local std::vector<StageChip> chips;
  const Node& n = ui.world.nodes[static_cast<std::size_t>(node)];
  build_chips(n, *card, chips_first(ui), chips);
  for (const StageChip& chip : chips) {
    if (chip.replica >= 0 && n.replicas[static_cast<std::size_t>(chip.replica)].partition == partition) {
      out = chip.rect;
      return true;
    }
  }
  return false;
}

}  // namespace

void draw_leader_changes(Ui& ui, const StageView& view) {
  if (view.mode == StageMode::Grid) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  std::vector<std::pair<int, std::vector<int>>> badges;  // node, partitions
  int arrows = 0;
  for (const HotChange& h : ui.st.hot) {
    const int to = ui.broker_node(h.to), from = ui.broker_node(h.from);
    Rect a, b;
    if (to < 0 || node_look(ui.world.nodes[static_cast<std::size_t>(to)]).dead)
      continue;  // it led; a dead broker leads nothing
    if (view.rect(to) == nullptr) continue;
    auto badge = std::find_if(badges.begin(), badges.end(), [&](const auto& x) { return x.first == to; });
    if (badge == badges.end()) badge = badges.insert(badges.end(), {to, {}});
    badge->second.push_back(h.partition);  // also those for which the card has no row
    if (arrows >= 3 || from < 0 || !chip_rect(ui, view, to, h.partition, b) ||
        !chip_rect(ui, view, from, h.partition, a))
      continue;
    ++arrows;
    const bool rightward = b.x > a.x;
    const Point start{rightward ? a.right() : a.x, a.cy()}, end{rightward ? b.x : b.right(), b.cy()};
    const float d = rightward ? 1.f : -1.f;
    const float gap = std::fabs(end.x - start.x);
    Route way;
    if (gap < 130) {
      way = {start, {start.x + d * gap / 2, start.y}, {start.x + d * gap / 2, end.y}, end};
      if (start.y == end.y) way = {start, end};
    } else {  // above the cards in between, and above the words about a broker that the controller has fenced
      const auto says = [&](const StageCard& card) {
        const Node& n = ui.world.nodes[static_cast<std::size_t>(card.node)];
        return n.kind == NodeKind::Broker && !node_look(n).quiet && (n.fenced || n.session.running) &&
               card.rect.right() > std::min(start.x, end.x) && card.rect.x < std::max(start.x, end.x);
      };
      const bool words = std::any_of(view.cards.begin(), view.cards.end(), says);
      const float top = std::min(view.rect(from)->y, view.rect(to)->y) - (words ? 34 : 12);
      way = {
          start, {start.x + d * 24, start.y}, {start.x + d * 24, top}, {end.x - d * 24, top}, {end.x - d * 24, end.y},
          end};
    }
    way.back().x -= d * 14;
    p.route(way, c.leader_edge, 5, 8);
    for (std::size_t i = 1; i < way.size(); ++i)  // for tests
      if (way[i].y == way[i - 1].y)
        p.note({std::min(way[i].x, way[i - 1].x), way[i].y - 2, std::fabs(way[i].x - way[i - 1].x), 4}, "handover");
    if (!c.dark) p.route(way, c.leader_solid, 2.5f, 8);
    p.arrowhead(end.x + d * 1, end.y, d, 0, 19, c.leader_edge);  // the crown stays visible
  }
  for (const auto& [node, partitions] : badges) {
    const Rect* card = view.rect(node);
    std::string s = partitions.size() == 1
                        ? ui.tr("ui.leads_now"_w,
                                {{"partition", ui.world.partitions[static_cast<std::size_t>(partitions[0])].name}})
                        : ui.tr("ui.leads_many_now"_w, {{"count", std::to_string(partitions.size())}});
    const TextStyle style{.em = 15, .color = c.on_bright, .bold = true};
    float w = p.width(s, style) + 50;
    if (card->w < 200 && w > card->w + 8) {  // a narrow card: the crown replaces the words
      s = partitions.size() == 1 ? ui.world.partitions[static_cast<std::size_t>(partitions[0])].name
                                 : "+" + std::to_string(partitions.size());
      w = p.width(s, style) + 50;
    }
    constexpr float kHigh = 32, kPoint = 8, kOffPlate = 2;
    const Rect plate = rack_plate(ui, ui.world.nodes[static_cast<std::size_t>(node)], *card);
    const bool above_plate = plate.x < card->x + w;
    const float usual = card->y - kHigh - kPoint - 2;
    const Rect r{card->x, plate.empty() || !above_plate ? usual : std::min(usual, plate.y - kOffPlate - kHigh), w,
                 kHigh};
    p.fill(r, c.leader_solid, 16);
    if (plate.empty() || !above_plate)  // else the plate is between the badge and the card
      p.triangle({r.x + 26, r.bottom() - 1}, {r.x + 46, r.bottom() - 1}, {r.x + 36, r.bottom() + kPoint},
                 c.leader_edge);
    p.stroke(r, c.leader_edge, 2, 16);
    p.icon(Icon::Crown, r.x + 14, r.y + 8, 16, c.on_bright);
    p.text(r.x + 36, r.cy() + 5.4f, s, style);
    p.diagnostics().cards.push_back({p.to_window(r), "badge"});
  }
}

words::Key fenced_word(const Node& n, bool brief) {
  if (!n.session_over) return brief ? "ui.state_fenced"_w : "ui.fenced_by_controller"_w;
  if (n.state == NodeState::Stopped) return "ui.broker_znode_gone"_w;
  return brief ? "ui.state_expired"_w : "ui.znode_of_it_gone"_w;
}

void draw_session_rings(Ui& ui, const StageView& view) {
  if (view.mode == StageMode::Grid) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr float kOffArc = 22;  // from words to an arc's middle
  for (const StageCard& card : view.cards) {
    const Node& n = ui.world.nodes[static_cast<std::size_t>(card.node)];
    if (n.kind != NodeKind::Broker) continue;
    if (node_look(n).quiet) {
      // The ring in the head of its card, see draw_broker_card.
      if (!n.session.running) continue;
      const Rect ring{card.rect.right() - 34, card.rect.y + 4, 24, 24};
      const Hit hit = ui.hit(make_id("session", static_cast<std::uint64_t>(card.node)), ring);
      work_arc(ui, hit, n.name, n.session);
      if (hit.hovered) p.circle_line(ring.cx(), ring.cy(), 13, c.accent, 2);
      if (hit.hovered && ui.may_tip()) {
        ui.st.tip = {p.to_window(ring),
                     timer_setting(ui, n.session),
                     {{ui.tr("ui.seconds_left"_w,
                             {{"seconds", seconds_text(std::max<std::int64_t>(n.session.remaining_us, 100'000))}}),
                       {}},
                      {ui.pick(timer_end(n.session)), {}}},
                     ui.tr("ui.tip_inspect"_w)};
      }
      continue;
    }
    if (node_look(n).dead && n.fenced) {
      const std::string words = ui.tr(fenced_word(n, card.rect.w < 200));
      const float w = p.width(words, {.em = 13, .bold = true}),
                  x = card.rect.right() - w - 36;  // left of its link
      // Above the rack's name; below a card that was dragged to where another one stands above it.
      const float above = card.rect.y - 14 - (p.em(13) - 13), below = card.rect.bottom() + 20;
      const auto plate_at = [&](float base) { return Rect{x - 28, base - 14, w + 32, 20}; };
      const auto covers = [&](const StageCard& other) {
        return other.node != card.node && other.rect.overlaps(plate_at(above));
      };
      const float y = std::any_of(view.cards.begin(), view.cards.end(), covers) ? below : above;
      const Rect plate = plate_at(y);
      p.fill(plate, c.canvas, 4);
      p.note(plate, "fenced words");
      p.icon(Icon::Fence, x - 22, y - 12, 15, c.danger, 1.8f);
      p.text(x, y, words, {.em = 13, .color = c.danger, .bold = true});
      continue;
    }
    if (!n.session.running) continue;
    const Rect middle = session_ring_place(card.rect);
    const float x = middle.x, y = middle.y, r = 12;
    const bool out = n.session.remaining_us <= 0;
    p.circle(x, y, r + 4, c.canvas);
    timer_ring(ui, x, y, out ? 10 : r, n.session, 4);
    const TextStyle told{.em = 13, .bold = out};
    // The words stand between this arc and that of a broker beside it.
    float free_from = 4;
    for (const StageCard& other : view.cards)
      if (const Node& o = ui.world.nodes[static_cast<std::size_t>(other.node)];
          o.kind == NodeKind::Broker && !node_look(o).quiet && o.session.running && other.rect.x < card.rect.x)
        if (const Rect arc = session_ring_place(other.rect); std::fabs(arc.y - y) < r)
          free_from = std::max(free_from, arc.x + kOffArc);
    std::string words = session_words(ui, n);
    if (x - kOffArc - p.width(words, told) < free_from) words = brief_session_words(ui, n);
    bool pointed = false;
    for (const PointAt& point : ui.lesson.view.point) pointed |= point.path == "/nodes/" + n.name + "/session";
    const Hit hit = ui.hit(make_id("session", static_cast<std::uint64_t>(card.node)), {x - 18, y - 18, 36, 36});
    work_arc(ui, hit, n.name, n.session);
    if (pointed || hit.hovered) {
      p.circle_line(x, y, 20, c.accent, 3);
      const std::string key = timer_setting(ui, n.session);  // every timer shows its setting
      const TextStyle style{.em = 13, .color = c.accent_ink, .bold = true};
      // At zero the session has expired; the controller notices it at its next check.
      const std::string then = ui.pick(timer_end(n.session));
      const TextStyle small{.em = 13, .color = c.accent_ink};
      const float w = std::max(p.width(key, style), p.width(then, small)) + 24;
      Rect box{x - 32 - w, y - 14, w, 48};
      const bool left = box.x >= 8 && std::none_of(view.cards.begin(), view.cards.end(),
                                                   [&](const StageCard& o) { return o.rect.grown(4).overlaps(box); });
      if (!left) box.x = x + 32;
      p.fill(box, c.accent, 6);
      p.line(left ? box.right() : x + 20, y, left ? x - 20 : box.x, y, c.accent, 3);
      p.text(box.x + 12, y + 4.8f, key, style);
      p.text(box.x + 12, y + 24.8f, then, small);
    } else {
      const TextStyle style{.em = 13, .color = out ? c.danger : c.secondary, .bold = out};
      const float w = p.width(words, style);
      const bool left = x - kOffArc - w > 4;
      const float tx = left ? x - kOffArc - w : x + kOffArc;
      p.fill({tx - 4, y - 10, w + 8, 20}, c.canvas, 4);
      p.text(tx, y + 4.8f, words, style);
    }
  }
}

namespace {

/// A free place for a label of that size beside r: above (or below), else at a side; inside the stage and over no card. Of the
/// places over no words, the one that has least to do with lines.
Rect beside(Painter& p, const StageView& view, const Rect& r, float w, float h, bool below) {
  const float x = std::clamp(r.x - 6, 4.f, std::max(4.f, kStageW - w - 4)), gap = 16;
  const Rect over{x, r.y - gap - h, w, h}, under{x, r.bottom() + gap, w, h};
  const Rect tries[] = {below ? under : over,
                        below ? over : under,
                        {r.x - gap - 8 - w, r.cy() - h / 2, w, h},
                        {r.right() + gap + 8, r.cy() - h / 2, w, h},
                        {r.x - gap - 8 - w, r.y, w, h},
                        {r.x - gap - 8 - w, r.bottom() - h, w, h}};
  const Rect *best = nullptr, *second_best = nullptr;  // second best: covers no card, but covers words
  int least = 5;
  for (const Rect& at : tries) {
    const bool inside = at.x >= 2 && at.right() <= kStageW - 2 && at.y >= 2 && at.bottom() <= kStageH - 2;
    if (!inside || std::any_of(view.cards.begin(), view.cards.end(),
                               [&](const StageCard& card) { return card.rect.grown(3).overlaps(at); }))
      continue;
    const Rect there = p.to_window(at);
    if (std::any_of(p.texts().begin(), p.texts().end(), [&](const Rect& text) { return text.overlaps(there); })) {
      if (second_best == nullptr) second_best = &at;
    } else if (const int behind = lines_behind(view, at, {}); behind < least) {
      least = behind;
      best = &at;
    }
  }
  return best != nullptr ? *best : second_best != nullptr ? *second_best : tries[0];
}

}  // namespace

void ring_with_label(Ui& ui, const StageView& view, const Rect& r, std::string_view label, bool below) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Rect around = r.grown(4.5f);  // clear of the words below a group's last member
  p.ring(around, 3, 9);
  p.note(around.grown(1.5f), "stage ring");
  if (label.empty()) return;
  const TextStyle style{.em = 15, .color = c.accent_ink, .bold = true};
  const Rect box = beside(p, view, r, p.width(label, style) + 28, 32, below);
  p.fill(box, c.accent, 6);
  const float tx = std::clamp(r.x + 12, box.x + 8, box.right() - 24);
  if (box.y > r.bottom()) {
    p.triangle({tx, box.y + 1}, {tx + 8, box.y - 8}, {tx + 16, box.y + 1}, c.accent);
  } else if (box.bottom() < r.y) {
    p.triangle({tx, box.bottom() - 1}, {tx + 16, box.bottom() - 1}, {tx + 8, box.bottom() + 8}, c.accent);
  } else {
    const bool left = box.right() < r.x;
    p.line(left ? box.right() : r.right() + 6, box.cy(), left ? r.x - 6 : box.x, box.cy(), c.accent, 3);
  }
  const Line said{box.padded(14, 0)};
  p.text(said, label, style);
  links_in(ui, said.x, said.baseline(style.em), label, style);
  p.diagnostics().cards.push_back({p.to_window(box), "label"});
}

namespace {
bool framed_group(const StageView& view, std::string_view name) {
  return std::any_of(view.groups.begin(), view.groups.end(), [&](const StageGroup& g) { return g.name == name; });
}

/// The group that a client belongs to; empty: none.
std::string_view group_of(const Ui& ui, int node) {
  for (const Client& client : ui.world.clients)
    if (client.node == node) return client.group;
  return {};
}
}  // namespace

Rect rect_of_path(const Ui& ui, const StageView& view, std::string_view path) {
  auto part = [&](std::string_view prefix) -> std::string_view {
    if (path.substr(0, prefix.size()) != prefix) return {};
    std::string_view rest = path.substr(prefix.size());
    return rest.substr(0, rest.find('/'));
  };
  if (const auto name = part("/nodes/"); !name.empty()) {
    const int node = ui.node_of(name);
    const Rect* r = view.rect(node);
    if (r == nullptr) return {};
    return view.mode == StageMode::Grid && ui.world.nodes[static_cast<std::size_t>(node)].kind == NodeKind::Broker
               ? grid_place(ui, view.grid, node, *r, -1)
               : *r;
  }
  if (const auto name = part("/clients/"); !name.empty()) {
    const Rect* r = view.rect(ui.node_of(name));
    return r != nullptr ? *r : Rect{};
  }
  if (const auto name = part("/groups/"); !name.empty()) {
    if (const std::size_t members = path.find("/members/"); members != std::string_view::npos) {
      const Rect* r = view.rect(ui.node_of(path.substr(members + 9)));
      if (r != nullptr) return *r;
    }
    for (const StageGroup& g : view.groups) {
      if (g.name == name) return g.rect;
    }
    // On a stage without group frames: its first member.
    for (std::size_t i = 0; i < ui.world.nodes.size(); ++i) {
      const Rect* r = view.rect(static_cast<int>(i));
      if (r != nullptr && group_of(ui, static_cast<int>(i)) == name) return *r;
    }
    return {};
  }
  if (path.starts_with("/cluster/zookeeper") || path.starts_with("/zookeeper")) return view.ensemble;
  if (path.substr(0, 26) == "/cluster/active_controller") {
    for (const StageCard& card : view.cards) {
      if (ui.world.nodes[static_cast<std::size_t>(card.node)].active_controller) return card.rect;
    }
  }
  if (const auto name = part("/partitions/"); !name.empty()) {
    const int partition = ui.partition_of(name);
    if (partition < 0) return {};
    const Partition& part = ui.world.partitions[static_cast<std::size_t>(partition)];
    // The replica that the path names, else the leader's, or the first one while there is no leader.
    int broker = part.leader >= 0 || part.replicas.empty() ? part.leader : part.replicas.front();
    constexpr std::string_view kLogs = "/logs/";
    if (const std::size_t logs = path.find(kLogs); logs != std::string_view::npos)
      broker = std::atoi(std::string(path.substr(logs + kLogs.size())).c_str());
    const int node = ui.broker_node(broker);
    const Rect* card = view.rect(node);
    if (card == nullptr) return {};
    if (view.mode == StageMode::Grid) return grid_place(ui, view.grid, node, *card, partition);
    std::vector<StageChip> chips;
    build_chips(ui.world.nodes[static_cast<std::size_t>(node)], *card, chips_first(ui), chips);
    for (const StageChip& chip : chips) {
      if (chip.replica >= 0 &&
          ui.world.nodes[static_cast<std::size_t>(node)].replicas[static_cast<std::size_t>(chip.replica)].partition ==
              partition) {
        return chip.rect;
      }
    }
    return *card;  // its chip is not shown: there is no room for all replicas
  }
  return {};
}

void draw_points(Ui& ui, const StageView& view) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr int kLabels = 2;  // more of them would cover one another
  int shown = 0;
  for (const PointAt& point : ui.lesson.view.point) {
    if (point.path.ends_with("/session")) continue;
    const Rect r = rect_of_path(ui, view, point.path);
    if (r.empty()) continue;
    ++shown;
    p.note_point(r, point.path);
    std::string label = shown > kLabels ? std::string() : ui.pick(point.label);
    // The strips label their own marks.
    if (point.path.starts_with("/partitions/") && point.path.find("/leader") == std::string::npos) label.clear();
    // A ring around a node or a group need not repeat its name, nor a ring around a leader the text of its badge.
    const bool framed = point.path == "/groups/" + label && framed_group(view, label);
    if (ui.node_of(label) >= 0 || framed || point.path == "/cluster/zookeeper") label.clear();
    for (const HotChange& h : ui.st.hot) {
      if (point.path == "/partitions/" + ui.world.partitions[static_cast<std::size_t>(h.partition)].name + "/leader")
        label.clear();
    }
    const auto card = std::find_if(view.cards.begin(), view.cards.end(), [&](const StageCard& o) {
      return o.rect.contains(r.cx(), r.cy()) && r.y > o.rect.y + 1;
    });
    const bool chip = card != view.cards.end() && r.h < 40 && view.mode != StageMode::Grid;
    if (!chip) {
      ring_with_label(ui, view, r, label, r.y < 100);
      continue;
    }
    // A replica's label is above the card, joined by a line, so that it does not cover what it explains.
    p.ring(r.grown(4), 3, 7);
    if (label.empty()) continue;
    const TextStyle style{.em = 15, .color = c.accent_ink, .bold = true};
    const float w = p.width(label, style) + 24;
    const Rect box{std::clamp(r.cx() - w / 2 - 24, 4.f, kStageW - w), card->rect.y - 46, w, 30};
    // The line goes down where it crosses no text in the head of the card.
    const float ways_down[] = {r.cx() + 28, r.right() - 2, r.x + 1};
    const auto crosses = [&](float x) {
      const Rect line = p.to_window({x - 2, card->rect.y, 4, r.y - card->rect.y});
      return x < box.x + 8 || x > box.right() - 8 ||
             std::any_of(p.texts().begin(), p.texts().end(), [&](const Rect& text) { return text.overlaps(line); });
    };
    const float* free = std::find_if_not(std::begin(ways_down), std::end(ways_down), crosses);
    const float cx = std::clamp(free == std::end(ways_down) ? ways_down[0] : *free, box.x + 8, box.right() - 8);
    const Rect there = p.to_window(box);
    // Two replicas on one card with the same text: both get the ring, one label is enough.
    if (std::any_of(p.texts().begin(), p.texts().end(), [&](const Rect& text) { return text.overlaps(there); }))
      continue;
    p.diagnostics().cards.push_back({p.to_window(box), "label"});
    p.line(cx, box.bottom(), cx, r.y - 4, c.accent, 3);
    p.fill(box, c.accent, 6);
    const Line said{box.padded(12, 0)};
    p.text(said, label, style);
    links_in(ui, said.x, said.baseline(style.em), label, style);
  }
}

void draw_turn(Ui& ui, const StageView& view) {
  if (!ui.lesson.turn.open) return;
  const Rect* r = view.rect(ui.node_of(ui.lesson.turn.node));
  if (r == nullptr) return;
  ring_with_label(ui, view, *r, ui.tr("ui.now_you_deed"_w, {{"deed", ui.pick(ui.lesson.turn.deed)}}), r->y < 100);
}

void draw_candidates(Ui& ui, const StageView& view) {
  const Question& q = ui.lesson.question;
  if (q.phase != QuestionPhase::Open || q.pick == PickKind::None) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  int key = 0;
  for (const std::string& name : q.candidates) {
    ++key;
    Rect r;
    if (q.pick == PickKind::Node) {
      const Rect* card = view.rect(ui.node_of(name));
      if (card == nullptr) continue;
      r = *card;
    } else {
      r = rect_of_path(ui, view, "/partitions/" + name + "/leader");
      if (r.empty()) continue;
    }
    const Hit hit = ui.hit(make_id("candidate", static_cast<std::uint64_t>(key)), r.grown(8));
    const Rect frame = r.grown(8);
    if (hit.hovered) {
      p.stroke(frame, c.accent, 4, 12);
    } else {
      p.dashed(frame, c.accent, 2.5f, 7, 5, 12);
    }
    const float x = frame.x + 6, y = frame.y + 4;
    p.circle(x, y, 18, hit.hovered ? c.accent : c.canvas);
    if (!hit.hovered) p.circle_line(x, y, 18, c.accent, 3);
    p.text(x, y + 6.5f, std::to_string(key),
           {.em = 18, .color = hit.hovered ? c.accent_ink : c.primary, .bold = true, .align = Align::Middle});
    if (hit.clicked) {
      Action a;
      a.kind = ActionKind::Pick;
      a.target = name;
      a.number = key - 1;
      ui.emit(std::move(a));
    }
  }
}

}  // namespace kafkascope::ui
