#include "observe/model/cluster_metrics.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "observe/model/metric_alarms.h"
#include "observe/time/leader_change.h"
#include "observe/words/both.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/trace_kinds.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

using protocol::Trace;

namespace {

struct MetricRow {
  words::Key name;
  const char* mbean;
};
/// In the order of Which. Kafka: the "Monitoring" page of its documentation.
constexpr std::array<MetricRow, 8> kMetricRows{{
    {"app.metric_offline"_w, "kafka.controller:type=KafkaController,name=OfflinePartitionsCount"},
    {"metric.under_replicated_partitions"_w, "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions"},
    {"metric.under_min_isr_partition_count"_w, "kafka.server:type=ReplicaManager,name=UnderMinIsrPartitionCount"},
    {"metric.fenced_broker_count"_w, "kafka.controller:type=KafkaController,name=FencedBrokerCount"},
    {"app.metric_active_controllers"_w, "kafka.controller:type=KafkaController,name=ActiveControllerCount"},
    {"app.metric_largest_lag"_w,
     "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=<client>#records-lag-max"},
    {"app.metric_records_in"_w, "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec"},
    {"app.metric_elections"_w, "kafka.controller:type=ControllerStats,name=LeaderElectionRateAndTimeMs"},
}};
/// The first controller of a cluster formed over ZooKeeper: no election is reported for it.
sim::NodeId formed_controller(const cluster::Cluster& cluster) {
  if (!cluster.under_zookeeper() || cluster.spec().boot) return {};
  return cluster.find(cluster::broker_name(cluster.spec().brokers.front().id));
}

/// Whether the number of active controllers has become worse. One is right; from one to two, from one to none, or from
/// one wrong number to the other is worse.
bool further_from_one(double now, double before) { return now != before && std::abs(now - 1) >= std::abs(before - 1); }
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
  Standings all;
  for (const auto& entry : parts_) all.add(entry.second);
  set(kOffline, us, static_cast<double>(all.offline));
  set(kUnderReplicated, us, static_cast<double>(all.under_replicated));
  set(kUnderMinIsr, us, static_cast<double>(all.under_min_isr));
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
  if (kind == Trace::ControllerActive || kind == Trace::ControllerResigned || is<fact::NodeDied>(l)) {
    if (kind == Trace::ControllerActive) active_.insert(l.node.index);
    else active_.erase(l.node.index);
    set(kActive, l.time.us, static_cast<double>(active_.size()));
    return;
  }
  if (const auto deleted = fact_if<fact::TopicDeleted>(l)) {
    std::erase_if(parts_, [&](const auto& part) { return part.first.topic == deleted->partition.topic; });
    count_partitions(l.time.us);
    return;
  }
  if (const auto config = fact_if<fact::ConfigChanged>(l)) {
    if (config->key != "min.insync.replicas") return;
    for (auto& [partition, standing] : parts_) standing.min_isr = cluster.effective_min_isr(partition);
    count_partitions(l.time.us);
    return;
  }
  if (const auto batch = fact_if<fact::BatchSent>(l)) {
    Steps<Sent>& steps = sent_[l.node.index];
    Sent sent = steps.empty() ? Sent{} : steps.back().second;
    ++sent.batches;
    sent.records += batch->count;
    if (!steps.empty() && steps.back().first == l.time.us) steps.back().second = sent;
    else steps.emplace_back(l.time.us, sent);
    return;
  }
  // Those of internal topics count, too, as in the state document.
  if (kind == Trace::LeaderElected && is_leader_change(as<fact::LeaderElected>(l)))
    set(kElections, l.time.us, ++elections_);
  const bool ours = kind == Trace::LeaderElected || kind == Trace::IsrChanged || kind == Trace::LogAppended ||
                    kind == Trace::HighWatermarkAdvanced || kind == Trace::RecordDelivered;
  if (!ours || l.topic < 0 || cluster.topic_name(l.topic).starts_with("__")) return;
  switch (kind) {
    case Trace::LeaderElected:
    case Trace::IsrChanged: {
      const bool election = kind == Trace::LeaderElected;
      const auto [at, fresh] = parts_.try_emplace(tp);
      Standing& p = at->second;
      const bool led = fresh || p.led;
      if (const protocol::PartitionRegistration* r = cluster.committed().partition(tp); r != nullptr)
        p = standing_of(*r, cluster.effective_min_isr(tp));
      p.in_sync = (election ? as<fact::LeaderElected>(l).isr : as<fact::IsrChanged>(l).isr).ids().size();
      p.led = election ? as<fact::LeaderElected>(l).leader >= 0 : led;
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
  if (const sim::NodeId first = seen_ == 0 ? formed_controller(cluster) : sim::NodeId{}; first.valid()) {
    active_.insert(first.index);
    set(kActive, 0, 1);
  }
  for (std::size_t i = trace.first_from(seen_ + 1); i < trace.size(); ++i) {
    take(trace[i], cluster);
    seen_ = trace[i].seq;
  }
  leaderless_.follow(trace, cluster);
}

std::vector<Metric> MetricsBuilder::sent(const cluster::Cluster& cluster, std::int64_t now_us) const {
  std::vector<Metric> all;
  for (const auto& [node, steps] : sent_) {
    const Sent sent = step_at(steps, now_us, {});
    if (sent.batches == 0) continue;
    const std::string& producer = cluster.info(sim::NodeId{node}).name;
    const auto add = [&](words::Key key, const char* what, double value) {
      Metric m;
      const Words name = both(key);
      m.name = {producer + ": " + name.en, producer + ": " + name.ko};
      m.mbean = "batch.sent " + producer + what;
      m.now = value;
      all.push_back(std::move(m));
    };
    add("app.metric_batches_sent"_w, "#batches", sent.batches);
    add("app.metric_records_in_batch"_w, "#records-per-batch", sent.records / sent.batches);
  }
  return all;
}

Standings MetricsBuilder::standings(std::int64_t us) const {
  const auto at = [&](Which which) { return static_cast<std::int64_t>(step_at(series_[which], us, 0)); };
  return {at(kOffline), at(kUnderReplicated), at(kUnderMinIsr)};
}

std::vector<Metric> MetricsBuilder::metrics(const Snapshot& world, sim::Instant before) const {
  constexpr int kSamples = 96;
  const std::int64_t now = world.time_us;
  const bool zookeeper = world.metadata == "zookeeper";
  Standings standings;
  for (const Partition& p : world.partitions) standings.add(p.standing());
  const auto fenced = std::count_if(world.nodes.begin(), world.nodes.end(), [&](const Node& n) {
    return n.kind == NodeKind::Broker && n.fenced && n.broker_epoch >= 0 && !zookeeper;
  });
  std::vector<Metric> all;
  for (int i = 0; i < kCount; ++i) {
    const auto which = static_cast<Which>(i);
    const Steps<double>& steps = series_[static_cast<std::size_t>(i)];
    const MetricRow& row = kMetricRows[static_cast<std::size_t>(i)];
    Metric m;
    m.name = both(row.name);
    m.mbean = row.mbean;
    // Kafka 4 has no such bean, so the path in the state document is shown.
    if (which == kElections && !zookeeper) m.mbean = "/metrics/elections";
    m.now = which == kOffline           ? static_cast<double>(standings.offline)
            : which == kUnderReplicated ? static_cast<double>(standings.under_replicated)
            : which == kUnderMinIsr     ? static_cast<double>(standings.under_min_isr)
            : which == kFenced          ? static_cast<double>(fenced)
                                        : value(which, steps, now);
    m.before = value(which, steps, before.us);
    m.worse = which == kRecordsIn ? m.now < m.before / 2
              : which == kActive  ? further_from_one(m.now, m.before)
                                  : which != kElections && m.now > m.before;
    for (int k = 0; k < kSamples; ++k)
      m.history.push_back(static_cast<float>(value(which, steps, now * (k + 1) / kSamples)));
    m.history.back() = static_cast<float>(m.now);
    m.beyond = beyond_threshold(m, true);
    all.push_back(std::move(m));
  }
  return all;
}

}  // namespace kafkascope::observe
