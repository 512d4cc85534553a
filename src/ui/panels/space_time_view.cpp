#include "ui/panels/space_time_view.h"

#include <algorithm>
#include <cmath>

#include "ui/stage/messages.h"

namespace kafkascope::ui {

using observe::Message;
using observe::NodeKind;

namespace {

constexpr float kUsualPx = 44;      // px for a usual message
constexpr float kStripPx = 40;      // px for a folded stretch
constexpr float kAroundStrip = 22;  // px of the stretch that stay unfolded on both sides of it
constexpr float kLostAt = .72f;     // share of the way to the other lifeline, if that is the next one

bool in_chain(const std::vector<ChainLink>& chain, std::uint64_t line) {
  return line != 0 && std::any_of(chain.begin(), chain.end(), [&](const ChainLink& l) { return l.seq == line; });
}

int rank_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::Consumer:
    case NodeKind::ShareConsumer: return 1;
    case NodeKind::Admin: return 2;
    case NodeKind::Broker: return 3;
    case NodeKind::Controller: return 4;
    case NodeKind::ZooKeeper: return 5;
    default: return 0;
  }
}

bool folded_at(const TimeAxis& axis, std::int64_t us) {
  return std::any_of(axis.folds.begin(), axis.folds.end(),
                     [&](const TimeAxis::Fold& f) { return us > f.from_us && us < f.to_us; });
}

std::int64_t end_of(const Flight& f, std::int64_t end_us) {
  return f.end == FlightEnd::UnderWay ? end_us : f.message.arrives_us;
}

/// Where a lost message ends on its way: between the receiver's lifeline and the one before it, so that it does not seem
/// to end at another node. `y`: of all lifelines, <= 0: none.
float lost_at(float from, float to, const std::vector<float>& y) {
  float before = std::fabs(to - from);  // how far the lifeline before the receiver's is from it
  for (const float other : y)
    if (other > 0 && (other - to) * (from - to) > 0) before = std::min(before, std::fabs(other - to));
  return to + std::copysign(std::min(before / 2, std::fabs(to - from) * (1 - kLostAt)), from - to);
}

}  // namespace

double usual_us_per_px(const SpaceTime& model) {
  // Round steps, so that the scale stays the same while the median moves a little.
  double usual = 100;
  const auto wanted = static_cast<double>(std::clamp<std::int64_t>(model.usual_us, 100, 1'000'000));
  while (usual * 1.5 < wanted) usual *= 2;
  return usual / static_cast<double>(kUsualPx);
}

TimeAxis build_space_axis(std::vector<std::int64_t> points, std::int64_t end_us, std::int64_t from_us,
                          const SpaceAxisOptions& o) {
  TimeAxis axis;
  const double per_px = std::max(o.us_per_px, 1e-3);
  float x = o.x_end;
  std::int64_t at = end_us;
  const auto us = [&](float px) { return static_cast<std::int64_t>(static_cast<double>(px) * per_px); };
  points.insert(points.begin(), from_us);
  for (auto p = points.rbegin(); p != points.rend() && o.fold; ++p) {
    if (*p >= at) continue;
    const auto gap = static_cast<float>(static_cast<double>(at - *p) / per_px);
    const float strip = kStripPx + 2 * kAroundStrip;
    if (gap < strip * 1.5f) {
      if (x - gap < o.x0) break;
      x -= gap;
    } else {
      if (x - strip < o.x0) break;
      axis.folds.push_back(
          {*p + us(kAroundStrip), at - us(kAroundStrip), x - kAroundStrip - kStripPx, x - kAroundStrip});
      x -= strip;
    }
    at = *p;
  }
  std::reverse(axis.folds.begin(), axis.folds.end());
  axis.x0 = o.x0;
  axis.from_us = at - us(x - o.x0);
  if (axis.from_us < 0) {
    axis.x0 = x - static_cast<float>(static_cast<double>(at) / per_px);
    axis.from_us = 0;
  }
  axis.x1 = std::max(o.x1, axis.x0 + 1);
  axis.to_us = std::max(end_us + us(o.x1 - o.x_end), axis.from_us + 1);
  return axis;
}

std::vector<std::int64_t> space_points(const SpaceTime& model, const std::vector<ChainLink>& chain,
                                       const observe::Snapshot& world) {
  std::vector<std::int64_t> points;
  for (const ChainLink& l : chain)
    if (l.time_us <= model.end_us) points.push_back(l.time_us);
  const bool lit = !points.empty();
  for (const Flight& f : model.flights) {
    const std::int64_t end = end_of(f, model.end_us);
    if (lit ? !in_chain(chain, f.line) : f.routine) continue;
    points.push_back(f.message.sent_us);
    if (end <= model.end_us) points.push_back(end);
  }
  if (!lit) {
    for (const LifeMark& m : model.marks) points.push_back(m.at_us);
    for (std::size_t i = 0; i < model.lives.size() && i < world.nodes.size(); ++i)
      for (const LifeBreak& b : model.lives[i].breaks) {
        points.push_back(b.from_us);
        if (b.to_us >= 0) points.push_back(b.to_us);
      }
  }
  std::erase_if(points, [&](std::int64_t us) { return us > model.end_us; });
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

TimeAxis space_axis(const SpaceTime& model, const std::vector<ChainLink>& chain, const observe::Snapshot& world,
                    SpaceAxisOptions o) {
  const std::vector<std::int64_t> points = space_points(model, chain, world);
  const bool lit = !chain.empty() && !points.empty() && chain.front().time_us <= model.end_us;
  const bool free = o.us_per_px <= 0;
  if (free) o.us_per_px = usual_us_per_px(model);
  const std::int64_t from = lit ? points.front() : std::min(model.from_us, model.end_us);
  TimeAxis axis = build_space_axis(points, model.end_us, from, o);
  // Shortly after the beginning there is unused room: the scale is enlarged.
  for (int i = 0; !lit && free && i < 12 && axis.from_us == 0 && axis.x0 > o.x0 + 60; ++i) {
    SpaceAxisOptions larger = o;
    larger.us_per_px /= 1.25;
    const TimeAxis next = build_space_axis(points, model.end_us, from, larger);
    if (next.from_us > 0) break;
    axis = next;
    o = larger;
  }
  for (int i = 0; lit && free && i < 40 && axis.from_us > points.front(); ++i) {
    o.us_per_px *= 1.25;
    axis = build_space_axis(points, model.end_us, from, o);
  }
  return axis;
}

std::vector<int> space_rows(const SpaceTime& model, const std::vector<ChainLink>& chain, const observe::Snapshot& world,
                            const TimeAxis& axis, std::size_t room, int& quiet) {
  std::vector<bool> busy(world.nodes.size(), false);
  const auto mark = [&](int node) {
    if (node >= 0 && static_cast<std::size_t>(node) < busy.size()) busy[static_cast<std::size_t>(node)] = true;
  };
  const auto seen = [&](std::int64_t from, std::int64_t to) { return from <= axis.to_us && to >= axis.from_us; };
  for (const Flight& f : model.flights)
    if ((!f.routine || in_chain(chain, f.line)) && seen(f.message.sent_us, end_of(f, model.end_us)))
      mark(f.message.from), mark(f.message.to);
  for (const LifeMark& m : model.marks)
    if (seen(m.at_us, m.at_us)) mark(m.node);
  for (std::size_t i = 0; i < model.lives.size(); ++i)
    for (const LifeBreak& b : model.lives[i].breaks)
      if (seen(b.from_us, b.to_us < 0 ? model.end_us : b.to_us)) mark(static_cast<int>(i));
  for (const ChainLink& l : chain)
    for (std::size_t i = 0; i < world.nodes.size(); ++i)
      if (world.nodes[i].name == l.node) mark(static_cast<int>(i));
  std::vector<int> all, some;
  for (std::size_t i = 0; i < world.nodes.size(); ++i) {
    const observe::Node& n = world.nodes[i];
    const bool aside = n.removed || n.kind == NodeKind::Admin;  // shown only while the node does something
    if (busy[i] || !aside) all.push_back(static_cast<int>(i));
    if (busy[i]) some.push_back(static_cast<int>(i));
  }
  quiet = all.size() <= room ? 0 : static_cast<int>(all.size() - some.size());
  std::vector<int>& rows = all.size() <= room ? all : some;
  std::stable_sort(rows.begin(), rows.end(), [&](int a, int b) {
    return rank_of(world.nodes[static_cast<std::size_t>(a)].kind) <
           rank_of(world.nodes[static_cast<std::size_t>(b)].kind);
  });
  return rows;
}

std::vector<FlightPlace> place_flights(const SpaceTime& model, const TimeAxis& axis, const std::vector<float>& y,
                                       const std::vector<ChainLink>& chain) {
  std::vector<FlightPlace> out;
  const auto y_of = [&](int node) {
    return node >= 0 && static_cast<std::size_t>(node) < y.size() ? y[static_cast<std::size_t>(node)] : 0.f;
  };
  for (std::size_t i = 0; i < model.flights.size(); ++i) {
    const Flight& f = model.flights[i];
    const Message& m = f.message;
    const std::int64_t end = end_of(f, model.end_us);
    const float from = y_of(m.from), to = y_of(m.to);
    if (from <= 0 || to <= 0 || m.sent_us > axis.to_us || end < axis.from_us) continue;
    // Messages in a folded stretch would be squeezed into its strip.
    if (!in_chain(chain, f.line) && (folded_at(axis, m.sent_us) || folded_at(axis, end))) continue;
    FlightPlace place{static_cast<int>(i), {axis.x(m.sent_us), from}, {axis.x(end), to}, false};
    if (f.end == FlightEnd::Lost) place.to.y = lost_at(from, to, y);
    if (f.end == FlightEnd::UnderWay) {
      place.cut = m.blocked;
      const float way = m.blocked ? .5f : m.held ? 1.f : std::clamp(m.fraction, 0.f, 1.f);
      place.to.y = from + (to - from) * way;
    }
    if (end > model.end_us) {  // it arrives later than the diagram's last moment
      const float way =
          static_cast<float>(model.end_us - m.sent_us) / static_cast<float>(std::max<std::int64_t>(1, end - m.sent_us));
      place.to = {axis.x(model.end_us), from + (place.to.y - from) * std::clamp(way, 0.f, 1.f)};
    }
    out.push_back(place);
  }
  return out;
}

float distance_to(const Point& at, const Point& a, const Point& b) {
  const float dx = b.x - a.x, dy = b.y - a.y, l2 = dx * dx + dy * dy;
  const float t = l2 <= 0 ? 0 : std::clamp(((at.x - a.x) * dx + (at.y - a.y) * dy) / l2, 0.f, 1.f);
  return std::hypot(at.x - a.x - t * dx, at.y - a.y - t * dy);
}

bool crosses(const Rect& r, const Point& a, const Point& b) {
  // Clips the line by the rectangle's sides (Liang and Barsky).
  float t0 = 0, t1 = 1;
  const auto side = [&](float p, float q) {
    if (p == 0) return q >= 0;
    const float t = q / p;
    if (p < 0) t0 = std::max(t0, t);
    else t1 = std::min(t1, t);
    return t0 <= t1;
  };
  const float dx = b.x - a.x, dy = b.y - a.y;
  return side(-dx, a.x - r.x) && side(dx, r.right() - a.x) && side(-dy, a.y - r.y) && side(dy, r.bottom() - a.y);
}

std::string flight_label(const Ui& ui, const Flight& f) {
  Message m = f.message;
  const std::string answer = ui.tr("ui.response"_w);
  if (m.response) m.api += " " + answer;  // Kafka gives a request and its response one name
  const bool named = m.partition >= 0 && m.partition < static_cast<int>(ui.world.partitions.size());
  std::string label = message_label(ui, m);
  if (m.about.empty() && named && (m.family != observe::Family::Produce || m.response)) {
    // Kafka's name of the API, then the message's subject.
    const std::string& partition = ui.world.partitions[static_cast<std::size_t>(m.partition)].name;
    const std::string content = message_content(ui, m);
    label = m.api + " " + partition + (content.empty() ? "" : ", " + content);
    if (f.fetch_offset >= 0)
      label = ui.tr("ui.st_fetch_from"_w,
                    {{"api", m.api}, {"partition", partition}, {"offset", std::to_string(f.fetch_offset)}});
  }
  if (m.response && !m.about.empty()) label += " (" + answer + ")";
  if (!m.error.empty()) label += ": " + m.error;
  return label;
}

}  // namespace kafkascope::ui
