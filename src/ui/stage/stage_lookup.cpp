// Queries to a prepared stage: the place of a node, the route of a message, the traffic that a cut stops.
#include <algorithm>

#include "ui/stage/messages.h"
#include "ui/stage/stage_view.h"

namespace kafkascope::ui {

using namespace observe;

bool has_many_brokers(const Snapshot& world) {
  return std::count_if(world.nodes.begin(), world.nodes.end(),
                       [](const Node& n) { return n.kind == NodeKind::Broker && !n.removed; }) > kFewBrokers;
}

const Rect* StageView::rect(int node) const {
  if (node < 0 || node >= static_cast<int>(card_of.size())) return nullptr;
  const int card = card_of[static_cast<std::size_t>(node)];
  return card < 0 ? nullptr : &cards[static_cast<std::size_t>(card)].rect;
}

bool StageView::whole(const Snapshot& world, const Link& link) const {
  const int a = stands_for(link.a), b = stands_for(link.b);
  if (a == b) return false;
  if (ensemble_open || ensemble.empty()) return true;
  const auto in_box = [&](int node) {
    return node >= 0 && node < static_cast<int>(world.nodes.size()) &&
           world.nodes[static_cast<std::size_t>(node)].kind == NodeKind::ZooKeeper;
  };
  if (!in_box(link.a) && !in_box(link.b)) return true;
  const int outside = in_box(link.a) ? link.b : link.a;
  const auto servers = std::count_if(world.nodes.begin(), world.nodes.end(),
                                     [](const Node& n) { return n.kind == NodeKind::ZooKeeper; });
  return std::count_if(world.links.begin(), world.links.end(), [&](const Link& l) {
           return l.cut == link.cut && ((l.a == outside && in_box(l.b)) || (l.b == outside && in_box(l.a)));
         }) >= servers;
}

int StageView::way_between(int from, int to, bool& reversed, bool order) const {
  reversed = false;
  from = stands_for(from);
  to = stands_for(to);
  const auto forward = way_of.find(way_key(from, to, order));
  if (forward != way_of.end()) return forward->second;
  const auto back = way_of.find(way_key(to, from, order));
  if (back != way_of.end()) {
    reversed = true;
    return back->second;
  }
  return -1;
}

Point StageView::point_of(const Message& m) const {
  bool reversed = false;
  int w = -1;
  // A follower's Fetch travels against the data that it requests.
  if (m.family == Family::Replicate && !m.response) {
    w = way_between(m.to, m.from, reversed);
    reversed = !reversed;
  } else {
    // Between two brokers there is a route for data and one for the controller's requests.
    if (m.family == Family::Control) w = way_between(m.from, m.to, reversed, true);
    if (w < 0) w = way_between(m.from, m.to, reversed);
  }
  if (w < 0) return {-1000, -1000};
  const Route& route = ways[static_cast<std::size_t>(w)].route;
  const float fraction = m.held ? held_fraction(route, m.fraction, kHeldHalf) : m.fraction;
  return along(route, reversed ? 1 - fraction : fraction);
}

}  // namespace kafkascope::ui
