// Kafka's metrics over the last minute. Kafka: SampledStat, Avg, Max and Rate in org.apache.kafka.common.metrics.stats.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/time.h"

namespace kafkascope::protocol {

/// Average and maximum of recent values: samples of 30 s (metrics.sample.window.ms), each kept until 60 s after its
/// last value; two of them (metrics.num.samples) and one more that overlaps the start of the window (from 3.8 on).
/// Times are in µs.
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
  /// nullopt where Kafka returns NaN: no recent values.
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
  /// Values per second since the oldest sample began; if that is less than a whole window ago, one window is added.
  /// Kafka: Rate.windowSize.
  double sum_per_s(sim::Instant now) const {
    std::int64_t sum = 0;
    sim::Instant begin = now;
    for (const Sample& s : samples_) {
      if (s.count == 0 || old(s, now)) continue;
      sum += s.sum;
      begin = std::min(begin, s.begin);
    }
    const sim::Duration elapsed = now - begin;
    return static_cast<double>(sum) * 1e6 / static_cast<double>((elapsed < kWindow ? elapsed + kWindow : elapsed).us);
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

}  // namespace kafkascope::protocol
