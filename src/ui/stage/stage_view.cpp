#include "ui/stage/stage_view.h"

#include <algorithm>
#include <cmath>

namespace kafkascope::ui {
namespace {

using namespace observe;

constexpr float kBrokerTop = 182, kControlLane = 112;
constexpr float kTrayCard = 82;  // height of a producer's card: name, fact, accumulator

/// The height of a consumer's card with that many lines below the name.
float client_card_height(int lines) { return 26 + kClientLine * static_cast<float>(std::max(lines, 2)); }

/// Messages between brokers that are neither data nor metadata: requests of the hosted controller. Drawn above the brokers, like all
/// control.
bool is_order(const Snapshot& world, int from, int to, Family family) {
  const auto broker = [&](int n) { return world.nodes[static_cast<std::size_t>(n)].kind == NodeKind::Broker; };
  return family == Family::Control && broker(from) && broker(to);
}

/// Collects the nodes by their place, positions the cards, then lays the routes.
class Builder {
 public:
  Builder(const Snapshot& world, const StageArrangement& how) : world_(world), how_(how) {
    view_.ensemble_open = how.ensemble_open;
  }

  StageView build() {
    view_.card_of.assign(world_.nodes.size(), -1);
    for (std::size_t i = 0; i < world_.nodes.size(); ++i) {
      const int n = static_cast<int>(i);
      view_.instead.push_back(n);
      if (is(n, NodeKind::ZooKeeper) && !view_.ensemble_open && !top_.empty()) {  // in the first server's box
        view_.instead.back() = top_.front();
        continue;
      }
      switch (stage_place(world_, n)) {
        case StagePlace::Top: top_.push_back(n); break;
        case StagePlace::Middle: brokers_.push_back(n); break;
        case StagePlace::Right: right_.push_back(n); break;
        case StagePlace::Left: left_.push_back(n); break;
        case StagePlace::Nowhere: break;
      }
    }
    const std::size_t clients = left_.size() + right_.size();
    room_left_ = left_.empty() ? 60.f : 206.f;
    two_columns_ = two_columns(world_, right_, brokers_.size());
    room_right_ = right_.empty() ? 1190.f : two_columns_ ? 1034.f - kColumn : 1034.f;
    view_.mode = has_many_brokers(world_)             ? StageMode::Grid
                 : brokers_.size() > 3 || clients > 4 ? StageMode::Trunks
                                                      : StageMode::Lanes;
    view_.brokers_aside =
        view_.mode != StageMode::Grid && world_.metadata == "kraft" && world_.partitions.empty() &&
        std::any_of(world_.clients.begin(), world_.clients.end(), [](const Client& c) { return !c.peers.empty(); });
    place_top();
    if (view_.mode != StageMode::Grid && !view_.brokers_aside) place_brokers();
    place_left();
    place_right();
    view_.hidden_clients += view_.hidden_right;
    move_cards();
    if (view_.mode == StageMode::Grid) {
      place_grid();
      return std::move(view_);  // no ways: grid_traffic.h
    }
    lay_standing_ways();
    count_messages();
    apply_links();
    return std::move(view_);
  }

 private:
  void add(int node, const Rect& r) {
    view_.card_of[static_cast<std::size_t>(node)] = static_cast<int>(view_.cards.size());
    view_.cards.push_back({node, r});
  }

  void place_top() {
    if (top_.empty()) return;
    if (is(top_.front(), NodeKind::ZooKeeper)) return place_ensemble();
    const auto n = static_cast<float>(top_.size() + (view_.brokers_aside ? brokers_.size() : 0));
    const float pitch = std::min(272.f, 1000.f / n), w = std::min(188.f, pitch - 24);
    float x = middle() - (pitch * (n - 1)) / 2 - w / 2;
    for (const int node : top_) {
      if (is(node, NodeKind::Queue)) add(node, {x, 14, w, 60});
      else add(node, {x, 20, w, 50});
      x += pitch;
    }
    for (const int node : brokers_) {
      if (view_.brokers_aside) add(node, {x, 20, w, 50});
      x += pitch;
    }
  }

  void place_ensemble() {
    const auto servers = static_cast<std::size_t>(
        std::count_if(top_.begin(), top_.end(), [&](int node) { return is(node, NodeKind::ZooKeeper); }));
    const auto n = static_cast<float>(servers);
    for (std::size_t i = servers; i < top_.size(); ++i)
      add(top_[i], {middle() + 254 + 148 * static_cast<float>(i - servers), 14, 140, 60});
    if (!view_.ensemble_open) {
      const auto all = std::count_if(world_.nodes.begin(), world_.nodes.end(),
                                     [](const Node& node) { return node.kind == NodeKind::ZooKeeper; });
      const float w = 360 + 34 * static_cast<float>(all);
      view_.ensemble = {middle() - w / 2, 18, w, 58};
      add(top_.front(), view_.ensemble);
      const int card = static_cast<int>(view_.cards.size()) - 1;
      for (std::size_t i = 0; i < world_.nodes.size(); ++i)
        if (view_.instead[i] == top_.front()) view_.card_of[i] = card;
      return;
    }
    const float pitch = std::min(250.f, 980.f / n), w = std::min(214.f, pitch - 20);
    const float x = middle() - (pitch * (n - 1)) / 2 - w / 2;
    for (std::size_t i = 0; i < servers; ++i) add(top_[i], {x + pitch * static_cast<float>(i), 40, w, 48});
    view_.ensemble = {x - 16, 6, pitch * (n - 1) + w + 32, 90};
  }

  void place_brokers() {
    const auto n = static_cast<float>(brokers_.size());
    if (brokers_.empty()) return;
    const float gap = brokers_.size() <= 3 ? 48.f : brokers_.size() == 4 ? 28.f : 16.f;
    const float w =
        std::min(left_.empty() || right_.empty() ? 264.f : 236.f, (room_right_ - room_left_ - gap * (n - 1)) / n);
    float x = middle() - (w * n + gap * (n - 1)) / 2;
    for (const int node : brokers_) {
      add(node, {x, kBrokerTop, w, view_.broker_h});
      x += w + gap;
    }
  }

  /// Last, because a broker that was dragged out of it stands beside all other cards.
  void place_grid() {
    const float top = top_.empty() ? 14.f : is(top_.front(), NodeKind::ZooKeeper) && view_.ensemble_open ? 104.f : 84.f;
    std::vector<Rect> others;
    for (const StageCard& card : view_.cards) others.push_back(card.rect);
    view_.grid = arrange_grid(world_, brokers_, {room_left_ - 6, top, room_right_ - room_left_ + 12, kStageH - 8 - top},
                              how_.text, how_.zoom, {how_.moved, frame(), std::move(others)});
    for (const std::vector<std::pair<int, Rect>>* list : {&view_.grid.cards, &view_.grid.apart})
      for (const auto& [node, r] : *list) add(node, r);
    for (const auto& [node, r] : view_.grid.apart) moved_[static_cast<std::size_t>(node)] = 1;
  }

  static Rect frame() { return {4, 4, kStageW - 8, kStageH - 8}; }

  /// Cards that were dragged elsewhere; where two would overlap, the nearest free place.
  void move_cards() {
    moved_.assign(world_.nodes.size(), 0);
    if (how_.moved == nullptr || how_.moved->empty()) return;
    for (StageCard& card : view_.cards) {
      const auto place = how_.moved->find(world_.nodes[static_cast<std::size_t>(card.node)].name);
      if (place == how_.moved->end() || in_box(card.node)) continue;
      std::vector<Rect> others;
      for (const StageCard& o : view_.cards)
        if (o.node != card.node) others.push_back(o.rect);
      for (const StageGroup& g : view_.groups) others.push_back({g.rect.x, g.rect.y, g.rect.w, 32});
      card.rect = free_place(centred(card.rect, place->second, frame()), frame(), others);
      moved_[static_cast<std::size_t>(card.node)] = 1;
    }
  }

  void place_left() {
    const int shown = std::min<int>(static_cast<int>(left_.size()), 8);
    view_.hidden_clients = static_cast<int>(left_.size()) - shown;
    left_.resize(static_cast<std::size_t>(shown));
    if (shown == 0) return;
    const auto height = [&](int node) {
      if (shown > 5) return 42.f;
      return shown <= 4 && (is(node, NodeKind::Producer) || is(node, NodeKind::Transform)) ? kTrayCard : 60.f;
    };
    float h = 0;
    for (const int node : left_) h = std::max(h, height(node));
    const float pitch = shown == 1 ? 0 : std::min(100.f, (356.f - h) / static_cast<float>(shown - 1));
    float y = 276 - (pitch * static_cast<float>(shown - 1) + h) / 2;
    y = std::max(y, 84.f);
    for (const int node : left_) {
      add(node, {14, y + (h - height(node)) / 2, 162, height(node)});
      y += pitch;
    }
  }

  struct Block {
    int group;
    std::string name;
    std::vector<int> members;
    int lines = 0;  // below each member's name
  };

  void place_right() {
    // Groups in order, their members inside; then consumers without a group.
    std::vector<Block> blocks;
    std::vector<char> taken(world_.nodes.size(), 0);
    for (std::size_t g = 0; g < world_.groups.size(); ++g) {
      std::vector<int> members;
      for (const Client& c : world_.clients) {
        const auto i = static_cast<std::size_t>(c.node);
        if (c.group != world_.groups[g].id || i >= taken.size() || taken[i] != 0) continue;
        if (std::find(right_.begin(), right_.end(), c.node) == right_.end()) continue;
        taken[i] = 1;
        members.push_back(c.node);
      }
      if (!members.empty()) blocks.push_back({static_cast<int>(g), world_.groups[g].id, std::move(members)});
    }
    // A group without a live coordinator keeps its frame, so that its members do not move on the stage.
    for (const Client& c : world_.clients) {
      const auto i = static_cast<std::size_t>(c.node);
      if (c.group.empty() || i >= taken.size() || taken[i] != 0 ||
          std::find(right_.begin(), right_.end(), c.node) == right_.end())
        continue;
      auto known =
          std::find_if(blocks.begin(), blocks.end(), [&](const Block& b) { return b.group < 0 && b.name == c.group; });
      if (known == blocks.end()) known = blocks.insert(blocks.end(), Block{-1, c.group, {}});
      known->members.push_back(c.node);
      taken[i] = 1;
    }
    std::vector<int> loose;
    for (const int node : right_) {
      if (taken[static_cast<std::size_t>(node)] == 0) loose.push_back(node);
    }
    right_.clear();
    if (!loose.empty() && !blocks.empty() && two_columns_) {
      constexpr std::size_t kMost = 10;
      if (loose.size() > kMost) {
        view_.hidden_right += static_cast<int>(loose.size() - kMost);
        loose.resize(kMost);
      }
      // Above the lanes that lead to the groups.
      constexpr float kTop = 60, kGap = 6;
      const float room = lane_y('r', 0) - 12 - kTop,
                  pitch = std::min(76.f, (room + kGap) / static_cast<float>(loose.size()));
      float y =
          std::max(kTop, std::min(276.f, kTop + room / 2) - (pitch * static_cast<float>(loose.size()) - kGap) / 2);
      for (const int node : loose) {
        add(node, {1062 - kColumn, y, 154, std::min(60.f, pitch - kGap)});
        right_.push_back(node);
        y += pitch;
      }
    } else if (!loose.empty()) {
      blocks.push_back({-1, {}, std::move(loose)});
    }
    count_lines(blocks);
    if (two_columns_ && blocks.size() > 1 && right_.empty()) {  // only groups, too many for one column
      const auto half = blocks.begin() + static_cast<std::ptrdiff_t>((blocks.size() + 1) / 2);
      place_blocks({blocks.begin(), half}, -kColumn, lane_y('r', 0) - 12);
      blocks.erase(blocks.begin(), half);
    }
    place_blocks(blocks, 0, kStageH - 8);
  }

  /// The lines that a member's card needs below its name: one per partition, by the average number, so that a rebalance moves no card.
  void count_lines(std::vector<Block>& blocks) const {
    std::vector<std::size_t> held(world_.nodes.size());
    for (const Client& c : world_.clients)
      if (c.node >= 0 && c.node < static_cast<int>(held.size()))
        held[static_cast<std::size_t>(c.node)] = c.assigned.size();
    for (Block& b : blocks) {
      std::size_t partitions = 0;
      for (const int node : b.members) partitions += held[static_cast<std::size_t>(node)];
      if (b.group >= 0)
        partitions = std::max(partitions, world_.groups[static_cast<std::size_t>(b.group)].partitions.size());
      b.lines = static_cast<int>((partitions + b.members.size() - 1) / b.members.size());
    }
  }

  /// Frames below each other, `dx` beside the right column, above `bottom`.
  void place_blocks(const std::vector<Block>& blocks, float dx, float bottom) {
    if (blocks.empty()) return;
    std::size_t members = 0;
    for (const auto& b : blocks) members += b.members.size();
    const float room = bottom - 62;
    const auto frames = static_cast<float>(blocks.size());
    constexpr float kBetween = 18;  // room for the rings that lessons draw round frames
    const bool compact = blocks.size() > 3;
    const float foot = compact ? 0.f : 24.f, between = compact ? 10.f : kBetween;
    const float fixed = frames * (34 + foot) + (frames - 1) * between;
    // As many lines as fit, the same for all cards that need them; at least two.
    constexpr float kGap = 22, kLeastGap = 10;
    int lines = 7;
    float gap = 0, cards = 0;
    do {
      --lines;
      cards = 0;
      for (const Block& b : blocks)
        cards += client_card_height(std::min(lines, b.lines)) * static_cast<float>(b.members.size());
      gap = std::min(kGap, (room - fixed - cards) / static_cast<float>(members));
    } while (lines > 2 && gap < kLeastGap);
    // Too many: all groups get as many members as fit.
    std::size_t fit = members;
    const float least = compact ? 32.f : 33.f, even = (room - fixed) / static_cast<float>(members);
    const bool crowded = gap < 8;
    if (crowded && even < least) fit = static_cast<std::size_t>(std::max(1.f, (room - fixed) / least));
    const auto pitch_of = [&](const Block& b) {
      return crowded ? std::max(even, least) : client_card_height(std::min(lines, b.lines)) + gap;
    };
    float total = fixed;
    if (crowded) total += std::max(even, least) * static_cast<float>(std::min(fit, members));
    else total += cards + gap * static_cast<float>(members);
    float y = std::max(60.f, std::min(280 - total / 2, bottom - total));
    std::size_t left = fit;
    for (const Block& block : blocks) {
      const int group = block.group;
      const std::string& name = block.name;
      const std::vector<int>& nodes = block.members;
      const float pitch = pitch_of(block), h = crowded ? pitch - 8 : pitch - gap;
      const bool framed = !name.empty();
      const std::size_t share = std::min(left, nodes.size());
      view_.hidden_right += static_cast<int>(nodes.size() - share);
      left -= share;
      const float frame_h = 34 + pitch * static_cast<float>(share) + foot - (pitch - h) + 4;
      if (framed) view_.groups.push_back({group, {1050 + dx, y, 178, frame_h}, name, compact});
      float my = y + (framed ? 34.f : 0.f);
      for (std::size_t i = 0; i < share; ++i) {
        add(nodes[i], {1062 + dx, my, 154, h});
        right_.push_back(nodes[i]);
        my += pitch;
      }
      y += (framed ? frame_h : pitch * static_cast<float>(share)) + between;
    }
  }

  // --- ways ---

  const Rect& card(int node) const {
    return view_.cards[static_cast<std::size_t>(view_.card_of[static_cast<std::size_t>(node)])].rect;
  }
  bool placed(int node) const {
    return node >= 0 && node < static_cast<int>(view_.card_of.size()) &&
           view_.card_of[static_cast<std::size_t>(node)] >= 0;
  }
  int rank(const std::vector<int>& list, int node) const {
    const auto it = std::find(list.begin(), list.end(), node);
    return it == list.end() ? -1 : static_cast<int>(it - list.begin());
  }
  bool in_box(int node) const { return is(node, NodeKind::ZooKeeper) && !view_.ensemble_open; }
  bool is(int node, NodeKind kind) const { return world_.nodes[static_cast<std::size_t>(node)].kind == kind; }

  /// y of the lane of the i-th left client, of replication (-1), or of the i-th right client.
  float lane_y(char side, int i) const {
    const float bottom = kBrokerTop + view_.broker_h;
    if (view_.mode == StageMode::Trunks) return bottom + (side == 'l' ? 26.f : side == 'r' ? 90.f : 58.f);
    const int lanes = 1 + static_cast<int>(left_.size()) + static_cast<int>(right_.size());
    const float pitch = std::min(29.f, 76.f / static_cast<float>(std::max(1, lanes - 1)));
    const int place = side == 'm' ? 0 : side == 'l' ? 1 + i : 1 + static_cast<int>(left_.size()) + i;
    return bottom + 23 + pitch * static_cast<float>(place);
  }

  float port(const Rect& r, float at236) const { return r.x + at236 * r.w / 236; }

  Route direct(int a, int b) const {
    // An administrator and a controller: up beside the clients, then across.
    const bool asks = rank(left_, a) >= 0 && is(b, NodeKind::Controller),
               answered = rank(left_, b) >= 0 && is(a, NodeKind::Controller);
    if (asks || answered) {
      const Rect client = card(asks ? a : b), controller = card(asks ? b : a);
      const float riser = client.right() + 14;
      Route route{{client.right(), client.cy()},
                  {riser, client.cy()},
                  {riser, controller.cy()},
                  {controller.x, controller.cy()}};
      if (answered) std::reverse(route.begin(), route.end());
      return route;
    }
    std::vector<Rect> boxes;
    for (const int broker : brokers_) boxes.push_back(card(broker));
    return direct_route(card(a), card(b), rank(top_, a) >= 0 && rank(right_, b) >= 0, boxes,
                        7 * static_cast<float>(std::max(rank(left_, a), 0)));
  }

  Route route_for(int a, int b, Family& family, bool order) const {
    const bool trunks = view_.mode == StageMode::Trunks;
    const Rect ra = card(a), rb = card(b);
    const float bottom = kBrokerTop + view_.broker_h;
    if (const int i = rank(left_, a); i >= 0 && is(b, NodeKind::Broker)) {
      family = Family::Produce;
      const auto n = static_cast<float>(left_.size());
      const float riser =
          trunks ? 192.f : 190 + std::min(14.f, 26 / std::max(1.f, n - 1)) * (n - 1 - static_cast<float>(i));
      const float x = trunks ? port(rb, 43) : port(rb, 28 + 20 * static_cast<float>(i)), y = lane_y('l', i);
      return {{ra.right(), ra.cy()}, {riser, ra.cy()}, {riser, y}, {x, y}, {x, bottom}};
    }
    if (const int i = rank(right_, b); i >= 0 && is(a, NodeKind::Broker)) {
      family = Family::Consume;
      const auto n = static_cast<float>(right_.size());
      const float riser =
          rb.x - (trunks ? 22.f : 18 + std::min(12.f, 18 / std::max(1.f, n - 1)) * (n - 1 - static_cast<float>(i)));
      const float x = trunks ? port(ra, 205) : port(ra, 172 + 18 * static_cast<float>(i)), y = lane_y('r', i);
      return {{x, bottom}, {x, y}, {riser, y}, {riser, rb.cy()}, {rb.x, rb.cy()}};
    }
    if (is(a, NodeKind::Broker) && is(b, NodeKind::Broker) && order) {
      family = Family::Control;
      const float xa = port(ra, 130), xb = port(rb, 150), y = kBrokerTop - 16;  // right of the name
      return {{xa, ra.y}, {xa, y}, {xb, y}, {xb, rb.y}};
    }
    if (is(a, NodeKind::Broker) && is(b, NodeKind::Broker)) {
      family = Family::Replicate;
      const float xo = port(ra, 148), xi = port(rb, trunks ? 102.f : 122.f), y = lane_y('m', 0);
      return {{xo, bottom}, {xo, y}, {xi, y}, {xi, bottom}};
    }
    family = world_.metadata == "zookeeper" ? Family::ZooKeeper : Family::Control;
    const int ta = rank(top_, a), tb = rank(top_, b);
    if (ta >= 0 && is(b, NodeKind::Broker) && view_.brokers_aside) return {{ra.right(), ra.cy()}, {rb.x, ra.cy()}};
    if (ta >= 0 && is(b, NodeKind::Broker)) {
      const float px = rb.right() - 22, x = px < ra.cx() ? ra.cx() - 12 : ra.cx() + 12;
      return {{x, ra.bottom()}, {x, kControlLane}, {px, kControlLane}, {px, rb.y}};
    }
    if (ta >= 0 && tb >= 0) {
      if (std::abs(ta - tb) == 1) {
        return ta < tb ? Route{{ra.right(), ra.cy()}, {rb.x, rb.cy()}} : Route{{ra.x, ra.cy()}, {rb.right(), rb.cy()}};
      }
      const float d = ta < tb ? 14.f : -14.f, y = view_.ensemble_open ? ra.y - 8 : 8;
      return {{ra.cx() + d, ra.y}, {ra.cx() + d, y}, {rb.cx() - d, y}, {rb.cx() - d, rb.y}};
    }
    return direct(a, b);
  }

  bool is_direct(int a, int b) const {
    return !is(a, NodeKind::Broker) && !is(b, NodeKind::Broker) && (rank(top_, a) < 0 || rank(top_, b) < 0);
  }

  /// Adds (or finds) the route of the data a -> b.
  int way(int a, int b, bool standing, bool order = false) {
    if (!placed(a) || !placed(b)) return -1;
    a = view_.stands_for(a);
    b = view_.stands_for(b);
    if (a == b) return -1;
    const auto found = view_.way_of.find(StageView::way_key(a, b, order));
    if (found != view_.way_of.end()) {
      view_.ways[static_cast<std::size_t>(found->second)].standing |= standing;
      return found->second;
    }
    StageWay w;
    w.a = a;
    w.b = b;
    w.standing = standing;
    w.route = route_for(a, b, w.family, order);
    w.moved = moved_[static_cast<std::size_t>(a)] != 0 || moved_[static_cast<std::size_t>(b)] != 0;
    if (w.moved) w.route = line_between(card(a), card(b), shift_of(w.family));
    w.direct = is_direct(a, b);
    w.faint = ((w.route.size() == 2 && !w.moved) || w.direct) && !(rank(top_, a) >= 0 && rank(top_, b) >= 0);
    const Node &na = world_.nodes[static_cast<std::size_t>(a)], &nb = world_.nodes[static_cast<std::size_t>(b)];
    w.dead = (is_gone(na) && !in_box(a)) || (is_gone(nb) && !in_box(b));
    const int index = static_cast<int>(view_.ways.size());
    view_.ways.push_back(std::move(w));
    view_.way_of[StageView::way_key(a, b, order)] = index;
    return index;
  }

  /// Swaps the ends of a message if needed, so that they follow the data.
  void orient(const Message& m, int& a, int& b) const {
    a = view_.stands_for(m.from);
    b = view_.stands_for(m.to);
    const bool a_broker = is(a, NodeKind::Broker), b_broker = is(b, NodeKind::Broker);
    if (a_broker && rank(left_, b) >= 0) std::swap(a, b);
    if (rank(right_, a) >= 0 && b_broker) std::swap(a, b);
    if (a_broker && rank(top_, b) >= 0) std::swap(a, b);
    if (a_broker && b_broker && m.family == Family::Replicate && !m.response) std::swap(a, b);
  }

  /// A route between a broker and the server that has its session; for a dead broker whose session still runs, a route
  /// to the box.
  void lay_sessions() {
    for (const ZkSession& s : world_.sessions) {
      if (s.node < 0 || rank(brokers_, s.node) < 0) continue;
      for (std::size_t i = 0; i < world_.nodes.size(); ++i)
        if (world_.nodes[i].kind == NodeKind::ZooKeeper &&
            (world_.nodes[i].name == s.server || (s.server.empty() && in_box(static_cast<int>(i))))) {
          way(static_cast<int>(i), s.node, true);
        }
    }
  }

  void lay_standing_ways() {
    int active = -1;
    for (const int n : top_) {
      if (world_.nodes[static_cast<std::size_t>(n)].active_controller &&
          !is_gone(world_.nodes[static_cast<std::size_t>(n)]))
        active = n;
    }
    for (const int n : top_) {  // under ZooKeeper: the leader of the ensemble, because the controller is a broker
      const Node& node = world_.nodes[static_cast<std::size_t>(n)];
      if (active < 0 && node.kind == NodeKind::ZooKeeper && node.voter == VoterState::Leader && !is_gone(node))
        active = n;
    }
    if (world_.metadata == "zookeeper") lay_sessions();
    if (active >= 0) {
      for (const int b : brokers_)
        if (!is(active, NodeKind::ZooKeeper)) way(active, b, true);
      for (const int t : top_) {
        if (t != active && !is(t, NodeKind::Queue)) way(active, t, true);
      }
    }
    auto broker = [&](int id) {
      for (const int b : brokers_) {
        if (world_.nodes[static_cast<std::size_t>(b)].id == id) return b;
      }
      return -1;
    };
    const int partitions = static_cast<int>(world_.partitions.size());
    for (const Client& c : world_.clients) {
      for (const int peer : c.peers) {
        const int w = is_gone(world_.nodes[static_cast<std::size_t>(c.node)]) ||
                              is_gone(world_.nodes[static_cast<std::size_t>(peer)])
                          ? -1
                          : way(c.node, peer, true);
        if (w >= 0)
          view_.ways[static_cast<std::size_t>(w)].family =
              is(c.node, NodeKind::Queue) ? Family::Consume : Family::Produce;
      }
      for (const int p : c.topics_partitions) {
        if (p < 0 || p >= partitions || !placed(c.node)) continue;
        // To the leader that the client believes in, which may no longer lead.
        const auto& beliefs = world_.nodes[static_cast<std::size_t>(c.node)].beliefs;
        const auto belief = std::find_if(beliefs.begin(), beliefs.end(),
                                         [&](const Belief& b) { return b.partition == p && b.leader >= 0; });
        const int leader =
            broker(belief != beliefs.end() ? belief->leader : world_.partitions[static_cast<std::size_t>(p)].leader);
        if (leader < 0 || is_gone(world_.nodes[static_cast<std::size_t>(leader)])) continue;
        const int w = rank(right_, c.node) >= 0 ? way(leader, c.node, true) : way(c.node, leader, true);
        if (w >= 0 && c.rate_per_s > 0) {
          view_.ways[static_cast<std::size_t>(w)].width = 2 + std::log2(1 + static_cast<float>(c.rate_per_s) / 10);
        }
      }
    }
    for (const Partition& p : world_.partitions) {
      const int leader = broker(p.leader);
      if (leader < 0 || is_gone(world_.nodes[static_cast<std::size_t>(leader)])) continue;
      for (const int id : p.replicas) {
        const int follower = broker(id);
        if (follower >= 0 && follower != leader && !is_gone(world_.nodes[static_cast<std::size_t>(follower)]))
          way(leader, follower, true);
      }
    }
  }

  void count_messages() {
    for (const Message& m : world_.messages) {
      if (!placed(m.from) || !placed(m.to)) continue;
      int a = 0, b = 0;
      orient(m, a, b);
      const int w = way(a, b, false, is_order(world_, a, b, m.family));
      if (w >= 0) ++view_.ways[static_cast<std::size_t>(w)].messages;
    }
    for (StageWay& w : view_.ways) {
      if (w.messages > 3) w.width = std::max(w.width, 2 + std::log2(static_cast<float>(w.messages)));
      w.width =
          std::min(std::max(w.width, w.family == Family::Control || w.family == Family::ZooKeeper ? 2.f : 2.6f), 10.f);
    }
  }

  void apply_links() {
    for (const Link& l : world_.links) {
      if (!view_.whole(world_, l)) continue;
      const int a = view_.stands_for(l.a), b = view_.stands_for(l.b);
      for (StageWay& w : view_.ways) {
        const bool same = (w.a == a && w.b == b) || (w.a == b && w.b == a);
        if (!same) continue;
        if (l.cut) w.dead = w.cut = true;
        if (l.latency_us >= 0) {
          w.slow = true;
          w.latency_us = l.latency_us;
        }
      }
    }
    // If most routes are equally slow, that is this network's ordinary latency and is not marked.
    std::unordered_map<std::int64_t, std::size_t> counts;
    for (const StageWay& w : view_.ways) {
      if (w.slow) ++counts[w.latency_us];
    }
    for (StageWay& w : view_.ways) {
      if (w.slow && counts[w.latency_us] > 4 && counts[w.latency_us] * 2 > view_.ways.size()) w.slow = false;
    }
  }

  float middle() const { return (room_left_ + room_right_) / 2 + 4; }

  const Snapshot& world_;
  const StageArrangement how_;
  StageView view_;
  static constexpr float kColumn = 202;
  bool two_columns_ = false;                   // the clients on the right have two columns
  float room_left_ = 206, room_right_ = 1034;  // the brokers' room between the clients
  std::vector<int> top_, brokers_, left_, right_;
  std::vector<char> moved_;  // by node
};

}  // namespace

bool is_gone(const Node& n) {
  return n.state == NodeState::Crashed || n.state == NodeState::PoweredOff || n.state == NodeState::Stopped ||
         n.state == NodeState::Killed;
}

StagePlace stage_place(const Snapshot& world, int node) {
  if (world.nodes[static_cast<std::size_t>(node)].removed) return StagePlace::Nowhere;
  switch (world.nodes[static_cast<std::size_t>(node)].kind) {
    case NodeKind::Controller:
    case NodeKind::ZooKeeper:
    case NodeKind::Queue: return StagePlace::Top;
    case NodeKind::Broker: return StagePlace::Middle;
    case NodeKind::Consumer:
    case NodeKind::ShareConsumer: return StagePlace::Right;
    case NodeKind::Service: {
      const auto client =
          std::find_if(world.clients.begin(), world.clients.end(), [&](const Client& c) { return c.node == node; });
      return client != world.clients.end() && client->peers.empty() ? StagePlace::Right : StagePlace::Left;
    }
    default: return StagePlace::Left;
  }
}

StageView build_stage_view(const Snapshot& world, const StageArrangement& arrangement) {
  return Builder(world, arrangement).build();
}

}  // namespace kafkascope::ui
