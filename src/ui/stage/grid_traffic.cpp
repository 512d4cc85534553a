#include "ui/stage/grid_traffic.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ui/stage/labels.h"
#include "ui/stage/messages.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kCross = 1.3f;          // of a lost message, in radii of others
constexpr std::size_t kFewDots = 40;    // messages drawn over the cards
constexpr std::size_t kFewLabels = 4;   // messages with words beside them
constexpr std::size_t kMostDots = 400;  // messages drawn beside the cards; if there are more, only the lines are drawn

struct Bundle {
  int node = -1, group = -1;
  Family family = Family::Control;
  int messages = 0;
  int lane = 0;  // different kinds between the same ends are side by side
};

/// The places of nodes, and the rack of each broker.
class Traffic {
 public:
  Traffic(const Ui& ui, const BrokerGrid& grid, const std::vector<Rect>& at) : ui_(ui), grid_(grid), at_(at) {
    broker_.reserve(ui.world.nodes.size());
    for (const Node& node : ui.world.nodes) broker_.push_back(node.kind == NodeKind::Broker);
    group_.assign(at.size(), -1);
    led_.assign(at.size() * grid.groups.size(), kNotLed);
    for (std::size_t g = 0; g < grid.groups.size(); ++g)
      for (const int broker : grid.groups[g].brokers) group_[static_cast<std::size_t>(broker)] = static_cast<int>(g);
    for (const auto& [node, r] : grid.apart) group_[static_cast<std::size_t>(node)] = -2 - node;
    whole_ = grid.seen(-1, grid.whole);
    for (std::size_t i = 0; i < at.size(); ++i)
      if (!at[i].empty() && !broker(static_cast<int>(i)) && !above(static_cast<int>(i)))
        ++beside_[at[i].cx() < whole_.cx() ? 0 : 1];
  }

  bool known(int node) const {
    return node >= 0 && node < static_cast<int>(at_.size()) &&
           (broker(node) || !at_[static_cast<std::size_t>(node)].empty());
  }
  bool broker(int node) const { return broker_[static_cast<std::size_t>(node)]; }
  bool above(int node) const { return at_[static_cast<std::size_t>(node)].bottom() <= whole_.y + 2; }
  /// Where a node's line to a broker leads: to a rack; -1: to the whole grid, for nodes above it, if there would be too
  /// many lines to single racks, and where the line would run behind another rack; -2 - n: to the broker n by itself.
  int group_for(int node, int broker_node) const {
    const int group = group_[static_cast<std::size_t>(broker_node)];
    if (group < 0) return group;
    int& led = led_[static_cast<std::size_t>(node) * grid_.groups.size() + static_cast<std::size_t>(group)];
    if (led == kNotLed) led = leads_to(node, group);
    return led;
  }
  /// The line from a node's card to the frame of a rack, or of the whole grid; from a card below others round these.
  Route line(int node, int group) const {
    const Rect& r = at_[static_cast<std::size_t>(node)];
    Rect to = whole_;
    if (group >= 0) to = grid_.seen(-1, grid_.groups[static_cast<std::size_t>(group)].rect);
    if (group < -1) to = at_[static_cast<std::size_t>(-2 - group)];
    if (to.empty()) to = whole_;
    if (r.bottom() <= to.y || r.y >= to.bottom()) {
      const bool above = r.bottom() <= to.y;
      const auto inside = [&](float at) { return std::clamp(at, to.x + 6, std::max(to.x + 6, to.right() - 6)); };
      const float x = inside(r.cx());
      if (const int rank = above ? 0 : cards_above(node); rank > 0) {
        constexpr float kFirst = 2, kNext = 1.5f;  // off the card, and off one another, in half gaps
        const bool left = r.cx() < whole_.cx();
        const float edge = left ? r.right() : r.x, away = half_gap() * (kFirst + kNext * static_cast<float>(rank)),
                    round = inside(left ? edge + away : edge - away);
        return {{edge, r.cy()}, {round, r.cy()}, {round, to.bottom()}};
      }
      if (r.right() > to.x && r.x < to.right())
        return {{r.cx(), above ? r.bottom() : r.y}, {x, above ? to.y : to.bottom()}};
    }
    const bool left = r.cx() < to.cx();
    const float y = group == -1 ? std::clamp(r.cy(), to.y + 4, std::max(to.y + 4, to.bottom() - 4)) : to.cy();
    return {{left ? r.right() : r.x, r.cy()}, {left ? to.x : to.right(), y}};
  }
  Point middle(int node) const {
    const Rect& r = at_[static_cast<std::size_t>(node)];
    return r.empty() ? Point{whole_.cx(), whole_.cy()} : Point{r.cx(), r.cy()};
  }
  /// The route of a message: along the gaps between cards, so that it lies over no words.
  Route route(int from, int to) const {
    if (!broker(from) && !broker(to)) return between_others(from, to);
    if (broker(from) && broker(to)) {  // the answer takes the way of the request
      Route way = between_brokers(std::min(from, to), std::max(from, to));
      if (from > to) std::reverse(way.begin(), way.end());
      return way;
    }
    const int client = broker(from) ? to : from, other = broker(from) ? from : to;
    Route way = line(client, group_for(client, other));
    if (group_for(client, other) >= -1) add_way_in(way, other);
    if (broker(from)) std::reverse(way.begin(), way.end());
    return way;
  }
  /// Where the message's mark is, over neither card at its ends: a steep line to a rack runs along the words of a client.
  Point spot(int from, int to, float fraction, float radius) const {
    Point at = along(route(from, to), fraction, radius);
    for (const int node : {from, to}) {
      const Rect& card = at_[static_cast<std::size_t>(node)];
      if (!broker(node) && at.y > card.y && at.y < card.bottom() && card.grown(radius).contains(at.x, at.y))
        at.x = at.x < card.cx() ? card.x - radius : card.right() + radius;
    }
    return at;
  }
  /// Whether both have the same card, as servers of one ensemble have: what they tell one another stays in it.
  bool share_card(int from, int to) const {
    const Rect &a = at_[static_cast<std::size_t>(from)], &b = at_[static_cast<std::size_t>(to)];
    return !a.empty() && a.x == b.x && a.y == b.y;
  }

 private:
  int leads_to(int node, int group) const {
    constexpr std::size_t kMostLines = 12;
    const std::size_t clients = beside_[at_[static_cast<std::size_t>(node)].cx() < whole_.cx() ? 0 : 1];
    return above(node) || clients * grid_.groups.size() > kMostLines || behind_another(node, group) ? -1 : group;
  }
  /// How many cards stand between that node's and the grid above it.
  int cards_above(int node) const {
    const Rect& r = at_[static_cast<std::size_t>(node)];
    return static_cast<int>(std::count_if(at_.begin(), at_.end(), [&](const Rect& o) {
      return !o.empty() && o.y >= whole_.bottom() && o.bottom() <= r.y && o.x < r.cx() && o.right() > r.cx();
    }));
  }
  float half_gap() const { return grid_.text * .25f * ui_.st.zoom.k; }
  bool behind_another(int node, int group) const {
    if (group < 0) return false;
    const Route way = line(node, group);
    const Point a = way.front(), b = way.back();
    const Rect span = Rect{std::min(a.x, b.x), std::min(a.y, b.y), std::abs(a.x - b.x), std::abs(a.y - b.y)};
    for (std::size_t g = 0; g < grid_.groups.size(); ++g)
      if (static_cast<int>(g) != group && grid_.seen(-1, grid_.groups[g].rect).overlaps(span)) return true;
    return false;
  }
  /// From the frame of a rack or of the grid to the upper edge of a broker's card.
  void add_way_in(Route& way, int broker) const {
    const Rect& card = at_[static_cast<std::size_t>(broker)];
    if (card.empty()) return way.push_back(middle(broker));
    const Point edge = way.back();
    const float above = card.y - half_gap();
    const Rect inner = whole_.grown(-1);
    if (edge.x > inner.x && edge.x < inner.right() && (edge.y <= inner.y || edge.y >= inner.bottom())) {
      const float beside = edge.x < card.cx() ? card.x - half_gap() : card.right() + half_gap();
      way.push_back({beside, edge.y});
      way.push_back({beside, above});
    } else if (const int group = group_[static_cast<std::size_t>(broker)];
               group >= 0 && edge.x < grid_.groups[static_cast<std::size_t>(group)].label.right()) {  // above its name
      const GridGroup& rack = grid_.groups[static_cast<std::size_t>(group)];
      const float pad = grid_.text * .15f * ui_.st.zoom.k, top = rack.rect.y + pad, right = rack.label.right() + pad;
      way.insert(way.end(), {{edge.x, top}, {right, top}, {right, above}});
    } else {
      way.push_back({edge.x, above});
    }
    way.push_back({card.cx(), above});
    way.push_back({card.cx(), card.y});
  }
  /// From a node that is no broker to the gap above the grid.
  Route way_out(int node) const {
    const Rect& r = at_[static_cast<std::size_t>(node)];
    const float corridor = whole_.y - half_gap();
    if (above(node)) return {{r.cx(), r.bottom()}, {r.cx(), corridor}};
    const bool left = r.cx() < whole_.cx();
    if (r.y >= whole_.bottom()) {
      const float y = whole_.bottom() + half_gap(), x = left ? whole_.x - half_gap() : whole_.right() + half_gap();
      return {{r.cx(), r.y}, {r.cx(), y}, {x, y}, {x, corridor}};
    }
    const float edge = left ? r.right() : r.x, x = left ? edge + 2 * half_gap() : edge - 2 * half_gap();
    return {{edge, r.cy()}, {x, r.cy()}, {x, corridor}};
  }
  Route between_others(int from, int to) const {
    const Rect &a = at_[static_cast<std::size_t>(from)], &b = at_[static_cast<std::size_t>(to)];
    if (above(from) && above(to)) {
      const Point start{a.x < b.x ? a.right() : a.x, a.cy()}, end{a.x < b.x ? b.x : b.right(), b.cy()};
      const Rect way = Rect{start.x, start.y, 0, 0}.with({end.x, end.y, 0, 0}).padded(1, -1);
      if (std::none_of(at_.begin(), at_.end(), [&](const Rect& o) { return !o.empty() && o.overlaps(way); }))
        return {start, end};
    }
    Route way = way_out(from), back = way_out(to);
    if (way.back().x == back.back().x) way.pop_back(), back.pop_back();  // on one side
    way.insert(way.end(), back.rbegin(), back.rend());
    return way;
  }
  Route between_brokers(int from, int to) const {
    const Rect &a = at_[static_cast<std::size_t>(from)], &b = at_[static_cast<std::size_t>(to)];
    if (a.empty() || b.empty()) return {middle(from), middle(to)};
    const float gap = half_gap();
    const bool down = a.bottom() <= b.y;  // else b is above, or in the same row: its way leads above that
    const float leaves = down ? a.bottom() : a.y, arrives = down || a.y < b.bottom() ? b.y : b.bottom(),
                first = down ? leaves + gap : leaves - gap, last = arrives == b.y ? arrives - gap : arrives + gap,
                aisle = a.cx() < b.cx() ? b.x - gap : b.right() + gap;
    if (first == last) return {{a.cx(), leaves}, {a.cx(), first}, {b.cx(), last}, {b.cx(), arrives}};
    return {{a.cx(), leaves}, {a.cx(), first}, {aisle, first}, {aisle, last}, {b.cx(), last}, {b.cx(), arrives}};
  }

  const Ui& ui_;
  const BrokerGrid& grid_;
  const std::vector<Rect>& at_;
  static constexpr int kNotLed = -3;
  std::vector<char> broker_;      // by node; its cards are looked up for each of thousands of messages
  std::vector<int> group_;        // by node
  mutable std::vector<int> led_;  // by node and rack, once it has been asked for
  std::size_t beside_[2] = {};    // clients on the left, on the right
  Rect whole_;
};

/// Words beside marks, over no card and no other words: the cards stand so close that most words have no room. What a mark without words
/// is says its card under the pointer.
class GridLabels {
 public:
  GridLabels(Ui& ui, const BrokerGrid& grid, const std::vector<Rect>& cards, const std::vector<Rect>& frames,
             float radius, float stroke)
      : ui_(ui), grid_(grid), reach_(radius * kCross), stroke_(stroke), left_(grid.room.x), right_(grid.room.right()) {
    for (const std::vector<Rect>* list : {&cards, &frames})
      for (const Rect& r : *list) {
        if (r.empty()) continue;
        taken_.push_back(r);
        left_ = std::min(left_, r.x), right_ = std::max(right_, r.right());
      }
  }
  void keep_clear(Point mark) { taken_.push_back(Rect{mark.x, mark.y, 0, 0}.grown(reach_)); }
  /// The words, or else the shorter ones; nothing without room.
  void add(Point mark, const std::string& words, const std::string& brief, Color ink, Color ground, Color edge) {
    if (!put(mark, words, ink, ground, edge) && brief != words) put(mark, brief, ink, ground, edge);
  }
  /// The words about a refused request, or the shorter ones, beside the client that got the answer, else further away
  /// with a line to it. Where they are; nothing without room.
  std::optional<Rect> add_refused(Point client, const std::string& words, const std::string& brief) {
    const Palette& c = ui_.c;
    for (const bool far : {false, true})
      for (const std::string* shown : {&words, &brief})
        if (const auto r = put(client, *shown, c.danger, c.danger_fill, c.danger, far)) return r;
    return std::nullopt;
  }

 private:
  /// `far`: with a line to the mark.
  std::optional<Rect> put(Point mark, const std::string& words, Color ink, Color ground, Color edge, bool far = false) {
    Painter& p = ui_.p;
    const TextStyle style{.em = grid_.text, .color = ink, .bold = true, .align = Align::Middle};
    const float w = p.width(words, style) + grid_.text, h = grid_.text * 1.5f, near = reach_ + kApart;
    // Beside the mark, or just above or below the grid.
    const float levels[] = {mark.y + near,
                            mark.y - near - h,
                            mark.y - h / 2,
                            mark.y + near + h,
                            mark.y - near - h - h,
                            grid_.whole.y - kApart - h,
                            grid_.whole.bottom() + kApart};
    for (const float y : levels)
      for (const float x : {mark.x - w / 2, mark.x + near, mark.x - near - w}) {
        const Rect r{x, y, w, h};
        if ((!far && std::abs(y - mark.y) > kFar * h) || !free(r, far ? kAbove : 0)) continue;
        const Route stem = far ? stem_of(r, mark) : Route{};
        if (far && stem.empty()) continue;
        if (far) p.route(stem, edge, stroke_ + stroke_ / 2);
        p.fill(r, ground, 4);
        p.stroke(r, edge, stroke_, 4);
        p.text(r, words, style);
        p.note(r, "grid label");
        taken_.push_back(r);
        return r;
      }
    return std::nullopt;
  }
  /// From the words up or down to the height of the mark, and then to it, over no card and no words; empty: there is no such way.
  Route stem_of(const Rect& r, Point mark) const {
    const float edge = r.y > mark.y ? r.y : r.bottom();
    for (const float x : {r.x + kInset, r.cx(), r.right() - kInset}) {
      const Rect upright = Rect{x, std::min(edge, mark.y), 0, std::abs(edge - mark.y)}.grown(stroke_),
                 level = Rect{std::min(x, mark.x), mark.y, std::abs(x - mark.x), 0}.padded(kApart, 0);
      if (clear(upright) && clear(level)) return {{x, edge}, {x, mark.y}, mark};
    }
    return {};
  }
  bool clear(const Rect& r) const {
    const Rect there = ui_.p.to_window(r);
    const auto& texts = ui_.p.texts();
    return std::none_of(texts.begin(), texts.end(), [&](const Rect& o) { return o.overlaps(there); }) &&
           std::none_of(taken_.begin(), taken_.end(), [&](const Rect& o) { return o.overlaps(r); });
  }
  bool free(const Rect& r, float above) const {
    const Rect there = ui_.p.to_window(r.grown(kApart));
    const auto& texts = ui_.p.texts();
    const float below = above > 0 ? 0 : grid_.text * kBelow;  // between the grid and what stands below it
    return r.x >= left_ && r.right() <= right_ && r.y >= grid_.room.y - grid_.text * above &&
           r.bottom() <= grid_.room.bottom() + below &&
           std::none_of(texts.begin(), texts.end(), [&](const Rect& o) { return o.overlaps(there); }) &&
           std::none_of(taken_.begin(), taken_.end(), [&](const Rect& o) { return o.overlaps(r.grown(kEdges)); });
  }

  static constexpr float kEdges = 2;  // from the line around the words to that of a card
  static constexpr float kApart = 3, kBelow = 2, kFar = 4, kAbove = 2.5f, kInset = 6;  // kAbove: beside the controllers
  Ui& ui_;
  const BrokerGrid& grid_;
  float reach_;  // of the largest mark
  float stroke_;
  float left_, right_;  // the cards' outer edges, between which words stand
  std::vector<Rect> taken_;
};

/// The errors that have just arrived.
void draw_refused(Ui& ui, const Traffic& traffic, GridLabels& labels) {
  int shown = 0;
  for (const Refused* refused : just_refused(ui)) {
    if (shown == kMostRefused) return;
    const Refused& r = *refused;
    if (!traffic.known(r.from) || !traffic.known(r.to)) continue;
    const auto place =
        labels.add_refused(traffic.route(r.from, r.to).back(), error_words(ui, r.error, r.sequence), r.error);
    if (!place) continue;
    error_link(ui, *place, r.to, r.error);
    ++shown;
  }
}

/// The places where messages were lost recently, with what they were.
void draw_lost(Ui& ui, const Traffic& traffic, float radius, GridLabels& labels) {
  const Palette& c = ui.c;
  const auto lost = lost_here(ui, [&](const LostMessage& l) -> std::optional<Point> {
    if (!traffic.known(l.from) || !traffic.known(l.to)) return std::nullopt;
    return traffic.spot(l.from, l.to, l.fraction, radius);
  });
  for (const LostHere& here : lost) {
    ui.p.circle(here.at.x, here.at.y, radius * 1.6f, c.canvas);
    ui.p.cross(here.at.x, here.at.y, radius * kCross, c.danger, radius * .6f);
    ui.p.note(Rect{here.at.x, here.at.y, 0, 0}.grown(radius * kCross), "lost message");
    labels.keep_clear(here.at);
  }
  for (const LostHere& here : lost)
    labels.add(here.at, ui.tr("ui.message_lost"_w, {{"what", here.what}}), here.what, c.danger, c.danger_fill,
               c.danger);
}

}  // namespace

GridDot draw_grid_traffic(Ui& ui, const BrokerGrid& grid, const std::vector<Rect>& at, float radius, float stroke,
                          bool over, const std::vector<Rect>& frames) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Traffic traffic(ui, grid, at);
  const auto& messages = ui.world.messages;
  const int selected = ui.node_of(ui.st.selection);
  const auto concerns = [&](const Message& m) { return selected >= 0 && (m.from == selected || m.to == selected); };
  const HiddenKinds hidden(ui.lesson.view.hide);
  const auto drawn = [&](const Message& m) {
    return traffic.known(m.from) && traffic.known(m.to) && !traffic.share_card(m.from, m.to) && !hidden.hides(m);
  };
  const bool few = messages.size() <= kFewDots;
  if (ui.st.reduced_motion && ui.lesson.glide.active) return {};
  GridLabels labels(ui, grid, at, frames, radius, stroke);
  if (over && !few && selected < 0) {
    draw_lost(ui, traffic, radius, labels);
    draw_refused(ui, traffic, labels);
    return {};
  }
  if (over) {
    const bool very_few =
        static_cast<std::size_t>(std::count_if(messages.begin(), messages.end(), drawn)) <= kFewLabels;
    // The selected node's lines, or all between brokers while there are very few: their messages may have no words.
    std::vector<std::pair<std::pair<int, int>, Family>> lines;
    for (const Message& m : messages)
      if (drawn(m) && (concerns(m) || (very_few && traffic.broker(m.from) && traffic.broker(m.to))))
        lines.push_back({std::minmax(m.from, m.to), m.family});
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    for (const auto& [ends, family] : lines) {
      if (traffic.broker(ends.first) != traffic.broker(ends.second)) continue;
      p.route(traffic.route(ends.first, ends.second), with_alpha(c.family[static_cast<std::size_t>(family)], .7f),
              stroke * 1.6f);
    }
  } else {
    std::vector<Bundle> bundles;
    std::vector<std::vector<std::size_t>> of_node(at.size());
    for (const Message& m : messages) {
      if (!drawn(m) || traffic.broker(m.from) == traffic.broker(m.to)) continue;
      const int node = traffic.broker(m.from) ? m.to : m.from,
                group = traffic.group_for(node, traffic.broker(m.from) ? m.from : m.to);
      auto& known = of_node[static_cast<std::size_t>(node)];
      const auto it = std::find_if(known.begin(), known.end(), [&](std::size_t i) {
        return bundles[i].group == group && bundles[i].family == m.family;
      });
      if (it != known.end()) {
        ++bundles[*it].messages;
        continue;
      }
      const auto lane =
          std::count_if(known.begin(), known.end(), [&](std::size_t i) { return bundles[i].group == group; });
      known.push_back(bundles.size());
      bundles.push_back({node, group, m.family, 1, static_cast<int>(lane)});
    }
    // A rare kind must not hide a frequent one.
    std::stable_sort(bundles.begin(), bundles.end(),
                     [](const Bundle& a, const Bundle& b) { return a.messages < b.messages; });
    for (const Bundle& bundle : bundles) {
      Route way = traffic.line(bundle.node, bundle.group);
      const float aside = stroke * 3.5f * static_cast<float>((bundle.lane + 1) / 2 * (bundle.lane % 2 == 0 ? 1 : -1));
      const bool upright = way.back().x == std::prev(way.end(), 2)->x;
      for (Point& at : way) (upright ? at.x : at.y) += aside;
      if (way.size() > 2) way.front().x -= aside;  // at the card's edge
      const float width = std::min(stroke * (1 + .4f * std::log2(static_cast<float>(bundle.messages))), stroke * 3.5f);
      const Color color = mix(c.family[static_cast<std::size_t>(bundle.family)], c.canvas, c.link_tint);
      const Point a = way.front(), b = way.back();
      if (way.size() > 2) p.route(way, color, width, 4);
      else p.line(a.x, a.y, b.x, b.y, color, width);
      p.note({std::min(a.x, b.x), std::min(a.y, b.y), std::abs(a.x - b.x), std::abs(a.y - b.y)}, "bundle");
    }
  }
  if (!few && !over && messages.size() > kMostDots) return {};
  const Rect unit = p.to_window({0, 0, 1, 1});
  const Point pointer{(ui.in.x - unit.x) / unit.w, (ui.in.y - unit.y) / unit.h};
  GridDot hovered;
  std::vector<std::pair<Point, const Message*>> marks;
  float best = 11 * 11;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const Message& m = messages[i];
    if (over != (few || concerns(m)) || !drawn(m)) continue;
    if (!few && !over && traffic.broker(m.from) && traffic.broker(m.to)) continue;
    const Point spot = traffic.spot(m.from, m.to, m.fraction, radius);
    if (ui.time.is_watched(m.id)) {
      p.circle(spot.x, spot.y, radius * 2.2f, mix(c.family[static_cast<std::size_t>(m.family)], c.canvas, .3f));
      p.circle(spot.x, spot.y, radius * 1.6f, c.canvas);
    }
    p.mark(m.family, spot.x, spot.y, radius, m.response, c.canvas);
    p.note(Rect{spot.x, spot.y, 0, 0}.grown(radius), over ? "grid bead" : "grid bead under cards");
    marks.emplace_back(spot, &m);
    labels.keep_clear(spot);
    const float d = (spot.x - pointer.x) * (spot.x - pointer.x) + (spot.y - pointer.y) * (spot.y - pointer.y);
    if (d < best) best = d, hovered = {static_cast<int>(i), spot};
  }
  if (!over) return hovered;
  draw_lost(ui, traffic, radius, labels);
  draw_refused(ui, traffic, labels);
  for (const auto& [spot, message] : marks) {
    const Message& m = *message;
    const bool error = !m.error.empty();
    if (marks.size() > kFewLabels || !(ui.time.is_watched(m.id) || stays_readable(ui, m))) continue;
    const std::string words = error ? error_words(ui, m.error, m.refused_sequence) : wire_label(ui, m);
    labels.add(spot, words, error ? words : m.api, error ? c.danger : c.primary, error ? c.danger_fill : c.canvas,
               error ? c.danger : c.family[static_cast<std::size_t>(m.family)]);
  }
  return hovered;
}

}  // namespace kafkascope::ui
