#include "ui/stage/stage_view.h"

#include <algorithm>
#include <cmath>

#include "ui/stage/stage_builder.h"

namespace kafkascope::ui {

using namespace observe;

namespace stage_parts {

StageView Builder::build() {
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
    return std::move(view_);  // the grid has no routes: see grid_traffic.h
  }
  lay_standing_ways();
  count_messages();
  apply_links();
  return std::move(view_);
}

void Builder::place_top() {
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

void Builder::place_ensemble() {
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

void Builder::place_brokers() {
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

void Builder::place_grid() {
  const float top = top_.empty() ? 14.f : is(top_.front(), NodeKind::ZooKeeper) && view_.ensemble_open ? 104.f : 84.f;
  std::vector<Rect> others;
  for (const StageCard& card : view_.cards) others.push_back(card.rect);
  view_.grid = arrange_grid(world_, brokers_, {room_left_ - 6, top, room_right_ - room_left_ + 12, kStageH - 8 - top},
                            how_.text, how_.zoom, {how_.moved, frame(), std::move(others)});
  for (const std::vector<std::pair<int, Rect>>* list : {&view_.grid.cards, &view_.grid.apart})
    for (const auto& [node, r] : *list) add(node, r);
  for (const auto& [node, r] : view_.grid.apart) moved_[static_cast<std::size_t>(node)] = 1;
}

void Builder::move_cards() {
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

void Builder::place_left() {
  const int shown = std::min<int>(static_cast<int>(left_.size()), 8);
  view_.hidden_clients = static_cast<int>(left_.size()) - shown;
  left_.resize(static_cast<std::size_t>(shown));
  if (shown == 0) return;
  const auto height = [&](int node) {
    if (shown > 5) return 42.f;
    return shown <= 4 && (is(node, NodeKind::Producer) || is(node, NodeKind::Transform)) ? kTrayCard : 60.f;
  };
  if (place_left_groups(height)) return;
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

bool Builder::place_left_groups(const std::function<float(int)>& height) {
  std::vector<Block> blocks;
  for (const int node : left_) {
    std::string name;
    for (const Client& c : world_.clients)
      if (c.node == node && is(node, NodeKind::Transform)) name = c.group;
    auto same =
        std::find_if(blocks.begin(), blocks.end(), [&](const Block& b) { return !name.empty() && b.name == name; });
    if (same == blocks.end()) same = blocks.insert(blocks.end(), Block{-1, name, {}});
    same->members.push_back(node);
  }
  constexpr float kTop = 84, kBottom = kStageH - 8, kHead = 32, kFoot = 24, kLeastGap = 8, kGap = 18;
  const auto frames =
      static_cast<float>(std::count_if(blocks.begin(), blocks.end(), [](const Block& b) { return !b.name.empty(); }));
  float cards = 0;
  for (const int node : left_) cards += height(node);
  const auto between = static_cast<float>(left_.size() - 1);
  const auto fits = [&](float foot) {
    return cards + between * kLeastGap + frames * (kHead + foot + 4) <= kBottom - kTop;
  };
  if (frames == 0 || !fits(0)) return false;
  const bool compact = !fits(kFoot);
  const float foot = compact ? 0.f : kFoot, fixed = cards + frames * (kHead + foot + 4);
  const float gap = between == 0 ? 0 : std::min(kGap, (kBottom - kTop - fixed) / between);
  const float total = fixed + gap * between;
  float y = std::clamp(276 - total / 2, kTop, kBottom - total);
  left_.clear();
  for (const Block& block : blocks) {
    const bool framed = !block.name.empty();
    const float top = y;
    if (framed) y += kHead;
    for (const int node : block.members) {
      if (node != block.members.front()) y += gap;
      add(node, {14, y, 162, height(node)});
      left_.push_back(node);
      y += height(node);
    }
    if (framed) {
      y += foot + 4;
      const auto group =
          std::find_if(world_.groups.begin(), world_.groups.end(), [&](const Group& g) { return g.id == block.name; });
      view_.groups.push_back({group == world_.groups.end() ? -1 : static_cast<int>(group - world_.groups.begin()),
                              {5, top, 180, y - top},
                              block.name,
                              compact});
    }
    y += gap;
  }
  return true;
}

void Builder::place_right() {
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
    float y = std::max(kTop, std::min(276.f, kTop + room / 2) - (pitch * static_cast<float>(loose.size()) - kGap) / 2);
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

void Builder::count_lines(std::vector<Block>& blocks) const {
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

void Builder::place_blocks(const std::vector<Block>& blocks, float dx, float bottom) {
  if (blocks.empty()) return;
  std::size_t members = 0;
  for (const auto& b : blocks) members += b.members.size();
  const float room = bottom - 62;
  const auto frames = static_cast<float>(blocks.size());
  constexpr float kBetween = 18;  // room for the rings that lessons draw round frames
  const bool compact = blocks.size() > 3;
  const float foot = compact ? 0.f : 24.f, between = compact ? 10.f : kBetween;
  const float fixed = frames * (34 + foot) + (frames - 1) * between;
  // As many lines as fit, the same number for all cards that need them; at least two.
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
  // Too many members: all groups show as many as fit.
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

}  // namespace stage_parts

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
  return stage_parts::Builder(world, arrangement).build();
}

}  // namespace kafkascope::ui
