// Routes that need no broker, and the nodes in the second column on the right. Pure.
#include <algorithm>

#include "ui/stage/stage_view.h"

namespace kafkascope::ui {

using namespace observe;

Route direct_route(const Rect& a, const Rect& b, bool from_above, const std::vector<Rect>& brokers, float step) {
  if (from_above) {
    const float riser = b.x - 28;
    return {{a.right(), a.cy()}, {riser, a.cy()}, {riser, b.cy()}, {b.x, b.cy()}};
  }
  const bool level = a.right() < b.x || b.right() < a.x, rightward = a.x < b.x;
  const Point from = level ? Point{rightward ? a.right() : a.x, a.cy()} : Point{a.cx(), a.cy()};
  const Point to = level ? Point{rightward ? b.x : b.right(), b.cy()} : Point{b.cx(), b.cy()};
  float left = 1e9f, right = -1e9f;
  const auto y_at = [&](float x) { return from.y + (to.y - from.y) * (x - from.x) / (to.x - from.x); };
  for (const Rect& broker : brokers) {
    const Rect box = broker.grown(8);
    if (!level || box.right() < std::min(from.x, to.x) || box.x > std::max(from.x, to.x)) continue;
    if (std::max(y_at(box.x), y_at(box.right())) < box.y || std::min(y_at(box.x), y_at(box.right())) > box.bottom())
      continue;
    left = std::min(left, box.x);
    right = std::max(right, box.right());
  }
  if (left > right) return {from, to};
  const float y = brokers.front().y - 18 - step, near = rightward ? left : right, far = rightward ? right : left;
  Route route{from, {near, y}};
  // not beyond an end that is itself above the brokers
  if (rightward ? far < to.x : far > to.x) route.push_back({far, y});
  route.push_back(to);
  return route;
}

bool in_a_group(const Snapshot& world, int node) {
  return std::any_of(world.clients.begin(), world.clients.end(),
                     [&](const Client& c) { return c.node == node && !c.group.empty(); });
}

bool two_columns(const Snapshot& world, const std::vector<int>& right, std::size_t brokers) {
  const auto members = static_cast<std::size_t>(
      std::count_if(right.begin(), right.end(), [&](int node) { return in_a_group(world, node); }));
  return right.size() > 6 && brokers <= 2 && members > 0 && (members < right.size() || right.size() > 8);
}

}  // namespace kafkascope::ui
