#include "app/group_metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "observe/model/metric_alarms.h"
#include "scenario/session.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {
constexpr int kCourse = 96;
constexpr std::size_t kMostPartitions = 32;
constexpr double kGrown = 10;  // an increase by fewer records is normal fluctuation
// auto.commit.interval.ms: between two commits the lag always grows
constexpr std::int64_t kCommits = 5'000'000;
}  // namespace

void add_group_metrics(observe::Snapshot& snapshot, const scenario::Session& session, const LagHistory& lags,
                       const std::string& group, sim::Instant before) {
  const auto found = std::find_if(snapshot.groups.begin(), snapshot.groups.end(),
                                  [&](const observe::Group& g) { return g.id == group; });
  if (found == snapshot.groups.end() || found->protocol == "share") return;
  const std::int64_t now = session.now().us;
  const auto empty = [&](const std::string& path, observe::Words name) {
    observe::Metric m;
    m.path = path;
    m.name = std::move(name);
    m.mbean = fmt::format("kafka-consumer-groups --describe --group {}: LAG", group);
    m.history.assign(kCourse, 0);
    return m;
  };
  const std::string lag = "/groups/" + group + "/lag";
  std::vector<observe::Metric> rows{empty(lag, ui::both("app.lag_of_group"_w, {{"group", group}}))};
  double most_of_all = 0;
  for (const observe::GroupPartition& gp : found->partitions) {
    if (gp.committed < 0 || rows.size() > kMostPartitions) continue;
    const observe::Partition& partition = snapshot.partitions[static_cast<std::size_t>(gp.partition)];
    const protocol::TopicPartition tp{session.cluster().committed().topic_id(partition.topic), partition.index};
    const auto at = [&](std::int64_t us) {
      return static_cast<double>(std::max<std::int64_t>(0, lags.lag(group, tp, us)));
    };
    observe::Metric m = empty(lag + "/" + partition.name,
                              ui::both("app.lag_on_partition"_w, {{"group", group}, {"partition", partition.name}}));
    m.now = at(now);
    m.before = at(before.us);
    for (int k = 0; k < kCourse; ++k)
      m.history[static_cast<std::size_t>(k)] = static_cast<float>(at(now * (k + 1) / kCourse));
    double most = m.before;
    for (std::int64_t ago = 0; ago <= kCommits; ago += kCommits / 50) most = std::max(most, at(before.us - ago));
    m.why = m.now != 0;
    const bool known = lags.lag(group, tp, before.us) >= 0;
    m.worse = known && m.now > most + kGrown;
    most_of_all += known ? most : m.now;
    observe::Metric& all = rows.front();
    all.now += m.now;
    all.before += m.before;
    for (std::size_t k = 0; k < m.history.size(); ++k) all.history[k] += m.history[k];
    rows.push_back(std::move(m));
  }
  rows.front().why = rows.front().now != 0;
  rows.front().worse = rows.front().now > most_of_all + kGrown;
  // All partitions share one scale, which distinguishes a growing lag from fluctuation.
  float top = 0;
  for (std::size_t i = 1; i < rows.size(); ++i)
    top = std::max(top, *std::max_element(rows[i].history.begin(), rows[i].history.end()));
  for (std::size_t i = 1; i < rows.size(); ++i) rows[i].top = top;
  for (observe::Metric& m : rows) m.beyond = observe::beyond_threshold(m, false);
  if (rows.size() > 1)
    snapshot.metrics.insert(snapshot.metrics.begin(), std::make_move_iterator(rows.begin()),
                            std::make_move_iterator(rows.end()));
}

}  // namespace kafkascope::app
