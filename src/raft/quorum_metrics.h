// What a quorum node measures for its raft-metrics. Kafka: KafkaRaftMetrics, and of org.apache.kafka.common.metrics.stats SampledStat, Avg, Max.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/ids.h"
#include "sim/time.h"

namespace kafkascope::raft {

/// Average and maximum of what was measured lately: samples of 30 s (metrics.sample.window.ms), each kept until 60 s after its last value;
/// two of them (metrics.num.samples) and one more that reaches out of the window (since 3.8). Values in µs.
class SampledStat {
 public:
  void record(std::int64_t value, sim::Instant at) {
    if (samples_[current_].count > 0 && at - samples_[current_].begin >= kWindow) {
      current_ = (current_ + 1) % samples_.size();
      samples_[current_] = {};
    }
    Sample& s = samples_[current_];
    if (s.count == 0) s.begin = at;
    s.last = std::max(s.last, at);
    s.sum += value;
    s.most = s.count == 0 ? value : std::max(s.most, value);
    ++s.count;
  }
  /// Nothing where Kafka says NaN: nothing measured lately.
  std::optional<double> average_us(sim::Instant now) const {
    std::int64_t sum = 0, count = 0;
    for (const Sample& s : samples_) {
      if (old(s, now)) continue;
      sum += s.sum;
      count += s.count;
    }
    if (count == 0) return {};
    return static_cast<double>(sum) / static_cast<double>(count);
  }
  std::optional<std::int64_t> most_us(sim::Instant now) const {
    std::optional<std::int64_t> most;
    for (const Sample& s : samples_)
      if (s.count > 0 && !old(s, now)) most = std::max(most.value_or(s.most), s.most);
    return most;
  }

 private:
  static constexpr sim::Duration kWindow = sim::seconds(30);
  struct Sample {
    sim::Instant begin, last;
    std::int64_t sum = 0, count = 0, most = 0;
  };
  static bool old(const Sample& s, sim::Instant now) { return now - s.last >= kWindow * 2; }
  std::array<Sample, 3> samples_{};
  std::size_t current_ = 0;
};

class QuorumMetrics {
 public:
  /// It stands for election; how long until somebody leads?
  void election_begins(sim::Instant now) { election_began_ = now; }
  void election_over(sim::Instant now) {
    if (election_began_) election_latency.record(whole_ms(*election_began_, now), now);
    election_began_.reset();
  }
  /// A leader has written a batch that ends there.
  void appended(protocol::Offset end, std::int64_t records, sim::Instant now) { batches_.push_back({end, records, now}); }
  void committed(protocol::Offset up_to, sim::Instant now) {
    std::size_t done = 0;
    for (; done < batches_.size() && batches_[done].end <= up_to; ++done)
      commit_latency.record(whole_ms(batches_[done].at, now) / batches_[done].records, batches_[done].at);
    batches_.erase(batches_.begin(), batches_.begin() + static_cast<std::ptrdiff_t>(done));
  }
  void stops_leading() { batches_.clear(); }

  SampledStat election_latency, commit_latency;  // the latter by record of a batch

 private:
  /// In µs, between two readings of a clock of milliseconds.
  static std::int64_t whole_ms(sim::Instant from, sim::Instant to) { return (to.us / 1000 - from.us / 1000) * 1000; }
  struct Batch {
    protocol::Offset end;
    std::int64_t records = 1;
    sim::Instant at;
  };
  std::vector<Batch> batches_;  // not committed yet
  std::optional<sim::Instant> election_began_;
};

}  // namespace kafkascope::raft
