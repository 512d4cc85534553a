// Kafka's own metrics of the whole cluster: their present values, which the snapshot has, and their history, which follows
// from the trace.
#pragma once
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "cluster/cluster.h"
#include "observe/model/leaderless.h"
#include "observe/model/snapshot.h"
#include "observe/time/steps.h"
#include "observe/time/trace_store.h"

namespace kafkascope::observe {

class MetricsBuilder {
 public:
  /// Processes the new lines of the trace.
  void follow(const TraceStore& trace, const cluster::Cluster& cluster);
  /// The past was changed: the trace is read again from the start.
  void restart() { *this = {}; }
  /// See LeaderlessTime.
  std::int64_t leaderless_us(std::int64_t now_us) const { return leaderless_.us(now_us); }
  /// The values in `world`, those at `before`, and their history. The trace must have been followed up to `world`.
  std::vector<Metric> metrics(const Snapshot& world, sim::Instant before) const;
  /// For each producer, also an ended one: the number of batches that it had sent by that moment, and the number of
  /// records in a batch. The moment may be earlier than the last line followed.
  std::vector<Metric> sent(const cluster::Cluster& cluster, std::int64_t now_us) const;
  /// The numbers of partitions that were offline, under-replicated … at that time.
  Standings standings(std::int64_t us) const;

 private:
  enum Which { kOffline, kUnderReplicated, kUnderMinIsr, kFenced, kActive, kLagMax, kRecordsIn, kElections, kCount };
  static double value(Which which, const Steps<double>& steps, std::int64_t us);
  void take(const sim::TraceLine& line, const cluster::Cluster& cluster);
  void set(Which which, std::int64_t us, double value);
  void count_partitions(std::int64_t us);
  void measure_lag(std::int64_t us);

  std::uint64_t seen_ = 0;
  std::map<protocol::TopicPartition, Standing> parts_;  // according to the committed metadata
  std::map<protocol::TopicPartition, std::int64_t> high_watermark_;
  std::map<std::pair<std::string, protocol::TopicPartition>, std::int64_t> read_;  // by group: its next offset
  std::set<std::int64_t> fenced_;
  std::set<std::int32_t> active_;  // living nodes that believe they are the active controller
  struct Sent {
    double batches = 0, records = 0;
  };
  std::map<std::int32_t, Steps<Sent>> sent_;  // by the producer's node; each with its totals so far
  std::int64_t lag_at_ = 0;
  double records_ = 0, elections_ = 0;
  std::array<Steps<double>, kCount> series_;
  LeaderlessTime leaderless_;
};

}  // namespace kafkascope::observe
