// Positions on the cluster stage, in local units (1240 x 462): prepared from the snapshot, drawn elsewhere.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "observe/model/snapshot.h"
#include "ui/geometry.h"
#include "ui/stage/broker_grid.h"
#include "ui/stage/moved_nodes.h"

namespace kafkascope::ui {

inline constexpr float kStageW = 1240, kStageH = 462;
inline constexpr int kFewBrokers = 6;     // side by side; more are in a grid
inline constexpr float kClientLine = 17;  // height of a line below the name on a client's card

/// Lanes: up to 3 brokers and 4 clients, a lane per client. Trunks: a shared lane per family. Grid: small cards.
enum class StageMode : std::uint8_t { Lanes, Trunks, Grid };

struct StageCard {
  int node = -1;
  Rect rect;
};

struct StageGroup {
  int group = -1;  // -1: its members name it, but no coordinator does
  Rect rect;
  std::string name;
  bool compact = false;  // no line below the members
};

/// The route of the data from node a to node b.
struct StageWay {
  int a = -1, b = -1;
  observe::Family family = observe::Family::Control;
  Route route;
  int messages = 0;
  bool standing = false;  // drawn even without messages on it
  bool dead = false;      // one end is dead or the way is cut: no message can pass
  bool cut = false;       // cut, in one direction at least
  bool slow = false;
  bool lossy = false;   // some messages are lost on it
  bool faint = false;   // direct line, without an arrowhead
  bool direct = false;  // between two nodes that need no broker
  bool moved = false;   // one end was dragged elsewhere: a straight line
  std::int64_t latency_us = -1;
  float width = 2;
  /// Whether the line is drawn; links.cpp draws dead ways otherwise.
  bool drawn() const { return !dead && (standing || messages > 0); }
};

struct StageChip {
  int replica = -1;  // index in the broker's replicas; -1: the "+n more" row
  int more = 0;
  Rect rect;  // local
};

struct StageView {
  StageMode mode = StageMode::Lanes;
  std::vector<StageCard> cards;
  std::vector<int> card_of;  // card by node index; -1: none
  BrokerGrid grid;           // empty unless the mode is Grid
  std::vector<StageGroup> groups;
  std::vector<StageWay> ways;
  float broker_h = 168;
  int hidden_clients = 0;  // on both sides
  int hidden_right = 0;
  // There is no topic yet and only applications communicate: the brokers are beside the controllers.
  bool brokers_aside = false;
  /// The frame of the ZooKeeper servers: one box or, when it is opened, a card for each. Empty: there are none.
  Rect ensemble;
  bool ensemble_open = false;
  // by node: the node drawn in its place; the node itself, unless it is inside the box
  std::vector<int> instead;

  int stands_for(int node) const {
    return node >= 0 && node < static_cast<int>(instead.size()) ? instead[static_cast<std::size_t>(node)] : node;
  }
  /// Whether a cut of this link stops all traffic shown between its ends. If the box stands for several servers, a cut from one
  /// of them does not.
  bool whole(const observe::Snapshot& world, const observe::Link& link) const;
  const Rect* rect(int node) const;
  /// The route of a message, and whether the message runs against the route's direction; -1: none. `order`: the message
  /// is a request of a hosted controller to a broker.
  int way_between(int from, int to, bool& reversed, bool order = false) const;
  Point point_of(const observe::Message& m) const;

  std::unordered_map<std::uint64_t, int> way_of;  // index in ways, by way_key
  static std::uint64_t way_key(int a, int b, bool order = false) {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(a)) << 32) | static_cast<std::uint32_t>(b) |
           (order ? 1ull << 63 : 0);
  }
};

/// A route between two nodes that need no broker: from edge to edge, above any brokers in between; `from_above` (a
/// queue): down at b's left. `step` keeps several routes apart there.
Route direct_route(const Rect& a, const Rect& b, bool from_above, const std::vector<Rect>& brokers, float step);

/// The place of a node: controllers and queues above, producers and callers on the left, consumers and called services on the right.
enum class StagePlace : std::uint8_t { Top, Middle, Left, Right, Nowhere };
StagePlace stage_place(const observe::Snapshot& world, int node);

/// Whether consumers without a group and called services get a column of their own beside the groups; there is room
/// for it only if there are few brokers.
bool two_columns(const observe::Snapshot& world, const std::vector<int>& right, std::size_t brokers);
bool in_a_group(const observe::Snapshot& world, int node);

/// The user's arrangement of the stage.
struct StageArrangement {
  bool ensemble_open = false;
  float text = 13;  // the smallest text size, in the stage's units
  GridZoom zoom = {};
  const MovedNodes* moved = nullptr;  // null: none
};
/// Whether there are so many brokers that they are in a grid, which can be zoomed.
bool has_many_brokers(const observe::Snapshot& world);
StageView build_stage_view(const observe::Snapshot& world, const StageArrangement& arrangement = {});
/// The chips of a broker card: topic order; when there are too many, the partitions in `first` and then the leaders come first.
void build_chips(const observe::Node& broker, const Rect& card, const std::vector<int>& first,
                 std::vector<StageChip>& out);
/// The partitions that the lesson points at and the selected one: each card shows them before others.
std::vector<int> chips_first(const Ui& ui);

}  // namespace kafkascope::ui
