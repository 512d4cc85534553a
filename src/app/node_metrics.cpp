#include "app/node_metrics.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "observe/model/mbeans.h"
#include "observe/model/metric_alarms.h"
#include "observe/node_config.h"
#include "observe/why/why.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

constexpr int kSamplesOfNode = 96;

/// Whether an increase of the metric deserves attention. Lags and errors as such fluctuate.
bool is_trouble(std::string_view name) {
  constexpr std::string_view kBad[] = {"name=Under",
                                       "name=Offline",
                                       "name=Failed",
                                       "name=FencedBrokerCount",
                                       "name=UncleanLeader",
                                       "DelayedProduceMetrics",
                                       "name=BytesRejected",
                                       "name=MaxLag",
                                       "name=RequestQueueSize",
                                       "#record-error-",
                                       "#buffer-exhausted-",
                                       "#records-lag-max"};
  if (name.find("name=ErrorsPerSec") != std::string_view::npos) return !name.ends_with("error=NONE");
  return std::any_of(std::begin(kBad), std::end(kBad),
                     [&](std::string_view bad) { return name.find(bad) != std::string_view::npos; });
}

/// Metrics of which 0 is the alarming value.
bool asks_at_zero(std::string_view name) {
  return name.find("RequestHandlerAvgIdlePercent") != std::string_view::npos ||
         name.find("ActiveControllerCount") != std::string_view::npos;
}

using Course = std::vector<std::pair<std::int64_t, double>>;  // µs, value

/// A gauge's last value; for a counter its growth per second between two readings.
float at(const Course& course, std::int64_t us, bool counts) {
  const auto next = std::upper_bound(course.begin(), course.end(), us,
                                     [](std::int64_t t, const auto& point) { return t < point.first; });
  if (next == course.begin()) return 0;
  const auto last = std::prev(next);
  if (!counts) return static_cast<float>(last->second);
  const auto to = next == course.end() ? last : next;
  if (to == course.begin()) return 0;
  // Over at least a second: the present moment may be just after a reading, and little grows in so short a time.
  constexpr std::int64_t kLeast = 1'000'000;
  auto from = std::prev(to);
  while (from != course.begin() && to->first - from->first < kLeast) --from;
  const double grown = std::max(0.0, to->second - from->second);  // after a restart a counter begins at 0
  return static_cast<float>(grown * 1e6 / static_cast<double>(std::max<std::int64_t>(1, to->first - from->first)));
}

}  // namespace

NodeMetrics::Values NodeMetrics::values(const scenario::Session& session, const std::string& node) {
  Values out;
  observe::for_each_mbean_of_node(
      session.cluster(), session.cluster().find(node),
      [&](std::string_view name, const observe::MBeanKind&, double value) { out.emplace_back(name, value); });
  std::sort(out.begin(), out.end());
  return out;
}

bool NodeMetrics::reports(const scenario::Session& session, const std::string& node) {
  return session.cluster().find(node).valid() && !values(session, node).empty();
}

void NodeMetrics::add(observe::Snapshot& snapshot, const Timeline& timeline, const std::string& node,
                      sim::Instant before) {
  const scenario::Session& now = timeline.run();
  const sim::NodeId id = now.cluster().find(node);
  if (!reports(now, node)) return;
  if (node != node_ || before != before_) {
    values_before_ = values(timeline.past(before), node);
    node_ = node;
    before_ = before;
  }
  std::map<std::string, Course, std::less<>> courses;
  const auto read = [&](const scenario::Session& session) {
    for (auto& [name, value] : values(session, node)) courses[std::move(name)].emplace_back(session.now().us, value);
  };
  for (const scenario::Session& checkpoint : timeline.checkpoints())
    if (checkpoint.now() < now.now()) read(checkpoint);
  read(now);
  const auto handlers = static_cast<int>(observe::server_config(now.cluster(), id).number("num.io.threads"));
  snapshot.metrics.clear();
  observe::for_each_mbean_of_node(
      now.cluster(), id, [&](std::string_view name, const observe::MBeanKind& kind, double value) {
        observe::Metric m;
        m.name = ui::both(kind.words);
        m.mbean = name;
        m.now = value;
        m.why = observe::has_why(name) && (value != 0 || asks_at_zero(name));
        const auto old = std::lower_bound(values_before_.begin(), values_before_.end(), name,
                                          [](const auto& v, std::string_view n) { return v.first < n; });
        m.before = old != values_before_.end() && old->first == name ? old->second : 0;
        m.worse = m.now > m.before && is_trouble(name);
        m.per_second = kind.counts;
        const Course& course = courses.find(name)->second;
        for (int k = 0; k < kSamplesOfNode; ++k)
          m.history.push_back(at(course, now.now().us * (k + 1) / kSamplesOfNode, kind.counts));
        m.handlers = handlers;
        m.beyond = observe::beyond_threshold(m, false);
        snapshot.metrics.push_back(std::move(m));
      });
}

}  // namespace kafkascope::app
