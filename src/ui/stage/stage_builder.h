// Builds a StageView: collects the nodes by their place, positions the cards (stage_view.cpp), then lays the routes (stage_ways.cpp).
#pragma once
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "ui/stage/stage_view.h"

namespace kafkascope::ui::stage_parts {

using namespace observe;

inline constexpr float kBrokerTop = 182, kControlLane = 112;
inline constexpr float kTrayCard = 82;  // height of a producer's card: name, fact, accumulator

/// The height of a consumer's card with that many lines below the name.
inline float client_card_height(int lines) { return 26 + kClientLine * static_cast<float>(std::max(lines, 2)); }

/// Messages between brokers that are neither data nor metadata: requests of the hosted controller. Drawn above the brokers, like all
/// control traffic.
inline bool is_order(const Snapshot& world, int from, int to, Family family) {
  const auto broker = [&](int n) { return world.nodes[static_cast<std::size_t>(n)].kind == NodeKind::Broker; };
  return family == Family::Control && broker(from) && broker(to);
}

/// Collects the nodes by their place, positions the cards, then lays the routes.
class Builder {
 public:
  Builder(const Snapshot& world, const StageArrangement& how) : world_(world), how_(how) {
    view_.ensemble_open = how.ensemble_open;
  }

  StageView build();

 private:
  void add(int node, const Rect& r) {
    view_.card_of[static_cast<std::size_t>(node)] = static_cast<int>(view_.cards.size());
    view_.cards.push_back({node, r});
  }

  void place_top();

  void place_ensemble();

  void place_brokers();

  /// Called last, because a broker that was dragged out of the grid must avoid all other cards.
  void place_grid();

  static Rect frame() { return {4, 4, kStageW - 8, kStageH - 8}; }

  /// Moves the cards that the user has dragged; where two would overlap, uses the nearest free place.
  void move_cards();

  void place_left();

  struct Block {
    int group;
    std::string name;
    std::vector<int> members;
    int lines = 0;  // below each member's name
  };

  /// Places frames around the transform applications of a group; false: there is no room, or no such group.
  bool place_left_groups(const std::function<float(int)>& height);

  void place_right();

  /// The lines that a member's card needs below its name: one per partition, by the average number, so that a rebalance does not move
  /// cards.
  void count_lines(std::vector<Block>& blocks) const;

  /// Frames below each other, `dx` beside the right column, above `bottom`.
  void place_blocks(const std::vector<Block>& blocks, float dx, float bottom);

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
  float lane_y(char side, int i) const;

  float port(const Rect& r, float at236) const { return r.x + at236 * r.w / 236; }

  Route direct(int a, int b) const;

  Route route_for(int a, int b, Family& family, bool order) const;

  bool is_direct(int a, int b) const {
    return !is(a, NodeKind::Broker) && !is(b, NodeKind::Broker) && (rank(top_, a) < 0 || rank(top_, b) < 0);
  }

  /// Adds (or finds) the route of the data a -> b.
  int way(int a, int b, bool standing, bool order = false);

  /// Swaps the ends of a message if needed, so that they follow the data.
  void orient(const Message& m, int& a, int& b) const;

  /// A route between a broker and the server that has its session; for a dead broker whose session still runs, a route
  /// to the box.
  void lay_sessions();

  void lay_standing_ways();

  void count_messages();

  void apply_links();

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

}  // namespace kafkascope::ui::stage_parts
