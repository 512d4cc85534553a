// The routes of the stage: which routes there are, and how they run between the cards.
#include <algorithm>
#include <cmath>

#include "ui/stage/stage_builder.h"

namespace kafkascope::ui::stage_parts {

float Builder::lane_y(char side, int i) const {
  const float bottom = kBrokerTop + view_.broker_h;
  if (view_.mode == StageMode::Trunks) return bottom + (side == 'l' ? 26.f : side == 'r' ? 90.f : 58.f);
  const int lanes = 1 + static_cast<int>(left_.size()) + static_cast<int>(right_.size());
  const float pitch = std::min(29.f, 76.f / static_cast<float>(std::max(1, lanes - 1)));
  const int place = side == 'm' ? 0 : side == 'l' ? 1 + i : 1 + static_cast<int>(left_.size()) + i;
  return bottom + 23 + pitch * static_cast<float>(place);
}

Route Builder::direct(int a, int b) const {
  // An administrator and a controller: up beside the clients, then across.
  const bool asks = rank(left_, a) >= 0 && is(b, NodeKind::Controller),
             answered = rank(left_, b) >= 0 && is(a, NodeKind::Controller);
  if (asks || answered) {
    const Rect client = card(asks ? a : b), controller = card(asks ? b : a);
    const float riser = client.right() + 14;
    Route route{
        {client.right(), client.cy()}, {riser, client.cy()}, {riser, controller.cy()}, {controller.x, controller.cy()}};
    if (answered) std::reverse(route.begin(), route.end());
    return route;
  }
  std::vector<Rect> boxes;
  for (const int broker : brokers_) boxes.push_back(card(broker));
  return direct_route(card(a), card(b), rank(top_, a) >= 0 && rank(right_, b) >= 0, boxes,
                      7 * static_cast<float>(std::max(rank(left_, a), 0)));
}

Route Builder::route_for(int a, int b, Family& family, bool order) const {
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

int Builder::way(int a, int b, bool standing, bool order) {
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
  w.dead = (na.down() && !in_box(a)) || (nb.down() && !in_box(b));
  const int index = static_cast<int>(view_.ways.size());
  view_.ways.push_back(std::move(w));
  view_.way_of[StageView::way_key(a, b, order)] = index;
  return index;
}

void Builder::orient(const Message& m, int& a, int& b) const {
  a = view_.stands_for(m.from);
  b = view_.stands_for(m.to);
  const bool a_broker = is(a, NodeKind::Broker), b_broker = is(b, NodeKind::Broker);
  if (a_broker && rank(left_, b) >= 0) std::swap(a, b);
  if (rank(right_, a) >= 0 && b_broker) std::swap(a, b);
  if (a_broker && rank(top_, b) >= 0) std::swap(a, b);
  if (a_broker && b_broker && m.family == Family::Replicate && !m.response) std::swap(a, b);
}

void Builder::lay_sessions() {
  for (const ZkSession& s : world_.sessions) {
    if (s.node < 0 || rank(brokers_, s.node) < 0) continue;
    for (std::size_t i = 0; i < world_.nodes.size(); ++i)
      if (world_.nodes[i].kind == NodeKind::ZooKeeper &&
          (world_.nodes[i].name == s.server || (s.server.empty() && in_box(static_cast<int>(i))))) {
        way(static_cast<int>(i), s.node, true);
      }
  }
}

namespace {

/// The broker from which the client fetches the partition: the follower that the leader has named to it (KIP-392), or the leader that the
/// client believes in.
int fetched_from(const Client& client, int partition, int leader) {
  for (const observe::AssignedPartition& a : client.assigned)
    if (a.partition == partition && a.read_replica >= 0) return a.read_replica;
  return leader;
}

}  // namespace

void Builder::lay_standing_ways() {
  int active = -1;
  for (const int n : top_) {
    if (world_.nodes[static_cast<std::size_t>(n)].active_controller &&
        !world_.nodes[static_cast<std::size_t>(n)].down())
      active = n;
  }
  for (const int n : top_) {  // under ZooKeeper: the leader of the ensemble, because the controller is a broker
    const Node& node = world_.nodes[static_cast<std::size_t>(n)];
    if (active < 0 && node.kind == NodeKind::ZooKeeper && node.voter == VoterState::Leader && !node.down()) active = n;
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
  const auto refused = [&](int client, int leader) {  // such a connection never leaves the client's machine
    return std::any_of(world_.links.begin(), world_.links.end(),
                       [&](const Link& l) { return l.itself && l.a == client && l.b == leader; });
  };
  const int partitions = static_cast<int>(world_.partitions.size());
  for (const Client& c : world_.clients) {
    for (const int peer : c.peers) {
      const int w =
          world_.nodes[static_cast<std::size_t>(c.node)].down() || world_.nodes[static_cast<std::size_t>(peer)].down()
              ? -1
              : way(c.node, peer, true);
      if (w >= 0)
        view_.ways[static_cast<std::size_t>(w)].family =
            is(c.node, NodeKind::Queue) ? Family::Consume : Family::Produce;
    }
    for (const int p : c.topics_partitions) {
      if (p < 0 || p >= partitions || !placed(c.node)) continue;
      // To the leader that the client believes in, which may have been replaced.
      const auto& beliefs = world_.nodes[static_cast<std::size_t>(c.node)].beliefs;
      const auto belief = std::find_if(beliefs.begin(), beliefs.end(),
                                       [&](const Belief& b) { return b.partition == p && b.leader >= 0; });
      const int believed =
          belief != beliefs.end() ? belief->leader : world_.partitions[static_cast<std::size_t>(p)].leader;
      const int leader = broker(fetched_from(c, p, believed));
      if (leader < 0 || world_.nodes[static_cast<std::size_t>(leader)].down() || refused(c.node, leader)) continue;
      const int w = rank(right_, c.node) >= 0 ? way(leader, c.node, true) : way(c.node, leader, true);
      if (w >= 0 && c.rate_per_s > 0) {
        view_.ways[static_cast<std::size_t>(w)].width = 2 + std::log2(1 + static_cast<float>(c.rate_per_s) / 10);
      }
    }
  }
  for (const Partition& p : world_.partitions) {
    const int leader = broker(p.leader);
    if (leader < 0 || world_.nodes[static_cast<std::size_t>(leader)].down()) continue;
    for (const int id : p.replicas) {
      const int follower = broker(id);
      if (follower >= 0 && follower != leader && !world_.nodes[static_cast<std::size_t>(follower)].down())
        way(leader, follower, true);
    }
  }
}

void Builder::count_messages() {
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

void Builder::apply_links() {
  for (const Link& l : world_.links) {
    if (!view_.whole(world_, l)) continue;
    const int a = view_.stands_for(l.a), b = view_.stands_for(l.b);
    for (StageWay& w : view_.ways) {
      const bool same = (w.a == a && w.b == b) || (w.a == b && w.b == a);
      if (!same) continue;
      if (l.cut) w.dead = w.cut = true;
      if (l.loss > 0) w.lossy = true;
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

}  // namespace kafkascope::ui::stage_parts
