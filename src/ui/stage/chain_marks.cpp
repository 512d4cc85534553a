#include "ui/stage/chain_marks.h"

#include <algorithm>
#include <optional>

#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

std::vector<int> chain_nodes(const Ui& ui) {
  std::vector<int> nodes;
  const auto add = [&](const std::string& name) {
    if (const int n = ui.node_of(name); n >= 0) nodes.push_back(n);
  };
  for (const ChainLink& link : ui.log.chain) {
    add(link.node);
    for (const auto* side : {&link.cut_from, &link.cut_to, &link.also}) std::for_each(side->begin(), side->end(), add);
  }
  // The root of an answer may stand apart from its sentences.
  if (!nodes.empty() && ui.log.why.open && ui.log.why.has_root) add(ui.log.why.root.target);
  return nodes;
}

void set_off_chain(Ui& ui, bool off) {
  ui.p.alpha = off ? 0.3f : 1;
  ui.p.text_alpha = off ? 0.45f : 1;
}

namespace {
constexpr float kPillGap = 4;
TextStyle pill_style(Painter& p, float high, float least) {
  return {.em = std::max(least, high * .58f), .color = p.c.accent_ink, .bold = true, .align = Align::Middle};
}
}  // namespace

ChainPills chain_pills(Painter& p, const std::vector<int>& numbers, float high, float least) {
  ChainPills all{{}, high, -kPillGap, least};
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (end - i < 3) end = i + 1;
    std::string words = std::to_string(numbers[i]);
    if (end != i + 1) words += "–" + std::to_string(numbers[end - 1]);
    const float w = words.size() == 1 ? high : std::max(high, p.width(words, pill_style(p, high, least)) + high * .6f);
    all.wide += w + kPillGap;
    all.pills.emplace_back(std::move(words), w);
    i = end;
  }
  return all;
}

void draw_pills(Painter& p, const ChainPills& all, const Rect& place) {
  const TextStyle style = pill_style(p, all.high, all.least);
  float x = place.x;
  for (const auto& [words, w] : all.pills) {
    const Rect pill{x, place.y, w, all.high};
    p.fill(pill.grown(2), p.c.canvas, all.high);
    p.fill(pill, p.c.accent, all.high / 2);
    p.text(pill, words, style);
    x += w + kPillGap;
  }
}

namespace {

/// Whether words that were drawn lie in the place.
bool is_over_words(Painter& p, const Rect& place) {
  const Rect there = p.to_window(place);
  return std::any_of(p.texts().begin(), p.texts().end(),
                     [&](const Rect& text) { return !text.empty() && text.overlaps(there); });
}

/// The numbers of links at one node: on the node's upper edge, or at its left side or further right if words are there,
/// such as the name of a consumer's group; above the plate with the rack's name if they would reach it.
void draw_numbers(Ui& ui, const Rect& r, const std::vector<int>& numbers, const Rect& plate) {
  Painter& p = ui.p;
  const ChainPills pills = chain_pills(p, numbers, 26);
  const float wide = pills.wide, high = pills.high;
  const auto covers_words = [&](const Rect& place) { return is_over_words(p, place.grown(-kPillGap)); };
  Rect place{r.x + 5, r.y - 17, wide, high};
  if (!plate.empty() && place.overlaps(plate.grown(kPillGap))) place.y = plate.y - high - kPillGap;
  const Rect aside = Rect{r.x - wide, r.y, wide, r.h}.middle(high), middle{r.cx() - wide / 2, place.y, wide, high},
             beyond = Rect{r.right(), r.y, wide, r.h}.middle(high), below{place.x, r.bottom() - 9, wide, high};
  for (const Rect& other : {aside, middle, beyond, below})
    if (covers_words(place) && other.x > 0 && !covers_words(other)) place = other;
  p.note(place, "chain numbers");
  draw_pills(p, pills, place);
}

/// Whether a cut stops only the messages in the other direction.
bool only_cut_backwards(const Ui& ui, int from, int to) {
  const auto cut = [&](int a, int b) {
    return std::any_of(ui.world.links.begin(), ui.world.links.end(), [&](const Link& l) {
      return l.cut && ((l.a == a && l.b == b) || (!l.one_way && l.a == b && l.b == a));
    });
  };
  return cut(to, from) && !cut(from, to);
}

/// Highlights the route from one node to the other. Dashed: the messages on it never arrived. Adds its parts to `lit`.
void highlight_way(Ui& ui, const StageView& view, int from, int to, bool dashed, std::vector<Rect>& lit) {
  Painter& p = ui.p;
  bool reversed = false;
  const int way = from >= 0 && to >= 0 && from != to ? view.way_between(from, to, reversed) : -1;
  if (way < 0) return;
  const StageWay& w = view.ways[static_cast<std::size_t>(way)];
  p.route(w.route, ui.c.accent_fill, 12);
  if (dashed || (w.dead && !only_cut_backwards(ui, from, to))) p.dashed_route(w.route, ui.c.accent, 4, 8, 5);
  else p.route(w.route, ui.c.accent, 4);
  const Point a = reversed ? w.route[1] : w.route[w.route.size() - 2], b = reversed ? w.route[0] : w.route.back();
  p.arrowhead(b.x, b.y, b.x - a.x, b.y - a.y, 14, ui.c.accent);
  const auto name = [&](int node) { return ui.world.nodes[static_cast<std::size_t>(node)].name; };
  p.note(Rect{b.x, b.y, 0, 0}.grown(7), ("chain way " + name(from) + " > " + name(to)).c_str());
  const Point* last = nullptr;
  for (const Point& at : w.route) {
    if (last != nullptr) {
      const Rect part{std::min(last->x, at.x), std::min(last->y, at.y), std::abs(last->x - at.x),
                      std::abs(last->y - at.y)};
      lit.push_back(p.to_window(part.grown(6)));
    }
    last = &at;
  }
}

/// A cut in one direction: every route on which messages no longer arrive, in their direction.
void highlight_cut(Ui& ui, const StageView& view, const ChainLink& link, std::vector<Rect>& lit) {
  for (const std::string& from : link.cut_from)
    for (const std::string& to : link.cut_to)
      highlight_way(ui, view, view.stands_for(ui.node_of(from)), view.stands_for(ui.node_of(to)), true, lit);
}

/// Whether the link is a cut of the route between the nodes, in any direction.
bool cuts_between(const Ui& ui, const StageView& view, const ChainLink& link, int a, int b) {
  const auto among = [&](const std::vector<std::string>& names, int node) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return view.stands_for(ui.node_of(name)) == node; });
  };
  return (among(link.cut_from, a) && among(link.cut_to, b)) || (among(link.cut_from, b) && among(link.cut_to, a));
}

}  // namespace

std::vector<Rect> draw_chain_ways(Ui& ui, const StageView& view) {
  std::vector<Rect> lit;
  int previous = -1;
  for (const ChainLink& link : ui.log.chain) {
    highlight_cut(ui, view, link, lit);
    const int node = view.stands_for(ui.node_of(link.node));
    if (view.rect(node) == nullptr) continue;
    // A route that the link cuts is highlighted above, in the direction of the cut.
    if (!cuts_between(ui, view, link, previous, node)) highlight_way(ui, view, previous, node, false, lit);
    previous = node;
  }
  return lit;
}

void draw_chain_numbers(Ui& ui, const StageView& view) {
  int number = 0;
  std::vector<std::vector<int>> at(ui.world.nodes.size());
  for (const ChainLink& link : ui.log.chain) {
    ++number;
    std::vector<std::string> names = link.also;
    names.insert(names.begin(), link.node);
    for (const std::string& name : names) {
      const int node = view.stands_for(ui.node_of(name));
      if (view.rect(node) == nullptr) continue;
      std::vector<int>& here = at[static_cast<std::size_t>(node)];
      if (here.empty() || here.back() != number) here.push_back(number);
    }
  }
  for (std::size_t node = 0; node < at.size(); ++node)
    if (const Rect* r = view.rect(static_cast<int>(node)); r != nullptr && !at[node].empty())
      draw_numbers(ui, *r, at[node], view.mode == StageMode::Grid ? Rect{} : rack_plate(ui, ui.world.nodes[node], *r));
}

namespace {
/// Beside a card, clear of words, of other cards and of the stage's edges; without such a place, on the card where it has no words; without
/// that, nowhere.
std::optional<Rect> place_of_numbers(const Ui& ui, const std::vector<Rect>& at, const Rect& r, const Rect& stage,
                                     float w, float h, float away) {
  const float above = r.y - h - away, below = r.bottom() + away, left = r.x - w - away, right = r.right() + away;
  const Rect inside = stage.grown(-2);
  for (const Rect& box : {Rect{r.x, below, w, h},
                          {r.x, above, w, h},
                          {r.cx() - w / 2, below, w, h},
                          {r.right() - w, below, w, h},
                          {r.right() - w, above, w, h},
                          {r.cx() - w / 2, above, w, h},
                          {left, r.cy() - h / 2, w, h},
                          {right, r.cy() - h / 2, w, h}}) {
    if (box.x >= inside.x && box.right() <= inside.right() && box.y >= inside.y && box.bottom() <= inside.bottom() &&
        std::none_of(at.begin(), at.end(), [&](const Rect& o) { return !o.empty() && o.overlaps(box); }) &&
        !is_over_words(ui.p, box))
      return box;
  }
  Row row{r};
  const Rect at_end = row.right(w), in_middle = r.middle(w, h);
  for (const Rect& part : {at_end, in_middle})
    for (float y = r.bottom() - h; y >= r.y; y -= away)
      if (const Rect box{part.x, y, w, h}; !is_over_words(ui.p, box)) return box;
  return std::nullopt;
}

}  // namespace

void draw_large_chain_numbers(Ui& ui, const std::vector<Rect>& at, const Rect& stage, float text, float stroke) {
  if (!ui.log.why.open) return;
  Painter& p = ui.p;
  std::vector<std::vector<int>> numbers(at.size());
  int number = 0;
  for (const ChainLink& link : ui.log.chain) {
    ++number;
    const int node = ui.node_of(link.node);
    if (node >= 0 && !at[static_cast<std::size_t>(node)].empty())
      numbers[static_cast<std::size_t>(node)].push_back(number);
  }
  constexpr float kHigh = 1.73f, kSmall = 1.2f;  // of the text in a pill
  for (std::size_t node = 0; node < at.size(); ++node) {
    if (numbers[node].empty()) continue;
    p.stroke(at[node].grown(stroke), ui.c.accent, stroke * 1.6f, 8);
    ChainPills pills;
    std::optional<Rect> place;
    for (const float high : {kHigh, kSmall}) {
      if (place) break;
      pills = chain_pills(p, numbers[node], text * high, text * .97f);
      place = place_of_numbers(ui, at, at[node], stage, pills.wide, pills.high, stroke * 2.2f);
    }
    if (!place) place = Rect{at[node].x, at[node].bottom() - pills.high / 3, pills.wide, pills.high};
    p.note(*place, "chain numbers");
    draw_pills(p, pills, *place);
  }
}

}  // namespace kafkascope::ui
