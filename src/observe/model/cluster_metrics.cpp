#include "observe/model/cluster_metrics.h"

#include <algorithm>
#include <string_view>

#include "observe/words/both.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::observe {

using protocol::Trace;

namespace {

struct MetricRow {
  words::Key name;
  const char* mbean;
};
/// In the order of Which. Kafka: the "Monitoring" page of its documentation.
constexpr std::array<MetricRow, 7> kMetricRows{{
    {"app.metric_offline"_w, "kafka.controller:type=KafkaController,name=OfflinePartitionsCount"},
    {"metric.under_replicated_partitions"_w, "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions"},
    {"metric.under_min_isr_partition_count"_w, "kafka.server:type=ReplicaManager,name=UnderMinIsrPartitionCount"},
    {"metric.fenced_broker_count"_w, "kafka.controller:type=KafkaController,name=FencedBrokerCount"},
    {"app.metric_largest_lag"_w,
     "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=<client>#records-lag-max"},
    {"app.metric_records_in"_w, "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec"},
    {"app.metric_elections"_w, "kafka.controller:type=ControllerStats,name=LeaderElectionRateAndTimeMs"},
}};
}  // namespace

void MetricsBuilder::set(Which which, std::int64_t us, double value) {
  Steps<double>& steps = series_[which];
  if (!steps.empty() && steps.back().second == value) return;
  if (!steps.empty() && steps.back().first == us) {
    steps.back().second = value;
  } else {
    steps.emplace_back(us, value);
  }
}

double MetricsBuilder::value(Which which, const Steps<double>& steps, std::int64_t us) {
  const double total = step_at(steps, us, 0);
  return which == kRecordsIn ? total - step_at(steps, us - 1'000'000, 0) : total;
}

void MetricsBuilder::count_partitions(std::int64_t us) {
  double offline = 0, under = 0, under_min = 0;
  for (const auto& [tp, p] : parts_) {
    offline += p.leaderless ? 1 : 0;
    // Only a leader reports these metrics, so a leaderless partition has none.
    under += !p.leaderless && p.isr < p.replicas ? 1 : 0;
    under_min += !p.leaderless && p.isr < p.min_isr ? 1 : 0;
  }
  set(kOffline, us, offline);
  set(kUnderReplicated, us, under);
  set(kUnderMinIsr, us, under_min);
}

void MetricsBuilder::measure_lag(std::int64_t us) {
  constexpr std::int64_t kEvery = 20'000;
  if (us < lag_at_ + kEvery) return;
  lag_at_ = us;
  std::int64_t most = 0;
  for (const auto& [who, next] : read_) {
    const auto hw = high_watermark_.find(who.second);
    if (hw != high_watermark_.end()) most = std::max(most, hw->second - next);
  }
  set(kLagMax, us, static_cast<double>(most));
}

void MetricsBuilder::take(const sim::TraceLine& l, const cluster::Cluster& cluster) {
  const protocol::TopicPartition tp{l.topic, l.partition};
  const auto kind = static_cast<Trace>(l.kind);
  if (kind == Trace::BrokerFenced || kind == Trace::BrokerUnfenced) {
    if (kind == Trace::BrokerFenced) fenced_.insert(as<fact::BrokerFenced>(l).broker);
    if (kind == Trace::BrokerUnfenced) fenced_.erase(as<fact::BrokerUnfenced>(l).broker);
    set(kFenced, l.time.us, static_cast<double>(fenced_.size()));
    return;
  }
  const bool ours = kind == Trace::LeaderElected || kind == Trace::IsrChanged || kind == Trace::LogAppended ||
                    kind == Trace::HighWatermarkAdvanced || kind == Trace::RecordDelivered;
  if (!ours || l.topic < 0 || cluster.topic_name(l.topic).starts_with("__")) return;
  switch (kind) {
    case Trace::LeaderElected:
    case Trace::IsrChanged: {
      const bool election = kind == Trace::LeaderElected;
      Part& p = parts_[tp];
      if (const protocol::PartitionRegistration* r = cluster.committed().partition(tp); r != nullptr)
        p.replicas = r->replicas.size();
      p.min_isr = cluster.effective_min_isr(tp);
      p.isr = (election ? as<fact::LeaderElected>(l).isr : as<fact::IsrChanged>(l).isr).ids().size();
      if (election) {
        p.leaderless = as<fact::LeaderElected>(l).leader < 0;
        set(kElections, l.time.us, ++elections_);
      }
      count_partitions(l.time.us);
      break;
    }
    case Trace::LogAppended: {
      const auto f = as<fact::LogAppended>(l);
      set(kRecordsIn, l.time.us, records_ += static_cast<double>(f.last_offset - f.base_offset + 1));
      break;
    }
    case Trace::HighWatermarkAdvanced:
      high_watermark_[tp] = as<fact::HighWatermarkAdvanced>(l).to.value;
      measure_lag(l.time.us);
      break;
    case Trace::RecordDelivered: {
      const auto f = as<fact::RecordDelivered>(l);
      read_[{f.group.str(), tp}] = f.last_offset.value + 1;
      measure_lag(l.time.us);
      break;
    }
    default: break;
  }
}

void MetricsBuilder::follow(const TraceStore& trace, const cluster::Cluster& cluster) {
  for (std::size_t i = trace.first_from(seen_ + 1); i < trace.size(); ++i) {
    take(trace[i], cluster);
    seen_ = trace[i].seq;
  }
  leaderless_.follow(trace, cluster);
}

std::vector<Metric> MetricsBuilder::metrics(const cluster::Cluster& cluster, sim::Instant at,
                                            sim::Instant before) const {
  constexpr int kSamples = 96;
  const std::int64_t now = at.us;
  std::vector<Metric> all;
  for (int i = 0; i < kCount; ++i) {
    const auto which = static_cast<Which>(i);
    const Steps<double>& steps = series_[static_cast<std::size_t>(i)];
    const MetricRow& row = kMetricRows[static_cast<std::size_t>(i)];
    Metric m;
    m.name = both(row.name);
    m.mbean = row.mbean;
    // Kafka 4 has no such bean, so the path in the state document is shown.
    if (which == kElections && !cluster.under_zookeeper()) m.mbean = "/metrics/elections";
    m.now = value(which, steps, now);
    m.before = value(which, steps, before.us);
    m.worse = which == kRecordsIn ? m.now < m.before / 2 : which != kElections && m.now > m.before;
    for (int k = 0; k < kSamples; ++k)
      m.history.push_back(static_cast<float>(value(which, steps, now * (k + 1) / kSamples)));
    all.push_back(std::move(m));
  }
  return all;
}

}  // namespace kafkascope::observe
