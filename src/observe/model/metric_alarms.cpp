#include "observe/model/metric_alarms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "observe/words/both.h"

namespace kafkascope::observe {

namespace {

/// The number that its graph ends with: of one that only grows, its growth per second.
double value_of(const Metric& m) { return m.per_second && !m.history.empty() ? m.history.back() : m.now; }

std::string number(double n) {
  return n == std::floor(n) ? std::to_string(static_cast<std::int64_t>(n)) : fmt::format("{:g}", n);
}

/// The median of the first `count` values of its history, which begins with the run.
double usual(const Metric& m, std::size_t count) {
  std::vector<float> all(m.history.begin(),
                         m.history.begin() + static_cast<std::ptrdiff_t>(std::min(count, m.history.size())));
  if (all.empty()) return 0;
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return std::round(static_cast<double>(*middle));
}

Alarm made(Alarm::When when, double at, words::Message basis) {
  const words::Key key = when == Alarm::When::Above   ? "app.alarm_above"_w
                         : when == Alarm::When::Below ? "app.alarm_below"_w
                                                      : "app.alarm_not"_w;
  return {at, when, {key, {{"number", number(at)}}}, std::move(basis)};
}

}  // namespace

std::optional<Alarm> alarm_of(const Metric& m, bool of_cluster) {
  using When = Alarm::When;
  const auto is = [&](std::string_view name) { return m.mbean.find(name) != std::string::npos; };
  // Kafka: the "Monitoring" page of its documentation. AtMinIsrPartitionCount is not among them: where a
  // topic has no more replicas than min.insync.replicas, it counts its partitions all the time.
  constexpr std::string_view kZero[] = {"name=UnderReplicatedPartitions", "name=UnderMinIsrPartitionCount",
                                        "name=OfflineReplicaCount", "name=OfflineLogDirectoryCount",
                                        "name=UncleanLeaderElections"};
  if (std::any_of(std::begin(kZero), std::end(kZero), is)) return made(When::Above, 0, {"app.alarm_by_docs"_w});
  constexpr std::string_view kFailures[] = {"name=OfflinePartitionsCount", "name=FailedPartitionsCount",
                                            "name=FencedBrokerCount"};
  if (std::any_of(std::begin(kFailures), std::end(kFailures), is))
    return made(When::Above, 0, {"app.alarm_by_failure"_w});
  if (of_cluster && is("name=ActiveControllerCount")) return made(When::Other, 1, {"app.alarm_by_docs"_w});
  if (is("name=RequestHandlerAvgIdlePercent")) return made(When::Below, .3, {"app.alarm_by_docs"_w});
  if (is("name=RequestQueueSize") && m.handlers > 0)
    return made(When::Above, m.handlers, {"app.alarm_by_handlers"_w, {{"handlers", m.handlers}}});
  // These depend on the cluster.
  const auto twice = [&](double before, double least) {
    return made(When::Above, std::max(2 * before, least),
                {"app.alarm_by_usual"_w, {{"usual", number(before)}, {"least", number(least)}}});
  };
  constexpr double kFewRecords = 100, kShortMs = 100, kLeastPerSecond = 5;
  // A lag that grows all the time is never usual: only the run's first half says what is.
  if (m.mbean.ends_with("#records-lag-max") || m.mbean.starts_with("kafka-consumer-groups"))
    return twice(usual(m, m.history.size() / 2), kFewRecords);
  if (m.mbean.ends_with("#request-latency-avg")) return twice(usual(m, m.history.size()), kShortMs);
  if (const double all = usual(m, m.history.size());
      m.mbean.ends_with("name=MessagesInPerSec") && all >= kLeastPerSecond)
    return made(When::Below, std::floor(all / 2), {"app.alarm_by_half"_w, {{"usual", number(all)}}});
  return std::nullopt;
}

Words beyond_threshold(const Metric& m, bool of_cluster) {
  const std::optional<Alarm> alarm = alarm_of(m, of_cluster);
  if (!alarm) return {};
  const double value = value_of(m);
  const bool beyond = alarm->when == Alarm::When::Above   ? value > alarm->at
                      : alarm->when == Alarm::When::Below ? value < alarm->at
                                                          : value != alarm->at;
  return beyond ? both(alarm->words) : Words{};
}

}  // namespace kafkascope::observe
